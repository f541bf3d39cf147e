"""What the office makes public, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.office import Office
from complaints.measuring import tallies
from complaints.measuring.tables import Report
from complaints.states import Kind
from data.database import transaction
from tests.admin_api.staff import API, Headers, LogIn, NewCase, counting, once, problem
from tests.makers import NOON, make_case, make_section

DATA, ITEMS = f"{API}/open-data", f"{API}/public-items"
SEPTEMBER = f"{DATA}/2026-09"
NEW = {"period": "2026-10", "said": "公園路燈太暗。", "did": "加裝六盞路燈。"}
THEN = NOON - timedelta(days=80)  # in September


def publish_report(tx: Session, period: str = "2026-09") -> None:
    given: dict[str, Any] = {"files": {}, "changes": [], "asked_by": "x", "asked_at": NOON}
    tx.add(Report(period=period, state="done", published_at=NOON, **given))


@pytest.fixture
def reported(office: Office) -> None:
    """Six cases of September, and its report."""
    with transaction(office.engine) as tx:
        publish_report(tx)
        for _ in range(6):
            make_case(tx, now=THEN)
        for _ in range(2):
            make_case(tx, now=THEN, kind=Kind.PRAISE)


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    return log_in("ann", role="clerk")


@pytest.fixture
def head(log_in: LogIn) -> Headers:
    return log_in("head", role="director")


# --- open data ------------------------------------------------------------------------------
@pytest.mark.usefixtures("reported")
def test_a_months_files_are_tried_made_and_listed(
    client: TestClient, staff: Headers, clerk: Headers
) -> None:
    tried = client.get(SEPTEMBER, headers=clerk).json()
    assert tried["title"] == "民國115年9月"
    assert tried["files"] == [
        {"name": "cases", "out": False, "obstacle": None},
        {"name": "figures", "out": False, "obstacle": None},
    ]
    hidden = dict.fromkeys(("village", "topic", "channel", "section", "kind", "outcome"), 0)
    assert tried["cases"] == {"rows": 6, "withheld": 2, "hidden": hidden}
    made = client.post(f"{SEPTEMBER}/cases", headers=staff)
    assert made.status_code == 201
    told = {"period": "2026-09", "name": "cases", "rows": 6, "withheld": 2}
    assert made.json() == told | {"made_at": "2026-11-26T04:00:00Z"}
    assert client.post(f"{SEPTEMBER}/figures", headers=staff).status_code == 201
    listed = client.get(DATA, headers=clerk).json()
    assert [one["name"] for one in listed] == ["cases", "figures"]
    assert listed[0] == made.json()
    assert [one["out"] for one in client.get(SEPTEMBER, headers=clerk).json()["files"]] == [
        True,
        True,
    ]


@pytest.mark.usefixtures("reported")
def test_a_file_is_made_once_also_when_the_request_is_repeated(
    client: TestClient, staff: Headers
) -> None:
    key = staff | {"Idempotency-Key": "k-1"}
    first, again = (client.post(f"{SEPTEMBER}/cases", headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert problem(client.post(f"{SEPTEMBER}/cases", headers=staff)) == (409, "already-set")


@once
@pytest.mark.usefixtures("reported")
def test_what_stands_in_the_way_is_told(client: TestClient, staff: Headers) -> None:
    for path, why in (
        ("2026-10/cases", "too_early"),
        ("2026-08/cases", "no_report"),
        ("2026-B4/cases", "not_a_month"),
    ):
        refused = client.post(f"{DATA}/{path}", headers=staff)
        assert problem(refused) == (409, "not-open-yet")
        assert refused.json()["detail"] == why
        month, _, name = path.partition("/")
        states = client.get(f"{DATA}/{month}", headers=staff).json()
        assert {one["obstacle"] for one in states["files"] if one["name"] == name} == {why}
    assert states["cases"] is None
    for path in ("2026-13/cases", "2026-09/people", "2026/x"):
        assert client.post(f"{DATA}/{path}", headers=staff).status_code == 422
    assert client.get(f"{DATA}/tomorrow", headers=staff).status_code == 422


@once
@pytest.mark.usefixtures("reported")
def test_who_may_not_publish_makes_no_file(
    client: TestClient, clerk: Headers, log_in: LogIn
) -> None:
    assert problem(client.post(f"{SEPTEMBER}/cases", headers=clerk)) == (403, "forbidden")
    editor = log_in("editor", role="faq_editor")
    assert problem(client.get(DATA, headers=editor)) == (403, "forbidden")
    assert problem(client.get(SEPTEMBER, headers=editor)) == (403, "forbidden")
    assert client.get(DATA, headers=clerk).json() == []


@once
@pytest.mark.usefixtures("reported")
def test_while_figures_are_being_counted_one_is_asked_to_come_back(
    client: TestClient, staff: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MOST_ADDED", 3)
    refused = client.post(f"{SEPTEMBER}/figures", headers=staff)
    assert problem(refused) == (503, "still-counting")
    assert refused.headers["retry-after"] == "5"
    assert client.get(DATA, headers=staff).json() == []


# --- items ----------------------------------------------------------------------------------
def propose(client: TestClient, headers: Headers, **given: Any) -> dict[str, Any]:
    made = client.post(ITEMS, headers=headers, json=NEW | given)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def test_an_item_is_proposed_approved_and_taken_back(
    client: TestClient, clerk: Headers, head: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    one = propose(client, clerk, case_no=case.case_no)
    assert one | NEW == one
    assert (one["state"], one["section"], one["by"]) == ("draft", "civil", "ann先生")
    assert (one["case_no"], one["decided_by"]) == (case.case_no, None)
    path = f"{ITEMS}/{one['id']}"
    assert client.get(ITEMS, headers=head).json() == []
    assert client.get(ITEMS, headers=head, params={"state": "draft"}).json() == [one]
    key = head | {"Idempotency-Key": "k-1"}
    done, again = (client.post(f"{path}/approve", headers=key) for _ in range(2))
    assert (done.status_code, done.json()) == (200, again.json())
    assert (done.json()["state"], done.json()["decided_by"]) == ("approved", "head先生")
    assert client.get(ITEMS, headers=clerk).json() == [done.json()]
    assert problem(client.post(f"{path}/withdraw", headers=clerk)) == (403, "forbidden")
    assert client.post(f"{path}/withdraw", headers=head).json()["state"] == "withdrawn"
    assert client.get(ITEMS, headers=clerk).json() == []
    assert problem(client.post(f"{path}/approve", headers=head)) == (404, "nothing-to-decide")


@once
def test_nobody_publishes_their_own_and_no_clerk_at_all(
    client: TestClient, clerk: Headers, head: Headers
) -> None:
    own, other = propose(client, head), propose(client, clerk)
    refused = client.post(f"{ITEMS}/{own['id']}/approve", headers=head)
    assert problem(refused) == (403, "own-work")
    refused = client.post(f"{ITEMS}/{other['id']}/approve", headers=clerk)
    assert problem(refused) == (403, "forbidden")


@once
def test_what_tells_of_a_person_is_refused_with_what_it_is(
    client: TestClient, clerk: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課", petitioner_name="歐陽美麗")
    body = NEW | {"said": "歐陽美麗說太暗。", "case_no": case.case_no}
    refused = client.post(ITEMS, headers=clerk, json=body)
    assert problem(refused) == (422, "leaks-identity")


@once
def test_of_a_confidential_case_nothing_and_of_one_out_of_sight_not_even_that(
    client: TestClient, office: Office, clerk: Headers, head: Headers, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    given = {"confidential": True, "section": "民政課"}
    closed, other = new_case(**given), new_case(section="社會課")
    report = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT)
    for case, who, expected in (
        (closed, clerk, (409, "closed-case")),
        (report, head, (409, "closed-case")),
        (report, clerk, (404, "unknown-case")),
        (other, clerk, (404, "unknown-case")),
    ):
        refused = client.post(ITEMS, headers=who, json=NEW | {"case_no": case.case_no})
        assert problem(refused) == expected
    of_other = propose(client, head, case_no=other.case_no)
    assert of_other["case_no"] == other.case_no
    drafts = {"state": "draft"}
    assert client.get(ITEMS, headers=clerk, params=drafts).json()[0]["case_no"] is None


@once
@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2026-13"},
        {"said": ""},
        {"said": " "},
        {"did": "長" * 1001},
        {"section": "civil"},
        {"case_no": ""},
    ],
)
def test_an_item_that_cannot_be_is_not_kept(
    client: TestClient, clerk: Headers, wrong: dict[str, str]
) -> None:
    assert client.post(ITEMS, headers=clerk, json=NEW | wrong).status_code == 422
    assert client.get(ITEMS, headers=clerk, params={"state": "draft"}).json() == []
    assert client.get(ITEMS, headers=clerk, params={"state": "none"}).status_code == 422


@once
def test_more_items_cost_no_more_statements(
    client: TestClient, office: Office, clerk: Headers, new_case: NewCase
) -> None:
    sent = []
    for _ in range(2):
        for _ in range(3):
            propose(client, clerk, case_no=new_case(section="民政課").case_no)
        with counting(office.engine) as statements:
            found = client.get(ITEMS, headers=clerk, params={"state": "draft"}).json()
        sent.append(len(statements))
    assert len(found) == 6
    assert sent[0] == sent[1]
