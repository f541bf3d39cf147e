"""Personal data on pages: seeing who brought a case, the audit, print, and destruction."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import structlog
from httpx2 import Response
from sqlalchemy import event, select
from starlette.testclient import TestClient

from app.office import Office
from complaints import handling
from complaints.privacy import viewing
from complaints.states import Kind, Outcome
from complaints.tables import Case, Destruction, Officer
from data.database import reading, transaction
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit, unlabelled
from tests.admin_api.staff import Clock, Headers, History, LogIn, NewCase, once
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

PRIVACY = f"{HOME}/privacy"
LISTS = f"{PRIVACY}/destructions"
CSV = f"{PRIVACY}/identity-views.csv"
PHONE = "0912345678"
NAME = "王小明"
WHY = "約定會勘時間"
SIX_YEARS = timedelta(days=6 * 366)


@pytest.fixture
def clerk(log_in: LogIn) -> Headers:
    """Somebody of the civil section, who needs another's grant."""
    return log_in("me", role="clerk")


@pytest.fixture
def chief(log_in: LogIn) -> Headers:
    """Their section chief."""
    return log_in("chief", role="section_chief")


def identity(case: Case) -> str:
    return f"{at(case)}/identity"


def ask(browser: TestClient, case: Case, reason: str = WHY) -> Response:
    return submit(browser, show(browser, identity(case)).form("/identity"), reason=reason)


def seen(office: Office, case: Case, *usernames: str, reason: str = WHY) -> None:
    """Have officers who need nobody's grant look at who brought a case."""
    with transaction(office.engine) as tx:
        for username in usernames:
            by = tx.scalars(select(Officer).where(Officer.username == username)).one()
            row = tx.get_one(Case, case.id)
            viewing.ask(tx, row, reason, by=by, now=NOON)
            viewing.view(tx, row, by=by, now=NOON)


def rows(answer: Response) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))


