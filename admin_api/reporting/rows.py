"""One row a case, for whoever counts again: CSV and XLSX, written as the rows come."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import xlsxwriter

from admin_api.monthly import safe_cell
from admin_api.reporting import naming
from admin_api.reporting.cells import Cell, Form, Row, Value, readable, text
from admin_api.reporting.xlsx import FONT, HEAD, NUMBERS, PLAIN, put
from complaints.measuring.facts import CLOSED_CIRCLE
from complaints.measuring.register import CaseRow
from complaints.routing import Topic
from complaints.states import Outcome
from complaints.wording.terms import CHANNELS, OUTCOMES, TOPICS, term

HEADINGS = (
    *("案號", "種類", "主題", "管道", "里", "課室", "受理日", "期限", "答復日", "結案日"),
    *("結果", "處理天數", "如期", "展期次數", "再處理次數", "辦理過程評分", "處理結果評分"),
)
YES, NO = "是", "否"
MOST_ROWS = 1_000_000  # of a sheet; the format ends at 1,048,576
SHEET = "案件"


def write(rows: Iterable[CaseRow], as_csv: Path, as_xlsx: Path) -> None:
    """Write both files in one pass.

    The CSV is UTF-8 with a BOM, its dates are written 2026-11-05, and no cell of it begins as a
    formula does; neither needs more memory for more rows.
    """
    with ExitStack() as stack:
        file = stack.enter_context(as_csv.open("w", encoding="utf-8-sig", newline=""))
        table = csv.writer(file)
        table.writerow(HEADINGS)
        options = {"constant_memory": True, **PLAIN}
        book = stack.enter_context(xlsxwriter.Workbook(str(as_xlsx), options))
        pages = _Pages(book)
        for row in rows:
            cells = cells_of(row)
            table.writerow([_plain(cell) for cell in cells])
            pages.add(cells)


def cells_of(row: CaseRow) -> Row:
    """A case in the order of HEADINGS; nothing is an empty text, and codes are told in Chinese."""
    days = (row.received_on, row.due_on, row.replied_on, row.closed_on)
    numbers = (row.extensions, row.reopened, row.process_grade, row.result_grade)
    return (
        text(row.case_no),
        text(naming.kind(row.kind)),
        *(text(one) for one in _headings(row)),
        *(_or_empty(day, Form.DATE) for day in days),
        text(_outcome(row.outcome)),
        _or_empty(row.days_used, Form.DAYS),
        text({True: YES, False: NO, None: ""}[row.on_time]),
        *(_or_empty(number, Form.COUNT) for number in numbers),
    )


class _Pages:
    """The sheets of a workbook: the next begins where one is full."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._looks = {
            form: book.add_format({**FONT, "num_format": NUMBERS.get(form, "@")})
            for form in (Form.TEXT, Form.DATE, Form.COUNT, Form.DAYS)
        }
        self._head = book.add_format({**FONT, **HEAD})
        self._sheets = 0
        self._begin()

    def add(self, cells: Row) -> None:
        """Write the next row."""
        if self._line == MOST_ROWS:
            self._begin()
        self._line += 1
        for place, cell in enumerate(cells):
            put(self._page, self._line, place, cell, self._looks[cell.form])

    def _begin(self) -> None:
        self._sheets += 1
        name = SHEET if self._sheets == 1 else f"{SHEET} {self._sheets}"
        self._page, self._line = self._book.add_worksheet(name), 0
        self._page.freeze_panes(1, 1)
        self._page.set_column(0, len(HEADINGS) - 1, 14)
        for place, heading in enumerate(HEADINGS):
            self._page.write_string(0, place, heading, self._head)


def _headings(row: CaseRow) -> Iterator[str]:
    """Topic, channel, village and section; of the closed circle's cases none of them."""
    told = (_topic(row.topic), _channel(row.channel), row.village, row.section)
    hidden = CLOSED_CIRCLE in (row.topic, row.channel, row.village, row.section)
    return iter((naming.CIRCLE,) * len(told) if hidden else told)


def _topic(code: str) -> str:
    return term(TOPICS[Topic(code)], "zh") if code in set(Topic) else code


def _channel(code: str) -> str:
    return term(CHANNELS[code], "zh") if code in CHANNELS else code


def _outcome(code: str) -> str:
    return term(OUTCOMES[Outcome(code)], "zh") if code in set(Outcome) else code


def _or_empty(value: Value, form: Form) -> Cell:
    return Cell("") if value is None else Cell(value, form)


def _plain(cell: Cell) -> str:
    value = cell.value
    return safe_cell(readable(value)) if isinstance(value, str) else str(value)
