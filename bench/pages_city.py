"""Write a city straight into the tables: stations, people, groups, years of cases, reception days with registers."""

import json
import random
from datetime import timedelta

from sqlalchemy import func, insert, select, text

from bot.store.tables import (
    assignment,
    attendance,
    booking,
    category,
    clerk,
    deadline,
    duty,
    event,
    faq,
    faq_question,
    group,
    membership,
    metadata,
    notice,
    outgoing,
    person,
    publication,
    rating,
    reception_day,
    reception_entry,
    reception_rule,
    reply,
    representative,
    station,
    suggestion,
    telling,
    unit,
    unit_member,
)

STATIONS, REPRESENTATIVES, GROUPS, ANSWERS = 222, 3181, 666, 2000  # the city of the articles
FIRST = 100_000  # our ids, away from the sample's
AT_ONCE = 2_000  # rows of one commit
DAYS = 400  # over which the cases came
VISITORS = 10  # of a reception day
MATTERS = ("电梯坏了一个月没人修", "路灯不亮晚上看不见路", "垃圾三天没人清运", "下水道堵了污水外溢", "广场舞太吵睡不着",
           "公交车等四十分钟", "自来水发黄有味道", "暖气只有十五度", "占道经营人走不了", "校门口车太多")  # fmt: skip
PLACES = ("滨河路", "南关街", "育才小区", "东风巷", "人民公园", "北大街", "和平里", "新华路")
STATES = ("received", "admitted", "assigned", "accepted", "handling", "replied", "told", "rated", "closed")
WEIGHTS = (2, 1, 2, 2, 6, 2, 5, 5, 75)  # of a hundred cases
WAY = ("submit", "admit", "assign", "accept", "handle", "reply", "tell", "rate", "close")
ROLES = {"submit": "voter", "admit": "clerk", "assign": "clerk", "accept": "representative", "handle": "representative",
         "reply": "unit", "tell": "service", "rate": "voter", "close": "clerk"}  # fmt: skip
DISPOSED = ("spot", "community", "street")


async def city(store, now, cases, unit_of):
    """Write a city with so many cases; the unit of that person gets many. Does nothing where it is there already."""
    async with store.read() as db:
        if (await db.one(select(func.count().label("n")).select_from(suggestion))).n >= cases:
            return
        home = await db.one(select(station.c.id, station.c.office_id).where(station.c.code == "hepan"))
        subjects = [row.id for row in await db.all(select(category.c.id))]
        member = await db.one(
            select(unit_member.c.unit_id).join(person, person.c.id == unit_member.c.person_id)
            .where(person.c.code == unit_of)
        )  # fmt: skip
        units = [row.id for row in await db.all(select(unit.c.id))]
        groups = [row.id for row in await db.all(select(group.c.id).where(group.c.station_id == home.id))]
        zhang = (await db.one(select(person.c.id).where(person.c.code == "zhang-weiguo"))).id
    await people(store, now, home.office_id)
    chance = random.Random(1)
    rows = {
        table: [] for table in (suggestion, event, deadline, assignment, reply, outgoing, telling, publication, rating)
    }
    for n in range(cases):
        at = now - timedelta(hours=(cases - n) * 24 * DAYS / cases)
        made(rows, n, at, chance, home=home.id, groups=groups, subjects=subjects, units=(member.unit_id, *units),
             zhang=zhang)  # fmt: skip
    for table, written in rows.items():
        await write(store, table, written)
    await receptions(store, now, subjects)
    if store.shared:
        await settle(store)


async def settle(store):
    """Let PostgreSQL count on from the ids that were written, and look at its tables, as it does by itself in time."""
    for table in metadata.sorted_tables:
        if "id" in table.c:
            last = f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id)) FROM \"{table.name}\""
            await store.write(lambda db, last=last: db.all(text(last)))
    await store.write(lambda db: db.run(text("ANALYZE")))


