"""The pages of the yearly questionnaire, and of what citizens thought of their cases."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from complaints import handling
from complaints.states import Aspect, Fault
from complaints.tables import Case, Officer
from data.database import transaction
from faq.keeping import answering
from faq.keeping.answering import Unhelpful
from tests.admin_api.console.page import Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit
from tests.admin_api.staff import Clock, Headers, LogIn, NewCase, counting, once
from tests.makers import NOON, answer_case

LIST = f"{HOME}/questionnaires"
ONE = f"{LIST}/2026"
GRADES = {
    f"answer-{key}": "4" for key in ("environment", "manner", "expertise", "measures", "overall")
}


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


@pytest.fixture
def opened(browser: TestClient) -> TestClient:
    """The same, with this year's questionnaire open."""
    sent = submit(browser, show(browser, LIST).form("/questionnaires"))
    assert (sent.status_code, sent.headers["location"]) == (303, f"{ONE}?done=opened")
    return browser


def test_a_year_is_opened_as_proposed_after_its_questions_were_read(browser: TestClient) -> None:
    page = show(browser, LIST)
    assert "題目和期間之後不能更改" in page.text and "整體來說" in page.text
    form = page.form("/questionnaires")
    assert form.fields["title"] == "115年度服務滿意度問卷"
    assert (form.fields["opens_on"], form.fields["closes_on"]) == ("2026-11-26", "2026-12-31")
    submit(browser, form)
    assert "問卷已開辦" in show(browser, f"{ONE}?done=opened").text
    page = show(browser, LIST)
    assert "0 / 360" in page.text and "進行中" in page.text
    assert page.form("/questionnaires").fields["year"] == "2027"


@once
def test_what_cannot_be_opened_is_told_beside_what_was_typed(opened: TestClient) -> None:
    form = show(opened, LIST).form("/questionnaires")
    for typed, told in (
        ({"year": "2026", "opens_on": "2026-01-01"}, "這一年的問卷已經開辦"),
        ({"quota": "很多"}, "目標份數"),
        ({"opens_on": "明天"}, "開始日"),
        ({"closes_on": "2026-01-01"}, "截止日"),
        ({"title": " "}, "名稱"),
    ):
        refused = submit(opened, form, **typed)
        page = Page.of(refused)
        assert refused.status_code in {409, 422}
        assert told in page.text and [one for one in page.all("p") if one.get("role") == "alert"]
        assert page.form("/questionnaires").fields.items() >= typed.items()


def test_sheets_are_entered_one_after_the_other(
    opened: TestClient, log_in: LogIn, clock: Clock
) -> None:
    clerk = holding(opened, log_in("ann", role="clerk"))
    form = show(clerk, f"{ONE}/fill").form("/fill")
    assert form.fields["channel"] == "paper"
    typed = GRADES | {"answer-age": "from_65", "channel": "phone"}
    sent = submit(clerk, form, **typed)
    assert sent.headers["location"] == f"{ONE}/fill?done=entered&channel=phone"
    submit(clerk, form, **typed)  # pressed twice
    page = show(clerk, sent.headers["location"])
    assert "已登錄一份" in page.text and "已完成 1 份，目標 360 份" in page.text
    assert page.form("/fill").fields["channel"] == "phone"
    refused = submit(clerk, page.form("/fill"), **typed | {"answer-overall": ""})
    assert refused.status_code == 422
    assert "請檢查這一題的答案：整體來說" in Page.of(refused).text
    assert Page.of(refused).form("/fill").fields["answer-age"] == "from_65"
    clock.forward(days=66)  # 31 days after the last
    holding(clerk, log_in("ann"))
    late = show(clerk, f"{ONE}/fill")
    assert "不在可以登錄的期間" in late.text
    assert not [one for one in late.forms if one.action.endswith("/fill")]


def test_the_analysis_appears_with_ten_and_own_words_for_who_measures(
    opened: TestClient, office: Office, log_in: LogIn
) -> None:
    typed = GRADES | {"answer-age": "from_65", "answer-more": "<b>招牌</b>清楚"}

    def fill(number: int) -> Page:
        for _ in range(number):
            form = show(opened, f"{ONE}/fill").form("/fill")
            assert submit(opened, form, **typed).status_code == 303
        return show(opened, ONE)

    few = fill(9)
    assert few.text.count("填答未滿 10 份，不公開") == 8
    assert "還差 351 份" in few.text and "紙本 9 份" in few.text
    enough = fill(1)
    assert "4.00" in enough.text and "100.0%（72.2% 至 100.0%）" in enough.text
    assert "<b>招牌</b>清楚" in enough.text  # shown as it was typed, not as an element
    assert not enough.all("b")
    sheet = opened.get(f"{ONE}/analysis.csv")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    clerk = holding(opened, log_in("ann", role="clerk"))
    assert "招牌" not in show(clerk, ONE).text and "10 人寫了意見" in show(clerk, ONE).text


