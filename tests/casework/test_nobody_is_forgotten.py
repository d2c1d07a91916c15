"""Whatever people do in whatever order: no case ends while somebody it concerns was neither told nor accounted for."""

import random
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, or_, select, update

from bot.actions import (
    answering,
    assignments,
    cases,
    casework,
    declining,
    ending,
    linking,
    retracting,
    steering,
    suggestions,
    telling,
)
from bot.actions.handing import Desk
from bot.actions.people import Sender
from bot.errors import Refused
from bot.rules.lifecycle import State
from bot.rules.permissions import open_moves
from bot.store import open_store
from bot.store.audit import broken_chains
from bot.store.tables import deadline, event, group, identity, outgoing, person, station, suggestion, unit
from bot.store.tables import telling as tellings
from config.texts import load_texts
from tests.plugins.house import KEY, MORNING

TEXTS = load_texts(Path("config/office"))
WALKS = 25
STEPS = 70
STAFF = ("tian-min", "zhang-weiguo", "li-xiuying", "han-xueqin", "meng-dawei", "fan-xiaolei")


class Town:
    """The actions on a real database: three voters, the staff of the sample office, and chance."""

    def __init__(self, store, seed):
        self.store, self.luck, self.now = store, random.Random(seed), MORNING
        self.deeds = []

    async def settle(self):
        """Let three voters move in, two by WeChat and one whom no platform reaches."""

        async def move_in(db):
            home = await db.one(
                select(group.c.id)
                .join(station, station.c.id == group.c.station_id)
                .where(station.c.code == "hepan")
                .limit(1)
            )
            voters = []
            for n in range(3):
                who = await db.add(insert(person).values(name="", group_id=home.id, created_at=self.now))
                way = await db.add(
                    insert(identity).values(
                        person_id=who, channel="official_account", account="hexin", external_hash=bytes([n]) * 32,
                        external_sealed=b"x", reachable=n < 2,
                    )
                )  # fmt: skip
                voters.append(Sender(who, way, "", home.id))
            staff = {row.code: row.id for row in await db.all(select(person.c.code, person.c.id)) if row.code in STAFF}
            return voters, staff, [row.id for row in await db.all(select(unit.c.id).limit(3))]

        self.voters, self.staff, self.units = await self.store.write(move_in)
        self.people = [*(voter.person_id for voter in self.voters), *self.staff.values()]

    async def rows(self, query):
        async with self.store.read() as db:
            return await db.all(query)

    async def walk(self):
        """Do seventy things by chance; what a rule refuses leaves no trace."""
        for voter in self.voters:
            await self.store.write(lambda db, voter=voter: self._submits(db, voter))
        for _ in range(STEPS):
            self.now += timedelta(hours=self.luck.choice([0, 1, 5, 30, 80, 200]))
            try:
                self.deeds.append(await self.store.write(self._something))
            except Refused:
                continue
            await self.nobody_is_forgotten()

    async def _submits(self, db, voter):
        matter = suggestions.Matter("滨河路的路灯坏了", "滨河路的路灯坏了")
        await suggestions.submit(db, voter, matter, TEXTS, self.now)

    async def _something(self, db):
        desk = Desk(db, TEXTS, self.now)
        if self.luck.random() < 0.3:
            return await self._time_passes(desk)
        name, case, actor = await self._chance(db)
        await DEEDS[name](self, desk, case if name in OF_ITSELF else await cases.living(db, case), actor)
        return name

    async def _chance(self, db):
        """Return what somebody may do now: a move, its case and who makes it; what ends a case comes seldom."""
        all_cases = await db.all(select(suggestion))
        pairs = [(case, who) for case in all_cases for who in self.people]
        self.luck.shuffle(pairs)
        options = []
        for case, who in pairs:
            actor = await cases.actor_on(db, case, who)
            moves = [name for name in open_moves(State(case.state), actor.roles) if name in DEEDS]
            options += [(name, case, actor) for name in moves]
            if len({option[2].person_id for option in options}) == SEVERAL:
                break
        weights = [SELDOM.get(name, 1) for name, _, _ in options]
        return self.luck.choices(options, weights)[0]

    async def _time_passes(self, desk):
        """Let the platforms take or refuse what is owed, and the timetable come round."""
        for row in await desk.db.all(select(outgoing).where(outgoing.c.state == "waiting")):
            state = self.luck.choices(["sent", "refused", "parked", "waiting"], [6, 1, 1, 1])[0]
            await desk.db.run(update(outgoing).where(outgoing.c.id == row.id).values(state=state, settled_at=self.now))
        await ending.settle_told(desk)
        await ending.ask_again(desk, timedelta(days=3), timedelta(days=7))
        return "time"

    async def nobody_is_forgotten(self):
        """Hold every closed case against who was to be told of its last answer."""
        for case in await self.rows(select(suggestion).where(suggestion.c.state == "closed")):
            async with self.store.read() as db:
                alive = await cases.living(db, case)
                if alive.state != "closed":  # begun anew: it ends again later
                    continue
                concerned = await telling.concerned(db, alive)
                (last, *_) = await db.all(
                    select(event)
                    .where(event.c.suggestion_id == alive.id, event.c.move == "reply")
                    .order_by(event.c.seq.desc())
                )
                heard = await db.all(
                    select(tellings.c.person_id)
                    .outerjoin(outgoing, outgoing.c.key == tellings.c.outgoing_key)
                    .where(
                        tellings.c.event_id == last.id,
                        or_(outgoing.c.state == "sent", tellings.c.untold_reason != ""),
                    )
                )
            knows = {row.person_id for row in heard} | {last.actor_id}
            lost = {each.person_id for each in concerned} - knows
            assert not lost, f"{case.number} is closed and {lost} heard nothing, after {self.deeds}"


