"""Who has a case before them is told to the other, for five minutes."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints import handling, presence
from complaints.tables import Case, Officer, Viewing
from tests.makers import NOON, make_case, make_officer


def at(tx: Session, case: Case, who: Officer, minutes: float) -> list[tuple[str, bool]]:
    now = NOON + timedelta(minutes=minutes)
    presence.note_viewing(tx, case, by=who, now=now)
    return [(one.name, one.drafting) for one in presence.others(tx, case, but=who, now=now)]


def test_each_is_told_of_the_other_and_not_of_oneself(tx: Session) -> None:
    case, chen, wang = make_case(tx), make_officer(tx, "chen"), make_officer(tx, "wang")
    assert at(tx, case, chen, 0) == []
    assert at(tx, case, wang, 1) == [(chen.name, False)]
    assert at(tx, case, chen, 2) == [(wang.name, False)]


def test_after_five_minutes_one_is_gone(tx: Session) -> None:
    case, chen, wang = make_case(tx), make_officer(tx, "chen"), make_officer(tx, "wang")
    at(tx, case, chen, 0)
    assert at(tx, case, wang, 4.9) == [(chen.name, False)]
    assert at(tx, case, wang, 5) == []
    at(tx, case, chen, 6)
    assert at(tx, case, wang, 10) == [(chen.name, False)]


def test_who_has_a_draft_under_way_is_told_as_that(tx: Session) -> None:
    case, chen, wang = make_case(tx), make_officer(tx, "chen"), make_officer(tx, "wang")
    at(tx, case, chen, 0)
    handling.draft(tx, case.case_no, version=case.version, text="已清除。", by=chen, now=NOON)
    assert at(tx, case, wang, 1) == [(chen.name, True)]


def test_another_case_is_another_matter(tx: Session) -> None:
    one, other = make_case(tx), make_case(tx)
    chen, wang = make_officer(tx, "chen"), make_officer(tx, "wang")
    at(tx, one, chen, 0)
    assert at(tx, other, wang, 0) == []


def test_what_was_seen_days_ago_is_not_kept(tx: Session) -> None:
    one, other, chen = make_case(tx), make_case(tx), make_officer(tx, "chen")
    at(tx, one, chen, 0)
    at(tx, other, chen, 60 * 25)
    assert tx.scalar(select(func.count()).select_from(Viewing)) == 1
