"""Do what is asked for by words or cards about duty: who sits when, swap, leave, seat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.actions import duty, leave, reception, reception_desk, seat_questions, swapping
from bot.actions.cards import Press
from bot.clock import local_date
from bot.errors import Refused
from bot.message import SILENCE, Incoming, Reply
from bot.router import Router
from bot.rules.receptionwords import day_meant
from handlers.chat.reception_desk import days_in, line_of
from handlers.context import Context

router = Router()


@router.deed("duty")
async def on_duty(msg: Incoming, ctx: Context) -> Reply:
    """List who sits when, a representative's own days; with a day and a name seat somebody: 值班 12-10 王代表."""
    if msg.in_group:
        raise Refused("plan_not_in_group")
    if _facts(ctx)["days"]:
        return await seat(msg, ctx)
    stations = await reception_desk.stations_of(ctx.db, ctx.sender.person_id)
    if not stations:
        return await my_duty(msg, ctx)
    days = await reception_desk.listed(ctx.desk, stations)
    if not days:
        return ctx.aside(ctx.texts("reception.none"))
    several = len({each.day.station_id for each in days}) > 1
    lines = "\n".join(line_of(ctx, each, several=several) for each in days)
    counts = await reception_desk.served(ctx.desk, [each.day for each in days])
    served = "、".join(ctx.texts("duty.count", name=name, count=count) for name, count in counts)
    gaps = sum(each.gap for each in days)
    gap_words = ctx.texts("duty.gaps", count=gaps) if gaps else ""
    return ctx.aside(ctx.texts("duty.list", days=lines, served=served) + gap_words)


@router.deed("my_duty")
async def my_duty(msg: Incoming, ctx: Context) -> Reply:
    """List one's own days, and what one is asked."""
    if msg.in_group:
        raise Refused("plan_not_in_group")
    days = await reception_desk.own_days(ctx.desk, ctx.sender.person_id)
    lines = [
        ctx.texts("duty.mine", day=reception.spoken(day.date), starts=day.starts, ends=day.ends,
                  where=reception.where(day))
        for day in days
    ]  # fmt: skip
    words = ctx.texts("duty.my_list", days="\n".join(lines)) if lines else ctx.texts("duty.none")
    asked = await swapping.asked_of(ctx.desk, ctx.sender.person_id)
    for each in asked:
        words += ctx.texts("duty.question", name=each.from_name, day=reception.spoken(each.date))
    return ctx.aside(words)


async def seat(msg: Incoming, ctx: Context) -> Reply:
    """Say who sits on one day, or let a clerk seat somebody there."""
    (on, *_) = days_in(msg, ctx, 1, "duty")
    name = str(_facts(ctx)["name"])
    day = await reception_desk.find_day(ctx.desk, ctx.sender.person_id, on)
    sits = await duty.on_duty(ctx.db, day.id)
    facts = {"day": reception.spoken(day.date), "short": day.date[5:]}
    if not name:
        names = "、".join(each.name for each in sits) or ctx.texts("duty.nobody")
        return ctx.aside(ctx.texts("duty.one_day", names=names, **facts))
    other = swapping.find(await seat_questions.turn(ctx.desk, day, without=()), name)
    await leave.seat_instead(ctx.desk, day, other.person_id)
    names = "、".join([*(each.name for each in sits), other.name])
    return ctx.aside(ctx.texts("duty.seated_now", name=other.name, names=names, **facts))


@router.deed("unseat")
async def unseat(msg: Incoming, ctx: Context) -> Reply:
    """Take somebody off a day: 撤班 12-10 王代表. Whose turn it is sits instead."""
    (on, *_) = days_in(msg, ctx, 1, "unseat")
    day = await reception_desk.find_day(ctx.desk, ctx.sender.person_id, on)
    name = await duty.take_off(ctx.desk, day, str(_facts(ctx)["name"]), ctx.sender.person_id)
    return ctx.aside(ctx.texts("duty.unseated", name=name, day=reception.spoken(day.date), short=day.date[5:]))


