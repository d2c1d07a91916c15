"""Files whose address somebody else gave us: never from our own network, never led elsewhere, never unpacked, never too big."""

import gzip
import resource
import zlib

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.api import MAX_JSON, MAX_MEDIA
from bot.channels.outward import Inside, PublicResolver
from bot.errors import Remedy, SendFailed
from bot.message import Kind, Media
from tests.channels.platform import APP, ROBOT
from tests.channels.test_api import PICTURE


def picture(url):
    return Media(Kind.IMAGE, url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://localhost/x", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://10.0.0.8/", "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1/", "https://0.0.0.0/", "https://u:p@93.184.215.14/", "http://93.184.215.14/", "ftp://93.184.215.14/",
        "https://qyapi.weixin.qq.com@10.0.0.1/", "https://10.0.0.1#qyapi.weixin.qq.com", "https://10.0.0.1\\@qyapi.weixin.qq.com/",
    ],
)  # fmt: skip
async def test_a_file_is_never_fetched_from_our_own_network(api, desk, url):
    """The address stands in a message: whoever writes it must not read our neighbours through us."""
    with pytest.raises(SendFailed) as failed:
        await api.fetch_media(ROBOT, picture(url))
    assert failed.value.remedy is Remedy.GIVE_UP
    assert desk.asked == []


class Rebinding:
    """A name server that answers with a public address first and with ours from then on."""

    def __init__(self):
        self.asked = 0

    async def resolve(self, host, port=0, family=0):
        self.asked += 1
        address = "93.184.215.14" if self.asked == 1 else "127.0.0.1"
        return [{"hostname": host, "host": address, "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self):
        pass


async def test_a_name_that_changes_its_address_leads_nowhere_new():
    """The connection goes to the very address that was judged; another look-up is judged again."""
    resolver = PublicResolver()
    await resolver.close()
    resolver._system = Rebinding()
    assert [each["host"] for each in await resolver.resolve("rebind.example", 443)] == ["93.184.215.14"]
    with pytest.raises(Inside):
        await resolver.resolve("rebind.example", 443)


async def test_each_connection_is_looked_up_anew_and_only_by_the_careful_resolver(api):
    session = api.outward._session(private=False)
    assert isinstance(session.connector._resolver, PublicResolver)
    assert session.connector.use_dns_cache is False


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("account", [APP, ROBOT], ids=lambda account: account.channel)
async def test_a_file_is_not_followed_elsewhere(api, desk, account, status):
    async def moved(_request):
        return web.Response(status=status, headers={"Location": "http://169.254.169.254/latest/meta-data"})

    desk.will(moved)
    media = PICTURE if account is APP else picture(api.base + "/pic/1")
    with pytest.raises(SendFailed):
        await api.fetch_media(account, media)
    assert len(desk.sent) == 1


def bomb(size):
    """Return so many zeros as gzip writes them: about a thousandth."""
    packer = zlib.compressobj(9, wbits=31)
    piece = b"\0" * 2**20
    return b"".join([*(packer.compress(piece) for _ in range(size // 2**20)), packer.flush()])


def memory_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def packed(body):
    async def answer(_request):
        return web.Response(
            body=body, headers={"Content-Encoding": "gzip", "Content-Type": "image/png", "Content-Disposition": "x"}
        )

    return answer


async def test_a_packed_file_is_not_unpacked(api, desk):
    """A hundred megabytes in a tenth of one: given up before one byte of it is read."""
    before = memory_mb()
    desk.will(packed(bomb(128 * 2**20)))
    with pytest.raises(SendFailed, match="packed") as failed:
        await api.fetch_media(APP, PICTURE)
    assert failed.value.remedy is Remedy.GIVE_UP
    assert memory_mb() - before < MAX_MEDIA / 2**20


async def test_a_packed_answer_is_read_to_the_limit_and_no_further(api, desk):
    before = memory_mb()
    desk.will(packed(bomb(128 * 2**20)))
    with pytest.raises(SendFailed, match="larger"):
        await api.call(APP, "/cgi-bin/message/send", {})
    assert memory_mb() - before < 8 * MAX_JSON / 2**20


async def test_a_small_answer_may_be_packed(api, desk):
    desk.will(packed(gzip.compress(b'{"errcode": 0, "msgid": "1"}')))
    assert await api.call(APP, "/cgi-bin/message/send", {}) == {"errcode": 0, "msgid": "1"}


async def test_what_lies_outside_is_fetched_by_the_careful_client(api, monkeypatch):
    """A public store is reached through the same resolver; here one that lets our own test server pass."""

    async def serve(request):
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=b"file", content_type="image/png")

    app = web.Application()
    app.router.add_get("/file", serve)
    async with TestServer(app) as server:
        monkeypatch.setattr("bot.channels.outward._target", lambda _url, private: server.make_url("/file"))
        monkeypatch.setattr("bot.channels.outward.is_public", lambda _address: True)
        assert await api.outward.get("https://store.example/file", 100) == (b"file", "image/png")
        with pytest.raises(SendFailed, match="larger"):
            await api.outward.get("https://store.example/file", 3)
