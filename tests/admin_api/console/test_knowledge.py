"""The knowledge pages through their forms: questions, entries, drafts, test set, words, files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.console import filled
from app.office import Office
from complaints.roles import Role
from data.database import reading, transaction
from faq.keeping import answering, editing, files, trials
from faq.keeping.answering import Fate
from faq.keeping.drafts import State
from faq.keeping.tables import (
    Asked,
    Entry,
    EntryDraft,
    RefusedWording,
    Revision,
    TrialQuestion,
    WordList,
)
from faq.language.words import EDITABLE
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_pages import HOME, LOGIN, holding, show, submit, unlabelled
from tests.admin_api.staff import ENTRY, LogIn, NewCase, once
from tests.makers import NOON

FAQ = f"{HOME}/faq"
QUESTIONS = f"{HOME}/questions"
LOST = "id-card-lost"
LOST_QUESTION = "身分證遺失了要怎麼補領？"
PAGES = (
    QUESTIONS,
    FAQ,
    f"{FAQ}?state=due",
    f"{FAQ}?state=few",
    f"{FAQ}/{LOST}",
    f"{FAQ}/{LOST}/english",
    f"{FAQ}?state=english_outdated",
    f"{FAQ}/drafts",
    f"{FAQ}/trials",
    f"{FAQ}/words",
    f"{FAQ}/files",
    f"{FAQ}/forms",
)
TYPED = {
    name: "\n".join(value) if isinstance(value, list) else str(value)
    for name, value in ENTRY.items()
    if name != "id"
}
WRITERS = {Role.FAQ_EDITOR, Role.CASE_CONTROLLER, Role.ADMINISTRATOR}
APPROVERS = set(Role) - {Role.CLERK, Role.ETHICS, Role.FAQ_EDITOR}


def ask(office: Office, *texts: str, **given: Any) -> list[int]:
    """Recorded questions."""
    usual = {"asker": "test:1", "verdict": "unknown", "offered": [], "confidence": 0.0}
    rows = [Asked(text=text, at=NOON, index_version=1, **(usual | given)) for text in texts]
    with transaction(office.engine) as tx:
        tx.add_all(rows)
        tx.flush()
        return [row.id for row in rows]


def answered(office: Office, text: str) -> str | None:
    """The entry a citizen who asks this now is surely answered from."""
    with transaction(office.engine) as tx:
        index = office.shelf.current(tx)
        got = answering.answer(tx, text, asker="test:1", index=index, now=NOON)
        return got.cards[0].id if got.verdict == "sure" else None


def kept_at(office: Office) -> str:
    """When the first draft was last written, as its form holds it."""
    with reading(office.engine) as tx:
        return tx.get_one(EntryDraft, 1).at.isoformat()


def expect(office: Office, text: str, entry_id: str | None) -> None:
    """A question of the test set."""
    with transaction(office.engine) as tx:
        trials.add(tx, text, entry_id, by="somebody", now=NOON)


def entry_of(office: Office, entry_id: str) -> Entry:
    with reading(office.engine) as tx:
        return tx.get_one(Entry, entry_id)


def count(office: Office, table: type[Any]) -> int:
    with reading(office.engine) as tx:
        return len(tx.scalars(select(table)).all())


def has(page: Page, ending: str) -> bool:
    return any(form.action.endswith(ending) for form in page.forms)


def form_with(page: Page, ending: str, **held: str) -> Form:
    """The one form with this address that holds these values."""
    (form,) = [
        form
        for form in page.forms
        if form.action.endswith(ending) and held.items() <= form.fields.items()
    ]
    return form


def follow(client: TestClient, answer: Response) -> Page:
    assert answer.status_code == 303, Page.of(answer).text
    return show(client, answer.headers["location"])


def alert(answer: Response, status: int) -> str:
    """What a refused form's page says is wrong."""
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    return Page.of(answer).text


def send(client: TestClient, page: Page, name: str, content: bytes, **more: str) -> Response:
    return upload(client, page.form("/faq/files"), name, content, **more)


def upload(client: TestClient, form: Form, file: str, content: bytes, **more: str) -> Response:
    held = {key: value for key, value in form.fields.items() if key != "file"} | more
    return client.post(
        form.action, data=held, files={"file": (file, content)}, follow_redirects=False
    )


@pytest.fixture
def editor(client: TestClient, log_in: LogIn) -> TestClient:
    """A browser in which somebody who writes entries is logged in."""
    return holding(client, log_in("editor", role="faq_editor"))


@pytest.fixture
def approver(client: TestClient, log_in: LogIn) -> TestClient:
    """A browser in which somebody is logged in who writes and approves."""
    return holding(client, log_in("controller", role="case_controller"))


# --- who may --------------------------------------------------------------------------------
def test_without_a_session_every_page_leads_to_the_log_in(client: TestClient) -> None:
    for path in (*PAGES, f"{FAQ}/new", f"{FAQ}/files/csv", f"{FAQ}/drafts/1"):
        answer = client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)
    for path in (f"{FAQ}/new", f"{FAQ}/trials", f"{FAQ}/files", f"{FAQ}/words/lexicon"):
        answer = client.post(path, data={}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)


