"""Whatever anybody asks of any address – in the path, the query, the form, the headers – no answer is a 500 and none is late."""

import json
import re

import pytest
from hypothesis import strategies as st
from yarl import URL

from bot.actions.by_desk import DEEDS
from handlers import ROUTES
from handlers.console import PAGES
from tests.console.conftest import word_in
from tests.fuzz.inputs import SECONDS, as_query, fields, headers, in_address, odd, queries, some, spoken, values

WORDS_IN_PLACES = 300  # of strangers, on each database
REQUESTS = 200  # of strangers, on each database
FORMS = 250  # of people who are signed in, on each database
REPORTS = 150  # of a partner, on each database
TEXTS = 200  # said by a voter and by staff, on each database
BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
OPEN = sorted({(route.method, route.path) for route in ROUTES if "{rest" not in route.path and route.method != "*"})
STREAMS = ("/console/live",)  # an answer that never ends


def address(path, parts):
    """Fill the parts of a route's address, one after the other."""
    given = iter([*parts, *["x"] * 5])
    path = re.sub(r"\{format:[^}]*\}", "json", path)
    return re.sub(r"\{media:[^}]*\}", lambda _: "9" * 30, re.sub(r"\{\w+\}", lambda _: in_address(next(given)), path))


async def knock(browser, method, path, query="", form=None, more=None, body=None):
    """Make one call and return its status; raises if the answer takes longer than the platform would wait."""
    url = URL(f"{browser.house.url}{path}" + (f"?{query}" if query else ""), encoded=True)
    data = body if body is not None else as_query(form) if form is not None else None
    head = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    if more and "Content-Encoding" in more:  # aiohttp hangs up on whoever packs badly, once they have their answer
        head |= {"Connection": "close"}
    async with browser.http.request(method, url, data=data, headers=head | (more or {}), allow_redirects=False) as got:
        await got.read()
        return got.status


#      addresses that begin so        what they read of a query
READ = {
    "/open311/v2/requests": ("jurisdiction_id", "service_request_id", "service_code", "start_date", "end_date", "status", "api_key"),
    "/open311/v2/": ("jurisdiction_id", "api_key"),
    "/echo/": ("station", "subject", "representative", "before"),
    "/my/wechat/": ("code", "state"),
    "/callback/": ("signature", "msg_signature", "timestamp", "nonce", "echostr", "encrypt_type"),
    "/console/wecom/": ("code", "state"),
    "/console/cases": ("q", "state", "station", "category", "mark", "before", "like"),
    "/console/outbox": ("tab", "channel", "beyond", "station"),
    "/console/live": ("case",),
    "/console/": ("then",),
}  # fmt: skip
COOKIES = ("lianxin", "lianxin_voter", "lianxin_state")
HEADERS = (
    "X-Api-Key",
    "Idempotency-Key",
    "X-Forwarded-For",
    "If-None-Match",
    "Content-Type",
    "Content-Encoding",
    "Sec-Fetch-Site",
    "User-Agent",
)


def places(routes):
    """Yield every place of every address where a stranger's word can stand: (method, path, where, name)."""
    for method, path in routes:
        yield from (
            (method, path, "path", name) for name in re.findall(r"\{(\w+)", path) if name not in ("format", "media")
        )
        begins = next((each for each in READ if path.startswith(each)), None)
        yield from ((method, path, "query", name) for name in READ.get(begins, ()))
        yield from ((method, path, "cookie", name) for name in COOKIES)
        yield from ((method, path, "header", name) for name in HEADERS)


async def put(browser, place, word, consent=""):
    """Make a call with one odd word in one place and return its status."""
    method, path, where, name = place
    fill = dict.fromkeys(re.findall(r"\{(\w+)", path), "hepan-1") | ({name: word} if where == "path" else {})
    known = {
        "channel": "official-account",
        "account": "hexin",
        "number": "hepan-261207-1",
        "format": "json",
        "media": "9" * 30,
    }
    address_ = re.sub(
        r"\{(\w+)[^}]*\}",
        lambda m: in_address(fill[m[1]] if where == "path" and m[1] == name else known.get(m[1], fill[m[1]])),
        path,
    )
    query = as_query({name: word}) if where == "query" else ""
    raw = re.sub(r"[\x00-\x1f\x7f]", "", word[:300]).encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    more = {"Cookie": f"{name}={raw}"} if where == "cookie" else {name: raw} if where == "header" else {}
    return await knock(browser, method, address_, query, {"consent": consent} if method == "POST" else None, more)


