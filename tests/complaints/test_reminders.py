"""What is due is told to officers, what is late to citizens: once, in time, and to nobody else.

The case of these tests came on Wednesday 18 November 2026 and is due on Thursday the 26th.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, practice, reminders, staffing, tasks
from complaints.clock import calendars
from complaints.clock.calendars import FULL, OwnDay
from complaints.clock.workdays import TAIPEI, office_date
from complaints.handling import Pledge
from complaints.states import EventKind, Kind, Outcome
from complaints.tables import Case, Event, Officer, Promise, Reminder, Task
from complaints.tasks import TaskKind
from data import outbox
from data.outbox import Address, Outbox
from tests.makers import MING, answer_case, make_case, make_section, said_in


def at(text: str) -> datetime:
    """A moment at the office: 2026-11-26 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


RECEIVED = at("2026-11-18 10:00")
DUE = date(2026, 11, 26)
EARLY, SOON, TODAY, LATE = (
    at("2026-11-23 10:00"),
    at("2026-11-24 10:00"),
    at("2026-11-26 10:00"),
    at("2026-11-27 10:00"),
)
DAY = timedelta(days=1)


def make_staff(
    tx: Session, username: str, role: str = "clerk", section: str | None = "civil", **given: Any
) -> Officer:
    """An officer who need not log in."""
    where = make_section(tx, section, f"{section}課") if section else None
    row = Officer(username=username, name=username, role=role, section=where, active=True, **given)
    tx.add(row)
    tx.flush()
    return row


def make_due(tx: Session, handler: Officer | None = None, **given: Any) -> Case:
    """A case of the civil section that is due on the 26th."""
    make_section(tx, "civil", "civil課")
    case = make_case(tx, now=given.pop("now", RECEIVED), section="civil課", **given)
    case.handler = handler
    tx.flush()
    return case


def told(tx: Session, case: Case | None = None) -> list[tuple[str, str]]:
    """Who was reminded of what, by name."""
    rows = select(Officer.username, Reminder.kind).join(Reminder).order_by(Reminder.id)
    if case:
        rows = rows.where(Reminder.case_id == case.id)
    return [(name, kind) for name, kind in tx.execute(rows)]


def names(tx: Session) -> set[str]:
    return {name for name, _ in told(tx)}


def look(tx: Session, case: Case, now: datetime) -> int:
    return reminders.look_at(tx, case.case_no, now=now)


def choose(tx: Session, name: str, value: str) -> None:
    practice.choose(tx, name, value, by="director", now=RECEIVED)


def alerts(tx: Session) -> Sequence[Outbox]:
    return tx.scalars(select(Outbox).where(Outbox.key.like("reminder:%"))).all()


def told_late(tx: Session, case: Case) -> Sequence[Event]:
    found = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.TOLD_LATE)
    return tx.scalars(found.order_by(Event.id)).all()


def notice_of(tx: Session, happened: Event) -> Outbox:
    notice = outbox.find(tx, f"event:{happened.id}")
    assert notice
    return notice


def test_the_case_of_these_tests_is_due_on_the_26th(tx: Session) -> None:
    assert make_due(tx).due_on == DUE


def test_cases_near_their_date_are_looked_at_the_most_urgent_first(tx: Session) -> None:
    head = make_staff(tx, "director", "director")
    today = make_due(tx)
    late = make_due(tx, now=RECEIVED - DAY)
    soon = make_due(tx, now=RECEIVED + 2 * DAY)
    make_due(tx, now=RECEIVED + 5 * DAY)
    replied, ended = make_due(tx), make_due(tx)
    answer_case(tx, replied, head, RECEIVED)
    handling.withdraw(tx, ended.case_no, now=RECEIVED)
    assert reminders.cases_to_look_at(tx, now=TODAY) == [
        late.case_no,
        today.case_no,
        soon.case_no,
    ]


def test_a_reopened_case_is_looked_at_again(tx: Session) -> None:
    case = make_due(tx)
    answer_case(tx, case, make_staff(tx, "director", "director"), RECEIVED)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=SOON - DAY)
    assert reminders.cases_to_look_at(tx, now=TODAY) == [case.case_no]


def test_an_office_says_how_soon_is_soon(tx: Session) -> None:
    case = make_due(tx)
    assert reminders.cases_to_look_at(tx, now=EARLY) == []
    choose(tx, "due_soon_days", "3")
    assert reminders.cases_to_look_at(tx, now=EARLY) == [case.case_no]


