"""The tallies: what all histories count for by day, so that a year of a million cases is quick.

They are nothing but a sum of facts. What happened since they were last brought up to date is added
when figures are read, so a figure is never behind the record; `check` works everything out again
from the events and tells every difference.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from complaints.measuring.facts import Key, facts
from complaints.measuring.tables import Tally
from complaints.states import MEASURED
from complaints.tables import Event, Uncounted
from data.database import add_up, hold

LOCK = 0x7A111E5  # of the one who brings the tallies up to date
AT_ONCE = 500  # cases
ROWS = 1000  # of the table, written at once
# More than this is not added while somebody waits for a page.
MOST_ADDED = 20_000


class StillCounting(Exception):
    """So many events wait to be counted that figures would keep their reader waiting."""


def bring_up(tx: Session) -> int:
    """Count some of what happened since; return how many events. Called again until it is 0.

    Any number of processes may do so: one of them counts at a time.
    """
    hold(tx, LOCK, alone=True)
    cases = tx.scalars(select(Uncounted.case_id).distinct().limit(AT_ONCE)).all()
    if not cases:
        return 0
    # The histories first: an event that is committed after they were read then waits its turn.
    found = histories(tx, cases)
    new = set(tx.scalars(select(Uncounted.event_id).where(Uncounted.case_id.in_(cases))))
    new &= {row.id for events in found.values() for row in events}
    _add(tx, _changed(found, new))
    for some in _portions(sorted(new), ROWS):
        tx.execute(delete(Uncounted).where(Uncounted.event_id.in_(some)))
    return len(new)


def anything_waits(tx: Session) -> bool:
    """Whether something happened that was not counted yet."""
    return tx.scalar(select(Uncounted.event_id).limit(1)) is not None


def waiting(tx: Session) -> "Counter[Key]":
    """What the tallies lack; raises StillCounting when that is too much to wait for.

    To be read in one view of the database with the tallies (data.database.reading).
    """
    found: defaultdict[int, set[int]] = defaultdict(set)
    for event_id, case_id in tx.execute(
        select(Uncounted.event_id, Uncounted.case_id).limit(MOST_ADDED + 1)
    ):
        found[case_id].add(event_id)
    numbers = {one for events in found.values() for one in events}
    if len(numbers) > MOST_ADDED:
        raise StillCounting(len(numbers))
    total: Counter[Key] = Counter()
    for cases in _portions(sorted(found), AT_ONCE):
        total.update(_changed(histories(tx, cases), numbers))
    return total


def begin_anew(tx: Session) -> None:
    """Throw the tallies away; everything waits to be counted again."""
    hold(tx, LOCK, alone=True)
    tx.execute(delete(Tally))
    tx.execute(delete(Uncounted))
    measured = [kind.value for kind in MEASURED]
    every = select(Event.id, Event.case_id).where(Event.kind.in_(measured))
    tx.execute(insert(Uncounted).from_select(["event_id", "case_id"], every))


def check(tx: Session) -> dict[Key, tuple[int, int]]:
    """Where tallies (and what waits) and events differ: the number kept, and the right one."""
    kept = Counter(waiting(tx))
    columns = (*(getattr(Tally, name) for name in Key._fields), Tally.number)
    for row in tx.execute(select(*columns)):
        kept[Key(*row[:-1])] += row[-1]
    right: Counter[Key] = Counter()
    last = tx.scalar(select(func.max(Event.case_id))) or 0
    for start in range(0, last, AT_ONCE):
        for events in histories(tx, range(start + 1, start + AT_ONCE + 1)).values():
            right.update(counted(events))
    keys = {key for key in (*kept, *right) if kept[key] != right[key]}
    return {key: (kept[key], right[key]) for key in sorted(keys)}


def _changed(found: Mapping[int, Sequence[Any]], new: Collection[int]) -> "Counter[Key]":
    """What the new events of these histories change."""
    total: Counter[Key] = Counter()
    for events in found.values():
        total.update(counted(events))
        total.subtract(counted([row for row in events if row.id not in new]))
    return total


def counted(events: Sequence[Any]) -> "Counter[Key]":
    """What a history counts for, by the month: no period is shorter.

    Only what becomes overdue is kept by the day, as it lies ahead: a month that is not over must
    not count the days to come.
    """
    total: Counter[Key] = Counter()
    for key, number in facts(events).items():
        total[key if key.measure == "overdue" else _of_month(key)] += number
    return total


def _of_month(key: Key) -> Key:
    return key._replace(day=key.day.replace(day=1), as_of=key.as_of.replace(day=1))


def _portions(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def histories(tx: Session, cases: Collection[int]) -> Mapping[int, Sequence[Any]]:
    """The measured events of each of these cases, in the order of their numbers."""
    found: defaultdict[int, list[Event]] = defaultdict(list)
    for row in _events(tx, cases):
        found[row.case_id].append(row)
    return found


def _events(tx: Session, cases: Collection[int]) -> Sequence[Any]:
    of_cases = Event.case_id.in_(cases)
    if isinstance(cases, range):
        of_cases = Event.case_id.between(cases.start, cases.stop - 1)
    columns = (Event.id, Event.case_id, Event.kind, Event.at, Event.data)
    measured = Event.kind.in_([kind.value for kind in MEASURED])
    rows = select(*columns).where(of_cases, measured).order_by(Event.case_id, Event.id)
    return tx.execute(rows).all()


def _add(tx: Session, total: Mapping[Key, int]) -> None:
    rows = [{**key._asdict(), "number": number} for key, number in total.items() if number]
    for some in _portions(rows, ROWS):
        add_up(tx, Tally, some, "number")
