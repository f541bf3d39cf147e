"""The pages of the monthly exam."""

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.office import Office
from complaints.measuring import exams
from complaints.measuring.tables import Exam, Paper
from complaints.tables import Officer
from data.database import reading, transaction
from faq.keeping.answering import Fate
from faq.understanding.judging import Verdict
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, holding, show, submit
from tests.admin_api.staff import Clock, LogIn, counting, once
from tests.faq.entries import make_asked
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

EXAMS = f"{HOME}/exams"
PAPERS = f"{EXAMS}/papers"
LOST, OTHER = "id-card-lost", "household-book-withheld"
REPLY = "已派員清除。"


@pytest.fixture
def director(client: TestClient, office: Office, clock: Clock, log_in: LogIn) -> TestClient:
    """A director's browser in December; November had three questions and a reply."""
    clock.forward(days=10)
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
        make_officer(tx, "ann", "clerk")
        make_officer(tx, "bob", "clerk", "social")
        head = make_officer(tx, "head", "director")
        head.section = None
        make_asked(tx, text="身分證掉了", verdict=Verdict.SURE, entry_id=LOST, offered=[LOST])
        picked = {"entry_id": LOST, "fate": Fate.CHOSEN}
        make_asked(tx, NOON, text="補發", verdict=Verdict.CHOOSE, offered=[LOST, OTHER], **picked)
        make_asked(tx, text="鸚鵡")
        answer_case(tx, make_case(tx, section="民政課"), head)
    return holding(client, log_in("head"))


@pytest.fixture
def scorer(director: TestClient, log_in: LogIn) -> TestClient:
    """The browser of bob of the section social, after the exam was drawn: the reply is his."""
    assert draw(director).status_code == 303
    return holding(director, log_in("bob"))


def draw(browser: TestClient, **typed: str) -> Response:
    return submit(browser, show(browser, EXAMS).form("/exams"), **typed)


def next_paper(browser: TestClient) -> Page:
    return show(browser, PAPERS)


def criteria(page: Page) -> set[str]:
    return {one["name"] for one in page.all("input") if one.get("type") == "radio"}


def send(browser: TestClient, page: Page, mark: str = "4", **typed: str) -> Response:
    (form,) = [one for one in page.forms if "/papers/" in one.action]
    return submit(browser, form, **(dict.fromkeys(criteria(page), mark) | typed))


def score_all(browser: TestClient, log_in: LogIn, who: str) -> int:
    """Score everything that waits for somebody; how much it was."""
    holding(browser, log_in(who))
    scored = 0
    while criteria(page := next_paper(browser)):
        assert send(browser, page).headers["location"] == f"{PAPERS}?done=scored"
        scored += 1
    return scored


def test_a_director_draws_and_the_sections_score_to_the_end(
    director: TestClient, log_in: LogIn
) -> None:
    form = show(director, EXAMS).form("/exams")
    assert {name: form.fields[name] for name in ("month", "questions", "replies")} == {
        "month": "2026-11",
        "questions": "50",
        "replies": "20",
    }
    assert form.fields["seed"] == str(int(NOON.timestamp()) + 10 * 24 * 60 * 60)
    drawn = submit(director, form, seed="7")
    assert drawn.headers["location"] == f"{EXAMS}/2026-11?done=set"
    page = show(director, drawn.headers["location"])
    assert "已抽題" in page.text and "種子：7" in page.text
    assert "共 4 題，已評 0 題" in page.text
    assert score_all(director, log_in, "ann") == score_all(director, log_in, "bob") == 2
    holding(director, log_in("head"))
    page = show(director, f"{EXAMS}/2026-11")
    assert "共 4 題，全部評完" in page.text
    assert page.text.count("4.00") == 2 * 7 and "100%" in page.text
    assert "4/4" in show(director, EXAMS).text


def test_the_csv_is_the_same_as_over_the_interface(director: TestClient, log_in: LogIn) -> None:
    draw(director)
    page = director.get(f"{EXAMS}/2026-11.csv")
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert page.text == director.get("/api/v1/exams/2026-11/csv", headers=log_in("head")).text
    assert director.get(f"{EXAMS}/2026-10.csv").status_code == 404


