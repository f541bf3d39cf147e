"""The clerk's day in a real browser, from the log-in to the answer in the citizen's chat."""

import re
from datetime import timedelta
from time import sleep

import pytest
from playwright.sync_api import Browser, Page, expect

from data.database import transaction
from tests.browser.conftest import DESKTOP, PHONE, Served
from tests.journeys.world import Citizen
from tests.makers import PASSWORD

sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
pytestmark = sqlite

MOST_TABS = 200
NOTE_WHAT_IS_TOLD = """() => {
  const told = document.querySelector("[role=status].waiting");
  new MutationObserver(() => {
    const box = told.getBoundingClientRect(), seen = box.height > 0 && box.top < innerHeight;
    sessionStorage.told = `${told.textContent} ${seen ? "seen" : "unseen"}`;
  }).observe(told, { childList: true });
}"""
ENTRY = {
    "label": "門牌跳號",
    "category": "門牌",
    "section": "登記課",
    "answer": "門牌號碼預留給尚未建築的土地，所以會跳號。",
    "source": "https://example.gov.tw/numbers",
    "checked_on": "2026-11-20",
}
STORY = "路燈壞了三天。人行道有坑洞，老人家差點跌倒。"
ANSWER = "路燈已於今日更換。人行道坑洞已用冷料填平，謝謝您的通知。"


def file_case(served: Served) -> tuple[Citizen, str]:
    """A citizen files a case on Telegram."""
    citizen = served.world.citizen()
    return citizen, citizen.files(STORY)


def assign(served: Served, number: str) -> None:
    """The case goes to the clerk."""
    head, url = served.world.log_in("director"), f"/api/v1/cases/{number}"
    version = served.world.browser.get(url, headers=head).json()["version"]
    body = {"section": "civil", "handler": "clerk", "version": version}
    assert served.world.browser.post(f"{url}/assign", headers=head, json=body).is_success


def open_case(served: Served, page: Page, number: str) -> None:
    """From the first page of the day to the case."""
    page.goto(f"{served.address}/staff")
    page.get_by_role("link", name=number).first.click()
    expect(page.locator("h1")).to_have_text(number)


