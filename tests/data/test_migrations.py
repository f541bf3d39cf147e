import pytest
from sqlalchemy import Engine, inspect, select

from app import migrating
from complaints.tables import Case
from data.database import engine_for, reading, transaction
from data.migrations import HEAD
from tests.databases import KEYRING, KINDS, Databases
from tests.makers import make_case


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


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_newest_steps_go_down_and_up_with_cases_in_the_register(
    engine: Engine, steps: int
) -> None:
    with transaction(engine) as tx:
        number = make_case(tx).case_no
    migrating.downgrade(engine, f"-{steps}")
    migrating.upgrade(engine)
    with reading(engine) as tx:
        case = tx.scalars(select(Case)).one()
        assert (case.case_no, [one.kind for one in case.events]) == (number, ["received"])
