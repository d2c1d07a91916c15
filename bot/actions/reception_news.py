"""Tell everybody who had been told of a reception day what became of it: once for each change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import String, cast, or_, select, update

from bot.actions.handing import Desk
from bot.actions.reception import clerks_of, day_of, ends_at, spoken, where
from bot.message import Text
from bot.outbox.queue import Way, owe, way_to
from bot.rules.redaction import redact
from bot.store.db import Db
from bot.store.tables import group_address, outgoing, station

REACHED = ("sending", "sent")  # what is under way cannot be called back; what waits for a tap can
DAY_CHANGED = "day_changed"
# What says of a day only when and where it is; a question, an answer or a leave is said whatever becomes of the day.
OF_THE_DAY = ("reminder:", "seated:", "gap:", "moved:", "changed:", "cancelled:", "restored:")


async def tell(desk: Desk, day_id: int, what: str, *, by: int | None = None, people: Iterable[int] = ()) -> int:
    """Owe the news of a day – moved, changed, cancelled, restored – and return how many hear it.

    What waits to be said of the day as it was is withdrawn; the reminders of the day as it is are owed anew.
    """
    day = await day_of(desk.db, day_id)
    told = await told_of(desk.db, day_id)
    await withdraw(desk.db, day_id)
    everybody = dict.fromkeys([row.person_id for row in told if row.person_id] + list(people))
    rooms = await _rooms(desk.db, {(row.group_id, row.channel) for row in told if row.group_id})
    if told:  # the desk hears of what the plan did by itself, where it touched anybody
        everybody |= dict.fromkeys(await clerks_of(desk.db, day.station_id))
    everybody.pop(by, None)
    words = Text(_words(desk, day, what))
    for key, way in rooms.items():
        await _owe(desk, day, what, key, way, words)
    for person_id in everybody:
        await _owe(desk, day, what, f"p{person_id}", await way_to(desk.db, person_id), words, person_id)
    return len(rooms) + len(everybody)


async def told_of(db: Db, day_id: int) -> list[Any]:
    """Return the groups and people whom something about a day has reached, each once."""
    found = await db.all(
        select(outgoing.c.channel, outgoing.c.group_id, outgoing.c.person_id)
        .where(outgoing.c.reception_day_id == day_id, outgoing.c.kind == "push", outgoing.c.state.in_(REACHED))
        .order_by(outgoing.c.id)
    )
    return list({(row.group_id, row.person_id or row.channel): row for row in found}.values())


async def _rooms(db: Db, told: Collection[tuple[int, str]]) -> dict[str, Way]:
    """Return the rooms of the groups that were told, by the channels they were told by, each with a key of its own."""
    speaks = group_address.c.group_id.in_({group_id for group_id, _ in told}) & (group_address.c.purpose == "speak")
    rows = await db.all(select(group_address).where(speaks).order_by(group_address.c.id)) if told else []
    return {
        f"g{row.group_id}.{row.id}": Way(row.channel, row.account, group_id=row.group_id, address=row.address)
        for row in rows
        if (row.group_id, row.channel) in told
    }


async def tell_after_all(desk: Desk, row: Any) -> None:
    """Tell a group of a day's change after all: what was to be taken back because of it had been tapped before."""
    if row.error != DAY_CHANGED or not row.key.startswith("reminder:"):
        return
    day = await day_of(desk.db, row.reception_day_id)
    what = "cancelled" if day.state == "cancelled" else "changed" if day.date == row.key.split(":")[2] else "moved"
    for key, way in (await _rooms(desk.db, {(row.group_id, row.channel)})).items():
        await _owe(desk, day, what, key, way, Text(_words(desk, day, what)))


async def unsaid(db: Db, day_id: int) -> bool:
    """Whether the news of a day's last move still waits to be said."""
    news = outgoing.c.key.startswith(f"moved:{day_id}:") & (outgoing.c.state == "waiting")
    return await db.one(select(outgoing.c.id).where(outgoing.c.reception_day_id == day_id, news)) is not None


async def withdraw(db: Db, day_id: int, person_id: int | None = None) -> int:
    """Take back what is owed about a day (to one person) and not said yet; its keys are free again."""
    # what is under way cannot be called back, but it is not tried again
    still = ("waiting", "held", "parked", "sending", "prepared")
    mine = (outgoing.c.reception_day_id == day_id) & outgoing.c.state.in_(still)
    mine &= or_(*(outgoing.c.key.startswith(kind) for kind in OF_THE_DAY))
    if person_id is not None:
        mine &= outgoing.c.person_id == person_id
    freed = outgoing.c.key + ":" + cast(outgoing.c.id, String)
    return await db.run(update(outgoing).where(mine).values(state="cancelled", error=DAY_CHANGED, key=freed))


async def say_provisional(desk: Desk, planned: Collection[tuple[int, str]]) -> None:
    """Tell the clerks of stations with days in a year whose holidays are not out, once for each year."""
    for station_id, year in sorted(planned):
        name = await desk.db.one(select(station.c.name).where(station.c.id == station_id))
        for person_id in await clerks_of(desk.db, station_id):
            words = Text(desk.texts("plan.provisional", year=year, station=name.name))
            way = await way_to(desk.db, person_id)
            key = f"provisional:{year}:{person_id}"
            await owe(desk.db, key=key, way=way, content=words, now=desk.now, person_id=person_id)


def _words(desk: Desk, day: Any, what: str) -> str:
    because = desk.texts("news.because", reason=redact(day.reason)) if day.reason else ""
    facts = {"was": spoken(day.moved_from), "day": spoken(day.date), "starts": day.starts, "ends": day.ends}
    return desk.texts(f"news.{what}", where=where(day), because=because, station=day.station, **facts)


async def _owe(
    desk: Desk, day: Any, what: str, to: str, way: Way | None, words: Text, person_id: int | None = None
) -> None:
    await owe(
        desk.db,
        key=f"{what}:{day.id}:{day.version}:{day.date}:{to}",
        way=way,
        content=words,
        now=desk.now,
        expires_at=max(ends_at(day, day.date), ends_at(day, day.moved_from)),
        person_id=person_id,
        reception_day_id=day.id,
        sealer=desk.sealer,
    )
