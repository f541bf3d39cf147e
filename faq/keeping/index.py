"""The immutable index an answer is read from; rebuilt when the version row moved."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.keeping import pinning
from faq.keeping.editing import THE_ROW, Variant, content_of, to_item, variant_of
from faq.keeping.pinning import Pin
from faq.keeping.tables import Entry, Form, IndexVersion, Translation, WordList
from faq.language.hearing import Heard
from faq.language.words import Words
from faq.understanding import knowledge
from faq.understanding.judging import Judgement, Model
from faq.understanding.knowledge import Item
from faq.understanding.matching import Matcher, Ranked

NOTHING: Mapping[str, Entry | None] = MappingProxyType({})
ENGLISH = "en"


@dataclass(frozen=True)
class Translated:
    """An entry's text in another language."""

    label: str
    question: str
    answer: str
    aliases: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    who: str = ""
    fee: str = ""
    time_limit: str = ""
    where: str = ""
    online: str = ""
    is_outdated: bool = False  # the entry was changed since


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
    variants: tuple[Variant, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    forms: tuple[str, ...] = ()  # those that can be downloaded
    english: Translated | None = None

    def in_language(self, language: str) -> "Card | None":
        """The card in English, if there is an English text that is not out of date."""
        text = self.english
        if language != "en" or text is None or text.is_outdated:
            return None
        return replace(
            self,
            label=text.label,
            question=text.question,
            answer=text.answer,
            documents=text.documents,
            who=text.who,
            fee=text.fee,
            time_limit=text.time_limit,
            where=text.where,
            online=text.online,
            variants=(),
        )

    def is_valid_on(self, day: date) -> bool:
        """Whether the answer holds on this day; one that expired is never shown."""
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_until is None or day <= self.valid_until)

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
            variants=tuple(variant_of(one) for one in entry.variants),
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
        )


@dataclass(frozen=True)
class Index:
    """What is known at one version: the cards, the matcher over them, the words, the weights."""

    version: int
    cards: Mapping[str, Card]
    matcher: Matcher
    words: Words
    model: Model
    pins: tuple[Pin, ...] = ()

    def pinned_at(self, now: datetime) -> tuple[Pin, ...]:
        """The notices that stand at this moment, the newest first."""
        return tuple(one for one in self.pins if one.stands_at(now))

    def on(self, day: date) -> "Index":
        """The index without the entries whose answers do not hold on this day."""
        gone = {card.id for card in self._dated if not card.is_valid_on(day)}
        if not gone:
            return self
        return replace(self, cards={k: card for k, card in self.cards.items() if k not in gone})

    @cached_property
    def _dated(self) -> tuple[Card, ...]:
        """The few cards that begin or end on a day."""
        return tuple(c for c in self.cards.values() if c.valid_from or c.valid_until)

    def rank(self, text: str) -> list[Ranked]:
        """The entries that fit a text, best first."""
        return [one for one in self.matcher.rank(text) if one.entry_id in self.cards]

    def judge(self, text: str, heard: Heard, ranked: Sequence[Ranked]) -> Judgement:
        """What may be concluded about a question from the entries that fit it."""
        return self.model.judge(ranked, heard, len(text), self.matcher.are_rivals)


log = structlog.get_logger()


class Shelf:
    """Keeps the newest index of this process; the rows stay the truth."""

    def __init__(self, words: Words, model: Model | None = None) -> None:
        self._words = words
        self._model = model or Model.shipped()
        self._lock = threading.Lock()
        self._index: Index | None = None

    @property
    def words(self) -> Words:
        """The words the program comes with, without the office's own."""
        return self._words

    def current(self, tx: Session) -> Index:
        """The index that fits the entries and words as this transaction sees them."""
        version = version_of(tx)
        index = self._index
        if index is None or index.version != version:
            with self._lock:
                index = self._index
                if index is None or index.version != version:
                    index = self._index = self._rebuild(tx, version, index)
        return index

    def _rebuild(self, tx: Session, version: int, old: Index | None) -> Index:
        """The new index; where the office's words cannot be read, the old ones keep serving."""
        try:
            lists = office_lists(tx)
            unchanged = old and old.words.source == self._words.source.with_lists(lists)
            words = old.words if old and unchanged else self._words.with_lists(lists)
        except ValueError as error:
            log.error("word list unreadable", error=str(error))
            words = old.words if old else self._words
        return build(tx, version, words, self._model)


_VERSION = select(IndexVersion.number).where(IndexVersion.id == THE_ROW)


def version_of(tx: Session) -> int:
    """The number of the newest change to any entry or word; 0 before the first."""
    return tx.connection().execute(_VERSION).scalar() or 0


def office_lists(tx: Session) -> dict[str, str]:
    """What the office added to the lists of words, by list."""
    return {row.name: row.text for row in tx.scalars(select(WordList).order_by(WordList.name))}


def build(
    tx: Session,
    version: int,
    words: Words,
    model: Model,
    instead: Mapping[str, Entry | None] = NOTHING,
    english_instead: "Mapping[str, Translated]" = MappingProxyType({}),
) -> Index:
    """Build an index of all entries in service; some may stand there `instead`, or not at all."""
    rows = tx.scalars(select(Entry).where(Entry.retired.is_(False)).order_by(Entry.id)).all()
    entries = [row for row in rows if row.id not in instead]
    entries += [row for row in instead.values() if row is not None]
    english = {**_english(tx, {one.id: one.version for one in entries}), **english_instead}
    there = frozenset(tx.scalars(select(Form.name)))
    cards = {
        one.id: replace(
            Card.of(one),
            english=english.get(one.id),
            forms=tuple(name for name in one.forms if name in there),
        )
        for one in entries
    }
    items = [item_of(entry, english.get(entry.id)) for entry in entries]
    return Index(
        version,
        cards,
        Matcher(knowledge.load(items, words), words, model.ranking),
        words,
        model,
        pinning.pins(tx),
    )


def _english(tx: Session, versions: Mapping[str, int]) -> dict[str, Translated]:
    rows = tx.scalars(select(Translation).where(Translation.language == ENGLISH))
    return {
        row.entry_id: translated(row, is_outdated=row.of_version < versions[row.entry_id])
        for row in rows
        if row.entry_id in versions
    }


def translated(row: Translation, *, is_outdated: bool) -> Translated:
    """What a row of another language says."""
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.content.items()
    }
    return Translated(**kept, is_outdated=is_outdated)


def item_of(entry: Entry, english: Translated | None = None) -> Item:
    """What the matcher knows of an entry."""
    item = to_item(entry.id, content_of(entry))
    if english is None:
        return item
    translated = (english.question, english.label, *english.aliases)
    return replace(item, wordings=(*item.wordings, *translated))
