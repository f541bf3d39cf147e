"""The office's own test set, and trying a change on it before it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.errors import AnswersWorse, StaleEntry, UnknownEntry, UnknownTrial
from faq.keeping.answering import understand
from faq.keeping.editing import hold_index
from faq.keeping.index import Index, Translated, build
from faq.keeping.tables import Entry, TrialQuestion
from faq.understanding.judging import Verdict


class Grade(IntEnum):
    """How a question of the test set is answered."""

    WRONG = 0  # another entry alone, or the right one not offered
    OFFERED = 1  # the right one among others; or, where none answers, only a choice
    RIGHT = 2  # the right one alone; or, where none answers, none


@dataclass(frozen=True)
class Changed:
    """A question that a change answers better or worse."""

    text: str
    entry_id: str | None
    before: Grade
    after: Grade


@dataclass(frozen=True)
class Rehearsal:
    """What a change would do to the test set, tried on the entries of one index version."""

    index_version: int
    questions: int
    better: tuple[Changed, ...]
    worse: tuple[Changed, ...]


def admit(tx: Session, rehearsal: Rehearsal) -> None:
    """Let what was rehearsed be published.

    Raises AnswersWorse naming every question that would be answered worse, and StaleEntry when
    anything else was published since the rehearsal.
    """
    if rehearsal.worse:
        raise AnswersWorse([one.text for one in rehearsal.worse])
    if rehearsal.questions and hold_index(tx) != rehearsal.index_version:
        raise StaleEntry("published since")


def add(tx: Session, text: str, entry_id: str | None, *, by: str, now: datetime) -> TrialQuestion:
    """Add a question that this entry must answer, or, with None, no entry may; UnknownEntry."""
    if entry_id is not None and tx.get(Entry, entry_id) is None:
        raise UnknownEntry(entry_id)
    question = TrialQuestion(text=text.strip(), entry_id=entry_id, by=by, at=now)
    tx.add(question)
    tx.flush()
    return question


def remove(tx: Session, number: int) -> None:
    """Take a question out of the test set; raises UnknownTrial."""
    question = tx.get(TrialQuestion, number)
    if question is None:
        raise UnknownTrial(number)
    tx.delete(question)


def questions(tx: Session) -> Sequence[TrialQuestion]:
    """The test set in the order it was written."""
    return tx.scalars(select(TrialQuestion).order_by(TrialQuestion.id)).all()


def rehearse(
    tx: Session,
    index: Index,
    instead: Mapping[str, Entry | None],
    english: Mapping[str, Translated] = MappingProxyType({}),
) -> Rehearsal:
    """Try entries `instead` of those in service (None: retired) on the test set; keeps nothing.

    So with English texts.
    """
    asked = questions(tx)
    if not asked:
        return Rehearsal(index.version, 0, (), ())
    after = build(tx, index.version, index.words, index.model, instead, english)
    changed = [
        Changed(one.text, one.entry_id, grade(one, index), grade(one, after)) for one in asked
    ]
    better = tuple(one for one in changed if one.after > one.before)
    worse = tuple(one for one in changed if one.after < one.before)
    return Rehearsal(index.version, len(asked), better, worse)


def grade(question: TrialQuestion, index: Index) -> Grade:
    """How an index answers a question of the test set."""
    said = understand(question.text, index)
    verdict = said.judgement.verdict if said.distress is None else Verdict.UNKNOWN
    if question.entry_id is None:
        return {Verdict.SURE: Grade.WRONG, Verdict.CHOOSE: Grade.OFFERED}.get(verdict, Grade.RIGHT)
    offered = [one.entry_id for one in said.judgement.ranked]
    if verdict is Verdict.UNKNOWN or question.entry_id not in offered:
        return Grade.WRONG
    return Grade.RIGHT if verdict is Verdict.SURE else Grade.OFFERED
