from dataclasses import replace
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.console.sessions import COOKIE
from app.office import Office
from complaints import handling
from complaints.intake import SentFile
from complaints.states import Kind
from complaints.tables import Attachment, Case
from data import files
from data.database import reading, transaction
from faq.keeping.tables import Asked
from tests import pictures
from tests.admin_api.console.page import Form, Page
from tests.admin_api.staff import Headers, History, LogIn, NewCase, once
from tests.makers import NOON, PASSWORD, make_officer
from tests.served import create_web

HOME = "/staff"
LOGIN = f"{HOME}/login"
PNG = pictures.png()


def at(case: Case) -> str:
    return f"{HOME}/cases/{case.case_no}"


def show(client: TestClient, path: str) -> Page:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 200
    return Page.of(answer)


def submit(client: TestClient, form: Form, **typed: str) -> Response:
    """Send a form as the browser would, with what was typed into it."""
    return client.post(form.action, data=form.fields | typed, follow_redirects=False)


def holding(client: TestClient, headers: Headers) -> TestClient:
    """The browser with the cookie of this log-in."""
    client.cookies.set(COOKIE, headers["Authorization"].removeprefix("Bearer "))
    return client


def enter(client: TestClient, office: Office, **officer: str) -> Response:
    """Make an officer and log in by the form."""
    with transaction(office.engine) as tx:
        username = make_officer(tx, **officer).username
    form = show(client, LOGIN).form("/login")
    return submit(client, form, username=username, password=PASSWORD)


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


def test_without_a_session_every_page_leads_to_the_log_in(client: TestClient) -> None:
    for path in ("", "/cases/WH-1", "/cases/WH-1/attachments/1", "/questions", "/figures"):
        answer = client.get(HOME + path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)
    answer = client.post(f"{HOME}/cases/WH-1/reply", data={}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)


@once
def test_logging_in_sets_a_cookie_no_script_and_no_other_site_can_use(
    client: TestClient, office: Office
) -> None:
    answer = enter(client, office)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/today")
    name_and_token, *flags = answer.headers["set-cookie"].split("; ")
    assert name_and_token.startswith(f"{COOKIE}=cl_")
    assert set(flags) == {"HttpOnly", "SameSite=strict", "Path=/staff", "Max-Age=43200"}
    assert "clerk先生" in show(client, HOME).text


@once
def test_the_cookie_of_a_public_office_travels_by_https_only(office: Office) -> None:
    settings = office.settings.model_copy(update={"public_url": "https://office.example"})
    web = create_web(replace(office, settings=settings))
    answer = enter(TestClient(web, base_url="https://office.example"), office)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@once
def test_a_wrong_password_and_a_locked_account_are_told_on_the_page(
    client: TestClient, office: Office
) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)
    form = show(client, LOGIN).form("/login")
    wrong = [submit(client, form, username="clerk", password="wrong") for _ in range(5)]
    unknown = submit(client, form, username="nobody", password="wrong")
    assert {answer.status_code for answer in wrong} == {401}
    assert "帳號或密碼不對" in Page.of(wrong[0]).text
    assert unknown.text == wrong[0].text
    locked = submit(client, form, username="clerk", password=PASSWORD)
    assert locked.status_code == 429
    assert "15 分鐘" in Page.of(locked).text
    assert COOKIE not in client.cookies


def test_logging_out_ends_the_session_here_and_on_the_server(
    client: TestClient, office: Office
) -> None:
    enter(client, office)
    token = client.cookies[COOKIE]
    answer = submit(client, show(client, HOME).form("/logout"))
    assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)
    assert COOKIE not in client.cookies
    client.cookies.set(COOKIE, token)
    assert client.get(HOME, follow_redirects=False).status_code == 303


def test_the_queue_shows_the_most_urgent_first_and_keeps_its_filter(
    browser: TestClient, new_case: NewCase
) -> None:
    lamp, late = new_case(content="巷口路燈不亮。"), new_case(now=NOON - timedelta(days=20))
    page = show(browser, HOME)
    links = [link["href"] for link in page.all("a") if "/cases/" in link["href"]]
    assert links == [at(late), at(lamp)]
    assert "已逾限" in page.text
    assert "剩 6 個工作天" in page.text
    found = show(browser, f"{HOME}?pile=all&q=路燈")
    assert late.case_no not in found.text
    assert lamp.case_no in found.text
    fields = {"pile": "all", "section": "", "handler": "", "kind": "", "q": "路燈"}
    assert found.form(HOME).fields == fields
    assert "目前沒有案件" in show(browser, f"{HOME}?pile=closed").text