async def _assigns(town, desk, case, actor):
    to, lead = town.luck.choice([(True, False), (False, True), (True, True)])
    who = town.staff[town.luck.choice(["zhang-weiguo", "li-xiuying"])] if to else None
    units = town.luck.sample(town.units, 3) if lead else [None]
    await casework.assign(desk, case, actor, to=who, lead=units[0], assisting=units[1 : 1 + town.luck.randrange(3)])


async def _transfers(town, desk, case, actor):
    await casework.transfer(desk, case, actor, town.staff[town.luck.choice(["zhang-weiguo", "li-xiuying"])])


async def _answers(town, desk, case, actor):
    await answering.answer(desk, case, actor, "已修好", grade=town.luck.choice("ABD"))


async def _rates(town, desk, case, actor):
    value = town.luck.choice(["satisfied", "mostly", "dissatisfied"])
    await answering.rate_as_proposer(desk, case, actor.person_id, value, "没有修好")


async def _merges(town, desk, case, actor):
    await linking.merge(desk, case, town.luck.choice(await desk.db.all(select(suggestion))), actor)


async def _joins(town, desk, case, _actor):
    who = town.luck.choice(town.voters)
    await linking.join(desk, case, who.person_id, who.identity_id, "")


DEEDS = {
    "admit": lambda _, desk, case, actor: casework.admit(desk, case, actor),
    "decline": lambda _, desk, case, actor: declining.decline(desk, case, actor, "hotline"),
    "assign": _assigns,
    "accept": lambda _, desk, case, actor: casework.accept(desk, case, actor),
    "return": lambda _, desk, case, actor: casework.give_back(desk, case, actor, "不归我管"),
    "transfer": _transfers,
    "reply": _answers,
    "opinion": _answers,
    "rate": _rates,
    "close": lambda _, desk, case, actor: ending.close(desk, case, actor),
    "withdraw": lambda _, desk, case, actor: retracting.withdraw(desk, case, actor.person_id),
    "untold": lambda _, desk, case, actor: ending.excuse(desk, case, actor, "打过电话"),
    "merge": _merges,
    "unmerge": lambda _, desk, case, actor: linking.unmerge(desk, case, actor, "地点不同"),
    "join": _joins,
    "reweigh": lambda town, desk, case, actor: steering.reweigh(
        desk, case, actor, town.luck.choice(list(casework.CLOCKS))
    ),
    "pause": lambda _, desk, case, actor: steering.pause(desk, case, actor, "等材料"),
    "resume": lambda _, desk, case, actor: steering.resume(desk, case, actor),
}
SEVERAL = 3
SELDOM = {
    "decline": 0.02, "withdraw": 0.02, "return": 0.1, "transfer": 0.1, "pause": 0.1, "merge": 0.1, "unmerge": 0.05,
    "join": 0.1, "reweigh": 0.1, "assign": 0.3, "untold": 0.5, "opinion": 4,
}  # fmt: skip
OF_ITSELF = ("withdraw", "merge", "unmerge")


