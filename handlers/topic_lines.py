"""Group the messages of standard input by what they are about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import IO, Any

from bot.jsonl import read_lines
from bot.rules.topics import Said, Topic, topics

DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")


def group(lines: Iterable[str], out: IO[str], together: float) -> int:
    """Read `{"id", "text", "title"?, "time"?}` lines, print each group, and return how many lines were bad."""
    messages, bad = [], 0
    for _, row in read_lines(lines):
        if "error" in row:
            bad += 1
            _print(row, out)
        else:
            messages.append(Said(row["id"], _words(row), _day(str(row.get("time", "")))))
    for number, topic in enumerate(topics(messages, together), 1):
        _print(_row(number, topic), out)
    return bad


def _row(number: int, topic: Topic) -> dict[str, Any]:
    return {
        "topic": number,
        "size": len(topic.ids),
        "words": topic.words,
        "place": topic.place,
        "per_day": topic.per_day,
        "ids": topic.ids,
    }


def _words(row: dict[str, Any]) -> str:
    title = row.get("title")
    return f"{title}\n{row['text']}" if isinstance(title, str) else str(row["text"])


def _day(said: str) -> date | None:
    """Return the day of a time however it is written; none if it is none."""
    found = DAY.search(said)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _print(row: dict[str, Any], out: IO[str]) -> None:
    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    out.flush()
