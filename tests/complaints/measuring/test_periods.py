from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.measuring.periods import Period

KEYS = st.one_of(
    st.integers(2017, 2099).map(str),
    st.builds("{}-H{}".format, st.integers(2017, 2099), st.integers(1, 2)),
    st.builds("{}-B{}".format, st.integers(2017, 2099), st.integers(1, 6)),
    st.builds("{}-{:02}".format, st.integers(2017, 2099), st.integers(1, 12)),
)


@pytest.mark.parametrize(
    ("key", "start", "end", "title", "english"),
    [
        ("2026-10", "2026-10-01", "2026-10-31", "民國115年10月", "October 2026"),
        ("2024-02", "2024-02-01", "2024-02-29", "民國113年2月", "February 2024"),
        ("2026-B5", "2026-09-01", "2026-10-31", "民國115年9至10月", "September to October 2026"),
        ("2026-H1", "2026-01-01", "2026-06-30", "民國115年上半年", "January to June 2026"),
        ("2026-H2", "2026-07-01", "2026-12-31", "民國115年下半年", "July to December 2026"),
        ("2026", "2026-01-01", "2026-12-31", "民國115年", "2026"),
    ],
)
def test_a_period_as_it_is_written(
    key: str, start: str, end: str, title: str, english: str
) -> None:
    period = Period.read(key)
    assert (period.start, period.end) == (date.fromisoformat(start), date.fromisoformat(end))
    assert (period.title(), period.title("en")) == (title, english)


@pytest.mark.parametrize(
    "written",
    ["2026-13", "2026-00", "2026-1", "202611", "1126-11", "2026-B7", "2026-B0", "2026-H3", "十月"],
)
def test_what_is_no_period_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=written):
        Period.read(written)


@given(KEYS)
def test_a_key_is_read_as_it_was_written(key: str) -> None:
    assert Period.read(key).key == key


@given(KEYS)
def test_periods_follow_each_other_without_a_gap(key: str) -> None:
    period = Period.read(key)
    assert period.previous().end + timedelta(days=1) == period.start
    assert period.year_before().start == period.start.replace(year=period.start.year - 1)
    assert period.year_before().months == period.months
    months = period.every_month()
    assert (months[0].start, months[-1].end) == (period.start, period.end)
    assert all(one.end + timedelta(days=1) == after.start for one, after in pairwise(months))


def test_a_period_begins_and_ends_at_midnight_in_taipei() -> None:
    october = Period.read("2026-10")
    assert october.since() == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert october.until() == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert october.holds(date(2026, 10, 31))
    assert not october.holds(date(2026, 11, 1))
