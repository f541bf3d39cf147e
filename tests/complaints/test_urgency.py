import pytest
from sqlalchemy.orm import Session

from complaints.limits import Priority
from complaints.states import Kind
from complaints.urgency import urgency_of
from tests.makers import make_case

DANGER = [
    "巷口電線桿整根傾斜，電線垂到人行道",
    "公園遊具旁邊漏電，小孩剛剛被電到",
    "路中間人孔蓋不見了，機車差點摔下去",
    "大樓磁磚剝落砸到騎樓",
    "門口聞到瓦斯味很重",
    "路面突然塌陷一個大洞",
    "颱風後路樹倒下壓到車，還擋住路",
]
CALM = [
    "如果路樹倒下要找誰處理？",
    "去年人孔蓋破掉已經修好，謝謝",
    "騎樓堆放雜物。輪椅過不去。",
    "建議招牌字體放大",
    "我的大頭照掉了",
    "申請瓦斯補助要帶什麼",
]


@pytest.mark.parametrize("text", DANGER)
def test_present_danger_goes_into_the_fast_lane(text: str) -> None:
    assert urgency_of(f"你好。{text}。請盡快") is Priority.MOST_URGENT


@pytest.mark.parametrize("text", CALM)
def test_ordinary_matters_do_not(text: str) -> None:
    assert urgency_of(text) is Priority.ORDINARY


def test_a_case_of_danger_has_one_working_day_and_a_person_may_put_it_right(tx: Session) -> None:
    case = make_case(tx, content="路中間人孔蓋不見了。")
    assert (case.priority, case.due_on.isoformat()) == ("most_urgent", "2026-11-27")
    idea = make_case(tx, kind=Kind.REFORM_SUGGESTION, content="人孔蓋不見了應該裝感應器。")
    assert idea.priority == "ordinary"
