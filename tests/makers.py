"""Rows for tests: plain functions that take only what matters."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api.accounts import enter_officer
from admin_api.logins import hash_password
from complaints import handling, intake
from complaints.intake import Petition
from complaints.states import Kind
from complaints.tables import Case, Event, Officer, Section
from data.outbox import Address

NOON = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)  # Thursday noon in Taipei
PREFIX = "WH"
MING = Address("telegram", "1001")
PASSWORD = "correct-horse-7"
_numbers = iter(range(1, 1_000_000))


def make_section(tx: Session, code: str = "civil", name: str = "民政課") -> Section:
    """A section, or the one that has this code already."""
    found = tx.scalar(select(Section).where(Section.code == code))
    if found is None:
        found = Section(code=code, name=name, active=True)
        tx.add(found)
        tx.flush()
    return found


def make_officer(
    tx: Session, username: str = "clerk", role: str = "case_controller", section: str = "civil"
) -> Officer:
    """An officer who can log in with PASSWORD."""
    make_section(tx, section, f"{section}課" if section != "civil" else "民政課")
    return enter_officer(
        tx,
        username=username,
        name=f"{username}先生",
        role=role,
        section=section,
        hashed=_hashed(),
    )


@cache  # slow by design, so made once
def _hashed() -> str:
    return hash_password(PASSWORD)


def make_petition(**given: Any) -> Petition:
    """A petition, complete unless told otherwise."""
    usual: dict[str, Any] = {
        "origin": f"test:{next(_numbers)}",
        "kind": Kind.RIGHTS_PROTECTION,
        "content": "騎樓堆放雜物。輪椅過不去。上個月打過電話沒有下文。",
        "citizen": MING,
        "language": "zh",
        "notice_version": "test",
        "notice_shown_at": NOON - timedelta(minutes=5),
        "petitioner_name": "王小明",
    }
    return Petition(**(usual | given))


def make_case(tx: Session, *, now: datetime = NOON, **given: Any) -> Case:
    """A filed case."""
    return intake.file(tx, make_petition(**given), prefix=PREFIX, now=now).case


def answer_case(tx: Session, case: Case, by: Officer, now: datetime = NOON) -> None:
    """Reply to a case."""
    handling.reply(tx, case.case_no, "已派員清除。", by=by, version=case.version, now=now)


def said_in(event: Event) -> dict[str, Any]:
    """What an event holds besides what every event holds that figures are worked out from."""
    return {name: value for name, value in event.data.items() if name not in {"under", "days_used"}}
