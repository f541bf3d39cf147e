"""Officers' accounts: made, given another password, closed; what is done is noted."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import second_factor, tokens
from admin_api.logins import hash_password, prove_password
from admin_api.tables import Credential, Deed, note
from complaints import leaving, roster
from complaints.roles import Role
from complaints.tables import Officer, Section

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200  # as long as log-in takes


class BadAccount(ValueError):
    """The account cannot be made or changed so; the text says why."""


class NameTaken(BadAccount):
    """Another account has this user name."""


class UnknownAccount(Exception):
    """There is no such account."""


def add_officer(
    tx: Session, *, username: str, name: str, role: str, section: str | None, password: str
) -> Officer:
    """Make an account with a password; raises BadAccount saying what is wrong."""
    hashed = _hashed(password)
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
        raise NameTaken(f"the user name {username} is taken")
    place = tx.scalar(select(Section).where(Section.code == section)) if section else None
    if section and place is None:
        raise BadAccount(f"there is no section {section}")
    officer = Officer(username=username, name=name, role=role, section=place, active=True)
    tx.add(officer)
    tx.flush()
    tx.add(Credential(officer_id=officer.id, password_hash=hashed, failures=0))
    tx.flush()
    return officer


def change_password(
    tx: Session, officer: Officer, old: str, new: str, *, here: str, now: datetime
) -> bool:
    """Change one's own password and end all log-ins besides `here`; False when `old` is wrong.

    A wrong one counts towards the lock, so the caller commits either way. Raises BadAccount, and
    LogInRefused while the account is locked.
    """
    hashed = _hashed(new)
    if old == new:
        raise BadAccount("the new password is the old one")
    if prove_password(tx, officer.username, old, now=now) is None:
        return False
    _put_password(tx, officer.id, hashed)
    tokens.end_all(tx, officer.id, now=now, besides=here)
    note(tx, officer.id, Deed.PASSWORD_CHANGED, by=officer.id, now=now)
    return True


def reset_password(tx: Session, username: str, password: str, *, now: datetime) -> None:
    """Give an account another password and end its log-ins; raises UnknownAccount, BadAccount."""
    officer = named(tx, username)
    _put_password(tx, officer.id, _hashed(password))
    tokens.end_all(tx, officer.id, now=now)
    note(tx, officer.id, Deed.PASSWORD_CHANGED, by=None, now=now)


def give_password(
    tx: Session, username: str, *, hashed: str, by: Officer, now: datetime
) -> Officer:
    """Give an open account a password that is hashed already; raises UnknownAccount.

    Its log-ins end; tokens for programs go on, as when one changes one's own.
    """
    officer = named(tx, username)
    _put_password(tx, officer.id, hashed)
    tokens.end_all(tx, officer.id, now=now)
    note(tx, officer.id, Deed.PASSWORD_CHANGED, by=by.id, now=now)
    return officer


def reset_second_factor(tx: Session, username: str, *, by: int | None, now: datetime) -> None:
    """Switch off the second factor of who lost the telephone, and end their log-ins.

    Raises UnknownAccount, or NotBegun when there is none.
    """
    officer = named(tx, username)
    second_factor.switch_off(tx, officer.id, by=by, now=now)
    tokens.end_all(tx, officer.id, now=now)


def end_sessions(tx: Session, username: str, *, by: int, now: datetime) -> int:
    """End all log-ins and tokens of an account; returns how many. Raises UnknownAccount."""
    officer = named(tx, username)
    ended = tokens.end_all(tx, officer.id, now=now, tokens=True)
    note(tx, officer.id, Deed.SESSIONS_ENDED, by=by, now=now)
    return ended


def end_own_sessions(tx: Session, officer: Officer, *, besides: str, now: datetime) -> int:
    """End one's own log-ins but the one of the secret `besides`; returns how many."""
    ended = tokens.end_all(tx, officer.id, now=now, besides=besides)
    note(tx, officer.id, Deed.SESSIONS_ENDED, by=officer.id, now=now)
    return ended


def close(tx: Session, username: str, *, now: datetime) -> None:
    """Close an account; its log-ins and tokens end, its work stays. Raises UnknownAccount."""
    officer = named(tx, username)
    officer.active = False
    tokens.end_all(tx, officer.id, now=now, tokens=True)
    note(tx, officer.id, Deed.CLOSED, by=None, now=now)


def leave(
    tx: Session, officer: Officer, successor: Officer | None, *, by: Officer, now: datetime
) -> int:
    """Close an account whose open cases go to somebody, end its log-ins; return how many cases.

    Raises what `leaving.leave` raises.
    """
    handed = leaving.leave(tx, officer, successor, by=by, now=now)
    tokens.end_all(tx, officer.id, now=now, tokens=True)
    note(tx, officer.id, Deed.CLOSED, by=by.id, now=now)
    return handed


def reopen(tx: Session, username: str, *, hashed: str, by: Officer, now: datetime) -> Officer:
    """Open a closed account again with another password, hashed already; raises UnknownOfficer.

    The second factor of before no longer counts: it is set up anew.
    """
    officer = roster.reopen_officer(tx, username, by=by)
    _put_password(tx, officer.id, hashed)
    if second_factor.is_on(tx, officer.id):
        second_factor.switch_off(tx, officer.id, by=by.id, now=now)
    note(tx, officer.id, Deed.REOPENED, by=by.id, now=now)
    return officer


def first_password() -> str:
    """A password that nobody thought of, to be told once."""
    return secrets.token_urlsafe(12)


def named(tx: Session, username: str) -> Officer:
    """The open account of this user name; raises UnknownAccount."""
    officer = tx.scalar(select(Officer).where(Officer.username == username, Officer.active))
    if officer is None:
        raise UnknownAccount(username)
    return officer


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        most = f"at most {LONGEST_PASSWORD}"
        raise BadAccount(f"a password needs at least {SHORTEST_PASSWORD} characters and {most}")
    return hash_password(password)


def _put_password(tx: Session, officer_id: int, hashed: str) -> None:
    credential = tx.get_one(Credential, officer_id, with_for_update=True)
    credential.password_hash, credential.failures, credential.locked_until = hashed, 0, None
