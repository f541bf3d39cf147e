from collections import defaultdict
from datetime import UTC, date, datetime

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.collation import fold
from faq.errors import BadEntry
from faq.keeping import editing, exchange
from faq.keeping.editing import ENTRY_ID, EntryContent
from faq.keeping.index import version_of
from faq.keeping.tables import Entry, Revision
from tests.makers import NOON

SHIPPED_ON = date(2026, 11, 22)
SHIPPED = list(exchange.shipped())
# Ask which kind of move is meant.
OF_TWO_ENTRIES = {*map(fold, ("我要遷戶口", "遷戶口要帶什麼", "我要遷戶口要帶什麼"))}
each = pytest.mark.parametrize(("entry_id", "content"), SHIPPED, ids=[one for one, _ in SHIPPED])


def text(**given: object) -> str:
    """A file with one good entry, but for what is given."""
    usual: dict[str, object] = {
        "id": "test-entry",
        "category": "身分證",
        "label": "補領身分證",
        "question": "身分證遺失了要怎麼補領？",
        "answer": "請本人辦理。\n當場領取。\n",
        "source": "內政部",
        "checked_on": SHIPPED_ON,
        "section": "登記課",
        "aliases": ["身分證不見了", " 身分證掉了 "],
    }
    return yaml.safe_dump([usual | given], allow_unicode=True)


def test_there_are_entries_enough_and_no_id_twice() -> None:
    assert len(SHIPPED) >= 80
    assert len({entry_id for entry_id, _ in SHIPPED}) == len(SHIPPED)


@each
def test_a_shipped_entry_follows_every_rule(entry_id: str, content: EntryContent) -> None:
    assert ENTRY_ID.fullmatch(entry_id)
    editing.check(content, datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert content.checked_on <= SHIPPED_ON
    assert content.source.strip()
    assert len(content.category) <= 40
    assert len(content.section) <= 60
    assert all(line.strip() for line in (*content.documents, *content.office_confirms))


def test_no_wording_belongs_to_two_entries() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for entry_id, content in SHIPPED:
        for wording in (content.question, *content.aliases):
            owners[fold(wording)].add(entry_id)
    shared = {wording: ids for wording, ids in owners.items() if len(ids) > 1}
    assert shared.keys() <= OF_TWO_ENTRIES, shared


def test_every_field_is_read() -> None:
    for name in exchange.TEXTS:
        ((_, content),) = exchange.parse(text(**{name: f" {name} "}))
        assert getattr(content, name) == name
    assert {*exchange.TEXTS, *exchange.LISTS, *exchange.DAYS, "checked_on", "variants"} == set(
        EntryContent.__dataclass_fields__
    )


def test_variants_and_days_are_read() -> None:
    variants = [
        {"label": "本人辦理", "answer": "帶身分證。"},
        {"label": "委託代辦", "answer": "帶委託書。", "documents": ["委託書"]},
    ]
    ((_, content),) = exchange.parse(text(variants=variants, valid_until=SHIPPED_ON))
    assert [one.label for one in content.variants] == ["本人辦理", "委託代辦"]
    assert content.variants[1].documents == ("委託書",)
    assert (content.valid_from, content.valid_until) == (None, SHIPPED_ON)


def test_every_shipped_translation_belongs_to_an_entry() -> None:
    known = {entry_id for entry_id, _ in exchange.shipped()}
    translated = dict(exchange.shipped_translations())
    assert translated.keys() <= known
    assert len(translated) >= 80
    assert len(known) >= 300


def test_a_file_is_read_as_it_stands() -> None:
    ((entry_id, content),) = exchange.parse(text(fee=None, documents=["印章", 3]))
    assert entry_id == "test-entry"
    assert content.answer == "請本人辦理。\n當場領取。"
    assert content.aliases == ("身分證不見了", "身分證掉了")
    assert (content.fee, content.documents, content.office_confirms) == ("", ("印章", "3"), ())
    assert content.checked_on == SHIPPED_ON


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ("- a: [", "file"),
        ("", "file"),
        ("id: test-entry", "file"),
        ("- test-entry", "file"),
        (text(checked_on="昨天"), "test-entry.checked_on"),
        (text(checked_on=None), "test-entry.checked_on"),
        (text(aliases="身分證不見了"), "test-entry.aliases"),
        (text(documents={"a": 1}), "test-entry.documents"),
        (text(office_confirms=None), "test-entry.office_confirms"),
        (text(valid_until="明年"), "test-entry.valid_until"),
        (text(variants="本人"), "test-entry.variants"),
        (text(variants=[{"label": "本人", "fee": "0"}]), "test-entry.variants.fee"),
    ],
)
def test_a_bad_file_is_refused_and_the_field_named(bad: str, field: str) -> None:
    with pytest.raises(BadEntry) as caught:
        list(exchange.parse(bad))
    assert caught.value.field == field


def test_a_file_is_never_executed() -> None:
    with pytest.raises(BadEntry):
        list(exchange.parse("- !!python/object/apply:os.getcwd []"))


def test_a_missing_field_is_refused_when_entered(tx: Session) -> None:
    for name in ("id", *editing.REQUIRED):
        with pytest.raises(BadEntry) as caught:
            exchange.enter(tx, exchange.parse(text(**{name: None})), by="clerk", now=NOON)
        assert caught.value.field == name


def test_only_new_entries_are_entered_and_the_offices_own_stay(tx: Session) -> None:
    kept = tx.scalars(select(Entry).order_by(Entry.id)).first()
    assert kept is not None
    version = version_of(tx)
    file = text(id=kept.id, answer="蓋掉") + text()
    assert exchange.enter(tx, exchange.parse(file), by="clerk", now=NOON) == 1
    tx.expire_all()
    assert kept.answer != "蓋掉"
    assert tx.get_one(Entry, "test-entry").label == "補領身分證"
    assert version_of(tx) == version + 1


def test_what_is_shipped_is_already_entered(tx: Session) -> None:
    assert exchange.enter(tx, exchange.shipped(), by="clerk", now=NOON) == 0
    assert tx.scalar(select(func.count()).select_from(Entry)) == len(SHIPPED)
    assert tx.scalar(select(func.count()).select_from(Revision)) == len(SHIPPED)


def test_every_shipped_entry_comes_back_as_it_was_written(tx: Session) -> None:
    stored = {entry.id: editing.content_of(entry) for entry in tx.scalars(select(Entry))}
    assert stored == dict(SHIPPED)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ("- {id: x, checked_on: 2024-13-31}", "file"),
        (text(aliases=[None]), "test-entry.aliases"),
        (text(alias=["身分證"]), "test-entry.alias"),
    ],
)
def test_what_would_be_dropped_without_a_word_is_refused(bad: str, field: str) -> None:
    with pytest.raises(BadEntry) as caught:
        list(exchange.parse(bad))
    assert caught.value.field == field
