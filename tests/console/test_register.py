"""The register at the console: taken down, amended by versions, disposed of, made a case once, closed, printed."""

import io
import re
from datetime import datetime
from zipfile import ZipFile

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import select

from bot.clock import SHANGHAI
from bot.store.tables import attendance, person, reception_day, reception_entry, register_closing, station, suggestion
from tests.console.conftest import word_in

WORDS = "楼道灯坏了三个月，晚上看不见路"
WANG = {"name": "王桂兰", "phone": "13800000000", "words": WORDS, "visit": "0", "category": "guess"}


@pytest.fixture
async def at_work(house):
    """The morning of the tenth."""
    await house.tick("plan")
    house.clock.move_to(datetime(2026, 12, 10, 9, 0, tzinfo=SHANGHAI))
    return house


@pytest.fixture
async def tian(at_work, hands):
    return await hands("tian-min")


@pytest.fixture
async def day(at_work):
    query = select(reception_day.c.id).join(station, station.c.id == reception_day.c.station_id)
    (row,) = await at_work.rows(query.where(station.c.code == "hepan", reception_day.c.planned_on == "2026-12-10"))
    return row.id


async def does(hand, day, deed, entry=None, **fields):
    """Fill in the form of a deed as its page has it."""
    page = await hand.get(f"/console/register/{day}" + (f"/{entry}" if entry else ""))
    version = re.search(r'name="version" value="(\d+)"', page.text)
    known = {"version": version[1]} if version else {}
    where = f"/console/register/{day}/" + (f"{entry}/{deed}" if entry else deed)
    return await hand.post(where, consent=word_in(page.text), **known | fields)


async def entries(house):
    return await house.rows(select(reception_entry).order_by(reception_entry.c.number))


async def test_what_a_visitor_says_is_taken_down_with_its_category_and_what_becomes_of_it(house, tian, day):
    made = await does(tian, day, "enter", **WANG, disposition="street")
    assert made.path == f"/console/register/{day}/1"
    assert "第 1 条已登记" in made.text
    assert WORDS in made.text
    (entry,) = await entries(house)
    assert (entry.disposition, entry.version, entry.category_id is not None) == ("street", 1, True)
    assert "王桂兰" in (await tian.get(f"/console/register/{day}")).text


async def test_an_entry_changes_by_versions_and_who_comes_too_late_is_told(house, tian, day):
    await does(tian, day, "enter", **WANG)
    changed = {"name": "王桂兰", "phone": "13800000000", "home": "滨河家园3号楼", "words": "楼道灯坏了四个月"}
    page = await does(tian, day, "amend", 1, **changed)
    assert "第 2 版，田敏" in page.text
    assert "第 1 版，田敏" in page.text
    assert WORDS in page.text, "the words as they were first said"
    late = await does(tian, day, "amend", 1, **changed | {"words": "别的话", "version": "1"})
    assert (late.status, "刚刚有人改过" in late.text, "别的话" in late.text) == (409, True, True)
    assert [row.version for row in await entries(house)] == [2]


async def test_it_becomes_a_case_in_one_step_and_never_twice(house, tian, day):
    await does(tian, day, "enter", **WANG, confidential="1")
    assert "已转为建议 hepan-261210-1" in (await does(tian, day, "lift", 1)).text
    assert "已经转成建议" in (await does(tian, day, "lift", 1)).text
    (case,) = await house.rows(select(suggestion))
    assert (case.number, case.text, case.confidential) == ("hepan-261210-1", WORDS, True)
    assert "/console/cases/hepan-261210-1" in (await tian.get(f"/console/register/{day}/1")).text


async def test_a_result_is_owed_to_the_representative_who_was_there(house, tian, zhang, day):
    await zhang.says("签到")
    await does(tian, day, "enter", **WANG)
    assert "请电话告知" in (await does(tian, day, "settle", 1, result="已装灯")).text
    await house.deliver()
    assert any("已装灯" in line for line in zhang.heard())
    assert "已装灯" in (await tian.get(f"/console/register/{day}/1")).text
    assert (await does(tian, day, "settle", 1, result=" ")).status == 409


