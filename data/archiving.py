"""Everything an office has in one stream: the rows of every table, files, and the sums of both.

The stream is a gzipped tar whose parts a person can read: rows are JSON, a portion of a table to a
file. It says nothing of one database: what was written from SQLite can be read into PostgreSQL, and
the other way. Sealed values stay sealed; whoever reads them later needs the keys. The last part
holds the sums of all others: a stream that was cut off, or changed, is told.
"""

import base64
import hashlib
import io
import json
import tarfile
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
    update,
)

FORMAT = 1
PORTION = 2_000  # rows
ABOUT, SUMS, TABLES, FILES = "about.json", "sums.json", "tables/", "files/"
LEFT_OUT = "alembic_version"  # the schema is told by `about`


class NotAnArchive(Exception):
    """The stream is none of ours, or was cut off, or is not what was written."""


@dataclass(frozen=True)
class Archived:
    """What a stream holds: what it says of itself, rows by table, and how many files."""

    about: Mapping[str, str]
    rows: Mapping[str, int]
    files: int


@dataclass
class _Writing:
    """A stream being written, and the sums so far."""

    tar: tarfile.TarFile
    sums: dict[str, str] = field(default_factory=dict)
    rows: "Counter[str]" = field(default_factory=Counter)

    def add(self, name: str, content: bytes) -> None:
        part = tarfile.TarInfo(name)
        part.size = len(content)
        self.tar.addfile(part, io.BytesIO(content))
        self.sums[name] = hashlib.sha256(content).hexdigest()


def write(
    connection: Connection,
    out: IO[bytes],
    *,
    about: Mapping[str, str],
    files: Iterable[tuple[str, Path]] = (),
    only: Container[str] | None = None,
) -> Archived:
    """Write everything of one view of the database, and these files, to a stream.

    With `only`, the other tables are left out.
    A file that is gone by its turn is left out: its row was, or is about to be, destroyed.
    """
    with tarfile.open(fileobj=out, mode="w|gz") as tar:
        writing = _Writing(tar)
        told = {**about, "format": str(FORMAT)}
        writing.add(ABOUT, _json(told))
        for table in _tables(connection):
            if only is None or table.name in only:
                _write_table(connection, table, writing)
        kept = sum(_write_file(name, path, writing) for name, path in files)
        writing.add(SUMS, _json({"sums": writing.sums, "rows": writing.rows}))
    return Archived(told, dict(writing.rows), kept)


def _write_table(connection: Connection, table: Table, writing: _Writing) -> None:
    writing.rows[table.name] = 0
    columns = [
        cast(one, Text).label(one.name) if isinstance(one.type, JSON) else one
        for one in table.columns
    ]
    asked = select(*columns).order_by(*table.primary_key).execution_options(yield_per=PORTION)
    names = [one.name for one in table.columns]
    for number, rows in enumerate(connection.execute(asked).partitions()):
        lines = [names, *([_written(value) for value in row] for row in rows)]
        content = b"\n".join(map(_json, lines))
        writing.add(f"{TABLES}{table.name}/{number:06}.jsonl", content)
        writing.rows[table.name] += len(rows)


def _write_file(name: str, path: Path, writing: _Writing) -> bool:
    try:
        writing.add(FILES + name, path.read_bytes())
    except FileNotFoundError:
        return False
    return True


def look(source: IO[bytes]) -> Mapping[str, str]:
    """What a stream says of itself; raises NotAnArchive."""
    for name, content in _parts(source):
        if name == ABOUT:
            return _about(content)
        break
    raise NotAnArchive("it does not begin as an archive does")


def check(source: IO[bytes]) -> Archived:
    """Read a stream to its end without keeping anything; raises NotAnArchive."""
    return _read(source, lambda *_: None, lambda *_: None)


def empty(connection: Connection) -> None:
    """Delete every row of every table."""
    for table in reversed(_tables(connection)):
        connection.execute(table.delete())


def read(connection: Connection, source: IO[bytes], keep: Callable[[str, bytes], None]) -> Archived:
    """Enter every row of a stream into empty tables, and hand each file to `keep`.

    The tables must be those of the revision the stream tells (`look`). Raises NotAnArchive, also
    where a table has other columns; the caller's transaction is then to be rolled back.
    """
    entering = _Entering(connection, {one.name: one for one in _tables(connection)})
    found = _read(source, entering.enter, keep)
    entering.finish()
    return found


