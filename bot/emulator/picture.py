"""A sample picture that a person can send: a street lamp at dusk, drawn here so that no file is needed."""

from __future__ import annotations

import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 160, 120
Colour = tuple[int, int, int]


@cache
def sample_picture() -> bytes:
    """Return the lamp as PNG."""
    rows = b"".join(b"\0" + b"".join(bytes(_colour(x, y)) for x in range(WIDTH)) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _colour(x: int, y: int) -> Colour:
    if y >= 104:
        return 58, 62, 70  # the road
    if (64 <= x <= 67 and y >= 30) or (64 <= x <= 92 and 27 <= y <= 30):
        return 40, 42, 48  # the pole and its arm
    if 84 <= x <= 98 and 31 <= y <= 36:
        return 110, 112, 104  # the lamp, dark
    return 70 + y, 84 + y // 2, 128 - y // 3  # the evening sky


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
