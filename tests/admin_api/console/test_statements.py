"""How many statements a page sends does not depend on how much lies in the office."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Integer, String, Table, Text, UniqueConstraint, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from admin_api.console import shell
from admin_api.console.sessions import COOKIE
from app.office import Office
from data.database import Base, transaction
from tests.admin_api.console.page import Page
from tests.admin_api.staff import Headers, LogIn, counting, once
from tests.browser.full_office import fill
from tests.makers import make_officer

COPIES = 2
# What there is one of, or what a page's own request writes.
ALONE = frozenset(
    {
        *("alembic_version", "counter", "practice", "api_token", "request_key", "case_presence"),
        *("calendar_day", "calendar_year", "time_limit", "pace", "log_in_pace", "recovery_code"),
    }
)
NOT_PAGES = re.compile(r"/static/|/attachments/|/files/|\.csv$|/logout|/language|/presence")
ROW = re.compile(r"(?<=/)(?:\d[\w-]*|[A-Z]{1,6}-\d{7}-\d{4}|[a-z]+(?:-[a-z0-9]+)+)(?=/|$)")
CASE = re.compile(r"/staff/cases/[A-Z]+-\d{7}-\d{4}")  # each has gone another way
MEANT = {"month", "period", "kind", "name_of_day", "channel"}  # texts that are no mere names
MOST = 70  # statements of any page


@once
def test_no_page_asks_more_where_there_is_more(
    client: TestClient, office: Office, log_in: LogIn
) -> None:
    staff = look_into(client, office, log_in)
    few = dict(counted(client, office, staff))
    assert len(few) >= 45
    with transaction(office.engine) as tx:
        rows = multiply(tx)
    assert rows > 300
    many = {path: count(client, office, path, staff[path]) for path in few}
    grown = {path: (few[path], many[path]) for path in few if many[path] > few[path]}
    assert grown == {}
    assert {path: n for path, n in many.items() if n > MOST} == {}


def look_into(client: TestClient, office: Office, log_in: LogIn) -> dict[str, Headers]:
    """Every page once for each kind of address, and as whom it was seen."""
    with transaction(office.engine) as tx:
        for name, role in (("director", "director"), ("controller", "case_controller")):
            make_officer(tx, name, role)
        fill(tx)
    found: dict[str, Headers] = {}
    kinds: set[str] = set()
    for who in ("controller", "head", "admin", "clerk"):
        headers = log_in(who)
        waiting = [place.path for place in shell.MENU]
        while waiting:
            path = urlsplit(waiting.pop(0)).path
            kind = path if CASE.fullmatch(path) else ROW.sub("*", path)
            if kind in kinds or not path.startswith("/staff") or NOT_PAGES.search(path):
                continue
            answer = see(client, path, headers)
            if answer is None:
                continue
            kinds.add(kind)
            found[path] = headers
            waiting += [link["href"] for link in answer.all("a") if "href" in link]
    return found


def counted(
    client: TestClient, office: Office, staff: Mapping[str, Headers]
) -> Iterator[tuple[str, int]]:
    for path, headers in staff.items():
        yield path, count(client, office, path, headers)


def count(client: TestClient, office: Office, path: str, headers: Headers) -> int:
    with counting(office.engine) as sent:
        assert see(client, path, headers) is not None, path
    return len(sent)


def see(client: TestClient, path: str, headers: Headers) -> Page | None:
    """The page, where this officer may see it."""
    client.cookies.set(COOKIE, headers["Authorization"].removeprefix("Bearer "))
    answer = client.get(path, follow_redirects=False)
    is_page = answer.status_code == 200 and "html" in answer.headers.get("content-type", "")
    return Page.of(answer) if is_page else None


def multiply(tx: Session) -> int:
    """Put copies of all rows beside them, as far as they may be there twice; how many.

    A copy of what belongs to a row belongs to that row's copy; of what lies in a case one copy
    more lies in the same case.
    """
    made: dict[tuple[str, int, int], int] = {}
    for table in Base.metadata.sorted_tables:
        key = [*table.primary_key]
        if table.name in ALONE or len(key) != 1 or not isinstance(key[0].type, Integer):
            continue
        copies = range(COPIES + _lies_in_a_case(table))
        last = tx.scalar(select(func.max(key[0]))) or 0
        for row in tx.execute(select(table)).mappings().all():
            for copy in copies:
                last += 1
                fresh = {**row, key[0].name: last} | _told_apart(table, row, f"{copy}{last}")
                for column in table.columns:
                    for other in column.foreign_keys:
                        place = (other.column.table.name, row[column.name], copy)
                        fresh[column.name] = made.get(place, fresh[column.name])
                try:
                    with tx.begin_nested():
                        tx.execute(insert(table).values(**fresh))
                    made[table.name, row[key[0].name], copy] = last
                except IntegrityError:
                    pass  # there may be one only
    return len(made)


def _lies_in_a_case(table: Table) -> bool:
    to = {one.column.table.name for column in table.columns for one in column.foreign_keys}
    return "cases" in to and table.name not in {"cases", "event"}


def _told_apart(table: Table, row: Mapping[Any, Any], mark: str) -> dict[str, Any]:
    """Other words in what must be unique; what was sealed for its row alone is left out."""
    unique = {column.name for column in table.columns if column.unique}
    for one in table.constraints:
        if isinstance(one, UniqueConstraint):
            unique |= {column.name for column in one.columns}
    found: dict[str, Any] = {"petitioner": None} if "petitioner" in table.columns else {}
    for name in unique - MEANT:
        column = table.columns[name]
        if isinstance(column.type, (String, Text)) and row[name] and not column.foreign_keys:
            found[name] = f"{str(row[name])[: 20 - len(mark)]}{mark}"
    return found
