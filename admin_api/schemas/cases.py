"""Cases over the wire: the queue, one case, and what is done to it."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from complaints.limits import Priority
from complaints.states import Kind, Outcome, Status
from complaints.worklist import Pile


class CaseRow(BaseModel):
    """A case in the queue."""

    case_no: str
    kind: Kind
    status: Status
    subject: str
    section: str
    village: str | None = Field(description="里代碼；不確定為 null / code of its village (里)")
    village_name: str | None
    handler: str | None
    received_on: date
    due_on: date
    overdue: bool
    days_left: int | None = Field(description="剩餘工作天；已停止計時或逾期為 null")
    priority: Priority
    paused: bool = Field(description="等候民眾補件，停止計時")
    extensions: int
    with_secretary: bool = Field(description="二次退回，由秘書裁決")
    unreached: bool = Field(description="通知沒有送達民眾")
    confidential: bool
    version: int


class CasePage(BaseModel):
    """A page of the queue, the most urgent first."""

    cases: list[CaseRow]
    next_cursor: str | None
    counts: dict[str, int]
    at_least: list[Pile] = Field(
        description="只數到這個數的清單，實際可能更多 / piles that may hold more than was counted"
    )


class EventOut(BaseModel):
    """One line of a case's history."""

    id: int
    kind: str
    at: datetime
    by: str | None
    data: dict[str, Any]


class AttachmentOut(BaseModel):
    """A file of a case; `state` is pending until it was fetched from the channel."""

    id: int
    state: str
    media_type: str | None


class DayOut(BaseModel):
    """One day of the count of a due date."""

    day: date
    number: int | None
    reason: str


class Petitioner(BaseModel):
    """Who brought the case; null where this officer may not see it."""

    name: str | None
    reply_by: str
    contact: str | None


class PromiseOut(BaseModel):
    """A promise of a reply, and whether it was kept."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    text: str
    due_on: date
    state: str
    settled_on: date | None
    evidence: str | None


class HeavyOut(BaseModel):
    """A word of documents in a draft, and what people say."""

    model_config = ConfigDict(from_attributes=True)

    word: str
    plainer: str = Field(description="較白話的說法 / what is said instead")


class PlainnessOut(BaseModel):
    """What makes a draft hard to read; it may be sent all the same."""

    model_config = ConfigDict(from_attributes=True)

    heavy: list[HeavyOut] = Field(description="公文用語 / words of documents")
    long: list[str] = Field(description="超過 80 字的句子 / sentences of more than 80 characters")


class FindingsOut(BaseModel):
    """What the check says of a draft."""

    model_config = ConfigDict(from_attributes=True)

    unanswered: list[int] = Field(description="還沒回答的要點 / points without an answer")
    undated: list[str] = Field(description="沒有日期的承諾 / promises without a day")
    dated: list[str]
    lacks_basis: bool
    lacks_contact: bool
    plain: PlainnessOut


class ReplyDraftOut(BaseModel):
    """A draft of an answer on its way."""

    id: int
    text: str
    answers: list[str | None] = Field(
        description="各要點的答復，未逐點分段時為 null"
        " / what it says to each point, null where not told apart"
    )
    state: str
    by: str
    at: datetime
    answered: list[int]
    promises: list[dict[str, Any]]
    reason: str | None
    findings: FindingsOut
    added_since: bool = Field(description="擬稿後民眾又補充 / the citizen added something since")


class ExtensionOut(BaseModel):
    """A request for more time."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    days: int
    reason: str
    state: str
    asked_at: datetime
    decided_at: datetime | None


class CaseDetail(CaseRow):
    """One case with its history and the count of its deadline."""

    lookup_code: str
    content: str
    points: list[str]
    outline: str | None = Field(
        description="逐點答復的開頭，〔〕內由承辦人填寫；只有一點時為 null"
        " / an answer begun with a paragraph for each point; null for a single point"
    )
    place: str | None
    latitude: float | None
    longitude: float | None
    petitioner: Petitioner | None
    outcome: Outcome | None
    process_grade: int | None = Field(description="辦理過程的評分 / grade of the handling, 1 to 5")
    satisfaction: int | None = Field(description="處理結果的評分 / grade of the result, 1 to 5")
    topic: str | None
    source: str = Field(description="來源管道 / channel it came by")
    taken_by: str | None = Field(description="代填同仁 / who took it down")
    replied_on: date | None
    improved_on: date | None
    closed_on: date | None
    ground: str | None
    agency: str | None
    main_case: str | None = Field(description="併入的主案 / case it is merged into")
    merged_cases: list[str]
    repeats: str | None
    promises: list[PromiseOut]
    drafts: list[ReplyDraftOut]
    extension_requests: list[ExtensionOut]
    may: list[str] = Field(description="現在可以做的 / what this officer may do now")
    calendar_version: str
    count: list[DayOut]
    history: list[EventOut]
    attachments: list[AttachmentOut]


class Routing(BaseModel):
    """Where a case probably belongs; null: the case controller decides."""

    topic: str | None
    topic_confidence: float
    section: str | None = Field(description="課室代碼 / code of the section")
    section_name: str | None
    section_confidence: float
