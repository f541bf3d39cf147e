"""The ledger: what was added to an append-only table is sealed, so that a change is found.

Each page of the ledger lists rows of one table by number, with a keyed digest of each, and is
marked over the page before it. Whoever changes the database without the office's key can neither
change a row nor take one away without a page telling; pages taken off the end are missed by who
noted the newest mark (the program logs each, and the half-yearly export prints it).
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, RowMapping, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from data import sealing
from data.database import Base, hold

LOCK = 0x1ED6E2  # of the one who writes the ledger
ROWS = 1000  # of a page at most
# A transaction that began earlier may commit a lower number later; none is open for so many rows.
LOOKED_BACK = 5000
SEALED_WITHIN = timedelta(minutes=10)  # a row older than this and on no page is a finding


class LedgerPage(Base):
    """One page of the ledger: rows of one table with their digests, marked over the last page."""

    __tablename__ = "ledger_page"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    of_table: Mapped[str] = mapped_column(String(60), index=True)
    last_id: Mapped[int]
    rows: Mapped[list[Any]]  # [number of the row, digest of what stays, digest of what may go]
    at: Mapped[datetime]
    mark: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Watched:
    """An append-only table: the columns that never change, and one that a law may empty.

    Of the JSON column `content` only the names in `lasting` outlive the emptying; `emptied` tells
    which of some rows were emptied lawfully (destroyed after their years).
    """

    table: type[Base]
    fixed: tuple[str, ...]
    content: str | None = None
    lasting: Collection[str] = ()
    moment: str = "at"
    emptied: Callable[[Session, Collection[int]], Collection[int]] = field(
        default=lambda _tx, _ids: ()
    )

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.table.__tablename__)


class Fault(StrEnum):
    """What may be wrong."""

    PAGE_MISSING = "page_missing"
    PAGE_ALTERED = "page_altered"
    ROW_REMOVED = "row_removed"
    ROW_ALTERED = "row_altered"
    ROW_UNSEALED = "row_unsealed"
    MARK_MISSING = "mark_missing"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed: in which table (or the ledger), which row or page."""

    fault: Fault
    table: str
    number: int


@dataclass
class Verified:
    """What a check looked at, what it found, and the mark that stands for all of it."""

    pages: int = 0
    rows: int = 0
    emptied: int = 0
    findings: list[Finding] = field(default_factory=list)
    mark: str = ""


def seal(tx: Session, watched: Sequence[Watched], *, now: datetime) -> int:
    """Put rows that are on no page yet on one, a page for each table; return how many that were.

    Called again until it returns 0. Any number of processes may do so at once.
    """
    hold(tx, LOCK, alone=True)
    return sum(_seal_table(tx, one, now) for one in watched)


def newest(tx: Session) -> LedgerPage | None:
    """The last page, whose mark stands for the whole ledger."""
    return tx.scalars(select(LedgerPage).order_by(LedgerPage.number.desc()).limit(1)).first()


def verify(
    tx: Session,
    watched: Sequence[Watched],
    *,
    now: datetime,
    noted: str | None = None,
    pages: int | None = None,
) -> Verified:
    """Compare every row with its page and every page with the one before.

    With `noted` a mark written down earlier must be that of a page. With `pages` only so many of
    the newest are looked at, and rows on no page are not looked for.
    """
    known = {one.name: one for one in watched}
    start = _start(tx, pages)
    before = tx.get(LedgerPage, start - 1) if start > 1 else None
    done = Verified(mark=before.mark if before else "")
    noted_is_met = noted is None
    for page in _pages(tx, start):
        _check_order(done, start, page.number)
        _check_page(tx, page, done, known)
        done.mark = page.mark
        noted_is_met |= page.mark == noted
        start = page.number + 1
    if not noted_is_met:
        done.findings.append(Finding(Fault.MARK_MISSING, LedgerPage.__tablename__, 0))
    if pages is None:
        done.findings += (lost for one in watched for lost in _unsealed(tx, one, now))
    return done


def _seal_table(tx: Session, one: Watched, now: datetime) -> int:
    known = _sealed_lately(tx, one)
    above = known.lowest
    while rows := list(_rows(tx, one, above=above)):
        above = rows[-1]["id"]
        if fresh := [row for row in rows if row["id"] not in known.ids]:
            _add_page(tx, one, fresh, now)
            return len(fresh)
    return 0


@dataclass(frozen=True)
class _Known:
    lowest: int
    ids: frozenset[int]


def _sealed_lately(tx: Session, one: Watched) -> _Known:
    """Down to which number all are sealed for good, and the numbers on pages above it."""
    top = tx.scalar(select(func.max(LedgerPage.last_id)).where(LedgerPage.of_table == one.name))
    lowest = max(0, (top or 0) - LOOKED_BACK)
    pages = select(LedgerPage.rows).where(
        LedgerPage.of_table == one.name, LedgerPage.last_id > lowest
    )
    return _Known(lowest, frozenset(row[0] for rows in tx.scalars(pages) for row in rows))


