"""The page of pinned notices, as an officer uses it."""

import pytest
from starlette.testclient import TestClient

from tests.admin_api.console.page import Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, holding, show, submit
from tests.admin_api.staff import Headers, LogIn, once

PINNED = f"{HOME}/pinned"
TEXT = "明（27）日停止上班、停止上課。"
TYPED = {"text": TEXT, "words": "颱風、停班\n停課"}
pytestmark = once


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


def pin(browser: TestClient, **given: str) -> Page:
    """Fill in the form; the page that follows."""
    sent = submit(browser, show(browser, PINNED).form("/pinned"), **(TYPED | given))
    if sent.status_code == 303:
        return show(browser, sent.headers["location"])
    assert sent.status_code == 422
    return Page.of(sent)


def test_a_notice_is_pinned_seen_at_the_counter_and_ended(browser: TestClient) -> None:
    assert "現在沒有公告" in show(browser, PINNED).text
    page = pin(browser, surge="yes")
    assert "已置頂" in page.text
    assert "颱風、停班、停課" in page.text
    assert "每人每分鐘最多答 6 則" in page.text
    assert TEXT in show(browser, f"{HOME}/counter").text
    ended = submit(browser, page.form("/end"))
    assert ended.status_code == 303
    page = show(browser, ended.headers["location"])
    assert "公告已結束" in page.text
    assert "現在沒有公告" in page.text
    assert TEXT in page.text  # among those that are over
    assert TEXT not in show(browser, f"{HOME}/counter").text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": " "}, "公告內容"),
        ({"words": "雨"}, "關鍵詞"),
        ({"until": "2026-11-26T08:00"}, "結束時間"),
        ({"until": "tomorrow"}, "結束時間"),
        ({"since": ""}, "開始時間"),
        ({"until": "2027-11-26T08:00"}, "最長 31 天"),
    ],
)
def test_a_refusal_names_what_is_wrong_and_keeps_what_was_typed(
    browser: TestClient, given: dict[str, str], told: str
) -> None:
    page = pin(browser, **({"english": "Closed tomorrow."} | given))
    assert told in page.text.partition("請檢查：")[2].partition("。")[0]
    assert page.form("/pinned").fields["english"] == "Closed tomorrow."
    assert "現在沒有公告" in page.text


def test_who_may_not_pin_only_reads(client: TestClient, staff: Headers, log_in: LogIn) -> None:
    pin(holding(client, staff))
    page = show(holding(client, log_in("ann", role="clerk")), PINNED)
    assert TEXT in page.text
    assert [one.action for one in page.forms if one.action.startswith(PINNED)] == []


def test_in_english_only_what_the_office_wrote_is_chinese(browser: TestClient) -> None:
    first = pin(browser, surge="yes")
    submit(browser, first.form("/end"))
    pin(browser, english="Closed.")
    browser.cookies.set("civicline_language", "en")
    assert chinese_in(browser.get(PINNED)) == []
    refused = submit(browser, show(browser, PINNED).form("/pinned"), **(TYPED | {"words": "雨"}))
    assert chinese_in(refused) == []
    assert chinese_in(browser.get(f"{HOME}/counter")) == []
