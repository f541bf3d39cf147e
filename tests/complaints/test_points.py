import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.points import MOST_POINTS, correct_point, numbered, split_points


def test_sentences_become_points() -> None:
    text = "騎樓堆放雜物。輪椅過不去！上月打過電話"
    assert split_points(text) == ["騎樓堆放雜物", "輪椅過不去", "上月打過電話"]


@pytest.mark.parametrize("text", ["1. 路燈不亮\n2. 水溝很臭", "①路燈不亮②水溝很臭"])
def test_the_citizens_own_numbers_are_taken_off(text: str) -> None:
    assert [point[:2] for point in split_points(text.replace("②", "\n②"))] == ["路燈", "水溝"]


def test_a_long_story_has_at_most_nine_points() -> None:
    points = split_points("。".join(f"第{n}件事情沒有人來處理" for n in range(30)))
    assert len(points) == MOST_POINTS
    assert "第29件事情" in points[-1]


@given(st.text(alphabet="騎樓堆放雜物輪椅過不去，。！\n ", min_size=1, max_size=300))
def test_no_word_is_lost(text: str) -> None:
    said = re.sub(r"[^\w]", "", text)
    assert re.sub(r"[^\w]", "", "".join(split_points(text))) == said


def test_not_a_but_b_replaces_the_words() -> None:
    points = ["騎樓堆雜物", "輪椅過不去", "上月打過電話"]
    assert correct_point(points, 3, "不是上月是上上週") == [*points[:2], "上上週打過電話"]


def test_anything_else_restates_the_point() -> None:
    assert correct_point(["甲", "乙"], 2, "改成這樣") == ["甲", "改成這樣"]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_there_is_no_such_point(number: int) -> None:
    assert correct_point(["甲", "乙"], number, "丙") is None


def test_points_are_numbered_in_circles() -> None:
    assert numbered(["甲", "乙"]) == "① 甲\n② 乙"
