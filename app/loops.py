"""What runs beside the pages: sending, fetching, rounds, reports, and asking Telegram."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
from anyio import create_task_group, open_signal_receiver, sleep, to_thread
from sqlalchemy.exc import SQLAlchemyError

from app.office import Office
from data.database import reading

RECONNECT, RECONNECT_AT_MOST = 1.0, 30.0  # seconds; each wait is twice the one before
HEAD_START = 0.3  # seconds the server gets to listen before other work takes the processor
THREADS = 40
log = structlog.get_logger()


@dataclass
class Running:
    """What the loops of this process report about themselves."""

    telegram: str | None = None
    stopped: list[str] = field(default_factory=list)


@asynccontextmanager
async def running_beside(office: Office, running: Running, *, loops: bool) -> AsyncIterator[None]:
    """Everything that runs while the block does; at its end all connections are given back."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    async with create_task_group() as tasks:  # on leaving, work begun in a thread is ended
        tasks.start_soon(_prepare, office)
        chosen = _loops(office, running) if loops else _of_pages(office)
        for name, loop in chosen.items():
            tasks.start_soon(_keep_running, name, loop, running)
        yield
        tasks.cancel_scope.cancel()
    if office.telegram:
        await office.telegram.close()
    office.engine.dispose()


async def work(office: Office) -> None:
    """Do this work alone, without pages, until the process is asked to end."""
    async with running_beside(office, Running(), loops=True):
        with open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                return


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
        "reporter": office.reporter.run,
    }
    if office.opener:
        loops["opener"] = office.opener.run
    if office.telegram:
        running.telegram = "not connected yet"
        loops["telegram"] = partial(_serve_telegram, office, running)
    return loops


def _of_pages(office: Office) -> dict[str, Loop]:
    """What pages need that are served alone: behind a webhook, the bot's own name.

    Without it they serve all the same, so that a balancer keeps them while Telegram is away.
    """
    if office.telegram is None or office.poller:
        return {}
    return {"telegram": partial(_serve_telegram, office, Running())}


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

    telegram, wait = office.telegram, RECONNECT
    while telegram:
        try:
            await telegram.connect(office.settings.public_url)
            break
        except InvalidToken:
            running.telegram = "TELEGRAM_BOT_TOKEN is refused"
            log.error("telegram refuses the token")
        except TelegramError as error:
            running.telegram = f"not reached ({type(error).__name__})"
            cause = type(error.__cause__).__name__  # its words may name the address, so the token
            log.warning("telegram not reached", error=type(error).__name__, cause=cause)
        await sleep(wait)
        wait = min(2 * wait, RECONNECT_AT_MOST)
    running.telegram = None
    if office.poller:
        await office.poller.run()
