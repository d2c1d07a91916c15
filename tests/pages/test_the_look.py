"""One file holds the look: small, kept by browsers for good, and readable by day and by night."""

import io
import re
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest
import structlog
from aiohttp import web

from bot import logs
from bot.app import listening, web_app
from handlers import ROUTER
from handlers.pages import files
from handlers.pages.page import HEADERS, calmly, sorry
from handlers.webhooks import DEPS
from handlers.webhooks import ROUTER as ROUTER_KEY

CSS = Path("handlers/static/lianxin.css").read_text(encoding="utf-8")
DAY, NIGHT = (
    dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\n? *\}", CSS, re.DOTALL)[:2]
)
GROUNDS = ("ground", "paper", "sunk")
#        ink on ground                                                 at least
PAIRS = [
    *((ink, ground, 4.5) for ink, ground in product(("ink", "soft", "mark", "good", "warn", "info"), GROUNDS)),
    *((f"{name}", f"{name}-ground", 4.5) for name in ("mark", "good", "warn", "info")),
    ("on-mark", "mark", 4.5), ("on-mark", "mark-deep", 4.5), ("ink", "mark-ground", 4.5), ("ink", "info-ground", 4.5),
    ("ink", "good-ground", 4.5), ("ink", "warn-ground", 4.5), ("edge", "paper", 3), ("edge", "ground", 3),
    ("focus", "paper", 3), ("focus", "ground", 3),
]  # fmt: skip


def brightness(colour):
    digits = colour.lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("tokens", "when"), [(DAY, "day"), (DAY | NIGHT, "night")], ids=["day", "night"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_every_ink_can_be_read_on_its_ground(tokens, when, ink, ground, least):
    assert contrast(tokens[ink], tokens[ground]) >= least, f"{ink} on {ground} by {when}"


def test_colours_have_names_and_the_rest_of_the_file_uses_them():
    rest = CSS.split("/* the frame */")[1].split("@media print")[0]
    assert not re.search(r"#[0-9a-f]{3,6}\b", rest)
    assert len(CSS.encode()) <= 20_000


async def test_a_file_is_kept_for_good_and_a_changed_one_has_another_address(house):
    address = files.address("lianxin.css")
    async with aiohttp.ClientSession() as http, http.get(house.url + address) as got:
        assert (got.status, got.content_type) == (200, "text/css")
        assert "immutable" in got.headers["Cache-Control"]
        tag = {"If-None-Match": got.headers["ETag"]}
    async with aiohttp.ClientSession() as http, http.get(f"{house.url}/static/lianxin.css?old", headers=tag) as got:
        assert (got.status, got.headers["Cache-Control"]) == (304, "no-cache")
    async with aiohttp.ClientSession() as http, http.get(f"{house.url}/static/..%2f..%2frun.py") as got:
        assert got.status == 404


class Request(dict):
    """As much of a request as a page needs."""

    match_info = SimpleNamespace(route=SimpleNamespace(resource=None))

    def __init__(self, house):
        self.app = {DEPS: house.deps}


@pytest.mark.parametrize("code", ["not_found", "forbidden", "stale", "too_large", "bad", "memory", "busy", "broken"])
async def test_what_is_amiss_is_said_with_what_to_do(house, code):
    page = sorry(Request(house), code)
    assert page.status >= 400
    assert house.deps.texts(f"sorry_next.{code}") in page.text
    assert page.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert "<style" not in page.text
    assert "<script" not in page.text


async def test_a_page_that_breaks_tells_no_stranger_why(house):
    async def breaks(_request):
        raise RuntimeError("secret words")

    page = await calmly(breaks)(Request(house))
    assert page.status == 500
    assert "secret words" not in page.text


async def test_the_log_of_a_broken_page_names_no_key(house):
    """Addresses of ours can be keys: a link, a pass, somebody's number."""
    said = io.StringIO()
    logs.configure(said, cache=False)

    async def breaks(_request):
        raise RuntimeError("secret words")

    app = web_app(house.deps, ROUTER, [web.get("/case/{token}", calmly(breaks))], (DEPS, ROUTER_KEY))
    async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as http:
        await http.get(f"http://127.0.0.1:{port}/case/AQAAAAkeyOfOnePerson?code=hidden")
    structlog.reset_defaults()
    assert '"page": "/case/{token}"' in said.getvalue()
    assert "keyOfOnePerson" not in said.getvalue()
    assert "hidden" not in said.getvalue()
