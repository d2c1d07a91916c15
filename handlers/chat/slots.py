"""Fill what stands in braces in an answer from the store, for whoever asks; an empty word means that nobody knows."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.actions import about_station, assignments, cases, clocks, reception, suggestions
from bot.clock import local_date
from bot.rules.redaction import title
from bot.store import reads
from handlers.chat import progress, station
from handlers.context import Context

SLOT = re.compile(r"\{([a-z_]+)(?::([a-z0-9-]+))?\}")
LOOK_AHEAD = timedelta(days=200)
NOT_A_SPAN = ("choice", "clock")

Fill = Callable[[Context, str], Awaitable[str]]


async def filled(words: str, ctx: Context) -> str:
    """Return an answer with its slots filled, empty if one of them cannot be."""
    known: dict[str, str] = {}
    for found in SLOT.finditer(words):
        fill = FILLS.get(found[1])
        said = await fill(ctx, found[2] or "") if fill else ""
        if not said:
            return ""
        known[found[0]] = said
    return SLOT.sub(lambda found: known[found[0]], words)


def unknown_in(words: str) -> list[str]:
    """Return the slots of an answer that nobody knows how to fill."""
    return [found[0] for found in SLOT.finditer(words) if found[1] not in FILLS]


def personal(words: str) -> bool:
    """Whether an answer speaks of the asker's own cases, which is nobody else's business in a group."""
    return any(found[1] in PERSONAL for found in SLOT.finditer(words))


# ---- the station -----------------------------------------------------------------------------------------------------


def _of_home(column: str) -> Fill:
    """Return how to say one fact of the asker's station or group."""

    async def say(ctx: Context, _argument: str) -> str:
        home = await about_station.home_of(ctx.db, ctx.sender.group_id)
        return str(getattr(home, column) or "") if home is not None else ""

    return say


def _with_home(say: Callable[[Context, Any], Awaitable[str]]) -> Fill:
    """Return how to say something about the asker's station, if it is known which that is."""

    async def fill(ctx: Context, _argument: str) -> str:
        home = await about_station.home_of(ctx.db, ctx.sender.group_id)
        return await say(ctx, home) if home is not None else ""

    return fill


async def _area(_ctx: Context, home: Any) -> str:
    return "、".join(home.area.split())


async def _quiet_hours(ctx: Context, home: Any) -> str:
    return ctx.texts("slot.between", starts=home.quiet_from, ends=home.quiet_until)


async def _clerks(ctx: Context, home: Any) -> str:
    return "、".join(await about_station.clerks_of(ctx.db, home.id))


async def _points(ctx: Context, home: Any) -> str:
    return _places(ctx, await about_station.below(ctx.db, home.id))


async def _other_stations(ctx: Context, home: Any) -> str:
    return _places(ctx, await about_station.others(ctx.db, home.id, home.office_id))


def _places(ctx: Context, rows: list[Any]) -> str:
    named = [
        ctx.texts("slot.place" if row.address else "slot.place_only", name=row.name, address=row.address)
        for row in rows[: about_station.MOST_NAMED]
    ]
    return "\n".join(named)


async def _units(ctx: Context, home: Any) -> str:
    return "、".join(await about_station.units_of(ctx.db, home.office_id))


async def _this_year(ctx: Context, home: Any) -> str:
    logged, closed = await about_station.done_this_year(ctx.db, home.id, ctx.now)
    return ctx.texts("slot.this_year", station=home.name, logged=logged, closed=closed)


async def _reception_rule(ctx: Context, home: Any) -> str:
    lines = [
        ctx.texts(
            "slot.rule", days="、".join(map(str, json.loads(row.days_of_month))), starts=row.starts, ends=row.ends
        )
        for row in await about_station.rules_of(ctx.db, home.id)
        if row.days_of_month != "[]"
    ]
    return "；".join(lines)


async def _seated_next(ctx: Context, home: Any) -> str:
    seated = await about_station.seated_next(ctx.db, home.id, ctx.now)
    if seated is None:
        return ""
    return ctx.texts("slot.seated", day=reception.spoken(seated.day), names="、".join(seated.names))


