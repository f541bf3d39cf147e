"""The pages of calendar, time limits and changes, through their forms."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import date
from itertools import pairwise

import pytest
from httpx2 import Response
from sqlalchemy import Engine, event, func, select
from starlette.testclient import TestClient

from admin_api.clockwork import FIRST_YEAR, LAST_YEAR
from admin_api.console import clock, clock_words
from app.office import Office
from complaints.clock import calendars, official
from complaints.limits import Priority
from complaints.practice import Practice
from complaints.recount import ChangeKind
from complaints.roles import LEVELS, Role
from complaints.states import Kind
from complaints.tables import ApprovalLevel, CalendarYear, Case, ClockChange, DayChange, Rule
from data.database import reading, transaction
from data.outbox import Outbox
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import HAN
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit, unlabelled
from tests.admin_api.staff import Headers, History, LogIn, NewCase, once
from tests.admin_api.test_clockwork import year_file
from tests.makers import answer_case, make_officer

CALENDAR, CHANGES, RULES = f"{HOME}/calendar", f"{HOME}/changes", f"{HOME}/rules"
TYPHOON = {"day": "2026-11-30", "part": "full", "reason": "颱風停班", "source": "縣府公告"}
ORDINARY = f"{RULES}?kind=rights_protection&priority=ordinary"
URGENT = f"{RULES}?kind=rights_protection&priority=urgent"
SOURCE = {"source": "人事總處 116 年辦公日曆表"}
TRIAL = f"{CALENDAR}?received=2026-09-21&kind=rights_protection&priority=ordinary"
PAGES = (CALENDAR, TRIAL, CHANGES, f"{CHANGES}/1", RULES, ORDINARY, f"{RULES}?choice=county")
MAIN = re.compile(r"<main.*</main>", re.DOTALL)
CHINESE_CONTENT = re.compile(r'<(\w+)[^>]*\blang="zh-Hant-TW"[^>]*>.*?</\1>', re.DOTALL)
FIELDS = re.compile(r'<(?:input|option)[^>]*value="[^"]*"|<textarea.*?</textarea>', re.DOTALL)


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


@pytest.fixture
def chief(log_in: LogIn) -> Headers:
    """Somebody who may propose a change, and not decide it."""
    return log_in("chief", role="section_chief")


def propose(client: TestClient, path: str, ending: str, **typed: str) -> str:
    """Propose by a form; the address of the change's page."""
    sent = submit(client, show(client, path).form(ending), **typed)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].partition("?")[0]


def close_for_typhoon(client: TestClient, **typed: str) -> str:
    return propose(client, CALENDAR, "/calendar/day", **(TYPHOON | typed))


def decide(client: TestClient, change: str, verb: str) -> Response:
    return submit(client, show(client, change).form(f"/{verb}"))


def take_in(client: TestClient, content: bytes, **typed: str) -> Response:
    form = show(client, CALENDAR).form("/calendar/year")
    sent = {name: text for name, text in (form.fields | SOURCE | typed).items() if name != "file"}
    files = {"file": ("116.csv", content)}
    return client.post(form.action, data=sent, files=files, follow_redirects=False)


