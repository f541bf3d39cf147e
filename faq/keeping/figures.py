"""What was asked, and how well it was answered (docs/figures.md defines each figure)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from faq.keeping.answering import Fate
from faq.keeping.editing import TAIPEI
from faq.keeping.tables import Asked, Entry
from faq.understanding.judging import Verdict

TOP = 10
SETTLED_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class MonthOfQuestions:
    """Counts of one period; `sure + choose + unknown == asked`.

    An answer is settled when the citizen did not say it was of no help, and within three days
    neither asked what led to the same entry nor filed a petition.
    """

    asked: int
    sure: int
    choose: int
    unknown: int
    chosen: int
    none_of_these: int
    filed: int
    helpful: int
    not_helpful: int
    settled: int
    asked_again: int
    filed_after: int
    outside_hours: int
    honest_rate: float | None
    unknown_rate: float | None
    outside_rate: float | None
    overdue_for_review: int
    by_channel: dict[str, int]
    top_entries: list[tuple[str, int]]


class _Question(NamedTuple):
    """A question as the figures read it."""

    at: datetime
    asker: str
    verdict: str
    entry_id: str | None
    offered: list[str]
    helpful: bool | None
    fate: str | None

    @property
    def is_answered(self) -> bool:
        return self.verdict == Verdict.SURE or self.fate == Fate.CHOSEN


def of_period(
    tx: Session,
    start: datetime,
    end: datetime,
    *,
    filings: Iterable[tuple[str, datetime]] = (),
    outside: Callable[[datetime], bool] = lambda _: False,
    today: date = date.max,
) -> MonthOfQuestions:
    """Count the questions asked from `start` up to, not including, `end`.

    `filings` are who (asker) filed a petition when, also in the three days after; `outside` tells
    whether the office was shut at a moment. No review is overdue later than `today`.
    """
    rows = _questions(tx, start, end + SETTLED_AFTER)
    inside = [row for row in rows if row.at < end]
    verdicts, fates = Counter(row.verdict for row in inside), Counter(row.fate for row in inside)
    fortunes = Counter(_fortunes(rows, end, filings))
    entries = Counter(row.entry_id for row in inside if row.entry_id)
    shut = sum(outside(row.at) for row in inside)
    last = (end - timedelta(seconds=1)).astimezone(TAIPEI).date()
    return MonthOfQuestions(
        asked=len(inside),
        sure=verdicts[Verdict.SURE],
        choose=verdicts[Verdict.CHOOSE],
        unknown=verdicts[Verdict.UNKNOWN],
        chosen=fates[Fate.CHOSEN],
        none_of_these=fates[Fate.NONE_OF_THESE],
        filed=fates[Fate.FILED],
        helpful=sum(row.helpful is True for row in inside),
        not_helpful=sum(row.helpful is False for row in inside),
        settled=fortunes["settled"],
        asked_again=fortunes["asked_again"],
        filed_after=fortunes["filed_after"],
        outside_hours=shut,
        honest_rate=_share(fortunes["settled"], len(inside)),
        unknown_rate=_share(verdicts[Verdict.UNKNOWN], len(inside)),
        outside_rate=_share(shut, len(inside)),
        overdue_for_review=overdue_for_review(tx, min(last, today)),
        by_channel=dict(sorted(Counter(row.asker.split(":")[0] for row in inside).items())),
        top_entries=sorted(entries.items(), key=lambda one: (-one[1], one[0]))[:TOP],
    )


def overdue_for_review(tx: Session, on: date) -> int:
    """How many published entries should have been reviewed before this day."""
    late = select(func.count()).select_from(Entry)
    return tx.scalar(late.where(Entry.retired.is_(False), Entry.review_on < on)) or 0


def _questions(tx: Session, start: datetime, end: datetime) -> list[_Question]:
    columns = (
        Asked.at,
        Asked.asker,
        Asked.verdict,
        Asked.entry_id,
        Asked.offered,
        Asked.helpful,
        Asked.fate,
    )
    judged = Asked.verdict.in_(list(Verdict))
    rows = select(*columns).where(Asked.at >= start, Asked.at < end, judged).order_by(Asked.id)
    return [_Question(*row) for row in tx.execute(rows)]


def _fortunes(
    rows: Iterable[_Question], end: datetime, filings: Iterable[tuple[str, datetime]]
) -> Iterator[str]:
    """What became of each answered question before `end`, told by the first reason that fits."""
    later: defaultdict[str, list[_Question]] = defaultdict(list)
    for row in rows:
        later[row.asker].append(row)
    filed: defaultdict[str, list[datetime]] = defaultdict(list)
    for asker, at in filings:
        filed[asker].append(at)
    for asker, asked in later.items():
        for number, row in enumerate(asked):
            if row.is_answered and row.at < end:
                yield _fortune(row, asked[number + 1 :], filed[asker])


def _fortune(row: _Question, later: Iterable[_Question], filed: Iterable[datetime]) -> str:
    until = row.at + SETTLED_AFTER
    if row.helpful is False:
        return "not_helpful"
    if any(one.at <= until and row.entry_id in {one.entry_id, *one.offered} for one in later):
        return "asked_again"
    if any(row.at <= at <= until for at in filed):
        return "filed_after"
    return "settled"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


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
