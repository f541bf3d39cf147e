"""python -m app keys …: the keys that seal personal data."""

import sys
from typing import NoReturn

import typer

from app import settings as setting

keys = typer.Typer(no_args_is_help=True, help="個資加密金鑰 / keys that seal personal data")


@keys.command("add")
def add_key() -> None:
    """新增一把金鑰，之後的資料用新的 / Add a key; what is written from now on is under it."""
    from data import sealing
    from data.sealing import BadKeys

    read = setting.read()
    if read.sealing_keys:
        _stop("金鑰由 SEALING_KEYS 提供，請在那裡新增 / the keys come from SEALING_KEYS; add there")
    try:
        keyring = read.keyring.with_new_key()
    except BadKeys as error:
        _stop(str(error))
    sealing.replace(read.keys, keyring)
    print(f"已新增第 {keyring.current} 把金鑰；請重新啟動，再執行 keys reseal")
    print(f"added key {keyring.current}; restart, then run: python -m app keys reseal")


@keys.command("reseal")
def reseal() -> None:
    """把舊金鑰封存的個資改用新金鑰 / Seal everything again under the newest key."""
    from admin_api import second_factor
    from bot import resealing
    from data.database import engine_for

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    done = resealing.reseal(engine, read.keyring) + second_factor.reseal(engine, read.keyring)
    print(f"已重新封存 {done} 筆 / sealed again")


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)
