"""A simulated office for all tests that only look at a history, told once for each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.simulation import Plan, simulate
from data.database import engine_for, transaction
from faq.keeping.index import Shelf
from tests.databases import KEYRING, Databases, Fill
from tests.makers import NOON, make_officer


@pytest.fixture(scope="session")
def history(filled: Shelf) -> Fill:
    """Four months of sixty cases and the questions beside them, not yet added up."""

    def fill(engine: Engine) -> None:
        with transaction(engine) as tx:
            make_officer(tx)
            index = filled.current(tx)
        simulate(engine, Plan(60, 4, seed=5, until=NOON, prefix="WH"), index)

    return fill


@pytest.fixture
def simulated(database_kind: str, databases: Databases, history: Fill) -> Iterator[Engine]:
    """An engine on a copy of it."""
    with databases.fresh(database_kind, history) as url:
        engine = engine_for(url, KEYRING)
        yield engine
        engine.dispose()
