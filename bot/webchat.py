"""Web chat: a page that works by keyboard, with a screen reader, and without script.

The browser is known by a random cookie; its digest is the address, so that the database alone
opens nobody's chat. What the relay sends lands in the chat's own table, which the page shows.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files as package_files
from math import ceil
from pathlib import Path
from typing import Annotated, Any, cast

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Form, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.channel import Incoming, Undeliverable, What
from bot.conversation import showing
from bot.conversation.form import MOST_CONTENT
from bot.conversation.wording import say
from bot.counter import Desk, receive
from bot.tables import WebMessage
from complaints import progress
from complaints.errors import LookupLocked
from complaints.measuring import opening, outcomes
from complaints.worklist import LARGEST_ID
from data import files, pacing
from data.database import insert_if_absent, reading, transaction
from data.masking import mask_numbers
from data.networks import UNKNOWN
from data.outbox import Address, Message
from data.pacing import Limit
from faq.keeping.tables import Entry

NAME = "web"
COOKIE = "civicline_chat"
COOKIE_SECONDS = 180 * 24 * 3600
KEY = re.compile(r"[A-Za-z0-9-]{8,60}")
CASE_NO = re.compile(r"[A-Za-z]{1,6}-[0-9]{7}-[0-9]{4,9}")
LONGEST_ASKED = 200  # characters taken from a link
SHOWN = 200  # messages of a chat that the page shows
MOST_FILES = 10
# For each place of the network. Behind one address stands a whole carrier's crowd at times.
MESSAGES = Limit("web-message", 300, timedelta(minutes=1))
FILES = Limit("web-file", 200, timedelta(hours=1))
WRONG_CODES = Limit("wrong-code", 30, timedelta(minutes=15))
TOO_MANY = (
    "您的網路送出的訊息太多，請在 {seconds} 秒後再送一次。"
    " Too much came from your network; please send it again in {seconds} s."
)
KEPT_AT_ONCE = 2  # files; each waits for a thread that pages need, too
DID, OPEN = ("/did", "您說．我們做", "You said, we did"), ("/open", "開放資料", "Open data")
WRONG_FILE = "檔案須為照片（JPEG、PNG、GIF、WebP）或 PDF，20 MB 以內。"
STATIC = {"chat.js": "text/javascript", "chat.css": "text/css"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PRIVATE = HEADERS | {"Cache-Control": "no-store"}  # what one person said or asked

pages = Environment(
    loader=PackageLoader("bot", "web"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Web:
    """The channel to the page: a message is sent when its row is in the chat's table."""

    name = NAME

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def parts(self, message: Message) -> list[Message]:
        """A page has no limit."""
        return [message]

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Put the message into the chat, once for each key."""
        await to_thread.run_sync(self._keep, to, message, key)
        return None

    async def fetch(self, reference: str) -> bytes:
        """Files of this channel are kept before the message is taken in."""
        raise Undeliverable(f"{reference} was never uploaded")

    def _keep(self, to: Address, message: Message, key: str) -> None:
        with transaction(self._engine) as tx:
            row = {"name": to.name, "mine": False, "content": message.to_json()}
            insert_if_absent(tx, WebMessage, **row, outbox_key=key, at=self._clock())


@dataclass(frozen=True)
class Door:
    """What the page needs: the desk, where files are kept, and whether it is served by HTTPS."""

    desk: Desk
    folder: Path
    secure: bool
    keeping: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(KEPT_AT_ONCE))


async def _door(request: Request) -> Door:
    return cast("Door", request.app.state.web_door)


def cookie_name(door: Door) -> str:
    """By https the browser itself holds the cookie to this host and to https (__Host-)."""
    return f"__Host-{COOKIE}" if door.secure else COOKIE


def _session(request: Request, door: Door) -> str | None:
    """Whose chat it is; a chat begun before the office was served by https goes on."""
    return request.cookies.get(cookie_name(door)) or request.cookies.get(COOKIE)


AtDoor = Annotated[Door, Depends(_door)]
router = APIRouter(include_in_schema=False)


@router.get("/chat")
def show_chat(request: Request, door: AtDoor, ask: str = "", case: str = "") -> Response:
    """The page with what was said so far; what `ask` holds is typed, and sent by nobody yet.

    With `case`, a case number as it stands on a slip, the form that asks for its look-up code.
    """
    if CASE_NO.fullmatch(case):
        return _lookup_page(door.desk, case.upper(), "")
    token = _session(request, door) or secrets.token_urlsafe(32)
    with reading(door.desk.engine) as tx:
        rows = _history(tx, _address(token).name, after=0)
        leads = list(_leads(tx))
    page = pages.get_template("chat.html").render(
        office=door.desk.office.name,
        lines=_lines(rows),
        last=rows[-1].id if rows else 0,
        key=secrets.token_hex(16),
        most=MOST_CONTENT,
        leads=leads,
        begun=ask if 0 < len(ask) <= LONGEST_ASKED and ask.isprintable() else "",
    )
    response = HTMLResponse(page, headers=PRIVATE)
    response.set_cookie(
        cookie_name(door),
        token,
        COOKIE_SECONDS,
        httponly=True,
        samesite="strict",
        secure=door.secure,
    )
    return response


@router.post("/chat/messages", max_body_size=files.room_for(MOST_FILES))
async def send_message(
    request: Request,
    door: AtDoor,
    key: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    token: Annotated[str, Form()] = "",
    place: Annotated[str, Form()] = "",
    photos: Annotated[list[UploadFile] | None, Form()] = None,
) -> Response:
    """Take in one message of the page's form or script."""
    session = _session(request, door)
    if not session or not _same_origin(request):
        return _refused(request, 403, "請重新開啟頁面再試一次。")
    sent = _files_of(photos)
    if wait := await to_thread.run_sync(_must_wait, door.desk, _from(request), len(sent)):
        return _refused(request, 429, TOO_MANY.format(seconds=wait), wait)
    try:
        kept = await _keep_files(door, sent)
    except files.UnacceptableFile:
        return _refused(request, 422, WRONG_FILE)
    incoming = _incoming(_address(session), key, text, token, place, kept)
    if incoming is None:
        return _refused(request, 422, "請輸入文字。")
    await to_thread.run_sync(_accept, door.desk, incoming, _from(request))
    if _wants_json(request):
        return JSONResponse({"taken": True}, status_code=202)
    return RedirectResponse("/chat#end", status_code=303)


