"""What the tests of the staff's faces share: a clock to set, and how a refusal is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from httpx2 import Response
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from admin_api import accounts, second_factor
from complaints.tables import Case
from data.database import transaction
from tests.makers import NOON

API = "/api/v1"
CASES = f"{API}/cases"
ENTRIES = f"{API}/faq/entries"
TOKENS = f"{API}/tokens"

ENTRY = {
    "id": "parrot-permit",
    "category": "其他",
    "label": "鸚鵡飼養登記",
    "question": "養鸚鵡要登記嗎？",
    "answer": "不必登記。",
    "source": "https://example.gov.tw/parrot",
    "checked_on": "2026-11-20",
    "section": "民政課",
    "aliases": ["鸚鵡要不要辦登記"],
}

# For what no database decides: once is enough, and the rest has time for both.
once = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

Headers = dict[str, str]
LogIn = Callable[..., Headers]
NewCase = Callable[..., Case]
History = Callable[[Case], list[str]]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **given: float) -> None:
        self.now += timedelta(**given)


@dataclass
class Phone:
    """An officer's telephone with the secret on it, and the recovery codes on paper."""

    secret: str
    paper: list[str] = field(default_factory=list)

    def code(self, now: datetime, steps: int = 0) -> str:
        """The code it shows now, or so many half minutes later."""
        return pyotp.TOTP(self.secret).at(now + timedelta(seconds=30 * steps))


def set_up_phone(engine: Engine, username: str, now: datetime) -> Phone:
    """Switch the second factor on with the code of the half minute before."""
    with transaction(engine) as tx:
        officer = accounts.named(tx, username)
        phone = Phone(second_factor.begin(tx, officer, now=now))
        phone.paper = second_factor.confirm(tx, officer, phone.code(now, -1), now=now)
    return phone


def make_token(client: TestClient, headers: Headers, *scopes: str) -> Headers:
    """Headers with a token of these scopes."""
    body = {"name": "程式", "scopes": scopes}
    made = client.post(f"{TOKENS}/own", headers=headers, json=body)
    return {"Authorization": f"Bearer {made.json()['token']}"}


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def problem(response: Response) -> tuple[int, str]:
    """Status and name of a refusal, which must be problem+json."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"]
    return response.status_code, body["type"].removeprefix("/problems/")
