"""The record of a visit stays inside the office; ticks of the checklist bar nothing."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import showing
from complaints import checklists, handling, progress, repeats, subscriptions
from complaints.clock.workdays import TAIPEI
from complaints.errors import (
    IncompletePetition,
    NotAllowed,
    NothingToDecide,
    NotPermitted,
    StaleCase,
)
from complaints.intake import SentFile
from complaints.states import ALLOWED, OPEN, Action, EventKind, Kind, Outcome, Status
from complaints.tables import Case, CheckStep, Event, Officer, Task
from data.outbox import Outbox
from tests.makers import NOON, answer_case, make_case, make_officer, make_section, said_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHOTO = SentFile("desk", f"stored:{'a' * 64}:image/jpeg")
ID = "A123456789"


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", "clerk")


@pytest.fixture
def case(tx: Session, clerk: Officer) -> Case:
    return make_case(tx, section="民政課", now=NOON - DAY)


def visit(tx: Session, case: Case, by: Officer, **given: Any) -> Event:
    usual: dict[str, Any] = {
        "visited_at": NOON - HOUR,
        "where": "中山路3號前",
        "found": "騎樓堆放雜物",
        "version": case.version,
        "now": NOON,
    }
    return handling.record_visit(tx, case.case_no, by=by, **(usual | given))


def a_step(tx: Session, case: Case) -> CheckStep:
    return checklists.of_case(tx, case)[0].step


def tick(tx: Session, case: Case, by: Officer, step_id: int, **given: Any) -> Event:
    usual: dict[str, Any] = {"done": True, "now": NOON}
    return handling.check_step(tx, case.case_no, step_id=step_id, by=by, **(usual | given))


def left_to_send(tx: Session) -> tuple[int, int]:
    """How much waits to be told to anybody, by a channel or by hand."""
    return len(tx.scalars(select(Outbox.id)).all()), len(tx.scalars(select(Task.id)).all())


# --- the record of a visit


def test_a_visit_is_recorded_whole_with_its_photos(tx: Session, case: Case, clerk: Officer) -> None:
    event = visit(
        tx, case, clerk, present=["王里長", " "], next_step="請清潔隊清除", files=[PHOTO, PHOTO]
    )
    assert said_in(event) == {
        "visited_at": "2026-11-26T11:00+08:00",
        "where": "中山路3號前",
        "found": "騎樓堆放雜物",
        "present": ["王里長"],
        "next_step": "請清潔隊清除",
        "files": 2,
        "attachments": [one.id for one in case.attachments],
    }
    assert (event.kind, event.officer) == (EventKind.SITE_VISITED, clerk)
    assert [(one.state, one.media_type) for one in case.attachments] == [
        ("stored", "image/jpeg")
    ] * 2
    assert (case.status, case.version) == (Status.RECEIVED, 2)


def test_a_photo_of_the_visit_is_evidence_of_the_case(
    tx: Session, case: Case, clerk: Officer
) -> None:
    visit(tx, case, clerk, files=[PHOTO])
    answer_case(tx, case, make_officer(tx, "director", "director"))
    proof: dict[str, Any] = {"evidence": "已淨空", "attachment_id": case.attachments[0].id}
    handling.record_improvement(tx, case.case_no, **proof, by=clerk, version=case.version, now=NOON)
    assert case.improved_on is not None


def test_numbers_of_persons_are_masked_wherever_they_stand(
    tx: Session, case: Case, clerk: Officer
) -> None:
    said = {"where": ID, "found": f"住戶 {ID}", "present": [ID], "next_step": ID}
    told = str(visit(tx, case, clerk, **said).data)
    assert ID not in told and told.count("A1*****789") == 4
    assert ID not in str(tick(tx, case, clerk, a_step(tx, case).id, remark=ID).data)


@pytest.mark.parametrize(
    ("moment", "fits"),
    [
        (NOON, True),
        (NOON + timedelta(minutes=1), False),
        (NOON - DAY, True),  # the minute of the receipt, whose seconds a form cannot tell
        (NOON - DAY - timedelta(minutes=1), False),
        (datetime(9999, 12, 31, 23, 59, tzinfo=TAIPEI), False),
        (datetime(1, 1, 1, tzinfo=TAIPEI), False),
    ],
    ids=str,
)
def test_nobody_was_there_before_the_receipt_or_in_the_future(
    tx: Session, clerk: Officer, moment: datetime, fits: bool
) -> None:
    case = make_case(tx, section="民政課", now=NOON - DAY + timedelta(seconds=30))
    if fits:
        assert datetime.fromisoformat(visit(tx, case, clerk, visited_at=moment).data["visited_at"])
        return
    with pytest.raises(IncompletePetition, match="visited_at"), tx.begin_nested():
        visit(tx, case, clerk, visited_at=moment)
    assert case.version == 1


@pytest.mark.parametrize("field", ["where", "found"])
def test_a_visit_says_where_and_what_was_found(
    tx: Session, case: Case, clerk: Officer, field: str
) -> None:
    with pytest.raises(IncompletePetition) as refused, tx.begin_nested():
        visit(tx, case, clerk, **{field: " "})
    assert refused.value.field == field


def test_of_two_who_were_there_the_second_reads_again(
    tx: Session, case: Case, clerk: Officer
) -> None:
    visit(tx, case, clerk)
    with pytest.raises(StaleCase), tx.begin_nested():
        visit(tx, case, clerk, version=1)


def test_a_clerk_of_another_section_records_nothing(tx: Session, case: Case) -> None:
    stranger = make_officer(tx, "far", "clerk", "works")
    editor = make_officer(tx, "editor", "faq_editor")
    for by in (stranger, editor):
        with pytest.raises(NotPermitted), tx.begin_nested():
            visit(tx, case, by)
        with pytest.raises(NotPermitted), tx.begin_nested():
            tick(tx, case, by, a_step(tx, case).id)


def test_after_the_end_there_is_nothing_to_record(tx: Session, case: Case, clerk: Officer) -> None:
    step_id = a_step(tx, case).id
    handling.withdraw(tx, case.case_no, now=NOON)
    with pytest.raises(NotAllowed), tx.begin_nested():
        visit(tx, case, clerk)
    with pytest.raises(NotAllowed), tx.begin_nested():
        tick(tx, case, clerk, step_id)
    for action in (Action.RECORD_VISIT, Action.CHECK_STEP):
        assert ALLOWED[action].keys() == OPEN


def test_a_photo_the_office_took_is_no_new_fact_of_the_citizens(
    tx: Session, case: Case, clerk: Officer
) -> None:
    """§173 II asks whether the citizen brought something new."""
    again = make_case(tx, section="民政課")
    visit(tx, again, clerk, visited_at=NOON, files=[PHOTO])
    assert not repeats.new_facts(again, case)


# --- what the citizen sees


def test_the_citizen_hears_nothing_and_sees_only_the_day(
    tx: Session, case: Case, clerk: Officer
) -> None:
    before = left_to_send(tx)
    visit(tx, case, clerk, visited_at=NOON - 20 * HOUR, present=["王里長"], next_step="報拆")
    tick(tx, case, clerk, a_step(tx, case).id, remark="內部")
    assert left_to_send(tx) == before
    found = progress.show(tx, case, now=NOON)
    assert [step.kind for step in found.steps] == [EventKind.RECEIVED, EventKind.SITE_VISITED]
    assert (found.steps[-1].at, found.steps[-1].text) == (NOON - 20 * HOUR, "")
    for language, said in (("zh", "115/11/25"), ("en", "25 Nov 2026")):
        (line,) = showing.case(found, language, owner=True).splitlines()[-1:]
        assert said in line
        assert not [one for one in ("王里長", "雜物", "報拆", "中山路") if one in line]
    assert "已派員到現場查看" in showing.case(found, "zh", owner=True)
    assert "looked at the place" in showing.case(found, "en", owner=True)


def test_other_systems_hear_that_it_was_and_nothing_of_ticks(
    tx: Session, case: Case, clerk: Officer
) -> None:
    url = "https://cases.example.gov.tw/hooks"
    row = subscriptions.add(tx, name="市府", url=url, kinds=[], by=clerk, now=NOON)
    visit(tx, case, clerk, present=["王里長"])
    tick(tx, case, clerk, a_step(tx, case).id)
    subscriptions.post_new(tx, now=NOON)
    (told,) = [one.message.text for one in subscriptions.deliveries(tx, row.id)]
    assert json.loads(told)["type"] == "case.site_visited"
    assert not [one for one in ("王里長", "雜物", "中山路") if one in told]


# --- steps


def test_a_tick_and_its_taking_back_are_two_events(tx: Session, case: Case, clerk: Officer) -> None:
    step = a_step(tx, case)
    event = tick(tx, case, clerk, step.id, remark=" 已拍三張 ")
    assert said_in(event) == {
        "step": step.id,
        "text": step.text,
        "done": True,
        "remark": "已拍三張",
    }
    tick(tx, case, clerk, step.id, done=False, now=NOON + HOUR)
    kinds = tx.scalars(select(Event.kind).where(Event.case_id == case.id).order_by(Event.id)).all()
    assert kinds == [EventKind.RECEIVED, EventKind.STEP_CHECKED, EventKind.STEP_CHECKED]
    assert case.version == 1  # nobody who writes an answer meanwhile is overtaken


def test_only_a_step_of_the_case_is_ticked(tx: Session, case: Case, clerk: Officer) -> None:
    other = make_case(tx, kind=Kind.MISCONDUCT_REPORT)
    for step_id in (a_step(tx, other).id, 10**6):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            tick(tx, case, clerk, step_id)


def test_a_step_not_ticked_bars_neither_answer_nor_closing(tx: Session, case: Case) -> None:
    director = make_officer(tx, "director", "director")
    assert checklists.unticked(checklists.of_case(tx, case))
    answer_case(tx, case, director)
    outcome: dict[str, Any] = {"outcome": Outcome.RESOLVED, "reason": "好"}
    handling.close(tx, case.case_no, **outcome, by=director, version=case.version, now=NOON)
    assert case.status == Status.CLOSED


def test_while_the_secretary_decides_the_steps_can_be_ticked(
    tx: Session, case: Case, clerk: Officer
) -> None:
    make_section(tx, "works", "工務課")
    case.with_secretary = True
    tx.flush()
    assert tick(tx, case, clerk, a_step(tx, case).id).data["done"]
    assert visit(tx, case, clerk).data["found"]
