"""The commands that write and take in files of entries."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app import cli
from data.database import reading
from faq.keeping import exchange, files, sheets
from faq.keeping.files import Format
from faq.keeping.tables import Entry, Revision


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: bytes
    stderr: str


Run = Callable[..., Done]
SHIPPED = sorted(exchange.shipped())


@pytest.fixture
def run(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Run:
    """Run a command as `python -m app …` does, on a seeded database."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)

    def command(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["app", "faq", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capfdbinary.readouterr()
        return Done(int(ended.value.code or 0), written.out, written.err.decode())

    return command


@pytest.mark.parametrize("kind", Format)
def test_the_entries_are_written_and_change_nothing_when_read(
    run: Run, tmp_path: Path, kind: Format
) -> None:
    path = tmp_path / f"faq.{kind}"
    done = run("export", str(path))
    assert done.returncode == 0, done.stderr
    assert f"{len(SHIPPED)} 題" in done.stdout.decode()
    assert files.read(path.name, path.read_bytes()) == SHIPPED
    told = run("import", str(path)).stdout.decode()
    assert f"新增 added: 0\n修改 changed: 0\n相同 same: {len(SHIPPED)}\n" in told


def test_a_file_adds_and_changes_and_a_dry_run_only_tells(
    run: Run, engine: Engine, tmp_path: Path
) -> None:
    entry_id, content = SHIPPED[0]
    changed = [(entry_id, replace(content, fee="一元")), ("parrot-permit", content)]
    path = tmp_path / "faq.ods"
    path.write_bytes(files.write(changed, Format.ODS))
    wanted = f"新增 added: 1\n  parrot-permit\n修改 changed: 1\n  {entry_id}\n相同 same: 0\n"
    told = run("import", str(path), "--dry-run").stdout.decode()
    assert wanted in told
    assert "沒有寫入" in told
    with reading(engine) as tx:
        assert tx.get(Entry, "parrot-permit") is None
        assert tx.get_one(Entry, entry_id).version == 1
    done = run("import", str(path)).stdout.decode()
    assert wanted in done
    assert "沒有寫入" not in done
    with reading(engine) as tx:
        assert tx.get_one(Entry, "parrot-permit").version == 1
        kept = select(Revision.by).where(Revision.entry_id == entry_id).order_by(Revision.version)
        assert [*tx.scalars(kept)] == ["starter", "cli"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
class TestOnce:
    """What no database decides."""

    def test_standard_output_takes_the_named_format(self, run: Run) -> None:
        for kind in Format:
            done = run("export", "-", "--format", kind)
            assert files.read(f"a.{kind}", done.stdout) == SHIPPED

    @pytest.mark.parametrize("asked", [("-",), ("faq.xlsx",), ("-", "--format", "xlsx")])
    def test_a_format_that_is_not_known_is_said(self, run: Run, asked: tuple[str, ...]) -> None:
        told = run("export", *asked)
        assert told.returncode == 2
        assert "--format" in told.stderr

    def test_what_cannot_be_written_or_read_is_said(self, run: Run, tmp_path: Path) -> None:
        path = str(tmp_path / "nowhere" / "faq.csv")
        for command in ("export", "import"):
            told = run(command, path)
            assert told.returncode == 2
            assert f"cannot {'write' if command == 'export' else 'read'}" in told.stderr

    @pytest.mark.parametrize("options", [(), ("--dry-run",)])
    def test_a_mistake_is_named(
        self, run: Run, engine: Engine, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        rows = sheets.to_rows([("parrot-permit", SHIPPED[0][1]), SHIPPED[0]])
        rows[2][0] = "Not An Id"
        path = tmp_path / "faq.csv"
        path.write_bytes(sheets.to_csv(rows))
        told = run("import", str(path), *options)
        assert told.returncode == 2
        assert "row 3, 編號 id: " in told.stderr
        assert "什麼都沒有匯入" in told.stderr
        with reading(engine) as tx:
            assert tx.get(Entry, "parrot-permit") is None
