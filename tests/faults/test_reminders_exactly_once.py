"""Three workers whose clocks disagree remind a town on the eve of a leap day, while everything around them breaks.

Nothing may be missing. Double may be only what went by a webhook, which knows no repeat, and only where a worker died
(or slept beyond its lease) between the platform's taking it and our noting it. `make soak` does this many times over.
"""

import asyncio
import json
import os
import shutil
import signal
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.clock import SHANGHAI, SystemClock
from bot.outbox.queue import from_json
from bot.store.tables import (
    duty,
    group,
    group_address,
    identity,
    outgoing,
    person,
    reception_day,
    reception_rule,
    reminder_rule,
    representative,
    station,
)
from tests.faults.conftest import loaded, until
from tests.plugins.house import OFFICE

EVE = datetime(2028, 2, 28, 18, 30, tzinfo=SHANGHAI)  # the reminders of 29 February fall due
GROUPS, PEOPLE = 20, 150
OF_HEPAN = ("lixiuying", "wangjianjun", "chenlihua", "zhaoguoqiang", "sunmeiling")
AHEAD_S = 6.0  # of real time before they fall due: the workers start meanwhile
PATIENCE_S = 180  # a machine that does ten other things takes so long over what takes seconds
ROUNDS = int(os.environ.get("SOAK", "1"))


@pytest.fixture
def redis_url(mortal_redis):
    return mortal_redis.url


@pytest.fixture
def house_database(mortal_postgres):
    return loaded(mortal_postgres)


@pytest.fixture
async def crowd(town):
    """Many groups and many representatives, to be reminded of 29 February, all at the same minute."""
    names = [f"daibiao{number:03}" for number in range(PEOPLE)]
    town.platform.add_members("gongzuo", *names, *OF_HEPAN)

    async def people(db):
        home = (await db.one(select(station.c.id).where(station.c.code == "hepan"))).id
        accounts = await db.all(select(group_address.c.account).where(group_address.c.channel == "group_robot"))
        await db.run(update(group_address).where(group_address.c.channel == "customer_group").values(purpose="chat"))
        await db.run(update(reception_rule).values(days_of_month="[]"))
        of_leap_day = {"days_of_month": "[29]", "holiday_policy": "stay"}
        await db.run(update(reception_rule).where(reception_rule.c.station_id == home).values(**of_leap_day))
        rule = await db.one(select(reception_rule).where(reception_rule.c.station_id == home))
        day = {name: getattr(rule, name) for name in ("starts", "ends", "place", "mode")}
        day |= {"planned_on": "2028-02-29", "date": "2028-02-29", "state": "provisional"}
        await db.run(insert(reception_day).values(id=1000, rule_id=rule.id, station_id=home, uid="leap", **day))
        await db.run(reminder_rule.delete().where(reminder_rule.c.code.not_in(("evening", "day"))))
        await db.run(update(reminder_rule).values(at="18:30"))
        for number in range(GROUPS):
            await db.run(insert(group).values(
                id=1000 + number, code=f"crowd-{number}", station_id=home, name=f"第{number}群",
                quiet_from="00:00", quiet_until="00:00",
            ))  # fmt: skip
            await db.run(insert(group_address).values(
                group_id=1000 + number, channel="group_robot", account=accounts[number % len(accounts)].account,
                address=f"room {number}", purpose="speak",
            ))  # fmt: skip
        for number, name in enumerate(names):
            at = {"created_at": SystemClock().now()}
            await db.run(insert(person).values(id=1000 + number, name=name, **at))
            await db.run(insert(identity).values(
                person_id=1000 + number, channel="wecom_app", account="gongzuo", reachable=True,
                external_hash=town.sealer.mark(f"wecom_app:gongzuo:{name}", "identity"),
                external_sealed=town.sealer.seal(name, "identity"),
            ))  # fmt: skip
            await db.run(insert(representative).values(person_id=1000 + number, level="county", station_id=home))
            seat = {"day_id": 1000, "person_id": 1000 + number, "state": "seated", "origin": "clerk"}
            await db.run(insert(duty).values(**seat, at=SystemClock().now()))

    await town.store.write(people)
    return names


@pytest.fixture
def office(tmp_path):
    """The sample office, except that the evening's words name the group, so that each can be told from the others."""
    folder = tmp_path / "office"
    shutil.copytree(OFFICE, folder)
    words = (folder / "texts.toml").read_text()
    (folder / "texts.toml").write_text(words.replace('evening = "', 'evening = "{group} ', 1))
    return folder


