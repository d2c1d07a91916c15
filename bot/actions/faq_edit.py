"""Change the answers at the console: within one's reach, with every edition kept, and undone in one go."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.actions import editions, faq_import
from bot.actions.faq_import import Imported, Line
from bot.actions.members import Member
from bot.actions.office_faq import DESK
from bot.errors import Refused
from bot.store.db import Db
from bot.store.tables import clerk, faq, faq_question, office, station

KIND = "faq"  # of editions


@dataclass(frozen=True, slots=True)
class Item:
    """An answer as it stands: what it says, who brought it (office, imported, desk), and its newest edition."""

    line: Line
    origin: str
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """For which places somebody may write answers: codes of offices and stations, and whether for everywhere."""

    offices: Mapping[str, str]  # code -> name
    stations: Mapping[str, str]
    everywhere: bool

    def holds(self, line: Line) -> bool:
        """Whether an answer's place is theirs."""
        if line.station:
            return line.station in self.stations and line.office in ("", *self.offices)
        return line.office in self.offices if line.office else self.everywhere


async def reach_of(db: Db, who: Member) -> Reach:
    """Return for which places somebody writes: a clerk for the station and its office, an office for all below it."""
    stations = await db.all(select(station.c.id, station.c.code, station.c.name, station.c.office_id).where(
        station.c.id.in_(who.desk)).order_by(station.c.id))  # fmt: skip
    run = {row.station_id for row in await db.all(select(clerk.c.station_id).where(clerk.c.person_id == who.person_id))}
    mine = who.offices | {row.office_id for row in stations if row.id in run}
    offices = await db.all(select(office).where(office.c.id.in_(mine)).order_by(office.c.id))
    top = any(row.parent_id is None and row.id in who.offices for row in offices)
    return Reach({row.code: row.name for row in offices}, {row.code: row.name for row in stations}, top)


async def find(db: Db, codes: Collection[str]) -> dict[str, Item]:
    """Return the answers of these codes, as far as they exist."""
    numbers = await editions.latest(db, KIND, codes)
    found: dict[str, Item] = {}
    wanted = list(codes)
    for start in range(0, len(wanted), 500):  # neither database takes any number of values
        rows = await db.all(
            select(faq, faq_question.c.text)
            .join(faq_question, faq_question.c.faq_id == faq.c.id)
            .where(faq.c.code.in_(wanted[start : start + 500]))
            .order_by(faq.c.id, faq_question.c.origin, faq_question.c.id)
        )
        for row in rows:
            known = found.get(row.code)
            if known is None:
                found[row.code] = Item(_line(row), row.origin, numbers[row.code])
            else:
                line = replace(known.line, similar=(*known.line.similar, row.text))
                found[row.code] = replace(known, line=line)
    return found


async def save(db: Db, line: Line, who: Member, now: datetime, *, number: int, batch: str) -> bool:
    """Write an answer anew, or a new one; False if nothing differs. Raises Refused: not theirs, or changed meanwhile.

    From now on it is the desk's: loading the office files leaves it alone.
    """
    reach = await reach_of(db, who)
    before = (await find(db, [line.code])).get(line.code)
    if not reach.holds(line) or (before is not None and not reach.holds(before.line)):
        raise Refused("answer_of_others")
    if (before.edition if before else 0) != number:
        raise Refused("edition_changed_meanwhile")
    if _same(before, line):
        return False
    after = Item(line, DESK)
    await _keep(db, line.code, before, after, number=number, batch=batch, by=who.person_id, now=now)
    await _write(db, after, now)
    return True


