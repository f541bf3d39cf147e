"""The pages of the figures: a period, the cases behind each number, and the reports made of it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from admin_api import errors, evidence, meeting, monthly, policy, reports
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import figure_words, language, shell
from admin_api.console.filled import AsFilled
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.evidence import Long
from admin_api.figures import Written
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.reporting import charts
from admin_api.reports import Name, Number
from admin_api.schemas.meetings import Meeting
from admin_api.schemas.reports import NewReport, ReportOut
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition
from complaints.measuring import listing
from complaints.measuring.facts import ALL
from complaints.measuring.periods import WRITTEN, Period
from complaints.measuring.reports import State
from complaints.roles import Role
from complaints.wording.terms import KINDS, STATUSES, term
from data.database import reading

FIGURES = f"{shell.HOME}/figures"
REPORTS = f"{shell.HOME}/reports"
UNMADE = (State.WAITING, State.RUNNING)
# Which breakdown each list of the report stands for, and what it is called.
TABLES = {
    "sections": ("section", "課室"),
    "kinds": ("kind", "種類"),
    "topics": ("topic", "主題"),
    "villages": ("village", "里"),
    "channels": ("channel", "管道"),
    "outcomes": ("outcome", "結果"),
}
# The columns of the table by section, and of the shorter ones.
WIDE = (
    "carried_over",
    "received",
    "reopened",
    "split",
    "closed",
    "closed_on_time",
    "closed_late",
    "on_time_rate",
    "transferred_out",
    "not_processed",
    "merged",
    "withdrawn",
    "open_end",
    "open_overdue",
    "mean_days",
    "median_days",
    "p90_days",
)
SHORT = ("received", "closed", "closed_late", "on_time_rate", "open_end", "open_overdue")
OF_OUTCOMES = ("closed", "transferred_out", "not_processed", "merged", "withdrawn")
CHOICES = 14  # months on offer

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was done."""

    problem: str = ""
    status: int = 200
    period: str = ""
    reason: str = ""
    done: str = ""


