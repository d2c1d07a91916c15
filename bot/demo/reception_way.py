"""The play about reception days: one moves and comes back, two representatives change seats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.demo.day import LI, TIAN, ZHANG, Day


async def moves(day: Day) -> None:
    """A clerk moves a day for a reason; the group that had its notice hears it, and hears when it is moved back."""
    await day.move_to(7, 9, 1)
    await day.see("群里先收到接待日通知", await day.group_hears("代表接待日通知"))
    await day.platform.says("gongzuo", TIAN, "改期 12-10 12-11 会议室装修")
    await day.see("工作人员听到改到哪天、怎样改回来", await day.hears(TIAN, "恢复接待 12-11"))
    await day.see("通知过的群听到改期和理由", await day.group_hears("改到12月11日（星期五） 09:00–11:00"))
    await day.see("值班的代表也听到", await day.hears(ZHANG, "接待日改期"))
    await day.platform.says("gongzuo", TIAN, "恢复接待 12-11")
    await day.see("改回来，群里再听到一次", await day.group_hears("改到12月10日（星期四）"))


async def changes_seats(day: Day) -> None:
    """Li asks Zhang to take her day; it counts once he agrees, and the desk knows."""
    await day.platform.says("gongzuo", LI, "我的值班")
    await day.see("李代表看到自己的日子", await day.hears(LI, "1月11日"))
    await day.platform.says("gongzuo", LI, "换班 1-11 张代表")
    await day.see("张代表收到卡片", await day.hears(ZHANG, "李秀英代表想请您替班"))
    task = day.card(ZHANG, "swap-").task_id
    await day.platform.presses("gongzuo", ZHANG, task, f"swap_yes:{task.split('-')[1]}")
    await day.see("他点了同意，卡片变灰", await day.card_says(ZHANG, "swap-", "已同意"))
    await day.see("李代表知道了", await day.hears(LI, "由张卫国代表替李秀英代表值班"))
    await day.see("工作人员也知道了", await day.hears(TIAN, "由张卫国代表替李秀英代表值班"))
    await day.platform.says("gongzuo", TIAN, "值班")
    await day.see("排班上是张代表", await day.hears(TIAN, "1月11日（星期一） 09:00–11:00：张卫国"))


SCENES: tuple[tuple[str, Callable[[Day], Awaitable[None]]], ...] = (
    ("接待日改期：通知过的群再听到一次，改错了能改回来", moves),
    ("两位代表换班：对方点头才算", changes_seats),
)
