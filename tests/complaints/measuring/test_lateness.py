"""Which cases were late, by how many working days, and what was said about it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from complaints import handling
from complaints.measuring import lateness
from complaints.measuring.facts import CLOSED_CIRCLE
from complaints.measuring.lateness import Late
from complaints.measuring.periods import Period
from complaints.states import Outcome
from complaints.tables import Case, Officer
from tests.makers import answer_case, make_case, make_officer

NOVEMBER = Period.month(2026, 11)
LATER = date(2027, 1, 4)
CAUSE, MEASURE = "會勘時間排不開", "收案隔日即排會勘"


def at(day: str) -> datetime:
    """Ten in the morning of a Taipei day of 2026."""
    month, number = (int(part) for part in day.split("-"))
    return datetime(2026, month, number, 2, tzinfo=UTC)


@pytest.fixture
def head(tx: Session) -> Officer:
    return make_officer(tx, "head", "director")


def close(tx: Session, case: Case, by: Officer, day: str, **why: str) -> None:
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="已處理",
        by=by,
        version=case.version,
        now=at(day),
        **why,
    )


def finish(tx: Session, by: Officer, came: str, answered: str, ended: str, **given: Any) -> Case:
    """A case that was answered and closed; six working days are allowed."""
    case = make_case(tx, now=at(came), **given)
    answer_case(tx, case, by, at(answered))
    close(tx, case, by, ended, cause=CAUSE, measure=MEASURE)
    return case


def late(tx: Session, period: Period = NOVEMBER, today: date = LATER, most: int = 50) -> list[Late]:
    return lateness.of_period(tx, period, today=today, most=most)


def test_a_late_closing_tells_its_days_cause_and_measure(tx: Session, head: Officer) -> None:
    case = finish(tx, head, "11-02", "11-12", "11-16")
    assert late(tx) == [
        Late(
            case_no=case.case_no,
            kind="rights_protection",
            section=case.section.code,
            received_on=date(2026, 11, 2),
            due_on=date(2026, 11, 10),
            done_on=date(2026, 11, 12),
            days_late=2,
            cause=CAUSE,
            measure=MEASURE,
        )
    ]


def test_days_off_make_nobody_later(tx: Session, head: Officer) -> None:
    """Due on a Tuesday, answered on the Monday after: four working days."""
    finish(tx, head, "11-02", "11-16", "11-16")
    assert [one.days_late for one in late(tx)] == [4]


def test_who_answered_in_time_is_not_late_however_late_it_was_closed(
    tx: Session, head: Officer
) -> None:
    finish(tx, head, "11-02", "11-10", "11-27")
    assert late(tx) == []


def test_an_open_case_past_its_date_is_late_up_to_the_end(tx: Session, head: Officer) -> None:
    case = make_case(tx, now=at("11-02"))
    reason = "等候現場會勘"
    handling.explain_delay(tx, case.case_no, reason, by=head, version=case.version, now=at("11-11"))
    (found,) = late(tx)
    assert (found.due_on, found.done_on) == (date(2026, 11, 10), None)
    assert found.days_late == 14  # up to Monday the 30th
    assert (found.cause, found.measure) == (reason, "")


def test_of_a_month_that_is_not_over_it_is_late_up_to_today(tx: Session) -> None:
    make_case(tx, now=at("11-02"))
    assert [one.days_late for one in late(tx, today=date(2026, 11, 12))] == [2]
    assert late(tx, today=date(2026, 11, 10)) == []


def test_what_a_section_explains_before_the_meeting_is_told_there(
    tx: Session, head: Officer
) -> None:
    case = make_case(tx, now=at("11-02"))
    handling.explain_delay(
        tx, case.case_no, "開會前才說", by=head, version=case.version, now=at("12-03")
    )
    assert [one.cause for one in late(tx, today=date(2026, 12, 2))] == [""]
    (found,) = late(tx, today=date(2026, 12, 3))
    assert (found.cause, found.days_late) == ("開會前才說", 14)  # late as it was at the end


@pytest.mark.parametrize(
    "given", [{"confidential": True}, {"kind": "misconduct_report", "confidential": True}]
)
def test_the_closed_circles_cases_tell_neither_section_nor_cause(
    tx: Session, head: Officer, given: dict[str, Any]
) -> None:
    finish(tx, head, "10-01", "11-25", "11-26", **given)
    assert [(one.section, one.cause, one.measure) for one in late(tx)] == [(CLOSED_CIRCLE, "", "")]


def test_the_latest_come_first_and_no_more_than_asked_for(tx: Session, head: Officer) -> None:
    two, nine, four = (
        finish(tx, head, "11-02", answered, "11-27") for answered in ("11-12", "11-23", "11-16")
    )
    assert [one.case_no for one in late(tx)] == [one.case_no for one in (nine, four, two)]
    assert [one.case_no for one in late(tx, most=1)] == [nine.case_no]


def test_what_was_late_in_another_month_is_not_told(tx: Session, head: Officer) -> None:
    finish(tx, head, "10-01", "10-28", "10-29")
    assert late(tx) == []
    assert len(late(tx, Period.month(2026, 10))) == 1
    assert len(late(tx, Period.read("2026-H2"))) == 1


def test_taken_up_again_later_it_stays_as_late_as_it_was(tx: Session, head: Officer) -> None:
    case = finish(tx, head, "11-02", "11-12", "11-16")
    before = late(tx)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒改善", now=at("12-01"))
    assert late(tx) == before


@pytest.mark.parametrize("closed_again", [False, True])
def test_taken_up_again_in_the_month_the_late_closing_is_still_told(
    tx: Session, head: Officer, closed_again: bool
) -> None:
    """Late the first time, in time the second: the figure counts the first, and so does this."""
    case = finish(tx, head, "11-02", "11-12", "11-16")
    before = late(tx)
    assert [one.days_late for one in before] == [2]
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒改善", now=at("11-26"))
    if closed_again:
        answer_case(tx, case, head, at("11-27"))
        close(tx, case, head, "11-27")
    assert late(tx) == before
