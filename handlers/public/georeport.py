"""Answer programs by Open311 GeoReport v2: which subjects there are, and what became of matters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from bot.actions import open_cases
from bot.actions.open_cases import Wanted
from bot.clock import SHANGHAI, at_local, local
from bot.rules.lifecycle import OVER, State
from config.texts import Texts
from handlers.public.georeport_door import Wrong, office_of, partner_of, speaking
from handlers.public.georeport_forms import written
from handlers.public.georeport_shapes import (
    KINDS,
    Attribute,
    Service,
    ServiceDefinition,
    ServiceRequest,
    TokenAnswer,
    Value,
)
from handlers.webhooks import DEPS

UNASKED = timedelta(days=90)  # GeoReport v2: how far back a list goes when nobody says
YEARS = range(1970, 9000)  # beyond them a zone or ninety days lead out of the calendar
_PLUS = re.compile(r"(?<=T\d\d:\d\d:\d\d) (?=\d\d:\d\d\Z)")  # a + in an address is read as a space


@speaking("georeport")
async def services(request: web.Request) -> web.Response:
    """List the subjects that can be reported."""
    await office_of(request)
    async with request.app[DEPS].store.read() as db:
        rows = await open_cases.subjects(db)
    return written(request.match_info["format"], "services", [_service(row) for row in rows])


@speaking("georeport")
async def definition(request: web.Request) -> web.Response:
    """Say what can be added to a report on one subject."""
    await office_of(request)
    deps, code = request.app[DEPS], request.match_info["code"]
    if code not in deps.knowledge.category_ids:
        raise Wrong("no_such_service", 404, service=code)
    values = tuple(Value(key=kind, name=deps.texts(f"kind.{kind}")) for kind in KINDS)
    told = deps.texts("georeport.kind")
    asked = Attribute(code="kind", datatype_description=told, order=1, description=told, values=values)
    content = ServiceDefinition(service_code=code, attributes=(asked,))
    return written(request.match_info["format"], "service_definition", content)


@speaking("georeport")
async def requests(request: web.Request) -> web.Response:
    """List the matters the caller may see, the newest first, at most 1000 and by default of the last 90 days."""
    office = await office_of(request)
    return await _answer(request, _wanted(request.query, office, request.app[DEPS].clock.now()))


@speaking("georeport")
async def one_request(request: web.Request) -> web.Response:
    """Show one matter by its number; what is not for the caller is not there."""
    office = await office_of(request)
    return await _answer(request, Wanted(numbers=(request.match_info["number"],), office=office), alone=True)


@speaking("georeport")
async def token(request: web.Request) -> web.Response:
    """Say which number a token stands for; ours are given at once, so it is the number itself."""
    deps, number = request.app[DEPS], request.match_info["token"]
    async with deps.store.read() as db:
        seen = await open_cases.visible(db, Wanted(numbers=(number,)), await partner_of(request, db))
    if not seen:
        raise Wrong("no_such_token", 404, token=number)
    return written(request.match_info["format"], "service_requests", [TokenAnswer(service_request_id=number,
                                                                                  token=number)])  # fmt: skip


@speaking("georeport")
async def nothing(_request: web.Request) -> web.Response:
    """Say in the spec's shape that there is no such address."""
    raise Wrong("no_such_address", 404)


async def discovery(request: web.Request) -> web.Response:
    """Say where the interface is and what it speaks."""
    deps = request.app[DEPS]
    base = f"{deps.settings.public_url}/open311/v2"
    told = {
        "changeset": "2026-11-25T00:00:00+08:00",
        "contact": deps.texts("georeport.contact"),
        "key_service": deps.texts("georeport.key_service"),
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": base,
                "changeset": "2026-11-25T00:00:00+08:00",
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return web.json_response(told, dumps=partial(json.dumps, ensure_ascii=False))


# ---- who asks, and for what ------------------------------------------------------------------------------------------


def _wanted(query: Mapping[str, str], office: str, now: datetime) -> Wanted:
    """Return which matters a query asks for; without numbers or a first day, those of ninety days."""
    statuses = set(_listed(query.get("status", "")))
    if statuses - {"open", "closed"}:
        raise Wrong("bad_status", 400)
    both = len(statuses) != 1
    states = () if both else [s for s in State if (s in OVER) == (statuses == {"closed"})]
    numbers, until = _listed(query.get("service_request_id", "")), _moment(query.get("end_date", ""))
    span = None if numbers else (until or now) - UNASKED
    return Wanted(
        numbers=numbers,
        subjects=_listed(query.get("service_code", "")),
        states=states,
        since=_moment(query.get("start_date", "")) or span,
        until=until,
        office=office,
    )


def _listed(words: str) -> list[str]:
    return [word for word in (each.strip() for each in words.split(",")) if word]


def _moment(words: str) -> datetime | None:
    """Return a moment as ISO 8601 writes it; a day or a time without a zone is the office's."""
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(_PLUS.sub("+", words))
    except ValueError:
        raise Wrong("bad_date", 400, value=words[:40]) from None
    if moment.year not in YEARS:
        raise Wrong("bad_date", 400, value=words[:40])
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)


async def _answer(request: web.Request, wanted: Wanted, *, alone: bool = False) -> web.Response:
    deps = request.app[DEPS]
    async with deps.store.read() as db:
        rows = await open_cases.visible(db, wanted, await partner_of(request, db))
    if alone and not rows:
        raise Wrong("no_such_request", 404, number=request.match_info["number"])
    return written(request.match_info["format"], "service_requests", [_request(row, deps.texts) for row in rows])


# ---- what is said ----------------------------------------------------------------------------------------------------


def _service(row: Any) -> Service:
    words = json.loads(row.keywords)
    return Service(
        service_code=row.code,
        service_name=row.name,
        description="、".join(words) or row.name,
        keywords=",".join(words),
        group=row.group or row.name,
    )


def _request(row: Any, texts: Texts) -> ServiceRequest:
    due = at_local(date.fromisoformat(row.due_on), 18) if row.due_on else None
    return ServiceRequest(
        service_request_id=row.number,
        status="closed" if row.state in OVER else "open",
        status_notes=row.public_answer or texts(f"link.state.{row.state}"),
        service_name=row.subject_name,
        service_code=row.subject_code,
        description=row.public_text,
        agency_responsible=row.agency or row.station,
        requested_datetime=_stamp(row.created_at),
        updated_datetime=_stamp(row.changed_at),
        expected_datetime=_stamp(due) if due else None,
        address=row.group_name or row.station,
    )


def _stamp(moment: datetime) -> str:
    return local(moment).isoformat(timespec="seconds")
