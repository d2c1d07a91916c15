"""The API of the customer service: pull messages, answer inside the window, welcome, links with a scene."""

from __future__ import annotations

import re
import secrets
from typing import Any

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.api import ApiCall, RoutePlan, Told, ok, text_of
from bot.emulator.limits import Refusal
from bot.emulator.world import World

route = RoutePlan()
MAX_TEXT = 2048
TOO_LONG = Refusal(40058, "invalid Request Parameter: content exceeds 2048 bytes")
NOT_NOW = Refusal(95001, "send msg count limit")  # also once 48 hours are over
CURSOR = re.compile(r"at(\d+)")
SCENE = re.compile(r"[0-9A-Za-z_-]{0,32}")
MSG_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")


@route("/cgi-bin/kf/sync_msg", "wecom")
def sync_msg(world: World, call: ApiCall) -> Told:
    """Hand out what waits, from the cursor on."""
    desk = _desk(world, call, str(call.data.get("open_kfid", "")))
    cursor, limit = str(call.data.get("cursor", "")), int(call.data.get("limit", 1000))
    call.about(desk.open_kfid, "sync_msg", cursor)
    found = CURSOR.fullmatch(cursor or "at0")
    if found is None or not 1 <= limit <= 1000:
        raise Refusal(40058, "invalid Request Parameter: cursor or limit")
    _may_pull(world, call, desk)
    if world.faults.kf_empty_pages > 0:
        world.faults.kf_empty_pages -= 1
        return ok(next_cursor=f"at{int(found.group(1))}", has_more=1, msg_list=[])
    rows, end, more = world.kf.page(desk.open_kfid, int(found.group(1)), limit, call.now)
    call.content = f"{len(rows)} rows"
    return ok(next_cursor=f"at{end}", has_more=int(more), msg_list=rows)


def _may_pull(world: World, call: ApiCall, desk: EmulatedAccount) -> None:
    token = str(call.data.get("token", ""))
    if token and not world.kf.token_fits(token, desk.open_kfid, call.now):
        raise Refusal(95007, "invalid msg token")
    # "strict limits" without a token: the documents give no number, ten a minute is ours
    if not token and not world.rates.hit(("sync_msg", desk.key), call.now, 10, 60):
        raise Refusal(45009, "api freq out of limit")


def _desk(world: World, call: ApiCall, open_kfid: str) -> EmulatedAccount:
    for account in world.accounts:
        if account.open_kfid == open_kfid and open_kfid and account.corp_id == call.account.corp_id:
            return account
    raise Refusal(95000, "invalid open_kfid")


@route("/cgi-bin/kf/send_msg", "wecom")
def send_msg(world: World, call: ApiCall) -> Told:
    """Deliver one message: five within 48 hours of the customer's last word; our own msgid twice is once."""
    desk = _desk(world, call, str(call.data.get("open_kfid", "")))
    person = str(call.data.get("touser", ""))
    choices = _content(call, person)
    if not world.knows(desk, person):
        raise Refusal(40096, "invalid external userid")
    msgid = _own_id(call)
    if msgid and (desk.open_kfid, msgid) in world.kf.sent:
        call.fate = "duplicate"
        return ok(msgid=msgid)
    world.windows.spend(desk.key, person, call.now, closed=NOT_NOW, spent=NOT_NOW)
    return _deliver(world, call, desk, msgid, choices)


@route("/cgi-bin/kf/send_msg_on_event", "wecom")
def send_msg_on_event(world: World, call: ApiCall) -> Told:
    """Deliver a welcome for a code that lives 20 seconds."""
    found = world.kf.use_welcome(str(call.data.get("code", "")), call.now)
    if found is None:
        call.about("", str(call.data.get("msgtype", "")), "")
        raise Refusal(95019, "invalid code")  # the number is ours: no document read names it
    open_kfid, person = found
    choices = _content(call, person)
    return _deliver(world, call, _desk(world, call, open_kfid), _own_id(call), choices)


def _deliver(
    world: World, call: ApiCall, desk: EmulatedAccount, msgid: str, choices: tuple[tuple[str, str], ...]
) -> Told:
    msgid = msgid or secrets.token_urlsafe(16)
    world.kf.sent[desk.open_kfid, msgid] = True
    world.show(desk, call.target, "service", call.content, kind=call.kind, via="push", choices=choices)
    call.fate = "delivered"
    return ok(msgid=msgid)


def _own_id(call: ApiCall) -> str:
    msgid = str(call.data.get("msgid", ""))
    if msgid and not MSG_ID.fullmatch(msgid):
        raise Refusal(40058, "invalid Request Parameter: msgid")
    return msgid


def _content(call: ApiCall, person: str) -> tuple[tuple[str, str], ...]:
    kind = str(call.data.get("msgtype", ""))
    call.about(person, kind, "")
    choices: tuple[tuple[str, str], ...] = ()
    if kind == "text":
        call.content = text_of(call.data, "text", MAX_TEXT, TOO_LONG)
    elif kind == "msgmenu":
        call.content, choices = _menu(call.data.get("msgmenu", {}))
    elif kind in ("image", "voice", "video", "file", "link", "location", "miniprogram"):
        call.content = f"[{kind}]"
    else:  # neither markdown nor cards
        raise Refusal(40008, "invalid message type")
    return choices


def _menu(menu: dict[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    rows = menu.get("list", [])
    if not isinstance(rows, list) or not 1 <= len(rows) <= 10:
        raise Refusal(40058, "invalid Request Parameter: msgmenu.list")
    choices = tuple(
        (str(r["click"].get("id", "")), str(r["click"]["content"])) for r in rows if r.get("type") == "click"
    )
    words = [menu.get("head_content", ""), *(text for _, text in choices), menu.get("tail_content", "")]
    return "\n".join(word for word in words if word), choices


@route("/cgi-bin/kf/add_contact_way", "wecom")
def add_contact_way(world: World, call: ApiCall) -> Told:
    """Make a link to the customer service that carries a scene."""
    desk = _desk(world, call, str(call.data.get("open_kfid", "")))
    scene = str(call.data.get("scene", ""))
    call.about(desk.open_kfid, "contact_way", scene)
    if not SCENE.fullmatch(scene):
        raise Refusal(40058, "invalid Request Parameter: scene")
    return ok(url=f"{world.base_url}/kf/{desk.open_kfid}?enc_scene={scene}")


@route("/cgi-bin/kf/account/list", "wecom", "GET")
def account_list(world: World, call: ApiCall) -> Told:
    """List the corp's customer service accounts (used as a probe)."""
    mine = [a for a in world.accounts if a.channel == "customer_service" and a.corp_id == call.account.corp_id]
    return ok(account_list=[{"open_kfid": a.open_kfid, "name": a.name, "manage_privilege": True} for a in mine])
