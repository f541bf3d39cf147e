import csv
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO

from httpx2 import Response
from starlette.testclient import TestClient

from admin_api import monthly
from app.office import Office
from app.simulation import Plan, simulate
from complaints.clock.workdays import office_date
from complaints.measuring import figures as cases
from complaints.measuring.periods import Period
from complaints.states import Kind
from data.database import reading, transaction
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
    october, today = Period.month(2026, 10), office_date(NOON)
    with reading(office.engine) as tx:
        counted = cases.of_period(tx, october, today=today)
        september = cases.of_period(tx, october.previous(), today=today)
        asked = monthly.asked(tx, october, today)
    shown = client.get(f"{API}/figures/2026-10", headers=staff).json()
    assert counted.total.closed
    assert asked.asked
    head = {name: shown[name] for name in ("period", "title", "until", "complete")}
    assert head == {
        "period": "2026-10",
        "title": "民國115年10月",
        "until": "2026-10-31",
        "complete": True,
    }
    assert shown["total"] == counted.total.as_dict()
    assert shown["previous"] == september.total.as_dict()
    assert shown["year_before"] == cases.Figures().as_dict()
    for breakdown in monthly.BREAKDOWNS:
        found = {one["code"]: one["figures"] for one in shown["by"][breakdown]}
        assert found == {code: one.as_dict() for code, one in counted.under(breakdown).items()}, (
            breakdown
        )
    questions = asdict(asked) | {"top_entries": [list(one) for one in asked.top_entries]}
    assert shown["questions"] == questions
    table = list(rows(client.get(f"{API}/figures/2026-10/csv", headers=staff)))
    assert [row["課室"] for row in table] == [
        *(one["name"] for one in shown["by"]["section"]),
        "合計",
    ]
    assert table[-1]["辦結"] == str(counted.total.closed)
    assert table[-1]["如期辦結率"] == f"{counted.total.on_time_rate:.3f}"


@once
def test_a_period_may_be_longer_than_a_month(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    new_case()
    for period, title in (
        ("2026-B6", "民國115年11至12月"),
        ("2026-H2", "民國115年下半年"),
        ("2026", "民國115年"),
    ):
        shown = client.get(f"{API}/figures/{period}", headers=staff).json()
        assert (shown["title"], shown["until"]) == (title, "2026-11-26")
        assert shown["total"]["received"] == 1


@once
def test_a_number_opens_into_its_cases(
    client: TestClient, staff: Headers, new_case: NewCase
) -> None:
    numbers = [new_case().case_no for _ in range(3)]
    new_case(kind=Kind.MISCONDUCT_REPORT)
    path = f"{NOVEMBER}/cases"
    found = client.get(path, params={"column": "received"}, headers=staff).json()
    assert [one["case_no"] for one in found["cases"]] == numbers
    assert (found["hidden"], found["next"]) == (1, None)  # the report is counted, not shown
    circle = {"column": "open_end", "breakdown": "section", "heading": "*"}
    hidden = client.get(path, params=circle, headers=staff).json()
    assert (hidden["cases"], hidden["hidden"]) == ([], 1)
    late = client.get(path, params={"column": "closed_late"}, headers=staff).json()
    assert late == {"cases": [], "hidden": 0, "next": None}
    for bad in ("nothing", "", "office_names"):
        answer = client.get(path, params={"column": bad}, headers=staff)
        assert problem(answer) == (422, "incomplete")


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
    assert [total[name] for name in ("如期辦結率", "平均處理天數", "處理結果平均分數")] == ["–"] * 3
    assert total["辦結"] == "0"


@once
def test_a_name_is_no_formula(
    client: TestClient, office: Office, staff: Headers, new_case: NewCase
) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"]
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
    for month in (
        "2026-13",
        "2026-00",
        "2026-1",
        "202611",
        "1126-11",
        "november",
        "2026-B7",
        "2026-H0",
    ):
        for path in (f"{API}/figures/{month}", f"{API}/figures/{month}/csv"):
            assert problem(client.get(path, headers=staff)) == (422, "invalid-request")
