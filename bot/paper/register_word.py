"""Print a session's register as a Word document: a summary, then the office's form, one page for each entry."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from bot.paper import word
from bot.paper.form import Page, Sheet
from bot.paper.register_rows import Row, form_head, form_rows, summary_columns, summary_head, summary_rows
from bot.paper.word import HEI, fill, line, row, table
from config.texts import Texts

FORM = (2.6, 6.2, 2.6, 5.6)  # cm
SUMMARY = (1.3, 2.6, 2.6, 7.2, 3.0, 4.2, 4.4)
HEIGHT = {1: 0.95, 2: 1.8, 3: 4.0}  # of a row by the room it wants
LEFT = (3, 6)  # the columns of the summary that hold sentences


def register_docx(sheet: Sheet, texts: Texts) -> bytes:
    """Return the register as the bytes of a .docx file."""
    made = word.document()
    word.landscape(made, margins=(1.8, 2.0))
    _summary(made, sheet, texts)
    word.page_numbers(made, (texts("sheet.page"), texts("sheet.of_pages"), texts("sheet.pages")))
    if sheet.entries:
        word.portrait(made, margins=(1.6, 2.0))
    for number, page in enumerate(sheet.entries):
        _form(made, sheet, page, texts, new_page=number > 0)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _summary(made: Any, sheet: Sheet, texts: Texts) -> None:
    line(made, texts("sheet.summary_title"), size=20, font=HEI, align="center", after=8)
    line(made, summary_head(sheet, texts), after=6)
    grid = table(made, SUMMARY)
    for cell, name in zip(row(grid, 0.9, head=True).cells, summary_columns(texts), strict=True):
        fill(cell, name, font=HEI, align="center")
    for values in summary_rows(sheet, texts):
        for number, (cell, value) in enumerate(zip(row(grid, 1.1).cells, values, strict=True)):
            fill(cell, value, size=10.5, align="left" if number in LEFT else "center")
    if not sheet.entries:
        empty = row(grid, 1.4).cells
        fill(empty[0].merge(empty[-1]), texts("sheet.empty"), align="center")
    line(made, texts("sheet.summary_foot", count=len(sheet.entries)), size=10.5)


def _form(made: Any, sheet: Sheet, page: Page, texts: Texts, *, new_page: bool) -> None:
    """Write one entry's page: the office's form."""
    line(made, texts("sheet.title"), size=22, font=HEI, align="center", after=6, new_page=new_page)
    line(made, form_head(sheet, page, texts), size=11, after=3)
    grid = table(made, FORM)
    for each in form_rows(sheet, page, texts):
        _facts(grid, each)
    signed = row(grid, 1.9).cells
    fill(signed[0].merge(signed[1]), texts("sheet.sign_representative"), top=True)
    fill(signed[2].merge(signed[3]), texts("sheet.sign_voter"), top=True)
    line(made, texts("sheet.foot", recorder=page.recorder), size=10.5)


def _facts(grid: Any, each: Row) -> None:
    cells = row(grid, HEIGHT[each.room]).cells
    if len(each.facts) == 1:
        cells = (cells[0], cells[1].merge(cells[3]))
    for at, (name, value) in enumerate(each.facts):
        fill(cells[2 * at], name, font=HEI, align="center")
        fill(cells[2 * at + 1], value, top=each.room > 1)
