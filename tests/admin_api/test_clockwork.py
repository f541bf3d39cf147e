"""The clock over the API: what it is, and how it is changed by two hands."""

from datetime import date, timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from admin_api.schemas.clockwork import Part
from app.office import Office
from complaints.clock import calendars, official
from complaints.limits import Priority
from complaints.roles import Role
from complaints.states import Kind
from complaints.tables import Case, ClockChange
from data.database import reading, transaction
from data.outbox import Outbox
from tests.admin_api.staff import API, CASES, Headers, History, LogIn, NewCase, once, problem
from tests.makers import make_case, make_section

CHANGES = f"{API}/clock-changes"
RULES = f"{API}/rules"
CLOSURE = {"day": "2026-11-30", "reason": "颱風停班", "source": "縣府公告"}
RULE = {
    "kind": "rights_protection",
    "priority": "ordinary",
    "days": 10,
    "unit": "working",
    "reopened_days": 3,
    "basis": "本所 115 年公告作業期限",
}
SOURCE = {"source": "人事總處 116 年辦公日曆表"}


@pytest.fixture
def chief(log_in: LogIn) -> Headers:
    """Somebody who may propose a change, and not decide it."""
    return log_in("chief", role="section_chief")


def propose(client: TestClient, headers: Headers, what: str, **body: Any) -> Response:
    return client.post(f"{CHANGES}/{what}", headers=headers, json=body)


def upload(client: TestClient, headers: Headers, content: bytes, **params: str) -> Response:
    return client.post(
        f"{CHANGES}/year",
        headers=headers,
        params=SOURCE | params,
        files={"file": ("116.csv", content)},
    )


def settle(client: TestClient, headers: Headers, number: int, verb: str) -> Response:
    return client.post(f"{CHANGES}/{number}/{verb}", headers=headers)


def due_on(client: TestClient, headers: Headers, case: Case) -> str:
    return str(client.get(f"{CASES}/{case.case_no}", headers=headers).json()["due_on"])