@pytest.mark.parametrize("role", Role)
@once
def test_every_role_reads_and_only_some_write_or_approve(
    client: TestClient, office: Office, log_in: LogIn, role: Role
) -> None:
    (asked,) = ask(office, "鸚鵡可以報戶口嗎")
    expect(office, LOST_QUESTION, LOST)
    holding(client, log_in("me", role=role))
    for path in (*PAGES, f"{QUESTIONS}/{asked}"):
        page = show(client, path)
        posting = [form for form in page.forms if not form.action.endswith(("/logout", "/faq"))]
        if not {role} & (WRITERS | APPROVERS):
            assert not [one for one in posting if "proof" in one.fields], path
    writes = show(client, f"{FAQ}/{LOST}")
    assert has(writes, f"/{LOST}") == (role in WRITERS | APPROVERS)
    assert has(writes, "/retire") == (role in APPROVERS)
    assert has(show(client, f"{FAQ}/trials"), "/remove") == (role in APPROVERS)
    assert has(show(client, f"{FAQ}/words"), "/lexicon") == (role in WRITERS)
    new = client.get(f"{FAQ}/new").status_code
    assert new == (200 if role in WRITERS | APPROVERS else 403)

    proof = writes.form("/logout").fields["proof"]
    for path, do, allowed in (
        (f"{FAQ}/{LOST}", "try", WRITERS | APPROVERS),
        (f"{FAQ}/{LOST}", "draft", WRITERS),
        (f"{FAQ}/{LOST}", "publish", APPROVERS),
        (f"{FAQ}/{LOST}/retire", "", APPROVERS),
        (f"{FAQ}/new", "draft", WRITERS),
        (f"{FAQ}/drafts/99", "save", WRITERS),
        (f"{FAQ}/drafts/99", "publish", APPROVERS),
        (f"{FAQ}/drafts/from-case", "", WRITERS),
        (f"{FAQ}/trials", "", WRITERS),
        (f"{FAQ}/trials/99/remove", "", APPROVERS),
        (f"{FAQ}/words/lexicon", "", WRITERS),
        (f"{FAQ}/files", "", WRITERS),
        (f"{FAQ}/files/import", "", APPROVERS),
        (f"{QUESTIONS}/suggestions", "accept", WRITERS),
        (f"{QUESTIONS}/{asked}/draft", "", WRITERS),
        (f"{QUESTIONS}/{asked}/wording", "", WRITERS),
    ):
        given = {"proof": proof, "do": do, "id": "parrot-permit"}
        answer = client.post(path, data=given, follow_redirects=False)
        assert (answer.status_code != 403) == (role in allowed), (path, do)
        assert answer.status_code in {403, 404, 409, 422} | ({200} if do == "try" else set())
    assert count(office, EntryDraft) == 0


@once
def test_a_form_that_our_page_did_not_make_does_nothing(
    approver: TestClient, office: Office
) -> None:
    form = show(approver, f"{FAQ}/trials").form("/faq/trials")
    for proof in ("", "x", "é"):
        assert submit(approver, form, proof=proof, text="狗").status_code == 403
    assert count(office, TrialQuestion) == 0


# --- journey 41 -----------------------------------------------------------------------------
def test_41_from_what_nobody_could_answer_to_an_answer(
    editor: TestClient, office: Office, log_in: LogIn
) -> None:
    ask(office, "鸚鵡可以報戶口嗎", "鸚鵡能不能報戶口", "狗要繳稅嗎")
    page = show(editor, QUESTIONS)
    assert "鸚鵡可以報戶口嗎" in page.text
    links = [one["href"].partition("#")[0] for one in page.all("a") if "#draft" in one["href"]]
    form = show(editor, links[0]).form("/draft")
    page = follow(editor, submit(editor, form, id="parrot-permit"))
    draft = form_with(
        page,
        "/drafts/1",
        seen=next(one.fields["seen"] for one in page.forms if "seen" in one.fields),
    )
    assert "報戶口" in draft.fields["question"]
    assert "報戶口" in draft.fields["aliases"]

    answer = submit(editor, draft, do="submit")
    assert "答案：不能空白" in alert(answer, 422)
    draft = form_with(Page.of(answer), "/drafts/1", question=draft.fields["question"])
    words = f"{draft.fields['question']}\n{draft.fields['aliases']}"
    done = follow(editor, submit(editor, draft, **TYPED | {"aliases": words, "do": "submit"}))
    assert "已送審" in done.text
    assert not [f for f in show(editor, f"{FAQ}/drafts/1").forms if f.fields.get("do") == "publish"]
    assert answered(office, "鸚鵡可以報戶口嗎") is None

    chief = holding(editor, log_in("chief", role="section_chief"))
    page = show(chief, f"{FAQ}/drafts/1")
    assert "不必登記。" in page.text
    assert "editor先生，" in page.text
    done = follow(chief, submit(chief, form_with(page, "/drafts/1", do="publish")))
    assert "已核准並發布" in done.text
    assert "chief先生，" in show(chief, f"{FAQ}/drafts/1").text
    assert "editor先生" in show(chief, f"{FAQ}/parrot-permit").text
    assert answered(office, "鸚鵡可以報戶口嗎") == "parrot-permit"
    assert "直接回答：鸚鵡飼養登記" in show(chief, QUESTIONS).text
    with reading(office.engine) as tx:
        draft_row = tx.get_one(EntryDraft, 1)
    assert (draft_row.state, draft_row.by, draft_row.decided_by) == ("published", "editor", "chief")


