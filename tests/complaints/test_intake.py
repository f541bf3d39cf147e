from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from complaints import intake
from complaints.errors import CalendarMissing, IncompletePetition, RuleMissing, UnknownSection
from complaints.intake import CODE_LENGTH, CODE_LETTERS, SentFile
from complaints.states import Kind, Status
from complaints.tables import Case, Event, Rule, Section
from data import outbox
from tests.makers import NOON, PREFIX, make_case, make_petition, make_section


def test_a_case_gets_number_code_section_and_due_date(tx: Session) -> None:
    case = make_case(tx)
    assert case.case_no == "WH-1151126-0001"
    assert len(case.lookup_code) == CODE_LENGTH
    assert set(case.lookup_code) <= set(CODE_LETTERS)
    assert case.section.name == "研考（收案窗口）"
    assert (case.received_on, case.due_on) == (date(2026, 11, 26), date(2026, 12, 4))
    assert case.status == Status.RECEIVED
    assert case.points == ["騎樓堆放雜物", "輪椅過不去", "上個月打過電話沒有下文"]


def test_numbers_run_by_the_day(tx: Session) -> None:
    numbers = [make_case(tx).case_no for _ in range(2)]
    numbers.append(make_case(tx, now=NOON + timedelta(days=1)).case_no)
    assert numbers == ["WH-1151126-0001", "WH-1151126-0002", "WH-1151127-0001"]


def test_the_acknowledgement_is_queued_with_the_case(tx: Session) -> None:
    case = make_case(tx)
    (row,) = outbox.claim(tx, ["telegram"], now=NOON)
    for said in (
        case.case_no,
        case.lookup_code,
        "115/12/04（五）",
        "6 個工作天",
        case.section.name,
    ):
        assert said in row.message.text
    event = tx.scalars(select(Event)).one()
    assert row.about == f"event:{event.id}"
    assert event.data["due_on"] == "2026-12-04"


def test_an_english_speaker_is_answered_in_english(tx: Session) -> None:
    make_case(tx, language="en")
    (row,) = outbox.claim(tx, ["telegram"], now=NOON)
    assert "Fri 4 Dec 2026" in row.message.text
    assert "6 working days" in row.message.text


def test_the_same_draft_is_filed_once(tx: Session) -> None:
    petition = make_petition()
    first = intake.file(tx, petition, prefix=PREFIX, now=NOON)
    second = intake.file(tx, petition, prefix=PREFIX, now=NOON)
    assert (first.again, second.again) == (False, True)
    assert first.case.id == second.case.id
    assert tx.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        (Kind.RIGHTS_PROTECTION, "2026-12-04"),
        (Kind.REFORM_SUGGESTION, "2026-12-04"),
        (Kind.REGULATION_INQUIRY, "2026-12-01"),
        (Kind.MISCONDUCT_REPORT, "2026-12-28"),  # 30 days: Saturday 26 Dec moves to Monday
    ],
)
def test_each_kind_has_its_limit(tx: Session, kind: Kind, due: str) -> None:
    assert make_case(tx, kind=kind).due_on == date.fromisoformat(due)


def test_a_question_goes_to_the_section_of_its_topic(tx: Session) -> None:
    make_section(tx, "civil", "民政課")
    assert make_case(tx, section="民政課").section.code == "civil"
    assert make_case(tx, section="沒有這一課").section.intake


def test_files_wait_to_be_fetched_or_are_ours(tx: Session) -> None:
    files = (SentFile("telegram", "AgAC"), SentFile("web", f"stored:{'a' * 64}"))
    states = [(one.state, one.digest) for one in make_case(tx, files=files).attachments]
    assert states == [("pending", None), ("stored", "a" * 64)]


@pytest.mark.parametrize("content", ["", "  \n "])
def test_an_empty_petition_is_refused(tx: Session, content: str) -> None:
    with pytest.raises(IncompletePetition):
        make_case(tx, content=content)


def test_no_date_is_promised_without_a_calendar(tx: Session) -> None:
    with pytest.raises(CalendarMissing):
        make_case(tx, now=NOON + timedelta(days=400))


def test_no_rule_no_case(tx: Session) -> None:
    tx.execute(delete(Rule))
    with pytest.raises(RuleMissing):
        make_case(tx)


def test_a_closed_intake_section_is_said(tx: Session) -> None:
    tx.scalars(select(Section)).one().active = False
    with pytest.raises(UnknownSection):
        make_case(tx)
