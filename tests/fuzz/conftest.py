"""Everybody who may come to the doors, and a knock that is patient for five seconds and no longer."""

import aiohttp
import pytest

from tests.channels.conftest import channels
from tests.console.conftest import Hand, quick_hashes
from tests.fuzz.inputs import TIMES, TRIED
from tests.public.conftest import hotline

__all__ = ["channels", "hotline", "quick_hashes"]

WITHIN_S = 5.0  # the platform hangs up then


def pytest_terminal_summary(terminalreporter):
    """Say how much was tried where somebody asked for more than usual."""
    if TIMES > 1:
        for test, count in TRIED.items():
            terminalreporter.write_line(f"{count:>9,}  {test}")
        terminalreporter.write_line(f"{TRIED.total():>9,}  inputs")


@pytest.fixture
async def browser(house):
    """A browser that keeps cookies, whoever signs in by it."""
    http = aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=WITHIN_S)
    )
    async with http:
        yield Hand(http, house)


@pytest.fixture
async def hasty(house, monkeypatch):
    """A house that lets everybody ask as often as they like: what is fuzzed is not the limit."""
    from handlers.public import callers, entrance

    monkeypatch.setattr(callers, "A_MINUTE", dict.fromkeys(callers.A_MINUTE, 1_000_000))
    monkeypatch.setattr(entrance, "PACES", ((1_000_000, 60),))
    return house
