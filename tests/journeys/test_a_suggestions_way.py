"""A suggestion's whole way as dialogues: admitted, assigned, signed, looked at, answered, rated, handled anew, closed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store.tables import assignment, deadline, person, reply, representative, unit, unit_member, visit
from tests.plugins.house import Actor

NUMBER = "hepan-261207-1"


@pytest.fixture
def cast(house):
    """More people in WeCom: the office, a unit's two, another unit's one."""
    names = {"han": "hanxueqin", "meng": "mengdawei", "lv": "lvhong", "fan": "fanxiaolei", "li": "lixiuying"}
    house.platform.add_members("gongzuo", *names.values())
    return {name: Actor(house, "gongzuo", person) for name, person in names.items()}


@pytest.fixture
async def case(house, neighbour):
    """Wang's first case, which clerk and representative have heard of."""
    await neighbour.says("人民路的路灯坏了，没人管")
    await house.deliver()
    return NUMBER


async def last(house, actor):
    await house.deliver()
    return actor.heard()[-1]


async def now(house):
    return (await house.cases())[0].state


async def presses(actor, card, button, number=NUMBER):
    """Press a button of the newest card whose task begins so."""
    cards = [line.card for line in actor.house.platform.chat_of(actor.person, "gongzuo") if line.card]
    task = [each.task_id for each in cards if each.task_id.startswith(card)][-1]
    assert await actor.sends("presses", task, f"{button}:{number}") == "", "a press takes no words in place"
    await actor.house.deliver()
    return actor.heard()[-1]


def greyed(actor, card):
    lines = actor.house.platform.chat_of(actor.person, "gongzuo")
    return [line.card.said for line in lines if line.card and line.card.task_id.startswith(card)][-1]


async def told(house):
    await house.deliver()
    await house.tick("told")
    await house.deliver()


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_the_whole_way_from_the_first_word_to_the_second_answer(house, case, neighbour, zhang, tian):
    answer = await presses(tian, "new-", "admit")
    assert "已交给：张卫国（在这个联系群里" in answer
    assert greyed(tian, "new-") == "已受理"
    assert "已受理，交给：张卫国。答复期限是2026年12月14日" in neighbour.heard()[-1]
    assert "交办：hepan-261207-1" in zhang.heard()[-1]

    assert "12月10日前。请发“签收 1”" in await zhang.says("待办")
    answer = await presses(zhang, "assign-", "accept")
    assert "已签收" in answer
    assert "答复 1" in answer
    assert greyed(zhang, "assign-") == "已签收"

    assert "走访" in await zhang.says("走访 1 三盏灯不亮")
    assert "走访记录" in await zhang.sends("sends_image")
    assert "走访记录" in await zhang.sends("sends_place", 37.85, 113.57, "人民路")
    (seen,) = await house.rows(visit.select())
    assert (seen.text, seen.media_id is not None, seen.latitude) == ("三盏灯不亮", True, 37.85)
    assert await now(house) == "handling"

    assert "答复已发给提出人" in await zhang.says("答复 1 A类 三盏灯已换新，请看看亮不亮")
    words = await last(house, neighbour)
    assert words.startswith("hepan-261207-1（人民路的路灯坏了")
    assert words.endswith("请评价：1 满意 2 基本满意 3 不满意")
    await told(house)
    assert await now(house) == "told"

    assert "不客气" in await neighbour.says("谢谢")
    assert "1 没有解决" in await neighbour.says("3")
    assert "重新办理" in await neighbour.says("1")
    assert await now(house) == "rehandling"
    assert "理由：没有解决" in await last(house, tian)
    assert "交办：hepan-261207-1" in zhang.heard()[-1]

    await zhang.says("答复 1 又换了两盏，已全部亮了")
    assert "又换了两盏" in await last(house, neighbour)
    await told(house)
    assert "评价：满意" in await neighbour.says("满意")
    assert "请发“办结 1”" in await tian.says("待办")
    assert "已办结" in await tian.says("办结 1")
    assert await now(house) == "closed"
    rows = await house.rows(deadline.select().where(deadline.c.met_on.is_(None)))
    assert rows == [], "no clock runs on after the end"


async def test_nobody_is_told_what_they_just_did_themselves(house, case, neighbour, zhang, tian):
    await tian.says("受理 1 张代表")
    await house.deliver()
    before = len(tian.heard()), len(zhang.heard())
    await zhang.says("签收 1")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    assert (len(tian.heard()), len(zhang.heard())) == (before[0], before[1] + 2), "each only heard the answers in place"
    heard = len(neighbour.heard())
    await neighbour.says("2")
    await house.deliver()
    assert len(neighbour.heard()) == heard + 1


