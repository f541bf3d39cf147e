"""The half-yearly export of the audit: files for whoever audits the office."""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from admin_api.monthly import safe_cell
from admin_api.privacy import by_id
from admin_api.tables import AccountEvent
from complaints.clock.workdays import TAIPEI
from complaints.states import EventKind
from complaints.tables import Case, Event, IdentityAccess, Officer
from data import ledger

HALF = re.compile(r"(?P<year>20(?:1[7-9]|[2-9][0-9]))-(?P<half>[12])")
VIEWS = ("時間", "案號", "閱覽人", "帳號", "理由", "核准人")
DEEDS = ("時間", "帳號", "異動", "辦理人")
BY_COMMAND = "（以指令辦理）"
BOM = "\ufeff"  # so that a spreadsheet reads the Chinese


class NoSuchHalf(ValueError):
    """Not a half year as 2026-1 or 2026-2."""


def write(tx: Session, half: str, folder: Path) -> list[Path]:
    """Write who saw whose data and why, what was done to accounts, and the ledger's newest mark.

    Three files, each replaced when it is there already; raises NoSuchHalf, OSError.
    """
    start, end = _bounds(half)
    last = ledger.newest(tx)
    files = {
        f"identity-views-{half}.csv": _table(VIEWS, _views(tx, start, end)),
        f"account-deeds-{half}.csv": _table(DEEDS, _deeds(tx, start, end)),
        f"ledger-{half}.txt": f"{last.number} {last.mark}\n" if last else "0\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / name for name in files]


def _bounds(half: str) -> tuple[datetime, datetime]:
    found = HALF.fullmatch(half)
    if found is None:
        raise NoSuchHalf(half)
    year, first = int(found["year"]), found["half"] == "1"
    start = date(year, 1 if first else 7, 1)
    end = date(year, 7, 1) if first else date(year + 1, 1, 1)
    return datetime.combine(start, time(), TAIPEI), datetime.combine(end, time(), TAIPEI)


def _views(tx: Session, start: datetime, end: datetime) -> Iterator[Sequence[str | None]]:
    rows = tx.execute(
        select(Event.at, Event.data, Case.case_no, Officer.name, Officer.username)
        .join(Case, Case.id == Event.case_id)
        .outerjoin(Officer, Officer.id == Event.officer_id)
        .where(Event.kind == EventKind.IDENTITY_VIEWED, Event.at >= start, Event.at < end)
        .order_by(Event.id)
    ).all()
    grants = by_id(tx, IdentityAccess, [row.data.get("access") for row in rows])
    granters = by_id(tx, Officer, [one.granted_by_id for one in grants.values()])
    for at, told, case_no, name, username in rows:
        grant = grants.get(told.get("access", 0))
        granter = granters.get(grant.granted_by_id) if grant and grant.granted_by_id else None
        granted_by = granter.name if granter else None
        yield _moment(at), case_no, name, username, told.get("reason"), granted_by


def _deeds(tx: Session, start: datetime, end: datetime) -> Iterator[Sequence[str | None]]:
    by = aliased(Officer)
    rows = (
        select(AccountEvent.at, Officer.username, AccountEvent.what, by.username)
        .join(Officer, Officer.id == AccountEvent.officer_id)
        .outerjoin(by, by.id == AccountEvent.by_id)
        .where(AccountEvent.at >= start, AccountEvent.at < end)
        .order_by(AccountEvent.id)
    )
    for at, officer, what, done_by in tx.execute(rows):
        yield _moment(at), officer, what, done_by or BY_COMMAND


def _table(head: Sequence[str], rows: Iterator[Sequence[str | None]]) -> str:
    out = StringIO()
    table = csv.writer(out)
    table.writerow(head)
    table.writerows([safe_cell(cell or "") for cell in row] for row in rows)
    return BOM + out.getvalue()


def _moment(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
