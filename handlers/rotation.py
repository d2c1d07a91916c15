"""Change LIANXIN_SECRET_KEY while the service goes on, and say in Chinese when the old key can go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.actions import partners, rotating
from bot.actions.rotating import Step
from bot.rules.privacy import PREFIX, Sealer, Unsealable
from bot.store import Db, Store
from config.settings import Settings
from handlers import spool

SAY = partial(print, flush=True)

ONE_KEY = (
    "LIANXIN_SECRET_KEY 里只有一把钥匙，没有可换的。先用 run.py key 生成新的，写法和次序见 docs/runbook.md 第 11 条。"
)
LOST = "有 {count} 项用哪一把都打不开：多半还差一把更早的钥匙，请补在 LIANXIN_SECRET_KEY 最后再运行一次。旧钥匙请留着。"
BOUND = "这些合作单位的钥匙还认在旧钥匙上，请用 run.py partner add 各发一把新的，再运行一次：{codes}"
DONE = "全部换好，旧钥匙可以从 LIANXIN_SECRET_KEY 去掉了（已经发出的链接还有用的话，等七天再去掉）。"

Few = Callable[[Db, int], Awaitable[Step]]  # does a few rows that come after an id


async def rotate(store: Store, settings: Settings) -> int:
    """Seal and mark everything anew; begun again after a break it goes on where it was. Returns the exit code."""
    if len(settings.secret_keys) < 2:
        SAY(ONE_KEY)
        return 1
    sealer, lost = Sealer(settings.secret_keys), 0
    for name, few in _work(sealer):
        renewed, unread = await _all(store, few)
        lost += unread
        SAY(f"  {name}：{renewed} 项")
    renewed, unread = _files(settings.home / "spool", sealer)
    SAY(f"  spool：{renewed} 项")
    async with store.read() as db:
        bound = await partners.bound(db)
    if lost + unread:
        SAY(LOST.format(count=lost + unread))
    if bound:
        SAY(BOUND.format(codes="、".join(bound)))
    if lost + unread or bound:
        return 1
    SAY(DONE)
    return 0


def _work(sealer: Sealer) -> list[tuple[str, Few]]:
    """Return what there is to do, by its name, in the order it is done."""
    sealed: list[tuple[str, Few]] = [
        (f"{column.table}.{column.name}", _few(column, purpose, sealer)) for column, purpose in rotating.SEALED
    ]
    return [
        *sealed,
        ("identity.external_hash", lambda db, after: rotating.mark_accounts(db, sealer, after)),
        ("person.phone_hash", lambda db, after: rotating.mark_phones(db, sealer, after)),
    ]


def _few(column: Any, purpose: str, sealer: Sealer) -> Few:
    return lambda db, after: rotating.seal_anew(db, column, purpose, sealer, after)


async def _all(store: Store, few: Few) -> tuple[int, int]:
    """Do all rows, a few at a time, so that no message waits for us; return how many were renewed and lost."""
    last = renewed = lost = 0
    while True:
        step: Step = await store.write(partial(_after, few=few, last=last))
        renewed, lost, last = renewed + step.renewed, lost + step.lost, step.last
        if not last:
            return renewed, lost


async def _after(db: Db, *, few: Few, last: int) -> Step:
    return await few(db, last)


def _files(folder: Path, sealer: Sealer) -> tuple[int, int]:
    """Seal the calls anew that were set aside for a person; what waits to be heard again is gone in seconds."""
    renewed = lost = 0
    for path in sorted(folder.glob(f"*{spool.UNHEARD}")):
        blob = path.read_bytes()
        if blob[:PREFIX] == sealer.prefix:
            continue
        try:
            spool.write_over(path, sealer.renewed(blob, "spool"))
        except Unsealable:
            lost += 1
        else:
            renewed += 1
    return renewed, lost
