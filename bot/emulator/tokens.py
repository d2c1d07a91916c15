"""Access tokens: who gets which, how long it lives, what the platform says to a bad one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.limits import Rates, Refusal

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)


@dataclass(slots=True)
class Token:
    """One access token."""

    value: str
    account: EmulatedAccount
    ends_at: datetime
    killed_at: datetime | None = None  # by a newer one

    def fresh(self, now: datetime) -> bool:
        """Say whether the platform would still hand out this one."""
        return now < self.ends_at - OVERLAP and self.killed_at is None


class Tokens:
    """All tokens ever given out."""

    def __init__(self, rates: Rates) -> None:
        """Share the counters of the platform."""
        self._rates = rates
        self._all: dict[str, Token] = {}
        self._stable: dict[str, Token] = {}
        self._plain: dict[str, Token] = {}

    def plain(self, account: EmulatedAccount, now: datetime) -> Token:
        """cgi-bin/token: always a new one; the old one dies five minutes later."""
        if not self._rates.hit(("token", account.key), now, 2000, 86400):
            raise Refusal(45009, "reach max api daily quota limit")
        if old := self._plain.get(account.key):
            old.killed_at = min(old.ends_at, now + OVERLAP)
        self._plain[account.key] = token = self._new(account, now)
        return token

    def stable(self, account: EmulatedAccount, now: datetime, *, force: bool = False) -> Token:
        """cgi-bin/stable_token: the same one until five minutes before its end, unless forced."""
        if not self._rates.hit(("stable_token", account.key), now, 10_000, 60):
            raise Refusal(45011, "api minute-quota reach limit")
        old = self._stable.get(account.key)
        if force:
            self._may_force(account, now)
            if old:
                old.killed_at = now
        elif old and old.fresh(now):
            return old
        self._stable[account.key] = token = self._new(account, now)
        return token

    def wecom(self, account: EmulatedAccount, now: datetime) -> Token:
        """cgi-bin/gettoken: the same one while it is valid."""
        old = self._stable.get(account.key)
        if old and now < old.ends_at and old.killed_at is None:
            return old
        self._stable[account.key] = token = self._new(account, now)
        return token

    def owner(self, value: str, now: datetime, *, wecom: bool | None = None) -> EmulatedAccount:
        """Return whose token this is; raises Refusal with the platform's code for what is wrong with it."""
        if not value:
            raise Refusal(41001, "access_token missing")
        token = self._all.get(value)
        if token is None:
            raise Refusal(
                *(
                    (40014, "invalid access_token")
                    if wecom
                    else (40001, "invalid credential, access_token is invalid or not latest")
                )
            )
        if token.killed_at is not None and now >= token.killed_at:
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
        if now >= token.ends_at:
            raise Refusal(42001, "access_token expired")
        return token.account

    def expire_all(self, now: datetime) -> None:
        """Let every token be over."""
        for token in self._all.values():
            token.ends_at = min(token.ends_at, now)

    def _may_force(self, account: EmulatedAccount, now: datetime) -> None:
        if not self._rates.hit(("force_refresh", account.key), now, 20, 86400):
            raise Refusal(45009, "reach max api daily quota limit")
        if not self._rates.hit(("force_refresh", account.key), now, 1, 30):
            raise Refusal(45011, "force_refresh too frequently, 30 s apart")

    def _new(self, account: EmulatedAccount, now: datetime) -> Token:
        token = Token(f"{account.channel[:2]}_{secrets.token_urlsafe(96)}", account, now + LIFE)
        self._all[token.value] = token
        return token
