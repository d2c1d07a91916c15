"""Say who somebody is: WeCom's page to scan at a computer, the silent way inside the apps, codes that work once.

After WW 91025, 91022, 91023 (企业微信) and 网页授权 (公众号). Who holds the phone is chosen on a page of ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.limits import Refusal

if TYPE_CHECKING:
    from bot.emulator.world import World

CODE_LASTS = timedelta(minutes=5)
MOST_STATE = 128  # bytes


@dataclass(slots=True)
class Codes:
    """Every code that waits to be exchanged."""

    _open: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)

    def new(self, account: EmulatedAccount, person: str, now: datetime) -> str:
        """Return a code that says once, within five minutes, that this person came to this account's site."""
        code = secrets.token_urlsafe(32)
        self._open[code] = (account.key, person, now + CODE_LASTS)
        return code

    def take(self, account: EmulatedAccount, code: str, now: datetime) -> str:
        """Return whose code it is and use it up; raises Refusal."""
        key, person, until = self._open.get(code, ("", "", now))
        if key != account.key or now >= until:
            raise Refusal(40029, "invalid code")
        del self._open[code]
        return person


class SignIn:
    """Serves the pages a browser is led to: /wwlogin/sso/login and /connect/oauth2/authorize."""

    def __init__(self, world: World, page: Callable[..., web.Response]) -> None:
        """Work for one world; `page` renders a template."""
        self._world, self._page = world, page

    def add_to(self, app: web.Application) -> None:
        """Register the pages."""
        app.router.add_get("/wwlogin/sso/login", self.choose)
        app.router.add_get("/connect/oauth2/authorize", self.choose)
        app.router.add_get("/chat/signs-in", self.choose)

    async def choose(self, request: web.Request) -> web.Response:
        """Let the person at the screen say whose phone it is, then lead back with a code and the state."""
        account, query = self._account(request), request.query
        if (person := query.get("person", "")) and self._world.knows(account, person):
            back = {"code": self._world.codes.new(account, person, self._world.now()), "state": query.get("state", "")}
            raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(back)}")
        known = self._world.members.get(account.key, set())
        people = [each for each in self._world.people if each.id in known]
        facts = {name: query[name] for name in ("appid", "agentid", "redirect_uri", "state") if name in query}
        return self._page("sign_in.html", account=account, people=people, query=urlencode(facts))

    def _account(self, request: web.Request) -> EmulatedAccount:
        """Return whose site asks; raises what the platform shows for an address or a number it does not know."""
        query = request.query
        for each in self._world.accounts:
            ours = each.app_id == query.get("appid") if each.app_id else each.corp_id == query.get("appid")
            if not ours or each.channel not in ("official_account", "wecom_app"):
                continue
            if each.channel == "wecom_app" and str(each.agent_id) != query.get("agentid"):
                continue
            trusted = urlsplit(each.callback_url).netloc
            if urlsplit(query.get("redirect_uri", "")).netloc != trusted:
                raise web.HTTPBadRequest(text="50001 redirect_uri 与可信域名不一致")
            if len(query.get("state", "").encode()) > MOST_STATE:
                raise web.HTTPBadRequest(text="state 太长")
            return each
        raise web.HTTPBadRequest(text="40013 invalid appid")
