import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.collation import fold, normalize


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺北市", "台北市"),
        ("ＩＤ卡", "id 卡"),
        ("身份證", "身分證"),
        ("身份证丢了", "身分證丟了"),
        ("戶口名簿，不見了！", "戶口名簿不見了"),
        ("３０", "30"),
    ],
)
def test_the_same_to_a_person_is_the_same_to_us(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_words_stay_different() -> None:
    assert fold("遷入") != fold("遷出")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_normalizing_keeps_punctuation() -> None:
    assert normalize("台北，好！") == "臺北,好!"
