"""Hold the envelope against every published vector (platform.md D2) and every call it must refuse (D3)."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import envelope
from bot.channels.base import Call
from bot.errors import Forged
from bot.message import Kind
from config.settings import Account
from tests.channels.platform import (
    APP,
    KEY,
    NONCE,
    NOW,
    ROBOT,
    SECONDS,
    aes,
    call_of,
    frame,
    query_of,
    sealed,
    sha1,
    text,
)

SAMPLE = Account("wecom_app", "sample", corp_id="wx5823bf96d3bd56c7", agent_id=218, token="QDG6eK", aes_key=KEY)
SAMPLE_OA = Account("official_account", "sample", app_id="wxba5fad812f8e6fb9", token="AAAAA", aes_key="A" * 43)

V1 = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}
V2_QUERY = {
    "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "timestamp": "1409659813",
    "nonce": "1372623149",
}
V2 = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
V4_QUERY = {
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "timestamp": "1714112445",
    "nonce": "415670741",
    "encrypt_type": "aes",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}
V4 = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
V5 = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
V3 = (
    "cjhLUX7UU4yCSelv1vz7T0zT8huF51bAMVWriNvO1FMegHrQZNrtvRxbwf0fUPsFvwqR0U0fgiJNEA5Y30F2MoI2S7vv3EjVQ68C0cjw9frBoUE2"
    "Hj0BvFp9h3u6Vbsg4lc1C8AtHdaN8orKuNKkLRLuYEL52R1J3v8olJGZRLnRdVKIivixmX/eQpzgeExtp20jI1HxRP1AAZ6xZoILdqDPO549LO4W"
    "eG+685JRUTdiwcY5fjZlqeMxuT4PpMn1X9OWsS7NRj06Wa5E3Tvg4twjWp39KPfOdRte6P1T4JU="
)


def at(timestamp):
    return datetime.fromtimestamp(int(timestamp), UTC)


def test_v1_the_url_check_of_wecom_is_answered(channels):
    """The published echostr decrypts to the published number, without quotes or a newline."""
    assert channels["wecom_app"].echo(Call(V1), SAMPLE, at(V1["timestamp"])) == b"1616140317555161061"


def test_v2_the_published_message_is_heard(channels):
    """The sample of WW 90968 says hello."""
    body = f"<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><Encrypt><![CDATA[{V2}]]></Encrypt><AgentID><![CDATA[218]]></AgentID></xml>"
    heard = channels["wecom_app"].hear(Call(V2_QUERY, body.encode()), SAMPLE, at(V2_QUERY["timestamp"]))
    assert (heard.kind, heard.text, heard.sender) == (Kind.TEXT, "hello", "mycreate")
    assert heard.at == at("1409659813")
    assert b"4561255354251345929" in heard.body


@pytest.mark.parametrize("escape", [str, lambda v: v.replace("/", r"\/"), lambda v: v.replace("=", r"\u003d")])
def test_v4_a_json_event_of_the_official_account_is_heard(channels, escape):
    """JSON is read by its body, however its writer escapes the slashes and equal signs of base64."""
    body = f'{{"ToUserName":"gh_97417a04a28d","Encrypt":"{escape(V4)}"}}'
    heard = channels["official_account"].hear(Call(V4_QUERY, body.encode()), SAMPLE_OA, at(V4_QUERY["timestamp"]))
    assert (heard.kind, heard.event) == (Kind.UNKNOWN, "debug_demo")
    assert b'"debug_str":"hello world"' in heard.body.replace(b" ", b"").replace(b"helloworld", b"hello world")
    assert len(heard.body) == 167


def test_v5_the_published_reply_comes_out(monkeypatch):
    """With the published random bytes our reply is the published one, signature and all."""
    monkeypatch.setattr(envelope._Crypto, "get_random_string", lambda self: "707722b803182950")
    assert envelope.encrypt_with("A" * 43, b'{"demo_resp":"good luck"}', "wxba5fad812f8e6fb9").decode() == V5
    signed = envelope.signature("AAAAA", "1713424427", "415670741", V5.encode())
    assert signed == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


@pytest.mark.parametrize(
    ("token", "timestamp", "nonce", "signature"),
    [
        ("AAAAA", "1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("AAAAA", "1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("spamtest", "1409735669", "1320562132", "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"),
    ],
)
def test_v6_plain_signatures_open_the_url_check(channels, token, timestamp, nonce, signature):
    """公众号 gets its echostr back as it is; one changed sign in the signature gets nothing."""
    account = replace(SAMPLE_OA, token=token)
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": "4375120948345356249"}
    channel = channels["official_account"]
    assert channel.echo(Call(query), account, at(timestamp)) == b"4375120948345356249"
    with pytest.raises(Forged):
        channel.echo(Call(query | {"signature": "0" + signature[1:]}), account, at(timestamp))


def test_v3_a_sample_whose_key_is_withheld_is_refused(channels):
    """It does not verify with the published token, and with a right signature it would not decrypt."""
    query = {"timestamp": "1409659813", "nonce": "1372623149"}
    given = query | {"msg_signature": "e3647471e395139e2308c1fa963f2d648a00b90e"}
    ours = query | {"msg_signature": sha1("QDG6eK", "1409659813", "1372623149", V3)}
    body = f'{{"ToUserName":"wx5823bf96d3bd56c7","Encrypt":"{V3}","AgentID":218}}'.encode()
    for attempt in (given, ours):
        with pytest.raises(Forged):
            channels["wecom_app"].hear(Call(attempt, body), SAMPLE, at("1409659813"))


# ---- must refuse ------------------------------------------------------------------------------------------------------

GOOD = text("路灯坏了").encode()


def posted(encrypt, account=APP, **query):
    body = f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    return Call(query_of(encrypt, account) | query, body.encode())


def flipped():
    call = call_of(text("路灯坏了"), APP)
    at_byte = call.body.index(b"<Encrypt><![CDATA[") + 40
    other = b"B" if call.body[at_byte : at_byte + 1] == b"A" else b"A"
    return Call(call.query, call.body[:at_byte] + other + call.body[at_byte + 1 :])


def flipped_and_signed():
    """A byte of the cipher text changed by somebody who can sign but has no key."""
    raw = bytearray(base64.b64decode(sealed(frame(GOOD, APP.receive_id))))
    raw[-17] ^= 0xFF  # it lands in the padding
    return posted(base64.b64encode(bytes(raw)).decode())


def padded(pad):
    """A frame that is right in everything and closed by `pad` bytes that say so; 0 is said by a block of zeros."""
    fill = bytes([pad]) * (pad or 16)
    blanks = -(20 + len(GOOD) + len(APP.receive_id) + len(fill)) % 16
    message = GOOD + b" " * blanks
    return posted(sealed(frame(message, APP.receive_id)[: 20 + len(message) + len(APP.receive_id)] + fill))


def too_long(account):
    message = GOOD if account is APP else b'{"msgtype":"text","from":{"userid":"zhang"}}'
    buffer = frame(message, account.receive_id)
    encrypt = sealed(buffer[:16] + (len(buffer) * 2).to_bytes(4, "big") + buffer[20:])
    body = f'{{"encrypt":"{encrypt}"}}' if account is ROBOT else f"<xml><Encrypt>{encrypt}</Encrypt></xml>"
    return Call(query_of(encrypt, account), body.encode())


MUST_REFUSE = {
    "one flipped byte": (flipped, APP),
    "one flipped byte under a right signature": (flipped_and_signed, APP),
    "another receiver": (lambda: posted(sealed(frame(GOOD, "wwother"))), APP),
    "no receiver": (lambda: posted(sealed(frame(GOOD, ""))), APP),
    "a receiver for the robot, which has none": (lambda: call_of(text("x"), replace(APP, corp_id="ww1")), replace(APP, channel="wecom_robot")),
    "another token": (lambda: call_of(text("x"), replace(APP, token="other")), APP),
    "an account without a token": (lambda: call_of(text("x"), replace(APP, token="")), replace(APP, token="")),
    "timestamp swapped with nonce": (lambda: Call(call_of(text("x"), APP).query | {"timestamp": NONCE, "nonce": SECONDS}, call_of(text("x"), APP).body), APP),
    "another key": (lambda: call_of(text("x"), APP), replace(APP, aes_key="A" * 43)),
    "a key of 42 characters": (lambda: call_of(text("x"), APP), replace(APP, aes_key=KEY[:42])),
    "a key that is no base64": (lambda: call_of(text("x"), APP), replace(APP, aes_key="钥" * 43)),
    "padding 0": (lambda: padded(0), APP),
    "padding 33": (lambda: padded(33), APP),
    "a length beyond the buffer": (lambda: too_long(APP), APP),
    "a length beyond the buffer where no receiver follows": (lambda: too_long(ROBOT), ROBOT),
    "not a multiple of 16": (lambda: posted(base64.b64encode(b"x" * 47).decode()), APP),
    "nothing encrypted": (lambda: posted(""), APP),
    "no base64": (lambda: posted("====!"), APP),
    "only padding": (lambda: posted(sealed(b"\x20" * 32)), APP),
    "an empty body": (lambda: Call(query_of("", APP), b""), APP),
    "a body without Encrypt": (lambda: Call(query_of("", APP), b"<xml><Content>hi</Content></xml>"), APP),
    "an unclosed Encrypt": (lambda: Call(query_of("", APP), b"<xml><Encrypt>abcd"), APP),
    "a JSON body without encrypt": (lambda: Call(query_of("", APP), b'{"a": 1}'), APP),
    "no signature": (lambda: posted(sealed(frame(GOOD, "wwcorp")), msg_signature=""), APP),
    "a signature in Chinese": (lambda: posted(sealed(frame(GOOD, "wwcorp")), msg_signature="签名"), APP),
    "no query": (lambda: Call({}, call_of(text("x"), APP).body), APP),
}  # fmt: skip


@pytest.mark.parametrize("name", MUST_REFUSE)
def test_what_the_platform_would_not_send_is_refused(channels, name):
    """Each of these proves nothing, so nobody reads it."""
    make, account = MUST_REFUSE[name]
    with pytest.raises(Forged):
        channels[account.channel].hear(make(), account, NOW)


@pytest.mark.parametrize("pad", [1, 16, 31, 32])
def test_every_padding_from_1_to_32_is_heard(channels, pad):
    """The frames of the refusals above are right in everything but the one thing they are named for."""
    assert channels["wecom_app"].hear(padded(pad), APP, NOW).text == "路灯坏了"


@pytest.mark.parametrize("form", ["xml", "json"])
def test_two_encrypts_are_one_too_many(channels, form):
    """Whichever is first, the body is refused although one of them is signed."""
    good, other = sealed(frame(GOOD, "wwcorp")), sealed(frame(b"<xml/>", "wwcorp"))
    for first, second in ((good, other), (other, good), (good, good)):
        body = f"<xml><Encrypt>{first}</Encrypt><Encrypt><![CDATA[{second}]]></Encrypt></xml>"
        if form == "json":
            body = f'{{"Encrypt":"{first}","encrypt":"{second}"}}'
        with pytest.raises(Forged, match="single"):
            channels["wecom_app"].hear(Call(query_of(good, APP), body.encode()), APP, NOW)


def test_a_padding_with_one_wrong_byte_is_refused(channels):
    """All padding bytes are looked at, not just the last."""
    buffer = bytearray(frame(GOOD + b"1234", APP.receive_id))
    assert buffer[-1] > 1
    buffer[-2] ^= 1
    with pytest.raises(Forged, match="padding"):
        channels["wecom_app"].hear(posted(sealed(bytes(buffer))), APP, NOW)


@pytest.mark.parametrize("late", [-301, 301, 86400])
def test_a_stale_call_is_refused_either_way(channels, late):
    """A recorded call is worth nothing after five minutes, nor is one from the future."""
    call = call_of(text("路灯坏了"), APP)
    with pytest.raises(Forged, match="stale"):
        channels["wecom_app"].hear(call, APP, NOW + timedelta(seconds=late))
    assert channels["wecom_app"].hear(call, APP, NOW + timedelta(seconds=299)).text == "路灯坏了"


@pytest.mark.parametrize("timestamp", ["", "now", "1e9", "9" * 400, "-5", "１７９５"])
def test_a_timestamp_that_is_no_time_is_refused_although_signed(channels, timestamp):
    """The signature covers whatever stands there; the clock does not."""
    encrypt = sealed(frame(GOOD, "wwcorp"))
    call = Call(query_of(encrypt, APP, timestamp), f"<xml><Encrypt>{encrypt}</Encrypt></xml>".encode())
    with pytest.raises(Forged):
        channels["wecom_app"].hear(call, APP, NOW)


def test_the_random_bytes_need_not_be_text():
    """As in V10: a decoder that turns the whole buffer into text fails on its first 16 bytes."""
    buffer = aes(KEY, base64.b64decode(sealed(frame(GOOD, "wwcorp"))), back=True)
    with pytest.raises(UnicodeDecodeError):
        buffer[:16].decode()
    assert envelope.decrypt(sealed(frame(GOOD, "wwcorp")).encode(), APP) == GOOD
