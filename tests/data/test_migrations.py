import pytest
from sqlalchemy import inspect

from app import migrating
from data.database import engine_for
from data.migrations import HEAD
from tests.databases import KEYRING, KINDS, Databases


@pytest.mark.parametrize("kind", KINDS)
def test_up_without_drift_and_down_to_nothing(kind: str, databases: Databases) -> None:
    with databases.empty(kind) as url:
        engine = engine_for(url, KEYRING)
        assert not migrating.is_current(engine)
        migrating.upgrade(engine)
        assert migrating.is_current(engine)
        assert migrating.drift(engine) == []
        migrating.downgrade(engine, "base")
        assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
        migrating.upgrade(engine)
        assert migrating.is_current(engine)
        engine.dispose()


def test_the_head_a_start_compares_with_is_the_newest_script() -> None:
    assert migrating.newest() == HEAD
