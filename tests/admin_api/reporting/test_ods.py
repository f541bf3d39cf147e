"""The ODS holds the meeting's numbers as numbers, its dates as dates, its texts as texts."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZIP_STORED, ZipFile

import pytest

from admin_api.reporting import ods, sheets
from admin_api.schemas.meetings import Meeting
from tests.admin_api.reporting import sample
from tests.admin_api.reporting.told import Grid, Value, every_value, looked_up

NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
}
OFFICE, TABLE = f"{{{NAMES['office']}}}", f"{{{NAMES['table']}}}"


def content(made: bytes) -> ET.Element:
    with ZipFile(BytesIO(made)) as parts:
        return ET.fromstring(parts.read("content.xml"))


def read(made: bytes) -> dict[str, Grid]:
    return {
        table.attrib[f"{TABLE}name"]: [
            [_value(cell) for cell in row.iterfind("table:table-cell", NAMES)]
            for row in table.iterfind(".//table:table-row", NAMES)
        ]
        for table in content(made).iterfind(".//table:table", NAMES)
    }


def cells(made: bytes) -> Iterator[ET.Element]:
    return content(made).iterfind(".//table:table-cell", NAMES)


def _value(cell: ET.Element) -> Value:
    kind = cell.attrib.get(f"{OFFICE}value-type")
    if kind == "date":
        return date.fromisoformat(cell.attrib[f"{OFFICE}date-value"])
    if kind in ("float", "percentage"):
        return float(cell.attrib[f"{OFFICE}value"])
    return "\n".join("".join(line.itertext()) for line in cell.iterfind("text:p", NAMES))


@pytest.mark.parametrize("month", [sample.meeting(), sample.corrected(), sample.empty()])
def test_every_value_reads_back_as_the_meeting_has_it(month: Meeting) -> None:
    book = read(ods.make(month))
    for told in every_value(month):
        found = looked_up(book, told)
        assert found == told.value, told
        assert isinstance(found, date) == isinstance(told.value, date)


@pytest.mark.parametrize("month", [sample.meeting(), sample.empty()])
def test_every_cell_of_every_table_is_there(month: Meeting) -> None:
    book = read(ods.make(month))
    wanted = sheets.sheets(month)
    assert list(book) == [one.name for one in wanted]
    for sheet in wanted:
        assert book[sheet.name][0] == [one.title for one in sheet.columns]
        told = [["–" if cell.value is None else cell.value for cell in row] for row in sheet.rows]
        assert book[sheet.name][1 : len(told) + 1] == told


def test_the_kind_of_file_stands_first_and_uncompressed() -> None:
    with ZipFile(BytesIO(ods.make(sample.meeting()))) as parts:
        first = parts.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", ZIP_STORED)
        assert parts.read(first) == b"application/vnd.oasis.opendocument.spreadsheet"


def test_a_text_like_a_formula_stays_a_text() -> None:
    found = list(cells(ods.make(sample.meeting())))
    assert not [one for one in found if f"{TABLE}formula" in one.attrib]
    formulas = [one for one in found if _value(one) == sample.FORMULA]
    assert [one.attrib[f"{OFFICE}value-type"] for one in formulas] == ["string"] * 2


def test_shares_are_percentages_and_dates_are_the_republics() -> None:
    made = ods.make(sample.meeting())
    kinds = {one.attrib.get(f"{OFFICE}value-type") for one in cells(made)}
    assert {"float", "percentage", "date", "string"} <= kinds
    style = content(made).find(".//number:date-style", NAMES)
    assert style is not None
    assert {one.attrib.get(f"{{{NAMES['number']}}}calendar") for one in style} == {"ROC", None}


def test_every_style_that_is_used_is_there() -> None:
    root = content(ods.make(sample.corrected()))
    used = {
        one.attrib[f"{TABLE}style-name"]
        for one in root.iter()
        if f"{TABLE}style-name" in one.attrib
    }
    name = f"{{{NAMES['style']}}}name"
    known = {one.attrib[name] for one in root.iterfind(".//style:style", NAMES)}
    assert used <= known


def test_headings_are_bold_and_repeated() -> None:
    root = content(ods.make(sample.meeting()))
    for table in root.iterfind(".//table:table", NAMES):
        heads = table.findall("table:table-header-rows/table:table-row/table:table-cell", NAMES)
        assert heads
        assert {one.attrib[f"{TABLE}style-name"] for one in heads} <= {"head", "head-right"}


def test_blanks_and_signs_of_a_text_are_kept() -> None:
    told = "甲  乙 <b>&amp;\"'\n丙"
    month = sample.meeting(late=[sample.late_case(1, cause=told)])
    cell = next(one for one in cells(ods.make(month)) if "甲" in "".join(one.itertext()))
    lines = ["".join(line.itertext()) for line in cell.iterfind("text:p", NAMES)]
    assert lines == ["甲 乙 <b>&amp;\"'", "丙"]
    assert cell.find("text:p/text:s", NAMES) is not None
