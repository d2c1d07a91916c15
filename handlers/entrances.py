"""Fetch the address behind each group's QR code, so that the group's page can show it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.actions import entrances
from bot.channels.entries import entry_url
from bot.deps import Deps
from bot.errors import Remedy, SendFailed
from bot.router import Router


async def tick(deps: Deps, _router: Router) -> None:
    """Owe the fetching of addresses that are lacking."""
    async with deps.store.read() as db:
        if not await entrances.lacking(db):
            return
    if await deps.store.write(partial(entrances.owe_addresses, now=deps.clock.now())):
        deps.outbox.wake.set()


async def fetch(deps: Deps, _router: Router, facts: Mapping[str, Any], row: Any) -> None:
    """Ask the platform for one address and keep it."""
    async with deps.store.read() as db:
        found = await entrances.scene(db, int(facts["address"]))
    if found is None:
        return
    account = deps.settings.account(row.channel, row.account)
    if account is None:
        raise SendFailed(0, f"账号 {row.account} 没有配置", Remedy.GIVE_UP)
    url = await entry_url(deps.api, account, found.address)
    await deps.store.write(partial(entrances.keep, address_id=found.id, url=url))
