"""What docs/threats.md says is there; and attacks that no other test tries, on the real program."""

import ast
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from email.message import Message as Headers
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from admin_api.console.sessions import COOKIE
from app import logs, metrics
from app import office as roof
from app.office import Office
from app.settings import Settings
from bot import webchat
from bot.conversation.form import MOST_CONTENT
from bot.tables import WebMessage
from bot.telegram import WEBHOOK_PATH
from complaints.measuring.tables import Opened
from complaints.tables import Case
from data import files
from data.database import engine_for, reading, transaction
from data.outbox import Message
from faq.keeping.index import Shelf
from tests import pictures
from tests.admin_api.console.page import Page
from tests.admin_api.console.test_pages import LOGIN, enter, show, submit
from tests.admin_api.staff import API, CASES, TOKENS, once, problem, set_up_phone
from tests.clock import FakeClock
from tests.databases import KEYRING, Databases
from tests.fakes.botapi import BotApi
from tests.journeys.world import opened
from tests.makers import PASSWORD, make_case, make_officer
from tests.served import create_web

ROOT = Path(__file__).parents[2]
THREATS = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
DOORS = THREATS.partition("## The doors")[2].partition("\n## ")[0]
ROOMS = ("app", "bot", "admin_api", "complaints", "faq", "data")
HERE = "http://office.test"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WORDS = "我家的秘密是金魚"
T = TypeVar("T")


# --- the page says what is there --------------------------------------------------------------
@cache
def defined_in(path: str) -> frozenset[str]:
    """The tests a file defines, found without running it."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    defined = (one.name for one in nodes if isinstance(one, ast.FunctionDef))
    return frozenset(name for name in defined if name.startswith("test_"))


def test_every_test_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`:]+)::([^`]+)`", THREATS)
    assert len(named) > 50
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


def test_every_file_the_page_names_is_there() -> None:
    named = re.findall(rf"`((?:{'|'.join(ROOMS)})/[^`*]+)`", THREATS)
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_row_of_the_doors_is_filled_in() -> None:
    rows = [line.strip("|").split("|") for line in DOORS.splitlines() if line.startswith("| ")]
    assert len(rows) > 40
    assert [row for row in rows if len(row) != 5 or not all(cell.strip() for cell in row)] == []


def test_every_public_door_is_on_the_page(client: TestClient) -> None:
    paths = {one.path for one in routes(client) if not one.path.startswith(("/staff", API))}
    assert {"/case", "/chat/messages", "/healthz"} <= paths
    heads = {f"/{path.split('/')[1]}" for path in (*paths, WEBHOOK_PATH, metrics.PATH)}
    assert sorted(head for head in heads if f"`{head}" not in DOORS) == []


def test_every_secret_setting_is_on_the_page() -> None:
    secret = [n for n, one in Settings.model_fields.items() if "Secret" in str(one.annotation)]
    assert len(secret) == 3
    rotation = THREATS.partition("## Secrets")[2].partition("\n## ")[0]
    for name in (*secret, "database_url", "backup_recipient"):
        assert f"`{name.upper()}`" in rotation


# --- the program ------------------------------------------------------------------------------
@pytest.fixture
def office(database_url: str, tmp_path: Path, filled: Shelf) -> Iterator[Office]:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    built = roof.build(settings, FakeClock(), copy(filled))
    yield built
    built.engine.dispose()


@pytest.fixture
def client(office: Office) -> TestClient:
    """The program as it is served, with no loop running."""
    return TestClient(create_web(office), base_url=HERE)


@pytest.fixture
def browser(client: TestClient, office: Office) -> TestClient:
    """A browser in which an administrator logged in by the form."""
    assert enter(client, office, username="admin", role="administrator").status_code == 303
    return client


@dataclass(frozen=True)
class Door:
    path: str
    methods: frozenset[str]

    def at(self, value: str = "1") -> str:
        """Its address, with this in every place of it."""
        return re.sub(r"\{[^}]*\}", value, self.path)


def routes(client: TestClient) -> list[Door]:
    """Every address the program answers at."""
    assert isinstance(client.app, FastAPI)
    found: list[Door] = []
    for route in client.app.router.routes:
        inside = getattr(route, "original_router", None)
        for one in inside.routes if inside else [route]:
            found += nested(one)
    assert len(found) > 300
    return found


def nested(route: Any) -> Iterator[Door]:
    inside = getattr(route, "original_router", None)
    if inside is None:
        yield Door(route.path, frozenset(getattr(route, "methods", None) or ()))
        return
    for one in inside.routes:
        yield from nested(one)


# --- forms, frames, caches, hosts -------------------------------------------------------------
OPEN_FORMS = {"/staff/login", "/staff/login/code", "/staff/language"}


@once
def test_no_form_of_the_console_does_anything_without_its_proof(browser: TestClient) -> None:
    doors = [one for one in routes(browser) if one.path.startswith("/staff")]
    forms = [one for one in doors if one.methods - {"GET", "HEAD"}]
    assert all(one.methods == {"POST"} for one in forms)
    assert len(forms) > 80
    shut = [one for one in forms if one.path not in OPEN_FORMS]
    assert len(forms) - len(shut) == len(OPEN_FORMS)
    for proof in ({}, {"proof": "0" * 64}, {"proof": browser.cookies[COOKIE]}):
        for one in shut:
            answer = browser.post(one.at(), data=proof, follow_redirects=False)
            assert answer.status_code == 403, one.path


@once
def test_without_a_log_in_no_address_of_the_console_shows_or_does_anything(
    client: TestClient,
) -> None:
    known = {"/staff/login", "/staff/login/code", "/staff/language"}
    for one in routes(client):
        if not one.path.startswith("/staff") or one.path in known or "/static/" in one.path:
            continue
        for method in one.methods - {"HEAD"}:
            answer = client.request(method, one.at(), follow_redirects=False)
            assert (answer.status_code, answer.headers.get("location")) == (303, LOGIN), one.path


@once
def test_a_cookie_of_the_console_opens_no_api(browser: TestClient) -> None:
    """Else another site's form could act over the API, which asks for no proof."""
    token = browser.cookies[COOKIE]
    held = {"Cookie": f"{COOKIE}={token}; __Host-{COOKIE}={token}"}  # by https for all addresses
    assert browser.get("/staff/account", headers=held, follow_redirects=False).is_success
    for one in routes(browser):
        if one.path.startswith(API) and one.path != TOKENS and "GET" in one.methods:
            answer = browser.get(one.at(), headers=held)
            assert problem(answer) == (401, "not-logged-in"), one.path


