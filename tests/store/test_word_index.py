"""Cases are found by what they say: before the index has them and after, and never again once they are erased."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.rules import bigrams
from bot.store import reads_cases, word_index
from bot.store.reads_cases import Scope, Wanted
from bot.store.tables import gram_block, gram_mark, suggestion

BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
MINUTE = timedelta(minutes=2)


@pytest.fixture
async def said(house, wang):
    """Wang asked for something; a function lets more cases say more."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    (first,) = await house.cases()
    values = {name: getattr(first, name) for name in first._fields if name not in ("id", "number")}

    async def more(*texts, **other):
        rows = [
            values | {"number": f"x-{len(text)}-{n}", "text": text, "subject": text[:20]} | other
            for n, text in enumerate(texts)
        ]

        async def work(db):
            await db.run(insert(suggestion), rows)

        await house.deps.store.write(work)

    return more


async def found(house, words, **more):
    stations = frozenset(row.station_id for row in await house.cases())
    async with house.deps.store.read() as db:
        rows = await reads_cases.page(db, Scope(stations), Wanted(words=words, **more))
    return [row.text for row in rows]


async def filled(house):
    return await word_index.fill(house.deps.store, house.clock.now() + MINUTE)


@BOTH
async def test_two_characters_find_a_case_before_the_index_has_it_and_after(house, said):
    await said("小区门口的路灯坏了", "垃圾三天没人清运", "路灯太暗，路口看不见", place="南关街路口")
    wanted = {
        "路灯": ["路灯太暗，路口看不见", "小区门口的路灯坏了"],
        "路灯坏了": ["小区门口的路灯坏了"],
        "电梯 没人": ["我们楼电梯坏了一个月，没人来修"],
        "没人": ["垃圾三天没人清运", "我们楼电梯坏了一个月，没人来修"],
        "南关 路灯": ["路灯太暗，路口看不见", "小区门口的路灯坏了"],
        "灯路": [],
        "灯": ["路灯太暗，路口看不见", "小区门口的路灯坏了"],
        "100%": [],
    }
    assert {words: await found(house, words) for words in wanted} == wanted
    assert await filled(house) == 4
    assert await filled(house) == 0, "all of it is in"
    assert {words: await found(house, words) for words in wanted} == wanted
    await said("新来的路灯")
    assert await found(house, "路灯") == ["新来的路灯", *wanted["路灯"]], "what is not in yet is found too"


@BOTH
async def test_the_index_is_asked_and_leaves_out_what_says_nothing_of_it(house, said):
    await said("小区门口的路灯坏了", "垃圾三天没人清运")
    await filled(house)

    async def lie(db):
        await db.run(gram_block.delete().where(gram_block.c.gram.in_(bigrams.pairs("路灯"))))

    await house.deps.store.write(lie)
    assert await found(house, "路灯") == [], "a case the index does not name is not read"
    assert await found(house, "垃圾") == ["垃圾三天没人清运"]


async def test_a_case_is_not_put_in_while_one_of_a_lower_number_may_still_come(house, said):
    assert await word_index.fill(house.deps.store, house.clock.now()) == 0
    assert await filled(house) == 1


async def test_a_block_with_a_gap_at_its_end_is_over_once_the_next_has_begun(house, said):
    await said("隔了很久", id=3 * bigrams.BLOCK + 5)
    await filled(house)
    marks = {row.block: row.upto for row in await house.rows(select(gram_mark))}
    assert marks == {n: (n + 1) * bigrams.BLOCK - 1 for n in range(3)} | {3: 3 * bigrams.BLOCK + 5}
    assert await found(house, "隔了很久") == ["隔了很久"]


async def test_what_was_erased_leaves_the_index(house, said, wang):
    await said("隔壁的秘密暗号")
    await filled(house)
    for words in ("删除我的信息", "确认删除"):
        await wang.says(words)
    assert await house.rows(select(gram_mark)) == []
    await filled(house)
    grams = {row.gram for row in await house.rows(select(gram_block.c.gram))}
    assert not grams & bigrams.pairs("电梯坏了")


async def test_letters_are_found_however_they_are_written_and_every_part_of_a_city_counts(house, said):
    await said("WIFI坏了", *(f"第{n}件事" for n in range(150)))
    await filled(house)
    assert await found(house, "wifi") == ["WIFI坏了"]
    assert len(await found(house, "件事")) == 51
    assert await found(house, "件事", states=("closed",)) == []


def test_places_of_a_block_are_kept_in_two_bytes_each_and_read_back():
    some = {0, 1, 255, 256, 4095}
    assert bigrams.places(bigrams.packed(some)) == some
    assert len(bigrams.packed(some)) == 2 * len(some)
    assert bigrams.packed([1]) == b"\x01\x00", "the same bytes on every machine"