async def people(store, now, office_id):
    """Write the stations, who represents and who sits at a desk, the groups, and answers to what is often asked."""
    stations, them = range(FIRST, FIRST + STATIONS), range(FIRST, FIRST + REPRESENTATIVES)
    await write(store, station, [
        {"id": n, "code": f"s{n}", "office_id": office_id, "kind": "station", "name": f"第{n}站"} for n in stations
    ])  # fmt: skip
    clerks = range(2 * FIRST, 2 * FIRST + STATIONS)
    await write(store, person, [
        *({"id": n, "code": f"d{n}", "name": f"代表{n}", "created_at": now} for n in them),
        *({"id": n, "code": f"k{n}", "name": f"联络员{n}", "created_at": now} for n in clerks),
    ])  # fmt: skip
    seats = [{"person_id": n, "level": "county", "station_id": FIRST + n % STATIONS} for n in them]
    await write(store, representative, seats)
    await write(store, clerk, [{"person_id": n, "station_id": n - FIRST} for n in clerks])
    groups = range(FIRST, FIRST + GROUPS)
    await write(store, group, [
        {"id": n, "code": f"g{n}", "station_id": FIRST + n % STATIONS, "name": f"第{n}群", "area": "一街 二街"}
        for n in groups
    ])  # fmt: skip
    await write(store, membership, [
        {"group_id": FIRST + n % GROUPS, "person_id": n, "role": "representative", "position": n, "joined_at": now}
        for n in them
    ])  # fmt: skip
    await write(store, membership, [
        {"group_id": n, "person_id": 2 * FIRST + n % STATIONS, "role": "clerk", "position": 0, "joined_at": now}
        for n in groups
    ])  # fmt: skip
    answers = range(FIRST, FIRST + ANSWERS)
    await write(store, faq, [
        {"id": n, "code": f"a{n}", "answer": f"请到{n}号窗口办理，带上证件。", "source": "指南", "changed_at": now}
        for n in answers
    ])  # fmt: skip
    await write(store, faq_question, [
        {"faq_id": n, "text": f"{PLACES[n % 8]}{words}{n}怎么办"} for n in answers for words in ("补贴", "证件")
    ])  # fmt: skip


def home_case():
    """Return the query for the number of a station's oldest case that is being handled."""
    mine = (station.c.code == "hepan") & (suggestion.c.state == "handling")
    query = select(suggestion.c.number).join(station, station.c.id == suggestion.c.station_id).where(mine)
    return query.order_by(suggestion.c.id).limit(1)


def made(rows, n, at, chance, *, home, groups, subjects, units, zhang):
    """Add one case and what belongs to it to the rows."""
    state = chance.choices(STATES, WEIGHTS)[0]
    is_home = n % STATIONS == 0
    where = home if is_home else FIRST + n % STATIONS
    words = f"{chance.choice(PLACES)}{chance.choice(MATTERS)}，请派人看看，已经反映过{n % 7}次了"
    words += "，还有一件稀罕事" if n % 5_000 == 7 else ""
    number, id_, step = f"{'hepan' if is_home else f's{where}'}-{at:%y%m%d}-{n}", n + 1, STATES.index(state)
    public = at if state == "closed" and chance.random() < 0.25 else None
    rows[suggestion].append({
        "id": id_, "number": number, "station_id": where, "group_id": chance.choice(groups) if is_home else None,
        "voter_id": FIRST + n % REPRESENTATIVES, "category_id": chance.choice(subjects), "kind": "request",
        "subject": words[:20], "text": words, "place": words[:3], "state": state, "created_at": at, "changed_at": at,
        "published_at": public,
    })  # fmt: skip
    for seq, move in enumerate(WAY[: step + 1], 1):
        rows[event].append({
            "id": id_ * 10 + seq, "suggestion_id": id_, "seq": seq, "actor_id": None, "role": ROLES[move], "move": move,
            "state": STATES[seq - 1], "reason": "", "at": at + timedelta(hours=seq), "hash": b"",
        })  # fmt: skip
    if step < 2:
        return
    held = "assigned" if step == 2 else "accepted" if step < 5 else "replied"
    holder = zhang if is_home else FIRST + n % REPRESENTATIVES
    rows[assignment] += [
        {"id": id_ * 2, "suggestion_id": id_, "person_id": holder, "unit_id": None, "role": "representative",
         "state": held, "assigned_at": at, "settled_at": at},
        {"id": id_ * 2 + 1, "suggestion_id": id_, "person_id": None, "unit_id": units[0] if n % 40 == 0 else
         chance.choice(units), "role": "lead_unit", "state": held, "assigned_at": at, "settled_at": at},
    ]  # fmt: skip
    due = (at + timedelta(days=9)).date().isoformat()
    span = ["promise-simple", 5, "working_days", "bench", "2026-01-01"]
    facts = json.dumps({
        "kind": "promised", "started_on": at.date().isoformat(), "span": span, "extensions": [], "pauses": [],
        "met_on": None,
    })  # fmt: skip
    rows[deadline].append({
        "suggestion_id": id_, "kind": "promised", "facts": facts, "due_on": due, "key": f"{id_}:promised:1:0",
        "met_on": due if step > 4 else None,
    })  # fmt: skip
    if step > 4:
        rows[reply].append({"suggestion_id": id_, "author_id": holder, "class": "A", "text": "已办好。", "at": at})
        key = f"tell:{id_}"
        rows[outgoing].append({
            "key": key, "kind": "push", "channel": "official_account", "account": "hexin", "suggestion_id": id_,
            "content": '{"type":"text","text":"已办好。"}', "state": "sent" if n % 400 else "parked", "due_at": at,
            "created_at": at, "settled_at": at,
        })  # fmt: skip
        rows[telling].append({
            "suggestion_id": id_, "event_id": id_ * 10 + 6, "person_id": FIRST + n % REPRESENTATIVES,
            "outgoing_key": key, "at": at,
        })  # fmt: skip
    if step > 6:
        voted = {"suggestion_id": id_, "person_id": FIRST + n % REPRESENTATIVES, "side": "voter", "at": at}
        rows[rating].append(voted | {"value": chance.choice(("satisfied", "mostly", "dissatisfied"))})
    if public:
        rows[publication].append({
            "suggestion_id": id_, "subject": words[:20], "text": words, "answer": "已办好。", "class": "A",
            "by_id": zhang, "at": at,
        })  # fmt: skip


