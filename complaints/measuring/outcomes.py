"""您說．我們做: what citizens said and what the office did about it, for everybody to read.

One officer proposes an item, another approves it. The text is looked at both times, and nothing of
confidential cases or reports of misconduct is ever shown, not even where a case became one later.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from complaints.errors import (
    ComplaintError,
    IncompletePetition,
    LeaksIdentity,
    NothingToDecide,
    NotPermitted,
    OwnWork,
    UnknownCase,
    UnknownSection,
)
from complaints.measuring.blinding import CASE_NO
from complaints.measuring.following import DECIDERS
from complaints.measuring.periods import Period
from complaints.measuring.tables import PublicItem
from complaints.privacy import guard, identities
from complaints.privacy.leaks import Secret, SecretKind, find_leaks
from complaints.roles import HANDLERS, Role
from complaints.states import Kind
from complaints.tables import Case, Officer, Section
from data.masking import NumberKind, numbers_in

PROPOSERS = HANDLERS | {Role.ADMINISTRATOR}
LONGEST = 1_000  # characters of each text
MOST_ENDED = 100
NUMBERS = {
    NumberKind.NATIONAL_ID: SecretKind.ID_NUMBER,
    NumberKind.RESIDENT_ID: SecretKind.ID_NUMBER,
    NumberKind.CARD: SecretKind.OTHER,
    NumberKind.EMAIL: SecretKind.EMAIL,
}
DOOR = "號"
MOBILE = "9"  # after the 0 or the country's 886; other telephones may be the office's own


class State(StrEnum):
    """Where an item stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class ClosedCase(ComplaintError):
    """The case is confidential or a report of misconduct: nothing of it is made public."""


def propose(
    tx: Session,
    *,
    period: str,
    said: str,
    did: str,
    case_no: str | None = None,
    by: Officer,
    now: datetime,
) -> PublicItem:
    """Propose an item for a period; of a case it is its section's, else the proposer's.

    Raises NotPermitted, IncompletePetition, UnknownCase, ClosedCase, UnknownSection for an officer
    without one, or LeaksIdentity.
    """
    if not by.active or Role(by.role) not in PROPOSERS:
        raise NotPermitted("public_item")
    case = _case(tx, case_no) if case_no else None
    texts = {"said": _needed(said, "said"), "did": _needed(did, "did")}
    row = PublicItem(period=_period(period), **texts, state=State.DRAFT, by_id=by.id, at=now)
    row.case_id, row.section_id = case.id if case else None, _section_id(case, by)
    _check(tx, row, case, now)
    tx.add(row)
    tx.flush()
    return row


def approve(tx: Session, item_id: int, *, by: Officer, now: datetime) -> PublicItem:
    """Publish a proposed item; for those who lead, and never one's own.

    Raises NotPermitted, NothingToDecide, OwnWork, ClosedCase or LeaksIdentity.
    """
    if not by.active or Role(by.role) not in DECIDERS:
        raise NotPermitted("public_item")
    row = _held(tx, item_id, State.DRAFT)
    if row.by_id == by.id:
        raise OwnWork("public_item")
    _check(tx, row, row.case, now)
    return _decide(tx, row, State.APPROVED, by, now)


def withdraw_item(tx: Session, item_id: int, *, by: Officer, now: datetime) -> PublicItem:
    """Take an item back: its proposer before it is approved, those who lead at any time.

    Raises NothingToDecide or NotPermitted.
    """
    row = _held(tx, item_id, State.DRAFT, State.APPROVED)
    if not may_withdraw(row, by):
        raise NotPermitted("public_item")
    return _decide(tx, row, State.WITHDRAWN, by, now)


def may_withdraw(row: PublicItem, officer: Officer) -> bool:
    """Whether this officer may take an item back now."""
    leads = Role(officer.role) in DECIDERS
    own = row.by_id == officer.id and row.state == State.DRAFT
    return officer.active and row.state != State.WITHDRAWN and (leads or own)


def may_approve(row: PublicItem, officer: Officer) -> bool:
    """Whether this officer may publish an item now."""
    leads = Role(officer.role) in DECIDERS and row.by_id != officer.id
    return officer.active and row.state == State.DRAFT and leads


def published(tx: Session, *, limit: int, offset: int = 0) -> Sequence[PublicItem]:
    """What everybody may read, the newest period first and its newest item first."""
    shown = select(PublicItem).outerjoin(PublicItem.case).where(PublicItem.state == State.APPROVED)
    newest = shown.where(_open_to_all()).order_by(PublicItem.period.desc(), PublicItem.id.desc())
    return tx.scalars(newest.limit(limit).offset(offset)).unique().all()


