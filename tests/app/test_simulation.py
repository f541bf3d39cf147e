from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import samples
from app.simulation import CHANNEL, MARK, Plan, simulate
from complaints.tables import Case, Citizen, Event, Village
from data.database import engine_for, reading, transaction
from data.outbox import Delivery, Outbox
from faq.keeping.index import Shelf
from tests.databases import KEYRING, Databases
from tests.makers import NOON, make_officer


def history(engine: Engine, shelf: Shelf, seed: int) -> list[tuple[str, str, str]]:
    with transaction(engine) as tx:
        make_officer(tx)
        index = shelf.current(tx)
    simulate(engine, Plan(8, 2, seed, NOON, "WH"), index)
    with reading(engine) as tx:
        rows = select(Case.case_no, Event.kind, Event.at).join(Case).order_by(Event.id)
        return [(number, kind, str(at)) for number, kind, at in tx.execute(rows)]


def test_the_same_seed_gives_the_same_history(databases: Databases, shelf: Shelf) -> None:
    made = []
    for seed in (5, 5, 6):
        with databases.fresh("sqlite") as url:
            engine = engine_for(url, KEYRING)
            made.append(history(engine, shelf, seed))
            engine.dispose()
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_samples_are_marked_and_sent_to_nobody(engine: Engine, shelf: Shelf) -> None:
    history(engine, shelf, 5)
    with reading(engine) as tx:
        assert all(text.startswith(MARK) for text in tx.scalars(select(Case.content)))
        assert set(tx.scalars(select(Citizen.channel))) == {CHANNEL}
        waiting = select(func.count()).where(Outbox.state == Delivery.WAITING)
        assert tx.scalar(waiting) == 0


def test_nothing_happens_after_the_end(engine: Engine, shelf: Shelf) -> None:
    history(engine, shelf, 5)
    with reading(engine) as tx:
        last = tx.scalar(select(func.max(Event.at)).where(Event.kind != "delivered"))
        assert last is not None
        assert last <= NOON


def test_an_office_with_other_sections_gets_no_sample_villages(tx: Session) -> None:
    samples.add_villages(tx)
    assert tx.scalars(select(func.count()).select_from(Village)).one() == 0
    samples.add_staff(tx)
    samples.add_villages(tx)
    assert tx.scalars(select(func.count()).select_from(Village)).one() > 0
