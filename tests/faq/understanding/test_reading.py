import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.mending import Mender
from faq.understanding.reading import (
    DENIED,
    LONGEST_CONTRAST,
    LONGEST_READ,
    PAST,
    Reading,
    read,
    read_wording,
    set_apart,
    shorten,
    which_ask,
)
from tests.faq.entries import STORY

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
LENGTHS = [0, 9, LONGEST_READ - 2, LONGEST_READ, LONGEST_READ + 9, 10_000]
ODD = ["", " \n　", "？？！……", "。" * 10_000, "\u200b\u200d", "\u202e\u2066", "😀", "，,、；"]


@pytest.fixture(scope="module")
def mender(words: Words) -> Mender:
    never = (word for word in words.silent if len(word) == 1)
    return Mender.of(words.official, words.sounds, never)


def said(reading: Reading) -> str:
    """What is said and not denied."""
    return "".join(word.text for word in reading.words if word.counts > DENIED)


@pytest.mark.parametrize(
    ("text", "meant", "denied"),
    [
        ("我不是要遷入是要遷出", "遷出", "遷入"),
        ("不是遷出，是要遷進來", "遷進來", "遷出"),
        ("不是要遷入而是要遷出", "遷出", "遷入"),
        ("並非遷入而是遷出", "遷出", "遷入"),
        ("不要遷入要遷出", "遷出", "遷入"),
        ("我不是問遷入，我問的是遷出", "遷出", "遷入"),
        ("不是遺失，是換發", "換發", "遺失"),
        ("我不是要補領，是要換領", "換領", "補領"),
        ("沒有要改名，是要改姓", "改姓", "改名"),
        ("我不想離婚，我想分居", "分居", "離婚"),
        ("我要辦身分證，不是印鑑", "身分證", "印鑑"),
        ("我要遷出不是遷入", "遷出", "遷入"),
        ("身分證沒有不見，只是要換新", "換新", "不見"),
        ("不是Passport，是ID card", "ID card", "passport"),
    ],
)
def test_of_two_things_set_against_each_other_one_is_meant(
    words: Words, mender: Mender, text: str, meant: str, denied: str
) -> None:
    reading = read(text, words, mender)
    assert plain(meant).replace(" ", "") in said(reading)
    assert plain(denied) not in said(reading)
    assert plain(denied) in reading.denied
    assert plain(denied) in reading.subject  # it still tells the field


@pytest.mark.parametrize(
    "text",
    [
        "不是本人可以辦嗎",
        "非本人可以辦嗎",
        "我不是戶長可以申請嗎",
        "不是設籍本市可以參加嗎",
        "如果不是戶長可以辦嗎",
        "若不是戶長可以辦嗎",
        "人不在台灣不是本人行嗎",
        "沒有身分證可以辦嗎",
        "可不可以不是本人辦",
        "我是不是要遷出",
        "是不是要帶身分證",
        "要不要帶印章",
        "你們是不是週末不上班",
        "可以不要印鑑嗎",
        "不是",
        "不是是",
        "不是，",
    ],
)
def test_a_condition_or_a_question_denies_nothing(words: Words, mender: Mender, text: str) -> None:
    reading = read(text, words, mender)
    assert reading.denied == ()
    assert {word.counts for word in reading.words} <= {1.0}


def test_what_is_done_already_counts_less_than_what_comes_now(words: Words) -> None:
    reading = read("身分證已經換好了，現在要辦護照", words)
    assert {word.text: word.counts for word in reading.words}["身分证"] == PAST
    assert {word.text: word.counts for word in reading.words}["护照"] == 1.0
    assert reading.denied == ()


def test_what_is_left_alone_counts_as_denied(words: Words) -> None:
    reading = read("戶籍不動，只要改名", words)
    assert "户籍" in reading.denied
    assert "改名" in said(reading)


def test_a_word_denied_and_meant_is_meant(words: Words) -> None:
    reading = read("不是遷入，是遷入和遷出", words)
    assert "迁入" not in reading.denied
    assert "迁入" in said(reading)


def test_in_a_long_message_nothing_is_set_apart() -> None:
    texts = ["不是迁入", "是要迁出", "甲" * LONGEST_CONTRAST]
    assert set_apart(texts) == [[(text, 1.0)] for text in texts]


@RULE
@given(
    st.lists(st.text("不是要没有我想而迁入出可以吗已经好了", min_size=1, max_size=9), max_size=5)
)
def test_setting_apart_loses_nothing_that_was_meant(texts: list[str]) -> None:
    parts = set_apart(texts)
    assert len(parts) == len(texts)
    for text, pieces in zip(texts, parts, strict=True):
        assert {counts for _, counts in pieces} <= {1.0, DENIED, PAST}
        place = 0
        for piece, _ in pieces:  # in order, only the words that deny or turn left out
            place = text.index(piece, place) + len(piece)


def test_in_a_story_some_clauses_ask_and_the_others_tell() -> None:
    told = ["我们全家五年前搬来这里", "先生在工业区上班我在卖菜", "小孩可以改名吗", "谢谢"]
    assert which_ask(told) == [False, False, True, True]


