from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, practice
from complaints.errors import (
    IncompletePetition,
    NeedsDecision,
    NotAllowed,
    NothingToDecide,
    NotPermitted,
    TooLate,
    UnknownOfficer,
    UnknownSection,
)
from complaints.limits import Priority
from complaints.roles import Role
from complaints.routing import Topic
from complaints.states import EventKind, Ground, Kind, Outcome, Status
from complaints.tables import Case, Event, Officer, Task
from complaints.tasks import TaskKind
from data import outbox
from tests.makers import NOON, answer_case, make_case, make_officer, make_section, said_in

DAY = timedelta(days=1)
TODAY, DUE = date(2026, 11, 26), date(2026, 12, 4)


@pytest.fixture
def controller(tx: Session) -> Officer:
    return make_officer(tx, "controller")


@pytest.fixture
def clerk(tx: Session, controller: Officer) -> Officer:
    return make_officer(tx, "clerk", "clerk")


@pytest.fixture
def case(tx: Session, controller: Officer) -> Case:
    """A case of the section 民政課."""
    return make_case(tx, section="民政課")


def events(tx: Session, case: Case, kind: EventKind) -> list[Event]:
    rows = select(Event).where(Event.case_id == case.id, Event.kind == kind).order_by(Event.id)
    return list(tx.scalars(rows))


def notice(tx: Session, event: Event) -> str | None:
    found = outbox.find(tx, f"event:{event.id}")
    return found.message.text if found else None


def assign(
    tx: Session,
    case: Case,
    by: Officer,
    *,
    section: str = "civil",
    handler: str | None = None,
    topic: Topic | None = None,
    now: datetime = NOON,
) -> Event:
    return handling.assign(
        tx,
        case.case_no,
        section=section,
        handler=handler,
        topic=topic,
        by=by,
        version=case.version,
        now=now,
    )


def hand_back(
    tx: Session, case: Case, by: Officer, *, reason: str = "非本課業務", now: datetime = NOON
) -> Event:
    return handling.hand_back(tx, case.case_no, reason=reason, by=by, version=case.version, now=now)


def refuse_twice(tx: Session, case: Case, by: Officer, *, now: datetime = NOON) -> Event:
    """Let 民政課 refuse a case, get it again, and refuse it again."""
    for _ in range(2):
        assign(tx, case, by, now=now)
        refused = hand_back(tx, case, by, now=now)
    return refused


def settle_owner(tx: Session, case: Case, by: Officer, reason: str = "屬民政業務") -> Event:
    return handling.settle_owner(
        tx,
        case.case_no,
        section="civil",
        handler=None,
        reason=reason,
        by=by,
        version=case.version,
        now=NOON,
    )


# --- assigning and accepting


def test_the_citizen_is_told_when_the_section_is_another_one(
    tx: Session, case: Case, controller: Officer
) -> None:
    make_section(tx, "works", "工務課")
    stays = assign(tx, case, controller)
    moves = assign(tx, case, controller, section="works")
    assert notice(tx, stays) is None
    told = notice(tx, moves)
    assert told is not None
    assert "工務課" in told and case.case_no in told and "115/12/04" in told


def test_assigning_anew_without_a_name_takes_the_handler_off(
    tx: Session, case: Case, controller: Officer, clerk: Officer
) -> None:
    assign(tx, case, controller, handler="clerk")
    assert case.handler is clerk
    event = assign(tx, case, controller)
    assert case.handler_id is None and event.data["handler"] is None


def test_a_topic_put_right_is_kept_with_the_assignment(
    tx: Session, case: Case, controller: Officer
) -> None:
    before = case.topic
    assert assign(tx, case, controller).data["topic"] == before
    event = assign(tx, case, controller, topic=Topic.OTHER)
    assert (case.topic, event.data["topic"]) == (Topic.OTHER, Topic.OTHER)


def test_a_case_is_given_to_nobody_who_left_and_no_closed_section(
    tx: Session, case: Case, controller: Officer, clerk: Officer
) -> None:
    clerk.active = False
    make_section(tx, "old", "舊課室").active = False
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        assign(tx, case, controller, handler="clerk")
    with pytest.raises(UnknownSection), tx.begin_nested():
        assign(tx, case, controller, section="old")
    assert (case.status, case.version) == (Status.RECEIVED, 1)


def test_accepting_makes_the_officer_the_handler(tx: Session, case: Case, clerk: Officer) -> None:
    event = handling.accept(tx, case.case_no, by=clerk, version=1, now=NOON)
    assert (case.status, case.handler, case.version) == (Status.IN_PROGRESS, clerk, 2)
    assert (event.officer, said_in(event)) == (clerk, {"section": "民政課"})
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.accept(tx, case.case_no, by=clerk, version=2, now=NOON)


