"""A changed calendar, closure, rule or choice of the office: previewed, then applied at once.

The cases are of Monday 21 September 2026; a typhoon closes Wednesday the 23rd.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Event as Signal

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from complaints import handling, practice, recount
from complaints.clock import calendars, rulebook
from complaints.clock.calendars import FULL, MORNING, OwnDay
from complaints.clock.official import YearTable
from complaints.clock.rulebook import NewRule
from complaints.clock.workdays import TAIPEI
from complaints.errors import (
    BadCalendar,
    BadPractice,
    BadRule,
    CalendarMissing,
    NothingToDecide,
    NotPermitted,
    OwnWork,
    StaleCase,
)
from complaints.limits import Limit, Priority, Unit
from complaints.recount import Move
from complaints.roles import Role
from complaints.states import OPEN, EventKind, Kind, Outcome, Status
from complaints.tables import Case, ClockChange, Counter, DayChange, Event, Officer, Task
from data import outbox
from data.database import transaction
from data.outbox import Address, Outbox
from tests.makers import answer_case, make_case, make_officer, said_in


def at(text: str) -> datetime:
    """A moment at the office: 2026-09-21 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


MONDAY = at("2026-09-21 10:00")
TUESDAY = at("2026-09-22 10:00")
NIGHT = at("2026-09-22 22:00")
TYPHOON = date(2026, 9, 23)
CLOSURE = OwnDay(TYPHOON, FULL, works=False, reason="山陀兒颱風停止上班")
SHIPPED_2026 = next(table for table in calendars.shipped() if table.year == 2026)
REVISED = replace(SHIPPED_2026, closed={**SHIPPED_2026.closed, TYPHOON: "調整放假"})
SIX = Limit(6, Unit.WORKING, reopened_days=3)


@pytest.fixture
def secretary(tx: Session) -> Officer:
    return make_officer(tx, "secretary", "secretary")


@pytest.fixture
def controller(tx: Session) -> Officer:
    return make_officer(tx, "controller", "case_controller")


def choose(tx: Session, name: str, value: str) -> None:
    practice.choose(tx, name, value, by="secretary", now=MONDAY)


def close(tx: Session, case: Case, by: Officer) -> None:
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="好",
        by=by,
        version=case.version,
        now=MONDAY,
    )


def transfer(tx: Session, case: Case, by: Officer) -> None:
    handling.transfer(
        tx,
        case.case_no,
        agency="環境保護局",
        phone="",
        reason="權責",
        with_identity=False,
        by=by,
        version=case.version,
        now=MONDAY,
    )


def merge(tx: Session, case: Case, main: Case, by: Officer) -> None:
    handling.merge(tx, case.case_no, into=main.case_no, by=by, version=case.version, now=MONDAY)


def applied(tx: Session, change: ClockChange, by: Officer, now: datetime = TUESDAY) -> list[Move]:
    return recount.apply(tx, change.id, by=by, now=now)


def moved_events(tx: Session, case: Case) -> Sequence[Event]:
    found = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.DUE_DATE_MOVED)
    return tx.scalars(found.order_by(Event.id)).all()


def notice_of(tx: Session, happened: Event) -> Outbox | None:
    return outbox.find(tx, f"event:{happened.id}")


def state_of(tx: Session) -> list[object]:
    """Everything a change may touch, to see that nothing did."""
    tx.flush()
    cases = select(Case.case_no, Case.due_on, Case.version, Case.calendar_version, Case.status)
    return [
        *tx.execute(cases.order_by(Case.id)).all(),
        tx.scalar(select(func.count()).select_from(Event)),
        tx.scalar(select(func.count()).select_from(Outbox)),
        tx.scalar(select(func.count()).select_from(DayChange)),
        tx.scalar(select(Counter.value).where(Counter.name == calendars.VERSION)),
        calendars.load(tx),
        practice.load(tx),
        rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION),
    ]


