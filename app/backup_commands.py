"""python -m app backup, restore, export, import, backup-key: an office kept, and made anew."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from data.archiving import Archived

Identity = Annotated[
    Path, typer.Option("--key", help="私鑰檔（AGE-SECRET-KEY-1…）/ file with the secret half")
]
NO_RECIPIENT = (
    "沒有設定 BACKUP_RECIPIENT。請先執行 python -m app backup-key，私鑰收進保險箱，公鑰寫進設定。\n"
    "BACKUP_RECIPIENT is not set: run backup-key first."
)


def make_backup_key() -> None:
    """產生備份金鑰：私鑰請離線保管，遺失就無法還原 / Make the pair of keys for backups."""
    from app import backups

    secret, public = backups.new_key()
    print("# 私鑰：請抄存兩份、分開離線保管；沒有它就不能還原。 Keep this half offline, twice.")
    print(secret)
    print("# 公鑰：寫進設定。 This half goes into the settings.")
    print(f"# BACKUP_RECIPIENT={public}")


def back_up(
    out: Annotated[Path, typer.Option(help="備份檔 / file to write")],
) -> None:
    """備份資料庫、附件與金鑰，加密並驗證；服務中也可以做 / Back up everything, while serving."""
    from app import backups
    from app.office import system_clock

    read = setting.read()
    if not read.backup_recipient:
        _stop(NO_RECIPIENT)
    with _engine(read) as engine, _said():
        kept = backups.Kept(read.files, read.keyring)
        recipient = read.backup_recipient
        made = backups.back_up(engine, kept, out, recipient=recipient, now=system_clock())
    _tell(made, f"已備份並驗證 {out} / written and verified")


def check_backup(file: Path, key: Identity) -> None:
    """用私鑰讀完整個備份檔，不還原 / Read a backup to its end, without restoring it."""
    from app import backups

    with _said(), file.open("rb") as source:
        found = backups.check(source, [backups.identity(key.read_text())])
    _tell(found, f"備份完整 {found.about[backups.MADE_AT]} / the backup is whole")


def restore(file: Path, key: Identity) -> None:
    """還原到空的資料庫（DATABASE_URL，可換種類）/ Make the office anew in an empty database."""
    from app import backups

    read = setting.read()
    with _said(), file.open("rb") as sealed:
        identities = [backups.identity(key.read_text())]
        with backups.opened(sealed, identities) as plain:
            _keep_keys(read, backups.look(plain)[backups.KEYS])
            _enter(read, plain)


def export(
    out: Annotated[Path, typer.Option(help="匯出檔 / file to write")],
) -> None:
    """匯出全部資料（不加密、不含金鑰），用來換資料庫 / Everything, to move to another database."""
    from app import backups
    from app.office import system_clock

    read = setting.read()
    with _engine(read) as engine, _said():
        made = backups.export(engine, backups.Kept(read.files, None), out, now=system_clock())
    _tell(made, f"已匯出 {out}（未加密，請妥善保管）/ written, not encrypted")


def import_all(file: Path) -> None:
    """匯入到空的資料庫；金鑰要和原來相同 / Read an export into an empty database."""
    with _said(), file.open("rb") as plain:
        _enter(setting.read(), plain)


def _enter(read: setting.Settings, plain: IO[bytes]) -> None:
    from app import backups

    with _engine(read) as engine:
        found = backups.restore(engine, plain, read.files)
    _tell(found, "已還原 / restored")
    print("請再執行 python -m app audit verify / now verify the histories")


def _keep_keys(read: setting.Settings, text: str) -> None:
    """Put the sealing keys where the program looks for them, unless they are there."""
    from app import backups

    try:
        if read.sealing_keys is None:
            backups.keep_keys(read.keys, text)
        elif read.keyring.as_text().split() != text.split():
            _stop("SEALING_KEYS 和備份裡的不同 / SEALING_KEYS differ from those of the backup")
    except backups.OtherKeys:
        _stop(f"{read.keys} 已有別的金鑰，請先移開 / other sealing keys are there already")


@contextmanager
def _engine(read: setting.Settings) -> "Iterator[Engine]":
    from data.database import engine_for

    engine = engine_for(read.database_url, read.keyring)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _said() -> Iterator[None]:
    """What an operator can mend is one line."""
    from app import backups
    from data.archiving import NotAnArchive

    try:
        yield
    except backups.WrongKey as error:
        _stop(f"金鑰不對 / the key does not fit: {error}")
    except NotAnArchive as error:
        _stop(f"檔案不完整或被改過 / the file is not whole: {error}")
    except backups.NotEmpty as error:
        _stop(f"資料庫不是空的，請另建一個 / the database is not empty: {error}")
    except OSError as error:
        _stop(f"檔案無法讀寫 / file: {error.strerror} {error.filename or ''}")


def _tell(found: "Archived", done: str) -> None:
    rows, tables = sum(found.rows.values()), len(found.rows)
    print(done)
    print(f"  {tables} 個資料表 tables　{rows} 列 rows　{found.files} 個附件 files")


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)
