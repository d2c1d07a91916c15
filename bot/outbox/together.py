"""Answer many questions by one: what is asked while an answer is on its way rides on the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Ask = Callable[[list[int]], Awaitable[Mapping[int, Any]]]  # ids -> what was found, by id


class Together:
    """One kind of question; nobody waits for others to join, and nobody is told what was so before they asked."""

    def __init__(self, ask: Ask) -> None:
        """Put the questions by `ask`; what it raises, everybody who asked together hears."""
        self._ask = ask
        self._waiting: list[tuple[int, asyncio.Future[Any]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, known: int) -> Any:
        """Return what is found under an id, None if nothing is."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((known, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._go_on(), name="asking-together")
        return await answer

    async def _go_on(self) -> None:
        """Ask until nobody waits."""
        while self._waiting:
            asked, self._waiting = self._waiting, []
            found: Mapping[int, Any] | Exception
            try:
                found = await self._ask([known for known, _ in asked])
            except Exception as error:  # noqa: BLE001 - whatever it is, those who asked get it
                found = error
            for known, answer in asked:
                if answer.done():  # nobody listens any more
                    continue
                if isinstance(found, Exception):
                    answer.set_exception(found)
                else:
                    answer.set_result(found.get(known))
        self._asking = None
