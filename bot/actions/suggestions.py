"""Log what a voter asks for: one case, one number, its history, and the people who must know."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, null, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from bot.actions.cases import record
from bot.actions.people import Sender
from bot.clock import day_sign
from bot.errors import Refused
from bot.message import Button, Card
from bot.outbox.queue import BEST_WAY, SPEAKS, Way, owe
from bot.rules.history import Line
from bot.rules.lifecycle import Role
from bot.rules.privacy import mask
from bot.rules.redaction import shown, title
from bot.store.db import Db, Prepared
from bot.store.tables import (
    assignment,
    clerk,
    counter,
    event,
    group,
    identity,
    membership,
    person,
    station,
    suggestion,
)
from bot.value import value
from config.texts import Texts

FOLLOWS_WITHIN = timedelta(minutes=10)  # design §5: what follows so soon belongs to the case

# Who is told, each with the best way to reach them; every message asks, so one look-up each.
_BY = (identity.c.id.label("identity_id"), identity.c.channel, identity.c.account)
_FIRST_REPRESENTATIVE = (
    select(membership.c.person_id)
    .where(membership.c.group_id == group.c.id, membership.c.role == "representative")
    .order_by(membership.c.position, membership.c.id)
    .limit(1)
    .scalar_subquery()
)
_BEST_WAY = (
    select(identity.c.id)
    .where(identity.c.person_id == person.c.id, SPEAKS)
    .order_by(*BEST_WAY)
    .limit(1)
    .correlate(person)
    .scalar_subquery()
)
_HOME_OF_GROUP = Prepared(
    select(
        station.c.id.label("station_id"),
        station.c.code.label("station_code"),
        station.c.name.label("station_name"),
        group.c.id.label("group_id"),
        group.c.name.label("group_name"),
        person.c.id.label("person_id"),
        person.c.name,
        *_BY,
    )
    .select_from(group)
    .join(station, station.c.id == group.c.station_id)
    .outerjoin(person, person.c.id == _FIRST_REPRESENTATIVE)
    .outerjoin(identity, identity.c.id == _BEST_WAY)
    .where(group.c.id == bindparam("group_id"))
)
_FIRST_HOME = Prepared(
    select(
        station.c.id.label("station_id"),
        station.c.code.label("station_code"),
        station.c.name.label("station_name"),
        null().label("group_id"),
        null().label("person_id"),
    )
    .where(station.c.kind == "station")
    .order_by(station.c.id)
    .limit(1)
)
_COUNT = Prepared(
    postgres_insert(counter)
    .values(name=bindparam("name"), value=1)
    .on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
    .returning(counter.c.value)
)
_ADD = Prepared(
    insert(suggestion),
    [
        "number", "station_id", "group_id", "voter_id", "identity_id", "category_id", "kind", "subject", "text",
        "place", "state", "confidential", "created_at", "changed_at",
    ],
)  # fmt: skip
_ADD_EVENT = Prepared(
    insert(event), ["suggestion_id", "seq", "actor_id", "role", "move", "state", "reason", "at", "hash"]
)
_CLERKS = Prepared(
    select(clerk.c.person_id, *_BY)
    .outerjoin(identity, (identity.c.person_id == clerk.c.person_id) & SPEAKS)
    .where(clerk.c.station_id == bindparam("station_id"))
    .order_by(clerk.c.person_id, *BEST_WAY)
)
_ASSIGN = Prepared(insert(assignment), ["suggestion_id", "person_id", "role", "state", "assigned_at"])
_LATEST = Prepared(
    select(
        suggestion.c.id, suggestion.c.number, suggestion.c.text, suggestion.c.state, suggestion.c.merged_into_id,
        suggestion.c.category_id, suggestion.c.confidential,
    )
    .where(
        suggestion.c.voter_id == bindparam("voter_id"),
        suggestion.c.created_at > bindparam("since"),
        suggestion.c.state != "withdrawn",
    )
    .order_by(suggestion.c.created_at.desc(), suggestion.c.id.desc())
    .limit(1)
)  # fmt: skip


@value(frozen=True, slots=True)
class Matter:
    """What a voter wants, as understood."""

    text: str  # verbatim
    subject: str
    kind: str = "request"
    place: str = ""
    category_id: int | None = None  # none when not sure
    confidential: bool = False  # the voter wants to stay unknown to unit and group


@value(frozen=True, slots=True)
class Logged:
    """A case that was just logged."""

    id: int
    number: str
    title: str  # as others may read it
    station: str
    representative: str  # name, empty if the group has none


async def submit(db: Db, sender: Sender, matter: Matter, texts: Texts, now: datetime) -> Logged:
    """Log the matter under the next number of its station and day, and owe the news to representative and clerks."""
    home = await _home(db, sender.group_id)
    number = await _next_number(db, home.station_code, now)
    suggestion_id = await db.add(
        _ADD,
        {
            "number": number,
            "station_id": home.station_id,
            "group_id": home.group_id,
            "voter_id": sender.person_id,
            "identity_id": sender.identity_id,
            "category_id": matter.category_id,
            "kind": matter.kind,
            "subject": matter.subject,
            "text": matter.text,
            "place": matter.place,
            "state": "received",
            "confidential": matter.confidential,
            "created_at": now,
            "changed_at": now,
        },
    )
    line = Line(suggestion_id, 1, sender.person_id, "voter", "submit", "received", "", now)
    await db.run(_ADD_EVENT, line.row(b""))
    if matter.confidential:
        await record(db, suggestion_id, sender.person_id, Role.VOTER, "seal", "received", now)
    representative = home if home.person_id else None  # a row with the way to them, as each clerk's
    logged = Logged(
        suggestion_id, number, title(matter), home.station_name, representative.name if representative else ""
    )
    place = shown(matter, matter.place) or getattr(home, "group_name", "") or home.station_name
    if representative is not None:
        await db.run(
            _ASSIGN,
            {"suggestion_id": suggestion_id, "person_id": representative.person_id, "role": "representative",
             "state": "assigned", "assigned_at": now},
        )  # fmt: skip
        card = _card(logged, place, texts, to="representative")
        await _tell(db, f"new:{number}:r{representative.person_id}", representative, card, suggestion_id, now)
    told = {representative.person_id} if representative else set()
    for each in await db.all(_CLERKS, {"station_id": home.station_id}):
        if each.person_id not in told:
            told.add(each.person_id)
            card = _card(logged, place, texts, to="clerk", who=each.person_id)
            await _tell(db, f"new:{number}:c{each.person_id}", each, card, suggestion_id, now)
    return logged


async def see(db: Db, case: Any, sender: Sender, now: datetime) -> bool:
    """Note that a representative or clerk saw a case; False if they had already."""
    known = await db.one(
        select(event.c.id).where(
            event.c.suggestion_id == case.id, event.c.actor_id == sender.person_id, event.c.move == "see"
        )
    )
    if known is not None:
        return False
    await record(db, case.id, sender.person_id, "staff", "see", case.state, now)
    return True


async def mine(db: Db, person_id: int, number: str) -> Any:
    """Return one's own case by its number, or the latest if none is given; raises Refused."""
    query = select(suggestion).where(suggestion.c.voter_id == person_id)
    if number:
        named = func.lower(suggestion.c.number)
        query = query.where(or_(named == number, named.like(f"%-{number}")))  # whole, or the last part people remember
    row = await db.one(query.order_by(suggestion.c.created_at.desc(), suggestion.c.id.desc()).limit(1))
    if row is None:
        raise Refused("no_such_case" if number else "no_case_yet", number=mask(number))
    return row


