"""Whatever somebody can do in the chat, an officer can do for them at the counter (N19)."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.counter import EFFECTS
from tests.admin_api.staff import API

CASE = "/cases/{case_no}"
ASKED = "/desk/asked/{number}"
# What the bot does, by the name of the wish, and the operations that do the same at the counter.
AT_THE_COUNTER: dict[str, tuple[str, ...]] = {
    "Ask": ("post /desk/ask",),
    "Pick": (f"post {ASKED}/choice",),
    "PickVariant": ("post /desk/ask",),  # the answer brings the text for every situation
    "Judge": (f"post {ASKED}/helpful",),
    "JudgeWhy": (f"post {ASKED}/helpful",),  # with `reason`
    "ShowPopular": ("get /desk/popular",),
    "ShowSimilar": (f"get {ASKED}/similar",),
    "BeginFromQuestion": ("post /cases",),  # with `asked_id`
    "Submit": ("post /desk/similar", "post /cases"),
    "Follow": ("post /desk/similar", "post /desk/follow"),
    "Review": (f"post {CASE}/said-more", f"post {CASE}/said-dissatisfied"),
    "MyCases": ("post /desk/find",),
    "WithdrawSome": ("post /desk/find",),
    "AboutCase": (
        "post /desk/look-up",
        "post /desk/explain",
        f"post {CASE}/said-solved",
        f"post {CASE}/said-not-solved",
    ),
    "Withdraw": (f"post {CASE}/said-withdrawn",),
    "Add": (f"post {CASE}/said-more",),
    "AnswerNotice": (f"post {CASE}/said-more",),
    "GoOn": ("post /desk/ask",),  # a question asked in a group, taken up again
    "NoteEdit": (f"post {CASE}/said-more",),
    "DecideEdit": (f"post {CASE}/said-more",),
    "Unhappy": (f"post {CASE}/said-dissatisfied",),
    "Rate": (f"post {CASE}/said-grade",),
    "SayWhy": (f"post {CASE}/said-why",),
    "TakeSurvey": ("get /questionnaires/{year}",),
    "FillSurvey": ("post /questionnaires/{year}/filled",),
    "LookUp": ("post /desk/look-up",),
    # What did not arrive is work for the counter: it lies in the tasks and is told from there.
    "SeeMissed": ("get /tasks", "post /tasks/{number}/settle"),
}


@pytest.fixture
def schema(gone: TestClient) -> dict[str, Any]:
    """What the interface says of itself."""
    return dict(gone.get("/api/openapi.json").json())


@pytest.mark.parametrize("wish", sorted(one.__name__ for one in EFFECTS))
def test_whatever_the_chat_does_the_counter_does(wish: str) -> None:
    assert AT_THE_COUNTER.get(wish), f"nothing at the counter does what {wish} does in the chat"


def test_every_operation_named_here_is_there(schema: dict[str, Any]) -> None:
    there = {
        f"{method} {path.removeprefix(API)}"
        for path, item in schema["paths"].items()
        for method in item
    }
    assert {name for names in AT_THE_COUNTER.values() for name in names} <= there
