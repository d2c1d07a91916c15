"""The desk: what needs somebody now, each with its one next step."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bot.clock import local_date
from bot.rules.lifecycle import Role
from bot.store import reads, reads_desk
from handlers import spool
from handlers.console.visit import Visit

WEEK = timedelta(days=7)
#        pile         its one next step: a deed of the case, done by one press or written on the case's page
STEPS = {"triage": "look", "assign": "look", "unaccepted": "urge", "overdue": "urge", "untold": "look",
         "close": "close", "supervised": "look"}  # fmt: skip


async def show(visit: Visit) -> web.StreamResponse:
    """Show what needs me now; who has no desk is led to the cases that are theirs."""
    if not visit.me.desk:
        return await visit.go("/console/unit" if visit.me.units else "/console/cases")
    today, stations = local_date(visit.now), visit.me.desk
    ahead = (today + timedelta(days=reads_desk.AHEAD)).isoformat()
    async with visit.deps.store.read() as db:
        office = Role.OFFICE in visit.me.roles
        piles = await reads_desk.piles(db, stations, today.isoformat(), office=office)
        pushes = await reads_desk.failed_pushes(db, stations, visit.now - WEEK)
        missed, misses = await reads_desk.misses(db, stations)
        days = await reads_desk.days_without_duty(db, stations, today.isoformat(), ahead)
        failed = await reads.failed_messages(db)
    return visit.page(
        "desk.html", piles=piles, steps=STEPS, pushes=pushes, missed=missed, misses=misses, days=days, failed=failed,
        waiting=spool.waiting(visit.deps), today=today.isoformat(), live="",
    )  # fmt: skip
