"""The console speaks English to who asks for it, and misses no text."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from httpx2 import Response
from starlette.testclient import TestClient

import admin_api.console
from admin_api.console.language import BACK, english, half
from admin_api.console.shell import MENU, Place
from admin_api.console.wording import NOT_COUNTED
from admin_api.monthly import NAMES
from app.office import Office
from complaints import reminders, tasks
from complaints.clock.deadlines import AWAITING, SPARED
from complaints.clock.workdays import WorkCalendar
from complaints.intake import SentFile
from complaints.states import Kind
from complaints.tables import Case
from complaints.tasks import TaskKind
from data.database import transaction
from faq.keeping import trials
from faq.keeping.answering import Fate
from tests.admin_api.console.page import Page
from tests.admin_api.console.test_knowledge import ask
from tests.admin_api.console.test_pages import HOME, at, holding, submit
from tests.admin_api.staff import Clock, Headers, LogIn, NewCase, once
from tests.makers import NOON, answer_case, make_officer

ROOT = Path(admin_api.console.__file__).parent
TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
CATALOGUES = sorted((ROOT / "english").glob("*.po"))
HAN = re.compile(r"[一-鿿]")
PLACES = re.compile(r"%\((\w+)\)s|\{(\w*)\}")
MARKED = re.compile(
    r"\{% trans.*?%\}.*?\{% endtrans %\}|\b_\(\s*(?:\"[^\"]*\"|'[^']*')\s*\)|\{#.*?#\}", re.DOTALL
)
OUR_NAMES = {"中文"}  # each language is offered in its own name


def _of_templates() -> Iterator[str]:
    found = extract_from_dir(str(ROOT / "templates"), [("**.html", "jinja2")])
    return (str(message) for _file, _line, message, *_ in found)


def _of_modules() -> Iterator[str]:
    for file in sorted(ROOT.glob("*.py")):
        tree = ast.parse(file.read_text())
        told = {
            node.body[0].value
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and node not in told else None
            if isinstance(text, str) and HAN.search(text):
                yield text


def test_every_text_of_the_console_has_its_english() -> None:
    wanted = {*_of_templates(), *_of_modules()} - OUR_NAMES
    assert wanted - set(english()) == set()
    assert not [text for text in wanted if not english()[text].strip()]


def test_the_catalogues_hold_nothing_that_is_no_longer_said() -> None:
    assert set(english()) - {*_of_templates(), *_of_modules()} == set()


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_chinese_stands_in_a_template_unmarked(file: Path) -> None:
    left = MARKED.sub("", file.read_text())
    assert [line.strip() for line in left.splitlines() if HAN.search(line)] == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.name)
def test_a_translation_fills_in_what_the_original_fills_in(file: Path) -> None:
    with file.open("rb") as opened:
        messages = [one for one in read_po(opened, locale="en") if one.id]
    assert messages
    for one in messages:
        assert sorted(PLACES.findall(str(one.id))) == sorted(PLACES.findall(str(one.string)))
        assert not HAN.search(re.sub(r"《.*?》|「.*?」", "", str(one.string))), one.string


def test_one_text_has_one_translation() -> None:
    told: dict[str, str] = {}
    for file in CATALOGUES:
        with file.open("rb") as opened:
            for one in read_po(opened, locale="en"):
                if one.id:
                    assert told.setdefault(str(one.id), str(one.string)) == one.string


def test_the_switch_keeps_the_page_and_its_filter(client: TestClient) -> None:
    sent = client.post(
        "/staff/language", data={"to": "en", "back": "/staff?pile=new"}, follow_redirects=False
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/staff?pile=new")
    page = client.get("/staff/login")
    assert '<html lang="en">' in page.text
    client.post("/staff/language", data={"to": "zh", "back": "/staff/login"})
    assert '<html lang="zh-Hant-TW">' in client.get("/staff/login").text


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example", "/chat", "/staff\\x", "", "/staffx"],
)
def test_the_switch_leads_nowhere_else(client: TestClient, back: str) -> None:
    answer = client.post("/staff/language", data={"to": "en", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/staff"
    assert not BACK.fullmatch(back)


def test_a_language_we_do_not_speak_is_refused_and_an_odd_cookie_is_chinese(
    client: TestClient,
) -> None:
    assert client.post("/staff/language", data={"to": "fr"}).status_code == 422
    client.cookies.set("civicline_language", "fr\x22;;")
    assert '<html lang="zh-Hant-TW">' in client.get("/staff/login").text


def test_a_text_of_two_languages_is_told_in_the_one_of_the_page() -> None:
    assert half("查無此案。 No such case.") == "查無此案。"
    assert half("只有中文") == "只有中文"


# --- the pages as who reads English sees them ------------------------------------------------
CHINESE_TAG = "zh-Hant-TW"
SAID = ("aria-label", "alt", "placeholder", "title", "label")
VOID = {"meta", "link", "input", "br", "img", "hr"}
EXAMPLES = re.compile(r"「[^」]*」")  # of Chinese words, in the hints of the word lists
# What carries Chinese content where no element can tell its language: the title of a page names
# the office and the entry, the frame who is logged in, a button what it is for.
CONTENT = ("範例戶政事務所（示範）", "clerk先生", "head先生", "ann先生")
LOST = "身分證遺失補領"
LOST_QUESTION = "身分證遺失了要怎麼補領？"
UNKNOWN = "鸚鵡可以報戶口嗎"
HEARD = "我的大頭卡飛走了"


class Unmarked(HTMLParser):
    """The Chinese of a page that stands outside of elements marked as Chinese."""

    def __init__(self, *content: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.languages: list[str] = []
        self._content = content

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        above = self.languages[-1] if self.languages else ""
        language = given.get("lang", above)
        for name in SAID:
            self._look(given.get(name, ""), language)
        if tag not in VOID:
            self.languages.append(language)

    def handle_endtag(self, tag: str) -> None:
        self.languages.pop()

    def handle_data(self, data: str) -> None:
        self._look(data, self.languages[-1] if self.languages else "")

    def _look(self, text: str, language: str) -> None:
        for known in self._content:
            text = text.replace(known, "")
        if language != CHINESE_TAG and HAN.search(EXAMPLES.sub("", text)):
            self.found.append(text.strip())


def chinese_in(answer: Response, *content: str) -> list[str]:
    """What of an English page is left in Chinese."""
    assert '<html lang="en">' in answer.text
    page = Unmarked(*CONTENT, *content)
    page.feed(answer.text)
    page.close()
    assert page.languages == []  # every element that was opened was closed
    return page.found


@pytest.fixture
def reader(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in and has chosen English."""
    client.cookies.set("civicline_language", "en")
    return holding(client, staff)


