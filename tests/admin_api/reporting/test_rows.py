"""A row for each case: safe to open, dates as dates, little of a confidential case."""

import csv
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from admin_api.reporting import rows
from complaints.measuring.facts import CLOSED_CIRCLE
from tests.admin_api.reporting import sample


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "cases.csv", tmp_path / "cases.xlsx"
    rows.write(sample.rows(5), *paths)
    return paths


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_begins_with_a_mark_and_its_headings(made: tuple[Path, Path]) -> None:
    content = made[0].read_bytes()
    assert content.startswith("\ufeff案號,種類,主題,".encode())
    assert content.count("\ufeff".encode()) == 1


def test_a_row_is_told_in_chinese(made: tuple[Path, Path]) -> None:
    first, second, *_ = read(made[0])
    assert list(first) == list(rows.HEADINGS)
    assert list(first.values()) == [
        *("WH-1151001-0000", "陳情", "小型工程與水溝", "Telegram", "'=1+1", "工務課"),
        *("2026-10-01", "2026-10-09", "2026-10-08", "2026-10-08"),
        *("獲致解決", "4.0", "是", "0", "0", "5", ""),
    ]
    assert (second["結案日"], second["如期"], second["處理天數"]) == ("", "否", "")


def test_the_closed_circles_headings_are_hidden(made: tuple[Path, Path]) -> None:
    last = read(made[0])[-1]
    assert {last[name] for name in ("主題", "管道", "里", "課室")} == {"密件"}
    assert CLOSED_CIRCLE not in made[0].read_text(encoding="utf-8-sig")


def test_the_workbook_holds_the_same(made: tuple[Path, Path]) -> None:
    page = openpyxl.load_workbook(made[1])[rows.SHEET]
    found = list(page.iter_rows(values_only=True))
    assert found[0] == rows.HEADINGS
    assert found[1][4] == "=1+1" and page["E2"].data_type == "s"
    assert page["G2"].is_date and page["G2"].value.date() == date(2026, 10, 1)
    assert found[1][11] == 4.0 and found[1][13] == 0
    assert found[2][9] is None
    assert len(found) == 6


def test_a_full_sheet_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 4)
    rows.write(sample.rows(9), tmp_path / "a.csv", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [(page.title, page.max_row) for page in book] == [
        ("案件", 5),
        ("案件 2", 5),
        ("案件 3", 2),
    ]
    assert len(read(tmp_path / "a.csv")) == 9


def test_no_case_at_all(tmp_path: Path) -> None:
    rows.write([], tmp_path / "a.csv", tmp_path / "a.xlsx")
    assert read(tmp_path / "a.csv") == []
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["案件"].max_row == 1
