"""Run the errands of the outbox: fetch kf messages and media, look for cases that are alike."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions import joining, linking, receipts
from bot.actions.handing import Desk
from bot.actions.receipts import Receipt
from bot.actions.supplements import lose_media, media_of, settle_media
from bot.channels.customer_service import CustomerService
from bot.deps import Deps
from bot.errors import Remedy, SendFailed
from bot.message import Incoming
from bot.metrics import FAILED
from bot.router import Router
from bot.store import Db
from bot.store.tables import media, pull_cursor
from handlers import door, spool

log = structlog.get_logger(__name__)

TRIES_OF_A_PAGE = 3  # after so many a message that fails alone is set aside
MOST_PAGES = 200  # of one pull; what is left is fetched by the same errand a moment later


async def pull(deps: Deps, router: Router, facts: Mapping[str, Any], row: Any) -> None:
    """Fetch what 微信客服 holds for us and hear each message; the cursor moves only after its page is stored.

    A crash between the two fetches the page again, and the messages' keys make twice once.
    """
    channel = deps.channels["customer_service"]
    account = deps.settings.account("customer_service", row.account)
    assert isinstance(channel, CustomerService)  # the only channel that is pulled
    if account is None:
        raise SendFailed(0, f"账号 {row.account} 没有配置", Remedy.GIVE_UP)
    cursor = await _cursor(deps, account.code)
    for _ in range(MOST_PAGES):
        page = await channel.pull(account, cursor, str(facts.get("token", "")))
        await _hear(deps, router, page.messages, last_try=row.attempts >= TRIES_OF_A_PAGE)
        if page.cursor and page.cursor != cursor:
            cursor = page.cursor
            await deps.store.write(partial(_save_cursor, account=account.code, cursor=cursor))
        if not page.more:  # more may be said with an empty page (platform.md B8): only this word ends the pull
            return
    raise SendFailed(0, "more waits", Remedy.SLOW, wait=1.0)


async def _hear(deps: Deps, router: Router, messages: Sequence[Incoming], *, last_try: bool) -> None:
    """Hear the messages of one page; the writer keeps their order, and one commit serves them all.

    A message that can never be stored is set aside in the end, so that it keeps no other waiting.
    """
    outcomes = await asyncio.gather(
        *(door.hear_and_push(deps, router, incoming) for incoming in messages), return_exceptions=True
    )
    for incoming, outcome in zip(messages, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            if not last_try or not isinstance(outcome, Exception) or not await deps.store.alive():
                raise outcome
            log.error("set_aside", channel=incoming.channel, exc_info=outcome)
            FAILED.labels(incoming.channel).inc()
            await spool.set_aside(deps, incoming.channel, incoming.account, incoming.body)


async def fetch(deps: Deps, _router: Router, facts: Mapping[str, Any], row: Any) -> None:
    """Download one picture, sound or film into the media folder, named by its hash."""
    async with deps.store.read() as db:
        found = await db.one(select(media).where(media.c.id == facts["media"]))
    if found is None or found.state != "wanted":
        return
    account = deps.settings.account(row.channel, row.account)
    if account is None:
        raise SendFailed(0, f"账号 {row.account} 没有配置", Remedy.GIVE_UP)
    url = deps.sealer.open(found.url_sealed, "media") if found.url_sealed else ""
    try:
        data, content_type = await deps.api.fetch_media(account, media_of(found.kind, found.media_id, url))
    except SendFailed as failure:
        if not failure.retry:
            await deps.store.write(partial(lose_media, media_id=found.id))
        raise
    name = hashlib.sha256(data).hexdigest()
    await asyncio.get_running_loop().run_in_executor(None, keep_file, deps.settings.home / "media", name, data)
    kept = await deps.store.write(
        partial(settle_media, media_id=found.id, sha256=name, content_type=content_type, size=len(data))
    )
    if not kept:  # erased while it was under way
        await shred(deps, _router, {"sha256": name}, row)


async def shred(deps: Deps, _router: Router, facts: Mapping[str, Any], _row: Any) -> None:
    """Take a file from the disk that nobody holds any more; another person's same picture keeps it there."""
    await shred_unless_held(deps, str(facts["sha256"]))


async def shred_unless_held(deps: Deps, name: str) -> None:
    """Take the file of that hash from the disk if no row holds it."""
    async with deps.store.read() as db:
        if await db.one(select(media.c.id).where(media.c.sha256 == name).limit(1)) is not None:
            return
    path = deps.settings.home / "media" / name[:2] / name
    await asyncio.to_thread(path.unlink, missing_ok=True)


async def note_receipt(deps: Deps, _router: Router, facts: Mapping[str, Any], row: Any) -> None:
    """Note a receipt that came before the push it is for was known to be sent."""
    receipt = Receipt(row.channel, row.account, str(facts["receipt"]), str(facts["status"]))
    await deps.store.write(partial(receipts.note, receipt=receipt, now=deps.clock.now()))
    deps.outbox.wake.set()


async def offer_alike(deps: Deps, _router: Router, facts: Mapping[str, Any], _row: Any) -> None:
    """Ask the voter of a new case whether it is one that is open already; looking keeps no writer waiting."""
    case, now = int(facts["case"]), deps.clock.now()
    async with deps.store.read() as db:
        found = await joining.to_offer(db, case, now)
    if not found:
        return

    async def offer(db: Db) -> int:
        return await linking.offer_alike(Desk(db, deps.texts, now), case, found)

    await deps.store.write(offer)
    deps.outbox.wake.set()


async def _cursor(deps: Deps, account: str) -> str:
    async with deps.store.read() as db:
        row = await db.one(select(pull_cursor.c.cursor).where(pull_cursor.c.account == account))
    return row.cursor if row else ""


async def _save_cursor(db: Db, *, account: str, cursor: str) -> None:
    statement = postgres_insert(pull_cursor).values(account=account, cursor=cursor)
    await db.run(statement.on_conflict_do_update(index_elements=["account"], set_={"cursor": cursor}))


def keep_file(folder: Path, name: str, data: bytes) -> None:
    """Write a file under its hash, whole or not at all; the same file twice is one, also at the same moment."""
    path = folder / name[:2] / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_suffix(f".{uuid4().hex}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)  # on a full disk half a file would be in the way