@once
def test_the_form_of_drawing_refuses_in_words_and_keeps_what_was_typed(
    director: TestClient, office: Office
) -> None:
    for typed, status, told in (
        ({"seed": "-1"}, 422, "請檢查：種子"),
        ({"seed": "x"}, 422, "請檢查：種子"),
        ({"month": "2026-13", "replies": "9999"}, 422, "請檢查：月份、抽幾件答復"),
        ({"month": "2026-12"}, 409, "這個月還沒過完"),
        ({"month": "2026-08"}, 409, "沒有可以抽的"),
    ):
        answer = draw(director, **typed)
        page = Page.of(answer)
        assert (answer.status_code, told in page.text) == (status, True), typed
        assert page.form("/exams").fields.items() >= typed.items()
        assert [one for one in page.all("p") if one.get("role") == "alert"]
    assert draw(director).status_code == 303
    again = draw(director, seed="8")
    assert (again.status_code, "已經抽過題" in again.text) == (409, True)
    with reading(office.engine) as tx:
        assert tx.scalars(select(func.count()).select_from(Exam)).one() == 1


@once
@pytest.mark.parametrize("role", ["clerk", "section_chief", "ethics", "faq_editor"])
def test_who_may_not_draw_has_no_form_and_is_refused(
    director: TestClient, log_in: LogIn, office: Office, role: str
) -> None:
    form = show(director, EXAMS).form("/exams")
    other = holding(director, log_in(role, role=role))
    page = show(other, EXAMS)
    assert [one for one in page.forms if one.action == EXAMS] == []
    proof = page.form("/logout").fields["proof"]
    assert submit(other, form, proof=proof).status_code == 403
    with reading(office.engine) as tx:
        assert tx.scalars(select(Exam)).all() == []


def test_a_scorer_goes_from_paper_to_paper_and_may_come_back(scorer: TestClient) -> None:
    assert "還有 2 題要評" in show(scorer, EXAMS).text
    first = next_paper(scorer)
    assert "還有 2 題" in first.text
    assert send(scorer, first, "2", remark="少一點").status_code == 303
    second = show(scorer, f"{PAPERS}?done=scored")
    assert "還有 1 題" in second.text and "已存檔" in second.text
    (back,) = [one["href"] for one in second.all("a") if one["href"].startswith(f"{PAPERS}/")]
    page = show(scorer, back)
    (form,) = [one for one in page.forms if "/papers/" in one.action]
    assert {form.fields[name] for name in criteria(page)} == {"2"}
    assert form.fields["remark"] == "少一點"
    assert submit(scorer, form, right="5").status_code == 303
    assert send(scorer, next_paper(scorer)).status_code == 303
    assert "沒有待評的題目" in next_paper(scorer).text


def test_a_paper_shows_the_content_and_nothing_of_whose_it_is(
    scorer: TestClient, log_in: LogIn
) -> None:
    told = ""
    for who in ("ann", "bob"):
        holding(scorer, log_in(who))
        while criteria(page := next_paper(scorer)):
            told += page.text
            send(scorer, page)
    for seen in ("身分證掉了", "機器人請民眾從下列題目選", "說不會答", REPLY, "騎樓堆放雜物"):
        assert seen in told
    for secret in ("王小明", "WH-", "head先生", "telegram", "民政課", "社會課"):
        assert secret not in told


@once
def test_a_score_that_lacks_something_shows_the_paper_again(scorer: TestClient) -> None:
    page = next_paper(scorer)
    (form,) = [one for one in page.forms if "/papers/" in one.action]
    name = min(criteria(page))
    others = dict.fromkeys(criteria(page) - {name}, "3")
    for wrong in ({}, {name: "6"}, {name: "０"}, {name: "x"}):
        answer = submit(scorer, form, **others, **wrong, remark="先打的字")
        again = Page.of(answer)
        assert (answer.status_code, "請檢查：" in again.text) == (422, True), wrong
        (kept,) = [one for one in again.forms if one.action == form.action]
        assert kept.fields["remark"] == "先打的字"
        assert {kept.fields[one] for one in others} == {"3"}
    long = submit(scorer, form, **others, **{name: "3"}, remark="字" * 2001)
    assert (long.status_code, "評語" in long.text) == (422, True)


