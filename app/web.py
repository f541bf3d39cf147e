"""The program as one web application: citizens' faces, staff's faces, health, and the loops."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
from anyio import create_task_group, sleep, to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import SQLAlchemyError
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from admin_api import (
    audit,
    cases,
    clockwork,
    desk,
    errors,
    faq,
    figures,
    handling,
    learning,
    officers,
    people,
    presence,
    privacy,
    subscriptions,
    tasks,
    today,
    wordings,
)
from admin_api.console import pages
from admin_api.console.language import Speaking
from app import interface
from app.headers import Headers
from app.office import Office
from app.readiness import problems
from bot import webchat
from data import outbox
from data.database import reading

RECONNECT = 5.0  # seconds
THREADS = 40
HEAD_START = 0.3  # seconds the server gets to listen before other work takes the processor
log = structlog.get_logger()

ROOMS = (
    officers,
    people,
    today,
    cases,
    handling,
    faq,
    learning,
    figures,
    clockwork,
    tasks,
    privacy,
    desk,
    wordings,
    audit,
    subscriptions,
    presence,
)


@dataclass
class Running:
    """What the loops of this process report about themselves."""

    telegram: str | None = None
    stopped: list[str] = field(default_factory=list)


def create_web(office: Office) -> FastAPI:
    """The whole application of an office; the loops run while it serves."""
    running = Running()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        async with create_task_group() as loops:  # on leaving, work begun in a thread is ended
            loops.start_soon(_prepare, office)
            for name, loop in _loops(office, running).items():
                loops.start_soon(_keep_running, name, loop, running)
            yield
            loops.cancel_scope.cancel()
        if office.telegram:
            await office.telegram.close()
        office.engine.dispose()

    app = FastAPIOffline(
        title="CivicLine 為民服務即時通",
        version="1",
        description=interface.DESCRIPTION,
        openapi_url=interface.PATH,
        openapi_tags=interface.TAGS,
        generate_unique_id_function=interface.name_of,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.openapi = interface.describing(app)  # type: ignore[method-assign]
    app.add_middleware(Speaking)
    app.add_middleware(Headers, secure=office.served_by_https)
    # Added last, so outermost: everything behind it sees who really calls.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=office.settings.proxies)
    _attach(app, office)
    _add_health(app, office, running)
    return app


def _attach(app: FastAPI, office: Office) -> None:
    files, secure = office.settings.files, office.served_by_https
    app.state.staff_door = office.staff_door
    app.state.case_prefix = office.settings.office_code  # of the cases filed at the counter
    app.state.web_door = webchat.Door(office.desk, files, secure)
    errors.install(app)
    for room in ROOMS:
        app.include_router(room.router, responses=interface.ERRORS)
    app.include_router(webchat.router)
    pages.install(app)
    if office.telegram and office.settings.public_url:
        from bot import webhook

        app.state.telegram_door = webhook.Door(office.desk, office.telegram)
        app.include_router(webhook.router)

    @app.get("/", include_in_schema=False)
    def go_to_chat() -> Response:
        return RedirectResponse("/chat")


def _add_health(app: FastAPI, office: Office, running: Running) -> None:
    @app.get("/healthz", include_in_schema=False)
    def check_health(_request: Request) -> Response:
        polling = office.poller.problem if office.poller else None
        found = problems(office, running.telegram or polling)
        found += [f"loop: {name} stopped" for name in running.stopped]
        if found:
            return JSONResponse({"status": "not ready", "reasons": found}, 503)
        with reading(office.engine) as tx:
            backlog = outbox.backlog(tx)
        counts = {"waiting": backlog.waiting, "dead": backlog.dead}
        return JSONResponse({"status": "ready", "outbox": counts})


Loop = Callable[[], Awaitable[None]]


async def _prepare(office: Office) -> None:
    """Have the index ready early: a question that comes first only waits for it."""
    await sleep(HEAD_START)
    await to_thread.run_sync(_build_index, office)


def _build_index(office: Office) -> None:
    try:
        with reading(office.engine) as tx:
            office.shelf.current(tx)
    except SQLAlchemyError as error:
        log.error("no index yet", error=type(error).__name__)


def _loops(office: Office, running: Running) -> dict[str, Loop]:
    loops: dict[str, Loop] = {
        "relay": office.relay.run,
        "fetcher": office.fetcher.run,
        "rounds": office.rounds.run,
        "announcer": office.announcer.run,
    }
    if office.telegram:
        running.telegram = "not connected yet"
        loops["telegram"] = partial(_serve_telegram, office, running)
    return loops


async def _keep_running(name: str, loop: Loop, running: Running) -> None:
    """Run a loop; should it ever fail, the program says so in its health and serves on."""
    try:
        await loop()
    except Exception:
        log.exception("loop failed", name=name)
        running.stopped.append(name)


async def _serve_telegram(office: Office, running: Running) -> None:
    """Connect, however long it takes, then poll where there is no webhook."""
    from telegram.error import InvalidToken, TelegramError

    telegram = office.telegram
    while telegram:
        try:
            await telegram.connect(office.settings.public_url)
            break
        except InvalidToken:
            running.telegram = "TELEGRAM_BOT_TOKEN is refused"
            log.error("telegram refuses the token")
        except TelegramError as error:
            running.telegram = f"not reached ({type(error).__name__})"
            log.warning("telegram not reached", error=type(error).__name__)
        await sleep(RECONNECT)
    running.telegram = None
    if office.poller:
        await office.poller.run()
