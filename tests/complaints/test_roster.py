"""The roster: sections and officers, and what may be changed of them by whom."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import roster, tasks
from complaints.errors import NotPermitted, UnknownOfficer, UnknownSection
from complaints.roles import HANDLERS, Role
from complaints.roster import BadRoster, HoldsCases, InIt, OwnRole, Post, SectionInUse
from complaints.staffing import OwnDeputy
from complaints.states import OPEN, Kind, Status
from complaints.tables import Case, Event, Officer, Section, Task
from complaints.tasks import TaskKind
from data.outbox import Address
from tests.makers import NOON, make_case, make_officer, make_section

NAME = "不改名課"


@pytest.fixture
def admin(tx: Session) -> Officer:
    return make_officer(tx, "admin", role="administrator", section="office")


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", role="clerk")


def held(tx: Session, handler: Officer, status: Status = Status.IN_PROGRESS) -> Case:
    """A case of this officer in this status."""
    case = make_case(tx, section="民政課")
    case.handler, case.status = handler, status
    tx.flush()
    return case


def close(tx: Session, code: str, by: Officer, name: str = NAME) -> Section:
    return roster.change_section(tx, code, name=name, intake=False, active=False, by=by)


# --- sections


def test_only_an_empty_section_is_closed(tx: Session, admin: Officer, clerk: Officer) -> None:
    case = held(tx, clerk)
    tasks.make(tx, "t", TaskKind.REVIEW, "看", now=NOON, section_id=case.section_id)
    with pytest.raises(SectionInUse) as refused, tx.begin_nested():
        close(tx, "civil", admin)
    assert (refused.value.cases, refused.value.officers, refused.value.tasks) == (1, 1, 1)
    assert roster.in_sections(tx)[case.section_id] == InIt(1, 1, 1)
    tasks_done = tx.scalars(select(Task).where(Task.key == "t")).one()
    tasks_done.done_at = NOON
    clerk.active = False
    case.status = Status.CLOSED
    tx.flush()
    assert close(tx, "civil", admin).active is False


@pytest.mark.parametrize("status", Status)
def test_what_counts_as_open_is_what_the_office_still_owes(
    tx: Session, admin: Officer, clerk: Officer, status: Status
) -> None:
    case = held(tx, clerk, status)
    expected = int(status in OPEN)
    assert roster.in_sections(tx)[case.section_id].cases == expected
    assert roster.open_cases_of_each(tx).get(clerk.id, 0) == expected
    assert len(roster.open_cases(tx, clerk)) == expected


def test_reports_of_misconduct_are_counted_only_for_who_may_know(
    tx: Session, clerk: Officer
) -> None:
    case = make_case(tx, kind=Kind.MISCONDUCT_REPORT, section="民政課")
    case.handler = clerk
    tx.flush()
    assert roster.in_sections(tx, misconduct=False)[case.section_id].cases == 0
    assert roster.open_cases_of_each(tx, misconduct=False) == {}
    assert roster.in_sections(tx)[case.section_id].cases == 1


def test_exactly_one_section_takes_cases_in(tx: Session, admin: Officer) -> None:
    made = roster.add_section(tx, code="works", name="經建課", intake=True, by=admin)
    marked = select(Section.code).where(Section.intake)
    assert tx.scalars(marked).all() == ["works"]
    case = make_case(tx)
    assert case.section_id == made.id
    case.status = Status.CLOSED
    roster.change_section(tx, "intake", name="研考", intake=True, active=True, by=admin)
    assert tx.scalars(marked).all() == ["intake"]
    for intake, active in ((False, True), (True, False), (False, False)):
        with pytest.raises(BadRoster), tx.begin_nested():
            roster.change_section(tx, "intake", name="研考", intake=intake, active=active, by=admin)
    close(tx, "works", admin)
    with pytest.raises(BadRoster), tx.begin_nested():
        roster.change_section(tx, "works", name=NAME, intake=True, active=False, by=admin)
    assert tx.scalars(marked).all() == ["intake"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("", NAME),
        ("Works", NAME),
        ("經建", NAME),
        ("a b", NAME),
        ("x" * 31, NAME),
        ("civil", NAME),
        ("works", ""),
        ("works", "課" * 61),
        ("works", " 民政課 "),
    ],
)
def test_a_section_that_cannot_be_told_from_others_is_refused(
    tx: Session, admin: Officer, code: str, name: str
) -> None:
    make_section(tx)
    with pytest.raises(BadRoster), tx.begin_nested():
        roster.add_section(tx, code=code, name=name, by=admin)
    longest = roster.add_section(tx, code="x" * 30, name="課" * 60, by=admin)
    assert longest.active and not longest.intake


def test_an_unknown_section_is_not_changed(tx: Session, admin: Officer) -> None:
    with pytest.raises(UnknownSection), tx.begin_nested():
        close(tx, "none", admin)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_administrators_keep_the_roster(tx: Session, clerk: Officer, role: Role) -> None:
    other = make_officer(tx, "other", role=role)
    with pytest.raises(NotPermitted), tx.begin_nested():
        roster.add_section(tx, code="works", name=NAME, by=other)
    with pytest.raises(NotPermitted), tx.begin_nested():
        close(tx, "civil", other)
    with pytest.raises(NotPermitted), tx.begin_nested():
        roster.change_officer(tx, clerk, Post("名", Role.CLERK, None), by=other, now=NOON)
    with pytest.raises(NotPermitted), tx.begin_nested():
        roster.reopen_officer(tx, "clerk", by=other)


def test_an_administrator_who_left_keeps_nothing(tx: Session, admin: Officer) -> None:
    admin.active = False
    with pytest.raises(NotPermitted), tx.begin_nested():
        roster.add_section(tx, code="works", name=NAME, by=admin)


# --- officers


def test_what_changed_of_an_officer_is_told(tx: Session, admin: Officer, clerk: Officer) -> None:
    social, ann = make_section(tx, "social", "社會課"), make_officer(tx, "ann", role="clerk")
    address = Address("telegram", "1001")
    post = Post(" 小明 ", Role.SECTION_CHIEF, social, ann, address)
    changed = roster.change_officer(tx, clerk, post, by=admin, now=NOON)
    assert changed == {"name", "role", "section", "deputy", "alert"}
    assert (clerk.name, clerk.role, clerk.section_id) == ("小明", "section_chief", social.id)
    assert (clerk.deputy_id, clerk.alert_name) == (ann.id, "1001")
    assert roster.change_officer(tx, clerk, post, by=admin, now=NOON) == frozenset()
    plain = Post("小明", Role.SECTION_CHIEF, social)
    assert roster.change_officer(tx, clerk, plain, by=admin, now=NOON) == {"deputy", "alert"}


@pytest.mark.parametrize("role", Role)
def test_cases_stay_only_with_who_handles_cases(
    tx: Session, admin: Officer, clerk: Officer, role: Role
) -> None:
    case, ann = held(tx, clerk), make_officer(tx, "ann", role="clerk")
    post = Post("名", role, clerk.section)
    if role in HANDLERS:
        roster.change_officer(tx, clerk, post, by=admin, now=NOON)
        assert case.handler is clerk
        return
    with pytest.raises(HoldsCases) as refused, tx.begin_nested():
        roster.change_officer(tx, clerk, post, by=admin, now=NOON)
    assert refused.value.cases == 1
    roster.change_officer(tx, clerk, post, successor=ann, by=admin, now=NOON)
    assert case.handler is ann
    events = tx.scalars(select(Event.kind).where(Event.case_id == case.id).order_by(Event.id))
    assert list(events)[-1] == "assigned"


def test_an_entry_that_cannot_be_is_refused(tx: Session, admin: Officer, clerk: Officer) -> None:
    gone, editor = make_officer(tx, "gone", role="clerk"), make_officer(tx, "ed", role="faq_editor")
    gone.active = False
    closed = Section(code="closed", name="裁撤課", active=False)
    tx.add(closed)
    tx.flush()
    for post, error in (
        (Post(" ", Role.CLERK, None), BadRoster),
        (Post("名" * 61, Role.CLERK, None), BadRoster),
        (Post("名", Role.CLERK, closed), UnknownSection),
        (Post("名", Role.CLERK, None, clerk), OwnDeputy),
        (Post("名", Role.CLERK, None, gone), UnknownOfficer),
        (Post("名", Role.CLERK, None, editor), UnknownOfficer),
    ):
        with pytest.raises(error), tx.begin_nested():
            roster.change_officer(tx, clerk, post, by=admin, now=NOON)
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        roster.change_officer(tx, gone, Post("名", Role.CLERK, None), by=admin, now=NOON)
    with pytest.raises(OwnRole), tx.begin_nested():
        roster.change_officer(tx, admin, Post("名", Role.DIRECTOR, None), by=admin, now=NOON)


def test_who_comes_back_has_no_deputy_and_no_closed_section(
    tx: Session, admin: Officer, clerk: Officer
) -> None:
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        roster.reopen_officer(tx, "clerk", by=admin)
    clerk.active, clerk.deputy_id = False, admin.id
    tx.flush()
    close(tx, "civil", admin)
    back = roster.reopen_officer(tx, "clerk", by=admin)
    assert (back.active, back.deputy_id, back.section) == (True, None, None)


def test_those_who_are_there_come_first(tx: Session, admin: Officer, clerk: Officer) -> None:
    make_officer(tx, "aaa", role="clerk").active = False
    tx.flush()
    assert [one.username for one in roster.officers(tx)][-1] == "aaa"
    tx.add(Section(code="aaa", name="裁撤課", active=False))
    tx.flush()
    assert [one.code for one in roster.sections(tx)][-1] == "aaa"
