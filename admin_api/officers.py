"""Routes: log-in, who am I, sections, villages and colleagues."""

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_api import access
from admin_api.access import TOKEN_FOR, AsOfficer, AtDoor, Bearer, NotLoggedIn
from admin_api.schemas import people as schemas
from complaints.tables import Officer, Section, Village
from data.database import reading, transaction

router = APIRouter(prefix="/api/v1", tags=["access"])


@router.post("/tokens", status_code=201, summary="登入 / Log in")
def log_in(body: schemas.LogIn, door: AtDoor) -> schemas.Token:
    """A bearer token for user name and password; five wrong tries lock the account a while."""
    now = door.clock()
    with transaction(door.engine) as tx:
        token = access.log_in(tx, body.username, body.password, now=now)
    if token is None:
        raise NotLoggedIn
    return schemas.Token(token=token, expires_at=now + TOKEN_FOR)


@router.delete("/tokens/current", status_code=204, summary="登出 / Log out")
def log_out(door: AtDoor, _officer: AsOfficer, bearer: Bearer = None) -> Response:
    """Make the token of this request worthless."""
    with transaction(door.engine) as tx:
        if bearer:
            access.log_out(tx, bearer.credentials, now=door.clock())
    return Response(status_code=204)


@router.get("/me", summary="我是誰 / Who am I")
def read_me(officer: AsOfficer) -> schemas.Me:
    """The officer of this token."""
    return schemas.Me(**officer_out(officer).model_dump())


@router.get("/sections", summary="課室 / Sections")
def read_sections(door: AtDoor, _officer: AsOfficer) -> list[schemas.SectionOut]:
    """The sections a case can be assigned to."""
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Section).where(Section.active).order_by(Section.code))
        return [schemas.SectionOut(code=row.code, name=row.name) for row in rows]


@router.get("/villages", summary="里 / Villages")
def read_villages(door: AtDoor, _officer: AsOfficer) -> list[schemas.VillageOut]:
    """The villages of the district, by code, for filters and figures."""
    with reading(door.engine) as tx:
        rows = select(Village).options(joinedload(Village.section)).order_by(Village.code)
        return [village_out(row) for row in tx.scalars(rows)]


@router.get("/officers", summary="同仁 / Colleagues")
def read_officers(door: AtDoor, _officer: AsOfficer) -> list[schemas.OfficerOut]:
    """The officers a case can be assigned to."""
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.username))
        return [officer_out(row) for row in rows]


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
