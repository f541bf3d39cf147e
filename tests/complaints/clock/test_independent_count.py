"""The clock against a second, differently built count from the published tables alone.

Here every working day of eleven years is written down first, and a date is looked up in that
list by its place; nothing of `complaints.clock` takes part in it.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from complaints import intake
from complaints.clock import calendars
from complaints.clock.calendars import FULL, OwnDay
from complaints.clock.deadlines import Moved, due, explain, used
from complaints.clock.workdays import WorkCalendar
from complaints.limits import Limit, Unit
from complaints.practice import NEXT_WORKING_DAY, Practice
from complaints.states import EventKind

PUBLISHED: dict[int, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "published.yaml").read_text(encoding="utf-8")
)
CALENDAR = calendars.of_tables(calendars.shipped())
ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2017, 1, 1), date(2027, 6, 30)
WORLDS, CASES_EACH = 100, 100
WORKING, CALENDAR_DAYS = Unit.WORKING, Unit.CALENDAR


def every_day(first: date, last: date) -> Iterator[date]:
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def working_days(closed: Iterable[date] = (), extra: Iterable[date] = ()) -> list[date]:
    """All working days of the published years, less the closed ones, with the extra ones."""
    off, on = set(closed), set(extra)
    for year in PUBLISHED.values():
        off |= set(year["weekdays_off"]) - on
        on |= set(year["make_up"]) - off
    span = every_day(date(min(PUBLISHED), 1, 1), date(max(PUBLISHED), 12, 31))
    return [day for day in span if day in on or (day.isoweekday() < 6 and day not in off)]


OFFICE = working_days()


@dataclass(frozen=True)
class Count:
    """One clock counted from lists: from `start`, a limit, more working days, days waited."""

    days: list[date]  # the office's working days
    start: date
    limit: int
    unit: Unit
    extra: int = 0
    waited: frozenset[date] = field(default=frozenset())
    spared: frozenset[date] = field(default=frozenset())  # last days on which was asked

    def due(self) -> date:
        if self.unit is WORKING:
            return self._open_after(self.start)[self.limit + self.extra - 1]
        at = bisect_left(self.days, self.raw_end())
        end = next(one for one in self.days[at:] if one not in self.waited | self.spared)
        return self._open_after(end)[self.extra - 1] if self.extra else end

    def raw_end(self) -> date:
        """The last of the calendar days, before it moves past days off."""
        span = every_day(self.start + ONE_DAY, self.start + timedelta(days=300))
        return [day for day in span if day not in self.waited | self.spared][self.limit - 1]

    def used(self, done: date) -> float:
        first, last = bisect_right(self.days, self.start), bisect_right(self.days, done)
        spent = len(set(self.days[first:last]) - self.waited)
        return max(float(spent), 0.5)

    def _open_after(self, day: date) -> list[date]:
        at = bisect_right(self.days, day)
        left_out = self.waited | self.spared
        return [one for one in self.days[at : at + 250] if one not in left_out]


def on(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_list_has_as_many_days_as_announced(year: int) -> None:
    count = sum(day.year == year for day in OFFICE)
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    assert count == PUBLISHED[year]["working_days"] == days - PUBLISHED[year]["days_off"]


# petitions.md 3.5: received, limit, unit, due
EXAMPLES = [
    ("2026-11-02", 6, WORKING, "2026-11-10"),
    ("2026-11-02", 3, WORKING, "2026-11-05"),
    ("2026-11-02", 10, WORKING, "2026-11-16"),
    ("2026-11-02", 30, WORKING, "2026-12-14"),
    ("2026-11-02", 30, CALENDAR_DAYS, "2026-12-02"),
    ("2026-02-12", 6, WORKING, "2026-03-02"),
    ("2026-02-14", 6, WORKING, "2026-03-03"),
    ("2026-02-12", 30, WORKING, "2026-04-07"),
    ("2026-09-21", 6, WORKING, "2026-10-01"),
    ("2025-02-05", 6, WORKING, "2025-02-12"),
    ("2026-12-23", 6, WORKING, "2027-01-04"),
    ("2026-09-24", 1, WORKING, "2026-09-29"),
    ("2026-08-27", 30, CALENDAR_DAYS, "2026-09-29"),
]


@pytest.mark.parametrize(("received", "days", "unit", "expected"), EXAMPLES)
def test_the_worked_examples(received: str, days: int, unit: Unit, expected: str) -> None:
    start = on(received)
    history = [Moved(EventKind.RECEIVED, start)]
    assert due(history, Limit(days, unit, 3), CALENDAR) == on(expected)
    assert Count(OFFICE, start, days, unit).due() == on(expected)


@pytest.mark.parametrize(
    ("received", "counted"),
    [
        ("2026-11-02", "11-03 11-04 11-05 11-06 11-09 11-10"),
        ("2026-02-12", "02-13 02-23 02-24 02-25 02-26 03-02"),
        ("2026-02-14", "02-23 02-24 02-25 02-26 03-02 03-03"),
        ("2026-09-21", "09-22 09-23 09-24 09-29 09-30 10-01"),
        ("2025-02-05", "02-06 02-07 02-08 02-10 02-11 02-12"),
    ],
)
def test_the_days_counted_in_the_worked_examples(received: str, counted: str) -> None:
    why = explain([Moved(EventKind.RECEIVED, on(received))], Limit(6, WORKING, 3), CALENDAR)
    assert [f"{one.day:%m-%d}" for one in why.days if one.number] == counted.split()


def test_a_typhoon_on_23_september_2026_moves_the_sixth_day() -> None:
    typhoon = on("2026-09-23")
    own = [OwnDay(typhoon, FULL, works=False, reason="颱風停止上班")]
    closed = calendars.with_days(CALENDAR, own, Practice())
    history = [Moved(EventKind.RECEIVED, on("2026-09-21"))]
    assert due(history, Limit(6, WORKING, 3), closed) == on("2026-10-02")
    assert Count(working_days([typhoon]), on("2026-09-21"), 6, WORKING).due() == on("2026-10-02")


@pytest.mark.parametrize(
    ("after_hours", "start", "expected"),
    [("keep", "2026-02-14", "2026-03-03"), (NEXT_WORKING_DAY, "2026-02-23", "2026-03-04")],
)
def test_received_on_a_saturday(after_hours: str, start: str, expected: str) -> None:
    noon = datetime(2026, 2, 14, 4, 0, tzinfo=UTC)
    day_0 = intake.counts_from(noon, CALENDAR, Practice(after_hours=after_hours))
    assert day_0 == on(start)
    assert due([Moved(EventKind.RECEIVED, day_0)], Limit(6, WORKING, 3), CALENDAR) == on(expected)


@dataclass(frozen=True)
class World:
    """An office with closures and extra days of its own, in both forms."""

    calendar: WorkCalendar
    days: list[date]


@dataclass(frozen=True)
class RandomCase:
    """A case as both counts are given it, and a day on which it may be done."""

    history: list[Moved]
    limit: Limit
    count: Count
    done: date


def random_world(dice: random.Random) -> World:
    """About a dozen closed days and half as many extra ones in each year."""
    span = (LAST - FIRST).days + 180
    picked = dice.sample(range(span), 190)
    closed = [FIRST + timedelta(days=n) for n in picked[:130]]
    extra = [FIRST + timedelta(days=n) for n in picked[130:]]
    own = [OwnDay(day, FULL, works=False, reason="停止上班") for day in closed]
    own += [OwnDay(day, FULL, works=True, reason="加班") for day in extra]
    return World(
        calendars.with_days(CALENDAR, own, Practice()),
        working_days(closed, extra),
    )


def random_case(world: World, dice: random.Random) -> RandomCase:
    """A receipt and up to five more facts."""
    unit = dice.choice([WORKING, CALENDAR_DAYS])
    days = dice.randint(1, 30) if unit is WORKING else dice.randint(1, 60)
    limit = Limit(days, unit, reopened_days=dice.randint(1, 10))
    start = FIRST + timedelta(days=dice.randint(0, (LAST - FIRST).days))
    case = RandomCase(
        [Moved(EventKind.RECEIVED, start)], limit, Count(world.days, start, days, unit), start
    )
    for _ in range(dice.randint(0, 5)):
        case = dice.choice([extended, undone, waited, asked_in_passing, reopened])(case, dice)
    end = max(case.done, case.count.start) + timedelta(days=dice.randint(0, 40))
    return replace(case, done=end)


def extended(case: RandomCase, dice: random.Random) -> RandomCase:
    more = dice.randint(1, 10)
    given = [one for one in running(case) if one.kind is EventKind.EXTENDED]
    if len(given) >= 2:
        return case
    moved = Moved(EventKind.EXTENDED, case.done, days=more)
    return with_facts(case, [moved], replace(case.count, extra=case.count.extra + more))


def undone(case: RandomCase, dice: random.Random) -> RandomCase:
    """The last extension taken back, as if it never was; without one a fact that means nothing."""
    moved = Moved(EventKind.EXTENSION_UNDONE, case.done)
    facts = without_undone([*running(case), moved])
    days, unit = case.limit.days, case.limit.unit
    if facts[0].kind is EventKind.REOPENED:
        days, unit = case.limit.reopened_days, WORKING
    count = Count(case.count.days, facts[0].on, days, unit)
    return with_facts(case, [moved], counted_again(count, facts))


def without_undone(facts: list[Moved]) -> list[Moved]:
    """Pairs of an extension and its undoing taken out, and undoings of nothing."""
    kinds = [one.kind for one in facts]
    if EventKind.EXTENSION_UNDONE not in kinds:
        return facts
    at = kinds.index(EventKind.EXTENSION_UNDONE)
    given = [n for n in range(at) if kinds[n] is EventKind.EXTENDED]
    gone = {at, given[-1]} if given else {at}
    return without_undone([one for n, one in enumerate(facts) if n not in gone])


def counted_again(count: Count, facts: list[Moved]) -> Count:
    """The count over facts none of which was taken back."""
    asked = None
    for one in facts:
        if one.kind is EventKind.EXTENDED:
            count = replace(count, extra=count.extra + one.days)
        elif one.kind is EventKind.SUPPLEMENT_ASKED and one.stops and asked is None:
            asked, last = one.on, one.on == count.due()
        elif one.kind is EventKind.SUPPLEMENTED and asked is not None:
            days = count.waited | set(every_day(asked + ONE_DAY, one.on))
            count = replace(count, waited=days, spared=count.spared | ({asked} if last else set()))
            asked = None
    return count


def waited(case: RandomCase, dice: random.Random) -> RandomCase:
    """Particulars asked for up to a while after the last day, given within twelve days more."""
    earliest, last = max(case.done, case.count.start), case.count.due()
    asked = earliest + timedelta(days=dice.randint(0, max((last - earliest).days, 0) + 2))
    asked = last if dice.random() < 0.2 and last >= earliest else asked
    answered = asked + timedelta(days=dice.randint(0, 12))
    facts = [Moved(EventKind.SUPPLEMENT_ASKED, asked, stops=True)]
    if dice.random() < 0.2:  # asked once more meanwhile: the clock stands already
        facts.append(Moved(EventKind.SUPPLEMENT_ASKED, answered, stops=True))
    facts.append(Moved(EventKind.SUPPLEMENTED, answered))
    days = case.count.waited | set(every_day(asked + ONE_DAY, answered))
    spared = case.count.spared | ({asked} if asked == last else set())
    count = replace(case.count, waited=days, spared=spared)
    return with_facts(replace(case, done=answered), facts, count)


def asked_in_passing(case: RandomCase, dice: random.Random) -> RandomCase:
    """Particulars asked for in an office where that stops no clock."""
    asked = case.done + timedelta(days=dice.randint(0, 5))
    facts = [Moved(EventKind.SUPPLEMENT_ASKED, asked), Moved(EventKind.SUPPLEMENTED, asked)]
    return with_facts(case, facts, case.count)


def reopened(case: RandomCase, dice: random.Random) -> RandomCase:
    if len([one for one in case.history if one.kind is EventKind.REOPENED]) >= 2:
        return case
    again = max(case.done, case.count.start) + timedelta(days=dice.randint(0, 20))
    fresh = Count(case.count.days, again, case.limit.reopened_days, WORKING)
    return with_facts(replace(case, done=again), [Moved(EventKind.REOPENED, again)], fresh)


def running(case: RandomCase) -> list[Moved]:
    """The facts since the clock last began."""
    begun = [n for n, one in enumerate(case.history) if one.kind is EventKind.REOPENED]
    return case.history[begun[-1] if begun else 0 :]


def with_facts(case: RandomCase, facts: list[Moved], count: Count) -> RandomCase:
    return replace(case, history=[*case.history, *facts], count=count)


def test_ten_thousand_random_cases_come_to_the_same_days() -> None:
    dice = random.Random(20260114)
    compared, differences = 0, []
    for _ in range(WORLDS):
        world = random_world(dice)
        for case in (random_case(world, dice) for _ in range(CASES_EACH)):
            here = due(case.history, case.limit, world.calendar)
            days = used(case.history, case.done, world.calendar)
            compared += 1
            if (here, days) != (case.count.due(), case.count.used(case.done)):
                differences.append((case, here, days))
    assert compared == 10_000
    assert differences == []


def test_the_random_cases_are_of_every_sort() -> None:
    """So that the comparison cannot pass by comparing little."""
    dice = random.Random(20260114)
    world = random_world(dice)
    cases = [random_case(world, dice) for _ in range(1_000)]
    kinds = [{one.kind for one in case.history} for case in cases]
    for kind in (EventKind.EXTENDED, EventKind.EXTENSION_UNDONE, EventKind.REOPENED):
        assert sum(kind in some for some in kinds) > 200
    assert sum(bool(case.count.waited) for case in cases) > 150
    assert sum(bool(case.count.spared) for case in cases) > 50
    assert sum(case.count.unit is CALENDAR_DAYS for case in cases) > 200
    assert sum(case.count.extra > 0 for case in cases) > 150
    assert {case.history[0].on.year for case in cases} == set(PUBLISHED)


def test_numbered_days_are_the_same_days() -> None:
    dice = random.Random(20270114)
    world = random_world(dice)
    for _ in range(500):
        case = random_case(world, dice)
        why = explain(case.history, case.limit, world.calendar)
        first, last = (
            bisect_right(world.days, case.count.start),
            bisect_right(world.days, case.count.due()),
        )
        left_out = case.count.waited | case.count.spared
        expected = [day for day in world.days[first:last] if day not in left_out]
        assert [one.day for one in why.days if one.number] == expected
