"""Reach PostgreSQL at its address: one server, or whichever of several is written to, though another says nothing."""

from __future__ import annotations

import socket
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_S = 5.0  # for each server that is named; asyncpg waits a minute for all of them, and the first may use it up
VANISHED_S = 15  # a machine that is gone says nothing, and the kernel would believe in it for a quarter of an hour


def reached(url: URL, *, told: dict[str, str] | None = None, **more: Any) -> AsyncEngine:
    """Return an engine for a `postgresql://` address; its connections are told these settings of the server."""
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        hide_parameters=True,
        connect_args={"timeout": CONNECT_S, "server_settings": told or {}},
        **more,
    )
    event.listen(engine.sync_engine, "do_connect", _whoever_answers)
    event.listen(engine.sync_engine, "connect", _hang_up_in_time)
    return engine


def _whoever_answers(dialect: Any, _record: Any, words: Any, facts: dict[str, Any]) -> Any:
    """Connect to the first server that is what the address asks for; one that does not answer keeps nobody waiting."""
    hosts, ports = facts.get("host"), facts.get("port")
    if not isinstance(hosts, (list, tuple)):
        return None  # as usual
    last: Exception | None = None
    for number, host in enumerate(hosts):
        port = ports[number] if isinstance(ports, (list, tuple)) else ports
        try:
            return dialect.connect(*words, **facts | {"host": host, "port": port})
        except Exception as error:  # noqa: BLE001 - whatever keeps one from answering, the next one may
            last = error
    raise last or OSError("no server is named")


def _hang_up_in_time(connection: Any, _record: Any) -> None:
    """Let the kernel find out that a server's machine is gone, as libpq's tcp_user_timeout and keepalives do."""
    line = connection.driver_connection._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg offers no other way
    if line.family not in (socket.AF_INET, socket.AF_INET6) or not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for layer, option, value in (
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, VANISHED_S // 3),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, VANISHED_S // 3),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_S * 1000),
    ):
        line.setsockopt(layer, option, value)
