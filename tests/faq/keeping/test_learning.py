"""What questions teach; nothing is learnt without a person."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from faq.keeping import editing, learning
from faq.keeping.answering import Fate
from faq.keeping.index import Index
from faq.keeping.learning import FEW, SHOWN
from faq.language.words import Words
from faq.understanding.judging import Verdict
from tests.faq.entries import make_asked, make_content
from tests.makers import NOON

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_same_words_are_one_matter_however_they_are_written(tx: Session, words: Words) -> None:
    make_asked(tx, NOON, text="綜合所得稅怎麼報？", asker="a")
    make_asked(tx, NOON + HOUR, text="駕照過期")
    last = make_asked(tx, NOON + 2 * HOUR, text="综合所得税 怎么报", asker="b")
    make_asked(tx, NOON + 3 * HOUR, text="停車費")
    found = learning.unanswered(tx, START, 10, words)
    assert [one.texts[0] for one in found] == ["综合所得税 怎么报", "停車費", "駕照過期"]
    first = found[0]
    assert (first.times, first.askers, first.last_at) == (2, 2, last.at)
    assert first.asked_ids == [last.id - 2, last.id]
    assert len(learning.unanswered(tx, START, 1, words)) == 1


def test_questions_that_mean_the_same_are_one_matter(tx: Session, words: Words) -> None:
    for text in ("印鑑證明可以線上申請嗎", "印鑑證明能不能網路申請", "印鑑證明可以上網申請嗎"):
        make_asked(tx, text=text)
    make_asked(tx, text="護照過期要去哪裡換")
    found = learning.unanswered(tx, START, 10, words)
    assert [one.times for one in found] == [3, 1]
    assert len(found[0].texts) == 3


def test_near_opposites_are_not_one_matter(tx: Session, words: Words) -> None:
    for text in ("戶口要遷入怎麼辦", "戶口要遷出怎麼辦", "身分證遺失", "身分證初領"):
        make_asked(tx, text=text)
    assert len(learning.unanswered(tx, START, 10, words)) == 4


def test_unanswered_is_unknown_none_of_these_or_not_helpful(tx: Session, words: Words) -> None:
    make_asked(tx, text="不知道", verdict=Verdict.UNKNOWN)
    make_asked(tx, text="都不是", verdict=Verdict.CHOOSE, fate=Fate.NONE_OF_THESE)
    make_asked(tx, text="沒幫助", verdict=Verdict.SURE, helpful=False)
    make_asked(tx, text="有幫助", verdict=Verdict.SURE, helpful=True)
    make_asked(tx, text="沒說", verdict=Verdict.SURE)
    make_asked(tx, text="選了", verdict=Verdict.CHOOSE, fate=Fate.CHOSEN)
    make_asked(tx, text="")  # distress keeps no words
    make_asked(tx, text="？！")
    make_asked(tx, START - HOUR, text="太早")
    found = learning.unanswered(tx, START, 10, words)
    assert {one.texts[0] for one in found} == {"不知道", "都不是", "沒幫助"}


def test_a_matter_shows_only_its_first_wordings(tx: Session, words: Words) -> None:
    for number in range(SHOWN + 3):
        make_asked(tx, text=f"停車費怎麼繳{'啊' * number}")
    (matter,) = learning.unanswered(tx, START, 10, words)
    assert (matter.times, len(matter.texts)) == (SHOWN + 3, SHOWN)


def confirmed(tx: Session, text: str, **given: Any) -> None:
    usual = {"verdict": Verdict.CHOOSE, "fate": Fate.CHOSEN, "entry_id": "id-card-lost"}
    make_asked(tx, text=text, **(usual | given))


def test_a_confirmed_wording_is_suggested_until_somebody_decides(tx: Session, small: Index) -> None:
    confirmed(tx, "我的證件飛走了")
    confirmed(tx, "我的證件 飛走了！")
    confirmed(tx, "錢包連卡都沒了", verdict=Verdict.SURE, fate=None, helpful=True)
    found = learning.suggest(tx, START, small, 10)
    assert [(one.entry_id, one.times) for one in found] == [
        ("id-card-lost", 2),
        ("id-card-lost", 1),
    ]
    learning.refuse(tx, "id-card-lost", "我的證件飛走了", by="clerk", now=NOON)
    assert [one.text for one in learning.suggest(tx, START, small, 10)] == ["錢包連卡都沒了"]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("身分證不見了", {}),  # it has this wording
        ("不見", {}),  # too short to mean anything
        ("長" * 80, {}),
        ("我想死，證件飛走了", {"cue": "crisis"}),
        ("證件飛走了", {"fate": Fate.NONE_OF_THESE, "entry_id": None}),
        ("證件飛走了", {"fate": None, "helpful": False}),
        ("證件飛走了", {"entry_id": "retired-entry"}),
    ],
)
def test_what_is_no_suggestion(tx: Session, small: Index, text: str, given: dict[str, Any]) -> None:
    confirmed(tx, text, **given)
    assert learning.suggest(tx, START, small, 10) == []


def test_what_identifies_a_person_is_never_suggested(tx: Session, small: Index) -> None:
    confirmed(tx, "我A123456789證件飛走了")
    (found,) = learning.suggest(tx, START, small, 10)
    assert "A123456789" not in found.text


def test_entries_with_few_wordings_are_shown_poorest_first(tx: Session, small: Index) -> None:
    few = learning.few_wordings(tx, small)
    assert [count for _, count in few] == sorted(count for _, count in few)
    assert {entry for entry, _ in few} == set(small.cards)
    assert all(count < FEW for _, count in few)


def test_entries_to_review_or_about_to_end_come_earliest_first(tx: Session, small: Index) -> None:
    days = {
        "id-card-lost": {"review_on": date(2026, 12, 1)},
        "seal-cert": {"valid_until": date(2026, 11, 30), "review_on": date(2027, 5, 1)},
        "move-in": {"review_on": date(2027, 1, 1)},
        "move-out": {"valid_until": date(2026, 11, 1)},
    }
    for entry_id, given in days.items():
        content = make_content(aliases=(f"{entry_id}怎麼辦",), **given)
        editing.change(tx, entry_id, content, version=1, by="clerk", now=NOON)
    editing.retire(tx, "move-out", version=2, by="clerk", now=NOON)
    found = learning.due(tx, date(2026, 12, 1))
    assert [one.id for one in found] == ["seal-cert", "id-card-lost"]
