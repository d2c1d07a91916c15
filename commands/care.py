"""Look after what is kept: audit every history, make keys and change them."""

from __future__ import annotations

import argparse
import base64
import os

from commands.parts import SAY, finished, migrated
from config import Settings, load_settings


async def audit(settings: Settings) -> int:
    """Verify the hash chain of every case's history and name each case's first broken line."""
    from bot.store import open_store
    from bot.store.audit import broken_chains

    store = await open_store(settings.database_url)
    try:
        async with store.read() as db:
            lines, broken = await broken_chains(db)
    finally:
        await store.close()
    for number, seq in broken:
        SAY(f"✗ {number} 的经过从第 {seq} 条起被改动过或有缺失")
    SAY(f"核对了 {lines} 条经过，" + (f"{len(broken)} 件有问题。" if broken else "全部完整。"))
    return 1 if broken else 0


def key(arguments: argparse.Namespace) -> int:
    """Print a new key for LIANXIN_SECRET_KEY, or the pair of keys of a backup, or put the new key in force."""
    if arguments.rotate:
        settings = load_settings(need_accounts=False)
        migrated(settings)
        code: int = finished(_rotate(settings))
        return code
    if not arguments.backup:
        SAY(base64.b64encode(os.urandom(32)).decode())
        return 0
    from bot.store.backup import new_identity

    identity, recipient = new_identity()
    SAY(f"# 身份密钥：恢复时用，抄下来另存，不要放在服务器上\n{identity}")
    SAY(f"# 备份时用：LIANXIN_BACKUP_TO={recipient}")
    return 0


async def _rotate(settings: Settings) -> int:
    from bot.store import open_store
    from handlers.rotation import rotate

    store = await open_store(settings.database_url)
    try:
        return await rotate(store, settings)
    finally:
        await store.close()
