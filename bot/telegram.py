"""Telegram: an update read into an Incoming, a Message sent. Nothing is decided here."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from telegram import (
    Bot,
    BotCommand,
    CallbackQuery,
    Document,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    PhotoSize,
    Update,
)
from telegram import Message as TelegramMessage
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channel import Incoming, TryLater, Undeliverable, What, split_text
from bot.transport import AiohttpRequest
from data.outbox import Address, Choice, Message

log = structlog.get_logger()

NAME = "telegram"
TEXT_LIMIT = 4096  # UTF-16 code units, https://core.telegram.org/bots/api#sendmessage
ROW_WIDTH = 18  # characters of button labels side by side on a small phone
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
WEBHOOK_PATH = "/telegram/webhook"
GROUPS = frozenset({"group", "supergroup"})
TOPIC = "/"  # between a group and the topic in it that was written in
LONGEST_NAME = 200  # of a file, an album or a press
MOST = 2**63  # no number of Telegram's has more bits
# What the library raises at what is no update; the last three at moments and at depth.
NO_UPDATE = (
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)
NAMING: list[str | None] = [MessageEntity.MENTION, MessageEntity.BOT_COMMAND]
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("start", "開始", "Start"),
    ("report", "陳情、建議、檢舉", "File a complaint or suggestion"),
    ("mycases", "我的案件", "My cases"),
    ("status", "用案號和查詢碼查進度", "Look up a case by number and code"),
    ("survey", "服務滿意度問卷", "Satisfaction questionnaire"),
    ("privacy", "個人資料蒐集告知", "Personal data notice"),
    ("language", "中文／English", "中文 / English"),
    ("cancel", "停下目前的填寫", "Stop filling in"),
    ("help", "使用說明", "Help"),
)


class Telegram:
    """The channel to Telegram, through one Bot."""

    name = NAME

    def __init__(self, token: str, base_url: str, site: str | None = None) -> None:
        """`site` is our own public address; without one, buttons that lead there are left out."""
        base = base_url.rstrip("/")
        self._site = (site or "").rstrip("/")
        self._token = token
        self.username: str | None = None  # what the bot is called, once connected
        self.bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=AiohttpRequest(connections=16, read_timeout=20),
            get_updates_request=AiohttpRequest(connections=2, read_timeout=60),
        )

    @property
    def secret(self) -> str:
        """What Telegram must show with each webhook call; the same in every process."""
        return hmac.new(self._token.encode(), b"civicline webhook", hashlib.sha256).hexdigest()

    async def connect(self, public_url: str | None) -> None:
        """Check the token, register the commands, and choose webhook or polling."""
        await self.bot.initialize()
        self.username = self.bot.username
        chinese = [BotCommand(name, zh) for name, zh, _ in COMMANDS]
        english = [BotCommand(name, en) for name, _, en in COMMANDS]
        await self.bot.set_my_commands(chinese)
        await self.bot.set_my_commands(chinese, language_code="zh")
        await self.bot.set_my_commands(english, language_code="en")
        if public_url:
            await self.bot.set_webhook(
                public_url.rstrip("/") + WEBHOOK_PATH,
                secret_token=self.secret,
                allowed_updates=ALLOWED_UPDATES,
            )
        else:
            await self.bot.delete_webhook()

    async def updates(self, offset: int | None, wait: timedelta) -> list[dict[str, Any]]:
        """Updates from `offset` on, waiting for the first; asking confirms all before it."""
        found = await self.bot.get_updates(
            offset=offset, timeout=wait, allowed_updates=ALLOWED_UPDATES
        )
        return [update.to_dict() for update in found]

    async def close(self) -> None:
        """Give the connections back."""
        await self.bot.shutdown()

    def parts(self, message: Message) -> list[Message]:
        """Cut a long text; the buttons stay on the last part."""
        texts = split_text(message.text, TEXT_LIMIT)
        last = Message(texts[-1], message.choices, message.answers)
        return [*(Message(text) for text in texts[:-1]), last]

    async def send(self, to: Address, message: Message, *, key: str) -> str | None:
        """Send a text with its buttons, or acknowledge a press; the receipt is the message id."""
        try:
            if message.answers:
                await self._acknowledge(message.answers)
                return None
            chat, _, topic = to.name.partition(TOPIC)
            sent = await self.bot.send_message(
                chat_id=int(chat),
                message_thread_id=int(topic) if topic else None,
                text=message.text,
                reply_markup=keyboard(_led(message.choices, self._site)),
            )
        except TelegramError as error:
            raise _translated(error) from error
        return str(sent.message_id)

    async def fetch(self, reference: str) -> bytes:
        """Download a file by its id."""
        try:
            file = await self.bot.get_file(reference)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise _translated(error) from error

    async def _acknowledge(self, press: str) -> None:
        try:
            await self.bot.answer_callback_query(press)
        except BadRequest as error:
            if "query is too old" not in str(error).casefold():
                raise


def read(raw: Mapping[str, Any], bot: str | None = None) -> Incoming | None:
    """Read an update; None for what is not ours to answer.

    Of a group only what addresses the bot is ours, and nothing while its username is not known.
    """
    try:
        whole = _well_formed(raw)
        update = Update.de_json(whole, None) if _fits(whole, UPDATE) else None
    except NO_UPDATE:
        update = None
    if update is None:  # not as Telegram makes them; its content is not for a log
        log.warning("update not understood", key=raw.get("update_id"))
        return None
    if query := update.callback_query:
        alone = query.message is None or query.message.chat.type == "private"
        return _pressed(update.update_id, query) if alone else None
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type == "private":
        return _message(update.update_id, message, edited=update.message is None)
    if bot is None or update.message is None or message.chat.type not in GROUPS:
        return None
    return _in_group(update.update_id, message, bot)


def is_of_group(raw: Mapping[str, Any]) -> bool:
    """Whether a raw update was written in a group."""
    message = raw.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    return isinstance(chat, dict) and str(chat.get("type")) in GROUPS


def _well_formed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The update without halves of characters, which JSON can write and nothing can keep."""
    text = json.dumps(raw, ensure_ascii=False).encode(errors="ignore")
    whole: dict[str, Any] = json.loads(text)
    return whole


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_NAME


