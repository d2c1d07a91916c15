"""Commit in groups: one commit for all that came meanwhile, all wait for it, and the failure of one is its own.

No timer: what arrives while one commit is in flight rides on the next. Hope first: where nobody else writes, a group is
tried without savepoints, which cost a message a twentieth; if a piece fails or starts over, the group is undone and
done again with one for each. If a commit fails, each piece of its group is done again alone, so that a poisonous one
fails nobody else. Hence a piece of work touches nothing but its `Db`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy.exc import IntegrityError

from bot.errors import Busy, Contended
from bot.store.db import Db

T = TypeVar("T")
log = structlog.get_logger(__name__)

MOST_IN_GROUP = 200  # pieces in one commit; bounds how long the first waits for the last
LONGEST_S = 0.05  # a group lasts where others wait for the rows it has locked
ROUNDS_TO_COME_IN = 3  # of the loop, from a call's bytes to its piece of work
MOST_TRIES = 20  # of one piece that always finds another process in its way
MOST_WAITING = 5_000  # pieces in the queue; beyond it the caller is told Busy


class Backend(Protocol):
    """How one kind of database opens, splits and closes the writer's transaction."""

    shared: bool  # whether other processes write at the same moment

    async def begin(self) -> Db:
        """Open the transaction."""
        ...

    async def hurry(self) -> None:
        """Hold locks from here on, so wait for nobody: a piece that would have to is Contended."""
        ...

    async def commit(self) -> None:
        """Make it durable."""
        ...

    async def rollback(self) -> None:
        """Forget it; never raises."""
        ...

    async def savepoint(self) -> None:
        """Open the savepoint of one piece."""
        ...

    async def release(self) -> None:
        """Keep what the piece did."""
        ...

    async def undo(self) -> None:
        """Forget what the piece did."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


class _Piece:
    __slots__ = ("beaten", "done", "error", "result", "tries", "work")

    def __init__(self, work: Callable[[Db], Awaitable[Any]], done: asyncio.Future[Any]) -> None:
        self.work = work
        self.done = done
        self.result: Any = None
        self.error: Exception | None = None
        self.tries = 0
        self.beaten = False  # by another process, to a key that is there once

    def settle(self) -> None:
        """Tell the waiting caller, unless it went away."""
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


class Writer:
    """The only one in this process who writes."""

    def __init__(self, backend: Backend) -> None:
        """Write through that backend; `start()` first."""
        self._backend = backend
        self._waiting: deque[_Piece] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to take work."""
        self._task = asyncio.create_task(self._run(), name="store-writer")

    async def close(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._backend.close()

    @property
    def depth(self) -> int:
        """Return how many pieces wait."""
        return len(self._waiting)

    def write(self, work: Callable[[Db], Awaitable[T]]) -> asyncio.Future[T]:
        """Do the work in the next group; the future holds its result once it is durable, or what it raised.

        Raises Busy when too much waits.
        """
        if self._closing or len(self._waiting) >= MOST_WAITING:
            raise Busy("写入队列已满或正在关闭")
        piece = _Piece(work, asyncio.get_running_loop().create_future())
        self._waiting.append(piece)
        self._wake.set()
        return piece.done

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._let_others_in()
            await self._group()

    async def _let_others_in(self) -> None:
        """Go round the loop until nobody else comes: who stands at the door already shares the commit and its pages."""
        seen = 0
        while seen < len(self._waiting) < MOST_IN_GROUP:
            seen = len(self._waiting)
            for _ in range(ROUNDS_TO_COME_IN):
                await asyncio.sleep(0)

    async def _group(self) -> None:
        """Carry out and commit what waits now, as one group."""
        group: list[_Piece] = []
        try:
            if self._backend.shared or not await self._hopefully(group):
                await self._carefully(group)
            await self._backend.commit()
        except Exception as error:  # noqa: BLE001 - whatever the database says, somebody is waiting for an answer
            await self._backend.rollback()
            await self._again_alone(group, error)
        for piece in group:
            piece.settle()

    async def _hopefully(self, group: list[_Piece]) -> bool:
        """Carry out what waits without savepoints; False if a piece failed, and then nothing is done and all waits."""
        db = await self._backend.begin()
        while self._waiting and len(group) < MOST_IN_GROUP:
            piece = self._waiting.popleft()
            group.append(piece)
            try:
                piece.result = await piece.work(db)
            except Exception:  # noqa: BLE001 - it fails again with a savepoint around it, and then it is told
                await self._backend.rollback()
                self._waiting.extendleft(reversed(group))
                group.clear()
                return False
        return True

    async def _carefully(self, group: list[_Piece]) -> None:
        """Carry out what waits, each piece in its savepoint."""
        db = await self._backend.begin()
        until = time.monotonic() + LONGEST_S if self._backend.shared else math.inf
        while self._waiting and len(group) < MOST_IN_GROUP and (not group or time.monotonic() < until):
            group.append(self._waiting.popleft())
            await self._piece(db, group[-1])
            if self._comes_again(group[-1]):
                self._waiting.appendleft(group.pop())
                break
            if len(group) == 1 and self._waiting:
                await self._backend.hurry()

    async def _piece(self, db: Db, piece: _Piece) -> None:
        """Do one piece in its savepoint; its failure is its own, a broken transaction is everybody's."""
        piece.error = None
        await self._backend.savepoint()
        try:
            piece.result = await piece.work(db)
        except Exception as error:  # noqa: BLE001 - whatever the database says, somebody is waiting for an answer
            piece.error = error
            await self._backend.undo()
        else:
            await self._backend.release()

    def _comes_again(self, piece: _Piece) -> bool:
        """Whether a piece met another process: its lock, or the same row that the other wrote first.

        We commit what we hold, so that they go on, and it goes first. So no two processes ever wait for each other:
        only the first piece of a group waits, and it holds nothing yet. Who was beaten to a key looks once more and
        then finds the other's row; a key that is broken again is the piece's own fault.
        """
        if isinstance(piece.error, IntegrityError) and self._backend.shared and not piece.beaten:
            piece.beaten = True
            return True
        piece.tries += 1
        return isinstance(piece.error, Contended) and piece.tries < MOST_TRIES

    async def _again_alone(self, group: list[_Piece], error: Exception) -> None:
        """Give each piece of a failed group a transaction of its own."""
        log.warning("group_failed", pieces=len(group), error=type(error).__name__)
        if not group:  # the database would not even begin: whoever waits learns it now
            group.extend(self._waiting)
            self._waiting.clear()
            for piece in group:
                piece.error = error
            return
        for piece in group:
            try:
                await self._piece(await self._backend.begin(), piece)
                await self._backend.commit()
            except Exception as own:  # noqa: BLE001 - handed to whoever asked for the work
                piece.error = own
                with contextlib.suppress(Exception):
                    await self._backend.rollback()
