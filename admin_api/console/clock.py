"""The staff's pages of the clock: calendar, time limits, and the changes that wait for a decision.

The same calls as the API of the clock; what moves dates is proposed here and applied by another
(docs/decisions/0014).
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx

from admin_api import clockwork, policy
from admin_api.access import AtDoor, Carried, StaffDoor
from admin_api.clockwork import FIRST_YEAR, LAST_YEAR
from admin_api.console import clock_forms, clock_months, clock_proposals, clock_words, shell
from admin_api.console.clock_words import CAUGHT
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import clockwork as schemas
from complaints import practice, recount
from complaints.clock import calendars, official
from complaints.clock.workdays import office_date
from complaints.errors import CalendarMissing, ComplaintError, NothingToDecide
from complaints.limits import Priority, Unit
from complaints.recount import ChangeKind, Move
from complaints.roles import LEVELS, Role
from complaints.tables import CalendarYear
from complaints.wording.terms import KINDS
from data.database import reading

CALENDAR = f"{shell.HOME}/calendar"
CHANGES = f"{shell.HOME}/changes"
RULES = f"{shell.HOME}/rules"
MOST_MOVES = 100  # cases that a preview writes out; it counts them all
DAY, YEAR, REVOKE, TRIAL, RULE, LEVELS_FORM, CHOICE = (
    "day",
    "year",
    "revoke",
    "trial",
    "rule",
    "levels",
    "choice",
)

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)
Asked = Annotated[str, Query()]  # read by the page, so that a wrong address is told on it


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a form's problem and what was typed, what was done."""

    form: str = ""
    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    done: str = ""


@dataclass(frozen=True)
class Preview:
    """What a change would move: the cases in sight, how many in all, and how many are told."""

    moves: tuple[schemas.MoveOut, ...]
    count: int
    told: int
    unseen: int


# --- the calendar ---------------------------------------------------------------------------
@router.get("/calendar")
def show_calendar(
    door: AtDoor,
    session: InSession,
    year: Asked = "",
    received: Asked = "",
    kind: Asked = "",
    priority: Asked = "",
) -> Response:
    """A year of the office calendar; with a day of receipt, the count of a deadline."""
    policy.require(session.officer, Verb.READ_CLOCK)
    wanted = clock_forms.year(year) if year else office_date(door.clock()).year
    if wanted is None:
        text = _(clock_words.NO_YEAR).format(first=FIRST_YEAR, last=LAST_YEAR)
        return shell.plain(text, 404)
    given = {"received": received, "kind": kind, "priority": priority}
    if not any(given.values()):
        return _calendar_page(door, session, wanted, Sheet())
    try:
        found = _work_out(door, given)
    except CAUGHT as error:
        return _calendar_page(door, session, wanted, _refused(error, TRIAL, given))
    return _calendar_page(door, session, wanted, Sheet(TRIAL, typed=given), found)


@router.post("/calendar/day")
def propose_day(door: AtDoor, form: AsFilled) -> Response:
    """Propose a closure, a local day off or an extra working day."""

    def offer() -> Carried:
        body = clock_forms.day(form.given)
        return clockwork.offer_day(body, door, form.officer, form.key)

    return _offer(form, DAY, offer, lambda sheet: _calendar_again(door, form, sheet))


@router.post("/calendar/revoke")
def propose_revoking(door: AtDoor, form: AsFilled) -> Response:
    """Propose to take a closure or own day back."""

    def offer() -> Carried:
        body = clock_forms.revoking(form.given)
        return clockwork.offer_revoking(body, door, form.officer, form.key)

    return _offer(form, REVOKE, offer, lambda sheet: _calendar_again(door, form, sheet))


@router.post("/calendar/year")
def propose_year(door: AtDoor, form: AsFilled) -> Response:
    """Propose the official calendar of a year from the government's file."""

    def offer() -> Carried:
        source, content = clock_forms.source(form.given), _content(form)
        return clockwork.offer_year(content, source, door, form.officer, form.key)

    return _offer(form, YEAR, offer, lambda sheet: _calendar_again(door, form, sheet))


# --- changes that wait ----------------------------------------------------------------------
@router.get("/changes")
def show_changes(door: AtDoor, session: InSession, done: Asked = "", moved: Asked = "") -> Response:
    """What is proposed and not decided, oldest first."""
    policy.require(session.officer, Verb.READ_CLOCK)
    return _changes_page(door, session, Sheet(done=clock_words.done(done, moved)))


@router.get("/changes/{number}")
def show_change(number: str, door: AtDoor, session: InSession, done: Asked = "") -> Response:
    """One proposed change, and which cases it would move."""
    policy.require(session.officer, Verb.READ_CLOCK)
    sheet = Sheet(done=clock_words.done(done))
    return _change_page(clock_forms.number(number), door, session, sheet)


