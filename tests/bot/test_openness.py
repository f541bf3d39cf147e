"""What everybody may read: open data, its dictionary, and 您說．我們做."""

import csv
import json
import re
from copy import copy
from datetime import timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import office as roof
from app.office import Office
from app.settings import Settings
from bot import openness
from bot.openness import FAQ_COLUMNS, FILES
from complaints.measuring import opening, outcomes
from complaints.measuring.columns import File
from complaints.measuring.periods import Period
from complaints.states import Kind
from complaints.tables import Case
from data.database import transaction
from faq.keeping import editing
from faq.keeping.index import Shelf
from faq.keeping.tables import Entry
from tests.admin_api.staff import counting
from tests.clock import FakeClock
from tests.makers import NOON, make_case, make_officer
from tests.served import create_web

SEPTEMBER = "/open/data/2026-09"
FAQ = "/open/data/now/faq"
LOST = "id-card-lost"
TYPED = "大頭卡飛走惹"  # how a citizen put it


@pytest.fixture
def office(database_url: str, tmp_path: Path, filled: Shelf) -> Office:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    return roof.build(settings, FakeClock(), copy(filled))


@pytest.fixture
def anybody(office: Office) -> TestClient:
    """A browser that was never here before."""
    return TestClient(create_web(office))


@pytest.fixture
def opened(office: Office) -> list[Case]:
    """Seven cases of September, and its files."""
    with transaction(office.engine) as tx:
        cases = [make_case(tx, now=NOON - timedelta(days=80)) for _ in range(7)]
        for file in File:
            opening.make(tx, Period.month(2026, 9), file, reported=True, now=NOON)
    return cases


def publish(tx: Session, number: int = 1, **given: Any) -> None:
    said: dict[str, Any] = {"period": "2026-10", "said": "路燈太暗。", "did": "加裝路燈。"} | given
    clerk, head = make_officer(tx, "ann", "clerk"), make_officer(tx, "head", "director")
    for _ in range(number):
        row = outcomes.propose(tx, **said, by=clerk, now=NOON)
        outcomes.approve(tx, row.id, by=head, now=NOON)


def rows_of(answer: Response) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


