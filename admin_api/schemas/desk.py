"""What somebody at the counter, on the phone or by letter wants, over the wire."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from admin_api.schemas.base import Short, Strict, Text, example
from admin_api.schemas.cases import CaseRow
from complaints.limits import Priority
from complaints.points import MOST_POINTS
from complaints.states import Kind, Status
from data.collation import normalize
from faq.keeping.answering import Unhelpful

PHONE = re.compile(r"\+?[\d\-\s()#轉分機]{7,30}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,24}")
Language = Literal["zh", "en"]
CaseNumber = Annotated[StrictStr, Field(min_length=1, max_length=30, examples=["CL-1151126-0007"])]
Contact = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Source(StrEnum):
    """How it reached the office, other than by chat."""

    COUNTER = "counter"
    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"
    SUGGESTION_BOX = "suggestion_box"
    DIRECTOR_MAILBOX = "director_mailbox"
    HOTLINE_1999 = "hotline_1999"
    CITY_PETITION_SYSTEM = "city_petition_system"
    SURVEY_COMMENT = "survey_comment"
    MEDIA = "media"


class ReplyBy(StrEnum):
    """How the answer is given; nobody at the counter has a chat with us."""

    PHONE = "phone"
    LETTER = "letter"
    EMAIL = "email"


def is_phone_or_mail(contact: str) -> bool:
    """Whether a contact is a telephone number or a mail address: what cases are found by."""
    plain = normalize(contact)
    return bool(PHONE.fullmatch(plain) or EMAIL.fullmatch(plain))


class NewPetition(Strict):
    """A petition as it was told or written, read back to whoever told it (行政程序法 §169)."""

    model_config = example(
        kind="rights_protection",
        content="中正路 12 號騎樓堆放雜物，輪椅過不去。",
        source="counter",
        reply_by="phone",
        place="中正路 12 號",
        name="王小明",
        contact="02-2345-6789",
        read_back=True,
        notice_version="2026-01",
    )

    kind: Kind
    content: Text
    source: Source
    reply_by: ReplyBy
    points: Annotated[list[Short], Field(max_length=MOST_POINTS)] = Field(
        default_factory=list, description="陳情要點；未填自動分點"
    )
    place: Annotated[StrictStr, Field(max_length=300)] | None = None
    name: Annotated[StrictStr, Field(min_length=1, max_length=60)] | None = None
    contact: Contact | None = Field(None, description="電話、電子郵件或通訊地址，依答復方式")
    confidential: StrictBool = False
    priority: Priority = Priority.ORDINARY
    section: Short | None = Field(None, description="課室代碼；未填依內容建議")
    consents_to_transfer: StrictBool | None = None
    language: Language = "zh"
    read_back: StrictBool = Field(
        default=False, description="已朗讀或交閱確認；口頭陳情必須為 true"
    )
    notice_version: Annotated[StrictStr, Field(min_length=1, max_length=20)] | None = Field(
        None, description="已出示或朗讀的個資告知版本；口頭陳情必填"
    )
    asked_id: StrictInt | None = Field(None, description="由 /desk/ask 的哪一次詢問轉立案")

    @model_validator(mode="after")
    def _contact_fits(self) -> "NewPetition":
        plain = normalize(self.contact or "")
        wanted = {ReplyBy.PHONE: PHONE, ReplyBy.EMAIL: EMAIL}.get(self.reply_by)
        if self.contact and wanted and not wanted.fullmatch(plain):
            raise ValueError("聯絡方式與答復方式不符 / the contact does not fit reply_by")
        return self


class Slip(BaseModel):
    """What the person takes along: number, code, section and date."""

    case_no: str
    lookup_code: str
    section: str
    due_on: date
    due: str = Field(description="民國日期 / the date as it is read out")
    limit: str = Field(description="期限怎麼算 / the limit in words")
    provisional: bool


class Matter(Strict):
    """What somebody wants to tell, to see whether it was told before."""

    text: Text
    place: Annotated[StrictStr, Field(max_length=300)] | None = None


class SimilarOut(BaseModel):
    """Open cases of the same matter; staff see the numbers of those in their sight."""

    count: int
    cases: list[str]


class Key(Strict):
    """A case number and its look-up code."""

    model_config = example(case_no="CL-1151126-0007", code="K7QX2M9A")

    case_no: CaseNumber
    code: Annotated[StrictStr, Field(min_length=1, max_length=20)]


class StepOut(BaseModel):
    """One line of a case's timeline as its citizen sees it."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    at: datetime
    text: str


