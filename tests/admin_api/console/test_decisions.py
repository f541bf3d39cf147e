"""The pages of what meetings decided."""

import pytest
from starlette.testclient import TestClient

from app.office import Office
from complaints.measuring import following
from data.database import transaction
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, holding, show, submit
from tests.admin_api.staff import API, Clock, Headers, LogIn, counting, once
from tests.makers import make_section

DECISIONS = f"{HOME}/decisions"
ONE = f"{DECISIONS}/1"
TYPED = {"text": "清查騎樓占用", "section": "civil", "due_on": "2026-11-27"}


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


@pytest.fixture
def decided(browser: TestClient) -> TestClient:
    """The same, with one decision of the section civil."""
    added = submit(browser, adding(show(browser, DECISIONS)), **TYPED)
    assert added.headers["location"] == f"{DECISIONS}?done=added"
    return browser


def adding(page: Page) -> Form:
    """The form to add one; the other of this address only filters."""
    (form,) = [one for one in page.forms if one.action == DECISIONS and "proof" in one.fields]
    return form


def actions(page: Page) -> set[str]:
    return {one.action for one in page.forms if one.action.startswith(DECISIONS)}


def test_a_decision_is_tracked_from_the_meeting_to_its_end(
    decided: TestClient, clock: Clock, log_in: LogIn
) -> None:
    page = show(decided, f"{DECISIONS}?done=added")
    assert "已列管" in page.text and "辦理中" in page.text and "民國115年10月" in page.text
    clerk = holding(decided, log_in("ann", role="clerk"))
    page = show(clerk, ONE)
    assert actions(page) == {f"{ONE}/news", f"{ONE}/finish"}
    told = submit(clerk, page.form("/news"), text="已會勘")
    assert told.headers["location"] == f"{ONE}?done=news"
    clock.forward(days=5)
    holding(clerk, log_in("ann"))
    page = show(clerk, DECISIONS)
    assert "逾期 2 個工作天" in page.text and "已會勘" in page.text
    page = show(clerk, ONE)
    assert submit(clerk, page.form("/finish"), result="清空 12 處").status_code == 303
    page = show(clerk, f"{ONE}?done=finish")
    assert "清空 12 處" in page.text and actions(page) == set()
    assert "這裡沒有列管事項" in show(clerk, DECISIONS).text
    assert "清查騎樓占用" in show(clerk, f"{DECISIONS}?ended=yes").text


@once
def test_a_decision_is_dropped_with_its_reason(decided: TestClient) -> None:
    page = show(decided, ONE)
    assert "解除後不能恢復" in page.text
    assert submit(decided, page.form("/drop"), reason=" ").status_code == 422
    done = submit(decided, page.form("/drop"), reason="併入另案")
    assert done.headers["location"] == f"{ONE}?done=drop"
    assert "併入另案" in show(decided, ONE).text
    assert submit(decided, page.form("/drop"), reason="併入另案").status_code == 303  # sent twice
    late = submit(
        decided, Form(f"{ONE}/drop", page.form("/drop").fields | {"key": "other"}), reason="x"
    )
    assert late.status_code == 404


@once
def test_who_may_not_has_no_form_and_is_refused(decided: TestClient, log_in: LogIn) -> None:
    fields = show(decided, ONE).form("/drop").fields
    for role, section, news in (
        ("clerk", "civil", 303),
        ("section_chief", "social", 403),
        ("faq_editor", "social", 403),
        ("ethics", "social", 303),
    ):
        other = holding(decided, log_in(f"a-{role}", role=role, section=section))
        page = show(other, ONE)
        assert (f"{ONE}/news" in actions(page)) == (news == 303)
        assert f"{ONE}/drop" not in actions(page)
        assert DECISIONS not in {
            one.action for one in show(other, DECISIONS).forms if "proof" in one.fields
        }
        proof = page.form("/logout").fields["proof"]
        given = {name: value for name, value in fields.items() if name != "reason"} | {
            "proof": proof,
            "key": role,
        }
        assert submit(other, Form(f"{ONE}/drop", given), reason="x").status_code == 403
        assert submit(other, Form(f"{ONE}/news", given), text="x").status_code == news
        assert submit(other, Form(DECISIONS, given), **TYPED, period="2026-10").status_code == 403


