"""The figures worked out a second time, from docs/figures.md and the events, and nothing else.

Slow and plain on purpose: each period is told from the beginning of each history, case by case,
without sums kept from before. Days are of Taipei, which has no summer time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import mean, median
from typing import Any

Row = Mapping[str, Any]  # case (its number), id, kind, at (aware), data: an event
Told = tuple[date, str, Mapping[str, Any]]  # the day, the kind and the data of an event
Columns = dict[str, Any]

TAIPEI = timedelta(hours=8)
BEGINS = {"received": "received", "reopened": "reopened", "split": "split"}
ENDS = {
    "closed": "closed",
    "transferred": "transferred_out",
    "not_processed": "not_processed",
    "merged": "merged",
    "withdrawn": "withdrawn",
}
ANEW = ("received", "reopened")
ADOPTED = {"adopted", "partially_adopted"}
SUGGESTED = ADOPTED | {"not_adopted"}
GOES_ON = {"supplemented", "replied", "reopened"}
FEWEST_GRADES = 10
# The main columns are told under every heading, the others under sections and kinds only.
MAIN = (
    "carried_over",
    "received",
    "reopened",
    "split",
    "closed",
    "closed_on_time",
    "closed_late",
    "transferred_out",
    "not_processed",
    "merged",
    "withdrawn",
    "open_end",
    "open_overdue",
    "open_extended",
    "asked",
    "rated",
)
COUNTED = (
    *MAIN,
    "transferred_late",
    "closed_extended",
    "extensions",
    "repeats",
    "replied",
    "improved",
    "promises_made",
    "promises_kept",
    "promises_missed",
    "handed_back",
    "refused_twice",
    "suggestions_closed",
    "suggestions_adopted",
)


def recount(
    events: Iterable[Row], first: date, last: date, today: date
) -> dict[str, dict[str, Columns]]:
    """All columns of a period by breakdown and heading, as things stood on its last day.

    Both days are of the period; of one that is not over `today` is the last.
    """
    until = min(last, today)
    histories: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in events:
        histories[row["case"]].append(row)
    sums: defaultdict[tuple[str, str], _Sum] = defaultdict(_Sum)
    for rows in histories.values():
        _add_case([one for one in told(rows) if one[0] <= until], first, until, sums)
    found: defaultdict[str, dict[str, Columns]] = defaultdict(dict)
    for (breakdown, heading), one in sums.items():
        found[breakdown][heading] = one.columns()
    return dict(found)


def told(rows: Sequence[Row]) -> Iterator[Told]:
    """A history day by day; a clock put back moves nothing before what was written down first."""
    day = date.min
    for row in sorted(rows, key=lambda row: int(row["id"])):
        at: datetime = row["at"]
        offset = at.utcoffset()
        assert offset is not None
        day = max(day, (at - offset + TAIPEI).date())
        yield day, row["kind"], row["data"]


@dataclass
class _Sum:
    """What the cases of a heading come to."""

    counts: Counter[str] = field(default_factory=Counter)
    days: list[float] = field(default_factory=list)
    grades: dict[str, list[int]] = field(default_factory=lambda: {"process": [], "result": []})

    def columns(self) -> Columns:
        plain: Columns = {name: self.counts[name] for name in COUNTED}
        plain["open_on_time"] = plain["open_end"] - plain["open_overdue"]
        plain["extended"] = plain["open_extended"] + plain["closed_extended"]
        return plain | self._rates() | self._days() | self._opinions()

    def _rates(self) -> Columns:
        return {
            "adoption_rate": self._share("suggestions_adopted", "suggestions_closed"),
            "on_time_rate": self._share("closed_on_time", "closed"),
            "improvement_rate": self._share("improved", "replied"),
            "reopening_rate": self._share("reopened", "closed"),
            "response_rate": self._share("rated", "asked"),
        }

    def _share(self, part: str, whole: str) -> float | None:
        return self.counts[part] / self.counts[whole] if self.counts[whole] else None

    def _days(self) -> Columns:
        taken = sorted(self.days)
        if not taken:
            return dict.fromkeys(("mean_days", "median_days", "p90_days"))
        enough = [n for n in taken if Fraction(sum(m <= n for m in taken), len(taken)) * 10 >= 9]
        return {"mean_days": mean(taken), "median_days": median(taken), "p90_days": enough[0]}

    def _opinions(self) -> Columns:
        found: Columns = {}
        for aspect, given in self.grades.items():
            few = len(given) < FEWEST_GRADES
            good = sum(grade >= 4 for grade in given)
            found[f"{aspect}_mean"] = None if few else mean(given)
            found[f"{aspect}_satisfied"] = None if few else good / len(given)
        return found


@dataclass
class _History:
    """Where a case has come to, and what of it fell into the period."""

    first: date
    found: list[tuple[str, float]] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)  # column and outcome
    open: bool = False
    carried: bool = False
    answered: bool = False
    waits: bool = False
    improved: bool = False
    due: date = date.max
    # Days of the extensions nobody took back: all, and how many since it was last taken up.
    extended: list[date] = field(default_factory=list)
    standing: int = 0
    # Since it was last taken up; those of the times before are kept beside it.
    grades: dict[str, tuple[date, int]] = field(default_factory=dict)
    earlier: list[dict[str, tuple[date, int]]] = field(default_factory=list)

    def begin_period(self) -> None:
        """Forget what was counted so far: it was before the period."""
        self.carried, self.found, self.ended = self.open, [], []

    def take(self, day: date, kind: str, data: Mapping[str, Any]) -> None:
        if kind in BEGINS:
            self._begin(kind)
        if kind in ENDS:
            self._end(kind, data)
        self._clock(kind, data, day)
        self._count(kind, data)
        if kind == "satisfaction_rated" and "grade" in data:
            since = self.grades.get(data["aspect"], (day, 0))[0]
            self.grades[data["aspect"]] = since, data["grade"]

    def _begin(self, kind: str) -> None:
        if not self.open:
            self._one(BEGINS[kind])
        self.open = True
        self.improved = False
        if kind in ANEW:
            self.answered, self.standing = False, 0
            self.earlier.append(self.grades)
            self.grades = {}

    def _end(self, kind: str, data: Mapping[str, Any]) -> None:
        self.open = False
        self._one(ENDS[kind])
        self.ended.append((ENDS[kind], data.get("outcome", kind)))
        if kind == "closed":
            self._closed(data)
        if kind == "transferred" and data["late"]:
            self._one("transferred_late")
        if kind == "not_processed" and data["ground"] == "repeated_same_matter":
            self._one("repeats")

    def _closed(self, data: Mapping[str, Any]) -> None:
        on_time = data["done_on"] <= data["due_on"]
        self._one("closed_on_time" if on_time else "closed_late")
        self.found.append(("days", data["days_used"]))
        for column, holds in (
            ("closed_extended", self.standing > 0),
            ("asked", data.get("asked", False)),
            ("suggestions_closed", data["outcome"] in SUGGESTED),
            ("suggestions_adopted", data["outcome"] in ADOPTED),
        ):
            if holds:
                self._one(column)

    def _clock(self, kind: str, data: Mapping[str, Any], day: date) -> None:
        if "due_on" in data and kind != "promised":
            self.due = date.fromisoformat(data["due_on"])
        if kind == "extended":
            self.extended.append(day)
            self.standing += 1
        if kind == "extension_undone" and self.standing:
            self.extended.pop()
            self.standing -= 1
        if kind == "supplement_asked":
            self.waits = self.waits or data["stops_clock"]
        if kind in GOES_ON:
            self.waits = False

    def _count(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "replied" and data["stops_clock"]:
            self._one("replied")
            self.answered = True
        if kind in {"confirmed_improved", "improvement_recorded"} and not self.improved:
            self._one("improved")
            self.improved = True
        if kind == "handed_back" and data["times"] == 2:
            self._one("refused_twice")
        plain = {"promised": "promises_made", "handed_back": "handed_back"}
        if kind == "promise_settled":
            plain[kind] = f"promises_{data['state']}"
        if kind in plain:
            self._one(plain[kind])

    def _one(self, column: str) -> None:
        self.found.append((column, 1))

    def rounds(self) -> list[dict[str, tuple[date, int]]]:
        """The grades of each time the case was taken up, with the day each was first given."""
        return [*self.earlier, self.grades]


def _add_case(
    known: Sequence[Told], first: date, until: date, sums: Mapping[tuple[str, str], _Sum]
) -> None:
    case = _History(first)
    for one in [one for one in known if one[0] < first]:
        case.take(*one)
    case.begin_period()
    for one in [one for one in known if one[0] >= first]:
        case.take(*one)
    for key in _headings(known):
        _add(case, sums[key], until)
    for column, outcome in case.ended:
        sums["outcome", outcome].counts[column] += 1


def _add(case: _History, total: _Sum, until: date) -> None:
    overdue = case.open and not case.answered and not case.waits and case.due < until
    total.counts["carried_over"] += case.carried
    total.counts["open_end"] += case.open
    total.counts["open_overdue"] += overdue
    total.counts["open_extended"] += case.open and bool(case.standing)
    total.counts["extensions"] += sum(day >= case.first for day in case.extended)
    for column, amount in case.found:
        if column == "days":
            total.days.append(amount)
        else:
            total.counts[column] += 1
    for grades in case.rounds():
        _add_grades(grades, case.first, total)


def _add_grades(grades: Mapping[str, tuple[date, int]], first: date, total: _Sum) -> None:
    """Graded on the day of the first grade of either aspect; each grade on its own first day."""
    if grades and min(since for since, _ in grades.values()) >= first:
        total.counts["rated"] += 1
    for aspect, (since, grade) in grades.items():
        if since >= first:
            total.grades[aspect].append(grade)


def _headings(known: Sequence[Told]) -> Iterator[tuple[str, str]]:
    """Under what a case counts: everything of it where it stood when the period ended."""
    said = [data["under"] for _, _, data in known if "under" in data]
    if not said:
        return
    last = said[-1]
    yield "all", ""
    yield "kind", last["kind"]
    for breakdown in ("section", "topic", "village", "channel"):
        yield breakdown, "*" if last["circle"] else last[breakdown] or ""
