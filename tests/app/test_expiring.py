"""Whoever looks after answers is told which of them end."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.expiring import tell_owners
from complaints.tables import Officer, Reminder, Section
from data.database import reading, transaction
from data.outbox import Outbox
from faq.keeping import editing
from faq.keeping.index import Shelf
from faq.keeping.tables import Entry
from tests.makers import NOON, make_officer

ENDS = NOON.date() + timedelta(days=20)


@pytest.fixture(autouse=True)
def people(engine: Engine, filled: Shelf) -> None:
    """An editor, a clerk, and the chiefs of two sections, one of which owns the answer."""
    with transaction(engine) as tx:
        make_officer(tx, "editor", "faq_editor")
        make_officer(tx, "ann", "clerk")
        for code, name in (("id", "戶籍登記課"), ("tax", "財務課")):
            tx.add(Section(code=code, name=name))
            tx.flush()
            make_officer(tx, f"chief-{code}", "section_chief", section=code)


def set_dates(engine: Engine, entry_id: str, **days: Any) -> None:
    with transaction(engine) as tx:
        entry = tx.get_one(Entry, entry_id)
        content = replace(editing.content_of(entry), section="戶籍登記課", **days)
        editing.change(tx, entry.id, content, version=entry.version, by="x", now=NOON)


def told(engine: Engine, now: datetime) -> list[tuple[str, str]]:
    """Who is told what at this moment."""
    with reading(engine) as tx:
        before = set(tx.scalars(select(Reminder.id)))
    tell_owners(engine, now=now)
    with reading(engine) as tx:
        rows = select(Reminder.id, Officer.username, Reminder.text).join(
            Officer, Officer.id == Reminder.officer_id
        )
        return [(who, text) for number, who, text in tx.execute(rows) if number not in before]


def test_editors_and_the_chief_of_the_section_are_told_once_a_week(engine: Engine) -> None:
    set_dates(engine, "id-card-lost", valid_until=ENDS)
    set_dates(engine, "move-in", review_on=ENDS + timedelta(days=200))
    said = told(engine, NOON)
    assert sorted(who for who, _ in said) == ["chief-id", "editor"]
    assert {text for _, text in said} == {
        "題庫有 1 題將到期或該複查：身分證遺失補領 115/12/16（三）到期，請到「題庫」檢視。"
    }
    assert told(engine, NOON + timedelta(hours=1)) == []
    assert len(told(engine, NOON + timedelta(days=4))) == 2  # Monday


def test_what_has_ended_is_told_once_and_by_itself(engine: Engine) -> None:
    set_dates(engine, "id-card-lost", valid_until=NOON.date() - timedelta(days=1))
    said = told(engine, NOON)
    assert sorted(who for who, _ in said) == ["chief-id", "editor"]
    ended = "題目「身分證遺失補領」已於 115/11/25（三）到期，不再回答民眾，請更新或下架。"
    assert {text for _, text in said} == {ended}
    assert ended not in {text for _, text in told(engine, NOON + timedelta(days=7))}


def test_an_overdue_review_is_told_as_such(engine: Engine) -> None:
    set_dates(engine, "id-card-lost", review_on=NOON.date() - timedelta(days=90), valid_until=ENDS)
    assert "115/08/28（五）前複查" in told(engine, NOON)[0][1]


def test_nobody_is_told_out_of_office_hours_nor_of_nothing(engine: Engine) -> None:
    assert told(engine, NOON) == []
    set_dates(engine, "id-card-lost", valid_until=ENDS)
    assert told(engine, NOON + timedelta(hours=10)) == []
    assert told(engine, NOON + timedelta(days=2)) == []  # Saturday


def test_it_reaches_the_officers_own_chat(engine: Engine) -> None:
    with transaction(engine) as tx:
        editor = tx.scalars(select(Officer).where(Officer.username == "editor")).one()
        editor.alert_channel, editor.alert_name = "telegram", "77"
    set_dates(engine, "id-card-lost", valid_until=ENDS)
    told(engine, NOON)
    with reading(engine) as tx:
        sent = tx.scalars(select(Outbox).where(Outbox.name == "77")).one()
        assert "身分證遺失補領" in sent.message.text
