"""Who answers, through which gate, and what stays on record (docs/decisions/0012)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, practice
from complaints.errors import (
    IncompletePetition,
    LeaksIdentity,
    NotAllowed,
    NothingToDecide,
    NotPermitted,
    OwnWork,
    ReplyIncomplete,
)
from complaints.handling import Pledge
from complaints.states import EventKind, Status
from complaints.tables import Case, Event, Officer, Promise, ReplyDraft
from data.outbox import Address, Outbox
from tests.makers import MING, NOON, answer_case, make_case, make_officer, said_in

DAY = timedelta(days=1)
TODAY, DUE = date(2026, 11, 26), date(2026, 12, 4)
HUA = Address("telegram", "2002")
ALL = (1, 2, 3)
TEXT = "已派員清除。"


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", "clerk")


@pytest.fixture
def chief(tx: Session, clerk: Officer) -> Officer:
    return make_officer(tx, "chief", "section_chief")


@pytest.fixture
def case(tx: Session, clerk: Officer) -> Case:
    """A case of 民政課 with three points."""
    return make_case(tx, section="民政課")


def write(
    tx: Session,
    case: Case,
    by: Officer,
    text: str = TEXT,
    *,
    answered: Sequence[int] = ALL,
    promises: Sequence[Pledge] = (),
    now: datetime = NOON,
) -> ReplyDraft:
    return handling.draft(
        tx,
        case.case_no,
        text,
        answered=answered,
        promises=promises,
        by=by,
        version=case.version,
        now=now,
    )


def approve(
    tx: Session,
    case: Case,
    row: ReplyDraft,
    by: Officer,
    override: str | None = None,
    now: datetime = NOON,
) -> Event:
    return handling.approve(
        tx, case.case_no, row.id, by=by, version=case.version, now=now, override=override
    )


def send(tx: Session, case: Case, row: ReplyDraft, by: Officer, now: datetime = NOON) -> Event:
    return handling.send(tx, case.case_no, row.id, by=by, version=case.version, now=now)


def send_back(tx: Session, case: Case, row: ReplyDraft, by: Officer, reason: str) -> Event:
    return handling.send_back(
        tx, case.case_no, row.id, reason=reason, by=by, version=case.version, now=NOON
    )


def reply(
    tx: Session,
    case: Case,
    by: Officer,
    text: str = TEXT,
    *,
    promises: Sequence[Pledge] = (),
    override: str | None = None,
    now: datetime = NOON,
) -> Event:
    return handling.reply(
        tx,
        case.case_no,
        text,
        promises=promises,
        override=override,
        by=by,
        version=case.version,
        now=now,
    )


def sent_to(tx: Session, who: Address) -> list[str]:
    rows = select(Outbox).where(Outbox.channel == who.channel, Outbox.name == who.name)
    return [row.message.text for row in tx.scalars(rows.order_by(Outbox.id))]


def events_of(tx: Session, case: Case) -> Sequence[Event]:
    return tx.scalars(select(Event).where(Event.case_id == case.id)).all()


def kinds(tx: Session, case: Case) -> list[str]:
    rows = select(Event.kind).where(Event.case_id == case.id).order_by(Event.id)
    return list(tx.scalars(rows))


# --- drafted by one, approved by another, sent


def test_an_answer_goes_from_draft_to_approval_to_the_citizen(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk)
    assert (row.state, row.by, row.case_version) == ("submitted", clerk, 2)
    approve(tx, case, row, chief)
    assert (row.state, row.decided_by_id, row.decided_at) == ("approved", chief.id, NOON)
    assert TEXT not in "".join(sent_to(tx, MING))
    assert (case.status, case.replied_on) == (Status.RECEIVED, None)
    event = send(tx, case, row, clerk, now=NOON + DAY)
    assert (row.state, case.status, case.replied_on) == ("sent", Status.REPLIED, TODAY + DAY)
    assert said_in(event) == {
        "text": TEXT,
        "draft": row.id,
        "unanswered": [],
        "due_on": "2026-12-04",
        "stops_clock": True,
    }
    assert TEXT in sent_to(tx, MING)[-1]
    assert kinds(tx, case)[1:] == [EventKind.DRAFTED, EventKind.APPROVED, EventKind.REPLIED]


def test_a_draft_needs_words(tx: Session, case: Case, clerk: Officer) -> None:
    with pytest.raises(IncompletePetition, match="text"), tx.begin_nested():
        write(tx, case, clerk, "　\n")
    assert kinds(tx, case) == [EventKind.RECEIVED]


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_a_new_draft_sets_the_open_one_aside_and_keeps_it(
    tx: Session, case: Case, clerk: Officer, chief: Officer, state: str
) -> None:
    old = write(tx, case, clerk, "舊稿。")
    if state == "approved":
        approve(tx, case, old, chief)
    new = write(tx, case, clerk, "新稿。")
    tx.refresh(old)
    assert (old.state, old.text, new.state) == ("superseded", "舊稿。", "submitted")
    with pytest.raises(NothingToDecide), tx.begin_nested():
        approve(tx, case, old, chief)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        send(tx, case, old, chief)


def test_an_answer_at_once_sets_the_open_draft_aside(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk)
    reply(tx, case, chief)
    tx.refresh(row)
    assert row.state == "superseded"


@pytest.mark.parametrize("role", ["section_chief", "secretary", "director", "ethics"])
def test_nobody_approves_their_own_draft(tx: Session, case: Case, role: str) -> None:
    officer = make_officer(tx, "officer", role)
    row = write(tx, case, officer)
    with pytest.raises(OwnWork), tx.begin_nested():
        approve(tx, case, row, officer)
    assert row.state == "submitted"


def test_a_draft_is_returned_with_the_reason_and_goes_no_further(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk)
    with pytest.raises(IncompletePetition, match="reason"), tx.begin_nested():
        send_back(tx, case, row, chief, " ")
    event = send_back(tx, case, row, chief, "請補法令依據")
    assert (row.state, row.reason, row.decided_by_id) == ("returned", "請補法令依據", chief.id)
    assert said_in(event) == {"draft": row.id, "reason": "請補法令依據"}
    for decide in (approve, send):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            decide(tx, case, row, chief)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        send_back(tx, case, row, chief, "再退")


def test_only_what_is_approved_is_sent_and_once(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        send(tx, case, row, clerk)
    approve(tx, case, row, chief)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        approve(tx, case, row, chief)
    send(tx, case, row, clerk)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        send(tx, case, row, clerk)
    assert len(sent_to(tx, MING)) == 2


def test_a_draft_belongs_to_its_case(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row, other = write(tx, case, clerk), make_case(tx, section="民政課")
    with pytest.raises(NothingToDecide), tx.begin_nested():
        approve(tx, other, row, chief)
    approve(tx, case, row, chief)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        send(tx, other, row, clerk)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        handling.send(tx, case.case_no, row.id + 99, by=clerk, version=case.version, now=NOON)


# --- every point is answered


def test_points_without_an_answer_stop_the_approval_unless_there_is_a_reason(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk, "騎樓雜物已派員清除。", answered=())
    with pytest.raises(ReplyIncomplete) as caught, tx.begin_nested():
        approve(tx, case, row, chief)
    assert caught.value.problems == (
        "第 2 點沒有回答 / point 2",
        "第 3 點沒有回答 / point 3",
    )
    event = approve(tx, case, row, chief, override="其餘另案答復")
    assert (row.reason, event.data["override"]) == ("其餘另案答復", "其餘另案答復")
    assert send(tx, case, row, clerk).data["unanswered"] == [2, 3]


def test_the_drafter_vouches_for_a_point(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk, "騎樓雜物已派員清除。", answered=(2,))
    with pytest.raises(ReplyIncomplete) as caught, tx.begin_nested():
        approve(tx, case, row, chief)
    assert caught.value.problems == ("第 3 點沒有回答 / point 3",)


def test_an_answer_at_once_records_the_points_it_leaves(
    tx: Session, case: Case, chief: Officer
) -> None:
    assert reply(tx, case, chief, "騎樓雜物已派員清除。").data["unanswered"] == [2, 3]


# --- a promise carries its day


@pytest.mark.parametrize("way", ["at once", "approved"])
def test_a_promise_without_a_day_passes_for_no_reason(
    tx: Session, case: Case, clerk: Officer, chief: Officer, way: str
) -> None:
    with pytest.raises(ReplyIncomplete) as caught, tx.begin_nested():
        answer(tx, case, clerk, chief, way, "近期將派員改善。", ())
    assert "近期將派員改善" in caught.value.problems[0]
    assert EventKind.REPLIED not in kinds(tx, case)


def answer(
    tx: Session,
    case: Case,
    clerk: Officer,
    chief: Officer,
    way: str,
    text: str,
    promises: Sequence[Pledge],
) -> None:
    """Answer at once, or by a draft that the chief approves: with a reason either way."""
    if way == "at once":
        reply(tx, case, chief, text, promises=promises, override="急件")
        return
    row = write(tx, case, clerk, text, promises=promises)
    approve(tx, case, row, chief, override="急件")
    send(tx, case, row, clerk)


@pytest.mark.parametrize("way", ["at once", "approved"])
@pytest.mark.parametrize(("days", "passes"), [(-1, False), (0, True), (30, True)])
def test_a_promise_is_for_a_day_to_come(
    tx: Session, case: Case, clerk: Officer, chief: Officer, way: str, days: int, passes: bool
) -> None:
    pledge = Pledge("近期將派員改善", TODAY + days * DAY)
    if not passes:
        with pytest.raises(ReplyIncomplete, match="gone by"), tx.begin_nested():
            answer(tx, case, clerk, chief, way, "近期將派員改善。", [pledge])
        assert tx.scalars(select(Promise)).all() == []
        return
    answer(tx, case, clerk, chief, way, "近期將派員改善。", [pledge])
    (promise,) = tx.scalars(select(Promise)).all()
    assert (promise.text, promise.due_on, promise.state) == (pledge.text, pledge.due_on, "open")


def test_a_promise_whose_day_went_by_before_it_left_is_not_made(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk, "將派員改善。", promises=[Pledge("將派員改善", TODAY)])
    approve(tx, case, row, chief)
    with pytest.raises(ReplyIncomplete), tx.begin_nested():
        send(tx, case, row, clerk, now=NOON + DAY)


# --- nobody else's data leaves


@pytest.fixture
def stranger(tx: Session) -> Case:
    """Somebody else's case, whose name and phone must stay where they are."""
    return make_case(tx, citizen=HUA, petitioner_name="歐陽美惠", contact="0987654321")


