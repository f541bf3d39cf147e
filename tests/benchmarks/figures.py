"""A year of cases: what a month of figures and a whole report cost, beside plain SQL.

    python -m tests.benchmarks.figures [--sizes 20000 200000] [--database sqlite|postgresql]
        [--report-up-to 20000] [--plans] [--json]

The register is filled with whole histories of the year 2026 (received, assigned, answered, closed,
and what else happens now and then), the tallies are brought up to date, and then are measured: a
month's figures as they are shown, all breakdowns together, and all twelve months each. Beside them
the same run asks plain SQL for what the table of sections shows, and for nothing more: one
aggregate over all cases (how they stood and ended) and one over the period's events joined with
their cases, both grouped by section. The report is gathered, then its files are made.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, insert, select, text
from sqlalchemy.orm import Session

from admin_api import meeting
from admin_api.schemas.meetings import Meeting
from app.reporting import write
from complaints.clock import calendars
from complaints.measuring import tallies
from complaints.measuring.figures import of_period
from complaints.measuring.periods import Period
from complaints.measuring.tables import Tally
from complaints.routing import Topic
from complaints.states import MEASURED, EventKind, Kind, Outcome, Status
from complaints.tables import Case, Citizen, Event, Section, Uncounted, Village
from data.database import reading, transaction
from faq.keeping.index import Shelf
from faq.language.words import WordFiles, Words
from tests.benchmarks.cases import median, opened

YEAR = 2026
TODAY = date(2027, 1, 4)
NOW = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
MONTH = Period.month(YEAR, 10)
MONTHS = [Period.month(YEAR, number) for number in range(1, 13)]
SECTIONS, VILLAGES, BATCH = 6, 30, 2_000
ROUNDS = 15
MONTH_GOAL = 40.0  # ms, of 20,000 cases
MONTH_RATIO, YEAR_RATIO = 1.5, 1.0  # to plain SQL, of 1,000,000
REPORT_GOAL = 10.0  # s
KINDS = (
    *(Kind.RIGHTS_PROTECTION,) * 5,
    *(Kind.REGULATION_INQUIRY,) * 2,
    *(Kind.REFORM_SUGGESTION, Kind.MISCONDUCT_REPORT, Kind.PRAISE),
)
CHANNELS = ("telegram", "telegram", "telegram", "counter", "phone", "web")


@dataclass(frozen=True)
class Measured:
    """One size on one database; times in milliseconds unless named otherwise."""

    database: str
    cases: int
    events: int
    tally_rows: int
    fill_s: float
    bring_up_s: float
    month_ms: float
    plain_month_ms: float
    month_ratio: float
    year_ms: float
    plain_year_ms: float
    year_ratio: float
    gather_s: float | None = None
    documents_s: float | None = None


@dataclass
class Office:
    """What cases of a made-up office hang on."""

    citizen: int
    sections: list[tuple[int, str]]
    villages: list[tuple[int, str]]
    working: list[date]
    places: dict[date, int]

    def after(self, day: date, days: int) -> date:
        """So many working days on; beyond the calendar its last day."""
        return self.working[min(self.places[day] + days, len(self.working) - 1)]


@dataclass
class Told:
    """One case, as far as it has come, and the events that say so."""

    office: Office
    dice: random.Random
    number: int
    received: date
    row: dict[str, Any] = field(default_factory=dict)
    under: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def tell(self) -> None:
        """Receive, assign, answer and close it; or let it end in one of the other ways."""
        self._receive()
        day = self._assign(self.received)
        if self.dice.random() < 0.1:
            self._end_otherwise(day)
            return
        if self.dice.random() < 0.12:
            self._extend(day)
        if self.dice.random() < 0.05:
            day = self._assign(self.office.after(day, self.dice.randint(2, 25)))
        day = self._reply(day)
        if self.dice.random() < 0.95:
            self._close(self.office.after(day, self.dice.randint(0, 6)))

    def _receive(self) -> None:
        office, dice = self.office, self.dice
        section, village = dice.choice(office.sections), dice.choice(office.villages)
        kind = dice.choice(KINDS)
        due = office.after(self.received, 6)
        self.under = {
            "kind": kind,
            "channel": dice.choice(CHANNELS),
            "circle": kind is Kind.MISCONDUCT_REPORT,
            "section": section[1],
            "topic": dice.choice([*Topic]).value,
            "village": village[1],
        }
        self.row = a_case(self.number, office.citizen, section[0], self.received) | {
            "kind": kind,
            "channel": self.under["channel"],
            "topic": self.under["topic"],
            "village_id": village[0],
            "due_on": due,
        }
        self._note(EventKind.RECEIVED, self.received, due_on=due.isoformat())

    def _assign(self, day: date) -> date:
        section, code = self.dice.choice(self.office.sections)
        self.row |= {"section_id": section, "status": Status.ASSIGNED}
        self.under = self.under | {"section": code}
        self._note(EventKind.ASSIGNED, day, section=code, handler=None)
        return day

    def _extend(self, day: date) -> None:
        self.row["due_on"] = due = self.office.after(self.row["due_on"], 5)
        self.row["extensions"] = 1
        self._note(EventKind.EXTENDED, self.office.after(day, 2), days=5, due_on=due.isoformat())

    def _reply(self, day: date) -> date:
        late = self.dice.random() < 0.1
        day = self.office.after(day, self.dice.randint(7, 20) if late else self.dice.randint(1, 6))
        self.row |= {"replied_on": day, "status": Status.REPLIED}
        self._note(EventKind.DRAFTED, day, draft=1)
        due = self.row["due_on"].isoformat()
        self._note(EventKind.REPLIED, day, text="已派員處理。", stops_clock=True, due_on=due)
        if self.dice.random() < 0.15:
            self._note(EventKind.PROMISED, day, promise=1, text="複查", due_on=due)
        return day

    def _close(self, day: date) -> None:
        done = self.row["replied_on"]
        spent = self.office.places[done] - self.office.places[self.received]
        outcome = self.dice.choice((Outcome.RESOLVED, Outcome.EXPLAINED, Outcome.ADOPTED))
        told = {"done_on": done.isoformat(), "days_used": spent or 0.5, "asked": True}
        self._end(EventKind.CLOSED, day, Status.CLOSED, outcome, **told)
        if self.dice.random() < 0.5:
            self._note(EventKind.CONFIRMED_IMPROVED, day)
        if self.dice.random() < 0.4:
            for aspect in ("process", "result"):
                grade = self.dice.choices((1, 2, 3, 4, 5), (1, 1, 2, 4, 5))[0]
                self._note(EventKind.SATISFACTION_RATED, day, aspect=aspect, grade=grade)

    def _end_otherwise(self, day: date) -> None:
        day = self.office.after(day, self.dice.randint(0, 5))
        kind, status, outcome, told = self.dice.choice(OTHER_ENDS)
        self._end(kind, day, status, outcome, **told)

    def _end(
        self, kind: EventKind, day: date, status: Status, outcome: Outcome, **told: Any
    ) -> None:
        self.row |= {"status": status, "closed_on": day, "outcome": outcome}
        self._note(kind, day, outcome=outcome, due_on=self.row["due_on"].isoformat(), **told)

    def _note(self, kind: EventKind, day: date, **data: Any) -> None:
        if kind in MEASURED:
            data["under"] = self.under
        at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        self.events.append({"case_id": self.number, "kind": kind, "at": at, "data": data})


OTHER_ENDS: tuple[tuple[EventKind, Status, Outcome, dict[str, Any]], ...] = (
    (
        EventKind.TRANSFERRED,
        Status.TRANSFERRED,
        Outcome.TRANSFERRED_TO_COMPETENT_AGENCY,
        {"late": False},
    ),
    (
        EventKind.NOT_PROCESSED,
        Status.NOT_PROCESSED,
        Outcome.NOT_PROCESSED,
        {"ground": "repeated_same_matter"},
    ),
    (EventKind.WITHDRAWN, Status.WITHDRAWN, Outcome.WITHDRAWN, {}),
)


def a_case(number: int, citizen: int, section: int, received: date) -> dict[str, Any]:
    """The row of a case that has just come in."""
    return {
        "id": number,
        "case_no": f"BM-{number:07}-0001",
        "lookup_code": "K7Q4MP",
        "origin": f"bench:{number}",
        "citizen_id": citizen,
        "section_id": section,
        "priority": "ordinary",
        "status": Status.RECEIVED,
        "outcome": None,
        "subject": f"第 {number} 件騎樓堆放雜物",
        "content": f"第 {number} 件騎樓堆放雜物，輪椅過不去。",
        "points": ["騎樓堆放雜物", "輪椅過不去"],
        "reply_by": "chat",
        "notice_version": "bench",
        "notice_shown_at": NOW,
        "received_at": datetime(received.year, received.month, received.day, 2, tzinfo=UTC),
        "received_on": received,
        "replied_on": None,
        "closed_on": None,
        "calendar_version": "bench",
        "version": 1,
        "confidential": False,
        "unreached": False,
        "paused": False,
        "extensions": 0,
        "bounces": 0,
        "with_secretary": False,
        "permanent": False,
    }


def fill(engine: Engine, size: int) -> int:
    """Enter so many cases of the year with their histories; return the number of events."""
    dice = random.Random(size)
    with transaction(engine) as tx:
        office = _office(tx)
    days = [day for day in office.working if day.year == YEAR]
    events = 0
    for start in range(0, size, BATCH):
        told = [
            Told(office, dice, n + 1, days[n * len(days) // size])
            for n in range(start, min(start + BATCH, size))
        ]
        events += _enter(engine, told, events)
    with transaction(engine) as tx:
        tx.execute(text("analyze"))
    return events


def _office(tx: Session) -> Office:
    citizen = Citizen(channel="sample", name="1", language="zh", since=NOW)
    sections = [Section(code=f"s{n}", name=f"第{n}課", active=True) for n in range(SECTIONS)]
    villages = [Village(code=f"v{n}", name=f"第{n}里") for n in range(VILLAGES)]
    tx.add_all([citizen, *sections, *villages])
    tx.flush()
    calendar = calendars.load(tx)
    first = date(YEAR, 1, 1)
    every = (first + timedelta(days=n) for n in range((TODAY - first).days))
    working = [day for day in every if calendar.works(day)]
    return Office(
        citizen=citizen.id,
        sections=[(one.id, one.code) for one in sections],
        villages=[(one.id, one.code) for one in villages],
        working=working,
        places={day: n for n, day in enumerate(working)},
    )


def _enter(engine: Engine, told: Sequence[Told], before: int) -> int:
    """One transaction of cases, their events and what waits to be counted."""
    for one in told:
        one.tell()
    rows = [row for one in told for row in one.events]
    for number, row in enumerate(rows, before + 1):
        row["id"] = number
    waiting = [
        {"event_id": row["id"], "case_id": row["case_id"]}
        for row in rows
        if row["kind"] in MEASURED
    ]
    with transaction(engine) as tx:
        tx.execute(insert(Case), [one.row for one in told])
        tx.execute(insert(Event), rows)
        tx.execute(insert(Uncounted), waiting)
    return len(rows)


def bring_up(engine: Engine) -> int:
    """Count everything that waits, and let the database look at what it has; how many rows."""
    while True:
        with transaction(engine) as tx:
            if not tallies.bring_up(tx):
                break
    with transaction(engine) as tx:
        tx.execute(text("analyze"))
        return tx.scalars(select(func.count()).select_from(Tally)).one()


def figures(engine: Engine, periods: Sequence[Period]) -> None:
    """The figures of some periods as a page shows them: under every heading."""
    for period in periods:
        with reading(engine) as tx:
            assert of_period(tx, period, today=TODAY).total.received


STOOD = """
select c.section_id,
 sum(case when received_on < :first and (closed_on is null or closed_on >= :first)
     then 1 else 0 end),
 sum(case when received_on between :first and :last then 1 else 0 end),
 sum(case when status = 'closed' and closed_on between :first and :last then 1 else 0 end),
 sum(case when status = 'closed' and closed_on between :first and :last
     and replied_on <= due_on then 1 else 0 end),
 sum(case when status = 'closed' and closed_on between :first and :last
     and extensions > 0 then 1 else 0 end),
 sum(case when status = 'transferred' and closed_on between :first and :last
     then 1 else 0 end),
 sum(case when status = 'not_processed' and closed_on between :first and :last
     then 1 else 0 end),
 sum(case when status = 'merged' and closed_on between :first and :last then 1 else 0 end),
 sum(case when status = 'withdrawn' and closed_on between :first and :last then 1 else 0 end),
 sum(case when replied_on between :first and :last then 1 else 0 end),
 sum(case when received_on <= :last and (closed_on is null or closed_on > :last)
     then 1 else 0 end),
 sum(case when received_on <= :last and (closed_on is null or closed_on > :last)
     and (replied_on is null or replied_on > :last) and due_on < :last then 1 else 0 end)
