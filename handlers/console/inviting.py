"""Write the links that let somebody in once: on the first day, for the demo, for who lost a password."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bot.actions import logins
from bot.store import Db, Store


async def invite(store: Store, code: str, now: datetime, *, change: bool = True) -> str:
    """Return the path of a one-time link for a person of the office files, empty if nobody who serves has that code.

    With `change` they choose a password before anything else.
    """
    return await store.write(partial(_invite, code=code, now=now, change=change))


async def first_link(store: Store, now: datetime) -> str:
    """Return the path of a link for the office's first person as long as nobody can sign in; later none."""
    return await store.write(partial(_first, now=now))


async def _invite(db: Db, *, code: str, now: datetime, change: bool) -> str:
    person_id = await logins.person_of_code(db, code, now)
    return _path(await logins.write_link(db, person_id, now, change=change)) if person_id else ""


async def _first(db: Db, *, now: datetime) -> str:
    if not await logins.nobody_can(db):
        return ""
    person_id = await logins.first_officer(db)
    return _path(await logins.write_link(db, person_id, now)) if person_id else ""


def _path(token: str) -> str:
    return f"/console/in/{token}"
