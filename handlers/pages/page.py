"""Make pages: one set of templates, one set of headers, and a calm page when something is amiss."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
import structlog
from aiohttp import web
from aiohttp.web_request import FileField
from multidict import MultiDict

from bot.actions.reception import spoken
from bot.channels.words import clean
from bot.clock import local
from bot.errors import Busy
from bot.memory import Away
from bot.rules.privacy import mask
from bot.rules.redaction import shown, title
from handlers.pages import files
from handlers.public.callers import whole
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

# Nothing from elsewhere, nothing written into the page itself: a text that smuggles in a script smuggles in nothing.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
#          what went wrong                     HTTP
_SORRY = {"not_found": 404, "forbidden": 403, "stale": 403, "too_large": 413, "bad": 400, "memory": 503, "busy": 503,
          "broken": 500, "not_public": 404, "not_yours": 404, "too_often": 429}  # fmt: skip

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _day(value: date | str) -> str:
    """Return a day as people say it."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.year}年{day.month}月{day.day}日"


def _time(moment: datetime) -> str:
    """Return a moment as people in the office say it."""
    at = local(moment)
    return f"{at.month}月{at.day}日 {at:%H:%M}"


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {
    "mask": mask,
    "time": _time,
    "day": _day,
    "spoken": spoken,
    "shown": lambda text, case: shown(case, text),
    "title": title,
}


def here(request: web.Request, path: str) -> str:
    """Return the address of one of our pages, below whatever folder a proxy put us in."""
    return f"{urlsplit(request.app[DEPS].settings.public_url).path}{path}"


def render(request: web.Request, template: str, /, **facts: Any) -> str:
    """Return a template filled in; each knows `texts`, `url` (of a page of ours) and `file` (a style, a script)."""

    def url(path: str) -> str:
        return here(request, path)

    def file(name: str) -> str:
        return here(request, files.address(name))

    return _TEMPLATES.get_template(template).render(texts=request.app[DEPS].texts, url=url, file=file, **facts)


def page(request: web.Request, template: str, /, *, status: int = 200, **facts: Any) -> web.Response:
    """Return a page."""
    return web.Response(
        text=render(request, template, **facts), status=status, content_type="text/html", headers=HEADERS
    )


def sorry(request: web.Request, code: str) -> web.Response:
    """Return a page that says what is amiss and what to do (texts `sorry.{code}`)."""
    return page(request, "sorry.html", status=_SORRY[code], code=code)


def calmly(handler: Handler) -> Handler:
    """Let a handler answer with a page whatever goes wrong in it; the log knows more than the page says."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            whole(request)
            return await handler(request)
        except web.HTTPNotFound:
            return sorry(request, "not_found")
        except web.HTTPForbidden:
            return sorry(request, "forbidden")
        except web.HTTPRequestEntityTooLarge:
            return sorry(request, "too_large")
        except web.HTTPBadRequest:
            return sorry(request, "bad")
        except web.HTTPTooManyRequests as often:
            return wait(request, often)
        except Away:
            return sorry(request, "memory")
        except Busy:
            return sorry(request, "busy")
        except web.HTTPException:  # the others lead elsewhere
            raise
        except Exception:  # a page must not break the service, and must not tell a stranger why
            log.exception("page_failed", page=kind_of(request))
            return sorry(request, "broken")

    return answer


def wait(request: web.Request, often: web.HTTPTooManyRequests) -> web.Response:
    """Return the page that says when to come again."""
    answered = sorry(request, "too_often")
    answered.headers["Retry-After"] = often.headers["Retry-After"]
    return answered


def kind_of(request: web.Request) -> str:
    """Return the address as the route table has it: the parts of a visitor's own may be a key or a name."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: its name as the browser gave it, and its bytes."""

    name: str
    data: bytes


async def form_of(request: web.Request) -> MultiDict[str]:
    """Return the words of a form, with line ends as people mean them; files are left out."""
    return (await form_with_files(request))[0]


async def form_with_files(request: web.Request, most: int = 0) -> tuple[MultiDict[str], dict[str, Upload]]:
    """Return the words of a form and its files; `most` bytes of it are read, 0 for as many as of any form.

    Raises HTTPRequestEntityTooLarge, and HTTPBadRequest for what is no form or is not packed as it says.
    """
    if most:
        request = request.clone(client_max_size=most)
    try:
        sent: Mapping[str, Any] = await request.post()
    except (ValueError, LookupError, web.RequestPayloadError):  # an encoding that is none
        raise web.HTTPBadRequest from None
    words = MultiDict((name, clean(value).strip()) for name, value in sent.items() if isinstance(value, str))
    files = {name: await _read(value) for name, value in sent.items() if isinstance(value, FileField)}
    return words, files


async def _read(sent: FileField) -> Upload:
    with sent.file:
        return Upload(sent.filename, await asyncio.to_thread(sent.file.read))
