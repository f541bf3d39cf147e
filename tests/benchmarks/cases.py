"""A register of 20,000 and of 1,000,000 cases: create, reply, queue page, recount.

    python -m tests.benchmarks.cases [--sizes 20000,1000000]
        [--databases sqlite,postgresql] [--json]

Most cases are closed, as in an office that has worked for years; 2,000 are open. `create` files a
petition at the domain's door with number, deadline, event and commit, and is measured in CPU
seconds of this process; `create_http` is a petition taken at the counter by `POST /api/v1/cases`,
the serving process's CPU seconds alone; the rest is wall time. Paging is compared as the ratio of
the last page to the first. `queue_http` is the console's queue of 50 rows as the program serves it
on a port, asked over a connection that stays open; `search` is the same queue with three characters
from the middle of many contents.

Pages, and what is asked over HTTP, are the least of four rounds: what else runs on the machine
only adds to it. `loop_ms` is a loop of five million sums before and after, least and most, so that
figures of different hours can be told apart from different programs.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, insert, select, text

from admin_api.schemas.desk import NewPetition
from admin_api.tables import ApiToken
from admin_api.tokens import TOKEN_FOR, digest
from complaints import handling, intake, recount, worklist
from complaints.clock import calendars
from complaints.clock.calendars import OwnDay
from complaints.clock.workdays import office_date
from complaints.states import EventKind, Kind, Status
from complaints.tables import Case, Citizen, Event, Section
from complaints.worklist import Pile, Sight, Wanted
from data.database import engine_for, reading, transaction
from tests.benchmarks.webhook import Program, wait_until_ready
from tests.databases import KEYRING, Databases
from tests.makers import NOON, PREFIX, make_officer, make_petition

OPEN_CASES = 2_000
BATCH = 5_000
PAGES = 40
ROUNDS = 60
TURNS = 4
SUMS = 5_000_000
CREATE_GOAL = 9.0  # ms of CPU
FLAT = 1.3


@dataclass(frozen=True)
class Measured:
    """One size on one database."""

    database: str
    cases: int
    create_cpu_ms: float
    create_http_cpu_ms: float
    reply_ms: float
    first_page_ms: float
    page_ratio: float
    all_pages_ratio: float
    counts_ms: float
    preview_ms: float
    queue_http_ms: float
    search_http_ms: float
    loop_ms: tuple[float, ...]


def fill(engine: Engine, size: int) -> None:
    """Enter so many cases, the newest open, each with its receipt."""
    with transaction(engine) as tx:
        section = tx.scalars(select(Section).where(Section.intake)).one()
        citizen = Citizen(channel="sample", name="1", language="zh", since=NOON)
        tx.add(citizen)
        tx.flush()
        section_id, citizen_id = section.id, citizen.id
        calendar = calendars.load(tx)
    days = _days(calendar.after)
    for start in range(0, size, BATCH):
        rows = [
            _case(n, size, section_id, citizen_id, days)
            for n in range(start, min(start + BATCH, size))
        ]
        with transaction(engine) as tx:
            tx.execute(insert(Case), rows)
            tx.execute(insert(Event), [_receipt(row) for row in rows])
    with transaction(engine) as tx:
        tx.execute(text("analyze"))


def _days(after: Callable[[date, int], date]) -> list[tuple[date, date]]:
    last = office_date(NOON) - timedelta(days=3)
    received = [last - timedelta(days=n) for n in range(1_050, -1, -1)]
    return [(day, after(day, 6)) for day in received]


def _case(
    n: int, size: int, section_id: int, citizen_id: int, days: list[tuple[date, date]]
) -> dict[str, Any]:
    is_open = n >= size - OPEN_CASES
    received, due = days[-1] if is_open else days[n * 1_000 // size]
    return {
        "id": n + 1,
        "case_no": f"BM-{n:07}-0001",
        "lookup_code": "K7Q4MP",
        "origin": f"bench:{n}",
        "citizen_id": citizen_id,
        "kind": Kind.RIGHTS_PROTECTION,
        "priority": "ordinary",
        "status": Status.RECEIVED if is_open else Status.CLOSED,
        "channel": "sample",
        "subject": f"第 {n} 件騎樓堆放雜物",
        "content": f"第 {n} 件騎樓堆放雜物，輪椅過不去。",
        "points": ["騎樓堆放雜物", "輪椅過不去"],
        "reply_by": "chat",
        "notice_version": "bench",
        "notice_shown_at": NOON,
        "section_id": section_id,
        "received_at": NOON,
        "received_on": received,
        "due_on": due,
        "calendar_version": "bench",
        "closed_on": None if is_open else due,
        "version": 1,
        "confidential": False,
        "unreached": False,
        "unheard": False,
        "paused": False,
        "extensions": 0,
        "bounces": 0,
        "with_secretary": False,
        "permanent": False,
    }


def _receipt(row: dict[str, Any]) -> dict[str, Any]:
    data = {"due_on": row["due_on"].isoformat(), "counts_from": row["received_on"].isoformat()}
    return {"case_id": row["id"], "kind": EventKind.RECEIVED, "at": NOON, "data": data}


def measure(engine: Engine, url: str, name: str, size: int) -> Measured:
    """Everything of one size on one database, after a warm-up."""
    with transaction(engine) as tx:
        if name == "postgresql":
            for table in ("cases", "event"):
                tx.execute(text(f"select setval('{table}_id_seq', {size + 1})"))
        officer = make_officer(tx, f"bench{size}", "director", "civil")
    create(engine, 5)
    before = _loop()
    first, last = _least(lambda: pages(engine, Pile.OPEN))
    first_all, last_all = _least(lambda: pages(engine, Pile.ALL))
    over_http = measure_served(engine, url, officer)
    return Measured(
        database=name,
        cases=size,
        **over_http,
        create_cpu_ms=create(engine, ROUNDS),
        reply_ms=reply(engine, officer, ROUNDS),
        first_page_ms=first,
        page_ratio=last / first,
        all_pages_ratio=last_all / first_all,
        counts_ms=1000 * median(ROUNDS // 4, lambda: _counts(engine)),
        preview_ms=1000 * median(3, lambda: _preview(engine, officer)),
        loop_ms=tuple(sorted((before, _loop()))),
    )


def _least(ask: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
    """The least of each figure in several turns."""
    turns = [ask() for _turn in range(TURNS)]
    return tuple(min(figures) for figures in zip(*turns, strict=True))


def _loop() -> float:
    began, total = time.perf_counter(), 0
    for number in range(SUMS):
        total += number * number % 7
    return round(1000 * (time.perf_counter() - began))


def measure_served(engine: Engine, url: str, officer: Any) -> dict[str, float]:
    """What is asked over HTTP of the program in a process of its own."""
    token = log_in(engine, officer)
    with serving(url) as (port, program), closing(HTTPConnection("127.0.0.1", port)) as line:
        cookie = {"Cookie": f"civicline_staff={token}"}

        def show(address: str, rows: int) -> Callable[[], None]:
            return lambda: _show(line, quote(address, safe="/?&="), cookie, rows)

        queue, search = show("/staff", 50), show("/staff?pile=all&q=77 件騎", 1)
        median(20, queue)
        return {
            "queue_http_ms": 1000 * min(median(ROUNDS, queue) for _turn in range(TURNS)),
            "search_http_ms": 1000 * median(ROUNDS // 4, search),
            "create_http_cpu_ms": min(
                create_over_http(line, program, token, ROUNDS) for _turn in range(TURNS)
            ),
        }


def log_in(engine: Engine, officer: Any) -> str:
    """A token of the officer's."""
    token, now = f"cl_bench-{officer.id}", datetime.now(UTC)
    row = {"digest": digest(token), "issued_at": now, "expires_at": now + TOKEN_FOR}
    with transaction(engine) as tx:
        tx.add(ApiToken(officer_id=officer.id, **row))
    return token


