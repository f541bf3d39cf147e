"""What a meeting decided, over HTTP."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.office import Office
from data.database import transaction
from tests.admin_api.staff import API, Clock, Headers, LogIn, counting, once, problem
from tests.makers import make_section

DECISIONS = f"{API}/decisions"
NEW = {"period": "2026-10", "text": "清查騎樓占用", "section": "civil", "due_on": "2026-11-27"}


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    return log_in("ann", role="clerk")


def add(client: TestClient, staff: Headers, **given: Any) -> dict[str, Any]:
    made = client.post(DECISIONS, headers=staff, json=NEW | given)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def do(client: TestClient, headers: Headers, one: dict[str, Any], verb: str, **body: Any) -> Any:
    return client.post(f"{DECISIONS}/{one['id']}/{verb}", headers=headers, json=body)


def test_a_decision_is_followed_until_it_is_done(
    client: TestClient, staff: Headers, clerk: Headers, log_in: LogIn, clock: Clock
) -> None:
    one = add(client, staff)
    assert (one["state"], one["by"], one["section"], one["news"]) == ("open", "clerk", "civil", [])
    key = clerk | {"Idempotency-Key": "k-1"}
    told, again = (do(client, key, one, "news", text="已會勘") for _ in range(2))
    assert (told.status_code, told.json()) == (200, again.json())
    assert [(news["text"], news["by"]) for news in told.json()["news"]] == [("已會勘", "ann先生")]
    clock.forward(days=5)  # Tuesday
    clerk = log_in("ann")
    (late,) = client.get(DECISIONS, headers=clerk).json()
    assert (late["state"], late["days_late"]) == ("late", 2)
    assert client.get(f"{DECISIONS}/{one['id']}", headers=clerk).json() == late
    done = do(client, clerk, one, "finish", result="清空 12 處").json()
    assert (done["state"], done["ended_on"], done["result"]) == ("done", "2026-12-01", "清空 12 處")
    assert client.get(DECISIONS, headers=clerk).json() == []
    assert client.get(DECISIONS, headers=clerk, params={"ended": True}).json() == [done]
    assert problem(do(client, clerk, one, "news", text="x")) == (404, "nothing-to-decide")


@once
def test_the_list_is_by_section(client: TestClient, office: Office, staff: Headers) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    add(client, staff)
    other = add(client, staff, section="social")
    found = client.get(DECISIONS, headers=staff, params={"section": "social"}).json()
    assert found == [other]


@once
def test_who_may_not_is_refused(
    client: TestClient, staff: Headers, clerk: Headers, log_in: LogIn
) -> None:
    one = add(client, staff)
    assert problem(client.post(DECISIONS, headers=clerk, json=NEW)) == (403, "forbidden")
    assert problem(do(client, clerk, one, "drop", reason="免辦")) == (403, "forbidden")
    stranger = log_in("bob", role="section_chief", section="social")
    for verb, body in (("news", {"text": "x"}), ("finish", {"result": "x"})):
        assert problem(do(client, stranger, one, verb, **body)) == (403, "forbidden")
    assert do(client, staff, one, "drop", reason="併入另案").json()["state"] == "dropped"


@once
@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"section": "nowhere"}, "unknown-section"),
        ({"due_on": "2026-11-25"}, "incomplete"),
        ({"text": " "}, "incomplete"),
        ({"text": ""}, "invalid-request"),
        ({"period": "last month"}, "invalid-request"),
        ({"due_on": "tomorrow"}, "invalid-request"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    client: TestClient, staff: Headers, wrong: dict[str, Any], name: str
) -> None:
    answer = client.post(DECISIONS, headers=staff, json=NEW | wrong)
    assert problem(answer) == (422, name)
    assert client.get(DECISIONS, headers=staff).json() == []


@once
def test_a_day_no_calendar_knows_is_refused(client: TestClient, staff: Headers) -> None:
    answer = client.post(DECISIONS, headers=staff, json=NEW | {"due_on": "2099-01-05"})
    assert problem(answer) == (409, "calendar-missing")


@once
def test_the_list_asks_no_more_for_more(client: TestClient, office: Office, staff: Headers) -> None:
    numbers = []
    client.get(DECISIONS, headers=staff)  # what is remembered is asked for once
    for _ in range(2):
        do(client, staff, add(client, staff), "news", text="已會勘")
        with counting(office.engine) as sent:
            client.get(DECISIONS, headers=staff)
        numbers.append(len(sent))
    assert numbers[0] == numbers[1]
