"""Keep the access tokens: fetch one once, share it, drop it only when it is the one that failed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

Fetch = Callable[[], Awaitable[tuple[str, int]]]  # -> token, seconds it lives

FLIGHT_S = 10  # how long a fetch may take before another process may try
PEEK_S = 0.05  # how often we look whether the other process has it


class TokenCache(Protocol):
    """Where processes share tokens. It never raises: when it is down it remembers nothing and every lock is ours."""

    async def get(self, name: str) -> str | None:
        """Return the value, or None if it is absent or has run out."""
        ...

    async def put(self, name: str, value: str, ttl_s: int) -> None:
        """Keep the value for so many seconds."""
        ...

    async def drop(self, name: str, value: str) -> None:
        """Forget the name if it still holds this value: compare and delete in one step."""
        ...

    def alone(self, name: str, ttl_s: int) -> AbstractAsyncContextManager[bool]:
        """Enter with True when the lock of this name is ours, at once with False when somebody else has it."""
        ...


class LocalTokenCache:
    """The cache of one process without Redis."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start empty; `monotonic` counts seconds."""
        self._monotonic = monotonic
        self._kept: dict[str, tuple[str, float]] = {}
        self._locked: set[str] = set()

    async def get(self, name: str) -> str | None:
        """Return the value, or None if it is absent or has run out."""
        value, ends = self._kept.get(name, ("", 0.0))
        return value if value and self._monotonic() < ends else None

    async def put(self, name: str, value: str, ttl_s: int) -> None:
        """Keep the value for so many seconds."""
        self._kept[name] = (value, self._monotonic() + ttl_s)

    async def drop(self, name: str, value: str) -> None:
        """Forget the name if it still holds this value."""
        if self._kept.get(name, ("", 0.0))[0] == value:
            del self._kept[name]

    @asynccontextmanager
    async def alone(self, name: str, ttl_s: int) -> AsyncIterator[bool]:  # noqa: ARG002 - a lock of one process dies with it
        """Enter with True when nobody else is inside."""
        if name in self._locked:
            yield False
            return
        self._locked.add(name)
        try:
            yield True
        finally:
            self._locked.discard(name)


class Tokens:
    """The keeper: one flight a name in this process, one across processes, and a copy for when the cache is down."""

    def __init__(self, cache: TokenCache, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Share through `cache`."""
        self._cache = cache
        self._own = LocalTokenCache(monotonic)
        self._flights: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, name: str, fetch: Fetch) -> str:
        """Return the token of this name, fetching it if nobody has it."""
        async with self._flights[name]:
            return await self._known(name) or await self._fetch_alone(name, fetch)

    async def drop(self, name: str, failed: str) -> None:
        """Forget the token that failed; one that came after it stays."""
        await self._own.drop(name, failed)
        await self._cache.drop(name, failed)

    async def _known(self, name: str) -> str | None:
        return await self._cache.get(name) or await self._own.get(name)

    async def _fetch_alone(self, name: str, fetch: Fetch) -> str:
        """Fetch under the shared lock, or wait for the process that holds it; twice is better than never."""
        async with self._cache.alone(name, FLIGHT_S) as ours:
            found = await (self._known(name) if ours else self._wait(name))
            return found or await self._fetch(name, fetch)

    async def _wait(self, name: str) -> str | None:
        """Look until the other process has put the token there or must have died."""
        for _ in range(int(FLIGHT_S / PEEK_S)):
            if token := await self._cache.get(name):
                return token
            await asyncio.sleep(PEEK_S)  # the other process puts the token into the cache and tells nobody
        return None

    async def _fetch(self, name: str, fetch: Fetch) -> str:
        token, lives_s = await fetch()
        # Both platforms may hand out a token in its last minutes: the same one until 5 minutes before its end.
        ttl_s = max(lives_s - 300, lives_s // 2, 1)
        await self._own.put(name, token, ttl_s)
        await self._cache.put(name, token, ttl_s)
        return token
