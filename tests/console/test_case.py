"""One case at the desk: its whole way by forms, nobody run over, nothing shown to whom it is not for."""

import hashlib
import re

import pytest
from sqlalchemy import insert, select, update

from bot.store.tables import category, group, media, person, station, suggestion, supplement, unit
from tests.console.conftest import word_in
from tests.plugins.house import Actor

COMPLAINT = "我们楼电梯坏了一个月，没人来修"
FIRST = "hepan-261207-1"
BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def asked(wang):
    """Wang has complained, and her case waits at the desk of 河畔街道."""
    await wang.sends("subscribes", scene="hepan-1")
    assert FIRST in await wang.says(COMPLAINT)
    return FIRST


@pytest.fixture
async def tian_min(hands):
    return await hands("tian-min")


async def id_of(house, code):
    (row,) = await house.rows(select(person.c.id).where(person.c.code == code))
    return row.id


@BOTH
async def test_a_clerk_carries_a_case_from_admission_to_the_answer_and_sees_it_delivered(house, asked, wang, tian_min):
    assert (await tian_min.deeds(asked))[:3] == ["admit", "decline", "assign"]
    assert "已受理" in (await tian_min.does(asked, "admit", weight="simple")).text
    assigned = await tian_min.does(asked, "assign", to=await id_of(house, "zhang-weiguo"))
    assert "已交办" in assigned.text
    await house.deliver()
    assert "张卫国" in wang.heard()[-1]
    page = (await tian_min.get(f"/console/cases/{asked}")).text
    assert re.search(r"交办 → .*?平台已收下", page, re.DOTALL)
    assert "答复期限" in page
    assert "从交办" in page or "2026年12月7日" in page, "why it is due then"
    assert COMPLAINT in page


async def answered(house, tian_min, number):
    """Let the clerk hand the case to Meng's unit and the unit sign for it."""
    (row,) = await house.rows(select(unit.c.id).where(unit.c.code == "shi-chengguan"))
    await tian_min.does(number, "assign", lead=row.id, to="")


async def test_a_reply_is_shown_as_the_voter_will_see_it_before_it_goes(house, asked, wang, tian_min, hands):
    await answered(house, tian_min, asked)
    unit = await hands("meng-dawei")
    await unit.does(asked, "accept")
    words = {"text": "电梯已修好，<b>今天</b>恢复运行。", "grade": "A", "lacks": ""}
    shown = await unit.does(asked, "reply/look", **words)
    assert "看群众会看到什么" in shown.text
    assert "电梯已修好，&lt;b&gt;今天&lt;/b&gt;恢复运行。" in shown.text
    assert [line for line in wang.heard() if "已修好" in line] == [], "looking sends nothing"
    assert "电梯已修好" in (await unit.does(asked, "reply/again", **words)).text
    assert "答复已发出" in (await unit.does(asked, "reply", **words)).text
    await house.deliver()
    told = wang.heard()[-1]
    told_words = re.search(r'<p class="words" dir="auto">(.*?)</p>', shown.text, re.DOTALL)[1]
    assert told == told_words.replace("&lt;", "<").replace("&gt;", ">")


async def test_of_two_clerks_on_one_case_the_second_sees_what_the_first_did_and_loses_no_word(asked, tian_min, hands):
    other = await hands("han-xueqin")
    stale = (await other.get(f"/console/cases/{asked}")).text
    await tian_min.does(asked, "admit", weight="simple")
    late = await other.post(
        f"/console/cases/{asked}/decline", consent=word_in(stale), version="1.1", code="petition", words="请到信访局"
    )
    assert late.status == 409
    assert "刚才的内容没有提交" in late.text
    assert "田敏" in late.text
    assert (await other.get(f"/console/cases/{asked}")).text.count("没有受理") == 0


async def test_a_double_click_changes_nothing_and_is_no_fault(house, asked, tian_min):
    page = (await tian_min.get(f"/console/cases/{asked}")).text
    form = {"consent": word_in(page), "version": "1.1", "weight": "simple"}
    first, second = [await tian_min.post(f"/console/cases/{asked}/admit", **form) for _ in range(2)]
    assert (first.status, second.status) == (200, 200)
    (case,) = await house.cases()
    assert [row.move for row in await house.history(case)].count("admit") == 1


async def test_a_refused_form_says_why_and_keeps_what_was_written(asked, tian_min):
    refused = await tian_min.does(asked, "decline", code="", words="请到法院起诉，我们不受理")
    assert refused.status == 409
    assert "从理由表里选一条" in refused.text
    assert "请到法院起诉，我们不受理" in refused.text


