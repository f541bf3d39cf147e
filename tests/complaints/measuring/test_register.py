"""The rows of a period's cases say what its figures say, case by case."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from complaints import handling
from complaints.clock.workdays import office_date
from complaints.measuring import register as registers
from complaints.measuring.facts import CLOSED_CIRCLE, KIND, SECTION
from complaints.measuring.figures import of_period
from complaints.measuring.periods import Period
from complaints.measuring.register import CaseRow, register
from complaints.states import Aspect, Kind, Outcome
from complaints.tables import Case, Officer, Section
from data.database import reading
from tests.admin_api.staff import counting
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

OCTOBER, NOVEMBER, DECEMBER = (Period.month(2026, month) for month in (10, 11, 12))


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 2, tzinfo=UTC)


def rows(tx: Session, period: Period = NOVEMBER) -> dict[str, CaseRow]:
    return {row.case_no: row for row in register(tx, period)}


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


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx)


def test_a_case_from_beginning_to_end(tx: Session, clerk: Officer) -> None:
    case = make_case(tx, now=at(11, 2))
    answer_case(tx, case, clerk, at(11, 4))
    close(tx, case, clerk, at(11, 5))
    handling.rate(tx, case.case_no, 4, aspect=Aspect.PROCESS, now=at(11, 6))
    handling.rate(tx, case.case_no, 2, aspect=Aspect.RESULT, now=at(11, 6))
    assert rows(tx)[case.case_no] == CaseRow(
        case_no=case.case_no,
        kind=Kind.RIGHTS_PROTECTION,
        topic=case.topic or "",
        channel="telegram",
        village="",
        section=case.section.name,
        received_on=date(2026, 11, 2),
        due_on=case.due_on,
        replied_on=date(2026, 11, 4),
        closed_on=date(2026, 11, 5),
        outcome=Outcome.RESOLVED,
        days_used=2.0,
        on_time=True,
        extensions=0,
        reopened=0,
        process_grade=4,
        result_grade=2,
    )


def test_what_ended_before_the_period_is_left_out_unless_taken_up_again(
    tx: Session, clerk: Officer
) -> None:
    case = make_case(tx, now=at(10, 1))
    answer_case(tx, case, clerk, at(10, 2))
    close(tx, case, clerk, at(10, 2))
    handling.reopen(
        tx, case.case_no, reason="又壞了", by=clerk, version=case.version, now=at(12, 1)
    )
    assert rows(tx) == {}
    assert rows(tx, OCTOBER)[case.case_no].closed_on == date(2026, 10, 2)
    again = rows(tx, DECEMBER)[case.case_no]
    assert (again.closed_on, again.replied_on, again.reopened, again.outcome) == (None, None, 1, "")


def test_what_came_after_the_period_is_not_told(tx: Session, clerk: Officer) -> None:
    case = make_case(tx, now=at(10, 26))
    before = rows(tx, OCTOBER)
    answer_case(tx, case, clerk, at(11, 3))
    close(tx, case, clerk, at(11, 3))
    assert rows(tx, OCTOBER) == before
    assert rows(tx)[case.case_no].on_time is True
    assert rows(tx, DECEMBER) == {}


def test_open_past_its_date_is_not_on_time(tx: Session) -> None:
    case = make_case(tx, now=at(11, 2))
    late = [row.on_time for row in register(tx, NOVEMBER)]
    early = [row.on_time for row in register(tx, NOVEMBER, case.due_on)]
    assert (late, early) == ([False], [None])


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_the_closed_circles_cases_tell_only_their_kind(tx: Session, given: dict[str, bool]) -> None:
    make_section(tx, "civil", "民政課")
    case = make_case(tx, section="民政課", now=at(11, 2), **given)
    row = rows(tx)[case.case_no]
    assert {row.topic, row.channel, row.village, row.section} == {CLOSED_CIRCLE}
    assert row.kind == case.kind


def test_what_is_confidential_today_was_not_always(tx: Session, clerk: Officer) -> None:
    case = make_case(tx, now=at(10, 26))
    assert rows(tx, OCTOBER)[case.case_no].section == case.section.name
    case.confidential = True
    tx.flush()
    assert rows(tx, OCTOBER)[case.case_no].section == CLOSED_CIRCLE


def test_the_rows_add_up_to_the_figures(simulated: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "PORTION", 7)
    today, seen = office_date(NOON), 0
    with reading(simulated) as tx:
        named = {row.code: row.name for row in tx.query(Section)}
        for month in (7, 8, 9, 10, 11):
            period = Period.month(2026, month)
            found = of_period(tx, period, today=today)
            told = list(register(tx, period, min(period.end, today)))
            is_open = [row for row in told if row.closed_on is None]
            received = [row for row in told if period.holds(row.received_on)]
            assert len({row.case_no for row in told}) == len(told)
            assert len(received) == found.total.received
            assert len(is_open) == found.total.open_end
            assert sum(row.on_time is False for row in is_open) == found.total.open_overdue
            assert Counter(row.kind for row in is_open) == {
                code: one.open_end for code, one in found.under(KIND).items() if one.open_end
            }
            assert Counter(row.section for row in is_open) == {
                named.get(code, code): one.open_end
                for code, one in found.under(SECTION).items()
                if one.open_end
            }
            seen += len(told)
    assert seen > 60


def test_statements_do_not_grow_with_the_rows(simulated: Engine) -> None:
    with reading(simulated) as tx, counting(simulated) as sent:
        assert len(list(register(tx, NOVEMBER))) > 5
    assert len([one for one in sent if one.startswith("SELECT")]) == 5  # names, portion, the end
