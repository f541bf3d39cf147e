"""An account that asks without end is told to wait; others go on."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from admin_api.paces import Paces, TooManyRequests
from app.office import Office
from app.web import create_web
from tests.admin_api.staff import CASES, LogIn, problem


class Watch:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_so_many_in_a_minute_and_then_again() -> None:
    watch = Watch()
    paces = Paces(2, watch)
    paces.take(1)
    watch.seconds += 59
    paces.take(1)
    with pytest.raises(TooManyRequests) as refused:
        paces.take(1)
    assert refused.value.wait == 2
    paces.take(2)
    watch.seconds += 1
    paces.take(1)


def test_no_limit_is_none() -> None:
    paces = Paces(0)
    for _ in range(10_000):
        paces.take(1)


def test_who_asks_too_often_is_told_when_to_come_back(office: Office, log_in: LogIn) -> None:
    settings = office.settings.model_copy(update={"requests_a_minute": 3})
    client = TestClient(create_web(replace(office, settings=settings)))
    clerk, chief = log_in("clerk"), log_in("chief", role="section_chief")
    for _ in range(3):
        assert client.get(CASES, headers=clerk).status_code == 200
    refused = client.get(CASES, headers=clerk)
    assert problem(refused) == (429, "too-many-requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    page = client.get("/staff", headers={"Cookie": f"civicline_staff={clerk['Authorization'][7:]}"})
    assert (page.status_code, "請稍候" in page.text) == (429, True)
    assert client.get(CASES, headers=chief).status_code == 200
    assert client.get(CASES, headers={"Authorization": "Bearer cl_none"}).status_code == 401
