import json

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.state import Draft, ReplyBy, State, Step
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
STATES = st.builds(
    State,
    step=st.sampled_from(Step),
    resume_at=st.none() | st.sampled_from(Step),
    draft=st.none() | DRAFTS,
    offered=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    filed=st.none() | st.tuples(TEXT, TEXT),
    turn=st.integers(0, 1000),
)


@given(STATES)
def test_a_state_comes_back_from_its_row(state: State) -> None:
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_a_row_of_an_older_version_is_read() -> None:
    assert State.from_json({}) == State()
    assert State.from_json({"step": "idle", "gone": 1}) == State()
