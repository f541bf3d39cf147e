"""Reading entries from YAML files and entering those that are new."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import yaml_text
from faq.errors import BadEntry
from faq.keeping import editing
from faq.keeping.editing import EntryContent, Variant, create_all
from faq.keeping.tables import Entry, Translation

LISTS = ("aliases", "documents", "office_confirms", "forms")
TEXTS = (
    "category",
    "label",
    "question",
    "answer",
    "source",
    "section",
    "who",
    "fee",
    "time_limit",
    "where",
    "online",
    "legal_basis",
)
TRANSLATED = {
    "label",
    "question",
    "answer",
    "aliases",
    "documents",
    "who",
    "fee",
    "time_limit",
    "where",
    "online",
}
PACKS = ("both", "district", "household")
DAYS = ("valid_from", "valid_until", "review_on")
KNOWN = {*LISTS, *TEXTS, *DAYS, "id", "checked_on", "variants"}


def shipped() -> Iterator[tuple[str, EntryContent]]:
    """The starter entries that come with the program."""
    for pack in PACKS:
        for text in _texts(files("data") / "faq" / pack):
            yield from parse(text)


def parse(text: str) -> Iterator[tuple[str, EntryContent]]:
    """The entries of one YAML text; raises BadEntry naming the entry and what is wrong."""
    for row in _rows(text):
        content = _content(row)
        yield row["id"], content


def shipped_translations() -> Iterator[tuple[str, dict[str, Any]]]:
    """The English texts that come with the program, by entry."""
    for text in _texts(files("data") / "faq" / "english"):
        yield from parse_translations(text)


def parse_translations(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The translations of one YAML text; raises BadEntry naming the entry and what is wrong."""
    for row in _rows(text):
        where = row.get("id", "?")
        if unknown := set(row) - TRANSLATED - {"id"}:
            raise BadEntry(f"{where}.{min(map(str, unknown))}", "no such field")
        for name in ("label", "question", "answer"):
            if not _text(row.get(name), f"{where}.{name}"):
                raise BadEntry(f"{where}.{name}", "may not be empty")
        yield (
            str(where),
            {name: _plain(value, f"{where}.{name}") for name, value in row.items() if name != "id"},
        )


def translate(
    tx: Session, texts: Iterable[tuple[str, dict[str, Any]]], *, by: str, now: datetime
) -> int:
    """Add the English texts entries lack, and return how many; the office's own stay."""
    known = set(tx.scalars(select(Translation.entry_id).where(Translation.language == "en")))
    versions = {row.id: row.version for row in tx.execute(select(Entry.id, Entry.version))}
    new = [
        Translation(
            entry_id=one,
            language="en",
            content=content,
            of_version=versions[one],
            by=by,
            updated_at=now,
        )
        for one, content in texts
        if one in versions and one not in known
    ]
    tx.add_all(new)
    if new:
        editing.move_index(tx)
    return len(new)


def enter(
    tx: Session, entries: Iterable[tuple[str, EntryContent]], *, by: str, now: datetime
) -> int:
    """Add the entries whose ids are new, leave the office's own alone; return how many."""
    known = set(tx.scalars(select(Entry.id)))
    new = [(entry_id, content) for entry_id, content in entries if entry_id not in known]
    create_all(tx, new, by=by, now=now)
    return len(new)


def _rows(text: str) -> Iterator[dict[str, Any]]:
    try:
        rows = yaml_text.load(text)
    except yaml.YAMLError as error:
        raise BadEntry("file", f"not YAML: {error}") from error
    if not isinstance(rows, list):
        raise BadEntry("file", "a list of entries is expected")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadEntry("file", f"entry {number} is not a mapping")
        yield row


def _plain(value: object, where: str) -> str | list[str]:
    return [*_list(value, where)] if isinstance(value, list) else _text(value, where)


def _content(row: dict[str, Any]) -> EntryContent:
    where, checked = row.get("id"), row.get("checked_on")
    if not isinstance(where, str):
        raise BadEntry("id", "a text is expected")
    if unknown := set(row) - KNOWN:
        raise BadEntry(f"{where}.{min(map(str, unknown))}", "no such field")
    if type(checked) is not date:  # a datetime is a date too, and is none here
        raise BadEntry(f"{where}.checked_on", "a date is expected")
    fields: dict[str, Any] = {name: _text(row.get(name), f"{where}.{name}") for name in TEXTS}
    for name in LISTS:
        fields[name] = _list(row.get(name, []), f"{where}.{name}")
    for name in DAYS:
        if type(day := row.get(name)) is date:
            fields[name] = day
        elif day is not None:
            raise BadEntry(f"{where}.{name}", "a date is expected")
    variants = tuple(_variants(row.get("variants", []), f"{where}.variants"))
    return EntryContent(**fields, checked_on=checked, variants=variants)


def _variants(rows: object, where: str) -> Iterator[Variant]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadEntry(where, "a list of mappings is expected")
    for row in rows:
        if unknown := set(row) - {"label", "answer", "documents"}:
            raise BadEntry(f"{where}.{min(map(str, unknown))}", "no such field")
        label, answer = (_text(row.get(name), f"{where}.{name}") for name in ("label", "answer"))
        yield Variant(label, answer, _list(row.get("documents") or [], f"{where}.documents"))


def _list(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str | int) for one in value):
        raise BadEntry(where, "a list of texts is expected")
    return tuple(_text(one, where) for one in value)


def _text(value: object, where: str) -> str:
    """A value as an editor reads it; a list or a mapping is none."""
    if value is None:
        return ""
    if not isinstance(value, str | int | float | date):
        raise BadEntry(where, "a text is expected")
    try:
        return str(value).strip()
    except ValueError as error:  # a number of thousands of digits
        raise BadEntry(where, "a text is expected") from error


def _texts(folder: Traversable) -> Iterator[str]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _texts(item)
        elif item.name.endswith(".yaml"):
            yield item.read_text(encoding="utf-8")
