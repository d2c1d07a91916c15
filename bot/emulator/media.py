"""Pictures, sounds and files that people sent: kept three days, fetched by id or address."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIFE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Medium:
    """One file on the shelf."""

    data: bytes
    content_type: str
    name: str
    put_at: datetime


@dataclass(slots=True)
class MediaShelf:
    """All files."""

    _all: dict[str, Medium] = field(default_factory=dict)

    def put(self, data: bytes, content_type: str, name: str, now: datetime) -> str:
        """Keep a file and return its media id."""
        media_id = secrets.token_urlsafe(48)
        self._all[media_id] = Medium(data, content_type, name, now)
        return media_id

    def get(self, media_id: str, now: datetime) -> Medium | None:
        """Return a file that is not older than three days."""
        found = self._all.get(media_id)
        return found if found and now - found.put_at < LIFE else None
