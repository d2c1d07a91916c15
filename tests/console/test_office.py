"""The office is kept up at the console: what is wrong is said at its field, what is done can be undone, files agree."""

import html
import re
from pathlib import Path

import pytest
from sqlalchemy import select

import run
from bot.actions.office import load_office
from bot.store import reads, reads_office
from bot.store.tables import (
    group,
    group_address,
    membership,
    notice,
    office_change,
    person,
    representative,
    station,
    unit,
)
from config.office_data import read_office
from tests.console.conftest import word_in

OFFICE = Path("config/office")


class Form:
    """The form of one thing as its page has it, to be changed and sent."""

    def __init__(self, hand, kind, code=""):
        self.hand, self.kind, self.code = hand, kind, code

    async def read(self):
        path = f"/console/office/{self.kind}/one" + (f"?code={self.code}" if self.code else "")
        self.page = await self.hand.get(path)
        assert self.page.status == 200, self.page.text[:500]
        form = self.page.text.split('<form class="card fields"')[1].split("</form>")[0]
        self.fields = {}
        for name, value in re.findall(r'<input(?=[^>]*name="([^"]+)")[^>]*value="([^"]*)"', form):
            self.fields.setdefault(name, []).append(html.unescape(value))
        for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', form):
            self.fields[name] = [html.unescape(value)]
        for name, choices in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            chosen = re.search(r'<option value="([^"]*)" selected', choices) or re.search(
                r'<option value="([^"]*)"', choices
            )
            self.fields.setdefault(name, []).append(html.unescape(chosen[1]))
        return self

    async def send(self, **changed):
        fields = {name: value for name, value in self.fields.items() if name != "consent"} | changed
        return await self.hand.post(f"/console/office/{self.kind}/one", consent=word_in(self.page.text), **fields)


async def form(hand, kind, code=""):
    return await Form(hand, kind, code).read()


async def does(hand, kind, deed, code):
    return await hand.post(f"/console/office/{kind}/{deed}", page="/console/me", code=code)


async def undoes(hand, kind, code):
    page = await hand.get(f"/console/office/{kind}/one?code={code}")
    batch = re.search(r'name="batch" value="(\w+)"', page.text)[1]
    return await hand.post("/console/office-undo", consent=word_in(page.text), batch=batch, kind=kind, code=code)


async def one(house, table, code):
    (row,) = await house.rows(select(table).where(table.c.code == code))
    return row


async def loads(house, data=None):
    """Load the office files once more, as `run.py load` does."""

    async def work(db):
        return await load_office(db, data or read_office(OFFICE), house.deps.sealer, house.clock.now())

    return await house.deps.store.write(work)


async def everything(house):
    async with house.deps.store.read() as db:
        return await reads_office.items(db, house.deps.sealer)


@pytest.fixture
async def han(hands):
    return await hands("han-xueqin")  # of the district


@pytest.fixture
async def cui(hands):
    return await hands("cui-zhengyuan")  # of the city above


async def test_every_form_sent_as_it_stands_changes_nothing(house, cui):
    before = await everything(house)
    for kind in ("station", "group", "representative", "clerk", "officer", "unit", "unit_person", "limit"):
        for code in before[kind]:
            saved = await (await form(cui, kind, code)).send()
            assert saved.status == 200, (kind, code)
    assert await house.rows(select(office_change)) == []
    assert await everything(house) == before


async def test_a_change_is_kept_told_in_the_history_and_taken_back(house, han):
    before = await one(house, station, "hepan")
    saved = await (await form(han, "station", "hepan")).send(address="滨河路 20 号二楼", hours="每天 9:00–17:00")
    assert "已保存" in saved.text
    assert (await one(house, station, "hepan")).address == "滨河路 20 号二楼"
    story = saved.text.split('id="history"')[1]
    assert "韩雪琴" in story
    assert before.address in story
    assert "滨河路 20 号二楼" in story
    assert "已撤回" in (await undoes(han, "station", "hepan")).text
    after = await one(house, station, "hepan")
    assert (after.address, after.hours) == (before.address, before.hours)
    again = await han.get("/console/office/station/one?code=hepan")
    assert "韩雪琴 12月7日 10:00 撤回" in again.text
    assert 'name="batch"' not in again.text, "what was undone is not undone twice"


