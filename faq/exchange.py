"""Reading entries from YAML files and entering those that are new."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.editing import EntryContent, create_all
from faq.errors import BadEntry
from faq.tables import Entry

# The C loader is ten times quicker and as safe; a platform whose wheel lacks it still works.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LISTS = ("aliases", "documents", "office_confirms")
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
KNOWN = {*LISTS, *TEXTS, "id", "checked_on"}


def shipped() -> Iterator[tuple[str, EntryContent]]:
    """The starter entries that come with the program."""
    for text in _texts(files("data") / "faq"):
        yield from parse(text)


def parse(text: str) -> Iterator[tuple[str, EntryContent]]:
    """The entries of one YAML text; raises BadEntry naming the entry and what is wrong."""
    try:
        rows = yaml.load(text, LOADER)  # noqa: S506 - both loaders are the safe ones
    except (yaml.YAMLError, ValueError) as error:  # a date like 2024-13-31 is a ValueError
        raise BadEntry("file", f"not YAML: {error}") from error
    if not isinstance(rows, list):
        raise BadEntry("file", "a list of entries is expected")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadEntry("file", f"entry {number} is not a mapping")
        yield str(row.get("id", "")), _content(row)


def enter(
    tx: Session, entries: Iterable[tuple[str, EntryContent]], *, by: str, now: datetime
) -> int:
    """Add the entries whose ids are new, leave the office's own alone; return how many."""
    known = set(tx.scalars(select(Entry.id)))
    new = [(entry_id, content) for entry_id, content in entries if entry_id not in known]
    create_all(tx, new, by=by, now=now)
    return len(new)


def _content(row: dict[str, Any]) -> EntryContent:
    where = row.get("id", "?")
    checked = row.get("checked_on")
    if unknown := set(row) - KNOWN:
        raise BadEntry(f"{where}.{min(unknown)}", "no such field")
    if not isinstance(row.get("id"), str):
        raise BadEntry("id", "a text is expected")
    if type(checked) is not date:  # a datetime is a date too, and is none here
        raise BadEntry(f"{where}.checked_on", "a date is expected")
    for name in LISTS:
        items = row.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, str | int) for item in items):
            raise BadEntry(f"{where}.{name}", "a list of texts is expected")
    fields: dict[str, Any] = {name: _text(row.get(name)) for name in TEXTS}
    for name in LISTS:
        fields[name] = tuple(str(item).strip() for item in row.get(name, []))
    return EntryContent(**fields, checked_on=checked)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _texts(folder: Traversable) -> Iterator[str]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _texts(item)
        elif item.name.endswith(".yaml"):
            yield item.read_text(encoding="utf-8")
