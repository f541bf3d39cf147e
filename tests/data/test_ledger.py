"""A row of a history that was changed, taken away or never sealed is found, and which one it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, event, func, insert, select, update
from sqlalchemy.orm import Session

from admin_api.audit import WATCHED
from admin_api.tables import AccountEvent, Deed, note
from complaints.privacy import retention
from complaints.states import EventKind
from complaints.tables import Case, Destruction, Event, Officer, record
from data import ledger
from data.database import transaction
from data.ledger import Fault, Finding, LedgerPage, Verified
from tests.makers import NOON, make_case, make_officer

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def sealed(tx: Session) -> Case:
    """A case with a history, and an account's deed, all sealed."""
    case, officer = make_case(tx), make_officer(tx)
    for n in range(5):
        record(tx, case, EventKind.NOTED, now=NOON, by=officer, text=f"註記 {n}")
    note(tx, officer.id, Deed.PASSWORD_CHANGED, by=None, now=NOON)
    seal_all(tx)
    return case


def seal_all(tx: Session) -> int:
    total = 0
    while rows := ledger.seal(tx, WATCHED, now=NOON):
        total += rows
    return total


def check(tx: Session, **more: object) -> Verified:
    return ledger.verify(tx, WATCHED, now=LATER, **more)  # type: ignore[arg-type]


def an_event(tx: Session) -> int:
    found = tx.scalar(select(Event.id).where(Event.kind == EventKind.NOTED).limit(1).offset(2))
    assert found
    return found


def test_what_stands_as_it_was_sealed_is_in_order(tx: Session, sealed: Case) -> None:
    done = check(tx)
    assert done.findings == []
    # The entries seeded with the office have their first revision on it, too.
    rows = sum(tx.scalar(select(func.count()).select_from(one.table)) or 0 for one in WATCHED)
    assert done.rows == rows >= 7
    assert seal_all(tx) == 0