async def test_a_declined_voter_hears_why_and_which_door_is_right(house, case, neighbour, tian, zhang):
    answer = await presses(tian, "new-", "decline")
    assert "6. 归 12345" in answer
    assert "没有受理（归 12345）" in await tian.says("6 路灯由热线直接派单")
    words = await last(house, neighbour)
    assert "请拨打 12345" in words
    assert "路灯由热线直接派单" in words
    assert greyed(tian, "new-") == "没有受理"
    assert "没有受理，不用办理" in zhang.heard()[-1], "who was told of it hears that it is over"
    assert await now(house) == "declined"


async def test_declining_by_words_needs_no_list(house, case, neighbour, tian):
    assert "涉及诉讼" in await tian.says("不受理 1 诉讼")
    assert "人民法院" in await last(house, neighbour)


async def test_admitting_without_a_name_offers_people_by_number(house, case, zhang, tian):
    answer = await tian.says("受理 1 较难")
    assert "1. 张卫国（" in answer
    assert "交给：李秀英" in await tian.says("2")
    (row,) = await house.cases()
    assert row.weight == "hard"


async def test_whose_own_grid_the_place_lies_in_is_offered_first(house, neighbour, tian):
    await neighbour.says("滨河路的路灯坏了，没人管")
    assert "1. 李秀英（在这个联系群里、就在那一片" in await tian.says("受理 1")


async def test_a_returned_case_goes_back_to_the_desk_with_its_number(house, case, zhang, tian):
    await tian.says("受理 1 张卫国")
    await house.deliver()
    assert "为什么退回" in await presses(zhang, "assign-", "return")
    assert "已退回" in await zhang.says("这条路归街道管")
    assert "被退回，理由：这条路归街道管" in await last(house, tian)
    assert greyed(zhang, "assign-") == "已退回"
    assert "被退回" in await tian.says("待办")


async def test_a_representative_passes_a_case_on(house, case, zhang, tian, cast):
    await tian.says("受理 1 张卫国")
    await house.deliver()
    offered = await presses(zhang, "assign-", "transfer")
    assert "张卫国" not in offered
    assert "1. 李秀英" in offered
    assert "没有找到代表王五" in await zhang.says("王五")
    assert "转给李秀英代表" in await zhang.says("李代表")
    assert "交办：hepan-261207-1" in await last(house, cast["li"])
    assert greyed(zhang, "assign-") == "已转办"
    assert "往前走了" in await presses(zhang, "assign-", "accept")
    assert "已签收" in await presses(cast["li"], "assign-", "accept")


async def test_a_unit_leads_another_assists_and_one_answer_goes_out(house, case, neighbour, tian, cast):
    await tian.says("受理 1")
    assert "泉阳市城市管理局、泉阳市住房和城乡建设局" in await tian.says("城市管理局 协办 住房和城乡建设局")
    await house.deliver()
    assert "主办单位" in cast["meng"].heard()[-1]
    assert "协办单位" in cast["fan"].heard()[-1]
    await presses(cast["meng"], "assign-", "accept")
    assert greyed(cast["lv"], "assign-") == "已签收", "the card of everybody in the unit says it"
    assert "协办意见已记下" in await cast["fan"].says("答复 1 灯杆归我局，可一并更换")
    assert "协办意见：灯杆归我局" in await last(house, tian)
    await cast["meng"].says("见面 1 前 电话")
    answer = await cast["lv"].says("答复 1 A类 灯已换好")
    assert "提醒：还没有办中与代表见面的记录" in answer
    heard = await last(house, neighbour)
    assert "灯已换好" in heard
    assert "泉阳市住房和城乡建设局的协办意见：灯杆归我局，可一并更换" in heard
    assert len(await house.rows(reply.select())) == 2


