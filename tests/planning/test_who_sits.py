"""Representatives sit in turn, change seats by consent, take leave; a day without anybody is raised."""

import asyncio

import pytest

HEPAN = ["张卫国", "李秀英", "王建军", "陈丽华", "赵国强", "孙美玲"]


def about(lines, words):
    return [line for line in lines if words in line]


@pytest.fixture(autouse=True)
async def planned(receptions):
    await receptions.plan()


@pytest.fixture
def wangjj(actor):
    """Representative Wang Jianjun."""
    return actor("wangjianjun")


@pytest.fixture(autouse=True)
def members(house):
    house.platform.add_members("gongzuo", "wangjianjun", "chenlihua", "zhaoguoqiang", "sunmeiling", "hanxueqin")


def task(house, person):
    """Return the newest card that asks somebody to sit."""
    cards = [line.card for line in house.platform.chat_of(person, "gongzuo") if line.card]
    return [card for card in cards if card.task_id.startswith("swap-")][-1]


async def press(house, person, word):
    card = task(house, person)
    number = card.task_id.split("-")[1]
    await house.platform.presses("gongzuo", person, card.task_id, f"swap_{word}:{number}")
    await house.deliver()


async def test_over_a_year_of_rules_everybody_sits_equally_often(receptions):
    await receptions.change_rule(weekdays='["MO"]', days_of_month="[]", plan_ahead=200)
    await receptions.plan()
    counts = {}
    for day in await receptions.days():
        if day.state != "cancelled":
            for name in await receptions.sits(day):
                counts[name] = counts.get(name, 0) + 1
    assert set(counts) == set(HEPAN)
    assert max(counts.values()) - min(counts.values()) <= 1


async def test_a_rule_may_name_its_rota_and_how_many_sit(receptions, house):
    from bot.store.tables import person

    rows = {row.name: row.id for row in await house.rows(person.select())}
    await receptions.change_rule(seats=2, rota=f"[{rows['孙美玲']}, {rows['陈丽华']}]")
    await receptions.plan()
    assert set(await receptions.sits(await receptions.day())) == {"张卫国", "孙美玲"}, "who sits already stays"
    assert set(await receptions.sits(await receptions.day("2027-01-10"))) == {"李秀英", "陈丽华"}


async def test_a_representative_sees_his_own_days_and_the_clerk_everybodys_with_the_gaps(
    receptions, zhang, tian, house
):
    assert "· 12月10日（星期四） 09:00–11:00，河畔街道" in await zhang.says("值班")
    assert await zhang.says("我的值班") == await zhang.says("值班")
    said = await tian.says("值班")
    assert "12月10日（星期四） 09:00–11:00：张卫国" in said
    assert "张卫国 1 次、李秀英 1 次" in said.replace("李秀英 1 次、张卫国 1 次", "张卫国 1 次、李秀英 1 次")
    await tian.says("撤班 12-10 张代表")
    said = await tian.says("值班")
    assert "缺人，请发“值班 12-10 姓名”" in said
    assert "有 1 天缺人" in said


async def test_a_swap_needs_the_others_consent_by_button_and_then_both_and_the_clerk_know(
    receptions, zhang, tian, wangjj, house
):
    assert "在那以前12月10日（星期四）仍由您值班" in await zhang.says("换班 12-10 王代表")
    await house.deliver()
    assert await receptions.sits(await receptions.day()) == ["张卫国"], "nothing changes without consent"
    await press(house, "wangjianjun", "yes")
    assert await receptions.sits(await receptions.day()) == ["王建军"]
    assert task(house, "wangjianjun").said == "已同意"
    assert len(about(zhang.heard(), "由王建军代表替张卫国代表值班")) == 1
    assert len(about(tian.heard(), "由王建军代表替张卫国代表值班")) == 1
    assert len(about(wangjj.heard(), "由您替张卫国代表值班")) == 1
    await press(house, "wangjianjun", "yes")
    await press(house, "wangjianjun", "no")
    assert await receptions.sits(await receptions.day()) == ["王建军"], "an old card changes nothing"
    assert len(about(tian.heard(), "由王建军代表替张卫国代表值班")) == 1


async def test_an_exchange_changes_both_seats(receptions, zhang, actor, house):
    assert "已问李秀英代表" in await zhang.says("换班 12-10 李代表 1-11")
    await house.deliver()
    assert "1月11日（星期一）由张卫国代表替您" in task(house, "lixiuying").text
    await actor("lixiuying").says("同意换班")
    assert await receptions.sits(await receptions.day()) == ["李秀英"]
    assert await receptions.sits(await receptions.day("2027-01-10")) == ["张卫国"]


