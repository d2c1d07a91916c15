"""What goes out on every channel, and what every refusal leads to (platform.md A7, B3, B5, B8)."""

import pytest

from bot.errors import Remedy, SendFailed
from bot.message import Button, Card, CardUpdate, Markdown, Template, Text
from tests.channels.platform import ACCOUNTS, APP, HOOK, KF, OA, ROBOT

HELLO = Text("您的建议已登记")
ACCEPT = Card(
    "LZ-1",
    "新建议",
    "路灯坏了",
    (("编号", "LZ-1"), ("地点", "北门")),
    (Button("签收", "accept"), Button("退回", "return", 3)),
)


@pytest.fixture
def send(desk, api, speaking):
    """Send on a channel; for the robot `to` is a response_url of this platform."""

    async def send(channel, content=HELLO, to="", key="k1"):
        to = to or (f"{api.base}/cgi-bin/aibot/response?response_code=RC" if channel == "wecom_robot" else "oWang")
        return await speaking[channel].send(ACCOUNTS[channel], to, content, key)

    return send


# ---- forms ----------------------------------------------------------------------------------------------------------


async def test_a_customer_service_message_of_the_official_account(desk, send):
    """Text, unescaped: the platform refuses \\uXXXX (40033)."""
    await send("official_account")
    path, query, body = desk.sent[0]
    assert (path, query) == ("/cgi-bin/message/custom/send", {"access_token": "token-1"})
    assert body == {"touser": "oWang", "msgtype": "text", "text": {"content": "您的建议已登记"}}


async def test_cards_and_markdown_are_said_in_words_to_voters(desk, send):
    """WeChat shows neither."""
    await send("official_account", ACCEPT)
    await send("customer_service", Markdown("**明天** 9:00"))
    assert desk.sent[0][2]["text"]["content"] == "新建议\n路灯坏了\n编号：LZ-1\n地点：北门"
    assert desk.sent[1][2]["text"]["content"] == "明天 9:00"


async def test_a_template_message_and_a_notice(desk, send):
    """accounts.toml says which of the two a template is."""
    desk.will({"errcode": 0, "msgid": 200163836})
    sent = await send("official_account", Template("reminder", {"time1": "9:00"}, "https://e/1"))
    await send("official_account", Template("notice", {"time1": "9:00"}))
    (template, _, first), (notice, _, second) = desk.sent
    assert (template, notice) == ("/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend")
    assert first == {
        "touser": "oWang",
        "template_id": "TM-1",
        "data": {"time1": {"value": "9:00"}},
        "url": "https://e/1",
    }
    assert second == {"touser": "oWang", "template_id": "SUB-1", "data": {"time1": {"value": "9:00"}}}
    assert sent.platform_id == "200163836"


async def test_a_template_nobody_configured_is_given_up(send):
    """The clerk is told; nothing is asked of the platform."""
    with pytest.raises(SendFailed) as failed:
        await send("official_account", Template("moon", {}))
    assert failed.value.remedy is Remedy.GIVE_UP


async def test_wecom_text_and_markdown_are_guarded_against_doubles(desk, send):
    """enable_duplicate_check lets the platform drop our repeat."""
    desk.will({"errcode": 0, "msgid": "M1", "invaliduser": ""})
    assert (await send("wecom_app")).platform_id == "M1"
    await send("wecom_app", Markdown("**明天**"))
    (path, _, text), (_, _, marked) = desk.sent
    assert path == "/cgi-bin/message/send"
    assert text["text"] == {"content": "您的建议已登记"}
    assert (text["touser"], text["agentid"], text["enable_duplicate_check"]) == ("oWang", 1000002, 1)
    assert 0 < text["duplicate_check_interval"] <= 14_400
    assert (marked["msgtype"], marked["markdown"]) == ("markdown", {"content": "**明天**"})


async def test_a_card_with_buttons(desk, send):
    """button_interaction, with the keys that come back."""
    await send("wecom_app", ACCEPT)
    card = desk.sent[0][2]["template_card"]
    assert (card["card_type"], card["task_id"], card["main_title"]) == (
        "button_interaction",
        "LZ-1",
        {"title": "新建议"},
    )
    assert card["sub_title_text"] == "路灯坏了"
    assert card["horizontal_content_list"][1] == {"keyname": "地点", "value": "北门"}
    assert card["button_list"][1] == {"text": "退回", "style": 3, "key": "return"}