def test_two_days_are_two_working_days(tx: Session) -> None:
    """Friday before Lunar New Year 2026 is two working days before Tuesday the 24th."""
    case = make_due(tx, now=at("2026-02-06 10:00"))
    late = make_due(tx, now=at("2026-02-09 10:00"))
    assert (case.due_on, late.due_on) == (date(2026, 2, 23), date(2026, 2, 24))
    found = reminders.cases_to_look_at(tx, now=at("2026-02-13 10:00"))
    assert found == [case.case_no, late.case_no]
    assert reminders.cases_to_look_at(tx, now=at("2026-02-12 10:00")) == [case.case_no]


@pytest.fixture
def people(tx: Session) -> dict[str, Officer]:
    """Everybody who might have to know."""
    return {
        "handler": make_staff(tx, "handler"),
        "colleague": make_staff(tx, "colleague"),
        "chief": make_staff(tx, "chief", "section_chief"),
        "other chief": make_staff(tx, "other chief", "section_chief", "social"),
        "controller": make_staff(tx, "controller", "case_controller"),
        "secretary": make_staff(tx, "secretary", "secretary"),
        "director": make_staff(tx, "director", "director"),
        "ethics": make_staff(tx, "ethics", "ethics"),
        "administrator": make_staff(tx, "administrator", "administrator"),
    }


@pytest.mark.parametrize(
    ("now", "kind", "whom"),
    [
        (EARLY, "", set()),
        (SOON, "due_soon", {"handler"}),
        (SOON + DAY, "due_soon", {"handler"}),
        (TODAY, "due_today", {"handler", "chief"}),
        (LATE, "overdue", {"handler", "chief", "secretary"}),
        (LATE + 31 * DAY, "overdue", {"handler", "chief", "secretary"}),
    ],
)
def test_the_later_the_higher(
    tx: Session, people: dict[str, Officer], now: datetime, kind: str, whom: set[str]
) -> None:
    case = make_due(tx, people["handler"])
    look(tx, case, now)
    assert set(told(tx)) == {(name, kind) for name in whom}
    assert len(told(tx)) == len(whom)


def test_a_reminder_names_case_date_and_subject(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    assert look(tx, case, SOON) == 1
    (row,) = tx.scalars(select(Reminder))
    for said in (case.case_no, "即將到期", "115/11/26（四）", case.subject):
        assert said in row.text
    assert (row.case_id, row.at, row.read_at) == (case.id, SOON, None)


def test_each_is_told_once_of_each_stage(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    for now in (SOON, SOON, SOON + timedelta(hours=3), SOON + DAY, TODAY, TODAY, LATE, LATE + DAY):
        look(tx, case, now)
    assert told(tx) == [
        ("handler", "due_soon"),
        ("handler", "due_today"),
        ("chief", "due_today"),
        ("handler", "overdue"),
        ("chief", "overdue"),
        ("secretary", "overdue"),
    ]


def test_another_handler_is_told_too(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    look(tx, case, SOON)
    case.handler = people["colleague"]
    tx.flush()
    look(tx, case, SOON)
    assert told(tx) == [("handler", "due_soon"), ("colleague", "due_soon")]


def test_each_case_has_its_own_reminder(tx: Session, people: dict[str, Officer]) -> None:
    cases = [make_due(tx, people["handler"]) for _ in range(3)]
    for case in cases:
        look(tx, case, SOON)
        assert told(tx, case) == [("handler", "due_soon")]


def test_a_chief_who_handles_a_case_is_told_once(tx: Session, people: dict[str, Officer]) -> None:
    look(tx, make_due(tx, people["chief"]), TODAY)
    assert told(tx) == [("chief", "due_today")]


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        ("2026-11-24 07:59", False),
        ("2026-11-24 08:00", True),
        ("2026-11-24 16:59", True),
        ("2026-11-24 17:00", False),
        ("2026-11-28 10:00", False),  # Saturday
        ("2026-12-25 10:00", False),  # Constitution Day
        ("2026-12-24 10:00", False),  # closed by the office itself
        ("2026-12-19 10:00", True),  # a Saturday the office works
    ],
)
def test_officers_are_told_in_office_hours(
    tx: Session, people: dict[str, Officer], now: str, open_: bool
) -> None:
    case = make_due(tx, people["handler"])
    for own in (
        OwnDay(date(2026, 12, 24), FULL, works=False, reason="停電"),
        OwnDay(date(2026, 12, 19), FULL, works=True, reason="選務"),
    ):
        calendars.enter_day(tx, own, by="director", now=RECEIVED)
    look(tx, case, at(now))
    assert bool(told(tx)) is open_


def test_the_offices_own_hours_hold(tx: Session, people: dict[str, Officer]) -> None:
    choose(tx, "office_opens", "12:00")
    choose(tx, "office_closes", "20:00")
    case = make_due(tx, people["handler"])
    look(tx, case, at("2026-11-24 11:59"))
    assert told(tx) == []
    look(tx, case, at("2026-11-24 19:59"))
    assert told(tx) == [("handler", "due_soon")]


def away(tx: Session, officer: Officer, deputy: Officer | None) -> None:
    staffing.add_absence(tx, officer, SOON.date(), LATE.date(), deputy)


def test_the_deputy_of_an_absent_handler_is_told_instead(
    tx: Session, people: dict[str, Officer]
) -> None:
    away(tx, people["handler"], people["colleague"])
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("colleague", "due_soon")]


