"""Every command of the house, and the one place where all its parts meet."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from bot import logs
from commands.care import audit
from commands.data import prepare
from commands.parts import SAY, finished, migrated
from commands.spelling import parser
from config import BadConfig, Settings, load_settings

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.deps import Deps


def main(words: list[str] | None = None) -> int:
    """Carry out one command and return the exit code: 0 done, 1 not done, 2 misconfigured."""
    arguments = parser(serve, demo, check).parse_args(words)
    logs.configure(verbose=arguments.verbose)
    try:
        result = arguments.do(arguments)
    except BadConfig as faults:
        SAY(f"配置有误，请改正后再来：\n{faults}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(result or 0)


# ---- serving -------------------------------------------------------------------------------------------------------


def serve(arguments: argparse.Namespace) -> None:
    """Run the service until it is told to stop."""
    from bot.thrift import one_heap

    one_heap()
    settings = load_settings()
    migrated(settings)
    finished(_serve(settings, arguments.only))


async def _serve(settings: Settings, only: str) -> None:
    from bot.app import until_stopped
    from bot.thrift import spare_the_collector

    stopped = asyncio.ensure_future(until_stopped())
    await asyncio.sleep(0)  # told to stop while we start, we stop in order all the same
    async with AsyncExitStack() as stack:
        deps = await opened(stack, settings)
        spare_the_collector()
        port = await started(stack, deps, only=only)
        await _say_risks(deps)
        if port:
            SAY(f"连心已启动：http://{settings.host}:{port}/healthz　工作台：http://127.0.0.1:{port}/console/")
            await _say_first_link(deps, port)
        await stopped


async def _say_risks(deps: Deps) -> None:
    """Say aloud, before the first message, that the database may lose what it confirmed."""
    from handlers.checkup import risks_of

    for wish in await risks_of(deps):
        SAY(f"⚠ 数据库：{wish}", file=sys.stderr)


async def _say_first_link(deps: Deps, port: int) -> None:
    """Print the one link of the first day, by which the office's first person sets a password."""
    from handlers.console.inviting import first_link

    if path := await first_link(deps.store, deps.clock.now()):
        SAY(f"首次使用：请代表工委的人员打开这个一次性链接，设置密码（24 小时内有效）：http://127.0.0.1:{port}{path}")


async def opened(stack: AsyncExitStack, settings: Settings, clock: Clock | None = None) -> Deps:
    """Open every part of a service."""
    from bot.app import assembled
    from handlers import ROUTER, entrances, errands, faq_change
    from handlers.knowledge import learn, reword
    from handlers.public import entrance

    deps = await stack.enter_async_context(assembled(settings, learn, clock))
    await reword(deps)
    named = {
        "pull": errands.pull,
        "media": errands.fetch,
        "alike": errands.offer_alike,
        "receipt": errands.note_receipt,
        "shred": errands.shred,
        "entry": entrances.fetch,
        "page_code": entrance.send_code,
        "faq_effect": faq_change.show_effect,
    }
    deps.outbox.errands |= {name: partial(errand, deps, ROUTER) for name, errand in named.items()}
    return deps


async def started(
    stack: AsyncExitStack, deps: Deps, *, only: str = "", port: int | None = None, tick: bool = True
) -> int:
    """Start what `only` names (web, worker, or both) and return the port of the web, 0 without one."""
    from bot.app import delivering, listening, ticking, web_app
    from handlers import HEALTH, ROUTER, ROUTES, TIMETABLE
    from handlers.webhooks import DEPS
    from handlers.webhooks import ROUTER as ROUTER_KEY

    if only != "web":
        await stack.enter_async_context(delivering(deps))
    timetable = [entry for entry in TIMETABLE if only != "web" or not entry.alone]
    if tick:
        await stack.enter_async_context(ticking(deps, ROUTER, timetable))
    keys = (DEPS, ROUTER_KEY)
    if only == "worker":
        if watched := deps.settings.metrics_port:
            await stack.enter_async_context(listening(web_app(deps, ROUTER, HEALTH, keys), deps.settings.host, watched))
        return 0
    app = web_app(deps, ROUTER, ROUTES, keys)
    where = deps.settings.port if port is None else port
    return await stack.enter_async_context(listening(app, deps.settings.host, where))


def demo(arguments: argparse.Namespace) -> int:
    """Run the service beside the emulator, for people to try; with --script play one day and check it."""
    from bot.demo import play, show

    code: int = finished(play(opened, started, prepare) if arguments.script else show(opened, started, prepare))
    return code


def check(arguments: argparse.Namespace) -> int:
    """Probe settings, database, Redis, office data and each account, or with --audit the history of every case."""
    from handlers.checkup import checkup

    settings = load_settings(need_accounts=not arguments.audit)
    migrated(settings)
    if arguments.audit:
        verdict: int = finished(audit(settings))
        return verdict
    code: int = finished(_check(settings, checkup))
    return code


async def _check(settings: Settings, checkup: Any) -> int:
    async with AsyncExitStack() as stack:
        findings = await checkup(await opened(stack, settings))
    for finding in findings:
        SAY(finding)
    return 0 if all(finding.ok for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
