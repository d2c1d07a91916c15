"""The writer keeps what it answered for, together and yet each alone; on both databases."""

import asyncio
import multiprocessing
import shutil
import sqlite3

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from bot.errors import Busy, Contended
from bot.store import migrate, open_store, writer
from bot.store.tables import counter


@pytest.fixture(scope="module")
def tables_of_sqlite(tmp_path_factory):
    """A migrated file, copied for each test."""
    file = tmp_path_factory.mktemp("tables") / "t.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def tables_of_postgres(postgres_server):
    """The name of a migrated database, copied for each test."""
    name = postgres_server.create()
    migrate(postgres_server.url(name))
    yield name
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(tables_of_sqlite, tmp_path):
    shutil.copy(tables_of_sqlite, tmp_path / "t.db")
    return f"sqlite:///{tmp_path}/t.db"


@pytest.fixture
def postgres_url(postgres_server, tables_of_postgres):
    name = postgres_server.create(tables_of_postgres)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def store(url):
    opened = await open_store(url)
    yield opened
    await opened.close()


def adding(name, value=1):
    async def work(db):
        await db.run(insert(counter).values(name=name, value=value))
        return name

    return work


async def rows(store):
    async with store.read() as db:
        return sorted(row.name for row in await db.all(select(counter.c.name)))


async def test_what_is_returned_is_durable_and_readable_by_others(store):
    assert await store.write(adding("a")) == "a"
    assert await rows(store) == ["a"]


@pytest.fixture
def commits(store, monkeypatch):
    """Return a list that grows by one with every commit."""
    done = []
    commit = store._writer._backend.commit

    async def counting():
        done.append(1)
        await commit()

    monkeypatch.setattr(store._writer._backend, "commit", counting)
    return done


async def test_a_crowd_is_kept_in_fewer_commits_than_it_has_people(store, commits):
    await asyncio.gather(*(store.write(adding(f"n{i:03}")) for i in range(300)))
    assert len(await rows(store)) == 300
    assert len(commits) < 30


async def test_who_stands_at_the_door_already_comes_along(store, commits, monkeypatch):
    monkeypatch.setattr(writer, "LONGEST_S", 60)  # however slow this machine is just now

    async def comes(name, after):
        for _ in range(after):
            await asyncio.sleep(0)
        await store.write(adding(name))

    await asyncio.gather(*(comes(f"n{i}", after=i) for i in range(4)))
    assert await rows(store) == ["n0", "n1", "n2", "n3"]
    assert len(commits) == 1


async def test_who_starts_over_leaves_nothing_of_the_first_try_and_no_trace_on_others(store):
    async def twice(db):
        await db.run(insert(counter).values(name="first", value=1))
        await db.start_over()
        await db.run(insert(counter).values(name="second", value=1))

    await asyncio.gather(store.write(adding("before")), store.write(twice), store.write(adding("behind")))
    assert await rows(store) == ["before", "behind", "second"]


async def test_a_failing_deed_fails_alone_and_leaves_nothing(store):
    async def fails(db):
        await db.run(insert(counter).values(name="half", value=1))
        raise ZeroDivisionError

    good, bad, twin, late = await asyncio.gather(
        store.write(adding("good")),
        store.write(fails),
        store.write(adding("good")),
        store.write(adding("late")),
        return_exceptions=True,
    )
    assert (good, late) == ("good", "late")
    assert isinstance(bad, ZeroDivisionError)
    assert isinstance(twin, IntegrityError)
    assert await rows(store) == ["good", "late"]


async def test_when_a_groups_commit_fails_each_deed_is_done_again_alone(store, monkeypatch):
    backend = store._writer._backend
    commit, broken = backend.commit, [True]

    async def breaks_once():
        if broken:
            broken.clear()
            raise ConnectionError("the line is cut")
        await commit()

    monkeypatch.setattr(backend, "commit", breaks_once)
    await asyncio.gather(*(store.write(adding(f"n{i}")) for i in range(5)))
    assert await rows(store) == [f"n{i}" for i in range(5)]


async def test_a_poisonous_deed_that_breaks_its_transaction_fails_nobody_else(store, monkeypatch):
    backend = store._writer._backend
    commit, poisoned = backend.commit, set()

    async def commit_unless_poisoned():
        if poisoned:
            poisoned.clear()
            raise ConnectionError("deferred constraint")
        await commit()

    monkeypatch.setattr(backend, "commit", commit_unless_poisoned)

    async def poison(db):
        poisoned.add(1)
        await db.run(insert(counter).values(name="poison", value=1))

    outcome = await asyncio.gather(
        store.write(adding("a")), store.write(poison), store.write(adding("b")), return_exceptions=True
    )
    assert outcome[0] == "a"
    assert outcome[2] == "b"
    assert isinstance(outcome[1], ConnectionError)
    assert await rows(store) == ["a", "b"]


