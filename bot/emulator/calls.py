"""Sign and encrypt one callback as the platform would: the query and the body of a POST."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from bot.emulator import xml
from bot.emulator.accounts import EmulatedAccount
from bot.emulator.crypto import Codec, sign


@dataclass(frozen=True, slots=True)
class Letter:
    """One callback to be carried; `tries` None means as often as the platform does."""

    account: EmulatedAccount
    inner: bytes
    person: str
    event: str
    chat: str = ""
    task_id: str = ""
    tries: int | None = None


_SENDER = re.compile(rb"<FromUserName><!\[CDATA\[(.*?)\]\]>")


@lru_cache(maxsize=256)
def codec_of(aes_key: str, receive_id: str) -> Codec:
    """Return the codec of an account; its key schedule is worth keeping under load."""
    return Codec(aes_key, receive_id)


def build_call(account: EmulatedAccount, inner: bytes, at: datetime | None = None) -> tuple[str, bytes]:
    """Return (query, body) that carries a message, ready to be posted to the account's callback address."""
    stamp, nonce = str(int((at or datetime.now(UTC)).timestamp())), str(secrets.randbelow(10**10))
    query = plain_query(account, stamp, nonce)
    if account.channel == "official_account":
        query["openid"] = _sender(inner)
        if account.mode == "plain":
            return urlencode(query), inner
        query["encrypt_type"] = "aes"
    encrypted = codec_of(account.aes_key, account.receive_id).encrypt(inner)
    query["msg_signature"] = sign(account.token, stamp, nonce, encrypted)
    return urlencode(query), _envelope(account, inner, encrypted)


def plain_query(account: EmulatedAccount, stamp: str, nonce: str) -> dict[str, str]:
    """Return the part of the query that is there in every mode; WeCom has no `signature`."""
    query = {"timestamp": stamp, "nonce": nonce}
    if account.channel == "official_account":
        query = {"signature": sign(account.token, stamp, nonce)} | query
    return query


def build_check(account: EmulatedAccount, secret: str, at: datetime) -> str:
    """Return the query of a URL check whose right answer is `secret`."""
    stamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(10**10))
    query = plain_query(account, stamp, nonce)
    if account.channel == "official_account":
        return urlencode(query | {"echostr": secret})
    echo = codec_of(account.aes_key, account.receive_id).encrypt(secret.encode())
    return urlencode(query | {"msg_signature": sign(account.token, stamp, nonce, echo), "echostr": echo})


def _sender(inner: bytes) -> str:
    found = _SENDER.search(inner)
    return found.group(1).decode(errors="replace") if found else ""


def _envelope(account: EmulatedAccount, inner: bytes, encrypted: str) -> bytes:
    if account.channel == "wecom_robot":
        return json.dumps({"encrypt": encrypted}).encode()
    if account.channel != "official_account":
        return xml.write({"ToUserName": account.corp_id, "AgentID": account.agent_id or "", "Encrypt": encrypted})
    if account.mode == "compatible":  # the clear fields stay beside the encrypted ones
        return xml.add(inner, {"Encrypt": encrypted})
    return xml.write({"ToUserName": account.original_id, "Encrypt": encrypted})
