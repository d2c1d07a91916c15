"""A whole day is played at its most talkative, then everything that was written is searched for what must not be there."""

import asyncio
import base64
import io
import json
import re
import tarfile
import zipfile
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import aiohttp
import pyotp
import pyrage
import pytest
import redis.asyncio
import structlog
from sqlalchemy import select

import run
from bot import logs
from bot.actions import logins, partners
from bot.clock import TravelClock
from bot.demo.day import KANG, TIAN, WANG, Day
from bot.demo.script import FIRST_DAY, SCENES
from bot.demo.stage import stage
from bot.rules import passwords
from bot.store import backup
from bot.store.tables import person
from commands import data
from handlers import register_files, spool
from tests.console.conftest import Hand, word_in

PHONE, PASSWORD, OPENID = "13812340099", "lantern-river-seven", "oNeverSeenBefore"
IDENTITY, RECIPIENT = backup.new_identity()
SAID = f"建议 我叫王桂兰，电话{PHONE}，3号楼楼道灯坏了"


@dataclass
class Written:
    """What is left of the day, by place, and what must not be in it."""

    places: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def found(self, place, words):
        """Return the names of those that stand in a place: in plain, in base64, in hexadecimal."""
        return sorted(name for name, word in words.items() if any(form in self.places[place] for form in forms(word)))


def forms(word):
    raw = word.encode()
    return {raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), json.dumps(word)[1:-1].encode()}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return asyncio.run(_day(tmp_path_factory.mktemp("day"), tmp_path_factory.mktemp("out")))


async def _day(home, out):
    written, log = Written(), io.StringIO()
    logs.configure(log, verbose=True, cache=False)
    clock = TravelClock(FIRST_DAY)
    parts = (run.opened, run.started, data.prepare)
    try:
        async with stage(home, clock, (0, 0), parts, scripted=True) as stage_:
            day = Day(stage_, clock)
            await day.tick()
            for _, scene in SCENES:
                await scene(day)
            written.places["error answers"] = await _more(day, written)
            await _kept(day, out, written)
    finally:
        structlog.reset_defaults()
    written.places["log"] = log.getvalue().encode()
    return written


async def _more(day, written):
    """Let happen what the demo day has not: signing in, partners, codes, things that go wrong; return every refusal."""
    deps, house = day.stage.deps, _House(day)
    refusals = []
    await day.platform.says("hexin", WANG, SAID)
    await day.platform.says("kefu", KANG, SAID)
    day.platform.will_answer(40001, times=2, path="/cgi-bin/message/send")
    day.platform.will_garble(path="/cgi-bin/kf/send_msg")
    await day.platform.says("gongzuo", TIAN, "帮助")
    assert await day.hears(KANG, "编号")
    key = await deps.store.write(partial(partners.admit, code="hotline", name="热线", scopes=["read", "report"], now=deps.clock.now()))  # fmt: skip
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        await _signs_in(Hand(http, house), deps, written)
        for method, path, more in _wrong(key):
            async with http.request(method, house.url + path, **more) as got:
                if got.status >= 400:
                    refusals.append(f"{got.status} {dict(got.headers)}".encode() + await got.read())
        async with http.get(house.url + "/metrics") as got:
            written.places["metrics"] = await got.read()
    assert len(refusals) >= 12
    written.secrets |= {"partner key": key, "backup identity": IDENTITY} | _secrets_of(deps)
    written.secrets |= {f"access token {n}": each for n, each in enumerate(day.platform.world.tokens._all)}
    written.people |= {"Wang": WANG, "Kang": KANG, "a stranger": OPENID, "the phone": PHONE}
    return b"\n".join(refusals)


class _House:
    def __init__(self, day):
        self.deps, self.clock, self.url = day.stage.deps, day.clock, f"http://127.0.0.1:{day.stage.port}"


async def _signs_in(hand, deps, written):
    """Come in by password and by six digits, and remember what was typed and given."""
    async with deps.store.read() as db:
        tian = (await db.one(select(person.c.id).where(person.c.code == "tian-min"))).id
    kept = passwords.hashed(PASSWORD)

    async def work(db):
        await logins.set_password(db, await logins.login_of(db, tian, deps.clock.now()), kept)
        return await logins.write_link(db, tian, deps.clock.now(), change=False)

    link = await deps.store.write(work)
    assert (await hand.post("/console/sign-in", name="tian-min", password=PASSWORD + "x")).status == 403
    assert (await hand.post("/console/sign-in", name="tian-min", password=PASSWORD)).path == "/console/"
    page = await hand.get("/console/me/totp")
    secret = secret_on(page.text)
    code = pyotp.TOTP(secret).at(deps.clock.now())
    await hand.post("/console/me/totp", consent=word_in(page.text), code=code)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        other = Hand(http, hand.house)
        await other.signs_in("han-xueqin")
        shown = secret_on((await other.get("/console/me/totp")).text)  # and not used
    written.secrets |= {
        "password": PASSWORD,
        "shown secret": shown,
        "one-time link": link,
        "totp secret": secret,
        "session": hand.cookie(),
    }


def secret_on(page):
    return re.search(r'<code class="number">(\w+)<', page)[1]


