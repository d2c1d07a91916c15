"""Our interfaces keep what our own OpenAPI document promises, whatever a program makes of it (schemathesis)."""

import asyncio
import json

import pytest
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.core.control import SkipTest
from schemathesis.generation import GenerationMode

from bot.store.tables import category
from tests.fuzz.inputs import some

CALLS = 25  # of each operation with data as promised, and as many with data that break the promise
# A document cannot promise that an unknown key, subject or office is taken; that what breaks it is refused is asked below.
CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
           "response_schema_conformance")  # fmt: skip


@pytest.fixture
async def document(hasty, browser):
    """The document as everybody gets it."""
    got = await browser.get("/openapi.json")
    return json.loads(got.text)


def operations(document, mode):
    schema = schemathesis.openapi.from_dict(document)
    schema.config.generation.update(modes=[mode])
    return [each.ok() for each in schema.get_all_operations()]


def cases(operation, mode):
    """Return calls of an operation; of one that asks for nothing, or for any word at all, none can break the promise."""
    try:
        return some(operation.as_strategy(generation_mode=mode), CALLS)
    except SkipTest:
        return []


async def test_whatever_a_program_asks_the_answer_is_one_of_those_described(hasty, document, hotline):
    """Every operation, by key and without; real subjects and numbers are among what is asked."""
    codes = [row.code for row in await hasty.rows(category.select())]
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for operation in operations(document, mode):
            for number, case in enumerate(cases(operation, mode)):
                if number % 2 and isinstance(case.body, dict) and mode is GenerationMode.POSITIVE:
                    case.headers["X-Api-Key"] = hotline
                    case.body["service_code"] = codes[number % len(codes)]
                await asyncio.to_thread(check, case, hasty.url)


def check(case, base):
    response = case.call(base_url=base, timeout=5)
    case.validate_response(response, checks=[CHECKS.get_one(name) for name in CHECKED])


async def test_a_report_as_the_document_wants_it_is_taken(hasty, document, hotline):
    """Who keeps to the document gets a number: with a key, a subject of ours and a place."""
    (report,) = [each for each in operations(document, GenerationMode.POSITIVE) if each.method.upper() == "POST"]
    taken = []
    for case in some(report.as_strategy(generation_mode=GenerationMode.POSITIVE), CALLS):
        if isinstance(case.body, dict):
            case.headers = {"X-Api-Key": hotline}
            case.body |= {"service_code": "ludeng", "address_string": "滨河路"}
            case.body.pop("media_url", None)  # the document says only that it is an address
            if None in (case.body.get("lat"), case.body.get("long")):  # half a point is none, as no schema can say
                case.body.pop("lat", None), case.body.pop("long", None)
            case.body["description"] = (
                "路灯" + case.body["description"]
            )  # two signs of those that are nobody's words are none
            response = await asyncio.to_thread(case.call, base_url=hasty.url, timeout=5)
            taken.append((response.status_code, case.body, response.text))
    assert [each for each in taken if each[0] != 201] == []
