from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from complaints.counters import next_number
from complaints.tables import Citizen, Counter
from data.database import engine_for, insert_if_absent, rare, reading, transaction
from data.inbox import Received
from tests.databases import KEYRING
from tests.makers import NOON


def test_only_aware_moments_are_stored(tx: Session) -> None:
    with pytest.raises(StatementError, match="time zone"):
        insert_if_absent(
            tx,
            Received,
            channel="t",
            key="1",
            received_at=datetime(2026, 1, 1),  # noqa: DTZ001
        )


def test_a_moment_comes_back_as_aware_utc(tx: Session) -> None:
    insert_if_absent(tx, Received, channel="t", key="1", received_at=NOON)
    stored = tx.scalars(select(Received.received_at)).one()
    assert stored == NOON
    assert stored.tzinfo is UTC


def test_insert_if_absent_tells_whether_it_inserted(tx: Session) -> None:
    row = {"channel": "t", "name": "1", "language": "zh", "since": NOON}
    assert insert_if_absent(tx, Citizen, **row)
    assert not insert_if_absent(tx, Citizen, **row)


def test_a_failed_block_leaves_nothing(engine: Engine) -> None:
    def fail_halfway() -> None:
        with transaction(engine) as tx:
            next_number(tx, "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with reading(engine) as tx:
        assert tx.get(Counter, "x") is None


def test_read_then_write_loses_no_update(engine: Engine) -> None:
    """On SQLite a deferred transaction would: see data/database.py."""

    def count() -> None:
        for _ in range(25):
            with transaction(engine) as tx:
                next_number(tx, "race")

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as tx:
        assert tx.get_one(Counter, "race").value == 100


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql"):
        engine_for("mysql://localhost/x", KEYRING)


def test_a_rare_condition_finds_what_it_finds_by_its_index(tx: Session) -> None:
    """Said to SQLite's planner alone; asked whether it equals 1 it would read the whole table."""
    for name in ("a", "b", "c"):
        tx.add(Counter(name=name, value=1))
    tx.flush()
    wanted = select(Counter.name).where(rare(Counter.name.in_(["b", "c"])))
    assert sorted(tx.scalars(wanted)) == ["b", "c"]
    assert tx.scalar(select(func.count()).where(rare(Counter.name == "a"))) == 1
    if tx.get_bind().dialect.name == "sqlite":
        plan = str(wanted.compile(tx.get_bind(), compile_kwargs={"literal_binds": True}))
        steps = tx.connection().exec_driver_sql(f"explain query plan {plan}").all()
        assert "USING" in steps[0][3]
