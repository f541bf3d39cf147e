"""The channel to the office's other systems: each message a signed request (Standard Webhooks).

https://www.standardwebhooks.com: `webhook-id` stays the same when a message is tried again,
`webhook-signature` is an HMAC-SHA256 over id, time and body.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import httpx  # comes with python-telegram-bot
from anyio import to_thread
from sqlalchemy import Engine

from bot.channel import TryLater, Undeliverable
from complaints import subscriptions
from complaints.tables import Subscription
from data.database import reading
from data.outbox import Address, Message

TIMEOUT = 10.0  # seconds
AGENT = "CivicLine webhooks"


class Subscriber:
    """Sends what another system is told; a redirect is not followed, an answer is not read."""

    name = subscriptions.CHANNEL

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._transport = transport

    def parts(self, message: Message) -> list[Message]:
        """A request holds it whole."""
        return [message]

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Send one message; raises Undeliverable when the system is told no more, or TryLater."""
        row, secret = await to_thread.run_sync(self._where, int(to.name))
        body = message.text.encode()
        headers = signed(secret, key.removesuffix("/0"), int(self._clock().timestamp()), body)
        try:
            async with self._client() as client, _post(client, row.url, body, headers) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TryLater(type(error).__name__) from error
        if httpx.codes.is_success(status):
            return str(status)
        if status == httpx.codes.GONE:  # the system's own word for: never again
            raise Undeliverable("410")
        raise TryLater(str(status))

    async def fetch(self, reference: str) -> bytes:
        """Nothing comes in here."""
        raise Undeliverable(reference)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=TIMEOUT, transport=self._transport, follow_redirects=False, trust_env=False
        )

    def _where(self, number: int) -> tuple[Subscription, str]:
        with reading(self._engine) as tx:
            row = tx.get(Subscription, number)
            if row is None or not row.active:
                raise Undeliverable("stopped")
            return row, subscriptions.secret(tx, row)


def signed(secret: str, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers of a message: whoever has the secret can tell that we sent it, and when."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.digest(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def _post(
    client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str]
) -> AbstractAsyncContextManager[httpx.Response]:
    return client.stream("POST", url, content=body, headers=headers)
