"""Do what staff ask for by words: sign, return, pass on, answer, visit, admit, assign, and all the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.actions import (
    answering,
    assignments,
    cases,
    casework,
    clocks,
    declining,
    ending,
    joining,
    linking,
    replies,
    staff,
    steering,
    supplements,
)
from bot.actions.cases import Actor
from bot.clock import local, local_date
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.router import Router
from bot.rules.lifecycle import Role, State
from bot.rules.permissions import acting
from bot.rules.redaction import title
from bot.rules.staffwords import BY_ANYBODY, DEEDS, DOORS, Deed, door_of, grade_of, names_in
from bot.store import reads_cases
from handlers.chat import ask as ask_desk
from handlers.chat import marks, sorting, suggest
from handlers.chat.asking import AWAITING_WORDS, ask, press_in
from handlers.chat.doing import done, due_day, may, may_look, state_of
from handlers.context import Context
from handlers.stories import delivered, told

router = Router()

VISITING = "visiting"
VISIT_LASTS = timedelta(minutes=10)
MOST_LINES = 10
# asked of a merged case, these speak of it and not of the living one
ON_ITSELF = ("unmerge", "why", "story", "alike", "seal", "unseal", "add")
MISNAMED = ("no_such_representative", "several_of_that_name", "no_such_unit", "several_units")
GRADES = {"1": "A", "2": "B", "3": "C", "4": "D"}

Do = Callable[[Context, Any, Actor, Deed], Awaitable[Reply]]


@router.deed("todo")
async def to_do(msg: Incoming, ctx: Context) -> Reply:
    """List what needs the speaker now, each with the words to send next."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    found = await staff.to_do(ctx.db, ctx.sender.person_id, ctx.now)
    if not found:
        return ctx.aside(ctx.texts("todo.nothing"))
    numbers = [each.case.number for each in found]
    lines = [
        ctx.texts(
            f"todo.{each.why}",
            subject=title(each.case),
            number=each.case.number,
            due=_by(each.due_on, ctx),
            short=staff.called(each.case, numbers),
        )
        for each in found[:MOST_LINES]
    ]
    more = ctx.texts("todo.more", count=len(found) - MOST_LINES) if len(found) > MOST_LINES else ""
    return ctx.aside(ctx.texts("todo.list", count=len(found), lines="\n".join(lines)) + more)


@router.deed(*(name for name in DEEDS if name not in BY_ANYBODY))
async def do(msg: Incoming, ctx: Context) -> Reply:
    """Find the case and do the deed."""
    if msg.in_group:
        return Reply(ctx.texts("staff.not_in_group"))
    assert ctx.deed is not None  # the door found it
    return await perform(ctx, await staff.find_case(ctx.db, ctx.sender.person_id, ctx.deed.number), ctx.deed)


async def perform(ctx: Context, case: Any, deed: Deed) -> Reply:
    """Do a deed on a case, or on the living one it was merged into."""
    note = ""
    if case.merged_into_id is not None and deed.name not in ON_ITSELF:
        alive = await cases.living(ctx.db, case)
        note = ctx.texts("staff.living", number=case.number, into=alive.number) + "\n"
        case = alive
    actor = await cases.actor_on(ctx.db, case, ctx.sender.person_id)
    try:
        reply = await DO[deed.name](ctx, case, replace(actor, roles=actor.roles - {Role.VOTER, Role.JOINER}), deed)
    except Refused as refusal:  # the rules that said no know no number
        refusal.facts["number"] = refusal.facts.get("number") or case.number
        raise
    return replace(reply, text=note + reply.text)


@router.at_work(AWAITING_WORDS)
async def hear_words(msg: Incoming, ctx: Context) -> Reply:
    """Take the words a deed waited for; thanks and questions are heard beside it."""
    facts = ctx.sender.step_facts or {}
    if ctx.meaning.intent == "thanks":
        return ctx.aside(ctx.texts("thanks"))
    words = msg.text.strip()
    if not words:
        return ctx.aside("")
    ctx = replace(ctx, press=press_in(facts))
    case = await cases.fresh(ctx.db, int(facts["case"]))
    try:
        return await perform(ctx, case, Deed(str(facts["deed"]), case.number, words, _answered(facts, words)))
    except Refused as refusal:
        if refusal.code in MISNAMED:  # nothing was done yet: another name may do
            return ctx.aside(ctx.texts.refusal(refusal.code, refusal.facts))
        raise


