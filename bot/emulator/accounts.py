"""Who takes part on the emulated platforms: accounts with their secrets, people, groups."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

CHANNELS = ("official_account", "wecom_app", "wecom_robot", "customer_service", "group_robot", "customer_group")


@dataclass(slots=True)
class EmulatedAccount:
    """One account of the service on a platform; `callback_url` may be set once the service listens."""

    channel: str
    code: str
    name: str = ""
    mode: str = "safe"  # official_account: safe, compatible, plain
    app_id: str = ""
    corp_id: str = ""
    agent_id: int = 0
    open_kfid: str = ""
    sender: str = ""  # customer_group: the member who taps
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    webhook_key: str = field(default="", repr=False)
    callback_url: str = ""
    chat_id: str = ""  # group_robot: the internal group it posts into
    templates: Mapping[str, str] = field(default_factory=dict)  # template id -> title; empty: every id is known
    template_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # template id -> its fields
    menu: tuple[tuple[str, str], ...] = ()  # lines of the menu below the chat: what it says, its key
    scenes: tuple[tuple[str, str], ...] = ()  # QR codes one can scan: where it hangs, its scene

    @property
    def key(self) -> str:
        """Return the name that is unique over all channels."""
        return f"{self.channel}/{self.code}"

    @property
    def original_id(self) -> str:
        """Return the id the platform itself uses for the account inside messages."""
        return f"gh_{self.app_id}" if self.channel == "official_account" else self.corp_id

    @property
    def receive_id(self) -> str:
        """Return the id that closes every encrypted buffer."""
        if self.channel == "official_account":
            return self.app_id
        return "" if self.channel == "wecom_robot" else self.corp_id

    @property
    def group(self) -> str:
        """Return the group a group robot posts into."""
        return self.chat_id or self.webhook_key


@dataclass(frozen=True, slots=True)
class EmulatedPerson:
    """Somebody the platform knows; `account_code` says at which account ("code" or "channel/code")."""

    id: str
    name: str
    role: str = "voter"  # voter, representative, clerk, officer, unit
    account_code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class EmulatedGroup:
    """A WeCom group with its people: internal, perhaps with a smart robot, or a customer group of its `owner`."""

    chat_id: str
    name: str
    robot_code: str = ""
    members: tuple[str, ...] = ()
    owner: str = ""


def make_account(channel: str, code: str, **given: Any) -> EmulatedAccount:
    """Return an account with random credentials for everything that was not given."""
    made = EmulatedAccount(
        channel,
        code,
        app_id="wx" + secrets.token_hex(8) if channel == "official_account" else "",
        corp_id="" if channel in ("official_account", "group_robot") else "ww" + secrets.token_hex(8),
        agent_id=1_000_000 + secrets.randbelow(1000) if channel == "wecom_app" else 0,
        open_kfid="wk" + _letters(30) if channel == "customer_service" else "",
        token=_letters(24),
        aes_key=random_aes_key(),
        secret=_letters(43),
        webhook_key=secrets.token_hex(16) if channel == "group_robot" else "",
    )
    return replace(made, **given)


def random_aes_key() -> str:
    """Return an EncodingAESKey; its last character carries only four bits, so it must be one that ends in zeros."""
    return _letters(42) + secrets.choice("AEIMQUYcgkosw048")


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(count))
