"""What a reply to a notice and an edited message mean, without any record."""

from dataclasses import replace

import pytest

from bot.channel import Incoming, What
from bot.conversation.state import Draft, State, Step, Version
from bot.conversation.understanding import pressed, understand
from bot.conversation.wants import (
    AboutCase,
    Add,
    AnswerNotice,
    Ask,
    Begin,
    EditDraft,
    Fill,
    FillSurvey,
    GoOn,
    JudgeWhy,
    MyCases,
    NoteEdit,
    Pause,
    Rate,
    Say,
    SayWhy,
    Silence,
    Stale,
    Submit,
    TakeSurvey,
    Unhappy,
    Want,
)
from complaints.states import Aspect, Fault, Kind
from data.outbox import Address
from faq.keeping.answering import Unhelpful
from faq.language.cues import Cue

MINE, OTHER = "WH-1151126-0007", "WH-1151126-0008"
NOTICE = f"案號：{MINE}\n查詢碼：K7Q4MP\n由民政課承辦。"
DRAFT = Draft(id="telegram:1", kind=Kind.RIGHTS_PROTECTION, notice_at="2026-11-26T04:00:00+00:00")
FILLING = State(step=Step.CONTENT, draft=DRAFT)
ADDING = State(step=Step.ADDING, case_no=OTHER)
PIN = Version(place=(25.0, 121.5))


def said(text: str, what: What = What.TEXT, answers: str = NOTICE, **given: object) -> Incoming:
    me = Address("telegram", "1001")
    return Incoming("1", me, what, text=text, answers=answers, **given)  # type: ignore[arg-type]


def wish(state: State, incoming: Incoming, *cues: Cue) -> object:
    return understand(state, incoming, frozenset(cues))


@pytest.mark.parametrize("state", [State(), FILLING, ADDING], ids=["idle", "form", "adding"])
def test_a_reply_to_a_notice_is_more_on_its_case_wherever_the_talk_stands(state: State) -> None:
    for incoming in (said("又堆回來了"), said("", What.FILE, files=("a",))):
        got = wish(state, incoming)
        assert isinstance(got, AnswerNotice)
        assert (got.numbers, got.text, got.files) == ((MINE,), incoming.text, incoming.files)
        assert got.otherwise == wish(state, replace(incoming, answers=""))


def test_another_number_in_the_text_is_no_wish_to_see_that_case() -> None:
    assert isinstance(wish(State(), said(f"和 {OTHER} 同一地點")), AnswerNotice)
    assert wish(State(), said(OTHER)) == AboutCase("show", OTHER)


def test_what_is_meant_otherwise_stays_so() -> None:
    offered = replace(FILLING, step=Step.CONFIRM, offered=(("送出", "t0:submit"),))
    unhappy = State(step=Step.UNHAPPY, case_no=MINE)
    assert wish(State(), said("我的案件")) == MyCases()
    assert wish(State(), said("/start q1-0")) == GoOn("q1-0")
    assert isinstance(wish(offered, said("送出")), Submit)
    assert isinstance(wish(unhappy, said("沒講清楚")), Unhappy)
    assert isinstance(wish(State(step=Step.ADDING, case_no=MINE), said("還有")), Add)
    assert isinstance(wish(State(), said("我要陳情")), Begin)
    assert isinstance(wish(State(), said("又堆回來了", answers="您好")), Ask)
    assert isinstance(wish(FILLING, said("又堆回來了", answers="")), Fill)


def test_a_cry_for_help_is_no_addition() -> None:
    assert wish(State(), said("我不想活了"), Cue.CRISIS) == Say("crisis")
    assert isinstance(wish(State(), said("我不想活了", answers=""), Cue.CRISIS), Ask)


def edit(text: str = "", **given: object) -> Incoming:
    return said(text, What.EDITED, "", message="5", **given)


def test_an_unknown_message_that_was_edited_is_told_but_a_pin_moves_unheard() -> None:
    assert wish(State(), edit("乙")) == Say("edited")
    assert wish(State(), edit(place=(25.0, 121.5))) == Silence()


def test_an_edit_belongs_to_the_draft_or_to_its_case() -> None:
    draft = FILLING.heard("5", "", Version("甲"))
    assert wish(draft, edit("乙")) == EditDraft("5", Version("甲"), Version("乙"))
    assert isinstance(wish(draft.pause(), edit("乙")), EditDraft)
    filed = State().heard("5", MINE, Version("甲"))
    assert wish(filed, edit("乙")) == NoteEdit(MINE, "5", Version("甲"), Version("乙"))
    assert wish(filed, edit("甲 ")) == Silence()


def test_a_file_is_new_once() -> None:
    first, second = (Version("", None, (f"ref{n}",), (f"print{n}",)) for n in (1, 2))
    state = State().heard("5", MINE, first)
    got = wish(state, edit(files=("ref2",), prints=("print2",)))
    assert isinstance(got, NoteEdit) and got.new == ("ref2",)
    back = wish(state.reheard("5", seen=second), edit(files=("ref9",), prints=("print1",)))
    assert isinstance(back, NoteEdit)
    assert (back.new, back.quiet) == ((), True)  # as it was: nothing to be asked


