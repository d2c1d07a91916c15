"""Representative Zhang has no WeCom: he gets a link, opens it on his phone, and does what others do by card."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.links.conftest import link_of

WORDS = "滨河路的路灯坏了一个月，晚上看不见路。我的电话13812345678"


@pytest.fixture
async def assigned(wang, zhang, station):
    """Wang's case in Zhang's hands; returns the path of Zhang's link."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    await station.assigns()
    return await link_of(zhang)


async def test_he_signs_and_replies_on_his_phone_and_the_voter_hears_it(phone, office, wang, zhang, assigned, album):
    message = zhang.heard()[-1]
    assert "hepan-261207-1" in message
    assert "7 天内有效" in message
    assert message.splitlines()[-1].endswith(assigned)
    await phone.goto(f"{office.url}{assigned}")
    await expect(phone.get_by_role("heading", level=1)).to_contain_text("路灯")
    await expect(phone.locator("main")).to_contain_text("晚上看不见路")
    await expect(phone.locator("main")).not_to_contain_text("13812345678")
    await phone.get_by_text("答复期限：2026年12月14日（星期一）").click()
    await expect(phone.get_by_text("期限 5 个工作日")).to_be_visible()
    await phone.screenshot(path=album / "new.png", full_page=True)
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 390
    await phone.get_by_role("button", name="签收").click()
    await expect(phone.get_by_role("status")).to_contain_text("您已签收")
    await phone.get_by_role("radio", name="B 类").check()
    await phone.get_by_label("答复内容").fill("已报城管局，列入本月维修计划。")
    await phone.screenshot(path=album / "reply.png", full_page=True)
    await phone.get_by_role("button", name="答复").click()
    await expect(phone.get_by_role("status")).to_contain_text("已答复，不用再办")
    await expect(phone.locator("form")).to_have_count(0)
    await phone.screenshot(path=album / "done.png", full_page=True)
    (case,) = await office.cases()
    assert case.state == "replied"
    await office.deliver()
    assert "已报城管局，列入本月维修计划。" in wang.heard()[-1]
    assert "请评价" in wang.heard()[-1]


async def test_he_can_do_it_all_with_the_keyboard(phone, office, zhang, assigned):
    await phone.goto(f"{office.url}{assigned}")
    await phone.keyboard.press("Tab")
    await expect(phone.get_by_role("button", name="签收")).to_be_focused()
    await phone.keyboard.press("Enter")
    await expect(phone.get_by_role("status")).to_contain_text("您已签收")
    visit = phone.locator("summary", has_text="记走访")
    await visit.focus()
    await phone.keyboard.press("Enter")
    await phone.get_by_label("看到的情况").focus()
    await phone.keyboard.type("去看了，三盏不亮。")
    await phone.keyboard.press("Tab")
    await phone.keyboard.press("Enter")
    await expect(phone.get_by_role("status")).to_contain_text("您已走访查看")
    await expect(phone.get_by_role("list").last).to_contain_text("去看了，三盏不亮。")
    assert [line.move for line in await office.history((await office.cases())[0])][-2:] == ["accept", "handle"]


async def test_every_field_has_a_label_and_a_thumb_finds_every_button(phone, office, assigned):
    await phone.goto(f"{office.url}{assigned}")
    await phone.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    fields = phone.locator("input:not([type=hidden]), textarea, select")
    assert await fields.count() == 10
    for field in await fields.all():
        assert await field.evaluate("each => each.labels.length") == 1
    for button in await phone.locator("button, summary").all():
        assert (await button.bounding_box())["height"] >= 44
    ids = await phone.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_refusal_is_said_on_the_page_and_what_he_wrote_stays(phone, office, assigned):
    await phone.goto(f"{office.url}{assigned}")
    await phone.locator("summary", has_text="答复").first.click()
    await expect(phone.get_by_label("还缺什么条件")).to_be_hidden()
    await phone.get_by_role("radio", name="C 类").check()
    await phone.get_by_label("答复内容").fill("要等明年预算。")
    await phone.get_by_role("button", name="答复").click()
    await expect(phone.get_by_role("alert")).to_contain_text("请写明还缺什么条件")
    await expect(phone.get_by_label("答复内容")).to_have_value("要等明年预算。")
    await expect(phone.get_by_role("radio", name="C 类")).to_be_checked()
    assert (await office.cases())[0].state == "assigned"  # nor is half of it done
    phone.complaints.clear()  # the browser notes the 409
    await phone.get_by_label("还缺什么条件").fill("明年预算")
    await phone.get_by_role("button", name="答复").click()
    await expect(phone.get_by_role("status")).to_contain_text("已答复，不用再办")


async def test_what_a_voter_writes_runs_nowhere(phone, office, wang, zhang, station):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(
        "路灯坏了，请修<script>document.title='x'</script><img src=x onerror=\"document.title='y'\">{{7*7}}"
    )
    await station.assigns()
    await phone.goto(f"{office.url}{await link_of(zhang)}")
    await expect(phone.locator("main")).to_contain_text("<script>document.title='x'</script>")
    await expect(phone.locator("main")).to_contain_text("{{7*7}}")
    assert await phone.locator("script, img").count() == 0
    assert "hepan" in await phone.title()


async def test_after_48_hours_the_template_brings_the_link(office, wang, zhang, station, hand):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    office.clock.move(timedelta(hours=49))
    await station.assigns()
    path = await link_of(zhang)
    (line,) = [line for line in office.platform.chat_of("oZhang", "hexin") if line.via == "template"]
    assert line.url.endswith(path)
    assert "character_string1：hepan-261207-1" in line.text
    assert "date3：2026年12月16日" in line.text
    assert (await hand.get(path))[0] == 200
    assert [row.state for row in await office.owed() if row.key.startswith("assign:")] == ["sent"]
    await office.platform.settle()


async def test_a_long_subject_and_place_never_cut_the_link_off(office, wang, zhang, station, hand):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("路灯坏了，" + "滨河路东段河堤南侧人行步道" * 40)
    from bot.store.tables import suggestion

    await station.changes(suggestion.update().values(subject="灯" * 200, place="路" * 400))
    await station.assigns()
    assert (await hand.get(await link_of(zhang)))[0] == 200
