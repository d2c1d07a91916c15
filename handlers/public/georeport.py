"""Answer programs by Open311 GeoReport v2: which subjects there are, what became of matters, and take new ones."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial, wraps
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from bot.actions import open_cases, partner_reports, partners
from bot.actions.open_cases import Wanted
from bot.actions.partner_reports import Report
from bot.actions.suggestions import Matter
from bot.clock import SHANGHAI, at_local, local
from bot.deps import Deps
from bot.errors import Busy, Refused
from bot.rules.crisis import danger_in
from bot.rules.lifecycle import OVER, State
from bot.rules.meaning import subject_of
from config.texts import Texts
from handlers.public import callers
from handlers.public.georeport_forms import fault, written
from handlers.public.georeport_shapes import (
    KINDS,
    Attribute,
    Created,
    ReportForm,
    Service,
    ServiceDefinition,
    ServiceRequest,
    TokenAnswer,
    Value,
)
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]
UNASKED = timedelta(days=90)  # GeoReport v2: how far back a list goes when nobody says
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_PLUS = re.compile(r"(?<=T\d\d:\d\d:\d\d) (?=\d\d:\d\d\Z)")  # a + in an address is read as a space


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
                await callers.spare(request, door)
                return await handler(request)
            except Wrong as wrong:
                return fault(form, wrong.status, texts(f"georeport.{wrong.code}", **wrong.facts))
            except Refused as refusal:
                return fault(form, 422, texts(f"refused.{refusal.code}", **refusal.facts))
            except web.HTTPTooManyRequests as often:
                answered = fault(form, often.status, often.text or "")
                answered.headers["Retry-After"] = often.headers["Retry-After"]
                return answered

        return answer

    return around


@speaking("georeport")
async def services(request: web.Request) -> web.Response:
    """List the subjects that can be reported."""
    await _jurisdiction(request)
    async with request.app[DEPS].store.read() as db:
        rows = await open_cases.subjects(db)
    return written(request.match_info["format"], "services", [_service(row) for row in rows])


@speaking("georeport")
async def definition(request: web.Request) -> web.Response:
    """Say what can be added to a report on one subject."""
    await _jurisdiction(request)
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
    office = await _jurisdiction(request)
    return await _answer(request, _wanted(request.query, office, request.app[DEPS].clock.now()))


@speaking("georeport")
async def one_request(request: web.Request) -> web.Response:
    """Show one matter by its number; what is not for the caller is not there."""
    office = await _jurisdiction(request)
    return await _answer(request, Wanted(numbers=(request.match_info["number"],), office=office), alone=True)


@speaking("georeport")
async def token(request: web.Request) -> web.Response:
    """Say which number a token stands for; ours are given at once, so it is the number itself."""
    deps, number = request.app[DEPS], request.match_info["token"]
    async with deps.store.read() as db:
        seen = await open_cases.visible(db, Wanted(numbers=(number,)), await _partner(request, db))
    if not seen:
        raise Wrong("no_such_token", 404, token=number)
    return written(request.match_info["format"], "service_requests", [TokenAnswer(service_request_id=number,
                                                                                  token=number)])  # fmt: skip


@speaking("report")
async def report(request: web.Request) -> web.Response:
    """Log a report as if the person had written to us, and answer with its number once it is stored for good."""
    deps = request.app[DEPS]
    given = await _given(request)
    async with deps.store.read() as db:
        who = await _partner(request, db, str(given.get("api_key", "")))
    if not partners.may(who, "report"):
        raise Wrong("no_key", 403)
    await _jurisdiction(request, str(given.get("jurisdiction_id", "")))
    form = _form(given)
    if form.service_code not in deps.knowledge.category_ids:
        raise Wrong("no_such_service", 404, service=form.service_code)
    number = await _log(deps, who, _report(deps, request, given, form))
    deps.outbox.wake.set()
    log.info("reported", partner=who.code, number=number)
    danger = danger_in(form.description)
    notice = deps.texts("crisis") if danger else deps.texts("georeport.logged", number=number)
    answer = Created(service_request_id=number, service_notice=notice, account_id=form.account_id or None)
    return written(request.match_info["format"], "service_requests", [answer], 201)


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


async def _partner(request: web.Request, db: Any, in_form: str = "") -> Any:
    """Return the partner whose key came with the call (header, form or query), or None; a wrong key is refused."""
    key = request.headers.get("X-Api-Key") or in_form or request.query.get("api_key", "")
    who = await partners.holder(db, key, request.app[DEPS].sealer)
    if key and who is None:
        raise Wrong("no_key", 403)
    return who


async def _jurisdiction(request: web.Request, named: str = "") -> str:
    """Return the office the call is about, empty for all of them; one we do not know is refused."""
    code = named or request.query.get("jurisdiction_id", "")
    if code:
        async with request.app[DEPS].store.read() as db:
            if not await open_cases.knows_office(db, code):
                raise Wrong("no_such_jurisdiction", 404, office=code)
    return code


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
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)


async def _answer(request: web.Request, wanted: Wanted, *, alone: bool = False) -> web.Response:
    deps = request.app[DEPS]
    async with deps.store.read() as db:
        rows = await open_cases.visible(db, wanted, await _partner(request, db))
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


# ---- what is brought -------------------------------------------------------------------------------------------------


async def _given(request: web.Request) -> Mapping[str, Any]:
    """Return the fields of a report, sent as a form (as the spec says) or as JSON."""
    try:
        if request.content_type == "application/json":
            return dict(await request.json())
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (ValueError, TypeError, LookupError):
        raise Wrong("unreadable", 400) from None


def _form(given: Mapping[str, Any]) -> ReportForm:
    """Return the checked report; every field that is wrong is named at once."""
    try:
        return ReportForm.model_validate(dict(given))
    except ValidationError as error:
        names = [".".join(map(str, each["loc"])) or str(each["ctx"]["error"]) for each in error.errors()]
        raise Wrong("bad_fields", 400, fields="、".join(dict.fromkeys(names))) from None


def _report(deps: Deps, request: web.Request, given: Mapping[str, Any], form: ReportForm) -> Report:
    key = request.headers.get("Idempotency-Key", "")
    if key and not _KEY.match(key):
        raise Wrong("bad_key", 400)
    known = form.account_id or form.device_id or form.phone or form.email
    matter = Matter(
        text=form.description,
        subject=subject_of(form.description) or deps.texts("suggest.no_subject"),
        kind=form.kind,
        place=form.address_string,
        category_id=deps.knowledge.category_ids[form.service_code],
    )
    return Report(
        key=key or f"new:{uuid4().hex}",
        body=json.dumps({**given, "api_key": ""}, ensure_ascii=False, sort_keys=True).encode(),
        matter=matter,
        reporter=hashlib.sha256(known.encode()).hexdigest() if known else uuid4().hex,
        name=f"{form.last_name}{form.first_name}",
        phone=form.phone,
        latitude=form.lat,
        longitude=form.long,
        media_url=str(form.media_url or ""),
    )


async def _log(deps: Deps, who: Any, given: Report) -> str:
    """Store the report; two that meet for the first time at the same moment are told apart by trying again."""
    for again in (True, False):
        try:
            work = partial(partner_reports.report, partner=who, given=given, texts=deps.texts, sealer=deps.sealer,
                           now=deps.clock.now())  # fmt: skip
            return await deps.store.write(work)
        except IntegrityError:
            if not again:
                raise
        except Busy:
            raise Wrong("busy", 503) from None
    raise AssertionError("unreachable")