from cases c join section s on s.id = c.section_id group by c.section_id
"""
HAPPENED = """
select c.section_id, e.kind, {grade}, {aspect}, count(*)
from event e join cases c on c.id = e.case_id
where e.at >= :since and e.at < :until and e.kind in
 ('reopened', 'split', 'extended', 'confirmed_improved', 'improvement_recorded', 'promised',
  'promise_settled', 'handed_back', 'satisfaction_rated', 'closed')
group by 1, 2, 3, 4
"""
JSON = {
    "sqlite": (
        "coalesce(json_extract(e.data, '$.grade'), json_extract(e.data, '$.days_used'))",
        "coalesce(json_extract(e.data, '$.aspect'), json_extract(e.data, '$.state'))",
    ),
    "postgresql": (
        "coalesce(e.data->>'grade', e.data->>'days_used')",
        "coalesce(e.data->>'aspect', e.data->>'state')",
    ),
}


def plain(engine: Engine, periods: Sequence[Period]) -> None:
    """The columns of the table of sections, by plain SQL over cases and events."""
    grade, aspect = JSON[engine.dialect.name]
    happened = text(HAPPENED.format(grade=grade, aspect=aspect))
    for period in periods:
        days: dict[str, Any] = {"first": period.start, "last": period.end}
        moments: dict[str, Any] = {"since": period.since(), "until": period.until()}
        if engine.dialect.name == "sqlite":  # as the columns are written there
            days = {name: day.isoformat() for name, day in days.items()}
            moments = {
                name: f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
                for name, moment in moments.items()
            }
        with reading(engine) as tx:
            assert tx.execute(text(STOOD), days).all()
            assert tx.execute(happened, moments).all()


def measure(engine: Engine, size: int, *, report: bool) -> Measured:
    """Fill, count, and measure one size on one database."""
    begun = time.perf_counter()
    events = fill(engine, size)
    fill_s = time.perf_counter() - begun
    print(f"filled {size} in {fill_s:.0f} s", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    rows = bring_up(engine)
    bring_up_s = time.perf_counter() - begun
    print(f"counted in {bring_up_s:.0f} s", file=sys.stderr, flush=True)
    month, plain_month = _beside(engine, [MONTH], ROUNDS)
    year, plain_year = _beside(engine, MONTHS, 3)
    gather_s, documents_s = make_report(engine) if report else (None, None)
    return Measured(
        database=engine.dialect.name,
        cases=size,
        events=events,
        tally_rows=rows,
        fill_s=fill_s,
        bring_up_s=bring_up_s,
        month_ms=month,
        plain_month_ms=plain_month,
        month_ratio=month / plain_month,
        year_ms=year,
        plain_year_ms=plain_year,
        year_ratio=year / plain_year,
        gather_s=gather_s,
        documents_s=documents_s,
    )


def _beside(engine: Engine, periods: Sequence[Period], rounds: int) -> tuple[float, float]:
    """Median milliseconds of the figures and of plain SQL, turn by turn after a warm-up."""
    figures(engine, periods)
    plain(engine, periods)
    ours = 1000 * median(rounds, lambda: figures(engine, periods))
    theirs = 1000 * median(min(rounds, 5), lambda: plain(engine, periods))
    return ours, theirs


def make_report(engine: Engine) -> tuple[float, float]:
    """Seconds to gather a month's report, and to make all its files."""
    words = Words(WordFiles.shipped(), Path(tempfile.gettempdir()) / "civicline-bench")
    with transaction(engine) as tx:
        words = Shelf(words).current(tx).words
    begun = time.perf_counter()
    found = _gather(engine, words)
    gathered = time.perf_counter() - begun
    begun = time.perf_counter()
    assert [name for name, _, _ in write(engine, found, MONTH)]
    return gathered, time.perf_counter() - begun


