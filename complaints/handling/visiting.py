"""What was seen on the spot (會勘), and the steps of the office's checklist ticked on a case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints import checklists
from complaints.clock.workdays import TAIPEI
from complaints.errors import IncompletePetition
from complaints.handling.cases import locked, opened, permit
from complaints.intake import SentFile, attachment
from complaints.states import Action, EventKind
from complaints.states import after as allow
from complaints.tables import Case, Event, Officer, record
from data.masking import mask_numbers


def record_visit(
    tx: Session,
    case_no: str,
    *,
    visited_at: datetime,
    where: str,
    found: str,
    present: Sequence[str] = (),
    next_step: str = "",
    files: Sequence[SentFile] = (),
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Keep the record of a visit: internal, the citizen sees no more than that it was, and the day.

    `visited_at` is aware, to the minute, not before the receipt and not in the future. Raises
    IncompletePetition naming what is missing or cannot be.
    """
    said = {"where": where.strip(), "found": found.strip(), "next_step": next_step.strip()}
    for name in ("where", "found"):
        if not said[name]:
            raise IncompletePetition(name)
    case = opened(tx, case_no, Action.RECORD_VISIT, by=by, version=version, now=now)
    _require_since_receipt(case, visited_at, now)
    told: dict[str, Any] = {name: mask_numbers(text) for name, text in said.items()}
    told |= {
        "visited_at": visited_at.astimezone(TAIPEI).isoformat(timespec="minutes"),
        "present": [mask_numbers(one.strip()) for one in present if one.strip()],
        "files": len(files),
        "attachments": _attach(tx, case, files, now),
    }
    return record(tx, case, EventKind.SITE_VISITED, now=now, by=by, **told)


def check_step(
    tx: Session,
    case_no: str,
    *,
    step_id: int,
    done: bool,
    remark: str = "",
    by: Officer,
    now: datetime,
) -> Event:
    """Tick a step of the case's checklist, or take the tick back; the last word counts.

    It makes no reader stale: the case itself stays as it is. Raises NothingToDecide for a step
    that is not on the case's list.
    """
    case = locked(tx, case_no)
    permit(tx, by, Action.CHECK_STEP, case, now)
    allow(case.state, Action.CHECK_STEP)
    step = checklists.step_of(tx, case, step_id)
    return record(
        tx,
        case,
        EventKind.STEP_CHECKED,
        now=now,
        by=by,
        step=step.id,
        text=step.text,
        done=done,
        remark=mask_numbers(remark.strip()),
    )


def _require_since_receipt(case: Case, visited_at: datetime, now: datetime) -> None:
    """A record is taken down to the minute, so the minute of the receipt is not before it."""
    if not case.received_at.replace(second=0, microsecond=0) <= visited_at <= now:
        raise IncompletePetition("visited_at")


def _attach(tx: Session, case: Case, files: Sequence[SentFile], now: datetime) -> list[int]:
    """Photos become files of the case; their numbers."""
    added = [attachment(sent, now) for sent in files]
    case.attachments.extend(added)
    tx.flush()
    return [one.id for one in added]
