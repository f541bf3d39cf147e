"""Codes of a telephone: good once, near their half minute, and asked for where they are set up."""

from base64 import b32encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from httpx2 import Response
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from admin_api import second_factor
from admin_api.second_factor import AlreadyOn, NotBegun, WrongCode, matching_step
from admin_api.tables import AccountEvent, RecoveryCode, SecondFactor
from app.office import Office
from complaints.tables import Officer
from data.database import engine_for, reading, transaction
from data.sealing import Unsealable
from tests.admin_api.staff import (
    API,
    TOKENS,
    Clock,
    LogIn,
    Phone,
    once,
    problem,
    set_up_phone,
)
from tests.databases import KEYRING, Databases
from tests.makers import NOON, PASSWORD, make_officer

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
RFC_CODES = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def phone(office: Office, clock: Clock) -> Phone:
    """The telephone of a case controller named clerk."""
    with transaction(office.engine) as tx:
        make_officer(tx)
    return set_up_phone(office.engine, "clerk", clock())


@pytest.fixture
def lin(tx: Session) -> Officer:
    return make_officer(tx, "lin")


def log_in(client: TestClient, code: str | None = None, password: str = PASSWORD) -> Response:
    body = {"username": "clerk", "password": password}
    return client.post(TOKENS, json=body | ({"code": code} if code is not None else {}))


def deeds(tx: Session) -> list[str]:
    return list(tx.scalars(select(AccountEvent.what).order_by(AccountEvent.id)))


def test_the_codes_are_those_of_the_standard() -> None:
    for second, code in RFC_CODES.items():
        now = datetime.fromtimestamp(second, UTC)
        assert matching_step(RFC_SECRET, code, after=0, now=now) == second // 30


@given(
    second=st.integers(300, 2**33),
    drift=st.integers(-4, 4),
    used=st.integers(-4, 4),
    secret=st.binary(min_size=20, max_size=20),
)
def test_a_code_is_good_beside_its_half_minute_and_after_the_last_one(
    second: int, drift: int, used: int, secret: bytes
) -> None:
    base32, here = b32encode(secret).decode(), second // 30
    shown = [pyotp.TOTP(base32).generate_otp(here + n) for n in range(-4, 5)]
    assume(len(set(shown)) == len(shown))  # two steps with one code: once in ten thousand
    now = datetime.fromtimestamp(second, UTC)
    found = matching_step(base32, shown[drift + 4], after=here + used, now=now)
    assert found == (here + drift if abs(drift) <= 1 and drift > used else None)


def test_what_is_set_up_counts_once_it_is_confirmed(tx: Session, lin: Officer) -> None:
    phone = Phone(second_factor.begin(tx, lin, now=NOON))
    assert not second_factor.is_on(tx, lin.id)
    assert not second_factor.use(tx, lin.id, phone.code(NOON), now=NOON)
    with pytest.raises(WrongCode):
        second_factor.confirm(tx, lin, phone.code(NOON, 5), now=NOON)
    codes = second_factor.confirm(tx, lin, phone.code(NOON), now=NOON)
    assert len(set(codes)) == 10
    assert second_factor.is_on(tx, lin.id)
    assert second_factor.begun(tx, lin.id) is None  # the secret is never shown again
    with pytest.raises(AlreadyOn):
        second_factor.begin(tx, lin, now=NOON)
    with pytest.raises(AlreadyOn):
        second_factor.confirm(tx, lin, phone.code(NOON, 1), now=NOON)
    # The code that confirmed it opens nothing any more.
    assert not second_factor.use(tx, lin.id, phone.code(NOON), now=NOON)


def test_without_a_beginning_there_is_nothing_to_confirm_or_switch_off(
    tx: Session, lin: Officer
) -> None:
    with pytest.raises(NotBegun):
        second_factor.confirm(tx, lin, "000000", now=NOON)
    with pytest.raises(NotBegun):
        second_factor.switch_off(tx, lin.id, by=None, now=NOON)


