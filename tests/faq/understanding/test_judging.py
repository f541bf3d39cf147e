import random

import pytest

from faq.language.cues import Cue
from faq.language.hearing import Heard
from faq.language.kinds import Kind
from faq.understanding.judging import MOST_CHOICES, Model, Verdict
from faq.understanding.matching import Ranked

MODEL = Model(
    ranking={},
    confidence={"bias": -5.0, "score": 10.0, "lead": 3.0, "cue_complaint": -4.0},
    sure=0.8,
    choose=0.2,
    span=2.0,
    close=1.0,
)


def ranked(*scores: float) -> list[Ranked]:
    return [Ranked(f"entry-{n}", score) for n, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "verdict", "shown"),
    [
        ([], Verdict.UNKNOWN, 0),
        ([0.5], Verdict.UNKNOWN, 1),
        ([5.0, 4.9], Verdict.CHOOSE, 2),
        ([5.0, 4.9, 3.1, 2.9], Verdict.CHOOSE, 3),
        ([9.0, 3.0], Verdict.SURE, 1),
        ([5.0] * 9, Verdict.CHOOSE, MOST_CHOICES),
        ([-9.0] * 9, Verdict.UNKNOWN, MOST_CHOICES),
    ],
)
def test_three_verdicts(scores: list[float], verdict: Verdict, shown: int) -> None:
    judged = MODEL.judge(ranked(*scores))
    assert (judged.verdict, len(judged.ranked)) == (verdict, shown)
    assert 0.0 <= judged.confidence <= 1.0


def test_rivals_that_score_close_always_lead_to_a_question() -> None:
    near, far = ranked(9.0, 8.5), ranked(9.0, 7.5)
    assert MODEL.judge(near).verdict is Verdict.SURE
    assert MODEL.judge(near, are_rivals=lambda *_: True).verdict is Verdict.CHOOSE
    assert MODEL.judge(far, are_rivals=lambda *_: True).verdict is Verdict.SURE


def test_a_complaint_is_trusted_less() -> None:
    complaint = Heard(frozenset({Cue.COMPLAINT}), {Kind.COMPLAINT: 0.9})
    assert MODEL.trust(ranked(9.0), complaint, 10) < MODEL.trust(ranked(9.0), Heard(), 10)


def test_an_entrys_own_words_are_enough() -> None:
    exact = [Ranked("a", -3.0, exact=True), Ranked("b", 9.0)]
    judged = MODEL.judge(exact)
    assert (judged.verdict, judged.confidence) == (Verdict.SURE, 1.0)
    assert [one.entry_id for one in judged.ranked] == ["a"]


def test_words_of_two_entries_offer_both() -> None:
    both = [Ranked("a", 5.0, exact=True), Ranked("b", 5.0, exact=True), Ranked("c", 4.9)]
    judged = MODEL.judge(both)
    assert judged.verdict is Verdict.CHOOSE
    assert [one.entry_id for one in judged.ranked] == ["a", "b"]


def test_more_score_and_more_lead_never_trust_less() -> None:
    drawn = random.Random(3)
    for _ in range(200):
        first = drawn.uniform(-5, 15)
        second = first - drawn.uniform(0, 5)
        more = MODEL.trust(ranked(first + 1, second), Heard(), 10)
        assert more >= MODEL.trust(ranked(first, second), Heard(), 10)


def test_the_shipped_model_is_whole() -> None:
    model = Model.shipped()
    assert 0 < model.choose < model.sure < 1
    assert {"sounded", "meant", "topic", "apart"} <= model.ranking.keys()
    assert {"bias", "score", "lead"} <= model.confidence.keys()
