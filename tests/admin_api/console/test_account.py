"""The account page: password, second factor, log-ins and tokens, by forms of a browser."""

from dataclasses import replace

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from admin_api.console.sessions import COOKIE
from app.office import Office
from data.database import transaction
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_pages import HOME, LOGIN, enter, holding, show, submit, unlabelled
from tests.admin_api.staff import API, Clock, Headers, LogIn, Phone, once, set_up_phone
from tests.makers import PASSWORD, make_officer
from tests.served import create_web

ACCOUNT = f"{HOME}/account"
FACTOR = f"{ACCOUNT}/second-factor"
COLLEAGUES = f"{ACCOUNT}/colleagues"
NEW = "another-horse-8"
HTTPS = "https://office.example"


@pytest.fixture
def browser(client: TestClient, office: Office) -> TestClient:
    """A browser in which clerk, a case controller, logged in by the form."""
    enter(client, office)
    return client


def with_rule(office: Office, rule: str) -> TestClient:
    settings = office.settings.model_copy(update={"staff_second_factor": rule})
    return TestClient(create_web(replace(office, settings=settings)))


def type_password(client: TestClient, password: str = PASSWORD) -> Response:
    form = show(client, LOGIN).form("/login")
    return submit(client, form, username="clerk", password=password)


def type_code(client: TestClient, asked: Response, code: str) -> Response:
    return submit(client, Page.of(asked).form("/login/code"), code=code)


def codes_of(page: Page) -> list[str]:
    return [word for word in page.text.split() if len(word) == 11 and word[5] == "-"]


def is_out(client: TestClient) -> bool:
    answer = client.get(ACCOUNT, follow_redirects=False)
    return (answer.status_code, answer.headers.get("location")) == (303, LOGIN)


# --- password


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ({"old": "wrong"}, 422, "目前的密碼不對"),
        ({"again": "something-else"}, 422, "不一樣"),
        ({"new": "short", "again": "short"}, 422, "10 到 200 個字"),
        ({"new": PASSWORD, "again": PASSWORD}, 422, "不能和目前的一樣"),
    ],
)
@once
def test_a_password_that_will_not_do_is_told(
    browser: TestClient, typed: dict[str, str], status: int, told: str
) -> None:
    form = show(browser, ACCOUNT).form("/password")
    answer = submit(browser, form, **({"old": PASSWORD, "new": NEW, "again": NEW} | typed))
    assert answer.status_code == status
    assert told in Page.of(answer).text
    assert type_password(browser).status_code == 303


def test_a_new_password_ends_every_other_log_in(
    browser: TestClient, office: Office, log_in: LogIn
) -> None:
    other = holding(TestClient(create_web(office)), log_in("clerk"))
    show(other, ACCOUNT)
    form = show(browser, ACCOUNT).form("/password")
    answer = submit(browser, form, old=PASSWORD, new=NEW, again=NEW)
    assert answer.headers["location"] == f"{ACCOUNT}?done=password"
    page = show(browser, answer.headers["location"])
    assert "密碼已更改" in page.text
    assert "更改密碼" in page.text
    assert is_out(other)
    assert type_password(other).status_code == 401
    assert type_password(other, NEW).status_code == 303


@once
def test_old_passwords_guessed_on_the_page_lock_the_account(browser: TestClient) -> None:
    form = show(browser, ACCOUNT).form("/password")
    for n in range(5):
        submit(browser, form, old=f"{n}", new=NEW, again=NEW)
    locked = submit(browser, form, old=PASSWORD, new=NEW, again=NEW)
    assert (locked.status_code, "15 分鐘" in locked.text) == (429, True)


# --- log-ins and tokens


def test_log_ins_are_listed_and_ended_one_or_all(
    browser: TestClient, office: Office, log_in: LogIn
) -> None:
    first, second = (holding(TestClient(create_web(office)), log_in("clerk")) for _ in range(2))
    page = show(browser, ACCOUNT)
    ends = [form for form in page.forms if form.action.endswith("/end")]
    assert len(ends) == 2  # this one is ended by logging out
    assert "網頁（unknown）：這裡" in page.text
    submit(browser, ends[0])
    assert [is_out(first), is_out(second)].count(True) == 1
    answer = submit(browser, show(browser, ACCOUNT).form("/end-others"))
    assert "其他裝置都已登出" in show(browser, answer.headers["location"]).text
    assert is_out(first)
    assert is_out(second)


def test_a_log_in_unused_for_two_hours_is_over(
    browser: TestClient, clock: Clock, log_in: LogIn
) -> None:
    for _ in range(2):
        clock.forward(hours=1, minutes=59)
        show(browser, ACCOUNT)
    clock.forward(hours=2)
    assert is_out(browser)


@once
def test_how_long_unused_is_a_setting(office: Office, clock: Clock) -> None:
    settings = office.settings.model_copy(update={"staff_idle_minutes": 5})
    client = TestClient(create_web(replace(office, settings=settings)))
    enter(client, office)
    clock.forward(minutes=4)
    show(client, ACCOUNT)
    clock.forward(minutes=5)
    assert is_out(client)


