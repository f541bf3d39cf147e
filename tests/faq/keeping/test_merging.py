from dataclasses import fields, replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from faq.keeping.editing import EntryContent
from faq.keeping.merging import merge
from tests.faq.entries import make_content

BASE = make_content(answer="帶身分證。", fee="五十元", aliases=("甲", "乙"), who="本人")
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "answer": st.sampled_from(["帶印章。", "帶照片。"]),
        "fee": st.sampled_from(["免費", "一百元"]),
        "who": st.sampled_from(["", "代理人"]),
        "aliases": st.lists(st.sampled_from("甲乙丙丁"), unique=True).map(tuple),
        "review_on": st.sampled_from([None, date(2027, 1, 1)]),
    },
)


def test_what_either_changed_is_there() -> None:
    entry = replace(BASE, fee="免費", aliases=("甲", "丙"))
    draft = replace(BASE, answer="帶印章。", aliases=("甲", "乙", "丁"))
    merged, both = merge(BASE, entry, draft)
    assert (merged.answer, merged.fee, both) == ("帶印章。", "免費", ())
    assert merged.aliases == ("甲", "丙", "丁")


def test_what_both_changed_keeps_the_drafts_words_and_is_named() -> None:
    entry, draft = replace(BASE, answer="帶照片。", who=""), replace(BASE, answer="帶印章。")
    merged, both = merge(BASE, entry, draft)
    assert (merged.answer, merged.who, both) == ("帶印章。", "", ("answer",))


def test_a_draft_of_an_entry_that_did_not_exist_keeps_what_it_says() -> None:
    entry = replace(BASE, fee="免費", aliases=("丙",))
    draft = replace(BASE, fee="", review_on=None, aliases=("甲",))
    merged, both = merge(None, entry, draft)
    assert (merged.fee, merged.aliases, both) == ("免費", ("丙", "甲"), ())


@given(theirs=CHANGES, ours=CHANGES)
def test_no_change_is_lost_silently(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    entry, draft = replace(BASE, **theirs), replace(BASE, **ours)
    merged, both = merge(BASE, entry, draft)
    for name in (one.name for one in fields(EntryContent) if one.name != "aliases"):
        before, his, mine, now = (getattr(one, name) for one in (BASE, entry, draft, merged))
        assert now == (mine if mine != before else his)
        assert (name in both) == (len({his, mine, before}) == len((his, mine, before)))
    wanted = set(entry.aliases) | set(draft.aliases)
    gone = set(BASE.aliases) - (set(entry.aliases) & set(draft.aliases))
    assert set(merged.aliases) == wanted - gone


@given(ours=CHANGES)
def test_who_has_nothing_to_catch_up_with_keeps_everything(ours: dict[str, Any]) -> None:
    draft = replace(BASE, **ours)
    assert merge(BASE, BASE, draft) == (draft, ())
    assert merge(BASE, draft, draft) == (draft, ())
    assert merge(BASE, draft, BASE) == (draft, ())
