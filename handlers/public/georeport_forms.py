"""Write the answers of the Open311 door as JSON or XML; faults have the shape the spec gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web

from bot.channels.words import clean
from handlers.public.georeport_shapes import Fault, Shape

ANYBODY = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
# a list's name in XML -> the name of each thing in it
EACH = {"services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
        "errors": "error"}  # fmt: skip


def written(form: str, root: str, content: Shape | Sequence[Shape], status: int = 200) -> web.Response:
    """Return the answer in the wanted form under the spec's root word."""
    plain = content.model_dump() if isinstance(content, Shape) else [each.model_dump() for each in content]
    if form == "json":
        body = json.dumps(plain, ensure_ascii=False).encode()
        return web.Response(body=body, status=status, content_type="application/json", charset="utf-8", headers=ANYBODY)
    element = Element(root)
    _fill(element, plain)
    body = tostring(element, encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, status=status, content_type="text/xml", charset="utf-8", headers=ANYBODY)


def fault(form: str, status: int, words: str) -> web.Response:
    """Return a fault."""
    return written(form, "errors", [Fault(code=status, description=words)], status)


def _fill(element: Element, value: Any) -> None:
    """Put a value into an element: a mapping's names, a list's things, else its words."""
    match value:
        case None:
            return
        case bool():
            element.text = str(value).lower()
        case Mapping():
            for name, inner in value.items():
                _fill(SubElement(element, name), inner)
        case list() | tuple():
            for inner in value:
                _fill(SubElement(element, EACH[element.tag]), inner)
        case _:
            element.text = clean(str(value))
