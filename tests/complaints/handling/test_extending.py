"""More time: who asks when, who grants how much, and what the citizen is told (petitions §3.6)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.errors import (
    BeyondCeiling,
    IncompletePetition,
    LevelTooLow,
    NotAllowed,
    NothingToDecide,
    NotPermitted,
    OwnWork,
    TooLate,
    TooManyExtensions,
)
from complaints.roles import Role
from complaints.states import EventKind, Kind
from complaints.tables import Case, Event, Extension, Officer, Task
from complaints.tasks import TaskKind
from data import outbox
from data.outbox import Address
from tests.makers import NOON, answer_case, make_case, make_officer, said_in

DAY = timedelta(days=1)
DUE = date(2026, 12, 4)
LATEST = date(2026, 12, 28)  # 30 calendar days end on Saturday 26 December
REASON = "需會同工務局現勘"


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", "clerk")


@pytest.fixture
def director(tx: Session, clerk: Officer) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def case(tx: Session, clerk: Officer) -> Case:
    return make_case(tx, section="民政課")


def ask(tx: Session, case: Case, by: Officer, days: int = 3, now: datetime = NOON) -> Extension:
    return handling.ask_extension(
        tx, case.case_no, days=days, reason=REASON, by=by, version=case.version, now=now
    )


def grant(tx: Session, case: Case, by: Officer, now: datetime = NOON) -> Event:
    return handling.approve_extension(tx, case.case_no, by=by, version=case.version, now=now)


def refuse(tx: Session, case: Case, by: Officer, reason: str = "可如期完成") -> Event:
    return handling.refuse_extension(
        tx, case.case_no, reason=reason, by=by, version=case.version, now=NOON
    )


def undo(tx: Session, case: Case, by: Officer, reason: str = "提前完成") -> Event:
    return handling.undo_extension(
        tx, case.case_no, reason=reason, by=by, version=case.version, now=NOON
    )


def extend(tx: Session, case: Case, asker: Officer, by: Officer, days: int) -> Event:
    ask(tx, case, asker, days)
    return grant(tx, case, by)


def notices(tx: Session) -> int:
    return len(tx.scalars(select(outbox.Outbox)).all())


# --- asking


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (1, Role.SECTION_CHIEF),
        (5, Role.SECTION_CHIEF),
        (6, Role.SECRETARY),
        (10, Role.SECRETARY),
        (11, Role.DIRECTOR),
        (15, Role.DIRECTOR),
    ],
)
def test_a_request_names_the_level_its_length_needs_and_moves_nothing(
    tx: Session, case: Case, clerk: Officer, days: int, level: Role
) -> None:
    told = notices(tx)
    row = ask(tx, case, clerk, days)
    (event,) = tx.scalars(select(Event).where(Event.kind == EventKind.EXTENSION_ASKED)).all()
    assert said_in(event) == {"days": days, "reason": REASON, "level": level}
    assert (row.state, row.asked_by_id, row.asked_at) == ("asked", clerk.id, NOON)
    assert (case.due_on, case.extensions, notices(tx)) == (DUE, 0, told)


@pytest.mark.parametrize(("days", "reason"), [(0, REASON), (-2, REASON), (3, ""), (3, " \n")])
def test_a_request_needs_days_and_a_reason(
    tx: Session, case: Case, clerk: Officer, days: int, reason: str
) -> None:
    with pytest.raises(IncompletePetition), tx.begin_nested():
        handling.ask_extension(
            tx, case.case_no, days=days, reason=reason, by=clerk, version=1, now=NOON
        )
    assert case.version == 1


def test_it_is_asked_for_on_the_due_date_at_the_latest(
    tx: Session, case: Case, clerk: Officer
) -> None:
    with pytest.raises(TooLate), tx.begin_nested():
        ask(tx, case, clerk, now=NOON + 9 * DAY)
    assert ask(tx, case, clerk, now=NOON + 8 * DAY).state == "asked"


def test_a_second_request_waits_for_the_first(tx: Session, case: Case, clerk: Officer) -> None:
    ask(tx, case, clerk)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        ask(tx, case, clerk)
    refuse(tx, case, make_officer(tx, "chief", "section_chief"))
    assert ask(tx, case, clerk).state == "asked"


def test_no_request_passes_the_ceiling(tx: Session, case: Case, clerk: Officer) -> None:
    with pytest.raises(BeyondCeiling) as caught, tx.begin_nested():
        ask(tx, case, clerk, days=16)
    assert caught.value.latest == LATEST
    assert ask(tx, case, clerk, days=15).days == 15


def test_all_extensions_together_stay_under_the_ceiling(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    extend(tx, case, clerk, director, 10)
    with pytest.raises(BeyondCeiling), tx.begin_nested():
        ask(tx, case, clerk, days=6)
    extend(tx, case, clerk, director, 5)
    assert case.due_on == LATEST


def test_a_report_that_may_take_thirty_days_is_not_extended(tx: Session, director: Officer) -> None:
    report = make_case(tx, kind=Kind.MISCONDUCT_REPORT)
    with pytest.raises(BeyondCeiling), tx.begin_nested():
        ask(tx, report, director, days=1)


@pytest.mark.parametrize(("kind", "most"), [(Kind.RIGHTS_PROTECTION, 2), (Kind.DATA_ACCESS, 1)])
def test_no_more_extensions_than_the_rule_allows(
    tx: Session, clerk: Officer, director: Officer, kind: Kind, most: int
) -> None:
    case = make_case(tx, kind=kind, section="民政課")
    for _ in range(most):
        extend(tx, case, clerk, director, 1)
    with pytest.raises(TooManyExtensions), tx.begin_nested():
        ask(tx, case, clerk, days=1)
    assert case.extensions == most


def test_what_is_answered_needs_no_more_time(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    ask(tx, case, clerk)
    answer_case(tx, case, director)
    with pytest.raises(NotAllowed), tx.begin_nested():
        ask(tx, case, clerk)
    with pytest.raises(NotAllowed), tx.begin_nested():
        grant(tx, case, director)


def test_a_request_of_the_round_before_is_over(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    ask(tx, case, clerk, days=5)
    answer_case(tx, case, director)
    handling.reopen(
        tx, case.case_no, reason="民眾再反映", by=director, version=case.version, now=NOON
    )
    with pytest.raises(NothingToDecide), tx.begin_nested():
        grant(tx, case, director)
    assert ask(tx, case, clerk, days=1).days == 1


# --- granting and refusing


def test_the_citizen_reads_reason_approver_old_and_new_date(
    tx: Session, case: Case, clerk: Officer
) -> None:
    row = ask(tx, case, clerk, days=5)
    chief = make_officer(tx, "chief", "section_chief")
    event = grant(tx, case, chief, now=NOON + DAY)
    new = date(2026, 12, 11)
    assert (case.due_on, case.extensions, handling.clock(tx, case).due_on) == (new, 1, new)
    assert (row.state, row.decided_by_id, row.decided_at) == ("approved", chief.id, NOON + DAY)
    assert (event.data["old_due_on"], event.data["due_on"]) == ("2026-12-04", "2026-12-11")
    notice = outbox.find(tx, f"event:{event.id}")
    assert notice is not None
    for said in (REASON, chief.name, "115/12/04", "115/12/11", "第 1 次展期"):
        assert said in notice.message.text


def test_an_extension_counts_working_days(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    ask(tx, case, clerk, days=15)  # 25 December is a holiday
    assert grant(tx, case, director).data["due_on"] == "2026-12-28"


def test_an_extension_of_calendar_days_is_made_of_working_days_too(
    tx: Session, clerk: Officer, director: Officer
) -> None:
    case = make_case(tx, kind=Kind.DATA_ACCESS, section="民政課")
    assert case.due_on == date(2026, 12, 11)
    extend(tx, case, clerk, director, 2)
    assert case.due_on == date(2026, 12, 15)


@pytest.mark.parametrize(
    ("role", "most"), [("section_chief", 5), ("secretary", 10), ("director", 15), ("ethics", 0)]
)
def test_each_level_grants_so_many_days_and_no_more(
    tx: Session, case: Case, clerk: Officer, role: str, most: int
) -> None:
    officer = make_officer(tx, "officer", role)
    if most < 15:
        with pytest.raises(LevelTooLow), tx.begin_nested():
            extend(tx, case, clerk, officer, most + 1)
    assert case.due_on == DUE
    if most:
        extend(tx, case, clerk, officer, most)
        assert case.extensions == 1


def test_nobody_decides_their_own_request(tx: Session, case: Case, director: Officer) -> None:
    ask(tx, case, director)
    with pytest.raises(OwnWork), tx.begin_nested():
        grant(tx, case, director)
    with pytest.raises(OwnWork), tx.begin_nested():
        refuse(tx, case, director)
    assert case.due_on == DUE


def test_who_may_not_grant(tx: Session, case: Case, clerk: Officer) -> None:
    ask(tx, case, clerk)
    others = [
        make_officer(tx, "colleague", "clerk"),
        make_officer(tx, "controller", "case_controller"),
        make_officer(tx, "elsewhere", "section_chief", "works"),
        make_officer(tx, "gone", "director"),
    ]
    others[-1].active = False
    for officer in others:
        with pytest.raises(NotPermitted), tx.begin_nested():
            grant(tx, case, officer)
    assert case.extensions == 0


def test_a_request_granted_after_the_due_date_is_too_late(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    ask(tx, case, clerk, now=NOON + 8 * DAY)
    with pytest.raises(TooLate), tx.begin_nested():
        grant(tx, case, director, now=NOON + 9 * DAY)
    assert grant(tx, case, director, now=NOON + 8 * DAY).data["due_on"] == "2026-12-09"


def test_a_refusal_leaves_the_date_and_says_why_to_the_office_alone(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    row, told = ask(tx, case, clerk), notices(tx)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        refuse(tx, case, director, reason=" ")
    event = refuse(tx, case, director)
    assert (row.state, row.decided_by_id) == ("refused", director.id)
    assert said_in(event) == {"days": 3, "reason": "可如期完成"}
    assert (case.due_on, case.extensions, notices(tx)) == (DUE, 0, told)


def test_there_must_be_something_to_decide(tx: Session, case: Case, director: Officer) -> None:
    for decide in (grant, refuse, undo):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            decide(tx, case, director)


# --- taking back


def test_what_is_taken_back_is_as_if_it_had_never_been(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    extend(tx, case, clerk, director, 2)
    extend(tx, case, clerk, director, 3)
    assert case.due_on == date(2026, 12, 11)
    undo(tx, case, director)
    assert (case.due_on, case.extensions) == (date(2026, 12, 8), 1)
    event = undo(tx, case, director)
    assert (case.due_on, case.extensions) == (DUE, 0)
    notice = outbox.find(tx, f"event:{event.id}")
    assert notice is not None and "115/12/04" in notice.message.text
    extend(tx, case, clerk, director, 1)
    assert case.due_on == date(2026, 12, 7)


def test_taking_back_needs_its_reason(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    extend(tx, case, clerk, director, 2)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        undo(tx, case, director, reason="")
    assert case.extensions == 1


# --- an extension holds from its approval (docs/decisions/0011)


def test_a_notice_that_fails_leaves_the_date_and_makes_a_call_for_today(
    tx: Session, case: Case, clerk: Officer, director: Officer
) -> None:
    event = extend(tx, case, clerk, director, 3)
    handling.note_delivery(tx, event.id, problem="Forbidden", channel="telegram", now=NOON)
    assert (case.due_on, case.unreached) == (date(2026, 12, 9), True)
    (task,) = tx.scalars(select(Task)).all()
    assert (task.kind, task.due_on) == (TaskKind.CALL, date(2026, 11, 26))
    assert REASON in task.about


def test_who_came_to_the_counter_is_told_of_an_extension_by_hand(
    tx: Session, clerk: Officer, director: Officer
) -> None:
    counter = Address("counter", "A-17")
    case = make_case(tx, citizen=counter, reply_by="letter", section="民政課")
    event = extend(tx, case, clerk, director, 3)
    task = tx.scalars(select(Task).where(Task.key == f"event:{event.id}:hand")).one()
    assert (task.kind, case.extensions) == (TaskKind.LETTER, 1)
    assert REASON in task.about
