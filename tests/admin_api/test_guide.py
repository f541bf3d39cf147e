"""The guide for integrators: its Python is run against the program, its tables are checked."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from admin_api import errors, logins, tokens
from admin_api.policy import Scope
from app.office import Office
from app.web import create_web
from bot import subscriber
from data import outbox
from data.database import transaction
from tests.admin_api.staff import once
from tests.makers import NOON, PASSWORD, make_officer

GUIDE = (Path(__file__).parents[2] / "docs" / "integrating.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
THERE = "https://civicline.example.gov.tw"
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
BODY = b'{"type":"test"}'
NOW = int(NOON.timestamp())


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where the program is served, by a real server but without its loops."""
    config = uvicorn.Config(create_web(office), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    running.join()


def run(blocks: list[str], address: str = THERE) -> dict[str, Any]:
    """The blocks one after the other, as in one file."""
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block.replace(THERE, address), "docs/integrating.md", "exec"), names)
    return names


@once
def test_all_python_of_the_guide_runs_against_the_program(
    office: Office, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)
    monkeypatch.setenv("CIVICLINE_PASSWORD", PASSWORD)
    names = run(BLOCKS, address)
    names["api"].close()
    assert len(BLOCKS) >= 9
    assert names["second"].status_code == 201
    assert names["deadline"]["due_on"] > "2026-11-26"


def test_the_guides_check_of_a_signature_takes_ours_and_no_other() -> None:
    (block,) = [one for one in BLOCKS if "def is_from_civicline" in one]
    check = run([block])["is_from_civicline"]
    headers = subscriber.signed(SECRET, "subscriber:1:812", NOW, BODY)
    assert check(SECRET, headers, BODY, NOW)
    assert check(SECRET, headers, BODY, NOW + 300)
    assert not check(SECRET, headers, BODY, NOW + 301)
    assert not check(SECRET, headers, BODY + b" ", NOW)
    assert not check("whsec_b3RoZXI=", headers, BODY, NOW)
    assert not check(SECRET, headers | {"webhook-id": "subscriber:1:813"}, BODY, NOW)
    assert not check(SECRET, headers | {"webhook-timestamp": str(NOW + 1)}, BODY, NOW)


def test_the_guide_lists_every_problem_with_its_status() -> None:
    listed = re.findall(r"^\| `([a-z0-9-]+)` \| (\d{3}) \|", GUIDE, re.MULTILINE)
    ours = {(one.name, str(one.status)) for one in errors.PROBLEMS.values()}
    others = {("invalid-request", "422"), ("database-unavailable", "503")}
    assert len(listed) == len(set(listed))
    assert set(listed) == ours | others


def test_the_guides_numbers_are_the_programs() -> None:
    assert all(f"`{scope}`" in GUIDE for scope in Scope)
    assert f"at most {tokens.LONGEST_DAYS} days" in GUIDE
    assert (tokens.TOKEN_FOR.total_seconds(), "holds twelve hours" in GUIDE) == (12 * 3600, True)
    assert (logins.LOCK_AFTER, logins.TRIES) == (5, 30)
    assert outbox.RETRY_AFTER == (5, 15, 60, 300, 900, 1800, 3600, 7200)
    assert subscriber.TIMEOUT == 10
