"""Guard every page of the console: who comes, what they may see, and that a form was ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from aiohttp import web
from multidict import MultiDict

from bot.actions import auditing, logins, members
from bot.actions.members import Member
from bot.clock import local_date
from bot.deps import Deps
from bot.errors import Refused
from bot.rules.lifecycle import Role
from bot.store import reads
from handlers.console import sessions
from handlers.console.sessions import CODE, IN, Session
from handlers.pages import page as pages
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

ANYBODY = None
LONGEST_THEN = 1_500  # of an address; a proxy refuses an answer whose head is longer than its page of 4 KB
SIGN_IN, CODE_PAGE, PASSWORD_PAGE = "/console/sign-in", "/console/code", "/console/me/password"

Deed = Callable[["Visit"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page or a deed of the console: its address, who answers, and which roles it is for."""

    method: str
    path: str
    handler: Deed
    who: frozenset[Role] | None  # ANYBODY: also before signing in
    menu: str = ""  # its word in the menu (texts `menu`)
    most: int = 0  # bytes of a form that brings a file; 0: as much as any form


@dataclass(slots=True)
class Visit:
    """One call of one person at one page."""

    request: web.Request
    deps: Deps
    key: str  # the cookie, there already or given with the answer
    menu: tuple[tuple[str, str], ...] = ()
    session: Session | None = None
    login: Any = None
    member: Member | None = None
    form: MultiDict[str] = field(default_factory=MultiDict)
    files: dict[str, pages.Upload] = field(default_factory=dict)
    new: bool = False  # the cookie goes out with the answer
    idle: timedelta = sessions.IDLE

    @property
    def now(self) -> datetime:
        """Return the time of the office's clock."""
        return self.deps.clock.now()

    @property
    def today(self) -> str:
        """Return the day it is at the office, as ISO text."""
        return local_date(self.now).isoformat()

    @property
    def me(self) -> Member:
        """Return who is signed in; the guard has seen to it."""
        assert self.member is not None
        return self.member

    @property
    def undoable(self) -> dict[str, Any] | None:
        """Return what was done last in one go, as long as it can be undone."""
        known: dict[str, Any] | None = self.session.facts.get("undo") if self.session else None
        return known if known and known["until"] > self.now.timestamp() else None

    @property
    def consent(self) -> str:
        """Return the word every form of this browser carries."""
        return sessions.consent(self.deps, self.key)

    def refusal(self, no: Refused) -> str:
        """Return why something was refused and what to do on a page; chats have words of their own for some."""
        texts = self.deps.texts
        if f"refused_here.{no.code}" in texts:
            return texts(f"refused_here.{no.code}", **no.facts)
        return texts(f"refused.{no.code}", **no.facts)

    def word(self, name: str) -> str:
        """Return a field of the form, empty if it is not there."""
        return self.form.get(name, "")

    def page(self, template: str, /, *, status: int = 200, **facts: Any) -> web.Response:
        """Return a page of the console; templates know `visit` besides what they are given."""
        answer = pages.page(self.request, f"console/{template}", status=status, visit=self, **facts)
        if self.new:
            sessions.give(self.deps, answer, self.key)
        return answer

    async def go(self, path: str, *notes: str) -> web.Response:
        """Lead to another page, which says these notes once."""
        if self.session is not None and notes:
            self.session = replace(self.session, notes=notes)
            await sessions.keep(self.deps, self.key, self.session, self.idle)
        return self._led(path)

    async def remember(self, **facts: Any) -> None:
        """Keep a few facts for this browser's next pages: what an undo needs, what waits for a second step."""
        assert self.session is not None
        self.session = replace(self.session, facts=self.session.facts | facts)
        await sessions.keep(self.deps, self.key, replace(self.session, notes=()), self.idle)

    def elsewhere(self, address: str) -> web.Response:
        """Lead to an address that is not ours."""
        answer = web.Response(status=303, headers={**pages.HEADERS, "Location": address})
        if self.new:
            sessions.give(self.deps, answer, self.key)
        return answer

    def _led(self, path: str) -> web.Response:
        return self.elsewhere(pages.here(self.request, path))

    async def enter(self, login: Any, stage: str, path: str, /, **facts: Any) -> web.Response:
        """Begin a session under a new key – what somebody may have planted before is worth nothing – and lead on."""
        if self.session is not None:
            await sessions.end(self.deps, self.key)
        self.key, self.new, self.session = await sessions.begin(self.deps, login, stage, self.idle, **facts), True, None
        return self._led(path)


