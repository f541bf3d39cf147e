from datetime import timedelta
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from complaints.intake import SentFile
from complaints.states import Kind
from complaints.tables import Attachment, Case
from data import files
from data.database import reading
from tests import pictures
from tests.admin_api.staff import CASES, Headers, History, LogIn, NewCase, once, problem
from tests.makers import NOON

DAY = timedelta(days=1)
REPLY = {"text": "已清除。", "version": 1}
PNG = pictures.png()


def at(case: Case, rest: str = "") -> str:
    return f"{CASES}/{case.case_no}{rest}"


def numbers(client: TestClient, staff: Headers, **wanted: Any) -> list[str]:
    page = client.get(CASES, headers=staff, params=wanted).json()
    return [row["case_no"] for row in page["cases"]]


def test_the_queue_begins_with_the_most_urgent_and_counts_every_pile(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    slow, quick = new_case(), new_case(kind=Kind.REGULATION_INQUIRY)
    late, today = new_case(now=NOON - 20 * DAY), new_case(now=NOON - 8 * DAY)
    page = client.get(CASES, headers=staff).json()
    shown = [(row["case_no"], row["overdue"], row["days_left"]) for row in page["cases"]]
    assert shown == [
        (late.case_no, True, None),
        (today.case_no, False, 0),
        (quick.case_no, False, 3),
        (slow.case_no, False, 6),
    ]
    assert page["counts"] == {
        "open": 4,
        "overdue": 1,
        "due_today": 1,
        "unreached": 0,
        "with_secretary": 0,
        "to_approve": 0,
        "promised": 0,
        "new": 4,
        "added": 0,
        "promise_due": 0,
        "closed": 0,
        "all": 4,
    }
    assert page["next_cursor"] is None


def test_the_queue_can_be_filtered(client: TestClient, staff: Headers, new_case: NewCase) -> None:
    lamp = new_case(content="巷口路燈不亮。", section="民政課")
    late = new_case(now=NOON - 20 * DAY, kind=Kind.REFORM_SUGGESTION)
    client.post(
        at(late, "/assign"),
        headers=staff,
        json={"section": "intake", "handler": "clerk", "version": 1},
    )
    assert numbers(client, staff, section="civil") == [lamp.case_no]
    assert numbers(client, staff, q="路燈") == [lamp.case_no]
    assert numbers(client, staff, pile="overdue") == [late.case_no]
    assert numbers(client, staff, kind="reform_suggestion") == [late.case_no]
    assert numbers(client, staff, handler="clerk") == [late.case_no]
    assert numbers(client, staff, q="路燈", pile="closed") == []


def test_pages_follow_each_other_without_gap_or_double(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    made = {new_case(now=NOON - n % 2 * DAY).case_no for n in range(5)}
    seen: list[str] = []
    wanted: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        page = client.get(CASES, headers=staff, params=wanted).json()
        seen += [row["case_no"] for row in page["cases"]]
        wanted["cursor"] = page["next_cursor"]
    assert page["next_cursor"] is None
    assert len(seen) == 5
    assert set(seen) == made


@once
def test_what_cannot_be_listed_is_refused(client: TestClient, staff: Headers) -> None:
    foreign = client.get(CASES, headers=staff, params={"cursor": "MjAyNg=="})
    assert problem(foreign) == (422, "bad-cursor")
    for wrong in ({"pile": "mine"}, {"kind": "x"}, {"limit": 0}, {"limit": 101}, {"q": "長" * 101}):
        answer = client.get(CASES, headers=staff, params=wrong)
        assert problem(answer) == (422, "invalid-request")


@once
def test_a_case_shows_its_history_and_how_its_days_were_counted(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    case = new_case(place="範例街 18 號前", contact="0912000000", reply_by="phone")
    shown = client.get(at(case), headers=staff).json()
    assert (shown["received_on"], shown["due_on"]) == ("2026-11-26", "2026-12-04")
    assert [(day["day"], day["number"]) for day in shown["count"]] == [
        ("2026-11-27", 1),
        ("2026-11-28", None),
        ("2026-11-29", None),
        ("2026-11-30", 2),
        ("2026-12-01", 3),
        ("2026-12-02", 4),
        ("2026-12-03", 5),
        ("2026-12-04", 6),
    ]
    (event,) = shown["history"]
    assert (event["kind"], event["at"], event["by"]) == ("received", "2026-11-26T04:00:00Z", None)
    assert shown["petitioner"] == {"name": "王○○", "reply_by": "phone", "contact": "***000"}
    assert (shown["content"], shown["place"]) == (case.content, case.place)


def test_a_case_from_receipt_to_closing(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    case = new_case()
    steps: list[tuple[str, dict[str, Any], int, str]] = [
        ("assign", {"section": "civil", "handler": "clerk", "version": 1}, 200, "assigned"),
        ("reply", {"text": "已派員清除。", "version": 2}, 201, "replied"),
        ("close", {"outcome": "resolved", "reason": "已清除", "version": 3}, 200, "closed"),
    ]
    for verb, body, status, becomes in steps:
        answer = client.post(at(case, f"/{verb}"), headers=staff, json=body)
        assert (answer.status_code, answer.json()["status"]) == (status, becomes)
        assert answer.json()["version"] == body["version"] + 1
    shown = client.get(at(case), headers=staff).json()
    assert shown == answer.json()
    assert (shown["section"], shown["handler"], shown["outcome"]) == (
        "民政課",
        "clerk先生",
        "resolved",
    )
    told = [(event["kind"], event["by"]) for event in shown["history"]]
    assert told == [
        ("received", None),
        ("assigned", "clerk先生"),
        ("replied", "clerk先生"),
        ("closed", "clerk先生"),
    ]
    assert numbers(client, staff, pile="closed") == [case.case_no]


def test_a_late_reader_is_told_and_nothing_is_written(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case()
    assert client.post(at(case, "/reply"), headers=staff, json=REPLY).status_code == 201
    again = client.post(at(case, "/reply"), headers=staff, json=REPLY)
    assert problem(again) == (409, "stale-case")
    assert history(case) == ["received", "replied"]


def test_the_status_decides_what_may_be_done(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case()
    body = {"outcome": "resolved", "reason": "好", "version": 1}
    answer = client.post(at(case, "/close"), headers=staff, json=body)
    assert problem(answer) == (409, "not-allowed")
    assert history(case) == ["received"]


def test_a_repeated_key_gives_the_first_answer_and_acts_once(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case, headers = new_case(), staff | {"Idempotency-Key": "k-1"}
    first = client.post(at(case, "/reply"), headers=headers, json=REPLY)
    client.post(
        at(case, "/close"),
        headers=staff,
        json={"outcome": "resolved", "reason": "好", "version": 2},
    )
    again = client.post(at(case, "/reply"), headers=headers, json=REPLY)
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert first.json()["status"] == "replied"
    assert history(case) == ["received", "replied", "closed"]


def test_a_key_stands_for_one_request_only(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case, other, headers = new_case(), new_case(), staff | {"Idempotency-Key": "k-1"}
    client.post(at(case, "/reply"), headers=headers, json=REPLY)
    for one, body in ((case, REPLY | {"text": "別的"}), (other, REPLY)):
        answer = client.post(at(one, "/reply"), headers=headers, json=body)
        assert problem(answer) == (422, "key-reused")
    assert history(other) == ["received"]


def test_a_refused_request_leaves_its_key_free_and_others_have_their_own(
    client: TestClient, staff: Headers, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    case, key = new_case(), {"Idempotency-Key": "k-1"}
    stale = client.post(at(case, "/reply"), headers=staff | key, json=REPLY | {"version": 9})
    assert problem(stale) == (409, "stale-case")
    assert client.post(at(case, "/reply"), headers=staff | key, json=REPLY).is_success
    colleague = log_in("colleague") | key
    body = REPLY | {"version": 2}
    assert client.post(at(case, "/reply"), headers=colleague, json=body).is_success
    assert history(case) == ["received", "replied", "replied"]


def test_a_confidential_petitioner_is_known_to_the_handler_and_the_circle_only(
    client: TestClient, staff: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(confidential=True, contact="0912000000")
    handler = log_in("handler", role="clerk")
    client.post(
        at(case, "/assign"),
        headers=staff,
        json={"section": "civil", "handler": "handler", "version": 1},
    )
    chief, director = log_in("chief", role="section_chief"), log_in("director", role="director")
    for knows, headers in ((False, staff), (False, chief), (True, handler), (True, director)):
        answer = client.get(at(case), headers=headers)
        assert answer.status_code == 200
        assert (answer.json()["petitioner"] is not None) is knows
        assert ("王○○" in answer.text) is knows
        assert "王小明" not in answer.text
        assert ("***000" in answer.text) is knows
        assert "0912000000" not in answer.text


@once
def test_an_attachment_is_downloaded_and_never_shown(
    client: TestClient, office: Office, staff: Headers, new_case: NewCase
) -> None:
    digest, _ = files.keep(office.settings.files, PNG)
    case = new_case(files=(SentFile("web", f"stored:{digest}"), SentFile("telegram", "AgAC")))
    other = new_case()
    with reading(office.engine) as tx:
        stored, pending = tx.scalars(select(Attachment.id).order_by(Attachment.id))
    answer = client.get(at(case, f"/attachments/{stored}"), headers=staff)
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    for path in (at(case, f"/attachments/{pending}"), at(other, f"/attachments/{stored}")):
        assert problem(client.get(path, headers=staff)) == (404, "unknown-file")


def test_an_unknown_case_is_not_found(client: TestClient, staff: Headers) -> None:
    path = f"{CASES}/WH-1151126-9999"
    assert problem(client.get(path, headers=staff)) == (404, "unknown-case")
    answer = client.post(f"{path}/reply", headers=staff, json=REPLY)
    assert problem(answer) == (404, "unknown-case")


@once
def test_a_body_that_is_not_as_documented_is_refused(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case()
    for wrong in (
        REPLY | {"version": False},
        REPLY | {"version": True},
        REPLY | {"version": "1"},
        REPLY | {"version": 0},
        REPLY | {"text": ""},
        REPLY | {"text": 5},
        REPLY | {"status": "closed"},
        {"text": "已清除。"},
        [REPLY],
    ):
        answer = client.post(at(case, "/reply"), headers=staff, json=wrong)
        assert problem(answer) == (422, "invalid-request")
    assert history(case) == ["received"]


@once
def test_what_a_verb_needs_must_be_there(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case()
    for verb, body, name in (
        ("assign", {"section": "nowhere"}, "unknown-section"),
        ("assign", {"section": "civil", "handler": "nobody"}, "unknown-officer"),
        ("reply", {"text": "  "}, "incomplete"),
        ("close", {"outcome": "resolved", "reason": " "}, "incomplete"),
        ("close", {"outcome": "fine", "reason": "好"}, "invalid-request"),
    ):
        answer = client.post(at(case, f"/{verb}"), headers=staff, json={**body, "version": 1})
        assert problem(answer) == (422, name)
    assert history(case) == ["received"]
