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


def shipped() -> Iterator[tuple[str, EntryContent]]:
    """The starter entries that come with the program."""
    for text in _texts(files("data") / "faq"):
        yield from parse(text)


def parse(text: str) -> Iterator[tuple[str, EntryContent]]:
    """The entries of one YAML text; raises BadEntry naming the entry and what is wrong."""
    try:
        rows = yaml.load(text, LOADER)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
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
    if not isinstance(checked, date):
        raise BadEntry(f"{where}.checked_on", "a date is expected")
    for name in LISTS:
        if not isinstance(row.get(name, []), list):
            raise BadEntry(f"{where}.{name}", "a list is expected")
    fields: dict[str, Any] = {name: str(row.get(name) or "").strip() for name in TEXTS}
    for name in LISTS:
        fields[name] = tuple(str(item).strip() for item in row.get(name, []))
    return EntryContent(**fields, checked_on=checked)


def _texts(folder: Traversable) -> Iterator[str]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _texts(item)
        elif item.name.endswith(".yaml"):
            yield item.read_text(encoding="utf-8")