@router.deed("swap")
async def swap(msg: Incoming, ctx: Context) -> Reply:
    """Ask somebody to take one's day: 换班 12-10 王代表; with one more day in exchange for theirs."""
    (on, *more) = days_in(msg, ctx, 1, "swap")
    name = str(_facts(ctx)["name"])
    if not name:
        raise Refused("swap_how")
    mine = ctx.sender.person_id
    day = await reception_desk.own_day(ctx.desk, mine, on)
    back = _facts(ctx)["back"]
    returned = [day_meant(back, local_date(ctx.now))] if back else more
    other_day = await swapping.day_of_station(ctx.desk, day, returned[0]) if returned else None
    asked = await swapping.ask(ctx.desk, day, mine, name, other_day)
    return ctx.aside(ctx.texts("swap.asked", name=asked.name, day=reception.spoken(day.date)))


@router.deed("leave")
async def take_leave(msg: Incoming, ctx: Context) -> Reply:
    """Take leave from a day: 请假 12-10 理由; a substitute is asked."""
    (on, *_) = days_in(msg, ctx, 1, "leave")
    reason = str(_facts(ctx)["rest"])
    if not reason:
        raise Refused("leave_how")
    day = await reception_desk.own_day(ctx.desk, ctx.sender.person_id, on)
    asked = await leave.leave(ctx.desk, day, ctx.sender.person_id, reason[:200])
    facts = {"day": reception.spoken(day.date), "short": day.date[5:]}
    if asked is None:
        return ctx.aside(ctx.texts("swap.on_leave_nobody", **facts))
    return ctx.aside(ctx.texts("swap.on_leave", name=asked.name, **facts))


@router.deed("end_leave")
async def end_leave(msg: Incoming, ctx: Context) -> Reply:
    """Sit after all: 销假 12-10."""
    (on, *_) = days_in(msg, ctx, 1, "end_leave")
    day = await reception_desk.own_day(ctx.desk, ctx.sender.person_id, on)
    await leave.end_leave(ctx.desk, day, ctx.sender.person_id)
    return ctx.aside(ctx.texts("swap.leave_ended", day=reception.spoken(day.date)))


@router.deed("agree")
async def agree(msg: Incoming, ctx: Context) -> Reply:
    """Agree to sit on a day."""
    return ctx.aside(await _agree(ctx, await _question(msg, ctx)))


@router.deed("refuse")
async def refuse(msg: Incoming, ctx: Context) -> Reply:
    """Decline to sit on a day."""
    return ctx.aside(await _refuse(ctx, await _question(msg, ctx)))


async def press(msg: Incoming, ctx: Context, name: str, number: str) -> Reply:
    """Hear the button of a card that asks somebody to sit."""
    card = msg.card
    if card is None:
        return SILENCE
    asked = await swapping.find_ask(ctx.desk, int(number) if number.isdecimal() else 0, ctx.sender.person_id)
    ctx = replace(ctx, press=Press(card.task_id, card.response_code, msg.at))
    return ctx.aside(await (_agree if name == "swap_yes" else _refuse)(ctx, asked))


async def _agree(ctx: Context, asked: Any) -> str:
    day = await swapping.agree(ctx.desk, asked)
    facts = {"day": reception.spoken(day.date), "starts": day.starts, "ends": day.ends}
    return ctx.texts("swap.you_sit", name=asked.from_name, where=reception.where(day), **facts)


async def _refuse(ctx: Context, asked: Any) -> str:
    day = await swapping.refuse(ctx.desk, asked)
    return ctx.texts("swap.you_refused", name=asked.from_name, day=reception.spoken(day.date))


async def _question(msg: Incoming, ctx: Context) -> Any:
    """Return the question somebody answers by words; of several the day must be said. Raises Refused."""
    if msg.in_group:
        raise Refused("plan_not_in_group")
    asked = await swapping.asked_of(ctx.desk, ctx.sender.person_id)
    if _facts(ctx)["days"]:
        on = day_meant(_facts(ctx)["days"][0], local_date(ctx.now)).isoformat()
        asked = [each for each in asked if each.date == on]
    if not asked:
        raise Refused("nothing_asked")
    if len(asked) > 1:
        days = "、".join(f"{reception.spoken(each.date)}" for each in asked)
        raise Refused("asked_several", days=days, short=asked[0].date[5:])
    return asked[0]


def _facts(ctx: Context) -> dict[str, Any]:
    assert ctx.deed is not None  # the door found it
    return dict(ctx.deed.facts)
