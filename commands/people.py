"""Let people and programs in: a link for staff, a key for a partner."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from commands.parts import SAY, finished, migrated
from config import Settings, load_settings


def invite(arguments: argparse.Namespace) -> int:
    """Print a link by which a member of staff signs in once and chooses a password."""
    settings = load_settings(need_accounts=False)
    migrated(settings)
    path = finished(_invite(settings, arguments.code))
    if not path:
        SAY(
            f"没有代号是 {arguments.code} 的工作人员，请核对 people.toml，并先运行 python run.py load。",
            file=sys.stderr,
        )
        return 1
    SAY(f"{settings.public_url}{path}\n只能用一次，24 小时内有效；请只发给本人。")
    return 0


async def _invite(settings: Settings, code: str) -> str:
    from bot.clock import SystemClock
    from bot.store import open_store
    from handlers.console.inviting import invite as write_link

    store = await open_store(settings.database_url)
    try:
        return await write_link(store, code, SystemClock().now())
    finally:
        await store.close()


def partner(arguments: argparse.Namespace) -> int:
    """Give a partner a key for the interface, take it back, or list who has one."""
    settings = load_settings(need_accounts=False)
    migrated(settings)
    done: bool = finished(_partner(settings, arguments))
    return 0 if done else 1


async def _partner(settings: Settings, arguments: argparse.Namespace) -> bool:
    from bot.actions import partners
    from bot.clock import SystemClock
    from bot.store import open_store

    now = SystemClock().now()
    store = await open_store(settings.database_url)
    try:
        if arguments.deed == "add":
            work = partial(partners.admit, code=arguments.code, name=arguments.name or arguments.code,
                           scopes=arguments.may, now=now)  # fmt: skip
            SAY(f"{arguments.code} 的 api_key（只显示这一次）：{await store.write(work)}")
        elif arguments.deed == "revoke":
            if not await store.write(partial(partners.dismiss, code=arguments.code, now=now)):
                SAY(f"没有 {arguments.code} 在用的 api_key。")
                return False
            SAY(f"{arguments.code} 的 api_key 已收回。")
        else:
            async with store.read() as db:
                for each in await partners.everybody(db):
                    SAY(f"{each.code}　{each.name}　{each.scopes}　{'已收回' if each.revoked_at else '在用'}")
    finally:
        await store.close()
    return True
