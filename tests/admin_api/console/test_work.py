"""The pages of the day's work: today, tasks, several cases at once, saved views."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.office import Office
from complaints import reminders, tasks
from complaints.tables import Case
from complaints.tasks import TaskKind
from data.database import transaction
from data.outbox import Address
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit
from tests.admin_api.staff import Clock, Headers, History, LogIn, NewCase, once
from tests.makers import NOON

CALLER = Address("phone", "0222222222")


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


def tick(page: Page, *cases: Case) -> Form:
    """The form of the queue with these cases ticked."""
    form = page.form("/together")
    boxes = [one["value"] for one in page.all("input") if one.get("name") == "case"]
    form.fields["case"] = [  # type: ignore[assignment]
        box for box in boxes if box.split("@")[0] in {case.case_no for case in cases}
    ]
    return form


def test_today_shows_each_heap_and_the_way_to_the_rest(
    browser: TestClient, log_in: LogIn, clock: Clock, new_case: NewCase
) -> None:
    made = [new_case() for _ in range(10)]
    page = show(browser, f"{HOME}/today")
    assert "待分派承辦（10）" in page.text
    links = [one["href"] for one in page.all("a")]
    assert f"{HOME}?pile=new" in links
    assert at(made[0]) in links
    clock.forward(days=9)
    late = show(holding(browser, log_in("clerk")), f"{HOME}/today")
    assert "逾限（10）" in late.text and "已逾限" in late.text
    mine = show(browser, f"{HOME}/today?mine=yes")
    assert "逾限（0）" in mine.text


def test_reminders_are_shown_until_seen(
    browser: TestClient, office: Office, new_case: NewCase, log_in: LogIn
) -> None:
    case = new_case(section="民政課")
    clerk = holding(browser, log_in("ann", role="clerk"))
    page = show(holding(browser, log_in("head", role="director")), at(case))
    submit(browser, page.form("/assign"), section="civil", handler="ann")
    with transaction(office.engine) as tx:
        reminders.look_at(tx, case.case_no, now=NOON + timedelta(days=6))
    holding(clerk, log_in("ann"))
    page = show(clerk, f"{HOME}/today")
    assert "即將到期" in page.text
    assert submit(clerk, page.form("/seen")).status_code == 303
    assert "即將到期" not in show(clerk, f"{HOME}/today").text


def test_a_call_is_noted_on_the_page(
    browser: TestClient, new_case: NewCase, history: History
) -> None:
    case = new_case(citizen=CALLER, reply_by="phone")
    page = show(browser, f"{HOME}/tasks")
    assert "請致電民眾" in page.text and case.case_no in page.text
    (form,) = [one for one in page.forms if "/tasks/" in one.action]
    blank = submit(browser, form, result=" ")
    assert blank.status_code == 422
    done = submit(browser, form, result="已告知本人")
    assert (done.status_code, done.headers["location"]) == (303, f"{HOME}/tasks")
    assert history(case)[-1] == "told_otherwise"
    assert "沒有待辦工作" in show(browser, f"{HOME}/tasks").text


@once
def test_a_call_that_failed_becomes_a_letter_and_what_was_typed_stays(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    case = new_case()
    with transaction(office.engine) as tx:
        tasks.make(tx, "a", TaskKind.CALL, "請致電", now=NOON, case=tx.get_one(Case, case.id))
    (form,) = [one for one in show(browser, f"{HOME}/tasks").forms if "/tasks/" in one.action]
    assert submit(browser, form, result="未接", missed="yes").status_code == 303
    assert "請書面通知民眾" in show(browser, f"{HOME}/tasks").text
    again = submit(browser, Form(form.action, form.fields | {"key": "other"}), result="又一次")
    assert again.status_code == 404


def test_ticked_cases_are_assigned_together_and_refusals_named(
    browser: TestClient, new_case: NewCase, history: History
) -> None:
    one, two, three = (new_case(section="民政課") for _ in range(3))
    form = tick(show(browser, HOME), one, two)
    submit(browser, show(browser, at(two)).form("/note"), text="先看過")  # now of a newer version
    form.fields |= {"verb": "assign", "section": "civil", "handler": "clerk"}
    answer = browser.post(form.action, data=form.fields)
    assert answer.status_code == 200
    assert "完成 1 件，沒有完成 1 件" in Page.of(answer).text
    assert history(one) == ["received", "assigned"]
    assert history(two) == ["received", "noted"]
    assert history(three) == ["received"]
    browser.post(form.action, data=form.fields)  # sent twice
    assert history(one) == ["received", "assigned"]


def test_one_text_answers_several(
    browser: TestClient, client: TestClient, log_in: LogIn, new_case: NewCase, history: History
) -> None:
    one, two = (new_case() for _ in range(2))
    holding(client, log_in("head", role="director"))
    form = tick(show(client, HOME), one, two)
    form.fields |= {"verb": "reply", "text": "已派員清除。"}
    assert "完成 2 件" in Page.of(client.post(form.action, data=form.fields)).text
    assert history(one) == history(two) == ["received", "replied"]


@once
@pytest.mark.parametrize("typed", [{}, {"verb": "burn"}, {"case": "CL-1"}])
def test_nothing_ticked_or_nothing_known_is_told(
    browser: TestClient, new_case: NewCase, typed: dict[str, str]
) -> None:
    new_case()
    form = show(browser, HOME).form("/together")
    assert "case" not in form.fields
    answer = browser.post(form.action, data=form.fields | {"verb": "accept"} | typed)
    assert answer.status_code == 422
    assert "請先勾選" in answer.text


def test_a_filter_is_saved_used_and_forgotten(browser: TestClient, new_case: NewCase) -> None:
    new_case()
    page = show(browser, f"{HOME}?pile=open&section=civil&q=騎樓")
    saved = submit(browser, page.form("/views"), name="民政騎樓")
    assert saved.status_code == 303
    page = show(browser, saved.headers["location"])
    assert "民政騎樓" in page.text
    assert page.form(HOME).fields["q"] == "騎樓"
    assert submit(browser, page.form("/views"), name=" ").status_code == 422
    assert submit(browser, page.form("/forget")).status_code == 303
    assert "民政騎樓" not in show(browser, HOME).text


@once
@pytest.mark.parametrize("path", ["/today", "/tasks"])
def test_who_handles_no_cases_has_no_such_page(
    client: TestClient, log_in: LogIn, path: str
) -> None:
    editor = holding(client, log_in("editor", role="faq_editor"))
    assert editor.get(HOME + path).status_code == 403
    menu = [one["href"] for one in show(editor, f"{HOME}/questions").all("a")]
    assert HOME + path not in menu
