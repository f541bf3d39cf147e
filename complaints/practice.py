"""The office's own choices where the law leaves room; each has a default and a reason."""

from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadPractice
from complaints.tables import PracticeRow

LONGEST = 3_660  # days
MOST = {"due_soon_days": 60, "retention_years": 100}
KEEP, NEXT_WORKING_DAY = "keep", "next_working_day"


@dataclass(frozen=True)
class Practice:
    """How this office does what is left to it (docs/cases.md names the ground of each)."""

    supplement_stops_clock: bool = False
    half_day_closure_counts: bool = True
    after_hours: str = KEEP
    office_opens: time = time(8, 0)
    office_closes: time = time(17, 0)
    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)
    reply_needs_approval: bool = True
    identity_needs_approval: bool = True
    reopen_within_days: int = 30
    due_soon_days: int = 2
    reported_within_days: int = 7
    supplement_days: int = 14
    chat_kept_days: int = 180
    retention_years: int = 5
    county: str = ""


KNOWN = "practice"  # on a session that has read it
CHOSEN = select(PracticeRow.name, PracticeRow.value)


def load(tx: Session) -> Practice:
    """The office's choices, read once in a transaction; one that was not made keeps its default."""
    known: Practice | None = tx.info.get(KNOWN)
    if known is None:
        known = Practice(**{name: read(name, text) for name, text in tx.execute(CHOSEN)})
        tx.info[KNOWN] = known
    return known


def choose(tx: Session, name: str, value: str, *, by: str, now: datetime) -> None:
    """Change one choice; raises BadPractice when there is no such choice or value."""
    read(name, value)
    tx.merge(PracticeRow(name=name, value=value, by=by, at=now))
    tx.flush()
    tx.info.pop(KNOWN, None)


def written(value: object) -> str:
    """A choice's value as `choose` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def read(name: str, text: str) -> Any:
    """The value of a choice as written; raises BadPractice."""
    if name not in {field.name for field in fields(Practice)}:
        raise BadPractice(name)
    kind = type(getattr(Practice(), name))
    try:
        if kind is bool:
            return {"yes": True, "no": False}[text]
        if kind is time:
            return time.fromisoformat(text if text.count(":") == 1 and len(text) <= 5 else "")
        value = kind(text)
    except (KeyError, ValueError) as error:
        raise BadPractice(name) from error
    negative = isinstance(value, int) and not 0 <= value <= MOST.get(name, LONGEST)
    if negative or (name == "after_hours" and value not in {KEEP, NEXT_WORKING_DAY}):
        raise BadPractice(name)
    return value
