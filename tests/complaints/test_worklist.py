from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from complaints import handling, worklist
from complaints.clock.workdays import office_date
from complaints.states import Kind, Outcome, Status
from complaints.tables import Case
from complaints.worklist import BadCursor, Pile, Sight, Wanted
from data.outbox import Address
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

TODAY = office_date(NOON)
ALL = Sight()


def numbers(tx: Session, wanted: Wanted = Wanted(), sight: Sight = ALL) -> list[str]:  # noqa: B008
    found = worklist.page(tx, wanted, sight, today=TODAY, cursor=None, limit=100)
    return [case.case_no for case in found.cases]


def test_the_most_urgent_comes_first(tx: Session) -> None:
    slow = make_case(tx)
    quick = make_case(tx, kind=Kind.REGULATION_INQUIRY)
    old = make_case(tx, now=NOON - timedelta(days=20))
    assert numbers(tx) == [old.case_no, quick.case_no, slow.case_no]


def test_pages_follow_each_other_without_gap_or_double(tx: Session) -> None:
    made = {make_case(tx, now=NOON - timedelta(days=n % 3)).case_no for n in range(7)}
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        found = worklist.page(tx, Wanted(), ALL, today=TODAY, cursor=cursor, limit=2)
        seen += [case.case_no for case in found.cases]
        cursor = found.next_cursor
    assert cursor is None
    assert len(seen) == 7
    assert set(seen) == made


def test_piles(tx: Session) -> None:
    clerk = make_officer(tx)
    late = make_case(tx, now=NOON - timedelta(days=20))
    today = make_case(tx, now=NOON - timedelta(days=8))
    done = make_case(tx)
    answer_case(tx, done, clerk)
    handling.close(
        tx, done.case_no, outcome=Outcome.RESOLVED, reason="好", by=clerk, version=2, now=NOON
    )
    lost = make_case(tx)
    lost.unreached = True
    assert worklist.counts(tx, ALL, today=TODAY) == {
        Pile.OPEN: 3,
        Pile.OVERDUE: 1,
        Pile.DUE_TODAY: 1,
        Pile.UNREACHED: 1,
        Pile.WITH_SECRETARY: 0,
        Pile.TO_APPROVE: 0,
        Pile.PROMISED: 0,
        Pile.NEW: 3,
        Pile.ADDED: 0,
        Pile.PROMISE_DUE: 0,
        Pile.CLOSED: 1,
        Pile.ALL: 4,
    }
    assert numbers(tx, Wanted(Pile.OVERDUE)) == [late.case_no]
    assert numbers(tx, Wanted(Pile.DUE_TODAY)) == [today.case_no]
    assert numbers(tx, Wanted(Pile.UNREACHED)) == [lost.case_no]


def test_of_ended_cases_the_list_says_how_many_there_are_at_least(tx: Session) -> None:
    case = make_case(tx)
    known = {column.key: getattr(case, column.key) for column in Case.__table__.columns}
    ended = known | {"status": Status.CLOSED.value}
    more = (
        ended | {"id": case.id + 1 + n, "case_no": f"ended-{n}", "origin": f"ended-{n}"}
        for n in range(worklist.MOST_COUNTED)
    )
    tx.execute(insert(Case), [*more])
    found = worklist.counts(tx, ALL, today=TODAY)
    assert (found[Pile.OPEN], found[Pile.CLOSED]) == (1, worklist.MOST_COUNTED)
    assert worklist.at_least(found) == [Pile.CLOSED, Pile.ALL]
    assert worklist.count(tx, Wanted(Pile.ALL), ALL, today=TODAY) == worklist.MOST_COUNTED + 1
    tx.execute(delete(Case).where(Case.id == case.id + 1))
    assert worklist.at_least(worklist.counts(tx, ALL, today=TODAY)) == []


@pytest.mark.parametrize("pile", [Pile.OPEN, Pile.OVERDUE])
def test_open_cases_are_found_without_reading_ended_ones(tx: Session, pile: Pile) -> None:
    index, ask = "ix_cases_status_due_on", "explain query plan"
    if tx.get_bind().dialect.name == "postgresql":
        index, ask = "ix_cases_open", "explain"
        # so few rows are read one after the other, unless it is said that they are not to be
        tx.execute(text("set local enable_seqscan = off"))
    where = worklist.conditions(Wanted(pile), ALL, TODAY)
    asked = select(Case.id).where(*where).order_by(Case.due_on, Case.id).limit(51)
    sent = str(asked.compile(tx.get_bind(), compile_kwargs={"render_postcompile": True}))
    assert "IN ('assigned'" in sent  # written out: bound, it would hide from the planner
    shown = str(asked.compile(tx.get_bind(), compile_kwargs={"literal_binds": True}))
    assert index in " ".join(str(line) for line in tx.execute(text(f"{ask} {shown}")))


