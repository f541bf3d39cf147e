"""What a proposed change of the clock says, in words, beside how it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import clockwork
from admin_api.console import clock_words, language, wording
from admin_api.console.language import _
from admin_api.schemas.clockwork import LimitFields
from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar
from complaints.recount import ChangeKind
from complaints.states import Kind
from complaints.tables import ClockChange, DayChange, Officer
from complaints.wording.terms import KINDS, plain_date, term

MOST_DAYS = 40  # of a year's differences that are written out
NO_RULE = "沒有自己的規定，照這一類的普通件"
HERE = "本機關"
SAME = "和現在相同"
AND_MORE = "等 {n} 天"
NOW_OFF, NOW_WORKS = "{day} 改為放假", "{day} 改為上班"
NOT_OURS = "是別的縣市的公告，不適用本機關"

Line = tuple[str, str]


@dataclass(frozen=True)
class Proposal:
    """A change with its lines (label and text), who proposed it, and when."""

    id: int
    title: str
    lines: tuple[Line, ...]
    by: str
    username: str
    at: datetime


@dataclass(frozen=True)
class _Now:
    """What the changes are compared with, asked for once."""

    names: Mapping[str, str]
    days: Mapping[int, DayChange]
    rules: Mapping[tuple[str, str], LimitFields]
    choices: Mapping[str, str]
    official: WorkCalendar


def described(tx: Session, changes: Sequence[ClockChange]) -> list[Proposal]:
    """Each change in words; the number of questions does not grow with the changes."""
    now = _now(tx, changes)
    return [_proposal(one, now) for one in changes]


def names_of(tx: Session, usernames: set[str]) -> dict[str, str]:
    """The officers' names by their usernames; one who is not there has none."""
    rows = select(Officer.username, Officer.name).where(Officer.username.in_(usernames))
    return {row.username: row.name for row in tx.execute(rows)}


def rule_kind(kind: str, priority: str) -> str:
    """Kind and urgency that a rule is for."""
    found = term(KINDS[Kind(kind)], language.current())
    return f"{found}{_('・')}{_(wording.PRIORITIES[priority])}"


def _now(tx: Session, changes: Sequence[ClockChange]) -> _Now:
    revoked = {one.content["id"] for one in changes if one.kind == ChangeKind.REVOKE}
    days = tx.scalars(select(DayChange).where(DayChange.id.in_(revoked)))
    return _Now(
        names=names_of(tx, {one.by for one in changes}),
        days={row.id: row for row in days},
        rules={(one.kind, one.priority): one for one in clockwork.rules_of(tx)},
        choices={one.name: one.value for one in clockwork.choices_of(tx)},
        official=calendars.official(tx),
    )


def _proposal(change: ClockChange, now: _Now) -> Proposal:
    lines = {
        ChangeKind.YEAR: _of_year,
        ChangeKind.DAY: _of_day,
        ChangeKind.REVOKE: _of_revoking,
        ChangeKind.RULE: _of_rule,
        ChangeKind.PRACTICE: _of_choice,
    }[ChangeKind(change.kind)](change.content, now)
    return Proposal(
        id=change.id,
        title=_(clock_words.CHANGES[change.kind]),
        lines=tuple((_(label), text) for label, text in lines),
        by=now.names.get(change.by, change.by),
        username=change.by,
        at=change.at,
    )


def _of_year(content: Mapping[str, Any], now: _Now) -> list[Line]:
    return [
        ("年度", clock_words.year(content["year"])),
        ("公告出處", content["source"]),
        ("放假的平日", _(clock_words.DAY_UNIT).format(n=len(content["closed"]))),
        ("補行上班的假日", _(clock_words.DAY_UNIT).format(n=len(content["makeup"]))),
        ("和現在不同的日子", _differing(content, now.official)),
    ]


def _of_day(content: Mapping[str, Any], now: _Now) -> list[Line]:
    area = content["area"]
    here = area in {calendars.WHOLE_COUNTRY, now.choices["county"]}
    lines = [
        ("日期", _roc(date.fromisoformat(content["day"]))),
        ("種類", clock_words.day_kind(content["part"], works=content["works"])),
        ("事由", content["reason"]),
        ("公告的縣市", area or _(HERE)),
    ]
    lines += [("公告出處", content["source"])] if content["source"] else []
    return lines if here else [*lines, ("請注意", _(NOT_OURS))]


def _of_revoking(content: Mapping[str, Any], now: _Now) -> list[Line]:
    row = now.days.get(content["id"])
    if row is None:
        return []
    return [
        ("日期", _roc(row.day)),
        ("種類", clock_words.day_kind(row.part, works=row.works)),
        ("事由", row.reason),
    ]


def _of_rule(content: Mapping[str, Any], now: _Now) -> list[Line]:
    kept = now.rules.get((content["kind"], content["priority"]))
    limit = content["limit"] | {name: content[name] for name in ("kind", "priority", "basis")}
    return [
        ("適用", rule_kind(content["kind"], content["priority"])),
        ("現在", limit_in_words(kept) if kept else _(NO_RULE)),
        ("改成", limit_in_words(LimitFields.model_validate(limit))),
        ("依據", content["basis"]),
    ]


def _of_choice(content: Mapping[str, Any], now: _Now) -> list[Line]:
    name = content["name"]
    return [
        ("項目", _(clock_words.CHOICES[name].title)),
        ("現在", clock_words.value(name, now.choices[name])),
        ("改成", clock_words.value(name, content["value"])),
    ]


def limit_in_words(limit: LimitFields) -> str:
    """A rule in one line."""
    return _(clock_words.RULE).format(
        days=clock_words.span(limit.days, limit.unit),
        again=clock_words.span(limit.reopened_days, "working"),
        most=clock_words.span(limit.ceiling_days, limit.ceiling_unit),
        times=limit.max_extensions,
    )


def _differing(content: Mapping[str, Any], official: WorkCalendar) -> str:
    """The days on which the office would work that it does not now, and the other way round."""
    year = content["year"]
    kept = {
        **{day: False for day in official.closed if day.year == year},
        **{day: True for day in official.makeup if day.year == year},
    }
    given = {
        **{date.fromisoformat(day): False for day in content["closed"]},
        **{date.fromisoformat(day): True for day in content["makeup"]},
    }
    days = sorted(day for day in kept.keys() | given.keys() if kept.get(day) != given.get(day))
    if not days:
        return _(SAME)
    told = [_turned(day, works=given.get(day, not kept.get(day))) for day in days[:MOST_DAYS]]
    more = [_(AND_MORE).format(n=len(days))] if len(days) > MOST_DAYS else []
    return ("、" if language.current() == language.CHINESE else ", ").join([*told, *more])


def _turned(day: date, *, works: bool) -> str:
    return _(NOW_WORKS if works else NOW_OFF).format(day=_roc(day))


def _roc(day: date) -> str:
    return plain_date(day, language.current())
