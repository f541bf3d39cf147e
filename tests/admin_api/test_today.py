"""What waits today, the same done to several cases, saved views."""

import pytest
from starlette.testclient import TestClient

from app.office import Office
from complaints import handling
from data.database import transaction
from tests.admin_api.staff import (
    API,
    CASES,
    Clock,
    Headers,
    History,
    LogIn,
    NewCase,
    once,
    problem,
)
from tests.makers import make_section

TODAY, TOGETHER, VIEWS = f"{API}/today", f"{CASES}/together", f"{API}/views"


def piles(client: TestClient, headers: Headers, *, mine: bool = False) -> dict[str, list[str]]:
    """The heaps that are not empty, by name."""
    shown = client.get(TODAY, headers=headers, params={"mine": mine}).json()
    assert all(one["count"] >= len(one["cases"]) for one in shown["piles"])
    return {
        one["pile"]: [case["case_no"] for case in one["cases"]]
        for one in shown["piles"]
        if one["count"]
    }


def test_each_heap_holds_what_its_name_says(
    client: TestClient,
    office: Office,
    staff: Headers,
    log_in: LogIn,
    clock: Clock,
    new_case: NewCase,
) -> None:
    late, soon, fresh = (new_case(section="民政課") for _ in range(3))
    clock.forward(days=8)  # all are due today
    staff = log_in("clerk")
    with transaction(office.engine) as tx:
        handling.add_information(tx, soon.case_no, "還在", now=clock())
    shown = piles(client, staff)
    assert shown["due_today"] == [late.case_no, soon.case_no, fresh.case_no]
    assert shown["added"] == [soon.case_no]
    assert shown["new"] == [late.case_no, soon.case_no, fresh.case_no]
    body = {"section": "civil", "handler": "clerk", "version": 2}
    path = f"{CASES}/{soon.case_no}/assign"
    assert client.post(path, headers=staff, json=body).is_success
    shown = piles(client, staff)
    assert "added" not in shown  # somebody looked at it since
    assert soon.case_no not in shown["new"]
    clock.forward(days=1)
    assert piles(client, log_in("clerk"))["overdue"] == [
        late.case_no,
        soon.case_no,
        fresh.case_no,
    ]
    mine = piles(client, log_in("clerk"), mine=True)
    assert mine["overdue"] == [soon.case_no]


@once
def test_nothing_out_of_sight_is_counted(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "works", "工務課")
    new_case(section="民政課")
    assert piles(client, log_in("ann", role="clerk", section="works")) == {}
    answer = client.get(TODAY, headers=log_in("editor", role="faq_editor"))
    assert problem(answer) == (403, "forbidden")


def test_several_are_done_at_once_and_each_refusal_is_told(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    one, two, three = (new_case(section="民政課") for _ in range(3))
    cases = [{"case_no": case.case_no, "version": 1} for case in (one, two, three)]
    cases[1]["version"] = 7
    body = {
        "verb": "assign",
        "cases": [*cases, {"case_no": "CL-0", "version": 1}],
        "body": {"section": "civil", "handler": "clerk"},
    }
    keyed = staff | {"Idempotency-Key": "k-1"}
    first, again = (client.post(TOGETHER, headers=keyed, json=body) for _ in range(2))
    assert [found["status"] for found in first.json()] == [200, 409, 200, 404]
    assert "重新" in first.json()[1]["problem"]
    assert [found["status"] for found in again.json()] == [200, 409, 200, 404]
    assert history(one) == history(three) == ["received", "assigned"]
    assert history(two) == ["received"]


@once
@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": "withdraw"},
        {"cases": []},
        {"cases": [{"case_no": "CL-1", "version": 1}] * 51},
        {"cases": [{"case_no": "CL-1"}]},
    ],
)
def test_what_cannot_be_done_together_is_refused(
    client: TestClient, staff: Headers, wrong: dict[str, object]
) -> None:
    body = {"verb": "accept", "cases": [{"case_no": "CL-1", "version": 1}]} | wrong
    assert problem(client.post(TOGETHER, headers=staff, json=body)) == (422, "invalid-request")


@once
def test_a_wrong_body_is_told_for_each(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    case = new_case()
    body = {"verb": "reply", "cases": [{"case_no": case.case_no, "version": 1}], "body": {"x": 1}}
    (told,) = client.post(TOGETHER, headers=staff, json=body).json()
    assert (told["status"], "text" in told["problem"]) == (422, True)


def test_views_are_ones_own_and_hold_filters_only(
    client: TestClient, staff: Headers, log_in: LogIn
) -> None:
    query = "?pile=overdue&section=civil&cursor=abc&proof=1"
    saved = client.put(VIEWS, headers=staff, json={"name": "民政逾限", "query": query})
    assert saved.json() == {"name": "民政逾限", "query": "pile=overdue&section=civil"}
    client.put(VIEWS, headers=staff, json={"name": "民政逾限", "query": "pile=open"})
    assert client.get(VIEWS, headers=staff).json() == [{"name": "民政逾限", "query": "pile=open"}]
    assert client.get(VIEWS, headers=log_in("other")).json() == []
    for _ in range(2):
        assert client.delete(f"{VIEWS}/民政逾限", headers=staff).status_code == 204
    assert client.get(VIEWS, headers=staff).json() == []
    saved_all = [
        client.put(VIEWS, headers=staff, json={"name": f"{n:02}", "query": ""}) for n in range(32)
    ]
    assert len(client.get(VIEWS, headers=staff).json()) == 30
    assert problem(saved_all[30]) == (409, "too-many-views")
    again = client.put(VIEWS, headers=staff, json={"name": " 00 ", "query": "pile=open"})
    assert again.json()["name"] == "00"
    assert "00" in {one["name"] for one in client.get(VIEWS, headers=staff).json()}
