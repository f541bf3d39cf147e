"""A promise outlives its case: kept by its day or missed, never forgotten (decisions/0013)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.errors import IncompletePetition, NothingToDecide
from complaints.handling import Pledge
from complaints.measuring.figures import of_period
from complaints.measuring.periods import Period
from complaints.states import EventKind, Ground, Outcome, Status
from complaints.tables import Case, Event, Officer, Promise, Task
from complaints.tasks import TaskKind
from data import outbox
from tests.makers import NOON, make_case, make_officer, said_in

DAY = timedelta(days=1)
TODAY = date(2026, 11, 26)
FRIDAY, MONDAY = TODAY + DAY, TODAY + 4 * DAY


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def case(tx: Session, director: Officer) -> Case:
    """An answered case that owes two things: by Monday, and by Friday."""
    case = make_case(tx)
    owed = [Pledge("將完成鋪平", MONDAY), Pledge("將派員會勘", FRIDAY)]
    text = "將派員會勘。將完成鋪平。"
    handling.reply(tx, case.case_no, text, promises=owed, by=director, version=1, now=NOON)
    return case


def settle(
    tx: Session,
    case: Case,
    promise: Promise,
    by: Officer,
    *,
    kept: bool = True,
    evidence: str = "照片",
    now: datetime = NOON,
) -> Event:
    return handling.settle_promise(
        tx,
        case.case_no,
        promise.id,
        kept=kept,
        evidence=evidence,
        by=by,
        version=case.version,
        now=now,
    )


def text_of(tx: Session, event: Event) -> str:
    found = outbox.find(tx, f"event:{event.id}")
    return found.message.text if found else ""


def test_what_is_owed_is_listed_the_nearest_day_first(tx: Session, case: Case) -> None:
    owed = handling.open_promises(tx, case)
    assert [(one.text, one.due_on) for one in owed] == [
        ("將派員會勘", FRIDAY),
        ("將完成鋪平", MONDAY),
    ]
    promised = select(Event).where(Event.kind == EventKind.PROMISED).order_by(Event.id)
    names = ("promise", "text", "due_on")
    assert [{name: row.data[name] for name in names} for row in tx.scalars(promised)] == [
        {"promise": owed[1].id, "text": "將完成鋪平", "due_on": "2026-11-30"},
        {"promise": owed[0].id, "text": "將派員會勘", "due_on": "2026-11-27"},
    ]


@pytest.mark.parametrize(
    ("days", "done", "state", "said"),
    [
        (0, True, "kept", "已經做到"),
        (1, True, "kept", "已經做到"),
        (2, True, "missed", "沒有如期做到"),  # done, but after its day
        (1, False, "missed", "沒有如期做到"),
        (9, False, "missed", "沒有如期做到"),
    ],
)
def test_kept_is_done_by_its_day(
    tx: Session, case: Case, director: Officer, days: int, done: bool, state: str, said: str
) -> None:
    promise = handling.open_promises(tx, case)[0]
    event = settle(tx, case, promise, director, kept=done, now=NOON + days * DAY)
    assert (promise.state, promise.settled_on, promise.evidence) == (
        state,
        TODAY + days * DAY,
        "照片",
    )
    assert (event.data["state"], event.data["done"]) == (state, done)
    assert said in text_of(tx, event) and "照片" in text_of(tx, event)
    assert promise not in handling.open_promises(tx, case)
    two_months = Period(TODAY.replace(day=1), 2)
    total = of_period(tx, two_months, today=TODAY + 30 * DAY).total
    assert (total.promises_kept, total.promises_missed) == (state == "kept", state == "missed")


def test_a_promise_is_settled_once_with_evidence_and_for_its_case(
    tx: Session, case: Case, director: Officer
) -> None:
    promise, other = handling.open_promises(tx, case)[0], make_case(tx)
    handling.reply(tx, other.case_no, "已清除。", by=director, version=1, now=NOON)
    with pytest.raises(IncompletePetition, match="evidence"), tx.begin_nested():
        settle(tx, case, promise, director, evidence=" ")
    with pytest.raises(NothingToDecide), tx.begin_nested():
        settle(tx, other, promise, director)
    settle(tx, case, promise, director)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        settle(tx, case, promise, director, kept=False)
    assert promise.state == "kept"


def test_on_its_day_the_section_has_the_work_and_the_citizen_is_asked_once(
    tx: Session, case: Case, director: Officer
) -> None:
    assert handling.due_promises(tx, TODAY) == []
    (promise,) = handling.due_promises(tx, FRIDAY)
    at = NOON + DAY
    assert handling.remind_of_promise(tx, promise, now=at) is True
    assert handling.remind_of_promise(tx, promise, now=at + DAY) is False
    (task,) = tx.scalars(select(Task)).all()
    assert (task.key, task.kind) == (f"promise:{promise.id}", TaskKind.PROMISE)
    assert (task.section_id, task.due_on, task.about) == (
        case.section_id,
        FRIDAY,
        "將派員會勘",
    )
    asked = select(Event).where(Event.kind == EventKind.NOTED)
    (event,) = tx.scalars(asked).all()
    assert said_in(event) == {"promise": promise.id, "text": "將派員會勘"}
    assert "115/11/27" in text_of(tx, event) and "將派員會勘" in text_of(tx, event)
    settle(tx, case, promise, director, now=at)
    assert (task.done_at, task.done_by_id, task.result) == (at, director.id, "照片")


def test_nobody_is_asked_at_night(tx: Session, case: Case) -> None:
    night = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 23:30 in Taipei
    handling.remind_of_promise(tx, handling.open_promises(tx, case)[0], now=night)
    event = tx.scalars(select(Event).where(Event.kind == EventKind.NOTED)).one()
    row = outbox.find(tx, f"event:{event.id}")
    assert row is not None
    assert row.not_before == datetime(2026, 11, 28, 0, 0, tzinfo=UTC)  # 8:00


def end(tx: Session, case: Case, by: Officer, ending: Status) -> None:
    """Bring an answered case to an end, through a second round where need be."""
    if ending is Status.WITHDRAWN:
        handling.withdraw(tx, case.case_no, now=NOON)
        return
    number = case.case_no
    if ending is Status.CLOSED:
        outcome, version = Outcome.RESOLVED, case.version
        handling.close(tx, number, outcome=outcome, reason="好", by=by, version=version, now=NOON)
        return
    handling.reopen(tx, number, reason="複查", by=by, version=case.version, now=NOON)
    if ending is Status.MERGED:
        into, version = make_case(tx).case_no, case.version
        handling.merge(tx, number, into=into, by=by, version=version, now=NOON)
    elif ending is Status.NOT_PROCESSED:
        ground, version = Ground.NO_CONCRETE_CONTENT, case.version
        handling.not_process(
            tx, number, ground=ground, why="無具體內容", by=by, version=version, now=NOON
        )
    else:
        handling.transfer(
            tx,
            number,
            agency="工務局",
            phone="",
            reason="權責",
            with_identity=False,
            by=by,
            version=case.version,
            now=NOON,
        )


@pytest.mark.parametrize(
    "ending",
    [
        Status.CLOSED,
        Status.WITHDRAWN,
        Status.TRANSFERRED,
        Status.NOT_PROCESSED,
        Status.MERGED,
    ],
)
def test_a_promise_is_settled_however_its_case_ended(
    tx: Session, case: Case, director: Officer, ending: Status
) -> None:
    promise = handling.open_promises(tx, case)[0]
    end(tx, case, director, ending)
    assert case.status == ending
    assert promise in handling.due_promises(tx, FRIDAY)  # it will be work on its day
    settle(tx, case, promise, director, now=NOON + DAY)
    assert promise.state == "kept"
    assert case.status == ending
