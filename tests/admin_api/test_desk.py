"""Somebody at the counter, on the phone or by letter is served as the chat serves others."""

from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from admin_api.schemas.desk import Source
from app.office import Office
from complaints import notices
from complaints.privacy import identities
from complaints.states import Kind
from complaints.tables import Case, Citizen, Follower, Officer, Task
from data.database import reading, transaction
from data.outbox import Outbox
from faq.keeping.tables import Asked
from tests.admin_api.staff import API, CASES, Clock, Headers, History, LogIn, NewCase, once, problem
from tests.makers import answer_case, make_case, make_section

DESK = f"{API}/desk"
PHONE = "0912-345-678"
TOLD: dict[str, Any] = {
    "kind": "rights_protection",
    "content": "騎樓堆放雜物。輪椅過不去。",
    "source": "counter",
    "reply_by": "phone",
    "contact": PHONE,
    "name": "王小明",
    "place": "範例街 18 號前",
    "read_back": True,
    "notice_version": "2026-11",
}
QUESTION = "身分證遺失要怎麼補領"


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    """Somebody of the civil section who serves at the counter."""
    return log_in("me", role="clerk")


def file(client: TestClient, headers: Headers, **given: Any) -> Response:
    return client.post(CASES, headers=headers, json=TOLD | given)


def desk(client: TestClient, headers: Headers, path: str, **body: Any) -> Response:
    return client.post(f"{DESK}/{path}", headers=headers, json=body)


def count(office: Office, table: Any) -> int:
    with reading(office.engine) as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0


# --- petitions ------------------------------------------------------------------------------
def test_a_petition_told_at_the_counter_is_filed_and_answered_with_a_slip(
    client: TestClient, office: Office, clerk: Headers, history: History
) -> None:
    made = file(client, clerk, section="civil", priority="urgent")
    assert made.status_code == 201
    slip = made.json()
    shown = client.get(f"{CASES}/{slip['case_no']}", headers=clerk).json()
    assert slip == {
        "case_no": "CL-1151126-0001",
        "lookup_code": shown["lookup_code"],
        "section": "民政課",
        "due_on": "2026-12-01",
        "due": "115/12/01（二）",
        "limit": "3 個工作天，自次一工作天起算",
        "provisional": False,
    }
    assert (shown["source"], shown["taken_by"], shown["priority"]) == (
        "counter",
        "me先生",
        "urgent",
    )
    assert shown["points"] == ["騎樓堆放雜物", "輪椅過不去"]
    petitioner = {"name": "王○○", "reply_by": "phone", "contact": "***678"}
    assert shown["petitioner"] == petitioner
    received = shown["history"][0]
    assert (received["by"], received["data"]["source"]) == ("me先生", "counter")
    assert received["data"]["read_back"] is True
    # Told at once: nobody has to call with the receipt, and it is on record.
    with reading(office.engine) as tx:
        case = tx.scalars(select(Case)).one()
        assert history(case) == ["received", "told_otherwise"]
        assert tx.scalars(select(Task).where(Task.done_at.is_(None))).all() == []
        assert tx.scalars(select(Outbox)).all() == []
        assert PHONE not in case.citizen.name


