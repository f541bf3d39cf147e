"""Whatever file is given as entries: taken in wholly, or refused in words with nothing changed."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from admin_api.console import refusing
from admin_api.console.sessions import COOKIE
from app import faq_commands
from app.office import Office, build
from app.settings import Settings
from data.database import reading, transaction
from faq.errors import BadEntry
from faq.keeping import files, sheets
from faq.keeping.editing import EntryContent
from faq.keeping.files import Format
from faq.keeping.index import Shelf
from faq.language.words import Words
from tests.admin_api.console.page import Page
from tests.admin_api.staff import once
from tests.clock import FakeClock
from tests.faq.entries import keep_only_small
from tests.fuzz.bombs import bombs
from tests.fuzz.faq_files import RICH, csvs, odss, yamls
from tests.fuzz.garbage import few, odd_texts
from tests.makers import NOON, PASSWORD, make_officer
from tests.served import create_web

ROOT = Path(__file__).parents[2]
RUNS = re.compile(r"[=+\-@＝＋－＠\t\r]")  # what a spreadsheet takes for a formula
FILES = "/staff/faq/files"
LONGEST_REFUSAL = 2000  # bytes
CHINESE, ENGLISH = re.compile("[\u4e00-\u9fff]"), re.compile("[a-z]{2} [a-z]")
ALERT = re.compile(r'role="alert"[^>]*>(.*?)</p>', re.DOTALL)
TAG = re.compile("<[^>]*>")


def small(engine: Engine) -> list[tuple[str, EntryContent]]:
    """Of the few entries the office is left with, some, one of them changed, and a new one."""
    with transaction(engine) as tx:
        keep_only_small(tx)
        (first, content), *others = files.in_service(tx)
    return [("test-entry", RICH), (first, replace(content, fee="一元")), *others[:2]]


def refusal_is_told(error: BadEntry) -> None:
    """In the words of the desk, in a few lines, and in characters that can be sent."""
    told = refusing.refusal(error).text
    assert CHINESE.search(told.rpartition("：")[2]), told
    assert len(str(error).encode()) < LONGEST_REFUSAL


def taken_in_or_refused(engine: Engine, name: str, content: bytes) -> bool:
    """Merge a file, look at what came of it, and take it back; whether it was taken in."""
    with transaction(engine) as tx:
        before = dict(files.in_service(tx))
        try:
            entries = files.read(name, content)
            files.merge(tx, entries, by="fuzz", now=NOON)
        except BadEntry as error:
            refusal_is_told(error)
            assert dict(files.in_service(tx)) == before
            return False
        tx.expire_all()
        there = files.in_service(tx)
        assert ordered(there) == ordered([*(before | dict(entries)).items()])
        assert not [cell for row in sheets.to_rows(there) for cell in row if RUNS.match(cell)]
        again = files.read("a.ods", files.write(there, Format.ODS))
        assert files.compare(tx, again, now=NOON).changed == ()
        tx.rollback()
    return True


def ordered(entries: Sequence[tuple[str, EntryContent]]) -> dict[str, EntryContent]:
    """The entries with their wordings in one order, for the tables keep none."""
    return {one: replace(said, aliases=tuple(sorted(said.aliases))) for one, said in entries}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_no_csv_is_too_odd(engine: Engine) -> None:
    rows = sheets.to_rows(small(engine))

    @few(40)
    @given(csvs(rows))
    def merge(content: bytes) -> None:
        taken_in_or_refused(engine, "a.csv", content)

    merge()
    assert taken_in_or_refused(engine, "a.csv", sheets.to_csv(rows))


@once
def test_no_ods_is_too_odd(engine: Engine) -> None:
    rows = sheets.to_rows(small(engine))

    @few(40)
    @given(odss(rows))
    def merge(content: bytes) -> None:
        taken_in_or_refused(engine, "a.ods", content)

    merge()
    assert taken_in_or_refused(engine, "a.ods", sheets.to_ods(rows))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_no_yaml_is_too_odd(engine: Engine) -> None:
    whole = sheets.to_yaml(small(engine)).encode()

    @few(60)
    @given(yamls(whole))
    def merge(content: bytes) -> None:
        taken_in_or_refused(engine, "a.yaml", content)

    merge()
    assert taken_in_or_refused(engine, "a.yaml", whole)


# --- what unfolds ---------------------------------------------------------------------------
def test_no_file_unfolds_into_more_than_there_is_room_for(tmp_path: Path) -> None:
    made = bombs()
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    call = [sys.executable, "-m", "tests.fuzz.bombs", str(tmp_path)]
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, check=False)
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    assert told.keys() == made.keys()
    assert not [name for name, said in told.items() if not said.startswith("refused: ")]
    assert "root:" not in done.stdout  # of a file of this machine that a sheet asks for


# --- through the doors ----------------------------------------------------------------------
@dataclass
class Desk:
    """An office with few entries, and a browser in which somebody is logged in who imports."""

    office: Office
    browser: TestClient
    bearer: dict[str, str]

    def over_the_api(self, name: str, content: bytes, *, dry: bool) -> Response:
        """Import a file, or only ask what that would do."""
        return self.browser.post(
            "/api/v1/faq/import",
            headers=self.bearer,
            params={"dry_run": dry},
            files={"file": (name, content)},
        )

    def on_the_page(self, name: str, content: bytes, language: str) -> Response:
        """Upload a file to the console's page, to see what it would change."""
        self.browser.cookies.set("civicline_language", language)
        form = Page.of(self.browser.get(FILES)).form("/faq/files")
        held = {one: text for one, text in form.fields.items() if one != "file"}
        return self.browser.post(form.action, data=held, files={"file": (name, content)})

    def entries(self) -> dict[str, EntryContent]:
        """What is in service."""
        with reading(self.office.engine) as tx:
            return dict(files.in_service(tx))