def test_the_deputy_of_an_absent_deputy_is_told(tx: Session, people: dict[str, Officer]) -> None:
    away(tx, people["handler"], people["colleague"])
    away(tx, people["colleague"], people["controller"])
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("controller", "due_soon")]


def test_an_absent_chief_has_a_deputy_too(tx: Session, people: dict[str, Officer]) -> None:
    away(tx, people["chief"], people["secretary"])
    look(tx, make_due(tx, people["handler"]), LATE)
    assert sorted(names(tx)) == ["handler", "secretary"]


def test_who_has_no_deputy_is_told_all_the_same(tx: Session, people: dict[str, Officer]) -> None:
    away(tx, people["handler"], None)
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("handler", "due_soon")]


def test_back_from_leave_the_handler_is_told(tx: Session, people: dict[str, Officer]) -> None:
    staffing.add_absence(tx, people["handler"], EARLY.date(), EARLY.date(), people["colleague"])
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("handler", "due_soon")]


@pytest.mark.parametrize("now", [SOON, TODAY])
def test_without_a_handler_the_chief_of_the_section_is_told(
    tx: Session, people: dict[str, Officer], now: datetime
) -> None:
    look(tx, make_due(tx), now)
    assert names(tx) == {"chief"}
    assert len(told(tx)) == 1


def test_without_handler_and_chief_the_controller_is_told(tx: Session) -> None:
    make_staff(tx, "controller", "case_controller", "social")
    make_staff(tx, "clerk")
    look(tx, make_due(tx), SOON)
    assert told(tx) == [("controller", "due_soon")]


def test_a_case_of_somebody_who_left_reaches_the_deputy(
    tx: Session, people: dict[str, Officer]
) -> None:
    people["handler"].active, people["handler"].deputy_id = False, people["colleague"].id
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("colleague", "due_soon")]


def test_a_case_of_somebody_who_left_without_a_deputy_reaches_the_chief(
    tx: Session, people: dict[str, Officer]
) -> None:
    """Nobody handles it any more: as with no handler, no reminder may go nowhere."""
    people["handler"].active = False
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("chief", "due_soon")]


def make_report(tx: Session, handler: Officer | None = None) -> Case:
    """A report of misconduct that is due on the 26th."""
    case = make_due(tx, handler, kind=Kind.MISCONDUCT_REPORT, now=at("2026-10-27 10:00"))
    assert case.due_on == DUE
    return case


@pytest.mark.parametrize("handler", [None, "ethics", "handler"])
@pytest.mark.parametrize("now", [SOON, TODAY, LATE])
def test_a_report_of_misconduct_stays_in_its_circle(
    tx: Session, people: dict[str, Officer], now: datetime, handler: str | None
) -> None:
    case = make_report(tx, people[handler] if handler else None)
    look(tx, case, now)
    only_handler = bool(handler) and now == SOON
    circle = set() if only_handler else {"ethics", "director"}
    assert names(tx) == circle | ({handler} if handler else set())


def test_a_head_who_is_away_takes_nobody_into_the_circle(
    tx: Session, people: dict[str, Officer]
) -> None:
    """The secretary stands in for the director, and still may not know of a report."""
    away(tx, people["director"], people["secretary"])
    look(tx, make_report(tx, people["ethics"]), LATE)
    assert "secretary" not in names(tx)
    assert "ethics" in names(tx)


def test_an_alert_goes_to_the_officers_own_address_once(tx: Session) -> None:
    handler = make_staff(tx, "handler", alert_channel="telegram", alert_name="77")
    case = make_due(tx, handler)
    for now in (SOON, SOON + timedelta(hours=1), SOON + DAY):
        look(tx, case, now)
    (row,) = alerts(tx)
    assert row.address == Address("telegram", "77")
    assert case.case_no in row.message.text
    look(tx, case, TODAY)
    assert len(alerts(tx)) == 2


def test_without_an_address_there_is_only_the_console(
    tx: Session, people: dict[str, Officer]
) -> None:
    people["handler"].alert_channel = "telegram"
    look(tx, make_due(tx, people["handler"]), SOON)
    assert told(tx) == [("handler", "due_soon")]
    assert alerts(tx) == []


