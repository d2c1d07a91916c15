"""Write several tables into one Excel workbook, a sheet each; words stay words, whatever they begin with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from bot.paper.plain import is_risky, put

Value = str | int


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, its head, its lines, and how wide its columns are (in signs)."""

    name: str
    head: Sequence[str]
    lines: Iterable[Sequence[Value]]
    widths: Sequence[int]


def book(tables: Iterable[Table]) -> bytes:
    """Return the workbook as the bytes of a .xlsx file: heads held fast, with filters."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    made: Any = Workbook(write_only=True)
    for table in tables:
        paper = made.create_sheet(table.name)
        for number, width in enumerate(table.widths, 1):
            paper.column_dimensions[get_column_letter(number)].width = width
        paper.freeze_panes = "A2"
        paper.append(_line(paper, table.head, bold=True))
        count = 1
        for line in table.lines:
            paper.append(_line(paper, line))
            count += 1
        paper.auto_filter.ref = f"A1:{get_column_letter(len(table.head))}{count}"
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _line(paper: Any, values: Sequence[Value], *, bold: bool = False) -> list[Any]:
    return [_cell(paper, value, bold) if bold or is_risky(value) else value for value in values]


def _cell(paper: Any, value: Value, bold: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell: Any = WriteOnlyCell(paper)
    put(cell, value)
    if bold:
        cell.font = Font(bold=True)
    return cell
