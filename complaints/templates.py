"""Wordings for answers: kept by the office, filled in for a case, locked when a law changes."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints.errors import (
    BadTemplate,
    NothingToDecide,
    NotPermitted,
    StaleCase,
    TemplateLocked,
)
from complaints.roles import LEADING, OWN_SECTION, Role
from complaints.states import Kind
from complaints.tables import Case, Officer, Section, Template
from complaints.wording.terms import roc_date

EDITORS = LEADING | {Role.ADMINISTRATOR}
LONGEST_NAME = 60
PLACE = re.compile(r"\{([^{}]*)\}")
BLANK = re.compile(r"〔[^〔〕]*〕")
# What a template may name in braces, and where it comes from. Nobody's name or telephone is among
# them: an answer may go to several people.
PLACES: dict[str, Callable[[Case], str]] = {
    "案號": lambda case: case.case_no,
    "收件日": lambda case: roc_date(case.received_on),
    "期限": lambda case: roc_date(case.due_on),
    "課室": lambda case: case.section.name,
    "承辦人": lambda case: case.handler.name if case.handler else "承辦人員",
    "主旨": lambda case: case.subject,
    "地點": lambda case: case.place or "您反映的地點",
}
# The same of a case that is nobody's, to show what a template becomes.
SAMPLE: dict[str, str] = {
    "案號": "CL-1151126-0007",
    "收件日": "115/11/26（四）",
    "期限": "115/12/04（五）",
    "課室": "民政課",
    "承辦人": "王承辦",
    "主旨": "騎樓堆放雜物",
    "地點": "中山路 3 號前",
}


def add(
    tx: Session,
    *,
    name: str,
    text: str,
    section: Section | None,
    kind: Kind | None,
    by: Officer,
    now: datetime,
) -> Template:
    """Keep a new template, for all sections or one, for all kinds or one.

    Raises BadTemplate for a place in braces that no case has; NotPermitted.
    """
    row = Template(version=0, retired=False)
    _write(row, name, text, section, kind, by, now)
    tx.add(row)
    tx.flush()
    return row


def change(
    tx: Session,
    template_id: int,
    *,
    name: str,
    text: str,
    section: Section | None,
    kind: Kind | None,
    by: Officer,
    version: int,
    now: datetime,
) -> Template:
    """Change a template; one that was locked was looked at by this and may be used again.

    Raises NothingToDecide, StaleCase, BadTemplate or NotPermitted.
    """
    row = _held(tx, template_id, by, version)
    _write(row, name, text, section, kind, by, now)
    row.locked_by_id = None
    tx.flush()
    tx.refresh(row)
    return row


def confirm(tx: Session, template_id: int, *, by: Officer, version: int, now: datetime) -> Template:
    """Say that a locked template still holds after the law changed."""
    row = _held(tx, template_id, by, version)
    row.locked_by_id, row.by, row.at = None, by.username, now
    row.version += 1
    tx.flush()
    tx.refresh(row)
    return row


def retire(tx: Session, template_id: int, *, by: Officer, version: int, now: datetime) -> Template:
    """Take a template out of use; what was sent from it stays as it is."""
    row = _held(tx, template_id, by, version)
    row.retired, row.by, row.at = True, by.username, now
    row.version += 1
    tx.flush()
    return row


def in_use(tx: Session) -> Sequence[Template]:
    """All templates in use, by name."""
    kept = select(Template).where(Template.retired.is_(False))
    return tx.scalars(kept.order_by(Template.name, Template.id)).all()


def offered(tx: Session, case: Case) -> Sequence[Template]:
    """The templates for a case: of its section and kind first, then the general ones."""
    here = or_(Template.section_id.is_(None), Template.section_id == case.section_id)
    fits = or_(Template.kind.is_(None), Template.kind == case.kind)
    kept = select(Template).where(Template.retired.is_(False), here, fits)
    general_last = (Template.section_id.is_(None), Template.kind.is_(None))
    return tx.scalars(kept.order_by(*general_last, Template.name, Template.id)).all()


def fill(row: Template, case: Case) -> str:
    """The text for a case, its places in braces filled; 〔…〕 are left for the officer.

    Raises TemplateLocked.
    """
    _require_unlocked(row)
    return PLACE.sub(lambda found: PLACES[found[1].strip()](case), row.text)


def preview(text: str, case: Case | None = None) -> str:
    """What a text would become for a case, or for a sample one; raises BadTemplate."""
    _check_text(text)
    known = {name: find(case) for name, find in PLACES.items()} if case else SAMPLE
    return PLACE.sub(lambda found: known[found[1].strip()], text)


def may_keep(by: Officer, section_id: int | None) -> bool:
    """Whether an officer may write templates of this section; None: for all sections."""
    bound = Role(by.role) in OWN_SECTION
    elsewhere = bound and (by.section_id is None or section_id != by.section_id)
    return by.active and Role(by.role) in EDITORS and not elsewhere


def require_current(tx: Session, template_id: int) -> None:
    """Raise TemplateLocked while a changed law waits for a look, NothingToDecide when gone."""
    row = tx.get(Template, template_id, populate_existing=True)
    if row is None or row.retired:
        raise NothingToDecide(f"template {template_id}")
    _require_unlocked(row)


def blanks(text: str) -> tuple[str, ...]:
    """What a template left for the officer to fill in and is still there."""
    return tuple(dict.fromkeys(BLANK.findall(text)))


def _write(
    row: Template,
    name: str,
    text: str,
    section: Section | None,
    kind: Kind | None,
    by: Officer,
    now: datetime,
) -> None:
    _permit(by, section.id if section else None)
    _check(name, text)
    row.name, row.text, row.kind = name.strip(), text, kind
    row.section_id = section.id if section else None
    row.by, row.at = by.username, now
    row.version += 1


def _require_unlocked(row: Template) -> None:
    if row.locked_by is not None:
        law = f"{row.locked_by.law}{row.locked_by.article or ''}"
        raise TemplateLocked(row.name, law)


def _check(name: str, text: str) -> None:
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise BadTemplate(f"名稱須為 1 到 {LONGEST_NAME} 字 / a name has 1 to {LONGEST_NAME}")
    _check_text(text)


def _check_text(text: str) -> None:
    if not text.strip():
        raise BadTemplate("內容不能空白 / the text may not be empty")
    unknown = [one for one in PLACE.findall(text) if one.strip() not in PLACES]
    if unknown or text.count("{") != text.count("}") or "{" in PLACE.sub("", text):
        places = "、".join(f"{{{one}}}" for one in PLACES)
        wrong = "、".join(unknown) or "{ }"
        raise BadTemplate(f"不認得 {wrong}，可用：{places} / unknown place; use one of these")


def _permit(by: Officer, section_id: int | None) -> None:
    """A chief keeps the section's own; those above keep all."""
    if not may_keep(by, section_id):
        raise NotPermitted("template")


def _held(tx: Session, template_id: int, by: Officer, version: int) -> Template:
    row = tx.get(Template, template_id, with_for_update={"of": Template}, populate_existing=True)
    if row is None or row.retired:
        raise NothingToDecide(f"template {template_id}")
    _permit(by, row.section_id)
    if row.version != version:
        raise StaleCase(f"template {template_id}")
    return row
