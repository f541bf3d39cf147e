"""Databases for the tests: migrated and seeded once, then copied for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app import migrating, seeding
from data.database import engine_for, transaction
from data.sealing import Keyring
from tests.postgres import PostgresServer

SEEDED_AT = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")
KEYRING = Keyring({1: b"k" * 32})
Fill = Callable[[Engine], None]


@dataclass
class Databases:
    """Gives each test a fresh copy of a seeded database, of either kind."""

    folder: Path
    server: PostgresServer | None = None
    versions: dict[str, str] = field(default_factory=dict)
    _made: int = 0
    _templates: dict[tuple[str, Fill | None], str] = field(default_factory=dict)
    _shared: dict[str, Engine] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def fresh(self, kind: str, filled: Fill | None = None) -> Iterator[str]:
        """The URL of a database that nobody else uses; what fills it does so once for all."""
        self._made += 1
        name = f"test_{os.getpid()}_{self._made}"
        template = self._template(kind, filled)
        if kind == "sqlite":
            path = self.folder / f"{name}.db"
            shutil.copy(template, path)
            yield f"sqlite:///{path}"
            for leftover in self.folder.glob(f"{name}.db*"):
                leftover.unlink()
            return
        url = self._postgres().create(name, template=template)
        yield url
        self._postgres().drop(name)

    @contextmanager
    def empty(self, kind: str) -> Iterator[str]:
        """The URL of a database without any table."""
        self._made += 1
        name = f"empty_{os.getpid()}_{self._made}"
        if kind == "sqlite":
            yield f"sqlite:///{self.folder / name}.db"
            return
        yield self._postgres().create(name)
        self._postgres().drop(name)

    def shared(self, kind: str) -> Engine:
        """An engine on one seeded database of all tests that roll back whatever they do."""
        if kind not in self._shared:
            stack = self._stack
            self._shared[kind] = engine_for(stack.enter_context(self.fresh(kind)), KEYRING)
            stack.callback(self._shared[kind].dispose)
        return self._shared[kind]

    def stop(self) -> None:
        """Give everything back."""
        self._stack.close()
        if self.server:
            self.server.stop()

    def _template(self, kind: str, filled: Fill | None = None) -> str:
        """The file or the database to copy: seeded, then filled."""
        if (kind, filled) not in self._templates:
            seeded = self._template(kind) if filled else None
            name = f"template_{os.getpid()}_{len(self._templates)}"
            path = self.folder / f"{name}.db"
            if kind == "sqlite":
                url = f"sqlite:///{path}"
                if seeded:
                    shutil.copy(seeded, path)
            else:
                url = self._postgres().create(name, template=seeded)
            self._fill(url, filled or _seed)
            self._templates[kind, filled] = str(path) if kind == "sqlite" else name
        return self._templates[kind, filled]

    def _fill(self, url: str, fill: Fill) -> None:
        engine = engine_for(url, KEYRING)
        fill(engine)
        self.versions[engine.dialect.name] = _version(engine)
        if engine.dialect.name == "sqlite":  # a copied file must not miss what is still in the log
            with engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    def _postgres(self) -> "PostgresServer":
        if self.server is None:
            given = os.environ.get("TEST_DATABASE_URL")
            self.server = GivenServer(given) if given else PostgresServer()
            self.server.start()
        return self.server


class GivenServer(PostgresServer):
    """A server that is already there: TEST_DATABASE_URL names a database that may create others."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = make_url(url).set(drivername="postgresql+psycopg")

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def url(self, database: str) -> str:
        return self._url.set(database=database).render_as_string(hide_password=False)

    def _execute(self, query: psycopg.sql.Composed) -> None:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(query)


def _seed(engine: Engine) -> None:
    migrating.upgrade(engine)
    with transaction(engine) as tx:
        seeding.seed(tx, now=SEEDED_AT)


def _version(engine: Engine) -> str:
    query = "select sqlite_version()" if engine.dialect.name == "sqlite" else "show server_version"
    with engine.connect() as connection:
        return f"{engine.dialect.name} {connection.exec_driver_sql(query).scalar_one()}"
