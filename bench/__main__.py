"""Print the table of docs/bench.md: python -m bench [MESSAGES]."""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import load
from bench.peers import APP_ID, KEY, PEERS, TOKEN
from bot.emulator import EmulatedAccount, build_call

MESSAGES = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
WARM_UP = 600
ROUNDS = 9
CONNECTIONS = 32
RATE = 500
OURS, OF_GROUP = "lianxin", "lianxin, of a group"  # one service: a voter of no group, and one who scanned its code
FIRST = {OURS: 0, OF_GROUP: 20_000_000}  # voter of each kind
STEADY = 10_000_000  # so many behind stand those who write at that rate
SERVER_CORE, CLIENT_CORE = 0, 1
WORDS = (  # what one voter each complains of: every one is logged as a matter
    "{}号楼的电梯坏了一个月没人修",
    "{}号楼前的路灯坏了没人管",
    "{}号楼门口下水道堵了，请派人看看",
    "{}号楼下垃圾三天没人清运，味道很大",
)
ACCOUNT = EmulatedAccount("official_account", "hexin", app_id=APP_ID, token=TOKEN, aes_key=KEY)


def calls(count, path, start=0):
    """Return so many encrypted text messages, each of a voter of its own."""
    text = "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content><MsgId>{id}</MsgId>"
    return [
        _call(path, number, text.format(words=WORDS[number % len(WORDS)].format(number), id=7_000_000_000 + number))
        for number in range(start, start + count)
    ]


def followers(count, path, start, scene):
    """Return the events by which these voters came: each scanned a group's code, or none."""
    key = f"<EventKey>{scene}</EventKey>"
    event = f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event>{key}"
    return [_call(path, number, event) for number in range(start, start + count)]


def _call(path, voter, what):
    now = datetime.now(UTC)
    inner = (
        f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[oBench{voter}]]></FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime>{what}</xml>"
    )
    query, body = build_call(ACCOUNT, inner.encode(), now)
    return load.request(path, query, body)


class Server:
    """A server in a process of its own, pinned to one core."""

    def __init__(self, command, env, port):
        self.command, self.env, self.port = command, env, port

    def __enter__(self):
        pinned = ["taskset", "-c", str(SERVER_CORE), *self.command]
        self.process = subprocess.Popen(pinned, env={**os.environ, **self.env}, stdout=subprocess.DEVNULL)
        for _ in range(1600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.1).close()
            except OSError:
                time.sleep(0.05)  # a server that starts can only be knocked at
                if self.process.poll() is not None:
                    raise RuntimeError(f"{self.command} ended") from None
            else:
                return self
        raise RuntimeError(f"{self.command} does not listen")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def cpu(self):
        """CPU seconds of the process and all its threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def round_of(server, path, start):
    """Flood a server with its share of the messages; return CPU µs a message, messages a second and the latencies."""
    work = calls(MESSAGES // ROUNDS, path, start)
    before = server.cpu
    seconds, latencies = asyncio.run(load.flood(server.port, work, CONNECTIONS))
    return (server.cpu - before) / len(work) * 1e6, len(work) / seconds, latencies


def measure(servers):
    """Return a row for each server: median CPU µs a message and messages a second, p50 and p99 in ms, memory in MB.

    The servers take turns, so that a slow moment of the machine falls on all of them alike.
    """
    found = {name: [] for name in servers}
    for name, (server, path) in servers.items():
        first = FIRST.get(name, 0)
        if name in FIRST:  # the others know nobody
            scene = "qrscene_hepan-1" if name == OF_GROUP else ""
            for start, count in ((first, WARM_UP + MESSAGES), (first + STEADY, RATE * 10)):
                asyncio.run(load.flood(server.port, followers(count, path, start, scene), CONNECTIONS))
        asyncio.run(load.flood(server.port, calls(WARM_UP, path, first), CONNECTIONS))
    for turn in range(ROUNDS):
        for name, (server, path) in servers.items():
            start = FIRST.get(name, 0) + WARM_UP + turn * (MESSAGES // ROUNDS)
            found[name].append(round_of(server, path, start))
    rows = []
    for name, (server, path) in servers.items():
        cpu, rate = (statistics.median(each[column] for each in found[name]) for column in (0, 1))
        latencies = [latency for each in found[name] for latency in each[2]]
        if name in FIRST:
            latencies = asyncio.run(load.steady(server.port, calls(RATE * 10, path, FIRST[name] + STEADY), RATE))
        rows.append(
            [name, cpu, rate, *(load.percentile(latencies, share) * 1e3 for share in (0.5, 0.99)), server.megabytes]
        )
    return rows


def ours(folder):
    """Return command, environment and path of the real service, loaded with the sample office."""
    import base64

    env = {
        "LIANXIN_HOME": folder,
        "LIANXIN_SECRET_KEY": base64.b64encode(b"b" * 32).decode(),
        "LIANXIN_OFFICE": str(Path(folder) / "office"),
        "HEXIN_TOKEN": TOKEN,
        "HEXIN_AES_KEY": KEY,
        "HEXIN_SECRET": "bench",
    }
    office = Path(folder) / "office"
    subprocess.run(["cp", "-rT", "config/office", str(office)], check=True)
    (office / "accounts.toml").write_text(
        f'[[official_account]]\ncode = "hexin"\napp_id = "{APP_ID}"\ntoken = "HEXIN_TOKEN"\n'
        'aes_key = "HEXIN_AES_KEY"\nsecret = "HEXIN_SECRET"\n'
    )
    return env


def main():
    os.sched_setaffinity(0, {CLIENT_CORE})
    with contextlib.ExitStack() as stack:
        servers = {}
        for name in PEERS:
            port = free_port()
            server = Server([sys.executable, "-m", "bench.peers", name, str(port)], {}, port)
            servers[name] = stack.enter_context(server), "/"
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-bench-"))
        port, env = free_port(), ours(folder)
        env["LIANXIN_PORT"] = str(port)
        subprocess.run([sys.executable, "-m", "bench.office", folder], env={**os.environ, **env}, check=True)
        server = Server([sys.executable, "run.py", "serve", "--only", "web"], env, port)
        servers |= dict.fromkeys(FIRST, (stack.enter_context(server), "/callback/official-account/hexin"))
        report(measure(servers))
        with contextlib.closing(sqlite3.connect(Path(folder, "lianxin.db"))) as raw:
            (logged,) = raw.execute("SELECT count(*) FROM suggestion").fetchone()
        sent = len(FIRST) * (WARM_UP + MESSAGES // ROUNDS * ROUNDS + RATE * 10)
        assert logged == sent, f"of {sent} messages {logged} became matters"


def report(rows):
    """Print the table of docs/bench.md."""
    bare_cpu, flask_cpu = rows[0][1], rows[2][1]
    print("| server | CPU µs a message | ÷ bare | ÷ Flask echo | messages/s | p50 ms | p99 ms | MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, cpu, *rest in rows:
        rate, p50, p99, megabytes = rest
        ratios = f"{cpu:.0f} | {cpu / bare_cpu:.1f} | {cpu / flask_cpu:.2f}"
        print(f"| {name} | {ratios} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {megabytes:.0f} |")
    print(
        f"\n{MESSAGES} encrypted text messages over {CONNECTIONS} connections, server on one core, client on the other;"
    )
    print(f"lianxin's p50 and p99 are at a steady {RATE} messages a second, the peers' at full speed.")


if __name__ == "__main__":
    main()