@once
def test_the_form_refuses_in_words_and_keeps_what_was_typed(browser: TestClient) -> None:
    form = adding(show(browser, DECISIONS))
    for wrong, status, told in (
        ({"text": " "}, 422, "請檢查：內容"),
        ({"due_on": "2026-11-25"}, 422, "不能早於今天"),
        ({"due_on": ""}, 422, "完成期限"),
        ({"period": "上個月"}, 422, "哪一期會議"),
        ({"section": "nowhere"}, 422, "沒有這個課室"),
        ({"due_on": "2099-01-05"}, 409, "行事曆尚未匯入"),
    ):
        answer = submit(browser, form, **(TYPED | wrong))
        page = Page.of(answer)
        assert (answer.status_code, told in page.text) == (status, True), wrong
        kept = adding(page).fields
        assert kept["due_on"] == (TYPED | wrong)["due_on"]
    assert "這裡沒有列管事項" in show(browser, DECISIONS).text


@once
def test_an_empty_word_keeps_the_page(decided: TestClient) -> None:
    page = show(decided, ONE)
    for verb, name, told in (("news", "text", "內容"), ("finish", "result", "辦理結果")):
        answer = submit(decided, page.form(f"/{verb}"), **{name: " "})
        assert (answer.status_code, f"請檢查：{told}" in answer.text) == (422, True)
    assert submit(decided, page.form("/news"), text="x", proof="forged").status_code == 403


@once
def test_the_list_is_filtered_by_section(decided: TestClient, office: Office) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    page = show(decided, f"{DECISIONS}?section=social")
    assert "清查騎樓" not in page.text
    form = next(one for one in page.forms if "proof" not in one.fields and one.action == DECISIONS)
    assert form.fields["section"] == "social"
    assert "清查騎樓" in show(decided, f"{DECISIONS}?section=civil").text


@once
def test_on_its_day_it_is_a_task_that_ends_with_it(
    decided: TestClient, office: Office, clock: Clock, log_in: LogIn
) -> None:
    clock.forward(days=1)
    with transaction(office.engine) as tx:
        assert following.remind_due(tx, now=clock()) == 1
    clerk = holding(decided, log_in("ann", role="clerk"))
    page = show(clerk, f"{HOME}/tasks")
    assert "列管事項到期" in page.text and "清查騎樓占用" in page.text
    assert "列管事項到期" in show(clerk, f"{HOME}/today").text
    submit(clerk, show(clerk, ONE).form("/finish"), result="清空")
    assert "沒有待辦工作" in show(clerk, f"{HOME}/tasks").text


@once
@pytest.mark.parametrize("path", ["/0", "/2", "/x", "?section=" + "x" * 31])
def test_an_address_of_nothing_is_a_page(decided: TestClient, path: str) -> None:
    answer = decided.get(DECISIONS + path)
    assert answer.status_code in {404, 422}
    assert "text/html" in answer.headers["content-type"]


@once
def test_the_pages_are_read_in_english(
    decided: TestClient, office: Office, clock: Clock, log_in: LogIn
) -> None:
    decided.cookies.set("civicline_language", "en")
    submit(decided, show(decided, ONE).form("/news"), text="已會勘")
    clock.forward(days=5)
    holding(decided, log_in("clerk"))
    with transaction(office.engine) as tx:
        following.remind_due(tx, now=clock())
    for path in (DECISIONS, ONE, f"{HOME}/tasks"):
        assert chinese_in(decided.get(path)) == [], path
    wrong = submit(decided, show(decided, ONE).form("/news"), text=" ")
    assert (chinese_in(wrong), "Please check: Content" in wrong.text) == ([], True)
    submit(decided, show(decided, ONE).form("/drop"), reason="免辦")
    for path in (f"{ONE}?done=drop", f"{DECISIONS}?ended=yes"):
        assert chinese_in(decided.get(path)) == [], path


@once
def test_the_list_asks_no_more_of_the_database_for_more(
    decided: TestClient, office: Office, staff: Headers
) -> None:
    numbers = []
    for number in (1, 2):
        decided.post(f"{API}/decisions/{number}/news", headers=staff, json={"text": "已會勘"})
        with counting(office.engine) as sent:
            show(decided, DECISIONS)
        numbers.append(len(sent))
        decided.post(f"{API}/decisions", headers=staff, json=TYPED | {"period": "2026-10"})
    assert numbers[0] == numbers[1]
