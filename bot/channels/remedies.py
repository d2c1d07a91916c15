"""Say what follows when a platform does not take a message: one table, read aloud from platform.md A7, B3, B5, B8."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import at_local, local_date
from bot.errors import Remedy, SendFailed

RETRY, SLOW, PARK = Remedy.RETRY, Remedy.SLOW, Remedy.PARK
OTHER, UNREACHABLE, GIVE_UP, ALARM = Remedy.OTHER, Remedy.UNREACHABLE, Remedy.GIVE_UP, Remedy.ALARM

# These say "your token is no good": the keeper drops it and tries once more; what stands here is for the second time.
TOKEN_CODES = frozenset({40001, 40014, 42001})

#  errcode, or (channel, errcode) where a channel means something else by it
REMEDIES: dict[int | tuple[str, int], Remedy] = {
    -1: RETRY,  # busy
    6000: RETRY,  # two writers met (WeCom)
    40001: ALARM,  # token or secret wrong
    40014: ALARM,  # token invalid
    41001: ALARM,  # no token at all
    42001: ALARM,  # token expired, and so is its successor
    40013: ALARM,  # appid or corpid wrong
    40125: ALARM,  # appsecret wrong
    40243: ALARM,  # secret frozen
    40164: ALARM,  # our address is not on the allow-list (公众号)
    61004: ALARM,  # the same, older number
    60020: ALARM,  # the same, 企业可信IP (企业微信)
    89503: ALARM,  # a risky call waits for an administrator
    301002: ALARM,  # agentid does not belong to this token
    40056: ALARM,  # no such agentid
    95000: ALARM,  # no such open_kfid
    40003: UNREACHABLE,  # bad openid or userid
    43004: UNREACHABLE,  # must follow first
    46004: UNREACHABLE,  # no such user
    60111: UNREACHABLE,  # no such userid
    81013: UNREACHABLE,  # none of the receivers is usable
    40096: UNREACHABLE,  # bad external_userid
    45015: OTHER,  # the 48-hour window is closed
    45047: OTHER,  # the window's messages are used up
    43101: OTHER,  # the person did not subscribe to this notice
    95001: OTHER,  # kf: the window's messages are used up
    95018: OTHER,  # kf: the talk is with a person or over; the bot is mute
    45011: SLOW,  # too fast
    45033: SLOW,  # too many at the same moment (企业微信)
    130101: SLOW,  # webhook: over 20 a minute
    45009: PARK,  # 公众号: the day's quota; it comes back at midnight
    48001: GIVE_UP,  # this account was never granted the interface
    48002: GIVE_UP,  # the same in 企业微信
    60011: GIVE_UP,  # the app may not see this person
    40029: GIVE_UP,  # sign-in: the code is not good; the person signs in once more
    40163: GIVE_UP,  # sign-in: the code was used
    40053: GIVE_UP,  # a QR code's scene is too long or bad
    93000: ALARM,  # webhook: the key in the address is wrong, and the key is the account
    ("wecom_robot", 93000): OTHER,  # here the address was a response_url: used once, or older than an hour
    # In 企业微信 45009 is a limit by the minute that blocks for 60 s (WW 90312), not by the day.
    ("wecom_app", 45009): SLOW,
    ("customer_service", 45009): SLOW,
    ("wecom_robot", 45009): SLOW,
    ("group_robot", 45009): SLOW,
    ("customer_group", 45009): SLOW,
}

WAITS = {45011: 5.0, 45033: 1.0, 45009: 60.0, 130101: 60.0}

STATUSES = {401: ALARM, 403: ALARM, 408: RETRY, 425: RETRY, 429: SLOW}  # other 4xx will not get better by repeating


def remedy_for(channel: str, errcode: int) -> Remedy:
    """Return what follows from a code on this channel: an errcode, or the HTTP status that stood where one was due."""
    if 400 <= errcode < 600:
        return RETRY if errcode >= 500 else STATUSES.get(errcode, GIVE_UP)
    return REMEDIES.get((channel, errcode)) or REMEDIES.get(errcode, GIVE_UP)


def refusal(channel: str, errcode: int, errmsg: str, now: datetime) -> SendFailed:
    """Return the failure that an errcode means on this channel; an unknown code is given up and told to the clerk."""
    remedy = remedy_for(channel, errcode)
    wait = until_midnight(now) if remedy is PARK else WAITS.get(errcode, 0.0)
    return SendFailed(errcode, errmsg, remedy, wait=wait)


def refusal_by_status(status: int) -> SendFailed:
    """Return the failure that an HTTP status means when there is no errcode to read."""
    remedy = RETRY if status >= 500 else STATUSES.get(status, GIVE_UP)  # a redirect too is no answer of the platform
    return SendFailed(status, f"HTTP {status}", remedy, wait=60.0 if remedy is SLOW else 0.0)


def until_midnight(now: datetime) -> float:
    """Return the seconds until the platforms' day ends, which is the office's day."""
    return (at_local(local_date(now) + timedelta(days=1), 0) - now).total_seconds()