async def test_twice_returned_by_units_the_office_decides(house, case, tian, cast):
    await tian.says("受理 1")
    await tian.says("取消")
    for member, bureau in (("meng", "城市管理局"), ("fan", "住房和城乡建设局")):
        assert "已交给" in await tian.says(f"交办 1 {bureau}")
        assert "已退回" in await cast[member].says("退回 1 不是我们的职责")
    assert "被退回，理由：不是我们的职责" in await last(house, cast["han"])
    assert "代表工委决定" in await tian.says("交办 1 城市管理局")
    assert "已交给：泉阳市城市管理局" in await cast["han"].says("交办 1 城市管理局")


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_of_two_clerks_one_wins_and_the_other_hears_who_it_was(house, case, tian, zhang, cast):
    async def clerks(db):
        await db.run(_make_clerk(), {"who": await _person(db, "li-xiuying"), "station": await _station(db, "hepan")})

    await house.deps.store.write(clerks)
    answers = await asyncio.gather(tian.says("受理 1 张卫国"), cast["li"].says("受理 1 王建军"))
    assert sorted("处理过了" in answer for answer in answers) == [False, True]
    assert any("已由田敏处理过了" in answer or "已由李秀英处理过了" in answer for answer in answers)
    rows = await house.rows(assignment.select().where(assignment.c.state == "assigned"))
    assert len(rows) == 1


@pytest.fixture
async def ten(house):
    """Ten representatives who also serve at the unit of city management: any of them may sign for it."""

    async def join(db):
        rows = await db.all(select(representative.c.person_id).order_by(representative.c.person_id).limit(10))
        serves = (await db.one(select(unit.c.id).where(unit.c.code == "shi-chengguan"))).id
        for row in rows:
            await db.run(unit_member.insert().values(person_id=row.person_id, unit_id=serves))
        codes = await db.all(select(person.c.code).where(person.c.id.in_([row.person_id for row in rows])))
        return [row.code.replace("-", "") for row in codes]

    names = await house.deps.store.write(join)
    house.platform.add_members("gongzuo", *names)
    return [Actor(house, "gongzuo", name) for name in names]


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_of_ten_representatives_who_sign_at_the_same_moment_one_wins_and_nine_hear_the_number(
    house, case, tian, ten, house_database
):
    assert "已交给：泉阳市城市管理局" in await tian.says("交办 1 城市管理局")
    answers = await asyncio.gather(*(each.says("签收 1") for each in ten))
    assert len(answers) == 10
    assert sum(f"已签收 {NUMBER}" in answer for answer in answers) == 1
    no = [answer for answer in answers if f"已签收 {NUMBER}" not in answer]
    assert all(NUMBER in answer and ("已经签收过了" in answer or "刚刚有了变化" in answer) for answer in no), no
    assert [line.move for line in await house.history((await house.cases())[0])].count("accept") == 1
    rows = await house.rows(assignment.select().where(assignment.c.unit_id.is_not(None)))
    assert [row.state for row in rows] == ["accepted"]


async def test_a_card_is_pressed_twice_and_late_and_by_a_stranger(house, case, clock, zhang, tian, cast):
    await tian.says("受理 1 张卫国")
    await house.deliver()
    card = zhang.house.platform.chat_of("zhangweiguo", "gongzuo")[-1].card
    await presses(zhang, "assign-", "accept")
    twice = await presses(zhang, "assign-", "accept")
    assert "已经签收过了" in twice
    assert "现在：已签收" in twice
    assert await cast["li"].sends("presses", card.task_id, f"accept:{NUMBER}") == ""
    stranger = await last(house, cast["li"])
    assert "没有找到归您办的" in stranger
    assert "路灯" not in stranger
    clock.move(timedelta(hours=80))
    assert "往前走了" in await presses(tian, "new-", "admit") or "已由田敏" in tian.heard()[-1]
    late = await presses(zhang, "assign-", "reply")
    assert "答复请直接写" in late
    assert "答复已发给" in await zhang.says("A类 已修好")
    await house.deliver()
    assert await house.owed("refused") == []


async def test_a_press_on_a_card_four_days_old_still_does_its_deed_and_greys_it(house, case, clock, zhang, tian):
    await tian.says("受理 1 张卫国")
    await house.deliver()
    clock.move(timedelta(hours=80))
    assert "已签收" in await presses(zhang, "assign-", "accept")
    assert greyed(zhang, "assign-") == "已签收"
    assert await house.owed("refused") == []


async def test_a_voter_joins_and_hears_the_outcome_too(house, case, zhang, tian, kang):
    assert "已记下您也遇到了" in await kang.says(f"我也遇到了 {NUMBER}")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    assert "您也遇到的 hepan-261207-1" in kang.heard()[-1]
    assert "评价由提出人来作" in await kang.says("满意")


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_alike_cases_are_offered_merged_and_answered_separately(house, case, neighbour, zhang, tian, kang):
    await kang.sends("enters", scene="hepan-1")
    await kang.says("人民路路灯坏了好几天，没人管")
    await house.deliver()
    assert "附近已有人反映类似的事" in kang.heard()[-1]
    assert "和 hepan-261207-1 一起办理" in await kang.says("同一件")
    await tian.says("受理 1 张卫国")
    answer = await zhang.says("答复 1 A类 修好了")
    assert "已发给提出人" in answer
    await house.deliver()
    assert "hepan-261207-1（" in neighbour.heard()[-1]
    assert "hepan-261207-2（" in kang.heard()[-1]
    assert "请评价" in kang.heard()[-1]
    assert "满意" in await kang.says("2")
    assert "hepan-261207-1（" in await neighbour.says("满意")


