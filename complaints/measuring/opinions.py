"""What grades from 1 to 5 say about everybody, and how surely: too few of them say nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

GRADES = (1, 2, 3, 4, 5)
SATISFIED = (4, 5)
LEAST_ANSWERS = 10  # fewer could be told apart by person, and say little about the others
Z_95 = 1.96


@dataclass(frozen=True)
class Opinion:
    """How many gave each grade, out of how many asked; whoever answered counts as asked."""

    distribution: Mapping[int, int]
    asked: int

    @classmethod
    def of(cls, grades: Mapping[int, int], asked: int) -> "Opinion":
        """The opinion in these numbers of answers by grade; a grade nobody gave may be missing.

        Raises ValueError for a grade other than 1 to 5 and for a number below zero.
        """
        if set(grades) - set(GRADES) or min(grades.values(), default=0) < 0 or asked < 0:
            raise ValueError(f"no numbers of grades: {dict(grades)} of {asked}")
        return cls({grade: grades.get(grade, 0) for grade in GRADES}, max(asked, _sum(grades)))

    @property
    def answers(self) -> int:
        """How many answered."""
        return _sum(self.distribution)

    @property
    def shown(self) -> bool:
        """Whether there are answers enough for anything but their number to be shown."""
        return self.answers >= LEAST_ANSWERS

    @property
    def response_rate(self) -> float | None:
        """The share of those asked who answered, 0 to 1; None when nobody was asked."""
        return self.answers / self.asked if self.asked else None

    @property
    def mean(self) -> float | None:
        """The mean grade; None without an answer."""
        total = sum(grade * number for grade, number in self.distribution.items())
        return total / self.answers if self.answers else None

    @property
    def satisfied(self) -> int:
        """How many gave a 4 or a 5."""
        return sum(self.distribution[grade] for grade in SATISFIED)

    @property
    def share_satisfied(self) -> float | None:
        """The share of answers that are a 4 or a 5, 0 to 1; None without an answer."""
        return self.satisfied / self.answers if self.answers else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the share of the satisfied lies among all, at 95 %; None without an answer."""
        return wilson(self.satisfied, self.answers) if self.answers else None

    @property
    def margin(self) -> float | None:
        """Half the width of the interval, 0 to 1; None without an answer."""
        return (self.interval[1] - self.interval[0]) / 2 if self.interval else None

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it; under LEAST_ANSWERS only how many were asked and answered."""
        told = {
            "answers": self.answers,
            "asked": self.asked,
            "response_rate": self.response_rate,
        }
        hidden = {
            "distribution": {str(grade): self.distribution[grade] for grade in GRADES},
            "mean": self.mean,
            "share_satisfied": self.share_satisfied,
            "interval": list(self.interval) if self.interval else None,
            "margin": self.margin,
        }
        return told | (hidden if self.shown else dict.fromkeys(hidden))


def wilson(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a share by Wilson (1927), within 0 to 1; all of it when n is 0.

    Raises ValueError unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n}")
    if n == 0:
        return 0.0, 1.0
    share, weight = successes / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def _sum(grades: Mapping[int, int]) -> int:
    return sum(grades.values())
