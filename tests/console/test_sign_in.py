"""At the door of the console: who is let in, who is not, and how one gets out again."""

from datetime import timedelta

import pyotp
import pytest
from yarl import URL

from handlers.console.inviting import first_link
from tests.console.conftest import PASSWORD, give_password, link_for, word_in

DOOR = "/console/sign-in"


async def test_who_is_not_signed_in_is_asked_who_they_are_and_led_on_to_where_they_wanted(house, hand):
    await give_password(house, "tian-min")
    asked = await hand.get("/console/me")
    assert asked.path == DOOR
    assert 'value="/console/me"' in asked.text
    came = await hand.post(DOOR, name="Tian-Min", password=PASSWORD, then="/console/me")
    assert (came.status, came.path) == (200, "/console/me")
    assert "田敏" in came.text


@pytest.mark.parametrize(
    "then", ["https://evil.example/", "//evil.example", "/console/../../evil", "/console//e", "/case/x"]
)
async def test_nobody_is_led_out_of_the_house(house, hand, then):
    await give_password(house, "tian-min")
    assert (await hand.post(DOOR, name="tian-min", password=PASSWORD, then=then)).path == "/console/"


@pytest.mark.parametrize(("words", "remembered"), [("灯", True), ("灯" * 400, False)])
async def test_an_address_too_long_for_a_proxy_is_not_carried_to_the_sign_in(hand, words, remembered):
    came = await hand.get(f"/console/cases?q={words}")
    assert (came.path, "/console/cases" in came.text) == (DOOR, remembered)


async def test_five_wrong_passwords_lock_the_name_for_a_quarter_of_an_hour(house, hand):
    await give_password(house, "tian-min")
    for _ in range(5):
        wrong = await hand.post(DOOR, name="tian-min", password="wrong-password")
        assert (wrong.status, wrong.path) == (403, DOOR)
        assert "登录名或密码不对" in wrong.text
    locked = await hand.post(DOOR, name="tian-min", password=PASSWORD)
    assert locked.status == 403
    assert "先停用约 15 分钟" in locked.text
    assert (await hand.get("/console/me")).path == DOOR


async def test_a_name_nobody_has_is_answered_like_any_other(house, hand):
    for _ in range(5):
        wrong = await hand.post(DOOR, name="nobody", password="wrong-password")
        assert "登录名或密码不对" in wrong.text
    assert "先停用约 15 分钟" in (await hand.post(DOOR, name="nobody", password="wrong")).text


async def test_the_right_password_forgets_the_wrong_ones(house, hands):
    await give_password(house, "tian-min")
    for _ in range(2):
        hand = await hands()
        for _ in range(3):
            await hand.post(DOOR, name="tian-min", password="wrong-password")
        assert (await hand.post(DOOR, name="tian-min", password=PASSWORD)).path == "/console/"


async def test_a_password_that_was_somebody_elses_idea_is_changed_first(house, hand):
    await give_password(house, "tian-min", "made-up-by-an-officer", must_change=True)
    came = await hand.post(DOOR, name="tian-min", password="made-up-by-an-officer")
    assert came.path == "/console/me/password"
    assert (await hand.get("/console/")).path == "/console/me/password"
    for new, again, said in [
        ("short", "short", "太短"), ("tian-min-2026", "tian-min-2026", "不能有登录名"), (PASSWORD, "other-words-9", "不一样"),
        ("abcdefghij", "abcdefghij", "太容易猜"), ("1234567890", "1234567890", "常见"), ("made-up-by-an-officer",) * 2 + ("换一个",),
    ]:  # fmt: skip
        refused = await hand.post("/console/me/password", old="made-up-by-an-officer", new=new, again=again)
        assert (refused.status, said in refused.text) == (400, True), new
    assert "现在的密码不对" in (await hand.post("/console/me/password", old="x", new=PASSWORD, again=PASSWORD)).text
    done = await hand.post("/console/me/password", old="made-up-by-an-officer", new=PASSWORD, again=PASSWORD)
    assert done.path == "/console/"


