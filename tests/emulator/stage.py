"""A tiny service of the test's own that the emulator can call: it remembers, and answers as told."""

import json
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.emulator import xml
from bot.emulator.crypto import Codec, sign

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that only moves when told."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def move(self, **how_far):
        self.now += timedelta(**how_far)


class Service:
    """Answers callbacks: each entry of `script` is used once, then `otherwise`."""

    def __init__(self):
        self.calls = []  # (method, query, body)
        self.script = []
        self.otherwise = None  # a function (query, inner) -> web.Response, or a web.Response factory

    async def handle(self, request):
        body = await request.read()
        self.calls.append((request.method, dict(request.query), body))
        answer = self.script.pop(0) if self.script else self.otherwise
        if answer is None:
            return web.Response(text="success")
        told = answer(request, body)
        return await told if hasattr(told, "__await__") else told


def opened(account, body):
    """Return the inner message of a callback body."""
    codec = Codec(account.aes_key, account.receive_id)
    if account.channel == "wecom_robot":
        return json.loads(codec.decrypt(json.loads(body)["encrypt"]))
    fields = xml.read(body)
    return xml.read(codec.decrypt(fields["Encrypt"])) if "Encrypt" in fields else fields


def sealed(account, query, inner):
    """Return the encrypted answer that carries `inner`."""
    encrypted = Codec(account.aes_key, account.receive_id).encrypt(inner)
    stamp = query["timestamp"]
    signature = sign(account.token, stamp, query["nonce"], encrypted)
    if account.channel == "wecom_robot":
        told = {"encrypt": encrypted, "msgsignature": signature, "timestamp": int(stamp), "nonce": query["nonce"]}
        return web.json_response(told)
    told = {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": int(stamp), "Nonce": query["nonce"]}
    return web.Response(body=xml.write(told), content_type="text/xml")


def text_answer(account, text, **wrong):
    """Return a script entry that answers with words; `wrong` overrides fields of the reply."""

    def answer(request, body):
        person = opened(account, body)["FromUserName"]
        fields = {"ToUserName": person, "FromUserName": account.original_id, "CreateTime": 1, "MsgType": "text"}
        return sealed(account, request.query, xml.write(fields | {"Content": text} | wrong))

    return answer


def robot_answer(account, fields):
    """Return a script entry that answers the smart robot's call."""
    return lambda request, _body: sealed(account, request.query, json.dumps(fields).encode())


def status(code):
    return lambda _request, _body: web.Response(status=code)
