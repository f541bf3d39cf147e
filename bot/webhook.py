"""Telegram's webhook: secret, size, read, take, and only then 200."""

import hmac
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import structlog
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import telegram
from bot.channel import Incoming
from bot.counter import Desk, take
from bot.patience import Patience, give_up, is_the_databases

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
MAX_BODY = 1024 * 1024


@dataclass(frozen=True)
class Door:
    """What the webhook needs: the desk, and the channel whose secret Telegram must show."""

    desk: Desk
    channel: telegram.Telegram
    patience: Patience = field(default_factory=Patience)

    @cached_property
    def secret(self) -> bytes:
        """What Telegram shows with each call."""
        return self.channel.secret.encode()


log = structlog.get_logger()


def route(door: Door) -> Route:
    """Where Telegram posts to: a plain route, for nothing of it is a form, a schema or a page."""

    async def receive(request: Request) -> Response:
        return await receive_update(request, door)

    return Route(telegram.WEBHOOK_PATH, receive, methods=["POST"], include_in_schema=False)


async def receive_update(request: Request, door: Door) -> Response:
    """Take in one update.

    401 without the secret (the body is not read), 413 or 400 for a body that is no update,
    500 when it could not be committed, 503 for a group's while the bot's name is not known yet, so
    that Telegram delivers it again.
    """
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), door.secret):
        return Response(status_code=401)
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    raw = _update(body)
    if raw is None:
        return Response(status_code=400)
    if door.channel.username is None and telegram.is_of_group(raw):
        return Response(status_code=503)  # whether it is addressed cannot be told yet
    incoming = telegram.read(raw, door.channel.username)
    if incoming:
        await _take(door, incoming)
    return Response(status_code=200)


async def _take(door: Door, incoming: Incoming) -> None:
    """Take an update in; one that always fails is given up, so that Telegram brings it no more."""
    try:
        await to_thread.run_sync(take, door.desk, incoming)
    except Exception as error:
        if is_the_databases(error) or not door.patience.is_used_up(incoming.key):
            raise
        log.error("update given up", key=incoming.key, error=type(error).__name__)
        await to_thread.run_sync(give_up, door.desk, incoming, error)


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is larger than any update."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _update(body: bytes) -> dict[str, Any] | None:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return raw if type(number) is int and abs(number) < telegram.MOST else None
