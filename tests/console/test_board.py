"""The board: what a month brought, every number with its rows, and only of the stations one may see."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, select, update

from bot.store.reads_figures import FIGURES
from bot.store.tables import person, station, unit, visit
from handlers.console import board
from tests.plugins.house import Actor

BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
BOARD, ROWS = "/console/figures", "/console/figures/rows"
LATER = timedelta(hours=2, minutes=30)
SAID = ("我们楼电梯坏了一个月，没人来修", "小区门口的路灯坏了，晚上看不见路", "垃圾三天没人清运，味道很大",
        "公交车等一个小时不来", "学校门口太堵，孩子过马路危险")  # fmt: skip


@pytest.fixture
async def month(house, wang, hands):
    """Five people write on one morning; a day later one is glad, one told to wait, one sent elsewhere, one gave up."""
    await wang.sends("subscribes", scene="hepan-1")
    people = [wang, *(Actor(house, "hexin", f"oVoter{n}") for n in range(4))]
    for each, words in zip(people, SAID, strict=True):
        await each.sends("subscribes", scene="hepan-1")
        await each.says(words)
    house.clock.move(LATER)
    numbers = [case.number for case in await house.cases()]
    tian, meng = await hands("tian-min"), await hands("meng-dawei")
    (lead,) = await house.rows(select(unit.c.id).where(unit.c.code == "shi-chengguan"))
    for number, grade in zip(numbers, "AC", strict=False):
        await tian.does(number, "assign", lead=lead.id, to="")
        await meng.does(number, "accept")
        lacks = {"lacks": "等明年的预算"} if grade == "C" else {}
        assert "答复已发出" in (await meng.does(number, "reply", text="已经到现场看过", grade=grade, **lacks)).text
    await tian.does(numbers[2], "decline", code="petition", words="请到信访局")
    await people[3].says("撤回")
    await house.deliver()
    await wang.says("1")
    await house.tick("told")
    await went(house, numbers[0])
    for number in numbers[:2]:
        assert "已办结" in (await tian.does(number, "close")).text
    return numbers


async def went(house, number):
    case = next(each for each in await house.cases() if each.number == number)
    (zhang,) = await house.rows(select(person.c.id).where(person.c.code == "zhang-weiguo"))
    values = {"suggestion_id": case.id, "person_id": zhang.id, "text": "去看了", "at": house.clock.now()}
    await house.deps.store.write(lambda db: db.run(insert(visit).values(**values)))


def cases_on(answer):
    return re.findall(r'class="number" href="/console/cases/([\w-]+)"', answer.text)


async def rows(hand, figure, part="", **more):
    words = "".join(f"&{name}={value}" for name, value in more.items())
    return cases_on(await hand.get(f"{ROWS}?figure={figure}&part={part}{words}"))


def tile(answer, code):
    return int(re.search(rf'figure={code}"[^>]*><small>[^<]*</small><b>(\d+)', answer.text)[1])


def share(answer, code):
    found = re.search(rf'figure={code}">(\d+)</a>/<a href="[^"]*figure={code}&amp;part=of">(\d+)', answer.text)
    return (int(found[1]), int(found[2])) if found else None


@BOTH
async def test_every_number_of_the_board_opens_the_cases_it_counts(house, month, hands):
    glad, waits, elsewhere, _gave_up, new = month
    han = await hands("han-xueqin")
    page = await han.get(BOARD)
    counted = {"received": month, "admitted": [glad, waits], "declined": [elsewhere], "replied": [glad, waits],
               "closed": [glad, waits]}  # fmt: skip
    for code, cases in counted.items():
        assert tile(page, code) == len(cases), code
        assert sorted(await rows(han, code)) == sorted(cases), code
    shares = {"responded": ([glad, waits, elsewhere], [new]), "solved": ([glad], [waits]), "satisfied": ([glad], []),
              "unseen": ([waits], [glad])}  # fmt: skip
    for code, (some, rest) in shares.items():
        assert share(page, code) == (len(some), len(some) + len(rest)), code
        assert sorted(await rows(han, code, "counted")) == sorted(some), code
        assert sorted(await rows(han, code, "rest")) == sorted(rest), code
        assert sorted(await rows(han, code, "of")) == sorted(some + rest), code


async def test_a_clock_counts_once_its_day_is_over_and_what_was_answered_on_the_day_is_in_time(house, month, hands):
    han = await hands("han-xueqin")
    assert share(await han.get(BOARD), "promised") is None, "nothing is due yet"
    tian = await hands("tian-min")
    (lead,) = await house.rows(select(unit.c.id).where(unit.c.code == "shi-chengguan"))
    await tian.does(month[4], "assign", lead=lead.id, to="")
    house.clock.move(timedelta(days=30))
    han = await hands("han-xueqin")
    assert share(await han.get(f"{BOARD}?period=2026-12"), "promised") == (2, 3)
    assert await rows(han, "promised", "rest", period="2026-12") == [month[4]]


async def test_how_long_people_waited_is_told_from_the_first_human_answer(month, hands):
    han = await hands("han-xueqin")
    page = await han.get(BOARD)
    assert re.search(r"一半的人等了不到</small><b>2\.6\s*<small>小时", page.text)
    assert sorted(await rows(han, "responded", waited="half_day")) == sorted(month[:3])
    assert await rows(han, "responded", waited="hour") == []


async def test_what_was_taken_back_is_not_counted(house, month, hands, wang):
    tian = await hands("tian-min")
    await tian.does(month[4], "admit", weight="simple")
    assert tile(await tian.get(BOARD), "admitted") == 3
    await tian.does(month[4], "unadmit")
    await tian.does(month[2], "reconsider", reason="再看一次")
    await tian.does(month[1], "rehandle", reason="没有办好")
    page = await tian.get(BOARD)
    assert [tile(page, code) for code in ("admitted", "declined")] == [2, 0]


async def test_a_day_a_subject_and_a_quarter_narrow_and_widen_what_is_counted(month, hands):
    han = await hands("han-xueqin")
    assert len(await rows(han, "received", on="2026-12-07", to="2026-12-07")) == 5
    assert await rows(han, "received", on="2026-12-08") == []
    assert tile(await han.get(f"{BOARD}?period=2026-11"), "received") == 0
    quarter = await han.get(f"{BOARD}?period=2026-Q4")
    assert (tile(quarter, "received"), "2026年第四季度" in quarter.text or "第4季度" in quarter.text) == (5, True)
    subjects = dict(re.findall(r"figure=received&amp;category=(\w+)\">(\d+)", quarter.text))
    assert sum(map(int, subjects.values())) == 5
    for category, count in subjects.items():
        assert len(await rows(han, "received", category=category)) == int(count)


async def test_nobody_sees_figures_of_stations_that_are_not_theirs(house, month, hands, auditor):
    (home,) = await house.rows(select(station.c.id).where(station.c.code == "hepan"))
    qiao = await hands("qiao-wen")
    for path in (BOARD, f"{BOARD}?station={home.id}"):
        assert tile(await qiao.get(path), "received") == 0, path
    for figure in FIGURES:
        assert await rows(qiao, figure, "of", station=home.id) == [], figure
    book = await table(qiao, f"?station={home.id}")
    assert "hepan-261207" not in str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    yan = await hands("yan-cha")
    assert len(await rows(yan, "received")) == 5, "who audits the office may look"
    assert len(await rows(yan, "received", station=home.id)) == 5


async def test_representatives_and_units_open_the_cases_they_were_handed(house, month, hands):
    han = await hands("han-xueqin")
    units = await han.get(f"{BOARD}/by/unit")
    links = dict(re.findall(r'figure=(\w+)&amp;kind=unit&amp;who=\d+">(\d+)', units.text))
    assert links == {"handed": "2", "answered": "2", "resolved": "1"}
    for path, count in re.findall(r'href="([^"]+kind=unit[^"]+)">(\d+)', units.text):
        assert len(cases_on(await han.get(path.replace("&amp;", "&")))) == int(count), path
    people = await han.get(f"{BOARD}/by/representative")
    (path,) = re.findall(r'href="([^"]+figure=visited[^"]+)">1<', people.text)
    assert cases_on(await han.get(path.replace("&amp;", "&"))) == month[:1]
    assert (await han.get(f"{BOARD}/by/voter")).status == 404
    assert (await han.get(f"{ROWS}?figure=secrets")).status == 404


async def table(hand, query=""):
    async with hand.http.get(f"{hand.house.url}{BOARD}/table{query}") as got:
        assert got.status == 200
        assert "attachment" in got.headers["Content-Disposition"]
        return load_workbook(BytesIO(await got.read()))


async def test_the_workbook_adds_up_to_the_board_and_takes_no_name_for_a_formula(house, month, hands):
    trap = '=HYPERLINK("http://x","河畔")'
    await house.deps.store.write(lambda db: db.run(update(station).where(station.c.code == "hepan").values(name=trap)))
    book = await table(await hands("han-xueqin"))
    figures = {row[0]: row[1:3] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)}
    assert figures["收到"] == (5, None)
    assert figures["解决率"] == (1, 2)
    cases = list(book.worksheets[-1].iter_rows(values_only=True))
    solved = [row[cases[0].index("解决率")] for row in cases[1:]]
    assert (solved.count(1), len([each for each in solved if each is not None])) == figures["解决率"]
    cell = next(cell for row in book.worksheets[1].iter_rows() for cell in row if cell.value == trap)
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


async def test_the_report_says_of_every_figure_how_it_is_counted(month, hands):
    report = await (await hands("han-xueqin")).get(f"{BOARD}/report?period=2026-Q4")
    assert report.status == 200
    for words in ("建议办理和联系群众情况", "2026年10月1日～2026年12月31日", "分子：最近一次答复是 A 类", "审核："):
        assert words in report.text


@BOTH
async def test_a_board_looked_at_before_says_the_same_as_one_that_is_read_anew(house, month, hands):
    def said(answer):
        return re.findall(r"<(?:b|td)[^>]*>([^<]*)</", answer.text)

    han = await hands("han-xueqin")
    before = said(await han.get(BOARD))
    await Actor(house, "hexin", "oVoter7").sends("subscribes", scene="hepan-1")
    await Actor(house, "hexin", "oVoter7").says("育才巷的垃圾没人清运，已经三天了")
    (*_, newest) = await house.cases()
    await (await hands("tian-min")).does(newest.number, "decline", code="petition", words="请到信访局")
    seen = said(await han.get(BOARD))
    assert seen != before
    board._KNOWN.clear()
    assert seen == said(await han.get(BOARD))
