"""The answers at the console: written anew after a look, undone, tried out, misses turned into entries, files in and out."""

import csv
import io
import json
import re
from html import unescape

import aiohttp
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.actions.faq_desk import DESK
from bot.store.tables import edition, faq, faq_miss, faq_question, station
from commands import data as commands_data
from tests.console.conftest import word_in
from tests.plugins.house import OFFICE, Actor

UNKNOWN = "火星上的税怎么交？"
FIELDS = ("question", "answer", "similar", "source", "category", "valid_from", "valid_until", "office", "station")
MARS = {"question": UNKNOWN, "answer": "火星上没有人住，也就没有税。", "office": "quanyang"}


@pytest.fixture
async def han(hands):
    """The topmost office."""
    return await hands("cui-zhengyuan")


@pytest.fixture
async def tian(hands):
    return await hands("tian-min")


def form_on(page):
    """Return the fields of the form by which an answer is saved (or looked at)."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return {name: unescape(value) for name, value in found.items()}


async def fills_in(hand, step, path="/console/faq/one", **fields):
    """Fill in the form of an answer as its page has it."""
    hidden = form_on(await hand.get(path))
    return await hand.post(f"/console/faq/{step}", **dict.fromkeys(FIELDS, "") | hidden | fields)


async def writes(hand, path="/console/faq/one", **fields):
    """Save an answer; the look before it, which asks all past questions anew, has tests of its own."""
    return await fills_in(hand, "save", path, **fields)


async def row_of(house, code):
    (row,) = await house.rows(select(faq).where(faq.c.code == code))
    texts = select(faq_question.c.text).where(faq_question.c.faq_id == row.id).order_by(faq_question.c.id)
    return row, [each.text for each in await house.rows(texts)]


async def any_code(house):
    rows = await house.rows(select(faq).where(faq.c.office_code == "").order_by(faq.c.id).limit(1))
    return rows[0].code


async def test_answers_are_found_by_words_and_a_page_leads_to_the_next(house, tian):
    seen, path = [], "/console/faq"
    while path:
        page = await tian.get(path)
        seen += re.findall(r'/console/faq/one\?code=([^"]+)"', page.text)
        more = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = unescape(more[1]) if more else ""
    assert len(seen) == len(set(seen)) == len(await house.rows(select(faq)))
    found = await tian.get("/console/faq?q=代表法&state=now&origin=office")
    assert 0 < found.text.count("data-row") < len(seen)
    assert "没有找到" in (await tian.get("/console/faq?q=100%25不存在的词")).text
    assert "没有找到" in (await tian.get("/console/faq?state=over")).text


async def test_a_new_answer_is_looked_at_written_given_and_undone(house, han, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(UNKNOWN)
    more = {"similar": "火星税\n火星纳税", "source": "办公室 2026-12-07", "valid_until": "2027-12-31"}
    looked = await fills_in(han, "look", **MARS, **more)
    assert "把以往 1 个问题重问了一遍，1 个的答案会变" in looked.text
    assert await house.rows(select(edition)) == []
    saved = await han.post("/console/faq/save", **form_on(looked))
    assert "已保存" in saved.text
    code = re.search(r"q-[0-9a-f]{16}", saved.text)[0]
    row, texts = await row_of(house, code)
    assert (row.origin, row.office_code, row.valid_until) == (DESK, "quanyang", "2027-12-31")
    assert texts == [UNKNOWN, "火星税", "火星纳税"]
    await house.tick("refresh")
    assert "没有税" in await wang.says("火星税")
    batch = re.search(r'name="batch" value="(\w+)"', (await han.get("/console/faq")).text)[1]
    assert "已撤销" in (await han.post("/console/faq/undo", page="/console/faq", batch=batch)).text
    assert await house.rows(select(faq).where(faq.c.code == code)) == []


async def test_an_offices_answer_that_was_changed_here_is_left_alone_by_load(house, han):
    code = await any_code(house)
    before, texts = await row_of(house, code)
    page = await han.get(f"/console/faq/one?code={code}")
    question = unescape(re.search(r'name="question"[^>]*value="([^"]*)"', page.text)[1])
    same = {"question": question, "similar": "\n".join(texts[1:])}
    saved = await writes(han, f"/console/faq/one?code={code}", answer="新的答案。", **same)
    assert "第 2 版，崔正远" in saved.text
    assert before.answer[:20] in saved.text
    await commands_data.load_folder(house.deps.settings, OFFICE)
    row, kept = await row_of(house, code)
    assert (row.answer, row.origin, kept) == ("新的答案。", DESK, texts)
    assert {each.number for each in await house.rows(select(edition))} == {1, 2}
    again = await han.get(f"/console/faq/one?code={code}&edition=1")
    assert before.answer[:20] in again.text.split("<textarea")[1]


async def test_two_who_write_at_once_do_not_overwrite_each_other_and_words_are_kept(house, han, hands):
    code = await any_code(house)
    stale = form_on(await han.get(f"/console/faq/one?code={code}"))
    await writes(await hands("cui-zhengyuan"), f"/console/faq/one?code={code}", question="问？", answer="先写的。")
    page = await han.get("/console/faq/one")
    late = dict.fromkeys(FIELDS, "") | stale | {"question": "问？", "answer": "后写的。", "consent": word_in(page.text)}
    refused = await han.post("/console/faq/save", **late)
    assert (refused.status, "刚刚有人改过" in refused.text, "后写的。" in refused.text) == (409, True, True)
    assert (await row_of(house, code))[0].answer == "先写的。"


@pytest.mark.parametrize(("fields", "says"), [
    ({"question": " "}, "缺少 问题"), ({"answer": ""}, "缺少 答案"), ({"question": "问" * 501}, "太长"),
    ({"answer": "在{nowhere}"}, "没有人会填"), ({"valid_from": "2026-13-01"}, "不是日期"),
    ({"valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "永远不会生效"),
])  # fmt: skip
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(house, han, fields, says):
    refused = await writes(han, **MARS | {"source": "依据一号"} | fields)
    assert (refused.status, says in refused.text, "依据一号" in refused.text) == (400, True, True)
    looked = await fills_in(han, "look", **MARS | fields)
    assert (looked.status, says in looked.text) == (400, True)
    assert await house.rows(select(edition)) == []


async def test_a_clerk_writes_for_the_station_and_not_for_everywhere_or_others(house, tian, hands):
    for place in ({"office": ""}, {"office": "beiwang"}, {"office": "", "station": "shiqiao"}):
        refused = await writes(tian, **MARS | place)
        assert "不归您管" in refused.text, place
    saved = await writes(tian, **MARS | {"office": "", "station": "hepan"})
    assert "已保存" in saved.text
    code = re.search(r"q-[0-9a-f]{16}", saved.text)[0]
    qiao = await hands("qiao-wen")
    page = await qiao.get(f"/console/faq/one?code={code}")
    assert "不归您管" in page.text
    assert 'action="/console/faq/look"' not in page.text
    stolen = dict.fromkeys(FIELDS, "") | MARS | {"code": code, "edition": "2", "office": "", "station": "shiqiao"}
    assert (await qiao.post("/console/faq/save", page="/console/faq/one", **stolen)).status == 409
    assert (await row_of(house, code))[0].station_code == "hepan"


# ---- questions nobody could answer -----------------------------------------------------------------------------------


async def test_a_miss_becomes_an_answer_in_one_step_and_whoever_asked_is_told(house, tian, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(UNKNOWN)
    page = await tian.get("/console/faq/misses")
    assert UNKNOWN in page.text
    (miss,) = await house.rows(select(faq_miss))
    new = await tian.get(f"/console/faq/one?miss={miss.id}")
    assert f'value="{UNKNOWN}"' in new.text
    saved = await writes(tian, f"/console/faq/one?miss={miss.id}", **MARS | {"office": "", "station": "hepan"})
    assert "也已告诉提问的人" in saved.text
    await house.deliver()
    assert any("没有税" in line for line in wang.heard())
    assert "新写了" in (await tian.get("/console/faq/misses?tab=answered")).text
    undone = await tian.post(f"/console/faq/misses/{miss.id}/undo", page="/console/faq/misses", tab="answered")
    assert "已还原" in undone.text
    assert await house.rows(select(faq).where(faq.c.code == f"desk-{miss.id}")) == []


async def test_a_miss_is_joined_after_a_look_or_left_and_put_back(house, tian, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(UNKNOWN)
    (miss,) = await house.rows(select(faq_miss))
    code = await any_code(house)
    at = f"/console/faq/misses/{miss.id}"
    looked = await tian.post(f"{at}/look", page="/console/faq/misses", code=code)
    assert "1 个的答案会变" in looked.text
    assert (await house.rows(select(faq_miss)))[0].state == "open"
    for deed, state, said in (("drop", "dropped", "不再等答复"), ("reopen", "open", "回到待答"),
                              ("join", "answered", "已并入"), ("undo", "open", "已还原")):  # fmt: skip
        done = await tian.post(f"{at}/{deed}", page="/console/faq/misses", code=code)
        assert said in done.text, deed
        assert (await house.rows(select(faq_miss)))[0].state == state
    assert "没有编号" in (await tian.post(f"{at[:-1]}999/drop", page="/console/faq/misses")).text


async def test_a_miss_of_another_station_is_not_there(house, hands, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(UNKNOWN)
    qiao = await hands("qiao-wen")
    assert UNKNOWN not in (await qiao.get("/console/faq/misses")).text
    assert (await qiao.get("/console/faq/one?miss=1")).status == 404
    assert "没有编号" in (await qiao.post("/console/faq/misses/1/drop", page="/console/faq/misses")).text


# ---- trying out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "does"), [
    ("怎么找工作人员？", "直接回答"), (UNKNOWN, "转给工作人员"), ("我们楼电梯坏了一个月，没人来修", "不到问答这里来"),
])  # fmt: skip
async def test_the_box_says_what_the_bot_would_do_and_why_and_it_does(house, tian, wang, words, does):
    page = await tian.get(f"/console/faq/try?q={words}")
    assert does in page.text
    assert f"门槛 {house.deps.knowledge.faq.calibration.threshold:.2f}" in page.text
    assert await house.rows(select(faq_miss)) == []
    heard = await wang.says(words)
    assert ("没有把握" in heard) == (does == "转给工作人员")


async def test_an_answer_is_tried_out_in_the_words_a_voter_of_that_station_reads(house, tian, wang):
    await house.tick("plan")
    await wang.sends("subscribes", scene="hepan-1")
    words = "下次接待日是哪天"
    heard = await wang.says(words)
    assert "12月" in heard
    (home,) = await house.rows(select(station.c.id).where(station.c.code == "hepan"))
    page = (await tian.get(f"/console/faq/try?q={words}&station={home.id}")).text
    assert "{next_reception}" not in page
    for line in heard.splitlines()[:-1]:
        assert line in page


async def test_an_answer_that_needs_a_station_calls_a_person_where_none_is_known_and_the_box_says_so(house, tian):
    words = "联络站电话多少"
    page = (await tian.get(f"/console/faq/try?q={words}")).text
    assert "转给工作人员" in page
    assert "请在上面选一个站再试" in page
    assert "没有把握" in await Actor(house, "hexin", "oOfNoGroup").says(words)


async def test_what_is_tried_out_is_shown_and_never_runs(tian):
    page = await tian.get('/console/faq/try?q="><script>alert(1)</script>')
    assert "<script>alert" not in page.text


# ---- files -----------------------------------------------------------------------------------------------------------


async def sends(hand, name, data):
    form = aiohttp.FormData()
    form.add_field("consent", word_in((await hand.get("/console/faq/file")).text))
    form.add_field("file", data, filename=name)
    async with hand.http.post(f"{hand.house.url}/console/faq/file", data=form) as got:
        return got.status, await got.text()


HEAD = "编号,问题,答案,相似问法,机构\r\n"


async def test_a_file_is_reported_on_row_by_row_before_it_is_brought_in_and_undone_in_one_go(house, han):
    rows = (
        "x-1,火星上的税怎么交？,没有税。,火星税,quanyang\r\n,,没有问题,,\r\nx-2,月亮几点开门？,在{nowhere},,\r\n"
        "x-1,重复？,答,,\r\nx-3,=1+1 是几？,二。,,别处\r\n"
    )
    status, page = await sends(han, "问答.csv", (HEAD + rows).encode("gb18030"))
    assert status == 200
    for words in ("将新增 1 条", "缺少 问题", "没有人会填", "与第 2 行重复", "不归您管"):
        assert words in page, words
    assert await house.rows(select(faq).where(faq.c.code == "x-1")) == []
    done = await han.post("/console/faq/file/do", page="/console/faq/file")
    assert "已导入：新增 1 条" in done.text
    assert (await row_of(house, "x-1"))[1] == [UNKNOWN, "火星税"]
    assert "等得太久" in (await han.post("/console/faq/file/do", page="/console/faq/file")).text
    batch = re.search(r'name="batch" value="(\w+)"', done.text)[1]
    await han.post("/console/faq/undo", page="/console/faq", batch=batch)
    assert await house.rows(select(faq).where(faq.c.code == "x-1")) == []


@pytest.mark.parametrize(("name", "data", "says"), [
    ("a.exe", b"MZ", "不认识的文件类型"), ("a.xlsx", b"PK\x03\x04 not a book", "打不开"), ("a.csv", b"", "请选一个文件"),
    ("a.csv", "没有,列名\r\n1,2".encode(), "缺少"), ("a.jsonl", b"{", "不是正确的 JSON"),
])  # fmt: skip
async def test_a_file_that_cannot_be_read_says_why(house, han, name, data, says):
    status, page = await sends(han, name, data)
    assert status in (200, 400)
    assert says in page


async def test_what_is_taken_out_comes_back_unchanged_and_no_cell_is_a_formula(house, han):
    await writes(han, **MARS | {"answer": '=HYPERLINK("http://evil")', "similar": "+1 怎么算\n@我"})
    files = {}
    for kind in ("csv", "xlsx", "jsonl"):
        async with han.http.get(f"{house.url}/console/faq/all.{kind}") as got:
            files[kind] = await got.read()
    assert files["csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)
    cells = [cell for row in load_workbook(io.BytesIO(files["xlsx"])).active for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    count = len(await house.rows(select(faq)))
    assert len(rows) == count + 1 == len(files["jsonl"].decode().splitlines()) + 1
    assert json.loads(files["jsonl"].splitlines()[0])["question"]
    for kind, data in files.items():
        _, page = await sends(han, f"all.{kind}", data)
        assert f"将新增 0 条，改动 0 条，{count} 条没有变；有问题、不会导入的 0 行" in page, kind


async def test_a_clerks_import_touches_only_the_clerks_own(house, tian):
    code = await any_code(house)
    before, _ = await row_of(house, code)
    _, page = await sends(tian, "a.csv", (HEAD + f"{code},别的,被改了,,\r\n").encode())
    assert "不归您管" in page
    assert "file/do" not in page
    await tian.post("/console/faq/file/do", page="/console/faq/file")
    assert (await row_of(house, code))[0].answer == before.answer
