"""What the 自建应用 hears: a fixture for every message and event of platform.md B1 and B2."""

import pytest

from bot.channels.base import Call
from bot.errors import Forged
from bot.message import CardClick, Kind, Media, Place
from tests.channels.platform import APP, KF, NOW, call_of, encrypted, event, query_of, text, xml


@pytest.fixture
def hear(channels):
    return lambda message: channels["wecom_app"].hear(call_of(message, APP), APP, NOW)


AGENT = "<AgentID>1000002</AgentID>"


def test_messages(hear):
    """Members write, show, speak, film, stand somewhere and share pages."""
    assert hear(text("  进度 ")).text == "  进度 "
    assert hear(xml("image", f"<PicUrl>http://p</PicUrl><MediaId>m</MediaId><MsgId>1</MsgId>{AGENT}")).media == (
        Media(Kind.IMAGE, "m", "http://p"),
    )
    assert hear(xml("voice", "<MediaId>m</MediaId><Format>amr</Format><MsgId>1</MsgId>")).kind is Kind.VOICE
    assert hear(xml("video", "<MediaId>m</MediaId><MsgId>1</MsgId>")).kind is Kind.VIDEO
    heard = hear(
        xml("location", "<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><AppType>wxwork</AppType>")
    )
    assert heard.place == Place(23.1, 113.3)
    assert hear(xml("link", "<Title>t</Title><Url>http://e</Url><MsgId>1</MsgId>")).kind is Kind.LINK


def test_events(hear):
    """Opening the app, a menu key, a new colleague."""
    assert hear(event("enter_agent", f"<EventKey></EventKey>{AGENT}")).kind is Kind.ENTER
    heard = hear(event("click", f"<EventKey>TODAY</EventKey>{AGENT}"))
    assert (heard.kind, heard.event) == (Kind.CLICK, "TODAY")
    assert hear(event("subscribe", AGENT)).kind is Kind.SUBSCRIBE
    assert hear(event("unsubscribe", AGENT)).kind is Kind.UNSUBSCRIBE


@pytest.mark.parametrize("name", ["change_contact", "low_active_alert", "inactive_alert", "batch_job_result", "view"])
def test_other_events_keep_their_name(hear, name):
    """Idle apps are suspended, and the platform says so beforehand: somebody must be able to see it."""
    heard = hear(event(name, AGENT, sender="sys"))
    assert (heard.kind, heard.event) == (Kind.UNKNOWN, name)


def test_a_press_on_a_card(hear):
    """Which card, which button, and the code that updates it once."""
    heard = hear(
        event(
            "template_card_event",
            "<EventKey>accept</EventKey><TaskId>LZ-261124-001@accept</TaskId><CardType>button_interaction</CardType>"
            f"<ResponseCode>RC</ResponseCode>{AGENT}<SelectedItems/>",
            sender="zhang",
        )
    )
    assert (heard.kind, heard.sender) == (Kind.CARD, "zhang")
    assert heard.card == CardClick("LZ-261124-001@accept", "accept", "RC")


def test_a_choice_on_a_card(hear):
    """One answer comes bare, several as a list."""
    one = "<SelectedItem><QuestionKey>why</QuestionKey><OptionIds><OptionId>a</OptionId></OptionIds></SelectedItem>"
    two = "<SelectedItem><QuestionKey>who</QuestionKey><OptionIds><OptionId>b</OptionId><OptionId>c</OptionId></OptionIds></SelectedItem>"
    card = "<EventKey>submit</EventKey><TaskId>t</TaskId><ResponseCode>RC</ResponseCode>"
    heard = hear(event("template_card_event", f"{card}<SelectedItems>\n{one}\n{two}\n</SelectedItems>"))
    assert heard.card.selected == {"why": ("a",), "who": ("b", "c")}
    heard = hear(event("template_card_event", f"{card}<SelectedItems>{one}</SelectedItems>"))
    assert heard.card.selected == {"why": ("a",)}


def test_silence_is_an_empty_answer(channels):
    """WeCom takes an empty 200 for "nothing to say"; words go back encrypted."""
    call = call_of(text("x"), APP)
    heard = channels["wecom_app"].hear(call, APP, NOW)
    for nothing in ("", "  \n"):
        assert channels["wecom_app"].answer(heard, nothing, call, APP, NOW).body == b""
    assert channels["wecom_app"].answer(heard, "好", call, APP, NOW).content_type == "application/xml"


@pytest.mark.parametrize("account", [APP, KF], ids=lambda a: a.channel)
def test_a_url_check_is_answered_decrypted(channels, account):
    """And only to somebody who signed it."""
    echostr = encrypted("1616140317555161061", account)
    call = Call(query_of(echostr, account) | {"echostr": echostr})
    assert channels[account.channel].echo(call, account, NOW) == b"1616140317555161061"
    with pytest.raises(Forged):
        channels[account.channel].echo(Call(call.query | {"nonce": "2"}), account, NOW)
