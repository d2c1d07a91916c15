"""Write figures with the rows they count into one table, as CSV or as an Excel workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from bot.paper.plain import csv_text, put

WIDTHS = (30, 10, 10, 30, 14, 26, 40)


def figures_csv(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return the table as CSV in UTF-8 with the mark by which spreadsheets know it."""
    return csv_text(head, rows).encode()


def figures_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return the table as the bytes of a .xlsx file: a line a row, its head held fast, filters to open one figure."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    paper: Any = book.active
    paper.title = title
    for number, width in enumerate(WIDTHS, 1):
        paper.column_dimensions[get_column_letter(number)].width = width
    for at, values in enumerate([head, *rows], 1):
        for column, value in enumerate(values, 1):
            put(paper.cell(at, column), value)
    for cell in paper[1]:
        cell.font = Font(bold=True)
    paper.freeze_panes = "A2"
    paper.auto_filter.ref = paper.dimensions
    out = BytesIO()
    book.save(out)
    return out.getvalue()