async def test_a_card_without_buttons(desk, send):
    """text_notice needs an address to lead to; without one the facts go as text."""
    await send("wecom_app", Card("LZ-1", "新建议", url="https://e/1"))
    await send("wecom_app", Card("LZ-1", "新建议", "路灯坏了"))
    notice, words = desk.sent[0][2], desk.sent[1][2]
    assert notice["template_card"]["card_type"] == "text_notice"
    assert notice["template_card"]["card_action"] == {"type": 1, "url": "https://e/1"}
    assert words["text"]["content"] == "新建议\n路灯坏了"


async def test_a_card_after_the_click(desk, send):
    """Its buttons give way to one grey word, for everybody who got it."""
    await send("wecom_app", CardUpdate("RC", "已签收"), to="zhang")
    path, _, body = desk.sent[0]
    assert path == "/cgi-bin/message/update_template_card"
    assert body == {
        "atall": 1,
        "agentid": 1000002,
        "response_code": "RC",
        "button": {"replace_name": "已签收"},
    }


async def test_the_robot_speaks_once_to_a_response_url(desk, send):
    """Markdown, without any token."""
    await send("wecom_robot", HELLO)
    assert desk.asked == [
        (
            "/cgi-bin/aibot/response",
            {"response_code": "RC"},
            {"msgtype": "markdown", "markdown": {"content": HELLO.text}},
        )
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/cgi-bin/aibot/response",
        "https://qyapi.weixin.qq.com.evil.example/x",
        "https://qyapi.weixin.qq.com@evil.example/x",
        "https://user@qyapi.weixin.qq.com/x",
        "http://qyapi.weixin.qq.com/x",
        "https://qyapi.weixin.qq.com:8443/x",
        "//qyapi.weixin.qq.com/x",
        "file:///etc/passwd",
        "oWang",
        "",
        "http://[::1",
    ],
)
async def test_a_response_url_that_leads_elsewhere_is_never_called(desk, send, url):
    """It came in from outside and must not lead us into our own network."""
    with pytest.raises(SendFailed) as failed:
        await send("wecom_robot", to=url or " ")
    assert failed.value.remedy is Remedy.GIVE_UP
    assert desk.asked == []


def test_the_real_host_is_the_platform_wherever_we_were_told_to_speak(api):
    """And so is the configured one, to which tests point it."""
    assert api.is_platform("https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RC")
    assert api.is_platform(api.base + "/cgi-bin/aibot/response")


async def test_a_group_robot(desk, send):
    """The key in its address is the credential; a card becomes words."""
    await send("group_robot")
    await send("group_robot", Markdown("**明天**"))
    await send("group_robot", ACCEPT)
    assert [ask[:2] for ask in desk.asked] == [("/cgi-bin/webhook/send", {"key": "s3cret-hook"})] * 3
    assert [ask[2]["msgtype"] for ask in desk.asked] == ["text", "markdown", "text"]


@pytest.mark.parametrize(
    ("channel", "content", "limit"),
    [
        ("official_account", Text, 2048),
        ("customer_service", Text, 2048),
        ("wecom_app", Text, 2048),
        ("wecom_app", Markdown, 2048),
        ("group_robot", Text, 2048),
        ("group_robot", Markdown, 4096),
        ("wecom_robot", Markdown, 20_480),
    ],
)
async def test_long_words_are_cut_at_the_channels_limit(desk, send, channel, content, limit):
    """On a character's edge, and what no JSON takes is taken out."""
    await send(channel, content("路\ud800\x00" * 9_000))
    body = desk.sent[0][2]
    words = body[body["msgtype"]]["content"]
    assert limit - 3 < len(words.encode()) <= limit
    assert set(words) == {"路"}


@pytest.mark.parametrize("channel", ["group_robot", "wecom_robot", "customer_service", "wecom_app"])
async def test_a_template_goes_nowhere_but_to_the_official_account(desk, send, channel):
    """Nothing is sent, the clerk is told."""
    with pytest.raises(SendFailed) as failed:
        await send(channel, Template("reminder"))
    assert failed.value.remedy is Remedy.GIVE_UP
    assert desk.sent == []


