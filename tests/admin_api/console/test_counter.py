"""The counter's pages: ask, file in two steps, the slip, and looking up for somebody."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import structlog
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from admin_api.console import counter_words, posters
from admin_api.schemas.desk import ReplyBy, Source
from app.office import Office
from bot import webchat
from bot.conversation import wording as chat_words
from complaints.tables import Case, Follower, Task
from data import deeplinks
from data.database import reading, transaction
from faq.keeping.tables import Asked
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_pages import HOME, holding, show, submit, unlabelled
from tests.admin_api.staff import Clock, History, LogIn, NewCase, once
from tests.makers import make_case, make_section
from tests.served import create_web

COUNTER = f"{HOME}/counter"
POSTERS = f"{HOME}/posters"
PHONE = "0912-345-678"
NAME = "王小明"
TOLD: dict[str, str] = {
    "source": "counter",
    "kind": "rights_protection",
    "content": "騎樓堆放雜物。輪椅過不去。",
    "place": "範例街 18 號前",
    "when": "昨天下午三點。很久了",
    "name": NAME,
    "reply_by": "phone",
    "contact": PHONE,
    "notice": "yes",
}
QUESTION = "身分證遺失要怎麼補領"
UNKNOWN = "你們門口那隻石獅子幾歲"


@pytest.fixture
def browser(client: TestClient, log_in: LogIn) -> TestClient:
    """A browser in which a clerk of the civil section is logged in."""
    return holding(client, log_in("me", role="clerk"))


def counter(browser: TestClient) -> Page:
    return show(browser, COUNTER)


def check(browser: TestClient, **typed: str) -> Response:
    return submit(browser, counter(browser).form("/check"), **TOLD | typed)


def confirm(browser: TestClient, checked: Response, **typed: str) -> Response:
    return submit(browser, Page.of(checked).form("/confirm"), **{"read_back": "yes"} | typed)


def english(browser: TestClient) -> TestClient:
    browser.cookies.set("civicline_language", "en")
    return browser


def count(office: Office, table: Any) -> int:
    with reading(office.engine) as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0


def the_case(office: Office) -> Case:
    with reading(office.engine) as tx:
        case = tx.scalars(select(Case)).one()
        case.taken_by, case.attachments, case.events  # noqa: B018 - loaded while there is a way to
        return case


# --- questions ------------------------------------------------------------------------------
def test_a_sure_answer_is_read_out_and_judged(browser: TestClient, office: Office) -> None:
    answer = submit(browser, counter(browser).form("/ask"), text=QUESTION)
    assert answer.status_code == 200
    page = Page.of(answer)
    assert "身分證遺失補領" in page.text
    assert "應備文件" in page.text and "資料查核日" in page.text
    thanked = submit(browser, page.form("/helpful"), helpful="yes")
    assert "已記下" in Page.of(thanked).text
    with reading(office.engine) as tx:
        asked = tx.scalars(select(Asked)).one()
        assert (asked.text, asked.asker, asked.helpful) == (QUESTION, "counter:me", True)


def test_what_is_not_meant_leads_to_the_nearest_entries(
    browser: TestClient, office: Office
) -> None:
    page = Page.of(submit(browser, counter(browser).form("/ask"), text=QUESTION))
    none = Page.of(submit(browser, page.form("/choice"), entry=""))
    assert "相近的題目" in none.text
    offered = [one["value"] for one in none.all("button") if one.get("name") == "entry"]
    picked = submit(browser, none.form("/choice"), entry=offered[0])
    assert "念給民眾聽" in Page.of(picked).text
    unhelpful = submit(browser, Page.of(picked).form("/helpful"), helpful="no")
    assert "相近的題目" in Page.of(unhelpful).text
    with reading(office.engine) as tx:
        asked = tx.scalars(select(Asked)).one()
        assert (asked.fate, asked.entry_id, asked.helpful) == ("chosen", offered[0], False)


@once
def test_one_of_several_is_chosen(browser: TestClient) -> None:
    page = Page.of(submit(browser, counter(browser).form("/ask"), text="我要遷戶口"))
    assert "請民眾選一個" in page.text
    offered = [one["value"] for one in page.all("button") if one.get("name") == "entry"]
    assert len([one for one in offered if one]) > 1
    assert "資料查核日" in Page.of(submit(browser, page.form("/choice"), entry=offered[0])).text
    gone = submit(browser, page.form("/choice"), entry="no-such-entry")
    assert gone.status_code == 409
    assert "剛剛下架" in Page.of(gone).text


def test_a_question_nobody_answers_becomes_a_petition_with_its_words(
    browser: TestClient, office: Office
) -> None:
    page = Page.of(submit(browser, counter(browser).form("/ask"), text=UNKNOWN))
    assert "沒有可靠的答案" in page.text
    form = Page.of(submit(browser, page.form("/petition"))).form("/check")
    assert form.fields["content"] == UNKNOWN
    told = {name: text for name, text in TOLD.items() if name not in ("content", "when")}
    assert confirm(browser, submit(browser, form, **told)).status_code == 200
    with reading(office.engine) as tx:
        assert tx.scalars(select(Asked.fate)).one() == "filed"
    assert the_case(office).content == UNKNOWN


@once
def test_somebody_in_danger_is_helped_before_anything(browser: TestClient, office: Office) -> None:
    page = Page.of(submit(browser, counter(browser).form("/ask"), text="我不想活了"))
    assert "1925" in page.text
    assert "相近的題目" not in page.text
    with reading(office.engine) as tx:
        assert tx.scalars(select(Asked.text)).one() == ""


@once
def test_a_question_may_not_be_empty_nor_somebody_elses(browser: TestClient, log_in: LogIn) -> None:
    blank = submit(browser, counter(browser).form("/ask"), text=" ")
    assert blank.status_code == 422
    assert "請檢查：民眾的問題" in Page.of(blank).text
    page = Page.of(submit(browser, counter(browser).form("/ask"), text=QUESTION))
    other = holding(browser, log_in("other", role="clerk"))
    form = Form(page.form("/helpful").action, counter(other).form("/ask").fields)
    assert submit(other, form, helpful="yes").status_code == 404


# --- petitions ------------------------------------------------------------------------------
def test_a_petition_is_read_back_confirmed_and_answered_with_a_slip(
    browser: TestClient, office: Office, history: History
) -> None:
    checked = check(browser)
    assert checked.status_code == 200
    page = Page.of(checked)
    for told in ("還沒有立案", "騎樓堆放雜物", "115/12/04（五）", "6 個工作天", PHONE, NAME):
        assert told in page.text
    assert [one["href"] for one in page.all("a") if "/cases/" in one["href"]] == []
    assert count(office, Case) == 0

    filed = confirm(browser, checked)
    assert filed.status_code == 200
    case, slip = the_case(office), Page.of(filed)
    assert case.content == "（時間：昨天下午三點，很久了）騎樓堆放雜物。輪椅過不去。"
    assert case.points == ["（時間：昨天下午三點，很久了）騎樓堆放雜物", "輪椅過不去"]
    assert (case.channel, case.reply_by, case.place) == ("counter", "phone", TOLD["place"])
    assert case.notice_version == chat_words.NOTICE_VERSION
    assert case.taken_by and case.taken_by.username == "me"
    assert history(case) == ["received", "told_otherwise"]
    for told in (case.case_no, case.lookup_code, "115/11/26（四）", "115/12/04（五）", "me先生"):
        assert told in slip.text
    assert NAME not in slip.text and PHONE not in slip.text
    assert count(office, Task) == 1  # the call with the receipt, done at once


def test_a_form_sent_twice_files_once_and_gives_the_same_slip(
    browser: TestClient, office: Office
) -> None:
    checked = check(browser)
    first, again = (confirm(browser, checked) for _ in range(2))
    assert Page.of(first).text == Page.of(again).text
    assert count(office, Case) == 1


def test_the_slip_leads_to_the_look_up_without_its_code(
    browser: TestClient, office: Office
) -> None:
    filed = confirm(browser, check(browser))
    case = the_case(office)
    link = f"http://testserver/chat?case={case.case_no}"
    assert link in Page.of(filed).text
    assert "<svg" in filed.text and "style=" not in filed.text
    assert str(posters.picture(link)) in filed.text
    assert filed.headers["cache-control"] == "no-store"
    assert case.lookup_code not in link + f"{filed.request.url}"
    looked = TestClient(create_web(office)).get(link)
    form = Page.of(looked).form("/case")
    assert form.fields["case_no"] == case.case_no
    assert form.fields["code"] == ""


@once
def test_an_address_only_this_machine_knows_is_no_qr(office: Office, log_in: LogIn) -> None:
    browser = TestClient(create_web(office), base_url="http://127.0.0.1:8000")
    filed = confirm(browser := holding(browser, log_in("me", role="clerk")), check(browser))
    assert "<svg" not in filed.text
    assert "憑條沒有 QR" in filed.text and the_case(office).lookup_code in filed.text


@once
def test_what_was_typed_comes_back_to_be_changed(browser: TestClient, office: Office) -> None:
    typed = {"points": "雜物\n燈不亮", "confidential": "yes", "priority": "urgent"}
    checked = check(browser, **typed | {"section": "civil", "consents": "no", "language": "en"})
    assert "保密" in Page.of(checked).text and "民政課" in Page.of(checked).text
    form = Page.of(submit(browser, Page.of(checked).form("/petition"))).form("/check")
    assert {name: form.fields[name] for name in TOLD} == TOLD
    assert form.fields | typed == form.fields
    again = submit(browser, form, content="燈不亮")
    filed = confirm(browser, again)
    case = the_case(office)
    assert (case.points, case.content) == (
        ["雜物", "燈不亮"],
        "(Time: 昨天下午三點，很久了) 燈不亮",
    )
    assert (case.confidential, case.priority, case.consents_to_transfer) == (True, "urgent", False)
    # The slip is in the language of who takes it along, whatever the page's.
    assert "Receipt" in filed.text and "Look-up code" in filed.text
    assert "Tue 1 Dec 2026" in filed.text and "3 working days" in filed.text


@once
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"content": " "}, "發生什麼事"),
        ({"content": "長" * 20_001}, "發生什麼事"),
        ({"kind": "spam"}, "類別"),
        ({"source": "telegram"}, "來源"),
        ({"reply_by": "chat"}, "答復方式"),
        ({"contact": "請打給我"}, "聯絡方式"),
        ({"reply_by": "email"}, "聯絡方式"),
        ({"contact": "1" * 201}, "聯絡方式"),
        ({"name": "王" * 61}, "姓名"),
        ({"place": "街" * 301}, "地點"),
        ({"points": "\n".join(["點點點點"] * 10)}, "要點"),
        ({"points": "點" * 201}, "要點"),
        ({"priority": "soon"}, "速別"),
        ({"language": "ja"}, "語言"),
        ({"notice": ""}, "個資告知"),
        ({"source": "phone", "notice": ""}, "個資告知"),
    ],
)
def test_what_is_wrong_is_told_by_its_label_and_nothing_typed_is_lost(
    browser: TestClient, office: Office, typed: dict[str, str], told: str
) -> None:
    answer = check(browser, **typed)
    assert answer.status_code == 422
    page = Page.of(answer)
    assert f"請檢查：{told}" in page.text
    kept = page.form("/check").fields
    assert {name: kept[name] for name in ("place", "name", "content") if name not in typed} == {
        name: TOLD[name] for name in ("place", "name", "content") if name not in typed
    }
    assert count(office, Case) == 0


@once
def test_what_was_told_by_word_of_mouth_is_filed_only_when_read_back(
    browser: TestClient, office: Office
) -> None:
    refused = confirm(browser, check(browser), read_back="")
    assert refused.status_code == 422
    assert "請檢查：念給民眾聽或請民眾看過" in Page.of(refused).text
    assert count(office, Case) == 0
    assert confirm(browser, refused).status_code == 200
    letter = check(browser, source="letter", notice="", reply_by="letter", contact="範例街 1 號")
    assert "read-back" not in letter.text
    assert confirm(browser, letter, read_back="").status_code == 200
    assert count(office, Case) == 2


@once
def test_an_id_number_is_masked_before_it_is_kept_anywhere(
    browser: TestClient, office: Office
) -> None:
    checked = check(browser, content="我是 A123456789，騎樓堆放雜物。")
    assert "A123456789" not in checked.text
    assert "已遮蔽" in Page.of(checked).text
    confirm(browser, checked)
    assert "A123456789" not in the_case(office).content


@once
def test_without_a_calendar_the_page_says_so(
    browser: TestClient, log_in: LogIn, clock: Clock
) -> None:
    clock.forward(days=366 * 3)
    answer = check(holding(browser, log_in("me", role="clerk")))
    assert answer.status_code == 409
    assert "行事曆尚未匯入" in Page.of(answer).text


@once
def test_an_unknown_section_is_told(browser: TestClient, office: Office) -> None:
    answer = confirm(browser, check(browser, section="nowhere"))
    assert answer.status_code == 422
    assert "沒有這個課室" in Page.of(answer).text
    assert count(office, Case) == 0


@once
def test_a_report_of_misconduct_is_filed_by_who_may_not_read_it(
    browser: TestClient, office: Office
) -> None:
    filed = confirm(browser, check(browser, kind="misconduct_report", section="civil"))
    case = the_case(office)
    assert case.lookup_code in filed.text
    assert browser.get(f"{HOME}/cases/{case.case_no}").status_code == 404


def test_what_was_reported_before_is_followed_instead(
    browser: TestClient, office: Office, new_case: NewCase, history: History
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    ours = new_case(section="民政課", place=TOLD["place"])
    theirs = new_case(section="社會課", place=TOLD["place"])
    page = Page.of(checked := check(browser, when=""))
    assert "有 2 件說的是同一件事" in page.text
    assert ours.case_no in page.text and theirs.case_no not in checked.text
    followed = submit(browser, page.form("/follow"))
    assert (followed.status_code, followed.headers["location"]) == (303, f"{COUNTER}?done=followed")
    assert "已登記追蹤" in show(browser, followed.headers["location"]).text
    again = submit(browser, page.form("/follow"))
    assert "原本就在追蹤" in show(browser, again.headers["location"]).text
    assert history(ours)[-1] == "followed"
    assert (count(office, Follower), count(office, Case)) == (1, 2)


@once
def test_what_cannot_be_followed_is_told_on_the_page(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    case = new_case(section="民政課", place=TOLD["place"])
    form = Page.of(check(browser, when="")).form("/follow")
    secret = new_case(section="民政課", confidential=True)
    for typed, status, told in (
        ({"contact": "範例街 1 號", "reply_by": "letter"}, 422, "聯絡方式"),
        ({"case_no": "CL-0"}, 404, "查無此案件"),
        ({"case_no": secret.case_no}, 403, "保密案件"),
    ):
        answer = submit(browser, form, **typed)
        assert answer.status_code == status, typed
        page = Page.of(answer)
        assert told in page.text
        assert page.form("/confirm").fields["content"] == TOLD["content"]
    assert case.case_no in answer.text
    assert count(office, Follower) == 0


# --- cases ----------------------------------------------------------------------------------
def test_a_persons_cases_lead_to_what_can_be_said_for_them(
    browser: TestClient, office: Office
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
        first = make_case(tx, section="民政課", contact="0912345678").case_no
        make_case(tx, section="社會課", contact="0912345678")
        secret = make_case(tx, section="民政課", contact="0912345678", confidential=True).case_no
    answer = submit(browser, counter(browser).form("/find"), who=PHONE)
    page = Page.of(answer)
    links = [one["href"] for one in page.all("a")]
    assert f"{HOME}/cases/{first}#more" in links
    assert "其他課室還有 1 件" in page.text
    assert secret not in answer.text and PHONE not in answer.text
    forms = {form.action.rsplit("/")[-1] for form in show(browser, f"{HOME}/cases/{first}").forms}
    assert {"said-more", "said-withdrawn"} <= forms
    nobody = submit(browser, counter(browser).form("/find"), who="02-2345-6789")
    assert "沒有您看得到的案件" in Page.of(nobody).text
    wrong = submit(browser, counter(browser).form("/find"), who=NAME)
    assert wrong.status_code == 422
    assert "請檢查：聯絡方式" in Page.of(wrong).text
    assert Page.of(wrong).form("/find").fields["who"] == NAME


def test_number_and_code_show_the_progress(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    ours, theirs = new_case(section="民政課"), new_case(section="社會課")
    for case, told in ((ours, "代民眾補充"), (theirs, "其他課室的案件")):
        form = counter(browser).form("/look-up")
        answer = submit(browser, form, case_no=case.case_no, code=case.lookup_code.lower())
        page = Page.of(answer)
        assert told in page.text and "已受理" in page.text and "剩 6 個工作天" in page.text
        assert case.lookup_code not in answer.text and NAME not in answer.text


@once
def test_wrong_codes_are_told_and_lock(browser: TestClient, new_case: NewCase) -> None:
    case, form = new_case(), counter(browser).form("/look-up")
    for _ in range(5):
        wrong = submit(browser, form, case_no=case.case_no, code="WRONG")
        assert wrong.status_code == 404
        assert "案號與查詢碼不符" in Page.of(wrong).text
    locked = submit(browser, form, case_no=case.case_no, code=case.lookup_code)
    assert locked.status_code == 429
    assert "15 分鐘" in Page.of(locked).text
    assert submit(browser, form, case_no="", code="").status_code == 422


# --- posters --------------------------------------------------------------------------------
def test_a_poster_of_a_topic_begins_its_question_in_the_chat(
    browser: TestClient, office: Office
) -> None:
    answer = browser.get(POSTERS, params={"entry": "id-card-lost"})
    page = Page.of(answer)
    assert "身分證遺失補領" in page.text and "按「送出」才會問" in page.text
    assert "style=" not in answer.text
    (asked,) = re.findall(r"<figcaption>(.*?)</figcaption>", answer.text)
    link = f"http://testserver/chat?ask={asked}"
    assert str(posters.picture(f"http://testserver/chat?ask={quote(asked)}")) in answer.text
    chat = TestClient(create_web(office)).get(link)
    assert asked in chat.text and "還沒有送出" in chat.text
    with reading(office.engine) as tx:
        assert tx.scalars(select(Asked)).all() == []


@once
def test_a_poster_of_a_place(browser: TestClient) -> None:
    answer = browser.get(POSTERS, params={"place": "範例里活動中心"})
    assert "我要反映的地點：範例里活動中心。情形：" in answer.text
    assert "<svg" in answer.text
    told = english(browser).get(POSTERS, params={"place": "範例里活動中心"})
    assert "I want to report a problem at 範例里活動中心:" in told.text


@once
def test_a_poster_leads_to_telegram_too_where_there_is_a_bot(office: Office, log_in: LogIn) -> None:
    door = replace(office.staff_door, telegram=lambda: "OfficeBot")
    web = create_web(office)
    web.state.staff_door = door
    browser = holding(TestClient(web), log_in("ann"))
    topic = browser.get(POSTERS, params={"entry": "id-card-lost"})
    assert str(posters.picture("https://t.me/OfficeBot?start=t-id-card-lost")) in topic.text
    place = browser.get(POSTERS, params={"place": "範例里"})
    link = f"https://t.me/OfficeBot?start={deeplinks.to_place('範例里')}"
    assert str(posters.picture(link)) in place.text
    far = browser.get(POSTERS, params={"place": "里" * 16})  # more than Telegram carries
    assert far.text.count("<svg") == 1


@once
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"entry": "no-such"}, 404),
        ({"place": "里" * 61}, 422),
        ({"place": "里\x00"}, 422),
        ({}, 200),
    ],
)
def test_what_makes_no_poster_leads_back_to_the_choice(
    browser: TestClient, asked: dict[str, str], status: int
) -> None:
    answer = browser.get(POSTERS, params=asked)
    assert answer.status_code == status
    assert "<svg" not in answer.text
    assert len(Page.of(answer).all("option")) > 100
    assert ('role="alert"' in answer.text) == (status != 200)


@once
def test_every_question_fits_a_poster_and_the_chat_takes_it(browser: TestClient) -> None:
    assert posters.LONGEST_ASKED == webchat.LONGEST_ASKED
    longest = counter_words.PLACE_ASKED.format(place="里" * posters.LONGEST_PLACE)
    assert len(longest) <= webchat.LONGEST_ASKED and longest.isprintable()
    entries = [one["value"] for one in show(browser, POSTERS).all("option")]
    for entry in entries[:200:20]:
        assert "<svg" in browser.get(POSTERS, params={"entry": entry}).text


# --- all of them ----------------------------------------------------------------------------
@once
def test_who_handles_no_cases_asks_and_nothing_else(client: TestClient, log_in: LogIn) -> None:
    editor = holding(client, log_in("editor", role="faq_editor"))
    page = counter(editor)
    assert [form.action for form in page.forms if form.action.startswith(COUNTER)] == [
        f"{COUNTER}/ask"
    ]
    answer = submit(editor, page.form("/ask"), text=QUESTION)
    assert "身分證遺失補領" in answer.text and "轉為立案" not in answer.text
    proof = {"proof": page.form("/ask").fields["proof"]}
    for path in ("petition", "petition/check", "petition/confirm", "follow", "find", "look-up"):
        assert editor.post(f"{COUNTER}/{path}", data=TOLD | proof).status_code == 403


@once
def test_without_a_session_or_a_proof_nothing_is_done(
    client: TestClient, browser: TestClient, office: Office
) -> None:
    for path in ("ask", "petition/confirm", "find"):
        refused = browser.post(f"{COUNTER}/{path}", data=TOLD | {"text": QUESTION})
        assert refused.status_code == 403
    client.cookies.clear()
    for path in (COUNTER, POSTERS):
        assert client.get(path, follow_redirects=False).headers["location"] == f"{HOME}/login"
    assert (count(office, Case), count(office, Asked)) == (0, 0)


@once
def test_every_field_has_its_label(browser: TestClient) -> None:
    for page in (counter(browser), show(browser, POSTERS), Page.of(check(browser))):
        assert unlabelled(page) == []
        assert [one for one in page.all("a") if one["href"].startswith("http")] == []


@once
def test_nothing_of_a_person_stands_in_an_address_or_in_the_log(
    browser: TestClient, office: Office, capsys: pytest.CaptureFixture[str], new_case: NewCase
) -> None:
    new_case(section="民政課", place=TOLD["place"])
    with structlog.testing.capture_logs() as logged:
        checked = check(browser, when="")
        followed = submit(browser, Page.of(checked).form("/follow"))
        found = submit(browser, counter(browser).form("/find"), who=PHONE)
        filed = confirm(browser, checked)
        wrong = check(browser, contact="請打給我")
    told = capsys.readouterr()
    code = re.findall(r"<strong>(\w{6})</strong>", filed.text)[0]
    for answer in (checked, followed, found, filed, wrong):
        address = f"{answer.request.url}{answer.headers.get('location', '')}"
        assert parse_qs(urlsplit(f"{answer.request.url}").query) == {}
        for secret in (PHONE, NAME, code, "騎樓"):
            assert secret not in address + f"{logged}" + told.out + told.err


def test_the_pages_in_english(browser: TestClient) -> None:
    browser = english(browser)
    asked = submit(browser, counter(browser).form("/ask"), text=UNKNOWN)
    checked = check(browser)
    filed = confirm(browser, checked, read_back="yes")
    wrong = check(browser, contact="x")
    assert "There is no reliable answer" in asked.text
    assert "Fri 4 Dec 2026" in checked.text and "6 working days" in checked.text
    assert "not shown again" in filed.text
    assert "收件憑條" in filed.text  # the slip is the citizen's
    assert "Please check" in wrong.text or "Contact" in wrong.text
    for page in (asked, checked, wrong):
        for left in ("臨櫃", "確認受理", "聯絡方式", "沒有可靠"):
            assert left not in Page.of(page).text


def test_the_texts_cover_what_the_api_takes() -> None:
    assert set(counter_words.SOURCES) == set(Source)
    assert set(counter_words.REPLY_BY) == {one.value for one in ReplyBy}
    assert counter_words.NOTICE_VERSION == chat_words.NOTICE_VERSION
