"""How well subjects are guessed: each version learnt beside the words alone, and what each month corrected."""

from __future__ import annotations

from aiohttp import web

from bot.actions import subjects
from bot.paper import charts
from handlers.console.visit import Visit
from handlers.lessons import AT_LEAST, ENOUGH

LATEST = 24  # versions, and months, that the curves show; the tables have the same


async def show(visit: Visit) -> web.StreamResponse:
    """Show the curve of the versions and that of the months of my stations."""
    async with visit.deps.store.read() as db:
        versions = (await subjects.versions(db))[:LATEST][::-1]
        months = (await subjects.by_month(db, visit.me.sees))[-LATEST:]
    learnt = [[100 * each.accuracy for each in versions], [100 * each.by_words for each in versions]]
    return visit.page(
        "learning.html", versions=versions, months=months, enough=ENOUGH, least=AT_LEAST,
        curve=charts.lines(learnt, [str(each.id) for each in versions], most=100),
        kept=charts.lines([[100 * each.kept for each in months]], [each.month for each in months], most=100),
    )  # fmt: skip
