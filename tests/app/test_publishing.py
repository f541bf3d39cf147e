"""Changes that were approved for a day are published on it, or given back with the reason."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from app.publishing import publish_due
from complaints.tables import Reminder
from data.database import reading, transaction
from faq.keeping import drafts, editing, trials
from faq.keeping.drafts import State
from faq.keeping.index import Shelf
from faq.keeping.tables import Entry, EntryDraft
from tests.makers import NOON, make_officer

DAY = NOON.date() + timedelta(days=5)
ON_THE_DAY = NOON + timedelta(days=5)
NEW_FEE = "初領免費，補領每張 300 元。"
LABEL = "身分證遺失補領"


@pytest.fixture
def waits(engine: Engine, shelf: Shelf) -> int:
    """A change of the fee that was approved for its day."""
    with transaction(engine) as tx:
        make_officer(tx, "editor", "faq_editor")
        entry = tx.get_one(Entry, "id-card-lost")
        content = replace(editing.content_of(entry), fee=NEW_FEE)
        draft = drafts.write(tx, entry.id, content, by="editor", now=NOON)
        drafts.submit(tx, draft.id, now=NOON)
        rehearsal = drafts.try_out(tx, draft, shelf.current(tx), now=NOON)
        drafts.publish(tx, draft.id, rehearsal, by="chief", now=NOON, on=DAY)
        return draft.id


def fee(engine: Engine) -> str:
    with reading(engine) as tx:
        return tx.get_one(Entry, "id-card-lost").fee


def draft_of(engine: Engine, number: int) -> tuple[str, date | None, str | None]:
    with reading(engine) as tx:
        draft = tx.get_one(EntryDraft, number)
        return draft.state, draft.publish_on, draft.reason


def told(engine: Engine) -> list[str]:
    with reading(engine) as tx:
        return list(tx.scalars(select(Reminder.text)))


def test_the_old_answer_stands_until_the_day(engine: Engine, shelf: Shelf, waits: int) -> None:
    assert publish_due(engine, shelf, now=ON_THE_DAY - timedelta(days=1)) == 0
    assert fee(engine) != NEW_FEE
    assert publish_due(engine, shelf, now=ON_THE_DAY) == 1
    assert fee(engine) == NEW_FEE
    assert draft_of(engine, waits) == (State.PUBLISHED, DAY, None)
    assert publish_due(engine, shelf, now=ON_THE_DAY) == 0
    assert told(engine) == []


def test_the_day_begins_at_midnight_in_taipei(engine: Engine, shelf: Shelf, waits: int) -> None:
    midnight = ON_THE_DAY.replace(hour=16, minute=0) - timedelta(days=1)  # UTC
    assert publish_due(engine, shelf, now=midnight - timedelta(minutes=1)) == 0
    assert publish_due(engine, shelf, now=midnight) == 1


def test_what_was_changed_since_goes_back_and_editors_are_told(
    engine: Engine, shelf: Shelf, waits: int
) -> None:
    with transaction(engine) as tx:
        entry = tx.get_one(Entry, "id-card-lost")
        content = replace(editing.content_of(entry), fee="免費")
        editing.change(tx, entry.id, content, version=entry.version, by="x", now=NOON)
    assert publish_due(engine, shelf, now=ON_THE_DAY) == 0
    assert fee(engine) == "免費"
    assert draft_of(engine, waits) == (State.OPEN, None, "這一題在排定之後又有人改過")
    assert [LABEL in one and "已退回撰寫人" in one for one in told(engine)] == [True]


def test_what_has_come_to_answer_worse_goes_back_naming_the_question(
    engine: Engine, shelf: Shelf
) -> None:
    asked = "身分證遺失了要怎麼補領？"
    with transaction(engine) as tx:
        entry = tx.get_one(Entry, "id-card-lost")
        thief = replace(editing.content_of(entry), label="別題", question=asked)
        draft = drafts.write(tx, "thief", thief, by="editor", now=NOON)
        drafts.submit(tx, draft.id, now=NOON)
        rehearsal = drafts.try_out(tx, draft, shelf.current(tx), now=NOON)
        drafts.publish(tx, draft.id, rehearsal, by="chief", now=NOON, on=DAY)
        trials.add(tx, asked, "id-card-lost", by="x", now=NOON)  # after it was approved
        number = draft.id
    assert publish_due(engine, shelf, now=ON_THE_DAY) == 0
    state, on, reason = draft_of(engine, number)
    assert (state, on) == (State.OPEN, None)
    assert reason and asked in reason
