"""Ratings, numbers and tellings: the small print of a suggestion's way, as dialogues."""

from datetime import timedelta

import pytest

from bot.store.tables import deadline, limit_, person, rating, suggestion
from tests.plugins.house import Actor


@pytest.fixture
async def answered(house, neighbour, tian, zhang):
    """Wang's case, answered, and everybody told."""
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")
    return (await house.cases())[0]


@pytest.fixture
def han(house):
    house.platform.add_members("gongzuo", "hanxueqin")
    return Actor(house, "gongzuo", "hanxueqin")


@pytest.fixture
async def answered_to_nobody(house, clock, neighbour, passer, tian, zhang):
    """Wang's case, answered after 48 hours, when the platform takes no template for her; who joined lately heard it."""
    sealed = house.deps.sealer.seal("13800138000", "phone")

    async def left_her_phone(db):
        await db.run(person.update().where(person.c.id == (await _only_case(db)).voter_id).values(phone_sealed=sealed))

    await neighbour.says("滨河路的路灯坏了，没人管")
    await house.deps.store.write(left_her_phone)
    await tian.says("受理 1 张卫国")
    await house.deliver()
    clock.move(timedelta(hours=49))
    await passer.says("我也遇到了 hepan-261207-1")
    house.platform.will_answer(43101, path="template/send")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")


async def _only_case(db):
    return await db.one(suggestion.select())


async def state(house):
    return (await house.cases())[0].state


@pytest.mark.parametrize("word", ["1", "满意", "很满意！", "对处理结果很满意", "评价 1 满意"])
async def test_one_word_or_figure_rates(house, neighbour, answered, word):
    assert "评价：满意" in await neighbour.says(word)
    assert await state(house) == "rated"


@pytest.mark.parametrize("word", ["谢谢", "好的", "知道了", "谢谢你们，辛苦了"])
async def test_thanks_and_manners_rate_nothing(house, neighbour, answered, word):
    await neighbour.says(word)
    assert await house.rows(rating.select()) == []


async def test_a_rating_is_taken_once_in_a_round(house, neighbour, answered):
    await neighbour.says("2")
    assert "没有需要您" in await neighbour.says("1")
    assert len(await house.rows(rating.select())) == 1


@pytest.mark.parametrize(("said", "kept"), [("3", "太慢"), ("第二天又灭了", "第二天又灭了")])
async def test_dissatisfaction_says_why_by_figure_or_in_words(house, neighbour, answered, said, kept):
    assert "哪里没办好" in await neighbour.says("不满意")
    assert "不满意的理由" in await neighbour.says(said)
    (row,) = await house.rows(rating.select())
    assert (row.value, row.reason) == ("dissatisfied", kept)
    assert await state(house) == "rehandling"


async def test_while_a_reason_is_awaited_thanks_are_none_and_a_better_word_takes_the_bad_one_back(
    house, neighbour, answered
):
    await neighbour.says("不满意")
    assert "哪里没办好" in await neighbour.says("谢谢")
    assert "请直接说" in await neighbour.says("5")
    assert "基本满意" in await neighbour.says("基本满意")
    assert await state(house) == "rated"


async def test_a_second_dissatisfaction_puts_the_case_on_the_list(house, neighbour, zhang, answered):
    await neighbour.says("不满意 ")
    await neighbour.says("1")
    await zhang.says("答复 1 A类 又修了一遍，修好了")
    await neighbour.says("不满意")
    await neighbour.says("还是不亮")
    (case,) = await house.cases()
    assert (case.state, case.round) == ("rehandling", 3)
    assert case.supervised_at is not None


async def test_a_rating_with_nothing_to_rate_gets_a_kind_answer(neighbour):
    assert "没有需要您" in await neighbour.says("1")
    assert "谢谢您的肯定" in await neighbour.says("满意")


