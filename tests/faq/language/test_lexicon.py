from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language.lexicon import WITH, BadLexicon, Group, Meanings, compile_groups, key, parse
from faq.language.plain import plain

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
WORDINGS = st.sampled_from(
    ["甲", "甲乙", "乙丙丁", "甲+乙", "乙+甲", "丙+乙", "甲+乙+丁", "甲+甲", "丁"]
)
GROUPS = st.lists(
    st.builds(
        Group,
        st.sampled_from(["甲", "乙丙", "戊"]),
        st.lists(WORDINGS, min_size=1, max_size=4).map(tuple),
        st.booleans(),
    ),
    max_size=5,
)
FILES = [item for item in (files("data") / "words" / "lexicon").iterdir() if item.is_file()]


def test_a_line_is_a_meaning_and_what_says_or_suggests_it() -> None:
    assert list(parse("遺失 = 不見了, 掉了\n補發 < 掉了")) == [
        Group("遺失", ("不見了", "掉了"), same=True),
        Group("補發", ("掉了",), same=False),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# 遺失 = 掉了", "   # ", "\u3000"])
def test_comments_and_empty_lines_hold_no_group(text: str) -> None:
    assert list(parse(text)) == []


def test_a_comment_after_a_line_and_commas_too_many_do_not_matter() -> None:
    assert list(parse("遺失 = 掉了,, 不見 , # 口語\r\n")) == [
        Group("遺失", ("掉了", "不見"), same=True)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "遺失 掉了",
        "遺失=掉了",
        "遺失<掉了",
        "遺失 ＝ 掉了",
        "遺失 = 掉了 < 不見",
        "遺失",
        "遺失 =",
        "= 掉了",
        "遺失 = , ,",
        "遺失 = 掉\t了",
        "遺\t失 = 掉了",
        "遺失\t=\t掉了",
        "😀",
        "，" * 10_000,
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_file(line: str) -> None:
    with pytest.raises(BadLexicon, match=r"^office\.txt:3: "):
        list(parse(f"# words\n搬家 = 換地址\n{line}\n", "office.txt"))


@pytest.mark.parametrize("item", FILES, ids=lambda item: str(item.name))
def test_every_shipped_file_can_be_read(item: Path) -> None:
    assert list(parse(item.read_text(encoding="utf-8"), item.name))


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("ID Card", "idcard"),
        ("身份証", "身分证"),
        ("錢包+掉了", "钱包+掉了"),
        ("Ｅ化 ＋ 網路", "e化网路"),  # a full-width plus is punctuation
        ("身\u200b分\u202e證", "身分证"),
        ("", ""),
        ("？！", ""),
        ("😀", ""),
    ],
)
def test_a_word_is_looked_up_plain_and_without_gaps(word: str, found: str) -> None:
    assert key(word) == found


@RULE
@given(st.text(st.characters(codec="utf-8", exclude_characters=WITH)))
def test_a_word_is_looked_up_as_its_plain_text(word: str) -> None:
    assert key(word) == plain(word).replace(" ", "")


def test_a_wording_may_mean_and_suggest_several_concepts() -> None:
    found = Meanings.of(parse("規費 = 多少錢\n費用 = 多少錢, 要錢嗎\n補助 < 多少錢, 多少钱"))
    assert found.same["多少钱"] == ("规费", "费用")
    assert found.hints == {"多少钱": ("补助",)}
    assert found.concepts == ("规费", "费用", "补助")


def test_a_concept_without_letters_is_left_out() -> None:
    assert Meanings.of(parse("？？ = 掉了")) == Meanings.of([])


@pytest.mark.parametrize(
    "line", ["遺失 = ？？", "遺失 < 掉了, 😀", "甲 < 乙+", "甲 < 房子+？", "甲 = 乙 = 丙"]
)
def test_a_wording_or_piece_without_letters_is_refused(line: str) -> None:
    with pytest.raises(BadLexicon, match="lexicon:1: "):
        list(parse(line))


def test_of_joined_files_the_right_one_is_named() -> None:
    with pytest.raises(BadLexicon, match="office:2: "):
        list(parse("#@ general.txt\n遺失 = 掉了\n#@ office\n# ours\n遺失 掉了"))


def test_a_scene_is_found_by_its_rarest_piece() -> None:
    found = Meanings.of(parse("補發 < 錢包+掉了, 皮夾+掉了, 掉了+半夜+錢包"))
    assert found.scenes == {
        "钱包": (("钱包", "掉了"),),
        "皮夹": (("皮夹", "掉了"),),
        "半夜": (("掉了", "半夜", "钱包"),),
    }
    assert found.pieces["掉了"] == ("补发",)


@RULE
@given(GROUPS)
def test_every_wording_leads_to_its_concept(groups: list[Group]) -> None:
    found = Meanings.of(groups)
    for group in groups:
        assert key(group.concept) in found.same[key(group.concept)]
        for wording in group.wordings:
            table = found.same if group.same else found.hints
            assert group.concept in table[wording]
            assert all(group.concept in found.pieces[one] for one in wording.split(WITH))


@RULE
@given(GROUPS)
def test_every_scene_is_held_once_and_under_a_piece_of_its_own(groups: list[Group]) -> None:
    found = Meanings.of(groups)
    held = [WITH.join(scene) for scenes in found.scenes.values() for scene in scenes]
    assert sorted(held) == sorted(one for one in found.hints if WITH in one)
    assert all(piece in scene for piece, scenes in found.scenes.items() for scene in scenes)


@RULE
@given(GROUPS)
def test_nothing_leads_to_what_is_no_concept(groups: list[Group]) -> None:
    found = Meanings.of(groups)
    named = {one for table in (found.same, found.hints, found.pieces) for one in table.values()}
    assert {one for concepts in named for one in concepts} == set(found.concepts)
    assert len(set(found.concepts)) == len(found.concepts)
    assert set(found.concepts) == {group.concept for group in groups}


def test_what_was_gathered_once_is_read_again_from_the_cache(tmp_path: Path) -> None:
    text = "遺失 = 掉了\n補發 < 錢包+掉了"
    made = compile_groups(text, "one", tmp_path / "new")
    assert made == Meanings.of(parse(text))
    assert compile_groups("not read = again", "one", tmp_path / "new") == made
    assert [item.name for item in (tmp_path / "new").iterdir()] == ["lexicon-one.bin"]


def test_a_lexicon_that_cannot_be_read_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(BadLexicon, match="lexicon:1"):
        compile_groups("遺失 掉了", "bad", tmp_path)
    assert list(tmp_path.iterdir()) == []
