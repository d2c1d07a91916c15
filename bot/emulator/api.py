"""The door of the emulated API: faults, tokens, the endpoint, the ledger row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.emulator.accounts import EmulatedAccount
from bot.emulator.faults import Fault
from bot.emulator.ledger import ApiRow
from bot.emulator.limits import Refusal
from bot.emulator.media import Medium
from bot.emulator.world import World

SECRET_WORDS = ("secret", "corpsecret")  # never kept in the ledger
PER_API, PER_API_S = 10_000, 60  # calls a minute of one account and one API


@dataclass(slots=True)
class ApiCall:
    """One call of the service; the endpoint notes in it what the call was about."""

    path: str
    query: Mapping[str, str]
    data: dict[str, Any]
    now: datetime
    owner: EmulatedAccount | None = None
    target: str = ""
    kind: str = ""
    content: str = ""
    fate: str = "answered"

    @property
    def account(self) -> EmulatedAccount:
        """Return whose token came with the call."""
        if self.owner is None:
            raise Refusal(41001, "access_token missing")
        return self.owner

    def about(self, target: str, kind: str, content: str) -> None:
        """Note whom and what the call is about."""
        self.target, self.kind, self.content = target, kind, content


Told = dict[str, Any] | Medium
Endpoint = Callable[[World, ApiCall], Told]


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint and whose token it wants: wechat, wecom, either or none."""

    endpoint: Endpoint
    token: str = "wechat"  # noqa: S105 - a word, not a secret  # a word, not a secret
    method: str = "POST"


class ApiDoor:
    """Answers every call under /cgi-bin/."""

    def __init__(self, world: World, routes: Mapping[str, Route]) -> None:
        """Serve these routes."""
        self._world, self._routes = world, routes

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        fault = self._world.faults.take(request.path)
        raw = await request.read()
        call = ApiCall(request.path, dict(request.query), {}, self._world.now())
        if fault and not fault.taken:
            call.data = _quietly(raw)
            self._note(call, fault.value if fault.kind == "answer" else -1, fault, "faulted")
            return await self._spoil(request, fault, web.json_response({}))
        errcode, response = self._answer(call, request.method, raw)
        self._note(call, errcode, fault, call.fate)
        return await self._spoil(request, fault, response) if fault else response

    def _answer(self, call: ApiCall, method: str, raw: bytes) -> tuple[int, web.Response]:
        try:
            told = self._run(call, method, raw)
        except Refusal as no:
            call.fate = "refused"
            return no.errcode, _json({"errcode": no.errcode, "errmsg": no.errmsg})
        if isinstance(told, Medium):
            headers = {"Content-Disposition": f'attachment; filename="{told.name}"'}
            return 0, web.Response(body=told.data, content_type=told.content_type, headers=headers)
        return 0, _json(told)

    def _run(self, call: ApiCall, method: str, raw: bytes) -> Told:
        route = self._routes.get(call.path)
        if route is None:
            raise Refusal(40066, "invalid url")
        if route.method != method:
            raise (
                Refusal(43001, "require GET method") if route.method == "GET" else Refusal(43002, "require POST method")
            )
        if method == "POST":
            call.data = _object(raw)
        if route.token != "none":  # noqa: S105 - a word, not a secret  # a word, not a secret
            self._admit(call, route)
        return route.endpoint(self._world, call)

    def _admit(self, call: ApiCall, route: Route) -> None:
        wecom = route.token == "wecom"  # noqa: S105 - a word, not a secret  # a word, not a secret
        owner = self._world.tokens.owner(call.query.get("access_token", ""), call.now, wecom=wecom)
        if route.token != "either" and wecom != (owner.channel != "official_account"):  # noqa: S105
            raise Refusal(40014, "invalid access_token") if wecom else Refusal(40001, "invalid credential")
        call.owner = owner
        if not self._world.rates.hit(("api", owner.key, call.path), call.now, PER_API, PER_API_S):
            raise Refusal(45009, "api freq out of limit")

    def _note(self, call: ApiCall, errcode: int, fault: Fault | None, fate: str) -> None:
        request = {name: value for name, value in call.data.items() if name not in SECRET_WORDS}
        target = call.target or str(call.data.get("touser", ""))
        self._world.ledger.called(
            ApiRow(
                call.now,
                call.path,
                call.owner.key if call.owner else "",
                target,
                call.kind or str(call.data.get("msgtype", "")),
                call.content,
                errcode,
                fate,
                fault.kind if fault else "",
                request,
            )
        )

    async def _spoil(self, request: web.Request, fault: Fault, response: web.StreamResponse) -> web.StreamResponse:
        match fault.kind:
            case "answer":
                return _json({"errcode": fault.value, "errmsg": f"injected {fault.value}"})
            case "lag":
                await self._world.pause(fault.value)
            case "cut":
                if request.transport:
                    request.transport.abort()
            case "garble":
                return web.Response(body=b'{"errcode": 0, "errm\xff', content_type="application/json")
            case "status":
                return web.Response(status=fault.value, text="<html>bad gateway</html>", content_type="text/html")
        return response


def _json(data: Mapping[str, Any]) -> web.Response:
    return web.json_response(data, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _quietly(raw: bytes) -> dict[str, Any]:
    try:
        return _object(raw)
    except Refusal:
        return {}


def _object(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode())
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refusal(47001, "data format error")
    return data


def ok(**data: Any) -> dict[str, Any]:
    """Return the platform's yes."""
    return {"errcode": 0, "errmsg": "ok", **data}


def text_of(data: Mapping[str, Any], kind: str, limit: int, too_long: Refusal) -> str:
    """Return data[kind]["content"] if it is there, not empty and not too long; raises Refusal."""
    part = data.get(kind)
    content = part.get("content") if isinstance(part, dict) else None
    if not isinstance(content, str) or not content:
        raise Refusal(44004, "empty content")
    if len(content.encode()) > limit:
        raise too_long
    return content


@dataclass(slots=True)
class RoutePlan:
    """Routes gathered by a decorator."""

    routes: dict[str, Route] = field(default_factory=dict)

    def __call__(self, path: str, token: str, method: str = "POST") -> Callable[[Endpoint], Endpoint]:
        """Register an endpoint."""

        def keep(endpoint: Endpoint) -> Endpoint:
            self.routes[path] = Route(endpoint, token, method)
            return endpoint

        return keep
