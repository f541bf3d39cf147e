"""Who asks, and the one way a changing request is carried out."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from admin_api import second_factor, tokens
from admin_api.paces import Paces
from admin_api.policy import Verb, require, require_area
from admin_api.second_factor import Missing, Rule
from admin_api.tables import RequestKey
from admin_api.tokens import NotLoggedIn
from complaints.tables import Officer
from data.database import insert_if_absent, reading, transaction
from faq.keeping.index import Shelf


class KeyReused(Exception):
    """The request key was used before for another request."""


@dataclass(frozen=True)
class StaffDoor:
    """What the staff's face needs, chosen once by the roof and handed down."""

    engine: Engine
    clock: Callable[[], datetime]
    shelf: Shelf
    wake: Callable[[], None]
    files: Path
    office_name: str
    secure: bool
    second_factor: Rule = Rule.OPTIONAL
    idle: timedelta = tokens.IDLE
    telegram: Callable[[], str | None] = lambda: None  # what the bot is called, once known
    paces: Paces = field(default_factory=Paces)


@dataclass(frozen=True)
class Carried:
    """The answer to a changing request: status and body."""

    status: int
    body: dict[str, Any]


async def door_of(request: Request) -> StaffDoor:
    """The door this request came through; not to be waited for, so without a thread."""
    return cast("StaffDoor", request.app.state.staff_door)


AtDoor = Annotated[StaffDoor, Depends(door_of)]


Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(auto_error=False, description="由 POST /api/v1/tokens 取得 / from log-in")),
]


def signed_in(request: Request, door: AtDoor, bearer: Bearer = None) -> Officer:
    """The officer of the bearer token of an API request, held to what the token is for."""
    if bearer is None:
        raise NotLoggedIn
    officer = identify(door, bearer.credentials)
    require_area(officer, getattr(request.scope.get("route"), "tags", ()))
    return officer


def identify(door: StaffDoor, token: str, *, setting_up: bool = False) -> Officer:
    """Whom a log-in or token stands for; its use is noted, at most once a minute.

    Raises NotLoggedIn, TooManyRequests, and Missing where the office requires a second factor and
    there is none, unless one is `setting_up`.
    """
    now = door.clock()
    with reading(door.engine) as tx:
        officer, row = tokens.find(tx, token, now=now, idle=door.idle)
        lacking = door.second_factor == Rule.REQUIRED and not second_factor.is_on(tx, officer.id)
    door.paces.take(officer.id)
    if lacking and not setting_up:
        raise Missing
    if tokens.is_stale(row, now):
        with transaction(door.engine) as tx:
            tokens.touch(tx, row, now)
    return officer


AsOfficer = Annotated[Officer, Depends(signed_in)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=80,
        description="同一鍵值重送只做一次。 A repeated key gives the first answer again.",
    ),
]


def perform(
    door: StaffDoor,
    officer: Officer,
    verb: Verb,
    key: str | None,
    request: Any,
    act: Callable[[Session, datetime], Carried],
) -> Carried:
    """Carry out a changing request in one transaction, at most once for each request key.

    `request` identifies what was asked; the same key with another request raises KeyReused.
    """
    require(officer, verb, changing=True)
    now = door.clock()
    with transaction(door.engine) as tx:
        carried = act(tx, now) if key is None else _once(tx, officer, key, request, now, act)
    door.wake()
    return carried


def _once(
    tx: Session,
    officer: Officer,
    key: str,
    request: Any,
    now: datetime,
    act: Callable[[Session, datetime], Carried],
) -> Carried:
    plain = json.dumps(request, sort_keys=True, default=str)
    fingerprint = hashlib.sha256(plain.encode()).hexdigest()
    mark = {"officer_id": officer.id, "key": key}
    fresh = {"fingerprint": fingerprint, "status": 0, "answer": {}, "at": now}
    if insert_if_absent(tx, RequestKey, **mark, **fresh):
        carried = act(tx, now)
        row = tx.get_one(RequestKey, (officer.id, key))
        row.status, row.answer = carried.status, carried.body
        return carried
    row = tx.get_one(RequestKey, (officer.id, key))
    if row.fingerprint != fingerprint:
        raise KeyReused(key)
    return Carried(row.status, row.answer)
