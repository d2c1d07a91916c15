"""Describe our interfaces for programs as one OpenAPI 3.1 document, made from the route table and the shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from config.texts import Texts
from handlers.public import callers
from handlers.public.georeport_shapes import (
    Created,
    Fault,
    ReportForm,
    Service,
    ServiceDefinition,
    ServiceRequest,
    Shape,
    TokenAnswer,
)
from handlers.public.news_shape import CaseNews
from handlers.webhooks import DEPS

Schema = dict[str, Any]
JSON, XML, CALENDAR = "application/json", "text/xml", "text/calendar"


@dataclass(frozen=True, slots=True)
class Doc:
    """What a route is for: the word of its sentence (texts `api`), what comes back, what one may say or must show."""

    word: str
    answer: type[Shape] | None = None  # none: a file
    many: bool = False
    query: tuple[str, ...] = ()
    body: type[Shape] | None = None
    key: bool = False  # a partner's key is wanted
    kinds: tuple[str, ...] = (JSON, XML)
    faults: tuple[int, ...] = (400, 404, 429)
    status: int = 200


_ASKED = ("service_request_id", "service_code", "start_date", "end_date", "status")
#   method, path (as the route table has it)                    what it is
DOCS: dict[tuple[str, str], Doc] = {
    ("GET", "/open311/discovery.json"): Doc("discovery", kinds=(JSON,), faults=()),
    ("GET", "/open311/v2/"): Doc("root", kinds=(JSON,), faults=()),
    ("GET", "/open311/v2/services.{format}"): Doc("services", Service, many=True, query=("jurisdiction_id",)),
    ("GET", "/open311/v2/services/{code}.{format}"): Doc("definition", ServiceDefinition, query=("jurisdiction_id",)),
    ("GET", "/open311/v2/requests.{format}"): Doc(
        "requests", ServiceRequest, many=True, query=("jurisdiction_id", *_ASKED), faults=(400, 403, 404, 429)
    ),
    ("POST", "/open311/v2/requests.{format}"): Doc(
        "report", Created, many=True, body=ReportForm, key=True, faults=(400, 403, 404, 422, 429, 503), status=201
    ),
    ("GET", "/open311/v2/requests/{number}.{format}"): Doc("one_request", ServiceRequest, many=True),
    ("GET", "/open311/v2/tokens/{token}.{format}"): Doc("token", TokenAnswer, many=True),
    ("GET", "/calendar/station/{code}.ics"): Doc("station_calendar", kinds=(CALENDAR,)),
    ("GET", "/calendar/group/{code}.ics"): Doc("group_calendar", kinds=(CALENDAR,)),
    ("GET", "/calendar/mine/{token}.ics"): Doc("own_calendar", kinds=(CALENDAR,)),
    ("GET", "/openapi.json"): Doc("openapi", kinds=(JSON,), faults=(400, 429)),
}
_PATTERN = re.compile(r"\{(\w+):[^}]*\}")  # aiohttp's {name:regex} is OpenAPI's {name}
_NAMES = re.compile(r"\{(\w+)\}")


async def serve(request: web.Request) -> web.Response:
    """Hand out the document."""
    await callers.spare(request, "pages")
    deps = request.app[DEPS]
    found = document(deps.texts, deps.settings.public_url)
    headers = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return web.json_response(found, dumps=partial(json.dumps, ensure_ascii=False), headers=headers)


def plain(path: str) -> str:
    """Return a path of the route table as the document writes it."""
    return _PATTERN.sub(r"{\1}", path)


@lru_cache(maxsize=4)  # it says the same until the next start
def document(texts: Texts, base: str) -> Schema:
    """Return the whole document."""
    shapes = _shapes()
    paths: dict[str, Schema] = {}
    for (method, path), doc in DOCS.items():
        paths.setdefault(path, {})[method.lower()] = _operation(path, doc, texts, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": texts("api.title"), "version": "1", "description": texts("api.about")},
        "servers": [{"url": base}],
        "paths": paths,
        "webhooks": {"case": {"post": _news(texts, shapes)}},
        "components": {
            "schemas": shapes["$defs"],
            "securitySchemes": {"partner": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
        },
    }


def _shapes() -> Schema:
    """Return the schema of every shape, under `$defs`, and each shape's reference by its name."""
    models: Sequence[type[Shape]] = (Service, ServiceDefinition, ServiceRequest, Created, TokenAnswer, Fault, CaseNews)
    both = [(model, "serialization") for model in models] + [(ReportForm, "validation")]
    references, schema = models_json_schema(both, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {"$defs": schema["$defs"], **{model.__name__: found for (model, _), found in references.items()}}


def _operation(path: str, doc: Doc, texts: Texts, shapes: Schema) -> Schema:
    given = [*_of_path(path), *({"name": name, "in": "query", "schema": {"type": "string"}} for name in doc.query)]
    content = {kind: {"schema": _answer(doc, kind, shapes)} for kind in doc.kinds}
    faults = {str(status): _fault(doc, status, texts, shapes) for status in doc.faults}
    operation: Schema = {
        "operationId": doc.word,
        "summary": texts(f"api.{doc.word}"),
        "parameters": given,
        "responses": {str(doc.status): {"description": texts("api.done"), "content": content}, **faults},
        "security": [{"partner": []}] if doc.key else [{}, {"partner": []}] if doc.query[1:] else [{}],
    }
    if doc.body is not None:
        operation["parameters"] = [*given, _once(texts)]
        form = {"application/x-www-form-urlencoded": {"schema": shapes[doc.body.__name__]}}
        operation["requestBody"] = {"required": True, "content": {**form, JSON: {"schema": shapes[doc.body.__name__]}}}
    return operation


def _of_path(path: str) -> Iterable[Schema]:
    for name in _NAMES.findall(path):
        schema = {"type": "string", "enum": ["json", "xml"]} if name == "format" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _answer(doc: Doc, kind: str, shapes: Schema) -> Schema:
    if doc.answer is None:
        return {"type": "object"} if kind == JSON else {"type": "string"}
    shape: Schema = shapes[doc.answer.__name__]
    return {"type": "array", "items": shape} if doc.many else shape


def _fault(doc: Doc, status: int, texts: Texts, shapes: Schema) -> Schema:
    told: Schema = {"description": texts(f"api.fault_{status}")}
    if doc.answer is not None:
        schema = {"type": "array", "items": shapes[Fault.__name__]}
        told["content"] = {kind: {"schema": schema} for kind in doc.kinds}
    return told


def _once(texts: Texts) -> Schema:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": "Idempotency-Key", "in": "header", "schema": schema, "description": texts("api.once")}


def _news(texts: Texts, shapes: Schema) -> Schema:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "summary": texts("api.news"),
        "parameters": [{"name": n, "in": "header", "required": True, "schema": {"type": "string"}} for n in names],
        "requestBody": {"content": {JSON: {"schema": shapes[CaseNews.__name__]}}},
        "responses": {"2XX": {"description": texts("api.done")}},
    }
