"""The public pages in a real browser: on a desk and on a 360-px phone, by day and by night, without a script of ours."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe

from bot.rules import visitors
from tests.plugins.chromium import chromium
from tests.public.conftest import seat

PAGES = ("/echo/", "/group/hepan-1", "/representative/zhang-weiguo", "/my/", "/my/hepan-261207-1")
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
MOST_BYTES = 60 * 1024
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
async def browser():
    async with chromium() as opened:
        yield opened


@pytest.fixture
async def town(house, published):
    """The house with something to see on every page."""
    await house.tick("plan", "entrances")
    await house.deliver()
    await seat(house)
    return house


async def window(browser, house, size, *, dark=False, person=None):
    """Open a window; what its pages complain of is kept."""
    context = await browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale="zh-CN")
    if person is not None:
        word = visitors.write(house.deps.sealer, person, house.clock.now())
        await context.add_cookies([{"name": "lianxin_voter", "value": word, "url": f"{house.url}/my/"}])
    page = await context.new_page()
    page.complaints, page.bytes = [], {}
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("response", lambda answer: page.bytes.update({answer.url: answer}))
    return page


async def weight(page):
    """Return how many bytes a page and all it loads weigh, without photos."""
    return sum([len(await answer.body()) for answer in page.bytes.values() if answer.status == 200])


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_page_is_readable_for_everybody_by_day_and_by_night(town, published, browser, size):
    for dark in (False, True):
        page = await window(browser, town, size, dark=dark, person=published.voter_id)
        for path in PAGES:
            page.bytes.clear()
            answer = await page.goto(town.url + path)
            assert answer.status == 200, path
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide"
            assert await weight(page) <= MOST_BYTES, path
            found = await Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{path} {dark}: {found.generate_report()}"
        assert page.complaints == []
        await page.context.close()


async def test_text_twice_as_large_still_fits_a_phone(town, published, browser):
    page = await window(browser, town, PHONE, person=published.voter_id)
    for path in PAGES:
        await page.goto(town.url + path)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


async def test_a_thumb_finds_every_button(town, published, browser):
    page = await window(browser, town, PHONE, person=published.voter_id)
    for path in PAGES:
        await page.goto(town.url + path)
        for each in await page.locator("button, a.button, select, input:not([type=hidden])").all():
            box = await each.bounding_box()
            assert box["height"] >= 40, (path, await each.inner_text())


async def test_nothing_needs_a_script(town, published, browser):
    context = await browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = await context.new_page()
    await page.goto(f"{town.url}/echo/")
    await page.select_option("#station", "hepan")
    async with page.expect_navigation():
        await page.click("form button")
    assert "station=hepan" in page.url
    assert await page.locator("article").count() == 1
    await context.close()


async def test_a_voter_comes_in_by_the_code_and_reads_the_answer(town, published, browser, wang):
    page = await window(browser, town, PHONE)
    await page.goto(f"{town.url}/my/")
    await page.fill("#number", published.number)
    async with page.expect_navigation():
        await page.click("text=发验证码")
    await town.deliver()
    code = re.search(r"验证码：(\d{6})", wang.heard()[-1])[1]
    found = await Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    await page.fill("#code", code)
    async with page.expect_navigation():
        await page.click("text=查看")
    async with page.expect_navigation():
        await page.click(f"text={published.number} >> xpath=ancestor::li//a")
    assert "灯换好了" in await page.inner_text("main")
    await page.go_back()
    async with page.expect_navigation():
        await page.click("text=退出")
    assert await page.locator("#number").is_visible()
    assert page.complaints == []


async def test_a_voter_comes_in_by_wechat(town, published, browser):
    page = await window(browser, town, PHONE)
    await page.goto(f"{town.url}/my/")
    async with page.expect_navigation():
        await page.click("a.button.first")
    address, _, _ = page.url.partition("#")
    await page.goto(f"{address}&person=oWang")
    assert page.url == f"{town.url}/my/"
    assert published.number in await page.inner_text("main")


async def test_a_page_that_is_not_there_is_kind(town, browser):
    page = await window(browser, town, PHONE)
    for path in ("/group/atlantis", "/representative/nobody"):
        answer = await page.goto(town.url + path)
        assert answer.status == 404
        assert "没有这一页" in await page.inner_text("h1")
        found = await Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
