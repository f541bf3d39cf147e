from pathlib import Path

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from app.office import Office
from complaints.tables import Case
from data.database import reading
from tests.admin_api.staff import API, CASES, TOKENS, Headers, NewCase, problem
from tests.makers import PASSWORD

GONE = (503, "database-unavailable")
SECRET = "我家住範例街十八號"


def test_an_unknown_path_and_a_wrong_method_are_problems(gone: TestClient) -> None:
    assert problem(gone.get(f"{API}/nothing")) == (404, "http-404")
    assert problem(gone.delete(CASES)) == (405, "http-405")


def test_a_wrong_request_names_the_fields_and_repeats_no_value(gone: TestClient) -> None:
    body = {"username": "clerk", "password": ["tell-nobody"], "more": 1}
    answer = gone.post(TOKENS, json=body)
    assert problem(answer) == (422, "invalid-request")
    assert {one["at"] for one in answer.json()["fields"]} == {"body.password", "body.more"}
    assert "tell-nobody" not in answer.text
    broken = gone.post(
        TOKENS, content=b'{"username": ', headers={"Content-Type": "application/json"}
    )
    assert problem(broken) == (422, "invalid-request")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_cannot_be_stored_is_no_outage(client: TestClient, staff: Headers) -> None:
    zero = client.post(TOKENS, json={"username": "a\0b", "password": PASSWORD})
    assert problem(zero) == (422, "invalid-request")
    answer = client.get(CASES, headers=staff, params={"q": "\0"})
    assert problem(answer) == (422, "invalid-request")


def test_a_lost_table_tells_no_citizens_text(
    client: TestClient,
    office: Office,
    staff: Headers,
    new_case: NewCase,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    case = new_case()
    with office.engine.begin() as connection:
        connection.execute(text("DROP TABLE event"))
    path = f"{CASES}/{case.case_no}/reply"
    answer = client.post(path, headers=staff, json={"text": SECRET, "version": 1})
    assert problem(answer) == GONE
    assert answer.headers["retry-after"] == "5"
    told = answer.text + "".join(capfd.readouterr()) + caplog.text  # whoever writes the log
    assert "database unavailable" in told
    assert SECRET not in told
    with reading(office.engine) as tx:
        assert tx.scalars(select(Case.status)).all() == ["received"]


def test_a_server_that_is_not_there_is_a_503_in_every_face(
    gone: TestClient, tmp_path: Path
) -> None:
    answer = gone.get(CASES, headers={"Authorization": "Bearer cl_any"})
    assert problem(answer) == GONE
    page = gone.post(
        "/staff/login", data={"username": "a", "password": "b"}, headers={"Accept": "text/html"}
    )
    assert page.status_code == 503
    assert page.headers["content-type"].startswith("text/plain")
    assert answer.headers["retry-after"] == page.headers["retry-after"] == "5"
    assert str(tmp_path) not in answer.text + page.text


def test_a_body_that_is_no_utf8_is_a_problem_too(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/tokens", content=b"\xff\xfe{", headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
