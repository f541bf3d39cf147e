"""Bodies and answers of the routes for the monthly exam."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from admin_api.schemas.base import Strict, example
from complaints.measuring.exams import BEST, WORST, PaperKind

MOST_PAPERS = 200
LARGEST_SEED = 2**31 - 1
MONTH = r"^20(1[7-9]|[2-9][0-9])-(0[1-9]|1[0-2])$"  # from the first shipped calendar on

Month = Annotated[StrictStr, Field(pattern=MONTH, examples=["2026-10"], description="年-月")]
Seed = Annotated[StrictInt, Field(ge=0, le=LARGEST_SEED, description="種子 / draws the same again")]
Many = Annotated[StrictInt, Field(ge=0, le=MOST_PAPERS)]
Score = Annotated[StrictInt, Field(ge=WORST, le=BEST, description="5 最好 / 5 is best")]


class NewExam(Strict):
    """An exam of a month that is over: how many to draw, and the seed to draw with."""

    model_config = example(month="2026-10", seed=20261102, questions=50, replies=20)

    month: Month
    seed: Seed
    questions: Many = 50
    replies: Many = 20


class Given(Strict):
    """The scores of a paper, each criterion of its kind once."""

    model_config = example(scores={"right": 5, "complete": 4, "clear": 4}, remark="沒有說要帶印章")

    scores: dict[StrictStr, Score] = Field(max_length=10)
    remark: StrictStr = Field("", max_length=2000)


class VariantShown(BaseModel):
    """The answer for one situation."""

    label: str
    answer: str


class AnswerShown(BaseModel):
    """An entry as it was published when it was answered from."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    question: str
    answer: str
    documents: list[str]
    who: str
    fee: str
    time_limit: str
    where: str
    online: str
    variants: list[VariantShown]


class QuestionShown(BaseModel):
    """What somebody asked, and what the bot made of it."""

    text: str
    verdict: str
    offered: list[str] = Field(description="請民眾選的題目 / what was offered to choose from")
    answer: AnswerShown | None


class ReplyShown(BaseModel):
    """The points of a petition and the reply, without who brought it or who wrote it."""

    text: str
    points: list[str]
    kind: str


class PaperOut(BaseModel):
    """One paper as its scorer sees it."""

    id: int
    month: str
    number: int
    kind: PaperKind
    criteria: list[str]
    shown: QuestionShown | ReplyShown
    scores: dict[str, int] | None = Field(description="還沒評的為空 / none before it is scored")
    remark: str


class OfKindOut(BaseModel):
    """The scores of one kind of papers; `good` is the share with 4 or better throughout."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    scored: int
    means: dict[str, float | None]
    good: float | None


class ExamOut(BaseModel):
    """An exam and what came of it so far."""

    model_config = ConfigDict(from_attributes=True)

    month: str = Field(validation_alias="period")
    seed: int
    number: int
    scored: int
    closed: bool
    questions: OfKindOut
    replies: OfKindOut


class ResultOut(BaseModel):
    """An exam, and the last six with it, the oldest first."""

    exam: ExamOut
    trend: list[ExamOut]
