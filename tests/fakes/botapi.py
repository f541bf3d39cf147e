"""A fake Telegram Bot API server: real HTTP on 127.0.0.1, Telegram's own rules, no network.

In a test:

    with BotApi() as api:
        citizen = api.person(1001)
        citizen.says("/start")          # queued for getUpdates; also returned, as a dict
        api.wait_for(lambda: api.sent(1001))
        assert api.violations == []

By hand: `python -m tests.fakes.botapi --port 8081`, then play a citizen with curl:

    curl -d '{"chat_id": 1, "text": "/start"}' http://127.0.0.1:8081/say
    curl -d '{"chat_id": 1, "press": "OK"}' http://127.0.0.1:8081/say
    curl http://127.0.0.1:8081/log

Kept stricter than Telegram on purpose: a command name with a leading slash, a button without
text and a button with two actions are refused here (Telegram repairs them silently). Smaller
photo sizes download as other bytes than the photo, so a bot that takes photo[0] is caught.
Not imitated: Markdown parse modes (refused loudly), rate limits of its own accord (fail_next).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import json
import re
import socket
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar, cast

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Update = dict[str, Any]
Params = dict[str, Any]
Entity = dict[str, Any]
T = TypeVar("T")

DEFAULT_TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MEGABYTE = 1024 * 1024
TICK = 0.01

QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
POLL_ENDED_BY_WEBHOOK = "Conflict: terminated by setWebhook request"

CHAT_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
COMMAND_SCOPES = frozenset(
    [
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ]
)
NOT_SENT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
IMAGE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


class Refusal(Exception):
    """The Bot API says no."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after

    def response(self) -> JSONResponse:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.description,
        }
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return JSONResponse(body, status_code=self.status)


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


@dataclass(frozen=True)
class Upload:
    """A file the bot sent in a multipart request."""

    file_name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class SentMessage:
    """A message the bot sent, as it stood when it was looked at."""

    message_id: int
    chat_id: int
    text: str
    buttons: list[tuple[str, str]]  # inline buttons: (label, callback data or url)
    raw: dict[str, Any] = field(repr=False)  # the Message object as Telegram answers it
    params: Params = field(default_factory=dict, repr=False)  # what the bot asked for
    keyboard: list[str] = field(default_factory=list)  # labels of a reply keyboard


@dataclass(frozen=True)
class StoredFile:
    file_id: str
    unique_id: str
    path: str
    content: bytes = field(repr=False)


@dataclass
class Fault:
    kind: str  # "fail", "hang" or "drop"
    method: str
    times: int
    chat_id: int | None
    performed: bool = False
    seconds: float = 0.0
    refusal: Refusal | None = None

    def matches(self, kind: str, method: str, params: Params) -> bool:
        same_chat = self.chat_id is None or str(params.get("chat_id")) == str(self.chat_id)
        return kind == self.kind and method.lower() == self.method.lower() and same_chat


@dataclass
class Webhook:
    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error: tuple[int, str] | None = None


# --- text ---------------------------------------------------------------------------------------