def test_a_case_whose_clock_stood_goes_on_after_another_assignment(
    tx: Session, case: Case, controller: Officer
) -> None:
    practice.choose(tx, "supplement_stops_clock", "yes", by="director", now=NOON)
    handling.ask_supplement(tx, case.case_no, "門牌", by=controller, version=1, now=NOON)
    assign(tx, case, controller, now=NOON + DAY)
    handling.add_information(tx, case.case_no, "三號", now=NOON + DAY)
    assert not case.paused  # else it stands for good: nobody reminds of a case that is paused


# --- handing back


def test_the_first_refusal_goes_back_to_intake(
    tx: Session, case: Case, controller: Officer, clerk: Officer
) -> None:
    assign(tx, case, controller, handler="clerk")
    event = hand_back(tx, case, clerk)
    assert (case.status, case.section.intake, case.handler) == (Status.RECEIVED, True, None)
    assert (case.bounces, case.with_secretary) == (1, False)
    assert said_in(event) == {"reason": "非本課業務", "section": "民政課", "times": 1}
    assert tx.scalars(select(Task)).all() == []


def test_a_refusal_needs_its_reason_and_an_assignment(
    tx: Session, case: Case, controller: Officer
) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        hand_back(tx, case, controller)
    assign(tx, case, controller)
    with pytest.raises(IncompletePetition, match="reason"), tx.begin_nested():
        hand_back(tx, case, controller, reason=" ")


@pytest.mark.parametrize(
    ("days", "in_time"),
    [(0, True), (1, True), (4, True), (5, False), (6, False)],  # Thursday; 4: Monday, 5: Tuesday
)
def test_it_is_refused_within_two_working_days_of_the_assignment(
    tx: Session, case: Case, controller: Officer, days: int, in_time: bool
) -> None:
    assign(tx, case, controller)
    if in_time:
        hand_back(tx, case, controller, now=NOON + days * DAY)
        assert case.status == Status.RECEIVED
        return
    with pytest.raises(TooLate), tx.begin_nested():
        hand_back(tx, case, controller, now=NOON + days * DAY)
    assert (case.status, case.bounces) == (Status.ASSIGNED, 0)


def test_another_assignment_gives_its_own_two_days(
    tx: Session, case: Case, controller: Officer
) -> None:
    assign(tx, case, controller)
    assign(tx, case, controller, now=NOON + 5 * DAY)
    hand_back(tx, case, controller, now=NOON + 7 * DAY)
    assert case.bounces == 1


def test_the_second_refusal_is_the_secretarys_within_one_working_day(
    tx: Session, case: Case, controller: Officer
) -> None:
    refused = refuse_twice(tx, case, controller, now=NOON + DAY)  # a Friday
    assert (case.bounces, case.with_secretary, refused.data["times"]) == (2, True, 2)
    (task,) = tx.scalars(select(Task)).all()
    assert (task.key, task.kind) == (f"event:{refused.id}:secretary", TaskKind.SETTLE_OWNER)
    assert (task.role, task.due_on) == (Role.SECRETARY, date(2026, 11, 30))
    assert (task.case_id, task.about, task.done_at) == (case.id, "非本課業務", None)


@pytest.mark.parametrize("role", ["section_chief", "case_controller", "director", "secretary"])
def test_nobody_else_assigns_or_accepts_while_the_secretary_decides(
    tx: Session, case: Case, controller: Officer, role: str
) -> None:
    refuse_twice(tx, case, controller)
    somebody = make_officer(tx, "somebody", role, "intake")
    with pytest.raises(NeedsDecision), tx.begin_nested():
        assign(tx, case, somebody)
    with pytest.raises(NeedsDecision), tx.begin_nested():
        handling.accept(tx, case.case_no, by=somebody, version=case.version, now=NOON)
    assert (case.status, case.with_secretary) == (Status.RECEIVED, True)


def test_the_secretary_decides_for_good(tx: Session, case: Case, controller: Officer) -> None:
    refuse_twice(tx, case, controller)
    secretary = make_officer(tx, "secretary", "secretary")
    event = settle_owner(tx, case, secretary)
    assert (case.status, case.with_secretary) == (Status.ASSIGNED, False)
    assert case.section.name == event.data["section"] == "民政課"
    assert event.data["reason"] == "屬民政業務"
    assert "民政課" in str(notice(tx, event))
    (task,) = tx.scalars(select(Task)).all()
    assert (task.done_at, task.done_by_id, task.result) == (NOON, secretary.id, "屬民政業務")


