"""What goes over the wire."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from complaints.routing import Topic
from complaints.states import Kind, Outcome, Status

Version = Annotated[StrictInt, Field(ge=1, description="讀取時的版本；過期會得到 409")]
Text = Annotated[StrictStr, Field(min_length=1, max_length=20_000)]
EntryId = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")]
Short = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    """A request body: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class LogIn(Strict):
    """User name and password."""

    username: Short
    password: Short


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


class CaseRow(BaseModel):
    """A case in the queue."""

    case_no: str
    kind: Kind
    status: Status
    subject: str
    section: str
    handler: str | None
    received_on: date
    due_on: date
    overdue: bool
    days_left: int | None = Field(description="剩餘工作天；已停止計時或逾期為 null")
    unreached: bool = Field(description="通知沒有送達民眾")
    confidential: bool
    version: int


class CasePage(BaseModel):
    """A page of the queue, the most urgent first."""

    cases: list[CaseRow]
    next_cursor: str | None
    counts: dict[str, int]


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


class CaseDetail(CaseRow):
    """One case with its history and the count of its deadline."""

    lookup_code: str
    content: str
    points: list[str]
    place: str | None
    latitude: float | None
    longitude: float | None
    petitioner: Petitioner | None
    outcome: Outcome | None
    satisfaction: int | None
    topic: str | None
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


class Assign(Strict):
    """To which section (code), and if wanted to whom (user name)."""

    section: Short
    handler: Short | None = None
    topic: Topic | None = Field(None, description="更正主題 / puts the topic right")
    version: Version


class Reply(Strict):
    """The office's answer, as the citizen will read it."""

    text: Text
    version: Version


class Close(Strict):
    """Outcome and its reason, both compulsory (行政程序法 §171)."""

    outcome: Outcome
    reason: Text
    version: Version


class SectionOut(BaseModel):
    """A section."""

    code: str
    name: str


class OfficerOut(BaseModel):
    """A colleague."""

    username: str
    name: str
    role: str
    section: str | None


class VariantFields(Strict):
    """The answer for one situation."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    label: Annotated[StrictStr, Field(min_length=1, max_length=10, examples=["委託代辦"])]
    answer: Text
    documents: list[StrictStr] = []


class DraftFields(Strict):
    """A draft's content; it may lack what publishing demands."""

    category: StrictStr = ""
    label: StrictStr = ""
    question: StrictStr = ""
    answer: StrictStr = ""
    source: StrictStr = ""
    checked_on: date
    section: StrictStr = ""
    aliases: list[StrictStr] = []
    documents: list[StrictStr] = []
    who: StrictStr = ""
    fee: StrictStr = ""
    time_limit: StrictStr = ""
    where: StrictStr = ""
    online: StrictStr = ""
    legal_basis: StrictStr = ""
    office_confirms: list[StrictStr] = []
    variants: list[VariantFields] = []
    valid_from: date | None = None
    valid_until: date | None = None
    review_on: date | None = None


class EntryFields(DraftFields):
    """Everything an editor writes in an entry; what publishing demands is there."""

    category: Short
    label: Annotated[StrictStr, Field(min_length=1, max_length=20)]
    question: Text
    answer: Text
    source: Text
    section: Short


class NewEntry(EntryFields):
    """A new entry under its id."""

    id: EntryId


class ChangedEntry(EntryFields):
    """An entry's new content, and the version it was read at."""

    version: Version


class EntryOut(EntryFields):
    """An entry."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    id: str
    version: int
    retired: bool
    updated_at: datetime


class EntryPage(BaseModel):
    """A page of entries, by id."""

    entries: list[EntryOut]
    next_cursor: str | None


class Question(Strict):
    """A question to try."""

    text: Text


class Scored(BaseModel):
    """An entry and its score; scores compare within one question only."""

    id: str
    label: str
    score: float


class Tried(BaseModel):
    """What the engine would do with a question; nothing is recorded."""

    verdict: str
    confidence: Annotated[float, Field(description="How probably the first is right, 0 to 1")]
    candidates: list[Scored]


class UnansweredOut(BaseModel):
    """A matter nobody could answer: how citizens put it, how often, and how many of them."""

    text: str
    texts: Annotated[list[str], Field(description="不同的說法 / the ways it was put")]
    times: int
    askers: int
    last_at: datetime
    verdict: str
    asked_ids: list[int]


class SuggestionOut(BaseModel):
    """A citizen's wording an entry has not, confirmed by a choice or a thank-you."""

    entry_id: str
    text: str
    times: int
    asked_id: int


