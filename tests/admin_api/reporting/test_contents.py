"""The report holds every figure beside the ones to compare it with, and says what to heed."""

from admin_api.reporting import contents
from admin_api.reporting.cells import Cell, Form, Picture, Table, printed
from admin_api.reporting.charts import DRAWN
from admin_api.reporting.definitions import DEFINITIONS, QUESTIONS
from admin_api.reporting.naming import name_of
from admin_api.schemas.meetings import Line, Meeting, Number
from complaints.measuring.figures import Figures
from tests.admin_api.reporting import sample


def table(meeting: Meeting, number: str) -> Table:
    tables = [one for part in contents.parts(meeting) for one in part.tables]
    return next(one for one in tables if one.number == number)


def shown(found: Table) -> list[list[str]]:
    return [[printed(cell) for cell in row] for row in found.rows]


def test_the_ten_parts_in_order() -> None:
    titles = [part.title for part in contents.parts(sample.meeting())]
    assert [title[0] for title in titles] == list("一二三四五六七八九十")


def test_the_title_names_office_and_period() -> None:
    told = contents.title(sample.meeting())
    assert told == "某某市文化區公所民國115年10月人民陳情案件辦理情形報告"


def test_every_figure_is_compared_and_defined() -> None:
    columns = list(Figures().as_dict())
    rows = [row for row in shown(table(sample.meeting(), "1-2")) if len(row) > 1]
    assert sorted(row[0] for row in rows) == sorted(name_of(one) for one in columns)
    assert all(row[-1] for row in rows)


def test_a_figure_unknown_here_is_shown_all_the_same() -> None:
    month = sample.meeting()
    month.totals.now["brand_new"] = 17
    rows = shown(table(month, "1-2"))
    assert ["brand_new", "17", "–", "–", "–", "–", ""] in rows


def test_changes_are_differences() -> None:
    now, before = (
        {"closed": 12, "on_time_rate": 0.75, "mean_days": 3.0},
        {"closed": 15, "on_time_rate": 0.5, "mean_days": None},
    )
    every = sample.meeting().totals
    compared = every.model_copy(update={"now": now, "previous": before, "year_before": {}})
    found = table(sample.meeting(totals=compared), "1-2")
    row = {one[0].value: one[1:] for one in found.rows if len(one) > 1}
    assert row[name_of("closed")][2] == Cell(-3, Form.COUNT_CHANGE)
    assert row[name_of("on_time_rate")][2] == Cell(0.25, Form.SHARE_CHANGE)
    assert row[name_of("mean_days")][2] == Cell(None, Form.DAYS_CHANGE)
    assert row[name_of("closed")][4] == Cell(None, Form.COUNT_CHANGE)


def test_the_last_row_is_of_the_whole_office() -> None:
    month = sample.meeting()
    for number in ("2-1", "2-2", "3-1", "3-2", "3-3", "3-4", "5-1"):
        found = table(month, number)
        assert found.total
        columns = {name_of(column): value for column, value in month.totals.now.items()}
        name, *cells = found.rows[-1]
        assert name.value == "合計"
        assert [one.value for one in cells] == [columns[one.title] for one in found.columns[1:]]


def test_what_is_confidential_and_what_is_not_known_are_named() -> None:
    sections = [row[0] for row in shown(table(sample.meeting(), "2-1"))]
    assert sections[-2:] == ["密件", "合計"]
    assert [row[0] for row in shown(table(sample.meeting(), "3-2"))][-2] == "（不詳）"


def test_outcomes_add_up() -> None:
    ends: dict[str, Number] = {
        "closed": 6,
        "transferred_out": 1,
        "not_processed": 0,
        "merged": 1,
        "withdrawn": 0,
    }
    lines = [
        Line(code="a", name="甲", figures=ends),
        Line(code="b", name="乙", figures={"merged": 2}),
    ]
    assert shown(table(sample.meeting(outcomes=lines), "3-5")) == [
        ["甲", "8", "80.0%"],
        ["乙", "2", "20.0%"],
        ["合計", "10", "100.0%"],
    ]


def test_outcomes_of_nothing_divide_by_nothing() -> None:
    none = sample.line("resolved", "獲致解決", 0, 0)
    rows = shown(table(sample.meeting(outcomes=[none]), "3-5"))
    assert rows[0] == ["獲致解決", "0", "–"]


def test_the_questions_asked_are_not_the_citizens_asked() -> None:
    rows = shown(table(sample.meeting(), "7-1"))
    assert rows[0][:2] == [QUESTIONS["asked"][0], "1,843"]
    assert ["答得出率", "82.0%"] in [row[:2] for row in rows]


def test_only_ten_are_told() -> None:
    month = sample.meeting()
    month.questions.unanswered = [month.questions.top[0]] * 15
    assert len(table(month, "7-4").rows) == 10


def test_who_did_not_answer_is_told_and_of_too_few_no_rate() -> None:
    rows = shown(table(sample.meeting(), "6-3"))
    assert rows == [
        [f"工務課（含{sample.RARE}）", "課室", "60", "21", "35.0%"],
        ["密件", "課室", "3", "1", "不列"],
        ["表揚", "種類", "0", "1", "–"],
        ["臨櫃", "管道", "36", "4", "11.1%"],
    ]


def test_each_chart_stands_before_its_table() -> None:
    month = sample.meeting()
    for name in DRAWN:
        beside = contents.beside(month, name)
        part = next(one for one in contents.parts(month) if beside in one.tables)
        blocks = list(part.blocks)
        pictures = [one.name for one in blocks if isinstance(one, Picture)]
        assert pictures == [name]
        assert blocks.index(beside) > [isinstance(one, Picture) for one in blocks].index(True)


def test_tables_say_what_their_columns_mean() -> None:
    by_name = {name_of(column): told for column, (told, _) in DEFINITIONS.items()}
    for number in ("2-1", "2-2", "3-1", "3-2", "3-3", "3-4", "5-1"):
        found = table(sample.meeting(), number)
        defined = dict(found.defined)
        for column in found.columns[1:]:
            assert defined[column.title] == by_name[column.title]


def test_a_finished_period_without_warnings_has_nothing_to_heed() -> None:
    assert contents.notices(sample.meeting()) == []
    assert contents.corrected(sample.meeting()) is None


def test_what_to_heed_is_said() -> None:
    told = contents.notices(sample.corrected())
    assert told[0] == "本期尚未結束，統計至民國115年10月20日止，數字仍會變動。"
    assert len(told) == 3


def test_a_correction_says_what_was_and_what_is() -> None:
    found = contents.corrected(sample.corrected())
    assert found is not None
    assert found.name == "第 2 次更正"
    assert "補登書面答復" in found.note
    assert shown(found) == [
        ["合計", name_of("closed"), "119", "121"],
        ["工務課", name_of("on_time_rate"), "94.1%", "–"],
    ]


def test_headlines_compare_twice() -> None:
    name, now, last, year = contents.headlines(sample.meeting())[2]
    assert (name, now, last, year) == (name_of("on_time_rate"), "94.0%", "+1.2 百分點", "–")


def test_an_empty_month_has_all_its_parts() -> None:
    month = sample.empty()
    assert len(contents.parts(month)) == 10
    for number in ("2-1", "3-5", "4-1", "5-2", "7-3", "8-1"):
        assert table(month, number).rows == ()
    assert contents.headlines(month)[2][1:] == ("–", "–", "–")
