"""What the citizen says of the case after it was filed; taken down by an officer if need be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints import notices, practice, villages
from complaints.clock import calendars
from complaints.clock.deadlines import Moved
from complaints.clock.facts import waits
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, NeedsEvidence
from complaints.handling import reviewing
from complaints.handling.cases import locked, opened, permit, wind
from complaints.intake import SentFile, attachment, place_key
from complaints.points import MOST_POINTS, split_points
from complaints.privacy import guard
from complaints.states import Action, Aspect, EventKind, Fault, Status
from complaints.states import after as allow
from complaints.tables import Case, Event, Officer, record
from complaints.wording import notices as wording
from data.masking import mask_numbers

GRADES = range(1, 6)
AWAITS = frozenset({Status.AWAITING_SUPPLEMENT, Status.MERGED})  # a merged case may await, too


def add_information(
    tx: Session,
    case_no: str,
    text: str,
    *,
    files: Sequence[SentFile] = (),
    now: datetime,
    by: Officer | None = None,
    source: str = "",
) -> Event:
    """Keep what the citizen adds, beside what was said before.

    Where particulars were awaited, they are there now and the clock goes on.
    """
    case = opened(tx, case_no, Action.ADD_INFORMATION, by=by, now=now)
    text = mask_numbers(text)
    case.attachments.extend(attachment(sent, now) for sent in files)
    happened = record(
        tx,
        case,
        EventKind.INFORMATION_ADDED,
        now=now,
        by=by,
        text=text,
        files=len(files),
        **({"source": source} if source else {}),
    )
    if case.state in AWAITS and waits(tx, case):
        if case.state is Status.AWAITING_SUPPLEMENT:
            case.status = allow(case.state, Action.SUPPLEMENT)
        _supplemented(tx, case, by, now)
    return happened


def edit(
    tx: Session,
    case_no: str,
    *,
    before: str,
    after: str,
    now: datetime,
    accepted: bool,
    place: tuple[float, float] | None = None,
    files: Sequence[SentFile] = (),
) -> Event:
    """Keep both versions of a message the citizen changed after filing; the clock stays.

    `accepted` tells whether the citizen wants the case itself changed so; the first words
    remain in the history. `place` (latitude, longitude in degrees) is where a pin was moved to,
    `files` what a photo was replaced by: they are kept beside the old ones.
    """
    case = opened(tx, case_no, Action.ADD_INFORMATION, by=None, now=now)
    before, after = mask_numbers(before), mask_numbers(after)
    case.attachments.extend(attachment(sent, now) for sent in files)
    if accepted and place:
        case.latitude, case.longitude = place
    elif accepted and before != after:
        _reword(case, before, after)
    if accepted:
        villages.relocate(tx, case)
    more: dict[str, Any] = {"files": len(files)} if files else {}
    more |= {"before": before, "after": after, "accepted": accepted}
    return record(tx, case, EventKind.EDITED, now=now, **more)


def _reword(case: Case, before: str, after: str) -> None:
    """Change a case's place and points where they hold a message; nothing said gets lost."""
    points = [str(point) for point in case.points]
    is_place = bool(before and case.place and before in case.place)
    if is_place:
        case.place = str(case.place).replace(before, after) or None
        case.place_key = place_key(case.place)
    changed = _reworded(points, before, after)
    if changed is None and not is_place:
        changed = points + split_points(after)
    kept = [point for point in changed or points if point.strip()]
    rest = kept[MOST_POINTS - 1 :]
    case.points = (kept[: MOST_POINTS - 1] + (["；".join(rest)] if rest else [])) or points


def _reworded(points: list[str], before: str, after: str) -> list[str] | None:
    """The points with a message changed, be it within a point or several; None if in none."""
    if before and any(before in point for point in points):
        return [point.replace(before, after) for point in points]
    old = split_points(before)
    for n in range(len(points) if old else 0):
        if points[n : n + len(old)] == old:
            return points[:n] + split_points(after) + points[n + len(old) :]
    return None


def ask_supplement(
    tx: Session, case_no: str, what: str, *, by: Officer, version: int, now: datetime
) -> Event:
    """Ask the citizen for particulars (行政程序法 §171 II).

    Whether the clock stands meanwhile is the office's practice, recorded with the event.
    """
    if not what.strip():
        raise IncompletePetition("what")
    choices = practice.load(tx)
    case = opened(tx, case_no, Action.ASK_SUPPLEMENT, by=by, version=version, now=now)
    guard.refuse(tx, what, case, to_others=False, now=now)
    until = calendars.load(tx).after_calendar_days(office_date(now), choices.supplement_days)
    stops = choices.supplement_stops_clock
    wind(tx, case, Moved(EventKind.SUPPLEMENT_ASKED, office_date(now), stops=stops))
    happened = record(
        tx,
        case,
        EventKind.SUPPLEMENT_ASKED,
        now=now,
        by=by,
        what=what,
        until=until.isoformat(),
        stops_clock=stops,
        due_on=case.due_on.isoformat(),
    )
    notices.tell(tx, case, wording.supplement_asked(case, what, until), happened, now=now)
    return happened


