"""What no regular expression of ours may hold, whichever Python it runs on."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [
    path
    for room in ("admin_api", "app", "bot", "complaints", "data", "faq")
    for path in (ROOT / room).rglob("*.py")
]
# A group repeated possessively: before 3.11.5 Python takes a part of the next turn into the match.
POSSESSIVE_GROUP = re.compile(r"\)(?:[+*?]|\{[0-9,]+\})\+")


def test_sources_are_found() -> None:
    assert len(SOURCES) > 200


@pytest.mark.parametrize("pattern", ["(?:a.b)++", "(a)*+", "(a){2,}+"])
def test_such_a_group_is_seen(pattern: str) -> None:
    assert POSSESSIVE_GROUP.search(pattern)


def test_no_group_is_repeated_possessively() -> None:
    told = [path.name for path in SOURCES if POSSESSIVE_GROUP.search(path.read_text("utf-8"))]
    assert told == []
