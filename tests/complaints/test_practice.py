"""The office's own choices: defaults, how they are written, what is no choice, what they do."""

from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import intake, notices, practice, reminders
from complaints.clock import calendars
from complaints.clock.workdays import TAIPEI
from complaints.errors import BadPractice
from complaints.practice import KEEP, NEXT_WORKING_DAY, Practice
from complaints.tables import PracticeRow
from tests.makers import NOON

CALENDAR = calendars.of_tables(calendars.shipped())
DEFAULTS = Practice()
MINUTES = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
VALUES = {
    bool: st.booleans(),
    int: st.integers(0, 60),
    time: MINUTES,
    str: st.sampled_from([KEEP, NEXT_WORKING_DAY]),
}


def choose(tx: Session, name: str, value: str, by: str = "director") -> None:
    practice.choose(tx, name, value, by=by, now=NOON)


def at(text: str) -> datetime:
    """A moment at the office: 2026-11-26 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


def test_what_is_not_chosen_keeps_its_default(tx: Session) -> None:
    assert practice.load(tx) == DEFAULTS
    assert asdict(DEFAULTS) == {
        "supplement_stops_clock": False,
        "half_day_closure_counts": True,
        "after_hours": "keep",
        "office_opens": time(8, 0),
        "office_closes": time(17, 0),
        "quiet_from": time(21, 0),
        "quiet_until": time(8, 0),
        "reply_needs_approval": True,
        "identity_needs_approval": True,
        "reopen_within_days": 30,
        "due_soon_days": 2,
        "reported_within_days": 7,
        "supplement_days": 14,
        "chat_kept_days": 180,
        "retention_years": 5,
        "county": "",
    }


CHOICES = [
    ("supplement_stops_clock", "yes", True),
    ("half_day_closure_counts", "no", False),
    ("after_hours", "next_working_day", NEXT_WORKING_DAY),
    ("office_opens", "08:30", time(8, 30)),
    ("office_closes", "20:00", time(20, 0)),
    ("quiet_from", "00:00", time(0, 0)),
    ("quiet_until", "23:59", time(23, 59)),
    ("reply_needs_approval", "no", False),
    ("identity_needs_approval", "no", False),
    ("reopen_within_days", "0", 0),
    ("due_soon_days", "3", 3),
    ("reported_within_days", "1", 1),
    ("supplement_days", "7", 7),
    ("chat_kept_days", "30", 30),
    ("retention_years", "10", 10),
    ("county", "臺北市", "臺北市"),
]


def test_there_is_a_case_for_every_choice() -> None:
    assert [name for name, _, _ in CHOICES] == [field.name for field in fields(Practice)]


@pytest.mark.parametrize(("name", "text", "value"), CHOICES)
def test_a_choice_changes_itself_alone(tx: Session, name: str, text: str, value: object) -> None:
    choose(tx, name, text)
    tx.expire_all()
    assert practice.load(tx) == replace(DEFAULTS, **{name: value})  # type: ignore[arg-type]


def test_the_last_word_holds_and_says_whose_it_was(tx: Session) -> None:
    choose(tx, "due_soon_days", "3", by="secretary")
    choose(tx, "due_soon_days", "4", by="director")
    assert practice.load(tx).due_soon_days == 4
    row = tx.scalars(select(PracticeRow)).one()
    assert (row.by, row.at) == ("director", NOON)


@given(st.data())
def test_what_is_written_is_read_back(data: st.DataObject) -> None:
    for field in fields(Practice):
        value = data.draw(VALUES[type(getattr(DEFAULTS, field.name))])
        assert practice.read(field.name, practice.written(value)) == value


BAD = [
    ("no_such_choice", "yes"),
    ("", ""),
    ("__class__", "yes"),
    ("supplement_stops_clock", "true"),
    ("supplement_stops_clock", "YES"),
    ("supplement_stops_clock", ""),
    ("half_day_closure_counts", "1"),
    ("after_hours", "later"),
    ("after_hours", ""),
    ("office_opens", "25:00"),
    ("office_opens", "8"),
    ("office_opens", "早上八點"),
    ("office_opens", ""),
    ("due_soon_days", "-1"),
    ("due_soon_days", "2.5"),
    ("due_soon_days", "two"),
    ("due_soon_days", ""),
    ("retention_years", "-5"),
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_what_is_no_choice_or_no_value_is_refused(tx: Session, name: str, text: str) -> None:
    with pytest.raises(BadPractice) as caught, tx.begin_nested():
        choose(tx, name, text)
    assert caught.value.name == name
    assert practice.load(tx) == DEFAULTS


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Practice) if field.type in {time, "time"}]
)
@pytest.mark.parametrize("text", ["08:00+08:00", "08:00Z"])
def test_an_hour_of_another_zone_is_no_value(name: str, text: str) -> None:
    """Hours are the office's; one with a zone cannot be held against them later."""
    with pytest.raises(BadPractice):
        practice.read(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("due_soon_days", "100000"),
        ("supplement_days", "9999999999"),
        ("reopen_within_days", "9999999999"),
        ("retention_years", "99999"),
    ],
)
def test_a_number_no_calendar_holds_is_no_value(name: str, text: str) -> None:
    """It would pass here and break every reminder, request or reopening afterwards."""
    with pytest.raises(BadPractice):
        practice.read(name, text)


