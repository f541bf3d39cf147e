"""The month of both domains as one report; rows for CSV."""

import csv
from dataclasses import asdict
from datetime import date, datetime, time
from io import StringIO

from sqlalchemy.orm import Session

from admin_api.errors import FutureMonth
from admin_api.schemas.figures import CaseFigures, FaqFigures, MonthOut
from complaints import figures as cases
from complaints.clock.workdays import TAIPEI
from complaints.wording.terms import ROC_OFFSET, term
from faq.keeping import figures as questions

TOTAL = "合計"
COLUMNS: dict[str, str] = {
    "carried_over": "上期未結",
    "received": "本期受理",
    "reopened": "再處理",
    "split": "拆出",
    "closed": "辦結",
    "closed_on_time": "如期辦結",
    "closed_late": "逾限辦結",
    "transferred_out": "移轉他機關",
    "not_processed": "不予處理",
    "merged": "併案",
    "withdrawn": "撤案",
    "open_end": "期末未結",
    "open_overdue": "未結已逾限",
    "extensions": "展期次數",
    "improved": "確認改善",
    "promises_kept": "承諾兌現",
    "promises_missed": "承諾未兌現",
    "refused_twice": "二次退回",
    "suggestions_closed": "建議結案",
    "suggestions_adopted": "建議採納",
    "adoption_rate": "建議採納率",
    "on_time_rate": "如期辦結率",
    "mean_days": "平均處理天數",
    "median_days": "處理天數中位數",
    "satisfaction_answers": "滿意度填答數",
    "mean_satisfaction": "平均滿意度",
}
IN_ENGLISH: dict[str, str] = {
    "carried_over": "Brought forward",
    "received": "Received",
    "reopened": "Reopened",
    "split": "Split off",
    "closed": "Closed",
    "closed_on_time": "Closed on time",
    "closed_late": "Closed late",
    "transferred_out": "Transferred to another agency",
    "not_processed": "Not processed",
    "merged": "Merged",
    "withdrawn": "Withdrawn",
    "open_end": "Open at the end",
    "open_overdue": "Open and overdue",
    "extensions": "Extensions",
    "improved": "Improvement confirmed",
    "promises_kept": "Promises kept",
    "promises_missed": "Promises missed",
    "refused_twice": "Returned twice",
    "suggestions_closed": "Suggestions closed",
    "suggestions_adopted": "Suggestions adopted",
    "adoption_rate": "Share of suggestions adopted",
    "on_time_rate": "Share closed on time",
    "mean_days": "Mean days taken",
    "median_days": "Median days taken",
    "satisfaction_answers": "Satisfaction answers",
    "mean_satisfaction": "Mean satisfaction",
}
NO_DENOMINATOR = "–"


def month(tx: Session, year: int, number: int, *, today: date) -> MonthOut:
    """The figures of a month; raises FutureMonth, or ValueError for what is no month."""
    period = cases.Period.month(year, number)
    if period.start > today:
        raise FutureMonth(f"{year}-{number:02}")
    counted = cases.of_period(tx, period)
    start = datetime.combine(period.start, time(), TAIPEI)
    asked = questions.of_period(tx, start, period.until())
    return MonthOut(
        month=f"{year}-{number:02}",
        title=f"民國{year - ROC_OFFSET}年{number}月",
        complete=period.end < today,
        total=CaseFigures(**counted.total.as_dict()),
        by_section={
            name: CaseFigures(**one.as_dict()) for name, one in sorted(counted.by_section.items())
        },
        received_by_kind=dict(counted.received_by_kind),
        received_by_channel=dict(counted.received_by_channel),
        closed_by_outcome=dict(counted.closed_by_outcome),
        questions=FaqFigures(**asdict(asked)),
    )


def columns(language: str) -> dict[str, str]:
    """The columns with their names in "zh" or "en"."""
    return {name: term((told, IN_ENGLISH[name]), language) for name, told in COLUMNS.items()}


def title(report: MonthOut, language: str) -> str:
    """The month of a report: 民國115年11月, or November 2026."""
    first = date.fromisoformat(f"{report.month}-01")
    return term((report.title, f"{first:%B %Y}"), language)


def as_csv(report: MonthOut) -> str:
    """One row a section and one for all, with a BOM so that a spreadsheet reads the Chinese."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow(["課室", *COLUMNS.values()])
    for name, figures in [*report.by_section.items(), (TOTAL, report.total)]:
        plain = figures.model_dump()
        table.writerow([safe_cell(name), *(shown(plain[column]) for column in COLUMNS)])
    return "\ufeff" + out.getvalue()


def shown(value: float | None) -> str:
    """A figure as printed; "–" where there was nothing to divide by."""
    if value is None:
        return NO_DENOMINATOR
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def safe_cell(text: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