def _gather(engine: Engine, words: Words) -> Meeting:
    with reading(engine) as tx:
        return meeting.gather(tx, meeting.Asked("某區公所", MONTH, words, NOW))


def plans(engine: Engine) -> Iterator[str]:
    """What the database does for a month's figures: each statement and its plan."""
    seen: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    figures(engine, [MONTH])
    event.remove(engine, "before_cursor_execute", listen)
    explain = "explain query plan " if engine.dialect.name == "sqlite" else "explain (analyze) "
    with reading(engine) as tx:
        for statement, parameters in seen:
            yield statement
            found = tx.connection().exec_driver_sql(explain + statement, parameters)
            yield from (f"    {row[-1]}" for row in found)


def missed(one: Measured) -> list[str]:
    """Which goals a run missed."""
    goals = {
        "month_ms": one.cases <= 20_000 and one.month_ms > MONTH_GOAL,
        "month_ratio": one.cases >= 1_000_000 and one.month_ratio > MONTH_RATIO,
        "year_ratio": one.cases >= 1_000_000 and one.year_ratio > YEAR_RATIO,
        "report": one.gather_s is not None
        and one.documents_s is not None
        and one.gather_s + one.documents_s > REPORT_GOAL,
    }
    return [name for name, bad in goals.items() if bad]


def main() -> None:
    """Measure and print; exit status 1 when a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="+", type=int, default=[20_000, 200_000])
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql"))
    parser.add_argument("--report-up-to", type=int, default=20_000)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for size in given.sizes:
        with (
            tempfile.TemporaryDirectory() as folder,
            opened(given.database, Path(folder)) as (engine, _url),
        ):
            found.append(measure(engine, size, report=size <= given.report_up_to))
            print(found[-1], file=sys.stderr, flush=True)
            for line in plans(engine) if given.plans else ():
                print(line, file=sys.stderr)
    if given.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    if bad := {one.cases: missed(one) for one in found if missed(one)}:
        raise SystemExit(f"missed: {bad}")


if __name__ == "__main__":
    main()
