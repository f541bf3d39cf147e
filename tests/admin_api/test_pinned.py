"""Pinned notices over the API: pinned and ended by those who may, and told to citizens."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from data.database import reading
from data.outbox import Outbox
from tests.admin_api.staff import API, Clock, Headers, LogIn, once, problem
from tests.makers import NOON

PINNED = f"{API}/faq/pinned"
pytestmark = once


def notice(**given: object) -> dict[str, object]:
    until = (NOON + timedelta(hours=20)).isoformat()
    base = {"text": "明日停止上班。", "words": ["颱風"], "since": NOON.isoformat(), "until": until}
    return base | given


def test_a_notice_is_pinned_listed_and_ended(client: TestClient, staff: Headers) -> None:
    made = client.post(PINNED, json=notice(), headers=staff)
    assert made.status_code == 201, made.text
    row = made.json()
    assert (row["over"], row["by"], row["surge"]) == (False, "clerk", False)
    assert client.get(PINNED, headers=staff).json() == [row]
    ended = client.post(f"{PINNED}/{row['id']}/end", headers=staff)
    assert (ended.status_code, ended.json()["over"]) == (200, True)
    assert ended.json()["ended_by"] == "clerk"
    again = client.post(f"{PINNED}/{row['id']}/end", headers=staff)
    assert problem(again) == (409, "notice-over")
    assert problem(client.post(f"{PINNED}/99/end", headers=staff)) == (404, "unknown-notice")


def test_the_same_request_pins_once(client: TestClient, staff: Headers) -> None:
    keyed = staff | {"Idempotency-Key": "once"}
    first, second = (client.post(PINNED, json=notice(), headers=keyed) for _ in range(2))
    assert first.json() == second.json()
    assert len(client.get(PINNED, headers=staff).json()) == 1


def test_one_that_runs_out_is_over(
    client: TestClient, staff: Headers, log_in: LogIn, clock: Clock
) -> None:
    client.post(PINNED, json=notice(), headers=staff)
    clock.now = NOON + timedelta(hours=21)
    me = log_in("later", role="clerk")  # the first log-in has run out, too
    assert [row["over"] for row in client.get(PINNED, headers=me).json()] == [True]


@pytest.mark.parametrize("role", ["clerk", "faq_editor", "ethics"])
def test_who_may_not_approve_answers_pins_none(
    client: TestClient, staff: Headers, log_in: LogIn, role: str
) -> None:
    number = client.post(PINNED, json=notice(), headers=staff).json()["id"]
    me = log_in("other", role=role)
    assert len(client.get(PINNED, headers=me).json()) == 1
    assert problem(client.post(PINNED, json=notice(), headers=me)) == (403, "forbidden")
    assert problem(client.post(f"{PINNED}/{number}/end", headers=me)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": ""}, "invalid-request"),
        ({"text": " "}, "bad-notice"),
        ({"words": ["雨"]}, "bad-notice"),
        ({"until": NOON.isoformat()}, "bad-notice"),
        ({"until": "2027-11-26T10:00+08:00"}, "bad-notice"),
        ({"until": 5}, "invalid-request"),
        ({"since": "2026-11-26T10:00"}, "invalid-request"),
        ({"color": "red"}, "invalid-request"),
    ],
)
def test_what_cannot_be_pinned_is_refused(
    client: TestClient, staff: Headers, given: dict[str, object], expected: str
) -> None:
    refused = client.post(PINNED, json=notice(**given), headers=staff)
    assert problem(refused) == (422, expected)
    assert client.get(PINNED, headers=staff).json() == []


def test_a_citizen_hears_it_at_once(client: TestClient, staff: Headers, office: Office) -> None:
    client.post(PINNED, json=notice(), headers=staff)
    client.get("/chat")
    client.post("/chat/messages", data={"key": "k1", "text": "身分證遺失要怎麼補領"})
    with reading(office.engine) as tx:
        said = [row.message.text for row in tx.scalars(select(Outbox).order_by(Outbox.id))]
    assert "【公告】明日停止上班。" in said
