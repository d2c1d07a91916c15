"""Answer standard input line by line: one JSON object in, one out, at once; a bad line costs only itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import IO, Any

Answer = Callable[[Any, str], dict[str, Any]]  # (id, text) -> the object to print


def answer_lines(lines: Iterable[str], out: IO[str], answer: Answer) -> int:
    """Answer every `{"id", "text"}` and return how many lines were bad; those get an `{"error"}` line."""
    bad = 0
    for number, line in enumerate(lines, 1):
        words = line.strip().removeprefix("\ufeff")
        if not words:
            continue
        row = _answered(words, number, answer)
        bad += "error" in row
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        out.flush()
    return bad


def _answered(words: str, number: int, answer: Answer) -> dict[str, Any]:
    """Return the answer to one line, or what is wrong with it."""
    try:
        row = json.loads(words)
    except (ValueError, RecursionError):
        return {"id": None, "line": number, "error": "不是一个 JSON 对象"}
    if not isinstance(row, dict) or "id" not in row:
        return {"id": None, "line": number, "error": '应为 {"id": …, "text": …}'}
    if not isinstance(row.get("text"), str):
        return {"id": row["id"], "line": number, "error": "text 应为文字"}
    text = row["text"].encode("utf-8", "replace").decode()  # half a surrogate pair can be neither read nor printed
    return answer(row["id"], text)
