"""The cases behind a figure: each number of a table opens into them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from complaints.errors import IncompletePetition
from complaints.measuring import tallies
from complaints.measuring.facts import ALL, ENDS, ONE_DAY, OPENS, STOCKS, Key, facts
from complaints.measuring.figures import Figures
from complaints.measuring.periods import Period
from complaints.states import EventKind
from complaints.tables import Case, Event

PAGE = 50
LOOKED_AT = 500  # histories read at once
# A clock that was put back writes an event before the day it counts on (facts._read).
PUT_BACK = timedelta(days=1)
# A column whose cases are those of other measures than its own name; else the name is the measure.
SHOWS: dict[str, tuple[str, ...]] = {
    "carried_over": ("open",),
    "open_end": ("open",),
    "open_on_time": ("open", "overdue"),
    "open_overdue": ("overdue",),
    "extended": ("closed_extended", "open_extended"),
    "on_time_rate": ("closed",),
    "mean_days": ("closed",),
    "median_days": ("closed",),
    "p90_days": ("closed",),
    "reopening_rate": ("reopened",),
    "improvement_rate": ("replied",),
    "adoption_rate": ("suggestions_closed",),
    "response_rate": ("rated",),
    "process_mean": ("process",),
    "process_satisfied": ("process",),
    "result_mean": ("result",),
    "result_satisfied": ("result",),
}
_CLOSED = (EventKind.CLOSED,)
_RATED = (EventKind.SATISFACTION_RATED,)
# What happens when a measure is counted.
KINDS: dict[str, tuple[EventKind, ...]] = {
    **{measure: (kind,) for kind, measure in (OPENS | ENDS).items()},
    "closed_on_time": _CLOSED,
    "closed_late": _CLOSED,
    "closed_extended": _CLOSED,
    "suggestions_closed": _CLOSED,
    "suggestions_adopted": _CLOSED,
    "asked": _CLOSED,
    "transferred_late": (EventKind.TRANSFERRED,),
    "repeats": (EventKind.NOT_PROCESSED,),
    "replied": (EventKind.REPLIED,),
    "improved": (EventKind.CONFIRMED_IMPROVED, EventKind.IMPROVEMENT_RECORDED),
    "extensions": (EventKind.EXTENDED,),
    "handed_back": (EventKind.HANDED_BACK,),
    "refused_twice": (EventKind.HANDED_BACK,),
    "promises_made": (EventKind.PROMISED,),
    "promises_kept": (EventKind.PROMISE_SETTLED,),
    "promises_missed": (EventKind.PROMISE_SETTLED,),
    "rated": _RATED,
    "process": _RATED,
    "result": _RATED,
}


@dataclass(frozen=True)
class Wanted:
    """A figure: its period, its column, and the heading it stands under (all: no breakdown)."""

    period: Period
    column: str
    breakdown: str = ALL
    heading: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """What is counted for it."""
        return SHOWS.get(self.column, (self.column,))


@dataclass(frozen=True)
class Listed:
    """Some cases of a figure by number, and where the next go on (None: these are the last)."""

    cases: Sequence[int]
    next: int | None


def cases_of(
    tx: Session, wanted: Wanted, *, today: date, after: int = 0, limit: int = PAGE
) -> Listed:
    """The cases a figure counts, in the order they were filed, beginning after a number.

    Raises IncompletePetition("column") for what is no figure.
    """
    if wanted.column not in Figures().as_dict():
        raise IncompletePetition("column")
    found: list[int] = []
    for case_id in _counted(tx, wanted, min(wanted.period.end, today), after):
        if len(found) == limit:
            return Listed(found, found[-1])
        found.append(case_id)
    return Listed(found, None)


def every_case_of(tx: Session, wanted: Wanted, *, today: date) -> Iterator[int]:
    """All of them, as they are found."""
    return _counted(tx, wanted, min(wanted.period.end, today), 0)


def _counted(tx: Session, wanted: Wanted, until: date, after: int) -> Iterator[int]:
    while candidates := tx.scalars(_candidates(wanted, until, after)).all():
        histories = tallies.histories(tx, candidates)
        for case_id in candidates:
            if _number(histories.get(case_id, ()), wanted, until) > 0:
                yield case_id
        after = candidates[-1]


def _number(events: Sequence[Any], wanted: Wanted, until: date) -> int:
    """How often a case counts for the figure; overdue ones are taken off those open in time."""
    less = wanted.column == "open_on_time"
    found = facts(events).items()
    return sum(
        -number if less and key.measure == "overdue" else number
        for key, number in found
        if _counts(key, wanted, until)
    )


def _candidates(wanted: Wanted, until: date, after: int) -> Select[int]:
    """Cases that may count: on which the right thing happened, or that may have been open."""
    stock = any(measure in STOCKS for measure in wanted.measures)
    kinds = [kind.value for one in wanted.measures for kind in KINDS.get(one, ())]
    happened, stood = _happened(wanted, kinds), _stood(wanted, until)
    found = happened.union(stood) if stock and kinds else stood if stock else happened
    rows = found.subquery()
    number = rows.c[0]
    return select(number).where(number > after).distinct().order_by(number).limit(LOOKED_AT)


def _happened(wanted: Wanted, kinds: Sequence[str]) -> Select[int]:
    period = wanted.period
    inside = (Event.at >= period.since() - PUT_BACK, Event.at < period.until())
    found = select(Event.case_id).where(Event.kind.in_(kinds), *inside)
    if wanted.column != "closed_late":
        return found
    # Few of very many: what each closing recorded tells it without its history.
    done, due = (Event.data[name].as_string() for name in ("done_on", "due_on"))
    return found.where(done > due)


def _stood(wanted: Wanted, until: date) -> Select[int]:
    """Cases that may have been open: at the end, or when the period began."""
    last = wanted.period.start - ONE_DAY if wanted.column == "carried_over" else until
    found = select(Case.id).where(
        Case.received_on <= last, or_(Case.closed_on.is_(None), Case.closed_on > last)
    )
    if wanted.column != "open_overdue":
        return found
    # Whose clock ran then was answered later, if at all since it was last taken up.
    return found.where(or_(Case.replied_on.is_(None), Case.replied_on > last))


def _counts(key: Key, wanted: Wanted, until: date) -> bool:
    if (key.breakdown, key.heading) != (wanted.breakdown, wanted.heading):
        return False
    if key.measure not in wanted.measures or key.day > until or key.as_of > until:
        return False
    if wanted.column == "carried_over":
        return key.day < wanted.period.start
    return key.measure in STOCKS or key.day >= wanted.period.start
