"""Stand at the Open311 door: give faults the spec's shape, know the partner by the key and the office by its code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from aiohttp import web

from bot.actions import open_cases, partners
from bot.errors import Refused
from handlers.public import callers
from handlers.public.georeport_forms import fault
from handlers.webhooks import DEPS

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Wrong(Exception):
    """A program asked for something it cannot have; it hears an HTTP number and words."""

    def __init__(self, code: str, status: int, /, **facts: object) -> None:
        """Keep the code of the sentence (below `georeport`) and the number."""
        super().__init__(code)
        self.status, self.code, self.facts = status, code, facts


def speaking(door: str) -> Callable[[Handler], Handler]:
    """Give whatever goes wrong behind that door the shape of the spec."""

    def around(handler: Handler) -> Handler:
        @wraps(handler)
        async def answer(request: web.Request) -> web.Response:
            texts, form = request.app[DEPS].texts, request.match_info.get("format", "xml")
            try:
                callers.whole(request)
                await callers.spare(request, door)
                return await handler(request)
            except Wrong as wrong:
                return fault(form, wrong.status, texts(f"georeport.{wrong.code}", **wrong.facts))
            except Refused as refusal:
                return fault(form, 422, texts(f"refused.{refusal.code}", **refusal.facts))
            except web.HTTPBadRequest:
                return fault(form, 400, texts("georeport.unreadable"))
            except web.HTTPTooManyRequests as often:
                answered = fault(form, often.status, often.text or "")
                answered.headers["Retry-After"] = often.headers["Retry-After"]
                return answered

        return answer

    return around


async def partner_of(request: web.Request, db: Any, in_form: str = "") -> Any:
    """Return the partner whose key came with the call (header, form or query), or None; a wrong key is refused."""
    key = request.headers.get("X-Api-Key") or in_form or request.query.get("api_key", "")
    who = await partners.holder(db, key, request.app[DEPS].sealer)
    if key and who is None:
        raise Wrong("no_key", 403)
    return who


async def office_of(request: web.Request, named: str = "") -> str:
    """Return the office the call is about, empty for all of them; one we do not know is refused."""
    code = named or request.query.get("jurisdiction_id", "")
    if code:
        async with request.app[DEPS].store.read() as db:
            if not await open_cases.knows_office(db, code):
                raise Wrong("no_such_jurisdiction", 404, office=code)
    return code
