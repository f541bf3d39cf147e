"""The second factor: codes of an officer's telephone (TOTP, RFC 6238), and what stands in for them.

A code is good for its half minute and the ones beside it, and once: the step of the last code is
kept, and no code of that step or an earlier one is taken again.
"""

import hmac
import io
import secrets
import unicodedata
from datetime import datetime
from enum import StrEnum

import pyotp
import segno
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from admin_api.tables import Deed, RecoveryCode, SecondFactor, note
from complaints.tables import Officer
from data import sealing
from data.database import transaction
from data.sealing import Keyring

STEP = 30  # seconds
DRIFT = 1  # steps either way
DIGITS = 6
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


class Rule(StrEnum):
    """Whether the office asks for a second factor."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class CodeNeeded(Exception):
    """The password was right; a code of the telephone is needed, too."""


class WrongCode(Exception):
    """This is not the code of this half minute."""


class AlreadyOn(Exception):
    """The officer has a second factor; it must be switched off before another is set up."""


class NotBegun(Exception):
    """There is no second factor to confirm or to switch off."""


class Missing(Exception):
    """The office requires a second factor, and the officer has none yet."""


def is_on(tx: Session, officer_id: int) -> bool:
    """Whether log-in asks this officer for a code."""
    row = tx.get(SecondFactor, officer_id)
    return row is not None and row.confirmed_at is not None


def begin(tx: Session, officer: Officer, *, now: datetime) -> str:
    """A new secret (base32) that counts once it is confirmed; raises AlreadyOn."""
    row = _locked(tx, officer.id)
    if row and row.confirmed_at:
        raise AlreadyOn
    secret = pyotp.random_base32()
    row = row or SecondFactor(officer_id=officer.id, used_step=0)
    row.begun_at, row.secret = now, _seal(tx, officer.id, secret)
    tx.add(row)
    tx.flush()
    return secret


def begun(tx: Session, officer_id: int) -> str | None:
    """The secret that waits to be confirmed; never one that counts already."""
    row = tx.get(SecondFactor, officer_id)
    return _opened(tx, row) if row and row.confirmed_at is None else None


def confirm(tx: Session, officer: Officer, code: str, *, now: datetime) -> list[str]:
    """Switch the second factor on by its first code; the recovery codes, to be shown once.

    Raises NotBegun, AlreadyOn, or WrongCode.
    """
    row = _locked(tx, officer.id)
    if row is None:
        raise NotBegun
    if row.confirmed_at:
        raise AlreadyOn
    if not _take(tx, row, code, now):
        raise WrongCode
    row.confirmed_at = now
    note(tx, officer.id, Deed.SECOND_FACTOR_ON, by=officer.id, now=now)
    return _new_recovery_codes(tx, officer.id)


def use(tx: Session, officer_id: int, code: str, *, now: datetime) -> bool:
    """Take a code of the telephone or a recovery code, each once; whether it was good."""
    row = _locked(tx, officer_id)
    if row is None or row.confirmed_at is None:
        return False
    return _take(tx, row, code, now) or _take_recovery(tx, officer_id, code, now)


def switch_off(tx: Session, officer_id: int, *, by: int | None, now: datetime) -> None:
    """Forget secret and recovery codes; raises NotBegun when there is nothing to forget."""
    row = _locked(tx, officer_id)
    if row is None:
        raise NotBegun
    tx.delete(row)
    tx.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))
    note(tx, officer_id, Deed.SECOND_FACTOR_OFF, by=by, now=now)


def recovery_codes_left(tx: Session, officer_id: int) -> int:
    """How many recovery codes were not used yet."""
    unused = RecoveryCode.officer_id == officer_id, RecoveryCode.used_at.is_(None)
    return len(tx.scalars(select(RecoveryCode.mark).where(*unused)).all())


def address(secret: str, username: str, office: str) -> str:
    """The otpauth: address from which a telephone's program takes the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=office)


def picture(text: str) -> bytes:
    """The text as a QR picture (SVG)."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=5, light="#fff")
    return out.getvalue()


def reseal(engine: Engine, keyring: Keyring) -> int:
    """Seal again what is not under the newest key; return how many secrets."""
    with transaction(engine) as tx:
        rows = tx.scalars(select(SecondFactor).with_for_update()).all()
        old = [row for row in rows if row.secret[0] != keyring.current]
        for row in old:
            row.secret = _seal(tx, row.officer_id, _opened(tx, row))
    return len(old)


def matching_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """The step later than `after` and near now whose code this is, else None."""
    here, totp = int(now.timestamp()) // STEP, pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
    near = range(max(here - DRIFT, 0), here + DRIFT + 1)
    fits = [step for step in near if _same(totp.generate_otp(step), code)]
    return next((step for step in fits if step > after), None)


def _take(tx: Session, row: SecondFactor, code: str, now: datetime) -> bool:
    """Compare and set under the row's lock."""
    step = matching_step(_opened(tx, row), _typed(code), after=row.used_step, now=now)
    if step is None:
        return False
    row.used_step = step
    tx.flush()
    return True


def _take_recovery(tx: Session, officer_id: int, code: str, now: datetime) -> bool:
    mine = RecoveryCode.officer_id == officer_id, RecoveryCode.mark == _mark(tx, officer_id, code)
    unused = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None))
    taken = tx.execute(unused.values(used_at=now).returning(RecoveryCode.mark)).first()
    if taken:
        note(tx, officer_id, Deed.RECOVERY_CODE_USED, by=officer_id, now=now)
    return taken is not None


def _new_recovery_codes(tx: Session, officer_id: int) -> list[str]:
    tx.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))
    codes = ["-".join(_letters(5) for _ in range(2)) for _ in range(RECOVERY_CODES)]
    tx.add_all(RecoveryCode(officer_id=officer_id, mark=_mark(tx, officer_id, c)) for c in codes)
    tx.flush()
    return codes


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def _locked(tx: Session, officer_id: int) -> SecondFactor | None:
    row = select(SecondFactor).where(SecondFactor.officer_id == officer_id).with_for_update()
    # What was read before the lock was had may be old.
    return tx.scalar(row.execution_options(populate_existing=True))


def _typed(code: str) -> str:
    """As it was meant: full-width digits, spaces and hyphens are how people type."""
    plain = unicodedata.normalize("NFKC", code).casefold()
    return "".join(plain.split()).replace("-", "")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _mark(tx: Session, officer_id: int, code: str) -> str:
    # Keyed: ten letters alone could be guessed by who has the database.
    return sealing.of(tx).mark(f"recovery/{officer_id}/{_typed(code)}")


def _place(officer_id: int) -> str:
    return f"second_factor.secret/{officer_id}"


def _seal(tx: Session, officer_id: int, secret: str) -> bytes:
    return sealing.of(tx).seal(secret.encode(), _place(officer_id))


def _opened(tx: Session, row: SecondFactor) -> str:
    return sealing.of(tx).open(row.secret, _place(row.officer_id)).decode()
