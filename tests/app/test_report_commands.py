"""`python -m app report` and the check of the figures, as an operator runs them."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from typer.testing import CliRunner

from app.cli import app
from complaints.measuring.tables import Tally
from data.database import transaction
from tests.databases import KEYRING
from tests.makers import make_case

Run = Callable[..., Any]
RECEIVED = datetime(2026, 10, 5, 2, tzinfo=UTC)


@pytest.fixture
def run(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    with transaction(engine) as tx:
        make_case(tx, now=RECEIVED)
        make_case(tx, now=RECEIVED, content="=HYPERLINK(1)")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SEALING_KEYS", KEYRING.as_text())
    return lambda *given: CliRunner().invoke(app, [*given])


def test_a_report_is_written_with_its_progress(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("report", "2026-10", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()][-1] == "100%"
    told = json.loads((out / "civicline-2026-10.json").read_text(encoding="utf-8"))
    assert told["totals"]["now"]["received"] == 2
    rows = (out / "civicline-2026-10-cases.csv").read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(StringIO(rows)))) == 3
    assert (out / "civicline-2026-10.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(("period", "why"), [("2026-13", "期別"), ("2099-01", "還沒開始")])
def test_what_cannot_be_reported_is_said_in_one_line(
    run: Run, tmp_path: Path, period: str, why: str
) -> None:
    done = run("report", period, "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert why in done.stderr
    assert not (tmp_path / "out").exists()


def test_figures_that_were_changed_are_found_and_made_again(run: Run, engine: Engine) -> None:
    assert run("figures", "check").exit_code == 0
    assert "2" in run("figures", "rebuild").stdout
    assert run("figures", "check").exit_code == 0
    with transaction(engine) as tx:
        tx.execute(update(Tally).where(Tally.measure == "received").values(number=7))
    wrong = run("figures", "check")
    assert wrong.exit_code == 1
    assert "rebuild" in wrong.stderr
    assert run("figures", "rebuild").exit_code == 0
    assert run("figures", "check").exit_code == 0
