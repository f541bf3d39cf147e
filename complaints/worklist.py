"""The staff list of cases: filter, order by urgency, page. Read only."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from complaints.states import ENDED, RUNNING, Kind, Status
from complaints.tables import (
    ASKED,
    STILL_OPEN,
    SUBMITTED,
    UNSETTLED,
    Case,
    Extension,
    Officer,
    Promise,
    ReplyDraft,
    Section,
    Village,
)
from data.database import rare

LARGEST_PAGE = 100
MOST_COUNTED = 1_000
LARGEST_ID = 2**31


class Pile(StrEnum):
    """Which cases to list."""

    OPEN = "open"
    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    UNREACHED = "unreached"
    WITH_SECRETARY = "with_secretary"
    TO_APPROVE = "to_approve"
    PROMISED = "promised"
    NEW = "new"
    ADDED = "added"
    PROMISE_DUE = "promise_due"
    CLOSED = "closed"
    ALL = "all"


class BadCursor(ValueError):
    """The cursor was not made by this list."""


ALL = Pile.ALL
# Piles that hold open cases only.
OF_OPEN = (
    Pile.OPEN,
    Pile.OVERDUE,
    Pile.DUE_TODAY,
    Pile.WITH_SECRETARY,
    Pile.TO_APPROVE,
    Pile.NEW,
    Pile.ADDED,
)


@dataclass(frozen=True)
class Sight:
    """Which cases an officer may see: a section's own (None: all), and closed-circle ones."""

    section_id: int | None = None
    officer_ids: frozenset[int] = frozenset()  # the officer's own, and those covered today
    asked: frozenset[int] = frozenset()  # cases on which the section was asked for its view
    misconduct: bool = True

    def allows(self, case: Case) -> bool:
        """Whether this one case is within sight."""
        if case.handler_id is not None and case.handler_id in self.officer_ids:
            return True
        if case.kind == Kind.MISCONDUCT_REPORT and not self.misconduct:
            return False
        own = self.section_id is None or case.section_id == self.section_id
        return own or (case.id in self.asked and not case.confidential)


@dataclass(frozen=True)
class Wanted:
    """A filter of the list; everything left out is not filtered."""

    pile: Pile = Pile.OPEN
    section: str | None = None
    handler: str | None = None
    kind: Kind | None = None
    text: str | None = None
    village: str | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Page:
    """One page of cases, the most urgent first, and the cursor of the next."""

    cases: Sequence[Case]
    next_cursor: str | None


def page(
    tx: Session, wanted: Wanted, sight: Sight, *, today: date, cursor: str | None, limit: int
) -> Page:
    """List cases by due date, then number of receipt; raises BadCursor."""
    limit = max(1, min(limit, LARGEST_PAGE))
    found = _filtered(wanted, sight, today)
    if cursor:
        due, last = _decode(cursor)
        found = found.where(tuple_(Case.due_on, Case.id) > (due, last))
    # Numbers first: whole cases would all be sorted to show fifty of them.
    # Written out, so that PostgreSQL plans the statement once and not each time.
    most = bindparam("most", limit + 1, Integer, literal_execute=True)
    first = found.order_by(Case.due_on, Case.id).limit(most)
    shown = select(Case).where(Case.id.in_(first)).order_by(Case.due_on, Case.id)
    rows = tx.scalars(shown).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _encode(rows[-1]) if more else None)


def counts(
    tx: Session, sight: Sight, *, today: date, within: Wanted = EVERYTHING
) -> dict[Pile, int]:
    """How many cases each pile holds, within a filter whose own pile does not matter.

    In one statement. The piles of open cases are counted whole, in one pass over these; the
    others up to 1,000, and `at_least` names those of which there may be more.
    """
    row = tx.execute(_counting(sight, today, within)).one()
    found = {pile: row._mapping[pile.value] or 0 for pile in Pile if pile != ALL}
    return found | {ALL: found[Pile.OPEN] + found[Pile.CLOSED]}


def at_least(found: Mapping[Pile, int]) -> list[Pile]:
    """Of `counts`, the piles that hold so many cases or more: nobody reads a list further."""
    capped = [pile for pile in Pile if pile not in (*OF_OPEN, ALL) and found[pile] >= MOST_COUNTED]
    return [*capped, ALL] if Pile.CLOSED in capped else capped


def count(tx: Session, wanted: Wanted, sight: Sight, *, today: date) -> int:
    """How many cases a filter holds."""
    held = select(func.count()).select_from(_filtered(wanted, sight, today).subquery())
    return tx.scalar(held) or 0


# Statements are kept, not what they find: putting one together takes longer than most answers.
@lru_cache(maxsize=256)
def _filtered(wanted: Wanted, sight: Sight, today: date) -> Select[int]:
    return select(Case.id).where(*conditions(wanted, sight, today))


