"""A channel that keeps what it is given, and fails when told to."""

from collections import deque

from data.outbox import Address, Message


class FakeChannel:
    """Sends into a list; `problems` are raised first, one for each try."""

    name = "telegram"

    def __init__(self, limit: int = 1_000_000) -> None:
        self.sent: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.problems: deque[Exception | None] = deque()
        self.files: dict[str, bytes] = {}
        self._limit = limit

    def parts(self, message: Message) -> list[Message]:
        """Cut at the limit."""
        text = message.text
        starts = range(0, max(len(text), 1), self._limit)
        return [Message(text[start : start + self._limit]) for start in starts]

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Keep the text, or fail."""
        problem = self.problems.popleft() if self.problems else None
        if problem:
            raise problem
        self.sent.append((to.name, message.text))
        self.keys.append(key)
        return str(len(self.sent))

    async def fetch(self, reference: str) -> bytes:
        """A file given before, or fail."""
        problem = self.problems.popleft() if self.problems else None
        if problem:
            raise problem
        return self.files[reference]
