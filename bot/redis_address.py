"""Reach Redis by its address: one server, or whichever a trio of sentinels calls master just now."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from config.faults import BadConfig

CONNECTIONS = 16
CONNECT_S = 0.5
SENTINEL_PORT = 26379
FORMS = (
    "REDIS_URL：应写作 redis://主机:6379/0 或 unix:///路径/redis.sock，"
    "经哨兵则写 redis+sentinel://哨兵1:26379,哨兵2:26379,哨兵3:26379/主库名/0"
)

_SENTINELS = re.compile(
    r"redis\+sentinel://(?:(?:[^:@/]*):(?P<password>[^@/]*)@)?(?P<hosts>[^/@]+)/(?P<name>[\w.-]+)(?:/(?P<db>\d+))?"
)


def connected(url: str, answer_s: float) -> Redis:
    """Return a client for that address that waits at most so many seconds; raises BadConfig if it is none.

    No connection is made yet. The words of an error may hold the password: they stay here.
    """
    # One retry, for a connection that a restarted Redis has forgotten; redis-py 8 would try ten times.
    patience: dict[str, Any] = {"socket_timeout": answer_s, "socket_connect_timeout": CONNECT_S}
    if url.startswith("redis+sentinel:"):
        return _by_sentinels(url, {**patience, "decode_responses": True})
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=answer_s,
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
            **patience,
        )
    except ValueError as error:
        raise BadConfig(FORMS) from error
    return Redis.from_pool(pool)


async def hang_up(client: Redis) -> None:
    """Close a client with all it opened; a client of sentinels leaves its own connections and theirs open else."""
    await client.aclose()
    pool = client.connection_pool
    await pool.disconnect()
    if isinstance(pool, SentinelConnectionPool):
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _by_sentinels(url: str, more: dict[str, Any]) -> Redis:
    """Return a client of the master that the sentinels name; asked again at every new connection."""
    found = _SENTINELS.fullmatch(url)
    hosts = [each.partition(":") for each in found["hosts"].split(",")] if found else []
    if found is None or not all(host and (not port or port.isdigit()) for host, _, port in hosts):
        raise BadConfig(FORMS)
    password = unquote(found["password"]) if found["password"] else None
    quick = {"socket_timeout": CONNECT_S, "socket_connect_timeout": CONNECT_S, "retry": Retry(NoBackoff(), 0)}
    trio = Sentinel(  # type: ignore[no-untyped-call]  # redis has no types there
        [(host, int(port or SENTINEL_PORT)) for host, _, port in hosts], sentinel_kwargs=quick
    )
    more |= {"db": int(found["db"] or 0), "password": password, "retry": Retry(NoBackoff(), 1)}
    client: Redis = trio.master_for(found["name"], **more)
    return client