def go_on_without(
    tx: Session, case_no: str, *, reason: str, by: Officer, version: int, now: datetime
) -> Event:
    """Go on although the particulars did not come; the clock runs again."""
    if not reason.strip():
        raise IncompletePetition("reason")
    case = opened(tx, case_no, Action.SUPPLEMENT, by=by, version=version, now=now)
    return _supplemented(tx, case, by, now, reason=reason)


def confirm_improved(
    tx: Session, case_no: str, *, now: datetime, by: Officer | None = None, source: str = ""
) -> Event:
    """Keep the citizen's word that the matter is solved: replied is not yet improved."""
    case = opened(tx, case_no, Action.GIVE_FEEDBACK, by=by, now=now)
    case.improved_on = office_date(now)
    return _said(tx, case, EventKind.CONFIRMED_IMPROVED, by, source, now)


def note_not_improved(
    tx: Session, case_no: str, *, now: datetime, by: Officer | None = None, source: str = ""
) -> Event:
    """Keep the citizen's word that there was an answer but no improvement yet."""
    case = opened(tx, case_no, Action.GIVE_FEEDBACK, by=by, now=now)
    case.improved_on = None
    return _said(tx, case, EventKind.NOT_IMPROVED, by, source, now)


def record_improvement(
    tx: Session,
    case_no: str,
    *,
    evidence: str,
    attachment_id: int | None,
    by: Officer,
    version: int,
    now: datetime,
) -> Event:
    """Note that the matter was put right, with a photo or document of the case as proof.

    Raises NeedsEvidence without one: nobody's mere word makes it so but the citizen's.
    """
    case = opened(tx, case_no, Action.RECORD_IMPROVEMENT, by=by, version=version, now=now)
    proofs = {one.id for one in case.attachments if one.digest}
    if not evidence.strip() or attachment_id not in proofs:
        raise NeedsEvidence(case_no)
    guard.refuse(tx, evidence, case, to_others=False, now=now)
    case.improved_on = office_date(now)
    happened = record(
        tx,
        case,
        EventKind.IMPROVEMENT_RECORDED,
        now=now,
        by=by,
        evidence=evidence,
        attachment=attachment_id,
    )
    notices.tell(tx, case, wording.improved(case, evidence), happened, now=now)
    return happened


def rate(
    tx: Session,
    case_no: str,
    grade: int,
    *,
    aspect: Aspect = Aspect.PROCESS,
    now: datetime,
    by: Officer | None = None,
    source: str = "",
) -> Event:
    """Keep the citizen's grade, 1 to 5, of the handling or of the result.

    A later grade replaces the shown one, not the record. A low one has somebody else look at the
    case again. Raises IncompletePetition, NotAllowed, NotPermitted.
    """
    if grade not in GRADES:
        raise IncompletePetition("grade")
    case = _heard(tx, case_no, by, now)
    if aspect is Aspect.RESULT:
        case.satisfaction = grade
    else:
        case.process_grade = grade
    rated = EventKind.SATISFACTION_RATED
    happened = _said(tx, case, rated, by, source, now, aspect=aspect, grade=grade)
    if grade in reviewing.LOW:
        reviewing.ask(tx, case, aspect, grade, now=now)
    return happened


def say_why(
    tx: Session,
    case_no: str,
    fault: Fault,
    *,
    said: str = "",
    now: datetime,
    by: Officer | None = None,
    source: str = "",
) -> Event:
    """Keep why the citizen gave a low grade: one of the reasons, and own words if there are any.

    Raises IncompletePetition("grade") when no low grade stands.
    """
    case = _heard(tx, case_no, by, now)
    if not {case.process_grade, case.satisfaction} & reviewing.LOW:
        raise IncompletePetition("grade")
    said = mask_numbers(said.strip())
    reviewing.add(tx, case, fault, said)
    told = {"aspect": "reason", "reason_code": fault, "said": said}
    return _said(tx, case, EventKind.SATISFACTION_RATED, by, source, now, **told)


def _heard(tx: Session, case_no: str, by: Officer | None, now: datetime) -> Case:
    """The case, held, of which a citizen gives an opinion."""
    case = locked(tx, case_no)
    if by is not None:
        permit(tx, by, Action.GIVE_FEEDBACK, case, now)
    allow(case.state, Action.GIVE_FEEDBACK)
    case.version += 1
    return case


def _supplemented(
    tx: Session, case: Case, by: Officer | None, now: datetime, **told: object
) -> Event:
    due = wind(tx, case, Moved(EventKind.SUPPLEMENTED, office_date(now))).due_on.isoformat()
    return record(tx, case, EventKind.SUPPLEMENTED, now=now, by=by, due_on=due, **told)


def _said(
    tx: Session,
    case: Case,
    kind: EventKind,
    by: Officer | None,
    source: str,
    now: datetime,
    **told: object,
) -> Event:
    taken = {"source": source} if source else {}
    return record(tx, case, kind, now=now, by=by, **told, **taken)