@pytest.fixture
async def town(request, tmp_path, loaded_sqlite):
    shutil.copy(loaded_sqlite, tmp_path / "lianxin.db")
    store = await open_store(f"sqlite:///{tmp_path / 'lianxin.db'}")
    town = Town(store, request.param)
    await town.settle()
    yield town
    await store.close()


@pytest.mark.parametrize("town", range(WALKS), indirect=True)
async def test_no_way_through_the_casework_ends_with_somebody_unheard(town):
    """After a walk by chance every chain is whole, and what is over has no clock, no holder and nobody unheard."""
    await town.walk()
    async with town.store.read() as db:
        lines, broken = await broken_chains(db)
        over = await db.all(select(suggestion).where(suggestion.c.state.in_(("closed", "withdrawn", "declined"))))
        held = [await assignments.holders(db, case.id) for case in over if case.state != "closed"]
    assert broken == []
    assert lines > len(town.voters)
    assert not any(held), town.deeds
    ended = [case.id for case in over]
    late = await town.rows(select(deadline).where(deadline.c.suggestion_id.in_(ended), deadline.c.met_on.is_(None)))
    assert late == [], town.deeds


async def test_the_walks_go_far(tmp_path, loaded_sqlite):
    """Chance reaches every end there is, or the walks would prove nothing."""
    ends = set()
    wanted = {"closed", "withdrawn", "declined"}
    wanted |= {"reply", "rate", "rehandle", "merge", "unmerge", "untold", "join", "close", "reweigh"}
    for seed in range(10):
        home = tmp_path / f"{seed}.db"
        shutil.copy(loaded_sqlite, home)
        store = await open_store(f"sqlite:///{home}")
        town = Town(store, seed)
        await town.settle()
        await town.walk()
        ends |= {row.state for row in await town.rows(select(suggestion.c.state))}
        ends |= {row.move for row in await town.rows(select(event.c.move))}
        await store.close()
        if wanted <= ends:
            return
    raise AssertionError(f"no walk came to {wanted - ends}")


@pytest.mark.parametrize("town", [7], indirect=True)
async def test_a_line_somebody_changed_is_named_by_the_audit(town, tmp_path):
    await town.walk()
    (line,) = await town.rows(
        select(event.c.id, event.c.seq, suggestion.c.number)
        .join(suggestion, suggestion.c.id == event.c.suggestion_id)
        .where(event.c.seq == 2, event.c.actor_id.is_not(None))
        .order_by(event.c.id)
        .limit(1)
    )
    assert "全部完整" in audit(tmp_path).stdout
    for change in ("reason = '改过'", "at = at + 1", "actor_id = NULL", "state = 'closed', seq = seq"):
        home = tmp_path / change.partition(" ")[0]
        home.mkdir()
        with sqlite3.connect(tmp_path / "lianxin.db") as whole, sqlite3.connect(home / "lianxin.db") as tampering:
            whole.backup(tampering)
            tampering.execute(f"UPDATE event SET {change} WHERE id = ?", (line.id,))
        verdict = audit(home)
        assert verdict.returncode == 1, change
        assert f"{line.number} 的经过从第 {line.seq} 条起" in verdict.stdout, change


def audit(home):
    env = {"LIANXIN_HOME": str(home), "LIANXIN_SECRET_KEY": KEY, "PYTHONIOENCODING": "utf-8", "PATH": "/usr/bin:/bin"}
    return subprocess.run([sys.executable, "run.py", "check", "--audit"], env=env, capture_output=True, text=True,
                          encoding="utf-8", timeout=60, check=False)  # fmt: skip
