"""Webhook to committed answer, beside bare python-telegram-bot with one commit, and with none.

    python -m tests.benchmarks.webhook [--updates 200] [--rounds 3] [--in-flight 16]

Each program runs in its own process and sends its answers to one fake Bot API in another. The
rounds alternate, so that a machine whose speed drifts is fair to all; the ratios are of medians.
What is timed is one POST of an update until its 200, given only after the commit; what it costs is
the processor's time of the program's process, all threads, until the last answer has left.
"""

import argparse
import asyncio
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import app  # noqa: F401 - sets what python-telegram-bot reads from the environment
from tests.databases import KEYRING, Databases

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CHATS = 200
WARM_UP = 50
ANSWERS_LEAVE = 2.0  # seconds


def main() -> None:
    """Measure both programs on both databases and print a table."""
    given = _arguments()
    if given.serve:
        _serve(given.serve, given.port, given.database, given.api)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = Databases(folder)
        stack.callback(databases.stop)
        api = stack.enter_context(program("api", "", "")).address
        for kind in given.databases:
            print(
                f"\n{kind}: {given.rounds} rounds of {given.updates}, {given.in_flight} in flight"
            )
            _compare(stack, databases, kind, api, given)


class Program(NamedTuple):
    """A program that runs: where, which process, and how long it took to be ready."""

    address: str
    pid: int
    ready: float

    @property
    def processor(self) -> float:
        """Seconds of the processor it has used, all its threads together."""
        used = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """MB it holds."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(one for one in lines if one.startswith("VmRSS")).split()[1]) / 1024


def _compare(
    stack: ExitStack, databases: Databases, kind: str, api: str, given: argparse.Namespace
) -> None:
    programs = {}
    for name in ("civicline", "bare", "echo"):
        url = stack.enter_context(databases.fresh(kind))
        programs[name] = stack.enter_context(program(name, url, api))
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in programs}
    number = 1
    for one in programs.values():
        asyncio.run(_load(one.address, number, WARM_UP, given.in_flight))
        number += WARM_UP
    time.sleep(ANSWERS_LEAVE)
    for _ in range(given.rounds):
        for name, one in programs.items():
            found[name].append(_round(one, number, given))
            number += given.updates
    _tell(programs, found)


def _round(one: Program, number: int, given: argparse.Namespace) -> tuple[float, ...]:
    before = one.processor
    timed = asyncio.run(_load(one.address, number, given.updates, given.in_flight))
    time.sleep(ANSWERS_LEAVE)
    return *timed, (one.processor - before) * 1000 / given.updates


def _tell(programs: dict[str, Program], found: dict[str, list[tuple[float, ...]]]) -> None:
    rates, costs = {}, {}
    for name, rounds in found.items():
        medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
        rates[name], p50, p99, costs[name] = medians
        print(
            f"  {name:10} {rates[name]:7.1f} updates/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms"
            f"   {costs[name]:5.2f} ms of the processor an update"
        )
    ours = programs["civicline"]
    print(f"  civicline: ready in {ours.ready:.1f} s, {ours.memory:.0f} MB")
    for other in ("bare", "echo"):
        print(
            f"  civicline to {other}: {rates['civicline'] / rates[other]:.2f} of the updates/s,"
            f" {costs['civicline'] / costs[other]:.2f} of the processor"
        )


async def _load(address: str, first: int, count: int, in_flight: int) -> tuple[float, float, float]:
    """Post updates and return updates/s, p50 and p99 in milliseconds."""
    waiting = list(range(first, first + count))
    took: list[float] = []
    shown = secret()
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:

        async def one() -> None:
            while waiting:
                body = update(waiting.pop(0))
                began = time.perf_counter()
                answer = await client.post("/telegram/webhook", json=body, headers=shown)
                took.append(time.perf_counter() - began)
                answer.raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(in_flight)))
        whole = time.perf_counter() - began
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    return count / whole, p50 * 1000, p99 * 1000


def update(number: int, who: int | None = None) -> dict[str, Any]:
    """An update of a text message."""
    who = who or 1000 + number % CHATS
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1,
            "chat": {"id": who, "type": "private"},
            "from": {"id": who, "is_bot": False, "first_name": "王", "language_code": "zh-hant"},
            "text": QUESTIONS[number % len(QUESTIONS)],
        },
    }


QUESTIONS = (
    "身分證遺失要怎麼補領",
    "護口名簿不見了要怎辦",
    "我要遷戶口",
    "小孩出生多久要報戶口",
    "家裡淹水有補助嗎",
    "颱風天有上班嗎",
    "印鑑證明可以請人代辦嗎",
    "可以幫我查樂透號碼嗎",
    "我想結婚要準備什麼",
    "門牌證明書怎麼申請",
)


@contextmanager
def program(name: str, database: str, api: str) -> Iterator[Program]:
    """Run one of the programs in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.benchmarks.webhook", "--serve", name]
    command += ["--port", str(port), "--database", database, "--api", api]
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        if name == "civicline":  # as it is served, and as `make run` leaves the cache
            environment |= _settings(database, port, api, Path(folder))
            _run("warm", environment)
            command = [sys.executable, "-m", "app", "serve"]
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            wait_until_ready(f"{address}/healthz")
            yield Program(address, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(20)


def _run(command: str, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "app", command], env=environment, check=True)


