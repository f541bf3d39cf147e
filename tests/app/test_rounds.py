"""What the rounds do besides reminding of cases: work of what a meeting decided."""

from datetime import date, timedelta

from sqlalchemy import Engine, select

from app.rounds import Rounds
from complaints.measuring import following
from complaints.tables import Task
from complaints.tasks import TaskKind
from data.database import reading, transaction
from faq.keeping.index import Shelf
from tests.makers import NOON, make_officer


def test_a_decision_due_becomes_work_once(engine: Engine, filled: Shelf) -> None:
    days = [0]
    rounds = Rounds(engine, filled, lambda: NOON + timedelta(days=days[0]), lambda: None)
    with transaction(engine) as tx:
        head = make_officer(tx, "head", "director")
        given = {"period": "2026-10", "text": "清查騎樓", "section": "civil"}
        following.decide(tx, **given, due_on=date(2026, 11, 27), by=head, now=NOON)

    def due() -> list[str]:
        rounds.once()
        with reading(engine) as tx:
            found = select(Task.about).where(Task.kind == TaskKind.DECISION)
            return list(tx.scalars(found))

    assert due() == []
    days[0] = 1
    assert due() == due() == ["清查騎樓"]
