"""A month worked out by hand, and the identity that must hold for any history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.clock.workdays import office_date
from complaints.handling import Pledge
from complaints.measuring.facts import CLOSED_CIRCLE, IN_SHORT, KIND, OUTCOME, SECTION
from complaints.measuring.figures import Counted, of_period
from complaints.measuring.periods import Period
from complaints.states import Ground, Kind, Outcome
from complaints.tables import Case, Officer, Promise
from data.database import reading
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

NOVEMBER = Period.month(2026, 11)


LATER = date(2027, 1, 4)


def counted(tx: Session, period: Period = NOVEMBER, today: date = LATER) -> Counted:
    return of_period(tx, period, today=today)


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

    total = counted(tx).total
    columns = total.as_dict()
    untouched = (
        "split transferred_out transferred_late not_processed merged extensions extended repeats "
        "open_extended closed_extended promises_made promises_kept promises_missed handed_back "
        "refused_twice suggestions_closed suggestions_adopted improved"
    )
    assert {columns.pop(name) for name in untouched.split()} == {0}
    assert columns.pop("adoption_rate") is None
    hidden = ("process_mean", "process_satisfied", "result_mean", "result_satisfied")
    assert {columns.pop(name) for name in hidden} == {None}  # one answer is hidden
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
        "open_on_time": 2,
        "replied": 6,
        "improvement_rate": 0,
        "reopening_rate": 0.2,
        "p90_days": 7,
        "asked": 5,
        "rated": 1,
        "response_rate": 0.2,
        "on_time_rate": 0.8,
        "mean_days": pytest.approx((1 + 0.5 + 6 + 7 + 3) / 5),
        "median_days": 3,
    }
    assert total.balanced()


@dataclass
class Hand:
    """Somebody who writes a month by hand: each verb at ten o'clock of a day."""

    tx: Session
    by: Officer

    def does(self, verb: Callable[..., object], case: Case, day: str, **given: Any) -> None:
        verb(self.tx, case.case_no, by=self.by, version=case.version, now=at(day), **given)

    def extends(self, case: Case, asked: str, decided: str, by: Officer) -> None:
        self.does(handling.ask_extension, case, asked, days=5, reason="等候管線單位會勘")
        Hand(self.tx, by).does(handling.approve_extension, case, decided)

    def decides(self, received: str, outcome: Outcome) -> Case:
        """A suggestion, answered the day after and closed with a decision two days after that."""
        case = make_case(self.tx, now=at(received), kind=Kind.REFORM_SUGGESTION)
        answer_case(self.tx, case, self.by, at("11-17"))
        self.does(handling.close, case, "11-18", outcome=outcome, reason="已研議")
        return case


