import pytest
from sqlalchemy import Engine, inspect, select

from app import migrating
from complaints import handling
from complaints.tables import Case
from data.database import engine_for, reading, transaction
from data.migrations import HEAD
from tests.databases import KEYRING, KINDS, Databases
from tests.makers import NOON, make_case, make_officer


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


def test_what_citizens_said_before_is_found_in_the_history(engine: Engine) -> None:
    """Before c41d7e92b0a5 the history alone told who had spoken last."""
    with transaction(engine) as tx:
        clerk = make_officer(tx)
        silent, said, heard = (make_case(tx) for _ in range(3))
        for case in (said, heard):
            handling.add_information(tx, case.case_no, "又堆了", now=NOON)
        handling.note(tx, heard.case_no, "已看過", by=clerk, version=None, now=NOON)
        numbers = {case.case_no: case is said for case in (silent, said, heard)}
    migrating.downgrade(engine, "8a2f61c0e4b7")
    migrating.upgrade(engine)
    with reading(engine) as tx:
        assert {case.case_no: case.unheard for case in tx.scalars(select(Case))} == numbers