class Decision(Strict):
    """What a person decided about a suggested wording."""

    entry_id: Short
    text: Text
    accept: StrictBool
    version: Annotated[int, Field(ge=1, description="題目版本（採用時）/ of the entry")]


class FewOut(BaseModel):
    """An entry with few wordings."""

    entry_id: str
    label: str
    section: str
    wordings: int


class DueOut(BaseModel):
    """An entry to be reviewed or about to end, and whose it is."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    label: str
    section: str
    review_on: date | None
    valid_until: date | None


class NewTrial(Strict):
    """A question for the test set; without an entry, none may answer it."""

    text: Text
    entry_id: Short | None = None


class TrialOut(BaseModel):
    """A question of the test set and how it is answered now: 2 right, 1 offered, 0 wrong."""

    id: int
    text: str
    entry_id: str | None
    grade: int


class ChangedAnswer(BaseModel):
    """A question of the test set that a change answers otherwise."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    entry_id: str | None
    before: int
    after: int


class RehearsalOut(BaseModel):
    """What publishing would do to the test set."""

    model_config = ConfigDict(from_attributes=True)

    questions: int
    better: list[ChangedAnswer]
    worse: list[ChangedAnswer]


class NewDraft(DraftFields):
    """A draft of a new entry or of a change to one."""

    id: EntryId


class DraftFromQuestions(Strict):
    """Which recorded questions a draft is made from."""

    id: EntryId
    asked_ids: Annotated[list[StrictInt], Field(min_length=1, max_length=500)]


class DraftFromCase(Strict):
    """Which replied case a draft is made from."""

    id: EntryId
    case_no: Short


class Reason(Strict):
    """Why."""

    reason: Text


class DraftOut(BaseModel):
    """A draft and where it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    entry_id: str
    of_version: int | None
    content: dict[str, Any]
    origin: str
    note: str
    state: str
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class WordListOut(BaseModel):
    """What the office added to a list of words; version 0: nothing yet."""

    name: str
    text: str
    version: int
    by: str | None
    at: datetime | None


class WordListIn(Strict):
    """The office's lines of a list of words, over the version that was read."""

    text: StrictStr
    version: Annotated[int, Field(ge=0)]


class CaseFigures(BaseModel):
    """Columns of the monthly table; rates are null when their denominator is 0."""

    carried_over: int
    received: int
    reopened: int
    closed: int
    closed_on_time: int
    closed_late: int
    withdrawn: int
    open_end: int
    open_overdue: int
    on_time_rate: float | None
    mean_days: float | None
    median_days: float | None
    satisfaction_answers: int
    mean_satisfaction: float | None


class FaqFigures(BaseModel):
    """The month's questions; `sure + choose + unknown == asked`."""

    asked: int
    sure: int
    choose: int
    unknown: int
    chosen: int
    none_of_these: int
    filed: int
    helpful: int
    not_helpful: int
    top_entries: list[tuple[str, int]]


class MonthOut(BaseModel):
    """The figures of a month; definitions in docs/figures.md."""

    month: str
    title: str
    complete: bool = Field(description="月份是否已過完")
    total: CaseFigures
    by_section: dict[str, CaseFigures]
    received_by_kind: dict[str, int]
    received_by_channel: dict[str, int]
    closed_by_outcome: dict[str, int]
    questions: FaqFigures


class ProblemOut(BaseModel):
    """How every error is told (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: int
    detail: str | None = None
