"""Dead links; the network is replaced below the HTTP client."""

import threading
from collections import Counter
from collections.abc import Mapping

import httpx
import pytest

from app.links import TIMEOUT, addresses, dead_links
from faq.keeping.editing import Variant
from faq.keeping.linting import Finding, Rule
from tests.faq.entries import make_content

GOOD, GONE = (
    "https://www.ris.gov.tw/app/portal/3014",
    "https://old.example.gov.tw/a?b=1&c=%E4%B8%AD",
)


class Web(httpx.BaseTransport):
    """Pages by address: a status, a status for each method, or what goes wrong."""

    def __init__(self, pages: Mapping[str, int | Mapping[str, int] | Exception | str]) -> None:
        self.pages = pages
        self.asked: Counter[tuple[str, str]] = Counter()
        self.timeouts: set[float] = set()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.asked[request.method, str(request.url)] += 1
            self.timeouts |= {*request.extensions["timeout"].values()}
        page = self.pages[str(request.url)]
        if isinstance(page, Exception):
            raise page
        if isinstance(page, str):
            return httpx.Response(302, headers={"Location": page})
        return httpx.Response(page if isinstance(page, int) else page[request.method])


def ask(web: Web, **given: str) -> list[Finding]:
    return dead_links([("one", make_content(**given))], web)


def test_addresses_are_found_in_every_field_and_end_where_the_chinese_begins() -> None:
    content = make_content(
        source=f"內政部（{GOOD}）",
        answer=f"請上{GONE}查詢，或看 HTTP://a.tw/x.html. 也可到 {GOOD}，",
        online="https://b.tw/申請",
        where="https://not-asked.tw",
        variants=(Variant("本人", "https://c.tw;"), Variant("代辦", "帶委託書")),
    )
    assert addresses(content) == [GOOD, GONE, "HTTP://a.tw/x.html", "https://b.tw/", "https://c.tw"]
    assert addresses(make_content()) == []


def test_a_page_that_is_gone_is_found_and_one_that_stands_is_not() -> None:
    web = Web({GOOD: 200, GONE: 404})
    (found,) = ask(web, source=GOOD, online=GONE)
    assert (found.rule, found.entry_id, found.other_id) == (Rule.DEAD_LINK, "one", None)
    assert GONE in found.text
    assert "HTTP 404" in found.text
    assert web.timeouts == {TIMEOUT} == {10.0}


def test_an_address_is_asked_once_and_told_for_each_entry() -> None:
    web = Web({GOOD: 200, GONE: 410})
    both = make_content(source=GOOD, answer=f"{GONE} {GONE}")
    found = dead_links([("one", both), ("other", both)], web)
    assert [one.entry_id for one in found] == ["one", "other"]
    assert web.asked == {("HEAD", GOOD): 1, ("HEAD", GONE): 1, ("GET", GONE): 1}


@pytest.mark.parametrize(
    "page",
    [
        {"HEAD": 405, "GET": 200},
        {"HEAD": 404, "GET": 200},
        403,
        429,
        GOOD,
    ],
)
def test_what_answers_in_any_way_is_not_dead(page: int | Mapping[str, int] | str) -> None:
    assert ask(Web({"https://a.tw/": page, GOOD: 200}), online="https://a.tw/") == []


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (httpx.ConnectTimeout("slow"), "ConnectTimeout"),
        (httpx.ConnectError("no such host"), "ConnectError"),
        (503, "HTTP 503"),
        (GONE, "HTTP 404"),
        ("https://a.tw/", "TooManyRedirects"),
    ],
)
def test_what_does_not_answer_is_dead(page: int | str | Exception, why: str) -> None:
    (found,) = ask(Web({"https://a.tw/": page, GONE: 404}), online="https://a.tw/")
    assert why in found.text


@pytest.mark.parametrize("address", ["https://[::1", "http://x:abc/", "http://xn--a/"])
def test_what_is_no_address_is_dead_and_asked_of_nobody(address: str) -> None:
    web = Web({})
    assert len(ask(web, online=address)) == 1
    assert not web.asked


def test_without_addresses_nobody_is_asked() -> None:
    web = Web({})
    assert ask(web) == []
    assert not web.asked