@lru_cache(maxsize=256)
def _counting(sight: Sight, today: date, within: Wanted) -> Select[Any]:
    inside = conditions(replace(within, pile=Pile.OPEN), sight, today)
    of_open = select(
        *(
            func.sum(case((and_(true(), *_among_open(pile, today)), 1), else_=0)).label(pile.value)
            for pile in OF_OPEN
        )
    ).where(*inside)
    others = (pile for pile in Pile if pile not in OF_OPEN and pile != ALL)
    each = (_held(replace(within, pile=pile), sight, today).label(pile.value) for pile in others)
    return select(of_open.subquery(), *each)


def _held(wanted: Wanted, sight: Sight, today: date) -> ScalarSelect[int]:
    held = select(Case.id).where(*conditions(wanted, sight, today)).limit(MOST_COUNTED)
    return select(func.count()).select_from(held.subquery()).scalar_subquery()


def is_overdue(case: Case, today: date) -> bool:
    """Past its date with the clock still running."""
    return case.state in RUNNING and not case.paused and today > case.due_on


def conditions(wanted: Wanted, sight: Sight, today: date) -> list[ColumnElement[bool]]:
    """The filter as SQL, so that a figure and its list of cases are one thing."""
    where = [*_pile(wanted.pile, today), *_sight(sight)]
    if wanted.section:
        where.append(Case.section.has(Section.code == wanted.section))
    if wanted.village:
        of = select(Village.id).where(Village.code == wanted.village).scalar_subquery()
        where.append(Case.village_id == of)
    if wanted.handler:
        where.append(Case.handler.has(Officer.username == wanted.handler))
    if wanted.kind:
        where.append(Case.kind == wanted.kind)
    if wanted.text:
        part = f"%{_escaped(wanted.text)}%"
        columns = (Case.case_no, Case.content, Case.place)
        where.append(or_(*(column.like(part, escape="\\") for column in columns)))
    if (wanted.text or wanted.village) and not sight.misconduct:
        # what is confidential is opened by number, not found by its words or its place
        where.append(or_(Case.confidential.is_(False), _mine(sight)))
    return where


def _pile(pile: Pile, today: date) -> list[ColumnElement[bool]]:
    if pile in OF_OPEN:
        return [rare(STILL_OPEN), *_among_open(pile, today)]
    promised = select(Promise.case_id).where(UNSETTLED)
    piles: dict[Pile, list[ColumnElement[bool]]] = {
        Pile.PROMISED: [Case.id.in_(promised)],
        Pile.PROMISE_DUE: [Case.id.in_(promised.where(Promise.due_on <= today))],
        Pile.UNREACHED: [Case.unreached.is_(True)],
        Pile.CLOSED: [Case.status.in_([status.value for status in ENDED])],
        Pile.ALL: [],
    }
    return piles[pile]


def _among_open(pile: Pile, today: date) -> list[ColumnElement[bool]]:
    """What tells a pile of open cases from the other open ones."""
    # A case whose clock stands is not late; the queue shows it as waiting for its citizen.
    unanswered = Case.status != Status.REPLIED
    running = and_(unanswered, Case.paused.is_(False))
    drafted = Case.id.in_(select(ReplyDraft.case_id).where(SUBMITTED))
    asked = Case.id.in_(select(Extension.case_id).where(ASKED))
    piles: dict[Pile, list[ColumnElement[bool]]] = {
        Pile.OPEN: [],
        Pile.OVERDUE: [running, Case.due_on < today],
        Pile.DUE_TODAY: [running, Case.due_on == today],
        Pile.WITH_SECRETARY: [Case.with_secretary.is_(True)],
        Pile.TO_APPROVE: [or_(drafted, asked)],
        Pile.NEW: [Case.handler_id.is_(None), unanswered],
        Pile.ADDED: [Case.unheard.is_(True)],
    }
    return piles[pile]


def _sight(sight: Sight) -> list[ColumnElement[bool]]:
    mine = _mine(sight)
    where: list[ColumnElement[bool]] = []
    if not sight.misconduct:
        where.append(or_(Case.kind != Kind.MISCONDUCT_REPORT, mine))
    if sight.section_id is not None:
        where.append(or_(Case.section_id == sight.section_id, mine))
    return where


def _mine(sight: Sight) -> ColumnElement[bool]:
    return Case.handler_id.in_(sight.officer_ids) if sight.officer_ids else false()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _encode(case: Case) -> str:
    return base64.urlsafe_b64encode(f"{case.due_on}/{case.id}".encode()).decode()


def _decode(cursor: str) -> tuple[date, int]:
    try:
        due, last = base64.urlsafe_b64decode(cursor).decode().split("/")
        number = int(last)
        if not 0 < number < LARGEST_ID:
            raise ValueError(number)
        return date.fromisoformat(due), number
    except (ValueError, binascii.Error) as error:
        raise BadCursor("this cursor is not one of ours") from error
