"""People, sections, absences and leaving, over the API."""

from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.tables import AccountEvent, RequestKey
from app.office import Office
from complaints import handling
from complaints.roles import Role
from complaints.states import Kind
from complaints.tables import Case, Event, Officer, Section
from data.database import reading, transaction
from tests.admin_api.staff import (
    API,
    CASES,
    TOKENS,
    Clock,
    Headers,
    History,
    LogIn,
    NewCase,
    make_token,
    once,
    problem,
    set_up_phone,
)
from tests.makers import NOON, make_section

ABSENCES = f"{API}/absences"
OFFICERS = f"{API}/officers"
SECTIONS = f"{API}/sections"
PEOPLE = f"{API}/people"


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    """Somebody of the civil section."""
    return log_in("me", role="clerk")


@pytest.fixture
def admin(log_in: LogIn) -> Headers:
    """An administrator."""
    return log_in("admin", role="administrator")


def do(client: TestClient, headers: Headers, path: str, **body: Any) -> Response:
    return client.post(f"{API}/{path}", headers=headers, json=body)


@once
def test_who_read_an_older_state_is_told(client: TestClient, admin: Headers) -> None:
    people = client.get(f"{API}/people", headers=admin).json()
    section = next(one for one in people["sections"] if one["code"] == "civil")
    body = {"name": "民政災防課", "intake": section["intake"], "active": True}
    at = f"{API}/sections/civil"
    first = client.put(at, headers=admin, json=body | {"mark": section["mark"]})
    assert first.status_code == 200
    late = client.put(at, headers=admin, json=body | {"name": "別名", "mark": section["mark"]})
    assert problem(late) == (409, "stale")
    fresh = first.json()["mark"]
    assert client.put(at, headers=admin, json=body | {"mark": fresh}).json()["mark"] == fresh
    assert client.put(at, headers=admin, json=body).status_code == 200  # who does not mind


def put(client: TestClient, headers: Headers, who: str, what: str, body: Any) -> Response:
    return client.put(f"{OFFICERS}/{who}/{what}", headers=headers, json=body)


def assign(client: TestClient, headers: Headers, case: Case, to: str) -> None:
    path = f"cases/{case.case_no}/assign"
    body = {"section": "civil", "handler": to, "version": case.version}
    assert do(client, headers, path, **body).is_success


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
    assert shown == body | {"id": shown["id"], "username": "me", "mark": shown["mark"]}
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
    for day, (role, wanted) in enumerate(may.items(), 1):
        headers = log_in(role, role=role)
        body = {"first_day": f"2026-12-0{day}", "last_day": f"2026-12-0{day}"}
        for who in ("me", "ann"):
            answers = (
                do(client, headers, "absences", username=who, **body),
                put(client, headers, who, "deputy", {"deputy": None}),
                put(client, headers, who, "alert", {"address": None}),
            )
            assert {one.is_success for one in answers} == {who in wanted}, (role, who)
            if who not in wanted:
                assert {problem(one) for one in answers} == {(403, "forbidden")}
    body = {"first_day": "2026-12-10", "last_day": "2026-12-10"}
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


# --- absences changed and taken back --------------------------------------------------------
DAYS = {"first_day": "2026-12-01", "last_day": "2026-12-03"}


def note_absence(client: TestClient, headers: Headers, **given: Any) -> int:
    made = do(client, headers, "absences", **(DAYS | given))
    assert made.status_code == 201
    return int(made.json()["id"])


def test_an_absence_is_changed_and_taken_back(
    client: TestClient, clerk: Headers, log_in: LogIn
) -> None:
    log_in("ann", role="clerk")
    number = note_absence(client, clerk)
    body = {"first_day": "2026-12-02", "last_day": "2026-12-05", "deputy": "ann"}
    key = clerk | {"Idempotency-Key": "k-1"}
    first, again = (client.put(f"{ABSENCES}/{number}", headers=key, json=body) for _ in range(2))
    told = first.json()
    assert told == again.json() == body | {"id": number, "username": "me", "mark": told["mark"]}
    assert client.get(ABSENCES, headers=clerk).json() == [first.json()]
    gone = client.delete(f"{ABSENCES}/{number}", headers=clerk)
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(ABSENCES, headers=clerk).json() == []
    twice = client.delete(f"{ABSENCES}/{number}", headers=clerk)
    assert problem(twice) == (404, "nothing-to-decide")


