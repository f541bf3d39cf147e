"""The yearly satisfaction questionnaire: opened, filled in by everybody once, counted, analysed.

A filled-in questionnaire names nobody: it is found again by a keyed mark, another one each year.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Any, Self

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.clock.workdays import office_date
from complaints.errors import ComplaintError
from complaints.measuring.opinions import GRADES, LEAST_ANSWERS, Opinion
from complaints.measuring.tables import Filled, Questionnaire
from complaints.tables import Officer
from data import sealing
from data.database import insert_if_absent
from data.masking import mask
from data.outbox import Address

QUOTA = 360  # questionnaires a year
MOST_QUESTIONS, MOST_CHOICES = 20, 9
LONGEST_TITLE, LONGEST_LABEL, LONGEST_ANSWER = 100, 200, 2_000  # characters
ENTERED_WITHIN = timedelta(days=30)  # after the last day: paper is typed in later
NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")  # fits into a button's token
FIRST_YEAR, LAST_YEAR = 2017, 2199
HIDDEN = f"填答未滿 {LEAST_ANSWERS} 份，不公開"


class UnknownQuestionnaire(ComplaintError):
    """No questionnaire of this year."""


class AlreadyOpened(ComplaintError):
    """The year has its questionnaire already."""


class BadQuestionnaire(ComplaintError):
    """The questionnaire cannot be opened so; `field` names what is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} will not do")
        self.field = field


class NotRunning(ComplaintError):
    """The questionnaire takes no answers on this day."""


class AlreadyFilled(ComplaintError):
    """This person has filled in the questionnaire."""


