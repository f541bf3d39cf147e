"""Engines, the base of all tables, and the one way to open a transaction."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Executable,
    Insert,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator

from data import sealing
from data.sealing import Keyring

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit that was answered for outlives a power cut
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
)
# Asked at every filing, so put together once.
HELD = select(func.pg_advisory_xact_lock_shared(bindparam("key", type_=BigInteger)))
HELD_ALONE = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
LONGEST_WAIT = 20.0  # seconds a writer waits for its turn
# Compiling a plan to machine code takes 0.3 s, and what it saves here is milliseconds.
POSTGRES_OPTIONS = "-c timezone=UTC -c lock_timeout=5000 -c statement_timeout=30000 -c jit=off"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in time: only aware values go in, aware UTC comes out.

    SQLite drops the zone without a word, so a naive value is refused here.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SealedJson(TypeDecorator[dict[str, Any]]):
    """A JSON object that lies in the database sealed, under the keys of the engine."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, about: str) -> None:
        super().__init__()
        self.about = about  # table and column: a value moved elsewhere cannot be opened

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return sealing.of_dialect(dialect).seal(_dumps(value).encode(), self.about)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:
        if value is None:
            return None
        opened: dict[str, Any] = json.loads(sealing.of_dialect(dialect).open(value, self.about))
        return opened


class Base(DeclarativeBase):
    """Base of every table of every room."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


def engine_for(url: str, keyring: Keyring) -> Engine:
    """Open an engine for a SQLite or PostgreSQL URL; any other kind is a ValueError.

    Sealed columns are read and written with the keyring.
    """
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise ValueError(f"DATABASE_URL names {kind!r}; only sqlite and postgresql are known")
    engine = _sqlite(url, parsed.database) if kind == "sqlite" else _postgresql(parsed)
    sealing.equip(engine, keyring)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One writing transaction: committed when the block ends well, rolled back when it raises.

    On SQLite the writers of a process take turns here: left to themselves they would poll for
    the file's lock, and under load one of them would starve until "database is locked".
    """
    with _turn(engine), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One transaction that only reads: one view of the database, never waiting for a writer."""
    with Session(_reader(engine), expire_on_commit=False) as session, session.begin():
        yield session


@lru_cache(maxsize=8)  # what is remembered by engine (calendars) is remembered by this one, too
def _reader(engine: Engine) -> Engine:
    quiet = engine.execution_options(civicline_reads=True)
    if engine.dialect.name == "postgresql":
        quiet = quiet.execution_options(isolation_level="REPEATABLE READ")
    return quiet


def insert_if_absent(tx: Session, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one of its unique keys is taken; True when it was inserted."""
    connection = tx.connection()
    statement = _insert_of(table, connection.dialect.name)
    return connection.execute(statement, values).first() is not None


def insert_row(tx: Session, table: type[Base], **values: Any) -> int:
    """Insert a row of a table that numbers its rows; its number. What is left out is NULL."""
    key = tx.connection().execute(_plain_insert_of(table), values).inserted_primary_key
    assert key
    return int(key[0])


@cache
def _plain_insert_of(table: type[Base]) -> Insert:
    mapped = table.__table__
    assert isinstance(mapped, Table)
    return mapped.insert()


@cache  # putting a statement together takes longer than the database takes to carry it out
def _insert_of(table: type[Base], dialect: str) -> Executable:
    mapped = table.__table__
    assert isinstance(mapped, Table)
    new = sqlite.insert(mapped) if dialect == "sqlite" else postgresql.insert(mapped)
    return new.on_conflict_do_nothing().returning(*mapped.primary_key)


def add_up(tx: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], column: str) -> None:
    """Add each row's number to the row of its primary key, which is made if it is not there."""
    mapped = table.__table__
    assert isinstance(mapped, Table)
    key = list(mapped.primary_key)
    if tx.get_bind().dialect.name == "sqlite":
        new = sqlite.insert(mapped)
        total = {column: mapped.c[column] + new.excluded[column]}
        tx.execute(new.on_conflict_do_update(index_elements=key, set_=total), rows)
        return
    added = postgresql.insert(mapped)
    total = {column: mapped.c[column] + added.excluded[column]}
    tx.execute(added.on_conflict_do_update(index_elements=key, set_=total), rows)


class rare(ColumnElement[bool]):  # noqa: N801 - read as a word of SQL
    """A condition that few of very many rows fit, said so to SQLite's planner.

    Its statistics know how many values a column has, not that most rows share one of them.
    """

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [("condition", InternalTraversal.dp_clauseelement)]  # noqa: RUF012
    _is_implicitly_boolean = True  # else SQLite is asked whether it equals 1, without an index

    def __init__(self, condition: ColumnElement[bool]) -> None:
        self.condition = condition

    @property
    def _from_objects(self) -> Any:
        return self.condition._from_objects


@compiles(rare)
def _as_it_is(element: rare, compiler: Any, **given: Any) -> str:
    return str(compiler.process(element.condition, **given))


@compiles(rare, "sqlite")
def _as_unlikely(element: rare, compiler: Any, **given: Any) -> str:
    return f"unlikely({compiler.process(element.condition, **given)})"


def hold(tx: Session, key: int, *, alone: bool) -> None:
    """Hold what a key stands for until the transaction ends: with others, or alone.

    On SQLite every writer is alone anyway.
    """
    if tx.get_bind().dialect.name == "postgresql":
        tx.connection().execute(HELD_ALONE if alone else HELD, {"key": key})


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    lock = engine.get_execution_options().get("civicline_turn")
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=LONGEST_WAIT):
        raise PoolTimeout(f"no turn to write within {LONGEST_WAIT} seconds")
    try:
        yield
    finally:
        lock.release()


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=_dumps,
        hide_parameters=True,  # an error must not carry citizens' text into a log
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=20,
        connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": 5},
    )


def _sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        json_serializer=_dumps,
        hide_parameters=True,
        pool_size=20,
        max_overflow=20,
        execution_options={"civicline_turn": Lock()},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads first and writes later loses updates of others
        # or fails with "database is locked"; a writer therefore takes its lock at once.
        reads = connection.get_execution_options().get("civicline_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