def test_a_deputys_alert_goes_to_the_deputy(tx: Session, people: dict[str, Officer]) -> None:
    deputy = make_staff(tx, "deputy", alert_channel="telegram", alert_name="88")
    people["handler"].alert_channel, people["handler"].alert_name = "telegram", "77"
    away(tx, people["handler"], deputy)
    look(tx, make_due(tx, people["handler"]), SOON)
    assert [row.address.name for row in alerts(tx)] == ["88"]


def test_what_was_told_is_unread_until_it_is_seen(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    look(tx, case, SOON)
    look(tx, case, TODAY)
    handler = people["handler"]
    assert [row.kind for row in reminders.unread(tx, handler)] == ["due_today", "due_soon"]
    assert reminders.mark_read(tx, handler, now=TODAY) == 2
    assert reminders.unread(tx, handler) == []
    assert reminders.mark_read(tx, handler, now=TODAY) == 0
    assert len(reminders.unread(tx, people["chief"])) == 1


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2026-11-26 10:00", False),
        ("2026-11-26 15:59", False),
        ("2026-11-26 16:00", True),
        ("2026-11-26 23:00", True),
        ("2026-11-27 10:00", True),
        ("2026-11-28 10:00", True),  # Saturday: the office is closed, the citizen waits
    ],
)
def test_the_citizen_is_told_from_an_hour_before_closing(
    tx: Session, people: dict[str, Officer], now: str, late: bool
) -> None:
    case = make_due(tx, people["handler"])
    look(tx, case, at(now))
    assert bool(told_late(tx, case)) is late


def test_closing_time_is_the_offices_own(tx: Session) -> None:
    choose(tx, "office_closes", "20:00")
    case = make_due(tx)
    look(tx, case, at("2026-11-26 18:59"))
    assert not told_late(tx, case)
    look(tx, case, at("2026-11-26 19:00"))
    assert told_late(tx, case)


