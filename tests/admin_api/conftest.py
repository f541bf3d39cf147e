"""The whole application for each test, with the clock in the test's hand and no loop running."""

import itertools
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.tables import ApiToken
from admin_api.tokens import TOKEN_FOR, digest
from app.office import Office, build
from app.settings import Settings
from complaints.tables import Case, Event, Officer
from data.database import reading, transaction
from faq.keeping.index import Shelf
from tests.admin_api.staff import Clock, Headers, History, LogIn, NewCase
from tests.makers import make_case, make_officer
from tests.served import create_web


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all: files lie under their digest."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def clock() -> Clock:
    """Noon, until moved."""
    return Clock()


@pytest.fixture
def office(database_url: str, data_dir: Path, clock: Clock, filled: Shelf) -> Iterator[Office]:
    """An office on a seeded database, with a shelf of its own that is filled already."""
    settings = Settings(database_url=database_url, data_dir=data_dir, requests_a_minute=0)
    built = build(settings, clock=clock, shelf=copy(filled))
    yield built
    built.engine.dispose()


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """One event loop for all requests; else each would begin one with threads of its own."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def client(office: Office, portal: BlockingPortal) -> TestClient:
    """The program as it is served."""
    made = TestClient(create_web(office))
    made.portal = portal
    return made


@pytest.fixture
def gone(tmp_path: Path, clock: Clock, filled: Shelf) -> TestClient:
    """The program when its database server is not there."""
    url = f"postgresql://nobody@/none?host={tmp_path}"
    settings = Settings(database_url=url, data_dir=tmp_path)
    return TestClient(create_web(build(settings, clock=clock, shelf=copy(filled))))


@pytest.fixture
def log_in(office: Office, clock: Clock) -> LogIn:
    """Headers with a token; an officer who is not there yet is made first.

    The token is put where a log-in puts it, because checking a password takes long by design;
    the log-in itself is tested in test_access.py and by the console's form.
    """
    tokens = (f"cl_test-{n}" for n in itertools.count())

    def headers(username: str = "clerk", **officer: str) -> Headers:
        token, now = next(tokens), clock()
        row = {"digest": digest(token), "issued_at": now, "expires_at": now + TOKEN_FOR}
        with transaction(office.engine) as tx:
            known = tx.scalar(select(Officer).where(Officer.username == username))
            who = known or make_officer(tx, username, **officer)
            tx.add(ApiToken(officer_id=who.id, **row))
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.fixture
def staff(log_in: LogIn) -> Headers:
    """The headers of a case controller, who may do nearly everything."""
    return log_in()


@pytest.fixture
def new_case(office: Office) -> NewCase:
    """File a case."""

    def file(**given: Any) -> Case:
        with transaction(office.engine) as tx:
            return make_case(tx, **given)

    return file


@pytest.fixture
def history(office: Office) -> History:
    """The kinds of everything that happened to a case."""

    def kinds(case: Case) -> list[str]:
        rows = select(Event.kind).where(Event.case_id == case.id).order_by(Event.id)
        with reading(office.engine) as tx:
            return list(tx.scalars(rows))

    return kinds
