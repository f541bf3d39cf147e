"""Pinned notices for a day on which everybody asks the same: a typhoon, a failure, a change.

A notice stands from one moment to another and lies in the index, so that every process has it
with the next message. Everybody who writes hears it once; a question with one of its words is
answered by it. What a notice said is never changed: one ends it and pins another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.collation import fold
from faq.errors import BadNotice, NoticeOver, UnknownNotice
from faq.keeping.editing import move_index
from faq.keeping.tables import Pinned

LONGEST = timedelta(days=31)  # whatever holds longer is an entry
MOST_TEXT, MOST_WORDS = 1_000, 20
WORD_SIZES = range(2, 21)  # characters, as folded
ENDED_SHOWN = 50


@dataclass(frozen=True)
class Pin:
    """A notice as the index keeps it, with its words folded."""

    id: int
    text: str
    english: str
    words: tuple[str, ...]
    since: datetime
    until: datetime
    surge: bool

    def stands_at(self, now: datetime) -> bool:
        """Whether it is told at this moment."""
        return self.since <= now < self.until

    def in_language(self, language: str) -> str:
        """Its text in English where there is one, else as the office wrote it."""
        return self.english if language == "en" and self.english else self.text


def pin(
    tx: Session,
    *,
    text: str,
    english: str = "",
    words: Iterable[str] = (),
    since: datetime,
    until: datetime,
    surge: bool = False,
    by: str,
    now: datetime,
) -> Pinned:
    """Pin a notice; raises BadNotice.

    With `surge`, citizens are answered fewer messages a minute while it stands.
    """
    kept = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    _check(text, english, kept, since, until, now)
    row = Pinned(
        text=text.strip(), english=english.strip(), words=kept, since=since, until=until,
        surge=surge, by=by, at=now,
    )  # fmt: skip
    tx.add(row)
    move_index(tx)
    tx.flush()
    return row


def _check(
    text: str, english: str, words: Sequence[str], since: datetime, until: datetime, now: datetime
) -> None:
    if not 0 < len(text.strip()) <= MOST_TEXT:
        raise BadNotice("text")
    if len(english) > MOST_TEXT:
        raise BadNotice("english")
    if len(words) > MOST_WORDS or any(len(fold(word)) not in WORD_SIZES for word in words):
        raise BadNotice("words")
    if not max(since, now) < until <= max(since, now) + LONGEST:
        raise BadNotice("until")


def end(tx: Session, number: int, *, by: str, now: datetime) -> Pinned:
    """Take a notice down at once, or drop one that did not begin; raises what it cannot."""
    row = tx.get(Pinned, number, with_for_update=True)
    if row is None:
        raise UnknownNotice(str(number))
    if row.ended_at or row.until <= now:
        raise NoticeOver(str(number))
    row.ended_by, row.ended_at = by, now
    move_index(tx)
    tx.flush()
    return row


def is_over(row: Pinned, now: datetime) -> bool:
    """Whether a notice does not stand any more and never will again."""
    return row.ended_at is not None or row.until <= now


def listed(tx: Session, now: datetime) -> list[Pinned]:
    """Those that stand or are to begin, the newest first, and then the last that are over."""
    current = select(Pinned).where(Pinned.ended_at.is_(None), Pinned.until > now)
    over = select(Pinned).where(Pinned.ended_at.is_not(None) | (Pinned.until <= now))
    newest = Pinned.id.desc()
    return [
        *tx.scalars(current.order_by(newest)),
        *tx.scalars(over.order_by(newest).limit(ENDED_SHOWN)),
    ]


def pins(tx: Session) -> tuple[Pin, ...]:
    """Every notice that nobody ended, for the index: what stands is asked when it is used."""
    rows = tx.scalars(select(Pinned).where(Pinned.ended_at.is_(None)).order_by(Pinned.id.desc()))
    return tuple(_pin_of(row) for row in rows)


def _pin_of(row: Pinned) -> Pin:
    words = tuple(fold(word) for word in row.words)
    return Pin(row.id, row.text, row.english, words, row.since, row.until, row.surge)


def answering(standing: Iterable[Pin], text: str) -> Pin | None:
    """The notice a question is answered by: the newest that has a word of it."""
    asked = fold(text)
    return next((one for one in standing if any(word in asked for word in one.words)), None)
