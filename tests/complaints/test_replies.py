"""Reading a reply: which points it leaves unanswered, what it promises and for which day.

The floors lie a little below what is reached on texts nothing was fitted on
(replies/test.jsonl); of the sentences in promises.jsonl, those that are a promise stand on odd
lines and the others on even ones.
"""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import replies
from complaints.replies import check, promised_days, sentences, unanswered
from data.collation import fold
from data.plainness import Plainness

HERE = Path(__file__).parent / "replies"
SHIPPED = Path(replies.__file__).parents[1] / "data" / "rules"
TODAY = date(2026, 11, 25)  # a Wednesday
POINTS = ("巷口路燈不亮", "水溝蓋附近很臭", "野狗會追人")
ANSWERS = (
    "巷口照明設備已於昨日更換燈具",
    "側溝異味係淤泥所致，已完成清疏",
    "遊蕩犬隻已請動物保護處派員誘捕",
)


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


@cache
def measured(name: str) -> dict[str, float]:
    """Shares of cases: the missing point found, alone; full replies warned of, with one point."""
    cases, told = read(name), dict.fromkeys(("found", "alone", "full", "full_2", "one"), 0.0)
    for case in cases:
        points = case["points"]
        warned = unanswered(case["partial"], points)
        told["found"] += (case["missing"] in warned) / len(cases)
        told["alone"] += (warned == [case["missing"]]) / len(cases)
        for kind in ("full", "full_2"):
            told[kind] += bool(unanswered(case[kind], points)) / len(cases)
            alone = [bool(unanswered(case[kind], [point])) for point in points]
            told["one"] += sum(alone) / len(alone) / 2 / len(cases)
    return told


@pytest.mark.parametrize(
    ("name", "what", "floor"),
    [
        ("dev.jsonl", "found", 0.94),
        ("dev.jsonl", "alone", 0.88),
        ("test.jsonl", "found", 0.84),
        ("test.jsonl", "alone", 0.66),
    ],
)
def test_a_missing_point_is_found(name: str, what: str, floor: float) -> None:
    assert measured(name)[what] >= floor, measured(name)


@pytest.mark.parametrize(
    ("name", "what", "most"),
    [
        ("dev.jsonl", "full", 0.08),
        ("dev.jsonl", "full_2", 0.08),
        ("dev.jsonl", "one", 0.06),
        ("test.jsonl", "full", 0.28),
        ("test.jsonl", "full_2", 0.3),
        ("test.jsonl", "one", 0.16),
    ],
)
def test_a_full_reply_is_seldom_warned_of(name: str, what: str, most: float) -> None:
    assert measured(name)[what] <= most, measured(name)


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_the_point_without_a_sentence_is_named(missing: int) -> None:
    said = [one for n, one in enumerate(ANSWERS, 1) if n != missing]
    assert unanswered("。".join(said), POINTS) == [missing]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_the_order_of_the_answers_is_free(order: tuple[int, ...]) -> None:
    assert unanswered("。".join(ANSWERS[n] for n in order), POINTS) == []


@pytest.mark.xfail(strict=True, reason="known, see docs/known-defects.md")
def test_one_sentence_may_answer_all_points() -> None:
    assert unanswered("路燈已修好，側溝也清了，野狗請動保處抓走", POINTS) == []
    assert unanswered("路燈已修好，側溝也清了", POINTS) == [3]


@pytest.mark.parametrize(
    "marks",
    ["一、|二、|三、", "①|②|③", "(1)|(2)|(3)", "1.|2.|3.", "第1點，|第2點，|第3點，"],
)
def test_as_many_numbered_paragraphs_as_points_answer_them(marks: str) -> None:
    said = ("本所已派員處理完畢", "相關單位已協助改善", "廠商業於昨日施作完成")
    lines = [mark + one for mark, one in zip(marks.split("|"), said, strict=True)]
    assert unanswered("您好：\n" + "。\n".join(lines), POINTS) == []
    assert unanswered("您好：\n" + "。\n".join(lines[:2]), POINTS) != []


@pytest.mark.parametrize(
    "text", ["", "。", "您好，來信敬悉，謝謝您的指教。", "感謝您的來信。\n敬祝安康"]
)
def test_a_reply_that_says_nothing_answers_nothing(text: str) -> None:
    assert unanswered(text, POINTS) == [1, 2, 3]


