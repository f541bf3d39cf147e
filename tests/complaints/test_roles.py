"""Who may do what with a case: the tables written out a second time, and walked in full."""

from collections.abc import Callable
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, tasks
from complaints.errors import NotPermitted
from complaints.roles import MAY, Role, rank
from complaints.states import Action, Fault, Kind
from complaints.tables import Case, Officer, Section, Task
from complaints.tasks import TaskKind
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

ROLES = "clerk section_chief case_controller secretary director ethics faq_editor administrator"
# One column for each role, in that order.
TABLE = """
assign               - x x x x x - x
accept               x x x x x x - -
hand_back            x x x x x x - -
settle_owner         - - - x x - - -
classify             - x x x x x - -
note                 x x x x x x - -
consult              x x x x x x - -
answer_consultation  x x x x x x - -
ask_supplement       x x x x x x - -
supplement           x x x x x x - -
ask_extension        x x x x x x - -
decide_extension     - x - x x x - -
draft                x x x x x x - -
approve              - x - x x x - -
send                 x x x x x x - -
send_interim         x x x x x x - -
explain_delay        x x x x x x - -
reply                - x x x x x - -
correct              - x - x x x - -
settle_promise       x x x x x x - -
record_improvement   x x x x x x - -
record_visit         x x x x x x - -
check_step           x x x x x x - -
transfer             - x x x x x - -
not_process          - - - x x x - -
merge                x x x x x x - -
split                x x x x x x - -
close                x x x x x x - -
acknowledge          x x x x x x - -
add_information      x x x x x x - -
follow               x x x x x x - -
withdraw             x x x x x x - -
reopen               - x x x x x - -
give_feedback        x x x x x x - -
"""
MAY_DO = {
    name: {role for role, mark in zip(ROLES.split(), marks, strict=True) if mark == "x"}
    for name, *marks in (line.split() for line in TABLE.strip().splitlines())
}


def test_the_table_of_roles_and_actions() -> None:
    assert set(ROLES.split()) == {role.value for role in Role}
    assert {action.value: set(roles) for action, roles in MAY.items()} == MAY_DO


def test_a_level_stands_above_the_one_before_and_the_others_approve_nothing() -> None:
    assert rank(Role.SECTION_CHIEF) < rank(Role.SECRETARY) < rank(Role.DIRECTOR)
    without = {role for role in Role if rank(role) < 0}
    assert without == {
        Role.CLERK,
        Role.CASE_CONTROLLER,
        Role.ETHICS,
        Role.FAQ_EDITOR,
        Role.ADMINISTRATOR,
    }


# --- permit, in full


def allowed(role: str, action: str, *, own: bool, misconduct: bool, handler: bool) -> bool:
    """What the office says: the role first, then one's own case, the circle, the section."""
    if role not in MAY_DO[action]:
        return False
    if handler:
        return True
    if misconduct and role not in {"ethics", "director"}:
        return False
    return own or role not in {"clerk", "section_chief"}


def permitted(tx: Session, by: Officer, action: Action, case: Case) -> bool:
    try:
        handling.permit(tx, by, action, case, NOON)
    except NotPermitted:
        return False
    return True


def staff(tx: Session, role: str, section: Section, name: str | None = None) -> Officer:
    """Somebody who need not log in."""
    username = name or role
    one = Officer(username=username, name=f"{username}先生", role=role, active=True)
    one.section = section
    tx.add(one)
    tx.flush()
    return one


def test_permission_walked_in_full(tx: Session) -> None:
    """Every role, action, section, kind and handler: 2,176 combinations."""
    sections = {True: make_section(tx), False: make_section(tx, "works", "工務課")}
    kinds = {True: Kind.MISCONDUCT_REPORT, False: Kind.RIGHTS_PROTECTION}
    other = staff(tx, "clerk", sections[True], "other")
    wrong = []
    for role in ROLES.split():
        officer = staff(tx, role, sections[True])
        for own, misconduct, handler in product((True, False), repeat=3):
            case = make_case(tx, section=sections[own].name, kind=kinds[misconduct])
            case.handler = officer if handler else other
            tx.flush()
            facts = {"own": own, "misconduct": misconduct, "handler": handler}
            wrong += [
                (role, action, facts)
                for action in Action
                if permitted(tx, officer, action, case) != allowed(role, action, **facts)
            ]
    assert wrong == []


