"""The cases behind a figure are those that a program of its own finds for it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.simulation import Plan, simulate
from complaints import handling, practice
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition
from complaints.measuring.facts import ALL, CHANNEL, KIND, SECTION
from complaints.measuring.figures import Figures, of_period
from complaints.measuring.listing import Wanted, cases_of, every_case_of
from complaints.measuring.periods import Period
from complaints.tables import Event
from data.database import engine_for, reading, transaction
from tests.complaints.measuring.histories import Row
from tests.complaints.measuring.recount import Columns, recount
from tests.complaints.measuring.test_recount import add_staff
from tests.databases import KEYRING, Databases
from tests.makers import NOON, make_case

TODAY = office_date(NOON)
PERIODS = [Period.read(key) for key in ("2026-09", "2026-11", "2026-H2", "2026-08")]
# Shares and means open into the cases they are made of.
MADE_OF = {
    "on_time_rate": "closed",
    "mean_days": "closed",
    "median_days": "closed",
    "p90_days": "closed",
    "reopening_rate": "reopened",
    "improvement_rate": "replied",
    "adoption_rate": "suggestions_closed",
    "response_rate": "rated",
}
OF_GRADES = {"process_mean", "process_satisfied", "result_mean", "result_satisfied"}
COLUMNS = sorted(Figures().as_dict())
# Of these, each case counts once at most.
ONCE = {
    *("carried_over", "received", "open_end", "open_overdue", "open_on_time", "open_extended"),
    *("transferred_out", "not_processed", "withdrawn", "merged", "refused_twice", "extended"),
}


@dataclass(frozen=True)
class Told:
    """A simulated office: its database, and each case's own columns in each period."""

    engine: Engine
    own: dict[str, dict[int, dict[str, dict[str, Columns]]]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Told]:
    """A short history, told once for each kind of database."""
    with databases.fresh(request.param) as url:
        engine = engine_for(url, KEYRING)
        with transaction(engine) as tx:
            add_staff(tx)
            practice.choose(tx, "supplement_stops_clock", "yes", by="test", now=NOON)
        simulate(engine, Plan(50, 4, seed=6, until=NOON, prefix="WH"), None)
        yield Told(engine, {one.key: _own(engine, one) for one in PERIODS})
        engine.dispose()


def _own(engine: Engine, period: Period) -> dict[int, dict[str, dict[str, Columns]]]:
    columns = (Event.case_id.label("case"), Event.id, Event.kind, Event.at, Event.data)
    of_case: dict[int, list[Row]] = {}
    with reading(engine) as tx:
        for row in tx.execute(select(*columns)):
            of_case.setdefault(row.case, []).append(dict(row._mapping))
    return {case: recount(rows, period.start, period.end, TODAY) for case, rows in of_case.items()}


def expected(told: Told, wanted: Wanted) -> list[int]:
    """The cases that count for a figure by themselves, by the recount."""
    column = MADE_OF.get(wanted.column, wanted.column)
    own = told.own[wanted.period.key]
    under = {case: one.get(wanted.breakdown, {}) for case, one in own.items()}
    return sorted(
        case for case, one in under.items() if one.get(wanted.heading, {}).get(column, 0) > 0
    )


def listed(told: Told, wanted: Wanted) -> list[int]:
    with reading(told.engine) as tx:
        return list(cases_of(tx, wanted, today=TODAY, limit=500).cases)


@pytest.mark.parametrize("column", [one for one in COLUMNS if one not in OF_GRADES])
def test_each_column_opens_into_its_cases(told: Told, column: str) -> None:
    for period in PERIODS:
        wanted = Wanted(period, column)
        assert listed(told, wanted) == expected(told, wanted), period.key


def test_there_is_something_behind_nearly_every_column(told: Told) -> None:
    empty = [column for column in COLUMNS if not listed(told, Wanted(PERIODS[2], column))]
    assert len(empty) <= 4, empty


