import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from admin_api.accounts import BadAccount, add_officer
from admin_api.tables import ApiToken
from admin_api.tokens import digest
from app.office import Office
from complaints.tables import Officer
from data.database import reading, transaction
from tests.admin_api.staff import API, TOKENS, Clock, Headers, once, problem
from tests.makers import PASSWORD, make_officer

ME = f"{API}/me"
NOT_LOGGED_IN = (401, "not-logged-in")
LOCKED = (429, "log-in-locked")


@pytest.fixture
def clerk(office: Office) -> None:
    with transaction(office.engine) as tx:
        make_officer(tx)


def log_in(client: TestClient) -> Headers:
    token = try_password(client, PASSWORD).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def try_password(client: TestClient, password: str, username: str = "clerk") -> Response:
    return client.post(TOKENS, json={"username": username, "password": password})


@pytest.mark.usefixtures("clerk")
def test_the_right_password_gives_a_token_for_twelve_hours(
    client: TestClient, clock: Clock
) -> None:
    answer = try_password(client, PASSWORD)
    assert (answer.status_code, answer.json()["expires_at"]) == (201, "2026-11-26T16:00:00Z")
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    clock.forward(hours=11, minutes=59, seconds=59)
    me = client.get(ME, headers=headers)
    assert me.json() == {
        "username": "clerk",
        "name": "clerk先生",
        "role": "case_controller",
        "section": "civil",
    }
    clock.forward(seconds=1)
    assert problem(client.get(ME, headers=headers)) == NOT_LOGGED_IN


@once
@pytest.mark.usefixtures("clerk")
def test_an_unknown_name_is_answered_like_a_wrong_password(client: TestClient) -> None:
    wrong, unknown = try_password(client, "wrong"), try_password(client, "wrong", "nobody")
    assert problem(wrong) == NOT_LOGGED_IN
    assert (unknown.status_code, unknown.text) == (wrong.status_code, wrong.text)
    assert unknown.headers == wrong.headers


@pytest.mark.usefixtures("clerk")
def test_five_wrong_passwords_lock_the_account_for_fifteen_minutes(
    client: TestClient, clock: Clock
) -> None:
    assert [try_password(client, "wrong").status_code for _ in range(5)] == [401] * 5
    assert problem(try_password(client, PASSWORD)) == LOCKED
    clock.forward(minutes=14, seconds=59)
    assert problem(try_password(client, PASSWORD)) == LOCKED
    clock.forward(seconds=1)
    assert try_password(client, PASSWORD).status_code == 201


@pytest.mark.usefixtures("clerk")
def test_a_right_password_forgets_the_wrong_ones(client: TestClient) -> None:
    for password in [*["wrong"] * 4, PASSWORD, "wrong", PASSWORD]:
        answer = try_password(client, password)
    assert answer.status_code == 201


@pytest.mark.usefixtures("clerk")
def test_logging_out_makes_this_token_worthless_and_no_other(client: TestClient) -> None:
    here, there = log_in(client), log_in(client)
    assert client.delete(f"{TOKENS}/current", headers=here).status_code == 204
    assert problem(client.get(ME, headers=here)) == NOT_LOGGED_IN
    assert client.get(ME, headers=there).status_code == 200


def test_a_closed_account_is_out_at_once(
    client: TestClient, office: Office, staff: Headers
) -> None:
    with transaction(office.engine) as tx:
        tx.execute(update(Officer).values(active=False))
    assert problem(client.get(ME, headers=staff)) == NOT_LOGGED_IN
    assert problem(try_password(client, PASSWORD)) == NOT_LOGGED_IN


@once
@pytest.mark.usefixtures("clerk")
def test_without_a_good_token_nothing_is_told(client: TestClient) -> None:
    for shown in ({}, {"Authorization": "Bearer cl_guess"}, {"Authorization": "Basic Y2w6eA=="}):
        for path in ("me", "sections", "officers", "cases", "faq/entries", "figures/2026-11"):
            answer = client.get(f"{API}/{path}", headers=shown)
            assert problem(answer) == NOT_LOGGED_IN
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.usefixtures("clerk")
def test_only_the_digest_of_a_token_is_stored(client: TestClient, office: Office) -> None:
    token = log_in(client)["Authorization"].removeprefix("Bearer ")
    with reading(office.engine) as tx:
        (row,) = tx.execute(select(ApiToken.__table__)).all()
    assert row.digest == digest(token)
    assert token not in str(row)
    assert token.removeprefix("cl_") not in str(row)


@once
def test_sections_and_colleagues_can_be_looked_up(client: TestClient, staff: Headers) -> None:
    sections = client.get(f"{API}/sections", headers=staff).json()
    assert {"code": "civil", "name": "民政課"} in sections
    (colleague,) = client.get(f"{API}/officers", headers=staff).json()
    assert colleague["username"] == "clerk"


@once
@pytest.mark.usefixtures("clerk")
def test_a_bad_account_is_not_made(office: Office) -> None:
    good = {"username": "new", "name": "新", "role": "clerk", "section": "", "password": PASSWORD}
    for wrong in (
        {"role": "king"},
        {"password": "short"},
        {"username": "clerk"},
        {"name": " "},
        {"section": "nowhere"},
    ):
        with transaction(office.engine) as tx, pytest.raises(BadAccount):
            add_officer(tx, **(good | wrong))
