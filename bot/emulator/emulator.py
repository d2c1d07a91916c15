"""The emulator itself: start and stop it, let things go wrong, see what people saw."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web

from bot.emulator import broadcast_api, kf_api, robots_api, wechat_api, wecom_api
from bot.emulator.accounts import EmulatedAccount, EmulatedGroup, EmulatedPerson
from bot.emulator.api import ApiDoor
from bot.emulator.deeds import Deeds, Who
from bot.emulator.delivery import Delivery
from bot.emulator.faults import Fault
from bot.emulator.ledger import ApiRow, ChatLine, Ledger, TryRow
from bot.emulator.pages import ChatPages
from bot.emulator.postman import Happening, Postman
from bot.emulator.world import World

ROUTES = (
    wechat_api.route.routes
    | wecom_api.route.routes
    | kf_api.route.routes
    | robots_api.route.routes
    | broadcast_api.route.routes
)
MAX_BODY = 4 * 1024 * 1024  # a webhook picture is 2 MB, in base64


class Emulator(Deeds):
    """WeChat and WeCom in one server; what people do is in Deeds."""

    def __init__(
        self,
        accounts: Sequence[EmulatedAccount],
        now: Callable[[], datetime],
        *,
        people: Sequence[EmulatedPerson] = (),
        groups: Sequence[EmulatedGroup] = (),
        callback_timeout: float = 5.0,
        tries: int = 3,
        ledger_limit: int | None = None,
        stream_pause: float = 1.0,
        on_line: Callable[[ChatLine], None] | None = None,
    ) -> None:
        """Set the stage; `now` is the platform's clock, `callback_timeout` its five seconds."""
        self.world = World(accounts, now, people, groups, ledger_limit)
        self.world.ledger.on_line = on_line
        self.postman = Postman(self.world, callback_timeout, tries)
        self.delivery = Delivery(self.world, self.postman, stream_pause)
        self._timeout = callback_timeout
        self._runner: web.AppRunner | None = None
        self._pages: ChatPages | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve, and return the base address for WECHAT_API_BASE and WECOM_API_BASE alike."""
        app = web.Application(client_max_size=MAX_BODY)
        for beginning in ("cgi-bin", "sns"):
            app.router.add_route("*", f"/{beginning}/{{rest:.*}}", ApiDoor(self.world, ROUTES).__call__)
        app.router.add_get("/pic/{media_id}", self._picture)
        self._pages = ChatPages(self)
        self._pages.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        await self.postman.open()
        self.world.postman = self.postman
        self.world.base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.world.base_url

    async def stop(self) -> None:
        """Stop serving; what is under way ends at once."""
        self.world.stopping.set()
        if self._pages:
            self._pages.close()
        await self.postman.close()
        await self.world.settle()
        if self._runner:
            await self._runner.cleanup()

    @property
    def ledger(self) -> Ledger:
        """Return the book of all that happened."""
        return self.world.ledger

    @property
    def base_url(self) -> str:
        """Return the address once started."""
        return self.world.base_url

    def add_members(self, who: Who, *people: str) -> None:
        """Make people known to an account: followers, members, customers."""
        for person in people:
            self.world.meet(self.world.account(who), person)

    def forget_members(self, who: Who, *people: str) -> None:
        """Make people unknown again: they left the corp."""
        self.world.members.get(self.world.account(who).key, set()).difference_update(people)

    def blocks(self, who: Who, person: str) -> None:
        """Let a follower refuse template messages."""
        self.world.blocked.add((self.world.account(who).key, person))

    # what goes wrong next -----------------------------------------------------------------------------------------

    def will_answer(self, errcode: int, times: int = 1, path: str | None = None) -> None:
        """Refuse the next calls with an errcode; without a path token calls are left alone."""
        self.world.faults.add(Fault("answer", errcode, times, path))

    def will_lag(self, seconds: float, times: int = 1, path: str | None = None, *, taken: bool = True) -> None:
        """Answer late; with `taken` the deed is done all the same, so a repeat would be a double."""
        self.world.faults.add(Fault("lag", seconds, times, path, taken))

    def will_cut(self, times: int = 1, path: str | None = None, *, taken: bool = False) -> None:
        """Drop the connection instead of answering."""
        self.world.faults.add(Fault("cut", None, times, path, taken))

    def will_garble(self, times: int = 1, path: str | None = None, *, taken: bool = True) -> None:
        """Answer with bytes that are no JSON."""
        self.world.faults.add(Fault("garble", None, times, path, taken))

    def will_status(self, status: int, times: int = 1, path: str | None = None, *, taken: bool = False) -> None:
        """Answer with an HTTP status and a page of a proxy."""
        self.world.faults.add(Fault("status", status, times, path, taken))

    def kf_empty_page(self, times: int = 1) -> None:
        """Answer sync_msg with has_more=1 and nothing in it."""
        self.world.faults.kf_empty_pages += times

    def expire_tokens(self) -> None:
        """Let every access token be over now."""
        self.world.tokens.expire_all(self.world.now())

    def clear_faults(self) -> None:
        """Let nothing more go wrong."""
        self.world.faults.clear()

    # by hand ------------------------------------------------------------------------------------------------------

    async def checks_url(self, who: Who) -> Happening:
        """Make the console's URL check; the result's `fault` is empty if it passed."""
        secret = str(secrets.randbelow(10**18))
        return await self.postman.check_url(self.world.account(who), secret, min(1.0, self._timeout))

    async def post_raw(self, who: Who, query: str, body: bytes, content_type: str = "text/xml") -> Happening:
        """Post any bytes with any query (forged, broken, oversized)."""
        return await self.postman.post_raw(self.world.account(who), query, body, content_type)

    async def get_raw(self, who: Who, query: str) -> Happening:
        """Make a GET with any query."""
        return await self.postman.get_raw(self.world.account(who), query)

    async def settle(self) -> None:
        """Wait for callbacks under way beside the calls (TEMPLATESENDJOBFINISH)."""
        await self.world.settle()

    # what was seen ------------------------------------------------------------------------------------------------

    def chat_of(self, person: str, who: Who | None = None) -> list[ChatLine]:
        """Return what a person sees in private chats, in order."""
        key = self.world.account(who).key if who else None
        lines = self.ledger.lines
        return [line for line in lines if line.person == person and not line.chat and key in (None, line.account)]

    def heard_by(self, person: str, who: Who | None = None) -> list[str]:
        """Return the texts a person got from the service, answers and pushes, in order."""
        return [line.text for line in self.chat_of(person, who) if line.author == "service"]

    def group_chat(self, chat: str) -> list[ChatLine]:
        """Return what is seen in a group, by its chat id or a webhook key."""
        robot = next((a for a in self.world.accounts if a.webhook_key and a.webhook_key == chat), None)
        group = robot.group if robot else chat
        return [line for line in self.ledger.lines if line.chat == group]

    def calls(self, path: str = "", fate: str = "") -> list[ApiRow]:
        """Return the API calls whose path ends so and that ended so."""
        return [row for row in self.ledger.calls if row.path.endswith(path) and fate in ("", row.fate)]

    def tries(self, event: str = "") -> list[TryRow]:
        """Return the callback tries of one kind."""
        return [row for row in self.ledger.tries if event in ("", row.event)]

    async def until_heard(self, person: str, words: str = "", within: float = 5.0) -> ChatLine:
        """Return the first line of the service to this person that contains the words, waiting for it."""

        def look() -> ChatLine | None:
            lines = (line for line in self.ledger.lines if line.person == person and line.author == "service")
            return next((line for line in lines if words in line.text), None)

        return await self.ledger.until(look, within)

    async def _picture(self, request: web.Request) -> web.Response:
        found = self.world.media.get(request.match_info["media_id"], self.world.now())
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.data, content_type=found.content_type)
