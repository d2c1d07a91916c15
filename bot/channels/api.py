"""Call the platforms' HTTP interfaces: JSON, time-outs, a token, and a failure that says what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import aiohttp
from yarl import URL

from bot.channels.envelope import dump, open_file, read_json
from bot.channels.outward import AS_IT_LIES, Outward, read_file, read_within
from bot.channels.remedies import REMEDIES, TOKEN_CODES, refusal, refusal_by_status
from bot.channels.tokens import LocalTokenCache, TokenCache, Tokens
from bot.channels.words import clean
from bot.clock import Clock, SystemClock
from bot.errors import Forged, Remedy, SendFailed
from bot.message import Media
from config.settings import Account

__all__ = ["REMEDIES", "Api", "LocalTokenCache", "TokenCache", "Tokens"]

CONNECT_S = 2.0
TOTAL_S = 8.0
MEDIA_TOTAL_S = 60.0
MAX_JSON = 8 * 1024 * 1024  # kf/sync_msg brings 1,000 messages at once
MAX_MEDIA = 20 * 1024 * 1024
OFFICIAL = URL("https://qyapi.weixin.qq.com")
CUT = -1  # no answer, or none we can read: as good as the platform's own "busy"

T = TypeVar("T")


class Raw(NamedTuple):
    """What came back before anybody read it."""

    body: bytes
    content_type: str
    is_file: bool


class Api:
    """The two platforms behind one door; one for the whole process, closed at its end."""

    def __init__(
        self,
        wechat_base: str,
        wecom_base: str,
        cache: TokenCache | None = None,
        clock: Clock | None = None,
        *,
        connect_s: float = CONNECT_S,
        total_s: float = TOTAL_S,
    ) -> None:
        """Speak to these addresses; share tokens through `cache` (without one: inside this process)."""
        self._bases = {"official_account": wechat_base.rstrip("/")}
        self._wecom = wecom_base.rstrip("/")
        self._tokens = Tokens(cache or LocalTokenCache())
        self._clock = clock or SystemClock()
        self._timeout = aiohttp.ClientTimeout(total=total_s, connect=connect_s)
        self._media_timeout = aiohttp.ClientTimeout(total=MEDIA_TOTAL_S, connect=connect_s, sock_read=total_s)
        self._session: aiohttp.ClientSession | None = None
        self.outward = Outward()

    async def close(self) -> None:
        """Let go of the connections."""
        await self.outward.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def now(self) -> datetime:
        """Return the present moment by the service's clock."""
        return self._clock.now()

    async def call(self, account: Account, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST to an interface of the account's platform and return its answer; raises SendFailed."""

        async def send(token: str) -> dict[str, Any]:
            raw = await self._exchange("POST", self._base(account) + path, {"access_token": token}, body)
            return self._read(account, raw)

        return await self._with_token(account, send)

    async def member_of_code(self, account: Account, code: str) -> str:
        """Return the userid behind a code of WeCom's sign-in, empty for who is no member; raises SendFailed.

        A code works once and for five minutes (WW 91023).
        """

        async def ask(token: str) -> dict[str, Any]:
            query = {"access_token": token, "code": code}
            return self._read(account, await self._exchange("GET", self._wecom + "/cgi-bin/auth/getuserinfo", query))

        return str((await self._with_token(account, ask)).get("userid", ""))

    async def follower_of_code(self, account: Account, code: str) -> str:
        """Return the openid behind a code of 网页授权, empty for a preview account; raises SendFailed.

        A code works once and for five minutes; a preview account is nobody (platform.md A8).
        """
        query = {"appid": account.app_id, "secret": account.secret, "code": code, "grant_type": "authorization_code"}
        url = f"{self._base(account)}/sns/oauth2/access_token"
        answer = self._read(account, await self._exchange("GET", url, query))
        return "" if answer.get("is_snapshotuser") == 1 else str(answer.get("openid", ""))

    async def post(self, account: Account, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST to an address that is its own credential (webhook, response_url); raises SendFailed."""
        if not self.is_platform(url):
            raise SendFailed(
                0, "地址不属于平台", Remedy.GIVE_UP
            )  # the address came from outside: never our own network
        return self._read(account, await self._exchange("POST", url, None, body))

    async def fetch_media(self, account: Account, media: Media) -> tuple[bytes, str]:
        """Return the bytes and the type of a picture, sound, film or file; the platform keeps it for 3 days."""
        if account.channel == "wecom_robot":
            return await self._fetch_by_url(account, media.url)
        if not media.media_id:
            raise SendFailed(0, "no media id", Remedy.GIVE_UP)

        async def send(token: str) -> Raw:
            query = {"access_token": token, "media_id": media.media_id}
            raw = await self._exchange("GET", self._base(account) + "/cgi-bin/media/get", query, limit=MAX_MEDIA)
            if not raw.is_file and raw.content_type in ("application/json", "text/plain"):
                self._read(account, raw)
                raise SendFailed(0, "no file", Remedy.GIVE_UP)
            return raw

        raw = await self._with_token(account, send)
        return raw.body, raw.content_type

    async def _fetch_by_url(self, account: Account, url: str) -> tuple[bytes, str]:
        """Return a file of the smart robot; its address came in a signed call and leads to the platform's store."""
        if self.is_platform(url):
            sealed, content_type, _ = await self._exchange("GET", url, limit=MAX_MEDIA)
        else:  # the platform's store has many names; whichever it is, it lies outside our own network
            sealed, content_type = await self.outward.get(url, MAX_MEDIA)
        try:
            return open_file(sealed, account), content_type
        except Forged:
            raise SendFailed(0, "the file cannot be opened", Remedy.GIVE_UP) from None

    def webhook(self, account: Account) -> str:
        """Return the address of a group's webhook; its key is the credential and goes into no log."""
        return str(URL(self._wecom + "/cgi-bin/webhook/send").with_query(key=account.webhook_key))

    def is_platform(self, url: str) -> bool:
        """Tell whether an address is on WeCom's host: same scheme, host and port, nobody's name before it."""
        try:
            given = URL(url, encoded=True)
            return given.user is None and given.origin() in (OFFICIAL, URL(self._wecom).origin())
        except ValueError:
            return False

    async def probe(self, account: Account) -> None:
        """Ask for a token with the account's own secret and keep nothing; raises SendFailed."""
        await self._new_token(account)

    # ---- tokens ---------------------------------------------------------------------------------------------------

    async def _with_token(self, account: Account, send: Callable[[str], Awaitable[T]]) -> T:
        """Send with a token; one the platform calls invalid is dropped and a new one tried, once (platform.md A7)."""
        name = f"token:{account.channel}:{account.app_id or account.corp_id}:{account.agent_id}"
        token = await self._tokens.get(name, lambda: self._new_token(account))
        try:
            return await send(token)
        except SendFailed as failed:
            if failed.errcode not in TOKEN_CODES:
                raise
        await self._tokens.drop(name, token)
        return await send(await self._tokens.get(name, lambda: self._new_token(account)))

    async def _new_token(self, account: Account) -> tuple[str, int]:
        """Ask for a token: stable_token kills nobody else's (A6), gettoken repeats the living one (B3)."""
        base = self._base(account)
        if account.channel == "official_account":
            body = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
            raw = await self._exchange("POST", base + "/cgi-bin/stable_token", None, body)
        else:
            query = {"corpid": account.corp_id, "corpsecret": account.secret}
            raw = await self._exchange("GET", base + "/cgi-bin/gettoken", query)
        answer = self._read(account, raw)
        token, lives_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lives_s, int):
            raise SendFailed(CUT, "no token in the answer", Remedy.RETRY)
        return token, lives_s

    # ---- the wire -------------------------------------------------------------------------------------------------

    def _base(self, account: Account) -> str:
        return self._bases.get(account.channel, self._wecom)

    def _client(self) -> aiohttp.ClientSession:
        """Return the one session, made inside the running loop; a proxy of the environment is not ours."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def _exchange(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        limit: int = MAX_JSON,
    ) -> Raw:
        """Do one request; the addresses carry tokens, so no exception of aiohttp leaves this function."""
        is_file = limit != MAX_JSON
        asked = AS_IT_LIES if is_file else {"headers": {"Content-Type": "application/json"}}
        try:
            async with self._client().request(
                method,
                URL(url, encoded=True),  # as given: another spelling would break the store's own signature
                params=query,
                data=None if body is None else dump(body),
                allow_redirects=False,
                timeout=self._media_timeout if is_file else self._timeout,
                **asked,
            ) as response:
                if response.status != 200:
                    raise refusal_by_status(response.status)
                content = await (read_file if is_file else read_within)(response, limit)
                return Raw(content, response.content_type, "Content-Disposition" in response.headers)
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            raise SendFailed(CUT, type(error).__name__, Remedy.RETRY) from None

    def _read(self, account: Account, raw: Raw) -> dict[str, Any]:
        """Return the answer as JSON; an errcode in a 200 is a failure."""
        try:
            answer = read_json(raw.body)
            errcode = int(answer.get("errcode") or 0)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise SendFailed(CUT, "garbage", Remedy.RETRY) from None
        if errcode:
            raise refusal(account.channel, errcode, clean(str(answer.get("errmsg", "")))[:200], self._clock.now())
        return dict(answer)
