"""The report of a period, gathered from both domains: only a face may join them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_api import monthly
from admin_api.errors import FutureMonth
from admin_api.schemas import meetings as schemas
from complaints.clock.workdays import office_date
from complaints.measuring import exams, facts, following, lateness, questionnaires, tallies
from complaints.measuring import figures as cases
from complaints.measuring.listing import Wanted, every_case_of
from complaints.measuring.opinions import LEAST_ANSWERS, Opinion
from complaints.measuring.periods import Period
from complaints.states import EventKind, Kind
from complaints.tables import Case, Event
from complaints.wording.terms import KINDS
from faq.keeping import figures as questions
from faq.keeping import learning
from faq.keeping.tables import Entry
from faq.language.words import Words

MONTHS = 13  # of the trend: a year and the same month of the year before
MOST_LATE = 200
MOST_CHAINS = 50
MOST_UNANSWERED = 10
WHO = (facts.SECTION, facts.KIND, facts.CHANNEL)  # of whom it is told who answered
NOT_OVER = "本期還沒過完，統計到 {until}。"
NOTHING_YET = "本期在第一件案件之前，沒有案件可統計。"
NO_HISTORY = "有 {number} 件案件沒有受理的歷程（例如匯入未完成），未計入統計。"


@dataclass(frozen=True)
class Asked:
    """What a report is made for: whose office, which period, when."""

    office: str
    period: Period
    words: Words
    now: datetime
    most_late: int = MOST_LATE

    @property
    def today(self) -> date:
        """The office's day."""
        return office_date(self.now)

    @property
    def until(self) -> date:
        """The last day that is counted."""
        return min(self.period.end, self.today)


def gather(tx: Session, asked: Asked) -> schemas.Meeting:
    """Everything the meeting is shown about a period, as known at its end.

    Raises FutureMonth before the period has begun, StillCounting while figures are worked out.
    """
    period = asked.period
    if period.start > asked.today:
        raise FutureMonth(period.key)
    lacking = tallies.waiting(tx)
    counted = cases.of_period(tx, period, today=asked.today, lacking=lacking)
    late = lateness.of_period(tx, period, today=asked.today, most=asked.most_late)
    total = counted.total
    return schemas.Meeting(
        period=period.key,
        title=period.title(),
        office=asked.office,
        start=period.start,
        end=period.end,
        until=asked.until,
        complete=period.end < asked.today,
        made_at=asked.now,
        totals=_compared(tx, asked, total, lacking),
        sections=_lines(tx, counted, facts.SECTION),
        kinds=_lines(tx, counted, facts.KIND),
        topics=_lines(tx, counted, facts.TOPIC),
        villages=_lines(tx, counted, facts.VILLAGE),
        channels=_lines(tx, counted, facts.CHANNEL),
        outcomes=_lines(tx, counted, facts.OUTCOME),
        months=_months(tx, asked, lacking),
        late=_late(tx, late),
        late_left_out=max(0, total.closed_late + total.open_overdue - len(late)),
        chains=_chains(tx, asked),
        satisfaction=_satisfaction(tx, counted),
        questions=_questions(tx, asked, counted),
        items=[_item(one) for one in following.of_meeting(tx, asked.until, period.start)],
        exam=_exam(tx, period),
        survey=_survey(tx, period),
        warnings=_warnings(tx, asked),
    )


def _compared(
    tx: Session, asked: Asked, total: cases.Figures, lacking: Mapping[facts.Key, int]
) -> schemas.Compared:
    before, last_year = asked.period.previous(), asked.period.year_before()
    return schemas.Compared(
        title=asked.period.title(),
        previous_title=before.title(),
        year_before_title=last_year.title(),
        now=total.as_dict(),
        previous=_total(tx, asked, before, lacking).as_dict(),
        year_before=_total(tx, asked, last_year, lacking).as_dict(),
    )


def _total(
    tx: Session, asked: Asked, period: Period, lacking: Mapping[facts.Key, int]
) -> cases.Figures:
    only = (facts.ALL,)
    return cases.of_period(tx, period, today=asked.today, breakdowns=only, lacking=lacking).total


def _lines(tx: Session, counted: cases.Counted, breakdown: str) -> list[schemas.Line]:
    return [
        schemas.Line(code=one.code, name=one.name, figures=one.figures.model_dump())
        for one in monthly.headed(tx, counted, breakdown)
    ]


