"""The console's log-in: a cookie with a token, and a proof in every form."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Cookie, Depends, Form

from admin_api import access
from admin_api.access import AtDoor, NotLoggedIn
from complaints.tables import Officer
from data.database import reading

COOKIE = "civicline_staff"


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


def current(door: AtDoor, token: Annotated[str, Cookie(alias=COOKIE)] = "") -> Session:
    """The session of the cookie; raises NotLoggedIn."""
    if not token:
        raise NotLoggedIn
    with reading(door.engine) as tx:
        officer = access.officer_of(tx, token, now=door.clock())
    return Session(officer, token)


InSession = Annotated[Session, Depends(current)]


def proven(session: InSession, proof: Annotated[str, Form()] = "") -> Session:
    """The session of a form that our own page made; raises BadProof."""
    if not hmac.compare_digest(proof.encode(), session.proof.encode()):
        raise BadProof
    return session


Proven = Annotated[Session, Depends(proven)]