async def test_an_admission_and_an_assignment_can_be_taken_back(house, asked, tian_min):
    await house.tick("clocks")
    await tian_min.does(asked, "admit", weight="simple")
    assert "退回待审核" in (await tian_min.does(asked, "unadmit")).text
    assert "审核期限" in (await tian_min.get(f"/console/cases/{asked}")).text, "its clock of triage runs again"
    await tian_min.does(asked, "assign", to=await id_of(house, "zhang-weiguo"))
    assert "unadmit" not in await tian_min.deeds(asked)
    assert "已收回" in (await tian_min.does(asked, "recall", reason="选错了人")).text
    assert "assign" in await tian_min.deeds(asked)


# ---- what is nobody else's business ----------------------------------------------------------------------------------


@pytest.fixture
async def elsewhere(house, asked):
    """Wang's case, moved to a station of another district."""
    names = {row.code: row.id for row in await house.rows(select(station.c.code, station.c.id))}
    far = next(code for code in names if not code.startswith("hepan"))

    async def work(db):
        await db.run(update(suggestion).values(station_id=names[far]))

    await house.deps.store.write(work)
    return asked


async def test_a_case_of_another_station_does_not_exist_here(house, elsewhere, tian_min):
    page = f"/console/cases/{elsewhere}"
    assert (await tian_min.get(page)).status == 404
    assert (await tian_min.get(f"{page}/media/1")).status == 404
    assert elsewhere not in (await tian_min.get("/console/cases")).text
    assert page not in (await tian_min.get(f"/console/cases?q={elsewhere}")).text
    assert elsewhere not in (await tian_min.get("/console/")).text
    for deed in ("admit", "decline", "merge", "reply/look", "reply/again"):
        refused = await tian_min.post(f"{page}/{deed}", page="/console/me", version="1.1", text="x", grade="A")
        assert refused.status == 404, deed
    bulk = await tian_min.post("/console/bulk", page="/console/me", deed="admit", case=elsewhere)
    assert elsewhere not in bulk.text
    await tian_min.post("/console/bulk/do", page="/console/me", deed="admit", case=f"{elsewhere} 1")
    (case,) = await house.cases()
    assert case.state == "received"


async def test_a_unit_sees_only_what_it_was_handed_and_nobody_who_wants_to_stay_unknown(house, asked, tian_min, hands):
    unit = await hands("meng-dawei")
    assert (await unit.get(f"/console/cases/{asked}")).status == 404
    await tian_min.does(asked, "seal")
    await answered(house, tian_min, asked)
    page = (await unit.get(f"/console/cases/{asked}")).text
    assert "不公开" in page or "保密" in page
    assert "设为保密" not in page, "it has no such deed"
    assert "发给工作人员的消息" not in page


async def test_a_case_nobody_moves_offers_no_form_to_who_only_looks(house, auditor, asked, hands):
    looks = await hands("yan-cha")
    page = (await looks.get(f"/console/cases/{asked}")).text
    assert COMPLAINT in page
    assert "<details" not in page
    assert (await looks.post(f"/console/cases/{asked}/admit", page="/console/me")).status == 403


# ---- pictures --------------------------------------------------------------------------------------------------------


async def attach(house, data, kind="image", content_type="image/png"):
    """Keep a file as the download does and hang it on the newest case."""
    name = hashlib.sha256(data).hexdigest()
    path = house.deps.settings.home / "media" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    case = (await house.cases())[-1]
    now = house.clock.now()

    async def work(db):
        values = {"channel": "official_account", "account": "hexin", "kind": kind, "state": "kept", "sha256": name,
                  "content_type": content_type, "size": len(data), "created_at": now}  # fmt: skip
        mine = await db.add(insert(media).values(**values))
        await db.run(
            insert(supplement).values(suggestion_id=case.id, kind=kind, media_id=mine, text="", created_at=now)
        )
        return mine

    return await house.deps.store.write(work)


