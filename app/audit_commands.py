"""python -m app audit …: whether the histories stand as they were sealed, and the export."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import settings as setting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

audit = typer.Typer(no_args_is_help=True, help="稽核 / audit")

FAULTS = {
    "page_missing": "封存頁不見了 / a page of the ledger is missing",
    "page_altered": "封存頁被改過 / a page of the ledger was altered",
    "row_removed": "紀錄被刪除 / a row was removed",
    "row_altered": "紀錄被改過 / a row was altered",
    "row_unsealed": "紀錄沒有封存 / a row is on no page",
    "mark_missing": "找不到當時的封存碼 / the noted mark is on no page",
}


@audit.command("verify")
def verify(
    noted: Annotated[str, typer.Option(help="先前抄下的封存碼 / a mark noted earlier")] = "",
) -> None:
    """逐列驗證；有不符時結束碼 1 / Verify every row; exit status 1 when something is found."""
    from admin_api.audit import WATCHED
    from data import ledger

    with _reading() as tx:
        done = ledger.verify(tx, WATCHED, now=datetime.now(UTC), noted=noted or None)
    for one in done.findings:
        print(f"{one.table} {one.number}：{FAULTS[one.fault]}")
    print(
        f"{done.pages} 頁 pages　{done.rows} 列 rows　{done.emptied} 列依法銷毀 lawfully destroyed"
    )
    print(f"最新封存碼 newest mark：{done.mark or '–'}")
    if done.findings:
        raise SystemExit(1)
    print("全部相符 / all as sealed")


@audit.command("export")
def export(
    half: Annotated[str, typer.Argument(help="半年 / half year, e.g. 2026-2")],
    out: Annotated[Path, typer.Option(help="資料夾 / folder")] = Path(),
) -> None:
    """半年稽核檔：誰看過誰的資料、帳號異動 / Who saw whose data and why, deeds to accounts."""
    from admin_api import audit_files

    with _reading() as tx:
        try:
            written = audit_files.write(tx, half, out)
        except audit_files.NoSuchHalf as error:
            print(f"{half}：請寫成 2026-1 或 2026-2 / write 2026-1 or 2026-2", file=sys.stderr)
            raise SystemExit(2) from error
    for file in written:
        print(file)


@contextmanager
def _reading() -> "Iterator[Session]":
    """A reading transaction on the office's database."""
    from data.database import engine_for, reading

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    try:
        with reading(engine) as tx:
            yield tx
    finally:
        engine.dispose()
