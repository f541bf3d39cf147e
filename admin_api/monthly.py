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
from complaints.wording.terms import ROC_OFFSET
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
