import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.mending import LONGEST, Mender

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
KNOWN = [
    *("身分证", "户口名簿", "印鉴证明", "结婚登记", "离婚登记", "国民年金", "急难救助"),
    *("十二岁", "自然人凭证", "迁入", "补领", "idcard", "机"),
]
NEVER = "我要的"
FILLER = "喵"  # sounds and looks like nothing that is known


@pytest.fixture(scope="module")
def mender(words: Words) -> Mender:
    return Mender.of(KNOWN, words.sounds, NEVER)


def mend(mender: Mender, text: str) -> str:
    """The text with each of its characters doubted."""
    return mender.mend(list(text), [True] * len(text))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("身分正", "身分證"),  # sounds the same
        ("申分證", "身分證"),
        ("戶口民簿", "戶口名簿"),  # -ing and -in
        ("印監證明", "印鑑證明"),
        ("印鑑正明", "印鑑證明"),
        ("結昏登記", "結婚登記"),
        ("結婚登紀", "結婚登記"),
        ("離昏登記", "離婚登記"),
        ("國名年金", "國民年金"),
        ("急難救住", "急難救助"),
        ("急難求助", "急難救助"),  # looks the same
        ("戶囗名簿", "戶口名簿"),
        ("自燃人憑正", "自然人憑證"),  # twice wrong, as it sounds
        ("自然人平正", "自然人憑證"),
        ("遷如", "遷入"),
        ("十二碎", "十二歲"),
        ("身分正和戶口民簿", "身分證和戶口名簿"),
        ("我的身分正喵", "我的身分證喵"),
    ],
)
def test_a_mistyped_word_is_put_right(mender: Mender, written: str, meant: str) -> None:
    assert mend(mender, plain(written)) == plain(meant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "身",
        "身分",  # half a word is no slip
        "戶口名",
        "口名簿",
        "十三歲",  # a number is meant
        "二十歲",
        "遷出",  # another word, one character away
        "補助",
        "結要登記",  # characters that are never slips
        "我分證",
        "我婚登記",
        "結婚登我",
        "今天天氣很好",
        "a分證",
        "idcart",
        "1234",
        "😀",
        "？！，。",
        "\u200b\u202e",
        "ガイド",
        "дом",
    ],
)
def test_what_is_no_slip_stays_as_it_was_typed(mender: Mender, text: str) -> None:
    assert mend(mender, text) == text
    assert mend(mender, plain(text)) == plain(text)


def test_ten_thousand_characters_are_mended(mender: Mender) -> None:
    assert mend(mender, f"{FILLER * 10_000}身分正") == f"{FILLER * 10_000}身分证"


@pytest.mark.parametrize("word", KNOWN)
def test_a_known_word_stays_even_when_it_is_doubted(mender: Mender, word: str) -> None:
    assert mend(mender, word) == mender.mend([word], [True]) == word


@RULE
@given(cut=st.lists(st.sampled_from(KNOWN), max_size=6))
def test_words_that_are_known_are_never_touched(mender: Mender, cut: list[str]) -> None:
    assert mender.mend(cut, [False] * len(cut)) == "".join(cut)


@RULE
@given(cut=st.lists(st.sampled_from([*KNOWN, FILLER]), max_size=8))
def test_a_word_nobody_knows_puts_no_known_word_in_doubt(mender: Mender, cut: list[str]) -> None:
    assert mender.mend(cut, [word == FILLER for word in cut]) == "".join(cut)


@RULE
@given(cut=st.lists(st.text("身分正结昏登记迁如户口民簿", min_size=1, max_size=5), max_size=5))
def test_without_doubt_nothing_is_mended(mender: Mender, cut: list[str]) -> None:
    assert mender.mend(cut, [False] * len(cut)) == "".join(cut)


@RULE
@given(text=st.text() | st.text("身分正证户口民名簿结昏离婚登记迁如入 a", max_size=20))
def test_a_mended_text_is_as_long_as_what_was_typed(mender: Mender, text: str) -> None:
    assert len(mend(mender, text)) == len(text)


@RULE
@given(text=st.text("身分正证户口民名簿结昏登记迁如", max_size=14), at=st.sets(st.integers(0, 13)))
def test_only_what_lies_near_a_doubt_changes(mender: Mender, text: str, at: set[int]) -> None:
    doubted = [place in at for place in range(len(text))]
    mended = mender.mend(list(text), doubted)
    for place, (typed, meant) in enumerate(zip(text, mended, strict=True)):
        if typed != meant:
            assert any(doubted[max(0, place - LONGEST + 1) : place + LONGEST])


def test_a_word_that_is_sure_is_not_cut_apart(mender: Mender) -> None:
    assert mender.mend(["分身", "分", "正"], [True] * 3) == "分身分证"
    assert mender.mend(["分身", "分", "正"], [False, True, True]) == "分身分正"
    assert mender.mend(["身分", "正"], [False, True]) == "身分证"


def test_the_longest_word_is_put_right_first(words: Words) -> None:
    mender = Mender.of(["登记", "结婚登记"], words.sounds)
    assert mend(mender, "结昏等记") == "结婚登记"
    assert mend(mender, "喵昏等记") == "喵昏登记"


def test_of_words_that_sound_alike_the_one_that_shares_more_is_meant(words: Words) -> None:
    mender = Mender.of(["换发证", "缓发证", "缓罚政"], words.sounds)
    assert mend(mender, "换发正") == "换发证"
    assert mend(mender, "缓罚正") == "缓罚政"


def test_words_too_short_too_long_or_english_are_nothing_to_mend_to(words: Words) -> None:
    mender = Mender.of(["机", "甲乙丙丁戊己庚辛", "idcard"], words.sounds)
    assert (mender.by_sound, mender.by_look) == ({}, {})
    assert mend(mender, "甲乙丙丁戊己庚心") == "甲乙丙丁戊己庚心"
    assert mend(Mender.of([], words.sounds), "身分正") == "身分正"


def test_the_order_of_the_words_does_not_matter(words: Words) -> None:
    one, other = Mender.of(KNOWN, words.sounds), Mender.of(KNOWN[::-1], words.sounds)
    for text in ("身分正", "国名年金", "急难求助", "离昏登记"):
        assert mend(one, text) == mend(other, text)
