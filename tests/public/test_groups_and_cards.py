"""Anybody may look at a group and at a representative; what the pages say is so, and nobody's words break them."""

import io
import re

import pytest
from sqlalchemy import delete, insert, select, update

from bot.store.tables import assignment, duty, group_address, person, reception_day, representative, visit
from tests.links.conftest import Station
from tests.public.conftest import change, first_day, seat

GROUP, ZHANG = "/group/hepan-1", "/representative/zhang-weiguo"
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


async def test_a_group_shows_its_next_days_its_people_and_the_way_to_its_calendar(planned, caller):
    await seat(planned)
    status, text, headers = await caller.get(GROUP)
    assert status == 200
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers
    for words in ("河畔街道滨河社区联系群", "12月10日（星期四）", "接待代表：张卫国", "/calendar/group/hepan-1.ics",
                  "apis.map.qq.com", 'href="/representative/zhang-weiguo"'):  # fmt: skip
        assert words in text
    assert "<script" not in text


async def test_a_day_called_off_is_shown_as_such_with_the_reason(planned, caller):
    day = await first_day(planned)
    off = {"state": "cancelled", "reason": "大雪封路"}
    await change(planned, update(reception_day).where(reception_day.c.id == day.id).values(**off))
    _, text, _ = await caller.get(GROUP)
    assert "已取消" in text
    assert "大雪封路" in text


async def test_the_codes_lead_into_the_group_by_both_channels(house, caller):
    assert (await caller.get(f"{GROUP}/official-account.png"))[0] == 404
    await house.tick("entrances")
    await house.deliver()
    rows = await house.rows(select(group_address).where(group_address.c.purpose == "scene"))
    assert all(row.entry_url for row in rows)
    scenes = {row.target for row in house.platform.calls("/qrcode/create") + house.platform.calls("add_contact_way")}
    assert "hepan-1" in scenes
    _, text, _ = await caller.get(GROUP)
    for channel in ("official-account", "customer-service"):
        async with caller.http.get(f"{house.url}{GROUP}/{channel}.png") as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            picture = await answer.read()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) < 4096
        assert f"{GROUP}/{channel}.png" in text
    await house.tick("entrances")
    await house.deliver()
    assert len(house.platform.calls("/qrcode/create")) == len({r.id for r in rows if r.channel == "official_account"})


async def test_a_qr_code_says_the_address_the_platform_gave(house, caller):
    import segno

    await house.tick("entrances")
    await house.deliver()
    (row,) = await house.rows(
        select(group_address).where(group_address.c.address == "hepan-1", group_address.c.channel == "official_account")
    )
    async with caller.http.get(f"{house.url}{GROUP}/official-account.png") as answer:
        got = await answer.read()
    wanted = io.BytesIO()
    segno.make(row.entry_url, error="m", micro=False).save(wanted, kind="png", scale=6, border=4)
    assert got == wanted.getvalue()


async def test_a_platform_that_fails_leaves_the_page_standing(house, caller):
    house.platform.will_answer(-1, times=20)
    await house.tick("entrances")
    await house.deps.outbox.deliver_due()
    status, text, _ = await caller.get(GROUP)
    assert status == 200
    assert "二维码正在生成" in text


def numbers(text):
    return [int(each) for each in re.findall(r"<b>(\d+)</b>", text)]


async def test_a_card_counts_what_the_rows_say(house, caller, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("建议 路灯坏了，晚上看不见路")
    await wang.says("建议 小区井盖丢了一个")
    station = Station(house)
    zhang = await station.person("zhang-weiguo")
    _, text, _ = await caller.get(ZHANG)
    assert numbers(text) == [2, 0, 0, 0]
    assert "已结束 0，在办 2" in text
    await wang.says("撤回")
    first, second = await house.cases()
    await change(house, update(assignment).where(assignment.c.suggestion_id == first.id).values(state="transferred"))
    await change(house, insert(visit).values(suggestion_id=second.id, person_id=zhang, text="", at=house.clock.now()))
    await house.tick("plan")
    await change(house, delete(duty))
    days = await house.rows(select(reception_day.c.id).limit(3))
    for day, state in zip(days, ("attended", "absent", "seated"), strict=True):
        values = {"day_id": day.id, "person_id": zhang, "state": state, "origin": "rota", "at": house.clock.now()}
        await change(house, insert(duty).values(**values))
    _, text, _ = await caller.get(ZHANG)
    rows = await house.rows(
        select(assignment).where(assignment.c.person_id == zhang, assignment.c.state.in_(("assigned", "replied")))
    )
    assert numbers(text) == [len(rows), 0, 1, 1]
    assert "应到 2 次" in text


async def test_a_card_shows_the_pledge_and_the_groups_and_no_phone(house, caller):
    _, text, _ = await caller.get(ZHANG)
    (row,) = await house.rows(
        select(person.c.phone_sealed, representative.c.pledge)
        .join(representative, representative.c.person_id == person.c.id)
        .where(person.c.code == "zhang-weiguo")
    )
    assert row.pledge in text
    assert 'href="/group/hepan-1"' in text
    if row.phone_sealed:
        assert house.deps.sealer.open(row.phone_sealed, "phone") not in text


@pytest.mark.parametrize("path", ["/group/atlantis", "/representative/nobody", "/representative/tian-min",
                                  "/group/hepan-1/telegram.png", "/group/%3Cscript%3E"])  # fmt: skip
async def test_what_is_not_there_is_said_kindly(house, caller, path):
    status, text, _ = await caller.get(path)
    assert status == 404
    assert "没有这一页" in text
    assert "script" not in text


async def test_who_left_has_no_card_and_a_group_without_anybody_no_page(house, caller):
    await change(house, representative.delete())
    assert (await caller.get(ZHANG))[0] == 404
    assert (await caller.get(GROUP))[0] == 404


async def test_no_field_smuggles_a_script_into_a_page(planned, caller):
    from bot.store.tables import group, station

    for table, columns in {
        group: ("name",), station: ("name", "address", "phone"), person: ("name",), representative: ("title", "pledge"),
        reception_day: ("place", "reason"),
    }.items():  # fmt: skip
        await change(
            planned, update(table).values(**dict.fromkeys(columns, SCRIPT[: 40 if "phone" in columns else 90]))
        )
    await change(planned, update(group_address).values(entry_url="https://x.example/'\"><script>1</script>"))
    await seat(planned)
    for path in (GROUP, ZHANG):
        status, text, _ = await caller.get(path)
        assert status == 200
        assert "<script" not in text
        assert "<img src=x" not in text
        assert " onerror=" not in text.replace("&gt;&lt;img src=x onerror=", "")


async def test_who_looks_too_often_is_asked_to_wait(house, caller):
    statuses = [(await caller.get("/group/atlantis"))[0] for _ in range(121)]
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {404}
