"""The worker keeps the laws of delivery: once, in order, at the platform's pace, and never in silence."""

import asyncio
import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import SHANGHAI, local
from bot.message import CardUpdate, Template
from bot.outbox import rows as table
from bot.outbox import turns
from bot.outbox.queue import NEXT_CONTACT, Way
from bot.outbox.worker import ABANDONED, EXPIRED, FIRST_BACKOFF_S, LONGEST_BACKOFF_S, MOST_ATTEMPTS, backoff
from bot.store import open_store
from bot.store.tables import identity, outgoing
from tests.faults.conftest import until
from tests.outbox.conftest import BOTH, SENDS
from tests.plugins.house import Actor

MINUTE = timedelta(minutes=1)
STAFF = ("zhangweiguo", "lixiuying", "tianmin", "wangjianjun", "chenlihua", "zhaoguoqiang")


# ---- once --------------------------------------------------------------------------------------------------------


@BOTH
async def test_owing_twice_is_once(house, desk, zhang):
    await asyncio.gather(*(desk.owes(zhang, "明天接待", key="reminder:1") for _ in range(5)))
    await house.deliver()
    await desk.owes(zhang, "明天接待", key="reminder:1")
    await house.deliver()
    assert zhang.heard() == ["明天接待"]


@BOTH
async def test_two_workers_share_the_work_and_no_message_goes_twice_or_out_of_order(house, desk, voters):
    for number in range(5):
        for voter in voters:
            await desk.owes(voter, f"第{number}条")
    workers = [house.deps.outbox, desk.another_worker()]

    async def works(one):
        carried = 0
        while claimed := await one.deliver_due():
            carried += claimed
        return carried

    carried = await asyncio.gather(*map(works, workers))
    await house.deliver()
    assert sum(carried) <= 150
    for voter in voters:
        assert voter.heard()[1:] == [f"第{number}条" for number in range(5)]


@BOTH
async def test_two_claims_at_the_same_moment_do_not_share_a_receiver(house, desk, zhang, monkeypatch):
    """The first claim is not committed yet when the second begins, as between two processes on PostgreSQL."""
    for number in range(table.BATCH + 5):
        await desk.owes(zhang, str(number))
    other = desk.another_worker()
    other._rows._store = another = await open_store(house.deps.settings.database_url)
    claimed, go = asyncio.Event(), asyncio.Event()
    commit = house.deps.store._writer._backend.commit

    async def slow_commit():
        claimed.set()
        await go.wait()
        await commit()

    monkeypatch.setattr(house.deps.store._writer._backend, "commit", slow_commit)
    first = asyncio.create_task(house.deps.outbox._rows.claim())
    await claimed.wait()
    second = asyncio.create_task(other._rows.claim())
    await asyncio.wait([second], timeout=0.3)
    go.set()
    claims = [len(await first), len(await second)]
    await another.close()
    assert claims == [table.BATCH, 0]


@BOTH
async def test_a_claimed_row_is_in_the_lane_by_which_it_was_claimed(house, desk, zhang):
    """A person, a group, an account's pull and a row to nobody: the database and the worker name each alike."""
    await desk.owes(zhang, "您好", key="i")
    await desk.owes(await desk.group_way(), "您好", key="g")
    for kind in ("pull", "media"):
        await desk.changes(await desk.owes(zhang, "您好", key=kind), kind=kind, identity_id=None)
    claimed = {row.key: table.lane_of(row) for row in await desk.another_worker()._rows.claim()}
    assert [claimed[key][0] for key in ("i", "g", "pull", "media")] == ["i", "g", "p", "r"]
    named = select(outgoing.c.key, table._lane(outgoing).label("lane"))
    assert {row.key: row.lane for row in await house.rows(named) if row.key in claimed} == claimed


