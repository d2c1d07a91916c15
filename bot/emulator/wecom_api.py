"""The API of WeCom for a self-built app: token, messages to members, cards and their update."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from typing import Any

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.api import ApiCall, RoutePlan, Told, ok, text_of
from bot.emulator.cards import INTERACTIVE, card_of, card_text
from bot.emulator.ledger import ChatLine
from bot.emulator.limits import Refusal
from bot.emulator.world import World

route = RoutePlan()
MAX_BYTES = 2048
TOO_LONG = Refusal(40058, "invalid Request Parameter: content exceeds 2048 bytes")
CARDS = ("text_notice", "news_notice", *INTERACTIVE)
TASK_ID = re.compile(r"[A-Za-z0-9_@-]{1,128}")
MEMBER_LIMITS = ((30, 60), (1000, 3600))  # to one member; what is above is dropped silently
SEATS = 1000  # accounts of the corp; times 200 person-times a day


@route("/cgi-bin/gettoken", "none", "GET")
def gettoken(world: World, call: ApiCall) -> Told:
    """Give out the app's token, the same one while it is valid."""
    corp, secret = call.query.get("corpid", ""), call.query.get("corpsecret", "")
    of_corp = [a for a in world.accounts if corp and a.corp_id == corp]
    if not of_corp:
        raise Refusal(40013, "invalid corpid")
    call.owner = next((a for a in of_corp if secret and a.secret == secret), None)
    if call.owner is None:
        raise Refusal(40001, "invalid credential")
    token = world.tokens.wecom(call.owner, call.now)
    left = int((token.ends_at - call.now).total_seconds())
    return ok(access_token=token.value, expires_in=left)


@route("/cgi-bin/auth/getuserinfo", "wecom", "GET")
def getuserinfo(world: World, call: ApiCall) -> Told:
    """Say whose sign-in a code was."""
    person = world.codes.take(call.account, call.query.get("code", ""), call.now)
    call.about(person, "sign-in", "")
    return ok(userid=person)


@route("/cgi-bin/message/send", "wecom")
def message_send(world: World, call: ApiCall) -> Told:
    """Deliver a message to members of the corp."""
    app, data, kind = call.account, call.data, str(call.data.get("msgtype", ""))
    content = _content(data, kind)
    call.about(str(data.get("touser", "")), kind, content)
    if data.get("agentid") != app.agent_id or app.channel != "wecom_app":
        raise Refusal(301002, "not allow operate another agent with this accesstoken")
    known, unknown = _receivers(world, app, call.target)
    if not known:
        raise Refusal(81013, "user & party & tag all invalid")
    answer = ok(msgid=secrets.token_urlsafe(32))
    if unknown:
        answer["invaliduser"] = "|".join(person.lower() for person in unknown)
    if data.get("enable_duplicate_check") == 1 and not _first_time(world, call):
        call.fate = "duplicate"
        return answer
    if kind == "template_card":
        _new_task(world, app, data)
    if not world.rates.hit(("day", app.key), call.now, SEATS * 200, 86400):
        raise Refusal(45009, "api freq out of limit")
    call.fate = _deliver(world, call, known, unknown)
    if kind == "template_card" and data["template_card"]["card_type"] in INTERACTIVE:
        answer["response_code"] = world.cards.new_code(app.key, data["template_card"]["task_id"], call.now)
    return answer


def _content(data: dict[str, Any], kind: str) -> str:
    if kind in ("text", "markdown"):
        return text_of(data, kind, MAX_BYTES, TOO_LONG)
    part = data.get(kind)
    if not isinstance(part, dict):
        raise Refusal(40008, "invalid message type")
    if kind == "textcard":
        _limit(str(part.get("title", "")), 1, 128)
        _limit(str(part.get("description", "")), 1, 512)
        _limit(str(part.get("url", "")), 1, MAX_BYTES)
        _limit(str(part.get("btntxt", "详情")), 1, 4)
        return f"{part['title']}\n{part['description']}"
    if kind == "template_card":
        check_card(part, CARDS)
        return card_text(card_of(part))
    if kind in ("image", "voice", "video", "file", "news"):
        return f"[{kind}]"
    raise Refusal(40008, "invalid message type")