def test_the_citizen_is_told_once(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    for hours in range(0, 24 * 14, 7):
        look(tx, case, at("2026-11-26 16:00") + timedelta(hours=hours))
    assert len(told_late(tx, case)) == 1
    news = tx.scalars(select(Task).where(Task.kind == TaskKind.NEWS)).all()
    assert len(news) == 1


def test_telling_counts_everybody_who_was_told(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    assert look(tx, case, at("2026-11-26 16:00")) == 3  # handler, chief, citizen
    assert look(tx, case, at("2026-11-26 16:00")) == 0
    assert look(tx, case, LATE) == 3  # handler, chief, secretary


def test_the_citizen_is_told_when_there_will_be_news(tx: Session) -> None:
    case = make_due(tx)
    look(tx, case, at("2026-11-26 16:00"))
    (happened,) = told_late(tx, case)
    assert said_in(happened) == {"reason": "", "news_by": "2026-11-27", "late_for": "2026-11-26"}
    text = notice_of(tx, happened).message.text
    for said in (case.case_no, "115/11/26（四）", "115/11/27（五）", "對不起"):
        assert said in text
    assert "原因" not in text
    (task,) = tx.scalars(select(Task).where(Task.kind == TaskKind.NEWS))
    assert (task.case_id, task.section_id, task.due_on) == (
        case.id,
        case.section_id,
        date(2026, 11, 27),
    )


def test_news_is_promised_for_a_working_day(tx: Session) -> None:
    case = make_due(tx, now=at("2026-11-19 10:00"))
    assert case.due_on == date(2026, 11, 27)
    look(tx, case, at("2026-11-27 16:30"))
    assert told_late(tx, case)[0].data["news_by"] == "2026-11-30"


def explain(tx: Session, case: Case, reason: str, by: Officer) -> None:
    handling.explain_delay(tx, case.case_no, reason, by=by, version=case.version, now=SOON)


def test_the_reason_is_the_handlers_last_word(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx, people["handler"])
    for reason in ("等候會勘", "水電廠商缺料"):
        explain(tx, case, reason, people["handler"])
    look(tx, case, LATE)
    (happened,) = told_late(tx, case)
    assert happened.data["reason"] == "水電廠商缺料"
    text = notice_of(tx, happened).message.text
    assert "原因：水電廠商缺料" in text
    assert "等候會勘" not in text


def test_the_reason_of_the_first_answer_is_not_that_of_the_second(
    tx: Session, people: dict[str, Officer]
) -> None:
    """Reopened, late again, and nobody said why: nothing is made up."""
    case = make_due(tx, people["handler"])
    explain(tx, case, "等候會勘", people["handler"])
    answer_case(tx, case, people["director"], TODAY)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=LATE)
    look(tx, case, LATE + 20 * DAY)
    (happened,) = told_late(tx, case)
    assert happened.data["reason"] == ""


def test_an_english_speaker_is_told_in_english(tx: Session) -> None:
    case = make_due(tx, language="en")
    look(tx, case, LATE)
    text = notice_of(tx, told_late(tx, case)[0]).message.text
    assert "was due by Thu 26 Nov 2026" in text
    assert "news by Mon 30 Nov 2026" in text


@pytest.mark.parametrize(
    ("now", "not_before"),
    [
        ("2026-11-26 20:59", None),
        ("2026-11-26 21:00", "2026-11-27 08:00"),
        ("2026-11-27 03:00", "2026-11-27 08:00"),
        ("2026-11-27 08:00", None),
    ],
)
def test_the_night_is_quiet(tx: Session, now: str, not_before: str | None) -> None:
    case = make_due(tx)
    look(tx, case, at(now))
    row = notice_of(tx, told_late(tx, case)[0])
    assert row.not_before == (at(not_before) if not_before else None)
    assert row.address == MING


def test_who_came_to_the_counter_is_told_by_a_person(tx: Session) -> None:
    case = make_due(tx, citizen=Address("counter", "1"), reply_by="phone")
    look(tx, case, LATE)
    key = f"event:{told_late(tx, case)[0].id}:hand"
    (task,) = tx.scalars(select(Task).where(Task.key == key))
    assert task.kind == TaskKind.CALL
    assert case.case_no in task.about


def test_a_case_whose_clock_stands_is_nobodys_delay(
    tx: Session, people: dict[str, Officer]
) -> None:
    choose(tx, "supplement_stops_clock", "yes")
    case = make_due(tx, people["handler"])
    handling.ask_supplement(
        tx, case.case_no, "照片", by=people["handler"], version=case.version, now=EARLY
    )
    assert reminders.cases_to_look_at(tx, now=LATE) == []
    assert look(tx, case, LATE) == 0
    assert (told(tx), list(told_late(tx, case))) == ([], [])
    handling.add_information(tx, case.case_no, "照片", now=LATE)
    assert case.due_on == date(2026, 12, 2)
    assert look(tx, case, at("2026-12-02 16:00")) == 3


def test_a_case_that_waits_without_stopping_is_looked_at(
    tx: Session, people: dict[str, Officer]
) -> None:
    case = make_due(tx, people["handler"])
    handling.ask_supplement(
        tx, case.case_no, "照片", by=people["handler"], version=case.version, now=EARLY
    )
    assert look(tx, case, SOON) == 1


def test_an_answered_or_ended_case_is_nobodys_delay(
    tx: Session, people: dict[str, Officer]
) -> None:
    replied, closed, withdrawn = (make_due(tx, people["handler"]) for _ in range(3))
    for case in (replied, closed):
        answer_case(tx, case, people["director"], RECEIVED)
    handling.close(
        tx,
        closed.case_no,
        outcome=Outcome.RESOLVED,
        reason="好",
        by=people["director"],
        version=closed.version,
        now=RECEIVED,
    )
    handling.withdraw(tx, withdrawn.case_no, now=RECEIVED)
    assert reminders.cases_to_look_at(tx, now=LATE) == []
    for case in (replied, closed, withdrawn):
        assert look(tx, case, LATE) == 0
    assert told(tx) == []


def test_a_new_date_is_reminded_of_anew(tx: Session, people: dict[str, Officer]) -> None:
    """Extended from the 26th to Monday the 30th; late in the end, and the citizen is told once."""
    case = make_due(tx, people["handler"])
    no = case.case_no
    look(tx, case, SOON)
    handling.ask_extension(
        tx, no, days=2, reason="會勘", by=people["handler"], version=case.version, now=SOON
    )
    handling.approve_extension(tx, no, by=people["chief"], version=case.version, now=SOON)
    assert case.due_on == date(2026, 11, 30)
    look(tx, case, TODAY)
    assert told(tx) == [("handler", "due_soon"), ("handler", "due_soon")]
    look(tx, case, at("2026-11-30 16:30"))
    assert [one.data["late_for"] for one in told_late(tx, case)] == ["2026-11-30"]


def test_late_for_a_second_date_is_said_a_second_time(
    tx: Session, people: dict[str, Officer]
) -> None:
    case = make_due(tx, people["handler"])
    look(tx, case, LATE)
    answer_case(tx, case, people["director"], LATE)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=LATE)
    look(tx, case, LATE + 10 * DAY)
    assert [one.data["late_for"] for one in told_late(tx, case)] == ["2026-11-26", "2026-12-02"]


LAST_DAY = at("2027-12-30 10:00")  # the 31st is off, and 2028 is not loaded


def test_the_last_day_of_the_last_year_is_looked_at_like_any_other(
    tx: Session, people: dict[str, Officer]
) -> None:
    case = make_due(tx, people["handler"], now=at("2027-12-21 10:00"))
    assert case.due_on == LAST_DAY.date()
    assert reminders.cases_to_look_at(tx, now=LAST_DAY) == [case.case_no]
    look(tx, case, LAST_DAY)
    assert told(tx) == [("handler", "due_today"), ("chief", "due_today")]


