"""What the citizen says after filing: particulars, changes, and whether it got better."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, intake, practice
from complaints.errors import IncompletePetition, NeedsEvidence, NotAllowed
from complaints.intake import SentFile
from complaints.points import MOST_POINTS
from complaints.states import EventKind, Outcome, Status
from complaints.tables import Case, Event, Officer
from data import outbox
from data.outbox import Address
from tests.makers import NOON, answer_case, make_case, make_officer

DAY = timedelta(days=1)
TODAY, DUE = date(2026, 11, 26), date(2026, 12, 4)
HUA = Address("telegram", "2002")
STORED = SentFile("telegram", f"stored:{'a' * 64}")
PENDING = SentFile("telegram", "photo-1")


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def case(tx: Session, director: Officer) -> Case:
    return make_case(tx)


@pytest.fixture
def stands(tx: Session) -> None:
    """The office lets the clock stand while particulars are awaited."""
    practice.choose(tx, "supplement_stops_clock", "yes", by="director", now=NOON)


def told_with(event: Event) -> dict[str, object]:
    """What the verb itself kept with an event, without the headings it counts under."""
    return {name: value for name, value in event.data.items() if name != "under"}


def kinds(tx: Session, case: Case) -> list[str]:
    rows = select(Event.kind).where(Event.case_id == case.id).order_by(Event.id)
    return list(tx.scalars(rows))


def text_of(tx: Session, event: Event) -> str:
    found = outbox.find(tx, f"event:{event.id}")
    return found.message.text if found else ""


def ask(tx: Session, case: Case, by: Officer, what: str = "門牌", now: datetime = NOON) -> Event:
    return handling.ask_supplement(tx, case.case_no, what, by=by, version=case.version, now=now)


def go_on(tx: Session, case: Case, by: Officer, reason: str, now: datetime = NOON) -> Event:
    return handling.go_on_without(
        tx, case.case_no, reason=reason, by=by, version=case.version, now=now
    )


def close(tx: Session, case: Case, by: Officer) -> None:
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="好",
        by=by,
        version=case.version,
        now=NOON,
    )


# --- what is added


def test_what_is_added_stands_beside_what_was_said(
    tx: Session, case: Case, director: Officer
) -> None:
    before = (case.content, case.points, case.due_on)
    event = handling.add_information(
        tx, case.case_no, "第二張照片", files=[PENDING], by=director, source="phone", now=NOON
    )
    assert told_with(event) == {"text": "第二張照片", "files": 1, "source": "phone"}
    assert event.officer is director
    assert [(one.reference, one.state) for one in case.attachments] == [("photo-1", "pending")]
    assert (case.content, case.points, case.due_on) == before
    assert (case.status, case.version) == (Status.RECEIVED, 2)


def test_what_is_added_after_the_end_changes_no_status(tx: Session, case: Case) -> None:
    handling.withdraw(tx, case.case_no, now=NOON)
    handling.add_information(tx, case.case_no, "還是要說", now=NOON)
    assert case.status == Status.WITHDRAWN
    assert kinds(tx, case)[-1] == EventKind.INFORMATION_ADDED


@pytest.mark.parametrize("way", ["add_information", "edit"])
def test_personal_numbers_are_masked_before_storage(tx: Session, case: Case, way: str) -> None:
    said = "我的身分證是 A123456789"  # docs/decisions/0010
    if way == "add_information":
        event = handling.add_information(tx, case.case_no, said, now=NOON)
    else:
        event = handling.edit(tx, case.case_no, before="雜物", after=said, accepted=True, now=NOON)
    assert "A123456789" not in f"{event.data} {case.points}"


# --- particulars (行政程序法 §171 II)


def test_the_clock_goes_on_while_particulars_are_awaited_unless_the_office_says_otherwise(
    tx: Session, case: Case, director: Officer
) -> None:
    event = ask(tx, case, director)
    assert (case.status, case.paused, case.due_on) == (Status.AWAITING_SUPPLEMENT, False, DUE)
    assert told_with(event) == {
        "what": "門牌",
        "until": "2026-12-10",
        "stops_clock": False,
        "due_on": "2026-12-04",
    }
    assert "門牌" in text_of(tx, event) and "115/12/10" in text_of(tx, event)
    handling.add_information(tx, case.case_no, "三號", now=NOON + 5 * DAY)
    assert (case.status, case.due_on) == (Status.IN_PROGRESS, DUE)
    assert kinds(tx, case)[-2:] == [EventKind.INFORMATION_ADDED, EventKind.SUPPLEMENTED]


@pytest.mark.usefixtures("stands")
def test_days_waited_are_left_out_where_the_clock_stands(
    tx: Session, case: Case, director: Officer
) -> None:
    assert ask(tx, case, director).data["stops_clock"] is True
    assert (case.paused, case.due_on) == (True, DUE)
    handling.add_information(tx, case.case_no, "三號", now=NOON + 5 * DAY)
    # Friday, Monday and Tuesday were waited; six working days from 2 December
    assert (case.paused, case.due_on) == (False, date(2026, 12, 9))
    assert handling.clock(tx, case).due_on == case.due_on


@pytest.mark.usefixtures("stands")
def test_what_comes_the_same_day_moves_nothing(tx: Session, case: Case, director: Officer) -> None:
    ask(tx, case, director)
    handling.add_information(tx, case.case_no, "三號", now=NOON)
    assert (case.paused, case.due_on) == (False, DUE)


@pytest.mark.usefixtures("stands")
def test_asking_twice_stops_the_clock_from_the_first_time(
    tx: Session, case: Case, director: Officer
) -> None:
    ask(tx, case, director)
    ask(tx, case, director, "樓層", now=NOON + DAY)
    handling.add_information(tx, case.case_no, "三號二樓", now=NOON + 4 * DAY)
    assert case.due_on == date(2026, 12, 8)  # Friday and Monday were waited


@pytest.mark.usefixtures("stands")
def test_the_practice_at_the_time_of_asking_holds(
    tx: Session, case: Case, director: Officer
) -> None:
    ask(tx, case, director)
    practice.choose(tx, "supplement_stops_clock", "no", by="director", now=NOON)
    other = make_case(tx)
    ask(tx, other, director)
    for one, due in ((case, date(2026, 12, 7)), (other, DUE)):
        handling.add_information(tx, one.case_no, "三號", now=NOON + DAY)
        assert one.due_on == due


@pytest.mark.usefixtures("stands")
def test_the_office_goes_on_without_what_did_not_come(
    tx: Session, case: Case, director: Officer
) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        go_on(tx, case, director, "未補")
    ask(tx, case, director)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        go_on(tx, case, director, " ")
    event = go_on(tx, case, director, "逾期未補", now=NOON + 4 * DAY)
    assert (case.status, case.paused, case.due_on) == (
        Status.IN_PROGRESS,
        False,
        date(2026, 12, 8),
    )
    assert told_with(event) == {"due_on": "2026-12-08", "reason": "逾期未補"}


def test_the_office_says_how_long_it_waits(tx: Session, case: Case, director: Officer) -> None:
    practice.choose(tx, "supplement_days", "9", by="director", now=NOON)
    assert ask(tx, case, director).data["until"] == "2026-12-07"  # a Saturday moves on
    with pytest.raises(IncompletePetition, match="what"), tx.begin_nested():
        ask(tx, case, director, " ")


@pytest.mark.usefixtures("stands")
def test_what_is_answered_without_the_particulars_stands_no_more(
    tx: Session, case: Case, director: Officer
) -> None:
    ask(tx, case, director)
    answer_case(tx, case, director, NOON + DAY)
    handling.reopen(
        tx, case.case_no, reason="複查", by=director, version=case.version, now=NOON + 4 * DAY
    )
    assert (case.paused, case.due_on) == (False, date(2026, 12, 3))


# --- edited messages


@pytest.mark.parametrize("accepted", [True, False])
def test_both_versions_of_an_edited_message_are_kept(
    tx: Session, director: Officer, accepted: bool
) -> None:
    points = ("三號門口堆放雜物", "已經很久了")
    case = make_case(tx, points=points, place="中山路三號")
    event = handling.edit(
        tx, case.case_no, before="三號", after="五號", accepted=accepted, now=NOON + DAY
    )
    assert told_with(event) == {"before": "三號", "after": "五號", "accepted": accepted}
    number = "五號" if accepted else "三號"
    assert case.points == [f"{number}門口堆放雜物", "已經很久了"]
    assert case.place == f"中山路{number}"
    assert (case.status, case.due_on, case.version) == (Status.RECEIVED, DUE, 2)
    received = tx.scalars(select(Event).where(Event.kind == EventKind.RECEIVED)).one()
    assert received.data["points"] == list(points)


def test_an_edited_place_is_found_where_it_is_now(tx: Session, director: Officer) -> None:
    case = make_case(tx, place="中山路三號")
    handling.edit(tx, case.case_no, before="三號", after="五號", accepted=True, now=NOON)
    assert case.place_key == intake.place_key("中山路五號")


def accepted(tx: Session, case: Case, before: str, after: str) -> list[str]:
    """The case's points after an edit it is to follow."""
    handling.edit(tx, case.case_no, before=before, after=after, now=NOON, accepted=True)
    return [str(point) for point in case.points]


