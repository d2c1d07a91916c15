"""Ask the platform what became of broadcasts that wait for a tap, and remind whoever must tap."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from bot.actions import broadcasts
from bot.actions.broadcasts import Patience
from bot.actions.handing import Desk
from bot.channels.customer_group import MOST_REMINDERS, CustomerGroup, Tap
from bot.deps import Deps
from bot.errors import Remedy, SendFailed
from bot.store import Db
from config.settings import Account

log = structlog.get_logger(__name__)


async def chase(deps: Deps) -> int:
    """Look after every prepared broadcast, one by one; returns how many there are."""
    async with deps.store.read() as db:
        rows, patience = await broadcasts.waiting(db)
    for row in rows:
        try:
            await _follow(deps, row, patience)
        except SendFailed as failure:  # the next tick asks again; a tap is noted whenever it is seen
            log.warning("broadcast_not_followed", row=row.id, errcode=failure.errcode)
    await _take_back(deps)
    return len(rows)


async def _take_back(deps: Deps) -> None:
    """Tell the platform which broadcasts are not to be tapped any more."""
    async with deps.store.read() as db:
        rows = await broadcasts.withdrawn(db)
    for row in rows:
        desk = partial(Desk, texts=deps.texts, now=deps.clock.now(), links=deps.links, sealer=deps.sealer)
        await deps.store.write(await _take_one_back(deps, row, desk))


async def _take_one_back(deps: Deps, row: Any, desk: Callable[[Db], Desk]) -> Callable[[Db], Awaitable[Any]]:
    """Take a broadcast back as long as nobody has tapped it; returns what is to be noted of it."""
    try:
        channel, account = _channel(deps), _account(deps, row)
        outcome = await channel.outcome(account, deps.sealer.open(row.address_sealed, "address"), row.platform_id)
        if outcome.tap is Tap.SENT:
            at = outcome.at or deps.clock.now()
            return lambda db: broadcasts.tapped_before(desk(db), row, at)
        await channel.withdraw(account, row.platform_id)
    except SendFailed as failure:  # the next tick tries again
        log.warning("broadcast_not_taken_back", row=row.id, errcode=failure.errcode)
        return lambda db: broadcasts.not_taken_back(desk(db), row)
    return lambda db: broadcasts.taken_back(db, row)


def _channel(deps: Deps) -> CustomerGroup:
    channel = deps.channels["customer_group"]
    assert isinstance(channel, CustomerGroup)  # no other prepares broadcasts
    return channel


def _account(deps: Deps, row: Any) -> Account:
    """Return the account a broadcast was prepared by; raises SendFailed if it is configured no more."""
    account = deps.settings.account(row.channel, row.account)
    if account is None:
        raise SendFailed(0, f"账号 {row.account} 没有配置", Remedy.GIVE_UP)
    return account


async def _follow(deps: Deps, row: Any, patience: Patience) -> None:
    channel, account = _channel(deps), _account(deps, row)
    now = deps.clock.now()
    outcome = await channel.outcome(account, deps.sealer.open(row.address_sealed, "address"), row.platform_id)
    if outcome.tap is Tap.SENT:
        await deps.store.write(partial(broadcasts.sent, row=row, at=outcome.at or now))
    elif outcome.tap is Tap.REFUSED:
        await deps.store.write(partial(broadcasts.failed, row=row, error=f"status {outcome.status}", now=now))
    elif row.expires_at is not None and row.expires_at <= now:
        await channel.withdraw(account, row.platform_id)
        await deps.store.write(partial(broadcasts.over, row=row, now=now))
    else:
        await _press(deps, channel, account, row, patience)


async def _press(deps: Deps, channel: CustomerGroup, account: Any, row: Any, patience: Patience) -> None:
    """Remind the member at most as often as the platform allows; then ask a clerk to paste."""
    now, since = deps.clock.now(), deps.clock.now() - row.settled_at
    first = row.settled_at + patience.remind
    if (row.lease_until or first) <= now and since < patience.remind * (MOST_REMINDERS + 1):
        await channel.remind(account, row.platform_id)
        await deps.store.write(partial(broadcasts.reminded, row=row, until=now + patience.remind))
    if since >= patience.paste:

        async def paste(db: Db) -> int:
            return await broadcasts.ask_to_paste(Desk(db, deps.texts, now, deps.links), row)

        await deps.store.write(paste)
