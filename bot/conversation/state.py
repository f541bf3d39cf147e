"""Where a conversation stands: immutable, and stored as JSON between messages."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from complaints.states import Kind

LEANS_FOR = timedelta(minutes=30)
MOST_SAID = 30


class Step(StrEnum):
    """What the next message of the citizen means."""

    IDLE = "idle"
    CONTENT = "content"
    MORE = "more"
    PLACE = "place"
    FILES = "files"
    NAME = "name"
    REPLY_BY = "reply_by"
    CONTACT = "contact"
    CONFIDENTIAL = "confidential"
    CONSENT = "consent"
    CONFIRM = "confirm"
    EDIT = "edit"
    ADDING = "adding"
    UNHAPPY = "unhappy"
    WHY = "why"
    SURVEY = "survey"


FORM = frozenset(
    {
        Step.CONTENT,
        Step.MORE,
        Step.PLACE,
        Step.FILES,
        Step.NAME,
        Step.REPLY_BY,
        Step.CONTACT,
        Step.CONFIDENTIAL,
        Step.CONSENT,
        Step.CONFIRM,
        Step.EDIT,
    }
)


class ReplyBy(StrEnum):
    """How the citizen wants the answer."""

    CHAT = "chat"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True)
class Draft:
    """A petition being written; `id` is the update that began it."""

    id: str
    kind: Kind
    notice_at: str
    content: str = ""
    points: tuple[str, ...] = ()
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    files: tuple[str, ...] = ()
    name: str | None = None
    reply_by: ReplyBy | None = None
    contact: str | None = None
    confidential: bool = False
    asked_id: int | None = None
    section: str | None = None
    agency: str | None = None  # whose matter it seems to be; asked is what may go along
    consents: bool | None = None
    brief: bool = False  # began from a question: place and photos are offered, not asked
    correcting: bool = False  # a single answer is being changed from the read-back


@dataclass(frozen=True)
class Version:
    """What one message says: its text or caption, its pin, its files and their lasting names."""

    text: str = ""
    place: tuple[float, float] | None = None
    files: tuple[str, ...] = ()
    prints: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The version as a text: what was written, or where the pin was."""
        return self.text or ("{:.5f}, {:.5f}".format(*self.place) if self.place else "")

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.place or self.prints or self.files)

    def same(self, other: "Version") -> bool:
        """Whether two versions say the same; a reference to a file may change by itself."""
        mine, theirs = self.text.strip(), other.text.strip()
        return (mine, self.place, self.prints) == (theirs, other.place, other.prints)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        place = data.get("place")
        return cls(
            text=data["text"],
            place=(place[0], place[1]) if place else None,
            files=tuple(data["files"]),
            prints=tuple(data["prints"]),
        )


@dataclass(frozen=True)
class Heard:
    """A message of a petition, should the citizen edit it.

    `case_no` is empty while it belongs to the draft; `held` is what the draft or case has of it,
    `seen` how it read last. `minute` is when its pin last moved, and `asked` whether the citizen
    has been asked about that and did not say yes.
    """

    message: str
    case_no: str
    held: Version
    seen: Version
    minute: str = ""
    asked: bool = False

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read a stored one; an older version knew message, case and text only."""
        if isinstance(data, dict):
            versions = {name: Version.from_json(data[name]) for name in ("held", "seen")}
            return cls(**(data | versions))
        message, case_no, text = data
        return cls(message, case_no, Version(text), Version(text))


@dataclass(frozen=True)
class State:
    """Everything the next message needs; nothing of it lives in memory."""

    step: Step = Step.IDLE
    resume_at: Step | None = None  # where a draft that was set aside goes on
    language: str = "zh"
    turn: int = 0
    draft: Draft | None = None
    offered: tuple[tuple[str, str], ...] = ()
    case_no: str | None = None
    filed: tuple[str, str] | None = None  # the last draft's id and the number it got
    album: str | None = None
    about: tuple[str, str] | None = None  # the entry answered last, and when
    said: tuple[Heard, ...] = ()
    pace: tuple[str, int] | None = None  # a minute and how many messages came in it
    missed_on: str | None = None  # the day unseen notices were last offered
    pins: tuple[int, ...] = ()  # the notices heard among those that stand
    pin: int | None = None  # the one that answered the last message
    survey: tuple[int, str] | None = None  # the questionnaire, and the key asked in own words

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a stored state; what an older version did not know keeps its default."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        known["offered"] = tuple((label, token) for label, token in known.get("offered", ()))
        for name in ("about", "filed", "pace", "survey"):
            known[name] = tuple(known[name]) if known.get(name) else None
        known["pins"] = tuple(known.get("pins", ()))
        known["said"] = tuple(Heard.from_json(one) for one in known.get("said", ()))
        known["step"] = Step(known.get("step", Step.IDLE))
        known["resume_at"] = Step(known["resume_at"]) if known.get("resume_at") else None
        known["draft"] = _draft(known["draft"]) if known.get("draft") else None
        return cls(**known)

    def heard(self, message: str, case_no: str, version: Version) -> "State":
        """Remember a message of a case, or without a number of the draft; the last ones stay."""
        if not message or version.is_empty:
            return self
        one = Heard(message, case_no, version, version)
        return replace(self, said=(*self.said, one)[-MOST_SAID:])

    def known(self, message: str) -> Heard | None:
        """What is remembered of a message."""
        return next((one for one in reversed(self.said) if one.message == message), None)

    def reheard(self, message: str, **changes: Any) -> "State":
        """The state with what is remembered of a message changed."""
        said = (replace(one, **changes) if one.message == message else one for one in self.said)
        return replace(self, said=tuple(said))

    def without_draft(self) -> "State":
        """The state when the draft is gone, with all that belonged to it."""
        said = tuple(one for one in self.said if one.case_no)
        return replace(self, draft=None, resume_at=None, said=said)

    def idle(self, **changes: Any) -> "State":
        """Back to the beginning, with what stays."""
        return replace(self, step=Step.IDLE, case_no=None, album=None, **changes)

    def pause(self) -> "State":
        """Set a draft aside, to go on later where it stopped."""
        if self.step in FORM:
            return self.idle(resume_at=self.step)
        return self.idle()


def topic(about: tuple[str, str] | None, now: datetime) -> str | None:
    """The entry a short question may lean on: the last answered one, for half an hour."""
    if about is None or now - datetime.fromisoformat(about[1]) > LEANS_FOR:
        return None
    return about[0]


def _draft(data: dict[str, Any]) -> Draft:
    known = {name: data[name] for name in Draft.__dataclass_fields__ if name in data}
    for name in ("points", "files"):
        known[name] = tuple(known.get(name, ()))
    known["kind"] = Kind(known["kind"])
    known["reply_by"] = ReplyBy(known["reply_by"]) if known.get("reply_by") else None
    return Draft(**known)
