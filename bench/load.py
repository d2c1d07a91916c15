"""Send prebuilt encrypted callbacks as fast as a server takes them, or at a steady rate, and time each."""

import asyncio
import time


async def flood(port, calls, connections):
    """Return seconds for all calls over so many kept connections, and the latencies."""
    waiting = iter(calls)
    latencies = []

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for call in waiting:
            started = time.perf_counter()
            writer.write(call)
            kept = await _read(reader)
            latencies.append(time.perf_counter() - started)
            if not kept:  # werkzeug closes after every answer, whatever protocol it is told
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return time.perf_counter() - began, latencies


async def steady(port, calls, rate):
    """Send so many a second, each when its moment comes whether or not the others are back; return the latencies."""
    free = []
    latencies = []

    async def one(call, due):
        if free:
            reader, writer = free.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(call)
        await _read(reader)
        latencies.append(time.perf_counter() - due)
        free.append((reader, writer))

    began = time.perf_counter() + 0.1
    tasks = []
    for number, call in enumerate(calls):
        due = began + number / rate
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.ensure_future(one(call, due)))
    await asyncio.gather(*tasks)
    for _reader, writer in free:
        writer.close()
    return latencies


async def _read(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        raise RuntimeError(head.decode())
    lower = head.lower()
    at = lower.index(b"content-length:") + 15
    await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
    return b"connection: close" not in lower


def request(path, query, body):
    """Return the bytes of one POST."""
    lines = (
        f"POST {path}?{query} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: text/xml",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def percentile(values, share):
    """Return the value below which that share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
