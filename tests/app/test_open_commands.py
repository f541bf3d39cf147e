"""The command that makes open data."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli import app as commands
from complaints.measuring import opening, tallies
from complaints.measuring.tables import Report
from data.database import reading, transaction
from tests.databases import KEYRING
from tests.makers import make_case

Run = Callable[..., Any]  # a result of the command runner: exit_code, stdout, stderr
# The command reads the real clock: a month long over then, and one that never is.
MONTH, NEVER = "2025-03", "2099-12"
THEN = datetime(2025, 3, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def run(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m app open-data …` over seven cases of a month that has its report."""
    given: dict[str, Any] = {"files": {}, "changes": [], "asked_by": "x", "asked_at": THEN}
    with transaction(engine) as tx:
        tx.add(Report(period=MONTH, state="done", published_at=THEN, **given))
        for n in range(7):
            make_case(tx, now=THEN + timedelta(hours=n))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SEALING_KEYS", KEYRING.as_text())
    return lambda *given: CliRunner().invoke(commands, ["open-data", *given])


def out(engine: Engine) -> list[tuple[str, str, int]]:
    with reading(engine) as tx:
        return [(row.period, row.name, row.rows) for row in opening.listed(tx)]


def test_a_months_files_are_made_once(run: Run, engine: Engine) -> None:
    done = run(MONTH)
    assert done.exit_code == 0, done.output
    assert "cases：已公開，7 列，未列出 0 列" in done.stdout
    made = out(engine)
    assert [(period, name) for period, name, _ in made] == [(MONTH, "cases"), (MONTH, "figures")]
    again = run(MONTH)
    assert (again.exit_code, again.stdout.count("不再重做")) == (1, 2)
    assert out(engine) == made


def test_a_trial_makes_nothing(run: Run, engine: Engine) -> None:
    tried = run(MONTH, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert tried.stdout.count("可以製作") == 2
    assert "案件：7 列，未列出 0 列；不公開的欄位：無" in tried.stdout
    assert out(engine) == []


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (NEVER, ["再過一整個月", "再過一整個月"]),
        ("2025-04", ["報告還沒有公布", "報告還沒有公布"]),
        ("2025", ["以一個月為一檔", "報告還沒有公布"]),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_what_cannot_be_made_is_told(
    run: Run, engine: Engine, period: str, said: list[str], dry: list[str]
) -> None:
    done = run(period, *dry)
    assert done.exit_code == 1
    for line, words in zip(done.stdout.splitlines(), said, strict=False):
        assert words in line
    assert out(engine) == []


def test_while_figures_are_being_counted_the_cases_are_made(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MOST_ADDED", 3)
    done = run(MONTH)
    assert (done.exit_code, "統計還在整理" in done.stdout) == (0, True)
    assert [name for _period, name, _rows in out(engine)] == ["cases"]


def test_a_period_nobody_writes_so_is_refused(run: Run) -> None:
    done = run("九月")
    assert done.exit_code == 2
    assert "看不懂期間" in done.stderr