async def test_only_the_last_change_of_a_thing_is_taken_back(house, han):
    await (await form(han, "station", "hepan")).send(address="一")
    page = await han.get("/console/office/station/one?code=hepan")
    first = re.search(r'name="batch" value="(\w+)"', page.text)[1]
    await (await form(han, "station", "hepan")).send(address="二")
    late = await han.post("/console/office-undo", page="/console/me", batch=first, kind="station", code="hepan")
    assert "这之后又有改动" in late.text
    assert (await one(house, station, "hepan")).address == "二"


async def test_what_was_changed_meanwhile_is_not_overwritten_unseen(house, han, cui):
    mine, theirs = await form(han, "station", "hepan"), await form(cui, "station", "hepan")
    await theirs.send(address="别处")
    late = await mine.send(address="此处")
    assert (late.status, "被别人改过" in late.text, "此处" in late.text) == (409, True, True)
    assert (await one(house, station, "hepan")).address == "别处"


WRONG = [
    #  kind             code           what is written                        where       what is said
    ("station", "hepan", {"name": ""}, "name", "不能为空"),
    ("station", "hepan", {"phone": "找小田"}, "phone", "不是电话号码"),
    ("station", "hepan-binhe", {"parent": ""}, "parent", "恰好归到一个站"),
    ("station", "hepan", {"parent": "shiqiao"}, "parent", "站是最上面的"),
    ("station", "hepan", {"kind": "enterprise"}, "kind", "下面还有点或网格"),
    ("station", "hepan-binhe", {"parent": "hepan-binhe-1"}, "parent", "上级绕成了圈"),
    ("group", "hepan-1", {"representatives": ""}, "representatives", "不能为空"),
    ("group", "hepan-1", {"representatives": "zhang-weigo"}, "representatives", "是不是 zhang-weiguo"),
    ("group", "hepan-1", {"representatives": "张卫国\n张卫国"}, "representatives", "有人写了两次"),
    ("group", "hepan-1", {"daily_cap": "五"}, "daily_cap", "应该是整数"),
    ("group", "hepan-1", {"daily_cap": "21"}, "daily_cap", "不能大于 20"),
    ("group", "hepan-1", {"quiet_from": "25:00"}, "quiet_from", "不是时刻"),
    ("group", "hepan-1", {"addresses_account": ["customer_service/kefu"], "addresses_end": ["shiqiao-1"]},
     "addresses", "一个入口只能通向一个群"),
    ("group", "hepan-1", {"addresses_account": ["customer_service/kefu"], "addresses_end": ["有 空格"]},
     "addresses", "不合平台的规定"),
    ("clerk", "tian-min", {"stations": "没这个站"}, "stations", "没有“没这个站”"),
    ("clerk", "tian-min", {"identities_account": ["wecom_app/gongzuo"], "identities_end": ["zhangweiguo"]},
     "identities", "已经是张卫国的号"),
]  # fmt: skip


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(house, han):
    before = await everything(house)
    for kind, code, written, where, said in WRONG:
        refused = await (await form(han, kind, code)).send(**written)
        assert refused.status == 400, (code, written)
        told = html.unescape(refused.text)
        assert re.search(rf'<a href="#{where}">[^<]+</a>：[^<]*{said}', told), (code, written)
        for words in written.values():
            kept = isinstance(words, list) or not words or words.split("\n")[0] in told
            assert kept, "what was typed is still there"
    assert await everything(house) == before
    assert await house.rows(select(office_change)) == []


