"""Talk with the emulated platforms: their own codec, their own answers, their own limits."""

from dataclasses import fields
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels import URL_WORDS, Api, build_channels
from bot.channels.base import Call
from bot.clock import TravelClock
from bot.emulator import EmulatedGroup, EmulatedPerson, Emulator, make_account
from bot.errors import Forged, Remedy, SendFailed
from bot.message import Button, Card, CardUpdate, Kind, Markdown, Template, Text
from config.settings import Account
from config.templates import TemplateOf
from tests.channels.platform import NOW

CORP = "ww1111111111111111"
MODES = {"safe": "oa", "compatible": "oa2", "plain": "oa3"}
SECRETS = ("token", "aes_key", "secret", "webhook_key")


def ours(emulated):
    """Return the account as our settings would know it."""
    names = {field.name for field in fields(Account)} - {"templates"}
    templates = (
        {"reminder": TemplateOf("TM-1"), "notice": TemplateOf("subscribe:SUB-1")}
        if emulated.channel == "official_account"
        else {}
    )
    return Account(
        **{n: getattr(emulated, n) for n in names if hasattr(emulated, n)},
        templates=templates,
    )


class Town:
    """The emulator, our channels, and a door between them that repeats what it heard."""

    def __init__(self, clock):
        self.clock, self.heard, self.answer = clock, [], "收到：{}"

    async def handle(self, request):
        word = URL_WORDS[request.match_info["channel"]]
        channel, account = self.channels[word], self.accounts[word, request.match_info["code"]]
        call, now = Call(request.query, await request.read()), self.clock.now()
        try:
            if request.method == "GET":
                return web.Response(body=channel.echo(call, account, now))
            heard = channel.hear(call, account, now)
        except Forged:
            return web.Response(status=403)
        self.heard.append(heard)
        answer = channel.answer(heard, self.answer.format(heard.text) if self.answer else "", call, account, now)
        return web.Response(body=answer.body, content_type=answer.content_type)

    async def send(self, channel, to, content, key="k"):
        account = next(a for a in self.accounts.values() if a.channel == channel)
        return await self.channels[channel].send(account, to, content, key)


@pytest.fixture
async def town():
    town = Town(TravelClock(NOW))
    emulated = [make_account("official_account", code, mode=mode) for mode, code in MODES.items()]
    emulated += [make_account(name, "main", corp_id=CORP) for name in ("wecom_app", "customer_service")]
    emulated += [make_account("wecom_robot", "main"), make_account("group_robot", "main", chat_id="staff")]
    app = web.Application(client_max_size=65536)
    app.router.add_route("*", "/callback/{channel}/{code}", town.handle)
    people = [
        EmulatedPerson("oWang", "王秀英", "voter", "official_account/oa"),
        EmulatedPerson("ZhangWei", "张伟", "representative", "wecom_app/main"),
    ]
    groups = [EmulatedGroup("staff", "联络站工作群", "wecom_robot/main", ("ZhangWei",))]
    async with TestServer(app) as server:
        for account in emulated:
            word = account.channel.replace("_", "-")
            account.callback_url = str(server.make_url(f"/callback/{word}/{account.code}"))
        town.accounts = {(a.channel, a.code): ours(a) for a in emulated}
        town.emulator = Emulator(emulated, town.clock.now, people=people, groups=groups, callback_timeout=2.0, tries=1)
        base = await town.emulator.start()
        town.api = Api(base, base, clock=town.clock, connect_s=0.5, total_s=0.5)
        town.channels = build_channels(town.api)
        yield town
        await town.api.close()
        await town.emulator.stop()


# ---- hearing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who",
    [*(f"official_account/{c}" for c in MODES.values()), "wecom_app/main", "wecom_robot/main", "customer_service/main"],
)
async def test_the_url_check_passes(town, who):
    """In every mode, within a second."""
    assert (await town.emulator.checks_url(who)).fault == ""


@pytest.mark.parametrize(
    "who", [*(f"official_account/{c}" for c in MODES.values()), "wecom_app/main", "wecom_robot/main"]
)
@pytest.mark.parametrize("words", ["路灯坏了", "  a ]]> <b>\n", "<Encrypt>AAAA</Encrypt>", "👨‍👩‍👧‍👦\u202e\u200b"])
async def test_words_go_in_and_an_answer_comes_back(town, who, words):
    """The platform reads our answer with its own codec and shows it."""
    happened = await town.emulator.says(who, "oWang", words)
    assert town.heard[-1].text == words
    assert happened.fault == ""
    assert happened.answers == ["收到：" + words.replace("]]>", "]]＞")]


