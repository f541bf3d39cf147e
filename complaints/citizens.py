"""Who writes to us: one row per address."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from complaints.tables import Citizen
from data.database import insert_if_absent
from data.outbox import Address

AT = select(Citizen).where(
    Citizen.channel == bindparam("channel"), Citizen.name == bindparam("name")
)


def known(tx: Session, address: Address) -> Citizen | None:
    """The citizen at this address, if they ever filed a case."""
    return tx.scalar(AT, {"channel": address.channel, "name": address.name})


def register(tx: Session, address: Address, *, language: str, now: datetime) -> Citizen:
    """The citizen at this address, entered if new, with the language they use now."""
    citizen = known(tx, address)
    if citizen is None:
        where = {"channel": address.channel, "name": address.name}
        insert_if_absent(tx, Citizen, **where, language=language, since=now)
        citizen = known(tx, address)
    assert citizen is not None
    if citizen.language != language:  # what is set is looked through for changes
        citizen.language = language
    return citizen
