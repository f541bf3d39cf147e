"""What a link into a chat carries: an entry or a place, within what Telegram lets through.

The payload of https://t.me/BOT?start=… is 1 to 64 of A-Z, a-z, 0-9, _ and -
(https://core.telegram.org/bots/features#deep-linking).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

LONGEST = 64
ENTRY, PLACE = "t-", "p-"
ENTRY_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")


@dataclass(frozen=True)
class Link:
    """An entry or a place; the other one is empty."""

    entry_id: str = ""
    place: str = ""


def to_entry(entry_id: str) -> str:
    """The payload that asks an entry's question."""
    return f"{ENTRY}{entry_id}"


def to_place(place: str) -> str | None:
    """The payload that begins a report at a place; None where it is longer than 15 characters."""
    payload = PLACE + urlsafe_b64encode(place.encode()).decode().rstrip("=")
    return payload if len(payload) <= LONGEST else None


def read(payload: str) -> Link | None:
    """What a payload carries; None for what no function here made. Anybody can make one."""
    if payload.startswith(ENTRY) and ENTRY_ID.fullmatch(payload.removeprefix(ENTRY)):
        return Link(entry_id=payload.removeprefix(ENTRY))
    if not payload.startswith(PLACE) or len(payload) > LONGEST:
        return None
    packed = payload.removeprefix(PLACE)
    try:
        place = urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except ValueError:
        return None
    is_ours = place == place.strip() and place.isprintable() and to_place(place) == payload
    return Link(place=place) if place and is_ours else None
