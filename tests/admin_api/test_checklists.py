"""Visits to the place and checklists over HTTP."""

from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.office import Office
from complaints.intake import OFFICE_CHANNEL
from complaints.states import EventKind
from complaints.tables import Attachment, Case, CheckStep, Event
from data import files
from data.database import reading, transaction
from tests import pictures
from tests.admin_api.staff import (
    API,
    CASES,
    Headers,
    History,
    LogIn,
    NewCase,
    counting,
    make_token,
    once,
    problem,
)
from tests.makers import make_section

STEPS = f"{API}/steps"
SEEN = {
    "version": "1",
    "visited_at": "2026-11-26T12:00+08:00",
    "where": "中山路3號前",
    "found": "騎樓堆放雜物",
}


@pytest.fixture
def case(new_case: NewCase) -> Case:
    return new_case(section="民政課")


@pytest.fixture
def blank(office: Office) -> None:
    """An office that retired whatever the program brought along."""
    with transaction(office.engine) as tx:
        make_section(tx)
        make_section(tx, "works", "工務課")
        tx.execute(update(CheckStep).values(active=False))


def visit(client: TestClient, headers: Headers, case: Case, *photos: Any, **given: Any) -> Response:
    return client.post(
        f"{CASES}/{case.case_no}/visits",
        headers=headers,
        data=SEEN | given,
        files=[("photos", one) for one in photos],
    )


def steps_of(client: TestClient, headers: Headers, case: Case) -> list[dict[str, Any]]:
    answer = client.get(f"{CASES}/{case.case_no}/steps", headers=headers)
    assert answer.status_code == 200
    return list(answer.json())


# --- visits


def test_a_visit_is_recorded_with_photos_that_tell_nothing_of_the_camera(
    client: TestClient, office: Office, staff: Headers, case: Case
) -> None:
    photo = ("x.jpg", pictures.jpeg(gps=True))
    said = {"present": ["王里長", "清潔隊李先生"], "next_step": "請清潔隊清除"}
    answer = visit(client, staff, case, photo, **said)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["version"] == 2
    (attached,) = told["attachments"]
    assert (attached["state"], attached["media_type"]) == ("stored", "image/jpeg")
    assert told["history"][-1]["kind"] == EventKind.SITE_VISITED
    assert told["history"][-1]["data"] == {
        "visited_at": "2026-11-26T12:00+08:00",
        "where": "中山路3號前",
        "found": "騎樓堆放雜物",
        "present": ["王里長", "清潔隊李先生"],
        "next_step": "請清潔隊清除",
        "files": 1,
        "attachments": [attached["id"]],
    }
    path = f"{CASES}/{case.case_no}/attachments/{attached['id']}"
    kept = client.get(path, headers=staff).content
    assert kept.startswith(b"\xff\xd8")
    assert not [note for note in pictures.NOTES if note in kept]
    with reading(office.engine) as tx:
        assert tx.scalars(select(Attachment.channel)).one() == OFFICE_CHANNEL


@once
@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"visited_at": "2026-11-26T12:01+08:00"}, (422, "incomplete")),
        ({"visited_at": "2026-11-26T11:59+08:00"}, (422, "incomplete")),
        ({"visited_at": "9999-12-31T23:59-14:00"}, (422, "incomplete")),
        ({"visited_at": "0001-01-01T00:00+14:00"}, (422, "incomplete")),
        ({"visited_at": "2026-11-26T12:00"}, (422, "invalid-request")),  # where is that noon?
        ({"visited_at": "1800000000"}, (422, "invalid-request")),
        ({"found": " "}, (422, "incomplete")),
        ({"found": ""}, (422, "invalid-request")),
        ({"where": " "}, (422, "incomplete")),
        ({"where": "長" * 201}, (422, "invalid-request")),
        ({"present": ["人"] * 31}, (422, "invalid-request")),
        ({"version": "x"}, (422, "invalid-request")),
        ({"version": "9"}, (409, "stale-case")),
        ({"told": "no such field"}, (422, "invalid-request")),
        ({"photos": "no file"}, (422, "invalid-request")),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_record_is_said(
    client: TestClient,
    staff: Headers,
    case: Case,
    history: History,
    wrong: dict[str, Any],
    expected: tuple[int, str],
) -> None:
    assert problem(visit(client, staff, case, **wrong)) == expected
    assert history(case) == ["received"]


