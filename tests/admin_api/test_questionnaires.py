"""The yearly questionnaire over HTTP: opened, entered from paper, counted, analysed."""

import csv
from io import StringIO
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.office import Office
from complaints.measuring.questionnaires import HIDDEN
from tests.admin_api.staff import API, Clock, Headers, LogIn, counting, make_token, once, problem

ROOM = f"{API}/questionnaires"
YEAR = f"{ROOM}/2026"
NEW = {
    "year": 2026,
    "title": "115年度服務滿意度問卷",
    "opens_on": "2026-11-01",
    "closes_on": "2026-11-30",
}
GRADES = dict.fromkeys(("environment", "manner", "expertise", "measures", "overall"), "4")


@pytest.fixture
def director(log_in: LogIn) -> Headers:
    return log_in("director", role="director")


@pytest.fixture
def opened(client: TestClient, director: Headers) -> None:
    """The questionnaire of 2026 runs."""
    assert client.post(ROOM, headers=director, json=NEW).status_code == 201


def enter(client: TestClient, headers: Headers, **given: str) -> Response:
    body = {"channel": "paper", "answers": GRADES | given}
    return client.post(f"{YEAR}/filled", headers=headers, json=body)


def analysed(client: TestClient, headers: Headers) -> dict[str, dict[str, Any]]:
    found = client.get(f"{YEAR}/analysis", headers=headers).json()
    return {one["key"]: one for one in found["questions"]}


def test_a_year_is_opened_with_the_usual_questions(client: TestClient, director: Headers) -> None:
    made = client.post(ROOM, headers=director, json=NEW).json()
    assert [one["key"] for one in made["questions"]] == [*GRADES, "age", "way", "more"]
    assert (made["running"], made["quota"], made["finished"]) == (True, 360, 0)
    assert client.get(YEAR, headers=director).json() == made
    assert client.get(ROOM, headers=director).json() == [made]
    assert problem(client.post(ROOM, headers=director, json=NEW)) == (409, "already-opened")


def test_questions_of_ones_own(client: TestClient, director: Headers) -> None:
    own = [
        {"key": "overall", "kind": "grade", "required": True, "zh": "滿意嗎？"},
        {
            "key": "bus",
            "kind": "choice",
            "zh": "怎麼來？",
            "choices": [{"code": "a", "zh": "車"}],
        },
    ]
    made = client.post(ROOM, headers=director, json=NEW | {"questions": own}).json()
    assert made["questions"][1]["choices"] == [{"code": "a", "zh": "車", "en": "車"}]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"closes_on": "2026-10-01"}, "bad-questionnaire"),
        ({"title": "  "}, "bad-questionnaire"),
        ({"questions": []}, "bad-questionnaire"),
        ({"questions": [{"key": "a", "kind": "choice", "zh": "?"}]}, "bad-questionnaire"),
        ({"year": 2016}, "invalid-request"),
        ({"quota": 0}, "invalid-request"),
        ({"questions": [{"key": "A b", "kind": "grade", "zh": "?"}]}, "invalid-request"),
    ],
)
@once
def test_what_cannot_be_opened(
    client: TestClient, director: Headers, given: dict[str, Any], name: str
) -> None:
    assert problem(client.post(ROOM, headers=director, json=NEW | given)) == (422, name)
    assert client.get(ROOM, headers=director).json() == []


@pytest.mark.parametrize("role", ["clerk", "section_chief", "ethics", "faq_editor"])
@once
def test_who_measures_nothing_opens_nothing(
    client: TestClient, log_in: LogIn, opened: None, role: str
) -> None:
    me = log_in("me", role=role)
    new = NEW | {"year": 2027, "opens_on": "2027-11-01", "closes_on": "2027-11-30"}
    assert problem(client.post(ROOM, headers=me, json=new)) == (403, "forbidden")
    assert client.get(YEAR, headers=me).status_code == 200


