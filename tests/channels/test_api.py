"""The wire: tokens, time-outs, garbage, files; no failure but SendFailed leaves it, and no secret leaves with it."""

import asyncio
import traceback
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientTimeout, web

from bot.channels import Api, build_channels
from bot.channels.api import MAX_MEDIA
from bot.channels.tokens import LocalTokenCache, Tokens
from bot.errors import Remedy, SendFailed
from bot.message import Kind, Media, Text
from tests.channels.platform import ACCOUNTS, APP, HOOK, KEY, KF, OA, ROBOT, aes, rotated

HELLO = Text("您好")
WITH_TOKENS = ["official_account", "wecom_app", "customer_service"]
INVALID = {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}


# ---- tokens ---------------------------------------------------------------------------------------------------------


async def test_each_platform_is_asked_for_its_own_token(desk, speaking):
    """stable_token kills nobody else's; gettoken goes by corp and app."""
    for account in (OA, APP, KF):
        await speaking[account.channel].send(account, "wang", HELLO, "k")
    asked = [ask for ask in desk.asked if ask[0].endswith("token")]
    assert asked == [
        (
            "/cgi-bin/stable_token",
            {},
            {"grant_type": "client_credential", "appid": OA.app_id, "secret": "s3cret-oa"},
        ),
        ("/cgi-bin/gettoken", {"corpid": "wwcorp", "corpsecret": "s3cret-app"}, {}),
        ("/cgi-bin/gettoken", {"corpid": "wwcorp", "corpsecret": "s3cret-kf"}, {}),
    ]


@pytest.mark.parametrize("name", WITH_TOKENS)
async def test_twenty_cold_senders_make_one_flight(desk, speaking, name):
    """wechatpy made twenty (platform.md C3)."""
    await asyncio.gather(*(speaking[name].send(ACCOUNTS[name], f"p{n}", HELLO, str(n)) for n in range(20)))
    assert desk.tokens == 1
    assert {ask[1]["access_token"] for ask in desk.sent} == {"token-1"}


@pytest.mark.parametrize("name", WITH_TOKENS)
@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_an_invalid_token_is_replaced_and_the_message_sent_once_more(desk, speaking, name, errcode):
    """The voter never learns of it."""
    desk.will(INVALID | {"errcode": errcode})
    await speaking[name].send(ACCOUNTS[name], "wang", HELLO, "k")
    assert [ask[1]["access_token"] for ask in desk.sent] == ["token-1", "token-2"]


@pytest.mark.parametrize("name", WITH_TOKENS)
async def test_a_second_invalid_token_raises_the_alarm(desk, speaking, name):
    """One retry, then stop: wechatpy asked 486 times (#629)."""
    desk.will(INVALID, times=2)
    with pytest.raises(SendFailed) as failed:
        await speaking[name].send(ACCOUNTS[name], "wang", HELLO, "k")
    assert failed.value.remedy is Remedy.ALARM
    assert (desk.tokens, len(desk.sent)) == (2, 2)


@pytest.mark.parametrize(("errcode", "remedy"), [(40001, Remedy.ALARM), (40164, Remedy.ALARM), (-1, Remedy.RETRY)])
async def test_a_refused_token_request_is_not_repeated(desk, speaking, errcode, remedy):
    """There 40001 means the secret, which no second try makes right."""
    desk.will({"for": "token", "errcode": errcode, "errmsg": "no"}, times=2)
    with pytest.raises(SendFailed) as failed:
        await speaking["wecom_app"].send(APP, "zhang", HELLO, "k")
    assert (failed.value.errcode, failed.value.remedy) == (errcode, remedy)
    assert len(desk.asked) == 1


