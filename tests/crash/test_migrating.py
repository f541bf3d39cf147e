"""A migration that was killed in its midst left nothing of itself; the next one goes through."""

import subprocess
import sys

import pytest
from sqlalchemy import inspect

from app import migrating
from data.database import engine_for
from tests.databases import KEYRING, KINDS, Databases

DYING = """
import os, signal, sys
from sqlalchemy import Engine, event
from app import migrating
from data.database import engine_for
from tests.databases import KEYRING
left = [int(sys.argv[2])]
@event.listens_for(Engine, "after_cursor_execute")
def after(connection, cursor, statement, *rest):
    left[0] -= statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "UPDATE alembic_version"))
    if left[0] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
migrating.upgrade(engine_for(sys.argv[1], KEYRING))
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nth", [1, 40, 150])
def test_killed_at_any_statement_it_can_be_run_again(
    databases: Databases, kind: str, nth: int
) -> None:
    with databases.empty(kind) as url:
        command = [sys.executable, "-c", DYING, url, str(nth)]
        assert subprocess.run(command, check=False, timeout=120).returncode == -9
        engine = engine_for(url, KEYRING)
        assert not migrating.is_current(engine)
        assert inspect(engine).get_table_names() == []
        migrating.upgrade(engine)
        assert migrating.is_current(engine)
        assert migrating.drift(engine) == []
        engine.dispose()
