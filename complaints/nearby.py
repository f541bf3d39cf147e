"""What was reported before: the same matter at one place, or the same words, within some days.

A citizen is told that it was, never what it says or whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import cos, hypot, radians

from rapidfuzz import fuzz
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints import citizens, places, practice
from complaints.clock.workdays import office_date
from complaints.intake import place_key
from complaints.matters import told
from complaints.places import Nearness, Spot
from complaints.states import ANSWERED, Kind
from complaints.tables import STILL_OPEN, Case
from data.collation import fold
from data.outbox import Address

NEAR, FAR = 100.0, 300.0  # metres; a pin is seldom exact
METRES_A_DEGREE = 111_320.0
# Of 100, rapidfuzz's ratio of the folded texts: the words that need to agree, fewer at one place.
ALIKE = {
    Nearness.SAME: 45.0,
    Nearness.ROAD: 60.0,
    Nearness.UNKNOWN: 80.0,
    Nearness.APART: 95.0,  # one text that many send, each with their own address
}
MOST_READ = 500
REPEATED_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class Reported:
    """What a petition says, as far as others may have said it before; read once, compared often."""

    content: str
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @cached_property
    def folded(self) -> str:
        """Its words as they are compared."""
        return fold(self.content)

    @cached_property
    def matters(self) -> frozenset[str]:
        """What it is about."""
        return told(self.content)

    @cached_property
    def spot(self) -> Spot:
        """Where it says it is."""
        return places.read(self.place or "", self.content)

    @cached_property
    def key(self) -> str | None:
        """Its place as written, to be found by."""
        return place_key(self.place)


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
    """Whether a case is about the same matter: at one place the same told, else the same words."""
    nearness = compare(what, case)
    together = nearness in (Nearness.SAME, Nearness.ROAD)
    if together and what.matters & told(case.content):
        return True
    ours, theirs = what.folded, fold(case.content)
    alike = max(fuzz.token_set_ratio(ours, theirs), fuzz.ratio(ours, theirs))
    return alike >= ALIKE[nearness]


def compare(what: Reported, case: Case) -> Nearness:
    """How two places lie: pins within 100 m are one; without pins what is written is read."""
    pins = (what.latitude, what.longitude, case.latitude, case.longitude)
    if any(one is None for one in pins):
        if what.key and what.key == case.place_key:
            return Nearness.SAME
        return places.compare(what.spot, places.read(case.place or "", case.content))
    north, east, other_north, other_east = (float(one or 0) for one in pins)
    up = (north - other_north) * METRES_A_DEGREE
    right = (east - other_east) * METRES_A_DEGREE * cos(radians(north))
    metres = hypot(up, right)
    if metres <= NEAR:
        return Nearness.SAME
    return Nearness.UNKNOWN if metres <= FAR else Nearness.APART