def test_the_citizen_is_told_on_the_last_day_of_the_last_year(
    tx: Session, people: dict[str, Officer]
) -> None:
    """The day of news cannot be counted; that the answer is late can be said."""
    case = make_due(tx, people["handler"], now=at("2027-12-21 10:00"))
    look(tx, case, LAST_DAY.replace(hour=16, minute=30))
    assert len(told_late(tx, case)) == 1


def test_without_a_calendar_nothing_is_looked_at(tx: Session) -> None:
    make_due(tx, now=at("2027-12-20 10:00"))
    assert reminders.cases_to_look_at(tx, now=at("2028-01-10 10:00")) == []


def digest_of(tx: Session, officer: Officer, now: datetime = TODAY, **given: Any) -> dict[str, str]:
    """The figures of a digest by name; empty when none was sent."""
    if not reminders.digest(tx, officer, now=now, **given):
        return {}
    row = reminders.unread(tx, officer)[0]
    assert row.kind == "digest"
    lines = [line.rsplit(" ", 1) for line in row.text.splitlines() if " " in line]
    return {name: value for name, value in lines if value.isdigit()}


NOTHING = {
    "今日到期": "0",
    "逾期": "0",
    "新收": "0",
    "民眾有補充": "0",
    "通知未送達": "0",
    "待辦工作": "0",
}


def test_a_clerk_is_told_of_their_own_desk(tx: Session, people: dict[str, Officer]) -> None:
    handler = people["handler"]
    make_due(tx, handler)
    for _ in range(2):
        make_due(tx, handler, now=RECEIVED - 5 * DAY)
    for days in (0, 0, 1):
        make_due(tx, handler, now=TODAY - days * DAY - timedelta(hours=2))
    added = make_due(tx, handler, now=RECEIVED + DAY)
    handling.add_information(tx, added.case_no, "照片", now=TODAY - DAY)
    added.unreached = True
    make_due(tx, people["colleague"])
    make_due(tx)
    for name, where in (("civil", 2), ("social", 3)):
        for n in range(where):
            section = make_section(tx, name)
            tasks.make(tx, f"{name}{n}", TaskKind.CALL, "打電話", now=TODAY, section_id=section.id)
    assert digest_of(tx, handler) == {
        "今日到期": "1",
        "逾期": "2",
        "新收": "3",
        "民眾有補充": "1",
        "通知未送達": "1",
        "待辦工作": "2",
    }


def test_a_chief_is_told_of_the_section_and_a_head_of_the_office(
    tx: Session, people: dict[str, Officer]
) -> None:
    make_due(tx, people["handler"])
    make_due(tx)
    make_section(tx, "social", "social課")
    elsewhere = make_case(tx, now=RECEIVED, section="social課")
    assert elsewhere.due_on == DUE
    for name, count in (("chief", "2"), ("other chief", "1"), ("secretary", "3")):
        assert digest_of(tx, people[name])["今日到期"] == count


def test_a_digest_is_sent_once_a_day(tx: Session, people: dict[str, Officer]) -> None:
    people["handler"].alert_channel, people["handler"].alert_name = "telegram", "77"
    sent = [
        reminders.digest(tx, people["handler"], now=now)
        for now in (TODAY, TODAY, TODAY + timedelta(hours=5), LATE)
    ]
    assert sent == [True, False, False, True]
    assert len(alerts(tx)) == 2
    first = reminders.unread(tx, people["handler"])[-1]
    assert first.text.startswith("115/11/26（四） 今日工作")


@pytest.mark.parametrize("now", ["2026-11-26 07:00", "2026-11-26 17:00", "2026-11-28 10:00"])
def test_a_digest_waits_for_office_hours(tx: Session, people: dict[str, Officer], now: str) -> None:
    assert not reminders.digest(tx, people["handler"], now=at(now))
    assert told(tx) == []


def test_who_handles_no_cases_gets_no_digest(tx: Session, people: dict[str, Officer]) -> None:
    editor = make_staff(tx, "editor", "faq_editor")
    for officer in (people["administrator"], editor):
        assert not reminders.digest(tx, officer, now=TODAY)


def test_the_deputy_has_the_absent_officers_desk(tx: Session, people: dict[str, Officer]) -> None:
    make_due(tx, people["handler"])
    make_due(tx, people["colleague"])
    away(tx, people["handler"], people["colleague"])
    assert digest_of(tx, people["handler"]) == {}
    assert digest_of(tx, people["colleague"])["今日到期"] == "2"


