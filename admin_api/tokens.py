"""Log-ins and tokens: rows that can be ended, of which only the digest of the secret is kept."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.policy import Scope
from admin_api.tables import ApiToken, Deed, note
from complaints.tables import Officer

TOKEN_FOR = timedelta(hours=12)
HALF_FOR = timedelta(minutes=5)
LONGEST_DAYS = 366
MOST_TOKENS = 50
IDLE = timedelta(hours=2)
NOTED_EVERY = timedelta(minutes=1)
KEPT_FOR = timedelta(days=30)  # an ended row, in case somebody asks
HANDLE = 16  # digits of the digest by which a row is named


class Kind(StrEnum):
    """What a row stands for."""

    SESSION = "session"  # of the console
    BEARER = "bearer"  # a log-in over the API, which a program that waits must not lose
    TOKEN = "token"  # noqa: S105
    HALF = "half"  # the password was right, the code is still to come


LOG_INS = frozenset({Kind.SESSION, Kind.BEARER})
NAMES = {Kind.SESSION: "網頁", Kind.BEARER: "API", Kind.HALF: ""}
SHOWN = (  # asked at every request, so put together once
    select(Officer, ApiToken)
    .join(ApiToken, ApiToken.officer_id == Officer.id)
    .where(ApiToken.digest == bindparam("digest"), Officer.active)
    .where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > bindparam("now"))
)


class NotLoggedIn(Exception):
    """No valid token was shown."""


class BadToken(ValueError):
    """The token cannot be made; the text says why."""


class UnknownToken(Exception):
    """The officer has no such log-in or token."""


def digest(token: str) -> str:
    """What is stored of a token: a random secret needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def handle(row: ApiToken) -> str:
    """The short name of a row, which opens nothing."""
    return row.digest[:HANDLE]


def open_session(tx: Session, officer: Officer, kind: Kind, *, network: str, now: datetime) -> str:
    """The secret of a new log-in, good for twelve hours, or five minutes when it is half."""
    good_for = HALF_FOR if kind == Kind.HALF else TOKEN_FOR
    _forget_old(tx, officer, now)
    row = ApiToken(kind=kind, name=NAMES[kind], network=network, expires_at=now + good_for)
    return _issue(tx, officer, row, now)


def make_token(
    tx: Session, officer: Officer, *, name: str, scopes: Collection[str], days: int, now: datetime
) -> tuple[str, ApiToken]:
    """The secret of a new token for a program, and its row; raises BadToken."""
    wanted = sorted(set(scopes))
    if not name.strip() or not wanted or not set(wanted) <= set(Scope):
        raise BadToken("a token needs a name and scopes that exist")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadToken(f"a token is good for 1 to {LONGEST_DAYS} days")
    if sum(row.kind == Kind.TOKEN for row in living(tx, officer.id, now=now)) >= MOST_TOKENS:
        raise BadToken(f"nobody needs more than {MOST_TOKENS} tokens")
    row = ApiToken(
        kind=Kind.TOKEN, name=name.strip(), scopes=wanted, expires_at=now + timedelta(days=days)
    )
    secret = _issue(tx, officer, row, now)
    note(tx, officer.id, Deed.TOKEN_MADE, by=officer.id, now=now)
    return secret, row


def find(tx: Session, token: str, *, now: datetime, idle: timedelta) -> tuple[Officer, ApiToken]:
    """Whom a log-in or token stands for, held to its scopes, and its row; raises NotLoggedIn.

    A log-in of the console that was not used for `idle` has ended.
    """
    officer, row = _living_row(tx, token, now)
    if row.kind == Kind.HALF or (row.kind == Kind.SESSION and used(row) <= now - idle):
        raise NotLoggedIn
    if row.kind not in LOG_INS:
        policy.limit(officer, row.scopes or ())
    return officer, row


def find_half(tx: Session, token: str, *, now: datetime) -> tuple[Officer, ApiToken]:
    """Whom a log-in that waits for its code stands for; raises NotLoggedIn."""
    officer, row = _living_row(tx, token, now)
    if row.kind != Kind.HALF:
        raise NotLoggedIn
    return officer, row


def used(row: ApiToken) -> datetime:
    """When a row was last used, to the minute."""
    return row.used_at or row.issued_at


def is_stale(row: ApiToken, now: datetime) -> bool:
    """Whether the moment of last use must be written again."""
    return used(row) <= now - NOTED_EVERY


def touch(tx: Session, row: ApiToken, now: datetime) -> None:
    """Write the moment of last use."""
    tx.execute(update(ApiToken).where(ApiToken.digest == row.digest).values(used_at=now))


def living(tx: Session, officer_id: int, *, now: datetime) -> Sequence[ApiToken]:
    """The officer's log-ins and tokens that still open, the last used first."""
    rows = select(ApiToken).where(ApiToken.officer_id == officer_id, *_lives(now))
    found = tx.scalars(rows.where(ApiToken.kind != Kind.HALF)).all()
    return sorted(found, key=used, reverse=True)


def end(tx: Session, token: str, *, now: datetime) -> None:
    """Make a log-in worthless."""
    tx.execute(update(ApiToken).where(ApiToken.digest == digest(token)).values(revoked_at=now))


def end_one(tx: Session, officer: Officer, named: str, *, now: datetime) -> None:
    """End one of the officer's own log-ins or tokens by its short name; raises UnknownToken."""
    mine = [row for row in living(tx, officer.id, now=now) if handle(row) == named]
    if not mine:
        raise UnknownToken(named)
    mine[0].revoked_at = now
    ended = Deed.TOKEN_ENDED if mine[0].kind == Kind.TOKEN else Deed.SESSION_ENDED
    note(tx, officer.id, ended, by=officer.id, now=now)


def end_all(
    tx: Session,
    officer_id: int,
    *,
    now: datetime,
    besides: str | None = None,
    tokens: bool = False,
) -> int:
    """End the officer's log-ins, `besides` the one of this secret; with `tokens` these too.

    Returns how many were ended.
    """
    rows = update(ApiToken).where(ApiToken.officer_id == officer_id, *_lives(now))
    if not tokens:
        rows = rows.where(ApiToken.kind != Kind.TOKEN)
    if besides is not None:
        rows = rows.where(ApiToken.digest != digest(besides))
    ended = tx.execute(rows.values(revoked_at=now).returning(ApiToken.digest))
    return len(ended.all())


def _lives(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ApiToken.revoked_at.is_(None), ApiToken.expires_at > now


def _living_row(tx: Session, token: str, now: datetime) -> tuple[Officer, ApiToken]:
    found = tx.execute(SHOWN, {"digest": digest(token), "now": now}).one_or_none()
    if found is None:
        raise NotLoggedIn
    return found[0], found[1]


def _issue(tx: Session, officer: Officer, row: ApiToken, now: datetime) -> str:
    token = f"cl_{secrets.token_urlsafe(32)}"
    row.digest, row.officer_id, row.issued_at, row.used_at = digest(token), officer.id, now, now
    tx.add(row)
    tx.flush()
    return token


def _forget_old(tx: Session, officer: Officer, now: datetime) -> None:
    long_ago = now - KEPT_FOR
    mine = delete(ApiToken).where(ApiToken.officer_id == officer.id)
    tx.execute(mine.where((ApiToken.expires_at < long_ago) | (ApiToken.revoked_at < long_ago)))
