"""WeChat and WeCom from their documents, for the demo, the tests and the bench; imports nothing of the service."""

from __future__ import annotations

from bot.emulator.accounts import EmulatedAccount, EmulatedGroup, EmulatedPerson, make_account, random_aes_key
from bot.emulator.calls import build_call
from bot.emulator.emulator import Emulator
from bot.emulator.ledger import ApiRow, CardShown, ChatLine, TryRow
from bot.emulator.postman import Happening

__all__ = [
    "ApiRow",
    "CardShown",
    "ChatLine",
    "EmulatedAccount",
    "EmulatedGroup",
    "EmulatedPerson",
    "Emulator",
    "Happening",
    "TryRow",
    "build_call",
    "make_account",
    "random_aes_key",
]
