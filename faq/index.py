"""The immutable index an answer is read from; rebuilt when the version row moved."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.matching import Matcher, Wording
from faq.tables import Entry, IndexVersion
from faq.words import Words

THE_ROW = 1


@dataclass(frozen=True)
class Card:
    """An entry as it is shown: a copy that outlives its transaction."""

    id: str
    category: str
    label: str
    question: str
    answer: str
    documents: tuple[str, ...]
    who: str
    fee: str
    time_limit: str
    where: str
    online: str
    legal_basis: str
    source: str
    checked_on: date
    section: str

    @classmethod
    def of(cls, entry: Entry) -> "Card":
        """Copy what citizens may see of an entry."""
        return cls(
            id=entry.id,
            category=entry.category,
            label=entry.label,
            question=entry.question,
            answer=entry.answer,
            documents=tuple(entry.documents),
            who=entry.who,
            fee=entry.fee,
            time_limit=entry.time_limit,
            where=entry.where,
            online=entry.online,
            legal_basis=entry.legal_basis,
            source=entry.source,
            checked_on=entry.checked_on,
            section=entry.section,
        )


@dataclass(frozen=True)
class Index:
    """What is known at one version: the cards, the matcher over them, the words."""

    version: int
    cards: Mapping[str, Card]
    matcher: Matcher
    words: Words


class Shelf:
    """Keeps the newest index of this process; the rows stay the truth."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._lock = threading.Lock()
        self._index: Index | None = None

    def current(self, tx: Session) -> Index:
        """The index that fits the entries as this transaction sees them."""
        version = version_of(tx)
        index = self._index
        if index is None or index.version != version:
            with self._lock:
                index = self._index
                if index is None or index.version != version:
                    index = self._index = build(tx, version, self._words)
        return index


def version_of(tx: Session) -> int:
    """The number of the newest change to any entry; 0 before the first."""
    number = tx.scalar(select(IndexVersion.number).where(IndexVersion.id == THE_ROW))
    return number or 0


def build(tx: Session, version: int, words: Words) -> Index:
    """Build an index of all entries in service."""
    entries = tx.scalars(select(Entry).where(Entry.retired.is_(False)).order_by(Entry.id)).all()
    wordings = [
        Wording(entry.id, text)
        for entry in entries
        for text in (entry.question, entry.label, *(phrase.text for phrase in entry.phrases))
    ]
    cards = {entry.id: Card.of(entry) for entry in entries}
    return Index(version, cards, Matcher(wordings, words), words)