@BOTH
async def test_no_odd_word_in_any_place_breaks_an_address(hasty, browser):
    every = [place for place in places(OPEN) if place[1] not in STREAMS]
    for place, word in some(st.tuples(st.sampled_from(every), odd), WORDS_IN_PLACES):
        status = await put(browser, place, word)
        assert status < 500 or status == 501, (place, word)


@BOTH
async def test_no_stranger_gets_a_500_from_any_address(hasty, browser):
    asked = st.tuples(st.sampled_from(OPEN), st.lists(odd, max_size=3), queries, fields, headers)
    for (method, path), parts, query, form, more in some(asked, REQUESTS):
        if path in STREAMS:
            continue
        where = address(path, parts)
        status = await knock(browser, method, where, as_query(query), form if method == "POST" else None, more)
        assert status < 500 or status == 501, (method, where, query, form, more)


async def test_no_body_that_is_not_packed_as_it_says_breaks_an_address(hasty, browser):
    """Every address that takes one, as a stranger and as a clerk, whose forms are read."""
    posts = [path for method, path in OPEN if method == "POST"]
    for packing in ("gzip", "deflate"):
        for path in posts:
            where = address(path, [])
            status = await knock(browser, "POST", where, form={}, more={"Content-Encoding": packing}, body=b"\xff")
            assert status < 500, (where, packing)
        await browser.signs_in("tian-min")


@BOTH
@pytest.mark.parametrize("who", ["tian-min", "han-xueqin", "meng-dawei"])
async def test_no_form_of_the_console_breaks_it(hasty, browser, wang, who):
    for words in ("路灯坏了，请修一下", "井盖丢了，有人摔了", "垃圾没人收"):
        await wang.says(f"建议 {words}")
    await browser.signs_in(who)
    consent = word_in((await browser.get("/console/me")).text)
    mine = [page for page in PAGES if page.path not in (*STREAMS, "/console/out")]
    parts = st.lists(odd | st.sampled_from(["hepan-261207-1", "hepan-261207-2", "1", "2", *DEEDS]), max_size=2)
    for page, named, query, form in some(st.tuples(st.sampled_from(mine), parts, queries, fields), FORMS // 3):
        where = address(page.path, named)
        given = form | {"consent": consent} if page.method == "POST" else None
        if page.path.startswith("/console/cases/{number}/") and named and page.method == "POST":
            given |= {"version": "1.1"}
        status = await knock(browser, page.method, where, as_query(query), given)
        assert status < 500, (page.method, where, query, given)


@BOTH
async def test_no_report_of_a_partner_breaks_the_interface(hasty, browser, hotline):
    likely = {"service_code": "ludeng", "description": "路灯坏了", "address_string": "滨河路"}
    bodies = st.builds(
        lambda form, more, odd_fields: json.dumps(form | more | odd_fields).encode(),
        st.sampled_from([likely, {}]), fields, st.dictionaries(st.sampled_from(["lat", "long", "media_url", "description", "x"]), values, max_size=2),
    ) | st.sampled_from([b"[" * 100_000, b"{" * 100_000, b'{"a":' * 20_000, b'"\\ud800"', b"\xff\xfe", b"", b"null", b"[[1,2]]", b"NaN"])  # fmt: skip
    for body, key in some(st.tuples(bodies, st.sampled_from([hotline, hotline, "x", ""])), REPORTS):
        more = {"X-Api-Key": key, "Content-Type": "application/json"}
        status = await knock(browser, "POST", "/open311/v2/requests.json", more=more, body=body)
        assert status < 500, (body, key)
    for form in some(fields, REPORTS // 3):
        status = await knock(
            browser, "POST", "/open311/v2/requests.xml", form=likely | form, more={"X-Api-Key": hotline}
        )
        assert status < 500, form


@BOTH
async def test_no_words_of_anybody_make_a_handler_fail(house, wang, tian, zhang):
    """Every message is stored; none is marked as failed, which is what a bug of ours leaves behind."""
    await wang.says("建议 路灯坏了，请修一下")
    for who, words in some(st.tuples(st.sampled_from([0, 0, 1, 2]), spoken | odd), TEXTS):
        await (wang, tian, zhang)[who].says(words.encode("utf-8", "replace").decode().replace("\0", ""))
    failed = [(row.error, row.kind) for row in await house.heard() if row.state == "failed"]
    assert failed == []


def test_the_stage_of_the_inputs_is_the_stage_of_the_house(clock):
    assert int(clock.now().timestamp()) == int(SECONDS)
