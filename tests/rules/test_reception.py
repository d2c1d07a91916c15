"""Reception days fall where a clerk with the State Council's notices and a pencil would put them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingDays
from bot.rules.reception import FARTHEST_MOVE, Rule, Season, named_days, preview, sessions
from config.holidays import published_days

DAYS = WorkingDays.of({day.date: day.kind for day in published_days()})


def rule(policy="next", **when):
    """A rule of nine to eleven at the station."""
    return Rule(starts="09:00", ends="11:00", place="站里", holiday_policy=policy, **when)


def held(given_rule, start, end):
    """Return the days a rule is held on; a provisional one ends in a question mark."""
    found = sessions(given_rule, date.fromisoformat(start), date.fromisoformat(end), DAYS)
    return [f"{each.held_on}{'?' * each.provisional}" for each in found]


# Worked out by hand with a wall calendar from 国务院办公厅关于2025年、2026年部分节假日安排的通知; policy `next`.
#  month       10th  15th  20th   what moves them
BY_HAND = """
   2025-01      10    15    20
   2025-02      10    17    20    the 15th is a Saturday
   2025-03      10    17    20    the 15th is a Saturday
   2025-04      10    15    21    the 20th is a Sunday
   2025-05      12    15    20    the 10th is a Saturday
   2025-06      10    16    20    the 15th is a Sunday
   2025-07      10    15    21    the 20th is a Sunday
   2025-08      11    15    20    the 10th is a Sunday
   2025-09      10    15    22    the 20th is a Saturday
   2025-10      10    15    20    国庆、中秋 end on the 8th
   2025-11      10    17    20    the 15th is a Saturday
   2025-12      10    15    22    the 20th is a Saturday
   2026-01      12    15    20    the 10th is a Saturday
   2026-02      10    24    24    春节 is off from the 15th to the 23rd: both fall on the 24th
   2026-03      10    16    20    the 15th is a Sunday
   2026-04      10    15    20
   2026-05      11    15    20    the 10th is a Sunday (the 9th was made up)
   2026-06      10    15    22    端午 is off from the 19th to the 21st
   2026-07      10    15    20
   2026-08      10    17    20    the 15th is a Saturday
   2026-09      10    15    20    the 20th is a Sunday that is worked for 国庆
   2026-10      10    15    20    the 10th is a Saturday that is worked for 国庆
   2026-11      10    16    20    the 15th is a Sunday
   2026-12      10    15    21    the 20th is a Sunday
