"""Let the subjects be learnt anew when the desk has corrected enough, and by hand from the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.actions import subjects
from bot.clock import SystemClock, local
from bot.errors import Refused
from bot.jsonl import read_lines
from bot.rules.teaching import Taught, teach
from bot.store import Store, open_store
from bot.store.tables import category
from config import Settings
from config.texts import load_texts
from handlers.knowledge import subjects_of

log = structlog.get_logger(__name__)

ENOUGH = 30  # corrections that nobody has learnt from yet
AT_LEAST = 60  # corrections altogether; fewer teach less than the words know


async def learn_if_due(store: Store, now: datetime) -> int:
    """Learn a new version when the desk has corrected enough since the last; return its number or 0."""
    async with store.read() as db:
        if await subjects.unlearnt(db) < ENOUGH:
            return 0
    return await learn_now(store, now)


async def learn_now(store: Store, now: datetime, at_least: int = AT_LEAST) -> int:
    """Learn a new version from all corrections in a thread and put it into use; return its number or 0."""
    async with store.read() as db:
        known, last = await subjects.lessons(db)
        words, _ = await subjects_of(db)
    if len(known) < at_least or len({words.top_of[lesson.code] for lesson in known}) < 2:
        return 0
    taught: Taught = await asyncio.to_thread(teach, known, words)
    publish = partial(subjects.publish, taught=taught, learnt_from=len(known), last_correction=last, now=now)
    version: int = await store.write(publish)
    log.info("subjects_learnt", version=version, rows=len(known), accuracy=round(taught.accuracy, 3))
    return version


# ---- from the command line -------------------------------------------------------------------------------------------


async def command(settings: Settings, deed: str, argument: str, say: Any) -> int:
    """Carry out `subjects learn FILE`, `subjects versions` or `subjects back N`; return the exit code."""
    store = await open_store(settings.database_url)
    try:
        if deed == "versions":
            return await _say_versions(store, say)
        if deed == "back":
            return await _back(store, settings, int(argument), say)
        return await _learn_file(store, Path(argument) if argument else None, say)
    finally:
        await store.close()


async def _say_versions(store: Store, say: Any) -> int:
    async with store.read() as db:
        rows, months = await subjects.versions(db), await subjects.by_month(db)
    for row in rows:
        say(
            f"第 {row.id} 版 {STATES[row.state]}　{local(row.trained_at):%Y-%m-%d %H:%M}　"
            f"学自 {row.learnt_from} 条更正　对没见过的更正：{row.accuracy:.1%}（只靠词：{row.by_words:.1%}）"
        )
    say("" if rows else "还没有学过：工作人员用“改类别 12 物业”改正，或用 subjects learn 文件 导入。")
    for month in months:
        say(f"{month.month}　{month.cases} 件，改过类别 {month.corrected} 件，没改的占 {month.kept:.1%}")
    return 0


STATES = {"active": "在用", "retired": "旧版", "rejected": "不用"}


async def _back(store: Store, settings: Settings, version: int, say: Any) -> int:
    try:
        count = await store.write(partial(subjects.roll_back, version=version))
    except Refused as refusal:
        say(load_texts(settings.office_dir)(f"refused.{refusal.code}", **refusal.facts))
        return 1
    say(f"已退回到{f'第 {version} 版' if version else '只靠词'}，之后的 {count} 条更正不再用来学习（记录还在）。")
    return 0


async def _learn_file(store: Store, path: Path | None, say: Any) -> int:
    """Import messages with their subjects if a file is given, and learn at once."""
    bad = 0
    now = SystemClock().now()
    if path is not None:
        async with store.read() as db:
            rows = await db.all(category.select())
        names = {row.name: row.id for row in reversed(rows)} | {row.code: row.id for row in rows}
        lines = await asyncio.to_thread(path.read_text, "utf-8")
        good, faults = _checked(lines.splitlines(), names)
        for number, reason in faults:
            say(f"✗ 第 {number} 行：{reason}")
        bad = len(faults)
        new = await store.write(partial(subjects.import_lessons, lines=good, now=now))
        say(f"已导入 {new} 条，重复 {len(good) - new} 条，有问题 {bad} 行。")
    version = await learn_now(store, now)
    say(f"已学成第 {version} 版。" if version else f"更正还不到 {AT_LEAST} 条，或只有一个类别，先不学。")
    async with store.read() as db:
        rows = await subjects.versions(db)
    if version:
        say(f"对没见过的更正：{rows[0].accuracy:.1%}（只靠词：{rows[0].by_words:.1%}），{STATES[rows[0].state]}。")
    return 1 if bad else 0


def _checked(lines: Iterable[str], ids: dict[str, int]) -> tuple[list[tuple[str, int]], list[tuple[int, str]]]:
    """Return the good lines as (text, category id), and for each bad one its number and what is wrong."""
    good: list[tuple[str, int]] = []
    faults: list[tuple[int, str]] = []
    for number, row in read_lines(lines):
        if "error" in row:
            faults.append((number, row["error"]))
        elif str(row.get("category")) not in ids:
            faults.append((number, f"没有类别 {json.dumps(row.get('category'), ensure_ascii=False)}"))
        else:
            good.append((row["text"], ids[str(row["category"])]))
    return good, faults