@pytest.mark.parametrize(
    "answer", [{}, {"access_token": ""}, {"access_token": 7, "expires_in": 7200}, {"access_token": "t"}]
)
async def test_a_token_answer_without_a_token_is_tried_again_later(desk, speaking, answer):
    """Nothing is cached of it."""
    desk.will({"for": "token", **answer})
    with pytest.raises(SendFailed) as failed:
        await speaking["official_account"].send(OA, "oWang", HELLO, "k")
    assert failed.value.remedy is Remedy.RETRY
    await speaking["official_account"].send(OA, "oWang", HELLO, "k")


async def test_twenty_senders_with_a_dead_token_fetch_one_new(desk, speaking):
    """Each drops it only if it is still the one that failed."""
    await speaking["wecom_app"].send(APP, "zhang", HELLO, "first")
    desk.will(INVALID, times=20)
    await asyncio.gather(*(speaking["wecom_app"].send(APP, f"p{n}", HELLO, str(n)) for n in range(20)))
    assert desk.tokens == 2


class Seconds:
    """A clock of seconds that stands still until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


async def fetch_of(values, lives=7200):
    return values.pop(0), lives


@pytest.fixture
def seconds():
    return Seconds()


@pytest.mark.parametrize(("lives", "kept"), [(7200, 6899), (400, 199), (10, 4), (1, 0)])
async def test_a_token_is_left_before_it_ends(seconds, lives, kept):
    """The platform hands out the next one in the last five minutes, and may hand out one that is nearly over."""
    tokens, values = Tokens(LocalTokenCache(seconds), seconds), ["a", "b"]
    assert await tokens.get("n", lambda: fetch_of(values, lives)) == "a"
    seconds.now += kept
    assert await tokens.get("n", lambda: fetch_of(values, lives)) == "a"
    seconds.now += 2
    assert await tokens.get("n", lambda: fetch_of(values, lives)) == "b"


async def test_two_processes_fetch_one_token_between_them(seconds):
    """The second waits for what the first puts into the shared cache."""
    shared, values, started = LocalTokenCache(seconds), ["a", "b"], asyncio.Event()

    async def slowly():
        started.set()
        await asyncio.sleep(0.06)
        return values.pop(0), 7200

    first = asyncio.create_task(Tokens(shared, seconds).get("n", slowly))
    await started.wait()
    assert await Tokens(shared, seconds).get("n", slowly) == "a"
    assert await first == "a"
    assert values == ["b"]


async def test_a_process_that_died_while_fetching_holds_nobody_up_for_ever(seconds, monkeypatch):
    """After the flight's time we fetch ourselves: twice is better than never."""
    monkeypatch.setattr("bot.channels.tokens.PEEK_S", 0.001)
    monkeypatch.setattr("bot.channels.tokens.FLIGHT_S", 0.005)
    shared, values = LocalTokenCache(seconds), ["a"]
    async with shared.alone("n", 10) as ours:
        assert ours
        assert await Tokens(shared, seconds).get("n", lambda: fetch_of(values)) == "a"


async def test_a_late_failure_does_not_drop_the_new_token(seconds):
    """A slow sender comes back with the old token after somebody has fetched the next."""
    tokens, values = Tokens(LocalTokenCache(seconds), seconds), ["a", "b", "c"]
    await tokens.get("n", lambda: fetch_of(values))
    await tokens.drop("n", "a")
    assert await tokens.get("n", lambda: fetch_of(values)) == "b"
    await tokens.drop("n", "a")
    assert await tokens.get("n", lambda: fetch_of(values)) == "b"


class Deaf(LocalTokenCache):
    """A cache whose Redis is down: it remembers nothing and every lock is ours."""

    async def get(self, name):
        return None

    @asynccontextmanager
    async def alone(self, name, ttl_s):
        yield True


async def test_without_a_cache_senders_of_one_process_still_make_one_flight(seconds):
    """The lock inside the process does not hang on Redis."""
    tokens, values = Tokens(Deaf(seconds), seconds), ["a", "b", "c"]

    async def slowly():
        await asyncio.sleep(0)
        return values.pop(0), 7200

    assert set(await asyncio.gather(*(tokens.get("n", slowly) for _ in range(3)))) == {"a"}


