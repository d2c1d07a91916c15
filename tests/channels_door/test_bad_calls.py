"""Malformed, forged, stale, oversized, unknown: each gets its word, is counted, and costs no neighbour."""

import asyncio
import gzip
import json
import resource
import secrets
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.envelope import MAX_BODY
from bot.emulator import xml
from bot.emulator.calls import build_call, build_check
from tests.channels_door.conftest import CODES, refused

TEXT = b"<xml><ToUserName>gh</ToUserName><FromUserName>oX</FromUserName><CreateTime>%d</CreateTime><MsgType>text</MsgType><Content>\xe7\x81\xaf\xe5\x9d\x8f\xe4\xba\x86</Content><MsgId>1</MsgId></xml>"
ROBOT = {"msgid": "m1", "chattype": "single", "from": {"userid": "x"}, "msgtype": "text", "text": {"content": "灯坏了"}}


def good(door, channel):
    now = int(door.house.clock.now().timestamp())
    return json.dumps(ROBOT).encode() if channel == "wecom_robot" else TEXT % now


def changed(query, **values):
    return urlencode(dict(parse_qsl(query)) | values)


def flipped(body, at):
    return body[:at] + (b"A" if body[at : at + 1] != b"A" else b"B") + body[at + 1 :]


#  what is wrong        how the good (query, body) is spoilt
FORGED = {
    "no query": lambda _d, _c, _q, body: ("", body),
    "another signature": lambda _d, _c, q, body: (changed(q, msg_signature="0" * 40), body),
    "no signature": lambda _d, _c, q, body: (q.replace("msg_signature", "x"), body),
    "another nonce": lambda _d, _c, q, body: (changed(q, nonce="1"), body),
    "timestamp and nonce swapped": lambda _d, _c, q, body: (
        changed(q, nonce=dict(parse_qsl(q))["timestamp"], timestamp=dict(parse_qsl(q))["nonce"]),
        body,
    ),
    "one sign of the cipher changed": lambda _d, _c, q, body: (q, flipped(body, len(body) // 2)),
    "empty body": lambda _d, _c, q, _b: (q, b""),
    "no Encrypt": lambda _d, _c, q, _b: (q, b"<xml><A>1</A></xml>"),
    "no XML at all": lambda _d, _c, q, _b: (q, b"\x00\xff" * 40),
    "an entity": lambda _d, _c, q, _b: (q, b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>&a;</xml>'),
    "plain where safe is agreed": lambda d, c, q, _b: (q, good(d, c)),
}


@pytest.mark.parametrize("channel", CODES)
async def test_a_forged_call_is_forbidden_counted_and_costs_no_neighbour(house, door, neighbour, channel):
    for number, (what, spoil) in enumerate(FORGED.items(), 1):
        before = refused(channel, "forged")
        query, body = spoil(door, channel, *door.call(channel, good(door, channel)))
        (status, said), answer = await asyncio.gather(
            door.post(door.path(channel), query, body), neighbour.says(f"建议 第{number}盏路灯坏了")
        )
        assert (status, said) == (403, b"forged"), what
        assert refused(channel, "forged") == before + 1, what
        assert f"编号 hepan-261207-{number}" in answer, what
        assert len(await house.heard()) == number, what


@pytest.mark.parametrize("channel", CODES)
@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_stale_call_is_forbidden(house, door, channel, minutes):
    at = house.clock.now() + timedelta(minutes=minutes)
    query, body = build_call(door.account(channel), good(door, channel), at)
    assert (await door.post(door.path(channel), query, body))[0] == 403
    assert await house.heard() == []


UNREADABLE = (
    b"",
    b"no xml",
    b"<xml></xml>",
    b"<xml><MsgType>text</MsgType></xml>",
    b"<xml><MsgType>text</MsgType><MsgType>image</MsgType></xml>",
    b"<xml><FromUserName>x</FromUserName><MsgType>text</MsgType><CreateTime>yesterday</CreateTime></xml>",
    b"<a>" * 3_000,
    b'{"ToUserName": [1], "MsgType": {}}',
    b"[1, 2]",
)


@pytest.mark.parametrize("channel", ["official_account", "wecom_app", "customer_service"])
async def test_a_signed_call_that_cannot_be_read_is_a_bad_request(door, neighbour, channel):
    for inner in UNREADABLE:
        before = refused(channel, "malformed")
        assert await door.post(door.path(channel), *door.call(channel, inner)) == (400, b"malformed"), inner
        assert refused(channel, "malformed") == before + 1
    assert "编号" in await neighbour.says("路灯坏了，请修一下")


async def test_a_signed_robot_call_that_cannot_be_read_is_a_bad_request(door):
    for inner in (b"", b"{", b"[]", b'{"msgtype": "text"}', b'{"msgtype": 1, "from": "x"}'):
        assert (await door.post(door.path("wecom_robot"), *door.call("wecom_robot", inner)))[0] == 400


@pytest.mark.parametrize("channel", CODES)
async def test_an_oversized_call_is_refused_unread_and_counted(door, neighbour, channel):
    before = refused(channel, "too_large")
    (status, _), answer = await asyncio.gather(
        door.post(door.path(channel), "", b"x" * (MAX_BODY + 1)), neighbour.says("路灯坏了，请修一下")
    )
    assert status == 413
    assert refused(channel, "too_large") == before + 1
    assert "编号" in answer


@pytest.mark.parametrize("channel", CODES)
async def test_a_call_that_unpacks_to_more_than_it_looks_is_refused_at_the_limit(door, neighbour, channel):
    """A hundred megabytes of nothing in a tenth of one: unpacked as far as MAX_BODY, by nobody further."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body = gzip.compress(b"\0" * 100 * 2**20, 1)
    assert (await door.post(door.path(channel), "", body[:MAX_BODY], headers={"Content-Encoding": "gzip"}))[0] == 413
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 2**10  # our own hundred among them
    assert "编号" in await neighbour.says("路灯坏了，请修一下")


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
@pytest.mark.parametrize("channel", CODES)
async def test_a_call_that_is_not_packed_as_it_says_is_malformed(door, neighbour, channel, packing):
    before = refused(channel, "malformed")
    answered = await door.post(
        door.path(channel), "", b"<xml></xml>", headers={"Content-Encoding": packing, "Connection": "close"}
    )
    assert answered == (400, b"malformed")
    assert refused(channel, "malformed") == before + 1
    assert "编号" in await neighbour.says("路灯坏了，请修一下")


NOWHERE = (
    "/callback/official-account/nobody",
    "/callback/no-channel/hexin",
    "/callback/group-robot/tongzhi",
    "/callback/group-robot/nobody",
    "/callback/%00/%ff",
    "/callback/wecom-app/hexin",
    "/callback//",
    "/callback/official-account/hexin/more",
)


async def test_an_address_nobody_has_is_unknown_and_other_verbs_are_not_taken(door):
    for path in NOWHERE:
        for method in ("GET", "POST"):
            status, _ = await door.post(path, "signature=1&timestamp=1&nonce=1", b"x", method)
            assert status in (403, 404), path
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await door.post(door.path("wecom_app"), "", b"", method))[0] == 405


@pytest.mark.parametrize("channel", CODES)
async def test_the_url_check_passes_for_the_platform_and_for_nobody_else(house, door, channel):
    assert (await house.platform.checks_url(CODES[channel])).fault == ""
    query = build_check(door.account(channel), "123", house.clock.now())
    for spoilt in (
        changed(query, nonce="1"),
        changed(query, timestamp="1"),
        "echostr=%ff%fe",
        "",
        "signature=&timestamp=",
    ):
        status, said = await door.post(door.path(channel), spoilt, method="GET", body=None)
        assert status == 403
        assert b"123" not in said


@pytest.mark.parametrize("channel", ["official_account", "wecom_app"])
async def test_an_event_we_do_not_use_is_heard_and_answered_with_silence(house, door, channel):
    now = int(house.clock.now().timestamp())
    head = {"ToUserName": "x", "FromUserName": "sys", "CreateTime": now, "MsgType": "event"}
    for event in ("msgaudit_notify", "change_external_chat", "low_active_alert", "brand_new_event"):
        call = door.call(channel, xml.write(head | {"Event": event}))
        assert await door.post(door.path(channel), *call) in [(200, b""), (200, b"success")]
    assert [row.kind for row in await house.heard()] == ["unknown"] * 4


async def test_what_is_refused_stands_in_the_metrics(house, door):
    await door.post(door.path("wecom_app"), "", b"x")
    _, page = await door.post("/metrics", method="GET", body=None)
    assert b'lianxin_callbacks_refused_total{channel="wecom_app",why="forged"}' in page


QUERIES = st.dictionaries(
    st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "encrypt_type", "echostr", "openid", "x"]),
    st.text(max_size=60) | st.sampled_from(["1", "aes", "raw", "1765072800"]),
    max_size=7,
)
BODIES = st.binary(max_size=400) | st.builds(
    lambda head, body, tail: head + body + tail,
    st.sampled_from([b"<xml>", b"<xml><Encrypt>", b'{"encrypt":"', b"<xml><Encrypt><![CDATA[", b"\xef\xbb\xbf{", b""]),
    st.binary(max_size=200),
    st.sampled_from([b"</Encrypt></xml>", b"]]></Encrypt></xml>", b'"}', b""]),
)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("channel", CODES)
async def test_whatever_bytes_are_posted_the_door_never_breaks(door, channel):
    """Hypothesis is asked for its examples here, since the house lives in this loop."""
    calls = []

    @QUICK
    @given(QUERIES, BODIES)
    def collect(query, body):
        calls.append((query, body))

    collect()
    for query, body in calls:
        words = urlencode(query, errors="surrogatepass")
        posted, _ = await door.post(door.path(channel), words, body)
        got, _ = await door.post(door.path(channel), words, None, "GET")
        assert (posted, got) in {(403, 403), (400, 403)}, (query, body)


@pytest.mark.parametrize("channel", CODES)
async def test_whatever_bytes_are_signed_the_door_never_breaks(house, door, channel):
    calls = []

    @QUICK
    @given(
        st.binary(max_size=300)
        | st.dictionaries(
            st.sampled_from(
                ["MsgType", "FromUserName", "CreateTime", "Content", "Event", "EventKey", "msgtype", "from"]
            ),
            st.sampled_from(["text", "event", "1765072800", "CLICK", "subscribe", "image", "location", "-1", "9" * 40])
            | st.text(max_size=20),
        ).map(lambda fields: json.dumps(fields).encode())
    )
    def collect(inner):
        calls.append(inner)

    collect()
    for inner in calls:
        status, _ = await door.post(door.path(channel), *door.call(channel, inner))
        assert status in (200, 400), inner
    assert [row.error for row in await house.heard() if row.state == "failed"] == []


async def test_a_crowd_of_forgers_does_not_delay_the_good_one(door, neighbour):
    forgers = [door.post(door.path("official_account"), "signature=1", secrets.token_bytes(60_000)) for _ in range(50)]
    answer, *refusals = await asyncio.gather(neighbour.says("路灯坏了，请修一下"), *forgers)
    assert "编号" in answer
    assert {status for status, _ in refusals} == {403}