async def test_a_changed_password_signs_every_other_browser_out(house, hands):
    await give_password(house, "tian-min")
    mine, other = await hands("tian-min"), await hands("tian-min")
    await mine.post("/console/me/password", old=PASSWORD, new="another-fine-word", again="another-fine-word")
    assert (await mine.get("/console/me")).path == "/console/me"
    assert (await other.get("/console/me")).path == DOOR


async def test_a_link_lets_its_person_in_once(house, hand, hands):
    path = await link_for(house, "tian-min")
    assert "田敏，您好" in (await hand.get(path)).text  # a chat that opens links uses nothing up
    assert (await hand.post(path)).path == "/console/"
    again = await (await hands()).get(path)
    assert again.status == 410
    assert "已经用过或过期" in again.text


async def test_a_link_is_over_after_a_day_or_when_another_is_written(house, hand):
    first = await link_for(house, "tian-min")
    second = await link_for(house, "tian-min")
    assert (await hand.get(first)).status == 410
    house.clock.move(timedelta(hours=24))
    assert (await hand.get(second)).status == 410


async def test_on_the_first_day_a_link_is_written_for_the_offices_first_person_and_later_none(house, hand):
    path = await first_link(house.deps.store, house.clock.now())
    came = await hand.post(path)
    assert came.path == "/console/me/password"
    done = await hand.post("/console/me/password", new=PASSWORD, again=PASSWORD)
    assert done.path == "/console/"
    assert await first_link(house.deps.store, house.clock.now()) == ""


async def test_signing_in_changes_the_cookie_so_that_a_planted_one_is_worth_nothing(house, hand):
    await hand.get(DOOR)
    before = hand.cookie()
    await hand.signs_in("tian-min")
    assert before
    assert hand.cookie() != before


async def test_a_stolen_cookie_is_worth_nothing_after_signing_out(house, hand, hands):
    await hand.signs_in("tian-min")
    thief = await hands()
    thief.http.cookie_jar.update_cookies({"lianxin": hand.cookie()}, response_url=URL(house.url))
    assert (await thief.get("/console/me")).path == "/console/me"
    await hand.post("/console/out", page="/console/me")
    assert (await thief.get("/console/me")).path == DOOR


async def test_signing_out_everywhere_ends_every_session(house, hands):
    one, other = await hands("tian-min"), await hands("tian-min")
    await one.post("/console/out", page="/console/me", everywhere="1")
    assert (await other.get("/console/me")).path == DOOR


async def test_a_session_ends_after_twelve_hours_however_busy(house, hand):
    await hand.signs_in("tian-min")
    house.clock.move(timedelta(hours=11, minutes=59))
    assert (await hand.get("/console/me")).path == "/console/me"
    house.clock.move(timedelta(minutes=2))
    assert (await hand.get("/console/me")).path == DOOR


async def test_a_session_ends_when_nobody_comes_for_an_hour(house, hand):
    await hand.signs_in("tian-min")
    (key,) = await house.deps.memory._redis.keys("lianxin:value:session:*")
    left = await house.deps.memory._redis.pttl(key)
    assert 3_500_000 < left <= 3_600_000


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house, hand):
    got = await hand.get(DOOR)
    cookie = got.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


async def test_a_form_from_elsewhere_is_refused(house, hand):
    await give_password(house, "tian-min")
    for word in ("", "00", "zz", "0" * 32):
        refused = await hand.post(DOOR, name="tian-min", password=PASSWORD, consent=word)
        assert (refused.status, "已经过期" in refused.text) == (403, True)


async def test_a_form_of_another_browser_is_refused(house, hand, hands):
    await give_password(house, "tian-min")
    theirs = word_in((await (await hands()).get(DOOR)).text)
    await hand.get(DOOR)
    assert (await hand.post(DOOR, name="tian-min", password=PASSWORD, consent=theirs)).status == 403