def year_file(year: int, encoding: str = "utf-8-sig", off: tuple[date, ...] = ()) -> bytes:
    """A year as the government publishes it: weekends off, and these days."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    lines = ["西元日期,星期,是否放假,備註"]
    for day in (one for one in days if one.year == year):
        closed = day.weekday() >= 5 or day in off
        note = "紀念日" if day in off else ""
        lines.append(f"{day:%Y%m%d},{'一二三四五六日'[day.weekday()]},{2 if closed else 0},{note}")
    return "\r\n".join(lines).encode(encoding)


# --- how it is now --------------------------------------------------------------------------
def test_a_years_calendar_with_its_source_and_the_offices_own_days(
    client: TestClient, staff: Headers, log_in: LogIn
) -> None:
    head = log_in("head", role="secretary")
    for body in (CLOSURE, CLOSURE | {"day": "2026-12-01", "area": "花蓮縣"}):
        number = propose(client, head, "day", **body).json()["id"]
        assert settle(client, head, number, "apply").is_success
    shown = client.get(f"{API}/calendar/2026", headers=staff).json()
    assert (shown["year"], shown["provisional"]) == (2026, False)
    assert shown["source"]
    assert {"day": "2026-01-01", "reason": "開國紀念日"} in shown["days_off"]
    own = [(one["day"], one["reason"], one["by"], one["holds"]) for one in shown["own"]]
    assert own == [
        ("2026-11-30", "颱風停班", "head", True),
        ("2026-12-01", "颱風停班", "head", False),  # announced for a county that is not ours
    ]
    worked = client.get(f"{API}/calendar/2025", headers=staff).json()["make_up"]
    assert [one["day"] for one in worked] == ["2025-02-08"]


@once
def test_a_year_that_is_not_loaded_and_one_that_is_none(client: TestClient, staff: Headers) -> None:
    missing = client.get(f"{API}/calendar/2035", headers=staff)
    assert problem(missing) == (409, "calendar-missing")
    for wrong in ("1999", "0", "soon"):
        answer = client.get(f"{API}/calendar/{wrong}", headers=staff)
        assert problem(answer) == (422, "invalid-request")


@once
def test_a_deadline_is_worked_out_day_by_day_without_a_case(
    client: TestClient, staff: Headers
) -> None:
    # 25 September 2026 is Mid-Autumn and the 28th Teachers' Day.
    asked = {"received": "2026-09-21", "kind": "rights_protection"}
    shown = client.get(f"{API}/deadline", headers=staff, params=asked).json()
    assert (shown["due_on"], shown["limit"], shown["unit"]) == ("2026-10-01", 6, "working")
    assert shown["latest_on"] == "2026-10-21"
    numbered = {one["day"]: one["number"] for one in shown["count"]}
    assert numbered["2026-09-25"] is None
    assert numbered["2026-10-01"] == 6
    urgent = asked | {"priority": "urgent"}
    sooner = client.get(f"{API}/deadline", headers=staff, params=urgent).json()
    assert sooner["due_on"] == "2026-09-24"


@once
def test_a_deadline_that_cannot_be_worked_out(client: TestClient, staff: Headers) -> None:
    far = {"received": "2034-12-30", "kind": "rights_protection"}
    answer = client.get(f"{API}/deadline", headers=staff, params=far)
    assert problem(answer) == (409, "calendar-missing")
    for wrong in (
        {"received": "2026-02-30", "kind": "rights_protection"},
        {"received": "9999-12-31", "kind": "rights_protection"},
        {"received": "2026-11-26", "kind": "spam"},
        {"received": "2026-11-26", "kind": "praise", "priority": "soon"},
        {"kind": "praise"},
    ):
        answer = client.get(f"{API}/deadline", headers=staff, params=wrong)
        assert problem(answer) == (422, "invalid-request")


# --- a closure ------------------------------------------------------------------------------
def test_a_closure_is_proposed_previewed_and_applied_by_another(
    client: TestClient,
    office: Office,
    staff: Headers,
    chief: Headers,
    new_case: NewCase,
    history: History,
) -> None:
    case, later = new_case(section="民政課"), new_case(kind=Kind.REGULATION_INQUIRY)
    made = propose(client, chief, "day", **CLOSURE)
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    number = made.json()["id"]
    waiting = client.get(CHANGES, headers=staff).json()
    assert [(one["id"], one["kind"], one["by"]) for one in waiting] == [(number, "day", "chief")]

    preview = client.get(f"{CHANGES}/{number}/preview", headers=staff).json()
    moves = [(one["case_no"], one["before"], one["after"]) for one in preview["moves"]]
    assert moves == [
        (later.case_no, "2026-12-01", "2026-12-02"),
        (case.case_no, "2026-12-04", "2026-12-07"),
    ]
    assert (preview["count"], preview["unseen"]) == (2, 0)
    assert due_on(client, staff, case) == "2026-12-04"  # nothing moved yet

    applied = settle(client, staff, number, "apply").json()
    assert applied["moves"] == preview["moves"]
    change = applied["change"]
    assert (change["state"], change["decided_by"], change["moved"]) == ("applied", "clerk", 2)
    assert due_on(client, staff, case) == "2026-12-07"
    assert history(case) == ["received", "due_date_moved"]
    assert client.get(CHANGES, headers=staff).json() == []
    with reading(office.engine) as tx:
        texts = [row.message.text for row in tx.scalars(select(Outbox).order_by(Outbox.id))]
    assert sum("115/11/30（一）颱風停班" in text for text in texts) == 2


@once
def test_who_proposed_does_not_apply_but_a_head_may(
    client: TestClient, staff: Headers, chief: Headers, log_in: LogIn
) -> None:
    number = propose(client, staff, "day", **CLOSURE).json()["id"]
    assert problem(settle(client, staff, number, "apply")) == (403, "own-work")
    assert problem(settle(client, chief, number, "apply")) == (403, "forbidden")
    assert problem(settle(client, chief, number, "drop")) == (403, "forbidden")
    head = log_in("head", role="director")
    assert settle(client, head, number, "apply").is_success
    own = propose(client, head, "day", **CLOSURE | {"day": "2026-12-02"}).json()["id"]
    assert settle(client, head, own, "apply").is_success


@once
def test_a_preview_counts_what_an_officer_may_not_see(
    client: TestClient, office: Office, chief: Headers
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
        seen = make_case(tx, section="民政課").case_no
        make_case(tx, section="社會課")
        make_case(tx, section="民政課", kind=Kind.MISCONDUCT_REPORT)  # counts in calendar days
    number = propose(client, chief, "day", **CLOSURE).json()["id"]
    preview = client.get(f"{CHANGES}/{number}/preview", headers=chief).json()
    assert (preview["count"], preview["unseen"]) == (2, 1)
    assert [one["case_no"] for one in preview["moves"]] == [seen]


def test_a_closure_is_taken_back_and_a_proposal_dropped(
    client: TestClient, staff: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case, head = new_case(), log_in("head", role="director")
    number = propose(client, head, "day", **CLOSURE).json()["id"]
    settle(client, head, number, "apply")
    (own,) = client.get(f"{API}/calendar/2026", headers=staff).json()["own"]
    back = propose(client, staff, "revoke", day_id=own["id"]).json()["id"]
    assert due_on(client, staff, case) == "2026-12-07"
    assert settle(client, head, back, "apply").json()["count"] == 1
    assert due_on(client, staff, case) == "2026-12-04"
    (own,) = client.get(f"{API}/calendar/2026", headers=staff).json()["own"]
    assert (own["revoked_by"], own["holds"]) == ("head", False)
    again = propose(client, staff, "revoke", day_id=own["id"])
    assert problem(again) == (422, "bad-calendar")

    other = propose(client, staff, "day", **CLOSURE).json()["id"]
    assert settle(client, staff, other, "drop").json()["state"] == "dropped"
    assert problem(settle(client, head, other, "apply")) == (404, "nothing-to-decide")


@once
def test_a_day_that_makes_no_sense_is_refused(client: TestClient, staff: Headers) -> None:
    for wrong, name in (
        ({"part": "noon"}, "invalid-request"),
        ({"day": "2026-13-01"}, "invalid-request"),
        ({"reason": ""}, "invalid-request"),
        ({"reason": "長" * 101}, "invalid-request"),
        ({"works": "yes"}, "invalid-request"),
        ({"till": "2026-12-01"}, "invalid-request"),
        ({"reason": " "}, "bad-calendar"),
        ({"part": "morning", "works": True}, "bad-calendar"),
    ):
        answer = propose(client, staff, "day", **(CLOSURE | wrong))
        assert problem(answer) == (422, name)
    assert problem(propose(client, staff, "revoke", day_id=99)) == (422, "bad-calendar")
    assert client.get(CHANGES, headers=staff).json() == []


# --- a year ---------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8-sig", "big5"])
@once
def test_the_official_year_is_taken_in(
    client: TestClient, staff: Headers, log_in: LogIn, encoding: str
) -> None:
    assert client.get(f"{API}/calendar/2027", headers=staff).json()["provisional"] is True
    new_year = date(2027, 1, 1)
    made = upload(client, staff, year_file(2027, encoding, (new_year,)))
    assert made.status_code == 201
    assert (made.json()["kind"], made.json()["content"]["year"]) == ("year", 2027)
    assert settle(client, log_in("head", role="director"), made.json()["id"], "apply").is_success
    shown = client.get(f"{API}/calendar/2027", headers=staff).json()
    assert shown["provisional"] is False
    assert shown["source"] == SOURCE["source"]
    assert shown["days_off"] == [{"day": "2027-01-01", "reason": "紀念日"}]


@once
def test_a_file_that_is_no_year_is_refused_with_the_reason(
    client: TestClient, staff: Headers
) -> None:
    good = year_file(2027).decode("utf-8-sig")
    for content, told in (
        (b"\xff\xfe\x00\x81", "UTF-8"),
        (b"PK\x03\x04", "columns missing"),
        (b"", "columns missing"),
        (good.replace("20270203", "2027/02").encode(), "line 35"),
        (good.replace("20270203,三,0", "20270203,三,1").encode(), "line 35"),
        (good.replace("20270203", "20270204").encode(), "twice"),
        ("\r\n".join(good.splitlines()[:-1]).encode(), "2027 has 364 days"),
        ((good + "\r\n20280101,六,2,").encode(), "exactly one year"),
    ):
        answer = upload(client, staff, content)
        assert problem(answer) == (422, "bad-calendar")
        assert told in answer.json()["detail"]
    assert client.get(CHANGES, headers=staff).json() == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(year_file(2027) + b"\r\n" + b"a" * 200_000, id="field-too-long"),
        pytest.param(
            "西元日期,星期,是否放假,備註\r\n99991231,五,0,".encode(), id="the-last-of-all-years"
        ),
    ],
)
@once
def test_a_file_beyond_reading_is_refused_and_no_failure_of_ours(
    client: TestClient, staff: Headers, content: bytes
) -> None:
    assert problem(upload(client, staff, content)) == (422, "bad-calendar")


@once
def test_a_bad_upload_is_refused(client: TestClient, staff: Headers, chief: Headers) -> None:
    large = upload(client, staff, b"a" * (official.LARGEST + 1))
    assert problem(large) == (413, "http-413")
    path = f"{CHANGES}/year"
    nothing = client.post(path, headers=staff, params=SOURCE)
    assert problem(nothing) == (422, "invalid-request")
    text = client.post(path, headers=staff, params=SOURCE, data={"file": "20270101"})
    assert problem(text) == (422, "invalid-request")
    unsourced = client.post(path, headers=staff, files={"file": ("a.csv", year_file(2027))})
    assert problem(unsourced) == (422, "invalid-request")
    headers = chief | {"Content-Type": "multipart/form-data; boundary=b"}
    broken = client.post(path, headers=headers, params=SOURCE, content=b"--x\r\nnonsense")
    assert broken.status_code in {400, 422}
    assert problem(broken)


# --- rules, levels, choices -----------------------------------------------------------------
def test_a_rule_is_changed_and_open_cases_move(
    client: TestClient, staff: Headers, chief: Headers, new_case: NewCase
) -> None:
    case, urgent = new_case(), new_case(priority=Priority.URGENT)
    number = propose(client, chief, "rule", **RULE).json()["id"]
    preview = client.get(f"{CHANGES}/{number}/preview", headers=staff).json()
    assert [one["case_no"] for one in preview["moves"]] == [case.case_no]
    assert settle(client, staff, number, "apply").json()["moves"] == preview["moves"]
    assert due_on(client, staff, case) == "2026-12-10"
    assert due_on(client, staff, urgent) == "2026-12-01"
    rules = client.get(RULES, headers=staff).json()
    ours = {(one["kind"], one["priority"]): one for one in rules}
    assert ours["rights_protection", "ordinary"]["days"] == 10
    assert ours["rights_protection", "ordinary"]["basis"] == RULE["basis"]


@once
def test_a_preview_is_what_applying_does_also_for_urgencies_without_their_own_rule(
    client: TestClient, staff: Headers, chief: Headers, new_case: NewCase
) -> None:
    new_case(kind=Kind.REFORM_SUGGESTION, priority=Priority.URGENT)
    body = RULE | {"kind": "reform_suggestion"}  # only the ordinary rule is there; urgent follows
    number = propose(client, chief, "rule", **body).json()["id"]
    preview = client.get(f"{CHANGES}/{number}/preview", headers=staff).json()
    applied = settle(client, staff, number, "apply").json()
    assert applied["count"] == 1
    assert preview["moves"] == applied["moves"]


@once
def test_a_rule_that_makes_no_sense_is_refused(client: TestClient, staff: Headers) -> None:
    for wrong, name in (
        ({"kind": "spam"}, "invalid-request"),
        ({"unit": "weeks"}, "invalid-request"),
        ({"days": "6"}, "invalid-request"),
        ({"days": -1}, "invalid-request"),
        ({"days": 0}, "bad-rule"),
        ({"days": 367}, "bad-rule"),
        ({"days": 31, "ceiling_days": 30, "ceiling_unit": "working"}, "bad-rule"),
        ({"basis": " "}, "bad-rule"),
    ):
        assert problem(propose(client, staff, "rule", **(RULE | wrong))) == (422, name)


def test_a_rule_goes_only_when_nobody_is_counted_by_it(
    client: TestClient, staff: Headers, chief: Headers, new_case: NewCase
) -> None:
    path = f"{RULES}/rights_protection/urgent"
    new_case(priority=Priority.URGENT)
    used = client.delete(path, headers=staff)
    assert problem(used) == (409, "rule-in-use")
    unused = f"{RULES}/rights_protection/most_urgent"
    assert problem(client.delete(unused, headers=chief)) == (403, "forbidden")
    key = staff | {"Idempotency-Key": "k-1"}
    first, again = (client.delete(unused, headers=key) for _ in range(2))
    assert (first.status_code, again.json()) == (200, first.json())
    assert problem(client.delete(unused, headers=staff)) == (409, "rule-missing")
    rules = client.get(RULES, headers=staff).json()
    assert ("rights_protection", "most_urgent") not in {(r["kind"], r["priority"]) for r in rules}
    for wrong in ("spam/urgent", "rights_protection/soon"):
        answer = client.delete(f"{RULES}/{wrong}", headers=staff)
        assert problem(answer) == (422, "invalid-request")


def test_the_levels_of_approval(client: TestClient, staff: Headers, chief: Headers) -> None:
    path = f"{API}/approval-levels"
    shown = client.get(path, headers=chief).json()
    assert shown == [
        {"role": "section_chief", "up_to_days": 5},
        {"role": "secretary", "up_to_days": 10},
        {"role": "director", "up_to_days": None},
    ]
    body = {"levels": [{"role": "section_chief", "up_to_days": 3}]}
    assert problem(client.put(path, headers=chief, json=body)) == (403, "forbidden")
    key = staff | {"Idempotency-Key": "k-1"}
    first, again = (client.put(path, headers=key, json=body) for _ in range(2))
    assert first.json() == again.json() == {"levels": [body["levels"][0], *shown[1:]]}
    assert client.get(path, headers=chief).json() == first.json()["levels"]
    other = {"levels": [{"role": "section_chief", "up_to_days": 4}]}
    assert problem(client.put(path, headers=key, json=other)) == (422, "key-reused")


@once
def test_a_level_that_is_none_is_refused_and_nothing_of_it_is_kept(
    client: TestClient, staff: Headers
) -> None:
    path = f"{API}/approval-levels"
    before = client.get(path, headers=staff).json()
    for one, name in (
        ({"role": "clerk", "up_to_days": 3}, "bad-rule"),
        ({"role": "nobody", "up_to_days": 3}, "invalid-request"),
        ({"role": "secretary", "up_to_days": 0}, "invalid-request"),
        ({"role": "secretary"}, "invalid-request"),
    ):
        body = {"levels": [{"role": "section_chief", "up_to_days": 1}, one]}
        assert problem(client.put(path, headers=staff, json=body)) == (422, name)
    assert client.get(path, headers=staff).json() == before


def test_the_offices_own_choices(client: TestClient, staff: Headers, chief: Headers) -> None:
    path = f"{API}/practice"
    before = {one["name"]: one for one in client.get(path, headers=chief).json()}
    assert (before["after_hours"]["value"], before["after_hours"]["default"]) == ("keep", "keep")
    assert before["office_opens"]["value"] == "08:00"
    assert all(one["by"] is None for one in before.values())
    number = propose(client, chief, "practice", name="due_soon_days", value="3").json()["id"]
    assert client.get(f"{CHANGES}/{number}/preview", headers=chief).json()["count"] == 0
    assert settle(client, staff, number, "apply").is_success
    after = {one["name"]: one for one in client.get(path, headers=chief).json()}
    changed = after["due_soon_days"]
    assert (changed["value"], changed["default"], changed["by"]) == ("3", "2", "clerk")
    assert {name for name in after if after[name] != before[name]} == {"due_soon_days"}


@once
def test_a_choice_that_is_none_is_refused(client: TestClient, staff: Headers) -> None:
    for name, value in (("colour", "red"), ("due_soon_days", "-1"), ("office_opens", "25:00")):
        answer = propose(client, staff, "practice", name=name, value=value)
        assert problem(answer) == (422, "bad-practice")


# --- who, twice, unknown --------------------------------------------------------------------
def test_a_repeated_key_changes_once(
    client: TestClient, office: Office, staff: Headers, chief: Headers, new_case: NewCase
) -> None:
    case = new_case()
    key = {"Idempotency-Key": "k-1"}
    first, again = (propose(client, chief | key, "day", **CLOSURE) for _ in range(2))
    assert first.json() == again.json()
    other = propose(client, chief | key, "day", **CLOSURE | {"day": "2026-12-01"})
    assert problem(other) == (422, "key-reused")
    for what, body in (
        ("rule", RULE),
        ("practice", {"name": "due_soon_days", "value": "3"}),
    ):
        keyed = chief | {"Idempotency-Key": what}
        one, two = (propose(client, keyed, what, **body) for _ in range(2))
        assert (one.status_code, one.json()) == (201, two.json())
    keyed = chief | {"Idempotency-Key": "year"}
    one, two = (upload(client, keyed, year_file(2027)) for _ in range(2))
    assert (one.status_code, one.json()) == (201, two.json())
    with reading(office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(ClockChange)) == 4
    applied = [settle(client, staff | key, first.json()["id"], "apply") for _ in range(2)]
    assert applied[0].json() == applied[1].json()
    assert applied[0].json()["count"] == 1
    assert due_on(client, staff, case) == "2026-12-07"
    keyed = staff | {"Idempotency-Key": "drop"}
    dropped = [settle(client, keyed, first.json()["id"] + 1, "drop") for _ in range(2)]
    assert (dropped[0].status_code, dropped[1].json()) == (200, dropped[0].json())


READS = ("calendar/2026", "deadline?received=2026-11-26&kind=praise", "rules", "approval-levels")
READS_ALL = (*READS, "practice", "clock-changes", "clock-changes/1/preview")
WRITES: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("POST", "clock-changes/day", CLOSURE),
    ("POST", "clock-changes/revoke", {"day_id": 1}),
    ("POST", "clock-changes/rule", RULE),
    ("POST", "clock-changes/practice", {"name": "due_soon_days", "value": "3"}),
    ("POST", "clock-changes/1/apply", None),
    ("POST", "clock-changes/1/drop", None),
    ("DELETE", "rules/praise/ordinary", None),
    ("PUT", "approval-levels", {"levels": [{"role": "secretary", "up_to_days": 9}]}),
)


@once
def test_who_may_not_read_or_change_the_clock(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    editor, clerk = log_in("editor", role=Role.FAQ_EDITOR), log_in("me", role=Role.CLERK)
    for path in READS_ALL:
        refused = client.get(f"{API}/{path}", headers=editor)
        assert problem(refused) == (403, "forbidden"), path
        assert problem(client.get(f"{API}/{path}")) == (401, "not-logged-in")
    for method, path, body in WRITES:
        for headers in (editor, clerk):
            refused = client.request(method, f"{API}/{path}", headers=headers, json=body)
            assert problem(refused) == (403, "forbidden"), path
        assert problem(client.request(method, f"{API}/{path}", json=body)) == (401, "not-logged-in")
    assert problem(upload(client, clerk, year_file(2027))) == (403, "forbidden")
    with reading(office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(ClockChange)) == 0


@once
def test_a_change_that_is_not_there(client: TestClient, staff: Headers) -> None:
    unknown = [settle(client, staff, 99, verb) for verb in ("apply", "drop")]
    unknown.append(client.get(f"{CHANGES}/99/preview", headers=staff))
    for answer in unknown:
        assert problem(answer) == (404, "nothing-to-decide")
    for wrong in ("0", "x", str(2**31)):
        answer = client.get(f"{CHANGES}/{wrong}/preview", headers=staff)
        assert problem(answer) == (422, "invalid-request")


def test_the_parts_of_a_day_are_those_of_the_domain() -> None:
    assert {part.value for part in Part} == set(calendars.PARTS)
