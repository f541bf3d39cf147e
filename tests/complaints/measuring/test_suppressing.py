"""Rows of single cases and counts of few: what may be shown of them."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.measuring.facts import ALL, CLOSED_CIRCLE, OUTCOME, SECTION, TOPIC, UNKNOWN
from complaints.measuring.suppressing import (
    ENOUGH,
    FEW,
    HIDDEN,
    HIDES,
    LEAST,
    OPEN,
    Counts,
    OpenRow,
    TableRow,
    anonymise,
    blurred,
    rate,
    tabulate,
)

PLAIN = OpenRow(
    "2026-09", "rights_protection", "doorplate", "里一", "web", "民政課", "x", "2", "yes"
)
ROWS = st.lists(
    st.builds(
        OpenRow,
        st.just("2026-09"),
        st.sampled_from(["rights_protection", "praise"]),
        st.sampled_from(["", "doorplate", "id_card"]),
        st.sampled_from(["", "里一", "里二", "里三"]),
        st.sampled_from(["web", "phone"]),
        st.sampled_from(["民政課", "社會課"]),
        st.sampled_from([OPEN, "resolved", "explained"]),
        st.sampled_from(["", "1", "6"]),
        st.sampled_from(["yes", "no", OPEN]),
    ),
    max_size=60,
)


def rows(number: int, **given: str) -> list[OpenRow]:
    """So many rows of one combination, with two outcomes."""
    row = replace(PLAIN, **given)
    return [replace(row, outcome="resolved" if n else "explained") for n in range(number)]


def test_five_that_look_alike_are_shown_as_they_are() -> None:
    found = anonymise(rows(LEAST))
    assert sorted(map(str, found.rows)) == sorted(map(str, rows(LEAST)))
    assert (found.withheld, sum(found.hidden.values())) == (0, 0)


def test_the_village_goes_first_and_only_where_it_is_rare() -> None:
    found = anonymise([*rows(5), *rows(3, village="里二"), *rows(2, village="里三")])
    assert Counter(row.village for row in found.rows) == {"里一": 5, HIDDEN: 5}
    assert {row.topic for row in found.rows} == {"doorplate"}
    assert found.hidden["village"] == 5


@pytest.mark.parametrize("kept", range(len(HIDES)))
def test_columns_are_hidden_in_their_order(kept: int) -> None:
    """What stays hidden to the end is told by the column that tells five rows apart."""
    names = HIDES[: kept + 1]
    apart = [replace(row, **dict.fromkeys(names, f"{n}")) for n, row in enumerate(rows(LEAST))]
    found = anonymise(apart)
    assert [name for name in HIDES if found.hidden[name]] == list(names)
    assert found.withheld == 0


def test_four_alone_are_left_out_and_counted() -> None:
    found = anonymise(rows(LEAST - 1))
    assert (found.rows, found.withheld) == ((), 4)


def test_where_all_ended_alike_the_outcome_is_not_told() -> None:
    alike = [replace(PLAIN, outcome="resolved")] * 6
    (only,) = set(anonymise(alike).rows)
    assert (only.outcome, only.days_used, only.on_time) == (HIDDEN, "", HIDDEN)


def test_that_all_are_open_is_told() -> None:
    alike = [replace(PLAIN, outcome=OPEN, days_used="", on_time=OPEN)] * 6
    assert set(anonymise(alike).rows) == {alike[0]}


@given(ROWS)
def test_no_combination_is_rare_and_none_has_one_outcome(drawn: list[OpenRow]) -> None:
    found = anonymise(drawn)
    outcomes: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in found.rows:
        outcomes[row.combination].append(row.outcome)
    for seen in outcomes.values():
        assert len(seen) >= LEAST
        assert len(set(seen)) > 1 or set(seen) in ({HIDDEN}, {OPEN})
    assert len(found.rows) + found.withheld == len(drawn)
    assert found.withheld < LEAST  # what is rare in everything has lost everything


@given(ROWS)
def test_nothing_is_told_that_was_not_so(drawn: list[OpenRow]) -> None:
    """Each row shown is some row of the office's, with something hidden at most."""
    left = list(drawn)
    for row in sorted(anonymise(drawn).rows, key=lambda row: row.combination.count(HIDDEN)):
        left.remove(next(one for one in left if _may_be(row, one)))


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_tells_nothing(drawn: list[OpenRow], dice: object) -> None:
    mixed = list(drawn)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert anonymise(mixed) == anonymise(drawn)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, FEW), (1, FEW), (4, FEW), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1003, 1005)],
)
def test_counts_are_rounded_to_five(number: int, shown: int | str) -> None:
    assert blurred(number) == shown


