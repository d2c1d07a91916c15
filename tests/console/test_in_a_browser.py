"""The console in Debian's Chromium: signed in by hand, driven by keys, live, and read by whoever needs help reading."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from sqlalchemy import insert, select

from bot.message import Text
from bot.outbox.queue import to_json
from bot.store.tables import group, outgoing
from tests.channels_door.test_hard_texts import HARD
from tests.console.conftest import PASSWORD, give_password, link_for
from tests.plugins.chromium import chromium
from tests.plugins.house import Actor

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
MOST_BYTES = 60_000
AN_HOUR = timedelta(hours=1)
OFFICE = (
    "/console/office",
    "/console/office/station",
    "/console/office/group/one?code=hepan-1",
    "/console/office/text/one?code=suggest.logged",
    "/console/grants",
)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
async def browser():
    async with chromium() as opened:
        yield opened


@pytest.fixture
async def window(browser, house):
    """A window whose complaints fail the test: broken scripts, refused styles, files that are not there."""
    context = await browser.new_context(viewport=DESKTOP, base_url=house.url)
    page = await context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield page
    assert complaints == []


async def comes_in(window, house, code):
    """Open a one-time link and press its button."""
    await window.goto(await link_for(house, code))
    await window.get_by_role("button", name="进入").click()
    await window.wait_for_url("**/console/**")


async def test_a_clerk_signs_in_and_works_through_the_desk_by_keys(window, house, wang):
    await give_password(house, "tian-min")
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    await window.goto("/console/")
    await window.get_by_label("登录名").fill("tian-min")
    await window.get_by_label("密码").fill(PASSWORD)
    await window.keyboard.press("Enter")
    await expect(window.get_by_role("heading", name="待办", exact=True)).to_be_visible()
    await window.keyboard.press("/")
    await expect(window.get_by_role("searchbox")).to_be_focused()
    await window.keyboard.press("Tab")
    await window.keyboard.press("j")
    await window.keyboard.press("Enter")
    await window.wait_for_url("**/cases/hepan-261207-1")
    await window.locator("#assign").get_by_role("button", name="交办").click()
    await expect(window.get_by_role("status")).to_contain_text("已交办")
    assert [case.state for case in await house.cases()] == ["assigned"]


async def test_an_open_desk_shows_a_new_case_and_an_open_case_its_delivery(window, house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await comes_in(window, house, "tian-min")
    await expect(window.get_by_text("都办完了")).to_be_visible()
    await window.evaluate("window.stays = true")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    await expect(window.locator("#tiles a[href='#triage'] b")).to_have_text("1", timeout=10_000)
    await window.goto("/console/cases/hepan-261207-1#decline")
    await window.get_by_label("原因").select_option("petition")
    await window.locator("#decline").get_by_role("button", name="看群众会看到什么").click()
    await window.get_by_role("button", name="确认发出").click()
    await expect(window.locator("#told")).to_contain_text("等待发送")
    await house.deliver()
    await expect(window.locator("#told")).to_contain_text("平台已收下", timeout=10_000)


async def test_hard_texts_are_shown_and_none_of_them_runs(window, house):
    for number, what in enumerate(HARD):
        await Actor(house, "hexin", f"oVoter{number}").says(HARD[what])
    await comes_in(window, house, "tian-min")
    for case in await house.cases():
        await window.goto(f"/console/cases/{case.number}")
        shown = await window.locator(".words").first.text_content()
        assert shown == case.text.replace("\r\n", "\n")
        assert case.number in await window.title()
        await window.set_viewport_size(PHONE)
        assert await window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], case.text[:40]


async def busy(house, wang):
    """Give every page something to show."""
    await give_password(house, "tian-min")
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修，老人上下楼很不方便")
    for number, words in enumerate(("小区门口的路灯坏了，晚上看不见路", "垃圾三天没人清运，味道很大")):
        await Actor(house, "hexin", f"oVoter{number}").says(words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_read_every_page_by_day_by_night_and_on_a_narrow_phone(browser, house, wang, scheme):
    await busy(house, wang)
    context = await browser.new_context(viewport=DESKTOP, base_url=house.url, color_scheme=scheme)
    window = await context.new_page()
    await read(window, scheme, "/console/sign-in")
    await read(window, scheme, await link_for(house, "tian-min"))
    await comes_in(window, house, "tian-min")
    case = "/console/cases/hepan-261207-1"
    for path in ("/console/", "/console/cases", case, "/console/me", "/console/me/password", "/console/me/totp"):
        await read(window, scheme, path)
    for path in ("/console/faq/try?q=接待日是哪天", "/console/faq/one", "/console/reception/rules/one?code=hepan-10"):
        await read(window, scheme, path)
    await window.goto(case)
    await window.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    await fits_and_is_readable(window, f"{scheme} {case}, all of it unfolded")
    await context.close()


async def read(window, scheme, path):
    answer = await window.goto(path)
    assert answer.status == 200, path
    assert len(await answer.body()) <= MOST_BYTES, path
    assert not re.search(r"<style|style=|<script(?! src)|\son\w+=", await answer.text()), path
    await fits_and_is_readable(window, f"{scheme} {path}")


async def fits_and_is_readable(window, where):
    found = await Axe().run(window, options=WCAG)
    said = [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found.response["violations"]]
    assert said == [], where
    await window.set_viewport_size(PHONE)
    assert await window.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], where
    await window.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_of_an_office_are_readable_and_a_push_is_held_by_one_press(browser, house, wang, scheme):
    await busy(house, wang)
    await house.deliver()
    context = await browser.new_context(viewport=DESKTOP, base_url=house.url, color_scheme=scheme)
    window = await context.new_page()
    number = await planned(house)
    await comes_in(window, house, "han-xueqin")
    for path in (
        *OFFICE,
        "/console/channels",
        "/console/outbox?tab=sent",
        "/console/outbox?tab=refused",
        "/console/outbox",
    ):
        await read(window, scheme, path)
    await window.locator("summary").click()
    await fits_and_is_readable(window, f"{scheme} the outbox, unfolded")
    await window.get_by_role("button", name="复制").first.click()
    await expect(window.get_by_role("button", name="已复制")).to_be_visible()
    await window.get_by_role("button", name=f"暂停发送 {number}").click()
    await expect(window.get_by_role("status")).to_contain_text("已暂停")
    await context.close()


async def planned(house):
    """Plan one push to the first group, and let the platform refuse another."""

    async def work(db):
        (room,) = await db.all(select(group.c.id).where(group.c.code == "hepan-1"))
        now = house.clock.now()
        values = {"kind": "push", "channel": "group_robot", "account": "tongzhi", "group_id": room.id,
                  "content": to_json(Text("12月10日代表接待，地点在河畔街道联络站")), "created_at": now}  # fmt: skip
        refused = {"key": "notice:1", "state": "refused", "due_at": now, "errcode": 93000, "error": "invalid webhook"}
        await db.add(insert(outgoing).values(**values | refused))
        return await db.add(insert(outgoing).values(**values, key="notice:2", state="waiting", due_at=now + AN_HOUR))

    return await house.deps.store.write(work)


async def test_a_units_pages_and_two_cases_side_by_side_are_readable_and_a_figure_opens_a_form(browser, house, wang):
    await busy(house, wang)
    context = await browser.new_context(viewport=DESKTOP, base_url=house.url, color_scheme="dark")
    window = await context.new_page()
    await comes_in(window, house, "tian-min")
    await read(window, "dark", "/console/cases/hepan-261207-1/beside/hepan-261207-2")
    await window.goto("/console/cases/hepan-261207-1")
    await window.keyboard.press("3")
    await window.get_by_text("交给承办单位").click()
    await window.get_by_label("主办单位").select_option(label="泉阳市城市管理局")
    await window.get_by_label("不选上面的").check()
    await window.locator("#assign").get_by_role("button", name="交办").click()
    await expect(window.get_by_role("status")).to_contain_text("已交办")
    await window.context.clear_cookies()
    await comes_in(window, house, "meng-dawei")
    await read(window, "dark", "/console/unit")
    async with window.expect_navigation():
        await window.get_by_role("button", name="签收").click()
    await window.get_by_text("申请延期", exact=False).first.click()
    await window.get_by_label("申请延到哪天").fill("2026-12-31")
    await window.locator("#ask_time").get_by_label("理由").fill("配件要从外地运来")
    await window.locator("#ask_time").get_by_role("button").click()
    await expect(window.get_by_role("button", name="确认发出")).to_be_visible()  # the next page is there
    await fits_and_is_readable(window, "what the desk will read")
    await window.get_by_role("button", name="确认发出").click()
    await expect(window.get_by_role("status")).to_contain_text("延期申请已告诉工作人员")
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_figures_and_topics_are_readable_and_a_number_is_opened_by_a_click(browser, house, wang, scheme):
    await busy(house, wang)
    context = await browser.new_context(viewport=DESKTOP, base_url=house.url, color_scheme=scheme)
    window = await context.new_page()
    await comes_in(window, house, "han-xueqin")
    for path in ("/console/topics", "/console/subjects", "/console/figures/report", "/console/figures/by/station",
                 "/console/figures/by/representative", "/console/figures"):  # fmt: skip
        await read(window, scheme, path)
    await window.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    await fits_and_is_readable(window, f"{scheme} the board, unfolded")
    shown = await window.get_by_role("img", name="每天收到和办结").get_attribute("aria-labelledby")
    assert "收到 3 件" in await window.locator(f"#{shown.split()[1]}").text_content()
    await window.get_by_role("link", name="收到 3").click()
    await expect(window.locator("[data-row]")).to_have_count(3)
    await context.close()
