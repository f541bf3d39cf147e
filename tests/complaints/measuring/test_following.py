"""What a meeting decided is followed until it is done, and an old report can be made again."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import tasks
from complaints.clock import calendars
from complaints.clock.workdays import TAIPEI, office_date
from complaints.errors import (
    CalendarMissing,
    IncompletePetition,
    NothingToDecide,
    NotPermitted,
    UnknownSection,
)
from complaints.measuring import following
from complaints.measuring.following import Followed, State
from complaints.measuring.tables import Decision
from complaints.tables import Officer, Task
from complaints.tasks import TaskKind
from tests.admin_api.staff import counting
from tests.makers import NOON, make_officer, make_section

DAY = timedelta(days=1)
TODAY = date(2026, 11, 26)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture
def head(tx: Session) -> Officer:
    return make_officer(tx, "head", "director")


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "clerk", "clerk", "works")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=TAIPEI)


def decide(
    tx: Session, by: Officer, *, on: date = TODAY, due: date = LAST, text: str = "清查騎樓"
) -> Decision:
    make_section(tx, "works", "works課")
    given: dict[str, Any] = {"period": "2026-10", "text": text, "section": "works", "due_on": due}
    return following.decide(tx, **given, by=by, now=noon(on))


def told(found: list[Followed]) -> dict[str, tuple[str, int]]:
    return {one.decision.text: (one.state.value, one.days_late) for one in found}


# --- deciding -------------------------------------------------------------------------------
def test_a_decision_is_kept_with_who_and_until_when(tx: Session, head: Officer) -> None:
    row = decide(tx, head, text=" 清查騎樓 ")
    assert (row.text, row.section.code, row.due_on) == ("清查騎樓", "works", LAST)
    assert (row.period, row.state, row.by, row.at) == ("2026-10", "open", "head", NOON)
    assert following.decision_of(tx, row.id) is row
    with pytest.raises(NothingToDecide):
        following.decision_of(tx, row.id + 1)


def test_what_cannot_be_followed_is_refused(tx: Session, head: Officer) -> None:
    for wrong, field in (({"text": " "}, "text"), ({"due": TODAY - DAY}, "due_on")):
        with pytest.raises(IncompletePetition) as refused:
            decide(tx, head, **wrong)
        assert refused.value.field == field
    with pytest.raises(CalendarMissing):
        decide(tx, head, due=date(2099, 1, 1))
    make_section(tx, "works").active = False
    tx.flush()
    with pytest.raises(UnknownSection):
        decide(tx, head)
    assert tx.scalars(select(Decision)).all() == []


ROLES = {
    "clerk": False,
    "section_chief": False,
    "ethics": False,
    "faq_editor": False,
    "case_controller": True,
    "secretary": True,
    "director": True,
    "administrator": True,
}


@pytest.mark.parametrize(("role", "may"), ROLES.items())
def test_who_decides_and_who_drops(tx: Session, head: Officer, role: str, may: bool) -> None:
    by = make_officer(tx, role, role, "works")
    row = decide(tx, head)
    if may:
        decide(tx, by)
        assert following.drop(tx, row.id, reason="免辦", by=by, now=NOON).state == "dropped"
        return
    with pytest.raises(NotPermitted), tx.begin_nested():
        decide(tx, by)
    with pytest.raises(NotPermitted), tx.begin_nested():
        following.drop(tx, row.id, reason="免辦", by=by, now=NOON)


@pytest.mark.parametrize(
    ("role", "section", "may"),
    [
        ("clerk", "works", True),
        ("clerk", "civil", False),
        ("section_chief", "civil", False),
        ("faq_editor", "civil", False),
        ("case_controller", "civil", True),
        ("administrator", "civil", True),
    ],
)
def test_news_and_the_end_come_from_the_section_or_above(
    tx: Session, head: Officer, role: str, section: str, may: bool
) -> None:
    row, by = decide(tx, head), make_officer(tx, role, role, section)
    if may:
        following.tell_news(tx, row.id, "已會勘", by=by, now=NOON)
        done = following.finish(tx, row.id, result="清空", by=by, now=NOON)
        assert (done.state, done.ended_on, done.result) == ("done", TODAY, "清空")
        assert [one.text for one in done.news] == ["已會勘"]
        return
    with pytest.raises(NotPermitted), tx.begin_nested():
        following.tell_news(tx, row.id, "已會勘", by=by, now=NOON)
    with pytest.raises(NotPermitted), tx.begin_nested():
        following.finish(tx, row.id, result="清空", by=by, now=NOON)


def test_what_ended_is_over_and_an_empty_word_is_none(
    tx: Session, head: Officer, clerk: Officer
) -> None:
    row = decide(tx, head)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        following.tell_news(tx, row.id, " ", by=clerk, now=NOON)
    with pytest.raises(IncompletePetition), tx.begin_nested():
        following.finish(tx, row.id, result="", by=clerk, now=NOON)
    following.finish(tx, row.id, result="清空", by=clerk, now=NOON)
    for again in (row.id, row.id + 1):
        with pytest.raises(NothingToDecide), tx.begin_nested():
            following.tell_news(tx, again, "再看", by=clerk, now=NOON)
        with pytest.raises(NothingToDecide), tx.begin_nested():
            following.drop(tx, again, reason="免辦", by=head, now=NOON)


def test_a_closed_account_does_nothing(tx: Session, head: Officer, clerk: Officer) -> None:
    row = decide(tx, head)
    head.active = clerk.active = False
    with pytest.raises(NotPermitted), tx.begin_nested():
        decide(tx, head)
    with pytest.raises(NotPermitted), tx.begin_nested():
        following.tell_news(tx, row.id, "已會勘", by=clerk, now=NOON)


# --- the meeting ----------------------------------------------------------------------------
def test_a_meeting_sees_what_was_open_or_decided_since(
    tx: Session, head: Officer, clerk: Officer
) -> None:
    before = FIRST - 20 * DAY
    gone = decide(tx, head, on=before, due=FIRST, text="上月已完成")
    following.finish(tx, gone.id, result="好", by=clerk, now=noon(FIRST - DAY))
    done = decide(tx, head, on=before, due=LAST, text="本月完成")
    following.finish(tx, done.id, result="好", by=clerk, now=noon(FIRST))
    dropped = decide(tx, head, text="解除")
    following.drop(tx, dropped.id, reason="免辦", by=head, now=noon(LAST))
    decide(tx, head, on=before, due=date(2026, 11, 26), text="逾期")
    decide(tx, head, on=LAST, due=LAST, text="到期當天")
    decide(tx, head, on=LAST + DAY, due=LAST + DAY, text="下月才定")
    found = following.of_meeting(tx, LAST, FIRST)
    assert told(found) == {
        "逾期": ("late", 2),  # Friday 27 and Monday 30
        "到期當天": ("open", 0),
        "本月完成": ("done", 0),
        "解除": ("dropped", 0),
    }
    assert [one.state.value for one in found] == ["late", "open", "done", "dropped"]


def test_an_old_report_is_made_again_as_it_was(tx: Session, head: Officer, clerk: Officer) -> None:
    row = decide(tx, head, due=TODAY + DAY)
    following.tell_news(tx, row.id, "已會勘", by=clerk, now=noon(LAST))
    (then,) = following.of_meeting(tx, LAST, FIRST)
    following.tell_news(tx, row.id, "已發包", by=clerk, now=noon(LAST + DAY))
    following.finish(tx, row.id, result="完工", by=clerk, now=noon(LAST + 2 * DAY))
    (again,) = following.of_meeting(tx, LAST, FIRST)
    assert (again.state, again.days_late) == (then.state, then.days_late) == (State.LATE, 1)
    assert again.news and again.news.text == "已會勘"
    (later,) = following.of_meeting(tx, date(2026, 12, 31), date(2026, 12, 1))
    assert later.state is State.DONE
    assert later.news and later.news.text == "已發包"


days = st.integers(0, 60).map(lambda n: date(2026, 10, 1) + n * DAY)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(decided=days, takes=st.integers(0, 30), end=st.none() | days, start=days, span=days)
def test_a_decision_is_in_every_report_between_its_day_and_its_end(
    tx: Session, decided: date, takes: int, end: date | None, start: date, span: date
) -> None:
    first, last = sorted((start, span))
    with tx.begin_nested() as point:
        head = make_officer(tx, "boss", "director")
        row = decide(tx, head, on=decided, due=decided + takes * DAY)
        if end and end >= decided:
            following.finish(tx, row.id, result="好", by=head, now=noon(end))
        found = following.of_meeting(tx, last, first)
        over = row.ended_on is not None and row.ended_on < first
        assert [one.decision for one in found] == ([] if over or decided > last else [row])
        for one in found:
            ended = row.ended_on is not None and row.ended_on <= last
            late = not ended and row.due_on < last
            assert (one.state is State.LATE, one.state is State.DONE) == (late, ended)
            expected = calendars.load(tx).between(row.due_on, last) if late else 0
            assert one.days_late == expected
        point.rollback()


def test_the_list_of_today_is_late_first_and_by_section(tx: Session, head: Officer) -> None:
    decide(tx, head, text="還早")
    decide(tx, head, due=TODAY, text="逾期")
    ended = decide(tx, head, text="免辦")
    following.drop(tx, ended.id, reason="併案", by=head, now=NOON)
    tomorrow = TODAY + DAY
    assert told(following.listed(tx, tomorrow)) == {"逾期": ("late", 1), "還早": ("open", 0)}
    assert [one.decision.text for one in following.listed(tx, tomorrow)] == ["逾期", "還早"]
    assert len(following.listed(tx, tomorrow, section="works")) == 2
    assert following.listed(tx, tomorrow, section="civil") == []
    assert told(following.listed(tx, tomorrow, ended=True)) == {"免辦": ("dropped", 0)}


def test_the_list_asks_no_more_for_more_decisions(tx: Session, head: Officer) -> None:
    numbers = []
    for _ in range(2):
        row = decide(tx, head)
        following.tell_news(tx, row.id, "已會勘", by=head, now=NOON)
        tx.expire_all()
        with counting(tx.get_bind().engine) as sent:
            following.listed(tx, TODAY)
        numbers.append(len(sent))
    assert numbers[0] == numbers[1]


# --- reminding ------------------------------------------------------------------------------
def remind(tx: Session, on: date) -> int:
    return following.remind_due(tx, now=noon(on))


def test_on_its_day_a_decision_is_work_for_its_section_once(
    tx: Session, head: Officer, clerk: Officer
) -> None:
    row = decide(tx, head, due=TODAY + DAY)
    assert remind(tx, TODAY) == 0
    assert [remind(tx, TODAY + n * DAY) for n in (1, 1, 2)] == [1, 0, 0]
    (task,) = tasks.waiting(tx, section_id=clerk.section_id)
    assert (task.key, task.kind) == (f"decision:{row.id}:due", TaskKind.DECISION)
    assert (task.about, task.due_on, task.case_id) == ("清查騎樓", TODAY + DAY, None)


@pytest.mark.parametrize("dropped", [False, True])
def test_the_work_ends_with_the_decision(tx: Session, head: Officer, dropped: bool) -> None:
    row = decide(tx, head, due=TODAY)
    assert remind(tx, TODAY) == 1
    if dropped:
        following.drop(tx, row.id, reason="免辦", by=head, now=NOON)
    else:
        following.finish(tx, row.id, result="免辦", by=head, now=NOON)
    (task,) = tx.scalars(select(Task)).all()
    assert (task.done_by_id, task.result) == (head.id, "免辦")
    assert office_date(task.done_at or NOON) == TODAY


def test_what_ended_before_its_day_is_nobodys_work(tx: Session, head: Officer) -> None:
    row = decide(tx, head, due=TODAY)
    following.finish(tx, row.id, result="好", by=head, now=NOON)
    assert remind(tx, TODAY + DAY) == 0