@once
def test_a_token_in_an_address_opens_nothing(browser: TestClient) -> None:
    token = browser.cookies[COOKIE]
    assert browser.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"}).is_success
    for name in ("token", "access_token", "authorization"):
        assert browser.get(f"{API}/me", params={name: token}).status_code == 401


@once
def test_nothing_is_shown_in_a_frame_and_every_page_has_its_policy(browser: TestClient) -> None:
    seen = 0
    for one in routes(browser):
        if "GET" not in one.methods:
            continue
        answer = browser.get(one.at(), follow_redirects=False)
        assert answer.headers["x-frame-options"] == "DENY", one.path
        page = answer.headers.get("content-type", "").startswith("text/html")
        if page and not one.path.startswith("/docs"):
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], one.path
            seen += 1
    assert seen > 40


@once
def test_what_one_citizen_said_or_looked_up_is_kept_by_no_cache(client: TestClient) -> None:
    answers = [
        client.get("/chat"),
        client.get("/chat/messages"),
        client.get("/case"),
        client.post("/case", data={"case_no": "CL-1", "code": "x"}),
    ]
    assert {one.headers.get("cache-control") for one in answers} == {"no-store"}


@once
def test_the_host_a_caller_names_is_in_no_answer(client: TestClient) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    paths = {one.at() for one in routes(client) if "GET" in one.methods}
    for path in sorted(paths | {f"{path}/" for path in paths} | {"//evil.example/chat/"}):
        answer = client.get(path, headers=evil, follow_redirects=False)
        assert "evil.example" not in f"{answer.headers}{answer.text}", path