def test_a_token_is_made_shown_once_and_opens_no_page(browser: TestClient, office: Office) -> None:
    form = show(browser, ACCOUNT).form("/account/tokens")
    assert "scopes" not in form.fields
    assert submit(browser, form, name="月報").status_code == 422
    assert submit(browser, form, name="月報", scopes="everything").status_code == 422
    assert submit(browser, form, name="月報", scopes="figures:read", days="999").status_code == 422
    made = submit(browser, form, name="月報", scopes="figures:read")
    (token,) = [word for word in Page.of(made).text.split() if word.startswith("cl_")]
    assert made.headers["cache-control"] == "no-store"
    me = {"Authorization": f"Bearer {token}"}
    assert browser.get(f"{API}/figures/2026-11", headers=me).status_code == 200
    page = show(browser, ACCOUNT)
    assert token not in page.text
    assert "月報" in page.text
    assert "讀統計" in page.text
    assert is_out(holding(TestClient(create_web(office)), me))
    (end,) = [one for one in page.forms if one.action.endswith("/end")]
    submit(browser, end)
    assert browser.get(f"{API}/figures/2026-11", headers=me).status_code == 401


@once
def test_no_form_of_the_account_works_without_its_proof(browser: TestClient) -> None:
    paths = {
        "password": {"old": PASSWORD, "new": NEW, "again": NEW},
        "sessions/end-others": {},
        "tokens": {"name": "x", "scopes": "figures:read", "days": "30"},
        f"tokens/{'0' * 16}/end": {},
        "second-factor/begin": {},
        "second-factor/confirm": {"code": "1"},
        "second-factor/off": {"code": "1"},
        "colleagues/clerk/end-sessions": {},
        "colleagues/clerk/reset-second-factor": {},
    }
    for path, fields in paths.items():
        for proof in ({}, {"proof": "guessed"}):
            answer = browser.post(f"{ACCOUNT}/{path}", data=fields | proof)
            assert answer.status_code == 403, path
    assert not is_out(browser)


# --- second factor


def test_a_second_factor_is_set_up_by_picture_or_text_and_asked_for(
    browser: TestClient, clock: Clock
) -> None:
    submit(browser, show(browser, FACTOR).form("/begin"))
    page = show(browser, FACTOR)
    (secret,) = [word for word in page.text.split() if len(word) == 32]
    (uri,) = [word for word in page.text.split() if word.startswith("otpauth://totp/")]
    assert f"secret={secret}" in uri
    (image,) = page.all("img")
    picture = browser.get(image["src"])
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.content.startswith(b"<?xml")
    assert picture.headers["cache-control"] == "no-store"
    phone = Phone(secret)
    wrong = submit(browser, page.form("/confirm"), code="000000")
    assert (wrong.status_code, "驗證碼不對" in wrong.text) == (422, True)
    codes = codes_of(Page.of(submit(browser, page.form("/confirm"), code=phone.code(clock()))))
    assert len(codes) == 10
    for hidden in (secret, *codes):
        assert hidden not in browser.get(FACTOR).text
    assert browser.get(image["src"]).status_code == 409
    clock.forward(seconds=30)
    asked = type_password(browser)
    assert asked.status_code == 200
    assert "set-cookie" not in asked.headers
    wrong = type_code(browser, asked, "000000")
    assert (wrong.status_code, "驗證碼不對" in wrong.text) == (401, True)
    assert type_code(browser, wrong, phone.code(clock())).status_code == 303
    assert type_code(browser, asked, codes[0]).status_code == 401  # that log-in is over
    assert type_code(browser, type_password(browser), codes[0]).status_code == 303
    assert "還有 9 組備用碼" in show(browser, FACTOR).text


@once
def test_a_log_in_that_waits_for_its_code_opens_nothing_and_ends(
    client: TestClient, office: Office, clock: Clock
) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)
    phone = set_up_phone(office.engine, "clerk", clock())
    asked = type_password(client)
    half = Page.of(asked).form("/login/code").fields["half"]
    assert is_out(holding(client, {"Authorization": f"Bearer {half}"}))
    bearer = {"Authorization": f"Bearer {half}"}
    assert client.get(f"{API}/me", headers=bearer).status_code == 401
    clock.forward(minutes=5)
    late = type_code(client, asked, phone.code(clock()))
    assert (late.status_code, "登入逾時" in late.text) == (401, True)


@once
def test_wrong_codes_lock_the_account_on_the_page_too(
    client: TestClient, office: Office, clock: Clock
) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)
    phone = set_up_phone(office.engine, "clerk", clock())
    asked = type_password(client)
    assert {type_code(client, asked, "000000").status_code for _ in range(5)} == {401}
    locked = type_code(client, asked, phone.code(clock()))
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "900")