def _settings(database: str, port: int, api: str, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SEALING_KEYS": KEYRING.as_text(),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": api,
        "PUBLIC_URL": "https://bench.example",
    }


def wait_until_ready(address: str) -> None:
    """Ask until it is answered 200; SystemExit after half a minute."""
    for _ in range(600):
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"{address} did not get ready")


def _serve(name: str, port: int, database: str, api: str) -> None:
    web: Any = {"api": _api, "bare": _bare, "echo": _echo}[name](database, api)
    uvicorn.run(web, port=port, log_level="error", access_log=False)


def _api(_database: str, _url: str) -> Starlette:
    """A Bot API that says yes, and numbers the messages as they come."""
    numbers = itertools.count(1)
    seen = [0]

    async def answer(request: Request) -> Response:
        await request.body()
        method = request.url.path.rsplit("/", 1)[-1]
        result: Any = True
        if method == "getMe":
            result = {"id": 1, "is_bot": True, "first_name": "bot", "username": "bot"}
        if method == "sendMessage":
            seen[0] = next(numbers)
            result = {"message_id": seen[0], "date": 1, "chat": {"id": 1, "type": "private"}}
        return JSONResponse({"ok": True, "result": result})

    async def ready(_request: Request) -> Response:
        return JSONResponse({"messages": seen[0]})

    routes = [Route("/healthz", ready), Route("/bot{rest:path}", answer, methods=["GET", "POST"])]
    return Starlette(routes=routes)


def _echo(_database: str, api: str) -> Starlette:
    """The library's own way without a database: what is said is said back."""
    return _library(api, lambda _number, _said: None)


def _bare(database: str, api: str) -> Starlette:
    """The library's own way: Application, one handler, one commit, one answer."""
    from sqlalchemy import text

    from data.database import engine_for, transaction

    engine = engine_for(database, KEYRING)
    with transaction(engine) as tx:
        tx.execute(text("create table bare (id integer primary key, said text)"))

    def commit(number: int, said: str) -> None:
        with transaction(engine) as tx:
            row = {"id": number, "said": said}
            tx.execute(text("insert into bare (id, said) values (:id, :said)"), row)

    return _library(api, lambda number, said: asyncio.to_thread(commit, number, said))


def _library(api: str, keep: Callable[[int, str], Awaitable[None] | None]) -> Starlette:
    """python-telegram-bot's Application with one handler that keeps what is said, and answers."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    application = (
        Application.builder()
        .token(TOKEN)
        .base_url(f"{api}/bot")
        .updater(None)
        .connection_pool_size(16)
        .build()
    )

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message and update.message.text:
            if kept := keep(update.update_id, update.message.text):
                await kept
            context.application.create_task(update.message.reply_text(update.message.text))

    application.add_handler(MessageHandler(filters.TEXT, echo))
    started = asyncio.Event()

    async def receive(request: Request) -> Response:
        if not started.is_set():
            await application.initialize()
            started.set()
        update = Update.de_json(json.loads(await request.body()), application.bot)
        await application.process_update(update)
        return Response(status_code=200)

    async def ready(_request: Request) -> Response:
        return JSONResponse({})

    routes = [
        Route("/healthz", ready),
        Route("/telegram/webhook", receive, methods=["POST"]),
    ]
    return Starlette(routes=routes)


def secret() -> dict[str, str]:
    """The headers Telegram shows."""
    from bot.telegram import Telegram

    return {"X-Telegram-Bot-Api-Secret-Token": Telegram(TOKEN, "http://localhost").secret}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    for name in ("serve", "database", "api"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
