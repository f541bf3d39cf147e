"""Officers, sections, villages, absences and leaving over the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from admin_api.policy import Scope
from admin_api.schemas.base import Day, Short, Strict, example
from admin_api.tokens import LONGEST_DAYS
from complaints.roles import Role


class LogIn(Strict):
    """User name and password."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "clerk", "password": "correct-horse-7"}]}
    )

    username: Short
    password: Short
    code: Short | None = Field(
        default=None, description="驗證碼或備用碼 / code of the second factor, or a recovery code"
    )


class NewToken(Strict):
    """A token for a program."""

    model_config = example(name="里辦公處看板", scopes=["cases:read"], days=90)

    name: Annotated[StrictStr, Field(min_length=1, max_length=60)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[StrictInt, Field(ge=1, le=LONGEST_DAYS)] = 90


class OwnToken(BaseModel):
    """A log-in (session of the console, bearer of the API) or a token, without its secret."""

    handle: str = Field(description="用來結束它的名稱 / by which it is ended")
    kind: str
    name: str
    scopes: list[Scope]
    network: str = Field(description="登入時的網段 / network it was opened from")
    issued_at: datetime
    used_at: datetime
    expires_at: datetime


class MadeToken(OwnToken):
    """A new token with its secret."""

    token: str = Field(description="只顯示這一次 / shown once")


class Token(BaseModel):
    """A bearer token, good for twelve hours."""

    token: str
    expires_at: datetime


class Me(BaseModel):
    """Who a token stands for."""

    username: str
    name: str
    role: str
    section: str | None


class SectionOut(BaseModel):
    """A section."""

    code: str
    name: str


class VillageOut(BaseModel):
    """A village (里) of the district."""

    code: str
    name: str
    section: str | None = Field(description="課室代碼 / whose matters of this village are")


class OfficerOut(BaseModel):
    """A colleague."""

    username: str
    name: str
    role: str
    section: str | None


MARK: str = Field(description="內容的標記，修改時附上 / to be given back with a change")
SEEN: str | None = Field(
    None,
    description="讀取時的 mark；已被別人改過時回 409"
    " / as it was read; 409 where it was changed since",
)


class SectionRow(BaseModel):
    """A section as the roster shows it, with how much is in it."""

    code: str
    name: str
    intake: bool = Field(description="收案窗口 / takes new cases in")
    active: bool
    mark: str = MARK
    open_cases: int
    officers: int
    open_tasks: int


class OfficerRow(OfficerOut):
    """A colleague as the roster shows them today."""

    active: bool
    deputy: str | None
    away: bool
    stands_in: str | None = Field(description="今天由誰代理 / who answers for them today")
    open_cases: int


class People(BaseModel):
    """The office's roster."""

    sections: list[SectionRow]
    officers: list[OfficerRow]


class NewSection(Strict):
    """A section to be added."""

    code: Short = Field(examples=["works"])
    name: Short = Field(examples=["經建課"])
    intake: StrictBool = False


class ChangedSection(Strict):
    """The section as it should be."""

    name: Short
    intake: StrictBool
    active: StrictBool
    mark: Short | None = SEEN


class NewOfficer(Strict):
    """An account to be made; its first password is made by the program."""

    username: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    name: Short
    role: Role
    section: Short | None = Field(None, description="課室代碼 / code of the section")


class NewAbsence(Strict):
    """Who is away from when to when, both days included; oneself when nobody is named."""

    model_config = example(first_day="2026-12-01", last_day="2026-12-03", deputy="colleague")

    username: Short | None = None
    first_day: Day
    last_day: Day
    deputy: Short | None = Field(None, description="代理人；未填用平時代理人")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "NewAbsence":
        if self.last_day < self.first_day:
            raise ValueError("last_day 早於 first_day / the absence ends before it begins")
        return self


class ChangedAbsence(Strict):
    """An absence as it should be; the usual deputy when none is named."""

    first_day: Day
    last_day: Day
    deputy: Short | None = None
    mark: Short | None = SEEN


class AbsenceOut(BaseModel):
    """Days on which an officer is away, and who stands in."""

    id: int
    username: str
    first_day: date
    last_day: date
    deputy: str | None
    mark: str = MARK


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


class ChangedOfficer(Strict):
    """The officer as they should be entered; with a successor their open cases go there."""

    name: Short
    role: Role
    section: Short | None
    deputy: Short | None
    alert: AlertAddress | None
    successor: Short | None = None
    mark: Short | None = SEEN


class OfficerDetail(OfficerOut):
    """A colleague's entry, and the open cases of theirs that the reader may know of."""

    active: bool
    deputy: str | None
    alert: AlertOut | None
    mark: str = MARK
    open_cases: int
    cases: list[str] = Field(description="看得到的未結案件 / open cases in sight")


class WithPassword(OfficerOut):
    """An account with its first password; null when the request was carried out before."""

    password: str | None = Field(description="只顯示這一次 / shown once")


class Leaving(Strict):
    """To whom the open cases go; the deputy when nobody is named."""

    successor: Short | None = None


class LeftOut(BaseModel):
    """An account that is closed, and what became of its cases."""

    username: str
    successor: str
    cases: int = Field(description="移交的未結案件 / open cases handed over")
    ownerless: int = Field(description="無主案件 / open cases with nobody there")
