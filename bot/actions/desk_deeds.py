"""Do the one deed that a form of the desk asks for, unless the case has moved since its page was shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.actions import (
    adding,
    answering,
    asking_time,
    assignments,
    casework,
    declining,
    ending,
    linking,
    publishing,
    replies,
    sealing,
    staff,
    steering,
    subjects,
    supplements,
    taking_back,
)
from bot.actions.by_desk import DEEDS, roles_on
from bot.actions.cases import Actor
from bot.actions.handing import Desk
from bot.actions.members import Member
from bot.errors import Refused
from bot.store import reads_cases
from bot.store.db import Db
from bot.store.tables import event, representative

MOST_SIGNS = 2000  # of one field of a form
Do = Callable[[Desk, Any, Actor, Mapping[str, str]], Awaitable[None]]


async def act(desk: Desk, who: Member, number: str, deed: str, form: Mapping[str, str]) -> Any:
    """Do one deed in somebody's name and return the case's row before it; raises Refused.

    The form names the version of the case that its page showed: whoever came in between is not run over.
    """
    case = await reads_cases.find(desk.db, who.scope, number)
    if case is None:
        raise Refused("no_such_case_here", number=number)
    if await _came_between(desk.db, case, deed, form.get("version", "")):
        again = await _mine_again(desk.db, case, who.person_id, deed)
        raise Refused("done_already" if again else "overtaken", number=number)
    if any(len(words) > MOST_SIGNS for words in form.values()):
        raise Refused("too_long_a_text", number=number, most=MOST_SIGNS)
    actor = Actor(who.person_id, await roles_on(desk.db, case, who))
    await _DO[deed](desk, case, actor, form)
    return case


async def _came_between(db: Db, case: Any, deed: str, version: str) -> bool:
    """Whether the case has moved since its page was shown; adding words moves nothing, so there every line counts."""
    moved, _, line = version.partition(".")
    if deed != "add":
        return moved != str(case.version)
    last = await _last(db, case)
    return line != str(last.seq)


async def _mine_again(db: Db, case: Any, person_id: int, deed: str) -> bool:
    """Whether the form that comes too late is the double of one that was taken."""
    last = await _last(db, case)
    return bool(last.actor_id == person_id and last.move == DEEDS[deed])


async def _last(db: Db, case: Any) -> Any:
    mine = event.c.suggestion_id == case.id
    return await db.one(select(event).where(mine).order_by(event.c.seq.desc()).limit(1))


async def _admit(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await casework.admit(desk, case, actor, weight=form.get("weight") or "simple")


async def _decline(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await declining.decline(desk, case, actor, form.get("code", ""), form.get("words", ""))


async def _assign(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    to, lead = _number(form.get("to")), _number(form.get("lead"))
    if to is None and form.get("name"):
        to = await assignments.find_representative(desk.db, case, form["name"])
    if (
        to is not None
        and await desk.db.one(select(representative.c.id).where(representative.c.person_id == to)) is None
    ):
        raise Refused("no_such_representative", name="")
    assisting = [int(each) for each in form.get("assisting", "").split() if each.isdecimal()]
    await casework.assign(desk, case, actor, to=to, lead=lead, assisting=assisting, reason=form.get("reason", ""))


async def _accept(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await casework.accept(desk, case, actor)


async def _return(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await casework.give_back(desk, case, actor, form.get("reason", ""))


async def _reply(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    grade = form.get("grade", "")
    lacks = form.get("lacks", "") if grade == "C" else ""
    await answering.answer(desk, case, actor, form.get("text", ""), grade=grade, lacks=lacks)


async def _opinion(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await answering.answer(desk, case, actor, form.get("text", ""), grade="D")


async def _meet(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    stage, mode, note = (form.get(name, "") for name in ("stage", "mode", "note"))
    await replies.meet(desk.db, case, actor, stage, mode, note, desk.now)


async def _urge(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await steering.urge(desk, case, actor)


async def _close(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await ending.close(desk, case, actor)


async def _excuse(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await ending.excuse(desk, case, actor, form.get("reason", ""))


async def _pause(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await steering.pause(desk, case, actor, form.get("reason", ""))


async def _resume(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await steering.resume(desk, case, actor)


async def _extend(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    more, consent = _number(form.get("more")) or 0, bool(form.get("agreed"))
    notice = form.get("notice", "")
    await steering.extend(desk, case, actor, more, form.get("reason", ""), consent=consent, notice=notice)


async def _reweigh(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await steering.reweigh(desk, case, actor, form.get("weight", ""))


async def _categorise(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    category_id = _number(form.get("category"))
    if category_id is None or not await reads_cases.is_category(desk.db, category_id):
        raise Refused("no_category_chosen", number=case.number)
    await subjects.correct(desk, case, actor, category_id)


async def _ask_time(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await asking_time.ask(desk, case, actor, form.get("until", ""), form.get("reason", ""))


async def _supervise(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await steering.supervise(desk, case, actor, form.get("reason", ""))


async def _release(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await steering.release(desk, case, actor, form.get("reason", ""))


async def _merge(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    into = await staff.find_case(desk.db, actor.person_id or 0, form.get("into", ""))
    await linking.merge(desk, case, into, actor)


async def _unmerge(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await linking.unmerge(desk, case, actor, form.get("reason", ""))


async def _recall(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await taking_back.recall(desk, case, actor, form.get("reason", ""))


async def _unadmit(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await taking_back.unadmit(desk, case, actor)


async def _reconsider(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await declining.reconsider(desk, case, actor, form.get("reason", ""))


async def _publish(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    shown = await publishing.draft(desk.db, case)
    given = {name: form[name] for name in ("subject", "text", "answer") if form.get(name)}
    await publishing.publish(desk, case, actor, replace(shown, **given))


async def _unpublish(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    await publishing.take_down(desk, case, actor, form.get("reason", ""))


async def _seal(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await sealing.seal(desk, case, actor)


async def _unseal(desk: Desk, case: Any, actor: Actor, _form: Mapping[str, str]) -> None:
    await sealing.unseal(desk, case, actor)


async def _add(desk: Desk, case: Any, actor: Actor, form: Mapping[str, str]) -> None:
    if not form.get("text"):
        raise Refused("link_no_words", number=case.number)
    piece = supplements.words(None, form["text"])
    await adding.add(desk, case, actor, [piece], f"desk-more:{case.id}:{form['version']}:{actor.person_id}")


_DO: dict[str, Do] = {
    "admit": _admit, "decline": _decline, "assign": _assign, "accept": _accept, "return": _return, "reply": _reply,
    "opinion": _opinion, "meet": _meet, "urge": _urge, "close": _close, "excuse": _excuse, "pause": _pause,
    "resume": _resume, "extend": _extend, "reweigh": _reweigh, "supervise": _supervise, "release": _release,
    "merge": _merge, "unmerge": _unmerge, "recall": _recall, "unadmit": _unadmit, "reconsider": _reconsider,
    "categorise": _categorise, "ask_time": _ask_time,
    "publish": _publish, "unpublish": _unpublish, "seal": _seal, "unseal": _unseal, "add": _add,
}  # fmt: skip


def _number(words: str | None) -> int | None:
    return int(words) if words and words.isdecimal() else None