def _answered(facts: Mapping[str, Any], words: str) -> dict[str, Any]:
    """Return the facts of a deed with the one that was asked for filled in."""
    match facts["question"]:
        case "names":
            choices = {str(n): person for n, person in enumerate(facts.get("choices", []), 1)}
            figure = words.rstrip("。. ")
            named, helpers, _ = names_in(words)
            return {"person": choices.get(figure), "names": named, "assisting": helpers}
        case "door":
            code, more = door_of(words)
            return {"code": code, "more": more}
        case "grade":
            said = words[:1].upper()
            text = str(facts["text"])
            return {"grade": GRADES.get(said, said if said in GRADES.values() else ""), "lacks": "", "text": text}
        case "lacks":
            return {"grade": "C", "lacks": words, "text": str(facts["text"])}
        case "draft":
            return {"draft": facts["draft"]}
        case "answer":
            grade, lacks, text = grade_of(words)
            return {"grade": grade, "lacks": lacks, "text": text}
        case _:
            return {}


# ---- representatives and units ---------------------------------------------------------------------------------------


async def accept(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Sign for a case."""
    await casework.accept(ctx.desk, case, actor)
    return await done(ctx, "accept", case, due=await due_day(ctx, case))


async def give_back(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Return a case, with a reason."""
    if not deed.words:
        may(case, actor, "return")
        return ask(ctx, "return", case, "words", ctx.texts("staff.ask_return", number=case.number))
    await casework.give_back(ctx.desk, case, actor, deed.words)
    return await done(ctx, "return", case)


async def transfer(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Pass a case to another representative; without a name up to three are offered."""
    may(case, actor, "transfer")
    to = deed.facts.get("person")
    names = list(deed.facts.get("names", []))
    if to is None and not names:
        return await _offer_people(ctx, case, "transfer")
    if to is None:
        to = await assignments.find_representative(ctx.db, case, names[0])
    reason = " ".join(names[1:])
    holder = await casework.transfer(ctx.desk, case, actor, int(to), reason)
    return await done(ctx, "transfer", case, who=holder.name)


async def reply(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Answer a case; whatever the class or C's lacking condition is missing is asked for."""
    held = await assignments.held_by(ctx.db, case.id, ctx.sender.person_id)
    opinion = held is not None and held.role == assignments.ASSISTING
    if State(case.state) is not State.ASSIGNED and not opinion:  # who answers has signed
        may(case, actor, "reply")
    grade, lacks, text = (str(deed.facts.get(name, "")) for name in ("grade", "lacks", "text"))
    if not text:
        return ask(ctx, "reply", case, "answer", ctx.texts("staff.ask_reply", number=case.number))
    if not grade and not opinion:
        return ask(ctx, "reply", case, "grade", ctx.texts("staff.ask_grade", number=case.number), text=text)
    if grade == "C" and not lacks:
        return ask(ctx, "reply", case, "lacks", ctx.texts("staff.ask_lacks", number=case.number), text=text)
    given = await answering.answer(ctx.desk, case, actor, text, grade=grade or "D", lacks=lacks)
    if given.moved.state != "replied":
        return await done(ctx, "opinion", case)
    warning = ctx.texts("staff.meetings_missing", missing="、".join(given.missing)) if given.missing else ""
    warning += ctx.texts("staff.opinions_missing", names="、".join(given.silent)) if given.silent else ""
    said = await done(ctx, "reply", case, what=ctx.texts(f"class.{grade}"))
    return replace(said, text=said.text + warning)


async def visit(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Note that somebody went and looked; photo and place of the next ten minutes belong to it."""
    await replies.go_and_look(ctx.db, case, actor, deed.words, ctx.now)
    facts = {"case": case.id, "until": (ctx.now + VISIT_LASTS).isoformat()}
    return replace(await done(ctx, "visit", case), then=VISITING, facts=facts)


@router.attaching(VISITING)
async def attach_to_visit(msg: Incoming, ctx: Context) -> Reply:
    """Attach a photo or a place to the visit that was just noted; later ones are heard as always."""
    facts = ctx.sender.step_facts or {}
    if ctx.now.isoformat() > str(facts["until"]):
        return await suggest.receive_media(msg, replace(ctx, sender=replace(ctx.sender, step="", step_facts={})))
    kept = await supplements.keep_media(ctx.db, msg, ctx.sealer, ctx.now)
    place = (msg.place.latitude, msg.place.longitude) if msg.place else None
    case = await cases.fresh(ctx.db, int(facts["case"]))
    full = await replies.show_visit(ctx.db, case.id, ctx.sender.person_id, kept[0] if kept else None, place)
    if not full:
        await supplements.attach(ctx.db, case.id, supplements.pieces(msg, ctx.heard_id, kept), ctx.now)
    return ctx.aside(ctx.texts("staff.visit_shown", number=case.number))


@router.at(VISITING)
async def after_visit(msg: Incoming, ctx: Context) -> Reply:
    """Take the first words after a visit as what was seen there; anything else is heard by its meaning."""
    facts = ctx.sender.step_facts or {}
    late = ctx.now.isoformat() > str(facts["until"])
    if late or ctx.meaning.intent in ("greeting", "thanks", "question"):
        return await ask_desk.elsewhere(msg, ctx)
    if not await replies.describe_visit(ctx.db, int(facts["case"]), ctx.sender.person_id, msg.text.strip()):
        return await ask_desk.elsewhere(msg, ctx)
    case = await cases.fresh(ctx.db, int(facts["case"]))
    return ctx.aside(ctx.texts("staff.visit_shown", number=case.number))


async def meet(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Note one of the three meetings."""
    stage, mode, note = (str(deed.facts[name]) for name in ("stage", "mode", "note"))
    await replies.meet(ctx.db, case, actor, stage, mode, note, ctx.now)
    return await done(ctx, "meet", case, what=ctx.texts(f"reason.{stage}"))


# ---- the desk --------------------------------------------------------------------------------------------------------


async def admit(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Admit a case, and assign it at once if somebody is named; else offer who could take it."""
    await _first(ctx, case, actor)
    to = await assignments.find_representative(ctx.db, case, deed.facts["name"]) if deed.facts.get("name") else None
    case = await casework.admit(ctx.desk, case, actor, weight=str(deed.facts.get("weight") or "simple"))
    if to is None:
        return await _offer_people(ctx, case, "assign")
    return await _assigned(ctx, case, await casework.assign(ctx.desk, case, actor, to=to))


async def admit_to_best(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Admit a case and assign it to whom the rules would choose, saying why."""
    await _first(ctx, case, actor)
    best = await assignments.suggestions_for(ctx.db, case, 1)
    if not best:
        case = await casework.admit(ctx.desk, case, actor)
        return await done(ctx, "admit", case)
    handed = await casework.assign(ctx.desk, case, actor, to=best[0].person_id)
    return await _assigned(ctx, case, handed, why=_why(ctx, best[0].why))


async def decline(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Decline a case for a reason of the list."""
    may(case, actor, "decline")
    code = str(deed.facts.get("code", ""))
    if not code:
        doors = "\n".join(ctx.texts("staff.choice", n=n, words=ctx.texts(f"door.{d}")) for n, d in enumerate(DOORS, 1))
        words = ctx.texts("staff.ask_door", number=case.number, doors=doors)
        return ask(ctx, "decline", case, "door", words)
    await declining.decline(ctx.desk, case, actor, code, str(deed.facts.get("more", "")))
    return await done(ctx, "decline", case, what=ctx.texts(f"door.{code}"))


async def assign(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Assign a case to a representative, to a lead unit with assisting ones, or to both."""
    person, lead = deed.facts.get("person"), None
    names = [] if person else list(deed.facts.get("names", []))
    if not person and not names:
        return await _offer_people(ctx, case, "assign")
    for name in names:
        if name.endswith(ctx.texts("staff.representative_suffix")) or await _is_representative(ctx, case, name):
            person = await assignments.find_representative(ctx.db, case, name)
        else:
            lead = await assignments.find_unit(ctx.db, name)
    helpers = [await assignments.find_unit(ctx.db, name) for name in deed.facts.get("assisting", [])]
    handed = await casework.assign(ctx.desk, case, actor, to=person, lead=lead, assisting=helpers)
    return await _assigned(ctx, case, handed)


async def close(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Close a case of which everybody has been told."""
    await ending.close(ctx.desk, case, actor)
    return await done(ctx, "close", case)


async def excuse(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Note how people were told, or why they could not be."""
    count = await ending.excuse(ctx.desk, case, actor, deed.words)
    return await done(ctx, "excuse_decline" if case.state == "declined" else "excuse", case, count=count)


async def urge(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Remind whoever holds a case."""
    return await done(ctx, "urge", case, count=await steering.urge(ctx.desk, case, actor))


async def pause(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Let the clocks stand still."""
    await steering.pause(ctx.desk, case, actor, deed.words)
    return await done(ctx, "pause", case)


async def resume(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Let the clocks run on."""
    await steering.resume(ctx.desk, case, actor)
    return await done(ctx, "resume", case, due=await due_day(ctx, case))


async def extend(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Give the clocks more time."""
    facts = deed.facts
    await steering.extend(
        ctx.desk, case, actor, int(facts["more"]), str(facts["reason"]),
        consent=bool(facts["consent"]), notice=str(facts["notice"]),
    )  # fmt: skip
    return await done(ctx, "extend", case, due=await due_day(ctx, case))


async def reweigh(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Change what a case weighs."""
    weight = str(deed.facts["weight"])
    await steering.reweigh(ctx.desk, case, actor, weight)
    return await done(ctx, "reweigh", case, what=ctx.texts(f"reason.weight_{weight}"), due=await due_day(ctx, case))


async def supervise(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Put a case on the supervision list."""
    await steering.supervise(ctx.desk, case, actor, deed.words)
    return await done(ctx, "supervise", case)


async def release(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Take a case off the supervision list."""
    await steering.release(ctx.desk, case, actor, deed.words)
    return await done(ctx, "release", case)


async def merge(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Handle a case together with another; each proposer is answered separately."""
    into = await staff.find_case(ctx.db, ctx.sender.person_id, str(deed.facts["into"]))
    into = await cases.living(ctx.db, into)
    await linking.merge(ctx.desk, case, into, actor)
    return await done(ctx, "merge", case, what=into.number)


async def unmerge(ctx: Context, case: Any, actor: Actor, deed: Deed) -> Reply:
    """Take a link back."""
    await linking.unmerge(ctx.desk, case, actor, deed.words)
    return await done(ctx, "unmerge", case)


# ---- looking ---------------------------------------------------------------------------------------------------------


async def alike(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """List the open cases that are probably the same."""
    if not actor.roles & {Role.CLERK, Role.OFFICE}:
        raise Refused("not_yours_to_do", number=case.number)
    found = await joining.alike(ctx.db, case, ctx.now)
    if not found:
        return ctx.aside(ctx.texts("staff.none_alike", number=case.number))
    lines = [ctx.texts("same.line", n=n, number=each.number, subject=title(each)) for n, each in enumerate(found, 1)]
    short = await staff.short(ctx.db, ctx.sender.person_id, case)
    other = await staff.short(ctx.db, ctx.sender.person_id, found[0])
    return ctx.aside(ctx.texts("staff.alike", number=case.number, cases="\n".join(lines), short=short, into=other))


async def why(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Say why every running clock is due on its day."""
    may_look(case, actor)
    lines = await clocks.why(ctx.db, case.id, ctx.texts)
    if not lines:
        return ctx.aside(ctx.texts("staff.no_clock", number=case.number))
    return ctx.aside(f"{case.number}\n" + "\n".join(lines))


async def story(ctx: Context, case: Any, actor: Actor, _deed: Deed) -> Reply:
    """Tell how a case went so far – day, who, what, why – and how its people heard; the voter has no name here."""
    may_look(case, actor)
    lines = [_line(ctx, case, row) for row in await staff.story(ctx.db, case.id)][-2 * MOST_LINES :]
    told_ = [delivered(ctx.texts, case, row) for row in await reads_cases.tellings_of(ctx.db, case.id)]
    words = ctx.texts("story.head", number=case.number, subject=title(case), state=state_of(ctx, case))
    if told_:
        lines += [ctx.texts("story.told"), *told_[-MOST_LINES:]]
    return ctx.aside("\n".join([words, *lines]))


def _line(ctx: Context, case: Any, row: Any) -> str:
    line, at = told(ctx.texts, case, row), local(row.at)
    words = ctx.texts("story.line", day=f"{at.month}月{at.day}日 {at:%H:%M}", who=line.who, what=line.what)
    return words + (f"：{line.reason}" if line.reason else "")


# ---- what many deeds share -------------------------------------------------------------------------------------------


async def _assigned(ctx: Context, case: Any, handed: list[assignments.Holder], why: str = "") -> Reply:
    names = "、".join(holder.name for holder in handed)
    return await done(ctx, "assign", case, who=names, why=why, due=await due_day(ctx, case))


async def _offer_people(ctx: Context, case: Any, deed: str) -> Reply:
    """Offer up to three representatives by number, with the reason for each."""
    found = await assignments.suggestions_for(ctx.db, case, 4)
    found = [each for each in found if each.person_id != ctx.sender.person_id][:3]
    lines = [ctx.texts("staff.choice", n=n, words=each.name + _why(ctx, each.why)) for n, each in enumerate(found, 1)]
    words = ctx.texts(f"staff.ask_{deed}", number=case.number, people="\n".join(lines))
    return ask(ctx, deed, case, "names", words, choices=[each.person_id for each in found])


async def _first(ctx: Context, case: Any, actor: Actor) -> None:
    """Refuse a case that a colleague has admitted already, naming who and what became of it."""
    if case.state == "received" or acting("admit", actor.roles) is None:
        return
    last = [row for row in await staff.story(ctx.db, case.id) if row.move in ("admit", "decline", "withdraw")]
    who = last[-1].name if last and last[-1].name else ctx.texts("link.role.service")
    raise Refused("admitted_already", number=case.number, who=who, state=state_of(ctx, case))


async def _is_representative(ctx: Context, case: Any, name: str) -> bool:
    try:
        await assignments.find_representative(ctx.db, case, name)
    except Refused as refusal:
        return refusal.code == "several_of_that_name"
    return True


def _why(ctx: Context, codes: tuple[str, ...]) -> str:
    return ctx.texts("staff.because", why="、".join(ctx.texts(f"assign_why.{code}") for code in codes)) if codes else ""


def _by(due_on: str, ctx: Context) -> str:
    """Return a day as a list says it, with a word if it is past."""
    if not due_on:
        return ""
    _, month, day = due_on.split("-")
    late = "todo.late" if due_on < local_date(ctx.now).isoformat() else "todo.by"
    return ctx.texts(late, day=f"{int(month)}月{int(day)}日")


DO: dict[str, Do] = {
    "accept": accept,
    "return": give_back,
    "transfer": transfer,
    "reply": reply,
    "visit": visit,
    "meet": meet,
    "admit": admit,
    "admit_to_best": admit_to_best,
    "decline": decline,
    "assign": assign,
    "close": close,
    "excuse": excuse,
    "urge": urge,
    "pause": pause,
    "resume": resume,
    "extend": extend,
    "reweigh": reweigh,
    "categorise": sorting.categorise,
    "supervise": supervise,
    "release": release,
    "merge": merge,
    "unmerge": unmerge,
    "alike": alike,
    "why": why,
    "story": story,
    "reconsider": marks.reconsider,
    "publish": marks.publish,
    "unpublish": marks.unpublish,
    "seal": marks.seal,
    "unseal": marks.unseal,
    "add": marks.add,
}
