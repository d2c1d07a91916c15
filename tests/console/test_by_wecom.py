"""Members of the corp come in by WeCom; whoever brings a code of their own, or none, does not."""

from urllib.parse import parse_qs, urlsplit

import pytest

DOOR = "/console/sign-in"
LEAVE = "/console/wecom/gongzuo"


async def leave(hand):
    """Press "by WeCom" and return the address WeCom is asked at."""
    async with hand.http.get(hand.house.url + LEAVE, allow_redirects=False) as got:
        return got.headers["Location"]


async def comes_back(hand, person="tianmin"):
    """Be led to WeCom, scan as that person, and come back."""
    address = urlsplit(await leave(hand))
    async with hand.http.get(f"{hand.house.platform.base_url}{address.path}?{address.query}&person={person}") as got:
        return got.status, await got.text(), got.url.path


async def test_a_member_who_serves_comes_in_by_scanning(house, hand):
    status, text, path = await comes_back(hand)
    assert (status, path) == (200, "/console/")
    assert "田敏" in text


async def test_inside_wecom_nobody_scans(house, hand):
    hand.http.headers["User-Agent"] = "Mozilla/5.0 wxwork/4.1 MicroMessenger/7"
    address = urlsplit(await leave(hand))
    assert address.path == "/connect/oauth2/authorize"
    assert parse_qs(address.query)["scope"] == ["snsapi_base"]
    assert address.fragment == "wechat_redirect"


@pytest.mark.parametrize("state", ["", "00" * 16, "zz"])
async def test_a_code_somebody_else_began_with_opens_nothing(house, hand, hands, state):
    account = house.platform.world.account("gongzuo")
    code = house.platform.world.codes.new(account, "tianmin", house.clock.now())
    refused = await hand.get(f"{LEAVE}/back?code={code}&state={state}")
    assert refused.status == 403
    assert "不是从这个页面开始的" in refused.text
    theirs = parse_qs(urlsplit(await leave(await hands())).query)["state"][0]
    assert (await hand.get(f"{LEAVE}/back?code={code}&state={theirs}")).status == 403


async def test_a_code_works_once(house, hand):
    state = parse_qs(urlsplit(await leave(hand)).query)["state"][0]
    account = house.platform.world.account("gongzuo")
    code = house.platform.world.codes.new(account, "tianmin", house.clock.now())
    house.platform.world.codes.take(account, code, house.clock.now())
    assert (await hand.get(f"{LEAVE}/back?code={code}&state={state}")).status == 403


async def test_a_member_who_does_not_serve_is_told_whom_to_ask(house, hand):
    house.platform.add_members("gongzuo", "stranger")
    status, text, _ = await comes_back(hand, "stranger")
    assert status == 403
    assert "还不是本系统的工作人员" in text


async def test_wecom_that_does_not_answer_is_named(house, hand):
    house.platform.will_cut(times=9, path="/cgi-bin/auth/getuserinfo")
    status, text, _ = await comes_back(hand)
    assert status == 403
    assert "企业微信没有响应" in text
