"""The pages of the figures and of the reports."""

import re

import pytest
from starlette.testclient import TestClient

from app.office import Office
from app.rounds import bring_up
from complaints.states import Kind
from data.database import transaction
from tests.admin_api.console.page import Page
from tests.admin_api.console.test_pages import HOME, holding, show, submit
from tests.admin_api.staff import Clock, LogIn, NewCase, counting, once
from tests.makers import make_officer, make_section

FIGURES, REPORTS = f"{HOME}/figures", f"{HOME}/reports"


@pytest.fixture
def browser(client: TestClient, log_in: LogIn) -> TestClient:
    return holding(client, log_in("clerk", role="case_controller"))


@pytest.fixture
def director(client: TestClient, office: Office, log_in: LogIn) -> TestClient:
    with transaction(office.engine) as tx:
        make_section(tx, "civil", "民政課")
        make_officer(tx, "head", "director")
    return holding(client, log_in("head"))


@pytest.fixture
def december(clock: Clock) -> None:
    clock.forward(days=10)


@once
def test_the_figures_are_shown_and_downloaded(browser: TestClient, new_case: NewCase) -> None:
    new_case()
    page = show(browser, FIGURES)
    assert "民國115年11月統計（本期未過完）" in page.text
    assert page.form("/figures").fields == {"period": "2026-11"}
    (link,) = [link["href"] for link in page.all("a") if (link["href"] or "").endswith(".csv")]
    answer = browser.get(str(link))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff課室,".encode())
    headings, section, total = answer.text.splitlines()
    for cell in (*headings.split(",")[1:], "研考（收案窗口）", "–"):
        assert cell in page.text
    assert section.split(",")[1:] == total.split(",")[1:]
    assert browser.get(f"{FIGURES}?period=2026-12").status_code == 422
    assert browser.get(f"{FIGURES}?period=2026-13").status_code == 422
    assert browser.get(f"{FIGURES}/2026-13.csv").status_code == 422
    october = show(browser, f"{FIGURES}?period=2026-10").text
    assert "民國115年10月統計" in october
    assert "本期未過完" not in october
    assert "民國115年下半年統計" in show(browser, f"{FIGURES}?period=2026-H2").text


@once
def test_every_number_leads_to_its_cases(director: TestClient, new_case: NewCase) -> None:
    numbers = [new_case(section="民政課").case_no for _ in range(3)]
    page = show(director, FIGURES)
    links = {str(link["href"]) for link in page.all("a") if "/cases?" in (link["href"] or "")}
    assert {re.search(r"column=(\w+)", link)[1] for link in links} >= {"received", "open_end"}  # type: ignore[index]
    for link in links:
        cases = show(director, link)
        assert all(number in cases.text for number in numbers), link


@once
def test_what_an_officer_may_not_see_is_only_counted(
    browser: TestClient, new_case: NewCase
) -> None:
    number = new_case(kind=Kind.MISCONDUCT_REPORT).case_no
    page = show(browser, f"{FIGURES}/2026-11/cases?column=received")
    assert "另有 1 件不在您的權限內" in page.text
    assert number not in page.text
    assert browser.get(f"{FIGURES}/2026-11/cases?column=nothing").status_code == 422


@once
def test_a_chart_is_a_picture_without_script(director: TestClient, new_case: NewCase) -> None:
    new_case()
    pictures = [str(one["src"]) for one in show(director, FIGURES).all("img")]
    assert len(pictures) == 3
    for path in pictures:
        answer = director.get(path)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "<title" in answer.text
        assert not re.search(r"<script|<style|style=|href=", answer.text)
    assert director.get(f"{FIGURES}/2026-11/charts/nothing.svg").status_code == 404


@once
def test_the_statements_of_the_page_do_not_grow(
    director: TestClient, office: Office, new_case: NewCase
) -> None:
    def statements(cases: int) -> int:
        for _ in range(cases):
            new_case(section="民政課")
        bring_up(office.engine)
        with counting(office.engine) as sent:
            show(director, FIGURES)
        return len(sent)

    statements(1)
    assert statements(1) >= statements(9)


@pytest.mark.usefixtures("december")
def test_a_report_is_asked_for_watched_and_published(director: TestClient, office: Office) -> None:
    page = show(director, f"{REPORTS}?period=2026-11")
    asked = submit(director, page.form("/reports"), period="2026-11")
    assert asked.status_code == 303
    watched = director.get(asked.headers["location"])
    (follows,) = Page.of(watched).all("script")  # it renews the progress; without it, a link does
    assert follows["src"] == "/staff/static/console.js"
    assert "等候產製" in watched.text
    assert "data-progress" in watched.text
    office.reporter.once()
    made = show(director, asked.headers["location"])
    files = [str(link["href"]) for link in made.all("a") if "/files/" in (link["href"] or "")]
    assert len(files) == 6
    assert director.get(files[0]).content.startswith(b"%PDF-")
    assert "data-progress" not in director.get(asked.headers["location"]).text
    done = submit(director, made.form("/publish"))
    assert "不會再變動" in show(director, done.headers["location"]).text
    assert "第 1 次更正" not in show(director, REPORTS).text
    again = submit(director, show(director, REPORTS).form("/reports"), period="2026-11")
    assert again.status_code == 422
    assert "請寫更正理由" in again.text
    second = submit(
        director, show(director, REPORTS).form("/reports"), period="2026-11", reason="補登"
    )
    office.reporter.once()
    corrected = show(director, second.headers["location"])
    assert "第 1 次更正" in corrected.text
    assert "與上次公布的數字相同" in corrected.text


def test_a_report_of_a_running_month_is_not_published(director: TestClient, office: Office) -> None:
    asked = submit(director, show(director, REPORTS).form("/reports"), period="2026-11")
    office.reporter.once()
    page = show(director, asked.headers["location"])
    assert "這一期還沒過完，不能公布" in page.text
    assert not [form for form in page.forms if form.action.endswith("/publish")]
    future = submit(director, show(director, REPORTS).form("/reports"), period="2027-01")
    assert future.status_code == 422
    bad = submit(director, show(director, REPORTS).form("/reports"), period="十一月")
    assert bad.status_code == 422
    assert "期別要像" in bad.text


@once
def test_a_clerk_sees_reports_and_has_no_form(
    director: TestClient, client: TestClient, log_in: LogIn
) -> None:
    clerk = holding(client, log_in("plain", role="clerk"))
    page = show(clerk, REPORTS)
    assert not [form for form in page.forms if form.action.endswith("/reports")]
    assert clerk.get(f"{REPORTS}/99").status_code == 404
