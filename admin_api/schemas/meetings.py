"""The report of a period as the meeting gets it: every figure, and what explains it."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

Number = int | float | None


class Line(BaseModel):
    """The figures under one heading; `code` is empty where the heading is not known."""

    code: str = Field(
        description="代碼；不詳時空白，密件為 * / code; empty if unknown, * confidential"
    )
    name: str
    figures: dict[str, Number] = Field(description="欄位見 docs/figures.md / columns by name")


class Compared(BaseModel):
    """The whole office in this period, the one before, and the same one a year ago."""

    title: str
    previous_title: str
    year_before_title: str
    now: dict[str, Number]
    previous: dict[str, Number]
    year_before: dict[str, Number]


class OfMonth(BaseModel):
    """One month of the trend."""

    key: str
    title: str
    received: int
    closed: int
    open_end: int
    on_time_rate: float | None
    mean_days: float | None


class LateCase(BaseModel):
    """A case closed late, or open past its date at the end of the period."""

    case_no: str
    kind: str
    section: str
    received_on: date
    due_on: date
    done_on: date | None
    days_late: int = Field(description="逾期工作天 / working days late")
    cause: str
    measure: str


class Chain(BaseModel):
    """A case that was handed back more than once."""

    case_no: str
    times: int
    section: str


class Grades(BaseModel):
    """How one aspect was graded; below ten answers only their number is told."""

    asked: int
    answers: int
    shown: bool
    response_rate: float | None
    distribution: dict[int, int] | None = Field(description="1–5 分各幾份")
    mean: float | None
    share_satisfied: float | None = Field(description="4、5 分所占比率")
    low: float | None = Field(description="95% 信賴區間下限")
    high: float | None
    margin: float | None


class Answered(BaseModel):
    """How many under one heading were asked for a grade, and how many gave one."""

    breakdown: str = Field(description="section, kind, channel")
    code: str = Field(description="代碼；不詳時空白，密件為 * / empty if unknown, * confidential")
    name: str
    asked: int
    answered: int
    shown: bool = Field(description="是否列回收率：至少詢問 10 件 / ten asked, or no rate is told")
    rate: float | None = Field(description="answered ÷ asked")


class Satisfaction(BaseModel):
    """What citizens said of closed cases; process and result apart."""

    process: Grades
    result: Grades
    reasons: dict[str, int]
    praise: int
    who: list[Answered] = Field(
        default=[], description="各課室、種類、管道詢問與填答件數 / who answered, and who did not"
    )


class Topped(BaseModel):
    """Something asked, and how often."""

    code: str
    text: str
    times: int


class OfChannel(BaseModel):
    """What a channel was used for, and the period before."""

    name: str
    questions: int
    questions_before: int
    cases: int
    cases_before: int


class Questions(BaseModel):
    """The questions of the period; `settled` is the honest count (docs/figures.md)."""

    now: dict[str, Number]
    previous: dict[str, Number]
    year_before: dict[str, Number]
    top: list[Topped]
    unanswered: list[Topped]
    channels: list[OfChannel]


class OpenItem(BaseModel):
    """What an earlier meeting decided, and how it stands at the end of this period."""

    text: str
    section: str
    decided: str
    due_on: date
    state: str = Field(description="done, open, late, dropped")
    ended_on: date | None
    days_late: int
    news: str


class ExamPart(BaseModel):
    """How questions, or replies, did in the exam."""

    papers: int
    scored: int
    means: dict[str, float | None]
    good: float | None = Field(description="各項皆 4 分以上之比率")


class ExamOut(BaseModel):
    """The period's exam and the ones before."""

    seed: int
    questions: ExamPart
    replies: ExamPart
    trend: list[dict[str, Any]]


class YearsQuestion(BaseModel):
    """One question of the year's questionnaire so far."""

    text: str
    grades: Grades


class YearsSurvey(BaseModel):
    """The year's questionnaire: how many are in, how many it needs, what they say."""

    year: int
    title: str
    finished: int
    quota: int
    questions: list[YearsQuestion]


class Change(BaseModel):
    """A figure that differs from what was published."""

    where: str
    name: str
    was: Any
    now: Any


class Meeting(BaseModel):
    """Everything the meeting is shown about a period; the files are made from this and no more."""

    period: str
    title: str
    office: str
    start: date
    end: date
    until: date = Field(description="統計到哪一天 / counted up to this day")
    complete: bool
    made_at: datetime
    issue: int = Field(default=0, description="0 為首次公布，之後為第幾次更正")
    reason: str = Field(default="", description="更正理由 / why it was corrected")
    changes: list[Change] = []
    totals: Compared
    sections: list[Line]
    kinds: list[Line]
    topics: list[Line]
    villages: list[Line]
    channels: list[Line]
    outcomes: list[Line]
    months: list[OfMonth]
    late: list[LateCase]
    late_left_out: int = Field(description="逾期案件未列出的件數 / late cases not listed")
    chains: list[Chain]
    satisfaction: Satisfaction
    questions: Questions
    items: list[OpenItem]
    exam: ExamOut | None
    survey: YearsSurvey | None
    warnings: list[str]