def _read(
    source: IO[bytes],
    enter: Callable[[str, Sequence[str], list[list[Any]]], None],
    keep: Callable[[str, bytes], None],
) -> Archived:
    about: Mapping[str, str] = {}
    sums: dict[str, str] = {}
    rows: Counter[str] = Counter()
    told: Mapping[str, Any] = {}
    for name, content in _parts(source):
        if name == SUMS:
            told = json.loads(content)
            continue
        sums[name] = hashlib.sha256(content).hexdigest()
        if name == ABOUT:
            about = _about(content)
        elif name.startswith(TABLES):
            table = name.removeprefix(TABLES).partition("/")[0]
            columns, *values = (json.loads(line) for line in content.split(b"\n"))
            enter(table, columns, values)
            rows[table] += len(values)
        elif name.startswith(FILES):
            keep(name.removeprefix(FILES), content)
    if not told:
        raise NotAnArchive("it was cut off")
    if told["sums"] != sums or Counter(told["rows"]) != rows:
        raise NotAnArchive("it is not what was written")
    files = sum(name.startswith(FILES) for name in sums)
    return Archived(about, dict(told["rows"]), files)


def _parts(source: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            for part in tar:
                content = tar.extractfile(part)
                yield part.name, content.read() if content else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NotAnArchive(str(error) or type(error).__name__) from error


def _about(content: bytes) -> Mapping[str, str]:
    told: dict[str, str] = json.loads(content)
    if told.get("format") != str(FORMAT):
        raise NotAnArchive(f"it is of format {told.get('format')}; this program reads {FORMAT}")
    return told


@dataclass
class _Entering:
    """Rows being entered; what names a row of its own table is set when all are there."""

    connection: Connection
    tables: Mapping[str, Table]
    later: list[tuple[Table, str, dict[str, Any]]] = field(default_factory=list)

    def enter(self, name: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
        table = self.tables.get(name)
        if table is None or [one.name for one in table.columns] != list(columns):
            raise NotAnArchive(f"its table {name} is not ours")
        kinds = [_read_as(one) for one in table.columns]
        values = [
            {column: kind(value) for column, kind, value in zip(columns, kinds, row, strict=True)}
            for row in rows
        ]
        for own in _own(table):
            self.later += [
                (table, own.name, {"one": row["id"], "other": row[own.name]})
                for row in values
                if row[own.name] is not None
            ]
            for row in values:
                row[own.name] = None
        if values:
            self.connection.execute(insert(table), values)

    def finish(self) -> None:
        for table, column, pair in self.later:
            named = update(table).where(table.c.id == bindparam("one"))
            self.connection.execute(named.values({column: bindparam("other")}), pair)
        if self.connection.dialect.name == "postgresql":
            for table in self.tables.values():
                _count_on(self.connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """Let a table's own numbers go on after the largest that was entered."""
    keys = list(table.primary_key)
    if len(keys) != 1:
        return
    place = {"table": f'"{table.name}"', "column": keys[0].name}
    sequence = connection.scalar(text("select pg_get_serial_sequence(:table, :column)"), place)
    largest = connection.scalar(select(func.max(keys[0]))) if sequence else None
    if largest is not None:
        connection.execute(select(func.setval(sequence, largest)))


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are, those that are named by others first."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return [one for one in found.sorted_tables if one.name != LEFT_OUT]


def _own(table: Table) -> list[Column[Any]]:
    """The columns that name a row of the same table."""
    return [one for one in table.columns for key in one.foreign_keys if key.column.table is table]


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def _read_as(column: Column[Any]) -> Callable[[Any], Any]:
    kinds: tuple[tuple[type, Callable[[Any], Any]], ...] = (
        (DateTime, datetime.fromisoformat),
        (Date, date.fromisoformat),
        (LargeBinary, base64.b64decode),
        (JSON, lambda told: JSON.NULL if told == "null" else json.loads(told)),
    )
    reads = next((read for kind, read in kinds if isinstance(column.type, kind)), lambda it: it)
    return lambda value: None if value is None else reads(value)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
