import random

import pytest

from faq.language.words import Words
from faq.understanding.knowledge import Item
from faq.understanding.matching import CANDIDATES, Matcher
from faq.understanding.reading import read
from tests.faq.entries import SMALL, STORY, matcher_of

ITEMS = [Item(entry_id, tuple(texts), "請帶身分證。") for entry_id, texts in SMALL.items()]
ODD = ["", " \n　", "？？！……", "。" * 500, "\u200b\u200d", "\u202e\u2066", "請問一下"]


@pytest.fixture(scope="module")
def matcher(words: Words) -> Matcher:
    return matcher_of(ITEMS, words)


def best(matcher: Matcher, question: str) -> str:
    return matcher.rank(question)[0].entry_id


def test_every_wording_finds_its_own_entry_first(matcher: Matcher) -> None:
    for item in ITEMS:
        for text in item.wordings:
            exact = [one.entry_id for one in matcher.rank(text) if one.exact]
            assert item.id in exact
            assert matcher.rank(text)[0].exact


@pytest.mark.parametrize(
    ("question", "entry_id"),
    [
        ("我的身份証搞丟了", "id-card-lost"),
        ("身分正不見了怎麼辦", "id-card-lost"),  # a typo
        ("户口名簿丢了", "household-book-lost"),  # Simplified
        ("戶　籍　謄　本，１張幾元？", "transcript-apply"),  # full-width and spaced
        ("印監證明要帶什麼", "seal-cert"),  # sounds the same
        ("ID card lost怎麼補", "id-card-lost"),
        ("幫兒子換名字", "name-change-minor"),
        ("我不是要遷入是要遷出", "move-out"),
        ("不是遷出，是要遷進來", "move-in"),
        ("戶口名簿沒有壞，是搞丟了", "household-book-lost"),
    ],
)
def test_the_same_question_in_other_clothes(matcher: Matcher, question: str, entry_id: str) -> None:
    assert best(matcher, question) == entry_id


@pytest.mark.parametrize("question", ODD)
def test_nothing_asked_has_no_candidates(matcher: Matcher, question: str) -> None:
    assert matcher.rank(question) == []


@pytest.mark.parametrize("question", ["😀", "Ω", "證", "a" * 10_000, "身分證不見了" * 2_000])
def test_odd_questions_are_ranked_without_a_fuss(matcher: Matcher, question: str) -> None:
    assert len(matcher.rank(question)) <= CANDIDATES


def test_a_wording_of_two_entries_is_exact_for_both(matcher: Matcher) -> None:
    exact = [one.entry_id for one in matcher.rank("我要遷戶口") if one.exact]
    assert sorted(exact) == ["move-in", "move-out"]


def test_the_order_of_the_entries_does_not_matter(matcher: Matcher, words: Words) -> None:
    other = matcher_of(random.Random(7).sample(ITEMS, len(ITEMS)), words)
    for question in ("不見了", "申請", "身分證不見了要怎麼補", "幫小孩換名字"):
        mine, theirs = matcher.rank(question), other.rank(question)
        assert mine == matcher.rank(question)
        assert {one.entry_id: round(one.score, 4) for one in mine} == {
            one.entry_id: round(one.score, 4) for one in theirs
        }


def test_each_entry_is_ranked_once(matcher: Matcher) -> None:
    ids = [one.entry_id for one in matcher.rank("身分證和戶口名簿都不見了要怎麼補領，多少錢")]
    assert len(ids) == len(set(ids)) > 1


def test_no_entries_no_candidates(words: Words) -> None:
    assert matcher_of([], words).rank("身分證不見了") == []
    assert matcher_of([Item("empty", ())], words).rank("身分證不見了") == []


def test_a_long_story_is_read_for_its_question(matcher: Matcher) -> None:
    assert len(STORY) >= 300
    assert best(matcher, STORY) == "name-change-minor"


def test_near_opposites_are_rivals(matcher: Matcher) -> None:
    assert matcher.are_rivals("move-in", "move-out")
    assert matcher.are_rivals("id-card-lost", "household-book-lost")
    assert not matcher.are_rivals("id-card-lost", "id-card-lost")


def test_a_sound_finds_what_wrong_characters_hide(matcher: Matcher, words: Words) -> None:
    """Read without mending, so that nothing but the sound can find it."""
    unmended = read("音見正名", words)
    assert not set("音見正名") & set("印鑑證明")
    found = matcher.rank_reading(unmended)[0]
    assert found.entry_id == "seal-cert"
    assert found.seen["heard_within"] > 0.6


def test_several_near_wordings_speak_louder_than_one(words: Words) -> None:
    near = ("路邊的樹倒了", "路邊有樹倒下", "路邊一棵樹倒了", "樹倒在路邊", "路邊樹倒")
    several = Item("several", near)
    single = Item("single", ("路邊的樹倒了嗎", "圖書館幾點開", "游泳池門票", "停車費", "里長電話"))
    found = Matcher.of([several, single], words, {})
    places, seen = found.look(found.read("路邊的樹倒了嗎"))
    alike = {found.id_of(int(p)): seen["alike"][at] for at, p in enumerate(places)}
    assert alike["several"] > alike["single"]
    assert max(seen["heard_within"]) <= 1


def test_what_of_a_question_sounds_within_a_wording(words: Words) -> None:
    found = Matcher.of([Item("tree", ("公園旁邊路燈不亮要報給誰",))], words, {})
    _, seen = found.look(found.read("路燈不亮"))
    assert seen["heard_within"].tolist() == [1.0]
    assert 0 < seen["alike"][0] < 1
