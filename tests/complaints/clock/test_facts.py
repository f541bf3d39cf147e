"""The facts of a case's clock as its events keep them, written by the verbs, on both databases."""

import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, practice
from complaints.clock import calendars, facts, rulebook
from complaints.clock.deadlines import MOVES, Explanation, Moved, explain
from complaints.clock.workdays import TAIPEI, office_date
from complaints.errors import ComplaintError
from complaints.measuring import figures
from complaints.measuring.periods import Period
from complaints.states import EventKind, Outcome, Status
from complaints.tables import Case, Event, Officer
from data.database import engine_for, reading, transaction
from tests.databases import KEYRING, KINDS, Databases
from tests.makers import make_case, make_officer

DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """A moment at the office: 2026-11-02 10:00."""
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


MONDAY = at("2026-11-02 10:00")


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", "case_controller")


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


def choose(tx: Session, name: str, value: str) -> None:
    practice.choose(tx, name, value, by="director", now=MONDAY)


def extend(
    tx: Session, case: Case, days: int, clerk: Officer, head: Officer, now: datetime
) -> None:
    no = case.case_no
    handling.ask_extension(
        tx, no, days=days, reason="會勘", by=clerk, version=case.version, now=now
    )
    handling.approve_extension(tx, no, by=head, version=case.version, now=now)


def ask(tx: Session, case: Case, by: Officer, now: datetime) -> None:
    handling.ask_supplement(tx, case.case_no, "照片", by=by, version=case.version, now=now)


def answer(tx: Session, case: Case, by: Officer, now: datetime) -> Event:
    return handling.reply(tx, case.case_no, "已處理。", by=by, version=case.version, now=now)


def folded(tx: Session, case: Case) -> Explanation:
    limit = rulebook.limit_for(tx, case.kind, case.priority)
    return explain(facts.history(tx, case), limit, calendars.load(tx))


def test_every_verb_that_moves_the_clock_leaves_its_fact(
    tx: Session, clerk: Officer, director: Officer
) -> None:
    choose(tx, "supplement_stops_clock", "yes")
    case = make_case(tx, now=MONDAY)
    ask(tx, case, clerk, MONDAY + DAY)
    handling.add_information(tx, case.case_no, "照片在此", now=MONDAY + 3 * DAY)
    extend(tx, case, 4, clerk, director, MONDAY + 4 * DAY)
    handling.undo_extension(
        tx, case.case_no, reason="已可答復", by=director, version=case.version, now=MONDAY + 4 * DAY
    )
    answer(tx, case, director, MONDAY + 7 * DAY)
    handling.reopen_dissatisfied(tx, case.case_no, reason="沒有來", now=MONDAY + 8 * DAY)
    day = MONDAY.date()
    assert facts.history(tx, case) == [
        Moved(EventKind.RECEIVED, day),
        Moved(EventKind.SUPPLEMENT_ASKED, day + DAY, stops=True),
        Moved(EventKind.SUPPLEMENTED, day + 3 * DAY),
        Moved(EventKind.EXTENDED, day + 4 * DAY, days=4),
        Moved(EventKind.EXTENSION_UNDONE, day + 4 * DAY),
        Moved(EventKind.REPLIED, day + 7 * DAY),
        Moved(EventKind.REOPENED, day + 8 * DAY),
    ]
    assert folded(tx, case).due_on == case.due_on == date(2026, 11, 13)


def test_what_moves_no_clock_is_no_fact(tx: Session, clerk: Officer) -> None:
    case = make_case(tx, now=MONDAY)
    no = case.case_no
    handling.assign(
        tx, no, section="civil", handler="clerk", by=clerk, version=case.version, now=MONDAY
    )
    handling.note(tx, no, "看過了", by=clerk, version=case.version, now=MONDAY)
    handling.add_information(tx, no, "還有", now=MONDAY)
    handling.send_interim(tx, no, "處理中", by=clerk, version=case.version, now=MONDAY)
    handling.ask_extension(
        tx, no, days=2, reason="會勘", by=clerk, version=case.version, now=MONDAY
    )
    kinds = {EventKind(kind) for kind in tx.scalars(select(Event.kind))}
    assert len(kinds - set(MOVES)) >= 5
    assert facts.history(tx, case) == [Moved(EventKind.RECEIVED, MONDAY.date())]


def test_facts_are_of_their_own_case(tx: Session) -> None:
    first, second = make_case(tx, now=MONDAY), make_case(tx, now=MONDAY + DAY)
    assert facts.history(tx, first) == [Moved(EventKind.RECEIVED, MONDAY.date())]
    assert facts.history(tx, second) == [Moved(EventKind.RECEIVED, (MONDAY + DAY).date())]


