"""Open data made by itself on the day the office chose."""

from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.office import build
from app.opening import Opener
from app.settings import Settings
from complaints.measuring import opening, tallies
from complaints.measuring.columns import File
from complaints.measuring.periods import Period
from complaints.measuring.tables import Report
from data.database import reading, transaction
from faq.keeping.index import Shelf
from tests.admin_api.staff import Clock, counting
from tests.makers import make_case
from tests.races.test_races import together
from tests.served import create_web

DAY = 10
MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")
THEN = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)
Opened = list[tuple[str, str]]


@pytest.fixture
def clock() -> Clock:
    """Eight in the morning of 9 November 2026, Taipei: the day before."""
    made = Clock()
    made.now = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
    return made


@pytest.fixture
def opener(engine: Engine, clock: Clock) -> Opener:
    """Seven cases of each month, whose reports are not published yet."""
    with transaction(engine) as tx:
        for n in range(len(MONTHS)):
            for hours in range(7):
                make_case(tx, now=THEN + timedelta(days=31 * n, hours=hours))
    return Opener(engine, clock, DAY)


def publish(engine: Engine, *periods: str) -> None:
    given: dict[str, Any] = {"files": {}, "changes": [], "asked_by": "x", "asked_at": THEN}
    with transaction(engine) as tx:
        for period in periods:
            tx.add(Report(period=period, state="done", published_at=THEN, **given))


def make(engine: Engine, period: str, file: File, now: datetime) -> None:
    with transaction(engine) as tx:
        opening.make(tx, Period.read(period), file, reported=True, now=now)


def out(engine: Engine) -> Opened:
    with reading(engine) as tx:
        return sorted((row.period, row.name) for row in opening.listed(tx))


def both(*periods: str) -> Opened:
    return [(period, file.value) for period in periods for file in File]


def test_on_its_day_a_month_is_made_once(opener: Opener, engine: Engine, clock: Clock) -> None:
    publish(engine, *MONTHS)
    make(engine, "2026-07", File.CASES, clock())
    make(engine, "2026-07", File.FIGURES, clock())
    assert (opener.once(), out(engine)) == (2, both("2026-07", "2026-08"))  # October's turn
    clock.forward(hours=16)  # midnight of the 10th
    assert (opener.once(), out(engine)) == (2, both("2026-07", "2026-08", "2026-09"))
    clock.forward(days=20)  # the 30th: October is not over by a whole month
    assert (opener.once(), out(engine)) == (0, both("2026-07", "2026-08", "2026-09"))
    clock.forward(days=10)
    assert (opener.once(), out(engine)) == (2, both(*MONTHS))


def test_it_begins_with_the_month_whose_turn_it_is(opener: Opener, engine: Engine) -> None:
    publish(engine, *MONTHS)
    assert (opener.once(), out(engine)) == (2, both("2026-08"))


def test_what_was_missed_is_made_up(opener: Opener, engine: Engine, clock: Clock) -> None:
    publish(engine, *MONTHS)
    make(engine, "2026-07", File.CASES, clock())
    clock.forward(days=62)  # 10 January: the program stood still since
    assert opener.once() == 3
    # Of figures none was out: they begin with the month whose turn it is, which has no report.
    assert out(engine) == [(period, "cases") for period in MONTHS]


def test_a_month_waits_for_its_report(opener: Opener, engine: Engine, clock: Clock) -> None:
    publish(engine, "2026-08")
    assert (opener.once(), out(engine)) == (2, both("2026-08"))
    clock.forward(days=31)
    assert opener.once() == 0
    publish(engine, "2026-10", "2026-09")
    assert (opener.once(), out(engine)) == (4, both("2026-08", "2026-09", "2026-10"))


def test_what_is_long_past_is_left_to_a_person(
    opener: Opener, engine: Engine, clock: Clock
) -> None:
    publish(engine, *MONTHS)
    make(engine, "2026-07", File.CASES, clock())
    clock.forward(days=365)
    assert opener.once() == 0
    assert out(engine) == [("2026-07", "cases")]


def test_no_days_are_counted_twice(opener: Opener, engine: Engine, clock: Clock) -> None:
    publish(engine, "2026-08", "2026-B4")
    make(engine, "2026-B4", File.FIGURES, clock())
    assert opener.once() == 1
    assert out(engine) == [("2026-08", "cases"), ("2026-B4", "figures")]


def test_what_is_not_counted_yet_is_counted_first(
    opener: Opener, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(engine, "2026-08")
    monkeypatch.setattr(tallies, "MOST_ADDED", 3)
    assert (opener.once(), out(engine)) == (2, both("2026-08"))


def test_of_several_processes_one_makes_a_file(
    opener: Opener, engine: Engine, clock: Clock
) -> None:
    publish(engine, *MONTHS)
    others = [opener, *(Opener(engine, clock, DAY) for _ in range(3))]
    made = together(4, lambda n: others[n].once())
    assert sorted(map(str, made)) in (["0", "0", "0", "2"], ["0", "0", "1", "1"])
    assert out(engine) == both("2026-08")


def test_looking_costs_as_much_however_much_there_is(
    opener: Opener, engine: Engine, clock: Clock
) -> None:
    def statements() -> int:
        with counting(engine) as sent:
            assert opener.once() == 0
        return len(sent)

    before = statements()
    publish(engine, *MONTHS)
    opener.once()
    assert statements() <= before


def test_it_runs_by_itself_where_a_day_is_set(
    opener: Opener, engine: Engine, clock: Clock, database_url: str, tmp_path: Path, filled: Shelf
) -> None:
    publish(engine, *MONTHS)
    given: dict[str, Any] = {"database_url": database_url, "data_dir": tmp_path}
    assert build(Settings(**given)).opener is None
    office = build(Settings(**given, open_data_day=DAY), clock=clock, shelf=copy(filled))
    with TestClient(create_web(office)) as client:
        until = monotonic() + 30
        while out(engine) != both("2026-08") and monotonic() < until:
            sleep(0.05)
        assert out(engine) == both("2026-08")
        assert client.get("/open/data/2026-08/cases.json").json()["period"] == "2026-08"
