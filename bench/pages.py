"""Time the pages at a city's size: python -m bench.pages [CASES] [CALLS] [ONLY].

GROWN names a folder where the city is kept, as writing it takes a minute; DATABASE_URL names another database.
"""

import asyncio
import base64
import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import insert, select

import run
from bench.load import percentile
from bench.pages_city import city, home_case
from bot.rules import passes
from bot.rules.passes import Pass
from bot.store import word_index
from bot.store.tables import event, person
from bot.thrift import spare_the_collector
from commands import data, parts
from config import load_settings
from handlers.console import board
from handlers.console.inviting import invite
from handlers.public import callers

CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
CALLS = int(sys.argv[2]) if len(sys.argv) > 2 else 25
ONLY = sys.argv[3] if len(sys.argv) > 3 else ""  # words of the pages that are timed
BUDGET_MS, BUDGET_KB = 100, 60  # p95 of a page's server time, and its weight without photos
FOR_PROGRAMS = "/open311/"  # a list of a thousand matters is as long as it is
CALLED = {"a clerk": "tian-min", "the office": "cui-zhengyuan", "a unit": "meng-dawei"}
#      what                        who asks      address
ASKED = (
    ("the desk of a station",      "a clerk",    "/console/"),
    ("the desk of a city",         "the office", "/console/"),
    ("the desk of a unit",         "a unit",     "/console/unit"),
    ("… a pile of it",             "a unit",     "/console/unit?pile=answer"),
    ("a case being handled",       "a clerk",    "/console/cases/{number}"),
    ("cases of a city",            "the office", "/console/cases"),
    ("… late",                     "the office", "/console/cases?mark=late"),
    ("… on a pile",                "the office", "/console/cases?pile=overdue"),
    ("… by a beginning of numbers", "the office", "/console/cases?q=hepan-200101"),
    ("… by the end of a number",   "the office", "/console/cases?q=99917"),
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
    ("… register",                 "",           "{rep}/register"),
    ("a representative's record",  "",           "{rep}/record"),
    ("the echo wall",              "",           "/echo/"),
    ("a group's page",             "",           "/group/hepan-1"),
    ("GeoReport, 90 days",         "",           "/open311/v2/requests.json"),
    ("figures, a month",           "the office", "/console/figures?period={month}&moved"),
    ("… a quarter",                "the office", "/console/figures?period={quarter}&moved"),
    ("… a month, first look",      "the office", "/console/figures?period={month}&first"),
    ("… a quarter, first look",    "the office", "/console/figures?period={quarter}&first"),
    ("… their rows",               "the office", "/console/figures/rows?figure=closed"),
    ("… by station",               "the office", "/console/figures/by/station"),
    ("… by representative",        "the office", "/console/figures/by/representative"),
    ("… by unit",                  "the office", "/console/figures/by/unit"),
    ("subjects",                   "the office", "/console/subjects"),
    ("reception days",             "the office", "/console/reception"),
    ("reception, a month",         "the office", "/console/reception/figures"),
    ("the office",                 "the office", "/console/office"),
    ("… its representatives",      "the office", "/console/office/representative"),
    ("… its groups",               "the office", "/console/office/group"),
    ("… one representative",       "the office", "/console/office/representative/one?code=d100007"),
    ("who may sign in",            "the office", "/console/people"),
    ("answers",                    "the office", "/console/faq"),
    ("questions nobody answered",  "the office", "/console/faq/misses"),
)  # fmt: skip


async def timed(http, address, store):
    """Return the milliseconds of each call from request to the whole answer, and its weight in KB."""
    took, weight = [], 0
    for call in range(CALLS + 2):
        if address.endswith("&first"):  # each look is the first of five minutes
            board._KNOWN.clear()
        elif address.endswith("&moved"):  # between two looks cases move, as they do in office hours
            await moved(store, call)
        began = time.perf_counter()
        async with http.get(address) as got:
            body = await got.read()
            assert got.status == 200, (address, got.status)
        took.append((time.perf_counter() - began) * 1e3)
        weight = len(body) / 1024
    return took[2:], weight


async def moved(store, call):
    """Add a line to the history of a few cases."""

    async def work(db):
        for n in range(3):
            await db.run(insert(event).values(
                suggestion_id=1 + (7919 * (3 * call + n)) % CASES, seq=int(time.time() * 1e6) % 1_000_000_000,
                role="clerk", move="supplement", state="handling", at=datetime.now(UTC), hash=b"",
            ))  # fmt: skip

    await store.write(work)


def periods():
    """Return the last whole month and the last whole quarter, as addresses name them."""
    last = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    quarter = last.year * 4 + last.month // 3 - 1
    return {"month": f"{last:%Y-%m}", "quarter": f"{quarter // 4}-Q{quarter % 4 + 1}"}


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
        await city(deps.store, now, CASES, CALLED["a unit"])
        print(f"{CASES} cases written in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        began = time.perf_counter()
        filled = await word_index.fill(deps.store, now)
        each = (time.perf_counter() - began) / max(filled, 1) * 1e6
        print(f"index of words: {filled} cases, {each:.0f} µs each", file=sys.stderr)
        base = f"http://127.0.0.1:{await run.started(stack, deps, only='web', port=0, tick=False)}"
        spare_the_collector()
        callers.A_MINUTE |= dict.fromkeys(callers.A_MINUTE, 1_000_000)  # we ask faster than any stranger may
        anybody = await stack.enter_async_context(aiohttp.ClientSession())
        clients = {"": anybody}
        for who, code in CALLED.items():
            clients[who] = await sign_in(stack, deps.store, base, code, now)
        async with deps.store.read() as db:
            zhang = (await db.one(select(person.c.id).where(person.c.code == "zhang-weiguo"))).id
            number = (await db.one(home_case())).number
        rep = f"/rep/{passes.write(deps.sealer, Pass(zhang, now + timedelta(days=1)))}"
        over = 0
        print("| page | who | p50 ms | p95 ms | KB | within |\n|---|---|---|---|---|---|")
        for what, who, path in ASKED:
            if ONLY not in what:
                continue
            took, weight = await timed(
                clients[who], base + path.format(number=number, rep=rep, **periods()), deps.store
            )
            p50, p95 = (percentile(took, share) for share in (0.5, 0.95))
            within = p95 <= BUDGET_MS and (weight <= BUDGET_KB or path.startswith(FOR_PROGRAMS))
            over += not within
            cells = (what, who or "anybody", f"{p50:.0f}", f"{p95:.0f}", f"{weight:.0f}", "yes" if within else "**no**")
            print(f"| {' | '.join(cells)} |", flush=True)
        print(f"{over} pages above {BUDGET_MS} ms (p95) or {BUDGET_KB} KB")


def main():
    with tempfile.TemporaryDirectory(prefix="lianxin-pages-") as folder:
        home = os.environ.get("GROWN") or folder
        office = Path(home, "office")
        shutil.copytree("config/office", office, dirs_exist_ok=True)
        (office / "accounts.toml").write_text("")
        key = base64.b64encode(b"b" * 32).decode()
        env = {"LIANXIN_HOME": home, "LIANXIN_OFFICE": str(office), "LIANXIN_SECRET_KEY": key}
        settings, new = load_settings({**os.environ, **env}, need_accounts=False), not Path(home, "lianxin.db").exists()
        parts.migrated(settings)
        if new:  # a second time the files would let the city's people go
            parts.finished(data.load_folder(settings, Path("config/office")))
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main()
