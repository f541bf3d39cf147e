from datetime import date

import pytest

from bot.conversation.opening import Asked, asked_about, next_open
from complaints.clock import calendars

THURSDAY = date(2026, 11, 26)
CALENDAR = calendars.of_tables(calendars.shipped())


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天有上班嗎", THURSDAY),
        ("現在有開嗎", THURSDAY),
        ("你們上班時間", THURSDAY),
        ("請問你們明天有開嗎？", date(2026, 11, 27)),
        ("禮拜六有開嗎", date(2026, 11, 28)),
        ("這禮拜天公所有開嗎", date(2026, 11, 29)),
        ("下週一放假嗎", date(2026, 11, 30)),
        ("12月25日有上班嗎", date(2026, 12, 25)),
        ("元旦有上班嗎", date(2027, 1, 1)),
        ("are you open on saturday?", date(2026, 11, 28)),
    ],
)
def test_the_day_asked_about_is_found(text: str, day: date) -> None:
    asked = asked_about(text, THURSDAY, CALENDAR)
    assert asked is not None and asked.day == day


@pytest.mark.parametrize(
    "text",
    [
        "結婚登記假日可以辦嗎",
        "身分證掉了怎麼辦",
        "颱風天有上班嗎",
        "里長服務時間",
        "",
        "？",
        "13月45日",
    ],
)
def test_other_questions_are_left_to_the_faq(text: str) -> None:
    assert asked_about(text, THURSDAY, CALENDAR) is None


def test_a_holiday_is_named() -> None:
    assert asked_about("元旦有開嗎", THURSDAY, CALENDAR) == Asked(date(2027, 1, 1), "開國紀念日")


def test_the_next_open_day_skips_days_off_and_ends_with_the_calendar() -> None:
    assert next_open(date(2026, 11, 27), CALENDAR) == date(2026, 11, 30)
    assert next_open(date(2027, 12, 31), CALENDAR) is None