def test_a_revised_year_moves_exactly_the_open_cases_it_reaches(
    tx: Session, secretary: Officer
) -> None:
    waits = make_case(tx, now=MONDAY)
    inquiry = make_case(tx, now=MONDAY, kind=Kind.REGULATION_INQUIRY)
    report = make_case(tx, now=at("2026-08-24 10:00"), kind=Kind.MISCONDUCT_REPORT)
    over = make_case(tx, now=at("2026-09-10 10:00"))
    later = make_case(tx, now=at("2026-09-29 10:00"))
    replied = make_case(tx, now=MONDAY)
    answer_case(tx, replied, secretary, MONDAY)
    ended = [make_case(tx, now=MONDAY) for _ in range(4)]
    answer_case(tx, ended[0], secretary, MONDAY)
    close(tx, ended[0], secretary)
    handling.withdraw(tx, ended[1].case_no, now=MONDAY)
    transfer(tx, ended[2], secretary)
    merge(tx, ended[3], waits, secretary)
    quiet = {case.case_no: (case.due_on, case.version) for case in (over, later, *ended)}
    expected = [
        Move(report.case_no, date(2026, 9, 23), date(2026, 9, 24), told=True),
        Move(inquiry.case_no, date(2026, 9, 24), date(2026, 9, 29), told=True),
        Move(waits.case_no, date(2026, 10, 1), date(2026, 10, 2), told=True),
        Move(replied.case_no, date(2026, 10, 1), date(2026, 10, 2), told=False),
    ]

    change = recount.propose_year(tx, REVISED, by=secretary, now=MONDAY)
    before = state_of(tx)
    assert recount.preview(tx, change.id) == expected
    assert state_of(tx) == before

    assert applied(tx, change, secretary, NIGHT) == expected
    for case, move in zip((report, inquiry, waits, replied), expected, strict=True):
        assert case.due_on == move.after == handling.clock(tx, case).due_on
        (happened,) = moved_events(tx, case)
        assert (notice_of(tx, happened) is not None) is move.told
    for case in (over, later, *ended):
        assert (case.due_on, case.version) == quiet[case.case_no]
        assert not moved_events(tx, case)
    assert (change.state, change.moved, change.decided_by) == ("applied", 4, "secretary")
    assert not calendars.official(tx).works(TYPHOON)


def test_every_moved_case_says_from_when_to_when_and_why(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY)
    version = case.version
    change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
    applied(tx, change, secretary)
    (happened,) = moved_events(tx, case)
    assert said_in(happened) == {
        "old_due_on": "2026-10-01",
        "due_on": "2026-10-02",
        "cause": "115/09/23（三）山陀兒颱風停止上班",
        "change": change.id,
        "calendar_version": calendars.load(tx).version,
    }
    assert happened.officer_id == secretary.id
    assert (case.version, case.calendar_version) == (version + 1, calendars.load(tx).version)
    notice = notice_of(tx, happened)
    assert notice
    for said in (case.case_no, "115/10/01（四）", "115/10/02（五）", "山陀兒颱風停止上班"):
        assert said in notice.message.text


def test_a_citizen_is_told_in_their_language(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY, language="en")
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    notice = notice_of(tx, moved_events(tx, case)[0])
    assert notice
    assert "Thu 1 Oct 2026" in notice.message.text
    assert "Fri 2 Oct 2026" in notice.message.text


def test_who_came_to_the_counter_is_told_by_a_person(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY, citizen=Address("counter", "1"), reply_by="phone")
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    (happened,) = moved_events(tx, case)
    task = tx.scalars(select(Task).where(Task.key == f"event:{happened.id}:hand")).one()
    assert (task.kind, task.case_id) == ("call", case.id)
    assert notice_of(tx, happened) is None


@pytest.mark.parametrize(
    ("now", "not_before"),
    [
        ("2026-09-22 20:59", None),
        ("2026-09-22 21:00", "2026-09-23 08:00"),
        ("2026-09-22 22:00", "2026-09-23 08:00"),
        ("2026-09-23 04:30", "2026-09-23 08:00"),
        ("2026-09-23 08:00", None),
    ],
)
def test_nobody_is_woken_by_a_typhoon(
    tx: Session, secretary: Officer, now: str, not_before: str | None
) -> None:
    case = make_case(tx, now=MONDAY)
    change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
    applied(tx, change, secretary, at(now))
    notice = notice_of(tx, moved_events(tx, case)[0])
    assert notice
    assert notice.not_before == (at(not_before) if not_before else None)


