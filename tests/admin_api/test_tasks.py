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
from complaints.tables import Case, Event, Officer, Reminder, Task
from complaints.tasks import TaskKind
from data.database import reading, transaction
from data.outbox import Address
from tests.admin_api.staff import API, CASES, Clock, Headers, History, LogIn, NewCase, once, problem
from tests.makers import MING, NOON, make_section

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
    }
    for kind, verb in kinds.items():
        number = make(office, kind, case, kind=kind)
        answer = do(client, head, f"tasks/{number}/settle", result="好")
        assert problem(answer) == (409, "http-409")
        assert verb in answer.json()["title"]
    assert len(numbers(client, head)) == 3


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


# --- who is there ---------------------------------------------------------------------------
def test_an_absence_gives_the_work_to_the_deputy(
    client: TestClient,
    staff: Headers,
    clerk: Headers,
    log_in: LogIn,
    clock: Clock,
    new_case: NewCase,
) -> None:
    with_her = new_case(section="民政課")
    ann = log_in("ann", role="clerk", section="social")
    assign(client, staff, with_her, "me")
    path = f"{CASES}/{with_her.case_no}"
    assert problem(client.get(path, headers=ann)) == (404, "unknown-case")
    body = {"first_day": "2026-11-26", "last_day": "2026-11-27", "deputy": "ann"}
    key = clerk | {"Idempotency-Key": "k-1"}
    first, again = (do(client, key, "absences", **body) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    (shown,) = client.get(ABSENCES, headers=ann).json()
    assert shown == body | {"id": shown["id"], "username": "me"}
    assert client.get(path, headers=ann).status_code == 200
    clock.forward(days=2)
    ann = log_in("ann")
    assert client.get(ABSENCES, headers=ann).json() == []
    assert problem(client.get(path, headers=ann)) == (404, "unknown-case")


@once
def test_who_arranges_for_whom(client: TestClient, clerk: Headers, log_in: LogIn) -> None:
    log_in("ann", role="clerk", section="social")
    may = {
        "section_chief": {"me"},
        "case_controller": {"me", "ann"},
        "secretary": {"me", "ann"},
        "director": {"me", "ann"},
        "ethics": set(),
        "administrator": {"me", "ann"},
    }
    body = {"first_day": "2026-12-01", "last_day": "2026-12-01"}
    for role, wanted in may.items():
        headers = log_in(role, role=role)
        for who in ("me", "ann"):
            answers = (
                do(client, headers, "absences", username=who, **body),
                put(client, headers, who, "deputy", {"deputy": None}),
                put(client, headers, who, "alert", {"address": None}),
            )
            assert {one.is_success for one in answers} == {who in wanted}, (role, who)
            if who not in wanted:
                assert {problem(one) for one in answers} == {(403, "forbidden")}
    assert do(client, clerk, "absences", username="me", **body).is_success
    assert problem(do(client, clerk, "absences", username="ann", **body)) == (403, "forbidden")
    editor = log_in("editor", role="faq_editor")
    assert problem(do(client, editor, "absences", **body)) == (403, "forbidden")
    assert problem(client.get(ABSENCES, headers=editor)) == (403, "forbidden")


@once
def test_an_absence_that_makes_no_sense_is_refused(
    client: TestClient, clerk: Headers, log_in: LogIn
) -> None:
    log_in("editor", role="faq_editor")
    days = {"first_day": "2026-12-01", "last_day": "2026-12-02"}
    for wrong, name in (
        ({"last_day": "2026-11-30"}, "invalid-request"),
        ({"first_day": "tomorrow"}, "invalid-request"),
        ({"why": "病假"}, "invalid-request"),
        ({"deputy": "nobody"}, "unknown-officer"),
        ({"deputy": "editor"}, "unknown-officer"),  # handles no cases
        ({"deputy": "me"}, "incomplete"),
    ):
        assert problem(do(client, clerk, "absences", **(days | wrong))) == (422, name)
    assert client.get(ABSENCES, headers=clerk).json() == []


def test_the_standing_deputy_and_where_reminders_go(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn
) -> None:
    log_in("ann", role="clerk")
    key = clerk | {"Idempotency-Key": "k-1"}
    first, again = (put(client, key, "me", "deputy", {"deputy": "ann"}) for _ in range(2))
    assert first.json() == again.json() == {"username": "me", "deputy": "ann", "alert": None}
    reused = put(client, key, "me", "deputy", {"deputy": None})
    assert problem(reused) == (422, "key-reused")
    address = {"channel": "telegram", "name": "1001"}
    other = clerk | {"Idempotency-Key": "k-2"}
    one, two = (put(client, other, "me", "alert", {"address": address}) for _ in range(2))
    assert one.json() == two.json() == {"username": "me", "deputy": "ann", "alert": address}
    with reading(office.engine) as tx:
        me = tx.scalars(select(Officer).where(Officer.username == "me")).one()
        assert (me.alert_channel, me.alert_name) == ("telegram", "1001")
    body = {"first_day": "2026-12-01", "last_day": "2026-12-01"}
    assert do(client, clerk, "absences", **body).json()["deputy"] == "ann"
    assert put(client, clerk, "me", "alert", {"address": None}).json()["alert"] is None
    assert put(client, clerk, "me", "deputy", {"deputy": None}).json()["deputy"] is None
    for what, wrong in (
        ("deputy", {}),
        ("alert", {"address": {"channel": "pigeon", "name": "1"}}),
        ("alert", {"address": {"channel": "telegram", "name": "@me"}}),
        ("alert", {"address": address | {"token": "x"}}),
    ):
        assert problem(put(client, clerk, "me", what, wrong)) == (422, "invalid-request")
    nobody = put(client, clerk, "nobody", "deputy", {"deputy": None})
    assert problem(nobody) == (422, "unknown-officer")


# --- leaving --------------------------------------------------------------------------------
def test_49_who_leaves_leaves_no_case_behind(
    client: TestClient,
    office: Office,
    staff: Headers,
    clerk: Headers,
    log_in: LogIn,
    new_case: NewCase,
    history: History,
) -> None:
    admin, ann = log_in("admin", role="administrator"), log_in("ann", role="clerk")
    running, replied, closed, elses = (new_case(section="民政課") for _ in range(4))
    for case in (running, replied, closed):
        assign(client, staff, case, "me")
    for case in (replied, closed):
        body = {"text": "已清除。", "version": 2}
        assert do(client, staff, f"cases/{case.case_no}/reply", **body).is_success
    body = {"outcome": "resolved", "reason": "好", "version": 3}
    assert do(client, staff, f"cases/{closed.case_no}/close", **body).is_success
    before = client.get(f"{CASES}/{replied.case_no}", headers=staff).json()

    nobody = do(client, admin, "officers/me/leave")
    assert problem(nobody) == (422, "incomplete")
    assert client.get(f"{API}/me", headers=clerk).status_code == 200
    assert put(client, clerk, "me", "deputy", {"deputy": "ann"}).is_success
    key = admin | {"Idempotency-Key": "k-1"}
    first, again = (do(client, key, "officers/me/leave") for _ in range(2))
    assert first.json() == again.json()
    assert first.json() == {"username": "me", "successor": "ann", "cases": 2, "ownerless": 0}

    assert problem(client.get(f"{API}/me", headers=clerk)) == (401, "not-logged-in")
    mine = client.get(CASES, headers=ann, params={"handler": "ann"}).json()
    assert {row["case_no"] for row in mine["cases"]} == {running.case_no, replied.case_no}
    after = client.get(f"{CASES}/{replied.case_no}", headers=staff).json()
    kept = ("status", "due_on", "section", "replied_on")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["version"] == before["version"] + 1
    assert history(running) == ["received", "assigned", "assigned"]
    assert history(replied)[-1] == "assigned"
    assert history(closed)[-1] == "closed"
    assert history(elses) == ["received"]
    with reading(office.engine) as tx:
        told = select(Event).where(Event.case_id == running.id).order_by(Event.id.desc())
        last = tx.scalars(told).first()
        assert last is not None
        assert (last.data["handler"], last.data["section"]) == ("ann先生", "民政課")

    # What comes back later is the successor's as well.
    body = {"reason": "不滿意", "version": 4}
    assert do(client, staff, f"cases/{closed.case_no}/reopen", **body).is_success
    accept = do(client, ann, f"cases/{closed.case_no}/draft", text="再去看過。", version=5)
    assert accept.status_code == 201


@once
def test_the_named_successor_goes_before_the_deputy(
    client: TestClient, staff: Headers, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    admin = log_in("admin", role="administrator")
    for name in ("ann", "bob"):
        log_in(name, role="clerk", section="social")
    assign(client, staff, new_case(section="民政課"), "me")
    put(client, clerk, "me", "deputy", {"deputy": "ann"})
    left = do(client, admin, "officers/me/leave", successor="bob").json()
    assert left == {"username": "me", "successor": "bob", "cases": 1, "ownerless": 0}
    assert client.get(CASES, headers=log_in("bob")).json()["counts"]["all"] == 1
    gone = do(client, admin, "officers/me/leave", successor="bob")
    assert problem(gone) == (422, "unknown-officer")


@once
def test_who_may_close_an_account_and_whom_it_may_go_to(
    client: TestClient, staff: Headers, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    head = log_in("head", role="director")
    log_in("ann", role="clerk")
    log_in("editor", role="faq_editor")
    log_in("admin", role="administrator")
    assign(client, staff, new_case(section="民政課"), "me")
    chief = log_in("chief", role="section_chief")
    for headers in (staff, chief, clerk, log_in("editor")):
        refused = do(client, headers, "officers/ann/leave", successor="me")
        assert problem(refused) == (403, "forbidden")
    own = do(client, head, "officers/head/leave", successor="ann")
    assert problem(own) == (403, "forbidden")
    for successor in ("nobody", "editor", "admin", "me"):
        answer = do(client, head, "officers/me/leave", successor=successor)
        assert problem(answer) == (422, "unknown-officer"), successor
    wrong = do(client, head, "officers/me/leave", to="ann")
    assert problem(wrong) == (422, "invalid-request")
    assert client.get(f"{API}/me", headers=clerk).status_code == 200
    # Who handles no cases leaves them to anybody.
    assert do(client, head, "officers/editor/leave", successor="admin").json()["cases"] == 0


@once
def test_a_deputy_who_is_gone_is_no_deputy(
    client: TestClient, clerk: Headers, log_in: LogIn
) -> None:
    head = log_in("head", role="director")
    log_in("ann", role="clerk")
    log_in("bob", role="clerk")
    put(client, clerk, "me", "deputy", {"deputy": "ann"})
    assert do(client, head, "officers/ann/leave", successor="bob").is_success
    assert problem(do(client, head, "officers/me/leave")) == (422, "incomplete")


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
