from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq.language.words import Words
from faq.understanding import knowledge
from faq.understanding.channels import Channel, Rows
from faq.understanding.knowledge import KEPT, Item, Knowledge
from faq.understanding.matching import Matcher
from tests.faq.entries import SMALL

ITEMS = [Item(entry_id, tuple(texts), "請帶身分證。") for entry_id, texts in SMALL.items()]


@pytest.fixture
def here(words: Words, tmp_path: Path) -> Words:
    """The shipped words with a cache of their own."""
    return Words(replace(words.source, lexicon="證件 = 身分證件"), tmp_path)


def kept(words: Words) -> list[Path]:
    return sorted(words.cache.glob("knowledge-*.npz"))


def same(one: Any, other: Any) -> bool:
    """Whether two pieces of knowledge hold the same, array by array."""
    if isinstance(one, Knowledge | Channel | Rows):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else one == other


def test_what_was_built_once_is_read_again_unchanged(here: Words) -> None:
    built = knowledge.load(ITEMS, here)
    assert len(kept(here)) == 1
    assert same(built, knowledge.load(ITEMS, here))
    assert same(built, Knowledge.of(ITEMS, here))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file", b"no zip at all"])
def test_a_damaged_file_is_made_again(here: Words, damage: bytes) -> None:
    built = knowledge.load(ITEMS, here)
    kept(here)[0].write_bytes(damage)
    assert same(built, knowledge.load(ITEMS, here))
    assert kept(here)[0].read_bytes() != damage


def test_other_entries_or_words_are_other_knowledge(here: Words) -> None:
    knowledge.load(ITEMS, here)
    knowledge.load(ITEMS[1:], here)
    knowledge.load(ITEMS, here.with_lists({"stopwords": "拜託啦"}))
    assert len(kept(here)) == 3


def test_only_the_newest_files_stay(here: Words) -> None:
    for count in range(1, KEPT + 3):
        knowledge.load(ITEMS[:count], here)
    assert len(kept(here)) == KEPT


def test_no_entries_can_be_kept_too(here: Words) -> None:
    assert knowledge.load([], here).ids == knowledge.load([], here).ids == ()


def test_a_wording_is_known_whatever_it_wears(here: Words) -> None:
    matcher = Matcher(knowledge.load(ITEMS, here), here, {})
    assert matcher.knows("身份证 不見了！")
    assert not matcher.knows("身分證不見")
