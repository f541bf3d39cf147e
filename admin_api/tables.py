"""How staff prove who they are, and which of their requests were already carried out."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, ForeignKey, String, Text, event
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from data.database import Base


class Deed(StrEnum):
    """What can be done to an account."""

    MADE = "made"
    RENAMED = "renamed"
    ROLE_CHANGED = "role_changed"
    SECTION_CHANGED = "section_changed"
    DEPUTY_CHANGED = "deputy_changed"
    ALERT_CHANGED = "alert_changed"
    REOPENED = "reopened"
    CLOSED = "closed"
    LOCKED = "locked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_ENDED = "token_ended"  # noqa: S105


class Credential(Base):
    """An officer's password, and how often it was given wrongly."""

    __tablename__ = "credential"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class ApiToken(Base):
    """A log-in or a token made for a program; only the digest of its secret is kept."""

    __tablename__ = "api_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="session")
    name: Mapped[str] = mapped_column(String(60), default="")
    scopes: Mapped[list[Any] | None]  # of a token; a log-in may do all its officer may
    network: Mapped[str] = mapped_column(String(50), default="")
    issued_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SecondFactor(Base):
    """The secret an officer's telephone shares with us, and the last of its codes that was used."""

    __tablename__ = "second_factor"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    secret: Mapped[bytes]  # sealed for this officer alone (admin_api/second_factor.py)
    used_step: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """What opens once in the place of a code; only a keyed mark of it is kept."""

    __tablename__ = "recovery_code"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None]


class LogInTry(Base):
    """A log-in that failed or is not decided yet, by a keyed mark of the address it came from."""

    __tablename__ = "log_in_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_mark: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class AccountEvent(Base):
    """Something that happened to an account; by nobody when an operator did it by a command."""

    __tablename__ = "account_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    what: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]


class View(Base):
    """A filter of the queue that an officer comes back to, by the officer's own name for it."""

    __tablename__ = "saved_view"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    query: Mapped[str] = mapped_column(Text)


class RequestKey(Base):
    """A request that was carried out under a key of the caller's, with its answer."""

    __tablename__ = "request_key"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime]


@event.listens_for(AccountEvent, "before_update")
@event.listens_for(AccountEvent, "before_delete")
def _refuse(_mapper: Mapper[Any], _connection: Connection, _target: AccountEvent) -> None:
    raise RuntimeError("the history of an account is append-only")


def note(tx: Session, officer_id: int, what: Deed, *, by: int | None, now: datetime) -> None:
    """Append what was done to an account, and by which officer (None: by a command)."""
    tx.add(AccountEvent(officer_id=officer_id, by_id=by, what=what, at=now))
    tx.flush()