@contextmanager
def serving(url: str) -> Iterator[tuple[int, Program]]:
    """The program, without background work, and its port on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        given = {"DATABASE_URL": url, "DATA_DIR": folder, "PORT": str(port)}
        given |= {"SEALING_KEYS": KEYRING.as_text(), "REQUESTS_A_MINUTE": "0"}
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--pages-only"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | given,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_ready(f"{address}/healthz")
            yield port, Program(address, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(20)


def _show(line: HTTPConnection, address: str, headers: dict[str, str], rows: int) -> None:
    line.request("GET", address, headers=headers)
    answer = line.getresponse()
    page = answer.read()
    assert answer.status == 200, (address, answer.status)
    assert page.count(b"/staff/cases/") >= rows, page.decode()


def create(engine: Engine, rounds: int) -> float:
    """CPU milliseconds to file a petition and commit."""
    spent = []
    for _ in range(rounds):
        petition = make_petition()
        before = time.process_time()
        with transaction(engine) as tx:
            intake.file(tx, petition, prefix=PREFIX, now=NOON)
        spent.append(time.process_time() - before)
    return 1000 * statistics.median(spent)


def create_over_http(line: HTTPConnection, program: Program, token: str, rounds: int) -> float:
    """CPU milliseconds of the program to take a petition at the counter over the API, the mean."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps(NewPetition.model_json_schema()["examples"][0]).encode()

    def file() -> None:
        line.request("POST", "/api/v1/cases", body, headers)
        answer = line.getresponse()
        told = answer.read()
        assert answer.status == 201, told

    median(20, file)
    before = program.processor
    median(4 * rounds, file)  # the kernel counts in hundredths of a second
    return 1000 * (program.processor - before) / (4 * rounds)


