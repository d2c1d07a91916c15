"""Quiet hours: what is due in them goes after them, or in the evening before."""

from datetime import date, datetime

import pytest

from bot.clock import SHANGHAI, at_local
from bot.rules.quiet import AFTER, EVENING, Quiet

NIGHT = Quiet.of("21:30", "07:30")
DAY = date(2026, 12, 8)


def at(clock, day=DAY):
    hour, minute = map(int, clock.split(":"))
    return at_local(day, hour, minute)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:29", False), ("21:30", True), ("23:59", True), ("00:00", True), ("07:29", True), ("07:30", False), ("12:00", False)],
)  # fmt: skip
def test_the_night_is_quiet_up_to_the_minute_it_ends(clock, quiet):
    assert NIGHT.covers(at(clock)) is quiet


def test_what_falls_into_the_night_goes_in_the_morning():
    assert NIGHT.over(at("22:00")) == at("07:30", date(2026, 12, 9))
    assert NIGHT.over(at("06:00")) == at("07:30")
    assert NIGHT.over(at("09:00")) == at("09:00")


def test_or_half_an_hour_before_the_night_began_if_its_rule_says_so():
    assert NIGHT.move(at("06:00"), EVENING) == at("21:00", date(2026, 12, 7))
    assert NIGHT.move(at("22:00"), EVENING) == at("21:00")
    assert NIGHT.move(at("22:00"), AFTER) == at("07:30", date(2026, 12, 9))


def test_the_same_moment_twice_means_no_quiet_at_all():
    assert not any(Quiet.of("00:00", "00:00").covers(at(f"{hour:02}:00")) for hour in range(24))


def test_a_noon_that_is_quiet_does_not_span_midnight():
    noon = Quiet.of("12:00", "14:00")
    assert noon.over(at("13:00")) == at("14:00")
    assert noon.before(at("13:00")) == at("11:30")


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2026, 12, 31)], ids=["leap day", "year's end"])
def test_a_night_leads_over_into_the_next_day_whatever_it_is_called(day):
    evening = datetime(day.year, day.month, day.day, 22, 0, tzinfo=SHANGHAI)
    assert (NIGHT.over(evening) - evening).total_seconds() == 9.5 * 3600
