"""What the tests of the staff's faces share: a clock to set, and how a refusal is read."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from httpx2 import Response

from complaints.tables import Case
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


def problem(response: Response) -> tuple[int, str]:
    """Status and name of a refusal, which must be problem+json."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"]
    return response.status_code, body["type"].removeprefix("/problems/")
