"""The primary of PostgreSQL and the master of Redis die while voters write: their standbys go on, and no 200 is lost.

The commit of a message waits for the standby too (synchronous replication); who dies is not brought back. It takes too
long for every run of the tests: python -m bench.standby.
"""

import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.store.tables import limit_
from tests.faults.conftest import MortalPostgres, loaded, until
from tests.faults.test_laws_of_delivery import every_push_is_sent_once, stream
from tests.plugins.ports import free_port
from tests.plugins.postgres_server import find_programs

VOTERS = int(os.environ.get("STANDBY_VOTERS", "30"))
SECONDS = float(os.environ.get("STANDBY_SECONDS", "4"))
SOMEBODY_ACTS_S = 0.5  # from the death to the promotion
CAREFUL = ("fsync=off", "shared_buffers=32MB", "max_connections=100", "synchronous_commit=on")  # no power is cut here


class Primary(MortalPostgres):
    """A server that is reached by TCP and commits no sooner than its standby."""

    told = ("synchronous_standby_names=standby",)

    def __init__(self, programs):
        self.port = free_port()
        super().__init__(programs)

    def says(self, words):
        """Return what one statement gives."""
        return self._run("psql", *self._at(), "-d", "postgres", "-Atc", words)

    def kill(self):
        """Let it and its helpers die at once."""
        for pid in self._family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _at(self):
        return ("--host", "127.0.0.1", "--port", str(self.port), "--username", "lianxin")

    def _options(self):
        settings = (*CAREFUL, f"port={self.port}", *self.told)
        return ("-h", "127.0.0.1", *(word for setting in settings for word in ("-c", setting)))


class Standby(Primary):
    """A copy of a primary that follows it until it is promoted; then it waits for nobody."""

    def __init__(self, primary, programs):
        self._primary = primary
        self.told = (f"primary_conninfo=host=127.0.0.1 port={primary.port} user=lianxin application_name=standby",)
        super().__init__(programs)

    def promote(self):
        """Make it the one that is written to."""
        assert self.says("SELECT pg_promote()") == "t"

    def _make(self):
        self._run("pg_basebackup", *self._primary._at(), "-D", "data", "-c", "fast", "-X", "stream", "--no-sync")
        (self._folder / "data" / "standby.signal").touch()


class Pair:
    """A primary with its standby."""

    def __init__(self):
        programs = find_programs()
        self.primary = Primary(programs)
        self.standby = Standby(self.primary, programs)
        end = time.monotonic() + 60
        while self.primary.says("SELECT sync_state FROM pg_stat_replication") != "sync":
            assert time.monotonic() < end, "the standby never came up with its primary"
            time.sleep(0.05)  # only the primary's own table tells when
        self.create = self.primary.create

    def url(self, database):
        """Return the address of whichever of the two is written to."""
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in (self.primary, self.standby))
        return f"postgresql://lianxin@/{database}?{hosts}&target_session_attrs=read-write"

    def stop(self):
        for each in (self.primary, self.standby):
            each.thaw()
            each.stop()


@pytest.fixture
def pair():
    pair = Pair()
    yield pair
    pair.stop()


@pytest.fixture
def house_database(pair):
    return loaded(pair)


@pytest.fixture
def redis_url(trio):
    return trio.url


async def writes(store):
    """Whether a transaction goes through."""

    async def work(db):
        await db.run(update(limit_).values(value=limit_.c.value))

    try:
        await asyncio.wait_for(store.write(work), 1)
    except Exception:  # noqa: BLE001 - why not is no matter here
        return False
    return True


def told(town):
    """Return how many pushes WeCom has taken."""
    return len(town.platform.calls("message/send", fate="delivered"))


@pytest.mark.parametrize("death", ["killed", "hangs"])
async def test_no_message_that_got_its_200_is_lost_when_the_primaries_die(town, pair, trio, chance, death):
    """A primary that only hangs is put to death by whoever promotes the standby, as a cluster manager does."""
    await asyncio.gather(town.starts("serve", "--only", "web"), town.starts("worker"))
    coming = asyncio.create_task(stream(town, chance, voters=VOTERS, seconds=SECONDS))
    await until(lambda: told(town) > 1)  # both processes are at work
    began, before = time.monotonic(), told(town)
    pair.primary.freeze()
    if death == "killed":
        pair.primary.kill()
    trio.kill()
    await asyncio.sleep(SOMEBODY_ACTS_S)  # so long a person or a watchdog takes
    pair.primary.kill()
    await asyncio.to_thread(pair.standby.promote)
    gaps = {"promoted": time.monotonic() - began}
    for name, look in (("writes", lambda: writes(town.store)), ("tells", lambda: told(town) > before),
                       ("redis", trio.named_another)):  # fmt: skip
        await until(look, within=60)
        gaps[name] = time.monotonic() - began
    happenings = await coming
    await until(lambda: not list((town.home / "spool").glob("*.call")), within=60)
    gaps["spool empty"] = time.monotonic() - began
    await town.rests(within=90)  # without Redis a process keeps a quarter of a clerk's thirty a minute
    gaps["at rest"] = time.monotonic() - began
    cases = await town.cases()
    assert all(happening.heard for happening in happenings)
    assert sorted(case.text for case in cases) == sorted(f"给{number}号楼装路灯" for number in range(VOTERS))
    await every_push_is_sent_once(town, cases)
    tally = await town.proof()
    assert tally["doubles"] == 0, town.tails()
    report(death, happenings, gaps)


def report(death, happenings, gaps):
    """Write down a line of figures where bench.standby looks for them."""
    calls = [call for happening in happenings for call in happening.tries]
    figures = {
        "death": death,
        "voters": len(happenings),
        "tries again": sum(len(happening.tries) - 1 for happening in happenings),
        "by spool": sum(happening.body == b"success" for happening in happenings),
        "longest answer": max(call.seconds for call in calls),
        **gaps,
    }
    if path := os.environ.get("STANDBY_TALLY"):
        with Path(path).open("a") as book:
            book.write(f"{json.dumps(figures)}\n")
