"""One office of each kind of database for all fuzzers: whatever they send, it must serve on."""

import itertools
from collections.abc import Callable, Iterator
from copy import copy

import pytest

from faq.keeping.index import Shelf
from tests.databases import KINDS, Databases
from tests.journeys.world import World, opened

QUESTION, ANSWER = "身分證遺失要怎麼補領", "【身分證遺失補領】"
# A bent update may come from a chat that is none, and a press is posted more than once.
REFUSED_RIGHTLY = ("chat not found", "query is too old")
_strangers = itertools.count(500_001)


@pytest.fixture(scope="package", params=KINDS)
def world(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    filled: Shelf,
) -> Iterator[World]:
    """An office that is served over a webhook, with everything running."""
    folder = tmp_path_factory.mktemp("office") / "room" / "data"
    with databases.fresh(request.param) as url, opened(url, folder, copy(filled)) as made:
        yield made
        refused = made.telegram.violations
        refused[:] = [one for one in refused if not any(why in one for why in REFUSED_RIGHTLY)]


@pytest.fixture
def serves(world: World) -> Iterator[Callable[[], None]]:
    """Called now and then: somebody new asks an ordinary question and gets the answer."""

    def ask() -> None:
        said = world.citizen(next(_strangers)).says(QUESTION)
        assert ANSWER in said.text, said.text

    yield ask
    ask()
    health = world.browser.get("/healthz")
    assert health.status_code == 200, health.text
