"""The drill: LIANXIN_SECRET_KEY is changed while people write, and afterwards the old key opens nothing that is needed."""

import base64
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select, update

import run
from bot.actions import partners, rotating
from bot.rules.privacy import Sealer, Unsealable
from bot.store.tables import identity, metadata, outgoing, partner, person
from config.office_data import read_office
from handlers import rotation, spool
from tests.plugins.house import CALLBACKS, KEY, OFFICE, Actor, _web

OLD, NEW = base64.b64decode(KEY), b"n" * 32
BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def lived_in(house, wang, kang, tian, zhang):
    """A house in which everything that can be sealed has been."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("建议 路灯坏了，电话13812340099")
    await wang.sends("sends_image")
    await wang.says("什么时候接待选民？")
    await kang.sends("enters", scene_param="hepan-1")
    await kang.says("楼道灯坏了")
    await house.deliver()
    return house


def said(capsys):
    return capsys.readouterr().out


def with_keys(house, *keys):
    return replace(house.deps.settings, secret_keys=keys)


async def served_with(stack, house, *keys):
    """Start the service anew on the same data with these keys; the platform calls it from now on."""
    deps = await run.opened(stack, with_keys(house, *keys), house.clock)
    port = await stack.enter_async_context(_web(deps))
    for account in house.platform.world.accounts:
        if account.channel in CALLBACKS:
            account.callback_url = f"http://127.0.0.1:{port}/callback/{CALLBACKS[account.channel]}/{account.code}"
    return deps


async def unread(house, *keys):
    """Return the sealed columns in which something does not open with these keys."""
    sealer, found = Sealer(keys), []
    for column, purpose in rotating.SEALED:
        for row in await house.rows(select(column.label("blob")).where(column.is_not(None), column != b"")):
            try:
                sealer.open_bytes(row.blob, purpose)
            except Unsealable:
                found.append(str(column))
    return found


async def people(house):
    (row,) = await house.rows(select(func.count()).select_from(person))
    return row[0]


def test_every_sealed_column_is_known_to_the_rotation():
    sealed = {
        f"{table}.{column.name}"
        for table in metadata.tables.values()
        for column in table.c
        if column.name.endswith("_sealed")
    }
    assert {str(column) for column, _ in rotating.SEALED} == sealed


@BOTH
async def test_after_the_rotation_the_old_key_is_needed_for_nothing(lived_in, capsys):
    """Everybody is known as before, is answered, and is reached – by a service that has never seen the old key."""
    house, before = lived_in, await people(lived_in)
    assert await unread(house, NEW)
    assert await rotation.rotate(house.deps.store, with_keys(house, NEW, OLD)) == 0
    assert "旧钥匙可以" in said(capsys)
    assert await unread(house, NEW) == []
    async with AsyncExitStack() as stack:
        deps = await served_with(stack, house, NEW)
        wang, kang, tian = (
            Actor(house, "hexin", "oWang"),
            Actor(house, "kefu", "wmKang"),
            Actor(house, "gongzuo", "tianmin"),
        )
        assert "hepan-261207-1" in await wang.says("进度")
        assert "张卫国" in await tian.says("受理 1 张卫国")
        await house.platform.says("kefu", "wmKang", "进度")
        while await deps.outbox.deliver_due():
            pass
        assert any("hepan-261207-2" in words for words in kang.heard())
        assert await people(house) == before


async def test_the_service_goes_on_at_every_moment_of_it(lived_in, monkeypatch):
    """First the new key is known to all, then it seals, then the rows follow: whoever writes meanwhile is who they were."""
    house, before = lived_in, await people(lived_in)
    wang = Actor(house, "hexin", "oWang")
    monkeypatch.setattr(rotating, "AT_ONCE", 1)
    for keys in ((OLD, NEW), (NEW, OLD)):
        async with AsyncExitStack() as stack:
            await served_with(stack, house, *keys)
            assert "hepan-261207-1" in await wang.says("进度")
    async with AsyncExitStack() as stack:
        deps = await served_with(stack, house, NEW, OLD)
        for name, few in rotation._work(deps.sealer):
            last = -1
            while last:
                step = await deps.store.write(partial(rotation._after, few=few, last=max(last, 0)))
                last = step.last
                if name.startswith(("identity", "person")):
                    assert "hepan-261207-1" in await wang.says("进度"), name
    assert await people(house) == before


async def test_one_that_was_broken_off_goes_on_where_it_was(lived_in, capsys):
    """What is sealed with the newest key already is passed over; done twice is done once."""
    house, settings = lived_in, with_keys(lived_in, NEW, OLD)
    for _, few in rotation._work(Sealer((NEW, OLD)))[:2]:
        assert (await rotation._all(house.deps.store, few))[0]
    assert await unread(house, NEW)
    assert await rotation.rotate(house.deps.store, settings) == 0
    told = said(capsys)
    assert "person.phone_sealed：0 项" in told
    assert "heard.body_sealed：0 项" not in told
    assert await unread(house, NEW) == []
    assert await rotation.rotate(house.deps.store, settings) == 0
    assert {line.split("：")[1] for line in said(capsys).splitlines() if line.startswith("  ")} == {"0 项"}


async def test_who_was_erased_is_not_found_again(lived_in, wang):
    """The address lives an hour longer than the mark, for the last word; the rotation must not join the two again."""
    house = lived_in
    await wang.says("删除我的信息")
    await wang.says("确认删除")
    assert await rotation.rotate(house.deps.store, with_keys(house, NEW, OLD)) == 0
    marks = Sealer((NEW, OLD)).marks("official_account:hexin:oWang", "identity")
    assert await house.rows(select(identity.c.id).where(identity.c.external_hash.in_(marks))) == []


async def test_staff_stay_staff_when_the_office_is_loaded_meanwhile(lived_in, zhang):
    """An id that bears an old mark is not a stranger's."""
    house = lived_in
    from bot.actions.office import load_office

    work = partial(load_office, data=read_office(OFFICE), seal=Sealer((NEW, OLD)), now=house.clock.now())
    report = await house.deps.store.write(work)
    assert not any(tally.gone or tally.added for name, tally in report.tallies.items() if name == "identity")


