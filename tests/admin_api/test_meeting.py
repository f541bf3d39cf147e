"""The report of a period: gathered, made into files, published, corrected."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from admin_api import amending, meeting
from admin_api.errors import FutureMonth
from admin_api.schemas.meetings import Meeting
from app.office import Office
from app.rounds import bring_up
from complaints import handling
from complaints.measuring import reports
from complaints.measuring.periods import Period
from complaints.states import Outcome
from complaints.tables import Case, Officer, Section
from data.database import reading, transaction
from faq.keeping.tables import Entry
from tests.admin_api.staff import API, Clock, Headers, LogIn, counting, once, problem
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

NOVEMBER = Period.month(2026, 11)
DAY = timedelta(days=1)
REPORTS = f"{API}/reports"
Gather = Callable[..., Meeting]


@pytest.fixture
def gather(office: Office, clock: Clock) -> Gather:
    def gathered(period: Period = NOVEMBER) -> Meeting:
        with reading(office.engine) as tx:
            words = office.shelf.current(tx).words
            return meeting.gather(tx, meeting.Asked("公所", period, words, clock()))

    return gathered


@pytest.fixture
def december(clock: Clock) -> None:
    """November is over."""
    clock.forward(days=10)


@pytest.fixture
def director(office: Office, log_in: LogIn) -> Headers:
    return log_in("head", role="director")


@pytest.fixture
def late(office: Office) -> str:
    """A case of November that was answered a day late, with its cause and measure."""
    with transaction(office.engine) as tx:
        head = make_officer(tx, "answers", "director")
        case = make_case(tx, now=NOON - 20 * DAY)  # Friday the 6th; due on the 16th
        answer_case(tx, case, head, NOON - 9 * DAY)  # Tuesday the 17th
        handling.close(
            tx,
            case.case_no,
            outcome=Outcome.RESOLVED,
            reason="已處理",
            by=head,
            cause="等候會勘",
            measure="每週排定會勘",
            version=case.version,
            now=NOON - 8 * DAY,
        )
        return case.case_no


def test_a_late_case_is_told_with_its_cause_and_measure(gather: Gather, late: str) -> None:
    (told,) = gather().late
    assert (told.case_no, told.days_late) == (late, 1)
    assert (told.cause, told.measure) == ("等候會勘", "每週排定會勘")


def test_a_case_open_past_its_date_is_late_too(
    gather: Gather, office: Office, clock: Clock
) -> None:
    with transaction(office.engine) as tx:
        made = make_case(tx, now=NOON - 20 * DAY)
        number, due = made.case_no, made.due_on
    (told,) = gather().late
    assert (told.case_no, told.due_on, told.done_on) == (number, due, None)
    assert told.days_late == 8  # working days from the 17th to the 26th
    assert gather().totals.now["open_overdue"] == 1


def test_the_closed_circle_tells_neither_section_nor_cause(
    gather: Gather, office: Office, late: str
) -> None:
    with transaction(office.engine) as tx:
        make_case(tx, now=NOON - 20 * DAY, confidential=True)
    names = {one.case_no: (one.section, one.cause) for one in gather().late}
    assert names.pop(late) == ("研考（收案窗口）", "等候會勘")
    assert list(names.values()) == [("密件", "")]


def test_what_a_reader_must_know_is_said(gather: Gather, office: Office, clock: Clock) -> None:
    assert [text for text in gather().warnings if "還沒過完" in text]
    assert [text for text in gather(Period.month(2026, 10)).warnings if "第一件案件之前" in text]
    with transaction(office.engine) as tx:
        case = make_case(tx)
        tx.execute(
            update(Case).where(Case.id == case.id).values(received_on=NOON.date() - 90 * DAY)
        )
    clock.forward(days=10)
    assert gather().warnings == []
    with pytest.raises(FutureMonth):
        gather(Period.month(2027, 1))


def test_cases_without_a_history_are_told(gather: Gather, office: Office) -> None:
    """Half imported: the register has the case, its history was not brought in yet."""
    with transaction(office.engine) as tx:
        case = make_case(tx)
        names = [column.name for column in case.__table__.columns if column.name != "id"]
        values = {name: getattr(case, name) for name in names}
        tx.add(Case(**values | {"case_no": "WH-X", "origin": "half"}))
    found = gather()
    assert [text for text in found.warnings if "1 件案件沒有受理的歷程" in text]
    assert found.totals.now["received"] == 1


def test_who_was_asked_and_who_did_not_answer_is_told(gather: Gather, office: Office) -> None:
    """Ten were asked of one section, of whom four answered; nine of another, who all did."""
    with transaction(office.engine) as tx:
        head = make_officer(tx, "answers", "director")
        for code, name, asked, rated in (("many", "甲課", 10, 4), ("few", "乙課", 9, 9)):
            make_section(tx, code, name)
            for n in range(asked):
                case_no = close_case(tx, head, section=name)
                if n < rated:
                    handling.rate(tx, case_no, 5, now=NOON)
    who = {(one.breakdown, one.code): one for one in gather().satisfaction.who}
    assert {code for breakdown, code in who if breakdown == "section"} == {"many", "few"}
    many, few = who["section", "many"], who["section", "few"]
    assert (many.name, many.shown, many.rate) == ("甲課", True, 0.4)
    assert (many.asked, many.answered) == (10, 4)
    assert (few.asked, few.answered, few.shown, few.rate) == (9, 9, False, None)
    for all_together in (who["kind", "rights_protection"], who["channel", "telegram"]):
        assert (all_together.asked, all_together.answered) == (19, 13)
    assert gather(Period.month(2026, 10)).satisfaction.who == []


def test_a_report_published_before_this_was_told_is_still_read(gather: Gather) -> None:
    content = gather().model_dump(mode="json")
    del content["satisfaction"]["who"]
    assert Meeting.model_validate(content).satisfaction.who == []


def test_an_entry_to_be_reviewed_later_this_month_is_not_overdue(
    gather: Gather, office: Office
) -> None:
    with transaction(office.engine) as tx:
        first = select(Entry.id).limit(1).scalar_subquery()
        tomorrow = (NOON + DAY).date()
        tx.execute(update(Entry).where(Entry.id == first).values(review_on=tomorrow))
    assert gather().questions.now["overdue_for_review"] == 0


def close_case(tx: Session, head: Officer, **given: str) -> str:
    """A case answered and closed in November; its citizen is asked for a grade."""
    case = make_case(tx, now=NOON - 2 * DAY, **given)
    answer_case(tx, case, head, NOON - DAY)
    handling.close(
        tx,
        case.case_no,
        outcome=Outcome.RESOLVED,
        reason="已處理",
        by=head,
        version=case.version,
        now=NOON,
    )
    return case.case_no


def test_a_section_renamed_keeps_its_line_and_one_closed_stays(
    gather: Gather, office: Office
) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "civil", "民政課")
        make_case(tx, section="民政課")
    before = gather().sections
    with transaction(office.engine) as tx:
        civil = Section.code == "civil"
        tx.execute(update(Section).where(civil).values(name="民政及人文課", active=False))
    after = gather().sections
    assert [one.code for one in before] == [one.code for one in after]
    assert [one.name for one in after] == ["民政及人文課"]
    assert [one.figures for one in before] == [one.figures for one in after]


@once
def test_the_statements_do_not_grow_with_the_cases(gather: Gather, office: Office) -> None:
    def statements(cases: int) -> int:
        with transaction(office.engine) as tx:
            for _ in range(cases):
                make_case(tx, now=NOON - 20 * DAY)
        bring_up(office.engine)
        with counting(office.engine) as sent:
            gather()
        return len(sent)

    gather()
    assert statements(1) >= statements(12)


# --- the reports ----------------------------------------------------------------------------
def make_report(
    client: TestClient, office: Office, director: Headers, period: str, reason: str = ""
) -> dict[str, object]:
    asked = client.post(REPORTS, json={"period": period, "reason": reason}, headers=director)
    assert asked.status_code == 202, asked.text
    number = asked.json()["id"]
    assert office.reporter.once() == number
    return dict(client.get(f"{REPORTS}/{number}", headers=director).json())


@pytest.mark.usefixtures("december")
def test_a_report_is_made_published_and_never_changes(
    client: TestClient, office: Office, director: Headers, clock: Clock, late: str
) -> None:
    made = make_report(client, office, director, "2026-11")
    assert (made["state"], made["done"]) == ("done", 100)
    files = list(made["files"])  # type: ignore[call-overload]
    assert {name.rpartition(".")[2] for name in files} == {"pdf", "ods", "xlsx", "json", "csv"}
    number = made["id"]
    first = {
        name: client.get(f"{REPORTS}/{number}/files/{name}", headers=director) for name in files
    }
    assert all(answer.status_code == 200 for answer in first.values())
    assert first["civicline-2026-11.pdf"].content.startswith(b"%PDF-")
    published = client.post(f"{REPORTS}/{number}/publish", headers=director)
    assert (published.status_code, published.json()["published_by"]) == (200, "head")
    again = client.post(f"{REPORTS}/{number}/publish", headers=director)
    assert problem(again)[0] == 409
    for name, answer in first.items():
        same = client.get(f"{REPORTS}/{number}/files/{name}", headers=director)
        assert same.content == answer.content
    told = client.get(f"{REPORTS}/{number}/content", headers=director).json()
    assert told["late"][0]["case_no"] == late


@pytest.mark.usefixtures("december")
def test_a_correction_says_what_it_changes_and_why(
    client: TestClient, office: Office, director: Headers, clock: Clock, late: str
) -> None:
    first = make_report(client, office, director, "2026-11")
    client.post(f"{REPORTS}/{first['id']}/publish", headers=director)
    refused = client.post(REPORTS, json={"period": "2026-11"}, headers=director)
    assert problem(refused) == (422, "incomplete")
    with transaction(office.engine) as tx:
        make_section(tx, "civil", "民政課")
        make_case(tx, section="民政課", now=NOON)  # entered late: paper that was mislaid
    second = make_report(client, office, director, "2026-11", reason="補登一件紙本陳情")
    assert (second["issue"], second["reason"]) == (1, "補登一件紙本陳情")
    changes = {(one["where"], one["name"]): (one["was"], one["now"]) for one in second["changes"]}  # type: ignore[attr-defined]
    assert changes["全所", "本期受理"] == (1, 2)
    assert changes["民政課", "本期受理"] == (None, 1)
    assert "civicline-2026-11-correction-1.pdf" in second["files"]  # type: ignore[operator]
    with reading(office.engine) as tx:
        kept = reports.report_of(tx, int(str(first["id"])))
        assert kept.content is not None
        assert kept.content["totals"]["now"]["received"] == 1
    assert client.post(f"{REPORTS}/{second['id']}/publish", headers=director).status_code == 200
    with reading(office.engine) as tx:
        newest = reports.published(tx, "2026-11")
        assert newest is not None
        assert newest.issue == 1


def test_a_period_that_is_not_over_is_made_but_not_published(
    client: TestClient, office: Office, director: Headers, clock: Clock, log_in: LogIn
) -> None:
    made = make_report(client, office, director, "2026-11")
    assert made["state"] == "done"
    refused = client.post(f"{REPORTS}/{made['id']}/publish", headers=director)
    assert problem(refused) == (409, "too-late")
    clock.forward(days=10)  # over by now, but the report tells of a month that was not
    director = log_in("head")
    refused = client.post(f"{REPORTS}/{made['id']}/publish", headers=director)
    assert problem(refused) == (409, "too-late")
    assert problem(client.post(REPORTS, json={"period": "2027-01"}, headers=director)) == (
        422,
        "future-month",
    )


@pytest.mark.usefixtures("december")
def test_of_two_made_at_once_one_is_published(
    client: TestClient, office: Office, director: Headers, clock: Clock
) -> None:
    first = make_report(client, office, director, "2026-11")
    second = make_report(client, office, director, "2026-11")
    assert client.post(f"{REPORTS}/{first['id']}/publish", headers=director).status_code == 200
    refused = client.post(f"{REPORTS}/{second['id']}/publish", headers=director)
    assert problem(refused) == (409, "already-set")


def test_asked_twice_it_is_made_once(client: TestClient, office: Office, director: Headers) -> None:
    asked = [
        client.post(REPORTS, json={"period": "2026-10"}, headers=director).json()["id"]
        for _ in range(2)
    ]
    assert len(set(asked)) == 1


def test_a_file_that_was_altered_is_not_given(
    client: TestClient, office: Office, director: Headers
) -> None:
    made = make_report(client, office, director, "2026-10")
    name = "civicline-2026-10.json"
    path = office.settings.files / "reports" / str(made["id"]) / name
    path.write_text(path.read_text().replace('"received": 0', '"received": 9'))
    answer = client.get(f"{REPORTS}/{made['id']}/files/{name}", headers=director)
    assert problem(answer) == (409, "file-altered")
    path.unlink()
    answer = client.get(f"{REPORTS}/{made['id']}/files/{name}", headers=director)
    assert problem(answer) == (409, "file-altered")
    answer = client.get(f"{REPORTS}/{made['id']}/files/passwd", headers=director)
    assert problem(answer)[0] == 404


def test_whoever_dies_while_making_it_leaves_it_to_the_next(
    client: TestClient, office: Office, director: Headers, clock: Clock
) -> None:
    number = client.post(REPORTS, json={"period": "2026-10"}, headers=director).json()["id"]
    with transaction(office.engine) as tx:
        assert reports.claim(tx, now=clock()) is not None
    assert office.reporter.once() == 0  # it is held
    clock.forward(minutes=6)
    assert office.reporter.once() == number
    assert client.get(f"{REPORTS}/{number}", headers=director).json()["state"] == "done"


def test_after_three_attempts_it_has_failed(
    client: TestClient, office: Office, director: Headers, clock: Clock
) -> None:
    number = client.post(REPORTS, json={"period": "2026-10"}, headers=director).json()["id"]
    for _ in range(4):
        with transaction(office.engine) as tx:
            reports.claim(tx, now=clock())
        clock.forward(minutes=6)
    told = client.get(f"{REPORTS}/{number}", headers=director).json()
    assert told["state"] == "failed"
    assert told["step"]


@once
def test_a_clerk_reads_reports_and_publishes_none(
    client: TestClient, office: Office, director: Headers, staff: Headers, log_in: LogIn
) -> None:
    clerk = log_in("plain", role="clerk")
    made = make_report(client, office, director, "2026-10")
    assert client.get(f"{REPORTS}/{made['id']}", headers=clerk).status_code == 200
    for path, body in ((REPORTS, {"period": "2026-09"}), (f"{REPORTS}/{made['id']}/publish", None)):
        assert problem(client.post(path, json=body, headers=clerk))[0] == 403


def test_the_differences_are_found_by_code_not_by_name(gather: Gather, office: Office) -> None:
    with transaction(office.engine) as tx:
        make_section(tx, "civil", "民政課")
        make_case(tx, section="民政課")
    before = gather()
    with transaction(office.engine) as tx:
        tx.execute(update(Section).where(Section.code == "civil").values(name="民政及人文課"))
    assert amending.differences(before, gather()) == []
    with transaction(office.engine) as tx:
        make_case(tx, section="民政及人文課")
    found = {(one.where, one.name) for one in amending.differences(before, gather())}
    assert ("民政及人文課", "本期受理") in found
    assert ("全所", "期末未結") in found
    assert ("全所", "如期辦結率") not in found
