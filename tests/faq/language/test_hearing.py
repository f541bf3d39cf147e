"""What messages are heard to be. The floors stand a little below docs/understanding.md."""

import pytest
import yaml

from faq.language.agencies import AgencyList
from faq.language.cues import Cue, CueList
from faq.language.hearing import DANGERS, hear
from faq.language.kinds import Kinds
from faq.language.words import WordFiles, Words
from tests.faq.messages import read

HELP = {*DANGERS, Cue.TROUBLED}
CRISIS, IDIOMS, MESSAGES = read("crisis"), read("idioms"), read("messages-test")


def share(words: Words, texts: list[tuple[str, str]], kind: str, cues: set[Cue]) -> float:
    """Of the messages of a kind, the percentage in which any of the cues is heard."""
    heard = [bool(words.cues(text) & cues) for text, called in texts if called == kind]
    return 100 * sum(heard) / len(heard)


def test_help_is_shown_to_nearly_everybody_in_danger(words: Words) -> None:
    assert share(words, CRISIS, "crisis", HELP) >= 97.5
    assert share(words, CRISIS, "crisis", {Cue.CRISIS}) >= 77


def test_idioms_hardly_ever_raise_the_alarm(words: Words) -> None:
    assert share(words, IDIOMS, "idiom", {*DANGERS}) <= 2.0


def test_ordinary_questions_are_left_in_peace(words: Words) -> None:
    assert share(words, MESSAGES, "question", {*DANGERS}) <= 1
    assert share(words, MESSAGES, "question", HELP) <= 5


def test_complaints_and_suggestions_are_heard_as_such(words: Words) -> None:
    wanted = {Cue.COMPLAINT, Cue.SUGGESTION}
    assert share(words, MESSAGES, "complaint", wanted) >= 91
    assert share(words, MESSAGES, "suggestion", wanted) >= 90
    assert share(words, MESSAGES, "question", wanted) <= 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我不想活了", {Cue.CRISIS}),
        ("等到快死了還沒叫到號", {Cue.COMPLAINT}),
        ("門口的燈壞了兩個禮拜都沒有人來修", {Cue.COMPLAINT}),
        ("可以多開一個窗口給老人家嗎，希望能改善", {Cue.SUGGESTION}),
        ("身分證不見了要怎麼補", set()),
    ],
)
def test_what_is_heard(words: Words, text: str, expected: set[Cue]) -> None:
    told = {Cue.CRISIS, Cue.COMPLAINT, Cue.SUGGESTION}
    assert words.cues(text) & told == expected


def test_a_phrase_of_danger_is_never_passed_over(words: Words) -> None:
    """It is at least trouble, whatever stands around it."""
    assert words.cues("自殺險的理賠要帶什麼，我想死") & HELP


def test_every_crisis_phrase_brings_help(words: Words) -> None:
    phrases = yaml.safe_load(WordFiles.shipped().cues)["crisis"]
    said = "最近真的很難過，我{}，不知道可以跟誰說"
    assert [one for one in phrases if not words.cues(said.format(one)) & HELP] == []


@pytest.mark.parametrize("text", ["我不想活動中心被拆", "請問自殺防治講座在哪裡"])
def test_an_idiom_is_never_an_alarm(words: Words, text: str) -> None:
    assert not words.cues(text) & {*DANGERS}


def test_danger_is_heard_in_one_sentence_of_many(words: Words) -> None:
    told = "我要辦身分證。我住在三民街。我不想活了。小孩明年要入學。謝謝你們的服務。"
    assert Cue.CRISIS in words.cues(told)
    assert Cue.CRISIS in words.cues("身分證不見了，" * 1_600 + "我不想活了")


def test_without_weights_the_phrases_alone_say_it() -> None:
    phrases = CueList.parse("crisis: [想死]\ncomplaint: [投訴]")
    heard = hear("我想死，我要投訴", phrases, Kinds.parse(""), AgencyList.parse(""))
    assert heard.cues == {Cue.CRISIS, Cue.COMPLAINT}
    assert heard.agency is None
