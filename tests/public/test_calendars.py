"""Whoever subscribes to a calendar sees the days, their moves and what was called off; read back by vobject."""

import re
from datetime import UTC, datetime, timedelta

import icalendar
import vobject
from sqlalchemy import select, update

from bot.clock import SHANGHAI
from bot.rules import feeds
from bot.store.tables import duty, person, reception_day, representative
from tests.public.conftest import change, first_day, seat

GROUP, STATION = "/calendar/group/hepan-1.ics", "/calendar/station/hepan.ics"


def events(text):
    """Return the calendar's events by day, as a library that is not ours reads them."""
    calendar = vobject.readOne(text)
    return {event.dtstart.value.date().isoformat(): event for event in calendar.vevent_list}


async def test_a_groups_calendar_shows_its_stations_days_in_the_offices_time(planned, caller):
    status, text, headers = await caller.get(GROUP)
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = vobject.readOne(text)
    assert calendar.x_wr_calname.value == "河畔街道滨河社区联系群接待日"
    assert calendar.refresh_interval.value == "PT1H"
    (zone,) = [each for each in calendar.components() if each.name == "VTIMEZONE"]
    assert zone.tzid.value == "Asia/Shanghai"
    day = events(text)["2026-12-10"]
    assert day.dtstart.value == datetime(2026, 12, 10, 9, tzinfo=SHANGHAI)
    assert day.dtstart.value.utcoffset() == timedelta(hours=8)
    assert (day.dtend.value - day.dtstart.value, day.status.value) == (timedelta(hours=2), "CONFIRMED")
    assert day.summary.value == "代表接待日（河畔街道人大代表联络站）"
    assert "滨河路" in day.location.value
    assert text == (await caller.get(STATION))[1].replace(
        "河畔街道人大代表联络站接待日", "河畔街道滨河社区联系群接待日"
    )


async def test_a_day_in_a_year_without_published_holidays_is_tentative(planned, caller):
    found = events((await caller.get(STATION))[1])
    assert {day[:4]: event.status.value for day, event in found.items()} == {"2026": "CONFIRMED", "2027": "TENTATIVE"}
    assert "暂定" in found["2027-01-10" if "2027-01-10" in found else max(found)].summary.value


async def test_a_move_keeps_the_uid_and_counts_the_sequence_up(planned, caller):
    day, before = await first_day(planned), events((await caller.get(STATION))[1])["2026-12-10"]
    planned.clock.move(timedelta(hours=1))
    moved = {"date": "2026-12-11", "version": day.version + 1, "moved_from": "2026-12-10", "reason": "停电",
             "changed_at": planned.clock.now()}  # fmt: skip
    await change(planned, update(reception_day).where(reception_day.c.id == day.id).values(**moved))
    found = events((await caller.get(STATION))[1])
    after = found["2026-12-11"]
    assert "2026-12-10" not in found
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) == int(before.sequence.value) + 1
    assert after.last_modified.value == after.dtstamp.value == planned.clock.now() > before.last_modified.value
    assert "原定12月10日（星期四）。" in after.description.value
    assert "停电" in after.description.value


async def test_a_day_that_is_called_off_stays_and_says_so(planned, caller):
    day, before = await first_day(planned), events((await caller.get(STATION))[1])["2026-12-10"]
    off = {"state": "cancelled", "version": 1, "reason": "大雪", "changed_at": planned.clock.now()}
    await change(planned, update(reception_day).where(reception_day.c.id == day.id).values(**off))
    after = events((await caller.get(STATION))[1])["2026-12-10"]
    assert (after.status.value, after.uid.value) == ("CANCELLED", before.uid.value)
    assert int(after.sequence.value) > int(before.sequence.value)
    assert after.summary.value.startswith("已取消")


async def test_who_asks_again_hears_that_nothing_changed_until_it_does(planned, caller):
    _, _, headers = await caller.get(STATION)
    for asked in (headers["ETag"], f"W/{headers['ETag']}", f'"x", {headers["ETag"]}'):
        status, text, again = await caller.get(STATION, headers={"If-None-Match": asked})
        assert (status, text, again["ETag"]) == (304, "", headers["ETag"])
    day = await first_day(planned)
    await change(planned, update(reception_day).where(reception_day.c.id == day.id).values(place="二楼", version=1))
    status, _, _ = await caller.get(STATION, headers={"If-None-Match": headers["ETag"]})
    assert status == 200