@given(st.integers(0, 10_000))
def test_a_count_is_never_off_by_more_than_two(number: int) -> None:
    shown = blurred(number)
    assert number < LEAST if shown == FEW else abs(int(shown) - number) <= 2


@given(st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_is_made_of_what_is_shown(drawn: tuple[int, int]) -> None:
    part, whole = blurred(drawn[0]), blurred(drawn[1])
    if FEW in (part, whole) or int(whole) < ENOUGH:
        assert rate(*drawn) is None
    else:
        assert rate(*drawn) == round(int(part) / int(whole), 2)
        assert 0 <= round(int(part) / int(whole), 2) <= 1


# --- tables ---------------------------------------------------------------------------------
LISTED = {SECTION: ("civil", "social"), TOPIC: ("doorplate", "id_card"), OUTCOME: ("resolved",)}
UNLISTED = {SECTION: CLOSED_CIRCLE, TOPIC: UNKNOWN, OUTCOME: "other"}
Tables = dict[str, dict[str, Counts]]


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """What cases count for: each ends under one heading of each breakdown, listed or not."""
    found: Tables = {ALL: {UNKNOWN: Counts()}, **{name: {} for name in LISTED}}
    for _ in range(draw(st.integers(0, 12))):
        closed, times = draw(st.booleans()), draw(st.integers(1, 9))
        one = Counts(
            received=draw(st.booleans()) * times,
            ended=times,
            closed=closed * times,
            on_time=(closed and draw(st.booleans())) * times,
        )
        _put(found[ALL], UNKNOWN, one)
        for name, codes in LISTED.items():
            _put(found[name], draw(st.sampled_from([*codes, UNLISTED[name]])), one)
    return found


@given(tables())
def test_whatever_is_told_as_few_may_be_none_at_all(found: Tables) -> None:
    """A table is the same, to the last cell, as that of an office without these few cases."""
    shown = list(tabulate(found, LISTED))
    for row in shown[1:]:
        counts = found[row.breakdown].get(row.code, Counts())
        few = Counts(
            received=counts.received if row.received == FEW else 0,
            **({} if row.ended != FEW else _ended(counts)),
        )
        other = {name: dict(headings) for name, headings in found.items()}
        _put(other[row.breakdown], row.code, few, sign=-1)
        _put(other[row.breakdown], UNLISTED[row.breakdown], few)
        assert list(tabulate(other, LISTED)) == shown


@given(tables())
def test_every_heading_has_a_row_whether_anything_happened_or_not(found: Tables) -> None:
    shown = [(row.breakdown, row.code) for row in tabulate(found, LISTED)]
    assert shown == [(ALL, UNKNOWN), *((name, one) for name in LISTED for one in LISTED[name])]
    assert shown == [(row.breakdown, row.code) for row in tabulate({}, LISTED)]


@given(tables(), st.sampled_from(["received", "ended"]))
def test_one_case_more_moves_no_number_by_more_than_a_step(found: Tables, measure: str) -> None:
    before = list(tabulate(found, LISTED))
    _put(found[SECTION], "civil", Counts(**{measure: 1}))
    _put(found[TOPIC], "doorplate", Counts(**{measure: 1}))
    for row, then in zip(tabulate(found, LISTED), before, strict=True):
        assert abs(_number(row.ended) - _number(then.ended)) in (0, 5)
        assert row.on_time_rate == then.on_time_rate


def test_received_cases_are_not_told_by_section() -> None:
    found = {SECTION: {"civil": Counts(50, 50, 40, 30)}, TOPIC: {"doorplate": Counts(50, 50, 9, 9)}}
    rows = {(row.breakdown, row.code): row for row in tabulate(found, LISTED)}
    assert rows[SECTION, "civil"] == TableRow(SECTION, "civil", None, 50, 0.75)
    assert rows[TOPIC, "doorplate"] == TableRow(TOPIC, "doorplate", 50, 50, None)


def _put(headings: dict[str, Counts], code: str, more: Counts, sign: int = 1) -> None:
    old = headings.get(code, Counts())
    names = vars(more)
    headings[code] = Counts(**{n: getattr(old, n) + sign * getattr(more, n) for n in names})


def _ended(counts: Counts) -> dict[str, int]:
    return {"ended": counts.ended, "closed": counts.closed, "on_time": counts.on_time}


def _number(shown: int | str) -> int:
    return 0 if isinstance(shown, str) else shown


def _may_be(shown: OpenRow, row: OpenRow) -> bool:
    told = shown.outcome != HIDDEN
    names = (*HIDES, "outcome", *(("days_used", "on_time") if told else ()))
    return all(getattr(shown, name) in (HIDDEN, getattr(row, name)) for name in names)