def _months(tx: Session, asked: Asked, lacking: Mapping[facts.Key, int]) -> list[schemas.OfMonth]:
    """The months up to the period's last one that has begun."""
    last = Period.month(asked.until.year, asked.until.month)
    periods = [last]
    while len(periods) < MONTHS:
        periods.insert(0, periods[0].previous())
    return [_month(one, _total(tx, asked, one, lacking)) for one in periods]


def _month(period: Period, total: cases.Figures) -> schemas.OfMonth:
    return schemas.OfMonth(
        key=period.key,
        title=period.title(),
        received=total.received,
        closed=total.closed,
        open_end=total.open_end,
        on_time_rate=total.on_time_rate,
        mean_days=total.mean_days,
    )


def _late(tx: Session, found: Sequence[lateness.Late]) -> list[schemas.LateCase]:
    names = monthly.names_of(tx, facts.SECTION)
    return [
        schemas.LateCase(
            **asdict(one)
            | {
                "kind": KINDS[Kind(one.kind)][0],
                "section": names.get(one.section, (one.section, ""))[0],
            }
        )
        for one in found
    ]


def _chains(tx: Session, asked: Asked) -> list[schemas.Chain]:
    """Cases that went to the secretary in the period, with how often they were handed back."""
    wanted = Wanted(asked.period, "refused_twice")
    numbers = list(every_case_of(tx, wanted, today=asked.today))[:MOST_CHAINS]
    rows = tx.scalars(select(Case).where(Case.id.in_(numbers)).order_by(Case.id))
    return [
        schemas.Chain(case_no=case.case_no, times=case.bounces, section=_section(case))
        for case in rows
    ]


def _section(case: Case) -> str:
    circle = case.confidential or case.kind == Kind.MISCONDUCT_REPORT
    return monthly.CLOSED_CIRCLE[0] if circle else case.section.name


def _satisfaction(tx: Session, counted: cases.Counted) -> schemas.Satisfaction:
    praise = counted.under(facts.KIND).get(Kind.PRAISE, cases.Figures())
    return schemas.Satisfaction(
        process=grades(counted.total.process),
        result=grades(counted.total.result),
        reasons=_reasons(tx, counted.period),
        praise=praise.received,
        who=[one for breakdown in WHO for one in _answered(tx, counted, breakdown)],
    )


def _answered(tx: Session, counted: cases.Counted, breakdown: str) -> Iterator[schemas.Answered]:
    """The headings of a breakdown under which somebody was asked, or answered."""
    for one in monthly.headed(tx, counted, breakdown):
        asked, rated = one.figures.asked, one.figures.rated
        if not asked and not rated:
            continue
        shown = asked >= LEAST_ANSWERS
        yield schemas.Answered(
            breakdown=breakdown,
            code=one.code,
            name=one.name,
            asked=asked,
            answered=rated,
            shown=shown,
            rate=one.figures.response_rate if shown else None,
        )


def grades(opinion: Opinion) -> schemas.Grades:
    """An opinion as the report tells it: below ten answers only how many they are."""
    low, high = opinion.interval or (None, None)
    hidden: dict[str, Any] = {
        "distribution": dict(opinion.distribution),
        "mean": opinion.mean,
        "share_satisfied": opinion.share_satisfied,
        "low": low,
        "high": high,
        "margin": opinion.margin,
    }
    return schemas.Grades(
        asked=opinion.asked,
        answers=opinion.answers,
        shown=opinion.shown,
        response_rate=opinion.response_rate,
        **(hidden if opinion.shown else dict.fromkeys(hidden)),
    )


def _reasons(tx: Session, period: Period) -> dict[str, int]:
    """Why citizens were not content, by code, as often as it was said."""
    code = Event.data["reason_code"].as_string()
    said = select(code, func.count()).where(
        Event.kind == EventKind.SATISFACTION_RATED,
        Event.at >= period.since(),
        Event.at < period.until(),
        Event.data["aspect"].as_string() == "reason",
    )
    return {name or "other": number for name, number in tx.execute(said.group_by(code))}


def _questions(tx: Session, asked: Asked, counted: cases.Counted) -> schemas.Questions:
    period, today = asked.period, office_date(asked.now)
    now, before, last_year = (
        monthly.asked(tx, one, today) for one in (period, period.previous(), period.year_before())
    )
    labels = dict(tx.execute(select(Entry.id, Entry.label)).all())
    matters = learning.unanswered(
        tx, period.since(), MOST_UNANSWERED, asked.words, until=period.until()
    )
    return schemas.Questions(
        now=_numbers(now),
        previous=_numbers(before),
        year_before=_numbers(last_year),
        top=[
            schemas.Topped(code=entry, text=labels.get(entry, entry), times=times)
            for entry, times in now.top_entries
        ],
        unanswered=[
            schemas.Topped(code=str(max(one.asked_ids)), text=one.texts[0], times=one.times)
            for one in matters
        ],
        channels=_channels(tx, asked, counted, now, before),
    )