@pytest.mark.parametrize(
    ("area", "county", "moves"),
    [
        ("", "", True),
        ("", "臺北市", True),
        ("臺北市", "臺北市", True),
        ("花蓮縣", "臺北市", False),
        ("臺北市", "", False),
    ],
)
def test_a_closure_moves_the_offices_of_its_county(
    tx: Session, secretary: Officer, area: str, county: str, moves: bool
) -> None:
    choose(tx, "county", county)
    case = make_case(tx, now=MONDAY)
    own = replace(CLOSURE, area=area)
    change = recount.propose_day(tx, own, by=secretary, now=MONDAY)
    found = recount.preview(tx, change.id)
    assert [one.case_no for one in found] == ([case.case_no] if moves else [])
    assert applied(tx, change, secretary) == found
    assert case.due_on == date(2026, 10, 2 if moves else 1)


@pytest.mark.parametrize(("counts", "moves"), [("yes", False), ("no", True)])
def test_half_a_day_moves_only_where_the_office_says_so(
    tx: Session, secretary: Officer, counts: str, moves: bool
) -> None:
    choose(tx, "half_day_closure_counts", counts)
    case = make_case(tx, now=MONDAY)
    own = replace(CLOSURE, part=MORNING)
    change = recount.propose_day(tx, own, by=secretary, now=MONDAY)
    assert bool(recount.preview(tx, change.id)) is moves
    assert bool(applied(tx, change, secretary)) is moves
    assert case.due_on == date(2026, 10, 2 if moves else 1)
    remarks = [day.reason for day in handling.clock(tx, case).days if day.day == TYPHOON]
    assert "山陀兒颱風停止上班" in remarks[0]


def test_an_extra_day_brings_the_date_forward(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY)
    saturday = OwnDay(date(2026, 9, 26), FULL, works=True, reason="補行上班")
    applied(tx, recount.propose_day(tx, saturday, by=secretary, now=MONDAY), secretary)
    assert case.due_on == date(2026, 9, 30)


def test_taking_a_closure_back_moves_the_cases_back(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY)
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    row = tx.scalars(select(DayChange)).one()
    change = recount.propose_revoking(tx, row.id, by=secretary, now=MONDAY)
    back = [Move(case.case_no, date(2026, 10, 2), date(2026, 10, 1), told=True)]
    assert recount.preview(tx, change.id) == back
    assert applied(tx, change, secretary) == back
    causes = [one.data["cause"] for one in moved_events(tx, case)]
    assert causes == ["115/09/23（三）山陀兒颱風停止上班", "115/09/23（三）山陀兒颱風停止上班取消"]
    assert row.revoked_by == "secretary"
    again = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
    assert applied(tx, again, secretary)
    assert case.due_on == date(2026, 10, 2)


def test_what_is_not_in_force_cannot_be_taken_back(tx: Session, secretary: Officer) -> None:
    with pytest.raises(BadCalendar):
        recount.propose_revoking(tx, 1, by=secretary, now=MONDAY)
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    row = tx.scalars(select(DayChange)).one()
    first, second = (
        recount.propose_revoking(tx, row.id, by=secretary, now=MONDAY) for _ in range(2)
    )
    applied(tx, first, secretary)
    with pytest.raises(BadCalendar), tx.begin_nested():
        applied(tx, second, secretary)
    with pytest.raises(BadCalendar):
        recount.propose_revoking(tx, row.id, by=secretary, now=MONDAY)


def rule(days: int, kind: Kind, priority: Priority = Priority.ORDINARY) -> NewRule:
    return NewRule(kind, priority, replace(SIX, days=days), "本所 115 年規定")


def test_a_rule_moves_the_cases_of_its_kind_and_urgency_alone(
    tx: Session, secretary: Officer
) -> None:
    ordinary = make_case(tx, now=MONDAY)
    urgent = make_case(tx, now=MONDAY, priority=Priority.URGENT)
    other = make_case(tx, now=MONDAY, kind=Kind.REFORM_SUGGESTION)
    new = rule(4, Kind.RIGHTS_PROTECTION, Priority.URGENT)
    change = recount.propose_rule(tx, new, by=secretary, now=MONDAY)
    expected = [Move(urgent.case_no, date(2026, 9, 24), date(2026, 9, 29), told=True)]
    assert recount.preview(tx, change.id) == expected
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION, Priority.URGENT).days == 3
    assert applied(tx, change, secretary) == expected
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION, Priority.URGENT).days == 4
    assert ordinary.due_on == other.due_on == date(2026, 10, 1)
    assert moved_events(tx, urgent)[0].data["cause"] == "處理期限規定修正"