@pytest.mark.parametrize(
    ("moment", "day", "due"),
    [
        ("2026-11-01 23:59", "2026-11-01", "2026-11-09"),
        ("2026-11-02 00:00", "2026-11-02", "2026-11-10"),
        ("2026-11-02 07:59", "2026-11-02", "2026-11-10"),  # still the 1st in Greenwich
        ("2026-11-02 23:59", "2026-11-02", "2026-11-10"),
        ("2026-12-31 23:59", "2026-12-31", "2027-01-11"),
    ],
)
def test_the_day_is_the_offices(tx: Session, moment: str, day: str, due: str) -> None:
    case = make_case(tx, now=at(moment))
    tx.expire_all()
    (received,) = facts.history(tx, case)
    assert received.on == case.received_on == date.fromisoformat(day)
    assert folded(tx, case).due_on == case.due_on == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("moment", "counts_from", "due"),
    [
        ("2026-02-14 12:00", "2026-02-23", "2026-03-04"),  # a Saturday before Lunar New Year
        ("2026-11-02 16:59", "2026-11-02", "2026-11-10"),
        ("2026-11-02 17:00", "2026-11-03", "2026-11-11"),
        ("2026-11-02 00:30", "2026-11-02", "2026-11-10"),
        ("2025-02-08 12:00", "2025-02-08", "2025-02-17"),  # a make-up Saturday
    ],
)
def test_an_office_may_take_what_comes_after_hours_as_the_next_days(
    tx: Session, moment: str, counts_from: str, due: str
) -> None:
    choose(tx, "after_hours", "next_working_day")
    case = make_case(tx, now=at(moment))
    tx.expire_all()
    assert case.received_on == at(moment).date()
    assert facts.history(tx, case) == [Moved(EventKind.RECEIVED, date.fromisoformat(counts_from))]
    assert folded(tx, case).due_on == case.due_on == date.fromisoformat(due)


def test_the_practice_of_the_time_is_the_cases_for_good(tx: Session, clerk: Officer) -> None:
    """An office that changes its mind later moves no wait that was asked for before."""
    case = make_case(tx, now=MONDAY)
    ask(tx, case, clerk, MONDAY)
    choose(tx, "supplement_stops_clock", "yes")
    handling.add_information(tx, case.case_no, "照片", now=MONDAY + 7 * DAY)
    assert not facts.history(tx, case)[1].stops
    assert folded(tx, case).due_on == case.due_on == date(2026, 11, 10)


def play(tx: Session, dice: random.Random) -> tuple[Case, list[Moved]]:
    """A case with two dozen random steps, and the facts that should have come of them."""
    clerk, head = make_officer(tx, "clerk", "case_controller"), make_officer(tx, "head", "director")
    case, now = make_case(tx, now=MONDAY), MONDAY
    expected = [Moved(EventKind.RECEIVED, MONDAY.date())]
    steps = (lengthen, shorten, wait, arrive, reply_and_reopen, chat)
    for _ in range(24):
        now += timedelta(hours=dice.choice([0, 1, 13, 24, 70]))
        step = dice.choice(steps)
        try:
            with tx.begin_nested():
                expected += step(tx, case, clerk, head, now, dice)
        except ComplaintError:
            pass  # refused: it leaves no fact
        assert facts.history(tx, case) == expected
        assert (folded(tx, case).due_on, folded(tx, case).paused) == (case.due_on, case.paused)
    return case, expected


Fact = list[Moved]


def lengthen(
    tx: Session, case: Case, clerk: Officer, head: Officer, now: datetime, dice: random.Random
) -> Fact:
    days = dice.randint(1, 6)
    extend(tx, case, days, clerk, head, now)
    return [Moved(EventKind.EXTENDED, office_date(now), days=days)]


def shorten(
    tx: Session, case: Case, clerk: Officer, head: Officer, now: datetime, dice: random.Random
) -> Fact:
    handling.undo_extension(
        tx, case.case_no, reason="不需要了", by=head, version=case.version, now=now
    )
    return [Moved(EventKind.EXTENSION_UNDONE, office_date(now))]


def wait(
    tx: Session, case: Case, clerk: Officer, head: Officer, now: datetime, dice: random.Random
) -> Fact:
    stops = dice.random() < 0.7
    choose(tx, "supplement_stops_clock", practice.written(stops))
    ask(tx, case, clerk, now)
    return [Moved(EventKind.SUPPLEMENT_ASKED, office_date(now), stops=stops)]


def arrive(
    tx: Session, case: Case, clerk: Officer, head: Officer, now: datetime, dice: random.Random
) -> Fact:
    awaited = case.state is Status.AWAITING_SUPPLEMENT
    if dice.random() < 0.5:
        handling.add_information(tx, case.case_no, "補充", now=now)
    else:
        handling.go_on_without(
            tx, case.case_no, reason="逾期", by=clerk, version=case.version, now=now
        )
    return [Moved(EventKind.SUPPLEMENTED, office_date(now))] if awaited else []


