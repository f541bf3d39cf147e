"""The office's checklists: short steps beside a case, ticked on the case and kept as data.

A step not ticked reminds; it never bars an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from complaints.errors import IncompletePetition, NothingToDecide, NotPermitted
from complaints.roles import Role
from complaints.routing import Topic
from complaints.states import EventKind, Kind
from complaints.tables import Case, CheckStep, Event, Officer, Section

EDITORS = frozenset({Role.CASE_CONTROLLER, Role.SECTION_CHIEF, Role.ADMINISTRATOR})
LONGEST = 120  # characters of a step


@dataclass(frozen=True)
class Checked:
    """A step of a case's list: whether it is ticked, and who said so last, when and with what.

    `said` is the step's text at that moment; `by` and `at` are None while nobody touched it.
    """

    step: CheckStep
    done: bool = False
    by: str | None = None
    at: datetime | None = None
    remark: str = ""
    said: str = ""


def of_case(tx: Session, case: Case) -> list[Checked]:
    """The steps in use that fit a case, in their order, as they stand; two statements."""
    last = _last_word(tx, case)
    return [_checked(step, last.get(step.id)) for step in tx.scalars(_fitting(case))]


def unticked(steps: Sequence[Checked]) -> tuple[str, ...]:
    """What is left to tick, in words."""
    return tuple(one.step.text for one in steps if not one.done)


def step_of(tx: Session, case: Case, step_id: int) -> CheckStep:
    """The step in use of this number that fits a case; raises NothingToDecide."""
    found = tx.scalar(_fitting(case).where(CheckStep.id == step_id))
    if found is None:
        raise NothingToDecide(f"step {step_id}")
    return found


def in_use(tx: Session) -> Sequence[CheckStep]:
    """All steps in use: the whole office's first, then section by section, each in its order."""
    kept = select(CheckStep).where(CheckStep.active)
    general_first = CheckStep.section_id.is_not(None)
    order = (general_first, CheckStep.section_id, CheckStep.place, CheckStep.id)
    return tx.scalars(kept.order_by(*order)).all()


def find(tx: Session, step_id: int) -> CheckStep:
    """The step in use of this number; raises NothingToDecide."""
    row = tx.get(CheckStep, step_id)
    if row is None or not row.active:
        raise NothingToDecide(f"step {step_id}")
    return row


def add(
    tx: Session,
    *,
    text: str,
    kind: Kind | None,
    topic: Topic | None,
    section: Section | None,
    by: Officer,
    now: datetime,
) -> CheckStep:
    """Keep a new step, last of all; None: of every kind, of every topic, for all sections.

    Raises IncompletePetition for a text of no letter or over 120, and NotPermitted.
    """
    last = max((one.place for one in _held(tx)), default=0)
    row = CheckStep(place=last + 1, active=True)
    _write(row, text, kind, topic, section, by, now)
    tx.add(row)
    tx.flush()
    return row


def change(
    tx: Session,
    step_id: int,
    *,
    text: str,
    kind: Kind | None,
    topic: Topic | None,
    section: Section | None,
    by: Officer,
    now: datetime,
) -> CheckStep:
    """Change a step; what was ticked stays ticked, with the words it was ticked by.

    Raises NothingToDecide, IncompletePetition or NotPermitted.
    """
    row = _own(_held(tx), step_id, by)
    _write(row, text, kind, topic, section, by, now)
    tx.flush()
    return row


def retire(tx: Session, step_id: int, *, by: Officer, now: datetime) -> CheckStep:
    """Take a step off every list; the histories of cases keep what was ticked."""
    row = _own(_held(tx), step_id, by)
    row.active, row.by, row.at = False, by.username, now
    tx.flush()
    return row


def move(tx: Session, step_id: int, *, up: bool, by: Officer, now: datetime) -> CheckStep:
    """Put a step before or after its neighbour of the same section; the first and last stay.

    Steps of other sections keep their order. Raises NothingToDecide or NotPermitted.
    """
    rows = _held(tx)
    row = _own(rows, step_id, by)
    here = [n for n, one in enumerate(rows) if one.section_id == row.section_id]
    at = here.index(rows.index(row)) + (-1 if up else 1)
    if 0 <= at < len(here):
        mine, other = rows.index(row), here[at]
        rows[mine], rows[other] = rows[other], rows[mine]
        row.by, row.at = by.username, now
    for place, one in enumerate(rows, 1):
        one.place = place
    tx.flush()
    return row


def may_keep(by: Officer, section_id: int | None) -> bool:
    """Whether an officer may keep steps of this section; None: of the whole office."""
    role = Role(by.role)
    elsewhere = role == Role.SECTION_CHIEF and (section_id is None or section_id != by.section_id)
    return by.active and role in EDITORS and not elsewhere


def _fitting(case: Case) -> Select[CheckStep]:
    fits = (
        or_(CheckStep.kind.is_(None), CheckStep.kind == case.kind),
        or_(CheckStep.topic.is_(None), CheckStep.topic == case.topic),
        or_(CheckStep.section_id.is_(None), CheckStep.section_id == case.section_id),
    )
    kept = select(CheckStep).where(CheckStep.active, *fits)
    return kept.order_by(CheckStep.place, CheckStep.id)


def _last_word(tx: Session, case: Case) -> dict[object, Event]:
    """The newest tick of each step, by the step's number."""
    ticks = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.STEP_CHECKED)
    return {row.data.get("step"): row for row in tx.scalars(ticks.order_by(Event.id))}


def _checked(step: CheckStep, row: Event | None) -> Checked:
    if row is None:
        return Checked(step)
    return Checked(
        step=step,
        done=bool(row.data["done"]),
        by=row.officer.name if row.officer else None,
        at=row.at,
        remark=row.data["remark"],
        said=row.data["text"],
    )


def _held(tx: Session) -> list[CheckStep]:
    """Every step in use, in its order and nobody else's to change until the transaction ends."""
    kept = select(CheckStep).where(CheckStep.active).order_by(CheckStep.place, CheckStep.id)
    return list(tx.scalars(kept.with_for_update().execution_options(populate_existing=True)))


def _own(rows: Sequence[CheckStep], step_id: int, by: Officer) -> CheckStep:
    row = next((one for one in rows if one.id == step_id), None)
    if row is None:
        raise NothingToDecide(f"step {step_id}")
    _permit(by, row.section_id)
    return row


def _write(
    row: CheckStep,
    text: str,
    kind: Kind | None,
    topic: Topic | None,
    section: Section | None,
    by: Officer,
    now: datetime,
) -> None:
    _permit(by, section.id if section else None)
    if not 0 < len(text.strip()) <= LONGEST:
        raise IncompletePetition("text")
    row.text, row.kind, row.topic = " ".join(text.split()), kind, topic
    row.section_id = section.id if section else None
    row.by, row.at = by.username, now


def _permit(by: Officer, section_id: int | None) -> None:
    """A chief keeps the section's own; the case controller and the administrator keep all."""
    if not may_keep(by, section_id):
        raise NotPermitted("step")
