from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from complaints import handling, progress
from complaints.errors import LookupLocked, UnknownCase
from complaints.states import EventKind
from data.outbox import Address
from tests.makers import MING, NOON, answer_case, make_case, make_officer

HUA = Address("telegram", "2002")


def test_a_citizen_sees_only_their_own(tx: Session) -> None:
    mine, theirs = make_case(tx), make_case(tx, citizen=HUA)
    assert [case.case_no for case in progress.my_cases(tx, MING, now=NOON)] == [mine.case_no]
    assert progress.owned_case(tx, MING, mine.case_no) is mine
    with pytest.raises(UnknownCase):
        progress.owned_case(tx, MING, theirs.case_no)


def test_open_cases_come_first_and_say_what_is_left(tx: Session) -> None:
    gone, kept = make_case(tx), make_case(tx, now=NOON - timedelta(days=20))
    handling.withdraw(tx, gone.case_no, now=NOON)
    first, second = progress.my_cases(tx, MING, now=NOON)
    assert (first.case_no, first.late, first.days_left) == (kept.case_no, True, None)
    assert (second.case_no, second.days_left) == (gone.case_no, None)


def test_days_left_are_working_days(tx: Session) -> None:
    make_case(tx)
    (case,) = progress.my_cases(tx, MING, now=NOON)
    assert case.days_left == 6


def test_number_and_code_show_progress_and_reply_but_no_person(tx: Session) -> None:
    clerk = make_officer(tx)
    case = make_case(tx)
    answer_case(tx, case, clerk)
    found = progress.look_up(tx, f" {case.case_no.lower()} ", case.lookup_code.lower(), now=NOON)
    assert found is not None
    kinds = [step.kind for step in found.steps]
    assert kinds == [EventKind.RECEIVED, EventKind.REPLIED]
    assert found.steps[-1].text == "已派員清除。"
    told = repr(found)
    assert "王小明" not in told
    assert clerk.name not in told


@pytest.mark.parametrize("exists", [True, False])
def test_five_wrong_codes_lock_the_number_whether_it_exists_or_not(
    tx: Session, exists: bool
) -> None:
    case = make_case(tx)
    number = case.case_no if exists else "WH-1151126-9999"
    for _ in range(5):
        assert progress.look_up(tx, number, "WRONG1", now=NOON) is None
    with pytest.raises(LookupLocked):
        progress.look_up(tx, number, case.lookup_code, now=NOON)
    later = NOON + progress.LOCK_FOR + timedelta(seconds=1)
    assert bool(progress.look_up(tx, number, case.lookup_code, now=later)) is exists
