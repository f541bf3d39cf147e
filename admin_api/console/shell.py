"""What every page of the console shares: its frame, its headers, and how a refusal is shown."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from sqlalchemy import Engine, select

from admin_api import errors, monthly, policy
from admin_api.access import StaffDoor
from admin_api.console import language, wording
from admin_api.console.language import HOME, _
from admin_api.console.sessions import Session
from admin_api.policy import Verb
from admin_api.second_factor import Missing
from admin_api.tokens import NotLoggedIn
from complaints.roles import Role
from complaints.tables import Officer
from complaints.wording.terms import plain_date
from data.database import reading

CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _day(day: date | str) -> str:
    """A date in the page's language; a promise in a draft keeps its date as it was written."""
    known = date.fromisoformat(day) if isinstance(day, str) else day
    return plain_date(known, language.current())


templates = Environment(
    loader=PackageLoader("admin_api.console"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    extensions=["jinja2.ext.i18n"],
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals |= {
    "words": wording,
    "roc": _day,
    "languages": language.LANGUAGES,
    "tags": language.TAGS,
}
templates.install_gettext_callables(_, lambda one, _many, _count: _(one), newstyle=True)  # type: ignore[attr-defined]
templates.filters |= {
    "moment": wording.moment,
    "shown": monthly.shown,
    "figure": monthly.printed,
    "chinese": language.mark_chinese,
}


__all__ = ["HOME", "home", "page", "part", "plain", "templates", "told"]


@dataclass(frozen=True)
class Place:
    """One page of the menu, and what one must be allowed to see it."""

    path: str
    label: str
    verb: Verb


MENU = (
    Place(f"{HOME}/today", "今日", Verb.READ_CASES),
    Place(HOME, "案件", Verb.READ_CASES),
    Place(f"{HOME}/tasks", "待辦", Verb.READ_CASES),
    Place(f"{HOME}/questions", "未答問題", Verb.READ_FAQ),
    Place(f"{HOME}/faq", "題庫", Verb.READ_FAQ),
    Place(f"{HOME}/pinned", "置頂公告", Verb.READ_FAQ),
    Place(f"{HOME}/counter", "臨櫃", Verb.READ_FAQ),
    Place(f"{HOME}/calendar", "行事曆", Verb.READ_CLOCK),
    Place(f"{HOME}/wordings", "範本", Verb.READ_FAQ),
    Place(f"{HOME}/checklists", "檢核清單", Verb.READ_CASES),
    Place(f"{HOME}/figures", "統計", Verb.READ_FIGURES),
    Place(f"{HOME}/reports", "報告", Verb.READ_FIGURES),
    Place(f"{HOME}/questionnaires", "問卷", Verb.READ_FIGURES),
    Place(f"{HOME}/exams", "抽測", Verb.READ_FIGURES),
    Place(f"{HOME}/decisions", "列管事項", Verb.READ_FIGURES),
    Place(f"{HOME}/public-items", "公開成果", Verb.READ_CASES),
    Place(f"{HOME}/people", "人員", Verb.READ_PEOPLE),
    Place(f"{HOME}/privacy", "個資", Verb.READ_CASES),
    Place(f"{HOME}/audit", "稽核", Verb.READ_AUDIT),
)


class Names:
    """What officers are called, asked of the record when a page first names one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, str] | None = None

    def __call__(self, username: str) -> Markup:
        """The officer's name, marked as Chinese; an account that is gone keeps its own."""
        if self._known is None:
            with reading(self._engine) as tx:
                rows = tx.execute(select(Officer.username, Officer.name))
                self._known = {row.username: row.name for row in rows}
        return language.mark_chinese(self._known.get(username, username))


def page(
    name: str, door: StaffDoor, session: Session | None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of this template in the office's frame, with the menu the officer may use."""
    officer = session.officer if session else None
    text = templates.get_template(name).render(
        office=door.office_name,
        officer=officer,
        proof=session.proof if session else "",
        language=language.current(),
        here=language.here(),
        at=language.here().partition("?")[0],
        menu=[place for place in MENU if officer and _may(officer, place)],
        person=Names(door.engine),
        **values,
    )
    return HTMLResponse(text, status, HEADERS)


def part(name: str, **values: Any) -> HTMLResponse:
    """A piece of a page, as a script puts it in its place."""
    return HTMLResponse(templates.get_template(name).render(**values), 200, HEADERS)


def plain(text: str, status: int) -> Response:
    """A page with one sentence."""
    content = templates.get_template("plain.html").render(
        office=None,
        officer=None,
        language=language.current(),
        here=language.here() and HOME,
        at="",
        text=text,
    )
    return HTMLResponse(content, status, HEADERS)


def home(officer: Officer) -> str:
    """Where an officer begins: the first page of the menu that is theirs."""
    return next((place.path for place in MENU if _may(officer, place)), f"{HOME}/questions")


def told(request: Request, error: Exception) -> Response:
    """What went wrong, as a page for pages and as problem+json for the rest."""
    if not request.url.path.startswith(HOME):
        return errors.tell(request, error)
    if isinstance(error, NotLoggedIn):
        return RedirectResponse(f"{HOME}/login", status_code=303)
    if isinstance(error, Missing):
        return RedirectResponse(f"{HOME}/account/second-factor", status_code=303)
    found = errors.describe(error)
    if found is None:
        return plain(str(error), 500)
    return plain(language.half(found.title), found.status)


def invalid(request: Request, error: Exception) -> Response:
    """An address or a field no page of ours writes, as a page; problem+json for the rest."""
    if not request.url.path.startswith(HOME):
        return errors.invalid(request, error)
    return plain(_(wording.NOT_OURS), 422)


def _may(officer: Officer, place: Place) -> bool:
    return Role(officer.role) in policy.MAY[place.verb]
