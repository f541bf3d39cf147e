"""Who asks: passwords, tokens, and the one way a changing request is carried out."""

import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from admin_api.policy import Verb, require
from admin_api.tables import ApiToken, Credential, RequestKey
from complaints.roles import Role
from complaints.tables import Officer, Section
from data.database import insert_if_absent, reading, transaction
from faq.keeping.index import Shelf

TOKEN_FOR = timedelta(hours=12)
LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10

# 19 MiB, two passes: what OWASP advises, at a quarter of the library's default memory.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_hashing = threading.Semaphore(2)  # each hash takes memory; a flood of log-ins waits instead


class NotLoggedIn(Exception):
    """No valid token was shown."""


class LogInRefused(Exception):
    """User name and password do not belong together, or the account is locked for a while."""


class KeyReused(Exception):
    """The request key was used before for another request."""


class BadAccount(ValueError):
    """The account cannot be made; the text says why."""


@dataclass(frozen=True)
class StaffDoor:
    """What the staff's face needs, chosen once by the roof and handed down."""

    engine: Engine
    clock: Callable[[], datetime]
    shelf: Shelf
    wake: Callable[[], None]
    files: Path
    office_name: str
    secure: bool


@dataclass(frozen=True)
class Carried:
    """The answer to a changing request: status and body."""

    status: int
    body: dict[str, Any]


def door_of(request: Request) -> StaffDoor:
    """The door this request came through."""
    return cast("StaffDoor", request.app.state.staff_door)


AtDoor = Annotated[StaffDoor, Depends(door_of)]


def log_in(tx: Session, username: str, password: str, *, now: datetime) -> str | None:
    """A new token for the right password, else None; the caller commits either way.

    Five wrong passwords lock the account for 15 minutes; raises LogInRefused meanwhile.
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
    if credential.locked_until and credential.locked_until > now:
        raise LogInRefused(username)
    if not _verify(password, credential.password_hash):
        credential.failures += 1
        if credential.failures >= LOCK_AFTER:
            credential.failures, credential.locked_until = 0, now + LOCK_FOR
        return None
    credential.failures, credential.locked_until = 0, None
    return _issue(tx, officer, now)


def log_out(tx: Session, token: str, *, now: datetime) -> None:
    """Make a token worthless."""
    tx.execute(update(ApiToken).where(ApiToken.digest == digest(token)).values(revoked_at=now))


def officer_of(tx: Session, token: str, *, now: datetime) -> Officer:
    """The officer a token stands for; raises NotLoggedIn."""
    valid = (
        select(Officer)
        .join(ApiToken, ApiToken.officer_id == Officer.id)
        .where(ApiToken.digest == digest(token), ApiToken.revoked_at.is_(None))
        .where(ApiToken.expires_at > now, Officer.active)
    )
    officer = tx.scalar(valid)
    if officer is None:
        raise NotLoggedIn
    return officer


Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(auto_error=False, description="由 POST /api/v1/tokens 取得 / from log-in")),
]


def signed_in(door: AtDoor, bearer: Bearer = None) -> Officer:
    """The officer of the bearer token of an API request."""
    if bearer is None:
        raise NotLoggedIn
    with reading(door.engine) as tx:
        return officer_of(tx, bearer.credentials, now=door.clock())


AsOfficer = Annotated[Officer, Depends(signed_in)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=80,
        description="同一鍵值重送只做一次。 A repeated key gives the first answer again.",
    ),
]


def perform(
    door: StaffDoor,
    officer: Officer,
    verb: Verb,
    key: str | None,
    request: Any,
    act: Callable[[Session, datetime], Carried],
) -> Carried:
    """Carry out a changing request in one transaction, at most once for each request key.

    `request` identifies what was asked; the same key with another request raises KeyReused.
    """
    require(officer, verb)
    now = door.clock()
    with transaction(door.engine) as tx:
        carried = act(tx, now) if key is None else _once(tx, officer, key, request, now, act)
    door.wake()
    return carried


def add_officer(
    tx: Session, *, username: str, name: str, role: str, section: str | None, password: str
) -> Officer:
    """Make an account with a password; raises BadAccount saying what is wrong."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadAccount(f"a password needs at least {SHORTEST_PASSWORD} characters")
    hashed = hash_password(password)
    return enter_officer(
        tx, username=username, name=name, role=role, section=section, hashed=hashed
    )


def enter_officer(
    tx: Session, *, username: str, name: str, role: str, section: str | None, hashed: str
) -> Officer:
    """Make an account whose password is hashed already; raises BadAccount."""
    if role not in set(Role):
        raise BadAccount(f"role must be one of {', '.join(Role)}")
    if not username.strip() or not name.strip():
        raise BadAccount("user name and name may not be empty")
    if tx.scalar(select(Officer).where(Officer.username == username)):
        raise BadAccount(f"the user name {username} is taken")
    place = tx.scalar(select(Section).where(Section.code == section)) if section else None
    if section and place is None:
        raise BadAccount(f"there is no section {section}")
    officer = Officer(username=username, name=name, role=role, section=place, active=True)
    tx.add(officer)
    tx.flush()
    tx.add(Credential(officer_id=officer.id, password_hash=hashed, failures=0))
    tx.flush()
    return officer


def hash_password(password: str) -> str:
    """A slow hash of a password; takes 19 MiB while it runs."""
    with _hashing:
        return _hasher.hash(password)


def digest(token: str) -> str:
    """What is stored of a token: a random secret needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _issue(tx: Session, officer: Officer, now: datetime) -> str:
    token = f"cl_{secrets.token_urlsafe(32)}"
    row = ApiToken(
        digest=digest(token), officer_id=officer.id, issued_at=now, expires_at=now + TOKEN_FOR
    )
    tx.add(row)
    return token


def _once(
    tx: Session,
    officer: Officer,
    key: str,
    request: Any,
    now: datetime,
    act: Callable[[Session, datetime], Carried],
) -> Carried:
    plain = json.dumps(request, sort_keys=True, default=str)
    fingerprint = hashlib.sha256(plain.encode()).hexdigest()
    mark = {"officer_id": officer.id, "key": key}
    fresh = {"fingerprint": fingerprint, "status": 0, "answer": {}, "at": now}
    if insert_if_absent(tx, RequestKey, **mark, **fresh):
        carried = act(tx, now)
        row = tx.get_one(RequestKey, (officer.id, key))
        row.status, row.answer = carried.status, carried.body
        return carried
    row = tx.get_one(RequestKey, (officer.id, key))
    if row.fingerprint != fingerprint:
        raise KeyReused(key)
    return Carried(row.status, row.answer)


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def _verify(password: str, stored: str) -> bool:
    with _hashing:
        return _hasher.verify(password, stored)