async def open_of(db: Db, person_id: int, most: int) -> list[Any]:
    """Return a voter's cases that are not over, the latest first."""
    return await db.all(
        select(suggestion)
        .where(suggestion.c.voter_id == person_id, suggestion.c.state.not_in(("closed", "declined", "withdrawn")))
        .order_by(suggestion.c.created_at.desc(), suggestion.c.id.desc())
        .limit(most)
    )


async def latest_open(db: Db, sender: Sender, now: datetime) -> Any:
    """Return the case that what is said now may belong to (a part of its row), or None."""
    since = now - FOLLOWS_WITHIN
    if sender.case_at is None or sender.case_at <= since:  # nearly always, and then it costs no look-up
        return None
    return await db.one(_LATEST, {"voter_id": sender.person_id, "since": since})


async def _home(db: Db, group_id: int | None) -> Any:
    """Return the station (and group) a voter belongs to; people from nowhere go to the first station."""
    home = await db.one(_HOME_OF_GROUP, {"group_id": group_id}) if group_id else None
    home = home or await db.one(_FIRST_HOME)
    if home is None:
        raise LookupError("no station is loaded: run.py load")
    return home


async def _next_number(db: Db, station_code: str, now: datetime) -> str:
    """Return the next number of the station's day; the counter's row keeps it gapless."""
    name = f"{station_code}-{day_sign(now)}"
    row = await db.one(_COUNT, {"name": name})
    return f"{name}-{row.value}"


CLERKS_BUTTONS = (("admit", 1), ("decline", 3), ("similar", 2))


def _card(logged: Logged, place: str, texts: Texts, *, to: str, who: int = 0) -> Card:
    """Return the card that tells somebody of a new case: number, subject, place; a clerk's offers what may follow."""
    return Card(
        task_id=f"new-{logged.number}-{to}" + (f"-{who}" if who else ""),  # each clerk's card is one of its own
        title=texts(f"push.new_{to}", number=logged.number),
        text=logged.title,
        facts=((texts("push.place"), place), (texts("push.station"), logged.station)),
        buttons=_desk_buttons(logged, texts)
        if to == "clerk"
        else (Button(texts("push.seen"), f"seen:{logged.number}"),),
    )


def _desk_buttons(logged: Logged, texts: Texts) -> tuple[Button, ...]:
    return tuple(Button(texts(f"button.{name}"), f"{name}:{logged.number}", style) for name, style in CLERKS_BUTTONS)


async def _tell(db: Db, key: str, who: Any, card: Card, suggestion_id: int, now: datetime) -> None:
    """Owe somebody the card; `who` is a row with the way to them, which is empty if there is none."""
    person = who.person_id
    way = who.identity_id and Way(who.channel, who.account, identity_id=who.identity_id, person_id=person)
    await owe(db, key=key, way=way, content=card, now=now, person_id=person, suggestion_id=suggestion_id)
