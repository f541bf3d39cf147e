"""What is wrong with an installation, and how it is mended: for whoever looks after the machine."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import LargeBinary, func, select, text, type_coerce
from sqlalchemy.orm import Session

from admin_api.audit import WATCHED
from app.office import Office
from app.readiness import problems
from complaints.measuring import tallies
from complaints.roles import Role
from complaints.tables import Officer, Uncounted
from data import ledger, outbox, sealing
from data.database import reading
from data.outbox import Outbox
from data.sealing import Unsealable

LITTLE_ROOM, NO_ROOM = 2 * 2**30, 200 * 2**20  # bytes
LONG_WAIT = timedelta(minutes=10)
CLOCK_SKEW = timedelta(seconds=30)  # half a lease: beyond it a message may be sent twice
LEDGER_PAGES = 20  # the newest; `audit verify` looks at all
PRIVATE = 0o077


class Level(StrEnum):
    """How bad it is: nothing, to be looked at, or it does not work."""

    OK = "ok"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; what is wrong with it, and what mends it."""

    level: Level
    what: str
    mend: str = ""


def examine(office: Office, *, offline: bool = False) -> Iterator[Finding]:
    """Look at everything; what cannot be reached is a finding too, never an exception.

    With `offline` nothing outside the machine and its database is asked.
    """
    for look in (_folder, _keys_file, _settings):
        yield from look(office)
    found = problems(office, None)
    yield from (Finding(Level.BAD, one, MENDS.get(one.partition(":")[0], "")) for one in found)
    if any(one.startswith("database") for one in found):
        return
    yield Finding(Level.OK, f"資料庫、行事曆、規則、題庫 / {office.engine.dialect.name}, content")
    with reading(office.engine) as tx:
        for ask in (_damage, _keys, _clock, _people, _messages, _sums, _histories):
            yield from ask(tx, office)
    if office.telegram and not offline:
        yield from asyncio.run(_telegram(office))


MENDS = {
    "disk": "清出空間，或把 DATA_DIR 移到較大的磁碟 / make room",
    "database": "看 DATABASE_URL，資料庫是否開著；或 python -m app migrate / check DATABASE_URL",
    "calendar": "匯入該年行事曆：python -m app calendar / take in the year's calendar",
    "rules": "python -m app seed",
    "sections": "python -m app section add … --intake",
    "faq": "python -m app seed",
}


def _folder(office: Office) -> Iterator[Finding]:
    folder = office.settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as tried:
            tried.write(b"x")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        mend = "讓執行服務的帳號可以寫入 / give the service's account the right to write there"
        yield Finding(Level.BAD, f"DATA_DIR {folder}: {error.strerror}", mend)
        return
    level = Level.BAD if free < NO_ROOM else Level.LOOK if free < LITTLE_ROOM else Level.OK
    mend = "清出空間，或把 DATA_DIR 移到較大的磁碟 / make room" if level is not Level.OK else ""
    yield Finding(level, f"DATA_DIR {folder}：剩 {free / 2**30:.1f} GB / free", mend)


def _keys_file(office: Office) -> Iterator[Finding]:
    path = office.settings.keys
    if office.settings.sealing_keys is None and path.exists() and path.stat().st_mode & PRIVATE:
        mend = f"chmod 600 {path}"
        yield Finding(Level.BAD, f"別的帳號讀得到個資金鑰 / others may read {path}", mend)


def _settings(office: Office) -> Iterator[Finding]:
    settings = office.settings
    if settings.backup_recipient is None:
        mend = "python -m app backup-key，公鑰寫進 BACKUP_RECIPIENT，每晚 python -m app backup"
        yield Finding(Level.LOOK, "沒有設定備份 / no key for backups is set", mend)
    if settings.public_url and not settings.proxies:
        mend = "TRUSTED_PROXIES=反向代理的位址 / the addresses of the reverse proxy"
        what = "有 PUBLIC_URL 而沒有 TRUSTED_PROXIES：所有登入看來都從代理來"
        yield Finding(Level.LOOK, f"{what} / all log-ins seem to come from the proxy", mend)


def _damage(tx: Session, office: Office) -> Iterator[Finding]:
    if office.engine.dialect.name != "sqlite":
        return
    said = tx.execute(text("pragma quick_check(3)")).scalars().all()
    if list(said) != ["ok"]:
        mend = "停止服務，從備份還原 / stop, and restore a backup"
        yield Finding(Level.BAD, f"資料庫檔損壞 / the file is damaged: {said}", mend)


