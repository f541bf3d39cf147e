from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.errors import (
    IncompletePetition,
    NotAllowed,
    StaleCase,
    UnknownCase,
    UnknownOfficer,
    UnknownSection,
)
from complaints.states import EventKind, Outcome, Status
from complaints.tables import Case, Event, Officer
from data import outbox
from data.outbox import Outbox
from tests.makers import NOON, answer_case, make_case, make_officer

DAY = timedelta(days=1)


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx)


@pytest.fixture
def case(tx: Session, clerk: Officer) -> Case:
    return make_case(tx)


def kinds(tx: Session, case: Case) -> list[str]:
    rows = select(Event.kind).where(Event.case_id == case.id).order_by(Event.id)
    return list(tx.scalars(rows))


def notices(tx: Session) -> list[str]:
    return [row.message.text for row in tx.scalars(select(Outbox).order_by(Outbox.id))]


def test_assigning(tx: Session, case: Case, clerk: Officer) -> None:
    handling.assign(
        tx, case.case_no, section="civil", handler="clerk", by=clerk, version=1, now=NOON
    )
    assert (case.status, case.section.code, case.version) == (Status.ASSIGNED, "civil", 2)
    assert case.handler is clerk
    assert kinds(tx, case) == [EventKind.RECEIVED, EventKind.ASSIGNED]


def test_a_reply_is_queued_stops_the_clock_and_is_kept_as_sent(
    tx: Session, case: Case, clerk: Officer
) -> None:
    event = handling.reply(tx, case.case_no, "已清除。", by=clerk, version=1, now=NOON + DAY)
    assert (case.status, case.replied_on) == (Status.REPLIED, date(2026, 11, 27))
    assert event.data["text"] == "已清除。"
    assert "已清除。" in notices(tx)[-1]
    assert case.case_no in notices(tx)[-1]


def test_closing_needs_outcome_and_reason_after_a_reply(
    tx: Session, case: Case, clerk: Officer
) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.close(
            tx, case.case_no, outcome=Outcome.RESOLVED, reason="好", by=clerk, version=1, now=NOON
        )
    answer_case(tx, case, clerk)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        handling.close(
            tx, case.case_no, outcome=Outcome.RESOLVED, reason=" ", by=clerk, version=2, now=NOON
        )
    handling.close(
        tx, case.case_no, outcome=Outcome.RESOLVED, reason="好", by=clerk, version=2, now=NOON
    )
    assert (case.status, case.outcome) == (Status.CLOSED, Outcome.RESOLVED)
    assert "獲致解決" in notices(tx)[-1]


def test_a_late_reader_cannot_overwrite(tx: Session, case: Case, clerk: Officer) -> None:
    handling.add_information(tx, case.case_no, "還有一件事", now=NOON)
    with pytest.raises(StaleCase), tx.begin_nested():
        handling.reply(tx, case.case_no, "x", by=clerk, version=1, now=NOON)
    assert kinds(tx, case) == [EventKind.RECEIVED, EventKind.INFORMATION_ADDED]


def test_dissatisfaction_reopens_with_a_new_clock(tx: Session, case: Case, clerk: Officer) -> None:
    answer_case(tx, case, clerk)
    later = NOON + 5 * DAY  # Tuesday 1 December
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=later)
    assert (case.status, case.due_on, case.replied_on) == (
        Status.REOPENED,
        date(2026, 12, 4),
        None,
    )
    assert kinds(tx, case)[-2:] == [EventKind.DISSATISFIED, EventKind.REOPENED]
    assert handling.clock(tx, case).due_on == case.due_on


def test_withdrawing_keeps_the_record(tx: Session, case: Case) -> None:
    handling.withdraw(tx, case.case_no, now=NOON)
    assert (case.status, case.closed_on) == (Status.WITHDRAWN, date(2026, 11, 26))
    assert "撤回" in notices(tx)[-1]
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.withdraw(tx, case.case_no, now=NOON)


@pytest.mark.parametrize("grade", [0, 6, -1])
def test_a_grade_is_one_to_five(tx: Session, case: Case, clerk: Officer, grade: int) -> None:
    answer_case(tx, case, clerk)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        handling.rate(tx, case.case_no, grade, now=NOON)


def test_what_became_of_a_notice_is_on_the_case(tx: Session, case: Case, clerk: Officer) -> None:
    event = handling.reply(tx, case.case_no, "x", by=clerk, version=1, now=NOON)
    problem = "Forbidden: bot was blocked by the user"
    handling.note_delivery(tx, event.id, problem=problem, channel="telegram", now=NOON)
    assert case.unreached
    assert kinds(tx, case)[-1] == EventKind.UNDELIVERABLE
    handling.note_delivery(tx, event.id, problem=None, channel="telegram", now=NOON)
    assert not case.unreached
    assert case.version == 2  # a delivery makes no reader stale


def test_history_is_append_only(tx: Session, case: Case) -> None:
    event = tx.scalars(select(Event)).first()
    assert event is not None
    event.kind = "changed"
    with pytest.raises(RuntimeError, match="append-only"), tx.begin_nested():
        tx.flush()
    tx.expunge(event)


def test_unknown_names_are_refused(tx: Session, case: Case, clerk: Officer) -> None:
    with pytest.raises(UnknownCase), tx.begin_nested():
        handling.withdraw(tx, "WH-1151126-9999", now=NOON)
    with pytest.raises(UnknownSection), tx.begin_nested():
        handling.assign(
            tx, case.case_no, section="nowhere", handler=None, by=clerk, version=1, now=NOON
        )
    with pytest.raises(UnknownOfficer), tx.begin_nested():
        handling.assign(
            tx, case.case_no, section="civil", handler="nobody", by=clerk, version=1, now=NOON
        )


def test_each_event_posts_at_most_one_notice(tx: Session, case: Case, clerk: Officer) -> None:
    answer_case(tx, case, clerk)
    keys = [row.key for row in tx.scalars(select(outbox.Outbox))]
    assert len(keys) == len(set(keys)) == 2