async def test_a_refusal_leaves_all_as_it_was_and_says_so(receptions, zhang, wangjj, house):
    await zhang.says("换班 12-10 王代表")
    await house.deliver()
    assert "您不替张卫国代表值班" in await wangjj.says("不同意")
    await house.deliver()
    assert await receptions.sits(await receptions.day()) == ["张卫国"]
    assert len(about(zhang.heard(), "不方便换班")) == 1
    assert "已问" in await zhang.says("换班 12-10 王代表"), "one may ask again, and the card is a new one"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("换班 12-10", "请写清哪一天和找谁换"),
        ("换班 1-11 王代表", "没有排您值班"),
        ("换班 12-10 郑代表", "没有找到能值班的郑代表。可以写："),
        ("换班 12-10 张代表", "没有找到能值班的张代表"),
        ("换班 12-10 王代表 1-11", "没有排王建军代表值班"),
        ("换班 12-10 李代表 1-12", "没有归您管的接待日"),
        ("请假 12-10", "请写清哪一天和理由"),
        ("请假 家里有事", "请写清哪一天和理由"),
        ("销假 12-10", "没有请假"),
        ("同意换班", "现在没有等您回答的换班"),
        ("不同意", "现在没有等您回答的换班"),
        ("撤班 12-10 王代表", "没有归您管的接待日"),
    ],
)
async def test_what_is_lacking_or_wrong_is_said_and_nobody_moves(receptions, zhang, said, answer):
    assert answer in await zhang.says(said)
    assert await receptions.sits(await receptions.day()) == ["张卫国"]


async def test_no_swap_is_asked_twice_while_the_other_thinks(zhang):
    await zhang.says("换班 12-10 王代表")
    assert "正等对方回答" in await zhang.says("换班 12-10 王代表")


async def test_leave_asks_the_next_in_turn_and_the_clerk_hears_the_reason(receptions, zhang, tian, wangjj, house):
    assert "已请王建军代表替班" in await zhang.says("请假 12-10 出差")
    await house.deliver()
    assert len(about(tian.heard(), "请假（出差），已请王建军代表替班")) == 1
    assert "出差" not in task(house, "wangjianjun").text, "why is the desk's business"
    await receptions.plan()
    assert await receptions.sits(await receptions.day()) == [], "the rota does not fill a seat that needs consent"
    await wangjj.says("同意换班")
    await receptions.plan()
    assert await receptions.seated(await receptions.day()) == {"张卫国": "swapped", "王建军": "seated"}


async def test_who_refuses_or_does_not_answer_is_followed_by_the_next(receptions, zhang, wangjj, actor, house):
    await zhang.says("请假 12-10 出差")
    await house.deliver()
    await wangjj.says("不同意")
    await house.deliver()
    assert "请您替班" in task(house, "chenlihua").text
    receptions.at("2026-12-08", 10, 1)
    await receptions.plan()
    await receptions.plan()
    assert "请您替班" in task(house, "zhaoguoqiang").text
    assert about(actor("sunmeiling").heard(), "请您替班") == [], "one after the other"
    assert "由您替张卫国代表值班" in await actor("chenlihua").says("同意换班"), (
        "a late yes is welcome while the seat is free"
    )
    assert "没有等您回答" in await actor("zhaoguoqiang").says("同意换班")
    await house.deliver()
    assert task(house, "zhaoguoqiang").said == "不用换了"


async def test_when_everybody_was_asked_the_clerk_hears_it_once(receptions, zhang, tian, actor, house):
    await zhang.says("请假 12-10 出差")
    for name in ("wangjianjun", "chenlihua", "zhaoguoqiang", "sunmeiling", "lixiuying"):
        await house.deliver()
        await actor(name).says("不同意")
    await receptions.plan()
    await receptions.plan()
    assert len(about(tian.heard(), "都问过了")) == 1


async def test_leave_can_be_ended_while_nobody_sits_instead(receptions, zhang, wangjj, house):
    await zhang.says("请假 12-10 出差")
    await house.deliver()
    assert "仍由您值班" in await zhang.says("销假 12-10")
    assert await receptions.sits(await receptions.day()) == ["张卫国"]
    assert "没有等您回答" in await wangjj.says("同意换班")
    await zhang.says("请假 12-10 又要出差")
    await house.deliver()
    await wangjj.says("同意换班")
    assert "已由王建军代表替班" in await zhang.says("销假 12-10")