async def test_a_picture_is_shown_in_a_box_where_nothing_runs(house, asked, tian_min):
    mine = await attach(house, b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    assert f"/media/{mine}" in (await tian_min.get(f"/console/cases/{asked}")).text
    got = await tian_min.http.get(f"{house.url}/console/cases/{asked}/media/{mine}")
    assert (got.status, got.content_type) == (200, "image/png")
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("data", [
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html><script>alert(1)</script>",
    b"%PDF-1.7", b"", b"MZ\x90\x00",
])  # fmt: skip
async def test_a_file_that_lies_about_what_it_is_is_only_downloaded(house, asked, tian_min, data):
    mine = await attach(house, data, content_type="image/png")
    got = await tian_min.http.get(f"{house.url}/console/cases/{asked}/media/{mine}")
    assert got.content_type == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment")


async def test_a_picture_is_found_only_through_its_own_case(house, asked, tian_min):
    mine = await attach(house, b"\xff\xd8\xff" + b"0" * 50)
    await Actor(house, "hexin", "oLiu").says("小区门口的路灯坏了一个月没人修，请派人来看看")
    numbers = [case.number for case in await house.cases()]
    assert len(numbers) == 2
    assert (await tian_min.get(f"/console/cases/{numbers[1]}/media/{mine}")).status == 404
    assert (await tian_min.get(f"/console/cases/{numbers[0]}/media/999999999999999999999")).status == 404


# ---- what people typed -----------------------------------------------------------------------------------------------

EVIL = "<script>document.title='PWNED'</script><img src=x onerror=alert(1)>\"'`{{7*7}}"


async def test_nothing_that_anybody_typed_becomes_markup(house, asked, tian_min):
    async def work(db):
        await db.run(update(suggestion).values(subject=EVIL, text=EVIL, place=EVIL))
        await db.run(update(person).where(person.c.code.is_(None)).values(name=EVIL))
        await db.run(update(station).values(name=EVIL))
        await db.run(update(group).values(name=EVIL))
        case = (await db.all(select(suggestion.c.id)))[0]
        values = {"suggestion_id": case.id, "kind": "text", "text": EVIL, "created_at": house.clock.now()}
        await db.run(insert(supplement).values(**values))

    await house.deps.store.write(work)
    await tian_min.does(asked, "decline", code="", words=EVIL)
    await tian_min.does(asked, "add", text=EVIL)
    pages = ["/console/", "/console/cases", f"/console/cases/{asked}", "/console/me"]
    for path in [
        *pages,
        f"/console/cases?q={EVIL}",
        f"/console/cases/{asked}?like={EVIL}",
        f"/console/sign-in?then={EVIL}",
    ]:
        page = (await tian_min.get(path)).text
        assert "<script>document" not in page, path
        assert "<img src=x" not in page, path
        assert "49" not in re.findall(r"`(\d+)", page), path


# ---- what it is about, and whether it is one with another ------------------------------------------------------------


async def test_a_clerk_corrects_what_a_case_is_about(house, asked, tian_min):
    (case,) = await house.cases()
    other = next(row for row in await house.rows(select(category)) if row.id != case.category_id)
    corrected = await tian_min.does(asked, "categorise", category=other.id)
    assert "的类别已改" in corrected.text
    assert (await house.cases())[0].category_id == other.id
    again = await tian_min.does(asked, "categorise", category=other.id)
    assert (again.status, f"的类别已经是{other.name}了" in again.text) == (409, True)
    for nonsense in ("", "0", "99999", "x"):
        refused = await tian_min.does(asked, "categorise", category=nonsense)
        assert (refused.status, "请从列表里选一个类别" in refused.text) == (409, True)


async def test_two_cases_are_looked_at_side_by_side_and_joined_from_there(house, asked, tian_min, hands):
    await Actor(house, "hexin", "oNeighbour").sends("subscribes", scene="hepan-1")
    await Actor(house, "hexin", "oNeighbour").says("我们楼电梯坏了一个月了，还是没人修")
    one, other = [case.number for case in await house.cases()]
    page = (await tian_min.get(f"/console/cases/{other}")).text
    assert f"/console/cases/{other}/beside/{one}" in page
    both = (await tian_min.get(f"/console/cases/{other}/beside/{one}")).text
    assert COMPLAINT in both
    assert "还是没人修" in both
    assert (await tian_min.get(f"/console/cases/{other}/beside/{other}")).status == 404
    assert (await tian_min.get(f"/console/cases/{other}/beside/hepan-261207-9")).status == 404
    version = re.search(rf'{other}/merge".*?name="version" value="([\d.]+)"', both, re.DOTALL)[1]
    done = await tian_min.post(f"/console/cases/{other}/merge", consent=word_in(both), version=version, into=one)
    assert "已并案" in done.text


async def test_what_a_declined_voter_reads_is_looked_at_first(house, asked, wang, tian_min):
    shown = await tian_min.does(asked, "decline/look", code="petition", words="请带上材料")
    assert "看群众会看到什么" in shown.text
    assert "请带上材料" in shown.text
    await house.deliver()
    assert not any("请带上材料" in line for line in wang.heard())
    assert "从理由表里选一条" in (await tian_min.does(asked, "decline/look", code="", words="")).text
    await tian_min.does(asked, "decline", code="petition", words="请带上材料")
    await house.deliver()
    read = re.search(r'<p class="words" dir="auto">(.*?)</p>', shown.text, re.DOTALL)[1]
    assert wang.heard()[-1] == read