@router.get("/chat/messages")
def read_messages(
    request: Request, door: AtDoor, after: Annotated[int, Query(ge=0, lt=LARGEST_ID)] = 0
) -> Response:
    """What was said after a message, for the page's script."""
    session = _session(request, door)
    if not session:
        return JSONResponse([])
    with reading(door.desk.engine) as tx:
        found = [_plain(row) for row in _history(tx, _address(session).name, after=after)]
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.get("/chat/static/{name}")
def read_static(name: str) -> Response:
    """The page's own style sheet and script."""
    if name not in STATIC:
        return Response(status_code=404)
    content = (package_files("bot") / "web" / name).read_bytes()
    return Response(content, media_type=STATIC[name], headers=HEADERS)


@router.get("/case")
def show_lookup(door: AtDoor) -> Response:
    """The form for number and code."""
    return _lookup_page(door.desk, "", "")


@router.post("/case")
def look_up(
    request: Request, door: AtDoor, case_no: Annotated[str, Form()], code: Annotated[str, Form()]
) -> Response:
    """The progress of a case for whoever knows its number and code."""
    now, here = door.desk.clock(), _from(request)
    try:
        with transaction(door.desk.engine) as tx:
            if pacing.wait_for(tx, WRONG_CODES, here, now=now):
                raise LookupLocked(case_no)
            found = progress.look_up(tx, case_no, code, now=now)
            if found is None:
                pacing.note(tx, WRONG_CODES, here, now=now)
    except LookupLocked:
        return _lookup_page(door.desk, case_no, say("zh", "lookup_locked"), status=429)
    if found is None:
        return _lookup_page(door.desk, case_no, say("zh", "wrong_code"), status=404)
    return _lookup_page(door.desk, case_no, showing.case(found, "zh", owner=False))


def _lookup_page(desk: Desk, case_no: str, answer: str, *, status: int = 200) -> HTMLResponse:
    page = pages.get_template("case.html").render(
        office=desk.office.name, case_no=case_no, answer=answer
    )
    return HTMLResponse(page, status_code=status, headers=PRIVATE)


def _from(request: Request) -> str:
    return request.client.host if request.client else UNKNOWN


def _must_wait(desk: Desk, here: str, sent: int) -> int | None:
    """How many seconds, where too much comes from this address; files are counted at once."""
    now = desk.clock()
    with transaction(desk.engine) if sent else reading(desk.engine) as tx:
        wait = pacing.wait_for(tx, MESSAGES, here, now=now)
        if sent and not wait:
            wait = pacing.wait_for(tx, FILES, here, now=now)
            pacing.note(tx, FILES, here, times=sent, now=now)
    return ceil(wait.total_seconds()) if wait else None


