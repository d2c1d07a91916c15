"""The API of the 公众号: tokens, messages to voters, QR codes, media."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from bot.emulator import words
from bot.emulator.accounts import EmulatedAccount
from bot.emulator.api import ApiCall, RoutePlan, Told, ok, text_of
from bot.emulator.calls import Letter
from bot.emulator.limits import Refusal
from bot.emulator.world import World

route = RoutePlan()
TOO_LONG = Refusal(45002, "content size out of limit")
MAX_TEXT = 2048


@route("/cgi-bin/token", "none", "GET")
def token(world: World, call: ApiCall) -> Told:
    """Give out a token that kills the one before."""
    if call.query.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    call.owner = _who(world, call.query.get("appid", ""), call.query.get("secret", ""))
    new = world.tokens.plain(call.owner, call.now)
    return {"access_token": new.value, "expires_in": _left(new.ends_at - call.now)}


@route("/cgi-bin/stable_token", "none")
def stable_token(world: World, call: ApiCall) -> Told:
    """Give out the same token until five minutes before its end."""
    if call.data.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    call.owner = _who(world, str(call.data.get("appid", "")), str(call.data.get("secret", "")))
    now = world.tokens.stable(call.owner, call.now, force=call.data.get("force_refresh") is True)
    return {"access_token": now.value, "expires_in": _left(now.ends_at - call.now)}


@route("/sns/oauth2/access_token", "none", "GET")
def openid(world: World, call: ApiCall) -> Told:
    """Say whose visit a code was; a preview account has an openid too, but is nobody."""
    if call.query.get("grant_type") != "authorization_code":
        raise Refusal(40002, "invalid grant_type")
    call.owner = _who(world, call.query.get("appid", ""), call.query.get("secret", ""))
    person = world.codes.take(call.account, call.query.get("code", ""), call.now)
    call.about(person, "sign-in", "")
    told = {"access_token": secrets.token_urlsafe(40), "expires_in": 7200, "refresh_token": secrets.token_urlsafe(40),
            "openid": person, "scope": "snsapi_base"}  # fmt: skip
    return told | ({"is_snapshotuser": 1} if (call.account.key, person) in world.virtual else {})


def _who(world: World, app_id: str, secret: str) -> EmulatedAccount:
    for account in world.accounts:
        if account.channel == "official_account" and account.app_id == app_id:
            if account.secret != secret:
                raise Refusal(40125, "invalid appsecret")
            return account
    raise Refusal(40013, "invalid appid")


def _left(time: timedelta) -> int:
    return int(time.total_seconds())


@route("/cgi-bin/message/custom/send", "wechat")
def custom_send(world: World, call: ApiCall) -> Told:
    """Deliver a customer-service message inside the window the voter opened."""
    person, kind = str(call.data.get("touser", "")), str(call.data.get("msgtype", ""))
    content = _content(call.data, kind)
    call.about(person, kind, content)
    _reachable(world, call.account, person)
    world.windows.spend(
        call.account.key,
        person,
        call.now,
        closed=Refusal(45015, "response out of time limit or subscription is canceled"),
        spent=Refusal(45047, "out of response count limit"),
    )
    world.show(call.account, person, "service", content, kind=kind, via="push")
    call.fate = "delivered"
    return ok()


def _content(data: dict[str, Any], kind: str) -> str:
    if kind == "text":
        return text_of(data, "text", MAX_TEXT, TOO_LONG)
    if kind == "msgmenu":
        menu = data.get("msgmenu", {})
        rows = [
            menu.get("head_content"),
            *(row.get("content") for row in menu.get("list", ())),
            menu.get("tail_content"),
        ]
        return "\n".join(str(row) for row in rows if row)
    if kind in ("image", "voice", "video", "news", "link", "miniprogrampage"):
        return f"[{kind}]"
    raise Refusal(40008, "invalid message type")


def _reachable(world: World, account: EmulatedAccount, person: str) -> None:
    if not world.knows(account, person):
        raise Refusal(40003, "invalid openid")
    if (account.key, person) in world.gone:
        raise Refusal(43004, "require subscribe")


@route("/cgi-bin/message/template/send", "wechat")
def template_send(world: World, call: ApiCall) -> Told:
    """Deliver a template message; what became of it is told by an event."""
    person, content = _templated(call)
    _reachable(world, call.account, person)
    msg_id = world.msg_id() % 10**12
    guard = str(call.data.get("client_msg_id", ""))
    if guard and not world.rates.hit(("client_msg_id", call.account.key, person, guard), call.now, 1, 600):
        call.fate = "duplicate"
        return ok(msgid=msg_id)
    blocked = (call.account.key, person) in world.blocked
    if not blocked:
        world.show(call.account, person, "service", content, kind="template", via="template", url=_url(call))
    call.fate = "dropped" if blocked else "delivered"
    status = "failed:user block" if blocked else "success"
    world.later(_tell(world, call.account, person, "TEMPLATESENDJOBFINISH", MsgID=msg_id, Status=status))
    return ok(msgid=msg_id)


@route("/cgi-bin/message/subscribe/bizsend", "wechat")
def subscribe_send(world: World, call: ApiCall) -> Told:
    """Deliver a 订阅通知 if the person agreed to it."""
    person, content = _templated(call)
    _reachable(world, call.account, person)
    tick = (call.account.key, person, str(call.data.get("template_id")))
    left = world.ticks.get(tick, 0)
    if left == 0:
        raise Refusal(43101, "user refuse to accept the msg")
    if left > 0:
        world.ticks[tick] = left - 1
    world.show(call.account, person, "service", content, kind="template", via="subscription", url=_url(call))
    call.fate = "delivered"
    row = {"TemplateId": tick[2], "MsgID": world.msg_id(), "ErrorCode": "0", "ErrorStatus": "success"}
    event = "subscribe_msg_sent_event"
    world.later(_tell(world, call.account, person, event, SubscribeMsgSentEvent={"List": row}))
    return ok()


def _templated(call: ApiCall) -> tuple[str, str]:
    person, template = str(call.data.get("touser", "")), str(call.data.get("template_id", ""))
    titles = call.account.templates
    if not template or (titles and template not in titles):
        raise Refusal(40037, "invalid template_id")
    values = call.data.get("data")
    if not isinstance(values, dict) or not all(isinstance(v, dict) and "value" in v for v in values.values()):
        raise Refusal(47003, "argument invalid! data must be {key: {value}}")
    _matches(call.account.template_fields.get(template), values)
    rows = [titles.get(template, ""), *(f"{name}：{value['value']}" for name, value in values.items())]
    content = "\n".join(row for row in rows if row)
    call.about(person, "template", content)
    return person, content


# type -> how a value of it is written (订阅消息参数值内容限制说明)
TYPES = {
    "thing": r".{1,20}",
    "const": r".{1,20}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "number": r"[\d.]{1,32}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "date": r"\d{4}年\d{1,2}月\d{1,2}日.*|\d{4}-\d{2}-\d{2}.*",
    "time": r".*\d{1,2}:\d{2}.*|\d{4}年\d{1,2}月\d{1,2}日.*",
}


def _matches(fields: tuple[str, ...] | None, values: dict[str, Any]) -> None:
    """Refuse data whose fields are not the template's, or whose values are not of their types."""
    if fields is None:
        return
    for name in sorted({*fields, *values}):
        value = str(values.get(name, {}).get("value", "")) if name in fields else ""
        kind = TYPES.get(name.rstrip("0123456789"), r".{1,200}")
        if not re.fullmatch(kind, value):
            raise Refusal(47003, f"argument invalid! data.{name}.value invalid")


