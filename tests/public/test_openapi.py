"""The document of our interfaces names every one of them, refers to nothing that is not there, and tells the truth."""

import json
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from config.texts import load_texts
from handlers import API_ROUTES
from handlers.public.georeport_shapes import Fault
from handlers.public.openapi import DOCS, document, plain

DOCUMENT = document(load_texts(Path("config/office")), "https://lianxin.example")
ROUTES = sorted({(route.method, plain(route.path)) for route in API_ROUTES})


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_public_interface_is_described(method, path):
    operation = DOCUMENT["paths"][path][method.lower()]
    assert operation["summary"]
    assert {each["name"] for each in operation["parameters"] if each["in"] == "path"} == set(
        re.findall(r"\{(\w+)\}", path)
    )


def test_nothing_is_described_that_is_not_there():
    assert sorted(DOCS) == ROUTES


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere():
    assert DOCUMENT["openapi"] == "3.1.0"
    words = json.dumps(DOCUMENT)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', words))
    assert named
    assert named <= DOCUMENT["components"]["schemas"].keys()
    ids = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_a_report_needs_a_key_and_reading_does_not():
    paths = DOCUMENT["paths"]["/open311/v2/requests.{format}"]
    assert paths["post"]["security"] == [{"partner": []}]
    assert {} in paths["get"]["security"]
    assert "attribute[kind]" in DOCUMENT["components"]["schemas"]["ReportForm"]["properties"]


async def test_it_is_served_for_everybody(house, caller):
    status, text, headers = await caller.get("/openapi.json")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    served = json.loads(text)
    assert served["servers"] == [{"url": house.deps.settings.public_url}]
    assert served["paths"] == DOCUMENT["paths"]


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[0] == "GET"])
async def test_what_comes_back_is_what_the_document_says(caller, method, path):
    doc = DOCS[method, path]
    address = path.format(format="json", code="ludeng" if "services" in path else "hepan-1", number="x", token="x")
    if "station" in path:
        address = address.replace("hepan-1", "hepan")
    status, text, headers = await caller.get(address)
    assert status in {doc.status, *doc.faults}
    assert headers["Content-Type"].partition(";")[0] in {*doc.kinds, "text/plain"}
    if doc.answer is not None:
        shape = (list[doc.answer] if doc.many else doc.answer) if status == doc.status else list[Fault]
        TypeAdapter(shape).validate_json(text)
