"""Work and reminders over the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from admin_api.schemas.base import Strict, Text


class TaskOut(BaseModel):
    """A piece of work for a person."""

    id: int
    kind: str
    case_no: str | None
    section: str | None = Field(description="課室代碼 / code of the section")
    role: str | None
    about: str
    due_on: date
    overdue: bool
    made_at: datetime
    done_at: datetime | None
    result: str | None


class Settled(Strict):
    """What came of it; `reached` is whether a call or letter reached the citizen."""

    result: Text
    words: Annotated[
        StrictStr,
        Field(max_length=2_000, description="複查結果給民眾的話 / for the citizen, of a review"),
    ] = ""
    reached: StrictBool = Field(default=True, description="電話或信件是否聯絡到民眾")


class ReminderOut(BaseModel):
    """Something this officer was told."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    case_no: str | None
    text: str
    at: datetime


class ReadOut(BaseModel):
    """How many reminders were marked as seen."""

    read: int
