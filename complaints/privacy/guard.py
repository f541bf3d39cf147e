"""No one's data in other people's letters: outgoing text against those who brought cases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.clock.workdays import office_date
from complaints.errors import LeaksIdentity
from complaints.privacy import identities
from complaints.privacy.leaks import Leak, Secret, SecretKind, find_leaks
from complaints.tables import STILL_OPEN, Case, Officer, Section
from data.database import rare

COMPARED_FOR = timedelta(days=90)  # an older closed case is seldom at hand to be copied from
MOST_COMPARED = 5_000
MOST_LOOKED_AT = 20_000  # cases, the newest; open ones always


def leaks_in(tx: Session, text: str, case: Case, *, to_others: bool, now: datetime) -> list[Leak]:
    """Personal data in a text of a case that must not leave with it.

    The complainant's own data count when the text goes to others than the complainant; those of
    other cases always do: of open ones and of the last 90 days, the newest 5,000.
    """
    secrets = [one for one in _secrets(tx, now) if to_others or one.owner != case.case_no]
    return find_leaks(text, secrets, allowed=_names_of_the_office(tx))


def refuse(tx: Session, text: str, case: Case, *, to_others: bool, now: datetime) -> None:
    """Raise LeaksIdentity when the text holds such data; the error says what."""
    if found := leaks_in(tx, text, case, to_others=to_others, now=now):
        raise LeaksIdentity(tuple(f"{one.kind}: {one.found}" for one in found))


def _secrets(tx: Session, now: datetime) -> Iterator[Secret]:
    newest = select(func.coalesce(func.max(Case.id), 0)).scalar_subquery()
    day = office_date(now - COMPARED_FOR)
    held = select(Case.id, Case.case_no, Case.petitioner).where(Case.petitioner.is_not(None))
    recent = held.where(Case.id > newest - MOST_LOOKED_AT, Case.received_on >= day)
    # Asked by itself and in no order: either database would read the whole register for it.
    running = held.where(rare(STILL_OPEN))
    rows = [
        *tx.execute(recent.order_by(Case.id.desc()).limit(MOST_COMPARED)),
        *tx.execute(running),
    ]
    found = {number: (case_no, sealed) for number, case_no, sealed in rows}
    for number in sorted(found, reverse=True)[:MOST_COMPARED]:
        case_no, sealed = found[number]
        who = identities.opened(tx, case_no, sealed)
        if who.name:
            yield Secret(case_no, SecretKind.NAME, who.name)
        if who.contact:
            kind = SecretKind.EMAIL if "@" in who.contact else SecretKind.PHONE
            yield Secret(case_no, kind, who.contact)


def _names_of_the_office(tx: Session) -> frozenset[str]:
    """Officers and sections sign what they write."""
    return frozenset([*tx.scalars(select(Officer.name)), *tx.scalars(select(Section.name))])
