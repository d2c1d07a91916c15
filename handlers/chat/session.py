"""The desk of a reception day, by words: who attends, who comes, the closing, and the month's figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from bot.actions import closing, figures, register, sessions, visits
from bot.actions.figures import Figure
from bot.actions.reception import spoken
from bot.clock import local_date
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.bookwords import day_of
from bot.rules.sessionwords import DEEDS
from bot.rules.staffwords import Deed
from handlers.chat import register_desk
from handlers.context import Context
from handlers.register_files import figure_in_words

router = Router()

MOST_LINES = 20

Do = Callable[[Context, Any, Deed], Awaitable[Reply]]


@router.deed(*DEEDS)
async def do(msg: Incoming, ctx: Context) -> Reply:
    """Find the session and do the deed at its desk."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    deed = ctx.deed
    assert deed is not None  # the door found it
    if deed.name == "figures":
        return await say_figures(ctx, deed)
    on = day_of(deed.facts["day"], local_date(ctx.now) - LOOK_BACK) if deed.facts.get("day") else None
    return await DO[deed.name](ctx, await sessions.current(ctx.db, ctx.sender.person_id, ctx.now, on), deed)


LOOK_BACK = timedelta(days=60)  # a day without a year may be one of the last two months


async def look(ctx: Context, day: Any, _deed: Deed) -> Reply:
    """Show the session: who attends, who comes when, how far the register is, and what can be said."""
    attending = "、".join(row.name for row in await sessions.attending(ctx.db, day.id))
    entries = [each for each in await register.entries_of(ctx.db, day.id, ctx.sealer) if each.row.void_at is None]
    lines = [
        ctx.texts("session.visitor", number=row.number, slot=row.slot, name=_name(ctx, row),
                  state=ctx.texts(f"session.visitor_{row.state}"))
        for row in (await visits.visitors(ctx.db, day.id))[:MOST_LINES]
    ]  # fmt: skip
    words = ctx.texts("session.head", station=day.station, day=spoken(day.date), starts=day.starts, ends=day.ends,
                      attending=attending or ctx.texts("session.nobody"), entries=len(entries),
                      open=sum(bool(each.lacks) for each in entries))  # fmt: skip
    visitors = "\n".join(lines) or ctx.texts("session.no_visitors")
    return ctx.aside(f"{words}\n{visitors}\n{ctx.texts('session.help')}")


async def sign_in(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Note that a representative attends: the speaker, or whom the clerk names."""
    who = await sessions.representative_at(ctx.db, day, ctx.sender.person_id, str(deed.facts["name"]))
    new = await sessions.sign_in(ctx.desk, day, who.id, ctx.sender.person_id)
    return ctx.aside(ctx.texts("session.signed" if new else "session.signed_already", name=who.name,
                               station=day.station, day=spoken(day.date)))  # fmt: skip


async def sign_out(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Take an attendance back."""
    who = await sessions.representative_at(ctx.db, day, ctx.sender.person_id, str(deed.facts["name"]))
    await sessions.sign_out(ctx.desk, day, who.id)
    return ctx.aside(ctx.texts("session.signed_out", name=who.name))


async def arrive(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Check in the voter with that number."""
    row = await visits.arrive_by_number(ctx.desk, day, int(deed.facts["number"]), ctx.sender.person_id)
    return ctx.aside(ctx.texts("session.arrived", number=row.number, slot=row.slot))


async def walk_in(ctx: Context, day: Any, deed: Deed) -> Reply:
    """Note a visitor who booked nothing."""
    facts = {"name": str(deed.facts["name"]), "phone": str(deed.facts["phone"])}
    row = await visits.walk_in(ctx.desk, day, ctx.sender.person_id, ctx.sealer, **facts)
    return ctx.aside(ctx.texts("session.walked_in", number=row.number))


async def end(ctx: Context, day: Any, _deed: Deed) -> Reply:
    """Close the session."""
    closed = await closing.close(ctx.desk, day, ctx.sender.person_id, ctx.sealer)
    absent = ctx.texts("session.absent", names="、".join(closed.absent)) if closed.absent else ""
    numbers = ctx.texts("session.archive", first=closed.first, last=closed.last) if closed.entries else ""
    return ctx.aside(ctx.texts("session.closed", station=day.station, day=spoken(day.date), entries=closed.entries)
                     + numbers + absent)  # fmt: skip


async def reopen(ctx: Context, day: Any, _deed: Deed) -> Reply:
    """Open a closed session again."""
    await closing.reopen(ctx.desk, day, ctx.sender.person_id)
    return ctx.aside(ctx.texts("session.reopened", station=day.station, day=spoken(day.date)))


async def say_figures(ctx: Context, deed: Deed) -> Reply:
    """Say a month's numbers of the speaker's stations."""
    first, last = _month(local_date(ctx.now), deed)
    stations = await figures.stations_of(ctx.db, ctx.sender.person_id)
    lines = [_figure(ctx, each) for each in await figures.of_month(ctx.db, stations, first, last)]
    return ctx.aside(ctx.texts("figures.head", year=first.year, month=first.month) + "\n" + "\n".join(lines))


def _figure(ctx: Context, figure: Figure) -> str:
    return ctx.texts("figures.line", name=ctx.texts(f"figure.{figure.code}"), value=figure_in_words(figure, ctx.texts))


def _name(ctx: Context, row: Any) -> str:
    """Return the family name only: what is answered is kept as it was said."""
    name = ctx.sealer.open(row.name_sealed, "visitor") if row.name_sealed else ""
    return ctx.texts("session.name", family=name[0]) if name else ""


def _month(today: date, deed: Deed) -> tuple[date, date]:
    """Return the first and the last day of the month that is meant: said, the last one, or this one."""
    first = today.replace(day=1)
    if deed.facts["last"]:
        first = (first - timedelta(days=1)).replace(day=1)
    if month := int(deed.facts["month"]):
        year = int(deed.facts["year"]) or (today.year if month <= today.month else today.year - 1)
        first = date(year, month, 1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


DO: dict[str, Do] = {
    "session": look,
    "sign_in": sign_in,
    "sign_out": sign_out,
    "arrive": arrive,
    "walk_in": walk_in,
    "enter": register_desk.enter,
    "amend": register_desk.amend,
    "classify": register_desk.classify,
    "dispose": register_desk.dispose,
    "settle": register_desk.settle,
    "lift": register_desk.lift,
    "void": register_desk.void,
    "sheet": register_desk.sheet,
    "end_session": end,
    "reopen": reopen,
}
