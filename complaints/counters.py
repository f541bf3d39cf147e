"""Running numbers without gaps or doubles, taken by one statement."""

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from complaints.tables import Counter
from data.database import insert_if_absent

COUNTERS = Counter.__table__
assert isinstance(COUNTERS, Table)
RAISED = (
    update(COUNTERS)
    .where(COUNTERS.c.name == bindparam("of"))
    .values(value=COUNTERS.c.value + 1)
    .returning(COUNTERS.c.value)
)


def next_number(tx: Session, name: str) -> int:
    """The next number of this name, from 1; others wait until this transaction ends."""
    number = tx.connection().scalar(RAISED, {"of": name})
    if number is None:  # the first of its name; who comes at the same moment waits for us
        insert_if_absent(tx, Counter, name=name, value=0)
        number = tx.connection().scalars(RAISED, {"of": name}).one()
    return int(number)
