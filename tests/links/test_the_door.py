"""The door of links says no where it must, changes nothing by looking, and does nothing twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.actions import cases, joining, linking
from bot.rules.links import Link, consent, write
from bot.store.tables import assignment, identity, meeting, metadata, person, representative, suggestion, visit
from tests.links.conftest import link_of
from tests.links.test_a_representative_without_wecom import WORDS
from tests.plugins.house import Actor

BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
async def assigned(wang, zhang, station):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    await station.assigns()
    return await link_of(zhang)


async def everything(house):
    """Return every row of every table."""
    return {table.name: await house.rows(select(table)) for table in metadata.sorted_tables}


@BOTH
async def test_opening_a_link_changes_nothing_however_often(office, hand, assigned):
    before = await everything(office)
    for _ in range(3):
        assert (await hand.get(assigned))[0] == 200
    for deed in ("accept", "reply", "return", "transfer", "visit", "fly"):
        status, _, headers = await hand.get(f"{assigned}/{deed}")
        assert (status, headers["Location"]) == (303, assigned)
    async with hand.http.head(f"{office.url}{assigned}") as response:
        assert response.status == 200
    assert await everything(office) == before


async def test_the_page_is_kept_nowhere_and_loads_nothing(hand, assigned):
    _, page, headers = await hand.get(assigned)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page
    assert "src=" not in page


async def test_forged_broken_and_old_links_each_say_what_they_are(office, hand, assigned):
    token = assigned.removeprefix("/case/")
    swapped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for made_up, status, words in [
        (swapped, 403, "请从自己收到的消息里点开"),
        ("A" * 20, 404, "这个链接不完整"),
        ("%E2%80%AE%00", 404, "这个链接不完整"),
    ]:
        answered, page, headers = await hand.get(f"/case/{made_up}")
        assert (answered, words in page) == (status, True)
        assert headers["Cache-Control"] == "no-store"
        assert "路灯" not in page
        assert (await hand.post(f"/case/{made_up}/accept", csrf="x"))[0] == status
    office.clock.move(timedelta(days=7))
    status, page, _ = await hand.get(assigned)
    assert (status, "已过期" in page, "路灯" in page) == (410, True, False)
    assert (await hand.post(f"{assigned}/accept", csrf="x"))[0] == 410


async def test_a_link_made_out_to_somebody_else_shows_neither_words_nor_forms(office, hand, station, assigned):
    row = (await office.rows(select(assignment).order_by(assignment.c.id.desc())))[0]
    stranger = await station.person("li-xiuying")
    ends = office.clock.now() + timedelta(days=1)
    path = f"/case/{write(office.deps.sealer, Link(row.id, stranger, ends))}"
    _, page, _ = await hand.get(path)
    assert "现在不由您办理" in page
    assert "晚上看不见路" not in page
    assert "<form" not in page
    word = consent(office.deps.sealer, path.removeprefix("/case/"), "accept")
    status, page, _ = await hand.post(f"{path}/accept", csrf=word, last="0")
    assert (status, "不能再这样办了" in page) == (409, True)
    assert (await office.cases())[0].state == "assigned"


@pytest.mark.parametrize("borrowed", ["return", None])
async def test_a_form_without_the_word_of_its_own_deed_does_nothing(office, hand, assigned, borrowed):
    hidden = await hand.form(assigned, borrowed) if borrowed else {"csrf": "", "last": "0"}
    status, page, _ = await hand.post(f"{assigned}/accept", **hidden)
    assert (status, "没有提交" in page) == (403, True)
    assert (await office.cases())[0].state == "assigned"
    assert (await hand.post(f"{assigned}/fly", **hidden))[0] == 404


@BOTH
async def test_a_form_sent_twice_is_done_once_and_answered_politely(office, hand, assigned):
    hidden = await hand.form(assigned, "visit")
    told = await asyncio.gather(
        *(hand.post(f"{assigned}/visit", **hidden, text="去看了，三盏不亮。") for _ in range(5))
    )
    assert sorted(status for status, _, _ in told) == [303, 409, 409, 409, 409]
    assert all("已经记下了" in page for status, page, _ in told if status == 409)
    assert len(await office.rows(select(visit))) == 1


async def test_a_reply_written_while_the_voter_adds_words_still_counts(office, hand, wang, assigned):
    hidden = await hand.form(assigned, "reply")
    await wang.says("还有两盏也不亮")
    status, _, headers = await hand.post(f"{assigned}/reply", **hidden, grade="A", text="修好了。")
    assert (status, headers["Location"]) == (303, assigned)


async def test_he_returns_it_with_a_reason_and_the_link_is_over(office, hand, tian, assigned):
    status, page, _ = await hand.does(assigned, "return", reason="  ")
    assert (status, "理由" in page) == (409, True)
    assert (await hand.does(assigned, "return", reason="不在我的选区"))[0] == 303
    _, page, _ = await hand.get(assigned)
    assert "已退回，由工作人员重新交办" in page
    assert "<form" not in page
    assert "晚上看不见路" not in page  # no longer his, no longer his to read
    await office.deliver()
    assert "不在我的选区" in tian.heard()[-1]


async def test_he_passes_it_to_a_colleague_of_the_list_only(office, hand, station, assigned):
    li, tian = await station.person("li-xiuying"), await station.person("tian-min")
    for nobody in ("", str(tian), "0", "九", str(await station.person("zhang-weiguo"))):
        status, page, _ = await hand.does(assigned, "transfer", to=nobody)
        assert (status, "请从名单里选" in page) == (409, True)
    assert (await hand.does(assigned, "transfer", to=str(li), reason="她住那一片"))[0] == 303
    _, page, _ = await hand.get(assigned)
    assert "已转给别的代表" in page
    await office.deliver()
    assert "hepan-261207-1" in office.platform.heard_by("lixiuying", "gongzuo")[-1]


async def test_a_case_given_to_somebody_else_or_merged_or_withdrawn_has_no_forms(office, hand, wang, station, assigned):
    case = (await office.cases())[0]
    hidden = await hand.form(assigned, "accept")

    async def page_says(words):
        _, page, _ = await hand.get(assigned)
        assert words in page
        assert "<form" not in page
        status, _, _ = await hand.post(f"{assigned}/accept", **hidden)
        assert status == 409
        return page

    await wang.says("建议 滨河路路灯又坏了两盏，请修")
    other = (await office.cases())[-1]

    async def merge(desk, _case, actor):
        await linking.merge(desk, case, other, actor)

    await station.does(merge, index=0)
    assert other.number in await page_says("已并入")

    async def apart(desk, _case, actor):
        await joining.take_apart(desk.db, await cases.fresh(desk.db, case.id), actor, "不是一件事", desk.now)

    await station.does(apart, index=0)
    assert (await hand.form(assigned, "accept")) == hidden  # open again
    await station.changes(suggestion.update().where(suggestion.c.id == case.id).values(state="withdrawn"))
    await page_says("群众已撤回")
    await station.changes(suggestion.update().where(suggestion.c.id == case.id).values(state="assigned"))
    await station.assigns("li-xiuying", index=0)
    page = await page_says("已改交别人办理")
    assert "晚上看不见路" not in page


async def test_who_is_no_representative_any_more_sees_and_does_nothing(office, hand, station, assigned):
    zhang = await station.person("zhang-weiguo")
    await station.changes(representative.delete().where(representative.c.person_id == zhang))
    _, page, _ = await hand.get(assigned)
    assert "<form" not in page
    assert "晚上看不见路" not in page


async def test_a_confidential_case_hides_who_wrote_and_no_page_shows_a_phone(office, hand, wang, station, assigned):
    case = (await office.cases())[0]
    await station.changes(person.update().where(person.c.id == case.voter_id).values(name="王秀芳"))
    _, page, _ = await hand.get(assigned)
    assert "王秀芳" in page
    assert "138****5678" in page
    assert "13812345678" not in page
    await station.changes(suggestion.update().values(confidential=True))
    _, page, _ = await hand.get(assigned)
    assert "王秀芳" not in page
    assert "要求保密" in page


@BOTH
async def test_a_unit_without_wecom_works_by_link_too_and_does_not_see_who_wrote(office, hand, wang, meng, station):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    case = (await office.cases())[0]
    await station.changes(person.update().where(person.c.id == case.voter_id).values(name="王秀芳"))
    await station.assigns_unit()
    path = await link_of(meng)
    _, page, _ = await hand.get(path)
    assert "主办单位" in page
    assert "晚上看不见路" in page
    assert "王秀芳" not in page
    assert await hand.form(path, "transfer") == {}
    assert (await hand.does(path, "accept"))[0] == 303
    assert (await hand.does(path, "reply", grade="A", text="三盏灯都换好了。"))[0] == 303
    await office.deliver()
    assert "三盏灯都换好了。" in wang.heard()[-1]


async def test_too_long_or_oddly_encoded_forms_are_refused_and_break_nothing(office, hand, assigned):
    status, page, _ = await hand.does(assigned, "reply", grade="A", text="字" * 601)
    assert (status, "最多写 600 个字" in page) == (409, True)
    assert (await hand.does(assigned, "reply", grade="A", text="字" * 40_000))[0] == 413
    assert (await hand.does(assigned, "reply", grade="E", text="好"))[0] == 409
    async with hand.http.post(
        f"{office.url}{assigned}/accept", data=b"csrf=%ff", headers={"Content-Type": "text/x; charset=klingon"}
    ) as response:
        assert response.status in (400, 403)
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    async with hand.http.post(f"{office.url}{assigned}/accept", data=b"csrf=%ff", headers=form) as response:
        assert response.status == 400
    assert (await hand.does(assigned, "visit", text="去看了\x00\x08三盏"))[0] == 303
    assert [row.text for row in await office.rows(select(visit))] == ["去看了三盏"]


async def test_no_log_line_names_a_link(office, hand, assigned, capsys):
    await hand.get(assigned)
    await hand.post(f"{assigned}/accept", csrf="x")
    await hand.does(assigned, "accept")
    said = capsys.readouterr()
    assert assigned.removeprefix("/case/") not in said.out + said.err


async def test_a_withdrawal_by_the_voter_reaches_the_page(office, hand, wang, station, zhang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    case = (await office.cases())[0]
    row = (await office.rows(select(assignment)))[0]
    link = Link(row.id, await station.person("zhang-weiguo"), office.clock.now() + timedelta(days=1))
    path = f"/case/{write(office.deps.sealer, link)}"
    assert (await hand.get(path))[0] == 200  # handed at once, before the clerk looked
    assert "已撤回" in await wang.says(f"撤回 {case.number}")
    _, page, _ = await hand.get(path)
    assert "群众已撤回" in page
    assert "<form" not in page


async def test_what_the_voter_added_is_shown_too_words_masked_and_pictures_counted(office, hand, wang, zhang, station):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("滨河路的路灯坏了，没人管")
    await wang.sends("sends_image")
    await wang.says("在桥头，13912345678")
    await station.assigns()
    _, page, _ = await hand.get(await link_of(zhang))
    assert "后来补充" in page
    assert "在桥头，139****5678" in page
    assert "1 份" in page


async def test_he_notes_a_meeting_before_during_or_after_and_how_they_met(office, hand, station, assigned):
    await hand.does(assigned, "accept")
    await hand.does(assigned, "meet", stage="before", mode="phone", text="说好周三去看")
    _, page, _ = await hand.get(assigned)
    assert "您已见面沟通" in page
    (row,) = await office.rows(select(meeting))
    assert (row.stage, row.mode, row.note) == ("before", "phone", "说好周三去看")
    _, page, _ = await hand.does(assigned, "meet", stage="someday", mode="phone", text="")
    assert "办前、办中还是办后" in page
    assert len(await office.rows(select(meeting))) == 1


async def test_no_link_stands_in_the_database(office, hand, assigned):
    token = assigned.rpartition("/")[2]
    rows = await everything(office)
    assert not any(token in str(value) for table in rows.values() for row in table for value in row)


async def test_a_card_that_wecom_refuses_comes_by_the_service_account_with_a_link(office, wang, hand, station):
    """Li is in WeCom by the office's list, but the app does not reach her there; she follows the 服务号 too."""
    li = Actor(office, "hexin", "oLi")
    await li.says("你好")
    who = await station.person("li-xiuying")
    (row,) = await office.rows(select(identity).where(identity.c.external_hash == mark(office, "oLi")))
    await station.changes(identity.update().where(identity.c.id == row.id).values(person_id=who))
    office.platform.forget_members("gongzuo", "lixiuying")
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    await station.assigns("li-xiuying")
    status, page, _ = await hand.get(await link_of(li))
    assert (status, "hepan-261207-1" in page) == (200, True)
    assert "签收" in page


def mark(office, person):
    return office.deps.sealer.mark(f"official_account:hexin:{person}", "identity")


async def test_who_opens_links_without_end_has_to_wait(house, hand):
    statuses = [(await hand.get(f"/case/{'A' * 48}"))[0] for _ in range(61)]
    assert set(statuses[:60]) == {404}
    assert statuses[60] == 429
