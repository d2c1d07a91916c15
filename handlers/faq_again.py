"""Ask the office's own past questions anew, or those of a file, and say which answers flipped: `run.py faq test`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.actions import questions
from bot.rules.effect import outright
from bot.rules.privacy import Sealer, mask
from bot.rules.search import FaqIndex
from bot.store import open_store
from config import Settings
from handlers.knowledge import learn

say = partial(print, flush=True)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the code it is to be answered with, empty for none; `line` in the file, or 0."""

    text: str
    code: str
    line: int = 0


async def ask_again(settings: Settings, path: Path | None, *, accept: bool) -> int:
    """Print every question that is answered otherwise than before; returns 1 if any is (unless it is accepted)."""
    sealer = Sealer(settings.secret_keys)
    store = await open_store(settings.database_url)
    try:
        knowledge = await learn(store)
        async with store.read() as db:
            past = [Question(text, code) for text, code in await questions.past(db, sealer)] if path is None else []
        asked, bad = (past, 0) if path is None else await asyncio.to_thread(_from_file, path)
        answered = await asyncio.to_thread(_answers, knowledge.faq, asked)
        flipped = [each for each in asked if answered[each.text] != each.code]
        for each in flipped:
            say(_line(each, answered[each.text], knowledge.answers))
        if accept and path is None:
            await store.write(partial(questions.accept, sealer=sealer, answered=answered))
    finally:
        await store.close()
    say(f"重问 {len(asked)} 个问题，{len(flipped)} 个答案变了" + ("，已按现在的答案记下。" if accept else "。"))
    return 1 if bad or (flipped and not accept) else 0


def _answers(index: FaqIndex, asked: list[Question]) -> dict[str, str]:
    return {each.text: outright(index, each.text) for each in asked}


def _from_file(path: Path) -> tuple[list[Question], int]:
    """Return the questions of a JSONL file, `{"text", "answer_id"}` a line, and how many lines were bad."""
    found, bad = [], 0
    for number, row in _rows(path):
        if row is None:
            say(f'✗ 第 {number} 行：应为 {{"text": …, "answer_id": …}}')
            bad += 1
        else:
            found.append(Question(row["text"], row.get("answer_id") or "", number))
    return found, bad


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        good = isinstance(row, dict) and isinstance(row.get("text"), str)
        yield number, row if good else None


def _line(each: Question, now: str, answers: Any) -> str:
    """Return what became of one question."""
    where = f"第 {each.line} 行 " if each.line else ""
    return f"变 {where}“{mask(each.text)[:40]}”：原来 {_called(each.code, answers)}，现在 {_called(now, answers)}"


def _called(code: str, answers: Any) -> str:
    if not code:
        return "没有直接回答"
    return f"{code}（{answers[code].question}）" if code in answers else f"{code}（已没有这条）"