async def test_a_voters_link_is_taken_back_within_the_day(house, case, clock, kang, tian):
    await kang.sends("enters", scene="hepan-1")
    await kang.says("人民路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    assert "单独办理" in await kang.says("不是同一件")
    assert (await house.cases())[1].merged_into_id is None
    assert "一起办理" in await tian.says("并案 2 到 1")
    assert "一起办理" in await last(house, kang)
    assert "单独办理" in await tian.says("撤并 hepan-261207-2 地点不同")


async def test_late_words_on_a_merged_case_reach_whoever_holds_the_living_one(house, case, kang, zhang, tian):
    await kang.sends("enters", scene="hepan-1")
    await kang.says("人民路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    assert "hepan-261207-2" in await kang.says("在人民路18号门口")
    await house.deliver()
    assert "hepan-261207-1（" in zhang.heard()[-1]
    assert "18号门口" in zhang.heard()[-1]
    (_, second) = await house.cases()
    assert len(await house.supplements(second)) == 1, "the words stay where they were said"


async def test_a_class_nobody_said_is_asked_for_and_c_says_what_it_lacks(house, case, neighbour, zhang, tian):
    await tian.says("受理 1 张卫国")
    assert "4. D类" in await zhang.says("答复 1 明年统一改造")
    assert "还缺什么条件" in await zhang.says("3")
    assert "答复已发给" in await zhang.says("改造资金")
    assert "还缺的条件：改造资金" in await last(house, neighbour)


async def test_the_story_and_the_day_are_told_in_words(house, case, zhang, tian):
    await tian.says("受理 1 张卫国")
    await zhang.says("签收 1")
    told_ = await tian.says("经过 1")
    assert "群众 提出" in told_
    assert "田敏 受理" in told_
    assert "张卫国 签收" in told_
    assert "所以是2026年12月14日" in await zhang.says("为什么 1")


async def test_progress_names_the_holder_and_the_day_with_its_reason(house, case, neighbour, tian):
    await tian.says("受理 1 张卫国")
    answer = await neighbour.says("进度")
    assert "承办：张卫国" in answer
    assert "所以是2026年12月14日" in answer


async def test_the_clocks_are_steered_by_words(house, case, tian, zhang, cast):
    await tian.says("受理 1 较难 张卫国")
    await zhang.says("签收 1")
    assert "已暂停" in await tian.says("暂停 1 等材料")
    assert "已经暂停" in await tian.says("暂停 1 再等等")
    assert "恢复计时" in await tian.says("恢复 1")
    assert "提醒了 1 人" in await tian.says("催办 1")
    assert "今天已经催办过" in await tian.says("催办 1")
    assert "已列入督办" in await cast["han"].says("督办 1 群众关注")
    assert "不归您办" in await tian.says("解除督办 1 办好了")
    assert "已解除督办" in await cast["han"].says("解除督办 1 已有进展")


async def test_a_numbered_deed_is_heard_though_it_speaks_of_fire(house, case, zhang, tian):
    await tian.says("受理 1 张卫国")
    assert "答复已发给" in await zhang.says("答复 1 A类 上周电线着火的地方已修好")


async def test_so_are_the_words_a_card_asked_for(house, case, zhang, tian):
    await tian.says("受理 1 张卫国")
    await house.deliver()
    await presses(zhang, "assign-", "reply")
    assert "答复已发给" in await zhang.says("A类 上周电线着火的地方已修好")


async def test_words_of_staff_mean_nothing_from_a_voter(house, case, neighbour):
    assert "没有找到归您办" not in await neighbour.says("签收 1")
    assert await now(house) == "received"


def _make_clerk():
    from sqlalchemy import text

    return text("INSERT INTO clerk (person_id, station_id) VALUES (:who, :station)")


async def _person(db, code):
    from bot.store.tables import person

    return (await db.one(person.select().where(person.c.code == code))).id


async def _station(db, code):
    from bot.store.tables import station

    return (await db.one(station.select().where(station.c.code == code))).id
