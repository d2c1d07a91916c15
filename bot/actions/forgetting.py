"""Forget what is older than the office keeps: raw messages, what was sent, the words of cases and registers."""

from __future__ import annotations

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import delete, select, update

from bot.actions import clocks, register_privacy, scrubbing
from bot.actions.handing import Desk
from bot.clock import local_date
from bot.store.tables import faq_asked, faq_miss, heard, identity, outgoing, person, suggestion

AT_ONCE = 500  # rows of one kind: the writer is not to be kept waiting; the next tick takes the next
ANSWERED_BY_THEN = timedelta(hours=1)  # the last word to somebody erased has gone out
NEVER_BEFORE = 7  # days: a platform's repeat must still be known (design §3.2)


async def forget(desk: Desk) -> int:
    """Forget what is old by the office's rule and return how many rows that were; 0 for a rule keeps for ever."""
    of_cases = await _cases(desk) + await _registers(desk)
    return await _messages(desk) + await _pushes(desk) + of_cases + await _addresses(desk)


async def _messages(desk: Desk) -> int:
    days = await clocks.limit(desk.db, "keep-messages", 30)
    old = (heard.c.heard_at < desk.now - timedelta(days=max(days, NEVER_BEFORE))) if days else heard.c.id.is_(None)
    gone = heard.c.person_id.in_(select(person.c.id).where(person.c.erased_at < desk.now - ANSWERED_BY_THEN))
    full = (heard.c.body_sealed != b"") & heard.c.state.in_(("done", "ignored"))
    rows = await desk.db.all(select(heard.c.id).where(full, old | gone).limit(AT_ONCE))
    return await scrubbing.messages(desk.db, heard.c.id.in_([row.id for row in rows]))


async def _pushes(desk: Desk) -> int:
    days = await clocks.limit(desk.db, "keep-sent", 180)
    gone = outgoing.c.person_id.in_(select(person.c.id).where(person.c.erased_at < desk.now - ANSWERED_BY_THEN))
    old = (outgoing.c.settled_at < desk.now - timedelta(days=days)) if days else outgoing.c.id.is_(None)
    full = (outgoing.c.kind == "push") & outgoing.c.content.not_like('{"type":"text","text":"",%')
    still = full & outgoing.c.content.not_like('%"title":"","text":"","facts":[]%')
    rows = await desk.db.all(select(outgoing.c.id).where(still, old | gone).limit(AT_ONCE))
    await scrubbing.pushes(desk.db, outgoing.c.id.in_([row.id for row in rows]))
    if days:
        long_ago = faq_miss.c.created_at < desk.now - timedelta(days=days)
        await desk.db.run(update(faq_miss).where(long_ago, faq_miss.c.text != "").values(text=""))
        await desk.db.run(delete(faq_asked).where(faq_asked.c.asked_at < desk.now - timedelta(days=days)))
    return len(rows)


async def _cases(desk: Desk) -> int:
    months = await clocks.limit(desk.db, "keep-cases", 36)
    if not months:
        return 0
    over = suggestion.c.state.in_(("closed", "declined", "withdrawn")) & (suggestion.c.text != "")
    since = desk.now - relativedelta(months=months)
    rows = await desk.db.all(select(suggestion.c.id).where(over, suggestion.c.changed_at < since).limit(AT_ONCE))
    if rows:
        await scrubbing.cases(desk, [row.id for row in rows])
    return len(rows)


async def _registers(desk: Desk) -> int:
    months = await clocks.limit(desk.db, "keep-registers", 36)
    if not months:
        return 0
    return await register_privacy.forget_before(
        desk, (local_date(desk.now) - relativedelta(months=months)).isoformat(), AT_ONCE
    )


async def _addresses(desk: Desk) -> int:
    """Forget how somebody who was erased could be reached, once the last word has gone out."""
    gone = select(person.c.id).where(person.c.erased_at < desk.now - ANSWERED_BY_THEN)
    which = identity.c.person_id.in_(gone) & (identity.c.external_sealed != b"")
    return await desk.db.run(update(identity).where(which).values(external_sealed=b"", reachable=False))