async def test_a_new_group_with_new_people_is_in_use_at_once(house, han):
    new = await form(han, "representative")
    saved = await new.send(name="安然", code="an-ran", level="county", station="hepan", phone="19900008888",
                           identities_account=["wecom_app/gongzuo"], identities_end=["anran"])  # fmt: skip
    assert saved.status == 200, saved.text[2000:4000]
    new = await form(han, "group")
    saved = await new.send(name="新苑小区二群", code="hepan-2", station="hepan", level="county", clerks="田敏",
                           representatives="安然\nzhang-weiguo 张卫国", area="新苑二期", daily_cap="2",
                           addresses_account=["official_account/hexin"], addresses_end=["hepan-2"])  # fmt: skip
    assert "已保存" in saved.text
    now = await everything(house)
    assert now["group"]["hepan-2"].representatives == ("an-ran", "zhang-weiguo")
    assert now["representative"]["an-ran"].phone == "19900008888"
    assert (await one(house, person, "an-ran")).phone_sealed != b"19900008888"
    listed = await han.get("/console/office/representative")
    assert "安然" in listed.text
    taken = await (await form(han, "representative")).send(name="安然", code="an-ran", level="county", station="hepan")
    assert "这个代号已经用过" in taken.text


async def test_who_leaves_leaves_their_groups_and_comes_back_by_undo(house, han):
    before = await everything(house)
    gone = await does(han, "representative", "off", "li-xiuying")
    assert "已停用" in gone.text
    left = await one(house, person, "li-xiuying")
    assert await house.rows(select(representative).where(representative.c.person_id == left.id)) == []
    assert await house.rows(select(membership).where(membership.c.person_id == left.id)) == []
    assert "李秀英" in gone.text.split('id="gone"')[1]
    (batch,) = {row.batch for row in await house.rows(select(office_change))}
    await han.post("/console/office-undo", page="/console/me", batch=batch, kind="representative", code="li-xiuying")
    assert await everything(house) == before


async def test_what_others_need_stays_in_use(house, han):
    for kind, code, said in (
        ("station", "hepan", "还有"),
        ("unit", "shi-yuanlin", "没有这一页"),
        ("officer", "han-xueqin", "不能停用自己"),
    ):
        assert said in (await does(han, kind, "off", code)).text, code
    assert await house.rows(select(office_change)) == []


async def test_a_group_out_of_use_hears_and_says_nothing_and_comes_back_as_it_was(house, han):
    before = await everything(house)
    await does(han, "group", "off", "hepan-1")
    row = await one(house, group, "hepan-1")
    assert row.off_at is not None
    assert await house.rows(select(group_address).where(group_address.c.group_id == row.id)) == []
    await house.tick("plan", "remind")
    told = [each.group_id for each in await house.rows(select(notice))]
    assert told, "on this day the notices go out"
    assert row.id not in told, "nobody waits for a proof from a group that is no more"
    async with house.deps.store.read() as db:
        assert row.id not in dict(await reads.group_areas(db))
    assert "已重新启用" in (await does(han, "group", "on", "hepan-1")).text
    assert await everything(house) == before