@BOTH
async def test_what_a_dead_worker_held_goes_back_when_its_lease_runs_out_and_the_attempt_is_kept(house, desk, zhang):
    key = await desk.owes(zhang, "您好")
    (held,) = await desk.another_worker()._rows.claim()  # and dies
    assert held.key == key
    house.clock.move(table.LEASE - timedelta(seconds=1))
    await house.deliver()
    assert zhang.heard() == []
    house.clock.move(timedelta(seconds=1))
    await house.deliver()
    assert zhang.heard() == ["您好"]
    assert (await desk.row(key)).attempts == 2


async def test_a_message_over_which_every_worker_dies_is_given_up_and_seen(house, desk, zhang):
    key = await desk.owes(zhang, "您好")
    for _ in range(MOST_ATTEMPTS):
        assert await desk.another_worker()._rows.claim()
        house.clock.move(table.LEASE)
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.error) == ("refused", ABANDONED)
    assert zhang.heard() == []


async def test_a_worker_that_is_still_talking_keeps_its_lease(house, desk, zhang, monkeypatch):
    monkeypatch.setattr(table, "LEASE", timedelta(seconds=0.6))
    await desk.owes(zhang, "您好")
    house.platform.will_lag(1.5, path=SENDS["wecom_app"])
    talking, other = asyncio.create_task(house.deps.outbox.deliver_due()), desk.another_worker()
    started = asyncio.get_running_loop().time()
    while not talking.done():
        await asyncio.sleep(0.02)
        passed = asyncio.get_running_loop().time() - started
        house.clock.move_to(house.clock.now() + timedelta(seconds=0.02))
        assert await other.deliver_due() == 0, f"taken after {passed:.2f} s"
    assert [row.fate for row in desk.asked("wecom_app")] == ["delivered"]


async def test_a_worker_that_slept_beyond_its_lease_does_not_send(house, desk, zhang):
    await desk.owes(zhang, "您好")
    sleeper, other = house.deps.outbox, desk.another_worker()
    rows = await sleeper._rows.claim()
    house.clock.move(table.LEASE)
    await other.deliver_due()
    sleeper._begin(rows)
    sleeper._held |= {row.id: 0.0 for row in rows}  # its own clock says so too
    await asyncio.gather(*sleeper._lanes)
    assert len(desk.asked("wecom_app")) == 1


async def test_what_was_sent_while_the_database_was_away_is_noted_as_sent_once_it_is_back(
    house, desk, zhang, monkeypatch
):
    key = await desk.owes(zhang, "您好")
    store, down = house.deps.store, [True, True, True]
    write = store.write

    def writes(work):
        if desk.asked("wecom_app") and down:
            down.pop()
            raise ConnectionError("the database is away")
        return write(work)

    monkeypatch.setattr(store, "write", writes)
    await house.deps.outbox.deliver_due()
    assert not down
    assert (await desk.row(key)).state == "sent"
    assert len(desk.asked("wecom_app")) == 1


# ---- in order ----------------------------------------------------------------------------------------------------


@BOTH
async def test_nothing_overtakes_a_message_that_must_be_tried_again(house, desk, zhang, tian):
    for words in ("一", "二"):
        await desk.owes(zhang, words)
    house.platform.will_answer(-1, path=SENDS["wecom_app"])
    await house.deliver()
    await desk.owes(zhang, "三")
    await desk.owes(tian, "旁人照收")
    await house.deliver()
    assert (zhang.heard(), tian.heard()) == ([], ["旁人照收"])
    house.clock.move(MINUTE)
    await house.deliver()
    assert zhang.heard() == ["一", "二", "三"]


async def test_more_than_a_batch_for_one_receiver_stays_in_order(house, desk):
    group = await desk.group_way()
    for number in range(table.BATCH + 25):
        await desk.owes(group, str(number), at_once=True)
    for _ in range(5):
        await house.deliver()
        house.clock.move(timedelta(seconds=62))  # a minute, and what a push may take on its way
    said = [line.text for line in house.platform.group_chat(house.platform.world.account("tongzhi").group)]
    assert said == [str(number) for number in range(table.BATCH + 25)]


