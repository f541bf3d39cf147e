"""The tallies are nothing but the sum of what histories count for, whenever they were added up."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from complaints import handling
from complaints.clock.workdays import office_date
from complaints.measuring import tallies
from complaints.measuring.figures import of_period
from complaints.measuring.periods import Period
from complaints.measuring.tables import Tally
from complaints.tables import Case, Event, Officer, Uncounted
from data.database import reading, transaction
from tests.makers import NOON, make_case, make_officer, make_section

TODAY = office_date(NOON)
NOVEMBER = Period.month(2026, 11)


def bring_up(engine: Engine) -> int:
    added = 0
    while True:
        with transaction(engine) as tx:
            some = tallies.bring_up(tx)
        if not some:
            return added
        added += some


def months(engine: Engine) -> list[object]:
    with reading(engine) as tx:
        return [of_period(tx, Period.month(2026, n), today=TODAY).by for n in range(8, 12)]


def test_figures_are_the_same_before_and_after_they_were_added_up(simulated: Engine) -> None:
    before = months(simulated)
    assert bring_up(simulated) > 0
    with reading(simulated) as tx:
        assert tx.scalar(select(func.count()).select_from(Uncounted)) == 0
        assert tallies.check(tx) == {}
    assert months(simulated) == before


def test_begun_anew_they_are_the_same(simulated: Engine) -> None:
    bring_up(simulated)
    with reading(simulated) as tx:
        before = rows(tx)
    with transaction(simulated) as tx:
        tallies.begin_anew(tx)
    assert bring_up(simulated) > 0
    with reading(simulated) as tx:
        assert rows(tx) == before


def rows(tx: Session) -> set[tuple[object, ...]]:
    columns = list(Tally.__table__.columns)
    return {tuple(row) for row in tx.execute(select(*columns).where(Tally.number != 0))}


def test_a_number_that_was_changed_is_found(simulated: Engine) -> None:
    bring_up(simulated)
    with transaction(simulated) as tx:
        received = Tally.measure == "received"
        tx.execute(update(Tally).where(received, Tally.breakdown == "all").values(number=99))
    with reading(simulated) as tx:
        found = tallies.check(tx)
    assert found
    assert {key.measure for key in found} == {"received"}
    assert {kept for kept, _ in found.values()} == {99}


def test_a_row_that_was_lost_is_found(simulated: Engine) -> None:
    bring_up(simulated)
    with transaction(simulated) as tx:
        tx.execute(delete(Tally).where(Tally.measure == "days"))
    with reading(simulated) as tx:
        assert {key.measure for key in tallies.check(tx)} == {"days"}


def test_too_much_to_wait_for_is_said(tx: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "MOST_ADDED", 1)
    make_case(tx)
    assert tallies.waiting(tx)
    make_case(tx)
    with pytest.raises(tallies.StillCounting):
        of_period(tx, NOVEMBER, today=TODAY)


@pytest.fixture
def clerk(tx: Session) -> Officer:
    make_section(tx, "civil", "民政課")
    return make_officer(tx, "clerk", "case_controller")


def give(tx: Session, case: Case, by: Officer, days: int) -> None:
    now = NOON + timedelta(days=days)
    handling.assign(
        tx, case.case_no, section="civil", handler=None, by=by, version=case.version, now=now
    )


def sections(tx: Session, period: Period, today: date) -> dict[str, tuple[int, int, int]]:
    found = of_period(tx, period, today=today).under("section")
    return {code: (one.carried_over, one.received, one.open_end) for code, one in found.items()}


@pytest.mark.parametrize("added", [False, True])
def test_a_case_counts_in_the_section_it_was_in_at_the_end(
    tx: Session, clerk: Officer, added: bool
) -> None:
    """Received on 11-26; handed to the civil section on 11-29, or not before 12-02."""
    early, late = make_case(tx), make_case(tx)
    intake = early.section.code
    give(tx, early, clerk, 3)
    if added:
        tallies.bring_up(tx)
    give(tx, late, clerk, 6)
    if added:
        tallies.bring_up(tx)
    december, today = Period.month(2026, 12), date(2026, 12, 31)
    assert sections(tx, NOVEMBER, today) == {intake: (0, 1, 1), "civil": (0, 1, 1)}
    assert sections(tx, december, today) == {"civil": (2, 0, 2)}
    # Both months together end with both cases in the civil section.
    assert sections(tx, Period(date(2026, 11, 1), 2), today) == {"civil": (0, 2, 2)}


def test_a_clock_put_back_opens_before_it_closes(tx: Session, clerk: Officer) -> None:
    case = make_case(tx)
    handling.withdraw(tx, case.case_no, now=NOON - timedelta(days=3))
    for period in (NOVEMBER, Period.month(2026, 12)):
        total = of_period(tx, period, today=date(2026, 12, 31)).total
        assert total.balanced()
        assert (total.open_end, total.carried_over) == (0, 0)


def test_no_event_is_left_out_of_the_count(tx: Session, clerk: Officer) -> None:
    """Whatever the figures read waits to be counted as soon as it happened."""
    case = make_case(tx)
    give(tx, case, clerk, 1)
    handling.note(tx, case.case_no, "看過了", by=clerk, version=None, now=NOON)
    kinds = Counter(tx.scalars(select(Event.kind).where(Event.id.in_(select(Uncounted.event_id)))))
    assert kinds == {"received": 1, "assigned": 1}


def every_heading(tx: Session) -> Iterator[str]:
    yield from tx.scalars(select(Tally.heading).distinct())


def test_the_closed_circle_names_neither_section_nor_village(tx: Session) -> None:
    make_case(tx, confidential=True)
    tallies.bring_up(tx)
    named = select(Tally.breakdown, Tally.heading).distinct()
    assert {tuple(row) for row in tx.execute(named)} == {
        ("all", ""),
        ("kind", "rights_protection"),
        *((breakdown, "*") for breakdown in ("section", "topic", "village", "channel")),
    }
