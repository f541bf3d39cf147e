from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from faq.errors import AnswersWorse, BadEntry, NoTranslation, StaleEntry, UnknownEntry
from faq.keeping import editing, translating, trials
from faq.keeping.answering import understand
from faq.keeping.index import Index, Shelf, Translated
from faq.keeping.tables import Entry, Translation
from faq.language.words import Words
from tests.makers import NOON

TEXT = Translated(
    label="Cat licence",
    question="How do I get a licence for my cat?",
    answer="Bring the cat.",
    aliases=("feline permit application",),
    documents=("The cat",),
)
OF = "seal-cert"


def write(
    tx: Session, index: Index, text: Translated = TEXT, entry_id: str = OF, version: int = 1
) -> Translation:
    rehearsal = translating.try_out(tx, entry_id, text, index)
    return translating.write(
        tx, entry_id, text, rehearsal, of_version=version, by="chief", now=NOON
    )


def test_an_english_text_is_shown_and_understood_at_once(
    tx: Session, small: Index, words: Words
) -> None:
    shelf = Shelf(words)
    before = shelf.current(tx)
    kept = write(tx, before)
    assert (kept.of_version, kept.by) == (1, "chief")
    after = shelf.current(tx)
    assert after.version > before.version
    said = understand("feline permit application", after).judgement
    assert (said.verdict, said.ranked[0].entry_id) == ("sure", OF)
    shown = after.cards[OF].in_language("en")
    assert shown is not None
    assert (shown.label, shown.documents, shown.fee) == ("Cat licence", ("The cat",), "")


def test_it_is_withheld_when_its_entry_changes_until_it_is_written_anew(
    tx: Session, small: Index, words: Words
) -> None:
    shelf = Shelf(words)
    write(tx, shelf.current(tx))
    entry = tx.get_one(Entry, OF)
    content = replace(editing.content_of(entry), fee="30 元")
    editing.change(tx, OF, content, version=1, by="x", now=NOON)
    assert translating.outdated(tx) == [OF]
    assert shelf.current(tx).cards[OF].in_language("en") is None
    with pytest.raises(StaleEntry):
        write(tx, shelf.current(tx), version=1)
    write(tx, shelf.current(tx), replace(TEXT, fee="NT$30"), version=2)
    shown = shelf.current(tx).cards[OF].in_language("en")
    assert shown is not None and shown.fee == "NT$30"
    assert translating.outdated(tx) == []


def test_it_can_be_removed(tx: Session, small: Index, words: Words) -> None:
    shelf = Shelf(words)
    write(tx, shelf.current(tx))
    translating.remove(tx, OF)
    assert shelf.current(tx).cards[OF].english is None
    with pytest.raises(NoTranslation):
        translating.remove(tx, OF)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"label": " "}, "label"),
        ({"answer": ""}, "answer"),
        ({"label": "x" * 41}, "label"),
        ({"fee": "30\0"}, "fee"),
        ({"aliases": ("?!",)}, "aliases"),
        ({"aliases": tuple(f"cat {n}" for n in range(201))}, "aliases"),
    ],
)
def test_what_will_not_do_is_named(
    tx: Session, small: Index, wrong: dict[str, str | tuple[str, ...]], field: str
) -> None:
    with pytest.raises(BadEntry) as raised:
        write(tx, small, replace(TEXT, **wrong))  # type: ignore[arg-type]
    assert raised.value.field == field


def test_a_text_that_answers_the_test_set_worse_is_not_kept(
    tx: Session, small: Index, words: Words
) -> None:
    index = Shelf(words).current(tx)
    asked = "身分證遺失了要怎麼補領？"
    trials.add(tx, asked, "id-card-lost", by="x", now=NOON)
    with pytest.raises(AnswersWorse):
        write(tx, index, replace(TEXT, aliases=(asked,)))


def test_an_entry_that_is_not_there_has_no_english(tx: Session, small: Index) -> None:
    with pytest.raises(UnknownEntry):
        translating.find(tx, "no-such")
    with pytest.raises(UnknownEntry):
        write(tx, small, entry_id="no-such")
