"""Who sees who brought a case, and how its content ends, over the API."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.tables import RequestKey
from app.office import Office
from complaints import handling
from complaints.intake import SentFile
from complaints.privacy import viewing
from complaints.states import Kind, Outcome
from complaints.tables import Case, Event, Extension, IdentityAccess, Officer
from data import files
from data.database import reading, transaction
from tests import pictures
from tests.admin_api.staff import (
    API,
    CASES,
    Clock,
    Headers,
    History,
    LogIn,
    NewCase,
    counting,
    once,
    problem,
)
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

REQUESTS = f"{API}/identity-requests"
VIEWS = f"{API}/identity-views"
LISTS = f"{API}/destructions"
PHONE = "0912345678"
WHY = {"reason": "電話聯繫確認地點"}
PNG, JPEG = pictures.png(), pictures.jpeg()
SIX_YEARS = timedelta(days=6 * 366)


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    """Somebody of the civil section, who needs another's grant."""
    return log_in("me", role="clerk")


@pytest.fixture
def chief(log_in: LogIn) -> Headers:
    """Their section chief."""
    return log_in("chief", role="section_chief")


def ask(client: TestClient, headers: Headers, case: Case, **body: str) -> Response:
    path = f"{CASES}/{case.case_no}/identity"
    return client.post(path, headers=headers, json=body or WHY)


def view(client: TestClient, headers: Headers, case: Case) -> Response:
    return client.post(f"{CASES}/{case.case_no}/identity/view", headers=headers)


def decide(client: TestClient, headers: Headers, number: int, verb: str = "grant") -> Response:
    return client.post(f"{REQUESTS}/{number}/{verb}", headers=headers)


def month(client: TestClient, headers: Headers, which: str = "2026-11") -> Response:
    return client.get(VIEWS, headers=headers, params={"month": which})


def waiting(client: TestClient, headers: Headers) -> list[str]:
    return [one["case_no"] for one in client.get(REQUESTS, headers=headers).json()]


