"""The part of visits and checks on a case's page, and the page where the office keeps its steps."""

from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from admin_api.console.shell import MENU
from app.office import Office
from complaints import checklists
from complaints.roles import Role
from complaints.states import EventKind, Kind
from complaints.tables import Attachment, Case, CheckStep, Event, Officer
from data.database import reading, transaction
from tests import pictures
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, at, holding, show, submit, unlabelled
from tests.admin_api.staff import CASES, Headers, History, LogIn, NewCase, counting, once
from tests.makers import NOON, make_section

STEPS = f"{HOME}/checklists"
SEEN = {
    "visited_at": "2026-11-26T12:00",
    "where": "中山路3號前",
    "found": "騎樓堆放雜物",
    "present": "王里長、清潔隊李先生\n張技士",
    "next_step": "請清潔隊清除",
}
PNG = pictures.png()


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


@pytest.fixture
def case(new_case: NewCase) -> Case:
    return new_case(section="民政課", place="中山路1號")


@pytest.fixture
def blank(office: Office) -> None:
    """An office that retired whatever the program brought along."""
    with transaction(office.engine) as tx:
        make_section(tx)
        make_section(tx, "works", "工務課")
        tx.execute(update(CheckStep).values(active=False))


def record(browser: TestClient, form: Form, *photos: bytes, **typed: str) -> Response:
    """Send the form of a visit as a browser does: without photos it sends a file of no name."""
    fields = {name: value for name, value in form.fields.items() if name != "photos"}
    named = [("x.png", one) for one in photos] or [("", b"")]
    parts = [_part(name, value.encode()) for name, value in (fields | SEEN | typed).items()]
    parts += [_part(f'photos"; filename="{name}', content) for name, content in named]
    return browser.post(
        form.action,
        content=b"".join(parts) + b"--b--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=b"},
        follow_redirects=False,
    )


def _part(name: str, content: bytes) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def last(office: Office, case: Case) -> Event:
    with reading(office.engine) as tx:
        theirs = select(Event).where(Event.case_id == case.id).order_by(Event.id.desc())
        return tx.scalars(theirs).all()[0]


def first_step(page: Page) -> Form:
    return next(form for form in page.forms if "/steps/" in form.action)


# --- visits


def test_a_visit_is_recorded_on_the_page_of_the_case(
    browser: TestClient, office: Office, case: Case, history: History
) -> None:
    page = show(browser, at(case))
    assert unlabelled(page) == []
    form = page.form("/visits")
    assert form.fields["where"] == "中山路1號"  # the place of the case, to be put right
    (moment,) = [one for one in page.all("input") if one.get("type") == "datetime-local"]
    assert (moment["min"], moment["max"]) == ("2026-11-26T12:00", "2026-11-26T12:00")
    done = record(browser, form, PNG, pictures.jpeg(gps=True))
    assert (done.status_code, done.headers["location"]) == (303, f"{at(case)}#steps")
    assert history(case) == ["received", "site_visited"]
    told = last(office, case).data
    assert told["visited_at"] == "2026-11-26T12:00+08:00"
    assert told["present"] == ["王里長", "清潔隊李先生", "張技士"]
    page = show(browser, at(case))
    for shown in ("現場會勘", "騎樓堆放雜物", "張技士", "請清潔隊清除", "中山路3號前"):
        assert shown in page.text
    links = [one["href"] for one in page.all("a")]
    for number in told["attachments"]:
        assert links.count(f"{at(case)}/attachments/{number}") == 2  # at the story, too
        assert browser.get(f"{at(case)}/attachments/{number}").status_code == 200


def test_a_visit_without_photos_is_recorded_and_sent_twice_recorded_once(
    browser: TestClient, office: Office, case: Case, history: History
) -> None:
    form = show(browser, at(case)).form("/visits")
    for _ in range(2):
        assert record(browser, form, present="", next_step="").status_code == 303
    assert history(case) == ["received", "site_visited"]
    assert (last(office, case).data["files"], last(office, case).data["present"]) == (0, [])


