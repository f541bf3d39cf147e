"""python -m app calendar …: counting a deadline, and taking in the official calendar of a year."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from complaints.clock.workdays import CountedDay

calendar = typer.Typer(no_args_is_help=True, help="辦公日曆 / office calendar")


@calendar.command("explain")
def explain_deadline(
    received: Annotated[str, typer.Option(help="收件時間，例如 2026-02-12T10:00")],
    days: Annotated[int, typer.Option(min=1, max=366, help="工作天 / working days")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """逐日列出期限怎麼算 / Count a deadline day by day, from the shipped calendar."""
    from complaints.clock import calendars
    from complaints.clock.workdays import TAIPEI, office_date
    from complaints.errors import CalendarMissing

    try:
        moment = datetime.fromisoformat(received)
    except ValueError:
        _stop(f"看不懂時間 {received} / not a time")
    start = office_date(moment if moment.tzinfo else moment.replace(tzinfo=TAIPEI))
    known = calendars.of_tables(calendars.shipped())
    try:
        due = known.after(start, days)
        counted = known.explain(start, due)
    except CalendarMissing as error:
        _stop(f"{error.year} 年行事曆尚未匯入 / no calendar")
    (_print_json if as_json else _print_days)(start, due, counted)
    if not as_json and due.year in known.provisional:
        print("（該年度行事曆為推算，待公告）")


@calendar.command("import")
def import_year(
    path: Annotated[Path, typer.Argument(help="人事總處公布的 CSV（Big5 或 UTF-8）")],
    source: Annotated[str, typer.Option(help="出處，例如公告文號 / where it comes from")],
    by: Annotated[str, typer.Option(help="核准同仁的帳號（秘書或主任）/ user name of a head")],
    apply: Annotated[
        bool, typer.Option("--apply", help="採用；省略則只預覽 / not only tell")
    ] = False,
) -> None:
    """匯入一個年度的辦公日曆並重算未結案件 / Take in a year; open cases are counted again."""
    from complaints import recount
    from complaints.clock.official import read_official
    from complaints.errors import BadCalendar, CalendarMissing, NotPermitted, OwnWork
    from data.database import engine_for, transaction

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    now = _now()
    try:
        table = read_official(path.read_bytes(), source=source)
        with transaction(engine) as tx:
            officer = _officer(tx, by)
            change = recount.propose_year(tx, table, by=officer, now=now)
            moves = (
                recount.apply(tx, change.id, by=officer, now=now)
                if apply
                else recount.preview(tx, change.id)
            )
            if not apply:
                recount.drop(tx, change.id, by=officer, now=now)
    except (BadCalendar, CalendarMissing, OSError) as error:
        _stop(str(error))
    except (NotPermitted, OwnWork):
        _stop(f"{by} 沒有核准的權限（須為秘書或主任）/ only a head of the office decides alone")
    for move in moves:
        print(f"{move.case_no}　{move.before} → {move.after}")
    done = "已採用" if apply else "預覽，未採用（加 --apply 採用）"
    print(f"{table.year} 年，{len(moves)} 件未結案件的期限變動。{done}")


def _officer(tx: Any, username: str) -> Any:
    from complaints.errors import UnknownOfficer
    from complaints.handling.cases import officer_of

    try:
        return officer_of(tx, username)
    except UnknownOfficer:
        _stop(f"沒有這位同仁 {username} / no such officer")


def _now() -> datetime:
    from app.office import system_clock

    return system_clock()


def _print_json(start: date, due: date, counted: "list[CountedDay]") -> None:
    rows = [
        {"day": one.day.isoformat(), "number": one.number, "reason": one.reason} for one in counted
    ]
    told = {"received_on": f"{start}", "due_on": f"{due}", "days": rows}
    print(json.dumps(told, ensure_ascii=False))


def _print_days(start: date, due: date, counted: "list[CountedDay]") -> None:
    from complaints.wording.terms import roc_date

    print(f"{roc_date(start)} 收件（當日不計）")
    for one in counted:
        mark = f"第 {one.number} 天 {one.reason}" if one.number else f"不計：{one.reason}"
        print(f"{roc_date(one.day)} {mark}")
    print(f"期限 {roc_date(due)}")


def _stop(why: str) -> NoReturn:
    import sys

    print(why, file=sys.stderr)
    raise SystemExit(2)
