"""Answers that end or are to be looked at again: whoever looks after them is told."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import Session

from complaints import reminders
from complaints.clock.workdays import office_date
from complaints.roles import Role
from complaints.tables import Officer, Section
from complaints.wording.terms import roc_date
from data.database import reading, transaction
from faq.keeping import learning
from faq.keeping.tables import Entry

AHEAD = timedelta(days=30)
SHOWN = 5  # entries named in a line
EDITORS = (Role.FAQ_EDITOR, Role.CASE_CONTROLLER)
KIND = "answers_due"


class _Word(NamedTuple):
    """Something an officer is to be told, and the key it is told once under."""

    officer: Officer
    key: str
    text: str


def tell_owners(engine: Engine, *, now: datetime) -> int:
    """Tell editors, and chiefs of their own section's answers, in office hours; how many words.

    Once a week what ends or is to be reviewed within thirty days or is overdue, and once each
    answer that has ended and is withheld from citizens since.
    """
    with reading(engine) as tx:
        if not reminders.is_open(tx, now=now):
            return 0
        words = [one for one in _words(tx, office_date(now)) if _is_new(tx, one)]
    if not words:
        return 0
    with transaction(engine) as tx:
        return sum(
            reminders.tell(tx, [one.officer], KIND, one.key, one.text, now=now) for one in words
        )


def editors(tx: Session) -> Sequence[Officer]:
    """Who looks after every answer."""
    every = select(Officer).where(Officer.active, Officer.role.in_(EDITORS))
    return tx.scalars(every.order_by(Officer.id)).all()


def _is_new(tx: Session, word: _Word) -> bool:
    return not reminders.is_told(tx, word.key, word.officer)


def _words(tx: Session, today: date) -> Iterator[_Word]:
    due = learning.due(tx, today + AHEAD)
    if not due:
        return
    year, week, _ = today.isocalendar()
    for officer, section in _owners(tx):
        own = [one for one in due if section is None or one.section == section]
        if coming := [one for one in own if not _has_ended(one, today)]:
            yield _Word(officer, f"answers-due:{year}-{week}", _line(coming))
        for one in own:
            if one.valid_until and today - AHEAD <= one.valid_until < today:
                key = f"answer-ended:{one.id}:{one.valid_until}"
                yield _Word(officer, key, _ended(one, one.valid_until))


def _owners(tx: Session) -> list[tuple[Officer, str | None]]:
    """Editors, for every answer, and chiefs, each with the name of the section."""
    rows = tx.execute(
        select(Officer, Section.name)
        .outerjoin(Section, Section.id == Officer.section_id)
        .where(Officer.active)
        .where(or_(Officer.role.in_(EDITORS), Officer.role == Role.SECTION_CHIEF))
        .order_by(Officer.id)
    )
    return [(who, None if who.role in EDITORS else name or "") for who, name in rows]


def _has_ended(entry: Entry, today: date) -> bool:
    return entry.valid_until is not None and entry.valid_until < today


def _line(entries: Sequence[Entry]) -> str:
    named = "、".join(f"{one.label} {_when(one)}" for one in entries[:SHOWN])
    more = "等" if len(entries) > SHOWN else ""
    return f"題庫有 {len(entries)} 題將到期或該複查：{named}{more}，請到「題庫」檢視。"


def _when(entry: Entry) -> str:
    if entry.valid_until and (not entry.review_on or entry.valid_until <= entry.review_on):
        return f"{roc_date(entry.valid_until)}到期"
    return f"{roc_date(entry.review_on)}前複查" if entry.review_on else ""


def _ended(entry: Entry, ended_on: date) -> str:
    return f"題目「{entry.label}」已於 {roc_date(ended_on)}到期，不再回答民眾，請更新或下架。"
