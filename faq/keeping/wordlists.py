"""What an office adds to the lists of words, checked before it is kept."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session
from yaml import MarkedYAMLError

from faq.errors import BadWordList, StaleWordList
from faq.keeping.editing import move_index
from faq.keeping.tables import WordList
from faq.language import cues
from faq.language.agencies import AgencyList
from faq.language.words import EDITABLE, Words, check_pairs

LONGEST = 200_000  # characters
# What is newly written is read alone first: a fault is named by the office's own line, and more is
# asked of it than of what is kept, which must go on to be understood.
BY_ITSELF: dict[str, Callable[[str], object]] = {
    "cues": cues.check_names,
    "agencies": AgencyList.parse,
    "pairs": check_pairs,
}


def check(name: str, text: str, shipped: Words) -> None:
    """Read the list beside the shipped one; raises BadWordList naming what cannot be read.

    It takes seconds, and leaves in the cache what every process then only loads.
    """
    if name not in EDITABLE:
        raise BadWordList(f"{name}: one of {', '.join(EDITABLE)}")
    if "\0" in text or len(text) > LONGEST:
        raise BadWordList(f"{name}: at most {LONGEST} characters, none of them NUL")
    try:
        if name in BY_ITSELF:
            BY_ITSELF[name](text)
        words = shipped.with_lists({name: text})
        words.prepare()
    except ValueError as error:
        raise BadWordList(str(error), _line(error, text)) from error


def _line(error: ValueError, text: str) -> int | None:
    mark = error.__cause__.problem_mark if isinstance(error.__cause__, MarkedYAMLError) else None
    # What is never closed is missed after the last line.
    return min(mark.line + 1, len(text.splitlines())) if mark else None


def save(tx: Session, name: str, text: str, *, version: int, by: str, now: datetime) -> WordList:
    """Keep a checked list over the version that was read (0: none yet); raises StaleWordList."""
    row = tx.get(WordList, name, with_for_update=True)
    if (row.version if row else 0) != version:
        raise StaleWordList(name)
    if row is None:
        row = WordList(name=name)
        tx.add(row)
    row.text, row.version, row.by, row.at = text, version + 1, by, now
    tx.flush()
    move_index(tx)
    return row