def test_a_rule_that_changes_only_its_ceiling_moves_nothing(
    tx: Session, secretary: Officer
) -> None:
    make_case(tx, now=MONDAY)
    limit = replace(SIX, ceiling_days=60, max_extensions=1)
    new = NewRule(Kind.RIGHTS_PROTECTION, Priority.ORDINARY, limit, "本所 115 年規定")
    change = recount.propose_rule(tx, new, by=secretary, now=MONDAY)
    assert recount.preview(tx, change.id) == applied(tx, change, secretary) == []
    assert rulebook.limit_for(tx, Kind.RIGHTS_PROTECTION) == limit


def test_a_reopened_case_moves_by_the_days_of_reopening(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=at("2026-09-01 10:00"))
    answer_case(tx, case, secretary, MONDAY)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=MONDAY)
    assert case.due_on == date(2026, 9, 24)
    limit = replace(SIX, days=20, reopened_days=4)
    new = NewRule(Kind.RIGHTS_PROTECTION, Priority.ORDINARY, limit, "本所 115 年規定")
    applied(tx, recount.propose_rule(tx, new, by=secretary, now=MONDAY), secretary)
    assert case.due_on == date(2026, 9, 29)


@pytest.mark.parametrize("freed", [False, True], ids=["taken out", "freed by the main case"])
def test_a_merged_case_has_the_new_date_when_it_is_split(
    tx: Session, secretary: Officer, freed: bool
) -> None:
    """It did not move while it was merged; its own clock is as if it had never been."""
    main, case = make_case(tx, now=MONDAY), make_case(tx, now=MONDAY)
    merge(tx, case, main, secretary)
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    assert case.due_on == date(2026, 10, 1)
    if freed:
        handling.withdraw(tx, main.case_no, now=TUESDAY)
    else:
        no, version = case.case_no, case.version
        handling.split(tx, no, by=secretary, version=version, now=TUESDAY)
    assert case.due_on == date(2026, 10, 2) == handling.clock(tx, case).due_on
    split = tx.scalars(
        select(Event).where(Event.case_id == case.id, Event.kind == EventKind.SPLIT)
    ).one()
    assert split.data.get("due_on") == "2026-10-02"


def test_extensions_and_waits_are_kept_when_a_case_moves(
    tx: Session, secretary: Officer, controller: Officer
) -> None:
    choose(tx, "supplement_stops_clock", "yes")
    case = make_case(tx, now=MONDAY)
    no = case.case_no
    handling.ask_extension(
        tx, no, days=2, reason="會勘", by=controller, version=case.version, now=MONDAY
    )
    handling.approve_extension(tx, no, by=secretary, version=case.version, now=MONDAY)
    handling.ask_supplement(
        tx, no, "照片", by=controller, version=case.version, now=at("2026-09-29 10:00")
    )
    handling.add_information(tx, no, "照片", now=at("2026-09-30 10:00"))
    assert case.due_on == date(2026, 10, 6)
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    assert case.due_on == date(2026, 10, 7) == handling.clock(tx, case).due_on


def test_another_practice_moves_what_it_reaches(tx: Session, secretary: Officer) -> None:
    own = replace(CLOSURE, part=MORNING)
    applied(tx, recount.propose_day(tx, own, by=secretary, now=MONDAY), secretary)
    case = make_case(tx, now=MONDAY)
    change = recount.propose_practice(tx, "half_day_closure_counts", "no", by=secretary, now=MONDAY)
    expected = [Move(case.case_no, date(2026, 10, 1), date(2026, 10, 2), told=True)]
    assert recount.preview(tx, change.id) == expected
    assert practice.load(tx).half_day_closure_counts
    assert applied(tx, change, secretary) == expected
    assert not practice.load(tx).half_day_closure_counts
    assert moved_events(tx, case)[0].data["cause"] == "期限計算方式調整"


def test_an_office_that_names_its_county_takes_its_closures(
    tx: Session, secretary: Officer
) -> None:
    own = replace(CLOSURE, area="臺北市")
    applied(tx, recount.propose_day(tx, own, by=secretary, now=MONDAY), secretary)
    case = make_case(tx, now=MONDAY)
    change = recount.propose_practice(tx, "county", "臺北市", by=secretary, now=MONDAY)
    assert [one.case_no for one in recount.preview(tx, change.id)] == [case.case_no]
    applied(tx, change, secretary)
    assert case.due_on == date(2026, 10, 2)