def reply_and_reopen(
    tx: Session, case: Case, clerk: Officer, head: Officer, now: datetime, dice: random.Random
) -> Fact:
    answer(tx, case, head, now)
    done = [Moved(EventKind.REPLIED, office_date(now))]
    if dice.random() < 0.5:
        done.append(Moved(EventKind.CLOSED, office_date(now)))
        handling.close(
            tx,
            case.case_no,
            outcome=Outcome.RESOLVED,
            reason="好",
            by=head,
            version=case.version,
            now=now,
        )
    handling.reopen(tx, case.case_no, reason="再查", by=head, version=case.version, now=now)
    return [*done, Moved(EventKind.REOPENED, office_date(now))]


def chat(
    tx: Session, case: Case, clerk: Officer, head: Officer, now: datetime, dice: random.Random
) -> Fact:
    handling.note(tx, case.case_no, "電話聯絡", by=clerk, version=None, now=now)
    return []


@pytest.mark.parametrize("seed", range(3))
def test_the_fold_is_the_same_from_either_database(databases: Databases, seed: int) -> None:
    told = []
    for kind in KINDS:
        with databases.fresh(kind) as url:
            engine = engine_for(url, KEYRING)
            with transaction(engine) as tx:
                case, expected = play(tx, random.Random(seed))
            with reading(engine) as tx:
                kept = tx.get_one(Case, case.id)
                read = facts.history(tx, kept)
                assert read == expected
                told.append((read, folded(tx, kept), kept.due_on, kept.paused))
            engine.dispose()
    assert told[0] == told[1]
    assert len(told[0][0]) > 4


@pytest.fixture
def waiting(tx: Session, clerk: Officer, director: Officer) -> Case:
    """A case of Monday the 2nd, due on the 10th, whose clock stands since Wednesday the 4th."""
    choose(tx, "supplement_stops_clock", "yes")
    case = make_case(tx, now=MONDAY)
    ask(tx, case, clerk, MONDAY + 2 * DAY)
    assert (case.status, case.paused) == (Status.AWAITING_SUPPLEMENT, True)
    return case


def test_particulars_start_the_clock_again(tx: Session, waiting: Case) -> None:
    handling.add_information(tx, waiting.case_no, "照片", now=MONDAY + 16 * DAY)
    assert (waiting.paused, waiting.due_on) == (False, date(2026, 11, 24))


def test_particulars_start_the_clock_again_after_a_reassignment(
    tx: Session, waiting: Case, director: Officer
) -> None:
    """Another handler while particulars are awaited: the clock may not stand for good."""
    handling.assign(
        tx,
        waiting.case_no,
        section="civil",
        handler="clerk",
        by=director,
        version=waiting.version,
        now=MONDAY + 3 * DAY,
    )
    handling.add_information(tx, waiting.case_no, "照片", now=MONDAY + 16 * DAY)
    assert not waiting.paused
    assert folded(tx, waiting).due_on == waiting.due_on
    assert waiting.due_on <= date(2026, 11, 24)


def test_particulars_start_the_clock_again_after_a_split(
    tx: Session, waiting: Case, director: Officer
) -> None:
    main = make_case(tx, now=MONDAY)
    handling.merge(
        tx,
        waiting.case_no,
        into=main.case_no,
        by=director,
        version=waiting.version,
        now=MONDAY + 3 * DAY,
    )
    handling.split(tx, waiting.case_no, by=director, version=waiting.version, now=MONDAY + 4 * DAY)
    handling.add_information(tx, waiting.case_no, "照片", now=MONDAY + 16 * DAY)
    assert not waiting.paused


def test_an_answer_while_the_clock_stands_is_on_time(
    tx: Session, waiting: Case, director: Officer
) -> None:
    """Nothing came, and the office answers what it can: it was not late while it waited."""
    replied = answer(tx, waiting, director, MONDAY + 14 * DAY)
    assert waiting.replied_on is not None
    assert date.fromisoformat(replied.data["due_on"]) >= waiting.replied_on


def test_more_time_may_be_asked_for_while_the_clock_stands(
    tx: Session, waiting: Case, clerk: Officer
) -> None:
    """Asked on the 12th: the date of the 10th is not over, it stands."""
    asked = handling.ask_extension(
        tx,
        waiting.case_no,
        days=2,
        reason="等候會勘",
        by=clerk,
        version=waiting.version,
        now=MONDAY + 10 * DAY,
    )
    assert asked.state == "asked"


def test_a_clock_that_stands_is_not_overdue_in_the_figures(tx: Session, waiting: Case) -> None:
    """docs/figures.md: open_overdue are open cases whose clock still runs."""
    assert waiting.due_on < date(2026, 11, 30)
    month = figures.of_period(tx, Period.month(2026, 11), today=date(2026, 12, 1)).total
    assert (month.open_end, month.open_overdue) == (1, 0)
