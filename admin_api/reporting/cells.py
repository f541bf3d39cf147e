"""Tables of the report before they are of any format: cells know what kind of thing they hold."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from complaints.wording.terms import ROC_OFFSET

Value = str | int | float | date | None
NOTHING = "–"  # where there was nothing to divide by
# What XML cannot hold, and what steers a printer instead of being seen.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class Form(StrEnum):
    """How a value is shown; a change carries its sign."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    DAYS = "days"
    GRADE = "grade"
    DATE = "date"
    COUNT_CHANGE = "count_change"
    SHARE_CHANGE = "share_change"
    DAYS_CHANGE = "days_change"
    GRADE_CHANGE = "grade_change"


CHANGE_OF = {
    Form.COUNT: Form.COUNT_CHANGE,
    Form.SHARE: Form.SHARE_CHANGE,
    Form.DAYS: Form.DAYS_CHANGE,
    Form.GRADE: Form.GRADE_CHANGE,
}


# Decimals of numbers; a change has those of what changed.
DECIMALS = {Form.TEXT: 0, Form.DATE: 0, Form.COUNT: 0, Form.SHARE: 1, Form.DAYS: 1, Form.GRADE: 2}
DECIMALS |= {change: DECIMALS[form] for form, change in CHANGE_OF.items()}
SHARES = (Form.SHARE, Form.SHARE_CHANGE)


@dataclass(frozen=True)
class Cell:
    """A value and how it is shown; None is shown as a dash, an empty text as nothing."""

    value: Value
    form: Form = Form.TEXT


@dataclass(frozen=True)
class Column:
    """A heading, and about how many full-width characters its cells need."""

    title: str
    width: float = 4
    numeric: bool = True


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table of the report; a row of a single cell is a heading across all columns.

    `number` like 1-2 and `name` make the name of its sheet. `total` tells that the last row is the
    sum; `defined` are terms with their definitions, printed under it.
    """

    number: str
    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    defined: tuple[tuple[str, str], ...] = ()
    total: bool = False
    empty: str = "本期無。"
    note: str = ""

    @property
    def title(self) -> str:
        """How it is called in print."""
        return f"表 {self.number}　{self.name}"

    @property
    def sheet(self) -> str:
        """How its sheet is called."""
        return f"{self.number} {self.name}"


@dataclass(frozen=True)
class Picture:
    """A chart, as a drawing that needs nothing but its fonts, and what it shows in words."""

    name: str
    title: str
    told: str
    svg: str = field(repr=False)


@dataclass(frozen=True)
class Part:
    """A part of the report: sentences, charts and tables in the order of reading."""

    title: str
    blocks: tuple[str | Picture | Table, ...]

    @property
    def tables(self) -> list[Table]:
        return [one for one in self.blocks if isinstance(one, Table)]


def text(given: str) -> Cell:
    """A cell of words."""
    return Cell(readable(given))


def readable(given: str) -> str:
    """A text without what XML cannot hold and no reader sees; line breaks stay."""
    return UNSEEN.sub(" ", given.replace("\r\n", "\n"))


def printed(cell: Cell) -> str:
    """A cell as it is read on paper: 1,234; 95.5%; 3.4; 4.25; 115/11/05; –."""
    if cell.value is None:
        return NOTHING
    if isinstance(cell.value, date):
        return slashed(cell.value)
    if isinstance(cell.value, str):
        return cell.value
    return _number(cell.value, cell.form)


def slashed(day: date) -> str:
    """A date of the Republic in numbers: 115/11/05."""
    return f"{day.year - ROC_OFFSET}/{day.month:02}/{day.day:02}"


def in_full(day: date) -> str:
    """A date of the Republic in full: 民國115年11月5日."""
    return f"民國{day.year - ROC_OFFSET}年{day.month}月{day.day}日"


def _number(value: float, form: Form) -> str:
    decimals = DECIMALS[form]
    signed = "+" if form in CHANGE_OF.values() else ""
    scale = 100 if form in SHARES else 1
    shown = f"{_rounded(value, scale, decimals):{signed},.{decimals}f}"
    return _unsigned_zero(f"{shown}%" if form is Form.SHARE else shown)


def _rounded(value: float, scale: int, decimals: int) -> Decimal:
    """As spreadsheets round: a half goes up, of the 15 digits they keep."""
    exact = Decimal(f"{value:.15g}") * scale
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _unsigned_zero(shown: str) -> str:
    """Nothing is neither more nor less."""
    return shown if re.search("[1-9]", shown) else shown.lstrip("+-")