def utf16_len(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def command_entities(text: str) -> list[Entity]:
    found = re.finditer(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?(?!\w)", text)
    return [
        {
            "type": "bot_command",
            "offset": utf16_len(text[: match.start()]),
            "length": utf16_len(match.group()),
        }
        for match in found
    ]


def mention_entities(text: str) -> list[Entity]:
    found = re.finditer(r"(?<![A-Za-z0-9_])@[A-Za-z][A-Za-z0-9_]{4,31}(?![A-Za-z0-9_])", text)
    return [
        {
            "type": "mention",
            "offset": utf16_len(text[: match.start()]),
            "length": utf16_len(match.group()),
        }
        for match in found
    ]


HTML_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
HTML_PIECE = re.compile(r"[^<&]+|&(?:(lt|gt|amp|quot)|#(\d+)|#x([0-9a-fA-F]+));|&|<(/?)([^\s>]*)")
HTML_TAG_REST = re.compile(r"""(?:"[^"]*"|'[^']*'|[^>"'])*>""")
HTML_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass
class OpenTag:
    name: str
    start: int
    attributes: str


class HtmlText:
    """Telegram's HTML parse mode: the shown text and its entities, or a refusal."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.entities: list[Entity] = []
        self._open: list[OpenTag] = []
        position = 0
        while position < len(source):
            position = self._piece(position)
        if self._open:
            raise self._wrong(
                f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"'
            )
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))

    def _piece(self, position: int) -> int:
        piece = HTML_PIECE.match(self.source, position)
        assert piece is not None
        if not piece.group().startswith("<"):
            self.text += self._plain(piece)
            return piece.end()
        name = piece.group(5).lower()
        self._check_name(name, bool(piece.group(4)), position)
        rest = HTML_TAG_REST.match(self.source, piece.end())
        if rest is None:
            kind = "end" if piece.group(4) else "start"
            raise self._wrong(f"Unclosed {kind} tag at byte offset {self._bytes(position)}")
        if piece.group(4):
            self._close()
        else:
            self._begin(name, rest.group()[:-1], position)
        return rest.end()

    @staticmethod
    def _plain(piece: re.Match[str]) -> str:
        if piece.group(1):
            return HTML_NAMED[piece.group(1)]
        if not (piece.group(2) or piece.group(3)):
            return piece.group()
        code = int(piece.group(2)) if piece.group(2) else int(piece.group(3), 16)
        return chr(code) if 0 < code <= 0x10FFFF else piece.group()

    def _check_name(self, name: str, closing: bool, position: int) -> None:
        at = f"at byte offset {self._bytes(position)}"
        if not closing:
            if name not in HTML_TAGS:
                raise self._wrong(f'Unsupported start tag "{name}" {at}')
        elif not self._open:
            raise self._wrong(f"Unexpected end tag {at}")
        elif name not in ("", self._open[-1].name):
            expected = self._open[-1].name
            raise self._wrong(
                f'Unmatched end tag {at}, expected "</{expected}>", found "</{name}>"'
            )

    def _begin(self, name: str, attributes: str, position: int) -> None:
        if name == "span" and not re.search(r"""class\s*=\s*["']?tg-spoiler""", attributes):
            at = f"at byte offset {self._bytes(position)}"
            raise self._wrong(f'Tag "span" must have class "tg-spoiler" {at}')
        self._open.append(OpenTag(name, len(self.text), attributes))

    def _close(self) -> None:
        tag = self._open.pop()
        inner = self.text[tag.start :]
        entity: Entity = {
            "type": HTML_TAGS[tag.name],
            "offset": utf16_len(self.text[: tag.start]),
            "length": utf16_len(inner),
        }
        if tag.name == "a":
            href = re.search(r"""href\s*=\s*["']?([^"'\s]+)""", tag.attributes)
            entity["url"] = href.group(1) if href else inner
        if tag.name == "tg-emoji":
            emoji = re.search(r"""emoji-id\s*=\s*["']?(\d+)""", tag.attributes)
            entity["custom_emoji_id"] = emoji.group(1) if emoji else ""
        if inner:
            self.entities.append(entity)

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    @staticmethod
    def _wrong(reason: str) -> Refusal:
        return bad(f"can't parse entities: {reason}")


def formatted(params: Params, name: str) -> tuple[str, list[Entity]]:
    """The text parameter as it will be shown (parsed, trimmed), with its entities."""
    text = str(params.get(name) or "")
    mode = str(params.get("parse_mode") or "").lower()
    entities: list[Entity] = []
    if mode == "html":
        parsed = HtmlText(text)
        text, entities = parsed.text, parsed.entities
    elif mode in ("markdown", "markdownv2"):
        raise bad(f"can't parse entities: this fake does not know parse_mode {mode}")
    elif mode:
        raise bad("unsupported parse_mode")
    return trimmed(text, entities)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    shift = utf16_len(text) - utf16_len(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - shift)
        end = min(utf16_len(text), entity["offset"] - shift + entity["length"])
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


# --- parameters ---------------------------------------------------------------------------------


def decoded(value: object, complaint: str) -> Any:
    """A JSON parameter: already an object in a JSON request, else a string to decode."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad(complaint) from None


def whole(params: Params, name: str, default: int) -> int:
    try:
        return int(str(params.get(name, default)))
    except ValueError:
        return default


def truth(params: Params, name: str) -> bool:
    return str(params.get(name, "")).lower() in ("true", "yes", "1")


async def read_params(request: Request) -> Params:
    params: Params = dict(request.query_params)
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        params.update(json_params(body))
    elif content_type.startswith("multipart/form-data"):
        params.update(multipart_params(body, content_type))
    elif body:
        pairs = urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        params.update(pairs)
    return params


def json_params(body: bytes) -> Params:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise bad("can't parse request body as JSON") from None
    if not isinstance(values, dict):
        raise bad("request body must be a JSON object")
    return values


def multipart_params(body: bytes, content_type: str) -> Params:
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise bad("multipart boundary is missing")
    params: Params = {}
    for part in body.split(b"--" + boundary.group(1).encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = head.decode("utf-8", "replace")
        name = re.search(r'\bname="([^"]*)"', headers)
        if name is not None:
            params[name.group(1)] = part_value(headers, content.removesuffix(b"\r\n"))
    return params


def part_value(headers: str, content: bytes) -> str | Upload:
    file_name = re.search(r"""\bfilename\*?="?([^"\s;]*)""", headers)
    if file_name is None:
        return content.decode("utf-8", "replace")
    kind = re.search(r"(?im)^content-type:\s*(\S+)", headers)
    return Upload(
        file_name.group(1), kind.group(1) if kind else "application/octet-stream", content
    )


# --- keyboards ----------------------------------------------------------------------------------


def checked_markup(value: object) -> dict[str, Any] | None:
    """The reply_markup parameter if Telegram would take it, None if there is none."""
    if value in (None, ""):
        return None
    markup = decoded(value, "can't parse reply keyboard markup JSON object")
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        check_inline(markup["inline_keyboard"])
    elif "keyboard" in markup:
        check_keyboard(markup["keyboard"])
    elif not (markup.get("remove_keyboard") is True or markup.get("force_reply") is True):
        raise bad("can't parse reply keyboard markup JSON object")
    return markup


def rows_of(rows: object, name: str, kind: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(f'field "{name}" of the {kind} should be an Array of Arrays')
    return rows


def check_inline(rows: object) -> None:
    checked = rows_of(rows, "inline_keyboard", "InlineKeyboardMarkup")
    for button in itertools.chain.from_iterable(checked):
        check_inline_button(button)
    if sum(len(row) for row in checked) > 100:
        raise bad("reply markup is too long")


def check_inline_button(button: object) -> None:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad(f"{prefix}InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad(f'{prefix}Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad(f'{prefix}Field "text" must be of type String')
    if not button["text"].strip():
        raise bad("REPLY_MARKUP_INVALID")
    actions = [name for name in ("callback_data", "url") if button.get(name)]
    if not actions:
        raise bad(f"{prefix}Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad("BUTTON_TYPE_INVALID")
    check_button_action(actions[0], button[actions[0]])


def check_button_action(action: str, value: object) -> None:
    if not isinstance(value, str):
        raise bad(f'can\'t parse inline keyboard button: Field "{action}" must be of type String')
    if action == "callback_data" and len(value.encode("utf-8", "surrogatepass")) > 64:
        raise bad("BUTTON_DATA_INVALID")
    if action == "url" and (problem := url_problem(value)):
        raise bad(f"inline keyboard button URL '{value}' is invalid: {problem}")


def url_problem(url: str) -> str | None:
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        return "Wrong HTTP URL"
    if parts.scheme in ("tg", "ton"):
        return None
    if parts.scheme not in ("http", "https"):
        return "Unsupported URL protocol"
    return None if "." in host.strip(".") and " " not in url else "Wrong HTTP URL"


def check_keyboard(rows: object) -> None:
    checked = rows_of(rows, "keyboard", "ReplyKeyboardMarkup")
    for button in itertools.chain.from_iterable(checked):
        label = button.get("text") if isinstance(button, dict) else button
        if not isinstance(label, str) or not label:
            raise bad("can't parse keyboard button: Can't find field \"text\"")


def keyboard_labels(markup: dict[str, Any] | None) -> list[str]:
    rows = (markup or {}).get("keyboard", [])
    buttons = itertools.chain.from_iterable(rows)
    return [str(button["text"] if isinstance(button, dict) else button) for button in buttons]


def inline_buttons(markup: dict[str, Any] | None) -> list[tuple[str, str]]:
    rows = (markup or {}).get("inline_keyboard", [])
    buttons = itertools.chain.from_iterable(rows)
    return [(b["text"], b.get("callback_data") or b["url"]) for b in buttons]


# --- citizens -----------------------------------------------------------------------------------


class Person:
    """A citizen in a private chat with the bot. Every method creates, queues and returns an update.

    The chat exists for the bot only once the person has written something (as in Telegram).
    """

    def __init__(self, api: State, chat_id: int, first_name: str, language_code: str) -> None:
        self._api = api
        self.chat_id = chat_id
        self.first_name = first_name
        self.language_code = language_code
        self.started = False
        self.seen_in_group = False
        self.blocked = False
        self.messages: dict[int, dict[str, Any]] = {}

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.chat_id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.chat_id, "first_name": self.first_name, "type": "private"}

    def says(self, text: str, reply_to: SentMessage | None = None) -> Update:
        return self._sends(text_content(text) | replying(reply_to))

    def opens(self, message: SentMessage) -> Update:
        """Follows the message's button that leads to the bot's private chat with a payload."""
        for _label, url in message.buttons:
            parts = urllib.parse.urlsplit(url)
            payload = urllib.parse.parse_qs(parts.query).get("start", [""])[0]
            if parts.netloc == "t.me" and parts.path == f"/{self._api.bot_user['username']}":
                assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload), f"bad payload {payload!r}"
                return self.says(f"/start {payload}")
        raise AssertionError(f"no link to the bot on {message}")

    def sends_photo(
        self,
        content: bytes,
        caption: str | None = None,
        media_group_id: str | None = None,
        reply_to: SentMessage | None = None,
    ) -> Update:
        extra = {"media_group_id": media_group_id} if media_group_id is not None else {}
        photo = {"photo": self._api.photo_sizes(content)}
        return self._sends(photo | caption_content(caption) | extra | replying(reply_to))

    def sends_document(
        self, content: bytes, file_name: str, mime_type: str, caption: str | None = None
    ) -> Update:
        stored = self._api.store_file(content, "documents", file_name)
        document = {"file_name": file_name, "mime_type": mime_type} | file_fields(stored)
        return self._sends({"document": document} | ({"caption": caption} if caption else {}))

    def sends_location(self, lat: float, lng: float, live: bool = False) -> Update:
        period = {"live_period": 3600} if live else {}
        return self._sends({"location": {"latitude": lat, "longitude": lng} | period})

    def sends_sticker(self) -> Update:
        stored = self._api.store_file(b"RIFF sticker WEBP", "stickers", "sticker.webp")
        sticker = {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
        return self._sends({"sticker": sticker | file_fields(stored)})

    def sends_voice(self, seconds: int) -> Update:
        stored = self._api.store_file(b"OggS" + bytes(seconds), "voice", "voice.oga")
        voice = {"duration": seconds, "mime_type": "audio/ogg"} | file_fields(stored)
        return self._sends({"voice": voice})

    def forwards(self, text: str) -> Update:
        origin = {"type": "hidden_user", "sender_user_name": "王小明", "date": now() - 3600}
        return self._sends({"forward_origin": origin} | text_content(text))

    def edits(self, message_id: int, new_text: str) -> Update:
        return self._edits(message_id, ("text", "entities"), text_content(new_text))

    def edits_caption(self, message_id: int, caption: str | None) -> Update:
        """The photo stays the same file; its file_id is another one, as Telegram may do."""
        with self._api.lock:
            sizes = self.messages[message_id]["photo"]
            photo = {"photo": [self._api.renamed(size) for size in sizes]}
        gone = ("caption", "caption_entities")
        return self._edits(message_id, gone, photo | caption_content(caption))

    def replaces_photo(self, message_id: int, content: bytes) -> Update:
        return self._edits(message_id, (), {"photo": self._api.photo_sizes(content)})

    def moves_pin(self, message_id: int, lat: float, lng: float) -> Update:
        """A live location goes on: only such a pin can move."""
        location = self.messages[message_id]["location"]
        assert "live_period" in location, "a pin that is not live never moves"
        moved = {"location": location | {"latitude": lat, "longitude": lng}}
        return self._edits(message_id, (), moved)

    def _edits(self, message_id: int, gone: tuple[str, ...], content: dict[str, Any]) -> Update:
        with self._api.lock:
            old = self.messages[message_id]
            kept = {k: v for k, v in old.items() if k not in gone}
            message = kept | {"edit_date": now()} | content
            self.messages[message_id] = message
            return self._api.emit("edited_message", message)

    def presses(self, message: SentMessage, data_or_label: str, stale: bool = False) -> Update:
        """Presses a button of the message as it stands now (stale: as it stood in `message`)."""
        with self._api.lock:
            seen = message if stale else self._api.messages[message.message_id]
            if data_or_label in seen.keyboard:
                return self.says(data_or_label)
            for label, data in seen.buttons:
                if data_or_label in (label, data) and "callback_data" in button_of(seen, label):
                    return self._queries(data, self._api.messages[message.message_id].raw)
        raise AssertionError(f"no button {data_or_label!r} to press on {seen}")

    def presses_forged(self, data: str) -> Update:
        """A callback with data the bot never offered, on the last message it sent."""
        with self._api.lock:
            mine = [m for m in self._api.messages.values() if m.chat_id == self.chat_id]
            unreachable = {"chat": self.chat, "message_id": 1, "date": 0}
            return self._queries(data, mine[-1].raw if mine else unreachable)

    def blocks(self) -> Update:
        with self._api.lock:
            self.blocked = True
            return self._membership("member", "kicked")

    def unblocks(self) -> Update:
        with self._api.lock:
            self.blocked = False
            self.started = True
            return self._membership("kicked", "member")

    def says_in_group(
        self, group_chat_id: int, text: str, reply_to: SentMessage | None = None
    ) -> Update:
        return self.sends_in_group(group_chat_id, text_content(text) | replying(reply_to))

    def sends_in_group(self, group_chat_id: int, content: dict[str, Any]) -> Update:
        """Any message of a group: a photo, a sticker, somebody who joined."""
        with self._api.lock:
            self.seen_in_group = True
            chat = self._api.group(group_chat_id)
            return self._api.emit("message", self._message(chat, content))

    def adds_bot_to(self, group_chat_id: int, status: str = "member") -> list[Update]:
        """The bot joins a group, or becomes its administrator."""
        bot = self._api.bot_user
        chat = {"chat": self._api.group(group_chat_id), "from": self.user, "date": now()}
        change = {"old_chat_member": member(bot, "left"), "new_chat_member": member(bot, status)}
        joined = self.sends_in_group(group_chat_id, {"new_chat_members": [bot]})
        return [self._api.emit("my_chat_member", chat | change), joined]

    def _message(self, chat: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        head = {"message_id": self._api.next_message_id(), "from": self.user, "chat": chat}
        return head | {"date": now()} | content

    def _sends(self, content: dict[str, Any]) -> Update:
        with self._api.lock:
            self._must_not_block()
            message = self._message(self.chat, content)
            self.messages[message["message_id"]] = message
            return self._api.emit("message", message)

    def _queries(self, data: str, message: dict[str, Any]) -> Update:
        self._must_not_block()
        query = {"id": self._api.next_callback_id(), "from": self.user, "message": message}
        return self._api.emit(
            "callback_query", query | {"chat_instance": str(-self.chat_id), "data": data}
        )

    def _membership(self, before: str, after: str) -> Update:
        bot = self._api.bot_user
        change = {
            "chat": self.chat,
            "from": self.user,
            "date": now(),
            "old_chat_member": member(bot, before),
            "new_chat_member": member(bot, after),
        }
        return self._api.emit("my_chat_member", change)

    def _must_not_block(self) -> None:
        assert not self.blocked, f"person {self.chat_id} has blocked the bot: unblocks() first"
        self.started = True


def now() -> int:
    return int(time.time())


def member(user: dict[str, Any], status: str) -> dict[str, Any]:
    return {"user": user, "status": status} | ({"until_date": 0} if status == "kicked" else {})


def text_content(text: str) -> dict[str, Any]:
    assert 1 <= utf16_len(text) <= 4096, "a person's message has 1 to 4096 characters"
    entities = command_entities(text) + mention_entities(text)
    return {"text": text} | ({"entities": entities} if entities else {})


def caption_content(caption: str | None) -> dict[str, Any]:
    if caption is None:
        return {}
    entities = command_entities(caption) + mention_entities(caption)
    return {"caption": caption} | ({"caption_entities": entities} if entities else {})


def replying(reply_to: SentMessage | None) -> dict[str, Any]:
    return {"reply_to_message": dict(reply_to.raw)} if reply_to else {}


def file_fields(stored: StoredFile) -> dict[str, Any]:
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.content),
    }


def button_of(message: SentMessage, label: str) -> dict[str, Any]:
    rows = message.raw.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = itertools.chain.from_iterable(rows)
    return next((dict(b) for b in buttons if b["text"] == label), {})


# --- what Telegram knows ------------------------------------------------------------------------


class State:
    """Everything the fake Telegram remembers; every access goes through the one lock."""

    def __init__(self, token: str) -> None:
        self.lock = threading.RLock()
        self.token = token
        self.bot_user: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Fake Bot",
            "username": "fake_telegram_bot",
        }
        self.poll_cap = 50.0  # longest long poll, in seconds; Telegram's own cap is 50
        self.webhook = Webhook()
        self.webhook_base_override: str | None = None
        self.allowed_updates: list[str] = []  # empty: Telegram's default set
        self.pending: list[Update] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.messages: dict[int, SentMessage] = {}
        self.calls: list[tuple[str, Params]] = []
        self.answered: list[str] = []
        self.violations: list[str] = []
        self.chat_actions: list[tuple[int, str]] = []
        self._people: dict[int, Person] = {}
        self._groups: dict[int, dict[str, Any]] = {}
        self._files: dict[str, StoredFile] = {}
        self._callbacks: dict[str, bool] = {}  # id -> still answerable
        self._faults: list[Fault] = []
        self._message_ids = itertools.count(1)
        self._update_ids = itertools.count(100_000_001)
        self._callback_ids = itertools.count(4_382_000_000_000_000_001)
        self._file_ids = itertools.count(1)

    # citizens

    def person(
        self,
        chat_id: int,
        first_name: str = "測試",
        language_code: str = "zh-hant",
        started: bool = False,
    ) -> Person:
        """The person of that id; started: has written to the bot before the test began."""
        with self.lock:
            if chat_id not in self._people:
                self._people[chat_id] = Person(self, chat_id, first_name, language_code)
                self._people[chat_id].started = started
            return self._people[chat_id]

    def group(self, chat_id: int) -> dict[str, Any]:
        assert chat_id < 0, "a group has a negative chat id"
        kind = "supergroup" if chat_id < -(10**12) else "group"
        return self._groups.setdefault(
            chat_id, {"id": chat_id, "type": kind, "title": f"群組 {chat_id}"}
        )

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def next_callback_id(self) -> str:
        with self.lock:
            callback_id = str(next(self._callback_ids))
            self._callbacks[callback_id] = True
            return callback_id

    def expire_callback(self, callback_id: str) -> None:
        """Telegram's time to answer that callback is over."""
        with self.lock:
            self._callbacks[callback_id] = False

    def unanswered(self) -> set[str]:
        with self.lock:
            return set(self._callbacks) - set(self.answered)

    def emit(self, kind: str, content: dict[str, Any]) -> Update:
        """Queues an update, if the bot asked for that kind, and returns a copy of it."""
        with self.lock:
            update = clone({"update_id": next(self._update_ids), kind: content})
            if self.wants(update):
                self.pending.append(update)
            return clone(update)

    def wants(self, update: Update) -> bool:
        kind = next(key for key in update if key != "update_id")
        if self.allowed_updates:
            return kind in self.allowed_updates
        return kind not in NOT_SENT_BY_DEFAULT

    def confirm(self, update: Update) -> None:
        with self.lock:
            gone = update["update_id"]
            self.pending = [u for u in self.pending if u["update_id"] != gone]

    # files

    def store_file(self, content: bytes, folder: str, name: str) -> StoredFile:
        with self.lock:
            number = next(self._file_ids)
            ending = re.search(r"\.([A-Za-z0-9]{1,8})$", name)
            suffix = ending.group(1) if ending else "bin"
            digest = hashlib.sha256(content).hexdigest()
            stored = StoredFile(
                file_id=f"AgACAgUAAxkBAAI{number:08d}{digest[:24]}",
                unique_id=f"AQAD{digest[:12]}",
                path=f"{folder}/file_{number}.{suffix}",
                content=content,
            )
            self._files[stored.file_id] = stored
            return stored

    def photo_sizes(self, content: bytes) -> list[dict[str, Any]]:
        sizes = []
        digest = hashlib.sha256(content).hexdigest()
        for width, height in ((90, 67), (320, 240), (1280, 960)):
            data = content if width == 1280 else f"{width} pixels of {digest}".encode()
            stored = self.store_file(data, "photos", "photo.jpg")
            sizes.append({"width": width, "height": height} | file_fields(stored))
        return sizes

    def renamed(self, size: dict[str, Any]) -> dict[str, Any]:
        """The same file under another file_id."""
        with self.lock:
            old = self._files[size["file_id"]]
            file_id = f"{old.file_id}R{next(self._file_ids)}"
            self._files[file_id] = replace(old, file_id=file_id)
            return size | {"file_id": file_id}

    # records

    def sent(self, chat_id: int | None = None) -> list[SentMessage]:
        """What the bot sent (to that chat), oldest first, as it stands now."""
        with self.lock:
            everything = list(self.messages.values())
        return [m for m in everything if chat_id is None or m.chat_id == chat_id]

    def violate(self, method: str, refusal: Refusal, params: Params) -> None:
        shown = ", ".join(f"{key}={str(value)[:60]!r}" for key, value in params.items())
        with self.lock:
            self.violations.append(
                f"{method}: {refusal.status} {refusal.description}" + (f" ({shown})" * bool(shown))
            )

    # faults

    def fail_next(
        self,
        method: str,
        status: int,
        description: str,
        retry_after: int | None = None,
        times: int = 1,
        chat_id: int | None = None,
    ) -> None:
        """The next such call is refused (not performed). Method "file" is a file download."""
        refusal = Refusal(status, description, retry_after)
        self._plan(Fault("fail", method, times, chat_id, refusal=refusal))

    def hang_next(
        self,
        method: str,
        seconds: float,
        performed: bool = False,
        times: int = 1,
        chat_id: int | None = None,
    ) -> None:
        """The next such call is answered late. performed: acted on at once, else after the wait
        and only if the client is still there."""
        self._plan(Fault("hang", method, times, chat_id, performed, seconds))

    def drop_next(
        self, method: str, performed: bool = False, times: int = 1, chat_id: int | None = None
    ) -> None:
        """The next such call finds its connection closed with no answer."""
        self._plan(Fault("drop", method, times, chat_id, performed))

    def _plan(self, fault: Fault) -> None:
        with self.lock:
            self._faults.append(fault)

    def _take_fault(self, kind: str, method: str, params: Params) -> Fault | None:
        with self.lock:
            for fault in self._faults:
                if fault.matches(kind, method, params):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
            return None


