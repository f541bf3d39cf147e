"""A low grade has somebody else look at the case again, once each time it is taken up."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.errors import (
    IncompletePetition,
    LeaksIdentity,
    NotAllowed,
    NothingToDecide,
    NotPermitted,
)
from complaints.states import Aspect, EventKind, Fault, Kind, Outcome, Status
from complaints.tables import Case, Event, Officer, Task
from complaints.tasks import TaskKind
from data import outbox
from data.outbox import Address
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

DAY = timedelta(days=1)
THIRD = date(2026, 12, 1)  # three working days after Thursday 26 November
WORDS = "承辦已於今日補行說明。"


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def chief(tx: Session) -> Officer:
    return make_officer(tx, "chief", "section_chief")


@pytest.fixture
def case(tx: Session, director: Officer) -> Case:
    """An answered case of 民政課."""
    make_section(tx)
    made = make_case(tx, section="民政課")
    answer_case(tx, made, director)
    return made


def reviews(tx: Session) -> list[Task]:
    found = select(Task).where(Task.kind == TaskKind.SECOND_REVIEW).order_by(Task.id)
    return list(tx.scalars(found))


def rated(tx: Session) -> list[dict[str, object]]:
    found = select(Event).where(Event.kind == EventKind.SATISFACTION_RATED).order_by(Event.id)
    return [plain(event) for event in tx.scalars(found)]


def plain(event: Event) -> dict[str, object]:
    """What the verb itself kept with an event."""
    return {name: value for name, value in event.data.items() if name != "under"}


def settle(tx: Session, task: Task, by: Officer, words: str = "") -> None:
    handling.settle_task(
        tx, task.id, "已複查，請承辦補行說明", reached=True, by=by, now=NOON, words=words
    )


def told(tx: Session, case: Case) -> list[str]:
    events = tx.scalars(select(Event.id).where(Event.case_id == case.id).order_by(Event.id))
    found = [outbox.find(tx, f"event:{one}") for one in events]
    return [one.message.text for one in found if one]


def test_process_and_result_are_graded_apart(tx: Session, case: Case) -> None:
    handling.rate(tx, case.case_no, 4, now=NOON)
    handling.rate(tx, case.case_no, 3, aspect=Aspect.RESULT, source="phone", now=NOON)
    handling.rate(tx, case.case_no, 5, aspect=Aspect.PROCESS, now=NOON)
    assert (case.process_grade, case.satisfaction) == (5, 3)
    assert rated(tx) == [
        {"aspect": "process", "grade": 4},
        {"aspect": "result", "grade": 3, "source": "phone"},
        {"aspect": "process", "grade": 5},
    ]
    assert reviews(tx) == []


@pytest.mark.parametrize("aspect", Aspect)
@pytest.mark.parametrize("grade", [1, 2])
def test_a_low_grade_is_looked_at_by_the_section_chief(
    tx: Session, case: Case, aspect: Aspect, grade: int
) -> None:
    handling.rate(tx, case.case_no, grade, aspect=aspect, now=NOON)
    (task,) = reviews(tx)
    assert (task.case_id, task.section_id, task.role) == (
        case.id,
        case.section_id,
        "section_chief",
    )
    assert (task.due_on, f"給 {grade} 分" in task.about) == (THIRD, True)


def test_once_each_time_the_case_is_taken_up(tx: Session, case: Case, director: Officer) -> None:
    for grade in (1, 2, 5, 1):
        handling.rate(tx, case.case_no, grade, now=NOON)
        handling.rate(tx, case.case_no, grade, aspect=Aspect.RESULT, now=NOON)
    assert len(reviews(tx)) == 1
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒來", now=NOON)
    answer_case(tx, case, director)
    handling.rate(tx, case.case_no, 2, now=NOON)
    assert len(reviews(tx)) == 2


def test_of_misconduct_the_ethics_officer_looks_again(tx: Session, director: Officer) -> None:
    make_section(tx)
    case = make_case(tx, kind=Kind.MISCONDUCT_REPORT, section="民政課")
    answer_case(tx, case, director)
    handling.rate(tx, case.case_no, 1, now=NOON)
    (task,) = reviews(tx)
    assert task.role == "ethics"
    with pytest.raises(NotPermitted), tx.begin_nested():
        settle(tx, task, make_officer(tx, "chief", "section_chief"))
    settle(tx, task, make_officer(tx, "ethics", "ethics"))


def test_nobody_reviews_what_they_handled(tx: Session, case: Case, chief: Officer) -> None:
    case.handler = chief
    handling.rate(tx, case.case_no, 1, now=NOON)
    (task,) = reviews(tx)
    with pytest.raises(NotPermitted), tx.begin_nested():
        settle(tx, task, chief)
    settle(tx, task, make_officer(tx, "secretary", "secretary"))
    assert task.done_at == NOON


@pytest.mark.parametrize(("role", "section"), [("clerk", "civil"), ("section_chief", "social")])
def test_who_does_not_lead_the_section_reviews_nothing(
    tx: Session, case: Case, role: str, section: str
) -> None:
    handling.rate(tx, case.case_no, 1, now=NOON)
    (task,) = reviews(tx)
    with pytest.raises(NotPermitted), tx.begin_nested():
        settle(tx, task, make_officer(tx, "other", role, section))
    assert task.done_at is None


def test_the_citizen_hears_the_words_there_are_for_them(
    tx: Session, case: Case, chief: Officer
) -> None:
    handling.rate(tx, case.case_no, 1, now=NOON)
    before = told(tx, case)
    (task,) = reviews(tx)
    settle(tx, task, chief, f"{WORDS}證號 A123456789")
    (notice,) = [text for text in told(tx, case) if text not in before]
    assert WORDS in notice and "A1*****789" in notice and case.case_no in notice
    noted = tx.scalars(select(Event).where(Event.kind == EventKind.NOTED)).one()
    assert plain(noted) == {
        "task": task.id,
        "text": "已複查，請承辦補行說明",
        "told": f"{WORDS}證號 A1*****789",
    }


def test_without_words_nobody_is_disturbed(tx: Session, case: Case, chief: Officer) -> None:
    handling.rate(tx, case.case_no, 1, now=NOON)
    before = told(tx, case)
    (task,) = reviews(tx)
    settle(tx, task, chief, "  ")
    assert told(tx, case) == before
    with pytest.raises(NothingToDecide), tx.begin_nested():
        settle(tx, task, chief)


def test_words_with_another_persons_data_do_not_leave(
    tx: Session, case: Case, chief: Officer
) -> None:
    hua = Address("telegram", "2002")
    make_case(tx, citizen=hua, petitioner_name="李大華", contact="0912-345-678", reply_by="phone")
    handling.rate(tx, case.case_no, 1, now=NOON)
    (task,) = reviews(tx)
    with pytest.raises(LeaksIdentity), tx.begin_nested():
        settle(tx, task, chief, "李大華也反映過。")
    assert task.done_at is None


# --- why


def test_the_reason_is_kept_and_stands_before_who_looks_again(tx: Session, case: Case) -> None:
    handling.rate(tx, case.case_no, 2, aspect=Aspect.RESULT, now=NOON)
    handling.say_why(tx, case.case_no, Fault.SLOW, now=NOON)
    handling.say_why(tx, case.case_no, Fault.OTHER, said=" 電話沒人接，A123456789 ", now=NOON)
    assert rated(tx)[1:] == [
        {"aspect": "reason", "reason_code": "slow", "said": ""},
        {"aspect": "reason", "reason_code": "other", "said": "電話沒人接，A1*****789"},
    ]
    (task,) = reviews(tx)
    assert task.about.splitlines()[1:] == [
        "民眾的理由：太慢",
        "民眾的理由：其他。電話沒人接，A1*****789",
    ]


@pytest.mark.parametrize("grades", [{}, {Aspect.PROCESS: 3}, {Aspect.RESULT: 5}])
def test_a_reason_needs_a_low_grade(tx: Session, case: Case, grades: dict[Aspect, int]) -> None:
    for aspect, grade in grades.items():
        handling.rate(tx, case.case_no, grade, aspect=aspect, now=NOON)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        handling.say_why(tx, case.case_no, Fault.SLOW, now=NOON)


def test_an_open_case_takes_no_reason(tx: Session, case: Case) -> None:
    handling.rate(tx, case.case_no, 1, now=NOON)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒來", now=NOON)
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.say_why(tx, case.case_no, Fault.SLOW, now=NOON)


# --- who is asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, True),
        ({"kind": Kind.PRAISE}, False),
        ({"citizen": Address("counter", "x"), "contact": "0912-345-678"}, True),
        ({"citizen": Address("letter", "x")}, False),
    ],
)
def test_a_grade_is_asked_of_who_can_give_one(
    tx: Session, director: Officer, given: dict[str, Any], asked: bool
) -> None:
    case = make_case(tx, reply_by="phone" if "citizen" in given else "chat", **given)
    answer_case(tx, case, director)
    closed = handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="已清除",
        by=director,
        version=case.version,
        now=NOON,
    )
    assert closed.data["asked"] is asked
    notice = outbox.find(tx, f"event:{closed.id}")
    if notice:
        tokens = [one.token for one in notice.message.choices]
        assert tokens == [f"rate:{case.case_no}:{n}" for n in range(1, 6) if asked]
        assert ("您給幾分" in notice.message.text) is asked
    else:
        work = tx.scalars(select(Task).where(Task.key == f"event:{closed.id}:hand")).one()
        assert ("您給幾分" in work.about) is asked
    assert case.status == Status.CLOSED


def test_praise_that_needs_no_answer_is_not_asked_about(tx: Session, director: Officer) -> None:
    case = make_case(tx, kind=Kind.PRAISE)
    closed = handling.acknowledge(tx, case.case_no, by=director, version=1, now=NOON)
    assert "asked" not in closed.data


def test_a_year_without_a_calendar_refuses_no_grade(tx: Session, case: Case) -> None:
    far = NOON + timedelta(days=365 * 30)
    handling.rate(tx, case.case_no, 1, now=far)
    assert reviews(tx)[0].due_on == far.date()
