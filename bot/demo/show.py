"""Let people try: addresses to open, and every conversation as it happens."""

from __future__ import annotations

import os
import socket
from functools import partial
from pathlib import Path

from bot.app import until_stopped
from bot.clock import SystemClock
from bot.demo.stage import Opened, Prepare, Stage, Started, stage, told
from config import BadConfig
from config.office_data import read_office
from handlers.console.inviting import invite

say = partial(print, flush=True)

HOME = "var/demo"  # a folder of its own, so that played cases never lie among real ones


async def show(opened: Opened, started: Started, prepare: Prepare) -> int:
    """Serve until stopped."""
    home = Path(os.environ.get("LIANXIN_HOME") or HOME)
    ports = _ports()
    if taken := next((port for port in ports if _taken(port)), 0):
        say(f"端口 {taken} 已被别的程序占用，没有启动。")
        say(f"请先结束那个程序，或换一个端口：LIANXIN_PORT={taken + 100} make run（聊天页用它的下一个端口）。")
        return 1
    async with stage(home, SystemClock(), ports, (opened, started, prepare), scripted=False) as play:
        play.platform.ledger.on_line = lambda line: say(told(line, play.platform))
        _welcome(play, home, await _doors(play))
        await _arrive(play)
        await until_stopped()
        say(f"\n正在停止……登记的内容留在 {home}，下次启动还在。")
    return 0


async def _doors(play: Stage) -> str:
    """Return a line for each member of staff to try: a link that signs in once, without a password."""
    office = read_office(play.deps.settings.office_dir)
    staff = (("工作人员", office.clerks), ("代表工委", office.officers), ("承办单位", office.unit_people))
    lines = []
    for role, people in staff:
        for each in people[:1]:
            path = await invite(play.deps.store, each.code, play.deps.clock.now(), change=False)
            lines.append(f"  工作台（{role} {each.name}，一次性） http://127.0.0.1:{play.port}{path}")
    return "\n".join(lines)


def _welcome(play: Stage, home: Path, doors: str) -> None:
    """Say where to click and what to try."""
    say(
        f"""
连心已启动。微信和企业微信由本机的模拟平台扮演，不会联系真的微信；数据在 {home}。

  聊天（选民、代表、工作人员、群）  {play.platform_url}/chat/
{doors}
  健康检查                          http://127.0.0.1:{play.port}/readyz

打开聊天页，选“王桂兰”，说一句“我们楼电梯坏了一个月”；再打开“张卫国”看代表收到的卡片。
按 Ctrl+C 结束。下面是对话：
"""
    )


async def _arrive(play: Stage) -> None:
    """Let voters come by the QR code of a group, as most will, and whoever follows the 服务号 follow it."""
    for person in play.platform.world.people:
        account = play.platform.world.account(person.account_code)
        if account.channel not in ("official_account", "customer_service"):
            continue
        _, scene = next(iter(account.scenes), ("", ""))
        if account.channel == "official_account":
            await play.platform.subscribes(account, person.id, scene=scene)
        else:
            await play.platform.enters(account, person.id, scene=scene)


def _ports() -> tuple[int, int]:
    """Return the service's port and the platforms' port, by default its neighbour."""
    port = _port("LIANXIN_PORT", 8080)
    return port, _port("LIANXIN_DEMO_PORT", port + 1 if port else 0)


def _port(name: str, otherwise: int) -> int:
    word = os.environ.get(name) or str(otherwise)
    if not word.isdecimal() or int(word) > 65535:
        raise BadConfig(f"{name}：应为 0 到 65535 的端口号，现在是 {word}")
    return int(word)


def _taken(port: int) -> bool:
    """Whether another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
