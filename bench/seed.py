"""Fill a database with the history of years, straight into its tables: people, messages, matters, pushes, answers."""

import hashlib
import os
import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, func, insert, select, text

from bot.rules.privacy import Sealer
from bot.store.tables import (
    assignment,
    category,
    event,
    faq,
    faq_question,
    group,
    heard,
    identity,
    metadata,
    outgoing,
    person,
    suggestion,
)

FIRST = 1_000_000  # our ids, away from the sample's
AT_ONCE = 10_000  # rows in one executemany
PHRASINGS = 5
REPRESENTATIVES = 3181  # who the matters and the pushes are spread over
PUSH = '{"type":"text","text":"新的建议","notice":{}}'
THINGS = (
    *("路灯", "电梯", "下水道", "停车位", "烧烤摊", "楼道灯", "井盖", "垃圾桶"),
    *("公交站", "广场舞", "暖气", "自来水", "绿化带", "护栏", "快递柜"),
)
WRONGS = ["坏了没人修", "太吵", "不够用", "漏水", "占道", "没人管", "收费不清楚", "被撞坏", "堵住了", "停用很久"]
PLACES = ["滨河路", "东风街", "柳树村", "幸福小区", "三中门口", "市场南门", "河东桥头", "育才巷"]
STEPS = (("submit", "received", "voter"), ("admit", "reviewed", "clerk"), ("assign", "assigned", "clerk"))


def seed(url, keys, heard_rows, cases, faqs, people=100_000):
    """Write so many rows; a matter carries three lines of history, an assignment and two pushes that went out."""
    chance, sealer = random.Random(1), Sealer(keys)
    engine = create_engine(f"sqlite:///{url.removeprefix('sqlite:///')}")
    now = datetime.now(UTC)
    with engine.begin() as db:
        db.execute(text("PRAGMA synchronous=OFF"))
        rooms = db.execute(select(group.c.id, group.c.station_id)).all()
        subjects = [row.id for row in db.execute(select(category.c.id))]
        write = Bulk(db)
        _people(write, sealer, people, rooms, now)
        _messages(write, sealer.seal_bytes(b"x" * 300, "heard"), heard_rows, people, now)
        _matters(write, chance, cases, people, rooms, subjects, now)
        _answers(write, chance, faqs, now)
        write.rest()
    with engine.begin() as db:  # no ANALYZE: the service never asks for one either
        counts = {name: db.execute(select(func.count()).select_from(metadata.tables[name])).scalar() for name in
                  ("heard", "suggestion", "event", "outgoing", "person", "faq", "faq_question")}  # fmt: skip
    engine.dispose()
    return counts


class Bulk:
    """Collects rows and writes them many at a time."""

    def __init__(self, db):
        self._db, self._rows = db, {}

    def __call__(self, table, **values):
        rows = self._rows.setdefault(table, [])
        rows.append(values)
        if len(rows) == AT_ONCE:
            self.rest()

    def rest(self):
        for table in metadata.sorted_tables:
            if rows := self._rows.pop(table, None):
                self._db.execute(insert(table), rows)


def _people(write, sealer, count, rooms, now):
    for number in range(count):
        room = rooms[number % len(rooms)]
        ago = now - timedelta(minutes=number % 100_000)
        write(person, id=FIRST + number, group_id=room.id, created_at=ago)
        name = f"oSeed{number}"
        write(
            identity, id=FIRST + number, person_id=FIRST + number, channel="official_account", account="hexin",
            external_hash=sealer.mark(f"official_account:hexin:{name}", "identity"),
            external_sealed=sealer.seal(name, "identity"), reachable=True, heard_at=ago,
        )  # fmt: skip


def _messages(write, body, count, people, now):
    """Keys are hashes, as the channel makes them; the newest message is an hour old."""
    for number in range(count):
        write(
            heard, key=hashlib.sha256(b"%d" % number).hexdigest(), channel="official_account", account="hexin",
            kind="text", person_id=FIRST + number % people, state="done", body_sealed=body,
            answer="已收到，您的编号是 hepan-250101-1，有进展会告诉您。",
            heard_at=now - timedelta(hours=1, seconds=(count - number) * 30),
        )  # fmt: skip


def _matters(write, chance, count, people, rooms, subjects, now):
    numbers = {}
    for number in range(count):
        room, who, helper = rooms[number % len(rooms)], FIRST + number % people, FIRST + number % REPRESENTATIVES
        at = now - timedelta(hours=2, minutes=(count - number) * 5)
        day = f"seed{room.station_id}-{at:%y%m%d}"
        numbers[day] = numbers.get(day, 0) + 1
        words = f"{chance.choice(PLACES)}的{chance.choice(THINGS)}{chance.choice(WRONGS)}，请派人看看{number}"
        state = "assigned" if number % 10 == 0 else "closed"
        write(
            suggestion, id=FIRST + number, number=f"{day}-{numbers[day]}", station_id=room.station_id,
            group_id=room.id, voter_id=who, identity_id=who, category_id=chance.choice(subjects), kind="request",
            subject=words[:20], text=words, state=state, created_at=at, changed_at=at,
        )  # fmt: skip
        for seq, (move, after, role) in enumerate(STEPS, 1):
            write(event, suggestion_id=FIRST + number, seq=seq, actor_id=who if seq == 1 else helper, role=role,
                  move=move, state=after, at=at, hash=os.urandom(32))  # fmt: skip
        write(assignment, suggestion_id=FIRST + number, person_id=helper, role="representative",
              state="assigned" if state == "assigned" else "replied", assigned_at=at)  # fmt: skip
        for each in range(2):
            write(
                outgoing, key=f"seed:{number}:{each}", kind="push", channel="wecom_app", account="gongzuo",
                suggestion_id=FIRST + number, person_id=helper, content=PUSH, state="sent", due_at=at, created_at=at,
                settled_at=at, attempts=1, errcode=0,
            )  # fmt: skip


def _answers(write, chance, count, now):
    for number in range(count):
        thing, place = chance.choice(THINGS), chance.choice(PLACES)
        write(faq, id=FIRST + number, code=f"seed-{number}", answer=f"第{number}条：请打 {number:08d}。", source="seed",
              changed_at=now)  # fmt: skip
        for each in range(PHRASINGS):
            words = f"{place}{thing}第{number}号归谁管{'怎么办' * (each % 2)}{'去哪里问' * (each % 3)}"
            write(faq_question, faq_id=FIRST + number, text=words)