class BadAnswer(ComplaintError):
    """No answer to this question; `key` names it."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no answer to {key}")
        self.key = key


class Ask(StrEnum):
    """How a question is answered."""

    GRADE = "grade"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class Option:
    """One of the answers of a choice, in Chinese and in English."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Question:
    """A question in Chinese and in English, and how it is answered."""

    key: str
    kind: Ask
    required: bool
    zh: str
    en: str
    choices: tuple[Option, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read one; English that is missing is the Chinese. Raises KeyError, TypeError, ValueError.

        A question has a key of small letters, and a choice two to nine answers.
        """
        choices = tuple(
            Option(_name(one["code"]), _label(one["zh"]), _label(one.get("en") or one["zh"]))
            for one in data.get("choices") or ()
        )
        kind = Ask(data["kind"])
        if bool(choices) != (kind is Ask.CHOICE) or len(choices) > MOST_CHOICES:
            raise ValueError("choices")
        if len({one.code for one in choices}) < len(choices):
            raise ValueError("choices")
        zh, en = _label(data["zh"]), _label(data.get("en") or data["zh"])
        return cls(_name(data["key"]), kind, bool(data.get("required")), zh, en, choices)

    def to_json(self) -> dict[str, Any]:
        """The question as it is kept."""
        choices = [{"code": one.code, "zh": one.zh, "en": one.en} for one in self.choices]
        return {
            "key": self.key,
            "kind": self.kind.value,
            "required": self.required,
            "zh": self.zh,
            "en": self.en,
            "choices": choices,
        }

    def read(self, value: str) -> int | str | None:
        """The answer a value stands for, free text masked; None for a skipped one.

        Raises BadAnswer.
        """
        value = value.strip()
        if not value and not self.required:
            return None
        if self.kind is Ask.GRADE and value in map(str, GRADES):
            return int(value)
        if self.kind is Ask.CHOICE and value in {one.code for one in self.choices}:
            return value
        if self.kind is Ask.TEXT and value and len(value) <= LONGEST_ANSWER:
            return mask(value)
        raise BadAnswer(self.key)


@dataclass(frozen=True)
class Counted:
    """How many are finished, of how many that are wanted; `begun` are not finished."""

    finished: int
    quota: int
    begun: int
    by_channel: Mapping[str, int]  # finished ones

    def with_more(self, channel: str, times: int, *, finished: bool) -> "Counted":
        """The same with more of them from a channel that was not counted yet."""
        if not finished:
            return replace(self, begun=self.begun + times)
        by_channel = {**self.by_channel, channel: times}
        return replace(self, finished=self.finished + times, by_channel=by_channel)


@dataclass(frozen=True)
class Answered:
    """What was answered to a question; nothing but the number under LEAST_ANSWERS.

    `opinion` is of a grade, `chosen` of a choice (code to number), `texts` of own words, in an
    order that tells nobody apart. `before` is the opinion of the year before.
    """

    question: Question
    answers: int
    opinion: Opinion | None = None
    chosen: Mapping[str, int] | None = None
    texts: tuple[str, ...] = ()
    before: Opinion | None = None

    @property
    def hidden(self) -> str:
        """Why nothing is shown; empty when it is."""
        return HIDDEN if self.answers < LEAST_ANSWERS else ""

    @property
    def change(self) -> float | None:
        """How much the mean grade rose since the year before; None when one of them is hidden."""
        if self.opinion is None or self.before is None:
            return None
        now, before = self.opinion.mean, self.before.mean
        return None if now is None or before is None else now - before


# --- opening ------------------------------------------------------------------------------
def default_questions() -> list[Question]:
    """The questions that come with the program (data/rules/questionnaire.yaml)."""
    text = (files("data") / "rules" / "questionnaire.yaml").read_text(encoding="utf-8")
    return [Question.from_json(one) for one in yaml.safe_load(text)]


def open_year(
    tx: Session,
    year: int,
    *,
    title: str,
    questions: Sequence[Question],
    quota: int = QUOTA,
    opens_on: date,
    closes_on: date,
    by: Officer,
    now: datetime,
) -> Questionnaire:
    """Open the questionnaire of a year (西元), from its first to its last day, both included.

    Its questions never change from then on. Raises AlreadyOpened or BadQuestionnaire.
    """
    _check(year, title, questions, quota, opens_on, closes_on)
    _require_free(tx, year, opens_on, closes_on)
    row = Questionnaire(
        year=year,
        title=title.strip(),
        questions=[one.to_json() for one in questions],
        quota=quota,
        opens_on=opens_on,
        closes_on=closes_on,
        by=by.username,
        at=now,
    )
    tx.add(row)
    tx.flush()
    return row


def opened(tx: Session) -> Sequence[Questionnaire]:
    """Every questionnaire, the newest first."""
    return tx.scalars(select(Questionnaire).order_by(Questionnaire.year.desc())).all()


def of_year(tx: Session, year: int) -> Questionnaire:
    """The questionnaire of a year; raises UnknownQuestionnaire."""
    found = tx.scalar(select(Questionnaire).where(Questionnaire.year == year))
    if found is None:
        raise UnknownQuestionnaire(year)
    return found


def running(tx: Session, on: date) -> Questionnaire | None:
    """The questionnaire that citizens can fill in on a day."""
    open_then = select(Questionnaire).where(
        Questionnaire.opens_on <= on, Questionnaire.closes_on >= on
    )
    return tx.scalar(open_then)


def questions_of(questionnaire: Questionnaire) -> list[Question]:
    """Its questions in their order."""
    return [Question.from_json(one) for one in questionnaire.questions]


# --- filling in ---------------------------------------------------------------------------
def mark_of(tx: Session, questionnaire: Questionnaire, who: Address) -> str:
    """What a person's questionnaire is found by: a keyed digest that names nobody (64 hex digits).

    It differs from year to year, so that nobody's answers are put side by side.
    """
    return sealing.of(tx).mark(f"questionnaire:{questionnaire.id}:{who.channel}:{who.name}")


def filled_by(tx: Session, questionnaire: Questionnaire, mark: str) -> Filled | None:
    """What stands under a mark so far."""
    theirs = select(Filled).where(Filled.questionnaire_id == questionnaire.id, Filled.mark == mark)
    return tx.scalar(theirs)


def next_question(questionnaire: Questionnaire, filled: Filled | None) -> Question | None:
    """The first question neither answered nor skipped; None when there is none left."""
    done = filled.answers if filled else {}
    return next((one for one in questions_of(questionnaire) if one.key not in done), None)


def is_wanted_of(tx: Session, who: Address, on: date) -> bool:
    """Whether a questionnaire runs that this person has not finished."""
    questionnaire = running(tx, on)
    if questionnaire is None:
        return False
    filled = filled_by(tx, questionnaire, mark_of(tx, questionnaire, who))
    return filled is None or not filled.finished


def answer(
    tx: Session,
    questionnaire: Questionnaire,
    mark: str,
    key: str,
    value: str,
    *,
    channel: str,
    by: Officer | None = None,
    now: datetime,
) -> Filled:
    """Keep the answer to one question; until all compulsory ones are answered it may change.

    An empty value skips what is not compulsory. `by` is who enters it for somebody, for which
    there are 30 days more. Raises NotRunning, BadAnswer, AlreadyFilled.
    """
    _require_running(questionnaire, by, now)
    questions = {one.key: one for one in questions_of(questionnaire)}
    if key not in questions:
        raise BadAnswer(key)
    read = questions[key].read(value)
    filled = _held(tx, questionnaire, mark, channel, by, now)
    if filled.finished and key in filled.answers:
        raise AlreadyFilled
    filled.answers = {**filled.answers, key: read}
    filled.finished = all(one.key in filled.answers for one in questions.values() if one.required)
    filled.at = now
    tx.flush()
    return filled


def enter(
    tx: Session,
    questionnaire: Questionnaire,
    mark: str,
    given: Mapping[str, str],
    *,
    channel: str,
    by: Officer,
    now: datetime,
) -> Filled:
    """Keep a whole questionnaire taken down on paper or on the telephone.

    Raises NotRunning, AlreadyFilled, and BadAnswer also for a question that is not there or for a
    compulsory one without an answer.
    """
    _require_running(questionnaire, by, now)
    questions = questions_of(questionnaire)
    if strange := set(given) - {one.key for one in questions}:
        raise BadAnswer(min(strange))
    answers = {one.key: one.read(given.get(one.key, "")) for one in questions}
    filled = _held(tx, questionnaire, mark, channel, by, now)
    if filled.finished:
        raise AlreadyFilled
    filled.answers, filled.finished, filled.at = answers, True, now
    tx.flush()
    return filled


# --- counting -----------------------------------------------------------------------------
def count(tx: Session, questionnaire: Questionnaire) -> Counted:
    """How many are finished against the quota, and by which channel they came."""
    return counts(tx, [questionnaire])[questionnaire.id]


def counts(tx: Session, some: Sequence[Questionnaire]) -> dict[int, Counted]:
    """The same of several questionnaires, by their id."""
    of = Filled.questionnaire_id
    grouped = (
        select(of, Filled.channel, Filled.finished, func.count())
        .where(of.in_([one.id for one in some]))
        .group_by(of, Filled.channel, Filled.finished)
        .order_by(Filled.channel)
    )
    found = {one.id: Counted(0, one.quota, 0, {}) for one in some}
    for number, channel, finished, times in tx.execute(grouped):
        found[number] = found[number].with_more(channel, times, finished=finished)
    return found


def analyse(tx: Session, questionnaire: Questionnaire) -> list[Answered]:
    """What the finished questionnaires say, question by question, beside the year before."""
    given = _given(tx, questionnaire)
    last_year = select(Questionnaire).where(Questionnaire.year == questionnaire.year - 1)
    last = tx.scalar(last_year)
    before = _opinions(tx, last) if last else {}
    return [_answered(one, given, before.get(one.key)) for one in questions_of(questionnaire)]


def _answered(
    question: Question, given: Sequence[Mapping[str, Any]], before: Opinion | None
) -> Answered:
    said = [one[question.key] for one in given if one.get(question.key) is not None]
    if len(said) < LEAST_ANSWERS:
        return Answered(question, len(said), before=before)
    if question.kind is Ask.GRADE:
        opinion = Opinion.of(Counter(said), len(given))
        return Answered(question, len(said), opinion, before=before)
    if question.kind is Ask.CHOICE:
        numbers = Counter(said)
        chosen = {one.code: numbers[one.code] for one in question.choices}
        return Answered(question, len(said), chosen=chosen)
    return Answered(question, len(said), texts=tuple(sorted(said)))


def _opinions(tx: Session, questionnaire: Questionnaire) -> dict[str, Opinion]:
    """The opinions of a year that may be shown, by question."""
    given = _given(tx, questionnaire)
    answered = (_answered(one, given, None) for one in questions_of(questionnaire))
    return {one.question.key: one.opinion for one in answered if one.opinion}


def _given(tx: Session, questionnaire: Questionnaire) -> Sequence[Mapping[str, Any]]:
    finished = select(Filled.answers).where(
        Filled.questionnaire_id == questionnaire.id, Filled.finished
    )
    return tx.scalars(finished).all()


# --- inside -------------------------------------------------------------------------------
def _check(
    year: int,
    title: str,
    questions: Sequence[Question],
    quota: int,
    opens_on: date,
    closes_on: date,
) -> None:
    keys = {one.key for one in questions}
    compulsory = any(one.required for one in questions)
    wrong = {
        "year": not FIRST_YEAR <= year <= LAST_YEAR,
        "title": not 0 < len(title.strip()) <= LONGEST_TITLE,
        "questions": len(keys) < len(questions)
        or len(questions) > MOST_QUESTIONS
        or not compulsory,
        "quota": quota < 1,
        "closes_on": not opens_on <= closes_on,
        "opens_on": opens_on.year != year,
    }
    if field := next((name for name, is_wrong in wrong.items() if is_wrong), None):
        raise BadQuestionnaire(field)


def _require_free(tx: Session, year: int, opens_on: date, closes_on: date) -> None:
    """Raise AlreadyOpened, or BadQuestionnaire where another one runs on one of the days."""
    if tx.scalar(select(Questionnaire.id).where(Questionnaire.year == year)):
        raise AlreadyOpened(year)
    meets = select(Questionnaire.id).where(
        Questionnaire.opens_on <= closes_on, Questionnaire.closes_on >= opens_on
    )
    if tx.scalar(meets.limit(1)):
        raise BadQuestionnaire("opens_on")


def _require_running(questionnaire: Questionnaire, by: Officer | None, now: datetime) -> None:
    last = questionnaire.closes_on + (ENTERED_WITHIN if by else timedelta())
    if not questionnaire.opens_on <= office_date(now) <= last:
        raise NotRunning(questionnaire.year)


def _held(
    tx: Session,
    questionnaire: Questionnaire,
    mark: str,
    channel: str,
    by: Officer | None,
    now: datetime,
) -> Filled:
    """The questionnaire of this mark, begun if new, held until the transaction ends."""
    known = {"questionnaire_id": questionnaire.id, "mark": mark}
    begun = {"channel": channel, "answers": {}, "finished": False, "at": now}
    taken_by_id = by.id if by else None
    insert_if_absent(tx, Filled, **known, **begun, taken_by_id=taken_by_id)
    held = select(Filled).filter_by(**known).with_for_update()
    return tx.scalars(held.execution_options(populate_existing=True)).one()


def _name(given: Any) -> str:
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise ValueError("key")
    return given


def _label(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given.strip()) <= LONGEST_LABEL:
        raise ValueError("label")
    return given.strip()
