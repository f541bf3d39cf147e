"""Questions drawn by a seed: the same ones each time, and what was really answered."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from faq.keeping import sampling
from faq.keeping.answering import BROWSED, Fate
from faq.keeping.editing import change, create
from faq.keeping.sampling import Drawn, draw
from faq.keeping.tables import Entry
from faq.understanding.judging import Verdict
from tests.admin_api.staff import counting
from tests.faq.entries import keep_only_small, make_asked, make_content
from tests.makers import NOON

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONTH = {"start": START, "end": END}


@pytest.fixture(autouse=True)
def _small(tx: Session) -> None:
    keep_only_small(tx)


def drawn(tx: Session, seed: int = 7, number: int = 50) -> list[Drawn]:
    return draw(tx, **MONTH, seed=seed, number=number)


def test_only_questions_of_the_period_that_were_judged_are_drawn(tx: Session) -> None:
    inside = [
        make_asked(tx, START).id,
        make_asked(tx, END - timedelta(microseconds=1), cue="troubled").id,
        make_asked(tx, verdict=Verdict.UNKNOWN, cue="complaint", fate=Fate.FILED).id,
    ]
    make_asked(tx, START - timedelta(microseconds=1))
    make_asked(tx, END)
    make_asked(tx, verdict=BROWSED, text="")
    assert sorted(one.id for one in drawn(tx)) == inside


@pytest.mark.parametrize("cue", ["crisis", "emergency", "violence", "fraud"])
def test_an_emergency_is_never_drawn(tx: Session, cue: str) -> None:
    make_asked(tx, text="", cue=cue)  # as it is kept
    make_asked(tx, text="救命", cue=cue)
    assert drawn(tx) == []


def test_the_asker_is_nowhere_in_what_is_drawn(tx: Session) -> None:
    make_asked(tx, asker="telegram:4711")
    (one,) = drawn(tx)
    assert "4711" not in str(one)
    assert {field.name for field in fields(one)}.isdisjoint({"asker", "confidence", "at"})


def test_the_same_seed_draws_the_same_in_the_same_order_everywhere(tx: Session) -> None:
    ids = [make_asked(tx).id for _ in range(12)]
    places = [ids.index(one.id) for one in drawn(tx, seed=115, number=5)]
    assert places == [3, 2, 1, 10, 11]  # the same numbers on both kinds of database
    assert [ids.index(one.id) for one in drawn(tx, seed=116, number=5)] != places
    assert [ids.index(one.id) for one in drawn(tx, seed=115, number=3)] == places[:3]


def test_where_there_are_fewer_all_are_drawn(tx: Session) -> None:
    ids = {make_asked(tx).id for _ in range(3)}
    assert {one.id for one in drawn(tx, number=50)} == ids
    assert drawn(tx, number=0) == []


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.integers(1, 10_000), unique=True), st.integers(0, 2**31), st.integers(0, 60))
def test_a_draw_holds_each_once_and_no_more_than_asked(
    ids: list[int], seed: int, number: int
) -> None:
    chosen = sampling._pick(ids, seed, number)
    assert len(chosen) == len(set(chosen)) == min(number, len(ids))
    assert set(chosen) <= set(ids)
    assert chosen == sampling._pick(ids, seed, number)


def test_every_question_has_the_same_chance() -> None:
    times = dict.fromkeys(range(10), 0)
    for seed in range(3_000):
        for one in sampling._pick(range(10), seed, 3):
            times[one] += 1
    assert all(800 < often < 1_000 for often in times.values())  # 900 each, were it exact


def test_the_answer_is_told_as_it_was_published_then(tx: Session) -> None:
    create(tx, "fee", make_content(answer="規費 50 元。"), by="a", now=NOON)
    before = make_asked(tx, NOON + HOUR, verdict=Verdict.SURE, entry_id="fee", offered=["fee"]).id
    new = make_content(answer="規費 60 元。")
    change(tx, "fee", new, version=1, by="a", now=NOON + 2 * HOUR)
    since = make_asked(tx, NOON + 2 * HOUR, verdict=Verdict.SURE, entry_id="fee").id
    newest = make_content(answer="規費 70 元。")
    change(tx, "fee", newest, version=2, by="a", now=NOON + 3 * HOUR)
    older = make_asked(tx, NOON - HOUR, verdict=Verdict.SURE, entry_id="fee").id
    told = {one.id: one.answer.answer for one in drawn(tx) if one.answer}
    assert told == {before: "規費 50 元。", since: "規費 60 元。", older: "規費 70 元。"}


def test_what_was_offered_and_what_was_picked_is_told(tx: Session) -> None:
    offered = ["move-in", "move-out", "gone"]
    make_asked(tx, verdict=Verdict.CHOOSE, offered=offered, entry_id="move-in", fate=Fate.CHOSEN)
    (one,) = drawn(tx)
    labels = [tx.get_one(Entry, name).label for name in offered[:2]]
    assert one.offered == tuple(labels)
    assert one.answer is not None and one.answer.label == labels[0]
    assert one.answer.section == "登記課"


def test_of_a_question_nobody_could_answer_there_is_no_answer(tx: Session) -> None:
    make_asked(tx, verdict=Verdict.UNKNOWN)
    make_asked(tx, verdict=Verdict.SURE, entry_id="never-was")
    assert [(one.answer, one.offered) for one in drawn(tx)] == [(None, ()), (None, ())]


def test_a_draw_asks_no_more_of_the_database_for_more_questions(tx: Session) -> None:
    numbers = []
    for _ in range(2):
        for entry in ("move-in", "move-out", "seal-cert"):
            make_asked(tx, verdict=Verdict.SURE, entry_id=entry)
        tx.expire_all()
        with counting(tx.get_bind().engine) as sent:
            drawn(tx)
        numbers.append(len(sent))
    assert numbers[0] == numbers[1]