def clone(value: Update) -> Update:
    return cast("Update", json.loads(json.dumps(value)))


# --- the methods --------------------------------------------------------------------------------


class Methods(State):
    """The Bot API's methods. Each is called with the lock held."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self._methods: dict[str, Callable[[Params], object]] = {
            "getMe": self._get_me,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "deleteMyCommands": self._delete_my_commands,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "answerCallbackQuery": self._answer_callback_query,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "sendChatAction": self._send_chat_action,
            "sendPhoto": self._send_photo,
            "getFile": self._get_file,
        }

    def _get_me(self, params: Params) -> object:
        abilities = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return self.bot_user | abilities

    # commands

    def _set_my_commands(self, params: Params) -> object:
        key = self._command_key(params)
        commands = decoded(params.get("commands"), "can't parse commands JSON object")
        if not isinstance(commands, list):
            raise bad("expected an Array of BotCommand")
        checked = [checked_command(command) for command in commands]
        if len(checked) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        self.commands[key] = checked
        return True

    def _get_my_commands(self, params: Params) -> object:
        return self.commands.get(self._command_key(params), [])

    def _delete_my_commands(self, params: Params) -> object:
        self.commands.pop(self._command_key(params), None)
        return True

    def _command_key(self, params: Params) -> tuple[str, str]:
        language = str(params.get("language_code") or "")
        if not re.fullmatch(r"(?:[a-z]{2})?", language):
            raise bad("invalid language code specified")
        scope = decoded(params.get("scope") or {"type": "default"}, "can't parse BotCommandScope")
        if not isinstance(scope, dict) or scope.get("type") not in COMMAND_SCOPES:
            raise bad("can't parse BotCommandScope: Unsupported type specified")
        parts = [str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope]
        return ":".join(parts), language

    # webhook

    def _set_webhook(self, params: Params) -> object:
        url = str(params.get("url") or "").strip()
        secret = str(params.get("secret_token") or "")
        if url:
            check_webhook_url(url)
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad("secret token contains unallowed characters")
        self._allow_updates(params)
        if truth(params, "drop_pending_updates"):
            self.pending.clear()
        limit = min(100, max(1, whole(params, "max_connections", 40)))
        self.webhook = Webhook(url, secret, limit) if url else Webhook()
        return True

    def _allow_updates(self, params: Params) -> None:
        if params.get("allowed_updates") in (None, ""):
            return
        complaint = "can't parse allowed updates: expected an Array of String"
        kinds = decoded(params["allowed_updates"], complaint)
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise bad(complaint)
        self.allowed_updates = kinds

    def _delete_webhook(self, params: Params) -> object:
        if truth(params, "drop_pending_updates"):
            self.pending.clear()
        self.webhook = Webhook()
        return True

    def _get_webhook_info(self, params: Params) -> object:
        info: dict[str, Any] = {
            "url": self.webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if self.webhook.url:
            info |= {"max_connections": self.webhook.max_connections, "ip_address": "203.0.113.1"}
        if self.webhook.last_error:
            when, why = self.webhook.last_error
            info |= {"last_error_date": when, "last_error_message": why}
        if self.allowed_updates:
            info["allowed_updates"] = self.allowed_updates
        return info

    # updates

    def _confirm_before(self, offset: int) -> None:
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [u for u in self.pending if u["update_id"] >= offset]

    # sending

    def _send_message(self, params: Params) -> object:
        if not params.get("text"):
            raise bad("message text is empty")
        text, entities = formatted(params, "text")
        if not text:
            raise bad("text must be non-empty")
        if utf16_len(text) > 4096:
            raise bad("message is too long")
        return self._post(params, {"text": text}, "entities", entities)

    def _send_photo(self, params: Params) -> object:
        photo = self._photo_sizes_of(params)
        caption, entities = formatted(params, "caption")
        if utf16_len(caption) > 1024:
            raise bad("message caption is too long")
        content: dict[str, Any] = {"photo": photo}
        if caption:
            content["caption"] = caption
        return self._post(params, content, "caption_entities", entities)

    def _photo_sizes_of(self, params: Params) -> list[dict[str, Any]]:
        photo = params.get("photo")
        if isinstance(photo, str) and photo.startswith("attach://"):
            photo = params.get(photo.removeprefix("attach://"))
        if not photo:
            raise bad("there is no photo in the request")
        if isinstance(photo, Upload):
            return self.photo_sizes(checked_image(photo.content))
        if str(photo).startswith(("http://", "https://")):
            return self.photo_sizes(IMAGE_STARTS[1] + str(photo).encode())
        if str(photo) not in self._files:
            raise bad("wrong file identifier/HTTP URL specified")
        return self.photo_sizes(self._files[str(photo)].content)

    def _post(
        self, params: Params, content: dict[str, Any], entity_field: str, entities: list[Entity]
    ) -> object:
        markup = checked_markup(params.get("reply_markup"))
        chat = self._chat_to_write_to(params)
        if given := params.get(entity_field):
            entities = decoded(given, "can't parse entities JSON object")
        message = {
            "message_id": self.next_message_id(),
            "from": self.bot_user,
            "chat": chat,
            "date": now(),
            **self._reply_fields(params, chat),
            **content,
            **({entity_field: entities} if entities else {}),
            **shown_markup(markup),
        }
        self._remember(message, params, markup)
        return message

    def _remember(
        self, message: dict[str, Any], params: Params, markup: dict[str, Any] | None
    ) -> None:
        self.messages[message["message_id"]] = SentMessage(
            message_id=message["message_id"],
            chat_id=message["chat"]["id"],
            text=message.get("text", message.get("caption", "")),
            buttons=inline_buttons(markup),
            raw=message,
            params=params,
            keyboard=keyboard_labels(markup),
        )

    def _reply_fields(self, params: Params, chat: dict[str, Any]) -> dict[str, Any]:
        reply = decoded(params.get("reply_parameters") or {}, "can't parse reply parameters")
        message_id = whole(reply or params, "message_id" if reply else "reply_to_message_id", 0)
        if not message_id:
            return {}
        person = self._people.get(chat["id"])
        sent = self.messages.get(message_id)
        original = person.messages.get(message_id) if person else None
        if original is None and sent is not None and sent.chat_id == chat["id"]:
            original = sent.raw
        if original is not None:
            return {"reply_to_message": original}
        if truth(reply or params, "allow_sending_without_reply"):
            return {}
        raise bad("message to be replied not found")

    def _chat_to_write_to(self, params: Params) -> dict[str, Any]:
        if params.get("chat_id") in (None, ""):
            raise bad("chat_id is empty")
        chat_id = whole(params, "chat_id", 0)
        if chat_id in self._groups:
            return self._groups[chat_id]
        person = self._people.get(chat_id)
        if person is None or not (person.started or person.seen_in_group):
            raise bad("chat not found")
        if person.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if not person.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        return person.chat

    def _edit_message_reply_markup(self, params: Params) -> object:
        markup = checked_markup(params.get("reply_markup"))
        if markup is not None and "inline_keyboard" not in markup:
            raise bad("inline keyboard expected")
        chat = self._chat_to_write_to(params)
        if not whole(params, "message_id", 0):
            raise bad("message identifier is not specified")
        old = self._message_to_edit(chat["id"], whole(params, "message_id", 0))
        kept = {k: v for k, v in old.raw.items() if k not in ("reply_markup", "edit_date")}
        raw = kept | {"edit_date": now()} | shown_markup(markup)
        if raw.get("reply_markup") == old.raw.get("reply_markup"):
            raise bad(NOT_MODIFIED)
        changed = replace(old, raw=raw, buttons=inline_buttons(markup))
        self.messages[old.message_id] = changed
        return raw

    def _message_to_edit(self, chat_id: int, message_id: int) -> SentMessage:
        person = self._people.get(chat_id)
        if person is not None and message_id in person.messages:
            raise bad("message can't be edited")
        message = self.messages.get(message_id)
        if message is None or message.chat_id != chat_id:
            raise bad("message to edit not found")
        return message

    def _answer_callback_query(self, params: Params) -> object:
        if utf16_len(str(params.get("text") or "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        callback_id = str(params.get("callback_query_id") or "")
        if not self._callbacks.get(callback_id):
            raise bad(QUERY_TOO_OLD)
        self._callbacks[callback_id] = False
        self.answered.append(callback_id)
        return True

    def _send_chat_action(self, params: Params) -> object:
        if params.get("action") not in CHAT_ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self._chat_to_write_to(params)
        self.chat_actions.append((chat["id"], str(params["action"])))
        return True

    def _get_file(self, params: Params) -> object:
        if not params.get("file_id"):
            raise bad("file_id not specified")
        stored = self._files.get(str(params["file_id"]))
        if stored is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(stored.content) > 20 * MEGABYTE:
            raise bad("file is too big")
        return file_fields(stored) | {"file_path": stored.path}


def checked_command(command: object) -> dict[str, str]:
    if not isinstance(command, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name, description = command.get("command"), command.get("description")
    if not isinstance(name, str) or not isinstance(description, str):
        raise bad("can't parse BotCommand: command and description must be of type String")
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not description.strip():
        raise bad("command description must be non-empty")
    if len(description) > 256:
        raise bad("command description length must not exceed 256")
    return {"command": name, "description": description}


def check_webhook_url(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad("invalid webhook URL specified") from None
    if parts.scheme != "https" or not parts.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in (80, 88, 443, 8443):
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def checked_image(content: bytes) -> bytes:
    if not content:
        raise bad("file must be non-empty")
    if len(content) > 10 * MEGABYTE:
        raise bad("file is too big")
    if not content.startswith(IMAGE_STARTS):
        raise bad("IMAGE_PROCESS_FAILED")
    return content


def shown_markup(markup: dict[str, Any] | None) -> dict[str, Any]:
    """Messages show inline keyboards only, and only those with a button."""
    rows = [row for row in (markup or {}).get("inline_keyboard", []) if row]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


# --- the server ---------------------------------------------------------------------------------


class BotApi(Methods):
    """The server. start() and stop(), or a `with`; the state outlives a stop and start."""

    def __init__(
        self, token: str = DEFAULT_TOKEN, *, port: int = 0, hand_use: bool = False
    ) -> None:
        super().__init__(token)
        self._port = port
        self._hand_use = hand_use
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._poll = 0  # the number of the newest getUpdates

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = int(listener.getsockname()[1])
        self._stopping = False
        config = uvicorn.Config(
            self._app(),
            http="h11",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        run = {"sockets": [listener]}
        self._thread = threading.Thread(target=self._server.run, kwargs=run, daemon=True)
        self._thread.start()
        self._await_start()

    def _await_start(self) -> None:
        assert self._server is not None and self._thread is not None
        deadline = time.monotonic() + 10
        while not self._server.started:
            alive = self._thread.is_alive() and time.monotonic() < deadline
            assert alive, "the fake Bot API server did not start"
            time.sleep(TICK)

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._stopping = True
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive(), "the fake Bot API server did not stop"
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # waiting

    def wait_for(self, predicate: Callable[[], T], timeout: float = 30.0) -> T:
        """The predicate's value once it is true; IndexError and KeyError count as not yet."""
        deadline = time.monotonic() + timeout
        while True:
            seen: object = None
            try:
                value = predicate()
                if value:
                    return value
                seen = value
            except (IndexError, KeyError) as error:
                seen = error
            if time.monotonic() >= deadline:
                raise AssertionError(self._story(timeout, seen))
            time.sleep(TICK)

    def _story(self, timeout: float, seen: object) -> str:
        with self.lock:
            last = [f"  {m.chat_id} #{m.message_id} {m.text!r} {m.buttons}" for m in self.sent()]
            calls = [method for method, _ in self.calls if method != "getUpdates"]
            violations = [f"  {line}" for line in self.violations]
        return "\n".join(
            [f"not so after {timeout} s (last value {seen!r}); last sent messages:"]
            + (last[-5:] or ["  none"])
            + [f"last calls: {calls[-10:]}", f"pending updates: {len(self.pending)}"]
            + ["violations:"]
            + (violations[-5:] or ["  none"])
        )

    # webhook delivery

    def webhook_headers(self) -> dict[str, str]:
        with self.lock:
            secret = self.webhook.secret_token
        return {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret else {})

    def deliver(self, update: Update, poster: Callable[[Update, dict[str, str]], T]) -> T:
        """Hands the update and Telegram's headers to `poster`, which posts them to the bot.

        A 2xx status (an int, or anything with status_code) confirms the update.
        """
        with self.lock:
            assert self.webhook.url, "no webhook is set"
            assert self.wants(update), f"the bot did not ask for such updates: {update}"
        answer = poster(update, self.webhook_headers())
        status = getattr(answer, "status_code", answer)
        if isinstance(status, int) and 200 <= status < 300:
            self.confirm(update)
        return answer

    def push(self, update: Update | None = None) -> int:
        """POSTs the update (default: the oldest pending) to the webhook; the HTTP status."""
        with self.lock:
            assert update or self.pending, "no pending update to push"
            chosen = update or self.pending[0]
        return self.deliver(chosen, self._post_to_webhook)

    def _post_to_webhook(self, update: Update, headers: dict[str, str]) -> int:
        url = self._webhook_target()
        request = urllib.request.Request(url, json.dumps(update).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            self._webhook_failed(f"Wrong response from the webhook: {error.code} {error.reason}")
            return error.code
        except OSError as error:
            self._webhook_failed(str(getattr(error, "reason", error)))
            raise

    def _webhook_target(self) -> str:
        with self.lock:
            url, base = self.webhook.url, self.webhook_base_override
        if base is None:
            return url
        parts = urllib.parse.urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return base.rstrip("/") + path

    def _webhook_failed(self, why: str) -> None:
        with self.lock:
            self.webhook.last_error = (now(), why)

    # HTTP

    def _app(self) -> Starlette:
        routes = [
            Route("/bot{token}/{method}", self._method_endpoint, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._file_endpoint, methods=["GET"]),
        ]
        if self._hand_use:
            routes.append(Route("/say", self._say_endpoint, methods=["POST"]))
            routes.append(Route("/log", self._log_endpoint, methods=["GET"]))
        routes.append(Route("/{rest:path}", self._no_endpoint, methods=["GET", "POST"]))
        return Starlette(routes=routes)

    async def _no_endpoint(self, request: Request) -> Response:
        refusal = Refusal(404, "Not Found")
        self.violate(f"{request.method} {request.url.path}", refusal, {})
        return refusal.response()

    async def _method_endpoint(self, request: Request) -> Response:
        method = self._canonical(request.path_params["method"])
        params: Params = {}
        try:
            if request.path_params["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            params = await read_params(request)
        except Refusal as refusal:
            self.violate(method, refusal, params)
            return refusal.response()
        except ClientDisconnect:
            return Response()  # nobody is there to hear it
        with self.lock:
            self.calls.append((method, params))
        return await self._with_faults(
            request, method, params, lambda: self._answer(request, method, params)
        )

    def _canonical(self, name: str) -> str:
        """Method names are not case-sensitive."""
        known = {method.lower(): method for method in [*self._methods, "getUpdates"]}
        return known.get(name.lower(), name)

    async def _with_faults(
        self, request: Request, method: str, params: Params, act: Callable[[], Any]
    ) -> Response:
        hang = self._take_fault("hang", method, params)
        drop = self._take_fault("drop", method, params)
        if hang and not hang.performed and not await self._pause(request, hang.seconds):
            return Response()
        fail = self._take_fault("fail", method, params)
        response = Response()
        if fail and fail.refusal:
            response = fail.refusal.response()
        elif drop is None or drop.performed:
            response = await act()
        if hang and hang.performed:
            await self._pause(request, hang.seconds)
        if drop:
            await self._close_connection(request)
        return response

    async def _pause(self, request: Request, seconds: float) -> bool:
        """Waits; whether the client is still there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stopping:
            if await request.is_disconnected():
                return False
            await asyncio.sleep(TICK)
        return not self._stopping

    async def _close_connection(self, request: Request) -> None:
        assert self._server is not None
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if getattr(connection, "client", None) == request.client and transport is not None:
                transport.close()
        while not await request.is_disconnected():
            await asyncio.sleep(TICK)

    async def _answer(self, request: Request, method: str, params: Params) -> Response:
        try:
            result = await self._perform(request, method, params)
        except Refusal as refusal:
            self.violate(method, refusal, params)
            return refusal.response()
        except Exception:  # the fake itself is broken: say so where the test looks
            broken = Refusal(
                500, f"Internal Server Error: the fake broke\n{traceback.format_exc()}"
            )
            self.violate(method, broken, params)
            return broken.response()
        return JSONResponse({"ok": True, "result": result})

    async def _perform(self, request: Request, method: str, params: Params) -> object:
        if method == "getUpdates":
            return await self._get_updates(request, params)
        if method not in self._methods:
            raise Refusal(404, "Not Found")
        with self.lock:
            return self._methods[method](params)

    async def _get_updates(self, request: Request, params: Params) -> object:
        limit = min(100, max(1, whole(params, "limit", 100)))
        wait = min(self.poll_cap, max(0, whole(params, "timeout", 0)))
        with self.lock:
            if self.webhook.url:
                raise Refusal(409, WEBHOOK_ACTIVE)
            self._allow_updates(params)
            self._poll += 1
            poll = self._poll
            self._confirm_before(whole(params, "offset", 0))
        return await self._long_poll(request, poll, limit, time.monotonic() + wait)

    async def _long_poll(
        self, request: Request, poll: int, limit: int, deadline: float
    ) -> list[Update]:
        while True:
            if await request.is_disconnected() or self._stopping:
                return []
            with self.lock:
                if self.webhook.url:
                    raise Refusal(409, POLL_ENDED_BY_WEBHOOK)
                if poll != self._poll:
                    raise Refusal(409, OTHER_POLL)
                batch = self.pending[:limit]
            if batch or time.monotonic() >= deadline:
                return batch
            await asyncio.sleep(TICK)

    async def _file_endpoint(self, request: Request) -> Response:
        async def act() -> Response:
            return self._file_response(request)

        params: Params = {"path": request.path_params["path"]}
        with self.lock:
            self.calls.append(("file", params))
        return await self._with_faults(request, "file", params, act)

    def _file_response(self, request: Request) -> Response:
        path, token = request.path_params["path"], request.path_params["token"]
        with self.lock:
            found = [f for f in self._files.values() if f.path == path]
        if token == self.token and found and len(found[0].content) <= 20 * MEGABYTE:
            return Response(found[0].content, media_type="application/octet-stream")
        refusal = Refusal(404, "Not Found") if token == self.token else Refusal(401, "Unauthorized")
        self.violate("file", refusal, {"path": path})
        return refusal.response()

    # by hand

    async def _say_endpoint(self, request: Request) -> Response:
        try:
            order = json.loads(await request.body())
            update = self._play(order)
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
            return JSONResponse({"ok": False, "error": repr(error)}, status_code=400)
        answer: dict[str, Any] = {"ok": True, "update": update}
        if self.webhook.url and self.wants(update):
            answer["webhook"] = await run_in_threadpool(self._push_by_hand, update)
        return JSONResponse(answer)

    def _play(self, order: dict[str, Any]) -> Update:
        person = self.person(int(order["chat_id"]))
        if "press" not in order:
            return person.says(str(order["text"]))
        wanted = str(order["press"])
        for message in reversed(self.sent(person.chat_id)):
            labels = {part for button in message.buttons for part in button}
            if wanted in labels | set(message.keyboard):
                return person.presses(message, wanted)
        raise AssertionError(f"no message to {person.chat_id} has a button {wanted!r}")

    def _push_by_hand(self, update: Update) -> str:
        try:
            return str(self.push(update))
        except (OSError, ValueError) as error:
            return f"not delivered: {error}"

    async def _log_endpoint(self, request: Request) -> Response:
        with self.lock:
            log = {
                "sent": [sent_line(message) for message in self.sent()],
                "answered": self.answered,
                "unanswered": sorted(self.unanswered()),
                "violations": self.violations,
                "pending_updates": len(self.pending),
                "webhook": self.webhook.url,
            }
            text = json.dumps(log, ensure_ascii=False, indent=1)
        return Response(text + "\n", media_type="application/json")


def sent_line(message: SentMessage) -> dict[str, Any]:
    return {
        "chat_id": message.chat_id,
        "message_id": message.message_id,
        "text": message.text,
        "buttons": message.buttons or message.keyboard,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Telegram Bot API server.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--webhook-base", help="post updates here instead of the webhook's host")
    options = parser.parse_args()
    api = BotApi(options.token, port=options.port, hand_use=True)
    api.webhook_base_override = options.webhook_base
    with api:
        print(f"{api.url} token {api.token}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
