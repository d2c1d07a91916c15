"""Keep the office up: its stations, groups, units, people and numbers – changed, undone, taken out of use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import office_edit
from bot.actions.office_edit import Editor, Faulty, Step
from bot.errors import Refused
from bot.rules import officewords
from bot.rules.office import OF_ALL, PEOPLE, SHAPES, Fault, Items, around, differences, reaches
from bot.rules.officewords import ADDABLE, FORMS, Field
from bot.store import Db, reads_office
from bot.store.reads_office import opened
from config.office_models import ADDRESSES, Group, Sentence
from handlers.console.visit import Visit, number_in
from handlers.knowledge import reword

log = structlog.get_logger(__name__)

OFFICE = "/console/office"
MOST = 100  # things on a page
MOST_GONE = 30  # things out of use on a page
SEATED = "representative"  # the one kind of which a city has thousands
DEEDS = ("off", "on", "let-go")
LISTED = tuple(kind for kind in FORMS if kind != "text")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history as a page shows it: the fields that changed, each with what it was and what it is."""

    row: Any
    fields: list[tuple[str, str, str]]
    can_undo: bool


async def show(visit: Visit) -> web.StreamResponse:
    """Show what there is to keep up, how much of each, and what was changed last."""
    who = await editor(visit)
    async with visit.deps.store.read() as db:
        rows = await reads_office.changes(db, tuple(FORMS), before=number_in(visit.request.query.get("before", "")))
        few = await reads_office.items(db, None, [kind for kind in SHAPES if kind != SEATED])
        named = await reads_office.items(db, None, [SEATED], only=_members(visit, rows))
        places = await reads_office.seats(db)
    all_ = {**few, **named}
    counts = {kind: len(mine(kind, all_, who)) for kind in LISTED} | {"text": len(visit.deps.texts.offices)}
    ours = mine("station", all_, who)
    counts[SEATED] = sum(each in ours for each in places)
    history = [line(visit, row, all_, last=False) for row in rows if _concerns(visit, row, all_, who)]
    more = rows[-1].id if len(rows) == 30 else 0
    return visit.page("office.html", counts=counts, history_lines=history, more=more)


async def listed(visit: Visit) -> web.StreamResponse:
    """List the things of one kind that are my offices', and those out of use."""
    kind, query = kind_of(visit), visit.request.query
    who, words = await editor(visit), query.get("q", "").strip()[:80]
    async with visit.deps.store.read() as db:
        all_ = await reads_office.items(db, None, {kind, *around(kind)} - (set(PEOPLE) - {kind}))
        ours, start = mine(kind, all_, who), number_in(query.get("from", ""))
        found = [each for each in ours.values() if words in each.code or words in getattr(each, "name", "")]
        if kind == "group":  # only who is in the groups of this page
            members = {code for each in found[start:][:MOST] for code in (*each.representatives, *each.clerks)}
            all_ = {**all_, **await reads_office.items(db, None, PEOPLE, only=members)}
        held = {row.code for row in await reads_office.last_of_each(db, [kind], by_hand=True)}
        last = await reads_office.last_of_each(db, [kind])
    more = urlencode({"q": words, "from": start + MOST}) if len(found) > start + MOST else ""
    gone = list(islice(_gone(visit, last, all_, who), MOST_GONE + 1))
    return visit.page(
        "office_list.html", kind=kind, rows=[(each, about(visit, kind, each, all_)) for each in found[start:][:MOST]],
        held=held, gone=gone[:MOST_GONE], more_gone=gone[MOST_GONE - 1].id if len(gone) > MOST_GONE else 0,
        count=len(found), more=more, words=words,
        may_add=kind in ADDABLE, may_change=kind not in OF_ALL or reaches(kind, None, all_, who.offices),
    )  # fmt: skip


def _members(visit: Visit, rows: Iterable[Any]) -> set[str]:
    """Return the representatives whom changes of groups name."""
    sealed = [each for row in rows if row.kind == "group" for each in (row.before_sealed, row.after_sealed)]
    groups = [opened(visit.deps.sealer, "group", each) for each in sealed]
    return {code for group in groups if isinstance(group, Group) for code in group.representatives}