@once
@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({"visited_at": "2026-11-26T12:01"}, 422, "到場時間要在收件之後、現在之前"),
        ({"visited_at": "2026-11-26T11:59"}, 422, "到場時間要在收件之後、現在之前"),
        ({"visited_at": ""}, 422, "請檢查：到場時間"),
        ({"visited_at": "昨天"}, 422, "請檢查：到場時間"),
        ({"visited_at": "0001-01-01T00:00"}, 422, "到場時間要在收件之後、現在之前"),
        ({"found": " "}, 422, "請檢查：現場情形"),
        ({"found": ""}, 422, "請檢查：現場情形"),
        ({"where": "", "found": ""}, 422, "請檢查：會勘地點、現場情形"),
        ({"where": "長" * 201}, 422, "請檢查：會勘地點"),
        ({"present": "人、" * 31}, 422, "請檢查：會同人員"),
        ({"next_step": "長" * 2001}, 422, "請檢查：後續處理"),
        ({"version": "x"}, 422, "請檢查："),
        ({"version": "9"}, 409, "有人先改了這個案件"),
    ],
    ids=range(13),
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    browser: TestClient,
    case: Case,
    history: History,
    wrong: dict[str, str],
    status: int,
    told: str,
) -> None:
    form = show(browser, at(case)).form("/visits")
    answer = record(browser, form, **wrong)
    page = Page.of(answer)
    assert (answer.status_code, told in page.text) == (status, True), page.text
    assert [one for one in page.all("p") if one.get("role") == "alert"]
    assert unlabelled(page) == []
    again = page.form("/visits")
    for name, value in (SEEN | {n: v for n, v in wrong.items() if n != "version"}).items():
        assert again.fields[name].strip() == value.strip()
    assert history(case) == ["received"]
    assert record(browser, again, **SEEN).status_code == 303  # goes on from what is there now