async def test_a_unit_out_of_use_is_no_longer_offered(house, cui, hands, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月，没人来修")
    name = (await one(house, unit, "shi-canlian")).name
    tian = await hands("tian-min")
    assert name in (await tian.get("/console/cases/hepan-261207-1")).text
    assert "已停用" in (await does(cui, "unit", "off", "shi-canlian")).text
    assert name not in (await tian.get("/console/cases/hepan-261207-1")).text


async def test_an_officer_reaches_their_own_offices_and_no_others(house, han):
    page = await han.get("/console/office/officer")
    assert "韩雪琴" in page.text
    assert "崔正远" not in page.text
    assert (await han.get("/console/office/officer/one?code=cui-zhengyuan")).status == 404
    refused = await (await form(han, "clerk", "tian-min")).send(stations="tian-min")
    assert refused.status == 400
    beyond = await (await form(han, "unit")).send(name="新单位", code="xin-danwei", office="quanyang")
    assert "不在您的办公室之内" in beyond.text
    limits = await han.get("/console/office/limit/one?code=triage")
    assert "由最上一级代表工委的人员修改" in limits.text
    refused = await han.post("/console/office/limit/one", consent=word_in(limits.text), code_of="triage", value="9",
                             source="[A]", as_of="2026-12-07",
                             seen=re.search(r'name="seen" value="(\w+)"', limits.text)[1])  # fmt: skip
    assert "不在您的办公室之内" in refused.text


async def test_a_number_is_changed_within_reason_and_in_force_at_once(house, cui):
    form_ = await form(cui, "limit", "session-idle")
    assert "不能小于 5" in (await form_.send(value="1")).text
    assert "不能大于 3" in (await (await form(cui, "limit", "notice-ahead")).send(value="9")).text
    assert "已保存" in (await form_.send(value="30")).text
    assert (await everything(house))["limit"]["session-idle"].value == 30
    clock = await form(cui, "limit", "quiet-from")
    assert clock.fields["value"] == ["21:30"]
    await clock.send(value="22:15")
    assert (await everything(house))["limit"]["quiet-from"].value == 2215


# ---- together with the files -----------------------------------------------------------------------------------------


async def test_the_files_do_not_overwrite_what_was_changed_here_and_the_load_says_so(house, han):
    await (await form(han, "group", "hepan-1")).send(daily_cap="1")
    await does(han, "representative", "off", "li-xiuying")
    await (await form(han, "representative")).send(name="安然", code="an-ran", level="county", station="hepan")
    before = await everything(house)
    report = await loads(house)
    assert await everything(house) == before
    said = "\n".join(report.lines())
    assert "联系群 hepan-1" in said
    assert "daily_cap（文件 3，工作台 1）" in said
    assert "代表 li-xiuying（工作台上已停用，文件里还有）" in said
    assert "代表 an-ran（文件里没有）" in said
    assert "以后以文件为准" in said


async def test_what_is_left_to_the_files_is_theirs_at_the_next_load(house, han):
    await (await form(han, "station", "hepan")).send(address="滨河路 20 号二楼")
    assert "以后以文件为准" in (await does(han, "station", "let-go", "hepan")).text
    await loads(house)
    assert (await one(house, station, "hepan")).address.startswith("河畔街道滨河路 18 号")
    page = await han.get("/console/office/station/one?code=hepan")
    assert "载入文件时" in page.text, "what a load changed stands in the history"


async def test_files_that_agree_take_over_and_later_files_win_again(house, han, tmp_path):
    await (await form(han, "group", "hepan-1")).send(daily_cap="5")
    data = read_office(OFFICE)

    def with_cap(cap):
        groups = tuple(each.model_copy(update={"daily_cap": cap}) if each.code == "hepan-1" else each
                       for each in data.groups)  # fmt: skip
        return type(data)(**{name: groups if name == "groups" else getattr(data, name)
                             for name in type(data).__dataclass_fields__})  # fmt: skip

    assert (await loads(house, with_cap(5))).kept == ()
    assert (await loads(house, with_cap(4))).kept == ()
    assert (await everything(house))["group"]["hepan-1"].daily_cap == 4


async def test_files_that_need_what_was_put_out_of_use_are_refused_whole(house, han, tmp_path):
    await does(han, "representative", "off", "li-xiuying")
    data = read_office(OFFICE)
    groups = tuple(each.model_copy(update={"representatives": ("li-xiuying",)}) if each.code == "shiqiao-1" else each
                   for each in data.groups)  # fmt: skip
    data = type(data)(**{name: groups if name == "groups" else getattr(data, name)
                         for name in type(data).__dataclass_fields__})  # fmt: skip
    before = await everything(house)
    with pytest.raises(run.BadConfig, match="li-xiuying 不存在"):
        await loads(house, data)
    assert await everything(house) == before
