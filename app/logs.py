"""Log lines as JSON; secrets and citizens' text never reach one."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

BOT_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{30,}")
STAFF_TOKEN = re.compile(r"cl_[A-Za-z0-9_-]{20,}")
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]+:)[^@\s]+@")
# Keys of backups, of other systems' messages, and those that seal.
KEYS = re.compile(
    r"AGE-SECRET-KEY-1[0-9A-Z]+|whsec_[A-Za-z0-9+/=]+|(?<!\d)\d{1,3}:[A-Za-z0-9+/]{43}="
)
# What JSON leaves as it is though it ends a line, steers a terminal or turns the writing round.
STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)
NOISY = ("httpx", "httpcore", "telegram", "uvicorn.access", "jieba", "alembic")


def set_up(level: int = logging.INFO) -> None:
    """Send every log line, ours and the libraries', through one redacting formatter."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            write,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:  # at INFO these print addresses that hold the bot's token
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask whatever looks like a secret, in every text of the line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _masked(value)
    return event


def write(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """The line: one, whatever its texts hold, and masked again where a value was no text."""
    line = str(_JSON(logger, method, event))
    return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", _masked(line))


def _masked(text: str) -> str:
    text = KEYS.sub("<key>", text)
    text = BOT_TOKEN.sub("<bot token>", text)
    text = STAFF_TOKEN.sub("<staff token>", text)
    return PASSWORD_IN_URL.sub(r"\1<password>@", text)
