"""What an answer may depend on besides the state, and messages with buttons. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.conversation.form import Button, VillageOf, nowhere
from bot.conversation.state import State
from bot.conversation.wording import say
from data.outbox import Choice, Message


@dataclass(frozen=True)
class Office:
    """What the bot says of the office itself."""

    name: str
    phone: str | None = None
    hours: str | None = None


@dataclass(frozen=True)
class Moment:
    """The office, the time and the update an answer belongs to.

    `village_of` names the village of a place (words, latitude, longitude), where it is sure.
    """

    office: Office
    now: datetime
    key: str
    village_of: VillageOf = nowhere


Said = tuple[State, list[Message]]


def menu() -> tuple[Button, ...]:
    """The buttons of somebody who has begun nothing."""
    return (("b_popular", "popular"), ("b_report", "begin:c"), ("b_cases", "cases"))


def choice(language: str, key: str, token: str) -> Choice:
    """A button with a wording of ours."""
    return Choice(say(language, key), token)


def worded(language: str, key: str, buttons: Sequence[Button] = (), **values: Any) -> Message:
    """A wording of ours with buttons."""
    return Message(
        say(language, key, **values),
        tuple(choice(language, name, token) for name, token in buttons),
    )