async def test_a_slow_receiver_keeps_only_its_own_messages_waiting(house, desk, zhang, tian):
    """The loop goes on claiming while one platform call lags."""
    await desk.owes(zhang, "慢")
    house.platform.will_lag(3.0, path=SENDS["wecom_app"])
    running = asyncio.create_task(house.deps.outbox.run())
    await house.platform.ledger.until(lambda: desk.asked("wecom_app"))
    await desk.owes(tian, "快")
    house.deps.outbox.wake.set()
    await house.platform.until_heard("tianmin", "快", within=2.0)
    await house.deps.outbox.stop()
    await running


async def test_when_told_to_stop_it_finishes_the_message_under_way_and_gives_back_the_rest(house, desk, zhang):
    first, second = await desk.owes(zhang, "一"), await desk.owes(zhang, "二")
    house.platform.will_lag(0.5, path=SENDS["wecom_app"])
    running = asyncio.create_task(house.deps.outbox.run())
    await house.platform.ledger.until(lambda: desk.asked("wecom_app"))
    await house.deps.outbox.stop()
    await running
    assert (await desk.row(first)).state == "sent"
    row = await desk.row(second)
    assert (row.state, row.attempts) == ("waiting", 0)


# ---- again, and no more ------------------------------------------------------------------------------------------


def test_the_pause_grows_from_try_to_try_and_is_bounded():
    waits = [backoff(attempts) for attempts in range(1, 30)]
    assert 0.8 * FIRST_BACKOFF_S <= waits[0] <= 1.2 * FIRST_BACKOFF_S
    assert all(later > 1.3 * earlier for earlier, later in itertools.pairwise(waits[:8]))
    assert max(waits) <= 1.2 * LONGEST_BACKOFF_S


async def test_a_busy_platform_is_asked_a_bounded_number_of_times_and_the_clerk_sees_the_end(house, desk, zhang):
    key = await desk.owes(zhang, "您好")
    house.platform.will_answer(-1, times=1000, path=SENDS["wecom_app"])
    for _ in range(MOST_ATTEMPTS + 3):
        await house.deliver()
        house.clock.move(timedelta(seconds=1.2 * LONGEST_BACKOFF_S))
    row = await desk.row(key)
    assert (row.state, row.errcode, row.error, row.attempts) == ("refused", -1, "injected -1", MOST_ATTEMPTS)
    assert row.settled_at is not None
    assert len(desk.asked("wecom_app")) == MOST_ATTEMPTS


@pytest.mark.parametrize("fault", ["cut", "garble", "status", "lag"])
async def test_wecom_and_kf_make_a_repeat_after_a_broken_line_once(house, desk, zhang, kang, fault):
    """The platform took it, the answer was lost: the duplicate check and our msgid make twice once."""
    await kang.says("你好")
    heard = len(kang.heard())
    house.deps.api._timeout = house.deps.api._timeout.__class__(total=0.4)
    for actor, channel in ((zhang, "wecom_app"), (kang, "customer_service")):
        match fault:
            case "cut":
                house.platform.will_cut(path=SENDS[channel], taken=True)
            case "garble":
                house.platform.will_garble(path=SENDS[channel], taken=True)
            case "status":
                house.platform.will_status(502, path=SENDS[channel], taken=True)
            case "lag":
                house.platform.will_lag(0.6, path=SENDS[channel], taken=True)
        await desk.owes(actor, "您的事有进展了")
    await house.deliver()
    house.clock.move(MINUTE)
    await house.deliver()
    assert zhang.heard() == ["您的事有进展了"]
    assert kang.heard()[heard:] == ["您的事有进展了"]
    for channel in ("wecom_app", "customer_service"):
        assert [row.fate for row in desk.asked(channel)][-2:] == ["delivered", "duplicate"]
    assert {row.state for row in await house.owed()} == {"sent"}


