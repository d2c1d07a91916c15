"""The ways to say no; each carries its consequence, never an HTTP number."""

from __future__ import annotations

from enum import StrEnum


class LianxinError(Exception):
    """Something of ours went wrong in a way we have a word for."""


class Refused(LianxinError):
    """A rule said no to a person; the text is looked up by code."""

    def __init__(self, code: str, **facts: object) -> None:
        """Remember the code (a key of texts.toml below `refused`) and the facts its text needs."""
        super().__init__(code)
        self.code = code
        self.facts = facts


class Forged(LianxinError):
    """A callback does not prove that the platform sent it: bad signature, stale time, wrong receiver, wrong key."""


class Malformed(LianxinError):
    """A callback proves its sender but cannot be read."""


class Busy(LianxinError):
    """Too much is waiting to be written; the caller keeps the event elsewhere and comes back."""


class Contended(LianxinError):
    """Another process holds what this piece of work needs just now; done again a moment later, it will succeed."""


class Remedy(StrEnum):
    """What to do about a message the platform did not take (platform.md A7)."""

    RETRY = "retry"  # back off and try again, bounded
    SLOW = "slow"  # too fast: wait the pace out, no attempt is lost
    PARK = "park"  # quota is gone: wait until it resets
    OTHER = "other"  # this way is closed for this person: use another channel or tell on next contact
    UNREACHABLE = "unreachable"  # the person cannot be reached on this identity
    GIVE_UP = "give_up"  # will never work: tell the clerk
    ALARM = "alarm"  # the account itself is broken: stop the account, alarm


class SendFailed(LianxinError):
    """The platform did not take a message; `remedy` says what to do next."""

    def __init__(self, errcode: int, errmsg: str, remedy: Remedy, *, wait: float = 0.0) -> None:
        """Keep the platform's code and words; `wait` is a hint in seconds."""
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg
        self.remedy = remedy
        self.wait = wait

    @property
    def retry(self) -> bool:
        """Whether the same message may be sent again on the same way."""
        return self.remedy in (Remedy.RETRY, Remedy.SLOW, Remedy.PARK)