def turn_to(reader: TestClient, path: str, *content: str) -> Page:
    """A page of which nothing but content is left in Chinese."""
    answer = reader.get(path, follow_redirects=False)
    assert answer.status_code == 200, path
    assert chinese_in(answer, *content) == [], path
    return Page.of(answer)


def do(reader: TestClient, case: Case, verb: str, **typed: str) -> None:
    """Carry out a form of the case's page, and look at the page again."""
    answer = submit(reader, turn_to(reader, at(case)).form(f"/{verb}"), **typed)
    assert answer.status_code == 303, Page.of(answer).text
    turn_to(reader, at(case))


def test_chinese_outside_of_marked_elements_is_seen() -> None:
    page = Unmarked("某所")
    page.feed(
        '<html lang="en"><p>某所 Hi「例」</p><p lang="zh-Hant-TW">內<b>文</b><br></p>'
        '<a aria-label="開">x</a><p>漏</p></html>'
    )
    assert page.found == ["開", "漏"]


@once
@pytest.mark.parametrize("place", MENU, ids=lambda place: place.path)
def test_every_page_of_the_menu_is_read_in_english(
    reader: TestClient, office: Office, log_in: LogIn, new_case: NewCase, place: Place, clock: Clock
) -> None:
    late, replied = new_case(section="民政課"), new_case()
    with transaction(office.engine) as tx:
        head = make_officer(tx, "head", role="director")
        answer_case(tx, tx.get_one(Case, replied.id), head)
        tasks.make(tx, "a", TaskKind.CALL, "請致電", now=NOON, case=tx.get_one(Case, late.id))
    ask(office, UNKNOWN, "鸚鵡能不能報戶口")
    ask(office, HEARD, verdict="choose", fate=Fate.CHOSEN, entry_id="id-card-lost")
    clock.forward(days=9)
    with transaction(office.engine) as tx:
        reminders.look_at(tx, late.case_no, now=clock())
    holding(reader, log_in("head"))
    turn_to(reader, place.path, UNKNOWN, HEARD)