def _limit(text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most:
        raise Refusal(40058, f"invalid Request Parameter: length {len(text)} is not in [{least}, {most}]")


def check_card(card: dict[str, Any], kinds: tuple[str, ...]) -> None:
    """Refuse a template_card that the platform would refuse."""
    if card.get("card_type") not in kinds:
        raise Refusal(40058, "invalid Request Parameter: template_card.card_type")
    if not card.get("main_title", {}).get("title") and not card.get("sub_title_text"):
        raise Refusal(40058, "invalid Request Parameter: main_title.title or sub_title_text must be set")
    task_id = card.get("task_id")
    if (task_id is not None or card["card_type"] in INTERACTIVE) and not TASK_ID.fullmatch(str(task_id or "")):
        raise Refusal(40058, "invalid Request Parameter: template_card.task_id")
    if len(card.get("horizontal_content_list", ())) > 6:
        raise Refusal(40058, "invalid Request Parameter: horizontal_content_list has more than 6 rows")
    if card["card_type"] == "text_notice" and not card.get("card_action", {}).get("type"):
        raise Refusal(40058, "invalid Request Parameter: card_action.type")
    if card["card_type"] == "button_interaction":
        _check_buttons(card.get("button_list"))


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 6:
        raise Refusal(40058, "invalid Request Parameter: button_list must have 1 to 6 buttons")
    for button in buttons:
        if not button.get("text") or not 1 <= len(str(button.get("key", "")).encode()) <= 1024:
            raise Refusal(40058, "invalid Request Parameter: button text or key")


def _receivers(world: World, app: EmulatedAccount, touser: str) -> tuple[list[str], list[str]]:
    members = world.members.get(app.key, set())
    if touser == "@all":
        return sorted(members), []
    asked = [part for part in touser.split("|") if part]
    if len(asked) > 1000:
        raise Refusal(40058, "invalid Request Parameter: more than 1000 receivers")
    # ids know no upper and lower case on this platform; nearly all come as they are spelt
    spelling = {a.lower(): a for a in asked} if members.issuperset(asked) else {m.lower(): m for m in members}
    known = list(dict.fromkeys(spelling[a.lower()] for a in asked if a.lower() in spelling))
    return known, [a for a in asked if a.lower() not in spelling]


def _first_time(world: World, call: ApiCall) -> bool:
    seconds = min(int(call.data.get("duplicate_check_interval", 1800)), 14_400)
    words = json.dumps(call.data, sort_keys=True, ensure_ascii=False)
    return world.rates.hit(("duplicate", call.account.key, words), call.now, 1, seconds)


def _new_task(world: World, app: EmulatedAccount, data: dict[str, Any]) -> None:
    task_id = data["template_card"].get("task_id")
    if task_id and world.cards.known(app.key, task_id):
        raise Refusal(40058, "invalid Request Parameter: task_id is used already")


def _deliver(world: World, call: ApiCall, known: list[str], unknown: list[str]) -> str:
    heard = 0
    for person in known:
        if all(world.rates.hit(("member", call.account.key, person), call.now, n, s) for n, s in MEMBER_LIMITS):
            _show(world, call, person)
            heard += 1
    if not heard:
        return "dropped"
    return "delivered" if heard == len(known) and not unknown else "partly"


def _show(world: World, call: ApiCall, person: str) -> None:
    card = card_of(call.data["template_card"]) if call.kind == "template_card" else None
    url = str(call.data.get("textcard", {}).get("url", "")) if call.kind == "textcard" else ""
    line = world.show(call.account, person, "service", call.content, kind=call.kind, via="push", card=card, url=url)
    world.cards.hang(call.account.key, line)


@route("/cgi-bin/message/update_template_card", "wecom")
def update_card(world: World, call: ApiCall) -> Told:
    """Change a card after a click; the response code is good once and for 72 hours."""
    data, app = call.data, call.account
    people = data.get("userids")
    call.about("|".join(people) if isinstance(people, list) else "", "update_template_card", _said(data))
    if data.get("agentid") != app.agent_id:
        raise Refusal(301002, "not allow operate another agent with this accesstoken")
    if not call.content and "template_card" not in data:
        raise Refusal(40058, "invalid Request Parameter: button.replace_name")
    code = world.cards.use(app.key, str(data.get("response_code", "")), call.now)
    lines = world.cards.lines.get((app.key, code.task_id), {})
    who = list(lines) if data.get("atall") else list(people or ())
    for person in who:
        if line := lines.get(person):
            redraw(world, line, call.content, data.get("template_card"))
    call.fate = "delivered"
    strangers = [person.lower() for person in who if not world.knows(app, person)]
    return ok(invaliduser=strangers) if strangers else ok()


def _said(data: dict[str, Any]) -> str:
    button = data.get("button")
    return str(button.get("replace_name", "")) if isinstance(button, dict) else ""


def redraw(world: World, line: ChatLine, said: str, card: dict[str, Any] | None = None) -> None:
    """Change how a person's card looks: a grey word for the buttons, or a whole new card."""
    if line.card is None:
        return
    if card:
        line.card = replace(card_of(card), task_id=line.card.task_id)
    line.card.said = said
    line.text = card_text(line.card)
    world.ledger.changed(line)


@route("/cgi-bin/agent/get", "wecom", "GET")
def agent_get(_world: World, call: ApiCall) -> Told:
    """Describe the app (used as a probe)."""
    if call.query.get("agentid") != str(call.account.agent_id):
        raise Refusal(301002, "not allow operate another agent with this accesstoken")
    return ok(agentid=call.account.agent_id, name=call.account.name, close=0)


@route("/cgi-bin/user/get", "wecom", "GET")
def user_get(world: World, call: ApiCall) -> Told:
    """Say who a member is."""
    known, _ = _receivers(world, call.account, call.query.get("userid", ""))
    if not known:
        raise Refusal(60111, "userid not found")
    return ok(userid=known[0], name=world.name_of(known[0]))
