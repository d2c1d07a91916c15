"""Attach what follows a case: photos, places, sounds and short words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from bot.message import Incoming, Kind, Media
from bot.outbox.queue import owe_errand
from bot.rules.privacy import Sealer
from bot.store.db import Db, Prepared
from bot.store.tables import media, suggestion, supplement

_ADD = Prepared(
    insert(supplement),
    ["suggestion_id", "heard_id", "kind", "text", "media_id", "latitude", "longitude", "created_at"],
)
_ADD_MEDIA = Prepared(
    insert(media),
    ["channel", "account", "media_id", "url_sealed", "kind", "state", "created_at"],
)
_COUNT = Prepared(
    select(func.count().label("n")).select_from(supplement).where(supplement.c.suggestion_id == bindparam("case"))
)


async def attach(db: Db, suggestion_id: int, given: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Attach `pieces` to a case and return how many things the case holds now."""
    for piece in given:
        await db.run(_ADD, {**piece, "suggestion_id": suggestion_id, "created_at": now})
    return int((await db.one(_COUNT, {"case": suggestion_id})).n)


async def of_case(db: Db, suggestion_id: int) -> list[Any]:
    """Return what was added to a case and to every case that is handled with it, in the order it came."""
    ids, todo = [], [suggestion_id]
    while todo:
        ids += todo
        merged = await db.all(select(suggestion.c.id).where(suggestion.c.merged_into_id.in_(todo)))
        todo = [row.id for row in merged if row.id not in ids]
    return await db.all(
        select(supplement, suggestion.c.number)
        .join(suggestion, suggestion.c.id == supplement.c.suggestion_id)
        .where(supplement.c.suggestion_id.in_(ids))
        .order_by(supplement.c.id)
    )


def pieces(incoming: Incoming, heard_id: int, kept: Sequence[int]) -> list[dict[str, Any]]:
    """Return what one message adds to a case, one piece for each of its files; the talk may keep them meanwhile.

    `kept` are the ids of the message's media rows (see `keep_media`).
    """
    place = incoming.place
    base = {
        "heard_id": heard_id,
        "kind": str(incoming.kind),
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
    }
    words = incoming.text or (place.label if place else "")
    files: Sequence[int | None] = kept or (None,)
    return [{**base, "text": "" if number else words, "media_id": file} for number, file in enumerate(files)]


def words(heard_id: int | None, text: str) -> dict[str, Any]:
    """Return the piece that a few words are by themselves."""
    return {"heard_id": heard_id, "kind": str(Kind.TEXT), "text": text, "media_id": None, "latitude": None,
            "longitude": None}  # fmt: skip


async def keep_media(db: Db, incoming: Incoming, sealer: Sealer, now: datetime) -> list[int]:
    """Note every picture, sound, film or file of a message and owe its download; the platform keeps it three days."""
    kept = []
    for number, each in enumerate(incoming.media):
        media_id = await db.add(
            _ADD_MEDIA,
            {
                "channel": incoming.channel,
                "account": incoming.account,
                "media_id": each.media_id,
                "url_sealed": sealer.seal(each.url, "media") if each.url else None,
                "kind": str(each.kind),
                "state": "wanted",
                "created_at": now,
            },
        )
        await owe_errand(
            db,
            key=f"media:{incoming.key}:{number}",
            errand="media",
            facts={"media": media_id},
            channel=incoming.channel,
            account=incoming.account,
            now=now,
        )
        kept.append(media_id)
    return kept


async def settle_media(db: Db, media_id: int, sha256: str, content_type: str, size: int) -> bool:
    """Note that a file is kept under its hash; False if nobody wants it any more."""
    kept = {"state": "kept", "sha256": sha256, "content_type": content_type, "size": size}
    wanted = (media.c.id == media_id) & (media.c.state == "wanted")
    return await db.run(update(media).where(wanted).values(**kept)) == 1


async def lose_media(db: Db, media_id: int) -> None:
    """Note that the platform no longer has the file."""
    await db.run(update(media).where(media.c.id == media_id).values(state="lost"))


def media_of(row_kind: str, media_id: str, url: str) -> Media:
    """Return the platform's handle of a stored media row."""
    return Media(kind=Kind(row_kind), media_id=media_id, url=url)
