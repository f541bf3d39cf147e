from collections import Counter
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.measuring.opinions import LEAST_ANSWERS, Opinion, wilson

NUMBERS = st.dictionaries(st.integers(1, 5), st.integers(0, 400))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (8, 10, 0.490, 0.943),
        (0, 10, 0.000, 0.278),
        (10, 10, 0.722, 1.000),
        (50, 100, 0.404, 0.596),
        (324, 360, 0.865, 0.927),
        (0, 0, 0.0, 1.0),
    ],
)
def test_intervals_as_the_tables_have_them(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=0.0005)


@pytest.mark.parametrize(("successes", "n"), [(-1, 10), (11, 10), (1, 0), (0, -1)])
def test_a_share_beyond_its_whole_is_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} of {n}"):
        wilson(successes, n)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_the_possible(drawn: tuple[int, int]) -> None:
    successes, n = drawn
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_are_the_shares_from_which_the_count_is_just_z_away(
    drawn: tuple[int, int],
) -> None:
    successes, n = drawn
    for end in wilson(successes, n):
        away = abs(successes / n - end)
        assert away == pytest.approx(1.96 * sqrt(end * (1 - end) / n), abs=1e-7)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_more_answers_of_the_same_share_make_it_narrower_and_failures_mirror_it(
    drawn: tuple[int, int],
) -> None:
    successes, n = drawn
    low, high = wilson(successes, n)
    more = wilson(2 * successes, 2 * n)
    assert more[1] - more[0] < high - low
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low))


def test_an_opinion_worked_out_by_hand() -> None:
    opinion = Opinion.of({5: 6, 4: 2, 2: 1, 1: 1}, asked=25)
    assert (opinion.answers, opinion.response_rate) == (10, 0.4)
    assert opinion.mean == pytest.approx((30 + 8 + 2 + 1) / 10)
    assert opinion.share_satisfied == 0.8
    assert opinion.interval == pytest.approx((0.490, 0.943), abs=0.0005)
    assert opinion.margin == pytest.approx(0.2265, abs=0.0005)
    assert opinion.as_dict() == {
        "answers": 10,
        "asked": 25,
        "response_rate": 0.4,
        "distribution": {"1": 1, "2": 1, "3": 0, "4": 2, "5": 6},
        "mean": opinion.mean,
        "share_satisfied": 0.8,
        "interval": list(opinion.interval or ()),
        "margin": opinion.margin,
    }


def test_fewer_answers_than_ten_show_only_how_many_they_are() -> None:
    nine = Opinion.of(Counter({5: LEAST_ANSWERS - 1}), asked=12)
    assert not nine.shown
    assert nine.as_dict() == {
        "answers": 9,
        "asked": 12,
        "response_rate": 0.75,
        "distribution": None,
        "mean": None,
        "share_satisfied": None,
        "interval": None,
        "margin": None,
    }
    assert Opinion.of({5: LEAST_ANSWERS}, asked=12).shown


def test_nobody_asked_is_no_rate_rather_than_none_satisfied() -> None:
    nobody = Opinion.of({}, asked=0)
    assert (nobody.response_rate, nobody.mean, nobody.share_satisfied) == (None, None, None)
    assert (nobody.interval, nobody.margin, nobody.answers) == (None, None, 0)


@pytest.mark.parametrize("grades", [{0: 1}, {6: 1}, {3: -1}])
def test_what_is_no_number_of_grades_is_refused(grades: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="no numbers of grades"):
        Opinion.of(grades, asked=5)


@given(NUMBERS, st.integers(0, 3000))
def test_every_opinion_hangs_together(grades: dict[int, int], asked: int) -> None:
    opinion = Opinion.of(grades, asked)
    assert sum(opinion.distribution.values()) == opinion.answers <= opinion.asked
    if opinion.response_rate is not None:
        assert 0 <= opinion.response_rate <= 1
    mean, share = opinion.mean, opinion.share_satisfied
    assert (opinion.interval is None) == (mean is None) == (share is None)
    if opinion.interval and mean is not None and share is not None:
        assert 1 <= mean <= 5
        assert opinion.interval[0] <= share + 1e-12
        assert opinion.interval[1] >= share - 1e-12