def _keys(tx: Session, _office: Office) -> Iterator[Finding]:
    content = type_coerce(Outbox.content, LargeBinary)
    newest = tx.scalar(select(content).order_by(Outbox.id.desc()).limit(1))
    try:
        if newest is not None:
            sealing.of(tx).open(newest, outbox.CONTENT)
    except Unsealable as error:
        mend = "放回原來的 DATA_DIR/keys/sealing（備份裡也有）/ put the right keys back"
        yield Finding(Level.BAD, f"個資金鑰不對 / the sealing keys do not fit: {error}", mend)
        return
    yield Finding(Level.OK, "個資金鑰 / sealing keys")


def _clock(tx: Session, office: Office) -> Iterator[Finding]:
    if office.engine.dialect.name != "postgresql":
        return
    theirs = tx.scalars(select(func.clock_timestamp())).one()
    apart = abs(theirs - office.clock())
    level = Level.BAD if apart > CLOCK_SKEW else Level.OK
    mend = "兩台機器都用 NTP 對時 / set both machines by NTP" if level is Level.BAD else ""
    what = f"和資料庫的時鐘差 {apart.total_seconds():.1f} 秒 / seconds from the database's clock"
    yield Finding(level, what, mend)


def _people(tx: Session, _office: Office) -> Iterator[Finding]:
    active = set(tx.scalars(select(Officer.role).where(Officer.active).distinct()))
    for role, why in (
        (Role.CASE_CONTROLLER, "沒有研考帳號，沒有人分案 / nobody assigns cases"),
        (Role.ADMINISTRATOR, "沒有系統管理帳號 / there is no administrator"),
    ):
        if role not in active:
            mend = f"python -m app officer add … --role {role}"
            yield Finding(Level.LOOK, why, mend)


def _messages(tx: Session, office: Office) -> Iterator[Finding]:
    left = outbox.backlog(tx)
    if left.dead:
        mend = "在各案的頁面看是誰沒收到，改用電話或書面 / see the cases, call or write"
        yield Finding(Level.LOOK, f"{left.dead} 則訊息送不到 / messages are dead", mend)
    due = _oldest_due(tx, office.clock())
    if due and office.clock() - due > LONG_WAIT:
        mend = "serve 或 work 有在跑嗎？看紀錄裡 relay 的錯誤 / does serve or work run?"
        what = f"有訊息從 {due:%Y-%m-%d %H:%M} UTC 等到現在 / a message waits since then"
        yield Finding(Level.BAD, what, mend)


def _oldest_due(tx: Session, now: datetime) -> datetime | None:
    waits = (Outbox.state == outbox.Delivery.WAITING, Outbox.due <= now)
    return tx.scalar(select(func.min(Outbox.due)).where(*waits))


def _sums(tx: Session, _office: Office) -> Iterator[Finding]:
    waiting = tx.scalars(select(func.count()).select_from(Uncounted)).one()
    if waiting > tallies.MOST_ADDED:
        mend = "serve 或 work 會補上，或 python -m app figures rebuild / they catch up"
        yield Finding(Level.LOOK, f"{waiting} 件事還沒計入統計 / not counted yet", mend)


def _histories(tx: Session, office: Office) -> Iterator[Finding]:
    done = ledger.verify(tx, WATCHED, now=office.clock(), pages=LEDGER_PAGES)
    if done.findings:
        mend = "python -m app audit verify，並通報資安 / verify all, and report it"
        what = f"歷程和封存不符 / histories differ from their seals: {len(done.findings)}"
        yield Finding(Level.BAD, what, mend)
    else:
        yield Finding(Level.OK, f"最近 {done.pages} 頁封存相符 / newest seals hold")


async def _telegram(office: Office) -> list[Finding]:
    from telegram.error import InvalidToken, TelegramError

    telegram = office.telegram
    assert telegram
    try:
        async with telegram.bot as bot:
            told = await bot.get_webhook_info()
            return [
                Finding(Level.OK, f"Telegram @{bot.username}"),
                *_webhook(office, told.url, told.last_error_message, told.pending_update_count),
            ]
    except InvalidToken:
        return [Finding(Level.BAD, "Telegram 不接受這個 token / refuses the token", "BotFather")]
    except TelegramError as error:
        mend = "看對外網路與防火牆（api.telegram.org:443）/ check the way out"
        return [Finding(Level.BAD, f"連不到 Telegram / not reached: {error}", mend)]


def _webhook(office: Office, url: str, error: str | None, pending: int) -> Iterator[Finding]:
    wanted = office.settings.public_url
    if bool(url) != bool(wanted) or not url.startswith(wanted or ""):
        mend = "重新啟動 serve，會自動登記 / start serve again: it registers itself"
        yield Finding(Level.BAD, f"Telegram 記的網址是 {url or '（無）'} / its webhook", mend)
    if error and pending:
        mend = "看反向代理、憑證與 PUBLIC_URL / check the proxy, its certificate, PUBLIC_URL"
        yield Finding(Level.BAD, f"Telegram 送不進來 / cannot deliver: {error}（{pending}）", mend)
