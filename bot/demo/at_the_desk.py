"""The reception day in the play: a place is booked, a code opens the door, what is said becomes a suggestion."""

from __future__ import annotations

import re

import aiohttp
from sqlalchemy import select

from bot.demo.day import TIAN, WANG, ZHANG, Day
from bot.rules import tickets
from bot.store.tables import booking, reception_entry

APP = "gongzuo"


async def books(day: Day) -> None:
    """Two figures, and Wang has a place."""
    await day.platform.says("hexin", WANG, "预约")
    await day.see("列出可约的接待日", await day.hears(WANG, "1. 12月10日（星期四）"))
    await day.platform.says("hexin", WANG, "1")
    await day.see("列出时段和余下的名额", await day.hears(WANG, "2. 09:20（余 2）"))
    await day.platform.says("hexin", WANG, "2")
    await day.see("约好了，给号，给出示二维码的网页", await day.hears(WANG, "您是 1 号"))


async def receives(day: Day) -> None:
    """Attendance, the code at the door, the register in her own words, one step to a suggestion, the closing check."""
    await day.move_to(10, 9, 15)
    await day.platform.says(APP, ZHANG, "签到")
    await day.see("代表签到", await day.hears(ZHANG, "张卫国代表已签到"))
    await day.see("扫码到站，一码只用一次", await _arrives(day) and not await _arrives(day))
    await day.platform.says(APP, TIAN, "登记 1号 王桂兰 小区门口没有斑马线，孩子上学过马路危险")
    await day.see("当场登记，问怎么处置", await day.hears(TIAN, "第 1 条已记（1 号，王某）"))
    await day.platform.says(APP, TIAN, "结束接待")
    await day.see("登记不全，不能结束，点名缺什么", await day.hears(TIAN, "（田敏记）"))
    await day.platform.says(APP, TIAN, "处置 1 区代表建议")
    await day.platform.says(APP, TIAN, "类别 1 信号灯与交通秩序")
    await day.platform.says(APP, TIAN, "转建议 1")
    await day.see("一步转为建议", await day.hears(TIAN, "已转为建议 hepan-261210-"))
    await day.platform.says(APP, TIAN, "转建议 1")
    await day.see("不会转两次", await day.hears(TIAN, "已经转成建议"))
    await day.platform.says(APP, TIAN, "结束接待")
    await day.see("结束接待，归档编号连续", await day.hears(TIAN, "归档编号 hepan-2026-JD0001"))
    await day.platform.says(APP, TIAN, "接待统计")
    await day.see("统计：来访一人次，登记一件", await day.hears(TIAN, "· 来访人次：1"))
    (entry,) = await day.rows(select(reception_entry))
    await day.see("登记和建议连着", entry.suggestion_id is not None)


async def _arrives(day: Day) -> bool:
    """Open Wang's code as the clerk's phone does, press, and say whether it let her in now."""
    (place,) = await day.rows(select(booking))
    path = f"/arrive/{tickets.write(day.stage.deps.sealer, place.id, tickets.ARRIVAL)}"
    async with aiohttp.ClientSession(f"http://127.0.0.1:{day.stage.port}") as phone:
        found = re.search(r'name="csrf" value="(\w+)"', await (await phone.get(path)).text())
        if found is None:  # she is in already: the page offers nothing to press
            return False
        async with phone.post(path, data={"csrf": found[1]}) as answer:
            return answer.status == 200 and "签到" in await answer.text()
