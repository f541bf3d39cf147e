"""A notice leaves, or a person has the work of telling; nobody is disturbed at night."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, notices, practice
from complaints.clock.workdays import TAIPEI
from complaints.notices import BY_HAND, awake
from complaints.practice import Practice
from complaints.tables import Case, Event, Officer, Task
from complaints.tasks import TaskKind
from data import outbox
from data.outbox import Address, Message, Outbox
from tests.makers import MING, NOON, make_case, make_officer

HUA = Address("telegram", "2002")
CHANNELS = {  # petitions §0.5
    "telegram",
    "counter",
    "phone",
    "letter",
    "email",
    "web_form",
    "suggestion_box",
    "director_mailbox",
    "hotline_1999",
    "city_petition_system",
    "survey_comment",
    "media",
}
USUAL = Practice()  # quiet from 21:00 to 8:00
AT_NOON = Practice(quiet_from=time(12, 0), quiet_until=time(13, 30))


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


def first_event(tx: Session, case: Case) -> Event:
    rows = select(Event).where(Event.case_id == case.id).order_by(Event.id).limit(1)
    return tx.scalars(rows).one()


def all_tasks(tx: Session) -> list[Task]:
    return list(tx.scalars(select(Task).order_by(Task.id)))


def posted(tx: Session) -> list[Outbox]:
    return list(tx.scalars(select(Outbox).order_by(Outbox.id)))


# --- by chat or by hand


def test_channels_with_nobody_at_the_other_end_are_told_by_hand() -> None:
    assert sorted(CHANNELS - BY_HAND) == ["telegram", "web_form"]
    assert not BY_HAND & {"telegram", "web", "terminal"}


@pytest.mark.parametrize(
    ("reply_by", "kind"),
    [
        ("phone", TaskKind.CALL),
        ("letter", TaskKind.LETTER),
        ("email", TaskKind.EMAIL),
        ("chat", TaskKind.CALL),
    ],
)
def test_the_notices_of_a_counter_case_are_work_for_a_person(
    tx: Session, director: Officer, reply_by: str, kind: TaskKind
) -> None:
    case = make_case(tx, citizen=Address("counter", "A-17"), reply_by=reply_by)
    event = handling.reply(tx, case.case_no, "已派員清除。", by=director, version=1, now=NOON)
    received, answered = all_tasks(tx)
    assert (received.kind, answered.kind) == (kind, kind)
    assert received.key == f"event:{first_event(tx, case).id}:hand"
    assert answered.key == f"event:{event.id}:hand"
    assert answered.due_on == date(2026, 11, 27)
    assert case.lookup_code in received.about and "已派員清除。" in answered.about
    assert posted(tx) == []
    assert notices.address_of(case) is None


@pytest.mark.parametrize("channel", sorted(BY_HAND))
def test_nothing_is_posted_to_a_channel_that_cannot_send(tx: Session, channel: str) -> None:
    make_case(tx, citizen=Address(channel, "1"), reply_by="letter")
    assert posted(tx) == []
    assert len(all_tasks(tx)) == 1


@pytest.mark.parametrize(
    ("reply_by", "kind"),
    [
        ("phone", TaskKind.CALL),
        ("letter", TaskKind.LETTER),
        ("email", TaskKind.EMAIL),
        ("chat", None),
    ],
)
def test_who_asked_for_a_call_is_called_as_well(
    tx: Session, director: Officer, reply_by: str, kind: TaskKind | None
) -> None:
    case = make_case(tx, reply_by=reply_by)
    assert all_tasks(tx) == []  # a receipt in the chat is enough
    event = handling.reply(tx, case.case_no, "已派員清除。", by=director, version=1, now=NOON)
    assert "已派員清除。" in posted(tx)[-1].message.text
    made = [(task.key, task.kind, task.about) for task in all_tasks(tx)]
    assert made == ([(f"event:{event.id}:hand", kind, "已派員清除。")] if kind else [])


def test_an_event_is_told_once(tx: Session) -> None:
    case, counter = make_case(tx), make_case(tx, citizen=Address("counter", "1"))
    for one in (case, counter):
        event = first_event(tx, one)
        notices.tell(tx, one, Message("再一次"), event, now=NOON)
    assert len(posted(tx)) == 1 and "再一次" not in posted(tx)[0].message.text
    assert len(all_tasks(tx)) == 1 and "再一次" not in all_tasks(tx)[0].about


def test_a_notice_says_which_event_it_is_about_and_may_wait(tx: Session) -> None:
    case = make_case(tx)
    event = handling.add_information(tx, case.case_no, "x", now=NOON)
    later = NOON + timedelta(hours=5)
    notices.tell(tx, case, Message("早安"), event, now=NOON, not_before=later)
    row = outbox.find(tx, f"event:{event.id}")
    assert row is not None
    assert (row.address, row.about) == (MING, f"event:{event.id}")
    assert (row.not_before, row.due) == (later, later)


# --- followers


def test_each_follower_is_told_once_and_in_their_language(tx: Session) -> None:
    case = make_case(tx)
    assert not notices.is_followed(tx, case)
    for who, language in ((HUA, "zh"), (Address("webchat", "w1"), "en")):
        handling.follow(tx, case.case_no, who, language=language, now=NOON)
    assert notices.is_followed(tx, case)
    event = first_event(tx, case)
    for _ in range(2):
        notices.tell_followers(tx, case, "已清除。", event, now=NOON)
    told = {row.address: row.message.text for row in posted(tx)[1:]}
    assert len(posted(tx)) == 3
    assert told[HUA].startswith("您追蹤的反映")
    assert told[Address("webchat", "w1")].startswith("The matter you follow")
    assert all(case.case_no in text and "王小明" not in text for text in told.values())


# --- quiet hours


def local(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of November 2026 in Taipei, as the program keeps it."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=TAIPEI).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "wakes"),
    [
        (local(26, 20, 59, 59), None),
        (local(26, 21), local(27, 8)),
        (local(26, 23, 59, 59), local(27, 8)),
        (local(27, 0), local(27, 8)),
        (local(27, 7, 59, 59), local(27, 8)),
        (local(27, 8), None),
        (local(27, 12), None),
        (local(30, 23), datetime(2026, 12, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_night_ends_in_the_morning(moment: datetime, wakes: datetime | None) -> None:
    assert awake(moment, USUAL) == wakes


@pytest.mark.parametrize(
    ("moment", "wakes"),
    [
        (local(26, 11, 59, 59), None),
        (local(26, 12), local(26, 13, 30)),
        (local(26, 13, 29), local(26, 13, 30)),
        (local(26, 13, 30), None),
        (local(26, 23), None),
    ],
)
def test_quiet_hours_may_lie_within_a_day(moment: datetime, wakes: datetime | None) -> None:
    assert awake(moment, AT_NOON) == wakes


hours = st.times().map(lambda at: at.replace(microsecond=0))


@given(st.integers(0, 10**6), hours, hours)
def test_whoever_waits_wakes_within_a_day_when_the_quiet_ends(
    minutes: int, start: time, end: time
) -> None:
    moment = NOON + timedelta(minutes=minutes)
    choices = Practice(quiet_from=start, quiet_until=end)
    wakes = awake(moment, choices)
    quiet = (
        start <= moment.astimezone(TAIPEI).time() < end
        if start <= end
        else not end <= moment.astimezone(TAIPEI).time() < start
    )
    assert (wakes is not None) == quiet
    if wakes is not None:
        assert moment < wakes <= moment + timedelta(days=1)
        assert wakes.astimezone(TAIPEI).time() == end
        assert awake(wakes, choices) is None


def test_the_offices_own_quiet_hours_hold(tx: Session) -> None:
    evening = local(26, 20, 30)
    assert notices.not_at_night(tx, evening) is None
    practice.choose(tx, "quiet_from", "20:00", by="director", now=NOON)
    practice.choose(tx, "quiet_until", "07:30", by="director", now=NOON)
    assert notices.not_at_night(tx, evening) == local(27, 7, 30)