def test_a_citizens_words_become_a_wording_of_the_entry_they_meant(
    editor: TestClient, office: Office
) -> None:
    asked, _ = ask(office, "身分證掉到火山口裡面", "身分證掉到火山口裡面去")
    page = show(editor, f"{QUESTIONS}/{asked}")
    groups = [one["label"] for one in page.all("optgroup")]
    assert groups == ["最接近的題目", "其他題目"]
    offered = [one["value"] for one in page.all("option") if " " in one["value"]]
    assert f"{LOST} 1" in offered[:3]
    form = page.form("/wording")
    assert form.fields["text"] in {"身分證掉到火山口裡面", "身分證掉到火山口裡面去"}
    assert len([one for one in page.all("input") if one.get("type") == "radio"]) == 2
    typed = {"text": "身分證掉到火山口裡面", "entry": f"{LOST} 1"}
    page = follow(editor, submit(editor, form, **typed))
    assert "已加入問法" in page.text
    assert answered(office, "身分證掉到火山口裡面") == LOST
    stale = submit(editor, show(editor, f"{QUESTIONS}/{asked}").form("/wording"), entry=f"{LOST} 1")
    assert "有人先改了這一題" in alert(stale, 409)


def test_a_suggested_wording_waits_for_a_persons_yes_or_no(
    editor: TestClient, office: Office
) -> None:
    given = {"verdict": "choose", "fate": Fate.CHOSEN, "entry_id": LOST}
    ask(office, "我的大頭卡飛走了", "那張卡被狗叼去", **given)
    page = show(editor, QUESTIONS)
    form = form_with(page, "/suggestions", text="我的大頭卡飛走了")
    assert "已加入問法" in follow(editor, submit(editor, form, do="accept")).text
    page = show(editor, QUESTIONS)
    form = form_with(page, "/suggestions", text="那張卡被狗叼去")
    assert "不會再建議" in follow(editor, submit(editor, form, do="refuse")).text
    assert not has(show(editor, QUESTIONS), "/suggestions")
    assert answered(office, "我的大頭卡飛走了") == LOST
    assert count(office, RefusedWording) == 1


# --- the list -------------------------------------------------------------------------------
@once
def test_the_list_finds_by_words_and_says_how_each_entry_stands(
    approver: TestClient, office: Office
) -> None:
    plain = {name: value for name, value in ENTRY.items() if name != "id"}
    dated: Mapping[str, dict[str, Any]] = {
        "parrot-old": {"valid_until": "2026-11-25"},
        "parrot-new": {"valid_from": "2026-11-27", "question": "金剛鸚鵡呢？"},
        "parrot-due": {"review_on": "2026-12-01", "aliases": ["會說話的鳥"]},
    }
    with transaction(office.engine) as tx:
        for entry_id, more in dated.items():
            content = editing.restore(plain | more)
            editing.create(tx, entry_id, content, by="somebody", now=NOON)
        editing.create(tx, "parrot-gone", editing.restore(plain), by="somebody", now=NOON)
        editing.retire(tx, "parrot-gone", version=1, by="somebody", now=NOON)

    def found(**wanted: str) -> set[str]:
        page = Page.of(approver.get(FAQ, params=wanted))
        links = (one["href"].rsplit("/", 1)[-1] for one in page.all("a"))
        return {one for one in links if one.startswith("parrot-")}

    assert found(q="鸚鵡") == set(dated)
    assert found(q="會說話的鳥") == {"parrot-due"}
    assert found(q="金剛") == {"parrot-new"}
    assert found(q="鸚鵡", state="expired") == {"parrot-old"}
    assert found(q="鸚鵡", state="scheduled") == {"parrot-new"}
    assert found(q="鸚鵡", state="in_service") == {"parrot-due"}
    assert found(q="鸚鵡", state="due") == {"parrot-old", "parrot-due"}
    assert found(q="鸚鵡", state="few") == set(dated)
    assert found(q="鸚鵡", state="retired") == {"parrot-gone"}
    assert found(q="鸚鵡", section="民政課") == set(dated)
    assert found(q="鸚鵡", section="戶政") == set()
    page = show(approver, f"{FAQ}?q=會說話")
    assert "該複查或將到期" in page.text
    assert "115/12/01" in page.text
    assert page.form("/faq").fields == {"q": "會說話", "section": "", "state": "current"}


@once
def test_the_list_goes_on_at_the_next_page(approver: TestClient) -> None:
    seen: list[str] = []
    path, pages = FAQ, 0
    while path:
        page = show(approver, path)
        links = [one["href"] for one in page.all("a")]
        seen += [one for one in links if one.startswith(f"{FAQ}/") and one not in PAGES]
        path = next((one for one in links if f"offset={50 * (pages + 1)}" in one), "")
        pages += 1
    rows = [one for one in seen if not one.endswith("/new")]
    assert pages >= 5
    assert len(rows) == len(set(rows)) > 200


