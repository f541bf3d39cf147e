from sqlalchemy import select, text

from bot import resealing
from complaints.privacy import identities
from complaints.privacy.identities import Petitioner
from complaints.tables import Case
from data.database import engine_for, transaction
from data.outbox import Outbox
from data.sealing import Keyring
from tests.databases import KEYRING
from tests.makers import make_case


def test_everything_is_sealed_again_under_the_new_key_and_still_opens(database_url: str) -> None:
    engine = engine_for(database_url, KEYRING)
    with transaction(engine) as tx:
        for _ in range(3):
            make_case(tx, contact="0912345678", reply_by="phone")
    engine.dispose()
    both = KEYRING.with_new_key()
    engine = engine_for(database_url, both)
    assert resealing.reseal(engine, both) == 6  # three cases, three receipts
    assert resealing.reseal(engine, both) == 0
    engine.dispose()
    only_new = Keyring({2: both.keys[2]})
    engine = engine_for(database_url, only_new)
    with transaction(engine) as tx:
        for case in tx.scalars(select(Case)):
            assert identities.unseal(tx, case) == Petitioner("王小明", "0912345678")
        assert all("已立案" in row.message.text for row in tx.scalars(select(Outbox)))
        raw = tx.execute(text("select petitioner from cases")).scalars()
        assert {bytes(row)[0] for row in raw} == {2}
    engine.dispose()