def test_a_plea_asks_nothing() -> None:
    assert unanswered("", ["麻煩你們幫忙處理", "拜託，謝謝！", "路燈不亮"]) == [3]


def test_no_points_no_warning() -> None:
    assert unanswered("路燈已修復", []) == []


@given(st.sets(st.sampled_from([1, 2, 3])), st.sampled_from(["", *ANSWERS, "。".join(ANSWERS[:2])]))
def test_vouching_only_takes_warnings_away(vouched: set[int], text: str) -> None:
    found = set(check(text, POINTS).unanswered)
    assert set(check(text, POINTS, answered=vouched).unanswered) == found - vouched


@given(
    st.lists(st.sampled_from(ANSWERS), unique=True, max_size=3),
    st.sampled_from(
        ["感謝您的來信", "造成不便，敬請見諒", "敬祝安康", "如有疑問請洽民政課（分機218）"]
    ),
)
def test_a_courtesy_changes_nothing(said: list[str], courtesy: str) -> None:
    assert unanswered("。".join([*said, courtesy]), POINTS) == unanswered("。".join(said), POINTS)


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=5))
def test_any_text_is_read(text: str, points: list[str]) -> None:
    found = check(text, points)
    assert set(found.unanswered) <= set(range(1, len(points) + 1))
    assert not set(found.dated) & set(found.undated)
    assert all(promised_days(one, TODAY) is None or one in text for one in sentences(text))


def test_every_word_of_the_synonyms_can_be_found() -> None:
    listed = (SHIPPED / "replies.txt").read_text("utf-8").splitlines()
    words = {word for line in listed if line[0] != "#" for word in line.lstrip("~").split()}
    known = replies._synonyms()
    assert {word for word in words if fold(word) not in known.lines} == set()
    assert max(map(len, known.lines)) <= replies.LONGEST
    assert 400 <= known.scenes < sum(line[0] != "#" for line in listed)


def test_promises_are_told_from_statements() -> None:
    rows = read("promises.jsonl")
    wrong: dict[bool, list[str]] = {True: [], False: []}
    for row in rows:
        found = check(row["text"], [])
        if bool(found.dated or found.undated) is not row["promise"]:
            wrong[row["promise"]].append(row["text"])
    count = {kind: sum(row["promise"] is kind for row in rows) for kind in wrong}
    assert len(wrong[True]) <= 0.05 * count[True], wrong
    assert len(wrong[False]) <= 0.05 * count[False], wrong


def test_dated_promises_are_told_from_undated_ones() -> None:
    rows = [row for row in read("promises.jsonl") if row["promise"]]
    wrong = [row["text"] for row in rows if bool(check(row["text"], []).dated) is not row["dated"]]
    assert len(wrong) <= 0.03 * len(rows), wrong


@pytest.mark.parametrize(
    "text",
    [
        "本所將儘速改善",
        "已於11月18日會勘，後續會再派員施作",  # the day is of what was done
        "里長會再協助通知，每週三都有人在",  # a day of every week is none
        "本所將研議辦理，您可於12月5日前提供意見",  # the day is the citizen's
    ],
)
def test_a_promise_without_its_own_day_is_undated(text: str) -> None:
    assert check(text, []).undated == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "調解會秘書分機271",
        "後續如有需要協助之處，將由專人為您服務",
        "您可於12月1日起上網報名",
        "依規定應於三十日內申請",
        "原訂12月1日施工",
        "希望您將意見提供給我們",
    ],
)
def test_what_is_no_act_of_the_office_is_no_promise(text: str) -> None:
    found = check(text, [])
    assert (found.undated, found.dated) == ((), ())


