from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from faq.errors import (
    BadEntry,
    DraftNotOpen,
    SameOfficer,
    StaleEntry,
    UnknownDraft,
    UnknownQuestion,
)
from faq.keeping import answering, drafts, editing, index
from faq.keeping.drafts import Origin, State
from faq.keeping.index import Index, Shelf
from faq.keeping.tables import Entry, EntryDraft, Revision
from faq.language.words import Words
from tests.faq.entries import make_asked, make_content
from tests.makers import NOON

NEW_YEAR = date(2027, 1, 1)


def write(tx: Session, entry_id: str = "new-entry", **given: object) -> EntryDraft:
    content = make_content(question="貓證遺失了要怎麼補領？", aliases=("貓證不見",), **given)
    return drafts.write(tx, entry_id, content, by="editor", now=NOON)


def publish(tx: Session, draft: EntryDraft, index: Index, by: str = "chief") -> EntryDraft:
    rehearsal = drafts.try_out(tx, draft, index, now=NOON)
    return drafts.publish(tx, draft.id, rehearsal, by=by, now=NOON)


def test_a_draft_is_live_only_when_another_approved_it(tx: Session, small: Index) -> None:
    draft = write(tx)
    assert tx.get(Entry, "new-entry") is None
    with pytest.raises(DraftNotOpen):
        publish(tx, draft, small)
    drafts.submit(tx, draft.id, now=NOON)
    with pytest.raises(SameOfficer):
        publish(tx, draft, small, by="editor")
    done = publish(tx, draft, small)
    assert (done.state, done.decided_by) == (State.PUBLISHED, "chief")
    assert tx.get_one(Entry, "new-entry").question == "貓證遺失了要怎麼補領？"
    assert tx.query(Revision).filter_by(entry_id="new-entry").one().by == "editor"
    with pytest.raises(DraftNotOpen):
        drafts.submit(tx, draft.id, now=NOON)


def test_a_change_is_published_over_the_version_it_was_made_from(tx: Session, small: Index) -> None:
    draft = write(tx, "id-card-lost")
    assert draft.of_version == 1
    drafts.submit(tx, draft.id, now=NOON)
    editing.retire(tx, "id-card-lost", version=1, by="x", now=NOON)
    with pytest.raises(StaleEntry):
        publish(tx, draft, small)


def schedule(tx: Session, draft: EntryDraft, index: Index, on: date) -> EntryDraft:
    drafts.submit(tx, draft.id, now=NOON)
    rehearsal = drafts.try_out(tx, draft, index, now=NOON)
    return drafts.publish(tx, draft.id, rehearsal, by="chief", now=NOON, on=on)


def test_an_approved_draft_waits_for_its_day(tx: Session, small: Index) -> None:
    draft = schedule(tx, write(tx), small, NEW_YEAR)
    assert (draft.state, draft.publish_on, draft.decided_by) == ("scheduled", NEW_YEAR, "chief")
    assert tx.get(Entry, "new-entry") is None
    assert drafts.due(tx, NEW_YEAR - timedelta(days=1)) == []
    assert drafts.due(tx, NEW_YEAR) == [draft]
    rehearsal = drafts.try_out(tx, draft, small, now=NOON)
    drafts.publish_due(tx, draft.id, rehearsal, now=NOON)
    assert (draft.state, draft.decided_by) == ("published", "chief")
    assert tx.get_one(Entry, "new-entry").question == "貓證遺失了要怎麼補領？"
    assert drafts.due(tx, NEW_YEAR) == []
    with pytest.raises(DraftNotOpen):
        drafts.publish_due(tx, draft.id, rehearsal, now=NOON)


def test_a_day_of_today_is_at_once_and_one_that_is_gone_is_refused(
    tx: Session, small: Index
) -> None:
    assert schedule(tx, write(tx), small, NOON.date()).state == State.PUBLISHED
    late = write(tx, "other-entry")
    with pytest.raises(BadEntry, match="on"):
        schedule(tx, late, small, NOON.date() - timedelta(days=1))
    assert late.state == State.SUBMITTED


def test_what_waits_for_its_day_can_be_taken_back(tx: Session, small: Index) -> None:
    draft = schedule(tx, write(tx), small, NEW_YEAR)
    drafts.send_back(tx, draft.id, reason="改期", by="chief", now=NOON)
    assert (draft.state, draft.publish_on, draft.reason) == (State.OPEN, None, "改期")
    other = schedule(tx, write(tx, "other-entry"), small, NEW_YEAR)
    drafts.drop(tx, other.id, reason="不改了", by="editor", now=NOON)
    assert drafts.due(tx, NEW_YEAR) == []


def test_a_change_made_from_an_older_version_is_not_scheduled(tx: Session, small: Index) -> None:
    draft = write(tx, "id-card-lost")
    editing.retire(tx, "id-card-lost", version=1, by="x", now=NOON)
    with pytest.raises(StaleEntry):
        schedule(tx, draft, small, NEW_YEAR)


def test_a_draft_takes_in_what_its_entry_gained_and_is_published(tx: Session, small: Index) -> None:
    entry = tx.get_one(Entry, "id-card-lost")
    mine = replace(editing.content_of(entry), answer="先掛失。")
    draft = drafts.write(tx, entry.id, mine, by="editor", now=NOON)
    theirs = replace(editing.content_of(entry), answer="先補領。", fee="九十九元")
    editing.change(tx, entry.id, theirs, version=1, by="other", now=NOON)
    later = NOON + timedelta(minutes=1)
    assert drafts.catch_up(tx, draft.id, by="editor", now=later) == (draft, ("answer",))
    assert (draft.of_version, draft.at, drafts.is_overtaken(tx, draft)) == (2, later, False)
    assert drafts.catch_up(tx, draft.id, by="editor", now=NOON) == (draft, ())
    drafts.submit(tx, draft.id, now=NOON)
    with pytest.raises(DraftNotOpen):
        drafts.catch_up(tx, draft.id, by="editor", now=NOON)
    publish(tx, draft, index.build(tx, small.version, small.words, small.model))
    assert (entry.answer, entry.fee, entry.version) == ("先掛失。", "九十九元", 3)


