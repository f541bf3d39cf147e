"""An office kept and made anew: on either database, whole, or not at all."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, inspect, select, text
from typer.testing import CliRunner

from admin_api.audit import WATCHED
from app import backups
from app.backups import Kept
from app.cli import app as commands
from complaints import handling
from complaints.measuring import tallies
from complaints.tables import Case, Event
from data import ledger, sealing
from data.archiving import NotAnArchive
from data.database import engine_for, reading, transaction
from data.sealing import Keyring
from tests.databases import KEYRING, KINDS, Databases
from tests.makers import NOON, answer_case, make_case, make_officer

Run = Callable[..., Any]
PHOTO = b"\xff\xd8\xff not a real photo"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Attachments, one of them in a folder of its own."""
    folder = tmp_path / "var" / "files"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "abcd").write_bytes(PHOTO)
    (folder / "ab" / "half.part").write_bytes(b"being written")
    return folder


@pytest.fixture
def office(engine: Engine) -> Engine:
    """An office with cases that name each other, an answer, a seal, a deputy and sums."""
    with transaction(engine) as tx:
        head, deputy = make_officer(tx, "head", "secretary"), make_officer(tx, "deputy")
        deputy.deputy_id = head.id
        first, second, third = (make_case(tx) for _ in range(3))
        handling.merge(
            tx, first.case_no, into=third.case_no, by=head, version=first.version, now=NOON
        )
        answer_case(tx, second, head)
        while tallies.bring_up(tx) or ledger.seal(tx, WATCHED, now=NOON):
            pass
    return engine


def export(engine: Engine, files: Path, out: Path) -> dict[str, str]:
    """The sums of every part of an export, but for what it says of itself."""
    backups.export(engine, Kept(files, None), out, now=NOON)
    return sums(out.read_bytes())


def sums(content: bytes) -> dict[str, str]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for part in tar:
            inside = tar.extractfile(part)
            assert inside
            found[part.name] = hashlib.sha256(inside.read()).hexdigest()
    return {name: one for name, one in found.items() if "/" in name}


@pytest.mark.parametrize("to", KINDS)
def test_every_table_is_equal_on_the_other_side(
    office: Engine, databases: Databases, files: Path, tmp_path: Path, to: str
) -> None:
    out, others = tmp_path / "all.tar.gz", tmp_path / "others"
    before = export(office, files, out)
    with databases.empty(to) as url:
        other = engine_for(url, KEYRING)
        with out.open("rb") as plain:
            moved = backups.restore(other, plain, others)
        assert export(other, others, tmp_path / "again.tar.gz") == before
        assert (moved.rows["cases"], moved.files) == (3, 1)
        assert (others / "ab" / "abcd").read_bytes() == PHOTO
        with transaction(other) as tx:
            assert ledger.verify(tx, WATCHED, now=NOON).findings == []
            assert tallies.check(tx) == {}
            merged = tx.scalars(select(Case).where(Case.main_id.is_not(None))).one()
            assert tx.get_one(Case, merged.main_id).case_no > merged.case_no
            assert make_case(tx).id == 4  # numbers go on
        other.dispose()


def test_a_backup_opens_with_the_offices_key_alone(
    office: Engine, files: Path, tmp_path: Path
) -> None:
    secret, public = backups.new_key()
    out = tmp_path / "a.civicline.age"
    made = backups.back_up(office, Kept(files, KEYRING), out, recipient=public, now=NOON)
    assert made.rows["cases"] == 3
    content = out.read_bytes()
    assert KEYRING.as_text().encode() not in content
    assert PHOTO not in content
    assert b"cases" not in content
    with out.open("rb") as source:
        assert backups.check(source, [backups.identity(f"# mine\n{secret}\n")]) == made
    with out.open("rb") as source, pytest.raises(backups.WrongKey):
        backups.check(source, [backups.identity(backups.new_key()[0])])
    assert [
        one.name for one in tmp_path.iterdir() if one.is_file() and "civicline" in one.name
    ] == [out.name]


@pytest.mark.parametrize("wrong", ["", "not a key", "age1qqqq"])
def test_what_is_no_key_is_said(office: Engine, files: Path, tmp_path: Path, wrong: str) -> None:
    out = tmp_path / "a"
    with pytest.raises(backups.WrongKey):
        backups.back_up(office, Kept(files, None), out, recipient=wrong, now=NOON)
    with pytest.raises(backups.WrongKey):
        backups.identity(wrong)
    assert not out.exists()


def test_a_backup_that_was_changed_or_cut_off_is_told(
    office: Engine, files: Path, tmp_path: Path
) -> None:
    secret, public = backups.new_key()
    out, key = tmp_path / "a", [backups.identity(secret)]
    backups.back_up(office, Kept(files, None), out, recipient=public, now=NOON)
    whole = out.read_bytes()
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:-9] + b"x" + whole[-8:], b""):
        with pytest.raises((backups.WrongKey, NotAnArchive)):
            backups.check(io.BytesIO(content), key)


@pytest.mark.parametrize("what", ["cut", "row", "other", "newer", "format", "outside"])
def test_a_plain_archive_that_is_not_whole_enters_nothing(
    office: Engine, databases: Databases, files: Path, tmp_path: Path, what: str
) -> None:
    out = tmp_path / "a"
    export(office, files, out)
    spoilt = io.BytesIO(spoil(out.read_bytes(), what))
    with databases.empty("sqlite") as url:
        other = engine_for(url, KEYRING)
        with pytest.raises(NotAnArchive):
            backups.restore(other, spoilt, tmp_path / "others")
        with other.connect() as connection:
            if inspect(connection).has_table("cases"):
                assert connection.scalar(select(func.count()).select_from(Case)) == 0
        other.dispose()
    assert not (tmp_path / "outside").exists()


