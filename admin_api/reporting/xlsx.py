"""The report as XLSX: numbers, shares and dates as such; no text is ever taken for a formula."""

from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from admin_api.reporting.cells import NOTHING, Cell, Form, Row
from admin_api.reporting.sheets import Book, Sheet, of_meeting
from admin_api.schemas.meetings import Meeting
from complaints.clock.workdays import TAIPEI

# Texts stay texts, whatever they look like.
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
NUMBERS = {
    Form.COUNT: "#,##0",
    Form.SHARE: "0.0%",
    Form.DAYS: "0.0",
    Form.GRADE: "0.00",
    Form.DATE: "[$-404]e/mm/dd;@",  # of the Republic: 115/11/05
    Form.COUNT_CHANGE: "+#,##0;-#,##0;0",
    Form.SHARE_CHANGE: "+0.0%;-0.0%;0.0%",
    Form.DAYS_CHANGE: "+0.0;-0.0;0.0",
    Form.GRADE_CHANGE: "+0.00;-0.00;0.00",
}
FONT = {"font_name": "Microsoft JhengHei", "font_size": 11, "valign": "top"}
HEAD: dict[str, Any] = {"bold": True, "bg_color": "#eef2f7", "bottom": 1, "text_wrap": True}
LONGEST_TEXT = 32_767  # characters of a cell
WIDEST = 90  # of a column, in characters of the sheet
TREND, SUMMARY = "1-1", "1-2"


def make(meeting: Meeting) -> bytes:
    """The workbook; the same meeting always gives the same one."""
    return bind(of_meeting(meeting), months=len(meeting.months))


def bind(made: Book, *, months: int = 0) -> bytes:
    """A workbook of these sheets, with a chart of so many months where the report has them."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **PLAIN}) as written:
        created = made.made_at.astimezone(TAIPEI).replace(tzinfo=None)
        named = {"title": made.title, "author": made.office}
        written.set_properties({**named, "created": created})
        looks = Looks(written)
        pages = {one.name: _write(written, one, looks) for one in made.sheets}
        if months:
            _draw(written, pages, months)
    return content.getvalue()


class Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Format] = {}

    def of(self, form: Form = Form.TEXT, **more: Any) -> Format:
        """How a cell of this form looks."""
        key = (form, *sorted(more.items()))
        if key not in self._made:
            number = {"num_format": NUMBERS[form]} if form in NUMBERS else {"text_wrap": True}
            self._made[key] = self._book.add_format({**FONT, **number, **more})
        return self._made[key]


def put(page: Worksheet, line: int, place: int, cell: Cell, looks: Format) -> None:
    """Write a cell as what it is."""
    if cell.value is None:
        page.write_string(line, place, NOTHING, looks)
    elif cell.value == "":
        page.write_blank(line, place, None, looks)
    elif isinstance(cell.value, str):
        page.write_string(line, place, cell.value[:LONGEST_TEXT], looks)
    elif isinstance(cell.value, (int, float)):
        page.write_number(line, place, cell.value, looks)
    else:
        page.write_datetime(line, place, cell.value, looks)


def _write(book: Workbook, sheet: Sheet, looks: Looks) -> Worksheet:
    page = book.add_worksheet(sheet.name)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, min(WIDEST, 2.2 * column.width + 3))
        align = "right" if column.numeric else "left"
        page.write_string(0, place, column.title, looks.of(Form.TEXT, **HEAD, align=align))
    last = len(sheet.rows)
    for line, row in enumerate(sheet.rows, 1):
        heading = len(row) == 1 < len(sheet.columns)
        _write_row(page, line, row, looks, bold=heading or (sheet.total and line == last))
    for line, row in enumerate(sheet.below, last + 2):
        page.write_string(line, 0, str(row[0].value), looks.of(text_wrap=False))
    _lay_out(page)
    return page


def _write_row(page: Worksheet, line: int, row: Row, looks: Looks, *, bold: bool) -> None:
    for place, cell in enumerate(row):
        dash = {"align": "right"} if cell.value is None else {}
        strong = {"bold": True} if bold else {}
        put(page, line, place, cell, looks.of(cell.form, **strong, **dash))


def _lay_out(page: Worksheet) -> None:
    """The headings stay in view and stand on each printed page, which is as wide as the sheet."""
    page.freeze_panes(1, 1)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)


def _draw(book: Workbook, pages: dict[str, Worksheet], months: int) -> None:
    """A chart of the sheet of months, on the sheet that compares."""
    trend = next(name for name in pages if name.startswith(TREND))
    summary = next(name for name in pages if name.startswith(SUMMARY))
    chart = book.add_chart({"type": "column"})
    rates = book.add_chart({"type": "line"})
    for place, fill in ((1, "#17497f"), (2, "#a8480b")):
        chart.add_series({**_series(trend, place, months), "fill": {"color": fill}})
    line = {"color": "#1f2430", "width": 1.5}
    rates.add_series({**_series(trend, 4, months), "y2_axis": True, "line": line})
    rates.set_y2_axis({"min": 0, "max": 1, "num_format": "0%"})
    chart.combine(rates)
    chart.set_title({"name": "各月受理、辦結與如期辦結率"})
    chart.set_size({"width": 760, "height": 340})
    pages[summary].insert_chart(1, 8, chart)


def _series(sheet: str, place: int, months: int) -> dict[str, Any]:
    return {
        "name": [sheet, 0, place],
        "categories": [sheet, 1, 0, months, 0],
        "values": [sheet, 1, place, months, place],
    }
