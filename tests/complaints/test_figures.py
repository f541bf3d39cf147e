"""A month worked out by hand, and the identity that must hold for any history."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.simulation import Plan, simulate
from complaints import handling
from complaints.figures import CLOSED_CIRCLE_ROW, Period, of_period
from complaints.states import Kind, Outcome
from complaints.tables import Case, Officer
from data.database import reading, transaction
from faq.keeping.index import Shelf
from faq.language.words import Words
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

NOVEMBER = Period.month(2026, 11)


def at(day: str, hour: int = 10) -> datetime:
    """An hour of a Taipei day in November or October 2026."""
    month, number = (int(part) for part in day.split("-"))
    return datetime(2026, month, number, hour - 8, tzinfo=UTC)


def close(tx: Session, case: Case, by: Officer, now: datetime) -> None:
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="已處理",
        by=by,
        version=case.version,
        now=now,
    )


def finish(tx: Session, by: Officer, received: str, replied: str, closed: str) -> Case:
    case = make_case(tx, now=at(received))
    answer_case(tx, case, by, at(replied))
    close(tx, case, by, at(closed))
    return case


def test_a_month_by_hand(tx: Session) -> None:
    clerk = make_officer(tx)
    finish(tx, clerk, "10-30", "11-02", "11-03")  # carried over, 1 day, on time
    finish(tx, clerk, "11-02", "11-02", "11-02")  # same day: 0.5
    finish(tx, clerk, "11-02", "11-10", "11-12")  # replied on the last good day, closed after it
    finish(tx, clerk, "11-02", "11-11", "11-11")  # one day late: 7 days
    finish(tx, clerk, "10-01", "10-02", "10-05")  # over before the month
    gone = make_case(tx, now=at("11-05"))
    handling.withdraw(tx, gone.case_no, now=at("11-06"))
    make_case(tx, now=at("11-03"))  # open and late at the end of the month
    make_case(tx, now=at("11-27"))  # open, in time
    answered = make_case(tx, now=at("11-03"))
    answer_case(tx, answered, clerk, at("11-04"))  # open, but its clock has stopped
    again = finish(tx, clerk, "10-19", "10-20", "10-21")
    handling.reopen_dissatisfied(tx, again.case_no, reason="沒改善", now=at("11-09"))
    answer_case(tx, again, clerk, at("11-12"))
    close(tx, again, clerk, at("11-13"))  # second round: 3 days, on time
    handling.rate(tx, again.case_no, 4, now=at("11-14"))

    total = of_period(tx, NOVEMBER).total
    columns = total.as_dict()
    untouched = (
        "split transferred_out not_processed merged extensions promises_kept promises_missed "
        "refused_twice suggestions_closed suggestions_adopted improved"
    )
    assert {columns.pop(name) for name in untouched.split()} == {0}
    assert columns.pop("adoption_rate") is None
    assert columns == {
        "carried_over": 1,
        "received": 7,
        "reopened": 1,
        "closed": 5,
        "closed_on_time": 4,
        "closed_late": 1,
        "withdrawn": 1,
        "open_end": 3,
        "open_overdue": 1,
        "on_time_rate": 0.8,
        "mean_days": pytest.approx((1 + 0.5 + 6 + 7 + 3) / 5),
        "median_days": 3,
        "satisfaction_answers": 1,
        "mean_satisfaction": 4,
    }
    assert total.balanced()


def test_an_empty_month_divides_by_nothing(tx: Session) -> None:
    total = of_period(tx, NOVEMBER).total
    assert (total.on_time_rate, total.mean_days, total.median_days) == (None, None, None)
    assert total.balanced()


def test_a_month_before_the_first_case_is_empty(tx: Session) -> None:
    make_case(tx)
    assert of_period(tx, Period.month(2026, 10)).total.received == 0


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_what_is_confidential_is_counted_but_in_no_sections_line(
    tx: Session, given: dict[str, Any]
) -> None:
    make_section(tx, "civil", "民政課")
    make_case(tx, section="民政課", **given)
    make_case(tx, section="民政課")
    counted = of_period(tx, NOVEMBER)
    assert counted.total.received == 2
    assert {name: one.received for name, one in counted.by_section.items()} == {
        "民政課": 1,
        CLOSED_CIRCLE_ROW: 1,
    }


def test_the_last_minute_of_a_month_is_taipeis(tx: Session) -> None:
    make_case(tx, now=datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    make_case(tx, now=datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    assert of_period(tx, NOVEMBER).total.received == 1
    assert of_period(tx, Period.month(2026, 12)).total.received == 1


@pytest.mark.parametrize(
    ("year", "number", "end"), [(2026, 12, "2026-12-31"), (2024, 2, "2024-02-29")]
)
def test_months_end_where_they_should(year: int, number: int, end: str) -> None:
    assert Period.month(year, number).end == date.fromisoformat(end)


def test_a_simulated_office_balances_in_every_month_and_section(
    engine: Engine, words: Words
) -> None:
    with transaction(engine) as tx:
        make_officer(tx)
        index = Shelf(words).current(tx)
    simulate(engine, Plan(60, 4, seed=3, until=NOON, prefix="WH"), index)
    with reading(engine) as tx:
        for month in (7, 8, 9, 10, 11):
            counted = of_period(tx, Period.month(2026, month))
            every = [counted.total, *counted.by_section.values()]
            assert all(one.balanced() for one in every)
            for column in ("received", "closed", "open_end"):
                parts = sum(getattr(one, column) for one in counted.by_section.values())
                assert parts == getattr(counted.total, column)
            assert sum(counted.received_by_kind.values()) == counted.total.received
            assert sum(counted.closed_by_outcome.values()) == counted.total.closed


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 45), min_size=1, max_size=6), st.integers(1, 12))
def test_periods_follow_each_other(days: list[int], month: int) -> None:
    period = Period.month(2026, month)
    following = period.end + timedelta(days=1)
    assert Period.month(following.year, following.month).start == following
    assert all(period.holds(period.start + timedelta(days=n)) for n in days if n < 28)
