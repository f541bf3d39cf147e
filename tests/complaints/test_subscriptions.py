"""Other systems are told of each thing once, in order, and never whose case it is."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import subscriptions
from complaints.errors import BadSubscription, UnknownSubscription
from complaints.states import EventKind, Kind
from complaints.subscriptions import _is_reachable
from complaints.tables import Event, Subscription, record
from data import outbox
from data.outbox import Address, Outbox
from tests.makers import NOON, make_case, make_officer

URL = "https://cases.example.gov.tw/hooks"


def subscribe(tx: Session, name: str = "市府系統", **given: object) -> Subscription:
    values = {"url": URL, "kinds": []} | given
    return subscriptions.add(tx, name=name, by=make_officer(tx, name), now=NOON, **values)  # type: ignore[arg-type]


def told(tx: Session, row: Subscription) -> list[dict[str, object]]:
    rows = tx.scalars(
        select(Outbox)
        .where(Outbox.channel == subscriptions.CHANNEL, Outbox.name == str(row.id))
        .order_by(Outbox.id)
    )
    return [json.loads(one.message.text) for one in rows]


def test_each_thing_that_happens_is_told_once_and_in_order(tx: Session) -> None:
    before = make_case(tx, now=NOON - timedelta(days=1))
    row = subscribe(tx)
    case = make_case(tx)
    record(tx, before, EventKind.ASSIGNED, now=NOON)
    assert subscriptions.anything_new(tx)
    assert subscriptions.post_new(tx, now=NOON) == 2
    assert subscriptions.post_new(tx, now=NOON) == 0
    assert not subscriptions.anything_new(tx)
    assert [one["type"] for one in told(tx, row)] == ["case.received", "case.assigned"]
    first = told(tx, row)[0]["data"]
    assert isinstance(first, dict)
    assert (first["case_no"], first["due_on"]) == (case.case_no, case.due_on.isoformat())


def test_nothing_of_the_citizens_leaves(tx: Session) -> None:
    row = subscribe(tx)
    case = make_case(tx, content="王小明的路燈壞了", place="中山路15號")
    record(tx, case, EventKind.INFORMATION_ADDED, now=NOON, text="電話 0912345678")
    subscriptions.post_new(tx, now=NOON)
    text = json.dumps(told(tx, row), ensure_ascii=False)
    assert case.case_no in text
    for secret in ("王小明", "路燈", "中山路", "0912", case.lookup_code, case.subject):
        assert secret not in text


@pytest.mark.parametrize(
    "closed", [{"kind": Kind.MISCONDUCT_REPORT}, {"confidential": True}], ids=str
)
def test_of_a_case_in_the_closed_circle_nothing_is_told(
    tx: Session, closed: dict[str, Any]
) -> None:
    row = subscribe(tx)
    make_case(tx, **closed)
    subscriptions.post_new(tx, now=NOON)
    assert told(tx, row) == []


def test_only_what_was_asked_for_is_told(tx: Session) -> None:
    row = subscribe(tx, kinds=["closed"])
    case = make_case(tx)
    record(tx, case, EventKind.CLOSED, now=NOON)
    record(tx, case, EventKind.NOTED, now=NOON, text="內部")
    subscriptions.post_new(tx, now=NOON)
    assert [one["type"] for one in told(tx, row)] == ["case.closed"]


def test_internal_notes_and_looking_at_identities_are_told_to_nobody(tx: Session) -> None:
    row = subscribe(tx)
    case = make_case(tx)
    for kind in subscriptions.NEVER_TOLD:
        record(tx, case, kind, now=NOON)
    subscriptions.post_new(tx, now=NOON)
    assert [one["type"] for one in told(tx, row)] == ["case.received"]


def test_a_number_that_commits_late_is_told_all_the_same(tx: Session) -> None:
    row = subscribe(tx)
    case = make_case(tx)
    top = tx.scalars(select(Event.id).order_by(Event.id.desc())).first() or 0
    late = Event(id=top + 5, case_id=case.id, kind="assigned", at=NOON, data={})
    tx.add(late)
    tx.flush()
    subscriptions.post_new(tx, now=NOON)
    tx.add(Event(id=top + 2, case_id=case.id, kind="accepted", at=NOON, data={}))
    tx.add(Event(id=top + 6, case_id=case.id, kind="replied", at=NOON, data={}))
    tx.flush()
    subscriptions.post_new(tx, now=NOON)
    assert {one["type"] for one in told(tx, row)} == {
        "case.received",
        "case.assigned",
        "case.accepted",
        "case.replied",
    }


def test_a_stopped_system_is_told_nothing_and_goes_on_from_now(tx: Session) -> None:
    row = subscribe(tx)
    change = {"name": row.name, "url": URL, "kinds": []}
    subscriptions.change(tx, row.id, active=False, **change)  # type: ignore[arg-type]
    make_case(tx)
    assert subscriptions.post_new(tx, now=NOON) == 0
    subscriptions.change(tx, row.id, active=True, **change)  # type: ignore[arg-type]
    assert subscriptions.post_new(tx, now=NOON) == 0


def test_more_than_one_look_takes_is_all_told(tx: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "AT_ONCE", 230)
    row = subscribe(tx)
    case = make_case(tx)
    for _ in range(700):
        tx.add(Event(case_id=case.id, kind=EventKind.DELIVERED, at=NOON, data={}))
    tx.flush()
    looks = 0
    while subscriptions.anything_new(tx):
        subscriptions.post_new(tx, now=NOON)
        looks += 1
    assert len(told(tx, row)) == 701
    assert looks > 3


def test_the_secret_is_its_own_lasts_and_can_be_renewed(tx: Session) -> None:
    one, other = subscribe(tx), subscribe(tx, "另一個")
    first = subscriptions.secret(tx, one)
    assert first.startswith("whsec_") and first == subscriptions.secret(tx, one)
    assert first != subscriptions.secret(tx, other)
    subscriptions.renew_secret(tx, one.id)
    assert subscriptions.secret(tx, one) != first


def test_what_was_given_up_can_be_sent_again(tx: Session) -> None:
    row = subscribe(tx)
    subscriptions.post_test(tx, row.id, now=NOON)
    waiting = subscriptions.deliveries(tx, row.id)[0]
    outbox.settle_dead(tx, waiting.id, "500", now=NOON)
    tx.expire_all()
    assert subscriptions.send_again(tx, row.id, now=NOON + timedelta(hours=9)) == 1
    address = Address(subscriptions.CHANNEL, str(row.id))
    assert outbox.undelivered(tx, address) == []


def test_names_events_and_addresses_that_will_not_do_are_named(tx: Session) -> None:
    subscribe(tx)
    by, right = make_officer(tx), {"name": "新", "url": URL, "kinds": list[str]()}
    for field, wrong in {"name": " ", "url": "ftp://x.example", "kinds": ["noted"]}.items():
        values: dict[str, Any] = right | {field: wrong}
        with pytest.raises(BadSubscription) as refused:
            subscriptions.add(tx, by=by, now=NOON, **values)
        assert refused.value.field == field
    with pytest.raises(BadSubscription):
        subscribe(tx, "市府系統 ")
    with pytest.raises(UnknownSubscription):
        subscriptions.renew_secret(tx, 99)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://cases.example.gov.tw/hooks?x=1", True),
        ("http://10.0.3.4:8080/in", True),
        ("http://localhost:9000/", True),
        ("http://registry.internal/in", True),
        ("http://cases.example.gov.tw/hooks", False),
        ("http://8.8.8.8/", False),
        ("http://169.254.169.254/latest", False),
        ("https://user:secret@cases.example.gov.tw/", False),
        ("https://", False),
        ("https://a.example/#x", False),
        ("https://a.example/\nX: y", False),
        ("https://[::1", False),
        ("javascript:alert(1)", False),
        ("https://a.example:99999/", False),
        ("https://a.example/" + "x" * 500, False),
    ],
)
def test_where_a_system_may_be(url: str, fits: bool) -> None:
    assert _is_reachable(url) is fits


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    assert _is_reachable(text) in {True, False}
    assert _is_reachable(f"https://{text}") in {True, False}
