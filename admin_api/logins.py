"""Logging in: passwords, the lock after five wrong ones, and a limit for each address."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import ceil

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from admin_api import second_factor, tokens
from admin_api.access import StaffDoor
from admin_api.second_factor import CodeNeeded, Rule
from admin_api.tables import Credential, Deed, LogInTry, note
from admin_api.tokens import Kind, NotLoggedIn
from complaints.tables import Officer
from data import sealing
from data.database import hold, transaction
from data.networks import network_of, place_of

LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)
TRIES = 30
TRIES_WITHIN = timedelta(minutes=15)

# 19 MiB, two passes: what OWASP advises, at a quarter of the library's default memory.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_hashing = threading.Semaphore(2)  # each hash takes memory; a flood of log-ins waits instead


class LogInRefused(Exception):
    """The account is locked for a while; `wait` is how long yet."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class TooManyTries(LogInRefused):
    """Too many log-ins from one address failed, whatever the accounts."""


def retry_after(error: LogInRefused) -> str:
    """What the header Retry-After says: whole seconds."""
    return str(ceil(error.wait.total_seconds()))


@dataclass(frozen=True)
class LoggedIn:
    """Who came in, with the secret of the log-in; a half one still waits for its code."""

    officer: Officer
    token: str
    half: bool = False


def begin(
    door: StaffDoor, username: str, password: str, *, address: str, kind: Kind, code: str = ""
) -> LoggedIn:
    """Log in by password, and by a code where the officer has a second factor.

    Where it is needed and not given, the log-in is half and `finish` takes the code. Raises
    NotLoggedIn when something is wrong, LogInRefused when the account is locked, TooManyTries.
    """

    def prove(tx: Session, now: datetime) -> LoggedIn | None:
        officer = prove_password(tx, username, password, now=now)
        if officer is None:
            return None
        asks = door.second_factor != Rule.OFF and second_factor.is_on(tx, officer.id)
        if code and asks and not prove_code(tx, officer.id, code, now=now):
            return None
        half = asks and not code
        if not half:
            _forgive(tx, officer.id)
        return _open(tx, officer, Kind.HALF if half else kind, address, now)

    return _counted(door, address, prove)


def begin_whole(
    door: StaffDoor, username: str, password: str, *, address: str, kind: Kind, code: str = ""
) -> LoggedIn:
    """Log in with everything at once; as `begin`, and raises CodeNeeded in place of a half one."""
    came = begin(door, username, password, address=address, kind=kind, code=code)
    if came.half:
        raise CodeNeeded
    return came


def finish(door: StaffDoor, half: str, code: str, *, address: str) -> LoggedIn:
    """Log in to the console by the code after a right password; a right one ends the half log-in.

    Raises as `begin`; NotLoggedIn also when the half log-in is older than five minutes.
    """

    def prove(tx: Session, now: datetime) -> LoggedIn | None:
        officer, _row = tokens.find_half(tx, half, now=now)
        if not prove_code(tx, officer.id, code, now=now):
            return None
        tokens.end(tx, half, now=now)
        _forgive(tx, officer.id)
        return _open(tx, officer, Kind.SESSION, address, now)

    return _counted(door, address, prove)


def prove_password(tx: Session, username: str, password: str, *, now: datetime) -> Officer | None:
    """The officer when the password is theirs, else None; the caller commits either way.

    Five wrong ones, or wrong codes, lock the account for 15 minutes; raises LogInRefused then.
    """
    found = tx.execute(
        select(Officer, Credential)
        .join(Credential, Credential.officer_id == Officer.id)
        .where(Officer.username == username, Officer.active)
        .with_for_update(of=Credential)
    ).one_or_none()
    if found is None:
        _verify(password, _nobody())  # so that an unknown name takes as long as a known one
        return None
    officer, credential = found
    _refuse_locked(credential, now)
    if not _verify(password, credential.password_hash):
        _miss(tx, credential, now)
        return None
    return officer


def prove_code(tx: Session, officer_id: int, code: str, *, now: datetime) -> bool:
    """Whether the code is good; wrong ones count with wrong passwords (raises LogInRefused)."""
    credential = _credential(tx, officer_id)
    _refuse_locked(credential, now)
    if not second_factor.use(tx, officer_id, code, now=now):
        _miss(tx, credential, now)
        return False
    return True


def note_try(tx: Session, address: str, now: datetime) -> int:
    """Count a try before it is made, so that many at once cannot all be the last; its number."""
    mark = sealing.of(tx).mark(f"log-in/{place_of(address)}")
    hold(tx, int(mark[:15], 16), alone=True)
    _forget_tries(tx, now)
    mine = select(LogInTry.at).where(LogInTry.address_mark == mark).order_by(LogInTry.at)
    before = tx.scalars(mine).all()
    if len(before) >= TRIES:
        raise TooManyTries(before[0] + TRIES_WITHIN - now)
    row = LogInTry(address_mark=mark, at=now)
    tx.add(row)
    tx.flush()
    return row.id


def hash_password(password: str) -> str:
    """A slow hash of a password; takes 19 MiB while it runs."""
    with _hashing:
        return _hasher.hash(password)


def _counted(
    door: StaffDoor, address: str, prove: Callable[[Session, datetime], LoggedIn | None]
) -> LoggedIn:
    """Let one try be made from this address; only a right one is taken off the count again."""
    now = door.clock()
    with transaction(door.engine) as tx:
        number = note_try(tx, address, now)
    with transaction(door.engine) as tx:
        came = prove(tx, now)
        if came is not None:
            tx.execute(delete(LogInTry).where(LogInTry.id == number))
    if came is None:
        raise NotLoggedIn
    return came


def _forget_tries(tx: Session, now: datetime) -> None:
    # Rows another log-in is deleting are left to it: two that wait for each other would hang.
    old = select(LogInTry.id).where(LogInTry.at <= now - TRIES_WITHIN)
    tx.execute(delete(LogInTry).where(LogInTry.id.in_(old.with_for_update(skip_locked=True))))


def _open(tx: Session, officer: Officer, kind: Kind, address: str, now: datetime) -> LoggedIn:
    token = tokens.open_session(tx, officer, kind, network=network_of(address), now=now)
    return LoggedIn(officer, token, half=kind == Kind.HALF)


def _credential(tx: Session, officer_id: int) -> Credential:
    row = select(Credential).where(Credential.officer_id == officer_id).with_for_update()
    return tx.scalars(row.execution_options(populate_existing=True)).one()


def _refuse_locked(credential: Credential, now: datetime) -> None:
    if credential.locked_until and credential.locked_until > now:
        raise LogInRefused(credential.locked_until - now)


def _miss(tx: Session, credential: Credential, now: datetime) -> None:
    credential.failures += 1
    if credential.failures >= LOCK_AFTER:
        credential.failures, credential.locked_until = 0, now + LOCK_FOR
        note(tx, credential.officer_id, Deed.LOCKED, by=None, now=now)


def _forgive(tx: Session, officer_id: int) -> None:
    credential = _credential(tx, officer_id)
    credential.failures, credential.locked_until = 0, None


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def _verify(password: str, stored: str) -> bool:
    with _hashing:
        return _hasher.verify(password, stored)
