"""Creating, changing and retiring entries; every change keeps a revision and moves the index."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from data.collation import fold
from data.database import insert_if_absent
from faq.errors import BadEntry, StaleEntry, UnknownEntry
from faq.keeping.tables import Entry, IndexVersion, Phrase, Revision
from faq.understanding.knowledge import Item

ENTRY_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
REQUIRED = ("category", "label", "question", "answer", "source", "section")
LONGEST = {"label": 20, "category": 40, "section": 60}  # a label stands on a button
UNKEPT = re.compile("[\0\ud800-\udfff]")  # PostgreSQL keeps no NUL, nothing half a character
TAIPEI = ZoneInfo("Asia/Taipei")
MOST_WORDINGS = 200
THE_ROW = 1  # the only one of the index version
LONGEST_VARIANT = 10  # it stands on a button too
MOST_VARIANTS = 6
LONGEST_FORM = 20  # characters of a form's name; it stands on a button
MOST_FORMS = 5


@dataclass(frozen=True)
class Variant:
    """The answer for one situation: its name stands on a button."""

    label: str
    answer: str
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class EntryContent:
    """Everything an editor writes in an entry."""

    category: str
    label: str
    question: str
    answer: str
    source: str
    checked_on: date
    section: str
    aliases: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    who: str = ""
    fee: str = ""
    time_limit: str = ""
    where: str = ""
    online: str = ""
    legal_basis: str = ""
    office_confirms: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    review_on: date | None = None


DAYS = ("checked_on", "valid_from", "valid_until", "review_on")
LISTS = ("aliases", "documents", "office_confirms", "forms")
COLUMNS = tuple(one.name for one in fields(EntryContent) if one.name != "aliases")


def create(tx: Session, entry_id: str, content: EntryContent, *, by: str, now: datetime) -> Entry:
    """Add an entry; raises BadEntry when the id is taken or something is missing."""
    create_all(tx, [(entry_id, content)], by=by, now=now)
    return tx.get_one(Entry, entry_id)


def create_all(
    tx: Session, entries: Sequence[tuple[str, EntryContent]], *, by: str, now: datetime
) -> None:
    """Add many entries at once, or none: raises BadEntry at the first that is not right."""
    _check_ids(tx, [entry_id for entry_id, _ in entries])
    for _entry_id, content in entries:
        check(content, now)
    if not entries:
        return
    state = {"version": 1, "retired": False, "updated_at": now}
    tx.execute(
        insert(Entry), [{"id": one, **_columns(content), **state} for one, content in entries]
    )
    phrases = [
        {"entry_id": one, "text": text} for one, content in entries for text in content.aliases
    ]
    if phrases:
        tx.execute(insert(Phrase), phrases)
    kept = {"version": 1, "by": by, "at": now}
    tx.execute(
        insert(Revision),
        [
            {"entry_id": one, "content": _plain(content, retired=False), **kept}
            for one, content in entries
        ],
    )
    move_index(tx)


def change(
    tx: Session, entry_id: str, content: EntryContent, *, version: int, by: str, now: datetime
) -> Entry:
    """Replace an entry's content; raises UnknownEntry, StaleEntry or BadEntry."""
    entry = _locked(tx, entry_id, version)
    check(content, now)
    _write(entry, content, now)
    return _keep(tx, entry, by, now)


def with_wording(content: EntryContent, text: str) -> EntryContent:
    """The content with one more wording."""
    return replace(content, aliases=(*content.aliases, text.strip()))


def add_wording(
    tx: Session, entry_id: str, text: str, *, version: int, by: str, now: datetime
) -> Entry:
    """Take one more wording over; raises as `change` does."""
    entry = tx.get(Entry, entry_id)
    if entry is None:
        raise UnknownEntry(entry_id)
    content = with_wording(content_of(entry), text)
    return change(tx, entry_id, content, version=version, by=by, now=now)


