"""The web chat: the same conversation, with and without script."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app import office as roof
from app.office import Office
from app.settings import Settings
from bot.tables import WebMessage
from bot.webchat import FILES, MESSAGES, WRONG_CODES
from data import pacing
from data.database import reading, transaction
from data.outbox import Choice, Message
from faq.keeping.index import Shelf
from tests import pictures
from tests.clock import FakeClock
from tests.served import create_web

PHOTO = pictures.png()
PLACE = "http://office.test"
HERE = "203.0.113.7"


@pytest.fixture
def office(database_url: str, tmp_path: Path, shelf: Shelf) -> Office:
    return roof.build(Settings(database_url=database_url, data_dir=tmp_path), FakeClock(), shelf)


@pytest.fixture
def browser(office: Office) -> Iterator[TestClient]:
    with TestClient(create_web(office), base_url=PLACE) as client:
        client.get("/chat")
        yield client


def waits(browser: TestClient, count: int) -> list[dict[str, object]]:
    """The office's lines, when there are so many."""
    for _ in range(200):
        lines = [line for line in browser.get("/chat/messages").json() if not line["mine"]]
        if len(lines) >= count:
            return lines
        time.sleep(0.05)
    raise AssertionError(lines)


def test_a_question_and_its_answer_stay_on_the_page(browser: TestClient) -> None:
    browser.post("/chat/messages", data={"text": "身分證遺失要怎麼補領"})
    waits(browser, 1)
    page = browser.get("/chat").text
    assert "身分證遺失要怎麼補領" in page
    assert "【身分證遺失補領】" in page
    assert '<button name="token" value="up:1">有幫助</button>' in page


def test_a_button_works_as_a_plain_form(browser: TestClient) -> None:
    browser.post("/chat/messages", data={"text": "身分證遺失要怎麼補領"})
    waits(browser, 1)
    browser.post("/chat/messages", data={"token": "up:1", "key": "k" * 12})
    assert "謝謝您告訴我" in str(waits(browser, 2)[1]["text"])
    assert "您說：" in browser.get("/chat").text
    assert [line["text"] for line in browser.get("/chat/messages").json() if line["mine"]][
        -1
    ] == "有幫助"


def test_a_button_with_an_address_is_a_link(browser: TestClient, office: Office) -> None:
    browser.post("/chat/messages", data={"text": "您好"})
    waits(browser, 1)
    with transaction(office.engine) as tx:
        row = tx.scalars(select(WebMessage).where(WebMessage.mine.is_(False))).one()
        link = Choice("私下繼續", "", "https://t.me/x?start=y")
        row.content = Message("臺北", (link,)).to_json()
    page = browser.get("/chat").text
    assert '<a href="https://t.me/x?start=y" rel="noopener noreferrer">私下繼續</a>' in page
    assert waits(browser, 1)[0]["choices"] == [
        {"label": "私下繼續", "token": "", "url": "https://t.me/x?start=y"}
    ]


def test_the_same_key_counts_once(browser: TestClient, office: Office) -> None:
    for _ in range(3):
        browser.post("/chat/messages", data={"text": "您好", "key": "same-key-1"})
    waits(browser, 1)
    with reading(office.engine) as tx:
        mine = tx.scalars(select(WebMessage).where(WebMessage.mine)).all()
        assert len(mine) == 1


def test_two_browsers_do_not_see_each_other(browser: TestClient, office: Office) -> None:
    browser.post("/chat/messages", data={"text": "我的秘密"})
    waits(browser, 1)
    other = TestClient(browser.app, base_url=PLACE)
    other.get("/chat")
    assert other.get("/chat/messages").json() == []
    assert "秘密" not in other.get("/chat").text


def test_the_cookie_is_not_in_the_database(browser: TestClient, office: Office) -> None:
    browser.post("/chat/messages", data={"text": "您好"})
    with reading(office.engine) as tx:
        names = set(tx.scalars(select(WebMessage.name)))
    assert browser.cookies["civicline_chat"] not in names


