import json

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.state import MOST_SAID, Draft, Heard, ReplyBy, State, Step, Version
from complaints.states import Kind

TEXT = st.text(max_size=20)
DRAFTS = st.builds(
    Draft,
    id=TEXT,
    kind=st.sampled_from(Kind),
    notice_at=TEXT,
    content=TEXT,
    points=st.lists(TEXT, max_size=3).map(tuple),
    files=st.lists(TEXT, max_size=3).map(tuple),
    reply_by=st.none() | st.sampled_from(ReplyBy),
    place=st.none() | TEXT,
)
VERSIONS = st.builds(
    Version,
    text=TEXT,
    place=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    files=st.lists(TEXT, max_size=2).map(tuple),
    prints=st.lists(TEXT, max_size=2).map(tuple),
)
HEARD = st.builds(
    Heard, message=TEXT, case_no=TEXT, held=VERSIONS, seen=VERSIONS, asked=st.booleans()
)
STATES = st.builds(
    State,
    step=st.sampled_from(Step),
    resume_at=st.none() | st.sampled_from(Step),
    draft=st.none() | DRAFTS,
    offered=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    filed=st.none() | st.tuples(TEXT, TEXT),
    turn=st.integers(0, 1000),
    said=st.lists(HEARD, max_size=3).map(tuple),
)


@given(STATES)
def test_a_state_comes_back_from_its_row(state: State) -> None:
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_a_row_of_an_older_version_is_read() -> None:
    assert State.from_json({}) == State()
    assert State.from_json({"step": "idle", "gone": 1}) == State()
    older = {"said": [["5", "WH-1", "甲"]], "edited": ["WH-1", "甲", "乙"]}
    assert State.from_json(older) == State(said=(Heard("5", "WH-1", Version("甲"), Version("甲")),))


def test_only_the_last_messages_are_remembered() -> None:
    state = State()
    for n in range(MOST_SAID + 5):
        state = state.heard(str(n), "", Version("話"))
    assert len(state.said) == MOST_SAID
    assert state.known("4") is None
    assert state.known(str(MOST_SAID)) is not None
    assert state.heard("x", "", Version("  ")) == state
    assert state.heard("", "", Version("話")) == state


def test_what_belonged_to_a_draft_goes_with_it() -> None:
    state = State().heard("1", "WH-1", Version("案")).heard("2", "", Version("稿"))
    assert [one.message for one in state.without_draft().said] == ["1"]
