from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language.topics import LONGEST_PIECE, Topics
from faq.language.words import Words

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
PIECES = st.dictionaries(
    st.text("甲乙丙", min_size=1, max_size=4),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True).map(tuple),
    max_size=8,
)
TEXTS = st.text("甲乙丙丁 ", max_size=14)


def loudness(pieces: dict[str, tuple[str, ...]], text: str) -> dict[str, float]:
    """What Topics must hear, said plainly."""
    concepts = {one for found in pieces.values() for one in found}
    places = [
        (start, end)
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
        if text[start:end] in pieces
    ]
    heard = dict.fromkeys(concepts, 0.0)
    for start, end in places:
        piece = text[start:end]
        rare = log((len(concepts) + 1) / (len(pieces[piece]) + 0.5))
        around = {
            one
            for first, last in places
            if first <= start and end <= last and (first, last) != (start, end)
            for one in pieces[text[first:last]]
        }
        for concept in set(pieces[piece]) - around:
            heard[concept] += rare * min(1.0, 0.5 + 0.25 * len(piece))
    return heard


@RULE
@given(PIECES, TEXTS)
def test_every_concept_is_as_loud_as_its_pieces(
    pieces: dict[str, tuple[str, ...]], text: str
) -> None:
    topics = Topics(pieces)
    heard = topics.hear(text)
    for concept, loud in loudness(pieces, text).items():
        assert heard[topics.concepts[concept]] == pytest.approx(loud)
    assert heard[-1] == 0.0
    assert len(heard) == len(topics.concepts) + 1


@RULE
@given(PIECES, TEXTS)
def test_hearing_again_hears_the_same(pieces: dict[str, tuple[str, ...]], text: str) -> None:
    topics = Topics(pieces)
    first = topics.hear(text)
    topics.hear("甲乙丙丁" + text)
    assert np.array_equal(topics.hear(text), first)


def test_a_piece_inside_a_longer_one_adds_only_what_is_its_own() -> None:
    topics = Topics({"戶口名簿": ("book",), "戶口": ("book", "household")})
    alone, together = topics.hear("戶口"), topics.hear("戶口名簿")
    book, household = topics.concepts["book"], topics.concepts["household"]
    assert together[book] > alone[book]
    assert together[household] == alone[household] > 0


def test_a_piece_of_few_concepts_is_louder() -> None:
    topics = Topics({"甲甲": ("a",), "乙乙": ("a", "b", "c")})
    heard_rare, heard_common = topics.hear("甲甲"), topics.hear("乙乙")
    assert heard_rare[topics.concepts["a"]] > heard_common[topics.concepts["a"]] > 0


def test_a_wording_too_long_to_be_a_piece_is_left_out() -> None:
    longest = "甲" * LONGEST_PIECE
    assert Topics({f"{longest}甲": ("a",)}).concepts == {}
    assert Topics({longest: ("a",)}).hear(longest).sum() > 0


@pytest.mark.parametrize(
    "text", ["", "丁", "😀", "？。！", "\u200b\u202e", "abc дом ガ", "丁" * 10_000]
)
def test_what_holds_no_piece_speaks_for_nothing(text: str) -> None:
    assert not Topics({"甲乙": ("a",), "丙": ("b",)}).hear(text).any()
    assert not Topics({}).hear(text).any()


def test_what_is_said_often_is_heard_often() -> None:
    topics = Topics({"甲乙": ("a",)})
    assert topics.hear("甲乙" * 50)[0] == pytest.approx(50 * topics.hear("甲乙")[0])


@pytest.mark.parametrize(
    ("text", "concept", "other"),
    [
        ("身分证掉了", "补领国民身分证", "垃圾清运"),
        ("户口名簿不见了", "户口名簿", "结婚登记"),
        ("想去户政事务所登记结婚", "结婚登记", "户口名簿"),
        ("垃圾车几点来", "垃圾清运", "补领国民身分证"),
    ],
)
def test_a_message_speaks_for_what_it_is_about(
    words: Words, text: str, concept: str, other: str
) -> None:
    heard = words.topics(text)
    assert heard[words.concepts[concept]] > heard[words.concepts[other]]
