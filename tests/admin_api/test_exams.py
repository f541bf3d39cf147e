"""The exam over HTTP: set once for a month that is over, scored blind, its result for all."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from complaints.measuring.tables import Paper
from complaints.tables import Case, Officer
from data.database import reading, transaction
from faq.keeping.answering import Fate
from faq.understanding.judging import Verdict
from tests.admin_api.staff import API, Clock, Headers, LogIn, counting, once, problem
from tests.faq.entries import make_asked
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

EXAMS = f"{API}/exams"
PAPERS = f"{EXAMS}/papers"
NEW = {"month": "2026-11", "seed": 42}
MONTH = timedelta(days=30)
LOST = "id-card-lost"


@pytest.fixture
def head(log_in: LogIn) -> Headers:
    return log_in("head", role="director", section="room")


@pytest.fixture
def asked(office: Office, clock: Clock, log_in: LogIn) -> None:
    """A month with three questions and two replies, and officers of three sections."""
    log_in("ann", role="clerk", section="civil")
    log_in("bob", role="clerk", section="social")
    log_in("cid", role="section_chief", section="works")
    with transaction(office.engine) as tx:
        head = make_officer(tx, "boss", role="director", section="room")
        make_asked(tx, text="身分證掉了", verdict=Verdict.SURE, entry_id=LOST, offered=[LOST])
        offered: dict[str, Any] = {
            "offered": [LOST, "household-book-withheld"],
            "verdict": Verdict.CHOOSE,
        }
        make_asked(tx, text="補發", **offered, entry_id=LOST, fate=Fate.CHOSEN)
        make_asked(tx, text="鸚鵡", asker="telegram:4711")
        for section in ("民政課", "social課"):
            answer_case(tx, make_case(tx, section=section), head)
    clock.forward(days=10)  # into December


Score = Callable[[str, dict[str, Any]], Any]


@pytest.fixture
def score(client: TestClient, log_in: LogIn) -> Score:
    """Have somebody score a paper, everything 4."""

    def send(who: str, paper: dict[str, Any]) -> Any:
        scores = dict.fromkeys(paper["criteria"], 4)
        path = f"{PAPERS}/{paper['id']}/score"
        return client.post(path, headers=log_in(who), json={"scores": scores, "remark": "=好"})

    return send


def mine(client: TestClient, headers: Headers) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(PAPERS, headers=headers).json()
    return found


@pytest.mark.usefixtures("asked")
def test_an_exam_from_drawing_to_the_result(
    client: TestClient, head: Headers, log_in: LogIn, score: Score
) -> None:
    key = head | {"Idempotency-Key": "k-1"}
    first, again = (client.post(EXAMS, headers=key, json=NEW) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert (first.json()["number"], first.json()["scored"]) == (5, 0)
    asked = [
        (who, one) for who in ("ann", "bob", "cid", "boss") for one in mine(client, log_in(who))
    ]
    assert sorted(one["number"] for _, one in asked) == [1, 2, 3, 4, 5]
    for who, one in asked:
        assert score(who, one).status_code == 200
    (shown,) = client.get(EXAMS, headers=head).json()
    result = client.get(f"{EXAMS}/2026-11", headers=head).json()
    assert result == {"exam": shown, "trend": [shown]}
    assert (shown["closed"], shown["scored"], shown["seed"]) == (True, 5, 42)
    assert shown["questions"]["means"] == {"right": 4.0, "complete": 4.0, "clear": 4.0}
    assert (shown["replies"]["number"], shown["replies"]["good"]) == (2, 1.0)
    assert problem(score("ann", next(one for who, one in asked if who == "ann"))) == (
        409,
        "too-late",
    )


@once
@pytest.mark.usefixtures("asked")
def test_a_paper_tells_the_content_and_nothing_of_whose_it_is(
    client: TestClient, head: Headers, log_in: LogIn, office: Office
) -> None:
    client.post(EXAMS, headers=head, json=NEW)
    papers = [one for who in ("ann", "bob", "cid", "boss") for one in mine(client, log_in(who))]
    with reading(office.engine) as tx:
        cases = tx.scalars(select(Case)).all()
    told = str(papers)
    for secret in ("telegram", "4711", "王小明", "民政課", "social", "boss", "confidence"):
        assert secret not in told
    assert all(one.case_no not in told and one.lookup_code not in told for one in cases)
    by_text = {one["shown"]["text"]: one["shown"] for one in papers}
    sure, chosen, unknown = by_text["身分證掉了"], by_text["補發"], by_text["鸚鵡"]
    assert (sure["verdict"], sure["offered"], bool(sure["answer"]["documents"])) == (
        "sure",
        [],
        True,
    )
    assert (chosen["verdict"], len(chosen["offered"])) == ("choose", 2)
    assert chosen["answer"]["label"] == sure["answer"]["label"]
    assert (unknown["verdict"], unknown["answer"]) == ("unknown", None)
    reply = by_text["已派員清除。"]
    assert set(reply) == {"text", "points", "kind"}
    assert reply["points"][0] == "騎樓堆放雜物"


@once
@pytest.mark.usefixtures("asked")
def test_a_month_is_examined_once_and_only_when_it_is_over(
    client: TestClient, head: Headers
) -> None:
    for month in ("2026-12", "2027-05"):
        early = client.post(EXAMS, headers=head, json=NEW | {"month": month})
        assert problem(early) == (409, "month-not-over")
    empty = client.post(EXAMS, headers=head, json=NEW | {"month": "2026-09"})
    assert problem(empty) == (409, "nothing-drawn")
    assert client.post(EXAMS, headers=head, json=NEW).status_code == 201
    assert problem(client.post(EXAMS, headers=head, json=NEW | {"seed": 7})) == (409, "already-set")
    unknown = client.get(f"{EXAMS}/2026-10", headers=head)
    assert problem(unknown) == (404, "nothing-to-decide")


@once
@pytest.mark.parametrize(
    "wrong",
    [{"month": "2026-13"}, {"month": "2026-H2"}, {"seed": -1}, {"seed": 2**31}, {"seed": "1"},
     {"questions": 201}, {"replies": -1}, {"number": 5}],
)  # fmt: skip
def test_an_exam_that_cannot_be_is_refused(
    client: TestClient, head: Headers, wrong: dict[str, Any]
) -> None:
    assert problem(client.post(EXAMS, headers=head, json=NEW | wrong)) == (422, "invalid-request")


@once
@pytest.mark.usefixtures("asked")
def test_who_may_set_read_and_score(
    client: TestClient, head: Headers, log_in: LogIn, office: Office, score: Score
) -> None:
    for role in ("clerk", "section_chief", "ethics", "faq_editor"):
        refused = client.post(EXAMS, headers=log_in(role, role=role), json=NEW)
        assert problem(refused) == (403, "forbidden")
    client.post(EXAMS, headers=head, json=NEW)
    editor = log_in("faq_editor")
    assert client.get(EXAMS, headers=editor).status_code == 200
    assert problem(client.get(PAPERS, headers=editor)) == (403, "forbidden")
    with reading(office.engine) as tx:
        works = tx.scalars(select(Officer.section_id).where(Officer.username == "cid")).one()
        rows = tx.scalars(select(Paper).where(Paper.scorer_id != works)).all()
    for row in rows:
        refused = score("cid", {"id": row.id, "criteria": []})
        assert problem(refused) == (403, "forbidden")
    (paper, *_rest) = mine(client, log_in("cid"))
    for wrong in ({"right": 6}, {"right": "5"}, {"right": 4.5}):
        path, body = f"{PAPERS}/{paper['id']}/score", {"scores": wrong}
        answer = client.post(path, headers=log_in("cid"), json=body)
        assert problem(answer) == (422, "invalid-request")
    path = f"{PAPERS}/{paper['id']}/score"
    answer = client.post(path, headers=log_in("cid"), json={"scores": {}})
    assert problem(answer) == (422, "incomplete")
    assert problem(score("cid", {"id": 9_999, "criteria": []})) == (404, "nothing-to-decide")


@once
@pytest.mark.usefixtures("asked")
def test_the_csv_holds_the_seed_and_tells_the_sources_at_the_end(
    client: TestClient, head: Headers, log_in: LogIn, score: Score
) -> None:
    client.post(EXAMS, headers=head, json=NEW)

    def rows() -> list[dict[str, str]]:
        answer = client.get(f"{EXAMS}/2026-11/csv", headers=head)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.text.startswith("\ufeff")
        return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))

    assert [one["來源編號"] for one in rows()] == [""] * 5
    for who in ("ann", "bob", "cid", "boss"):
        for one in mine(client, log_in(who)):
            score(who, one)
    found = rows()
    assert [one["題號"] for one in found] == ["1", "2", "3", "4", "5"]
    assert {(one["月份"], one["種子"]) for one in found} == {("2026-11", "42")}
    assert all(one["來源編號"].isdigit() for one in found)
    assert all(one["評語"] == "'=好" for one in found)  # no formula
    kinds = [one["種類"] for one in found]
    assert sorted(kinds) == ["問題", "問題", "問題", "答復", "答復"]
    assert all(bool(one["有禮貌"]) == (one["種類"] == "答復") for one in found)
    missing = client.get(f"{EXAMS}/2026-10/csv", headers=head)
    assert problem(missing) == (404, "nothing-to-decide")


@once
def test_setting_asks_no_more_of_the_database_for_more_papers(
    client: TestClient, office: Office, clock: Clock, log_in: LogIn
) -> None:
    numbers = []
    clock.now = datetime(2027, 6, 1, 4, tzinfo=UTC)
    head = log_in("head", role="director")
    for month, many in ((11, 2), (12, 12)):
        with transaction(office.engine) as tx:
            make_section(tx)
            for _ in range(many):
                make_asked(tx, NOON.replace(month=month), verdict=Verdict.SURE, entry_id=LOST)
        with counting(office.engine) as sent:
            body = NEW | {"month": f"2026-{month}"}
            assert client.post(EXAMS, headers=head, json=body).status_code == 201
        numbers.append(sum(not one.startswith("INSERT") for one in sent))
        with counting(office.engine) as sent:
            assert client.get(EXAMS, headers=head).status_code == 200
        numbers.append(len(sent))
    assert numbers[:2] == numbers[2:]
