"""What is asked of a case over the wire: one body for each verb."""

from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictInt, StrictStr

from admin_api.schemas.base import Day, Short, Strict, Text, Version, example
from complaints.handling import Pledge
from complaints.limits import Priority
from complaints.routing import Topic
from complaints.states import Aspect, Fault, Ground, Kind, Outcome

CaseNumber = Annotated[StrictStr, Field(max_length=30, examples=["CL-1151126-0007"])]
Days = Annotated[StrictInt, Field(ge=1, le=366)]
Source = Annotated[StrictStr, Field(max_length=20, examples=["counter", "phone"])]


class Verb(Strict):
    """What every verb needs: the version of the case as it was read."""

    version: Version

    def given(self) -> dict[str, Any]:
        """The body as the domain's verb takes it."""
        return self.model_dump()


class Assign(Verb):
    """To which section (code), and if wanted to whom (user name)."""

    model_config = example(version=1, section="works", handler="clerk")

    section: Short
    handler: Short | None = None
    topic: Topic | None = Field(None, description="更正主題 / puts the topic right")


class Because(Verb):
    """Why."""

    reason: Text


class SettleOwner(Because):
    """Whose case it is from now on, by the secretary's word."""

    section: Short
    handler: Short | None = None


class Classify(Verb):
    """What is put right; what is left out stays."""

    kind: Kind | None = None
    priority: Priority | None = None
    topic: Topic | None = None
    confidential: StrictBool | None = None
    permanent: StrictBool | None = None


class Words(Verb):
    """A text."""

    text: Text


class AskSupplement(Verb):
    """What the citizen is asked for."""

    what: Text


class Consult(Verb):
    """Which section (code) is asked what."""

    section: Short
    question: Text


class AnswerConsultation(Strict):
    """The asked section's view; the case need not be read before."""

    task_id: StrictInt
    text: Text

    def given(self) -> dict[str, Any]:
        """The body as the domain's verb takes it."""
        return self.model_dump()


class PledgeIn(Strict):
    """A promise and its day."""

    text: Text
    due_on: Day


class Reply(Verb):
    """The office's answer as the citizen will read it, and what it binds the office to."""

    model_config = example(
        version=3,
        text="您反映的騎樓雜物已派員清除。",
        answered=[1],
        promises=[{"text": "複查騎樓淨空", "due_on": "2026-12-10"}],
    )

    text: Text
    answered: list[StrictInt] = Field(
        default_factory=list, description="撰稿人確認已回答的要點編號"
    )
    promises: list[PledgeIn] = Field(default_factory=list)
    template_id: StrictInt | None = Field(None, description="由哪一則範本擬成")

    def given(self) -> dict[str, Any]:
        """The body as the domain's verb takes it."""
        pledges = [Pledge(one.text, one.due_on) for one in self.promises]
        return self.model_dump() | {"promises": pledges}


class ReplyAtOnce(Reply):
    """An answer without another's approval, for those who approve."""

    override: Text | None = Field(None, description="放行個資比對的理由，會留紀錄")


class DraftId(Verb):
    """Which draft."""

    model_config = example(version=4, draft_id=1)

    draft_id: StrictInt


class Approve(DraftId):
    """Which draft, and why it passes with points unanswered or personal data, if it does."""

    model_config = example(version=4, draft_id=1)

    override: Text | None = None


class SendBack(DraftId):
    """Which draft, and what to mend."""

    model_config = example(version=4, draft_id=1, reason="請補上改善的日期。")

    reason: Text


class Correct(Verb):
    """The corrected answer, and what was wrong."""

    text: Text
    reason: Text


class AskExtension(Verb):
    """How many working days more, and the reason the citizen will read."""

    model_config = example(version=3, days=10, reason="需會同路權機關現勘。")

    days: Days
    reason: Text


class SettlePromise(Verb):
    """Whether it was done, and the evidence or the reason."""

    promise_id: StrictInt
    kept: StrictBool
    evidence: Text


class RecordImprovement(Verb):
    """What shows that the matter was put right: words and a file of the case."""

    evidence: Text
    attachment_id: StrictInt


class Transfer(Verb):
    """To which agency and why; name and contact only with the citizen's consent."""

    agency: Short
    phone: Annotated[StrictStr, Field(max_length=60)] = ""
    reason: Text
    with_identity: StrictBool = False


class NotProcess(Verb):
    """The statutory ground (行政程序法 §173), and for a repeat the earlier case."""

    ground: Ground
    why: Text
    earlier: CaseNumber | None = None


class Merge(Verb):
    """Into which case."""

    into: CaseNumber


class Close(Verb):
    """Outcome and its reason (行政程序法 §171); cause and measure are for the meeting."""

    model_config = example(version=6, outcome="resolved", reason="雜物已清除，並通知里長複查。")

    outcome: Outcome
    reason: Text
    cause: StrictStr = ""
    measure: StrictStr = ""


class Said(Strict):
    """Taken down for a citizen at the counter or on the phone; `source` says where."""

    source: Source

    def given(self) -> dict[str, Any]:
        """The body as the domain's verb takes it."""
        return self.model_dump()


class SaidMore(Said):
    """What the citizen adds."""

    text: Text


class SaidWhy(Said):
    """What the citizen says is wrong."""

    reason: Text


class SaidGrade(Said):
    """The citizen's grade, 1 to 5, of the handling or of the result."""

    model_config = example(source="phone", grade=4, aspect="result")

    grade: Annotated[StrictInt, Field(ge=1, le=5)]
    aspect: Aspect = Aspect.PROCESS


class SaidFault(Said):
    """Why the citizen gave a low grade, and in what words if there are any."""

    model_config = example(source="phone", fault="slow", said="等了三個月。")

    fault: Fault
    said: Annotated[StrictStr, Field(max_length=20_000)] = ""
