"""Loading the office: twice is once, changes are counted, and who is gone keeps history but no rights."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from bot.actions.office import load_office
from bot.rules.privacy import Sealer
from bot.store import migrate, open_store, reads
from bot.store.tables import (
    calendar_day,
    category,
    clerk,
    faq,
    faq_question,
    group,
    group_address,
    identity,
    limit_,
    membership,
    metadata,
    office,
    officer,
    person,
    reception_day,
    reception_rule,
    representative,
    station,
    unit,
    unit_member,
)
from config.office_data import read_office
from config.office_models import Officer

SAMPLE = Path("config/office")
DATA = read_office(SAMPLE)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SEAL = Sealer([b"k" * 32])


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    path = tmp_path_factory.mktemp("office") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def store(migrated, tmp_path):
    shutil.copy(migrated, tmp_path / "lianxin.db")
    store = await open_store(f"sqlite:///{tmp_path / 'lianxin.db'}")
    yield store
    await store.close()


async def load(store, data=DATA, now=NOW, seal=SEAL):
    return await store.write(lambda db: load_office(db, data, seal, now))


async def rows(store, query):
    async with store.read() as db:
        return await db.all(query)


async def everything(store):
    """Return every row of every table."""
    return {table.name: await rows(store, select(table)) for table in metadata.sorted_tables}


def without(things, code):
    return tuple(each for each in things if each.code != code)


def altered(data, kind, code, **values):
    """Return the data with one thing changed."""
    things = tuple(each.model_copy(update=values) if each.code == code else each for each in getattr(data, kind))
    return replaced(data, **{kind: things})


def replaced(data, **kinds):
    return type(data)(**{name: kinds.get(name, getattr(data, name)) for name in data.__slots__})


async def test_loading_fills_every_table_of_the_office(store):
    report = await load(store)
    added = {kind: tally.added for kind, tally in report.tallies.items()}
    assert added["station"] == len(DATA.stations) == len(await rows(store, select(station)))
    assert added["person"] == len(DATA.people) == len(await rows(store, select(person)))
    assert added["faq"] == len(DATA.faqs)
    assert added["calendar"] > 700
    assert len(await rows(store, select(representative))) == len(DATA.representatives)
    assert len(await rows(store, select(clerk))) == sum(len(each.stations) for each in DATA.clerks)
    assert len(await rows(store, select(officer))) == sum(len(each.offices) for each in DATA.officers)
    assert len(await rows(store, select(unit_member))) == sum(len(each.units) for each in DATA.unit_people)
    assert report.changed


async def test_loading_twice_changes_nothing(store):
    await load(store)
    before = await everything(store)
    report = await load(store, now=NOW + timedelta(days=1))
    assert not report.changed
    assert all(not tally.gone for tally in report.tallies.values())
    assert await everything(store) == before


async def test_222_stations_and_points_are_44_and_178(store):
    """The sum the papers give for one city: 44 stations and 178 points."""
    first, point = (next(each for each in DATA.stations if each.code == code) for code in ("hepan", "hepan-binhe"))
    stations = [first.model_copy(update={"code": f"s{i}"}) for i in range(43)]
    points = [point.model_copy(update={"code": f"p{i}", "parent": f"s{i % 43}"}) for i in range(177)]
    data = replaced(
        DATA, stations=(first, point, *stations, *points), representatives=(), clerks=(), groups=(), rules=()
    )
    report = await load(store, data)
    counted = await rows(store, select(station.c.kind, func.count()).group_by(station.c.kind))
    assert dict(map(tuple, counted)) == {"station": 44, "point": 178}
    assert report.tallies["station"].added == 44 + 178 == 222


async def test_children_know_their_parents(store):
    await load(store)
    above = station.alias()
    query = select(above.c.code).join(station, station.c.parent_id == above.c.id)
    assert (await rows(store, query.where(station.c.code == "hepan-binhe-1")))[0].code == "hepan-binhe"
    (lamp,) = await rows(store, select(category.c.keywords, unit.c.name).join(unit).where(category.c.code == "ludeng"))
    assert "路灯" in json.loads(lamp.keywords)
    assert lamp.name == "泉阳市城市管理局"


async def test_phones_and_ids_are_sealed_and_found_by_their_mark(store):
    await load(store)
    (zhang,) = await rows(store, select(person).where(person.c.code == "zhang-weiguo"))
    assert SEAL.open(zhang.phone_sealed, "phone") == "199xxxx0001"
    assert zhang.phone_hash == SEAL.mark("199xxxx0001", "phone")
    mark = SEAL.mark("wecom_app:gongzuo:zhangweiguo", "identity")
    (own,) = await rows(store, select(identity).where(identity.c.external_hash == mark))
    assert (own.person_id, own.channel, own.account, own.reachable) == (zhang.id, "wecom_app", "gongzuo", True)
    assert SEAL.open(own.external_sealed, "identity") == "zhangweiguo"


async def test_members_keep_the_order_of_assignment(store):
    await load(store)
    (mine,) = [each for each in DATA.groups if each.code == "hepan-1"]
    turned = tuple(reversed(mine.representatives))
    report = await load(store, altered(DATA, "groups", "hepan-1", representatives=turned))
    query = (
        select(person.c.code)
        .join(membership, membership.c.person_id == person.c.id)
        .join(group, group.c.id == membership.c.group_id)
        .where(group.c.code == "hepan-1", membership.c.role == "representative")
        .order_by(membership.c.position)
    )
    assert tuple(row.code for row in await rows(store, query)) == turned
    assert report.tallies["member"].changed == len(turned) // 2 * 2


async def test_a_change_is_counted_and_said_in_chinese(store):
    await load(store)
    changed = altered(DATA, "stations", "hepan", address="滨河路 20 号")
    changed = altered(changed, "representatives", "wu-dan", title="换了工作", phone="")
    report = await load(store, changed)
    assert (report.tallies["station"].changed, report.tallies["station"].unchanged) == (1, 10)
    assert (report.tallies["person"].changed, report.tallies["seat"].changed) == (1, 1)
    assert report.lines()[1] == "站、点、网格：新增 0，改动 1，未变 10"
    (wu,) = await rows(store, select(person).where(person.c.code == "wu-dan"))
    assert (wu.phone_sealed, wu.phone_hash) == (None, None)


async def test_a_station_that_moves_up_the_tree_is_a_change(store):
    await load(store)
    report = await load(store, altered(DATA, "stations", "hepan-binhe-1", parent="hepan-xinyuan"))
    assert report.tallies["station"].changed == 1


async def test_who_left_keeps_a_name_but_no_seat_no_group_and_no_id(store):
    await load(store)
    groups = tuple(
        each.model_copy(update={"representatives": tuple(c for c in each.representatives if c != "zhang-weiguo")})
        for each in DATA.groups
    )
    left = replaced(DATA, representatives=without(DATA.representatives, "zhang-weiguo"), groups=groups)
    report = await load(store, left)
    assert report.tallies["person"].gone == ["zhang-weiguo"]
    assert len(report.tallies["identity"].gone) == 2
    (zhang,) = await rows(store, select(person).where(person.c.code == "zhang-weiguo"))
    assert zhang.name == "张卫国"
    for table in (representative, membership, identity):
        assert await rows(store, select(table).where(table.c.person_id == zhang.id)) == []
    mark = SEAL.mark("wecom_app:gongzuo:zhangweiguo", "identity")
    (own,) = await rows(store, select(person).join(identity).where(identity.c.external_hash == mark))
    assert (own.code, own.name) == (None, "")
    assert not (await load(store, left)).tallies["identity"].gone


async def serving(store, table, place):
    """Return who serves where: (person's code, place's code)."""
    query = select(person.c.code.label("who"), place.c.code).select_from(table)
    query = query.join(person, person.c.id == table.c.person_id).join(place, place.c[0] == table.c[f"{place.name}_id"])
    return {(row.who, row.code) for row in await rows(store, query)}


async def test_officers_serve_their_offices_and_contacts_their_units(store):
    report = await load(store)
    assert await serving(store, officer, office) == {("han-xueqin", "hechang"), ("cui-zhengyuan", "quanyang")}
    assert {("meng-dawei", "shi-chengguan"), ("lv-hong", "shi-chengguan")} <= await serving(store, unit_member, unit)
    assert report.lines()[9:11] == [
        "办公室人员的岗位：新增 2，改动 0，未变 0",
        "承办单位的联系人：新增 15，改动 0，未变 0",
    ]


@pytest.mark.parametrize(
    ("kind", "code", "table", "id_"),
    [("officers", "han-xueqin", officer, "hanxueqin"), ("unit_people", "qin-yue", unit_member, "qinyue")],
)
async def test_whoever_leaves_an_office_or_a_unit_keeps_a_name_but_neither_post_nor_id(store, kind, code, table, id_):
    await load(store)
    left = replaced(DATA, **{kind: without(getattr(DATA, kind), code)})
    report = await load(store, left)
    tally = report.tallies[table.name]
    assert (tally.gone, tally.added, tally.changed) == ([code], 0, 0)
    assert f"文件里已没有（已撤）：{code}" in "".join(report.lines())
    assert report.tallies["person"].gone == [code]
    (mine,) = await rows(store, select(person).where(person.c.code == code))
    assert mine.name
    assert await rows(store, select(table).where(table.c.person_id == mine.id)) == []
    mark = SEAL.mark(f"wecom_app:gongzuo:{id_}", "identity")
    (own,) = await rows(store, select(person.c.code).join(identity).where(identity.c.external_hash == mark))
    assert own.code is None, "the id belongs to a stranger now"
    assert not (await load(store, left)).tallies[table.name].gone


async def test_a_contact_who_changes_units_is_gone_from_the_one_and_new_at_the_other(store):
    await load(store)
    report = await load(store, altered(DATA, "unit_people", "qin-yue", units=("shi-huanbao", "gongre", "gongre")))
    tally = report.tallies["unit_member"]
    assert (tally.added, tally.gone) == (2, ["qin-yue"])
    where = {place for who, place in await serving(store, unit_member, unit) if who == "qin-yue"}
    assert where == {"shi-huanbao", "gongre"}
    assert not report.tallies["person"].gone


async def test_a_clerk_who_goes_to_the_office_leaves_the_desk(store):
    await load(store)
    bai = next(each for each in DATA.clerks if each.code == "bai-jie")
    risen = Officer(code="bai-jie", name=bai.name, phone=bai.phone, identities=bai.identities, offices=("hechang",))
    groups = tuple(
        each.model_copy(update={"clerks": tuple("tian-min" if c == "bai-jie" else c for c in each.clerks)})
        for each in DATA.groups
    )
    data = replaced(DATA, clerks=without(DATA.clerks, "bai-jie"), officers=(*DATA.officers, risen), groups=groups)
    report = await load(store, data)
    assert report.tallies["desk"].gone == ["bai-jie"]
    assert report.tallies["officer"].added == 1
    assert not report.tallies["identity"].gone, "the id is still vouched for"


async def test_a_number_of_the_office_is_read_or_the_default_holds(store):
    await load(store)
    async with store.read() as db:
        assert await reads.limit_value(db, "meetings-gate", 0) == 1
        assert await reads.limit_value(db, "no-such-number", 9) == 9


async def test_an_id_that_passes_to_a_successor_gives_the_successor_the_rights(store):
    await load(store)
    wu = next(each for each in DATA.representatives if each.code == "wu-dan")
    given = altered(DATA, "representatives", "wu-dan", identities=())
    given = altered(given, "clerks", "bai-jie", identities=(*wu.identities,))
    report = await load(store, given)
    assert report.tallies["identity"].changed == 1
    mark = SEAL.mark("wecom_app:gongzuo:wudan", "identity")
    (own,) = await rows(store, select(person.c.code).join(identity).where(identity.c.external_hash == mark))
    assert own.code == "bai-jie"


async def test_a_voter_who_becomes_a_representative_is_known_by_the_id_already_used(store):
    await load(store, altered(DATA, "representatives", "wu-dan", identities=()))

    async def a_stranger_writes(db):
        who = await db.add(insert(person).values(name="", created_at=NOW))
        mark, sealed = SEAL.mark("wecom_app:gongzuo:wudan", "identity"), SEAL.seal("wudan", "identity")
        facts = {"channel": "wecom_app", "account": "gongzuo", "external_hash": mark, "external_sealed": sealed}
        return await db.add(insert(identity).values(person_id=who, reachable=True, **facts))

    known = await store.write(a_stranger_writes)
    await load(store)
    (own,) = await rows(store, select(person.c.code).join(identity).where(identity.c.id == known))
    assert own.code == "wu-dan"


async def test_a_group_that_is_gone_hears_and_says_nothing_more(store):
    await load(store)

    async def a_voter_joins(db):
        (qiye,) = await db.all(select(group).where(group.c.code == "qiye-1"))
        who = await db.add(insert(person).values(name="", created_at=NOW))
        await db.run(insert(membership).values(group_id=qiye.id, person_id=who, role="voter", joined_at=NOW))
        return qiye.id

    qiye = await store.write(a_voter_joins)
    report = await load(store, replaced(DATA, groups=without(DATA.groups, "qiye-1")))
    assert report.tallies["group"].gone == ["qiye-1"]
    assert len(report.tallies["address"].gone) == 4
    assert await rows(store, select(group_address).where(group_address.c.group_id == qiye)) == []
    assert [row.role for row in await rows(store, select(membership).where(membership.c.group_id == qiye))] == ["voter"]


async def test_a_rule_that_is_gone_plans_nothing_and_its_days_stay(store):
    await load(store)

    async def a_day_is_planned(db):
        rule = await db.one(select(reception_rule).where(reception_rule.c.code == "qiye-15"))
        facts = {"starts": "12:00", "ends": "13:30", "place": "三楼", "state": "planned"}
        day = {"planned_on": "2026-12-15", "date": "2026-12-15"}
        await db.run(insert(reception_day).values(rule_id=rule.id, station_id=rule.station_id, **day, **facts))

    await store.write(a_day_is_planned)
    report = await load(store, replaced(DATA, rules=without(DATA.rules, "qiye-15")))
    assert report.tallies["rule"].gone == ["qiye-15"]
    (rule,) = await rows(store, select(reception_rule).where(reception_rule.c.code == "qiye-15"))
    assert not rule.active
    assert len(await rows(store, select(reception_day))) == 1
    assert (await load(store)).tallies["rule"].changed == 1, "a rule that comes back plans again"


async def test_what_vanishes_and_may_be_referred_to_is_kept_and_reported(store):
    await load(store)
    report = await load(store, replaced(DATA, units=without(DATA.units, "tongxin"), categories=(
        *(each for each in DATA.categories if each.unit != "tongxin"),)))  # fmt: skip
    assert report.tallies["unit"].gone == ["tongxin"]
    assert "文件里已没有（仍保留）：tongxin" in report.lines()[2]
    assert len(await rows(store, select(unit).where(unit.c.code == "tongxin"))) == 1


async def test_a_limit_no_file_vouches_for_is_no_longer_in_force(store):
    await load(store)
    report = await load(store, replaced(DATA, limits=DATA.limits[1:]))
    assert report.tallies["limit"].gone == [DATA.limits[0].code]
    assert len(await rows(store, select(limit_))) == len(DATA.limits) - 1


async def test_a_question_is_asked_in_the_order_of_the_file(store):
    await load(store)
    mine = DATA.faqs[0]
    query = select(faq_question.c.text).join(faq).where(faq.c.code == mine.code).order_by(faq_question.c.id)
    assert [row.text for row in await rows(store, query)] == [mine.question, *mine.similar]


async def test_a_new_wording_alone_is_a_change_that_readers_notice(store):
    await load(store)
    mine, later = DATA.faqs[0], NOW + timedelta(hours=1)
    changed = altered(DATA, "faqs", mine.code, similar=(*mine.similar, "谁代表俺"))
    report = await load(store, changed, now=later)
    assert (report.tallies["faq"].changed, report.tallies["faq"].unchanged) == (1, len(DATA.faqs) - 1)
    (row,) = await rows(store, select(faq).where(faq.c.code == mine.code))
    assert row.changed_at == later


async def test_an_answer_the_office_drops_is_gone_and_an_imported_one_stays(store):
    await load(store)

    async def a_clerk_imports(db):
        await db.add(insert(faq).values(code="imported", answer="样例", origin="import", changed_at=NOW))

    await store.write(a_clerk_imports)
    report = await load(store, replaced(DATA, faqs=DATA.faqs[1:]))
    assert report.tallies["faq"].gone == [DATA.faqs[0].code]
    codes = {row.code for row in await rows(store, select(faq.c.code))}
    assert "imported" in codes
    assert DATA.faqs[0].code not in codes
    orphans = select(faq_question).where(faq_question.c.faq_id.not_in(select(faq.c.id)))
    assert await rows(store, orphans) == []


async def test_what_staff_wrote_about_a_day_outlives_the_published_calendar(store):
    await load(store)
    note = {"kind": "workday", "name": "本县调整", "source": "县政府通知"}

    async def staff_edits(db):
        await db.run(update(calendar_day).where(calendar_day.c.date == "2026-10-07").values(**note))

    await store.write(staff_edits)
    await load(store)
    (day,) = await rows(store, select(calendar_day).where(calendar_day.c.date == "2026-10-07"))
    assert (day.kind, day.name, day.source) == tuple(note.values())


async def test_a_published_day_that_was_withdrawn_goes(store):
    await load(store)

    async def an_old_wheel_knew(db):
        old = {"kind": "holiday", "name": "误", "source": "chinesecalendar 1.0"}
        await db.run(insert(calendar_day).values(date="2026-11-11", **old))
        await db.run(update(calendar_day).where(calendar_day.c.date == "2026-10-07").values(**old))

    await store.write(an_old_wheel_knew)
    report = await load(store)
    assert report.tallies["calendar"].gone == ["2026-11-11"]
    assert report.tallies["calendar"].changed == 1


async def test_the_offices_own_calendar_is_stronger_than_the_published_one(store, tmp_path):
    folder = shutil.copytree(SAMPLE, tmp_path / "office")
    own = '[[day]]\ndate = 2026-10-07\nkind = "workday"\nname = "抗汛"\nsource = "区政府通知"\n'
    (folder / "calendar.toml").write_text(own, encoding="utf-8")
    await load(store, read_office(folder))
    (day,) = await rows(store, select(calendar_day).where(calendar_day.c.date == "2026-10-07"))
    assert (day.kind, day.name) == ("workday", "抗汛")


async def test_a_load_that_fails_leaves_nothing_behind(store):
    broken = altered(DATA, "groups", "hepan-1", station="nowhere")
    with pytest.raises(KeyError):
        await load(store, broken)
    assert all(
        not found
        for name, found in (await everything(store)).items()
        if name not in ("alembic_version", "reminder_rule")
    )
