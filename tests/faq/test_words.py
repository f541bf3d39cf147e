from pathlib import Path

import jieba
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.collation import fold
from faq.words import Cue, Replacer, WordFiles, Words

SHIPPED = WordFiles.shipped()
CUES = yaml.safe_load(SHIPPED.cues)
SYNONYMS = [line.split("=") for line in SHIPPED.synonyms.splitlines() if line[:1] not in {"", "#"}]
TABLES = st.dictionaries(st.text("甲乙丙", max_size=4), st.text("甲丁", max_size=2), max_size=8)


def replaced(table: dict[str, str], text: str) -> str:
    """What Replacer must do, said plainly."""
    done = ""
    while text:
        here = max((p for p in table if p and text.startswith(p)), key=len, default=text[0])
        done += table.get(here, here)
        text = text[len(here) :]
    return done


@given(TABLES, st.text("甲乙丙丁", max_size=12))
def test_the_longest_phrase_is_replaced_at_each_place(table: dict[str, str], text: str) -> None:
    assert Replacer(table).replace(text) == replaced(table, text)


def test_a_meaning_is_not_replaced_again() -> None:
    assert Replacer({"甲": "乙", "乙": "丙", "甲甲": ""}).replace("甲乙甲甲") == "乙丙"


def test_every_synonym_counts_as_its_meaning(words: Words) -> None:
    for meaning, wordings in SYNONYMS:
        for wording in (meaning, *wordings.split(",")):
            assert words.canonical(wording) == fold(meaning), wording


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("請問一下，身份証是不是搞丟了呢？", "國民身分證 不見了"),
        ("拜託，我想問謄本多少錢呢", "戶籍謄本 費用"),
        ("ＩＤ　ｃａｒｄ找不到了", "身分證遺失"),
        ("身份证丢失", "身分證掉了"),
    ],
)
def test_what_says_nothing_about_the_subject_is_left_out(
    words: Words, said: str, meant: str
) -> None:
    assert words.subject(words.canonical(said)) == words.canonical(meant).removesuffix("了")


def test_a_text_of_courtesies_only_is_kept(words: Words) -> None:
    assert words.subject(fold("請問一下謝謝")) == fold("請問一下謝謝")


def test_office_terms_are_not_cut_apart(words: Words) -> None:
    text = fold("自然人憑證和戶口名簿")
    assert words.cut(text) == [fold("自然人憑證"), "和", fold("戶口名簿")]


def test_jieba_itself_does_not_learn_our_words(words: Words, cache: Path) -> None:
    assert words.cut(fold("戶政事務所")) == [fold("戶政事務所")]
    assert jieba.dt.FREQ.get(fold("戶政事務所"), 0) == 0
    assert jieba.dt.tmp_dir is None
    assert list(cache.glob("jieba-*.txt"))


@pytest.mark.parametrize("phrase", CUES["crisis"])
def test_every_crisis_phrase_is_heard_inside_a_sentence(words: Words, phrase: str) -> None:
    assert Cue.CRISIS in words.cues(f"最近真的很難過，我{phrase}，不知道可以跟誰說")
    assert Cue.CRISIS in words.cues(f"等到快死了還沒輪到，我{phrase}")


@pytest.mark.parametrize("idiom", CUES["harmless"])
def test_an_idiom_is_no_crisis(words: Words, idiom: str) -> None:
    assert Cue.CRISIS not in words.cues(f"今天在這裡{idiom}了，還沒有輪到我")


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("我家隔壁失火了", Cue.EMERGENCY),
        ("他又家暴，我好怕", Cue.VIOLENCE),
        ("有人叫我匯保證金，是不是詐騙", Cue.FRAUD),
        ("巷口很臭，要投訴", Cue.COMPLAINT),
        ("建議多開一個窗口", Cue.SUGGESTION),
    ],
)
def test_other_cues_are_heard_too(words: Words, text: str, cue: Cue) -> None:
    assert words.cues(text) == {cue}


@pytest.mark.parametrize("text", ["你好！", "ＨＩ～", "哈囉。", "Hello!!"])
def test_a_greeting_alone_is_a_greeting(words: Words, text: str) -> None:
    assert words.cues(text) == {Cue.GREETING}


@pytest.mark.parametrize("text", ["你好，身分證不見了", "謝謝，那戶口名簿呢", "", "？？"])
def test_a_greeting_before_a_question_is_none(words: Words, text: str) -> None:
    assert words.cues(text) == set()


@pytest.mark.parametrize(
    "text", ["活著好累，死了算了", "我想死。你們都不懂", "等死算了", "真的不想活 了啦我不想活"]
)
def test_a_harmless_phrase_across_a_comma_hides_no_crisis(words: Words, text: str) -> None:
    assert Cue.CRISIS in words.cues(text)


@pytest.mark.parametrize(
    "text",
    [
        "年輕生小孩有補助嗎",
        "請問我想死亡登記要帶什麼",
        "我不想活動中心被拆",
        "結束自己的營業要辦什麼",
        "戶口名簿被打濕了",
        "著火鍋店旁邊的路不平",
    ],
)
def test_words_inside_other_words_are_no_distress(words: Words, text: str) -> None:
    assert not words.cues(text) & {Cue.CRISIS, Cue.VIOLENCE, Cue.EMERGENCY}


def test_courtesies_are_found_in_canonical_words(words: Words) -> None:
    asked = words.subject(words.canonical("身分證搞丟了怎麼辦"))
    assert asked == words.subject(words.canonical("身分證遺失"))
