"""The pages of the audit and of the other systems that are told."""

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from admin_api.audit import WATCHED
from admin_api.tables import Deed, note
from app.office import Office
from complaints import subscriptions
from complaints.tables import Event
from data import ledger, outbox
from data.database import reading, transaction
from tests.admin_api.console.page import Page
from tests.admin_api.console.test_pages import HOME, holding, show, submit
from tests.admin_api.staff import Clock, LogIn, NewCase, once
from tests.makers import make_officer

AUDIT, SYSTEMS = f"{HOME}/audit", f"{HOME}/systems"
NEW = {"name": "市府系統", "url": "https://cases.example.gov.tw/in"}


@pytest.fixture
def browser(client: TestClient, log_in: LogIn) -> TestClient:
    """A browser in which an administrator is logged in."""
    return holding(client, log_in("root", role="administrator"))


def test_what_was_sealed_and_done_to_accounts_is_shown(
    browser: TestClient, office: Office, new_case: NewCase, clock: Clock
) -> None:
    assert "還沒有封存任何紀錄" in show(browser, AUDIT).text
    new_case()
    with transaction(office.engine) as tx:
        note(tx, make_officer(tx, "wang").id, Deed.LOCKED, by=None, now=clock())
        while ledger.seal(tx, WATCHED, now=clock()):
            pass
        last = ledger.newest(tx)
    assert last
    page = show(browser, AUDIT)
    assert last.mark in page.text
    assert "wang" in page.text and "錯誤太多次，鎖定" in page.text and "以指令辦理" in page.text
    checked = Page.of(submit(browser, page.form("/audit/verify")))
    assert "全部和封存時相符" in checked.text
    with transaction(office.engine) as tx:
        tx.connection().execute(update(Event).values(data={"text": "改"}))
    checked = Page.of(submit(browser, page.form("/audit/verify")))
    assert "有 1 處和封存時不符" in checked.text and "紀錄被改過" in checked.text


@once
def test_many_deeds_are_shown_page_by_page(
    browser: TestClient, office: Office, clock: Clock
) -> None:
    with transaction(office.engine) as tx:
        who = make_officer(tx, "wang")
        for _ in range(103):
            note(tx, who.id, Deed.PASSWORD_CHANGED, by=None, now=clock())
    page = show(browser, AUDIT)
    (older,) = [one["href"] for one in page.all("a") if "before=" in one["href"]]
    assert show(browser, older).text.count("更改密碼") == 3
    for odd in ("x", "-1", "9" * 30, "１"):
        assert show(browser, f"{AUDIT}?before={odd}").text.count("更改密碼") == 100


def test_a_system_is_added_changed_tried_and_stopped(
    browser: TestClient, office: Office, clock: Clock
) -> None:
    made = submit(browser, show(browser, SYSTEMS).form("/systems"), **NEW, kinds="closed")
    page = Page.of(made)
    assert made.status_code == 200 and "whsec_" in page.text
    assert "whsec_" not in show(browser, SYSTEMS).text
    one = f"{SYSTEMS}/1"
    form = show(browser, one).form("/systems/1")
    assert (form.fields["url"], form.fields["active"]) == (NEW["url"], "yes")
    del form.fields["kinds"]
    sent = submit(browser, form, name="市府")
    assert sent.headers["location"] == f"{one}?done=changed"
    assert submit(browser, show(browser, one).form("/test")).status_code == 303
    assert "等候送出" in show(browser, one).text
    with transaction(office.engine) as tx:
        row = subscriptions.deliveries(tx, 1)[0]
        outbox.settle_dead(tx, row.id, "500", now=clock())
    assert "送不到" in show(browser, one).text and "500" in show(browser, one).text
    assert submit(browser, show(browser, one).form("/again")).status_code == 303
    assert "whsec_" in Page.of(submit(browser, show(browser, one).form("/secret"))).text
    form = show(browser, one).form("/systems/1")
    del form.fields["active"]
    submit(browser, form)
    assert "停止通知" in show(browser, SYSTEMS).text
    with reading(office.engine) as tx:
        assert subscriptions.find(tx, 1).kinds == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": " "}, "名稱要 1 到 60 個字"),
        ({"url": "http://cases.example.gov.tw/"}, "網址要以 https://"),
        ({"url": ""}, "網址要以 https://"),
        ({"kinds": ["noted"]}, "請從清單選擇事件"),
        ({"kinds": ["<script>"]}, "請從清單選擇事件"),
        ({"url": "https://a.example/" + "x" * 600}, "網址要以 https://"),
    ],
    ids=str,
)
@once
def test_a_refusal_shows_the_form_with_what_was_typed(
    browser: TestClient, wrong: dict[str, str], told: str
) -> None:
    answer = submit(browser, show(browser, SYSTEMS).form("/systems"), **(NEW | wrong))
    page = Page.of(answer)
    assert (answer.status_code, told in page.text) == (422, True)
    assert page.form("/systems").fields["name"] == (NEW | wrong)["name"].strip()


@once
def test_what_is_not_there_and_what_no_page_writes_is_told_as_a_page(browser: TestClient) -> None:
    for path in (f"{SYSTEMS}/9", f"{SYSTEMS}/x", f"{SYSTEMS}/{'9' * 40}"):
        answer = browser.get(path)
        assert (answer.status_code, "查無此介接系統" in answer.text) == (404, True)
    wrong = "網址或欄位的內容不對"
    for path, told in ((f"{HOME}?pile=x", wrong), (f"{HOME}/figures?period=x", "期別要像")):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (
            422,
            "text/html; charset=utf-8",
        )
        assert told in answer.text


@once
@pytest.mark.parametrize("role", ["clerk", "section_chief", "faq_editor"])
def test_who_may_not_look(client: TestClient, log_in: LogIn, role: str) -> None:
    browser = holding(client, log_in(role, role=role))
    assert browser.get(AUDIT).status_code == 403
    assert browser.get(SYSTEMS).status_code == 403
    assert AUDIT not in [one["href"] for one in show(browser, f"{HOME}/faq").all("a")]


@once
def test_who_oversees_reads_the_audit_and_manages_no_system(
    client: TestClient, log_in: LogIn
) -> None:
    browser = holding(client, log_in("head", role="director"))
    page = show(browser, AUDIT)
    assert SYSTEMS not in [one["href"] for one in page.all("a")]
    assert browser.get(SYSTEMS).status_code == 403
    refused = browser.post(SYSTEMS, data={**NEW, "proof": page.form("/verify").fields["proof"]})
    assert refused.status_code == 403
