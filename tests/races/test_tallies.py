"""Counting while cases go on: no event is counted twice or left out."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from complaints.clock.workdays import office_date
from complaints.measuring import tallies
from complaints.measuring.figures import of_period
from complaints.measuring.periods import Period
from data.database import engine_for, reading, transaction
from tests.databases import KEYRING, Databases
from tests.makers import NOON, make_case

NOVEMBER = Period.month(2026, 11)


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh("postgresql") as url:
        yield url


@pytest.fixture
def postgres(url: str) -> Iterator[Engine]:
    made = engine_for(url, KEYRING)
    yield made
    made.dispose()


@pytest.fixture
def other(url: str) -> Iterator[Engine]:
    made = engine_for(url, KEYRING)
    yield made
    made.dispose()


def received(tx: Session) -> int:
    return of_period(tx, NOVEMBER, today=office_date(NOON)).total.received


def before_statement(engine: Engine, number: int, act: Callable[[], object]) -> None:
    """Do something once, just before the so-manieth statement that the engine's users send."""
    sent = 0

    @event.listens_for(engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        nonlocal sent
        sent += 1
        if sent == number:
            act()


def test_a_case_that_is_filed_while_tallies_are_brought_up(postgres: Engine, other: Engine) -> None:
    """Committed between any two statements of the one who counts, it is counted once."""
    for number in range(1, 9):
        with transaction(other) as tx:
            make_case(tx)
        before_statement(postgres, number, lambda: file_one(other))
        while bring_up(postgres):
            pass
        with reading(other) as tx:
            assert received(tx) == 2 * number
            assert tallies.check(tx) == {}


def test_a_reader_while_tallies_are_brought_up(postgres: Engine, other: Engine) -> None:
    for number in range(1, 6):
        with transaction(other) as tx:
            make_case(tx)
        before_statement(postgres, number, lambda: bring_up(other))
        with reading(postgres) as tx:
            assert received(tx) == number


def file_one(engine: Engine) -> None:
    with transaction(engine) as tx:
        make_case(tx)


def bring_up(engine: Engine) -> int:
    with transaction(engine) as tx:
        return tallies.bring_up(tx)
