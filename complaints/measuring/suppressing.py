"""What has to go out of a table before everybody may read it: pure, the same at any time.

Rows of single cases are made k-anonymous: each combination of what may be known of a case from
outside is shown for at least LEAST cases, and not where all of these ended the same way. Counts
are rounded, and what is under LEAST is told as one group with zero (docs/open-data.md).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Final, Literal

from complaints.measuring.facts import ALL, TOPIC, UNKNOWN, VILLAGE

LEAST = 5  # cases that look alike
STEP = 5  # a count shown is a multiple of it
FEW: Final = "<5"  # 0 to 4, and nobody can tell which
ENOUGH = 20  # of the denominator of a rate
HIDDEN = "（不公開）"
OPEN = "open"
# In what order a rare row loses what makes it rare.
HIDES = ("village", "topic", "channel", "section", "kind")
# Under which cases received are counted: where a case may also have no heading at all. Elsewhere
# the rows of the case file could be subtracted from the table.
COUNTS_RECEIVED = frozenset({ALL, TOPIC, VILLAGE})
Count = int | Literal["<5"]
Combination = tuple[str, ...]


@dataclass(frozen=True)
class OpenRow:
    """A case as everybody may read it; an empty text is what is not known."""

    received_month: str
    kind: str
    topic: str
    village: str
    channel: str
    section: str
    outcome: str
    days_used: str
    on_time: str

    @property
    def combination(self) -> Combination:
        """What somebody from outside may know of a case."""
        return (self.kind, self.topic, self.village, self.channel, self.section)


@dataclass(frozen=True)
class Suppressed:
    """Rows that may be shown, and what that took.

    `withheld` rows are left out; `hidden` says in how many rows each column is not told.
    """

    rows: tuple[OpenRow, ...]
    withheld: int
    hidden: Mapping[str, int]


def anonymise(rows: Sequence[OpenRow]) -> Suppressed:
    """Hide what makes a row rare, one column after the other; leave out what stays rare.

    The rows come in the order of what they show, so that their order tells nothing.
    """
    for column in HIDES:
        rows = _hide_where_rare(rows, column)
    seen = Counter(row.combination for row in rows)
    shown = _varied([row for row in rows if seen[row.combination] >= LEAST])
    hidden = {name: sum(getattr(row, name) == HIDDEN for row in shown) for name in COLUMNS}
    return Suppressed(tuple(sorted(shown, key=astuple)), len(rows) - len(shown), hidden)


def blurred(number: int) -> Count:
    """A count as everybody may read it: the nearest multiple of 5, or "<5" for 0 to 4."""
    if number < LEAST:
        return FEW
    return STEP * ((number + STEP // 2) // STEP)


def rate(part: int, whole: int) -> float | None:
    """A share worked out from the rounded numbers alone, to two digits after the point.

    None where the rounded whole is under 20, or the part is told as "<5".
    """
    shown, of = blurred(part), blurred(whole)
    if isinstance(shown, str) or isinstance(of, str) or of < ENOUGH:
        return None
    return round(shown / of, 2)


@dataclass(frozen=True)
class Counts:
    """What happened under one heading in a period: cases received, ended, and answered."""

    received: int = 0
    ended: int = 0  # in whatever way
    closed: int = 0  # of these, with an answer
    on_time: int = 0  # of the answered


@dataclass(frozen=True)
class TableRow:
    """A heading's counts as everybody may read them; None is what is not told."""

    breakdown: str
    code: str
    received: Count | None
    ended: Count
    on_time_rate: float | None


def tabulate(
    found: Mapping[str, Mapping[str, Counts]], listed: Mapping[str, Iterable[str]]
) -> Iterator[TableRow]:
    """A row for the whole, and one for each listed heading whether anything happened or not.

    Each breakdown must have headings that are not listed (unknown, confidential, other): whatever
    is told as "<5" may then be 0, for what is under it might as well be under one of these.
    """
    yield _table_row(ALL, UNKNOWN, found.get(ALL, {}))
    for breakdown, codes in listed.items():
        for code in codes:
            yield _table_row(breakdown, code, found.get(breakdown, {}))


COLUMNS = (*HIDES, "outcome")


def _table_row(breakdown: str, code: str, headings: Mapping[str, Counts]) -> TableRow:
    counts = headings.get(code, Counts())
    received = blurred(counts.received) if breakdown in COUNTS_RECEIVED else None
    on_time_rate = rate(counts.on_time, counts.closed)
    return TableRow(breakdown, code, received, blurred(counts.ended), on_time_rate)


def _hide_where_rare(rows: Sequence[OpenRow], column: str) -> list[OpenRow]:
    seen = Counter(row.combination for row in rows)
    return [
        row if seen[row.combination] >= LEAST else replace(row, **{column: HIDDEN}) for row in rows
    ]


def _varied(rows: Sequence[OpenRow]) -> list[OpenRow]:
    """The rows, without the outcome where whoever knows the combination would know it, too.

    Days and punctuality go with it, for they tell the outcomes apart. That all are open yet is
    told: nothing was decided that could be learnt.
    """
    outcomes: defaultdict[Combination, set[str]] = defaultdict(set)
    for row in rows:
        outcomes[row.combination].add(row.outcome)
    return [_unless_alike(row, outcomes[row.combination]) for row in rows]


def _unless_alike(row: OpenRow, outcomes: set[str]) -> OpenRow:
    if len(outcomes) > 1 or outcomes == {OPEN}:
        return row
    return replace(row, outcome=HIDDEN, days_used="", on_time=HIDDEN)