async def test_a_mention_in_a_group_is_heard_with_its_group(town):
    """The robot answers in the group."""
    await town.emulator.says("wecom_robot/main", "ZhangWei", "@连心 进度", chat="staff", quote="井盖没了")
    heard = town.heard[-1]
    assert (heard.text, heard.chat, heard.quote) == ("进度", "staff", "井盖没了")
    assert town.emulator.group_chat("staff")[-1].text == "收到：进度"


async def test_silence_is_silence_for_the_platform(town):
    """Nobody reads 该公众号暂时无法提供服务 because we had nothing to say."""
    town.answer = ""
    for who in ("official_account/oa", "official_account/oa3", "wecom_app/main", "wecom_robot/main"):
        happened = await town.emulator.says(who, "oWang", "您好")
        assert (happened.fault, happened.lines) == ("", [])


async def test_everything_a_person_can_do_is_heard(town):
    """One after the other, each by its kind."""
    oa, app, robot = "official_account/oa", "wecom_app/main", "wecom_robot/main"
    do = town.emulator
    town.answer = ""
    await do.sends_image(oa, "oWang")
    await do.sends_voice(oa, "oWang")
    await do.sends_voice(oa, "oWang", recognition="路灯坏了")
    await do.sends_video(oa, "oWang", short=True)
    await do.sends_place(oa, "oWang", 35.06, 118.35, "一号院")
    await do.sends_link(oa, "oWang", "公告", "http://e/1")
    await do.sends_file(oa, "oWang", "a.pdf")
    await do.subscribes(oa, "oLi", scene="g-lz-01")
    await do.scans(oa, "oWang", "g-lz-01")
    await do.clicks_menu(oa, "oWang", "help")
    await do.sends_unknown(oa, "oWang", "hologram")
    await do.unsubscribes(oa, "oLi")
    await do.enters(app, "ZhangWei")
    await do.clicks_menu(app, "ZhangWei", "today")
    await do.enters(robot, "ZhangWei")
    await do.sends_voice(robot, "ZhangWei", recognition="井盖没了")
    kinds = [heard.kind for heard in town.heard]
    assert kinds == [
        Kind.IMAGE, Kind.VOICE, Kind.VOICE, Kind.VIDEO, Kind.PLACE, Kind.LINK, Kind.FILE, Kind.SUBSCRIBE, Kind.SCAN,
        Kind.CLICK, Kind.UNKNOWN, Kind.UNSUBSCRIBE, Kind.ENTER, Kind.CLICK, Kind.ENTER, Kind.VOICE,
    ]  # fmt: skip
    assert [heard.text for heard in town.heard if heard.kind is Kind.VOICE] == ["", "路灯坏了", "井盖没了"]
    assert [heard.scene for heard in town.heard if heard.scene] == ["g-lz-01", "g-lz-01"]
    assert len({heard.key for heard in town.heard}) == len(town.heard)


async def test_a_picture_is_fetched_from_where_the_platform_keeps_it(town):
    """At once, because after three days it is gone."""
    await town.emulator.sends_image("official_account/oa", "oWang", b"\x89PNG picture")
    account = town.accounts["official_account", "oa"]
    fetched = await town.channels["official_account"].fetch_media(account, town.heard[-1].media[0])
    assert fetched == (b"\x89PNG picture", "image/png")


async def test_what_another_account_signed_is_forged(town):
    """Its call is perfect, but it is not ours."""
    other = make_account(
        "wecom_app", "main", corp_id=CORP, callback_url=town.emulator.world.account("wecom_app/main").callback_url
    )
    stranger = Emulator([other], town.clock.now, callback_timeout=2.0, tries=1)
    await stranger.start()
    assert (await stranger.says(other, "ZhangWei", "您好")).statuses == [403]
    await stranger.stop()
    assert town.heard == []


# ---- 微信客服 --------------------------------------------------------------------------------------------------------


