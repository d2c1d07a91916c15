"""The platforms' XML: write it as they do, read what the service wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

# what XML 1.0 cannot carry never reaches a phone, so the platform never sends it
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Fields = Mapping[str, Any]


def write(fields: Fields) -> bytes:
    """Return <xml>…</xml>; numbers stand bare, words in CDATA, lists repeat their element."""
    return f"<xml>{_inside(fields)}</xml>".encode()


def add(document: bytes, fields: Fields) -> bytes:
    """Return the document with more fields at its end."""
    return document[: -len(b"</xml>")] + _inside(fields).encode() + b"</xml>"


def read(document: bytes) -> dict[str, Any]:
    """Return the fields, nested ones as dicts; raises ValueError if this is not the platform's kind of XML."""
    try:
        root = ET.fromstring(document)  # noqa: S314 - our own service on loopback wrote it  # our own service on loopback wrote it
    except (ET.ParseError, UnicodeError, LookupError) as error:
        raise ValueError(f"not XML: {error}") from error
    if root.tag != "xml":
        raise ValueError(f"the root element is {root.tag}")
    return _fields(root)


def _inside(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_inside(value)}</{name}>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{_cdata(value)}</{name}>"


def _cdata(text: str) -> str:
    return "<![CDATA[" + _ILLEGAL.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _fields(element: ET.Element) -> dict[str, Any]:
    return {child.tag: _fields(child) if len(child) else child.text or "" for child in element}
