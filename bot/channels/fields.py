"""Read the flat XML of a callback: names and words, nothing that XML can do beyond them.

Our own reader on expat costs a third of xmltodict's (ADR 7); a test holds the two to the same result.
"""

from __future__ import annotations

from typing import Any, NoReturn
from xml.parsers import expat

DEEPEST = 12  # SelectedItems of a card lie five deep; 20,000 levels are somebody's attack (platform.md C3)


def read_fields(body: bytes) -> Any:
    """Return what the root element `xml` holds: a dict of words, dicts and lists; None where there is nothing.

    Raises ExpatError for what is no XML and ValueError for declarations, entities and depth.
    """
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
