"""Tables of entries, their wordings and revisions, and of what was asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.database import Base


class Entry(Base):
    """One approved answer with its structured fields."""

    __tablename__ = "faq_entry"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    category: Mapped[str] = mapped_column(String(40), index=True)
    label: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    documents: Mapped[list[Any]]
    who: Mapped[str] = mapped_column(Text, default="")
    fee: Mapped[str] = mapped_column(Text, default="")
    time_limit: Mapped[str] = mapped_column(Text, default="")
    where: Mapped[str] = mapped_column(Text, default="")
    online: Mapped[str] = mapped_column(Text, default="")
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text)
    checked_on: Mapped[date]
    section: Mapped[str] = mapped_column(String(60))
    office_confirms: Mapped[list[Any]]
    forms: Mapped[list[Any]] = mapped_column(default=list)
    variants: Mapped[list[Any]] = mapped_column(default=list)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    review_on: Mapped[date | None]
    retired: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    phrases: Mapped[list["Phrase"]] = relationship(
        order_by="Phrase.id", cascade="all, delete-orphan", lazy="selectin"
    )


class Phrase(Base):
    """Another wording of an entry's question."""

    __tablename__ = "faq_phrase"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("faq_entry.id"), index=True)
    text: Mapped[str] = mapped_column(Text)


class Translation(Base):
    """An entry in another language, and the version of the entry it was made from."""

    __tablename__ = "faq_translation"

    entry_id: Mapped[str] = mapped_column(ForeignKey("faq_entry.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    content: Mapped[dict[str, Any]]
    of_version: Mapped[int]
    by: Mapped[str] = mapped_column(String(60))
    updated_at: Mapped[datetime]


class Form(Base):
    """A form the office hands out; entries name it, and citizens download it."""

    __tablename__ = "faq_form"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    ending: Mapped[str] = mapped_column(String(4))  # of its file: odt, pdf …
    content: Mapped[bytes] = mapped_column(deferred=True)  # read only to hand it out
    digest: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(60))
    updated_at: Mapped[datetime]


class WordList(Base):
    """What an office adds to a list of words the program comes with, in the list's own format."""

    __tablename__ = "faq_word_list"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class TrialQuestion(Base):
    """A question of the office's own test set; without an entry, no entry may answer it."""

    __tablename__ = "faq_trial_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("faq_entry.id"), index=True)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class EntryDraft(Base):
    """A new or changed entry on its way to being published; what is published is a Revision."""

    __tablename__ = "faq_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(32), index=True)
    of_version: Mapped[int | None]  # of the entry it changes; None for a new one
    content: Mapped[dict[str, Any]]
    origin: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    publish_on: Mapped[date | None]  # of one that was approved and waits for its day


class RefusedWording(Base):
    """A citizen's wording that a person decided not to take over for an entry."""

    __tablename__ = "faq_refused_wording"

    entry_id: Mapped[str] = mapped_column(ForeignKey("faq_entry.id"), primary_key=True)
    folded: Mapped[str] = mapped_column(String(200), primary_key=True)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Revision(Base):
    """An entry as it stood after each change."""

    __tablename__ = "faq_revision"
    __table_args__ = (Index("ix_faq_revision_entry", "entry_id", "version", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("faq_entry.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class IndexVersion(Base):
    """One row that moves whenever any entry changed, so that every process rebuilds its index."""

    __tablename__ = "faq_index_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


class Pinned(Base):
    """A notice that everybody who writes hears once while it stands, and what its words answer."""

    __tablename__ = "faq_pinned"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[list[Any]]
    since: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    surge: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(String(60))
    ended_at: Mapped[datetime | None]


class Asked(Base):
    """A question as it was asked, what the engine made of it, and what the citizen said to that."""

    __tablename__ = "faq_asked"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    asker: Mapped[str] = mapped_column(String(150), index=True)
    text: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(10), index=True)
    cue: Mapped[str | None] = mapped_column(String(20))
    entry_id: Mapped[str | None] = mapped_column(String(32), index=True)
    offered: Mapped[list[Any]]
    confidence: Mapped[float]
    index_version: Mapped[int]
    helpful: Mapped[bool | None]
    reason: Mapped[str | None] = mapped_column(String(20))
    fate: Mapped[str | None] = mapped_column(String(20))