def test_an_edited_message_of_several_points_is_changed_as_a_whole(
    tx: Session, director: Officer
) -> None:
    case = make_case(tx, points=("騎樓堆放雜物", "輪椅過不去", "已經很久了"))
    after = accepted(tx, case, "騎樓堆放雜物。輪椅過不去。", "人行道堆放雜物。")
    assert after == ["人行道堆放雜物", "已經很久了"]


def test_what_was_said_nowhere_before_becomes_a_point(tx: Session, director: Officer) -> None:
    case = make_case(tx, points=("騎樓堆放雜物",), place="中山路三號")
    assert accepted(tx, case, "", "照片是昨天拍的") == ["騎樓堆放雜物", "照片是昨天拍的"]
    assert accepted(tx, case, "中山路三號", "中山路五號") == ["騎樓堆放雜物", "照片是昨天拍的"]
    assert case.place == "中山路五號"


def test_a_caption_taken_back_leaves_no_empty_point(tx: Session, director: Officer) -> None:
    case = make_case(tx, points=("騎樓堆放雜物", "輪椅過不去"))
    assert accepted(tx, case, "輪椅過不去。", "") == ["騎樓堆放雜物"]
    assert accepted(tx, case, "騎樓堆放雜物", "") == ["騎樓堆放雜物"]  # one always stays


