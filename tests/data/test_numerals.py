import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.numerals import DIGITS, value


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7", 7),
        ("１２", 12),
        ("十", 10),
        ("十七", 17),
        ("廿三", 23),
        ("廿", 20),
        ("九十", 90),
        ("一百零三", 103),
        ("一百〇三", 103),
        ("百二十", 120),
    ],
)
def test_a_number_however_written(written: str, number: int) -> None:
    assert value(written) == number


@given(st.integers(1, 99))
def test_every_number_below_a_hundred_is_read_back(number: int) -> None:
    tens, ones = divmod(number, 10)
    lead = "" if not tens else ("" if tens == 1 else DIGITS[tens - 1]) + "十"
    assert value(lead + (DIGITS[ones - 1] if ones else "")) == number


@pytest.mark.parametrize("written", ["甲", "三千"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="substring"):
        value(written)
