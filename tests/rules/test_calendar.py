"""Working days are counted as the State Council's notices have them, and as a plain week that says so beyond them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import NEXT, PREVIOUS, STAY, Holiday, WorkingDays, months_after
from config.holidays import published_days

PUBLISHED = list(published_days())
DAYS = WorkingDays.of({day.date: day.kind for day in PUBLISHED}, {day.date: day.name for day in PUBLISHED})
DAY = timedelta(days=1)
DATES = st.dates(date(2025, 1, 1), date(2026, 12, 31))
COUNTS = st.integers(1, 60)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2024-02-09", True),  # 除夕 was an ordinary Friday that year
        ("2024-02-12", False),  # 春节, a Monday
        ("2024-02-18", True),  # 春节调休, a Sunday
        ("2024-10-12", True),  # 国庆节调休, a Saturday
        ("2025-01-28", False),  # 除夕, a holiday from 2025 on
        ("2025-01-26", True),  # 春节调休, a Sunday
        ("2025-10-06", False),  # 中秋节 within 国庆节, a Monday
        ("2025-09-28", True),  # 国庆节调休, a Sunday
        ("2025-10-11", True),  # 国庆节调休, a Saturday
        ("2025-10-12", False),  # the Sunday after it
        ("2026-01-02", False),  # 元旦, a Friday
        ("2026-01-04", True),  # 元旦调休, a Sunday
        ("2026-02-23", False),  # 春节, a Monday
        ("2026-02-14", True),  # 春节调休, a Saturday
        ("2026-02-28", True),  # 春节调休, a Saturday
        ("2026-05-09", True),  # 劳动节调休, a Saturday
        ("2026-09-20", True),  # 国庆节调休, a Sunday
        ("2026-09-26", False),  # 中秋节, a Saturday
        ("2026-11-24", True),  # an ordinary Tuesday
        ("2027-02-08", True),  # a Monday nobody has published yet
    ],
)
def test_offices_are_open_as_the_notices_say(day, works):
    assert DAYS.works(date.fromisoformat(day)) is works


#    from          n  to            by hand, from 国务院办公厅's notices for 2024, 2025, 2026
AHEAD = [
    ("2024-02-09", 1, "2024-02-18"),  # 春节 10–17, Sunday made up
    ("2024-09-30", 5, "2024-10-12"),  # 国庆 1–7; 8 9 10 11 and Saturday the 12th
    ("2024-09-13", 1, "2024-09-14"),  # Saturday made up before 中秋
    ("2025-01-24", 1, "2025-01-26"),  # Sunday made up before 春节
    ("2025-01-27", 1, "2025-02-05"),  # 春节 28 Jan – 4 Feb
    ("2025-01-27", 4, "2025-02-08"),  # 5 6 7 and Saturday the 8th
    ("2025-01-27", 5, "2025-02-10"),
    ("2025-09-26", 1, "2025-09-28"),  # Sunday made up
    ("2025-09-30", 1, "2025-10-09"),  # 国庆、中秋 1–8
    ("2025-09-26", 7, "2025-10-13"),  # 28 29 30, 9 10 11 (Saturday), 13
    ("2025-12-31", 1, "2026-01-04"),  # 元旦 1–3, Sunday made up
    ("2026-02-13", 1, "2026-02-14"),  # Saturday made up
    ("2026-02-13", 2, "2026-02-24"),  # 春节 15–23
    ("2026-02-13", 6, "2026-02-28"),  # 14 24 25 26 27 and Saturday the 28th
    ("2026-09-18", 1, "2026-09-20"),  # Sunday made up
    ("2026-09-24", 1, "2026-09-28"),  # 中秋 25–27
    ("2026-09-30", 3, "2026-10-10"),  # 国庆 1–7; 8 9 and Saturday the 10th
    ("2026-11-24", 5, "2026-12-01"),
    ("2026-02-24", -1, "2026-02-14"),
    ("2026-10-08", -3, "2026-09-28"),
]


@pytest.mark.parametrize(("start", "n", "end"), AHEAD)
def test_working_days_are_counted_over_holidays_and_make_up_days(start, n, end):
    assert DAYS.add(date.fromisoformat(start), n) == (date.fromisoformat(end), False)


#    from          months to          by hand (民法典第二百零二条、第二百零三条)
MONTHS = [
    ("2024-01-31", 1, "2024-02-29"),
    ("2025-01-31", 1, "2025-02-28"),
    ("2025-05-31", 6, "2025-12-01"),  # 30 Nov is a Sunday
    ("2026-01-28", 1, "2026-02-28"),  # a Saturday that is worked
    ("2025-08-28", 1, "2025-09-28"),  # a Sunday that is worked
    ("2025-07-04", 3, "2025-10-09"),  # within 国庆
    ("2026-07-02", 3, "2026-10-08"),
    ("2026-01-20", 1, "2026-02-24"),  # within 春节
    ("2025-08-24", 3, "2025-11-24"),
]


@pytest.mark.parametrize(("start", "n", "end"), MONTHS)
def test_months_are_calendar_months_and_end_on_a_working_day(start, n, end):
    assert DAYS.add_months(date.fromisoformat(start), n) == (date.fromisoformat(end), False)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [("2026-11-30", 3, "2027-03-01"), ("2026-11-24", 3, "2027-02-24"), ("2026-10-31", 2, "2026-12-31")],
)
def test_months_that_end_in_an_unpublished_year_are_provisional(start, n, end):
    end = date.fromisoformat(end)
    assert DAYS.add_months(date.fromisoformat(start), n) == (end, end.year == 2027)


def test_the_last_published_day_is_certain_and_the_next_is_not():
    assert DAYS.add(date(2026, 12, 30), 1) == (date(2026, 12, 31), False)
    assert DAYS.add(date(2026, 12, 31), 1) == (date(2027, 1, 1), True)
    assert DAYS.add(date(2027, 1, 4), -1) == (date(2027, 1, 1), True)
    assert DAYS.add(date(2026, 12, 31), 0) == (date(2026, 12, 31), False)


def test_one_day_staff_set_apart_does_not_publish_its_year():
    noted = WorkingDays.of({**DAYS.kinds, date(2027, 3, 12): "holiday"})
    assert not noted.works(date(2027, 3, 12))
    assert not noted.known(date(2027, 3, 12))
    assert noted.known(date(2026, 3, 12))


@pytest.mark.parametrize(
    ("policy", "held"), [(NEXT, date(2026, 10, 8)), (PREVIOUS, date(2026, 9, 30)), (STAY, date(2026, 10, 3))]
)
def test_a_day_moves_off_a_holiday_as_the_policy_says(policy, held):
    assert DAYS.move(date(2026, 10, 3), policy) == held


def test_holidays_are_named_whole_and_make_up_days_by_name():
    first, last = date(2025, 9, 27), date(2025, 10, 2)
    assert list(DAYS.holidays(first, last)) == [Holiday("国庆节、中秋节", date(2025, 10, 1), date(2025, 10, 8))]
    assert list(DAYS.made_up(first, last)) == [(date(2025, 9, 28), "国庆节调休上班")]


def test_a_calendar_without_names_still_says_what_a_day_is():
    bare = WorkingDays.of(DAYS.kinds)
    assert [off.name for off in bare.holidays(date(2026, 2, 20), date(2026, 2, 20))] == ["节假日"]
    assert list(bare.made_up(date(2026, 2, 14), date(2026, 2, 14))) == [(date(2026, 2, 14), "调休上班")]


def test_the_notices_give_248_working_days_in_each_of_two_years():
    assert DAYS.between(date(2024, 12, 31), date(2025, 12, 31)) == 248
    assert DAYS.between(date(2025, 12, 31), date(2026, 12, 31)) == 248


@given(DATES, COUNTS)
def test_adding_and_counting_undo_each_other(day, n):
    end, _ = DAYS.add(day, n)
    assert DAYS.works(end)
    assert DAYS.between(day, end) == n
    assert DAYS.between(day, end - DAY) == n - 1
    assert DAYS.between(end, day) == -n


@given(DATES, COUNTS)
def test_going_back_undoes_going_ahead_from_a_working_day(day, n):
    day = DAYS.move(day, NEXT)
    assert DAYS.add(DAYS.add(day, n)[0], -n)[0] == day
    assert DAYS.add(DAYS.add(day, -n)[0], n)[0] == day


@given(DATES, COUNTS, COUNTS)
def test_counting_in_two_goes_is_counting_in_one(day, n, more):
    assert DAYS.add(DAYS.add(day, n)[0], more)[0] == DAYS.add(day, n + more)[0]


@given(DATES, COUNTS)
def test_it_is_provisional_exactly_when_an_unpublished_year_is_touched(day, n):
    end, provisional = DAYS.add(day, n)
    assert provisional is any(not DAYS.known(day + i * DAY) for i in range(1, (end - day).days + 1))


@given(DATES, st.integers(1, 12))
def test_months_keep_the_day_or_end_the_month(day, n):
    end = months_after(day, n)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == n
    assert end.day == day.day or (end.day < day.day and (end + DAY).day == 1)
    moved, _ = DAYS.add_months(day, n)
    assert DAYS.works(moved)
    assert not any(DAYS.works(end + i * DAY) for i in range((moved - end).days))
