"""The evidence of a year: what stands where, and that nothing in it divides by nothing."""

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from admin_api.reporting import evidence, ods, xlsx
from admin_api.reporting.cells import printed
from admin_api.reporting.evidence import Evidence, SecondLooks
from admin_api.schemas.meetings import Meeting
from tests.admin_api.reporting import sample
from tests.admin_api.reporting.test_ods import read

NONE = SecondLooks(0, 0, 0)


def told(meeting: Meeting, looks: SecondLooks = NONE, **given: int) -> Evidence:
    return Evidence(meeting, **({"entries": 300, "overdue": 12} | given), looks=looks)


def half(**given: Any) -> Meeting:
    """The second half of 2026 with the sample's contents."""
    usual = {"period": "2026-H2", "title": "民國115年下半年", "start": date(2026, 7, 1)}
    return sample.meeting(**(usual | {"end": date(2026, 12, 31)} | given))


def items(one: Evidence) -> dict[str, list[str]]:
    """The rows of the first sheet as printed, by their names."""
    (rows,) = (sheet.rows for sheet in evidence.book(one).sheets if sheet.name == "項目總表")
    return {str(row[0].value): [printed(cell) for cell in row[1:]] for row in rows}


def test_the_entries_are_counted_with_how_many_were_reviewed_in_time() -> None:
    found = items(told(half()))
    names = ("題庫數", "如期複查題數", "逾期未複查題數", "題庫複查率")
    assert [found[one][0] for one in names] == ["300", "288", "12", "96.0%"]
    assert items(told(half(), entries=0, overdue=0))["題庫複查率"][0] == "–"


def test_second_looks_are_told_as_a_share() -> None:
    found = items(told(half(), SecondLooks(8, 6, 5)))
    names = ("低分複查件數", "低分已複查", "低分如期複查", "低分複查率")
    assert [found[one][0] for one in names] == ["8", "6", "5", "75.0%"]
    assert items(told(half()))["低分複查率"][0] == "–"


def test_too_few_grades_are_not_told() -> None:
    found = items(told(half()))
    assert found["辦理過程滿意比率"][0] == "77.3%"
    assert found["辦理過程信賴區間下限"][0] == "63.0%"
    assert found["處理結果滿意比率"][0] == "–"


def test_the_exams_of_the_period_are_told_and_no_others() -> None:
    found = items(told(half()))
    assert [name for name in found if name.endswith("系統答案良好率")] == [
        f"115年{month}月系統答案良好率" for month in (7, 8, 9)
    ]
    assert found["115年8月書面答復良好率"][0] == "–"
    first = items(told(half(period="2026-H1")))
    assert not [name for name in first if name.endswith("良好率")]
    assert "抽測" in items(told(half(exam=None)))


def test_only_the_months_of_the_period_are_told() -> None:
    (trend,) = (one for one in evidence.book(told(half())).sheets if one.name == "各月趨勢")
    assert [row[0].value for row in trend.rows] == [f"民國115年{n}月" for n in (7, 8, 9, 10)]


def test_a_decision_leads_to_the_cases_it_names() -> None:
    one, other = sample.items()
    one.text, one.news = "檢討WH-1150921-0001與 wh-1150921-0002。", "WH-1150921-0001 已結。"
    sheets = evidence.book(told(half(items=[one, other]))).sheets
    (decided,) = (sheet for sheet in sheets if sheet.name == "列管事項")
    assert [row[-1].value for row in decided.rows] == ["WH-1150921-0001、WH-1150921-0002", ""]
    assert decided.columns[-1].title == "連結案號"
    found = items(told(half(items=[one, other])))
    assert [found[f"列管{name}"][0] for name in ("件數", "完成", "逾期")] == ["2", "1", "1"]


@pytest.mark.parametrize("meeting", [half(), sample.empty().model_copy(update={"period": "2026"})])
def test_both_files_hold_every_cell(meeting: Meeting) -> None:
    book = evidence.book(told(meeting))
    of_ods = read(ods.bind(book))
    of_xlsx = openpyxl.load_workbook(BytesIO(xlsx.bind(book)))
    assert list(of_ods) == of_xlsx.sheetnames == [one.name for one in book.sheets]
    for sheet in book.sheets:
        page = of_xlsx[sheet.name]
        for line, row in enumerate(sheet.rows, 2):
            wanted = ["–" if cell.value is None else cell.value for cell in row]
            assert of_ods[sheet.name][line - 1] == wanted
            for place, value in enumerate(wanted, 1):
                found = page.cell(line, place)
                assert found.data_type != "f"
                if isinstance(value, date):
                    assert (found.is_date, found.value.date()) == (True, value)
                else:
                    assert (found.value or "") == value or found.value == pytest.approx(value)


def test_when_it_was_made_and_what_to_heed_stand_under_it() -> None:
    (first, *_) = evidence.book(told(half(complete=False))).sheets
    below = [str(row[0].value) for row in first.below]
    assert below[0] == "統計期間：民國115年7月1日至民國115年12月31日"
    assert any("製表時間" in one for one in below)
    assert any("本期尚未結束" in one for one in below)
