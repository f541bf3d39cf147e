"""The clock over the wire: calendars, own days, rules, levels, choices, and their changes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from admin_api.schemas.base import Day, Short, Strict, Text, example
from admin_api.schemas.cases import DayOut
from complaints.clock import calendars
from complaints.limits import Priority, Unit
from complaints.roles import Role
from complaints.states import Kind

Days = Annotated[StrictInt, Field(ge=0, le=10_000)]


class Part(StrEnum):
    """Which part of a day an own day is about."""

    FULL = calendars.FULL
    MORNING = calendars.MORNING
    AFTERNOON = calendars.AFTERNOON
    EVENING = calendars.EVENING


class NamedDay(BaseModel):
    """A day that differs from its weekday, and why."""

    day: date
    reason: str


class OwnDayOut(BaseModel):
    """A closure, local day off or extra working day; `holds` tells whether it counts here now."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    day: date
    part: str
    works: bool
    area: str
    reason: str
    source: str
    by: str
    at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    holds: bool = Field(default=False, description="本機關現在適用 / in force for this office")


class YearOut(BaseModel):
    """The office calendar of a year."""

    year: int
    source: str
    provisional: bool = Field(description="推算，尚未公告 / not announced yet")
    imported_at: datetime
    days_off: list[NamedDay] = Field(description="放假的平日 / weekdays off")
    make_up: list[NamedDay] = Field(description="補行上班的假日 / weekend days worked")
    own: list[OwnDayOut]


class NewDay(Strict):
    """A closure (停班), a local day off, or with `works` an extra working day."""

    model_config = example(day="2026-12-07", reason="颱風停班", source="縣府 12 月 6 日公告")

    day: Day
    part: Part = Part.FULL
    works: StrictBool = False
    reason: Annotated[StrictStr, Field(min_length=1, max_length=100, examples=["颱風停班"])]
    area: Annotated[StrictStr, Field(max_length=30, description="公告的縣市；空白：本機關")] = ""
    source: Annotated[StrictStr, Field(max_length=200, description="公告出處")] = ""


class Revoking(Strict):
    """Which own day is taken back."""

    day_id: Annotated[StrictInt, Field(ge=1, lt=2**31)]


class LimitFields(BaseModel):
    """How long a kind of petition of an urgency may take."""

    kind: Kind
    priority: Priority
    days: Days
    unit: Unit
    reopened_days: Days
    ceiling_days: Days = 30
    ceiling_unit: Unit = Unit.CALENDAR
    max_extensions: Days = 2
    basis: Text = Field(description="依據 / its ground")


class NewRule(LimitFields, Strict):
    """A rule as the office writes it."""


class RuleOut(LimitFields):
    """A rule in force."""

    model_config = ConfigDict(from_attributes=True)


class NewChoice(Strict):
    """One of the office's choices, and its value as `GET /practice` writes it."""

    name: Short
    value: Annotated[StrictStr, Field(max_length=60)]


class ChangeOut(BaseModel):
    """A change of the clock: proposed, applied or dropped."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    content: dict[str, Any]
    state: str
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    moved: int | None = Field(description="調整期限的件數 / cases moved")


class MoveOut(BaseModel):
    """A case whose date moves; `told` tells whether its citizen is told."""

    model_config = ConfigDict(from_attributes=True)

    case_no: str
    before: date
    after: date
    told: bool


class MovesOut(BaseModel):
    """What a change moves; cases this officer may not see are only counted."""

    change: ChangeOut
    count: int = Field(description="受影響件數 / cases moved, in all")
    unseen: int = Field(description="其中不在您權限內的件數 / of these out of sight")
    moves: list[MoveOut]


class Level(Strict):
    """Up to how many working days of extension a role may approve; null: any length."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    role: Role
    up_to_days: Annotated[StrictInt, Field(ge=1, le=366)] | None


class Levels(Strict):
    """The levels to set; a role that is not named stays as it is."""

    levels: Annotated[list[Level], Field(min_length=1, max_length=3)]


class LevelsOut(BaseModel):
    """All levels as they are now."""

    levels: list[Level]


class DeletedRule(BaseModel):
    """Which rule is gone."""

    kind: Kind
    priority: Priority


class ChoiceOut(BaseModel):
    """One of the office's choices; `by` and `at` are null while the default holds."""

    name: str
    value: str
    default: str
    by: str | None
    at: datetime | None


class DeadlineOut(BaseModel):
    """The date a petition received on a day would get, day by day; nothing is filed."""

    received_on: date
    due_on: date
    limit: int
    unit: Unit
    latest_on: date = Field(description="展期後最晚 / the last day extensions may reach")
    provisional: bool
    calendar_version: str
    count: list[DayOut]
