from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from data import outbox
from data.outbox import Address, Choice, Message
from tests.makers import MING, NOON

LATER = NOON + outbox.LEASE + timedelta(seconds=1)
OTHER = Address("telegram", "2002")
CHANNELS = ["telegram"]


def put(tx: Session, text: str, to: Address = MING, key: str = "") -> bool:
    return outbox.post(tx, to, Message(text), key=key or text, now=NOON)


def claimed(tx: Session, now: object = NOON) -> list[str]:
    return [row.message.text for row in outbox.claim(tx, CHANNELS, now=now)]  # type: ignore[arg-type]


def test_a_message_comes_back_as_it_was_posted(tx: Session) -> None:
    message = Message("臺北「您好」", (Choice("有幫助", "up:1"),))
    outbox.post(tx, MING, message, key="k", now=NOON, about="event:1")
    (row,) = outbox.claim(tx, CHANNELS, now=NOON)
    assert row.message == message
    assert row.address == MING
    assert row.about == "event:1"


def test_a_button_may_open_an_address_and_older_rows_know_none(tx: Session) -> None:
    link = Choice("私下繼續", "", "https://t.me/x?start=y")
    outbox.post(tx, MING, Message("臺北", (link,)), key="k", now=NOON)
    (row,) = outbox.claim(tx, CHANNELS, now=NOON)
    assert row.message.choices == (link,)
    older = {"text": "臺北", "choices": [{"label": "有幫助", "token": "up:1"}], "answers": None}
    assert Message.from_json(older).choices == (Choice("有幫助", "up:1"),)


def test_a_key_is_posted_once(tx: Session) -> None:
    assert put(tx, "a", key="same")
    assert not put(tx, "b", key="same")
    assert claimed(tx) == ["a"]


def test_only_the_eldest_of_an_address_is_claimed(tx: Session) -> None:
    put(tx, "1")
    put(tx, "2")
    put(tx, "x", OTHER)
    assert claimed(tx) == ["1", "x"]
    assert claimed(tx) == []


def test_the_next_follows_when_the_first_is_settled(tx: Session) -> None:
    put(tx, "1")
    put(tx, "2")
    (row,) = outbox.claim(tx, CHANNELS, now=NOON)
    assert outbox.settle_sent(tx, row.id, "9", now=NOON)
    assert claimed(tx) == ["2"]


def test_an_ended_lease_is_claimed_again_and_a_late_settling_counts_once(tx: Session) -> None:
    put(tx, "1")
    (first,) = outbox.claim(tx, CHANNELS, now=NOON)
    assert claimed(tx, LATER) == ["1"]
    assert outbox.settle_sent(tx, first.id, None, now=LATER)
    assert not outbox.settle_sent(tx, first.id, None, now=LATER)
    assert not outbox.settle_dead(tx, first.id, "zombie", now=LATER)


def test_a_dead_message_frees_its_address(tx: Session) -> None:
    put(tx, "1")
    put(tx, "2")
    (row,) = outbox.claim(tx, CHANNELS, now=NOON)
    outbox.settle_dead(tx, row.id, "blocked", now=NOON)
    assert claimed(tx) == ["2"]
    assert outbox.backlog(tx).dead == 1


def test_a_message_put_off_is_due_later_and_holds_back_those_behind(tx: Session) -> None:
    put(tx, "1")
    put(tx, "2")
    (row,) = outbox.claim(tx, CHANNELS, now=NOON)
    wait = timedelta(seconds=30)
    outbox.settle_later(tx, row.id, "429", after=wait, counts=False, now=NOON)
    assert claimed(tx, NOON + timedelta(seconds=29)) == []
    (again,) = outbox.claim(tx, CHANNELS, now=NOON + wait)
    assert again.message.text == "1"
    assert again.attempts == 1  # the channel's own wish was no failed attempt


def test_attempts_are_used_up_in_the_end() -> None:
    waits = [outbox.wait_after(n) for n in range(1, 20)]
    assert waits[0] == timedelta(seconds=5)
    assert None in waits
    assert all(wait is None for wait in waits[waits.index(None) :])


def test_other_channels_messages_are_left_alone(tx: Session) -> None:
    put(tx, "web", Address("web", "1"))
    assert not outbox.anything_due(tx, CHANNELS, now=NOON)
    assert claimed(tx) == []


@pytest.mark.parametrize("count", [1, 25])
def test_backlog_counts_what_waits(tx: Session, count: int) -> None:
    for n in range(count):
        put(tx, str(n), Address("telegram", str(n)))
    backlog = outbox.backlog(tx)
    assert (backlog.waiting, backlog.dead, backlog.oldest) == (count, 0, NOON)
