"""What a link into a chat carries."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import deeplinks
from data.deeplinks import Link

TELEGRAM = re.compile(r"[A-Za-z0-9_-]{1,64}")


def test_an_entry_and_a_place_come_back() -> None:
    assert deeplinks.read(deeplinks.to_entry("id-card-lost")) == Link(entry_id="id-card-lost")
    assert deeplinks.read(deeplinks.to_place("範例里活動中心") or "") == Link(
        place="範例里活動中心"
    )
    assert deeplinks.to_place("里" * 15)
    assert deeplinks.to_place("里" * 16) is None


@given(st.text(min_size=1, max_size=60))
def test_what_is_carried_is_what_telegram_lets_through(place: str) -> None:
    try:
        payload = deeplinks.to_place(place)
    except UnicodeEncodeError:  # half a character
        return
    if payload:
        assert TELEGRAM.fullmatch(payload)
        found = deeplinks.read(payload)
        assert found == (
            Link(place=place) if place == place.strip() and place.isprintable() else None
        )


@pytest.mark.parametrize(
    "payload",
    ["", "t-", "t-A", "t-../x", "p-", "p-!", "p-AA", "p-" + "A" * 80, "q1-0", "start", "p-IA"],
)
def test_what_nobody_here_made_is_nothing(payload: str) -> None:
    assert deeplinks.read(payload) is None


@given(st.text(max_size=70))
def test_anything_may_be_shown(payload: str) -> None:
    deeplinks.read(payload)
