"""Entries in English over the interface."""

from typing import Any

from starlette.testclient import TestClient

from app.office import Office
from data.database import transaction
from faq.keeping.answering import answer
from tests.admin_api.staff import ENTRIES, ENTRY, Headers, LogIn, once, problem
from tests.makers import NOON

PARROT = f"{ENTRIES}/{ENTRY['id']}"
ENGLISH = f"{PARROT}/english"
CONTENT = {name: value for name, value in ENTRY.items() if name != "id"}
TEXT: dict[str, Any] = {
    "of_version": 1,
    "label": "Keeping a parrot",
    "question": "Do I have to register a parrot?",
    "answer": "No.\n",
    "aliases": ["parrot registration at the office", " "],
}


def told(office: Office, text: str) -> tuple[str, str | None]:
    """The title an English reader is shown now, and of which entry."""
    with transaction(office.engine) as tx:
        index = office.shelf.current(tx)
        got = answer(tx, text, asker="test:1", index=index, now=NOON)
    shown = got.cards[0].in_language("en") if got.cards else None
    return got.verdict, shown.label if shown else None


def test_an_english_text_is_written_shown_outdated_and_removed(
    client: TestClient, staff: Headers, office: Office
) -> None:
    client.post(ENTRIES, headers=staff, json=ENTRY)
    assert problem(client.get(ENGLISH, headers=staff)) == (404, "no-translation")
    written = client.put(ENGLISH, headers=staff, json=TEXT)
    assert written.status_code == 200, written.text
    kept = client.get(ENGLISH, headers=staff).json()
    assert kept == written.json()
    assert (kept["of_version"], kept["is_outdated"], kept["answer"]) == (1, False, "No.")
    assert kept["aliases"] == ["parrot registration at the office"]
    assert told(office, "parrot registration at the office") == ("sure", "Keeping a parrot")

    client.put(PARROT, headers=staff, json=CONTENT | {"version": 1, "fee": "免費"})
    assert client.get(ENGLISH, headers=staff).json()["is_outdated"] is True
    assert told(office, "parrot registration at the office") == ("sure", None)
    assert problem(client.put(ENGLISH, headers=staff, json=TEXT)) == (409, "stale-entry")
    assert client.put(ENGLISH, headers=staff, json=TEXT | {"of_version": 2}).is_success
    assert told(office, "parrot registration at the office") == ("sure", "Keeping a parrot")

    assert client.delete(ENGLISH, headers=staff).json() == {"entry_id": ENTRY["id"]}
    assert problem(client.delete(ENGLISH, headers=staff)) == (404, "no-translation")


@once
def test_what_is_wrong_is_refused_and_changes_nothing(
    client: TestClient, staff: Headers, log_in: LogIn
) -> None:
    client.post(ENTRIES, headers=staff, json=ENTRY)
    assert problem(client.put(f"{ENTRIES}/none/english", headers=staff, json=TEXT)) == (
        404,
        "unknown-entry",
    )
    for wrong in ({"label": "x" * 41}, {"answer": ""}, {"section": "x"}, {"of_version": 0}):
        refused = client.put(ENGLISH, headers=staff, json=TEXT | wrong)
        assert problem(refused) == (422, "invalid-request")
    blank = client.put(ENGLISH, headers=staff, json=TEXT | {"question": " "})
    assert problem(blank)[0] == 422
    editor = log_in("editor", role="faq_editor")
    assert problem(client.put(ENGLISH, headers=editor, json=TEXT)) == (403, "forbidden")
    assert problem(client.get(ENGLISH, headers=editor)) == (404, "no-translation")


@once
def test_the_same_request_writes_once(client: TestClient, staff: Headers) -> None:
    client.post(ENTRIES, headers=staff, json=ENTRY)
    headers = staff | {"Idempotency-Key": "once"}
    first = client.put(ENGLISH, headers=headers, json=TEXT).json()
    assert client.put(ENGLISH, headers=headers, json=TEXT).json() == first