# --- sessions ---------------------------------------------------------------------------------
@once
def test_a_log_in_never_goes_on_under_a_cookie_that_was_there_before(
    client: TestClient, office: Office
) -> None:
    planted = "cl_chosen-by-somebody-else-before-the-log-in"
    client.cookies.set(COOKIE, planted, domain="office.test", path="/staff")
    enter(client, office)
    given = {one.value for one in client.cookies.jar if one.name == COOKIE}
    assert len(given) == 1
    assert planted not in given
    other = TestClient(client.app, base_url=HERE)
    other.cookies.set(COOKIE, planted)
    assert other.get("/staff", follow_redirects=False).headers["location"] == LOGIN


@once
def test_each_log_in_has_a_secret_of_its_own(client: TestClient, office: Office) -> None:
    enter(client, office)
    first = client.cookies[COOKIE]
    form = show(client, LOGIN).form("/login")
    submit(client, form, username="clerk", password=PASSWORD)
    assert client.cookies[COOKIE] != first


@once
def test_by_https_a_cookie_planted_by_a_neighbour_site_takes_over_no_chat(office: Office) -> None:
    """Only a site of this very host can set the one with the prefix, and that goes first."""
    settings = office.settings.model_copy(update={"public_url": "https://office.example"})
    app = create_web(replace(office, settings=settings), loops=False)
    mine = TestClient(app, base_url="https://office.example")
    mine.get("/chat")
    mine.cookies.set("civicline_chat", "planted-by-a-neighbour", domain="office.example")
    mine.post("/chat/messages", data={"text": WORDS})
    assert WORDS in mine.get("/chat").text
    neighbour = TestClient(app, base_url="https://office.example")
    neighbour.cookies.set("civicline_chat", "planted-by-a-neighbour", domain="office.example")
    assert WORDS not in neighbour.get("/chat").text


# --- injection --------------------------------------------------------------------------------
CODE = (
    "' OR '1'='1",
    '\'; DROP TABLE "case"; --',
    "{{7*7}}{% for x in y %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "%(x)s %s {0.__class__} {案號}",
    "a\\b",
    "100%",
    "a_b",
)


@pytest.mark.parametrize("code", CODE)
def test_text_that_looks_like_code_is_searched_for_and_shown_as_text(
    browser: TestClient, office: Office, code: str
) -> None:
    with transaction(office.engine) as tx:
        case_no = make_case(tx, content=f"騎樓{code}堆放雜物", place=code).case_no
        make_case(tx, content="路燈不亮100ab。")
    bearer = {"Authorization": f"Bearer {browser.cookies[COOKIE]}"}
    found = browser.get(CASES, headers=bearer, params={"q": code}).json()["cases"]
    assert [one["case_no"] for one in found] == [case_no]
    assert case_no in show(browser, f"/staff?{urlencode({'q': code})}").text
    assert code in show(browser, f"/staff/cases/{case_no}").text
    assert browser.get("/staff/faq", params={"q": f"{code}{code}"}).status_code == 200
    with reading(office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(Case)) == 2


@pytest.mark.parametrize("code", CODE)
def test_text_that_looks_like_code_opens_no_case_and_is_text_in_the_chat(
    client: TestClient, office: Office, code: str
) -> None:
    with transaction(office.engine) as tx:
        number = make_case(tx).case_no
    for given in ({"case_no": code, "code": code}, {"case_no": number, "code": code}):
        answer = client.post("/case", data=given)
        assert answer.status_code == 404
        assert Page.of(answer).form("/case").fields["case_no"] == given["case_no"]
    client.get("/chat")
    assert client.post("/chat/messages", data={"text": code}).status_code == 200
    assert code in Page.of(client.get("/chat")).text


@once
def test_a_citizens_words_are_never_filled_in_as_a_template(
    browser: TestClient, office: Office
) -> None:
    with transaction(office.engine) as tx:
        case_no = make_case(tx, place="{案號}{承辦人}").case_no
    body = {"text": "在{地點}。", "case_no": case_no}
    bearer = {"Authorization": f"Bearer {browser.cookies[COOKIE]}"}
    tried = browser.post(f"{API}/templates/preview", headers=bearer, json=body)
    assert tried.json()["text"] == "在{案號}{承辦人}。"


