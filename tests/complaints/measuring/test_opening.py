"""Files of open data: what is in them, what never is, and when they may be made."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from complaints import handling
from complaints.errors import AlreadySet, NothingToDecide
from complaints.measuring import opening
from complaints.measuring.columns import CELLS, COLUMNS, Cell, Column, File
from complaints.measuring.facts import ALL, CLOSED_CIRCLE, KIND, OUTCOME, SECTION, TOPIC
from complaints.measuring.figures import of_period
from complaints.measuring.opening import NotYet, Why
from complaints.measuring.periods import Period
from complaints.measuring.suppressing import FEW, HIDDEN, LEAST, OPEN, blurred
from complaints.measuring.tables import Opened, Report
from complaints.states import Kind, Outcome
from complaints.tables import Case, Officer, Village
from data.database import transaction
from tests.admin_api.staff import counting
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

SEPTEMBER = Period.month(2026, 9)
THEN = datetime(2026, 9, 3, 2, 0, tzinfo=UTC)  # Thursday morning in Taipei
REPLIED = datetime(2026, 9, 8, 2, 0, tzinfo=UTC)


def make(tx: Session, file: File = File.CASES, period: Period = SEPTEMBER, **given: Any) -> Opened:
    usual: dict[str, Any] = {"reported": True, "now": NOON}
    return opening.make(tx, period, file, **(usual | given))


def rows(made: Opened) -> list[dict[str, Any]]:
    """The rows of a file by the names of its columns."""
    names = [column.name for column in COLUMNS[File(made.name)]]
    found = opening.content_of(made).rows
    return [dict(zip(names, row, strict=True)) for row in found]


def file_cases(tx: Session, number: int, **given: Any) -> list[Case]:
    """Cases of September that nothing tells apart."""
    return [make_case(tx, now=THEN, **({"place": "範例街 18 號"} | given)) for _ in range(number)]


def close(tx: Session, case: Case, by: Officer, outcome: Outcome = Outcome.RESOLVED) -> None:
    answer_case(tx, case, by, REPLIED)
    told: dict[str, Any] = {"outcome": outcome, "reason": "已處理", "version": case.version}
    handling.close(tx, case.case_no, **told, by=by, now=REPLIED)


# --- cases ----------------------------------------------------------------------------------
def test_cases_that_look_alike_are_told_and_nothing_else_of_them(tx: Session) -> None:
    clerk, cases = make_officer(tx), file_cases(tx, 6)
    for case in cases[:4]:
        close(tx, case, clerk)
    handling.withdraw(tx, cases[4].case_no, now=REPLIED)
    made = make(tx)
    assert (made.period, made.name, made.rows, made.withheld) == ("2026-09", "cases", 6, 0)
    found = Counter((row["outcome"], row["days_used"], row["on_time"]) for row in rows(made))
    assert found == {
        ("resolved", 3, "yes"): 4,
        ("withdrawn", None, "none"): 1,
        (OPEN, None, OPEN): 1,
    }
    (same,) = {(row["received_month"], row["kind"], row["channel"]) for row in rows(made)}
    assert same == ("2026-09", "rights_protection", "telegram")
    for case in cases:
        told = (case.case_no, case.lookup_code, case.subject, case.place, "王小明", clerk.name)
        assert not [one for one in told if one and one in made.content]
    days = re.findall(r"\d{4}-\d{2}-\d{2}", made.content)
    assert days == []


def test_a_late_answer_is_told_and_half_a_day_is_a_day(tx: Session) -> None:
    clerk, cases = make_officer(tx), file_cases(tx, 6)
    for case in cases[:3]:
        answer_case(tx, case, clerk, THEN)
        told: dict[str, Any] = {"outcome": Outcome.EXPLAINED, "reason": "好", "by": clerk}
        handling.close(tx, case.case_no, version=case.version, now=THEN, **told)
    for case in cases[3:]:
        answer_case(tx, case, clerk, NOON)
        told = {"outcome": Outcome.RESOLVED, "reason": "好", "by": clerk}
        handling.close(tx, case.case_no, version=case.version, now=NOON, **told)
    found = Counter((row["days_used"], row["on_time"]) for row in rows(make(tx)))
    assert found[1, "yes"] == 3
    assert {on_time for _, on_time in found} == {"yes", "no"}


def test_a_reopened_case_is_open_until_it_is_closed_again(tx: Session) -> None:
    clerk, cases = make_officer(tx), file_cases(tx, 6)
    for case in cases:
        close(tx, case, clerk)
    handling.reopen_dissatisfied(tx, cases[0].case_no, reason="沒改善", now=REPLIED)
    assert Counter(row["outcome"] for row in rows(make(tx))) == {OPEN: 1, "resolved": 5}


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_confidential_cases_are_in_the_total_alone(tx: Session, given: dict[str, Any]) -> None:
    make_officer(tx)
    file_cases(tx, 6)
    file_cases(tx, 7, **given)
    made = make(tx)
    assert made.rows == 6
    assert made.withheld == 0
    assert opening.content_of(made).total == blurred(13)


def test_what_is_rare_is_hidden_and_what_stays_rare_is_left_out(tx: Session) -> None:
    make_section(tx, "civil", "民政課")
    here = Village(code="v1", name="甲里")
    tx.add(here)
    for case in [*file_cases(tx, 5, section="民政課"), *file_cases(tx, 3, kind=Kind.PRAISE)]:
        case.village = here if case.kind != Kind.PRAISE else None
    tx.flush()
    made = make(tx)
    assert (made.rows, made.withheld) == (5, 3)
    assert {(row["village"], row["section"]) for row in rows(made)} == {("甲里", "民政課")}
    found = opening.preview(tx, SEPTEMBER)
    assert (len(found.rows), found.withheld) == (5, 3)


def test_other_months_are_not_in_it(tx: Session) -> None:
    file_cases(tx, 6)
    for month, hour in ((8, 15), (9, 15), (9, 16)):  # the last hour in Taipei begins at 15
        for _ in range(6):
            make_case(tx, now=datetime(2026, month, 31 if month == 8 else 30, hour, tzinfo=UTC))
    assert make(tx).rows == 12


def test_an_empty_month_makes_an_empty_file(tx: Session) -> None:
    made = make(tx)
    assert (made.rows, made.withheld) == (0, 0)
    assert opening.content_of(made).total == FEW


def test_a_channel_nobody_knows_is_not_named(tx: Session) -> None:
    file_cases(tx, 6, channel="local")
    assert {row["channel"] for row in rows(make(tx))} == {""}


# --- figures --------------------------------------------------------------------------------
def test_counts_are_rounded_and_every_heading_is_there(tx: Session) -> None:
    clerk, cases = make_officer(tx), file_cases(tx, 28, section="民政課")
    make_section(tx, "empty", "空課")
    for n, case in enumerate(cases[:27]):
        close(tx, case, clerk, Outcome.EXPLAINED if n < 4 else Outcome.RESOLVED)
    found = {(row["breakdown"], row["code"]): row for row in rows(make(tx, File.FIGURES))}
    told = found[ALL, ""]
    assert (told["name"], told["received"], told["ended"]) == ("全所", 30, 25)
    assert told["on_time_rate"] == 1.0
    civil = found[SECTION, "civil"]
    assert (civil["name"], civil["received"], civil["ended"]) == ("民政課", None, 25)
    assert (found[OUTCOME, "explained"]["ended"], found[OUTCOME, "resolved"]["ended"]) == (FEW, 25)
    assert found[SECTION, "empty"]["ended"] == FEW
    assert found[TOPIC, "id_card"]["received"] == FEW
    exact = of_period(tx, SEPTEMBER, today=date(2026, 11, 26)).total
    assert (exact.received, exact.closed) == (28, 27)


def test_what_could_tell_few_from_none_is_in_no_row(tx: Session) -> None:
    file_cases(tx, 6, confidential=True)
    file_cases(tx, 6, kind=Kind.MISCONDUCT_REPORT)
    found = rows(make(tx, File.FIGURES))
    shown = {(row["breakdown"], row["code"]) for row in found}
    for breakdown in (SECTION, TOPIC):
        assert not shown & {(breakdown, CLOSED_CIRCLE), (breakdown, "")}
    assert not shown & {(KIND, "misconduct_report"), (OUTCOME, "other")}
    counts = {row["received"] for row in found if row["breakdown"] != ALL}
    assert counts == {None, FEW}
    assert found[0]["received"] == 10


def test_files_of_a_year_and_of_its_months_are_never_both_out(tx: Session) -> None:
    year, later = Period.read("2026"), datetime(2027, 3, 1, tzinfo=UTC)
    make(tx, File.FIGURES)
    with pytest.raises(NotYet) as refused:
        make(tx, File.FIGURES, year, now=later)
    assert refused.value.why is Why.OVERLAPS
    half = make(tx, File.FIGURES, Period.read("2026-H1"), now=later)
    assert half.period == "2026-H1"
    with pytest.raises(NotYet):
        make(tx, File.FIGURES, Period.month(2026, 6), now=later)


# --- when -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("period", "file", "reported", "today", "why"),
    [
        ("2026-09", File.CASES, True, "2026-11-01", None),
        ("2026-09", File.CASES, True, "2026-10-31", Why.TOO_EARLY),
        ("2026-09", File.CASES, False, "2026-11-01", Why.NO_REPORT),
        ("2026-09", File.FIGURES, False, "2026-11-01", Why.NO_REPORT),
        ("2026-B5", File.CASES, True, "2027-11-01", Why.NOT_A_MONTH),
        ("2026-B5", File.FIGURES, True, "2026-11-30", Why.TOO_EARLY),
        ("2026-B5", File.FIGURES, True, "2026-12-01", None),
        ("2026", File.FIGURES, True, "2027-01-31", Why.TOO_EARLY),
        ("2026", File.FIGURES, True, "2027-02-01", None),
        ("2030-01", File.CASES, True, "2026-11-01", Why.TOO_EARLY),
    ],
)
def test_when_a_file_may_be_made(
    tx: Session, period: str, file: File, reported: bool, today: str, why: Why | None
) -> None:
    day = date.fromisoformat(today)
    found = opening.obstacle(tx, Period.read(period), file, reported=reported, today=day)
    assert found is why


def test_a_report_counts_when_it_is_published(tx: Session) -> None:
    assert not opening.is_reported(tx, SEPTEMBER)
    given: dict[str, Any] = {"files": {}, "changes": [], "asked_by": "x", "asked_at": NOON}
    report = Report(period="2026-09", state="done", **given)
    tx.add_all([report, Report(period="2026-10", state="done", published_at=NOON, **given)])
    tx.flush()
    assert not opening.is_reported(tx, SEPTEMBER)
    report.published_at = NOON
    tx.flush()
    assert opening.is_reported(tx, SEPTEMBER)


def test_a_file_is_made_once_and_never_again(tx: Session) -> None:
    cases = file_cases(tx, 6)
    before = make(tx).content
    tx.execute(update(Case).where(Case.id == cases[0].id).values(kind=Kind.PRAISE.value))
    with pytest.raises(AlreadySet):
        make(tx)
    tx.expire_all()
    assert opening.of(tx, "2026-09", "cases").content == before


def test_the_files_that_are_out_are_listed_newest_first(tx: Session) -> None:
    for month in (7, 9, 8):
        make(tx, period=Period.month(2026, month))
    make(tx, File.FIGURES)
    listed = [(one.period, one.name) for one in opening.listed(tx)]
    assert listed == [
        ("2026-09", "cases"),
        ("2026-09", "figures"),
        ("2026-08", "cases"),
        ("2026-07", "cases"),
    ]
    with pytest.raises(NothingToDecide):
        opening.of(tx, "2026-08", "figures")
    assert opening.find(tx, "2026-08", "figures") is None


# --- the dictionary -------------------------------------------------------------------------
def test_the_dictionary_fits_the_files_of_a_simulated_office(simulated: Engine) -> None:
    october, later = Period.month(2026, 10), datetime(2027, 1, 4, tzinfo=UTC)
    with transaction(simulated) as tx:
        made = make(tx, period=october, now=later)
        seen = Counter(tuple(row[name] for name in QUASI) for row in rows(made))
        assert seen and min(seen.values()) >= LEAST
        _check(made)
        _check(make(tx, File.FIGURES, october, now=later))


def test_every_column_is_explained_in_both_languages() -> None:
    for columns in COLUMNS.values():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        for column in columns:
            told = column.as_dict()
            assert told["zh"] and told["en"] and told["type"] in CELLS
            assert re.search("[一-鿿]", told["zh"]) and re.match("[a-z]", told["en"])
            assert bool(column.codes) == ("codes" in told)
            assert column.codes or column.cell is not Cell.CODE
            for zh, en in column.codes.values():
                assert zh and en


def test_a_spreadsheet_runs_nothing_of_a_file() -> None:
    columns = (Column("a", Cell.TEXT, ("甲", "a")), Column("b", Cell.LIST, ("乙", "b")))
    text = opening.as_csv(columns, [("=1+1", ["@x", "y"]), (None, 3), ("-", "里,\n")])
    assert text.startswith("\ufeff")
    found = list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))
    assert found == [["a", "b"], ["'=1+1", "'@x\ny"], ["", "3"], ["'-", "里,\n"]]


def test_more_cases_cost_no_more_statements(tx: Session, engine: Engine) -> None:
    sent = []
    for _ in range(2):
        file_cases(tx, 5)
        tx.expire_all()
        with counting(engine) as statements:
            opening.preview(tx, SEPTEMBER)
        sent.append(len(statements))
    assert sent == [2, 2]


QUASI = ("kind", "topic", "village", "channel", "section")
FITS: dict[Cell, Callable[[Any], bool]] = {
    Cell.MONTH: lambda value: bool(re.fullmatch(r"\d{4}-\d{2}", value)),
    Cell.TEXT: lambda value: isinstance(value, str),
    Cell.NUMBER: lambda value: value is None or isinstance(value, int | float),
    Cell.COUNT: lambda value: value in (None, FEW) or value % 5 == 0,
}


def _check(made: Opened) -> None:
    """Every cell is what the dictionary says of its column."""
    for row in rows(made):
        for column in COLUMNS[File(made.name)]:
            value = row[column.name]
            coded = column.cell is Cell.CODE
            fits = value in column.codes if coded else FITS[column.cell](value)
            assert fits, (column.name, value)
            assert value != HIDDEN or column.name in (*QUASI, "outcome", "on_time")
