"""The chat door's inside: one message, one transaction – know the sender, find who answers, act, keep the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from bot import logs
from bot.actions import people
from bot.channels.customer_service import WELCOME
from bot.deps import Deps
from bot.errors import Contended, Refused
from bot.message import SILENCE, Incoming, Kind, Reply, Text
from bot.metrics import FAILED, LATE
from bot.outbox.queue import Way, errand_waits, owe, owe_errand, renew_errand
from bot.router import Handler, Router
from bot.rules import faqwords, pushwords, receptionwords, sessionwords
from bot.rules.meaning import Meaning, meaning_of
from bot.rules.staffwords import BY_ANYBODY, Deed, deed_of
from bot.store import Db, Prepared, reads
from bot.store.tables import heard
from handlers.context import Context

log = structlog.get_logger(__name__)

WELCOME_LASTS = timedelta(seconds=20)  # platform.md B8
RESPONSE_LASTS = timedelta(hours=1)  # platform.md B6
ANSWER_WITHIN_S = 4.0  # the platform hangs up after 5 s (platform.md A2)
KEEP_WITHIN_S = 0.7  # of what is left then, the spool may take so much; else the platform shall come again

Keep = Callable[[], Awaitable[Path]]  # writes the raw call to the spool, for good, and says where

_KNOWN = Prepared(select(heard.c.answer).where(heard.c.key == bindparam("key")))
_HEAR = Prepared(  # the unique key decides in the database whether this was heard before, whoever hears it
    insert(heard).on_conflict_do_nothing(index_elements=["key"]),
    ["key", "channel", "account", "kind", "state", "body_sealed", "heard_at"],
)
_ANSWERED = Prepared(update(heard).where(heard.c.id == bindparam("heard")), ["answer", "person_id"])
_FAILED = Prepared(update(heard).where(heard.c.id == bindparam("heard")), ["state", "error", "answer"])


async def hear(deps: Deps, router: Router, incoming: Incoming, keep: Keep) -> str | None:
    """Carry one message through and return the words of its answer; None if they follow another way.

    Raises whatever the store raises when it cannot keep the message: the caller keeps it elsewhere.
    """
    deed = _deed(deps, router, incoming)
    if await _settled(deed, ANSWER_WITHIN_S):
        answer = await deed
        deps.outbox.wake.set()
        return answer
    LATE.labels(incoming.channel).inc()
    await _follow_later(deps, incoming, deed, keep)
    return None


def _settled(deed: asyncio.Future[str], within_s: float) -> asyncio.Future[bool]:
    """Return a future that says in time whether the deed is done; asyncio.wait says the same at five times the cost."""
    loop = deed.get_loop()
    outcome: asyncio.Future[bool] = loop.create_future()
    timer = loop.call_later(within_s, _say, outcome, False)  # noqa: FBT003 - the outcome
    deed.add_done_callback(partial(_stop, timer, outcome))
    return outcome


def _stop(timer: asyncio.TimerHandle, outcome: asyncio.Future[bool], _deed: asyncio.Future[str]) -> None:
    timer.cancel()
    _say(outcome, True)  # noqa: FBT003 - the outcome


def _say(outcome: asyncio.Future[bool], value: bool) -> None:
    if not outcome.done():
        outcome.set_result(value)


async def hear_and_push(deps: Deps, router: Router, incoming: Incoming) -> None:
    """Carry one message through whose call is long over: its answer is owed instead of returned."""
    await _finish(deps, incoming, _deed(deps, router, incoming))


def _deed(deps: Deps, router: Router, incoming: Incoming) -> asyncio.Future[str]:
    """Begin what an incoming call causes: a talk, or the fetching of what the platform holds for us."""
    if incoming.kind is Kind.PULL:
        return deps.store.write(partial(owe_pull, deps=deps, account=incoming.account, token=incoming.text))
    return deps.store.write(partial(converse, deps=deps, router=router, incoming=incoming))


async def _follow_later(deps: Deps, incoming: Incoming, deed: asyncio.Future[str], keep: Keep) -> None:
    """Let the answer follow by push; the call is kept in the spool until then, as the deed is not durable yet.

    Raises if the call cannot be kept in time: then the platform must not hear that we have it.
    """
    kept: asyncio.Future[Path] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(_answer_later(deps, incoming, deed, kept))
    deps.tasks.add(task)
    task.add_done_callback(deps.tasks.discard)
    try:
        kept.set_result(await asyncio.wait_for(keep(), KEEP_WITHIN_S))
    except BaseException:
        kept.cancel()
        raise


async def converse(db: Db, *, deps: Deps, router: Router, incoming: Incoming) -> str:
    """Do everything one message causes, inside the open transaction, and return the answer's words."""
    with logs.about(incoming.key):
        return await _converse(db, deps, router, incoming)


