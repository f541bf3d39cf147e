"""A filled-in form of the knowledge pages: read within limits, and only when our page made it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from admin_api.console.sessions import InSession, Session, proven
from complaints.tables import Officer

LARGEST_FILE = 5 * 1024 * 1024  # bytes; the API and the command line take larger ones
LARGEST_FORM = LARGEST_FILE + 1024 * 1024
MOST_FIELDS = 80
LONGEST_KEY = 60  # of a form; some acts add a word to it


class TooLarge(Exception):
    """A form or its file is larger than the console takes."""


@dataclass(frozen=True)
class Filled:
    """What was typed, by name, and the file if one was sent; lines end as they do everywhere."""

    session: Session
    given: Mapping[str, str]
    file: UploadFile | None = None
    ticked: tuple[tuple[str, str], ...] = ()  # every field as it was sent, those of one name too

    @property
    def officer(self) -> Officer:
        """Who sent the form."""
        return self.session.officer

    @property
    def key(self) -> str | None:
        """The form's own key: what is sent twice with it acts once."""
        return self.given.get("key", "")[:LONGEST_KEY] or None

    def text(self, name: str) -> str:
        """What stands in a field, without blanks around it; empty when it was not there."""
        return self.given.get(name, "").strip()

    def texts(self, name: str) -> list[str]:
        """What was ticked among boxes of one name."""
        return [value for field, value in self.ticked if field == name]

    def number(self, name: str) -> int:
        """A number our page wrote into the form; 0 when it is none."""
        typed = self.given.get(name, "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


async def filled(request: Request, session: InSession) -> AsyncIterator[Filled]:
    """The form of this request; raises TooLarge or BadProof."""
    await _refuse_large(request)
    try:
        form = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_FILE)
    except HTTPException as error:  # more parts, or longer ones, than any page of ours sends
        raise TooLarge from error
    try:
        given = {name: _lines(value) for name, value in form.items() if isinstance(value, str)}
        files = [one for one in form.values() if isinstance(one, UploadFile)]
        file = files[0] if files else None
        proven(session, given.get("proof", ""))
        ticked = tuple((name, one) for name, one in form.multi_items() if isinstance(one, str))
        yield Filled(session, given, file, ticked)
    finally:
        await form.close()


AsFilled = Annotated[Filled, Depends(filled)]


async def _refuse_large(request: Request) -> None:
    """A browser says how much it sends; one that is cut off shows no page, so all is taken in."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and int(length) <= LARGEST_FORM:
        return
    async for _chunk in request.stream():
        pass
    raise TooLarge


def _lines(text: str) -> str:
    """Browsers end lines with two characters; no text of ours holds NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
