"""Other systems are added, changed, tried and stopped by an administrator alone."""

import pytest
from starlette.testclient import TestClient

from admin_api.tables import RequestKey
from app.office import Office
from complaints import subscriptions
from data import outbox
from data.database import reading, transaction
from tests.admin_api.staff import API, Clock, Headers, LogIn, NewCase, problem

SYSTEMS = f"{API}/subscriptions"
NEW = {"name": "市府陳情系統", "url": "https://cases.example.gov.tw/in", "kinds": ["closed"]}


@pytest.fixture
def admin(log_in: LogIn) -> Headers:
    return log_in("root", role="administrator")


def test_a_system_is_added_and_its_secret_is_shown_and_kept_nowhere(
    client: TestClient, admin: Headers, office: Office
) -> None:
    made = client.post(SYSTEMS, headers=admin | {"Idempotency-Key": "k"}, json=NEW)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    (listed,) = client.get(SYSTEMS, headers=admin).json()
    assert listed == {name: value for name, value in made.json().items() if name != "secret"}
    with reading(office.engine) as tx:
        assert tx.query(RequestKey).count() == 0


def test_a_system_is_changed_and_stopped(client: TestClient, admin: Headers) -> None:
    made = client.post(SYSTEMS, headers=admin, json=NEW).json()
    changed = NEW | {"kinds": [], "active": False, "url": "http://10.1.2.3/in"}
    answer = client.put(f"{SYSTEMS}/{made['id']}", headers=admin, json=changed)
    assert (answer.status_code, answer.json()["active"], answer.json()["kinds"]) == (200, False, [])


def test_a_new_secret_takes_the_place_of_the_old(client: TestClient, admin: Headers) -> None:
    made = client.post(SYSTEMS, headers=admin, json=NEW).json()
    fresh = client.post(f"{SYSTEMS}/{made['id']}/secret", headers=admin).json()
    assert fresh["secret"] != made["secret"]


def test_a_test_is_sent_and_what_became_of_it_is_told(
    client: TestClient, admin: Headers, office: Office, clock: Clock
) -> None:
    made = client.post(SYSTEMS, headers=admin, json=NEW).json()
    sent = client.post(f"{SYSTEMS}/{made['id']}/test", headers=admin)
    assert sent.status_code == 202
    (waiting,) = client.get(f"{SYSTEMS}/{made['id']}/deliveries", headers=admin).json()
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 0)
    with transaction(office.engine) as tx:
        outbox.settle_dead(tx, subscriptions.deliveries(tx, made["id"])[0].id, "500", now=clock())
    (dead,) = client.get(f"{SYSTEMS}/{made['id']}/deliveries", headers=admin).json()
    assert (dead["state"], dead["problem"]) == ("dead", "500")
    again = client.post(f"{SYSTEMS}/{made['id']}/again", headers=admin)
    assert again.json() == {"messages": 1}


def test_what_happens_to_a_case_is_posted_by_the_loop(
    client: TestClient, admin: Headers, office: Office, new_case: NewCase
) -> None:
    made = client.post(SYSTEMS, headers=admin, json=NEW | {"kinds": []}).json()
    assert office.announcer.once() == 0
    new_case()
    assert office.announcer.once() == 1
    assert office.announcer.once() == 0
    (told,) = client.get(f"{SYSTEMS}/{made['id']}/deliveries", headers=admin).json()
    assert told["key"].startswith("subscriber:")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"url": "http://cases.example.gov.tw"}, "bad-subscription"),
        ({"url": "https://x:y@a.example"}, "bad-subscription"),
        ({"name": "   "}, "bad-subscription"),
        ({"kinds": ["noted"]}, "bad-subscription"),
        ({"kinds": ["no such event"]}, "invalid-request"),
        ({"more": 1}, "invalid-request"),
        ({"name": ""}, "invalid-request"),
    ],
)
def test_what_will_not_do_is_refused(
    client: TestClient, admin: Headers, wrong: dict[str, object], name: str
) -> None:
    assert problem(client.post(SYSTEMS, headers=admin, json=NEW | wrong)) == (422, name)


def test_a_name_is_taken_once_and_an_unknown_number_is_told(
    client: TestClient, admin: Headers
) -> None:
    client.post(SYSTEMS, headers=admin, json=NEW)
    assert problem(client.post(SYSTEMS, headers=admin, json=NEW))[0] == 422
    for answer in (
        client.put(f"{SYSTEMS}/99", headers=admin, json=NEW),
        client.post(f"{SYSTEMS}/99/secret", headers=admin),
        client.post(f"{SYSTEMS}/99/test", headers=admin),
        client.get(f"{SYSTEMS}/99/deliveries", headers=admin),
        client.post(f"{SYSTEMS}/99/again", headers=admin),
    ):
        assert problem(answer) == (404, "unknown-subscription")


@pytest.mark.parametrize("role", ["clerk", "director", "case_controller", "ethics"])
def test_only_an_administrator_manages_them(client: TestClient, log_in: LogIn, role: str) -> None:
    headers = log_in(role, role=role)
    assert problem(client.get(SYSTEMS, headers=headers))[0] == 403
    assert problem(client.post(SYSTEMS, headers=headers, json=NEW))[0] == 403
