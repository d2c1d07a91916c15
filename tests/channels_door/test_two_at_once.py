"""Another process writes the same row between our look and our deed: the deed is done once more, and finds it."""

import re
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import insert, select

from bot.app import listening, web_app
from bot.message import Reply
from bot.router import Router
from bot.store import open_store
from bot.store.tables import counter
from handlers import ROUTES
from handlers.webhooks import DEPS
from handlers.webhooks import ROUTER as ROUTER_KEY

pytestmark = pytest.mark.parametrize("house_database", ["postgres"], indirect=True)
ROW = insert(counter).values(name="once", value=1)


@pytest.fixture
async def other(house_database):
    """Another process's writer on the same database."""
    store = await open_store(house_database)
    yield store
    await store.close()


async def ask(house, wang, handler):
    """Let a handler answer 帮助, and return what the voter is told."""
    router = Router()
    router.command("help")(handler)
    async with AsyncExitStack() as stack:
        app = web_app(house.deps, router, ROUTES, (DEPS, ROUTER_KEY))
        port = await stack.enter_async_context(listening(app, "127.0.0.1", 0))
        for account in house.platform.world.accounts:
            account.callback_url = re.sub(r":\d+/callback", f":{port}/callback", account.callback_url)
        return await wang.says("帮助")


async def test_who_is_beaten_to_a_row_is_answered_all_the_same(house, wang, other):
    async def deed(_msg, ctx):
        found = await ctx.db.one(select(counter.c.value).where(counter.c.name == "once"))
        if found is None:
            await other.write(lambda db: db.run(ROW))
            await ctx.db.run(ROW)
        return Reply("找到了" if found else "写下了")

    assert await ask(house, wang, deed) == "找到了"
    (row,) = await house.heard()
    assert (row.state, row.answer) == ("done", "找到了")


async def test_a_key_that_breaks_again_is_a_fault_of_ours_and_the_words_stay(house, wang):
    tries = []

    async def deed(_msg, ctx):
        tries.append(1)
        await ctx.db.run(ROW)
        await ctx.db.run(ROW)
        return Reply("两次")

    assert "已经收到" in await ask(house, wang, deed)
    (row,) = await house.heard()
    assert (row.state, row.error, len(tries)) == ("failed", "IntegrityError", 2)
