"""The shape of a channel: what comes in, what goes out, and the two ways sending can fail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from data.outbox import Address, Message


class What(StrEnum):
    """What a citizen did."""

    TEXT = "text"
    PRESSED = "pressed"
    FILE = "file"
    LOCATION = "location"
    STICKER = "sticker"
    VOICE = "voice"
    EDITED = "edited"
    OTHER = "other"


@dataclass(frozen=True)
class Incoming:
    """One thing a citizen did, the same whatever the channel.

    `key` is the channel's own number of the update; `files` are the channel's references, and
    `prints` its lasting names of the same files: a reference may change, a print does not;
    `press` is what must be acknowledged when a button was pressed. What was said in a group has
    the group as its sender, and `door`: the address of the private chat, to be ended by a payload.
    """

    key: str
    sender: Address
    what: What
    text: str = ""
    token: str = ""
    press: str | None = None
    files: tuple[str, ...] = ()
    album: str | None = None
    place: tuple[float, float] | None = None
    language: str | None = None
    message: str = ""  # the channel's name of the message, the same when it is edited
    prints: tuple[str, ...] = ()
    answers: str = ""  # the text of our message that this one replies to
    door: str = ""


class Undeliverable(Exception):
    """The message can never reach this address; the reason is for staff."""


class TryLater(Exception):
    """The channel cannot take the message now; `after` is its own wish, if it stated one."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Channel(Protocol):
    """What an adapter offers; nothing is decided in it."""

    name: str

    def parts(self, message: Message) -> list[Message]:
        """The message cut to what the channel takes at once; buttons stay on the last part."""
        ...

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Send one part and return the channel's receipt; raises Undeliverable or TryLater.

        `key` is the same each time this part is tried; a channel that can, sends it only once.
        """
        ...

    async def fetch(self, reference: str) -> bytes:
        """The content of a file a citizen sent; raises Undeliverable or TryLater."""
        ...


class Metered(Protocol):
    """A channel that counts what is said unasked (LINE): what the relay will ask of one.

    An answer to what a citizen just did is free while its reply token lives; every other message
    costs one of the month's pushes. See docs/decisions/0018.
    """

    def reply_token(self, to: Address, now: datetime) -> str | None:
        """The token by which this address can still be answered for nothing, if there is one."""
        ...

    def pushes_left(self, now: datetime) -> int:
        """How many pushes the month still has; a statutory notice is never what is left out."""
        ...


def split_text(text: str, limit: int) -> list[str]:
    """Cut a long text at paragraph, line or sentence ends, each piece at most `limit` UTF-16 units.

    Nothing is lost but the white space at the cuts.
    """
    pieces = []
    rest = text.strip()
    while _units(rest) > limit:
        head = _head(rest, limit)
        cut = max(head.rfind("\n\n"), 0) or max(head.rfind("\n"), 0) or _sentence_end(head)
        cut = cut if cut > len(head) // 4 else len(head)
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest or not pieces else pieces


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _head(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", errors="ignore")


def _sentence_end(head: str) -> int:
    return max(head.rfind(mark) for mark in "。！？!?；;") + 1
