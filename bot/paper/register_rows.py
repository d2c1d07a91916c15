"""What stands in the register's form and in its summary, row by row; Word and Excel only draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.paper.form import Page, Sheet
from bot.rules.register import DISPOSITIONS
from config.texts import Texts

RATINGS = ("satisfied", "mostly", "dissatisfied")
COLUMNS = ("number", "visit", "name", "words", "category", "disposition", "result")
IN_A_LINE = 3  # boxes
TICKED, OPEN = "☑", "☐"
Fact = tuple[str, str]  # what it is called, and what it is


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form: one or two facts, and how much room they want: 1 a line, 2 some lines, 3 a story."""

    facts: tuple[Fact, ...]
    room: int = 1


def form_rows(sheet: Sheet, page: Page, texts: Texts) -> tuple[Row, ...]:
    """Return the rows of one entry's form."""

    def named(name: str, value: str) -> Fact:
        return texts(f"form.{name}"), value

    dispositions = [(code, texts(f"disposition.{code}")) for code in DISPOSITIONS]
    ratings = [(code, texts(f"reason.{code}")) for code in RATINGS]
    secret = texts("sheet.yes" if page.confidential else "sheet.no")
    return (
        Row((named("time", f"{sheet.day}\n{page.visit}"), named("mode", sheet.mode))),
        Row((named("place", sheet.place),)),
        Row((named("representatives", sheet.representatives),)),
        Row((named("name", page.name or texts("sheet.nameless")), named("phone", page.phone))),
        Row((named("home", page.home), named("confidential", secret))),
        Row((named("category", page.category), named("attachments", texts("sheet.copies", count=page.attachments)))),
        Row((named("words", page.words),), room=3),
        Row((named("answer", page.answer),), room=2),
        Row((named("proposal", page.proposal),), room=2),
        Row((named("disposition", _boxes(dispositions, page.disposition)),)),
        Row((named("unit", page.unit), named("due_on", page.due_on))),
        Row((named("result", page.result),), room=2),
        Row((named("suggestion", page.suggestion), named("told", page.told))),
        Row((named("rating", _boxes(ratings, page.rating)),)),
    )


def form_head(sheet: Sheet, page: Page, texts: Texts) -> str:
    """Return the line between the title and the form."""
    number = page.archive or texts("sheet.not_archived", number=page.number)
    return texts("sheet.head", number=number, station=sheet.station)


def summary_head(sheet: Sheet, texts: Texts) -> str:
    """Return the line above the summary: where, when, who received."""
    return texts("sheet.session", station=sheet.station, day=sheet.day, hours=sheet.hours,
                 representatives=sheet.representatives or texts("sheet.nobody"))  # fmt: skip


def summary_columns(texts: Texts) -> tuple[str, ...]:
    """Return what stands above the columns of the summary."""
    return tuple(texts(f"sheet.column_{name}") for name in COLUMNS)


def summary_rows(sheet: Sheet, texts: Texts) -> list[tuple[str, ...]]:
    """Return the lines of the summary, in the order of COLUMNS; who wants to stay unknown has no name in it."""
    return [
        (
            str(page.number),
            page.visit,
            texts("sheet.confidential_name") if page.confidential else page.name or texts("sheet.nameless"),
            page.words,
            page.category,
            texts(f"disposition.{page.disposition}") if page.disposition else "",
            "\n".join(part for part in (page.suggestion, page.result) if part),
        )
        for page in sheet.entries
    ]


def _boxes(choices: Sequence[tuple[str, str]], chosen: str) -> str:
    """Return every choice with a box before it, one of them ticked."""
    boxes = [f"{TICKED if code == chosen else OPEN} {words}" for code, words in choices]
    return "\n".join("　".join(boxes[at : at + IN_A_LINE]) for at in range(0, len(boxes), IN_A_LINE))