@once
@pytest.mark.parametrize(
    ("first", "last", "shared"),
    [
        ("2026-11-29", "2026-11-30", False),
        ("2026-11-29", "2026-12-01", True),
        ("2026-12-02", "2026-12-02", True),
        ("2026-11-20", "2026-12-20", True),
        ("2026-12-03", "2026-12-04", True),
        ("2026-12-04", "2026-12-04", False),
    ],
)
def test_two_absences_of_one_officer_share_no_day(
    client: TestClient, clerk: Headers, log_in: LogIn, first: str, last: str, shared: bool
) -> None:
    note_absence(client, clerk)
    body = {"first_day": first, "last_day": last}
    answer = do(client, clerk, "absences", **body)
    assert answer.is_success is not shared
    if shared:
        assert problem(answer) == (409, "absences-overlap")
        assert "2026-12-01" in answer.json()["detail"]
        other = note_absence(client, clerk, first_day="2027-01-01", last_day="2027-01-01")
        moved = client.put(f"{ABSENCES}/{other}", headers=clerk, json=body)
        assert problem(moved) == (409, "absences-overlap")
    assert do(client, log_in("ann", role="clerk"), "absences", **body).is_success


@once
def test_an_absence_that_is_over_stays_as_it_was(
    client: TestClient, clerk: Headers, clock: Clock, log_in: LogIn
) -> None:
    number = note_absence(client, clerk)
    clock.forward(days=8)  # the day after the last
    clerk = log_in("me")
    path = f"{ABSENCES}/{number}"
    assert problem(client.delete(path, headers=clerk)) == (409, "too-late")
    assert problem(client.put(path, headers=clerk, json=DAYS)) == (409, "too-late")


@once
def test_nobody_touches_the_absence_of_somebody_else(
    client: TestClient, clerk: Headers, log_in: LogIn
) -> None:
    number = note_absence(client, clerk)
    path = f"{ABSENCES}/{number}"
    for headers in (
        log_in("ann", role="clerk"),
        log_in("away", role="section_chief", section="social"),
        log_in("ethics", role="ethics"),
        log_in("editor", role="faq_editor"),
    ):
        assert problem(client.put(path, headers=headers, json=DAYS)) == (403, "forbidden")
        assert problem(client.delete(path, headers=headers)) == (403, "forbidden")
    chief = log_in("chief", role="section_chief")
    assert client.put(path, headers=chief, json=DAYS).is_success
    for wrong, name in (
        ({"deputy": "me"}, "incomplete"),
        ({"deputy": "nobody"}, "unknown-officer"),
        ({"deputy": "editor"}, "unknown-officer"),
    ):
        answer = client.put(path, headers=clerk, json=DAYS | wrong)
        assert problem(answer) == (422, name)
    back = {"first_day": "2026-12-03", "last_day": "2026-12-01"}
    assert problem(client.put(path, headers=clerk, json=back)) == (422, "bad-days")
    assert client.delete(path, headers=chief).status_code == 204


# --- sections -------------------------------------------------------------------------------
WORKS = {"code": "works", "name": "經建課"}


def change_section(client: TestClient, headers: Headers, code: str, **given: Any) -> Response:
    body = {"name": "經建課", "intake": False, "active": True} | given
    return client.put(f"{SECTIONS}/{code}", headers=headers, json=body)


def sections(client: TestClient, headers: Headers) -> dict[str, dict[str, Any]]:
    found = client.get(PEOPLE, headers=headers).json()["sections"]
    return {one["code"]: {k: v for k, v in one.items() if k != "mark"} for one in found}


