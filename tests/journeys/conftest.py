from collections.abc import Iterator
from pathlib import Path

import pytest

from faq.keeping.index import Shelf
from tests.journeys.world import World, opened


@pytest.fixture
def world(database_url: str, tmp_path: Path, shelf: Shelf) -> Iterator[World]:
    """An office served over a webhook, once on each database."""
    with opened(database_url, tmp_path, shelf) as made:
        yield made
        assert made.telegram.unanswered() == set(), "a button press was never answered"
