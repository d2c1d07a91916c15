"""The voter's own page: places are taken and given back by it, and its code checks them in once, on the day."""

import asyncio
import re
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.rules import tickets
from tests.desk.conftest import Phone


async def test_the_page_offers_the_days_and_a_press_takes_a_place(phone, station):
    assert "12月10日（星期四）" in phone.page
    assert "余 2" in phone.page
    await phone.presses("take", slot="09:20")
    assert phone.status == 200
    assert "已约好" in phone.page
    assert "1 号" in phone.page
    assert [(place.slot, place.origin) for place in await station.places()] == [("09:20", "page")]


async def test_a_double_click_changes_nothing_and_nobody_is_scolded(phone, station):
    action, fields = phone.form("take", slot="09:20")
    answers = await asyncio.gather(*(phone.session.post(action, data=fields) for _ in range(3)))
    assert {each.status for each in answers} == {200}
    assert len(await station.places()) == 1
    await phone.opens()
    cancel, given = phone.form("cancel")
    await asyncio.gather(*(phone.session.post(cancel, data=given) for _ in range(3)))
    assert [place.state for place in await station.places()] == ["cancelled"]
    await phone.session.post(action, data=fields)
    assert [place.state for place in await station.places()] == ["cancelled"], "an old form books nothing anew"


async def test_a_place_is_given_back_on_the_page_and_who_waits_moves_up(house, phone, station):
    await station.one_place_a_slot()
    (other,) = await station.voters(1)
    await phone.presses("take", slot="09:20")
    assert "现在第 1 位" in await other.says("预约 12-10 9:20")
    await phone.presses("cancel")
    await house.deliver()
    assert any("已约上" in line for line in other.heard())
    assert "09:20" in phone.page
    assert "排队" in phone.page


async def test_a_refusal_is_said_on_the_page(phone, neighbour):
    action, fields = phone.form("take", slot="09:20")
    async with phone.session.post(action, data=fields | {"slot": "03:00"}) as answer:
        assert answer.status == 409
        assert "没有 03:00 这个时段" in await answer.text()


@pytest.mark.parametrize("path", ["/book/AAAA", "/book/" + "A" * 32, "/arrive/" + "A" * 32, "/book/%E4%BD%A0"])
async def test_a_link_that_is_not_ours_opens_nothing(phone, path):
    async with phone.session.get(path) as answer:
        assert answer.status == 403
        assert "这个链接打不开" in await answer.text()


async def test_a_form_of_another_page_does_nothing(phone, station):
    action, fields = phone.form("take", slot="09:20")
    async with phone.session.post(action, data=fields | {"csrf": "00" * 16}) as answer:
        assert answer.status == 403
    async with phone.session.post(action.replace("/take", "/fly"), data=fields) as answer:
        assert answer.status == 404
    async with phone.session.post(action, data=fields | {"day": "x"}) as answer:
        assert answer.status == 400
    assert not await station.places()


async def code_of(house, place):
    """Return the page behind a place's code, as a scanner reads it."""
    return f"/arrive/{tickets.write(house.deps.sealer, place.id, tickets.ARRIVAL)}"


async def test_the_code_checks_in_once_and_only_on_the_day(house, phone, station):
    await phone.presses("take", slot="09:20")
    assert re.search(r"<svg[^>]*viewBox", phone.page), "the code is a picture in the page"
    (place,) = await station.places()
    async with aiohttp.ClientSession(house.url) as session:
        scanner = Phone(session, await code_of(house, place))
        assert "我到了" in await scanner.opens()
        assert "要在 12月10日（星期四） 当天到站时用" in await scanner.presses(scanner.path)
        station.comes_to(12, 10, 9, 15)
        assert "已于 09:15 签到" in await scanner.presses(scanner.path)
        station.comes_to(12, 10, 9, 40)
        action, fields = scanner.path, {"csrf": _consent(house, scanner.path)}
        async with session.post(action, data=fields) as again:
            assert again.status == 409
            assert "1 号已于 09:15 签到" in await again.text()
    assert [each.state for each in await station.places()] == ["came"]
    assert "已到站" in await phone.opens()


def _consent(house, path):
    from bot.rules import links

    return links.consent(house.deps.sealer, path.rpartition("/")[2], "arrive")


async def test_a_code_of_a_place_given_back_lets_nobody_in(house, phone, station):
    await phone.presses("take", slot="09:20")
    (place,) = await station.places()
    await phone.presses("cancel")
    station.comes_to(12, 10, 9, 15)
    async with phone.session.get(await code_of(house, place)) as answer:
        assert "已经取消或让出了" in await answer.text()


async def test_the_page_is_kept_out_of_caches_and_search_engines(phone):
    async with phone.session.get(phone.path) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in await answer.text()
        assert urlsplit(str(answer.url)).query == ""