async def _next_reception(ctx: Context, _argument: str) -> str:
    return await station.say_next_days(ctx)


async def _my_representatives(ctx: Context, _argument: str) -> str:
    return await station.say_representatives(ctx)


async def _representative_names(ctx: Context, home: Any) -> str:  # noqa: ARG001 - told of a known group only
    rows = await reads.representatives_of(ctx.db, ctx.sender.group_id or 0)
    return "、".join(row.name for row in rows)


async def _representative_count(ctx: Context, home: Any) -> str:  # noqa: ARG001 - told of a known group only
    return str(len(await reads.representatives_of(ctx.db, ctx.sender.group_id or 0)) or "")


# ---- the calendar and the office's numbers ---------------------------------------------------------------------------


async def _limit(ctx: Context, code: str) -> str:
    row = await about_station.limit_of(ctx.db, code)
    return "" if row is None or row.unit in NOT_A_SPAN else ctx.texts(f"slot.of_{row.unit}", value=row.value)


async def _today(ctx: Context, _argument: str) -> str:
    today = local_date(ctx.now)
    days = await reception.working_days(ctx.db)
    if not days.known(today):
        return ""
    return ctx.texts("slot.works" if days.works(today) else "slot.rests", day=reception.spoken(today.isoformat()))


async def _next_holiday(ctx: Context, _argument: str) -> str:
    today = local_date(ctx.now)
    days = await reception.working_days(ctx.db)
    off = next((each for each in days.holidays(today, today + LOOK_AHEAD)), None)
    if off is None:
        return ""
    first, last = (reception.spoken(day.isoformat()) for day in (off.first, off.last))
    return ctx.texts("slot.holiday", name=off.name, first=first, last=last)


# ---- the asker's own cases -------------------------------------------------------------------------------------------


async def _my_progress(ctx: Context, _argument: str) -> str:
    return await progress.say(ctx, await suggestions.mine(ctx.db, ctx.sender.person_id, ""), others=True)


async def _last_case(ctx: Context, _argument: str) -> str:
    return await progress.say(ctx, await suggestions.mine(ctx.db, ctx.sender.person_id, ""), others=False)


async def _last_due(ctx: Context, _argument: str) -> str:
    mine = await suggestions.mine(ctx.db, ctx.sender.person_id, "")
    day = await clocks.answer_day(ctx.db, (await cases.living(ctx.db, mine)).id)
    return ctx.texts("slot.due" if day else "slot.no_due", number=mine.number, subject=title(mine), day=day)


async def _last_holder(ctx: Context, _argument: str) -> str:
    mine = await suggestions.mine(ctx.db, ctx.sender.person_id, "")
    held = await assignments.holders(ctx.db, (await cases.living(ctx.db, mine)).id)
    names = "、".join(each.name for each in held)
    code = "slot.held" if names else "slot.not_held"
    return ctx.texts(code, number=mine.number, subject=title(mine), names=names)


# what stands in an answer as {…} -> who knows it now
FILLS: dict[str, Fill] = {
    "station": _of_home("name"),
    "station_address": _of_home("address"),
    "station_phone": _of_home("phone"),
    "station_hours": _of_home("hours"),
    "office": _of_home("office_name"),
    "my_group": _of_home("group_name"),
    "daily_cap": _of_home("daily_cap"),
    "group_area": _with_home(_area),
    "quiet_hours": _with_home(_quiet_hours),
    "clerks": _with_home(_clerks),
    "station_points": _with_home(_points),
    "other_stations": _with_home(_other_stations),
    "units": _with_home(_units),
    "cases_this_year": _with_home(_this_year),
    "reception_rule": _with_home(_reception_rule),
    "seated_next": _with_home(_seated_next),
    "representative_names": _with_home(_representative_names),
    "representative_count": _with_home(_representative_count),
    "next_reception": _next_reception,
    "my_representatives": _my_representatives,
    "limit": _limit,
    "today": _today,
    "next_holiday": _next_holiday,
    "my_progress": _my_progress,
    "last_case": _last_case,
    "last_due": _last_due,
    "last_holder": _last_holder,
}
PERSONAL = frozenset({"my_progress", "last_case", "last_due", "last_holder"})