@pytest.mark.parametrize(
    ("after_hours", "moment", "day"),
    [
        (KEEP, "2026-11-26 23:00", "2026-11-26"),
        (KEEP, "2026-11-28 10:00", "2026-11-28"),
        (NEXT_WORKING_DAY, "2026-11-26 00:00", "2026-11-26"),
        (NEXT_WORKING_DAY, "2026-11-26 16:59", "2026-11-26"),
        (NEXT_WORKING_DAY, "2026-11-26 17:00", "2026-11-27"),
        (NEXT_WORKING_DAY, "2026-11-27 17:00", "2026-11-30"),
        (NEXT_WORKING_DAY, "2026-11-28 10:00", "2026-11-30"),
        (NEXT_WORKING_DAY, "2026-12-25 10:00", "2026-12-28"),
        (NEXT_WORKING_DAY, "2025-02-08 10:00", "2025-02-08"),  # a make-up Saturday
    ],
)
def test_when_a_petition_counts_as_received(after_hours: str, moment: str, day: str) -> None:
    choices = Practice(after_hours=after_hours)
    assert intake.counts_from(at(moment), CALENDAR, choices) == date.fromisoformat(day)


def test_the_hour_of_closing_is_the_offices_own() -> None:
    choices = Practice(after_hours=NEXT_WORKING_DAY, office_closes=time(20, 0))
    assert intake.counts_from(at("2026-11-26 19:59"), CALENDAR, choices) == date(2026, 11, 26)
    assert intake.counts_from(at("2026-11-26 20:00"), CALENDAR, choices) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "moment", "awake"),
    [
        ("21:00", "08:00", "2026-11-26 20:59", None),
        ("21:00", "08:00", "2026-11-26 21:00", "2026-11-27 08:00"),
        ("21:00", "08:00", "2026-11-27 00:00", "2026-11-27 08:00"),
        ("21:00", "08:00", "2026-11-27 07:59", "2026-11-27 08:00"),
        ("21:00", "08:00", "2026-11-27 08:00", None),
        ("21:00", "08:00", "2026-12-31 23:00", "2027-01-01 08:00"),
        ("00:00", "06:00", "2026-11-26 23:59", None),
        ("00:00", "06:00", "2026-11-26 00:00", "2026-11-26 06:00"),
        ("12:00", "13:30", "2026-11-26 12:15", "2026-11-26 13:30"),
        ("12:00", "13:30", "2026-11-26 13:30", None),
        ("21:00", "00:00", "2026-11-26 22:00", "2026-11-27 00:00"),
        ("08:00", "08:00", "2026-11-26 03:00", None),
    ],
)
def test_the_quiet_hours_end_in_the_morning(
    quiet_from: str, quiet_until: str, moment: str, awake: str | None
) -> None:
    choices = Practice(
        quiet_from=time.fromisoformat(quiet_from), quiet_until=time.fromisoformat(quiet_until)
    )
    expected = at(awake) if awake else None
    assert notices.awake(at(moment), choices) == expected
    assert notices.awake(at(moment).astimezone(UTC), choices) == expected


@given(st.integers(0, 2_000_000), MINUTES, MINUTES)
def test_after_the_quiet_hours_nobody_is_asleep(minutes: int, start: time, end: time) -> None:
    choices = Practice(quiet_from=start, quiet_until=end)
    now = at("2024-01-01 00:00") + timedelta(minutes=minutes)
    until = notices.awake(now, choices)
    if until is not None:
        assert (until.time(), notices.awake(until, choices)) == (end, None)
        assert 0 < (until - now).total_seconds() <= 86_400


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-26 07:59", False),
        ("2026-11-26 08:00", True),
        ("2026-11-26 16:59", True),
        ("2026-11-26 17:00", False),
        ("2026-11-28 12:00", False),
        ("2026-12-25 12:00", False),
        ("2025-02-08 12:00", True),
        ("2028-01-03 12:00", False),  # no calendar of that year
    ],
)
def test_when_the_office_is_open(moment: str, is_open: bool) -> None:
    assert reminders.in_office_hours(at(moment), CALENDAR, DEFAULTS) is is_open
    assert reminders.in_office_hours(at(moment).astimezone(UTC), CALENDAR, DEFAULTS) is is_open
