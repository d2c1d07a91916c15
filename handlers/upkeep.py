"""Move, back up and bring back all that an office holds, and say in Chinese what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.rules.privacy import Sealer
from bot.store import backup, migrate, moving
from config.settings import Settings

SAY = partial(print, flush=True)

CANNOT_MOVE = {
    "source_in_use": "原数据库正在被写入。请先停掉所有连心进程，再运行一次。",
    "target_not_empty": "新数据库的 {table} 表里已有数据，没有搬。请换一个空的数据库（DATABASE_URL）。",
    "home_not_empty": "{home} 里已有图片等文件，没有恢复。请把 LIANXIN_HOME 指向一个新的文件夹。",
    "no_recipient": "--to（或 LIANXIN_BACKUP_TO）应是 age1 开头的一串。用 python run.py key --backup 生成。",
    "cannot_write": "写不了 {file}：{why}。备份从不覆盖已有的文件，请换一个名字。",
    "cannot_read": "读不到 {file}：{why}",
    "cannot_open": "{file} 打不开：身份密钥不对，或文件已损坏。",
    "other_key": "这份备份属于另一把 LIANXIN_SECRET_KEY，没有那把钥匙就读不出里面的内容。请先设回备份时的钥匙。",
    "newer": "这份备份来自更新的版本，请先更新连心。",
    "differs": "{table} 表搬过去后与原来不一致，已全部撤回，新数据库仍是空的。请保留原数据库并把这句话告诉开发者。",
}


def move(settings: Settings, source: str) -> int:
    """Move everything from the database `source` into the one of the settings; returns the exit code."""
    migrate(source)
    return _saying_why(
        lambda say: asyncio.run(moving.move(source, settings.database_url, say)),
        lambda rows: f"搬完 {rows} 行，每张表的行数与内容摘要两边一致。原数据库没有改动，请留好；现在可以启动连心。",
    )


def back_up(settings: Settings, recipient: str, into: Path) -> int:
    """Write everything into one sealed file; returns the exit code."""
    sealer, now = Sealer(settings.secret_keys), SystemClock().now()
    return _saying_why(
        lambda say: backup.back_up(settings.database_url, settings.home, recipient, sealer, into, now, say),
        lambda rows: f"已备份 {rows} 行与全部图片到 {into}。LIANXIN_SECRET_KEY 与机构资料文件夹不在其中，请另存。",
    )


def bring_back(settings: Settings, file: Path, identity: Path) -> int:
    """Bring a backup back into an empty database and home; returns the exit code."""
    sealer = Sealer(settings.secret_keys)
    return _saying_why(
        lambda say: backup.bring_back(file, _identity(identity), settings.database_url, settings.home, sealer, say),
        lambda manifest: (
            f"已恢复 {manifest['at']} 的备份，共 {manifest['rows']} 行。请运行 check --audit 核对，再启动。"
        ),
    )


def _identity(file: Path) -> str:
    """Return the secret key in a file that may also hold remarks, as age writes it."""
    try:
        words = file.read_text(encoding="utf-8").split()
    except OSError as error:
        raise moving.CannotMove("cannot_read", file=file, why=error.strerror) from error
    return next((word for word in words if word.startswith("AGE-SECRET-KEY-")), "")


def _saying_why(deed: Callable[[moving.Say], Any], done: Callable[[Any], str]) -> int:
    """Carry out a deed on the whole database, say what became of it and return the exit code."""
    try:
        result = deed(lambda table, rows: SAY(f"  {table}：{rows} 行"))
    except moving.CannotMove as refused:
        SAY(CANNOT_MOVE[refused.code].format(**refused.facts))
        return 1
    SAY(done(result))
    return 0
