import random

import pytest

from faq.matching import (
    CHOICE_FLOOR,
    CHOICE_SPAN,
    FLOOR,
    FLOOR_ALONE,
    LONG_QUESTION,
    MARGIN,
    MARGIN_ALONE,
    MOST_CHOICES,
    Matcher,
    Ranked,
    Verdict,
    Wording,
    judge,
)
from faq.words import Words
from tests.faq.entries import SMALL

A_LITTLE = 0.001
WORDINGS = [Wording(entry_id, text) for entry_id, texts in SMALL.items() for text in texts]
STORY = (
    "我女兒今年剛上國中，我們全家五年前從外地搬來這裡，先生在工業區上班，我在市場賣菜。"
    "一開始什麼都不熟，都是隔壁的阿姨幫忙，後來慢慢才習慣。她從小就很乖，也很會畫畫，"
    "可是她常常被同學笑，說聽起來很好笑，回家哭了好幾次，老師打電話來談過，輔導室也約談了。"
    "我跟她爸爸想了很久，也問過廟裡的師父，大家都說早一點處理比較好，不要拖到高中。"
    "奶奶本來不同意，說是爺爺生前取的，上個月也點頭了，舅舅還說要陪我們去。"
    "我平常要顧攤子，只有星期三下午有空，路又遠，跑一趟很不容易，所以想先問清楚再出門。"
    "前天打電話一直忙線中，只好用這個問問看，打字很慢請見諒，也請不要用太難的話回我，"
    "我書讀得不多，看不懂公文，上次收到一張通知單還要拿去請里長念給我聽。"
    "未成年的小孩可以改名嗎"
)


@pytest.fixture
def matcher(words: Words) -> Matcher:
    return Matcher(WORDINGS, words)


def best(matcher: Matcher, question: str) -> str:
    return matcher.rank(question)[0].entry_id


@pytest.mark.parametrize(
    ("scores", "verdict", "shown"),
    [
        ([], Verdict.UNKNOWN, 0),
        ([CHOICE_FLOOR - A_LITTLE], Verdict.UNKNOWN, 1),
        ([CHOICE_FLOOR], Verdict.CHOOSE, 1),
        ([FLOOR_ALONE - A_LITTLE], Verdict.CHOOSE, 1),
        ([FLOOR_ALONE], Verdict.SURE, 1),
        ([FLOOR_ALONE, FLOOR_ALONE - MARGIN_ALONE - A_LITTLE], Verdict.SURE, 1),
        ([0.5, 0.5 - MARGIN_ALONE + A_LITTLE], Verdict.CHOOSE, 2),
        ([FLOOR - A_LITTLE, FLOOR - MARGIN - 2 * A_LITTLE], Verdict.CHOOSE, 2),
        ([FLOOR, FLOOR - MARGIN - A_LITTLE], Verdict.SURE, 1),
        ([FLOOR, FLOOR - MARGIN + A_LITTLE], Verdict.CHOOSE, 2),
        ([1.0, 1.0], Verdict.CHOOSE, 2),
        ([0.9, 0.9, 0.9 - CHOICE_SPAN - A_LITTLE], Verdict.CHOOSE, 2),
        ([0.4, 0.4, CHOICE_FLOOR - A_LITTLE], Verdict.CHOOSE, 2),
        ([0.9] * 9, Verdict.CHOOSE, MOST_CHOICES),
        ([0.1] * 9, Verdict.UNKNOWN, MOST_CHOICES),
    ],
)
def test_floors_and_margins(scores: list[float], verdict: Verdict, shown: int) -> None:
    ranked = [Ranked(f"entry-{n}", score) for n, score in enumerate(scores)]
    judgement = judge(ranked)
    assert judgement.verdict is verdict
    assert judgement.ranked == tuple(ranked[:shown])
    assert judgement.confidence == (scores[0] if scores else 0.0)


def test_every_wording_finds_its_own_entry_first(matcher: Matcher) -> None:
    for wording in WORDINGS:
        first, *others = matcher.rank(wording.text)
        winners = {first.entry_id, *(one.entry_id for one in others if one.score == first.score)}
        assert wording.entry_id in winners
        assert 0.99 < first.score <= 1.001


@pytest.mark.parametrize(
    ("question", "entry_id"),
    [
        ("我的身份証搞丟了", "id-card-lost"),
        ("身分正不見了怎麼辦", "id-card-lost"),  # a typo
        ("户口名簿丢了", "household-book-lost"),  # Simplified
        ("戶　籍　謄　本，１張幾元？", "transcript-apply"),  # full-width and spaced
        ("印監證明要帶什麼", "seal-cert"),
        ("幫兒子換名字", "name-change-minor"),
    ],
)
def test_the_same_question_in_other_clothes(matcher: Matcher, question: str, entry_id: str) -> None:
    judgement = matcher.judge(question)
    assert judgement.ranked[0].entry_id == entry_id
    assert judgement.verdict is not Verdict.UNKNOWN


@pytest.mark.parametrize("question", ["", " \n　", "？？！……", "😀😀", "Ω", "。" * 500])
def test_nothing_asked_is_unknown(matcher: Matcher, question: str) -> None:
    assert matcher.rank(question) == []
    assert matcher.judge(question).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("question", ["綜合所得稅怎麼報", "明天會下雨嗎"])
def test_a_foreign_question_is_never_answered_alone(matcher: Matcher, question: str) -> None:
    assert matcher.judge(question).verdict is not Verdict.SURE


def test_a_wording_of_two_entries_offers_both_in_order_of_id(matcher: Matcher) -> None:
    judgement = matcher.judge("我要遷戶口")
    assert judgement.verdict is Verdict.CHOOSE
    assert [one.entry_id for one in judgement.ranked] == ["move-in", "move-out"]


def test_the_order_of_the_wordings_does_not_matter(matcher: Matcher, words: Words) -> None:
    shuffled = random.Random(7).sample(WORDINGS, len(WORDINGS))
    other = Matcher(shuffled, words)
    for question in ("不見了", "我要遷戶口", "申請", *(one.text for one in WORDINGS)):
        ranked = matcher.rank(question)
        assert ranked == matcher.rank(question)
        assert [one.entry_id for one in ranked] == [one.entry_id for one in other.rank(question)]
        assert ranked == sorted(ranked, key=lambda one: (-one.score, one.entry_id))


def test_each_entry_is_ranked_once(matcher: Matcher) -> None:
    ids = [one.entry_id for one in matcher.rank("身分證和戶口名簿都不見了要怎麼補領，多少錢")]
    assert len(ids) == len(set(ids)) > 1


def test_no_entries_no_answer(words: Words) -> None:
    assert Matcher([], words).judge("身分證不見了").verdict is Verdict.UNKNOWN


def test_a_long_story_is_answered_by_the_question_at_its_end(matcher: Matcher) -> None:
    assert len(STORY) >= 300
    assert best(matcher, STORY) == "name-change-minor"
    assert matcher.judge(STORY).verdict is Verdict.SURE


def test_of_a_long_story_the_best_reading_counts(matcher: Matcher) -> None:
    asked = "未成年的小孩可以改名嗎"
    first = matcher.rank(f"{STORY}，小孩也很急，改名真的很重要")[0]
    assert first.score >= matcher.rank(asked)[0].score


def test_a_long_story_without_a_question_stays_unanswered(matcher: Matcher) -> None:
    assert matcher.judge("今天天氣真好。" * LONG_QUESTION).verdict is Verdict.UNKNOWN
