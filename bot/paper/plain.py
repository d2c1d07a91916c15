"""Write what people said into documents and tables so that no program takes it for anything but words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from csv import writer
from io import StringIO
from typing import Any

# XML 1.0 knows no other control signs, and Excel and Word refuse a file that has them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# What a spreadsheet takes for the beginning of a formula (also after a tab or a line break).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def printable(text: str) -> str:
    """Return the text without the signs that no document can hold."""
    return _UNPRINTABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def is_risky(value: str | int) -> bool:
    """Whether a spreadsheet could take a value for something else than it is, or not take it at all."""
    return isinstance(value, str) and (value.startswith(_FORMULA) or _UNPRINTABLE.search(value) is not None)


def put(cell: Any, value: str | int) -> None:
    """Write into a cell of openpyxl: a number as a number, everything else as words, whatever they begin with."""
    cell.value = printable(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_FORMULA)


def csv_text(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """Return a table as CSV that spreadsheets open as UTF-8; what looks like a formula gets an apostrophe before it."""
    out = StringIO()
    lines = writer(out, lineterminator="\r\n")
    lines.writerow(head)
    lines.writerows([_harmless(value) for value in row] for row in rows)
    return "\ufeff" + out.getvalue()


def meant(cell: str) -> str:
    """Return what a cell of our own CSV says: without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _harmless(value: str | int) -> str | int:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
