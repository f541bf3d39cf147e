"""Each kind of value is printed as an office writes it, and every text can be written down."""

from datetime import date
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.reporting.cells import Cell, Form, in_full, printed, readable, text


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (1234, Form.COUNT, "1,234"),
        (0, Form.COUNT, "0"),
        (0.9551, Form.SHARE, "95.5%"),
        (1, Form.SHARE, "100.0%"),
        (3.25, Form.DAYS, "3.3"),
        (3.05, Form.DAYS, "3.1"),
        (0.0625, Form.SHARE, "6.3%"),
        (-0.25, Form.DAYS_CHANGE, "-0.3"),
        (1234567.0, Form.COUNT, "1,234,567"),
        (7, Form.DAYS, "7.0"),
        (4.0667, Form.GRADE, "4.07"),
        (date(2026, 11, 5), Form.DATE, "115/11/05"),
        (date(2010, 1, 5), Form.DATE, "99/01/05"),
        (12, Form.COUNT_CHANGE, "+12"),
        (-1200, Form.COUNT_CHANGE, "-1,200"),
        (0, Form.COUNT_CHANGE, "0"),
        (0.0123, Form.SHARE_CHANGE, "+1.2"),
        (-0.0001, Form.SHARE_CHANGE, "0.0"),
        (-0.04, Form.DAYS_CHANGE, "0.0"),
        (-0.25, Form.GRADE_CHANGE, "-0.25"),
        (None, Form.SHARE, "–"),
        ("=1+1", Form.TEXT, "=1+1"),
        ("", Form.TEXT, ""),
    ],
)
def test_a_value_is_printed_by_its_kind(value: int, form: Form, shown: str) -> None:
    assert printed(Cell(value, form)) == shown


def test_a_date_in_full() -> None:
    assert in_full(date(2026, 11, 5)) == "民國115年11月5日"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_written_as_xml(told: str) -> None:
    shown = readable(told)
    assert ET.fromstring(f"<a>{escape(shown)}</a>").text in (shown, None)
    assert readable(shown) == shown


def test_line_breaks_stay_and_signs_that_steer_do_not() -> None:
    assert text("甲\r\n乙\x07丙\x0b丁").value == "甲\n乙 丙 丁"