def retire(tx: Session, entry_id: str, *, version: int, by: str, now: datetime) -> Entry:
    """Take an entry out of service; its revisions stay."""
    entry = _locked(tx, entry_id, version)
    entry.retired = True
    entry.updated_at = now
    return _keep(tx, entry, by, now)


def content_of(entry: Entry) -> EntryContent:
    """What an entry holds now, as an editor would write it."""
    return EntryContent(
        category=entry.category,
        label=entry.label,
        question=entry.question,
        answer=entry.answer,
        source=entry.source,
        checked_on=entry.checked_on,
        section=entry.section,
        aliases=tuple(phrase.text for phrase in entry.phrases),
        documents=tuple(entry.documents),
        who=entry.who,
        fee=entry.fee,
        time_limit=entry.time_limit,
        where=entry.where,
        online=entry.online,
        legal_basis=entry.legal_basis,
        office_confirms=tuple(entry.office_confirms),
        forms=tuple(entry.forms),
        variants=tuple(variant_of(one) for one in entry.variants),
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        review_on=entry.review_on,
    )


def to_item(entry_id: str, content: EntryContent) -> Item:
    """What the matcher knows of an entry."""
    told = (content.answer, *content.documents, content.who, content.fee, content.where)
    variants = (f"{one.label} {one.answer}" for one in content.variants)
    wordings = (content.question, content.label, *content.aliases)
    return Item(entry_id, wordings, "\n".join((*told, *variants)), content.category)


def restore(plain: Mapping[str, Any]) -> EntryContent:
    """The content a draft or a revision holds; what it does not say is empty."""
    known = {one.name: plain[one.name] for one in fields(EntryContent) if one.name in plain}
    days = {name: date.fromisoformat(known[name]) for name in DAYS if known.get(name)}
    lists = {name: tuple(known[name]) for name in LISTS if name in known}
    variants = tuple(variant_of(one) for one in known.get("variants", ()))
    return EntryContent(**(known | days | lists | {"variants": variants}))


def row_of(entry_id: str, content: EntryContent, now: datetime) -> Entry:
    """An entry that is in no session: to try what it would answer before it is kept."""
    entry = Entry(id=entry_id, version=0, retired=False)
    _write(entry, content, now)
    return entry


def variant_of(plain: Mapping[str, Any]) -> Variant:
    """A variant as it is kept in a row."""
    return Variant(plain["label"], plain["answer"], tuple(plain.get("documents", ())))


def check(content: EntryContent, now: datetime) -> None:
    """Refuse content that cannot be answered from; raises BadEntry naming the field."""
    for name in REQUIRED:
        if not str(getattr(content, name)).strip():
            raise BadEntry(name, "may not be empty")
    _check_texts(content)
    if content.checked_on > now.astimezone(TAIPEI).date():
        raise BadEntry("checked_on", "lies in the future")
    _check_dates(content)
    _check_variants(content.variants)
    _check_forms(content.forms)
    if len(content.aliases) > MOST_WORDINGS:
        raise BadEntry("aliases", f"at most {MOST_WORDINGS}")
    folded = [fold(alias) for alias in content.aliases]
    if not all(folded):
        raise BadEntry("aliases", "a wording without any letter")
    if len(set(folded)) < len(folded):
        raise BadEntry("aliases", "the same wording twice")


def _check_dates(content: EntryContent) -> None:
    starts, ends = content.valid_from, content.valid_until
    if starts and ends and starts > ends:
        raise BadEntry("valid_until", "lies before valid_from")


def _check_variants(variants: Sequence[Variant]) -> None:
    labels = [one.label for one in variants]
    for one in variants:
        if not one.label.strip() or not one.answer.strip():
            raise BadEntry("variants", "a label and an answer for each")
        if len(one.label) > LONGEST_VARIANT:
            raise BadEntry("variants", f"a label of at most {LONGEST_VARIANT} characters")
    if len(variants) == 1 or len(variants) > MOST_VARIANTS:
        raise BadEntry("variants", f"none, or 2 to {MOST_VARIANTS}")
    if len(set(labels)) < len(labels):
        raise BadEntry("variants", "the same label twice")