@pytest.mark.parametrize("role", ["clerk", "ethics", "faq_editor"])
@once
def test_each_sees_only_what_is_theirs(opened: TestClient, log_in: LogIn, role: str) -> None:
    me = holding(opened, log_in("me", role=role))
    page = show(me, LIST)
    assert not [one for one in page.forms if one.action == LIST]
    proof = page.form("/logout").fields["proof"]
    sent = me.post(LIST, data={"proof": proof, "year": "2027"}, follow_redirects=False)
    assert sent.status_code == 403
    assert me.get(f"{ONE}/fill").status_code == (403 if role == "faq_editor" else 200)


@once
def test_a_year_without_one_and_a_form_without_proof(opened: TestClient) -> None:
    assert opened.get(f"{LIST}/2020").status_code == 404
    assert opened.get(f"{LIST}/x").status_code == 422
    assert opened.post(f"{ONE}/fill", data=GRADES).status_code == 403


@once
def test_an_english_page_shows_the_questions_in_english(opened: TestClient) -> None:
    opened.cookies.set("civicline_language", "en")
    for path in (LIST, ONE, f"{ONE}/fill"):
        answer = opened.get(path)
        assert chinese_in(answer) == [], path
    assert "All in all" in opened.get(f"{ONE}/fill").text


@once
def test_the_pages_ask_the_database_as_often_for_many_sheets(
    opened: TestClient, office: Office
) -> None:
    def asked() -> list[int]:
        found = []
        for path in (LIST, ONE, f"{ONE}/fill"):
            with counting(office.engine) as sent:
                assert opened.get(path).status_code == 200
            found.append(len(sent))
        return found

    before = asked()
    for _ in range(12):
        submit(opened, show(opened, f"{ONE}/fill").form("/fill"), **GRADES)
    assert asked() == before


# --- what citizens thought of their cases -----------------------------------------------------
@pytest.fixture
def low(office: Office, log_in: LogIn, new_case: NewCase) -> Case:
    """An answered case of 民政課 whose result was graded 1 because it was slow."""
    log_in("head", role="director")
    case = new_case(section="民政課")
    with transaction(office.engine) as tx:
        head = tx.scalars(select(Officer).where(Officer.username == "head")).one()
        row = tx.get_one(Case, case.id)
        answer_case(tx, row, head)
        handling.rate(tx, row.case_no, 1, aspect=Aspect.RESULT, now=NOON)
        handling.say_why(tx, row.case_no, Fault.SLOW, said="等了三個月", now=NOON)
    return case


def test_a_second_look_is_settled_with_words_for_the_citizen(
    browser: TestClient, log_in: LogIn, low: Case
) -> None:
    chief = holding(browser, log_in("chief", role="section_chief"))
    page = show(chief, f"{HOME}/tasks")
    assert "民眾評分低，請複查" in page.text and "太慢。等了三個月" in page.text
    (form,) = [one for one in page.forms if "words" in one.fields]
    refused = submit(chief, form, result=" ", words="我們會改進")
    assert refused.status_code == 422
    (kept,) = [one for one in Page.of(refused).forms if "words" in one.fields]
    assert kept.fields["words"] == "我們會改進"
    assert submit(chief, form, result="請承辦改善時效", words="我們會改進").status_code == 303
    story = show(chief, at(low)).text
    assert "處理結果：1 分" in story and "原因：太慢" in story and "等了三個月" in story
    assert "請承辦改善時效" in story and "給民眾的話：我們會改進" in story


def test_a_grade_and_its_reason_are_taken_down_on_the_case(browser: TestClient, low: Case) -> None:
    page = show(browser, at(low))
    sent = submit(browser, page.form("/said-grade"), source="phone", aspect="process", grade="2")
    assert sent.status_code == 303
    form = show(browser, at(low)).form("/said-why")
    assert submit(browser, form, source="phone", fault="manner", said="").status_code == 303
    story = show(browser, at(low)).text
    assert "辦理過程：2 分" in story and "原因：態度" in story


def test_why_an_answer_did_not_help_is_told_at_the_counter_and_shown_to_the_editor(
    browser: TestClient, office: Office
) -> None:
    page = show(browser, f"{HOME}/counter")
    answer = Page.of(submit(browser, page.form("/ask"), text="身分證遺失要怎麼補領"))
    unhelpful = Page.of(submit(browser, answer.form("/helpful"), helpful="no"))
    assert "哪裡沒有幫助" in unhelpful.text
    (why,) = [one for one in unhelpful.forms if one.action.endswith("/helpful")]
    thanked = Page.of(submit(browser, why, reason="wrong"))
    assert "已記下，謝謝" in thanked.text and "哪裡沒有幫助" not in thanked.text
    assert submit(browser, why, reason="dear").status_code == 422
    with transaction(office.engine) as tx:
        since = NOON - timedelta(days=1)
        assert list(answering.reasons_since(tx, since).values()) == [Unhelpful.WRONG]
    assert "資料不對：1 次" in show(browser, f"{HOME}/questions").text