@pytest.mark.parametrize("breakdown", [SECTION, KIND])
def test_under_a_heading_only_its_own_are_listed(told: Told, breakdown: str) -> None:
    headings = {heading for one in _columns_of(told) for heading in one.get(breakdown, {})}
    assert len(headings) > 3
    dice = random.Random(breakdown)
    for heading in sorted(headings):
        for column in dice.sample(sorted({*COLUMNS} - OF_GRADES), 8):
            wanted = Wanted(PERIODS[2], column, breakdown, heading)
            assert listed(told, wanted) == expected(told, wanted), (heading, column)


def _columns_of(told: Told) -> list[dict[str, dict[str, Columns]]]:
    return list(told.own[PERIODS[2].key].values())


def test_where_a_case_counts_once_there_are_as_many_cases_as_the_figure_says(told: Told) -> None:
    with reading(told.engine) as tx:
        for period in PERIODS:
            total = of_period(tx, period, today=TODAY).total.as_dict()
            for column in ONCE:
                assert len(listed(told, Wanted(period, column))) == total[column], column


def test_what_happens_more_than_once_lists_its_case_once(told: Told) -> None:
    with reading(told.engine) as tx:
        total = of_period(tx, PERIODS[2], today=TODAY).total.as_dict()
    found = listed(told, Wanted(PERIODS[2], "promises_made"))
    assert 0 < len(found) < total["promises_made"]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("aspect", ["process", "result"])
def test_grades_open_into_the_cases_that_were_graded(told: Told, aspect: str) -> None:
    graded = Event.data["aspect"].as_string() == aspect
    with reading(told.engine) as tx:
        cases = sorted(set(tx.scalars(select(Event.case_id).where(graded))))
    assert cases
    for kept in ("mean", "satisfied"):
        assert listed(told, Wanted(PERIODS[2], f"{aspect}_{kept}")) == cases


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_follow_each_other_and_end(told: Told, limit: int) -> None:
    wanted = Wanted(PERIODS[2], "received")
    whole = listed(told, wanted)
    assert len(whole) == 50
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        with reading(told.engine) as tx:
            page = cases_of(tx, wanted, today=TODAY, after=after, limit=limit)
        assert 0 < len(page.cases) <= limit
        assert page.next in (None, page.cases[-1])
        found, after = [*found, *page.cases], page.next
    assert found == whole


def test_all_of_them_are_those_of_all_pages(told: Told) -> None:
    wanted = Wanted(PERIODS[2], "closed")
    with reading(told.engine) as tx:
        assert list(every_case_of(tx, wanted, today=TODAY)) == listed(told, wanted)


@pytest.mark.parametrize("column", ["", "days_used", "received; drop table", "open"])
def test_what_is_no_figure_has_no_cases(tx: Session, column: str) -> None:
    with pytest.raises(IncompletePetition) as refused:
        cases_of(tx, Wanted(PERIODS[0], column), today=TODAY)
    assert refused.value.field == "column"


@pytest.mark.parametrize(
    ("breakdown", "heading", "cases"),
    [(ALL, "", 1), (CHANNEL, "telegram", 1), (CHANNEL, "phone", 0), (SECTION, "nowhere", 0)],
)
def test_a_heading_without_cases_is_an_empty_page(
    tx: Session, breakdown: str, heading: str, cases: int
) -> None:
    make_case(tx)
    found = cases_of(tx, Wanted(PERIODS[1], "received", breakdown, heading), today=TODAY)
    assert (len(found.cases), found.next) == (cases, None)


def test_a_clock_put_back_loses_no_case_of_a_list(tx: Session) -> None:
    """Withdrawn, as the clock said, in the month before it came in: it counts when it came in."""
    first = NOON.replace(month=11, day=1)
    case = make_case(tx, now=first)
    handling.withdraw(tx, case.case_no, now=first - timedelta(hours=23))
    november = Period.month(2026, 11)
    assert of_period(tx, november, today=TODAY).total.withdrawn == 1
    assert list(cases_of(tx, Wanted(november, "withdrawn"), today=TODAY).cases) == [case.id]