def number_in(words: str) -> int:
    """Return the id that an address or a form names, 0 if it is none that could be one."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 16 else 0


def routes(table: Iterable[Page]) -> list[web.RouteDef]:
    """Return the guarded routes of a table of pages."""
    table = tuple(table)
    return [web.route(page.method, page.path, _guarded(page, table)) for page in table]


def _guarded(page: Page, table: tuple[Page, ...]) -> pages.Handler:
    @pages.calmly
    async def answer(request: web.Request) -> web.StreamResponse:
        visit = await _arrive(request)
        if request.method == "POST":
            most = page.most if visit.member is not None and _may(visit, page) else 0  # no stranger fills our memory
            visit.form, visit.files = await pages.form_with_files(request, most)
            if not sessions.consents(visit.deps, visit.key, visit.word("consent")):
                log.info("form_refused", path=page.path)
                return pages.sorry(request, "stale")
        if page.who is not None:
            if turned := await _turned_away(visit, page):
                return turned
            visit.menu = tuple((each.menu, each.path) for each in table if each.menu and _may(visit, each))
            await _say_once(visit)
            await _leave_a_line(visit)
        return await page.handler(visit)

    return answer


async def _arrive(request: web.Request) -> Visit:
    """Find out who comes: the cookie's session, its login, its person; raises Away."""
    deps = request.app[DEPS]
    key = request.cookies.get(sessions.cookie_of(deps), "")
    if not key:
        return Visit(request, deps, sessions.new_key(), new=True)
    visit = Visit(request, deps, key)
    async with deps.store.read() as db:
        visit.idle = timedelta(minutes=await reads.limit_value(db, "session-idle", 60))
        longest = timedelta(hours=await reads.limit_value(db, "session-longest", 12))
        session = await sessions.find(deps, key, visit.idle, longest)
        if session is None:
            return visit
        login = await logins.by_id(db, session.login_id)
        if login is None or login.epoch != session.epoch:
            return visit
        visit.session, visit.login = session, login
        if session.stage == IN:
            visit.member = await members.member(db, login.person_id, login.person, visit.today)
    return visit


async def _turned_away(visit: Visit, page: Page) -> web.Response | None:
    """Return where somebody must go first, or the page that says no; None if they may come in."""
    if visit.session is not None and visit.session.stage == CODE:
        return await visit.go(CODE_PAGE)
    if visit.member is None:
        if visit.request.method != "GET":
            return pages.sorry(visit.request, "stale")
        then = quote(visit.request.path_qs)
        return await visit.go(f"{SIGN_IN}?then={then}" if len(then) <= LONGEST_THEN else SIGN_IN)
    if visit.login.must_change and page.path != PASSWORD_PAGE:
        return await visit.go(PASSWORD_PAGE)
    if not _may(visit, page):
        log.info("page_refused", path=page.path, person=visit.me.person_id)
        return pages.sorry(visit.request, "forbidden")
    return None


def _may(visit: Visit, page: Page) -> bool:
    return page.who is None or bool(visit.me.roles & page.who)


async def _leave_a_line(visit: Visit) -> None:
    """Note what somebody who only looks opens, before they see it: what cannot be noted is not shown."""
    if Role.AUDITOR not in visit.me.roles:
        return
    about, what = visit.request.match_info.get("number", ""), visit.request.path
    line = partial(auditing.note, person_id=visit.me.person_id, what=what, number=about, now=visit.now)
    await visit.deps.store.write(line)


async def _say_once(visit: Visit) -> None:
    """Take the notes out of the session: this page says them, the next one no more."""
    if visit.session is not None and visit.session.notes and visit.request.method == "GET":
        await sessions.keep(visit.deps, visit.key, replace(visit.session, notes=()), visit.idle)
