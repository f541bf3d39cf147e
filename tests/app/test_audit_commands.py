"""The commands of the audit: every row compared, and the half-yearly files."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from typer.testing import CliRunner

from admin_api.audit import WATCHED
from admin_api.tables import Deed, note
from app.audit_commands import FAULTS, audit
from complaints.states import EventKind
from complaints.tables import Event, IdentityAccess, record
from data import ledger
from data.database import transaction
from data.ledger import Fault
from tests.makers import NOON, make_case, make_officer

Run = Callable[..., Any]  # a result of the command runner: exit_code, stdout, stderr


@pytest.fixture
def run(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m app audit …` over a sealed history."""
    from tests.databases import KEYRING

    with transaction(engine) as tx:
        case, who, head = make_case(tx), make_officer(tx, "wang"), make_officer(tx, "head")
        access = IdentityAccess(
            case_id=case.id, officer_id=who.id, reason="=聯絡", asked_at=NOON,
            granted_by_id=head.id, granted_at=NOON,
        )  # fmt: skip
        tx.add(access)
        tx.flush()
        told = {"reason": "=1+1 聯絡補件", "access": access.id}
        record(tx, case, EventKind.IDENTITY_VIEWED, now=NOON, by=who, **told)
        note(tx, who.id, Deed.PASSWORD_CHANGED, by=None, now=NOON)
        while ledger.seal(tx, WATCHED, now=datetime.now(UTC)):
            pass
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SEALING_KEYS", KEYRING.as_text())
    return lambda *given: CliRunner().invoke(audit, [str(one) for one in given])


def test_a_history_as_it_was_sealed_is_said_to_be(run: Run) -> None:
    done = run("verify")
    assert done.exit_code == 0, done.output
    assert "全部相符" in done.stdout
    mark = next(line for line in done.stdout.splitlines() if "封存碼" in line).partition("：")[2]
    assert len(mark) == 64
    assert run("verify", "--noted", mark).exit_code == 0


def test_an_altered_row_ends_with_status_1_and_is_named(run: Run, engine: Engine) -> None:
    with transaction(engine) as tx:
        viewed = Event.kind == EventKind.IDENTITY_VIEWED
        tx.connection().execute(update(Event).where(viewed).values(data={"reason": "別的"}))
    done = run("verify")
    assert done.exit_code == 1
    assert "紀錄被改過" in done.stdout
    assert "全部相符" not in done.stdout


def test_a_mark_that_is_on_no_page_is_told(run: Run) -> None:
    done = run("verify", "--noted", "0" * 64)
    assert (done.exit_code, FAULTS["mark_missing"] in done.stdout) == (1, True)


def test_every_fault_has_its_words() -> None:
    assert set(FAULTS) == {fault.value for fault in Fault}


def test_a_half_year_is_written_so_that_no_cell_is_a_formula(run: Run, tmp_path: Path) -> None:
    done = run("export", "2026-2", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    views = (tmp_path / "out" / "identity-views-2026-2.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1 聯絡補件" in views
    assert "wang" in views and "head先生" in views
    deeds = (tmp_path / "out" / "account-deeds-2026-2.csv").read_text(encoding="utf-8-sig")
    assert "password_changed" in deeds
    number, _, mark = (tmp_path / "out" / "ledger-2026-2.txt").read_text().strip().partition(" ")
    assert int(number) >= 1 and len(mark) == 64
    assert run("verify", "--noted", mark).exit_code == 0


def test_another_half_year_is_empty(run: Run, tmp_path: Path) -> None:
    assert run("export", "2026-1", "--out", tmp_path).exit_code == 0
    views = (tmp_path / "identity-views-2026-1.csv").read_text(encoding="utf-8-sig")
    assert views.splitlines() == ["時間,案號,閱覽人,帳號,理由,核准人"]


@pytest.mark.parametrize("half", ["2026", "2026-3", "", "2026-1x", "１２３４-1", "../x"])
def test_what_is_no_half_year_is_told(run: Run, half: str, tmp_path: Path) -> None:
    done = run("export", half, "--out", tmp_path / "none")
    assert done.exit_code == 2
    assert "2026-1" in done.stderr
    assert not (tmp_path / "none").exists()