def test_beginning_again_makes_another_secret(tx: Session, lin: Officer) -> None:
    first, second = (second_factor.begin(tx, lin, now=NOON) for _ in range(2))
    assert first != second == second_factor.begun(tx, lin.id)
    with pytest.raises(WrongCode):
        second_factor.confirm(tx, lin, Phone(first).code(NOON), now=NOON)


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize(
    "typing",
    [lambda code: f" {code}\n", lambda code: f"{code[:3]} {code[3:]}", lambda c: c.translate(WIDE)],
    ids=["spaces around", "in groups", "full width"],
)
def test_a_code_is_read_as_people_type_it(
    tx: Session, lin: Officer, typing: Callable[[str], str]
) -> None:
    phone = Phone(second_factor.begin(tx, lin, now=NOON))
    assert second_factor.confirm(tx, lin, typing(phone.code(NOON)), now=NOON)


@pytest.mark.parametrize("typed", ["", "0", "00000a", "0000000", "驗證碼", "\x00", "①②③"])
def test_what_is_no_code_is_refused(tx: Session, lin: Officer, typed: str) -> None:
    second_factor.begin(tx, lin, now=NOON)
    with pytest.raises(WrongCode):
        second_factor.confirm(tx, lin, typed, now=NOON)
    assert not second_factor.use(tx, lin.id, typed, now=NOON)


def test_each_recovery_code_opens_once_and_for_its_officer_alone(tx: Session, lin: Officer) -> None:
    other = make_officer(tx, "chen")
    phones = {}
    for who in (lin, other):
        phones[who.id] = phone = Phone(second_factor.begin(tx, who, now=NOON))
        phone.paper = second_factor.confirm(tx, who, phone.code(NOON), now=NOON)
    paper = phones[lin.id].paper
    assert not any(second_factor.use(tx, other.id, code, now=NOON) for code in paper)
    for left, code in enumerate(reversed(paper)):
        assert second_factor.recovery_codes_left(tx, lin.id) == 10 - left
        assert second_factor.use(tx, lin.id, code.upper().replace("-", " "), now=NOON)
        assert not second_factor.use(tx, lin.id, code, now=NOON)
    assert second_factor.recovery_codes_left(tx, lin.id) == 0
    assert deeds(tx).count("recovery_code_used") == 10


def test_neither_secret_nor_recovery_code_lies_open_in_the_database(
    tx: Session, lin: Officer
) -> None:
    phone = Phone(second_factor.begin(tx, lin, now=NOON))
    codes = second_factor.confirm(tx, lin, phone.code(NOON), now=NOON)
    row = tx.execute(select(SecondFactor.__table__)).one()
    marks = tx.scalars(select(RecoveryCode.mark)).all()
    assert phone.secret.encode() not in row.secret
    assert not {code.replace("-", "") for code in codes} & set(marks)
    other = make_officer(tx, "chen")
    second_factor.begin(tx, other, now=NOON)
    tx.get_one(SecondFactor, other.id).secret = row.secret  # moved to another officer
    with pytest.raises(Unsealable):
        second_factor.begun(tx, other.id)


def test_a_secret_is_sealed_again_under_a_new_key(engine: Engine) -> None:
    with transaction(engine) as tx:
        make_officer(tx, "lin")
    phone = set_up_phone(engine, "lin", NOON)
    newer = KEYRING.with_new_key()
    again = engine_for(engine.url.render_as_string(hide_password=False), newer)
    assert [second_factor.reseal(again, newer) for _ in range(2)] == [1, 0]
    with transaction(again) as tx:
        row = tx.scalars(select(SecondFactor)).one()
        assert row.secret[0] == 2
        assert second_factor.use(tx, row.officer_id, phone.code(NOON), now=NOON)
        assert second_factor.use(tx, row.officer_id, phone.paper[0], now=NOON)
    again.dispose()


def test_log_in_asks_for_the_code_and_takes_each_once(
    client: TestClient, clock: Clock, phone: Phone
) -> None:
    assert problem(log_in(client)) == (401, "code-needed")
    assert problem(log_in(client, password="wrong")) == (401, "not-logged-in")
    code = phone.code(clock())
    answer = log_in(client, code)
    assert answer.status_code == 201
    me = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert client.get(f"{API}/me", headers=me).json()["username"] == "clerk"
    assert problem(log_in(client, code)) == (401, "not-logged-in")
    clock.forward(seconds=30)
    assert problem(log_in(client, code)) == (401, "not-logged-in")
    assert log_in(client, phone.code(clock())).status_code == 201
    assert log_in(client, phone.paper[3]).status_code == 201
    assert problem(log_in(client, phone.paper[3])) == (401, "not-logged-in")


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 401), (0, 201), (1, 201), (2, 401)])
def test_a_clock_may_be_half_a_minute_off(
    client: TestClient, clock: Clock, phone: Phone, steps: int, status: int
) -> None:
    # One step before is the code with which the telephone was set up: used already.
    assert log_in(client, phone.code(clock(), steps)).status_code == status