async def test_without_a_cache_each_process_keeps_its_own_copy(seconds):
    """Redis down costs one fetch per process, not one per message."""
    tokens, values = Tokens(Deaf(seconds), seconds), ["a", "b"]
    for _ in range(3):
        assert await tokens.get("n", lambda: fetch_of(values)) == "a"
    await tokens.drop("n", "a")
    assert await tokens.get("n", lambda: fetch_of(values)) == "b"


# ---- the wire -------------------------------------------------------------------------------------------------------


async def hang(request):
    await asyncio.sleep(30)
    return web.Response()


async def hang_up(request):
    request.transport.close()
    return web.Response()


async def half(request):
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"errcode":')
    request.transport.close()
    return response


async def elsewhere(request):
    raise web.HTTPFound("/cgi-bin/elsewhere")


BROKEN = {
    "500": (500, Remedy.RETRY),
    "502": (502, Remedy.RETRY),
    "429": (429, Remedy.SLOW),
    "408": (408, Remedy.RETRY),
    "401": (401, Remedy.ALARM),
    "403": (403, Remedy.ALARM),
    "404": (404, Remedy.GIVE_UP),
    "another address": (elsewhere, Remedy.GIVE_UP),
    "nothing": (b"", Remedy.RETRY),
    "a page": (b"<html>busy</html>", Remedy.RETRY),
    "half a word": (b'{"errcode": 0, "errm', Remedy.RETRY),
    "a list": (b"[]", Remedy.RETRY),
    "no number": (b'{"errcode": "soon"}', Remedy.RETRY),
    "nested too deep": (b'{"a":' * 100_000, Remedy.RETRY),
    "a cut": (hang_up, Remedy.RETRY),
    "a cut in the middle": (half, Remedy.RETRY),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("channel", ["wecom_app", "group_robot"])
async def test_a_broken_answer_is_a_failure_with_a_remedy(desk, speaking, name, channel):
    """And the failure tells neither token nor key."""
    answer, remedy = BROKEN[name]
    desk.will(answer, times=2)
    with pytest.raises(SendFailed) as failed:
        await speaking[channel].send(ACCOUNTS[channel], "zhang", HELLO, "k")
    assert failed.value.remedy is remedy
    told = "".join(traceback.format_exception(failed.value))
    assert "token-1" not in told
    assert "s3cret" not in told


async def test_a_platform_that_does_not_answer_is_left_after_the_time_out(desk, api):
    """The outbox has other people to tell."""
    api._timeout = ClientTimeout(total=0.05, connect=0.05)
    desk.will(hang)
    with pytest.raises(SendFailed) as failed:
        await build_channels(api)["group_robot"].send(HOOK, "", HELLO, "k")
    assert (failed.value.remedy, failed.value.errmsg) == (Remedy.RETRY, "TimeoutError")


async def test_nobody_at_the_other_end_is_a_failure_to_retry():
    """The host is down or the cable is out."""
    api = Api("http://127.0.0.1:9", "http://127.0.0.1:9")
    for account in (OA, HOOK):
        with pytest.raises(SendFailed) as failed:
            await build_channels(api)[account.channel].send(account, "x", HELLO, "k")
        assert failed.value.remedy is Remedy.RETRY
    await api.close()


def test_the_time_outs_are_two_and_eight_seconds():
    """Time-outs are explicit; requests, which wechatpy uses, has none."""
    api = Api("http://127.0.0.1:9", "http://127.0.0.1:9")
    assert (api._timeout.connect, api._timeout.total) == (2, 8)


# ---- files ----------------------------------------------------------------------------------------------------------

PICTURE = Media(Kind.IMAGE, "m1")


def file_of(content, content_type="image/jpeg"):
    async def answer(request):
        assert (request.path, request.query["media_id"]) == ("/cgi-bin/media/get", "m1")
        disposition = {"Content-Disposition": 'attachment; filename="a.jpg"'}
        return web.Response(body=content, headers={"Content-Type": content_type, **disposition})

    return answer


@pytest.mark.parametrize("account", [OA, APP, KF], ids=lambda a: a.channel)
async def test_a_picture_is_fetched(desk, speaking, account):
    """Evidence must be fetched at once: the platform keeps it three days."""
    desk.will(file_of(b"\xff\xd8\xff" * 100_000))
    assert await speaking[account.channel].fetch_media(account, PICTURE) == (b"\xff\xd8\xff" * 100_000, "image/jpeg")


async def test_a_text_file_is_a_file(desk, speaking):
    """It looks like an error's JSON and is none."""
    desk.will(file_of(b'{"errcode": 1}', "text/plain"))
    assert (await speaking["wecom_app"].fetch_media(APP, PICTURE))[0] == b'{"errcode": 1}'


async def test_a_fetch_renews_its_token_and_says_why_it_failed(desk, speaking):
    """40007: the id is over three days old."""
    desk.will(INVALID)
    desk.will({"errcode": 40007, "errmsg": "invalid media_id"})
    with pytest.raises(SendFailed) as failed:
        await speaking["official_account"].fetch_media(OA, PICTURE)
    assert (failed.value.errcode, failed.value.remedy) == (40007, Remedy.GIVE_UP)
    assert desk.tokens == 2


async def test_a_film_of_the_official_account_is_an_address_not_a_file(desk, speaking):
    """media/get tells a video_url for films; we have no file then."""
    desk.will({"video_url": "http://e/film"})
    with pytest.raises(SendFailed) as failed:
        await speaking["official_account"].fetch_media(OA, PICTURE)
    assert failed.value.remedy is Remedy.GIVE_UP


async def test_a_file_larger_than_20_mb_is_left_there(desk, speaking):
    """We stop reading at the limit, whatever the platform says about the length."""

    async def endless(request):
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await response.prepare(request)
        for _ in range(MAX_MEDIA // 2**20 + 2):
            await response.write(b"x" * 2**20)
        return response

    desk.will(endless)
    with pytest.raises(SendFailed, match="larger"):
        await speaking["wecom_app"].fetch_media(APP, PICTURE)


# ---- files of the smart robot ---------------------------------------------------------------------------------------


def padded(content):
    pad = 32 - len(content) % 32
    return content + bytes([pad]) * pad


@pytest.mark.parametrize("account", [ROBOT, rotated(ROBOT)], ids=["one key", "in rotation"])
async def test_a_picture_for_the_robot_is_opened_with_its_key(desk, api, account):
    """Its address leads to encrypted bytes; no token is needed."""
    desk.will(aes(KEY, padded(b"\xff\xd8\xff picture")))
    picture = Media(Kind.IMAGE, url=api.base + "/pic/1")
    fetched = await build_channels(api)["wecom_robot"].fetch_media(account, picture)
    assert fetched[0] == b"\xff\xd8\xff picture"
    assert desk.tokens == 0


@pytest.mark.parametrize("content", [b"", b"plain picture", b"x" * 64])
async def test_a_picture_that_does_not_open_is_given_up(desk, api, content):
    """In five minutes its address is gone anyway."""
    desk.will(content)
    with pytest.raises(SendFailed) as failed:
        await api.fetch_media(ROBOT, Media(Kind.IMAGE, url=api.base + "/pic/1"))
    assert failed.value.remedy is Remedy.GIVE_UP


@pytest.mark.parametrize("account", [ROBOT, OA, APP], ids=lambda a: a.channel)
@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "https://[::1", "file:///etc/passwd", "", "https://"])
async def test_a_file_nobody_can_find_is_left_without_asking(desk, api, account, url):
    """No id, or an address inside our own network, or none at all."""
    with pytest.raises(SendFailed):
        await api.fetch_media(account, Media(Kind.IMAGE, url=url))
    assert desk.asked == []
