"""Each rule on a small pair of entries that has it and on one that has not."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from faq.keeping import exchange, linting
from faq.keeping.editing import EntryContent, Variant
from faq.keeping.linting import Entries, Finding, Rule, Severity
from faq.language.words import Words
from faq.understanding.judging import Model
from tests.faq.entries import make_content

TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)
BASIS = "戶籍法第57條、第60條；戶政規費收費標準第3條"
Pairs = list[tuple[str, str | None]]


def pair(one: dict[str, Any], other: dict[str, Any]) -> Entries:
    """Two entries that are alike but for what is given."""
    return [("one", make_content(**one)), ("other", make_content(**other))]


def places(found: Iterator[Finding] | list[Finding]) -> Pairs:
    return [(one.entry_id, one.other_id) for one in found]


def single(**given: Any) -> Entries:
    return [("one", make_content(**given))]


# --- the same wording -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "wording", ["我要遷戶口", "我要 迁戶口！", "身分證遺失了要怎麼補領", "補領身份證"]
)
def test_a_wording_of_two_entries_is_found_however_it_is_written(wording: str) -> None:
    mine = {"aliases": ("我要遷戶口",)}
    yours = {"question": "戶口怎麼辦？", "label": "戶口", "aliases": (wording,)}
    (found,) = linting.same_wordings(pair(mine, yours))
    assert (found.entry_id, found.other_id, found.severity) == ("one", "other", Severity.NOTE)


def test_a_wording_twice_in_one_entry_or_in_none_other_is_none() -> None:
    mine = {"label": "補領", "question": "補領？", "aliases": ("身分證不見了", "！")}
    yours = {"label": "換發", "question": "換發？", "aliases": ("身分證壞了", "！")}
    assert places(linting.same_wordings(pair(mine, yours))) == []


def test_a_wording_of_three_entries_is_told_of_each_further_one() -> None:
    entries = [(one, make_content(label=one, question=one)) for one in ("a", "b", "c")]
    told = places(linting.same_wordings(entries))
    assert sorted(told, key=str) == [("a", "b"), ("a", "b"), ("a", "c"), ("a", "c")]


# --- doubles --------------------------------------------------------------------------------
ANSWER = "請本人帶戶口名簿和相片，到任一戶政事務所辦理，當場領取。"


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("身分證遺失了，要怎麼補領呢？", ANSWER.replace("當場", "當日"), [("one", "other")]),
        ("身分證遺失了，要怎麼補領呢？", "請先掛失，再打電話預約時間。", []),
        ("戶口名簿怎麼換？", ANSWER, []),
    ],
)
def test_a_double_is_alike_in_question_and_answer(
    question: str, answer: str, expected: Pairs
) -> None:
    entries = pair({"answer": ANSWER}, {"question": question, "answer": answer})
    assert places(linting.near_doubles(entries)) == expected


# --- contradictions -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mine", "yours"),
    [
        ({"fee": "戶口名簿規費 30 元"}, {"fee": "戶口名簿 40 元"}),
        ({"fee": "國民身分證 50 元、戶口名簿 30 元"}, {"fee": "戶口名簿 １，０００ 元"}),
        ({"fee": "罰鍰 300 至 900 元"}, {"fee": "罰鍰 1,000 元、2,000元或 3,000 元"}),
        ({"fee": "每頁 15 元"}, {"fee": "每頁 10 元"}),
        ({"fee": "登記免費"}, {"fee": "登記 20 元"}),
        ({"fee": "自付45%者889元"}, {"fee": "自付45%者 900 元"}),
        ({"time_limit": "出生後60日內"}, {"time_limit": "出生後30天內"}),
        ({"time_limit": "30日內"}, {"time_limit": "15 日"}),
    ],
)
def test_another_amount_for_the_same_thing_is_found(
    mine: dict[str, str], yours: dict[str, str]
) -> None:
    same = {"legal_basis": BASIS}
    (found,) = linting.contradictions(pair(mine | same, yours | same))
    assert (found.entry_id, found.other_id, found.severity) == ("one", "other", Severity.ERROR)
    assert "戶籍法第57條" in found.text


@pytest.mark.parametrize(
    ("mine", "yours"),
    [
        ({"fee": "戶口名簿 30 元"}, {"fee": "換發：戶口名簿規費 30 元；身分證 50 元"}),
        ({"fee": "戶口名簿 30 元"}, {"fee": "身分證 50 元"}),
        ({"fee": "罰鍰 300 至 900 元"}, {"fee": "罰鍰 900 元"}),
        ({"fee": "每頁 15 元", "label": "戶籍謄本"}, {"fee": "每頁 10 元", "label": "人口統計"}),
        ({"fee": "自付45%者889元"}, {"fee": "自付30%者593元"}),
        ({"fee": "免費"}, {"fee": "依各縣市規定"}),
        ({"fee": "每頁 10 元；每頁 15 元"}, {"fee": "每頁 15 元；每頁 20 元"}),
        ({"time_limit": "出生後60日內"}, {"time_limit": "出生後2個月內"}),
        ({"time_limit": "15日內，必要時可再延長30日"}, {"time_limit": "15日，必要時可再延長30日"}),
        ({"time_limit": "30日內", "label": "同性結婚"}, {"time_limit": "15日內", "label": "離婚"}),
    ],
)
def test_what_is_not_about_the_same_is_no_contradiction(
    mine: dict[str, str], yours: dict[str, str]
) -> None:
    same = {"legal_basis": BASIS}
    assert places(linting.contradictions(pair(mine | same, yours | same))) == []


@pytest.mark.parametrize(
    ("basis", "is_found"),
    [
        ("戶籍法第60條", True),
        ("國籍法第3條、戶籍法第57條", True),
        ("戶籍法第58條", False),
        ("國籍法第57條", False),
        ("戶籍法第57條之1", False),
        ("戶籍法", False),
        ("", False),
    ],
)
def test_only_entries_that_cite_one_article_contradict_each_other(
    basis: str, *, is_found: bool
) -> None:
    mine = {"fee": "戶口名簿 30 元", "legal_basis": BASIS}
    found = places(
        linting.contradictions(pair(mine, {"fee": "戶口名簿 40 元", "legal_basis": basis}))
    )
    assert bool(found) == is_found


def test_a_contradiction_under_two_common_articles_is_told_once() -> None:
    mine, yours = ({"fee": f"戶口名簿 {n} 元", "legal_basis": BASIS} for n in (30, 40))
    assert len([*linting.contradictions(pair(mine, yours))]) == 1


def test_the_shipped_packs_contradict_themselves_nowhere_until_one_fee_is_changed() -> None:
    entries = dict(exchange.shipped())
    assert places(linting.contradictions([*entries.items()])) == []
    changed = {"fee": entries["move-in"].fee.replace("30 元", "40 元")}
    entries["move-in"] = EntryContent(**(vars(entries["move-in"]) | changed))
    found = [*linting.contradictions([*entries.items()])]
    assert {"move-out", "move-within"} <= {
        other for one in found for other in (one.entry_id, one.other_id)
    }
    assert all("move-in" in {one.entry_id, one.other_id} for one in found)


# --- gaps -----------------------------------------------------------------------------------
def in_category(*fees: str) -> Entries:
    return [(f"entry-{n}", make_content(fee=fee)) for n, fee in enumerate(fees)]


def test_a_field_most_of_the_category_have_is_missed() -> None:
    (found,) = linting.missing_fields(in_category("免費", "免費", "30 元", ""))
    assert found.entry_id == "entry-3"
    assert "規費" in found.text


def test_a_field_few_of_the_category_have_is_not_missed() -> None:
    other = ("other", make_content(category="戶口名簿"))
    assert places(linting.missing_fields([*in_category("免費", "免費", "", ""), other])) == []


@pytest.mark.parametrize(("name", "empty"), [("aliases", ()), ("source", "")])
def test_wordings_and_a_source_are_always_missed(name: str, empty: object) -> None:
    (found,) = linting.missing_fields(single(**{name: empty}))
    assert name in found.text
    assert places(linting.missing_fields(single())) == []


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (3, 1), (4, 0)])
def test_fewer_than_four_wordings_are_few(count: int, expected: int) -> None:
    aliases = tuple(f"問法{n}" for n in range(count))
    assert len([*linting.few_wordings(single(aliases=aliases))]) == expected


# --- what is out of date --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 0),
        ({"valid_until": TODAY, "review_on": TODAY}, 0),
        ({"valid_until": YESTERDAY}, 1),
        ({"review_on": YESTERDAY}, 1),
        ({"checked_on": TODAY - timedelta(days=365)}, 0),
        ({"checked_on": TODAY - timedelta(days=366)}, 1),
        ({"valid_until": YESTERDAY, "review_on": YESTERDAY, "checked_on": date(2024, 1, 1)}, 3),
    ],
)
def test_what_is_past_its_day_is_stale(given: dict[str, date], expected: int) -> None:
    assert len([*linting.stale(single(**given), TODAY)]) == expected


def test_what_the_office_has_to_confirm_is_a_note() -> None:
    (found,) = linting.to_confirm(single(office_confirms=("代辦要帶什麼", "費用")))
    assert "代辦要帶什麼；費用" in found.text
    assert found.severity is Severity.NOTE
    assert places(linting.to_confirm(single())) == []


def test_words_of_documents_and_long_sentences_are_notes() -> None:
    written = "俾利申辦，請帶身分證。" + "請帶身分證與印章" * 11
    variant = Variant("代辦", "委託書應予檢附。")
    word, long, of_variant = linting.hard_to_read(single(answer=written, variants=(variant,)))
    assert "「俾利」，可以改成「以便」" in word.text
    assert "超過 80 字" in long.text
    assert "「檢附」" in of_variant.text
    assert {one.severity for one in (word, long, of_variant)} == {Severity.NOTE}
    assert places(linting.hard_to_read(single(answer="請帶身分證。"))) == []


# --- wordings that lead elsewhere -----------------------------------------------------------
LOST = ("身分證不見了怎麼補", "錢包被偷，身分證也沒了", "我的身分證掉了", "補辦身分證要帶什麼")
RENAME = ("我想改名字", "改名要帶什麼證件", "名字不好聽可以換嗎", "姓名變更在哪裡辦")
TRANSCRIPT = ("謄本一張多少錢", "我要申請戶籍謄本", "去哪裡拿全戶謄本", "謄本可以線上申請嗎")
STRAY = "身分證弄丟了要怎麼補領"


def three(stray: str | None) -> Entries:
    """Three entries, the one on names holding a wording that may be about something else."""
    rename = (*RENAME, stray) if stray else RENAME
    return [
        ("id-card-lost", make_content(aliases=LOST)),
        (
            "rename",
            make_content(label="改名", question="怎麼改名？", category="姓名", aliases=rename),
        ),
        (
            "transcript",
            make_content(
                label="戶籍謄本", question="戶籍謄本怎麼申請？", category="謄本", aliases=TRANSCRIPT
            ),
        ),
    ]


def test_a_wording_that_leads_elsewhere_is_found(words: Words) -> None:
    (found,) = linting.pulls(three(STRAY), words, Model.shipped())
    assert (found.entry_id, found.other_id) == ("rename", "id-card-lost")
    assert STRAY in found.text


@pytest.mark.parametrize("stray", [None, "幫小孩換名字", LOST[0], "改名以後身分證怎麼辦"])
def test_a_wording_at_home_in_both_entries_or_unsure_leads_nowhere(
    stray: str | None, words: Words
) -> None:
    assert places(linting.pulls(three(stray), words, Model.shipped())) == []


def test_nothing_and_one_entry_alone_can_be_linted(words: Words) -> None:
    assert linting.lint([], words, Model.shipped(), TODAY) == []
    bare = make_content(label="", question="身分證？", aliases=(), source="")
    found = linting.lint([("one", bare)], words, Model.shipped(), TODAY)
    assert [one.rule for one in found] == [Rule.MISSING_FIELD, Rule.MISSING_FIELD]


# --- all together ---------------------------------------------------------------------------
def test_all_rules_are_asked_and_the_most_severe_come_first(words: Words) -> None:
    hard = f"{ANSWER}毋須預約。"
    basis = {"legal_basis": BASIS, "answer": hard, "aliases": ("身分證不見了",)}
    yours = basis | {"fee": "30 元", "valid_until": YESTERDAY, "office_confirms": ("費用",)}
    doubles = pair(basis | {"fee": "20 元", "source": ""}, yours)
    found = linting.lint(doubles, words, Model.shipped(), TODAY)
    assert {one.rule for one in found} == {*Rule} - {Rule.DEAD_LINK, Rule.PULLS}
    severities = [[*Severity].index(one.severity) for one in found]
    assert severities == sorted(severities)
    assert [one.rule for one in linting.lint(three(STRAY), words, Model.shipped(), TODAY)] == [
        Rule.PULLS
    ]


def test_every_rule_has_a_severity() -> None:
    assert linting.SEVERITIES.keys() == {*Rule}
    order = [[*Severity].index(linting.SEVERITIES[rule]) for rule in Rule]
    assert order == sorted(order)
