"""The console in two languages: what is written in Chinese here is also found in English.

Chinese texts stand where they are used, marked with `_` (in templates `_('…')` or
`{% trans %}`); their English stands in `english/*.po`, by the Chinese text.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from babel.messages.pofile import read_po
from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup, escape
from starlette.types import ASGIApp, Receive, Scope, Send

from admin_api.narrowing import NarrowRouter

HOME = "/staff"
COOKIE = "civicline_language"
COOKIE_FOR = 365 * 24 * 60 * 60  # seconds
CHINESE, ENGLISH = "zh", "en"
LANGUAGES = {CHINESE: "中文", ENGLISH: "English"}
TAGS = {CHINESE: "zh-Hant-TW", ENGLISH: "en"}  # BCP 47, for the page's `lang`
TWO = re.compile(r"(?P<zh>.*?[。？！]) (?P<en>[A-Z].*)", re.DOTALL)
HAN = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff60]+")  # with its punctuation

BACK = re.compile(rf"{HOME}(?:[/?][^\s\\]*)?")  # pages of ours only, never another site

router = NarrowRouter(prefix=HOME, include_in_schema=False)
_spoken: ContextVar[str] = ContextVar("language of the page", default=CHINESE)
_here: ContextVar[str] = ContextVar("address of the page", default=HOME)


class Speaking:
    """Serves each request in the language its cookie asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            asked = request.cookies.get(COOKIE, CHINESE)
            _spoken.set(asked if asked in LANGUAGES else CHINESE)
            _here.set(_address(request))
        await self._app(scope, receive, send)


@router.post("/language")
def choose(
    to: Annotated[Literal["zh", "en"], Form()], back: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Show the console in this language from now on, and go back to the page one was on."""
    response = RedirectResponse(back if BACK.fullmatch(back) else HOME, status_code=303)
    response.set_cookie(COOKIE, to, COOKIE_FOR, path=HOME, httponly=True, samesite="strict")
    return response


def current() -> str:
    """The language of the request being served: "zh" or "en"."""
    return _spoken.get()


def here() -> str:
    """The address to come back to after changing the language; empty for a form's answer."""
    return _here.get()


def _(text: str) -> str:
    """A text of the console in the language of the request; Chinese where there is no other."""
    return text if current() == CHINESE else english().get(text, text)


def half(text: str) -> str:
    """The part in the request's language of a text that holds both, Chinese first."""
    found = TWO.fullmatch(text)
    return found[current()] if found else text


def mark_chinese(text: str) -> Markup:
    """The text for a page; on an English one what is Chinese in it says so (WCAG 3.1.2)."""
    if current() == CHINESE:
        return escape(text)
    tag = TAGS[CHINESE]
    marked = HAN.sub(lambda found: f'<span lang="{tag}">{found[0]}</span>', escape(text))
    return Markup(marked)  # noqa: S704 - escaped above, and Chinese characters alone are put in


@cache
def english() -> Mapping[str, str]:
    """Each Chinese text of the console with its English."""
    found: dict[str, str] = {}
    for file in sorted(files("admin_api.console").joinpath("english").iterdir(), key=str):
        with file.open("rb") as opened:
            for message in read_po(opened, locale="en", abort_invalid=True):
                found |= {str(message.id): str(message.string)} if message.id else {}
    return found


def _address(request: Request) -> str:
    if request.method != "GET":  # what a form was answered with has no address of its own
        return ""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