# --- who brought a case ---------------------------------------------------------------------
def test_a_clerk_asks_a_chief_grants_and_each_view_is_on_record(
    client: TestClient, clerk: Headers, chief: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課", contact=PHONE, reply_by="phone")
    browser = holding(client, clerk)
    asked = ask(browser, case)
    assert (asked.status_code, asked.headers["location"]) == (303, identity(case))
    page = show(browser, identity(case))
    assert "等候核准" in page.text and WHY in page.text
    assert [form.action for form in page.forms if form.action.endswith("/view")] == []
    assert "您自己的申請" in show(browser, PRIVACY).text

    page = show(holding(client, chief), PRIVACY)
    assert case.case_no in page.text and WHY in page.text
    granted = submit(client, page.form("/grant"))
    assert (granted.status_code, granted.headers["location"]) == (303, f"{PRIVACY}?done=granted")
    assert "沒有等候核准的申請" in show(client, granted.headers["location"]).text

    page = show(holding(client, clerk), identity(case))
    assert "可閱覽至 115/11/27（五） 12:00" in page.text
    assert NAME not in page.text and PHONE not in page.text
    assert history(case) == ["received"]  # asking and granting is not seeing
    for times in (1, 2):
        shown = submit(client, page.form("/view"))
        assert NAME in shown.text and PHONE in shown.text
        assert shown.headers["cache-control"] == "no-store"
        assert history(case).count("identity_viewed") == times


def test_a_refusal_stays_on_record_and_shows_nothing(
    client: TestClient, clerk: Headers, chief: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課")
    ask(holding(client, clerk), case)
    page = show(holding(client, chief), PRIVACY)
    refused = submit(client, page.form("/refuse"))
    assert refused.headers["location"] == f"{PRIVACY}?done=refused"
    late = submit(client, page.form("/grant"))
    assert late.status_code == 404
    assert 'role="alert"' in late.text and "等候核准的閱覽申請" in late.text
    page = show(holding(client, clerk), identity(case))
    assert "未獲核准" in page.text
    form = Form(f"{identity(case)}/view", page.form("/identity").fields)
    answer = submit(client, form)
    assert answer.status_code == 403
    assert NAME not in answer.text
    assert history(case) == ["received"]


@once
def test_a_reason_is_needed_and_what_was_typed_stays(
    client: TestClient, clerk: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    browser = holding(client, clerk)
    for reason in (" ", "長" * 2001):
        answer = ask(browser, case, reason)
        assert answer.status_code == 422
        assert "請填事由" in Page.of(answer).text
        assert Page.of(answer).form("/identity").fields["reason"] == reason
    assert "沒有等候核准的申請" in show(browser, PRIVACY).text


@once
def test_a_grant_ends_after_a_day(
    client: TestClient, chief: Headers, log_in: LogIn, clock: Clock, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    ask(holding(client, chief), case)
    form = show(client, identity(case)).form("/view")  # who grants others is granted at once
    clock.forward(days=1)
    page = show(holding(client, log_in("chief")), identity(case))
    assert "已過期" in page.text
    proof = page.form("/identity").fields["proof"]
    assert submit(client, form, proof=proof).status_code == 403


@once
def test_a_confidential_case_offers_nothing_to_who_is_outside_its_circle(
    client: TestClient, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課", confidential=True)
    browser = holding(client, clerk)
    page = show(browser, identity(case))
    assert "保密案件" in page.text
    assert not [form for form in page.forms if form.action.endswith("/identity")]
    proof = page.form("/logout").fields["proof"]
    refused = browser.post(identity(case), data={"proof": proof, "reason": WHY})
    assert refused.status_code == 403
    report = new_case(section="民政課", kind=Kind.MISCONDUCT_REPORT)
    assert browser.get(identity(report)).status_code == 404
    assert browser.get(f"{at(report)}/print").status_code == 404
    ethics = holding(client, log_in("ethics", role="ethics"))
    assert ask(ethics, report).status_code == 303


@once
def test_a_chief_of_another_section_neither_sees_nor_decides(
    client: TestClient, clerk: Headers, log_in: LogIn, office: Office, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    ask(holding(client, clerk), case)
    other = holding(client, log_in("far", role="section_chief", section="social"))
    page = show(other, PRIVACY)
    assert case.case_no not in page.text
    proof = page.form("/logout").fields["proof"]
    answer = other.post(f"{PRIVACY}/requests/1/grant", data={"proof": proof})
    assert answer.status_code == 404
    assert other.post(f"{PRIVACY}/requests/1/burn", data={"proof": proof}).status_code == 404
    mine = holding(client, log_in("me"))
    proof = show(mine, PRIVACY).form("/logout").fields["proof"]
    assert mine.post(f"{PRIVACY}/requests/1/grant", data={"proof": proof}).status_code == 403


# --- a case on paper ------------------------------------------------------------------------
def test_a_case_on_paper_is_masked_without_a_grant(
    client: TestClient, clerk: Headers, office: Office, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課", contact=PHONE, reply_by="phone", place="範例街 18 號")
    browser = holding(client, clerk)
    answer = browser.get(f"{at(case)}/print")
    page = Page.of(answer)
    for told in (case.case_no, "王○○", "***678", "範例街 18 號", "輪椅過不去", "受理", "115/12/04"):
        assert told in page.text
    for secret in (NAME, PHONE, case.lookup_code):
        assert secret not in answer.text
    about = [form.action for form in page.forms if "/cases/" in form.action]
    assert about == []
    proof = page.form("/logout").fields["proof"]
    refused = browser.post(f"{at(case)}/print", data={"proof": proof})
    assert refused.status_code == 403 and NAME not in refused.text
    assert history(case) == ["received"]


def test_a_case_on_paper_with_its_petitioner_is_a_view_on_record(
    client: TestClient, chief: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課", contact=PHONE, reply_by="phone")
    browser = holding(client, chief)
    ask(browser, case)
    printed = submit(browser, show(browser, identity(case)).form("/print"))
    assert NAME in printed.text and PHONE in printed.text
    assert "含個資" in printed.text and case.lookup_code not in printed.text
    assert history(case) == ["received", "identity_viewed"]


@once
def test_everything_of_a_long_story_is_on_paper(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    head = log_in("head", role="director")
    with transaction(office.engine) as tx:
        by = tx.scalars(select(Officer).where(Officer.username == "head")).one()
        case = make_case(tx)
        handling.note(tx, case.case_no, "看過現場", by=by, version=case.version, now=NOON)
        answer_case(tx, case, by)
        number = case.case_no
    printed = holding(client, head).get(f"{HOME}/cases/{number}/print")
    for told in ("看過現場", "已派員清除。", "head先生", "第 1 天"):
        assert told in Page.of(printed).text


# --- who saw what ---------------------------------------------------------------------------
def test_the_audit_tells_who_saw_what_and_why(
    client: TestClient, office: Office, chief: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    with transaction(office.engine) as tx:
        make_officer(tx, "ethics", "ethics")
        make_section(tx, "social", "社會課")
    report = new_case(kind=Kind.MISCONDUCT_REPORT)
    seen(office, case, "chief")
    seen(office, report, "ethics")
    page = show(holding(client, chief), PRIVACY)
    assert WHY in page.text and "chief先生（chief）" in page.text and "共閱覽 1 次" in page.text
    assert "另有 1 次" in page.text and report.case_no not in page.text
    assert "民國115年10月沒有閱覽紀錄" in show(client, f"{PRIVACY}?month=2026-10").text
    assert "民國110年3月沒有閱覽紀錄" in show(client, f"{PRIVACY}?month=2021-03").text
    bad = client.get(PRIVACY, params={"month": "2026-13"})
    assert bad.status_code == 422
    assert "請選一個月份" in Page.of(bad).text


def test_the_half_year_as_a_sheet_without_formulas(
    client: TestClient, office: Office, chief: Headers, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    with transaction(office.engine) as tx:
        make_officer(tx, "ethics", "ethics")
    dangerous = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "會勘")
    for reason in dangerous:
        seen(office, case, "chief", reason=reason)
    seen(office, new_case(kind=Kind.MISCONDUCT_REPORT), "ethics")
    browser = holding(client, chief)
    answer = submit_half(browser, "2026-2")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "identity-views-2026-2.csv" in answer.headers["content-disposition"]
    head, *told, last = rows(answer)
    assert head == ["時間", "案號", "閱覽人", "帳號", "事由", "核准人"]
    assert told[0] == ["2026-11-26 12:00", case.case_no, "chief先生", "chief", "'=1+1", "chief先生"]
    assert [row[4].lstrip("'") for row in told] == list(dangerous)
    assert not [cell for row in told for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert last == ["另有 1 筆是您看不到的案件，未列出。"]
    assert len(rows(submit_half(browser, "2026-1"))) == 1
    for wrong in ("", "2026-3", "2026", "../etc"):
        assert submit_half(browser, wrong).status_code == 422


def submit_half(browser: TestClient, half: str) -> Response:
    return browser.get(CSV, params={"half": half})


@once
def test_the_halves_on_offer_are_the_last_four(client: TestClient, chief: Headers) -> None:
    page = show(holding(client, chief), PRIVACY)
    offered = [one["value"] for one in page.all("option")][-4:]
    assert offered == ["2026-2", "2026-1", "2025-2", "2025-1"]


@once
def test_the_audit_is_for_who_leads(client: TestClient, clerk: Headers, log_in: LogIn) -> None:
    for headers in (clerk, log_in("admin", role="administrator")):
        browser = holding(client, headers)
        assert "誰看了什麼" not in show(browser, PRIVACY).text
        assert submit_half(browser, "2026-2").status_code == 403
    editor = holding(client, log_in("editor", role="faq_editor"))
    assert editor.get(PRIVACY).status_code == 403
    assert PRIVACY not in [one["href"] for one in show(editor, f"{HOME}/questions").all("a")]
    assert submit_half(editor, "2026-2").status_code == 403


# --- the end of the contents ----------------------------------------------------------------
def end(office: Office, **given: Any) -> Case:
    """A case that was answered and closed six years ago."""
    then = NOON - SIX_YEARS
    with transaction(office.engine) as tx:
        known = tx.scalar(select(Officer).where(Officer.username == "old"))
        by = known or make_officer(tx, "old")
        case = make_case(tx, now=then, **given)
        answer_case(tx, case, by, now=then)
        given = {"outcome": Outcome.RESOLVED, "reason": "已清除", "version": case.version}
        handling.close(tx, case.case_no, **given, by=by, now=then)
    return case


def test_three_steps_each_of_which_says_what_it_does(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn, history: History
) -> None:
    case = end(office)
    page = show(holding(client, staff), PRIVACY)
    assert "只會列出案號，不會刪除" in page.text and "目前有 1 件" in page.text
    drawn = submit(client, page.form("/destructions"))
    assert drawn.headers["location"] == f"{PRIVACY}?done=drawn-up"
    page = show(client, f"{LISTS}/1")
    assert "等候造冊人以外" in page.text and case.case_no in page.text
    assert not [form for form in page.forms if form.action.endswith(("/approve", "/destroy"))]

    head = log_in("head", role="director")
    page = show(holding(client, head), f"{LISTS}/1")
    assert "核准本身不會刪除任何東西" in page.text
    assert submit(client, page.form("/approve")).headers["location"] == f"{LISTS}/1?done=approved"
    page = show(client, f"{LISTS}/1")
    assert "無法復原" in page.text and "案號、日期、類別、狀態與結果會留下" in page.text
    unsure = submit(client, page.form("/destroy"))
    assert unsure.status_code == 422
    assert "請先勾選" in Page.of(unsure).text
    assert "anonymized" not in history(case)

    done = submit(client, page.form("/destroy"), sure="yes")
    assert done.headers["location"] == f"{LISTS}/1?done=destroyed"
    page = show(client, done.headers["location"])
    assert "已銷毀 1 件的內容" in page.text
    assert history(case)[-1] == "anonymized"
    again = submit(client, Form(f"{LISTS}/1/destroy", {"proof": proof_of(page), "sure": "yes"}))
    assert again.status_code == 404 and "銷毀證明" in again.text
    nothing = submit(client, Form(LISTS, {"proof": proof_of(page)}))
    assert nothing.status_code == 404 and 'role="alert"' in nothing.text


def proof_of(page: Page) -> str:
    return page.form("/logout").fields["proof"]


@once
def test_nobody_approves_their_own_list_and_others_may_nothing(
    client: TestClient, office: Office, clerk: Headers, chief: Headers, log_in: LogIn
) -> None:
    end(office)
    head = holding(client, log_in("head", role="secretary"))
    submit(head, show(head, PRIVACY).form("/destructions"))
    page = show(head, f"{LISTS}/1")
    assert not [form for form in page.forms if form.action.endswith("/approve")]
    own = submit(head, Form(f"{LISTS}/1/approve", {"proof": proof_of(page)}))
    assert own.status_code == 403 and "不能核定自己提出的" in own.text
    admin = holding(client, log_in("admin", role="administrator"))
    form = Form(f"{LISTS}/1/approve", {"proof": proof_of(show(admin, PRIVACY))})
    assert submit(admin, form).status_code == 403
    for headers in (clerk, chief):
        browser = holding(client, headers)
        page = show(browser, PRIVACY)
        assert "銷毀清冊" not in page.text
        assert browser.get(f"{LISTS}/1").status_code == 403
        for path in (LISTS, f"{LISTS}/1/approve", f"{LISTS}/1/destroy"):
            sent = Form(path, {"proof": proof_of(page), "sure": "yes"})
            assert submit(browser, sent).status_code == 403
    with reading(office.engine) as tx:
        row = tx.scalars(select(Destruction)).one()
        assert (row.approved_at, row.done_at) == (None, None)
    unknown = holding(client, log_in("admin")).get(f"{LISTS}/99")
    assert unknown.status_code == 404 and "沒有這份清冊" in unknown.text


# --- all of them ----------------------------------------------------------------------------
@once
def test_every_field_has_its_label_and_every_form_its_proof(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    end(office)
    case = new_case(section="民政課")
    ask(holding(client, clerk), case)
    head = holding(client, log_in("head", role="director"))
    for path in (PRIVACY, identity(case), f"{at(case)}/print"):
        page = show(head, path)
        assert unlabelled(page) == []
        for form in page.forms:
            sent = form.action.startswith((PRIVACY, at(case))) and form.fields != {}
            asks_only = {"month", "half"} & set(form.fields)
            assert not sent or asks_only or form.fields["proof"]
    bare = head.post(identity(case), data={"reason": WHY})
    assert bare.status_code == 403 and "過期" in bare.text


@once
def test_the_pages_in_english(
    client: TestClient, office: Office, clerk: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    end(office)
    case = new_case(section="民政課")
    ask(holding(client, clerk), case, "site visit")
    head = holding(client, log_in("head", role="director"))
    head.cookies.set("civicline_language", "en")
    submit(head, show(head, PRIVACY).form("/destructions"))
    told = {
        PRIVACY: "Who saw what",
        f"{LISTS}/1": "Waiting for a head of the office",
        identity(case): "a supervisor grants a day",
        f"{at(case)}/print": "How the date was counted",
    }
    for path, words in told.items():
        page = show(head, path)
        assert words in page.text
        for left in ("銷毀", "閱覽", "歷程", "期限"):
            assert left not in page.text, (path, left)
    sheet = rows(submit_half(head, "2026-2"))
    assert sheet[0][0] == "Time"
    wrong = submit(head, show(head, identity(case)).form("/identity"), reason="")
    assert "Give a reason" in wrong.text


def test_the_number_of_statements_does_not_grow_with_the_rows(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    head = log_in("head", role="director")
    browser = holding(client, head)

    def statements() -> int:
        counted: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            counted.append(statement)

        event.listen(office.engine, "before_cursor_execute", note)
        try:
            assert browser.get(PRIVACY).status_code == 200
        finally:
            event.remove(office.engine, "before_cursor_execute", note)
        return len(counted)

    grow(office, "one")
    before = statements()
    for name in ("two", "three", "four"):
        grow(office, name)
    assert statements() == before


def grow(office: Office, username: str) -> None:
    """One more request that waits, and one more view."""
    with transaction(office.engine) as tx:
        clerk = make_officer(tx, username, "clerk")
        chief = make_officer(tx, f"{username}-chief", "section_chief")
        case = make_case(tx, section="民政課")
        viewing.ask(tx, case, WHY, by=clerk, now=NOON)
        viewing.ask(tx, case, WHY, by=chief, now=NOON)
        viewing.view(tx, case, by=chief, now=NOON)


@once
def test_nothing_of_a_person_stands_in_an_address_or_in_the_log(
    client: TestClient, chief: Headers, new_case: NewCase, capsys: pytest.CaptureFixture[str]
) -> None:
    case = new_case(section="民政課", contact=PHONE, reply_by="phone")
    browser = holding(client, chief)
    with structlog.testing.capture_logs() as logged:
        asked = ask(browser, case, "約王小明會勘")
        shown = submit(browser, show(browser, identity(case)).form("/view"))
        printed = submit(browser, show(browser, identity(case)).form("/print"))
    told = capsys.readouterr()
    for answer in (asked, shown, printed):
        address = f"{answer.request.url}{answer.headers.get('location', '')}"
        for secret in (NAME, PHONE, case.lookup_code):
            assert secret not in address + f"{logged}" + told.out + told.err
