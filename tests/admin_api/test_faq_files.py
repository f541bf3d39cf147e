"""The entries as files, over the interface."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from data.database import reading, transaction
from data.files import MAX_BYTES
from faq.keeping import files, sheets, trials
from faq.keeping.editing import EntryContent
from faq.keeping.files import Format
from faq.keeping.tables import Entry, Revision
from tests.admin_api.staff import API, ENTRIES, Headers, LogIn, once, problem
from tests.makers import NOON

EXPORT = f"{API}/faq/export"
IMPORT = f"{API}/faq/import"
Entries = list[tuple[str, EntryContent]]


@pytest.fixture
def entries(office: Office) -> Entries:
    """Two entries as they stand, then the second changed, then a new one."""
    with reading(office.engine) as tx:
        (first, content), (second, other) = files.in_service(tx)[:2]
    new = replace(content, question="養鸚鵡要登記嗎？", aliases=("鸚鵡要不要辦登記",))
    return [(first, content), (second, replace(other, fee="一元")), ("parrot-permit", new)]


def send(client: TestClient, staff: Headers, name: str, content: bytes, **params: Any) -> Any:
    return client.post(IMPORT, headers=staff, params=params, files={"file": (name, content)})


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("yaml", "application/yaml"),
        ("csv", "text/csv; charset=utf-8"),
        ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ],
)
@once
def test_the_entries_are_a_file_that_changes_nothing_when_it_comes_back(
    client: TestClient, staff: Headers, kind: str, media_type: str
) -> None:
    got = client.get(EXPORT, headers=staff, params={"format": kind})
    assert got.headers["content-type"] == media_type
    name = f"civicline-faq-2026-11-26.{kind}"
    assert got.headers["content-disposition"] == f'attachment; filename="{name}"'
    answer = send(client, staff, name, got.content).json()
    assert (answer["added"], answer["changed"]) == ([], [])
    assert len(answer["same"]) > 200


@once
def test_another_format_is_refused(client: TestClient, staff: Headers) -> None:
    answer = client.get(EXPORT, headers=staff, params={"format": "xlsx"})
    assert problem(answer) == (422, "invalid-request")


@pytest.mark.parametrize("kind", Format)
def test_a_file_adds_and_changes_and_a_dry_run_only_tells(
    client: TestClient, office: Office, staff: Headers, entries: Entries, kind: Format
) -> None:
    content = files.write(entries, kind)
    wanted = {"added": ["parrot-permit"], "changed": [entries[1][0]], "same": [entries[0][0]]}
    told = send(client, staff, f"a.{kind}", content, dry_run=True)
    assert (told.status_code, told.json()) == (200, wanted)
    assert client.get(f"{ENTRIES}/parrot-permit", headers=staff).status_code == 404
    done = send(client, staff, f"a.{kind}", content)
    assert (done.status_code, done.json()) == (200, wanted)
    assert client.get(f"{ENTRIES}/parrot-permit", headers=staff).json()["version"] == 1
    assert client.get(f"{ENTRIES}/{entries[1][0]}", headers=staff).json()["fee"] == "一元"
    kept = select(Revision.by).where(Revision.entry_id == entries[1][0]).order_by(Revision.version)
    with reading(office.engine) as tx:
        assert [*tx.scalars(kept)] == ["starter", "clerk"]


def test_one_mistake_stops_all_and_is_named(
    client: TestClient, office: Office, staff: Headers, entries: Entries
) -> None:
    rows = sheets.to_rows(entries)
    rows[3][[*sheets.NAMES].index("checked_on")] = "昨天"
    long = [*entries[1:], ("too-long", replace(entries[0][1], label="長" * 21))]
    for name, content, place in (
        ("a.csv", sheets.to_csv(rows), "row 4, 核對日期 checked_on: "),
        ("a.ods", sheets.to_ods(rows), "row 4, 核對日期 checked_on: "),
        ("a.csv", files.write(long, Format.CSV), "too-long.label: "),
        ("a.xlsx", b"PK", "file: "),
    ):
        for dry_run in (True, False):
            answer = send(client, staff, name, content, dry_run=dry_run)
            assert problem(answer) == (422, "bad-entry")
            assert answer.json()["detail"].startswith(place)
    with reading(office.engine) as tx:
        assert {one.version for one in tx.scalars(select(Entry))} == {1}


@once
def test_a_repeated_key_imports_once(client: TestClient, staff: Headers, entries: Entries) -> None:
    headers = staff | {"Idempotency-Key": "k-1"}
    content = files.write(entries, Format.YAML)
    first, again = (send(client, headers, "a.yaml", content) for _ in range(2))
    assert first.json() == again.json()
    other = files.write(entries[:1], Format.YAML)
    assert problem(send(client, headers, "a.yaml", other)) == (422, "key-reused")


@once
def test_who_may_export_try_and_import(client: TestClient, log_in: LogIn, entries: Entries) -> None:
    content = files.write(entries, Format.CSV)
    clerk, editor = log_in("me", role="clerk"), log_in("editor", role="faq_editor")
    assert client.get(EXPORT, headers=clerk).status_code == 200
    assert send(client, editor, "a.csv", content, dry_run=True).status_code == 200
    for staff, dry_run in ((clerk, True), (clerk, False), (editor, False)):
        answer = send(client, staff, "a.csv", content, dry_run=dry_run)
        assert problem(answer) == (403, "forbidden")
    assert problem(client.get(EXPORT)) == (401, "not-logged-in")


@once
def test_what_answers_the_test_set_worse_is_not_imported(
    client: TestClient, office: Office, staff: Headers, entries: Entries
) -> None:
    entry_id, content = entries[0]
    with transaction(office.engine) as tx:
        trials.add(tx, content.question, entry_id, by="clerk", now=NOON)
    worse = replace(content, question="養鸚鵡要登記嗎？", label="鸚鵡", aliases=())
    answer = send(client, staff, "a.yaml", files.write([(entry_id, worse)], Format.YAML))
    assert problem(answer) == (409, "answers-worse")
    assert client.get(f"{ENTRIES}/{entry_id}", headers=staff).json()["version"] == 1


@once
def test_a_file_that_is_too_large_is_refused(client: TestClient, staff: Headers) -> None:
    answer = send(client, staff, "a.csv", b"a" * (MAX_BYTES + 1))
    assert problem(answer) == (413, "http-413")