@pytest.fixture
def desk(engine: Engine, database_url: str, tmp_path: Path, words: Words) -> Iterator[Desk]:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    office = build(settings, FakeClock(), Shelf(words))
    with transaction(office.engine) as tx:
        make_officer(tx, "controller", "case_controller", "civil")
    browser = TestClient(create_web(office, loops=False))
    held = {"username": "controller", "password": PASSWORD}
    token = browser.post("/api/v1/tokens", json=held).json()["token"]
    browser.cookies.set(COOKIE, token)
    yield Desk(office, browser, {"Authorization": f"Bearer {token}"})
    office.engine.dispose()


@once
def test_every_door_refuses_in_words(desk: Desk) -> None:
    entries = small(desk.office.engine)
    rows, whole = sheets.to_rows(entries), sheets.to_yaml(entries).encode()
    given_files = st.one_of(
        st.tuples(st.just("a.csv"), csvs(rows)),
        st.tuples(st.just("a.ods"), odss(rows)),
        st.tuples(st.sampled_from(("a.yaml", "../../a.yml", "題\u202e.YAML")), yamls(whole)),
        st.tuples(odd_texts.map(lambda text: text.encode("utf-8", "ignore").decode()), csvs(rows)),
    )

    @few(8)
    @given(given_files, st.booleans())
    def bring(file: tuple[str, bytes], dry: bool) -> None:
        before = desk.entries()
        answer = desk.over_the_api(*file, dry=dry)
        assert answer.status_code in {200, 422}, answer.text
        if dry or answer.status_code == 422:
            assert desk.entries() == before
        for language, letters in (("zh", CHINESE), ("en", ENGLISH)):
            page = desk.on_the_page(*file, language)
            assert page.status_code in {200, 422}, page.text
            if page.status_code == 422:
                assert letters.search(told(page))

    bring()
    assert desk.over_the_api("a.yaml", whole, dry=False).status_code == 200


WRONG = {
    "tags.yaml": b"- !!python/object/apply:os.system [id]",
    "deep.yaml": b"[" * 100_000,
    "laughs.yaml": b"- &a [x]\n- [*a, *a]",
    "sixties.yaml": b"- 1" + b":59" * 1000,
    "no.ods": b"PK\x03\x04",
    "half.csv": sheets.to_csv([["\\ud800"]]),
    "other.csv": b"\xff\xfe=\0",
    "題.xlsx": b"",
}


@once
@pytest.mark.parametrize("name", WRONG)
def test_the_command_refuses_in_words(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    (tmp_path / name).write_bytes(WRONG[name])
    with reading(engine) as tx:
        before = files.in_service(tx)
    done = CliRunner().invoke(faq_commands.faq, ["import", str(tmp_path / name)])
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    assert "什麼都沒有匯入 / nothing was imported" in done.stderr
    with reading(engine) as tx:
        assert files.in_service(tx) == before


def told(page: Response) -> str:
    """What the page says is wrong with the file, after its place."""
    alert = ALERT.search(page.text)
    assert alert, page.text
    return re.split("：|: ", TAG.sub("", alert[1]))[-1]