def test_a_section_from_opening_to_closing(client: TestClient, admin: Headers) -> None:
    key = admin | {"Idempotency-Key": "k-1"}
    first, again = (client.post(SECTIONS, headers=key, json=WORKS) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert sections(client, admin)["works"] == WORKS | {
        "intake": False,
        "active": True,
        "open_cases": 0,
        "officers": 0,
        "open_tasks": 0,
    }
    assert {"code": "works", "name": "經建課"} in client.get(SECTIONS, headers=admin).json()
    assert change_section(client, admin, "works", name="工務課").json()["name"] == "工務課"
    closed = change_section(client, admin, "works", active=False)
    assert closed.json()["active"] is False
    assert "works" not in [one["code"] for one in client.get(SECTIONS, headers=admin).json()]
    assert change_section(client, admin, "works").json()["active"] is True


def test_the_mark_of_the_intake_section_is_handed_on(
    client: TestClient, admin: Headers, new_case: NewCase
) -> None:
    client.post(SECTIONS, headers=admin, json=WORKS)
    assert sections(client, admin)["intake"]["intake"]
    refused = change_section(client, admin, "intake", name="研考")
    assert problem(refused) == (422, "bad-roster")
    assert change_section(client, admin, "works", intake=True).is_success
    shown = sections(client, admin)
    assert [code for code, one in shown.items() if one["intake"]] == ["works"]
    assert new_case().section.code == "works"
    both = change_section(client, admin, "intake", intake=True, active=False)
    assert problem(both) == (422, "bad-roster")


def test_a_section_with_work_or_people_is_not_closed(
    client: TestClient, office: Office, admin: Headers, staff: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    refused = change_section(client, admin, "civil", name="民政課", active=False)
    assert problem(refused) == (409, "section-in-use")
    # clerk (staff) and admin are in it
    assert refused.json()["detail"] == "1 open cases, 2 officers, 0 tasks"
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
        tx.get_one(Case, case.id)
    body = {"section": "social", "question": "有意見嗎", "version": 1}
    assert do(client, staff, f"cases/{case.case_no}/consult", **body).is_success
    asked = change_section(client, admin, "social", name="社會課", active=False)
    assert asked.json()["detail"] == "0 open cases, 0 officers, 1 tasks"


@once
def test_a_section_that_cannot_be_is_refused(client: TestClient, admin: Headers) -> None:
    for wrong, name in (
        ({"code": "Works"}, "bad-roster"),
        ({"code": "a b"}, "bad-roster"),
        ({"code": "x" * 31}, "bad-roster"),
        ({"code": "civil"}, "bad-roster"),
        ({"name": "民政課"}, "bad-roster"),
        ({"name": " "}, "bad-roster"),
        ({"name": "課" * 61}, "bad-roster"),
        ({"intake": "yes"}, "invalid-request"),
        ({"chief": "me"}, "invalid-request"),
    ):
        answer = client.post(SECTIONS, headers=admin, json=WORKS | wrong)
        assert problem(answer) == (422, name), wrong
    assert problem(change_section(client, admin, "none")) == (422, "unknown-section")
    taken = change_section(client, admin, "intake", name="民政課", intake=True)
    assert problem(taken) == (422, "bad-roster")


@once
def test_history_keeps_the_name_a_section_had(
    client: TestClient,
    office: Office,
    admin: Headers,
    staff: Headers,
    clerk: Headers,
    new_case: NewCase,
) -> None:
    case = new_case(section="民政課")
    assign(client, staff, case, "me")
    assert change_section(client, admin, "civil", name="民政與宗教課").is_success
    with reading(office.engine) as tx:
        told = select(Event.data).where(Event.case_id == case.id, Event.kind == "assigned")
        assert [data["section"] for data in tx.scalars(told)] == ["民政課"]
    shown = client.get(f"{CASES}/{case.case_no}", headers=clerk).json()
    assert shown["section"] == "民政與宗教課"


# --- officers -------------------------------------------------------------------------------
ANN = {"username": "ann", "name": "安安", "role": "clerk", "section": "civil"}


def entry(**given: Any) -> dict[str, Any]:
    usual = {"name": "我", "role": "clerk", "section": "civil", "deputy": None, "alert": None}
    return usual | given


def change(client: TestClient, headers: Headers, who: str, **given: Any) -> Response:
    return client.put(f"{OFFICERS}/{who}", headers=headers, json=entry(**given))


def deeds(office: Office, username: str) -> list[str]:
    with reading(office.engine) as tx:
        mine = select(AccountEvent.what).join(Officer, Officer.id == AccountEvent.officer_id)
        return list(tx.scalars(mine.where(Officer.username == username).order_by(AccountEvent.id)))


def enters(client: TestClient, username: str, password: str) -> bool:
    body = {"username": username, "password": password}
    return client.post(TOKENS, json=body).is_success


def test_a_new_officer_comes_in_with_the_password_told_once(
    client: TestClient, office: Office, admin: Headers
) -> None:
    key = admin | {"Idempotency-Key": "k-1"}
    first, again = (client.post(OFFICERS, headers=key, json=ANN) for _ in range(2))
    assert first.status_code == again.status_code == 201
    password = first.json()["password"]
    assert first.json() == ANN | {"password": password}
    assert again.json() == ANN | {"password": None}
    assert enters(client, "ann", password)
    assert deeds(office, "ann") == ["made"]
    with reading(office.engine) as tx:
        kept = tx.scalars(select(RequestKey.answer)).all()
    assert kept and password not in str(kept)
    other = client.post(OFFICERS, headers=admin, json=ANN)
    assert problem(other) == (409, "name-taken")


@once
def test_an_officer_who_cannot_be_is_refused(client: TestClient, admin: Headers) -> None:
    for wrong, name in (
        ({"username": "a/b"}, "invalid-request"),
        ({"username": ""}, "invalid-request"),
        ({"username": "安"}, "invalid-request"),
        ({"role": "king"}, "invalid-request"),
        ({"password": "chosen-by-hand"}, "invalid-request"),
        ({"name": " "}, "bad-roster"),
        ({"section": "none"}, "unknown-section"),
    ):
        answer = client.post(OFFICERS, headers=admin, json=ANN | wrong)
        assert problem(answer) == (422, name), wrong


def test_each_change_of_an_officer_is_kept_in_the_accounts_history(
    client: TestClient, office: Office, admin: Headers, clerk: Headers
) -> None:
    client.post(OFFICERS, headers=admin, json=ANN)
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    alert = {"channel": "telegram", "name": "1001"}
    whole = {"name": "小明", "role": "section_chief", "section": "social", "deputy": "ann"}
    done = change(client, admin, "me", **whole, alert=alert)
    assert done.json() == {"username": "me"} | {n: whole[n] for n in ("name", "role", "section")}
    assert deeds(office, "me") == [
        "alert_changed",
        "deputy_changed",
        "renamed",
        "role_changed",
        "section_changed",
    ]
    shown = client.get(f"{OFFICERS}/me", headers=admin).json()
    assert (shown["deputy"], shown["alert"]) == ("ann", alert)
    assert client.get(f"{API}/me", headers=clerk).json()["role"] == "section_chief"
    assert change(client, admin, "me", **whole, alert=alert).is_success
    assert len(deeds(office, "me")) == 5  # nothing changed, nothing noted
    for wrong, name in (
        ({"deputy": "me"}, "incomplete"),
        ({"deputy": "nobody"}, "unknown-officer"),
        ({"deputy": "admin"}, "unknown-officer"),  # handles no cases
        ({"section": "none"}, "unknown-section"),
        ({"successor": "me"}, "unknown-officer"),
        ({"name": ""}, "invalid-request"),
        ({"name": " "}, "bad-roster"),
    ):
        assert problem(change(client, admin, "me", **wrong)) == (422, name), wrong
    assert problem(change(client, admin, "nobody")) == (422, "unknown-officer")


def test_who_handles_no_cases_any_more_hands_them_over(
    client: TestClient, admin: Headers, staff: Headers, clerk: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    assign(client, staff, case, "me")
    client.post(OFFICERS, headers=admin, json=ANN)
    refused = change(client, admin, "me", role="faq_editor")
    assert problem(refused) == (409, "holds-cases")
    assert change(client, admin, "me", role="faq_editor", successor="ann").is_success
    shown = client.get(f"{CASES}/{case.case_no}", headers=staff).json()
    assert shown["handler"] == "安安"


@once
def test_nobody_changes_their_own_role(client: TestClient, admin: Headers) -> None:
    mine = change(client, admin, "admin", role="director")
    assert problem(mine) == (403, "own-role")
    assert change(client, admin, "admin", name="管理", role="administrator").is_success


def test_who_left_may_come_back_with_another_password(
    client: TestClient, office: Office, admin: Headers, clerk: Headers
) -> None:
    first = client.post(OFFICERS, headers=admin, json=ANN).json()["password"]
    set_up_phone(office.engine, "ann", NOON)
    assert do(client, admin, "officers/ann/leave", successor="me").is_success
    assert not enters(client, "ann", first)
    assert problem(change(client, admin, "ann")) == (422, "unknown-officer")
    back = client.post(f"{OFFICERS}/ann/reopen", headers=admin)
    assert back.status_code == 201
    assert enters(client, "ann", back.json()["password"])
    assert not enters(client, "ann", first)
    expected = ["made", "second_factor_on", "closed", "second_factor_off", "reopened"]
    assert deeds(office, "ann") == expected
    again = client.post(f"{OFFICERS}/ann/reopen", headers=admin)
    assert problem(again) == (422, "unknown-officer")


def test_a_lost_password_is_given_anew(
    client: TestClient, office: Office, admin: Headers, clerk: Headers
) -> None:
    given = client.post(f"{OFFICERS}/me/password", headers=admin)
    assert given.status_code == 201
    assert problem(client.get(f"{API}/me", headers=clerk)) == (401, "not-logged-in")
    assert enters(client, "me", given.json()["password"])
    assert deeds(office, "me") == ["password_changed"]
    nobody = client.post(f"{OFFICERS}/nobody/password", headers=admin)
    assert problem(nobody) == (404, "unknown-account")


@once
def test_tokens_read_the_roster_and_change_nothing(
    client: TestClient, admin: Headers, clerk: Headers
) -> None:
    reader, writer = (make_token(client, admin, scope) for scope in ("cases:read", "cases:write"))
    assert client.get(PEOPLE, headers=reader).is_success
    assert client.get(ABSENCES, headers=reader).is_success
    for answer in (
        client.post(SECTIONS, headers=writer, json=WORKS),
        client.post(OFFICERS, headers=writer, json=ANN),
        change(client, writer, "me"),
        do(client, writer, "absences", **DAYS),
        put(client, writer, "me", "deputy", {"deputy": None}),
        do(client, writer, "officers/me/leave"),
        client.post(f"{OFFICERS}/me/reopen", headers=writer),
        client.post(f"{OFFICERS}/me/password", headers=writer),
    ):
        assert problem(answer) == (403, "out-of-scope")


@once
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_administrators_change_the_roster(
    client: TestClient, log_in: LogIn, clerk: Headers, role: str
) -> None:
    other = log_in("other", role=role)
    for answer in (
        client.post(SECTIONS, headers=other, json=WORKS),
        change_section(client, other, "civil"),
        client.post(OFFICERS, headers=other, json=ANN),
        change(client, other, "me"),
        client.post(f"{OFFICERS}/me/reopen", headers=other),
        client.post(f"{OFFICERS}/me/password", headers=other),
    ):
        assert problem(answer) == (403, "forbidden")
    closes = role in {Role.SECRETARY, Role.DIRECTOR}
    assert client.get(f"{OFFICERS}/me", headers=other).is_success is closes


# --- reading --------------------------------------------------------------------------------
def test_the_roster_shows_who_is_away_and_who_stands_in(
    client: TestClient, admin: Headers, clerk: Headers, staff: Headers, new_case: NewCase
) -> None:
    client.post(OFFICERS, headers=admin, json=ANN)
    assign(client, staff, new_case(section="民政課"), "me")
    today = {"first_day": "2026-11-26", "last_day": "2026-11-26", "deputy": "ann"}
    note_absence(client, clerk, **today)
    found = client.get(PEOPLE, headers=clerk).json()
    shown = {one["username"]: one for one in found["officers"]}
    assert (shown["me"]["away"], shown["me"]["stands_in"]) == (True, "ann")
    assert shown["me"]["open_cases"] == 1
    assert (shown["ann"]["away"], shown["ann"]["stands_in"]) == (False, None)


@once
def test_a_report_of_misconduct_is_not_counted_for_who_may_not_know_of_it(
    client: TestClient, office: Office, admin: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT)
    ethics = log_in("ethics", role="ethics")
    with transaction(office.engine) as tx:
        by = tx.scalars(select(Officer).where(Officer.username == "ethics")).one()
        handling.accept(tx, case.case_no, by=by, version=1, now=NOON)
    assert sections(client, admin)["civil"]["open_cases"] == 0
    assert sections(client, ethics)["civil"]["open_cases"] == 1
    shown = client.get(f"{OFFICERS}/ethics", headers=admin).json()
    assert (shown["open_cases"], shown["cases"]) == (1, [])
    director = log_in("director", role="director")
    assert client.get(f"{OFFICERS}/ethics", headers=director).json()["cases"] == [case.case_no]


@once
def test_closed_accounts_and_sections_come_last(
    client: TestClient, office: Office, admin: Headers, clerk: Headers
) -> None:
    client.post(OFFICERS, headers=admin, json=ANN)
    assert do(client, admin, "officers/ann/leave", successor="me").is_success
    with transaction(office.engine) as tx:
        tx.add(Section(code="aaa", name="裁撤課", active=False))
    found = client.get(PEOPLE, headers=admin).json()
    assert [one["username"] for one in found["officers"]] == ["admin", "me", "ann"]
    assert found["sections"][-1]["code"] == "aaa"
