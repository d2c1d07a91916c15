"""Keep a session's register at the console: who attends, who comes, what each says and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.actions import closing, register, register_cases, rota, sessions, visits
from bot.actions.handing import Desk
from bot.actions.register import Entry
from bot.errors import Refused
from bot.rules.privacy import Sealer
from bot.rules.register import Said
from bot.store.db import Db
from bot.store.tables import category, entry_media, media

DEEDS = ("enter", "sign_in", "sign_out", "arrive", "walk_in", "close", "reopen")
OF_AN_ENTRY = ("amend", "dispose", "settle", "seal", "unseal", "lift", "void")
WRITTEN = ("name", "phone", "home", "words", "answer", "proposal", "unit", "due_on")  # in the form; a result is told


@dataclass(frozen=True, slots=True)
class Book:
    """A session's register as its desk sees it."""

    entries: tuple[Entry, ...]
    attending: tuple[Any, ...]
    absent: tuple[str, ...]
    others: tuple[Any, ...]  # who could still sign in
    visitors: tuple[tuple[Any, str], ...]  # each with the name they left
    archive: tuple[str, ...]  # the first and the last number, once it is closed

    @property
    def standing(self) -> tuple[Entry, ...]:
        """Return the entries that are not struck out."""
        return tuple(each for each in self.entries if each.row.void_at is None)

    @property
    def unfinished(self) -> tuple[Entry, ...]:
        """Return the entries that lack something before the session can be closed."""
        return tuple(each for each in self.standing if each.lacks)


async def look(desk: Desk, day: Any, sealer: Sealer) -> Book:
    """Return all there is to see of a session's register."""
    entries = await register.entries_of(desk.db, day.id, sealer)
    attending = await sessions.attending(desk.db, day.id)
    there = {row.id for row in attending}
    others = [row for row in await rota.sitters(desk.db, day.station_id) if row.id not in there]
    seen = [
        (row, sealer.open(row.name_sealed, "visitor") if row.name_sealed else "")
        for row in await visits.visitors(desk.db, day.id)
    ]
    numbers = sorted(each.row.archive_number for each in entries if each.row.archive_number)
    return Book(
        tuple(entries), tuple(attending), tuple(await sessions.absent(desk.db, day.id)), tuple(others), tuple(seen),
        (numbers[0], numbers[-1]) if numbers else (),
    )  # fmt: skip


async def act(desk: Desk, day: Any, deed: str, form: Mapping[str, str], by: int, sealer: Sealer) -> int:
    """Do one deed of a session and return the number of the entry it made, 0 for none; raises Refused."""
    match deed:
        case "enter":
            return await _enter(desk, day, form, by, sealer)
        case "sign_in" | "sign_out":
            who = await sessions.representative_at(desk.db, day, _number(form, "person"), "")
            if deed == "sign_out":
                await sessions.sign_out(desk, day, who.id)
            else:
                await sessions.sign_in(desk, day, who.id, by)
        case "arrive":
            await visits.arrive_by_number(desk, day, _number(form, "number"), by)
        case "walk_in":
            await visits.walk_in(
                desk, day, by, sealer, name=form.get("name", "")[:40], phone=form.get("phone", "")[:20]
            )
        case "close":
            await closing.close(desk, day, by, sealer)
        case _:
            await closing.reopen(desk, day, by)
    return 0


async def change(
    desk: Desk, day: Any, number: int, deed: str, form: Mapping[str, str], by: int, sealer: Sealer
) -> tuple[str, bool]:
    """Do one deed with one entry; returns the number of the case it became, and whether the voter is told of a result.

    A form that was filled in while somebody else changed the entry is refused.
    """
    entry = await register.by_number(desk.db, day, number, sealer)
    if deed in ("amend", "settle") and form.get("version") != str(entry.row.version):
        raise Refused("entry_changed_meanwhile")
    match deed:
        case "amend":
            await register.amend(desk, entry, by, sealer, **_written(form))
        case "dispose":
            await _dispose(desk, entry, form, sealer)
        case "settle":
            return "", (await register.settle(desk, entry, by, form.get("result", ""), sealer))[1]
        case "seal" | "unseal":
            await register.seal(desk, entry, sealer, confidential=deed == "seal")
        case "lift":
            return (await register_cases.lift(desk, entry)).number, False
        case _:
            await register.void(desk, entry)
    return "", False


async def files_of(db: Db, entry_id: int) -> list[Any]:
    """Return the photos and files of an entry."""
    rows = select(media).join(entry_media, entry_media.c.media_id == media.c.id)
    return await db.all(rows.where(entry_media.c.entry_id == entry_id).order_by(media.c.id))


async def _enter(desk: Desk, day: Any, form: Mapping[str, str], by: int, sealer: Sealer) -> int:
    said, chosen = Said(**_written(form)), _number(form, "category")
    entry = await register.enter(
        desk, day, by, said, sealer, visit=_number(form, "visit"), category_id=chosen or None
    )  # fmt: skip
    if form.get("confidential"):
        entry = await register.seal(desk, entry, sealer, confidential=True)
    if form.get("disposition"):
        await register.dispose(desk, entry, form["disposition"], sealer)
    return int(entry.row.number)


async def _dispose(desk: Desk, entry: Entry, form: Mapping[str, str], sealer: Sealer) -> None:
    """Give an entry its category and say what becomes of it; what is left open stays open."""
    chosen = await desk.db.one(select(category.c.code).where(category.c.id == _number(form, "category")))
    if chosen is not None:
        entry = await register.classify(desk, entry, chosen.code, sealer)
    if form.get("disposition"):
        await register.dispose(desk, entry, form["disposition"], sealer)


def _written(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in WRITTEN}


def _number(form: Mapping[str, str], name: str) -> int:
    words = form.get(name, "")
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 16 else 0