class ProgressOut(BaseModel):
    """A case as its citizen sees it."""

    model_config = ConfigDict(from_attributes=True)

    case_no: str
    subject: str
    status: Status
    section: str
    received_on: date
    due_on: date
    closed_on: date | None
    days_left: int | None
    late: bool
    extensions: int
    improved_on: date | None
    promised: list[tuple[str, date]]
    steps: list[StepOut]


class Person(Strict):
    """The telephone or mail address a person gave us."""

    model_config = example(contact="0912-345-678")

    contact: Contact

    @model_validator(mode="after")
    def _is_one(self) -> "Person":
        if not is_phone_or_mail(self.contact):
            raise ValueError("請填電話或電子郵件 / a telephone number or a mail address")
        return self


class FoundOut(BaseModel):
    """The person's cases, open ones first; those out of this officer's sight are only counted."""

    cases: list[CaseRow]
    elsewhere: int = Field(description="其他課室的件數 / cases of other sections")


class Following(Person):
    """Who wants to follow which case, and how they asked."""

    model_config = example(case_no="CL-1151126-0007", contact="0912-345-678", source="phone")

    case_no: CaseNumber
    source: Source
    language: Language = "zh"


class FollowedOut(BaseModel):
    """That somebody follows a case; `fresh` is false when they did already."""

    case_no: str
    fresh: bool


class Explain(Strict):
    """Of which case, in which language."""

    case_no: CaseNumber
    language: Language = "zh"


class Aloud(BaseModel):
    """A text to read out."""

    text: str


class Question(Strict):
    """A question in the words of somebody at the counter."""

    text: Text
    language: Language = "zh"


class VariantOut(BaseModel):
    """The answer for one situation."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    answer: str
    documents: list[str]


class CardOut(BaseModel):
    """An entry as it is read out or printed."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    label: str
    question: str
    answer: str
    documents: list[str]
    who: str
    fee: str
    time_limit: str
    where: str
    online: str
    legal_basis: str
    source: str
    checked_on: date
    section: str
    variants: list[VariantOut]
    forms: list[str] = Field(default_factory=list, description="可下載的表單 / to download")


class AnswerOut(BaseModel):
    """What the engine answers; `asked_id` is the record of the question."""

    asked_id: int
    verdict: str
    distress: str | None = Field(description="求助訊號，先處理人再處理事 / help comes first")
    agency: str | None = Field(description="似屬其他機關 / seems to be another agency's")
    situation: int | None = Field(description="所問情形在 variants 的位置 / which variant it names")
    cards: list[CardOut]


class Choice(Strict):
    """Which of the offered entries was meant; null: none of these."""

    entry_id: Short | None


class Judged(Strict):
    """Whether the answer helped, and if not perhaps why."""

    helpful: StrictBool
    reason: Unhelpful | None = Field(None, description="沒有幫助的原因 / only when it did not help")

    @model_validator(mode="after")
    def _require_agreement(self) -> Self:
        if self.helpful and self.reason:
            raise ValueError("有幫助就不必寫原因 / an answer that helped needs no reason")
        return self


class KeptOut(BaseModel):
    """What was kept with a question."""

    asked_id: int
    entry: CardOut | None = None
    helpful: bool | None = None