def _add_page(tx: Session, one: Watched, batch: Sequence[RowMapping], now: datetime) -> None:
    last, key = newest(tx), _key(tx)
    page = LedgerPage(
        number=last.number + 1 if last else 1,
        of_table=one.name,
        last_id=max(row["id"] for row in batch),
        rows=[_digests(key, one, row) for row in batch],
        at=now,
    )
    page.mark = _mark(tx, page, last.mark if last else "")
    tx.add(page)
    tx.flush()


def _check_order(done: Verified, expected: int, number: int) -> None:
    for missing in range(expected, number):
        done.findings.append(Finding(Fault.PAGE_MISSING, LedgerPage.__tablename__, missing))


def _check_page(
    tx: Session, page: LedgerPage, done: Verified, known: Mapping[str, Watched]
) -> None:
    done.pages += 1
    if page.mark != _mark(tx, page, done.mark) or page.of_table not in known:
        done.findings.append(Finding(Fault.PAGE_ALTERED, LedgerPage.__tablename__, page.number))
        return
    one = known[page.of_table]
    faults = _compare(tx, one, page.rows)
    refilled = [row_id for row_id, fault in faults.items() if fault is None]
    lawful = set(one.emptied(tx, refilled)) if refilled else set()
    done.rows += len(page.rows)
    done.emptied += len(lawful)
    done.findings += (
        Finding(fault or Fault.ROW_ALTERED, one.name, row_id)
        for row_id, fault in faults.items()
        if row_id not in lawful
    )


def _compare(tx: Session, one: Watched, sealed: Sequence[Any]) -> dict[int, Fault | None]:
    """What differs from the page, by row; None where only what a law may empty differs."""
    standing = {row["id"]: row for row in _rows(tx, one, among=[each[0] for each in sealed])}
    faults: dict[int, Fault | None] = {}
    key = _key(tx)
    for row_id, fixed, content in sealed:
        if row_id not in standing:
            faults[row_id] = Fault.ROW_REMOVED
            continue
        _, now_fixed, now_content = _digests(key, one, standing[row_id])
        if now_fixed != fixed:
            faults[row_id] = Fault.ROW_ALTERED
        elif now_content != content:
            faults[row_id] = None
    return faults


def _unsealed(tx: Session, one: Watched, now: datetime) -> Iterator[Finding]:
    sealed: set[int] = set()
    for rows in tx.scalars(select(LedgerPage.rows).where(LedgerPage.of_table == one.name)):
        sealed.update(row[0] for row in rows)
    table = one.table.__table__
    old = table.c[one.moment] < now - SEALED_WITHIN
    for number in tx.scalars(select(table.c.id).where(old).order_by(table.c.id)):
        if number not in sealed:
            yield Finding(Fault.ROW_UNSEALED, one.name, number)


def _start(tx: Session, pages: int | None) -> int:
    if pages is None:
        return 1
    last = tx.scalar(select(func.max(LedgerPage.number))) or 0
    return max(1, last - pages + 1)


def _pages(tx: Session, start: int) -> Iterator[LedgerPage]:
    """The pages from this number on; read one by one, for they are large."""
    number = start - 1
    following = select(LedgerPage).order_by(LedgerPage.number).limit(1)
    while page := tx.scalars(following.where(LedgerPage.number > number)).first():
        yield page
        number = page.number
        tx.expunge(page)


def _rows(
    tx: Session, one: Watched, *, above: int | None = None, among: Sequence[int] = ()
) -> Iterator[RowMapping]:
    table = one.table.__table__
    columns = [table.c[name] for name in ("id", *one.fixed, *filter(None, (one.content,)))]
    wanted = table.c.id > above if above is not None else table.c.id.in_(among)
    rows = select(*columns).where(wanted).order_by(table.c.id).limit(ROWS)
    return iter(tx.execute(rows).mappings())


def _digests(key: bytes, one: Watched, row: RowMapping) -> list[Any]:
    """The row's number, the digest of what never changes, and of what a law may empty."""
    told = row[one.content] if one.content else {}
    lasting = {name: value for name, value in told.items() if name in one.lasting}
    fixed = [one.name, row["id"], *(row[name] for name in one.fixed), lasting]
    return [row["id"], _short(key, fixed), _short(key, [one.name, row["id"], told])]


def _short(key: bytes, values: Sequence[Any]) -> str:
    return b64encode(hmac.digest(key, _plain(values), "sha256")[:12]).decode()


def _mark(tx: Session, page: LedgerPage, before: str) -> str:
    values = [before, page.number, page.of_table, page.at, page.rows]
    return hmac.new(_key(tx), _plain(values), hashlib.sha256).hexdigest()


def _plain(values: Sequence[Any]) -> bytes:
    return json.dumps(
        values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_written
    ).encode()


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a ledger cannot hold {type(value).__name__}")


def _key(tx: Session) -> bytes:
    return bytes.fromhex(sealing.of(tx).mark("ledger"))