@once
def test_what_is_no_photo_or_too_large_is_refused(
    client: TestClient,
    office: Office,
    staff: Headers,
    case: Case,
    history: History,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = ("a.png", pictures.png())
    for bad in (b"#!/bin/sh", b"", pictures.png()[:40]):
        refused = visit(client, staff, case, good, ("b.png", bad))
        assert problem(refused) == (422, "http-422")
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    assert problem(visit(client, staff, case, good)) == (413, "http-413")
    monkeypatch.undo()
    assert problem(visit(client, staff, case, *[good] * 11))[0] == 422
    assert history(case) == ["received"]
    with reading(office.engine) as tx:
        assert tx.scalars(select(Attachment)).all() == []


@once
def test_who_may_not_see_the_case_leaves_no_file_behind(
    client: TestClient, log_in: LogIn, case: Case, data_dir: Path, staff: Headers
) -> None:
    def there() -> set[Path]:
        return {one for one in data_dir.rglob("*") if one.is_file()}

    photo, before = ("a.jpg", pictures.jpeg(quality=37)), there()
    for me, expected in (
        (log_in("far", role="clerk", section="social"), (404, "unknown-case")),
        (log_in("editor", role="faq_editor"), (403, "forbidden")),
        (make_token(client, staff, "cases:read"), (403, "out-of-scope")),
    ):
        assert problem(visit(client, me, case, photo)) == expected
    assert {one for one in there() - before if len(one.name) == 64} == set()


def test_one_key_records_once_and_if_match_holds(
    client: TestClient, staff: Headers, case: Case, history: History
) -> None:
    tag = client.get(f"{CASES}/{case.case_no}", headers=staff).headers["ETag"]
    keyed = staff | {"Idempotency-Key": "k-1", "If-Match": tag}
    photo = ("a.png", pictures.png())
    first, again = (visit(client, keyed, case, photo) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    other = visit(client, keyed, case, photo, found="另一次")
    assert problem(other) == (422, "key-reused")
    assert history(case) == ["received", "site_visited"]
    late = staff | {"If-Match": tag}
    assert problem(visit(client, late, case)) == (412, "precondition-failed")


# --- the steps of a case


def test_a_step_is_ticked_and_taken_back_by_whoever_handles_the_case(
    client: TestClient, staff: Headers, log_in: LogIn, case: Case, history: History
) -> None:
    first, *_ = steps_of(client, staff, case)
    assert (first["done"], first["by"], first["at"], first["said"]) == (False, None, None, "")
    path = f"{CASES}/{case.case_no}/steps/{first['id']}"
    clerk = log_in("ann", role="clerk")
    ticked = client.post(path, headers=clerk, json={"done": True, "remark": "已拍"})
    assert ticked.status_code == 200
    assert ticked.json() == steps_of(client, staff, case)
    assert ticked.json()[0] == first | {
        "done": True,
        "by": "ann先生",
        "at": "2026-11-26T04:00:00Z",
        "remark": "已拍",
        "said": first["text"],
    }
    assert client.post(path, headers=staff, json={"done": False}).json()[0]["done"] is False
    assert history(case) == ["received", "step_checked", "step_checked"]
    assert client.get(f"{CASES}/{case.case_no}", headers=staff).json()["version"] == 1


@once
def test_who_may_tick_nothing_is_refused(
    client: TestClient, office: Office, staff: Headers, log_in: LogIn, case: Case, history: History
) -> None:
    (first, *_) = steps_of(client, staff, case)
    path = f"{CASES}/{case.case_no}/steps/{first['id']}"
    for me, expected in (
        (log_in("far", role="clerk", section="social"), (404, "unknown-case")),
        (log_in("editor", role="faq_editor"), (403, "forbidden")),
        (log_in("root", role="administrator"), (403, "forbidden")),
        (make_token(client, staff, "cases:read"), (403, "out-of-scope")),
    ):
        assert problem(client.post(path, headers=me, json={"done": True})) == expected
    unknown = f"{CASES}/{case.case_no}/steps/99999"
    refused = client.post(unknown, headers=staff, json={"done": True})
    assert problem(refused) == (404, "nothing-to-decide")
    for wrong in (
        {},
        {"done": "yes"},
        {"done": True, "remark": "長" * 501},
        {"done": True, "x": 1},
    ):
        assert problem(client.post(path, headers=staff, json=wrong)) == (422, "invalid-request")
    assert history(case) == ["received"]


# --- the steps the office keeps


@pytest.mark.usefixtures("blank")
def test_steps_are_added_changed_moved_and_retired(
    client: TestClient, staff: Headers, case: Case
) -> None:
    def texts(answer: Response, status: int = 200) -> list[str]:
        assert answer.status_code == status, answer.text
        assert answer.json() == client.get(STEPS, headers=staff).json()
        return [one["text"] for one in answer.json()]

    for text in "甲乙":
        added = client.post(STEPS, headers=staff, json={"text": text})
    assert texts(added, 201) == ["甲", "乙"]
    own = {"text": "丙", "section": "civil", "kind": "praise", "topic": "doorplate"}
    assert texts(client.post(STEPS, headers=staff, json=own), 201) == ["甲", "乙", "丙"]
    one, two, three = client.get(STEPS, headers=staff).json()
    assert {name: three[name] for name in own} == own
    assert (three["by"], three["at"]) == ("clerk", "2026-11-26T04:00:00Z")
    moved = client.post(f"{STEPS}/{two['id']}/move", headers=staff, json={"up": True})
    assert texts(moved) == ["乙", "甲", "丙"]
    changed = client.put(f"{STEPS}/{three['id']}", headers=staff, json={"text": "丁"})
    assert texts(changed) == ["乙", "甲", "丁"]
    assert [step["text"] for step in steps_of(client, staff, case)] == ["乙", "甲", "丁"]
    gone = client.post(f"{STEPS}/{one['id']}/retire", headers=staff)
    assert texts(gone) == ["乙", "丁"]
    again = client.post(f"{STEPS}/{one['id']}/retire", headers=staff)
    assert problem(again) == (404, "nothing-to-decide")


@once
@pytest.mark.usefixtures("blank")
def test_what_is_wrong_with_a_step_is_said(client: TestClient, staff: Headers) -> None:
    for wrong, expected in (
        ({"text": ""}, (422, "invalid-request")),
        ({"text": " "}, (422, "incomplete")),
        ({"text": "長" * 121}, (422, "invalid-request")),
        ({"text": "甲", "kind": "joke"}, (422, "invalid-request")),
        ({"text": "甲", "topic": "joke"}, (422, "invalid-request")),
        ({"text": "甲", "section": "none"}, (422, "unknown-section")),
    ):
        assert problem(client.post(STEPS, headers=staff, json=wrong)) == expected, wrong
    assert client.get(STEPS, headers=staff).json() == []


@once
@pytest.mark.usefixtures("blank")
def test_a_chief_keeps_the_own_sections_and_a_clerk_none(
    client: TestClient, staff: Headers, log_in: LogIn
) -> None:
    chief, clerk = log_in("chief", role="section_chief"), log_in("ann", role="clerk")
    own = client.post(STEPS, headers=chief, json={"text": "課", "section": "civil"})
    assert own.status_code == 201
    for body in ({"text": "所"}, {"text": "別課", "section": "works"}):
        assert problem(client.post(STEPS, headers=chief, json=body)) == (403, "forbidden")
        assert client.post(STEPS, headers=staff, json=body).status_code == 201
    mine = own.json()[0]["id"]
    for me, number in [(clerk, mine), *((chief, n) for n in numbers(client, staff) - {mine})]:
        path = f"{STEPS}/{number}"
        for answer in (
            client.put(path, headers=me, json={"text": "改", "section": "civil"}),
            client.post(f"{path}/retire", headers=me),
            client.post(f"{path}/move", headers=me, json={"up": False}),
        ):
            assert problem(answer) == (403, "forbidden")
    assert len(client.get(STEPS, headers=clerk).json()) == 3  # to read they are for all


def numbers(client: TestClient, headers: Headers) -> set[int]:
    return {one["id"] for one in client.get(STEPS, headers=headers).json()}


@once
@pytest.mark.usefixtures("blank")
def test_one_key_adds_one_step(client: TestClient, staff: Headers) -> None:
    keyed = staff | {"Idempotency-Key": "k-1"}
    first, again = (client.post(STEPS, headers=keyed, json={"text": "甲"}) for _ in range(2))
    assert first.json() == again.json() and len(numbers(client, staff)) == 1


@once
def test_the_statements_do_not_grow_with_the_steps(
    client: TestClient, office: Office, staff: Headers, case: Case
) -> None:
    def statements() -> list[int]:
        found = []
        for path in (STEPS, f"{CASES}/{case.case_no}/steps"):
            with counting(office.engine) as sent:
                assert client.get(path, headers=staff).status_code == 200
            found.append(len(sent))
        return found

    before = statements()
    for n in range(5):
        assert client.post(STEPS, headers=staff, json={"text": f"第 {n} 步"}).status_code == 201
    for one in steps_of(client, staff, case):
        path = f"{CASES}/{case.case_no}/steps/{one['id']}"
        assert client.post(path, headers=staff, json={"done": True}).status_code == 200
    with reading(office.engine) as tx:
        ticked = select(Event.id).where(Event.kind == EventKind.STEP_CHECKED)
        assert len(tx.scalars(ticked).all()) >= 10
    assert statements() == before
