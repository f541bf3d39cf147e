"""Moving the schema up and down, and telling whether it is where the program expects it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, inspect, text

import admin_api.tables
import bot.tables
import complaints.measuring.tables
import complaints.tables
import data.inbox
import data.ledger
import data.outbox
import data.pacing
import faq.keeping.tables
from data.database import Base
from data.migrations import HEAD

if TYPE_CHECKING:  # Alembic is imported where used: most starts find the schema current
    from alembic.config import Config

SCRIPTS = Path(__file__).parent.parent / "data" / "migrations"
ROOMS = (
    admin_api.tables,
    bot.tables,
    complaints.measuring.tables,
    complaints.tables,
    data.inbox,
    data.ledger,
    data.outbox,
    data.pacing,
    faq.keeping.tables,
)


def metadata() -> MetaData:
    """The tables of every room."""
    return Base.metadata


def upgrade(engine: Engine, target: str = "head") -> None:
    """Bring the schema up to a revision; nothing is done when it is there already."""
    from alembic import command

    if target != "head" or not is_current(engine):
        _run(engine, command.upgrade, target)


def downgrade(engine: Engine, target: str) -> None:
    """Take the schema back to a revision (`base`: to nothing)."""
    from alembic import command

    _run(engine, command.downgrade, target)


def is_current(engine: Engine) -> bool:
    """Whether the schema is the newest this program knows."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.scalar(text("select version_num from alembic_version"))
        return bool(found == HEAD)


def is_known(revision: str) -> bool:
    """Whether this program knows a revision of the schema, and so can go on from it."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        return ScriptDirectory.from_config(_config()).get_revision(revision) is not None
    except CommandError:
        return False


def newest() -> str | None:
    """The newest revision among the scripts; a test holds HEAD to it."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head()


def drift(engine: Engine) -> list[object]:
    """How the migrated schema differs from the tables in the code; empty when it does not."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata()))


def revision(engine: Engine, message: str) -> None:
    """Write a new migration from the difference (for developers)."""
    from alembic import command

    config = _config()
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "metadata": metadata()}
        command.revision(config, message, autogenerate=True)


def _run(engine: Engine, act: Callable[..., object], target: str) -> None:
    config = _config()
    with _unbound(engine) as connection, connection.begin():
        config.attributes |= {"connection": connection, "metadata": metadata()}
        act(config, target)
        if engine.dialect.name == "sqlite" and (
            broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        ):
            raise RuntimeError(f"the migration would leave rows without what they name: {broken}")


@contextmanager
def _unbound(engine: Engine) -> Iterator[Connection]:
    """A connection on which a table may be made anew while others name its rows.

    SQLite changes a table by making it anew, which its foreign keys would refuse; they are
    looked at as a whole before the commit instead.
    """
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        if engine.dialect.name != "sqlite" or raw is None:
            yield connection
            return
        raw.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction began
        try:
            yield connection
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config
