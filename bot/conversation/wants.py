"""What a citizen wants of us, and what came of it: the only words between the pure and the rest."""

from dataclasses import dataclass, field
from datetime import date

from bot.conversation.state import Draft, Version
from complaints.measuring.questionnaires import Question
from complaints.progress import Progress
from complaints.states import Aspect, Fault, Kind
from faq.keeping.answering import Answer, Unhelpful
from faq.keeping.index import Card
from faq.keeping.pinning import Pin


# --- wants that need the record -----------------------------------------------------------
@dataclass(frozen=True)
class Ask:
    """A question in the citizen's own words, and the entry it may lean on."""

    text: str
    about: tuple[str, str] | None = None


@dataclass(frozen=True)
class Pick:
    """One of the offered entries, or None of them."""

    asked_id: int
    entry_id: str | None


@dataclass(frozen=True)
class PickVariant:
    """One of the situations an entry tells apart."""

    asked_id: int
    entry_id: str
    number: int


@dataclass(frozen=True)
class Judge:
    """Whether an answer helped."""

    asked_id: int
    helpful: bool


@dataclass(frozen=True)
class JudgeWhy:
    """Why an answer did not help."""

    asked_id: int
    reason: Unhelpful


@dataclass(frozen=True)
class ShowPopular:
    """The topics asked most; `key` is the text said before them."""

    key: str = "popular"


@dataclass(frozen=True)
class ShowSimilar:
    """The topics nearest to a question asked before."""

    asked_id: int


@dataclass(frozen=True)
class BeginFromQuestion:
    """Make a petition of a question asked before."""

    asked_id: int
    kind: Kind
    by_phone: bool = False
    pass_on: bool = False  # another agency's matter, to be passed on


@dataclass(frozen=True)
class Submit:
    """File the draft."""

    draft: Draft
    anyway: bool = False  # although the same was reported before


@dataclass(frozen=True)
class Follow:
    """Follow the case that reported the same, instead of filing the draft."""

    case_no: str
    draft: Draft | None = None


@dataclass(frozen=True)
class Review:
    """Have one's own answered case looked at again, with what the draft says."""

    case_no: str
    draft: Draft | None = None


@dataclass(frozen=True)
class WithdrawSome:
    """End a case, not yet said which."""


@dataclass(frozen=True)
class SeeMissed:
    """Get the notices that could not be delivered."""


@dataclass(frozen=True)
class DecideEdit:
    """Whether the filed case is to follow an edited message."""

    case_no: str
    message: str
    before: Version
    after: Version
    accept: bool


@dataclass(frozen=True)
class NoteEdit:
    """A message of a filed case was edited: both versions are kept at once.

    `new` are the files it had in no version before; `quiet` when the citizen was asked already.
    """

    case_no: str
    message: str
    before: Version
    after: Version
    new: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True)
class MyCases:
    """The citizen's own cases."""


@dataclass(frozen=True)
class AboutCase:
    """Something about one's own case: show, why, fixed, unfixed, add, unhappy, withdraw."""

    verb: str
    case_no: str


@dataclass(frozen=True)
class Withdraw:
    """End one's own case."""

    case_no: str


@dataclass(frozen=True)
class Add:
    """More text or files to one's own case."""

    case_no: str
    text: str
    files: tuple[str, ...] = ()
    album: str | None = None
    quiet: bool = False


@dataclass(frozen=True)
class AnswerNotice:
    """A reply to a message of ours that names these cases.

    It is added to the only one of them that is the citizen's own and not ended; otherwise it is
    what it would be without replying to anything.
    """

    numbers: tuple[str, ...]
    text: str
    otherwise: "Want"
    files: tuple[str, ...] = ()
    album: str | None = None


@dataclass(frozen=True)
class GoOn:
    """What a link from a poster or out of a group carries into the private chat."""

    payload: str


@dataclass(frozen=True)
class Unhappy:
    """One's own case was answered badly, and why."""

    case_no: str
    reason: str


@dataclass(frozen=True)
class Rate:
    """A grade, 1 to 5, for the handling of one's own case or for what came of it."""

    case_no: str
    grade: int
    aspect: Aspect = Aspect.PROCESS