SPLIT = "%0d%0aX-Evil:%201%0d%0a%0d%0aevil"
SPLITTABLE = (
    "/open/data/now{}/faq.csv",
    "/open/data/now/faq{}.csv",
    "/open/data/now/faq.csv{}",
    "/chat?case=CL-1151126-0007{}",
    "/chat?ask=a{}",
    "/staff/figures/2026-11{}.csv",
    "/staff/figures/2026-11/evidence.ods{}",
    "/staff/reports/1/files/x{}.pdf",
    "/staff/cases/CL-1{}/attachments/1",
    "/staff/questionnaires/2026{}/analysis.csv",
    "/staff/privacy/views?half=2026-2{}",
    "/staff/exams/2026-11{}.csv",
    f"{API}/figures/2026-11{{}}/csv",
    f"{API}/exams/2026-11{{}}/csv",
    f"{API}/faq/entries/x{{}}",
)


@once
def test_no_address_splits_a_header(browser: TestClient) -> None:
    bearer = {"Authorization": f"Bearer {browser.cookies[COOKIE]}"}
    for path in SPLITTABLE:
        answer = browser.get(path.format(SPLIT), headers=bearer, follow_redirects=False)
        assert answer.status_code < 500, path
        whole(answer)


def whole(answer: Response) -> None:
    """No header but ours, and none that goes on in another line."""
    assert "x-evil" not in answer.headers
    assert not [v for v in answer.headers.values() if "\r" in v or "\n" in v]


@once
def test_no_form_splits_a_header(browser: TestClient) -> None:
    back = {"to": "en", "back": "/staff\r\nX-Evil: 1"}
    answer = browser.post("/staff/language", data=back, follow_redirects=False)
    whole(answer)
    assert answer.headers["location"] == "/staff"
    proof = show(browser, "/staff/account").form("/logout").fields["proof"]
    for path in ("cases/CL-1%0d%0aX-Evil:1/reply", "people/officers/x%0d%0aX-Evil:1"):
        whole(browser.post(f"/staff/{path}", data={"proof": proof}, follow_redirects=False))


@once
def test_the_name_of_an_uploaded_file_is_used_for_nothing(
    browser: TestClient, office: Office
) -> None:
    with transaction(office.engine) as tx:
        case_no = make_case(tx, section="民政課").case_no
        make_officer(tx, "chief", "section_chief")
    login = show(browser, LOGIN).form("/login")
    submit(browser, login, username="chief", password=PASSWORD)
    form = show(browser, f"/staff/cases/{case_no}").form("/visits")
    seen = {"visited_at": "2026-11-26T12:00", "where": "門前", "found": "雜物"}
    name = '../../x"; evil="1\\.html'
    sent = browser.post(
        form.action,
        data={n: v for n, v in form.fields.items() if n != "photos"} | seen,
        files={"photos": (name, pictures.png(), "text/html")},
        follow_redirects=False,
    )
    assert sent.status_code == 303, sent.text
    got = browser.get(f"/staff/cases/{case_no}/attachments/1")
    assert got.headers["content-disposition"] == f'attachment; filename="{case_no}-1.png"'
    assert got.headers["content-type"] == "image/png"
    kept = [one for one in office.settings.files.rglob("*") if one.is_file()]
    assert [len(one.name) for one in kept] == [64]


ALIASES = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{one}: &{one} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, one in zip("abcdefgh", "bcdefghi", strict=True)
)


@once
def test_a_yaml_file_that_would_unfold_into_everything_is_refused(browser: TestClient) -> None:
    bearer = {"Authorization": f"Bearer {browser.cookies[COOKIE]}"}
    wrong = f"{ALIASES}\n---\n- id: x-y\n  answer: *i\n"
    for content in (ALIASES, "- {id: &a [x], aliases: [*a, *a]}\n", wrong, "[" * 100_000):
        answer = browser.post(
            f"{API}/faq/import",
            headers=bearer,
            params={"dry_run": True},
            files={"file": ("a.yaml", content.encode(), "text/yaml")},
        )
        assert answer.status_code == 422
        assert len(answer.text) < 2_000