# ---- what an errcode decides --------------------------------------------------------------------------------------

#   to whom            errcode  state      error            asked again after
CASES = [
    ("official_account", -1, "waiting", "injected -1", timedelta(seconds=7)),
    ("official_account", 45011, "waiting", "injected 45011", timedelta(seconds=6)),
    ("official_account", 45015, "parked", NEXT_CONTACT, None),
    ("official_account", 45047, "parked", NEXT_CONTACT, None),
    ("official_account", 43004, "parked", NEXT_CONTACT, None),
    ("official_account", 48001, "refused", "injected 48001", None),
    ("official_account", 40164, "waiting", "injected 40164", timedelta(minutes=5)),
    ("official_account", 12345, "refused", "injected 12345", None),
    ("official_account", 45009, "waiting", "injected 45009", None),  # until midnight, tested below; hence the last
    ("wecom_app", 45033, "waiting", "injected 45033", timedelta(seconds=2)),
    ("wecom_app", 45009, "waiting", "injected 45009", timedelta(seconds=61)),
    ("wecom_app", 81013, "parked", NEXT_CONTACT, None),
    ("wecom_app", 60111, "parked", NEXT_CONTACT, None),
    ("wecom_app", 301002, "waiting", "injected 301002", timedelta(minutes=5)),
    ("wecom_app", 60011, "refused", "injected 60011", None),
    ("customer_service", 95001, "parked", NEXT_CONTACT, None),
    ("customer_service", 95018, "parked", NEXT_CONTACT, None),
    ("customer_service", 95000, "waiting", "injected 95000", timedelta(minutes=5)),
    ("group_robot", 45009, "waiting", "injected 45009", timedelta(seconds=61)),
    ("group_robot", 130101, "waiting", "injected 130101", timedelta(seconds=61)),
    ("group_robot", 93000, "waiting", "injected 93000", timedelta(minutes=5)),
    ("group_robot", 40058, "refused", "injected 40058", None),
]


@pytest.mark.parametrize("channel", SENDS)
async def test_an_errcode_decides_what_becomes_of_a_message(house, desk, channel):
    """Each case has a receiver of its own; half an hour later no pause of the case before is left."""
    house.platform.add_members("gongzuo", *STAFF)
    for number, (_, errcode, state, error, again) in enumerate(case for case in CASES if case[0] == channel):
        to = await somebody(house, desk, channel, number)
        before = len(desk.asked(channel))
        key = await desk.owes(to, "您好", at_once=True)
        house.platform.will_answer(errcode, path=SENDS[channel])
        await house.deliver()
        row = await desk.row(key)
        assert (row.state, row.error, row.errcode) == (state, error, errcode)
        await house.deliver()
        assert len(desk.asked(channel)) == before + 1, f"{errcode}: nobody asks the platform in vain"
        if again is not None:
            house.clock.move(again)
            await house.deliver()
            assert (await desk.row(key)).state == "sent", errcode
        assert (await desk.row(key)).attempts <= 2
        house.clock.move(30 * MINUTE)


async def somebody(house, desk, channel, number):
    """Return the way to somebody who has heard nothing yet."""
    if channel == "group_robot":
        return await desk.group_way()
    if channel == "wecom_app":
        return await desk.way(Actor(house, "gongzuo", STAFF[number]))
    someone = Actor(house, "hexin" if channel == "official_account" else "kefu", f"someone{number}")
    await someone.says("你好")
    return await desk.way(someone)


async def test_a_spent_quota_parks_the_account_until_midnight_in_shanghai(house, desk, voters):
    keys = [await desk.owes(voter, "您好") for voter in voters]
    house.platform.will_answer(45009, times=1000, path=SENDS["official_account"])
    await house.deliver()
    assert len(desk.asked("official_account")) <= turns.AT_ONCE < len(voters)
    house.platform.clear_faults()
    house.clock.move_to(local(house.clock.now()).replace(hour=23, minute=59, second=59, tzinfo=SHANGHAI))
    await house.deliver()
    assert {(await desk.row(key)).state for key in keys} == {"waiting"}
    house.clock.move(timedelta(seconds=1))
    await house.deliver()
    assert {(await desk.row(key)).state for key in keys} == {"sent"}
    assert all(voter.heard()[1:] == ["您好"] for voter in voters)


