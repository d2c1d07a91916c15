"""Write the registers of reception days, and their figures, into files."""

from __future__ import annotations

import argparse
from pathlib import Path

from commands.parts import SAY, finished, migrated
from config import Settings, load_settings


def register(arguments: argparse.Namespace) -> int:
    """Print the registers of reception days, or their figures, into files."""
    settings = load_settings(need_accounts=False)
    migrated(settings)
    written: int = finished(_register(settings, arguments))
    return 0 if written else 1


async def _register(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.rules.privacy import Sealer
    from bot.store import open_store
    from config.texts import load_texts
    from handlers import register_files

    texts, store = load_texts(settings.office_dir), await open_store(settings.database_url)
    first, last = arguments.since, arguments.until or arguments.since
    try:
        if arguments.deed == "figures":
            lines = await register_files.export_figures(store, texts, Path(arguments.file), first, last)
            SAY(f"已写 {arguments.file}：{lines} 行，每个数下面是它数的条目。")
            return lines
        paths = await register_files.export(store, Sealer(settings.secret_keys), texts, Path(arguments.folder),
                                            station=arguments.station, first=first, last=last)  # fmt: skip
    finally:
        await store.close()
    for path in paths:
        SAY(str(path))
    SAY(f"已写 {len(paths)} 个文件，里面有群众的姓名和电话，请妥善保管。" if paths else "这些日子没有举行过接待。")
    return len(paths)
