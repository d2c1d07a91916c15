"""Join the parts into one running service, and take it apart again in order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.channels import build_channels
from bot.channels.api import Api
from bot.channels.envelope import MAX_BODY
from bot.clock import SHANGHAI, Clock, SystemClock
from bot.deps import Deps, Knowledge
from bot.embedded_redis import embedded_redis
from bot.memory import Memory
from bot.outbox.pace import Pace
from bot.outbox.worker import Outbox
from bot.rules.links import Links
from bot.rules.privacy import Sealer
from bot.store import Store, open_store
from config.faults import BadConfig
from config.settings import Settings
from config.texts import load_texts

log = structlog.get_logger(__name__)

NO_PORT = {
    errno.EADDRINUSE: "已被别的程序占用，请结束那个程序，或换一个端口",
    errno.EACCES: "没有权限监听，1024 以下的端口请交给反向代理",
    errno.EADDRNOTAVAIL: "不是本机的地址，请改成本机有的，或 0.0.0.0",
}
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping", asyncio.Event)  # ends what would stream for ever
LEASE_S = 30  # the timetable's leader renews with every tick
FOLLOW_WITHIN_S = 10.0  # how long we wait for late answers when we are told to stop
Learn = Callable[[Store], Any]


@asynccontextmanager
async def assembled(settings: Settings, learn: Learn, clock: Clock | None = None) -> AsyncIterator[Deps]:
    """Open every part and hand out the bundle; the database must be migrated."""
    clock = clock or SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        url = settings.redis_url or await stack.enter_async_context(embedded_redis(settings.home))
        memory = Memory(url)
        await memory.open()
        stack.push_async_callback(memory.close)
        store = await open_store(settings.database_url)
        stack.push_async_callback(store.close)
        api = Api(settings.wechat_api_base, settings.wecom_api_base, memory, clock)
        stack.push_async_callback(api.close)
        channels = build_channels(api)
        sealer = Sealer(settings.secret_keys)
        texts = load_texts(settings.office_dir)
        outbox = Outbox(
            store,
            channels,
            settings.accounts,
            Pace(memory),
            sealer,
            texts,
            clock,
            links=Links(sealer, settings.public_url),
        )
        knowledge: Knowledge = await learn(store)
        deps = Deps(
            settings=settings,
            clock=clock,
            store=store,
            memory=memory,
            api=api,
            channels=channels,
            outbox=outbox,
            sealer=sealer,
            texts=texts,
            knowledge=knowledge,
            spool=settings.home / "spool",
        )
        yield deps
        if deps.tasks:  # answers that follow later; what is not done in time is in the spool
            await asyncio.wait(deps.tasks, timeout=FOLLOW_WITHIN_S)


def web_app(
    deps: Deps, router: Any, routes: Sequence[web.RouteDef], keys: tuple[web.AppKey[Any], web.AppKey[Any]]
) -> web.Application:
    """Return the web application; bodies beyond MAX_BODY are refused before they are read."""
    app = web.Application(client_max_size=MAX_BODY)
    deps_key, router_key = keys
    app[deps_key] = deps
    app[router_key] = router
    app[STOPPING] = asyncio.Event()
    app.on_shutdown.append(_say_stop)
    app.add_routes(routes)
    return app


async def _say_stop(app: web.Application) -> None:
    app[STOPPING].set()


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application and hand out the port; on the way out requests under way are finished.

    Raises BadConfig if the address is not ours to take.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10.0)  # the access log doubles a request's cost
    await runner.setup()
    site = web.TCPSite(runner, host, port, reuse_address=True)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        if (why := NO_PORT.get(error.errno or 0)) is None:
            raise
        raise BadConfig(f"LIANXIN_HOST、LIANXIN_PORT：{host}:{port} {why}") from None
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def delivering(deps: Deps) -> AsyncIterator[None]:
    """Run the outbox meanwhile; on the way out what is being sent is finished and settled."""
    task = asyncio.create_task(deps.outbox.run(), name="outbox")
    try:
        yield
    finally:
        await deps.outbox.stop()
        await task


@asynccontextmanager
async def ticking(deps: Deps, router: Any, timetable: Sequence[Any]) -> AsyncIterator[None]:
    """Run the timetable meanwhile: APScheduler is only a clock, each tick is idempotent."""
    me = f"{socket.gethostname()}:{os.getpid()}"
    scheduler = AsyncIOScheduler(timezone=SHANGHAI)
    for entry in timetable:
        scheduler.add_job(
            partial(_tick, deps, router, entry, me),
            "interval",
            seconds=entry.every_s,
            id=entry.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=deps_now(),
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        await deps.memory.step_down("timetable", me)


def deps_now() -> Any:
    """Return the machine's time for the scheduler, which ticks in real time even when the service's clock travels."""
    from datetime import datetime

    return datetime.now(SHANGHAI)


async def _tick(deps: Deps, router: Any, entry: Any, me: str) -> None:
    """Carry out one line of the timetable; a failure is logged and the next tick tries again."""
    try:
        if entry.alone and not await deps.memory.lead("timetable", me, LEASE_S + entry.every_s):
            return
        await entry.tick(deps, router)
    except asyncio.CancelledError:  # the service stops; the next start ticks again
        return
    except Exception:  # one line of the timetable must not stop the others
        log.exception("tick_failed", name=entry.name)


async def until_stopped() -> None:
    """Wait for SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
