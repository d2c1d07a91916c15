"""Answer, sort and group what stands in lines: faq, classify, similar, subjects."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from commands.parts import SAY, finished, migrated, utf8_lines
from config import BadConfig, load_settings


def faq(arguments: argparse.Namespace) -> int:
    """Import an FAQ file, answer questions from standard input, or ask past questions again."""
    from handlers import faq_again, faq_lines

    settings = load_settings(need_accounts=False)
    migrated(settings)
    if arguments.deed == "import":
        work = faq_lines.import_file(settings, Path(arguments.file), replace=arguments.replace)
    elif arguments.deed == "test":
        file = Path(arguments.jsonl) if arguments.jsonl else None
        work = faq_again.ask_again(settings, file, accept=arguments.accept)
    else:
        work = faq_lines.ask(settings, utf8_lines(), sys.stdout)
    code: int = finished(work)
    return code


def classify(_arguments: argparse.Namespace) -> None:
    """Say of each line of standard input what is meant and what it is about, as the desk has taught it."""
    from bot.jsonl import answer_lines
    from bot.rules.meaning import classify as understand

    known = finished(_subjects())
    answer_lines(utf8_lines(), sys.stdout, lambda row_id, text: understand(row_id, text, known))


async def _subjects() -> Any:
    """Return the subjects of the database; of an empty one or none, those of the office's files."""
    from bot.store import open_store
    from handlers.knowledge import subjects_in_files, subjects_of

    try:
        settings = load_settings(need_accounts=False)
    except BadConfig:  # nothing is set up here yet: the files can be read all the same
        return subjects_in_files(Path(os.environ.get("LIANXIN_OFFICE", "config/office")))
    migrated(settings)
    store = await open_store(settings.database_url)
    try:
        async with store.read() as db:
            known, ids = await subjects_of(db)
    finally:
        await store.close()
    return known if ids else subjects_in_files(settings.office_dir)


def similar(arguments: argparse.Namespace) -> None:
    """Group the messages of standard input by what they are about."""
    from handlers.topic_lines import group

    group(utf8_lines(), sys.stdout, arguments.together)


def subjects(arguments: argparse.Namespace) -> int:
    """Learn subjects from corrections, list what was learnt, or take a version back."""
    from handlers import lessons

    settings = load_settings(need_accounts=False)
    migrated(settings)
    code: int = finished(lessons.command(settings, arguments.deed, getattr(arguments, "argument", ""), SAY))
    return code
