"""Bodies and answers of the routes for templates and changed laws."""

from datetime import date, datetime

from pydantic import BaseModel, Field, StrictStr

from admin_api.schemas.base import Day, Short, Strict, Text, Version
from complaints.states import Kind


class NewTemplate(Strict):
    """A wording for answers; {案號} {收件日} {期限} {課室} {承辦人} {主旨} {地點} are filled in."""

    name: Short = Field(examples=["人行道損壞：已派工"])
    text: Text = Field(examples=["您反映{地點}人行道損壞，{課室}已於〔日期〕派工。"])
    section: StrictStr | None = Field(None, description="課室代碼；空白為全所共用")
    kind: Kind | None = Field(None, description="限用於這一類案件；空白為都可用")


class ChangedTemplate(NewTemplate):
    """The whole template as it should be."""

    version: Version


class OfVersion(Strict):
    """The version that was read."""

    version: Version


class TemplateText(Strict):
    """A text to be tried: on a case, or on a sample one."""

    text: Text
    case_no: StrictStr | None = Field(None, max_length=30)


class TriedTemplate(BaseModel):
    """What the text becomes; `blanks` are left for the officer."""

    text: str
    blanks: list[str]


class TemplateOut(BaseModel):
    """A template, and the law it waits for a look at, if any."""

    id: int
    name: str
    text: str
    section: str | None
    kind: Kind | None
    version: int
    locked_by: str | None = Field(description="法規變動後尚未檢視：法規與條號")
    by: str
    at: datetime


class FilledTemplate(BaseModel):
    """A template filled in for a case; `blanks` are left for the officer."""

    id: int
    name: str
    text: str | None = Field(description="鎖定時為空")
    blanks: list[str]
    locked_by: str | None


class NewLawChange(Strict):
    """A law, or one article of it, that changed."""

    law: StrictStr = Field(min_length=1, max_length=60, examples=["戶籍法"])
    article: StrictStr | None = Field(None, max_length=30, examples=["第48條之2"])
    effective_on: Day
    note: Text = Field(examples=["修正罰鍰額度"])


class CitingDraft(BaseModel):
    """A draft that waits for approval or sending."""

    id: int
    case_no: str


class Touched(BaseModel):
    """Everything that rests on a law or an article now."""

    entries: list[str] = Field(description="常見問答代碼")
    templates: list[int]
    drafts: list[CitingDraft]
    cases: list[str] = Field(description="未結案件")


class LawChangeOut(Touched):
    """A change, and everything that rests on it now."""

    id: int
    law: str
    article: str | None
    effective_on: date
    note: str
    by: str
    at: datetime