def test_edits_never_make_more_points_than_are_shown(tx: Session, director: Officer) -> None:
    case = make_case(tx, points=("騎樓堆放雜物",))
    for n in range(2 * MOST_POINTS):
        points = accepted(tx, case, "", f"第{n}次補充照片")
    assert len(points) == MOST_POINTS
    assert all(f"第{n}次補充照片" in "".join(points) for n in range(2 * MOST_POINTS))


@pytest.mark.parametrize("yes", [True, False])
def test_a_moved_pin_is_in_the_history_twice_and_the_clock_stays(
    tx: Session, director: Officer, yes: bool
) -> None:
    case = make_case(tx, latitude=25.0, longitude=121.5, points=("騎樓堆放雜物",))
    event = handling.edit(
        tx,
        case.case_no,
        before="25.00000, 121.50000",
        after="25.10000, 121.60000",
        place=(25.1, 121.6),
        now=NOON,
        accepted=yes,
    )
    assert (event.data["before"], event.data["after"]) == (
        "25.00000, 121.50000",
        "25.10000, 121.60000",
    )
    there = (25.1, 121.6) if yes else (25.0, 121.5)
    assert (case.latitude, case.longitude, case.due_on) == (*there, DUE)
    assert case.points == ["騎樓堆放雜物"]