ALTERATIONS: dict[str, Callable[[int], object]] = {
    "content": lambda number: update(Event).where(Event.id == number).values(data={"text": "改"}),
    "time": lambda number: update(Event).where(Event.id == number).values(at=LATER),
    "kind": lambda number: update(Event).where(Event.id == number).values(kind=EventKind.CONSULTED),
    "who": lambda number: update(Event).where(Event.id == number).values(officer_id=None),
    "emptied": lambda number: update(Event).where(Event.id == number).values(data={}),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_an_altered_row_is_named(tx: Session, sealed: Case, what: str) -> None:
    number = an_event(tx)
    tx.connection().execute(ALTERATIONS[what](number))  # type: ignore[call-overload]
    assert check(tx).findings == [Finding(Fault.ROW_ALTERED, "event", number)]


def test_a_removed_row_is_named(tx: Session, sealed: Case) -> None:
    number = an_event(tx)
    tx.connection().execute(delete(Event).where(Event.id == number))
    assert check(tx).findings == [Finding(Fault.ROW_REMOVED, "event", number)]


def test_a_deed_to_an_account_is_sealed_too(tx: Session, sealed: Case) -> None:
    number = tx.scalar(select(AccountEvent.id))
    assert number
    tx.connection().execute(update(AccountEvent).values(what=Deed.CLOSED))
    assert check(tx).findings == [Finding(Fault.ROW_ALTERED, "account_event", number)]


def test_whoever_makes_the_page_fit_the_row_is_found_by_its_mark(tx: Session, sealed: Case) -> None:
    number = an_event(tx)
    tx.connection().execute(delete(Event).where(Event.id == number))
    page = tx.scalars(select(LedgerPage).where(LedgerPage.of_table == "event")).one()
    page.rows = [row for row in page.rows if row[0] != number]
    tx.flush()
    found = check(tx).findings
    assert Finding(Fault.PAGE_ALTERED, "ledger_page", page.number) in found


def test_a_page_taken_out_is_named(tx: Session, sealed: Case) -> None:
    first = tx.scalar(select(func.min(LedgerPage.number)))
    assert first
    tx.connection().execute(delete(LedgerPage).where(LedgerPage.number == first))
    found = check(tx).findings
    assert Finding(Fault.PAGE_MISSING, "ledger_page", first) in found


def test_pages_taken_off_the_end_are_found_by_who_noted_the_mark(tx: Session, sealed: Case) -> None:
    last = ledger.newest(tx)
    assert last
    mark = last.mark
    assert check(tx, noted=mark).findings == []
    rows = [row[0] for row in last.rows]
    table = next(one.table for one in WATCHED if one.name == last.of_table)
    tx.connection().execute(delete(table).where(table.__table__.c.id.in_(rows)))
    tx.connection().execute(delete(LedgerPage).where(LedgerPage.number == last.number))
    assert check(tx).findings == []  # nothing in the database tells
    assert [one.fault for one in check(tx, noted=mark).findings] == [Fault.MARK_MISSING]


def test_a_row_that_was_never_sealed_is_named_after_a_while(tx: Session, sealed: Case) -> None:
    fresh = record(tx, sealed, EventKind.NOTED, now=LATER - timedelta(minutes=1), text="新")
    assert check(tx).findings == []
    old = record(tx, sealed, EventKind.NOTED, now=NOON, text="舊")
    assert check(tx).findings == [Finding(Fault.ROW_UNSEALED, "event", old.id)]
    assert seal_all(tx) == 2
    assert check(tx).findings == []
    assert fresh.id < old.id


def test_a_number_that_commits_late_is_sealed_all_the_same(tx: Session, sealed: Case) -> None:
    """On PostgreSQL a slow transaction may commit a lower number after a higher one was sealed."""
    top = tx.scalar(select(func.max(Event.id))) or 0
    late, early = top + 7, top + 3
    values = {"case_id": sealed.id, "kind": EventKind.NOTED, "at": NOON, "data": {}}
    tx.execute(insert(Event).values(id=late, **values))
    seal_all(tx)
    tx.execute(insert(Event).values(id=early, **values))
    assert seal_all(tx) == 1
    assert check(tx).findings == []


def test_many_rows_fill_many_pages(tx: Session, sealed: Case) -> None:
    values = {"case_id": sealed.id, "kind": EventKind.NOTED, "at": NOON, "data": {"text": "多"}}
    tx.execute(insert(Event), [values] * (2 * ledger.ROWS + 10))
    before = check(tx).pages
    assert seal_all(tx) == 2 * ledger.ROWS + 10
    done = check(tx)
    assert (done.pages, done.findings) == (before + 3, [])
    assert ledger.ROWS > check(tx, pages=1).rows > 0


def test_what_was_destroyed_after_its_years_is_lawful_and_anything_more_is_not(
    tx: Session, sealed: Case
) -> None:
    lister, head = make_officer(tx, "lister"), make_officer(tx, "head", role="director")
    empty_lawfully(tx, sealed, lister, head)
    done = check(tx)
    assert (done.findings, done.emptied >= 5) == ([], True)
    event_id = tx.scalars(select(Event.id).where(Event.kind == EventKind.RECEIVED)).one()
    told = tx.scalar(select(Event.data).where(Event.id == event_id)) or {}
    assert "due_on" in told  # the bare register stays, and stays sealed
    moved = {**told, "due_on": "2030-01-01"}
    tx.connection().execute(update(Event).where(Event.id == event_id).values(data=moved))
    assert check(tx).findings == [Finding(Fault.ROW_ALTERED, "event", event_id)]


def test_emptied_without_an_approved_list_is_found(tx: Session, sealed: Case) -> None:
    lister, head = make_officer(tx, "lister"), make_officer(tx, "head", role="director")
    empty_lawfully(tx, sealed, lister, head)
    tx.connection().execute(update(Destruction).values(approved_by=lister.username))
    assert {one.fault for one in check(tx).findings} == {Fault.ROW_ALTERED}


def empty_lawfully(tx: Session, case: Case, lister: Officer, head: Officer) -> None:
    case.status, case.closed_on = "closed", (NOON - timedelta(days=9000)).date()
    tx.flush()
    row = retention.draw_up(tx, by=lister, now=NOON)
    retention.approve(tx, row.id, by=head, now=NOON)
    retention.destroy(tx, row.id, now=NOON)
    seal_all(tx)


def test_another_key_finds_every_page_altered(tx: Session, sealed: Case) -> None:
    from data import sealing
    from data.sealing import Keyring

    kept = sealing.of(tx)
    sealing.equip(tx.get_bind().engine, Keyring.new())
    try:
        assert {one.fault for one in check(tx).findings} == {Fault.PAGE_ALTERED}
    finally:
        sealing.equip(tx.get_bind().engine, kept)


def test_the_statements_do_not_grow_with_the_rows(engine: Engine) -> None:
    def statements(rows: int) -> int:
        with transaction(engine) as tx:
            case = make_case(tx)
            values = {"case_id": case.id, "kind": EventKind.NOTED, "at": NOON, "data": {}}
            tx.execute(insert(Event), [values] * rows)
        count = 0

        def add(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(engine, "before_cursor_execute", add)
        try:
            with transaction(engine) as tx:
                ledger.seal(tx, WATCHED, now=NOON)
        finally:
            event.remove(engine, "before_cursor_execute", add)
        return count

    assert statements(2) >= statements(300)


def test_a_page_made_anew_with_the_key_does_not_fit_the_next(tx: Session, sealed: Case) -> None:
    """Whoever holds the key, too, would have to make every later page anew."""
    number = an_event(tx)
    tx.connection().execute(delete(Event).where(Event.id == number))
    page = tx.scalars(select(LedgerPage).where(LedgerPage.of_table == "event")).one()
    page.rows = [row for row in page.rows if row[0] != number]
    page.mark = ledger._mark(tx, page, "")
    tx.flush()
    assert Finding(Fault.PAGE_ALTERED, "ledger_page", page.number + 1) in check(tx).findings
