"""Whatever a citizen does in the form, it stays answerable and loses nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import form
from bot.conversation.state import FORM, Draft, ReplyBy, State, Step, Version
from bot.conversation.wants import Fill
from bot.conversation.wording import say
from complaints.points import split_points
from complaints.states import Kind

DRAFT = Draft(id="telegram:1", kind=Kind.RIGHTS_PROTECTION, notice_at="2026-11-26T04:00:00+00:00")
START = form.begin(DRAFT, State())
VERBS = sorted({verb for buttons in form.BUTTONS.values() for _, verb in buttons} - {"submit"})
FILLS = st.one_of(
    st.builds(Fill, text=st.text(max_size=120)),
    st.builds(Fill, verb=st.sampled_from(VERBS)),
    st.builds(Fill, files=st.just(("file",))),
    st.builds(Fill, place=st.just((25.0, 121.5))),
)


def answered(state: State, *texts: str) -> State:
    for text in texts:
        verbs = {say("zh", key): verb for key, verb in form.buttons(state)}
        given_ = Fill(verb=verbs[text]) if text in verbs else Fill(text=text)
        state = form.fill(state, given_).state
    return state


COMPLETE = answered(
    START, "騎樓堆放雜物。輪椅過不去。", "範例街 25 號", "沒有照片", "王小明", "本聊天室", "一般"
)


@given(st.lists(FILLS, max_size=25))
def test_no_input_leaves_the_form_without_a_question(fills: list[Fill]) -> None:
    state = START
    for one in fills:
        state = form.fill(state, one).state
        assert state.step in FORM
        assert form.question(state)


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=5))
def test_everything_told_as_content_is_in_the_draft(texts: list[str]) -> None:
    state = replace(START, draft=replace(DRAFT, brief=True))
    for text in texts:
        state = form.fill(replace(state, step=Step.MORE), Fill(text=text)).state
    assert state.draft is not None
    for text in texts:
        assert text.strip() in state.draft.content


def test_the_way_through() -> None:
    assert COMPLETE.step is Step.CONFIRM
    assert COMPLETE.draft is not None
    assert COMPLETE.draft.points == ("騎樓堆放雜物", "輪椅過不去")
    assert COMPLETE.draft.reply_by is ReplyBy.CHAT


@pytest.mark.parametrize(
    ("step", "text", "note"),
    [
        (Step.NAME, "12345", "姓名"),
        (Step.NAME, "為什麼要姓名？", "姓名"),
        (Step.CONTACT, "沒有", "電話號碼"),
        (Step.REPLY_BY, "鴿子", "按鈕"),
        (Step.CONFIDENTIAL, "也許", "按鈕"),
        (Step.CONFIRM, "好像可以", "按鈕"),
        (Step.CONFIRM, "⑨不是甲是乙", "沒有第 9 點"),
        (Step.CONTENT, " ", "還沒有內容"),
    ],
)
def test_a_wrong_answer_is_told_and_the_step_stays(step: Step, text: str, note: str) -> None:
    filled = form.fill(replace(COMPLETE, step=step), Fill(text=text))
    assert note in filled.note
    assert filled.state.step is step


def test_a_long_text_at_the_place_step_is_the_story_going_on() -> None:
    at_place = answered(START, "騎樓堆放雜物")
    told = form.fill(at_place, Fill(text="而且" + "很久了，" * 40))
    assert told.state.step is Step.PLACE
    assert told.state.draft is not None
    assert told.state.draft.content.startswith("騎樓堆放雜物\n而且")
    assert told.state.draft.place is None


def test_content_has_an_end_and_what_is_over_it_is_said() -> None:
    filled = form.fill(START, Fill(text="長" * (form.MOST_CONTENT + 1)))
    assert "沒有收下" in filled.note
    assert filled.state.step is Step.CONTENT


@pytest.mark.parametrize("verb", ["content", "place", "files", "name", "reply_by", "confidential"])
def test_each_part_can_be_changed_and_leads_back(verb: str) -> None:
    editing = form.fill(replace(COMPLETE, step=Step.EDIT), Fill(verb=verb)).state
    assert editing.step == verb
    answer = {
        "content": Fill(text="改成路燈不亮"),
        "place": Fill(text="別處"),
        "files": Fill(verb="done"),
        "name": Fill(text="陳大文"),
        "reply_by": Fill(verb="chat"),
        "confidential": Fill(verb="confidential"),
    }[verb]
    back = form.fill(editing, answer).state
    assert back.step is Step.CONFIRM
    assert back.draft is not None
    assert not back.draft.correcting
    if verb == "content":
        assert back.draft.content == "改成路燈不亮"


def test_the_read_back_holds_everything() -> None:
    text = form.question(COMPLETE)
    for part in ("陳情", "① 騎樓堆放雜物", "範例街 25 號", "王小明", "本聊天室", "一般"):
        assert part in text


def test_the_read_back_names_the_village_the_office_is_sure_of() -> None:
    asked: list[object] = []

    def village_of(place: str | None, latitude: float | None, longitude: float | None) -> str:
        asked.append((place, latitude, longitude))
        return "青山里"

    assert "地點：範例街 25 號（青山里）" in form.question(COMPLETE, village_of)
    assert asked == [("範例街 25 號", None, None)]
    named = replace(COMPLETE, draft=replace(draft_of(COMPLETE), place="青山里範例街 25 號"))
    assert "地點：青山里範例街 25 號\n" in form.question(named, village_of)
    without = replace(COMPLETE, draft=replace(draft_of(COMPLETE), place=None))
    assert "青山里" not in form.question(without, village_of)


@pytest.mark.parametrize("step", [Step.PLACE, Step.FILES, Step.NAME, Step.CONFIRM])
def test_a_caption_is_part_of_the_matter_at_every_step(step: Step) -> None:
    state = replace(COMPLETE, step=step)
    filled = form.fill(state, Fill(files=("a",), text="這裡也有坑洞"))
    assert filled.state.step is step
    assert draft_of(filled.state).content.endswith("\n這裡也有坑洞")
    assert draft_of(filled.state).points[-1] == "這裡也有坑洞"
    assert "這裡也有坑洞" in filled.note


def draft_of(state: State) -> Draft:
    assert state.draft is not None
    return state.draft


def edited(state: State, before: Version, after: Version) -> Draft:
    draft = form.edit_message(state, before, after).draft
    assert draft is not None
    return draft


def test_an_edited_text_changes_what_it_was_put_into() -> None:
    draft = edited(COMPLETE, Version("騎樓堆放雜物。輪椅過不去。"), Version("人行道堆放雜物。"))
    assert (draft.content, draft.points) == ("人行道堆放雜物。", ("人行道堆放雜物",))
    draft = edited(COMPLETE, Version("範例街 25 號"), Version("範例街 52 號"))
    assert (draft.place, draft.name) == ("範例街 52 號", "王小明")
    draft = edited(COMPLETE, Version("王小明"), Version("王大明"))
    assert (draft.name, draft.place) == ("王大明", "範例街 25 號")


def test_a_caption_that_comes_later_is_added() -> None:
    photo = Version("", None, ("a",), ("1",))
    draft = edited(COMPLETE, photo, replace(photo, text="輪椅照片"))
    assert draft.content.endswith("輪椅過不去。\n輪椅照片")
    gone = edited(COMPLETE, replace(photo, text="輪椅過不去。"), photo)
    assert gone.content == "騎樓堆放雜物。"


def test_a_replaced_photo_of_a_draft_takes_the_place_of_the_old_one() -> None:
    state = form.fill(START, Fill(files=("a",))).state
    state = form.fill(state, Fill(files=("b",))).state
    old = Version("", None, ("a",), ("1",))
    assert edited(state, old, Version("", None, ("c",), ("3",))).files == ("b", "c")
    assert edited(state, old, Version("", None, ("renamed",), ("1",))).files == ("a", "b")


def test_only_the_drafts_own_pin_moves() -> None:
    state = form.fill(START, Fill(place=(25.0, 121.5))).state
    there = Version(place=(25.1, 121.6))
    moved = edited(state, Version(place=(25.0, 121.5)), there)
    assert (moved.latitude, moved.longitude) == (25.1, 121.6)
    other = edited(state, Version(place=(24.0, 121.0)), there)
    assert (other.latitude, other.longitude) == (25.0, 121.5)


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_edit_never_leaves_a_draft_that_is_too_long_or_without_points(
    before: str, after: str
) -> None:
    draft = edited(COMPLETE, Version(before), Version(after))
    assert len(draft.content) <= form.MOST_CONTENT
    assert bool(draft.points) == bool(split_points(draft.content))