def begun(town):
    """Whether the platforms have been told anything yet."""
    return any(line.author == "service" for line in town.platform.ledger.lines)


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_each_reminder_comes_once_though_workers_die_sleep_and_disagree_and_stores_restart(
    town, crowd, office, chance, mortal_postgres, mortal_redis, number
):
    chance.seed(f"{chance.random()} {number}")
    shift = (EVE - SystemClock().now()).total_seconds() - AHEAD_S
    town.platform.world.now = lambda: SystemClock().now() + timedelta(seconds=shift)
    # What a webhook took and did not answer for yet is what a death can double: long enough for the deaths to fall there.
    town.platform.will_lag(0.3, times=100_000, path="webhook/send")
    town.platform.will_lag(0.1, times=100_000)
    serve = ("serve", "--only", "worker")
    # A container knows no zone; the office's hours are Shanghai's all the same.
    town.env |= {"LIANXIN_OFFICE": str(office), "TZ": "UTC"}
    workers = await asyncio.gather(*(town.starts(*serve, ahead=shift + skew) for skew in (-2.0, 0.0, 2.0)))

    async def due():
        rows = await town.rows(select(outgoing.c.id).where(outgoing.c.key.like("reminder:%")))
        return len(rows) >= GROUPS + PEOPLE

    await until(due, within=PATIENCE_S)
    await until(lambda: begun(town), within=PATIENCE_S)
    deaths = 0
    for trouble in chance.sample(["kill", "kill", "sleep", "database", "redis"], 5):
        await asyncio.sleep(chance.uniform(0.05, 0.4))
        for worker in workers:
            await worker.starts_again()  # one that could not start without its database, as systemd would
        match trouble:
            case "kill":
                deaths += await strikes(chance.choice(workers))
            case "sleep":
                deaths += await puts_to_sleep(chance.choice(workers))
            case "database":
                mortal_postgres.away()
                await asyncio.sleep(0.2)
                mortal_postgres.back()
            case "redis":
                mortal_redis.kill()
                mortal_redis.start()
    for worker in workers:
        await worker.starts_again()
    await until(lambda: all_settled(town, shift), within=PATIENCE_S)
    tally = await counted(town, crowd) | {"deaths": deaths}
    if path := os.environ.get("SOAK_TALLY"):
        known = Path(path).read_text() if Path(path).exists() else ""  # noqa: ASYNC240 - a few lines
        Path(path).write_text(f"{known}{json.dumps(tally)}\n")  # noqa: ASYNC240 - a few lines


async def strikes(worker):
    """Let a worker die and start it again; return whether it lived until then."""
    lived = worker.process.is_alive()
    await worker.kill()
    await worker.start()
    return lived


async def puts_to_sleep(worker):
    """Let a worker sleep beyond its lease, so that others take over what it held; return whether it was there to."""
    try:
        os.kill(worker.process.pid, signal.SIGSTOP)
        await asyncio.sleep(2.5)
        os.kill(worker.process.pid, signal.SIGCONT)
    except ProcessLookupError:
        return False
    return True


async def counted(town, crowd):
    """Hold what was owed against the platform's own ledger, row by row; returns the numbers."""
    rows = await town.rows(select(outgoing).where(outgoing.c.key.like("reminder:%")))
    assert {row.state for row in rows} == {"sent"}, Counter((row.state, row.error) for row in rows)
    lines = [line for line in town.platform.ledger.lines if line.author == "service"]
    private = Counter(line.person for line in lines if not line.chat)
    assert [name for name in crowd if private[name] != 1] == [], "WeCom knows its repeats: each hears once"
    said = Counter(line.text for line in lines if line.chat)
    groups = {from_json(row.content).text: row for row in rows if row.group_id is not None}
    assert groups.keys() - said.keys() == set(), "a group was forgotten"
    doubles = [groups[words] for words, times in said.items() for _ in range(times - 1)]
    assert [row.key for row in doubles if row.attempts < 2] == [], "a double without a death"
    return {"rows": len(rows), "webhook": len(groups), "doubles": len(doubles)}


async def all_settled(town, shift):
    try:
        rows = await town.unsettled()
    except Exception:  # noqa: BLE001 - the database may be on its way back
        return False
    # The worker whose clock is ahead may be at them before ours says that they are due.
    due_by = max(EVE, SystemClock().now() + timedelta(seconds=shift))
    return not [row for row in rows if row.due_at <= due_by]
