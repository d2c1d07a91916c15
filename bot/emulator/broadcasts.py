"""Broadcasts to customer groups: prepared by the service, heard when the member they wait for taps."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.emulator.accounts import EmulatedAccount

UNSENT, SENT, NO_FRIEND, HAD_OTHERS = 0, 1, 2, 3  # status in get_groupmsg_send_result

Show = Callable[..., Any]  # World.show


@dataclass(slots=True)
class Broadcast:
    """One prepared broadcast and what became of it in each group."""

    msgid: str
    account: EmulatedAccount
    sender: str
    text: str
    at: datetime
    status: dict[str, int] = field(default_factory=dict)  # chat id -> status
    sent_at: dict[str, datetime] = field(default_factory=dict)
    reminded: list[datetime] = field(default_factory=list)
    cancelled: bool = False

    @property
    def waits(self) -> bool:
        """Whether the member may still tap."""
        return not self.cancelled and UNSENT in self.status.values()


class Broadcasts:
    """Every broadcast of the emulated corps, by its msgid."""

    def __init__(self) -> None:
        """Start with none."""
        self.by_id: dict[str, Broadcast] = {}
        self._heard: dict[tuple[str, int, int], int] = {}  # chat, year, month -> broadcasts heard

    def tap(self, sender: str, now: datetime, show: Show) -> list[str]:
        """Let a member send everything that waits for a tap; returns the groups that heard something."""
        heard = []
        for broadcast in [each for each in self.by_id.values() if each.sender == sender and each.waits]:
            for chat in [chat for chat, status in broadcast.status.items() if status == UNSENT]:
                broadcast.status[chat] = self._send(broadcast, chat, now, show)
                if broadcast.status[chat] == SENT:
                    heard.append(chat)
        return heard

    def _send(self, broadcast: Broadcast, chat: str, now: datetime, show: Show) -> int:
        """A group hears at most as many broadcasts a month as the month has days."""
        month = (chat, now.year, now.month)
        if self._heard.get(month, 0) >= calendar.monthrange(now.year, now.month)[1]:
            return HAD_OTHERS
        self._heard[month] = self._heard.get(month, 0) + 1
        broadcast.sent_at[chat] = now
        show(broadcast.account, "", "service", broadcast.text, chat=chat, via="broadcast")
        return SENT