@once
def test_the_queue_goes_on_at_the_next_page(browser: TestClient, new_case: NewCase) -> None:
    made = {new_case().case_no for _ in range(51)}
    first = show(browser, HOME)
    (following,) = [link["href"] for link in first.all("a") if "cursor=" in link["href"]]
    second = show(browser, following)
    seen = [no for page in (first, second) for no in made if no in page.text]
    assert len(seen) == 51
    assert set(seen) == made


def test_a_case_from_receipt_to_closing_by_forms(
    browser: TestClient, new_case: NewCase, history: History
) -> None:
    case = new_case()
    steps = (
        ("assign", {"section": "civil", "handler": "clerk"}),
        ("reply", {"text": "已派員清除。"}),
        ("close", {"outcome": "resolved", "reason": "現場已淨空"}),
    )
    for verb, typed in steps:
        answer = submit(browser, show(browser, at(case)).form(f"/{verb}"), **typed)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{at(case)}?done={verb}")
    assert history(case) == ["received", "assigned", "replied", "closed"]
    page = show(browser, at(case))
    for told in ("王○○", "民政課", "已派員清除。", "現場已淨空", "獲致解決", "115/12/04"):
        assert told in page.text
    assert {"reply", "draft", "close", "assign"}.isdisjoint(verbs(page))


POINTS = ("騎樓堆放雜物", "水溝蓋附近很臭")


