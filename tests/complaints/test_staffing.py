"""Who is there, who stands in, and what a deputy may do."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from complaints import handling, staffing
from complaints.errors import NothingToDecide, NotPermitted, TooLate, UnknownOfficer
from complaints.roles import Role
from complaints.staffing import (
    AbsencesOverlap,
    BackBeforeGone,
    OwnDeputy,
    absence_of,
    absences,
    add_absence,
    arranges,
    change_absence,
    covered_by,
    covers,
    remove_absence,
    stands_in,
)
from complaints.states import Kind
from complaints.tables import Absence, Case, Officer
from tests.makers import NOON, make_case, make_section

DAY = timedelta(days=1)
TODAY = date(2026, 11, 26)


def hire(tx: Session, name: str, deputy: Officer | None = None, section: str = "civil") -> Officer:
    """A clerk who need not log in."""
    place = make_section(tx, section, f"{section}課")
    one = Officer(username=name, name=f"{name}先生", role="clerk", section=place, active=True)
    one.deputy_id = deputy.id if deputy else None
    tx.add(one)
    tx.flush()
    return one


def away(
    tx: Session, who: Officer, deputy: Officer | None = None, first: int = 0, last: int = 0
) -> None:
    """Away as an older table may hold it, whatever would be refused today."""
    days = {"first_day": TODAY + first * DAY, "last_day": TODAY + last * DAY}
    deputy_id = deputy.id if deputy else who.deputy_id
    tx.add(Absence(officer_id=who.id, deputy_id=deputy_id, **days))
    tx.flush()


@pytest.fixture
def me(tx: Session) -> Officer:
    return hire(tx, "me")


# --- who answers for whom


def test_an_absence_does_not_end_before_it_begins(tx: Session, me: Officer) -> None:
    with pytest.raises(BackBeforeGone, match="before it begins"), tx.begin_nested():
        add_absence(tx, me, TODAY, TODAY - DAY, None)
    with pytest.raises(BackBeforeGone), tx.begin_nested():
        add_absence(tx, me, date(1, 1, 1), TODAY, None)
    row = add_absence(tx, me, TODAY, TODAY, None)
    assert (row.officer_id, row.first_day, row.last_day) == (me.id, TODAY, TODAY)


def test_the_usual_deputy_stands_in_unless_another_is_named(tx: Session, me: Officer) -> None:
    usual, other = hire(tx, "usual"), hire(tx, "other")
    me.deputy_id = usual.id
    row = add_absence(tx, me, TODAY, TODAY, None)
    assert row.deputy_id == usual.id
    change_absence(tx, row, TODAY, TODAY + DAY, other, today=TODAY)
    assert (row.last_day, row.deputy_id) == (TODAY + DAY, other.id)
    change_absence(tx, row, TODAY, TODAY, None, today=TODAY)
    assert row.deputy_id == usual.id


def test_nobody_stands_in_who_cannot(tx: Session, me: Officer) -> None:
    gone, editor = hire(tx, "gone"), hire(tx, "editor")
    gone.active, editor.role = False, "faq_editor"
    for deputy, error in ((me, OwnDeputy), (gone, UnknownOfficer), (editor, UnknownOfficer)):
        with pytest.raises(error), tx.begin_nested():
            add_absence(tx, me, TODAY, TODAY, deputy)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=8))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_of_two_absences_that_share_a_day_the_second_is_refused(
    tx: Session, spans: list[tuple[int, int]]
) -> None:
    with tx.begin_nested() as undo:
        days: set[int] = set()
        who = hire(tx, "who")
        for first, more in spans:
            wanted = set(range(first, first + more + 1))
            dates = TODAY + first * DAY, TODAY + (first + more) * DAY
            if wanted & days:
                with pytest.raises(AbsencesOverlap), tx.begin_nested():
                    add_absence(tx, who, *dates, None)
            else:
                add_absence(tx, who, *dates, None)
                days |= wanted
        undo.rollback()


def test_an_absence_may_move_over_its_own_days_and_not_over_others(
    tx: Session, me: Officer
) -> None:
    one = add_absence(tx, me, TODAY, TODAY + DAY, None)
    two = add_absence(tx, me, TODAY + 3 * DAY, TODAY + 4 * DAY, None)
    change_absence(tx, one, TODAY + DAY, TODAY + 2 * DAY, None, today=TODAY)
    with pytest.raises(AbsencesOverlap) as refused, tx.begin_nested():
        change_absence(tx, one, TODAY, TODAY + 3 * DAY, None, today=TODAY)
    assert (refused.value.first, refused.value.last) == (two.first_day, two.last_day)
    remove_absence(tx, two, today=TODAY)
    change_absence(tx, one, TODAY, TODAY + 3 * DAY, None, today=TODAY)
    assert absences(tx, TODAY) == [one]


def test_what_is_over_stays_and_what_is_not_there_is_not_found(tx: Session, me: Officer) -> None:
    row = add_absence(tx, me, TODAY, TODAY, None)
    assert absence_of(tx, row.id) is row
    with pytest.raises(TooLate), tx.begin_nested():
        remove_absence(tx, row, today=TODAY + DAY)
    with pytest.raises(TooLate), tx.begin_nested():
        change_absence(tx, row, TODAY, TODAY, None, today=TODAY + DAY)
    remove_absence(tx, row, today=TODAY)
    with pytest.raises(NothingToDecide):
        absence_of(tx, row.id)


@pytest.mark.parametrize("role", Role)
def test_who_arranges_for_whom(tx: Session, me: Officer, role: Role) -> None:
    by, elsewhere = hire(tx, "by"), hire(tx, "elsewhere", section="works")
    by.role = role
    leads = role in {"case_controller", "secretary", "director", "administrator"}
    assert arranges(by, by)
    assert arranges(by, elsewhere) is leads
    assert arranges(by, me) is (leads or role is Role.SECTION_CHIEF)
    by.section_id = me.section_id = None
    assert arranges(by, me) is leads
    by.active = False
    assert not arranges(by, by)


def test_who_is_away_and_who_answers(tx: Session, me: Officer) -> None:
    handler, alone = hire(tx, "handler", deputy=me), hire(tx, "alone")
    away(tx, handler)
    away(tx, alone)
    away(tx, me, first=1)
    assert staffing.away(tx, TODAY) == {handler.id: me, alone.id: alone}


def test_who_is_here_answers_alone(tx: Session, me: Officer) -> None:
    handler = hire(tx, "handler", deputy=me)
    assert stands_in(tx, handler, TODAY) is handler


@pytest.mark.parametrize(("day", "gone"), [(-1, False), (0, True), (2, True), (3, False)])
def test_the_deputy_answers_from_the_first_day_to_the_last(
    tx: Session, me: Officer, day: int, gone: bool
) -> None:
    handler = hire(tx, "handler", deputy=me)
    away(tx, handler, last=2)
    assert (stands_in(tx, handler, TODAY + day * DAY) is me) is gone


def test_the_deputy_of_the_absence_goes_before_the_usual_one(tx: Session, me: Officer) -> None:
    usual, handler = hire(tx, "usual"), hire(tx, "handler", deputy=me)
    away(tx, handler, usual)
    assert stands_in(tx, handler, TODAY) is usual
    away(tx, handler, me)  # the later of two absences holds
    assert stands_in(tx, handler, TODAY) is me


def test_a_deputy_who_is_away_has_a_deputy(tx: Session, me: Officer) -> None:
    between = hire(tx, "between", deputy=me)
    handler = hire(tx, "handler", deputy=between)
    away(tx, handler)
    away(tx, between)
    assert stands_in(tx, handler, TODAY) is me


def test_deputies_in_a_circle_who_are_all_away_leave_the_officer_named(
    tx: Session, me: Officer
) -> None:
    other = hire(tx, "other", deputy=me)
    me.deputy_id = other.id
    for one in (me, other):
        away(tx, one)
    assert stands_in(tx, me, TODAY) is me
    assert stands_in(tx, other, TODAY) is other


def test_with_nobody_there_the_officer_is_named(tx: Session, me: Officer) -> None:
    away(tx, me)
    assert stands_in(tx, me, TODAY) is me


def test_who_left_is_replaced_for_good(tx: Session, me: Officer) -> None:
    handler = hire(tx, "handler", deputy=me)
    handler.active = False
    assert stands_in(tx, handler, TODAY + 400 * DAY) is me


def test_whose_work_is_mine(tx: Session, me: Officer) -> None:
    handler, stranger = hire(tx, "handler", deputy=me), hire(tx, "stranger")
    assert covers(tx, me, me.id, TODAY)
    assert not covers(tx, me, None, TODAY)
    assert not covers(tx, me, handler.id, TODAY)
    away(tx, handler)
    away(tx, stranger)
    assert covers(tx, me, handler.id, TODAY)
    assert not covers(tx, me, stranger.id, TODAY)
    assert not covers(tx, me, 10**6, TODAY)


def test_the_work_i_see_is_the_work_i_may_do(tx: Session) -> None:
    """`covered_by` lists exactly those whom `covers` names, in offices of every shape."""
    chance = Random(7)
    for office in range(40):
        staff = [hire(tx, f"{office}-{n}") for n in range(5)]
        for one in staff:
            one.deputy_id = chance.choice([None, *(other.id for other in staff)])
            one.active = chance.random() < 0.7
            if chance.random() < 0.5:
                away(tx, one, chance.choice([None, *staff]))
        tx.flush()
        for one in staff:
            may = {other.id for other in staff if covers(tx, one, other.id, TODAY)}
            assert covered_by(tx, one, TODAY) == may


def test_who_left_while_the_deputy_is_away_is_covered_by_the_next(tx: Session, me: Officer) -> None:
    between = hire(tx, "between", deputy=me)
    gone = hire(tx, "gone", deputy=between)
    gone.active = False
    away(tx, between)
    assert covers(tx, me, gone.id, TODAY)
    assert covered_by(tx, me, TODAY) == {me.id, between.id, gone.id}


# --- what a deputy may do


@pytest.fixture
def elsewhere(tx: Session, me: Officer) -> Case:
    """A case of another section, handled by somebody whose deputy I am."""
    handler = hire(tx, "handler", deputy=me, section="works")
    case = make_case(tx, section="works課")
    handling.accept(tx, case.case_no, by=handler, version=1, now=NOON)
    return case


def note(tx: Session, case: Case, by: Officer) -> None:
    handling.note(tx, case.case_no, "已聯絡", by=by, version=None, now=NOON)


def test_a_deputy_acts_on_a_case_of_another_section_and_only_meanwhile(
    tx: Session, me: Officer, elsewhere: Case
) -> None:
    with pytest.raises(NotPermitted), tx.begin_nested():
        note(tx, elsewhere, me)
    assert elsewhere.handler is not None
    away(tx, elsewhere.handler)
    note(tx, elsewhere, me)
    with pytest.raises(NotPermitted), tx.begin_nested():
        handling.note(tx, elsewhere.case_no, "x", by=me, version=None, now=NOON + DAY)  # back again


def test_a_deputy_gets_no_higher_a_role(tx: Session, me: Officer, elsewhere: Case) -> None:
    assert elsewhere.handler is not None
    elsewhere.handler.role = "section_chief"
    away(tx, elsewhere.handler)
    with pytest.raises(NotPermitted), tx.begin_nested():
        handling.reply(tx, elsewhere.case_no, "x", by=me, version=elsewhere.version, now=NOON)


def test_a_report_of_misconduct_goes_on_while_its_handler_is_away(tx: Session, me: Officer) -> None:
    ethics, handler = hire(tx, "ethics"), hire(tx, "handler", deputy=me)
    ethics.role = "ethics"
    case = make_case(tx, kind=Kind.MISCONDUCT_REPORT, section="civil課")
    with pytest.raises(NotPermitted), tx.begin_nested():
        note(tx, case, me)
    handling.assign(
        tx, case.case_no, section="civil", handler="handler", by=ethics, version=1, now=NOON
    )
    note(tx, case, handler)
    away(tx, handler)
    note(tx, case, me)


def test_who_left_does_nothing_even_with_their_own_case(tx: Session, elsewhere: Case) -> None:
    handler = elsewhere.handler
    assert handler is not None
    handler.active = False
    tx.flush()
    with pytest.raises(NotPermitted), tx.begin_nested():
        note(tx, elsewhere, handler)
