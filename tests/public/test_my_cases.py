"""A voter follows their own cases by WeChat or by a code in their chat; nobody else does, and nobody learns a number."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, select, update

from bot.actions import by_link, own_cases
from bot.rules import visitors
from bot.store.tables import identity, joiner, metadata, page_code, person, suggestion
from tests.public.conftest import change

LAMP = "滨河家园 3 号楼前路灯坏了，晚上看不见路"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def number(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says(LAMP)
    return (await house.cases())[0].number


def ticket_in(text):
    return re.search(r'name="ticket" value="([\w-]+)"', text)[1]


async def asks(caller, number):
    status, text, _ = await caller.post("/my/code", {"number": number})
    return status, text


async def code_in(house, actor):
    await house.deliver()
    return re.search(r"验证码：(\d{6})", actor.heard()[-1])[1]


async def enters(caller, ticket, code):
    return await caller.post("/my/enter", {"ticket": ticket, "code": code, "number": "x"})


async def by_code(house, caller, actor, number):
    _, text = await asks(caller, number)
    status, _, headers = await enters(caller, ticket_in(text), await code_in(house, actor))
    assert (status, headers["Location"]) == (303, "/my/")


async def test_without_a_pass_there_is_only_the_door(house, caller, number):
    status, text, headers = await caller.get("/my/")
    assert (status, LAMP in text, number in text) == (200, False, False)
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store"
    assert (await caller.get(f"/my/{number}"))[0] == 303


async def test_the_code_in_the_chat_opens_ones_own_cases(house, caller, wang, number):
    await by_code(house, caller, wang, number)
    _, text, _ = await caller.get("/my/")
    assert number in text
    status, text, _ = await caller.get(f"/my/{number}")
    assert status == 200
    assert LAMP in text
    assert "河畔街道人大代表联络站" in text
    await caller.post("/my/leave")
    assert LAMP not in (await caller.get("/my/"))[1]


async def test_a_voter_of_the_customer_service_gets_the_code_there(house, caller, kang):
    await kang.says("单元门禁坏了半个月，没人来修")
    (case,) = await house.cases()
    await by_code(house, caller, kang, case.number.upper())
    assert "门禁" in (await caller.get(f"/my/{case.number}"))[1]


async def test_asking_for_a_number_that_is_none_looks_and_costs_the_same(house, caller, wang, number):
    heard = len(wang.heard())
    answers, rows = [], []
    for asked in (number, "hepan-261207-9"):
        before = {table.name: len(await house.rows(select(table))) for table in metadata.sorted_tables}
        status, text = await asks(caller, asked)
        after = {table.name: len(await house.rows(select(table))) for table in metadata.sorted_tables}
        rows.append({name: after[name] - before[name] for name in after if after[name] != before[name]})
        answers.append((status, text.replace(ticket_in(text), "T").replace(asked, "N")))
    assert answers[0] == answers[1]
    assert rows[0] == rows[1] == {"page_code": 1, "outgoing": 1}
    waiting = [row for row in await house.owed() if row.kind == "page_code"]
    assert {len(row.content) for row in waiting} == {len(waiting[0].content)}
    assert all(number not in row.content for row in waiting)
    await house.deliver()
    assert len(wang.heard()) == heard + 1, "only the voter of the real number hears anything"
    assert [row for row in await house.owed("parked") if row.key.startswith("code")] == []


async def test_a_code_that_was_never_sent_cannot_be_guessed_or_left_out(house, caller, number):
    _, text = await asks(caller, "hepan-261207-9")
    ticket = ticket_in(text)
    await house.deliver()
    for code in ("000000", "123456", "", "abc", "1234567"):
        status, text, headers = await enters(caller, ticket, code)
        assert (status, "验证码不对" in text, "Set-Cookie" in headers) == (403, True, False)
    assert "hepan" not in str((await house.rows(select(page_code.c.code_hash)))[0])


async def test_five_wrong_tries_end_a_code_even_at_the_same_moment(house, caller, wang, number):
    import asyncio

    _, text = await asks(caller, number)
    ticket, code = ticket_in(text), await code_in(house, wang)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    await asyncio.gather(*(enters(caller, ticket, wrong) for _ in range(6)))
    assert (await enters(caller, ticket, code))[0] == 403
    (row,) = await house.rows(page_code.select())
    assert row.tries == 5


async def test_a_code_works_once_for_ten_minutes_and_with_its_own_ticket(house, caller, wang, number):
    _, text = await asks(caller, number)
    first, code = ticket_in(text), await code_in(house, wang)
    _, text = await asks(caller, number)
    second, _ = ticket_in(text), await code_in(house, wang)
    assert (await enters(caller, second, code))[0] == 403
    assert (await enters(caller, first, code))[0] == 303
    assert (await enters(caller, first, code))[0] == 403
    house.clock.move(timedelta(minutes=11))
    _, text = await asks(caller, number)
    third, code = ticket_in(text), await code_in(house, wang)
    house.clock.move(timedelta(minutes=11))
    assert (await enters(caller, third, code))[0] == 403


async def test_one_number_gets_three_codes_in_ten_minutes_whether_it_exists_or_not(house, caller, number):
    for asked in (number, "hepan-261207-9"):
        house.clock.move(timedelta(minutes=2))
        statuses = [(await asks(caller, asked))[0] for _ in range(4)]
        assert statuses == [200, 200, 200, 429]


async def test_ten_calls_a_minute_are_enough_for_one_address(house, caller):
    statuses = [(await asks(caller, f"hepan-261207-{n}"))[0] for n in range(11)]
    assert statuses == [200] * 10 + [429]


@pytest.mark.parametrize("asked", ["", "1", "x" * 81, "' OR 1=1 --", SCRIPT])
async def test_what_is_no_number_is_named_and_shown_to_nobody(house, caller, asked):
    status, text = await asks(caller, asked)
    assert (status, "编号没有看懂" in text, SCRIPT in text) == (400, True, False)
    assert await house.rows(page_code.select()) == []


async def test_anothers_case_is_as_little_there_as_one_that_is_none(house, caller, wang, kang, number):
    await kang.says("单元门禁坏了半个月，没人来修")
    other = (await house.cases())[-1].number
    await by_code(house, caller, wang, number)
    pages = []
    for asked in (other, "hepan-261207-99", "%27%20OR%201=1", "%3Cscript%3E"):
        status, text, _ = await caller.get(f"/my/{asked}")
        pages.append(text)
        assert status == 404
    assert len(set(pages)) == 1
    assert "门禁" not in pages[0]


async def test_a_pass_cannot_be_made_up_bent_or_kept_too_long(house, caller, wang, number):
    (who,) = {case.voter_id for case in await house.cases()}
    now, sealer = house.clock.now(), house.deps.sealer
    good = visitors.write(sealer, who, now)
    bent = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(0, 40, 3)]
    for word in (*bent, "", "A" * 40, good + "=", good[:-1], "%E2%80%AE", visitors.write(sealer, 999_999, now)):
        caller.http.cookie_jar.clear()
        _, text, _ = await caller.get("/my/", headers={"Cookie": f"lianxin_voter={word}"})
        assert number not in text
    assert number in (await caller.get("/my/", headers={"Cookie": f"lianxin_voter={good}"}))[1]
    house.clock.move(timedelta(hours=2, seconds=1))
    assert number not in (await caller.get("/my/", headers={"Cookie": f"lianxin_voter={good}"}))[1]


async def test_whoever_had_their_data_erased_is_nobody(house, caller, wang, number):
    await by_code(house, caller, wang, number)
    await change(house, update(person).where(person.c.id == (await house.cases())[0].voter_id).values(
        erased_at=house.clock.now()))  # fmt: skip
    assert number not in (await caller.get("/my/"))[1]
    await asks(caller, number)
    await house.deliver()
    rows = await house.rows(page_code.select().order_by(page_code.c.id.desc()))
    assert rows[0].person_id is None


async def test_who_joined_sees_how_it_goes_but_not_the_others_words(house, caller, wang, kang, number):
    await kang.says("你好")
    (case,) = await house.cases()
    (kangs,) = await house.rows(select(identity).where(identity.c.account == "kefu"))
    joins = {"suggestion_id": case.id, "person_id": kangs.person_id, "identity_id": kangs.id, "at": house.clock.now()}
    await change(house, insert(joiner).values(**joins))
    word = visitors.write(house.deps.sealer, kangs.person_id, house.clock.now())
    for path in ("/my/", f"/my/{number}"):
        _, text, _ = await caller.get(path, headers={"Cookie": f"lianxin_voter={word}"})
        assert number in text
    assert LAMP not in text.replace(case.subject, "")


async def test_a_form_from_elsewhere_is_refused(house, caller, number):
    for path in ("/my/code", "/my/enter", "/my/leave"):
        answer = await caller.post(path, {"number": number}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer[0] == 403
    assert await house.rows(page_code.select()) == []


# ---- by WeChat -------------------------------------------------------------------------------------------------------


async def leaves(caller):
    status, _, headers = await caller.get("/my/wechat/hexin")
    assert status == 303
    return urlsplit(headers["Location"])


async def comes_back(caller, house, person="oWang", state=None):
    address = await leaves(caller)
    async with caller.http.get(
        f"{house.platform.base_url}{address.path}?{address.query}&person={person}", allow_redirects=False
    ) as led:
        back = urlsplit(led.headers["Location"])
    query = {name: values[0] for name, values in parse_qs(back.query).items()}
    query |= {} if state is None else {"state": state}
    return await caller.get(back.path, params=query), query


async def test_a_follower_comes_in_by_wechat_itself(house, caller, number):
    address = await leaves(caller)
    assert (address.path, address.fragment) == ("/connect/oauth2/authorize", "wechat_redirect")
    assert parse_qs(address.query)["scope"] == ["snsapi_base"]
    (status, _, headers), _ = await comes_back(caller, house)
    assert (status, headers["Location"]) == (303, "/my/")
    cookie = headers.getall("Set-Cookie")[0]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert number in (await caller.get("/my/"))[1]


@pytest.mark.parametrize("state", ["", "x", "A" * 32])
async def test_a_code_of_another_browser_opens_nothing(house, caller, number, state):
    (status, text, _), query = await comes_back(caller, house, state=state)
    assert (status, "不是从这个页面开始的" in text) == (403, True)
    caller.http.cookie_jar.clear()
    status, _, _ = await caller.get("/my/wechat/hexin/back", params=query)
    assert status == 403


async def test_a_code_of_wechat_works_once(house, caller, number):
    (_, _, _), query = await comes_back(caller, house)
    address = await leaves(caller)
    query["state"] = parse_qs(address.query)["state"][0]
    assert (await caller.get("/my/wechat/hexin/back", params=query))[0] == 403


async def test_a_preview_account_and_a_stranger_are_nobody(house, caller, number):
    house.platform.add_members("hexin", "oStranger")
    (status, text, _), _ = await comes_back(caller, house, "oStranger")
    assert (status, "还没有通过公众号反映过事" in text) == (403, True)
    account = house.platform.world.account("hexin")
    house.platform.world.virtual.add((account.key, "oWang"))
    (status, text, _), _ = await comes_back(caller, house)
    assert (status, "预览身份" in text) == (403, True)


async def test_an_unknown_account_is_not_led_anywhere(caller):
    assert (await caller.get("/my/wechat/nobody"))[0] == 404
    assert (await caller.get("/my/wechat/gongzuo"))[0] == 404


# ---- what the pages show ---------------------------------------------------------------------------------------------


def test_every_step_a_voter_sees_has_its_words():
    assert set(own_cases.STORY) <= set(by_link.STORY)


async def test_no_word_of_a_voter_becomes_a_script(house, caller, wang, number):
    words = f"{SCRIPT}<img src=x onerror=alert(1)>"
    await change(house, update(suggestion).values(subject=words, text=words, place=words))
    await by_code(house, caller, wang, number)
    for path in ("/my/", f"/my/{number}"):
        _, text, headers = await caller.get(path)
        assert "<script" not in text
        assert "<img src=x" not in text
        assert "unsafe" not in headers["Content-Security-Policy"]
