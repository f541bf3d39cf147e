"""The workbook holds the meeting's numbers as numbers, its dates as dates, its texts as texts."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from admin_api.reporting import sheets, xlsx
from admin_api.reporting.cells import Form
from admin_api.schemas.meetings import Meeting
from tests.admin_api.reporting import sample
from tests.admin_api.reporting.told import Grid, every_value, looked_up


def read(content: bytes) -> dict[str, Grid]:
    book = openpyxl.load_workbook(BytesIO(content))
    return {
        page.title: [[_day(value) for value in row] for row in page.iter_rows(values_only=True)]
        for page in book
    }


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


@pytest.mark.parametrize("month", [sample.meeting(), sample.corrected(), sample.empty()])
def test_every_value_reads_back_as_the_meeting_has_it(month: Meeting) -> None:
    book = read(xlsx.make(month))
    for told in every_value(month):
        found = looked_up(book, told)
        same = pytest.approx(told.value, rel=1e-15) if isinstance(told.value, float) else told.value
        assert found == same, told  # the format keeps 16 digits
        assert isinstance(found, date) == isinstance(told.value, date)


@pytest.mark.parametrize("month", [sample.meeting(), sample.empty()])
def test_every_cell_of_every_table_is_there(month: Meeting) -> None:
    book = read(xlsx.make(month))
    wanted = sheets.sheets(month)
    assert list(book) == [one.name for one in wanted]
    for sheet in wanted:
        grid = book[sheet.name]
        assert grid[0][: len(sheet.columns)] == [one.title for one in sheet.columns]
        for row, found in zip(sheet.rows, grid[1:], strict=False):
            for cell, value in zip(row, found, strict=False):
                if isinstance(cell.value, float):
                    assert value == pytest.approx(cell.value, rel=1e-15)
                else:
                    assert value == (
                        "–" if cell.value is None else None if cell.value == "" else cell.value
                    )


def test_a_text_like_a_formula_stays_a_text() -> None:
    book = openpyxl.load_workbook(BytesIO(xlsx.make(sample.meeting())))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sum(cell.value == sample.FORMULA for cell in cells) == 2


def test_dates_are_shown_as_the_republic_counts() -> None:
    book = openpyxl.load_workbook(BytesIO(xlsx.make(sample.meeting())))
    cell = book["4-1 逾期案件"]["D2"]
    assert cell.is_date
    assert cell.number_format == xlsx.NUMBERS[Form.DATE]


def test_headings_stay_in_view_and_the_summary_has_a_chart() -> None:
    book = openpyxl.load_workbook(BytesIO(xlsx.make(sample.meeting())))
    assert all(page.freeze_panes == "B2" for page in book)
    with ZipFile(BytesIO(xlsx.make(sample.meeting()))) as parts:
        assert "xl/charts/chart1.xml" in parts.namelist()
    with ZipFile(BytesIO(xlsx.make(sample.empty()))) as parts:
        assert "xl/charts/chart1.xml" not in parts.namelist()


def test_the_sheet_of_definitions_tells_both_languages_and_the_correction() -> None:
    rows = read(xlsx.make(sample.corrected()))[sheets.ABOUT]
    told = [cell for row in rows for cell in row]
    assert "closed with a reply in the period" in told
    assert "本期答復並結案的案件" in told
    assert "第 2 次更正" in told
    assert "本期尚未結束，統計至民國115年10月20日止，數字仍會變動。" in told


def test_the_same_meeting_gives_the_same_file() -> None:
    assert xlsx.make(sample.meeting()) == xlsx.make(sample.meeting())


def test_a_text_longer_than_a_cell_is_cut() -> None:
    month = sample.meeting(late=[sample.late_case(1, cause="長" * 40_000)])
    assert read(xlsx.make(month))["4-1 逾期案件"][1][7] == "長" * 32_767
