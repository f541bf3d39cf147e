from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from faq.keeping import figures
from faq.keeping.answering import BROWSED, Fate
from faq.keeping.figures import TOP, MonthOfQuestions
from faq.understanding.judging import Verdict
from tests.faq.entries import make_asked
from tests.makers import NOON

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
COUNTS = (field.name for field in fields(MonthOfQuestions) if field.type in (int, "int"))
NOTHING = MonthOfQuestions(
    **dict.fromkeys(COUNTS, 0),
    honest_rate=None,
    unknown_rate=None,
    outside_rate=None,
    by_channel={},
    top_entries=[],
)


def test_a_month_by_hand(tx: Session) -> None:
    make_asked(tx, START, verdict=Verdict.SURE, entry_id="a", helpful=True)
    make_asked(tx, verdict=Verdict.SURE, entry_id="a", helpful=False)
    make_asked(tx, verdict=Verdict.SURE, entry_id="b")
    make_asked(tx, verdict=Verdict.CHOOSE, offered=["a", "b"])
    make_asked(tx, verdict=Verdict.CHOOSE, entry_id="c", fate=Fate.CHOSEN, helpful=True)
    make_asked(tx, verdict=Verdict.CHOOSE, fate=Fate.NONE_OF_THESE)
    make_asked(tx, verdict=Verdict.UNKNOWN, fate=Fate.FILED)
    make_asked(tx, verdict=Verdict.UNKNOWN, text="", cue="crisis")
    make_asked(tx, END - timedelta(microseconds=1), verdict=Verdict.UNKNOWN)
    make_asked(tx, verdict=BROWSED, text="")  # nobody asked anything
    make_asked(tx, START - timedelta(microseconds=1), verdict=Verdict.SURE, entry_id="b")
    make_asked(tx, END, verdict=Verdict.SURE, entry_id="b")
    assert figures.of_period(tx, START, END) == MonthOfQuestions(
        asked=9,
        sure=3,
        choose=3,
        unknown=3,
        chosen=1,
        none_of_these=1,
        filed=1,
        helpful=2,
        not_helpful=1,
        settled=2,  # the first, and the choice; "b" was offered again at once
        asked_again=1,
        filed_after=0,
        outside_hours=0,
        honest_rate=2 / 9,
        unknown_rate=3 / 9,
        outside_rate=0,
        overdue_for_review=0,
        by_channel={"telegram": 9},
        top_entries=[("a", 2), ("b", 1), ("c", 1)],
    )


def test_a_month_without_questions(tx: Session) -> None:
    assert figures.of_period(tx, START, END) == NOTHING


def test_only_the_first_few_entries_are_listed(tx: Session) -> None:
    for number in range(TOP + 1):
        make_asked(tx, verdict=Verdict.SURE, entry_id=f"entry-{number:02}")
    top = figures.of_period(tx, START, END).top_entries
    assert [entry for entry, _ in top] == [f"entry-{number:02}" for number in range(TOP)]


def test_the_most_asked_come_first(tx: Session) -> None:
    for entry in ("b", "a", "c", "c", None):
        make_asked(tx, verdict=Verdict.SURE, entry_id=entry)
    make_asked(tx, START, verdict=Verdict.SURE, entry_id="old")
    make_asked(tx, verdict=BROWSED, entry_id="b", fate=Fate.CHOSEN)  # picked from the list
    make_asked(tx, verdict=Verdict.CHOOSE, entry_id="b", fate=Fate.CHOSEN)
    assert figures.most_asked(tx, NOON, 10) == ["b", "c", "a"]
    assert figures.most_asked(tx, NOON, 2) == ["b", "c"]
    assert figures.most_asked(tx, NOON + HOUR, 10) == []


DAY = timedelta(days=1)
SOON, LATER = NOON + 2 * DAY, NOON + 3 * DAY + HOUR


@pytest.mark.parametrize(
    ("answered", "later", "filed", "counted"),
    [
        ({}, [], [], "settled"),
        ({"helpful": True}, [], [], "settled"),
        ({"helpful": False}, [], [], None),
        ({}, [(SOON, {"entry_id": "a"})], [], "asked_again"),
        ({}, [(LATER, {"entry_id": "a"})], [], "settled"),
        ({}, [(SOON, {"entry_id": "b"})], [], "settled"),
        ({}, [(SOON, {"verdict": Verdict.CHOOSE, "offered": ["b", "a"]})], [], "asked_again"),
        ({}, [(SOON, {"entry_id": "a", "asker": "test:2"})], [], "settled"),
        ({}, [], [("test:1", SOON)], "filed_after"),
        ({}, [], [("test:1", LATER)], "settled"),
        ({}, [], [("test:1", NOON - HOUR)], "settled"),
        ({}, [], [("test:2", SOON)], "settled"),
        ({"helpful": False}, [(SOON, {"entry_id": "a"})], [("test:1", SOON)], None),
        ({}, [(SOON, {"entry_id": "a"})], [("test:1", SOON)], "asked_again"),
    ],
)
def test_what_an_honest_answer_is(
    tx: Session,
    answered: dict[str, Any],
    later: Sequence[tuple[datetime, dict[str, Any]]],
    filed: list[tuple[str, datetime]],
    counted: str | None,
) -> None:
    """N8: answered, not unhelpful, no same question and no petition within three days."""
    sure: dict[str, Any] = {"verdict": Verdict.SURE, "entry_id": "a", "asker": "test:1"}
    make_asked(tx, NOON, **(sure | answered))
    for at, given in later:
        make_asked(tx, at, **({"verdict": Verdict.SURE, "asker": "test:1"} | given))
    # Only the first question is of the period; what came after decides about it.
    month = figures.of_period(tx, START, NOON + HOUR, filings=filed)
    assert month.asked == 1
    columns = ("settled", "asked_again", "filed_after")
    assert {name: getattr(month, name) for name in columns} == {
        name: int(name == counted) for name in columns
    }
    assert month.honest_rate == float(counted == "settled")


def test_what_was_asked_while_the_office_was_shut(tx: Session) -> None:
    for hour in range(4):
        make_asked(tx, NOON + hour * HOUR, verdict=Verdict.UNKNOWN, asker=f"web:{hour}")
    month = figures.of_period(tx, START, END, outside=lambda at: at > NOON + HOUR)
    assert (month.outside_hours, month.outside_rate) == (2, 0.5)
    assert (month.honest_rate, month.unknown_rate) == (0, 1)
    assert month.by_channel == {"web": 4}
