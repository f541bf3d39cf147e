"""The places and times that a petition names, read so that two petitions can be compared.

A number is compared as a number: 5號 is not part of 15號, and 二段 is not 三段.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from data.collation import normalize
from data.numerals import value

NUMERAL = r"(?:\d+|[一二三四五六七八九十百廿]+)"
NAMED = re.compile(r"[一-鿿]{1,6}?(?:路|街|大道|巷|弄|里(?![長民程])|公園|市場|國小|國中)")
NUMBERED = re.compile(rf"({NUMERAL})([段巷弄樓])|(?<![月\d一二三四五六七八九十])({NUMERAL})(號)")
SPOT = re.compile(
    rf"(?:{NAMED.pattern})(?:{NUMERAL}[段巷弄號樓](?:之{NUMERAL})?)*"
    rf"|(?<![月\d一二三四五六七八九十]){NUMERAL}[段巷弄號](?:{NUMERAL}[巷弄號樓])*"
)
TAIL = 2  # characters before 路: words in front of a name are no part of it (每天都在中山路)
DATE = re.compile(
    rf"(?:(?P<year>(?<!\d)\d{{2,4}})[年/.-])?(?P<month>(?<![\d十]){NUMERAL})[月/]"
    rf"(?P<day>{NUMERAL})(?:[日號]|(?!\d))"
    r"|(?P<year2>(?<!\d)\d{3,4})[.-](?P<month2>\d{1,2})[.-](?P<day2>\d{1,2})(?!\d)"
)
HALVES = "上午|下午|晚上|夜間|傍晚|中午|凌晨|清晨|早上|半夜"
CLOCK = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?!\d)"
    rf"|(?P<half>{HALVES})?(?P<hour2>(?<!\d)\d{{1,2}})點(?P<rest>半|\d{{1,2}}分)?"
    rf"|(?P<half3>{HALVES})(?P<hour3>[一二三四五六七八九十]{{1,3}})點(?P<rest3>半)?"
)
AFTERNOON = ("下午", "晚上", "夜間", "傍晚")
ROC_OFFSET = 1911


@dataclass(frozen=True)
class Place:
    """A place as written, and the parts that tell it from another."""

    written: str
    parts: frozenset[tuple[str, str | int]]


@dataclass(frozen=True)
class Day:
    """A date as written; without a year it may be of any."""

    written: str
    year: int | None
    month: int
    day: int

    def may_be(self, other: "Day") -> bool:
        same_year = self.year is None or other.year is None or self.year == other.year
        return same_year and (self.month, self.day) == (other.month, other.day)


@dataclass(frozen=True)
class Hour:
    """A time of day as written, in minutes."""

    written: str
    minutes: int


def new_places(text: str, before: str) -> tuple[str, ...]:
    """The places of a text with a part that the earlier text does not name."""
    known = {part for place in _places(normalize(before)) for part in place.parts}
    found = _places(normalize(text))
    return _once(one.written for one in found if not one.parts <= known)


def new_times(text: str, before: str) -> tuple[str, ...]:
    """The dates and times of day of a text that the earlier text does not name."""
    text, before = normalize(text), normalize(before)
    days, hours = list(_days(before)), {one.minutes for one in _hours(before)}
    fresh = [one.written for one in _days(text) if not any(one.may_be(day) for day in days)]
    fresh += [one.written for one in _hours(text) if one.minutes not in hours]
    return _once(fresh)


def _places(text: str) -> list[Place]:
    return [Place(found[0], frozenset(_parts(found[0]))) for found in SPOT.finditer(text)]


def _parts(written: str) -> Iterator[tuple[str, str | int]]:
    named = NAMED.match(written)
    if named:
        kind = next(
            kind for kind in ("公園", "市場", "國小", "國中", "大道", "") if kind in named[0]
        )
        yield "name", named[0][-(TAIL + max(len(kind), 1)) :]
    for found in NUMBERED.finditer(written, named.end() if named else 0):
        written, unit = (found[1], found[2]) if found[2] else (found[3], found[4])
        yield unit, value(written)


def _days(text: str) -> Iterator[Day]:
    for found in DATE.finditer(text):
        year = found["year"] or found["year2"]
        month, day = (found["month"] or found["month2"], found["day"] or found["day2"])
        if 1 <= value(month) <= 12 and 1 <= value(day) <= 31:
            yield Day(found[0], _year(year), value(month), value(day))


def _year(written: str | None) -> int | None:
    if not written:
        return None
    year = int(written)
    return year if year >= ROC_OFFSET else year + ROC_OFFSET


def _hours(text: str) -> Iterator[Hour]:
    for found in CLOCK.finditer(text):
        half = found["half"] or found["half3"] or ""
        hour = value(found["hour"] or found["hour2"] or found["hour3"])
        hour += 12 if half in AFTERNOON and hour < 12 else 0
        rest = found["minute"] or found["rest"] or found["rest3"] or "0"
        minute = 30 if rest == "半" else int(rest.removesuffix("分"))
        yield Hour(found[0], hour * 60 + minute)


def _once(written: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(written))