@once
def test_a_photo_that_is_none_is_told_and_forged_forms_do_nothing(
    browser: TestClient, office: Office, case: Case, history: History
) -> None:
    form = show(browser, at(case)).form("/visits")
    bad = record(browser, form, PNG, b"#!/bin/sh")
    assert (bad.status_code, "不是照片或 PDF" in Page.of(bad).text) == (422, True)
    assert "請再選一次" in Page.of(bad).text
    many = record(browser, form, *[PNG] * 11)
    assert (many.status_code, "請檢查：照片" in Page.of(many).text) == (422, True)
    for name in (
        "visits",
        f"steps/{first_step(show(browser, at(case))).action.rpartition('/')[2]}",
    ):
        forged = browser.post(f"{at(case)}/{name}", data=SEEN | {"proof": "forged"})
        assert (forged.status_code, "表單已經過期" in forged.text) == (403, True)
    huge = record(browser, form, found="長" * 20_001)
    assert (huge.status_code, huge.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert history(case) == ["received"]
    with reading(office.engine) as tx:
        assert tx.scalars(select(Attachment)).all() == []


@once
def test_what_was_typed_while_the_case_ended_is_not_lost(
    client: TestClient, browser: TestClient, staff: Headers, case: Case, history: History
) -> None:
    page = show(browser, at(case))
    ended = client.post(
        f"{CASES}/{case.case_no}/said-withdrawn", headers=staff, json={"source": "phone"}
    )
    assert ended.is_success
    refused = record(browser, page.form("/visits"), version="2")
    assert refused.status_code == 409
    shown = Page.of(refused)
    assert "騎樓堆放雜物" in shown.text and "不能這樣做" in shown.text
    assert [form for form in shown.forms if form.action.endswith("/visits")] == []
    step = first_step(page)
    assert submit(browser, step).status_code == 409
    assert history(case) == ["received", "withdrawn"]


@once
def test_the_part_alone_is_a_page_for_the_telephone(browser: TestClient, case: Case) -> None:
    whole = show(browser, at(case))
    alone = f"{at(case)}/steps"
    assert alone in [one["href"] for one in whole.all("a")]
    page = show(browser, alone)
    assert alone not in [one["href"] for one in page.all("a")]
    assert unlabelled(page) == []
    assert record(browser, page.form("/visits")).status_code == 303
    assert submit(browser, first_step(page), remark="已洽").status_code == 303


# --- steps of a case


def test_a_step_is_ticked_and_taken_back_by_one_button(
    browser: TestClient, office: Office, case: Case, history: History
) -> None:
    page = show(browser, at(case))
    steps = [form for form in page.forms if "/steps/" in form.action]
    assert len(steps) == page.text.count("未勾選") > 1
    done = submit(browser, steps[0], remark="已洽清潔隊")
    assert (done.status_code, done.headers["location"]) == (303, f"{at(case)}#steps")
    page = show(browser, at(case))
    assert page.text.count("未勾選") == len(steps) - 1
    assert page.text.count("已洽清潔隊") == 2  # in the list and in the story
    assert "clerk先生" in page.text
    assert first_step(page).fields["done"] == "no"
    assert submit(browser, first_step(page)).status_code == 303
    assert show(browser, at(case)).text.count("未勾選") == len(steps)
    assert history(case) == ["received", "step_checked", "step_checked"]
    submit(browser, steps[0], remark="已洽清潔隊")  # the first form sent once more
    assert history(case) == ["received", "step_checked", "step_checked"]


def test_ticking_makes_nobody_stale(browser: TestClient, case: Case) -> None:
    page = show(browser, at(case))
    assert submit(browser, first_step(page)).status_code == 303
    answered = submit(browser, page.form("/reply"), text="已派員清除。")
    assert answered.status_code == 303


@once
def test_a_long_remark_and_a_retired_step_are_told(
    browser: TestClient, office: Office, case: Case, history: History
) -> None:
    step = first_step(show(browser, at(case)))
    long = submit(browser, step, remark="長" * 501)
    assert (long.status_code, "請檢查：備註" in Page.of(long).text) == (422, True)
    assert first_step(Page.of(long)).fields["remark"] == "長" * 501
    with transaction(office.engine) as tx:
        tx.execute(update(CheckStep).values(active=False))
    assert submit(browser, step).status_code == 404
    assert history(case) == ["received"]


@once
def test_what_is_not_ticked_is_a_reminder_and_no_bar(
    client: TestClient, browser: TestClient, log_in: LogIn, office: Office, case: Case
) -> None:
    with reading(office.engine) as tx:
        left = checklists.unticked(checklists.of_case(tx, tx.get_one(Case, case.id)))
    assert f"檢核清單還有 {len(left)} 項沒勾選" in show(browser, at(case)).text
    holding(client, log_in("ann", role="clerk"))
    drafted = submit(browser, show(browser, at(case)).form("/draft"), text="已派員清除。")
    assert drafted.status_code == 303
    holding(client, log_in("head", role="director"))
    page = show(browser, at(case))
    assert page.text.count("檢核清單還沒勾選") == len(left)
    approved = submit(browser, page.form("/approve"), override="已電話說明")
    assert approved.status_code == 303
    with transaction(office.engine) as tx:
        tx.execute(update(CheckStep).values(active=False))
    assert "項沒勾選" not in show(browser, at(case)).text


@once
@pytest.mark.parametrize("role", sorted(Role))
def test_each_role_is_offered_what_it_may_do_on_a_case(
    client: TestClient, browser: TestClient, log_in: LogIn, case: Case, role: str
) -> None:
    offered = show(browser, at(case))
    me = holding(client, log_in("other", role=role))
    if role == "faq_editor":
        assert me.get(f"{at(case)}/steps").status_code == 403
        return
    page = show(me, at(case))
    may = role != "administrator"
    assert bool([one for one in page.forms if one.action.endswith("/visits")]) is may
    assert bool([one for one in page.forms if "/steps/" in one.action]) is may
    assert "檢核清單" in page.text
    if not may:
        proof = page.forms[-1].fields["proof"]
        assert record(me, offered.form("/visits"), proof=proof).status_code == 403
        assert submit(me, first_step(offered), proof=proof).status_code == 403


@once
def test_out_of_sight_there_is_no_such_case(
    client: TestClient, log_in: LogIn, case: Case, history: History, new_case: NewCase
) -> None:
    stranger = holding(client, log_in("far", role="clerk", section="social"))
    own = new_case(section="social課")
    mine = show(stranger, at(own))
    for ending, form in (("visits", mine.form("/visits")), ("", first_step(mine))):
        form.action = form.action.replace(own.case_no, case.case_no)
        answer = record(stranger, form, PNG) if ending else submit(stranger, form)
        assert answer.status_code == 404
    assert stranger.get(f"{at(case)}/steps").status_code == 404
    assert history(case) == ["received"]


# --- what the office keeps


@pytest.mark.usefixtures("blank")
def test_steps_are_kept_on_their_page(browser: TestClient, office: Office, case: Case) -> None:
    assert "還沒有檢核項目" in show(browser, STEPS).text
    for text in ("甲", "乙"):
        saved = submit(browser, show(browser, f"{STEPS}/new").form("/new"), text=text)
        assert (saved.status_code, saved.headers["location"]) == (303, f"{STEPS}?done=saved")
    of = {"section": "civil", "kind": "praise", "topic": "doorplate"}
    submit(browser, show(browser, f"{STEPS}/new").form("/new"), text="丙", **of)
    page = show(browser, f"{STEPS}?done=saved")
    assert unlabelled(page) == []
    for told in ("甲", "乙", "丙", "民政課", "全所共用", "表揚", "門牌", "檢核項目已儲存"):
        assert told in page.text
    assert texts(office) == ["甲", "乙", "丙"]
    numbers = {one.text: one.id for one in rows(office)}
    moved = submit(browser, page.form(f"/{numbers['乙']}/move"), up="yes")
    assert moved.headers["location"] == f"{STEPS}?done=moved"
    assert texts(office) == ["乙", "甲", "丙"]
    assert submit(browser, page.form(f"/{numbers['甲']}/move"), up="no").status_code == 303
    one = show(browser, f"{STEPS}/{numbers['丙']}")
    assert unlabelled(one) == []
    form = one.form(f"/{numbers['丙']}")
    assert {name: form.fields[name] for name in of} == of
    changed = submit(browser, form, text="丁", section="", kind="", topic="")
    assert changed.status_code == 303
    assert "丁" in show(browser, at(case)).text
    gone = submit(browser, one.form("/retire"))
    assert gone.headers["location"] == f"{STEPS}?done=retired"
    assert "丁" not in show(browser, at(case)).text
    assert browser.get(f"{STEPS}/{numbers['丙']}").status_code == 404
    assert submit(browser, one.form("/retire"), key="other").status_code == 404
    assert submit(browser, page.form(f"/{numbers['丙']}/move"), key="other").status_code == 404


def rows(office: Office) -> list[CheckStep]:
    with reading(office.engine) as tx:
        return list(checklists.in_use(tx))


def texts(office: Office) -> list[str]:
    return [one.text for one in rows(office)]


@once
@pytest.mark.usefixtures("blank")
def test_what_is_wrong_with_a_step_is_told_and_what_was_typed_stays(
    browser: TestClient, office: Office
) -> None:
    form = show(browser, f"{STEPS}/new").form("/new")
    for wrong, status, told in (
        ({"text": " "}, 422, "請檢查：檢核項目"),
        ({"text": "長" * 121}, 422, "請檢查：檢核項目"),
        ({"kind": "joke"}, 422, "請檢查：類別"),
        ({"topic": "joke"}, 422, "請檢查：主題"),
        ({"section": "none"}, 422, "沒有這個課室"),
        ({"proof": "forged"}, 403, "表單已經過期"),
    ):
        answer = submit(browser, form, **({"text": "甲"} | wrong))
        page = Page.of(answer)
        assert (answer.status_code, told in page.text) == (status, True), (wrong, page.text)
        if status == 422:
            typed = ({"text": "甲"} | wrong)["text"]
            assert page.form("/new").fields["text"].strip() == typed.strip()
    assert texts(office) == []
    for _ in range(2):
        assert submit(browser, form, text="甲").status_code == 303
    assert texts(office) == ["甲"]
    (row,) = rows(office)
    kept = show(browser, f"{STEPS}/{row.id}").form(f"/{row.id}")
    blank_one = submit(browser, kept, text=" ")
    assert (blank_one.status_code, texts(office)) == (422, ["甲"])


@once
@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize("role", sorted(Role))
def test_who_keeps_steps(
    client: TestClient, browser: TestClient, log_in: LogIn, office: Office, role: str
) -> None:
    with transaction(office.engine) as tx:
        by = tx.scalars(select(Officer)).all()[0]
        given: dict[str, Any] = {"kind": None, "topic": None, "by": by, "now": NOON}
        works = make_section(tx, "works", "工務課")
        own, other, general = (
            checklists.add(tx, text="步", section=section, **given).id
            for section in (by.section, works, None)
        )
    form = show(browser, f"{STEPS}/new").form("/new")
    me = holding(client, log_in("other", role=role))
    if role == "faq_editor":
        assert me.get(STEPS).status_code == me.get(f"{STEPS}/new").status_code == 403
        return
    everywhere = role in {"case_controller", "administrator"}
    keeps = everywhere or role == "section_chief"
    page = show(me, STEPS)
    assert (f"{STEPS}/new" in [one["href"] for one in page.all("a")]) is keeps
    proof = page.forms[-1].fields["proof"]
    for number, may in ((own, keeps), (other, everywhere), (general, everywhere)):
        path = f"{STEPS}/{number}"
        assert (path in [one["href"] for one in page.all("a")]) is may
        assert me.get(path).status_code == (200 if may else 403)
        for act, typed in (("/move", {"up": "no"}), ("", {"text": "改", "section": "civil"})):
            answer = submit(me, Form(path + act, {"proof": proof}), **typed)
            assert answer.status_code == (303 if may else 403), (act, number)
    for section, may in (("civil", keeps), ("", everywhere), ("works", everywhere)):
        form.fields["key"] = section
        answer = submit(me, form, text="新", section=section, proof=proof)
        assert answer.status_code == (303 if may else 403)
    retired = submit(me, Form(f"{STEPS}/{own}/retire", {"proof": proof}))
    assert retired.status_code == (303 if keeps else 403)


@once
def test_the_page_stands_in_the_menu_of_who_handles_cases(browser: TestClient) -> None:
    (place,) = [place for place in MENU if place.path == STEPS]
    assert place.label in show(browser, HOME).text


# --- both languages, and how much is asked of the database


def test_the_pages_are_read_in_english(
    client: TestClient, browser: TestClient, office: Office, case: Case
) -> None:
    browser.cookies.set("civicline_language", "en")
    form = show(browser, at(case)).form("/visits")
    wrong = record(browser, form, visited_at="2026-11-27T12:00")
    assert "The visit lies after the receipt" in Page.of(wrong).text
    assert chinese_in(wrong) == []
    assert chinese_in(record(browser, form, b"no photo")) == []
    assert record(browser, form, PNG).status_code == 303
    for _ in range(2):
        step = first_step(show(browser, at(case)))
        assert submit(browser, step, remark="已洽").status_code == 303
        assert chinese_in(browser.get(at(case))) == []
    assert submit(browser, first_step(show(browser, at(case))), remark="已洽").status_code == 303
    with transaction(office.engine) as tx:
        tx.execute(update(CheckStep).values(text="換了說法"))
    for path in (at(case), f"{at(case)}/steps", STEPS, f"{STEPS}?done=moved", f"{STEPS}/new"):
        assert chinese_in(browser.get(path)) == [], path
    assert chinese_in(browser.get(f"{STEPS}/1")) == []
    bad = submit(browser, show(browser, f"{STEPS}/new").form("/new"), text=" ")
    assert (chinese_in(bad), "Please check: Step of the checklist." in bad.text) == ([], True)


@once
def test_the_statements_do_not_grow_with_the_steps(
    client: TestClient, browser: TestClient, office: Office, staff: Headers, case: Case
) -> None:
    paths = (at(case), f"{at(case)}/steps", STEPS)

    def statements() -> list[int]:
        found = []
        for path in paths:
            with counting(office.engine) as sent:
                assert browser.get(path).status_code == 200
            found.append(len(sent))
        return found

    browser.get(at(case))
    before = statements()
    with transaction(office.engine) as tx:
        by = tx.scalars(select(Officer)).all()[0]
        of: dict[str, Any] = {"kind": Kind(case.kind), "topic": None, "section": by.section}
        for n in range(5):
            checklists.add(tx, text=f"第 {n} 步", **of, by=by, now=NOON)
    page = show(browser, at(case))
    for form in [one for one in page.forms if "/steps/" in one.action]:
        assert submit(browser, form).status_code == 303
    with reading(office.engine) as tx:
        ticked = select(Event.id).where(Event.kind == EventKind.STEP_CHECKED)
        assert len(tx.scalars(ticked).all()) == 10
    assert statements() == before
