"""Routes: what was done to accounts, and whether the histories are as they were sealed."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import audit as schemas
from admin_api.tables import AccountEvent
from complaints.privacy import retention
from complaints.tables import Event, Officer
from complaints.worklist import LARGEST_ID
from data import ledger
from data.database import reading
from data.ledger import Verified, Watched
from faq.keeping.tables import Revision

# What is only ever added to, and sealed (data/ledger.py).
WATCHED = (
    Watched(
        Event,
        ("case_id", "kind", "at", "officer_id"),
        content="data",
        lasting=retention.REGISTER,
        emptied=retention.lawfully_emptied,
    ),
    Watched(AccountEvent, ("officer_id", "by_id", "what", "at")),
    Watched(Revision, ("entry_id", "version", "content", "by", "at")),
)
NEWEST_PAGES = 20  # looked at by a request; the command looks at all
MOST_DEEDS = 100

router = NarrowRouter(prefix="/api/v1/audit", tags=["audit"])


@router.get("/ledger", summary="稽核封存狀態 / How far the histories are sealed")
def read_ledger(door: AtDoor, officer: AsOfficer) -> schemas.LedgerOut:
    """The newest mark, which stands for everything before it: note it down outside this system."""
    policy.require(officer, Verb.READ_AUDIT)
    with reading(door.engine) as tx:
        last = ledger.newest(tx)
    if last is None:
        return schemas.LedgerOut(pages=0)
    return schemas.LedgerOut(pages=last.number, sealed_at=last.at, mark=last.mark)


@router.post("/ledger/verify", summary="驗證最近的紀錄 / Verify the newest pages")
def verify_ledger(door: AtDoor, officer: AsOfficer) -> schemas.VerifiedOut:
    """Compare the newest 20 pages of the ledger with what stands; `app audit verify`: all."""
    policy.require(officer, Verb.READ_AUDIT)
    with reading(door.engine) as tx:
        return verified_out(newest_verified(tx, door.clock()))


@router.get(
    "/deeds", operation_id="read_account_deeds", summary="帳號異動紀錄 / What was done to accounts"
)
def read_deeds(
    door: AtDoor,
    officer: AsOfficer,
    before: Annotated[int, Query(ge=1, lt=LARGEST_ID, description="只列編號更小的")] = LARGEST_ID
    - 1,
) -> list[schemas.DeedOut]:
    """The newest hundred; with `before` those that came before a number."""
    policy.require(officer, Verb.READ_AUDIT)
    with reading(door.engine) as tx:
        return deeds(tx, before=before)


def newest_verified(tx: Session, now: datetime) -> Verified:
    """What a check of the newest pages found."""
    return ledger.verify(tx, WATCHED, now=now, pages=NEWEST_PAGES)


def deeds(tx: Session, *, before: int) -> list[schemas.DeedOut]:
    """What was done to accounts, the newest first, at most a hundred."""
    done_by = aliased(Officer)
    rows = (
        select(AccountEvent, Officer.username, done_by.username)
        .join(Officer, Officer.id == AccountEvent.officer_id)
        .outerjoin(done_by, done_by.id == AccountEvent.by_id)
        .where(AccountEvent.id < before)
        .order_by(AccountEvent.id.desc())
        .limit(MOST_DEEDS)
    )
    return [
        schemas.DeedOut(id=row.id, at=row.at, officer=name, what=row.what, by=by)
        for row, name, by in tx.execute(rows)
    ]


def verified_out(done: Verified) -> schemas.VerifiedOut:
    """A check as it is told."""
    return schemas.VerifiedOut(
        pages=done.pages,
        rows=done.rows,
        emptied=done.emptied,
        findings=[
            schemas.FindingOut(fault=one.fault, table=one.table, number=one.number)
            for one in done.findings
        ],
    )
