"""Fill the printed form in: a session and its entries, as a clerk of the station may read them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from bot.actions import register, sessions
from bot.actions.bookings import day_by_id
from bot.actions.reception import spoken
from bot.actions.register import Entry
from bot.clock import local
from bot.paper.form import Page, Sheet
from bot.rules.privacy import Sealer
from bot.store.db import Db
from bot.store.tables import entry_media, person, rating, reception_day, station, suggestion
from config.texts import Texts


async def sheet_of(db: Db, day_id: int, sealer: Sealer, texts: Texts) -> Sheet:
    """Return a session's register for printing; what was struck out is left out. Raises Refused."""
    day = await day_by_id(db, day_id)
    attending = await sessions.attending(db, day_id)
    entries = [each for each in await register.entries_of(db, day_id, sealer) if each.row.void_at is None]
    return Sheet(
        station=day.station,
        day=f"{day.date[:4]}年{spoken(day.date)}",
        hours=f"{day.starts}–{day.ends}",
        place=day.place,
        mode=mode_in_words(day.mode, texts),
        representatives="、".join(
            texts("sheet.representative", name=row.name, level=texts(f"level.{row.level}")) for row in attending
        ),
        entries=tuple([await _page(db, each, texts) for each in entries]),
    )


async def sessions_between(db: Db, code: str, first: date, last: date) -> list[Any]:
    """Return the sessions of a station (of all, for an empty code) that were held in these days: id, code, date."""
    here = (station.c.code == code,) if code else ()
    return await db.all(
        select(reception_day.c.id, reception_day.c.date, station.c.code.label("station"))
        .join(station, station.c.id == reception_day.c.station_id)
        .where(
            *here,
            reception_day.c.date.between(first.isoformat(), last.isoformat()),
            reception_day.c.state.in_(("held", "closed")),
        )
        .order_by(reception_day.c.date, reception_day.c.id)
    )


def mode_in_words(mode: str, texts: Texts) -> str:
    """Return the three axes of a session's mode as people say them; a rule without a mode says nothing."""
    return "、".join(texts(f"mode.{each}") for each in MODES if each in mode)


MODES = ("online", "offline", "inside", "outside", "fixed", "mobile")


async def _page(db: Db, entry: Entry, texts: Texts) -> Page:
    row, said = entry.row, entry.said
    case = await _case(db, row.suggestion_id)
    files = select(func.count().label("n")).where(entry_media.c.entry_id == row.id)
    return Page(
        number=row.number,
        archive=row.archive_number or "",
        visit=texts("sheet.visit", number=row.visit, slot=row.slot),
        name=said.name,
        phone=said.phone,
        home=said.home,
        confidential=row.confidential,
        words=said.words,
        category=row.category or "",
        attachments=(await db.one(files)).n,
        answer=said.answer,
        proposal=said.proposal,
        disposition=row.disposition,
        unit=said.unit,
        due_on=said.due_on,
        suggestion=case.number if case else "",
        result=said.result,
        told=await _told(db, row, texts),
        rating=(case.rating or "") if case else "",
        recorder=row.recorder,
    )


async def _case(db: Db, suggestion_id: int | None) -> Any:
    """Return what an entry became: its number, and the voter's latest rating."""
    if suggestion_id is None:
        return None
    latest = (
        select(rating.c.value)
        .where(rating.c.suggestion_id == suggestion.c.id, rating.c.side == "voter")
        .order_by(rating.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return await db.one(select(suggestion.c.number, latest.label("rating")).where(suggestion.c.id == suggestion_id))


async def _told(db: Db, row: Any, texts: Texts) -> str:
    if row.told_at is None:
        return ""
    who = await db.one(select(person.c.name).where(person.c.id == row.told_by_id))
    at = local(row.told_at)
    return texts("sheet.told_by", day=f"{at.year}年{at.month}月{at.day}日", who=who.name if who else "")
