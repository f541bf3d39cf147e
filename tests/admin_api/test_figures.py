import csv
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from io import StringIO

from httpx2 import Response
from starlette.testclient import TestClient

from app.office import Office
from app.simulation import Plan, simulate
from complaints import figures as cases
from complaints.figures import Period
from data.database import reading, transaction
from faq.keeping import figures as questions
from tests.admin_api.staff import API, Headers, NewCase, once, problem
from tests.makers import NOON, make_section

NOVEMBER = f"{API}/figures/2026-11"


def rows(answer: Response) -> Iterator[dict[str, str]]:
    return csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))


def test_a_month_is_what_the_record_says(
    client: TestClient, office: Office, staff: Headers
) -> None:
    with transaction(office.engine) as tx:
        index = office.shelf.current(tx)
    simulate(office.engine, Plan(16, 2, seed=3, until=NOON, prefix="WH"), index)
    with reading(office.engine) as tx:
        counted = cases.of_period(tx, Period.month(2026, 10))
        start, end = (
            datetime(2026, month, day, 16, tzinfo=UTC) for month, day in ((9, 30), (10, 31))
        )
        asked = questions.of_period(tx, start, end)
    shown = client.get(f"{API}/figures/2026-10", headers=staff).json()
    assert counted.total.closed
    assert asked.asked
    assert shown == {
        "month": "2026-10",
        "title": "民國115年10月",
        "complete": True,
        "total": counted.total.as_dict(),
        "by_section": {name: one.as_dict() for name, one in counted.by_section.items()},
        "received_by_kind": dict(counted.received_by_kind),
        "received_by_channel": dict(counted.received_by_channel),
        "closed_by_outcome": dict(counted.closed_by_outcome),
        "questions": asdict(asked) | {"top_entries": [list(one) for one in asked.top_entries]},
    }
    table = list(rows(client.get(f"{API}/figures/2026-10/csv", headers=staff)))
    assert [row["課室"] for row in table] == [*sorted(counted.by_section), "合計"]
    assert [int(row["本期受理"]) for row in table[:-1]] == [
        counted.by_section[name].received for name in sorted(counted.by_section)
    ]
    assert table[-1]["辦結"] == str(counted.total.closed)
    assert table[-1]["如期辦結率"] == f"{counted.total.on_time_rate:.3f}"


@once
def test_a_spreadsheet_reads_the_csv(client: TestClient, staff: Headers, new_case: NewCase) -> None:
    new_case()
    answer = client.get(f"{NOVEMBER}/csv", headers=staff)
    assert answer.content.startswith("\ufeff課室,".encode())
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="civicline-2026-11.csv"'
    row, total = rows(answer)
    assert (row["課室"], row["本期受理"]) == ("研考（收案窗口）", "1")
    assert total["課室"] == "合計"
    assert [total[name] for name in ("如期辦結率", "平均處理天數", "平均滿意度")] == ["–"] * 3
    assert total["辦結"] == "0"


@once
def test_a_name_is_no_formula(
    client: TestClient, office: Office, staff: Headers, new_case: NewCase
) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)"]
    with transaction(office.engine) as tx:
        for n, name in enumerate(names):
            make_section(tx, f"evil-{n}", name)
    for name in names:
        new_case(section=name)
    table = rows(client.get(f"{NOVEMBER}/csv", headers=staff))
    assert {row["課室"] for row in table} == {f"'{name}" for name in names} | {"合計"}


@once
def test_a_month_that_has_not_begun_has_no_figures(client: TestClient, staff: Headers) -> None:
    for path in (f"{API}/figures/2026-12", f"{API}/figures/2026-12/csv"):
        assert problem(client.get(path, headers=staff)) == (422, "future-month")
    running = client.get(NOVEMBER, headers=staff).json()
    assert (running["complete"], running["total"]["received"]) == (False, 0)


@once
def test_what_is_no_month_is_refused(client: TestClient, staff: Headers) -> None:
    for month in ("2026-13", "2026-00", "2026-1", "202611", "1126-11", "november"):
        for path in (f"{API}/figures/{month}", f"{API}/figures/{month}/csv"):
            assert problem(client.get(path, headers=staff)) == (422, "invalid-request")
