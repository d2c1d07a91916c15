"""The door of people without WeCom: one page per signed link, one case, the deeds of its assignment."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
import structlog
from aiohttp import web
from markupsafe import Markup

from bot.actions import by_link
from bot.actions.by_link import DEEDS, MOST_SIGNS, View
from bot.actions.handing import Desk
from bot.actions.replies import CLASSES, MODES, STAGES
from bot.clock import local
from bot.deps import Deps
from bot.errors import Refused
from bot.rules import links
from bot.rules.links import Link
from bot.rules.redaction import shown
from bot.store import Db
from handlers.pages.page import form_of
from handlers.public import callers
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

_TEMPLATES = Path(__file__).parent / "public" / "templates"
_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.globals["shown"] = shown
_PAGES.filters |= {"time": lambda at: f"{local(at).month}月{local(at).day}日 {local(at):%H:%M}"}
_CSS = (_TEMPLATES / "case.css").read_text(encoding="utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

# The address is the key: it must not travel in a Referer, a search index or a cache.
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
#                refusal         HTTP
_STATUS = {"link_broken": 404, "link_forged": 403, "link_stale": 403, "link_expired": 410}
_FIELDS = ("last", "grade", "lacks", "text", "reason", "to", "stage", "mode")


async def show(request: web.Request) -> web.Response:
    """Show the case of a link; WeChat opens links by itself, so this only reads."""
    await callers.spare(request, "link")
    deps = request.app[DEPS]
    try:
        link = _link(deps, request)
        return _page(deps, request, await _view(deps, link))
    except Refused as refusal:
        return _page(deps, request, None, refusal)


async def act(request: web.Request) -> web.Response:
    """Do one deed and lead back to the page; a refusal is said on it, and what was written stays in its form."""
    await callers.spare(request, "link")
    deps, deed = request.app[DEPS], request.match_info["deed"]
    if deed not in DEEDS:
        raise web.HTTPNotFound
    given = await _form(request)
    try:
        link = _link(deps, request)
    except Refused as refusal:
        return _page(deps, request, None, refusal)
    try:
        _check(deps, request, given["csrf"])
        await deps.store.write(partial(_act, deps=deps, link=link, deed=deed, given=given))
    except Refused as refusal:
        log.info("link_refused", deed=deed, why=refusal.code)
        return _page(deps, request, await _view(deps, link), refusal, given)
    deps.outbox.wake.set()
    log.info("link_deed", deed=deed, assignment=link.assignment_id)
    raise web.HTTPSeeOther(_here(deps, request), headers=_HEADERS)


async def back(request: web.Request) -> web.Response:
    """Lead whoever opens the address of a deed to the page itself."""
    raise web.HTTPSeeOther(_here(request.app[DEPS], request), headers=_HEADERS)


async def _act(db: Db, *, deps: Deps, link: Link, deed: str, given: Mapping[str, str]) -> None:
    desk = Desk(db, deps.texts, deps.clock.now(), deps.links)
    await by_link.act(desk, link, deed, {name: given[name] for name in _FIELDS})


async def _view(deps: Deps, link: Link) -> View:
    async with deps.store.read() as db:
        return await by_link.look(db, link, deps.texts)


def _link(deps: Deps, request: web.Request) -> Link:
    return links.read(deps.sealer, request.match_info["token"], deps.clock.now())


def _check(deps: Deps, request: web.Request, word: str) -> None:
    """Raise Refused if the form does not come from this link's page, or was made for another deed."""
    if not links.consents(deps.sealer, request.match_info["token"], request.match_info["deed"], word):
        raise Refused("link_stale")


async def _form(request: web.Request) -> dict[str, str]:
    """Return the words of the form, with line ends as people mean them; what is no text is empty."""
    sent = await form_of(request)
    return {name: sent.get(name, "") for name in (*_FIELDS, "csrf")}


def _here(deps: Deps, request: web.Request) -> str:
    """Return the page's own address below whatever folder a proxy put us in."""
    return f"{urlsplit(deps.settings.public_url).path}/case/{request.match_info['token']}"


def _page(
    deps: Deps,
    request: web.Request,
    view: View | None,
    refusal: Refused | None = None,
    given: Mapping[str, str] | None = None,
) -> web.Response:
    token = request.match_info["token"]
    page = _PAGES.get_template("case.html").render(
        texts=deps.texts,
        css=Markup(_CSS),  # noqa: S704 - our own file, whose hash the browser checks
        view=view,
        refusal=deps.texts.refusal(refusal.code, refusal.facts) if refusal else "",
        here=_here(deps, request),
        consent=partial(links.consent, deps.sealer, token),
        grades=CLASSES,
        stages=STAGES,
        modes=MODES,
        most=MOST_SIGNS,
        tried=request.match_info.get("deed", ""),
        given=given or {},
    )
    status = _STATUS.get(refusal.code, 409) if refusal else 200
    return web.Response(text=page, status=status, content_type="text/html", headers=_HEADERS)
