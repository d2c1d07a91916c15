"""Read standard input line by line, one JSON object each, and answer at once; a bad line costs only itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

Answer = Callable[[Any, str], dict[str, Any]]  # (id, text) -> the object to print


def answer_lines(lines: Iterable[str], out: IO[str], answer: Answer) -> int:
    """Answer every `{"id", "text"}` and return how many lines were bad; those get an `{"error"}` line."""
    bad = 0
    for _, row in read_lines(lines):
        good = "error" not in row
        bad += not good
        out.write(json.dumps(answer(row["id"], row["text"]) if good else row, ensure_ascii=False) + "\n")
        out.flush()
    return bad


def read_lines(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each line's number and its row, with `text` as readable words, or with what is wrong under `error`."""
    for number, line in enumerate(lines, 1):
        words = line.strip().removeprefix("\ufeff")
        if words:
            yield number, _row(words, number)


def _row(words: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(words)
    except (ValueError, RecursionError):
        return {"id": None, "line": number, "error": "不是一个 JSON 对象"}
    if not isinstance(row, dict) or "id" not in row:
        return {"id": None, "line": number, "error": '应为 {"id": …, "text": …}'}
    if not isinstance(row.get("text"), str):
        return {"id": row["id"], "line": number, "error": "text 应为文字"}
    row.pop("error", None)
    return row | {"text": row["text"].encode("utf-8", "replace").decode()}  # half a surrogate pair cannot be printed
