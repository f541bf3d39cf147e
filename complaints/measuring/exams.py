"""The monthly exam: questions and replies drawn by a seed, scored blind by other sections.

The seed and what was drawn are kept, so that anybody can draw again and find the same. A period
has one exam: nobody draws until the sample looks good.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from complaints.errors import (
    AlreadySet,
    IncompletePetition,
    NothingDrawn,
    NothingToDecide,
    NotPermitted,
    TooLate,
)
from complaints.measuring.blinding import Hiding
from complaints.measuring.following import DECIDERS
from complaints.measuring.tables import Exam, Paper
from complaints.privacy.retention import GONE
from complaints.roles import HANDLERS, Role
from complaints.states import EventKind, Kind
from complaints.tables import Case, Event, Officer, ReplyDraft, Section
from data.database import insert_if_absent

WORST, BEST, GOOD = 1, 5, 4
FEWEST_SECTIONS = 2  # with one alone nobody else could score
TREND = 6  # exams

T = TypeVar("T")
Barred = frozenset[int]  # sections
Scores = dict[str, int] | None


class PaperKind(StrEnum):
    """What is scored: an answer of the bot, or a reply of the office."""

    QUESTION = "question"
    REPLY = "reply"


CRITERIA: dict[PaperKind, tuple[str, ...]] = {
    PaperKind.QUESTION: ("right", "complete", "clear"),
    PaperKind.REPLY: ("answered", "right", "plain", "courteous"),
}


@dataclass(frozen=True)
class Question:
    """A question with the answer that was given; `section` is the name of who answers for it."""

    id: int
    shown: Mapping[str, Any]
    section: str | None = None


@dataclass(frozen=True)
class DrawnReply:
    """A reply as it was sent, without anything that tells whose it is or who wrote it.

    `author` is the section of who wrote it; none of `barred` may score it.
    """

    id: int  # of the event
    text: str
    points: tuple[str, ...]
    kind: str
    author: int
    barred: Barred


@dataclass(frozen=True)
class OfKind:
    """The scores of one kind of papers: means by criterion, and the share that is good throughout.

    None where nothing is scored yet. Good is 4 or better by every criterion.
    """

    number: int
    scored: int
    means: Mapping[str, float | None]
    good: float | None


@dataclass(frozen=True)
class ExamResult:
    """What became of an exam so far."""

    period: str
    seed: int
    number: int
    scored: int
    questions: OfKind
    replies: OfKind

    @property
    def closed(self) -> bool:
        """Whether every paper is scored; then nothing is scored again."""
        return self.scored == self.number


# --- drawing --------------------------------------------------------------------------------
def draw_replies(
    tx: Session, *, start: datetime, end: datetime, seed: int, number: int
) -> list[DrawnReply]:
    """Draw replies sent from `start` up to, not including, `end`: all where there are fewer.

    Never of confidential cases, reports of misconduct, or cases whose content was destroyed. A
    reply that went to several merged cases is one. Names, contacts, numbers of cases and sections
    are hidden. The same seed and rows give the same replies in the same order.
    """
    chosen = _shuffled(_sent(tx, start, end), seed)[:number]
    found = select(Event).where(Event.id.in_(chosen)).options(joinedload(Event.case))
    rows = {row.id: row for row in tx.scalars(found)}
    authors = _authors(tx, rows.values())
    hiding = Hiding.of(tx)
    return [_reply(tx, rows[one], authors, hiding) for one in chosen]


def set_exam(
    tx: Session,
    period_key: str,
    seed: int,
    questions: Sequence[Question],
    replies: Sequence[DrawnReply],
    *,
    by: Officer,
    now: datetime,
) -> Exam:
    """Keep what was drawn as the exam of a period: numbered anew by the seed, with its scorers.

    A scorer is a section with people, never the author's or the owner's, each as many papers as
    may be; None is the case controller. Raises NotPermitted, NothingDrawn, or AlreadySet.
    """
    if not by.active or Role(by.role) not in DECIDERS:
        raise NotPermitted("exam")
    papers = _papers(tx, questions, replies)
    if not papers:
        raise NothingDrawn(period_key)
    if not insert_if_absent(tx, Exam, period=period_key, seed=seed, by=by.username, at=now):
        raise AlreadySet(period_key)
    exam = tx.scalars(select(Exam).where(Exam.period == period_key)).one()
    given = spread([barred for _, barred in papers], _scorers(tx))
    for (paper, _), scorer in zip(papers, given, strict=True):
        paper.exam_id, paper.scorer_id = exam.id, scorer
    for number, paper in enumerate(_shuffled([paper for paper, _ in papers], seed), 1):
        paper.number = number
        tx.add(paper)
    tx.flush()
    return exam


def spread(barred: Sequence[Collection[int]], sections: Sequence[int]) -> list[int | None]:
    """A section for each paper, as evenly as may be, and never one that is barred from it.

    None where no other is left, and everywhere when there are fewer than two sections.
    """
    given: list[int | None] = [None] * len(barred)
    load = dict.fromkeys(sections if len(sections) >= FEWEST_SECTIONS else (), 0)
    for place, closed in enumerate(barred):
        if free := [one for one in load if one not in closed]:
            given[place] = min(free, key=lambda one: load[one])
            load[given[place] or 0] += 1
    while move := _fairer(given, barred, load):
        place, section = move
        load[given[place] or 0] -= 1
        load[section] += 1
        given[place] = section
    return given


# --- scoring --------------------------------------------------------------------------------
def score(
    tx: Session,
    paper_id: int,
    scores: Mapping[str, int],
    remark: str = "",
    *,
    by: Officer,
    now: datetime,
) -> Paper:
    """Score a paper, 1 to 5 by each criterion of its kind; again until the whole exam is scored.

    Raises NothingToDecide, NotPermitted for who is not of the scoring section, AlreadySet where a
    colleague scored it, TooLate when the exam is closed, or IncompletePetition naming the
    criterion.
    """
    paper = tx.get(Paper, paper_id, with_for_update={"of": Paper}, populate_existing=True)
    if paper is None:
        raise NothingToDecide(f"paper {paper_id}")
    if not is_for(paper, by):
        raise NotPermitted("score")
    if not _open_ones(tx, paper.exam_id):
        raise TooLate(f"exam {paper.exam_id}")
    if paper.scored_by_id not in (None, by.id):
        raise AlreadySet(f"paper {paper_id}")
    paper.scores = _checked(PaperKind(paper.kind), scores)
    paper.remark, paper.scored_by_id, paper.scored_at = remark.strip(), by.id, now
    tx.flush()
    return paper


def forget_replies(tx: Session, case_nos: Collection[str]) -> int:
    """Empty the papers of replies of cases that were destroyed; their scores stay."""
    events = select(Event.id).join(Case).where(Case.case_no.in_(case_nos))
    theirs = select(Paper).where(Paper.kind == PaperKind.REPLY, Paper.source_id.in_(events))
    papers = tx.scalars(theirs).all()
    for paper in papers:
        paper.shown = paper.shown | {"text": GONE, "points": []}
    tx.flush()
    return len(papers)


def is_for(paper: Paper, officer: Officer) -> bool:
    """Whether the paper is for this officer to score."""
    if not officer.active or Role(officer.role) not in HANDLERS:
        return False
    if paper.scorer_id is None:
        return Role(officer.role) is Role.CASE_CONTROLLER
    return paper.scorer_id == officer.section_id


def papers_for(tx: Session, officer: Officer) -> list[Paper]:
    """What an officer has to score or may score again, of exams not closed, in their order."""
    unscored = select(Paper.exam_id).where(Paper.scores.is_(None))
    found = (
        select(Paper)
        .join(Paper.exam)
        .where(Paper.exam_id.in_(unscored))
        .order_by(Exam.period, Paper.number)
        .options(joinedload(Paper.exam))
    )
    rows = tx.scalars(found.where(_of(officer))).all()
    return [row for row in rows if is_for(row, officer) and row.scored_by_id in (None, officer.id)]


# --- results --------------------------------------------------------------------------------
def exam_of(tx: Session, period_key: str) -> Exam:
    """The exam of a period; raises NothingToDecide."""
    exam = tx.scalar(select(Exam).where(Exam.period == period_key))
    if exam is None:
        raise NothingToDecide(f"exam {period_key}")
    return exam


def result(tx: Session, exam: Exam) -> ExamResult:
    """How the papers of an exam were scored so far."""
    return _results(tx, [exam])[0]


def trend(tx: Session, upto_period: str, number: int = TREND) -> list[ExamResult]:
    """The results of the last exams up to a period, that one included, the oldest first."""
    before = select(Exam).where(Exam.period <= upto_period).order_by(Exam.period.desc())
    return _results(tx, list(reversed(tx.scalars(before.limit(number)).all())))


def sources(exam: Exam) -> dict[PaperKind, list[int]]:
    """The numbers of the questions and replies of an exam, in order, to compare with a draw."""
    return {
        kind: sorted(paper.source_id for paper in exam.papers if paper.kind == kind)
        for kind in PaperKind
    }


# --- inside ---------------------------------------------------------------------------------
def _shuffled(rows: Iterable[T], seed: int) -> list[T]:
    # Of the dice only random() is promised to stay as it is in later versions of Python.
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    return sorted(rows, key=lambda _: dice.random())


def _sent(tx: Session, start: datetime, end: datetime) -> Sequence[int]:
    replied = (
        select(Event.id)
        .join(Event.case)
        .where(Event.kind == EventKind.REPLIED, Event.at >= start, Event.at < end)
        .where(Event.data["of"].as_string().is_(None))  # no copy for a merged case
        .where(Case.confidential.is_(False), Case.kind != Kind.MISCONDUCT_REPORT)
        .where(Case.anonymized_on.is_(None))
    )
    return tx.scalars(replied.order_by(Event.id)).all()


def _authors(tx: Session, rows: Collection[Event]) -> dict[int, int | None]:
    """The section of who wrote each draft."""
    drafts = [row.data["draft"] for row in rows]
    found = select(ReplyDraft.id, Officer.section_id).join(ReplyDraft.by)
    wrote = {row[0]: row[1] for row in tx.execute(found.where(ReplyDraft.id.in_(drafts)))}
    return {row.id: wrote.get(row.data["draft"]) for row in rows}


def _reply(
    tx: Session, row: Event, authors: Mapping[int, int | None], hiding: Hiding
) -> DrawnReply:
    own = row.case.section_id
    author = authors[row.id] or own
    hide = hiding.of_case(tx, row.case)
    return DrawnReply(
        id=row.id,
        text=hide(row.data["text"]),
        points=tuple(hide(point) for point in row.case.points),
        kind=row.case.kind,
        author=author,
        barred=frozenset({author, own}),
    )


def _papers(
    tx: Session, questions: Sequence[Question], replies: Sequence[DrawnReply]
) -> list[tuple[Paper, Barred]]:
    """Each paper with the sections that may not score it."""
    named = {name: number for number, name in tx.execute(select(Section.id, Section.name))}
    made: list[tuple[Paper, Barred]] = []
    for one in questions:
        owner = named.get(one.section or "")
        paper = _paper(PaperKind.QUESTION, one.id, dict(one.shown), owner)
        made.append((paper, frozenset({owner} if owner else ())))
    for reply in replies:
        shown = {"text": reply.text, "points": list(reply.points), "kind": reply.kind}
        made.append((_paper(PaperKind.REPLY, reply.id, shown, reply.author), reply.barred))
    return made


def _paper(kind: PaperKind, source: int, shown: dict[str, Any], author: int | None) -> Paper:
    return Paper(kind=kind, source_id=source, shown=shown, author_id=author, scores=None)


def _scorers(tx: Session) -> Sequence[int]:
    """The sections in which somebody could score."""
    there = select(Officer.section_id).where(
        Officer.active, Officer.role.in_([role.value for role in HANDLERS])
    )
    found = select(Section.id).where(Section.active, Section.id.in_(there))
    return tx.scalars(found.order_by(Section.id)).all()


def _fairer(
    given: Sequence[int | None], barred: Sequence[Collection[int]], load: Mapping[int, int]
) -> tuple[int, int] | None:
    """A paper that another section with at least two fewer could take; None when all is even."""
    for place, has in enumerate(given):
        for section in load:
            even = has is None or load[has] - load[section] < 2
            if not even and section not in barred[place]:
                return place, section
    return None


def _checked(kind: PaperKind, scores: Mapping[str, int]) -> dict[str, int]:
    for name in CRITERIA[kind]:
        if not WORST <= scores.get(name, 0) <= BEST:
            raise IncompletePetition(name)
    if unknown := set(scores) - set(CRITERIA[kind]):
        raise IncompletePetition(min(unknown))
    return {name: scores[name] for name in CRITERIA[kind]}


def _open_ones(tx: Session, exam_id: int) -> bool:
    waiting = select(Paper.id).where(Paper.exam_id == exam_id, Paper.scores.is_(None))
    return tx.scalar(waiting.limit(1)) is not None


def _of(officer: Officer) -> ColumnElement[bool]:
    if Role(officer.role) is Role.CASE_CONTROLLER:
        return (Paper.scorer_id == officer.section_id) | Paper.scorer_id.is_(None)
    return Paper.scorer_id == officer.section_id


def _results(tx: Session, exams: Sequence[Exam]) -> list[ExamResult]:
    rows = select(Paper.exam_id, Paper.kind, Paper.scores)
    papers: dict[int, list[tuple[str, Scores]]] = {exam.id: [] for exam in exams}
    for exam_id, kind, scores in tx.execute(rows.where(Paper.exam_id.in_(papers))):
        papers[exam_id].append((kind, scores))
    return [_result(exam, papers[exam.id]) for exam in exams]


def _result(exam: Exam, papers: Sequence[tuple[str, Scores]]) -> ExamResult:
    return ExamResult(
        period=exam.period,
        seed=exam.seed,
        number=len(papers),
        scored=sum(scores is not None for _, scores in papers),
        questions=_of_kind(PaperKind.QUESTION, papers),
        replies=_of_kind(PaperKind.REPLY, papers),
    )


def _of_kind(kind: PaperKind, papers: Sequence[tuple[str, Scores]]) -> OfKind:
    mine = [scores for one, scores in papers if one == kind]
    scored = [scores for scores in mine if scores is not None]
    n = len(scored)
    good = sum(min(one.values()) >= GOOD for one in scored)
    sums = {name: sum(one[name] for one in scored) for name in CRITERIA[kind]}
    means = {name: _share(total, n) for name, total in sums.items()}
    return OfKind(number=len(mine), scored=n, means=means, good=_share(good, n))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
