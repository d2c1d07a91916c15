"""The rules of reception days: written with the coming twelve months before one's eyes, and undone."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.actions import editions, reception_rules, rehearsing, rota, rule_edit
from bot.actions.reception import WEEKDAYS as SAID_DAYS
from bot.actions.register_sheet import MODES
from bot.actions.rule_edit import Draft
from bot.errors import Refused
from bot.rules import ruleform
from bot.rules.ruleform import DAYS, NTHS, NUMBERS, POLICIES, SEASON_WORDS, SEASONS
from bot.store import Db, reads_cases
from config.texts import Texts
from handlers.console.outbox import words_of
from handlers.console.reception import desk_of
from handlers.console.visit import Visit, number_in

log = structlog.get_logger(__name__)

RULES = "/console/reception/rules"
UNDO_WITHIN = timedelta(minutes=10)
MOST = 60  # rules a page


async def show(visit: Visit) -> web.StreamResponse:
    """Show the rules of my stations."""
    async with visit.deps.store.read() as db:
        rows = await rule_edit.listed(db, visit.me.desk)
        stations = await reads_cases.stations(db, visit.me.desk)
    start = number_in(visit.request.query.get("from", ""))
    said = [(row, in_words(row, visit.deps.texts)) for row in rows[start : start + MOST]]
    more = start + MOST if len(rows) > start + MOST else 0
    return visit.page("rules.html", rows=said, stations=stations, undo=undoable(visit), more=more)


async def edit(visit: Visit) -> web.StreamResponse:
    """Show one rule, or an empty form for a new one of a station."""
    return await _page(visit)


async def look(visit: Visit) -> web.StreamResponse:
    """Show what a rule plans for twelve months, and whom its change tells; nothing is written yet."""
    draft, faults = await _draft(visit)
    if draft is None:
        return await _page(visit, faults=faults)
    deps, work = visit.deps, partial(_save, visit=visit, draft=draft, batch=editions.new_batch())
    try:
        told = await rehearsing.rehearse(deps.store, work, draft.station_id)
    except Refused as refusal:
        return await _page(visit, refusal=refusal)
    async with deps.store.read() as db:
        planned = await reception_rules.preview_of(db, rule_edit.planned_by(draft), visit.now)
    months: dict[str, list[Any]] = {}
    for each in planned if draft.active else ():
        months.setdefault(f"{each.held_on:%Y-%m}", []).append(each)
    words = next((words_of(row) for row in told), "")
    return visit.page("rule_look.html", draft=draft, months=months, told=told, words=words, given=visit.form)


async def save(visit: Visit) -> web.StreamResponse:
    """Write the rule that was looked at; its days follow at once."""
    draft, faults = await _draft(visit)
    if draft is None:
        return await _page(visit, faults=faults)
    batch = editions.new_batch()
    try:
        await visit.deps.store.write(partial(_save, visit=visit, draft=draft, batch=batch))
    except Refused as refusal:
        return await _page(visit, refusal=refusal)
    visit.deps.outbox.wake.set()
    log.info("rule_saved", code=draft.rule.code, by=visit.me.person_id)
    await visit.remember(rule_undo={"batch": batch, "until": (visit.now + UNDO_WITHIN).timestamp()})
    return await visit.go(RULES, visit.deps.texts("rules_page.saved"))


async def undo(visit: Visit) -> web.StreamResponse:
    """Put the rule back that this browser changed last."""
    known = undoable(visit)
    if known is None:
        return await visit.go(RULES, visit.deps.texts("refused.edition_too_late"))
    try:
        await visit.deps.store.write(partial(_undo, visit=visit, batch=known["batch"]))
    except Refused as refusal:
        return await visit.go(RULES, visit.refusal(refusal))
    visit.deps.outbox.wake.set()
    await visit.remember(rule_undo=None)
    return await visit.go(RULES, visit.deps.texts("rules_page.undone"))


def undoable(visit: Visit) -> dict[str, Any] | None:
    """Return what this browser changed last, as long as that can be undone."""
    known: dict[str, Any] | None = visit.session.facts.get("rule_undo") if visit.session else None
    return known if known and known["until"] > visit.now.timestamp() else None


def in_words(row: Any, texts: Texts) -> str:
    """Return on which days a stored rule names its days, as people say it."""
    last = texts("rules_page.last_day")
    month = "、".join(last if day == -1 else str(day) for day in json.loads(row.days_of_month))
    week = "、".join(SAID_DAYS[DAYS.index(each)] for each in json.loads(row.weekdays))
    nth = "、".join(
        texts(f"rule_nth.{each[:-2]}", day=SAID_DAYS[DAYS.index(each[-2:])]) for each in json.loads(row.nth_weekdays)
    )
    ways = {"month": month, "week": week, "nth": nth, "dates": "、".join(json.loads(row.dates))}
    said = [texts(f"rule_says.{name}", days=days) for name, days in ways.items() if days]
    return "；".join(said + ([texts("rule_says.every", every=row.every)] if row.every > 1 else []))


async def _save(db: Db, *, visit: Visit, draft: Draft, batch: str) -> None:
    await rule_edit.save(desk_of(visit, db), draft, visit.me.person_id, batch)


async def _undo(db: Db, *, visit: Visit, batch: str) -> None:
    await rule_edit.undo(desk_of(visit, db), batch, visit.me.person_id, visit.me.desk)


async def _draft(visit: Visit) -> tuple[Draft | None, list[str]]:
    """Return the rule of the form, or what is wrong with it; raises HTTPNotFound for a station that is not mine."""
    code, chosen = visit.word("code"), number_in(visit.word("station_id"))
    async with visit.deps.store.read() as db:
        row = await rule_edit.one(db, code, visit.me.desk) if code else None
        stations = {each.id: each for each in await reads_cases.stations(db, visit.me.desk)}
        station_id = row.station_id if row is not None else chosen
        if (code and row is None) or station_id not in stations:
            raise web.HTTPNotFound
        where = await rule_edit.station_code(db, station_id)
        code = code or await rule_edit.new_code(db, where)
    form = {name: visit.form.getall(name) for name in visit.form}
    rule, people, faults = ruleform.read(form, code, where)
    if rule is None:
        return None, faults
    active = row is None or bool(visit.word("active"))
    return Draft(rule, people, station_id, active, number_in(visit.word("edition"))), []


async def _page(visit: Visit, *, faults: list[str] | None = None, refusal: Refused | None = None) -> web.Response:
    code = visit.word("code") or visit.request.query.get("code", "")
    chosen = number_in(visit.word("station_id") or visit.request.query.get("station", ""))
    async with visit.deps.store.read() as db:
        row = await rule_edit.one(db, code, visit.me.desk) if code else None
        stations = {each.id: each for each in await reads_cases.stations(db, visit.me.desk)}
        station_id = row.station_id if row is not None else chosen
        if (code and row is None) or station_id not in stations:
            raise web.HTTPNotFound
        people = await rota.sitters(db, station_id)
        number = (await editions.latest(db, rule_edit.KIND, [code]))[code] if code else 0
        past = await editions.history(db, rule_edit.KIND, code) if code else []
    texts = visit.deps.texts
    said = [texts(f"rule_fault.{each}") for each in faults or []]
    said += [visit.refusal(refusal)] if refusal else []
    typed = {name: visit.form.getall(name) for name in visit.form} if faults or refusal else _filled(row, texts)
    return visit.page(
        "rule.html", status=409 if refusal else 400 if faults else 200, row=row, code=code,
        station=stations[station_id],
        number=number_in(visit.word("edition")) if refusal and not number else number, faults=said, given=typed,
        people=people, past=past, nths=NTHS, days=[(each, SAID_DAYS[n]) for n, each in enumerate(DAYS)], modes=MODES,
        policies=POLICIES, numbers=NUMBERS, seasons=range(SEASONS), season_words=SEASON_WORDS,
    )  # fmt: skip


def _filled(row: Any, texts: Texts) -> dict[str, list[str]]:
    """Return a stored rule as the fields of its form, or what a new one begins with."""
    if row is None:
        return {"holiday_policy": ["next"], "mode": ["offline", "inside", "fixed"], "seats": ["1"], "every": ["1"]}
    month = [texts("rules_page.last_day") if day == -1 else str(day) for day in json.loads(row.days_of_month)]
    given = {
        "month_days": ["、".join(month)], "weekdays": json.loads(row.weekdays), "nth": json.loads(row.nth_weekdays),
        "dates": ["\n".join(json.loads(row.dates))], "mode": row.mode.split(","),
        "rota": [str(each) for each in json.loads(row.rota)], "active": ["1"] if row.active else [],
    }  # fmt: skip
    plain = ("every", "since", "until", "starts", "ends", "place", "holiday_policy", "seats", *NUMBERS)
    given |= {name: [str(getattr(row, name))] for name in plain if getattr(row, name) is not None}
    for n, season in enumerate(json.loads(row.seasons)[:SEASONS]):
        given |= {f"season-{n}-{name}": [season.get(name) or ""] for name in SEASON_WORDS}
        given[f"season-{n}-closed"] = ["1"] if season.get("closed") else []
    return given
