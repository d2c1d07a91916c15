"""Keep what processes share and may lose at any moment: tokens, short locks, the lease, heartbeats.

It lives in Redis. While Redis is away nothing here raises; every method has one safe answer, named in its docstring.
Only for who is signed in there is no safe answer: `recall`, `keep`, `count` and `forget` raise Away.
After a failure we leave Redis alone for a second, so that a dead address costs one time-out a second, not one a call.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog
from redis.exceptions import NoScriptError, RedisError

from bot.errors import LianxinError
from bot.redis_address import connected, hang_up

log = structlog.get_logger()

ANSWER_S = 1.0
LEAVE_ALONE_S = 1.0
HEARTBEAT_KEPT_S = 7 * 24 * 3600

# Ours already or free: take it for ARGV[2] ms. Safe to ask twice, as the client does when a connection broke.
HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
"""
FORGET = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class Away(LianxinError):
    """Redis does not answer; whoever hears this does without it."""


class Memory:
    """The shared memory of all processes of one service."""

    def __init__(self, url: str) -> None:
        """Note the address; raises BadConfig if it is none."""
        self._redis = connected(url, ANSWER_S)
        self._alone_until: dict[str, float] = {}
        self._beats: dict[str, datetime] = {}
        self._away_since: float | None = None
        self._leave_until = 0.0
        self._closed = False

    async def open(self) -> None:
        """Say hello, so that a Redis that is away is in the log from the first minute."""
        await self.alive()

    async def close(self) -> None:
        """Hang up; from now on Redis counts as away."""
        self._closed = True
        await hang_up(self._redis)

    async def alive(self) -> bool:
        """Return whether Redis answers now, even if we were leaving it alone."""
        self._leave_until = 0.0
        try:
            await self._ask("PING")
        except Away:
            return False
        return True

    # ---- values: the tokens of bot/channels/tokens.py ----------------------------------------------------------------

    async def get(self, name: str) -> str | None:
        """Return the value, or None if it is absent, has run out, or Redis is away."""
        try:
            value: str | None = await self._ask("GET", _key("value", name))
        except Away:
            return None
        return value

    async def put(self, name: str, value: str, ttl_s: float) -> None:
        """Keep the value for so many seconds; not at all while Redis is away."""
        try:
            await self._ask("SET", _key("value", name), value, "PX", _ms(ttl_s))
        except Away:
            return

    async def drop(self, name: str, value: str) -> None:
        """Forget the name if it still holds this value; while Redis is away it stays until its time runs out."""
        await self.run(FORGET, [_key("value", name)], [value])

    # ---- who is signed in --------------------------------------------------------------------------------------------

    async def recall(self, name: str, ttl_s: float) -> str | None:
        """Return the value and keep it for so many seconds more; None if it is absent or ran out. Raises Away."""
        value: str | None = await self._ask("GETEX", _key("value", name), "PX", _ms(ttl_s))
        return value

    async def keep(self, name: str, value: str, ttl_s: float) -> None:
        """Keep the value for so many seconds; raises Away."""
        await self._ask("SET", _key("value", name), value, "PX", _ms(ttl_s))

    async def count(self, name: str, ttl_s: float) -> int:
        """Return how often this name was counted within so many seconds of its first time; raises Away."""
        count = await self.run(COUNT, [_key("count", name)], [_ms(ttl_s)])
        if count is None:
            raise Away
        return int(count)

    async def forget(self, name: str) -> None:
        """Forget the value and the count of that name; raises Away."""
        await self._ask("DEL", _key("value", name), _key("count", name))

    # ---- locks and the lease -----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def alone(self, name: str, ttl_s: float) -> AsyncIterator[bool]:
        """Enter with True if the lock is ours for so many seconds, at once with False if somebody else has it.

        While Redis is away the lock still holds within this process, no longer between processes.
        """
        key, mine = _key("lock", name), secrets.token_hex(8)
        if self._alone_until.get(name, 0.0) > time.monotonic():
            yield False
            return
        until = self._alone_until[name] = time.monotonic() + ttl_s
        try:
            ours = await self.run(HOLD, [key], [mine, _ms(ttl_s)]) != 0  # None, Redis is away: ours in this process
            if not ours:
                self._leave(name, until)
            yield ours
        finally:
            self._leave(name, until)
            await self.run(FORGET, [key], [mine])

    def _leave(self, name: str, until: float) -> None:
        """Give the lock back within this process, unless it ran out and is another's by now."""
        if self._alone_until.get(name) == until:
            del self._alone_until[name]

    async def lead(self, name: str, me: str, ttl_s: float) -> bool:
        """Take or renew the lease and return whether `me` leads.

        While Redis is away everybody leads: the lease only saves work, and work done twice is harmless (design §3.6),
        while work done by nobody is a reminder that never comes.
        """
        return await self.run(HOLD, [_key("lease", name)], [me, _ms(ttl_s)]) != 0

    async def step_down(self, name: str, me: str) -> None:
        """Give the lease back if it is ours, so that the next one need not wait for its end."""
        await self.run(FORGET, [_key("lease", name)], [me])

    # ---- heartbeats --------------------------------------------------------------------------------------------------

    async def beat(self, name: str, now: datetime) -> None:
        """Note that this part of the service lives."""
        self._beats[name] = now
        try:
            await self._ask("SET", _key("beat", name), now.isoformat(), "EX", HEARTBEAT_KEPT_S)
        except Away:
            return

    async def last_beat(self, name: str) -> datetime | None:
        """Return when it last beat in any process; while Redis is away, in this one."""
        try:
            beat = await self._ask("GET", _key("beat", name))
        except Away:
            return self._beats.get(name)
        return datetime.fromisoformat(beat) if beat else None

    # ---- the one way to Redis ----------------------------------------------------------------------------------------

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | int]) -> Any | None:
        """Run a Lua script that never returns nil, and return what it says; None while Redis is away."""
        try:
            try:
                return await self._ask("EVALSHA", _sha(script), len(keys), *keys, *args)
            except NoScriptError:  # a Redis that has just started
                return await self._ask("EVAL", script, len(keys), *keys, *args)
        except Away:
            return None

    async def _ask(self, *command: str | int) -> Any:
        """Send one command; raises Away."""
        if self._closed or time.monotonic() < self._leave_until:
            raise Away
        try:
            async with asyncio.timeout(ANSWER_S):  # retry, greeting and all
                answer = await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except (RedisError, OSError) as error:  # also "disk full", "loading", "no permission": none of them serves us
            self._lost(error)
            raise Away from error
        self._found()
        return answer

    def _lost(self, error: Exception) -> None:
        """Leave Redis alone for a moment, and say so once."""
        self._leave_until = time.monotonic() + LEAVE_ALONE_S
        if self._away_since is None:
            self._away_since = time.monotonic()
            log.warning("redis.away", error=type(error).__name__)

    def _found(self) -> None:
        """Say once that it is back."""
        if self._away_since is not None:
            log.info("redis.back", away_s=round(time.monotonic() - self._away_since, 1))
            self._away_since = None


def _key(kind: str, name: str) -> str:
    """Return the key as Redis knows it; the only place that knows its form."""
    return f"lianxin:{kind}:{name}"


def _ms(seconds: float) -> int:
    """Return whole milliseconds, at least one."""
    return max(1, round(seconds * 1000))


@lru_cache(maxsize=32)
def _sha(script: str) -> str:
    """Return the name Redis gives a script."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
