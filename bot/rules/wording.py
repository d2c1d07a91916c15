"""Say whether a sentence in the office's own words still says all it must, and nothing that must not be said."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from bot.rules.office import Fault
from config.texts import asked

MOST = 300  # a chat is no letter
BUTTON = 10  # what a platform shows on a button
# What no sentence of ours says: that a representative decides, that an outcome is promised, that a receipt is due.
NEVER = ("代表决定", "代表会解决", "代表负责解决", "代表批准", "保证解决", "一定解决", "马上解决", "包您", "收到请回")
# What people answer by figures must end with the figures: only they are understood.
LAST_LINE = ("told.reply",)


def faults(code: str, words: str, written: str) -> Iterator[Fault]:
    """Yield what is wrong with own words for a sentence that is written otherwise in the files."""
    if not words.strip():
        yield Fault("words", "empty")
        return
    if len(words) > (most := BUTTON if code.startswith("button.") else MOST):
        yield Fault("words", "long", {"number": most})
    yield from _facts(words, written)
    yield from (Fault("words", "never", {"words": phrase}) for phrase in NEVER if phrase in words)
    last = written.rsplit("\n", 1)[-1].rpartition("，")[2]
    if code in LAST_LINE and not words.endswith(last):
        yield Fault("words", "last_line", {"words": last})


def _facts(words: str, written: str) -> Iterator[Fault]:
    """Every fact is kept, none is made up, and none is asked for its inside: a name in braces, no more."""
    try:
        parts = [(name, spec or turned) for _, name, spec, turned in Formatter().parse(words) if name is not None]
    except ValueError:
        yield Fault("words", "braces")
        return
    known = asked(written)
    if strange := [name for name, more in parts if name not in known or more]:
        yield Fault("words", "strange_fact", {"names": _listed(strange), "known": _listed(sorted(known))})
    if lost := sorted(known - {name for name, _ in parts}):
        yield Fault("words", "lost_fact", {"names": _listed(lost)})


def _listed(names: list[str]) -> str:
    return "、".join(f"{{{name}}}" for name in names) or "（没有）"