def _accept(desk: Desk, incoming: Incoming, here: str) -> None:
    """Take in the message and keep what the citizen sees of it, in one transaction."""
    now = desk.clock()
    with transaction(desk.engine) as tx:
        pacing.note(tx, MESSAGES, here, now=now)
        shown = _shown(tx, incoming)
        if receive(tx, incoming, desk=desk, now=now):
            content = Message(mask_numbers(shown)).to_json()
            tx.add(WebMessage(name=incoming.sender.name, mine=True, content=content, at=now))
    desk.wake()


def _incoming(
    sender: Address, key: str, text: str, token: str, place: str, kept: tuple[str, ...]
) -> Incoming | None:
    key = key if KEY.fullmatch(key) else secrets.token_hex(16)
    # What is longer is too long all the same; half a character is none.
    text = text[: MOST_CONTENT + 1].encode(errors="ignore").decode()
    spot = _spot(place)
    if token:
        return Incoming(key, sender, What.PRESSED, token=token[:100])
    if kept:
        return Incoming(key, sender, What.FILE, text=text, files=kept)
    if spot:
        return Incoming(key, sender, What.LOCATION, place=spot)
    return Incoming(key, sender, What.TEXT, text=text) if text.strip() else None


def _spot(place: str) -> tuple[float, float] | None:
    try:
        latitude, longitude = (float(number) for number in place.split(","))
    except ValueError:
        return None
    good = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return (latitude, longitude) if good else None


def _files_of(photos: Sequence[UploadFile] | None) -> list[UploadFile]:
    """Without what a browser sends for an empty file field."""
    return [photo for photo in (photos or [])[:MOST_FILES] if photo.filename]


async def _keep_files(door: Door, photos: Sequence[UploadFile]) -> tuple[str, ...]:
    kept = []
    for photo in photos:
        content = await photo.read(files.MAX_BYTES + 1)
        digest, kind = await to_thread.run_sync(
            files.keep, door.folder, content, limiter=door.keeping
        )
        kept.append(f"stored:{digest}:{kind}")
    return tuple(kept)


def _shown(tx: Session, incoming: Incoming) -> str:
    if incoming.what is What.PRESSED:
        rows = _history(tx, incoming.sender.name, after=0)
        labels = {
            choice.token: choice.label
            for row in rows
            for choice in Message.from_json(row.content).choices
        }
        return labels.get(incoming.token, "（按鈕）")
    if incoming.files:
        return f"（照片 {len(incoming.files)} 張）{incoming.text}"
    return "（位置）" if incoming.place else incoming.text


def _history(tx: Session, name: str, *, after: int) -> list[WebMessage]:
    newest = (
        select(WebMessage)
        .where(WebMessage.name == name, WebMessage.id > after)
        .order_by(WebMessage.id.desc())
        .limit(SHOWN)
    )
    return list(reversed(tx.scalars(newest).all()))


def _leads(tx: Session) -> Iterator[tuple[str, str, str]]:
    """The public pages that have something to read: the path, its name in Chinese and English."""
    if outcomes.published(tx, limit=1):
        yield DID
    in_service = select(Entry.id).where(Entry.retired.is_(False)).limit(1)
    if opening.listed(tx) or tx.scalar(in_service):
        yield OPEN


def _lines(rows: Sequence[WebMessage]) -> list[dict[str, Any]]:
    """The messages to show; buttons only below what was said since the citizen's last word."""
    lines = [_plain(row) for row in rows]
    last_word = max((n for n, row in enumerate(rows) if row.mine), default=0)
    for line in lines[:last_word]:
        line["choices"] = []
    return lines


def _plain(row: WebMessage) -> dict[str, Any]:
    message = Message.from_json(row.content)
    choices = [{"label": one.label, "token": one.token, "url": one.url} for one in message.choices]
    return {"id": row.id, "mine": row.mine, "text": message.text, "choices": choices}


def _address(token: str) -> Address:
    return Address(NAME, hashlib.sha256(token.encode()).hexdigest()[:40])


def _same_origin(request: Request) -> bool:
    """A post from another site carries its origin; our own page's matches the host asked."""
    origin = request.headers.get("origin")
    return origin is None or origin.split("://")[-1] == request.headers.get("host")


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _refused(request: Request, status: int, why: str, wait: int | None = None) -> Response:
    headers = HEADERS | ({"Retry-After": str(wait)} if wait else {})
    if _wants_json(request):
        return JSONResponse({"refused": why}, status_code=status, headers=headers)
    body: Mapping[str, str] = {"why": why}
    page = pages.get_template("refused.html").render(body)
    return HTMLResponse(page, status_code=status, headers=headers)