def test_a_promise_with_its_day_beside_the_text_is_not_undated() -> None:
    text = "本所將儘速改善照明。我們會再來會勘。"
    assert check(text, [], pledged=["本所將儘速改善照明"]).undated == ("我們會再來會勘",)


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("預計115年12月20日前完工", date(2026, 12, 20)),
        ("預計2026/12/20完工", date(2026, 12, 20)),
        ("預計116.1.5完工", date(2027, 1, 5)),
        ("將於12/20前完成", date(2026, 12, 20)),
        ("將於１２月２０日完成", date(2026, 12, 20)),
        ("將於3月5日完成", date(2027, 3, 5)),  # without a year the nearest
        ("預定十二月中旬完成更新", date(2026, 12, 20)),
        ("公園新廁所明年元月十五日啟用", date(2027, 1, 15)),
        ("將於明年3月底完成並開放使用", date(2027, 3, 31)),
        ("預計116年2月完工", date(2027, 2, 28)),
        ("將於116年第二季發包施工", date(2027, 6, 30)),
        ("最遲於115年底前全部完成", date(2026, 12, 31)),
        ("年底前會發包", date(2026, 12, 31)),
        ("將於本月底前汰換", date(2026, 11, 30)),
        ("月底前會換新", date(2026, 11, 30)),
        ("將於下月15日完成", date(2026, 12, 31)),  # only the month is read of it
        ("訂於下週三（12/2）會勘", date(2026, 12, 2)),
        ("下週三會派人去看", date(2026, 12, 2)),
        ("里幹事本週五下午會到府上", date(2026, 11, 27)),
        ("範例本週內會放上網站", date(2026, 11, 27)),
        ("下星期四會到貴里", date(2026, 12, 3)),
        ("本所明天就派員更換", date(2026, 11, 26)),
        ("我們後天上午過去處理", date(2026, 11, 27)),
        ("於7日內辦理退還", date(2026, 12, 2)),
        ("將於一週內回覆", date(2026, 12, 2)),
        ("承辦人會在二十四小時內回電", date(2026, 11, 26)),
        ("將於兩個月內完成", date(2027, 1, 25)),
        ("會在三個工作天內通知您領件", None),  # which day that is, the calendar knows
        ("春節前會完成", None),
        ("本所將儘速改善", None),
        ("已於11月18日會勘，將再派員施作", None),
        ("將於11月2日施工", None),  # gone by
        ("將於2月30日施工", None),  # no such day
        ("12月5日進場施工，12月20日前完工", date(2026, 12, 20)),  # the last of several
        ("", None),
    ],
)
def test_the_day_of_a_promise(sentence: str, day: date | None) -> None:
    assert promised_days(sentence, TODAY) == day


@given(st.dates(date(2026, 11, 26), date(2027, 4, 30)))
def test_a_written_day_is_read_back(day: date) -> None:
    republic = f"{day.year - 1911}年{day.month}月{day.day}日"
    for written in (republic, day.isoformat().replace("-", "/"), f"{day.month}月{day.day}日"):
        assert promised_days(f"預計{written}前完工", TODAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "依噪音管制法第6條處理",
        "依戶籍法辦理",
        "依姓名條例規定",
        "依本市災害救助辦法",
        "依作業要點審查",
        "違反第82條",
    ],
)
def test_a_named_law_is_a_basis(text: str) -> None:
    assert not check(text, []).lacks_basis


@pytest.mark.parametrize(
    "text", ["", "我們沒辦法處理", "同仁的作法不對", "已依法告發", "路燈已修好"]
)
def test_without_a_law_the_basis_is_missing(text: str) -> None:
    assert check(text, []).lacks_basis


@pytest.mark.parametrize(
    "text",
    [
        "請洽民政課（分機218）",
        "聯絡電話：02-2345-6789",
        "請打1999",
        "社會課分機260、261",
        "請撥打04-22223333",
    ],
)
def test_a_number_to_call_is_a_contact(text: str) -> None:
    assert not check(text, []).lacks_contact


@pytest.mark.parametrize(
    "text", ["", "如有問題歡迎洽詢", "電話一直忙線", "洽公民眾", "路燈編號1142"]
)
def test_without_a_number_the_contact_is_missing(text: str) -> None:
    assert check(text, []).lacks_contact


def test_what_is_hard_to_read_is_said() -> None:
    found = check("路燈已修妥，俾利通行。", []).plain
    assert [(one.word, one.plainer) for one in found.heavy] == [("俾利", "以便")]
    assert check("路燈已經修好了。", []).plain == Plainness()


def test_the_marks_are_not_part_of_a_sentence() -> None:
    assert sentences("路燈已修。側溝會清！\n謝謝") == ["路燈已修", "側溝會清", "謝謝"]
