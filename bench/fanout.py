"""Tell 666 groups and 3,181 representatives of a reception day, at the platforms' limits: python -m bench.fanout."""

import asyncio
import base64
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert, select, update

import bot.emulator.api
from bench.__main__ import CLIENT_CORE, SERVER_CORE
from bot.actions import reception_remind
from bot.clock import SHANGHAI, at_local
from bot.emulator import EmulatedAccount, Emulator
from bot.rules.privacy import Sealer
from bot.store import open_store
from bot.store.tables import (
    duty,
    group,
    group_address,
    identity,
    limit_,
    office,
    outgoing,
    person,
    reception_day,
    reception_rule,
    reminder_rule,
    representative,
    station,
)
from commands import data, parts
from config import load_settings
from config.texts import load_texts

FIRST = 10_000  # our ids, away from the sample's
STATIONS, GROUPS, PEOPLE = 222, 666, 3181  # the city of the articles: stations, three groups each, representatives
LIMIT, WINDOW_S = 10_000, 60  # of one interface of one corp (WW 90312)
COLUMNS = (
    "limit of the app", "calls", "delivered", "refused or dropped", "took s", "messages/s", "of the allowed rate",
    "worker ms CPU each", "owing ms each",
)  # fmt: skip
SHORTER = 10  # the same rate in a tenth of the time, so that 3,181 messages meet it


def environment(folder, base):
    """Return settings for an office whose every group has a webhook of its own."""
    office_dir = Path(folder) / "office"
    shutil.copytree("config/office", office_dir, dirs_exist_ok=True)
    robots = "".join(f'[[group_robot]]\ncode = "g{n}"\nname = "{n}"\nwebhook_key = "HOOK_{n}"\n' for n in range(GROUPS))
    app = (
        '[[wecom_app]]\ncode = "gongzuo"\ncorp_id = "wwbench"\nagent_id = 1\ntoken = "T"\naes_key = "A"\nsecret = "S"\n'
    )
    (office_dir / "accounts.toml").write_text(app + robots)
    return {
        "LIANXIN_HOME": folder,
        "LIANXIN_OFFICE": str(office_dir),
        "LIANXIN_SECRET_KEY": base64.b64encode(b"b" * 32).decode(),
        "WECHAT_API_BASE": base,
        "WECOM_API_BASE": base,
        "T": "t" * 24,
        "A": "a" * 43,
        "S": "s" * 43,
        **{f"HOOK_{n}": f"hook-{n}" for n in range(GROUPS)},
    }


async def city(db, sealer, held_on):
    """Write stations, groups, representatives and one reception day of each station."""
    home = (await db.one(select(office.c.id))).id
    await db.run(update(reception_rule).values(days_of_month="[]"))
    await db.run(reminder_rule.delete())
    now = datetime.now(UTC)
    at = f"{(now + timedelta(seconds=2)).astimezone(SHANGHAI):%H:%M}"
    rule = {"days_before": 0, "at": at, "grace_hours": 24, "quiet": "after", "only": "", "source": "bench", "as_of": ""}
    await db.run(insert(reminder_rule).values(code="n", audience="group", text="notice", notice=True, **rule))
    await db.run(insert(reminder_rule).values(code="r", audience="representative", text="day", notice=False, **rule))
    await db.run(update(limit_).where(limit_.c.unit == "clock").values(value=0))
    awake = {"quiet_from": "00:00", "quiet_until": "00:00"}
    when = {"starts": "23:00", "ends": "23:30", "place": "站里"}
    on = {"planned_on": held_on.isoformat(), "date": held_on.isoformat(), "state": "planned", **when}
    monthly = {"days_of_month": f"[{held_on.day}]", "holiday_policy": "stay", **when}
    for n in range(FIRST, FIRST + STATIONS):
        await db.run(insert(station).values(id=n, code=f"s{n}", office_id=home, kind="station", name=f"第{n}站"))
        await db.run(insert(reception_rule).values(id=n, code=f"r{n}", station_id=n, **monthly))
        await db.run(insert(reception_day).values(id=n, rule_id=n, station_id=n, uid=f"u{n}", **on))
    for n in range(GROUPS):
        home, number = FIRST + n % STATIONS, FIRST + n
        await db.run(insert(group).values(id=number, code=f"g{n}", station_id=home, name=f"第{n}群", **awake))
        way = {"channel": "group_robot", "account": f"g{n}", "purpose": "speak"}
        await db.run(insert(group_address).values(group_id=number, **way))
    for n in range(PEOPLE):
        home, number, known = FIRST + n % STATIONS, FIRST + n, f"p{n}"
        await db.run(insert(person).values(id=number, name=f"代表{n}", created_at=now))
        way = {"channel": "wecom_app", "account": "gongzuo", "reachable": True}
        way["external_hash"] = sealer.mark(f"wecom_app:gongzuo:{known}", "identity")
        way["external_sealed"] = sealer.seal(known, "identity")
        await db.run(insert(identity).values(person_id=number, **way))
        await db.run(insert(representative).values(person_id=number, level="county", station_id=home))
        await db.run(insert(duty).values(day_id=home, person_id=number, state="seated", origin="clerk", at=now))