async def bring(db: Db, lines: Sequence[Line], who: Member, now: datetime, batch: str) -> tuple[Imported, list[Line]]:
    """Import the lines that are theirs to write, keep the editions, and return what was done and the lines left out."""
    reach = await reach_of(db, who)
    before = await find(db, [line.code for line in lines])
    ours = [each for each in lines if reach.holds(each) and _theirs(reach, before.get(each.code))]
    differ = [each for each in ours if not _same(before.get(each.code), each)]
    done = await faq_import.import_faqs(db, differ, now, None, at_desk=True)
    done.tally.unchanged += len(ours) - len(differ)
    after = await find(db, [line.code for line in differ])
    for code, item in after.items():
        known = before.get(code)
        number = known.edition if known else 0
        await _keep(db, code, known, item, number=number, batch=batch, by=who.person_id, now=now)
    return done, [each for each in lines if each not in ours]


async def undo(db: Db, batch: str, who: Member, now: datetime) -> int:
    """Put back what stood there before a batch, and return how many answers that is; raises Refused."""
    if not (changes := await editions.of_batch(db, KIND, batch)):
        raise Refused("edition_too_late")
    reach, anew = await reach_of(db, who), editions.new_batch()
    standing = await find(db, [code for code, _, _ in changes])
    for code, number, content in changes:
        item, back = standing.get(code), read(content)
        if any(each is not None and not reach.holds(each.line) for each in (item, back)):
            raise Refused("answer_of_others")
        await _keep(db, code, item, back, number=number, batch=anew, by=who.person_id, now=now)
        if back is None:
            await _remove(db, code)
        else:
            await _write(db, back, now)
    return len(changes)


async def note(db: Db, code: str, before: Item | None, by: int, now: datetime) -> None:
    """Keep the edition of a change that was made elsewhere (a question joined to an answer, and taken back)."""
    after = (await find(db, [code])).get(code)
    number = (await editions.latest(db, KIND, [code]))[code]
    await _keep(db, code, before, after, number=number, batch=editions.new_batch(), by=by, now=now)


def read(content: str) -> Item | None:
    """Return the answer an edition holds, None if there was none."""
    if content == editions.GONE:
        return None
    facts = json.loads(content)
    origin, similar = facts.pop("origin"), tuple(facts.pop("similar"))
    return Item(Line(number=0, similar=similar, **facts), origin)


def _written(item: Item | None) -> str:
    if item is None:
        return editions.GONE
    facts = asdict(item.line) | {"origin": item.origin}
    del facts["number"]
    return json.dumps(facts, ensure_ascii=False)


async def _keep(
    db: Db, code: str, before: Item | None, after: Item | None, *, number: int, batch: str, by: int, now: datetime
) -> None:
    was, now_is = _written(before), _written(after)
    await editions.keep(db, KIND, code, was, now_is, batch=batch, by=by, now=now, number=number)


def _same(item: Item | None, line: Line) -> bool:
    return item is not None and replace(item.line, number=line.number) == line


def _theirs(reach: Reach, item: Item | None) -> bool:
    return item is None or reach.holds(item.line)


async def _write(db: Db, item: Item, now: datetime) -> None:
    """Make the stored answer say this, and its wordings in this order."""
    line = item.line
    values = {**faq_import.values_of(line), "origin": item.origin, "changed_at": now}
    row = await db.one(select(faq.c.id).where(faq.c.code == line.code))
    if row is None:
        faq_id = await db.add(insert(faq).values(**values))
    else:
        faq_id = row.id
        await db.run(update(faq).where(faq.c.id == faq_id).values(**values))
        await db.run(delete(faq_question).where(faq_question.c.faq_id == faq_id))
    wordings = dict.fromkeys((line.question, *line.similar))
    await db.run(insert(faq_question), [{"faq_id": faq_id, "text": text} for text in wordings])


async def _remove(db: Db, code: str) -> None:
    row = await db.one(select(faq.c.id).where(faq.c.code == code))
    if row is not None:
        await db.run(delete(faq_question).where(faq_question.c.faq_id == row.id))
        await db.run(delete(faq).where(faq.c.id == row.id))


def _line(row: Any) -> Line:
    return Line(
        number=0, code=row.code, question=row.text, answer=row.answer, source=row.source, category=row.category,
        valid_from=row.valid_from, valid_until=row.valid_until, office=row.office_code, station=row.station_code,
    )  # fmt: skip
