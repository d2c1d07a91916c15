"""Give the floor to so many at once; whose moment has come goes before who still has to find out."""

from __future__ import annotations

import asyncio
from collections import deque


class Floor:
    """A semaphore with a queue for those who have had the floor before and left it only to let their moment come."""

    def __init__(self, places: int) -> None:
        """Let so many speak at once."""
        self._places = places
        self._due: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    async def enter(self, *, due: bool = False) -> None:
        """Wait for a place."""
        if self._places > 0:  # then nobody waits
            self._places -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._due if due else self._others).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to whoever waits."""
        for queue in (self._due, self._others):
            while queue:
                if not (place := queue.popleft()).done():
                    place.set_result(None)
                    return
        self._places += 1

    async def __aenter__(self) -> None:
        """Wait for a place like anybody."""
        await self.enter()

    async def __aexit__(self, *_: object) -> None:
        """Give it up."""
        self.leave()
