"""Routes: log-in and tokens, who am I, sections, villages, colleagues and their accounts."""

from typing import Annotated

from fastapi import Path, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_api import accounts, logins, tokens
from admin_api.access import AsOfficer, AtDoor, Bearer, identify
from admin_api.narrowing import NarrowRouter
from admin_api.origins import address_of
from admin_api.policy import Scope, Verb, refuse_tokens, require, require_scope
from admin_api.schemas import people as schemas
from admin_api.statuses import TOO_OFTEN
from admin_api.tables import ApiToken
from admin_api.tokens import HANDLE, TOKEN_FOR, Kind, NotLoggedIn
from complaints.tables import Officer, Section, Village
from data.database import reading, transaction

Handle = Annotated[str, Path(pattern=rf"^[0-9a-f]{{{HANDLE}}}$")]
Username = Annotated[str, Path(max_length=60)]

router = NarrowRouter(prefix="/api/v1", tags=["access"])


@router.post("/tokens", status_code=201, responses=TOO_OFTEN, summary="登入 / Log in")
def log_in(request: Request, body: schemas.LogIn, door: AtDoor) -> schemas.Token:
    """A bearer token for user name and password, and a code where one is set up.

    Five wrong tries lock the account a while; thirty from one address lock that address.
    """
    address, code = address_of(request), body.code or ""
    came = logins.begin_whole(
        door, body.username, body.password, address=address, kind=Kind.BEARER, code=code
    )
    return schemas.Token(token=came.token, expires_at=door.clock() + TOKEN_FOR)


@router.delete("/tokens/current", status_code=204, summary="登出 / Log out")
def log_out(door: AtDoor, bearer: Bearer = None) -> Response:
    """Make the token of this log-in worthless."""
    if bearer is None:
        raise NotLoggedIn
    refuse_tokens(identify(door, bearer.credentials, setting_up=True))
    with transaction(door.engine) as tx:
        tokens.end(tx, bearer.credentials, now=door.clock())
    return Response(status_code=204)


@router.get("/tokens/own", summary="我的登入與權杖 / My log-ins and tokens")
def read_own_tokens(door: AtDoor, officer: AsOfficer) -> list[schemas.OwnToken]:
    """Every log-in and token of the officer that still opens, the last used first."""
    with reading(door.engine) as tx:
        return [token_out(row) for row in tokens.living(tx, officer.id, now=door.clock())]


@router.post("/tokens/own", status_code=201, summary="新增權杖 / Make a token")
def make_token(body: schemas.NewToken, door: AtDoor, officer: AsOfficer) -> schemas.MadeToken:
    """A token for a program, held to its scopes; its secret is told this once."""
    now = door.clock()
    with transaction(door.engine) as tx:
        secret, row = tokens.make_token(
            tx, officer, name=body.name, scopes=body.scopes, days=body.days, now=now
        )
        return schemas.MadeToken(token=secret, **token_out(row).model_dump())


@router.delete("/tokens/own/{handle}", status_code=204, summary="結束權杖 / End a token")
def end_own_token(handle: Handle, door: AtDoor, officer: AsOfficer) -> Response:
    """End one of one's own log-ins or tokens."""
    with transaction(door.engine) as tx:
        tokens.end_one(tx, officer, handle, now=door.clock())
    return Response(status_code=204)


@router.delete(
    "/officers/{username}/tokens", status_code=204, summary="結束同仁的登入 / End log-ins"
)
def end_colleagues_sessions(username: Username, door: AtDoor, officer: AsOfficer) -> Response:
    """End all log-ins and tokens of a colleague; for administrators."""
    require(officer, Verb.MANAGE_ACCOUNTS)
    with transaction(door.engine) as tx:
        accounts.end_sessions(tx, username, by=officer.id, now=door.clock())
    return Response(status_code=204)


@router.delete(
    "/officers/{username}/second-factor",
    status_code=204,
    summary="停用同仁的兩步驟驗證 / Switch a second factor off",
)
def reset_second_factor(username: Username, door: AtDoor, officer: AsOfficer) -> Response:
    """Switch off the second factor of who lost the telephone, and end their log-ins."""
    require(officer, Verb.MANAGE_ACCOUNTS)
    with transaction(door.engine) as tx:
        accounts.reset_second_factor(tx, username, by=officer.id, now=door.clock())
    return Response(status_code=204)


@router.get("/me", summary="我是誰 / Who am I")
def read_me(officer: AsOfficer) -> schemas.Me:
    """The officer of this token."""
    return schemas.Me(**officer_out(officer).model_dump())


@router.get("/sections", tags=["cases"], summary="課室 / Sections")
def read_sections(door: AtDoor, officer: AsOfficer) -> list[schemas.SectionOut]:
    """The sections a case can be assigned to."""
    require_scope(officer, Scope.CASES_READ)
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Section).where(Section.active).order_by(Section.code))
        return [schemas.SectionOut(code=row.code, name=row.name) for row in rows]


@router.get("/villages", tags=["cases"], summary="里 / Villages")
def read_villages(door: AtDoor, officer: AsOfficer) -> list[schemas.VillageOut]:
    """The villages of the district, by code, for filters and figures."""
    require_scope(officer, Scope.CASES_READ)
    with reading(door.engine) as tx:
        rows = select(Village).options(joinedload(Village.section)).order_by(Village.code)
        return [village_out(row) for row in tx.scalars(rows)]


@router.get("/officers", tags=["cases"], summary="同仁 / Colleagues")
def read_officers(door: AtDoor, officer: AsOfficer) -> list[schemas.OfficerOut]:
    """The officers a case can be assigned to."""
    require_scope(officer, Scope.CASES_READ)
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.username))
        return [officer_out(row) for row in rows]


def token_out(row: ApiToken) -> schemas.OwnToken:
    """A log-in or token as it goes over the wire; its secret never does again."""
    return schemas.OwnToken(
        handle=tokens.handle(row),
        kind=row.kind,
        name=row.name,
        scopes=[Scope(one) for one in row.scopes or ()],
        network=row.network,
        issued_at=row.issued_at,
        used_at=tokens.used(row),
        expires_at=row.expires_at,
    )


def village_out(village: Village) -> schemas.VillageOut:
    """A village as it goes over the wire."""
    section = village.section.code if village.section else None
    return schemas.VillageOut(code=village.code, name=village.name, section=section)


def officer_out(officer: Officer) -> schemas.OfficerOut:
    """A colleague as they go over the wire."""
    section = officer.section.code if officer.section else None
    return schemas.OfficerOut(
        username=officer.username, name=officer.name, role=officer.role, section=section
    )