@once
def test_what_is_not_mine_is_not_scored(scorer: TestClient, office: Office, log_in: LogIn) -> None:
    with reading(office.engine) as tx:
        bob = tx.scalars(select(Officer).where(Officer.username == "bob")).one()
        others = tx.scalars(select(Paper).where(Paper.scorer_id != bob.section_id)).all()
    page = next_paper(scorer)
    (form,) = [one for one in page.forms if "/papers/" in one.action]
    for number in (others[0].id, 9_999):
        assert scorer.get(f"{PAPERS}/{number}").status_code == 404
        stray = Form(f"{PAPERS}/{number}", form.fields)
        fine = dict.fromkeys(("right", "complete", "clear"), "4")
        assert submit(scorer, stray, **fine).status_code in {403, 404}
    editor = holding(scorer, log_in("editor", role="faq_editor"))
    assert editor.get(PAPERS).status_code == 403
    assert show(editor, EXAMS).text  # the results are for everybody


@once
def test_who_comes_after_a_colleague_is_told_and_given_the_next(
    scorer: TestClient, office: Office, log_in: LogIn
) -> None:
    page = next_paper(scorer)
    with transaction(office.engine) as tx:
        colleague = make_officer(tx, "cid", "clerk", "social")
        paper = exams.papers_for(tx, colleague)[0]
        good = dict.fromkeys(exams.CRITERIA[exams.PaperKind(paper.kind)], 5)
        exams.score(tx, paper.id, good, by=colleague, now=NOON)
    late = send(scorer, page)
    assert (late.status_code, "已經由同課室的同仁評過" in late.text) == (409, True)
    (form,) = [one for one in Page.of(late).forms if "/papers/" in one.action]
    assert form.action != f"{PAPERS}/{paper.id}"


@once
def test_a_form_without_its_proof_changes_nothing(scorer: TestClient, office: Office) -> None:
    assert send(scorer, next_paper(scorer), proof="forged").status_code == 403
    with reading(office.engine) as tx:
        assert tx.scalars(select(Paper.id).where(Paper.scores.is_not(None))).all() == []


@once
@pytest.mark.parametrize("path", ["/2026-13", "/x", "/papers/0", "/2026-10"])
def test_an_address_of_nothing_is_a_page(director: TestClient, path: str) -> None:
    answer = director.get(EXAMS + path)
    assert answer.status_code in {404, 422}
    assert "text/html" in answer.headers["content-type"]


@once
def test_the_pages_are_read_in_english(scorer: TestClient, log_in: LogIn) -> None:
    scorer.cookies.set("civicline_language", "en")
    content = ("bob先生", "head先生")
    for who in ("ann", "bob"):
        holding(scorer, log_in(who))
        while criteria(page := next_paper(scorer)):
            assert chinese_in(scorer.get(PAPERS), *content) == []
            wrong = send(scorer, page, "9")
            assert (wrong.status_code, chinese_in(wrong, *content)) == (422, [])
            assert "Please check: " in wrong.text
            send(scorer, page)
    for path in (PAPERS, f"{EXAMS}/2026-11"):
        assert chinese_in(scorer.get(path), *content) == []
    holding(scorer, log_in("head"))
    assert chinese_in(scorer.get(EXAMS), *content) == []
    again = draw(scorer, month="2026-11")
    assert "This month was drawn already" in again.text
    assert chinese_in(again, *content) == []


@once
def test_the_page_asks_no_more_of_the_database_for_more_exams(
    director: TestClient, office: Office
) -> None:
    numbers = []
    for month in (9, 10):
        with transaction(office.engine) as tx:
            make_asked(tx, NOON.replace(month=month))
        assert draw(director, month=f"2026-{month:02}").status_code == 303
        with counting(office.engine) as sent:
            show(director, EXAMS)
        numbers.append(len(sent))
    assert numbers[0] == numbers[1]
