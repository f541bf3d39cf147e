from sqlalchemy.orm import Session

from data import inbox
from tests.makers import NOON


def test_an_update_is_new_once(tx: Session) -> None:
    seen = [inbox.first_time(tx, "telegram", "7", now=NOON) for _ in range(10)]
    assert seen == [True] + [False] * 9


def test_channels_do_not_share_keys(tx: Session) -> None:
    assert inbox.first_time(tx, "telegram", "7", now=NOON)
    assert inbox.first_time(tx, "web", "7", now=NOON)


def test_an_update_given_up_is_not_taken_again(tx: Session) -> None:
    assert inbox.give_up(tx, "telegram", "7", "ValueError", now=NOON)
    assert not inbox.first_time(tx, "telegram", "7", now=NOON)
