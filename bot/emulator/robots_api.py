"""The doors of the two robots: the group webhook and the smart robot's response_url."""

from __future__ import annotations

from datetime import timedelta

from bot.emulator.api import ApiCall, RoutePlan, Told, ok, text_of
from bot.emulator.cards import card_of, card_text
from bot.emulator.ledger import CardShown
from bot.emulator.limits import Refusal
from bot.emulator.wecom_api import CARDS, check_card
from bot.emulator.world import World

route = RoutePlan()
LIMITS = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
PER_MINUTE = 20
MAX_ROBOT = 20_480
URL_LIFE = timedelta(hours=1)
RESPONSE_PATH = "/cgi-bin/aibot/response"


@route("/cgi-bin/webhook/send", "none")
def webhook_send(world: World, call: ApiCall) -> Told:
    """Post into the internal group that belongs to the key."""
    key = call.query.get("key", "")
    robot = next((a for a in world.accounts if key and a.channel == "group_robot" and a.webhook_key == key), None)
    if robot is None:
        raise Refusal(93000, "invalid webhook url")
    call.owner, kind = robot, str(call.data.get("msgtype", ""))
    content, card = _post(call, kind)
    call.about(robot.group, kind, content)
    if not world.rates.hit(("webhook", key), call.now, PER_MINUTE, 60):
        raise Refusal(45009, "api freq out of limit")
    world.show(robot, "", "service", content, chat=robot.group, kind=kind, via="webhook", card=card)
    call.fate = "delivered"
    return ok()


def _post(call: ApiCall, kind: str) -> tuple[str, CardShown | None]:
    if kind in LIMITS:
        return text_of(call.data, kind, LIMITS[kind], Refusal(40058, f"content exceed max length {LIMITS[kind]}")), None
    if kind == "template_card":
        check_card(call.data.get(kind, {}), ("text_notice", "news_notice"))
        card = card_of(call.data[kind])
        return card_text(card), card
    if kind in ("image", "news", "file", "voice"):
        return f"[{kind}]", None
    raise Refusal(40008, "invalid message type")


@route(RESPONSE_PATH, "none")
def response_url(world: World, call: ApiCall) -> Told:
    """Take the smart robot's one late answer."""
    found = world.response_urls.get(call.query.get("response_code", ""))
    if found is None:  # never given out, or used
        raise Refusal(40058, "invalid Request Parameter: response_code")
    robot, person, chat, given = found
    call.owner, kind = robot, str(call.data.get("msgtype", ""))
    call.about(chat or person, kind, "")
    if call.now - given > URL_LIFE:
        raise Refusal(40058, "invalid Request Parameter: response_code expired")
    card = None
    if kind == "markdown":
        call.content = text_of(call.data, kind, MAX_ROBOT, Refusal(40058, "content exceed max length 20480"))
    elif kind == "template_card" and not chat:
        check_card(call.data.get(kind, {}), CARDS)
        card = card_of(call.data[kind])
        call.content = card_text(card)
    else:  # cards only in single chats
        raise Refusal(40008, "invalid message type")
    del world.response_urls[call.query["response_code"]]
    line = world.show(robot, person, "service", call.content, chat=chat, kind=kind, via="response_url", card=card)
    world.cards.hang(robot.key, line)
    call.fate = "delivered"
    return ok()
