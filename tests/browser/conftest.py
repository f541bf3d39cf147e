"""A real browser before the program as it is served, with Telegram played by a fake server."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from data.database import transaction
from faq.keeping.index import Shelf
from tests.admin_api.staff import Phone, set_up_phone
from tests.conftest import NO_CHROMIUM
from tests.journeys.world import World, opened
from tests.makers import PASSWORD, make_officer

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
# No word to anybody outside, and no sandbox: the tests may run as root.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # milliseconds; a busy machine is no defect of the page
DESKTOP = ViewportSize(width=1200, height=900)
PHONE = ViewportSize(width=360, height=740)
STARTS_WITHIN = 20.0  # seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium these tests are skipped, and the last lines of the run say so."""
    if CHROMIUM is None:
        for item in items:
            if "chromium" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; one for the tests of a module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Served:
    """The office as it is served on a port of this machine."""

    world: World
    address: str
    phones: dict[str, Phone]

    def log_in(self, page: Page, username: str) -> None:
        """Through the form, with the code of the telephone where there is one."""
        page.goto(f"{self.address}/staff/login")
        page.locator("#username").fill(username)
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        if username in self.phones:
            page.locator("[name=code]").fill(self.phones[username].code(self.world.clock()))
            page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/staff(/today|/questions)?$"))


@pytest.fixture
def served(database_url: str, tmp_path: Path, shelf: Shelf) -> Iterator[Served]:
    """An office with officers, one of them with a second factor, on a real port."""
    with opened(database_url, tmp_path, shelf) as world:
        with transaction(world.office.engine) as tx:
            make_officer(tx, "clerk", "clerk", "civil")
        phones = {"clerk": set_up_phone(world.office.engine, "clerk", world.clock())}
        with _serving(world) as address:
            yield Served(world, address, phones)


@contextmanager
def _serving(world: World) -> Iterator[str]:
    """The program on a free port; its loops run already, in the world's own client."""
    config = uvicorn.Config(world.browser.app, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    until = monotonic() + STARTS_WITHIN
    while not server.started and monotonic() < until:
        sleep(0.02)
    _host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://localhost:{port}"  # by this name a browser keeps cookies that ask for https
    server.should_exit = True
    thread.join()
