"""The forms of calendar and time limits, read into the bodies of the API."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from admin_api.clockwork import FIRST_YEAR, LAST_YEAR
from admin_api.console.clock_words import DAYS, WORKS
from admin_api.console.forms import BadForm
from admin_api.schemas import clockwork as schemas
from admin_api.schemas.base import Strict
from complaints.limits import Priority
from complaints.roles import LEVELS
from complaints.states import Kind

LONGEST_SOURCE = 200
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ISO_YEAR = re.compile(r"\d{4}", re.ASCII)
NUMBER = re.compile(r"\d{1,9}", re.ASCII)
NUMBERS = ("days", "reopened_days", "ceiling_days", "max_extensions")
RULE_FIELDS = ("kind", "priority", "unit", "ceiling_unit", "basis", *NUMBERS)
YES = "yes"
Body = TypeVar("Body", bound=Strict)
Given = Mapping[str, str]


def year(text: str) -> int | None:
    """A year of the address; None when it is none the calendar knows."""
    number = int(text) if ISO_YEAR.fullmatch(text) else 0
    return number if FIRST_YEAR <= number <= LAST_YEAR else None


def number(text: str) -> int:
    """The number of a change in the address; 0 when it is none."""
    found = int(text) if NUMBER.fullmatch(text) else 0
    return found if found < 2**31 else 0


def day(given: Given) -> schemas.NewDay:
    """A closure, a local day off or an extra working day; raises BadForm."""
    kind = _text(given, "part")
    body = {name: _text(given, name) for name in ("reason", "area", "source")}
    if kind not in DAYS or kind != WORKS:
        body["part"] = kind
    return _checked(
        schemas.NewDay, body | {"day": _day(given, "day") or "", "works": kind == WORKS}
    )


def revoking(given: Given) -> schemas.Revoking:
    """Which day is taken back; raises BadForm."""
    return _checked(schemas.Revoking, {"day_id": _number(given, "day_id")})


def source(given: Given) -> str:
    """Where a year was announced; raises BadForm."""
    text = _text(given, "source")
    if not 1 <= len(text) <= LONGEST_SOURCE:
        raise BadForm(("source",))
    return text


def rule(given: Given) -> schemas.NewRule:
    """A rule of time limits; raises BadForm."""
    body: dict[str, Any] = {name: _text(given, name) for name in RULE_FIELDS}
    return _checked(schemas.NewRule, body | {name: _number(given, name) for name in NUMBERS})


def which_rule(given: Given) -> tuple[Kind, Priority]:
    """Which rule is meant; raises BadForm."""
    wrong = [
        name
        for name, known in (("kind", Kind), ("priority", Priority))
        if _text(given, name) not in {one.value for one in known}
    ]
    if wrong:
        raise BadForm(tuple(wrong))
    return Kind(_text(given, "kind")), Priority(_text(given, "priority"))


def choice(given: Given) -> schemas.NewChoice:
    """Another value of one of the office's choices; raises BadForm."""
    return _checked(schemas.NewChoice, {name: _text(given, name) for name in ("name", "value")})


def levels(given: Given) -> schemas.Levels:
    """Who approves which extension; raises BadForm for a level that was left out."""
    found: list[dict[str, Any]] = []
    for role in LEVELS:
        unlimited = given.get(f"any-{role}") == YES
        if unlimited or _text(given, f"days-{role}") or given.get(f"had-{role}"):
            days = None if unlimited else _number(given, f"days-{role}")
            found.append({"role": role, "up_to_days": days})
    return _checked(schemas.Levels, {"levels": found})


def received(given: Given) -> date:
    """The day a petition is received on, within the years of the API; raises BadForm."""
    found = _day(given, "received")
    if found is None or not FIRST_YEAR <= found.year < LAST_YEAR:
        raise BadForm(("received",))
    return found


def _checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
        raise BadForm(tuple(wrong)) from None


def _text(given: Given, name: str) -> str:
    return given.get(name, "").strip()


def _number(given: Given, name: str) -> int | str:
    """A number where one was typed; anything else is for the schema to refuse."""
    text = _text(given, name)
    return int(text) if NUMBER.fullmatch(text) else text


def _day(given: Given, name: str) -> date | None:
    text = _text(given, name)
    try:
        return date.fromisoformat(text) if ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None
