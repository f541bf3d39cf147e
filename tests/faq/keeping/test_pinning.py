"""Pinned notices: what may be pinned, when it stands, and what it answers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from faq.errors import BadNotice, NoticeOver, UnknownNotice
from faq.keeping import pinning
from faq.keeping.index import Shelf
from faq.keeping.tables import Pinned
from faq.language.words import Words
from tests.makers import NOON

HOUR = timedelta(hours=1)
TEXT = "明（27）日停止上班、停止上課。"


@pytest.fixture
def shelf(words: Words) -> Shelf:
    """One of this test's own: in other tests' databases other notices have the same number."""
    return Shelf(words)


def make(tx: Session, now: datetime = NOON, **given: Any) -> Pinned:
    base: dict[str, Any] = {"text": TEXT, "words": ["颱風", "停班"], "by": "head"}
    base |= {"since": now, "until": now + 24 * HOUR}
    return pinning.pin(tx, **(base | given), now=now)


def test_a_notice_stands_between_its_times(tx: Session, shelf: Shelf) -> None:
    row = make(tx, since=NOON + HOUR, until=NOON + 3 * HOUR)
    index = shelf.current(tx)
    standing = {n: [one.id for one in index.pinned_at(NOON + n * HOUR)] for n in range(4)}
    assert standing == {0: [], 1: [row.id], 2: [row.id], 3: []}


def test_every_process_has_it_with_the_next_question(tx: Session, shelf: Shelf) -> None:
    assert shelf.current(tx).pins == ()
    row = make(tx)
    assert [one.id for one in shelf.current(tx).pins] == [row.id]
    pinning.end(tx, row.id, by="head", now=NOON)
    assert shelf.current(tx).pins == ()


def test_words_are_found_however_they_are_written(tx: Session, shelf: Shelf) -> None:
    first, newer = make(tx, words=["颱風"]), make(tx, words=["颱風", "ＫＴＶ 停業"])
    pins = shelf.current(tx).pinned_at(NOON)
    for asked, answers in {
        "台风天有上班吗": newer,
        "ktv停業了嗎？": newer,
        "身分證遺失": None,
    }.items():
        found = pinning.answering(pins, asked)
        assert (found and found.id) == (answers and answers.id), asked
    pinning.end(tx, newer.id, by="head", now=NOON)
    found = pinning.answering(shelf.current(tx).pinned_at(NOON), "颱風")
    assert found
    assert found.id == first.id


def test_english_is_told_in_english_where_there_is_any(tx: Session, shelf: Shelf) -> None:
    make(tx, english="Closed on the 27th.")
    make(tx)
    chinese_only, both = shelf.current(tx).pinned_at(NOON)
    assert both.in_language("en") == "Closed on the 27th."
    assert both.in_language("zh") == chinese_only.in_language("en") == TEXT


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("text", {"text": "  "}),
        ("text", {"text": "字" * 1001}),
        ("english", {"english": "x" * 1001}),
        ("words", {"words": ["雨"]}),
        ("words", {"words": ["，！"]}),
        ("words", {"words": ["雨" * 21]}),
        ("words", {"words": [f"第{n}號" for n in range(21)]}),
        ("until", {"until": NOON}),
        ("until", {"since": NOON + HOUR, "until": NOON + HOUR}),
        ("until", {"since": NOON - 2 * HOUR, "until": NOON - HOUR}),
        ("until", {"until": NOON + timedelta(days=31, seconds=1)}),
    ],
)
def test_what_cannot_be_pinned(tx: Session, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadNotice) as refused:
        make(tx, **given)
    assert refused.value.field == field
    assert pinning.listed(tx, NOON) == []


def test_what_is_over_cannot_be_ended(tx: Session) -> None:
    row = make(tx, until=NOON + HOUR)
    with pytest.raises(UnknownNotice):
        pinning.end(tx, row.id + 1, by="head", now=NOON)
    with pytest.raises(NoticeOver):
        pinning.end(tx, row.id, by="head", now=NOON + HOUR)
    pinning.end(tx, row.id, by="head", now=NOON)
    with pytest.raises(NoticeOver):
        pinning.end(tx, row.id, by="other", now=NOON)
    assert (row.ended_by, row.ended_at) == ("head", NOON)


def test_what_stands_is_listed_before_what_is_over(tx: Session) -> None:
    first, over, planned = make(tx), make(tx), make(tx, since=NOON + HOUR)
    pinning.end(tx, over.id, by="head", now=NOON)
    ids = [one.id for one in pinning.listed(tx, NOON)]
    assert ids == [planned.id, first.id, over.id]
