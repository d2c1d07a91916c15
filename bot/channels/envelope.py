"""Open and seal the platforms' envelopes: the one guarded place around wechatpy.

wechatpy 1.8.18 brings the cipher, the frame and the reply's XML. What it leaves open is closed here: it parses before
it has checked who speaks, compares with `!=`, never looks at the padding and raises nine bare kinds (platform.md C3).
Whatever happens inside, only Forged or Malformed comes out.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from xml.parsers import expat

from wechatpy.crypto import PrpCrypto

from bot.channels.base import Answer, Call
from bot.channels.fields import read_fields
from bot.channels.words import clean, fit
from bot.errors import Forged, LianxinError, Malformed
from config.settings import Account

# The longest text we promise to hear is 20,000 Chinese characters: 60,000 bytes, 80,000 sealed and in base64, and in
# compatible mode both stand in the body.
MAX_BODY = 160 * 1024
MAX_TEXT = 2048  # bytes of one passive text reply
WINDOW = timedelta(minutes=5)  # how far a call's timestamp may lie from our clock, either way
BLOCK = 32  # PKCS7 pads to 32, not to AES's 16 (platform.md A1)

_IN_JSON = re.compile(rb'"[Ee]ncrypt"\s*:\s*"([A-Za-z0-9+/=\\]+)"')
_ANY_JSON = re.compile(rb'"encrypt"\s*:', re.IGNORECASE)
_TO_USER = re.compile(rb"<ToUserName>(?:<!\[CDATA\[)?([^<\]]+)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no place for them in XML 1.0

P = ParamSpec("P")
R = TypeVar("R")


def only(error: type[LianxinError]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let nothing out of a function but Forged and Malformed: everything else becomes `error`."""

    def guard(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except (Forged, Malformed):
                raise
            except Exception as bare:  # noqa: BLE001 - expat, base64, struct, unicode, recursion: all the caller's doing
                raise error(type(bare).__name__) from None

        return guarded

    return guard


# ---- who speaks -----------------------------------------------------------------------------------------------------


def signature(token: str, timestamp: str, nonce: str, encrypt: bytes = b"") -> str:
    """Return sha1 of the sorted, joined parts; without `encrypt` it is the plain signature of A1."""
    parts = [part.encode("utf-8", "replace") for part in (token, timestamp, nonce)]
    return hashlib.sha1(b"".join(sorted([*parts, encrypt])), usedforsecurity=False).hexdigest()


@only(Forged)
def verify(
    call: Call, given: str, account: Account, now: datetime, *, encrypt: bytes = b"", window: timedelta = WINDOW
) -> None:
    """Raise Forged unless the signature that the query calls `given` is the platform's and the call is fresh."""
    query = call.query
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    ours = signature(account.token, timestamp, nonce, encrypt)
    if not account.token or not hmac.compare_digest(ours.encode(), query.get(given, "").encode("utf-8", "replace")):
        raise Forged("signature")
    if abs(now.timestamp() - int(timestamp)) > window.total_seconds():
        raise Forged("stale")


# ---- opening --------------------------------------------------------------------------------------------------------


@only(Forged)
def open_call(call: Call, account: Account, now: datetime, window: timedelta = WINDOW) -> bytes:
    """Return the decrypted body of a POST whose signature, time, padding and receiver are right."""
    encrypt = find_encrypt(call.body)
    verify(call, "msg_signature", account, now, encrypt=encrypt, window=window)
    return decrypt(encrypt, account)


@only(Forged)
def open_echo(call: Call, account: Account, now: datetime, window: timedelta = WINDOW) -> bytes:
    """Return what an encrypted URL check (WeCom) wants back."""
    encrypt = call.query.get("echostr", "").encode()
    verify(call, "msg_signature", account, now, encrypt=encrypt, window=window)
    return decrypt(encrypt, account)


@only(Forged)
def open_plain(call: Call, account: Account, now: datetime, window: timedelta = WINDOW) -> bytes:
    """Return the body of an unencrypted POST; its signature does not cover the body, so only plain mode may ask."""
    refuse_large(call.body)
    verify(call, "signature", account, now, window=window)
    return call.body


@only(Forged)
def find_encrypt(body: bytes) -> bytes:
    """Return the one Encrypt value of a raw body; nothing is parsed before the signature is checked."""
    refuse_large(body)
    return _find_in_json(body) if is_json(body) else _find_in_xml(body)


def _find_in_json(body: bytes) -> bytes:
    found = _IN_JSON.search(body)
    if found is None or len(_ANY_JSON.findall(body)) != 1:
        raise Forged("no single Encrypt")
    encrypt = found[1]
    return encrypt if b"\\" not in encrypt else bytes(json.loads(b'"%b"' % encrypt), "ascii")


def _find_in_xml(body: bytes) -> bytes:
    if body.count(b"<Encrypt>") > 1:
        body = _without_typed_tags(body)
    value, closed, rest = body.partition(b"<Encrypt>")[2].partition(b"</Encrypt>")
    if not closed or b"<Encrypt>" in rest:
        raise Forged("no single Encrypt")
    value = value.strip()
    return value[9:-3] if value.startswith(b"<![CDATA[") and value.endswith(b"]]>") else value


def _without_typed_tags(body: bytes) -> bytes:
    """Return the XML without the CDATA that holds `<`: in compatible mode a voter may have typed the tag himself."""
    head, *sections = body.split(b"<![CDATA[")
    for section in sections:
        typed, _, after = section.partition(b"]]>")
        head += after if b"<" in typed else b"<![CDATA[" + section
    return head


def refuse_large(body: bytes) -> None:
    """Raise Forged for a body no platform sends, before anything looks at it."""
    if len(body) > MAX_BODY:
        raise Forged("too large")


def is_json(body: bytes) -> bool:
    """Tell JSON from XML by its first sign, not by a header (platform.md A1)."""
    return body[:64].lstrip()[:1] == b"{"


def decrypt(encrypt: bytes, account: Account) -> bytes:
    """Return what the current key opens, else the previous one: during rotation both are in flight."""
    return _open_with(encrypt, account)[0]


def _open_with(encrypt: bytes, account: Account) -> tuple[bytes, str]:
    """Return the message and the key that opened it."""
    sealed = base64.b64decode(encrypt, validate=True)
    try:
        return _unframe(crypto(account.aes_key).cipher.decrypt(sealed), account.receive_id), account.aes_key
    except Exception:  # a wrong key shows as any of ten errors; the previous key is tried, or the error goes on
        if not account.previous_aes_key:
            raise
    key = account.previous_aes_key
    return _unframe(crypto(key).cipher.decrypt(sealed), account.receive_id), key


def _unframe(buffer: bytes, receive_id: str) -> bytes:
    """Return the message of 16 random bytes + length + message + receive id + padding; the 16 may be no text at all."""
    pad = _padding(buffer)
    end = 20 + int.from_bytes(buffer[16:20], "big")
    if end > len(buffer) - pad:
        raise Forged("length")
    if not hmac.compare_digest(buffer[end:-pad], receive_id.encode()):
        raise Forged("receiver")
    return buffer[20:end]


def _padding(buffer: bytes) -> int:
    """Return how many bytes at the end only fill the block."""
    pad = buffer[-1]
    if not 1 <= pad <= BLOCK or buffer[-pad:] != buffer[-1:] * pad:
        raise Forged("padding")
    return pad


@only(Forged)
def open_file(sealed: bytes, account: Account) -> bytes:
    """Return a file the robot was sent: the account's key, no frame, only the padding (platform.md B6)."""
    keys = [key for key in (account.aes_key, account.previous_aes_key) if key]
    for key in keys:
        buffer: bytes = crypto(key).cipher.decrypt(sealed)
        with contextlib.suppress(Forged):
            return buffer[: -_padding(buffer)]
    raise Forged("file")


# ---- reading --------------------------------------------------------------------------------------------------------


@only(Malformed)
def parse(body: bytes) -> dict[str, Any]:
    """Return the fields of a decrypted body, XML or JSON.

    wechatpy's own `parse_message` strips Content and loses blank texts, so the parser beneath it is asked directly.
    """
    fields = read_json(body) if is_json(body) else _read_xml(body)
    if not isinstance(fields, dict):
        raise Malformed("no fields")
    return fields


def _read_xml(body: bytes) -> Any:
    """Return what the root holds; typed control characters and broken UTF-8 cost those characters, not the message."""
    try:
        return read_fields(body)
    except expat.ExpatError:
        return read_fields(_CONTROLS.sub("", body.decode("utf-8", "replace")).encode())


def read_json(raw: bytes) -> Any:
    """Return JSON whose texts every database can keep: no NUL, no half of a surrogate pair."""
    value = json.loads(raw.decode("utf-8", "replace"), strict=False)
    return _storable(value) if b"\\u" in raw or b"\0" in raw else value


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


# ---- answering ------------------------------------------------------------------------------------------------------


def text_reply(incoming_body: bytes, sender: str, text: str, now: datetime) -> bytes:
    """Return the unencrypted passive reply: wechatpy's XML, or JSON where the call was JSON."""
    seconds, content = int(now.timestamp()), fit(text, MAX_TEXT)
    if is_json(incoming_body):
        head = {"ToUserName": sender, "FromUserName": str(parse(incoming_body).get("ToUserName", ""))}
        return dump({**head, "CreateTime": seconds, "MsgType": "text", "Content": content})
    us = _TO_USER.search(incoming_body)
    source = clean(us[1].decode("utf-8", "replace")) if us else ""
    return (
        f"<xml><ToUserName><![CDATA[{clean(sender)}]]></ToUserName><FromUserName><![CDATA[{source}]]></FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content></xml>"
    ).encode()


def sealed_answer(message: bytes, call: Call, account: Account, now: datetime) -> Answer:
    """Return the message encrypted, with the nonce of the URL, as XML or as JSON like the call."""
    encrypt, signed, seconds, nonce = _seal(message, call, account, now)
    if is_json(call.body):
        body = dump({"Encrypt": encrypt, "MsgSignature": signed, "TimeStamp": seconds, "Nonce": nonce})
        return Answer(body, "application/json")
    xml = (
        f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
        f"<TimeStamp>{seconds}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )
    return Answer(xml.encode(), "application/xml")


def sealed_robot_answer(message: Mapping[str, Any], call: Call, account: Account, now: datetime) -> Answer:
    """Return the message encrypted in the robot's own four words (platform.md B6)."""
    encrypt, signed, seconds, nonce = _seal(dump(message), call, account, now)
    body = dump({"encrypt": encrypt, "msgsignature": signed, "timestamp": seconds, "nonce": nonce})
    return Answer(body, "application/json")


def _seal(message: bytes, call: Call, account: Account, now: datetime) -> tuple[str, str, int, str]:
    seconds, nonce = int(now.timestamp()), clean(call.query.get("nonce", ""))
    encrypt = encrypt_with(_key_of(call, account), message, account.receive_id)
    return encrypt.decode(), signature(account.token, str(seconds), nonce, encrypt), seconds, nonce


def _key_of(call: Call, account: Account) -> str:
    """Return the key that opened the call: the platform wants the answer under the same one."""
    if not account.previous_aes_key:
        return account.aes_key
    return _open_with(find_encrypt(call.body), account)[1]


def encrypt_with(aes_key: str, message: bytes, receive_id: str) -> bytes:
    """Return the base64 of the encrypted frame."""
    sealed: bytes = crypto(aes_key).encrypt(message, receive_id)
    return sealed


class _Crypto(PrpCrypto):  # type: ignore[misc] # wechatpy has no types
    """wechatpy's crypto with a prefix nobody can guess; wechatpy draws it from `random.sample`."""

    def get_random_string(self) -> bytes:
        """Return 16 signs with 96 random bits."""
        return base64.b64encode(secrets.token_bytes(12))


@functools.lru_cache(maxsize=256)
def crypto(aes_key: str) -> Any:
    """Return the crypto object of an EncodingAESKey, made once; only 43 characters make a key that AES takes."""
    return _Crypto(base64.b64decode(aes_key + "=", validate=True))


def dump(fields: Mapping[str, Any]) -> bytes:
    """Return JSON in UTF-8, unescaped: the platforms refuse or show escaped signs as they stand (errcode 40033)."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
