"""Import questions and answers from a file row by row, and answer questions from standard input."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO

from bot.actions import questions
from bot.actions.faq_import import Imported, Line, import_faqs
from bot.clock import SystemClock
from bot.jsonl import answer_lines
from bot.rules.calibration import Calibration
from bot.rules.effect import flips, outright
from bot.rules.privacy import Sealer, mask
from bot.rules.search import FaqIndex, as_row
from bot.store import open_store
from config import Settings
from handlers.chat.slots import unknown_in
from handlers.faq_files import COLUMNS, BadFile, Row, read_rows
from handlers.knowledge import learn

#  column      at most (characters), as the tables hold them
LONGEST = {"id": 64, "question": 500, "answer": 20_000, "source": 400, "category": 100, "office": 64, "station": 64}
MOST_FLIPPED = 20
SEPARATORS = ("|", "｜", "\r", "\n")


async def import_file(settings: Settings, path: Path, *, replace: bool) -> int:
    """Import every good row, report every bad one with its line; returns 1 if any was bad, else 0."""
    say = partial(print, file=sys.stdout, flush=True)
    try:
        rows = await asyncio.to_thread(read_rows, path)
    except BadFile as fault:
        say(f"✗ {path}：{fault}")
        return 1
    lines, faults = checked(rows)
    named = frozenset(map(code_of, rows)) if replace else None  # a bad row still says that its entry is wanted
    store = await open_store(settings.database_url)
    try:
        before = await learn(store)
        done = await store.write(partial(import_faqs, lines=lines, now=SystemClock().now(), keep_only=named))
        after = await learn(store)
        async with store.read() as db:
            past = await questions.past(db, Sealer(settings.secret_keys))
    finally:
        await store.close()
    faults += [(line.number, f"编号 {line.code} 是机构资料里的条目，不能覆盖，请换一个编号") for line in done.clashes]
    for number, reason in sorted(faults):
        say(f"✗ 第 {number} 行：{reason}")
    say(_report(done, len(faults)))
    say(_limits(after.faq.calibration))
    for line in await asyncio.to_thread(_flipped, before.faq, after.faq, [text for text, _ in past]):
        say(line)
    return 1 if faults else 0


def checked(rows: Iterable[Row]) -> tuple[list[Line], list[tuple[int, str]]]:
    """Return the good rows, and for each bad one its number and what is wrong with it."""
    lines: list[Line] = []
    faults: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for row in rows:
        code = code_of(row)
        reasons = [row.fault] if row.fault else faults_of(row.values)
        if not reasons and code in seen:
            reasons = [f"编号或问题与第 {seen[code]} 行重复"]
        if reasons:
            faults.append((row.number, "；".join(reasons)))
            continue
        seen[code] = row.number
        lines.append(line_of(row, code))
    return lines, faults


def faults_of(values: Mapping[str, str]) -> list[str]:
    """Return what is wrong with one row."""
    empty = [f"缺少 {COLUMNS[name]}" for name in ("question", "answer") if not values.get(name, "").strip()]
    long = [
        f"{COLUMNS[name]}太长（{len(values[name])} 字，至多 {most} 字）"
        for name, most in LONGEST.items()
        if len(values.get(name, "")) > most
    ]
    most = LONGEST["question"]
    wordy = [f"相似问法太长（至多 {most} 字）：{each[:20]}…" for each in _similar(values) if len(each) > most]
    strange = [f"答案里的 {slot} 没有人会填" for slot in unknown_in(values.get("answer", ""))]
    return empty + long + wordy + strange + _undated(values)


def _undated(values: Mapping[str, str]) -> list[str]:
    """Return which of the two days cannot be read, or that they are the wrong way round."""
    days = {name: values.get(name, "").strip()[:10] for name in ("valid_from", "valid_until")}
    bad = [f"{COLUMNS[name]}“{day}”不是日期，请写成 2026-12-31" for name, day in days.items() if day and not _day(day)]
    if not bad and all(days.values()) and days["valid_from"] > days["valid_until"]:
        bad = ["生效日晚于失效日，这条答案永远不会生效"]
    return bad


def _day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def line_of(row: Row, code: str) -> Line:
    """Return a row that has no fault as an answer."""
    values = row.values
    return Line(
        number=row.number,
        code=code,
        question=values["question"].strip(),
        answer=values["answer"].strip(),
        similar=_similar(values),
        source=values.get("source", "").strip(),
        category=values.get("category", "").strip(),
        valid_from=values.get("valid_from", "").strip()[:10],  # a sheet's day brings its midnight
        valid_until=values.get("valid_until", "").strip()[:10],
        office=values.get("office", "").strip(),
        station=values.get("station", "").strip(),
    )


def _similar(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the other wordings, which stand behind bars or on lines of their own."""
    words = values.get("similar", "")
    for separator in SEPARATORS:
        words = words.replace(separator, "\n")
    return tuple(filter(None, (part.strip() for part in words.split("\n"))))


def code_of(row: Row) -> str:
    """Return the row's id; a question that brings none gets one from its words, so twice is once."""
    question = row.values.get("question", "")
    return (
        row.values.get("id", "").strip()
        or "q-" + hashlib.blake2b(question.strip().encode("utf-8", "replace"), digest_size=8).hexdigest()
    )


def _report(done: Imported, bad: int) -> str:
    tally = done.tally
    words = f"已导入：新增 {tally.added}，改动 {tally.changed}，未变 {tally.unchanged}"
    if tally.gone:
        words += f"；文件里没有、已删去 {len(tally.gone)}：{_listed(tally.gone)}"
    return f"{words}；有问题未导入 {bad} 行" if bad else f"{words}。"


def _limits(limits: Calibration) -> str:
    """Return what the pack asks for before it answers outright, and what that means for people."""
    kept = f"换个说法问，{limits.kept:.0%} 直接答对，其余给出选项或转人工；" if limits.kept >= 0 else ""
    return (
        f"把握门槛 {limits.threshold:.2f}（按这批问答自动定，越像越要更有把握）：{kept}"
        f"没有收录的同类问题约 {limits.near:.0%} 仍会得到相近的答案，闲聊约 {limits.chat:.1%}。"
    )


def _flipped(before: FaqIndex, after: FaqIndex, texts: Sequence[str]) -> list[str]:
    """Return what the import does to the office's past questions."""
    if not texts:
        return []
    found = flips([(text, outright(before, text)) for text in texts], after)
    lines = [
        f"变 “{mask(each.text)[:40]}”：原来 {each.before or '没有直接回答'}，现在 {each.after or '没有直接回答'}"
        for each in found[:MOST_FLIPPED]
    ]
    return [*lines, f"以往 {len(texts)} 个问题重问了一遍，{len(found)} 个答案变了。"]


def _listed(codes: Sequence[str], most: int = 20) -> str:
    return "、".join(codes[:most]) + ("…" if len(codes) > most else "")


async def ask(settings: Settings, lines: Iterable[str], out: IO[str]) -> int:
    """Answer each `{"id", "text"}` line as soon as it is read; a bad line gets an error line."""
    store = await open_store(settings.database_url)
    try:
        knowledge = await learn(store)
    finally:
        await store.close()
    pack = knowledge.faq
    answer_lines(lines, out, lambda row_id, text: as_row(row_id, pack.ask(text, vector=pack.vector(text))))
    return 0
