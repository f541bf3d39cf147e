"""The evidence of a year over the wire: who gets it, in which form, and of which periods."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.office import Office
from app.rounds import bring_up
from complaints import handling
from complaints.tables import Task
from complaints.tasks import TaskKind
from data.database import transaction
from faq.keeping.tables import Entry
from tests.admin_api.reporting.test_ods import read
from tests.admin_api.reporting.told import Value
from tests.admin_api.staff import API, Clock, Headers, LogIn, NewCase, counting, once, problem
from tests.makers import NOON, answer_case, make_case, make_officer

YEAR = f"{API}/figures/2026/evidence"
DAY = timedelta(days=1)


@once
@pytest.mark.parametrize(("written", "begins"), [("ods", b"PK"), ("xlsx", b"PK")])
def test_it_is_a_file_of_the_period(
    client: TestClient, staff: Headers, new_case: NewCase, written: str, begins: bytes
) -> None:
    new_case()
    answer = client.get(f"{YEAR}?format={written}", headers=staff)
    assert (answer.status_code, answer.content[:2]) == (200, begins)
    assert f'"civicline-2026-evidence.{written}"' in answer.headers["content-disposition"]


@once
def test_who_reads_figures_gets_it(client: TestClient, log_in: LogIn) -> None:
    assert problem(client.get(YEAR)) == (401, "not-logged-in")
    clerk = log_in("plain", role="clerk")
    assert client.get(YEAR, headers=clerk).status_code == 200


@once
@pytest.mark.parametrize(
    ("period", "written", "name"),
    [
        ("2026-11", "ods", "invalid-request"),
        ("2026-B6", "ods", "invalid-request"),
        ("2026-H3", "ods", "invalid-request"),
        ("2026", "pdf", "invalid-request"),
        ("2027", "ods", "future-month"),
        ("2027-H1", "xlsx", "future-month"),
    ],
)
def test_of_another_period_or_form_there_is_none(
    client: TestClient, staff: Headers, period: str, written: str, name: str
) -> None:
    path = f"{API}/figures/{period}/evidence?format={written}"
    assert problem(client.get(path, headers=staff)) == (422, name)


def test_second_looks_count_when_they_were_asked_for(
    client: TestClient, office: Office, staff: Headers
) -> None:
    """Of five one was done in time, one late, one after the half year, one in another half."""

    def looks() -> list[Value]:
        book = read(client.get(f"{API}/figures/2026-H2/evidence", headers=staff).content)
        items = {row[0]: row[1:] for row in book["項目總表"] if row}
        return [items[f"低分{name}"][0] for name in ("複查件數", "已複查", "如期複查", "複查率")]

    assert looks() == [0, 0, 0, "–"]
    with transaction(office.engine) as tx:
        head = make_officer(tx, "head", "director")
        for _ in range(5):
            case = make_case(tx)
            answer_case(tx, case, head)
            handling.rate(tx, case.case_no, 1, now=NOON)
        wanted = select(Task.id).where(Task.kind == TaskKind.SECOND_REVIEW).order_by(Task.id)
        one, two, three, four, _ = tx.scalars(wanted).all()
        for number, done in ((one, 5), (two, 6), (three, 60)):  # due on Tuesday, in five days
            row = update(Task).where(Task.id == number)
            tx.execute(row.values(done_at=NOON + done * DAY))
        tx.execute(update(Task).where(Task.id == four).values(made_at=NOON - 200 * DAY))
    assert looks() == [4, 2, 1, 0.5]


def test_an_entry_whose_review_is_yet_to_come_this_year_is_not_overdue(
    client: TestClient, office: Office, staff: Headers
) -> None:
    with transaction(office.engine) as tx:
        late, next_month = tx.scalars(select(Entry.id).limit(2)).all()
        for entry, days in ((late, -1), (next_month, 20)):
            row = update(Entry).where(Entry.id == entry)
            tx.execute(row.values(review_on=NOON.date() + timedelta(days=days)))
    book = read(client.get(YEAR, headers=staff).content)
    items = {row[0]: row[1:] for row in book["項目總表"] if row}
    assert items["逾期未複查題數"][0] == 1


@once
def test_the_statements_do_not_grow_with_the_cases(
    client: TestClient, office: Office, staff: Headers, clock: Clock
) -> None:
    def statements(cases: int) -> int:
        with transaction(office.engine) as tx:
            for _ in range(cases):
                make_case(tx, now=NOON - 20 * DAY)
        bring_up(office.engine)
        with counting(office.engine) as sent:
            assert client.get(YEAR, headers=staff).status_code == 200
        return len(sent)

    statements(1)
    assert statements(1) >= statements(9)