def test_a_practice_of_other_matters_moves_nothing(tx: Session, secretary: Officer) -> None:
    make_case(tx, now=MONDAY)
    change = recount.propose_practice(tx, "due_soon_days", "5", by=secretary, now=MONDAY)
    assert recount.preview(tx, change.id) == applied(tx, change, secretary) == []
    assert practice.load(tx).due_soon_days == 5


Propose = Callable[[Session, Officer], ClockChange]
CHANGES: dict[str, Propose] = {
    "year": lambda tx, by: recount.propose_year(tx, REVISED, by=by, now=MONDAY),
    "day": lambda tx, by: recount.propose_day(tx, CLOSURE, by=by, now=MONDAY),
    "elsewhere": lambda tx, by: recount.propose_day(
        tx, replace(CLOSURE, area="花蓮縣"), by=by, now=MONDAY
    ),
    "extra day": lambda tx, by: recount.propose_day(
        tx, OwnDay(date(2026, 9, 26), FULL, works=True, reason="補行上班"), by=by, now=MONDAY
    ),
    "ordinary rule": lambda tx, by: recount.propose_rule(
        tx, rule(9, Kind.RIGHTS_PROTECTION), by=by, now=MONDAY
    ),
    "urgent rule": lambda tx, by: recount.propose_rule(
        tx, rule(5, Kind.RIGHTS_PROTECTION, Priority.URGENT), by=by, now=MONDAY
    ),
    "ordinary rule that stands in for others": lambda tx, by: recount.propose_rule(
        tx, rule(9, Kind.REFORM_SUGGESTION), by=by, now=MONDAY
    ),
    "first rule of an urgency": lambda tx, by: recount.propose_rule(
        tx, rule(2, Kind.REFORM_SUGGESTION, Priority.URGENT), by=by, now=MONDAY
    ),
    "practice": lambda tx, by: recount.propose_practice(
        tx, "half_day_closure_counts", "no", by=by, now=MONDAY
    ),
    "county": lambda tx, by: recount.propose_practice(tx, "county", "臺北市", by=by, now=MONDAY),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_was_previewed_is_what_is_applied(tx: Session, secretary: Officer, kind: str) -> None:
    """Over cases of every kind and urgency, in an office with closures of its own."""
    halves = OwnDay(date(2026, 9, 24), MORNING, works=False, reason="豪雨")
    for own in (halves, replace(CLOSURE, day=date(2026, 9, 29), area="臺北市")):
        calendars.enter_day(tx, own, by="secretary", now=MONDAY)
    for of in (Kind.RIGHTS_PROTECTION, Kind.REFORM_SUGGESTION, Kind.MISCONDUCT_REPORT):
        for priority in Priority:
            make_case(tx, now=MONDAY, kind=of, priority=priority)
    change = CHANGES[kind](tx, secretary)
    found = recount.preview(tx, change.id)
    assert applied(tx, change, secretary) == found
    assert bool(found) is (kind != "elsewhere")
    open_ones = select(Case).where(Case.status.in_([one.value for one in OPEN]))
    for case in tx.scalars(open_ones):
        assert case.due_on == handling.clock(tx, case).due_on


def test_only_leading_officers_propose_and_only_deciders_decide(tx: Session) -> None:
    may_propose: set[Role] = set()
    may_decide: set[Role] = set()
    secretary = make_officer(tx, "first", "secretary")
    for role in Role:
        officer = make_officer(tx, role, role)
        waiting = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
        for allowed, act in (
            (may_propose, lambda by: recount.propose_day(tx, CLOSURE, by=by, now=MONDAY)),
            (may_decide, lambda by, one=waiting: applied(tx, one, by)),
        ):
            try:
                with tx.begin_nested():
                    act(officer)
                allowed.add(role)
            except NotPermitted:
                assert waiting.state == "proposed"
    deciders = {Role.CASE_CONTROLLER, Role.SECRETARY, Role.DIRECTOR, Role.ADMINISTRATOR}
    assert may_propose == deciders | {Role.SECTION_CHIEF, Role.ETHICS}
    assert may_decide == deciders


@pytest.mark.parametrize("role", ["case_controller", "administrator"])
def test_who_proposed_needs_a_second_person(tx: Session, secretary: Officer, role: str) -> None:
    case, proposer = make_case(tx, now=MONDAY), make_officer(tx, "proposer", role)
    change = recount.propose_day(tx, CLOSURE, by=proposer, now=MONDAY)
    with pytest.raises(OwnWork), tx.begin_nested():
        applied(tx, change, proposer)
    assert (change.state, change.decided_by) == ("proposed", None)
    assert case.due_on == date(2026, 10, 1)
    assert applied(tx, change, make_officer(tx, "second", role))


@pytest.mark.parametrize("role", ["secretary", "director"])
def test_a_head_of_the_office_needs_nobody(tx: Session, role: str) -> None:
    head = make_officer(tx, "head", role)
    change = recount.propose_day(tx, CLOSURE, by=head, now=MONDAY)
    applied(tx, change, head)
    assert (change.state, change.by, change.decided_by) == ("applied", "head", "head")


def test_what_is_decided_is_decided_once(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY)
    change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
    applied(tx, change, secretary)
    for again in (applied, lambda tx, one, by: recount.drop(tx, one.id, by=by, now=MONDAY)):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            again(tx, change, secretary)
    with pytest.raises(NothingToDecide):
        recount.preview(tx, change.id)
    assert case.due_on == date(2026, 10, 2)
    assert len(moved_events(tx, case)) == 1


def test_what_is_dropped_is_never_applied(
    tx: Session, secretary: Officer, controller: Officer
) -> None:
    case = make_case(tx, now=MONDAY)
    change = recount.propose_day(tx, CLOSURE, by=controller, now=MONDAY)
    recount.drop(tx, change.id, by=controller, now=TUESDAY)
    assert (change.state, change.decided_by, change.decided_at) == (
        "dropped",
        "controller",
        TUESDAY,
    )
    with pytest.raises(NothingToDecide), tx.begin_nested():
        applied(tx, change, secretary)
    with pytest.raises(NothingToDecide):
        recount.preview(tx, change.id)
    assert case.due_on == date(2026, 10, 1)
    assert not tx.scalars(select(DayChange)).all()


def test_a_clerk_drops_nothing_and_an_unknown_change_is_none(
    tx: Session, secretary: Officer
) -> None:
    clerk = make_officer(tx, "clerk", "clerk")
    change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
    with pytest.raises(NotPermitted), tx.begin_nested():
        recount.drop(tx, change.id, by=clerk, now=MONDAY)
    assert change.state == "proposed"
    with pytest.raises(NothingToDecide):
        recount.apply(tx, change.id + 1, by=secretary, now=MONDAY)


def test_proposals_wait_in_their_order(tx: Session, secretary: Officer) -> None:
    made = [propose(tx, secretary) for propose in CHANGES.values()]
    assert [one.id for one in recount.proposals(tx)] == [one.id for one in made]
    applied(tx, made[1], secretary)
    recount.drop(tx, made[2].id, by=secretary, now=MONDAY)
    assert [one.id for one in recount.proposals(tx)] == [made[0].id, *(one.id for one in made[3:])]


def test_what_makes_no_sense_is_not_even_proposed(tx: Session, secretary: Officer) -> None:
    wrong: list[tuple[type[Exception], Propose]] = [
        (
            BadCalendar,
            lambda tx, by: recount.propose_day(tx, replace(CLOSURE, reason=""), by=by, now=MONDAY),
        ),
        (
            BadRule,
            lambda tx, by: recount.propose_rule(tx, rule(0, Kind.PRAISE), by=by, now=MONDAY),
        ),
        (
            BadPractice,
            lambda tx, by: recount.propose_practice(tx, "due_soon_days", "soon", by=by, now=MONDAY),
        ),
    ]
    for error, propose in wrong:
        with pytest.raises(error):
            propose(tx, secretary)
    assert not recount.proposals(tx)


YEAR_END = at("2027-12-21 10:00")  # six working days to Thursday the 30th; the 31st is off


def last_days() -> dict[str, Propose]:
    last = replace(CLOSURE, day=date(2027, 12, 30))
    table = next(one for one in calendars.shipped() if one.year == 2027)
    revised = replace(table, closed={**table.closed, date(2027, 12, 29): "調整放假"})
    return {
        "day": lambda tx, by: recount.propose_day(tx, last, by=by, now=YEAR_END),
        "year": lambda tx, by: recount.propose_year(tx, revised, by=by, now=YEAR_END),
        "rule": lambda tx, by: recount.propose_rule(
            tx, rule(7, Kind.RIGHTS_PROTECTION), by=by, now=YEAR_END
        ),
    }


@pytest.mark.parametrize("kind", last_days())
def test_a_date_beyond_the_last_year_changes_nothing_at_all(
    tx: Session, secretary: Officer, kind: str
) -> None:
    case = make_case(tx, now=YEAR_END)
    assert case.due_on == date(2027, 12, 30)
    change = last_days()[kind](tx, secretary)
    before = state_of(tx)
    with pytest.raises(CalendarMissing) as caught:
        recount.preview(tx, change.id)
    assert caught.value.year == 2028
    with pytest.raises(CalendarMissing), tx.begin_nested():
        applied(tx, change, secretary, YEAR_END)
    assert state_of(tx) == before
    assert (change.state, change.decided_by) == ("proposed", None)

    calendars.store(tx, [YearTable(2028, "公告", False, {}, {})], now=YEAR_END)  # noqa: FBT003
    assert [one.after for one in applied(tx, change, secretary, YEAR_END)] == [date(2028, 1, 3)]


def test_who_read_a_case_before_it_moved_reads_it_again(tx: Session, secretary: Officer) -> None:
    case = make_case(tx, now=MONDAY)
    read = case.version
    applied(tx, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY), secretary)
    with pytest.raises(StaleCase):
        handling.reply(tx, case.case_no, "好", by=secretary, version=read, now=TUESDAY)