async def test_a_representative_rates_the_unit_apart_from_the_voter(house, neighbour, tian, zhang):
    house.platform.add_members("gongzuo", "mengdawei")
    meng = Actor(house, "gongzuo", "mengdawei")
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("交办 1 张卫国 城市管理局")
    await meng.says("答复 1 A类 修好了")
    assert "承办单位办理情况的评价" in await zhang.says("评价 1 基本满意")
    await neighbour.says("3")
    await neighbour.says("没有修好")
    sides = {row.side: row.value for row in await house.rows(rating.select())}
    assert sides == {"representative": "mostly", "voter": "dissatisfied"}


async def test_a_number_that_fits_several_cases_names_them_and_a_longer_one_decides(
    house, neighbour, tian, clock, later
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    later(24 * 60)
    await neighbour.says("下水道堵了，请疏通一下")
    answer = await tian.says("受理 1 张卫国")
    assert "hepan-261207-1：" in answer
    assert "hepan-261208-1：" in answer
    assert "请发“受理 261208-1”" in await tian.says("待办")
    assert "hepan-261208-1（" in await tian.says("受理 261208-1 张卫国")


async def test_the_list_of_things_to_do_has_ten_lines_at_most(house, neighbour, tian, later):
    for n in range(1, 13):
        await neighbour.says(f"建议 第{n}棵树要修剪")
        later(11)
    answer = await tian.says("待办")
    assert answer.count("· ") == 10
    assert "还有 2 件" in answer


async def test_a_case_is_not_closed_while_somebody_is_untold_unless_the_desk_says_why(
    house, neighbour, tian, zhang, kang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await neighbour.sends("unsubscribes")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")
    assert await state(house) == "replied"
    assert "已告知 1" in await tian.says("待办")
    assert "还有" in await tian.says("办结 1")
    assert "把理由一起写上" in await tian.says("已告知 1")
    assert "1 人按您的说明" in await tian.says("已告知 1 打电话说过了")
    await house.tick("told")
    assert "已办结" in await tian.says("办结 1")


async def test_who_could_not_hear_that_a_case_is_declined_stays_on_the_list_until_told_or_noted(
    house, neighbour, passer, tian
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    assert "已记下您也遇到了" in await passer.says("我也遇到了 hepan-261207-1")
    assert "没有受理" in await tian.says("不受理 1 诉讼")
    for voter in (neighbour, passer):
        await voter.sends("unsubscribes")
    await house.deliver()
    assert "没有受理，原因有人没收到。联系上后请发“已告知 hepan-261207-1”" in await tian.says("待办")
    await passer.sends("subscribes")
    await passer.says("进度")
    await house.deliver()
    assert "原因有人没收到" in await tian.says("待办"), "one has heard it now, the other not"
    assert "1 人按您的说明" in await tian.says("已告知 hepan-261207-1 打电话说过了")
    assert await tian.says("待办") == "现在没有等您办的事。"


async def test_whom_no_message_reaches_is_called_and_the_story_says_how_each_was_told(
    house, neighbour, passer, tian, zhang, han, answered_to_nobody
):
    said = await tian.says("电话名单")
    assert "要打电话告知的有 1 人" in said
    assert "hepan-261207-1：滨河路的路灯坏了，提出人，电话尾号 8000。没有收到的原因：平台不让现在发" in said
    assert "错误码 43101" in said
    assert "1380013" not in said
    assert "要打电话告知的有 1 人" in await han.says("电话名单")
    assert "现在没有要打电话告知的人" in await zhang.says("电话名单"), "only the desk sees whom to call"
    story = await tian.says("经过 1")
    assert "12月7日 向提出人告知“交办”（公众号）：平台已收下" in story
    assert "12月9日 向提出人告知“答复”（公众号）：暂时发不到" in story
    assert "向联名人告知“答复”（公众号）：平台已收下" in story
    await tian.says("已告知 1 打13900139000说过了")
    assert "现在没有要打电话告知的人" in await tian.says("电话名单")
    assert "工作人员记了：打139****9000说过了" in await zhang.says("经过 1")


async def test_who_heard_that_a_case_is_declined_is_nobodys_task(house, neighbour, tian):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("不受理 1 诉讼")
    await house.deliver()
    assert await tian.says("待办") == "现在没有等您办的事。"


async def test_more_time_needs_consent_and_a_notice(house, neighbour, tian):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 正式 张卫国")
    refused = await tian.says("延期 1 1 要招标")
    assert "征得" in refused or "不能延长" in refused or "告知" in refused
    assert "已延长" in await tian.says("延期 1 1 要招标，征得同意 文号：和代办〔2026〕3号")


async def test_staff_find_their_words_in_the_help_and_voters_do_not(neighbour, tian):
    assert "待办" in await tian.says("帮助")
    assert "待办" not in await neighbour.says("帮助")


async def test_a_failing_update_of_a_card_is_nobodys_undelivered_message(house, neighbour, tian, zhang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await house.deliver()
    house.platform.world.cards.codes.clear()  # the platform knows none of its codes any more
    assert "已交给" in await tian.says("受理 1 张卫国")
    await house.deliver()
    assert {row.state for row in await house.owed() if "card_update" in row.content} == {"cancelled"}
    assert await house.owed("refused") == []


async def test_what_is_alike_is_looked_for_beside_the_answer_and_offered_once(house, neighbour, kang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    answer = await kang.says("滨河路路灯坏了好几天，没人管")
    assert "已登记，编号 hepan-261207-2" in answer
    await house.deliver()
    await house.deps.outbox.errands["alike"]({"case": 2}, None)
    await house.deliver()
    assert "\n".join(kang.heard()).count("附近已有人反映类似的事") == 1


async def test_different_matters_of_one_place_are_not_offered(house, neighbour, kang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路烧烤摊半夜很吵，请管一管")
    await house.deliver()
    assert "附近已有人" not in "\n".join(kang.heard())


async def test_who_was_offered_nothing_or_says_which_unclearly_is_told_so(house, neighbour, kang):
    assert "没有给您提示过" in await neighbour.says("同一件")
    assert "本来就是单独" in await neighbour.says("不是同一件")
    assert "加上编号" in await neighbour.says("我也遇到了")
    assert "没有找到编号" in await neighbour.says("我也遇到了 hepan-261207-77")
    await neighbour.says("滨河路的路灯坏了，没人管")
    assert "就是您提的" in await neighbour.says("我也遇到了 hepan-261207-1")


@pytest.fixture
async def answered_together(house, neighbour, kang, tian, zhang):
    """Wang's case and Kang's, handled as one, answered, and both told."""
    await neighbour.says("滨河路的路灯坏了，没人管")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await house.deliver()
    await kang.says("同一件")
    await tian.says("受理 1 张卫国")
    await zhang.says("答复 1 A类 修好了")
    await told(house)


async def told(house):
    await house.deliver()
    await house.tick("told")
    await house.deliver()


async def asked_again(house):
    """Return the numbers by which somebody was asked once more, however it was delivered."""
    rows = [row for row in await house.owed() if row.key.startswith("rate-again:")]
    return [house.content(row).text.partition("（")[0] for row in rows]


def times(actor, words):
    return sum(words in line for line in actor.heard())


async def test_everybody_who_asked_is_asked_again_once_by_their_own_number(
    house, neighbour, kang, clock, answered_together
):
    clock.move(timedelta(days=1))
    assert "评价：满意" in await kang.says("满意")
    await told(house)
    clock.move(timedelta(days=3))
    for _ in range(3):
        await told(house)
        clock.move(timedelta(days=1))
    assert await asked_again(house) == ["hepan-261207-1"], "who has rated is not asked"


async def test_who_asked_for_a_merged_case_is_asked_by_the_number_of_their_own(
    house, neighbour, kang, clock, answered_together
):
    await neighbour.says("1")
    clock.move(timedelta(days=3, minutes=1))
    await told(house)
    await told(house)
    assert await asked_again(house) == ["hepan-261207-2"]
    await kang.says("在吗")  # the platform's 48 hours are over: it is told when she writes again
    await house.deliver()
    assert "hepan-261207-2（" in next(line for line in kang.heard() if "只再问这一次" in line)


async def test_a_rated_case_is_closed_by_the_service_when_its_days_are_over(house, neighbour, answered, clock):
    await neighbour.says("2")
    clock.move(timedelta(days=6))
    await told(house)
    assert await state(house) == "rated"
    clock.move(timedelta(days=1, minutes=1))
    await told(house)
    await told(house)
    (case,) = await house.cases()
    assert case.state == "closed"
    line = (await house.history(case))[-1]
    assert (line.move, line.role, line.reason) == ("close", "service", "rated")


async def test_a_merged_case_ends_with_the_one_it_is_handled_with_and_its_people_hear_it_once(
    house, neighbour, kang, tian, clock, answered_together
):
    await neighbour.says("1")
    await kang.says("1")
    clock.move(timedelta(days=7, minutes=1))
    await told(house)
    await told(house)
    one, other = await house.cases()
    assert (one.state, other.state) == ("closed", "closed")
    line = (await house.history(other))[-1]
    assert (line.move, line.reason) == ("close", "merged")
    assert times(kang, "修好了") == 1
    assert await house.rows(deadline.select().where(deadline.c.met_on.is_(None))) == []
    assert "随并案的事办结" in await tian.says("经过 hepan-261207-2")
    assert "不能再这样办" in await tian.says("撤并 hepan-261207-2 地点不同")


async def test_nobody_is_left_open_when_the_desk_closes(house, neighbour, kang, tian, answered_together):
    await neighbour.says("1")
    assert "已办结" in await tian.says("办结 1")
    assert [case.state for case in await house.cases()] == ["closed", "closed"]
    assert "哪里没办好" in await kang.says("不满意")
    await kang.says("1")
    assert (await house.cases())[0].state == "rehandling", "and it begins anew for whoever is not content"


async def test_who_comes_after_the_answer_hears_it_and_the_others_hear_it_once(
    house, neighbour, kang, passer, tian, answered
):
    await passer.says("我也遇到了 hepan-261207-1")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    await tian.says("并案 2 到 1")
    await house.deliver()
    assert "您也遇到的 hepan-261207-1" in passer.heard()[-1]
    assert "hepan-261207-2（" in kang.heard()[-1]
    assert [times(each, "修好了") for each in (neighbour, passer, kang)] == [1, 1, 1]


async def test_nothing_is_merged_into_what_is_over(house, neighbour, kang, tian, answered):
    await neighbour.says("1")
    await tian.says("办结 1")
    await kang.sends("enters", scene="hepan-1")
    await kang.says("滨河路路灯坏了好几天，没人管")
    assert "请单独办理" in await tian.says("并案 2 到 hepan-261207-1")


async def test_after_48_hours_the_answer_goes_as_the_accounts_template_and_counts_as_told(
    house, clock, neighbour, tian, zhang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    clock.move(timedelta(hours=49))
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")
    (line,) = [each for each in house.platform.chat_of(neighbour.person, "hexin") if each.via == "template"]
    assert "修好了" in line.text
    assert await state(house) == "told"


async def test_where_even_the_template_is_refused_the_answer_waits_for_the_next_word(
    house, clock, neighbour, tian, zhang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    clock.move(timedelta(hours=49))
    house.platform.will_answer(43101, path="template/send")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")
    assert await state(house) == "replied"
    await neighbour.says("进度")
    await house.deliver()
    await house.tick("told")
    assert any("修好了" in words for words in neighbour.heard())
    assert await state(house) == "told"


async def test_the_list_of_supervision_gives_the_reason_and_since_when(house, neighbour, tian, kang, passer, answered):
    assert "没有列入督办" in await tian.says("督办名单")
    for voter in (kang, passer):
        await voter.says("我也遇到了 hepan-261207-1")
    assert "12月7日列入，原因：多人反映同一件事" in await tian.says("督办名单")
    assert "列入" not in await neighbour.says("督办名单")


async def test_the_share_of_closed_cases_nobody_went_to_see_is_said_with_their_numbers(
    house, neighbour, tian, zhang, later
):
    for words in ("滨河路的路灯坏了，没人管", "下水道堵了，请疏通一下"):
        await neighbour.says(words)
        later(11)
    for n in ("1", "2"):
        await tian.says(f"受理 {n} 张卫国")
        if n == "1":
            await zhang.says("走访 1 灯不亮")
        await zhang.says(f"答复 {n} A类 修好了")
        await house.deliver()
        await house.tick("told")
        await tian.says(f"办结 {n}")
    said = await tian.says("走访情况")
    assert "近一年办结 2 件，其中 1 件没有人去现场看过（50%）" in said
    assert "hepan-261207-2" in said
    assert "hepan-261207-1" not in said


async def test_a_window_that_is_closed_though_it_seemed_open_turns_the_answer_into_the_template(
    house, neighbour, tian, zhang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    house.platform.will_answer(45015, path="custom/send")
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")
    (line,) = [each for each in house.platform.chat_of(neighbour.person, "hexin") if each.via == "template"]
    assert "thing3：有答复了： 修好了" in line.text
    assert await state(house) == "told"


async def test_after_the_day_not_the_same_says_who_can_part_them(house, neighbour, kang, passer, tian, clock):
    await neighbour.says("滨河路的路灯坏了，没人管")
    for voter in (kang, passer):
        await voter.sends("enters" if voter is kang else "subscribes", scene="hepan-1")
        await voter.says("滨河路路灯坏了好几天，没人管")
        await house.deliver()
    await kang.says("同一件 1")
    await tian.says("并案 3 到 1")
    assert "hepan-261207-3 是工作人员" in await passer.says("不是同一件")
    clock.move(timedelta(days=2))
    assert "hepan-261207-2 一起办理已超过一天" in await kang.says("不是同一件")


@pytest.mark.parametrize(("code", "value"), [("dissatisfied-times", 1), ("same-complaints", 2)])
async def test_what_puts_a_case_on_the_list_is_the_offices_number(house, neighbour, kang, answered, code, value):
    async def lower(db):
        await db.run(limit_.update().where(limit_.c.code == code).values(value=value))

    await house.deps.store.write(lower)
    if code == "same-complaints":
        await kang.says("我也遇到了 hepan-261207-1")
    else:
        await neighbour.says("3")
        await neighbour.says("1")
    assert (await house.cases())[0].supervised_at is not None


async def test_a_receipt_says_that_the_answer_arrived_and_only_then_it_is_called_so(
    house, clock, neighbour, tian, zhang
):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    assert "平台已收下" in await tian.says("经过 1"), "a customer-service message has no receipt: taken is all we know"
    clock.move(timedelta(hours=49))
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await the_receipt(house, clock)
    assert "答复”（公众号）：平台回执：已送到" in await tian.says("经过 1")


async def test_whom_the_receipt_says_the_answer_did_not_reach_is_called(house, clock, neighbour, tian, zhang):
    await neighbour.says("滨河路的路灯坏了，没人管")
    await tian.says("受理 1 张卫国")
    await house.deliver()
    clock.move(timedelta(hours=49))
    house.platform.blocks("hexin", neighbour.person)
    await zhang.says("答复 1 A类 修好了")
    await house.deliver()
    await house.tick("told")
    await the_receipt(house, clock)
    assert "failed:user block" in await tian.says("电话名单")
    await tian.says("已告知 1 打过电话了")
    assert "路灯" not in await tian.says("电话名单")


async def the_receipt(house, clock):
    """Let the platform's receipt come, and what looks at it once more."""
    await house.platform.settle()
    clock.move(timedelta(minutes=1))
    await house.deliver()
