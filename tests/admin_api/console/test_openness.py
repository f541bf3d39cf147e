"""The pages of what the office makes public."""

import pytest
from starlette.testclient import TestClient

from app.office import Office
from complaints.measuring.tables import Opened
from complaints.states import Kind
from data.database import reading, transaction
from tests.admin_api.console.page import Form, Page
from tests.admin_api.console.test_language import chinese_in
from tests.admin_api.console.test_pages import HOME, holding, show, submit
from tests.admin_api.staff import Headers, LogIn, NewCase, counting, once
from tests.admin_api.test_openness import THEN, publish_report
from tests.makers import make_case, make_section

ITEMS, DATA = f"{HOME}/public-items", f"{HOME}/open-data"
SEPTEMBER = f"{DATA}?period=2026-09"
TYPED = {"said": "公園路燈太暗。", "did": "加裝六盞路燈。"}
SECRET = "歐陽美麗說太暗。"


@pytest.fixture
def browser(client: TestClient, staff: Headers) -> TestClient:
    """A browser in which a case controller is logged in."""
    return holding(client, staff)


@pytest.fixture
def clerk(client: TestClient, log_in: LogIn) -> TestClient:
    """The same browser, in which a clerk is logged in."""
    return holding(client, log_in("ann", role="clerk"))


@pytest.fixture
def reported(office: Office) -> None:
    """Six cases of September that look alike, two that are rare, and its report."""
    with transaction(office.engine) as tx:
        publish_report(tx)
        for kind in (*[Kind.RIGHTS_PROTECTION] * 6, *[Kind.PRAISE] * 2):
            make_case(tx, now=THEN, kind=kind)


def propose(browser: TestClient, **given: str) -> str:
    """Propose an item; the page that follows."""
    sent = submit(browser, show(browser, ITEMS).form("/public-items"), **(TYPED | given))
    assert sent.status_code == 303, Page.of(sent).text
    return sent.headers["location"]


def actions(page: Page) -> set[str]:
    return {one.action for one in page.forms if one.action.startswith((ITEMS, DATA))}


