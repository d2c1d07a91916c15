"""Play the platform for the channels' tests: seal calls with a codec of our own writing, and answer on loopback."""

import base64
import hashlib
import json
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.base import Call
from config.settings import Account
from config.templates import TemplateOf

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECONDS = str(int(NOW.timestamp()))
NONCE = "1372623149"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
NEXT_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PREFIX = b"\xff\xfe16 bytes no tx"  # as in V10: the random bytes are no UTF-8

OA = Account("official_account", "oa", app_id="wx5823bf96d3bd56c7", token="QDG6eK", aes_key=KEY, secret="s3cret-oa",
             templates={"reminder": TemplateOf("TM-1"), "notice": TemplateOf("subscribe:SUB-1")})  # fmt: skip
APP = Account("wecom_app", "app", corp_id="wwcorp", agent_id=1000002, token="QDG6eK", aes_key=KEY, secret="s3cret-app")
ROBOT = Account("wecom_robot", "robot", name="连心", token="QDG6eK", aes_key=KEY)
KF = Account(
    "customer_service", "kf", corp_id="wwcorp", open_kfid="wk1", token="QDG6eK", aes_key=KEY, secret="s3cret-kf"
)
HOOK = Account("group_robot", "hook", webhook_key="s3cret-hook")
ACCOUNTS = {account.channel: account for account in (OA, APP, ROBOT, KF, HOOK)}


def sha1(*parts):
    return hashlib.sha1(b"".join(sorted(part.encode() for part in parts))).hexdigest()


def frame(message, receive_id, prefix=PREFIX):
    """Return prefix + length + message + id + PKCS7 to 32."""
    buffer = prefix + len(message).to_bytes(4, "big") + message + receive_id.encode()
    pad = 32 - len(buffer) % 32
    return buffer + bytes([pad]) * pad


def aes(key, buffer, *, back=False):
    raw = base64.b64decode(key + "=")
    cipher = Cipher(algorithms.AES(raw), modes.CBC(raw[:16]))
    worker = cipher.decryptor() if back else cipher.encryptor()
    return worker.update(buffer) + worker.finalize()


def sealed(buffer, key=KEY):
    return base64.b64encode(aes(key, buffer)).decode()


def encrypted(message, account, key=None):
    message = message if isinstance(message, bytes) else message.encode()
    return sealed(frame(message, account.receive_id), key or account.aes_key)


def opened(encrypt, account, key=None):
    """Return the message in an Encrypt value, checked byte by byte."""
    buffer = aes(key or account.aes_key, base64.b64decode(encrypt), back=True)
    end = 20 + int.from_bytes(buffer[16:20], "big")
    assert buffer[end:] == frame(buffer[20:end], account.receive_id)[end:]
    return buffer[20:end]


def query_of(encrypt, account, timestamp=SECONDS, nonce=NONCE):
    query = {"timestamp": timestamp, "nonce": nonce, "msg_signature": sha1(account.token, timestamp, nonce, encrypt)}
    if account.channel == "official_account":
        query |= {"signature": sha1(account.token, timestamp, nonce), "encrypt_type": "aes", "openid": "oWang"}
    return query


def call_of(message, account, key=None, form="xml", clear=""):
    """Return the POST that carries a message; a dict or a JSON form makes it JSON."""
    if isinstance(message, dict):
        message, form = json.dumps(message, ensure_ascii=False), "json"
    encrypt = encrypted(message, account, key)
    if account.channel == "wecom_robot":
        body = json.dumps({"encrypt": encrypt})
    elif form == "json":
        body = json.dumps({"ToUserName": "gh_1", "Encrypt": encrypt})
    else:
        body = f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName>{clear}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    return Call(query_of(encrypt, account), body.encode())


def xml(kind, inner="", sender="oWang", at=SECONDS, to="gh_1"):
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName>\n<FromUserName><![CDATA[{sender}]]></FromUserName>\n"
        f"<CreateTime>{at}</CreateTime>\n<MsgType><![CDATA[{kind}]]></MsgType>\n{inner}</xml>"
    )


def event(name, inner="", **kwargs):
    return xml("event", f"<Event><![CDATA[{name}]]></Event>\n{inner}", **kwargs)


def text(content, msg_id="4561255354251345929"):
    return xml("text", f"<Content><![CDATA[{content}]]></Content><MsgId>{msg_id}</MsgId>")


class Desk:
    """A platform of one page: it remembers what it was asked and answers what it was told to."""

    def __init__(self):
        self.asked = []
        self.tokens = 0
        self._next = deque()

    def will(self, answer, times=1):
        """Answer so: a dict as JSON, bytes as they are, a number as a status, or an async function of the request."""
        self._next.extend([answer] * times)

    async def handle(self, request):
        body = await request.read()
        self.asked.append((request.path, dict(request.query), json.loads(body) if body else {}))
        if request.path in ("/cgi-bin/stable_token", "/cgi-bin/gettoken") and not self._due_for_tokens():
            self.tokens += 1
            return web.json_response({"errcode": 0, "access_token": f"token-{self.tokens}", "expires_in": 7200})
        answer = self._next.popleft() if self._next else {"errcode": 0, "errmsg": "ok"}
        if callable(answer):
            return await answer(request)
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="text/plain")
        return web.json_response(answer)

    def _due_for_tokens(self):
        return bool(self._next) and isinstance(self._next[0], dict) and self._next[0].get("for") == "token"

    @property
    def sent(self):
        """Return what was asked besides tokens."""
        return [ask for ask in self.asked if not ask[0].endswith("token")]


def rotated(account):
    """Return the account after its key was changed in the console."""
    return replace(account, aes_key=NEXT_KEY, previous_aes_key=account.aes_key)