async def test_a_broken_account_is_left_alone_for_a_while_and_the_others_go_on(house, desk, voters, zhang):
    keys = [await desk.owes(voter, "您好") for voter in voters]
    await desk.owes(zhang, "企业微信照常")
    house.platform.will_answer(40164, times=1000, path=SENDS["official_account"])
    await house.deliver()
    for _ in range(4):
        house.clock.move(MINUTE)
        await house.deliver()
    assert len(desk.asked("official_account")) <= turns.AT_ONCE < len(voters)
    assert zhang.heard() == ["企业微信照常"]
    assert {((await desk.row(key)).state) for key in keys} == {"waiting"}
    house.platform.clear_faults()
    house.clock.move(2 * MINUTE)
    await house.deliver()
    assert {((await desk.row(key)).state) for key in keys} == {"sent"}


async def test_a_closed_way_leads_to_the_persons_other_way(house, desk, wang, kang):
    await wang.says("你好")
    await kang.says("你好")
    same = (await desk.way(wang)).person_id
    await desk.run(update(identity).where(identity.c.id == (await desk.way(kang)).identity_id).values(person_id=same))
    key = await desk.owes(wang, "您的事有进展了")
    house.platform.will_answer(45015, path=SENDS["official_account"])
    await house.deliver()
    assert kang.heard()[-1] == "您的事有进展了"
    row = await desk.row(key)
    assert (row.state, row.channel) == ("sent", "customer_service")


async def test_when_both_ways_are_closed_it_waits_for_the_person_instead_of_going_round(house, desk, wang, kang):
    await wang.says("你好")
    await kang.says("你好")
    same = (await desk.way(wang)).person_id
    await desk.run(update(identity).where(identity.c.id == (await desk.way(kang)).identity_id).values(person_id=same))
    key = await desk.owes(wang, "您的事有进展了")
    house.platform.will_answer(45015, times=9, path=SENDS["official_account"])
    house.platform.will_answer(95001, times=9, path=SENDS["customer_service"])
    before = len(desk.asked("customer_service"))
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.error) == ("parked", NEXT_CONTACT)
    assert len(desk.asked("official_account")) + len(desk.asked("customer_service")) - before == 2


async def test_who_left_wecom_is_marked_unreachable_and_the_message_is_not_called_sent(house, desk, zhang):
    await desk.owes(zhang, "在")
    await house.deliver()
    house.platform.forget_members("gongzuo", "zhangweiguo")
    key = await desk.owes(zhang, "不在")
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.error, row.errcode) == ("parked", NEXT_CONTACT, 81013)
    assert not (await desk.identity(zhang)).reachable
    asked = len(desk.asked("wecom_app"))
    later = await desk.owes(zhang, "还是不在")
    await house.deliver()
    assert len(desk.asked("wecom_app")) == asked, "a person known to be unreachable is not asked for"
    assert (await desk.row(later)).state == "parked"


@pytest.mark.parametrize("why", ["invaliduser", "unlicenseduser"])
async def test_errcode_0_that_leaves_the_one_receiver_out_is_a_failure(house, desk, zhang, monkeypatch, why):
    """The platform's answer as WW 90236 has it; the emulator itself says 81013 when nobody is left."""
    key = await desk.owes(zhang, "您好")
    await answers_with(house, monkeypatch, {"errcode": 0, "errmsg": "ok", why: "ZHANGWEIGUO".lower(), "msgid": "m"})
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.error) == ("parked", NEXT_CONTACT)
    assert not (await desk.identity(zhang)).reachable