"""
MONTHS = [line.split()[:4] for line in BY_HAND.strip().splitlines()]


def by_hand(*columns):
    """Return the hand-worked days of some columns (1: the 10th, 2: the 15th, 3: the 20th) in order."""
    return [f"{month[0]}-{month[column]}" for month in MONTHS for column in columns]


def test_twenty_four_months_are_on_the_table():
    assert len(MONTHS) == 24
    assert (MONTHS[0][0], MONTHS[-1][0]) == ("2025-01", "2026-12")


@pytest.mark.parametrize(
    ("days_of_month", "columns"), [((10,), (1,)), ((15,), (2,)), ((10, 20), (1, 3))], ids=["10", "15", "10+20"]
)
def test_twenty_four_months_fall_where_they_were_worked_out_by_hand(days_of_month, columns):
    assert held(rule(days_of_month=days_of_month), "2025-01-01", "2026-12-31") == by_hand(*columns)


def test_a_year_without_published_holidays_is_planned_by_the_plain_week_and_provisional():
    assert held(rule(days_of_month=(10,)), "2027-01-01", "2027-06-30") == [
        "2027-01-11?", "2027-02-10?", "2027-03-10?", "2027-04-12?", "2027-05-10?", "2027-06-10?",
    ]  # fmt: skip


#   policy      when                                    from          to            held on
OTHERS = [
    ("previous", {"days_of_month": (15,)}, "2026-02-01", "2026-03-31", ["2026-02-14", "2026-03-13"]),  # the 14th is worked
    ("previous", {"days_of_month": (1,)}, "2025-10-01", "2025-10-31", ["2025-09-30"]),
    ("previous", {"nth_weekdays": ("-1FR",)}, "2026-09-01", "2026-09-30", ["2026-09-24"]),  # 中秋 is the 25th
    ("stay", {"days_of_month": (10, 15)}, "2026-01-01", "2026-02-28", ["2026-01-10", "2026-01-15", "2026-02-10", "2026-02-15"]),
    ("next", {"days_of_month": (1,)}, "2026-01-01", "2026-01-31", ["2026-01-04"]),  # a Sunday made up for 元旦
    ("next", {"weekdays": ("WE",)}, "2026-09-28", "2026-10-20", ["2026-09-30", "2026-10-08", "2026-10-14"]),
    ("next", {"weekdays": ("TU", "WE")}, "2026-10-05", "2026-10-14", ["2026-10-08", "2026-10-13", "2026-10-14"]),  # two onto one
    ("next", {"weekdays": ("TH",)}, "2026-10-01", "2026-10-15", ["2026-10-08", "2026-10-15"]),  # the 1st onto the 8th's own
    ("next", {"nth_weekdays": ("2WE",)}, "2026-01-01", "2026-06-30",
     ["2026-01-14", "2026-02-11", "2026-03-11", "2026-04-08", "2026-05-13", "2026-06-10"]),
    ("next", {"nth_weekdays": ("1MO", "-1FR")}, "2026-09-01", "2026-09-30", ["2026-09-07", "2026-09-28"]),
    ("next", {"weekdays": ("WE",), "every": 2, "since": date(2026, 1, 5)}, "2026-01-10", "2026-02-10", ["2026-01-21", "2026-02-04"]),
    ("next", {"days_of_month": (10,), "every": 3, "since": date(2026, 1, 1)}, "2026-02-01", "2026-12-31",
     ["2026-04-10", "2026-07-10", "2026-10-10"]),
    ("next", {"days_of_month": (-1,)}, "2022-12-01", "2022-12-31", ["2023-01-03"]),  # over the year: 元旦 31 Dec – 2 Jan
    ("next", {"days_of_month": (-1,)}, "2024-02-01", "2024-02-29", ["2024-02-29"]),  # a leap day
    ("next", {"dates": (date(2028, 2, 29),)}, "2028-01-01", "2028-12-31", ["2028-02-29?"]),
    ("next", {"days_of_month": (10,), "dates": (date(2026, 12, 18),)}, "2026-12-01", "2026-12-31", ["2026-12-10", "2026-12-18"]),
    ("next", {"days_of_month": (10,), "since": date(2026, 4, 1), "until": date(2026, 5, 31)}, "2026-01-01", "2026-12-31",
     ["2026-04-10", "2026-05-11"]),
    ("next", {"days_of_month": (26,)}, "2026-12-01", "2027-01-31", ["2026-12-28", "2027-01-26?"]),
    ("next", {"days_of_month": (31,)}, "2026-01-01", "2026-04-30", ["2026-02-02", "2026-03-31"]),  # a short month has none
]  # fmt: skip


@pytest.mark.parametrize(("policy", "when", "start", "end", "expected"), OTHERS, ids=lambda value: str(value)[:40])
def test_every_kind_of_rule_falls_where_it_was_worked_out_by_hand(policy, when, start, end, expected):
    assert held(rule(policy, **when), start, end) == expected


def test_summer_has_hours_of_its_own_and_winter_a_place():
    seasons = (
        Season("06-01", "09-30", starts="08:00", ends="10:00"),
        Season("12-20", "02-10", place="便民中心二楼"),
    )
    found = sessions(rule(days_of_month=(10,), seasons=seasons), date(2026, 1, 1), date(2026, 12, 31), DAYS)
    hours = {each.held_on.month: (each.starts, each.place) for each in found}
    assert hours[6] == hours[9] == ("08:00", "站里")
    assert hours[5] == hours[10] == hours[12] == ("09:00", "站里")
    assert hours[1] == hours[2] == ("09:00", "便民中心二楼"), "a season may pass New Year"


def test_in_a_closed_season_nobody_receives():
    closed = (Season("07-15", "08-31", closed=True),)
    assert held(rule(days_of_month=(10, 20), seasons=closed), "2026-07-01", "2026-09-15") == [
        "2026-07-10",
        "2026-09-10",
    ]


def test_a_preview_shows_twelve_months_from_today_with_what_moves_across_it():
    found = preview(rule(days_of_month=(10,)), date(2026, 1, 11), DAYS)
    assert [found[0].planned_on, found[0].held_on] == [date(2026, 1, 10), date(2026, 1, 12)]
    assert len(found) == 13
    assert found[-1].held_on == date(2027, 1, 11)
    assert found[-1].provisional


# ---- what holds for every rule ---------------------------------------------------------------------------------------

STARTS = st.dates(date(2024, 1, 1), date(2026, 11, 1))
RULES = st.builds(
    rule,
    st.sampled_from(["next", "previous", "stay"]),
    days_of_month=st.lists(st.integers(1, 28), max_size=3, unique=True).map(tuple),
    weekdays=st.lists(st.sampled_from(["MO", "WE", "SA", "SU"]), max_size=2, unique=True).map(tuple),
    nth_weekdays=st.lists(st.sampled_from(["1MO", "2WE", "-1FR", "4SU"]), max_size=2, unique=True).map(tuple),
    seasons=st.just(()),
)


@given(RULES, STARTS, st.integers(0, 120))
def test_a_day_is_held_on_a_working_day_unless_the_rule_says_stay(given_rule, start, length):
    for each in sessions(given_rule, start, start + timedelta(days=length), DAYS):
        assert each.planned_on == each.held_on if given_rule.holiday_policy == "stay" else DAYS.works(each.held_on)
        if DAYS.works(each.planned_on):
            assert each.held_on == each.planned_on
        assert abs(each.held_on - each.planned_on) < FARTHEST_MOVE


@given(RULES, STARTS, st.integers(0, 120))
def test_no_day_is_held_twice_and_all_come_in_order(given_rule, start, length):
    found = [each.held_on for each in sessions(given_rule, start, start + timedelta(days=length), DAYS)]
    assert found == sorted(set(found))


@given(RULES, STARTS, st.integers(1, 60), st.integers(1, 60))
def test_looking_at_two_stretches_names_the_same_days_as_looking_at_both_at_once(given_rule, start, one, two):
    middle, end = start + timedelta(days=one), start + timedelta(days=one + two)
    apart = named_days(given_rule, start, middle) + named_days(given_rule, middle + timedelta(days=1), end)
    assert apart == named_days(given_rule, start, end)


@given(RULES, STARTS)
def test_a_day_moved_by_a_holiday_lies_between_no_other_working_days(given_rule, start):
    for each in sessions(given_rule, start, start + timedelta(days=60), DAYS):
        first, last = sorted((each.planned_on, each.held_on))
        between = [first + timedelta(days=n) for n in range(1, (last - first).days)]
        assert not any(DAYS.works(day) for day in between)