LEAKS = ["已和歐陽美惠說明。", "歐陽小姐已同意。", "請洽 0987-654-321。"]


@pytest.mark.parametrize("verb", ["approve", "reply", "interim", "explain_delay", "correct"])
def test_no_text_names_or_calls_who_brought_another_case(
    tx: Session, case: Case, stranger: Case, clerk: Officer, chief: Officer, verb: str
) -> None:
    if verb == "correct":
        answer_case(tx, case, chief)
    before = sent_to(tx, MING)
    for text in LEAKS:
        with pytest.raises(LeaksIdentity) as caught, tx.begin_nested():
            let_out(tx, case, verb, text, clerk, chief)
        assert caught.value.found
    assert sent_to(tx, MING) == before


def let_out(tx: Session, case: Case, verb: str, text: str, clerk: Officer, chief: Officer) -> None:
    """Let a text out by one of the ways there are."""
    number, version = case.case_no, case.version
    if verb == "approve":
        approve(tx, case, write(tx, case, clerk, text), chief)
    elif verb == "reply":
        reply(tx, case, chief, text)
    elif verb == "interim":
        handling.send_interim(tx, number, text, by=chief, version=version, now=NOON)
    elif verb == "explain_delay":
        handling.explain_delay(tx, number, text, by=chief, version=version, now=NOON)
    else:
        handling.correct(tx, number, text, reason="補充", by=chief, version=version, now=NOON)