async def answers_with(house, monkeypatch, answer):
    """Let the emulator's message/send answer so."""
    from aiohttp import web

    from bot.emulator import api

    monkeypatch.setattr(api.ApiDoor, "_answer", lambda _self, _call, _method, _raw: (0, web.json_response(answer)))
    house.deps.api._tokens._own._kept.clear()
    name = "token:wecom_app:ww0123456789abcdef:1000002"
    await house.deps.memory.put(name, "made-up", 60)


async def test_of_several_receivers_those_left_out_are_told_to_the_clerk(house, desk, zhang):
    key = await desk.owes(Way("wecom_app", "gongzuo", address="zhangweiguo|nobody|noone"), "开会")
    await house.deliver()
    row = await desk.row(key)
    assert zhang.heard() == ["开会"]
    assert (row.state, row.error) == ("sent", "2 人没有收到：invaliduser")


# ---- time and windows ---------------------------------------------------------------------------------------------


async def test_what_came_too_late_is_refused_and_seen_never_silent(house, desk, zhang):
    now = house.clock.now()
    key = await desk.owes(zhang, "今天接待", expires_at=now + MINUTE)
    house.clock.move(MINUTE)
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.error) == ("refused", EXPIRED)
    assert desk.asked("wecom_app") == []


async def test_what_waits_for_a_pause_ends_with_its_own_time_not_with_the_pause(house, desk, zhang):
    key = await desk.owes(zhang, "今天接待", expires_at=house.clock.now() + MINUTE)
    house.platform.will_answer(301002, path=SENDS["wecom_app"])  # five minutes
    await house.deliver()
    house.clock.move(MINUTE)
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.error) == ("refused", EXPIRED)


@BOTH
async def test_five_pushes_fit_in_a_window_and_the_sixth_waits_without_asking(house, desk, wang):
    await wang.says("你好")
    keys = [await desk.owes(wang, f"第{number}条") for number in range(8)]
    await house.deliver()
    assert wang.heard()[1:] == [f"第{number}条" for number in range(5)]
    assert [row.errcode for row in desk.asked("official_account")] == [0] * 5
    parked = [await desk.row(key) for key in keys[5:]]
    assert {(row.state, row.error) for row in parked} == {("parked", NEXT_CONTACT)}
    await wang.says("在吗")
    await house.deliver()
    assert wang.heard()[-3:] == [f"第{number}条" for number in range(5, 8)]


@pytest.mark.parametrize("channel", ["official_account", "customer_service"])
async def test_after_48_hours_nobody_asks_the_platform_and_the_message_goes_when_the_person_writes(
    house, desk, wang, kang, channel
):
    actor = {"official_account": wang, "customer_service": kang}[channel]
    await actor.says("你好")
    asked = len(desk.asked(channel))
    house.clock.move(timedelta(hours=48))
    key = await desk.owes(actor, "办好了")
    await house.deliver()
    assert len(desk.asked(channel)) == asked
    assert (await desk.row(key)).state == "parked"
    await actor.says("进度")
    await house.deliver()
    assert "办好了" in actor.heard()
    assert (await desk.row(key)).state == "sent"


async def test_parking_again_and_again_wears_no_message_out(house, desk, wang):
    await wang.says("你好")
    key = await desk.owes(wang, "办好了")
    house.platform.will_answer(45015, times=12, path=SENDS["official_account"])
    for _ in range(12):
        await house.deliver()
        assert (await desk.row(key)).state == "parked"
        await wang.says("在吗")
    await house.deliver()
    assert (await desk.row(key)).state == "sent"


async def test_a_template_needs_no_window(house, desk, wang):
    await wang.says("你好")
    house.clock.move(timedelta(hours=72))
    key = await desk.owes(
        wang, "", content=Template("progress", {"number": "hepan-261207-1", "subject": "路灯", "words": "修好了"})
    )
    await house.deliver()
    assert (await desk.row(key)).state == "sent"


