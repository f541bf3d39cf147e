"""One row for each case that was on the desk in a period: what the figures were counted from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints.clock.workdays import office_date
from complaints.measuring.facts import ALL, CLOSED_CIRCLE, ENDS, OPENS, Happened, facts
from complaints.measuring.periods import Period
from complaints.states import MEASURED, Aspect, EventKind, Kind
from complaints.tables import Case, Event, Section, Village

PORTION = 1000  # cases read at once


@dataclass(frozen=True)
class CaseRow:
    """A case as it stood at the end of a period, under the headings it had then.

    `kind`, `topic`, `channel` and `outcome` are codes, `section` and `village` names; topic,
    channel, village and section are "*" for what was in the closed circle then, or is today.
    `on_time` tells of a closed case whether it was in time, and is False for one that was open and
    overdue; otherwise it is None. `extensions` are those that were not taken back.
    """

    case_no: str
    kind: str
    topic: str
    channel: str
    village: str
    section: str
    received_on: date
    due_on: date | None
    replied_on: date | None
    closed_on: date | None
    outcome: str
    days_used: float | None
    on_time: bool | None
    extensions: int
    reopened: int
    process_grade: int | None
    result_grade: int | None


def register(tx: Session, period: Period, until: date | None = None) -> Iterator[CaseRow]:
    """Every case that was open on a day of the period or taken up in it, in order of receipt.

    Told from the events up to the end of the period, or up to `until` where it is not over; two
    statements for each thousand cases.
    """
    named = _Names.of(tx)
    last = 0
    while found := _cases(tx, period, last):
        last = found[-1].id
        events = _events(tx, [case.id for case in found], period)
        for case in found:
            if row := _row(case, events[case.id], period, until or period.end, named):
                yield row


@dataclass(frozen=True)
class _Listed:
    """A case that may have been on the desk, and whether it is in the closed circle today."""

    id: int
    case_no: str
    hidden: bool


@dataclass(frozen=True)
class _Names:
    """What the codes of headings are called today."""

    sections: Mapping[str, str]
    villages: Mapping[str, str]

    @classmethod
    def of(cls, tx: Session) -> "_Names":
        sections = {one.code: one.name for one in tx.execute(select(Section.code, Section.name))}
        villages = {one.code: one.name for one in tx.execute(select(Village.code, Village.name))}
        return cls(sections, villages)

    def under(self, told: Mapping[str, Any], hidden_now: bool) -> dict[str, str]:
        """The headings an event tells, by field of a row."""
        kind = str(told.get("kind") or "")
        if told.get("circle") or hidden_now:
            hidden = ("topic", "channel", "village", "section")
            return {"kind": kind} | dict.fromkeys(hidden, CLOSED_CIRCLE)
        section, village = told.get("section") or "", told.get("village") or ""
        return {
            "kind": kind,
            "topic": told.get("topic") or "",
            "channel": told.get("channel") or "",
            "village": self.villages.get(village, village),
            "section": self.sections.get(section, section),
        }


@dataclass
class _Life:
    """What the events told so far have come to."""

    period: Period
    under: Mapping[str, Any] = field(default_factory=dict)
    received_on: date | None = None
    due_on: date | None = None
    replied_on: date | None = None
    ended_on: date | None = None
    end: Mapping[str, Any] = field(default_factory=dict)
    on_desk: bool = False
    is_open: bool = False
    extensions: int = 0
    reopened: int = 0
    grades: dict[str, int] = field(default_factory=dict)

    def hear(self, kind: EventKind, day: date, data: Mapping[str, Any]) -> None:
        """Take in the next event."""
        if day >= self.period.start:
            self.on_desk = self.on_desk or self.is_open or kind in OPENS
        self.under = data.get("under") or self.under
        if "due_on" in data and kind is not EventKind.PROMISED:
            self.due_on = date.fromisoformat(data["due_on"])
        if kind in OPENS:
            self._open(kind, day)
        elif kind in ENDS:
            self.is_open, self.ended_on, self.end = False, day, data
        else:
            self._note(kind, day, data)

    def _open(self, kind: EventKind, day: date) -> None:
        self.received_on = self.received_on or day
        self.reopened += kind is EventKind.REOPENED and not self.is_open
        self.is_open, self.replied_on, self.ended_on, self.end = True, None, None, {}
        if kind is not EventKind.SPLIT:
            self.grades = {}

    def _note(self, kind: EventKind, day: date, data: Mapping[str, Any]) -> None:
        if kind is EventKind.REPLIED and data["stops_clock"]:
            self.replied_on = self.replied_on or day
        elif kind is EventKind.EXTENDED:
            self.extensions += 1
        elif kind is EventKind.EXTENSION_UNDONE:
            self.extensions -= 1
        elif kind is EventKind.SATISFACTION_RATED and data.get("grade") is not None:
            self.grades[data.get("aspect", Aspect.PROCESS)] = data["grade"]


def _row(
    case: _Listed, events: Sequence[Happened], period: Period, until: date, named: _Names
) -> CaseRow | None:
    """The row of a case; None when it was not on the desk in the period."""
    life, day = _Life(period), date.min
    for one in events:
        day = max(day, office_date(one.at))  # as facts.py takes a clock that was put back
        life.hear(EventKind(one.kind), day, one.data)
    if life.received_on is None or not (life.on_desk or life.is_open):
        return None
    return CaseRow(
        case_no=case.case_no,
        received_on=life.received_on,
        due_on=life.due_on,
        replied_on=life.replied_on,
        closed_on=life.ended_on,
        outcome=str(life.end.get("outcome", "")),
        days_used=life.end.get("days_used"),
        on_time=_on_time(life, events, until),
        extensions=life.extensions,
        reopened=life.reopened,
        process_grade=life.grades.get(Aspect.PROCESS),
        result_grade=life.grades.get(Aspect.RESULT),
        **named.under(life.under, case.hidden),
    )


def _on_time(life: _Life, events: Iterable[Happened], until: date) -> bool | None:
    if "done_on" in life.end:
        return bool(life.end["done_on"] <= life.end["due_on"])
    return False if life.is_open and _overdue(events, until) else None


def _overdue(events: Iterable[Happened], until: date) -> int:
    return sum(
        number
        for key, number in facts(events).items()
        if (key.breakdown, key.measure) == (ALL, "overdue") and key.day <= until
    )


def _cases(tx: Session, period: Period, last: int) -> Sequence[_Listed]:
    """The next cases that may have been on the desk: what ended before has ended for good."""
    circle = or_(Case.confidential.is_(True), Case.kind == Kind.MISCONDUCT_REPORT)
    found = (
        select(Case.id, Case.case_no, circle)
        .where(Case.id > last, Case.received_at < period.until())
        .where(or_(Case.closed_on.is_(None), Case.closed_on >= period.start))
        .order_by(Case.id)
        .limit(PORTION)
    )
    return [_Listed(row[0], row[1], bool(row[2])) for row in tx.execute(found)]


def _events(
    tx: Session, cases: Collection[int], period: Period
) -> Mapping[int, Sequence[Happened]]:
    """The measured events of each of these cases up to the end of the period, in order."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    measured = [kind.value for kind in MEASURED]
    rows = (
        select(Event.case_id, Event.kind, Event.at, Event.data)
        .where(Event.case_id.in_(cases), Event.kind.in_(measured), Event.at < period.until())
        .order_by(Event.case_id, Event.id)
    )
    for row in tx.execute(rows):
        found[row.case_id].append(row)
    return found
