from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from faq.keeping import figures
from faq.keeping.answering import BROWSED, Fate
from faq.keeping.figures import TOP, MonthOfQuestions
from faq.understanding.judging import Verdict
from tests.faq.entries import make_asked
from tests.makers import NOON

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTHING = MonthOfQuestions(0, 0, 0, 0, 0, 0, 0, 0, 0, [])


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