def listed(tx: Session, state: State) -> Sequence[PublicItem]:
    """The items of a state with their cases, the newest first; of withdrawn ones the last 100."""
    found = select(PublicItem).where(PublicItem.state == state).order_by(PublicItem.id.desc())
    if state is State.WITHDRAWN:
        found = found.limit(MOST_ENDED)
    return tx.scalars(found.options(joinedload(PublicItem.case))).unique().all()


def proposers(tx: Session, rows: Sequence[PublicItem]) -> dict[int, str]:
    """The names of those who proposed or decided these items."""
    known = {one for row in rows for one in (row.by_id, row.decided_by_id) if one}
    found = tx.execute(select(Officer.id, Officer.name).where(Officer.id.in_(known)))
    return {row.id: row.name for row in found}


# --- inside ---------------------------------------------------------------------------------
def _case(tx: Session, case_no: str) -> Case:
    case = tx.scalar(select(Case).where(Case.case_no == case_no))
    if case is None:
        raise UnknownCase(case_no)
    return case


def _section_id(case: Case | None, by: Officer) -> int:
    found = case.section_id if case else by.section_id
    if found is None:
        raise UnknownSection("none")
    return found


def _held(tx: Session, item_id: int, *states: State) -> PublicItem:
    """The item, held until the transaction ends, in one of these states."""
    lock = {"of": PublicItem}
    row = tx.get(PublicItem, item_id, with_for_update=lock, populate_existing=True)
    if row is None or row.state not in states:
        raise NothingToDecide(f"public item {item_id}")
    return row


def _decide(tx: Session, row: PublicItem, state: State, by: Officer, now: datetime) -> PublicItem:
    row.state, row.decided_by_id, row.decided_at = state, by.id, now
    tx.flush()
    return row


def _check(tx: Session, row: PublicItem, case: Case | None, now: datetime) -> None:
    """Raise ClosedCase or LeaksIdentity unless everybody may read the item."""
    if case and (case.confidential or case.kind == Kind.MISCONDUCT_REPORT):
        raise ClosedCase(case.case_no)
    if found := tuple(dict.fromkeys(_found(tx, f"{row.said}\n{row.did}", case, now))):
        raise LeaksIdentity(found)


def _found(tx: Session, text: str, case: Case | None, now: datetime) -> Iterator[str]:
    """What of the text tells of a person, as the guard outward tells it."""
    nobodys = Case(case_no="")  # belongs to no transaction; nothing of it is compared
    leaks = guard.leaks_in(tx, text, case or nobodys, to_others=True, now=now)
    # An old closed case is not among those the guard compares with.
    leaks += find_leaks(text, _own(tx, case), allowed=_names_here(tx)) if case else []
    yield from (f"{one.kind}: {one.found}" for one in leaks)
    yield from (f"{SecretKind.OTHER}: {one[0]}" for one in CASE_NO.finditer(text))
    yield from _numbers(text)


def _own(tx: Session, case: Case) -> Iterator[Secret]:
    """Who brought the case, and whose door it is about; a road or a park is nobody's."""
    who = identities.unseal(tx, case)
    mail = SecretKind.EMAIL if "@" in (who.contact or "") else SecretKind.PHONE
    door = case.place if case.place and DOOR in case.place else None
    told = ((SecretKind.NAME, who.name), (mail, who.contact), (SecretKind.ADDRESS, door))
    return (Secret(case.case_no, kind, text) for kind, text in told if text)


def _names_here(tx: Session) -> frozenset[str]:
    return frozenset([*tx.scalars(select(Officer.name)), *tx.scalars(select(Section.name))])


def _numbers(text: str) -> Iterator[str]:
    for one in numbers_in(text):
        written = text[one.start : one.end]
        if one.kind in NUMBERS:
            yield f"{NUMBERS[one.kind]}: {written}"
        elif _is_mobile(written):
            yield f"{SecretKind.PHONE}: {written}"


def _is_mobile(written: str) -> bool:
    digits = "".join(str(int(sign)) for sign in written if sign.isdecimal()).lstrip("0")
    return digits.removeprefix("886").lstrip("0").startswith(MOBILE)


def _open_to_all() -> ColumnElement[bool]:
    """Whether nothing of the case, if there is one, became the closed circle's."""
    plain = Case.confidential.is_(False) & (Case.kind != Kind.MISCONDUCT_REPORT.value)
    return or_(PublicItem.case_id.is_(None), plain)


def _period(written: str) -> str:
    try:
        return Period.read(written).key
    except ValueError:
        raise IncompletePetition("period") from None


def _needed(text: str, field: str) -> str:
    if not 0 < len(text.strip()) <= LONGEST:
        raise IncompletePetition(field)
    return text.strip()
