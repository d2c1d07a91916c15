"""Speak into a 客户群, where voters are: we prepare a broadcast, a member taps to send it (platform.md B7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.channels.base import Abilities
from bot.channels.outbound import Outbound
from bot.channels.words import fit, flat, unspeakable
from bot.errors import Remedy, SendFailed
from bot.message import Card, Content, Markdown, Sent, Text
from config.settings import Account

MOST_REMINDERS = 3  # of one broadcast in 24 hours (WW 97610)


class Tap(StrEnum):
    """What became of a prepared broadcast in one group."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the platform says of a prepared broadcast, and since when."""

    tap: Tap
    status: int
    at: datetime | None = None


TAPS = {0: Tap.WAITING, 1: Tap.SENT}  # the others: no friend any more, or the group had its broadcasts of the period


class CustomerGroup(Outbound):
    """The customer groups of one member, who must tap before anything goes out."""

    name = "customer_group"
    abilities = Abilities(answers_in_place=False, can_push=True, can_card=False, idempotent=False, max_bytes=4000)

    async def send(self, account: Account, to: str, content: Content, key: str) -> Sent:  # noqa: ARG002 - the platform knows no repeat
        """Prepare a broadcast to the group `to`; the platform tells the member that it waits for a tap."""
        match content:
            case Text(text) | Markdown(text):
                words = text
            case Card():
                words = flat(content)
            case _:
                raise unspeakable(content)
        body = {
            "chat_type": "group",
            "sender": account.sender,
            "chat_id_list": [to],
            "text": {"content": fit(words, self.abilities.max_bytes)},
        }
        answer = await self._api.call(account, "/cgi-bin/externalcontact/add_msg_template", body)
        if to in (answer.get("fail_list") or ()):
            raise SendFailed(0, "平台说这个客户群收不到", Remedy.GIVE_UP)
        return Sent(str(answer.get("msgid", "")), waits_for_tap=True)

    async def outcome(self, account: Account, to: str, platform_id: str) -> Outcome:
        """Return whether the member has tapped; raises SendFailed."""
        body = {"msgid": platform_id, "userid": account.sender, "limit": 1000}
        while True:
            answer = await self._api.call(account, "/cgi-bin/externalcontact/get_groupmsg_send_result", body)
            for row in answer.get("send_list") or ():
                if row.get("chat_id") == to:
                    status, at = int(row.get("status", 0)), int(row.get("send_time") or 0)
                    return Outcome(
                        TAPS.get(status, Tap.REFUSED), status, datetime.fromtimestamp(at, UTC) if at else None
                    )
            if not (cursor := str(answer.get("next_cursor") or "")):
                return Outcome(Tap.WAITING, 0)
            body["cursor"] = cursor

    async def remind(self, account: Account, platform_id: str) -> None:
        """Let the platform remind the member who must tap; at most three times in 24 hours; raises SendFailed."""
        await self._api.call(account, "/cgi-bin/externalcontact/remind_groupmsg_send", {"msgid": platform_id})

    async def withdraw(self, account: Account, platform_id: str) -> None:
        """Take a broadcast back that nobody has tapped yet; raises SendFailed."""
        await self._api.call(account, "/cgi-bin/externalcontact/cancel_groupmsg_send", {"msgid": platform_id})
