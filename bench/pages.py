"""Time the pages at a city's size: python -m bench.pages [CASES] [CALLS]; DATABASE_URL names another database."""

import asyncio
import base64
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import func, insert, select

import run
from bench.load import percentile
from bot.rules import passes
from bot.rules.passes import Pass
from bot.store import word_index
from bot.store.tables import (
    assignment,
    category,
    deadline,
    event,
    group,
    outgoing,
    person,
    publication,
    reply,
    representative,
    station,
    suggestion,
    telling,
    unit,
    unit_member,
)
from config import load_settings
from handlers.console.inviting import invite

CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
CALLS = int(sys.argv[2]) if len(sys.argv) > 2 else 25
STATIONS, REPRESENTATIVES = 222, 3181  # the city of the articles
FIRST = 100_000  # our ids, away from the sample's
AT_ONCE = 2_000  # rows of one commit
CALLED = {"a clerk": "tian-min", "the office": "cui-zhengyuan", "a unit": "meng-dawei"}
MATTERS = ("电梯坏了一个月没人修", "路灯不亮晚上看不见路", "垃圾三天没人清运", "下水道堵了污水外溢", "广场舞太吵睡不着",
           "公交车等四十分钟", "自来水发黄有味道", "暖气只有十五度", "占道经营人走不了", "校门口车太多")  # fmt: skip
PLACES = ("滨河路", "南关街", "育才小区", "东风巷", "人民公园", "北大街", "和平里", "新华路")
#      what                        who asks      address
ASKED = (
    ("the desk of a station",      "a clerk",    "/console/"),
    ("the desk of a city",         "the office", "/console/"),
    ("the desk of a unit",         "a unit",     "/console/unit"),
    ("one case",                   "a clerk",    "/console/cases/{number}"),
    ("cases of a city",            "the office", "/console/cases"),
    ("… late",                     "the office", "/console/cases?mark=late"),
    ("… on a pile",                "the office", "/console/cases?pile=overdue"),
    ("… by the end of a number",   "the office", "/console/cases?q=hepan-200101"),
    ("… by a common word",         "the office", "/console/cases?q=电梯"),
    ("… by a rare word",           "the office", "/console/cases?q=稀罕"),
    ("… by two words",             "the office", "/console/cases?q=滨河路 稀罕"),
    ("… by a word nobody said",    "the office", "/console/cases?q=火星"),
    ("… by a common word, closed", "the office", "/console/cases?q=路灯&state=closed"),
    ("… by a word, of a station",  "a clerk",    "/console/cases?q=路灯"),
    ("the outbox",                 "the office", "/console/outbox?tab=sent"),
    ("the trail",                  "the office", "/console/trail"),
    ("a representative's cases",   "",           "{rep}"),
    ("a representative's duty",    "",           "{rep}/duty"),
    ("a representative's record",  "",           "{rep}/record"),
    ("the echo wall",              "",           "/echo/"),
    ("a group's page",             "",           "/group/hepan-1"),
    ("GeoReport, 90 days",         "",           "/open311/v2/requests.json"),
)  # fmt: skip


async def city(store, now):
    """Write stations, people and cases of a city straight into the tables; returns the number of one case."""
    async with store.read() as db:
        office_id = (await db.one(select(station.c.office_id).where(station.c.code == "hepan"))).office_id
        home = (await db.one(select(station.c.id).where(station.c.code == "hepan"))).id
        subjects = [row.id for row in await db.all(select(category.c.id))]
        member = await db.one(
            select(unit_member.c.unit_id).join(person, person.c.id == unit_member.c.person_id)
            .where(person.c.code == CALLED["a unit"])
        )  # fmt: skip
        units = [row.id for row in await db.all(select(unit.c.id))]
        groups = [row.id for row in await db.all(select(group.c.id).where(group.c.station_id == home))]
        zhang = (await db.one(select(person.c.id).where(person.c.code == "zhang-weiguo"))).id
    each = range(FIRST, FIRST + STATIONS)
    await write(store, station, [
        {"id": n, "code": f"s{n}", "office_id": office_id, "kind": "station", "name": f"第{n}站"} for n in each
    ])  # fmt: skip
    people = range(FIRST, FIRST + REPRESENTATIVES)
    await write(store, person, [{"id": n, "name": f"代表{n}", "created_at": now} for n in people])
    seats = [{"person_id": n, "level": "county", "station_id": FIRST + n % STATIONS} for n in people]
    await write(store, representative, seats)
    chance = random.Random(1)
    rows = {table: [] for table in (suggestion, event, deadline, assignment, reply, outgoing, telling, publication)}
    for n in range(CASES):
        made(rows, n, chance, now, home=home, groups=groups, subjects=subjects, units=(member.unit_id, *units),
             zhang=zhang)  # fmt: skip
    for table, written in rows.items():
        await write(store, table, written)
    return rows[suggestion][home_case(rows[suggestion], home)]["number"]


