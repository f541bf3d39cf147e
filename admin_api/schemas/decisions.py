"""Bodies and answers of the routes for what a meeting decided."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictStr

from admin_api.schemas.base import Day, Short, Strict, Text, example
from complaints.measuring.following import State
from complaints.measuring.periods import WRITTEN

Period = Annotated[
    StrictStr,
    Field(pattern=WRITTEN, examples=["2026-10"], description="哪一期的會議 / of which meeting"),
]


class NewDecision(Strict):
    """What is to be done, by which section and until when."""

    model_config = example(
        period="2026-10", text="清查騎樓占用並造冊", section="civil", due_on="2026-12-31"
    )

    period: Period
    text: Text
    section: Short = Field(description="課室代碼 / code of the section")
    due_on: Day


class News(Strict):
    """How far it has come."""

    text: Text


class Result(Strict):
    """What came of it."""

    result: Text


class NewsOut(BaseModel):
    """How far a decision had come, as its section told it."""

    text: str
    by: str
    at: datetime


class DecisionOut(BaseModel):
    """A decision as it stands today."""

    id: int
    period: str
    text: str
    section: str
    due_on: date
    state: State
    days_late: int = Field(description="逾期工作天數 / working days late")
    by: str
    at: datetime
    ended_on: date | None
    result: str
    news: list[NewsOut]