async def test_messages_of_the_customer_service_are_pulled(town):
    """The bell rings, the cursor moves on, an empty page with more behind it is no end."""
    await town.emulator.enters("customer_service/main", "wmWang", scene="g-lz-01")
    await town.emulator.says("customer_service/main", "wmWang", " 路灯坏了 ")
    town.emulator.kf_empty_page()
    bell, channel, account = (
        town.heard[-1],
        town.channels["customer_service"],
        town.accounts["customer_service", "main"],
    )
    assert (bell.kind, bell.event) == (Kind.PULL, account.open_kfid)
    first = await channel.pull(account, "", bell.text)
    assert (first.messages, first.more) == ((), True)
    second = await channel.pull(account, first.cursor, bell.text)
    assert [heard.kind for heard in second.messages] == [Kind.ENTER, Kind.TEXT]
    assert (second.messages[0].scene, second.messages[1].text, second.more) == ("g-lz-01", " 路灯坏了 ", False)
    assert (await channel.pull(account, second.cursor, "")).messages == ()
    town.clock.move(timedelta(minutes=11))
    assert (await channel.pull(account, "", bell.text)).messages == second.messages


async def test_the_customer_service_answers_once_however_often_we_send(town):
    """Our own msgid makes the repeat harmless; the welcome goes by its code."""
    await town.emulator.enters("customer_service/main", "wmWang")
    account = town.accounts["customer_service", "main"]
    (entered,) = (await town.channels["customer_service"].pull(account, "", town.heard[-1].text)).messages
    await town.send("customer_service", f"welcome:{entered.welcome_code}", Text("欢迎"))
    await town.emulator.says("customer_service/main", "wmWang", "您好")
    town.emulator.will_lag(0.7, path="/kf/send_msg")
    with pytest.raises(SendFailed) as failed:
        await town.send("customer_service", "wmWang", Text("已登记"), "reply:1")
    assert failed.value.remedy is Remedy.RETRY
    await town.send("customer_service", "wmWang", Text("已登记"), "reply:1")
    assert town.emulator.heard_by("wmWang") == ["欢迎", "已登记"]


# ---- speaking -------------------------------------------------------------------------------------------------------


async def test_the_window_of_the_official_account(town):
    """Closed until the voter writes, open for five, and then another way must be found."""
    with pytest.raises(SendFailed) as failed:
        await town.send("official_account", "oWang", Text("一"))
    assert (failed.value.errcode, failed.value.remedy) == (45015, Remedy.OTHER)
    town.answer = ""
    await town.emulator.says("official_account/oa", "oWang", "您好")
    for number in range(5):
        await town.send("official_account", "oWang", Text(str(number)))
    with pytest.raises(SendFailed) as failed:
        await town.send("official_account", "oWang", Text("六"))
    assert (failed.value.errcode, failed.value.remedy) == (45047, Remedy.OTHER)
    assert town.emulator.heard_by("oWang") == ["0", "1", "2", "3", "4"]


async def test_a_template_message_and_its_receipt(town):
    """The id we were given comes back with what became of it."""
    town.answer = ""
    sent = await town.send("official_account", "oWang", Template("reminder", {"time1": "9:00"}))
    await town.emulator.settle()
    receipt = town.heard[-1]
    assert (receipt.kind, receipt.receipt_id, receipt.receipt_status) == (Kind.RECEIPT, sent.platform_id, "success")
    with pytest.raises(SendFailed) as failed:
        await town.send("official_account", "oWang", Template("notice", {"time1": "9:00"}))
    assert (failed.value.errcode, failed.value.remedy) == (43101, Remedy.OTHER)
    await town.emulator.agrees("official_account/oa", "oWang", "SUB-1")
    await town.send("official_account", "oWang", Template("notice", {"time1": "9:00"}))
    await town.emulator.settle()
    assert (town.heard[-1].kind, town.heard[-1].receipt_status) == (Kind.RECEIPT, "success")


