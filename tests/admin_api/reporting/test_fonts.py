"""The font that is shipped has the names of Taiwan; what it lacks is found before it is printed."""

import pytest

from admin_api.reporting import fonts


@pytest.mark.parametrize("character", "𠀋㨂臺区a1，〓–÷①㎡")
def test_the_font_has(character: str) -> None:
    assert fonts.has(character)


@pytest.mark.parametrize("character", ["\ue001", "\U0001f600", "\U000f0000", "ก", "\uffff"])
def test_the_font_lacks(character: str) -> None:
    assert not fonts.has(character)


def test_what_is_lacking_is_replaced_and_told() -> None:
    assert fonts.drawable("陳\ue001\ue002\ue001𠀋") == ("陳〓〓〓𠀋", frozenset("\ue001\ue002"))


def test_what_only_steers_is_left_out() -> None:
    assert fonts.drawable("葛\U000e0100城\u200b①\ufe0f\u202e") == ("葛城①", frozenset())


def test_what_can_be_drawn_is_left_alone() -> None:
    assert fonts.drawable("豈\n甲 é") == ("豈\n甲 é", frozenset())
