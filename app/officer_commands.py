"""python -m app officer …: staff accounts, from the machine itself."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

officer = typer.Typer(no_args_is_help=True, help="同仁帳號 / staff accounts")
Password = Annotated[str, typer.Option(envvar="OFFICER_PASSWORD", help="省略則產生")]


@officer.command("add")
def add_officer(
    username: str,
    name: Annotated[str, typer.Option(help="姓名 / name")],
    role: Annotated[str, typer.Option(help="角色 / role, e.g. administrator, case_controller")],
    section: Annotated[str, typer.Option(help="課室代碼 / section code")] = "",
    password: Password = "",
) -> None:
    """新增帳號 / Add an account; without a password one is made and printed once."""
    from admin_api.accounts import add_officer as add
    from admin_api.tables import Deed, note

    given = password or _made()
    account = {"username": username, "name": name, "role": role, "password": given}
    with _changing() as (tx, now):
        made = add(tx, **account, section=section or None)
        note(tx, made.id, Deed.MADE, by=None, now=now)
    print(f"已新增 {username} / added")
    _tell_made(password, given)


@officer.command("list")
def list_officers() -> None:
    """列出帳號 / List the accounts: role, section, second factor, whether closed."""
    from sqlalchemy import select

    from admin_api import second_factor
    from complaints.tables import Officer

    with _changing() as (tx, _now):
        for one in tx.scalars(select(Officer).order_by(Officer.username)):
            section = one.section.name if one.section else "–"
            factor = "兩步驟 second factor" if second_factor.is_on(tx, one.id) else "–"
            state = "" if one.active else "　已停用 closed"
            print(f"{one.username}　{one.name}　{one.role}　{section}　{factor}{state}")


@officer.command("password")
def give_password(username: str, password: Password = "") -> None:
    """換密碼並結束所有登入 / Give another password and end the account's log-ins."""
    from admin_api import accounts

    given = password or _made()
    with _changing() as (tx, now):
        accounts.reset_password(tx, username, given, now=now)
    print(f"已更換 {username} 的密碼 / changed")
    _tell_made(password, given)


@officer.command("reset-totp")
def reset_totp(username: str) -> None:
    """停用兩步驟驗證（手機遺失） / Switch the second factor off: the telephone was lost."""
    from admin_api import accounts

    with _changing() as (tx, now):
        accounts.reset_second_factor(tx, username, by=None, now=now)
    print(f"已停用 {username} 的兩步驟驗證 / switched off")


@officer.command("close")
def close_account(username: str) -> None:
    """停用帳號，結束其登入與權杖 / Close an account; its log-ins and tokens end."""
    from admin_api import accounts
    from complaints import leaving
    from complaints.clock.workdays import office_date

    with _changing() as (tx, now):
        accounts.close(tx, username, now=now)
        left = leaving.ownerless(tx, office_date(now))
    print(f"已停用 {username} / closed")
    if left:
        print(f"有 {left} 件未結案件沒有承辦人，請在待辦中分派 / open cases without a handler")


@contextmanager
def _changing() -> "Iterator[tuple[Session, datetime]]":
    """A transaction on the office's database; what cannot be done ends in one line."""
    from admin_api.accounts import BadAccount, UnknownAccount
    from admin_api.second_factor import NotBegun
    from app import migrating
    from data.database import engine_for, transaction

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    if not migrating.is_current(engine):
        _stop("資料庫結構不是最新，請先執行 / first run: python -m app migrate")
    try:
        with transaction(engine) as tx:
            yield tx, datetime.now(UTC)
    except BadAccount as error:
        _stop(str(error))
    except UnknownAccount as error:
        _stop(f"沒有這個帳號 / no such account: {error}")
    except NotBegun:
        _stop("這個帳號沒有兩步驟驗證 / this account has no second factor")
    finally:
        engine.dispose()


def _made() -> str:
    return secrets.token_urlsafe(12)


def _tell_made(password: str, given: str) -> None:
    if not password:
        print(f"密碼（只顯示這一次）/ password, shown once: {given}")


def _stop(why: str) -> NoReturn:
    import sys

    print(why, file=sys.stderr)
    raise SystemExit(2)
