"""What a scorer reads tells neither whose case it is nor who wrote it."""

import pytest
from sqlalchemy.orm import Session

from complaints.measuring.blinding import Hiding
from tests.makers import make_case, make_officer, make_section


@pytest.fixture
def hide(tx: Session) -> Hiding:
    """What hides the people of one case."""
    make_section(tx, "works", "工務課")
    officer = make_officer(tx, "ann")
    officer.name = "林美麗"
    tx.flush()
    case = make_case(tx, petitioner_name="王大明", contact="0912-345-678")
    return Hiding.of(tx).of_case(tx, case)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("王大明您好", "（姓名）您好"),
        ("王先生您好", "（姓名）您好"),
        ("王 大 明 您好", "（姓名） 您好"),
        ("大明先生您好", "（姓名）先生您好"),
        ("工務課承辦人林美麗", "（課室）承辦人（姓名）"),
        ("您的案件 WH-1151126-0001 已結", "您的案件 （案號） 已結"),
        ("併入wh-1151126-12345辦理", "併入（案號）辦理"),
        ("已電洽 0912345678", "已電洽 （電話）"),
        ("回電〇九一二三四五六七八", "回電（姓名）"),
        ("寄到 wang@example.tw", "寄到 （電子郵件）"),
        ("騎樓已於 11 月 20 日清空。", "騎樓已於 11 月 20 日清空。"),
    ],
)
def test_who_it_is_about_and_who_wrote_it_is_hidden(hide: Hiding, text: str, left: str) -> None:
    assert hide(text) == left


def test_every_mention_is_hidden(hide: Hiding) -> None:
    told = hide("王大明、王大明的鄰居與王　大明，林美麗敬上")
    assert "大明" not in told and "美麗" not in told


def test_a_case_without_a_name_hides_the_rest(tx: Session) -> None:
    make_section(tx, "works", "工務課")
    case = make_case(tx, petitioner_name=None, contact=None)
    assert Hiding.of(tx).of_case(tx, case)("工務課已派工") == "（課室）已派工"