def _gone(visit: Visit, last: Iterable[Any], all_: Items, who: Editor) -> Iterator[Any]:
    """Yield what is out of use and was my offices', the latest first; whose it was is sealed, and opened in turn."""
    before, words = number_in(visit.request.query.get("gone", "")), visit.request.query.get("q", "").strip()
    for row in sorted(last, key=lambda row: -row.id):
        wanted = row.after_sealed is None and (words in row.name or words in row.code)
        if wanted and (not before or row.id < before) and _concerns(visit, row, all_, who):
            yield row


async def edit(visit: Visit) -> web.StreamResponse:
    """Show one thing, or an empty form for a new one."""
    return await page(visit)


async def save(visit: Visit) -> web.StreamResponse:
    """Keep what the form says; what is wrong with it is said at its field, and nothing typed is lost."""
    kind, code, who = kind_of(visit), visit.word("code_of"), await editor(visit)
    words = words_in(visit, kind)
    try:
        item = await visit.deps.store.write(partial(_save, visit=visit, kind=kind, code=code, words=words, who=who))
    except Faulty as wrong:
        return await page(visit, words=words, faults=wrong.by_step[0])
    except Refused as refusal:
        return await page(visit, words=words, refusal=visit.refusal(refusal))
    log.info("office_changed", kind=kind, code=item.code, by=who.person_id)
    return await visit.go(address(kind, item.code), visit.deps.texts("office.saved", name=getattr(item, "name", "")))


async def act(visit: Visit) -> web.StreamResponse:
    """Take a thing out of use, bring it back, or leave it to the files again."""
    kind, deed, code, who = kind_of(visit), visit.request.match_info["deed"], visit.word("code"), await editor(visit)
    if deed not in DEEDS or (deed != "let-go" and kind not in ADDABLE):
        raise web.HTTPNotFound
    try:
        await visit.deps.store.write(partial(_act, kind=kind, deed=deed, code=code, who=who))
    except (Refused, Faulty) as no:
        return await visit.go(address(kind, code) if deed != "on" else f"{OFFICE}/{kind}", *why_not(visit, no))
    log.info("office_deed", kind=kind, deed=deed, code=code, by=who.person_id)
    back = f"{OFFICE}/{kind}" if deed == "off" else address(kind, code)
    return await visit.go(back, visit.deps.texts(f"office.did_{deed}", thing=code))


async def undo(visit: Visit) -> web.StreamResponse:
    """Take back the last change of something."""
    who, kind, code = await editor(visit), visit.word("kind"), visit.word("code")
    back = OFFICE if kind not in FORMS else address(kind, code) if code else f"{OFFICE}/{kind}"
    try:
        name = await visit.deps.store.write(partial(office_edit.undo, batch=visit.word("batch"), who=who))
        await reword(visit.deps)
    except (Refused, Faulty) as no:
        return await visit.go(back, *why_not(visit, no))
    log.info("office_undone", kind=kind, by=who.person_id)
    return await visit.go(back, visit.deps.texts("office.undone", name=name))


# ---- what the pages of the office share ------------------------------------------------------------------------------


async def editor(visit: Visit, origin: str = "page") -> Editor:
    """Return who changes something here and how far they reach."""
    deps = visit.deps
    async with deps.store.read() as db:
        offices = await reads_office.office_codes(db, visit.me.offices)
    return Editor(visit.me.person_id, offices, deps.sealer, frozenset(deps.settings.accounts), visit.now, origin)


def kind_of(visit: Visit) -> str:
    """Return the kind the address names; raises HTTPNotFound."""
    kind = visit.request.match_info["kind"]
    if kind not in LISTED:
        raise web.HTTPNotFound
    return kind


def address(kind: str, code: str) -> str:
    """Return where a thing's page is."""
    return f"{OFFICE}/{kind}/one?{urlencode({'code': code})}"


