"""The customer service: a bell, a queue to pull from, a window to answer in."""

import pytest

from tests.emulator.stage import opened

KF = "customer_service/main"
SYNC, SEND = "/cgi-bin/kf/sync_msg", "/cgi-bin/kf/send_msg"


@pytest.fixture
def desk(accounts):
    return accounts["customer_service"]


@pytest.fixture
def pull(api, desk):
    async def pull(**asked):
        return await api.as_("customer_service", SYNC, {"open_kfid": desk.open_kfid} | asked)

    return pull


@pytest.fixture
def answer(api, desk):
    async def answer(person="wmChen", **more):
        said = {"touser": person, "open_kfid": desk.open_kfid, "msgtype": "text", "text": {"content": "您好"}}
        return await api.as_("customer_service", SEND, said | more)

    return answer


async def test_the_bell_rings_and_the_words_are_pulled(emulator, service, desk, pull):
    await emulator.says(KF, "wmChen", "水压太低")
    bell = opened(desk, service.calls[0][2])
    assert (bell["Event"], bell["OpenKfId"]) == ("kf_msg_or_event", desk.open_kfid)
    page = await pull(token=bell["Token"])
    (row,) = page["msg_list"]
    assert (row["text"]["content"], row["external_userid"], row["origin"]) == ("水压太低", "wmChen", 3)
    assert (page["has_more"], (await pull(cursor=page["next_cursor"]))["msg_list"]) == (0, [])


async def test_pages_follow_each_other_and_may_be_empty(emulator, pull):
    for n in range(3):
        await emulator.says(KF, "wmChen", str(n))
    emulator.kf_empty_page()
    empty = await pull(limit=2)
    assert (empty["has_more"], empty["msg_list"]) == (1, [])
    first = await pull(limit=2, cursor=empty["next_cursor"])
    assert (first["has_more"], len(first["msg_list"])) == (1, 2)
    last = await pull(limit=2, cursor=first["next_cursor"])
    assert (last["has_more"], [row["text"]["content"] for row in last["msg_list"]]) == (0, ["2"])


async def test_a_bell_token_lives_ten_minutes_and_pulling_without_is_limited(emulator, service, desk, pull, clock):
    await emulator.says(KF, "wmChen", "在吗")
    token = opened(desk, service.calls[0][2])["Token"]
    clock.move(minutes=10, seconds=1)
    assert (await pull(token=token))["errcode"] == 95007
    assert [(await pull())["errcode"] for _ in range(11)] == [0] * 10 + [45009]


async def test_what_is_older_than_three_days_is_gone(emulator, pull, clock):
    await emulator.says(KF, "wmChen", "旧")
    clock.move(days=3, seconds=1)
    await emulator.says(KF, "wmChen", "新")
    assert [row["text"]["content"] for row in (await pull())["msg_list"]] == ["新"]


@pytest.mark.parametrize(
    ("asked", "errcode"), [({"open_kfid": "wk0"}, 95000), ({"cursor": "x"}, 40058), ({"limit": 0}, 40058)]
)
async def test_odd_pulls_are_refused(emulator, pull, asked, errcode):
    assert (await pull(**asked))["errcode"] == errcode


async def test_five_answers_in_48_hours_until_the_customer_writes_again(emulator, answer, clock):
    await emulator.enters(KF, "wmChen")
    assert (await answer())["errcode"] == 95001
    await emulator.says(KF, "wmChen", "在吗")
    assert [(await answer())["errcode"] for _ in range(6)] == [0] * 5 + [95001]
    await emulator.says(KF, "wmChen", "谢谢")
    clock.move(hours=48)
    assert (await answer())["errcode"] == 95001


async def test_our_own_msgid_twice_is_shown_once(emulator, answer):
    await emulator.says(KF, "wmChen", "在吗")
    assert [(await answer(msgid="m1"))["msgid"] for _ in range(2)] == ["m1", "m1"]
    assert emulator.heard_by("wmChen") == ["您好"]
    assert [row.fate for row in emulator.calls("kf/send_msg")] == ["delivered", "duplicate"]


@pytest.mark.parametrize(
    ("more", "errcode"),
    [
        ({"msgid": "x" * 33}, 40058),
        ({"text": {"content": "长" * 683}}, 40058),
        ({"msgtype": "markdown", "markdown": {"content": "x"}}, 40008),
        ({"touser": "wmNobody"}, 40096),
    ],
)
async def test_what_the_documents_forbid_is_refused(emulator, answer, more, errcode):
    await emulator.says(KF, "wmChen", "在吗")
    assert (await answer(**more))["errcode"] == errcode


async def test_a_menu_shows_its_choices(emulator, answer):
    await emulator.says(KF, "wmChen", "在吗")
    menu = {"head_content": "满意吗", "list": [{"type": "click", "click": {"id": "1", "content": "满意"}}]}
    await answer(msgtype="msgmenu", msgmenu=menu)
    assert emulator.chat_of("wmChen")[-1].choices == (("1", "满意"),)
    assert emulator.heard_by("wmChen") == ["满意吗\n满意"]


async def test_who_enters_by_a_link_brings_its_scene_and_one_welcome_of_20_seconds(emulator, api, pull, clock):
    await emulator.enters(KF, "wmChen", scene="g1")
    event = (await pull())["msg_list"][0]["event"]
    assert (event["event_type"], event["scene"]) == ("enter_session", "g1")
    welcome = {"code": event["welcome_code"], "msgtype": "text", "text": {"content": "欢迎"}}
    path = "/cgi-bin/kf/send_msg_on_event"
    assert [(await api.as_("customer_service", path, welcome))["errcode"] for _ in range(2)] == [0, 95019]
    await emulator.enters(KF, "wmChen", scene="g1")
    late = (await pull())["msg_list"][1]["event"]["welcome_code"]
    clock.move(seconds=21)
    assert (await api.as_("customer_service", path, welcome | {"code": late}))["errcode"] == 95019
    assert emulator.heard_by("wmChen") == ["欢迎"]


async def test_a_link_carries_a_scene_of_32_plain_characters(api, desk):
    path = "/cgi-bin/kf/add_contact_way"
    told = await api.as_("customer_service", path, {"open_kfid": desk.open_kfid, "scene": "g-1"})
    assert told["url"].endswith("enc_scene=g-1")
    for scene in ("x" * 33, "群"):
        told = await api.as_("customer_service", path, {"open_kfid": desk.open_kfid, "scene": scene})
        assert told["errcode"] == 40058
