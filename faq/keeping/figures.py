"""What was asked, and how well it was answered (docs/figures.md defines each figure)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from faq.keeping.answering import Fate
from faq.keeping.tables import Asked
from faq.understanding.judging import Verdict

TOP = 10


@dataclass(frozen=True)
class MonthOfQuestions:
    """Counts of one period; `sure + choose + unknown == asked`."""

    asked: int
    sure: int
    choose: int
    unknown: int
    chosen: int
    none_of_these: int
    filed: int
    helpful: int
    not_helpful: int
    top_entries: list[tuple[str, int]]


def of_period(tx: Session, start: datetime, end: datetime) -> MonthOfQuestions:
    """Count the questions asked from `start` up to, not including, `end`."""
    inside = (Asked.at >= start, Asked.at < end, Asked.verdict.in_(list(Verdict)))
    verdicts = _tally(tx, Asked.verdict, inside)
    fates = _tally(tx, Asked.fate, inside)
    opinions = select(Asked.helpful, func.count()).where(*inside).group_by(Asked.helpful)
    helpful = {row[0]: row[1] for row in tx.execute(opinions)}
    most = (
        select(Asked.entry_id, func.count())
        .where(*inside, Asked.entry_id.is_not(None))
        .group_by(Asked.entry_id)
        .order_by(func.count().desc(), Asked.entry_id)
        .limit(TOP)
    )
    return MonthOfQuestions(
        asked=sum(verdicts.values()),
        sure=verdicts.get(Verdict.SURE, 0),
        choose=verdicts.get(Verdict.CHOOSE, 0),
        unknown=verdicts.get(Verdict.UNKNOWN, 0),
        chosen=fates.get(Fate.CHOSEN, 0),
        none_of_these=fates.get(Fate.NONE_OF_THESE, 0),
        filed=fates.get(Fate.FILED, 0),
        helpful=helpful.get(True, 0),
        not_helpful=helpful.get(False, 0),
        top_entries=[(str(entry), count) for entry, count in tx.execute(most)],
    )


def most_asked(tx: Session, since: datetime, limit: int) -> list[str]:
    """The entries answered or chosen most since a moment, most first."""
    rows = (
        select(Asked.entry_id)
        .where(Asked.at >= since, Asked.entry_id.is_not(None))
        .group_by(Asked.entry_id)
        .order_by(func.count().desc(), Asked.entry_id)
        .limit(limit)
    )
    return [entry_id for entry_id in tx.scalars(rows) if entry_id]


def _tally(tx: Session, column: object, inside: tuple[object, ...]) -> dict[str, int]:
    rows = tx.execute(
        select(column, func.count()).where(*inside).group_by(column)  # type: ignore[call-overload]
    )
    return {key: count for key, count in rows if key is not None}
