from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from faq.errors import BadEntry, StaleEntry, UnknownEntry
from faq.keeping import editing
from faq.keeping.editing import LONGEST, MOST_WORDINGS, EntryContent
from faq.keeping.index import version_of
from faq.keeping.tables import Entry, Phrase, Revision
from tests.faq.entries import make_content
from tests.makers import NOON

LATER = NOON + timedelta(days=1)
REQUIRED = ("category", "label", "question", "answer", "source", "section")
FULL = make_content(
    documents=("國民身分證", "印章"),
    who="本人",
    fee="20 元",
    time_limit="當場",
    where="任一戶政事務所",
    online="不可",
    legal_basis="戶籍法",
    office_confirms=("規費",),
)


def create(tx: Session, entry_id: str = "test-entry", content: EntryContent = FULL) -> Entry:
    return editing.create(tx, entry_id, content, by="clerk", now=NOON)


def reread(tx: Session, entry_id: str = "test-entry") -> Entry:
    tx.flush()
    tx.expire_all()
    return tx.get_one(Entry, entry_id)


def revisions(tx: Session, entry_id: str = "test-entry") -> list[Revision]:
    found = select(Revision).where(Revision.entry_id == entry_id).order_by(Revision.version)
    return list(tx.scalars(found))


def test_what_was_written_is_what_is_read(tx: Session) -> None:
    before = version_of(tx)
    create(tx)
    entry = reread(tx)
    assert editing.content_of(entry) == FULL
    assert (entry.version, entry.retired, entry.updated_at) == (1, False, NOON)
    assert version_of(tx) == before + 1


def test_a_change_replaces_everything_and_keeps_what_was(tx: Session) -> None:
    create(tx)
    new = make_content(label="新標籤", aliases=("身分證掉了", "證件被偷"))
    editing.change(tx, "test-entry", new, version=1, by="chief", now=LATER)
    entry = reread(tx)
    assert editing.content_of(entry) == new
    assert (entry.version, entry.updated_at) == (2, LATER)
    assert tx.scalar(select(func.count()).where(Phrase.entry_id == "test-entry")) == 2
    first, second = revisions(tx)
    assert (first.by, first.at, first.content["label"]) == ("clerk", NOON, FULL.label)
    assert (second.by, second.at, second.content["label"]) == ("chief", LATER, "新標籤")
    assert first.content["documents"] == ["國民身分證", "印章"]
    assert second.content["aliases"] == ["身分證掉了", "證件被偷"]
    assert second.content["checked_on"] == "2026-11-22"


def test_a_late_reader_cannot_overwrite(tx: Session) -> None:
    create(tx)
    editing.change(tx, "test-entry", make_content(answer="第二版"), version=1, by="a", now=LATER)
    moved = version_of(tx)
    with pytest.raises(StaleEntry):
        editing.change(tx, "test-entry", FULL, version=1, by="b", now=LATER)
    with pytest.raises(StaleEntry):
        editing.retire(tx, "test-entry", version=1, by="b", now=LATER)
    entry = reread(tx)
    assert (entry.answer, entry.version, entry.retired) == ("第二版", 2, False)
    assert len(revisions(tx)) == 2
    assert version_of(tx) == moved


def test_retiring_keeps_the_entry_and_its_revisions(tx: Session) -> None:
    create(tx)
    before = version_of(tx)
    editing.retire(tx, "test-entry", version=1, by="chief", now=LATER)
    entry = reread(tx)
    assert (entry.retired, entry.version, entry.updated_at) == (True, 2, LATER)
    assert [one.content["retired"] for one in revisions(tx)] == [False, True]
    assert version_of(tx) == before + 1


def test_an_unknown_entry_is_refused(tx: Session) -> None:
    with pytest.raises(UnknownEntry):
        editing.change(tx, "nowhere", FULL, version=1, by="clerk", now=NOON)
    with pytest.raises(UnknownEntry):
        editing.retire(tx, "nowhere", version=1, by="clerk", now=NOON)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        *((name, {name: ""}) for name in REQUIRED),
        *((name, {name: " \n　"}) for name in REQUIRED),
        ("label", {"label": "字" * (LONGEST["label"] + 1)}),
        ("checked_on", {"checked_on": date(2026, 11, 27)}),
        ("aliases", {"aliases": tuple(f"問法{n}" for n in range(MOST_WORDINGS + 1))}),
        ("aliases", {"aliases": ("身分證不見了", "？？")}),
        ("aliases", {"aliases": ("身分證不見了", "")}),
        ("aliases", {"aliases": ("身分證不見了", "身份证 不見了！")}),
    ],
)
def test_content_that_breaks_a_rule_is_refused(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadEntry) as caught:
        editing.check(make_content(**given), NOON)
    assert caught.value.field == field
    assert caught.value.problem in str(caught.value)


def test_content_at_every_limit_is_taken() -> None:
    wordings = tuple(f"問法{n}" for n in range(MOST_WORDINGS))
    most = make_content(label="字" * LONGEST["label"], aliases=wordings, checked_on=NOON.date())
    editing.check(most, NOON)
    editing.check(make_content(aliases=()), NOON)


def test_a_change_is_checked_too(tx: Session) -> None:
    create(tx)
    with pytest.raises(BadEntry):
        editing.change(tx, "test-entry", replace(FULL, source=""), version=1, by="a", now=NOON)
    assert editing.content_of(reread(tx)) == FULL
    assert len(revisions(tx)) == 1


def test_an_id_is_small_letters_digits_and_hyphens(tx: Session) -> None:
    for good in ("a1", "1957-hotline", "a" * 32):
        assert create(tx, good).id == good
    for bad in ("", "a", "-a", "Ab", "a_b", "a b", "身分證", "a" * 33, "ab\n"):
        with pytest.raises(BadEntry) as caught:
            create(tx, bad)
        assert caught.value.field == "id"


def test_an_id_is_given_once_even_after_it_retired(tx: Session) -> None:
    create(tx)
    with pytest.raises(BadEntry, match="taken"):
        create(tx)
    editing.retire(tx, "test-entry", version=1, by="clerk", now=NOON)
    with pytest.raises(BadEntry, match="taken") as caught:
        create(tx)
    assert caught.value.field == "id"


def test_many_are_entered_or_none(tx: Session) -> None:
    def counts() -> list[int | None]:
        tables = (Entry, Phrase, Revision)
        return [tx.scalar(select(func.count()).select_from(table)) for table in tables]

    before, version = counts(), version_of(tx)
    for bad in (("test-two", replace(FULL, answer="")), ("Bad Id", FULL), ("test-one", FULL)):
        with pytest.raises(BadEntry):
            editing.create_all(tx, [("test-one", FULL), bad], by="clerk", now=NOON)
        tx.flush()
        assert (counts(), version_of(tx)) == (before, version)


def test_many_entries_move_the_index_once(tx: Session) -> None:
    before = version_of(tx)
    editing.create_all(tx, [("test-one", FULL), ("test-two", FULL)], by="a", now=NOON)
    assert all(tx.get(Entry, entry_id) for entry_id in ("test-one", "test-two"))
    assert version_of(tx) == before + 1


def test_a_nul_is_refused_before_postgresql_would(tx: Session) -> None:
    for changed in ({"answer": "甲\0"}, {"aliases": ("甲\0",)}, {"category": "類" * 41}):
        with pytest.raises(BadEntry):
            editing.create(tx, "test-nul", replace(FULL, **changed), by="a", now=NOON)