@pytest.mark.parametrize(
    "clauses", [[], ["甲" * 90], ["甲" * 50, "乙" * 50], ["甲", "乙", "丙"], ["小孩可以改名吗"]]
)
def test_few_or_short_clauses_are_no_story(clauses: list[str]) -> None:
    assert which_ask(clauses) == [True] * len(clauses)


def test_a_story_is_read_whole_and_its_question_is_known(words: Words, mender: Mender) -> None:
    reading = read(STORY, words, mender)
    assert reading.denied == ()
    asked = "".join(word.text for word in reading.words if word.asks)
    assert "改名" in asked
    assert "市场" in reading.subject
    assert "市场" not in asked


def test_only_clauses_that_ask_tell_what_about_it_is_asked(words: Words) -> None:
    asked = read("要多少錢", words).aspects
    assert "fee" in asked
    told = "我上次去辦的時候付了規費二十元，那天人很多排了一個早上，身分證要帶什麼"
    assert "fee" not in read(told, words).aspects
    assert "documents" in read(told, words).aspects


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("我的身分正不見了", "身分證"),
        ("自然人平證怎麼辦", "自然人憑證"),
        ("結昏登記", "結婚登記"),
        ("離昏登記要帶什麼", "離婚登記"),
        ("戶正事務所在哪", "戶政事務所"),
        ("委拖書", "委託書"),
        ("監戶宣告", "監護宣告"),
        ("育兒津帖", "育兒津貼"),
    ],
)
def test_a_mistyped_word_is_read_as_it_was_meant(
    words: Words, mender: Mender, written: str, meant: str
) -> None:
    assert plain(meant) in read(written, words, mender).subject
    assert plain(meant) not in read(written, words).subject


@pytest.mark.parametrize(
    "text",
    [
        "身分證不見了",
        "三個月內",
        "十二歲",
        "王小明",
        "我叫陳美玲住在永和",
        "台積電股票",
        "早上八點半",
        "三月十日",
        "我家的狗走失了",
        "今天天氣很好",
        "遷入遷出",
        "補領換領初領",
        "手機板橋便當",
        "ID card lost",
        "😀身分證",
        "ガイド дом",
    ],
)
def test_what_is_no_slip_is_read_as_it_was_typed(words: Words, mender: Mender, text: str) -> None:
    assert read(text, words, mender) == read(text, words)


@pytest.mark.parametrize("text", ODD)
def test_nothing_said_is_nothing_read(words: Words, mender: Mender, text: str) -> None:
    reading = read(text, words, mender)
    assert (reading.plain, reading.words, reading.denied) == ("", (), ())
    assert (reading.subject, reading.aspects) == ("", frozenset())
    assert read_wording(text, words).words == ()


def test_one_character_is_a_word(words: Words, mender: Mender) -> None:
    assert read("證", words, mender).subject == read_wording("證", words).subject == "证"


@pytest.mark.parametrize("one", ["長", "a", "身分證不見了", "不是遷入，", "ID ", "\u202e身", "1"])
def test_a_message_without_end_is_read_from_both_ends(
    words: Words, mender: Mender, one: str
) -> None:
    reading = read(one * 10_000, words, mender)
    assert len(reading.plain) <= LONGEST_READ + 1


def test_a_question_at_either_end_of_a_long_message_is_read(words: Words) -> None:
    filler = "我在市場賣菜，" * 1_000
    assert "身分证" in read(f"身分證不見了，{filler}", words).subject
    assert "身分证" in read(f"{filler}身分證不見了", words).subject


@RULE
@given(st.builds("{}{}".format, st.text(max_size=5), st.sampled_from(LENGTHS).map("甲".__mul__)))
def test_a_message_short_enough_is_not_shortened(text: str) -> None:
    short = shorten(text)
    assert (short == text) == (len(text) <= LONGEST_READ)
    assert len(short.replace("\n", "")) <= LONGEST_READ


@RULE
@given(text=st.text(max_size=40) | st.text("不是要遷入出，。嗎我身分證ab ？😀\u200b", max_size=40))
def test_any_message_can_be_read(words: Words, mender: Mender, text: str) -> None:
    reading = read(text, words, mender)
    assert reading.plain == plain(text)
    assert all(word.text for word in reading.words)
    assert not set(reading.denied) & {w.text for w in reading.words if w.counts > DENIED}


@RULE
@given(text=st.text("遷入身分證不見了戶口名簿ab ", max_size=20))
def test_invisible_characters_change_nothing(words: Words, text: str) -> None:
    assert (
        read("\u200b".join(text), words) == read(f"\u202e{text}\u202c", words) == read(text, words)
    )


def test_a_wording_is_taken_as_it_stands(words: Words) -> None:
    reading = read_wording("不是遷入，是遷出", words)
    assert [word.text for word in reading.words] == ["迁入", "迁出"]
    assert {word.counts for word in reading.words} == {1.0}
    assert reading.denied == ()


def test_a_word_knows_the_phrases_and_scenes_it_is_part_of(words: Words) -> None:
    phrase = {p for word in read("戶口名簿", words).words for p in word.phrases}
    assert "户口名簿" in phrase | {word.text for word in read("戶口名簿", words).words}
    scene = [word for word in read("我的錢包放口袋，出門就掉了", words).words if word.phrases]
    assert {word.text for word in scene} >= {"钱包", "掉了"}
    assert any("+" in phrase for word in scene for phrase in word.phrases)
