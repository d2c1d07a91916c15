"""What the chat pages may ask for: each deed by its name, and what it needs to be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.picture import sample_picture

if TYPE_CHECKING:
    from bot.emulator.emulator import Emulator

PLACE = (37.857100, 113.580500, "滨河路 3 号路口")
SPOKEN = "楼下路灯坏了三天了"

Deed = Callable[["Emulator", EmulatedAccount, str, Mapping[str, str]], Awaitable[object]]


def _voice(emulator: Emulator, account: EmulatedAccount, person: str, _form: Mapping[str, str]) -> Awaitable[object]:
    """Speak; only the robot is given the words that the platform understood."""
    return emulator.sends_voice(account, person, SPOKEN if account.channel == "wecom_robot" else None)


def _scan(emulator: Emulator, account: EmulatedAccount, person: str, form: Mapping[str, str]) -> Awaitable[object]:
    """Scan a QR code: at the customer service one enters, a stranger follows, a follower scans."""
    if account.channel == "customer_service":
        return emulator.enters(account, person, scene=form["scene"])
    if emulator.world.follows(account, person):
        return emulator.scans(account, person, form["scene"])
    return emulator.subscribes(account, person, form["scene"])


DEEDS: dict[str, Deed] = {
    "says": lambda e, a, p, f: e.says(a, p, f["text"]),
    "image": lambda e, a, p, _: e.sends_image(a, p, sample_picture()),
    "place": lambda e, a, p, _: e.sends_place(a, p, *PLACE),
    "voice": _voice,
    "press": lambda e, a, p, f: e.presses(a, p, f["task"], f["button"]),
    "choose": lambda e, a, p, f: e.says(a, p, f["text"], menu_id=f["id"]),
    "menu": lambda e, a, p, f: e.clicks_menu(a, p, f["key"]),
    "enter": lambda e, a, p, _: e.enters(a, p),
    "scan": _scan,
    "follow": lambda e, a, p, _: e.subscribes(a, p),
    "leave": lambda e, a, p, _: e.unsubscribes(a, p),
}
