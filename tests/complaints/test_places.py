"""Descriptions of one spot meet, of two spots part, and nothing written makes reading them fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.places import Nearness, compare, read

PIECES = st.sampled_from([*"中山路二段25巷號３之-、前 對面公園里街大道國小", "福安里", "戶政"])
WRITTEN = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("one", "other", "nearness"),
    [
        ("中山路二段25號前", "中山路2段二十五号對面", Nearness.SAME),
        ("我家在中山路二段25號", "中山路2段31號", Nearness.SAME),
        ("復興街三十六巷 5 號旁轉角", "復興街36巷5號", Nearness.SAME),
        ("復興街36巷口", "復興街36巷5號", Nearness.SAME),
        ("博愛路15號之3", "博愛路15之1號", Nearness.SAME),
        ("市民大道一段3號", "臺北市民大道1段3號", Nearness.SAME),
        ("成功國小門口", "成功國民小學旁", Nearness.SAME),
        ("火車站前公車站", "火車站對面", Nearness.SAME),
        ("戶政一樓", "戶政事務所大廳", Nearness.SAME),
        ("福安里活動中心", "福安活動中心", Nearness.SAME),
        ("中山路", "中山路二段25號", Nearness.ROAD),
        ("中山路", "中山路25巷", Nearness.ROAD),
        ("和平里", "和平里公佈欄", Nearness.ROAD),
        ("文化夜市", "文化街", Nearness.ROAD),
        ("中山路一段25號", "中山路二段25號", Nearness.APART),
        ("中山路25號", "中正路25號", Nearness.APART),
        ("中山路25號", "中山路80號", Nearness.APART),
        ("中山路25號", "中山路12巷25號", Nearness.APART),
        ("中山路12巷口", "中山路30巷口", Nearness.APART),
        ("福安里活動中心", "永福里活動中心", Nearness.APART),
        ("中正公園", "民權公園", Nearness.APART),
        ("中正公園", "成功國小", Nearness.UNKNOWN),
        ("馬路中間", "馬路中間", Nearness.UNKNOWN),
        ("我家旁邊的公園", "隔壁的公園", Nearness.UNKNOWN),
        ("", "中山路25號", Nearness.UNKNOWN),
    ],
)
def test_two_descriptions(one: str, other: str, nearness: Nearness) -> None:
    assert compare(read(one), read(other)) is nearness
    assert compare(read(other), read(one)) is nearness


@pytest.mark.parametrize(
    ("content", "nearness"),
    [
        ("三民路五號的路燈壞了", Nearness.SAME),
        ("三民路口很亂", Nearness.ROAD),
        ("晚上三民路過不去", Nearness.UNKNOWN),  # as 看不到路 names no road
        ("看不到路，很暗", Nearness.UNKNOWN),
    ],
)
def test_words_of_a_report_tell_its_place_too(content: str, nearness: Nearness) -> None:
    assert compare(read("", content), read("三民路5號")) is nearness


def test_landmarks_in_words_count_where_no_place_is_named() -> None:
    assert compare(read("", "成功國小門口很亂"), read("成功國小")) is Nearness.SAME
    assert compare(read("中山路", "請檢查成功國小"), read("成功國小")) is Nearness.UNKNOWN


@given(one=WRITTEN, other=WRITTEN, content=WRITTEN)
def test_whatever_is_written(one: str, other: str, content: str) -> None:
    here, there = read(one, content), read(other)
    assert compare(here, there) is compare(there, here)
    if here.addresses or here.landmarks:
        assert compare(here, here) in (Nearness.SAME, Nearness.ROAD)
