"""What could not be delivered is told by a person, the same day and once (features T8)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, tasks
from complaints.errors import IncompletePetition, NothingToDecide
from complaints.states import EventKind
from complaints.tables import Case, Event, Officer, Task
from complaints.tasks import TaskKind
from tests.makers import NOON, make_case, make_officer, said_in

DAY = timedelta(days=1)
TODAY = date(2026, 11, 26)
PROBLEM = "Forbidden: bot was blocked by the user"


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


def answered(tx: Session, by: Officer, **given: str) -> tuple[Case, Event]:
    """A case with an answer that went out by chat."""
    case = make_case(tx, reply_by=given.get("reply_by", "chat"))
    event = handling.reply(tx, case.case_no, "已派員清除。", by=by, version=1, now=NOON)
    return case, event


def fail(tx: Session, event: Event) -> None:
    handling.note_delivery(tx, event.id, problem=PROBLEM, channel="telegram", now=NOON)


def all_tasks(tx: Session) -> list[Task]:
    return list(tx.scalars(select(Task).order_by(Task.id)))


def settle(tx: Session, task: Task, by: Officer, *, reached: bool, result: str = "已告知") -> Task:
    return handling.settle_task(tx, task.id, result, reached=reached, by=by, now=NOON + DAY)


def last(tx: Session, case: Case) -> Event:
    rows = select(Event).where(Event.case_id == case.id).order_by(Event.id.desc()).limit(1)
    return tx.scalars(rows).one()


def test_an_undelivered_notice_is_one_call_for_today(tx: Session, director: Officer) -> None:
    case, event = answered(tx, director)
    fail(tx, event)
    fail(tx, event)
    (task,) = all_tasks(tx)
    assert (task.key, task.kind) == (f"event:{event.id}:hand", TaskKind.CALL)
    assert (task.due_on, task.case_id, task.section_id) == (TODAY, case.id, case.section_id)
    assert "已派員清除。" in task.about and case.case_no in task.about
    assert case.unreached
    told = last(tx, case)
    assert told.kind == EventKind.UNDELIVERABLE
    assert said_in(told) == {
        "event": event.id,
        "of": EventKind.REPLIED,
        "to": "telegram",
        "problem": PROBLEM,
    }


def test_each_undelivered_notice_is_its_own_work(tx: Session, director: Officer) -> None:
    case, event = answered(tx, director)
    fail(tx, event)
    second = handling.correct(
        tx, case.case_no, "更正。", reason="誤植", by=director, version=2, now=NOON
    )
    fail(tx, second)
    assert [task.key for task in all_tasks(tx)] == [
        f"event:{event.id}:hand",
        f"event:{second.id}:hand",
    ]


def test_who_asked_for_letters_is_written_to(tx: Session, director: Officer) -> None:
    case = make_case(tx, reply_by="letter")
    event = handling.send_interim(tx, case.case_no, "已會勘", by=director, version=1, now=NOON)
    fail(tx, event)
    (task,) = all_tasks(tx)
    assert (task.kind, task.due_on) == (TaskKind.LETTER, TODAY)


def test_what_is_told_by_hand_anyway_is_not_made_work_twice(tx: Session, director: Officer) -> None:
    _, event = answered(tx, director, reply_by="phone")
    fail(tx, event)
    (task,) = all_tasks(tx)
    assert task.kind == TaskKind.CALL


def test_a_delivery_makes_no_work_and_one_of_nothing_is_forgotten(
    tx: Session, director: Officer
) -> None:
    case, event = answered(tx, director)
    handling.note_delivery(tx, event.id, problem=None, channel="telegram", now=NOON)
    assert last(tx, case).kind == EventKind.DELIVERED
    handling.note_delivery(tx, 10**6, problem=PROBLEM, channel="telegram", now=NOON)
    assert all_tasks(tx) == []
    assert not case.unreached


def test_who_was_reached_by_hand_is_reached(tx: Session, director: Officer) -> None:
    case, event = answered(tx, director)
    fail(tx, event)
    task = settle(tx, all_tasks(tx)[0], director, reached=True)
    assert (task.done_at, task.done_by_id, task.result) == (NOON + DAY, director.id, "已告知")
    assert not case.unreached
    told = last(tx, case)
    assert (told.kind, told.officer) == (EventKind.TOLD_OTHERWISE, director)
    assert said_in(told) == {"task": task.id, "way": TaskKind.CALL, "result": "已告知"}
    assert all_tasks(tx) == [task]


def test_a_call_that_failed_becomes_one_letter(tx: Session, director: Officer) -> None:
    case, event = answered(tx, director)
    fail(tx, event)
    call = settle(tx, all_tasks(tx)[0], director, reached=False, result="三次無人接聽")
    _, letter = all_tasks(tx)
    assert (letter.kind, letter.key) == (TaskKind.LETTER, f"{call.key}:letter")
    assert (letter.about, letter.due_on) == (call.about, date(2026, 11, 30))
    assert case.unreached
    settle(tx, letter, director, reached=True, result="掛號已投遞")
    assert not case.unreached
    assert last(tx, case).data["way"] == TaskKind.LETTER


def test_a_letter_that_came_back_is_looked_at_by_somebody(tx: Session, director: Officer) -> None:
    case, event = answered(tx, director)
    fail(tx, event)
    settle(tx, all_tasks(tx)[0], director, reached=False)
    settle(tx, all_tasks(tx)[1], director, reached=False, result="退回")
    assert [one.kind for one in all_tasks(tx)] == [TaskKind.CALL, TaskKind.LETTER, TaskKind.REVIEW]
    assert case.unreached


def test_a_task_is_settled_once_and_with_its_result(tx: Session, director: Officer) -> None:
    _, event = answered(tx, director)
    fail(tx, event)
    (task,) = all_tasks(tx)
    with pytest.raises(IncompletePetition, match="result"), tx.begin_nested():
        settle(tx, task, director, reached=True, result=" ")
    settle(tx, task, director, reached=True)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        settle(tx, task, director, reached=False)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        handling.settle_task(tx, 10**6, "x", reached=True, by=director, now=NOON)


def test_work_that_is_about_no_case_is_settled_too(tx: Session, director: Officer) -> None:
    tasks.make(tx, "review:1", TaskKind.REVIEW, "檢視", now=NOON)
    (task,) = all_tasks(tx)
    assert settle(tx, task, director, reached=True).result == "已告知"


@pytest.mark.parametrize("reached", [True, False])
def test_work_of_another_kind_tells_nobody(tx: Session, director: Officer, reached: bool) -> None:
    case, _ = answered(tx, director)
    tasks.make(tx, "news:1", TaskKind.NEWS, "給進度", now=NOON, case=case)
    before = last(tx, case).id
    settle(tx, all_tasks(tx)[0], director, reached=reached)
    assert last(tx, case).id == before
    assert len(all_tasks(tx)) == 1
