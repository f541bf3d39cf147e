"""A short run of `make crash`: one death at each kind of step, on both databases."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from complaints import handling
from complaints.tables import Event
from data import outbox
from data.database import engine_for, transaction
from data.outbox import Address, Message, Outbox
from tests.crash import checks, fuse
from tests.crash.checks import Said
from tests.crash.run import Plan, run
from tests.databases import KEYRING, Databases
from tests.makers import NOON, answer_case, make_case, make_officer

STEPS = (
    "after inbox",
    "before commit",
    "after commit",
    "after claim",
    fuse.SENDING,
    "settled, not committed",
    "counted, not committed",
    "sealed",
)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_wherever_programs_die(
    databases: Databases, kind: str, tmp_path: Path
) -> None:
    found = run(databases, kind, tmp_path, Plan(len(STEPS), 7, STEPS))
    assert found.broken == []
    assert sum(found.killed.values()) == len(STEPS)
    assert set(found.killed) - {fuse.ANYWHERE}, "none came to its step"
    assert found.counted.updates > 0
    assert found.counted.messages > found.counted.repeated


def test_every_broken_promise_is_told(databases: Databases) -> None:
    """What would be found if the program did lose things."""
    with databases.fresh("sqlite") as url:
        engine = engine_for(url, KEYRING)
        with transaction(engine) as tx:
            head = make_officer(tx, "head", "secretary", "civil")
            kept, twice = make_case(tx), make_case(tx)
            answer_case(tx, kept, head)
            handling.reply(tx, twice.case_no, "好", by=head, version=twice.version, now=NOON)
            for number, receipt in ((1, "8"), (2, "7")):
                outbox.post(
                    tx,
                    Address("telegram", "1"),
                    Message("x"),
                    key=f"in:telegram:{number}",
                    now=NOON,
                )
                row = update(Outbox).where(Outbox.key == f"in:telegram:{number}")
                tx.execute(row.values(state="sent", receipt=receipt))
            tx.execute(delete(Event).where(Event.kind == "received", Event.case_id == kept.id))
        said = Said(updates=3, filed=["沒有這一件，"], replied=[kept.case_no], sent=[])
        told = "\n".join(checks.problems(engine, said, NOON + timedelta(days=1)))
        engine.dispose()
    for broken in (
        "3 updates were given away, 0 were taken in",
        "cases lost: {'沒有這一件': 1}",
        "cases nobody filed",
        "received: missing",
        "replied: missing set(), too many",
        "messages not sent",
        "1 heard in another order: [8, 7]",
        "receipts of messages Telegram does not have",
        "histories are not as sealed",
    ):
        assert broken in told