def spoil(content: bytes, what: str) -> bytes:
    """The archive with one thing wrong in it."""
    if what == "cut":
        return content[: len(content) * 2 // 3]
    parts = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for part in tar:
            inside = tar.extractfile(part)
            assert inside
            parts[part.name] = inside.read()
    about = json.loads(parts["about.json"])
    if what == "row":
        parts["tables/cases/000000.jsonl"] = parts["tables/cases/000000.jsonl"].replace(
            "騎樓".encode(), "騎機".encode()
        )
    elif what == "other":
        parts["tables/wishes/000000.jsonl"] = b'["id"]\n[1]'
    elif what == "newer":
        parts["about.json"] = json.dumps(about | {"revision": "ffffffffffff"}).encode()
    elif what == "format":
        parts["about.json"] = json.dumps(about | {"format": "2"}).encode()
    elif what == "outside":
        parts["files/../../outside"] = b"x"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, one in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(one)
            tar.addfile(info, io.BytesIO(one))
    return out.getvalue()


def test_a_backup_is_of_one_moment_while_the_office_works(
    office: Engine, files: Path, tmp_path: Path
) -> None:
    """Each case has its event in the copy, however many come in meanwhile."""
    over = Flag()

    def work() -> None:
        while not over.is_set():
            with transaction(office) as tx:
                make_case(tx)

    worker = Thread(target=work)
    worker.start()
    try:
        for n in range(3):
            out = tmp_path / f"{n}"
            backups.export(office, Kept(files, None), out, now=NOON)
            with tarfile.open(out) as tar:
                cases, received = rows(tar, "cases"), rows(tar, "event")
            assert len(cases) == sum(one["kind"] == "received" for one in received) >= 3
    finally:
        over.set()
        worker.join()


def rows(tar: tarfile.TarFile, table: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for name in tar.getnames():
        if name.startswith(f"tables/{table}/"):
            inside = tar.extractfile(name)
            assert inside
            columns, *values = (json.loads(line) for line in inside.read().split(b"\n"))
            found += [dict(zip(columns, one, strict=True)) for one in values]
    return found


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m app …` in this office."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    return lambda *given: CliRunner().invoke(commands, [str(one) for one in given])


@pytest.fixture
def nightly(run: Run, office: Engine, files: Path, tmp_path: Path, monkeypatch: Any) -> Path:
    """A backup by command, with the secret half in a file beside it."""
    assert office.dialect
    assert files.exists()
    keys = tmp_path / "var" / "keys"
    keys.mkdir()
    sealing.replace(keys / "sealing", KEYRING)
    made = run("backup-key").stdout
    (tmp_path / "secret").write_text(made)
    out = tmp_path / "backups" / "a.civicline.age"
    refused = run("backup", "--out", out)
    assert (refused.exit_code, "BACKUP_RECIPIENT" in refused.stderr) == (2, True)
    monkeypatch.setenv("BACKUP_RECIPIENT", made.split("BACKUP_RECIPIENT=")[1].strip())
    done = run("backup", "--out", out)
    assert done.exit_code == 0, done.output
    assert "已備份並驗證" in done.stdout
    return out


@pytest.mark.parametrize("to", KINDS)
def test_an_office_is_made_anew_by_command(
    run: Run, nightly: Path, databases: Databases, tmp_path: Path, monkeypatch: Any, to: str
) -> None:
    secret = tmp_path / "secret"
    whole = run("backup-check", nightly, "--key", secret)
    assert (whole.exit_code, "備份完整" in whole.stdout) == (0, True)
    taken = run("restore", nightly, "--key", secret)
    assert (taken.exit_code, "不是空的" in taken.stderr) == (2, True)
    with databases.empty(to) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "new"))
        done = run("restore", nightly, "--key", secret)
        assert done.exit_code == 0, done.output
        assert sealing.kept_in(tmp_path / "new" / "keys" / "sealing") == KEYRING
        assert (tmp_path / "new" / "files" / "ab" / "abcd").read_bytes() == PHOTO
        assert run("audit", "verify").exit_code == 0
        other = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with other.connect() as connection:
            assert connection.scalar(text("select count(*) from cases")) == 3
        other.dispose()
    monkeypatch.setenv("SEALING_KEYS", Keyring.new().as_text())
    foreign = run("restore", nightly, "--key", secret)
    assert (foreign.exit_code, "SEALING_KEYS" in foreign.stderr) == (2, True)


def test_an_export_is_read_into_another_database(
    run: Run, nightly: Path, databases: Databases, tmp_path: Path, monkeypatch: Any
) -> None:
    assert nightly.exists()
    out = tmp_path / "all.tar.gz"
    assert run("export", "--out", out).exit_code == 0
    assert KEYRING.as_text().strip().encode() not in out.read_bytes()
    with databases.empty("postgresql") as url:
        monkeypatch.setenv("DATABASE_URL", url)
        done = run("import", out)
        assert done.exit_code == 0, done.output
        other = engine_for(url, KEYRING)
        with reading(other) as tx:
            assert tx.scalars(select(func.count()).select_from(Event)).one() > 3
        other.dispose()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("backup-check", "nowhere", "--key", "secret"), "檔案無法讀寫"),
        (("restore", "secret", "--key", "secret"), "金鑰不對"),
        (("import", "secret"), "檔案不完整"),
    ],
)
def test_an_operators_mistake_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: Any, command: tuple[str, ...], said: str
) -> None:
    (tmp_path / "secret").write_text(backups.new_key()[0])
    monkeypatch.chdir(tmp_path)
    done = run(*command)
    assert (done.exit_code, said in done.stderr) == (2, True), done.output
