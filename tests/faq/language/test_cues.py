import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language.cues import WHOLE_MESSAGE, Cue, CueList
from faq.language.words import WordFiles

RULE = settings(deadline=None, max_examples=30)  # a busy machine is no fault
PHRASES = CueList.parse(WordFiles.shipped().cues)
SHIPPED = yaml.safe_load(WordFiles.shipped().cues)
DISTRESS = {Cue.CRISIS, Cue.EMERGENCY, Cue.VIOLENCE}
SMALL = CueList.parse(
    "crisis: [想死]\nharmless: [想死你]\nfraud: [匯款給, 加LINE匯]\nviolence: [匯款給]\n"
    "greeting: [你好, Hello]\nthanks: [thank you]"
)


def test_every_crisis_phrase_is_heard_inside_a_sentence() -> None:
    said = ("最近真的很難過，我{}，不知道可以跟誰說", "等到快死了還沒輪到，我{}")
    texts = [one.format(phrase) for phrase in SHIPPED["crisis"] for one in said]
    assert [text for text in texts if Cue.CRISIS not in PHRASES.find(text)] == []


def test_an_idiom_is_no_crisis() -> None:
    said = "今天在這裡{}了，還沒有輪到我"
    alarms = [one for one in SHIPPED["harmless"] if Cue.CRISIS in PHRASES.find(said.format(one))]
    assert alarms == []


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("我家隔壁失火了", Cue.EMERGENCY),
        ("他又家暴，我好怕", Cue.VIOLENCE),
        ("有人叫我匯保證金，是不是詐騙", Cue.FRAUD),
        ("加ＬＩＮＥ匯過去了", Cue.FRAUD),
        ("巷口很臭，要投訴", Cue.COMPLAINT),
        ("建議多開一個窗口", Cue.SUGGESTION),
        ("你好！", Cue.GREETING),
        ("ＨＩ～", Cue.GREETING),
        ("哈囉。", Cue.GREETING),
        ("Hello!!", Cue.GREETING),
        ("你 好 😀", Cue.GREETING),
        ("Thank you!", Cue.THANKS),
        ("谢谢", Cue.THANKS),
    ],
)
def test_other_cues_are_heard_too(text: str, cue: Cue) -> None:
    assert cue in PHRASES.find(text)


@pytest.mark.parametrize(
    "text", ["你好，身分證不見了", "謝謝，那戶口名簿呢", "", "？？", "😀", "好", "\u200b\u202e"]
)
def test_a_greeting_before_a_question_is_none(text: str) -> None:
    assert not PHRASES.find(text) & (WHOLE_MESSAGE | DISTRESS)


@pytest.mark.parametrize(
    "text",
    [
        "活著好累，死了算了",
        "我想死。你們都不懂",
        "等死算了",
        "真的不想活 了啦我不想活",
        "我不想活😀",
        "我想\u200b死",
        "我想\u202e死\u202c",
        "我想-死",
        "我想自杀",
        "身分證不見了" * 1_600 + "我不想活了",
    ],
)
def test_nothing_around_it_hides_a_crisis(text: str) -> None:
    assert Cue.CRISIS in PHRASES.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "年輕生小孩有補助嗎",
        "請問我想死亡登記要帶什麼",
        "我不想活動中心被拆",
        "結束自己的營業要辦什麼",
        "戶口名簿被打濕了",
        "著火鍋店旁邊的路不平",
        "我不想，活動中心被拆",
        "身分證不見了" * 1_600,
    ],
)
def test_words_inside_other_words_are_no_distress(text: str) -> None:
    assert not PHRASES.find(text) & DISTRESS


def test_a_phrase_may_show_several_cues() -> None:
    assert SMALL.find("他叫我匯款給他") == {Cue.FRAUD, Cue.VIOLENCE}


def test_a_harmless_idiom_hides_only_what_stands_inside_it() -> None:
    assert SMALL.find("我想死你了") == {Cue.HARMLESS}
    assert SMALL.find("我想死你了我真的想死") == {Cue.CRISIS, Cue.HARMLESS}
    assert SMALL.find("想死，你") == {Cue.CRISIS}


@RULE
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_listened_to(text: str) -> None:
    assert SMALL.find(text) <= set(Cue)


@RULE
@given(st.text("我你他的證", max_size=6), st.text("我他的證", max_size=6))
def test_a_phrase_is_heard_whatever_stands_around_it(before: str, after: str) -> None:
    assert Cue.CRISIS in SMALL.find(f"{before}想死{after}")


@RULE
@given(st.text("想死你好匯款給，。 !", max_size=20))
def test_clauses_are_heard_each_for_itself(text: str) -> None:
    alone = {cue for clause in text.replace("，", "\n").split("\n") for cue in SMALL.find(clause)}
    assert SMALL.find(text) - WHOLE_MESSAGE == alone - WHOLE_MESSAGE


@pytest.mark.parametrize("text", ["", "# nothing", "crisis:", "unknown: [想死]", "crisis: ['？']"])
def test_a_list_without_phrases_hears_nothing(text: str) -> None:
    assert CueList.parse(text).find("我想死？你好") == set()
