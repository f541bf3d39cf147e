"""Work for people: made once, listed by urgency, settled once and with a result."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import tasks
from complaints.errors import IncompletePetition, NothingToDecide, NotPermitted
from complaints.roles import Role
from complaints.tables import Case, Officer, Task
from complaints.tasks import TaskKind
from tests.makers import NOON, make_case, make_officer, make_section

DAY = timedelta(days=1)
TODAY = date(2026, 11, 26)


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", "clerk")


@pytest.fixture
def case(tx: Session, clerk: Officer) -> Case:
    return make_case(tx, section="民政課")


def find(tx: Session, key: str) -> Task:
    return tx.scalars(select(Task).where(Task.key == key)).one()


def keys(found: Iterable[Task]) -> list[str]:
    return [task.key for task in found]


def test_a_key_makes_work_once(tx: Session, case: Case) -> None:
    assert tasks.make(tx, "a", TaskKind.CALL, "打電話", now=NOON, case=case) is True
    assert tasks.make(tx, "a", TaskKind.LETTER, "寫信", now=NOON, case=case) is False
    task = find(tx, "a")
    assert (task.kind, task.about, task.made_at) == (TaskKind.CALL, "打電話", NOON)
    assert len(tx.scalars(select(Task)).all()) == 1


def test_work_is_for_the_cases_section_and_the_next_working_day(tx: Session, case: Case) -> None:
    friday = NOON + DAY
    tasks.make(tx, "a", TaskKind.CALL, "x", now=friday, case=case)
    task = find(tx, "a")
    assert (task.section_id, task.case_id, task.role) == (case.section_id, case.id, None)
    assert task.due_on == date(2026, 11, 30)


def test_what_is_said_of_section_role_and_day_holds(tx: Session, case: Case) -> None:
    works = make_section(tx, "works", "工務課")
    tasks.make(
        tx,
        "a",
        TaskKind.SETTLE_OWNER,
        "x",
        now=NOON,
        case=case,
        section_id=works.id,
        role=Role.SECRETARY,
        due_on=TODAY,
    )
    task = find(tx, "a")
    assert (task.section_id, task.role, task.due_on) == (works.id, Role.SECRETARY, TODAY)
    tasks.make(tx, "b", TaskKind.REVIEW, "x", now=NOON)
    assert (find(tx, "b").section_id, find(tx, "b").case_id) == (None, None)


# --- listing


@pytest.fixture
def four(tx: Session, case: Case) -> Case:
    """Work of two sections, one for the secretary, one done."""
    works = make_section(tx, "works", "工務課")
    where: dict[str, dict[str, Any]] = {
        "later": {"case": case, "due_on": TODAY + DAY},
        "today": {"case": case, "due_on": TODAY},
        "works": {"section_id": works.id, "due_on": TODAY},
        "head": {"section_id": works.id, "role": Role.SECRETARY, "due_on": TODAY + 2 * DAY},
        "done": {"case": case},
    }
    for key, about in where.items():
        tasks.make(tx, key, TaskKind.REVIEW, "x", now=NOON, **about)
    find(tx, "done").done_at = NOON
    tx.flush()
    return case


def test_the_most_urgent_work_comes_first_and_what_is_done_is_gone(tx: Session, four: Case) -> None:
    assert keys(tasks.waiting(tx)) == ["today", "works", "later", "head"]


def test_work_of_a_section(tx: Session, four: Case) -> None:
    assert keys(tasks.waiting(tx, section_id=four.section_id)) == ["today", "later"]


def test_work_of_a_role(tx: Session, four: Case) -> None:
    assert keys(tasks.waiting(tx, role=Role.SECRETARY)) == ["head"]


def test_work_of_a_section_and_of_a_role_in_it(tx: Session, four: Case) -> None:
    found = tasks.waiting(tx, section_id=four.section_id, role=Role.SECRETARY)
    assert keys(found) == ["today", "later", "head"]


# --- settling


def test_work_is_settled_once_and_with_its_result(tx: Session, case: Case, clerk: Officer) -> None:
    tasks.make(tx, "a", TaskKind.CALL, "x", now=NOON, case=case)
    task_id = find(tx, "a").id
    with pytest.raises(IncompletePetition, match="result"), tx.begin_nested():
        tasks.settle(tx, task_id, "　", by=clerk, now=NOON)
    task = tasks.settle(tx, task_id, "已告知", by=clerk, now=NOON + DAY)
    assert (task.done_at, task.done_by_id, task.result) == (NOON + DAY, clerk.id, "已告知")
    assert keys(tasks.waiting(tx)) == []
    for unknown in (task_id, task_id + 99):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            tasks.settle(tx, unknown, "再一次", by=clerk, now=NOON)


def test_what_was_done_settles_every_waiting_task_of_its_kind_and_case(
    tx: Session, case: Case, clerk: Officer
) -> None:
    other = make_case(tx)
    for key, kind, about in (
        ("a", TaskKind.SETTLE_OWNER, case),
        ("b", TaskKind.SETTLE_OWNER, case),
        ("c", TaskKind.CALL, case),
        ("d", TaskKind.SETTLE_OWNER, other),
    ):
        tasks.make(tx, key, kind, "x", now=NOON, case=about)
    tasks.settle(tx, find(tx, "a").id, "早已決定", by=clerk, now=NOON)
    tasks.settle_for(tx, case, TaskKind.SETTLE_OWNER, "已裁決", by=clerk, now=NOON + DAY)
    assert keys(tasks.waiting(tx)) == ["c", "d"]
    assert (find(tx, "a").result, find(tx, "a").done_at) == ("早已決定", NOON)
    assert (find(tx, "b").result, find(tx, "b").done_by_id) == ("已裁決", clerk.id)


def test_work_is_settled_by_its_key_if_it_waits(tx: Session, case: Case, clerk: Officer) -> None:
    tasks.make(tx, "promise:1", TaskKind.PROMISE, "x", now=NOON, case=case)
    tasks.settle_key(tx, "promise:2", "無此事", by=clerk, now=NOON)
    assert keys(tasks.waiting(tx)) == ["promise:1"]
    tasks.settle_key(tx, "promise:1", "已做到", by=clerk, now=NOON)
    tasks.settle_key(tx, "promise:1", "又一次", by=clerk, now=NOON + DAY)
    assert (find(tx, "promise:1").result, find(tx, "promise:1").done_at) == ("已做到", NOON)


# --- whose it is


def test_held_is_a_waiting_task_of_the_kind(tx: Session, case: Case, clerk: Officer) -> None:
    tasks.make(tx, "a", TaskKind.CONSULTATION, "x", now=NOON, case=case)
    task = find(tx, "a")
    assert tasks.held(tx, task.id, TaskKind.CONSULTATION) is task
    with pytest.raises(NothingToDecide), tx.begin_nested():
        tasks.held(tx, task.id, TaskKind.CALL)
    tasks.settle(tx, task.id, "好", by=clerk, now=NOON)
    for task_id in (task.id, task.id + 99):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            tasks.held(tx, task_id, TaskKind.CONSULTATION)


@pytest.mark.parametrize(
    ("role", "section", "may"),
    [
        ("clerk", "works", True),
        ("section_chief", "works", True),
        ("clerk", "civil", False),
        ("section_chief", "civil", False),
        ("case_controller", "civil", True),
        ("secretary", "civil", True),
        ("director", "civil", True),
        ("ethics", "civil", True),
        ("faq_editor", "works", False),
        ("administrator", "works", False),
    ],
)
def test_work_is_done_by_its_section_or_from_above(
    tx: Session, case: Case, role: str, section: str, may: bool
) -> None:
    works = make_section(tx, "works", "工務課")
    tasks.make(tx, "a", TaskKind.CONSULTATION, "x", now=NOON, case=case, section_id=works.id)
    officer, task = make_officer(tx, "officer", role, section), find(tx, "a")
    if may:
        tasks.require_for(task, case, officer)
        return
    with pytest.raises(NotPermitted):
        tasks.require_for(task, case, officer)


def test_work_of_another_case_and_of_who_left_is_refused(
    tx: Session, case: Case, clerk: Officer
) -> None:
    tasks.make(tx, "a", TaskKind.CONSULTATION, "x", now=NOON, case=case)
    task = find(tx, "a")
    tasks.require_for(task, case, clerk)
    with pytest.raises(NotPermitted):
        tasks.require_for(task, make_case(tx), clerk)
    clerk.active = False
    with pytest.raises(NotPermitted):
        tasks.require_for(task, case, clerk)