async def test_what_no_key_opens_is_counted_and_the_old_key_must_stay(lived_in, capsys):
    house = lived_in
    strange = Sealer((b"x" * 32,)).seal("wr-nobody", "address")

    async def work(db):
        return await db.run(update(outgoing).where(outgoing.c.id == 1).values(address_sealed=strange))

    await house.deps.store.write(work)
    assert await rotation.rotate(house.deps.store, with_keys(house, NEW, OLD)) == 1
    told = said(capsys)
    assert "有 1 项用哪一把都打不开" in told
    assert "旧钥匙可以" not in told


async def test_a_partner_whose_key_is_marked_the_old_way_is_known_and_named(house, capsys):
    """Their key is kept nowhere, so nobody but they can be given a new one."""
    key = await house.deps.store.write(
        partial(partners.admit, code="hotline", name="热线", scopes=["read"], now=house.clock.now())
    )

    async def work(db):
        await db.run(update(partner).values(key_hash=house.deps.sealer.mark(key, "partner_key")))

    await house.deps.store.write(work)
    async with house.deps.store.read() as db:
        assert (await partners.holder(db, key, Sealer((NEW, OLD)))).code == "hotline"
    assert await rotation.rotate(house.deps.store, with_keys(house, NEW, OLD)) == 1
    assert "hotline" in said(capsys)
    await house.deps.store.write(
        partial(partners.admit, code="hotline", name="热线", scopes=["read"], now=house.clock.now())
    )
    assert await rotation.rotate(house.deps.store, with_keys(house, NEW, OLD)) == 0


async def test_a_call_that_was_set_aside_is_sealed_anew_too(house):
    path = await spool.set_aside(house.deps, "customer_service", "kefu", b"{}")
    assert await rotation.rotate(house.deps.store, with_keys(house, NEW, OLD)) == 0
    assert '"body": "{}"' in Sealer((NEW,)).open(path.read_bytes(), "spool")
    assert [each for each in path.parent.iterdir() if each != path] == []


async def test_with_one_key_there_is_nothing_to_change_to(house, capsys):
    assert await rotation.rotate(house.deps.store, house.deps.settings) == 1
    assert "runbook.md" in said(capsys)