# --- one entry ------------------------------------------------------------------------------
def test_an_entry_shows_all_it_holds_and_is_changed_without_losing_anything(
    approver: TestClient, office: Office
) -> None:
    before = entry_of(office, LOST)
    page = show(approver, f"{FAQ}/{LOST}")
    for told in (before.answer, before.source, before.legal_basis, *before.documents):
        assert told in page.text
    form = page.form(f"/{LOST}")
    crlf = {name: text.replace("\n", "\r\n") for name, text in form.fields.items()}
    done = follow(approver, submit(approver, form, **crlf | {"fee": "一元", "do": "publish"}))
    assert "已發布" in done.text
    after = entry_of(office, LOST)
    old, new = (editing.plain_of(editing.content_of(one)) for one in (before, after))
    assert new == old | {"fee": "一元"}
    with reading(office.engine) as tx:
        kept = tx.scalars(select(Revision).where(Revision.entry_id == LOST)).all()
    assert [(one.version, one.by) for one in kept] == [(1, "starter"), (2, "controller")]
    for told in ("第 2 版", "controller", "115/11/26（四） 12:00", "規費"):
        assert told in done.text


def test_situations_are_kept_and_can_be_changed(approver: TestClient, office: Office) -> None:
    with reading(office.engine) as tx:
        rows = tx.scalars(select(Entry).order_by(Entry.id)).all()
        entry = next(row for row in rows if row.variants)
    form = show(approver, f"{FAQ}/{entry.id}").form(f"/{entry.id}")
    assert form.fields["1-label"] == entry.variants[0]["label"]
    assert submit(approver, form, **{"1-answer": "改了。", "do": "publish"}).status_code == 303
    first, *rest = entry_of(office, entry.id).variants
    assert first == entry.variants[0] | {"answer": "改了。"}
    assert rest == entry.variants[1:]
    lone = {f"{n}-{part}": "" for n in range(2, 7) for part in ("label", "answer", "documents")}
    form = show(approver, f"{FAQ}/{entry.id}").form(f"/{entry.id}")
    wrong = submit(approver, form, **lone | {"do": "publish"})
    assert "分情況的答案：要嘛不填，要填就填 2 到 6 個情況" in alert(wrong, 422)


def test_a_change_is_tried_on_questions_and_on_the_test_set_and_keeps_nothing(
    approver: TestClient, office: Office
) -> None:
    expect(office, LOST_QUESTION, LOST)
    thief = TYPED | {"aliases": LOST_QUESTION, "do": "try", "try2": "鸚鵡飼養登記怎麼辦"}
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    page = Page.of(submit(approver, form, id="thief", **thief))
    assert "測試題組 1 題：升 0、降 1" in page.text
    assert LOST_QUESTION in page.text
    assert "直接回答：鸚鵡飼養登記" in page.text
    again = page.form("/faq/new")
    assert (again.fields["answer"], again.fields["id"]) == ("不必登記。", "thief")
    assert again.fields["try2"] == "鸚鵡飼養登記怎麼辦"
    assert count(office, EntryDraft) == 0
    assert answered(office, "鸚鵡飼養登記怎麼辦") is None


def test_a_publish_that_answers_worse_is_refused_with_the_questions_named(
    approver: TestClient, office: Office
) -> None:
    expect(office, LOST_QUESTION, LOST)
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    thief = TYPED | {"aliases": LOST_QUESTION, "do": "publish", "id": "thief"}
    answer = submit(approver, form, **thief)
    told = alert(answer, 409)
    assert "測試題組有題目會變差" in told
    assert LOST_QUESTION in told
    again = Page.of(answer).form("/faq/new")
    assert again.fields["aliases"] == LOST_QUESTION
    gone = submit(approver, show(approver, f"{FAQ}/{LOST}").form("/retire"))
    assert LOST_QUESTION in alert(gone, 409)
    assert not entry_of(office, LOST).retired

    page = show(approver, f"{FAQ}/trials")
    assert "答對" in page.text
    assert "已從測試題組移除" in follow(approver, submit(approver, page.form("/remove"))).text
    assert submit(approver, again, do="publish").status_code == 303
    assert LOST_QUESTION in [one.text for one in entry_of(office, "thief").phrases]


def test_who_was_overtaken_sees_what_is_there_now_and_keeps_what_they_typed(
    approver: TestClient, office: Office
) -> None:
    form = show(approver, f"{FAQ}/{LOST}").form(f"/{LOST}")
    with transaction(office.engine) as tx:
        content = editing.content_of(tx.get_one(Entry, LOST))
        changed = editing.with_wording(content, "身分證被貓叼走")
        editing.change(tx, LOST, changed, version=1, by="other", now=NOON)
    for do in ("draft", "publish"):
        answer = submit(approver, form, fee="一元", do=do)
        assert "有人先改了這一題" in alert(answer, 409)
        assert "身分證被貓叼走" in Page.of(answer).text
        again = Page.of(answer).form(f"/{LOST}")
        assert (again.fields["fee"], again.fields["version"]) == ("一元", "2")
    bad = submit(approver, form, checked_on="", do="publish")
    assert Page.of(bad).form(f"/{LOST}").fields["version"] == "1"  # still what was read
    assert submit(approver, again, do="publish").status_code == 303
    assert entry_of(office, LOST).version == 3


