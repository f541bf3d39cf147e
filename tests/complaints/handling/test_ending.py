"""How a case ends under 行政程序法 §171-173, and how it begins again."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import handling, practice
from complaints.errors import (
    IncompletePetition,
    LeaksIdentity,
    NotAllowed,
    NotARepeat,
    TooLate,
    UnknownCase,
)
from complaints.handling import Pledge
from complaints.intake import SentFile
from complaints.states import BY_OWN_VERB, EventKind, Ground, Kind, Outcome, Status
from complaints.tables import Case, Event, Officer
from data import outbox
from data.outbox import Address, Outbox
from tests.makers import MING, NOON, answer_case, make_case, make_officer, said_in

DAY = timedelta(days=1)
TODAY, DUE = date(2026, 11, 26), date(2026, 12, 4)
HUA = Address("telegram", "2002")
COUNTER = Address("counter", "A-17")
SUGGESTED = {Outcome.ADOPTED, Outcome.PARTIALLY_ADOPTED, Outcome.NOT_ADOPTED}


@pytest.fixture
def director(tx: Session) -> Officer:
    return make_officer(tx, "director", "director")


@pytest.fixture
def case(tx: Session, director: Officer) -> Case:
    return make_case(tx)


def text_of(tx: Session, event: Event) -> str:
    found = outbox.find(tx, f"event:{event.id}")
    return found.message.text if found else ""


def sent_to(tx: Session, who: Address) -> list[str]:
    rows = select(Outbox).where(Outbox.channel == who.channel, Outbox.name == who.name)
    return [row.message.text for row in tx.scalars(rows.order_by(Outbox.id))]


def answer_all(tx: Session, case: Case, by: Officer, now: datetime = NOON) -> Event:
    """Answer every point of a case."""
    answered = range(1, len(case.points) + 1)
    text, version = "已派員清除，請放心。", case.version
    return handling.reply(
        tx, case.case_no, text, answered=answered, by=by, version=version, now=now
    )


def close(
    tx: Session,
    case: Case,
    by: Officer,
    outcome: Outcome = Outcome.RESOLVED,
    now: datetime = NOON,
    **given: str,
) -> Event:
    wanted = {"reason": "已改善"} | given
    return handling.close(
        tx, case.case_no, outcome=outcome, by=by, version=case.version, now=now, **wanted
    )


def transfer(tx: Session, case: Case, by: Officer, **given: Any) -> Event:
    wanted: dict[str, Any] = {
        "agency": "環保局",
        "phone": "02-2720-8889",
        "reason": "屬該局權責",
        "with_identity": False,
        "now": NOON,
    }
    return handling.transfer(tx, case.case_no, by=by, version=case.version, **(wanted | given))


def not_process(
    tx: Session, case: Case, by: Officer, ground: Ground, earlier: str | None = None
) -> Event:
    return handling.not_process(
        tx,
        case.case_no,
        ground=ground,
        why="經查如上",
        earlier=earlier,
        by=by,
        version=case.version,
        now=NOON,
    )


def repeat(tx: Session, case: Case, earlier: Case | None, by: Officer) -> Event:
    number = earlier.case_no if earlier else None
    return not_process(tx, case, by, Ground.REPEATED_SAME_MATTER, number)


def merge(tx: Session, case: Case, into: Case, by: Officer) -> Event:
    return handling.merge(
        tx, case.case_no, into=into.case_no, by=by, version=case.version, now=NOON
    )


# --- closing (§171)


@pytest.mark.parametrize("kind", [Kind.RIGHTS_PROTECTION, Kind.REFORM_SUGGESTION])
def test_a_suggestion_is_adopted_or_not_and_no_case_takes_an_outcome_of_another_verb(
    tx: Session, director: Officer, kind: Kind
) -> None:
    fits = SUGGESTED if kind is Kind.REFORM_SUGGESTION else set(Outcome) - BY_OWN_VERB
    for outcome in Outcome:
        case = make_case(tx, kind=kind)
        answer_case(tx, case, director)
        if outcome in fits:
            close(tx, case, director, outcome)
            assert (case.status, case.outcome) == (Status.CLOSED, outcome)
            continue
        with pytest.raises(IncompletePetition, match="outcome"), tx.begin_nested():
            close(tx, case, director, outcome)
        assert (case.status, case.outcome) == (Status.REPLIED, None)


def test_outcomes_of_other_verbs_are_four() -> None:
    assert {one.value for one in BY_OWN_VERB} == {
        "transferred_to_competent_agency",
        "not_processed",
        "withdrawn",
        "merged",
    }


def test_a_closing_says_when_it_was_done_why_and_what_was_learnt(
    tx: Session, case: Case, director: Officer
) -> None:
    answer_case(tx, case, director, NOON + DAY)
    event = close(tx, case, director, now=NOON + 4 * DAY, cause="人手不足", measure="加派")
    assert case.closed_on == date(2026, 11, 30)
    assert (event.data["done_on"], event.data["due_on"]) == ("2026-11-27", "2026-12-04")
    assert (event.data["cause"], event.data["measure"]) == ("人手不足", "加派")
    assert "獲致解決" in text_of(tx, event) and "已改善" in text_of(tx, event)


# --- praise


def test_praise_is_thanked_for_without_an_answer(tx: Session, director: Officer) -> None:
    case = make_case(tx, kind=Kind.PRAISE)
    event = handling.acknowledge(tx, case.case_no, by=director, version=1, now=NOON)
    assert (event.kind, event.data["done_on"]) == (EventKind.CLOSED, "2026-11-26")
    assert (case.status, case.outcome) == (Status.CLOSED, Outcome.NOTED)
    assert (case.replied_on, case.closed_on) == (TODAY, TODAY)
    assert "謝謝" in text_of(tx, event) and case.section.name in text_of(tx, event)


def test_nothing_but_praise_ends_with_thanks(tx: Session, director: Officer) -> None:
    for kind in set(Kind) - {Kind.PRAISE}:
        case = make_case(tx, kind=kind)
        with pytest.raises(NotAllowed), tx.begin_nested():
            handling.acknowledge(tx, case.case_no, by=director, version=1, now=NOON)
        assert case.status == Status.RECEIVED


def test_nobody_merged_with_a_praise_is_forgotten(tx: Session, director: Officer) -> None:
    main, other = (make_case(tx, kind=Kind.PRAISE, citizen=who) for who in (MING, HUA))
    merge(tx, other, main, director)
    before = len(sent_to(tx, HUA))
    handling.acknowledge(tx, main.case_no, by=director, version=main.version, now=NOON)
    assert len(sent_to(tx, HUA)) == before + 1  # thanked as well, or by itself again


# --- withdrawing


def test_a_wish_taken_down_by_an_officer_names_officer_and_source(
    tx: Session, case: Case, director: Officer
) -> None:
    answer_case(tx, case, director)
    event = handling.withdraw(tx, case.case_no, by=director, source="phone", now=NOON)
    assert (event.officer, event.data["source"]) == (director, "phone")
    assert (case.status, case.outcome) == (Status.WITHDRAWN, Outcome.WITHDRAWN)


# --- transferring (§17, §172 I)


def test_a_transfer_always_tells_the_citizen_to_whom(
    tx: Session, case: Case, director: Officer
) -> None:
    event = transfer(tx, case, director)
    assert (case.status, case.agency, case.closed_on) == (Status.TRANSFERRED, "環保局", TODAY)
    assert case.outcome == Outcome.TRANSFERRED_TO_COMPETENT_AGENCY
    assert "環保局" in text_of(tx, event) and "02-2720-8889" in text_of(tx, event)


@pytest.mark.parametrize("given", [{"agency": " "}, {"reason": ""}])
def test_a_transfer_needs_its_agency_and_its_reason(
    tx: Session, case: Case, director: Officer, given: dict[str, str]
) -> None:
    with pytest.raises(IncompletePetition, match=next(iter(given))), tx.begin_nested():
        transfer(tx, case, director, **given)


@pytest.mark.parametrize("consents", [None, False, True])
@pytest.mark.parametrize("wanted", [False, True])
def test_identity_goes_along_only_with_consent_and_only_if_wanted(
    tx: Session, director: Officer, consents: bool | None, wanted: bool
) -> None:
    case = make_case(tx, consents_to_transfer=consents)
    event = transfer(tx, case, director, with_identity=wanted)
    carried = wanted and consents is True
    assert event.data["with_identity"] is carried
    assert ("沒有您的姓名和聯絡方式" in text_of(tx, event)) is not carried


@pytest.mark.parametrize(
    "given",
    [
        {"content": "我是王小明，水溝堵塞。"},
        {"content": "水溝堵塞，請電 0912-345-678。"},
        {"content": "水溝堵塞。", "place": "王小明家門口"},
    ],
)
def test_a_text_that_names_the_petitioner_is_not_passed_on_without_consent(
    tx: Session, director: Officer, given: dict[str, str]
) -> None:
    person: dict[str, Any] = {"contact": "0912345678", **given}
    case, agreed = make_case(tx, **person), make_case(tx, consents_to_transfer=True, **person)
    with pytest.raises(LeaksIdentity) as caught, tx.begin_nested():
        transfer(tx, case, director, with_identity=True)
    assert caught.value.found
    assert (case.status, case.agency) == (Status.RECEIVED, None)
    assert transfer(tx, agreed, director, with_identity=True).data["with_identity"] is True


@pytest.mark.parametrize(
    ("days", "late"),
    [(0, False), (1, False), (4, True)],  # Friday is the first working day, Monday the second
)
def test_a_transfer_after_the_next_working_day_is_marked_late(
    tx: Session, case: Case, director: Officer, days: int, late: bool
) -> None:
    assert transfer(tx, case, director, now=NOON + days * DAY).data["late"] is late


# --- leaving unprocessed (§173)


def test_the_grounds_are_those_of_the_law() -> None:
    assert {one.value for one in Ground} == {
        "no_concrete_content",
        "no_real_name_or_contact",
        "repeated_same_matter",
        "already_sent_to_competent_agencies",
    }


def test_what_is_left_unprocessed_stays_on_record_and_the_citizen_reads_the_ground(
    tx: Session, case: Case, director: Officer
) -> None:
    event = not_process(tx, case, director, Ground.NO_CONCRETE_CONTENT, "WH-1151126-9999")
    assert (case.status, case.outcome) == (Status.NOT_PROCESSED, Outcome.NOT_PROCESSED)
    assert (case.ground, case.closed_on) == (Ground.NO_CONCRETE_CONTENT, TODAY)
    assert case.repeats_id is None  # an earlier case belongs to a repeat alone
    for said in ("第 173 條", "無具體之內容", "經查如上", "登記備查"):
        assert said in text_of(tx, event)
    with pytest.raises(IncompletePetition, match="why"), tx.begin_nested():
        handling.not_process(
            tx, case.case_no, ground=Ground.NO_CONCRETE_CONTENT, why="", by=director, version=2,
            now=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "reachable"),
    [
        ({"citizen": MING}, True),
        ({"citizen": COUNTER, "contact": "0912345678"}, True),
        ({"citizen": MING, "petitioner_name": None}, False),
        ({"citizen": MING, "petitioner_name": None, "contact": "0912345678"}, False),
        ({"citizen": COUNTER}, False),
    ],
)
def test_no_name_or_contact_is_a_ground_only_where_there_is_none(
    tx: Session, director: Officer, given: dict[str, Any], reachable: bool
) -> None:
    case = make_case(tx, **given)
    if reachable:
        with pytest.raises(NotAllowed), tx.begin_nested():
            not_process(tx, case, director, Ground.NO_REAL_NAME_OR_CONTACT)
        assert case.ground is None
        return
    not_process(tx, case, director, Ground.NO_REAL_NAME_OR_CONTACT)
    assert case.status == Status.NOT_PROCESSED


def test_a_repeat_names_the_answer_it_had(tx: Session, case: Case, director: Officer) -> None:
    answer_all(tx, case, director, NOON)
    again = make_case(tx, now=NOON + DAY)
    event = repeat(tx, again, case, director)
    assert again.repeats_id == case.id
    assert event.data["earlier"] == case.case_no
    assert case.case_no in text_of(tx, event) and "115/11/26" in text_of(tx, event)


def test_a_repeat_needs_an_earlier_case(tx: Session, case: Case, director: Officer) -> None:
    answer_all(tx, case, director)
    with pytest.raises(NotARepeat), tx.begin_nested():
        repeat(tx, make_case(tx), None, director)
    again = make_case(tx)
    for number in ("WH-1151126-9999", again.case_no):
        with pytest.raises(UnknownCase), tx.begin_nested():
            not_process(tx, again, director, Ground.REPEATED_SAME_MATTER, number)


def test_an_earlier_case_must_be_answered_in_every_point(
    tx: Session, case: Case, director: Officer
) -> None:
    again = make_case(tx)
    with pytest.raises(NotARepeat, match="尚未答復"), tx.begin_nested():
        repeat(tx, again, case, director)
    answer_case(tx, case, director)
    with pytest.raises(NotARepeat, match="每一個要點"), tx.begin_nested():
        repeat(tx, again, case, director)
    answer_all(tx, case, director)
    assert repeat(tx, again, case, director).kind == EventKind.NOT_PROCESSED


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"files": (SentFile("telegram", "photo-1"),)}, "照片 1 張"),
        ({"place": "中山公園"}, "中山公園"),
        ({"points": ("騎樓堆放雜物", "12月1日又堆滿")}, "12月1日"),
    ],
)
def test_whoever_brings_something_new_is_heard(
    tx: Session, case: Case, director: Officer, given: dict[str, Any], said: str
) -> None:
    answer_all(tx, case, director)
    again = make_case(tx, **given)
    with pytest.raises(NotARepeat) as caught, tx.begin_nested():
        repeat(tx, again, case, director)
    assert said in caught.value.reason
    assert (again.status, again.repeats_id) == (Status.RECEIVED, None)


def test_what_somebody_else_was_told_is_no_answer_to_this_petitioner(
    tx: Session, director: Officer
) -> None:
    theirs = make_case(tx, citizen=HUA, petitioner_name="李大華")
    answer_all(tx, theirs, director)
    with pytest.raises(NotARepeat), tx.begin_nested():
        repeat(tx, make_case(tx, citizen=MING), theirs, director)


# --- a main case that ends without an answer


@pytest.mark.parametrize("ending", ["transfer", "withdraw", "not_process"])
def test_a_main_case_that_ends_without_an_answer_frees_its_merged_cases(
    tx: Session, case: Case, director: Officer, ending: str
) -> None:
    other = make_case(tx, citizen=HUA, now=NOON - 7 * DAY)
    due = other.due_on
    merge(tx, other, case, director)
    version = other.version
    if ending == "transfer":
        transfer(tx, case, director)
    elif ending == "withdraw":
        handling.withdraw(tx, case.case_no, now=NOON)
    else:
        not_process(tx, case, director, Ground.NO_CONCRETE_CONTENT)
    assert (other.status, other.main_id) == (Status.IN_PROGRESS, None)
    assert (other.outcome, other.closed_on, other.due_on) == (None, None, due)
    assert other.version == version + 1
    assert "單獨辦理" in sent_to(tx, HUA)[-1] and other.case_no in sent_to(tx, HUA)[-1]


def test_a_main_case_that_was_answered_keeps_its_merged_cases(
    tx: Session, case: Case, director: Officer
) -> None:
    other = make_case(tx, citizen=HUA)
    merge(tx, other, case, director)
    answer_case(tx, case, director)
    close(tx, case, director)
    assert (other.status, other.main_id) == (Status.MERGED, case.id)


def test_a_freed_case_whose_clock_stood_goes_on(tx: Session, case: Case, director: Officer) -> None:
    practice.choose(tx, "supplement_stops_clock", "yes", by="director", now=NOON)
    other = make_case(tx, citizen=HUA)
    handling.ask_supplement(tx, other.case_no, "門牌", by=director, version=1, now=NOON)
    merge(tx, other, case, director)
    transfer(tx, case, director)
    handling.add_information(tx, other.case_no, "三號", now=NOON + DAY)
    assert not other.paused


# --- beginning again


def ended(tx: Session, case: Case, by: Officer, status: Status) -> Case:
    """Bring a case to one of the statuses it may be taken up again from."""
    if status is Status.TRANSFERRED:
        transfer(tx, case, by)
    elif status is Status.NOT_PROCESSED:
        not_process(tx, case, by, Ground.NO_CONCRETE_CONTENT)
    else:
        answer_case(tx, case, by)
        handling.confirm_improved(tx, case.case_no, now=NOON)
    if status is Status.CLOSED:
        close(tx, case, by)
    assert case.status == status
    return case


@pytest.mark.parametrize(
    "status", [Status.REPLIED, Status.CLOSED, Status.TRANSFERRED, Status.NOT_PROCESSED]
)
def test_what_begins_again_begins_clean_with_a_new_clock(
    tx: Session, case: Case, director: Officer, status: Status
) -> None:
    handling.ask_extension(
        tx, case.case_no, days=5, reason="會勘", by=director, version=1, now=NOON
    )
    head = make_officer(tx, "head", "director")
    handling.approve_extension(tx, case.case_no, by=head, version=2, now=NOON)
    assert (case.extensions, case.due_on) == (1, date(2026, 12, 11))
    ended(tx, case, director, status)
    event = handling.reopen(
        tx, case.case_no, reason="主動複查", by=director, version=case.version, now=NOON + 5 * DAY
    )
    assert (case.status, case.due_on, case.extensions) == (Status.REOPENED, DUE, 0)
    assert handling.clock(tx, case).start == date(2026, 12, 1)
    columns = ("replied_on", "closed_on", "outcome", "improved_on", "ground", "agency")
    assert [getattr(case, name) for name in columns] == [None] * len(columns)
    assert said_in(event) == {"reason": "主動複查", "due_on": "2026-12-04"}
    assert "115/12/04" in text_of(tx, event)


@pytest.mark.parametrize("ending", [Status.WITHDRAWN, Status.MERGED, Status.RECEIVED])
def test_what_does_not_begin_again(
    tx: Session, case: Case, director: Officer, ending: Status
) -> None:
    if ending is Status.WITHDRAWN:
        handling.withdraw(tx, case.case_no, now=NOON)
    elif ending is Status.MERGED:
        merge(tx, case, make_case(tx), director)
    with pytest.raises(NotAllowed), tx.begin_nested():
        handling.reopen_dissatisfied(tx, case.case_no, reason="不滿意", now=NOON)
    assert case.status == ending


@pytest.mark.parametrize(
    ("days", "last"), [("30", 30), ("7", 7), ("1", 1)], ids=["usual", "a week", "a day"]
)
def test_the_citizen_may_come_back_within_the_offices_days(
    tx: Session, case: Case, director: Officer, days: str, last: int
) -> None:
    practice.choose(tx, "reopen_within_days", days, by="director", now=NOON)
    answer_case(tx, case, director)
    closed = NOON + 3 * DAY
    close(tx, case, director, now=closed)
    with pytest.raises(TooLate), tx.begin_nested():
        handling.reopen_dissatisfied(
            tx, case.case_no, reason="不滿意", now=closed + (last + 1) * DAY
        )
    assert (case.status, case.closed_on) == (Status.CLOSED, date(2026, 11, 29))
    handling.reopen_dissatisfied(tx, case.case_no, reason="不滿意", now=closed + last * DAY)
    assert case.status == Status.REOPENED


def test_an_answer_that_is_not_closed_counts_from_its_own_day(
    tx: Session, case: Case, director: Officer
) -> None:
    answer_case(tx, case, director)
    with pytest.raises(TooLate), tx.begin_nested():
        handling.reopen_dissatisfied(tx, case.case_no, reason="不滿意", now=NOON + 31 * DAY)


def test_an_office_may_set_no_last_day_and_its_own_motion_has_none(
    tx: Session, case: Case, director: Officer
) -> None:
    answer_case(tx, case, director)
    late = NOON + 200 * DAY
    handling.reopen(tx, case.case_no, reason="複查", by=director, version=2, now=late)
    answer_case(tx, case, director, late)
    practice.choose(tx, "reopen_within_days", "0", by="director", now=NOON)
    handling.reopen_dissatisfied(tx, case.case_no, reason="又來了", now=late + 100 * DAY)
    assert case.status == Status.REOPENED


def test_the_second_round_is_answered_and_closed_like_the_first(
    tx: Session, case: Case, director: Officer
) -> None:
    ended(tx, case, director, Status.CLOSED)
    handling.reopen_dissatisfied(
        tx, case.case_no, reason="沒來", by=director, source="phone", now=NOON + DAY
    )
    answer_case(tx, case, director, NOON + 4 * DAY)
    event = close(tx, case, director, now=NOON + 5 * DAY)
    assert (event.data["done_on"], event.data["due_on"]) == ("2026-11-30", "2026-12-02")
    said = tx.scalars(select(Event).where(Event.kind == EventKind.DISSATISFIED)).one()
    assert said_in(said) == {"reason": "沒來", "source": "phone"}


# --- no text that leaves names who brought another case (docs/decisions/0012)


@pytest.mark.parametrize(
    "verb",
    [
        "close",
        "not_process",
        "ask_supplement",
        "extension",
        "promise",
        "settle_promise",
        "record_improvement",
        "correct",
    ],
)
def test_whatever_the_citizen_will_read_names_no_other_petitioner(
    tx: Session, case: Case, director: Officer, verb: str
) -> None:
    make_case(tx, citizen=HUA, petitioner_name="歐陽美惠")
    before = len(sent_to(tx, MING))
    with pytest.raises(LeaksIdentity), tx.begin_nested():
        say(tx, case, director, verb, "經查係歐陽美惠所述。")
    assert len(sent_to(tx, MING)) == before


def say(tx: Session, case: Case, by: Officer, verb: str, said: str) -> None:
    """Let a verb put these words before the citizen."""
    at: dict[str, Any] = {"by": by, "now": NOON}
    number, day = case.case_no, NOON.date()
    if verb == "not_process":
        ground = Ground.NO_CONCRETE_CONTENT
        handling.not_process(tx, number, ground=ground, why=said, version=1, **at)
    elif verb == "ask_supplement":
        handling.ask_supplement(tx, number, said, version=1, **at)
    elif verb == "extension":
        handling.ask_extension(tx, number, days=1, reason=said, version=1, **at)
        at["by"] = make_officer(tx, "head", "director")
        handling.approve_extension(tx, number, version=case.version, **at)
    elif verb == "promise":
        promises = [Pledge(said, day)]
        handling.reply(tx, number, "將於11月26日清除。", promises=promises, version=1, **at)
    else:
        promises = [Pledge("將清除", day)]
        handling.reply(tx, number, "將清除。", promises=promises, version=1, **at)
        _say_of_the_answer(tx, case, verb, said, at)


def _say_of_the_answer(tx: Session, case: Case, verb: str, said: str, at: dict[str, Any]) -> None:
    number, at = case.case_no, at | {"version": case.version}
    if verb == "close":
        handling.close(tx, number, outcome=Outcome.RESOLVED, reason=said, **at)
    elif verb == "correct":
        handling.correct(tx, number, "已清除。", reason=said, **at)
    elif verb == "settle_promise":
        (promise,) = handling.open_promises(tx, case)
        handling.settle_promise(tx, number, promise.id, kept=True, evidence=said, **at)
    else:
        handling.add_information(
            tx, number, "x", files=[SentFile("telegram", f"stored:{'a' * 64}")], now=NOON
        )
        at["version"] = case.version
        proof = case.attachments[0].id
        handling.record_improvement(tx, number, evidence=said, attachment_id=proof, **at)