async def test_six_digits_are_asked_for_once_they_are_set_up_and_work_once(house, hands):
    await give_password(house, "tian-min")
    hand = await hands("tian-min")
    page = await hand.get("/console/me/totp")
    secret = page.text.split('<code class="number">')[1].split("<")[0]
    clock = pyotp.TOTP(secret)
    assert (await hand.post("/console/me/totp", code="000000")).status == 403
    assert (await hand.post("/console/me/totp", code=clock.at(house.clock.now()))).path == "/console/me"

    other = await hands()
    came = await other.post(DOOR, name="tian-min", password=PASSWORD)
    assert came.path == "/console/code"
    assert (await other.get("/console/")).path == "/console/code", "the password alone opens nothing"
    assert "验证码不对" in (await other.post("/console/code", code="000000")).text
    digits = clock.at(house.clock.now())
    assert (await other.post("/console/code", code=f"{digits[:3]} {digits[3:]}")).path == "/console/"
    third = await hands()
    await third.post(DOOR, name="tian-min", password=PASSWORD)
    assert "已经用过" in (await third.post("/console/code", code=digits)).text
    house.clock.move(timedelta(seconds=30))
    assert (await third.post("/console/code", code=clock.at(house.clock.now()))).path == "/console/"


async def test_whoever_serves_elsewhere_but_has_nothing_to_do_here_is_told_so(house, hand):
    came = await hand.signs_in("zhang-weiguo")
    assert came.status == 403
    assert "没有开通任何工作" in came.text


async def test_without_redis_the_door_says_why_it_is_shut_and_nothing_breaks(house, hand):
    await hand.signs_in("tian-min")
    await house.deps.memory.close()
    shut = await hand.get("/console/me")
    assert shut.status == 503
    assert "暂时无法确认您的登录" in shut.text


async def test_one_address_tries_thirty_times_a_minute_whatever_the_names(house, hand):
    """One well-known password on every name of the office locks no name; it is the address that has to wait."""
    for number in range(30):
        assert (await hand.post("/console/sign-in", name=f"name-{number}", password="12345678")).status == 403
    waits = await hand.post("/console/sign-in", name="name-31", password="12345678")
    assert (waits.status, "Retry-After" in waits.headers) == (429, True)
    assert house.deps.texts("sorry.too_often") in waits.text
    house.clock.move(timedelta(minutes=1))
    assert (await hand.post("/console/sign-in", name="name-31", password="12345678")).status == 403


async def test_whoever_holds_a_session_cannot_guess_the_password_or_the_digits(house, hands):
    """A stolen session is bad enough: it must not become the password, nor the second factor."""
    await give_password(house, "tian-min")
    hand = await hands("tian-min")
    page = await hand.get("/console/me/totp")
    secret = page.text.split('<code class="number">')[1].split("<")[0]
    clock = pyotp.TOTP(secret)
    await hand.post("/console/me/totp", code=clock.at(house.clock.now()))
    assert (await hand.get("/console/me/totp")).path == "/console/me", "one's own secret cannot be put in its place"
    for _ in range(5):
        assert (await hand.post("/console/me/totp-off", page="/console/me", code="000000")).status == 403
    house.clock.move(timedelta(seconds=30))
    waits = await hand.post("/console/me/totp-off", page="/console/me", code=clock.at(house.clock.now()))
    assert (waits.status, "输错太多次" in waits.text) == (403, True)
    new = {"new": "copper-violet-nine", "again": "copper-violet-nine"}
    assert "输错太多次" in (await hand.post("/console/me/password", old=PASSWORD, **new)).text


async def test_wrong_digits_lock_the_name_too(house, hands):
    await give_password(house, "tian-min")
    first = await hands("tian-min")
    page = await first.get("/console/me/totp")
    secret = page.text.split('<code class="number">')[1].split("<")[0]
    await first.post("/console/me/totp", code=pyotp.TOTP(secret).at(house.clock.now()))
    house.clock.move(timedelta(minutes=1))
    hand = await hands()
    await hand.post(DOOR, name="tian-min", password=PASSWORD)
    for _ in range(4):
        assert "验证码不对" in (await hand.post("/console/code", code="000000")).text
    right = pyotp.TOTP(secret).at(house.clock.now())
    assert "先停用约 15 分钟" in (await hand.post("/console/code", code=right)).text


async def test_whom_somebody_locked_out_on_purpose_still_comes_in_by_a_link(house, hand):
    """Only the password is locked: who knows a name can keep nobody from work."""
    await give_password(house, "tian-min")
    for _ in range(6):
        await hand.post(DOOR, name="tian-min", password="wrong-password")
    assert (await hand.post(await link_for(house, "tian-min"))).path == "/console/"