def test_a_photo_is_taken_and_a_program_is_not(browser: TestClient) -> None:
    good = browser.post("/chat/messages", files={"photos": ("a.jpg", PHOTO, "image/jpeg")})
    assert good.status_code == 200
    assert "照片收到了" in str(waits(browser, 2)[1]["text"])
    bad = browser.post("/chat/messages", files={"photos": ("a.jpg", b"MZ", "image/jpeg")})
    assert bad.status_code == 422
    assert "檔案須為照片" in bad.text


@pytest.fixture
def neighbours(office: Office) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers at one address, and what they may send is nearly used up."""
    web = create_web(office)
    with TestClient(web, base_url=PLACE, client=(HERE, 1)) as one:
        other = TestClient(web, base_url=PLACE, client=(HERE, 2))
        for browser in (one, other):
            browser.get("/chat")
        with transaction(office.engine) as tx:
            for limit in (MESSAGES, FILES, WRONG_CODES):
                pacing.note(tx, limit, HERE, times=limit.most - 1, now=office.desk.clock())
        yield one, other


def test_too_much_from_one_address_waits_and_nothing_is_lost(
    neighbours: tuple[TestClient, TestClient], office: Office
) -> None:
    one, other = neighbours
    asks = {"Accept": "application/json"}
    assert one.post("/chat/messages", data={"text": "補領身分證"}, headers=asks).is_success
    refused = other.post("/chat/messages", data={"text": "我也要問"}, headers=asks)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "請在 60 秒後再送一次" in refused.json()["refused"]
    page = other.post("/chat/messages", data={"text": "我也要問"})
    assert (page.status_code, "請在 60 秒後再送一次" in page.text) == (429, True)
    elsewhere = TestClient(one.app, base_url=PLACE, client=("203.0.113.8", 1))
    elsewhere.get("/chat")
    assert elsewhere.post("/chat/messages", data={"text": "換我問"}, headers=asks).is_success
    clock = office.desk.clock
    assert isinstance(clock, FakeClock)
    clock.pass_(timedelta(minutes=1))
    assert other.post("/chat/messages", data={"text": "我也要問"}, headers=asks).is_success
    with reading(office.engine) as tx:
        mine = select(WebMessage.content).where(WebMessage.mine).order_by(WebMessage.id)
        said = [Message.from_json(content).text for content in tx.scalars(mine)]
    assert said == ["補領身分證", "換我問", "我也要問"]


def test_photos_of_one_address_are_counted(neighbours: tuple[TestClient, TestClient]) -> None:
    one, other = neighbours
    photo = {"photos": ("a.jpg", pictures.jpeg(), "image/jpeg")}
    assert one.post("/chat/messages", files=photo).status_code == 200
    assert other.post("/chat/messages", files=photo).status_code == 429


def test_wrong_codes_of_one_address_are_counted_whatever_the_number(
    neighbours: tuple[TestClient, TestClient],
) -> None:
    one, other = neighbours
    wrong = {"code": "WRONG2"}
    assert one.post("/case", data=wrong | {"case_no": "CL-1151126-0001"}).status_code == 404
    locked = other.post("/case", data=wrong | {"case_no": "CL-1151126-0002"})
    assert locked.status_code == 429


@pytest.mark.parametrize("data", [{}, {"text": " "}, {"place": "north"}, {"place": "91,0"}])
def test_nothing_said_is_said_back(browser: TestClient, data: dict[str, str]) -> None:
    answer = browser.post("/chat/messages", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json() == {"refused": "請輸入文字。"}


def test_a_place_is_taken(browser: TestClient) -> None:
    browser.post("/chat/messages", data={"place": "25.03,121.50"})
    assert "發生了什麼事" in str(waits(browser, 2)[1]["text"])


def test_posts_of_other_sites_and_without_a_chat_are_refused(browser: TestClient) -> None:
    foreign = {"Origin": "https://evil.example"}
    answer = browser.post("/chat/messages", data={"text": "x"}, headers=foreign)
    assert answer.status_code == 403
    stranger = TestClient(browser.app, base_url=PLACE)
    assert stranger.post("/chat/messages", data={"text": "x"}).status_code == 403


class Page(HTMLParser):
    """What a check of a page needs to know."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", ["/chat", "/case"])