async def measure(shorter):
    """Return the numbers of one fan-out whose corp-wide limit comes in a `shorter` time."""
    bot.emulator.api.PER_API, bot.emulator.api.PER_API_S = LIMIT // shorter, WINDOW_S // shorter
    accounts = [
        EmulatedAccount("group_robot", f"g{n}", webhook_key=f"hook-{n}", chat_id=f"c{n}") for n in range(GROUPS)
    ]
    app = EmulatedAccount("wecom_app", "gongzuo", corp_id="wwbench", agent_id=1, secret="s" * 43, token="t" * 24)
    app.aes_key = "a" * 43
    platform = Emulator([app, *accounts], lambda: datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="lianxin-fanout-") as folder:
        base = await platform.start()
        platform.add_members("gongzuo", *(f"p{n}" for n in range(PEOPLE)))
        env = environment(folder, base)
        settings = load_settings(env)
        await asyncio.to_thread(parts.migrated, settings)
        await data.load_folder(
            load_settings({**env, "LIANXIN_OFFICE": "config/office"}, need_accounts=False), Path("config/office")
        )
        store = await open_store(settings.database_url)
        today = datetime.now(SHANGHAI).date()
        await store.write(partial(city, sealer=Sealer(settings.secret_keys), held_on=today))
        owing = time.process_time()
        texts = load_texts(settings.office_dir)
        owed = await reception_remind.remind(store, texts, Sealer(settings.secret_keys), at_local(today, 0))
        owing = time.process_time() - owing
        command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.fanout_worker", str(shorter)]
        worker = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **env}, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            cpu = await delivered(platform, store, worker.pid, owed)
        finally:
            worker.terminate()
            await worker.wait()
            await store.close()
            await platform.stop()
    return report(platform, owed, owing, cpu, shorter)


async def delivered(platform, store, pid, owed):
    """Wait until all is settled; return the worker's CPU seconds meanwhile."""
    await platform.ledger.until(lambda: platform.ledger.counts["fate:delivered"] or None, within=60)
    before = cpu_of(pid)
    while True:
        await asyncio.sleep(0.5)  # only the rows tell when all is settled
        async with store.read() as db:
            rows = await db.all(select(outgoing.c.state).where(outgoing.c.key.like("reminder:%")))
        if Counter(row.state for row in rows)["sent"] >= owed:
            return cpu_of(pid) - before


def cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(platform, owed, owing, cpu, shorter):
    """Return one line of the table."""
    sends = [row for row in platform.ledger.calls if row.path.endswith(("message/send", "webhook/send"))]
    app = sorted(row.at for row in sends if row.path.endswith("message/send") and row.fate == "delivered")
    took = (app[-1] - app[0]).total_seconds()
    limit, window = LIMIT // shorter, WINDOW_S // shorter
    fastest = (len(app) - 1) // limit * window  # seconds a sender without friction needs
    fates = Counter(row.fate for row in sends)
    return (
        f"{limit:,} in {window} s", len(sends), fates["delivered"], fates["refused"] + fates["dropped"],
        f"{took:.1f}", f"{len(app) / took:.0f}", f"{fastest / took:.1%}" if fastest else "not reached",
        f"{cpu / owed * 1e3:.2f}", f"{owing / owed * 1e3:.2f}",
    )  # fmt: skip


def main():
    os.sched_setaffinity(0, {CLIENT_CORE})
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for shorter in (1, SHORTER):
        print("| " + " | ".join(map(str, asyncio.run(measure(shorter)))) + " |", flush=True)


if __name__ == "__main__":
    main()