@once
def test_ones_own_is_switched_off_by_a_last_code(
    browser: TestClient, office: Office, clock: Clock
) -> None:
    phone = set_up_phone(office.engine, "clerk", clock())
    form = show(browser, FACTOR).form("/off")
    assert submit(browser, form, code="000000").status_code == 422
    assert submit(browser, form, code=phone.code(clock())).status_code == 303
    assert type_password(browser).status_code == 303


def test_who_must_have_a_second_factor_is_led_to_it_and_nowhere_else(
    office: Office, clock: Clock, log_in: LogIn
) -> None:
    client = holding(with_rule(office, "required"), log_in("clerk"))
    for path in (HOME, f"{HOME}/figures", ACCOUNT, COLLEAGUES):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, FACTOR), path
    refused = client.post(f"{ACCOUNT}/password", data={}, follow_redirects=False)
    assert refused.headers["location"] == FACTOR
    page = show(client, FACTOR)
    assert "本機關要求兩步驟驗證" in page.text
    submit(client, page.form("/begin"))
    page = show(client, FACTOR)
    phone = Phone(next(word for word in page.text.split() if len(word) == 32))
    submit(client, page.form("/confirm"), code=phone.code(clock()))
    show(client, ACCOUNT)
    show(client, f"{HOME}/figures")


@once
def test_where_none_is_offered_none_can_be_set_up(office: Office, log_in: LogIn) -> None:
    client = holding(with_rule(office, "off"), log_in("clerk"))
    page = show(client, FACTOR)
    assert "未開放" in page.text
    proof = page.form("/logout").fields
    assert submit(client, Form(f"{FACTOR}/begin", proof)).status_code == 409


# --- colleagues


def test_an_administrator_ends_log_ins_and_switches_off_a_lost_telephone(
    client: TestClient, office: Office, clock: Clock, log_in: LogIn
) -> None:
    theirs = log_in("clerk")
    set_up_phone(office.engine, "clerk", clock())
    holding(client, log_in("root", role="administrator"))
    assert "同仁的帳號" in show(client, ACCOUNT).text
    page = show(client, COLLEAGUES)
    assert "clerk先生" in page.text
    submit(client, page.form("/clerk/end-sessions"))
    assert client.get(f"{API}/me", headers=theirs).status_code == 401
    answer = submit(client, page.form("/clerk/reset-second-factor"))
    assert "已停用這位同仁的兩步驟驗證" in show(client, answer.headers["location"]).text
    other = TestClient(create_web(office))
    assert type_password(other).status_code == 303
    assert "停用兩步驟驗證（管理者）" in " ".join(show(other, ACCOUNT).text.split())


@once
@pytest.mark.parametrize("role", ["case_controller", "director", "faq_editor"])
def test_nobody_else_sees_or_touches_the_accounts_of_colleagues(
    client: TestClient, log_in: LogIn, role: str
) -> None:
    holding(client, log_in("me", role=role))
    page = show(client, ACCOUNT)
    assert not any(link["href"] == COLLEAGUES for link in page.all("a"))
    assert client.get(COLLEAGUES).status_code == 403
    proof = page.form("/logout").fields
    for verb in ("end-sessions", "reset-second-factor"):
        assert submit(client, Form(f"{COLLEAGUES}/me/{verb}", proof)).status_code == 403
    assert not is_out(client)


# --- cookies and pages


@once
def test_by_https_the_browser_itself_holds_the_cookie_to_this_host(office: Office) -> None:
    settings = office.settings.model_copy(update={"public_url": HTTPS})
    client = TestClient(create_web(replace(office, settings=settings)), base_url=HTTPS)
    name, *flags = enter(client, office).headers["set-cookie"].split("; ")
    assert name.startswith(f"__Host-{COOKIE}=cl_")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=strict"} <= set(flags)
    assert not any(flag.startswith("Domain") for flag in flags)
    submit(client, show(client, ACCOUNT).form("/logout"))
    assert f"__Host-{COOKIE}" not in client.cookies
    client.cookies.set(COOKIE, name.partition("=")[2])  # the name of plain http opens nothing
    assert is_out(client)


@once
def test_the_account_pages_need_no_script_and_every_field_has_its_label(
    client: TestClient, office: Office, clock: Clock, log_in: LogIn
) -> None:
    holding(client, log_in("root", role="administrator"))
    pages = [client.get(path) for path in (ACCOUNT, FACTOR, COLLEAGUES)]
    submit(client, show(client, FACTOR).form("/begin"))
    pages.append(client.get(FACTOR))
    log_in("clerk")
    set_up_phone(office.engine, "clerk", clock())
    pages.append(type_password(TestClient(create_web(office))))
    for answer in pages:
        page = Page.of(answer)
        assert len(page.all("h1")) == 1
        assert unlabelled(page) == []
        assert page.strange_scripts() + page.all("style") == []
        assert not any("style" in found for _, found in page.elements)
        assert "img-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


@once
def test_pages_of_the_account_are_closed_without_a_log_in(
    client: TestClient, staff: Headers
) -> None:
    assert staff
    for path in ("", "/second-factor", "/second-factor/picture", "/colleagues"):
        answer = client.get(ACCOUNT + path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)
