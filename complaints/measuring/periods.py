"""The periods a meeting looks at: a month, two months, half a year, a year; days of the office."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from complaints.clock.workdays import TAIPEI
from complaints.wording.terms import ROC_OFFSET

# 2026-10 a month, 2026-B5 two months (September and October), 2026-H2 half a year, 2026 a year;
# from the first shipped calendar on.
WRITTEN = r"^20(1[7-9]|[2-9][0-9])(-(0[1-9]|1[0-2]|B[1-6]|H[12]))?$"
MONTHS_OF = {"B": 2, "H": 6}
YEAR = 12


@dataclass(frozen=True)
class Period:
    """A span of office days, both ends included, of so many whole months."""

    start: date
    months: int

    @classmethod
    def month(cls, year: int, number: int) -> "Period":
        """One calendar month; a bad month is a ValueError."""
        return cls(date(year, number, 1), 1)

    @classmethod
    def read(cls, written: str) -> "Period":
        """The period of a key like 2026-10, 2026-B5, 2026-H2 or 2026; raises ValueError."""
        if not re.fullmatch(WRITTEN, written):
            raise ValueError(written)
        year, rest = int(written[:4]), written[5:]
        if not rest:
            return cls(date(year, 1, 1), YEAR)
        if rest.isdigit():
            return cls.month(year, int(rest))
        months = MONTHS_OF[rest[0]]
        return cls(date(year, (int(rest[1:]) - 1) * months + 1, 1), months)

    @property
    def key(self) -> str:
        """How the period is written in addresses and file names."""
        letter = {months: letter for letter, months in MONTHS_OF.items()}.get(self.months)
        if self.months == YEAR:
            return f"{self.start.year}"
        if letter is None:
            return f"{self.start:%Y-%m}"
        return f"{self.start.year}-{letter}{(self.start.month - 1) // self.months + 1}"

    @property
    def end(self) -> date:
        """The last day."""
        return _later(self.start, self.months) - timedelta(days=1)

    def previous(self) -> "Period":
        """The period of the same length before."""
        return Period(_later(self.start, -self.months), self.months)

    def year_before(self) -> "Period":
        """The same months of the year before."""
        return Period(_later(self.start, -YEAR), self.months)

    def every_month(self) -> "list[Period]":
        """The months the period is made of."""
        return [Period(_later(self.start, n), 1) for n in range(self.months)]

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end

    def since(self) -> datetime:
        """The first moment of the period."""
        return datetime.combine(self.start, time(), TAIPEI)

    def until(self) -> datetime:
        """The first moment after the period."""
        return datetime.combine(self.end + timedelta(days=1), time(), TAIPEI)

    def title(self, language: str = "zh") -> str:
        """民國115年10月, 民國115年9至10月, 民國115年下半年, 民國115年; or the like in English."""
        return self._in_english() if language == "en" else self._in_chinese()

    def _in_chinese(self) -> str:
        year, first, last = self.start.year - ROC_OFFSET, self.start.month, self.end.month
        halves = {1: "上半年", 7: "下半年"}
        named = {YEAR: "", 6: halves.get(first, ""), 2: f"{first}至{last}月", 1: f"{first}月"}
        return f"民國{year}年{named[self.months]}"

    def _in_english(self) -> str:
        if self.months == YEAR:
            return f"{self.start:%Y}"
        if self.months == 1:
            return f"{self.start:%B %Y}"
        return f"{self.start:%B} to {self.end:%B %Y}"


def _later(first: date, months: int) -> date:
    number = first.year * YEAR + first.month - 1 + months
    return date(number // YEAR, number % YEAR + 1, 1)
