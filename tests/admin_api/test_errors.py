from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.office import Office, build
from app.settings import Settings
from app.web import create_web
from tests.admin_api.staff import API, CASES, TOKENS, Clock, Headers, NewCase, problem

GONE = (503, "database-unavailable")
SECRET = "我家住範例街十八號"


def test_an_unknown_path_is_a_problem(client: TestClient, staff: Headers) -> None:
    assert problem(client.get(f"{API}/nothing", headers=staff)) == (404, "http-404")


def test_a_wrong_method_is_a_problem(client: TestClient, staff: Headers) -> None:
    assert problem(client.delete(CASES, headers=staff)) == (405, "http-405")


def test_a_wrong_request_names_the_fields_and_repeats_no_value(client: TestClient) -> None:
    body = {"username": "clerk", "password": ["tell-nobody"], "more": 1}
    answer = client.post(TOKENS, json=body)
    assert problem(answer) == (422, "invalid-request")
    assert {one["at"] for one in answer.json()["fields"]} == {"body.password", "body.more"}
    assert "tell-nobody" not in answer.text


def test_what_is_not_json_is_refused(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post(TOKENS, content=b'{"username": ', headers=headers)
    assert problem(answer) == (422, "invalid-request")


def test_a_lost_table_tells_no_citizens_text(
    client: TestClient,
    office: Office,
    staff: Headers,
    new_case: NewCase,
    capfd: pytest.CaptureFixture[str],
) -> None:
    case = new_case()
    with office.engine.begin() as connection:
        connection.execute(text("DROP TABLE event"))
    path = f"{CASES}/{case.case_no}/reply"
    answer = client.post(path, headers=staff, json={"text": SECRET, "version": 1})
    assert problem(answer) == GONE
    assert answer.headers["retry-after"] == "5"
    told = answer.text + "".join(capfd.readouterr())
    assert "database unavailable" in told
    assert SECRET not in told
    assert client.get(CASES, headers=staff).json()["cases"][0]["status"] == "received"


def test_a_server_that_is_not_there_is_a_503_in_every_face(tmp_path: Path, clock: Clock) -> None:
    url = f"postgresql://nobody@/none?host={tmp_path}"
    office = build(Settings(database_url=url, data_dir=tmp_path), clock=clock)
    client = TestClient(create_web(office))
    headers = {"Authorization": "Bearer cl_any"}
    answer = client.get(CASES, headers=headers)
    assert problem(answer) == GONE
    assert answer.headers["retry-after"] == "5"
    page = client.post(
        "/staff/login", data={"username": "a", "password": "b"}, headers={"Accept": "text/html"}
    )
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert page.headers["content-type"].startswith("text/plain")
    assert str(tmp_path) not in answer.text + page.text
