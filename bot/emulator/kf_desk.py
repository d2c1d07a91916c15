"""The customer service's desk: messages that wait to be pulled, and the codes and tokens around them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

KEPT = timedelta(days=3)
TOKEN_LIFE = timedelta(minutes=10)
WELCOME_LIFE = timedelta(seconds=20)


@dataclass(slots=True)
class KfDesk:
    """All customer service accounts' queues."""

    queues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # open_kfid -> msg_list rows, oldest first
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # token -> open_kfid, given
    welcomes: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)  # code -> open_kfid, person, given
    sent: dict[tuple[str, str], bool] = field(default_factory=dict)  # (open_kfid, msgid) of ours

    def put(self, open_kfid: str, at: datetime, row: Mapping[str, Any]) -> str:
        """Queue a message or event and return its msgid."""
        msgid = secrets.token_urlsafe(16)
        full = {"msgid": msgid, "open_kfid": open_kfid, "send_time": int(at.timestamp()), **row}
        self.queues.setdefault(open_kfid, []).append(full)
        return str(full["msgid"])

    def new_token(self, open_kfid: str, at: datetime) -> str:
        """Give out the token of one callback."""
        token = "ENC" + secrets.token_urlsafe(24)
        self.tokens[token] = (open_kfid, at)
        return token

    def token_fits(self, token: str, open_kfid: str, at: datetime) -> bool:
        """Say whether a callback's token still opens this queue."""
        owner, given = self.tokens.get(token, ("", at))
        return owner == open_kfid and at - given <= TOKEN_LIFE

    def page(self, open_kfid: str, start: int, limit: int, at: datetime) -> tuple[list[dict[str, Any]], int, bool]:
        """Return (rows, next start, whether more wait); what is older than three days is gone."""
        oldest = int((at - KEPT).timestamp())
        queue = self.queues.get(open_kfid, [])
        rows = queue[start : start + limit]
        end = start + len(rows)
        return [row for row in rows if row["send_time"] >= oldest], end, end < len(queue)

    def new_welcome(self, open_kfid: str, person: str, at: datetime) -> str:
        """Give out the code that allows one welcome."""
        code = secrets.token_urlsafe(24)
        self.welcomes[code] = (open_kfid, person, at)
        return code

    def use_welcome(self, code: str, at: datetime) -> tuple[str, str] | None:
        """Return (open_kfid, person) if the code is still good, and use it up."""
        open_kfid, person, given = self.welcomes.pop(code, ("", "", at))
        return (open_kfid, person) if open_kfid and at - given <= WELCOME_LIFE else None
