"""Nobody's case is left behind, whoever leaves."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import leaving
from complaints.clock.workdays import office_date
from complaints.errors import (
    IncompletePetition,
    LastAdministrator,
    NotPermitted,
    OutsideCircle,
    UnknownOfficer,
)
from complaints.roles import HANDLERS, Role
from complaints.states import OPEN, EventKind, Kind, Status
from complaints.tables import Case, Event, Officer
from tests.makers import NOON, make_case, make_officer

TODAY = office_date(NOON)


@pytest.fixture
def boss(tx: Session) -> Officer:
    return make_officer(tx, "boss", role="director")


@pytest.fixture
def leaver(tx: Session) -> Officer:
    return make_officer(tx, "leaver", role="clerk")


@pytest.fixture
def other(tx: Session) -> Officer:
    return make_officer(tx, "other", role="clerk", section="social")


def held(tx: Session, handler: Officer, status: Status) -> Case:
    """A case of this officer in this status."""
    case = make_case(tx, section="民政課")
    case.handler, case.status = handler, status
    tx.flush()
    return case


def test_every_open_case_goes_along_and_stays_as_it_is(
    tx: Session, boss: Officer, leaver: Officer, other: Officer
) -> None:
    cases = {status: held(tx, leaver, status) for status in Status}
    before = {status: (one.section_id, one.due_on, one.version) for status, one in cases.items()}
    assert leaving.hand_over(tx, leaver, other, by=boss, now=NOON) == len(OPEN)
    for status, case in cases.items():
        section, due_on, version = before[status]
        moved = status in OPEN
        assert case.handler is (other if moved else leaver)
        assert (case.status, case.section_id, case.due_on) == (status, section, due_on)
        assert case.version == version + moved
        told = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.ASSIGNED)
        events = tx.scalars(told).all()
        assert [one.data["handler"] for one in events] == ["other先生"] * moved
    assert leaving.hand_over(tx, leaver, other, by=boss, now=NOON) == 0


def test_a_case_is_nobodys_only_while_nobody_stands_in(
    tx: Session, boss: Officer, leaver: Officer, other: Officer
) -> None:
    held(tx, leaver, Status.IN_PROGRESS)
    held(tx, leaver, Status.CLOSED)
    assert leaving.ownerless(tx, TODAY) == 0
    leaver.active = False  # as if the account had been closed by hand
    tx.flush()
    assert leaving.ownerless(tx, TODAY) == 1
    leaver.deputy_id = other.id
    tx.flush()
    assert leaving.ownerless(tx, TODAY) == 0
    other.active = False
    tx.flush()
    assert leaving.ownerless(tx, TODAY) == 1
    assert leaving.hand_over(tx, leaver, boss, by=boss, now=NOON) == 1
    assert leaving.ownerless(tx, TODAY) == 0


def test_what_is_reopened_later_is_the_successors(
    tx: Session, boss: Officer, leaver: Officer, other: Officer
) -> None:
    case = held(tx, leaver, Status.CLOSED)
    assert leaving.leave(tx, leaver, other, by=boss, now=NOON) == 0
    case.status = Status.REOPENED
    tx.flush()
    assert (leaver.active, leaver.deputy_id) == (False, other.id)
    assert leaving.ownerless(tx, TODAY) == 0


def test_nobody_leaves_without_somebody_to_take_over(
    tx: Session, boss: Officer, leaver: Officer, other: Officer
) -> None:
    with pytest.raises(IncompletePetition), tx.begin_nested():
        leaving.leave(tx, leaver, None, by=boss, now=NOON)
    leaver.deputy_id = other.id
    other.active = False
    tx.flush()
    with pytest.raises(IncompletePetition), tx.begin_nested():
        leaving.leave(tx, leaver, None, by=boss, now=NOON)
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        leaving.leave(tx, leaver, other, by=boss, now=NOON)
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        leaving.leave(tx, leaver, leaver, by=boss, now=NOON)
    assert leaver.active
    other.active = True
    tx.flush()
    assert leaving.leave(tx, leaver, None, by=boss, now=NOON) == 0
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        leaving.leave(tx, leaver, None, by=boss, now=NOON)


@pytest.mark.parametrize("role", Role)
def test_who_closes_accounts_and_who_takes_cases(
    tx: Session, boss: Officer, leaver: Officer, other: Officer, role: Role
) -> None:
    somebody = make_officer(tx, "somebody", role=role)
    if role in {Role.SECRETARY, Role.DIRECTOR, Role.ADMINISTRATOR}:
        assert leaving.leave(tx, other, leaver, by=somebody, now=NOON) == 0
    else:
        with pytest.raises(NotPermitted), tx.begin_nested():
            leaving.leave(tx, other, leaver, by=somebody, now=NOON)
    with pytest.raises(NotPermitted), tx.begin_nested():
        leaving.leave(tx, somebody, leaver, by=somebody, now=NOON)
    held(tx, leaver, Status.ASSIGNED)
    if role in HANDLERS:
        assert leaving.leave(tx, leaver, somebody, by=boss, now=NOON) == 1
    else:
        with pytest.raises(UnknownOfficer), tx.begin_nested():
            leaving.leave(tx, leaver, somebody, by=boss, now=NOON)


def test_the_last_administrator_stays(tx: Session) -> None:
    head, root = make_officer(tx, "head", "director"), make_officer(tx, "root", "administrator")
    with pytest.raises(LastAdministrator), tx.begin_nested():
        leaving.leave(tx, root, head, by=head, now=NOON)
    make_officer(tx, "second", "administrator")
    leaving.leave(tx, root, head, by=head, now=NOON)
    assert not root.active


def test_a_report_of_misconduct_goes_only_to_who_may_know_of_it(tx: Session) -> None:
    head, ethics = make_officer(tx, "head", "director"), make_officer(tx, "ethics", "ethics")
    clerk, case = make_officer(tx, "clerk", "clerk"), make_case(tx, kind=Kind.MISCONDUCT_REPORT)
    case.handler = ethics
    tx.flush()
    with pytest.raises(OutsideCircle), tx.begin_nested():
        leaving.leave(tx, ethics, clerk, by=head, now=NOON)
    assert leaving.leave(tx, ethics, head, by=head, now=NOON) == 1
    assert case.handler is head