def _is_number(value: object) -> bool:
    return type(value) is int and abs(value) < MOST


def _is_degree(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= 180


Shape = dict[str, Any] | list[Any] | Callable[[object], bool]
USER: Shape = {"id": _is_number, "language_code?": _is_text, "username?": _is_text}
FILE: Shape = {"file_id": _is_name, "file_unique_id": _is_name}
ENTITIES: Shape = [{"type": _is_text, "offset": _is_number, "length": _is_number}]
CHAT: Shape = {"id": _is_number, "type": _is_text}
MESSAGE: Shape = {
    "message_id": _is_number,
    "message_thread_id?": _is_number,
    "chat": CHAT,
    "from?": USER,
    "text?": _is_text,
    "entities?": ENTITIES,
    "caption?": _is_text,
    "caption_entities?": ENTITIES,
    "photo?": [FILE],
    "document?": FILE,
    "media_group_id?": _is_name,
    "location?": {"latitude": _is_degree, "longitude": _is_degree},
    "reply_to_message?": {"from?": USER, "text?": _is_text},
}
# What is read of an update, as the Bot API says it is; what ends with "?" may be missing.
UPDATE: Shape = {
    "message?": MESSAGE,
    "edited_message?": MESSAGE,
    "callback_query?": {
        "id": _is_name,
        "from": USER,
        "message?": {"chat": CHAT},
        "data?": _is_text,
    },
}


def _fits(value: object, shape: Shape) -> bool:
    if isinstance(shape, dict):
        parts = shape.items()
        return isinstance(value, dict) and all(_has(value, name, part) for name, part in parts)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(one, shape[0]) for one in value)
    return shape(value)


def _has(whole: dict[str, Any], name: str, shape: Shape) -> bool:
    name, may_be_missing, _ = name.partition("?")
    return _fits(whole[name], shape) if name in whole else bool(may_be_missing)


def keyboard(choices: tuple[Choice, ...]) -> InlineKeyboardMarkup | None:
    """Buttons in rows that fit a small phone."""
    if not choices:
        return None
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for choice in choices:
        if room < len(choice.label) or not rows:
            rows.append([])
            room = ROW_WIDTH
        rows[-1].append(_button(choice))
        room -= len(choice.label) + 2
    return InlineKeyboardMarkup(rows)


def _led(choices: tuple[Choice, ...], site: str) -> tuple[Choice, ...]:
    """The choices with addresses of our own site in full."""
    led = (
        replace(one, url=f"{site}{one.url}") if (one.url or "").startswith("/") else one
        for one in choices
    )
    return tuple(one for one in led if not (one.url or "").startswith("/"))


def _button(choice: Choice) -> InlineKeyboardButton:
    if choice.url:
        return InlineKeyboardButton(choice.label, url=choice.url)
    return InlineKeyboardButton(choice.label, callback_data=choice.token)


