"""A representative's own pages: what is theirs to do, visits with photo and place, duty, the record – and nobody else's."""

import io
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.clock import SHANGHAI
from bot.rules import links, passes
from bot.rules.passes import Pass
from bot.store.tables import assignment, duty, media, person, reception_day, reception_entry, representative, visit
from bot.store.tables import station as station_
from tests.links.conftest import link_of

BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
WORDS = "滨河路的路灯坏了一个月，晚上看不见路。我的电话13812345678"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
RIVER = {"latitude": "37.861234", "longitude": "113.580021"}


@pytest.fixture
async def assigned(wang, zhang, station):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(WORDS)
    await station.assigns()
    return await link_of(zhang)


@pytest.fixture
async def home(zhang):
    """Where Zhang's own pages are, as he was told."""
    return urlsplit(re.search(r"https?://\S+", await zhang.says("我的页面"))[0]).path


async def fill(hand, page, path, **fields):
    """Send the form of a page that goes to that path, with what it hides; returns status, text, where it leads."""
    _, text, _ = await hand.get(page)
    found = re.search(rf'action="{re.escape(path)}"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert found, path
    data = aiohttp.FormData(default_to_multipart="photo" in fields)
    for name, value in (dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[1])) | fields).items():
        data.add_field(name, value, **({} if isinstance(value, str) else {"filename": "x.png"}))
    async with hand.http.post(f"{hand.house.url}{path}", data=data, allow_redirects=False) as got:
        return got.status, await got.text(), got.headers.get("Location", "")


