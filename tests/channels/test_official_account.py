"""What the 服务号 hears: a fixture for every message and event of platform.md A3 and A4."""

from dataclasses import replace

import pytest

from bot.channels.base import Call
from bot.errors import Forged
from bot.message import Kind, Media, Place
from tests.channels.platform import NONCE, NOW, OA, SECONDS, call_of, event, sha1, text, xml

PLAIN = replace(OA, mode="plain")


@pytest.fixture
def hear(channels):
    return lambda message, account=OA, **kwargs: channels["official_account"].hear(
        call_of(message, account, **kwargs), account, NOW
    )


def plain_call(body, **query):
    signature = sha1(OA.token, SECONDS, NONCE)
    return Call({"signature": signature, "timestamp": SECONDS, "nonce": NONCE, **query}, body.encode())


def test_text(hear):
    """Who said what, when, to which account, under which key."""
    heard = hear(text("路灯坏了"))
    assert (heard.channel, heard.account, heard.sender, heard.text) == ("official_account", "oa", "oWang", "路灯坏了")
    assert heard.at == NOW
    assert not heard.in_group
    assert heard.event == ""


def test_image(hear):
    """A picture comes with an address and an id that live three days."""
    heard = hear(xml("image", "<PicUrl>http://p/1</PicUrl><MediaId>m1</MediaId><MsgId>1</MsgId>"))
    assert heard.kind is Kind.IMAGE
    assert heard.media == (Media(Kind.IMAGE, "m1", "http://p/1"),)


@pytest.mark.parametrize(
    ("recognition", "words"),
    [("<Recognition><![CDATA[路灯坏了]]></Recognition>", "路灯坏了"), ("<Recognition></Recognition>", ""), ("", "")],
)
def test_voice_with_and_without_its_words(hear, recognition, words):
    """Recognition is being withdrawn: the sound is kept either way."""
    heard = hear(xml("voice", f"<MediaId>m2</MediaId><Format>amr</Format>{recognition}<MsgId>1</MsgId>"))
    assert (heard.kind, heard.text) == (Kind.VOICE, words)
    assert heard.media == (Media(Kind.VOICE, "m2", format="amr"),)


@pytest.mark.parametrize("kind", ["video", "shortvideo"])
def test_video(hear, kind):
    """Both kinds of film are one to us."""
    heard = hear(xml(kind, "<MediaId>m3</MediaId><ThumbMediaId>t</ThumbMediaId><MsgId>1</MsgId>"))
    assert heard.kind is Kind.VIDEO
    assert heard.media == (Media(Kind.VIDEO, "m3"),)


def test_place(hear):
    """X is the latitude, Y the longitude."""
    inner = "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale><Label>一号院 北门</Label>"
    heard = hear(xml("location", inner + "<MsgId>1</MsgId>"))
    assert (heard.kind, heard.text) == (Kind.PLACE, "")
    assert heard.place == Place(23.134521, 113.358803, "一号院 北门")


@pytest.mark.parametrize("x", ["", "nan", "inf", "91", "north"])
def test_a_place_that_is_nowhere_is_heard_without_its_point(hear, x):
    """The voter still sent something."""
    heard = hear(xml("location", f"<Location_X>{x}</Location_X><Location_Y>1</Location_Y><MsgId>1</MsgId>"))
    assert (heard.kind, heard.place) == (Kind.PLACE, None)


def test_link(hear):
    """A shared page is read as its title, its summary and its address."""
    heard = hear(xml("link", "<Title>公告</Title><Description>停水</Description><Url>http://e/1</Url><MsgId>1</MsgId>"))
    assert (heard.kind, heard.text) == (Kind.LINK, "公告\n停水\nhttp://e/1")


def test_a_file_is_heard_although_the_document_knows_none(hear):
    """It is not in the table of types and arrives all the same."""
    heard = hear(xml("file", "<Title>照片.pdf</Title><MediaId>m4</MediaId><MsgId>1</MsgId>"))
    assert heard.media == (Media(Kind.FILE, "m4", name="照片.pdf"),)


def test_a_message_type_of_tomorrow_is_heard(hear):
    """Under its own name, so that the clerk can see what came."""
    heard = hear(xml("hologram", "<MsgId>1</MsgId>"))
    assert (heard.kind, heard.event, heard.sender) == (Kind.UNKNOWN, "hologram", "oWang")


def test_a_follower_by_a_qr_code_brings_the_scene(hear):
    """The scene names the group that the code hangs in."""
    heard = hear(event("subscribe", "<EventKey><![CDATA[qrscene_g-lz-01]]></EventKey><Ticket>T</Ticket>"))
    assert (heard.kind, heard.scene, heard.event) == (Kind.SUBSCRIBE, "g-lz-01", "subscribe")


def test_a_follower_without_a_code_brings_none(hear):
    """Search and name cards have no scene."""
    assert hear(event("subscribe", "<EventKey></EventKey>")).scene == ""


def test_scan(hear):
    """Who follows already scans without the prefix."""
    heard = hear(event("SCAN", "<EventKey>g-lz-01</EventKey><Ticket>T</Ticket>"))
    assert (heard.kind, heard.scene) == (Kind.SCAN, "g-lz-01")


