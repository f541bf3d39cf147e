"""The form of a petition taken down at the counter: what was typed, as the API takes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from admin_api.console import counter_words
from admin_api.console.forms import BadForm
from admin_api.schemas.desk import NewPetition
from complaints import intake, practice
from complaints.clock import calendars, rulebook
from complaints.clock.deadlines import Explanation, Moved, explain
from complaints.points import split_points
from complaints.states import EventKind
from data.masking import mask_numbers

YES = "yes"
# What the two steps hand on; nothing else of a form is kept.
FIELDS = (
    "source",
    "kind",
    "content",
    "place",
    "when",
    "points",
    "name",
    "reply_by",
    "contact",
    "confidential",
    "priority",
    "section",
    "language",
    "consents",
    "notice",
    "asked_id",
)
MASKED = ("content", "when", "points")
TIME = {"zh": "（時間：{when}）", "en": "(Time: {when}) "}
CONSENTS = {YES: True, "no": False}
SENTENCE_ENDS = str.maketrans("。！？!?；;\n", "，，，，，，，，")


@dataclass(frozen=True)
class ReadBack:
    """What is read out before a petition is filed: its points, and the limit it will get."""

    body: NewPetition
    points: tuple[str, ...]
    why: Explanation


def typed(given: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form by name, ID numbers unreadable; empty ones are there, too."""
    found = {name: given.get(name, "").strip() for name in FIELDS}
    return found | {name: mask_numbers(found[name]) for name in MASKED}


def read(given: Mapping[str, str], *, read_back: bool) -> NewPetition:
    """The body a typed form stands for; raises BadForm with the labels of what is wrong."""
    try:
        return NewPetition.model_validate(_body(given) | {"read_back": read_back})
    except ValidationError as error:
        wrong = dict.fromkeys(_label(one["loc"]) for one in error.errors())
        raise BadForm(tuple(wrong)) from None


def foresee(tx: Session, body: NewPetition, now: datetime) -> ReadBack:
    """The petition as it would be filed now; raises RuleMissing or CalendarMissing."""
    choices = practice.load(tx)
    calendar = calendars.load(tx, choices)
    start = intake.counts_from(now, calendar, choices)
    limit = rulebook.limit_for(tx, body.kind, body.priority)
    why = explain([Moved(EventKind.RECEIVED, start)], limit, calendar)
    return ReadBack(body, tuple(body.points or split_points(body.content)), why)


def _body(given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "kind": given["kind"],
        "content": _content(given),
        "source": given["source"],
        "reply_by": given["reply_by"],
        "points": [line.strip() for line in given["points"].splitlines() if line.strip()],
        "place": given["place"] or None,
        "name": given["name"] or None,
        "contact": given["contact"] or None,
        "confidential": given["confidential"] == YES,
        "priority": given["priority"] or "ordinary",
        "section": given["section"] or None,
        "language": given["language"] or "zh",
        "consents_to_transfer": CONSENTS.get(given["consents"]),
        "notice_version": counter_words.NOTICE_VERSION if given["notice"] == YES else None,
        "asked_id": _number(given["asked_id"]),
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _content(given: Mapping[str, str]) -> str:
    """What happened, the time before it within the first sentence, so that it is no point."""
    if not given["content"] or not given["when"]:
        return given["content"]
    language = given["language"] if given["language"] in TIME else "zh"
    return TIME[language].format(when=given["when"].translate(SENTENCE_ENDS)) + given["content"]


def _label(place: tuple[int | str, ...]) -> str:
    """The label of what is wrong; what concerns no single field is how to reach somebody."""
    name = str(place[0]) if place else "contact"
    return counter_words.LABELS.get(name, name)
