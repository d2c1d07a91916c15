"""Days and hours as people say them, and the slots of a day."""

from datetime import date

import pytest

from bot.errors import Refused
from bot.rules import tickets
from bot.rules.bookwords import Wanted, wanted_of
from bot.rules.commands import Command, command_of
from bot.rules.privacy import Sealer
from bot.rules.slots import free_seat, slots

MONDAY = date(2026, 12, 7)
TENTH = date(2026, 12, 10)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("12-10", Wanted(TENTH)),
        ("12-10 9:30", Wanted(TENTH, "09:30")),
        ("12月10日上午9点半", Wanted(TENTH, "09:30")),
        ("１２．１０ ９：００", Wanted(TENTH, "09:00")),
        ("10号 3点", Wanted(TENTH, "15:00")),
        ("10号下午3点20分", Wanted(TENTH, "15:20")),
        ("明天", Wanted(date(2026, 12, 8))),
        ("后天10:40", Wanted(date(2026, 12, 9), "10:40")),
        ("1-11", Wanted(date(2027, 1, 11))),
        ("9点", Wanted(None, "09:00")),
        ("2-30", Wanted(None)),
        ("25:00", Wanted(None)),
        ("9:75", Wanted(None)),
    ],
)
def test_a_day_and_an_hour_are_understood(words, wanted):
    assert wanted_of(words, MONDAY) == wanted


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("预约", Command("book")),
        ("我要预约", Command("book")),
        ("預約", Command("book")),
        ("预约 12-10", Command("book", "12-10")),
        ("预约12月10日9点", Command("book", "12月10日9点")),
        ("我想预约接待日 10号", Command("book", "10号")),
        ("我的预约", Command("bookings")),
        ("取消预约", Command("unbook")),
        ("取消预约 12-10", Command("unbook", "12-10")),
        ("预约挂号太难了", None),
        ("取消预约挂号的收费", None),
        ("预约 12号楼的电梯检修", None),
    ],
)
def test_only_a_whole_message_is_a_booking(text, command):
    assert command_of(text) == command


def test_hours_are_divided_and_what_is_left_makes_no_slot():
    assert slots("09:00", "11:00", 20) == ("09:00", "09:20", "09:40", "10:00", "10:20", "10:40")
    assert slots("12:00", "13:30", 25) == ("12:00", "12:25", "12:50")
    assert slots("09:00", "09:10", 20) == ()


def test_the_lowest_free_seat_is_given():
    assert free_seat((), 2) == 1
    assert free_seat({1, 3}, 3) == 2
    assert free_seat({1, 2}, 2) is None


def test_a_ticket_opens_only_what_it_was_written_for():
    sealer, other = Sealer([b"k" * 32]), Sealer([b"o" * 32])
    token = tickets.write(sealer, 7, tickets.PAGE)
    assert len(token) == 32
    assert tickets.read(sealer, token, tickets.PAGE) == 7
    for wrong in (
        tickets.write(sealer, 7, tickets.ARRIVAL),
        tickets.write(other, 7, tickets.PAGE),
        token[:-1],
        "",
        "你",
    ):
        with pytest.raises(Refused):
            tickets.read(sealer, wrong, tickets.PAGE)
