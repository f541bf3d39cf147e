"""The pages of templates and changed laws, by forms of a browser."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.console.wordings_words import PLACES
from app.office import Office
from complaints import templates
from complaints.roles import Role
from complaints.tables import LawChange, Officer, Task, Template
from data.database import reading, transaction
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit, unlabelled
from tests.admin_api.console.test_people import counting
from tests.admin_api.staff import CASES, Headers, LogIn, NewCase, once
from tests.makers import NOON, make_case, make_officer, make_section

WORDINGS = f"{HOME}/wordings"
LAWS = f"{WORDINGS}/laws"
NEW = f"{WORDINGS}/new"
TEXT = "您反映{地點}一案（{案號}），{課室}依廢棄物清理法第27條，已於〔日期〕派員清除。"
LAW = {"law": "廢棄物清理法", "article": "第二十七條", "effective_on": "2026-12-01", "note": "修正"}


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


def write(browser: TestClient, name: str = "已清除", text: str = TEXT, **typed: str) -> None:
    answer = submit(browser, show(browser, NEW).form("/new"), name=name, text=text, **typed)
    assert answer.status_code == 303, Page.of(answer).text


def kept(office: Office) -> Template:
    """The newest template."""
    with reading(office.engine) as tx:
        return tx.scalars(select(Template).order_by(Template.id.desc())).all()[0]


def note_law(browser: TestClient, office: Office, **typed: str) -> str:
    """Note a changed law by the form, and say where its page is."""
    answer = submit(browser, show(browser, LAWS).form("/laws"), **(LAW | typed), do="note")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LAWS}?done=noted")
    with reading(office.engine) as tx:
        (number,) = tx.scalars(select(LawChange.id).order_by(LawChange.id.desc()).limit(1))
    return f"{LAWS}/{number}"


# --- templates


def test_a_template_is_written_tried_changed_and_retired(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    case = new_case(section="民政課", place="中山路3號")
    form = show(browser, NEW).form("/new")
    tried = submit(browser, form, name="已清除", text=TEXT, do="try")
    page = Page.of(tried)
    assert tried.status_code == 200
    assert "中山路 3 號前一案（CL-1151126-0007）" in page.text
    assert "送出前要由承辦人填寫：〔日期〕" in page.text
    assert page.form("/new").fields["text"].strip() == TEXT
    assert "還沒有範本" in show(browser, WORDINGS).text  # nothing was kept
    tried = submit(browser, form, text=TEXT, case_no=case.case_no, do="try")
    assert f"中山路3號一案（{case.case_no}），民政課" in Page.of(tried).text
    typed = {"section": "civil", "kind": "rights_protection", "do": "save"}
    saved = submit(browser, page.form("/new"), **typed)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{WORDINGS}?done=saved")
    row = kept(office)
    assert (row.name, row.text, row.version) == ("已清除", TEXT, 1)
    listed = show(browser, saved.headers["location"])
    assert f"{WORDINGS}/{row.id}" in [one["href"] for one in listed.all("a")]
    assert "民政課" in listed.text and "陳情" in listed.text and "可用" in listed.text
    path = f"{WORDINGS}/{row.id}"
    page = show(browser, path)
    assert unlabelled(page) == []
    form = page.form(f"/{row.id}")
    assert (form.fields["section"], form.fields["kind"]) == ("civil", "rights_protection")
    changed = submit(browser, form, text="好了。", section="", do="save")
    assert changed.status_code == 303
    assert (kept(office).text, kept(office).version, kept(office).section_id) == ("好了。", 2, None)
    gone = submit(browser, show(browser, path).form("/retire"))
    assert gone.headers["location"] == f"{WORDINGS}?done=retired"
    assert browser.get(path).status_code == 404


@once
def test_each_place_in_braces_is_explained(browser: TestClient) -> None:
    page = show(browser, NEW)
    assert set(PLACES) == set(templates.PLACES) == set(templates.SAMPLE)
    for place, meaning in PLACES.items():
        assert "{" + place + "}" in page.text and meaning in page.text


@once
def test_what_is_wrong_with_a_template_is_told_and_what_was_typed_stays(
    browser: TestClient, office: Office
) -> None:
    form = show(browser, NEW).form("/new")
    right = {"name": "名", "text": "好。"}
    for wrong, status, told in (
        ({"text": "{電話}"}, 422, "不認得 電話，可用：{案號}"),
        ({"text": "{電話}", "do": "try"}, 422, "不認得 電話"),
        ({"text": "{案號"}, 422, "不認得"),
        ({"text": " "}, 422, "請檢查：內容"),
        ({"name": ""}, 422, "請檢查：範本名稱"),
        ({"name": "名" * 61}, 422, "名稱須為"),
        ({"kind": "joke"}, 422, "請檢查：類別"),
        ({"section": "none"}, 422, "沒有這個課室"),
        ({"case_no": "CL-1", "do": "try"}, 404, "查無此案件"),
        ({"proof": "forged"}, 403, "表單已經過期"),
    ):
        answer = submit(browser, form, **(right | wrong))
        page = Page.of(answer)
        assert (answer.status_code, told in page.text) == (status, True), (wrong, page.text)
        if status != 403:
            assert page.form("/new").fields["name"] == (right | wrong)["name"]
    with reading(office.engine) as tx:
        assert tx.scalars(select(Template)).all() == []


def test_who_was_overtaken_sees_both_texts(browser: TestClient, office: Office) -> None:
    write(browser, text="一。")
    path = f"{WORDINGS}/{kept(office).id}"
    form = show(browser, path).form(path)
    assert submit(browser, form, text="二。").status_code == 303
    stale = submit(browser, form, text="三。", key="other")
    page = Page.of(stale)
    assert (stale.status_code, "有人先改了這則範本" in page.text) == (409, True)
    assert "二。" in page.text and page.form(path).fields["text"].strip() == "三。"
    assert submit(browser, page.form(path), do="save").status_code == 303
    assert kept(office).text == "三。"


def test_a_template_sent_twice_is_kept_once(browser: TestClient, office: Office) -> None:
    form = show(browser, NEW).form("/new")
    for _ in range(2):
        assert submit(browser, form, name="名", text="好。").status_code == 303
    with reading(office.engine) as tx:
        assert len(tx.scalars(select(Template)).all()) == 1


@once
@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_sees_what_it_may_do(
    client: TestClient, office: Office, browser: TestClient, log_in: LogIn, role: str
) -> None:
    with transaction(office.engine) as tx:
        social = make_section(tx, "social", "社會課")
        by = make_officer(tx, "head", role="director")
        other, own = (
            templates.add(tx, name="名", text="好。", section=one, kind=None, by=by, now=NOON)
            for one in (social, by.section)
        )
    other_path, own_path = f"{WORDINGS}/{other.id}", f"{WORDINGS}/{own.id}"
    me = holding(client, log_in("other", role=role))
    if role == "faq_editor":
        led = me.get(WORDINGS, follow_redirects=False)
        assert (led.status_code, led.headers["location"]) == (303, LAWS)
        page = show(me, LAWS)
        assert page.form("/laws").fields["law"] == ""
        assert me.get(own_path).status_code == me.get(NEW).status_code == 403
        return
    edits = role != "clerk"
    assert (NEW in [one["href"] for one in show(me, WORDINGS).all("a")]) is edits
    assert me.get(NEW).status_code == (200 if edits else 403)
    for path, may in ((own_path, edits), (other_path, edits and role != "section_chief")):
        page = show(me, path)
        assert "好。" in page.text
        assert bool([one for one in page.forms if one.action == path]) is may
        proof = show(me, LAWS).forms[-1].fields.get("proof") or page.forms[-1].fields["proof"]
        form = Form(f"{path}/retire", {"proof": proof, "version": "9"})
        answer = submit(me, form)
        assert answer.status_code == (409 if may else 403), path
    notes = [one for one in show(me, LAWS).forms if one.action == LAWS]
    assert bool(notes) is edits


@once
def test_a_clerk_notes_no_law(
    client: TestClient, office: Office, browser: TestClient, log_in: LogIn
) -> None:
    form = show(browser, LAWS).form("/laws")
    clerk = holding(client, log_in("ann", role="clerk"))
    proof = next(one.fields["proof"] for one in show(clerk, LAWS).forms if "proof" in one.fields)
    for what in ("look", "note"):
        refused = submit(clerk, form, **LAW, do=what, proof=proof)
        assert refused.status_code == 403
    with reading(office.engine) as tx:
        assert tx.scalars(select(LawChange)).all() == []


# --- changed laws


def test_a_changed_law_from_a_first_look_to_the_end(
    client: TestClient,
    browser: TestClient,
    office: Office,
    staff: Headers,
    new_case: NewCase,
) -> None:
    write(browser)
    row = kept(office)
    cited = new_case(section="民政課", content="請依廢棄物清理法第27條處罰，謝謝。")
    drafted = new_case(section="民政課")
    body = {"text": "依廢棄物清理法第27條辦理。", "version": 1}
    path = f"{CASES}/{drafted.case_no}/draft"
    assert client.post(path, headers=staff, json=body).status_code == 201
    form = show(browser, LAWS).form("/laws")
    looked = submit(browser, form, **LAW, do="look")
    page = Page.of(looked)
    assert (looked.status_code, "還沒有登錄" in page.text) == (200, True)
    wanted = {f"{WORDINGS}/{row.id}", at(cited), at(drafted)}
    assert wanted <= {one["href"] for one in page.all("a")}
    assert kept(office).locked_by_id is None
    assert page.form("/laws").fields["note"].strip() == LAW["note"]

    law = note_law(browser, office)
    assert kept(office).locked_by_id is not None
    listed = show(browser, WORDINGS)
    assert "鎖定" in listed.text and law in [one["href"] for one in listed.all("a")]
    assert "檢視中" in show(browser, LAWS).text
    page = show(browser, law)
    assert wanted <= {one["href"] for one in page.all("a")}
    for told in ("範本 1 則", "待核或待送的草稿 1 份", "鎖定，還沒檢視"):
        assert told in page.text
    done = submit(browser, page.form("/confirm"))
    assert (done.status_code, done.headers["location"]) == (303, f"{law}?done=confirmed")
    assert kept(office).locked_by_id is None
    page = show(browser, done.headers["location"])
    assert "已檢視" in page.text
    blank = submit(browser, page.form("/settle"), result=" ")
    assert (blank.status_code, "請檢查：檢視結果" in blank.text) == (422, True)
    settled = submit(browser, page.form("/settle"), result="都看過了")
    assert settled.headers["location"] == f"{law}?done=settled"
    assert "都看過了" in show(browser, law).text
    assert "已完成" in show(browser, LAWS).text
    with reading(office.engine) as tx:
        assert tx.scalars(select(Task.done_at).where(Task.key.startswith("law:"))).one()
    again = submit(browser, page.form("/settle"), result="再一次", key="other")
    assert again.status_code == 404


def test_changing_a_locked_template_unlocks_it(browser: TestClient, office: Office) -> None:
    write(browser)
    path = f"{WORDINGS}/{kept(office).id}"
    law = note_law(browser, office)
    page = show(browser, path)
    assert "檢視前不能用來答復" in page.text
    assert law in [one["href"] for one in page.all("a")]
    assert "{地點}" in page.form(path).fields["text"]
    assert submit(browser, page.form(path), do="save").status_code == 303
    assert kept(office).locked_by_id is None
    stale = submit(browser, page.form("/confirm"))
    assert stale.status_code == 409


@once
def test_entries_of_the_faq_are_linked(browser: TestClient, office: Office) -> None:
    law = note_law(browser, office, law="行政程序法", article="173")
    links = [one["href"] for one in show(browser, law).all("a")]
    assert [one for one in links if one.startswith(f"{HOME}/faq/")]


@once
def test_what_is_wrong_with_a_change_is_told(browser: TestClient, office: Office) -> None:
    form = show(browser, LAWS).form("/laws")
    for wrong, told in (
        ({"law": ""}, "請檢查：法規名稱"),
        ({"law": "法" * 61}, "請檢查：法規名稱"),
        ({"law": "㍿" * 20}, "請寫法規名稱"),  # four letters each, brought to one form
        ({"article": "條"}, "看不懂這個條號"),
        ({"article": "1" * 20}, "看不懂這個條號"),
        ({"effective_on": "soon"}, "請檢查：生效日期"),
        ({"note": ""}, "請檢查：變動內容"),
    ):
        for what in ("look", "note"):
            answer = submit(browser, form, **(LAW | wrong), do=what)
            page = Page.of(answer)
            assert (answer.status_code, told in page.text) == (422, True), (wrong, page.text)
            typed = page.form("/laws").fields
            assert typed["effective_on"] == (LAW | wrong)["effective_on"]
    assert "還沒有登錄過法規變動" in show(browser, LAWS).text
    assert browser.get(f"{LAWS}/999").status_code == 404


@once
def test_no_case_out_of_sight_is_named(
    client: TestClient, browser: TestClient, office: Office, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課", content="請依廢棄物清理法第27條處罰，謝謝。")
    law = note_law(browser, office)
    assert case.case_no in show(browser, law).text
    chief = holding(client, log_in("away", role="section_chief", section="social"))
    page = show(chief, law)
    assert case.case_no not in page.text
    assert [one for one in page.forms if one.action.endswith("/settle")] == []
    form = show(chief, LAWS).form("/laws")
    looked = submit(chief, form, **LAW, do="look")
    assert case.case_no not in looked.text


# --- both languages, and how much is asked of the database


def test_the_pages_are_read_in_english(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    new_case(section="民政課", content="請依廢棄物清理法第27條處罰，謝謝。")
    write(browser, section="civil", kind="praise")
    law = note_law(browser, office)
    browser.cookies.set("civicline_language", "en")
    one = f"{WORDINGS}/{kept(office).id}"
    for path in (WORDINGS, NEW, one, LAWS, law):
        assert chinese_in(browser.get(path), "民政課", "已清除") == [], path
    form = show(browser, NEW).form("/new")
    tried = submit(browser, form, name="x", text=TEXT, do="try")
    assert chinese_in(tried, "民政課", TEXT) == []
    wrong = submit(browser, form, name="x", text="{tel}", do="save")
    assert "Unknown place" in Page.of(wrong).text
    form = show(browser, LAWS).form("/laws")
    looked = submit(browser, form, **LAW, do="look")
    assert chinese_in(looked, LAW["law"], LAW["note"], "已清除") == []
    bad = submit(browser, form, **(LAW | {"article": "x"}), do="look")
    assert "This is not an article" in Page.of(bad).text
    settled = submit(browser, show(browser, law).form("/settle"), result="fine")
    assert settled.status_code == 303
    assert chinese_in(browser.get(law), "已清除") == []


@once
def test_the_statements_of_the_pages_do_not_grow(
    browser: TestClient, office: Office, new_case: NewCase
) -> None:
    write(browser)
    law = note_law(browser, office)

    def statements() -> list[int]:
        found = []
        for path in (WORDINGS, LAWS, law, f"{WORDINGS}/1"):
            with counting(office.engine) as sent:
                browser.get(path)
            found.append(len(sent))
        return found

    before = statements()
    with transaction(office.engine) as tx:
        by = tx.scalars(select(Officer).where(Officer.username == "clerk")).one()
        for number in range(5):
            section = make_section(tx, f"s{number}", f"第{number}課")
            named = {"name": f"範本{number}", "text": TEXT}
            templates.add(tx, **named, section=section, kind=None, by=by, now=NOON)
            content = "請依廢棄物清理法第27條處罰，謝謝。"
            make_case(tx, section=f"第{number}課", content=content)
    assert statements() == before
