"""What a time limit is made of: its days, their unit, and how far it may be stretched."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING = "working"
    CALENDAR = "calendar"


class Priority(StrEnum):
    """How urgent a case is (速別)."""

    MOST_URGENT = "most_urgent"
    URGENT = "urgent"
    ORDINARY = "ordinary"


@dataclass(frozen=True)
class Limit:
    """How long a kind of petition may take, first time and when reopened (working days).

    The ceiling bounds the whole, extensions included (行政院要點: at most 30 days).
    """

    days: int
    unit: Unit
    reopened_days: int
    ceiling_days: int = 30
    ceiling_unit: Unit = Unit.CALENDAR
    max_extensions: int = 2