@once
def test_an_answer_is_begun_with_its_points_and_goes_on_where_it_was_sent_back(
    client: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    clerk = holding(client, log_in("c1", role="clerk", section="civil"))
    case = new_case(points=POINTS, section="民政課")
    form = show(clerk, at(case)).form("/draft")
    begun = form.fields["text"]
    assert all(f"有關「{point}」" in begun for point in POINTS)
    unfilled = submit(clerk, form)
    assert unfilled.status_code == 422
    assert "還沒填" in unfilled.text
    half = begun.replace("〔第 1 點的答復〕", "已清除。").replace("〔第 2 點的答復〕", "")
    said = half.replace("〔承辦人與電話〕", "王承辦，電話 02-2345-6789")
    assert submit(clerk, form, text=said).status_code == 303
    page = show(clerk, at(case))
    assert "答復：已清除。" in page.text
    assert "答復稿還沒回答這一點" in page.text
    assert page.form("/draft").fields["text"] == ""  # it lies with the approver
    chief = holding(TestClient(client.app), log_in("s1", role="section_chief", section="civil"))
    back = submit(chief, show(chief, at(case)).form("/send-back"), reason="請答第二點")
    assert back.status_code == 303
    assert show(clerk, at(case)).form("/draft").fields["text"].strip() == said.strip()


@once
def test_a_form_that_our_page_did_not_make_does_nothing(
    browser: TestClient, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    case = new_case()
    form = show(browser, at(case)).form("/reply")
    for proof in ("", "x", "é", browser.cookies[COOKIE]):
        assert submit(browser, form, proof=proof, text="已清除。").status_code == 403
    holding(browser, log_in())  # the proof of one log-in is none for another
    assert submit(browser, form, text="已清除。").status_code == 403
    assert submit(browser, Form(f"{HOME}/logout")).status_code == 403
    assert history(case) == ["received"]


def test_who_was_overtaken_sees_the_page_again_with_what_they_typed(
    browser: TestClient, office: Office, new_case: NewCase, history: History
) -> None:
    case = new_case()
    form = show(browser, at(case)).form("/reply")
    with transaction(office.engine) as tx:
        handling.add_information(tx, case.case_no, "還有一件事", now=NOON)
    answer = submit(browser, form, text="寫了很久的<答復>")
    page = Page.of(answer)
    assert answer.status_code == 409
    assert "有人先改了這個案件" in page.text
    assert "還有一件事" in page.text
    again = page.form("/reply")
    assert (again.fields["text"], again.fields["version"]) == ("寫了很久的<答復>", "2")
    assert submit(browser, again).status_code == 303
    assert history(case) == ["received", "information_added", "replied"]


def test_a_form_sent_twice_acts_once(
    browser: TestClient, new_case: NewCase, history: History
) -> None:
    case = new_case()
    form, reloaded = (show(browser, at(case)).form("/reply") for _ in range(2))
    assert form.fields["key"] != reloaded.fields["key"]
    first, again = (submit(browser, form, text="已清除。") for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert history(case) == ["received", "replied"]
    other = submit(browser, form, text="別的")
    assert (other.status_code, Page.of(other).form("/reply").fields["text"]) == (422, "別的")
    assert history(case) == ["received", "replied"]


@once
def test_a_missing_outcome_or_a_wrong_status_is_told_on_the_page(
    browser: TestClient, new_case: NewCase, history: History
) -> None:
    case = new_case()
    form = show(browser, at(case)).form("/reply")
    close = Form(form.action.replace("/reply", "/close"), form.fields)
    wrong = submit(browser, close, reason="好", outcome="fine")
    assert (wrong.status_code, "請檢查：結果" in wrong.text) == (422, True)
    assert submit(browser, close, reason="好", outcome="resolved").status_code == 409
    assert submit(browser, form, text=" ").status_code == 422
    unknown = Form(form.action.replace("/reply", "/burn"), form.fields)
    assert submit(browser, unknown).status_code == 409
    assert history(case) == ["received"]


@once
def test_a_role_is_offered_only_what_it_may_do(
    client: TestClient, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    holding(client, log_in(role="clerk"))
    case = new_case(section="民政課")
    page = show(client, at(case))
    assert {"draft", "accept", "ask-extension", "note"} <= verbs(page)
    assert verbs(page).isdisjoint({"assign", "reply", "approve", "transfer", "not-process"})
    forbidden = Form(f"{at(case)}/assign", page.form("/draft").fields)
    assert submit(client, forbidden, section="civil").status_code == 403
    assert history(case) == ["received"]


@once
def test_a_case_out_of_sight_does_not_exist(
    client: TestClient, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    holding(client, log_in(role="clerk"))
    case, mine = new_case(), new_case(section="民政課")
    hidden, unknown = client.get(at(case)), client.get(f"{HOME}/cases/WH-1151126-9999")
    assert (hidden.status_code, hidden.text) == (unknown.status_code, unknown.text)
    assert hidden.status_code == 404
    form = show(client, at(mine)).form("/draft")
    assert submit(client, replace(form, action=f"{at(case)}/draft"), text="x").status_code == 404
    assert history(case) == ["received"]


@once
def test_a_confidential_petitioner_is_not_shown(browser: TestClient, new_case: NewCase) -> None:
    page = show(browser, at(new_case(confidential=True, contact="0912000000")))
    assert "保密，僅承辦人與核閱人員可見" in page.text
    assert "王小明" not in page.text
    assert "0912000000" not in page.text


@once
def test_what_a_citizen_wrote_is_text_and_never_markup(
    browser: TestClient, new_case: NewCase
) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    case = new_case(content=evil, place=evil, petitioner_name=evil)
    for path in (HOME, at(case), f"{HOME}?q={evil}"):
        page = show(browser, path)
        assert page.strange_scripts() == []
        assert page.all("img") == []
        assert "<script>alert(1)" in page.text or path.startswith(f"{HOME}?")


@once
def test_an_attachment_is_downloaded_from_the_page(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    digest, _ = files.keep(office.settings.files, PNG)
    case = new_case(files=(SentFile("web", f"stored:{digest}"), SentFile("telegram", "AgAC")))
    with reading(office.engine) as tx:
        stored = tx.scalars(select(Attachment.id).where(Attachment.digest == digest)).one()
    page = show(browser, at(case))
    (link,) = [link["href"] for link in page.all("a") if "/attachments/" in link["href"]]
    assert link == f"{at(case)}/attachments/{stored}"
    assert "附件 2（下載中）" in page.text
    answer = browser.get(link)
    assert answer.content == PNG
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment; ")


@once
def test_the_questions_nobody_could_answer_are_listed(browser: TestClient, office: Office) -> None:
    assert "沒有這樣的問題" in show(browser, f"{HOME}/questions").text
    with transaction(office.engine) as tx:
        row = {"asker": "test:1", "verdict": "unknown", "offered": [], "confidence": 0.0}
        tx.add(Asked(text="可以養鸚鵡嗎", at=NOON, index_version=1, **row))
    page = show(browser, f"{HOME}/questions")
    for told in ("可以養鸚鵡嗎", "不會答", "115/11/26（四） 12:00"):
        assert told in page.text


@once
def test_every_page_works_by_keyboard_and_screen_reader_and_without_script(
    browser: TestClient, new_case: NewCase
) -> None:
    case, replied = new_case(), new_case()
    submit(browser, show(browser, at(replied)).form("/reply"), text="已清除。")
    paths = ("/login", "", "/today", "/tasks", "/questions", "/figures", f"/cases/{case.case_no}")
    for path in (*paths, f"/cases/{replied.case_no}"):
        answer = browser.get(HOME + path)
        page = Page.of(answer)
        (html,) = page.all("html")
        assert html["lang"] == "zh-Hant-TW"
        assert len(page.all("h1")) == 1, path
        assert unlabelled(page) == [], path
        assert page.strange_scripts() == [], path
        assert page.all("style") == []
        inline = [name for _, found in page.elements for name in found if name.startswith("on")]
        assert inline == []
        assert not any("style" in found for _, found in page.elements)
        assert all(form.action.startswith(HOME) for form in page.forms)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
    (sheet,) = page.all("link")
    assert browser.get(sheet["href"]).headers["content-type"].startswith("text/css")


def verbs(page: Page) -> set[str]:
    """The last words of the forms' addresses."""
    return {form.action.rsplit("/", 1)[-1] for form in page.forms}


def unlabelled(page: Page) -> list[str]:
    """Names of the fields no label speaks for."""
    labels = [label["for"] for label in page.all("label")]
    fields = [one for tag in ("input", "select", "textarea") for one in page.all(tag)]
    shown = [one for one in fields if one.get("type") != "hidden"]
    return [one["name"] for one in shown if labels.count(one.get("id", "")) != 1]


@pytest.mark.parametrize("verb", ["assign", "reply", "close", "nonsense"])
def test_who_may_not_see_cases_sees_none_through_a_refused_form(
    client: TestClient, office: Office, new_case: NewCase, verb: str
) -> None:
    case = new_case()
    entered = enter(client, office, username="editor", role="faq_editor")
    assert entered.headers["location"] == f"{HOME}/questions"
    proof = show(client, f"{HOME}/questions").form("/logout").fields["proof"]
    form = {"proof": proof, "version": "1", "key": "k", "text": "x"}
    answer = client.post(f"{at(case)}/{verb}", data=form)
    assert answer.status_code == 403
    for secret in (case.lookup_code, "王小明", "騎樓"):
        assert secret not in answer.text
    assert client.get(at(case)).status_code == 403


def test_a_reply_typed_while_the_citizen_withdrew_is_not_lost(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    case = new_case()
    form = show(browser, at(case)).form("/reply")
    with transaction(office.engine) as tx:
        handling.withdraw(tx, case.case_no, now=NOON)
    answer = submit(browser, form, text="寫了很久的答復")
    assert answer.status_code == 409
    assert "寫了很久的答復" in answer.text


@pytest.mark.parametrize("month", ["２０２６-11", "2026-11%0A", "0001-01", "2026-13", "x"])
def test_what_is_no_month_is_refused(browser: TestClient, staff: Headers, month: str) -> None:
    for path in (f"{HOME}/figures/{month}.csv", f"/api/v1/figures/{month}/csv"):
        assert browser.get(path, headers=staff).status_code in {404, 422}


@pytest.mark.parametrize("number", [10**25, 2**40, 0])
def test_an_attachment_number_that_cannot_be_is_refused(
    browser: TestClient, new_case: NewCase, number: int
) -> None:
    assert browser.get(f"{at(new_case())}/attachments/{number}").status_code in {404, 422}


def test_an_asked_section_answers_on_the_case_page(
    browser: TestClient, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    case = new_case(section="民政課")
    social = holding(TestClient(browser.app), log_in("soc", role="clerk", section="social"))
    asked = submit(
        browser, show(browser, at(case)).form("/consult"), section="social", question="幾歲？"
    )
    assert asked.status_code == 303
    page = show(social, at(case))
    assert "幾歲？" in page.text
    blank = submit(social, page.form("/answer-consultation"), text=" ")
    assert blank.status_code == 422
    done = submit(social, page.form("/answer-consultation"), text="七十歲。")
    assert done.status_code == 303
    assert "consultation_answered" in history(case)
    assert "七十歲。" in show(browser, at(case)).text


@once
def test_a_form_is_offered_only_where_it_can_be_carried_out(
    browser: TestClient, new_case: NewCase
) -> None:
    offered = [form.action for form in show(browser, at(new_case())).forms]
    assert not [one for one in offered if one.endswith(("/acknowledge", "/record-improvement"))]
    praise = show(browser, at(new_case(kind=Kind.PRAISE)))
    assert [form for form in praise.forms if form.action.endswith("/acknowledge")]


@once
def test_a_photo_and_a_pin_are_seen_on_the_page(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    digest, kind = files.keep(office.settings.files, PNG)
    sent = (SentFile("web", f"stored:{digest}:{kind}"),)
    page = show(browser, at(new_case(files=sent, latitude=25.03, longitude=121.5)))
    (photo,) = page.all("img")
    assert photo["alt"] == "附件 1 的照片"
    shown = browser.get(photo["src"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    (link,) = [one for one in page.all("a") if "openstreetmap" in one["href"]]
    assert "mlat=25.03000&mlon=121.50000" in link["href"]
    assert link["rel"] == "noreferrer"
