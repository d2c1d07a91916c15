"""Call addresses that others gave us: never one inside our own network, unless the office says it is meant."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.channels.remedies import refusal_by_status
from bot.errors import Remedy, SendFailed

CONNECT_S = 3.0
TOTAL_S = 10.0
FILE_TIMEOUT = aiohttp.ClientTimeout(total=60.0, connect=CONNECT_S, sock_read=TOTAL_S)
# A file is wanted as it lies there: unpacking is how a thousand bytes become a million.
AS_IT_LIES: Mapping[str, Any] = MappingProxyType({"headers": {"Accept-Encoding": "identity"}, "auto_decompress": False})
DOWN_WAITS_S = 60.0  # nobody answers there: the whole subscriber is left alone for so long
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address in the dress of an IPv6 one
NO_ADDRESS = "地址应是不带用户名的 https 网址"
INSIDE = "地址在内网，没有发出；确是内网系统的，请在 accounts.toml 写 private = true"


class Inside(OSError):
    """A name leads into our own network."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, in whatever dress it comes."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class PublicResolver(AbstractResolver):
    """Looks names up and hands out only public addresses; the connection goes to these and to no others."""

    def __init__(self) -> None:
        """Ask the system's own resolver, in a thread."""
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return where the name leads; raises Inside if any of it is ours."""
        found = await self._system.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise Inside(host)
        return found

    async def close(self) -> None:
        """Let go of the thread's resolver."""
        await self._system.close()


class Outward:
    """A client for addresses of strangers; one for the whole process, closed at its end."""

    def __init__(self) -> None:
        """Open nothing yet: sessions want a running loop."""
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> None:
        """POST and forget the answer's words; raises SendFailed. `private` allows plain HTTP and inner addresses."""
        async with self._answer("POST", url, private=private, data=body, headers=headers):
            pass

    async def get(self, url: str, most: int) -> tuple[bytes, str]:
        """Return a file of at most so many bytes and what its sender calls it; raises SendFailed."""
        async with self._answer("GET", url, private=False, **AS_IT_LIES, timeout=FILE_TIMEOUT) as answer:
            return await read_file(answer, most), answer.content_type

    @asynccontextmanager
    async def _answer(
        self, method: str, url: str, *, private: bool, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Make a call and hand out its answer if it is a good one; raises SendFailed."""
        target = _target(url, private=private)
        try:
            async with self._session(private=private).request(method, target, allow_redirects=False, **more) as answer:
                if not 200 <= answer.status < 300:
                    raise refusal_by_status(answer.status)
                yield answer
        except aiohttp.InvalidURL:
            raise SendFailed(0, NO_ADDRESS, Remedy.GIVE_UP) from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, Inside):
                raise SendFailed(0, INSIDE, Remedy.GIVE_UP) from None
            raise SendFailed(-1, type(error).__name__, Remedy.SLOW, wait=DOWN_WAITS_S) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            raise SendFailed(-1, type(error).__name__, Remedy.RETRY) from None

    async def close(self) -> None:
        """Let go of the connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, *, private: bool) -> aiohttp.ClientSession:
        """Return the session for inner or for public addresses; a proxy of the environment is not ours."""
        if private not in self._sessions:
            resolver = aiohttp.ThreadedResolver() if private else PublicResolver()
            self._sessions[private] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False),
                timeout=aiohttp.ClientTimeout(total=TOTAL_S, connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._sessions[private]


async def read_within(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the body, but not more than we are ready to hold; raises SendFailed."""
    content = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > most:
            raise SendFailed(0, f"larger than {most} bytes", Remedy.GIVE_UP)
    return bytes(content)


async def read_file(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Return a file that was asked for AS_IT_LIES; one that comes packed all the same may be a bomb: SendFailed."""
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise SendFailed(0, "packed", Remedy.GIVE_UP)
    return await read_within(answer, most)


def _target(url: str, *, private: bool) -> URL:
    """Return where to call; raises SendFailed for an address we never call: no HTTPS, a password, an inner number."""
    try:
        target = URL(url, encoded=url.isascii())  # as given: another spelling would break a store's own signature
    except ValueError:
        raise SendFailed(0, NO_ADDRESS, Remedy.GIVE_UP) from None
    if target.scheme not in (("http", "https") if private else ("https",)) or not target.host or target.user:
        raise SendFailed(0, NO_ADDRESS, Remedy.GIVE_UP)
    try:
        public = is_public(target.host)
    except ValueError:  # a name: the resolver looks where it leads
        return target
    if not private and not public:
        raise SendFailed(0, INSIDE, Remedy.GIVE_UP)
    return target
