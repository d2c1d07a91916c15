"""Months, quarters, and how long many waited."""

from datetime import UTC, date, datetime

import pytest

from bot.paper import charts
from bot.rules.period import Period, period_of
from bot.rules.waiting import waits_of

TODAY = date(2026, 12, 7)


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-13", date(2026, 12, 1), date(2026, 12, 31)),
        ("１999-Q1", date(2026, 12, 1), date(2026, 12, 31)),
        ("", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_code_names_a_month_or_a_quarter_and_nonsense_this_month(code, first, last):
    period = period_of(code, TODAY)
    assert (period.first, period.last) == (first, last)


def test_a_period_begins_at_midnight_of_the_office():
    assert period_of("2026-12", TODAY).since == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert period_of("2026-12", TODAY).until == period_of("2027-01", TODAY).since


def test_periods_follow_one_another_over_the_years_end_and_swap_between_month_and_quarter():
    assert period_of("2026-12", TODAY).moved(1).code == "2027-01"
    assert period_of("2026-Q1", TODAY).moved(-1).code == "2025-Q4"
    assert Period(2026, 11, 1).swapped(TODAY).code == "2026-Q4"
    assert Period(2026, 10, 3).swapped(date(2026, 11, 2)).code == "2026-11", "a month that has begun"


def test_the_middle_one_and_nine_of_ten_are_told_and_nobody_looks_faster_than_they_were():
    waits = waits_of([(0, 4), (10, 5), (2000, 1)])
    assert (waits.count, waits.median, waits.p90) == (10, 1.1, 1.1)
    assert waits.spread == (4, 5, 0, 0, 0, 1)
    assert waits_of([]).median == 0


def test_bars_and_lines_stay_within_their_chart_whatever_they_count():
    for values in ([], [0], [1, 10_000_000], [3] * 8):
        laid = charts.bars([("很长很长很长的类别名称", value, str(value)) for value in values])
        assert all(bar.width >= 0 and laid.left + bar.width <= charts.WIDTH for bar in laid.bars)
        line = charts.lines([values], [str(n) for n in range(len(values))])
        assert all(0 <= x <= charts.WIDTH and 0 <= y <= charts.TALL for points in line.lines for x, y in points)
        assert [mark.at for mark in line.up] == sorted((mark.at for mark in line.up), reverse=True)
