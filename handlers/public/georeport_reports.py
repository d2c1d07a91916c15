"""Take reports by Open311 GeoReport v2: each is a case like any other, stored for good before it is answered."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web
from pydantic import ValidationError

from bot.actions import partner_reports, partners
from bot.actions.partner_reports import Report
from bot.actions.suggestions import Matter
from bot.channels.envelope import read_json
from bot.deps import Deps
from bot.errors import Busy
from bot.rules.crisis import danger_in
from bot.rules.meaning import subject_of
from handlers.pages.page import form_of
from handlers.public.georeport_door import Wrong, office_of, partner_of, speaking
from handlers.public.georeport_forms import written
from handlers.public.georeport_shapes import Created, ReportForm
from handlers.webhooks import DEPS

log = structlog.get_logger(__name__)

_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")


@speaking("report")
async def take(request: web.Request) -> web.Response:
    """Log a report as if the person had written to us, and answer with its number once it is stored for good."""
    deps = request.app[DEPS]
    given = await _given(request)
    async with deps.store.read() as db:
        who = await partner_of(request, db, str(given.get("api_key", "")))
    if not partners.may(who, "report"):
        raise Wrong("no_key", 403)
    await office_of(request, str(given.get("jurisdiction_id", "")))
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


async def _given(request: web.Request) -> Mapping[str, Any]:
    """Return the fields of a report, sent as a form (as the spec says) or as JSON."""
    if request.content_type != "application/json":
        return dict(await form_of(request))
    try:
        return dict(read_json((await request.text()).encode()))
    except (ValueError, TypeError, LookupError, RecursionError, web.RequestPayloadError):
        raise Wrong("unreadable", 400) from None  # no JSON, no fields, no encoding, nested without end, badly packed


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
    """Store the report and return its token."""
    work = partial(partner_reports.report, partner=who, given=given, texts=deps.texts, sealer=deps.sealer,
                   now=deps.clock.now())  # fmt: skip
    try:
        return await deps.store.write(work)
    except Busy:
        raise Wrong("busy", 503) from None