async def _converse(
    db: Db, deps: Deps, router: Router, incoming: Incoming, failures: tuple[Exception, ...] = ()
) -> str:
    context = await _listen(db, deps, incoming)
    if context is None:
        return await _known_answer(db, incoming)
    over = len(failures) > 1 or any(not isinstance(each, IntegrityError) for each in failures)
    try:
        reply = await (_excuse(failures[-1], incoming, context) if over else _reply(router, incoming, context))
    except Contended:  # the store does it again
        raise
    except Exception as error:  # a refusal or a bug of ours undoes the deed, never the hearing
        if over:
            raise
        await db.start_over()  # who was beaten to a key by another process does it once more and finds the other's row
        return await _converse(db, deps, router, incoming, (*failures, error))
    sender = context.sender
    await db.run(_ANSWERED, {"heard": context.heard_id, "answer": reply.text, "person_id": sender.person_id})
    if reply.text and not _answers_in_place(deps, incoming):
        await _owe_answer(db, deps, incoming, sender, reply.text)
    return reply.text


async def _listen(db: Db, deps: Deps, incoming: Incoming) -> Context | None:
    """Store the message and return what its handler is given; None if the platform repeated itself."""
    now = deps.clock.now()
    new = await db.add(
        _HEAR,
        {
            "key": incoming.key,
            "channel": incoming.channel,
            "account": incoming.account,
            "kind": str(incoming.kind),
            "state": "done",
            "body_sealed": deps.sealer.seal_bytes(incoming.body, "heard"),
            "heard_at": now,
        },
    )
    if not new:
        return None
    sender = await people.recognise(db, incoming, deps.sealer, now)
    meaning = meaning_of(incoming.text, deps.knowledge.categories) if incoming.kind in _SPOKEN else Meaning()
    deed = await _deed_of(db, incoming, sender) if incoming.kind in _SPOKEN else None
    return Context(db, sender, new, meaning, deps.texts, deps.knowledge, deps.sealer, now, deps.links, deed)


async def _known_answer(db: Db, incoming: Incoming) -> str:
    """Return what we said when we heard this first."""
    return str((await db.one(_KNOWN, {"key": incoming.key})).answer)


_SPOKEN = (Kind.TEXT, Kind.VOICE, Kind.MIXED)
_CARRIES = (Kind.IMAGE, Kind.VIDEO, Kind.PLACE, Kind.FILE)


async def _deed_of(db: Db, incoming: Incoming, sender: people.Sender) -> Deed | None:
    """Return the deed a member of staff does by words; whoever serves nowhere is heard as a voter."""
    said = incoming.text
    deed = deed_of(said) or pushwords.deed_of(said) or sessionwords.deed_of(said) or receptionwords.deed_of(said)
    deed = deed or faqwords.deed_of(said)
    if deed is not None and deed.facts.get("loose") and sender.step:
        return None
    if deed is None or deed.name in BY_ANYBODY or await reads.serves(db, sender.person_id):
        return deed
    return None


def _answers_in_place(deps: Deps, incoming: Incoming) -> bool:
    """Whether the call's own answer carries our words; a press on a card takes none."""
    return deps.channels[incoming.channel].abilities.answers_in_place and incoming.kind is not Kind.CARD


async def _reply(router: Router, incoming: Incoming, context: Context) -> Reply:
    """Let whoever answers act, and remember where the talk waits."""
    handler = find(router, incoming, context)
    if handler is None:
        return SILENCE
    reply = await handler(incoming, context)
    await people.wait_at(context.db, context.sender, reply, context.now)
    return reply


async def _excuse(error: Exception, incoming: Incoming, context: Context) -> Reply:
    """Say why a rule refused; after a bug of ours the words stay, marked for a person to look at."""
    if isinstance(error, Refused):
        reply = Reply(context.texts.refusal(error.code, error.facts))
        await people.wait_at(context.db, context.sender, reply, context.now)
        return reply
    log.error("handler_failed", heard=context.heard_id, kind=str(incoming.kind), exc_info=error)
    FAILED.labels(incoming.channel).inc()
    reply = Reply(context.texts("failed") if not incoming.in_group else "")
    facts = {"heard": context.heard_id, "state": "failed", "error": type(error).__name__, "answer": reply.text}
    await context.db.run(_FAILED, facts)
    return reply


