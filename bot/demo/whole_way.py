"""The second half of the play: a suggestion's whole way, from the clerk's 待办 to 办结, and what goes wrong on it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import aiohttp
from sqlalchemy import select

from bot.demo import at_the_desk
from bot.demo.day import CHEN, HAN, KANG, LI, LV, MENG, TIAN, WANG, ZHANG, Day
from bot.store.tables import suggestion, telling, visit

LIFT, SEWER = "hepan-261207-1", "hepan-261207-2"
ALIKE, LAWSUIT, HYDRANT, RUBBISH = (f"hepan-261210-{n}" for n in (1, 2, 3, 4))
SMOKE = "hepan-261223-1"
APP = "gongzuo"


async def _state(day: Day, number: str) -> str:
    (case,) = await day.rows(select(suggestion.c.state).where(suggestion.c.number == number))
    return str(case.state)


async def _presses(day: Day, person: str, task: str, button: str, number: str) -> None:
    await day.platform.presses(APP, person, day.card(person, task).task_id, f"{button}:{number}")


async def is_admitted(day: Day) -> None:
    """The clerk sees what waits, admits it and takes one of those whom the rules suggest."""
    await day.move_to(10, 8, 30)  # a card can be turned grey for 72 hours
    await day.platform.says("hexin", WANG, "进度 1")
    await day.platform.says("kefu", KANG, "进度")
    await day.platform.says(APP, TIAN, "待办")
    await day.see("待办写明该发哪几个字", await day.hears(TIAN, "请发“受理 1”或“不受理 1”"))
    await day.platform.says(APP, TIAN, "受理 1")
    await day.see("推荐三位代表，并说为什么是他", await day.hears(TIAN, "3. 张卫国（在这个联系群里"))
    await day.platform.says(APP, TIAN, "3")
    await day.see("她选了张代表", await day.hears(TIAN, "已交给：张卫国"))
    await day.see("告诉她交给了谁、哪天前答复", await day.hears(WANG, "答复期限是2026年12月17日"))
    await day.see("工作人员原来的卡片变灰", await day.card_says(TIAN, f"new-{LIFT}", "已受理"))


async def is_joined(day: Day) -> None:
    """Another voter with the same trouble: one matter, two answers."""
    await day.platform.says("kefu", KANG, "我们楼电梯坏了一个月，没人修")
    await day.tick()  # the new case is taken up, and compared
    await day.see("提示附近有一样的事", await day.hears(KANG, "附近已有人反映类似的事"))
    await day.platform.says("kefu", KANG, "同一件")
    await day.see("一起办理，编号不变", await day.hears(KANG, f"和 {LIFT} 一起办理"))


async def is_signed(day: Day) -> None:
    """Buttons and words of a representative, and the date explained."""
    await day.see("代表收到带按钮的卡片", await day.hears(ZHANG, f"交办：{LIFT}"))
    await _presses(day, ZHANG, "assign-", "accept", LIFT)
    await day.see("卡片变灰：已签收", await day.card_says(ZHANG, "assign-", "已签收"))
    await day.platform.says(APP, ZHANG, f"为什么 {LIFT}")
    await day.see("说清为什么是这一天", await day.hears(ZHANG, "所以是2026年12月17日"))
    await day.platform.says(APP, ZHANG, f"走访 {LIFT} 电梯停在一楼，配件没到")
    await day.platform.sends_image(APP, ZHANG)
    await day.see("照片附在走访记录上", await day.hears(ZHANG, "走访记录上"))
    (seen,) = await day.rows(select(visit))
    await day.see("走访有字有图", "配件没到" in seen.text and seen.media_id is not None)


async def is_answered(day: Day) -> None:
    """One reply is told to each of the two under the number they know."""
    await day.platform.says(APP, ZHANG, f"答复 {LIFT} A类 配件已换，电梯恢复运行")
    await day.see("她听到答复，并请她评价", await day.hears(WANG, "电梯恢复运行\n办理情况：A 类"))
    await day.see("康德明单独听到，用自己的编号", await day.hears(KANG, f"{ALIKE}（"))
    await day.rest()
    await day.tick()
    await day.see("两人都告知了，才算已告知", await _state(day, LIFT) == "told")


async def is_not_good_enough(day: Day) -> None:
    """3 asks why, and the reason starts the matter anew."""
    await day.platform.says("hexin", WANG, "谢谢")
    await day.see("道谢不算评价", await _state(day, LIFT) == "told")
    await day.platform.says("hexin", WANG, "3")
    await day.see("问哪里没办好", await day.hears(WANG, "1 没有解决"))
    await day.platform.says("hexin", WANG, "1")
    await day.hears(WANG, "这件事重新办理")
    await day.see("重新办理，编号不变", await _state(day, LIFT) == "rehandling")
    await day.see("工作人员知道理由", await day.hears(TIAN, "理由：没有解决"))
    await day.rest()
    await day.platform.says(APP, TIAN, f"办结 {LIFT}")
    await day.see("还没办好，不能办结", await day.hears(TIAN, "不能再这样办了"))


async def goes_through_the_wrong_door(day: Day) -> None:
    """What belongs before a court is declined with the way there."""
    await day.platform.says("kefu", KANG, "建议 我和物业打官司，法院判决下来三个月没人执行，请帮忙催一下")
    await day.see("先登记", await day.hears(KANG, f"编号 {LAWSUIT}"))
    await day.platform.says(APP, TIAN, f"不受理 {LAWSUIT} 诉讼")
    await day.see("说清原因和该去的门", await day.hears(KANG, "请向人民法院反映，诉讼服务热线 12368"))


async def works_by_link(day: Day) -> None:
    """Chen has no WeCom: a link of her own does the same."""
    await day.platform.subscribes("hexin", CHEN)
    await day.platform.says("hexin", CHEN, "你好")  # within 48 hours a link comes as a message, later as a template
    await day.platform.says("hexin", WANG, "建议 河畔花园门口的消防栓漏水，路面结冰，老人走不了")
    await day.see("登记", await day.hears(WANG, f"编号 {HYDRANT}"))
    await day.platform.says(APP, TIAN, f"受理 {HYDRANT} 陈丽华")
    await day.see("陈代表没有企业微信，从服务号收到链接", await day.hears(CHEN, "/case/"))
    line = await day.platform.until_heard(CHEN, "/case/")
    found = re.search(r"/case/\S+", f"{line.text} {line.url}")
    assert found is not None  # it was just seen
    async with aiohttp.ClientSession(f"http://127.0.0.1:{day.stage.port}") as phone:
        page = await (await phone.get(found[0])).text()
        await day.see("打开是这一件事", HYDRANT in page and "消防栓漏水" in page)
        form = re.search(r'/accept">(.*?)</form>', page, re.DOTALL)
        assert form is not None  # the page offers it
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
        page = await (await phone.post(f"{found[0]}/accept", data=fields)).text()
        await day.see("在手机上签收", "您已签收" in page and await _state(day, HYDRANT) == "accepted")


async def goes_to_a_unit(day: Day) -> None:
    """Two people of one unit hold the same card: when one signs, both see it."""
    await day.platform.says("hexin", WANG, "建议 滨河路垃圾清运点堆满了，一周没人拉")
    await day.see("登记", await day.hears(WANG, f"编号 {RUBBISH}"))
    await day.platform.says(APP, TIAN, f"受理 {RUBBISH}")
    await day.hears(TIAN, f"{RUBBISH} 交给谁")
    await day.platform.says(APP, TIAN, "城市管理局")
    both = await day.hears(MENG, f"交办：{RUBBISH}") and await day.hears(LV, f"交办：{RUBBISH}")
    await day.see("单位的两位联系人都收到卡片", both)
    await _presses(day, MENG, "assign-", "accept", RUBBISH)
    grey = await day.card_says(MENG, "assign-", "已签收") and await day.card_says(LV, "assign-", "已签收")
    await day.see("一人签收，两人的卡片都变灰", grey)
    await day.platform.says(APP, LV, f"答复 {RUBBISH} A类 已清运，改为每天一次")
    await day.see("提醒还没和代表见面", await day.hears(LV, "与代表见面的记录"))
    await day.see("群众听到答复", await day.hears(WANG, "已清运，改为每天一次"))


async def is_good_now(day: Day) -> None:
    """The second answer; no case closes while somebody has not been told."""
    await day.platform.says(APP, TIAN, f"受理 {SEWER} 李秀英")
    await day.see("下水道的事交给李代表，她一直没有签收", await day.hears(LI, f"交办：{SEWER}"))
    await day.move_to(14, 9, 30)
    await day.platform.says("hexin", WANG, f"进度 {LIFT}")
    await day.platform.says(APP, ZHANG, f"答复 {LIFT} A类 又换了控制板，试运行三天没有再停")
    await day.see("她听到第二次答复", await day.hears(WANG, "试运行三天没有再停"))
    await day.platform.says("hexin", WANG, f"评价 {LIFT} 满意")
    await day.see("满意", await day.hears(WANG, "的评价：满意"))
    await day.rest()
    await day.platform.says(APP, TIAN, f"办结 {LIFT}")
    await day.see("康德明的 48 小时窗口关着，还没听到：不能办结", await day.hears(TIAN, "还有 1 人没有告知，不能办结"))
    await day.platform.says("kefu", KANG, "在吗")
    await day.see("他一来就补告诉他", await day.hears(KANG, "试运行三天没有再停"))
    await day.rest()
    await day.tick()
    told = await day.rows(select(telling.c.id))
    await day.see(f"每一步告诉了谁都有一行（{len(told)} 行）", len(told) > 4)
    await day.platform.says(APP, TIAN, f"办结 {LIFT}")
    await day.see("办结", await day.hears(TIAN, f"{LIFT}（我们楼电梯坏了一个月）已办结"))


async def is_overdue(day: Day) -> None:
    """A clock that runs out is said to the holder, then to the clerk, then to the office – each once."""
    await day.move_to(16, 9)
    await day.see("到期次日催办李代表", await day.hears(LI, "签收期限12月15日已过"))
    await day.move_to(17, 9)
    await day.see("第二个工作日告诉工作人员", await day.hears(TIAN, "催办后还没有进展，请联系承办人"))
    await day.move_to(23, 9)
    await day.see("再不办就报代表工委，列入督办", await day.hears(HAN, "已列入督办名单，请过问"))
    (case,) = await day.rows(select(suggestion).where(suggestion.c.number == SEWER))
    await day.see("督办的标记和理由都在", case.supervised_at is not None and case.escalated_to == "office")


async def is_looked_over(day: Day) -> None:
    """The office sees what is supervised and why; what is published names nobody."""
    await day.platform.says(APP, HAN, "督办名单")
    await day.see("督办名单写明原因", await day.hears(HAN, "原因：超过期限"))
    await day.platform.says(APP, TIAN, "走访情况")
    await day.see("办结的事有几成没人去看过", await day.hears(TIAN, "近一年办结 2 件，其中 1 件没有人去现场看过"))
    await day.platform.says(APP, TIAN, f"公开 {LIFT}")
    await day.see("公开前先看略去个人信息的样子", await day.hears(TIAN, "可以公开，回“确认”"))
    await day.platform.says(APP, TIAN, "确认")
    await day.see("工作人员确认，才公开", await day.hears(TIAN, f"{LIFT}（我们楼电梯坏了一个月）已公开"))


async def stays_unknown_and_is_erased(day: Day) -> None:
    """A voter's name is theirs to hide, and what we hold theirs to erase."""
    await day.platform.says("kefu", KANG, "建议 请替我保密：楼下饭馆半夜排油烟，我叫康德明，电话13812345678")
    await day.see("要求保密", await day.hears(KANG, "已按您的要求保密"))
    await day.hears(ZHANG, f"新事项 {SMOKE}")
    card = day.card(ZHANG, f"new-{SMOKE}")
    await day.see("代表的卡片上看不到是谁", "康德明" not in card.text and "1381" not in card.text)
    await day.platform.says("kefu", KANG, "我的信息")
    await day.see("告诉他存了什么", await day.hears(KANG, "我这里有您的"))
    await day.platform.says("kefu", KANG, "删除我的信息")
    await day.hears(KANG, "确定请回“确认删除”")
    await day.platform.says("kefu", KANG, "确认删除")
    await day.see("删掉账号、话和照片，只留编号", await day.hears(KANG, "已删除"))
    (case,) = await day.rows(select(suggestion).where(suggestion.c.number == SMOKE))
    await day.see("事还在，话不在了", case.text == "" and case.state == "withdrawn")


# what the audience reads above a scene, and the scene
SCENES: tuple[tuple[str, Callable[[Day], Awaitable[None]]], ...] = (
    ("田敏看待办，受理电梯的事，交给推荐的一位代表", is_admitted),
    ("康德明家电梯也坏了：同一件，一起办，分别答复", is_joined),
    ("张代表签收、问期限、去现场", is_signed),
    ("答复，并请群众评价", is_answered),
    ("不满意要说理由，重新办理", is_not_good_enough),
    ("打官司的事不受理，但说清该去哪儿", goes_through_the_wrong_door),
    ("没有企业微信的代表，用链接办", works_by_link),
    ("交给承办单位", goes_to_a_unit),
    ("接待日：签到、到站、登记、转建议、结束", at_the_desk.receives),
    ("第二次答复；有人没告知就不能办结", is_good_now),
    ("没人签收：催办，报工作人员，报代表工委", is_overdue),
    ("看督办名单和走访情况，把办好的事公开", is_looked_over),
    ("康德明要求保密，后来删除自己的信息", stays_unknown_and_is_erased),
)
