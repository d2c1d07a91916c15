"""Bring data up to date, in, and somewhere else: migrate, load, backup, restore."""

from __future__ import annotations

import argparse
import asyncio
import os
from functools import partial
from pathlib import Path

from commands.parts import SAY, finished, migrated
from config import Settings, load_settings


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the tables up to date; with --from, bring everything of another database along."""
    settings = load_settings(need_accounts=False)
    migrated(settings)
    SAY("数据库结构已是最新。")
    if not arguments.source:
        return 0
    from handlers import upkeep

    return upkeep.move(settings, arguments.source)


def load(arguments: argparse.Namespace) -> None:
    """Load an office folder into the database; the same folder twice changes nothing."""
    settings = load_settings(need_accounts=False)
    migrated(settings)
    SAY(finished(load_folder(settings, Path(arguments.folder or settings.office_dir))))


async def prepare(settings: Settings) -> None:
    """Migrate and load the office of these settings."""
    await asyncio.to_thread(migrated, settings)
    await load_folder(settings, settings.office_dir)


async def load_folder(settings: Settings, folder: Path) -> str:
    """Load an office folder into the migrated database and return what became of it, in lines."""
    from bot.actions.office import load_office
    from bot.clock import SystemClock
    from bot.rules.privacy import Sealer
    from bot.store import open_store
    from config.office_data import read_office

    data = read_office(folder)
    store = await open_store(settings.database_url)
    try:
        work = partial(load_office, data=data, seal=Sealer(settings.secret_keys), now=SystemClock().now())
        report = await store.write(work)
    finally:
        await store.close()
    return "\n".join(report.lines())


def backup(arguments: argparse.Namespace) -> int:
    """Write everything into one sealed file; the service may go on meanwhile."""
    from handlers import upkeep

    settings = load_settings(need_accounts=False)
    return upkeep.back_up(settings, arguments.to or os.environ.get("LIANXIN_BACKUP_TO", ""), Path(arguments.file))


def restore(arguments: argparse.Namespace) -> int:
    """Bring a backup back into an empty database and home."""
    from handlers import upkeep

    settings = load_settings(need_accounts=False)
    migrated(settings)
    return upkeep.bring_back(settings, Path(arguments.file), Path(arguments.identity))
