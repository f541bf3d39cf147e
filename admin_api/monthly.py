"""The figures of a period of both domains, with the names of their columns and headings."""

import csv
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from io import StringIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import cases as desk
from admin_api.errors import FutureMonth
from admin_api.schemas.figures import (
    CaseFigures,
    CaseOfFigure,
    CasesOfFigure,
    FaqFigures,
    FiguresOut,
    HeadedFigures,
)
from complaints import practice
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.measuring import facts
from complaints.measuring import figures as cases
from complaints.measuring.listing import Listed
from complaints.measuring.periods import Period
from complaints.reminders import in_office_hours
from complaints.tables import Case, Citizen, Officer, Section, Village
from complaints.wording.terms import CHANNELS, KINDS, OUTCOMES, TOPICS, term
from faq.keeping import figures as questions

TOTAL = "合計"
# Column: its name in Chinese and in English.
NAMES: dict[str, tuple[str, str]] = {
    "carried_over": ("上期未結", "Brought forward"),
    "received": ("本期受理", "Received"),
    "reopened": ("再處理", "Reopened"),
    "split": ("拆出", "Split off"),
    "closed": ("辦結", "Closed"),
    "closed_on_time": ("如期辦結", "Closed on time"),
    "closed_late": ("逾限辦結", "Closed late"),
    "transferred_out": ("移轉他機關", "Transferred"),
    "transferred_late": ("逾時移轉", "Transferred late"),
    "not_processed": ("不予處理", "Not processed"),
    "merged": ("併案", "Merged"),
    "withdrawn": ("撤案", "Withdrawn"),
    "open_end": ("期末未結", "Open at the end"),
    "open_on_time": ("未結未逾限", "Open in time"),
    "open_overdue": ("未結已逾限", "Open and overdue"),
    "on_time_rate": ("如期辦結率", "On-time rate"),
    "mean_days": ("平均處理天數", "Mean days"),
    "median_days": ("處理天數中位數", "Median days"),
    "p90_days": ("九成案件處理天數", "Days for nine in ten"),
    "extended": ("展期件數", "Cases extended"),
    "closed_extended": ("展期後辦結", "Closed after an extension"),
    "open_extended": ("展期中未結", "Open with an extension"),
    "extensions": ("展期次數", "Extensions"),
    "handed_back": ("退回改分次數", "Handed back"),
    "refused_twice": ("二次退回", "Refused twice"),
    "repeats": ("同一事由再陳情", "Repeats of the same matter"),
    "reopening_rate": ("再處理率", "Reopening rate"),
    "replied": ("已答復", "Answered"),
    "improved": ("確認改善", "Improved"),
    "improvement_rate": ("確認改善率", "Improvement rate"),
    "promises_made": ("新增承諾", "Promises made"),
    "promises_kept": ("承諾兌現", "Promises kept"),
    "promises_missed": ("承諾未兌現", "Promises missed"),
    "suggestions_closed": ("建議結案", "Suggestions closed"),
    "suggestions_adopted": ("建議採納", "Suggestions adopted"),
    "adoption_rate": ("建議採納率", "Adoption rate"),
    "asked": ("滿意度邀請", "Asked for a grade"),
    "rated": ("滿意度回收", "Graded"),
    "response_rate": ("滿意度回收率", "Response rate"),
    "process_mean": ("辦理過程平均分數", "Mean grade, process"),
    "process_satisfied": ("辦理過程滿意比率", "Satisfied with the process"),
    "result_mean": ("處理結果平均分數", "Mean grade, result"),
    "result_satisfied": ("處理結果滿意比率", "Satisfied with the result"),
}
COLUMNS: dict[str, str] = {name: chinese for name, (chinese, _) in NAMES.items()}
BREAKDOWNS = (
    facts.SECTION,
    facts.KIND,
    facts.TOPIC,
    facts.VILLAGE,
    facts.CHANNEL,
    facts.OUTCOME,
)
UNKNOWN = ("未記", "Not recorded")
CLOSED_CIRCLE = ("密件", "Confidential")
NO_DENOMINATOR = "–"
FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def figures(tx: Session, period: Period, *, today: date) -> FiguresOut:
    """The figures of a period beside those of the one before and of a year ago.

    Raises FutureMonth before the period has begun.
    """
    if period.start > today:
        raise FutureMonth(period.key)
    counted = cases.of_period(tx, period, today=today)
    return FiguresOut(
        period=period.key,
        title=period.title(),
        until=counted.until,
        complete=period.end < today,
        total=as_schema(counted.total),
        previous=as_schema(cases.of_period(tx, period.previous(), today=today).total),
        year_before=as_schema(cases.of_period(tx, period.year_before(), today=today).total),
        by={name: headed(tx, counted, name) for name in BREAKDOWNS},
        questions=FaqFigures(**asdict(asked(tx, period, today))),
    )