def home_case(cases, home):
    """Return the place of a station's case that is being handled."""
    return next(n for n, case in enumerate(cases) if case["station_id"] == home and case["state"] == "handling")


STATES = ("received", "admitted", "assigned", "accepted", "handling", "replied", "told", "rated", "closed")
WEIGHTS = (2, 1, 2, 2, 6, 2, 5, 5, 75)  # of a hundred cases, the newest more open than the oldest
WAY = ("submit", "admit", "assign", "accept", "handle", "reply", "tell", "rate", "close")


def made(rows, n, chance, now, *, home, groups, subjects, units, zhang):
    """Add one case and what belongs to it to the rows."""
    at = now - timedelta(hours=(CASES - n) * 24 * 900 / CASES)
    state = chance.choices(STATES, WEIGHTS)[0]
    is_home = n % STATIONS == 0
    where = home if is_home else FIRST + n % STATIONS
    words = f"{chance.choice(PLACES)}{chance.choice(MATTERS)}，请派人看看，已经反映过{n % 7}次了"
    words += "，还有一件稀罕事" if n % 5_000 == 7 else ""
    number, id_, step = f"{'hepan' if is_home else f's{where}'}-{at:%y%m%d}-{n}", n + 1, STATES.index(state)
    public = at if state == "closed" and chance.random() < 0.25 else None
    rows[suggestion].append({
        "id": id_, "number": number, "station_id": where, "group_id": chance.choice(groups) if is_home else None,
        "voter_id": FIRST + n % REPRESENTATIVES, "category_id": chance.choice(subjects), "kind": "request",
        "subject": words[:20], "text": words, "place": words[:3], "state": state, "created_at": at, "changed_at": at,
        "published_at": public,
    })  # fmt: skip
    for seq, move in enumerate(WAY[: step + 1], 1):
        rows[event].append({
            "id": id_ * 10 + seq, "suggestion_id": id_, "seq": seq, "actor_id": None, "role": "service", "move": move,
            "state": STATES[seq - 1], "reason": "", "at": at + timedelta(hours=seq), "hash": b"",
        })  # fmt: skip
    if step < 2:
        return
    held = "assigned" if step == 2 else "accepted" if step < 5 else "replied"
    holder = zhang if is_home else FIRST + n % REPRESENTATIVES
    rows[assignment] += [
        {"id": id_ * 2, "suggestion_id": id_, "person_id": holder, "unit_id": None, "role": "representative",
         "state": held, "assigned_at": at, "settled_at": at},
        {"id": id_ * 2 + 1, "suggestion_id": id_, "person_id": None, "unit_id": units[0] if n % 40 == 0 else
         chance.choice(units), "role": "lead_unit", "state": held, "assigned_at": at, "settled_at": at},
    ]  # fmt: skip
    due = (at + timedelta(days=9)).date().isoformat()
    span = ["promise-simple", 5, "working_days", "bench", "2026-01-01"]
    facts = json.dumps({
        "kind": "promised", "started_on": at.date().isoformat(), "span": span, "extensions": [], "pauses": [],
        "met_on": None,
    })  # fmt: skip
    rows[deadline].append({
        "suggestion_id": id_, "kind": "promised", "facts": facts, "due_on": due, "key": f"{id_}:promised:1:0",
        "met_on": due if step > 4 else None,
    })  # fmt: skip
    if step > 4:
        rows[reply].append({"suggestion_id": id_, "author_id": holder, "class": "A", "text": "已办好。", "at": at})
        key = f"tell:{id_}"
        rows[outgoing].append({
            "key": key, "kind": "push", "channel": "official_account", "account": "hexin", "suggestion_id": id_,
            "content": '{"type":"text","text":"已办好。"}', "state": "sent" if n % 400 else "parked", "due_at": at,
            "created_at": at, "settled_at": at,
        })  # fmt: skip
        rows[telling].append({
            "suggestion_id": id_, "event_id": id_ * 10 + 6, "person_id": FIRST + n % REPRESENTATIVES,
            "outgoing_key": key, "at": at,
        })  # fmt: skip
    if public:
        rows[publication].append({
            "suggestion_id": id_, "subject": words[:20], "text": words, "answer": "已办好。", "class": "A",
            "by_id": zhang, "at": at,
        })  # fmt: skip


