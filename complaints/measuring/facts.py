"""What one history counts for, worked out from its events alone: pure, the same at any time.

A case counts under the headings (section, kind, topic …) it had at the end of the period that is
looked at. So a fact is dated twice: by the day it happened, and by the day it was known so. A case
received on the 3rd in one section and handed to another on the 20th gives three facts: +1 of the
3rd for the first section, known on the 3rd; −1 and +1 of the 3rd, known on the 20th, which move it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple, Protocol

from complaints.clock.deadlines import ENDS_WAIT
from complaints.clock.workdays import office_date
from complaints.states import OF_SUGGESTIONS, EventKind, Ground, Outcome

ALL, SECTION, KIND, OUTCOME = "all", "section", "kind", "outcome"
TOPIC, VILLAGE, CHANNEL = "topic", "village", "channel"
# Under which every measure is counted, and under which only the main ones.
IN_FULL, IN_SHORT = (ALL, SECTION, KIND), (TOPIC, VILLAGE, CHANNEL)
CLOSED_CIRCLE, UNKNOWN = "*", ""
# What brings a case onto the desk, and the column it counts in.
OPENS = {
    EventKind.RECEIVED: "received",
    EventKind.REOPENED: "reopened",
    EventKind.SPLIT: "split",
}
# What takes it off, each in its own column.
ENDS = {
    EventKind.CLOSED: "closed",
    EventKind.WITHDRAWN: "withdrawn",
    EventKind.TRANSFERRED: "transferred_out",
    EventKind.NOT_PROCESSED: "not_processed",
    EventKind.MERGED: "merged",
}
# How things stand at the end of a day; the sum of the changes up to it.
STOCKS = ("open", "overdue", "open_extended")
# Who was asked and who answered is among them: who does not answer is to be seen.
MAIN = frozenset(
    {*OPENS.values(), *ENDS.values(), "closed_on_time", "closed_late", "asked", "rated", *STOCKS}
)
MOST_REFUSALS = 2
ADOPTED = (Outcome.ADOPTED, Outcome.PARTIALLY_ADOPTED)
IMPROVES = (EventKind.CONFIRMED_IMPROVED, EventKind.IMPROVEMENT_RECORDED)
ONE_DAY = timedelta(days=1)


class Happened(Protocol):
    """An event as it stands in the record."""

    @property
    def kind(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def data(self) -> Mapping[str, Any]: ...


class Key(NamedTuple):
    """What is counted: under which heading, which measure, of which day, known on which."""

    breakdown: str
    heading: str
    measure: str
    grade: float
    day: date
    as_of: date


@dataclass(frozen=True)
class Told:
    """An event as the figures read it, on an office day."""

    kind: EventKind
    day: date
    data: Mapping[str, Any]


def facts(events: Iterable[Happened]) -> "Counter[Key]":
    """What a case's events (in the order of their numbers) count for; zeros are left out."""
    told = list(_read(events))
    known = _headings(told)
    found: Counter[Key] = Counter()
    for one in _Story().listen(told):
        for key, number in _placed(one, known):
            found[key] += number
    return Counter({key: number for key, number in found.items() if number})


def _read(events: Iterable[Happened]) -> Iterator[Told]:
    """The events by day; where a clock was put back, a day is never before the last one's."""
    last = date.min
    for row in events:
        last = max(last, office_date(row.at))
        yield Told(EventKind(row.kind), last, row.data)


@dataclass(frozen=True)
class _Thing:
    """So many of a measure on a day, known on the day `as_of`."""

    measure: str
    day: date
    as_of: date
    number: int = 1
    grade: float = 0.0
    outcome: str = ""


def _headings(told: Iterable[Told]) -> list[tuple[date, dict[str, str]]]:
    """The headings at the end of each day on which they were told, in order."""
    last: dict[date, dict[str, str]] = {}
    for one in told:
        if "under" in one.data:
            last[one.day] = _under(one.data["under"])
    return sorted(last.items())