# --- what was said and done -----------------------------------------------------------------
def test_an_item_is_proposed_by_one_and_published_by_another(
    client: TestClient, clerk: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case(section="民政課")
    assert propose(clerk, case_no=case.case_no) == f"{ITEMS}?done=proposed"
    page = show(clerk, ITEMS)
    assert TYPED["said"] in page.text and "民國115年10月" in page.text and case.case_no in page.text
    assert actions(page) == {ITEMS, f"{ITEMS}/1/withdraw"}
    assert "要由另一位同仁核准" in page.text
    assert TYPED["said"] not in client.get("/did").text
    head = holding(client, log_in("head", role="director"))
    page = show(head, ITEMS)
    assert "公開頁面" in page.text
    done = submit(head, page.form("/approve"))
    assert done.headers["location"] == f"{ITEMS}?state=approved&done=approve"
    page = show(head, done.headers["location"])
    assert "民眾現在看得到" in page.text and "head先生" in page.text
    public = client.get("/did").text
    assert TYPED["said"] in public and TYPED["did"] in public
    assert case.case_no not in public and "先生" not in public
    done = submit(head, page.form("/withdraw"))
    assert done.headers["location"] == f"{ITEMS}?state=withdrawn&done=withdraw"
    assert actions(show(head, done.headers["location"])) == {ITEMS}
    assert TYPED["said"] not in client.get("/did").text


@once
def test_a_refusal_says_what_is_wrong_and_keeps_what_was_typed(
    client: TestClient, clerk: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case(petitioner_name="歐陽美麗")
    closed = new_case(section="民政課", confidential=True)
    form = show(clerk, ITEMS).form("/public-items")
    for wrong, words in (
        ({"said": SECRET}, "姓名「歐陽美麗」"),
        ({"said": "電話 0987-654-321"}, "電話「0987-654-321」"),
        ({"said": " "}, "請檢查：民眾說了什麼"),
        ({"did": "長" * 1001}, "本所做了什麼"),
        ({"period": "十月"}, "期間"),
        ({"case_no": "WH-1150101-0001"}, "查無此案件"),
        ({"case_no": closed.case_no}, "不能公開"),
    ):
        refused = submit(clerk, form, **(TYPED | wrong))
        page = Page.of(refused)
        assert refused.status_code in {409, 422}
        assert words in page.text, words
        kept = page.form("/public-items").fields
        expected = form.fields | TYPED | wrong
        names = ("said", "did", "period", "case_no")
        assert [kept[name].strip() for name in names] == [expected[n].strip() for n in names]
    assert "這裡沒有成果" in show(clerk, ITEMS).text


@once
def test_what_tells_of_a_person_since_is_not_published(
    client: TestClient, clerk: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    propose(clerk, said=SECRET)
    new_case(petitioner_name="歐陽美麗")
    head = holding(client, log_in("head", role="director"))
    refused = submit(head, show(head, ITEMS).form("/approve"))
    assert refused.status_code == 422
    assert "姓名「歐陽美麗」" in Page.of(refused).text
    assert SECRET not in client.get("/did").text


@once
def test_a_form_that_was_made_up_publishes_nothing(
    client: TestClient, clerk: TestClient, log_in: LogIn
) -> None:
    propose(clerk)
    made_up = {"proof": show(clerk, ITEMS).forms[-1].fields["proof"], "key": "k"}
    assert submit(clerk, Form(f"{ITEMS}/1/approve", made_up)).status_code == 403
    head = holding(client, log_in("head", role="director"))
    propose(head)
    made_up["proof"] = show(head, ITEMS).forms[-1].fields["proof"]
    own = submit(head, Form(f"{ITEMS}/2/approve", made_up))
    assert (own.status_code, "不能核定自己提出的" in own.text) == (403, True)
    for path in (f"{ITEMS}/99/approve", f"{ITEMS}/99/withdraw"):
        assert submit(head, Form(path, made_up)).status_code == 404
    assert submit(head, Form(f"{ITEMS}/1/approve", {"proof": "x"})).status_code == 403


@once
def test_an_odd_filter_shows_the_proposals(clerk: TestClient) -> None:
    propose(clerk)
    assert TYPED["said"] in show(clerk, f"{ITEMS}?state=x").text
    assert "這裡沒有成果" in show(clerk, f"{ITEMS}?state=approved&done=x").text


@once
def test_a_case_out_of_sight_is_not_named(
    client: TestClient, office: Office, clerk: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "social", "社會課")
    case = new_case(section="社會課")
    propose(holding(client, log_in("head", role="director")), case_no=case.case_no)
    page = show(holding(client, log_in("ann")), ITEMS)
    assert "社會課" in page.text and case.case_no not in page.text


# --- open data ------------------------------------------------------------------------------
@pytest.mark.usefixtures("reported")
def test_a_months_file_is_tried_and_made(browser: TestClient, office: Office) -> None:
    page = show(browser, DATA)  # of the month before last
    asking = next(one for one in page.forms if one.action == DATA)
    assert asking.fields == {"period": "2026-09"}
    assert "會列出的案件" in page.text and "6 件" in page.text and "2 件" in page.text
    assert "不能收回" in page.text
    cases, figures = [one for one in page.forms if one.fields.get("file")]
    refused = submit(browser, cases)
    assert (refused.status_code, "請先勾選" in Page.of(refused).text) == (422, True)
    made = submit(browser, cases, sure="yes")
    assert made.headers["location"] == f"{SEPTEMBER}&done=made"
    page = show(browser, made.headers["location"])
    assert "已製作並公開" in page.text and "不再重製" in page.text
    assert [one.fields["file"] for one in page.forms if "file" in one.fields] == ["figures"]
    links = [one["href"] for one in page.all("a") if one["href"].startswith("/open/data")]
    assert links == ["/open/data/2026-09/cases.csv", "/open/data/2026-09/cases.json"]
    assert all(browser.get(link).status_code == 200 for link in links)
    again = submit(browser, cases, sure="yes", key="another")
    assert (again.status_code, "已經做過了" in Page.of(again).text) == (409, True)
    assert submit(browser, figures, sure="yes").status_code == 303
    with reading(office.engine) as tx:
        assert tx.query(Opened).count() == 2


@once
@pytest.mark.usefixtures("reported")
def test_what_stands_in_the_way_is_said(browser: TestClient) -> None:
    for period, words in (
        ("2026-08", "報告還沒有公布"),
        ("2026-10", "再過一整個月"),
        ("2026", "請選一個月"),
        ("2030-01", "再過一整個月"),
    ):
        page = show(browser, f"{DATA}?period={period}")
        assert words in page.text and "製作並公開" not in page.text
    odd = browser.get(f"{DATA}?period=九月")
    assert (odd.status_code, "請檢查：期間" in odd.text) == (422, True)
    typed = [one.fields["period"] for one in Page.of(odd).forms if one.action == DATA]
    assert typed[0] == "九月"
    page = show(browser, SEPTEMBER)
    form = next(one for one in page.forms if one.fields.get("file"))
    for wrong in ({"period": "2026-10"}, {"period": "x"}, {"file": "people"}, {"file": ""}):
        refused = submit(browser, form, sure="yes", **wrong)
        assert refused.status_code in {409, 422}
        assert Page.of(refused).all("main")


@once
@pytest.mark.usefixtures("reported")
def test_who_may_not_publish_is_told_who_does(clerk: TestClient) -> None:
    page = show(clerk, SEPTEMBER)
    assert "研考" in page.text
    assert not [one for one in page.forms if "file" in one.fields]
    made_up = {"proof": show(clerk, ITEMS).forms[-1].fields["proof"], "key": "k", "sure": "yes"}
    made_up |= {"period": "2026-09", "file": "cases"}
    assert submit(clerk, Form(DATA, made_up)).status_code == 403


@once
@pytest.mark.parametrize("path", [ITEMS, DATA])
def test_who_handles_no_cases_has_no_such_page(
    client: TestClient, log_in: LogIn, path: str
) -> None:
    editor = holding(client, log_in("editor", role="faq_editor"))
    assert editor.get(path).status_code == 403


@once
@pytest.mark.usefixtures("reported")
def test_the_pages_are_read_in_english(
    client: TestClient, clerk: TestClient, log_in: LogIn, new_case: NewCase
) -> None:
    new_case(petitioner_name="歐陽美麗")
    propose(clerk)
    client.cookies.set("civicline_language", "en")
    head = holding(client, log_in("head", role="director"))
    form = show(head, ITEMS).form("/public-items")
    for wrong in ({"said": SECRET}, {"said": " "}, {"case_no": "none"}):
        refused = submit(head, form, **(TYPED | wrong))
        assert chinese_in(refused) == []
    for path in (ITEMS, f"{ITEMS}?done=proposed", SEPTEMBER, f"{DATA}?period=2026"):
        assert chinese_in(head.get(path)) == []
    page = show(head, SEPTEMBER)
    first = next(one for one in page.forms if one.fields.get("file"))
    assert chinese_in(submit(head, first)) == []
    assert submit(head, first, sure="yes").status_code == 303
    assert chinese_in(head.get(f"{SEPTEMBER}&done=made")) == []
    assert submit(head, show(head, ITEMS).form("/approve")).status_code == 303
    assert chinese_in(head.get(f"{ITEMS}?state=approved&done=approve")) == []


@once
def test_more_items_cost_no_more_statements(
    clerk: TestClient, office: Office, new_case: NewCase
) -> None:
    sent = []
    for _ in range(2):
        for _ in range(3):
            propose(clerk, case_no=new_case(section="民政課").case_no)
        with counting(office.engine) as statements:
            show(clerk, ITEMS)
        sent.append(len(statements))
    assert sent[0] == sent[1]