@once
def test_the_rest_of_the_work_is_read_in_english(reader: TestClient, new_case: NewCase) -> None:
    case = new_case()
    page = turn_to(reader, f"{HOME}?pile=all&kind={case.kind}")
    form = page.form("/together")
    boxes = [one["value"] for one in page.all("input") if one.get("name") == "case"]
    form.fields |= {"verb": "assign", "section": "nowhere", "case": boxes[0]}
    done = reader.post(form.action, data=form.fields)
    assert chinese_in(done) == []
    assert "No such section." in Page.of(done).text
    for wrong in ({"verb": "note", "text": ""}, {"verb": "burn"}):
        assert chinese_in(reader.post(form.action, data=form.fields | wrong)) == []
    saved = submit(reader, page.form("/views"), name="我的燈")
    assert "Delete “我的燈”" in turn_to(reader, saved.headers["location"]).text
    assert chinese_in(submit(reader, page.form("/views"), name=" ")) == []
    assert chinese_in(reader.get(f"{HOME}/cases/WH-1")) == []


@once
def test_a_case_from_receipt_to_closing_is_read_in_english(
    reader: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    sent = (SentFile("telegram", "AgAC"),)
    case = new_case(section="民政課", place="中山路一號", files=sent)
    holding(reader, log_in("ann", role="clerk"))
    do(reader, case, "accept")
    do(reader, case, "note", text="先看過")
    do(reader, case, "ask-extension", days="3", reason="需要會勘")
    do(reader, case, "draft", text="將於近期清除。")
    form = turn_to(reader, at(case)).form("/draft")
    blank = submit(reader, form, text=" ")
    assert (blank.status_code, chinese_in(blank)) == (422, [])
    assert "Please check: Reply" in Page.of(blank).text
    holding(reader, log_in("head", role="director"))
    page = turn_to(reader, at(case))
    assert "Promise without a date" in page.text
    refused = submit(reader, page.form("/approve"))
    assert (refused.status_code, chinese_in(refused, "將於近期清除")) == (422, [])
    assert "The reply lacks something. Promise without a day" in Page.of(refused).text
    do(reader, case, "approve-extension")
    do(reader, case, "send-back", reason="請寫日期")
    do(reader, case, "reply", text="已派員清除。", pledge="清除雜物", pledge_day="2026-12-10")
    do(reader, case, "settle-promise", kept="yes", evidence="已清空")
    do(reader, case, "close", outcome="resolved", reason="現場已淨空")
    assert "resolved" in turn_to(reader, at(case)).text
    turn_to(reader, at(new_case(confidential=True, kind=Kind.MISCONDUCT_REPORT)))


@once
def test_the_faq_is_read_in_english(reader: TestClient, office: Office) -> None:
    (asked,) = ask(office, UNKNOWN)
    with transaction(office.engine) as tx:
        trials.add(tx, LOST_QUESTION, "id-card-lost", by="somebody", now=NOON)
        trials.add(tx, UNKNOWN, None, by="somebody", now=NOON)
    entry = f"{HOME}/faq/id-card-lost"
    for path in ("?state=due", "/new", "/drafts", "/trials", "/words", "/files"):
        turn_to(reader, f"{HOME}/faq{path}", UNKNOWN, LOST_QUESTION)
    turn_to(reader, f"{HOME}/questions/{asked}", UNKNOWN)
    form = turn_to(reader, entry, LOST).form("/id-card-lost")
    tried = submit(reader, form, answer="不同的答案。", do="try", try1=UNKNOWN)
    assert (tried.status_code, chinese_in(tried, LOST)) == (200, [])
    wrong = submit(reader, form, answer=" ", do="publish")
    assert (wrong.status_code, chinese_in(wrong, LOST)) == (422, [])
    assert "Please check: Answer." in Page.of(wrong).text
    new = turn_to(reader, f"{HOME}/faq/new").form("/new")
    named = submit(reader, new, id="X", do="publish")
    assert (named.status_code, chinese_in(named)) == (422, [])
    assert "The entry is not right. Entry ID: use small letters" in Page.of(named).text
    begun = submit(reader, form, answer="不同的答案。", do="draft")
    draft = begun.headers["location"]
    page = turn_to(reader, draft, LOST)
    assert "Saved as a draft" in page.text
    (save,) = [one for one in page.forms if "seen" in one.fields]
    handed = submit(reader, save, do="submit")
    turn_to(reader, handed.headers["location"], LOST)
    turn_to(reader, draft, LOST)
    turn_to(reader, f"{HOME}/faq/drafts?state=submitted", LOST)
    form = turn_to(reader, entry, LOST).form("/id-card-lost")
    published = submit(reader, form, checked_on="2026-11-26", do="publish")
    turn_to(reader, published.headers["location"], LOST)
    turn_to(reader, draft, LOST)
    lists = turn_to(reader, f"{HOME}/faq/words")
    bad = submit(reader, lists.form("/cues"), text="complaint: [")
    assert (bad.status_code, chinese_in(bad)) == (422, [])
    chosen = {"file": ("a.yaml", "id: 甲".encode())}
    sheet = turn_to(reader, f"{HOME}/faq/files").form("/faq/files")
    held = {name: value for name, value in sheet.fields.items() if name != "file"}
    assert chinese_in(reader.post(sheet.action, data=held, files=chosen)) == []


@once
def test_the_account_and_the_log_in_are_read_in_english(
    reader: TestClient, office: Office, log_in: LogIn
) -> None:
    account = f"{HOME}/account"
    page = turn_to(reader, account)
    made = submit(reader, page.form("/tokens"), name="program", days="90", scopes="cases:read")
    assert (made.status_code, chinese_in(made)) == (200, [])
    wrong = submit(reader, page.form("/password"), old="x", new="another-horse-8", again="y")
    assert (wrong.status_code, chinese_in(wrong)) == (422, [])
    assert "The two new passwords are not the same." in Page.of(wrong).text
    turn_to(reader, f"{account}?done=password")
    begun = submit(reader, turn_to(reader, f"{account}/second-factor").form("/begin"))
    assert begun.status_code == 303
    waiting = turn_to(reader, f"{account}/second-factor").form("/confirm")
    assert chinese_in(submit(reader, waiting, code="1")) == []
    holding(reader, log_in("root", role="administrator"))
    turn_to(reader, f"{account}/colleagues?done=reset", "root先生")
    submit(reader, turn_to(reader, account, "root先生").form("/logout"))
    form = turn_to(reader, f"{HOME}/login").form("/login")
    refused = submit(reader, form, username="clerk", password="wrong")
    assert (refused.status_code, chinese_in(refused)) == (401, [])
    assert "The user name or password is wrong." in Page.of(refused).text


@once
def test_the_figures_are_read_in_english(reader: TestClient, new_case: NewCase) -> None:
    new_case(section="民政課")
    new_case(confidential=True, kind=Kind.MISCONDUCT_REPORT)
    page = turn_to(reader, f"{HOME}/figures")
    assert "Figures for November 2026 (not over yet)" in page.text
    assert "Brought forward" in page.text
    assert "Confidential" in page.text
    assert all(chinese and english for chinese, english in NAMES.values())


def test_what_the_count_says_of_a_day_is_known_to_the_console() -> None:
    said = {AWAITING, SPARED} | {
        WorkCalendar({}, {}, frozenset({2026}), frozenset(), "").reason(date(2026, 11, day))
        for day in range(23, 30)
    }
    assert said - {""} == set(NOT_COUNTED)