def _check_forms(forms: Sequence[str]) -> None:
    """An entry may name a form nobody has uploaded yet; lint tells of it."""
    if len(forms) > MOST_FORMS or len(set(forms)) < len(forms):
        raise BadEntry("forms", f"at most {MOST_FORMS}, each once")
    if any(not 0 < len(one) <= LONGEST_FORM for one in forms):
        raise BadEntry("forms", f"names of at most {LONGEST_FORM} characters")


def _check_texts(content: EntryContent) -> None:
    for name, most in LONGEST.items():
        if len(getattr(content, name)) > most:
            raise BadEntry(name, f"at most {most} characters")
    for name in (one.name for one in fields(EntryContent)):
        if any(UNKEPT.search(text) for text in _as_texts(getattr(content, name))):
            raise BadEntry(name, "holds a character that cannot be kept")


def _as_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, Variant):
        return (value.label, value.answer, *value.documents)
    return _flat(value) if isinstance(value, tuple) else (str(value),)


def _flat(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(text for value in values for text in _as_texts(value))


def _check_ids(tx: Session, ids: Sequence[str]) -> None:
    taken = set(tx.scalars(select(Entry.id).where(Entry.id.in_(ids))))
    for entry_id in ids:
        if not ENTRY_ID.fullmatch(entry_id):
            raise BadEntry("id", "small letters, digits and hyphens, 2 to 32 of them")
        if entry_id in taken:
            raise BadEntry("id", f"{entry_id} is taken")
        taken.add(entry_id)


def _columns(content: EntryContent) -> dict[str, Any]:
    """The columns of an entry's own row."""
    plain = {name: getattr(content, name) for name in COLUMNS}
    plain["variants"] = [asdict(one) | {"documents": [*one.documents]} for one in content.variants]
    return {name: list(v) if isinstance(v, tuple) else v for name, v in plain.items()}


def _write(entry: Entry, content: EntryContent, now: datetime) -> None:
    for name, value in _columns(content).items():
        setattr(entry, name, value)
    kept = {phrase.text: phrase for phrase in entry.phrases}
    entry.phrases = [kept.get(text) or Phrase(text=text) for text in content.aliases]
    entry.updated_at = now


def _keep(tx: Session, entry: Entry, by: str, now: datetime) -> Entry:
    entry.version += 1
    content = _plain(content_of(entry), retired=entry.retired)
    tx.add(Revision(entry_id=entry.id, version=entry.version, content=content, by=by, at=now))
    tx.flush()
    move_index(tx)
    return entry


def hold_index(tx: Session) -> int:
    """The number of the newest change; nobody else can change anything until this commits."""
    insert_if_absent(tx, IndexVersion, id=THE_ROW, number=0)
    held = select(IndexVersion.number).where(IndexVersion.id == THE_ROW).with_for_update()
    return tx.scalars(held).one()


def move_index(tx: Session) -> None:
    """Make every process rebuild its index with the next question."""
    insert_if_absent(tx, IndexVersion, id=THE_ROW, number=0)
    moved = update(IndexVersion).where(IndexVersion.id == THE_ROW)
    tx.execute(moved.values(number=IndexVersion.number + 1))


def plain_of(content: EntryContent) -> dict[str, Any]:
    """Content as a draft keeps it; `restore` leads back."""
    return _plain(content, retired=False)


def _plain(content: EntryContent, *, retired: bool) -> dict[str, Any]:
    """An entry as its revision keeps it."""
    columns = _columns(content)
    days = {name: v.isoformat() for name, v in columns.items() if isinstance(v, date)}
    return columns | days | {"aliases": list(content.aliases), "retired": retired}


def _locked(tx: Session, entry_id: str, version: int) -> Entry:
    entry = tx.scalar(select(Entry).where(Entry.id == entry_id).with_for_update(of=Entry))
    if entry is None:
        raise UnknownEntry(entry_id)
    if entry.version != version:
        raise StaleEntry(entry_id)
    return entry
