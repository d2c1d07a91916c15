"""The channels: what each account can do, how it has been doing, and what to do when it is broken."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.channels.base import Abilities
from bot.channels.remedies import refusal, remedy_for
from bot.errors import Remedy
from bot.outbox.pace import LIMITS, Limit
from bot.store import reads_outbox
from bot.store.reads_outbox import Doings
from config.settings import Account
from handlers.checkup import CALLED_BACK, REMEDIES, remedy_of, variables_of
from handlers.console.visit import Visit


@dataclass(frozen=True, slots=True)
class View:
    """One account as the page shows it; `todo` are the refusals of a day, each with what to do about it."""

    account: Account
    abilities: Abilities
    limits: tuple[Limit, ...]
    doings: Doings
    groups: list[Any]
    callback: str
    todo: list[tuple[Any, str]]


async def show(visit: Visit) -> web.StreamResponse:
    """Show every account from what is stored; no platform is asked."""
    variables = await asyncio.to_thread(variables_of, visit.deps.settings)
    views = []
    async with visit.deps.store.read() as db:
        groups = await reads_outbox.groups_by_account(db, visit.me.desk)
        for key, account in visit.deps.settings.accounts.items():
            doings = await reads_outbox.doings(db, *key, visit.now)
            views.append(_view(visit, account, doings, groups.get(key, []), variables.get(key, {})))
    return visit.page("channels.html", views=views)


def _view(visit: Visit, account: Account, doings: Doings, groups: list[Any], table: Mapping[str, Any]) -> View:
    word = account.channel.replace("_", "-")
    callback = f"{visit.deps.settings.public_url}/callback/{word}/{account.code}"
    return View(
        account, visit.deps.channels[account.channel].abilities, tuple(LIMITS.get(account.channel, ())), doings, groups,
        callback if account.channel in CALLED_BACK else "",
        [(each, _todo(visit, account, each.errcode, str(table.get("secret", "")))) for each in doings.refusals],
    )  # fmt: skip


def _todo(visit: Visit, account: Account, errcode: int, variable: str) -> str:
    """Return what to do about a refusal: the check-up's word for that errcode, else that of its remedy."""
    remedy = remedy_for(account.channel, errcode)
    if errcode in REMEDIES and remedy is Remedy.ALARM:
        return remedy_of(refusal(account.channel, errcode, "", visit.now), account, variable)
    return f"{errcode} {visit.deps.texts(f'channels.remedy_{remedy}')}"
