"""Whether the histories stand as sealed, and what was done to accounts, for those who may look."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from admin_api.audit import WATCHED
from admin_api.tables import Deed, note
from app.office import Office
from complaints.tables import Event
from data import ledger
from data.database import transaction
from tests.admin_api.staff import API, Clock, Headers, LogIn, NewCase, problem
from tests.makers import make_officer

AUDIT = f"{API}/audit"


@pytest.fixture
def sealed(office: Office, new_case: NewCase, clock: Clock) -> None:
    """A case filed and sealed."""
    new_case()
    with transaction(office.engine) as tx:
        while ledger.seal(tx, WATCHED, now=clock()):
            pass


def test_the_newest_mark_is_told_and_nothing_is_found(
    client: TestClient, staff: Headers, sealed: None
) -> None:
    told = client.get(f"{AUDIT}/ledger", headers=staff).json()
    assert told["pages"] >= 1
    assert len(told["mark"]) == 64
    checked = client.post(f"{AUDIT}/ledger/verify", headers=staff).json()
    assert checked["findings"] == []
    assert checked["rows"] >= 1


def test_an_altered_row_is_told(
    client: TestClient, staff: Headers, office: Office, sealed: None
) -> None:
    with transaction(office.engine) as tx:
        tx.connection().execute(update(Event).values(data={"text": "改"}))
    checked = client.post(f"{AUDIT}/ledger/verify", headers=staff).json()
    assert [one["fault"] for one in checked["findings"]] == ["row_altered"]
    assert checked["findings"][0]["table"] == "event"


def test_before_anything_was_sealed_there_is_no_mark(client: TestClient, staff: Headers) -> None:
    told = client.get(f"{AUDIT}/ledger", headers=staff).json()
    assert told == {"pages": 0, "sealed_at": None, "mark": None}


def test_what_was_done_to_accounts_is_listed_newest_first(
    client: TestClient, staff: Headers, office: Office, clock: Clock
) -> None:
    with transaction(office.engine) as tx:
        who = make_officer(tx, "wang")
        for n, deed in enumerate((Deed.PASSWORD_CHANGED, Deed.LOCKED)):
            note(tx, who.id, deed, by=who.id if n else None, now=clock() + timedelta(minutes=n))
    told = client.get(f"{AUDIT}/deeds", headers=staff).json()
    assert [(one["what"], one["officer"], one["by"]) for one in told] == [
        ("locked", "wang", "wang"),
        ("password_changed", "wang", None),
    ]
    older = client.get(f"{AUDIT}/deeds", headers=staff, params={"before": told[0]["id"]}).json()
    assert older == told[1:]
    assert client.get(f"{AUDIT}/deeds", headers=staff, params={"before": 0}).status_code == 422


@pytest.mark.parametrize("role", ["clerk", "section_chief", "faq_editor"])
def test_who_may_not_look(client: TestClient, log_in: LogIn, role: str) -> None:
    headers = log_in(role, role=role)
    for answer in (
        client.get(f"{AUDIT}/ledger", headers=headers),
        client.get(f"{AUDIT}/deeds", headers=headers),
        client.post(f"{AUDIT}/ledger/verify", headers=headers),
    ):
        assert problem(answer)[0] == 403
