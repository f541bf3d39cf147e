"""Two officers with one case open are told of each other, with and without a script."""

import pytest
from starlette.testclient import TestClient

from tests.admin_api.console.test_pages import at, holding, show
from tests.admin_api.staff import API, Clock, Headers, LogIn, NewCase, problem


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


def test_who_opens_the_case_too_is_named_on_the_page(
    browser: TestClient, log_in: LogIn, new_case: NewCase, clock: Clock
) -> None:
    case = new_case()
    alone = show(browser, at(case))
    assert "也開著這一案" not in alone.text
    other = show(holding(browser, log_in("wang", role="secretary")), at(case))
    assert "也開著這一案" in other.text
    clock.forward(minutes=6)
    assert "也開著這一案" not in show(browser, at(case)).text


def test_the_script_asks_for_the_piece_alone(
    browser: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    show(browser, at(case))
    holding(browser, log_in("wang", role="secretary"))
    piece = browser.get(f"{at(case)}/presence")
    assert piece.status_code == 200
    assert "也開著這一案" in piece.text and "<html" not in piece.text
    page = show(browser, at(case))
    assert [one["src"] for one in page.all("script")] == ["/staff/static/console.js"]
    script = browser.get("/staff/static/console.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "script-src 'self'" in browser.get(at(case)).headers["content-security-policy"]


def test_the_api_tells_the_same_and_hides_what_is_out_of_sight(
    client: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    url = f"{API}/cases/{new_case(section='民政課').case_no}/viewing"
    assert client.post(url, headers=log_in()).json() == []
    (seen,) = client.post(url, headers=log_in("head", role="director")).json()
    assert (seen["name"], seen["drafting"]) != ("", True)
    stranger = log_in("far", role="clerk", section="social")
    assert problem(client.post(url, headers=stranger)) == (404, "unknown-case")
