"""Live through the busiest hour of a city's year in ten minutes: python -m bench.city_day [MINUTES].

The emulator is WeChat and WeCom, with their limits and their five seconds; web and worker run as two processes beside
it. The shape of the hour stands in docs/bench.md. Ten minutes are the hour, fewer a part of it at the same rate.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func, insert, select, update

from bench import load
from bot.embedded_redis import embedded_redis
from bot.emulator import EmulatedGroup, Emulator
from bot.rules.privacy import Sealer
from bot.store import migrate, open_store
from bot.store.tables import (
    clerk,
    group,
    group_address,
    identity,
    limit_,
    membership,
    office,
    outgoing,
    person,
    representative,
    station,
    suggestion,
)
from commands import data
from config import load_settings
from tests.faults.conftest import free_port
from tests.faults.proof import proof
from tests.plugins.house import CALLBACKS, KEY, platform_accounts, secrets_of_accounts

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
HOUR_MINUTES = 10.0  # an hour is lived in so many
STATIONS = 222
FIRST = 10_000  # our ids, away from the sample's
ROOM = "wrSample-hepan-1"  # an internal group with a smart robot in it
VIRAL, VIRAL_S, CALLED = 500, 60.0, 0.2  # messages about one thing, within so long; in the room every fifth calls us

#  what voters do in the hour                       how often
SAYINGS = (
    ("{place}{thing}{wrong}，请派人看看", 2700),
    ("怎么联系人大代表？", 700),
    ("代表接待日是几号", 500),
    ("进度", 600),
    ("我的代表", 300),
    ("你好", 400),
    ("谢谢", 300),
    ("都是垃圾", 100),
)
PICTURES, BY_SERVICE, STAFF = 400, 600, 400
THINGS, WRONGS = ("路灯", "电梯", "下水道", "停车位", "垃圾桶", "暖气"), ("坏了没人修", "不够用", "漏水", "没人管")
PLACES = ("滨河路", "东风街", "市场南门", "河东桥头", "育才巷", "幸福小区")
TARGET_P99_S, TARGET_MOST_S = 0.25, 5.0


async def city(db, sealer):
    """Write stations with a group, a clerk and a representative each, awake at any hour."""
    home, now = (await db.one(select(office.c.id))).id, datetime.now(UTC)
    await db.run(update(limit_).where(limit_.c.code.in_(("quiet-from", "quiet-until"))).values(value=0))
    await db.run(update(group).values(quiet_from="00:00", quiet_until="00:00"))
    for n in range(FIRST, FIRST + STATIONS):
        await db.run(insert(station).values(id=n, code=f"s{n}", office_id=home, kind="station", name=f"第{n}站"))
        await db.run(insert(group).values(id=n, code=f"g{n}", station_id=n, name=f"第{n}群", quiet_from="00:00",
                                          quiet_until="00:00"))  # fmt: skip
        for channel, account in (("official_account", "hexin"), ("customer_service", "kefu")):
            way = {"channel": channel, "account": account, "address": f"g{n}", "purpose": "scene"}
            await db.run(insert(group_address).values(group_id=n, **way))
        for role, number, name in (("clerk", n, f"clerk{n}"), ("representative", n + STATIONS, f"rep{n}")):
            await db.run(insert(person).values(id=number, name=name, created_at=now))
            await db.run(insert(identity).values(
                person_id=number, channel="wecom_app", account="gongzuo", reachable=True,
                external_hash=sealer.mark(f"wecom_app:gongzuo:{name}", "identity"),
                external_sealed=sealer.seal(name, "identity"),
            ))  # fmt: skip
            await db.run(insert(membership).values(group_id=n, person_id=number, role=role, joined_at=now))
            if role == "clerk":
                await db.run(insert(clerk).values(person_id=number, station_id=n))
            else:
                await db.run(insert(representative).values(person_id=number, level="county", station_id=n))


def deeds(platform, chance, share):
    """Return what happens, as coroutines in the order they were thought of, each with its second of the run."""
    length = MINUTES * 60

    def some(count):
        return range(round(count * share))

    def when():
        return chance.triangular(0, length)  # it swells to the middle and ebbs away

    def voter():
        return f"oVoter{chance.randrange(4000)}"

    def words(form):
        return form.format(place=chance.choice(PLACES), thing=chance.choice(THINGS), wrong=chance.choice(WRONGS))

    async def comes_and_says(person, text):
        if person not in arrived:
            arrived.add(person)
            await platform.subscribes("hexin", person, scene=f"g{FIRST + int(person[6:]) % STATIONS}")
        return await platform.says("hexin", person, text)

    arrived = set()
    for form, count in SAYINGS:
        for _ in some(count):
            yield when(), partial(comes_and_says, voter(), words(form))
    for _ in some(PICTURES):
        yield when(), partial(platform.sends_image, "hexin", voter(), b"\x89PNG")
    for number in some(BY_SERVICE):
        yield when(), partial(platform.says, "kefu", f"wm{number % 300}", words(SAYINGS[number % 3][0]))
    for number in some(STAFF):
        yield when(), partial(platform.says, "gongzuo", f"clerk{FIRST + number % STATIONS}", "待办")
    middle = max(0.0, length / 2 - VIRAL_S / 2)
    for number in range(VIRAL):
        yield middle + chance.uniform(0, VIRAL_S), partial(viral, platform, number)


async def viral(platform, number):
    """One matter, everybody at once: most by the 服务号 with the group's code, every fifth in the staff's own room."""
    if number % 5:
        person = f"oViral{number}"
        await platform.subscribes("hexin", person, scene=f"g{FIRST}")
        return await platform.says("hexin", person, f"滨河家园停水了，{number % 20}号楼没水")
    name = platform.world.account("wecom_robot/zhushou").name
    call = f"@{name} " if number % 25 == 0 else ""
    return await platform.says_in_group(ROOM, "zhangweiguo", f"{call}滨河家园停水了，谁知道怎么回事{number}")


async def lived(platform, chance):
    """Let everything happen at its moment, whether or not the service keeps up; returns the happenings."""
    began = asyncio.get_running_loop().time()

    async def one(at, deed):
        await asyncio.sleep(at)  # the shape of the hour says when
        return await deed()

    happened = await asyncio.gather(*(one(*each) for each in deeds(platform, chance, MINUTES / HOUR_MINUTES)))
    return [each for each in happened if each], asyncio.get_running_loop().time() - began


async def main():
    with tempfile.TemporaryDirectory(prefix="lianxin-city-") as folder:
        async with embedded_redis(Path(folder)) as redis:
            return await measured(folder, redis)


async def measured(folder, redis):
    port = free_port()
    env = {**os.environ, **secrets_of_accounts(), "LIANXIN_HOME": folder, "LIANXIN_SECRET_KEY": KEY}
    env |= {"REDIS_URL": redis, "LIANXIN_PORT": str(port)}
    settings = load_settings(env)
    platform = Emulator(
        platform_accounts(settings.accounts), lambda: datetime.now(UTC),
        groups=[EmulatedGroup(ROOM, "滨河社区联系群", "zhushou", ("zhangweiguo", "tianmin"))], stream_pause=5.0,
    )  # fmt: skip
    base = await platform.start()
    env |= {"WECHAT_API_BASE": base, "WECOM_API_BASE": base}
    sealer = Sealer(settings.secret_keys)
    await asyncio.to_thread(migrate, settings.database_url)
    await data.load_folder(settings, settings.office_dir)
    store = await open_store(settings.database_url)
    await store.write(partial(city, sealer=sealer))
    for number in range(FIRST, FIRST + STATIONS):
        platform.add_members("gongzuo", f"clerk{number}", f"rep{number}")
    platform.add_members("gongzuo", "zhangweiguo", "tianmin", "liugensheng", "qiaowen", "zhouzhiming", "baijie")
    for account in platform.world.accounts:
        account.name = settings.account(account.channel, account.code).name
        if account.channel in CALLBACKS:
            account.callback_url = f"http://127.0.0.1:{port}/callback/{CALLBACKS[account.channel]}/{account.code}"
    processes = []
    try:
        for only in ("web", "worker"):
            command = (sys.executable, "run.py", "serve", "--only", only)
            processes.append(await asyncio.create_subprocess_exec(*command, env=env, stderr=sys.stderr, stdout=-3))
        await listens(port)
        happened, seconds = await lived(platform, random.Random(7))
        cpu = [cpu_of(process.pid) for process in processes]
        await settled(store)
    finally:
        for process in processes:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))
    try:
        return await report(platform, store, settings, happened, seconds, cpu)
    finally:
        await store.close()
        await platform.stop()


async def listens(port):
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)  # a process that starts can only be knocked at
        else:
            writer.close()
            return
    raise RuntimeError("the service does not start")


async def settled(store, within_s=20.0):
    """Give the outbox a moment; what a member may hear only at 30 a minute goes on waiting."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        async with store.read() as db:
            rows = await db.all(select(outgoing.c.state).where(outgoing.c.state.in_(("waiting", "sending"))))
        if not rows:
            return
        await asyncio.sleep(0.5)  # only the rows tell when all is settled


def cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def report(platform, store, settings, happened, seconds, cpu):
    """Print the tables of docs/bench.md; returns 0 if every target is met."""
    tries = [row for row in platform.ledger.tries if row.event != "stream"]
    waits = [row.seconds for row in tries]
    lost = [each for each in happened if not each.heard]
    async with store.read() as db:
        pushes = await db.all(select(outgoing.c.state).where(outgoing.c.kind == "push"))
        cases = (await db.one(select(func.count().label("n")).select_from(suggestion))).n
    states = Counter(row.state for row in pushes)
    p50, p99, most = (load.percentile(waits, share) for share in (0.5, 0.99, 1.0))
    twice = sum(row.number > 1 for row in tries)
    print("| minutes | callbacks | a second | p50 ms | p99 ms | longest s | came again | lost | matters |")
    print("|---|---|---|---|---|---|---|---|---|")
    numbers = (f"{MINUTES:g}", len(tries), f"{len(tries) / seconds:.0f}", f"{p50 * 1e3:.0f}", f"{p99 * 1e3:.0f}")
    print("| " + " | ".join(map(str, (*numbers, f"{most:.2f}", twice, len(lost), cases))) + " |")
    print("\n| pushes sent | waiting for the platform's limit | parked | refused | dropped by the platform |")
    print("|---|---|---|---|---|")
    waiting = states["waiting"] + states["sending"]
    dropped = len(platform.calls(fate="dropped"))
    print("| " + " | ".join(map(str, (states["sent"], waiting, states["parked"], states["refused"], dropped))) + " |")
    quiet = manners(platform)
    print(f"\nCPU: web {cpu[0]:.0f} s, worker {cpu[1]:.0f} s of {seconds:.0f} s.", quiet, flush=True)
    compared = await proof(platform, store, settings.secret_keys, drained=False)
    print("The ledger against the tables:", dict(compared))
    return 0 if p99 <= TARGET_P99_S and most <= TARGET_MOST_S and not lost and not dropped else 1


def manners(platform):
    """Say how the viral group was spoken to, and how often in a minute its clerk was."""
    room = platform.group_chat(ROOM)
    asked = sum(line.author == "person" and line.via == "said" for line in room)
    answered = sum(line.author == "service" for line in room)
    unasked = sum(line.via == "webhook" for line in platform.ledger.lines)
    sends = sorted(
        call.at.timestamp() for call in platform.calls("message/send", "delivered") if call.target == f"clerk{FIRST}"
    )
    busiest = max((sum(at <= each < at + 60 for each in sends) for at in sends), default=0)
    return (
        f"In the room {len(room) - answered} messages, {asked} of them to us, {answered} answers; {unasked} pushes into"
        f" any group. The viral group's clerk heard {len(sends)}, at most {busiest} in a minute (30 are allowed)."
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
