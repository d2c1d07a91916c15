"""Read a table that somebody saved, csv or xlsx, as lines of words."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from bot.paper.plain import meant

KINDS = (".csv", ".xlsx")
MOST_LINES = 20_000
MOST_UNPACKED = 64 * 1024 * 1024  # bytes of a workbook


class Unreadable(Exception):
    """The file cannot be read at all: a key of texts `table`."""


def lines_of(name: str, data: bytes) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, each with its number in the file; raises Unreadable."""
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS:
        raise Unreadable("suffix")
    found = _xlsx(data) if suffix == ".xlsx" else _csv(data)
    lines = [(number, [cell.strip() for cell in cells]) for number, cells in found if any(map(str.strip, cells))]
    if len(lines) < 2:
        raise Unreadable("empty")
    if len(lines) > MOST_LINES:
        raise Unreadable("long")
    return lines


def _csv(data: bytes) -> list[tuple[int, list[str]]]:
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text.split("\n", 1)[0] else ",")
    found, number = [], 1
    try:
        for cells in reader:
            found.append((number, [meant(cell) for cell in cells]))
            number = reader.line_num + 1
    except csv.Error:
        raise Unreadable("quotes") from None
    return found


def _xlsx(data: bytes) -> list[tuple[int, list[str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("long")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True, max_row=MOST_LINES + 2)
        return [(number, [_said(cell) for cell in cells]) for number, cells in enumerate(rows, 1)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError):
        raise Unreadable("workbook") from None


def _decoded(data: bytes) -> str:
    """Return the text of UTF-8, with or without its mark, or of the code Chinese Windows saves in."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding")


def _said(value: Any) -> str:
    """Return a cell as a person reads it; what Excel took for a day or an hour is written as we write it."""
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value).encode("utf-8", "replace").decode()
