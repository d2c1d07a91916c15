"""Do what clerks ask for by words about reception days: move, cancel, restore, list."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.actions import reception, reception_desk
from bot.actions.reception_desk import Listed
from bot.clock import local_date
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.privacy import mask
from bot.rules.receptionwords import day_meant
from handlers.context import Context

router = Router()


@router.deed("move_day")
async def move(msg: Incoming, ctx: Context) -> Reply:
    """Move a day: 改期 12-10 12-12 14:00-16:00 理由."""
    days = days_in(msg, ctx, 1, "move_day")
    to = days[1] if len(days) == 2 else days[0]  # with one day only the hours change
    if len(days) == 1 and not _facts(ctx)["hours"]:
        raise Refused("move_day_how")
    day = await reception_desk.find_day(ctx.desk, ctx.sender.person_id, days[0], _facts(ctx)["rest"])
    now = await reception_desk.move(ctx.desk, day, to, _facts(ctx)["hours"], reason_in(ctx, day), ctx.sender.person_id)
    facts = {"day": reception.spoken(now.date), "starts": now.starts, "ends": now.ends, "station": now.station}
    words = ctx.texts("plan.moved", was=reception.spoken(day.date), short=now.date[5:], **facts)
    works = (await reception.working_days(ctx.db)).works(to)
    return ctx.aside(words if works else words + ctx.texts("plan.rest_day", day=reception.spoken(now.date)))


@router.deed("cancel_day")
async def cancel(msg: Incoming, ctx: Context) -> Reply:
    """Cancel a day: 取消接待 12-10 理由."""
    (on, *_) = days_in(msg, ctx, 1, "cancel_day")
    day = await reception_desk.find_day(ctx.desk, ctx.sender.person_id, on, _facts(ctx)["rest"])
    now = await reception_desk.cancel(ctx.desk, day, reason_in(ctx, day), ctx.sender.person_id)
    facts = {"day": reception.spoken(now.date), "station": now.station}
    return ctx.aside(ctx.texts("plan.cancelled", short=now.date[5:], **facts))


@router.deed("restore_day")
async def restore(msg: Incoming, ctx: Context) -> Reply:
    """Let a day be again what its rule makes of it: 恢复接待 12-10."""
    (on, *_) = days_in(msg, ctx, 1, "restore_day")
    day = await reception_desk.find_day(ctx.desk, ctx.sender.person_id, on, _facts(ctx)["rest"])
    now = await reception_desk.restore(ctx.desk, day, ctx.sender.person_id)
    facts = {"day": reception.spoken(now.date), "starts": now.starts, "ends": now.ends, "station": now.station}
    return ctx.aside(ctx.texts("plan.restored", **facts))


async def say_planned(ctx: Context, stations: list[int]) -> str:
    """Return the coming days of a clerk's stations in words, with who sits and what was decided."""
    days = await reception_desk.listed(ctx.desk, stations, cancelled=True)
    if not days:
        return ctx.texts("reception.none")
    several = len({each.day.station_id for each in days}) > 1
    lines = "\n".join(line_of(ctx, each, several=several) for each in days)
    return ctx.texts("plan.list", days=lines)


def line_of(ctx: Context, listed: Listed, *, several: bool) -> str:
    """Return one day as the desk reads it."""
    day = listed.day
    return ctx.texts(
        "plan.day",
        day=reception.spoken(day.date),
        starts=day.starts,
        ends=day.ends,
        station=day.station if several else "",
        who=_who(ctx, listed),
        marks="".join(_marks(ctx, day)),
    )


def days_in(msg: Incoming, ctx: Context, least: int, deed: str) -> list[date]:
    """Return the days a deed names; in a group or without enough of them it says how to say it."""
    if msg.in_group:
        raise Refused("plan_not_in_group")
    named = _facts(ctx)["days"]
    if len(named) < least:
        raise _how(deed)
    return [day_meant(each, local_date(ctx.now)) for each in named]


def reason_in(ctx: Context, day: Any) -> str:
    """Return the reason that was given, without the station's name in front of it; raises Refused."""
    rest = str(_facts(ctx)["rest"])
    first, _, more = rest.partition(" ")
    reason = more.strip() if first and (first in day.station or first == day.starts) else rest
    if not reason:
        raise Refused("day_needs_reason", day=reception.spoken(day.date))
    return reason[:200]


def _facts(ctx: Context) -> dict[str, Any]:
    assert ctx.deed is not None  # the door found it
    return dict(ctx.deed.facts)


def _how(deed: str) -> Refused:
    """Return the sentence that shows how a deed is said."""
    match deed:
        case "move_day":
            return Refused("move_day_how")
        case "cancel_day":
            return Refused("cancel_day_how")
        case "restore_day":
            return Refused("restore_day_how")
        case "swap":
            return Refused("swap_how")
        case "leave":
            return Refused("leave_how")
        case "end_leave":
            return Refused("end_leave_how")
    return Refused("unseat_how")


def _who(ctx: Context, listed: Listed) -> str:
    if listed.day.state == "cancelled":
        return ctx.texts("plan.cancelled_mark", reason=mask(listed.day.reason))
    names = "、".join(seat.name for seat in listed.sits)
    if listed.asked:
        return names + ctx.texts("duty.asked", names="、".join(listed.asked))
    return names or (ctx.texts("duty.gap", short=listed.day.date[5:]) if listed.gap else "")


def _marks(ctx: Context, day: Any) -> list[str]:
    marks = []
    if day.state == "provisional":
        marks.append(ctx.texts("plan.provisional_mark"))
    if day.state != "cancelled" and day.date != day.planned_on:
        marks.append(ctx.texts("plan.moved_mark", day=reception.spoken(day.planned_on)))
    return marks