@router.get("/figures")
def show_figures(
    door: AtDoor, session: InSession, period: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """The figures of a period, each number leading to its cases, with their definitions."""
    policy.require(session.officer, Verb.READ_FIGURES)
    today = office_date(door.clock())
    if period and not re.fullmatch(WRITTEN, period):
        return shell.plain(_(figure_words.NOT_A_PERIOD), 422)
    wanted = Period.read(period or f"{today:%Y-%m}")
    shown = _gathered(door, wanted)
    return shell.page(
        "figures.html",
        door,
        session,
        report=shown,
        period=wanted,
        before=wanted.previous(),
        year_before=wanted.year_before(),
        title=wanted.title(language.current()),
        columns=monthly.columns(language.current()),
        tables=TABLES,
        wide=WIDE,
        short=SHORT,
        of_outcomes=OF_OUTCOMES,
        named=_named(door),
        periods=_periods(today),
        charts=charts.DRAWN,
        figure_words=figure_words,
        counts=_counts_cases,
        has_evidence=re.fullmatch(evidence.HALF_OR_YEAR, wanted.key) is not None,
    )


@router.get("/figures/{period}.csv")
def read_figures_csv(period: Written, door: AtDoor, session: InSession) -> Response:
    """The same figures as CSV."""
    policy.require(session.officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        today = office_date(door.clock())
        report = monthly.figures(tx, Period.read(period), today=today)
    headers = {"Content-Disposition": f'attachment; filename="civicline-{period}.csv"'}
    return Response(monthly.as_csv(report), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/figures/{period}/evidence.{written}")
def read_evidence(
    period: Long, written: evidence.Format, door: AtDoor, session: InSession
) -> Response:
    """The spreadsheet for the yearly review."""
    return evidence.send(door, session.officer, Period.read(period), written)


@router.get("/figures/{period}/charts/{name}.svg")
def show_chart(
    period: Written,
    name: Annotated[str, Path(max_length=20)],
    door: AtDoor,
    session: InSession,
) -> Response:
    """A chart of the period; its table stands beside it on the page."""
    policy.require(session.officer, Verb.READ_FIGURES)
    if name not in charts.DRAWN:
        return shell.plain(_(figure_words.NO_CHART), 404)
    drawn = charts.DRAWN[name](_gathered(door, Period.read(period)))
    return Response(drawn.svg, media_type=charts.MEDIA_TYPE, headers=shell.HEADERS)


@router.get("/figures/{period}/cases")
def show_cases(
    period: Written,
    door: AtDoor,
    session: InSession,
    column: Annotated[str, Query(max_length=30)] = "received",
    breakdown: Annotated[str, Query(max_length=10)] = ALL,
    heading: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """The cases a number counts, as far as this officer may see them."""
    policy.require(session.officer, Verb.READ_FIGURES)
    wanted = listing.Wanted(Period.read(period), column, breakdown, heading)
    today = office_date(door.clock())
    with reading(door.engine) as tx:
        found = listing.cases_of(tx, wanted, today=today, after=after)
        listed = monthly.listed(tx, found, session.officer, now=door.clock())
    spoken = language.current()
    return shell.page(
        "figures_cases.html",
        door,
        session,
        listed=listed,
        wanted=wanted,
        title=wanted.period.title(spoken),
        column=monthly.columns(spoken)[column],
        under=_named(door)(breakdown, heading),
        kinds={kind.value: term(pair, spoken) for kind, pair in KINDS.items()},
        statuses={status.value: term(pair, spoken) for status, pair in STATUSES.items()},
    )


@router.get("/reports")
def show_reports(
    door: AtDoor, session: InSession, period: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """The reports so far, and the form to have one made."""
    return _reports_page(door, session, Sheet(period=period))


@router.post("/reports")
def ask_report(door: AtDoor, form: AsFilled) -> Response:
    """Have a report made, and watch it."""
    period, reason = form.text("period"), form.text("reason")
    try:
        body = NewReport(period=period, reason=reason)
        made = reports.ask(door, form.officer, form.key, body)
    except ValidationError:
        sheet = Sheet(_(figure_words.NOT_A_PERIOD), 422, period, reason)
        return _reports_page(door, form.session, sheet)
    except IncompletePetition:
        sheet = Sheet(_(figure_words.NEEDS_REASON), 422, period, reason)
        return _reports_page(door, form.session, sheet)
    except tuple(errors.PROBLEMS) as error:
        found = errors.describe(error)
        if found is None or isinstance(error, policy.Forbidden):
            raise
        sheet = Sheet(language.half(found.title), found.status, period, reason)
        return _reports_page(door, form.session, sheet)
    return RedirectResponse(f"{REPORTS}/{made.body['id']}", status_code=303)


@router.get("/reports/{number}")
def show_report(
    number: Number,
    door: AtDoor,
    session: InSession,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """How far a report is, its files, what it corrects, and the form to publish it."""
    return _report_page(number, door, session, Sheet(done=done))


@router.get("/reports/{number}/files/{name}")
def read_file(number: Number, name: Name, door: AtDoor, session: InSession) -> Response:
    """A file of a report as it was made."""
    return reports.send(door, session.officer, number, name)


@router.post("/reports/{number}/publish")
def publish(number: Number, door: AtDoor, form: AsFilled) -> Response:
    """Publish a report; it stays as it is from now on."""
    try:
        reports.publish(door, form.officer, form.key, number)
    except tuple(errors.PROBLEMS) as error:
        found = errors.describe(error)
        if found is None or isinstance(error, policy.Forbidden):
            raise
        told = figure_words.REFUSED.get(type(error))
        text = _(told) if told else language.half(found.title)
        return _report_page(number, door, form.session, Sheet(text, found.status))
    return RedirectResponse(f"{REPORTS}/{number}?done=published", status_code=303)


# --- inside ---------------------------------------------------------------------------------
def _gathered(door: StaffDoor, period: Period) -> Meeting:
    with reading(door.engine) as tx:
        words = door.shelf.current(tx).words
        return meeting.gather(tx, meeting.Asked(door.office_name, period, words, door.clock()))


def _named(door: StaffDoor) -> Any:
    """What a heading is called in the page's language."""
    with reading(door.engine) as tx:
        names: dict[str, Mapping[str, tuple[str, str]]] = {
            name: monthly.names_of(tx, name) for name in monthly.BREAKDOWNS
        }

    def named(breakdown: str, heading: str) -> str:
        pair = names.get(breakdown, {}).get(heading)
        return term(pair, language.current()) if pair else heading

    return named


def _periods(today: date) -> list[tuple[str, str]]:
    """What the form offers: the last months, and the longer periods that have begun."""
    spoken, month = language.current(), Period.month(today.year, today.month)
    months = [month]
    while len(months) < CHOICES:
        months.append(months[-1].previous())
    year = today.year
    keys = [f"{each}-B{n}" for each in (year, year - 1) for n in range(6, 0, -1)]
    keys += [f"{each}{half}" for each in (year, year - 1) for half in ("-H2", "-H1", "")]
    longer = [one for one in map(Period.read, keys) if one.start <= today]
    return [(one.key, one.title(spoken)) for one in (*months, *longer)]


def _counts_cases(value: float | None) -> bool:
    """Whether a number has cases behind it to look at."""
    return bool(value)


def _reports_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    rows = reports.look(door, session.officer)
    today = office_date(door.clock())
    return shell.page(
        "reports.html",
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        rows=rows,
        titles=_titles(rows),
        typed=sheet,
        periods=_periods(today),
        may_ask=Role(session.officer.role) in policy.MAY[Verb.MEASURE],
        figure_words=figure_words,
        key=lambda: secrets.token_hex(16),
    )


def _report_page(number: int, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    row = reports.out(reports.look_at(door, session.officer, number))
    over = Period.read(row.period).end < office_date(door.clock())
    return shell.page(
        "report.html",
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        done=_(figure_words.DONE.get(sheet.done, "")),
        report=row,
        title=_titles([row])[row.period],
        unmade=row.state in UNMADE,
        over=over,
        may_publish=Role(session.officer.role) in policy.MAY[Verb.MEASURE],
        figure_words=figure_words,
        key=lambda: secrets.token_hex(16),
    )


def _titles(rows: list[ReportOut]) -> dict[str, str]:
    return {row.period: Period.read(row.period).title(language.current()) for row in rows}