async def write(store, table, rows):
    """Write rows in pieces, so that no commit is too big."""
    for start in range(0, len(rows), AT_ONCE):
        piece = rows[start : start + AT_ONCE]

        async def work(db, piece=piece):
            await db.run(insert(table), piece)

        await store.write(work)


async def timed(http, address):
    """Return the milliseconds of each call from request to the whole answer, and its weight in KB."""
    took, weight = [], 0
    for _ in range(CALLS + 2):
        began = time.perf_counter()
        async with http.get(address) as got:
            body = await got.read()
            assert got.status == 200, (address, got.status)
        took.append((time.perf_counter() - began) * 1e3)
        weight = len(body) / 1024
    return took[2:], weight


async def sign_in(stack, store, base, code, now):
    """Return a client that came in by a one-time link."""
    http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
    path = await invite(store, code, now, change=False)
    async with http.get(base + path) as got:
        word = re.search(r'name="consent" value="(\w+)"', await got.text())[1]
    async with http.post(base + path, data={"consent": word}) as got:
        assert got.status == 200, code
    return http


async def measure(settings):
    """Print a line for every page."""
    async with AsyncExitStack() as stack:
        deps = await run.opened(stack, settings)
        now, began = datetime.now(UTC), time.perf_counter()
        number = await city(deps.store, now)
        print(f"{CASES} cases written in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        began = time.perf_counter()
        filled = await word_index.fill(deps.store, now)
        each = (time.perf_counter() - began) / max(filled, 1) * 1e6
        print(f"index of words: {filled} cases, {each:.0f} µs each", file=sys.stderr)
        base = f"http://127.0.0.1:{await run.started(stack, deps, only='web', port=0, tick=False)}"
        anybody = await stack.enter_async_context(aiohttp.ClientSession())
        callers = {"": anybody}
        for who, code in CALLED.items():
            callers[who] = await sign_in(stack, deps.store, base, code, now)
        async with deps.store.read() as db:
            zhang = (await db.one(select(person.c.id).where(person.c.code == "zhang-weiguo"))).id
            assert (await db.one(select(func.count().label("n")).select_from(suggestion))).n >= CASES
        rep = f"/rep/{passes.write(deps.sealer, Pass(zhang, now + timedelta(days=1)))}"
        print("| page | who | p50 ms | p95 ms | KB |\n|---|---|---|---|---|")
        for what, who, path in ASKED:
            took, weight = await timed(callers[who], base + path.format(number=number, rep=rep))
            p50, p95 = (percentile(took, share) for share in (0.5, 0.95))
            print(f"| {what} | {who or 'anybody'} | {p50:.0f} | {p95:.0f} | {weight:.0f} |", flush=True)


def main():
    with tempfile.TemporaryDirectory(prefix="lianxin-pages-") as folder:
        office = Path(folder, "office")
        shutil.copytree("config/office", office)
        (office / "accounts.toml").write_text("")
        key = base64.b64encode(b"b" * 32).decode()
        env = {"LIANXIN_HOME": folder, "LIANXIN_OFFICE": str(office), "LIANXIN_SECRET_KEY": key}
        settings = load_settings({**os.environ, **env}, need_accounts=False)
        run._migrate(settings)
        run._run(run._load(settings, Path("config/office")))
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main()
