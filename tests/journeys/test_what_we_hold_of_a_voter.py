"""我的信息 and 删除我的信息: people see what we hold, and nothing of it is left when they say so twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.rules.privacy import Unsealable
from bot.store.audit import broken_chains
from bot.store.tables import heard, identity, media, metadata, outgoing, person, suggestion, telling

NUMBER = "hepan-261207-1"
WORDS = "我叫王桂兰，电话13812345678，滨河路的路灯坏了，没人管"
SECRETS = ("王桂兰", "13812345678", "路灯", "桥头", "又灭了", "滨河路", "太黑")


async def told(house):
    await house.deliver()
    await house.tick("told")
    await house.deliver()


async def erases(actor):
    assert "找不回来" in await actor.says("删除我的信息")
    return await actor.says("确认删除")


async def everything(house):
    """Return every word and every opened secret of the database, of whatever table."""
    found = []
    for table in metadata.sorted_tables:
        if table.name in (
            "group",
            "faq",
            "faq_question",
            "category",
            "station",
            "limit",
            "unit",
            "reception_rule",
            "reception_day",
        ):
            continue  # the office's own words
        for row in await house.rows(select(table)):
            for name, value in row._mapping.items():
                sealed = isinstance(value, bytes) and name.endswith("_sealed") and value
                found.append((f"{table.name}.{name}", opened(house, value) if sealed else str(value)))
    return found


def opened(house, value):
    for purpose in ("heard", "identity", "address", "media", "phone"):
        try:
            return house.deps.sealer.open_bytes(value, purpose).decode("utf-8", "replace")
        except Unsealable:
            continue
    return ""


def files_of(house):
    return [path for path in (house.deps.settings.home / "media").rglob("*") if path.is_file()]


async def test_my_data_says_what_we_hold_and_only_in_private(house, neighbour, circle):
    await neighbour.says(WORDS)
    await neighbour.sends("sends_image")
    words = await neighbour.says("我的信息")
    assert "公众号" in words
    assert "提出的事 1 件（没办完 1 件）" in words
    assert "文件 1 个" in words
    assert "滨河社区联系群" in words
    assert "私聊我" in await circle.mentions("我的信息")
    assert "私聊我" in await circle.mentions("删除我的信息")


async def test_nothing_is_erased_unless_it_is_said_twice(house, neighbour):
    await neighbour.says(WORDS)
    await neighbour.says("删除我的信息")
    await neighbour.says("谢谢")
    assert "找不回来" in await neighbour.says("确认删除")
    (case,) = await house.cases()
    assert case.text == WORDS


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_words_places_files_and_addresses_are_gone_and_the_counts_stay(
    house, neighbour, kang, tian, zhang, clock
):
    await neighbour.says(WORDS)
    await neighbour.sends("sends_image")
    await neighbour.sends("sends_place", 37.85, 113.57, "桥头")
    await kang.says(f"我也遇到了 {NUMBER}")
    await neighbour.says("人工")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 已告诉王桂兰女士13812345678")
    await told(house)
    await neighbour.says("3")
    await neighbour.says("又灭了，太黑")
    await house.deliver()
    assert len(files_of(house)) == 1
    assert "1 件事的内容" in await erases(neighbour)
    await told(house)
    assert files_of(house) == []
    clock.move(timedelta(days=31))  # what staff wrote of her lies sealed so long, like every raw message
    await house.tick("forget")
    left = await everything(house)
    assert [(where, words) for where, words in left if any(secret in words for secret in SECRETS)] == []
    assert [where for where, words in left if neighbour.person in words and where != "event.reason"] == []
    (case,) = await house.cases()
    assert (case.number, case.state) == (NUMBER, "withdrawn")
    assert [row.state for row in await house.rows(media.select())] == ["erased"]
    async with house.deps.store.read() as db:
        assert (await broken_chains(db))[1] == [], "the history stays whole"
    assert "没有受理" not in kang.heard()[-1]
    assert NUMBER in kang.heard()[-1], "who joined hears that it is over"
    assert "路灯" not in zhang.heard()[-1]


async def test_who_writes_again_is_somebody_new(house, neighbour):
    await neighbour.says(WORDS)
    await erases(neighbour)
    assert "还没有登记过" in await neighbour.says("进度")
    assert len([row for row in await house.rows(identity.select()) if row.account == "hexin"]) == 2


async def test_the_word_that_all_is_erased_still_reaches_who_is_answered_by_push(house, kang):
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路的路灯坏了，没人管")
    assert "已删除" in await erases(kang)


async def test_an_answered_case_goes_its_way_to_the_end_without_its_voter(house, neighbour, kang, tian, zhang, clock):
    await neighbour.says(WORDS)
    await kang.says(f"我也遇到了 {NUMBER}")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 修好了")
    await erases(neighbour)
    await told(house)
    (case,) = await house.cases()
    assert case.state == "told"
    assert "修好了" in kang.heard()[-1]
    before = len(neighbour.heard())
    for _ in range(3):
        clock.move(timedelta(days=8))
        await told(house)
    assert (await house.cases())[0].state == "closed"
    assert len(neighbour.heard()) == before
    assert {row.untold_reason for row in await house.rows(telling.select())} <= {"", "erased"}


async def test_staff_are_kept_by_the_office(house, zhang):
    await zhang.says("删除我的信息")
    assert "资料由机构管理" in await zhang.says("确认删除")
    assert all(row.erased_at is None for row in await house.rows(person.select()))


async def test_a_picture_somebody_else_sent_too_stays_on_the_disk(house, neighbour, passer):
    for voter in (neighbour, passer):
        await voter.says("滨河路的路灯坏了，没人管")
        await voter.sends("sends_image")
    await house.deliver()
    kept = len(files_of(house))
    shared = len({row.sha256 for row in await house.rows(media.select())}) == 1
    await erases(neighbour)
    await house.deliver()
    assert len(files_of(house)) == (kept if shared else kept - 1)


async def test_the_office_keeps_things_only_so_long(house, neighbour, tian, clock):
    await neighbour.says(WORDS)
    await neighbour.sends("sends_image")
    await tian.says("不受理 1 热线")
    await house.deliver()
    await house.tick("forget")
    assert (await house.cases())[0].text == WORDS
    assert all(row.body_sealed for row in await house.rows(heard.select()))
    clock.move(timedelta(days=31))
    await house.tick("forget")
    assert not any(row.body_sealed for row in await house.rows(heard.select()))
    clock.move(timedelta(days=150))
    await house.tick("forget")
    sent = [row.content for row in await house.rows(outgoing.select().where(outgoing.c.kind == "push"))]
    assert not any("路灯" in content for content in sent)
    clock.move(timedelta(days=3 * 365 + 2))
    await house.tick("forget")
    await house.deliver()
    (case,) = await house.rows(suggestion.select())
    assert (case.number, case.text) == (NUMBER, "")
    assert files_of(house) == []
