"""Real processes are killed, locked out and told to stop; what was answered is kept once, what is owed stays visible."""

import asyncio
import re
import signal
from collections import Counter, defaultdict
from urllib.parse import parse_qsl

import aiohttp
from sqlalchemy import select

from bot.clock import SystemClock
from bot.emulator.answers import read_answer
from bot.emulator.calls import build_call
from bot.emulator.words import Word, in_xml
from bot.store.tables import outgoing
from tests.faults.conftest import BOTH, until
from tests.faults.proof import numbers_have_no_gaps

GROUPS = ("hepan-1", "shiqiao-1", "qiye-1")
NUMBER = re.compile(r"[a-z]+-\d{6}-\d+")


async def stream(town, chance, voters, seconds, first=0):
    """Let voters come by their group's code and ask for something, at any moment of these seconds."""

    async def voter(number):
        person = f"oVoter{number:03}"
        await asyncio.sleep(chance.uniform(0, seconds / 2))
        await town.platform.subscribes("hexin", person, scene=GROUPS[number % len(GROUPS)])
        await asyncio.sleep(chance.uniform(0, seconds / 2))
        return await town.platform.says("hexin", person, f"建议 给{number}号楼装路灯")

    return await asyncio.gather(*(voter(number) for number in range(first, first + voters)))


async def every_message_is_one_case(town, happenings):
    """Whatever got its 200 is stored once, and its answer names the number it is stored under."""
    cases = await town.cases()
    by_text = defaultdict(list)
    for case in cases:
        by_text[case.text].append(case.number)
    for number, happening in enumerate(happenings):
        numbers = by_text.get(f"给{number}号楼装路灯", [])
        assert len(numbers) <= 1, f"stored {len(numbers)} times: {numbers}"
        if happening.heard:
            assert numbers, f"answered and not stored: {number}, {happening.statuses}"
            (answer,) = happening.answers
            assert NUMBER.search(answer).group() == numbers[0]
    return cases


async def every_push_is_sent_once(town, cases):
    """The clerk, and the representative of the voter's group, hear of each case once; nothing was dropped or refused."""
    await town.rests(within=180.0)  # one clerk may hear only 30 a minute
    rows = await town.rows(select(outgoing).where(outgoing.c.key.like("new:%")))
    # a voter whose subscription was never taken has no group, hence no representative
    expected = {case.number: 2 if case.group_id else 1 for case in cases}
    assert Counter(row.key.split(":")[1] for row in rows) == expected
    assert {row.state for row in rows} == {"sent"}, [(row.key, row.state, row.error) for row in rows]
    shown = Counter(line.card.task_id for line in town.platform.ledger.lines if line.author == "service" and line.card)
    assert set(shown.values()) == {1}, [task for task, times in shown.items() if times > 1]
    assert len(shown) == len(rows)
    assert town.platform.calls(fate="dropped") == []


@BOTH
async def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(town, chance):
    service = await town.starts()
    happenings = []
    while not any(len(happening.tries) > 1 and happening.heard for happening in happenings):
        assert len(happenings) < 500, "nothing was hit"  # deaths that met nobody prove nothing: more voters come
        coming = asyncio.create_task(stream(town, chance, voters=45, seconds=5.0, first=len(happenings)))
        for end in (service.kill, service.kill, service.kill, service.kill, service.terminate):
            await asyncio.sleep(chance.uniform(0.1, 0.8))  # any moment
            if not coming.done():
                assert await end() == (0 if end == service.terminate else -signal.SIGKILL)
                await service.start()
        happenings += await coming
    cases = await every_message_is_one_case(town, happenings)
    await every_push_is_sent_once(town, cases)
    await town.proof()


async def test_killed_between_sending_and_settling_doubles_only_where_the_platform_knows_no_repeat(town):
    """The emulator takes the message and holds its answer back: there the worker dies."""
    service = await town.starts()
    await town.platform.subscribes("hexin", "oWang", scene="hepan-1")
    await town.platform.says("hexin", "oWang", "你好")
    await town.platform.says("kefu", "wmKang", "你好")
    await town.platform.until_heard("wmKang")
    await town.rests()
    before = {who: len(town.platform.heard_by(who)) for who in ("oWang", "wmKang", "zhangweiguo")}
    paths = ("message/custom/send", "kf/send_msg", "/cgi-bin/message/send", "webhook/send")
    sent = {path: len(town.platform.calls(path)) for path in paths}
    for path in paths:
        town.platform.will_lag(60, path=path, taken=True)
    keys = [
        await town.owes(await town.way("official_account", "hexin", "oWang"), "您的事有进展了", "t:oa"),
        await town.owes(await town.way("customer_service", "kefu", "wmKang"), "您的事有进展了", "t:kf"),
        await town.owes(await town.way("wecom_app", "gongzuo", "zhangweiguo"), "您的事有进展了", "t:app"),
        await town.owes(await town.group_way(), "您的事有进展了", "t:group"),
    ]
    await until(lambda: all(len(town.platform.calls(path)) > sent[path] for path in paths))
    await service.kill()
    assert {(await town.row(key)).state for key in keys} == {"sending"}
    await service.start()
    await town.rests()
    assert {((await town.row(key)).state, (await town.row(key)).attempts) for key in keys} == {("sent", 2)}
    heard_since = {who: town.platform.heard_by(who)[count:] for who, count in before.items()}
    assert heard_since["zhangweiguo"] == ["您的事有进展了"]
    assert heard_since["wmKang"] == ["您的事有进展了"]
    fates = [row.fate for path in paths for row in list(town.platform.calls(path))[sent[path] :]]
    assert Counter(fates) == {"delivered": 6, "duplicate": 2}  # 服务号 and webhook know no repeat: one double a crash
    assert heard_since["oWang"] == ["您的事有进展了"] * 2


