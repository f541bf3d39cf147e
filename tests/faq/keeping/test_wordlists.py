import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.errors import BadWordList, StaleWordList
from faq.keeping import wordlists
from faq.keeping.editing import move_index
from faq.keeping.index import Shelf, version_of
from faq.keeping.tables import WordList
from faq.language.cues import Cue
from faq.language.words import EDITABLE, Words
from tests.makers import NOON


def save(tx: Session, name: str, text: str, version: int = 0) -> WordList:
    return wordlists.save(tx, name, text, version=version, by="editor", now=NOON)


def test_the_offices_words_are_understood_with_the_next_question(tx: Session, words: Words) -> None:
    shelf = Shelf(words)
    assert Cue.COMPLAINT not in shelf.current(tx).words.cues("水鹿跑出來了")
    wordlists.check("cues", "complaint: [水鹿跑出來]", words)
    save(tx, "cues", "complaint: [水鹿跑出來]")
    assert Cue.COMPLAINT in shelf.current(tx).words.cues("水鹿跑出來了")


def test_a_list_is_changed_only_over_the_version_that_was_read(tx: Session) -> None:
    before = version_of(tx)
    assert save(tx, "stopwords", "拜託啦").version == 1
    with pytest.raises(StaleWordList):
        save(tx, "stopwords", "麻煩啦")
    assert save(tx, "stopwords", "麻煩啦", version=1).version == 2
    assert version_of(tx) == before + 2
    assert tx.scalars(select(WordList.text)).all() == ["麻煩啦"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("lexicon", "身分證 = ID = 卡", "second"),
        ("lexicon", "身分證：ID", "office:1"),
        ("sounds", "zh-", "zh"),
        ("cues", "crisis: 想死", "list"),
        ("cues", "- 想死", "mapping"),
        ("cues", "crisis: [想死", "cues"),
        ("agencies", "- 健保署", "row"),
        ("cues", "complant: [等太久]", "one of"),
        ("agencies", "- [", "agencies"),
        ("pairs", "遷入 | 遷出\n遷入 |", "遷入 .': a line like"),
        ("pairs", "遷入 | 遷入", "a line like"),
        ("lexicon", "a\0b = c", "NUL"),
        ("words", "甲", "one of"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(words: Words, name: str, text: str, why: str) -> None:
    with pytest.raises(BadWordList, match=why):
        wordlists.check(name, text, words)


@pytest.mark.parametrize("name", ["cues", "agencies"])
def test_the_line_named_is_the_offices_own(words: Words, name: str) -> None:
    with pytest.raises(BadWordList, match="line 2") as found:
        wordlists.check(name, "# ours\n- [甲", words)
    assert found.value.line == 2


@pytest.mark.parametrize("name", EDITABLE)
def test_an_empty_list_is_fine(words: Words, name: str) -> None:
    wordlists.check(name, "", words)


def test_a_broken_list_in_the_table_leaves_the_old_words_serving(tx: Session, words: Words) -> None:
    shelf = Shelf(words)
    old = shelf.current(tx)
    save(tx, "lexicon", "身分證：ID")  # written past the check, by hand perhaps
    new = shelf.current(tx)
    assert (new.version, new.words) == (old.version + 1, old.words)
    assert new.rank("身分證不見了")


def test_words_are_made_anew_only_when_a_list_changed(tx: Session, words: Words) -> None:
    shelf = Shelf(words)
    save(tx, "stopwords", "拜託啦")
    first = shelf.current(tx)
    move_index(tx)
    second = shelf.current(tx)
    assert second.version == first.version + 1
    assert second.words is first.words
    save(tx, "stopwords", "麻煩啦", version=1)
    assert shelf.current(tx).words is not first.words
