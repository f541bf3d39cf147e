"""Fixtures of every room: both databases, fresh for each test; nothing outside is reached."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

import app  # noqa: F401 - sets what python-telegram-bot reads from the environment
from data.database import engine_for, reading, transaction
from faq.keeping.index import Index, Shelf
from faq.language.words import WordFiles, Words
from tests.databases import KEYRING, KINDS, Databases
from tests.postgres import quick_folder

HERE = Path(__file__).parent
NO_CHROMIUM = "no Chromium found (Debian: apt install chromium)"
FACES = frozenset({"admin_api", "app", "bot", "journeys"})
GROWN = 1.1
used: dict[str, str] = {}
largest = [0]  # what the process took when it was last searched


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The maker of databases of this test process, in memory where the system has room for it."""
    with TemporaryDirectory(dir=quick_folder(), prefix="civicline-") as folder:
        made = Databases(Path(folder))
        yield made
        used.update(made.versions)
        made.stop()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-database`: the tests of the faces and of the roof on both kinds, too."""
    parser.addoption("--every-database", action="store_true")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of domains or ground runs on each kind of database.

    A test that goes through a face runs on one of them, told by its name, so that half of each
    face's tests are on either: what they ask of a database the domains' tests ask of both.
    """
    given = metafunc.definition.iter_markers("parametrize")
    if "database_kind" in metafunc.fixturenames and not any(
        mark.args[0] == "database_kind" for mark in given
    ):
        every = metafunc.config.getoption("--every-database")
        one = KINDS[crc32(metafunc.function.__name__.encode()) % 2]
        face = metafunc.definition.path.relative_to(HERE).parts[0] in FACES
        kinds = KINDS if every or not face else (one,)
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database of this run of the test."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, databases: Databases) -> Iterator[str]:
    """A seeded database of the test's own."""
    with databases.fresh(database_kind) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a seeded database."""
    made = engine_for(database_url, KEYRING)
    yield made
    made.dispose()


@pytest.fixture
def tx(
    request: pytest.FixtureRequest, database_kind: str, databases: Databases
) -> Iterator[Session]:
    """One open transaction on a seeded database.

    It is committed at the end of a test that also looks at the database from outside, and rolled
    back otherwise: then all such tests share one database, which makes them quick.
    """
    if "database_url" in request.fixturenames:
        with transaction(request.getfixturevalue("engine")) as session:
            yield session
        return
    with transaction(databases.shared(database_kind)) as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what can be made again, here and by the programs that tests start."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def words(cache: Path) -> Words:
    """The shipped words."""
    return Words(WordFiles.shipped(), cache)


@pytest.fixture(scope="session")
def shelf(words: Words) -> Shelf:
    """One shelf for all databases that hold the seeded entries unchanged."""
    return Shelf(words)


@pytest.fixture(scope="session")
def filled(shelf: Shelf, databases: Databases) -> Shelf:
    """The shelf with the index of the seeded entries; take a copy where entries may change."""
    with reading(databases.shared("sqlite")) as tx:
        shelf.current(tx)
    gc.freeze()
    return shelf


@pytest.fixture
def index(tx: Session, shelf: Shelf) -> Index:
    """The index of the seeded entries."""
    return shelf.current(tx)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest tests are begun first, some by each process: at the end nobody waits for one."""
    processes = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [one for one in items if one.get_closest_marker("long")]
    rest = [one for one in items if not one.get_closest_marker("long")]
    size = -(-len(items) // processes)  # of the portions that are dealt out first
    items.clear()
    for process in range(processes):
        items += (first := long[process::processes])
        items += rest[: size - len(first)]
        del rest[: size - len(first)]
    items += rest


def pytest_collection_finish() -> None:
    """What was collected lives until the end: it is not searched for garbage again and again.

    Thousands of tests are so much of it that the searching took a fifth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Whenever a test made the process grow by a tenth, what it left is searched for garbage.

    A whole engine of understanding is few objects and much room: counted by objects alone, dozens
    of them would lie about.
    """
    most = getrusage(RUSAGE_SELF).ru_maxrss
    if most > GROWN * largest[-1]:
        largest.append(most)
        gc.collect()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: a test often only waits for the program it tests."""
    return 1 + (os.cpu_count() or 1)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells its controller which databases it used."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["databases"] = dict(used)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The controller hears it."""
    used.update(getattr(node, "workeroutput", {}).get("databases", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which databases were really used, and whether there was a browser."""
    if used:
        terminalreporter.write_line(f"databases used: {', '.join(sorted(used.values()))}")
    skipped = terminalreporter.stats.get("skipped", [])
    if unseen := sum(NO_CHROMIUM in str(one.longrepr) for one in skipped):
        terminalreporter.write_line(f"{NO_CHROMIUM}: {unseen} tests in a real browser did not run")