async def test_a_clerk_seats_and_unseats_and_the_rota_fills_what_is_left(receptions, tian, wangjj, zhang):
    assert "当天值班：张卫国、王建军" in await tian.says("值班 12-10 王代表")
    await receptions.plan()
    assert len(about(wangjj.heard(), "请您值班")) == 1
    await tian.says("撤班 12-10 王代表")
    await tian.says("撤班 12-10 张卫国")
    await receptions.plan()
    assert len(about(zhang.heard(), "不用您值班了")) == 1
    (name,) = await receptions.sits(await receptions.day())
    assert name not in ("张卫国", "王建军"), "whoever was taken off is not put back by the rota"


async def test_a_day_without_anybody_raises_the_clerk_and_a_day_later_the_office(receptions, tian, actor, house):
    han = actor("hanxueqin")
    await receptions.change_rule("shiqiao-10", active=False)
    await receptions.change_rule(rota="[999999]")  # nobody who is there
    receptions.at("2027-01-07", 10)
    await receptions.plan()
    await tian.says("撤班 1-11 李秀英")
    receptions.at("2027-01-08", 8, 59)
    await receptions.plan()
    assert about(tian.heard(), "还没有代表值班") == []
    receptions.at("2027-01-08", 9, 1)
    for _ in range(2):
        await receptions.plan()
    assert len(about(tian.heard(), "1月11日（星期一） 09:00–11:00 的接待日还没有代表值班")) == 1
    assert about(han.heard(), "还没有代表值班") == []
    receptions.at("2027-01-09", 9, 1)
    for _ in range(2):
        await receptions.plan()
    assert len(about(han.heard(), "已提醒工作人员")) == 1
    assert len(about(tian.heard(), "还没有代表值班")) == 1


async def test_a_seat_of_somebody_who_left_goes_to_the_next(receptions, house):
    from sqlalchemy import delete, select

    from bot.store.tables import person, representative

    zhang = select(person.c.id).where(person.c.name == "张卫国").scalar_subquery()
    await receptions.write(delete(representative).where(representative.c.person_id == zhang))
    await receptions.plan()
    assert await receptions.sits(await receptions.day()) == ["王建军"]


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_of_two_who_agree_at_the_same_moment_one_sits(receptions, zhang, wangjj, actor, house, house_database):
    await zhang.says("请假 12-10 出差")
    receptions.at("2026-12-08", 10, 1)
    await receptions.plan()
    chen = actor("chenlihua")
    answers = await asyncio.gather(wangjj.says("同意换班"), chen.says("同意换班"))
    assert len(await receptions.sits(await receptions.day())) == 1
    assert sum("由您替" in answer for answer in answers) == 1


async def test_whom_the_desk_seats_replaces_who_is_on_leave_and_nobody_else_is_asked(
    receptions, zhang, tian, wangjj, actor, house
):
    await zhang.says("请假 12-10 出差")
    await house.deliver()
    await tian.says("值班 12-10 孙美玲")
    await house.deliver()
    assert task(house, "wangjianjun").said == "不用换了"
    receptions.at("2026-12-08", 10, 1)
    await receptions.plan()
    assert about(actor("chenlihua").heard(), "请您替班") == []
    await tian.says("撤班 12-10 孙美玲")
    await receptions.plan()
    assert await receptions.sits(await receptions.day()) == ["王建军"], "a seat that is free again is the rota's"


async def test_a_question_asked_at_night_survives_that_the_day_moves(receptions, zhang, tian, house):
    receptions.at("2026-12-07", 22)
    await zhang.says("换班 12-10 王代表")
    await tian.says("改期 12-10 12-11 会议室装修")
    receptions.at("2026-12-08", 7, 31)
    await receptions.plan()
    assert "想请您替班" in task(house, "wangjianjun").text


async def test_who_gave_the_seat_away_is_not_reminded_and_who_took_it_is(receptions, zhang, wangjj, house):
    await zhang.says("换班 12-10 王代表")
    await house.deliver()
    await wangjj.says("同意换班")
    receptions.at("2026-12-09", 9, 1)
    await receptions.plan()
    assert about(zhang.heard(), "明天 12月10日") == []
    assert len(about(wangjj.heard(), "明天 12月10日")) == 1


async def test_refusing_in_another_talk_is_no_answer_to_a_swap(receptions, actor, zhang, tian, wang, house):
    """A bare 不同意 belongs to the question that waits for words."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月")
    await tian.says("受理 1 张卫国")
    await actor("lixiuying").says("换班 1-11 张代表")
    await house.deliver()
    assert "为什么退回" in await zhang.says("退回 1")
    assert "已退回" in await zhang.says("不同意")
    assert await receptions.sits(await receptions.day("2027-01-10")) == ["李秀英"]
    assert "您不替李秀英代表值班" in await zhang.says("不同意")
