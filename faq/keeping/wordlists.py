"""What an office adds to the lists of words, checked before it is kept."""

from datetime import datetime

from sqlalchemy.orm import Session

from faq.errors import BadWordList, StaleWordList
from faq.keeping.editing import move_index
from faq.keeping.tables import WordList
from faq.language.words import EDITABLE, Words

LONGEST = 200_000  # characters


def check(name: str, text: str, shipped: Words) -> None:
    """Read the list beside the shipped one; raises BadWordList naming what cannot be read.

    It takes seconds, and leaves in the cache what every process then only loads.
    """
    if name not in EDITABLE:
        raise BadWordList(f"{name}: one of {', '.join(EDITABLE)}")
    if "\0" in text or len(text) > LONGEST:
        raise BadWordList(f"{name}: at most {LONGEST} characters, none of them NUL")
    try:
        words = shipped.with_lists({name: text})
        words.prepare()
    except ValueError as error:
        raise BadWordList(str(error)) from error


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
