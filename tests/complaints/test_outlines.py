"""An answer in numbered paragraphs: begun for the officer, and read back point by point."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.outlines import answers, outline, paragraphs
from complaints.replies import unanswered
from complaints.templates import BLANK, blanks

HERE = Path(__file__).parent / "replies"
POINTS = ("巷口路燈不亮", "水溝蓋附近很臭", "野狗會追人")
SAID = ("已更換燈具。", "淤泥已清除，異味已消。", "動保處已派員誘捕。")


def filled(points: tuple[str, ...], said: tuple[str, ...]) -> str:
    """The outline with its blanks filled in order."""
    text = outline(points, "民政課") or ""
    for one in said:
        text = BLANK.sub(one, text, count=1)
    return BLANK.sub("王承辦（分機 218）", text)


def test_an_outline_has_a_paragraph_for_each_point() -> None:
    assert outline(POINTS, "民政課") == (
        "一、有關「巷口路燈不亮」：〔第 1 點的答復〕\n"
        "二、有關「水溝蓋附近很臭」：〔第 2 點的答復〕\n"
        "三、有關「野狗會追人」：〔第 3 點的答復〕\n"
        "\n"
        "如有疑問，請洽民政課〔承辦人與電話〕。"
    )


def test_a_single_point_needs_no_numbers() -> None:
    assert outline(["路燈不亮"], "民政課") is None
    assert outline([], "民政課") is None


def test_more_points_than_there_are_numbers_are_answered_freely() -> None:
    points = tuple(f"第 {n} 盞路燈不亮" for n in range(1, 12))
    assert outline(points, "民政課") is None
    assert len(answers("一、已修復。", points)) == 11


def test_what_a_point_holds_never_stands_for_a_blank_or_ends_the_quotation() -> None:
    points = ("招牌寫「停」\n和〔禁止進入〕", "野狗")
    text = filled(points, SAID[:2])
    assert text.startswith("一、有關「招牌寫停 和禁止進入」：")
    assert blanks(text) == ()
    assert unanswered(text, points) == []


def test_a_filled_outline_answers_every_point() -> None:
    text = filled(POINTS, SAID)
    assert blanks(text) == ()
    assert unanswered(text, POINTS) == []
    assert answers(text, POINTS) == list(SAID)


def test_an_outline_nobody_filled_in_answers_nothing() -> None:
    assert unanswered(outline(POINTS, "民政課") or "", POINTS) == [1, 2, 3]


@pytest.mark.parametrize(
    "left", [one for size in (1, 2) for one in combinations(range(1, 4), size)]
)
def test_a_paragraph_left_empty_or_taken_out_is_its_point_unanswered(left: tuple[int, ...]) -> None:
    text = filled(POINTS, tuple("" if n in left else one for n, one in enumerate(SAID, 1)))
    assert unanswered(text, POINTS) == [*left]
    lines = [line for n, line in enumerate(text.split("\n"), 1) if n not in left]
    assert unanswered("\n".join(lines), POINTS) == [*left]


def test_a_hundred_cases_with_one_point_left_out_are_all_warned_of_and_full_ones_never() -> None:
    """N4: three points, two of them answered: all warned; full replies: at most 5 in 100."""
    rows = [
        json.loads(line)
        for name in ("dev.jsonl", "test.jsonl")
        for line in (HERE / name).read_text(encoding="utf-8").splitlines()
    ]
    cases = [tuple(row["points"]) for row in rows if len(row["points"]) == 3]
    assert len(cases) >= 100
    for at, points in enumerate(cases):
        missing = at % 3 + 1
        said = tuple("" if n == missing else one for n, one in enumerate(SAID, 1))
        assert unanswered(filled(points, said), points) == [missing], points
        assert unanswered(filled(points, SAID), points) == [], points


@pytest.mark.parametrize(
    "text",
    [
        "一、已更換燈具。\n三、動保處已派員誘捕。",
        "①已更換燈具。\n③動保處已派員誘捕。",
        "(1) 已更換燈具。\n(3) 動保處已派員誘捕。",
        "您好：\n第1點，已更換燈具。\n第 3 點：動保處已派員誘捕。",
        "1. 已更換燈具。\n2. \n3. 動保處已派員誘捕。",
        "一、已更換燈具。\n二、感謝您的指教。\n三、動保處已派員誘捕。",
        "一、有關「巷口路燈不亮」：\n\n已更換燈具。\n\n二、有關「水溝蓋附近很臭」：\n\n"
        "三、有關「野狗會追人」：\n動保處已派員誘捕。",
    ],
)
def test_numbers_are_read_however_they_are_written(text: str) -> None:
    assert unanswered(text, POINTS) == [2]
    assert answers(text, POINTS)[0] == "已更換燈具。"


def test_what_follows_the_last_paragraph_answers_nothing() -> None:
    text = filled(POINTS, (*SAID[:2], ""))
    assert answers(text, POINTS) == [*SAID[:2], None]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "燈具已換，異味已清，野狗已請動保處處理。",
        "本所已處理：\n一、派員會勘。\n二、通知廠商。",  # steps, not points
        "二、已清淤。\n一、已換燈。\n三、已誘捕。",  # not in order
        "一、已換燈。\n四、另有一事。",  # more than there are points
        "一、有關「路樹」：已修剪。",  # another matter's heading
    ],
)
def test_what_is_numbered_otherwise_is_not_told_apart(text: str) -> None:
    assert paragraphs(text, POINTS) is None
    assert answers(text, POINTS) == [None, None, None]


def test_a_long_point_is_quoted_in_part_and_still_known() -> None:
    points = ("巷口的路燈從上個月颱風之後就一直不亮到現在都還沒有人來修理", "水溝「很臭」")
    text = outline(points, "民政課") or ""
    assert "…」" in text.split("\n")[0]
    only = BLANK.sub("已修復。", text.split("\n")[0])
    assert unanswered(only, points) == [2]


@given(st.lists(st.text(min_size=1, max_size=40), min_size=2, max_size=9))
def test_any_points_have_an_outline_that_is_read_back(points: list[str]) -> None:
    text = outline(points, "民政課")
    assert text is not None
    assert len(blanks(text)) == len(points) + 1
    read = paragraphs(BLANK.sub("已派員處理完成", text), points)
    assert read is not None
    assert sorted(read) == [*range(1, len(points) + 1)]


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=9))
def test_any_text_is_read(text: str, points: list[str]) -> None:
    assert len(answers(text, points)) == len(points)
