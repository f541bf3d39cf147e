"""What was reported before is found by place or by words, and never tells whose it was."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from complaints import handling, nearby, practice
from complaints.nearby import Reported, compare, is_same
from complaints.places import Nearness
from complaints.states import Kind, Outcome
from complaints.tables import Case, Officer
from data.outbox import Address
from tests.makers import MING, NOON, answer_case, make_case, make_officer

DAY = timedelta(days=1)
HUA = Address("telegram", "2002")
LIGHT = "巷口路燈不亮，晚上看不到路。"
SAME = Reported("巷口的路燈不亮，晚上都看不到路。")
DOGS = "隔壁的狗整夜在叫，吵得不能睡。"
NORTH, EAST = 25.0330, 121.5654
METRE = 1 / 111_320  # degrees of latitude


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


def theirs(tx: Session, **given: Any) -> Case:
    """A case of somebody else about a street light."""
    usual: dict[str, Any] = {"citizen": HUA, "content": LIGHT}
    return make_case(tx, **(usual | given))


def found(tx: Session, what: Reported = SAME, by: Address | None = MING) -> list[Case]:
    return list(nearby.already_reported(tx, what, by=by, now=NOON))


# --- the same matter


def test_much_the_same_words_are_the_same_matter(tx: Session) -> None:
    case = theirs(tx)
    assert is_same(SAME, case)
    assert not is_same(Reported(DOGS), case)
    assert not is_same(Reported("路燈太亮，晚上睡不著。"), case)


def test_at_one_place_fewer_words_need_to_agree(tx: Session) -> None:
    words = "巷口路燈壞了三天，晚上看不清楚路。"
    case = theirs(tx, place="中山路三號")
    assert not is_same(Reported(words), case)
    assert is_same(Reported(words, "中山路三號"), case)
    assert not is_same(Reported(DOGS, "中山路三號"), case)


@pytest.mark.parametrize(
    ("up", "right", "near"),
    [(0, 0, True), (99, 0, True), (101, 0, False), (0, -99, True), (0, 111, False)],
)
def test_pins_within_a_hundred_metres_are_one_place(
    tx: Session, up: int, right: int, near: bool
) -> None:
    case = theirs(tx, latitude=NORTH, longitude=EAST)
    # at 25 degrees north a degree of longitude is nine tenths of one of latitude
    pin = Reported("x", None, NORTH + up * METRE, EAST + right * METRE / 0.9061)
    assert (compare(pin, case) is Nearness.SAME) is near


@pytest.mark.parametrize(
    ("place", "near"),
    [
        ("中山路三號", True),
        ("中山路 三號", True),
        ("中山路三號！", True),
        ("中山路3號對面", True),
        ("中山路九號", True),
        ("中山路三十號", False),
        ("中山路二段三號", True),  # people leave the section out
        ("中山路12巷3號", False),
        ("中正路三號", False),
        ("中山路", False),
        (None, False),
    ],
)
def test_the_same_description_is_one_place(tx: Session, place: str | None, near: bool) -> None:
    case = theirs(tx, place="中山路三號")
    assert (compare(Reported("x", place), case) is Nearness.SAME) is near


def test_the_same_words_far_apart_are_two_matters(tx: Session) -> None:
    case = theirs(tx, latitude=NORTH, longitude=EAST)
    for metres, same in ((200, True), (301, False)):
        pin = Reported(SAME.content, None, NORTH + metres * METRE, EAST)
        assert is_same(pin, case) is same
    everybodys = Reported(LIGHT, None, NORTH + 400 * METRE, EAST)
    assert is_same(everybodys, case)  # one text that many send


def test_two_descriptions_of_one_spot_are_one_place_by_their_pins(tx: Session) -> None:
    case = theirs(tx, place="中山路三號", latitude=NORTH, longitude=EAST)
    assert compare(Reported("x", "超商對面", NORTH, EAST), case) is Nearness.SAME


def test_half_a_pin_is_no_place(tx: Session) -> None:
    case = theirs(tx, latitude=NORTH, longitude=EAST)
    half, whole = Reported("x", None, NORTH, None), Reported("x", None, NORTH, EAST)
    assert compare(half, case) is Nearness.UNKNOWN
    assert compare(whole, theirs(tx)) is Nearness.UNKNOWN


# --- what others reported


def test_open_cases_of_others_are_found_newest_first(tx: Session, director: Officer) -> None:
    first, second, other = theirs(tx), theirs(tx), theirs(tx, content=DOGS)
    assert found(tx) == [second, first]
    assert other not in found(tx)


def test_ones_own_case_is_nothing_others_reported(tx: Session) -> None:
    mine = theirs(tx, citizen=MING)
    assert found(tx) == []
    assert found(tx, by=HUA) == [mine]
    assert found(tx, by=None) == [mine]


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_what_is_confidential_is_never_told(tx: Session, given: dict[str, Any]) -> None:
    theirs(tx, **given)
    assert found(tx) == []


def test_an_answered_case_is_open_until_it_is_closed(tx: Session, director: Officer) -> None:
    case = theirs(tx)
    answer_case(tx, case, director)
    assert found(tx) == [case]
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="好",
        by=director,
        version=case.version,
        now=NOON,
    )
    assert found(tx) == []


@pytest.mark.parametrize(("days", "last"), [(None, 7), ("2", 2), ("0", 0)])
def test_reports_of_the_offices_last_days_are_found(
    tx: Session, days: str | None, last: int
) -> None:
    if days:
        practice.choose(tx, "reported_within_days", days, by="director", now=NOON)
    theirs(tx, now=NOON - (last + 1) * DAY)
    kept = theirs(tx, now=NOON - last * DAY)
    assert found(tx) == [kept]


# --- what this citizen was answered


def answered(tx: Session, **given: Any) -> Case | None:
    return nearby.answered_before(tx, SAME, MING, now=NOON, **given)


def test_the_citizens_own_newest_answer_is_found(tx: Session, director: Officer) -> None:
    assert answered(tx) is None
    mine = [theirs(tx, citizen=MING) for _ in range(3)]
    assert answered(tx) is None
    for case in mine[:2]:
        answer_case(tx, case, director)
    assert answered(tx) is mine[1]


def test_what_others_were_answered_is_not(tx: Session, director: Officer) -> None:
    answer_case(tx, theirs(tx), director)
    answer_case(tx, theirs(tx, citizen=MING, content=DOGS), director)
    assert answered(tx) is None


@pytest.mark.parametrize(("days", "known"), [(365, True), (366, False)])
def test_an_answer_is_remembered_for_a_year(
    tx: Session, director: Officer, days: int, known: bool
) -> None:
    case = theirs(tx, citizen=MING, now=NOON - days * DAY)
    answer_case(tx, case, director, NOON - days * DAY)
    assert (answered(tx) is case) is known
