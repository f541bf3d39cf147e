"""What Prometheus is told, to whom; and that dashboard and alerts ask for what there is."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from app import office as roof
from app.office import Office
from app.settings import Settings
from complaints.tables import Case
from data import outbox
from data.database import transaction
from data.outbox import Address, Delivery, Message, Outbox
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import KEYRING
from tests.makers import NOON, make_case
from tests.served import create_web

TOKEN = "prometheus-0123456789"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = re.compile(r"\b((?:civicline|process)_\w+)")
Values = dict[tuple[str, ...], float]


@pytest.fixture
def office(database_url: str, tmp_path: Path, shelf: Shelf) -> Iterator[Office]:
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        sealing_keys=SecretStr(KEYRING.as_text()),
        metrics_token=SecretStr(TOKEN),
    )
    made = roof.build(settings, FakeClock(), shelf)
    yield made
    made.engine.dispose()


@pytest.fixture
def browser(office: Office) -> TestClient:
    """Without the loops."""
    return TestClient(create_web(office, loops=False))


def told(browser: TestClient) -> Values:
    """Every sample by its name and its labels' values."""
    answer = browser.get("/metrics", headers=SHOWN)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    samples = (sample for family in families for sample in family.samples)
    return {(one.name, *one.labels.values()): one.value for one in samples}


def test_only_who_shows_the_token_is_told(browser: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": TOKEN}):
        refused = browser.get("/metrics", headers=headers)
        assert (refused.status_code, refused.text) == (401, "")


def test_without_a_token_there_is_nothing(database_url: str, tmp_path: Path, shelf: Shelf) -> None:
    office = roof.build(Settings(database_url=database_url, data_dir=tmp_path), FakeClock(), shelf)
    browser = TestClient(create_web(office, loops=False))
    assert browser.get("/metrics", headers=SHOWN).status_code == 404
    office.engine.dispose()


def test_the_record_is_told(browser: TestClient, engine: Engine) -> None:
    with transaction(engine) as tx:
        for _ in range(3):
            make_case(tx)
        late = make_case(tx)
        tx.execute(update(Case).where(Case.id == late.id).values(due_on=NOON.date() - timedelta(1)))
        tx.execute(update(Outbox).values(state=Delivery.SENT))
        for name, state in (("1", Delivery.WAITING), ("2", Delivery.DEAD)):
            earlier = NOON - timedelta(seconds=90)
            outbox.post(tx, Address("telegram", name), Message("x"), key=name, now=earlier)
            tx.execute(update(Outbox).where(Outbox.name == name).values(state=state))
    found = told(browser)
    assert found["civicline_cases", "open"] == 4
    assert found["civicline_cases", "overdue"] == 1
    assert found["civicline_outbox_waiting",] == 1
    assert found["civicline_outbox_dead",] == 1
    assert found["civicline_outbox_oldest_seconds",] == 90
    assert found["civicline_uncounted",] >= 4
    assert found["civicline_ready",] == 1
    assert found["civicline_disk_free_bytes",] > 0


def test_requests_are_counted_by_face_and_never_by_address(browser: TestClient) -> None:
    for path in ("/chat", "/staff/cases/WH-1", "/case?case_no=WH-1150101-0001", "/nowhere"):
        browser.get(path, follow_redirects=False)
    found = told(browser)
    assert found["civicline_requests_total", "chat", "2xx"] == 2
    assert found["civicline_requests_total", "console", "3xx"] == 1
    assert found["civicline_requests_total", "other", "4xx"] == 1
    assert found["civicline_request_seconds_count", "chat"] == 2
    assert "WH-" not in browser.get("/metrics", headers=SHOWN).text


def test_a_database_that_is_gone_is_not_ready_and_no_error(tmp_path: Path, shelf: Shelf) -> None:
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        data_dir=tmp_path,
        metrics_token=SecretStr(TOKEN),
    )
    office = roof.build(settings, FakeClock(), shelf)
    found = told(TestClient(create_web(office, loops=False)))
    assert found["civicline_ready",] == 0
    assert ("civicline_outbox_waiting",) not in found


def asked_for(expression: str) -> set[str]:
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in NAME.findall(expression)}


def test_dashboard_and_alerts_ask_for_what_there_is(browser: TestClient) -> None:
    browser.get("/chat")
    text = browser.get("/metrics", headers=SHOWN).text
    there = {re.sub(r"_(bucket|count|sum)$", "", name) for name in NAME.findall(text)}
    board: dict[str, Any] = json.loads((DEPLOY / "grafana" / "civicline.json").read_text())
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    watched = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    assert len(shown) > 10
    assert len(watched) > 5
    for expression in (*shown, *watched):
        assert asked_for(expression), expression
        assert asked_for(expression) <= there, expression
        assert expression.count("(") == expression.count(")")
    piles = {labels[1] for labels in told(browser) if labels[0] == "civicline_cases"}
    named = {pile for one in (*shown, *watched) for pile in re.findall(r'pile="(\w+)"', one)}
    assert named <= piles