@dataclass(frozen=True)
class SayWhy:
    """Why one's grade was low, perhaps in own words; None leaves it unsaid."""

    case_no: str
    fault: Fault | None
    said: str = ""


@dataclass(frozen=True)
class TakeSurvey:
    """Begin the yearly questionnaire, or go on where one stopped."""


@dataclass(frozen=True)
class FillSurvey:
    """An answer to a question of a questionnaire; an empty one skips it."""

    questionnaire_id: int
    key: str
    value: str = ""


@dataclass(frozen=True)
class LookUp:
    """A case by number and code."""

    case_no: str
    code: str


# --- wants that only move the talk --------------------------------------------------------
@dataclass(frozen=True)
class Begin:
    """Start a petition, perhaps with something to begin from."""

    kind: Kind
    content: str = ""
    files: tuple[str, ...] = ()
    place: tuple[float, float] | None = None
    spot: str = ""  # a place by its name
    asked_id: int | None = None
    section: str | None = None
    agency: str | None = None
    album: str | None = None
    brief: bool = False
    by_phone: bool = False


@dataclass(frozen=True)
class Fill:
    """The answer to the form's present step: text, a button's verb, files or a location."""

    text: str = ""
    verb: str = ""
    files: tuple[str, ...] = ()
    place: tuple[float, float] | None = None
    album: str | None = None


@dataclass(frozen=True)
class EditDraft:
    """A message of the draft was edited; a pin moves without a word."""

    message: str
    before: Version
    after: Version


@dataclass(frozen=True)
class Say:
    """A fixed text with buttons (key, token); the talk stays where it is."""

    key: str
    buttons: tuple[tuple[str, str], ...] = ()
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Silence:
    """Nothing to be said: the message is kept and the citizen was told why."""


@dataclass(frozen=True)
class Pause:
    """Set the draft aside."""


@dataclass(frozen=True)
class Resume:
    """Go on with the draft."""


@dataclass(frozen=True)
class Discard:
    """Throw the draft away."""


@dataclass(frozen=True)
class Language:
    """Speak another language."""

    code: str


@dataclass(frozen=True)
class Stale:
    """A button of an earlier step, or one we never made."""

    verb: str = ""


@dataclass(frozen=True)
class Collect:
    """Another photo of an album: kept without a word."""

    files: tuple[str, ...]


Effect = (
    Ask
    | Pick
    | PickVariant
    | Judge
    | JudgeWhy
    | ShowPopular
    | ShowSimilar
    | BeginFromQuestion
    | Submit
    | Follow
    | Review
    | WithdrawSome
    | SeeMissed
    | DecideEdit
    | NoteEdit
    | MyCases
    | AboutCase
    | Withdraw
    | Add
    | AnswerNotice
    | GoOn
    | Unhappy
    | Rate
    | SayWhy
    | TakeSurvey
    | FillSurvey
    | LookUp
)
Want = (
    Effect
    | Begin
    | Fill
    | Say
    | Pause
    | Resume
    | Discard
    | Language
    | Stale
    | Collect
    | EditDraft
    | Silence
)


# --- outcomes -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Answered:
    """What the engine made of a question."""

    text: str
    answer: Answer


@dataclass(frozen=True)
class Opening:
    """Whether the office is open on the day asked about."""

    day: date
    is_open: bool | None  # None: no calendar for that year
    reason: str = ""
    next_open: date | None = None
    is_provisional: bool = False
    cut_short: str = ""  # which part of the day is off all the same


@dataclass(frozen=True)
class Pinned:
    """The pinned notice that answers a question."""

    pin: Pin


@dataclass(frozen=True)
class AnsweredEach:
    """What the engine made of each question of a message."""

    parts: tuple[Answered | Opening, ...]


@dataclass(frozen=True)
class Variant:
    """The answer for one situation of an entry; None when it is gone."""

    asked_id: int
    card: Card | None
    number: int


@dataclass(frozen=True)
class Picked:
    """The chosen entry; None when none of the offered ones was meant or it is gone."""

    asked_id: int
    card: Card | None
    gone: bool = False