async def test_web_and_worker_as_two_processes_on_one_database(town, chance):
    town.env["TEST_LEASE_S"] = "60"  # as below
    _, worker = await asyncio.gather(*(town.starts("serve", "--only", each) for each in ("web", "worker")))
    happenings = await stream(town, chance, voters=24, seconds=1.0)
    assert all(happening.heard for happening in happenings)
    cases = await every_message_is_one_case(town, happenings)
    numbers_have_no_gaps(cases)
    await every_push_is_sent_once(town, cases)
    assert await worker.terminate() == 0


@BOTH
async def test_two_worker_processes_send_every_message_once_and_in_order(town):
    town.env["TEST_LEASE_S"] = "60"  # nobody dies here, and on a busy machine a worker may starve for seconds
    web = await town.starts("serve", "--only", "web")
    people = [f"oVoter{number}" for number in range(12)]
    await asyncio.gather(*(town.platform.says("hexin", person, "你好") for person in people))
    ways = [await town.way("official_account", "hexin", person) for person in people]
    for number in range(5):
        for way in ways:
            await town.owes(way, f"第{number}条", f"t:{way.identity_id}:{number}")
    workers = await asyncio.gather(*(town.starts("serve", "--only", "worker") for _ in range(2)))
    await town.rests()
    for person in people:
        assert town.platform.heard_by(person)[1:] == [f"第{number}条" for number in range(5)]
    names = {row.worker for row in await town.rows(select(outgoing.c.worker).where(outgoing.c.key.like("t:%")))}
    codes = await asyncio.gather(*(process.terminate() for process in (*workers, web)))
    assert set(codes) <= {0, -signal.SIGTERM}, "one that had hardly started may end at once"
    assert 1 <= len(names) <= 2


@BOTH
async def test_the_same_message_in_two_processes_at_once_is_one_case_with_one_answer(town):
    services = await asyncio.gather(*(town.starts("serve", "--only", "web") for _ in range(2)))
    account, now = town.platform.world.account("hexin"), SystemClock().now()
    async with aiohttp.ClientSession() as session:

        async def post(service, person, inner):
            query, body = build_call(account, inner, now)
            url = f"http://127.0.0.1:{service.port}/callback/official-account/hexin?{query}"
            async with session.post(url, data=body, headers={"Content-Type": "text/xml"}) as got:
                assert got.status == 200
                return read_answer(account, dict(parse_qsl(query)), await got.read(), person).text

        for number in range(10):
            word, person = Word("text", f"建议 给{number}号楼装路灯"), f"oVoter{number}"
            inner = in_xml(account, person, word, now, 7_000_000_000 + number)
            answers = await asyncio.gather(*(post(service, person, inner) for service in services * 2))
            assert len(set(answers)) == 1
            assert NUMBER.search(answers[0])
    cases = await town.cases()
    assert len(cases) == 10
    numbers_have_no_gaps(cases)


async def test_a_message_whose_commit_is_slow_gets_success_in_time_and_its_answer_once_by_push(town):
    """Five seconds are the platform's, four are ours."""
    await town.starts()
    town.platform.postman.timeout = 5.0
    await town.platform.subscribes("hexin", "oWang", scene="hepan-1")
    async with town.locked():
        happening = await town.platform.says("hexin", "oWang", "建议 给1号楼装路灯")
        assert happening.statuses == [200]
        assert 3.5 < happening.tries[0].seconds < 5.0
        assert (happening.answers, happening.body) == ([], b"success")
        assert len(list((town.home / "spool").glob("*.call"))) == 1, "heard means stored, before the commit too"
    line = await town.platform.until_heard("oWang", "编号 hepan", within=10)
    (case,) = await town.cases()
    assert case.number in line.text
    await until(lambda: not list((town.home / "spool").glob("*")))
    await town.rests()
    assert sum(case.number in words for words in town.platform.heard_by("oWang")) == 1


async def test_killed_after_success_and_before_the_commit_the_message_is_heard_from_the_spool(town):
    service = await town.starts()
    town.platform.postman.timeout = 5.0
    await town.platform.subscribes("hexin", "oWang", scene="hepan-1")
    async with town.locked():
        happening = await town.platform.says("hexin", "oWang", "建议 给1号楼装路灯")
        assert happening.body == b"success"
        await service.kill()
    await service.start()
    line = await town.platform.until_heard("oWang", "编号 hepan", within=15)
    (case,) = await town.cases()
    assert case.number in line.text
    await town.rests()
    assert sum(case.number in words for words in town.platform.heard_by("oWang")) == 1


async def test_told_to_stop_it_finishes_the_call_and_the_push_under_way(town):
    service = await town.starts()
    await town.platform.subscribes("hexin", "oWang", scene="hepan-1")
    key = await town.owes(await town.way("wecom_app", "gongzuo", "tianmin"), "您好", "t:1")
    town.platform.will_lag(1.0, path="/cgi-bin/message/send")
    await until(lambda: town.platform.calls("/cgi-bin/message/send"))
    town.platform.postman.timeout = 5.0
    async with town.locked():
        saying = asyncio.create_task(town.platform.says("hexin", "oWang", "建议 给1号楼装路灯"))
        await asyncio.sleep(0.3)  # the call is in the service by now, its commit waits for the lock
        stopping = asyncio.create_task(service.terminate())
        await asyncio.sleep(0.3)
    happening = await saying
    assert await stopping == 0
    assert happening.statuses == [200]
    (case,) = await town.cases()
    assert case.number in happening.answers[0]
    assert ((await town.row(key)).state, (await town.row(key)).attempts) == ("sent", 1)