def _under(told: Mapping[str, Any]) -> dict[str, str]:
    """The heading of each breakdown; the closed circle's cases tell only their kind."""
    circle = bool(told.get("circle"))
    hidden = dict.fromkeys((SECTION, *IN_SHORT), CLOSED_CIRCLE) if circle else {}
    names = (SECTION, KIND, *IN_SHORT)
    return {ALL: UNKNOWN} | {name: told.get(name) or UNKNOWN for name in names} | hidden


def _placed(thing: _Thing, known: list[tuple[date, dict[str, str]]]) -> Iterator[tuple[Key, int]]:
    breakdowns = IN_FULL + IN_SHORT if thing.measure in MAIN else IN_FULL
    if thing.outcome:
        yield _key(OUTCOME, thing.outcome, thing, thing.as_of), thing.number
    if not known:
        known = [(thing.as_of, {})]
    before = [at for day, at in known if day <= thing.as_of] or [known[0][1]]
    for breakdown in breakdowns:
        heading = before[-1].get(breakdown, UNKNOWN)
        yield _key(breakdown, heading, thing, thing.as_of), thing.number
        for day, at in known:
            if day > thing.as_of and at[breakdown] != heading:
                yield _key(breakdown, heading, thing, day), -thing.number
                heading = at[breakdown]
                yield _key(breakdown, heading, thing, day), thing.number


def _key(breakdown: str, heading: str, thing: _Thing, as_of: date) -> Key:
    return Key(breakdown, heading, thing.measure, thing.grade, thing.day, as_of)


