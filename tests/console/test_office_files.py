"""A table goes out and comes back: no cell is a formula, a look comes first, and nothing is half imported."""

import csv
import io
import re

import aiohttp
import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from bot.store.tables import office_change
from tests.console.conftest import Answer, word_in
from tests.console.test_office import everything, form


@pytest.fixture
async def han(hands):
    return await hands("han-xueqin")


async def brings(hand, kind, data, name="资料.csv"):
    page = await hand.get(f"/console/office/{kind}")
    sent = aiohttp.FormData()
    sent.add_field("consent", word_in(page.text))
    sent.add_field("file", data, filename=name, content_type="application/octet-stream")
    async with hand.http.post(f"{hand.house.url}/console/office/{kind}/import", data=sent) as got:
        return Answer(got.status, await got.text(), got.url.path, got.headers)


async def confirms(hand, kind, look):
    key, seen = (re.search(rf'name="{name}" value="([\w-]*)"', look.text)[1] for name in ("key", "seen"))
    return await hand.post(f"/console/office/{kind}/import/do", consent=word_in(look.text), key=key, seen=seen)


async def table(hand, kind):
    """Return what is exported as csv: its head and its lines."""
    async with hand.http.get(f"{hand.house.url}/console/office/{kind}/file?as=csv") as got:
        text = (await got.read()).decode()
    assert text.startswith("\ufeff")
    head, *lines = csv.reader(io.StringIO(text[1:]))
    return head, lines


def written(head, lines):
    out = io.StringIO()
    csv.writer(out).writerows([head, *lines])
    return ("\ufeff" + out.getvalue()).encode()


async def test_what_was_exported_comes_back_without_any_change(house, han, hands):
    cui = await hands("cui-zhengyuan")
    before = await everything(house)
    for kind in ("station", "group", "representative", "clerk", "officer", "unit", "unit_person", "limit"):
        head, lines = await table(cui, kind)
        assert len(lines) == len(before[kind]), kind
        assert "完全一样" in (await brings(cui, kind, written(head, lines))).text, kind
    async with cui.http.get(f"{house.url}/console/office/group/file?as=xlsx") as got:
        book = await got.read()
    assert load_workbook(io.BytesIO(book)).active["A1"].value == "名称或姓名"
    assert "完全一样" in (await brings(cui, "group", book, "群.xlsx")).text
    head, lines = await table(han, "unit")
    assert len(lines) < len(before["unit"]), "an officer takes out what is theirs"


async def test_no_cell_is_a_formula_and_the_words_come_back_as_they_were(house, han):
    evil = '=HYPERLINK("http://x","点我")'
    await (await form(han, "station", "hepan")).send(address=evil, hours="@SUM(1)")
    head, lines = await table(han, "station")
    mine = dict(zip(head, next(line for line in lines if "hepan" in line), strict=True))
    assert (mine["地址"], mine["开放时间"]) == (f"'{evil}", "'@SUM(1)")
    assert "完全一样" in (await brings(han, "station", written(head, lines))).text
    async with han.http.get(f"{house.url}/console/office/station/file?as=xlsx") as got:
        sheet = load_workbook(io.BytesIO(await got.read())).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == evil]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)]


async def test_a_look_says_line_by_line_what_would_happen_and_one_press_does_it_all(house, han):
    lines = [["hepan-binhe", "滨河社区联络点", "滨河路 9 号"], ["hepan-nan", "南岸联络点", "南岸 1 号"]]
    extra = [["point", "hechang", "hepan"]] * 2
    data = written(["代号", "名称或姓名", "地址", "类型", "所属办公室", "上级站、点"],
                   [[*one, *more] for one, more in zip(lines, extra, strict=True)])  # fmt: skip
    before = await everything(house)
    look = await brings(han, "station", data)
    assert "会新增或修改 2 条" in look.text
    assert "第 3 行 <b><bdi>南岸联络点" in look.text
    assert await everything(house) == before, "a look changes nothing"
    done = await confirms(han, "station", look)
    assert "已导入 2 条" in done.text
    now = (await everything(house))["station"]
    assert (now["hepan-nan"].parent, now["hepan-binhe"].address) == ("hepan", "滨河路 9 号")
    assert now["hepan-binhe"].phone == before["station"]["hepan-binhe"].phone, (
        "a column that is not there changes nothing"
    )
    rows = await house.rows(select(office_change))
    assert {row.origin for row in rows} == {"import"}
    (batch,) = {row.batch for row in rows}
    await han.post("/console/office-undo", page="/console/me", batch=batch, kind="station", code="hepan-nan")
    assert await everything(house) == before, "one press takes the whole file back"


async def test_one_wrong_line_keeps_the_whole_file_out(house, han):
    before = await everything(house)
    data = written(["代号", "名称或姓名", "电话"], [["hepan", "河畔站", "0300-1"], ["hepan-binhe", "", "没有电话"], ["hepan", "再来", ""],
                                           ["hepan-x", "少了东西", ""]])  # fmt: skip
    look = await brings(han, "station", data)
    for said in ("名称或姓名：不能为空", "不是电话号码", "在文件里出现了两次", "类型：不能为空", "什么也不会导入"):
        assert said in look.text, said
    assert "确认导入" not in look.text
    assert await everything(house) == before


async def test_what_changed_between_the_look_and_the_press_is_looked_at_again(house, han):
    look = await brings(han, "station", written(["代号", "地址"], [["hepan", "甲"]]))
    await (await form(han, "station", "hepan")).send(address="乙")
    late = await confirms(han, "station", look)
    assert (late.status, "请再看一遍" in late.text) == (409, True)
    assert (await everything(house))["station"]["hepan"].address == "乙"


async def test_files_that_are_none_are_refused_in_words(house, han, hands):
    book = Workbook()
    book.active.append(["名称"])
    out = io.BytesIO()
    book.save(out)
    for data, name, said in (
        (b"MZ\x00", "x.exe", "只认 .csv 和 .xlsx"),
        (b"PK\x03\x04zip", "x.xlsx", "不是正确的 xlsx"),
        (out.getvalue(), "x.xlsx", "文件里没有内容"),
        ("代号,名字\na,b".encode(), "x.csv", "不认识的列名"),
        ("名称或姓名\na".encode(), "x.csv", "缺少“代号”一列"),
        (b"\xff\xff\xff,\x81\n1", "x.csv", "既不是 UTF-8"),
    ):
        assert said in (await brings(han, "station", data, name)).text, name
    look = await brings(han, "station", "代号,地址\nhepan,甲".encode("gb18030"))
    stranger = await hands("cui-zhengyuan")
    key = re.search(r'name="key" value="([\w-]*)"', look.text)[1]
    taken = await stranger.post("/console/office/station/import/do", page="/console/me", key=key, seen="")
    assert "已经清掉" in taken.text, "a file is whose look it was"