@router.post("/changes/{number}/apply")
def apply_change(number: str, door: AtDoor, form: AsFilled) -> Response:
    """Make the change and move the open cases."""
    policy.require(form.officer, Verb.CHANGE_CLOCK)
    change = clock_forms.number(number)
    try:
        carried = clockwork.apply(change, door, form.officer, form.key)
    except CAUGHT as error:
        return _change_page(change, door, form.session, _refused(error, "", form.given))
    return _went(CHANGES, f"applied&moved={carried.body['count']}")


@router.post("/changes/{number}/drop")
def drop_change(number: str, door: AtDoor, form: AsFilled) -> Response:
    """Give the proposal up; it stays on record."""
    policy.require(form.officer, Verb.CHANGE_CLOCK)
    change = clock_forms.number(number)
    try:
        clockwork.drop(change, door, form.officer, form.key)
    except CAUGHT as error:
        return _change_page(change, door, form.session, _refused(error, "", form.given))
    return _went(CHANGES, "dropped")


# --- time limits ----------------------------------------------------------------------------
@router.get("/rules")
def show_rules(
    door: AtDoor,
    session: InSession,
    kind: Asked = "",
    priority: Asked = "",
    choice: Asked = "",
    done: Asked = "",
) -> Response:
    """Rules, levels of approval and the office's choices; one of them opened to be changed."""
    policy.require(session.officer, Verb.READ_CLOCK)
    picked = {"kind": kind, "priority": priority, "name": choice}
    return _rules_page(door, session, Sheet(done=clock_words.done(done)), picked)


@router.post("/rules")
def propose_rule(door: AtDoor, form: AsFilled) -> Response:
    """Propose another limit for a kind and urgency."""

    def offer() -> Carried:
        body = clock_forms.rule(form.given)
        return clockwork.offer_rule(body, door, form.officer, form.key)

    return _offer(form, RULE, offer, lambda sheet: _rules_again(door, form, sheet))


@router.post("/rules/delete")
def delete_rule(door: AtDoor, form: AsFilled) -> Response:
    """Delete a rule by which no open case is counted."""
    policy.require(form.officer, Verb.CHANGE_CLOCK)
    try:
        kind, priority = clock_forms.which_rule(form.given)
        clockwork.delete_rule(kind, priority, door, form.officer, form.key)
    except CAUGHT as error:
        return _rules_again(door, form, _refused(error, "delete", form.given))
    return _went(RULES, "deleted")


@router.post("/rules/levels")
def change_levels(door: AtDoor, form: AsFilled) -> Response:
    """Change who may approve which extension, from now on."""
    policy.require(form.officer, Verb.CHANGE_CLOCK)
    try:
        body = clock_forms.levels(form.given)
        clockwork.change_levels(body, door, form.officer, form.key)
    except CAUGHT as error:
        return _rules_again(door, form, _refused(error, LEVELS_FORM, form.given))
    return _went(RULES, "levels")


@router.post("/rules/choice")
def propose_choice(door: AtDoor, form: AsFilled) -> Response:
    """Propose another value of one of the office's choices."""

    def offer() -> Carried:
        body = clock_forms.choice(form.given)
        return clockwork.offer_choice(body, door, form.officer, form.key)

    return _offer(form, CHOICE, offer, lambda sheet: _rules_again(door, form, sheet))


# --- inside ---------------------------------------------------------------------------------
def _offer(
    form: Filled, name: str, offer: Callable[[], Carried], again: Callable[[Sheet], Response]
) -> Response:
    """Propose a change and lead on to what it would move; a refusal shows the form again."""
    policy.require(form.officer, Verb.CHANGE_CLOCK)
    try:
        carried = offer()
    except CAUGHT as error:
        return again(_refused(error, name, form.given))
    return _went(f"{CHANGES}/{carried.body['id']}", "proposed")


def _refused(error: Exception, name: str, given: Mapping[str, str]) -> Sheet:
    text, status = clock_words.refusal(error)
    wrong = error.fields if isinstance(error, BadForm) else ()
    return Sheet(name, text, status, given, wrong)


def _went(path: str, done: str) -> Response:
    return RedirectResponse(f"{path}?done={done}", status_code=303)


def _content(form: Filled) -> bytes:
    """The file's content; raises BadForm when there is none, or a larger one than a year has."""
    if form.file is None or not form.file.filename:
        raise BadForm(("file",))
    content = form.file.file.read(official.LARGEST + 1)
    if len(content) > official.LARGEST:
        raise BadForm(("file_size",))
    return content


def _work_out(door: StaffDoor, given: Mapping[str, str]) -> schemas.DeadlineOut:
    kind, priority = clock_forms.which_rule(given)
    received = clock_forms.received(given)
    with reading(door.engine) as tx:
        return clockwork.work_out(tx, received, kind, priority)