def reply(engine: Engine, officer: Any, rounds: int) -> float:
    """Milliseconds to answer a case and commit."""
    with reading(engine) as tx:
        numbers = tx.scalars(
            select(Case.case_no).where(Case.status == Status.RECEIVED).limit(rounds)
        ).all()
    spent = []
    for number in numbers:
        before = time.perf_counter()
        with transaction(engine) as tx:
            handling.reply(tx, number, "已清除。", by=officer, version=1, now=NOON)
        spent.append(time.perf_counter() - before)
    return 1000 * statistics.median(spent)


def pages(engine: Engine, pile: Pile) -> tuple[float, float]:
    """Milliseconds of the first pages and of pages far on, each the median of several."""
    sight, today = Sight(), office_date(NOON)
    cursor: str | None = None
    spent = []
    for _ in range(PAGES):
        before = time.perf_counter()
        with reading(engine) as tx:
            page = worklist.page(tx, Wanted(pile), sight, today=today, cursor=cursor, limit=50)
        spent.append(time.perf_counter() - before)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    few = max(1, len(spent) // 4)
    return 1000 * statistics.median(spent[1 : few + 1]), 1000 * statistics.median(spent[-few:])


def median(rounds: int, act: Callable[[], object]) -> float:
    """The median wall time of an act."""
    spent = []
    for _ in range(rounds):
        before = time.perf_counter()
        act()
        spent.append(time.perf_counter() - before)
    return statistics.median(spent)


def _counts(engine: Engine) -> None:
    with reading(engine) as tx:
        worklist.counts(tx, Sight(), today=office_date(NOON))


def _preview(engine: Engine, officer: Any) -> None:
    closed = OwnDay(date(2026, 11, 27), calendars.FULL, works=False, reason="停班")
    with transaction(engine) as tx:
        change = recount.propose_day(tx, closed, by=officer, now=NOON)
        assert len(recount.preview(tx, change.id)) > OPEN_CASES // 2
        recount.drop(tx, change.id, by=officer, now=NOON)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[tuple[Engine, str]]:
    """A seeded database of this kind."""
    databases = Databases(folder)
    with databases.fresh(kind) as url:
        engine = engine_for(url, KEYRING)
        yield engine, url
        engine.dispose()
    databases.stop()


def main() -> None:
    """Measure and print a table; exit status 1 when a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="20000,1000000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for kind in given.databases.split(","):
        for size in map(int, given.sizes.split(",")):
            with tempfile.TemporaryDirectory() as folder, opened(kind, Path(folder)) as made:
                fill(made[0], size)
                found.append(measure(*made, kind, size))
                print(found[-1], file=sys.stderr, flush=True)
    if given.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    for one in found:
        slow = max(one.create_cpu_ms, one.create_http_cpu_ms) > CREATE_GOAL
        if slow or max(one.page_ratio, one.all_pages_ratio) > FLAT:
            print(f"missed: {one}", file=sys.stderr)
            raise SystemExit(1)


if __name__ == "__main__":
    main()