def test_other_rooms_add_their_lines(tx: Session, people: dict[str, Officer]) -> None:
    reminders.digest(tx, people["handler"], now=TODAY, extra=["未能回答的問題 3 則"])
    assert "未能回答的問題 3 則" in reminders.unread(tx, people["handler"])[0].text


def test_stopped_answered_and_ended_cases_are_on_no_desk(
    tx: Session, people: dict[str, Officer]
) -> None:
    choose(tx, "supplement_stops_clock", "yes")
    waits, replied, ended = (make_due(tx, people["handler"]) for _ in range(3))
    handling.ask_supplement(
        tx, waits.case_no, "照片", by=people["handler"], version=waits.version, now=RECEIVED
    )
    answer_case(tx, replied, people["director"], RECEIVED)
    handling.withdraw(tx, ended.case_no, now=RECEIVED)
    assert digest_of(tx, people["handler"]) == NOTHING
    assert digest_of(tx, people["director"]) == NOTHING


def test_a_task_done_is_no_task(tx: Session, people: dict[str, Officer]) -> None:
    section = make_section(tx, "civil")
    tasks.make(tx, "a", TaskKind.CALL, "打電話", now=TODAY, section_id=section.id)
    tasks.settle_key(tx, "a", "已聯絡", by=people["handler"], now=TODAY)
    assert digest_of(tx, people["handler"])["待辦工作"] == "0"


def test_monday_tells_what_came_since_friday_morning(
    tx: Session, people: dict[str, Officer]
) -> None:
    """Whatever came after Friday's digest is new on Monday: no day falls between two digests."""
    handler = people["handler"]
    friday, monday = at("2026-11-27 08:00"), at("2026-11-30 08:00")
    assert digest_of(tx, handler, friday)["新收"] == "0"
    for moment in ("2026-11-27 15:00", "2026-11-28 10:00", "2026-11-29 10:00"):
        make_due(tx, handler, now=at(moment))
    assert digest_of(tx, handler, monday)["新收"] == "3"


@pytest.mark.parametrize("who", ["ethics", "director"])
def test_the_circle_of_a_report_has_it_on_its_desk(
    tx: Session, people: dict[str, Officer], who: str
) -> None:
    make_report(tx, people["ethics"])
    assert digest_of(tx, people[who])["今日到期"] == "1"


@pytest.mark.parametrize("who", ["chief", "secretary", "controller", "colleague"])
def test_nobody_else_has_a_report_of_misconduct_on_their_desk(
    tx: Session, people: dict[str, Officer], who: str
) -> None:
    make_report(tx, people["ethics"])
    assert digest_of(tx, people[who])["今日到期"] == "0"


def test_a_clerk_without_a_section_is_not_told_of_all_the_offices_tasks(tx: Session) -> None:
    section = make_section(tx, "social")
    tasks.make(tx, "a", TaskKind.CALL, "打電話", now=TODAY, section_id=section.id)
    assert digest_of(tx, make_staff(tx, "nowhere", section=None))["待辦工作"] == "0"


@pytest.mark.parametrize(
    ("today", "year"),
    [
        ("2025-12-31", None),
        ("2026-06-30", None),
        ("2026-07-01", 2027),  # provisional: the official one is out by now
        ("2026-12-31", 2027),
        ("2027-06-30", None),
        ("2027-07-01", 2028),
        ("2028-01-01", 2028),
        ("2016-12-31", 2016),
    ],
)
def test_the_calendar_to_import(today: str, year: int | None) -> None:
    calendar = calendars.of_tables(calendars.shipped())
    assert reminders.year_to_import(calendar, date.fromisoformat(today)) == year


@pytest.mark.parametrize(
    ("now", "warns"), [("2026-06-30 10:00", False), ("2026-07-01 10:00", True)]
)
def test_the_digest_asks_for_the_calendar_from_july_on(
    tx: Session, people: dict[str, Officer], now: str, warns: bool
) -> None:
    reminders.digest(tx, people["handler"], now=at(now))
    assert ("2027 年辦公日曆表" in reminders.unread(tx, people["handler"])[0].text) is warns


PROMISED = date(2026, 12, 15)


@pytest.fixture
def promise(tx: Session, people: dict[str, Officer]) -> Promise:
    """Made with an answer of the 18th, for Tuesday 15 December."""
    case = make_due(tx)
    handling.reply(
        tx,
        case.case_no,
        "已派員勘查，預計 12 月 15 日更換路燈。",
        by=people["director"],
        version=case.version,
        now=RECEIVED,
        promises=[Pledge("更換路燈", PROMISED)],
    )
    return tx.scalars(select(Promise)).one()


def promised_tasks(tx: Session) -> Sequence[Task]:
    owed = select(Task).where(Task.kind == TaskKind.PROMISE)
    return tx.scalars(owed.order_by(Task.id)).all()


