"""Read the flat XML of a callback: names and words, nothing that XML can do beyond them.

Nearly every callback is one level of plain or CDATA fields: those are read with one pattern, in a third of the time
that expat takes; whatever is not quite so goes to our reader on expat, itself a third of xmltodict's (ADR 7). Tests
hold all three to the same result.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn
from xml.parsers import expat

DEEPEST = 12  # SelectedItems of a card lie five deep; 20,000 levels are somebody's attack (platform.md C3)

_FIELD = re.compile(r"\s*<([A-Za-z]\w*)>(?:<!\[CDATA\[(.*?)\]\]>|([^<>&\]]*))</\1>", re.DOTALL | re.ASCII)
_UNUSUAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")  # XML forbids these, or changes them: \r becomes \n


def read_fields(body: bytes) -> Any:
    """Return what the root element `xml` holds: a dict of words, dicts and lists; None where there is nothing.

    Raises ExpatError for what is no XML and ValueError for declarations, entities and depth.
    """
    return read_flat(body) or read_nested(body)


def read_flat(body: bytes) -> dict[str, str | None] | None:
    """Return the fields of a callback of one level; None for anything that only a real XML parser should judge."""
    try:
        words = body.decode()
    except UnicodeDecodeError:
        return None
    if not words.startswith("<xml>") or _UNUSUAL.search(words):
        return None
    fields: dict[str, str | None] = {}
    at = 5
    while found := _FIELD.match(words, at):
        name, typed, bare = found.groups()
        if name in fields or (typed and "]]>" in typed):  # given twice, or two sections in one
            return None
        fields[name] = typed or bare or None
        at = found.end()
    return fields if fields and words[at:].strip(" \t\n") == "</xml>" else None


def read_nested(body: bytes) -> Any:
    """Return the same of any callback, by expat."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    open_: list[tuple[dict[str, Any], list[str]]] = [({}, [])]

    def start(_name: str, _attributes: object) -> None:
        if len(open_) > DEEPEST:
            raise ValueError("too deep")
        open_.append(({}, []))

    def end(name: str) -> None:
        children, words = open_.pop()
        value = children or "".join(words) or None
        above = open_[-1][0]
        if name not in above:
            above[name] = value
        elif isinstance(above[name], list):
            above[name].append(value)
        else:
            above[name] = [above[name], value]

    def said(words: str) -> None:
        open_[-1][1].append(words)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, said
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _forbidden
    parser.Parse(body, True)  # noqa: FBT003 - expat's own signature: this is all of it
    return open_[0][0]["xml"]


def _forbidden(*_declared: object) -> NoReturn:
    raise ValueError("declarations are disabled")