async def test_a_session_closes_when_nothing_is_lacking_and_opens_again(house, tian, day):
    await does(tian, day, "enter", **WANG | {"category": ""})
    page = await tian.get(f"/console/register/{day}")
    assert "补齐才能结束" in page.text
    assert f'action="/console/register/{day}/close"' not in page.text
    refused = await does(tian, day, "close")
    assert (refused.status, "缺类别" in refused.text) == (409, True)
    (chosen,) = re.findall(r'<option value="(\d+)"[^>]*>　*城市建设', page.text)[:1] or [
        re.search(r'<option value="(\d+)">[^<]', page.text.split('name="category"')[1])[1]
    ]
    assert "已保存" in (await does(tian, day, "dispose", 1, category=chosen, disposition="community")).text
    closed = await does(tian, day, "close")
    assert "hepan-2026-JD0001" in closed.text
    assert len(await house.rows(select(register_closing))) == 1
    kept = await does(tian, day, "amend", 1, words="改一改")
    assert (kept.status, "已经结束" in kept.text) == (409, True)
    assert "已重开" in (await does(tian, day, "reopen")).text
    assert "已作废" in (await does(tian, day, "void", 1)).text


async def test_who_attends_is_signed_in_and_out(house, tian, day):
    (li,) = await house.rows(select(person).where(person.c.name == "李秀英"))
    assert "排了值班还没签到" in (await tian.get(f"/console/register/{day}")).text
    assert "已签到" in (await does(tian, day, "sign_in", person=li.id)).text
    assert "已取消签到" in (await does(tian, day, "sign_out", person=li.id)).text
    assert [row.undone_at is None for row in await house.rows(select(attendance))] == [False]
    assert (await does(tian, day, "sign_in", person=0)).status == 409


async def test_who_booked_arrives_and_who_did_not_is_noted(house, tian, day, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("预约 12-10 9:20")
    assert "已到站" in (await does(tian, day, "arrive", number=1)).text
    assert "已于 09:00 签到" in (await does(tian, day, "arrive", number=1)).text
    assert "已记来访" in (await does(tian, day, "walk_in", name="赵素芬", phone="")).text
    assert "赵素芬" in (await tian.get(f"/console/register/{day}")).text


async def test_the_register_is_printed_and_only_for_its_own_desk(house, tian, day, hands, auditor):
    await does(tian, day, "enter", **WANG)
    files = {}
    for kind in ("docx", "xlsx"):
        async with tian.http.get(f"{house.url}/console/register/{day}/print.{kind}") as got:
            assert got.status == 200
            assert "attachment" in got.headers["Content-Disposition"]
            files[kind] = io.BytesIO(await got.read())
    assert any(WORDS in cell.text for table in Document(files["docx"]).tables for cell in table._cells)
    assert any(WORDS in str(value) for row in load_workbook(files["xlsx"]).active.values for value in row)
    assert ZipFile(files["docx"]).testzip() is None
    for code, status in (("qiao-wen", 404), ("yan-cha", 403), ("meng-dawei", 403)):
        other = await hands(code)
        for path in ("", "/1", "/print.docx"):
            assert (await other.get(f"/console/register/{day}{path}")).status == status, (code, path)
    qiao = await hands("qiao-wen")
    for path in ("enter", "close", "1/amend", "1/lift"):
        refused = await qiao.post(f"/console/register/{day}/{path}", page="/console/reception", **WANG)
        assert refused.status == 404, path
    assert len(await entries(house)) == 1


# ---- the month's numbers ---------------------------------------------------------------------------------------------


async def test_each_number_opens_the_rows_it_counts_and_a_share_of_nothing_is_a_dash(house, tian, day):
    await does(tian, day, "enter", **WANG)
    page = await tian.get("/console/reception/figures?month=2026-12")
    assert "2026年12月接待统计" in page.text
    opened = await tian.get("/console/reception/figures?month=2026-12&open=entries")
    assert "登记件次的明细" in opened.text
    assert opened.text.split('id="rows"')[1].count("第 1 条") == 1
    assert "王桂兰" not in opened.text
    before = await tian.get("/console/reception/figures?month=2026-01")
    assert re.search(r'公告及时率[^<]*</th><td class="figure">—</td>', before.text)
    for odd in ("2026-13", "x", "9999-99", ""):
        assert (await tian.get(f"/console/reception/figures?month={odd}&open=odd")).status == 200


async def test_the_numbers_are_a_file_and_only_of_ones_own_stations(house, tian, day, hands, auditor):
    await does(tian, day, "enter", **WANG)
    mine = await tian.get("/console/reception/figures.csv?month=2026-12")
    assert mine.text.startswith("\ufeff")
    assert "登记件次,1" in mine.text
    qiao = await hands("qiao-wen")
    assert "登记件次,0" in (await qiao.get("/console/reception/figures.csv?month=2026-12")).text
    yan = await hands("yan-cha")
    async with yan.http.get(f"{house.url}/console/reception/figures.xlsx?month=2026-12") as got:
        rows = list(load_workbook(io.BytesIO(await got.read())).active.values)
    assert ("登记件次", 1) in [row[:2] for row in rows]