async def test_another_parser_agrees(planned, caller):
    _, text, _ = await caller.get(STATION)
    ours, theirs = icalendar.Calendar.from_ical(text), vobject.readOne(text)
    assert {str(event["UID"]) for event in ours.walk("VEVENT")} == {event.uid.value for event in theirs.vevent_list}
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert all(event.dtstamp.value.tzinfo == UTC or event.dtstamp.value.utcoffset() == timedelta(0)
               for event in theirs.vevent_list)  # fmt: skip


async def test_an_unknown_calendar_is_not_there(planned, caller):
    for path in ("/calendar/group/atlantis.ics", "/calendar/station/x.ics", "/calendar/mine/AAAA.ics",
                 f"/calendar/mine/{'A' * 36}.ics", "/calendar/mine/%E2%80%AE.ics"):  # fmt: skip
        assert (await caller.get(path))[0] == 404


def address_in(words):
    return re.search(r"https?://[^/]+(/calendar/\S+\.ics)", words)[1]


async def test_a_representative_gets_an_address_of_their_own(planned, caller, zhang):
    await seat(planned)
    words = await zhang.says("我的日历")
    assert "请勿转发" in words
    _, text, headers = await caller.get(address_in(words))
    assert headers["Cache-Control"] == "private, no-cache"
    (event,) = events(text).values()
    assert (event.status.value, event.transp.value) == ("CONFIRMED", "OPAQUE")
    assert "接待代表：张卫国" in event.description.value
    assert "接待代表：张卫国" in events((await caller.get(STATION))[1])["2026-12-10"].description.value


async def test_a_seat_given_away_is_called_off_in_the_own_calendar_only(planned, caller, zhang):
    who = await seat(planned)
    path = address_in(await zhang.says("日历"))
    (before,) = events((await caller.get(path))[1]).values()
    planned.clock.move(timedelta(minutes=5))
    excused = {"state": "excused", "at": planned.clock.now()}
    await change(planned, update(duty).where(duty.c.person_id == who).values(**excused))
    (after,) = events((await caller.get(path))[1]).values()
    assert (after.status.value, after.uid.value) == ("CANCELLED", before.uid.value)
    assert int(after.sequence.value) > int(before.sequence.value)
    assert events((await caller.get(STATION))[1])["2026-12-10"].status.value == "CONFIRMED"


async def test_a_new_address_ends_the_old_one(planned, caller, zhang):
    old = address_in(await zhang.says("日历"))
    new = address_in(await zhang.says("换日历地址"))
    assert old != new
    assert [(await caller.get(path))[0] for path in (old, new)] == [404, 200]


async def test_no_address_can_be_made_up_from_another(planned, caller, zhang):
    path = address_in(await zhang.says("日历"))
    token = path.removeprefix("/calendar/mine/").removesuffix(".ics")
    for at in range(0, 36, 5):
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert (await caller.get(f"/calendar/mine/{forged}.ics"))[0] == 404
    (li,) = await planned.rows(select(person.c.id).where(person.c.code == "tian-min"))
    assert (await caller.get(f"/calendar/mine/{feeds.write(planned.deps.sealer, li.id, 1)}.ics"))[0] == 404


async def test_who_leaves_the_seat_loses_the_calendar(planned, caller, zhang):
    path = address_in(await zhang.says("日历"))
    (who,) = await planned.rows(select(person.c.id).where(person.c.code == "zhang-weiguo"))
    await change(planned, representative.delete().where(representative.c.person_id == who.id))
    assert (await caller.get(path))[0] == 404


async def test_a_voter_gets_the_groups_calendar_and_a_stranger_is_asked_where_they_live(planned, caller, wang, kang):
    await wang.sends("subscribes", scene="hepan-1")
    assert address_in(await wang.says("日历")) == GROUP
    assert "小区" in await kang.says("日历")


async def test_the_representatives_address_is_never_said_in_a_group(planned, zhang):
    in_group = planned.platform
    words = await in_group.says("zhushou", "zhangweiguo", "日历", "wrSample-hepan-1")
    assert "/calendar/mine/" not in "\n".join(words.answers)
