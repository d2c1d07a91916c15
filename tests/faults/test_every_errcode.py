"""Each errcode of platform.md A7: what the outbox does next, and what a clerk reads about it, in Chinese."""

from datetime import datetime, timedelta

import pytest

from bot.clock import SHANGHAI, local
from bot.outbox.queue import NEXT_CONTACT
from bot.outbox.worker import MOST_ATTEMPTS
from tests.console.conftest import hands, quick_hashes  # noqa: F401 - fixtures
from tests.outbox.conftest import SENDS, Desk

NEVER = None
BUSY, SLOWER = "平台正忙：系统会自己再试", "发得太快：系统会放慢再发"
MIDNIGHT, BY_ITSELF = "过了零点自动接着发", "改好后系统自动接着发"
CALL, WRITES_AGAIN, NOT_GRANTED = "请打电话或当面告诉", "对方下次来信时补发", "核对接口权限"
SECONDS, MINUTES = (lambda n: timedelta(seconds=n)), (lambda n: timedelta(minutes=n))

#  errcode  how often said  state     asked again not before, sent by      what the clerk reads
TABLE = [
    (-1, 1, "waiting", (SECONDS(3), SECONDS(7)), BUSY),
    (40001, 2, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (40014, 2, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (42001, 2, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (40013, 1, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (40125, 1, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (40243, 1, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (40164, 1, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (61004, 1, "waiting", (MINUTES(4), MINUTES(5)), BY_ITSELF),
    (40003, 1, "parked", NEVER, CALL),
    (43004, 1, "parked", NEVER, CALL),
    (45009, 1, "waiting", "midnight", MIDNIGHT),
    (45011, 1, "waiting", (SECONDS(4), SECONDS(6)), SLOWER),
    (45015, 1, "parked", NEVER, WRITES_AGAIN),
    (45047, 1, "parked", NEVER, WRITES_AGAIN),
    (43101, 1, "parked", NEVER, WRITES_AGAIN),
    (48001, 1, "refused", NEVER, NOT_GRANTED),
]
IDS = [f"{row[0]}" for row in TABLE]


@pytest.fixture
async def owed(house, wang):
    """A voter whose case has news for them, and nothing else to be sent."""
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("建议 给1号楼装路灯")
    await house.deliver()
    (case,) = await house.cases()
    desk = Desk(house)

    async def owe(words="您的事有进展了"):
        return desk, await desk.owes(wang, words, suggestion_id=case.id, at_once=True)

    return owe


@pytest.mark.parametrize(("errcode", "times", "state", "again", "says"), TABLE, ids=IDS)
async def test_an_errcode_decides_what_is_next_and_the_clerk_reads_it(
    house,
    wang,
    owed,
    hands,  # noqa: F811
    errcode,
    times,
    state,
    again,
    says,
):
    tian = await hands("tian-min")
    house.platform.will_answer(errcode, times, path=SENDS["official_account"])
    desk, key = await owed()
    await house.deliver()
    row, asked = await desk.row(key), len(desk.asked("official_account"))
    assert (row.state, row.errcode) == (state, errcode)
    tab = {"waiting": "planned"}.get(state, state)
    page = (await tian.get(f"/console/outbox?tab={tab}")).text.split(f'id="push-{row.id}"')[1].split("</li>")[0]
    assert says in page
    assert str(errcode) in page
    if again is NEVER:
        house.clock.move(timedelta(days=1))
        await house.deliver()
        assert len(desk.asked("official_account")) == asked, "nobody asks in vain"
        await goes_when_they_write(house, wang, desk, key, state)
        return
    soonest, latest = until_midnight(house) if again == "midnight" else again
    house.clock.move(soonest)
    await house.deliver()
    assert len(desk.asked("official_account")) == asked, "not before its time"
    house.clock.move(latest - soonest)
    await house.deliver()
    assert (await desk.row(key)).state == "sent"
    assert wang.heard().count("您的事有进展了") == 1


async def goes_when_they_write(house, wang, desk, key, state):
    """What is parked goes out with the person's next word; what is refused waits for a clerk."""
    await wang.says("在吗")
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, wang.heard().count("您的事有进展了")) == (("sent", 1) if state == "parked" else ("refused", 0))


def until_midnight(house):
    now = local(house.clock.now())
    midnight = datetime(now.year, now.month, now.day, tzinfo=SHANGHAI) + timedelta(days=1)
    return midnight - now - SECONDS(1), midnight - now


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_token_that_is_refused_once_is_renewed_and_nobody_notices(house, wang, owed, errcode):
    house.platform.will_answer(errcode, path=SENDS["official_account"])
    desk, key = await owed()
    await house.deliver()
    row = await desk.row(key)
    assert (row.state, row.attempts, row.errcode) == ("sent", 1, 0)


@pytest.mark.parametrize(
    ("fault", "errcode"), [("will_cut", -1), ("will_garble", -1), ("will_status", 500), ("will_status", 502)]
)
async def test_a_broken_answer_is_tried_again_a_bounded_number_of_times_and_then_shown(
    house,
    owed,
    hands,  # noqa: F811
    fault,
    errcode,
):
    tian = await hands("tian-min")
    words = (errcode,) if fault == "will_status" else ()
    getattr(house.platform, fault)(*words, times=100, path=SENDS["official_account"], taken=False)
    desk, key = await owed()
    before = len(desk.asked("official_account"))
    for _ in range(2 * MOST_ATTEMPTS):
        await house.deliver()
        house.clock.move(MINUTES(37))
    row = await desk.row(key)
    assert (row.state, row.attempts, row.errcode) == ("refused", MOST_ATTEMPTS, errcode)
    assert len(desk.asked("official_account")) - before == MOST_ATTEMPTS
    page = (await tian.get("/console/outbox?tab=refused")).text.split(f'id="push-{row.id}"')[1].split("</li>")[0]
    assert BUSY in page


@pytest.mark.parametrize("errcode", [40029, 40163])
async def test_a_sign_in_code_that_is_bad_or_used_leads_back_to_the_door(house, errcode, hands):  # noqa: F811
    hand = await hands()
    house.platform.will_answer(errcode, path="/sns/oauth2/access_token")
    left = await hand.http.get(f"{house.url}/my/wechat/hexin", allow_redirects=False)
    state = left.headers["Location"].split("state=")[1].split("#")[0].split("&")[0]
    back = await hand.get(f"/my/wechat/hexin/back?state={state}&code=c")
    assert back.status == 403
    assert house.deps.texts("mine.stale") in back.text


async def test_a_scene_the_platform_does_not_take_is_given_up_and_counted_for_the_clerk(house):
    """40053 is about a QR code of a group: nobody is told, the check-up counts it among what was not done."""
    house.platform.will_answer(40053, times=100, path="/cgi-bin/qrcode/create")
    await house.tick("entrances")
    await house.deliver()
    refused = [row for row in await house.owed("refused") if row.errcode == 40053]
    assert refused
    assert {row.kind for row in refused} == {"entry"}


def test_the_reason_a_person_waits_has_words(house):
    assert house.deps.texts(f"unreached.{NEXT_CONTACT}") == "平台不让现在发，或对方已取消关注"
