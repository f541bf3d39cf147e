"""How often something may come from one place."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data import pacing
from data.database import reading, transaction
from data.pacing import Limit, Pace
from tests.makers import NOON

LIMIT = Limit("test", 3, timedelta(minutes=15))
OTHER = Limit("other", 3, timedelta(minutes=15))
HERE, THERE = "203.0.113.7", "203.0.113.8"


def test_who_came_often_enough_waits_until_the_span_ends(tx: Session) -> None:
    now = NOON + timedelta(minutes=4)
    for times in (1, 2):
        assert pacing.wait_for(tx, LIMIT, HERE, now=now) is None
        pacing.note(tx, LIMIT, HERE, times=times, now=now)
    assert pacing.wait_for(tx, LIMIT, HERE, now=now) == timedelta(minutes=11)
    assert pacing.wait_for(tx, LIMIT, THERE, now=now) is None
    assert pacing.wait_for(tx, OTHER, HERE, now=now) is None
    assert pacing.wait_for(tx, LIMIT, HERE, now=NOON + timedelta(minutes=15)) is None


def test_all_of_one_network_of_ipv6_is_one_place(tx: Session) -> None:
    pacing.note(tx, LIMIT, "2001:db8:1:2::1", times=3, now=NOON)
    assert pacing.wait_for(tx, LIMIT, "2001:db8:1:2:ffff::9", now=NOON)
    assert pacing.wait_for(tx, LIMIT, "2001:db8:1:3::1", now=NOON) is None


def test_no_address_is_kept_and_what_is_over_is_forgotten(tx: Session) -> None:
    pacing.note(tx, LIMIT, HERE, now=NOON)
    row = tx.scalars(select(Pace)).one()
    assert HERE not in repr(vars(row))
    assert not pacing.anything(tx, NOON)
    assert pacing.anything(tx, NOON + timedelta(days=1))
    assert pacing.forget(tx, NOON + timedelta(days=1)) == 1


@pytest.mark.parametrize("minutes", [1, 7, 15, 60])
def test_each_moment_is_in_one_span(minutes: int) -> None:
    limit = Limit("test", 3, timedelta(minutes=minutes))
    for seconds in range(0, 7200, 17):
        now = NOON + timedelta(seconds=seconds)
        began = limit.span(now)
        assert began <= now < began + limit.within
        assert limit.span(began) == began


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_many_at_once_are_all_counted(engine: Engine) -> None:
    def one(_n: int) -> None:
        with transaction(engine) as tx:
            pacing.note(tx, LIMIT, HERE, now=NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(40)))
    with reading(engine) as tx:
        assert tx.scalars(select(Pace.times)).all() == [40]