def test_personal_data_passes_only_with_a_recorded_reason(
    tx: Session, case: Case, stranger: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk, LEAKS[0])
    assert approve(tx, case, row, chief, override="當事人同意").data["override"] == "當事人同意"
    event = reply(tx, case, chief, LEAKS[0], override="當事人同意")
    kept = tx.get_one(ReplyDraft, event.data["draft"])
    assert (kept.state, kept.reason) == ("sent", "當事人同意")


def test_what_was_approved_for_one_is_not_sent_to_those_who_came_since(
    tx: Session, case: Case, clerk: Officer, chief: Officer
) -> None:
    row = write(tx, case, clerk, "王小明先生您好，已清除。")
    approve(tx, case, row, chief)
    handling.follow(tx, case.case_no, HUA, language="zh", now=NOON)
    with pytest.raises(LeaksIdentity), tx.begin_nested():
        send(tx, case, row, clerk)
    assert sent_to(tx, HUA) == []


# --- at once


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("clerk", False),
        ("section_chief", True),
        ("case_controller", True),
        ("secretary", True),
        ("director", True),
        ("ethics", True),
        ("faq_editor", False),
        ("administrator", False),
    ],
)
def test_who_answers_at_once(tx: Session, case: Case, role: str, may: bool) -> None:
    officer = make_officer(tx, "officer", role)
    if may:
        assert reply(tx, case, officer).officer is officer
        return
    with pytest.raises(NotPermitted), tx.begin_nested():
        reply(tx, case, officer)
    assert case.status == Status.RECEIVED


def test_an_office_may_let_its_clerks_answer_alone(tx: Session, case: Case, clerk: Officer) -> None:
    practice.choose(tx, "reply_needs_approval", "no", by="director", now=NOON)
    with pytest.raises(NotPermitted), tx.begin_nested():
        reply(tx, case, make_officer(tx, "editor", "faq_editor"))
    with pytest.raises(ReplyIncomplete), tx.begin_nested():
        reply(tx, case, clerk, "近期將派員改善。")
    reply(tx, case, clerk)
    assert case.status == Status.REPLIED


