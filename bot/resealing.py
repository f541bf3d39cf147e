"""Changing keys: everything sealed under an older key is sealed again under the newest."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, LargeBinary, Row, Table, select, tuple_, type_coerce, update
from sqlalchemy.orm import Session

from bot.tables import Conversation, WebMessage
from complaints.tables import Case
from data.database import Base, transaction
from data.outbox import Outbox
from data.sealing import Keyring

BATCH = 500


def reseal(engine: Engine, keyring: Keyring) -> int:
    """Seal again what is not under the newest key, in small transactions; return how much."""
    return (
        _each(engine, keyring, Case, "petitioner", lambda row: f"cases.petitioner/{row.case_no}")
        + _each(engine, keyring, Outbox, "content", lambda _row: "outbox.content")
        + _each(engine, keyring, Conversation, "state", lambda _row: "conversation.state")
        + _each(engine, keyring, WebMessage, "content", lambda _row: "web_message.content")
    )


def _each(
    engine: Engine,
    keyring: Keyring,
    mapped: type[Base],
    column: str,
    about: Callable[..., str],
) -> int:
    table = mapped.__table__
    assert isinstance(table, Table)
    sealed = type_coerce(table.c[column], LargeBinary).label("sealed")
    names = [*table.primary_key.columns, *([table.c.case_no] if mapped is Case else [])]
    done = 0
    after: Row[Any] | None = None
    while True:
        with transaction(engine) as tx:
            rows = _page(tx, table, [*names, sealed], after)
            for row in rows:
                if row.sealed and row.sealed[0] != keyring.current:
                    place = about(row)
                    fresh = keyring.seal(keyring.open(row.sealed, place), place)
                    _put(tx, table, row, column, fresh)
                    done += 1
        if len(rows) < BATCH:
            return done
        after = rows[-1]


def _page(tx: Session, table: Table, columns: list[Any], after: Row[Any] | None) -> list[Row[Any]]:
    key = list(table.primary_key.columns)
    page = select(*columns).order_by(*key).limit(BATCH)
    if after is not None:
        values = tuple(getattr(after, one.name) for one in key)
        page = page.where(tuple_(*key) > values)
    return list(tx.execute(page).all())


def _put(tx: Session, table: Table, row: Row[Any], column: str, sealed: bytes) -> None:
    where = [one == getattr(row, one.name) for one in table.primary_key.columns]
    value = type_coerce(sealed, LargeBinary)
    tx.execute(update(table).where(*where).values({column: value}))
