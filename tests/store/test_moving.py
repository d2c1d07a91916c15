"""An office outgrows its file: everything moves to PostgreSQL and goes on there as if nothing had happened."""

import asyncio

import pytest
from sqlalchemy import insert, select

from bot.store import migrate, moving, open_store
from bot.store.audit import broken_chains
from bot.store.tables import event, metadata, office, suggestion


@pytest.fixture
async def lived_in(house, wang, zhang):
    """The address of a database in which people have written, answered and pressed."""
    await wang.sends("subscribes", scene="hepan-1")
    for words in ("我们楼电梯坏了一个月", "滨河路的路灯坏了没人管"):
        await wang.says(words)
    await wang.sends("sends_image")
    await house.deliver()
    await zhang.says("签收 1")
    return house.deps.settings.database_url


@pytest.fixture
async def elsewhere(postgres_url):
    await asyncio.to_thread(migrate, postgres_url)
    return postgres_url


def nobody_listens(_table, _rows):
    pass


async def everything(url):
    """Return the digest of every table."""
    async with moving._opened(url) as connection:
        return {table.name: await moving.digest(connection, table) for table in metadata.sorted_tables}


async def test_every_row_arrives_and_every_history_still_chains(lived_in, elsewhere):
    told = {}
    total = await moving.move(lived_in, elsewhere, told.__setitem__)
    assert told["suggestion"] == 2
    assert total == sum(told.values()) == sum(count for count, _ in (await everything(lived_in)).values())
    assert await everything(lived_in) == await everything(elsewhere)
    store = await open_store(elsewhere)
    async with store.read() as db:
        assert await broken_chains(db) == (len(await db.all(select(event))), [])
    await store.close()


async def test_new_rows_get_ids_after_those_that_moved(lived_in, elsewhere):
    await moving.move(lived_in, elsewhere, nobody_listens)
    store = await open_store(elsewhere)

    async def add(db):
        last = max(row.id for row in await db.all(select(office.c.id)))
        return last, await db.add(insert(office).values(code="new", name="新的", level="county"))

    last, new = await store.write(add)
    assert new > last
    await store.close()


async def test_a_row_that_points_at_a_later_one_of_its_table_moves_too(lived_in, elsewhere, house):
    first, second = await house.cases()

    async def merge(db):
        await db.run(suggestion.update().where(suggestion.c.id == first.id).values(merged_into_id=second.id))

    await house.deps.store.write(merge)
    await moving.move(lived_in, elsewhere, nobody_listens)
    async with moving._opened(elsewhere) as there:
        rows = (await there.execute(select(suggestion.c.id, suggestion.c.merged_into_id))).all()
    assert dict(rows) == {first.id: second.id, second.id: None}


async def test_a_database_with_rows_of_its_own_is_left_alone(lived_in, elsewhere):
    await moving.move(lived_in, elsewhere, nobody_listens)
    before = await everything(elsewhere)
    with pytest.raises(moving.CannotMove, match="target_not_empty"):
        await moving.move(lived_in, elsewhere, nobody_listens)
    assert await everything(elsewhere) == before


async def test_what_does_not_arrive_as_it_left_takes_the_whole_move_back(lived_in, elsewhere, monkeypatch):
    honest = moving._copy

    async def loses_one(old, new, table):
        moved = await honest(old, new, table)
        if table is suggestion:
            await new.execute(suggestion.update().values(subject="改过"))
        return moved

    monkeypatch.setattr(moving, "_copy", loses_one)
    with pytest.raises(moving.CannotMove, match="differs"):
        await moving.move(lived_in, elsewhere, nobody_listens)
    assert {count for count, _ in (await everything(elsewhere)).values()} == {0}


async def test_it_goes_back_to_a_file_as_well(lived_in, elsewhere, tmp_path):
    await moving.move(lived_in, elsewhere, nobody_listens)
    file = f"sqlite:///{tmp_path}/back.db"
    await asyncio.to_thread(migrate, file)
    await moving.move(elsewhere, file, nobody_listens)
    assert await everything(file) == await everything(lived_in)
