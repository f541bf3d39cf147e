"""Who read an older state changes nothing, said in HTTP's own words."""

import pytest
from starlette.testclient import TestClient

from tests.admin_api.staff import (
    CASES,
    ENTRIES,
    ENTRY,
    Clock,
    Headers,
    History,
    LogIn,
    NewCase,
    problem,
)


def test_a_case_that_did_not_change_is_not_sent_again(
    client: TestClient, log_in: LogIn, new_case: NewCase, clock: Clock
) -> None:
    staff = log_in()
    url = f"{CASES}/{new_case().case_no}"
    first = client.get(url, headers=staff)
    tag = first.headers["etag"]
    again = client.get(url, headers=staff | {"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    clock.forward(days=1)  # the days left are others: another answer of the same version
    later = client.get(url, headers=log_in() | {"If-None-Match": tag})
    assert (later.status_code, later.headers["etag"] == tag) == (200, False)
    assert later.headers["etag"].split("-")[0] == tag.split("-")[0]


def test_a_change_held_to_what_was_read_is_made_once(
    client: TestClient, staff: Headers, new_case: NewCase, history: History
) -> None:
    case = new_case()
    url = f"{CASES}/{case.case_no}"
    read = client.get(url, headers=staff)
    held = staff | {"If-Match": read.headers["etag"]}
    body = {"text": "已電話確認", "version": read.json()["version"]}
    assert client.post(f"{url}/note", headers=held, json=body).status_code == 200
    again = client.post(f"{url}/note", headers=held, json=body)
    assert problem(again) == (412, "precondition-failed")
    assert history(case).count("noted") == 1
    # Without the header the same is told as before.
    assert problem(client.post(f"{url}/note", headers=staff, json=body)) == (409, "stale-case")


@pytest.mark.parametrize("tag", ["*", '"1"', "1", '""', '"9-0123456789abcdef"', "W/x", "好"])
def test_a_tag_that_is_not_of_this_version_changes_nothing(
    client: TestClient, staff: Headers, new_case: NewCase, history: History, tag: str
) -> None:
    case = new_case()
    held = [(name.encode(), value.encode()) for name, value in (staff | {"If-Match": tag}).items()]
    answer = client.post(
        f"{CASES}/{case.case_no}/note", headers=held, json={"text": "好", "version": case.version}
    )
    assert problem(answer) == (412, "precondition-failed")
    assert "noted" not in history(case)


def test_an_entry_is_held_to_its_version_too(client: TestClient, staff: Headers) -> None:
    client.post(ENTRIES, headers=staff, json=ENTRY)
    url = f"{ENTRIES}/{ENTRY['id']}"
    read = client.get(url, headers=staff)
    held = staff | {"If-Match": read.headers["etag"]}
    body = {name: value for name, value in ENTRY.items() if name != "id"}
    body |= {"answer": "要登記。", "version": read.json()["version"]}
    assert client.put(url, headers=held, json=body).status_code == 200
    assert problem(client.put(url, headers=held, json=body)) == (412, "precondition-failed")
    gone = client.delete(url, headers=held, params={"version": read.json()["version"]})
    assert problem(gone) == (412, "precondition-failed")
    assert client.get(url, headers=staff).json()["answer"] == "要登記。"