def test_a_third_refusal_is_impossible(tx: Session, case: Case, controller: Officer) -> None:
    refuse_twice(tx, case, controller)
    settle_owner(tx, case, make_officer(tx, "secretary", "secretary"))
    with pytest.raises(NeedsDecision), tx.begin_nested():
        hand_back(tx, case, controller)
    handling.accept(tx, case.case_no, by=controller, version=case.version, now=NOON)
    with pytest.raises(NeedsDecision), tx.begin_nested():
        hand_back(tx, case, controller)


@pytest.mark.parametrize("refusals", [0, 1])
def test_what_was_settled_is_not_handed_back_however_often_it_was_refused_before(
    tx: Session, case: Case, controller: Officer, refusals: int
) -> None:
    for _ in range(refusals):
        assign(tx, case, controller)
        hand_back(tx, case, controller)
    settle_owner(tx, case, make_officer(tx, "director", "director"))
    with pytest.raises(NeedsDecision), tx.begin_nested():
        hand_back(tx, case, controller)


@pytest.mark.parametrize("role", ["clerk", "section_chief", "case_controller", "ethics"])
def test_only_a_head_settles_whose_it_is_and_says_why(
    tx: Session, case: Case, controller: Officer, role: str
) -> None:
    refuse_twice(tx, case, controller)
    with pytest.raises(NotPermitted), tx.begin_nested():
        settle_owner(tx, case, make_officer(tx, "somebody", role, "intake"))
    with pytest.raises(IncompletePetition, match="reason"), tx.begin_nested():
        settle_owner(tx, case, make_officer(tx, "secretary", "secretary"), reason="")
    assert case.with_secretary


# --- classifying


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ({"kind": Kind.REGULATION_INQUIRY}, date(2026, 12, 1)),
        ({"priority": Priority.URGENT}, date(2026, 12, 1)),
        ({"priority": Priority.MOST_URGENT}, date(2026, 11, 27)),
        ({"kind": Kind.DATA_ACCESS}, date(2026, 12, 11)),  # 15 calendar days
    ],
)
def test_the_date_moves_as_if_it_had_been_right_from_the_receipt(
    tx: Session, case: Case, controller: Officer, given: dict[str, Any], due: date
) -> None:
    later = NOON + 5 * DAY
    event = handling.classify(tx, case.case_no, by=controller, version=1, now=later, **given)
    assert (case.due_on, event.data["due_on"]) == (due, due.isoformat())
    assert handling.clock(tx, case).due_on == due
    assert f"{due:%m/%d}" in str(notice(tx, event)) and "12/04" in str(notice(tx, event))


def test_what_is_not_named_stays_and_no_notice_leaves(
    tx: Session, case: Case, controller: Officer
) -> None:
    names = ("kind", "priority", "topic", "confidential", "permanent", "due_on")
    before = [getattr(case, name) for name in names]
    event = handling.classify(tx, case.case_no, by=controller, version=1, now=NOON)
    assert [getattr(case, name) for name in names] == before
    assert notice(tx, event) is None


def test_confidentiality_and_keeping_are_put_right_both_ways(
    tx: Session, case: Case, controller: Officer
) -> None:
    for value in (True, False):
        handling.classify(
            tx,
            case.case_no,
            confidential=value,
            permanent=value,
            by=controller,
            version=case.version,
            now=NOON,
        )
        assert (case.confidential, case.permanent) == (value, value)
    assert case.due_on == DUE


def test_a_reopened_case_is_counted_from_its_reopening(
    tx: Session, case: Case, controller: Officer
) -> None:
    answer_case(tx, case, controller)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=NOON + 4 * DAY)
    handling.classify(
        tx,
        case.case_no,
        priority=Priority.MOST_URGENT,  # one working day in the second round
        by=controller,
        version=case.version,
        now=NOON + 4 * DAY,
    )
    assert case.due_on == date(2026, 12, 1)


# --- notes and consultations


def test_a_note_is_kept_in_any_status_and_told_to_nobody(
    tx: Session, case: Case, clerk: Officer
) -> None:
    handling.withdraw(tx, case.case_no, now=NOON)
    before = len(tx.scalars(select(outbox.Outbox)).all())
    event = handling.note(tx, case.case_no, "已電話確認", by=clerk, version=None, now=NOON)
    assert (event.kind, said_in(event)) == (EventKind.NOTED, {"text": "已電話確認"})
    assert case.status == Status.WITHDRAWN
    assert len(tx.scalars(select(outbox.Outbox)).all()) == before
    with pytest.raises(IncompletePetition, match="text"), tx.begin_nested():
        handling.note(tx, case.case_no, "\n", by=clerk, version=None, now=NOON)


def consult(tx: Session, case: Case, by: Officer, section: str = "works") -> Task:
    handling.consult(
        tx,
        case.case_no,
        section=section,
        question="何時施工？",
        by=by,
        version=case.version,
        now=NOON,
    )
    return tx.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()


