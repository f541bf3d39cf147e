"""The console's log-in: a cookie with a token, and a proof in every form."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request, Response

from admin_api import policy, tokens
from admin_api.access import AtDoor, StaffDoor, identify
from admin_api.tokens import NotLoggedIn
from complaints.tables import Officer

COOKIE = "civicline_staff"
PATH = "/staff"


class BadProof(Exception):
    """A form came without the proof that our own page made it."""


@dataclass(frozen=True)
class Session:
    """A logged-in officer and the token of the log-in."""

    officer: Officer
    token: str

    @property
    def proof(self) -> str:
        """What each form of this log-in carries, against requests forged by other sites."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()


def cookie_name(door: StaffDoor) -> str:
    """By https the browser itself holds the cookie to this host and to https (__Host-)."""
    return f"__Host-{COOKIE}" if door.secure else COOKIE


def give_cookie(response: Response, door: StaffDoor, token: str) -> None:
    """Have the browser keep the log-in, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(door),
        token,
        int(tokens.TOKEN_FOR.total_seconds()),
        path=_path(door),
        httponly=True,
        samesite="strict",
        secure=door.secure,
    )


def take_cookie(response: Response, door: StaffDoor) -> None:
    """Have the browser forget the log-in."""
    response.delete_cookie(cookie_name(door), path=_path(door), secure=door.secure, httponly=True)


def current(request: Request, door: AtDoor) -> Session:
    """The session of the cookie; raises NotLoggedIn, or Missing (see access.identify)."""
    return _session(request, door, setting_up=False)


def setting_up(request: Request, door: AtDoor) -> Session:
    """The session of the cookie, also of who must set a second factor up before all else."""
    return _session(request, door, setting_up=True)


InSession = Annotated[Session, Depends(current)]
InSetUp = Annotated[Session, Depends(setting_up)]


# Not to be waited for, so without a thread.
async def _proven(session: InSession, proof: Annotated[str, Form()] = "") -> Session:
    return proven(session, proof)


async def _proven_setting_up(session: InSetUp, proof: Annotated[str, Form()] = "") -> Session:
    return proven(session, proof)


Proven = Annotated[Session, Depends(_proven)]
ProvenInSetUp = Annotated[Session, Depends(_proven_setting_up)]


def _session(request: Request, door: StaffDoor, *, setting_up: bool) -> Session:
    token = request.cookies.get(cookie_name(door))
    if not token:
        raise NotLoggedIn
    officer = identify(door, token, setting_up=setting_up)
    if policy.scopes_of(officer) is not None:  # a program's token opens no pages
        raise NotLoggedIn
    return Session(officer, token)


def proven(session: Session, proof: str) -> Session:
    """The session of a form that our own page made; raises BadProof."""
    if not hmac.compare_digest(proof.encode(), session.proof.encode()):
        raise BadProof
    return session


def _path(door: StaffDoor) -> str:
    return "/" if door.secure else PATH  # __Host- asks for the root