# ---- who was left out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["invaliduser", "unlicenseduser"])
async def test_errcode_0_with_refused_people_is_a_failure_for_them(desk, send, why):
    """Their ids come back in lower case; we know them as we wrote them."""
    desk.will({"errcode": 0, "errmsg": "ok", why: "zhangwei|x", "msgid": "M1"})
    sent = await send("wecom_app", to="ZhangWei|LiNa")
    assert sent.refused == {"ZhangWei": why, "x": why}


@pytest.mark.parametrize("content", [HELLO, CardUpdate("RC", "已签收")])
async def test_when_everybody_was_refused_the_message_failed(desk, send, content):
    """Delivered to nobody is not delivered; an update names them in a list."""
    refused = "zhangwei" if content is HELLO else ["zhangwei"]
    desk.will({"errcode": 0, "errmsg": "ok", "invaliduser": refused})
    with pytest.raises(SendFailed) as failed:
        await send("wecom_app", content, to="ZhangWei")
    assert failed.value.remedy is Remedy.UNREACHABLE


# ---- refusals -------------------------------------------------------------------------------------------------------

R = Remedy
REFUSALS = [
    ("official_account", -1, R.RETRY),
    ("official_account", 40013, R.ALARM),
    ("official_account", 40125, R.ALARM),
    ("official_account", 40243, R.ALARM),
    ("official_account", 40164, R.ALARM),
    ("official_account", 61004, R.ALARM),
    ("official_account", 89503, R.ALARM),
    ("official_account", 40003, R.UNREACHABLE),
    ("official_account", 43004, R.UNREACHABLE),
    ("official_account", 45009, R.PARK),
    ("official_account", 45011, R.SLOW),
    ("official_account", 45015, R.OTHER),
    ("official_account", 45047, R.OTHER),
    ("official_account", 43101, R.OTHER),
    ("official_account", 48001, R.GIVE_UP),
    ("official_account", 47003, R.GIVE_UP),
    ("wecom_app", -1, R.RETRY),
    ("wecom_app", 6000, R.RETRY),
    ("wecom_app", 81013, R.UNREACHABLE),
    ("wecom_app", 60111, R.UNREACHABLE),
    ("wecom_app", 301002, R.ALARM),
    ("wecom_app", 60020, R.ALARM),
    ("wecom_app", 60011, R.GIVE_UP),
    ("wecom_app", 48002, R.GIVE_UP),
    ("wecom_app", 45009, R.SLOW),
    ("wecom_app", 45033, R.SLOW),
    ("customer_service", 95001, R.OTHER),
    ("customer_service", 95018, R.OTHER),
    ("customer_service", 95000, R.ALARM),
    ("customer_service", 45009, R.SLOW),
    ("wecom_robot", 93000, R.OTHER),
    ("wecom_robot", 45009, R.SLOW),
    ("group_robot", 93000, R.ALARM),
    ("group_robot", 45009, R.SLOW),
    ("group_robot", 130101, R.SLOW),
    ("group_robot", 99999, R.GIVE_UP),
]


@pytest.mark.parametrize(("channel", "errcode", "remedy"), REFUSALS)
async def test_a_refusal_in_a_200_answer_says_what_to_do_next(desk, send, channel, errcode, remedy):
    """The table decides, with the platform's own code and words kept for the clerk."""
    desk.will({"errcode": errcode, "errmsg": "no \x07, because"})
    with pytest.raises(SendFailed) as failed:
        await send(channel)
    assert (failed.value.errcode, failed.value.errmsg) == (errcode, "no , because")
    assert failed.value.remedy is remedy
    assert failed.value.retry is (remedy in (R.RETRY, R.SLOW, R.PARK))
    assert (failed.value.wait > 0) is (remedy in (R.SLOW, R.PARK))


async def test_a_parked_quota_waits_until_midnight_in_the_office(desk, send):
    """It is 16:00 in Shanghai: eight hours to go."""
    desk.will({"errcode": 45009, "errmsg": "reach max api daily quota limit"})
    with pytest.raises(SendFailed) as failed:
        await send("official_account")
    assert failed.value.wait == 8 * 3600


def test_accounts_never_show_their_secrets():
    """What is printed of an account may end up in a log."""
    for account in (OA, APP, KF, HOOK, ROBOT):
        assert "s3cret" not in repr(account)
