import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.classifying import LONGEST_HEARD
from faq.language.cues import Cue
from faq.language.kinds import Kind, Kinds, features

RULE = settings(deadline=None, max_examples=50)  # a busy machine is no fault
NUMBERS = {kind: place for place, kind in enumerate(Kind)}


def line(feature: str, **weights: int) -> str:
    row = [0] * len(Kind)
    for kind, weight in weights.items():
        row[NUMBERS[Kind(kind)]] = weight
    return f"{feature}\t{' '.join(map(str, row))}"


SMALL = Kinds.parse(
    "\n".join((line("", question=10), line("吗", question=90), line("坏", complaint=90)))
)


def test_the_weights_of_what_is_seen_are_counted_together() -> None:
    assert max(told := SMALL.tell("路燈壞了", ()), key=lambda k: told[k]) is Kind.COMPLAINT
    assert max(told := SMALL.tell("可以嗎", ()), key=lambda k: told[k]) is Kind.QUESTION
    alone, mixed = SMALL.tell("壞", ()), SMALL.tell("壞嗎", ())
    assert mixed[Kind.COMPLAINT] < alone[Kind.COMPLAINT]


def test_what_is_unknown_leaves_only_the_habit() -> None:
    assert SMALL.tell("甲乙丙", ()) == SMALL.tell("", ())


def test_no_weights_tell_nothing() -> None:
    assert Kinds.parse("").tell("路燈壞了", ()) == {}


@pytest.mark.parametrize("text", ["甲\t1 2 3", "甲\t" + "x " * len(Kind), "甲"])
def test_a_line_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Kinds.parse(text)


def test_marks_length_and_phrases_are_seen() -> None:
    assert {"mark ?", "length 0", "cue complaint"} <= features("好？", {Cue.COMPLAINT})
    assert "mark !" in features("好！", ())


def test_a_very_long_message_is_heard_at_both_ends() -> None:
    long = f"壞{'甲' * 3 * LONGEST_HEARD}嗎"
    assert {"^坏", "吗$"} <= features(long, ())
    assert len(features(long, ())) < 100


@RULE
@given(st.text(max_size=60))
def test_any_text_has_shares_that_make_one(text: str) -> None:
    assert sum(SMALL.tell(text, ()).values()) == pytest.approx(1.0)


@RULE
@given(st.text("壞嗎路燈 ab?", max_size=20))
def test_invisible_characters_change_nothing(text: str) -> None:
    assert features("\u200b".join(text), ()) == features(text, ())
