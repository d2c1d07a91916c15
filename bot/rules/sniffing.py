"""Tell by its first bytes what a file is, whatever its sender called it."""

from __future__ import annotations

#    at  begins with        is            only what a browser shows without running anything in it
KINDS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
)  # fmt: skip
UNKNOWN = "application/octet-stream"


def kind_of(data: bytes) -> str:
    """Return the content type a file may be shown as; UNKNOWN for what is only to be downloaded."""
    return next((kind for at, begins, kind in KINDS if data[at : at + len(begins)] == begins), UNKNOWN)
