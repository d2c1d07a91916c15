"""Remember who is signed in: a cookie nobody can guess, and behind it a few facts in Redis."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.deps import Deps
from bot.rules.privacy import STAMP

IN, CODE = "in", "code"  # signed in; the password was right and six digits are due
IDLE = timedelta(minutes=60)  # unless the office says otherwise (limit `session-idle`)


@dataclass(frozen=True, slots=True)
class Session:
    """What is remembered of a browser between two pages."""

    login_id: int
    epoch: int  # of the login when it began
    stage: str
    began: float  # seconds since 1970
    notes: tuple[str, ...] = ()  # what the next page is to say
    facts: dict[str, Any] = field(default_factory=dict)


def new_key() -> str:
    """Return a cookie nobody can guess."""
    return secrets.token_urlsafe(32)


def cookie_of(deps: Deps) -> str:
    """Return what our cookie is called; with TLS, browsers keep that name for us alone and never send it in clear."""
    return "__Host-lianxin" if _over_tls(deps) else "lianxin"


def give(deps: Deps, response: web.StreamResponse, key: str) -> None:
    """Put the cookie into an answer; it lives as long as the browser, scripts cannot read it."""
    response.set_cookie(cookie_of(deps), key, path="/", httponly=True, samesite="Lax", secure=_over_tls(deps))


def consent(deps: Deps, key: str, what: str = "form") -> str:
    """Return the word by which we know that a form (or a way back from WeCom) was begun in this browser."""
    return deps.sealer.stamp(f"{key}/{what}".encode(), "console").hex()


def consents(deps: Deps, key: str, word: str, what: str = "form") -> bool:
    """Whether the word is the one of this browser."""
    try:
        stamp = bytes.fromhex(word)
    except ValueError:
        return False
    return len(stamp) == STAMP and deps.sealer.stamped(f"{key}/{what}".encode(), stamp, "console")


async def begin(deps: Deps, login: Any, stage: str, idle: timedelta, **facts: Any) -> str:
    """Begin a session under a new key and return the key; raises Away."""
    key = new_key()
    began = deps.clock.now().timestamp()
    await keep(deps, key, Session(login.id, login.epoch, stage, began, facts=facts), idle)
    return key


async def find(deps: Deps, key: str, idle: timedelta, longest: timedelta) -> Session | None:
    """Return the session of a key and let it live on, or None if it is over; raises Away."""
    kept = await deps.memory.recall(_name(key), idle.total_seconds())
    if kept is None:
        return None
    session = Session(**json.loads(kept))
    began = datetime.fromtimestamp(session.began, deps.clock.now().tzinfo)
    return replace(session, notes=tuple(session.notes)) if deps.clock.now() < began + longest else None


async def keep(deps: Deps, key: str, session: Session, idle: timedelta) -> None:
    """Remember a session; raises Away."""
    await deps.memory.keep(_name(key), json.dumps(asdict(session), ensure_ascii=False), idle.total_seconds())


async def end(deps: Deps, key: str) -> None:
    """Forget a session; raises Away."""
    await deps.memory.forget(_name(key))


def _name(key: str) -> str:
    """Return the name in Redis: who reads Redis learns no cookie."""
    return f"session:{hashlib.sha256(key.encode()).hexdigest()}"


def _over_tls(deps: Deps) -> bool:
    return deps.settings.public_url.startswith("https://")
