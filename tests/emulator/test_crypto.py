"""The emulator's own crypto against the vectors that the platforms publish."""

import base64
import json

import pytest

from bot.emulator import xml
from bot.emulator.crypto import BadEnvelope, Codec, pad, sign, signed_right, unpad

WECOM = ("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
OA = ("A" * 43, "wxba5fad812f8e6fb9")
V1 = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
V2 = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
V4 = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
V5 = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


@pytest.mark.parametrize(
    ("parts", "signature"),
    [
        (("QDG6eK", "1409659589", "263014780", V1), "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"),
        (("QDG6eK", "1409659813", "1372623149", V2), "477715d11cdb4164915debcba66cb864d751f3e6"),
        (("AAAAA", "1714112445", "415670741", V4), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"),
        (("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        (("AAAAA", "1713424427", "415670741", V5), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"),
        (("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("spamtest", "1409735669", "1320562132"), "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"),
    ],
)
def test_it_signs_as_the_published_examples_do(parts, signature):
    assert sign(*parts) == signature
    assert signed_right(signature, *parts)
    assert not signed_right(signature, "other", *parts[1:])


def test_it_opens_the_published_url_check():
    assert Codec(*WECOM).decrypt(V1) == b"1616140317555161061"


def test_it_opens_the_published_wecom_message():
    message = xml.read(Codec(*WECOM).decrypt(V2))
    assert (message["Content"], message["FromUserName"], message["MsgId"]) == (
        "hello",
        "mycreate",
        "4561255354251345929",
    )


def test_it_opens_the_published_json_message_whose_prefix_is_no_text():
    plain = Codec(*OA).decrypt(V4)
    assert len(plain) == 167
    assert json.loads(plain)["Event"] == "debug_demo"


def test_it_writes_the_published_reply_byte_for_byte():
    assert Codec(*OA).encrypt(b'{"demo_resp":"good luck"}', prefix=b"707722b803182950") == V5


@pytest.mark.parametrize("receive_id", ["", "ww1"])
@pytest.mark.parametrize("message", ["", "a", "您好", "🙂" * 50, "x" * 12, "x" * 11, "x" * 4096])
def test_what_it_locks_it_opens(receive_id, message):
    codec = Codec(WECOM[0], receive_id)
    assert codec.decrypt(codec.encrypt(message.encode())).decode() == message


def flipped(encrypted):
    raw = bytearray(base64.b64decode(encrypted))
    raw[-20] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "encrypted", [flipped(V2), "", "nonsense!", V2[:-24], base64.b64encode(b"x" * 15).decode()], ids=range(5)
)
def test_it_refuses_what_the_platform_would_not_write(encrypted):
    with pytest.raises(BadEnvelope):
        Codec(*WECOM).decrypt(encrypted)


def test_it_refuses_another_closing_id():
    with pytest.raises(BadEnvelope):
        Codec(WECOM[0], "wx0000000000000000").decrypt(V2)


def test_it_refuses_a_key_of_42_characters():
    with pytest.raises(BadEnvelope):
        Codec("A" * 42, "")


@pytest.mark.parametrize("filling", [b"\x00", b"\x21" * 33, b"\x02\x03"])
def test_it_refuses_a_false_padding(filling):
    with pytest.raises(BadEnvelope):
        unpad(b"x" * 40 + filling)


def test_whole_blocks_get_one_block_more():
    assert len(pad(b"x" * 32)) == 64
    assert unpad(pad(b"x" * 32)) == b"x" * 32


def test_it_refuses_a_length_beyond_the_buffer():
    """With an empty closing id nothing else would notice."""
    codec = Codec(WECOM[0], "")
    lock = codec._cipher.encryptor()
    raw = lock.update(pad(b"x" * 16 + b"\0\0\xff\xff" + b"hello")) + lock.finalize()
    with pytest.raises(BadEnvelope):
        codec.decrypt(base64.b64encode(raw).decode())
