"""A small index, quick to build."""

import pytest
from sqlalchemy.orm import Session

from faq.keeping.index import Index, Shelf
from faq.language.words import Words
from tests.faq.entries import keep_only_small


@pytest.fixture
def small(tx: Session, words: Words) -> Index:
    """The index of the small knowledge base."""
    keep_only_small(tx)
    return Shelf(words).current(tx)
