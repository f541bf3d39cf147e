"""Topic and section of a petition, learnt from what the office did before."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, intake, routing
from complaints.routing import FEWEST, SURE, Topic
from complaints.tables import Case, Officer, Section
from tests.makers import NOON, make_case, make_officer, make_petition

LAMPS = (
    "巷口路燈不亮",
    "路燈壞了三天",
    "公園旁邊路燈一閃一閃",
    "路燈整排沒亮",
    "水溝蓋破了路燈也壞",
)


def assign(tx: Session, text: str, section: str, topic: Topic | None = None) -> Case:
    case = make_case(tx, content=text, points=(text,), origin=f"t:{text}:{section}")
    by = tx.scalar(select(Officer)) or make_officer(tx, "controller")
    handling.assign(
        tx, case.case_no, section=section, handler=None, by=by, version=1, now=NOON, topic=topic
    )
    return case


def works(tx: Session) -> Section:
    section = Section(code="works", name="經建課", active=True, intake=False)
    tx.add(section)
    tx.flush()
    return section


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("巷口的路燈壞了一個月沒人修", Topic.LOCAL_CONSTRUCTION),
        ("半夜噪音太吵，附近住戶睡不著", Topic.ENVIRONMENT_NOISE),
        ("騎樓被機車占用，輪椅過不去", Topic.PARKING_OBSTRUCTION),
        ("櫃台人員態度很差還翻白眼", Topic.SERVICE_ATTITUDE),
        ("抽號碼牌等了兩個小時", Topic.WAITING_TIME),
    ],
)
def test_the_topic_of_a_petition(tx: Session, text: str, topic: Topic) -> None:
    found = routing.suggest(tx, text)
    assert found.topic is topic
    assert found.section is None  # nothing is known of this office yet


@pytest.mark.parametrize("text", ["", "？！", "😀", "a" * 10_000, "\u200b"])
def test_what_tells_nothing_is_the_case_controllers(tx: Session, text: str) -> None:
    found = routing.suggest(tx, text)
    assert found.section is None
    assert 0 < found.topic_confidence <= 1


def test_the_section_is_learnt_from_past_assignments(tx: Session) -> None:
    section = works(tx)
    for number, text in enumerate((*LAMPS, *LAMPS)):
        assign(tx, f"{text}{number}", "works", Topic.LOCAL_CONSTRUCTION)
    found = routing.suggest(tx, "路燈壞了一個月都沒人修")
    assert found.section is section
    assert found.section_confidence >= SURE
    filed = intake.file(
        tx, make_petition(content="路燈壞了一個月都沒人修", origin="new"), prefix="CL", now=NOON
    )
    assert (filed.case.section, filed.case.topic) == (section, Topic.LOCAL_CONSTRUCTION)
    assert routing.suggest(tx, "櫃台人員態度很差還翻白眼").section is None


def test_few_or_divided_assignments_teach_nothing(tx: Session) -> None:
    works(tx)
    for number in range(FEWEST - 1):
        assign(tx, f"路燈{number}", "works", Topic.LOCAL_CONSTRUCTION)
    assert routing.suggest(tx, "路燈壞了一個月都沒人修").section is None
    for number in range(FEWEST):
        assign(tx, f"路燈又{number}", "civil", Topic.LOCAL_CONSTRUCTION)
    assert routing.suggest(tx, "路燈壞了一個月都沒人修").section is None


def test_a_closed_section_is_never_suggested(tx: Session) -> None:
    section = works(tx)
    for number in range(3 * FEWEST):
        assign(tx, f"路燈{number}", "works", Topic.LOCAL_CONSTRUCTION)
    section.active = False
    assert routing.suggest(tx, "路燈壞了一個月都沒人修").section is None


def test_what_nobody_assigned_teaches_nothing(tx: Session) -> None:
    section = works(tx)
    for number in range(3 * FEWEST):
        case = make_case(tx, content=f"路燈壞了{number}", origin=f"x:{number}")
        case.section = section
    assert routing.suggest(tx, "路燈壞了一個月都沒人修").section is None
