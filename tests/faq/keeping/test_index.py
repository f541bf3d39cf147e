from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from data.database import reading, transaction
from faq.keeping import editing
from faq.keeping.answering import understand
from faq.keeping.index import Shelf, version_of
from faq.keeping.tables import Entry, IndexVersion
from faq.language.words import Words
from faq.understanding.judging import Verdict
from tests.faq.entries import SMALL, keep_only_small, make_content
from tests.makers import NOON


@pytest.fixture
def shelf(tx: Session, words: Words) -> Shelf:
    keep_only_small(tx)
    return Shelf(words)


def change(tx: Session, **given: str) -> None:
    entry = tx.get_one(Entry, "id-card-lost")
    content = replace(editing.content_of(entry), **given)  # type: ignore[arg-type]
    editing.change(tx, entry.id, content, version=entry.version, by="clerk", now=NOON)


def test_the_index_holds_every_entry_and_its_wordings(tx: Session, shelf: Shelf) -> None:
    index = shelf.current(tx)
    assert index.cards.keys() == SMALL.keys()
    assert index.version == version_of(tx)
    for entry_id, wordings in SMALL.items():
        for text in wordings:
            exact = {one.entry_id for one in index.matcher.rank(text) if one.exact}
            assert entry_id in exact, text


def test_nothing_is_rebuilt_while_nothing_changed(tx: Session, shelf: Shelf) -> None:
    index = shelf.current(tx)
    tx.execute(update(Entry).values(answer="沒有經過編輯"))  # moves no version row
    assert shelf.current(tx) is index


def test_a_change_is_seen_with_the_next_question(tx: Session, shelf: Shelf) -> None:
    before = shelf.current(tx)
    change(tx, answer="改了。")
    after = shelf.current(tx)
    assert after.version == before.version + 1
    assert after.cards["id-card-lost"].answer == "改了。"
    assert before.cards["id-card-lost"].answer != "改了。"
    assert shelf.current(tx) is after


def test_a_new_entry_is_found(tx: Session, shelf: Shelf) -> None:
    assert understand("路燈壞了找誰修", shelf.current(tx)).judgement.verdict is Verdict.UNKNOWN
    content = make_content(question="路燈壞了要找誰修？", aliases=())
    editing.create(tx, "streetlight", content, by="clerk", now=NOON)
    ranked = understand("路燈壞了找誰修", shelf.current(tx)).judgement.ranked
    assert ranked[0].entry_id == "streetlight"


def test_a_retired_entry_vanishes(tx: Session, shelf: Shelf) -> None:
    assert shelf.current(tx).matcher.rank("身分證不見了")[0].entry_id == "id-card-lost"
    editing.retire(tx, "id-card-lost", version=1, by="clerk", now=NOON)
    index = shelf.current(tx)
    assert "id-card-lost" not in index.cards
    assert "id-card-lost" not in [one.entry_id for one in index.matcher.rank("身分證不見了")]


def test_an_office_without_entries_knows_nothing(tx: Session, words: Words) -> None:
    keep_only_small(tx)
    tx.execute(update(Entry).values(retired=True))
    tx.execute(delete(IndexVersion))
    index = Shelf(words).current(tx)
    assert (index.version, dict(index.cards)) == (0, {})
    assert understand("身分證不見了", index).judgement.verdict is Verdict.UNKNOWN


def test_every_process_sees_what_another_committed(engine: Engine, words: Words) -> None:
    ours, theirs = Shelf(words), Shelf(words)
    with transaction(engine) as tx:
        keep_only_small(tx)
    with reading(engine) as tx:
        old = ours.current(tx)
        assert theirs.current(tx).version == old.version
    with transaction(engine) as tx:
        change(tx, label="新的標籤")
    for shelf in (ours, theirs):
        with reading(engine) as tx:
            assert shelf.current(tx).cards["id-card-lost"].label == "新的標籤"
    assert old.cards["id-card-lost"].label != "新的標籤"
