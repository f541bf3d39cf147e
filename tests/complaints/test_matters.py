"""Reports of one matter speak of it in different words; the list of words is sound."""

from importlib.resources import files

import pytest

from complaints.matters import told

LIST = (files("data") / "rules" / "matters.txt").read_text(encoding="utf-8")
LINES = [line for line in LIST.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("路燈不亮一個多禮拜", "那支燈桿沒再亮過", "lamp"),
        ("馬路有大坑洞", "柏油破損凹陷", "road_hole"),
        ("鄰居半夜唱卡拉OK", "伴唱機重低音", "karaoke"),
        ("人孔蓋鬆了", "鐵蓋匡噹匡噹响", "manhole"),
    ],
)
def test_different_words_tell_one_matter(one: str, other: str, name: str) -> None:
    assert name in told(one) & told(other)


def test_other_matters_are_not_told() -> None:
    assert not told("路燈白天也亮") & told("路燈不亮") - {"lamp"}
    assert told("今天天氣很好") == frozenset()
    assert told("") == frozenset()


def test_names_are_unique_and_every_piece_is_found() -> None:
    names = [line.split(":")[0] for line in LINES]
    assert len(set(names)) == len(names) >= 70
    for name, pieces in (line.split(":", 1) for line in LINES):
        found = pieces.split()
        assert len(set(found)) == len(found), name
        assert all(name in told(piece) for piece in found)
