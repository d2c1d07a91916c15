"""Serve our few style, script and picture files, each under an address that changes when it does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent.parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    body: bytes
    kind: str
    hash: str


FILES = {
    path.name: File(body := path.read_bytes(), _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])
    for path in sorted(_FOLDER.iterdir())
    if path.suffix in _TYPES
}


def address(name: str) -> str:
    """Return where a file is found; browsers may keep it for good, for a changed file has another address."""
    return f"/static/{name}?{FILES[name].hash}"


async def serve(request: web.Request) -> web.Response:
    """Send a file; whoever asks by an old address gets the file of today and keeps it for no longer than today."""
    file = FILES.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound
    headers = {
        "Cache-Control": _FOR_GOOD if request.query_string == file.hash else "no-cache",
        "ETag": f'"{file.hash}"',
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("If-None-Match") == f'"{file.hash}"':
        return web.Response(status=304, headers=headers)
    return web.Response(body=file.body, content_type=file.kind, charset="utf-8", headers=headers)
