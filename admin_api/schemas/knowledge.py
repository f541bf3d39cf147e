"""Questions and answers over the wire: entries, drafts, test set, words."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from admin_api.schemas.base import Day, EntryId, Moment, Short, Strict, Text, Version, example


class VariantFields(Strict):
    """The answer for one situation."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    label: Annotated[StrictStr, Field(min_length=1, max_length=10, examples=["委託代辦"])]
    answer: Text
    documents: list[StrictStr] = Field(default_factory=list)


class DraftFields(Strict):
    """A draft's content; it may lack what publishing demands."""

    category: StrictStr = ""
    label: StrictStr = ""
    question: StrictStr = ""
    answer: StrictStr = ""
    source: StrictStr = ""
    checked_on: Day
    section: StrictStr = ""
    aliases: list[StrictStr] = Field(default_factory=list)
    documents: list[StrictStr] = Field(default_factory=list)
    who: StrictStr = ""
    fee: StrictStr = ""
    time_limit: StrictStr = ""
    where: StrictStr = ""
    online: StrictStr = ""
    legal_basis: StrictStr = ""
    office_confirms: list[StrictStr] = Field(default_factory=list)
    forms: list[StrictStr] = Field(default_factory=list)
    variants: list[VariantFields] = Field(default_factory=list)
    valid_from: Day | None = None
    valid_until: Day | None = None
    review_on: Day | None = None


class EntryFields(DraftFields):
    """Everything an editor writes in an entry; what publishing demands is there."""

    category: Short
    label: Annotated[StrictStr, Field(min_length=1, max_length=20)]
    question: Text
    answer: Text
    source: Text
    section: Short


class FormOut(BaseModel):
    """A form the office hands out, without its file."""

    name: str
    ending: str
    size: int
    by: str
    updated_at: Moment
    entries: list[str]


class FormsOut(BaseModel):
    """All forms, and the names of those that entries mention and nobody has uploaded."""

    forms: list[FormOut]
    lacking: dict[str, list[str]]


class FormKept(BaseModel):
    """The form that was kept or removed."""

    name: str


class NewEntry(EntryFields):
    """A new entry under its id."""

    model_config = example(
        id="parrot-permit",
        category="其他",
        label="鸚鵡飼養登記",
        question="養鸚鵡要登記嗎？",
        answer="不必登記。",
        source="https://example.gov.tw/parrot",
        checked_on="2026-11-20",
        section="民政課",
        aliases=["鸚鵡要不要辦登記"],
    )

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
    checked_on: date
    valid_from: date | None
    valid_until: date | None
    review_on: date | None
    updated_at: datetime


class EnglishFields(Strict):
    """An entry in English; situations are answered in Chinese only."""

    label: Annotated[StrictStr, Field(min_length=1, max_length=40)]
    question: Text
    answer: Text
    aliases: list[StrictStr] = Field(default_factory=list)
    documents: list[StrictStr] = Field(default_factory=list)
    who: StrictStr = ""
    fee: StrictStr = ""
    time_limit: StrictStr = ""
    where: StrictStr = ""
    online: StrictStr = ""


class NewEnglish(EnglishFields):
    """An English text, and the version of the entry it was written from."""

    model_config = example(
        of_version=1,
        label="Keeping a parrot",
        question="Do I have to register a parrot?",
        answer="No.",
        aliases=["parrot registration"],
    )

    of_version: Version


class EnglishOut(EnglishFields):
    """An English text; one that is outdated is not shown until it is written anew."""

    model_config = ConfigDict(extra="ignore")

    entry_id: str
    of_version: int
    is_outdated: bool
    by: str
    updated_at: datetime


class RemovedEnglish(BaseModel):
    """The entry whose English text is gone."""

    entry_id: str


class EntryPage(BaseModel):
    """A page of entries, by id."""

    entries: list[EntryOut]
    next_cursor: str | None


class ImportedOut(BaseModel):
    """The ids of what a file adds, what it changes, and what it leaves as it is."""

    added: list[str]
    changed: list[str]
    same: list[str]


class Trying(Strict):
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
    reasons: Annotated[
        dict[str, int], Field(description="沒有幫助的原因與次數 / why it did not help, how often")
    ]


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


class RemovedTrial(BaseModel):
    """Which question of the test set is gone."""

    id: int


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


class ChangedDraft(DraftFields):
    """A draft's new content, and the moment (`at`) of the one it was read from."""

    of: Moment


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
    publish_on: date | None


class CaughtUp(DraftOut):
    """A draft that took in what its entry gained since it was begun."""

    both_changed: list[str] = Field(
        description="兩邊都改過、先照草稿的欄位 / fields both had changed; the draft's kept"
    )


class Publishing(Strict):
    """When an approved draft is put into service; without a day, or on today's, at once."""

    on: Day | None = None


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
