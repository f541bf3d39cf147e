"""The office's roster: its sections and its officers, and what may be changed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, select
from sqlalchemy.orm import Session

from complaints import leaving, marks, staffing
from complaints.errors import ComplaintError, NotPermitted, UnknownOfficer, UnknownSection
from complaints.roles import HANDLERS, Role
from complaints.states import Kind
from complaints.tables import STILL_OPEN, Case, Officer, Section, Task
from data.outbox import Address

KEEPERS = frozenset({Role.ADMINISTRATOR})
LONGEST_NAME = 60
LONGEST_CODE = 30
CODE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
BAD_NAME = f"名稱須為 1 到 {LONGEST_NAME} 字。 A name has 1 to {LONGEST_NAME} characters."
BAD_CODE = (
    f"課室代碼須為 1 到 {LONGEST_CODE} 個小寫英文、數字、連字號或底線。 "
    f"A code has 1 to {LONGEST_CODE} small letters, digits, hyphens or underscores."
)
NAME_TAKEN = "已經有同名的課室。 Another section has this name."
CODE_TAKEN = "這個課室代碼已經有人用。 Another section has this code."
NEEDS_INTAKE = "請先指定另一個收案窗口。 Mark another section as intake first."
CLOSED_INTAKE = "停用的課室不能收案。 A closed section takes no cases in."


class BadRoster(ComplaintError):
    """A section or an officer cannot be entered so; the text says why, in both languages."""


class SectionInUse(ComplaintError):
    """The section cannot be closed: open `cases`, `officers` and `tasks` are in it."""

    def __init__(self, cases: int, officers: int, tasks: int) -> None:
        super().__init__(f"{cases} open cases, {officers} officers, {tasks} tasks")
        self.cases = cases
        self.officers = officers
        self.tasks = tasks


class HoldsCases(ComplaintError):
    """The officer has open cases and would handle none any more; `cases` says how many."""

    def __init__(self, cases: int) -> None:
        super().__init__(f"{cases} open cases")
        self.cases = cases


class OwnRole(NotPermitted):
    """Nobody changes their own role."""


@dataclass(frozen=True)
class InIt:
    """How much is in a section: open cases, officers who are there, work not done."""

    cases: int = 0
    officers: int = 0
    tasks: int = 0


@dataclass(frozen=True)
class Post:
    """How an officer is entered; `alert` is where reminders go besides the console."""

    name: str
    role: Role
    section: Section | None
    deputy: Officer | None = None
    alert: Address | None = None


# --- sections -------------------------------------------------------------------------------
def add_section(tx: Session, *, code: str, name: str, intake: bool = False, by: Officer) -> Section:
    """Add a section; as intake it takes new cases in from now on, and no other does.

    Raises BadRoster or NotPermitted.
    """
    _permit(by)
    if not 0 < len(code) <= LONGEST_CODE or set(code) - CODE_LETTERS:
        raise BadRoster(BAD_CODE)
    known = _sections(tx)
    if any(one.code == code for one in known):
        raise BadRoster(CODE_TAKEN)
    row = Section(code=code, name=_free_name(known, name, code), active=True, intake=False)
    tx.add(row)
    tx.flush()
    if intake:
        _mark(row, [*known, row])
    tx.flush()
    return row


def change_section(
    tx: Session,
    code: str,
    *,
    name: str,
    intake: bool,
    active: bool,
    by: Officer,
    seen: str | None = None,
) -> Section:
    """Rename a section, let it take cases in, close it or open it again.

    What was assigned before keeps the old name in its history. One section takes cases in: who
    is marked takes over from the one before. `seen` is the mark of the section as it was read.
    Raises StaleRow, SectionInUse while something is in the section, BadRoster, UnknownSection or
    NotPermitted.
    """
    _permit(by)
    known = _sections(tx)
    row = next((one for one in known if one.code == code), None)
    if row is None:
        raise UnknownSection(code)
    marks.require_unchanged(row, seen)
    row.name = _free_name(known, name, code)
    if row.active and not active:
        _require_empty(tx, row)
    if row.intake and not (intake and active):
        raise BadRoster(NEEDS_INTAKE)
    row.active = active
    if intake:
        _mark(row, known)
    tx.flush()
    return row


def sections(tx: Session) -> Sequence[Section]:
    """All sections, those in use first, by code."""
    return tx.scalars(select(Section).order_by(Section.active.desc(), Section.code)).all()


def in_sections(tx: Session, *, misconduct: bool = True) -> Mapping[int, InIt]:
    """How much is in each section, by id; a section with nothing in it is not named.

    Without `misconduct` reports of misconduct do not count: not even their number is for all.
    """
    open_tasks = Task.done_at.is_(None)
    cases = _count(tx, Case.section_id, _open(misconduct=misconduct))
    officers = _count(tx, Officer.section_id, Officer.active.is_(True))
    tasks = _count(tx, Task.section_id, open_tasks)
    return {
        one: InIt(cases.get(one, 0), officers.get(one, 0), tasks.get(one, 0))
        for one in {*cases, *officers, *tasks}
    }


# --- officers -------------------------------------------------------------------------------
def require_post(post: Post, who: Officer | None = None) -> None:
    """Raise BadRoster, or what `staffing.require_deputy` raises, for a post that cannot be."""
    _named(post.name)
    if post.section and not post.section.active:
        raise UnknownSection(post.section.code)
    if post.deputy and who:
        staffing.require_deputy(who, post.deputy)


def change_officer(
    tx: Session,
    officer: Officer,
    post: Post,
    *,
    successor: Officer | None = None,
    by: Officer,
    now: datetime,
    seen: str | None = None,
) -> frozenset[str]:
    """Enter an officer anew and return which of name, role, section, deputy, alert changed.

    With a successor the open cases are handed over first; `seen` is the mark of the entry as it
    was read. Raises StaleRow, HoldsCases when they would stay
    with somebody who handles none, OwnRole, BadRoster, UnknownOfficer or NotPermitted.
    """
    _permit(by)
    held = _held(tx, officer)
    marks.require_unchanged(held, seen)
    require_post(post, held)
    if by.id == held.id and post.role != held.role:
        raise OwnRole("role")
    if successor:
        leaving.hand_over(tx, held, successor, by=by, now=now)
    if Role(held.role) in HANDLERS and post.role not in HANDLERS:
        _require_free(tx, held)
    before = _entered(held)
    _enter(held, post)
    tx.flush()
    after = _entered(held)
    return frozenset(name for name in before if before[name] != after[name])


def reopen_officer(tx: Session, username: str, *, by: Officer) -> Officer:
    """Open a closed account again; cases that were handed over stay where they are.

    Raises UnknownOfficer unless there is a closed account of this name; NotPermitted.
    """
    _permit(by)
    closed = select(Officer).where(Officer.username == username, Officer.active.is_(False))
    officer = tx.scalar(closed.with_for_update(of=Officer))
    if officer is None:
        raise UnknownOfficer(username)
    officer.active = True
    # The successor answered for everything meanwhile; whose deputy stands in is decided anew.
    officer.deputy_id = None
    if officer.section and not officer.section.active:
        officer.section = None
    tx.flush()
    return officer


def officers(tx: Session) -> Sequence[Officer]:
    """All officers, those who are there first, by user name."""
    return tx.scalars(select(Officer).order_by(Officer.active.desc(), Officer.username)).all()


def open_cases(tx: Session, officer: Officer) -> Sequence[Case]:
    """The open cases an officer handles, the most urgent first."""
    held = select(Case).where(Case.handler_id == officer.id, STILL_OPEN)
    return tx.scalars(held.order_by(Case.due_on, Case.id)).all()


def open_cases_of_each(tx: Session, *, misconduct: bool = True) -> Mapping[int, int]:
    """How many open cases each officer handles, by id; `misconduct` as for `in_sections`."""
    return _count(tx, Case.handler_id, _open(misconduct=misconduct))


# --- inside ---------------------------------------------------------------------------------
def _permit(by: Officer) -> None:
    if not by.active or Role(by.role) not in KEEPERS:
        raise NotPermitted("roster")


def _sections(tx: Session) -> list[Section]:
    """All sections, held: one takes cases in and no two share a name."""
    held = select(Section).order_by(Section.id).with_for_update()
    return list(tx.scalars(held.execution_options(populate_existing=True)))


def _free_name(known: Sequence[Section], name: str, code: str) -> str:
    name = _named(name)
    if any(one.name == name and one.code != code for one in known):
        raise BadRoster(NAME_TAKEN)
    return name


def _named(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadRoster(BAD_NAME)
    return name


def _mark(row: Section, known: Sequence[Section]) -> None:
    if not row.active:
        raise BadRoster(CLOSED_INTAKE)
    for one in known:
        one.intake = one is row


def _require_empty(tx: Session, row: Section) -> None:
    found = in_sections(tx).get(row.id)
    if found:
        raise SectionInUse(found.cases, found.officers, found.tasks)


def _open(*, misconduct: bool) -> ColumnElement[bool]:
    return STILL_OPEN if misconduct else and_(STILL_OPEN, Case.kind != Kind.MISCONDUCT_REPORT)


def _count(
    tx: Session, column: SQLColumnExpression[Any], where: ColumnElement[bool]
) -> dict[int, int]:
    rows = select(column, func.count()).where(where, column.is_not(None)).group_by(column)
    return {row[0]: row[1] for row in tx.execute(rows)}


def _held(tx: Session, officer: Officer) -> Officer:
    held = select(Officer).where(Officer.id == officer.id, Officer.active)
    fresh = held.with_for_update(of=Officer).execution_options(populate_existing=True)
    found = tx.scalar(fresh)
    if found is None:
        raise UnknownOfficer(officer.username)
    return found


def _require_free(tx: Session, officer: Officer) -> None:
    if cases := len(open_cases(tx, officer)):
        raise HoldsCases(cases)


def _enter(officer: Officer, post: Post) -> None:
    officer.name, officer.role = post.name.strip(), post.role
    officer.section = post.section
    officer.deputy_id = post.deputy.id if post.deputy else None
    officer.alert_channel = post.alert.channel if post.alert else None
    officer.alert_name = post.alert.name if post.alert else None


def _entered(officer: Officer) -> dict[str, object]:
    return {
        "name": officer.name,
        "role": officer.role,
        "section": officer.section_id,
        "deputy": officer.deputy_id,
        "alert": (officer.alert_channel, officer.alert_name),
    }
