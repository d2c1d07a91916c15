"""Time understanding and FAQ search: p50 and p99 of understand() and of ask() at 5,000 entries of five phrasings."""

from __future__ import annotations

import random
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.rules import encoding, examples, intent, smalltalk
from bot.rules.meaning import meaning_of
from bot.rules.search import Entry, FaqIndex
from bot.rules.understanding import Subjects, understand

ENTRIES = 5000
QUERIES = 2000


def main() -> None:
    started = time.perf_counter()
    intent.model()
    print(f"learn the intents            {1000 * (time.perf_counter() - started):8.0f} ms")
    pick = random.Random(1).choice
    lines = [
        line
        for _ in range(4)
        for line in [*examples.troubles(pick), *examples.affairs(pick), *smalltalk.evenings(pick)]
    ]
    subjects = Subjects({f"c{n}": (things[0], things) for n, (things, _) in enumerate(examples.TROUBLES)})
    report("understand()", [timed(lambda line=line: understand(line, subjects)) for line in lines[:QUERIES]])
    report("meaning_of()", [timed(lambda line=line: meaning_of(line, subjects)) for line in lines[:QUERIES]])
    letter = "，".join(lines[:30])
    report("understand(a letter)", [timed(partial(understand, letter, subjects)) for _ in range(200)])

    entries = [entry(number, pick) for number in range(ENTRIES)]
    started = time.perf_counter()
    index = FaqIndex.build(entries, encoding.installed())
    print(f"build {ENTRIES} entries           {time.perf_counter() - started:8.1f} s")
    report("ask(), a known phrasing", [timed(lambda: index.ask(pick(pick(entries).phrasings))) for _ in range(QUERIES)])
    report("ask(), another wording", [timed(lambda: index.ask(affair(pick) + affair(pick))) for _ in range(QUERIES)])
    report("ask(), small talk", [timed(lambda: index.ask(pick(smalltalk.CHAT))) for _ in range(QUERIES)])
    if index.encodes:
        report("ask(), with the encoder", [timed(lambda: _encoded(index, affair(pick))) for _ in range(QUERIES // 4)])


def _encoded(index: FaqIndex, text: str) -> None:
    index.ask(text, vector=index.vector(text))


def affair(pick) -> str:
    return pick(examples.QUESTION_FORMS).format(a=pick(examples.AFFAIRS))


def entry(number: int, pick) -> Entry:
    place, about = pick(examples.PLACES), pick(examples.AFFAIRS)
    ways = [f"{place}{pick(examples.QUESTION_FORMS).format(a=about)}{number % 97}号" for _ in range(5)]
    return Entry(f"e{number}", ways[0], tuple(ways[1:]))


def timed(do) -> tuple[float, float]:
    """Return the seconds by the clock and of this thread's CPU: on a busy machine only the second tell."""
    started, began = time.perf_counter(), time.thread_time()
    do()
    return time.perf_counter() - started, time.thread_time() - began


def report(what: str, seconds: list[tuple[float, float]]) -> None:
    clock, cpu = np.quantile(np.array(seconds) * 1e6, [0.5, 0.99], axis=0).T
    print(
        f"{what:28} p50 {clock[0]:8.0f} µs   p99 {clock[1]:8.0f} µs"
        f"   CPU p50 {cpu[0]:8.0f} µs   p99 {cpu[1]:8.0f} µs   (n={len(seconds)})"
    )


if __name__ == "__main__":
    main()
