"""The yearly questionnaire: opened once, filled in once by each, naming nobody."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.measuring import questionnaires
from complaints.measuring.opinions import LEAST_ANSWERS, wilson
from complaints.measuring.questionnaires import (
    HIDDEN,
    AlreadyFilled,
    AlreadyOpened,
    Answered,
    Ask,
    BadAnswer,
    BadQuestionnaire,
    NotRunning,
    Question,
    UnknownQuestionnaire,
)
from complaints.measuring.tables import Filled, Questionnaire
from complaints.tables import Officer
from data.outbox import Address
from tests.makers import MING, NOON, make_officer

DAY = timedelta(days=1)
TODAY = date(2026, 11, 26)
DEFAULT = questionnaires.default_questions()
GRADES = ("environment", "manner", "expertise", "measures", "overall")


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


def open_year(tx: Session, by: Officer, year: int = 2026, **given: Any) -> Questionnaire:
    usual: dict[str, Any] = {
        "title": f"{year} 年問卷",
        "questions": DEFAULT,
        "opens_on": date(year, 11, 1),
        "closes_on": date(year, 11, 30),
        "by": by,
        "now": NOON,
    }
    return questionnaires.open_year(tx, year, **(usual | given))


@pytest.fixture
def running(tx: Session, director: Officer) -> Questionnaire:
    return open_year(tx, director)


def fill(
    tx: Session, questionnaire: Questionnaire, number: int, by: Officer, **given: str
) -> Filled:
    """One questionnaire on paper: 4 everywhere but where told otherwise."""
    answers = dict.fromkeys(GRADES, "4") | given
    mark = questionnaires.mark_of(tx, questionnaire, Address("paper", str(number)))
    return questionnaires.enter(tx, questionnaire, mark, answers, channel="paper", by=by, now=NOON)


def answer(tx: Session, questionnaire: Questionnaire, key: str, value: str, **given: Any) -> Filled:
    mark = questionnaires.mark_of(tx, questionnaire, given.pop("who", MING))
    usual: dict[str, Any] = {"channel": "telegram", "now": NOON}
    return questionnaires.answer(tx, questionnaire, mark, key, value, **(usual | given))


def by_key(found: list[Answered]) -> dict[str, Answered]:
    return {one.question.key: one for one in found}


# --- opening


def test_the_questions_that_come_with_it() -> None:
    kinds = {one.key: (one.kind, one.required) for one in DEFAULT}
    assert kinds == {
        **dict.fromkeys(GRADES, (Ask.GRADE, True)),
        "age": (Ask.CHOICE, False),
        "way": (Ask.CHOICE, False),
        "more": (Ask.TEXT, False),
    }
    assert all(one.en != one.zh for one in DEFAULT)
    assert [Question.from_json(one.to_json()) for one in DEFAULT] == DEFAULT


def test_a_year_is_opened_once_and_runs_from_its_first_to_its_last_day(
    tx: Session, running: Questionnaire, director: Officer
) -> None:
    first, last = running.opens_on, running.closes_on
    assert questionnaires.questions_of(running) == DEFAULT
    assert (running.quota, running.by) == (360, "director")
    for day, found in ((first - DAY, None), (first, running), (last, running), (last + DAY, None)):
        assert questionnaires.running(tx, day) is found
    with pytest.raises(AlreadyOpened):
        open_year(tx, director)
    assert questionnaires.of_year(tx, 2026) is running
    with pytest.raises(UnknownQuestionnaire):
        questionnaires.of_year(tx, 2025)
    assert list(questionnaires.opened(tx)) == [running]


TWICE = [DEFAULT[0], DEFAULT[0]]
NOTHING_COMPULSORY = [one for one in DEFAULT if not one.required]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "卷" * 101}),
        ("quota", {"quota": 0}),
        ("questions", {"questions": []}),
        ("questions", {"questions": TWICE}),
        ("questions", {"questions": NOTHING_COMPULSORY}),
        ("closes_on", {"closes_on": date(2026, 10, 31)}),
        ("opens_on", {"opens_on": date(2025, 12, 31)}),
        ("year", {"year": 1999, "opens_on": date(1999, 1, 1), "closes_on": date(1999, 1, 2)}),
    ],
)
def test_what_cannot_be_opened(
    tx: Session, director: Officer, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(BadQuestionnaire) as refused:
        open_year(tx, director, **given)
    assert refused.value.field == field


def test_no_two_run_on_the_same_day(tx: Session, running: Questionnaire, director: Officer) -> None:
    span = {"opens_on": date(2027, 1, 1), "closes_on": date(2027, 1, 31)}
    next_year = open_year(tx, director, 2027, **span)
    assert questionnaires.running(tx, TODAY) is running
    assert questionnaires.running(tx, date(2027, 1, 5)) is next_year
    with pytest.raises(BadQuestionnaire):
        open_year(tx, director, 2025, opens_on=date(2025, 12, 1), closes_on=date(2026, 11, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"key": "Not a key"},
        {"key": "a" * 21},
        {"kind": "stars"},
        {"zh": " "},
        {"zh": "長" * 201},
        {"choices": [{"code": "a", "zh": "甲"}]},
        {"kind": "choice"},
        {"kind": "choice", "choices": [{"code": "a", "zh": "甲"}, {"code": "a", "zh": "乙"}]},
        {"kind": "choice", "choices": [{"code": f"c{n}", "zh": "甲"} for n in range(10)]},
    ],
)
def test_a_question_that_cannot_be_asked(change: dict[str, Any]) -> None:
    plain = {"key": "a", "kind": "grade", "zh": "好嗎？"}
    assert Question.from_json(plain).en == "好嗎？"
    with pytest.raises(ValueError, match=r"."):
        Question.from_json(plain | change)


# --- filling in


def test_filled_in_question_by_question_until_the_compulsory_ones_are_answered(
    tx: Session, running: Questionnaire
) -> None:
    asked = []
    filled = None
    while question := questionnaires.next_question(running, filled):
        asked.append(question.key)
        assert questionnaires.is_wanted_of(tx, MING, TODAY) is (len(asked) <= len(GRADES))
        value = {Ask.GRADE: "5", Ask.CHOICE: "", Ask.TEXT: "動線清楚。"}[question.kind]
        filled = answer(tx, running, question.key, value)
        assert filled.finished is (len(asked) >= len(GRADES))
    assert asked == [one.key for one in DEFAULT]
    assert filled and filled.answers == {
        **dict.fromkeys(GRADES, 5),
        "age": None,
        "way": None,
        "more": "動線清楚。",
    }
    with pytest.raises(AlreadyFilled), tx.begin_nested():
        answer(tx, running, "overall", "1")
    assert tx.scalar(select(func.count()).select_from(Filled)) == 1


def test_an_answer_may_change_until_it_is_finished(tx: Session, running: Questionnaire) -> None:
    answer(tx, running, "overall", "1")
    assert answer(tx, running, "overall", "2").answers == {"overall": 2}


def test_who_filled_it_in_stands_nowhere(tx: Session, running: Questionnaire) -> None:
    filled = answer(tx, running, "more", "我是王小明，電話 0912-345-678，證號 A123456789")
    assert filled.answers["more"] == "我是王小明，電話 （電話），證號 A1*****789"
    assert MING.name not in filled.mark and filled.taken_by_id is None
    again = questionnaires.mark_of(tx, running, MING)
    other = questionnaires.mark_of(tx, running, Address("web", MING.name))
    next_year = Questionnaire(id=running.id + 1)
    later = questionnaires.mark_of(tx, next_year, MING)
    assert (filled.mark == again, len({again, other, later})) == (True, 3)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("overall", "0"),
        ("overall", "6"),
        ("overall", "five"),
        ("overall", ""),
        ("overall", "4.5"),
        ("age", "old"),
        ("more", "長" * 2_001),
        ("nothing", "1"),
    ],
)
def test_what_is_no_answer(tx: Session, running: Questionnaire, key: str, value: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        answer(tx, running, key, value)
    assert refused.value.key == key
    assert tx.scalar(select(func.count()).select_from(Filled)) == 0


def test_citizens_answer_while_it_runs_and_paper_is_typed_in_for_a_month(
    tx: Session, running: Questionnaire, director: Officer
) -> None:
    days = (running.closes_on - TODAY).days
    answer(tx, running, "overall", "4", now=NOON + days * DAY)
    for late in (1, 30):
        with pytest.raises(NotRunning), tx.begin_nested():
            answer(tx, running, "overall", "4", now=NOON + (days + late) * DAY)
        paper = Address("paper", str(late))
        answer(tx, running, "overall", "4", by=director, who=paper, now=NOON + (days + late) * DAY)
    with pytest.raises(NotRunning), tx.begin_nested():
        answer(tx, running, "overall", "4", by=director, now=NOON + (days + 31) * DAY)
    with pytest.raises(NotRunning), tx.begin_nested():
        answer(tx, running, "overall", "4", now=NOON - 26 * DAY)


def test_a_whole_one_is_entered_once(
    tx: Session, running: Questionnaire, director: Officer
) -> None:
    filled = fill(tx, running, 1, director, age="from_20", more="")
    assert (filled.finished, filled.channel, filled.taken_by_id) == (True, "paper", director.id)
    assert (filled.answers["age"], filled.answers["more"]) == ("from_20", None)
    with pytest.raises(AlreadyFilled), tx.begin_nested():
        fill(tx, running, 1, director)
    for wrong in ({"overall": ""}, {"strange": "1"}):
        with pytest.raises(BadAnswer), tx.begin_nested():
            fill(tx, running, 2, director, **wrong)
    assert questionnaires.count(tx, running).finished == 1


# --- counting


def test_the_count_tells_finished_ones_by_channel(
    tx: Session, running: Questionnaire, director: Officer
) -> None:
    for number in range(3):
        fill(tx, running, number, director)
    answer(tx, running, "overall", "4")
    counted = questionnaires.count(tx, running)
    assert (counted.finished, counted.begun, counted.quota) == (3, 1, 360)
    assert counted.by_channel == {"paper": 3}


def test_the_analysis_worked_out_by_hand(
    tx: Session, running: Questionnaire, director: Officer
) -> None:
    last_year = open_year(tx, director, 2025, questions=DEFAULT[:5])
    last_year.closes_on = TODAY  # so that it still takes paper
    for number in range(10):
        fill(tx, last_year, number, director, overall="3")
        grade = "5" if number < 6 else "4" if number < 8 else "1"
        more = {"more": f"意見 {9 - number}"}
        fill(tx, running, number, director, overall=grade, age="from_65", **more)
    answer(tx, running, "overall", "1")  # begun, not finished: counts nowhere
    found = by_key(questionnaires.analyse(tx, running))
    overall = found["overall"]
    assert overall.opinion and overall.before
    assert dict(overall.opinion.distribution) == {1: 2, 2: 0, 3: 0, 4: 2, 5: 6}
    assert (overall.opinion.share_satisfied, overall.opinion.mean) == (0.8, 4.0)
    assert overall.opinion.interval == wilson(8, 10)
    assert (overall.before.mean, overall.change, overall.hidden) == (3.0, 1.0, "")
    assert found["manner"].change == 0
    assert found["age"].chosen and found["age"].chosen["from_65"] == 10
    assert (found["age"].chosen["from_20"], found["way"].answers) == (0, 0)
    assert found["more"].texts == tuple(f"意見 {n}" for n in range(10))


@pytest.mark.parametrize("number", [0, 1, LEAST_ANSWERS - 1])
def test_under_ten_nothing_but_the_number_is_shown(
    tx: Session, running: Questionnaire, director: Officer, number: int
) -> None:
    for one in range(number):
        fill(tx, running, one, director, age="from_20", more="只有我")
    for found in questionnaires.analyse(tx, running):
        assert (found.answers, found.hidden) == (
            0 if found.question.key == "way" else number,
            HIDDEN,
        )
        assert (found.opinion, found.chosen, found.texts, found.change) == (None, None, (), None)


@given(st.text(max_size=50))
def test_reading_an_answer_never_fails_otherwise_than_it_says(value: str) -> None:
    for question in DEFAULT:
        try:
            read = question.read(value)
        except BadAnswer:
            continue
        assert read is None or question.kind is Ask.TEXT or question.read(str(read)) == read
