"""The smart robot speaks JSON and the group robot only speaks."""

import pytest

from tests.emulator.stage import opened, robot_answer

ROBOT = "wecom_robot/main"
HOOK = "/cgi-bin/webhook/send"


async def test_the_robot_hears_a_mention_in_a_group_and_the_group_reads_the_answer(emulator, service, accounts):
    robot = accounts["wecom_robot"]
    told = {"msgtype": "stream", "stream": {"id": "s1", "finish": True, "content": "**已登记**"}}
    service.otherwise = robot_answer(robot, told)
    await emulator.says(ROBOT, "LiNa", "@连心 建议 路灯坏了", chat="staff", quote="昨天说的")
    call = opened(robot, service.calls[0][2])
    assert (call["chattype"], call["chatid"], call["from"]["userid"]) == ("group", "staff", "LiNa")
    assert (call["text"]["content"], call["quote"]["text"]["content"]) == ("@连心 建议 路灯坏了", "昨天说的")
    assert [line.text for line in emulator.group_chat("staff")] == ["@连心 建议 路灯坏了", "**已登记**"]
    assert emulator.chat_of("LiNa") == []


async def test_a_stream_is_asked_for_until_it_is_finished(emulator, service, accounts):
    def part(content, *, finish):
        told = {"msgtype": "stream", "stream": {"id": "s1", "finish": finish, "content": content}}
        return robot_answer(accounts["wecom_robot"], told)

    service.script = [part("正在查", finish=False), part("正在查…", finish=False), part("查到了", finish=True)]
    happening = await emulator.says(ROBOT, "LiNa", "进度")
    assert happening.answers == ["查到了"]
    assert [row.event for row in emulator.tries()] == ["text", "stream", "stream"]


async def test_an_answer_with_text_seconds_is_not_what_the_documents_ask(emulator, service, accounts):
    from aiohttp import web

    answer = robot_answer(accounts["wecom_robot"], {"msgtype": "text", "text": {"content": "好"}})

    def broken(request, body):
        return web.Response(text=answer(request, body).text.replace('"timestamp": ', '"timestamp": "1", "was": '))

    service.otherwise = broken
    assert "timestamp" in (await emulator.says(ROBOT, "LiNa", "好")).fault


async def test_every_kind_of_message_arrives_as_the_documents_say(emulator, service, accounts):
    await emulator.says(ROBOT, "LiNa", "看", pictures=("http://example.org/1.png",))
    await emulator.sends_image(ROBOT, "LiNa")
    await emulator.sends_voice(ROBOT, "LiNa", "路灯坏了")
    await emulator.sends_file(ROBOT, "LiNa", "表.xlsx")
    await emulator.enters(ROBOT, "LiNa")
    await emulator.presses(ROBOT, "LiNa", "t1", "accept")
    got = [opened(accounts["wecom_robot"], body) for _, _, body in service.calls]
    assert [m["msgtype"] for m in got] == ["mixed", "image", "voice", "file", "event", "event"]
    assert got[2]["voice"]["content"] == "路灯坏了"
    assert got[4]["event"]["eventtype"] == "enter_chat"
    assert got[5]["event"]["template_card_event"] == {
        "card_type": "button_interaction",
        "event_key": "accept",
        "task_id": "t1",
    }


async def test_a_press_is_told_once_even_if_nobody_takes_it(emulator, service):
    from tests.emulator.stage import status

    service.otherwise = status(500)
    assert (await emulator.presses(ROBOT, "LiNa", "t1", "accept")).statuses == [500]


async def respond(api, service, accounts, said, call=-1):
    url = opened(accounts["wecom_robot"], service.calls[call][2])["response_url"]
    async with api.http.post(url, json=said) as response:
        return (await response.json())["errcode"]


async def test_the_response_url_takes_one_answer_within_an_hour(emulator, api, service, accounts, clock):
    said = {"msgtype": "markdown", "markdown": {"content": "晚到的答复"}}
    await emulator.says(ROBOT, "LiNa", "进度", chat="staff")
    assert await respond(api, service, accounts, {"msgtype": "template_card", "template_card": {}}) == 40008
    assert await respond(api, service, accounts, {"msgtype": "markdown", "markdown": {"content": "x" * 20481}}) == 40058
    assert [await respond(api, service, accounts, said) for _ in range(2)] == [0, 40058]
    assert emulator.group_chat("staff")[-1].text == "晚到的答复"
    await emulator.says(ROBOT, "LiNa", "进度")
    clock.move(hours=1, seconds=1)
    assert await respond(api, service, accounts, said) == 40058


async def test_the_group_robot_speaks_twenty_times_a_minute(emulator, api, accounts, clock):
    key = accounts["group_robot"].webhook_key
    said = {"msgtype": "text", "text": {"content": "接待日提醒"}}
    assert [(await api.post(HOOK, said, key=key))["errcode"] for _ in range(21)] == [0] * 20 + [45009]
    clock.move(minutes=1)
    assert (await api.post(HOOK, said, key=key))["errcode"] == 0
    assert len(emulator.group_chat(key)) == len(emulator.group_chat("staff")) == 21


@pytest.mark.parametrize(
    ("said", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": "x" * 2049}}, 40058),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4096}}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4097}}, 40058),
        ({"msgtype": "template_card", "template_card": {"card_type": "button_interaction"}}, 40058),
        ({"msgtype": "poem"}, 40008),
    ],
)
async def test_the_group_robot_keeps_to_its_sizes(api, accounts, said, errcode):
    assert (await api.post(HOOK, said, key=accounts["group_robot"].webhook_key))["errcode"] == errcode


async def test_a_wrong_key_is_refused(api):
    assert (await api.post(HOOK, {"msgtype": "text", "text": {"content": "x"}}, key="no"))["errcode"] == 93000
