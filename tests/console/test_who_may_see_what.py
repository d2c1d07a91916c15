"""Every page of the console, asked for by everybody it is not for."""

import re

import pytest

from bot.rules.lifecycle import Role
from handlers.console import PAGES
from tests.console.conftest import word_in

#      role          who has it and nothing else
CAST = {
    Role.CLERK: "tian-min",
    Role.OFFICE: "han-xueqin",
    Role.UNIT: "meng-dawei",
    Role.AUDITOR: "yan-cha",
}
GUARDED = [page for page in PAGES if page.who is not None]


def name_of(page):
    return f"{page.method} {page.path}"


def address(page):
    """Return an address of the page; what it is about need not exist to be refused."""
    return re.sub(r"\{number[^}]*\}", "hepan-261207-1", re.sub(r"\{(?!number)\w+[^}]*\}", "1", page.path))


async def test_nobody_sees_a_page_without_signing_in(house, hand):
    for page in GUARDED:
        if page.method == "GET":
            assert (await hand.get(address(page))).path == "/console/sign-in", name_of(page)
        else:
            refused = await hand.post(address(page), page="/console/sign-in")
            assert (refused.status, "已经过期" in refused.text) == (403, True), name_of(page)


@pytest.mark.parametrize("role", CAST)
async def test_nobody_sees_a_page_that_is_for_others(house, auditor, hand, role):
    came = await hand.signs_in(CAST[role])
    assert came.status == 200
    for page in GUARDED:
        if role in page.who:
            continue
        path = address(page)
        refused = await (hand.get(path) if page.method == "GET" else hand.post(path, page="/console/me"))
        assert (refused.status, "这一页您看不了" in refused.text) == (403, True), name_of(page)


@pytest.mark.parametrize("role", CAST)
async def test_no_form_is_taken_without_its_word(house, auditor, hand, role):
    await hand.signs_in(CAST[role])
    for page in PAGES:
        if page.method == "POST":
            refused = await hand.post(address(page), consent="0" * 32)
            assert (refused.status, "已经过期" in refused.text) == (403, True), name_of(page)


@pytest.mark.parametrize("role", CAST)
async def test_the_menu_names_only_what_one_may_open(house, auditor, hand, role):
    page = await hand.signs_in(CAST[role])
    menu = page.text.split("<nav")[1].split("</nav>")[0]
    for path in re.findall(r'href="([^"]+)"', menu):
        opened = await hand.get(path)
        assert opened.status == 200, path
        assert word_in(opened.text)