def _pressed(update_id: int, query: CallbackQuery) -> Incoming:
    return Incoming(
        key=str(update_id),
        sender=Address(NAME, str(query.from_user.id)),
        what=What.PRESSED,
        token=query.data or "",
        press=query.id,
        language=_language(query.from_user.language_code),
    )


def _message(update_id: int, message: TelegramMessage, *, edited: bool) -> Incoming:
    code = message.from_user.language_code if message.from_user else None
    location = message.location
    return Incoming(
        key=str(update_id),
        sender=Address(NAME, str(message.chat.id)),
        what=What.EDITED if edited else _what(message),
        text=message.text or message.caption or "",
        files=tuple(one.file_id for one in _files(message)),
        prints=tuple(one.file_unique_id for one in _files(message)),
        album=message.media_group_id,
        place=(location.latitude, location.longitude) if location else None,
        language=_language(code),
        message=str(message.message_id),
        answers=_answered(message),
    )


def _in_group(update_id: int, message: TelegramMessage, bot: str) -> Incoming | None:
    """What a group asks of us; who asked stays unknown, and so does what else was sent."""
    if not _addressed(message, bot.casefold()):
        return None
    code = message.from_user.language_code if message.from_user else None
    ours = rf"@{re.escape(bot)}(?![a-z0-9_])"
    said = re.sub(ours, "", message.text or message.caption or "", flags=re.IGNORECASE)
    topic = f"{TOPIC}{message.message_thread_id}" if message.is_topic_message else ""
    return Incoming(
        key=str(update_id),
        sender=Address(NAME, f"{message.chat.id}{topic}"),
        what=_what(message),
        text=said.strip(),
        language=_language(code),
        door=f"https://t.me/{bot}?start=",
    )


def _addressed(message: TelegramMessage, bot: str) -> bool:
    """Whether a message of a group is for this bot: it names it, or replies to it.

    Posts of a channel and of other bots are not, whatever they say.
    """
    sender = message.from_user
    if message.is_automatic_forward or (sender and sender.is_bot and not message.sender_chat):
        return False
    named = [one.casefold() for one in _named(message)]
    if any(one.endswith(f"@{bot}") for one in named):
        return True
    to_others = any(one.startswith("/") and "@" in one for one in named)
    return _replies_to(message, bot) and not to_others


def _named(message: TelegramMessage) -> list[str]:
    """The mentions and commands of a message, as they are written."""
    try:
        if message.text:
            return list(message.parse_entities(NAMING).values())
        return list(message.parse_caption_entities(NAMING).values()) if message.caption else []
    except UnicodeDecodeError:  # one begins or ends amid a character
        return []


def _replies_to(message: TelegramMessage, bot: str) -> bool:
    replied = message.reply_to_message
    author = replied.from_user if replied else None
    return bool(author and author.username and author.username.casefold() == bot)


def _answered(message: TelegramMessage) -> str:
    """What we said in the message this one replies to, if it is one of ours."""
    replied = message.reply_to_message
    ours = replied and replied.from_user and replied.from_user.is_bot
    return (replied.text or "") if replied and ours else ""


def _what(message: TelegramMessage) -> What:
    if message.photo or message.document:
        return What.FILE
    kinds = (
        (message.text, What.TEXT),
        (message.location, What.LOCATION),
        (message.sticker, What.STICKER),
        (message.voice or message.audio or message.video_note, What.VOICE),
    )
    return next((what for found, what in kinds if found), What.OTHER)


def _files(message: TelegramMessage) -> tuple[PhotoSize | Document, ...]:
    if message.photo:
        return (message.photo[-1],)
    return (message.document,) if message.document else ()


def _language(code: str | None) -> str | None:
    return "en" if code and code.startswith("en") else "zh"


def _translated(error: TelegramError) -> TryLater | Undeliverable:
    if isinstance(error, RetryAfter):
        after = error.retry_after
        wait = after if isinstance(after, timedelta) else timedelta(seconds=after)
        return TryLater("too many messages", wait)
    if isinstance(error, Forbidden):
        return Undeliverable(str(error))
    if isinstance(error, BadRequest):  # a kind of NetworkError in this library, so asked first
        return Undeliverable(str(error))
    if isinstance(error, InvalidToken):
        return TryLater("the bot token is refused")
    if isinstance(error, NetworkError):
        return TryLater(type(error).__name__)
    return TryLater(str(error))
