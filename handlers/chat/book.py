"""Let a voter take a place at a reception day, look at it, and give it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions import booking_news, bookings
from bot.actions.bookings import Open
from bot.actions.reception import spoken, where
from bot.clock import local_date
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules import tickets
from bot.rules.bookwords import day_of, time_of, wanted_of
from handlers.chat import ask
from handlers.context import Context

router = Router()

PICKING_DAY = "booking_day"
PICKING_SLOT = "booking_slot"


@router.command("book")
async def book(msg: Incoming, ctx: Context) -> Reply:
    """Offer the days, then the hours; a day and an hour that were said at once are taken at once."""
    if msg.in_group:
        return Reply(ctx.texts("booking.in_private"))
    wanted = wanted_of(ctx.meaning.argument, local_date(ctx.now))
    if wanted.day is None and not wanted.slot:
        return await _offer_days(ctx)
    if wanted.day is None and ctx.meaning.argument and not wanted.slot:
        raise Refused("no_such_day")
    found = await bookings.open_days(ctx.db, ctx.sender.group_id, ctx.now, most=1) if wanted.day is None else []
    opened = found[0] if found else await bookings.day_on(ctx.db, ctx.sender.group_id, wanted.day, ctx.now)
    return await _take(ctx, opened.day.id, wanted.slot) if wanted.slot else _offer_slots(ctx, opened)


@router.at(PICKING_DAY)
async def pick_day(msg: Incoming, ctx: Context) -> Reply:
    """Hear which day, by figure or by name; anything else is heard as if nothing had been offered."""
    days = list((ctx.sender.step_facts or {}).get("days", []))
    number = _figure(msg.text)
    if 0 < number <= len(days):
        day = await bookings.day_by_id(ctx.db, days[number - 1])
        return _offer_slots(ctx, await bookings.open_day(ctx.db, day, ctx.now))
    wanted = wanted_of(msg.text, local_date(ctx.now))
    if wanted.day is not None and len(msg.text) <= bookings.MOST_DAYS * 5:
        opened = await bookings.day_on(ctx.db, ctx.sender.group_id, wanted.day, ctx.now)
        return await _take(ctx, opened.day.id, wanted.slot) if wanted.slot else _offer_slots(ctx, opened)
    if number:
        return ctx.aside(ctx.texts("booking.which_figure", most=len(days)))
    return await ask.elsewhere(msg, ctx)


@router.at(PICKING_SLOT)
async def pick_slot(msg: Incoming, ctx: Context) -> Reply:
    """Hear which hour, by figure or by the clock; anything else is heard as if nothing had been offered."""
    facts = ctx.sender.step_facts or {}
    offered, number = list(facts.get("slots", [])), _figure(msg.text)
    if 0 < number <= len(offered):
        return await _take(ctx, int(facts["day"]), offered[number - 1])
    if slot := time_of(msg.text):
        return await _take(ctx, int(facts["day"]), slot)
    if number:
        return ctx.aside(ctx.texts("booking.which_figure", most=len(offered)))
    return await ask.elsewhere(msg, ctx)


@router.command("bookings")
async def my_places(msg: Incoming, ctx: Context) -> Reply:
    """List one's places, and say where the codes for arriving are."""
    if msg.in_group:
        return Reply(ctx.texts("booking.in_private"))
    rows = await bookings.mine(ctx.db, ctx.sender.person_id, ctx.now)
    if not rows:
        raise Refused("no_booking")
    return ctx.aside(
        ctx.texts("booking.mine", places="\n".join([await _line(ctx, row) for row in rows]), url=_page(ctx))
    )


