"""Wordings for answers, and what happens to them when a law changes."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, law_changes, templates
from complaints.errors import (
    BadTemplate,
    IncompletePetition,
    NothingToDecide,
    NotPermitted,
    ReplyIncomplete,
    StaleCase,
    TemplateLocked,
)
from complaints.states import Kind
from complaints.tables import Case, Officer, Section, Task, Template
from complaints.tasks import TaskKind
from tests.makers import NOON, make_case, make_officer, make_section

TEXT = "您反映{地點}一案（{案號}），{課室}依廢棄物清理法第27條，已於〔日期〕派員清除。"


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def case(tx: Session, director: Officer) -> Case:
    return make_case(tx, section="民政課", place="中山路3號")


def add(
    tx: Session,
    by: Officer,
    text: str = TEXT,
    *,
    name: str = "已清除",
    section: Section | None = None,
    kind: Kind | None = None,
) -> Template:
    return templates.add(tx, name=name, text=text, section=section, kind=kind, by=by, now=NOON)


def change_law(
    tx: Session, by: Officer, law: str = "廢棄物清理法", article: str | None = "27"
) -> None:
    day = date(2026, 12, 1)
    law_changes.note(tx, law=law, article=article, effective_on=day, words="修正", by=by, now=NOON)


def test_what_the_case_knows_is_filled_in_and_the_rest_left(
    tx: Session, case: Case, director: Officer
) -> None:
    text = templates.fill(add(tx, director), case)
    assert text == (
        f"您反映中山路3號一案（{case.case_no}），民政課依廢棄物清理法第27條，已於〔日期〕派員清除。"
    )
    assert templates.blanks(text) == ("〔日期〕",)


@pytest.mark.parametrize("place", list(templates.PLACES))
def test_every_place_can_be_filled(tx: Session, director: Officer, place: str) -> None:
    bare = make_case(tx)
    assert templates.fill(add(tx, director, f"{{{place}}}。"), bare) != "。"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", TEXT),
        ("長" * 61, TEXT),
        ("名", " "),
        ("名", "{電話}"),
        ("名", "{姓名}您好"),
        ("名", "{案號"),
        ("名", "案號}"),
        ("名", "{}"),
        ("名", "{{案號}}"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(
    tx: Session, director: Officer, name: str, text: str
) -> None:
    with pytest.raises(BadTemplate), tx.begin_nested():
        add(tx, director, text, name=name)
    assert templates.in_use(tx) == []


def test_a_case_is_offered_its_own_first(tx: Session, case: Case, director: Officer) -> None:
    works = make_section(tx, "works", "工務課")
    general = add(tx, director, name="一般")
    own = add(tx, director, name="本課", section=case.section)
    of_kind = add(tx, director, name="本類", section=case.section, kind=Kind(case.kind))
    add(tx, director, name="別課", section=works)
    add(tx, director, name="別類", kind=Kind.PRAISE)
    assert list(templates.offered(tx, case)) == [of_kind, own, general]


def test_a_chief_keeps_the_own_sections_only(tx: Session, case: Case, director: Officer) -> None:
    chief = make_officer(tx, "chief", "section_chief")
    clerk = make_officer(tx, "clerk", "clerk")
    add(tx, chief, section=chief.section)
    for by, section in ((chief, None), (clerk, clerk.section)):
        with pytest.raises(NotPermitted), tx.begin_nested():
            add(tx, by, section=section)
    general = add(tx, director)
    with pytest.raises(NotPermitted), tx.begin_nested():
        templates.retire(tx, general.id, by=chief, version=1, now=NOON)


def test_of_two_editors_the_second_is_told(tx: Session, director: Officer) -> None:
    row = add(tx, director)
    given: dict[str, Any] = {
        "name": "新",
        "text": "新。",
        "section": None,
        "kind": None,
    }
    templates.change(tx, row.id, **given, by=director, version=1, now=NOON)
    with pytest.raises(StaleCase), tx.begin_nested():
        templates.change(tx, row.id, **given, by=director, version=1, now=NOON)
    assert (row.name, row.version) == ("新", 2)
    templates.retire(tx, row.id, by=director, version=2, now=NOON)
    with pytest.raises(NothingToDecide), tx.begin_nested():
        templates.retire(tx, row.id, by=director, version=3, now=NOON)


def test_what_is_not_filled_in_is_not_sent(tx: Session, case: Case, director: Officer) -> None:
    text = templates.fill(add(tx, director), case)
    with pytest.raises(ReplyIncomplete, match="〔日期〕"), tx.begin_nested():
        handling.reply(tx, case.case_no, text, by=director, version=1, now=NOON)


# --- a changed law


def test_the_list_of_a_changed_article_is_the_truth(
    tx: Session, case: Case, director: Officer
) -> None:
    clerk = make_officer(tx, "clerk", "clerk")
    cites = [
        add(tx, director, name="一"),
        add(tx, director, "依廢棄物清理法第二十七條第1款辦理。", name="二"),
        add(tx, director, "依廢棄物清理法第二十五條至第二十八條辦理。", name="三"),
    ]
    for other in (
        "廢棄物清理法第50條",
        "廢棄物清理法施行細則第27條",
        "市區道路條例第27條",
        "第27條",
    ):
        add(tx, director, f"依{other}辦理。", name=other[:10])
    named = make_case(tx, content="請依廢棄物清理法第 27 條處罰亂丟菸蒂的人")
    make_case(tx, content="有人亂丟菸蒂 27 次")
    told = make_case(tx)
    handling.send_interim(
        tx, told.case_no, "將依廢棄物清理法第27條查處。", by=director, version=1, now=NOON
    )
    ended = make_case(tx, content="請依廢棄物清理法第27條處罰")
    handling.withdraw(tx, ended.case_no, now=NOON)
    row = handling.draft(
        tx, case.case_no, "依廢棄物清理法第27條已清除。", by=clerk, version=1, now=NOON
    )
    change_law(tx, director, article="第二十七條")
    (change,) = law_changes.noted(tx)
    found = law_changes.affected(tx, change)
    assert [one.id for one in found.templates] == [one.id for one in cites]
    assert found.drafts == (row,)
    assert found.cases == (named, told)
    assert [one.name for one in templates.in_use(tx) if one.locked_by_id] == ["一", "三", "二"]
    (task,) = tx.scalars(select(Task).where(Task.kind == TaskKind.REVIEW))
    assert "範本 3 則、草稿 1 則、未結案件 2 件" in task.about


def test_a_locked_template_cannot_be_sent_until_it_is_looked_at(
    tx: Session, case: Case, director: Officer
) -> None:
    clerk = make_officer(tx, "clerk", "clerk")
    row = add(tx, director, "依廢棄物清理法第27條，已派員清除。")
    given: dict[str, Any] = {"template_id": row.id, "now": NOON}
    text = templates.fill(row, case)
    draft = handling.draft(tx, case.case_no, text, answered=(1, 2, 3), by=clerk, version=1, **given)
    handling.approve(tx, case.case_no, draft.id, by=director, version=2, now=NOON)
    change_law(tx, director)
    tx.refresh(row)
    with pytest.raises(TemplateLocked, match="廢棄物清理法27"):
        templates.fill(row, case)
    with pytest.raises(TemplateLocked), tx.begin_nested():
        handling.send(tx, case.case_no, draft.id, by=clerk, version=3, now=NOON)
    with pytest.raises(TemplateLocked), tx.begin_nested():
        handling.reply(tx, case.case_no, text, by=director, version=3, **given)
    with pytest.raises(TemplateLocked), tx.begin_nested():
        handling.draft(tx, case.case_no, text, by=clerk, version=3, **given)
    templates.confirm(tx, row.id, by=director, version=2, now=NOON)
    handling.send(tx, case.case_no, draft.id, by=clerk, version=3, now=NOON)


def test_a_whole_law_locks_whatever_names_it(tx: Session, director: Officer) -> None:
    add(tx, director, "依廢棄物清理法辦理。", name="名")
    add(tx, director, "依廢棄物清理法施行細則辦理。", name="細則")
    change_law(tx, director, article=None)
    assert [one.name for one in templates.in_use(tx) if one.locked_by_id] == ["名"]


@pytest.mark.parametrize(("law", "article", "field"), [("", "1", "law"), ("法", "條", "article")])
def test_a_change_names_its_law(
    tx: Session, director: Officer, law: str, article: str, field: str
) -> None:
    with pytest.raises(IncompletePetition, match=field), tx.begin_nested():
        change_law(tx, director, law, article)


def test_who_notes_a_changed_law(tx: Session) -> None:
    with pytest.raises(NotPermitted), tx.begin_nested():
        change_law(tx, make_officer(tx, "clerk", "clerk"))
    change_law(tx, make_officer(tx, "editor", "faq_editor"))


def test_a_text_is_shown_as_it_would_become(tx: Session, case: Case, director: Officer) -> None:
    row = add(tx, director)
    assert templates.preview(TEXT, case) == templates.fill(row, case)
    assert set(templates.SAMPLE) == set(templates.PLACES)
    for place, value in templates.SAMPLE.items():
        assert templates.preview(f"{{ {place} }}") == value
    for wrong in ("", " ", "{電話}", "{案號", "案號}"):
        with pytest.raises(BadTemplate):
            templates.preview(wrong)


def test_what_a_change_would_be_is_not_kept(tx: Session, director: Officer) -> None:
    row = add(tx, director)
    given: dict[str, Any] = {"effective_on": date(2026, 12, 1), "words": "修", "now": NOON}
    change = law_changes.begun(law="廢棄物清理法", article="第27條", by=director, **given)
    assert change.article == "27"
    assert law_changes.affected(tx, change).templates == (row,)
    assert (row.locked_by_id, list(law_changes.noted(tx))) == (None, [])
    for law, article in (("", None), ("法" * 61, None), ("法", "條"), ("法", "1" * 16)):
        with pytest.raises(IncompletePetition):
            law_changes.begun(law=law, article=article, by=director, **given)
