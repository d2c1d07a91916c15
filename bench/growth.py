"""Does a message cost more when there is history? python -m bench.growth [HEARD CASES FAQS [MESSAGES]].

Two services with the sample office take turns on one core: one is empty, the other holds the rows of `bench.seed`. Then
a third, empty one takes MESSAGES messages, and its memory is read every 50,000. GROWN names a folder where the grown
home is kept from one run to the next, as writing it takes minutes.
"""

import asyncio
import base64
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

USUAL = (1_000_000, 100_000, 5_000, 200_000)
HEARD, CASES, FAQS, MESSAGES = (*map(int, sys.argv[1:]), *USUAL[len(sys.argv) - 1 :])
sys.argv = sys.argv[:1]  # the next import reads its own
from bench import load  # noqa: E402 - after that
from bench.__main__ import CLIENT_CORE, Server, calls, free_port, ours  # noqa: E402 - after that
from bench.seed import seed  # noqa: E402 - after that

PATH = "/callback/official-account/hexin"
ROUNDS = 5
RATE, SECONDS = 100, 6  # a round: so many a second, for so long
WARM_UP = 500
STEP = 50_000  # messages between two looks at the memory
BATCH = 5_000
TARGET = 1.5


@contextlib.contextmanager
def service(folder, rows=None):
    """Start a web process on a new home, with those rows in it."""
    port, env = free_port(), ours(folder)
    env["LIANXIN_PORT"] = str(port)
    subprocess.run([sys.executable, "-m", "bench.office", folder], env={**os.environ, **env}, check=True)
    if rows and not Path(folder, "seeded").exists():
        began = time.monotonic()
        counts = seed(f"{folder}/lianxin.db", (base64.b64decode(env["LIANXIN_SECRET_KEY"]),), *rows)
        size = Path(folder, "lianxin.db").stat().st_size / 1e6
        print(f"seeded in {time.monotonic() - began:.0f} s, {size:.0f} MB: {counts}", flush=True)
        Path(folder, "seeded").touch()
    with Server([sys.executable, "run.py", "serve", "--only", "web"], env, port) as server:
        yield server


def turns(servers):
    """Return for each server: median over the rounds of p50 and p99 in ms, and of the CPU µs a message."""
    found = {name: [] for name in servers}
    for server in servers.values():
        asyncio.run(load.flood(server.port, calls(WARM_UP, PATH), 8))
    start = WARM_UP
    for _ in range(ROUNDS):
        for name, server in servers.items():
            before, work = server.cpu, calls(RATE * SECONDS, PATH, start)
            latencies = asyncio.run(load.steady(server.port, work, RATE))
            cpu = (server.cpu - before) / len(work) * 1e6
            found[name].append((*(load.percentile(latencies, share) * 1e3 for share in (0.5, 0.99)), cpu))
        start += RATE * SECONDS
    return {name: [statistics.median(column) for column in zip(*rounds, strict=True)] for name, rounds in found.items()}


def memory(server):
    """Return (messages so far, MB) at the start and after each step."""
    asyncio.run(load.flood(server.port, calls(WARM_UP, PATH), 8))
    found, sent = [(0, server.megabytes)], WARM_UP
    while sent < MESSAGES + WARM_UP:
        asyncio.run(load.flood(server.port, calls(BATCH, PATH, sent), 32))
        sent += BATCH
        if (sent - WARM_UP) % STEP == 0:
            found.append((sent - WARM_UP, server.megabytes))
            print(f"{found[-1][0]:>9,} messages {found[-1][1]:.0f} MB", flush=True)
    return found


def slope(found):
    """Return MB a million messages over the second half, once caches are full."""
    half = found[len(found) // 2 :]
    return statistics.linear_regression(*zip(*half, strict=True)).slope * 1e6 if len(half) > 1 else float("nan")


def main():
    os.sched_setaffinity(0, {CLIENT_CORE})
    with contextlib.ExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-growth-")) for _ in range(3)]
        home = os.environ.get("GROWN") or folders[1]
        with service(folders[0]) as empty, service(home, (HEARD, CASES, FAQS)) as grown:
            rows = turns({"empty": empty, "grown": grown})
            sizes = {"empty": empty.megabytes, "grown": grown.megabytes}
        print("\n| service | p50 ms | p99 ms | CPU µs a message | MB |\n|---|---|---|---|---|")
        for name, (p50, p99, cpu) in rows.items():
            print(f"| {name} | {p50:.1f} | {p99:.1f} | {cpu:.0f} | {sizes[name]:.0f} |")
        ratios = [there / here for here, there in zip(rows["empty"], rows["grown"], strict=True)]
        print(f"| grown ÷ empty | {ratios[0]:.2f} | {ratios[1]:.2f} | {ratios[2]:.2f} | |", flush=True)
        if MESSAGES:
            with service(folders[2]) as server:
                found = memory(server)
            print("\n| messages | MB |\n|---|---|")
            for sent, size in found:
                print(f"| {sent:,} | {size:.0f} |")
            print(f"slope over the second half: {slope(found):.1f} MB a million messages")
    return 0 if ratios[1] <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
