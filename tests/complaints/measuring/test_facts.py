"""What a history counts for, rule by rule, on histories written by hand and drawn by a dice."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.measuring.facts import IN_FULL, IN_SHORT, STOCKS, Key, facts
from tests.complaints.measuring.histories import draw

LAST = date(2026, 12, 31)
HERE = {
    "section": "civil",
    "kind": "rights_protection",
    "channel": "counter",
    "topic": "doorplate",
    "village": "V-1",
    "circle": False,
}


@dataclass(frozen=True)
class Happened:
    """An event of a history."""

    kind: str
    at: datetime
    data: Mapping[str, Any]


def on(day: str, kind: str, **data: Any) -> Happened:
    """An event at ten in the morning of a Taipei day of 2026, in the civil section by default."""
    month, number = (int(part) for part in day.split("-"))
    due = {"due_on": f"2026-{data.pop('due')}"} if "due" in data else {}
    under = {"under": HERE | data.pop("under", {})}
    return Happened(kind, datetime(2026, month, number, 2, tzinfo=UTC), under | due | data)


def received(day: str = "10-01", due: str = "10-12", **under: Any) -> Happened:
    return on(day, "received", due=due, under=under)


def replied(day: str, *, stops_clock: bool = True) -> Happened:
    return on(day, "replied", stops_clock=stops_clock)


def closed(day: str, due: str = "10-12", done: str = "10-08", **data: Any) -> Happened:
    told = {"outcome": "resolved", "done_on": f"2026-{done}", "days_used": 5, "asked": True}
    return on(day, "closed", due=due, **(told | data))


def reopened(day: str, due: str) -> Happened:
    return on(day, "reopened", due=due)


def graded(day: str, grade: int, aspect: str = "process") -> Happened:
    return on(day, "satisfaction_rated", aspect=aspect, grade=grade)


def day_of(written: str) -> date:
    return date.fromisoformat(f"2026-{written}")


def counted(
    events: Sequence[Happened],
    measure: str,
    first: str = "01-01",
    last: str = "12-31",
    under: tuple[str, str] = ("all", ""),
) -> int:
    """How often a measure counts in a period as known at its end; a stock counts from ever on."""
    since = date.min if measure in STOCKS else day_of(first)
    return sum(
        number
        for key, number in facts(events).items()
        if key[:3] == (*under, measure)
        and since <= key.day <= day_of(last)
        and key.as_of <= day_of(last)
    )


def found_in(events: Sequence[Happened], measure: str, breakdown: str, last: str) -> dict[str, int]:
    """A measure under the headings of a breakdown, as known on a day."""
    headings = {key.heading for key in facts(events) if key.breakdown == breakdown}
    every = {one: counted(events, measure, last=last, under=(breakdown, one)) for one in headings}
    return {heading: number for heading, number in every.items() if number}


def known_before(found: Mapping[Key, int], day: str) -> dict[Key, int]:
    """What was known before a day."""
    return {key: number for key, number in found.items() if key.as_of < day_of(day)}


def test_nothing_happened_counts_for_nothing() -> None:
    assert facts([]) == {}


def test_a_replied_case_that_is_taken_up_again_was_open_all_along() -> None:
    events = [received(), replied("10-08"), reopened("10-20", "10-23"), replied("10-22")]
    assert counted(events, "reopened") == 0
    assert counted(events, "open") == 1
    assert counted(events, "replied") == 2  # the clock was stopped twice


def test_a_closed_case_that_is_taken_up_again_is_reopened() -> None:
    events = [received(), replied("10-08"), closed("10-09"), reopened("10-20", "10-23")]
    assert counted(events, "reopened") == 1
    assert [counted(events, "open", last=day) for day in ("10-19", "10-20")] == [0, 1]


def test_a_second_reply_is_no_second_answer() -> None:
    events = [received(), replied("10-08"), replied("10-09", stops_clock=False)]
    assert counted(events, "replied") == 1


def test_the_copy_of_an_answer_on_a_merged_case_is_none_of_its_own() -> None:
    events = [received(), on("10-05", "merged", due="10-12"), replied("10-08", stops_clock=False)]
    assert counted(events, "replied") == 0


def test_praise_that_was_thanked_for_is_closed_without_an_answer() -> None:
    events = [received(), closed("10-05", done="10-05", outcome="noted", asked=False)]
    columns = ("closed", "replied", "asked", "closed_on_time")
    assert [counted(events, column) for column in columns] == [1, 0, 0, 1]


@pytest.mark.parametrize(("done", "late"), [("10-12", 0), ("10-13", 1)])
def test_the_clock_stopped_decides_not_the_closing(done: str, late: int) -> None:
    events = [received(), closed("10-30", done=done)]
    assert counted(events, "closed_late") == late
    assert counted(events, "closed_on_time") == 1 - late


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("merged", "merged"), ("withdrawn", "withdrawn"), ("not_processed", "not_processed")],
)
def test_every_end_stands_under_its_outcome(kind: str, outcome: str) -> None:
    told = {} if kind == "merged" else {"outcome": outcome}
    events = [received(), on("10-05", kind, due="10-12", **told)]
    assert found_in(events, kind, "outcome", "12-31") == {outcome: 1}


def test_an_extension_that_is_taken_back_later_never_was() -> None:
    events = [
        received(),
        on("10-08", "extended", due="10-20"),
        on("11-03", "extension_undone", due="10-12"),
    ]
    assert counted(events, "extensions", "10-01", "10-31") == 1  # as it was known then
    assert counted(events, "open_extended", "10-01", "10-31") == 1
    assert counted(events, "extensions", "11-01", "11-30") == 0
    assert counted(events, "extensions", "10-01", "11-30") == 0
    assert counted(events, "open_extended", last="11-30") == 0


@pytest.mark.parametrize(("undone", "expected"), [(False, 1), (True, 0)])
def test_a_case_is_closed_extended_if_its_extension_stood(undone: bool, expected: int) -> None:
    back = [on("10-09", "extension_undone", due="10-12")] if undone else []
    events = [received(), on("10-08", "extended", due="10-20"), *back, closed("10-19")]
    assert counted(events, "closed_extended") == expected
    assert counted(events, "open_extended") == 0


def test_an_extension_ends_with_the_case_and_is_none_of_the_next_time() -> None:
    events = [
        *(received(), on("10-08", "extended", due="10-20"), closed("10-19")),
        *(reopened("10-22", "10-26"), closed("10-23", due="10-26", done="10-23")),
    ]
    assert counted(events, "closed_extended") == 1
    assert counted(events, "extensions") == 1


def test_a_case_moved_in_its_month_counts_where_it_came_to() -> None:
    events = [received(), on("10-20", "assigned", under={"section": "social"})]
    assert found_in(events, "received", "section", "10-19") == {"civil": 1}
    assert found_in(events, "received", "section", "10-31") == {"social": 1}
    assert found_in(events, "open", "section", "10-31") == {"social": 1}


def test_a_case_moved_after_its_month_leaves_the_month_as_it_was() -> None:
    events = [received(), on("11-02", "assigned", under={"section": "social"})]
    assert found_in(events, "received", "section", "10-31") == {"civil": 1}
    assert found_in(events, "open", "section", "11-30") == {"social": 1}
    assert known_before(facts(events), "11-02") == known_before(facts(events[:1]), "11-02")


def test_of_several_moves_on_a_day_the_last_counts() -> None:
    there, back = {"section": "social"}, {"section": "civil"}
    events = [received(), on("10-20", "assigned", under=there), on("10-20", "assigned", under=back)]
    assert facts(events) == facts(events[:1])


def test_the_closed_circle_tells_its_kind_only() -> None:
    events = [received(circle=True, kind="misconduct_report")]
    for breakdown in ("section", *IN_SHORT):
        assert found_in(events, "received", breakdown, "12-31") == {"*": 1}
    assert found_in(events, "received", "kind", "12-31") == {"misconduct_report": 1}


def test_what_becomes_confidential_leaves_its_section_from_that_day_on() -> None:
    events = [received(), on("11-05", "classified", due="10-12", under={"circle": True})]
    assert found_in(events, "received", "section", "10-31") == {"civil": 1}
    assert found_in(events, "received", "section", "11-30") == {"*": 1}


def test_what_is_not_known_stands_under_no_name() -> None:
    events = [received(topic=None, village=None)]
    assert found_in(events, "received", "topic", "12-31") == {"": 1}
    assert found_in(events, "received", "village", "12-31") == {"": 1}


@pytest.mark.parametrize(("last", "overdue"), [("10-12", 0), ("10-13", 1), ("11-30", 1)])
def test_a_case_is_overdue_from_the_day_after_its_date(last: str, overdue: int) -> None:
    assert counted([received()], "overdue", last=last) == overdue


@pytest.mark.parametrize(
    "then",
    [
        replied("10-20"),
        on("10-20", "withdrawn", due="10-12"),
        on("10-20", "due_date_moved", due="10-20"),
        on("10-20", "extended", due="10-25"),
        on("10-20", "supplement_asked", due="10-12", stops_clock=True),
    ],
)
def test_an_overdue_case_is_no_longer_so_when_its_clock_stops_or_is_moved(then: Happened) -> None:
    events = [received(), then]
    days = ("10-12", "10-13", "10-19", "10-20")
    assert [counted(events, "overdue", last=day) for day in days] == [0, 1, 1, 0]


def test_a_date_moved_into_the_past_makes_overdue_at_once() -> None:
    events = [received(), on("10-10", "classified", due="10-05")]
    assert [counted(events, "overdue", last=day) for day in ("10-09", "10-10")] == [0, 1]


def test_a_promise_has_a_day_of_its_own() -> None:
    events = [received(), on("10-05", "promised", due="10-06", promise=1)]
    assert counted(events, "overdue", last="10-12") == 0
    assert counted(events, "promises_made") == 1


@pytest.mark.parametrize(("stops", "overdue"), [(True, 0), (False, 1)])
def test_while_the_clock_stands_for_particulars_nothing_gets_overdue(
    stops: bool, overdue: int
) -> None:
    events = [received(), on("10-08", "supplement_asked", due="10-12", stops_clock=stops)]
    assert counted(events, "overdue", last="10-31") == overdue


def test_when_the_particulars_are_there_the_clock_goes_on() -> None:
    events = [
        received(),
        on("10-08", "supplement_asked", due="10-12", stops_clock=True),
        on("10-20", "supplemented", due="10-22"),
    ]
    assert [counted(events, "overdue", last=day) for day in ("10-22", "10-23")] == [0, 1]


def test_asked_again_under_another_practice_the_clock_still_stands() -> None:
    events = [
        received(),
        on("10-08", "supplement_asked", due="10-12", stops_clock=True),
        on("10-09", "supplement_asked", due="10-12", stops_clock=False),
    ]
    assert counted(events, "overdue", last="10-31") == 0


def test_a_case_taken_out_of_another_waits_for_its_particulars_as_before() -> None:
    events = [
        received(),
        on("10-08", "supplement_asked", due="10-12", stops_clock=True),
        on("10-09", "merged", due="10-13"),
        on("10-10", "split", due="10-12"),
    ]
    assert counted(events, "overdue", last="10-31") == 0
    came = [*events, on("10-29", "supplemented", due="10-30")]
    assert [counted(came, "overdue", last=day) for day in ("10-30", "10-31")] == [0, 1]


def test_a_grade_given_again_takes_the_place_of_the_first_on_its_day() -> None:
    events = [received(), closed("10-09"), graded("10-10", 2), graded("11-03", 5)]
    grades = {(key.grade, key.day.month, key.as_of.month): n for key, n in only(events, "process")}
    assert grades == {(2.0, 10, 10): 1, (2.0, 10, 11): -1, (5.0, 10, 11): 1}
    assert counted(events, "process", "11-01", "11-30") == 0
    assert counted(events, "rated") == 1


def test_two_aspects_make_one_case_graded() -> None:
    events = [received(), closed("10-09"), graded("10-10", 2), graded("10-11", 4, "result")]
    assert [counted(events, one) for one in ("rated", "process", "result")] == [1, 1, 1]


def test_taken_up_again_it_may_be_graded_anew() -> None:
    events = [
        *(received(), closed("10-09"), graded("10-10", 2)),
        *(reopened("10-12", "10-15"), closed("10-14", done="10-14"), graded("10-16", 5)),
    ]
    assert counted(events, "rated") == 2
    assert sorted(key.grade for key, number in only(events, "process") if number) == [2, 5]


@pytest.mark.parametrize(
    ("breakdown", "heading"), [("topic", "doorplate"), ("village", "V-1"), ("channel", "counter")]
)
def test_who_was_asked_and_answered_is_known_by_topic_village_and_channel(
    breakdown: str, heading: str
) -> None:
    events = [received(), closed("10-09"), graded("10-10", 4)]
    for measure in ("asked", "rated"):
        assert counted(events, measure, under=(breakdown, heading)) == 1
    assert counted(events, "process", under=(breakdown, heading)) == 0


def test_the_reason_of_a_low_grade_is_no_grade() -> None:
    said = on("10-10", "satisfaction_rated", aspect="reason", reason_code="slow", said="")
    assert counted([received(), closed("10-09"), said], "rated") == 0


def test_an_improvement_counts_once_until_the_case_is_taken_up_again() -> None:
    yes = on("10-10", "confirmed_improved")
    events = [received(), closed("10-09"), yes, yes, reopened("10-12", "10-15"), yes]
    assert counted(events, "improved") == 2


def test_a_clock_put_back_ends_nothing_before_it_began() -> None:
    events = [received("10-08"), on("10-05", "withdrawn", due="10-12")]
    assert {key.day for key in facts(events)} == {date(2026, 10, 8)}
    assert counted(events, "withdrawn") == 1
    assert counted(events, "open") == 0


def only(events: Sequence[Happened], measure: str) -> Iterator[tuple[Key, int]]:
    """The facts of a measure of the whole office."""
    for key, number in facts(events).items():
        if (key.breakdown, key.measure) == ("all", measure):
            yield key, number


# Of whatever can happen.

dice = st.integers(0, 2**32).map(random.Random)


def a_history(dice: random.Random) -> list[Happened]:
    numbers = count(1)
    rows = draw(dice, [1], lambda: next(numbers), date(2026, 8, 1))
    return [Happened(row["kind"], row["at"], row["data"]) for row in rows]


def days_of(events: Sequence[Happened]) -> list[date]:
    """The office day of each event, never before the one told earlier."""
    days: list[date] = []
    for one in events:
        day = (one.at + timedelta(hours=8)).date()
        days.append(max(day, days[-1]) if days else day)
    return days


def summed(found: Mapping[Key, int], breakdown: str, measure: str) -> "Counter[date]":
    total: Counter[date] = Counter()
    for key, number in found.items():
        if (key.breakdown, key.measure) == (breakdown, measure):
            total[key.day] += number
    return Counter({day: number for day, number in total.items() if number})


@settings(max_examples=200, deadline=None)
@given(dice)
def test_under_every_breakdown_a_measure_comes_to_the_same(dice: random.Random) -> None:
    found = facts(a_history(dice))
    for measure in (*("open", "overdue", "received", "closed", "closed_late"), "asked", "rated"):
        whole = summed(found, "all", measure)
        for breakdown in (*IN_FULL, *IN_SHORT):
            assert summed(found, breakdown, measure) == whole, (breakdown, measure)


@settings(max_examples=200, deadline=None)
@given(dice)
def test_what_happens_later_changes_nothing_that_was_known_before(dice: random.Random) -> None:
    events = a_history(dice)
    days, whole = days_of(events), facts(events)
    for n in range(len(events)):
        changes = Counter(whole)
        changes.subtract(facts(events[:n]))
        known = {key.as_of for key, number in changes.items() if number}
        assert all(as_of >= days[n] for as_of in known)


@settings(max_examples=200, deadline=None)
@given(dice)
def test_nothing_is_known_before_it_happened(dice: random.Random) -> None:
    events = a_history(dice)
    first = days_of(events)[0]
    assert all(first <= key.day <= key.as_of for key in facts(events))


@settings(max_examples=200, deadline=None)
@given(dice)
def test_on_every_day_a_case_is_open_once_or_not_at_all(dice: random.Random) -> None:
    events = a_history(dice)
    found = facts(events)
    for day in {*days_of(events), LAST}:
        stands: Counter[tuple[str, str, str]] = Counter()
        for key, number in found.items():
            if key.measure in STOCKS and max(key.day, key.as_of) <= day:
                stands[key[:3]] += number
        assert set(stands.values()) <= {0, 1}
        assert stands["all", "", "overdue"] <= stands["all", "", "open"]
