"""Lines to the browser as they happen, by server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from bot.emulator.ledger import ChatLine
from bot.emulator.world import World

HEARTBEAT = 15.0
Belongs = Callable[[ChatLine], bool]


class LiveLines:
    """All open streams."""

    def __init__(self, world: World, render: Callable[[ChatLine], str]) -> None:
        """Show lines by `render`."""
        self._world, self._render = world, render
        self._streams: set[asyncio.Queue[ChatLine | None]] = set()

    def close(self) -> None:
        """End them all."""
        for stream in self._streams:
            stream.put_nowait(None)

    async def stream(self, request: web.Request, belongs: Belongs) -> web.StreamResponse:
        """Send the lines that belong here until the page is closed."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        stream: asyncio.Queue[ChatLine | None] = asyncio.Queue()

        def watch(line: ChatLine) -> None:
            if belongs(line):
                stream.put_nowait(line)

        for line in self._missed(request, belongs):
            stream.put_nowait(line)
        self._world.ledger.watchers.add(watch)
        self._streams.add(stream)
        try:
            while not self._world.stopping.is_set():
                await self._pass_on(response, stream)
        except ConnectionError:  # the page was closed
            pass
        finally:
            self._world.ledger.watchers.discard(watch)
            self._streams.discard(stream)
        return response

    def _missed(self, request: web.Request, belongs: Belongs) -> list[ChatLine]:
        """Return what was said between the page's making and the stream's opening, or while it was cut."""
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
        seen = int(after) if after.isdecimal() else 0
        return [line for line in self._world.ledger.lines if line.number > seen and belongs(line)]

    async def _pass_on(self, response: web.StreamResponse, stream: asyncio.Queue[ChatLine | None]) -> None:
        try:
            line = await asyncio.wait_for(stream.get(), HEARTBEAT)
        except TimeoutError:
            await response.write(b":\n\n")
            return
        if line is not None:
            data = json.dumps({"number": line.number, "html": self._render(line)}, ensure_ascii=False)
            await response.write(f"id: {line.number}\ndata: {data}\n\n".encode())
