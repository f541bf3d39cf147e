"""The monthly exam: drawn by a seed, scored blind by others, and what came of it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling
from complaints.errors import (
    AlreadySet,
    IncompletePetition,
    NothingDrawn,
    NothingToDecide,
    NotPermitted,
    TooLate,
)
from complaints.measuring import exams
from complaints.measuring.exams import CRITERIA, PaperKind, Question, draw_replies, spread
from complaints.measuring.tables import Exam, Paper
from complaints.privacy import retention
from complaints.states import EventKind, Kind, Outcome
from complaints.tables import Case, Event, Officer, record
from tests.admin_api.staff import counting
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONTH = {"start": START, "end": END}
FINE = {"right": 5, "complete": 4, "clear": 4}
POLITE = {"answered": 5, "right": 4, "plain": 4, "courteous": 5}


@pytest.fixture
def head(tx: Session) -> Officer:
    """The director, of no section."""
    officer = make_officer(tx, "head", "director")
    officer.section = None
    tx.flush()
    return officer


@pytest.fixture
def three(tx: Session) -> dict[str, Officer]:
    """A chief of each of three sections."""
    make_section(tx, "civil", "民政課")
    return {code: make_officer(tx, code, "section_chief", code) for code in ("civil", "a", "b")}


def replied(tx: Session, by: Officer, text: str = "已派員清除。", **given: Any) -> Event:
    """A reply as it was sent."""
    case = make_case(tx, **({"section": "民政課"} | given))
    return handling.reply(
        tx, case.case_no, text, by=by, version=case.version, now=NOON, override="試"
    )


def questions(*sections: str | None) -> list[Question]:
    return [Question(n, {"text": f"第 {n} 題"}, section=name) for n, name in enumerate(sections, 1)]


def set_exam(
    tx: Session, by: Officer, *, seed: int = 3, period: str = "2026-11", **given: Any
) -> Exam:
    asked, sent = given.get("questions", ()), given.get("replies", ())
    return exams.set_exam(tx, period, seed, asked, sent, by=by, now=NOON)


def papers(tx: Session) -> list[Paper]:
    return list(tx.scalars(select(Paper).order_by(Paper.exam_id, Paper.number)))


# --- drawing --------------------------------------------------------------------------------
def test_only_replies_of_the_period_are_drawn(tx: Session, head: Officer) -> None:
    inside = replied(tx, head)
    case = make_case(tx, section="民政課")
    told: dict[str, Any] = {"text": "好", "draft": 0}
    last = record(tx, case, EventKind.REPLIED, now=END - timedelta(seconds=1), **told)
    record(tx, case, EventKind.REPLIED, now=START - timedelta(seconds=1), **told)
    record(tx, case, EventKind.REPLIED, now=END, **told)
    record(tx, case, EventKind.INTERIM_SENT, now=NOON, text="處理中")
    found = draw_replies(tx, **MONTH, seed=1, number=20)
    assert {one.id for one in found} == {inside.id, last.id}


def test_confidential_destroyed_and_copied_replies_are_never_drawn(
    tx: Session, head: Officer
) -> None:
    main, other = make_case(tx, section="民政課"), make_case(tx, section="民政課")
    handling.merge(tx, other.case_no, into=main.case_no, by=head, version=other.version, now=NOON)
    answer_case(tx, main, head)
    replied(tx, head, confidential=True)
    replied(tx, head, kind=Kind.MISCONDUCT_REPORT)
    old = make_case(tx, section="民政課")
    answer_case(tx, old, head)
    (shared, _) = sorted(draw_replies(tx, **MONTH, seed=1, number=20), key=lambda one: one.id)
    assert tx.get_one(Event, shared.id).case_id == main.id
    destroy(tx, old, head)
    assert [one.id for one in draw_replies(tx, **MONTH, seed=1, number=20)] == [shared.id]


def destroy(tx: Session, case: Case, head: Officer) -> None:
    other = make_officer(tx, "secretary", "secretary")
    given: dict[str, Any] = {
        "outcome": Outcome.RESOLVED,
        "reason": "好",
        "by": head,
        "version": case.version,
    }
    handling.close(tx, case.case_no, **given, now=NOON)
    much_later = NOON + timedelta(days=365 * 40)
    listed = retention.draw_up(tx, by=head, now=much_later)
    retention.approve(tx, listed.id, by=other, now=much_later)
    retention.destroy(tx, listed.id, now=much_later)
    assert case.anonymized_on


def test_what_is_drawn_tells_nobody_who(tx: Session, head: Officer) -> None:
    head.name = "林美麗"
    case = make_case(tx, section="民政課", content="我是王小明。騎樓堆放雜物。電話0912345678")
    text = f"王小明您好：{case.case_no} 已由民政課林美麗清除，騎樓可以走了。"
    handling.reply(tx, case.case_no, text, by=head, version=case.version, now=NOON, override="試")
    (one,) = draw_replies(tx, **MONTH, seed=1, number=20)
    assert one.text == "（姓名）您好：（案號） 已由（課室）（姓名）清除，騎樓可以走了。"
    assert "騎樓堆放雜物" in one.points
    for told in ("王小明", "0912345678", case.case_no, case.lookup_code, "林美麗", "民政課"):
        assert told not in str(one)


def test_the_same_seed_draws_the_same_replies(tx: Session, head: Officer) -> None:
    ids = [replied(tx, head).id for _ in range(8)]
    places = [ids.index(one.id) for one in draw_replies(tx, **MONTH, seed=115, number=4)]
    assert places == [3, 2, 1, 7]  # on both kinds of database
    again = draw_replies(tx, **MONTH, seed=115, number=2)
    assert [ids.index(one.id) for one in again] == places[:2]


def test_the_author_is_of_the_section_of_who_wrote_it(
    tx: Session, head: Officer, three: dict[str, Officer]
) -> None:
    case = make_case(tx, section="民政課")
    written = handling.draft(
        tx, case.case_no, "已清除。", by=three["civil"], version=1, now=NOON, answered=[1, 2, 3]
    )
    handling.approve(tx, case.case_no, written.id, by=head, version=2, now=NOON)
    handling.send(tx, case.case_no, written.id, by=head, version=3, now=NOON)
    replied(tx, head, section="a課")  # by somebody of no section: the case's
    found = {one.author: one.barred for one in draw_replies(tx, **MONTH, seed=1, number=20)}
    civil, other = three["civil"].section_id, three["a"].section_id
    assert found == {civil: {civil}, other: {other}}


# --- setting --------------------------------------------------------------------------------
def test_papers_are_numbered_anew_and_no_section_scores_its_own(
    tx: Session, head: Officer, three: dict[str, Officer]
) -> None:
    for section in ("民政課", "a課", "b課", "民政課", "a課"):
        replied(tx, head, section=section)
    drawn = draw_replies(tx, **MONTH, seed=3, number=20)
    asked = questions("民政課", "a課", None, "別所", None, None, None)
    exam = set_exam(tx, head, questions=asked, replies=drawn)
    rows = papers(tx)
    assert [row.number for row in rows] == list(range(1, 13))
    assert [row.kind for row in rows] != ["question"] * 7 + ["reply"] * 5  # not as they came
    assert all(row.scorer_id not in (None, row.author_id) for row in rows)
    assert set(Counter(row.scorer_id for row in rows).values()) == {4}
    assert (exam.period, exam.seed, exam.by, exam.at) == ("2026-11", 3, "head", NOON)
    owned = {row.source_id: row.author_id for row in rows if row.kind == "question"}
    assert owned[1] == three["civil"].section_id
    assert owned[3] is owned[4] is None


def test_a_paper_shows_the_content_and_nothing_else(
    tx: Session, head: Officer, three: dict[str, Officer]
) -> None:
    replied(tx, head)
    set_exam(tx, head, replies=draw_replies(tx, **MONTH, seed=3, number=20))
    (paper,) = papers(tx)
    assert set(paper.shown) == {"text", "points", "kind"}
    assert len(three) == 3


@pytest.mark.parametrize("others", [0, 1])
def test_with_one_section_alone_the_case_controller_scores(
    tx: Session, head: Officer, others: int
) -> None:
    make_officer(tx, "clerk", "clerk")
    for code in ("closed", "empty")[: others * 2]:
        make_section(tx, code, code).active = code == "empty"  # one closed, one without people
    gone = make_officer(tx, "gone", "clerk", "left")
    gone.active = False
    tx.flush()
    set_exam(tx, head, questions=questions("民政課", None))
    assert [row.scorer_id for row in papers(tx)] == [None, None]


def test_a_period_has_one_exam(tx: Session, head: Officer) -> None:
    set_exam(tx, head, questions=questions(None))
    with pytest.raises(AlreadySet), tx.begin_nested():
        set_exam(tx, head, seed=4, questions=questions(None, None))
    assert len(papers(tx)) == 1
    set_exam(tx, head, period="2026-12", questions=questions(None))


def test_an_exam_of_nothing_is_not_set(tx: Session, head: Officer) -> None:
    with pytest.raises(NothingDrawn):
        set_exam(tx, head)
    assert tx.scalars(select(Exam)).all() == []


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("clerk", False),
        ("section_chief", False),
        ("ethics", False),
        ("faq_editor", False),
        ("case_controller", True),
        ("secretary", True),
        ("administrator", True),
    ],
)
def test_who_may_set_an_exam(tx: Session, role: str, may: bool) -> None:
    by = make_officer(tx, role, role)
    if may:
        assert set_exam(tx, by, questions=questions(None)).by == role
        return
    with pytest.raises(NotPermitted):
        set_exam(tx, by, questions=questions(None))


SECTIONS = st.integers(0, 5)
PAPERS = st.lists(st.frozensets(st.integers(1, 5), max_size=3), max_size=40)


@given(PAPERS, SECTIONS)
def test_papers_are_spread_as_evenly_as_may_be(barred: list[frozenset[int]], many: int) -> None:
    sections = list(range(1, many + 1))
    given_to = spread(barred, sections)
    load = Counter(one for one in given_to if one is not None)
    for closed, section in zip(barred, given_to, strict=True):
        free = set(sections) - closed if many > 1 else set[int]()
        assert (section in free) if free else section is None
        assert all(load[section or 0] - load[other] < 2 for other in free)


# --- scoring --------------------------------------------------------------------------------
@pytest.fixture
def exam(tx: Session, head: Officer, three: dict[str, Officer]) -> list[Paper]:
    """Three questions, one for each section, and a reply of the section civil."""
    replied(tx, head)
    drawn = draw_replies(tx, **MONTH, seed=3, number=20)
    set_exam(tx, head, questions=questions(None, None, None), replies=drawn)
    assert len(three) == 3
    return papers(tx)


def scorer(paper: Paper, three: dict[str, Officer]) -> Officer:
    return next(one for one in three.values() if one.section_id == paper.scorer_id)


def fine(paper: Paper) -> dict[str, int]:
    return FINE if paper.kind == PaperKind.QUESTION else POLITE


def test_a_paper_is_scored_and_scored_again_until_all_are(
    tx: Session, exam: list[Paper], three: dict[str, Officer]
) -> None:
    first, *rest = exam
    me = scorer(first, three)
    exams.score(tx, first.id, fine(first), "答得好 ", by=me, now=NOON)
    assert (first.scores, first.remark, first.scored_by_id) == (fine(first), "答得好", me.id)
    exams.score(tx, first.id, dict.fromkeys(fine(first), 1), by=me, now=NOON + HOUR)
    assert (set((first.scores or {}).values()), first.scored_at) == ({1}, NOON + HOUR)
    for paper in rest:
        exams.score(tx, paper.id, fine(paper), by=scorer(paper, three), now=NOON)
    with pytest.raises(TooLate):
        exams.score(tx, first.id, fine(first), by=me, now=NOON)


def test_nobody_of_another_section_scores(
    tx: Session, exam: list[Paper], three: dict[str, Officer], head: Officer
) -> None:
    paper = exam[0]
    others = [one for one in three.values() if one.section_id != paper.scorer_id]
    code = scorer(paper, three).username
    editor = make_officer(tx, "editor", "faq_editor", code)
    closed = make_officer(tx, "closed", "clerk", code)
    closed.active = False
    for one in (*others, head, editor, closed, make_officer(tx, "control")):
        if one.section_id == paper.scorer_id and one.username == "control":
            continue
        with pytest.raises(NotPermitted), tx.begin_nested():
            exams.score(tx, paper.id, fine(paper), by=one, now=NOON)
    with pytest.raises(NothingToDecide):
        exams.score(tx, 10_000, FINE, by=head, now=NOON)


def test_a_colleagues_score_stands(
    tx: Session, exam: list[Paper], three: dict[str, Officer]
) -> None:
    paper = exam[0]
    me = scorer(paper, three)
    exams.score(tx, paper.id, fine(paper), by=me, now=NOON)
    colleague = make_officer(tx, "colleague", "clerk", me.username)
    with pytest.raises(AlreadySet):
        exams.score(tx, paper.id, fine(paper), by=colleague, now=NOON)
    assert paper not in exams.papers_for(tx, colleague)


@pytest.mark.parametrize("wrong", [0, 6, -1, None])
@pytest.mark.parametrize("kind", list(PaperKind))
def test_each_criterion_is_scored_from_1_to_5(
    tx: Session,
    exam: list[Paper],
    three: dict[str, Officer],
    kind: PaperKind,
    wrong: int | None,
) -> None:
    paper = next(one for one in exam if one.kind == kind)
    by = scorer(paper, three)
    for name in CRITERIA[kind]:
        scores = fine(paper) | {name: wrong}
        given = {key: value for key, value in scores.items() if value is not None}
        with pytest.raises(IncompletePetition) as refused, tx.begin_nested():
            exams.score(tx, paper.id, given, by=by, now=NOON)
        assert refused.value.field == name
    with pytest.raises(IncompletePetition):
        exams.score(tx, paper.id, fine(paper) | {"beauty": 5}, by=by, now=NOON)
    assert tx.get_one(Paper, paper.id).scores is None


def test_who_sees_what_is_theirs_to_score(
    tx: Session, exam: list[Paper], three: dict[str, Officer], head: Officer
) -> None:
    for one in three.values():
        mine = exams.papers_for(tx, one)
        assert [row.id for row in mine] == [
            row.id for row in exam if row.scorer_id == one.section_id
        ]
    assert exams.papers_for(tx, head) == []
    for paper in exam:
        exams.score(tx, paper.id, fine(paper), by=scorer(paper, three), now=NOON)
    assert [exams.papers_for(tx, one) for one in three.values()] == [[], [], []]


def test_what_is_for_no_section_is_for_the_case_controller(tx: Session, head: Officer) -> None:
    control = make_officer(tx, "control")
    clerk = make_officer(tx, "clerk", "clerk")
    set_exam(tx, head, questions=questions(None))
    (paper,) = exams.papers_for(tx, control)
    assert exams.papers_for(tx, clerk) == []
    with pytest.raises(NotPermitted), tx.begin_nested():
        exams.score(tx, paper.id, FINE, by=clerk, now=NOON)
    exams.score(tx, paper.id, FINE, by=control, now=NOON)


# --- results --------------------------------------------------------------------------------
def test_a_result_by_hand(tx: Session, head: Officer) -> None:
    control = make_officer(tx, "control")
    exam = set_exam(tx, head, questions=questions(None, None, None))
    marks = ({"right": 5, "complete": 4, "clear": 4}, {"right": 2, "complete": 5, "clear": 3})
    for paper, scores in zip(papers(tx), marks, strict=False):
        exams.score(tx, paper.id, scores, by=control, now=NOON)
    got = exams.result(tx, exam)
    assert (got.period, got.seed, got.number, got.scored, got.closed) == ("2026-11", 3, 3, 2, False)
    asked = got.questions
    assert (asked.number, asked.scored, asked.good) == (3, 2, 0.5)
    assert asked.means == {"right": 3.5, "complete": 4.5, "clear": 3.5}
    sent = got.replies
    assert (sent.number, sent.scored, sent.good) == (0, 0, None)
    assert set(sent.means.values()) == {None}


def test_the_trend_ends_with_the_period_asked_for(tx: Session, head: Officer) -> None:
    months = [f"2026-{n:02}" for n in range(3, 12)]
    for month in reversed(months):
        set_exam(tx, head, period=month, questions=questions(None))
    assert [one.period for one in exams.trend(tx, "2026-10")] == months[2:8]
    assert [one.period for one in exams.trend(tx, "2026-10", 2)] == months[6:8]
    assert exams.trend(tx, "2025-12") == []
    assert exams.exam_of(tx, "2026-05").period == "2026-05"
    with pytest.raises(NothingToDecide):
        exams.exam_of(tx, "2026-01")


def test_the_trend_asks_no_more_for_more_exams(tx: Session, head: Officer) -> None:
    numbers = []
    for month in ("2026-10", "2026-11"):
        set_exam(tx, head, period=month, questions=questions(None, None))
        with counting(tx.get_bind().engine) as sent:
            exams.trend(tx, "2026-12")
        numbers.append(len(sent))
    assert numbers == [2, 2]


def test_what_was_drawn_can_be_compared(tx: Session, exam: list[Paper]) -> None:
    reply = next(one for one in exam if one.kind == PaperKind.REPLY)
    found = exams.sources(exams.exam_of(tx, "2026-11"))
    assert found == {PaperKind.QUESTION: [1, 2, 3], PaperKind.REPLY: [reply.source_id]}


def test_a_destroyed_cases_reply_leaves_its_paper(tx: Session) -> None:
    """What the law destroys stays nowhere, blinded or not; the scores remain."""
    head = make_officer(tx, "destroys", "director")
    case = make_case(tx)
    answer_case(tx, case, head)
    other = make_case(tx)
    answer_case(tx, other, head)
    drawn = exams.draw_replies(tx, start=NOON - DAYS, end=NOON + DAYS, seed=1, number=9)
    made = exams.set_exam(tx, "2026-11", 1, [], drawn, by=head, now=NOON)
    assert exams.forget_replies(tx, [case.case_no]) == 1
    shown = {paper.source_id: paper.shown["text"] for paper in made.papers}
    assert sorted(text.startswith("（依保存年限") for text in shown.values()) == [False, True]


DAYS = timedelta(days=2)
