"""Serve reception days as calendars that phones and desks subscribe to (RFC 5545, RFC 7986)."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.actions import calendars
from bot.actions.calendars import SEATED, Calendar
from bot.actions.reception import spoken, where
from bot.clock import SHANGHAI, at_local
from bot.deps import Deps
from bot.errors import Refused
from bot.rules import feeds
from bot.store import Db
from config.texts import Texts
from handlers.public import callers
from handlers.webhooks import DEPS

if TYPE_CHECKING:  # 5 MB that only whoever subscribes needs
    import icalendar

REFRESH = timedelta(hours=1)  # [A] how often a calendar should look again; a move is known the same morning
SEATS_SINCE = datetime(2026, 1, 1, tzinfo=SHANGHAI)  # the minutes of a seat's changes are counted from here
#          a day's state        iCalendar's word
STATUS = {"provisional": "TENTATIVE", "cancelled": "CANCELLED"}  # all others stand: CONFIRMED


async def of_station(request: web.Request) -> web.Response:
    """Serve the reception days of a station."""
    return await _open(request, calendars.of_station)


async def of_group(request: web.Request) -> web.Response:
    """Serve the reception days of a contact group."""
    return await _open(request, calendars.of_group)


async def of_representative(request: web.Request) -> web.Response:
    """Serve one representative's own days to whoever holds the address; a broken one looks like one taken back."""
    await callers.spare(request, "calendar")
    deps = request.app[DEPS]
    try:
        person_id, edition = feeds.read(deps.sealer, request.match_info["token"])
    except Refused:
        return _answer(request, None)
    async with deps.store.read() as db:
        found = await calendars.of_representative(db, person_id, edition, deps.clock.now())
    return _answer(request, found)


async def _open(request: web.Request, read: Callable[[Db, str, datetime], Awaitable[Calendar | None]]) -> web.Response:
    """Serve what is read by the code in the address."""
    callers.whole(request)
    await callers.spare(request, "calendar")
    deps = request.app[DEPS]
    async with deps.store.read() as db:
        found = await read(db, request.match_info["code"], deps.clock.now())
    return _answer(request, found)


def _answer(request: web.Request, found: Calendar | None) -> web.Response:
    """Return the calendar, or that it has not changed since the caller last asked."""
    deps = request.app[DEPS]
    if found is None:
        raise web.HTTPNotFound(text=deps.texts("refused.no_such_calendar"))
    body = written(found, deps)
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache" if found.own else "public, max-age=900",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Disposition": 'inline; filename="lianxin.ics"',
    }
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    if tag in known or known == ["*"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


def written(found: Calendar, deps: Deps) -> bytes:
    """Return the calendar as a file; the same days give the same bytes."""
    texts = deps.texts
    name = texts("calendar.own" if found.own else "calendar.name", name=found.name)
    import icalendar

    calendar = icalendar.Calendar()
    for key, value in {
        "PRODID": "-//lianxin//reception days//ZH",
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "METHOD": "PUBLISH",
        "NAME": name,
        "X-WR-CALNAME": name,
        "X-WR-TIMEZONE": "Asia/Shanghai",
        "X-PUBLISHED-TTL": "PT1H",
    }.items():
        calendar.add(key, value)
    calendar.add("REFRESH-INTERVAL", icalendar.vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add_component(_zone())
    for day in found.days:
        calendar.add_component(_event(day, found, texts))
    return bytes(calendar.to_ical())


def _zone() -> icalendar.Timezone:
    """Return Asia/Shanghai as it has been since 1991: eight hours ahead, all year."""
    import icalendar

    zone, standard = icalendar.Timezone(), icalendar.TimezoneStandard()
    zone.add("TZID", "Asia/Shanghai")
    standard.add("DTSTART", datetime(1992, 1, 1))  # noqa: DTZ001 - a zone's own start is local time
    standard.add("TZOFFSETFROM", timedelta(hours=8))
    standard.add("TZOFFSETTO", timedelta(hours=8))
    standard.add("TZNAME", "CST")
    zone.add_component(standard)
    return zone


def _event(day: Any, found: Calendar, texts: Texts) -> icalendar.Event:
    """Return one day: its UID stays for good, SEQUENCE grows with every move and cancellation."""
    import icalendar

    status = STATUS.get(day.state, "CONFIRMED")
    if found.own and day.seat not in SEATED:  # the day is held, but by another
        status = "CANCELLED"
    changed = _changed(day, found)
    event = icalendar.Event()
    event.add("UID", f"{day.uid}@lianxin")
    event.add("SEQUENCE", _sequence(day, found, changed))
    event.add("DTSTAMP", changed)
    event.add("LAST-MODIFIED", changed)
    event.add("DTSTART", _at(day.date, day.starts))
    event.add("DTEND", _at(day.date, day.ends))
    event.add("STATUS", status)
    event.add("SUMMARY", texts(f"calendar.summary_{status.lower()}", station=day.station))
    event.add("LOCATION", " ".join(filter(None, (where(day), day.address))))
    event.add("DESCRIPTION", "\n".join(_told(day, found, texts)))
    event.add("TRANSP", "OPAQUE" if found.own and status != "CANCELLED" else "TRANSPARENT")
    return event


def _told(day: Any, found: Calendar, texts: Texts) -> list[str]:
    """Return what else is to know: who sits, that it was moved or is not sure yet, why, whom to call."""
    lines = []
    if names := found.sitting.get(day.id):
        lines.append(texts("calendar.sitting", names="、".join(names)))
    if day.state == "provisional":
        lines.append(texts("calendar.provisional"))
    if day.moved_from:
        lines.append(texts("calendar.moved", day=spoken(day.moved_from)))
    if day.reason:
        lines.append(texts("calendar.reason", reason=day.reason))
    if day.phone:
        lines.append(texts("calendar.phone", phone=day.phone))
    return lines


def _changed(day: Any, found: Calendar) -> datetime:
    """Return when the event last became different; a day planned before we noted that counts from its own plan."""
    changed: datetime = day.changed_at or at_local(date.fromisoformat(day.planned_on), 0) - timedelta(days=62)
    return max(changed, day.seat_at) if found.own else changed


def _sequence(day: Any, found: Calendar, changed: datetime) -> int:
    """Return the event's SEQUENCE; a seat has no version of its own, the minute of its last change grows as well."""
    if not found.own:
        return int(day.version)
    return int(day.version) + max(0, int((changed - SEATS_SINCE).total_seconds() // 60))


def _at(day: str, clock: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), SHANGHAI)