def test_another_section_is_asked_and_case_and_clock_stay(
    tx: Session, case: Case, clerk: Officer
) -> None:
    works = make_section(tx, "works", "工務課")
    task = consult(tx, case, clerk)
    (event,) = events(tx, case, EventKind.CONSULTED)
    assert said_in(event) == {"section": "工務課", "question": "何時施工？"}
    assert (task.key, task.kind) == (f"event:{event.id}:consult", TaskKind.CONSULTATION)
    assert (task.section_id, task.due_on) == (works.id, TODAY + DAY)
    assert (case.status, case.section.name, case.due_on) == (Status.RECEIVED, "民政課", DUE)
    assert notice(tx, event) is None
    with pytest.raises(UnknownSection), tx.begin_nested():
        consult(tx, case, clerk, section="nowhere")


def answer(tx: Session, case: Case, task: Task, by: Officer, text: str = "十二月") -> Event:
    return handling.answer_consultation(
        tx, case.case_no, task_id=task.id, text=text, by=by, now=NOON
    )


def test_the_asked_section_answers_once(tx: Session, case: Case, clerk: Officer) -> None:
    asked = make_officer(tx, "works", "clerk", "works")
    task = consult(tx, case, clerk)
    with pytest.raises(IncompletePetition, match="text"), tx.begin_nested():
        answer(tx, case, task, asked, text="")
    event = answer(tx, case, task, asked)
    assert said_in(event) == {"text": "十二月", "task": task.id}
    assert (event.officer, task.done_by_id, task.result) == (asked, asked.id, "十二月")
    with pytest.raises(NothingToDecide), tx.begin_nested():
        answer(tx, case, task, asked)


def test_a_consultation_is_answered_by_its_section_and_for_its_case(
    tx: Session, case: Case, clerk: Officer
) -> None:
    asked = make_officer(tx, "works", "section_chief", "works")
    editor = make_officer(tx, "editor", "faq_editor", "works")
    task, other = consult(tx, case, clerk), make_case(tx, section="民政課")
    for case_asked, by in ((case, clerk), (other, asked), (case, editor)):
        with pytest.raises(NotPermitted), tx.begin_nested():
            answer(tx, case_asked, task, by)
    assert task.done_at is None


def test_only_a_consultation_is_answered_as_one(
    tx: Session, case: Case, controller: Officer
) -> None:
    refuse_twice(tx, case, controller)
    (task,) = tx.scalars(select(Task)).all()
    with pytest.raises(NothingToDecide), tx.begin_nested():
        answer(tx, case, task, controller)


def test_a_case_that_ended_needs_no_view_any_more(
    tx: Session, case: Case, controller: Officer
) -> None:
    make_section(tx, "works", "工務課")
    task = consult(tx, case, controller)
    answer_case(tx, case, controller)
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="好",
        by=controller,
        version=case.version,
        now=NOON,
    )
    with pytest.raises(NotAllowed), tx.begin_nested():
        answer(tx, case, task, controller)


# --- while the secretary decides, and after


@pytest.mark.parametrize(
    "move",
    [
        lambda tx, no, by: handling.transfer(
            tx,
            no,
            agency="環保局",
            phone="",
            reason="權責",
            with_identity=False,
            by=by,
            version=5,
            now=NOON,
        ),
        lambda tx, no, by: handling.not_process(
            tx, no, ground=Ground.NO_CONCRETE_CONTENT, why="無", by=by, version=5, now=NOON
        ),
        lambda tx, no, by: handling.accept(tx, no, by=by, version=5, now=NOON),
    ],
    ids=["transfer", "not_process", "accept"],
)
def test_nobody_else_moves_it_meanwhile(
    tx: Session, case: Case, controller: Officer, move: Callable[[Session, str, Officer], Event]
) -> None:
    refuse_twice(tx, case, controller)
    assert case.version == 5
    head = make_officer(tx, "head", "director")
    with pytest.raises(NeedsDecision), tx.begin_nested():
        move(tx, case.case_no, head)


@pytest.mark.parametrize("ending", ["answer", "withdraw"])
def test_a_case_that_is_answered_or_gone_needs_no_decision(
    tx: Session, case: Case, controller: Officer, ending: str
) -> None:
    refuse_twice(tx, case, controller)
    if ending == "answer":
        answer_case(tx, case, controller)
    else:
        handling.withdraw(tx, case.case_no, now=NOON)
    (task,) = tx.scalars(select(Task).where(Task.kind == TaskKind.SETTLE_OWNER))
    assert (case.with_secretary, task.done_at) == (False, NOON)
