"""The ways to hear and speak: one word, one class, one file each."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.api import Api
from bot.channels.base import Channel
from bot.channels.customer_group import CustomerGroup
from bot.channels.customer_service import CustomerService
from bot.channels.group_robot import GroupRobot
from bot.channels.official_account import OfficialAccount
from bot.channels.webhook import Webhook
from bot.channels.wecom_app import WecomApp
from bot.channels.wecom_robot import WecomRobot

CHANNELS: dict[str, Callable[[Api], Channel]] = {
    "official_account": OfficialAccount,
    "wecom_app": WecomApp,
    "wecom_robot": WecomRobot,
    "customer_service": CustomerService,
    "group_robot": GroupRobot,
    "customer_group": CustomerGroup,
    "webhook": Webhook,
}
ONE_WAY = {"group_robot", "customer_group", "webhook"}  # the platform never calls them back
# The last but one part of a callback's address -> the channel (design §6).
URL_WORDS = {word.replace("_", "-"): word for word in CHANNELS if word not in ONE_WAY}


def build_channels(api: Api) -> dict[str, Channel]:
    """Return every channel, speaking through this one interface."""
    return {word: channel(api) for word, channel in CHANNELS.items()}


__all__ = ["CHANNELS", "URL_WORDS", "Api", "Channel", "build_channels"]
