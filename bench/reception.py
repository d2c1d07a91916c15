"""Time the planning of a year: python -m bench.reception [STATIONS]."""

import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import func, insert, select

from bot.clock import TravelClock
from bot.store import migrate, open_store
from bot.store.tables import (
    calendar_day,
    clerk,
    duty,
    group,
    limit_,
    membership,
    office,
    person,
    reception_day,
    reception_rule,
    representative,
    station,
)
from config.holidays import published_days
from config.texts import load_texts
from handlers import timetable

STATIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 222
GROUPS, REPRESENTATIVES = 3, 3181  # groups a station; representatives in all (yangquan's 3,181 in 222, domain.md §2)
DAYS = ("[10]", "[15]", "[10, 20]")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def people_the_office(db):
    """Write an office of that size straight into the tables."""
    await db.run(insert(office).values(id=1, code="o", name="区", level="county"))
    await db.run(insert(calendar_day), [day.model_dump() | {"date": day.date.isoformat()} for day in published_days()])
    limit = {"code": "plan-ahead", "value": 365, "unit": "days", "source": "[A]", "as_of": "2026-01-01"}
    await db.run(insert(limit_).values(**limit))
    stations = range(1, STATIONS + 1)
    rows = [{"id": n, "code": f"s{n}", "office_id": 1, "kind": "station", "name": f"第{n}站"} for n in stations]
    await db.run(insert(station), rows)
    groups = range(1, STATIONS * GROUPS + 1)
    rows = [{"id": n, "code": f"g{n}", "station_id": 1 + n % STATIONS, "name": f"第{n}群"} for n in groups]
    await db.run(insert(group), rows)
    people = range(1, REPRESENTATIVES + STATIONS + 1)
    await db.run(insert(person), [{"id": n, "code": f"p{n}", "name": f"代表{n}", "created_at": NOW} for n in people])
    seats, homes = [], []
    for n in range(1, REPRESENTATIVES + 1):
        seats.append({"person_id": n, "level": "county", "station_id": 1 + n % STATIONS})
        homes.append({"group_id": 1 + n % len(groups), "person_id": n, "role": "representative", "position": n,
                      "joined_at": NOW})  # fmt: skip
    await db.run(insert(representative), seats)
    await db.run(insert(membership), homes)
    await db.run(insert(clerk), [{"person_id": REPRESENTATIVES + n, "station_id": n} for n in stations])
    rules = [
        {"code": f"r{n}", "station_id": n, "days_of_month": DAYS[n % 3], "starts": "09:00", "ends": "11:00",
         "place": f"第{n}站", "holiday_policy": "next", "seats": 2}
        for n in stations
    ]  # fmt: skip
    await db.run(insert(reception_rule), rules)


async def count(store, *tables):
    """Return how many rows each of the tables holds."""
    async with store.read() as db:
        return [(await db.one(select(func.count()).select_from(table)))[0] for table in tables]


class Deps:
    """As much of a service as the plan's line of the timetable needs."""

    def __init__(self, store):
        self.store, self.texts, self.links, self.sealer = store, load_texts(Path("config/office")), None, None
        self.clock = TravelClock(NOW)
        self.outbox = SimpleNamespace(wake=asyncio.Event())


async def main():
    """Plan a year, look again, let a holiday come late."""
    with tempfile.TemporaryDirectory(prefix="lianxin-bench-") as folder:
        url = f"sqlite:///{Path(folder, 'bench.db')}"
        migrate(url)
        store = await open_store(url)
        await store.write(people_the_office)
        print(json.dumps({"stations": STATIONS, "groups": STATIONS * GROUPS, "representatives": REPRESENTATIVES}))
        for what, day in (("plan a year and seat everybody", None), ("look again, nothing changed", None),
                          ("a holiday comes late: 10 March", "2026-03-10")):  # fmt: skip
            if day is not None:
                late = {"date": day, "kind": "holiday", "name": "调整", "source": "bench"}
                await store.write(lambda db, late=late: db.run(insert(calendar_day).values(**late)))
            await timed(what, store)
        days, seats = await count(store, reception_day, duty)
        print(f"{days} days, {seats} seats")
        await store.close()


async def timed(what, store):
    """Time one look at the plan, and the longest that anybody else was held up by it."""
    deps, held_up, over = Deps(store), [0.0], asyncio.Event()

    async def pulse():
        while not over.is_set():
            asked = time.perf_counter()
            await asyncio.sleep(0.001)  # what is late beyond this was held up by the plan
            held_up.append(time.perf_counter() - asked - 0.001)

    watcher = asyncio.create_task(pulse())
    began, cpu = time.perf_counter(), time.process_time()
    await timetable.plan(deps, None)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    over.set()
    await watcher
    print(f"{what:34} {seconds:6.2f} s ({cpu:5.2f} s CPU)   others waited at most {1000 * max(held_up):4.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
