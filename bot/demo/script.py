"""Play one day and believe only what was seen: each scene names the outcome it must have."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from bot.clock import SHANGHAI, TravelClock
from bot.demo import at_the_desk, reception_way, whole_way
from bot.demo.day import GROUP, KANG, TIAN, WANG, ZHANG, Day, Unseen, say
from bot.demo.stage import Opened, Prepare, Started, stage, told
from bot.store.audit import broken_chains
from bot.store.tables import event, outgoing, suggestion, supplement

FIRST_DAY = datetime(2026, 12, 7, 8, 55, tzinfo=SHANGHAI)


async def play(opened: Opened, started: Started, prepare: Prepare) -> int:
    """Play the day in a folder of its own; returns 0 only if every outcome was seen."""
    began = time.monotonic()
    clock = TravelClock(FIRST_DAY)
    with tempfile.TemporaryDirectory(prefix="lianxin-day-") as folder:
        async with stage(Path(folder), clock, (0, 0), (opened, started, prepare), scripted=True) as stage_:
            stage_.platform.ledger.on_line = lambda line: say(told(line, stage_.platform))
            day = Day(stage_, clock)
            await day.tick()
            try:
                for title, scene in SCENES:
                    say(f"\n【{title}】")
                    await scene(day)
            except Unseen as missing:
                say(f"    ✗ 没有看到：{missing}")
                return 1
    say(f"\n一天演完，{len(SCENES)} 幕全部看到预期结果，用时 {time.monotonic() - began:.1f} 秒。")
    return 0


async def arrives(day: Day) -> None:
    """Wang comes by the QR code of her group."""
    await day.platform.subscribes("hexin", WANG, scene="hepan-1")
    await day.see("欢迎她，并说清能做什么", await day.hears(WANG, "有事直接说"))


async def complains(day: Day) -> None:
    """A plain sentence becomes a case, and its people hear of it at once."""
    await day.platform.says("hexin", WANG, "我们楼电梯坏了一个月")
    await day.see("当场给编号", await day.hears(WANG, "编号 hepan-261207-1"))
    await day.see("说清下一步", await day.hears(WANG, "张卫国代表"))
    await day.see("代表马上收到卡片", await day.hears(ZHANG, "hepan-261207-1"))
    await day.see("工作人员马上收到卡片", await day.hears(TIAN, "hepan-261207-1"))


async def follows_up(day: Day) -> None:
    """Picture, place and short words join the case."""
    await day.platform.sends_image("hexin", WANG)
    await day.platform.sends_place("hexin", WANG, 37.8571, 113.5805, "滨河家园3号楼")
    await day.platform.says("hexin", WANG, "3号楼2单元")
    found = await day.rows(select(supplement))
    await day.see("三样都附上了", len(found) == 3 and await day.hears(WANG, "共 3 条补充"))
    await day.see("仍然只有一件事", len(await day.rows(select(suggestion))) == 1)


async def is_seen(day: Day) -> None:
    """A press on the card is part of the history."""
    await day.platform.presses("gongzuo", ZHANG, "new-hepan-261207-1-representative", "seen:hepan-261207-1")
    seen = await day.rows(select(event).where(event.c.move == "see"))
    await day.see("记入这件事的经过", len(seen) == 1)


async def asks(day: Day) -> None:
    """The sure are answered with their source, the rest go to a person."""
    await day.platform.says("hexin", WANG, "接待日是哪天")
    await day.see("接待日有日期有地点", await day.hears(WANG, "12月10日"))
    await day.platform.says("hexin", WANG, "代表能直接帮我解决问题吗？")
    await day.see("常见问题带出处", await day.hears(WANG, "依据："))
    await day.platform.says("hexin", WANG, "火星上的税怎么交？")
    await day.see("不知道就说不知道", await day.hears(WANG, "没有把握"))
    await day.see("问题转给了工作人员", await day.hears(TIAN, "机器人答不了"))


async def thanks(day: Day) -> None:
    """Thanks are no case."""
    before = len(await day.rows(select(suggestion)))
    await day.platform.says("hexin", WANG, "谢谢啦")
    await day.see("客气一句", await day.hears(WANG, "不客气"))
    await day.see("没有多登记一件", len(await day.rows(select(suggestion))) == before)


async def writes_without_following(day: Day) -> None:
    """Kang writes to 微信客服."""
    await day.platform.enters("kefu", KANG, scene_param="hepan-1")
    await day.see("进来就有欢迎", await day.hears(KANG, "有事直接说"))
    await day.platform.says("kefu", KANG, "小区门口下水道堵了，污水流了一地，麻烦找人修一下")
    await day.see("当场给编号", await day.hears(KANG, "编号 hepan-261207-2"))


async def repeats(day: Day) -> None:
    """Three times the same is once."""
    account = day.platform.world.account("hexin")
    message = (
        f"<xml><ToUserName><![CDATA[{account.original_id}]]></ToUserName><FromUserName><![CDATA[{WANG}]]></FromUserName>"
        f"<CreateTime>{int(day.clock.now().timestamp())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[滨河路路灯不亮，晚上看不见路，请修一下]]></Content><MsgId>99887766</MsgId></xml>"
    ).encode()
    answers = [(await day.platform.sends_raw_inner("hexin", WANG, message)).answers for _ in range(3)]
    await day.see("三遍得到同一个回答", len({tuple(each) for each in answers}) == 1 and bool(answers[0]))
    found = await day.rows(select(suggestion).where(suggestion.c.text.like("%路灯不亮%")))
    await day.see("只登记了一件", len(found) == 1)


async def takes_back(day: Day) -> None:
    """Where it stands, and back."""
    await day.platform.says("hexin", WANG, "进度")
    await day.see("说出编号和状态", await day.hears(WANG, "现在：已收到"))
    await day.platform.says("hexin", WANG, "撤回")
    await day.see("撤回并告知代表", await day.hears(WANG, "已撤回") and await day.hears(ZHANG, "已由群众撤回"))


async def asks_in_the_group(day: Day) -> None:
    """The robot answers in a group when it is mentioned."""
    await day.platform.says("zhushou", ZHANG, "@连心助手 接待日", chat=GROUP)
    await day.see("在群里回答接待日", await day.group_hears("最近的代表接待日"))


async def in_danger(day: Day) -> None:
    """Danger gets numbers and a person, at once."""
    await day.platform.says("hexin", WANG, "我不想活了")
    await day.see("马上给求助电话", await day.hears(WANG, "110"))
    await day.see("马上提醒工作人员", await day.hears(TIAN, "危险信号"))


async def reminds(day: Day) -> None:
    """Each reminder comes at its hour, and once."""
    await day.move_to(7, 9, 1)
    await day.see("群里收到接待日通知", await day.group_hears("代表接待日通知"))
    await day.move_to(9, 9, 1)
    await day.see("代表提前一天收到提醒", await day.hears(ZHANG, "明天 12月10日"))
    await day.move_to(9, 18, 31)
    await day.see("群里前一晚收到提醒", await day.group_hears("接待日提醒"))
    await day.move_to(10, 7, 31)
    await day.see("代表当天早上收到提醒", await day.hears(ZHANG, "今天 "))
    await day.tick()
    notices = [line for line in day.platform.group_chat(GROUP) if "代表接待日通知" in line.text]
    await day.see("再怎么重复安排，通知也只有一次", len(notices) == 1)


async def closes(day: Day) -> None:
    """Nothing is left lying."""
    await day.rest()
    # The clock jumped over days whose reminders of reception days are worth nothing afterwards.
    jumped = outgoing.c.key.like("reminder:%") & (outgoing.c.error == "expired")
    refused = await day.rows(select(outgoing.c.key).where(outgoing.c.state == "refused", ~jumped))
    await day.see("除了跳过的日子里的接待提醒，没有一条该发的消息被丢下", not refused)
    doubles = [call for call in day.platform.calls() if call.fate == "dropped"]
    await day.see("没有一条被平台悄悄丢掉", not doubles)
    async with day.stage.deps.store.read() as db:
        count, broken = await broken_chains(db)
    await day.see(f"每件事的经过首尾相连，{count} 步没有一步被改过", count > 0 and not broken)


# what the audience reads above a scene, and the scene
SCENES: tuple[tuple[str, Callable[[Day], Awaitable[None]]], ...] = (
    ("王桂兰扫群公告里的码，关注公众号", arrives),
    ("她直接说事，不用任何命令", complains),
    ("接着发来的照片、位置、短句附在这件事上", follows_up),
    ("张代表点了卡片上的“知道了”", is_seen),
    ("问政策：有把握的直接答并给出处，没把握的不乱答", asks),
    ("道谢不是诉求", thanks),
    ("康德明没关注公众号，从微信客服说事", writes_without_following),
    ("平台没等到应答，把同一条消息又发了两遍", repeats),
    ("查进度，撤回登记错的", takes_back),
    ("内部群里@机器人才答", asks_in_the_group),
    ("有人说了危险的话", in_danger),
    *reception_way.SCENES,
    ("接待日前三天、前一晚、当天早上的提醒，各来一次", reminds),
    ("王桂兰约接待日的时段", at_the_desk.books),
    *whole_way.SCENES,
    ("收工对账", closes),
)
