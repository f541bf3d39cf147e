"""Figures for Prometheus: what the record holds, and what this process does; of nobody anything.

What comes from the record is the same whichever process is asked; requests and memory are those
of the process that answers. Rows are counted when asked, not kept.
"""

import hmac
import shutil
from collections.abc import Iterator
from time import perf_counter

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.loops import Running
from app.office import Office
from app.readiness import problems
from complaints import worklist
from complaints.clock.workdays import office_date
from complaints.tables import Task, Uncounted
from complaints.worklist import Pile, Sight
from data import outbox
from data.database import reading

PATH = "/metrics"
PILES = (Pile.OPEN, Pile.OVERDUE, Pile.DUE_TODAY, Pile.NEW, Pile.UNREACHED, Pile.PROMISE_DUE)
# Which face an address belongs to, the first that fits; never the address itself, which may
# name a case.
FACES = (
    ("/telegram/", "telegram"),
    ("/chat", "chat"),
    ("/case", "chat"),
    ("/api/", "api"),
    ("/staff", "console"),
    ("/open", "open"),
    ("/did", "open"),
)
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Requests:
    """Counts what each face answered, and how long it took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "civicline_request_seconds",
            "Seconds from a request to the end of its answer",
            ["face"],
            registry=registry,
            buckets=SECONDS,
        )
        self._answers = Counter(
            "civicline_requests_total", "Requests answered", ["face", "status"], registry=registry
        )

    def note(self, path: str, status: int, seconds: float) -> None:
        """Count one answer; `status` 0 where the program failed before there was one."""
        face = next((name for prefix, name in FACES if path.startswith(prefix)), "other")
        self._answers.labels(face, f"{status // 100}xx" if status else "failed").inc()
        self._seconds.labels(face).observe(seconds)


class Measured:
    """Has each request counted, whatever becomes of it."""

    def __init__(self, app: ASGIApp, *, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, perf_counter()

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            self._requests.note(scope["path"], status, perf_counter() - began)


class FromRecord(Collector):
    """What the office's record holds at this moment."""

    def __init__(self, office: Office, running: Running) -> None:
        self._office = office
        self._running = running

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: the database is asked when somebody asks."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Readiness and room always; the rest where the database answers."""
        office = self._office
        found = problems(office, self._running.telegram) + self._running.stopped
        yield _gauge("civicline_ready", "1 when nothing stands in the way of serving", not found)
        folder = office.settings.data_dir
        free = shutil.disk_usage(folder if folder.exists() else ".").free
        yield _gauge("civicline_disk_free_bytes", "Bytes free where DATA_DIR is", free)
        try:
            with reading(office.engine) as tx:
                yield from list(self._of_record(tx))
        except SQLAlchemyError:
            return

    def _of_record(self, tx: Session) -> Iterator[Metric]:
        now = self._office.clock()
        left = outbox.backlog(tx)
        waited = (now - left.oldest).total_seconds() if left.oldest else 0
        yield _gauge("civicline_outbox_waiting", "Messages that wait to be sent", left.waiting)
        yield _gauge("civicline_outbox_dead", "Messages that could not be sent", left.dead)
        yield _gauge("civicline_outbox_oldest_seconds", "How long the oldest waits", max(waited, 0))
        told = "Cases by pile, counted up to 10,000"
        cases = GaugeMetricFamily("civicline_cases", told, labels=["pile"])
        held = worklist.counts(tx, Sight(), today=office_date(now))
        for pile in PILES:
            cases.add_metric([pile.value], held[pile])
        yield cases
        tasks = tx.scalars(select(func.count()).where(Task.done_at.is_(None))).one()
        yield _gauge("civicline_tasks_open", "Tasks for people that are not done", tasks)
        uncounted = tx.scalars(select(func.count()).select_from(Uncounted)).one()
        yield _gauge("civicline_uncounted", "Events the figures have not taken in", uncounted)


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=float(value))


def install(app: FastAPI, office: Office, running: Running) -> None:
    """Measure an application, and tell whoever shows METRICS_TOKEN; without one, do nothing."""
    if office.settings.metrics_token is None:
        return
    token = office.settings.metrics_token.get_secret_value()
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(FromRecord(office, running))
    app.add_middleware(Measured, requests=Requests(registry))
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def read_metrics(request: Request) -> Response:
        """The figures in Prometheus's text format; 401 without the token."""
        shown = request.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_1_0_0)

    app.include_router(router)
