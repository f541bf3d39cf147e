"""Files of entries: read and written by their ending, and merged into what the office has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.errors import BadEntry
from faq.keeping import editing, exchange, sheets
from faq.keeping.editing import EntryContent
from faq.keeping.tables import Entry


class Format(StrEnum):
    """A kind of file."""

    YAML = "yaml"
    CSV = "csv"
    ODS = "ods"


ENDINGS = {f".{one}": one for one in Format} | {".yml": Format.YAML}


@dataclass(frozen=True)
class Merged:
    """The ids of what a file adds, what it changes, and what it leaves as it is."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]


def format_of(name: str) -> Format:
    """The kind of a file, told from its name; raises BadEntry for one that is not read."""
    for ending, kind in ENDINGS.items():
        if name.lower().endswith(ending):
            return kind
    raise BadEntry("file", f"its name must end in {', '.join(ENDINGS)}")


def read(name: str, content: bytes) -> list[tuple[str, EntryContent]]:
    """The entries of a file; raises BadEntry naming the place and what is wrong."""
    match format_of(name):
        case Format.YAML:
            return [*exchange.parse(_text(content))]
        case Format.CSV:
            return [*sheets.from_rows(sheets.from_csv(content))]
        case Format.ODS:
            return [*sheets.from_rows(sheets.from_ods(content))]


def write(entries: Iterable[tuple[str, EntryContent]], kind: Format) -> bytes:
    """The entries as a file that `read` reads."""
    match kind:
        case Format.YAML:
            return sheets.to_yaml(entries).encode()
        case Format.CSV:
            return sheets.to_csv(sheets.to_rows(entries))
        case Format.ODS:
            return sheets.to_ods(sheets.to_rows(entries))


def in_service(tx: Session) -> list[tuple[str, EntryContent]]:
    """Every entry that is not retired, by id."""
    rows = tx.scalars(select(Entry).where(Entry.retired.is_(False)).order_by(Entry.id))
    return [(row.id, editing.content_of(row)) for row in rows]


def compare(tx: Session, entries: Sequence[tuple[str, EntryContent]], *, now: datetime) -> Merged:
    """What merging these entries would do; raises BadEntry naming the entry that is not right."""
    _check(entries, now)
    kept = {row.id: editing.content_of(row) for row in _kept(tx, entries)}
    added = [one for one, _ in entries if one not in kept]
    same = [one for one, content in entries if one in kept and _equal(kept[one], content)]
    rest = [one for one, _ in entries if one in kept.keys() - set(same)]
    return Merged(tuple(added), tuple(rest), tuple(same))


def merge(
    tx: Session, entries: Sequence[tuple[str, EntryContent]], *, by: str, now: datetime
) -> Merged:
    """Add the entries that are new and change those that differ; raises as `compare` does.

    An entry that is changed keeps a revision; one that is retired stays retired.
    """
    _lock(tx, entries)
    found = compare(tx, entries, now=now)
    contents = dict(entries)
    versions = {row.id: row.version for row in _kept(tx, entries)}
    editing.create_all(tx, [(one, contents[one]) for one in found.added], by=by, now=now)
    for one in found.changed:
        editing.change(tx, one, contents[one], version=versions[one], by=by, now=now)
    return found


def _check(entries: Sequence[tuple[str, EntryContent]], now: datetime) -> None:
    seen: set[str] = set()
    for entry_id, content in entries:
        if not editing.ENTRY_ID.fullmatch(entry_id):
            raise BadEntry(f"{entry_id}.id", "small letters, digits and hyphens, 2 to 32 of them")
        if entry_id in seen:
            raise BadEntry(f"{entry_id}.id", "twice in this file")
        seen.add(entry_id)
        try:
            editing.check(content, now)
        except BadEntry as error:
            raise BadEntry(f"{entry_id}.{error.field}", error.problem) from error


def _lock(tx: Session, entries: Sequence[tuple[str, EntryContent]]) -> None:
    """Hold the entries before they are read, in one order, so that none becomes stale meanwhile."""
    ids = [entry_id for entry_id, _ in entries]
    wanted = select(Entry.id).where(Entry.id.in_(ids)).order_by(Entry.id)
    tx.execute(wanted.with_for_update(of=Entry))


def _kept(tx: Session, entries: Sequence[tuple[str, EntryContent]]) -> Sequence[Entry]:
    wanted = select(Entry).where(Entry.id.in_([entry_id for entry_id, _ in entries]))
    return tx.scalars(wanted.execution_options(populate_existing=True)).all()


def _equal(kept: EntryContent, given: EntryContent) -> bool:
    """Whether nothing differs; wordings have no order, and the tables keep none."""
    ours, theirs = (replace(one, aliases=tuple(sorted(one.aliases))) for one in (kept, given))
    return ours == theirs


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadEntry("file", "not UTF-8") from error