@router.command("unbook")
async def give_back(msg: Incoming, ctx: Context) -> Reply:
    """Give a place back; of several the day must be named. Whoever waits moves up at once."""
    if msg.in_group:
        return Reply(ctx.texts("booking.in_private"))
    rows = [row for row in await bookings.mine(ctx.db, ctx.sender.person_id, ctx.now) if row.state != "came"]
    if ctx.meaning.argument:
        day = day_of(ctx.meaning.argument, local_date(ctx.now))
        rows = [row for row in rows if day is not None and row.date == day.isoformat()]
    if not rows:
        raise Refused("no_booking")
    if len(rows) > 1:
        return ctx.aside(ctx.texts("booking.which", places="\n".join([await _line(ctx, row) for row in rows])))
    await bookings.cancel(ctx.desk, rows[0].id, ctx.sender.person_id)
    await booking_news.fill(ctx.desk, rows[0].day_id)
    return Reply(ctx.texts("booking.given_back", day=spoken(rows[0].date), slot=rows[0].slot))


async def _offer_days(ctx: Context) -> Reply:
    found = await bookings.open_days(ctx.db, ctx.sender.group_id, ctx.now)
    if not found:
        raise Refused("no_day_to_book")
    if len(found) == 1:
        return _offer_slots(ctx, found[0])
    lines = [
        ctx.texts("booking.day", n=n, day=spoken(each.day.date), where=where(each.day), free=each.free,
                  provisional=_provisional(ctx, each.day))
        for n, each in enumerate(found, 1)
    ]  # fmt: skip
    words = ctx.texts("booking.days", days="\n".join(lines), url=_page(ctx))
    return Reply(words, then=PICKING_DAY, facts={"days": [each.day.id for each in found]})


def _offer_slots(ctx: Context, opened: Open) -> Reply:
    if not opened.slots:
        raise Refused("no_day_to_book")
    lines = [
        ctx.texts("booking.free" if each.free else "booking.full", n=n, slot=each.at, free=each.free)
        for n, each in enumerate(opened.slots, 1)
    ]
    words = ctx.texts("booking.slots", day=spoken(opened.day.date), where=where(opened.day),
                      provisional=_provisional(ctx, opened.day), slots="\n".join(lines))  # fmt: skip
    facts: dict[str, Any] = {"day": opened.day.id, "slots": [each.at for each in opened.slots]}
    return Reply(words, then=PICKING_SLOT, facts=facts)


async def _take(ctx: Context, day_id: int, slot: str) -> Reply:
    """Take the place and say what happens next."""
    booked = await bookings.book(ctx.desk, ctx.sender.person_id, day_id, slot, "words")
    row = await booking_news.one(ctx.desk, booked.id)
    return Reply(await _said(ctx, row))


async def _said(ctx: Context, row: Any) -> str:
    facts = {"day": spoken(row.date), "slot": row.slot, "where": where(row), "number": row.number}
    if row.state == "waiting":
        return ctx.texts("booking.waiting", **facts, place=await bookings.place_in_line(ctx.db, row))
    return ctx.texts("booking.booked", **facts, url=_page(ctx))


async def _line(ctx: Context, row: Any) -> str:
    facts = {"day": spoken(row.date), "slot": row.slot, "where": where(row), "number": row.number}
    if row.state == "waiting":
        return ctx.texts("booking.line_waiting", **facts, place=await bookings.place_in_line(ctx.db, row))
    return ctx.texts("booking.line_came" if row.state == "came" else "booking.line", **facts)


def _provisional(ctx: Context, day: Any) -> str:
    return ctx.texts("booking.provisional") if day.state == "provisional" else ""


def _page(ctx: Context) -> str:
    """Return the address of the voter's own page."""
    assert ctx.links is not None  # the service always has an address
    return f"{ctx.links.base}/book/{tickets.write(ctx.sealer, ctx.sender.person_id, tickets.PAGE)}"


FIGURES: Sequence[str] = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def _figure(text: str) -> int:
    """Return the figure a message is, 0 if it is none."""
    word = text.strip().rstrip("。.、号").removeprefix("第").removesuffix("个")
    if word in FIGURES:
        return FIGURES.index(word) + 1
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 2 else 0
