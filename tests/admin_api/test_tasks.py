"""Work, reminders, absences and leaving, over the API."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from complaints import handling, reminders, tasks
from complaints.roles import Role
from complaints.states import Kind
from complaints.tables import Case, Officer, Reminder, Task
from complaints.tasks import TaskKind
from data.database import reading, transaction
from data.outbox import Address, Outbox
from tests.admin_api.staff import API, Clock, Headers, History, LogIn, NewCase, once, problem
from tests.makers import MING, NOON, answer_case, make_section

TASKS = f"{API}/tasks"
REMINDERS = f"{API}/reminders"
ABSENCES = f"{API}/absences"
OFFICERS = f"{API}/officers"
DAY = timedelta(days=1)
CALLER = Address("phone", "caller")


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    """Somebody of the civil section."""
    return log_in("me", role="clerk")


def do(client: TestClient, headers: Headers, path: str, **body: Any) -> Response:
    return client.post(f"{API}/{path}", headers=headers, json=body)


def put(client: TestClient, headers: Headers, who: str, what: str, body: Any) -> Response:
    return client.put(f"{OFFICERS}/{who}/{what}", headers=headers, json=body)


def numbers(client: TestClient, headers: Headers) -> list[int]:
    return [one["id"] for one in client.get(TASKS, headers=headers).json()]


def make(office: Office, key: str, case: Case | None = None, **given: Any) -> int:
    """A task; a call about its case unless told otherwise."""
    kind = given.pop("kind", TaskKind.CALL)
    with transaction(office.engine) as tx:
        tasks.make(tx, key, kind, f"about {key}", now=NOON, case=case, **given)
        return tx.scalars(select(Task.id).where(Task.key == key)).one()


def assign(client: TestClient, headers: Headers, case: Case, to: str) -> None:
    path = f"cases/{case.case_no}/assign"
    body = {"section": "civil", "handler": to, "version": case.version}
    assert do(client, headers, path, **body).is_success


# --- work -----------------------------------------------------------------------------------
def test_each_sees_the_work_of_section_and_role_and_leaders_all(
    client: TestClient, office: Office, log_in: LogIn, clerk: Headers, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        social = make_section(tx, "social", "社會課").id
    ours, theirs = new_case(section="民政課"), new_case(section="社會課")
    secret = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT)
    call, other = make(office, "call", ours), make(office, "other", theirs)
    hidden = make(office, "hidden", secret)
    chiefs = make(office, "chiefs", role=Role.SECTION_CHIEF)
    asked = make(office, "asked", ours, kind=TaskKind.CONSULTATION, section_id=social)
    sees = {
        "clerk": {call},
        "section_chief": {call, chiefs},
        "secretary": {call, other, chiefs, asked},
        "director": {call, other, hidden, chiefs, asked},
    }
    for role, wanted in sees.items():
        assert set(numbers(client, log_in(role, role=role))) == wanted, role
    assert set(numbers(client, log_in("ann", role="clerk", section="social"))) == {other, asked}
    shown = client.get(TASKS, headers=clerk).json()[0]
    assert (shown["kind"], shown["case_no"], shown["section"]) == ("call", ours.case_no, "civil")
    assert (shown["due_on"], shown["overdue"], shown["done_at"]) == ("2026-11-27", False, None)


def test_a_call_that_failed_becomes_a_letter(
    client: TestClient,
    office: Office,
    log_in: LogIn,
    clock: Clock,
    new_case: NewCase,
    history: History,
) -> None:
    log_in("me", role="clerk")
    case = new_case(section="民政課", citizen=CALLER, reply_by="phone")
    clock.forward(days=4)
    clerk = log_in("me")
    (call,) = numbers(client, clerk)  # the receipt, for somebody who has no chat
    assert client.get(TASKS, headers=clerk).json()[0]["overdue"] is True
    missed = do(client, clerk, f"tasks/{call}/settle", result="三次未接", reached=False)
    assert (missed.status_code, missed.json()["result"]) == (200, "三次未接")
    (letter,) = client.get(TASKS, headers=clerk).json()
    assert (letter["kind"], letter["overdue"]) == ("letter", False)
    assert do(client, clerk, f"tasks/{letter['id']}/settle", result="已掛號寄出").is_success
    assert numbers(client, clerk) == []
    assert history(case) == ["received", "told_otherwise"]
    with reading(office.engine) as tx:
        done = tx.get_one(Task, letter["id"])
        assert (
            done.done_by_id == tx.scalars(select(Officer.id).where(Officer.username == "me")).one()
        )


@once
def test_a_repeated_key_settles_once(
    client: TestClient, office: Office, clerk: Headers, new_case: NewCase
) -> None:
    call = make(office, "call", new_case(section="民政課"))
    key = clerk | {"Idempotency-Key": "k-1"}
    first, again = (do(client, key, f"tasks/{call}/settle", result="已告知") for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    other = do(client, key, f"tasks/{call}/settle", result="別的")
    assert problem(other) == (422, "key-reused")
    twice = do(client, clerk, f"tasks/{call}/settle", result="已告知")
    assert problem(twice) == (404, "nothing-to-decide")


@once
def test_what_is_not_theirs_is_not_settled(
    client: TestClient, office: Office, log_in: LogIn, clerk: Headers, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    other = make(office, "other", new_case(section="社會課"))
    mine = make(office, "mine", new_case(section="民政課"))
    for number in (other, 99):
        refused = do(client, clerk, f"tasks/{number}/settle", result="好")
        assert problem(refused) == (404, "nothing-to-decide")
    editor = log_in("editor", role="faq_editor")
    assert problem(do(client, editor, f"tasks/{mine}/settle", result="好")) == (403, "forbidden")
    assert problem(client.get(TASKS, headers=editor)) == (403, "forbidden")
    for wrong in ({}, {"result": ""}, {"result": "好", "reached": "yes"}):
        answer = do(client, clerk, f"tasks/{mine}/settle", **wrong)
        assert problem(answer) == (422, "invalid-request")
    blank = do(client, clerk, f"tasks/{mine}/settle", result=" ")
    assert problem(blank) == (422, "incomplete")


@once
def test_work_with_a_verb_of_its_own_is_not_settled_by_the_way(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    case, head = new_case(), log_in("head", role="secretary")
    kinds = {
        TaskKind.CONSULTATION: "answer-consultation",
        TaskKind.SETTLE_OWNER: "settle-owner",
        TaskKind.PROMISE: "settle-promise",
        TaskKind.DECISION: "finish",
    }
    for kind, verb in kinds.items():
        number = make(office, kind, case, kind=kind)
        answer = do(client, head, f"tasks/{number}/settle", result="好")
        assert problem(answer) == (409, "http-409")
        assert verb in answer.json()["title"]
    assert len(numbers(client, head)) == 4


@once
def test_the_section_that_was_asked_can_answer(
    client: TestClient, staff: Headers, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課")
    asked = log_in("ann", role="clerk", section="social")
    body = {"section": "social", "question": "可否補助？", "version": 1}
    assert do(client, staff, f"cases/{case.case_no}/consult", **body).is_success
    (number,) = numbers(client, asked)
    path = f"cases/{case.case_no}/answer-consultation"
    answer = do(client, asked, path, task_id=number, text="可以")
    assert answer.status_code == 200
    assert history(case)[-1] == "consultation_answered"


@once
def test_who_was_assigned_a_case_may_accept_it(
    client: TestClient, staff: Headers, clerk: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課")
    assign(client, staff, case, "me")
    assert do(client, clerk, f"cases/{case.case_no}/accept", version=2).status_code == 200
    assert history(case) == ["received", "assigned", "accepted"]


# --- reminders ------------------------------------------------------------------------------
def test_reminders_are_shown_until_they_are_seen(
    client: TestClient, office: Office, staff: Headers, clerk: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    assign(client, staff, case, "me")
    with transaction(office.engine) as tx:
        assert reminders.look_at(tx, case.case_no, now=NOON + 6 * DAY) == 1
    (shown,) = client.get(REMINDERS, headers=clerk).json()
    assert (shown["kind"], shown["case_no"]) == ("due_soon", case.case_no)
    assert "即將到期" in shown["text"]
    assert client.get(REMINDERS, headers=staff).json() == []  # told to the handler alone
    key = clerk | {"Idempotency-Key": "k-1"}
    first, again = (client.post(f"{REMINDERS}/read", headers=key) for _ in range(2))
    assert first.json() == again.json() == {"read": 1}
    assert client.get(REMINDERS, headers=clerk).json() == []
    assert client.post(f"{REMINDERS}/read", headers=clerk).json() == {"read": 0}


@once
def test_seen_means_everything_that_was_told_so_far(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    with transaction(office.engine) as tx:
        me = tx.scalars(select(Officer.id).where(Officer.username == "me")).one()
        row = {"officer_id": me, "kind": "digest", "text": "今日工作", "at": NOON}
        tx.add_all(Reminder(key=f"k{n}", **row) for n in range(reminders.BATCH + 5))
    client.post(f"{REMINDERS}/read", headers=clerk)
    assert client.get(REMINDERS, headers=clerk).json() == []


# --- assigning and following ----------------------------------------------------------------
@once
def test_a_case_is_not_given_to_somebody_who_cannot_see_it(
    client: TestClient, staff: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    log_in("editor", role="faq_editor")
    case = new_case(section="民政課")
    body = {"section": "civil", "handler": "editor", "version": 1}
    answer = do(client, staff, f"cases/{case.case_no}/assign", **body)
    assert problem(answer) == (422, "unknown-officer")


def test_a_notice_a_follower_asked_for_at_the_counter_is_work_for_somebody(
    client: TestClient, office: Office, staff: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課", citizen=MING)
    with transaction(office.engine) as tx:
        handling.follow(tx, case.case_no, CALLER, language="zh", now=NOON)
    body = {"text": "已清除。", "version": 1}
    assert do(client, staff, f"cases/{case.case_no}/reply", **body).is_success
    assert len(numbers(client, staff)) == 1


# --- a second look ----------------------------------------------------------------------------
def answered_low(office: Office, case: Case, handler: str = "me") -> int:
    """A case of this handler, answered and graded 1; the number of the second look."""
    with transaction(office.engine) as tx:
        row = tx.get_one(Case, case.id)
        row.handler = tx.scalars(select(Officer).where(Officer.username == handler)).one()
        answer_case(tx, row, tx.scalars(select(Officer).where(Officer.role == "director")).one())
        handling.rate(tx, row.case_no, 1, now=NOON)
        return tx.scalars(select(Task.id).where(Task.kind == TaskKind.SECOND_REVIEW)).one()


def test_a_low_grade_waits_for_the_chief_and_not_for_who_handled_it(
    client: TestClient, office: Office, log_in: LogIn, clerk: Headers, new_case: NewCase
) -> None:
    log_in("head", role="director")
    case = new_case(section="民政課")
    number = answered_low(office, case)
    chief = log_in("chief", role="section_chief")
    assert number not in numbers(client, clerk)
    assert number in numbers(client, chief)
    assert problem(do(client, clerk, f"tasks/{number}/settle", result="很好")) == (
        403,
        "forbidden",
    )
    body = {"result": "請承辦補說明", "words": "我們已請承辦再向您說明。"}
    assert do(client, chief, f"tasks/{number}/settle", **body).is_success
    with reading(office.engine) as tx:
        texts = [row.message.text for row in tx.scalars(select(Outbox))]
    assert any("已由主管複查" in text and body["words"] in text for text in texts)


@once
def test_a_chief_who_handled_it_leaves_it_to_others(
    client: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    head, chief = log_in("head", role="director"), log_in("me", role="section_chief")
    number = answered_low(office, new_case(section="民政課"))
    assert number not in numbers(client, chief)
    assert number in numbers(client, head)
    leaks = {"result": "好", "words": "王大華也這樣說。"}
    new_case(section="民政課", petitioner_name="王大華", citizen=CALLER, contact="0912345678")
    assert problem(do(client, head, f"tasks/{number}/settle", **leaks)) == (422, "leaks-identity")
    assert do(client, head, f"tasks/{number}/settle", result="好").is_success