def _numbers(one: questions.MonthOfQuestions) -> dict[str, int | float | None]:
    return {
        name: value
        for name, value in asdict(one).items()
        if name not in {"by_channel", "top_entries"}
    }


def _channels(
    tx: Session,
    asked: Asked,
    counted: cases.Counted,
    now: questions.MonthOfQuestions,
    before: questions.MonthOfQuestions,
) -> list[schemas.OfChannel]:
    """How much each channel was used; the closed circle's cases tell no channel."""
    only = (facts.CHANNEL,)
    earlier = cases.of_period(tx, asked.period.previous(), today=asked.today, breakdowns=only)
    here, there = (_received(one.under(facts.CHANNEL)) for one in (counted, earlier))
    names = monthly.names_of(tx, facts.CHANNEL)
    codes = sorted({*now.by_channel, *before.by_channel, *here, *there})
    return [
        schemas.OfChannel(
            name=names.get(code, (code, code))[0],
            questions=now.by_channel.get(code, 0),
            questions_before=before.by_channel.get(code, 0),
            cases=here[code],
            cases_before=there[code],
        )
        for code in codes
    ]


def _received(headings: Mapping[str, cases.Figures]) -> "Counter[str]":
    return Counter({code: one.received for code, one in headings.items() if one.received})


def _item(one: following.Followed) -> schemas.OpenItem:
    row = one.decision
    ended = row.ended_on if one.state in {following.State.DONE, following.State.DROPPED} else None
    return schemas.OpenItem(
        text=row.text,
        section=row.section.name,
        decided=_decided(row.period),
        due_on=row.due_on,
        state=one.state,
        ended_on=ended,
        days_late=one.days_late,
        news=row.result if ended else one.news.text if one.news else "",
    )


def _decided(written: str) -> str:
    try:
        return Period.read(written).title()
    except ValueError:
        return written


def _exam(tx: Session, period: Period) -> schemas.ExamOut | None:
    """The exam of the period's last month that had one, and the ones before."""
    keys = {one.key for one in period.every_month()}
    results = exams.trend(tx, period.every_month()[-1].key)
    own = [one for one in results if one.period in keys]
    if not own:
        return None
    last = max(own, key=lambda one: one.period)
    return schemas.ExamOut(
        seed=last.seed,
        questions=_part(last.questions),
        replies=_part(last.replies),
        trend=[
            {
                "period": one.period,
                "questions": {"good": one.questions.good},
                "replies": {"good": one.replies.good},
            }
            for one in sorted(results, key=lambda one: one.period)
        ],
    )


def _part(one: exams.OfKind) -> schemas.ExamPart:
    return schemas.ExamPart(
        papers=one.number, scored=one.scored, means=dict(one.means), good=one.good
    )


def _survey(tx: Session, period: Period) -> schemas.YearsSurvey | None:
    """The questionnaire of the period's year, as far as it has come."""
    found = [one for one in questionnaires.opened(tx) if one.year == period.end.year]
    if not found:
        return None
    counted = questionnaires.count(tx, found[0])
    answered = questionnaires.analyse(tx, found[0])
    return schemas.YearsSurvey(
        year=found[0].year,
        title=found[0].title,
        finished=counted.finished,
        quota=counted.quota,
        questions=[
            schemas.YearsQuestion(text=one.question.zh, grades=grades(one.opinion))
            for one in answered
            if one.opinion is not None
        ],
    )


def _warnings(tx: Session, asked: Asked) -> list[str]:
    """What a reader must know before the figures are believed."""
    found = []
    if asked.period.end >= asked.today:
        found.append(NOT_OVER.format(until=asked.until.strftime("%m/%d")))
    first = tx.scalar(select(func.min(Case.received_on)))
    if first is None or first > asked.period.end:
        found.append(NOTHING_YET)
    received = select(Event.case_id).where(Event.kind == EventKind.RECEIVED)
    lost = select(func.count()).select_from(Case).where(Case.id.not_in(received))
    if number := tx.scalar(lost):
        found.append(NO_HISTORY.format(number=number))
    return found
