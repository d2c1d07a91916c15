"""Published, confidential, looked at again, added to: what can be said of a case beside its state, as dialogues."""

import pytest

from bot.actions import echo
from bot.store.tables import deadline, publication
from tests.plugins.house import Actor

NUMBER = "hepan-261207-1"
WHO = ("王桂兰", "13812345678", "2单元301")
WORDS = "我叫王桂兰，电话13812345678，滨河路5号楼2单元301室楼道灯坏了，没人管"


@pytest.fixture
def cast(house):
    """The office's Han, a unit's Meng, Representative Li."""
    names = {"han": "hanxueqin", "meng": "mengdawei", "li": "lixiuying"}
    house.platform.add_members("gongzuo", *names.values())
    return {name: Actor(house, "gongzuo", person) for name, person in names.items()}


@pytest.fixture
async def answered(house, neighbour, tian, zhang):
    """Wang's case with her name in it, answered, and she was told."""
    await neighbour.says(WORDS)
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 已联系王桂兰女士13812345678，灯换好了")
    await told(house)


async def told(house):
    await house.deliver()
    await house.tick("told")
    await house.deliver()


async def last(house, actor):
    await house.deliver()
    return actor.heard()[-1]


async def case(house):
    return (await house.cases())[0]


def names_nobody(words):
    return [secret for secret in WHO if secret in words] == []


async def public(house):
    async with house.deps.store.read() as db:
        return (await echo.look(db, echo.Wanted())).results


# ---- published ---------------------------------------------------------------------------------------------------


async def test_what_is_published_was_shown_to_the_clerk_without_personal_data(house, answered, tian):
    shown = await tian.says("公开 1")
    assert "楼道灯坏了" in shown
    assert "灯换好了" in shown
    assert names_nobody(shown)
    assert await public(house) == []
    assert "已公开" in await tian.says("确认")
    (row,) = await public(house)
    assert row.number == NUMBER
    assert names_nobody(row.subject + row.text + row.answer)
    assert (await case(house)).text == WORDS, "the original stays"


async def test_a_clerk_words_it_otherwise_and_a_phone_in_the_new_words_is_left_out_too(house, answered, tian):
    await tian.says("公开 1")
    shown = await tian.says("结果：楼道灯已更换，有事打13900001111")
    assert "结果：楼道灯已更换，有事打（电话略）" in shown
    await tian.says("确认")
    (row,) = await public(house)
    assert row.answer == "楼道灯已更换，有事打（电话略）"


