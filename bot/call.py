"""One message being taken in: what its effects need to know."""

from dataclasses import dataclass
from datetime import datetime

from data.outbox import Address
from faq.keeping.index import Index


@dataclass(frozen=True)
class Call:
    """One message being taken in: whose it is, what is known, and when."""

    sender: Address
    language: str
    index: Index
    prefix: str
    now: datetime
    after_pin: int | None = None  # the notice that answered the message before

    @property
    def asker(self) -> str:
        """How this person's questions are marked."""
        return f"{self.sender.channel}:{self.sender.name}"
