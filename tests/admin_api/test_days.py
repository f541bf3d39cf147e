"""A day over the wire is written one way, and is a day the calendar can count with."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.testclient import TestClient

from admin_api.schemas.base import FIRST_DAY, LAST_DAY, Day
from tests.admin_api.staff import API, ENTRIES, ENTRY, Headers, once, problem

DAY = TypeAdapter(Day)
NO_DAYS: list[Any] = [
    *(
        "0",
        "1",
        "20261126",
        "2026-11-26T00:00:00",
        "2026-1-2",
        "２０２６-１１-２６",
        "115/11/26",
        "",
    ),
    *(" 2026-11-26", "2026-02-30", "1911-12-31", "2200-01-01", "9999-12-31", "0001-01-01"),
    *(0, 1, 1.5, True, None, [], {}, datetime(2026, 11, 26)),  # noqa: DTZ001
]


@given(st.dates(FIRST_DAY, LAST_DAY))
def test_a_day_is_taken_as_it_is_written_and_as_the_date_it_is(day: date) -> None:
    assert DAY.validate_python(day) == day
    assert DAY.validate_python(day.isoformat()) == day
    assert DAY.validate_json(f'"{day.isoformat()}"') == day


@pytest.mark.parametrize("given", NO_DAYS, ids=repr)
def test_nothing_else_is_taken_for_a_day(given: Any) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(given)


@pytest.mark.parametrize("given", ["0", 1.5, "2026-11-26T00:00:00"])
@once
def test_bodies_and_queries_take_no_other_day(
    client: TestClient, staff: Headers, given: Any
) -> None:
    entry = ENTRY | {"checked_on": given}
    closure = {"day": given, "reason": "颱風停班"}
    change = {"law": "戶籍法", "effective_on": given, "note": "修正"}
    away = {"first_day": given, "last_day": "2026-12-01"}
    for path, body in (
        (ENTRIES, entry),
        (f"{API}/clock-changes/day", closure),
        (f"{API}/law-changes", change),
        (f"{API}/absences", away),
    ):
        assert problem(client.post(path, headers=staff, json=body)) == (422, "invalid-request")
    asked = {"received": str(given), "kind": "rights_protection"}
    answer = client.get(f"{API}/deadline", headers=staff, params=asked)
    assert problem(answer) == (422, "invalid-request")
