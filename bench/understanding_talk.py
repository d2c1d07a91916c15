"""Measure questions and intents on other people's lines, with the scoring scripts that lie beside the data."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from bot.rules import encoding
from bot.rules.search import Entry, FaqIndex
from bot.rules.understanding import Intent, understand

#  task             its name                      baseline top-1, target
TASKS = (
    ("lcqmcdev200", "常见问题：开放领域", ".994", "≥ .990"),
    ("afqmcdev200", "常见问题：窄的服务领域", ".494", "≥ .55"),
    ("ncp", "常见问题：政策段落", ".745", "≥ .76"),
)
LABEL = {Intent.REQUEST: "request", Intent.QUESTION: "question", Intent.RATING: "chat", Intent.CRISIS: "request"}


def questions(data: Path):
    """Yield top-1, and what is answered outright, rightly or not; with the encoder, if one is installed."""
    eval_faq = _script(data, "eval_faq")
    waits: list[float] = []
    for task, name, baseline, target in TASKS:
        scored = [
            eval_faq.score_pack(queries, _answers(index, queries, waits)) for index, queries in eval_faq.packs(task)
        ]
        own = {key: sum(each["own"].get(key, 0) for each in scored) / len(scored) for key in scored[0]["own"]}
        yield f"{name}，第一个就对", sum(each["top1"] for each in scored) / len(scored), baseline, target
        yield f"{name}，前三个里有", sum(each["top3"] for each in scored) / len(scored), "—", "—"
        yield f"{name}，直接答且对", own["answered_correctly"], "—", "≥ .945" if task.startswith("lcqmc") else "—"
        for kind, words in (("false_near", "相近但没有的问题被直接答"), ("false_chat", "闲聊被直接答")):
            if kind in own:
                yield f"{name}，{words}", own[kind], "—", "—"
    yield "常见问题：一问用时 p99（毫秒）", float(np.quantile(waits, 0.99)) * 1000, "—", "≤ 3"


def _answers(index, queries, waits):
    entries = [Entry(row["faq_id"], row["question"], tuple(row.get("aliases", ()))) for row in index]
    pack = FaqIndex.build(entries, encoding.installed())
    given = {}
    for qid, text, *_ in queries:
        started = time.perf_counter()
        found = pack.ask(text, vector=pack.vector(text))
        waits.append(time.perf_counter() - started)
        ranked = [{"faq_id": each.code, "score": each.score} for each in found.candidates]
        if ranked:
            ranked[0]["score"] = found.sure
        given[qid] = {"ranked": ranked, "answered": found.answered}
    return given


def intents(data: Path):
    """Yield how well matters are told from small talk, on titles and on titles with text."""
    eval_intent = _script(data, "eval_intent")
    for mode, name in (("title", "只有标题"), ("full", "标题加正文")):
        rows = eval_intent.rows("dev", mode)
        said = [LABEL.get(understand(row[1]).intent, "chat") for row in rows]
        civic = np.array([row[2] != "chat" for row in rows])
        heard = np.array([label != "chat" for label in said])
        yield f"意图：事情还是闲聊，{name}", (civic == heard).mean(), ".971", "≥ .975"
        yield f"意图：闲聊被当成事情，{name}", heard[~civic].mean(), ".035–.063", "≤ .03"
        request = np.array([row[2] == "request" for row in rows])
        yield f"意图：诉求没被当成闲聊，{name}", heard[request].mean(), "—", "≥ .95"


def _script(data: Path, name: str):
    folder = str(data / "dev/eval")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return __import__(name)
