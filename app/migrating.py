"""Moving the schema up and down, and telling whether it is where the program expects it."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData

import admin_api.tables
import bot.tables
import complaints.tables
import data.inbox
import data.outbox
import faq.tables
from data.database import Base

SCRIPTS = Path(__file__).parent.parent / "data" / "migrations"
ROOMS = (admin_api.tables, bot.tables, complaints.tables, data.inbox, data.outbox, faq.tables)


def metadata() -> MetaData:
    """The tables of every room."""
    return Base.metadata


def upgrade(engine: Engine, target: str = "head") -> None:
    """Bring the schema up to a revision."""
    _run(engine, command.upgrade, target)


def downgrade(engine: Engine, target: str) -> None:
    """Take the schema back to a revision (`base`: to nothing)."""
    _run(engine, command.downgrade, target)


def is_current(engine: Engine) -> bool:
    """Whether the schema is the newest this program knows."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        return context.get_current_revision() == _head()


def drift(engine: Engine) -> list[object]:
    """How the migrated schema differs from the tables in the code; empty when it does not."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata()))


def revision(engine: Engine, message: str) -> None:
    """Write a new migration from the difference (for developers)."""
    config = _config()
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "metadata": metadata()}
        command.revision(config, message, autogenerate=True)


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _run(engine: Engine, act: object, target: str) -> None:
    config = _config()
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "metadata": metadata()}
        act(config, target)  # type: ignore[operator]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config
