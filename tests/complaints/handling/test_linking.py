"""Cases on one matter: each citizen keeps a number, and all of them are told."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import citizens, handling, practice
from complaints.errors import LeaksIdentity, NotAllowed, NotPermitted, UnknownCase
from complaints.states import EventKind, Kind, Outcome, Status
from complaints.tables import Case, Event, Officer
from data import outbox
from data.outbox import Address, Outbox
from tests.makers import MING, NOON, answer_case, make_case, make_officer, said_in

DAY = timedelta(days=1)
TODAY, DUE = date(2026, 11, 26), date(2026, 12, 4)
HUA, MEI = Address("telegram", "2002"), Address("telegram", "3003")


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def main(tx: Session, director: Officer) -> Case:
    return make_case(tx)


@pytest.fixture
def other(tx: Session, main: Case) -> Case:
    """A case of somebody else on the same matter."""
    return make_case(tx, citizen=HUA, petitioner_name="李大華")


def sent_to(tx: Session, who: Address) -> list[str]:
    rows = select(Outbox).where(Outbox.channel == who.channel, Outbox.name == who.name)
    return [row.message.text for row in tx.scalars(rows.order_by(Outbox.id))]


def events(tx: Session, case: Case) -> list[Event]:
    return list(tx.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id)))


def merge(tx: Session, case: Case, into: Case, by: Officer) -> Event:
    return handling.merge(
        tx, case.case_no, into=into.case_no, by=by, version=case.version, now=NOON
    )


def split(tx: Session, case: Case, by: Officer, now: datetime = NOON) -> Event:
    return handling.split(tx, case.case_no, by=by, version=case.version, now=now)


def follow(tx: Session, case: Case, who: Address, language: str = "zh") -> bool:
    return handling.follow(tx, case.case_no, who, language=language, now=NOON)


def reply(tx: Session, case: Case, by: Officer, text: str) -> Event:
    return handling.reply(tx, case.case_no, text, by=by, version=case.version, now=NOON)


# --- merging


def test_a_merged_case_keeps_its_number_and_its_citizen_is_told(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    event = merge(tx, other, main, director)
    assert (other.status, other.main_id, other.outcome) == (
        Status.MERGED,
        main.id,
        Outcome.MERGED,
    )
    assert (other.closed_on, other.version, main.version) == (TODAY, 2, 1)
    assert event.data["main"] == main.case_no
    told = sent_to(tx, HUA)[-1]
    assert other.case_no in told and main.case_no not in told
    assert handling.merged_into(tx, main) == [other]


def test_a_case_is_merged_into_one_that_is_open_and_another(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    gone, merged = make_case(tx), make_case(tx)
    handling.withdraw(tx, gone.case_no, now=NOON)
    merge(tx, merged, main, director)
    for into in (other, gone, merged):
        with pytest.raises(NotAllowed), tx.begin_nested():
            merge(tx, other, into, director)
    with pytest.raises(UnknownCase), tx.begin_nested():
        handling.merge(tx, other.case_no, into="WH-1151126-9999", by=director, version=1, now=NOON)
    assert (other.status, other.main_id, other.version) == (Status.RECEIVED, None, 1)


def test_two_cases_never_follow_each_other(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    merge(tx, other, main, director)
    with pytest.raises(NotAllowed), tx.begin_nested():
        merge(tx, main, other, director)
    assert main.main_id is None


def test_what_is_answered_is_not_merged(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    answer_case(tx, other, director)
    with pytest.raises(NotAllowed), tx.begin_nested():
        merge(tx, other, main, director)


def test_both_cases_must_be_the_officers(tx: Session, main: Case) -> None:
    chief = make_officer(tx, "chief", "section_chief")
    mine = make_case(tx, section="民政課")
    for case, into in ((mine, main), (main, mine)):
        with pytest.raises(NotPermitted), tx.begin_nested():
            merge(tx, case, into, chief)
    merge(tx, mine, make_case(tx, section="民政課"), chief)
    assert mine.status == Status.MERGED


def test_what_followed_a_merged_case_follows_its_main_case(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    third = make_case(tx, citizen=MEI, petitioner_name="陳美玲")
    merge(tx, third, other, director)
    merge(tx, other, main, director)
    assert {case.case_no for case in handling.merged_into(tx, main)} == {
        other.case_no,
        third.case_no,
    }
    assert handling.merged_into(tx, other) == []
    reply(tx, main, director, "已派員清除。")
    for who, case in ((HUA, other), (MEI, third)):
        assert "已派員清除。" in sent_to(tx, who)[-1]
        assert case.case_no in sent_to(tx, who)[-1]


# --- one answer for all


def test_the_answer_reaches_every_merged_citizen_under_their_own_number(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    merge(tx, other, main, director)
    follow(tx, main, MEI)
    answered = reply(tx, main, director, "已派員清除。")
    copy = events(tx, other)[-1]
    assert (copy.kind, copy.data["of"]) == (EventKind.REPLIED, main.case_no)
    assert (answered.data["stops_clock"], copy.data["stops_clock"]) == (True, False)
    assert (other.status, other.replied_on) == (Status.MERGED, None)
    for who, number in ((MING, main.case_no), (HUA, other.case_no)):
        told = sent_to(tx, who)[-1]
        assert "已派員清除。" in told and number in told
    assert main.case_no not in sent_to(tx, HUA)[-1]
    assert "已派員清除。" in sent_to(tx, MEI)[-1] and len(sent_to(tx, MEI)) == 1


def test_a_correction_reaches_every_merged_citizen(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    merge(tx, other, main, director)
    reply(tx, main, director, "已於二十日清除。")
    handling.correct(
        tx, main.case_no, "已於二十一日清除。", reason="日期誤植", by=director, version=2, now=NOON
    )
    for who, case in ((MING, main), (HUA, other)):
        told = sent_to(tx, who)[-1]
        assert "更正" in told and "已於二十一日清除。" in told and case.case_no in told
        kinds = [event.kind for event in events(tx, case)]
        assert kinds[-2:] == [EventKind.REPLIED, EventKind.CORRECTED]


def test_a_correction_reaches_those_who_were_told_the_wrong_answer(
    tx: Session, main: Case, director: Officer
) -> None:
    follow(tx, main, HUA)
    reply(tx, main, director, "已於二十日清除。")
    handling.correct(
        tx, main.case_no, "已於二十一日清除。", reason="日期誤植", by=director, version=2, now=NOON
    )
    assert "已於二十一日清除。" in sent_to(tx, HUA)[-1]


def test_who_is_merged_into_an_answered_case_hears_the_answer(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    reply(tx, main, director, "已派員清除。")
    with suppress(NotAllowed), tx.begin_nested():
        merge(tx, other, main, director)
    handling.close(
        tx,
        main.case_no,
        outcome=Outcome.RESOLVED,
        reason="已改善",
        by=director,
        version=main.version,
        now=NOON,
    )
    by_itself = other.status == Status.RECEIVED  # and will have an answer of its own
    assert by_itself or "已派員清除。" in "".join(sent_to(tx, HUA))


def test_who_follows_a_merged_case_hears_the_answer(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    follow(tx, other, MEI)
    merge(tx, other, main, director)
    reply(tx, main, director, "已派員清除。")
    assert "已派員清除。" in "".join(sent_to(tx, MEI))


def test_a_text_for_several_names_none_of_them(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    merge(tx, other, main, director)
    for name in ("王小明", "李大華"):
        with pytest.raises(LeaksIdentity), tx.begin_nested():
            reply(tx, main, director, f"{name}先生您好，已清除。")
    assert main.status == Status.RECEIVED


# --- splitting


def test_a_case_taken_out_again_is_due_as_if_it_had_never_been_merged(
    tx: Session, main: Case, director: Officer
) -> None:
    clerk = make_officer(tx, "clerk", "case_controller")
    long_ago = make_case(tx, citizen=HUA, now=NOON - 2 * DAY)
    due = date(2026, 12, 2)
    assert long_ago.due_on == due
    handling.ask_extension(
        tx, long_ago.case_no, days=3, reason="會勘", by=clerk, version=1, now=NOON
    )
    handling.approve_extension(tx, long_ago.case_no, by=director, version=2, now=NOON)
    merge(tx, long_ago, main, director)
    event = split(tx, long_ago, director, now=NOON + 20 * DAY)
    assert (long_ago.status, long_ago.due_on) == (Status.IN_PROGRESS, date(2026, 12, 7))
    assert long_ago.main_id is None and long_ago.outcome is None and long_ago.closed_on is None
    assert said_in(event) == {"main": main.case_no, "due_on": "2026-12-07"}
    assert "115/12/07" in sent_to(tx, HUA)[-1]
    assert handling.merged_into(tx, main) == []


def test_only_what_is_merged_is_taken_out(tx: Session, main: Case, director: Officer) -> None:
    with pytest.raises(NotAllowed), tx.begin_nested():
        split(tx, main, director)


def test_a_case_taken_out_gets_an_answer_of_its_own(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    merge(tx, other, main, director)
    reply(tx, main, director, "已派員清除。")
    split(tx, other, director)
    event = reply(tx, other, director, "您家門口也清了。")
    assert (other.status, event.data["stops_clock"]) == (Status.REPLIED, True)
    assert "您家門口也清了。" not in "".join(sent_to(tx, MING))


def test_a_case_whose_clock_stood_goes_on_after_it_is_taken_out(
    tx: Session, main: Case, other: Case, director: Officer
) -> None:
    practice.choose(tx, "supplement_stops_clock", "yes", by="director", now=NOON)
    handling.ask_supplement(tx, other.case_no, "門牌", by=director, version=1, now=NOON)
    merge(tx, other, main, director)
    handling.add_information(tx, other.case_no, "三號", now=NOON + DAY)
    split(tx, other, director, now=NOON + 2 * DAY)
    handling.add_information(tx, other.case_no, "三號一樓", now=NOON + 2 * DAY)
    assert not other.paused


# --- following


def test_following_twice_is_following_once(tx: Session, main: Case) -> None:
    assert (follow(tx, main, HUA), follow(tx, main, HUA)) == (True, False)
    assert [event.kind for event in events(tx, main)] == [
        EventKind.RECEIVED,
        EventKind.FOLLOWED,
    ]
    assert (main.status, main.version) == (Status.RECEIVED, 1)


def test_what_is_followed_is_listed_newest_first(tx: Session, main: Case, other: Case) -> None:
    follow(tx, main, MEI)
    follow(tx, other, MEI)
    assert handling.followed_by(tx, MEI) == [other, main]
    assert handling.followed_by(tx, MING) == []
    assert handling.followed_by(tx, Address("telegram", "nobody")) == []


def test_an_ended_case_is_not_followed(tx: Session, main: Case) -> None:
    handling.withdraw(tx, main.case_no, now=NOON)
    with pytest.raises(NotAllowed), tx.begin_nested():
        follow(tx, main, HUA)
    assert handling.followed_by(tx, HUA) == []


def test_followers_read_the_answer_in_their_language_and_nothing_of_the_petitioner(
    tx: Session, main: Case, director: Officer
) -> None:
    follow(tx, main, HUA, language="en")
    with pytest.raises(LeaksIdentity), tx.begin_nested():
        reply(tx, main, director, "王小明先生您好，已清除。")
    event = reply(tx, main, director, "已清除。")
    (told,) = sent_to(tx, HUA)
    assert told.startswith("The matter you follow") and "已清除。" in told
    assert "王小明" not in told
    citizen = citizens.known(tx, HUA)
    assert citizen is not None
    row = outbox.find(tx, f"event:{event.id}:follower:{citizen.id}")
    assert row is not None and row.address == HUA


def test_a_petitioner_alone_may_be_named_in_the_answer(
    tx: Session, main: Case, director: Officer
) -> None:
    reply(tx, main, director, "王小明先生您好，已清除。")
    assert "王小明" in sent_to(tx, MING)[-1]


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_what_became_confidential_is_told_to_no_follower(
    tx: Session, main: Case, director: Officer, given: dict[str, Any]
) -> None:
    follow(tx, main, HUA)
    handling.classify(tx, main.case_no, by=director, version=1, now=NOON, **given)
    reply(tx, main, director, "經查屬實，已議處。")
    assert sent_to(tx, HUA) == []