def test_wrong_codes_and_wrong_passwords_lock_the_account_together(
    client: TestClient, clock: Clock, phone: Phone
) -> None:
    for n in range(4):
        wrong = log_in(client, "000000") if n % 2 else log_in(client, password="wrong")
        assert problem(wrong) == (401, "not-logged-in")
        assert problem(log_in(client)) == (401, "code-needed")  # which forgives nothing
    assert problem(log_in(client, "000000")) == (401, "not-logged-in")
    assert problem(log_in(client, phone.code(clock()))) == (429, "log-in-locked")
    clock.forward(minutes=15)
    assert log_in(client, phone.code(clock())).status_code == 201


@once
def test_a_code_is_nothing_to_who_has_no_second_factor(client: TestClient, office: Office) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)
    assert log_in(client, "000000").status_code == 201


def test_an_administrator_switches_off_what_was_lost_and_it_is_recorded(
    client: TestClient, office: Office, clock: Clock, phone: Phone, log_in: LogIn
) -> None:
    theirs, admin = log_in("clerk"), log_in("root", role="administrator")
    path = f"{API}/officers/clerk/second-factor"
    assert problem(client.delete(path, headers=theirs)) == (403, "forbidden")
    assert client.delete(path, headers=admin).status_code == 204
    assert problem(client.get(f"{API}/me", headers=theirs)) == (401, "not-logged-in")
    assert client.get(f"{API}/me", headers=admin).status_code == 200
    assert problem(client.delete(path, headers=admin)) == (409, "no-second-factor")
    unknown = client.delete(f"{API}/officers/nobody/second-factor", headers=admin)
    assert problem(unknown) == (404, "unknown-account")
    body = {"username": "clerk", "password": PASSWORD}
    assert client.post(TOKENS, json=body).status_code == 201
    with reading(office.engine) as tx:
        last = tx.scalars(select(AccountEvent).order_by(AccountEvent.id.desc())).first()
        assert last is not None
        by = tx.get_one(Officer, last.by_id)
        assert (last.what, by.username, last.at) == ("second_factor_off", "root", clock())
        assert tx.scalars(select(RecoveryCode)).all() == []


def change(_tx: Session, row: AccountEvent) -> None:
    row.what = "nothing"


def remove(tx: Session, row: AccountEvent) -> None:
    tx.delete(row)


@pytest.mark.parametrize("forge", [change, remove])
def test_the_history_of_an_account_is_append_only(
    engine: Engine, forge: Callable[[Session, AccountEvent], None]
) -> None:
    with transaction(engine) as tx:
        make_officer(tx, "lin")
    set_up_phone(engine, "lin", NOON)
    with pytest.raises(RuntimeError), transaction(engine) as tx:
        forge(tx, tx.scalars(select(AccountEvent)).one())
    with reading(engine) as tx:
        assert deeds(tx) == ["second_factor_on"]


@pytest.fixture
def postgresql(databases: Databases) -> Iterator[Engine]:
    """PostgreSQL only: SQLite has one writer anyway."""
    with databases.fresh("postgresql") as url:
        made = engine_for(url, KEYRING)
        yield made
        made.dispose()


@pytest.mark.parametrize("on_paper", [False, True])
def test_of_many_who_show_the_same_code_at_once_one_comes_in(
    postgresql: Engine, on_paper: bool
) -> None:
    with transaction(postgresql) as tx:
        officer_id = make_officer(tx, "lin").id
    phone = set_up_phone(postgresql, "lin", NOON)
    code, start = phone.paper[0] if on_paper else phone.code(NOON), Barrier(8)

    def show(_n: int) -> bool:
        start.wait()
        with transaction(postgresql) as tx:
            return second_factor.use(tx, officer_id, code, now=NOON)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(show, range(8))) == [False] * 7 + [True]
