"""The office files load the same into SQLite and into PostgreSQL."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.actions.office import load_office
from bot.rules.privacy import Sealer
from bot.store import migrate, open_store, reads
from bot.store.tables import officer, person, unit_member
from config.office_data import read_office

DATA = read_office(Path("config/office"))
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SEAL = Sealer([b"k" * 32])


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request, tmp_path):
    file = f"sqlite:///{tmp_path / 'lianxin.db'}"
    url = file if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    await asyncio.to_thread(migrate, url)
    store = await open_store(url)
    yield store
    await store.close()


async def test_who_serves_where_is_loaded_twice_changed_and_taken_back(store):
    async def load(data):
        return await store.write(lambda db: load_office(db, data, SEAL, NOW))

    async def count(table):
        async with store.read() as db:
            return (await db.one(select(func.count().label("n")).select_from(table))).n

    assert (await load(DATA)).changed
    assert not (await load(DATA)).changed
    assert (await count(officer), await count(unit_member)) == (len(DATA.officers), len(DATA.unit_people))
    left = type(DATA)(**{name: getattr(DATA, name) for name in DATA.__slots__} | {"officers": (), "unit_people": ()})
    report = await load(left)
    assert sorted(report.tallies["officer"].gone) == sorted(each.code for each in DATA.officers)
    assert (await count(officer), await count(unit_member)) == (0, 0)
    async with store.read() as db:
        assert (await db.one(select(person.c.name).where(person.c.code == "han-xueqin"))).name == "韩雪琴"
        assert await reads.limit_value(db, "unit-returns", 0) == 2