@dataclass
class _Story:
    """Where a case stands after the events told so far, and what they counted for."""

    found: list[_Thing] = field(default_factory=list)
    due: date = date.max
    is_open: bool = False
    stopped: bool = False
    waits: bool = False
    improved: bool = False
    # The days of the extensions that stand, since the case was last taken up.
    extensions: list[date] = field(default_factory=list)
    # The newest grade of each aspect with its first day, since the case was last taken up.
    grades: dict[str, tuple[date, int]] = field(default_factory=dict)
    stood: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(STOCKS, False))

    def listen(self, told: Sequence[Told]) -> list[_Thing]:
        """Everything that is counted, in the order it became known."""
        days = [(day, list(events)) for day, events in groupby(told, key=lambda one: one.day)]
        following = [*(day for day, _ in days), date.max][1:]
        for (day, events), until in zip(days, following, strict=True):
            for one in events:
                self._hear(one)
            self._settle(day)
            self._wait(until)
        return self.found

    def _hear(self, one: Told) -> None:
        if one.kind in OPENS:
            self._open(one)
        elif one.kind in ENDS:
            self._end(one)
        elif hear := HEARD.get(one.kind):
            hear(self, one)
        if one.kind is EventKind.SUPPLEMENT_ASKED:
            self.waits = self.waits or bool(one.data["stops_clock"])
        elif one.kind in ENDS_WAIT or one.kind is EventKind.REOPENED:
            self.waits = False  # a case taken out of another waits on, as its clock does
        if "due_on" in one.data and one.kind not in ENDS and one.kind is not EventKind.PROMISED:
            self.due = date.fromisoformat(one.data["due_on"])

    def _count(self, measure: str, one: Told, number: int = 1, grade: float = 0.0) -> None:
        if number:
            self.found.append(_Thing(measure, one.day, one.day, number, grade))

    def _open(self, one: Told) -> None:
        # Reopening a replied case does not make it a second open case.
        if not self.is_open:
            self._count(OPENS[one.kind], one)
        self.is_open, self.stopped, self.improved = True, False, False
        if one.kind is not EventKind.SPLIT:
            self.extensions, self.grades = [], {}

    def _end(self, one: Told) -> None:
        if not self.is_open:
            return
        self.is_open = False
        merged = one.kind is EventKind.MERGED
        outcome = str(one.data.get("outcome", Outcome.MERGED if merged else ""))
        self.found.append(_Thing(ENDS[one.kind], one.day, one.day, outcome=outcome))
        if one.kind is EventKind.CLOSED:
            self._close(one, outcome)
        self._count("transferred_late", one, int(bool(one.data.get("late"))))
        self._count("repeats", one, int(one.data.get("ground") == Ground.REPEATED_SAME_MATTER))

    def _close(self, one: Told, outcome: str) -> None:
        on_time = one.data["done_on"] <= one.data["due_on"]
        self._count("closed_on_time" if on_time else "closed_late", one)
        self._count("closed_extended", one, int(bool(self.extensions)))
        self._count("suggestions_closed", one, int(outcome in OF_SUGGESTIONS))
        self._count("suggestions_adopted", one, int(outcome in ADOPTED))
        self._count("asked", one, int(bool(one.data.get("asked"))))
        if "days_used" in one.data:
            self._count("days", one, grade=float(one.data["days_used"]))

    def reply(self, one: Told) -> None:
        """The first reply since the case was taken up is the one that counts."""
        if one.data["stops_clock"] and not self.stopped:
            self._count("replied", one)
            self.stopped = True

    def improve(self, one: Told) -> None:
        """The citizen's word or evidence, once since the case was taken up."""
        self._count("improved", one, int(not self.improved))
        self.improved = True

    def extend(self, one: Told) -> None:
        """An extension that was approved."""
        self._count("extensions", one)
        self.extensions.append(one.day)

    def undo_extension(self, one: Told) -> None:
        """An extension taken back never was; what was closed meanwhile stays as it was closed."""
        if self.extensions:
            granted = self.extensions.pop()
            self.found.append(_Thing("extensions", granted, one.day, -1))

    def hand_back(self, one: Told) -> None:
        """A section said the case is not its own."""
        self._count("handed_back", one)
        self._count("refused_twice", one, int(one.data["times"] == MOST_REFUSALS))

    def promise(self, one: Told) -> None:
        """The office promised something by a day."""
        self._count("promises_made", one)

    def settle_promise(self, one: Told) -> None:
        """A promise was kept, or was not."""
        states = {"kept": "promises_kept", "missed": "promises_missed"}
        if measure := states.get(one.data["state"]):
            self._count(measure, one)

    def rate(self, one: Told) -> None:
        """A grade; a later one of the same aspect takes its place, on the day of the first."""
        aspect, grade = one.data.get("aspect", "process"), one.data.get("grade")
        if grade is None:
            return
        first, before = self.grades.get(aspect, (one.day, 0))
        if before:
            self.found.append(_Thing(aspect, first, one.day, -1, float(before)))
        self.found.append(_Thing(aspect, first, one.day, 1, float(grade)))
        if not self.grades:
            self._count("rated", one)
        self.grades[aspect] = (first, grade)

    def _settle(self, day: date) -> None:
        """Note what stands differently at the end of a day."""
        self._stand("open", day, stands=self.is_open)
        self._stand("open_extended", day, stands=self.is_open and bool(self.extensions))
        self._stand("overdue", day, stands=self._runs() and self.due < day)

    def _wait(self, until: date) -> None:
        """A clock that runs on becomes overdue on the day after its date, if nothing happens."""
        if self._runs() and not self.stood["overdue"] and self.due + ONE_DAY < until:
            self._stand("overdue", self.due + ONE_DAY, stands=True)

    def _runs(self) -> bool:
        return self.is_open and not self.stopped and not self.waits and self.due < date.max

    def _stand(self, measure: str, day: date, *, stands: bool) -> None:
        if stands != self.stood[measure]:
            self.found.append(_Thing(measure, day, day, 1 if stands else -1))
            self.stood[measure] = stands


HEARD: dict[EventKind, Callable[[_Story, Told], None]] = {
    EventKind.REPLIED: _Story.reply,
    EventKind.EXTENDED: _Story.extend,
    EventKind.EXTENSION_UNDONE: _Story.undo_extension,
    EventKind.HANDED_BACK: _Story.hand_back,
    EventKind.PROMISED: _Story.promise,
    EventKind.PROMISE_SETTLED: _Story.settle_promise,
    EventKind.SATISFACTION_RATED: _Story.rate,
    **dict.fromkeys(IMPROVES, _Story.improve),
}
