"""The chat pages in a real browser: type, see the answer come, press a card, on a narrow phone."""

import pytest
from playwright.async_api import expect

from tests.emulator.stage import text_answer
from tests.emulator.test_wecom_api import card
from tests.plugins.chromium import phone_of


@pytest.fixture
async def phone():
    async with phone_of(360, 740) as page:
        yield page


async def test_a_person_types_and_sees_the_answer_and_a_push_come(phone, emulator, service, accounts, api):
    service.otherwise = text_answer(accounts["official_account"], "已登记 <1>")
    await phone.goto(f"{emulator.base_url}/chat/person/official_account/main/oWang")
    await phone.get_by_label("说点什么").fill("路灯坏了")
    await phone.keyboard.press("Enter")
    await expect(phone.get_by_role("log")).to_contain_text("已登记 <1>")
    await api.push_to("oWang", "有进展了")
    await expect(phone.get_by_role("log")).to_contain_text("有进展了")
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_representative_presses_a_button_and_it_turns_grey(phone, emulator, accounts, api):
    app = accounts["wecom_app"]
    await phone.goto(f"{emulator.base_url}/chat/person/wecom_app/main/ZhangWei")
    code = (await api.tell("ZhangWei", card()))["response_code"]
    await phone.get_by_role("button", name="接收").click()
    await expect(phone.get_by_role("log")).to_contain_text("我点了「接收」")
    update = {
        "userids": ["ZhangWei"],
        "agentid": app.agent_id,
        "response_code": code,
        "button": {"replace_name": "已接收"},
    }
    await api.as_("wecom_app", "/cgi-bin/message/update_template_card", update)
    await expect(phone.get_by_role("log")).to_contain_text("已接收")
    await expect(phone.get_by_role("button", name="接收")).to_have_count(0)


async def test_a_member_calls_the_robot_in_a_group(phone, emulator, service):
    await phone.goto(f"{emulator.base_url}/chat/group/staff")
    await phone.get_by_label("谁说").select_option("LiNa")
    await phone.get_by_role("button", name="@").click()
    await phone.get_by_label("说点什么").press_sequentially("接待日")
    await phone.get_by_role("button", name="发送").click()
    await expect(phone.get_by_role("log")).to_contain_text("@main 接待日")
    assert len(service.calls) == 1