async def test_a_card_is_shown_pressed_and_updated(town):
    """With its buttons, then with one grey word."""
    town.answer = ""
    card = Card("LZ-1", "新建议", "路灯坏了", (("编号", "LZ-1"),), (Button("签收", "accept"), Button("退回", "return")))
    await town.send("wecom_app", "ZhangWei", card)
    await town.emulator.presses("wecom_app/main", "ZhangWei", "LZ-1", "accept")
    click = town.heard[-1].card
    assert (click.task_id, click.button) == ("LZ-1", "accept")
    await town.send("wecom_app", "ZhangWei", CardUpdate(click.response_code, "已签收"))
    (shown,) = [line.card for line in town.emulator.chat_of("ZhangWei") if line.card]
    assert (shown.buttons[0], shown.said) == (("签收", "accept"), "已签收")


async def test_wecom_drops_our_repeat_and_names_whom_it_left_out(town):
    """A message whose answer was lost may be sent again."""
    town.emulator.will_cut(path="/message/send", taken=True)
    with pytest.raises(SendFailed) as failed:
        await town.send("wecom_app", "ZhangWei", Markdown("**明天**"))
    assert failed.value.remedy is Remedy.RETRY
    await town.send("wecom_app", "ZhangWei", Markdown("**明天**"))
    assert town.emulator.heard_by("ZhangWei") == ["**明天**"]
    assert (await town.send("wecom_app", "ZhangWei|Nobody", Text("您好"))).refused == {"Nobody": "invaliduser"}
    with pytest.raises(SendFailed) as failed:
        await town.send("wecom_app", "Nobody", Text("您好"))
    assert failed.value.remedy is Remedy.UNREACHABLE


async def test_the_robot_answers_late_once(town):
    """By the response_url of what it heard."""
    town.answer = ""
    await town.emulator.says("wecom_robot/main", "ZhangWei", "进度")
    url = town.heard[-1].response_url
    await town.send("wecom_robot", url, Text("办理中"))
    with pytest.raises(SendFailed) as failed:
        await town.send("wecom_robot", url, Text("办理中"))
    assert not failed.value.retry
    assert town.emulator.heard_by("ZhangWei") == ["办理中"]


async def test_the_group_robot_says_twenty_a_minute(town):
    """The twenty-first waits."""
    for number in range(20):
        await town.send("group_robot", "", Text(str(number)))
    with pytest.raises(SendFailed) as failed:
        await town.send("group_robot", "", Text("二十一"))
    assert (failed.value.remedy, failed.value.wait) == (Remedy.SLOW, 60)
    town.clock.move(timedelta(seconds=60))
    await town.send("group_robot", "", Text("二十一"))
    assert len(town.emulator.group_chat("staff")) == 21


@pytest.mark.parametrize("channel", ["official_account", "wecom_app", "customer_service"])
async def test_a_token_that_ended_is_renewed_without_anybody_noticing(town, channel):
    """Two token calls, two tries, one message."""
    town.answer = ""
    who = next(f"{a.channel}/{a.code}" for a in town.accounts.values() if a.channel == channel)
    person = "ZhangWei" if channel == "wecom_app" else "oWang"
    await town.emulator.says(who, person, "您好")
    await town.send(channel, person, Text("一"), "1")
    town.emulator.expire_tokens()
    await town.send(channel, person, Text("二"), "2")
    assert town.emulator.heard_by(person) == ["一", "二"]


@pytest.mark.parametrize("wrong", ["will_cut", "will_garble", "will_lag", "will_status"])
async def test_whatever_goes_wrong_on_the_way_is_a_failure_to_retry(town, wrong):
    """A cut, a proxy's page, a late answer, a 502."""
    given = {"will_lag": [0.7], "will_status": [502]}.get(wrong, [])
    getattr(town.emulator, wrong)(*given)
    with pytest.raises(SendFailed) as failed:
        await town.send("group_robot", "", Text("您好"))
    assert failed.value.remedy is Remedy.RETRY


@pytest.mark.parametrize(
    ("channel", "errcode", "retry"),
    [
        ("group_robot", 45009, True),
        ("group_robot", 93000, False),
        ("official_account", 45015, False),
        ("wecom_app", -1, True),
        ("customer_service", 95018, False),
    ],
)
async def test_a_refusal_in_a_200_answer_is_a_failure(town, channel, errcode, retry):
    """The platform says no in the body, not in the status."""
    town.emulator.will_answer(errcode)
    with pytest.raises(SendFailed) as failed:
        await town.send(channel, "oWang", Text("您好"))
    assert (failed.value.errcode, failed.value.retry) == (errcode, retry)
