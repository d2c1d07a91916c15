"""Give tests Debian's Chromium; a missing one fails."""

import shutil
from contextlib import asynccontextmanager

from playwright.async_api import async_playwright


@asynccontextmanager
async def chromium():
    """Start it, and close it afterwards."""
    program = shutil.which("chromium")
    assert program, "the tests need chromium (apt-get install chromium)"
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


@asynccontextmanager
async def phone_of(width, height):
    """Open a narrow window in it; what the page complains of fails the test."""
    async with chromium() as opened:
        page = await opened.new_page(viewport={"width": width, "height": height})
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        yield page
        assert page.complaints == []