def test_that_an_entry_was_retired_meanwhile_is_told(tx: Session, small: Index) -> None:
    entry = tx.get_one(Entry, "id-card-lost")
    draft = drafts.write(tx, entry.id, editing.content_of(entry), by="editor", now=NOON)
    editing.retire(tx, entry.id, version=1, by="x", now=NOON)
    assert drafts.catch_up(tx, draft.id, by="editor", now=NOON) == (draft, ("retired",))
    drafts.submit(tx, draft.id, now=NOON)
    publish(tx, draft, small)
    assert (entry.retired, entry.version) == (True, 3)


def test_a_draft_of_a_new_entry_takes_in_what_came_to_be_under_its_name(
    tx: Session, small: Index
) -> None:
    draft = write(tx, fee="")
    editing.create(tx, "new-entry", make_content(fee="十元"), by="other", now=NOON)
    assert drafts.is_overtaken(tx, draft)
    _draft, both = drafts.catch_up(tx, draft.id, by="editor", now=NOON)
    assert "question" in both
    assert (draft.content["fee"], draft.of_version) == ("十元", 1)


def test_a_draft_may_be_incomplete_until_it_is_handed_in(tx: Session) -> None:
    draft = write(tx, answer="")
    with pytest.raises(BadEntry, match="answer"):
        drafts.submit(tx, draft.id, now=NOON)
    assert draft.state == State.OPEN
    later = NOON + timedelta(minutes=1)
    drafts.rewrite(tx, draft.id, make_content(), of=NOON, by="other", now=later)
    with pytest.raises(StaleEntry):
        drafts.rewrite(tx, draft.id, make_content(), of=NOON, by="third", now=later)
    assert (drafts.submit(tx, draft.id, now=NOON).state, draft.by) == (State.SUBMITTED, "other")


def test_a_draft_sent_back_is_open_again_with_the_reason(tx: Session) -> None:
    draft = write(tx)
    drafts.submit(tx, draft.id, now=NOON)
    drafts.send_back(tx, draft.id, reason="缺法源", by="chief", now=NOON)
    assert (draft.state, draft.reason) == (State.OPEN, "缺法源")
    drafts.drop(tx, draft.id, reason="不需要", by="editor", now=NOON)
    assert drafts.waiting(tx, [State.OPEN, State.SUBMITTED]) == []
    assert drafts.waiting(tx, [State.DROPPED]) == [draft]


def test_unanswered_questions_become_the_wordings_of_a_draft(tx: Session, small: Index) -> None:
    texts = ("身分證A123456789不見了又找到怎麼辦", "身分證找到了還要補嗎", "身分證找到了還要補嗎")
    ids = [make_asked(tx, text=text).id for text in texts]
    draft = drafts.from_questions(tx, ids, "found-again", small, by="editor", now=NOON)
    content = editing.restore(draft.content)
    assert content.question == "身分證找到了還要補嗎"
    assert content.aliases == ("身分證A1*****789不見了又找到怎麼辦",)
    assert (content.category, content.section, content.answer) == ("身分證", "登記課", "")
    assert (draft.origin, draft.of_version) == (Origin.QUESTIONS, None)
    assert draft.note == "、".join(f"#{one}" for one in ids)


def test_a_category_on_which_the_nearest_entries_differ_is_left_to_the_editor(
    tx: Session, small: Index, words: Words
) -> None:
    asked = "身分證找到了還要補嗎"
    second = tx.get_one(Entry, answering.near(asked, small)[1].id)
    content = replace(editing.content_of(second), category="別的")
    editing.change(tx, second.id, content, version=second.version, by="x", now=NOON)
    ids = [make_asked(tx, text=asked).id]
    index = Shelf(words).current(tx)
    draft = drafts.from_questions(tx, ids, "found-again", index, by="editor", now=NOON)
    assert (draft.content["category"], draft.content["section"]) == ("", "登記課")
    with pytest.raises(BadEntry):
        drafts.submit(tx, draft.id, now=NOON)


def test_a_case_becomes_a_draft_without_what_identifies_anybody(tx: Session, small: Index) -> None:
    draft = drafts.from_case(
        tx,
        "street-lamp",
        small,
        case_no="WH-1151126-0007",
        question="我是A123456789，巷口路燈不亮",
        answer="已請廠商修復，聯絡電話0912345678。",
        by="editor",
        now=NOON,
    )
    assert "A123456789" not in str(draft.content) and "0912345678" not in str(draft.content)
    assert (draft.origin, draft.note) == (Origin.CASE, "WH-1151126-0007")


def test_what_is_not_there_is_said(tx: Session, small: Index) -> None:
    with pytest.raises(UnknownDraft):
        drafts.find(tx, 999_999)
    with pytest.raises(UnknownDraft):
        drafts.submit(tx, 999_999, now=NOON)
    silent = make_asked(tx, text="")
    for ids in ([999_999], [silent.id]):
        with pytest.raises(UnknownQuestion):
            drafts.from_questions(tx, ids, "nothing", small, by="editor", now=NOON)
