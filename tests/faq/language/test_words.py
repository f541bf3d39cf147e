import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language import tokenizing
from faq.language.cues import Cue
from faq.language.lexicon import BadLexicon, key
from faq.language.plain import plain
from faq.language.words import WordFiles, Words

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
SHIPPED = WordFiles.shipped()
FILES = WordFiles(
    dictionary="自然人憑證\n魑魅卡  # an office's own\n",
    lexicon="""
遺失 = 不見了, 掉了, lost
補發 < 掉了, 錢包+掉了
身分證 = ID card, 身份証
結婚登記 = 辦結婚
費用 = 多少錢
什麼 = 啥
""",
    stopwords="請問\n嗎\n# nothing\n什麼\n",
    cues="crisis: [想死]\n",
    sounds="zh- = z-\n",
    aspects="fee: [費用]\nloss: [遺失]\nany: [費用]\n",
    pairs="遷入 | 遷出 | 住址變更\n遷入 | 住址變更\n身分證 |\n",
)


@dataclass(frozen=True)
class Placed:
    """A word in its place."""

    text: str
    phrases: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small") / "not" / "there"


@pytest.fixture(scope="module")
def small(small_cache: Path) -> Words:
    return Words(FILES, small_cache)


# --- cutting ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("身分證掉了", ["身分證", "掉了"]),
        ("自然人憑證多少錢", ["自然人憑證", "多少錢"]),  # stands in the office's dictionary
        ("魑魅卡", ["魑魅卡"]),
        ("ID card lost", ["idcard", "lost"]),
        ("lost my ID card", ["lost", "my", "idcard"]),
        ("ＩＤ　ｃａｒｄ掉了", ["idcard", "掉了"]),
        ("id, card", ["idcard"]),
        ("my card", ["my", "card"]),
        ("3 5", ["3", "5"]),
        ("證", ["證"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words(small: Words, text: str, cut: list[str]) -> None:
    assert small.cut(plain(text)) == [plain(word) for word in cut]


@RULE
@given(text=st.text(max_size=40) | st.text("身分證掉了結婚登記 id card 多少錢嗎", max_size=30))
def test_cutting_loses_nothing_but_gaps(small: Words, text: str) -> None:
    cut = small.cut(plain(text))
    assert "".join(cut) == plain(text).replace(" ", "")
    assert all(cut)


@pytest.mark.parametrize(
    "text",
    ["household registration", "ID card", "Line Pay", "marriage certificate", "low income"],
)
def test_english_words_that_mean_something_together_stay_together(words: Words, text: str) -> None:
    assert words.cut(plain(text)) == [key(text)]
    assert words.is_known(key(text))


@pytest.mark.parametrize("one", ["長", "a", "身分證", "id card ", "😀", "。", "\u202e", "дом"])
def test_ten_thousand_characters_are_cut(small: Words, one: str) -> None:
    text = plain(one * (10_000 // len(one)))
    assert "".join(small.cut(text)) == text.replace(" ", "")


@pytest.mark.parametrize("word", ["戶口名簿", "自然人憑證", "戶政事務所", "結婚登記", "印鑑證明"])
def test_office_terms_are_known_whole_even_when_they_are_cut(words: Words, word: str) -> None:
    cut = words.cut(plain(word))
    assert words.is_known(plain(word))
    assert [plain(word)] == cut or all(plain(word) in found for found in words.phrases(cut))


def test_jieba_itself_does_not_learn_our_words(small: Words) -> None:
    assert small.cut(plain("魑魅卡")) == ["魑魅卡"]
    assert jieba.dt.FREQ.get("魑魅卡", 0) == 0
    assert jieba.dt.tmp_dir is None


def test_a_dictionary_is_written_whole_and_once(small: Words, small_cache: Path) -> None:
    def never_again() -> list[str]:
        raise AssertionError

    made_of = FILES.fingerprint("dictionary", "stopwords", "lexicon")
    name = f"words-{made_of}.txt"
    assert small.tokenizer.FREQ
    assert [item.name for item in small_cache.glob("words-*")] == [name]
    lines = (small_cache / name).read_text(encoding="utf-8").splitlines()
    written = {line.split(" ")[0] for line in lines}
    assert {"魑魅卡", "结婚", "登记"} <= written
    assert not {"", "idcard", "结婚登记"} & written
    again = tokenizing.load(made_of, small_cache, (), never_again)
    assert again.FREQ == small.tokenizer.FREQ


# --- meanings -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("遗失", {"=遗失": 1.0}),
        ("不见了", {"=遗失": 1.0}),
        ("掉了", {"=遗失": 1.0, "=补发": 0.7}),
        ("钱包+掉了", {"钱包+掉了": 1.0, "=补发": 0.9}),
        ("idcard", {"=身分证": 1.0}),
        ("天气", {"天气": 1.0}),
        ("", {"": 1.0}),
    ],
)
def test_a_word_is_looked_up_by_what_it_means(
    small: Words, word: str, keys: dict[str, float]
) -> None:
    assert dict(small.keys(word)) == keys


def test_every_wording_counts_as_its_meaning(words: Words) -> None:
    for wording, concepts in words.meanings.same.items():
        keys = dict(words.keys(wording))
        assert all(keys[f"={concept}"] == 1.0 for concept in concepts), wording


def test_a_word_is_looked_up_by_its_phrases_too(small: Words) -> None:
    found = dict(small.lookups(Placed("登记", ("结婚登记",))))
    assert found == {"登记": 1.0, "=结婚登记": 1.0}
    assert dict(small.lookups(Placed("天", ("天气",)))) == {"天": 1.0}  # means nothing known
    assert small.lookups(Placed("登记")) == small.keys("登记")


def test_words_beside_each_other_make_known_phrases(small: Words) -> None:
    found = small.phrases(["办", "结婚", "登记", "掉", "了"])
    assert found == [("办结婚",), ("办结婚", "结婚登记"), ("结婚登记",), ("掉了",), ("掉了",)]
    assert small.phrases(["登记", "结婚"]) == [(), ()]
    assert small.phrases([]) == []


def test_a_scene_is_shown_by_all_of_its_pieces_wherever_they_stand(small: Words) -> None:
    assert small.scenes("钱包昨天掉了") == small.scenes("掉了一个钱包") == [("钱包", "掉了")]
    assert small.scenes("钱包") == small.scenes("掉了") == small.scenes("") == []


@pytest.mark.parametrize(
    ("text", "silent"),
    [("请问", True), ("吗", True), ("啥", True), ("什么", True), ("多少钱", False), ("", False)],
)
def test_courtesies_say_nothing(small: Words, text: str, silent: bool) -> None:
    assert small.says_nothing(text) is silent


@pytest.mark.parametrize("text", ["請問", "謝謝", "不好意思", "麻煩", "什麼", "嗎", "啥"])
def test_shipped_courtesies_say_nothing(words: Words, text: str) -> None:
    assert words.says_nothing(plain(text))


@pytest.mark.parametrize("text", ["身分證", "遷入", "多少錢", "掉了", "要帶什麼", "本人", "😀"])
def test_what_a_message_is_about_says_something(words: Words, text: str) -> None:
    assert not words.says_nothing(plain(text))


def test_a_word_asks_for_what_its_meaning_asks_for(small: Words) -> None:
    assert small.aspects("多少钱") == ("fee", "any")
    assert small.aspects("掉了") == ("loss",)
    assert small.aspects("天气") == small.aspects("") == ()


@pytest.mark.parametrize(
    ("text", "aspect"), [("要帶什麼", "documents"), ("多少錢", "fee"), ("代領", "who")]
)
def test_shipped_words_ask_for_aspects(words: Words, text: str, aspect: str) -> None:
    assert aspect in words.aspects(plain(text))


@pytest.mark.parametrize(
    ("ours", "theirs", "apart"),
    [
        (["迁入"], {"迁出"}, True),
        (["迁入"], {"住址变更"}, True),
        (["迁出"], {"迁入", "天气"}, True),
        (["天气", "迁入"], {"迁出"}, True),
        (["迁入"], {"迁入", "迁出"}, False),
        (["迁入"], {"天气"}, False),
        (["身分证"], {"天气"}, False),  # a pair of one
        (["迁入"], set(), False),
        ([], {"迁出"}, False),
    ],
)
def test_concepts_of_two_sides_stand_apart(
    small: Words,
    ours: list[str],
    theirs: set[str],
    apart: bool,
) -> None:
    assert small.apart(ours, frozenset(theirs)) is apart


def test_words_of_the_offices_matters_tell_most(small: Words) -> None:
    assert small.rarity("掉了") == small.rarity("遗失") == 1.0
    assert 0 < small.rarity("的") < small.rarity("今天") < small.rarity("天气") < 1
    assert small.rarity("zzzq") > small.rarity("𠀀") > 0


@RULE
@given(word=st.text(max_size=6) | st.text("的一是身分證", max_size=4))
def test_how_much_a_word_tells_lies_between_nothing_and_all(small: Words, word: str) -> None:
    assert 0.0 <= small.rarity(word) <= 1.0


@pytest.mark.parametrize("word", ["掉了", "idcard", "天气", "魑魅卡"])
def test_a_word_of_the_office_or_the_language_is_a_word(small: Words, word: str) -> None:
    assert small.is_word(word)


@pytest.mark.parametrize("word", ["", "天", "身分正", "zzzq", "😀"])
def test_other_texts_are_no_words(small: Words, word: str) -> None:
    assert not small.is_word(word)


def test_official_words_are_meanings_and_the_dictionary(small: Words) -> None:
    assert {"遗失", "补发", "身分证", "自然人凭证", "魑魅卡"} <= small.official
    assert not {"掉了", "idcard", "请问"} & small.official


def test_a_message_speaks_for_concepts_by_their_numbers(small: Words) -> None:
    assert small.concepts.keys() == set(small.meanings.concepts)
    heard = small.topics("身分证掉了")
    loud = {one for one, number in small.concepts.items() if heard[number]}
    assert loud == {"身分证", "遗失", "补发"}


def test_cues_are_heard(small: Words) -> None:
    assert small.cues("我想死") == {Cue.CRISIS}
    assert small.cues("身分證掉了") == set()


# --- an office's own lists ----------------------------------------------------------------------
def test_an_offices_own_lines_come_to_the_shipped_ones(small: Words) -> None:
    own = small.with_lists({"lexicon": "遺失 = 遭竊", "stopwords": "拜託囉", "pairs": "甲 | 乙"})
    assert dict(own.keys("遭窃")) == {"=遗失": 1.0}
    assert dict(own.keys("掉了")) == dict(small.keys("掉了"))
    assert own.says_nothing("拜托啰") and not small.says_nothing("拜托啰")
    assert own.apart(["甲"], frozenset({"乙"})) and own.apart(["迁入"], frozenset({"迁出"}))


def test_without_own_lines_the_words_stay_the_same(small: Words) -> None:
    assert small.with_lists({}) is small
    assert small.with_lists({"aspects": "x: [遺失]", "other": "x"}) is small


def test_a_last_line_without_an_end_stays_a_line_of_its_own() -> None:
    joined = replace(FILES, pairs="甲 | 乙").with_lists({"pairs": "丙 | 丁"}).pairs
    lines = [line for line in joined.splitlines() if not line.startswith("#")]
    assert lines == ["甲 | 乙", "丙 | 丁"]


@pytest.mark.parametrize("line", ["遺失 遭竊", "遺失 = 遭\t竊", "遺失 ="])
def test_a_line_that_cannot_be_read_is_refused(small: Words, line: str) -> None:
    with pytest.raises(BadLexicon, match=r"\w+:\d+: "):
        small.with_lists({"lexicon": line})


@pytest.mark.parametrize("name", ["dictionary", "lexicon", "stopwords", "cues", "sounds", "pairs"])
def test_other_words_have_another_name(name: str) -> None:
    other = replace(FILES, **{name: f"{getattr(FILES, name)}\n# more"})
    assert other.fingerprint() != FILES.fingerprint()
    assert replace(other, **{name: getattr(FILES, name)}).fingerprint() == FILES.fingerprint()


def test_words_moved_from_one_file_to_the_next_have_another_name() -> None:
    one = replace(FILES, dictionary="甲\n", stopwords="乙\n")
    assert one.fingerprint() != replace(one, dictionary="乙\n", stopwords="甲\n").fingerprint()


def test_the_shipped_words_hang_together(words: Words) -> None:
    assert SHIPPED.fingerprint() == WordFiles.shipped().fingerprint()
    assert words.meanings.concepts
    assert "身分证" in words.official
    assert len(words.silent) > 50


def test_the_words_are_loaded_without_what_jieba_only_finds_its_files_with() -> None:
    code = "import sys, faq.language.words; sys.exit('pkg_resources' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text", ["要去哪裡報戶口", "你住哪裡", "車要停哪裡"])
def test_where_names_no_village(words: Words, text: str) -> None:
    assert "里" not in words.cut(plain(text))


def test_a_village_stays_one(words: Words) -> None:
    assert "里" in "".join(words.cut(plain("我是哪一里的")))
    assert "里" in "".join(words.cut(plain("青山里在哪裡")))
