"""What was reported before: the same place, or the same words, within some days.

A citizen is told that it was, never what it says or whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians

from rapidfuzz import fuzz
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints import citizens, practice
from complaints.clock.workdays import office_date
from complaints.intake import place_key
from complaints.states import ANSWERED, Kind
from complaints.tables import STILL_OPEN, Case
from data.collation import fold
from data.outbox import Address

NEAR = 100.0  # metres
METRES_A_DEGREE = 111_320.0
SAME_WORDS = 80.0  # of 100: rapidfuzz's token-free ratio of the folded texts
SAME_PLACE_WORDS = 45.0  # at one place fewer words need to agree
MOST_READ = 500
REPEATED_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class Reported:
    """What a petition says, as far as others may have said it before."""

    content: str
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def already_reported(
    tx: Session, what: Reported, *, by: Address | None, now: datetime
) -> Sequence[Case]:
    """Open cases of others about the same matter in the office's last days, newest first.

    Confidential cases and reports of misconduct are never among them.
    """
    since = office_date(now) - timedelta(days=practice.load(tx).reported_within_days)
    found = (
        select(Case)
        .where(STILL_OPEN, Case.received_on >= since)
        .where(Case.confidential.is_(False), Case.kind != Kind.MISCONDUCT_REPORT)
        .order_by(Case.id.desc())
        .limit(MOST_READ)
    )
    others = [case for case in tx.scalars(found) if by is None or case.citizen.address != by]
    return [case for case in others if is_same(what, case)]


def answered_before(tx: Session, what: Reported, who: Address, *, now: datetime) -> Case | None:
    """The citizen's own newest answered case about the same matter within a year."""
    citizen = citizens.known(tx, who)
    if citizen is None:
        return None
    since = office_date(now - REPEATED_WITHIN)
    theirs = (
        select(Case)
        .where(Case.citizen_id == citizen.id, Case.received_on >= since)
        .where(or_(*(Case.status == status.value for status in ANSWERED)))
        .order_by(Case.id.desc())
    )
    return next((case for case in tx.scalars(theirs) if is_same(what, case)), None)


def is_same(what: Reported, case: Case) -> bool:
    """Whether a case is about the same matter: much the same words, or fewer at one place."""
    alike = fuzz.token_set_ratio(fold(what.content), fold(case.content))
    alike = max(alike, fuzz.ratio(fold(what.content), fold(case.content)))
    return alike >= (SAME_PLACE_WORDS if is_near(what, case) else SAME_WORDS)


def is_near(what: Reported, case: Case) -> bool:
    """Whether two matters are at one place: pins within 100 m, else the same description."""
    pins = (what.latitude, what.longitude, case.latitude, case.longitude)
    if any(one is None for one in pins):
        key = place_key(what.place)
        return bool(key and key == case.place_key)
    north, east, other_north, other_east = (float(one or 0) for one in pins)
    up = (north - other_north) * METRES_A_DEGREE
    right = (east - other_east) * METRES_A_DEGREE * cos(radians(north))
    return bool(up * up + right * right <= NEAR * NEAR)