def asked(tx: Session) -> list[Outbox]:
    rows = tx.scalars(select(Outbox).order_by(Outbox.id))
    return [row for row in rows if "我們承諾" in row.message.text]


def test_a_promise_is_work_on_its_day_and_its_citizen_is_asked_once(
    tx: Session, promise: Promise
) -> None:
    assert reminders.look_at_promises(tx, now=at("2026-12-14 23:59")) == 0
    assert promised_tasks(tx) == []
    assert reminders.look_at_promises(tx, now=at("2026-12-15 09:00")) == 1
    assert reminders.look_at_promises(tx, now=at("2026-12-15 09:00")) == 0
    assert reminders.look_at_promises(tx, now=at("2026-12-20 09:00")) == 0
    (task,) = promised_tasks(tx)
    assert (task.case_id, task.due_on, task.about) == (promise.case_id, PROMISED, "更換路燈")
    (row,) = asked(tx)
    assert row.address == MING
    for said in ("更換路燈", "115/12/15（二）", "現在改善了嗎"):
        assert said in row.message.text
    assert row.message.choices


def test_a_promise_whose_day_was_missed_by_the_program_is_not_forgotten(
    tx: Session, promise: Promise
) -> None:
    assert reminders.look_at_promises(tx, now=at("2026-12-18 09:00")) == 1
    assert promised_tasks(tx)[0].due_on == PROMISED


def test_nobody_is_asked_about_a_promise_at_night(tx: Session, promise: Promise) -> None:
    reminders.look_at_promises(tx, now=at("2026-12-15 00:05"))
    (row,) = asked(tx)
    assert row.not_before == at("2026-12-15 08:00")


def test_a_promise_that_is_settled_is_asked_about_no_more(
    tx: Session, promise: Promise, people: dict[str, Officer]
) -> None:
    case = tx.get_one(Case, promise.case_id)
    handling.settle_promise(
        tx,
        case.case_no,
        promise.id,
        kept=True,
        evidence="已更換",
        by=people["director"],
        version=case.version,
        now=LATE,
    )
    assert reminders.look_at_promises(tx, now=at("2026-12-15 09:00")) == 0
    assert asked(tx) == []


def test_settling_a_promise_settles_its_work(
    tx: Session, promise: Promise, people: dict[str, Officer]
) -> None:
    reminders.look_at_promises(tx, now=at("2026-12-15 09:00"))
    case = tx.get_one(Case, promise.case_id)
    handling.settle_promise(
        tx,
        case.case_no,
        promise.id,
        kept=True,
        evidence="已更換",
        by=people["director"],
        version=case.version,
        now=at("2026-12-15 15:00"),
    )
    assert promise.state == "kept"
    assert promised_tasks(tx)[0].done_at == at("2026-12-15 15:00")


def test_each_promise_is_asked_about_for_itself(tx: Session, people: dict[str, Officer]) -> None:
    case = make_due(tx)
    pledges = [Pledge("更換路燈", PROMISED), Pledge("清理水溝", PROMISED + DAY)]
    handling.reply(
        tx,
        case.case_no,
        "預計 12 月 15 日更換路燈，預計 12 月 16 日清理水溝。",
        by=people["director"],
        version=case.version,
        now=RECEIVED,
        promises=pledges,
    )
    assert reminders.look_at_promises(tx, now=at("2026-12-15 09:00")) == 1
    assert reminders.look_at_promises(tx, now=at("2026-12-16 09:00")) == 1
    assert [task.about for task in promised_tasks(tx)] == ["更換路燈", "清理水溝"]


def test_a_promise_is_asked_about_after_its_case_is_closed(
    tx: Session, promise: Promise, people: dict[str, Officer]
) -> None:
    case = tx.get_one(Case, promise.case_id)
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="好",
        by=people["director"],
        version=case.version,
        now=RECEIVED,
    )
    assert reminders.look_at_promises(tx, now=at("2026-12-15 09:00")) == 1
    assert office_date(promised_tasks(tx)[0].made_at) == PROMISED


def test_a_promise_of_a_case_that_ended_otherwise_can_still_be_settled(
    tx: Session, promise: Promise, people: dict[str, Officer]
) -> None:
    """Withdrawn after the answer: the work of the promise must have a way out."""
    case = tx.get_one(Case, promise.case_id)
    handling.withdraw(tx, case.case_no, now=LATE)
    if reminders.look_at_promises(tx, now=at("2026-12-15 09:00")):
        handling.settle_promise(
            tx,
            case.case_no,
            promise.id,
            kept=True,
            evidence="已更換",
            by=people["director"],
            version=case.version,
            now=at("2026-12-15 15:00"),
        )
    assert all(task.done_at for task in promised_tasks(tx))