def _url(call: ApiCall) -> str:
    return str(call.data.get("url") or call.data.get("page") or "")


async def _tell(world: World, account: EmulatedAccount, person: str, event: str, **fields: Any) -> None:
    if account.callback_url and world.postman:
        inner = words.event_xml(account, person, event, world.now(), **fields)
        await world.postman.post(Letter(account, inner, person, event))


@route("/cgi-bin/qrcode/create", "wechat")
def qrcode_create(world: World, call: ApiCall) -> Told:
    """Make a QR code that carries a scene."""
    kind = call.data.get("action_name")
    scene = call.data.get("action_info", {}).get("scene", {})
    if kind in ("QR_SCENE", "QR_LIMIT_SCENE"):
        number = scene.get("scene_id")
        top = 100_000 if kind == "QR_LIMIT_SCENE" else 2**32 - 1
        good = isinstance(number, int) and 1 <= number <= top
    elif kind in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE"):
        good = isinstance(scene.get("scene_str"), str) and 1 <= len(scene["scene_str"]) <= 64
    else:
        raise Refusal(40001, "invalid action_name")
    if not good:
        raise Refusal(40053, "invalid action info")
    call.about(str(scene.get("scene_str") or scene.get("scene_id")), str(kind), "")
    ticket = "gQ" + secrets.token_urlsafe(60)
    told: dict[str, Any] = {"ticket": ticket, "url": f"{world.base_url}/q/{ticket[:24]}"}
    return told if "LIMIT" in str(kind) else told | {"expire_seconds": int(call.data.get("expire_seconds", 60))}


@route("/cgi-bin/user/info", "wechat", "GET")
def user_info(world: World, call: ApiCall) -> Told:
    """Say whether a person follows."""
    person = call.query.get("openid", "")
    if not world.knows(call.account, person):
        raise Refusal(40003, "invalid openid")
    return {"subscribe": 0 if (call.account.key, person) in world.gone else 1, "openid": person, "language": "zh_CN"}


@route("/cgi-bin/media/get", "either", "GET")
def media_get(world: World, call: ApiCall) -> Told:
    """Hand out a file somebody sent, for three days (both platforms)."""
    found = world.media.get(call.query.get("media_id", ""), call.now)
    call.about(call.query.get("media_id", ""), "media", "")
    if found is None:
        raise Refusal(40007, "invalid media_id")
    return found


@route("/cgi-bin/get_api_domain_ip", "either", "GET")
def api_ip(_world: World, _call: ApiCall) -> Told:
    """Say where the platform lives (used as a probe)."""
    return ok(ip_list=["127.0.0.1"])


@route("/cgi-bin/getcallbackip", "either", "GET")
def callback_ip(_world: World, _call: ApiCall) -> Told:
    """Say from where callbacks come (used as a probe)."""
    return ok(ip_list=["127.0.0.1"])