def mine(kind: str, all_: Items, who: Editor) -> dict[str, Any]:
    """Return the things of a kind that one may see: one's offices', and what is everybody's."""
    return {code: each for code, each in all_[kind].items() if kind in OF_ALL or reaches(kind, each, all_, who.offices)}


def about(visit: Visit, kind: str, item: Any, all_: Items) -> list[str]:
    """Return the few facts a list shows of a thing."""
    shown = [field for field in FORMS[kind] if field.sort in ("choice", "one", "many", "value", "areas")]
    return [said for field in shown if (said := value_words(visit, kind, field, item, all_))]


def value_words(visit: Visit, kind: str, field: Field, item: Any, all_: Items) -> str:
    """Return a field's value as people read it: names for codes, words for choices."""
    if item is None:
        return ""
    value, texts = getattr(item, field.name), visit.deps.texts
    match field.sort:
        case "choice":
            return texts(f"level.{value}") if field.name == "level" else texts(f"station_kind.{value}")
        case "one":
            return officewords.called(field.of, all_, value) if value else ""
        case "many":
            return "、".join(officewords.called(field.of, all_, each) for each in value)
        case "value":
            number = officewords.words_of(kind, item)["value"]
            return number if item.unit in ("clock", "choice") else f"{number} {texts(f'unit_of.{item.unit}')}"
        case _:
            return officewords.words_of(kind, item, "、")[field.name]


def line(visit: Visit, row: Any, all_: Items, *, last: bool) -> Line:
    """Return a line of the history, with what changed in it."""
    before, after = (opened(visit.deps.sealer, row.kind, each) for each in (row.before_sealed, row.after_sealed))
    if row.kind == "text" and row.code in visit.deps.texts.offices:  # without words of its own it says what is written
        usual = Sentence(code=row.code, words=visit.deps.texts.written(row.code))
        before, after = before or usual, after or usual
    changed = differences(before, after) if before is not None and after is not None else {}
    fields = [
        (
            field.name,
            value_words(visit, row.kind, field, before, all_),
            value_words(visit, row.kind, field, after, all_),
        )
        for field in FORMS[row.kind]
        if field.name in changed
    ]
    return Line(row, fields, last and row.undone_at is None and row.origin != "files")


def why_not(visit: Visit, no: Refused | Faulty) -> list[str]:
    """Return what is in the way of a change, in words."""
    if isinstance(no, Refused):
        return [visit.refusal(no)]
    return [fault_words(visit, each) for faults in no.by_step.values() for each in faults]


def fault_words(visit: Visit, fault: Fault) -> str:
    """Return what is wrong with a field, and what to do."""
    return visit.deps.texts(f"office_fault.{fault.code}", **fault.facts)


def words_in(visit: Visit, kind: str) -> dict[str, str]:
    """Return the words of a form; the ways in and out stand in two columns, account and id."""
    form = visit.form
    words = {field.name: form.get(field.name, "") for field in FORMS[kind]}
    for field in (field for field in FORMS[kind] if field.sort == "ways"):
        pairs = zip(form.getall(f"{field.name}_account", []), form.getall(f"{field.name}_end", []), strict=False)
        words[field.name] = "\n".join(f"{account}/{end.strip()}" for account, end in pairs if account)
    return words


def fingerprint(item: Any) -> str:
    """Return a short word that is another one as soon as anything of a thing is."""
    return hashlib.sha256(item.model_dump_json().encode()).hexdigest()[:16] if item is not None else ""


