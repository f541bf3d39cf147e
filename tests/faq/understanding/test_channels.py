from collections import Counter
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.understanding.channels import LONGEST_GRAM, Channel, Rows, grams, grams_of_texts, numbered

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
TEXTS = st.lists(st.sets(st.integers(0, 9), max_size=5), min_size=1, max_size=6)
ASKED = st.dictionaries(st.integers(0, 14), st.sampled_from([0.25, 0.5, 1.0, 2.0]), max_size=6)
ODD = ["", "甲", "😀", "\u200b\u202e", "？！", "a甲ガ😀", "\ud800"]


@st.composite
def owned(draw: st.DrawFn) -> tuple[list[set[int]], list[int]]:
    """Texts, and of which entry each is."""
    texts = draw(TEXTS)
    return texts, draw(st.lists(st.integers(0, 3), min_size=len(texts), max_size=len(texts)))


def channel(texts: list[set[int]], entry_of: list[int]) -> Channel:
    return Channel.build(*numbered(texts), np.array(entry_of, dtype=np.int64))


def tellings(texts: list[set[int]], entry_of: list[int]) -> dict[int, float]:
    """How telling each feature is, said plainly."""
    held = Counter(
        feature
        for entry in set(entry_of)
        for feature in set().union(*(t for t, e in zip(texts, entry_of, strict=True) if e == entry))
    )
    return {one: log((max(entry_of) + 2) / (count + 0.5)) for one, count in held.items()}


def cosine(one: dict[int, float], other: dict[int, float]) -> float:
    lengths = [sqrt(sum(value**2 for value in row.values())) for row in (one, other)]
    shared = sum(value * other.get(feature, 0.0) for feature, value in one.items())
    return shared / (lengths[0] * lengths[1]) if all(lengths) else 0.0


def asked_as_arrays(
    asked: dict[int, float],
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.float64]]
]:
    return np.array([*asked], dtype=np.int64), np.array([*asked.values()], dtype=np.float64)


@RULE
@given(owned(), ASKED)
def test_the_score_is_the_cosine(
    given_texts: tuple[list[set[int]], list[int]], asked: dict[int, float]
) -> None:
    texts, entry_of = given_texts
    telling = tellings(texts, entry_of)
    rarest = max(telling.values(), default=0.0)
    question = {one: telling.get(one, rarest) * count for one, count in asked.items()}
    expected = [cosine({one: telling[one] for one in text}, question) for text in texts]
    found = channel(texts, entry_of).score(*asked_as_arrays(asked))
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


@RULE
@given(owned(), ASKED)
def test_the_overlap_is_what_both_share(
    given_texts: tuple[list[set[int]], list[int]], asked: dict[int, float]
) -> None:
    texts, entry_of = given_texts
    telling = tellings(texts, entry_of)
    expected = [
        sum(telling[one] * strength for one, strength in asked.items() if one in text)
        for text in texts
    ]
    found = channel(texts, entry_of).overlap(*asked_as_arrays(asked))
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


@RULE
@given(owned())
def test_the_total_of_a_text_is_all_it_tells(
    given_texts: tuple[list[set[int]], list[int]],
) -> None:
    telling = tellings(*given_texts)
    expected = [sum(telling[one] for one in text) for text in given_texts[0]]
    assert channel(*given_texts).totals().tolist() == pytest.approx(expected, abs=1e-4)


def test_a_feature_named_twice_in_a_text_counts_once() -> None:
    entries = np.array([0, 1])
    once = Channel.build(*numbered([[7, 8], [7]]), entries)
    twice = Channel.build(*numbered([[7, 8, 7, 7], [7]]), entries)
    assert np.array_equal(once.weights, twice.weights)
    assert np.array_equal(once.totals(), twice.totals())


def test_what_many_entries_hold_tells_less_however_often_one_of_them_says_it() -> None:
    made = channel([{1, 2}, {2}, {2, 3}, {3}], [0, 0, 1, 2])
    first, second, third = made.telling
    assert first > third == second


def test_without_texts_or_questions_nothing_is_alike() -> None:
    empty = channel([], [])
    assert empty.score(*asked_as_arrays({1: 1.0})).tolist() == []
    assert empty.overlap(*asked_as_arrays({1: 1.0})).tolist() == []
    assert empty.totals().tolist() == []
    bare = channel([set(), set()], [0, 1])
    assert bare.score(*asked_as_arrays({1: 1.0})).tolist() == [0.0, 0.0]
    assert channel([{1}], [0]).score(*asked_as_arrays({})).tolist() == [0.0]
    assert channel([{1}], [0]).overlap(*asked_as_arrays({})).tolist() == [0.0]


def runs(text: str) -> list[str]:
    """The runs of a text, said plainly."""
    return [
        text[place : place + length]
        for length in range(1, LONGEST_GRAM + 1)
        for place in range(len(text) - length + 1)
        if " " not in text[place : place + length]
    ]


@RULE
@given(st.text(st.characters(min_codepoint=1) | st.just(" "), max_size=20))
def test_the_runs_of_a_text_are_told_apart_as_its_pieces_are(text: str) -> None:
    found = grams(text).tolist()
    assert len(found) == len(runs(text))
    assert len(set(found)) == len(set(runs(text)))


@RULE
@given(st.text("ab甲乙 ", max_size=8), st.text("ab甲乙 ", max_size=8))
def test_texts_share_runs_as_they_share_pieces(one: str, other: str) -> None:
    shared = set(grams(one).tolist()) & set(grams(other).tolist())
    assert len(shared) == len(set(runs(one)) & set(runs(other)))


@RULE
@given(st.lists(st.sampled_from([*ODD, "甲乙丙丁", "a b", "甲 "]), max_size=5))
def test_the_runs_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    numbers, owners = grams_of_texts(texts)
    for place, text in enumerate(texts):
        assert sorted(numbers[owners == place].tolist()) == sorted(grams(text).tolist())
    assert len(numbers) == len(owners) == sum(len(grams(text)) for text in texts)


def test_ten_thousand_characters_have_their_runs() -> None:
    assert len(grams("甲" * 10_000)) == 29_997
    assert len(set(grams("甲" * 10_000).tolist())) == LONGEST_GRAM


@RULE
@given(st.lists(st.lists(st.integers(0, 99), max_size=4), max_size=6), st.data())
def test_picked_rows_are_the_rows(rows: list[list[int]], data: st.DataObject) -> None:
    places = st.lists(st.integers(0, len(rows) - 1), max_size=6) if rows else st.just([])
    picked = data.draw(places)
    values, places_of = Rows.of(rows).pick(np.array(picked, dtype=np.int64))
    pairs = list(zip(places_of.tolist(), values.tolist(), strict=True))
    assert pairs == [(n, one) for n, row in enumerate(picked) for one in rows[row]]


@RULE
@given(st.lists(st.lists(st.integers(0, 99), max_size=4), max_size=6))
def test_numbers_are_told_with_their_rows(rows: list[list[int]]) -> None:
    values, places = numbered(rows)
    pairs = list(zip(places.tolist(), values.tolist(), strict=True))
    assert pairs == [(place, one) for place, row in enumerate(rows) for one in row]
