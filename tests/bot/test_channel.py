from hypothesis import given
from hypothesis import strategies as st

from bot.channel import split_text


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.text(alphabet="一二三。！\n 𠀋a", max_size=400), st.integers(20, 120))
def test_pieces_fit_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_cut_is_made_at_a_paragraph_end() -> None:
    assert split_text("甲" * 30 + "\n\n" + "乙" * 30, 40) == ["甲" * 30, "乙" * 30]


def test_without_paragraphs_at_a_sentence_end() -> None:
    assert split_text("甲" * 20 + "。" + "乙" * 30, 40)[0] == "甲" * 20 + "。"


def test_a_short_text_stays_whole() -> None:
    assert split_text("您好", 4096) == ["您好"]
    assert split_text("", 4096) == [""]
