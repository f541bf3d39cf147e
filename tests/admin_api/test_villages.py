"""Villages as the staff's interface shows them."""

from starlette.testclient import TestClient

from app.office import Office
from complaints.tables import Village
from data.database import transaction
from tests.admin_api.staff import API, CASES, Headers, LogIn, NewCase, once, problem
from tests.makers import make_section


def add_villages(office: Office) -> None:
    with transaction(office.engine) as tx:
        section = make_section(tx)
        tx.add(Village(code="B2", name="乙里", section=None))
        tx.add(Village(code="A1", name="甲里", section=section))


def test_villages_are_listed_for_whoever_is_logged_in(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    add_villages(office)
    editor = log_in("editor", role="faq_editor")
    assert client.get(f"{API}/villages", headers=editor).json() == [
        {"code": "A1", "name": "甲里", "section": "civil"},
        {"code": "B2", "name": "乙里", "section": None},
    ]
    assert problem(client.get(f"{API}/villages"))[0] == 401


def test_a_case_shows_its_village_in_the_queue_and_on_its_page(
    client: TestClient, office: Office, staff: Headers, new_case: NewCase
) -> None:
    add_villages(office)
    here, nowhere = new_case(place="甲里活動中心"), new_case(place="公園")
    for case, shown in ((here, ("A1", "甲里")), (nowhere, (None, None))):
        one = client.get(f"{CASES}/{case.case_no}", headers=staff).json()
        rows = client.get(CASES, headers=staff).json()["cases"]
        (row,) = [row for row in rows if row["case_no"] == case.case_no]
        assert (one["village"], one["village_name"]) == shown
        assert (row["village"], row["village_name"]) == shown


def test_the_queue_can_be_that_of_a_village(
    client: TestClient, office: Office, staff: Headers, new_case: NewCase
) -> None:
    add_villages(office)
    here, _ = new_case(place="甲里"), new_case(place="乙里")
    for wanted, numbers in (("A1", [here.case_no]), ("甲里", []), ("A1' or 1=1", [])):
        page = client.get(CASES, headers=staff, params={"village": wanted}).json()
        assert [row["case_no"] for row in page["cases"]] == numbers
    page = client.get(CASES, headers=staff, params={"village": "A1", "pile": "closed"}).json()
    assert page["cases"] == []


def test_what_is_confidential_is_not_found_by_its_village(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    add_villages(office)
    clerk = log_in("lin", role="clerk", section="civil")
    secret, plain = new_case(place="甲里", confidential=True), new_case(place="甲里")
    page = client.get(CASES, headers=clerk, params={"village": "A1"}).json()
    assert [row["case_no"] for row in page["cases"]] == [plain.case_no]
    whole = client.get(CASES, headers=clerk).json()["cases"]
    assert {row["case_no"] for row in whole} == {secret.case_no, plain.case_no}


def test_a_petition_taken_at_the_counter_knows_its_village_and_goes_to_its_section(
    client: TestClient, office: Office, staff: Headers
) -> None:
    add_villages(office)
    body = {
        "source": "counter",
        "kind": "rights_protection",
        "reply_by": "letter",
        "content": "路燈不亮。",
        "place": "甲里活動中心",
        "notice_version": "1",
        "read_back": True,
    }
    slip = client.post(f"{API}/cases", headers=staff, json=body).json()
    shown = client.get(f"{CASES}/{slip['case_no']}", headers=staff).json()
    assert (shown["village"], shown["section"]) == ("A1", "民政課")


@once
def test_a_village_code_that_is_none_is_refused(client: TestClient, staff: Headers) -> None:
    answer = client.get(CASES, headers=staff, params={"village": "A" * 31})
    assert problem(answer) == (422, "invalid-request")