def test_a_replaced_photo_is_kept_beside_the_old_one(tx: Session, director: Officer) -> None:
    case = make_case(tx, files=(SentFile("telegram", "old"),))
    event = handling.edit(
        tx,
        case.case_no,
        before="看",
        after="看",
        files=[SentFile("telegram", "new")],
        now=NOON,
        accepted=False,
    )
    assert [one.reference for one in case.attachments] == ["old", "new"]
    assert told_with(event) == {"before": "看", "after": "看", "accepted": False, "files": 1}
    assert (case.due_on, case.version) == (DUE, 2)


# --- replied is not yet improved


def test_an_answer_is_no_improvement_until_the_citizen_says_so(
    tx: Session, case: Case, director: Officer
) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.confirm_improved(tx, case.case_no, now=NOON)
    answer_case(tx, case, director)
    answered = case.improved_on
    handling.confirm_improved(tx, case.case_no, now=NOON + DAY)
    assert (answered, case.improved_on, case.status) == (None, TODAY + DAY, Status.REPLIED)
    handling.note_not_improved(tx, case.case_no, now=NOON + 2 * DAY)
    assert case.improved_on is None
    assert kinds(tx, case)[-2:] == [EventKind.CONFIRMED_IMPROVED, EventKind.NOT_IMPROVED]


def test_the_citizen_of_a_closed_or_merged_case_is_heard(
    tx: Session, case: Case, director: Officer
) -> None:
    other = make_case(tx, citizen=HUA)
    handling.merge(tx, other.case_no, into=case.case_no, by=director, version=1, now=NOON)
    answer_case(tx, case, director)
    close(tx, case, director)
    for one, ending in ((case, Status.CLOSED), (other, Status.MERGED)):
        event = handling.confirm_improved(tx, one.case_no, by=director, source="counter", now=NOON)
        handling.rate(tx, one.case_no, 4, now=NOON)
        assert (one.status, one.improved_on, one.process_grade) == (ending, TODAY, 4)
        assert (event.officer, told_with(event)) == (director, {"source": "counter"})


def test_a_later_grade_is_shown_and_both_are_kept(
    tx: Session, case: Case, director: Officer
) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.rate(tx, case.case_no, 5, now=NOON)
    answer_case(tx, case, director)
    for grade in (1, 5):
        handling.rate(tx, case.case_no, grade, now=NOON)
    assert (case.process_grade, case.satisfaction) == (5, None)
    rated = select(Event).where(Event.kind == EventKind.SATISFACTION_RATED).order_by(Event.id)
    assert [event.data["grade"] for event in tx.scalars(rated)] == [1, 5]


# --- improved by proof


def prove(
    tx: Session, case: Case, by: Officer, attachment_id: int | None, evidence: str = "已鋪平"
) -> Event:
    return handling.record_improvement(
        tx,
        case.case_no,
        evidence=evidence,
        attachment_id=attachment_id,
        by=by,
        version=case.version,
        now=NOON,
    )


def test_an_improvement_needs_a_file_of_the_case_that_we_hold(
    tx: Session, director: Officer
) -> None:
    case, other = make_case(tx, files=(PENDING, STORED)), make_case(tx, files=(STORED,))
    answer_case(tx, case, director)
    pending, stored = case.attachments
    for proof, said in (
        (None, "已鋪平"),
        (pending.id, "已鋪平"),
        (other.attachments[0].id, "已鋪平"),
        (stored.id, " "),
    ):
        with pytest.raises(NeedsEvidence), tx.begin_nested():
            prove(tx, case, director, proof, said)
    before = case.improved_on
    event = prove(tx, case, director, stored.id)
    assert (before, case.improved_on, case.status) == (None, TODAY, Status.REPLIED)
    assert told_with(event) == {"evidence": "已鋪平", "attachment": stored.id}
    assert "已鋪平" in text_of(tx, event)


def test_nothing_is_improved_before_it_is_answered(tx: Session, director: Officer) -> None:
    case = make_case(tx, files=(STORED,))
    with pytest.raises(NotAllowed), tx.begin_nested():
        prove(tx, case, director, case.attachments[0].id)
