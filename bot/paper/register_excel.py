"""Print a session's register as an Excel workbook: a summary, then the office's form, one sheet for each entry."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from bot.paper.form import Page, Sheet
from bot.paper.plain import put
from bot.paper.register_rows import Row, form_head, form_rows, summary_columns, summary_head, summary_rows
from config.texts import Texts

SUMMARY = (6, 15, 13, 42, 16, 24, 26)  # in signs
FORM = (13, 32, 13, 32)
SIGNS_A_LINE = 36  # of a value that takes all the width; a row does not grow by itself here
LINE = 17  # points
ROOM = {1: 2, 2: 3, 3: 7}  # lines of a row by the room it wants
SONG, HEI = "宋体", "黑体"
_EDGE = Side(style="thin")
_RULED = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_CENTRED = Alignment("center", "center", wrap_text=True)
_WORDS = Alignment("left", "center", wrap_text=True, indent=1)


def register_xlsx(sheet: Sheet, texts: Texts) -> bytes:
    """Return the register as the bytes of a .xlsx file."""
    book = Workbook()
    summary: Any = book.active
    summary.title = texts("sheet.summary_sheet")
    _summary(summary, sheet, texts)
    for page in sheet.entries:
        _form(book.create_sheet(texts("sheet.entry_sheet", number=page.number)), sheet, page, texts)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _summary(paper: Any, sheet: Sheet, texts: Texts) -> None:
    _set_up(paper, SUMMARY, landscape=True)
    _title(paper, texts("sheet.summary_title"), len(SUMMARY))
    _wide(paper, 2, summary_head(sheet, texts), len(SUMMARY), lines=2)
    _cells(paper, 3, summary_columns(texts), lines=2, heads=range(len(SUMMARY)))
    for at, values in enumerate(summary_rows(sheet, texts), 4):
        _cells(paper, at, values, lines=max(2, -(-len(values[3]) // 20)), heads=())
    _wide(paper, 4 + len(sheet.entries), texts("sheet.summary_foot", count=len(sheet.entries)), len(SUMMARY))
    paper.print_title_rows = "3:3"


def _form(paper: Any, sheet: Sheet, page: Page, texts: Texts) -> None:
    """Write one entry: the same rows as the form on paper."""
    _set_up(paper, FORM, landscape=False)
    _title(paper, texts("sheet.title"), len(FORM))
    _wide(paper, 2, form_head(sheet, page, texts), len(FORM))
    rows = form_rows(sheet, page, texts)
    for at, each in enumerate(rows, 3):
        _facts(paper, at, each)
    last = 3 + len(rows)
    _cells(paper, last, (texts("sheet.sign_representative"), "", texts("sheet.sign_voter"), ""), lines=4, heads=())
    for column in (1, 3):
        paper.merge_cells(start_row=last, start_column=column, end_row=last, end_column=column + 1)
    _wide(paper, last + 1, texts("sheet.foot", recorder=page.recorder), len(FORM), lines=2)


def _facts(paper: Any, at: int, each: Row) -> None:
    values = [words for fact in each.facts for words in fact]
    lines = max(ROOM[each.room], _lines(values[1])) if len(values) == 2 else ROOM[each.room]
    _cells(paper, at, (*values, "", "")[: len(FORM)], lines=lines, heads=(0, 2) if len(values) > 2 else (0,))
    if len(values) == 2:
        paper.merge_cells(start_row=at, start_column=2, end_row=at, end_column=len(FORM))


def _cells(paper: Any, at: int, values: Sequence[str], *, lines: int, heads: Sequence[int]) -> None:
    """Fill a ruled row; the cells named as heads are set as such."""
    for number, value in enumerate(values):
        cell = paper.cell(at, number + 1)
        if value:
            put(cell, value)
        cell.border, cell.font = _RULED, Font(name=HEI if number in heads else SONG, size=11)
        cell.alignment = _CENTRED if number in heads else _WORDS
    paper.row_dimensions[at].height = LINE * lines


def _set_up(paper: Any, widths: Sequence[int], *, landscape: bool) -> None:
    for number, width in enumerate(widths, 1):
        paper.column_dimensions[get_column_letter(number)].width = width
    setup = paper.page_setup
    setup.paperSize, setup.orientation = paper.PAPERSIZE_A4, "landscape" if landscape else "portrait"
    setup.fitToWidth, setup.fitToHeight = 1, 0
    paper.sheet_properties.pageSetUpPr.fitToPage = True
    paper.print_options.horizontalCentered = True


def _title(paper: Any, words: str, columns: int) -> None:
    _wide(paper, 1, words, columns, lines=2)
    paper.cell(1, 1).font, paper.cell(1, 1).alignment = Font(name=HEI, size=20), _CENTRED


def _wide(paper: Any, at: int, words: str, columns: int, *, lines: int = 1) -> None:
    """Write a line that takes all the columns."""
    paper.merge_cells(start_row=at, start_column=1, end_row=at, end_column=columns)
    put(paper.cell(at, 1), words)
    paper.cell(at, 1).font, paper.cell(at, 1).alignment = (
        Font(name=SONG, size=11),
        Alignment("left", "center", wrap_text=True),
    )
    paper.row_dimensions[at].height = LINE * (lines + 0.5)


def _lines(value: str) -> int:
    """Return how many lines a value takes, with a little room."""
    return sum(-(-max(1, len(part)) // SIGNS_A_LINE) for part in value.split("\n")) + 1
