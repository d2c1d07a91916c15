"""Hand callbacks to the service: five seconds, then the same again, three tries in all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import aiohttp

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.answers import Answer, Unserviceable, read_answer
from bot.emulator.calls import Letter, build_call, build_check
from bot.emulator.ledger import ChatLine, TryRow
from bot.emulator.world import World


@dataclass(slots=True)
class Happening:
    """What became of something a person did."""

    account: str
    person: str
    tries: list[TryRow] = field(default_factory=list)
    lines: list[ChatLine] = field(default_factory=list)  # what the person saw as answer
    answer: Answer | None = None  # as the platform understood it
    body: bytes = b""  # the raw body of the last HTTP answer
    fault: str = ""  # why the platform could not use the answer

    @property
    def statuses(self) -> list[int]:
        """Return the HTTP status of every try; 0 is no answer."""
        return [row.status for row in self.tries]

    @property
    def answers(self) -> list[str]:
        """Return the texts the person saw at once."""
        return [line.text for line in self.lines]

    @property
    def heard(self) -> bool:
        """Whether the service took it in the end."""
        return bool(self.tries) and self.tries[-1].status == 200


@dataclass(frozen=True, slots=True)
class Got:
    """What one HTTP call brought; status 0 is no answer."""

    status: int
    body: bytes
    fault: str
    seconds: float


class Postman:
    """Posts callbacks and reads the answers."""

    def __init__(self, world: World, timeout: float, tries: int) -> None:
        """Work for one emulator; `timeout` is the platform's five seconds."""
        self._world, self.timeout, self._tries = world, timeout, tries
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready to post."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Stop posting."""
        if self._session:
            await self._session.close()

    async def post(self, letter: Letter) -> Happening:
        """Post one message until it is taken, and say what the service answered."""
        happening, clock = Happening(letter.account.key, letter.person), asyncio.get_running_loop().time
        last = letter.tries or self._tries
        for number in range(1, last + 1):
            started = clock()
            happening.tries.append(await self._try(letter, number, happening))
            if happening.heard or self._world.stopping.is_set():
                break
            if number < last:  # the platform keeps its rhythm also when the refusal was quick
                await self._world.pause(started + self.timeout - clock())
        return happening

    async def post_raw(self, account: EmulatedAccount, query: str, body: bytes, content_type: str) -> Happening:
        """Post any bytes with any query, once."""
        return self._once(account, "raw", await self._send(account, query, body, content_type))

    async def get_raw(self, account: EmulatedAccount, query: str) -> Happening:
        """Make a GET with any query, once."""
        return self._once(account, "raw", await self._send(account, query))

    async def check_url(self, account: EmulatedAccount, secret: str, within: float) -> Happening:
        """Make the URL check; `fault` is empty if the service answered right."""
        query = build_check(account, secret, self._world.now())
        got = await self._send(account, query, within=within)
        if not got.fault and (got.status, got.body) != (200, secret.encode()):
            got = replace(got, fault="the echo is wrong")
        return self._once(account, "url_check", got)

    def _once(self, account: EmulatedAccount, event: str, got: Got) -> Happening:
        row = TryRow(self._world.now(), account.key, "", event, 1, got.status, got.fault, got.seconds)
        self._world.ledger.tried(row)
        return Happening(account.key, "", [row], body=got.body, fault=got.fault)

    async def _try(self, letter: Letter, number: int, happening: Happening) -> TryRow:
        """Sign afresh, post once, read the answer."""
        account, now = letter.account, self._world.now()
        query, body = build_call(account, letter.inner, now)
        kind = "application/json" if account.channel == "wecom_robot" else "text/xml"
        got = await self._send(account, query, body, kind)
        happening.body, fault = got.body, got.fault
        if got.status == 200:
            try:
                happening.answer = read_answer(account, dict(parse_qsl(query)), got.body, letter.person)
            except Unserviceable as error:
                happening.fault = fault = str(error)
        row = TryRow(now, account.key, letter.person, letter.event, number, got.status, fault, got.seconds)
        self._world.ledger.tried(row)
        return row

    async def _send(
        self,
        account: EmulatedAccount,
        query: str,
        body: bytes | None = None,
        content_type: str = "",
        *,
        within: float | None = None,
    ) -> Got:
        """Make one HTTP call: a POST if there is a body, else a GET."""
        if not account.callback_url or self._session is None:
            raise LookupError(f"{account.key} has no callback_url, or the emulator has not started")
        clock = asyncio.get_running_loop().time
        started, method = clock(), "GET" if body is None else "POST"
        more: dict[str, Any] = {"timeout": aiohttp.ClientTimeout(total=within or self.timeout)}
        more["headers"] = {"Content-Type": content_type} if content_type else {}
        url = f"{account.callback_url}?{query}" if query else account.callback_url
        try:
            async with self._session.request(method, url, data=body, allow_redirects=False, **more) as response:
                return Got(response.status, await response.read(), "", clock() - started)
        except TimeoutError:
            return Got(0, b"", "no answer in time", clock() - started)
        except aiohttp.ClientError as error:
            return Got(0, b"", f"no connection: {type(error).__name__}", clock() - started)
