"""Every figure of random histories, worked out a second time by a program of its own."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import samples
from app.simulation import Plan, simulate
from complaints import practice
from complaints.clock.workdays import office_date
from complaints.measuring import tallies
from complaints.measuring.figures import Counted, of_period
from complaints.measuring.periods import Period
from complaints.roles import Role
from complaints.tables import Case, Citizen, Event, Officer, Section, Uncounted
from data.database import engine_for, reading, transaction
from tests.complaints.measuring.histories import Row, draw
from tests.complaints.measuring.recount import MAIN, Columns, recount
from tests.databases import KEYRING, Databases
from tests.makers import NOON

FIRST = date(2026, 8, 1)
SIMULATED, TAKEN, DRAWN = 100, 30, 60
PERIODS = [Period.month(2026, month) for month in range(7, 13)] + [
    Period.read(key) for key in ("2026-B4", "2026-B5", "2026-B6", "2026-H1", "2026-H2", "2026")
]
# Histories of each kind of database; half of them are looked at before they are over.
HISTORIES = [("sqlite", seed) for seed in range(20)] + [("postgresql", seed) for seed in (0, 7, 13)]
IN_FULL, IN_SHORT = {"all", "section", "kind"}, {"topic", "village", "channel"}
DAYS = ("due_on", "done_on")


@pytest.fixture(scope="module")
def pool(databases: Databases) -> list[Row]:
    """The events of an office that does everything, in the order of their numbers."""
    with databases.fresh("sqlite") as url:
        engine = engine_for(url, KEYRING)
        with transaction(engine) as tx:
            add_staff(tx)
            practice.choose(tx, "supplement_stops_clock", "yes", by="test", now=NOON)
        simulate(engine, Plan(SIMULATED, 4, seed=3, until=NOON, prefix="WH"), None)
        columns = (Event.case_id.label("case"), Event.id, Event.kind, Event.at, Event.data)
        with reading(engine) as tx:
            rows = [dict(row._mapping) for row in tx.execute(select(*columns).order_by(Event.id))]
        engine.dispose()
        return rows


def add_staff(tx: Session) -> None:
    """Of each section a chief, too, so that what is asked is approved by somebody else."""
    samples.add_staff(tx)
    samples.add_villages(tx)
    for one in tx.scalars(select(Section)):
        tx.add(_officer(f"chief-{one.code}", Role.SECTION_CHIEF, one.id))
    tx.add(_officer("secretary", Role.SECRETARY, None))


def _officer(username: str, role: Role, section_id: int | None) -> Officer:
    return Officer(username=username, name=username, role=role, section_id=section_id, active=True)


@pytest.fixture
def of_kind(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Session]:
    """A transaction on the shared database of a kind; nothing of it is kept."""
    with transaction(databases.shared(request.param)) as tx:
        yield tx
        tx.rollback()


@pytest.mark.parametrize(("of_kind", "seed"), HISTORIES, indirect=["of_kind"])
def test_every_figure_equals_the_recount(of_kind: Session, seed: int, pool: list[Row]) -> None:
    tx, dice = of_kind, random.Random(seed)
    rows = a_history(dice, pool)
    fill(tx, rows)
    # Looked at on the day of the last event, in the midst of a month, or after everything.
    today = max(office_date(row["at"]) for row in rows) if seed % 2 else date(2027, 2, 1)
    expected = [recount(rows, one.start, one.end, today) for one in PERIODS]
    compare(tx, today, expected)
    while tallies.bring_up(tx):
        pass
    assert not tallies.anything_waits(tx)
    compare(tx, today, expected)


def test_the_histories_hold_whatever_can_happen(pool: list[Row]) -> None:
    """Else the comparison would prove little."""
    kinds = {row["kind"] for row in pool}
    assert kinds >= {
        *("extended", "extension_undone", "handed_back", "owner_settled", "transferred"),
        *("not_processed", "merged", "split", "supplement_asked", "supplemented", "interim_sent"),
        *("classified", "promised", "promise_settled", "satisfaction_rated", "withdrawn"),
        *("reopened", "dissatisfied", "confirmed_improved", "not_improved", "edited"),
    }
    assert {row["data"]["aspect"] for row in pool if "grade" in row["data"]} == {
        "process",
        "result",
    }
    assert any(row["data"].get("times") == 2 for row in pool)
    assert any(row["data"].get("cause") for row in pool if row["kind"] == "closed")


def a_history(dice: random.Random, pool: Sequence[Row]) -> list[Row]:
    """Some simulated cases, moved by whole weeks, and some that only dice would think of."""
    numbers = count(1)
    chosen = dice.sample(sorted({row["case"] for row in pool}), TAKEN)
    moved = [move(row, case, numbers, weeks) for case, weeks, row in _chosen(dice, pool, chosen)]
    drawn = range(TAKEN + 1, TAKEN + DRAWN + 1)
    return moved + draw(dice, drawn, lambda: next(numbers), FIRST)


def _chosen(
    dice: random.Random, pool: Sequence[Row], chosen: Sequence[int]
) -> Iterator[tuple[int, int, Row]]:
    for case, one in enumerate(chosen, 1):
        weeks = dice.randint(-3, 6)
        yield from ((case, weeks, row) for row in pool if row["case"] == one)


def move(row: Row, case: int, numbers: Iterator[int], weeks: int) -> Row:
    """The event as of another case, so many weeks later."""
    by = timedelta(weeks=weeks)
    days = {
        name: (date.fromisoformat(row["data"][name]) + by).isoformat()
        for name in DAYS
        if name in row["data"]
    }
    return row | {
        "case": case,
        "id": next(numbers),
        "at": row["at"] + by,
        "data": row["data"] | days,
    }


def fill(tx: Session, rows: Sequence[Row]) -> None:
    """Put the events into the database, of cases that hold nothing."""
    citizen = Citizen(channel="sample", name="recount", language="zh", since=NOON)
    tx.add(citizen)
    tx.flush()
    section = tx.scalars(select(Section.id).limit(1)).one()
    cases = sorted({row["case"] for row in rows})
    tx.execute(insert(Case), [a_case(case, citizen.id, section) for case in cases])
    events = [{**row, "case_id": row["case"], "officer_id": None} for row in rows]
    tx.execute(insert(Event), [{k: v for k, v in row.items() if k != "case"} for row in events])
    measured = [row for row in rows if "under" in row["data"]]
    tx.execute(
        insert(Uncounted), [{"event_id": row["id"], "case_id": row["case"]} for row in measured]
    )


def a_case(case: int, citizen: int, section: int) -> dict[str, Any]:
    """A row that events can hang on; no figure reads it."""
    today = office_date(NOON)
    return {
        "id": case,
        "case_no": f"WH-{case}",
        "lookup_code": "x",
        "origin": f"recount:{case}",
        "citizen_id": citizen,
        "section_id": section,
        "kind": "praise",
        "priority": "ordinary",
        "status": "received",
        "channel": "sample",
        "subject": "x",
        "content": "x",
        "points": [],
        "reply_by": "chat",
        "notice_version": "x",
        "notice_shown_at": NOON,
        "received_at": NOON,
        "received_on": today,
        "due_on": today,
        "calendar_version": "x",
        "confidential": False,
        "unreached": False,
        "permanent": False,
        "version": 1,
        "paused": False,
        "extensions": 0,
        "bounces": 0,
        "with_secretary": False,
    }


def compare(tx: Session, today: date, expected: Sequence[dict[str, dict[str, Columns]]]) -> None:
    """All columns of all headings of all breakdowns, and the identity, in each period."""
    lacking = tallies.waiting(tx)
    for period, wanted in zip(PERIODS, expected, strict=True):
        found = of_period(tx, period, today=today, lacking=lacking)
        assert told(found) == speaking(wanted), period.key
        for breakdown in IN_FULL | IN_SHORT:
            assert all(one.balanced() for one in found.under(breakdown).values())


def told(found: Counted) -> dict[tuple[str, str], Columns]:
    """What the product says, rounded so that a mean may be summed in another order."""
    return {
        (breakdown, heading): shown(breakdown, one.as_dict())
        for breakdown, headings in found.by.items()
        for heading, one in headings.items()
    }


def speaking(wanted: dict[str, dict[str, Columns]]) -> dict[tuple[str, str], Columns]:
    """What the recount says, without the headings under which there is nothing."""
    every = {
        (breakdown, heading): shown(breakdown, columns)
        for breakdown, headings in wanted.items()
        for heading, columns in headings.items()
    }
    return {key: columns for key, columns in every.items() if any(columns.values())}


def shown(breakdown: str, columns: Columns) -> Columns:
    """The columns that a breakdown tells: all, the main ones, or how cases ended."""
    kept = columns if breakdown in IN_FULL else {name: columns[name] for name in MAIN}
    return {name: round(one, 9) if one is not None else None for name, one in kept.items()}
