"""The chat pages: a human plays a voter, a representative, a clerk or a group, live in the browser."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web

from bot.emulator.accounts import EmulatedAccount, EmulatedGroup, EmulatedPerson
from bot.emulator.ledger import ChatLine
from bot.emulator.live import LiveLines
from bot.emulator.marks import marked, plain
from bot.emulator.oauth import SignIn
from bot.emulator.page_deeds import DEEDS

if TYPE_CHECKING:
    from bot.emulator.emulator import Emulator

HERE = Path(__file__).parent
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEWCOMER = "新选民"  # what a stranger is called on the pages, with a number
ROLES = {
    "voter": "选民",
    "representative": "人大代表",
    "clerk": "工作人员",
    "officer": "代表工委",
    "unit": "承办单位",
}
CHANNELS = {
    "official_account": "公众号",
    "customer_service": "微信客服",
    "wecom_app": "企业微信应用",
    "wecom_robot": "智能机器人",
    "group_robot": "群机器人",
    "customer_group": "客户群",
}
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class ChatPages:
    """Serves everything under /chat/."""

    def __init__(self, emulator: Emulator) -> None:
        """Work for one emulator."""
        self._emulator, self._world = emulator, emulator.world
        self._live = LiveLines(self._world, self._line)
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self._jinja = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        self._jinja.globals.update(roles=ROLES, channels=CHANNELS, time_of=_time_of, words_of=_words_of, quote=quote)
        self._jinja.globals.update(name_of=self._world.name_of, http=_is_http, path_of=_path_of)

    def add_to(self, app: web.Application) -> None:
        """Register the pages."""
        app.router.add_get("/", _to_index)
        app.router.add_get("/chat", _to_index)
        app.router.add_get("/chat/", self.index)
        app.router.add_static("/chat/static", HERE / "static")
        app.router.add_get("/chat/new/{channel}/{code}", self.newcomer)
        for where, page in (("person/{channel}/{code}/{person}", self.person), ("group/{chat}", self.group)):
            app.router.add_get(f"/chat/{where}", page)
            app.router.add_get(f"/chat/{where}/events", self.events)
        SignIn(self._world, self._page).add_to(app)
        app.router.add_post("/chat/person/{channel}/{code}/{person}/do", self.do)
        app.router.add_post("/chat/group/{chat}/do", self.do_in_group)

    def close(self) -> None:
        """End the live streams."""
        self._live.close()

    async def index(self, _request: web.Request) -> web.Response:
        """List the people and groups one can play."""
        account_of = {p: self._world.account(p.account_code) for p in self._world.people if p.account_code}
        newcomers = [a for a in self._world.accounts if a.channel in ("official_account", "customer_service")]
        by_role = {role: [(p, a) for p, a in account_of.items() if p.role == role] for role in ROLES}
        return self._page("index.html", by_role=by_role, groups=self._world.groups.values(), newcomers=newcomers)

    async def newcomer(self, request: web.Request) -> web.Response:
        """Open the chat of a voter whom nobody knows yet; the index will list them from now on."""
        account, kind = self._account(request), "wm" if request.match_info["channel"] == "customer_service" else "o"
        person = f"{kind}New{secrets.token_hex(4)}"
        count = sum(each.name.startswith(NEWCOMER) for each in self._world.people) + 1
        self._world.people.append(EmulatedPerson(person, f"{NEWCOMER}{count}", "voter", account.key, "第一次来"))
        raise web.HTTPSeeOther(f"/chat/person/{account.key}/{person}")

    async def person(self, request: web.Request) -> web.Response:
        """Show one person's chat with one account."""
        account, person = self._account(request), request.match_info["person"]
        known = next((p for p in self._world.people if p.id == person), None)
        return self._page(
            "person.html",
            account=account,
            person=person,
            known=known,
            lines=self._emulator.chat_of(person, account),
            here=_here(request),
            followed=self._world.follows(account, person),
        )

    async def group(self, request: web.Request) -> web.Response:
        """Show an internal group."""
        group = self._group(request)
        robot = self._world.account(group.robot_code) if group.robot_code else None
        lines = self._emulator.group_chat(group.chat_id)
        return self._page("group.html", group=group, robot=robot, lines=lines, here=_here(request))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Send each new or changed line as it happens."""
        return await self._live.stream(request, self._belongs(request))

    async def do(self, request: web.Request) -> web.Response:
        """Do what the person at the page does."""
        account, form = self._account(request), await _form(request)
        deed = DEEDS.get(form.get("deed", ""))
        if deed is None:
            raise web.HTTPBadRequest(text="unknown deed")
        try:
            await deed(self._emulator, account, request.match_info["person"], form)
        except (KeyError, LookupError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.json_response({})

    async def do_in_group(self, request: web.Request) -> web.Response:
        """Let a member speak in a group; the robot hears it only if it is mentioned."""
        group, form = self._group(request), await _form(request)
        if form.get("person") not in group.members:
            raise web.HTTPBadRequest(text="not a member")
        try:
            await self._emulator.says_in_group(group.chat_id, form["person"], form.get("text", ""))
        except LookupError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.json_response({})

    def _line(self, line: ChatLine) -> str:
        return self._jinja.get_template("line.html").render(line=line, in_group=bool(line.chat))

    def _belongs(self, request: web.Request) -> Callable[[ChatLine], bool]:
        if "chat" in request.match_info:
            chat = request.match_info["chat"]
            return lambda line: line.chat == chat
        account, person = self._account(request), request.match_info["person"]
        return lambda line: (line.account, line.person, line.chat) == (account.key, person, "")

    def _account(self, request: web.Request) -> EmulatedAccount:
        try:
            return self._world.account(f"{request.match_info['channel']}/{request.match_info['code']}")
        except LookupError as error:
            raise web.HTTPNotFound(text="没有这个账号") from error

    def _group(self, request: web.Request) -> EmulatedGroup:
        group = self._world.groups.get(request.match_info["chat"])
        if group is None:
            raise web.HTTPNotFound(text="没有这个群")
        return group

    def _page(self, name: str, **facts: Any) -> web.Response:
        html = self._jinja.get_template(name).render(**facts)
        return web.Response(text=html, content_type="text/html", headers=SAFE_HEADERS)


async def _to_index(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/chat/")


async def _form(request: web.Request) -> dict[str, str]:
    """Return the page's wish; another site's form cannot send this content type."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        data = json.loads(await request.read())
    except ValueError as error:
        raise web.HTTPBadRequest(text="not JSON") from error
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}


def _here(request: web.Request) -> str:
    return request.rel_url.raw_path


def _time_of(line: ChatLine) -> str:
    return line.at.astimezone(SHANGHAI).strftime("%H:%M")


def _words_of(line: ChatLine) -> object:
    if line.choices:  # they stand below as buttons
        choices = {text for _, text in line.choices}
        return plain("\n".join(row for row in line.text.split("\n") if row not in choices))
    return marked(line.text) if line.kind in ("markdown", "markdown_v2") else plain(line.text)


def _path_of(url: str) -> str:
    """Return an address on this server without its host: the page may have been opened by another name."""
    return urlsplit(url).path


def _is_http(url: str) -> bool:
    return url.startswith(("http://", "https://"))