def overlapping(
    engine: Engine, first: Callable[[Session], None], second: Callable[[Session], None]
) -> None:
    """Let `second` begin when `first` has done its work and has not committed it yet."""
    worked, through = Signal(), Signal()

    def hold() -> None:
        with transaction(engine) as tx:
            first(tx)
            worked.set()
            through.wait(1)

    def follow() -> None:
        worked.wait(10)
        with transaction(engine) as tx:
            second(tx)
        through.set()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(hold), pool.submit(follow)]:
            one.result()


def test_an_extension_granted_meanwhile_is_not_lost(engine: Engine) -> None:
    with transaction(engine) as tx:
        secretary, clerk = make_officer(tx, "s", "secretary"), make_officer(tx)
        case = make_case(tx, now=MONDAY)
        no, change = case.case_no, recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
        handling.ask_extension(
            tx, no, days=2, reason="會勘", by=clerk, version=case.version, now=MONDAY
        )
        read = case.version

    def grant(tx: Session) -> None:
        handling.approve_extension(tx, no, by=secretary, version=read, now=MONDAY)

    overlapping(engine, grant, lambda tx: void(applied(tx, change, secretary)))
    with transaction(engine) as tx:
        kept = handling.locked(tx, no)
        assert kept.due_on == handling.clock(tx, kept).due_on == date(2026, 10, 6)
        assert kept.version == read + 2