# ---- pace ---------------------------------------------------------------------------------------------------------


async def test_a_webhook_hears_twenty_a_minute_from_two_workers_and_is_never_refused(house, desk):
    group = await desk.group_way()
    for number in range(70):
        await desk.owes(group, str(number), at_once=True)
    workers = [house.deps.outbox, desk.another_worker()]
    for _ in range(5):
        await asyncio.gather(*(each.deliver_due() for each in workers))
        await house.deliver()
        house.clock.move(timedelta(seconds=31))
    await house.deliver()
    assert len(house.platform.calls(SENDS["group_robot"], "delivered")) == 60  # at 0, 62 and 124 seconds
    house.clock.move(timedelta(seconds=62))
    await house.deliver()
    assert {row.fate for row in desk.asked("group_robot")} == {"delivered"}
    assert len(desk.asked("group_robot")) == 70


async def test_more_than_thirty_a_minute_for_one_member_never_reach_wecom(house, desk, zhang, tian):
    for number in range(75):
        await desk.owes(zhang, str(number))
    await desk.owes(tian, "旁人照收")
    await house.deliver()
    assert (len(zhang.heard()), tian.heard()) == (30, ["旁人照收"])
    for _ in range(4):
        house.clock.move(timedelta(seconds=31))
        await house.deliver()
    assert zhang.heard() == [str(number) for number in range(75)]
    assert house.platform.calls(fate="dropped") == []


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_a_push_goes_at_its_moment_holds_nobody_up_and_may_be_withdrawn_until_then(house, desk, zhang, withdrawn):
    group, outbox = await desk.group_way(), house.deps.outbox
    for number in range(20):
        await desk.owes(group, str(number), at_once=True)
    await house.deliver()
    house.clock.move(timedelta(seconds=60.2))
    key = await desk.owes(group, "第二十一条", at_once=True)  # may go 0.4 s from now: 0.6 s is for those on their way
    running = asyncio.create_task(outbox.run())
    await until(outbox._turns.dozing.total)
    await desk.owes(zhang, "旁人照收")
    outbox.wake.set()
    await house.platform.until_heard("zhangweiguo", "旁人照收", within=2.0)
    assert (await desk.row(key)).state == "sending"
    if withdrawn:
        await desk.changes(key, state="cancelled")
    await until(lambda: not outbox._lanes)
    await outbox.stop()
    await running
    assert (await desk.row(key)).state == ("cancelled" if withdrawn else "sent")
    assert [row.fate for row in desk.asked("group_robot")] == ["delivered"] * (20 if withdrawn else 21)


# ---- one bad row ---------------------------------------------------------------------------------------------------


@BOTH
async def test_rows_that_cannot_be_sent_are_refused_and_stop_nobody(house, desk, zhang, wang):
    await wang.says("你好")
    bad = {
        await desk.owes(Way("wecom_app", "fremd", address="x"), "账号没有"): "没有配置",
        await desk.owes(Way("telegraph", "gongzuo", address="x"), "渠道没有"): "没有配置",
        (broken := await desk.owes(zhang, "内容坏了")): "JSONDecodeError",
        (unknown := await desk.owes(zhang, "种类没有")): "KeyError",
        (fields := await desk.owes(zhang, "栏目不对")): "TypeError",
        (sealed := await desk.owes(Way("wecom_robot", "zhushou", address="https://x"), "封条坏了")): "Unsealable",
        (errand := await desk.owes(zhang, "没人会办")): "没有人会办",
        await desk.owes(await desk.group_way(), "", content=Template("new")): "",
    }
    await desk.changes(broken, content="{")
    await desk.changes(unknown, content='{"type": "hologram"}')
    await desk.changes(fields, content='{"type": "text", "words": "x"}')
    await desk.changes(sealed, address_sealed=b"\x01rubbish")
    await desk.changes(errand, kind="dance")
    grey = await desk.owes(zhang, "", content=CardUpdate("code", "好"))
    good = [await desk.owes(zhang, "好"), await desk.owes(wang, "好"), await desk.owes(await desk.group_way(), "好")]
    await house.deliver()
    for key, why in bad.items():
        row = await desk.row(key)
        assert (row.state, why in row.error) == ("refused", True), row
    assert (await desk.row(grey)).state == "cancelled", "a card that keeps its buttons is nothing a clerk need see"
    assert {(await desk.row(key)).state for key in good} == {"sent"}


