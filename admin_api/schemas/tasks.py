"""Work, reminders, absences and leaving over the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, model_validator

from admin_api.schemas.base import Short, Strict, Text


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


class NewAbsence(Strict):
    """Who is away from when to when, both days included; oneself when nobody is named."""

    username: Short | None = None
    first_day: date
    last_day: date
    deputy: Short | None = Field(None, description="代理人；未填用平時代理人")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "NewAbsence":
        if self.last_day < self.first_day:
            raise ValueError("last_day 早於 first_day / the absence ends before it begins")
        return self


class AbsenceOut(BaseModel):
    """Days on which an officer is away, and who stands in."""

    id: int
    username: str
    first_day: date
    last_day: date
    deputy: str | None


class Deputy(Strict):
    """Who stands in as a rule; null: nobody."""

    deputy: Short | None


class AlertAddress(Strict):
    """Where an officer's reminders are sent besides the console."""

    channel: Literal["telegram"]
    name: Annotated[StrictStr, Field(pattern=r"^-?[0-9]{1,20}$", description="聊天室代號")]


class Alert(Strict):
    """The address to set; null: the console alone."""

    address: AlertAddress | None


class AlertOut(BaseModel):
    """Where an officer's reminders are sent."""

    channel: str
    name: str


class ArrangedOut(BaseModel):
    """How an officer is stood in for and alerted."""

    username: str
    deputy: str | None
    alert: AlertOut | None


class Leaving(Strict):
    """To whom the open cases go; the deputy when nobody is named."""

    successor: Short | None = None


class LeftOut(BaseModel):
    """An account that is closed, and what became of its cases."""

    username: str
    successor: str
    cases: int = Field(description="移交的未結案件 / open cases handed over")
    ownerless: int = Field(description="無主案件 / open cases with nobody there")
