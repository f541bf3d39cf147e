"""Several processes on one PostgreSQL; the whole run is `python -m tests.benchmarks.crowd`."""

from dataclasses import replace

import pytest

from tests.benchmarks.crowd import Found, run


@pytest.mark.long
def test_two_processes_take_everything_in_once_and_answer_in_order() -> None:
    found = run(processes=2, updates=120, chats=12)
    assert found.problems(120) == []
    assert found.sent >= 120


@pytest.mark.parametrize("broken", ["taken", "telegram", "waiting", "dead", "out_of_order"])
def test_a_broken_promise_is_told(broken: str) -> None:
    kept = Found(10, 10, 0, 0, 10, 0, 1, 1.0)
    assert kept.problems(10) == []
    changes = {broken: getattr(kept, broken) + 1}
    assert len(replace(kept, **changes).problems(10)) == 1