def test_paper_is_entered_by_any_clerk_and_counted(
    client: TestClient, log_in: LogIn, opened: None
) -> None:
    me = log_in("me", role="clerk")
    assert enter(client, me).json() == {"finished": 1}
    body = {"channel": "phone", "answers": GRADES}
    once_only = me | {"Idempotency-Key": "sheet-2"}
    for _ in range(2):
        answer = client.post(f"{YEAR}/filled", headers=once_only, json=body)
        assert (answer.status_code, answer.json()) == (201, {"finished": 2})
    shown = client.get(YEAR, headers=me).json()
    assert shown["by_channel"] == {"paper": 1, "phone": 1}


@once
def test_what_is_no_questionnaire_is_not_entered(
    client: TestClient, log_in: LogIn, clock: Clock, opened: None
) -> None:
    me = log_in("me", role="clerk")
    for given in ({"overall": ""}, {"overall": "9"}, {"strange": "1"}):
        assert problem(enter(client, me, **given)) == (422, "bad-answer")
    telegram = {"channel": "telegram", "answers": GRADES}
    refused = client.post(f"{YEAR}/filled", headers=me, json=telegram)
    assert problem(refused) == (422, "invalid-request")
    other = client.post(f"{ROOM}/2025/filled", headers=me, json={"channel": "paper", "answers": {}})
    assert problem(other) == (404, "unknown-questionnaire")
    editor = log_in("editor", role="faq_editor")
    assert problem(enter(client, editor)) == (403, "forbidden")
    clock.forward(days=35)  # 31 days after the last
    assert problem(enter(client, log_in("late", role="clerk"))) == (
        409,
        "questionnaire-not-running",
    )


def test_the_analysis_and_who_reads_own_words(
    client: TestClient, log_in: LogIn, director: Headers, opened: None
) -> None:
    clerk = log_in("me", role="clerk")
    for number in range(9):
        enter(client, clerk, overall="5", age="from_65", more=f"=意見 {number}")
    few = analysed(client, director)
    assert {(one["answers"], one["hidden"]) for one in few.values()} == {(9, HIDDEN), (0, HIDDEN)}
    assert all(one["mean"] is one["chosen"] is None and not one["texts"] for one in few.values())
    enter(client, clerk, overall="1", age="from_65", more="其他")
    found = analysed(client, director)
    overall = found["overall"]
    assert overall["distribution"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 9}
    assert (overall["share_satisfied"], overall["mean"], overall["hidden"]) == (0.9, 4.6, "")
    assert overall["interval"] == pytest.approx([0.596, 0.982], abs=0.001)
    assert (overall["mean_before"], overall["change"]) == (None, None)
    assert found["age"]["chosen"]["from_65"] == 10
    assert len(found["more"]["texts"]) == 10
    for reader in (clerk, make_token(client, director, "figures:read")):
        assert analysed(client, reader)["more"]["texts"] == []


def test_the_analysis_as_a_sheet(client: TestClient, director: Headers, opened: None) -> None:
    for _ in range(10):
        enter(client, director, age="under_20")
    answer = client.get(f"{YEAR}/analysis/csv", headers=director)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert (rows[0]["填答數"], rows[0]["4 分"], rows[0]["平均"]) == ("10", "10", "4.000")
    young = next(row for row in rows if row["選項"] == "未滿 20 歲")
    assert young["填答數"] == "10"
    way = next(row for row in rows if "聯絡" in row["題目"])
    assert (way["平均"], way["說明"]) == ("–", HIDDEN)


@once
def test_the_list_asks_the_database_as_often_for_many_years(
    client: TestClient, office: Office, director: Headers, opened: None
) -> None:
    def asked() -> int:
        with counting(office.engine) as sent:
            client.get(ROOM, headers=director)
        return len(sent)

    before = asked()
    for year in (2023, 2024, 2025):
        days = {"opens_on": f"{year}-11-01", "closes_on": f"{year}-11-30"}
        new = NEW | {"year": year} | days
        assert client.post(ROOM, headers=director, json=new).status_code == 201
    assert asked() == before


def test_two_equal_sheets_are_two(client: TestClient, director: Headers, opened: None) -> None:
    enter(client, director)
    assert enter(client, director).json() == {"finished": 2}