@once
def test_what_is_wrong_is_named_and_what_was_typed_stays(approver: TestClient) -> None:
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    for wrong, told in (
        ({"id": "Parrot"}, "題目編號：請用小寫英文、數字、連字號"),
        ({"id": LOST}, f"題目編號：{LOST} 已經有題目了"),
        ({"checked_on": ""}, "請檢查：核對日期"),
        ({"checked_on": "2026-12-24"}, "核對日期：不能晚於今天"),
        ({"category": "", "source": ""}, "請檢查：類別、資料來源"),
        ({"answer": "  "}, "請檢查：答案"),
        ({"label": "長" * 21}, "請檢查：標題"),
        ({"aliases": "鸚鵡\n鸚 鵡"}, "其他問法：有重複的問法"),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "失效日：早於生效日"),
        ({"section": "長" * 61}, "承辦課室：太長或太多，上限 60"),
    ):
        answer = submit(approver, form, **{"id": "parrot"} | TYPED | {"do": "publish"} | wrong)
        assert told in alert(answer, 422), wrong
        kept = Page.of(answer).form("/faq/new").fields
        assert kept["source"] == wrong.get("source", TYPED["source"])
    taken = submit(approver, form, **TYPED | {"id": LOST, "do": "draft"})
    assert "已經有題目了" in alert(taken, 422)