def test_a_month_of_rarer_things_by_hand(tx: Session) -> None:
    head = make_officer(tx, "head", "director")
    hand, control = Hand(tx, head), Hand(tx, make_officer(tx, "control"))
    longer = make_case(tx, now=at("11-03"))
    control.extends(longer, "11-06", "11-06", head)  # due on the 18th instead of the 11th
    answer_case(tx, longer, head, at("11-18"))
    close(tx, longer, head, at("11-19"))  # 11 days, on time by its extension
    handling.confirm_improved(tx, longer.case_no, now=at("11-20"))
    still = make_case(tx, now=at("11-20"))
    control.extends(still, "11-23", "11-24", head)  # open with its extension
    moved = make_case(tx, now=at("11-05"))
    told = {"agency": "台灣電力公司", "phone": "1911", "reason": "非本所權責"}
    hand.does(handling.transfer, moved, "11-06", with_identity=False, **told)
    before = make_case(tx, now=at("11-02"))
    hand.does(handling.reply, before, "11-04", text="均已處理。", answered=(1, 2, 3))
    close(tx, before, head, at("11-05"))  # 2 days
    same = make_case(tx, now=at("11-10"))
    ground = {"ground": Ground.REPEATED_SAME_MATTER, "why": "同前案", "earlier": before.case_no}
    hand.does(handling.not_process, same, "11-11", **ground)
    main, joined, parted = (make_case(tx, now=at("11-26")) for _ in range(3))
    hand.does(handling.merge, joined, "11-26", into=main.case_no)
    hand.does(handling.merge, parted, "11-26", into=main.case_no)
    hand.does(handling.split, parted, "11-27")
    for outcome in (Outcome.ADOPTED, Outcome.PARTIALLY_ADOPTED, Outcome.NOT_ADOPTED):
        hand.decides("11-16", outcome)  # 1 day each
    promised = make_case(tx, now=at("11-16"))
    pledges = [Pledge("複查路面", date(2026, 11, 20)), Pledge("加設標線", date(2026, 11, 24))]
    text = "①已派員清除，115/11/20 前複查路面，115/11/24 前加設標線。"
    hand.does(handling.reply, promised, "11-17", text=text, promises=pledges)
    kept, missed = tx.scalars(select(Promise.id).order_by(Promise.id))
    hand.does(
        handling.settle_promise, promised, "11-20", promise_id=kept, kept=True, evidence="已複查"
    )
    hand.does(
        handling.settle_promise, promised, "11-25", promise_id=missed, kept=False, evidence="缺料"
    )
    refused = make_case(tx, now=at("11-26"))
    for day in ("11-26", "11-27"):
        control.does(handling.assign, refused, day, section="civil", handler=None)
        hand.does(handling.hand_back, refused, day, reason="非本課業務")
    grades = (5, 5, 5, 5, 4, 4, 4, 3, 2, 1)
    for grade in grades:
        rated = make_case(tx, now=at("11-16"))
        answer_case(tx, rated, head, at("11-17"))
        close(tx, rated, head, at("11-18"))  # 1 day each
        handling.rate(tx, rated.case_no, grade, now=at("11-19"))

    total = counted(tx).total
    columns = total.as_dict()
    assert columns == {
        "carried_over": 0,
        "received": 23,  # longer, still, moved, before, same, three, three, promised, refused, ten
        "reopened": 0,
        "split": 1,
        "closed": 15,
        "closed_on_time": 15,
        "closed_late": 0,
        "transferred_out": 1,
        "transferred_late": 0,
        "not_processed": 1,
        "merged": 2,
        "withdrawn": 0,
        "open_end": 5,  # still, main, parted, promised, refused
        "open_on_time": 5,
        "open_overdue": 0,
        "open_extended": 1,
        "closed_extended": 1,
        "extended": 2,
        "extensions": 2,
        "repeats": 1,
        "replied": 16,
        "improved": 1,
        "promises_made": 2,
        "promises_kept": 1,
        "promises_missed": 1,
        "handed_back": 2,
        "refused_twice": 1,
        "suggestions_closed": 3,
        "suggestions_adopted": 2,
        "asked": 15,
        "rated": 10,
        "response_rate": pytest.approx(10 / 15),
        "on_time_rate": 1,
        "improvement_rate": pytest.approx(1 / 16),
        "reopening_rate": 0,
        "adoption_rate": pytest.approx(2 / 3),
        "mean_days": pytest.approx((11 + 2 + 13) / 15),
        "median_days": 1,
        "p90_days": 2,
        "process_mean": pytest.approx(3.8),
        "process_satisfied": pytest.approx(0.7),
        "result_mean": None,
        "result_satisfied": None,
    }
    assert total.balanced()


def test_an_empty_month_divides_by_nothing(tx: Session) -> None:
    total = counted(tx).total
    assert (total.on_time_rate, total.mean_days, total.median_days) == (None, None, None)
    assert total.balanced()


def test_a_month_before_the_first_case_is_empty(tx: Session) -> None:
    make_case(tx)
    assert counted(tx, Period.month(2026, 10)).total.received == 0


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_what_is_confidential_is_counted_but_in_no_sections_line(
    tx: Session, given: dict[str, Any]
) -> None:
    make_section(tx, "civil", "民政課")
    make_case(tx, section="民政課", **given)
    make_case(tx, section="民政課")
    found = counted(tx)
    assert found.total.received == 2
    assert {code: one.received for code, one in found.under(SECTION).items()} == {
        "civil": 1,
        CLOSED_CIRCLE: 1,
    }


def test_the_last_minute_of_a_month_is_taipeis(tx: Session) -> None:
    make_case(tx, now=datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    make_case(tx, now=datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    assert counted(tx).total.received == 1
    assert counted(tx, Period.month(2026, 12)).total.received == 1


@pytest.mark.parametrize(
    ("year", "number", "end"), [(2026, 12, "2026-12-31"), (2024, 2, "2024-02-29")]
)
def test_months_end_where_they_should(year: int, number: int, end: str) -> None:
    assert Period.month(year, number).end == date.fromisoformat(end)


def test_a_simulated_office_balances_in_every_month_and_section(simulated: Engine) -> None:
    with reading(simulated) as tx:
        for month in (7, 8, 9, 10, 11):
            found = counted(tx, Period.month(2026, month), office_date(NOON))
            for breakdown in (SECTION, KIND, *IN_SHORT):
                parts = found.under(breakdown).values()
                assert all(one.balanced() for one in parts)
                for column in ("received", "closed", "closed_late", "open_end", "open_overdue"):
                    whole = getattr(found.total, column)
                    assert sum(getattr(one, column) for one in parts) == whole, (month, column)
            ended = found.under(OUTCOME).values()
            assert sum(one.closed for one in ended) == found.total.closed


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 45), min_size=1, max_size=6), st.integers(1, 12))
def test_periods_follow_each_other(days: list[int], month: int) -> None:
    period = Period.month(2026, month)
    following = period.end + timedelta(days=1)
    assert Period.month(following.year, following.month).start == following
    assert all(period.holds(period.start + timedelta(days=n)) for n in days if n < 28)
