"""The API of broadcasts to customer groups (WW 92135, 97610): prepare, ask what became of it, remind, take back."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from bot.emulator.api import ApiCall, RoutePlan, Told, ok
from bot.emulator.broadcasts import UNSENT, Broadcast
from bot.emulator.limits import Refusal
from bot.emulator.world import World

route = RoutePlan()
MAX_BYTES = 4000
MOST_CHATS = 2000
MOST_REMINDERS, WITHIN = 3, timedelta(hours=24)


@route("/cgi-bin/externalcontact/add_msg_template", "wecom")
def add_msg_template(world: World, call: ApiCall) -> Told:
    """Prepare a broadcast and tell its sender that it waits for a tap."""
    data, account = call.data, call.account
    sender, chats = str(data.get("sender", "")), list(data.get("chat_id_list") or ())
    content = str((data.get("text") or {}).get("content", ""))
    call.about("|".join(map(str, chats)), "broadcast", content)
    _check(data, sender, chats, content)
    groups = {chat for chat, group in world.groups.items() if group.owner == sender}
    known = [chat for chat in chats if chat in groups] if chats else sorted(groups)
    if not known:
        raise Refusal(41048, "no customer to send")
    msgid = "msg" + secrets.token_hex(14)
    world.broadcasts.by_id[msgid] = Broadcast(
        msgid, account, sender, content, call.now, status=dict.fromkeys(known, UNSENT)
    )
    world.show(account, sender, "platform", f"群发任务待发送：{content}", via="task")
    call.fate = "prepared"
    return ok(msgid=msgid, fail_list=[chat for chat in chats if chat not in groups])


def _check(data: dict[str, Any], sender: str, chats: list[Any], content: str) -> None:
    if data.get("chat_type") != "group":
        raise Refusal(40058, "invalid Request Parameter: chat_type")  # to single customers: not played here
    if not sender:
        raise Refusal(40058, "invalid Request Parameter: sender is required for chat_type group")
    if len(chats) > MOST_CHATS:
        raise Refusal(40058, f"invalid Request Parameter: chat_id_list has more than {MOST_CHATS}")
    if not content:
        raise Refusal(44004, "empty content")
    if len(content.encode()) > MAX_BYTES:
        raise Refusal(40058, f"invalid Request Parameter: text.content exceeds {MAX_BYTES} bytes")


@route("/cgi-bin/externalcontact/get_groupmsg_send_result", "wecom")
def send_result(world: World, call: ApiCall) -> Told:
    """Say group by group whether the broadcast went out, a page at a time."""
    broadcast = _mine(world, call)
    limit, start = min(int(call.data.get("limit") or 500), 1000), int(call.data.get("cursor") or 0)
    rows = [
        {"chat_id": chat, "userid": broadcast.sender, "status": status}
        | ({"send_time": int(broadcast.sent_at[chat].timestamp())} if chat in broadcast.sent_at else {})
        for chat, status in broadcast.status.items()
    ]
    more = str(start + limit) if len(rows) > start + limit else ""
    return ok(next_cursor=more, send_list=rows[start : start + limit])


@route("/cgi-bin/externalcontact/remind_groupmsg_send", "wecom")
def remind(world: World, call: ApiCall) -> Told:
    """Remind the member who has not tapped, at most three times in 24 hours."""
    broadcast = _mine(world, call)
    recent = [at for at in broadcast.reminded if call.now - at < WITHIN]
    if len(recent) >= MOST_REMINDERS:
        raise Refusal(45009, "api freq out of limit")
    broadcast.reminded.append(call.now)
    if broadcast.waits:
        world.show(broadcast.account, broadcast.sender, "platform", f"提醒：{broadcast.text}", via="task")
    return ok()


@route("/cgi-bin/externalcontact/cancel_groupmsg_send", "wecom")
def cancel(world: World, call: ApiCall) -> Told:
    """Take a broadcast back as far as nobody has tapped; what a group has heard stays heard (WW 97611)."""
    broadcast = _mine(world, call)
    if broadcast.waits:
        world.show(broadcast.account, broadcast.sender, "platform", f"群发任务已停止：{broadcast.text}", via="task")
    broadcast.cancelled = True
    return ok()


def _mine(world: World, call: ApiCall) -> Broadcast:
    found = world.broadcasts.by_id.get(str(call.data.get("msgid", "")))
    if found is None or found.account.corp_id != call.account.corp_id:
        raise Refusal(40058, "invalid Request Parameter: msgid")
    return found