def find(router: Router, incoming: Incoming, context: Context) -> Handler | None:
    """Return who answers: crisis, deed of staff, event, command, waiting step, meaning; None means silence.

    A numbered deed, what a visitor said at the desk, and the words a deed waits for come even before a crisis: a reply
    that speaks of a fire put out is a reply.
    """
    meaning, deed, step = context.meaning, context.deed, context.sender.step
    if deed is not None and (deed.number or deed.name in sessionwords.QUOTING) and deed.name not in BY_ANYBODY:
        return router.deeds[deed.name]
    if step in router.official and incoming.kind in _SPOKEN and deed is None and not meaning.command:
        return router.official[step]
    if meaning.intent == "crisis":
        return router.intents["crisis"]
    if deed is not None:
        return router.deeds[deed.name]
    if step in router.attached and incoming.kind in _CARRIES:
        return router.attached[step]
    if incoming.kind in router.kinds and not (incoming.kind is Kind.VOICE and incoming.text):
        return router.kinds[incoming.kind]
    if incoming.kind not in _SPOKEN:
        return None
    if meaning.command in router.commands:
        return router.commands[meaning.command]
    if context.sender.step in router.steps:
        return router.steps[context.sender.step]
    if context.knowledge.faq.knows(incoming.text):  # word for word what the office wrote down, whatever it sounds like
        return router.intents["question"]
    return router.intents.get(meaning.intent, router.intents["unsure"])


async def _answer_later(deps: Deps, incoming: Incoming, deed: asyncio.Future[str], kept: asyncio.Future[Path]) -> None:
    """Owe the answer that came too late for the call; whatever fails, the spool still has the call and is replayed."""
    try:
        path = await kept
    except asyncio.CancelledError:  # the platform was told nothing: it comes again and gets the answer in place
        await asyncio.wait({deed})
        deed.exception()
        return
    try:
        await _finish(deps, incoming, deed)
        await asyncio.to_thread(path.unlink, missing_ok=True)
    except Exception:  # the call stays in the spool and is heard again from there
        log.exception("late_answer_failed", channel=incoming.channel)


async def _finish(deps: Deps, incoming: Incoming, deed: asyncio.Future[str]) -> None:
    """See the deed through and owe its answer, if a call would have carried it."""
    answer = await deed
    if answer and _answers_in_place(deps, incoming):
        await deps.store.write(partial(_owe_late, deps=deps, incoming=incoming, answer=answer))
    deps.outbox.wake.set()


async def _owe_late(db: Db, *, deps: Deps, incoming: Incoming, answer: str) -> None:
    sender = await people.recognise(db, incoming, deps.sealer, deps.clock.now())
    await _owe_answer(db, deps, incoming, sender, answer)


async def _owe_answer(db: Db, deps: Deps, incoming: Incoming, sender: people.Sender, answer: str) -> None:
    """Owe the answer by the way the platform offers for it: once, and soon, or to the person themselves."""
    now = deps.clock.now()
    expires_at = None
    if incoming.welcome_code:
        way = Way(incoming.channel, incoming.account, address=f"{WELCOME}{incoming.welcome_code}")
        expires_at = now + WELCOME_LASTS
    elif incoming.response_url:
        way = Way(incoming.channel, incoming.account, address=incoming.response_url)
        expires_at = now + RESPONSE_LASTS
    else:
        way = Way(incoming.channel, incoming.account, identity_id=sender.identity_id, person_id=sender.person_id)
    await owe(db, key=f"answer:{incoming.key}", way=way, content=Text(answer), now=now, expires_at=expires_at,
              sealer=deps.sealer, at_once=True)  # fmt: skip


async def owe_pull(db: Db, *, deps: Deps, account: str, token: str) -> str:
    """Owe one fetching for every ring of the bell: what came since the last one began must not wait for the next.

    A ring while a fetching waits needs none of its own, but brings a fresh token and lets it go at once. Without a
    token (nobody rang) a fetching that waits is left as it is.
    """
    facts, now = {"token": token}, deps.clock.now()
    if token:
        waits = await renew_errand(db, "pull", account, facts, now)
    else:
        waits = await errand_waits(db, "pull", account)
    if not waits:
        await owe_errand(db, key=f"pull:{uuid4().hex}", errand="pull", facts=facts, now=now,
                         channel="customer_service", account=account)  # fmt: skip
    return ""