def test_a_letter_is_filed_by_its_points_and_acknowledged_in_writing(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    letter = {
        "source": "letter",
        "reply_by": "letter",
        "contact": "臺北市範例區範例街 18 號 3 樓",
        "points": ["雜物", "燈不亮"],
        "read_back": False,
        "notice_version": None,
        "language": "en",
        "confidential": True,
        "consents_to_transfer": True,
    }
    number = file(client, clerk, **letter).json()["case_no"]
    with reading(office.engine) as tx:
        case = tx.scalars(select(Case).where(Case.case_no == number)).one()
        assert case.points == ["雜物", "燈不亮"]
        assert (case.channel, case.reply_by, case.confidential) == ("letter", "letter", True)
        assert (case.notice_version, case.citizen.language) == ("not-shown", "en")
        assert case.consents_to_transfer is True
        (task,) = tx.scalars(select(Task)).all()
        assert (task.kind, task.done_at) == ("letter", None)
        assert number in task.about


@once
def test_what_is_told_by_word_of_mouth_is_read_back_with_the_notice_shown(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    for source in ("counter", "phone"):
        for missing in ({"read_back": False}, {"notice_version": None}):
            answer = file(client, clerk, source=source, **missing)
            assert problem(answer) == (422, "incomplete")
            assert next(iter(missing)) in answer.json()["detail"]
    assert count(office, Case) == 0
    assert file(client, clerk, source="phone").is_success
    assert file(client, clerk, source="email", read_back=False, notice_version=None).is_success


@once
def test_a_petition_that_cannot_be_is_refused(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn
) -> None:
    for wrong in (
        {"kind": "spam"},
        {"content": ""},
        {"source": "telegram"},
        {"reply_by": "chat"},
        {"reply_by": "email", "contact": PHONE},
        {"reply_by": "phone", "contact": "請打給我"},
        {"points": ["點"] * 10},
        {"points": [""]},
        {"read_back": "yes"},
        {"language": "ja"},
        {"origin": "x"},
    ):
        assert problem(file(client, clerk, **wrong)) == (422, "invalid-request"), wrong
    assert problem(file(client, clerk, content=" ")) == (422, "incomplete")
    assert problem(file(client, clerk, section="nowhere")) == (422, "unknown-section")
    editor = log_in("editor", role="faq_editor")
    assert problem(file(client, editor)) == (403, "forbidden")
    assert problem(file(client, {})) == (401, "not-logged-in")
    assert count(office, Case) == 0


def test_a_repeated_key_files_once(client: TestClient, office: Office, clerk: Headers) -> None:
    keyed = clerk | {"Idempotency-Key": "k-1"}
    first, again = (file(client, keyed) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert problem(file(client, keyed, name="別人")) == (422, "key-reused")
    assert file(client, clerk).json()["case_no"] != first.json()["case_no"]
    assert count(office, Case) == 2
    assert count(office, Citizen) == 1  # of one telephone: the same person


@once
def test_people_without_telephone_or_mail_are_not_taken_for_one(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    for contact in (None, None, "範例街 18 號", "示範街 18 號"):
        given = {"source": "letter", "reply_by": "letter", "contact": contact}
        assert file(client, clerk, **given).is_success
    assert count(office, Citizen) == 4
    with reading(office.engine) as tx:
        marks = [one.contact_mark for one in tx.scalars(select(Case)) if one.contact_mark]
    assert len(set(marks)) == len(marks)


@once
def test_a_report_of_misconduct_is_taken_down_and_then_out_of_sight(
    client: TestClient, clerk: Headers, log_in: LogIn
) -> None:
    slip = file(client, clerk, kind="misconduct_report", section="civil").json()
    path = f"{CASES}/{slip['case_no']}"
    assert problem(client.get(path, headers=clerk)) == (404, "unknown-case")
    assert client.get(path, headers=log_in("ethics", role="ethics")).is_success
    key = {"case_no": slip["case_no"], "code": slip["lookup_code"]}
    assert desk(client, clerk, "look-up", **key).json()["status"] == "received"


@once
def test_every_source_that_is_told_by_hand_can_be_taken_down(
    client: TestClient, clerk: Headers
) -> None:
    assert {source.value for source in Source} == notices.BY_HAND
    for source in Source:
        assert file(client, clerk, source=source).status_code == 201, source


@once
def test_without_a_rule_or_a_calendar_nothing_is_filed(
    client: TestClient, office: Office, clock: Clock, log_in: LogIn
) -> None:
    clock.forward(days=366 * 3)
    assert problem(file(client, log_in("me", role="clerk"))) == (409, "calendar-missing")
    assert count(office, Case) == 0


# --- was it reported before -----------------------------------------------------------------
def test_how_many_reported_the_same(
    client: TestClient, office: Office, clerk: Headers, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    place = "範例街 18 號前"
    seen = new_case(section="民政課", place=place)
    new_case(section="社會課", place=place)
    new_case(section="民政課", place=place, confidential=True)
    found = desk(client, clerk, "similar", text="騎樓堆放雜物，輪椅過不去", place=place)
    assert found.json() == {"count": 2, "cases": [seen.case_no]}
    other = desk(client, clerk, "similar", text="申請低收入戶補助的文件").json()
    assert other == {"count": 0, "cases": []}
    assert problem(desk(client, clerk, "similar", text="")) == (422, "invalid-request")


def test_somebody_follows_what_another_reported(
    client: TestClient, office: Office, clerk: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課")
    body = {"case_no": case.case_no, "source": "counter", "contact": PHONE}
    keyed = clerk | {"Idempotency-Key": "k-1"}
    first, again = (desk(client, keyed, "follow", **body) for _ in range(2))
    assert first.json() == again.json() == {"case_no": case.case_no, "fresh": True}
    assert desk(client, clerk, "follow", **body).json()["fresh"] is False
    assert history(case) == ["received", "followed"]
    with reading(office.engine) as tx:
        (row,) = tx.scalars(select(Follower)).all()
        assert row.citizen.address.channel == "counter"
        assert row.citizen.name == identities.mark(tx, "0912345678")


@once
def test_what_cannot_be_followed(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    body = {"source": "phone", "contact": PHONE}
    secret = new_case(section="民政課", confidential=True).case_no
    report = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT).case_no
    ethics = log_in("ethics", role="ethics")
    for headers, number in ((clerk, secret), (ethics, report)):
        refused = desk(client, headers, "follow", case_no=number, **body)
        assert problem(refused) == (403, "forbidden")
    for number in (report, new_case(section="社會課").case_no, "CL-0"):
        refused = desk(client, clerk, "follow", case_no=number, **body)
        assert problem(refused) == (404, "unknown-case")
    over = new_case(section="民政課").case_no
    path = f"{CASES}/{over}/said-withdrawn"
    assert client.post(path, headers=clerk, json={"source": "phone"}).is_success
    refused = desk(client, clerk, "follow", case_no=over, **body)
    assert problem(refused) == (409, "not-allowed")
    for wrong in ({"contact": "範例街"}, {"source": "chat"}, {"name": "王"}):
        refused = desk(client, clerk, "follow", **({"case_no": over} | body | wrong))
        assert problem(refused) == (422, "invalid-request")
    assert count(office, Follower) == 0


# --- progress -------------------------------------------------------------------------------
def test_number_and_code_show_what_the_citizen_may_see(
    client: TestClient, clerk: Headers, new_case: NewCase
) -> None:
    case = new_case()
    body = {"case_no": case.case_no.lower(), "code": case.lookup_code.lower()}
    shown = desk(client, clerk, "look-up", **body).json()
    assert (shown["case_no"], shown["status"], shown["days_left"]) == (case.case_no, "received", 6)
    assert [one["kind"] for one in shown["steps"]] == ["received"]
    assert "王小明" not in f"{shown}"


def test_wrong_codes_count_and_lock_as_for_citizens(
    client: TestClient, clerk: Headers, log_in: LogIn, clock: Clock, new_case: NewCase
) -> None:
    case = new_case()
    right = {"case_no": case.case_no, "code": case.lookup_code}
    for number in (case.case_no, "CL-1151126-9999"):
        for _ in range(5):
            wrong = desk(client, clerk, "look-up", case_no=number, code="WRONG")
            assert problem(wrong) == (404, "unknown-case")
        locked = desk(client, clerk, "look-up", case_no=number, code="WRONG")
        assert problem(locked) == (429, "http-429")
    assert problem(desk(client, clerk, "look-up", **right)) == (429, "http-429")
    clock.forward(minutes=15)
    assert desk(client, clerk, "look-up", **right).is_success
    editor = log_in("editor", role="faq_editor")
    assert problem(desk(client, editor, "look-up", **right)) == (403, "forbidden")
    assert problem(desk(client, clerk, "look-up", code="A")) == (422, "invalid-request")


def test_a_persons_cases_are_found_by_telephone_or_mail(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
        mine: dict[str, Any] = {"section": "民政課", "contact": "0912345678"}
        first = make_case(tx, **mine).case_no
        make_case(tx, **mine | {"contact": "0912345679"})
        make_case(tx, **mine | {"section": "社會課"})
        make_case(tx, **mine, confidential=True)
        make_case(tx, **mine, kind=Kind.MISCONDUCT_REPORT)
        mailed = make_case(
            tx, section="民政課", contact="Ming@example.tw", reply_by="email"
        ).case_no
    withdrawn = file(client, clerk, section="civil").json()["case_no"]
    path = f"{CASES}/{withdrawn}/said-withdrawn"
    assert client.post(path, headers=clerk, json={"source": "counter"}).is_success
    for written in (PHONE, "+886 912 345 678", "０９１２３４５６７８"):
        found = desk(client, clerk, "find", contact=written).json()
        assert [one["case_no"] for one in found["cases"]] == [first, withdrawn]  # open ones first
        assert found["elsewhere"] == 1  # of the confidential ones not even the number is told
    found = desk(client, clerk, "find", contact="ming@example.tw").json()
    assert [one["case_no"] for one in found["cases"]] == [mailed]
    director = log_in("director", role="director")
    assert len(desk(client, director, "find", contact=PHONE).json()["cases"]) == 5
    nobody = desk(client, clerk, "find", contact="0223456789").json()
    assert nobody == {"cases": [], "elsewhere": 0}
    for wrong in ("王小明", "12", ""):
        answer = desk(client, clerk, "find", contact=wrong)
        assert problem(answer) == (422, "invalid-request")
    editor = log_in("editor", role="faq_editor")
    assert problem(desk(client, editor, "find", contact=PHONE)) == (403, "forbidden")


def test_the_count_of_a_date_in_words_to_read_out(
    client: TestClient, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    words = desk(client, clerk, "explain", case_no=case.case_no).json()["text"]
    assert "115/11/26（四） 收件（當日不計）" in words
    assert "115/11/28（六） 週六，不計" in words
    assert "115/12/04（五） 第 6 天" in words
    english = desk(client, clerk, "explain", case_no=case.case_no, language="en").json()["text"]
    assert "So we answer by Fri 4 Dec 2026" in english
    away = log_in("away", role="clerk", section="social")
    refused = desk(client, away, "explain", case_no=case.case_no)
    assert problem(refused) == (404, "unknown-case")
    wrong = desk(client, clerk, "explain", case_no=case.case_no, language="ja")
    assert problem(wrong) == (422, "invalid-request")


# --- questions ------------------------------------------------------------------------------
def test_a_question_at_the_counter_is_answered_and_recorded_as_asked_there(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    keyed = clerk | {"Idempotency-Key": "k-1"}
    first, again = (desk(client, keyed, "ask", text=QUESTION) for _ in range(2))
    assert first.json() == again.json()
    got = first.json()
    assert (got["verdict"], got["distress"], got["cards"][0]["id"]) == (
        "sure",
        None,
        "id-card-lost",
    )
    assert got["cards"][0]["answer"]
    with reading(office.engine) as tx:
        (row,) = tx.scalars(select(Asked)).all()
        assert (row.id, row.asker, row.text) == (got["asked_id"], "counter:me", QUESTION)
    english = desk(client, clerk, "ask", text=QUESTION, language="en").json()["cards"][0]
    assert english["label"].isascii()
    assert problem(desk(client, clerk, "ask", text="")) == (422, "invalid-request")
    other = desk(client, keyed, "ask", text="別的")
    assert problem(other) == (422, "key-reused")
    assert problem(desk(client, {}, "ask", text=QUESTION)) == (401, "not-logged-in")


@once
def test_distress_at_the_counter_is_told_before_any_answer_and_not_kept(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    got = desk(client, clerk, "ask", text="我不想活了").json()
    assert (got["distress"], got["cards"]) == ("crisis", [])
    with reading(office.engine) as tx:
        assert tx.scalars(select(Asked.text)).all() == [""]


def test_what_the_person_chose_and_thought_is_kept(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn
) -> None:
    number = desk(client, clerk, "ask", text=QUESTION).json()["asked_id"]
    keyed = clerk | {"Idempotency-Key": "k-1"}
    path = f"asked/{number}"
    chosen = [desk(client, keyed, f"{path}/choice", entry_id="move-in") for _ in range(2)]
    assert chosen[0].json() == chosen[1].json()
    assert chosen[0].json()["entry"]["id"] == "move-in"
    key = clerk | {"Idempotency-Key": "k-2"}
    judged = [desk(client, key, f"{path}/helpful", helpful=True) for _ in range(2)]
    assert judged[0].json() == judged[1].json()
    assert judged[0].json()["helpful"] is True
    with reading(office.engine) as tx:
        (row,) = tx.scalars(select(Asked)).all()
        assert (row.fate, row.entry_id, row.helpful) == ("chosen", "move-in", True)
    near = client.get(f"{DESK}/{path}/similar", headers=clerk).json()
    assert near
    assert "move-in" not in {one["id"] for one in near}
    assert desk(client, clerk, f"{path}/choice", entry_id=None).json()["entry"] is None
    with reading(office.engine) as tx:
        (row,) = tx.scalars(select(Asked)).all()
        assert (row.fate, row.entry_id) == ("none_of_these", None)

    unknown = desk(client, clerk, f"{path}/choice", entry_id="nothing")
    assert problem(unknown) == (404, "unknown-entry")
    other = log_in("other", role="clerk")  # asked at another counter
    for refused in (
        desk(client, other, f"{path}/choice", entry_id="move-in"),
        desk(client, other, f"{path}/helpful", helpful=False),
        client.get(f"{DESK}/{path}/similar", headers=other),
    ):
        assert problem(refused) == (404, "unknown-question")
    told = desk(client, clerk, f"{path}/helpful", helpful=False, reason="wrong")
    assert told.json()["helpful"] is False
    with reading(office.engine) as tx:
        assert [row.reason for row in tx.scalars(select(Asked))] == ["wrong"]
    for wrong in ({}, {"helpful": "yes"}, {"helpful": True, "reason": "wrong"}, {"reason": "old"}):
        assert problem(desk(client, clerk, f"{path}/helpful", **wrong)) == (422, "invalid-request")
    assert problem(desk(client, clerk, f"{path}/choice")) == (422, "invalid-request")


@once
def test_a_question_becomes_a_petition_and_says_so(
    client: TestClient, office: Office, clerk: Headers
) -> None:
    asked = desk(client, clerk, "ask", text="騎樓堆放雜物，輪椅過不去").json()["asked_id"]
    assert file(client, clerk, asked_id=asked).is_success
    with reading(office.engine) as tx:
        assert tx.scalars(select(Asked.fate)).all() == ["filed"]


def test_what_is_asked_most_of_late(
    client: TestClient, clerk: Headers, log_in: LogIn, clock: Clock
) -> None:
    path = f"{DESK}/popular"
    assert client.get(path, headers=clerk).json() == []
    for text in ("身分證遺失要怎麼補領", "身分證遺失要怎麼補領", "遷入登記要準備什麼"):
        desk(client, clerk, "ask", text=text)
    shown = client.get(path, headers=clerk).json()
    assert shown[0]["id"] == "id-card-lost"
    assert problem(client.get(path)) == (401, "not-logged-in")
    clock.forward(days=31)
    assert client.get(path, headers=log_in("me")).json() == []


def test_grades_and_reasons_told_at_the_counter(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    log_in("head", role="director")
    case = new_case(section="民政課")
    with transaction(office.engine) as tx:
        head = tx.scalars(select(Officer).where(Officer.username == "head")).one()
        answer_case(tx, tx.get_one(Case, case.id), head)

    def say(verb: str, **body: Any) -> Response:
        path = f"{CASES}/{case.case_no}/said-{verb}"
        return client.post(path, headers=clerk, json={"source": "phone"} | body)

    assert problem(say("why", fault="slow")) == (422, "incomplete")
    assert say("grade", grade=2).json()["process_grade"] == 2  # as before there were two
    shown = say("grade", grade=4, aspect="result").json()
    assert (shown["process_grade"], shown["satisfaction"]) == (2, 4)
    kept = say("why", fault="slow", said="等了三個月").json()["history"][-1]
    expected = {"aspect": "reason", "reason_code": "slow", "said": "等了三個月", "source": "phone"}
    assert expected.items() <= kept["data"].items()
    for wrong in ({"grade": 4, "aspect": "price"}, {"grade": 6}):
        assert problem(say("grade", **wrong)) == (422, "invalid-request")
    assert problem(say("why", fault="dear")) == (422, "invalid-request")