def test_a_pin_counts_once_a_minute_and_is_asked_about_until_answered() -> None:
    state = replace(State(), pace=("12:00", 1)).heard("5", MINE, PIN)
    moved = edit(place=(25.1, 121.5))
    first = wish(state, moved)
    assert isinstance(first, NoteEdit) and not first.quiet
    asked = state.reheard("5", minute="12:00", asked=True)
    assert wish(asked, moved) == Silence()
    later = wish(replace(asked, pace=("12:01", 1)), moved)
    assert isinstance(later, NoteEdit) and later.quiet


# --- grades, reasons and the questionnaire

GRADING = State(offered=tuple((str(n), f"rate:{MINE}:result:{n}") for n in range(1, 6)))
WHY = State(
    step=Step.WHY,
    case_no=MINE,
    offered=(("太慢", f"why:{MINE}:slow"), ("沒有解決", f"why:{MINE}:unsolved")),
)
GRADES = ("1 很不滿意", "2 不滿意", "3 普通", "4 滿意", "5 很滿意")
SURVEY = State(
    step=Step.SURVEY,
    survey=(7, ""),
    offered=tuple((label, f"q:7:overall:{label[0]}") for label in GRADES),
)
OWN_WORDS = State(step=Step.SURVEY, survey=(7, "more"), offered=(("略過", "q:7:more:"),))


@pytest.mark.parametrize(
    ("token", "want"),
    [
        (f"rate:{MINE}:4", Rate(MINE, 4, Aspect.PROCESS)),
        (f"rate:{MINE}:process:4", Rate(MINE, 4, Aspect.PROCESS)),
        (f"rate:{MINE}:result:4", Rate(MINE, 4, Aspect.RESULT)),
        (f"rate:{MINE}:price:4", Stale()),
        (f"rate:{MINE}:result:x", Stale()),
        (f"rate:{MINE}", Stale()),
        (f"why:{MINE}", AboutCase("why", MINE)),
        (f"why:{MINE}:slow", SayWhy(MINE, Fault.SLOW)),
        (f"why:{MINE}:dear", Stale()),
        (f"nowhy:{MINE}", SayWhy(MINE, None)),
        ("unfit:5:off_topic", JudgeWhy(5, Unhelpful.OFF_TOPIC)),
        ("unfit:5:dear", Stale()),
        ("survey", TakeSurvey()),
        ("q:7:overall:5", FillSurvey(7, "overall", "5")),
        ("q:7:more:", FillSurvey(7, "more", "")),
        ("q:x:more:", Stale()),
    ],
)
def test_buttons_of_grades_and_questions(token: str, want: Want) -> None:
    assert pressed(State(), token) == want


@pytest.mark.parametrize(
    ("state", "text", "want"),
    [
        (GRADING, "2", Rate(MINE, 2, Aspect.RESULT)),
        (WHY, "太慢", SayWhy(MINE, Fault.SLOW)),
        (WHY, "2", SayWhy(MINE, Fault.UNSOLVED)),
        (WHY, "解決", SayWhy(MINE, Fault.OTHER, "解決")),
        (WHY, "電話沒人接", SayWhy(MINE, Fault.OTHER, "電話沒人接")),
        (WHY, "取消", Pause()),
        (WHY, "我的案件", MyCases()),
        (SURVEY, "4", FillSurvey(7, "overall", "4")),
        (SURVEY, "不滿意", FillSurvey(7, "overall", "2")),
        (SURVEY, "滿意", FillSurvey(7, "overall", "4")),
        (SURVEY, "身分證掉了怎麼辦", Ask("身分證掉了怎麼辦")),
        (OWN_WORDS, "1", FillSurvey(7, "more", "1")),
        (OWN_WORDS, "動線很清楚", FillSurvey(7, "more", "動線很清楚")),
        (OWN_WORDS, "略過", FillSurvey(7, "more", "")),
        (OWN_WORDS, "取消", Pause()),
        (State(survey=(7, "more")), "動線很清楚", Ask("動線很清楚")),
        (State(), "填問卷", TakeSurvey()),
        (State(), "/survey", TakeSurvey()),
        (FILLING, "問卷", Fill("問卷")),
    ],
)
def test_what_is_typed_while_an_opinion_is_asked(state: State, text: str, want: Want) -> None:
    assert wish(state, said(text, answers="")) == want


@pytest.mark.parametrize("state", [WHY, OWN_WORDS], ids=["why", "own words"])
def test_a_cry_for_help_is_no_opinion(state: State) -> None:
    assert wish(state, said("我不想活了", answers=""), Cue.CRISIS) == Say("crisis")


def test_where_a_questionnaire_stands_is_kept_with_the_talk() -> None:
    for state in (SURVEY, OWN_WORDS, WHY):
        assert State.from_json(state.to_json()) == state
