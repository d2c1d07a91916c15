"""The chat pages show what a person sees, let her act, and escape everything."""

import asyncio
import json

import pytest

from tests.emulator.stage import text_answer

WANG = "/chat/person/official_account/main/oWang"
ZHANG = "/chat/person/wecom_app/main/ZhangWei"


@pytest.fixture
def page(api):
    async def page(path):
        async with api.http.get(f"{api.base}{path}") as response:
            return response.status, await response.text()

    return page


@pytest.fixture
def act(api):
    async def act(where, **wish):
        async with api.http.post(f"{api.base}{where}/do", json=wish) as response:
            return response.status

    return act


async def test_the_index_lists_people_by_role_groups_and_newcomers(page):
    _, html = await page("/")
    for word in ("王秀英", "张伟", "李娜", "联络站工作群", "人大代表", "第一次来的人"):
        assert word in html


async def test_a_newcomer_gets_a_chat_of_her_own(page, api):
    async with api.http.get(f"{api.base}/chat/new/customer_service/main") as response:
        assert response.url.path.startswith("/chat/person/customer_service/main/wmNew")
        assert response.status == 200
        assert "新选民1的手机" in await response.text()
    async with api.http.get(f"{api.base}/chat/") as response:
        assert "新选民1" in await response.text()


async def test_a_page_shows_words_and_answers_and_escapes_them(page, act, service, accounts):
    service.otherwise = text_answer(accounts["official_account"], "<b>已收到</b> https://example.org/a?b=1&c=2。")
    assert await act(WANG, deed="says", text="<script>alert(1)</script>") == 200
    _, html = await page(WANG)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;已收到&lt;/b&gt;" in html
    assert '<a href="https://example.org/a?b=1&amp;c=2"' in html
    assert "<script>" not in html


async def test_a_card_can_be_pressed_and_its_bad_link_is_no_link(page, act, api, emulator):
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "新建议<i>"},
        "button_list": [{"text": "接收", "key": '"accept"'}],
        "task_id": "t1",
        "card_action": {"type": 1, "url": "javascript:alert(1)"},
    }
    await api.tell("ZhangWei", {"msgtype": "template_card", "template_card": card})
    _, html = await page(ZHANG)
    assert 'data-button="&#34;accept&#34;"' in html
    assert "javascript:" not in html
    assert await act(ZHANG, deed="press", task="t1", button='"accept"') == 200
    assert emulator.tries("template_card_event")
    assert "我点了「接收」" in (await page(ZHANG))[1]


@pytest.mark.parametrize("deed", ["image", "place", "voice", "follow", "leave"])
async def test_each_button_of_the_voters_page_does_something(act, emulator, deed):
    assert await act(WANG, deed=deed) == 200
    assert len(emulator.tries()) == 1


async def test_a_scan_of_a_stranger_is_a_subscription_and_of_a_follower_a_scan(act, emulator):
    stranger = "/chat/person/official_account/main/oNew"
    for _ in range(2):
        await act(stranger, deed="scan", scene="g1")
    assert [row.event for row in emulator.tries()] == ["subscribe", "SCAN"]


async def test_unknown_wishes_people_and_foreign_forms_are_refused(page, act, api):
    assert await act(WANG, deed="dance") == 400
    assert await act(WANG, deed="says") == 400
    assert await act("/chat/group/staff", person="oWang", text="x") == 400
    assert (await page("/chat/person/official_account/nowhere/oWang"))[0] == 404
    assert (await page("/chat/group/nowhere"))[0] == 404
    async with api.http.post(f"{api.base}{WANG}/do", data={"deed": "says", "text": "x"}) as response:
        assert response.status == 415


async def test_in_a_group_the_robot_hears_only_what_calls_it(page, act, emulator, service, accounts, api):
    accounts["wecom_robot"].name = "连心助手（样例）"
    await act("/chat/group/staff", person="LiNa", text="大家好")
    assert service.calls == []
    await act("/chat/group/staff", person="LiNa", text="@连心助手 接待日")
    assert len(service.calls) == 1
    key = accounts["group_robot"].webhook_key
    await api.post("/cgi-bin/webhook/send", {"msgtype": "markdown", "markdown": {"content": "**提醒** <x>"}}, key=key)
    _, html = await page("/chat/group/staff")
    assert "大家好" in html
    assert "<strong>提醒</strong> &lt;x&gt;" in html


async def test_lines_arrive_live_and_none_is_missed(api, emulator):
    await api.tell("LiNa", {"msgtype": "text", "text": {"content": "不是给他的"}})
    await api.tell("ZhangWei", {"msgtype": "text", "text": {"content": "先说的"}})
    async with asyncio.timeout(5), api.http.get(f"{api.base}{ZHANG}/events?after=0") as stream:

        async def line():
            async for raw in stream.content:
                if raw.startswith(b"data:"):
                    return json.loads(raw[5:])
            raise AssertionError("the stream ended")

        assert "先说的" in (await line())["html"]
        await api.tell("ZhangWei", {"msgtype": "text", "text": {"content": "后说的"}})
        assert "后说的" in (await line())["html"]


async def test_the_pages_may_run_only_our_own_script(api):
    async with api.http.get(f"{api.base}{WANG}") as response:
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    for name in ("chat.css", "chat.js"):
        async with api.http.get(f"{api.base}/chat/static/{name}") as response:
            assert response.status == 200


async def test_a_code_can_be_scanned_and_a_menu_line_chosen(page, act, accounts, emulator):
    accounts["official_account"].menu = (("接待日", "reception"),)
    accounts["official_account"].scenes = (("河畔联系群", "hepan-1"),)
    _, html = await page(WANG)
    assert 'data-scene="hepan-1">河畔联系群' in html
    assert 'data-key="reception">接待日' in html
    assert await act(WANG, deed="scan", scene="hepan-1") == 200
    assert await act(WANG, deed="menu", key="reception") == 200
    assert "菜单 接待日" in (await page(WANG))[1]