def test_a_case_of_nobody_is_judged_by_section_and_circle(tx: Session) -> None:
    civil = make_section(tx)
    case = make_case(tx, section="民政課", kind=Kind.MISCONDUCT_REPORT)
    circle = {
        role for role in ROLES.split() if permitted(tx, staff(tx, role, civil), Action.NOTE, case)
    }
    assert circle == {"ethics", "director"}


def test_who_left_may_do_nothing(tx: Session) -> None:
    civil = make_section(tx)
    case = make_case(tx, section="民政課")
    for role in ROLES.split():
        officer = staff(tx, role, civil)
        officer.active = False
        case.handler = officer
        tx.flush()
        assert not any(permitted(tx, officer, action, case) for action in Action)


def test_an_officer_of_no_section_has_no_section_of_their_own(tx: Session) -> None:
    case = make_case(tx)
    officer = staff(tx, "clerk", case.section)
    officer.section = None
    tx.flush()
    assert not permitted(tx, officer, Action.NOTE, case)
    case.handler = officer
    tx.flush()
    assert permitted(tx, officer, Action.NOTE, case)


# --- taking down what a citizen said is work of the desk too

Said = Callable[[Session, Case, Officer], object]


def low(case: Case) -> str:
    """The number of a case that was graded low."""
    case.process_grade = 1
    return case.case_no


SAID: dict[str, Said] = {
    "add_information": lambda tx, case, by: handling.add_information(
        tx, case.case_no, "x", by=by, source="phone", now=NOON
    ),
    "confirm_improved": lambda tx, case, by: handling.confirm_improved(
        tx, case.case_no, by=by, source="phone", now=NOON
    ),
    "note_not_improved": lambda tx, case, by: handling.note_not_improved(
        tx, case.case_no, by=by, source="phone", now=NOON
    ),
    "rate": lambda tx, case, by: handling.rate(
        tx, case.case_no, 3, by=by, source="phone", now=NOON
    ),
    "say_why": lambda tx, case, by: handling.say_why(
        tx, low(case), Fault.SLOW, by=by, source="phone", now=NOON
    ),
    "withdraw": lambda tx, case, by: handling.withdraw(
        tx, case.case_no, by=by, source="phone", now=NOON
    ),
    "reopen_dissatisfied": lambda tx, case, by: handling.reopen_dissatisfied(
        tx, case.case_no, reason="不滿意", by=by, source="phone", now=NOON
    ),
}


@pytest.fixture
def answered(tx: Session) -> Case:
    """An answered case of 民政課."""
    make_section(tx)
    case = make_case(tx, section="民政課")
    answer_case(tx, case, make_officer(tx, "director", "director"))
    return case


@pytest.mark.parametrize("verb", SAID)
def test_a_clerk_of_the_section_takes_down_what_a_citizen_says(
    tx: Session, answered: Case, verb: str
) -> None:
    SAID[verb](tx, answered, staff(tx, "clerk", answered.section))


@pytest.mark.parametrize("verb", SAID)
def test_who_does_not_work_on_cases_takes_nothing_down(
    tx: Session, answered: Case, verb: str
) -> None:
    gone = staff(tx, "clerk", answered.section, "gone")
    gone.active = False
    others = [staff(tx, role, answered.section) for role in ("faq_editor", "administrator")]
    for officer in (gone, *others):
        with pytest.raises(NotPermitted), tx.begin_nested():
            SAID[verb](tx, answered, officer)


@pytest.mark.parametrize("verb", SAID)
def test_what_is_said_of_misconduct_is_taken_down_in_its_circle(
    tx: Session, answered: Case, verb: str
) -> None:
    answered.kind = Kind.MISCONDUCT_REPORT
    clerk, ethics = (staff(tx, role, answered.section) for role in ("clerk", "ethics"))
    with pytest.raises(NotPermitted), tx.begin_nested():
        SAID[verb](tx, answered, clerk)
    SAID[verb](tx, answered, ethics)


def test_a_call_is_noted_by_somebody_who_works_here(tx: Session, answered: Case) -> None:
    tasks.make(tx, "a", TaskKind.CALL, "x", now=NOON, case=answered)
    task = tx.scalars(select(Task)).one()
    gone = staff(tx, "clerk", answered.section, "gone")
    gone.active = False
    tx.flush()
    for officer in (gone, staff(tx, "faq_editor", answered.section)):
        with pytest.raises(NotPermitted), tx.begin_nested():
            handling.settle_task(tx, task.id, "好", reached=True, by=officer, now=NOON)
