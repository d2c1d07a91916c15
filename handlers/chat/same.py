"""Bring the same matter together on a voter's word, and take it apart again."""

from __future__ import annotations

from bot.actions import cases, joining, linking
from bot.actions.cases import Actor
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.lifecycle import Role
from bot.rules.privacy import mask
from bot.rules.redaction import title
from bot.store import reads
from handlers.context import Context

router = Router()


@router.command("same")
async def same(_msg: Incoming, ctx: Context) -> Reply:
    """Link the voter's new case to the one we offered; each is still answered separately."""
    offer = await joining.offered(ctx.db, ctx.sender.person_id)
    if offer is None:
        raise Refused("nothing_offered")
    case, numbers = offer
    into = await reads.case_by_number(ctx.db, _chosen(numbers, ctx.meaning.argument))
    if into.confidential:  # sealed since it was offered
        raise Refused("no_case_to_join", number=into.number)
    voter = Actor(ctx.sender.person_id, frozenset({Role.VOTER}))
    await linking.merge(ctx.desk, case, into, voter)
    return Reply(ctx.texts("same.merged", number=case.number, subject=title(case), into=into.number))


@router.command("not_same")
async def not_same(_msg: Incoming, ctx: Context) -> Reply:
    """Take the link back within the day; later, and where the desk made it, the desk takes it back."""
    case = await joining.linked_lately(ctx.db, ctx.sender.person_id, ctx.now)
    if case is None:
        linked = await joining.linked_of(ctx.db, ctx.sender.person_id)
        if linked is None:
            return ctx.aside(ctx.texts("same.separate"))
        raise Refused("too_late_to_unmerge" if linked.by_themselves else "linked_by_the_desk", number=linked.number)
    voter = Actor(ctx.sender.person_id, frozenset({Role.VOTER}))
    await linking.unmerge(ctx.desk, case, voter, ctx.texts("same.not_one"))
    return Reply(ctx.texts("same.apart", number=case.number, subject=title(case)))


@router.command("join")
async def join(msg: Incoming, ctx: Context) -> Reply:
    """Note that the speaker has the same trouble as the numbered case, and tell them of every step from now on."""
    number = ctx.meaning.argument
    if not number:
        offer = await joining.offered(ctx.db, ctx.sender.person_id)
        if offer is not None and offer[0].merged_into_id is None:
            return await same(msg, ctx)
        return ctx.aside(ctx.texts("same.which"))
    case = await reads.case_by_number(ctx.db, number)
    if case is None or case.confidential:
        raise Refused("no_case_to_join", number=mask(number))
    alive = await cases.living(ctx.db, case)
    await linking.join(ctx.desk, alive, ctx.sender.person_id, ctx.sender.identity_id, msg.text)
    return Reply(ctx.texts("same.joined", number=alive.number, subject=title(alive)))


def _chosen(numbers: list[str], said: str) -> str:
    """Return the offered number that was meant: the only one, the n-th, or the one named; raises Refused."""
    if not said and len(numbers) == 1:
        return numbers[0]
    if said.isdigit() and 0 < int(said) <= len(numbers):
        return numbers[int(said) - 1]
    if said in (number.lower() for number in numbers):
        return said
    raise Refused("which_of_them", cases="、".join(numbers))