class Headings(HTMLParser):
    """The headings and links of a page in their order, and whether every element is closed."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.links: list[str] = []
        self.languages: list[str] = []
        self.chinese: list[str] = []
        self.feed(answer.text)
        self.close()
        assert self.languages == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"meta", "link"}:
            return
        above = self.languages[-1] if self.languages else ""
        self.languages.append(given.get("lang", above))
        self._look(given.get("aria-label", ""))
        if tag == "a":
            self.links.append(given["href"])
        elif re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        self.languages.pop()

    def handle_data(self, data: str) -> None:
        self._look(data)

    def _look(self, text: str) -> None:
        in_english = self.languages and self.languages[-1] == "en"
        if in_english and re.search("[\u3000-\u303f一-鿿\uff00-\uff5e]", text):
            self.chinese.append(text.strip())


# --- the page -------------------------------------------------------------------------------
def test_the_page_lists_what_is_out_and_explains_every_column(
    anybody: TestClient, opened: list[Case]
) -> None:
    page = anybody.get("/open")
    found = Headings(page)
    assert found.levels == [1, 2, 2, 2, 3, 3, 3]
    for path in (f"{SEPTEMBER}/cases.csv", f"{SEPTEMBER}/figures.json", f"{FAQ}.csv", "/did"):
        assert path in found.links
        assert anybody.get(path).status_code == 200
    assert "民國115年9月" in page.text and "115/11/26" in page.text
    for _name, columns in FILES.values():
        for column in columns:
            assert f"<code>{column.name}</code>" in page.text and column.meaning[0] in page.text
    assert opened[0].case_no not in page.text


@pytest.mark.parametrize("path", ["/open", "/did"])
def test_the_pages_speak_english(
    anybody: TestClient, office: Office, opened: list[Case], path: str
) -> None:
    assert opened
    with transaction(office.engine) as tx:
        publish(tx)
    page = anybody.get(f"{path}?lang=en")
    found = Headings(page)
    assert '<html lang="en">' in page.text
    titles = [text for text in found.chinese if "（示範）" not in text]  # the office is named so
    assert titles == []
    assert path in found.links and f"{path}?lang=en" in found.links
    assert f"{path}?lang=en" in Headings(anybody.get(path)).links
    assert '<html lang="zh-Hant-TW">' in anybody.get(f"{path}?lang=fr").text


def test_an_office_without_files_says_so(anybody: TestClient) -> None:
    assert "還沒有案件的檔案" in anybody.get("/open").text
    assert "還沒有公開的成果" in anybody.get("/did").text


def test_the_licence_is_unconfirmed_until_the_office_sets_it(
    office: Office, anybody: TestClient, opened: list[Case]
) -> None:
    assert opened
    assert "政府資料開放授權條款－第1版（待本所確認）" in anybody.get("/open").text
    told = anybody.get(f"{SEPTEMBER}/cases.json").json()
    assert told["licence"].endswith("（待本所確認）")
    settings = office.settings.model_copy(update={"open_data_licence": "本所自訂條款"})
    app = create_web(office)
    app.state.open_door = openness.Door(office.desk, settings.open_data_licence)
    confirmed = TestClient(app)
    assert "待本所確認" not in confirmed.get("/open").text
    assert confirmed.get(f"{SEPTEMBER}/cases.json").json()["licence"] == "本所自訂條款"


# --- files ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["cases", "figures"])
def test_a_file_is_the_same_as_csv_and_as_json(
    anybody: TestClient, opened: list[Case], name: str
) -> None:
    as_csv, as_json = (anybody.get(f"{SEPTEMBER}/{name}.{ending}") for ending in ("csv", "json"))
    told, names = as_json.json(), [column.name for column in FILES[name][1]]
    assert (told["file"], told["period"], told["made_on"]) == (name, "2026-09", "2026-11-26")
    assert told.get("total") == (5 if name == "cases" else None)
    assert as_csv.content.startswith(b"\xef\xbb\xbf") and len(told["rows"]) > 5
    for written, plain in zip(rows_of(as_csv), told["rows"], strict=True):
        assert list(written) == list(plain) == names
        shown = {key: "" if one is None else f"{one}" for key, one in plain.items()}
        assert shown == {key: one.removeprefix("'") for key, one in written.items()}
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert as_csv.headers["content-disposition"].endswith(f'"civicline-2026-09-{name}.csv"')
    for case in opened:
        assert case.case_no not in as_csv.text + as_json.text


@pytest.mark.parametrize(
    "path",
    [
        f"{SEPTEMBER}/people.csv",
        f"{SEPTEMBER}/cases.ods",
        f"{SEPTEMBER}/faq.csv",
        "/open/data/2026-10/cases.csv",
        "/open/data/now/cases.csv",
        "/open/data/x'--/cases.json",
        "/open/static/chat.html",
    ],
)
def test_there_is_no_such_file(anybody: TestClient, opened: list[Case], path: str) -> None:
    assert opened
    assert anybody.get(path).status_code == 404


def test_questions_and_answers_hold_nothing_a_citizen_typed(
    anybody: TestClient, office: Office
) -> None:
    with transaction(office.engine) as tx:
        version = tx.get_one(Entry, LOST).version
        editing.add_wording(tx, LOST, TYPED, version=version, by="x", now=NOON)
        office.shelf.current(tx)
    for ending in ("csv", "json"):
        answer = anybody.get(f"{FAQ}.{ending}")
        assert TYPED not in answer.text
    found = {row["id"]: row for row in answer.json()["rows"]}
    assert list(found[LOST]) == [column.name for column in FAQ_COLUMNS]
    assert found[LOST]["languages"] in (["zh"], ["zh", "en"])
    assert found[LOST]["source"] and found[LOST]["answer"]
    english = next(row for row in found.values() if "en" in row["languages"])
    assert english["answer_en"] and english["question_en"]
    written = {row["id"]: row for row in rows_of(anybody.get(f"{FAQ}.csv"))}
    assert written.keys() == found.keys()
    assert written[LOST]["documents"].split("\n")[0] == found[LOST]["documents"][0]


def test_an_entry_out_of_service_is_in_no_file(anybody: TestClient, office: Office) -> None:
    before = anybody.get(f"{FAQ}.json")
    with transaction(office.engine) as tx:
        version = tx.get_one(Entry, LOST).version
        editing.retire(tx, LOST, version=version, by="x", now=NOON)
    after = anybody.get(f"{FAQ}.json", headers={"If-None-Match": before.headers["etag"]})
    ids = [{row["id"] for row in answer.json()["rows"]} for answer in (before, after)]
    assert ids[0] - ids[1] == {LOST}


def test_the_dictionary_explains_the_files_column_by_column(
    anybody: TestClient, opened: list[Case]
) -> None:
    assert opened
    told = anybody.get("/open/dictionary.json").json()
    for name, path in (("cases", SEPTEMBER), ("figures", SEPTEMBER), ("faq", "/open/data/now")):
        columns = told["files"][name]["columns"]
        rows = anybody.get(f"{path}/{name}.json").json()["rows"]
        assert [column["name"] for column in columns] == list(rows[0])
        for column in columns:
            assert column["zh"] and column["en"] and column["type"] in told["types"]
            if column["type"] == "code":
                assert {row[column["name"]] for row in rows} <= column["codes"].keys()
            if column["type"] == "list":
                assert all(isinstance(row[column["name"]], list) for row in rows)


# --- caches and headers ---------------------------------------------------------------------
PATHS = ("/open", "/did", "/open/dictionary.json", f"{SEPTEMBER}/cases.csv", f"{FAQ}.json")


@pytest.mark.parametrize("path", PATHS)
def test_what_is_known_already_is_not_sent_again(
    anybody: TestClient, opened: list[Case], path: str
) -> None:
    assert opened
    first = anybody.get(path)
    tag = first.headers["etag"]
    assert re.fullmatch(r"public, max-age=\d+", first.headers["cache-control"])
    assert "set-cookie" not in first.headers
    for known in (tag, f'"x", W/{tag}', "*"):
        again = anybody.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert anybody.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_shut_and_data_open_to_other_sites(
    anybody: TestClient, opened: list[Case], path: str
) -> None:
    assert opened
    headers = anybody.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    if path in {"/open", "/did"}:
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers
    else:
        assert headers["access-control-allow-origin"] == "*"


def test_a_file_has_other_tags_as_csv_and_as_json(anybody: TestClient, opened: list[Case]) -> None:
    assert opened
    paths = [f"{SEPTEMBER}/{name}.{end}" for name in File for end in ("csv", "json")]
    assert len({anybody.get(path).headers["etag"] for path in paths}) == 4


def test_the_style_sheet_is_ours(anybody: TestClient) -> None:
    page = anybody.get("/open").text
    for path in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page):
        assert anybody.get(path).headers["content-type"].startswith("text/css")
    assert "<script" not in page and " style=" not in page


# --- what was said and done -----------------------------------------------------------------
def test_items_stand_under_their_period_the_newest_first(
    anybody: TestClient, office: Office
) -> None:
    with transaction(office.engine) as tx:
        publish(tx, said="<b>九月</b>的意見", period="2026-09")
    with transaction(office.engine) as tx:
        clerk, head = make_officer(tx, "bob", "clerk"), make_officer(tx, "lee", "secretary")
        said: dict[str, Any] = {"period": "2026-10", "did": "做了", "by": clerk, "now": NOON}
        done = outcomes.propose(tx, said="十月的意見", **said)
        outcomes.approve(tx, done.id, by=head, now=NOON)
        outcomes.propose(tx, said="還沒核准的", **said)
        secret = make_case(tx)
        hidden = outcomes.propose(tx, said="後來改密件的", case_no=secret.case_no, **said)
        outcomes.approve(tx, hidden.id, by=head, now=NOON)
        secret.kind = Kind.MISCONDUCT_REPORT
    page = anybody.get("/did")
    assert Headings(page).levels == [1, 2, 2]
    places = [page.text.find(text) for text in ("民國115年10月", "十月的", "民國115年9月", "九月")]
    assert places == sorted(places) and places[0] > 0
    assert "&lt;b&gt;九月" in page.text
    assert "還沒核准" not in page.text and "密件的" not in page.text


def test_many_items_are_turned_page_by_page(anybody: TestClient, office: Office) -> None:
    with transaction(office.engine) as tx:
        publish(tx, openness.SHOWN + 1)
    first, second = anybody.get("/did?lang=en"), anybody.get("/did?page=2")
    assert first.text.count("<article>") == openness.SHOWN
    assert "/did?page=2&amp;lang=en" in first.text or "/did?page=2&lang=en" in first.text
    assert second.text.count("<article>") == 1
    assert "/did?page=1" in second.text
    for odd in ("0", "-1", "x", "99999", "１"):
        assert anybody.get(f"/did?page={odd}").text == anybody.get("/did").text
    assert "<article>" not in anybody.get("/did?page=9999").text


def test_more_files_and_items_cost_no_more_statements(
    anybody: TestClient, office: Office, opened: list[Case]
) -> None:
    sent: dict[str, list[int]] = {"/open": [], "/did": []}
    assert opened
    for month in (7, 8):
        with transaction(office.engine) as tx:
            opening.make(tx, Period.month(2026, month), File.CASES, reported=True, now=NOON)
            if month == 7:
                publish(tx)
            else:
                publish_more(tx)
        for path, counted in sent.items():
            with counting(office.engine) as statements:
                assert anybody.get(path).status_code == 200
            counted.append(len(statements))
    assert all(first == second <= 3 for first, second in sent.values())


def publish_more(tx: Session) -> None:
    clerk, head = make_officer(tx, "bob", "clerk"), make_officer(tx, "lee", "secretary")
    for n in range(5):
        given: dict[str, Any] = {"period": "2026-09", "said": f"意見{n}", "did": "做了"}
        row = outcomes.propose(tx, **given, by=clerk, now=NOON)
        outcomes.approve(tx, row.id, by=head, now=NOON)


def test_files_are_json_that_programs_read(anybody: TestClient, opened: list[Case]) -> None:
    assert opened
    answer = anybody.get(f"{SEPTEMBER}/figures.json")
    assert answer.headers["content-type"] == "application/json"
    assert {one["received"] for one in json.loads(answer.text)["rows"]} <= {None, "<5", 5}


# --- from the chat --------------------------------------------------------------------------
def led_to(anybody: TestClient) -> list[str]:
    """The public pages the chat leads to, in the order of its links."""
    return re.findall(r'<a href="(/(?:did|open)[^"]*)"', anybody.get("/chat").text)


DID, OPEN = ["/did", "/did?lang=en"], ["/open", "/open?lang=en"]


def test_the_chat_leads_to_what_is_public_in_both_languages(
    office: Office, anybody: TestClient
) -> None:
    assert led_to(anybody) == OPEN  # the entries are there from the first day
    with transaction(office.engine) as tx:
        publish(tx)
    assert led_to(anybody) == [*DID, *OPEN]
    page = anybody.get("/chat").text
    for name in ("did", "open"):
        zh, en = openness.TEXTS[name]
        assert f'<a href="/{name}">{zh}</a>' in page
        assert f'<a href="/{name}?lang=en" lang="en" hreflang="en">{en}</a>' in page
        assert zh in anybody.get(f"/{name}").text
        assert en in anybody.get(f"/{name}?lang=en").text


def test_where_there_is_nothing_public_the_chat_leads_nowhere(
    office: Office, anybody: TestClient
) -> None:
    with transaction(office.engine) as tx:
        tx.execute(update(Entry).values(retired=True))
        clerk = make_officer(tx, "ann", "clerk")
        given = {"period": "2026-10", "said": "路燈太暗。", "did": "加裝路燈。"}
        outcomes.propose(tx, **given, by=clerk, now=NOON)  # not approved yet
    assert led_to(anybody) == []


@pytest.mark.usefixtures("opened")
def test_files_that_are_out_are_led_to_without_any_entry(
    office: Office, anybody: TestClient
) -> None:
    with transaction(office.engine) as tx:
        tx.execute(update(Entry).values(retired=True))
    assert led_to(anybody) == OPEN
