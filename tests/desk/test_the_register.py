"""A session at its desk: attendance, visitors, entries with versions, dispositions, the closing check, the archive."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.actions import closing, register, register_cases
from bot.errors import Refused
from bot.rules.register import Said
from bot.store.tables import entry_media, entry_version, media, person, reception_entry

WORDS = "登记 王桂兰 13800000000 楼道灯坏了三个月，晚上看不见路"


@pytest.fixture
async def at_work(station):
    """The morning of the reception day."""
    station.comes_to(12, 10, 9, 0)
    return station


async def entries(house):
    day = reception_entry.c.number
    return await house.rows(select(reception_entry).order_by(reception_entry.c.day_id, day))


async def said(house, entry):
    async with house.deps.store.read() as db:
        return [each for _, _, _, each in await register.versions_of(db, entry.id, house.deps.sealer)]


async def test_a_representative_signs_in_and_the_clerk_signs_for_another(at_work, zhang, tian):
    assert "张卫国代表已签到：河畔街道人大代表联络站 12月10日（星期四）" in await zhang.says("签到")
    assert "已经签到过了" in await zhang.says("签到")
    assert "李秀英代表已签到" in await tian.says("签到 李秀英代表")
    assert "代表签到：张卫国、李秀英" in await tian.says("接待台")
    assert "已取消李秀英代表的签到" in await tian.says("取消签到 李秀英")
    assert "代表签到：张卫国\n" in await tian.says("接待台")
    assert "没有代表赵大宝" in await tian.says("签到 赵大宝")
    assert "请写上代表的姓名" in await tian.says("签到")


async def test_before_the_day_there_is_no_desk(station, tian):
    assert "12月7日（星期一）没有归您的接待" in await tian.says("接待台")
    assert "还没到" in await tian.says("结束接待 12-10")


async def test_what_a_visitor_says_is_taken_down_sealed_and_disposed_of_by_a_figure(house, at_work, tian):
    heard = await tian.says(WORDS)
    assert "第 1 条已记（1 号，王某）：楼道灯坏了三个月" in heard
    assert "3. 交街道（乡镇）办理" in heard
    assert "第 1 条：交街道（乡镇）办理。" in await tian.says("3")
    (entry,) = await entries(house)
    assert (entry.disposition, entry.version) == ("street", 1)
    (version,) = await house.rows(select(entry_version))
    assert "楼道灯".encode() not in version.content_sealed
    (content,) = await said(house, entry)
    assert content == Said(name="王桂兰", phone="13800000000", words="楼道灯坏了三个月，晚上看不见路")


async def test_words_that_sound_like_danger_are_a_report_at_the_desk(house, at_work, tian):
    assert "第 1 条已记" in await tian.says("登记 刘建国 楼下小吃店去年着火，到现在没装灭火器")
    await tian.says("登记")
    assert "第 2 条已记" in await tian.says("有人打架没人管，已经报过警")
    assert len(await entries(house)) == 2


async def test_answered_on_the_spot_asks_for_the_answer(house, at_work, tian):
    await tian.says(WORDS)
    assert "当场是怎么答复的" in await tian.says("1")
    assert "还缺当场答复的内容" in await tian.says("登记表")
    await tian.says("处置 1 当场")
    assert "当场答复已记" in await tian.says("物业今晚去修")
    (entry,) = await entries(house)
    assert entry.told_at is not None
    assert [each.answer for each in await said(house, entry)] == ["", "物业今晚去修"]


async def test_an_entry_changes_by_versions_and_the_original_stays(house, at_work, tian):
    await tian.says(WORDS)
    assert "这是第 2 版" in await tian.says("改记 1 住址 滨河家园3号楼")
    assert "这是第 3 版" in await tian.says("改记 1 楼道灯坏了四个月")
    (entry,) = await entries(house)
    versions = await said(house, entry)
    assert [each.words for each in versions] == [versions[0].words, versions[0].words, "楼道灯坏了四个月"]
    assert versions[2].home == "滨河家园3号楼"
    shown = await tian.says("登记表 1")
    assert "第 1 条（1 号，第 3 版，田敏记）" in shown
    assert "138****0000" in shown
    assert "王桂兰" not in shown
    assert "滨河家园" not in shown, "what is answered is kept as it was said; the form has the rest"


async def test_two_who_amend_at_once_do_not_overwrite_each_other(house, at_work, tian):
    await tian.says(WORDS)
    (entry,) = await entries(house)
    async with house.deps.store.read() as db:
        seen = await register.by_id(db, entry.id, house.deps.sealer)
    who = seen.row.recorder_id
    await at_work.does(register.amend, seen, who, house.deps.sealer, home="滨河路")
    with pytest.raises(Refused) as refused:
        await at_work.does(register.amend, seen, who, house.deps.sealer, home="河滨路")
    assert refused.value.code == "entry_changed_meanwhile"


async def test_a_booked_voter_is_checked_in_by_number_and_a_walk_in_by_the_clerks_word(house, at_work, tian, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("预约 12-10 9:20")
    assert "1 号 09:20 （已约）" in await tian.says("今日接待")
    assert "1 号（09:20）已到站" in await tian.says("到站 1")
    assert "1 号已于 09:00 签到" in await tian.says("到站 1")
    assert "已记来访，2 号" in await tian.says("来访 赵素芬 13900000000")
    assert "没有 9 号" in await tian.says("到站 9")
    await tian.says("登记 2号 门口路面塌了一块")
    (entry,) = await entries(house)
    assert entry.booking_id == (await at_work.places())[1].id


async def test_who_comes_twice_with_one_phone_is_one_person(house, at_work, tian):
    await tian.says("登记 赵素芬 13900000000 门口路面塌了一块")
    await tian.says("登记 赵素芬 13900000000 路灯也不亮")
    assert len(await at_work.places()) == 1
    assert len(await entries(house)) == 2
    found = await house.rows(select(person).where(person.c.phone_hash.is_not(None), person.c.code.is_(None)))
    assert len(found) == 1
    assert b"13900000000" not in found[0].phone_sealed


async def test_a_photo_after_an_entry_belongs_to_it(house, at_work, tian):
    await tian.says(WORDS)
    assert "已附在第 1 条上（共 1 份）" in await tian.sends("sends_image")
    assert len(await house.rows(select(entry_media))) == len(await house.rows(select(media))) == 1


async def test_an_entry_becomes_a_suggestion_once(house, at_work, tian):
    await tian.says(WORDS)
    await tian.says("4")
    assert "第 1 条已转为建议 hepan-261210-1" in await tian.says("转建议 1")
    assert "已经转成建议" in await tian.says("转建议 1")
    (case,) = await house.cases()
    assert case.text == "楼道灯坏了三个月，晚上看不见路"
    (entry,) = await entries(house)
    assert entry.suggestion_id == case.id


async def test_who_wants_to_stay_unknown_stays_so_as_a_suggestion_too(house, at_work, tian):
    await tian.says(WORDS)
    assert "已按群众要求保密" in await tian.says("改记 1 保密")
    await tian.says("转建议 1")
    (case,) = await house.cases()
    assert case.confidential


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_two_clerks_who_press_at_once_make_one_suggestion(house, at_work, tian, house_database):
    from bot.actions.handing import Desk
    from bot.store import open_store

    await tian.says("登记 王桂兰 楼道灯坏了三个月")
    (row,) = await entries(house)
    other = await open_store(house_database)

    def lifts(store):
        async def work(db):
            entry = await register.by_id(db, row.id, house.deps.sealer)
            return await register_cases.lift(Desk(db, house.deps.texts, house.clock.now()), entry)

        return store.write(work)

    answers = await asyncio.gather(*(lifts(store) for store in (house.deps.store, other) * 3), return_exceptions=True)
    await other.close()
    assert sorted(type(each).__name__ for each in answers) == ["Logged"] + ["Refused"] * 5
    assert len(await house.cases()) == 1


async def test_a_session_does_not_close_before_every_entry_is_whole_and_says_whose_is_not(house, at_work, tian, zhang):
    await zhang.says("签到")
    await zhang.says("登记 王桂兰 有点事想说说")
    await tian.says("登记 赵素芬 楼道灯坏了")
    refused = await tian.says("结束接待")
    assert "· 第 1 条缺类别、处置（张卫国记）" in refused
    assert "· 第 2 条缺处置（田敏记）" in refused or "· 第 2 条缺类别、处置（田敏记）" in refused
    await tian.says("作废 1")
    await tian.says("类别 2 路灯")
    await tian.says("处置 2 社区")
    assert "不归您办" in await zhang.says("结束接待"), "the clerk closes"
    closed = await tian.says("结束接待")
    assert "登记 1 条。归档编号 hepan-2026-JD0001" in closed
    assert (await at_work.day()).state == "closed"
    assert "已经结束" in await tian.says("登记 李四 再补一件 12-10")
    assert "已重开" in await tian.says("重开接待")
    await tian.says("登记 李建国 门口积水，请处理下水道")
    await tian.says("2")
    await tian.says("类别 3 排水")
    assert "归档编号 hepan-2026-JD0001 到 hepan-2026-JD0002" in await tian.says("结束接待")


async def test_archive_numbers_have_no_gap_though_a_closing_is_refused_in_between(house, at_work, tian):
    await tian.says("登记 王桂兰 楼道灯坏了")
    for _ in range(3):
        assert "不能结束" in await tian.says("结束接待")
    (entry,) = await entries(house)
    await at_work.changes(
        update(reception_entry).where(reception_entry.c.id == entry.id).values(disposition="street", category_id=1)
    )
    day = await at_work.day()
    async with house.deps.store.read() as db:
        whole = await closing_day(db, day.id)
    clerk_id = entry.recorder_id
    answers = await asyncio.gather(
        *(at_work.does(closing.close, whole, clerk_id, house.deps.sealer) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["Closed", "Refused", "Refused"]
    assert [each.archive_number for each in await entries(house)] == ["hepan-2026-JD0001"]


async def closing_day(db, day_id):
    from bot.actions.bookings import day_by_id

    return await day_by_id(db, day_id)


async def test_a_result_is_told_to_the_voter_and_to_who_received_them(house, at_work, tian, zhang, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("预约 12-10 9:20")
    await zhang.says("签到")
    await tian.says("登记 1号 楼道灯坏了三个月")
    await tian.says("2")
    assert "并告诉群众和接待的代表" in await tian.says("办理结果 1 社区已换灯")
    await house.deliver()
    for each in (wang, zhang):
        assert sum("结果：社区已换灯" in line for line in each.heard()) == 1
    await tian.says("登记 刘建国 13900000001 路口太黑")
    assert "请电话告知" in await tian.says("办理结果 2 已装灯")


async def test_voters_words_that_begin_like_a_deed_of_staff_are_a_voters_words(house, station, wang):
    await wang.sends("subscribes", scene="hepan-1")
    assert "编号 hepan-261207-1" in await wang.says("登记 我们楼电梯坏了一个月没人修")


async def test_the_months_figures_are_what_their_rows_count(house, at_work, tian, zhang, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("预约 12-10 9:20")
    await zhang.says("签到")
    await tian.says("登记 1号 楼道灯坏了三个月")
    await tian.says("2")
    await tian.says("登记 赵素芬 13900000000 门口路面塌了一块")
    await tian.says("登记 赵素芬 13900000000 路灯也不亮")
    await tian.says("来访")
    said = await tian.says("接待统计")
    assert "2026年12月接待统计" in said
    assert "· 接待场次：1" in said
    assert "· 来访人次：3\n· 来访人数：3\n· 登记件次：3\n· 登记的人数：2\n" in said
    assert "（至少到一场的/应参加的）：1/" in said
    assert "2026年11月" in await tian.says("接待统计 上月")


async def test_a_voter_sees_what_the_register_holds_and_has_it_erased(house, at_work, tian, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("预约 12-10 9:20")
    await tian.says("登记 1号 王桂兰 楼道灯坏了三个月，晚上看不见路")
    await tian.says("改记 1 住址 滨河家园3号楼")
    await tian.sends("sends_image")
    await wang.says("预约 1-11 9:00")
    assert "接待预约 2 次，接待登记 1 条" in await wang.says("我的信息")
    await wang.says("删除我的信息")
    assert "已删除" in await wang.says("确认删除")
    assert [version.content_sealed for version in await house.rows(select(entry_version))] == [b"", b""]
    assert [place.state for place in await at_work.places()] == ["came", "cancelled"]
    opened = [house.deps.sealer.open_bytes(row.body_sealed, "heard") for row in await house.heard() if row.body_sealed]
    assert not any(word.encode() in body for body in opened for word in ("王桂兰", "楼道灯", "滨河家园"))
    assert "第 1 条" in await tian.says("登记表 1"), "the entry is still counted"


async def test_a_share_of_nothing_is_a_dash_and_no_zero(house, at_work, tian):
    said = await tian.says("接待统计")
    assert re.search(r"· 公告及时率[^\n]*：—(\n|$)", said), said
    assert "0/0" not in said


async def test_the_office_keeps_registers_only_so_long_and_their_count_for_good(house, at_work, tian, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("预约 12-10 9:20")
    await tian.says("来访 赵素芬 13900000000")
    await tian.says(WORDS)
    await tian.sends("sends_image")
    await tian.says("3")
    at_work.house.clock.move_to(at_work.house.clock.now().replace(year=2029, day=9))
    await house.tick("forget")
    assert all(version.content_sealed for version in await house.rows(select(entry_version)))
    assert all(place.name_sealed for place in await at_work.places() if place.origin == "walk_in")
    at_work.house.clock.move(timedelta(days=2))
    await house.tick("forget")
    await house.deliver()
    assert [version.content_sealed for version in await house.rows(select(entry_version))] == [b""]
    assert not any(place.name_sealed for place in await at_work.places())
    assert [each.state for each in await house.rows(select(media))] == ["erased"]
    (entry,) = await entries(house)
    assert (entry.number, entry.disposition) == (1, "street")
