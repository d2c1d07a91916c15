"""What every command needs: a word to the terminal, tables that are up to date, a loop, lines of standard input."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterable
from functools import partial
from typing import Any

from config import Settings

SAY = partial(print, flush=True)


def migrated(settings: Settings) -> None:
    """Make the home and bring its tables up to date."""
    from bot.store import migrate as bring_up_to_date

    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    bring_up_to_date(settings.database_url)


def finished(coroutine: Any) -> Any:
    """Carry a coroutine out in the fastest loop there is, and return what it returns."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(coroutine)
    return uvloop.run(coroutine)


def utf8_lines() -> Iterable[str]:
    """Return standard input as UTF-8 whatever the terminal's code; what is none becomes question marks."""
    return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