def _wrong(key):
    """Yield calls that end badly and carry what they must not give back."""
    for path in ("/callback/official-account/hexin", "/callback/wecom-app/gongzuo", "/callback/customer-service/kefu"):
        yield "POST", f"{path}?signature=x&openid={OPENID}&timestamp=1&nonce={PHONE}", {"data": SAID.encode()}
        yield "GET", f"{path}?echostr={PHONE}&timestamp=1", {}
    report = {"service_code": "ludeng", "description": SAID, "phone": PHONE}
    yield "POST", "/open311/v2/requests.json", {"data": report | {"lat": "91"}, "headers": {"X-Api-Key": key}}
    yield "POST", "/open311/v2/requests.xml", {"data": report, "headers": {"X-Api-Key": key + "x"}}
    yield (
        "POST",
        "/open311/v2/requests.json",
        {"data": b"[" * 50_000, "headers": {"X-Api-Key": key, "Content-Type": "application/json"}},
    )
    yield "GET", f"/open311/v2/requests.json?api_key={key}x&end_date=0001-01-01", {}
    yield "GET", f"/my/wechat/hexin/back?code=secretcode&state={PHONE}", {}
    yield "POST", "/my/enter", {"data": {"ticket": "x", "number": "hepan-261207-1", "code": "123456"}}
    yield "GET", f"/case/{'A' * 48}", {}
    yield "GET", f"/console/cases/{PHONE}", {}
    yield "POST", "/console/sign-in", {"data": {"name": "tian-min", "password": PASSWORD, "consent": "0" * 32}}


def _secrets_of(deps):
    """Return every secret of the settings by its name."""
    known = {"LIANXIN_SECRET_KEY": base64.b64encode(deps.settings.secret_keys[0]).decode()}
    for account in deps.settings.accounts.values():
        for name in ("token", "aes_key", "secret", "webhook_key"):
            if value := getattr(account, name):
                known[f"{account.code} {name}"] = value
    return known


async def _kept(day, out, written):
    """Gather what is written to the disk: database, backup, exports, spool, Redis."""
    deps, settings = day.stage.deps, day.stage.deps.settings
    await spool.keep(deps, "official_account", "hexin", _Call({"openid": WANG}, SAID.encode()))
    file = out / "kept.age"
    url, now = settings.database_url, deps.clock.now()
    await asyncio.to_thread(backup.back_up, url, settings.home, RECIPIENT, deps.sealer, file, now, lambda *_: None)
    written.places["backup"] = file.read_bytes()
    packed = pyrage.decrypt(written.places["backup"], [pyrage.x25519.Identity.from_str(IDENTITY)])
    written.places["opened backup"] = b"".join(_unpacked(packed))
    first, last = date(2026, 12, 1), date(2027, 1, 31)
    paths = await register_files.export(deps.store, deps.sealer, deps.texts, out, station="", first=first, last=last)
    assert paths, "the day holds a reception day"
    written.places["registers"] = b"".join(_unzipped(path) for path in paths)
    for name in ("figures.csv", "figures.xlsx"):
        await register_files.export_figures(deps.store, deps.texts, out / name, first, last)
    written.places["figures"] = (out / "figures.csv").read_bytes() + _unzipped(out / "figures.xlsx")
    written.places["spool"] = b"".join(path.read_bytes() for path in deps.spool.rglob("*") if path.is_file())
    written.places["redis"] = await _all_of_redis(deps)


@dataclass
class _Call:
    query: dict
    body: bytes


def _unpacked(packed):
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar.getmembers():
            if member.isfile():
                yield tar.extractfile(member).read()


def _unzipped(path):
    with zipfile.ZipFile(path) as whole:
        return b"".join(whole.read(name) for name in whole.namelist())


async def _all_of_redis(deps):
    async with redis.asyncio.Redis(
        unix_socket_path=deps.memory._redis.connection_pool.connection_kwargs["path"]
    ) as client:
        found = []
        async for name in client.scan_iter("*"):
            kind = (await client.type(name)).decode()
            found.append(
                name + b" " + (await client.get(name) if kind == "string" else repr(await client.dump(name)).encode())
            )
    return b"\n".join(found)


NOWHERE = ("log", "metrics", "error answers", "backup", "opened backup", "registers", "figures", "spool")


@pytest.mark.parametrize("place", [*NOWHERE, "redis"])
def test_no_secret_is_written_anywhere(written, place):
    """Redis alone knows the platforms' access tokens: the processes share them there for their two hours."""
    assert written.places[place]
    found = written.found(place, written.secrets)
    assert [name for name in found if place != "redis" or not name.startswith("access token")] == []


@pytest.mark.parametrize("place", ["log", "metrics", "error answers", "backup", "figures", "spool", "redis"])
def test_no_phone_and_no_openid_is_written_where_nobody_needs_it(written, place):
    assert written.found(place, written.people) == []


def test_accounts_and_phones_are_sealed_in_the_database_though_words_are_kept(written):
    """What a voter typed into a matter is the matter; who they are on the platform is not in it."""
    ids = {name: word for name, word in written.people.items() if name != "the phone"}
    assert written.found("opened backup", ids) == []


def test_what_a_voter_had_erased_is_in_no_backup_afterwards(written):
    """Kang named a phone on the demo day and had it erased in the evening."""
    assert written.found("opened backup", {"the erased phone": "13812345678"}) == []


def test_the_search_would_find_what_it_looks_for(written):
    """The day was talkative, and what is looked for is what was used."""
    assert b'"heard"' in written.places["log"]
    assert b'"forged"' in written.places["log"]
    assert len(written.secrets) > 20
    assert written.found("registers", {"what a visitor said": "斑马线"})
    assert written.found("opened backup", {"what was said": SAID.removeprefix("建议 ")})
