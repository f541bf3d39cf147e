"""The same conversation in a terminal, one line a message."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

from anyio import to_thread

from bot.channel import Incoming, Undeliverable, What
from bot.counter import Desk, take
from bot.relay import Relay
from data import files
from data.outbox import Address, Message

NAME = "terminal"
PHOTO = "/photo "


class Terminal:
    """The channel to one terminal: a message is sent when it is printed."""

    name = NAME

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def parts(self, message: Message) -> list[Message]:
        """A terminal has no limit."""
        return [message]

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Print the text, and its buttons as numbers to be typed."""
        lines = [message.text]
        pressed = [choice for choice in message.choices if not choice.url]
        lines += [f"  [{n}] {choice.label}" for n, choice in enumerate(pressed, start=1)]
        lines += [f"  {choice.label}: {choice.url}" for choice in message.choices if choice.url]
        self._show("\n".join(lines) + "\n")
        return None

    async def fetch(self, reference: str) -> bytes:
        """Files of this channel are kept before the message is taken in."""
        raise Undeliverable(f"{reference} was never kept")


async def converse(
    desk: Desk, relay: Relay, who: str, folder: Path, listen: Callable[[], str | None]
) -> None:
    """Talk until the input ends; `who` names the conversation, so that it can go on later."""
    sender = Address(NAME, who)
    while (line := await asyncio.to_thread(listen)) is not None:
        incoming = read(sender, line, folder)
        if incoming:
            await to_thread.run_sync(take, desk, incoming)
            while await relay.once():
                pass


def read(sender: Address, line: str, folder: Path) -> Incoming | None:
    """Read one typed line; `/photo PATH` sends a file. None for an empty line."""
    key = secrets.token_hex(16)
    if line.startswith(PHOTO):
        digest, kind = files.keep(folder, Path(line.removeprefix(PHOTO).strip()).read_bytes())
        return Incoming(key, sender, What.FILE, files=(f"stored:{digest}:{kind}",))
    return Incoming(key, sender, What.TEXT, text=line) if line.strip() else None
