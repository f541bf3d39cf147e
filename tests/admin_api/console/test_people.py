"""The pages of people: roster, sections, officers, absences, by forms of a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select
from starlette.testclient import TestClient

from app.office import Office
from complaints import staffing
from complaints.roles import Role
from complaints.tables import Absence, Officer, Section
from data.database import reading, transaction
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit, unlabelled
from tests.admin_api.staff import API, CASES, TOKENS, Headers, LogIn, NewCase, once
from tests.makers import NOON, make_case, make_officer, make_section

PEOPLE = f"{HOME}/people"
ABSENCES = f"{HOME}/absences"
ME = f"{PEOPLE}/officers/me"
TODAY = NOON.date()
DAYS = {"first_day": "2026-12-01", "last_day": "2026-12-03"}


@pytest.fixture
def me(log_in: LogIn) -> Headers:
    """A clerk of the civil section."""
    return log_in("me", role="clerk")


@pytest.fixture
def admin(client: TestClient, me: Headers, log_in: LogIn) -> TestClient:
    """A browser in which an administrator is logged in."""
    return holding(client, log_in("admin", role="administrator", section="office"))


def handle(client: TestClient, staff: Headers, new_case: NewCase, who: str) -> str:
    """A case that somebody handles."""
    case = new_case(section="民政課")
    body = {"section": "civil", "handler": who, "version": 1}
    assert client.post(f"{CASES}/{case.case_no}/assign", headers=staff, json=body).is_success
    return at(case)


def officer(office: Office, username: str = "me") -> Officer:
    with reading(office.engine) as tx:
        return tx.scalars(select(Officer).where(Officer.username == username)).one()


def section(office: Office, code: str) -> Section:
    with reading(office.engine) as tx:
        return tx.scalars(select(Section).where(Section.code == code)).one()


def password_on(page: Page, answer_text: str) -> str:
    assert "只顯示這一次" in page.text
    return answer_text.partition("<code>")[2].partition("</code>")[0]


def enters(client: TestClient, username: str, password: str) -> bool:
    body = {"username": username, "password": password}
    return client.post(TOKENS, json=body).is_success


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """The statements sent while this lasts."""
    sent: list[str] = []

    def note(_c: object, _u: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


# --- the roster


def test_the_roster_tells_who_is_here(
    client: TestClient,
    office: Office,
    admin: TestClient,
    staff: Headers,
    new_case: NewCase,
) -> None:
    handle(client, staff, new_case, "me")
    with transaction(office.engine) as tx:
        ann, alone = (make_officer(tx, name, role="clerk") for name in ("ann", "alone"))
        row = tx.scalars(select(Officer).where(Officer.username == "me")).one()
        staffing.add_absence(tx, row, TODAY, TODAY, ann)
        staffing.add_absence(tx, alone, TODAY, TODAY, None)
        make_officer(tx, "gone", role="clerk").active = False
    page = show(admin, PEOPLE)
    for told in ("請假，由 ann先生 代理", "請假，沒有人代理", "帳號已停用", "收案窗口"):
        assert told in page.text
    links = {one["href"] for one in page.all("a")}
    assert {ME, f"{PEOPLE}/sections/civil", f"{HOME}?section=civil", ABSENCES} <= links
    assert unlabelled(page) == []


@once
@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_sees_what_it_may_do(
    client: TestClient, me: Headers, log_in: LogIn, role: str
) -> None:
    browser = holding(client, log_in("other", role=role))
    answer = browser.get(PEOPLE)
    if role == "faq_editor":
        assert answer.status_code == browser.get(ABSENCES).status_code == 403
        return
    links = {one["href"] for one in Page.of(answer).all("a")}
    manages, closes = role == "administrator", role in {"administrator", "secretary", "director"}
    assert (f"{PEOPLE}/new-officer" in links) is manages
    assert (f"{PEOPLE}/sections/civil" in links) is manages
    assert (ME in links) is closes
    assert browser.get(ME).status_code == (200 if closes else 403)
    for path in ("new-officer", "new-section", "sections/civil"):
        assert browser.get(f"{PEOPLE}/{path}").status_code == (200 if manages else 403)
    if closes:
        assert {one.action.rpartition("/")[2] for one in show(browser, ME).forms} >= {"leave"}
    proof = show(browser, ABSENCES).form("/absences").fields["proof"]
    for path in ("new-officer", "new-section", "sections/civil", "officers/me"):
        sent = submit(browser, Form(f"{PEOPLE}/{path}"), proof=proof)
        assert sent.status_code == (422 if manages else 403), path
    if not manages:
        for what in ("password", "reopen"):
            assert submit(browser, Form(f"{ME}/{what}"), proof=proof).status_code == 403
    if not closes:
        assert submit(browser, Form(f"{ME}/leave"), proof=proof).status_code == 403


@once
@pytest.mark.parametrize(
    ("path", "ending", "typed"),
    [
        (f"{PEOPLE}/sections/civil", "/sections/civil", {"name": "民政災防課"}),
        (ME, "/officers/me", {"name": "王大明"}),
        (ABSENCES, "/absences/1", {"first_day": TODAY.isoformat()}),
    ],
)
def test_who_was_overtaken_is_told_and_may_insist(
    admin: TestClient, office: Office, path: str, ending: str, typed: dict[str, str]
) -> None:
    with transaction(office.engine) as tx:
        row = tx.scalars(select(Officer).where(Officer.username == "me")).one()
        staffing.add_absence(tx, row, TODAY + timedelta(days=1), TODAY + timedelta(days=2), None)
    read = show(admin, path).form(ending)
    later = {"last_day": (TODAY + timedelta(days=3)).isoformat()}
    other = typed | (later if "first_day" in typed else {"name": "別人改的"})
    assert submit(admin, read, **(other | {"key": "other"})).status_code == 303
    late = submit(admin, read, **(typed | {"key": "mine"}))
    assert late.status_code == 409
    assert "有人在您之後改了這筆資料" in late.text
    again = Page.of(late).form(ending)
    assert again.fields | typed == again.fields  # what was typed is still there
    assert submit(admin, again).status_code == 303


@once
def test_a_clerk_reads_the_roster_with_their_own_absences(
    client: TestClient, office: Office, me: Headers
) -> None:
    browser = holding(client, me)
    assert "今天以後沒有登錄請假" in show(browser, PEOPLE).text
    with transaction(office.engine) as tx:
        row = tx.scalars(select(Officer).where(Officer.username == "me")).one()
        staffing.add_absence(tx, row, TODAY, TODAY, None)
    page = show(browser, PEOPLE)
    assert "115/11/26" in page.text
    assert [one for one in page.forms if one.action.startswith(PEOPLE)] == []


@once
def test_a_form_of_another_site_does_nothing(admin: TestClient, office: Office) -> None:
    form = show(admin, f"{PEOPLE}/new-section").form("/new-section")
    answer = submit(admin, form, proof="forged", code="works", name="經建課")
    assert answer.status_code == 403
    with reading(office.engine) as tx:
        assert tx.scalar(select(Section).where(Section.code == "works")) is None


# --- sections


def test_a_section_is_added_renamed_marked_and_closed(admin: TestClient, office: Office) -> None:
    form = show(admin, f"{PEOPLE}/new-section").form("/new-section")
    made = submit(admin, form, code="works", name="經建課")
    assert (made.status_code, made.headers["location"]) == (303, f"{PEOPLE}?done=section-added")
    assert "課室已新增" in show(admin, made.headers["location"]).text
    path = f"{PEOPLE}/sections/works"
    form = show(admin, path).form("/works")
    assert submit(admin, form, name="工務課", intake="yes").status_code == 303
    assert (section(office, "works").name, section(office, "works").intake) == ("工務課", True)
    assert not section(office, "intake").intake
    form = show(admin, f"{PEOPLE}/sections/intake").form("/intake")
    assert submit(admin, form, intake="yes").status_code == 303
    form = show(admin, path).form("/works")
    assert "intake" not in form.fields
    del form.fields["active"]
    assert submit(admin, form).status_code == 303
    assert not section(office, "works").active


@once
def test_what_is_wrong_with_a_section_is_told_and_what_was_typed_stays(
    admin: TestClient, office: Office, new_case: NewCase
) -> None:
    new = show(admin, f"{PEOPLE}/new-section").form("/new-section")
    for typed, told in (
        ({"code": "Works", "name": "經建課"}, "小寫英文"),
        ({"code": "works", "name": "民政課"}, "已經有同名的課室"),
        ({"code": "civil", "name": "經建課"}, "代碼已經有人用"),
        ({"code": "works", "name": " "}, "請檢查：姓名或名稱"),
    ):
        answer = submit(admin, new, **typed)
        page = Page.of(answer)
        assert (answer.status_code, told in page.text) == (422, True), told
        assert page.form("/new-section").fields["code"] == typed["code"]
    new_case(section="民政課")
    form = show(admin, f"{PEOPLE}/sections/civil").form("/civil")
    del form.fields["active"]
    refused = submit(admin, form)
    assert refused.status_code == 409
    assert "未結案件 1 件、人員 1 位、待辦 0 項" in Page.of(refused).text
    form = show(admin, f"{PEOPLE}/sections/intake").form("/intake")
    assert form.fields.pop("intake") == "yes"
    refused = submit(admin, form)
    assert (refused.status_code, "另一個收案窗口" in refused.text) == (422, True)
    assert admin.get(f"{PEOPLE}/sections/none").status_code == 422


# --- officers


def test_a_new_colleague_comes_in_with_the_password_on_the_page(
    admin: TestClient, office: Office
) -> None:
    form = show(admin, f"{PEOPLE}/new-officer").form("/new-officer")
    typed = {"username": "ann", "name": "安安", "role": "section_chief", "section": "civil"}
    made = submit(admin, form, **typed)
    assert made.status_code == 200
    password = password_on(Page.of(made), made.text)
    assert made.headers["cache-control"] == "no-store"
    assert enters(admin, "ann", password)
    again = submit(admin, form, **typed)  # the form sent twice
    assert (again.status_code, password in again.text) == (200, False)
    assert "請重設密碼" in Page.of(again).text
    assert officer(office, "ann").role == "section_chief"


@once
def test_what_is_wrong_with_a_new_colleague_is_told(admin: TestClient) -> None:
    form = show(admin, f"{PEOPLE}/new-officer").form("/new-officer")
    right = {"username": "ann", "name": "安安", "role": "clerk", "section": ""}
    for wrong, status, told in (
        ({"username": "a b"}, 422, "請檢查：帳號"),
        ({"username": "me"}, 409, "已經有人使用"),
        ({"name": ""}, 422, "請檢查：姓名或名稱"),
        ({"name": "名" * 61}, 422, "名稱須為"),
        ({"role": "king"}, 422, "請檢查：角色"),
        ({"section": "none"}, 422, "沒有這個課室"),
    ):
        fields = form.fields | {"key": ""}
        answer = submit(admin, Form(form.action, fields), **(right | wrong))
        assert answer.status_code == status, wrong
        page = Page.of(answer)
        assert told in page.text, wrong
        typed = page.form("/new-officer").fields
        assert typed["username"] == (right | wrong)["username"]


def test_a_colleague_is_entered_anew(admin: TestClient, office: Office) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
        ann = make_officer(tx, "ann", role="clerk")
    form = show(admin, ME).form("/officers/me")
    assert (form.fields["role"], form.fields["section"], form.fields["deputy"]) == (
        "clerk",
        "civil",
        "",
    )
    typed = {"name": "小明", "role": "section_chief", "section": "social", "deputy": "ann"}
    done = submit(admin, form, **typed, alert="-1001")
    assert (done.status_code, done.headers["location"]) == (303, f"{ME}?done=officer-changed")
    now = officer(office)
    assert (now.name, now.role, now.deputy_id, now.alert_name) == (
        "小明",
        "section_chief",
        ann.id,
        "-1001",
    )
    page = show(admin, done.headers["location"])
    assert unlabelled(page) == []
    for told in ("人員資料已更新", "更改角色", "調整課室", "更改代理人"):
        assert told in page.text
    assert page.form("/officers/me").fields["deputy"] == "ann"
    wrong = submit(admin, page.form("/officers/me"), alert="@me")
    assert (wrong.status_code, "Telegram" in Page.of(wrong).text) == (422, True)
    assert Page.of(wrong).form("/officers/me").fields["alert"] == "@me"


def test_who_handles_no_cases_any_more_names_a_successor(
    client: TestClient, office: Office, admin: TestClient, staff: Headers, new_case: NewCase
) -> None:
    handle(client, staff, new_case, "me")
    form = show(admin, ME).form("/officers/me")
    refused = submit(admin, form, role="faq_editor")
    assert refused.status_code == 409
    assert "還有未結案件 1 件" in Page.of(refused).text
    kept = Page.of(refused).form("/officers/me")
    assert kept.fields["role"] == "faq_editor"
    assert submit(admin, kept, successor="clerk").status_code == 303
    assert officer(office).role == "faq_editor"


@once
def test_nobody_changes_their_own_role_or_closes_their_own_account(admin: TestClient) -> None:
    page = show(admin, f"{PEOPLE}/officers/admin")
    assert [one for one in page.forms if one.action.endswith("/leave")] == []
    refused = submit(admin, page.form("/officers/admin"), role="director")
    assert (refused.status_code, "不能更改自己的角色" in refused.text) == (403, True)


def test_who_leaves_names_who_takes_over_and_may_come_back(
    client: TestClient, office: Office, admin: TestClient, staff: Headers, new_case: NewCase
) -> None:
    case = handle(client, staff, new_case, "me")
    page = show(admin, ME)
    assert case in [one["href"] for one in page.all("a")]
    assert "1 件未結案件全部移交給接辦人" in page.text
    nobody = submit(admin, page.form("/leave"))
    assert (nobody.status_code, "請指定接辦人" in Page.of(nobody).text) == (422, True)
    assert officer(office).active
    left = submit(admin, page.form("/leave"), successor="clerk", key="other")
    assert (left.status_code, left.headers["location"]) == (303, f"{ME}?done=left")
    assert not officer(office).active
    page = show(admin, left.headers["location"])
    assert "共 0 件" in page.text
    endings = {one.action.rpartition("/")[2] for one in page.forms}
    assert "reopen" in endings and not {"leave", "me", "password"} & endings
    back = submit(admin, page.form("/reopen"))
    assert enters(client, "me", password_on(Page.of(back), back.text))
    twice = submit(admin, page.form("/reopen"), key="another")
    assert twice.status_code == 422


@once
def test_a_report_of_misconduct_is_not_named_to_who_may_not_know(
    client: TestClient, admin: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課", kind="misconduct_report")
    ethics = log_in("ethics", role="ethics")
    body = {"section": "civil", "handler": "me", "version": 1}
    answer = client.post(f"{CASES}/{case.case_no}/assign", headers=ethics, json=body)
    assert answer.is_success
    page = show(admin, ME)
    assert "共 1 件" in page.text and "不能查看" in page.text
    assert case.case_no not in page.text
    head = holding(client, log_in("head", role="director"))
    assert case.case_no in show(head, ME).text


@once
def test_a_lost_password_is_given_anew(client: TestClient, admin: TestClient, me: Headers) -> None:
    given = submit(admin, show(admin, ME).form("/password"))
    assert enters(client, "me", password_on(Page.of(given), given.text))
    assert client.get(f"{API}/me", headers=me).status_code == 401
    assert admin.get(f"{PEOPLE}/officers/nobody").status_code == 422


# --- absences


def rows(office: Office) -> list[Absence]:
    with reading(office.engine) as tx:
        return list(tx.scalars(select(Absence).order_by(Absence.id)))


def test_ones_own_absence_is_noted_changed_and_taken_back(
    client: TestClient, office: Office, me: Headers, log_in: LogIn
) -> None:
    log_in("ann", role="clerk")
    browser = holding(client, me)
    form = show(browser, ABSENCES).form("/absences")
    assert "username" not in form.fields  # a clerk arranges for nobody else
    noted = submit(browser, form, **DAYS, deputy="ann")
    assert (noted.status_code, noted.headers["location"]) == (303, f"{ABSENCES}?done=noted")
    submit(browser, form, **DAYS, deputy="ann")  # sent twice
    (row,) = rows(office)
    page = show(browser, noted.headers["location"])
    assert "請假已登錄" in page.text and "115/12/01" in page.text
    assert unlabelled(page) == []
    form = page.form(f"/absences/{row.id}")
    assert form.fields["deputy"] == "ann"
    assert submit(browser, form, last_day="2026-12-04").status_code == 303
    assert str(rows(office)[0].last_day) == "2026-12-04"
    gone = submit(browser, show(browser, ABSENCES).form("/remove"))
    assert (gone.status_code, rows(office)) == (303, [])
    twice = submit(browser, Form(f"{ABSENCES}/{row.id}/remove", form.fields | {"key": "x"}))
    assert twice.status_code == 404


@once
def test_what_is_wrong_with_an_absence_is_told(
    client: TestClient, office: Office, me: Headers, log_in: LogIn
) -> None:
    log_in("ann", role="clerk")
    browser = holding(client, me)
    form = show(browser, ABSENCES).form("/absences")
    assert submit(browser, form, **DAYS).status_code == 303
    for wrong, status, told in (
        ({}, 409, "115/12/01（二） 到 115/12/03（四） 已經登錄過請假"),
        ({"first_day": ""}, 422, "請檢查：請假首日"),
        ({"first_day": "2026-12-31"}, 422, "請假末日（不能早於首日）"),
        ({"deputy": "me"}, 422, "代理人不能是本人"),
        ({"deputy": "nobody"}, 422, "請選一位還在職"),
        ({"username": "ann"}, 403, "您的角色或課室不能這樣做"),
    ):
        typed = {**DAYS, "key": "", **wrong}
        answer = submit(browser, form, **typed)
        page = Page.of(answer)
        assert (answer.status_code, told in page.text) == (status, True), page.text
        kept = page.form("/absences").fields
        assert kept["last_day"] == typed["last_day"]
    assert len(rows(office)) == 1


@once
def test_a_chief_arranges_for_the_section_and_nobody_else(
    client: TestClient, office: Office, me: Headers, log_in: LogIn
) -> None:
    with transaction(office.engine) as tx:
        other = make_officer(tx, "ann", role="clerk", section="social")
        row = staffing.add_absence(tx, other, TODAY, TODAY, None)
    chief = holding(client, log_in("chief", role="section_chief"))
    page = show(chief, ABSENCES)
    offered = [one["value"] for one in page.all("option")]
    assert {"me", "chief"} <= set(offered)
    assert [one for one in page.forms if one.action == f"{ABSENCES}/{row.id}"] == []
    form = page.form("/absences")
    assert form.fields["username"] == "chief"
    assert submit(chief, form, **DAYS, username="me").status_code == 303
    proof = form.fields["proof"]
    taken = submit(chief, Form(f"{ABSENCES}/{row.id}/remove"), proof=proof)
    assert taken.status_code == 403
    changed = submit(chief, Form(f"{ABSENCES}/{row.id}"), proof=proof, **DAYS)
    assert changed.status_code == 403
    assert len(rows(office)) == 2


@once
def test_ones_own_deputy_and_reminders(
    client: TestClient, office: Office, me: Headers, log_in: LogIn
) -> None:
    log_in("ann", role="clerk")
    browser = holding(client, me)
    page = show(browser, ABSENCES)
    assert submit(browser, page.form("/deputy"), standing="ann").status_code == 303
    assert submit(browser, page.form("/alert"), alert="1001").status_code == 303
    page = show(browser, ABSENCES)
    assert page.form("/deputy").fields["standing"] == "ann"
    assert page.form("/alert").fields["alert"] == "1001"
    own = submit(browser, page.form("/deputy"), standing="me")
    assert (own.status_code, "不能是本人" in own.text) == (422, True)
    wrong = submit(browser, page.form("/alert"), alert="me")
    assert (wrong.status_code, "Telegram" in wrong.text) == (422, True)
    assert submit(browser, page.form("/alert"), alert="").status_code == 303
    assert officer(office).alert_name is None


# --- both languages, and how much is asked of the database


def test_the_pages_are_read_in_english(
    client: TestClient, office: Office, admin: TestClient, staff: Headers, new_case: NewCase
) -> None:
    handle(client, staff, new_case, "me")
    with transaction(office.engine) as tx:
        ann = make_officer(tx, "ann", role="clerk")
        row = tx.scalars(select(Officer).where(Officer.username == "me")).one()
        staffing.add_absence(tx, row, TODAY, TODAY, ann)
        make_officer(tx, "gone", role="clerk").active = False
    admin.cookies.set("civicline_language", "en")
    names = ("me先生", "admin先生", "ann先生", "gone先生", "clerk先生", "民政課", "office課")
    for path in (
        PEOPLE,
        f"{PEOPLE}/new-officer",
        f"{PEOPLE}/new-section",
        f"{PEOPLE}/sections/civil",
        ME,
        f"{PEOPLE}/officers/gone",
        ABSENCES,
    ):
        assert chinese_in(admin.get(path), *names) == [], path
    form = show(admin, f"{PEOPLE}/sections/civil").form("/civil")
    del form.fields["active"]
    refused = submit(admin, form)
    assert chinese_in(refused, *names) == []
    assert "open cases: 1" in Page.of(refused).text
    form = show(admin, ABSENCES).form("/absences")
    today = {"first_day": str(TODAY), "last_day": str(TODAY)}
    overlap = submit(admin, form, username="me", **today)
    assert "Away from Thu 26 Nov 2026" in Page.of(overlap).text
    short = show(admin, f"{PEOPLE}/new-section").form("/new-section")
    assert "A code has 1 to 30" in Page.of(submit(admin, short, code="W", name="x")).text


@once
def test_the_statements_of_the_pages_do_not_grow_with_the_office(
    admin: TestClient, office: Office
) -> None:
    def statements() -> list[int]:
        found = []
        for path in (PEOPLE, ABSENCES, ME):
            with counting(office.engine) as sent:
                show(admin, path)
            found.append(len(sent))
        return found

    before = statements()
    with transaction(office.engine) as tx:
        for number in range(6):
            make_section(tx, f"s{number}", f"第{number}課")
            one = make_officer(tx, f"o{number}", role="clerk", section=f"s{number}")
            staffing.add_absence(tx, one, TODAY, TODAY, None)
            case = make_case(tx, section=f"第{number}課")
            case.handler = tx.scalars(select(Officer).where(Officer.username == "me")).one()
    assert statements() == before
