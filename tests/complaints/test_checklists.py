"""The office's checklists: which steps a case has, and who keeps them."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import seeding
from complaints import checklists, handling
from complaints.checklists import LONGEST
from complaints.errors import IncompletePetition, NothingToDecide, NotPermitted
from complaints.roles import Role
from complaints.routing import Topic
from complaints.states import Kind
from complaints.tables import Case, CheckStep, Event, Officer, Section
from complaints.wording.terms import KINDS
from tests.makers import NOON, make_case, make_officer, make_section


class Undone(Exception):
    """Raised at the end of an example, so that the next finds nothing of it."""


@pytest.fixture
def by(tx: Session) -> Officer:
    return make_officer(tx, "controller", "case_controller")


@pytest.fixture
def blank(tx: Session) -> None:
    """An office that retired whatever the program brought along."""
    tx.execute(update(CheckStep).values(active=False))


def add(tx: Session, by: Officer, text: str, **given: Any) -> CheckStep:
    usual: dict[str, Any] = {"kind": None, "topic": None, "section": None}
    return checklists.add(tx, text=text, **(usual | given), by=by, now=NOON)


def texts(tx: Session, case: Case) -> list[str]:
    return [one.step.text for one in checklists.of_case(tx, case)]


def in_order(tx: Session) -> list[str]:
    return [one.text for one in checklists.in_use(tx)]


# --- what the program brings along


def test_every_shipped_step_is_of_a_kind_there_is_and_fits_its_column(tx: Session) -> None:
    rows = checklists.in_use(tx)
    assert rows
    assert {row.kind for row in rows} <= {kind.value for kind in KINDS}
    assert all(0 < len(row.text) <= LONGEST for row in rows)
    assert [row.place for row in rows] == list(range(1, len(rows) + 1))
    assert {Kind.RIGHTS_PROTECTION, Kind.MISCONDUCT_REPORT} <= {row.kind for row in rows}


def test_steps_are_entered_once_and_retired_ones_stay_retired(tx: Session) -> None:
    tx.execute(update(CheckStep).values(active=False))
    assert seeding.seed(tx, now=NOON).steps == 0
    assert checklists.in_use(tx) == []


# --- which steps a case has


@pytest.mark.usefixtures("blank")
def test_a_case_has_the_steps_of_its_kind_topic_and_section_and_of_all(
    tx: Session, by: Officer
) -> None:
    works = make_section(tx, "works", "工務課")
    case = make_case(tx, section="民政課")
    case.topic = Topic.DOORPLATE
    for text, of in (
        ("都要", {}),
        ("本類", {"kind": Kind.RIGHTS_PROTECTION}),
        ("本類本課", {"kind": Kind.RIGHTS_PROTECTION, "section": case.section}),
        ("本主題", {"topic": Topic.DOORPLATE}),
        ("別類", {"kind": Kind.PRAISE}),
        ("別課", {"section": works}),
        ("別主題", {"topic": Topic.ID_CARD}),
        ("本類別課", {"kind": Kind.RIGHTS_PROTECTION, "section": works}),
    ):
        add(tx, by, text, **of)
    assert texts(tx, case) == ["都要", "本類", "本類本課", "本主題"]
    case.topic = None
    assert texts(tx, case) == ["都要", "本類", "本類本課"]


def test_the_last_word_counts_with_who_when_and_why(tx: Session, by: Officer) -> None:
    case = make_case(tx)
    first, second, *_ = (one.step for one in checklists.of_case(tx, case))
    for done, remark in ((True, ""), (False, "再看一次"), (True, "已看")):
        handling.check_step(
            tx, case.case_no, step_id=first.id, done=done, remark=remark, by=by, now=NOON
        )
    ticked, untouched, *rest = checklists.of_case(tx, case)
    assert (ticked.done, ticked.by, ticked.at, ticked.remark) == (True, by.name, NOON, "已看")
    assert (untouched.step, untouched.done, untouched.by, untouched.at) == (
        second,
        False,
        None,
        None,
    )
    left = checklists.unticked([ticked, untouched, *rest])
    assert first.text not in left and left[0] == second.text


def test_a_reworded_step_keeps_the_words_it_was_ticked_by(tx: Session, by: Officer) -> None:
    case = make_case(tx)
    step = checklists.of_case(tx, case)[0].step
    before = step.text
    handling.check_step(tx, case.case_no, step_id=step.id, done=True, by=by, now=NOON)
    given: dict[str, Any] = {"kind": Kind(case.kind), "topic": None, "section": None}
    checklists.change(tx, step.id, text="換了說法", **given, by=by, now=NOON)
    now = checklists.of_case(tx, case)[0]
    assert (now.step.text, now.done, now.said) == ("換了說法", True, before)


def test_what_is_retired_is_on_no_list_and_stays_in_the_history(tx: Session, by: Officer) -> None:
    case = make_case(tx)
    step = checklists.of_case(tx, case)[0].step
    handling.check_step(tx, case.case_no, step_id=step.id, done=True, by=by, now=NOON)
    checklists.retire(tx, step.id, by=by, now=NOON)
    assert step.text not in texts(tx, case)
    told = tx.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id)).all()[-1]
    assert told.data["text"] == step.text
    with pytest.raises(NothingToDecide), tx.begin_nested():
        checklists.retire(tx, step.id, by=by, now=NOON)
    with pytest.raises(NothingToDecide):
        checklists.find(tx, step.id)


# --- keeping them


@pytest.mark.usefixtures("blank")
def test_a_step_moves_among_those_of_its_section(tx: Session, by: Officer) -> None:
    section = make_section(tx)
    rows = {name: add(tx, by, name) for name in "甲乙丙"}
    own = add(tx, by, "課內", section=section)
    last = add(tx, by, "丁")

    def move(row: CheckStep, *, up: bool) -> list[str]:
        checklists.move(tx, row.id, up=up, by=by, now=NOON)
        return in_order(tx)

    assert move(rows["乙"], up=True) == ["乙", "甲", "丙", "丁", "課內"]
    assert move(rows["乙"], up=True) == ["乙", "甲", "丙", "丁", "課內"]  # the first stays
    assert move(last, up=False) == ["乙", "甲", "丙", "丁", "課內"]
    assert move(last, up=True) == ["乙", "甲", "丁", "丙", "課內"]  # past the section's own
    assert move(own, up=True) == ["乙", "甲", "丁", "丙", "課內"]


@pytest.mark.usefixtures("blank")
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=8))
def test_any_moves_change_places_of_neighbours_and_nothing_else(
    tx: Session, moves: list[tuple[int, bool]]
) -> None:
    names = list("abcdef")
    with suppress(Undone), tx.begin_nested():
        officer = make_officer(tx, "mover", "administrator")
        rows = {name: add(tx, officer, name).id for name in names}
        for at, up in moves:
            checklists.move(tx, rows[names[at]], up=up, by=officer, now=NOON)
            other = at + (-1 if up else 1)
            if 0 <= other < len(names):
                names[at], names[other] = names[other], names[at]
        assert in_order(tx) == names
        assert [one.place for one in checklists.in_use(tx)] == [1, 2, 3, 4, 5, 6]
        raise Undone


@pytest.mark.usefixtures("blank")
def test_a_chief_keeps_the_own_sections_only(tx: Session, by: Officer) -> None:
    works = make_section(tx, "works", "工務課")
    chief = make_officer(tx, "chief", "section_chief")
    own = add(tx, chief, "本課", section=chief.section)
    general, other = add(tx, by, "全所"), add(tx, by, "別課", section=works)
    given: dict[str, Any] = {"text": "改", "kind": None, "topic": None, "by": chief, "now": NOON}
    for row in (general, other):
        for refused in (
            partial(checklists.change, section=chief.section, **given),
            partial(checklists.retire, by=chief, now=NOON),
            partial(checklists.move, up=True, by=chief, now=NOON),
        ):
            with pytest.raises(NotPermitted), tx.begin_nested():
                refused(tx, row.id)
    for section in (None, works):
        with pytest.raises(NotPermitted), tx.begin_nested():
            checklists.change(tx, own.id, section=section, **given)
        with pytest.raises(NotPermitted), tx.begin_nested():
            add(tx, chief, "新", section=section)
    assert checklists.change(tx, own.id, section=chief.section, **given).text == "改"


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_keep_steps(role: str) -> None:
    here, there = Section(id=1, code="a", name="甲"), Section(id=2, code="b", name="乙")
    one = Officer(role=role, active=True, section_id=here.id)
    everywhere = {"case_controller", "administrator"}
    assert checklists.may_keep(one, here.id) is (role in everywhere | {"section_chief"})
    assert checklists.may_keep(one, there.id) is (role in everywhere)
    assert checklists.may_keep(one, None) is (role in everywhere)
    one.section_id = None  # a chief of no section is no chief of the whole office
    assert checklists.may_keep(one, None) is (role in everywhere)
    one.active = False
    assert not checklists.may_keep(one, here.id)


@pytest.mark.parametrize("text", ["", " \n ", "長" * (LONGEST + 1)])
def test_a_step_is_one_short_line(tx: Session, by: Officer, text: str) -> None:
    with pytest.raises(IncompletePetition, match="text"), tx.begin_nested():
        add(tx, by, text)


def test_a_step_is_kept_on_one_line(tx: Session, by: Officer) -> None:
    assert add(tx, by, "  一\n二  ").text == "一 二"
    assert len(add(tx, by, "長" * LONGEST).text) == LONGEST
