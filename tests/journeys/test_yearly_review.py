"""What the yearly review of the office asks for, in one file."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_api.accounts import named
from complaints import handling
from complaints.measuring import following
from complaints.states import Outcome
from data.database import transaction
from faq.keeping.tables import Entry
from tests.admin_api.console.test_pages import LOGIN, show, submit
from tests.admin_api.reporting import test_ods as ods
from tests.journeys.world import World
from tests.makers import NOON, PASSWORD, answer_case, make_case

DAY = timedelta(days=1)
SHEETS = ["項目總表", "各月趨勢", "逾期原因與改善對策", "列管事項", "定義"]


def a_late_case(tx: Session) -> str:
    """A case of November answered a day late, of which the citizen thought little."""
    head = named(tx, "director")
    case = make_case(tx, now=NOON - 20 * DAY)  # Friday the 6th; due on the 16th
    answer_case(tx, case, head, NOON - 9 * DAY)  # Tuesday the 17th
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="已處理",
        by=head,
        cause="等候會勘",
        measure="每週排定會勘",
        version=case.version,
        now=NOON - 8 * DAY,
    )
    handling.rate(tx, case.case_no, 2, now=NOON - 8 * DAY)
    return case.case_no


def downloaded(world: World, period: str) -> dict[str, bytes]:
    """The files the page of the figures links to for the yearly review, by ending."""
    page = show(world.browser, f"/staff/figures?period={period}")
    links = [str(one["href"]) for one in page.all("a") if "/evidence." in (one["href"] or "")]
    assert links == [f"/staff/figures/{period}/evidence.{one}" for one in ("ods", "xlsx")]
    found = [world.browser.get(link) for link in links]
    assert [one.status_code for one in found] == [200, 200]
    return {"ods": found[0].content, "xlsx": found[1].content}


def as_xlsx(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    return {
        sheet.title: [[_plain(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book
    }


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def row(rows: list[list[Any]], first: str) -> list[Any]:
    return next(one for one in rows if one and one[0] == first)


@pytest.mark.parametrize("period", ["2026", "2026-H2"])
def test_50_the_evidence_of_a_year_in_one_file(world: World, period: str) -> None:
    with transaction(world.office.engine) as tx:
        number = a_late_case(tx)
        given = {"period": "2026-10", "text": f"檢討 {number} 之會勘流程", "section": "civil"}
        following.decide(tx, **given, due_on=date(2026, 11, 27), by=named(tx, "director"), now=NOON)
        in_service = select(func.count()).select_from(Entry).where(Entry.retired.is_(False))
        entries = tx.scalar(in_service)
    world.citizen().says("身分證遺失要怎麼補領")
    form = show(world.browser, LOGIN).form("/login")
    assert submit(world.browser, form, username="director", password=PASSWORD).status_code == 303

    files = downloaded(world, period)
    for book in (as_xlsx(files["xlsx"]), ods.read(files["ods"])):
        assert list(book) == SHEETS
        items = book["項目總表"]
        assert [row(items, one)[1] for one in ("題庫數", "題庫複查率")] == [entries, 1]
        assert row(items, "逾期未複查題數")[1] == 0
        assert [row(items, one)[1] for one in ("本期受理", "逾限辦結", "如期辦結率")] == [1, 1, 0]
        assert [row(items, one)[1] for one in ("滿意度邀請", "滿意度回收率")] == [1, 1]
        assert row(items, "辦理過程信賴區間下限")[1] == "–"  # one grade is nobody's
        assert [row(items, one)[1] for one in ("低分複查件數", "低分複查率")] == [1, 0]
        assert [row(items, one)[1] for one in ("提問數", "答得出率")] == [1, 1]
        months = [one[0] for one in book["各月趨勢"][1:] if one and str(one[0]).startswith("民國")]
        assert months[-1] == "民國115年11月"
        assert months[0] == ("民國115年7月" if period == "2026-H2" else "民國115年1月")
        late = dict(zip(*book["逾期原因與改善對策"][:2], strict=True))
        assert (late["案號"], late["逾期天數"]) == (number, 1)
        assert (late["逾期原因"], late["改善對策"]) == ("等候會勘", "每週排定會勘")
        assert late["期限"] == date(2026, 11, 16)
        decided = dict(zip(*book["列管事項"][:2], strict=True))
        assert (decided["連結案號"], decided["期限"]) == (number, date(2026, 11, 27))
        assert {"逾期天數", "如期辦結率", "題庫複查率"} <= {one[0] for one in book["定義"] if one}


def test_50_a_month_has_no_evidence_of_a_year(world: World) -> None:
    director = world.log_in("director")
    path = "/api/v1/figures/{}/evidence"
    for period in ("2026-11", "2026-B6"):
        assert world.browser.get(path.format(period), headers=director).status_code == 422
    form = show(world.browser, LOGIN).form("/login")
    submit(world.browser, form, username="director", password=PASSWORD)
    assert "匯出佐證" not in show(world.browser, "/staff/figures?period=2026-11").text