def _calendar_again(door: StaffDoor, form: Filled, sheet: Sheet) -> Response:
    """The calendar of the year on which the form stood."""
    year = clock_forms.year(form.text("year")) or office_date(door.clock()).year
    return _calendar_page(door, form.session, year, sheet)


def _calendar_page(
    door: StaffDoor,
    session: Session,
    year: int,
    sheet: Sheet,
    found: schemas.DeadlineOut | None = None,
) -> Response:
    with reading(door.engine) as tx:
        shown, months = _year(tx, year)
        waiting = recount.proposals(tx)
        years = sorted(tx.scalars(select(CalendarYear.year)))
        county = practice.load(tx).county
        names = clock_proposals.names_of(tx, {one.by for one in shown.own} if shown else set())
    return _page(
        "clock_calendar.html",
        door,
        session,
        sheet,
        waiting=len(waiting),
        year=year,
        shown=shown,
        months=months,
        years=sorted({*years, year}),
        around=[one for one in (year - 1, year + 1) if FIRST_YEAR <= one <= LAST_YEAR],
        county=county,
        names=names,
        revoking={one.content["id"] for one in waiting if one.kind == ChangeKind.REVOKE},
        found=found,
        today=office_date(door.clock()),
    )


def _year(tx: Tx, year: int) -> tuple[schemas.YearOut | None, list[clock_months.Month]]:
    """A year and its months; nothing where it is not loaded."""
    try:
        shown = clockwork.year_of(tx, year)
    except CalendarMissing:
        return None, []
    return shown, clock_months.months_of(shown, calendars.load(tx))


def _changes_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        found = clock_proposals.described(tx, recount.proposals(tx))
    return _page("clock_changes.html", door, session, sheet, waiting=len(found), changes=found)


def _change_page(number: int, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    """A change with its preview, or the list where there is no such change any more."""
    with reading(door.engine) as tx:
        waiting = recount.proposals(tx)
        rows = [one for one in waiting if one.id == number]
        change = next(iter(clock_proposals.described(tx, rows)), None)
        choices = practice.load(tx)
    if change is None:
        return _changes_page(door, session, _gone(sheet))
    preview, problem = _preview(door, session, number)
    return _page(
        "clock_change.html",
        door,
        session,
        sheet,
        waiting=len(waiting),
        change=change,
        preview=preview,
        unworkable=problem,
        choices=choices,
        own=change.username == session.officer.username,
        alone=Role(session.officer.role) in recount.ALONE,
    )


def _gone(sheet: Sheet) -> Sheet:
    if sheet.problem:
        return sheet
    text, status = clock_words.refusal(NothingToDecide())
    return Sheet(problem=text, status=status)


def _preview(door: StaffDoor, session: Session, number: int) -> tuple[Preview | None, str]:
    """What a change would move, or why that cannot be worked out."""
    now = door.clock()
    try:
        with reading(door.engine) as tx:
            found = recount.preview(tx, number)
            return _shown(tx, number, found, session, now), ""
    except ComplaintError as error:
        return None, clock_words.refusal(error)[0]


def _shown(tx: Tx, number: int, found: list[Move], session: Session, now: datetime) -> Preview:
    seen = clockwork.moves_of(tx, number, found, session.officer, now)
    told = sum(one.told for one in found)
    return Preview(tuple(seen.moves[:MOST_MOVES]), seen.count, told, seen.unseen)


def _rules_again(door: StaffDoor, form: Filled, sheet: Sheet) -> Response:
    return _rules_page(door, form.session, sheet, form.given)


def _rules_page(
    door: StaffDoor, session: Session, sheet: Sheet, picked: Mapping[str, str]
) -> Response:
    with reading(door.engine) as tx:
        rules, levels = clockwork.rules_of(tx), clockwork.levels_of(tx)
        choices = clockwork.choices_of(tx)
        waiting = len(recount.proposals(tx))
        names = clock_proposals.names_of(tx, {one.by for one in choices if one.by})
    which = (picked.get("kind", ""), picked.get("priority", ""))
    return _page(
        "clock_rules.html",
        door,
        session,
        sheet,
        waiting=waiting,
        rules=rules,
        rule=next((one for one in rules if (one.kind, one.priority) == which), None),
        levels={one.role.value: one.up_to_days for one in levels},
        roles=[role.value for role in LEVELS],
        choices=choices,
        choice=next((one for one in choices if one.name == picked.get("name")), None),
        names=names,
    )


def _page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    role = Role(session.officer.role)
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        sheet=sheet,
        key=lambda: secrets.token_hex(16),
        terms=clock_words,
        rule_kind=clock_proposals.rule_kind,
        limit_in_words=clock_proposals.limit_in_words,
        kinds=list(KINDS),
        priorities=list(Priority),
        units=list(Unit),
        may_propose=role in policy.MAY[Verb.CHANGE_CLOCK],
        may_decide=role in recount.DECIDERS,
        **values,
    )