# --- who brought a case ---------------------------------------------------------------------
def test_a_clerk_sees_who_it_is_after_another_granted_it_and_on_record(
    client: TestClient, clerk: Headers, chief: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課", contact=PHONE, reply_by="phone")
    assert problem(view(client, clerk, case)) == (403, "forbidden")
    asked = ask(client, clerk, case)
    assert asked.status_code == 201
    told = asked.json()
    assert (told["case_no"], told["officer"], told["reason"]) == (
        case.case_no,
        "me",
        WHY["reason"],
    )
    assert (told["until"], told["refused"]) == (None, False)
    assert waiting(client, clerk) == waiting(client, chief) == [case.case_no]
    assert problem(view(client, clerk, case)) == (403, "forbidden")

    granted = decide(client, chief, told["id"]).json()
    assert (granted["decided_by"], granted["until"]) == ("chief", "2026-11-27T04:00:00Z")
    assert waiting(client, chief) == []
    shown = view(client, clerk, case)
    assert shown.json() == {
        "case_no": case.case_no,
        "name": "王小明",
        "contact": PHONE,
        "reply_by": "phone",
    }
    assert shown.headers["cache-control"] == "no-store"
    assert problem(view(client, chief, case)) == (403, "forbidden")  # granting is not seeing
    assert history(case) == ["received", "identity_viewed"]


@once
def test_a_grant_ends_after_a_day(
    client: TestClient,
    clerk: Headers,
    chief: Headers,
    log_in: LogIn,
    clock: Clock,
    new_case: NewCase,
) -> None:
    case = new_case(section="民政課")
    decide(client, chief, ask(client, clerk, case).json()["id"])
    clock.forward(hours=23, minutes=59)
    assert view(client, log_in("me"), case).is_success
    clock.forward(minutes=1)
    assert problem(view(client, log_in("me"), case)) == (403, "forbidden")


def test_the_answer_is_kept_nowhere_in_the_open(
    client: TestClient, office: Office, chief: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課", contact=PHONE)
    assert ask(client, chief, case).json()["until"]  # those who grant are granted at once
    keyed = chief | {"Idempotency-Key": "k-1"}
    for _ in range(2):
        assert view(client, keyed, case).json()["name"] == "王小明"
    with reading(office.engine) as tx:
        assert tx.scalars(select(RequestKey)).all() == []
        told = tx.scalars(select(Event).where(Event.case_id == case.id)).all()
        assert [one.kind for one in told].count("identity_viewed") == 2  # each view is one
        assert all(PHONE not in str(one.data) and "王小明" not in str(one.data) for one in told)


def test_a_refused_request_shows_nothing_and_is_decided_once(
    client: TestClient, clerk: Headers, chief: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    key = {"Idempotency-Key": "k-1"}
    path = f"{CASES}/{case.case_no}/identity"
    first, again = (client.post(path, headers=clerk | key, json=WHY) for _ in range(2))
    assert first.json() == again.json()
    other = client.post(path, headers=clerk | key, json={"reason": "別的"})
    assert problem(other) == (422, "key-reused")
    number = first.json()["id"]
    refused = [decide(client, chief | key, number, "refuse") for _ in range(2)]
    assert refused[0].json() == refused[1].json()
    assert refused[0].json()["refused"] is True
    assert problem(decide(client, chief, number)) == (404, "nothing-to-decide")
    assert problem(view(client, clerk, case)) == (403, "forbidden")
    assert waiting(client, clerk) == []


@once
def test_nobody_grants_their_own_request_or_another_sections(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    case = new_case(section="民政課")
    number = ask(client, clerk, case).json()["id"]
    assert problem(decide(client, clerk, number)) == (403, "own-work")
    controller = log_in("controller", role="case_controller")
    assert problem(decide(client, controller, number)) == (403, "forbidden")
    away = log_in("away", role="section_chief", section="social")
    assert problem(decide(client, away, number)) == (404, "nothing-to-decide")
    assert waiting(client, away) == waiting(client, controller) == []
    assert problem(decide(client, log_in("head", role="secretary"), 99)) == (
        404,
        "nothing-to-decide",
    )
    assert problem(decide(client, clerk, 0)) == (422, "invalid-request")


def test_a_report_of_misconduct_stays_in_its_circle(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT)
    secret = new_case(section="民政課", confidential=True)
    ethics, head = log_in("ethics", role="ethics"), log_in("head", role="secretary")
    for headers in (clerk, head):
        assert problem(ask(client, headers, case)) == (404, "unknown-case")
        assert problem(view(client, headers, case)) == (404, "unknown-case")
        assert problem(ask(client, headers, secret)) == (403, "forbidden")
    assert ask(client, ethics, case).json()["until"]
    assert view(client, ethics, case).json()["name"] == "王小明"
    with transaction(office.engine) as tx:
        other = make_officer(tx, "other", role="ethics")
        row = IdentityAccess(case_id=case.id, officer_id=other.id, reason="查證", asked_at=NOON)
        tx.add(row)
        tx.flush()
        number = row.id
    assert waiting(client, head) == []
    assert problem(decide(client, head, number)) == (404, "nothing-to-decide")
    assert waiting(client, ethics) == [case.case_no]
    assert decide(client, ethics, number).is_success


@once
def test_a_grant_does_not_outlive_the_circle(
    client: TestClient, clerk: Headers, chief: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    decide(client, chief, ask(client, clerk, case).json()["id"])
    path = f"{CASES}/{case.case_no}/classify"
    body = {"confidential": True, "version": 1}
    assert client.post(path, headers=chief, json=body).is_success
    assert problem(view(client, clerk, case)) == (403, "forbidden")


@once
def test_asking_needs_a_case_a_reason_and_a_role(
    client: TestClient, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    assert problem(ask(client, clerk, case, reason=" ")) == (422, "incomplete")
    for wrong in ({"reason": ""}, {"why": "好"}):
        assert problem(ask(client, clerk, case, **wrong)) == (422, "invalid-request")
    unknown = client.post(f"{CASES}/CL-0/identity", headers=clerk, json=WHY)
    assert problem(unknown) == (404, "unknown-case")
    assert problem(client.post(f"{CASES}/CL-0/identity/view", headers=clerk)) == (
        404,
        "unknown-case",
    )
    editor = log_in("editor", role="faq_editor")
    for refused in (
        ask(client, editor, case),
        view(client, editor, case),
        client.get(REQUESTS, headers=editor),
        decide(client, editor, 1),
        decide(client, editor, 1, "refuse"),
    ):
        assert problem(refused) == (403, "forbidden")
    assert problem(ask(client, {}, case)) == (401, "not-logged-in")


# --- the audit ------------------------------------------------------------------------------
def test_the_audit_tells_who_saw_what_when_and_why(
    client: TestClient,
    clerk: Headers,
    chief: Headers,
    log_in: LogIn,
    clock: Clock,
    new_case: NewCase,
) -> None:
    case = new_case(section="民政課")
    secret = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT)
    ethics = log_in("ethics", role="ethics")
    decide(client, chief, ask(client, clerk, case).json()["id"])
    view(client, clerk, case)
    ask(client, ethics, secret)
    view(client, ethics, secret)
    shown = month(client, ethics).json()
    assert (shown["month"], shown["count"], shown["unseen"]) == ("2026-11", 2, 0)
    assert shown["views"] == [
        {
            "case_no": case.case_no,
            "at": "2026-11-26T04:00:00Z",
            "officer": "me",
            "reason": WHY["reason"],
            "granted_by": "chief",
        },
        {
            "case_no": secret.case_no,
            "at": "2026-11-26T04:00:00Z",
            "officer": "ethics",
            "reason": WHY["reason"],
            "granted_by": "ethics",
        },
    ]
    seen = month(client, log_in("head", role="secretary")).json()
    assert (seen["count"], seen["unseen"], len(seen["views"])) == (2, 1, 1)
    # The month is the office's, not Greenwich's: 30 November, 23:59 and midnight in Taipei.
    clock.forward(days=4, hours=11, minutes=59)
    ask(client, log_in("ethics"), case)
    view(client, log_in("ethics"), case)
    clock.forward(minutes=1)
    view(client, log_in("ethics"), case)
    ethics = log_in("ethics")
    assert month(client, ethics).json()["count"] == 3
    assert month(client, ethics, "2026-12").json()["count"] == 1
    assert month(client, ethics, "2026-10").json()["views"] == []


@once
def test_the_audit_is_for_leaders(client: TestClient, clerk: Headers, log_in: LogIn) -> None:
    for headers in (clerk, log_in("a", role="administrator"), log_in("e", role="faq_editor")):
        assert problem(month(client, headers)) == (403, "forbidden")
    head = log_in("head", role="director")
    for wrong in ("2026-13", "2026", "11"):
        assert problem(month(client, head, wrong)) == (422, "invalid-request")
    assert problem(client.get(VIEWS, headers=head)) == (422, "invalid-request")


# --- the end of the content -----------------------------------------------------------------
def end(office: Office, *, ago: timedelta = SIX_YEARS, **given: Any) -> Case:
    """A case that was answered and closed some time ago."""
    then = NOON - ago
    with transaction(office.engine) as tx:
        known = tx.scalar(select(Officer).where(Officer.username == "old"))
        by = known or make_officer(tx, "old")
        case = make_case(tx, now=then, **given)
        answer_case(tx, case, by, now=then)
        handling.close(
            tx,
            case.case_no,
            outcome=Outcome.RESOLVED,
            reason="已清除",
            by=by,
            version=case.version,
            now=then,
        )
    return case


def run(client: TestClient, headers: Headers, number: int, verb: str) -> Response:
    return client.post(f"{LISTS}/{number}/{verb}", headers=headers)


def test_what_is_past_its_years_is_listed_approved_by_another_and_destroyed(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn
) -> None:
    head = log_in("head", role="director")
    folder = office.settings.files
    gone, shared = (files.keep(folder, one)[0] for one in (PNG, JPEG))
    sent = tuple(SentFile("web", f"stored:{one}") for one in (gone, shared))
    old = end(office, files=sent, contact=PHONE)
    young = end(office, ago=timedelta(days=4 * 365), files=sent[1:])

    drawn = client.post(LISTS, headers=staff)
    assert (drawn.status_code, drawn.json()["case_nos"]) == (201, [old.case_no])
    number = drawn.json()["id"]
    assert problem(run(client, head, number, "destroy")) == (404, "nothing-to-decide")
    assert run(client, head, number, "approve").json()["approved_by"] == "head"
    keyed = staff | {"Idempotency-Key": "k-1"}
    first, again = (run(client, keyed, number, "destroy") for _ in range(2))
    assert first.json() == again.json()
    assert (first.json()["cases"], first.json()["files"]) == (1, [gone])

    assert not files.path_of(folder, gone).exists()
    assert files.path_of(folder, shared).exists()
    shown = client.get(f"{CASES}/{old.case_no}", headers=staff)
    assert shown.json()["content"] == "（依保存年限銷毀）"
    for word in ("騎樓", "王", "已派員清除", PHONE[-3:]):
        assert word not in shown.text
    assert (shown.json()["status"], shown.json()["outcome"]) == ("closed", "resolved")
    assert client.get(f"{CASES}/{young.case_no}", headers=staff).json()["content"] == young.content
    (listed,) = client.get(LISTS, headers=head).json()
    assert (listed["id"], listed["listed_by"], listed["approved_by"]) == (number, "clerk", "head")
    assert listed["proof"]["cases"] == [old.case_no]
    assert listed["proof"]["list"] == listed["digest"]
    assert problem(run(client, staff, number, "destroy")) == (404, "nothing-to-decide")
    assert problem(client.post(LISTS, headers=staff)) == (404, "nothing-to-decide")


@once
def test_a_file_that_was_taken_in_again_since_is_not_removed(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn
) -> None:
    folder = office.settings.files
    digest, _ = files.keep(folder, PNG)
    sent = (SentFile("web", f"stored:{digest}"),)
    end(office, files=sent)
    number = client.post(LISTS, headers=staff).json()["id"]
    run(client, log_in("head", role="director"), number, "approve")
    keyed = staff | {"Idempotency-Key": "k-1"}
    assert run(client, keyed, number, "destroy").is_success
    files.keep(folder, PNG)
    with transaction(office.engine) as tx:
        make_case(tx, files=sent)
    assert run(client, keyed, number, "destroy").is_success  # the caller did not hear the first
    assert files.path_of(folder, digest).exists()


@once
def test_one_key_draws_up_and_approves_once(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn
) -> None:
    end(office)
    keyed = staff | {"Idempotency-Key": "k-1"}
    first, again = (client.post(LISTS, headers=keyed) for _ in range(2))
    assert first.json() == again.json()
    head = log_in("head", role="director") | {"Idempotency-Key": "k-1"}
    one, two = (run(client, head, first.json()["id"], "approve") for _ in range(2))
    assert (one.status_code, one.json()) == (200, two.json())
    assert len(client.get(LISTS, headers=staff).json()) == 1
    other = run(client, head, first.json()["id"] + 1, "approve")
    assert problem(other) == (422, "key-reused")


@once
def test_who_may_list_approve_and_destroy(
    client: TestClient, office: Office, clerk: Headers, chief: Headers, log_in: LogIn
) -> None:
    end(office)
    head = log_in("head", role="secretary")
    number = client.post(LISTS, headers=head).json()["id"]
    assert problem(run(client, head, number, "approve")) == (403, "own-work")
    for headers in (clerk, chief, log_in("editor", role="faq_editor")):
        refused = [client.get(LISTS, headers=headers), client.post(LISTS, headers=headers)]
        refused += [run(client, headers, number, verb) for verb in ("approve", "destroy")]
        assert [problem(one) for one in refused] == [(403, "forbidden")] * 4
    admin = log_in("admin", role="administrator")
    assert problem(run(client, admin, number, "approve")) == (403, "forbidden")
    assert run(client, log_in("boss", role="director"), number, "approve").is_success
    assert run(client, admin, number, "destroy").json()["cases"] == 1
    for verb in ("approve", "destroy"):
        assert problem(run(client, log_in("boss"), 99, verb)) == (404, "nothing-to-decide")
        assert problem(run(client, admin, 0, verb)) == (422, "invalid-request")


@once
def test_a_case_on_two_lists_is_destroyed_once(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn, history: History
) -> None:
    case, head = end(office), log_in("head", role="director")
    numbers = [client.post(LISTS, headers=staff).json()["id"] for _ in range(2)]
    for number in numbers:
        run(client, head, number, "approve")
        run(client, staff, number, "destroy")
    assert history(case).count("anonymized") == 1


def test_no_answer_kept_with_a_request_key_outlives_the_content(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn
) -> None:
    case = end(office)
    keyed = staff | {"Idempotency-Key": "k-1"}
    path = f"{CASES}/{case.case_no}/note"
    body: dict[str, Any] = {"text": "王小明來電", "version": case.version}
    assert client.post(path, headers=keyed, json=body).is_success
    other = end(office, ago=timedelta(days=30))
    body["version"], keyed["Idempotency-Key"] = other.version, "k-2"
    other_path = f"{CASES}/{other.case_no}/note"
    assert client.post(other_path, headers=keyed, json=body | {"text": "好"}).is_success
    destroy_all(client, staff, log_in)
    with reading(office.engine) as tx:
        kept = [row.answer for row in tx.scalars(select(RequestKey))]
    assert "王小明" not in f"{kept}"
    assert len(kept) == 1  # that of another case stays


@once
def test_reasons_that_name_somebody_go_with_the_content(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn
) -> None:
    case = end(office)
    with transaction(office.engine) as tx:
        by = tx.scalars(select(Officer).where(Officer.username == "old")).one().id
        then = NOON - SIX_YEARS
        about = {"case_id": case.id, "reason": "聯絡王小明", "asked_at": then}
        tx.add(IdentityAccess(officer_id=by, **about))
        tx.add(Extension(days=1, asked_by_id=by, **about))
    destroy_all(client, staff, log_in)
    with reading(office.engine) as tx:
        kept = [*tx.scalars(select(IdentityAccess.reason)), *tx.scalars(select(Extension.reason))]
    assert "王小明" not in f"{kept}"


def destroy_all(client: TestClient, staff: Headers, log_in: LogIn) -> None:
    number = client.post(LISTS, headers=staff).json()["id"]
    run(client, log_in("head", role="director"), number, "approve")
    assert run(client, staff, number, "destroy").is_success


@once
def test_the_statements_of_requests_and_views_do_not_grow_with_the_rows(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    head = log_in("head", role="director")

    def statements() -> list[int]:
        counts = []
        for path in (REQUESTS, f"{VIEWS}?month=2026-11"):
            with counting(office.engine) as sent:
                assert client.get(path, headers=head).is_success
            counts.append(len(sent))
        return counts

    def grow(name: str) -> None:
        with transaction(office.engine) as tx:
            asking = make_officer(tx, name, "clerk")
            seeing = make_officer(tx, f"{name}-chief", "section_chief")
            case = make_case(tx, section="民政課")
            viewing.ask(tx, case, "電話聯繫", by=asking, now=NOON)
            viewing.ask(tx, case, "電話聯繫", by=seeing, now=NOON)
            viewing.view(tx, case, by=seeing, now=NOON)

    grow("one")
    before = statements()
    for name in ("two", "three", "four"):
        grow(name)
    assert statements() == before
    waiting = client.get(REQUESTS, headers=head).json()
    assert [one["officer"] for one in waiting] == ["one", "two", "three", "four"]
    seen = month(client, head).json()["views"]
    assert [one["granted_by"] for one in seen] == [f"{one['officer']}-chief" for one in waiting]