def test_a_second_answer_leaves_the_day_of_the_first(
    tx: Session, case: Case, chief: Officer
) -> None:
    reply(tx, case, chief)
    event = reply(tx, case, chief, "補充說明如下。", now=NOON + 20 * DAY)
    assert (case.replied_on, case.status) == (TODAY, Status.REPLIED)
    assert event.data["stops_clock"] is False
    assert "補充說明如下。" in sent_to(tx, MING)[-1]


def test_an_answer_needs_words(tx: Session, case: Case, chief: Officer) -> None:
    with pytest.raises(IncompletePetition, match="text"), tx.begin_nested():
        reply(tx, case, chief, " ")


# --- on the way


def test_an_interim_reply_leaves_the_clock_running(tx: Session, case: Case, clerk: Officer) -> None:
    handling.accept(tx, case.case_no, by=clerk, version=1, now=NOON)
    handling.follow(tx, case.case_no, HUA, language="zh", now=NOON)
    event = handling.send_interim(
        tx, case.case_no, "已排定會勘。", by=clerk, version=2, now=NOON + DAY
    )
    assert (case.status, case.due_on, case.replied_on) == (Status.IN_PROGRESS, DUE, None)
    assert handling.clock(tx, case).due_on == DUE
    assert (event.kind, said_in(event)) == (EventKind.INTERIM_SENT, {"text": "已排定會勘。"})
    told = sent_to(tx, MING)[-1]
    assert "已排定會勘。" in told and "115/12/04" in told
    assert sent_to(tx, HUA) == []


def test_why_it_is_late_is_kept_for_the_citizen_and_not_sent_yet(
    tx: Session, case: Case, clerk: Officer
) -> None:
    before = sent_to(tx, MING)
    event = handling.explain_delay(tx, case.case_no, "等候鑑定", by=clerk, version=1, now=NOON)
    assert (event.kind, said_in(event)) == (EventKind.DELAY_EXPLAINED, {"reason": "等候鑑定"})
    assert (sent_to(tx, MING), case.due_on) == (before, DUE)
    for text in ("", " "):
        with pytest.raises(IncompletePetition), tx.begin_nested():
            handling.explain_delay(tx, case.case_no, text, by=clerk, version=2, now=NOON)
        with pytest.raises(IncompletePetition), tx.begin_nested():
            handling.send_interim(tx, case.case_no, text, by=clerk, version=2, now=NOON)


@pytest.mark.parametrize(("text", "reason"), [("", "誤植"), ("已清除。", " ")])
def test_a_correction_needs_words_and_a_reason(
    tx: Session, case: Case, chief: Officer, text: str, reason: str
) -> None:
    answer_case(tx, case, chief)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        handling.correct(tx, case.case_no, text, reason=reason, by=chief, version=2, now=NOON)


def test_a_correction_says_so_and_the_first_answer_stays(
    tx: Session, case: Case, chief: Officer
) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.correct(tx, case.case_no, "x", reason="x", by=chief, version=1, now=NOON)
    first = reply(tx, case, chief)
    event = handling.correct(
        tx, case.case_no, "已於二十一日清除。", reason="日期誤植", by=chief, version=2, now=NOON
    )
    told = sent_to(tx, MING)[-1]
    assert "更正" in told and "日期誤植" in told and "已於二十一日清除。" in told
    assert said_in(event) == {"text": "已於二十一日清除。", "reason": "日期誤植"}
    assert (first.data["text"], case.status, case.replied_on) == (TEXT, Status.REPLIED, TODAY)


# --- what the approver sees beside a draft


def test_what_the_citizen_said_since_the_draft_is_pointed_out(
    tx: Session, case: Case, clerk: Officer
) -> None:
    handling.add_information(tx, case.case_no, "先前說的", now=NOON)
    row = write(tx, case, clerk, now=NOON + DAY)
    assert handling.added_since(events_of(tx, case), row) is False
    handling.note(tx, case.case_no, "內部", by=clerk, version=None, now=NOON + 2 * DAY)
    assert handling.added_since(events_of(tx, case), row) is False
    handling.add_information(tx, case.case_no, "又堆了", now=NOON + 2 * DAY)
    assert handling.added_since(events_of(tx, case), row) is True


def test_an_edit_counts_as_said_since(tx: Session, case: Case, clerk: Officer) -> None:
    row = write(tx, case, clerk)
    at = NOON + timedelta(minutes=1)
    handling.edit(tx, case.case_no, before="a", after="b", now=at, accepted=False)
    assert handling.added_since(events_of(tx, case), row) is True


def test_the_check_reads_a_draft_with_its_promises(tx: Session, case: Case, clerk: Officer) -> None:
    row = write(tx, case, clerk, "將派員改善。", promises=[Pledge("將派員改善", TODAY)])
    assert handling.findings(tx, case, row).undated == ()
    bare = write(tx, case, clerk, "將派員改善。")
    assert handling.findings(tx, case, bare).undated == ("將派員改善",)