async def test_nothing_is_public_before_its_voter_was_told_nor_twice(house, neighbour, tian, zhang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    assert "hepan-261207-1：事情走到这里" in await tian.says("公开 1")
    await zhang.says("答复 1 A类 修好了")
    await told(house)
    await tian.says("公开 1")
    await tian.says("确认")
    assert "已经公开了" in await tian.says("公开 1")


async def test_what_is_public_is_taken_down_with_a_reason_and_by_a_rehandling(house, answered, neighbour, tian):
    await tian.says("公开 1")
    await tian.says("确认")
    assert "把理由一起写上" in await tian.says("撤下公开 1")
    assert "已撤下" in await tian.says("撤下公开 1 写错了")
    assert "没有公开" in await tian.says("撤下公开 1 再撤")
    await tian.says("公开 1")
    await tian.says("确认")
    await neighbour.says("3")
    await neighbour.says("又灭了")
    assert await public(house) == []
    assert (await case(house)).published_at is None
    assert len(await house.rows(publication.select())) == 2, "what was public stays on record"


# ---- confidential ------------------------------------------------------------------------------------------------


async def everything_staff_see(house, *people):
    await house.deliver()
    seen = []
    for person in people:
        for line in house.platform.chat_of(person.person, "gongzuo"):
            seen.append(line.text)
            if line.card:
                seen += [line.card.title, line.card.text, *(value for _, value in line.card.facts)]
    return "\n".join(seen)


async def test_a_voter_who_asks_for_it_is_unknown_to_unit_representative_and_joiner(
    house, neighbour, kang, tian, zhang, cast
):
    heard = await neighbour.says(f"{WORDS}，请帮我保密")
    assert "已按您的要求保密" in heard
    assert (await case(house)).confidential
    assert "没有找到编号" in await kang.says(f"我也遇到了 {NUMBER}")
    await tian.says("受理 1")
    await tian.says("城市管理局")
    await house.deliver()
    await neighbour.says("我是王桂兰，电话13812345678，晚上更黑")
    await cast["meng"].says("经过 1")
    await cast["meng"].says("答复 1 A类 已修好")
    await told(house)
    await neighbour.says("3")
    await neighbour.says("没修好，打13812345678找我")
    await cast["meng"].says("待办")
    await cast["meng"].says("经过 1")
    assert names_nobody(await everything_staff_see(house, zhang, cast["meng"]))


async def test_the_desk_seals_and_what_waits_to_be_sent_names_nobody(house, neighbour, tian, zhang, cast):
    await neighbour.says(WORDS)
    assert "已保密" in await tian.says("保密 1")
    assert "已经是保密的" in await tian.says("保密 1")
    assert names_nobody(await everything_staff_see(house, zhang))
    assert "不归您办" in await tian.says("取消保密 1")
    assert "不再保密" in await cast["han"].says("取消保密 1")


async def test_others_who_are_told_the_same_answer_hear_no_name_of_a_hidden_proposer(
    house, neighbour, kang, passer, tian, zhang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await passer.says("我也遇到了 hepan-261207-1")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    assert "已保密" in await neighbour.says("保密")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 已联系王桂兰女士13812345678，灯换好了")
    await house.deliver()
    assert "王桂兰" in neighbour.heard()[-1], "her own answer is hers"
    for other in (kang, passer):
        assert "灯换好了" in other.heard()[-1]
        assert names_nobody(other.heard()[-1])


async def test_in_a_group_nothing_is_said_of_a_confidential_case(house, circle, zhang):
    heard = await circle.mentions("建议 请替我保密，楼下饭馆半夜排油烟")
    assert "hepan" not in heard
    assert "私聊" in heard
    for words in ("进度", "撤回", "补充 1 还有噪音", "取消保密"):
        heard = await circle.mentions(words)
        assert "hepan" not in heard, words
        assert "油烟" not in heard


async def test_a_sealed_case_is_not_published_and_sealing_takes_down_what_is(house, answered, neighbour, tian):
    await tian.says("公开 1")
    await tian.says("确认")
    assert "也不会公开" in await neighbour.says("保密 1")
    assert await public(house) == []
    assert "是保密的，不能公开" in await tian.says("公开 1")
    assert "不再保密" in await neighbour.says("取消保密")
    assert "可以公开，回" in await tian.says("公开 1")


async def test_a_case_is_not_offered_to_others_once_it_is_sealed(house, neighbour, kang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await house.deliver()
    await neighbour.says("保密")
    assert "没有找到编号" in await kang.says("同一件")


@pytest.mark.parametrize("words", ["物业没有保密，把业主信息泄露了，要求处理", "不用保密，路灯坏了没人管"])
async def test_words_about_other_secrets_hide_nobody(house, neighbour, words):
    await neighbour.says(words)
    assert not (await case(house)).confidential


# ---- looked at again ---------------------------------------------------------------------------------------------


async def test_a_declined_case_is_looked_at_again_with_its_number_and_new_clocks(house, neighbour, tian, zhang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await house.tick("clocks")
    await tian.says("不受理 1 热线")
    assert "把理由一起写上" in await tian.says("重新审核 1")
    assert "已重新审核" in await tian.says("重新审核 1 热线说不归他们")
    assert "重新审核了，编号不变" in await last(house, neighbour)
    assert (await case(house)).state == "received"
    running = await house.rows(deadline.select().where(deadline.c.met_on.is_(None)))
    assert [row.kind for row in running] == ["triage"]
    await tian.says("受理 1 张卫国")
    assert "交给：张卫国" in await last(house, neighbour)


async def test_what_was_declined_together_is_told_apart_and_comes_back_together(house, neighbour, kang, tian):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    await tian.says("不受理 1 热线")
    await house.deliver()
    assert "hepan-261207-2（" in next(line for line in kang.heard() if "没有受理" in line)
    assert [each.state for each in await house.cases()] == ["declined", "declined"]
    await tian.says("重新审核 1 热线说不归他们")
    assert [each.state for each in await house.cases()] == ["received", "received"]
    assert "hepan-261207-2（" in await last(house, kang)


async def test_a_linked_case_somebody_is_at_work_on_goes_on_alone_when_the_other_is_declined(
    house, neighbour, kang, tian, zhang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await tian.says("受理 2 张卫国")
    await zhang.says("签收 2")
    await tian.says("并案 2 到 1")
    await tian.says("不受理 1 热线")
    assert "改为单独办理" in await last(house, kang)
    one, other = await house.cases()
    assert (one.state, other.state, other.merged_into_id) == ("declined", "accepted", None)


# ---- added to ----------------------------------------------------------------------------------------------------


async def test_a_voter_adds_to_a_case_days_later_and_its_holder_hears_of_it(house, neighbour, tian, zhang, later):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    later(3 * 24 * 60)
    assert "已补充到 hepan-261207-1" in await neighbour.says("补充 1 又灭了两盏")
    assert "共 2 条" in await neighbour.sends("sends_image")
    assert "共 3 条" in await neighbour.sends("sends_place", 37.85, 113.57, "滨河路")
    assert "共 4 条" in await neighbour.says("就在桥头那边")
    await house.deliver()
    assert "又灭了两盏" in "\n".join(zhang.heard())
    later(11)
    await neighbour.says("小区的电梯也坏了，请修一修")
    assert len(await house.cases()) == 2, "later words are a matter of their own"
    moves = [line.move for line in await house.history((await house.cases())[0])]
    assert moves.count("supplement") == 4


async def test_what_is_added_to_a_merged_case_reaches_the_living_one(house, neighbour, kang, tian, zhang, later):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    await tian.says("受理 1 张卫国")
    later(24 * 60)
    assert "hepan-261207-2" in await kang.says("补充 2 我家门口也黑")
    assert "hepan-261207-1（" in await last(house, zhang)
    assert "我家门口也黑" in zhang.heard()[-1]


async def test_one_is_asked_for_the_words_and_a_case_that_is_over_takes_none(house, neighbour, tian, later):
    await neighbour.says("滨河路的路灯坏了，没人管")
    later(60)
    assert "10 分钟内" in await neighbour.says("补充")
    assert "已补充到" in await neighbour.says("灯杆也歪了")
    await tian.says("不受理 1 热线")
    assert "已经结束，不能再补充" in await neighbour.says("补充 1 再看看")


async def test_a_joiner_and_the_desk_add_too(house, neighbour, kang, tian):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.says(f"我也遇到了 {NUMBER}")
    assert "已补充到" in await kang.says(f"补充 {NUMBER} 我这边也不亮")
    assert "共 2 条补充" in await tian.says("补充 1 电话里说是三盏")
    assert "没有找到您名下" in await kang.says("补充 77 我这边也不亮")
