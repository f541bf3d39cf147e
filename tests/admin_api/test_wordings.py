"""Templates and changed laws over HTTP."""

from starlette.testclient import TestClient

from app.office import Office
from data.database import transaction
from tests.admin_api.staff import API, CASES, Headers, LogIn, NewCase, counting, once, problem
from tests.makers import make_section

TEMPLATES, CHANGES = f"{API}/templates", f"{API}/law-changes"
TEXT = "{課室}依廢棄物清理法第27條，已派員清除。"
CHANGE = {
    "law": "廢棄物清理法",
    "article": "第二十七條",
    "effective_on": "2026-12-01",
    "note": "修",
}


def test_a_template_from_writing_to_the_answer_it_may_not_send(
    client: TestClient, log_in: LogIn, staff: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    head = log_in("head", role="director")
    made = client.post(TEMPLATES, headers=head, json={"name": "清除", "text": TEXT})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    number, path = made.json()["id"], f"{CASES}/{case.case_no}"
    (shown,) = client.get(f"{path}/templates", headers=staff).json()
    assert (shown["text"], shown["blanks"]) == ("民政課依廢棄物清理法第27條，已派員清除。", [])

    noted = client.post(CHANGES, headers=head, json=CHANGE)
    assert noted.status_code == 201
    assert (noted.json()["templates"], noted.json()["article"]) == ([number], "27")
    assert client.get(CHANGES, headers=head).json() == [noted.json()]
    (shown,) = client.get(f"{path}/templates", headers=staff).json()
    assert (shown["text"], shown["locked_by"]) == (None, "廢棄物清理法27")
    body = {"text": "已派員清除。", "version": 1, "template_id": number, "override": "急"}
    assert problem(client.post(f"{path}/reply", headers=head, json=body)) == (
        409,
        "template-locked",
    )
    (listed,) = client.get(TEMPLATES, headers=head).json()
    assert listed["locked_by"] == "廢棄物清理法第27條"
    opened = client.post(f"{TEMPLATES}/{number}/confirm", headers=head, json={"version": 2})
    assert opened.json()["locked_by"] is None
    assert client.post(f"{path}/reply", headers=head, json=body).is_success


@once
def test_entries_that_cite_an_article_are_listed(client: TestClient, log_in: LogIn) -> None:
    head = log_in("head", role="director")
    change = CHANGE | {"law": "行政程序法", "article": "173"}
    found = client.post(CHANGES, headers=head, json=change).json()["entries"]
    assert found
    whole = client.post(CHANGES, headers=head, json=change | {"article": None}).json()["entries"]
    assert set(found) < set(whole)


@once
def test_what_is_wrong_with_a_template_is_said(
    client: TestClient, log_in: LogIn, staff: Headers
) -> None:
    head = log_in("head", role="director")
    wrong = client.post(TEMPLATES, headers=head, json={"name": "名", "text": "{電話}"})
    assert problem(wrong) == (422, "bad-template")
    assert "電話" in wrong.json()["detail"] and "{案號}" in wrong.json()["detail"]
    made = {"name": "名", "text": "好。", "section": "none"}
    assert problem(client.post(TEMPLATES, headers=head, json=made)) == (422, "unknown-section")
    number = client.post(TEMPLATES, headers=head, json={"name": "名", "text": "好。"}).json()["id"]
    body = {"name": "名", "text": "更好。", "version": 9}
    stale = client.put(f"{TEMPLATES}/{number}", headers=head, json=body)
    assert problem(stale) == (409, "stale-case")
    clerk = log_in("ann", role="clerk")
    refused = client.post(TEMPLATES, headers=clerk, json={"name": "名", "text": "好。"})
    assert problem(refused) == (403, "forbidden")
    gone = client.post(f"{TEMPLATES}/{number}/retire", headers=head, json={"version": 1})
    assert gone.is_success and client.get(TEMPLATES, headers=staff).json() == []
    assert problem(client.post(CHANGES, headers=clerk, json=CHANGE)) == (403, "forbidden")
    for unknown in ("confirm", "retire"):
        answer = client.post(f"{TEMPLATES}/99/{unknown}", headers=head, json={"version": 1})
        assert problem(answer) == (404, "nothing-to-decide")
    bad = client.post(CHANGES, headers=head, json=CHANGE | {"article": "條"})
    assert problem(bad) == (422, "incomplete")


@once
def test_a_changed_law_names_no_case_out_of_sight(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    new_case(section="民政課", content="請依廢棄物清理法第27條處罰")
    with transaction(office.engine) as tx:
        make_section(tx, "works", "工務課")
    chief = log_in("away", role="section_chief", section="works")
    assert client.post(CHANGES, headers=chief, json=CHANGE).json()["cases"] == []
    seen = client.get(CHANGES, headers=log_in("head", role="director")).json()
    assert len(seen[0]["cases"]) == 1


@once
def test_one_key_writes_once(client: TestClient, log_in: LogIn) -> None:
    keyed = log_in("head", role="director") | {"Idempotency-Key": "k-1"}
    body = {"name": "名", "text": "好。"}
    first, again = (client.post(TEMPLATES, headers=keyed, json=body) for _ in range(2))
    assert first.json() == again.json()
    assert len(client.get(TEMPLATES, headers=keyed).json()) == 1


@once
def test_a_text_is_tried_on_a_sample_and_on_a_case_in_sight(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    clerk = log_in("ann", role="clerk")
    case = new_case(section="民政課")
    path = f"{TEMPLATES}/preview"
    sample = client.post(path, headers=clerk, json={"text": "{課室}：{案號}〔日期〕"})
    assert sample.json() == {"text": "民政課：CL-1151126-0007〔日期〕", "blanks": ["〔日期〕"]}
    body = {"text": "{案號}", "case_no": case.case_no}
    assert client.post(path, headers=clerk, json=body).json()["text"] == case.case_no
    wrong = client.post(path, headers=clerk, json={"text": "{電話}"})
    assert problem(wrong) == (422, "bad-template")
    with transaction(office.engine) as tx:
        make_section(tx, "works", "工務課")
    away = log_in("away", role="clerk", section="works")
    assert problem(client.post(path, headers=away, json=body)) == (404, "unknown-case")
    editor = log_in("editor", role="faq_editor")
    assert problem(client.post(path, headers=editor, json=body)) == (403, "forbidden")


@once
def test_what_a_change_would_touch_is_seen_before_it_is_noted(
    client: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課", content="請依廢棄物清理法第27條處罰")
    head = log_in("head", role="director")
    made = client.post(TEMPLATES, headers=head, json={"name": "清除", "text": TEXT}).json()
    seen = client.post(f"{CHANGES}/preview", headers=head, json=CHANGE).json()
    expected = {"entries": [], "templates": [made["id"]], "drafts": [], "cases": [case.case_no]}
    assert seen == expected
    assert client.get(CHANGES, headers=head).json() == []
    (listed,) = client.get(TEMPLATES, headers=head).json()
    assert listed["locked_by"] is None
    noted = client.post(CHANGES, headers=head, json=CHANGE).json()
    assert {name: noted[name] for name in expected} == expected
    assert client.get(f"{CHANGES}/{noted['id']}", headers=head).json() == noted
    assert problem(client.get(f"{CHANGES}/999", headers=head)) == (404, "nothing-to-decide")
    clerk = log_in("ann", role="clerk")
    refused = client.post(f"{CHANGES}/preview", headers=clerk, json=CHANGE)
    assert problem(refused) == (403, "forbidden")
    for wrong, name in (
        ({"article": "條"}, "incomplete"),
        ({"article": "1" * 20}, "incomplete"),  # longer than any article
        ({"law": "㍿" * 20}, "incomplete"),  # four letters each, brought to one form
        ({"law": "法" * 61}, "invalid-request"),
    ):
        for path in (f"{CHANGES}/preview", CHANGES):
            answer = client.post(path, headers=head, json=CHANGE | wrong)
            assert problem(answer) == (422, name), wrong


@once
def test_the_statements_of_the_changes_do_not_grow_with_the_rows(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    head = log_in("head", role="director")

    def statements() -> int:
        with counting(office.engine) as sent:
            assert client.get(CHANGES, headers=head).is_success
        return len(sent)

    def grow() -> None:
        new_case(section="民政課", content="請依廢棄物清理法第27條處罰")
        assert client.post(CHANGES, headers=head, json=CHANGE).is_success

    grow()
    before = statements()
    for _ in range(3):
        grow()
    assert statements() == before
    listed = client.get(CHANGES, headers=head).json()
    assert [len(one["cases"]) for one in listed] == [4] * 4
