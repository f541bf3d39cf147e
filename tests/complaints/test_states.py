import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.errors import NotAllowed
from complaints.states import ALLOWED, OPEN, RUNNING, Action, Status, after


def test_closing_needs_a_reply() -> None:
    with pytest.raises(NotAllowed) as caught:
        after(Status.ASSIGNED, Action.CLOSE)
    assert (caught.value.action, caught.value.status) == (Action.CLOSE, Status.ASSIGNED)


def test_every_refusal_names_action_and_status() -> None:
    for status, action in itertools.product(Status, Action):
        if status not in ALLOWED[action]:
            with pytest.raises(NotAllowed, match=action):
                after(status, action)


@given(st.lists(st.sampled_from(Action), max_size=30))
def test_no_sequence_of_allowed_actions_leaves_a_case_stuck(actions: list[Action]) -> None:
    status = Status.RECEIVED
    for action in actions:
        status = ALLOWED[action].get(status, status)
    ends = {Status.CLOSED, Status.WITHDRAWN, Status.TRANSFERRED, Status.NOT_PROCESSED}
    ways_out = (Action.REPLY, Action.CLOSE, Action.SPLIT)
    assert status in ends or any(status in ALLOWED[action] for action in ways_out)


def test_a_reply_stops_the_clock_of_an_open_case() -> None:
    assert Status.REPLIED in OPEN
    assert Status.REPLIED not in RUNNING