def fill_form(page: Page, path: str, **fields: str) -> None:
    """Fill in the form of the case's page that goes to this address, and send it."""
    form = page.locator(f"form[action$='/{path}']")
    details = page.locator("details", has=form)
    if details.count() and not form.is_visible():
        details.first.locator("summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        field.fill(value)
    form.locator("button").click()


def test_from_the_late_case_to_the_answer_in_the_chat(served: Served, chromium: Browser) -> None:
    citizen, number = file_case(served)
    assign(served, number)
    served.world.clock.pass_(timedelta(days=9))
    clerk = chromium.new_context(viewport=DESKTOP).new_page()
    served.log_in(clerk, "clerk")
    clerk.goto(f"{served.address}/staff/today")
    expect(clerk.locator("h2", has_text="逾限")).to_contain_text("1")
    clerk.get_by_role("link", name=number).first.click()
    expect(clerk.locator("main")).to_contain_text("逾限")
    fill_form(clerk, "accept")
    fill_form(clerk, "draft", text=ANSWER)
    expect(clerk.locator("main")).to_contain_text("待核定")

    director = chromium.new_context(viewport=DESKTOP).new_page()
    served.log_in(director, "director")
    open_case(served, director, number)
    before = len(citizen.heard())
    director.locator("form[action$='/approve'] button").first.click()
    expect(director.locator("main")).to_contain_text("已回復")
    told = citizen.waits(before + 1)
    assert ANSWER in told.text and number in told.text
    director.reload()
    expect(director.locator("main")).to_contain_text("通知已送達聊天室")


def test_an_unanswered_question_becomes_an_entry_the_bot_answers_to_the_next_who_asks(
    served: Served, chromium: Browser
) -> None:
    question = "為什麼我家那條巷子門牌跳號很久都沒人理"
    citizen = served.world.citizen()
    assert "不想亂答" in citizen.says(question).text

    editor = chromium.new_context(viewport=DESKTOP).new_page()
    served.log_in(editor, "controller")
    editor.goto(f"{served.address}/staff/questions")
    editor.locator("a[href*='#draft']").first.click()
    editor.locator("form[action$='/draft'] [name=id]").fill("skipped-number")
    editor.locator("form[action$='/draft'] button").click()
    expect(editor.locator("[name=question]")).to_have_value(re.compile(question))
    for name, value in ENTRY.items():
        editor.locator(f"[name={name}]").fill(value)
    editor.locator("button[name=do][value=submit]").click()
    expect(editor.locator("main")).to_contain_text("已送審")

    head = chromium.new_context(viewport=DESKTOP).new_page()
    served.log_in(head, "director")
    head.goto(f"{served.address}/staff/faq/drafts/1")
    head.locator("form:has([name=do][value=publish]) button").click()
    expect(head.locator("main")).to_contain_text("已核准並發布")
    assert ENTRY["answer"] in citizen.says(question).text


def test_the_day_by_keyboard_alone(served: Served, chromium: Browser) -> None:
    """No pointer: every step by Tab, Enter and letters; where one stands is always seen."""
    _citizen, number = file_case(served)
    assign(served, number)
    served.world.clock.pass_(timedelta(days=9))
    page = chromium.new_context(viewport=DESKTOP).new_page()
    page.goto(f"{served.address}/staff/login")
    expect(page.locator("#username")).to_be_focused()
    page.keyboard.type("clerk")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[name=code]")).to_be_focused()
    page.keyboard.type(served.phones["clerk"].code(served.world.clock()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/today")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the way past the menu
    tab_to(page, f"a[href='/staff/cases/{number}']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(number)
    unfold(page, "accept")
    tab_to(page, "form[action$='/accept'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=accept")
    unfold(page, "draft")
    tab_to(page, "form[action$='/draft'] textarea")
    page.keyboard.press("Control+A")  # the paragraphs it begins with
    page.keyboard.type(ANSWER)
    tab_to(page, "form[action$='/draft'] button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("待核定")


def test_what_takes_longer_than_a_moment_says_that_it_is_at_work(
    served: Served, chromium: Browser
) -> None:
    _citizen, number = file_case(served)
    assign(served, number)
    page = chromium.new_context(viewport=PHONE).new_page()
    served.log_in(page, "clerk")
    page.goto(f"{served.address}/staff/cases/{number}")
    expect(page.locator("[role=status].waiting")).to_have_text("")
    page.evaluate(NOTE_WHAT_IS_TOLD)
    with transaction(served.world.office.engine):  # nobody else's turn to write
        page.evaluate("document.querySelector('form[action$=\"/accept\"]').requestSubmit()")
        sleep(3.5)
    page.wait_for_url("**?done=accept")
    assert page.evaluate("sessionStorage.told") == "處理中，請稍候。 seen"
    expect(page.locator("[role=status].waiting")).to_have_text("")


def unfold(page: Page, path: str) -> None:
    """Open what the form is folded into, if it is."""
    if not page.locator(f"form[action$='/{path}']").is_visible():
        tab_to(page, f"details:has(form[action$='/{path}']) > summary")
        page.keyboard.press("Enter")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, which must be visible wherever it is."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus-visible")
        if focused.count() and focused.evaluate("(one, wanted) => one.matches(wanted)", selector):
            assert focused.is_visible()
            outline = focused.evaluate("one => getComputedStyle(one).outlineWidth")
            assert outline != "0px", f"{selector} does not show that it has the focus"
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_the_day_without_a_script_and_on_a_small_telephone(
    served: Served, chromium: Browser
) -> None:
    citizen, number = file_case(served)
    page = chromium.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    served.log_in(page, "director")
    open_case(served, page, number)
    before = len(citizen.heard())
    fill_form(page, "reply", text=ANSWER)
    expect(page.locator("main")).to_contain_text("已回復")
    assert ANSWER in citizen.waits(before + 1).text