# --- other systems ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://2852039166/latest/meta-data",
        "http://0xa9fea9fe/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://metadata.google.internal/",
        "https://169.254.169.254/",
        "https://[::ffff:a9fe:a9fe]/",
        "file:///etc/passwd",
        "gopher://10.0.0.1/",
    ],
)
@once
def test_no_system_is_told_at_an_address_that_leads_into_the_machine_room(
    browser: TestClient, url: str
) -> None:
    bearer = {"Authorization": f"Bearer {browser.cookies[COOKIE]}"}
    body = {"name": "x", "url": url, "kinds": []}
    answer = browser.post(f"{API}/subscriptions", headers=bearer, json=body)
    assert problem(answer) == (422, "bad-subscription")


NETWORK = re.compile(
    r"(?:httpx2?|requests|urllib\.request|urllib3|aiohttp|http\.client|socket|smtplib|ftplib|"
    r"telegram|websockets|grpc|subprocess|openai|anthropic|transformers|torch|onnxruntime)\b"
)
WAYS_OUT = {
    "app/doctor.py": {"telegram.error"},
    "app/links.py": {"httpx"},
    "app/loops.py": {"telegram.error"},
    "bot/polling.py": {"telegram.error"},
    "bot/subscriber.py": {"httpx"},
    "bot/telegram.py": {"telegram", "telegram.error"},
    "bot/transport.py": {"aiohttp", "httpx", "telegram.error", "telegram.request"},
}


