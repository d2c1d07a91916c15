"""Shape a Word document like an office's form: A4, Song type, one ruled table, cells that are merged and centred."""

from __future__ import annotations

from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from bot.paper.plain import printable

SONG, HEI = "宋体", "黑体"  # every Chinese Windows has both; elsewhere the nearest of the kind steps in
LATIN = "Times New Roman"
BODY = 12  # points: 小四
A4 = (Cm(21.0), Cm(29.7))


def document(*, margins: tuple[float, float] = (2.2, 2.0)) -> Any:
    """Return an empty A4 document whose words are set in Song; margins in cm, above and beside."""
    made = Document()
    style = made.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(BODY)
    facts = style.element.get_or_add_rPr()
    facts.get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    language = OxmlElement("w:lang")  # else punctuation is set as in Hong Kong, in the middle
    language.set(qn("w:eastAsia"), "zh-CN")
    facts.append(language)
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    section = made.sections[0]
    section.page_width, section.page_height = A4
    _margins(section, margins)
    return made


def landscape(made: Any, *, margins: tuple[float, float]) -> None:
    """Turn the newest section on its side."""
    section = made.sections[-1]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, *reversed(A4)
    _margins(section, margins)


def portrait(made: Any, *, margins: tuple[float, float]) -> None:
    """Begin a new section that stands upright."""
    section = made.add_section()
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, *A4
    _margins(section, margins)


def line(
    made: Any, words: str, *, size: float = BODY, font: str = SONG, bold: bool = False, align: str = "left",
    after: float = 0, new_page: bool = False,
) -> Any:  # fmt: skip
    """Add a line of its own."""
    paragraph = made.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(after)
    paragraph.paragraph_format.page_break_before = new_page
    _write(paragraph, words, size=size, font=font, bold=bold, align=align)
    return paragraph


def table(made: Any, widths: tuple[float, ...]) -> Any:
    """Add a ruled table with columns of these widths in cm; rows are added by `row`."""
    grid = made.add_table(rows=0, cols=len(widths))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Cm(width)
    return grid


def row(grid: Any, height: float, *, grows: bool = True, head: bool = False) -> Any:
    """Add a row of that height in cm; it grows with its words, and a head is repeated on every page."""
    added = grid.add_row()
    added.height = Cm(height)
    added.height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST if grows else WD_ROW_HEIGHT_RULE.EXACTLY
    for cell, column in zip(added.cells, grid.columns, strict=True):
        cell.width = column.width
    mark = OxmlElement("w:tblHeader" if head else "w:cantSplit")
    added._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - python-docx has no word for it
    return added


def fill(
    cell: Any, words: str, *, size: float = BODY, font: str = SONG, bold: bool = False, align: str = "left",
    top: bool = False,
) -> None:  # fmt: skip
    """Write into a cell: its lines one below the other, in the middle unless they begin at the top."""
    cell.vertical_alignment = WD_ALIGN_VERTICAL.TOP if top else WD_ALIGN_VERTICAL.CENTER
    if top:
        cell.paragraphs[0].paragraph_format.space_before = Pt(4)
        cell.paragraphs[0].paragraph_format.line_spacing = 1.2
    _write(cell.paragraphs[0], words, size=size, font=font, bold=bold, align=align)


def page_numbers(made: Any, words: tuple[str, str, str]) -> None:
    """Write 第 1 页 共 3 页 below every page."""
    paragraph = made.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in zip(words, ("PAGE", "NUMPAGES", ""), strict=True):
        _run(paragraph, text, 9, SONG, bold=False)
        if field:
            counted = OxmlElement("w:fldSimple")
            counted.set(qn("w:instr"), field)
            counted.append(_run(paragraph, "1", 9, SONG, bold=False)._r)  # noqa: SLF001 - python-docx knows no fields
            paragraph._p.append(counted)  # noqa: SLF001 - the same


def _margins(section: Any, margins: tuple[float, float]) -> None:
    section.top_margin = section.bottom_margin = Cm(margins[0])
    section.left_margin = section.right_margin = Cm(margins[1])
    section.footer_distance = Cm(1.2)


def _write(paragraph: Any, words: str, *, size: float, font: str, bold: bool, align: str) -> None:
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    for number, part in enumerate(printable(words).split("\n")):
        run = _run(paragraph, part, size, font, bold=bold)
        if number:
            run._r.insert(1, OxmlElement("w:br"))  # noqa: SLF001 - before the run's words


def _run(paragraph: Any, words: str, size: float, font: str, *, bold: bool) -> Any:
    run = paragraph.add_run(words)
    run.font.size, run.font.bold = Pt(size), bold
    run.font.name = LATIN
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - python-docx knows Latin only
    return run
