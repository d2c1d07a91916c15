"""The desk: what needs somebody now."""

from __future__ import annotations

from aiohttp import web

from handlers.console.visit import Visit


async def show(visit: Visit) -> web.StreamResponse:
    """Show what needs me now."""
    return visit.page("desk.html")
