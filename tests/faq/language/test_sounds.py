import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language import sounds
from faq.language.plain import plain
from faq.language.sounds import Confusions, Sounds
from faq.language.words import WordFiles, Words

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
SHIPPED = Confusions.parse(WordFiles.shipped().sounds)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=12)


@pytest.fixture(scope="module")
def heard(words: Words) -> Sounds:
    return words.sounds


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("印監", "印鑑"),
        ("知", "資"),
        ("吃", "次"),
        ("四", "是"),
        ("熱", "樂"),
        ("男", "藍"),
        ("女", "呂"),
        ("當", "單"),
        ("真", "爭"),
        ("今", "京"),
        ("船", "床"),
        ("發", "花"),
        ("飛", "灰"),
        ("飯", "換"),
        ("方", "荒"),
        ("分", "婚"),
        ("風", "轟"),
        ("福", "湖"),
        ("翁", "文"),
        ("結分登記", "結婚登記"),
    ],
)
def test_what_is_confused_is_heard_alike(heard: Sounds, one: str, other: str) -> None:
    assert heard.hear(plain(one)) == heard.hear(plain(other))


@pytest.mark.parametrize(
    ("one", "other"), [("遷入", "遷出"), ("路", "綠"), ("努", "女"), ("八", "趴"), ("結", "離")]
)
def test_what_nobody_confuses_is_heard_apart(heard: Sounds, one: str, other: str) -> None:
    assert heard.hear(plain(one)) != heard.hear(plain(other))


@pytest.mark.parametrize(("one", "other"), [("知", "資"), ("發", "花"), ("當", "單"), ("風", "轟")])
def test_said_by_its_syllables_a_confusion_is_none(heard: Sounds, one: str, other: str) -> None:
    assert heard.say(plain(one)) != heard.say(plain(other))


def test_tones_do_not_count(heard: Sounds) -> None:
    assert len({heard.say(one) for one in "妈麻马骂"}) == 1


@RULE
@given(text=st.text(max_size=40))
def test_every_text_has_one_sign_a_character(heard: Sounds, text: str) -> None:
    assert len(heard.hear(text)) == len(heard.say(text)) == len(text)


@RULE
@given(one=HAN, other=HAN)
def test_a_longer_text_sounds_like_its_parts(heard: Sounds, one: str, other: str) -> None:
    assert heard.hear(one + other) == heard.hear(one) + heard.hear(other)


def test_what_is_said_alike_is_heard_alike(heard: Sounds) -> None:
    pairs = {(said, heard.heard[code]) for code, said in heard.exact.items()}
    assert len(pairs) == len({said for said, _ in pairs})
    assert heard.heard.keys() == heard.exact.keys()


@pytest.mark.parametrize("text", ["", "id card 1234", "😀", "？！。", "\u200b\u202e", "ガイド"])
def test_what_has_no_syllable_stays_as_it_is(heard: Sounds, text: str) -> None:
    assert heard.hear(text) == heard.say(text) == text


def test_ten_thousand_characters_are_heard(heard: Sounds) -> None:
    assert heard.hear("鉴" * 10_000) == heard.hear("监") * 10_000


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [
        ("zhang", "zan"),
        ("shi", "si"),
        ("ren", "len"),
        ("nü", "lü"),
        ("fang", "huan"),
        ("feng", "hong"),
        ("weng", "wen"),
        ("ding", "din"),
        ("ma", "ma"),
        ("", ""),
    ],
)
def test_a_syllable_is_folded(syllable: str, folded: str) -> None:
    assert SHIPPED.fold(syllable) == folded


def test_folding_a_syllable_twice_changes_nothing(heard: Sounds, cache: Path) -> None:
    assert heard.exact
    syllables = json.loads((cache / "syllables.json").read_text(encoding="utf-8"))
    assert len(syllables) > 400
    assert [one for one in syllables if SHIPPED.fold(SHIPPED.fold(one)) != SHIPPED.fold(one)] == []


def test_comments_and_empty_lines_say_nothing() -> None:
    assert Confusions.parse("# nothing\n\n  # zh- = z-\n") == Confusions({}, {}, {})
    assert Confusions.parse("zh- = z- # by ear") == Confusions({"zh": "z"}, {}, {})


@pytest.mark.parametrize("line", ["zh- z-", "zh- =", "= z-", "zh- = -z", "嗯", "zh- < z-"])
def test_a_line_that_is_no_confusion_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        Confusions.parse(f"fa = hua\n{line}")


def test_without_confusions_all_is_heard_as_it_is_said(heard: Sounds, cache: Path) -> None:
    strict = sounds.load("", cache)
    assert strict.heard == strict.exact == heard.exact


def test_the_readings_are_kept_whole_in_a_folder_made_for_them(tmp_path: Path) -> None:
    made = sounds.load("zh- = z-", tmp_path / "not" / "there")
    assert [one.name for one in (tmp_path / "not" / "there").iterdir()] == ["syllables.json"]
    assert made == sounds.load("zh- = z-", tmp_path / "not" / "there")