@BOTH
async def test_his_cases_stand_there_each_with_its_next_step(office, hand, assigned, home):
    status, page, headers = await hand.get(home)
    assert status == 200
    assert "hepan-261207-1" in page
    assert "看一看，签收" in page
    assert "13812345678" not in page
    assert (headers["Referrer-Policy"], headers["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    case = re.search(r'<a class="button first" href="([^"]+)"', page)[1]
    assert case.startswith("/case/")
    assert (await hand.does(case, "accept"))[0] == 303
    _, page, _ = await hand.get(home)
    assert "记走访<" in page
    page = await visits(hand, home)
    assert (await fill(hand, page, page, text="去看了，三盏不亮。"))[0] == 303
    _, page, _ = await hand.get(home)
    assert re.search(r'class="button first"[^>]*>答复<', page)
    assert (await hand.does(case, "reply", grade="A", text="修好了"))[0] == 303
    _, page, _ = await hand.get(home)
    assert "现在没有等您办的事" in page
    assert "hepan-261207-1" in page.split('id="done"')[1]


@BOTH
async def test_a_visit_is_noted_with_photo_and_place_and_the_desk_sees_them(office, hand, assigned, home):
    await hand.does(assigned, "accept")
    page = await visits(hand, home)
    status, _, to = await fill(hand, page, page, text="三盏不亮，已拍照。", photo=PNG, **RIVER)
    assert (status, to.startswith("/case/")) == (303, True)
    (row,) = await office.rows(select(visit))
    assert (row.text, row.latitude, row.longitude) == ("三盏不亮，已拍照。", 37.861234, 113.580021)
    (kept,) = await office.rows(select(media).where(media.c.id == row.media_id))
    assert (kept.state, kept.content_type, kept.size) == ("kept", "image/png", len(PNG))
    assert (office.deps.settings.home / "media" / kept.sha256[:2] / kept.sha256).read_bytes() == PNG
    assert (await office.cases())[0].state == "handling"
    _, record, _ = await hand.get(f"{home}/record")
    assert "有照片" in record
    assert "有位置" in record
    assert re.search(r"<b>1</b><small>走访次数", record)


async def test_a_lying_file_is_refused_its_words_stay_and_nothing_is_kept(office, hand, assigned, home):
    await hand.does(assigned, "accept")
    page = await visits(hand, home)
    for lie in (b"<script>alert(1)</script>", b"GIF9", b"%PDF-1.7"):
        status, text, _ = await fill(hand, page, page, text="三盏不亮。", photo=lie)
        assert (status, "选的文件不是照片" in text, "三盏不亮。" in text) == (409, True, True)
    assert await office.rows(select(visit)) == []
    status, _, _ = await fill(hand, page, page, text="", photo=PNG)
    assert status == 409
    folder = office.deps.settings.home / "media"
    assert [path for path in folder.rglob("*") if path.is_file()] == [], "a photo of a visit that was not noted"
    big = await fill(hand, page, page, text="x", photo=io.BytesIO(b"\xff\xd8\xff" + bytes(9 * 1024 * 1024)))
    assert big[0] == 413


async def test_the_same_visit_sent_twice_is_noted_once_and_nonsense_is_no_place(office, hand, assigned, home):
    await hand.does(assigned, "accept")
    page = await visits(hand, home)
    _, text, _ = await hand.get(page)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)) | {"text": "看了"}
    hidden |= {"latitude": "nan", "longitude": "999"}
    told = [(await hand.post(page, **hidden))[0] for _ in range(2)]
    assert told == [303, 409]
    (row,) = await office.rows(select(visit))
    assert row.latitude is None


@BOTH
async def test_he_sees_his_duty_takes_leave_and_comes_back(office, hand, home, zhang):
    await office.tick("plan")
    (day,) = await own_days(office, zhang, 1)
    _, page, _ = await hand.get(f"{home}/duty")
    assert f'name="day" value="{day.id}"' in page
    status, page, _ = await fill(hand, f"{home}/duty", f"{home}/duty/leave", reason="出差")
    assert status == 303
    assert (await seats_of(office, day))[0].state in ("excused", "swapped")
    _, page, _ = await hand.get(f"{home}/duty?did=leave")
    assert "假已记下" in page
    assert "销假" in page
    assert (await fill(hand, f"{home}/duty", f"{home}/duty/end_leave"))[0] == 303
    assert "seated" in [row.state for row in await seats_of(office, day)]


@BOTH
async def test_he_asks_a_colleague_who_agrees_on_her_own_page(office, hand, home, zhang):
    await office.tick("plan")
    (day,) = await own_days(office, zhang, 1)
    _, page, _ = await hand.get(f"{home}/duty")
    name = re.search(r"<option>([^<]+)</option>", page)[1]
    assert (await fill(hand, f"{home}/duty", f"{home}/duty/swap", name=name))[0] == 303
    asked = await other_home(office, name)
    _, page, _ = await hand.get(f"{asked}/duty")
    assert "张卫国代表请您在" in page
    assert (await fill(hand, f"{asked}/duty", f"{asked}/duty/agree"))[0] == 303
    _, page, _ = await hand.get(f"{home}/duty")
    assert f'name="day" value="{day.id}"' not in page
    _, page, _ = await hand.get(f"{asked}/duty")
    assert f'name="day" value="{day.id}"' in page
    refused = await hand.post(f"{home}/duty/agree", csrf=consent(office, home, "agree"), asked="1")
    assert (refused[0], "现在没有等您回答的换班" in refused[1]) == (409, True), "it was not put to him"


async def test_a_fault_on_the_page_of_duty_says_what_to_do(office, hand, home, zhang):
    await office.tick("plan")
    for deed, fields, words in [
        ("leave", {"day": "999999", "reason": "出差"}, "已经不由您值班"),
        ("swap", {"day": "x"}, "已经不由您值班"),
        ("agree", {"asked": "999"}, "现在没有等您回答的换班"),
    ]:
        status, page, _ = await hand.post(f"{home}/duty/{deed}", csrf=consent(office, home, deed), **fields)
        assert (status, words in page) == (409, True), deed
    assert (await hand.post(f"{home}/duty/leave", csrf="0" * 32, day="1", reason="x"))[0] == 403
    assert (await hand.post(f"{home}/duty/fly", csrf="x"))[0] == 404


# ---- nobody else's ---------------------------------------------------------------------------------------------------


async def test_the_address_is_given_to_representatives_and_in_private_only(office, wang, zhang):
    assert "是代表用的" in await wang.says("我的页面")
    assert "/rep/" in await zhang.says("我的页面")


async def test_a_changed_an_old_and_a_former_representatives_address_open_nothing(office, hand, home, zhang, station):
    token = home.removeprefix("/rep/")
    changed = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    for made_up in (changed, "A" * 40, "x"):
        assert (await hand.get(f"/rep/{made_up}"))[0] == 403
        assert (await hand.get(f"/rep/{made_up}/duty"))[0] == 403
    office.clock.move(timedelta(days=7))
    status, page, _ = await hand.get(home)
    assert (status, "已过期" in page) == (410, True)
    office.clock.move(timedelta(days=-7))
    person_id = await station.person("zhang-weiguo")
    await station.changes(representative.delete().where(representative.c.person_id == person_id))
    assert (await hand.get(home))[0] == 403


async def test_another_representative_cannot_note_a_visit_for_a_case_that_is_not_theirs(
    office, hand, assigned, station
):
    (*_, row) = await office.rows(select(assignment).order_by(assignment.c.id))
    stranger = await station.person("li-xiuying")
    theirs = f"/rep/{passes.write(office.deps.sealer, Pass(stranger, office.clock.now() + timedelta(days=1)))}"
    status, _, headers = await hand.get(f"{theirs}/visit/{row.id}")
    assert (status, headers["Location"].startswith("/case/")) == (303, True), "the case says why it is not theirs"
    status, _, _ = await hand.post(
        f"{theirs}/visit/{row.id}", csrf=consent(office, theirs, "visit"), text="x", last="0"
    )
    assert status in (303, 409)
    assert await office.rows(select(visit)) == []
    assert "hepan-261207-1" not in (await hand.get(theirs))[1]


async def test_on_a_phone_of_360_px_every_page_fits_and_the_place_is_asked_for(office, phone, assigned, home, hand):
    await hand.does(assigned, "accept")
    await office.tick("plan")
    await phone.set_viewport_size({"width": 360, "height": 740})
    await phone.context.grant_permissions(["geolocation"], origin=office.url)
    await phone.context.set_geolocation({"latitude": 37.86, "longitude": 113.58})
    for path in (home, f"{home}/duty", f"{home}/record", await visits(hand, home)):
        await phone.goto(f"{office.url}{path}")
        assert await phone.evaluate("document.documentElement.scrollWidth") <= 360, path
        for button in await phone.locator("button:visible, summary:visible").all():
            assert (await button.bounding_box())["height"] >= 40, path
    await phone.get_by_label("看到的情况").fill("三盏不亮")
    await phone.get_by_role("button", name="附上我现在的位置").click()
    await expect(phone.get_by_text("位置已附上")).to_be_visible()
    await phone.get_by_role("button", name="记下").click()
    await expect(phone.get_by_role("status")).to_contain_text("您已走访查看")
    (row,) = await office.rows(select(visit))
    assert (row.latitude, row.longitude) == (37.86, 113.58)


async def visits(hand, home):
    """Return where a visit for the one case is noted."""
    _, page, _ = await hand.get(home)
    return re.search(r'href="(/rep/[^"]+/visit/\d+)"', page)[1]


def consent(house, home, deed):
    return links.consent(house.deps.sealer, home.removeprefix("/rep/"), deed)


async def own_days(house, zhang, most):
    rows = await house.rows(
        select(reception_day)
        .join(duty, duty.c.day_id == reception_day.c.id)
        .where(duty.c.person_id == await id_of(house, "zhang-weiguo"), duty.c.state == "seated")
        .order_by(reception_day.c.date)
    )
    return rows[:most]


async def id_of(house, code):
    (row,) = await house.rows(select(person.c.id).where(person.c.code == code))
    return row.id


async def seats_of(house, day):
    return await house.rows(select(duty).where(duty.c.day_id == day.id).order_by(duty.c.id))


async def other_home(house, name):
    (row,) = await house.rows(select(person.c.id).where(person.c.name == name))
    return f"/rep/{passes.write(house.deps.sealer, Pass(row.id, house.clock.now() + timedelta(days=1)))}"


# ---- the register ----------------------------------------------------------------------------------------------------

SAID = "南关街的下水道堵了半个月，一下雨就满街污水"


@pytest.fixture
async def session(house):
    """The morning of a reception day at Zhang's station."""
    await house.tick("plan")
    house.clock.move_to(datetime(2026, 12, 10, 9, 0, tzinfo=SHANGHAI))
    query = select(reception_day).join(station_, station_.c.id == reception_day.c.station_id)
    (day,) = await house.rows(query.where(station_.c.code == "hepan", reception_day.c.planned_on == "2026-12-10"))
    return day


@BOTH
async def test_he_takes_down_what_a_visitor_says_and_the_desk_has_it(house, zhang, hand, session):
    home = urlsplit(re.search(r"https?://\S+", await zhang.says("我的页面"))[0]).path
    path = f"{home}/register"
    filled = {"name": "李桂花", "phone": "13900001111", "words": SAID, "category": "guess", "disposition": "street"}
    status, _, where = await fill(hand, path, path, **filled)
    assert status == 303
    _, page, _ = await hand.get(where)
    assert "第 1 条已登记" in page
    assert SAID[:20] in page
    assert "李桂花" not in page, "the page names nobody in full"
    assert "13900001111" not in page
    (entry,) = await house.rows(select(reception_entry))
    assert (entry.day_id, entry.number, entry.disposition) == (session.id, 1, "street")
    assert entry.category_id is not None
    assert SAID[:10] in await zhang.says("登记表")


async def test_nothing_is_taken_down_without_words_by_a_strange_form_or_of_another_session(house, zhang, hand, session):
    home = urlsplit(re.search(r"https?://\S+", await zhang.says("我的页面"))[0]).path
    path = f"{home}/register"
    status, page, _ = await fill(hand, path, path, name="李桂花", words="")
    assert status == 409
    assert "请填“原话”一栏" in page
    assert 'value="李桂花"' in page, "what was written stays"
    assert (await fill(hand, path, path, words=SAID, csrf="x"))[0] == 403
    others = await house.rows(select(reception_day.c.id).where(reception_day.c.station_id != session.station_id))
    assert others
    for day in others:
        assert (await fill(hand, path, path, words=SAID, day=str(day.id)))[0] == 404
    assert await house.rows(select(reception_entry)) == []


async def test_who_has_no_session_or_is_no_representative_any_more_takes_down_nothing(
    house, station, zhang, hand, home
):
    status, page, _ = await hand.get(f"{home}/register")
    assert (status, "今天没有归您的接待" in page) == (200, True)
    assert "<form" not in page
    assert (await hand.get("/rep/forged/register"))[0] == 403
    zhang_id = await station.person("zhang-weiguo")
    await station.changes(representative.delete().where(representative.c.person_id == zhang_id))
    assert (await hand.get(f"{home}/register"))[0] == 403


async def test_the_register_fits_on_a_phone_of_360_px(house, session, zhang, phone):
    home = urlsplit(re.search(r"https?://\S+", await zhang.says("我的页面"))[0]).path
    await phone.set_viewport_size({"width": 360, "height": 740})
    await phone.goto(f"{house.url}{home}/register")
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 360
    for button in await phone.locator("button:visible").all():
        assert (await button.bounding_box())["height"] >= 40
    await phone.get_by_label("反映的事（群众原话）").fill(SAID)
    await phone.get_by_text("交街道（乡镇）办理").click()
    await phone.get_by_role("button", name="登记一条").click()
    await expect(phone.get_by_role("status")).to_contain_text("第 1 条已登记")
    (entry,) = await house.rows(select(reception_entry))
    assert (entry.day_id, entry.disposition) == (session.id, "street")