async def test_a_bug_in_a_channel_costs_one_message_and_no_neighbour(house, desk, zhang, tian, monkeypatch):
    channel = house.deps.channels["wecom_app"]
    send = channel.send

    async def stumbles(account, to, content, key):
        if to == "zhangweiguo":
            raise ZeroDivisionError
        return await send(account, to, content, key)

    monkeypatch.setattr(channel, "send", stumbles)
    key = await desk.owes(zhang, "您好")
    await desk.owes(tian, "您好")
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, "ZeroDivisionError" in row.error) == ("refused", True)
    assert tian.heard() == ["您好"]


async def test_an_identity_under_a_lost_key_costs_its_own_messages_only(house, desk, zhang, tian):
    way = await desk.way(zhang)
    await desk.run(update(identity).where(identity.c.id == way.identity_id).values(external_sealed=b"\x01nokey123"))
    keys = [await desk.owes(way, "一"), await desk.owes(way, "二")]
    await desk.owes(tian, "您好")
    await house.deliver()
    assert {(await desk.row(key)).state for key in keys} == {"refused"}
    assert tian.heard() == ["您好"]


async def test_an_errand_that_stumbles_comes_again_and_then_ends_visibly(house, desk, zhang):
    calls = []

    async def stumbles(_facts, _row):
        calls.append(1)
        raise ZeroDivisionError

    house.deps.outbox.errands["stumble"] = stumbles
    key = await desk.owes(zhang, "绊一下")
    await desk.changes(key, kind="stumble")
    for _ in range(MOST_ATTEMPTS + 2):
        await house.deliver()
        house.clock.move(timedelta(seconds=1.2 * LONGEST_BACKOFF_S))
    row = await desk.row(key)
    assert (row.state, row.error, len(calls)) == ("refused", "ZeroDivisionError", MOST_ATTEMPTS)


async def test_the_age_of_what_waits_counts_from_when_it_was_due(house, desk, zhang):
    """A message that is put back again and again must not look young."""
    await desk.owes(zhang, "您好")
    house.platform.will_answer(301002, times=9, path=SENDS["wecom_app"])
    for _ in range(4):
        await house.deliver()
        house.clock.move(5 * MINUTE)
    async with house.deps.store.read() as db:
        depth, age = await house.deps.outbox.measure(db)
    assert (depth, age) == ({"waiting": 1}, 1200.0)


async def test_many_held_rows_do_not_slow_the_claim_of_others(house, desk, zhang, tian):
    """A day's quota may hold thousands of rows; the others still go at once."""
    way, now = await desk.way(zhang), house.clock.now()
    facts = {"kind": "push", "channel": way.channel, "account": way.account, "identity_id": way.identity_id,
             "person_id": way.person_id, "content": "{}", "state": "waiting", "due_at": now, "created_at": now,
             "lease_until": now + timedelta(hours=10)}  # fmt: skip
    rows = [{**facts, "key": f"held:{number}"} for number in range(20_000)]

    async def fill(db):
        await db.run(outgoing.insert(), rows)

    await house.deps.store.write(fill)
    await desk.owes(tian, "您好")
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await house.deps.outbox.deliver_due() == 1
    assert loop.time() - started < 0.5
    assert tian.heard() == ["您好"]
    assert len(await house.rows(select(outgoing.c.id).where(outgoing.c.state == "waiting"))) == 20_000