def test_the_ways_out_are_these_and_none_leads_to_a_model() -> None:
    """So that no text of a citizen's can give anything an order."""
    found: dict[str, set[str]] = {}
    for file in (file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        names = {name for name in imported(file) if NETWORK.match(name)}
        if names:
            found[file.relative_to(ROOT).as_posix()] = names
    assert found == WAYS_OUT


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_every_package_is_pinned_to_one_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [re.fullmatch(r"([A-Za-z0-9._-]+)==[0-9][0-9A-Za-z.]*", line) for line in lines]
    assert [line for line, one in zip(lines, pinned, strict=True) if one is None] == []
    known = {plain_name(one[1]) for one in pinned if one}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    named = {plain_name(re.split(r"[\[><=]", one)[0]) for one in asked}
    assert named - known == set()


def plain_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- what is large, half, or slow -------------------------------------------------------------
@once
def test_a_body_larger_than_a_file_is_refused_wherever_it_is_sent(client: TestClient) -> None:
    large = b"x" * (files.room_for(1) + 1)
    form, parts = FORM["Content-Type"], "multipart/form-data; boundary=x"
    for path, kind in (
        ("/case", form),
        ("/case", parts),
        ("/staff/login", form),
        (TOKENS, "application/json"),
        (f"{API}/faq/import", parts),
    ):
        for body in (large, iter([large])):  # with its length told before, and without
            answer = client.post(path, content=body, headers={"Content-Type": kind})
            assert answer.status_code == 413, (path, kind)


@once
def test_where_several_files_are_taken_they_are(client: TestClient) -> None:
    client.get("/chat")
    pdf = b"%PDF-1.7\n" + b"0" * (files.MAX_BYTES - 9)
    photos = [("photos", (f"{n}.pdf", pdf, "application/pdf")) for n in range(2)]
    assert client.post("/chat/messages", files=photos).status_code == 200
    too_many = {"Content-Length": str(files.room_for(webchat.MOST_FILES) + 1)}
    answer = client.post("/chat/messages", content=b"x", headers=FORM | too_many)
    assert answer.status_code == 413


@once
def test_of_a_text_without_end_only_the_beginning_is_read(
    client: TestClient, office: Office
) -> None:
    client.get("/chat")
    sent = client.post("/chat/messages", files={"text": (None, "1-" * 500_000)})
    assert sent.status_code == 200
    with reading(office.engine) as tx:
        (kept,) = tx.scalars(select(WebMessage.content))
    assert len(Message.from_json(kept).text) == MOST_CONTENT + 1


HALF = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\\ud800\r\n'
HALVES = {"Content-Type": "multipart/form-data; charset=unicode_escape; boundary=x"}


@once
def test_half_a_character_is_refused_and_no_defect(client: TestClient) -> None:
    client.get("/chat")
    body = HALF % b"case_no" + HALF % b"code" + b"--x--\r\n"
    looked_up = client.post("/case", content=body, headers=HALVES)
    assert problem(looked_up) == (422, "invalid-request")
    said = client.post("/chat/messages", content=HALF % b"text" + b"--x--\r\n", headers=HALVES)
    assert (said.status_code, "請輸入文字" in said.text) == (422, True)


def test_no_update_makes_telegram_bring_it_for_ever(
    databases: Databases, tmp_path: Path, shelf: Shelf
) -> None:
    """An update that fails comes back, and everybody's behind it wait."""
    with databases.fresh("sqlite") as url, opened(url, tmp_path, shelf) as world:
        ming = world.citizen()
        headers = {"Content-Type": "application/json"} | world.telegram.webhook_headers()
        half = ming.person.says("身分證遺失要怎麼補領")
        half["message"]["text"] += "\ud800"
        sent = world.browser.post(WEBHOOK_PATH, content=json.dumps(half), headers=headers)
        assert sent.status_code == 200
        assert "【身分證遺失補領】" in ming.waits(1).text
        deep = b'{"update_id": 1, "a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
        assert world.browser.post(WEBHOOK_PATH, content=deep, headers=headers).status_code == 400


def until(look: Callable[[], T], tries: int = 1000) -> T:
    """What is looked for, once it is there."""
    for _ in range(tries):
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


@once
def test_photos_that_wait_to_be_looked_at_take_no_thread_from_others(office: Office) -> None:
    crowd, photo = 45, {"photos": ("a.png", pictures.png(), "image/png")}
    app = create_web(office, loops=False)
    with TestClient(app, base_url=HERE) as browser, ThreadPoolExecutor(crowd) as citizens:
        browser.get("/chat")

        def arrived() -> bool:
            assert browser.portal
            found = browser.portal.call(app.state.web_door.keeping.statistics)
            return bool(found.borrowed_tokens + found.tasks_waiting == crowd)

        with files._trying:  # as while a large picture is looked at
            sent = [
                citizens.submit(browser.post, "/chat/messages", files=photo) for _ in range(crowd)
            ]
            until(arrived)
            assert browser.get("/case").status_code == 200
        assert {one.result().status_code for one in sent} == {200}


# --- the log, and a server under attack -------------------------------------------------------
def test_nothing_in_a_text_ends_a_line_of_the_log_or_steers_a_terminal() -> None:
    text = '\r\n{"event": "forged"}\u2028\u0085\x1b[2J\x9b2J\u202egnorw'
    line = logs.write(None, "info", {"event": text, "n": {"nested": text}})
    assert line.isascii() and line.isprintable()
    assert json.loads(line) == {"event": text, "n": {"nested": text}}


@pytest.mark.parametrize(
    "secret",
    [
        "AGE-SECRET-KEY-1QQPQYYSZQGPQYYSZQGPQYYSZQGPQYYSZQGPQYYSZQGPQYYSZQGPQYYSZ",
        "whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
        KEYRING.as_text().strip(),
        "cl_abcdefghijklmnopqrstuvwxyz012345",
    ],
)
def test_a_secret_is_masked_wherever_it_stands_in_a_line(secret: str) -> None:
    error = ValueError(f"a{secret}")
    line = logs.write(
        None, "error", {"event": "x", "error": error, "more": [secret, {"b": secret}]}
    )
    assert secret[-20:-2] not in line


# What `python -m app serve` does, with everything written down that any library would say.
PROGRAM = """
import logging, sys, uvicorn
from app import logs, office, settings, web
logs.set_up(logging.DEBUG)
made = web.create_web(office.build(settings.read()))
told = {"log_config": None, "access_log": False, "proxy_headers": False}
uvicorn.Server(uvicorn.Config(made, host="127.0.0.1", port=int(sys.argv[1]), **told)).run()
"""


@dataclass
class Running:
    """The program in a process of its own, its folder, and the fake Telegram it serves."""

    port: int
    folder: Path
    url: str
    telegram: BotApi
    secrets: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, **headers: str
    ) -> tuple[int, Headers, str]:
        """Status, headers and text of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body.encode() if isinstance(body, str) else body, named)
        answer = connection.getresponse()
        told = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return told

    def post(
        self, path: str, fields: Mapping[str, str], cookie: str = ""
    ) -> tuple[int, Headers, str]:
        """Send a form."""
        return self.ask("POST", path, urlencode(fields), Cookie=cookie, **FORM)

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/case")[0] == 200
        except OSError:
            return False

    @property
    def written(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def running(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with ExitStack() as stack:
        url = stack.enter_context(databases.fresh("sqlite"))
        telegram = stack.enter_context(BotApi())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made = Running(port, tmp_path_factory.mktemp("running"), url, telegram)
        stack.enter_context(started(made))
        yield made


@contextmanager
def started(running: Running) -> Iterator[None]:
    given = {
        "DATABASE_URL": running.url,
        "DATA_DIR": str(running.folder / "data"),
        "SEALING_KEYS": KEYRING.as_text().strip(),
        "TELEGRAM_BOT_TOKEN": running.telegram.token,
        "TELEGRAM_API_BASE_URL": running.telegram.url,
        "PUBLIC_URL": "https://office.example",
    }
    with (running.folder / "log").open("wb") as log:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(running.port)],
            env=os.environ | given,
            cwd=ROOT,
            stderr=log,
        )
        try:
            until(running.answers, 3000)
            running.telegram.wait_for(lambda: running.telegram.webhook.url, 30)
            yield
        finally:
            program.terminate()
            program.wait(60)


def test_bodies_that_never_end_hold_up_nobody(running: Running) -> None:
    """More of them than there are threads and connections to the database."""
    secret = running.telegram.webhook_headers()
    paths = ("/case", "/chat/messages", "/staff/login", TOKENS, WEBHOOK_PATH)
    head = "".join(f"{name}: {value}\r\n" for name, value in (secret | FORM).items())
    with ExitStack() as hanging:
        for n in range(100):
            slow = hanging.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            begun = f"POST {paths[n % 5]} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n"
            slow.sendall(f"{begun}Cookie: civicline_chat=x\r\n{head}\r\ncase_no=".encode())
        assert running.post("/case", {"case_no": "CL-1", "code": "x"})[0] == 404
        assert running.ask("GET", "/chat")[0] == 200


FORGED = '\r\n{"event": "forged"}\u2028\x9b2J'


@pytest.fixture(scope="module")
def troubled(running: Running) -> Running:
    """After a day on which secrets were shown everywhere and everything went wrong."""
    engine = engine_for(running.url, KEYRING)
    running.secrets = {"bot token": running.telegram.token.split(":")[1], "words": WORDS}
    running.secrets |= {"webhook": [*running.telegram.webhook_headers().values()][-1]}
    running.secrets |= {"sealing key": KEYRING.as_text().strip().split(":")[1]}
    staff_comes_in(running)
    citizens_come(running)
    with transaction(engine) as tx:
        case = make_case(tx, now=roof.system_clock())
        running.secrets["look-up code"] = case.lookup_code
    for code in (case.lookup_code, "WRONG1"):
        running.post("/case", {"case_no": case.case_no, "code": code})
    telegram_fails(running)
    the_machine_fails(running)
    until(lambda: all(one in running.written for one in LOGGED))
    engine.dispose()
    return running


LOGGED = ("message waits", "Exception in ASGI application", "database unavailable")


def staff_comes_in(running: Running) -> None:
    """By password, code and token; with wrong ones, too."""
    engine = engine_for(running.url, KEYRING)
    now = roof.system_clock()
    with transaction(engine) as tx:
        make_officer(tx, "clerk")
        make_officer(tx, "careful")
    phone = set_up_phone(engine, "careful", now)
    engine.dispose()
    wrong = "not-the-password-9"
    running.post("/staff/login", {"username": f"clerk{FORGED}", "password": wrong})
    running.post("/staff/login", {"username": "clerk", "password": wrong})
    half = running.post("/staff/login", {"username": "careful", "password": PASSWORD})[2]
    running.post("/staff/login/code", {"half": half, "code": "000000"})
    _, headers, _ = running.post("/staff/login", {"username": "clerk", "password": PASSWORD})
    cookie = headers["set-cookie"].split(";")[0]
    page = running.ask("GET", "/staff/account", Cookie=cookie)[2]
    proof = re.findall(r'name="proof" value="(\w+)"', page)[0]
    running.post("/staff/account/password", {"proof": proof, "old": wrong}, cookie)
    body = json.dumps({"username": "clerk", "password": PASSWORD})
    kind = "application/json"
    token = json.loads(running.ask("POST", TOKENS, body, Content_Type=kind)[2])["token"]
    assert running.ask("GET", f"{API}/me", Authorization=f"Bearer {token}")[0] == 200
    running.ask("GET", f"{API}/me?token={token}", Authorization=f"Bearer {token[:-1]}")
    running.secrets |= {"password": PASSWORD, "wrong password": wrong, "totp": phone.secret}
    running.secrets |= {"cookie": cookie.split("=")[1], "proof": proof, "api token": token}


def citizens_come(running: Running) -> None:
    _, headers, _ = running.ask("GET", "/chat")
    cookie = headers["set-cookie"].split(";")[0]
    running.secrets["chat cookie"] = cookie.split("=")[1]
    assert running.post("/chat/messages", {"text": f"{WORDS}{FORGED}"}, cookie)[0] == 303


def telegram_fails(running: Running) -> None:
    """Telegram refuses, and somebody posts in its name."""
    ming = running.telegram.person(2002, first_name=WORDS, started=True)
    running.telegram.fail_next("sendMessage", 500, f"Internal {FORGED}")
    kind = {"Content-Type": "application/json"}
    for secret in (running.telegram.webhook_headers(), {}):
        update = json.dumps(ming.says(f"{WORDS}{FORGED}"))
        status = running.ask("POST", WEBHOOK_PATH, update, **(kind | secret))[0]
        assert status == (200 if secret else 401)


def the_machine_fails(running: Running) -> None:
    """The folder for files is none, and a table is gone."""
    (running.folder / "data").mkdir(exist_ok=True)
    (running.folder / "data" / "files").write_bytes(b"")
    cookie = f"__Host-civicline_chat={running.secrets['chat cookie']}"
    part = '--x\r\nContent-Disposition: form-data; name="{}\r\n\r\n'
    body = part.format('text"') + WORDS + "\r\n" + part.format(f'photos"; filename="{WORDS}.png"')
    form = {"Content-Type": "multipart/form-data; boundary=x", "Cookie": cookie}
    photo = body.encode() + pictures.png() + b"\r\n--x--\r\n"
    assert running.ask("POST", "/chat/messages", photo, **form)[0] == 500
    engine = engine_for(running.url, KEYRING)
    with transaction(engine) as tx:
        Opened.__table__.drop(tx.connection())  # type: ignore[attr-defined]
    engine.dispose()
    assert running.ask("GET", f"/open/data/2026-09{quote(FORGED)}/cases.csv")[0] == 503


def test_no_secret_is_in_the_log_at_any_level_whatever_goes_wrong(troubled: Running) -> None:
    written = troubled.written
    assert '"level": "debug"' in written and "Traceback" in written
    assert [name for name, secret in troubled.secrets.items() if secret in written] == []


def test_whatever_is_sent_a_line_of_the_log_is_one_the_program_wrote(troubled: Running) -> None:
    lines = troubled.written.splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert "database unavailable" in events
    assert "forged" not in events
    assert all(line.isprintable() for line in lines)
