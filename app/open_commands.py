"""python -m app open-data PERIOD: make the files of a period, for everybody and for good."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.measuring.opening import Why
    from complaints.measuring.periods import Period


def make_open_data(
    period: Annotated[str, typer.Argument(help="期間 / period: 2026-09, 2026-B5, 2026-H2, 2026")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只試算，不製作 / only tell what it would hold")
    ] = False,
) -> None:
    """製作並公開一期的開放資料檔，公開後不能重做或收回 / Make a period's open data, for good."""
    from app.office import system_clock
    from complaints.measuring.periods import Period
    from data.database import engine_for, reading, transaction

    try:
        wanted = Period.read(period)
    except ValueError:
        _stop(f"看不懂期間 {period}（例如 2026-09）/ not a period")
    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    try:
        with (reading if dry_run else transaction)(engine) as tx:
            told = list((_try if dry_run else _make)(tx, wanted, system_clock()))
    finally:
        engine.dispose()
    for line, _done in told:
        print(line)
    if not any(done for _line, done in told):
        raise SystemExit(1)


def _make(tx: "Session", period: "Period", now: "datetime") -> Iterator[tuple[str, bool]]:
    """Make each file that can be made; for each, a line and whether it was made."""
    from complaints.errors import AlreadySet
    from complaints.measuring import opening
    from complaints.measuring.columns import File
    from complaints.measuring.opening import NotYet
    from complaints.measuring.tallies import StillCounting

    reported = opening.is_reported(tx, period)
    for file in File:
        try:
            row = opening.make(tx, period, file, reported=reported, now=now)
        except AlreadySet:
            yield f"{file}：已經公開，不再重做 / is out already", False
        except NotYet as refused:
            yield _refusal(file, refused.why), False
        except StillCounting:
            yield f"{file}：統計還在整理，請稍後再試 / still counting, try again", False
        else:
            counts = f"{row.rows} 列，未列出 {row.withheld} 列"
            yield f"{file}：已公開，{counts} / made, rows shown and withheld", True


def _try(tx: "Session", period: "Period", now: "datetime") -> Iterator[tuple[str, bool]]:
    """What each file would hold; for each, a line and whether it could be made."""
    from complaints.clock.workdays import office_date
    from complaints.measuring import opening
    from complaints.measuring.columns import File

    reported, today = opening.is_reported(tx, period), office_date(now)
    for file in File:
        why = opening.obstacle(tx, period, file, reported=reported, today=today)
        out = opening.find(tx, period.key, file) is not None
        if out or why:
            line = _refusal(file, why) if why else f"{file}：已經公開，不再重做 / is out already"
            yield line, False
        else:
            yield f"{file}：可以製作 / can be made", True
    if period.months == 1:
        found = opening.preview(tx, period)
        hidden = "、".join(f"{name} {n}" for name, n in found.hidden.items() if n)
        line = f"案件：{len(found.rows)} 列，未列出 {found.withheld} 列"
        yield f"{line}；不公開的欄位：{hidden or '無'} / rows, withheld, hidden", False


def _refusal(file: str, why: "Why") -> str:
    from complaints.measuring.opening import Why

    words = {
        Why.NOT_A_MONTH: "案件明細以一個月為一檔 / cases come by the month",
        Why.TOO_EARLY: "期間結束後要再過一整個月 / the period must be over by a whole month",
        Why.NO_REPORT: "這一期的報告還沒有公布 / the report of this period is not published",
        Why.OVERLAPS: "與已公開的檔期間重疊 / a file that is out counts the same days",
    }
    return f"{file}：{words[why]}"


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)
