"""Bodies and answers of the routes for the yearly questionnaire."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from admin_api.schemas.base import Day, Strict, example
from complaints.measuring.questionnaires import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_ANSWER,
    LONGEST_LABEL,
    LONGEST_TITLE,
    MOST_CHOICES,
    MOST_QUESTIONS,
    NAME,
    QUOTA,
    Ask,
)

Key = Annotated[StrictStr, Field(pattern=f"^{NAME.pattern}$", examples=["overall"])]
Label = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_LABEL)]
Year = Annotated[StrictInt, Field(ge=FIRST_YEAR, le=LAST_YEAR, description="西元年 / AD")]


class Taken(StrEnum):
    """How a questionnaire came that an officer enters."""

    PAPER = "paper"
    PHONE = "phone"
    COUNTER = "counter"


class OptionIn(Strict):
    """One of the answers of a choice."""

    code: Key
    zh: Label
    en: Label | None = Field(None, description="沒有就用中文 / the Chinese when missing")


class QuestionIn(Strict):
    """A question; one that keeps its key from year to year is compared."""

    key: Key
    kind: Ask
    required: StrictBool = False
    zh: Label
    en: Label | None = Field(None, description="沒有就用中文 / the Chinese when missing")
    choices: Annotated[list[OptionIn], Field(max_length=MOST_CHOICES)] = Field(default_factory=list)


class NewQuestionnaire(Strict):
    """The questionnaire of a year; without questions those that come with the program."""

    model_config = example(
        year=2026,
        title="115年度服務滿意度問卷",
        opens_on="2026-11-01",
        closes_on="2026-11-30",
        quota=360,
    )

    year: Year
    title: Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_TITLE)]
    opens_on: Day
    closes_on: Day
    quota: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = QUOTA
    questions: Annotated[list[QuestionIn], Field(max_length=MOST_QUESTIONS)] | None = None


class Entered(Strict):
    """One questionnaire from paper or the telephone; an empty answer skips a question."""

    model_config = example(
        channel="paper",
        answers={
            "environment": "4",
            "manner": "5",
            "expertise": "4",
            "measures": "4",
            "overall": "5",
            "age": "from_35",
        },
    )

    channel: Taken
    answers: dict[StrictStr, Annotated[StrictStr, Field(max_length=LONGEST_ANSWER)]] = Field(
        description="題目代碼與答案；評分為 1 到 5 / key of the question to its answer"
    )


class OptionOut(BaseModel):
    """One of the answers of a choice."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    zh: str
    en: str


class QuestionOut(BaseModel):
    """A question and how it is answered."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    kind: Ask
    required: bool
    zh: str
    en: str
    choices: list[OptionOut]


class QuestionnaireOut(BaseModel):
    """A questionnaire with how many are filled in."""

    year: int
    title: str
    opens_on: date
    closes_on: date
    running: bool = Field(description="今天可以填 / whether it takes answers today")
    quota: int
    finished: int
    begun: int = Field(description="填到一半的 / begun and not finished")
    by_channel: dict[str, int] = Field(description="各管道完成份數 / finished ones")
    questions: list[QuestionOut]


class EnteredOut(BaseModel):
    """How many are finished now."""

    finished: int


class AnsweredOut(BaseModel):
    """What was answered to a question; all but the number is null while there are too few."""

    key: str
    zh: str
    en: str
    kind: Ask
    answers: int
    hidden: str = Field(description="不公開的原因 / why nothing is shown; empty when it is")
    distribution: dict[str, int] | None
    mean: float | None
    share_satisfied: float | None = Field(description="4、5 分的比例 / share of 4 and 5")
    interval: list[float] | None = Field(description="95% 信賴區間（Wilson） / 95 % interval")
    margin: float | None
    chosen: dict[str, int] | None = Field(description="各選項人數 / number of each choice")
    texts: list[str] = Field(description="自由填寫，僅管考人員可見 / for those who measure")
    mean_before: float | None = Field(description="上一年平均 / of the year before")
    share_before: float | None
    change: float | None = Field(description="平均與上一年之差 / of the mean")


class AnalysisOut(BaseModel):
    """What the finished questionnaires of a year say."""

    year: int
    title: str
    finished: int
    quota: int
    questions: list[AnsweredOut]
