"""python -m app report PERIOD --out DIR, and the check of the figures behind it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from app.office import Office
    from complaints.measuring.periods import Period

figures = typer.Typer(no_args_is_help=True, help="統計 / figures")
EVERY = 50_000  # events, between two lines of progress


def report(
    period: Annotated[str, typer.Argument(help="2026-10、2026-B5、2026-H2、2026")],
    out: Annotated[Path, typer.Option(help="放檔案的資料夾 / folder for the files")],
    again: Annotated[
        bool, typer.Option("--again", help="已公布者也重新統計 / work it out anew")
    ] = False,
) -> None:
    """產製一期的報告 / Make the report of a period; a published one is given as it was."""
    wanted = _period(period)
    with _office() as office:
        if again or not _copy_published(office, wanted, out):
            _make(office, wanted, out)


@figures.command("check")
def check_figures() -> None:
    """由歷程重算並比對，不符時結束碼 1 / Work everything out again; exit status 1 if it differs."""
    from complaints.measuring import tallies
    from data.database import reading

    with _office() as office, reading(office.engine) as tx:
        wrong = tallies.check(tx)
    for key, (kept, right) in list(wrong.items())[:20]:
        where = f"{key.breakdown} {key.heading} {key.measure} {key.grade} {key.day} {key.as_of}"
        print(f"{where}：{kept} → {right}", file=sys.stderr)
    if wrong:
        _stop(f"{len(wrong)} 個數字與歷程不符，請執行 figures rebuild / numbers differ", 1)
    print("統計與歷程一致 / the figures are what the histories say")


@figures.command("rebuild")
def rebuild_figures() -> None:
    """由歷程重新統計 / Throw the tallies away and count every history again."""
    from complaints.measuring import tallies
    from data.database import transaction

    with _office() as office:
        with transaction(office.engine) as tx:
            tallies.begin_anew(tx)
        done = told = 0
        while added := _count_some(office):
            done += added
            if done - told >= EVERY:
                told = done
                print(f"  {done:,}", flush=True)
    print(f"已統計 {done} 筆歷程 / events counted")


@contextmanager
def _office() -> "Iterator[Office]":
    from app.office import build

    office = build(setting.read())
    try:
        yield office
    finally:
        office.engine.dispose()


def _count_some(office: "Office") -> int:
    from complaints.measuring import tallies
    from data.database import transaction

    with transaction(office.engine) as tx:
        return tallies.bring_up(tx)


def _make(office: "Office", period: "Period", out: Path) -> None:
    from admin_api import meeting
    from admin_api.errors import FutureMonth
    from app.reporting import write
    from app.rounds import bring_up
    from data.database import reading

    bring_up(office.engine)
    with reading(office.engine) as tx:
        words = office.shelf.current(tx).words
        asked = meeting.Asked(office.settings.office_name, period, words, office.clock())
        try:
            gathered = meeting.gather(tx, asked)
        except FutureMonth:
            _stop(f"{period.title()}還沒開始，沒有資料可報告 / this period has not begun")
    for warning in gathered.warnings:
        print(f"注意：{warning}", file=sys.stderr)
    out.mkdir(parents=True, exist_ok=True)
    for name, path, share in write(office.engine, gathered, period):
        copyfile(path, out / name)
        print(f"{share:4.0%} {out / name}", flush=True)


def _copy_published(office: "Office", period: "Period", out: Path) -> bool:
    """Give the files as they were published; False when none were, or they are gone."""
    from admin_api.reports import FOLDER
    from complaints.measuring import reports
    from data.database import reading

    with reading(office.engine) as tx:
        row = reports.published(tx, period.key)
    if row is None:
        return False
    folder = office.settings.files / FOLDER / str(row.id)
    missing = [name for name in row.files if not (folder / name).exists()]
    if missing:
        _stop(f"已公布的檔案不見了：{'、'.join(missing)} / published files are missing", 1)
    out.mkdir(parents=True, exist_ok=True)
    for name in row.files:
        copyfile(folder / name, out / name)
        print(f"{out / name}（已公布，第 {row.issue} 次更正 / published, correction {row.issue}）")
    return True


def _period(written: str) -> "Period":
    from complaints.measuring.periods import Period

    try:
        return Period.read(written)
    except ValueError:
        _stop("期別要像 2026-10、2026-B5、2026-H2 或 2026 / not a period")


def _stop(why: str, status: int = 2) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(status)