def test_a_scene_that_begins_like_the_prefix_keeps_it_once(hear):
    """Only what the platform put before it is taken away."""
    assert hear(event("subscribe", "<EventKey>qrscene_qrscene_1</EventKey>")).scene == "qrscene_1"


def test_a_menu_key(hear):
    """`event` is the key; nobody said a word."""
    heard = hear(event("CLICK", "<EventKey>MY_CASES</EventKey>"))
    assert (heard.kind, heard.event, heard.text) == (Kind.CLICK, "MY_CASES", "")


def test_a_follower_leaves(hear):
    """He will hear nothing more."""
    assert hear(event("unsubscribe")).kind is Kind.UNSUBSCRIBE


@pytest.mark.parametrize("status", ["success", "failed:user block", "failed: system failed"])
def test_the_receipt_of_a_template_message(hear, status):
    """The final result of a template message comes only by this event."""
    heard = hear(event("TEMPLATESENDJOBFINISH", f"<MsgID>200163836</MsgID><Status>{status}</Status>"))
    assert (heard.kind, heard.receipt_id, heard.receipt_status) == (Kind.RECEIPT, "200163836", status)


def test_the_receipt_of_a_notice(hear):
    """A 订阅通知 tells its result in a list."""
    item = "<TemplateId>SUB-1</TemplateId><MsgID>17</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus>"
    heard = hear(
        event("subscribe_msg_sent_event", f"<SubscribeMsgSentEvent>\n<List>{item}</List>\n</SubscribeMsgSentEvent>")
    )
    assert (heard.kind, heard.receipt_id, heard.receipt_status) == (Kind.RECEIPT, "17", "success")


@pytest.mark.parametrize("name", ["popup", "change"])
def test_a_tick_at_a_notice(hear, name):
    """Who accepts which template is heard; nobody said anything."""
    item = "<TemplateId>SUB-1</TemplateId><SubscribeStatusString>reject</SubscribeStatusString>"
    wrapper = f"SubscribeMsg{name.title()}Event"
    heard = hear(event(f"subscribe_msg_{name}_event", f"<{wrapper}><List>{item}</List><List>{item}</List></{wrapper}>"))
    assert (heard.kind, heard.receipt_id, heard.receipt_status) == (Kind.UNKNOWN, "SUB-1", "reject")


def test_a_page_was_opened_and_a_phone_told_where_it_is(hear):
    """Neither is a word to us."""
    assert hear(event("VIEW", "<EventKey>http://e</EventKey>")).event == "view"
    heard = hear(event("LOCATION", "<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119</Precision>"))
    assert (heard.kind, heard.event, heard.place) == (Kind.UNKNOWN, "location", Place(23.1, 113.3))


def test_an_event_of_tomorrow_is_heard(hear):
    """Under its own name."""
    heard = hear(event("moon_landing"))
    assert (heard.kind, heard.event) == (Kind.UNKNOWN, "moon_landing")


# ---- modes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["您好", "<Encrypt>AAAA</Encrypt>", "<![CDATA[<Encrypt>"])
def test_compatible_mode_believes_only_the_encrypted_part(hear, typed):
    """The clear half says what it likes, even the tags of the envelope."""
    clear = f"<FromUserName>oEvil</FromUserName><Content><![CDATA[{typed}]]></Content>"
    heard = hear(text("路灯坏了"), replace(OA, mode="compatible"), clear=clear)
    assert (heard.sender, heard.text) == ("oWang", "路灯坏了")


@pytest.mark.parametrize("mode", ["safe", "compatible"])
@pytest.mark.parametrize("query", [{}, {"encrypt_type": "raw"}, {"encrypt_type": "aes"}])
def test_clear_text_is_forged_where_the_account_is_not_plain(channels, mode, query):
    """Its signature does not cover the body, so anybody who saw one call could write another."""
    account = replace(OA, mode=mode)
    with pytest.raises(Forged):
        channels["official_account"].hear(plain_call(text("路灯坏了"), **query), account, NOW)


def test_plain_mode_hears_and_answers_in_clear(channels):
    """Where the account's settings say so, and nowhere else."""
    channel, call = channels["official_account"], plain_call(text("路灯坏了"))
    heard = channel.hear(call, PLAIN, NOW)
    assert heard.text == "路灯坏了"
    answer = channel.answer(heard, "已登记", call, PLAIN, NOW)
    assert "<![CDATA[已登记]]>".encode() in answer.body
    with pytest.raises(Forged):
        channel.hear(plain_call(text("路灯坏了"), signature="0" * 40), PLAIN, NOW)


def test_the_message_signature_is_not_the_plain_one(channels):
    """Checking the body against `signature` always fails (wechatpy #739); passing for msg_signature it must not."""
    call = call_of(text("x"), OA)
    wrong = Call(call.query | {"msg_signature": call.query["signature"]}, call.body)
    with pytest.raises(Forged):
        channels["official_account"].hear(wrong, OA, NOW)


def test_an_echo_without_a_signature_is_refused(channels):
    """POST and GET are both checked."""
    with pytest.raises(Forged):
        channels["official_account"].echo(Call({"echostr": "1"}), OA, NOW)
