"""Tokens for programs: scopes, expiry, ending; and where a log-in can be seen and ended."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from admin_api import tokens
from admin_api.policy import Scope
from admin_api.tables import AccountEvent, ApiToken
from app.office import Office
from complaints.tables import Officer
from data.database import reading, transaction
from tests.admin_api.staff import (
    API,
    CASES,
    TOKENS,
    Clock,
    Headers,
    LogIn,
    make_token,
    once,
    problem,
    set_up_phone,
)
from tests.makers import NOON, PASSWORD, make_officer
from tests.served import create_web

OWN = f"{TOKENS}/own"
ME = f"{API}/me"
FIGURES = f"{API}/figures/2026-11"
OUT_OF_SCOPE = (403, "out-of-scope")
NOT_LOGGED_IN = (401, "not-logged-in")
ASKED = {"name": "月報", "scopes": ["figures:read"], "days": 30}
METHODS = ("get", "post", "put", "delete", "patch")
PLACES = {
    "period": "2026-11",
    "month": "2026-11",
    "year": "2026",
    "handle": "0" * 16,
    "case_no": "WH-1",
    "kind": "x",
}
# Posts that only look: the words asked for are no business of an address and its logs.
LOOKING = {f"post {API}/desk/{name}" for name in ("similar", "look-up", "find")} | {
    f"post {API}/faq/try"
}

# What a token for figures reads.
OF_FIGURES = {
    "figures/{period}",
    "figures/{period}/csv",
    "figures/{period}/evidence",
    "reports",
    "reports/{number}",
    "reports/{number}/content",
    "reports/{number}/files/{name}",
    "exams",
    "exams/{month}",
    "exams/{month}/csv",
    "decisions",
    "decisions/{number}",
    "questionnaires",
    "questionnaires/{year}",
    "questionnaires/{year}/analysis",
    "questionnaires/{year}/analysis/csv",
}


def walk(client: TestClient) -> Iterator[tuple[str, str, str]]:
    """Every operation of the interface: its name, method, and an address of it."""
    schema: dict[str, Any] = client.get("/api/openapi.json").json()
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                address = re.sub(r"{(\w+)}", lambda found: PLACES.get(found[1], "1"), path)
                address = address.replace("2026-11/evidence", "2026/evidence")  # of a year
                yield f"{method} {path}", method, address


def log_in(client: TestClient, **more: str) -> Headers:
    body = {"username": "clerk", "password": PASSWORD} | more
    return {"Authorization": f"Bearer {client.post(TOKENS, json=body).json()['token']}"}


@once
def test_a_token_for_figures_opens_figures_and_nothing_else(
    client: TestClient, staff: Headers
) -> None:
    me = make_token(client, staff, "figures:read")
    answers = {
        name: client.request(method, address, headers=me)
        for name, method, address in walk(client)
        if name != f"post {TOKENS}"  # the log-in itself, which takes no token
    }
    assert len(answers) >= 130
    opened = {name for name, answer in answers.items() if answer.status_code not in {403, 422}}
    assert opened == {f"get {API}/{path}" for path in OF_FIGURES}
    for name in answers.keys() - opened:
        # In a room with figures, who sends what is not even a request hears so first.
        shapeless = re.match(rf"post {API}/(exams|decisions|questionnaires|reports)\b", name)
        expected = {OUT_OF_SCOPE, (422, "invalid-request")} if shapeless else {OUT_OF_SCOPE}
        assert problem(answers[name]) in expected, name
    assert client.get(FIGURES, headers=me).status_code == 200


@once
def test_tokens_that_read_change_nothing(client: TestClient, staff: Headers) -> None:
    me = make_token(client, staff, "cases:read", "faq:read", "figures:read", "clock:read")
    for name, method, address in walk(client):
        if method == "get" or name == f"post {TOKENS}" or name in LOOKING:
            continue
        # Who sends what is not even a request hears so first; no body here is a request.
        answer = client.request(method, address, headers=me, json={})
        assert answer.status_code in {403, 422}, name


@once
def test_a_token_reads_what_its_scope_names(client: TestClient, staff: Headers) -> None:
    opened = {
        "cases:read": {"cases", "sections", "villages", "officers", "tasks", "templates"},
        "faq:read": {"faq/entries", "law-changes", "desk/popular"},
        "clock:read": {"rules", "practice"},
    }
    for scope, paths in opened.items():
        me = make_token(client, staff, scope)
        for path in set().union(*opened.values()):
            answer = client.get(f"{API}/{path}", headers=me)
            assert answer.status_code == (200 if path in paths else 403), (scope, path)


@once
def test_a_token_makes_no_token_and_changes_no_account(client: TestClient, log_in: LogIn) -> None:
    admin = log_in("root", role="administrator")
    me = make_token(client, admin, *(scope.value for scope in Scope))
    for method, path in (
        ("post", OWN),
        ("get", OWN),
        ("delete", f"{TOKENS}/current"),
        ("delete", f"{OWN}/{'0' * 16}"),
        ("delete", f"{API}/officers/root/tokens"),
        ("delete", f"{API}/officers/root/second-factor"),
    ):
        answer = client.request(method, path, headers=me, json=ASKED)
        assert problem(answer) == OUT_OF_SCOPE
    assert client.get(CASES, headers=me).status_code == 200


def test_a_token_is_shown_once_listed_and_ended(
    client: TestClient, office: Office, staff: Headers
) -> None:
    made = client.post(OWN, headers=staff, json=ASKED)
    assert made.status_code == 201
    told = made.json()
    assert told["token"].startswith("cl_")
    assert (told["kind"], told["scopes"]) == ("token", ["figures:read"])
    assert told["expires_at"] == "2026-12-26T04:00:00Z"
    me = {"Authorization": f"Bearer {told['token']}"}
    assert client.get(FIGURES, headers=me).status_code == 200
    listed = client.get(OWN, headers=staff)
    assert told["token"] not in listed.text
    assert {one["handle"] for one in listed.json()} >= {told["handle"]}
    path = f"{OWN}/{told['handle']}"
    assert client.delete(path, headers=staff).status_code == 204
    assert problem(client.get(FIGURES, headers=me)) == NOT_LOGGED_IN
    assert problem(client.delete(path, headers=staff)) == (404, "unknown-token")
    with reading(office.engine) as tx:
        assert list(tx.scalars(select(AccountEvent.what))) == ["token_made", "token_ended"]
        row = tx.scalars(select(ApiToken).where(ApiToken.kind == "token")).one()
        assert told["token"] not in str(vars(row))


def test_a_token_ends_on_its_day(client: TestClient, clock: Clock, staff: Headers) -> None:
    me = make_token(client, staff, "figures:read")  # ninety days
    clock.forward(days=89, hours=23)
    assert client.get(FIGURES, headers=me).status_code == 200
    clock.forward(hours=1)
    assert problem(client.get(FIGURES, headers=me)) == NOT_LOGGED_IN


@once
@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["cases"]},
        {"scopes": "figures:read"},
        {"days": 0},
        {"days": 367},
        {"days": "30"},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 61},
        {"expires_at": "2099-01-01"},
    ],
)
def test_a_token_that_cannot_be_is_not_made(
    client: TestClient, office: Office, staff: Headers, wrong: dict[str, Any]
) -> None:
    answer = client.post(OWN, headers=staff, json=ASKED | wrong)
    assert answer.status_code == 422
    with reading(office.engine) as tx:
        assert tx.scalar(select(func.count()).where(ApiToken.kind == "token")) == 0


@once
def test_nobody_ends_the_log_in_of_another(client: TestClient, log_in: LogIn) -> None:
    mine, theirs = log_in("me"), log_in("other")
    handle = client.get(OWN, headers=theirs).json()[0]["handle"]
    assert problem(client.delete(f"{OWN}/{handle}", headers=mine)) == (404, "unknown-token")
    assert client.get(ME, headers=theirs).status_code == 200


@once
def test_a_token_of_a_closed_account_opens_nothing(
    client: TestClient, office: Office, staff: Headers
) -> None:
    me = make_token(client, staff, "figures:read")
    with transaction(office.engine) as tx:
        tx.execute(update(Officer).values(active=False))
    assert problem(client.get(FIGURES, headers=me)) == NOT_LOGGED_IN


def test_a_token_does_less_when_its_officer_may_do_less(
    client: TestClient, office: Office, staff: Headers
) -> None:
    me = make_token(client, staff, "cases:read")
    assert client.get(CASES, headers=me).status_code == 200
    with transaction(office.engine) as tx:
        tx.execute(update(Officer).values(role="faq_editor"))
    assert problem(client.get(CASES, headers=me)) == (403, "forbidden")


def test_last_use_is_noted_once_a_minute(
    client: TestClient, office: Office, clock: Clock, staff: Headers
) -> None:
    def used() -> Any:
        with reading(office.engine) as tx:
            return tokens.used(tx.scalars(select(ApiToken)).one())

    clock.forward(seconds=59)
    client.get(ME, headers=staff)
    assert used() == NOON
    clock.forward(seconds=1)
    client.get(ME, headers=staff)
    assert used() == clock()


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("x", "unknown")],
)
def test_of_the_address_only_the_network_is_kept(
    office: Office, address: str, network: str
) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)
    there = TestClient(create_web(office), client=(address, 50000))
    (row,) = there.get(OWN, headers=log_in(there)).json()
    assert (row["kind"], row["name"], row["network"]) == ("bearer", "API", network)
    with reading(office.engine) as tx:
        (stored,) = tx.execute(select(ApiToken.__table__)).all()
    assert f"{address}'" not in str(stored)


def test_an_administrator_ends_all_log_ins_and_tokens_of_a_colleague(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    admin, theirs, again = log_in("root", role="administrator"), log_in("clerk"), log_in("clerk")
    token = make_token(client, theirs, "figures:read")
    path = f"{API}/officers/clerk/tokens"
    assert problem(client.delete(path, headers=theirs)) == (403, "forbidden")
    assert client.delete(path, headers=admin).status_code == 204
    for headers, where in ((theirs, ME), (again, ME), (token, FIGURES)):
        assert problem(client.get(where, headers=headers)) == NOT_LOGGED_IN
    assert client.get(ME, headers=admin).status_code == 200
    nobody = client.delete(f"{API}/officers/nobody/tokens", headers=admin)
    assert problem(nobody) == (404, "unknown-account")
    with reading(office.engine) as tx:
        assert "sessions_ended" in tx.scalars(select(AccountEvent.what)).all()


def test_nobody_makes_tokens_without_end(office: Office) -> None:
    with transaction(office.engine) as tx:
        officer = make_officer(tx)
        asked: dict[str, Any] = {"name": "x", "scopes": ["figures:read"], "days": 1, "now": NOON}
        for _ in range(tokens.MOST_TOKENS):
            tokens.make_token(tx, officer, **asked)
        with pytest.raises(tokens.BadToken):
            tokens.make_token(tx, officer, **asked)


@once
def test_where_a_second_factor_is_required_nothing_opens_without_it(
    office: Office, staff: Headers, clock: Clock
) -> None:
    settings = office.settings.model_copy(update={"staff_second_factor": "required"})
    client = TestClient(create_web(replace(office, settings=settings)))
    for name, method, address in walk(client):
        if name not in {f"post {TOKENS}", f"delete {TOKENS}/current"}:
            answer = client.request(method, address, headers=staff)
            assert problem(answer) == (403, "second-factor-missing"), name
    set_up_phone(office.engine, "clerk", clock())
    assert client.get(ME, headers=staff).status_code == 200
    assert client.delete(f"{TOKENS}/current", headers=staff).status_code == 204


@once
def test_where_there_is_no_second_factor_none_is_asked_for(
    office: Office, staff: Headers, clock: Clock
) -> None:
    assert staff
    set_up_phone(office.engine, "clerk", clock())
    settings = office.settings.model_copy(update={"staff_second_factor": "off"})
    client = TestClient(create_web(replace(office, settings=settings)))
    assert client.get(ME, headers=log_in(client)).status_code == 200