def test_what_a_citizen_said_stands_out_until_somebody_did_something(tx: Session) -> None:
    clerk, case = make_officer(tx), make_case(tx)
    handling.add_information(tx, case.case_no, "還在", now=NOON)
    assert numbers(tx, Wanted(Pile.ADDED)) == [case.case_no]
    handling.note(tx, case.case_no, "看過", by=clerk, version=None, now=NOON)
    assert numbers(tx, Wanted(Pile.ADDED)) == []
    handling.add_information(
        tx, case.case_no, "來電補充", by=clerk, source="phone", now=NOON
    )  # the officer who took it down knows it
    assert numbers(tx, Wanted(Pile.ADDED)) == []


def test_a_promise_is_due_from_its_day_on(tx: Session) -> None:
    head, case = make_officer(tx, "head", "director"), make_case(tx)
    day = office_date(NOON) + timedelta(days=2)
    promises = [handling.Pledge("將更換", day)]
    handling.reply(tx, case.case_no, "將更換。", promises=promises, by=head, version=1, now=NOON)
    due = [
        worklist.count(tx, Wanted(Pile.PROMISE_DUE), ALL, today=day + timedelta(days=n))
        for n in (-1, 0, 1)
    ]
    assert due == [0, 1, 1]


def test_a_replied_case_is_not_overdue(tx: Session) -> None:
    clerk = make_officer(tx)
    case = make_case(tx, now=NOON - timedelta(days=20))
    answer_case(tx, case, clerk)
    assert numbers(tx, Wanted(Pile.OVERDUE)) == []


def test_search_finds_chinese_substrings_and_takes_signs_as_they_are(tx: Session) -> None:
    lamp = make_case(tx, content="巷口路燈不亮。")
    make_case(tx, content="櫃檯等太久。")
    assert numbers(tx, Wanted(text="路燈")) == [lamp.case_no]
    assert numbers(tx, Wanted(text="%")) == []
    assert numbers(tx, Wanted(text=lamp.case_no)) == [lamp.case_no]


def test_what_is_confidential_is_not_found_by_words(tx: Session) -> None:
    case = make_case(tx, content="騎樓堆放雜物", confidential=True)
    words = Wanted(text="騎樓")
    outside = Sight(misconduct=False)
    assert numbers(tx, words) == [case.case_no]  # the closed circle
    assert numbers(tx, words, outside) == []
    assert numbers(tx, Wanted(), outside) == [case.case_no]  # it is work all the same
    case.handler_id = make_officer(tx).id
    tx.flush()
    theirs = Sight(officer_ids=frozenset({case.handler_id}), misconduct=False)
    assert numbers(tx, words, theirs) == [case.case_no]


def test_filters(tx: Session) -> None:
    make_section(tx, "civil", "民政課")
    mine = make_case(tx, section="民政課", kind=Kind.REFORM_SUGGESTION)
    make_case(tx)
    assert numbers(tx, Wanted(section="civil")) == [mine.case_no]
    assert numbers(tx, Wanted(kind=Kind.REFORM_SUGGESTION)) == [mine.case_no]
    assert numbers(tx, Wanted(handler="nobody")) == []


def test_sight_is_a_section_and_ones_own(tx: Session) -> None:
    clerk = make_officer(tx)
    assert clerk.section_id
    here = make_case(tx, section="民政課")
    elsewhere = make_case(tx)
    secret = make_case(tx, kind=Kind.MISCONDUCT_REPORT, section="民政課")
    sight = Sight(clerk.section_id, frozenset({clerk.id}), misconduct=False)
    assert numbers(tx, sight=sight) == [here.case_no]
    secret.handler = elsewhere.handler = clerk
    tx.flush()
    assert set(numbers(tx, sight=sight)) == {here.case_no, elsewhere.case_no, secret.case_no}
    for case in (here, elsewhere, secret):
        assert sight.allows(case)


@pytest.mark.parametrize("cursor", ["x", "MjAyNg==", "../..", "臺北"])
def test_a_foreign_cursor_is_refused(tx: Session, cursor: str) -> None:
    with pytest.raises(BadCursor):
        worklist.page(tx, Wanted(), ALL, today=TODAY, cursor=cursor, limit=2)


def test_another_citizen_changes_nothing(tx: Session) -> None:
    make_case(tx, citizen=Address("web", "abc"))
    assert len(numbers(tx)) == 1