def test_a_form_sent_twice_acts_once(approver: TestClient, office: Office) -> None:
    form = show(approver, f"{FAQ}/{LOST}").form(f"/{LOST}")
    first, again = (submit(approver, form, fee="一元", do="publish") for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert entry_of(office, LOST).version == 2

    form = show(approver, f"{FAQ}/{LOST}").form(f"/{LOST}")
    first, again = (submit(approver, form, fee="兩元", do="draft") for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    assert count(office, EntryDraft) == 1
    page = show(approver, first.headers["location"])
    draft = form_with(page, "/drafts/1", fee="兩元")
    for _ in range(2):
        assert submit(approver, draft, do="submit").status_code == 303

    form = show(approver, f"{FAQ}/trials").form("/faq/trials")
    for _ in range(2):
        assert submit(approver, form, text="狗要繳稅嗎").status_code == 303
    assert count(office, TrialQuestion) == 1
    other = submit(approver, form, text="貓要繳稅嗎")
    assert Page.of(other).form("/faq/trials").fields["text"] == "貓要繳稅嗎"
    assert (other.status_code, count(office, TrialQuestion)) == (422, 1)


def test_a_retired_entry_stays_readable(approver: TestClient, office: Office) -> None:
    page = show(approver, f"{FAQ}/{LOST}")
    assert "機器人不再回答這一題" in page.text
    done = follow(approver, submit(approver, page.form("/retire")))
    assert "已下架" in done.text
    assert not has(done, "/retire")
    assert answered(office, LOST_QUESTION) != LOST
    assert approver.get(f"{FAQ}/nothing").status_code == 404


# --- drafts ---------------------------------------------------------------------------------
def test_an_author_cannot_approve_their_own_draft_and_a_return_gives_its_reason(
    approver: TestClient, office: Office, log_in: LogIn
) -> None:
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    page = follow(approver, submit(approver, form, **TYPED | {"id": "parrot", "do": "draft"}))
    draft = form_with(page, "/drafts/1", answer="不必登記。")
    submit(approver, draft, do="submit")
    page = show(approver, f"{FAQ}/drafts/1")
    assert "請由另一位同仁核准" in page.text
    back = form_with(page, "/drafts/1", do="return")
    own = submit(approver, back, do="publish")
    assert "撰寫人不能核准自己的草稿" in alert(own, 409)

    chief = holding(approver, log_in("chief", role="section_chief"))
    page = show(chief, f"{FAQ}/drafts/1")
    back = form_with(page, "/drafts/1", do="return")
    empty = submit(chief, back, reason=" ")
    assert "請檢查：理由" in alert(empty, 422)
    assert "已退回" in follow(chief, submit(chief, back, reason="請補法條")).text
    assert "退回：請補法條" in show(chief, f"{FAQ}/drafts").text

    holding(chief, log_in("controller"))
    page = show(approver, f"{FAQ}/drafts/1")
    assert "請補法條" in page.text
    drop = form_with(page, "/drafts/1", do="drop")
    assert "紀錄仍保留" in follow(approver, submit(approver, drop, reason="不做了")).text
    proof = page.form("/logout").fields["proof"]
    late = submit(approver, draft, do="save", proof=proof, seen=kept_at(office), key="late")
    assert "狀態不能這樣做" in alert(late, 409)
    assert "不做了" in show(approver, f"{FAQ}/drafts/1").text
    assert "鸚鵡飼養登記" in show(approver, f"{FAQ}/drafts?state=dropped").text
    with reading(office.engine) as tx:
        assert tx.get_one(EntryDraft, 1).state == State.DROPPED


@once
def test_the_english_text_is_written_beside_the_chinese(
    approver: TestClient, office: Office, log_in: LogIn
) -> None:
    chief = holding(approver, log_in("chief", role="section_chief"))
    path = f"{FAQ}/{LOST}/english"
    form = form_with(show(chief, path), "/english", version="1")
    empty = submit(chief, form, answer=" ", fee="NT$300")
    assert "答案" in alert(empty, 422)
    assert "NT$300" in empty.text
    saved = follow(chief, submit(chief, form, label="ID card lost", fee="NT$300"))
    assert "英文版已儲存" in saved.text
    before = form_with(show(chief, path), "/english", version="1")
    entry = form_with(show(chief, f"{FAQ}/{LOST}"), f"/{LOST}", version="1")
    submit(chief, entry, do="publish", fee="補領每張 300 元")
    page = show(chief, path)
    assert "英文版是照第 1 版寫的，題目現在是第 2 版" in page.text
    assert "英文版要更新" in show(chief, f"{FAQ}?state=english_outdated").text
    late = submit(chief, before, fee="NT$200")
    assert late.status_code == 409
    remove = form_with(show(chief, path), "/english", do="remove")
    assert "英文版已刪除" in follow(chief, submit(chief, remove)).text
    holding(chief, log_in("ann", role="clerk"))
    assert "由可以核准題目的同仁寫" in show(approver, path).text


@once
def test_a_form_is_uploaded_named_by_an_entry_and_removed(
    approver: TestClient, office: Office, log_in: LogIn
) -> None:
    chief = holding(approver, log_in("chief", role="section_chief"))
    path = f"{FAQ}/forms"
    assert "題目要用、還沒有上傳的表單" in show(chief, path).text
    form = form_with(show(chief, path), "/forms")
    assert "請先選一個檔案" in alert(submit(chief, form, name="申請書"), 422)
    wrong = upload(chief, form, "申請書.txt", b"text", name="申請書")
    assert "要 PDF、ODT、ODS 或 DOCX 檔" in alert(wrong, 422)
    assert 'value="申請書"' in wrong.text
    form = form_with(show(chief, path), "/forms")
    done = upload(chief, form, "申請書.pdf", b"%PDF-1.7", name="申請書")
    assert "表單已上傳" in follow(chief, done).text
    got = chief.get("/forms/申請書")
    assert (got.content, got.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    entry = form_with(show(chief, f"{FAQ}/{LOST}"), f"/{LOST}", version="1")
    submit(chief, entry, do="publish", forms="申請書")
    page = show(chief, path)
    assert "還有題目用到" in page.text and LOST in page.text
    entry = form_with(show(chief, f"{FAQ}/{LOST}"), f"/{LOST}", version="2")
    submit(chief, entry, do="publish", forms="")
    remove = form_with(show(chief, path), "/forms", name="申請書", do="remove")
    assert "表單已移除" in follow(chief, submit(chief, remove)).text
    holding(chief, log_in("ann", role="clerk"))
    assert "上傳或更新" not in show(approver, path).text


@once
def test_a_draft_is_approved_for_a_day_and_says_so(
    approver: TestClient, office: Office, log_in: LogIn
) -> None:
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    page = follow(approver, submit(approver, form, **TYPED | {"id": "parrot", "do": "draft"}))
    submit(approver, form_with(page, "/drafts/1", answer="不必登記。"), do="submit")
    chief = holding(approver, log_in("chief", role="section_chief"))
    publish = form_with(show(chief, f"{FAQ}/drafts/1"), "/drafts/1", do="publish")
    assert "日期" in alert(submit(chief, publish, on="2026-02-30"), 422)
    alert(submit(chief, publish, on="2026-11-25"), 422)
    assert "到排定的日子會自動發布" in follow(chief, submit(chief, publish, on="2027-01-01")).text
    assert "已核准，排定發布" in show(chief, f"{FAQ}/drafts").text
    page = show(chief, f"{FAQ}/drafts/1")
    assert "116/01/01（五）" in page.text
    back = form_with(page, "/drafts/1", do="return")
    assert "已退回" in follow(chief, submit(chief, back, reason="改期")).text


@once
def test_two_who_write_one_draft_do_not_overwrite_each_other(
    approver: TestClient, office: Office, log_in: LogIn
) -> None:
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    page = follow(approver, submit(approver, form, **TYPED | {"id": "parrot", "do": "draft"}))
    mine = form_with(page, "/drafts/1", answer="不必登記。")
    with transaction(office.engine) as tx:
        draft = tx.get_one(EntryDraft, 1)
        draft.by, draft.at = "other", NOON.replace(minute=5)
        draft.content = draft.content | {"fee": "九元"}
    answer = submit(approver, mine, answer="我改的", do="save")
    assert "有人先改了" in alert(answer, 409)
    again = form_with(Page.of(answer), "/drafts/1", answer="我改的")
    assert submit(approver, again, do="save").status_code == 303
    with reading(office.engine) as tx:
        assert tx.get_one(EntryDraft, 1).content["answer"] == "我改的"


def test_a_draft_is_rehearsed_and_a_change_shows_what_differs(
    approver: TestClient, office: Office
) -> None:
    expect(office, LOST_QUESTION, LOST)
    form = show(approver, f"{FAQ}/{LOST}").form(f"/{LOST}")
    worse = {"question": "鸚鵡？", "label": "鸚鵡", "aliases": "", "do": "draft"}
    page = follow(approver, submit(approver, form, **worse))
    assert "與現在的題目不同的地方" in page.text
    page = show(approver, f"{FAQ}/drafts/1?rehearse=true")
    assert "測試題組 1 題：升 0、降 1" in page.text
    draft = form_with(page, "/drafts/1", question="鸚鵡？")
    tried = Page.of(submit(approver, draft, do="try", try1=LOST_QUESTION))
    assert "直接回答" in tried.text


def test_a_draft_takes_in_what_somebody_changed_meanwhile(
    approver: TestClient, office: Office
) -> None:
    form = show(approver, f"{FAQ}/{LOST}").form(f"/{LOST}")
    follow(approver, submit(approver, form, answer="我寫的。", do="draft"))
    with transaction(office.engine) as tx:
        kept = editing.content_of(tx.get_one(Entry, LOST))
        theirs = replace(kept, answer="別人寫的。", fee="九十九元")
        editing.change(tx, LOST, theirs, version=1, by="other", now=NOON)
    page = show(approver, f"{FAQ}/drafts/1")
    assert "這份草稿還不能發布" in page.text
    mine = form_with(page, "/drafts/1", answer="我寫的。")
    page = follow(approver, submit(approver, mine, do="catch_up", where="三樓"))
    assert "已補上這一題後來的修改" in page.text
    assert "請與下表核對：答案" in page.text.replace("\n", "")
    assert "這份草稿還不能發布" not in page.text
    with reading(office.engine) as tx:
        content = tx.get_one(EntryDraft, 1).content
    assert (content["answer"], content["fee"], content["where"]) == (
        "我寫的。",
        "九十九元",
        "三樓",
    )


@once
def test_a_replied_case_becomes_a_draft(
    approver: TestClient, office: Office, new_case: NewCase
) -> None:
    case = new_case()
    form = show(approver, f"{FAQ}/drafts").form("/from-case")
    page = follow(approver, submit(approver, form, case_no=case.case_no, id="cleared"))
    assert case.case_no in page.text
    assert "騎樓" in page.text + "".join(page.forms[-2].fields.values())
    taken = submit(approver, show(approver, f"{FAQ}/drafts").form("/from-case"), id=LOST)
    assert "請檢查：案號" in alert(taken, 422)
    assert approver.get(f"{FAQ}/drafts/99").status_code == 404


# --- test set and words ---------------------------------------------------------------------
def test_the_test_set_tells_how_each_question_is_answered(
    approver: TestClient, office: Office
) -> None:
    form = show(approver, f"{FAQ}/trials").form("/faq/trials")
    page = follow(approver, submit(approver, form, text=LOST_QUESTION, entry_id=LOST))
    page = follow(approver, submit(approver, page.form("/faq/trials"), text="ㄅㄆㄇ"))
    for told in (LOST_QUESTION, "答對", "ㄅㄆㄇ", "沒有亂答", "（不該有答案）"):
        assert told in page.text
    empty = submit(approver, page.form("/faq/trials"), text=" ")
    assert "請檢查：內容" in alert(empty, 422)
    removal = next(form for form in page.forms if form.action.endswith("/remove"))
    for _ in range(2):
        assert submit(approver, removal).status_code == 303
    assert count(office, TrialQuestion) == 1


def test_the_offices_words_are_checked_kept_and_understood(
    editor: TestClient, office: Office
) -> None:
    page = show(editor, f"{FAQ}/words")
    assert {form.action.rsplit("/", 1)[-1] for form in page.forms} >= set(EDITABLE)
    lexicon = page.form("/lexicon")
    wrong = submit(editor, lexicon, text="印鑑證明 = 圓圈紙\n卡：牌")
    assert "本所的第 2 行" in alert(wrong, 422)
    assert Page.of(wrong).form("/lexicon").fields["text"] == "印鑑證明 = 圓圈紙\n卡：牌"
    done = follow(editor, submit(editor, lexicon, text="印鑑證明 = 圓圈紙"))
    assert "詞表已儲存" in done.text
    stale = submit(editor, lexicon, text="印鑑證明 = 圓圈紙", key="another")
    assert "有人先改了這份詞表" in alert(stale, 409)
    again = Page.of(stale).form("/lexicon")
    assert (again.fields["version"], again.fields["text"]) == ("1", "印鑑證明 = 圓圈紙")
    cues = submit(editor, page.form("/cues"), text="a: [b]\ncrisis: [想死\nx: [y]")
    assert "行附近讀不懂" in alert(cues, 422)
    empty = Form(lexicon.action, {k: v for k, v in again.fields.items() if k != "text"})
    assert "請檢查：內容" in alert(submit(editor, empty), 422)
    with reading(office.engine) as tx:
        assert {row.name: row.text for row in tx.scalars(select(WordList))} == {
            "lexicon": "印鑑證明 = 圓圈紙"
        }


# --- files ----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", files.Format)
@once
def test_a_file_is_shown_before_it_is_taken_in(
    approver: TestClient, office: Office, kind: files.Format
) -> None:
    page = show(approver, f"{FAQ}/files")
    out = approver.get(f"{FAQ}/files/{kind}")
    assert out.headers["content-disposition"].startswith("attachment; ")
    same = send(approver, page, f"a.{kind}", out.content)
    assert "和現在的題庫相同" in Page.of(same).text
    assert not has(Page.of(same), "/import")

    with reading(office.engine) as tx:
        entries = dict(files.in_service(tx))
    plain = {name: value for name, value in ENTRY.items() if name != "id"}
    changed = editing.plain_of(entries[LOST]) | {"fee": "一元", "answer": "兩\n行「<」"}
    given = [(LOST, editing.restore(changed)), ("parrot-permit", editing.restore(plain))]
    shown = Page.of(send(approver, page, f"a.{kind}", files.write(given, kind)))
    assert f"a.{kind}：新增 1 題、修改 1 題、相同 0 題" in shown.text
    for told in ("鸚鵡飼養登記（parrot-permit）", "答案、規費", "有一處錯就全部不匯入"):
        assert told in shown.text
    assert entry_of(office, LOST).version == 1
    form = shown.form("/import")
    for _ in range(2):
        held = {name: text.replace("\n", "\r\n") for name, text in form.fields.items()}
        parts = {name: (None, text) for name, text in held.items()}
        done = approver.post(form.action, files=parts, follow_redirects=False)
        assert "已匯入" in follow(approver, done).text
    assert entry_of(office, LOST).version == 2
    assert entry_of(office, LOST).answer == "兩\n行「<」"
    assert entry_of(office, "parrot-permit").checked_on == date(2026, 11, 20)


@once
def test_an_import_that_answers_worse_is_refused_and_stays_on_the_page(
    approver: TestClient, office: Office
) -> None:
    expect(office, LOST_QUESTION, LOST)
    plain = {name: value for name, value in ENTRY.items() if name != "id"}
    thief = editing.restore(plain | {"aliases": [LOST_QUESTION]})
    content = files.write([("thief", thief)], files.Format.CSV)
    shown = Page.of(send(approver, show(approver, f"{FAQ}/files"), "a.csv", content))
    refused = submit(approver, shown.form("/import"))
    assert LOST_QUESTION in alert(refused, 409)
    assert (
        Page.of(refused).form("/import").fields["entries"]
        == shown.form("/import").fields["entries"]
    )
    assert answered(office, LOST_QUESTION) == LOST


@once
def test_a_bad_upload_is_told_on_the_page(editor: TestClient, office: Office) -> None:
    page = show(editor, f"{FAQ}/files")
    rows = [["編號", "題目"], ["x", "y"]]
    csv = "\n".join(",".join(row) for row in rows).encode()
    for name, content, told in (
        ("a.xlsx", b"PK", "請選 .ods、.csv 或 .yaml 的檔案"),
        ("a.csv", csv, "缺這一欄"),
        ("a.csv", b"\xff\xfe\xff", "文字編碼不對"),
        ("a.ods", b"no zip", "不是可讀的 ODS 檔"),
        ("a.yaml", b"- [", "不是可讀的 YAML 檔"),
        ("a.yaml", b"- {id: xy, checked_on: 2026-01-01}", "不能空白"),
    ):
        assert told in alert(send(editor, page, name, content), 422), name
    held = {key: text for key, text in page.form("/faq/files").fields.items() if key != "file"}
    none = editor.post(f"{FAQ}/files", data=held)
    assert "請先選一個檔案" in alert(none, 422)
    large = send(editor, page, "a.csv", b"x" * (filled.LARGEST_FILE + 1))
    assert "檔案上限 5 MB" in alert(large, 413)
    larger = send(editor, page, "a.csv", b"x" * (filled.LARGEST_FORM + 1))
    assert "檔案上限 5 MB" in alert(larger, 413)
    parts = [("file", ("a.csv", b"x")), ("file", ("b.csv", b"x"))]
    two = editor.post(f"{FAQ}/files", data=held, files=parts)
    assert two.status_code == 413
    many = editor.post(f"{FAQ}/trials", data=held | {f"f{n}": "" for n in range(100)})
    assert many.status_code == 413


@once
def test_an_editor_sees_what_a_file_would_do_but_does_not_take_it_in(
    editor: TestClient, office: Office
) -> None:
    plain = {name: value for name, value in ENTRY.items() if name != "id"}
    content = files.write([("parrot-permit", editing.restore(plain))], files.Format.YAML)
    page = Page.of(send(editor, show(editor, f"{FAQ}/files"), "a.yaml", content))
    assert "匯入要由可以核准題目的同仁來做" in page.text
    assert not has(page, "/import")


# --- every page -----------------------------------------------------------------------------
@once
def test_every_page_works_by_keyboard_and_screen_reader_and_without_script(
    approver: TestClient, office: Office
) -> None:
    (asked,) = ask(office, "鸚鵡可以報戶口嗎")
    ask(office, "那張卡被狗叼去", verdict="choose", fate=Fate.CHOSEN, entry_id=LOST)
    expect(office, LOST_QUESTION, LOST)
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    submit(approver, form, **TYPED | {"id": "parrot", "do": "draft"})
    drafts = (f"{FAQ}/drafts/1", f"{FAQ}/drafts/1?rehearse=true")
    for path in (*PAGES, f"{QUESTIONS}/{asked}", f"{FAQ}/new", *drafts):
        answer = approver.get(path)
        page = Page.of(answer)
        assert answer.status_code == 200, path
        assert len(page.all("h1")) == 1, path
        assert unlabelled(page) == [], path
        ids = [one["id"] for _, one in page.elements if "id" in one]
        assert len(ids) == len(set(ids)), path
        assert page.strange_scripts() + page.all("style") == []
        assert not any("style" in found for _, found in page.elements)
        assert all(form.action.startswith(HOME) for form in page.forms)
        assert len(page.all("table")) == answer.text.count('<div class="wide"'), path
        assert len(page.all("table")) == len(page.all("caption")), path
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@once
def test_what_somebody_wrote_is_text_and_never_markup(approver: TestClient, office: Office) -> None:
    evil = "<script>alert(1)</script>"
    (asked,) = ask(office, f"鸚鵡{evil}")
    form = show(approver, f"{FAQ}/new").form("/faq/new")
    typed = TYPED | {"id": "parrot", "answer": f"</textarea>{evil}", "do": "publish"}
    assert submit(approver, form, **typed).status_code == 303
    for path in (QUESTIONS, f"{QUESTIONS}/{asked}", f"{FAQ}/parrot", f"{FAQ}?q={evil}"):
        assert show(approver, path).strange_scripts() == [], path