def refused(answer: Response, status: int = 422) -> Page:
    """The page of a refused form, which says aloud what is wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    page = Page.of(answer)
    assert [one for _tag, one in page.elements if one.get("role") == "alert"]
    return page


def has(page: Page, ending: str) -> bool:
    return any(form.action.endswith(ending) for form in page.forms)


def due_on(office: Office, case: Case) -> str:
    with reading(office.engine) as tx:
        return tx.get_one(Case, case.id).due_on.isoformat()


def changes(office: Office) -> int:
    with reading(office.engine) as tx:
        return tx.scalar(select(func.count()).select_from(ClockChange)) or 0


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements sent while the block runs."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


# --- the calendar ---------------------------------------------------------------------------
@once
def test_every_year_there_is_has_its_page_and_one_that_is_not_says_so(
    browser: TestClient, office: Office
) -> None:
    with reading(office.engine) as tx:
        years = list(tx.scalars(select(CalendarYear.year)))
    assert len(years) == 11
    for year in years:
        page = show(browser, f"{CALENDAR}?year={year}")
        assert f"行事曆 {year - 1911} 年（{year}）" in page.text
        assert "還沒有匯入" not in page.text
    missing = show(browser, f"{CALENDAR}?year=2030")
    assert "119 年（2030）的行事曆還沒有匯入" in missing.text
    links = [one["href"] for one in missing.all("a")]
    assert f"{CALENDAR}?year=2029" in links and f"{CALENDAR}?year=2031" in links


@once
@pytest.mark.parametrize("year", ["0", "1999", "2101", "soon", "２０２６", "2026x", "-2026"])
def test_what_is_no_year_is_told_on_a_page(browser: TestClient, year: str) -> None:
    answer = browser.get(CALENDAR, params={"year": year})
    assert answer.status_code == 404
    assert f"{FIRST_YEAR} 年到 {LAST_YEAR} 年" in Page.of(answer).text


@once
def test_the_first_and_the_last_year_lead_no_further(browser: TestClient) -> None:
    for year, beyond in ((FIRST_YEAR, FIRST_YEAR - 1), (LAST_YEAR, LAST_YEAR + 1)):
        links = [one["href"] for one in show(browser, f"{CALENDAR}?year={year}").all("a")]
        assert f"{CALENDAR}?year={beyond}" not in links


@once
def test_a_year_is_told_in_words(browser: TestClient) -> None:
    page = show(browser, f"{CALENDAR}?year=2025")
    text = " ".join(page.text.split())
    assert "114/01/01（三） 放假 開國紀念日 不算工作天" in text
    assert "114/02/08（六） 補行上班 補行上班 算一個工作天" in text
    worked = [int(n) for n in re.findall(r"(\d+) 個工作天", text)]
    assert sum(worked[:12]) == 247  # the official figure of that year
    assert "這一年還沒有公告" not in text
    provisional = show(browser, f"{CALENDAR}?year=2027").text
    assert "這一年還沒有公告" in provisional
    years = [one["value"] for one in page.all("option") if one["value"].isdecimal()]
    assert years == [str(year) for year in range(2017, 2028)]


def test_a_typhoon_is_proposed_looked_at_and_applied_by_another(
    browser: TestClient,
    office: Office,
    chief: Headers,
    staff: Headers,
    new_case: NewCase,
    history: History,
) -> None:
    case = new_case()
    sent = submit(holding(browser, chief), show(browser, CALENDAR).form("/calendar/day"), **TYPHOON)
    assert sent.headers["location"] == f"{CHANGES}/1?done=proposed"
    page = show(browser, sent.headers["location"])
    assert "已提出，等待核定" in page.text
    assert not has(page, "/apply") and not has(page, "/drop")
    assert due_on(office, case) == "2026-12-04"

    holding(browser, staff)
    listed = show(browser, CHANGES)
    assert "chief先生 於 115/11/26（四） 12:00 提出" in listed.text
    page = show(browser, f"{CHANGES}/1")
    text = " ".join(page.text.split())
    assert "1 件未結案件的期限會動" in text
    assert f"{case.case_no} 115/12/04（五） 115/12/07（一） 會通知" in text
    assert "通知其中 1 件還在等答復的民眾；夜間（21:00 到 08:00）不打擾" in text
    assert at(case) in [one["href"] for one in page.all("a")]
    done = submit(browser, page.form("/apply"))
    assert done.headers["location"] == f"{CHANGES}?done=applied&moved=1"
    assert "已套用，調整了 1 件的期限" in show(browser, done.headers["location"]).text
    assert due_on(office, case) == "2026-12-07"
    assert history(case) == ["received", "due_date_moved"]
    with reading(office.engine) as tx:
        texts = [row.message.text for row in tx.scalars(select(Outbox))]
    assert any("115/11/30（一）颱風停班" in text for text in texts)
    year = " ".join(show(browser, f"{CALENDAR}?year=2026").text.split())
    assert "115/11/30（一） 停班或放假（全日） 颱風停班 不算工作天" in year


@once
def test_a_case_that_has_its_answer_moves_untold_and_one_that_ended_does_not(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    answered, waiting = new_case(), new_case()
    with transaction(office.engine) as tx:
        head = make_officer(tx, "head", role="director")
        answer_case(tx, tx.get_one(Case, answered.id), head)
    text = " ".join(show(browser, close_for_typhoon(browser)).text.split())
    assert "2 件未結案件的期限會動" in text
    assert f"{answered.case_no} 115/12/04（五） 115/12/07（一） 已答復，不另通知" in text
    assert f"{waiting.case_no} 115/12/04（五） 115/12/07（一） 會通知" in text
    assert "通知其中 1 件" in text


@once
def test_half_a_day_counts_and_an_extra_working_day_brings_deadlines_forward(
    browser: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    holding(browser, log_in("head", role="director"))
    half = close_for_typhoon(browser, part="morning")
    assert "沒有未結案件的期限會動" in show(browser, half).text
    assert decide(browser, half, "apply").status_code == 303
    extra = close_for_typhoon(browser, day="2026-11-28", part="works", reason="補上班")
    assert decide(browser, extra, "apply").status_code == 303
    assert due_on(office, case) == "2026-12-03"
    text = " ".join(show(browser, f"{CALENDAR}?year=2026").text.split())
    assert "115/11/30（一） 停班（上午） 颱風停班 算一個工作天" in text
    assert "115/11/28（六） 上班（全日） 補上班 算一個工作天" in text


@once
def test_another_countys_closure_is_said_not_to_hold_here(
    browser: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case()
    holding(browser, log_in("head", role="director"))
    assert "還沒有設定本機關的縣市" in show(browser, CALENDAR).text
    change = close_for_typhoon(browser, area="花蓮縣")
    page = show(browser, change)
    assert "是別的縣市的公告，不適用本機關" in page.text
    decide(browser, change, "apply")
    text = " ".join(show(browser, CALENDAR).text.split())
    assert "是別的縣市的公告，不適用本機關" in text
    assert "115/11/30（一） 停班或放假（全日） 颱風停班 不算" not in text  # not among the months
    ours = propose(browser, f"{RULES}?choice=county", "/rules/choice", value="花蓮縣")
    assert "1 件未結案件的期限會動" in show(browser, ours).text
    decide(browser, ours, "apply")
    text = " ".join(show(browser, CALENDAR).text.split())
    assert "本機關在 花蓮縣" in text and "適用本機關" in text


def test_a_closure_is_taken_back(
    browser: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    holding(browser, log_in("head", role="secretary"))
    decide(browser, close_for_typhoon(browser), "apply")
    stale = show(browser, CALENDAR).form("/calendar/revoke")
    back = propose(browser, CALENDAR, "/calendar/revoke")
    assert "已提出撤回，等待核定" in show(browser, CALENDAR).text
    text = " ".join(show(browser, back).text.split())
    assert "撤回停班或上班日" in text and "115/11/30（一）" in text
    decide(browser, back, "apply")
    assert due_on(office, case) == "2026-12-04"
    page = show(browser, CALENDAR)
    assert "已撤回" in page.text and not has(page, "/revoke")
    stale.fields["key"] = "another"
    assert "這一天已經撤回" in refused(submit(browser, stale)).text
    for wrong in ("", "x", "0", str(2**31)):
        stale.fields["day_id"] = wrong
        assert "請從表格裡選" in refused(submit(browser, stale)).text


@once
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"day": ""}, "日期要像"),
        ({"day": "2026-02-30"}, "日期要像"),
        ({"day": "20261130"}, "日期要像"),
        ({"day": "0"}, "日期要像"),
        ({"reason": " "}, "請填事由"),
        ({"reason": "長" * 101}, "請填事由"),
        ({"area": "長" * 31}, "縣市最多"),
        ({"source": "長" * 201}, "請填公告出處"),
        ({"part": "noon"}, "請選停班"),
        ({"day": "x", "reason": ""}, "日期要像 2026-11-30 這樣填。請填事由"),
    ],
)
def test_a_day_that_makes_no_sense_is_told_and_what_was_typed_stays(
    browser: TestClient, office: Office, typed: dict[str, str], told: str
) -> None:
    form = show(browser, f"{CALENDAR}?year=2025").form("/calendar/day")
    page = refused(submit(browser, form, **(TYPHOON | typed)))
    assert told in page.text
    assert "行事曆 114 年（2025）" in page.text  # the year one was looking at
    kept = page.form("/calendar/day").fields
    sent = {name: value for name, value in (TYPHOON | typed).items() if value != "noon"}
    assert {name: kept[name] for name in sent} == sent
    bad = {one["name"] for one in page.all("input") if one.get("aria-invalid")}
    assert bad == set(typed) - {"part"}
    assert changes(office) == 0


@once
def test_what_is_sent_twice_is_proposed_once(browser: TestClient, office: Office) -> None:
    form = show(browser, CALENDAR).form("/calendar/day")
    first, again = (submit(browser, form, **TYPHOON) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    assert changes(office) == 1
    other = submit(browser, form, **(TYPHOON | {"reason": "地震停班"}))
    assert "已用於另一個請求" in refused(other).text


# --- a year ---------------------------------------------------------------------------------
@once
@pytest.mark.parametrize("encoding", ["utf-8-sig", "big5"])
def test_the_official_year_is_taken_in(browser: TestClient, log_in: LogIn, encoding: str) -> None:
    holding(browser, log_in("head", role="director"))
    sent = take_in(browser, year_file(2027, encoding, (date(2027, 1, 1), date(2027, 3, 3))))
    change = sent.headers["location"].partition("?")[0]
    text = " ".join(show(browser, change).text.split())
    assert "116 年（2027）" in text and "人事總處 116 年辦公日曆表" in text
    assert "116/03/03（三） 改為放假" in text and "116/02/04（四） 改為上班" in text
    assert "116/01/01（五）" not in text  # off now and then
    assert decide(browser, change, "apply").status_code == 303
    after = show(browser, f"{CALENDAR}?year=2027").text
    assert "這一年還沒有公告" not in after and "紀念日" in after


@once
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("20270203", "2027/02", "第 35 行日期不對。"),
        ("20270203,三,0", "20270203,三,1", "第 35 行是否放假須為 0 或 2。"),
        ("20270203", "20270204", "2027-02-04 重複。"),
        ("20270203", "20280203", "檔案必須剛好是一個年度。"),
        ("\r\n20270203,三,0,", "", "2027 年有 364 天，應為 365 天，缺 2027-02-03。"),
        ("是否放假", "放假", "檔案缺少欄位：是否放假。"),
    ],
)
def test_a_file_that_is_no_year_is_told_with_its_row(
    browser: TestClient, office: Office, old: str, new: str, told: str
) -> None:
    good = year_file(2027).decode()
    assert old in good
    page = refused(take_in(browser, good.replace(old, new).encode()))
    assert told in page.text and "line" not in page.text
    assert page.form("/calendar/year").fields["source"] == SOURCE["source"]
    assert changes(office) == 0


@once
def test_an_upload_without_file_or_source_or_too_large_is_told(
    browser: TestClient, office: Office
) -> None:
    assert "不是 UTF-8" in refused(take_in(browser, b"\xff\xfe\x00\x81")).text
    large = refused(take_in(browser, b"a" * (official.LARGEST + 1)))
    assert "上限 1 MB" in large.text
    assert large.form("/calendar/year").fields["source"] == SOURCE["source"]
    assert "請填公告出處" in refused(take_in(browser, year_file(2027), source=" ")).text
    form = show(browser, CALENDAR).form("/calendar/year")
    assert "請選擇檔案" in refused(submit(browser, form, **SOURCE)).text
    huge = take_in(browser, b"a" * (7 * 1024 * 1024))
    assert huge.status_code == 413
    assert huge.headers["content-type"].startswith("text/html")
    assert changes(office) == 0


# --- working out a deadline -----------------------------------------------------------------
@once
def test_a_deadline_is_worked_out_day_by_day(browser: TestClient) -> None:
    text = " ".join(show(browser, TRIAL).text.split())
    assert "期限是 115/10/01（四）" in text
    assert "規定 6 個工作天；收文日是第 0 天。即使展期，最晚到 115/10/21（三）。" in text
    assert "115/09/25（五）不計中秋節" in text.replace(" ", "")
    assert "115/10/01（四）6" in text.replace(" ", "")
    page = show(browser, TRIAL.replace("ordinary", "urgent"))
    assert "期限是 115/09/24（四）" in page.text
    (kept,) = [one for one in page.forms if "received" in one.fields]
    assert kept.fields["received"] == "2026-09-21"
    assert kept.fields["priority"] == "urgent"


@once
@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({"received": "2026-02-30"}, 422, "收文日要像"),
        ({"received": "2016-12-31"}, 422, "收文日要像"),
        ({"received": "9999-12-31"}, 422, "收文日要像"),
        ({"received": ""}, 422, "收文日要像"),
        ({"kind": "spam"}, 422, "請選案件類別"),
        ({"priority": "soon"}, 422, "請選速別"),
        ({"received": "2027-12-30"}, 409, "算到 2028 年，但那一年的行事曆還沒有匯入"),
    ],
)
def test_a_deadline_that_cannot_be_worked_out_is_told(
    browser: TestClient, asked: dict[str, str], status: int, told: str
) -> None:
    given = {"received": "2026-09-21", "kind": "praise", "priority": "ordinary"} | asked
    answer = browser.get(CALENDAR, params=given)
    page = refused(answer, status)
    assert told in page.text
    (kept,) = [one for one in page.forms if "received" in one.fields]
    assert kept.fields["received"] == given["received"]


@once
def test_a_kind_without_a_rule_is_told(browser: TestClient, office: Office) -> None:
    with transaction(office.engine) as tx:
        for rule in tx.scalars(select(Rule).where(Rule.kind == Kind.PRAISE)):
            tx.delete(rule)
    asked = {"received": "2026-09-21", "kind": "praise", "priority": "ordinary"}
    assert "沒有這條規定" in refused(browser.get(CALENDAR, params=asked), 409).text


# --- deciding -------------------------------------------------------------------------------
@once
def test_who_proposed_does_not_apply_but_a_head_may(
    browser: TestClient, office: Office, staff: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    change = close_for_typhoon(browser)
    page = show(browser, change)
    assert "這是您提出的" in page.text
    assert not has(page, "/apply") and has(page, "/drop")
    proof = page.form("/drop").fields["proof"]
    forced = browser.post(f"{change}/apply", data={"proof": proof, "key": "k"})
    assert "不能核定自己提出的變更" in refused(forced, 403).text
    assert due_on(office, case) == "2026-12-04"
    holding(browser, log_in("head", role="director"))
    own = close_for_typhoon(browser, day="2026-12-01")
    assert decide(browser, own, "apply").status_code == 303
    assert decide(browser, change, "apply").status_code == 303
    assert due_on(office, case) == "2026-12-08"


@once
def test_a_change_is_dropped_and_cannot_be_decided_again(
    browser: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    change = close_for_typhoon(browser)
    page = show(holding(browser, log_in("head", role="director")), change)
    apply, drop = page.form("/apply"), page.form("/drop")
    dropped = submit(browser, drop)
    assert dropped.headers["location"] == f"{CHANGES}?done=dropped"
    assert "什麼都沒有變動" in show(browser, dropped.headers["location"]).text
    for late in (submit(browser, apply), submit(browser, Form(drop.action, drop.fields), key="b")):
        assert "已經有人決定了" in refused(late, 404).text
    assert due_on(office, case) == "2026-12-04"
    for unknown in ("99", "0", "x", str(2**40), "１"):
        answer = browser.get(f"{CHANGES}/{unknown}")
        assert "沒有這一項" in refused(answer, 404).text


@once
def test_a_preview_counts_what_is_out_of_sight_and_lists_no_more_than_there_is_room(
    browser: TestClient, chief: Headers, new_case: NewCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "MOST_MOVES", 2)
    seen = [new_case(section="民政課").case_no for _ in range(3)]
    new_case()
    holding(browser, chief)
    page = show(browser, close_for_typhoon(browser))
    assert "4 件未結案件的期限會動，其中 1 件不在您的權限內" in page.text
    assert "列出 2 件，共 4 件" in page.text
    assert [one for one in seen if one in page.text] == seen[:2]


@once
def test_a_change_that_reaches_a_year_that_is_not_loaded_can_only_be_dropped(
    browser: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case()
    rule = {"days": "300", "ceiling_days": "366", "ceiling_unit": "working"}
    change = propose(browser, ORDINARY, "/rules", **rule)
    answer = holding(browser, log_in("head", role="director")).get(change)
    page = Page.of(answer)
    assert "那一年的行事曆還沒有匯入" in page.text
    assert not has(page, "/apply") and has(page, "/drop")
    form = page.form("/drop")
    forced = browser.post(f"{change}/apply", data=form.fields)
    assert "那一年的行事曆還沒有匯入" in refused(forced, 409).text


# --- rules, levels, choices -----------------------------------------------------------------
def test_a_rule_is_changed_through_its_row(
    browser: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    assert not has(show(browser, RULES), "/rules/delete")  # only beside the rule it is about
    form = show(browser, ORDINARY).form("/rules")
    assert (form.fields["days"], form.fields["unit"]) == ("6", "working")
    change = propose(browser, ORDINARY, "/rules", days="10", basis="本所公告")
    text = " ".join(show(browser, change).text.split())
    assert "陳情・普通件" in text and "本所公告" in text
    assert "6 個工作天；重新處理" in text and "10 個工作天；重新處理" in text
    assert "115/12/04（五） 115/12/10（四）" in text
    decide(holding(browser, log_in("head", role="director")), change, "apply")
    assert due_on(office, case) == "2026-12-10"
    assert show(browser, ORDINARY).form("/rules").fields["days"] == "10"


@once
def test_an_urgency_gets_a_rule_of_its_own(browser: TestClient, office: Office) -> None:
    typed = {"kind": "praise", "priority": "urgent", "days": "2", "reopened_days": "2"}
    change = propose(browser, RULES, "/rules", basis="本所公告", **typed)
    text = show(browser, change).text
    assert "表揚・速件" in text and "沒有自己的規定" in text
    assert changes(office) == 1


@once
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"kind": "spam"}, "請選案件類別"),
        ({"priority": "soon"}, "請選速別"),
        ({"unit": "weeks"}, "期限請選"),
        ({"ceiling_unit": "weeks"}, "最長天數請選"),
        ({"days": ""}, "期限請填"),
        ({"days": "-1"}, "期限請填"),
        ({"days": "六"}, "期限請填"),
        ({"days": "99999999999"}, "期限請填"),
        ({"reopened_days": "1.5"}, "重新處理的天數請填"),
        ({"ceiling_days": "x"}, "最長天數請填"),
        ({"max_extensions": "x"}, "展期次數請填"),
        ({"basis": " "}, "請填依據"),
        ({"days": "0"}, "期限和重新處理都要在 1 到 366 天之間"),
        ({"days": "367"}, "期限和重新處理都要在 1 到 366 天之間"),
        ({"max_extensions": "21"}, "展期最多 20 次"),
        ({"days": "40"}, "期限比含展期的最長天數還長"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_and_what_was_typed_stays(
    browser: TestClient, office: Office, typed: dict[str, str], told: str
) -> None:
    form = show(browser, ORDINARY).form("/rules")
    page = refused(submit(browser, form, **typed))
    assert told in page.text
    kept = page.form("/rules").fields
    picked = {"kind", "priority", "unit", "ceiling_unit"}
    for name in typed.keys() - picked:
        assert kept[name].strip() == typed[name].strip()
    assert changes(office) == 0


def test_a_rule_goes_only_when_nobody_is_counted_by_it(
    browser: TestClient, new_case: NewCase
) -> None:
    new_case(priority=Priority.URGENT)
    page = show(browser, URGENT)
    assert "馬上生效，不必另一位同仁核定" in page.text
    again = refused(submit(browser, page.form("/rules/delete")), 409)
    assert "還有 1 件未結案件照這條規定計算" in again.text
    assert has(again, "/rules/delete")
    page = show(browser, URGENT.replace("urgent", "most_urgent"))
    gone = submit(browser, page.form("/rules/delete"))
    assert gone.headers["location"] == f"{RULES}?done=deleted"
    after = show(browser, gone.headers["location"])
    assert "已刪除這條規定" in after.text and "陳情・最速件" not in after.text
    form = page.form("/rules/delete")
    assert "沒有這條規定" in refused(submit(browser, form, key="b"), 409).text
    assert "請選案件類別" in refused(submit(browser, form, key="c", kind="spam")).text


@once
def test_deleting_the_ordinary_rule_says_that_no_case_can_come(browser: TestClient) -> None:
    assert "無法受理" in show(browser, ORDINARY).text
    assert "無法受理" not in show(browser, URGENT).text


def test_the_levels_of_approval(browser: TestClient, office: Office, chief: Headers) -> None:
    page = show(browser, RULES)
    text = " ".join(page.text.split())
    assert "課長 5 個工作天以內" in text
    form = page.form("/rules/levels")
    assert form.fields["any-director"] == "yes"
    sent = submit(browser, form, **{"days-section_chief": "3"})
    assert sent.headers["location"] == f"{RULES}?done=levels"
    assert "已更改展期核定權限" in show(browser, sent.headers["location"]).text
    with reading(office.engine) as tx:
        levels = {row.role: row.up_to_days for row in tx.scalars(select(ApprovalLevel))}
    assert levels == {"section_chief": 3, "secretary": 10, "director": None}
    assert not has(show(holding(browser, chief), RULES), "/rules/levels")


@once
@pytest.mark.parametrize("days", ["", "0", "367", "x", "-3"])
def test_a_level_that_is_none_is_told_and_what_was_typed_stays(
    browser: TestClient, office: Office, days: str
) -> None:
    form = show(browser, RULES).form("/rules/levels")
    page = refused(submit(browser, form, **{"days-section_chief": "1", "days-secretary": days}))
    assert "每一層請填" in page.text
    kept = page.form("/rules/levels").fields
    assert (kept["days-section_chief"], kept["days-secretary"]) == ("1", days)
    assert kept["any-director"] == "yes" and "any-secretary" not in kept
    with reading(office.engine) as tx:
        assert tx.get_one(ApprovalLevel, "section_chief").up_to_days == 5


@once
def test_a_role_that_approves_nothing_may_stay_so(browser: TestClient, office: Office) -> None:
    with transaction(office.engine) as tx:
        tx.delete(tx.get_one(ApprovalLevel, "section_chief"))
    page = show(browser, RULES)
    assert "不能核定" in page.text
    assert submit(browser, page.form("/rules/levels")).status_code == 303
    with reading(office.engine) as tx:
        assert tx.get(ApprovalLevel, "section_chief") is None


def test_a_choice_of_the_office_is_changed(
    browser: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case()
    assert not has(show(browser, RULES), "/rules/choice")
    change = propose(browser, f"{RULES}?choice=due_soon_days", "/rules/choice", value="3")
    text = " ".join(show(browser, change).text.split())
    assert "到期前多久第一次提醒 現在 2 個工作天 改成 3 個工作天" in text
    assert "沒有未結案件的期限會動" in text
    decide(holding(browser, log_in("head", role="director")), change, "apply")
    page = show(browser, f"{RULES}?choice=due_soon_days")
    assert "head先生" in page.text
    assert page.form("/rules/choice").fields["value"] == "3"


@once
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("due_soon_days", "-1"),
        ("due_soon_days", "61"),
        ("due_soon_days", ""),
        ("office_opens", "25:00"),
        ("after_hours", "never"),
        ("supplement_stops_clock", "perhaps"),
        ("county", "長" * 61),
    ],
)
def test_a_value_that_will_not_do_is_told(
    browser: TestClient, office: Office, name: str, value: str
) -> None:
    form = show(browser, f"{RULES}?choice={name}").form("/rules/choice")
    page = refused(submit(browser, form, value=value))
    assert "請照欄位的說明填" in page.text
    if name not in {"after_hours", "supplement_stops_clock"}:
        assert page.form("/rules/choice").fields["value"] == value
    unknown = refused(submit(browser, form, name="colour", key="b"))
    assert not has(unknown, "/rules/choice")
    assert changes(office) == 0


@once
@pytest.mark.parametrize("name", [one.name for one in fields(Practice)])
def test_each_choice_has_its_form_with_what_holds_now(browser: TestClient, name: str) -> None:
    form = show(browser, f"{RULES}?choice={name}").form("/rules/choice")
    kept = form.fields["value"]
    change = submit(browser, form)
    assert change.status_code == 303
    text = " ".join(show(browser, change.headers["location"]).text.split())
    value = clock_words.value(name, kept)
    assert f"{clock_words.CHOICES[name].title} 現在 {value} 改成 {value}" in text


def test_the_words_are_those_of_the_domain() -> None:
    assert set(clock_words.CHOICES) == {one.name for one in fields(Practice)}
    assert set(clock_words.DAYS) == {*calendars.PARTS, clock_words.WORKS}
    assert set(clock_words.CHANGES) == {one.value for one in ChangeKind}
    assert set(clock_words.ROLES) == {role.value for role in LEVELS}


# --- who, which language, how much ----------------------------------------------------------
@once
@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_is_offered_what_it_may_do(
    browser: TestClient, log_in: LogIn, role: Role
) -> None:
    close_for_typhoon(browser)
    holding(browser, log_in("other", role=role))
    if role is Role.FAQ_EDITOR:
        assert {browser.get(path).status_code for path in PAGES} == {403}
        return
    proposes = role is not Role.CLERK
    decides = role in {
        Role.SECRETARY,
        Role.DIRECTOR,
        Role.CASE_CONTROLLER,
        Role.ADMINISTRATOR,
    }
    calendar = show(browser, CALENDAR)
    assert CALENDAR in [one["href"] for one in calendar.all("a")]
    assert has(calendar, "/calendar/day") == has(calendar, "/calendar/year") == proposes
    change = show(browser, f"{CHANGES}/1")
    assert has(change, "/apply") == has(change, "/drop") == decides
    rules = show(browser, ORDINARY)
    assert has(rules, "/rules") == proposes
    assert has(rules, "/rules/delete") == has(rules, "/rules/levels") == decides
    chosen = show(browser, f"{RULES}?choice=county")
    assert has(chosen, "/rules/choice") == proposes


POSTS = (
    "calendar/day",
    "calendar/revoke",
    "calendar/year",
    "changes/1/apply",
    "changes/1/drop",
    "rules",
    "rules/delete",
    "rules/levels",
    "rules/choice",
)
FILLED_IN = TYPHOON | {
    "day_id": "1",
    "kind": "rights_protection",
    "priority": "most_urgent",
    "days": "6",
    "unit": "working",
    "reopened_days": "3",
    "ceiling_days": "30",
    "ceiling_unit": "calendar",
    "max_extensions": "2",
    "basis": "公告",
    "name": "county",
    "value": "花蓮縣",
    "days-secretary": "9",
}


@once
def test_who_may_not_change_the_clock_cannot_force_it(
    browser: TestClient, office: Office, log_in: LogIn, chief: Headers
) -> None:
    close_for_typhoon(browser)

    def told(path: str, **more: str) -> int:
        proof = show(browser, f"{HOME}/questions").form("/logout").fields["proof"]
        sent = FILLED_IN | {"proof": proof, "key": "k"} | more
        return browser.post(f"{HOME}/{path}", data=sent, follow_redirects=False).status_code

    for username, role in (("editor", Role.FAQ_EDITOR), ("me", Role.CLERK)):
        holding(browser, log_in(username, role=role))
        assert [told(path) for path in POSTS] == [403] * len(POSTS)
    holding(browser, chief)
    decisions = ("changes/1/apply", "changes/1/drop", "rules/delete", "rules/levels")
    assert [told(path) for path in decisions] == [403] * 4
    assert [told(path, proof="forged") for path in POSTS] == [403] * len(POSTS)
    with reading(office.engine) as tx:
        assert tx.scalars(select(ClockChange.state)).all() == ["proposed"]
        assert tx.scalars(select(DayChange)).all() == []
        assert tx.get_one(ApprovalLevel, "secretary").up_to_days == 10
        assert tx.get(Rule, (Kind.RIGHTS_PROTECTION, Priority.MOST_URGENT)) is not None


@once
def test_without_a_session_every_page_leads_to_the_log_in(client: TestClient) -> None:
    for path in (CALENDAR, CHANGES, f"{CHANGES}/1", RULES):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/login")
    for path in POSTS:
        answer = client.post(f"{HOME}/{path}", data={}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/login")


@once
def test_the_pages_can_be_used_without_seeing_them(
    browser: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case()
    holding(browser, log_in("head", role="director"))
    decide(browser, close_for_typhoon(browser), "apply")
    close_for_typhoon(browser, day="2026-12-01")
    for path in (*PAGES[:3], f"{CHANGES}/2", *PAGES[4:]):
        page = show(browser, path)
        assert unlabelled(page) == [], path
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels)), path
        ids = [one["id"] for _, one in page.elements if "id" in one]
        assert len(ids) == len(set(ids)), path
        tables = [tag for tag, _ in page.elements if tag in {"table", "caption"}]
        assert tables.count("table") == tables.count("caption")
        assert all("scope" in one for one in page.all("th")), path
        assert not any("style" in one for _, one in page.elements)
        assert page.strange_scripts() == []


@once
def test_the_pages_are_english_for_who_asks(
    browser: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case()
    holding(browser, log_in("head", role="director", section="civil"))
    decide(browser, close_for_typhoon(browser, reason="Typhoon"), "apply")
    for path, ending, typed in (
        (CALENDAR, "/calendar/day", TYPHOON | {"reason": "Typhoon", "source": "", "part": "works"}),
        (CALENDAR, "/calendar/revoke", {}),
        (ORDINARY, "/rules", {"days": "7", "basis": "Notice"}),
        (f"{RULES}?choice=county", "/rules/choice", {"value": "Hualien"}),
    ):
        propose(browser, path, ending, **typed)
    take_in(browser, year_file(2027), source="DGPA")
    browser.cookies.set("civicline_language", "en")
    paths = (*PAGES, *(f"{CHANGES}/{n}?done=proposed" for n in range(2, 7)), f"{RULES}?done=levels")
    for path in (*paths, f"{CALENDAR}?year=2030", f"{TRIAL}&year=2030"):
        (main,) = MAIN.findall(browser.get(path).text)
        left = FIELDS.sub("", CHINESE_CONTENT.sub("", main)).replace("head先生", "")
        assert not HAN.search(left), (path, HAN.findall(left)[:20])
    assert "Nov 2026" in show(browser, f"{CHANGES}/2").text
    for answer in (
        take_in(browser, year_file(2027).replace(b"20270203", b"2027/02")),
        submit(browser, show(browser, CALENDAR).form("/calendar/day")),
        submit(browser, show(browser, ORDINARY).form("/rules"), days="40"),
    ):
        (told,) = re.findall(r'<p role="alert"[^>]*>(.*?)<', answer.text)
        assert told and not HAN.search(told), told


@once
def test_what_was_typed_is_text_and_never_markup(browser: TestClient, log_in: LogIn) -> None:
    holding(browser, log_in("head", role="director"))
    wild = "<script>x</script>"
    change = close_for_typhoon(browser, reason=wild, area=wild, source=wild)
    decide(browser, propose(browser, ORDINARY, "/rules", basis=wild), "apply")
    county = f"{RULES}?choice=county"
    decide(browser, propose(browser, county, "/rules/choice", value=wild), "apply")
    for path in (change, CHANGES, CALENDAR, ORDINARY, county):
        page = show(browser, path)
        assert not page.strange_scripts(), path
        assert wild in page.text or any(wild in form.fields.values() for form in page.forms)
    decide(browser, change, "apply")
    assert not show(browser, CALENDAR).strange_scripts()


@once
def test_the_number_of_statements_does_not_grow_with_the_rows(
    browser: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    holding(browser, log_in("head", role="director"))

    def counted() -> dict[str, int]:
        found = {}
        for path in (CALENDAR, TRIAL, CHANGES, RULES):
            with statements(office.engine) as sent:
                show(browser, path)
            found[path] = len(sent)
        return found

    def more(*days: str) -> None:
        for day in days:
            decide(browser, close_for_typhoon(browser, day=day), "apply")
            close_for_typhoon(browser, day=day, reason="再一次")
        new_case()

    more("2026-11-30")
    counted()  # calendar and words are in use by now
    before = counted()
    more("2026-12-02", "2026-12-03", "2026-12-04")
    counted()
    assert counted() == before


@once
def test_the_preview_of_a_change_asks_no_more_for_more_cases(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    change = close_for_typhoon(browser)

    def counted() -> int:
        with statements(office.engine) as sent:
            show(browser, change)
        return len(sent)

    new_case()
    counted()
    before = counted()
    for _ in range(6):
        new_case()
    assert counted() == before
