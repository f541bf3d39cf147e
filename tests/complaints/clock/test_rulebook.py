"""The rules of time limits: which holds for a case, what cannot be one, when one may go."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.clock import calendars, rulebook
from complaints.clock.deadlines import Moved, ceiling, due
from complaints.clock.rulebook import NewRule
from complaints.errors import BadRule, RuleInUse, RuleMissing
from complaints.limits import Limit, Priority, Unit
from complaints.roles import LEVELS, Role
from complaints.states import EventKind, Kind, Outcome
from complaints.tables import ApprovalLevel, Rule
from tests.makers import NOON, answer_case, make_case, make_officer

CALENDAR = calendars.of_tables(calendars.shipped())
SIX = Limit(6, Unit.WORKING, reopened_days=3)


def rule(**given: object) -> NewRule:
    """A rule that may be, but for what is given of its limit."""
    limit = replace(SIX, **given)  # type: ignore[arg-type]
    return NewRule(Kind.REFORM_SUGGESTION, Priority.URGENT, limit, "本所 115 年規定")


def test_each_kind_has_its_limit(tx: Session) -> None:
    for kind in Kind:
        limit = rulebook.limit_for(tx, kind)
        assert limit.days >= 1
        assert limit.unit in set(Unit)
    assert rulebook.limit_for(tx, Kind.MISCONDUCT_REPORT).unit is Unit.CALENDAR
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION) == SIX


def test_urgency_has_its_own_limit_or_the_ordinary_one(tx: Session) -> None:
    def days(kind: Kind) -> list[int]:
        return [rulebook.limit_for(tx, kind, one).days for one in Priority]

    assert days(Kind.RIGHTS_PROTECTION) == [1, 3, 6]
    assert days(Kind.REFORM_SUGGESTION) == [6, 6, 6]


def test_a_kind_without_a_rule_is_an_error_never_a_guess(tx: Session) -> None:
    tx.execute(delete(Rule).where(Rule.kind == Kind.PRAISE))
    for priority in Priority:
        with pytest.raises(RuleMissing, match="praise"):
            rulebook.limit_for(tx, Kind.PRAISE, priority)


def test_a_rule_comes_back_as_it_was_written(tx: Session) -> None:
    limit = Limit(10, Unit.CALENDAR, 4, 20, Unit.WORKING, max_extensions=1)
    rulebook.put_rule(tx, NewRule(Kind.PRAISE, Priority.URGENT, limit, "首長核定"))
    tx.expire_all()
    assert rulebook.limit_for(tx, Kind.PRAISE, Priority.URGENT) == limit
    assert rulebook.limit_for(tx, Kind.PRAISE).days == 6
    assert tx.get_one(Rule, (Kind.PRAISE, Priority.URGENT)).basis == "首長核定"


def test_a_rule_is_changed_in_place(tx: Session) -> None:
    before = len(tx.scalars(select(Rule)).all())
    for days in (4, 5):
        rulebook.put_rule(tx, rule(days=days))
    assert rulebook.limit_for(tx, Kind.REFORM_SUGGESTION, Priority.URGENT).days == 5
    assert len(tx.scalars(select(Rule)).all()) == before + 1


@pytest.mark.parametrize(
    "wrong",
    [
        rule(days=0),
        rule(days=-1),
        rule(days=367, ceiling_days=366),
        rule(reopened_days=0),
        rule(reopened_days=367),
        rule(ceiling_days=0),
        rule(ceiling_days=367),
        rule(max_extensions=-1),
        rule(max_extensions=21),
        rule(days=31, ceiling_days=30),
        rule(days=31, unit=Unit.CALENDAR),
        rule(days=31, ceiling_unit=Unit.WORKING),
        replace(rule(), basis=" "),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(tx: Session, wrong: NewRule) -> None:
    before = rulebook.limit_for(tx, wrong.kind, wrong.priority)
    with pytest.raises(BadRule), tx.begin_nested():
        rulebook.put_rule(tx, wrong)
    assert rulebook.limit_for(tx, wrong.kind, wrong.priority) == before


@pytest.mark.parametrize(
    "right",
    [
        rule(days=1, reopened_days=1, ceiling_days=1, max_extensions=0),
        rule(days=366, ceiling_days=366, ceiling_unit=Unit.WORKING, max_extensions=20),
        rule(days=30, unit=Unit.CALENDAR),
        rule(days=30, unit=Unit.CALENDAR, ceiling_unit=Unit.WORKING),
    ],
)
def test_a_rule_at_the_edge_is_taken(tx: Session, right: NewRule) -> None:
    rulebook.put_rule(tx, right)
    assert rulebook.limit_for(tx, right.kind, right.priority) == right.limit


@pytest.mark.parametrize(
    "limit",
    [
        replace(SIX, days=30),  # six weeks against thirty days
        replace(SIX, days=60, unit=Unit.CALENDAR, ceiling_days=6, ceiling_unit=Unit.WORKING),
    ],
    ids=["30 working, 30 days", "60 days, 6 working"],
)
def test_no_limit_passes_its_own_ceiling_in_an_ordinary_month(limit: Limit) -> None:
    """Counted in November 2026, which has no holiday: such a rule does not make sense together."""
    received = [Moved(EventKind.RECEIVED, date(2026, 11, 2))]
    assert due(received, limit, CALENDAR) > ceiling(received, limit, CALENDAR)
    with pytest.raises(BadRule):
        rulebook.check(NewRule(Kind.PRAISE, Priority.ORDINARY, limit, "規定"))


def test_a_rule_that_open_cases_are_counted_by_stays(tx: Session) -> None:
    for _ in range(2):
        make_case(tx)
    make_case(tx, kind=Kind.REGULATION_INQUIRY)
    with pytest.raises(RuleInUse) as caught, tx.begin_nested():
        rulebook.delete_rule(tx, Kind.RIGHTS_PROTECTION, Priority.ORDINARY)
    assert caught.value.cases == 2
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION) == SIX


def test_a_replied_case_is_still_counted_and_a_closed_one_is_not(tx: Session) -> None:
    chief, case = make_officer(tx), make_case(tx)
    answer_case(tx, case, chief)
    with pytest.raises(RuleInUse), tx.begin_nested():
        rulebook.delete_rule(tx, Kind.RIGHTS_PROTECTION, Priority.ORDINARY)
    handling.close(
        tx, case.case_no, outcome=Outcome.RESOLVED, reason="好", by=chief, version=2, now=NOON
    )
    with pytest.raises(BadRule):  # no longer counted by, and yet the kind needs one
        rulebook.delete_rule(tx, Kind.RIGHTS_PROTECTION, Priority.ORDINARY)
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION) == SIX


def test_the_rule_of_an_urgency_goes_when_no_case_has_it(tx: Session) -> None:
    make_case(tx)
    rulebook.delete_rule(tx, Kind.RIGHTS_PROTECTION, Priority.URGENT)
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION, Priority.URGENT) == SIX
    make_case(tx, priority=Priority.MOST_URGENT)
    with pytest.raises(RuleInUse) as caught:
        rulebook.delete_rule(tx, Kind.RIGHTS_PROTECTION, Priority.MOST_URGENT)
    assert caught.value.cases == 1


def test_the_ordinary_rule_stands_in_for_an_urgency_without_its_own(tx: Session) -> None:
    make_case(tx, kind=Kind.REFORM_SUGGESTION, priority=Priority.URGENT)
    with pytest.raises(RuleInUse) as caught:
        rulebook.delete_rule(tx, Kind.REFORM_SUGGESTION, Priority.ORDINARY)
    assert caught.value.cases == 1


def test_a_case_with_a_rule_of_its_own_is_not_counted_for_the_ordinary_one(tx: Session) -> None:
    """The number a refusal names is the number of cases counted by that rule, and no other."""
    make_case(tx)
    make_case(tx, priority=Priority.URGENT)
    with pytest.raises(RuleInUse) as caught:
        rulebook.delete_rule(tx, Kind.RIGHTS_PROTECTION, Priority.ORDINARY)
    assert caught.value.cases == 1


def test_what_is_no_rule_cannot_go(tx: Session) -> None:
    with pytest.raises(RuleMissing):
        rulebook.delete_rule(tx, Kind.PRAISE, Priority.URGENT)


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (1, Role.SECTION_CHIEF),
        (5, Role.SECTION_CHIEF),
        (6, Role.SECRETARY),
        (10, Role.SECRETARY),
        (11, Role.DIRECTOR),
        (300, Role.DIRECTOR),
    ],
)
def test_the_longer_the_higher(tx: Session, days: int, level: Role) -> None:
    assert rulebook.level_for(tx, days) is level
    may = {role for role in Role if rulebook.may_approve(tx, role, days)}
    assert may == set(LEVELS[LEVELS.index(level) :])


def test_an_office_sets_its_own_levels(tx: Session) -> None:
    rulebook.put_level(tx, Role.SECTION_CHIEF, 2)
    rulebook.put_level(tx, Role.SECRETARY, None)
    assert [rulebook.level_for(tx, days) for days in (2, 3, 99)] == [
        Role.SECTION_CHIEF,
        Role.SECRETARY,
        Role.SECRETARY,
    ]


def test_without_levels_the_director_decides(tx: Session) -> None:
    tx.execute(delete(ApprovalLevel))
    assert rulebook.level_for(tx, 1) is Role.DIRECTOR


@pytest.mark.parametrize(("role", "days"), [(Role.CLERK, 3), (Role.ETHICS, 3), (Role.SECRETARY, 0)])
def test_a_level_is_a_role_that_approves_and_at_least_a_day(
    tx: Session, role: Role, days: int
) -> None:
    with pytest.raises(BadRule):
        rulebook.put_level(tx, role, days)