def test_pages_are_accessible_and_need_nothing_from_outside(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    page = Page(answer.text)
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "zh-Hant-TW"}) in page.tags
    assert tags.count("h1") == 1
    labelled = {attrs.get("for") for tag, attrs in page.tags if tag == "label"}
    fields = [
        attrs
        for tag, attrs in page.tags
        if tag in {"input", "textarea", "select"} and attrs.get("type") != "hidden"
    ]
    assert fields
    assert all(field["id"] in labelled for field in fields)
    for _tag, attrs in page.tags:
        for name in ("src", "href", "action"):
            assert not str(attrs.get(name, "/")).startswith(("http", "//"))
        assert not any(name.startswith("on") or name == "style" for name in attrs)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    if path == "/chat":
        assert any(a.get("role") == "log" and a.get("aria-live") == "polite" for _, a in page.tags)


def test_number_and_code_on_the_page(browser: TestClient) -> None:
    wrong = browser.post("/case", data={"case_no": "CL-1151126-0001", "code": "AAAAAA"})
    assert wrong.status_code == 404
    assert "不對" in wrong.text


@pytest.mark.parametrize("name", ["chat.js", "chat.css"])
def test_own_script_and_style_are_served(browser: TestClient, name: str) -> None:
    assert browser.get(f"/chat/static/{name}").status_code == 200
    assert browser.get("/chat/static/../webchat.py").status_code == 404


def typed(page: str) -> str:
    """What stands in the box of the chat before anybody types."""
    return page.split('<textarea id="text"')[1].split(">", 1)[1].split("</textarea>", maxsplit=1)[0]


@pytest.mark.parametrize(
    "asked", ["印鑑證明怎麼辦", "問" * 200, '<b>"&', "我要反映的地點：里。情形："]
)
def test_a_link_types_a_question_and_sends_nothing(
    browser: TestClient, office: Office, asked: str
) -> None:
    page = browser.get("/chat", params={"ask": asked}).text
    assert unescape(typed(page)) == asked
    assert "還沒有送出" in page and 'aria-describedby="begun"' in page
    assert "<b>" not in page
    with reading(office.engine) as tx:
        assert tx.scalars(select(WebMessage)).all() == []


@pytest.mark.parametrize("asked", ["", "問" * 201, "a\nb", "a\x00b", "\u202eabc"])
def test_a_bad_link_opens_the_plain_chat(browser: TestClient, asked: str) -> None:
    answer = browser.get("/chat", params={"ask": asked})
    assert answer.status_code == 200
    assert typed(answer.text) == ""
    assert "還沒有送出" not in answer.text


def test_a_link_with_a_case_number_asks_for_the_code(browser: TestClient) -> None:
    page = browser.get("/chat", params={"case": "cl-1151126-0007"}).text
    assert 'name="case_no" value="CL-1151126-0007"' in page
    assert '<form method="post" action="/case">' in page
    assert 'name="code" required' in page


@pytest.mark.parametrize(
    "case", ["", "CL", "CL-1151126-0007 K7Q4AB", "CL-１１５１１２６-0007", "x" * 99]
)
def test_what_is_no_case_number_opens_the_plain_chat(browser: TestClient, case: str) -> None:
    answer = browser.get("/chat", params={"case": case})
    assert answer.status_code == 200
    assert 'id="say"' in answer.text
    assert "K7Q4AB" not in answer.text


def test_by_https_the_cookie_is_held_to_this_host_and_an_older_chat_goes_on(
    office: Office,
) -> None:
    settings = office.settings.model_copy(update={"public_url": "https://office.example"})
    secure = create_web(replace(office, settings=settings))
    with TestClient(secure, base_url="https://office.example") as browser:
        held = browser.get("/chat").headers["set-cookie"]
        assert held.startswith("__Host-civicline_chat=")
        assert "Secure" in held and "Path=/" in held and "Domain" not in held
        browser.cookies.clear()
        browser.cookies.set("civicline_chat", "x" * 43)
        browser.post("/chat/messages", data={"text": "你好"})
        waits(browser, 1)
        assert "你好" in browser.get("/chat").text