def as_schema(one: cases.Figures) -> CaseFigures:
    """A heading's figures as they go over the wire."""
    return CaseFigures(**one.as_dict())


def headed(tx: Session, counted: cases.Counted, breakdown: str) -> list[HeadedFigures]:
    """The figures under each heading of a breakdown, by code; what is not known comes last."""
    names = names_of(tx, breakdown)
    found = counted.under(breakdown)
    codes = sorted(found, key=lambda code: (code in SPECIAL, code == facts.UNKNOWN, code))
    return [
        HeadedFigures(
            code=code,
            name=names.get(code, (code, code))[0],
            english=names.get(code, (code, code))[1],
            figures=as_schema(found[code]),
        )
        for code in codes
    ]


SPECIAL = {facts.CLOSED_CIRCLE: CLOSED_CIRCLE, facts.UNKNOWN: UNKNOWN}


def names_of(tx: Session, breakdown: str) -> Mapping[str, tuple[str, str]]:
    """What the codes of a breakdown are called, in Chinese and in English, as of now."""
    if breakdown in (facts.SECTION, facts.VILLAGE):
        table = Section if breakdown == facts.SECTION else Village
        rows = tx.execute(select(table.code, table.name))
        return {code: (name, name) for code, name in rows} | SPECIAL
    plain: Mapping[str, tuple[str, str]] = {
        str(code): pair for code, pair in TERMS[breakdown].items()
    }
    return {**plain, **SPECIAL}


TERMS: dict[str, Mapping[str, tuple[str, str]]] = {
    facts.KIND: {str(one): pair for one, pair in KINDS.items()},
    facts.TOPIC: {str(one): pair for one, pair in TOPICS.items()},
    facts.CHANNEL: CHANNELS,
    facts.OUTCOME: {str(one): pair for one, pair in OUTCOMES.items()},
}


def asked(tx: Session, period: Period, today: date) -> questions.MonthOfQuestions:
    """The questions of a period; who filed a case within three days after one is looked up."""
    calendar, choices = calendars.load(tx), practice.load(tx)

    def outside(at: datetime) -> bool:
        return office_date(at).year in calendar.years and not in_office_hours(at, calendar, choices)

    filings = _filings(tx, period.since(), period.until() + questions.SETTLED_AFTER)
    return questions.of_period(
        tx, period.since(), period.until(), filings=filings, outside=outside, today=today
    )


def _filings(tx: Session, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Who filed a petition when, by address."""
    rows = (
        select(Citizen.channel, Citizen.name, Case.received_at)
        .join(Case, Case.citizen_id == Citizen.id)
        .where(Case.received_at >= start, Case.received_at < end)
    )
    return [(f"{channel}:{name}", at) for channel, name, at in tx.execute(rows)]


def listed(tx: Session, found: Listed, officer: Officer, *, now: datetime) -> CasesOfFigure:
    """The cases of a figure that an officer may see; the others are only counted."""
    rows = tx.scalars(select(Case).where(Case.id.in_(found.cases)).order_by(Case.id)).all()
    sight = desk.sight(tx, officer, now)
    shown = [case for case in rows if sight.allows(case)]
    return CasesOfFigure(
        cases=[_of_figure(case) for case in shown],
        hidden=len(rows) - len(shown),
        next=found.next,
    )


def _of_figure(case: Case) -> CaseOfFigure:
    return CaseOfFigure(
        case_no=case.case_no,
        kind=case.kind,
        status=case.status,
        section=case.section.name,
        received_on=case.received_on,
        due_on=case.due_on,
        closed_on=case.closed_on,
    )


def columns(language: str) -> dict[str, str]:
    """The columns with their names in "zh" or "en"."""
    return {name: term(pair, language) for name, pair in NAMES.items()}


def as_csv(report: FiguresOut) -> str:
    """One row a section and one for all, with a BOM so that a spreadsheet reads the Chinese."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow(["課室", *COLUMNS.values()])
    sections = [(one.name, one.figures) for one in report.by[facts.SECTION]]
    for name, one in [*sections, (TOTAL, report.total)]:
        plain = one.model_dump()
        table.writerow([safe_cell(name), *(shown(plain[column]) for column in COLUMNS)])
    return "\ufeff" + out.getvalue()


def shown(value: float | None) -> str:
    """A figure as printed; "–" where there was nothing to divide by."""
    if value is None:
        return NO_DENOMINATOR
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def printed(value: float | None, column: str) -> str:
    """A figure as a page prints it: shares as percentages, days and grades with decimals."""
    if value is None:
        return NO_DENOMINATOR
    if column.endswith(("rate", "satisfied")):
        return f"{value:.1%}"
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"


def safe_cell(text: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
