"""The answers of the routes for the day's work, saved views and work on several cases."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, StrictStr

from admin_api.schemas.base import Short, Strict, Version
from admin_api.schemas.cases import CaseRow
from admin_api.schemas.tasks import ReminderOut, TaskOut
from complaints.worklist import Pile

MOST_AT_ONCE = 50
Together = Literal["assign", "accept", "reply", "interim", "note"]


class TodayPile(BaseModel):
    """One heap of today's work: how many cases, and the most urgent of them."""

    pile: Pile
    count: int
    cases: list[CaseRow]


class OpenQuestion(BaseModel):
    """What citizens asked and nobody answered."""

    text: str
    times: int
    last_at: datetime


class TodayOut(BaseModel):
    """What waits for me today: my own cases, or my section's."""

    mine: bool
    piles: list[TodayPile]
    tasks: list[TaskOut]
    reminders: list[ReminderOut]
    questions: list[OpenQuestion]


class OneOfMany(Strict):
    """A case, at the version that was read."""

    case_no: Short
    version: Version


class Many(Strict):
    """The same done to several cases; each by itself, so that one refusal stops no other."""

    verb: Together
    cases: list[OneOfMany] = Field(min_length=1, max_length=MOST_AT_ONCE)
    body: dict[str, Any] = Field(
        default_factory=dict,
        description="該動作的內容，不含 version / the verb's own body without the version",
    )


class DoneToOne(BaseModel):
    """What became of one of them."""

    case_no: str
    status: int
    problem: str | None = Field(description="沒有做成的原因 / why not")


class SavedView(Strict):
    """A filter of the queue that one comes back to."""

    name: Short
    query: StrictStr = Field(max_length=500, examples=["pile=overdue&section=civil"])
