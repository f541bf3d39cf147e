"""Log-ins by address, behind proxies, and what every answer carries."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from threading import Barrier

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from admin_api import accounts, logins
from admin_api.access import StaffDoor
from admin_api.logins import LogInRefused, TooManyTries
from admin_api.tables import LogInTry
from admin_api.tokens import Kind, NotLoggedIn
from app.office import Office
from data.database import engine_for, reading, transaction
from data.networks import network_of, place_of
from faq.keeping.index import Shelf
from faq.language.words import Words
from tests.admin_api.staff import API, TOKENS, Clock, LogIn, once, problem
from tests.databases import KEYRING, Databases
from tests.makers import NOON, PASSWORD, make_officer
from tests.served import create_web

TOO_MANY = (429, "too-many-tries")
HERE, THERE = "203.0.113.7", "203.0.113.8"
HSTS = "strict-transport-security"


def at(office: Office, address: str, **settings: str | None) -> TestClient:
    """A client at this address, of an office with these settings."""
    changed = office.settings.model_copy(update=settings)
    return TestClient(create_web(replace(office, settings=changed)), client=(address, 50000))


def guess(client: TestClient, username: str, **headers: str) -> Response:
    body = {"username": username, "password": "wrong"}
    return client.post(TOKENS, json=body, headers=headers)


def spend(office: Office, address: str, count: int) -> None:
    """So many tries from this address failed, without the time passwords take."""
    for _ in range(count):
        with transaction(office.engine) as tx:
            logins.note_try(tx, address, office.clock())


@pytest.fixture
def clerk(office: Office) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)


def right(client: TestClient) -> Response:
    return client.post(TOKENS, json={"username": "clerk", "password": PASSWORD})


def test_thirty_in_a_quarter_of_an_hour() -> None:
    assert (30, timedelta(minutes=15)) == (logins.TRIES, logins.TRIES_WITHIN)


@pytest.mark.usefixtures("clerk")
def test_an_address_that_fails_too_often_waits_whatever_the_account(
    office: Office, clock: Clock
) -> None:
    here, there = at(office, HERE), at(office, THERE)
    spend(office, HERE, 27)
    for n in range(3):
        assert problem(guess(here, f"nobody{n}")) == (401, "not-logged-in")
        clock.forward(minutes=1)
    refused = right(here)
    assert problem(refused) == TOO_MANY
    assert refused.headers["retry-after"] == "720"
    assert right(there).status_code == 201
    clock.forward(minutes=12)
    assert right(here).status_code == 201


@pytest.mark.usefixtures("clerk")
def test_right_log_ins_do_not_count(office: Office) -> None:
    here = at(office, HERE)
    spend(office, HERE, 29)
    assert [right(here).status_code for _ in range(5)] == [201] * 5
    with reading(office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(LogInTry)) == 29


@pytest.mark.usefixtures("clerk")
def test_two_processes_count_together_and_no_address_is_kept(office: Office) -> None:
    spend(office, HERE, 27)
    first, second = at(office, HERE), at(office, HERE)
    for client in (first, second, first):
        guess(client, "nobody")
    assert problem(right(second)) == TOO_MANY
    with reading(office.engine) as tx:
        rows = tx.execute(select(LogInTry.__table__)).all()
    assert len(rows) == 30
    assert HERE not in str(rows)


@pytest.mark.usefixtures("clerk")
def test_old_tries_are_forgotten(office: Office, clock: Clock) -> None:
    guess(at(office, HERE), "nobody")
    clock.forward(minutes=15)
    guess(at(office, THERE), "nobody")
    with reading(office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(LogInTry)) == 1


@pytest.mark.usefixtures("clerk")
def test_a_locked_account_says_how_long(client: TestClient, clock: Clock) -> None:
    for _ in range(5):
        guess(client, "clerk")
    clock.forward(minutes=5, seconds=1)
    refused = right(client)
    assert problem(refused) == (429, "log-in-locked")
    assert refused.headers["retry-after"] == "599"


@once
@pytest.mark.usefixtures("clerk")
@pytest.mark.parametrize(
    ("proxies", "counted"),
    [
        (None, "10.0.0.1"),  # nobody is trusted: what the header says is not heard
        ("192.0.2.0/24", "10.0.0.1"),
        ("10.0.0.1", HERE),
        ("192.0.2.9, 10.0.0.0/8", HERE),
    ],
)
def test_only_a_trusted_proxy_is_believed(
    office: Office, proxies: str | None, counted: str
) -> None:
    proxy = at(office, "10.0.0.1", trusted_proxies=proxies)
    for one in ("10.0.0.1", HERE, "198.51.100.3"):
        spend(office, one, 27)
    for forged in ("198.51.100.1", "198.51.100.2", "198.51.100.3"):
        guess(proxy, "nobody", **{"X-Forwarded-For": f"{forged}, {HERE}"})
    direct = {one: at(office, one) for one in ("10.0.0.1", HERE, "198.51.100.3")}
    blocked = {one for one, client in direct.items() if right(client).status_code == 429}
    assert blocked == {counted}


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_the_network_of_an_address_is_all_that_is_told(address: IPv4Address) -> None:
    network = ip_network(network_of(str(address)))
    assert (network.prefixlen, address in network) == (24, True)
    assert place_of(str(address)) == f"{address}/32" == place_of(f"::ffff:{address}")


@given(st.integers(2**48, 2**128 - 1).map(IPv6Address))
def test_who_has_one_ipv6_address_has_its_whole_network(address: IPv6Address) -> None:
    assert ip_network(network_of(str(address))).prefixlen == 48
    neighbour = IPv6Address(int(address) ^ 0xFFFF)
    assert address in ip_network(place_of(str(address)))
    assert place_of(str(address)) == place_of(str(neighbour)) == place_of(f"{address}%eth0")


@given(st.text().filter(lambda one: not one.replace(".", "").isdigit() and ":" not in one))
def test_what_is_no_address_is_unknown(text: str) -> None:
    assert network_of(text) == place_of(text) == "unknown"


@pytest.fixture
def postgresql(databases: Databases) -> Iterator[Engine]:
    """PostgreSQL only: SQLite has one writer anyway."""
    with databases.fresh("postgresql") as url:
        made = engine_for(url, KEYRING)
        yield made
        made.dispose()


def test_many_tries_at_once_are_not_more_than_are_allowed(
    postgresql: Engine, words: Words, tmp_path: Path
) -> None:
    door = StaffDoor(
        postgresql, lambda: NOON, Shelf(words), lambda: None, tmp_path, "公所", secure=False
    )
    for _ in range(27):
        with transaction(postgresql) as tx:
            logins.note_try(tx, HERE, NOON)
    start = Barrier(8)

    def one(n: int) -> type[Exception]:
        start.wait()
        with pytest.raises((NotLoggedIn, LogInRefused)) as caught:
            logins.begin(door, f"nobody{n}", "wrong", address=HERE, kind=Kind.BEARER)
        return caught.type

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(8)))
    assert (found.count(NotLoggedIn), found.count(TooManyTries)) == (3, 5)


PAGES = ("/staff/login", "/staff", "/chat", "/case", f"{API}/me", "/healthz", "/docs", "/nowhere")


@once
def test_by_https_every_answer_holds_browsers_to_it(office: Office) -> None:
    secure = at(office, HERE, public_url="https://office.example")
    plain = at(office, HERE)
    for path in PAGES:
        answer = secure.get(path, follow_redirects=False)
        assert answer.headers[HSTS] == "max-age=31536000", path
        for client in (secure, plain):
            headers = client.get(path, follow_redirects=False).headers
            assert "camera=()" in headers["permissions-policy"]
            assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert HSTS not in plain.get(path, follow_redirects=False).headers, path


def test_a_password_is_changed_only_by_who_knows_the_old_one(office: Office, clock: Clock) -> None:
    new = "another-horse-8"
    with transaction(office.engine) as tx:
        officer = make_officer(tx)
    for old, wanted in ((PASSWORD, "short"), (PASSWORD, "x" * 201), (PASSWORD, PASSWORD)):
        with transaction(office.engine) as tx, pytest.raises(accounts.BadAccount):
            accounts.change_password(tx, officer, old, wanted, here="", now=clock())
    for n in range(5):
        with transaction(office.engine) as tx:
            assert not accounts.change_password(tx, officer, f"{n}", new, here="", now=clock())
    with transaction(office.engine) as tx, pytest.raises(LogInRefused):
        accounts.change_password(tx, officer, PASSWORD, new, here="", now=clock())
    clock.forward(minutes=15)
    with transaction(office.engine) as tx:
        assert accounts.change_password(tx, officer, PASSWORD, new, here="", now=clock())
        assert logins.prove_password(tx, "clerk", new, now=clock())
        assert not logins.prove_password(tx, "clerk", PASSWORD, now=clock())


def test_an_operator_resets_and_closes(client: TestClient, office: Office, log_in: LogIn) -> None:
    me = log_in()
    with transaction(office.engine) as tx:
        accounts.reset_password(tx, "clerk", "another-horse-8", now=NOON)
    assert problem(client.get(f"{API}/me", headers=me)) == (401, "not-logged-in")
    assert problem(right(client)) == (401, "not-logged-in")
    again = log_in()
    with transaction(office.engine) as tx:
        accounts.close(tx, "clerk", now=NOON)
    assert problem(client.get(f"{API}/me", headers=again)) == (401, "not-logged-in")
    with transaction(office.engine) as tx, pytest.raises(accounts.UnknownAccount):
        accounts.close(tx, "clerk", now=NOON)
