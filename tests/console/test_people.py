"""An office sees to who may sign in: for its own people, and nobody's secret is shown twice."""

import re

from sqlalchemy import insert, select

from bot.store.tables import clerk, person, station
from tests.console.conftest import give_password


async def id_of(house, code):
    (row,) = await house.rows(select(person.c.id).where(person.c.code == code))
    return row.id


async def shown(answer):
    return re.search(r"<code>([^<]+)</code>", answer.text)[1]


async def test_an_officer_writes_a_link_that_lets_a_clerk_choose_a_password(house, hands):
    han = await hands("han-xueqin")
    given = await han.post(f"/console/people/{await id_of(house, 'tian-min')}/link", page="/console/people")
    path = (await shown(given)).removeprefix(house.url)
    assert "<code>" not in (await han.get("/console/people")).text, "shown once"
    assert (await (await hands()).post(path)).path == "/console/me/password"


async def test_a_first_password_is_good_for_one_thing_to_choose_another(house, hands):
    han, tian = await hands("han-xueqin"), await hands()
    words = await shown(
        await han.post(f"/console/people/{await id_of(house, 'tian-min')}/password", page="/console/people")
    )
    assert (await tian.post("/console/sign-in", name="tian-min", password=words)).path == "/console/me/password"


async def test_whoever_is_switched_off_is_out_at_once_and_stays_out(house, hands):
    await give_password(house, "tian-min")
    han, tian = await hands("han-xueqin"), await hands("tian-min")
    await han.post(f"/console/people/{await id_of(house, 'tian-min')}/off", page="/console/people")
    assert (await tian.get("/console/")).path == "/console/sign-in"
    assert (
        await han.post(f"/console/people/{await id_of(house, 'han-xueqin')}/off", page="/console/people")
    ).status == 200
    assert (await han.get("/console/")).path == "/console/", "nobody locks themselves out"


async def test_people_of_another_district_are_none_of_an_officers_business(house, hands):
    han = await hands("han-xueqin")
    page = (await han.get("/console/people")).text
    ours = set(re.findall(r"/console/people/(\d+)/link", page))
    rows = await house.rows(select(person.c.id).where(person.c.code == "cui-zhengyuan"))  # of the city above
    assert str(rows[0].id) not in ours
    assert (await han.post(f"/console/people/{rows[0].id}/password", page="/console/people")).status == 404


async def test_many_who_may_sign_in_come_a_page_at_a_time_and_are_found_by_name_or_code(house, hands):
    (home,) = await house.rows(select(station.c.id).where(station.c.code == "hepan"))

    async def work(db):
        for number in range(60):
            values = {"code": f"helper-{number}", "name": f"帮手{number}", "created_at": house.clock.now()}
            await db.run(
                insert(clerk).values(person_id=await db.add(insert(person).values(**values)), station_id=home.id)
            )

    await house.deps.store.write(work)
    han = await hands("han-xueqin")
    page, seen = (await han.get("/console/people")).text, []
    count = int(re.search(r"<p>(\d+) 人</p>", page)[1])
    while True:
        seen += re.findall(r'<span class="soft">([\w-]*)</span>', page)
        if not (more := re.search(r'rel="next" href="([^"]+)"', page)):
            break
        page = (await han.get(more[1].replace("&amp;", "&"))).text
    assert len(seen) == len(set(seen)) == count > 60
    for words, code in (("帮手57", "helper-57"), ("helper-58", "helper-58")):
        page = (await han.get(f"/console/people?q={words}")).text
        assert re.findall(r'<span class="soft">([\w-]*)</span>', page) == [code]
    assert "没有找到" in (await han.get("/console/people?q=100%25")).text
