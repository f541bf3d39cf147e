"""The English text of an entry: written at a version of it, and outdated when that changes."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.collation import fold
from faq.errors import BadEntry, NoTranslation, StaleEntry, UnknownEntry
from faq.keeping import editing
from faq.keeping.editing import MOST_WORDINGS, UNKEPT
from faq.keeping.index import ENGLISH, Index, Translated, translated
from faq.keeping.tables import Entry, Translation
from faq.keeping.trials import Rehearsal, admit, rehearse

REQUIRED = ("label", "question", "answer")
LONGEST_LABEL = 40  # it stands on a button; English takes twice the room


def find(tx: Session, entry_id: str) -> Translation:
    """The English text of an entry; raises UnknownEntry, or NoTranslation where there is none."""
    if tx.get(Entry, entry_id) is None:
        raise UnknownEntry(entry_id)
    kept = tx.get(Translation, (entry_id, ENGLISH))
    if kept is None:
        raise NoTranslation(entry_id)
    return kept


def is_outdated(kept: Translation, entry: Entry) -> bool:
    """Whether the entry was changed since its English text was written."""
    return kept.of_version < entry.version


def outdated(tx: Session) -> list[str]:
    """The entries in service whose English text is not shown, for they were changed since."""
    pairs = select(Entry.id).join(Translation, Translation.entry_id == Entry.id)
    wanted = pairs.where(Translation.language == ENGLISH, Entry.retired.is_(False))
    return [*tx.scalars(wanted.where(Translation.of_version < Entry.version).order_by(Entry.id))]


def try_out(tx: Session, entry_id: str, text: Translated, index: Index) -> Rehearsal:
    """What the English text would do to the office's test set."""
    return rehearse(tx, index, {}, english={entry_id: text})


def write(
    tx: Session,
    entry_id: str,
    text: Translated,
    rehearsal: Rehearsal,
    *,
    of_version: int,
    by: str,
    now: datetime,
) -> Translation:
    """Put an English text into service, in the place of the one before.

    `of_version` is the version of the entry it was written from. Raises UnknownEntry, StaleEntry
    where the entry has another version by now, BadEntry naming the field that will not do, and
    AnswersWorse where the rehearsal was worse.
    """
    entry = tx.get(Entry, entry_id, with_for_update=True)
    if entry is None:
        raise UnknownEntry(entry_id)
    if entry.version != of_version:
        raise StaleEntry(entry_id)
    check(text)
    admit(tx, rehearsal)
    kept = tx.get(Translation, (entry_id, ENGLISH)) or Translation(
        entry_id=entry_id, language=ENGLISH
    )
    kept.content, kept.of_version, kept.by, kept.updated_at = _plain(text), of_version, by, now
    tx.add(kept)
    tx.flush()
    editing.move_index(tx)
    return kept


def remove(tx: Session, entry_id: str) -> None:
    """Take an English text out of service; raises as `find` does."""
    tx.delete(find(tx, entry_id))
    tx.flush()
    editing.move_index(tx)


def content_of(kept: Translation) -> Translated:
    """What an English text says."""
    return translated(kept, is_outdated=False)


def check(text: Translated) -> None:
    """Raise BadEntry naming the field that will not do."""
    for name in REQUIRED:
        if not getattr(text, name).strip():
            raise BadEntry(name, "may not be empty")
    if len(text.label) > LONGEST_LABEL:
        raise BadEntry("label", f"at most {LONGEST_LABEL} characters")
    for name, value in _plain(text).items():
        if UNKEPT.search("".join(value)):
            raise BadEntry(name, "holds a character that cannot be kept")
    if len(text.aliases) > MOST_WORDINGS:
        raise BadEntry("aliases", f"at most {MOST_WORDINGS}")
    if not all(fold(one) for one in text.aliases):
        raise BadEntry("aliases", "a wording without any letter")


def _plain(text: Translated) -> dict[str, Any]:
    """A text as it is kept, without what is empty."""
    kept = {one.name for one in fields(Translated)} - {"is_outdated"}
    return {
        name: [*value] if isinstance(value, tuple) else value
        for name, value in asdict(text).items()
        if name in kept and value
    }