async def page(
    visit: Visit, words: dict[str, str] | None = None, faults: list[Fault] | None = None, refusal: str = ""
) -> web.Response:
    """Return the page of one thing: its form with what was typed or what is kept, and its history."""
    kind, code, deps = kind_of(visit), visit.word("code_of") or visit.request.query.get("code", ""), visit.deps
    who = await editor(visit)
    async with deps.store.read() as db:
        only = [code] if kind in PEOPLE else None  # of thousands one needs to be known
        all_ = await reads_office.items(db, None, around(kind), only=only)
        item = (await reads_office.items(db, deps.sealer, [kind], only=[code]))[kind].get(code) if code else None
        rows = await reads_office.changes(db, [kind], code) if code else []
        held = {row.code for row in await reads_office.last_of_each(db, [kind], by_hand=True)}
    if (
        (code and item is None)
        or (item is None and kind not in ADDABLE)
        or (item and code not in mine(kind, all_, who))
    ):
        raise web.HTTPNotFound
    newest = next((row.id for row in rows if row.undone_at is None), 0)
    said: dict[str, list[str]] = {}
    for each in faults or []:
        said.setdefault(each.at, []).append(fault_words(visit, each))
    return visit.page(
        "office_one.html", status=409 if refusal else 400 if faults else 200, kind=kind, item=item, code=code,
        words=words or (officewords.words_of(kind, item) if item else blank(kind)), fields=FORMS[kind], said=said,
        refusal=refusal, fixed=officewords.fixed(kind) if item else (), seen=fingerprint(item),
        history_lines=[line(visit, row, all_, last=row.id == newest) for row in rows], held=code in held, all=all_,
        options=options(kind, all_, who), accounts=accounts_of(visit, kind), may_off=kind in ADDABLE,
        may_change=item is None or reaches(kind, item, all_, who.offices),
    )  # fmt: skip


def blank(kind: str) -> dict[str, str]:
    """Return the words of an empty form; a new group begins with the usual manners."""
    usual = {"daily_cap": "3", "quiet_from": "21:30", "quiet_until": "07:30"}
    return {field.name: usual.get(field.name, "") for field in FORMS[kind]}


def options(kind: str, all_: Items, who: Editor) -> dict[str, list[tuple[str, str]]]:
    """Return what each field that names one thing may name, as code and name."""
    return {field.name: [(code, each.name) for code, each in mine(field.of, all_, who).items()]
            for field in FORMS[kind] if field.sort == "one"}  # fmt: skip


def accounts_of(visit: Visit, kind: str) -> list[tuple[str, str, str]]:
    """Return the accounts a way in or out may go by: what the form sends, its channel, its name."""
    fits = ("wecom_app", "wecom_robot") if kind != "group" else tuple(ADDRESSES)
    known = visit.deps.settings.accounts.items()
    return [
        (f"{channel}/{code}", channel, account.name or code) for (channel, code), account in known if channel in fits
    ]


def _concerns(visit: Visit, row: Any, all_: Items, who: Editor) -> bool:
    """Whether a change is about something of my offices."""
    if row.kind in OF_ALL:
        return True
    sealed = row.after_sealed or row.before_sealed
    return reaches(row.kind, opened(visit.deps.sealer, row.kind, sealed), all_, who.offices)


async def _save(db: Db, *, visit: Visit, kind: str, code: str, words: dict[str, str], who: Editor) -> Any:
    all_ = await reads_office.items(db, who.sealer)
    before = all_[kind].get(code) if code else None
    if fingerprint(before) != visit.word("seen"):
        raise Refused("edited_meanwhile")
    if before is not None:
        kept = officewords.words_of(kind, before)
        words |= {name: kept[name] for name in officewords.fixed(kind)}
    item, wrong = officewords.read(kind, words, all_)
    if before is None and item is not None and await reads_office.is_taken(db, kind, item.code):
        wrong = [Fault("code", "taken")]
    if wrong:
        raise Faulty({0: wrong})
    await office_edit.change(db, [Step(kind, item.code, item)], who)
    return item


async def _act(db: Db, *, kind: str, deed: str, code: str, who: Editor) -> None:
    if deed == "let-go":
        await office_edit.let_go(db, kind, code, who)
    elif deed == "off":
        await office_edit.change(db, await office_edit.out_of_use(db, kind, code, who), who)
    else:
        await office_edit.into_use(db, kind, code, who)
