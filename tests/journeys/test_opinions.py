"""What citizens think: grades of a case, why they are low, and the yearly questionnaire."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from complaints.measuring import questionnaires
from complaints.measuring.tables import Filled
from complaints.tables import Event, Officer, Task
from complaints.tasks import TaskKind
from data.database import reading, transaction
from tests.journeys.world import Citizen, World, labels

GRADES = ["1", "2", "3", "4", "5"]
REASONS = ["太慢", "態度", "沒有解決", "看不懂", "其他", "不用了"]


def answered(world: World, ming: Citizen) -> str:
    """A case of this citizen that was answered."""
    number = ming.files()
    before = len(ming.heard())
    world.browser.post(
        f"/api/v1/cases/{number}/reply",
        json={"text": "已派員清除。", "version": 1},
        headers=world.log_in("director"),
    )
    ming.waits(before + 1)
    return number


def close(world: World, ming: Citizen, number: str) -> list[str]:
    """Close the case; the buttons of the notice."""
    before = len(ming.heard())
    director = world.log_in("director")
    case = world.browser.get(f"/api/v1/cases/{number}", headers=director).json()
    body = {"outcome": "resolved", "reason": "已清除", "version": case["version"]}
    world.browser.post(f"/api/v1/cases/{number}/close", json=body, headers=director)
    return labels(ming.waits(before + 1))


def opinions(world: World) -> list[dict[str, Any]]:
    kept = ("aspect", "grade", "reason_code", "said")
    rows = select(Event).where(Event.kind == "satisfaction_rated").order_by(Event.id)
    with reading(world.office.engine) as tx:
        found = [event.data for event in tx.scalars(rows)]
    return [{name: one[name] for name in kept if name in one} for one in found]


def open_survey(world: World) -> None:
    with transaction(world.office.engine) as tx:
        questionnaires.open_year(
            tx,
            2026,
            title="115年度服務滿意度問卷",
            questions=questionnaires.default_questions(),
            opens_on=date(2026, 11, 1),
            closes_on=date(2026, 11, 30),
            by=tx.scalars(select(Officer)).all()[0],
            now=world.clock(),
        )


def test_12_process_and_result_are_graded_apart(world: World) -> None:
    ming = world.citizen()
    number = answered(world, ming)
    assert close(world, ming, number) == GRADES
    result = ming.presses("4")
    assert "辦理過程 4 分" in result.text and labels(result) == GRADES
    thanks = ming.says("5")
    assert (thanks.text, labels(thanks)) == ("謝謝，已記下 5 分。", [])
    assert opinions(world) == [
        {"aspect": "process", "grade": 4},
        {"aspect": "result", "grade": 5},
    ]
    with reading(world.office.engine) as tx:
        closed = tx.scalars(select(Event).where(Event.kind == "closed")).one()
        assert closed.data["asked"] is True


@pytest.mark.parametrize(("process", "result"), [("2", "4"), ("5", "1")])
def test_12_after_a_low_grade_the_reason_in_one_tap(
    world: World, process: str, result: str
) -> None:
    ming = world.citizen()
    close(world, ming, answered(world, ming))
    ming.presses(process)
    why = ming.says(result)
    assert labels(why) == REASONS
    assert "再看一次" in why.text
    assert "複查的主管會看到" in ming.presses("態度").text
    assert opinions(world)[2:] == [{"aspect": "reason", "reason_code": "manner", "said": ""}]
    with reading(world.office.engine) as tx:
        (task,) = tx.scalars(select(Task).where(Task.kind == TaskKind.SECOND_REVIEW)).all()
        assert task.about.endswith("民眾的理由：態度")


def test_12_the_reason_in_own_words_or_none(world: World) -> None:
    ming = world.citizen()
    number = answered(world, ming)
    close(world, ming, number)
    ming.presses("1")
    ming.says("2")
    ming.says("打了三次電話都沒人接")
    expected = {"aspect": "reason", "reason_code": "other", "said": "打了三次電話都沒人接"}
    assert opinions(world)[-1] == expected
    ming.does(ming.person.presses_forged(f"rate:{number}:result:1"))
    assert "謝謝您的評分" in ming.presses("不用了").text
    assert len(opinions(world)) == 4


def test_12_a_question_instead_of_a_reason_is_answered(world: World) -> None:
    ming = world.citizen()
    close(world, ming, answered(world, ming))
    ming.presses("1")
    ming.says("1")
    assert "【戶口名簿遺失補領】" in ming.says("請問戶口名簿不見了要怎麼辦").text
    assert len(opinions(world)) == 2


def test_12_the_reason_of_a_grade_that_is_better_by_now_is_stale(world: World) -> None:
    ming = world.citizen()
    number = answered(world, ming)
    ming.does(ming.person.presses_forged(f"rate:{number}:1"))
    why = ming.does(ming.person.presses_forged(f"rate:{number}:result:4"))
    ming.does(ming.person.presses_forged(f"rate:{number}:5"))
    assert labels(why) == REASONS
    assert "過期" in ming.presses("太慢").text
    hua = world.citizen(2002)
    for token in (f"rate:{number}:result:1", f"why:{number}:slow", f"nowhy:{number}"):
        assert "查不到" in hua.does(hua.person.presses_forged(token)).text


def test_the_questionnaire_question_by_question(world: World) -> None:
    open_survey(world)
    ming = world.citizen()
    first = ming.says("/survey")
    assert "不記名" in first.text and "（1/8）洽公環境" in first.text
    assert labels(first) == ["1 很不滿意", "2 不滿意", "3 普通", "4 滿意", "5 很滿意"]
    assert "（2/8）" in ming.presses("5 很滿意").text
    assert "（3/8）" in ming.says("4").text
    assert "（4/8）" in ming.says("不滿意").text
    assert "先停在這裡" in ming.says("取消").text
    assert "身分證遺失" in ming.says("身分證遺失要怎麼補領").text  # something else in between
    again = ming.says("問卷")
    assert "（4/8）" in again.text
    ming.presses("3 普通")
    age = ming.presses("5 很滿意")
    assert labels(age)[-1] == "略過"
    assert "（7/8）" in ming.presses("65 歲以上").text
    more = ming.presses("略過")
    assert "請直接打字" in more.text and labels(more) == ["略過"]
    assert "填完了" in ming.says("1 號櫃檯很親切，我的電話 0912-345-678").text
    with reading(world.office.engine) as tx:
        filled = tx.scalars(select(Filled)).one()
    assert filled.answers == {
        "environment": 5,
        "manner": 4,
        "expertise": 2,
        "measures": 3,
        "overall": 5,
        "age": "from_65",
        "way": None,
        "more": "1 號櫃檯很親切，我的電話 （電話）",
    }
    assert (filled.finished, filled.channel) == (True, "telegram")
    assert "已經填過" in ming.says("問卷").text
    assert "已經填過" in ming.presses("5 很滿意").text


def test_the_questionnaire_is_offered_once_after_a_grade(world: World) -> None:
    open_survey(world)
    ming = world.citizen(language="en")
    ming.says("中文")
    number = answered(world, ming)
    offer = ming.does(ming.person.presses_forged(f"rate:{number}:result:5"))
    assert labels(offer) == ["填問卷"]
    ming.presses("填問卷")
    for _ in range(5):
        ming.says("5")
    again = ming.does(ming.person.presses_forged(f"rate:{number}:result:5"))
    assert labels(again) == []


def test_without_a_questionnaire_nobody_is_asked(world: World) -> None:
    ming = world.citizen()
    assert "沒有進行中的問卷" in ming.says("填問卷").text
    forged = ming.person.presses_forged
    assert "沒有進行中的問卷" in ming.does(forged("q:1:overall:5")).text
    assert "過期" in ming.does(forged("q:99999999999999999999:overall:5")).text
    open_survey(world)
    assert "過期" in ming.does(ming.person.presses_forged("q:77:overall:5")).text
    for wrong in ("q:1:overall:9", "q:1:nothing:1", "q:1:overall:"):
        assert "收不下來" in ming.does(ming.person.presses_forged(wrong)).text
    with reading(world.office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(Filled)) == 0


def test_the_questionnaire_in_english(world: World) -> None:
    open_survey(world)
    hua = world.citizen(2002, language="en")
    first = hua.says("/survey")
    assert "(1/8) Are you satisfied with our premises" in first.text
    assert labels(first)[3] == "4 satisfied"