async def test_too_much_waiting_is_refused_with_a_word_of_ours(store, monkeypatch):
    monkeypatch.setattr(writer, "MOST_WAITING", 3)
    taken = [store.write(adding(f"n{i}")) for i in range(3)]
    with pytest.raises(Busy):
        store.write(adding("n3"))
    await asyncio.gather(*taken)
    assert len(await rows(store)) == 3


async def test_closing_finishes_what_waits(store):
    waiting = [asyncio.ensure_future(store.write(adding(f"n{i}"))) for i in range(20)]
    await asyncio.sleep(0)
    await store._writer.close()
    assert [await w for w in waiting] == [f"n{i}" for i in range(20)]


def _add_many(path, prefix, count):
    async def work():
        store = await open_store(f"sqlite:///{path}")
        for i in range(count):
            await store.write(adding(f"{prefix}{i:03}"))
        await store.close()

    asyncio.run(work())


def test_two_processes_write_one_sqlite_file_and_both_get_their_turn(sqlite_url):
    path = sqlite_url.removeprefix("sqlite:///")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_many, args=(path, p, 150)) for p in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    with sqlite3.connect(path) as raw:
        assert raw.execute("select count(*) from counter").fetchone() == (300,)
    raw.close()


async def test_a_reader_sees_no_half_done_deed(store):
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow(db):
        await db.run(insert(counter).values(name="x", value=1))
        entered.set()
        await go.wait()

    writing = asyncio.ensure_future(store.write(slow))
    await entered.wait()
    async with store.read() as db:
        assert (await db.one(select(func.count().label("n")).select_from(counter))).n == 0
    go.set()
    await writing
    assert await rows(store) == ["x"]


async def test_two_processes_that_want_the_same_rows_in_opposite_order_both_get_through(postgres_url):
    """Groups hold many rows; whoever meets the other's commits first instead of waiting while holding."""
    ours, theirs = await open_store(postgres_url), await open_store(postgres_url)
    names = ["x", "y", "z"]
    await asyncio.gather(*(ours.write(adding(name, 0)) for name in names))

    def counting_up(name):
        async def work(db):
            await db.run(counter.update().where(counter.c.name == name).values(value=counter.c.value + 1))
            await asyncio.sleep(0.001)  # the other process gets its turn in the middle

        return work

    async with asyncio.timeout(30):  # a knot that only the database's watch undoes takes a second each
        await asyncio.gather(
            *(ours.write(counting_up(names[n % 3])) for n in range(60)),
            *(theirs.write(counting_up(names[-n % 3])) for n in range(60)),
        )
    async with ours.read() as db:
        assert {row.name: row.value for row in await db.all(select(counter))} == dict.fromkeys(names, 40)
    await asyncio.gather(ours.close(), theirs.close())


async def test_who_never_gets_the_row_is_told_so_in_the_end(postgres_url, monkeypatch):
    monkeypatch.setattr("bot.store.PATIENT_MS", 30)
    monkeypatch.setattr(writer, "MOST_TRIES", 3)
    ours, theirs = await open_store(postgres_url), await open_store(postgres_url)
    await ours.write(adding("held", 0))
    held, done = asyncio.Event(), asyncio.Event()

    async def holding(db):
        await db.run(counter.update().where(counter.c.name == "held").values(value=1))
        held.set()
        await done.wait()

    holder = asyncio.ensure_future(theirs.write(holding))
    await held.wait()
    with pytest.raises(Contended):
        await ours.write(lambda db: db.run(counter.update().where(counter.c.name == "held").values(value=2)))
    assert await ours.write(adding("free")) == "free"
    done.set()
    await holder
    await asyncio.gather(ours.close(), theirs.close())


async def test_who_is_beaten_to_a_row_looks_once_more_and_finds_it(postgres_url):
    """Two processes both see that a row is missing and both write it: the second one's deed is done once more."""
    ours, theirs = await open_store(postgres_url), await open_store(postgres_url)
    looked, tries = asyncio.Barrier(2), []

    def finding_or_adding(who):
        async def work(db):
            found = await db.one(select(counter.c.value).where(counter.c.name == "first"))
            tries.append(who)
            if len(tries) <= 2:
                await looked.wait()  # neither sees the other's row
            if found is None:
                await db.run(insert(counter).values(name="first", value=who))
            return who if found is None else found.value

        return work

    said = await asyncio.gather(ours.write(finding_or_adding(1)), theirs.write(finding_or_adding(2)))
    assert len(tries) == 3
    assert said[0] == said[1]
    assert await rows(ours) == ["first"]
    await asyncio.gather(ours.close(), theirs.close())


async def test_who_breaks_a_key_by_its_own_fault_is_told_after_the_second_time(postgres_url):
    store = await open_store(postgres_url)
    tries = []

    async def twice(db):
        tries.append(1)
        await adding("same")(db)
        await adding("same")(db)

    neighbour, fault = await asyncio.gather(
        store.write(adding("neighbour")), store.write(twice), return_exceptions=True
    )
    assert neighbour == "neighbour"
    assert isinstance(fault, IntegrityError)
    assert len(tries) == 2
    assert await rows(store) == ["neighbour"]
    await store.close()