def test_a_case_answered_meanwhile_is_not_told_of_a_new_date(engine: Engine) -> None:
    with transaction(engine) as tx:
        secretary, case = make_officer(tx, "s", "secretary"), make_case(tx, now=MONDAY)
        change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)

    def answer(tx: Session) -> None:
        answer_case(tx, handling.locked(tx, case.case_no), secretary, MONDAY)

    overlapping(engine, answer, lambda tx: void(applied(tx, change, secretary)))
    with transaction(engine) as tx:
        kept = handling.locked(tx, case.case_no)
        assert kept.status == Status.REPLIED
        assert [notice_of(tx, one) for one in moved_events(tx, kept)] == [None]


def test_a_case_filed_meanwhile_is_counted_by_the_new_calendar(engine: Engine) -> None:
    with transaction(engine) as tx:
        secretary = make_officer(tx, "s", "secretary")
        change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)

    overlapping(
        engine,
        lambda tx: void(make_case(tx, now=MONDAY)),
        lambda tx: void(applied(tx, change, secretary)),
    )
    with transaction(engine) as tx:
        case = tx.scalars(select(Case)).one()
        assert case.due_on == handling.clock(tx, case).due_on == date(2026, 10, 2)


def void(_: object) -> None:
    """For acts whose answer nobody needs."""


def test_many_open_cases_move_in_one_go(tx: Session, secretary: Officer) -> None:
    cases = [make_case(tx, now=MONDAY + timedelta(minutes=n)) for n in range(25)]
    change = recount.propose_day(tx, CLOSURE, by=secretary, now=MONDAY)
    assert [one.case_no for one in applied(tx, change, secretary)] == [c.case_no for c in cases]
    assert change.moved == 25
    for case in cases:
        (happened,) = moved_events(tx, case)
        assert notice_of(tx, happened)
