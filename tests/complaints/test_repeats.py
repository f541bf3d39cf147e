"""The short way of 行政程序法 §173 II is open only where nothing new is brought."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from complaints import handling, repeats
from complaints.errors import NotARepeat, UnknownCase
from complaints.intake import SentFile
from complaints.repeats import NewFacts, new_facts
from complaints.states import Kind, Outcome
from complaints.tables import Case, Officer
from tests.makers import NOON, make_case, make_officer

DAY = timedelta(days=1)
DIGEST = "a" * 64
STORED = SentFile("telegram", f"stored:{DIGEST}")
PENDING = SentFile("telegram", "photo-1")


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


def told(tx: Session, content: str, place: str | None = None) -> Case:
    return make_case(tx, content=content, place=place)


def answer(tx: Session, case: Case, by: Officer, answered: tuple[int, ...] = (1, 2, 3)) -> None:
    handling.reply(
        tx,
        case.case_no,
        "已派員處理，請放心。",
        answered=answered,
        by=by,
        version=case.version,
        now=NOON,
    )


# --- what is new


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        ("騎樓堆雜物。", "騎樓堆雜物。", ()),
        ("中山路堆雜物。", "中山路堆雜物。", ()),
        ("中山路堆雜物。", "中正路也堆雜物。", ("中正路",)),
        ("中山路3號堆雜物。", "中山路5號堆雜物。", ("中山路5號",)),
        ("堆雜物。", "堆雜物，在三民公園。", ("三民公園",)),
        ("中山路堆雜物。", "中山路 堆雜物！", ()),
        ("中山路３號堆雜物。", "中山路3號堆雜物。", ()),
        ("台北街堆雜物。", "臺北街堆雜物。", ()),
    ],
)
def test_a_new_place_is_new(tx: Session, before: str, after: str, places: tuple[str, ...]) -> None:
    found = new_facts(told(tx, after), told(tx, before))
    assert [one for one in places if one not in "、".join(found.places)] == []
    assert bool(found) is bool(places)


def test_words_before_a_road_make_no_new_place(tx: Session) -> None:
    assert not new_facts(told(tx, "每天都在中山路堆雜物。"), told(tx, "中山路堆雜物。"))


def test_another_section_of_a_road_is_another_place(tx: Session) -> None:
    before = told(tx, "堆雜物。", "中山路二段7號")
    assert new_facts(told(tx, "堆雜物。", "中山路三段7號"), before)


@pytest.mark.parametrize(
    ("before", "after"),
    [("門牌15號前堆雜物。", "堆雜物，換到5號。"), ("在112巷口。", "在2巷口堆雜物。")],
)
def test_a_number_within_another_number_is_new(tx: Session, before: str, after: str) -> None:
    assert new_facts(told(tx, after), told(tx, before)).places


@pytest.mark.parametrize(
    ("before", "after", "times"),
    [
        ("昨天堆雜物。", "昨天又堆雜物。", ()),
        ("11月3日堆雜物。", "11月3日堆雜物。", ()),
        ("11月3日堆雜物。", "11月20日又堆。", ("11月20日",)),
        ("堆雜物。", "115/11/20 又堆。", ("115/11/20",)),
        ("堆雜物。", "十一月二十日又堆。", ("十一月二十日",)),
        ("堆雜物。", "每天晚上10點半施工。", ("晚上10點半",)),
        ("晚上10點施工。", "早上6:30施工。", ("6:30",)),
    ],
)
def test_a_new_time_is_new(tx: Session, before: str, after: str, times: tuple[str, ...]) -> None:
    assert new_facts(told(tx, after), told(tx, before)).times == times


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("12月1日堆雜物。", "2月1日又堆雜物。"),
        ("11/25 堆雜物。", "1/2 又堆雜物。"),
        ("13點施工。", "3點又施工。"),
    ],
)
def test_a_time_within_another_time_is_new(tx: Session, before: str, after: str) -> None:
    assert new_facts(told(tx, after), told(tx, before)).times


def test_an_hour_in_chinese_numerals_is_a_time(tx: Session) -> None:
    assert new_facts(told(tx, "晚上十點還在施工。"), told(tx, "還在施工。")).times


def test_points_and_place_count_as_told(tx: Session) -> None:
    before = make_case(tx, content="堆雜物。", points=("中正路堆雜物",), place="三民公園")
    assert not new_facts(told(tx, "中正路堆雜物。", "三民公園"), before)


def test_a_photo_we_had_is_not_new_and_a_failed_one_is_none(tx: Session) -> None:
    before, after = make_case(tx, files=(STORED,)), make_case(tx, files=(STORED, PENDING))
    assert new_facts(after, before).photos == 1  # one not fetched yet may be new
    after.attachments[1].state = "failed"
    assert new_facts(after, before) == NewFacts(0, (), ())
    assert new_facts(after, make_case(tx)).photos == 1


def test_new_facts_are_said_in_one_phrase() -> None:
    both = NewFacts(2, ("中正路", "三民公園"), ("11月20日",))
    assert both.in_words() == "照片 2 張；地點 中正路、三民公園；時間 11月20日"
    assert NewFacts(0, (), ()).in_words() == ""
    assert [bool(one) for one in (both, NewFacts(0, (), ()), NewFacts(1, (), ()))] == [
        True,
        False,
        True,
    ]


# --- what bears the short way


def test_the_last_answer_counts(tx: Session, director: Officer) -> None:
    before, again = make_case(tx), make_case(tx)
    assert repeats.last_reply(tx, before) is None
    answer(tx, before, director, answered=())
    with pytest.raises(NotARepeat):
        repeats.require_answered(tx, again, before.case_no)
    answer(tx, before, director)
    last = repeats.last_reply(tx, before)
    assert last is not None and last.data["unanswered"] == []
    assert repeats.require_answered(tx, again, before.case_no) is before


def test_an_answer_taken_up_again_bears_nothing_meanwhile(tx: Session, director: Officer) -> None:
    before, again = make_case(tx), make_case(tx)
    answer(tx, before, director)
    handling.reopen_dissatisfied(tx, before.case_no, reason="沒來", now=NOON)
    with pytest.raises(NotARepeat):
        repeats.require_answered(tx, again, before.case_no)


def test_a_closed_case_bears_it_if_it_was_answered(tx: Session, director: Officer) -> None:
    before, again = make_case(tx), make_case(tx)
    answer(tx, before, director)
    handling.close(
        tx,
        before.case_no,
        outcome=Outcome.EXPLAINED,
        reason="已說明",
        by=director,
        version=before.version,
        now=NOON,
    )
    assert repeats.require_answered(tx, again, before.case_no) is before
    thanked = make_case(tx, kind=Kind.PRAISE)
    handling.acknowledge(tx, thanked.case_no, by=director, version=1, now=NOON)
    with pytest.raises(NotARepeat):
        repeats.require_answered(tx, again, thanked.case_no)


@pytest.mark.parametrize("number", [None, ""])
def test_the_earlier_case_is_named(tx: Session, number: str | None) -> None:
    with pytest.raises(NotARepeat):
        repeats.require_answered(tx, make_case(tx), number)


def test_the_earlier_case_is_another_one_that_exists(tx: Session, director: Officer) -> None:
    case = make_case(tx)
    answer(tx, case, director)
    for number in (case.case_no, "WH-1151126-9999"):
        with pytest.raises(UnknownCase):
            repeats.require_answered(tx, case, number)
