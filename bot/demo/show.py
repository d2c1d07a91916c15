"""Let people try: addresses to open, and every conversation as it happens."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from bot.app import until_stopped
from bot.clock import SystemClock
from bot.demo.stage import Opened, Prepare, Started, stage, told

say = partial(print, flush=True)


async def show(opened: Opened, started: Started, prepare: Prepare) -> int:
    """Serve until stopped."""
    home = Path(os.environ.get("LIANXIN_HOME", "var"))
    port = int(os.environ.get("LIANXIN_PORT", "8080"))
    platform_port = int(os.environ.get("LIANXIN_DEMO_PORT", str(port + 1 if port else 0)))
    async with stage(home, SystemClock(), (port, platform_port), (opened, started, prepare), scripted=False) as play:
        play.platform.ledger.on_line = lambda line: say(told(line, play.platform))
        say("连心已启动（模拟平台，不会联系真的微信）。请打开：")
        say(f"  聊天（选民、代表、工作人员、群）：{play.platform_url}/chat/")
        say(f"  工作人员列表：http://127.0.0.1:{play.port}/console/")
        say(f"  健康：http://127.0.0.1:{play.port}/readyz")
        say("在聊天页里随便选一个人说句话，比如“我们楼电梯坏了一个月”。按 Ctrl+C 结束。下面是对话：")
        await until_stopped()
    return 0
