import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.masking import holds_id_number, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我叫王小明 A123456789 要查罰單", "我叫王小明 A1*****789 要查罰單"),
        ("居留證AB12345678過期", "居留證AB*****678過期"),
        ("a212345678", "a2*****678"),
        ("請打0912-345-678給我", "請打（電話）給我"),
        ("電話02-23456789", "電話（電話）"),
        ("寄到 ming@example.com.tw 謝謝", "寄到 （電子郵件） 謝謝"),
        ("案號 WH-1151126-0007", "案號 WH-1151126-0007"),
        ("規費 20 元，民國115年11月26日", "規費 20 元，民國115年11月26日"),
        ("", ""),
    ],
)
def test_what_identifies_a_person_cannot_be_read(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_an_id_number_is_told_from_other_numbers() -> None:
    assert holds_id_number("我的A123456789")
    assert not holds_id_number("0912345678 案號 A1234567890123")


@given(st.text("A12 3456789-09@.tw身", max_size=40))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)
    assert not holds_id_number(mask(text))
