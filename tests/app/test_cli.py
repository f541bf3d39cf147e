"""The commands an operator types."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import cli


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command as `python -m app …` does, on a SQLite file of its own."""
    (tmp_path / "cache").symlink_to(cache)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/office.db")

    def command(*arguments: str, typed: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["app", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        return Done(int(ended.value.code or 0), written.out, written.err)

    return command


def test_an_office_is_set_up_and_talked_to(run: Run) -> None:
    refused = run("serve")
    assert refused.returncode == 2
    assert "python -m app migrate" in refused.stderr
    assert run("migrate").returncode == 0
    seeded = run("seed")
    assert "11 年行事曆" in seeded.stdout
    assert run("seed").stdout == ""  # a second time there is nothing to enter
    assert run("section", "add", "civil", "民政課").returncode == 0
    assert run("section", "add", "civil", "民政課").returncode == 2
    add = ("officer", "add", "lin", "--name", "林", "--role")
    assert "one of" in run(*add, "king").stderr
    added = run(*add, "clerk", "--section", "civil")
    assert "shown once" in added.stdout
    assert "taken" in run(*add, "clerk").stderr
    talk = run("chat", typed="身分證遺失要怎麼補領\n1\n")
    assert "【身分證遺失補領】" in talk.stdout
    assert "[1] 有幫助" in talk.stdout
    assert "謝謝您告訴我" in talk.stdout


def test_the_simulator_makes_what_it_says(run: Run) -> None:
    made = run("simulate", "--cases", "12", "--months", "2", "--seed", "1")
    assert made.returncode == 0, made.stderr
    assert "12 件案件、48 則問題" in made.stdout


def test_a_deadline_is_explained(run: Run) -> None:
    told = run("calendar", "explain", "--received", "2026-02-12T10:00", "--days", "6")
    assert "115/02/27（五） 不計：和平紀念日 補假" in told.stdout
    assert "期限 115/03/02（一）" in told.stdout
    plain = run("calendar", "explain", "--received", "2026-02-12T10:00", "--days", "6", "--json")
    assert json.loads(plain.stdout)["due_on"] == "2026-03-02"


@pytest.mark.parametrize(("received", "days"), [("soon", "6"), ("2027-12-30", "6")])
def test_a_deadline_that_cannot_be_counted_is_said(run: Run, received: str, days: str) -> None:
    told = run("calendar", "explain", "--received", received, "--days", days)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr


def test_a_database_that_is_not_there_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "office.db").mkdir()
    told = run("migrate")
    assert told.returncode == 2
    assert "資料庫無法使用" in told.stderr
    assert "Traceback" not in told.stderr
