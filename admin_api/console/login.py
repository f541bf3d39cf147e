"""The console's entrance: name and password, then a code where there is a second factor."""

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from admin_api import logins, tokens
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import shell, wording
from admin_api.console.language import _
from admin_api.console.sessions import ProvenInSetUp, give_cookie, take_cookie
from admin_api.logins import LoggedIn, LogInRefused, TooManyTries
from admin_api.narrowing import NarrowRouter
from admin_api.origins import address_of
from admin_api.tokens import Kind, NotLoggedIn
from data.database import reading, transaction

LONGEST = 200

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)
Typed = Annotated[str, Form(max_length=LONGEST)]


@router.get("/login")
def show_log_in(door: AtDoor) -> Response:
    """The log-in form."""
    return shell.page("login.html", door, None, problem="")


@router.post("/login")
def log_in(request: Request, door: AtDoor, username: Typed, password: Typed) -> Response:
    """Open a session, or ask for the code."""
    try:
        came = logins.begin(
            door, username, password, address=address_of(request), kind=Kind.SESSION
        )
    except LogInRefused as error:
        return _refused(door, error)
    except NotLoggedIn:
        return shell.page("login.html", door, None, status=401, problem=_(wording.WRONG))
    return _entered(door, came)


@router.post("/login/code")
def finish_log_in(request: Request, door: AtDoor, half: Typed, code: Typed) -> Response:
    """Open a session by the code, after the password."""
    try:
        came = logins.finish(door, half, code, address=address_of(request))
    except LogInRefused as error:
        return _refused(door, error)
    except NotLoggedIn:
        return _ask_again(door, half)
    return _entered(door, came)


@router.post("/logout")
def log_out(door: AtDoor, session: ProvenInSetUp) -> Response:
    """End the session."""
    with transaction(door.engine) as tx:
        tokens.end(tx, session.token, now=door.clock())
    response = RedirectResponse(f"{shell.HOME}/login", status_code=303)
    take_cookie(response, door)
    return response


def _entered(door: StaffDoor, came: LoggedIn) -> Response:
    if came.half:
        return shell.page("login_code.html", door, None, half=came.token, problem="")
    response = RedirectResponse(shell.home(came.officer), status_code=303)
    give_cookie(response, door, came.token)
    return response


def _ask_again(door: StaffDoor, half: str) -> Response:
    """The form for the code again, or the first one when the half log-in is over."""
    try:
        with reading(door.engine) as tx:
            tokens.find_half(tx, half, now=door.clock())
    except NotLoggedIn:
        return shell.page("login.html", door, None, status=401, problem=_(wording.BEGIN_AGAIN))
    return shell.page(
        "login_code.html", door, None, status=401, half=half, problem=_(wording.WRONG_CODE)
    )


def _refused(door: StaffDoor, error: LogInRefused) -> Response:
    many = isinstance(error, TooManyTries)
    problem = _(wording.TOO_MANY_TRIES if many else wording.LOCKED)
    response = shell.page("login.html", door, None, status=429, problem=problem)
    response.headers["Retry-After"] = logins.retry_after(error)
    return response