async def receptions(store, now, subjects):
    """Write a reception day a month for each station, a year back and two months ahead, the last two with visitors."""
    stations, here = range(FIRST, FIRST + STATIONS), now.date()
    await write(store, reception_rule, [
        {"id": n, "code": f"r{n}", "station_id": n, "days_of_month": "[10]", "starts": "09:00", "ends": "11:00",
         "place": f"第{n}站", "holiday_policy": "next", "seats": 2}
        for n in stations
    ])  # fmt: skip
    rows = {table: [] for table in (reception_day, duty, attendance, booking, reception_entry, outgoing, notice)}
    for month in range(-12, 3):
        year, place = divmod(here.year * 12 + here.month - 1 + month, 12)
        date = here.replace(year=year, month=place + 1, day=10)
        for n in stations:
            session(rows, n, date, now, subjects, past=date < here, registered=month in (-1, 0))
    for table, written in rows.items():
        await write(store, table, written)


def session(rows, n, date, now, subjects, *, past, registered):
    """Add one reception day of a station to the rows."""
    day, told = FIRST + len(rows[reception_day]), date.isoformat()
    rows[reception_day].append({
        "id": day, "rule_id": n, "station_id": n, "planned_on": told, "date": told, "starts": "09:00", "ends": "11:00",
        "place": f"第{n}站", "state": "held" if past else "planned",
    })  # fmt: skip
    for seat in (n, n + STATIONS):
        seated = {"day_id": day, "person_id": seat, "state": "attended" if past else "seated", "origin": "rota"}
        rows[duty].append(seated | {"at": now})
        if past:
            rows[attendance].append({"day_id": day, "person_id": seat, "by_id": n + FIRST, "at": now})
    if not registered:
        return
    for room in range(3):
        number = 10 * FIRST + len(rows[outgoing])
        rows[outgoing].append({
            "id": number, "key": f"notice:{number}", "kind": "push", "channel": "group_robot", "account": "hexin",
            "content": "{}", "state": "sent", "due_at": now, "created_at": now, "settled_at": now,
        })  # fmt: skip
        rows[notice].append({
            "day_id": day, "group_id": n + room * STATIONS, "outgoing_id": number, "held_on": told, "due_at": now,
            "state": "proven", "proven_at": now - timedelta(days=60),
        })  # fmt: skip
    for visitor in range(1, VISITORS + 1 if past else 1):
        visit = 10 * FIRST + len(rows[booking])
        who = {"day_id": day, "number": visitor, "person_id": FIRST + (n * visitor) % REPRESENTATIVES}
        came = {"slot": "09:00", "seat": visitor, "state": "came", "origin": "page", "told_date": told}
        rows[booking].append({"id": visit, **who, **came, "booked_at": now, "came_at": now})
        rows[reception_entry].append({
            "day_id": day, "number": visitor, "booking_id": visit, "category_id": subjects[visitor % len(subjects)],
            "disposition": DISPOSED[visitor % len(DISPOSED)], "recorder_id": n + FIRST, "created_at": now,
            "changed_at": now,
        })  # fmt: skip


async def write(store, table, rows):
    """Write rows in pieces, so that no commit is too big."""
    for start in range(0, len(rows), AT_ONCE):
        piece = rows[start : start + AT_ONCE]

        async def work(db, piece=piece):
            await db.run(insert(table), piece)

        await store.write(work)