@dataclass(frozen=True)
class Judged:
    """The opinion on an answer was kept."""

    asked_id: int
    helpful: bool


@dataclass(frozen=True)
class WhyJudged:
    """Why an answer did not help was kept."""

    asked_id: int


@dataclass(frozen=True)
class Cards:
    """Entries to choose from, after the text of this key."""

    key: str
    cards: tuple[Card, ...]
    asked_id: int


@dataclass(frozen=True)
class Recalled:
    """A question asked before, to begin a petition from."""

    begin: Begin


@dataclass(frozen=True)
class Filed:
    """The draft is a case; the receipt is already on its way."""

    draft_id: str
    case_no: str
    again: bool


@dataclass(frozen=True)
class ReportedBefore:
    """Others reported the same in the last days: how many, and the case to follow."""

    case_no: str
    count: int


@dataclass(frozen=True)
class AnsweredBefore:
    """The citizen's own answered case on the matter, and what is new, in words, if anything."""

    case_no: str
    day: date
    facts: str


@dataclass(frozen=True)
class EditAsked:
    """An edit of a filed message was kept; shall the case follow it? Not asked when `quiet`."""

    case_no: str
    message: str
    after: Version
    quiet: bool = False


@dataclass(frozen=True)
class EditDecided:
    """The case follows an edit, or stays as it was."""

    case_no: str
    message: str
    after: Version
    accepted: bool


@dataclass(frozen=True)
class NotFiled:
    """The case could not be filed; nothing of the draft is lost."""

    why: str


@dataclass(frozen=True)
class Cases:
    """The citizen's cases, to be looked at or, one of them, to be withdrawn."""

    cases: tuple[Progress, ...]
    verb: str = "show"


@dataclass(frozen=True)
class Shown:
    """One case in full; `owner` when it is the citizen's own."""

    progress: Progress
    owner: bool


@dataclass(frozen=True)
class Told:
    """A ready text, for instance how a due date was counted."""

    text: str


@dataclass(frozen=True)
class Ready:
    """The case is the citizen's own and the verb fits its status: ask on."""

    verb: str
    case_no: str


@dataclass(frozen=True)
class Done:
    """Something was recorded for a case; `values` fill the text of this key."""

    key: str
    case_no: str
    values: dict[str, object] = field(default_factory=dict)
    rate: bool = False  # with a question for the handling's grade
    album: str | None = None


@dataclass(frozen=True)
class Rated:
    """A grade was kept; `low` when one of the case's grades is, `survey` when one is wanted."""

    case_no: str
    aspect: Aspect
    grade: int
    low: bool
    survey: bool


@dataclass(frozen=True)
class Thanked:
    """The reason for a low grade was kept or left unsaid; `survey` when one is wanted."""

    case_no: str
    survey: bool
    told: bool


@dataclass(frozen=True)
class SurveyAsked:
    """The next question of the questionnaire, its number and how many there are.

    `begins` when the citizen just came to it.
    """

    questionnaire_id: int
    question: Question
    number: int
    of: int
    begins: bool = False


@dataclass(frozen=True)
class SurveyEnded:
    """The questionnaire is filled in; `before` when it was so already."""

    before: bool = False


@dataclass(frozen=True)
class Quiet:
    """Done, and its notice is already on its way; `leave` ends the present step."""

    leave: bool = False


@dataclass(frozen=True)
class Refused:
    """It could not be done; the key of the text that says why."""

    key: str
    values: dict[str, object] = field(default_factory=dict)


Outcome = (
    Answered
    | AnsweredEach
    | Opening
    | Pinned
    | Variant
    | Picked
    | Judged
    | WhyJudged
    | Cards
    | Recalled
    | Filed
    | ReportedBefore
    | AnsweredBefore
    | EditAsked
    | EditDecided
    | NotFiled
    | Cases
    | Shown
    | Told
    | Ready
    | Done
    | Rated
    | Thanked
    | SurveyAsked
    | SurveyEnded
    | Quiet
    | Refused
)
