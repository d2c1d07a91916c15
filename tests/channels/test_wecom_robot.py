"""What the 智能机器人 hears and answers: a fixture for every message and event of platform.md B6."""

import json
from datetime import UTC, datetime

import pytest

from bot.errors import Malformed
from bot.message import CardClick, Kind, Media
from tests.channels.platform import NOW, ROBOT, call_of, opened


def said(kind, group=False, **more):
    where = {"chattype": "group", "chatid": "wr-lz-01"} if group else {"chattype": "single"}
    url = "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RC"
    return {
        "msgid": "CAIQ1",
        "aibotid": "AB",
        "from": {"userid": "zhang"},
        "response_url": url,
        "msgtype": kind,
        **where,
        **more,
    }


def happened(name, **told):
    return said("event", create_time=1700000000, event={"eventtype": name, name: told})


@pytest.fixture
def hear(channels):
    return lambda message: channels["wecom_robot"].hear(call_of(message, ROBOT), ROBOT, NOW)


@pytest.fixture
def answer(channels):
    def answer(message, words):
        call = call_of(message, ROBOT)
        heard = channels["wecom_robot"].hear(call, ROBOT, NOW)
        body = channels["wecom_robot"].answer(heard, words, call, ROBOT, NOW).body
        return json.loads(opened(json.loads(body)["encrypt"], ROBOT)) if body else None

    return answer


def test_a_single_chat_is_heard_verbatim(hear):
    """Nobody was mentioned, so nothing is taken away."""
    heard = hear(said("text", text={"content": "@李四 您好"}))
    assert (heard.kind, heard.text, heard.chat, heard.sender) == (Kind.TEXT, "@李四 您好", "", "zhang")
    assert heard.response_url.endswith("response_code=RC")
    assert heard.at == NOW


@pytest.mark.parametrize("words", ["@连心 进度 A-1", "@连心\u2005进度 A-1", " @连心  进度 A-1"])
def test_in_a_group_the_name_before_the_words_is_taken_away(hear, words):
    """The command behind the mention is what counts; the group is known."""
    heard = hear(said("text", group=True, text={"content": words}))
    assert (heard.text, heard.chat, heard.in_group) == ("进度 A-1", "wr-lz-01", True)


def test_a_mention_later_in_the_words_stays(hear):
    """It is part of what was said."""
    assert hear(said("text", group=True, text={"content": "@连心 请转 @王芳"})).text == "请转 @王芳"


def test_mixed_words_and_pictures(hear):
    """In their order."""
    items = [
        {"msgtype": "text", "text": {"content": "@连心 路灯坏了"}},
        {"msgtype": "image", "image": {"url": "https://p/1"}},
        {"msgtype": "text", "text": {"content": "第二盏也是"}},
        {"msgtype": "image", "image": {"url": "https://p/2"}},
    ]
    heard = hear(said("mixed", group=True, mixed={"msg_item": items}))
    assert (heard.kind, heard.text) == (Kind.MIXED, "路灯坏了\n第二盏也是")
    assert heard.media == (Media(Kind.IMAGE, url="https://p/1"), Media(Kind.IMAGE, url="https://p/2"))


@pytest.mark.parametrize(
    "quote",
    [
        {"msgtype": "text", "text": {"content": "井盖没了"}},
        {"msgtype": "voice", "voice": {"content": "井盖没了"}},
        {"msgtype": "mixed", "mixed": {"msg_item": [{"msgtype": "text", "text": {"content": "井盖没了"}}]}},
    ],
)
def test_a_quote_is_kept_apart_from_the_words(hear, quote):
    """A representative quotes a neighbour and says what to do with it."""
    heard = hear(said("text", group=True, text={"content": "@连心 请登记"}, quote=quote))
    assert (heard.text, heard.quote) == ("请登记", "井盖没了")


def test_voice_comes_as_words(hear):
    """The platform has recognised it."""
    heard = hear(said("voice", voice={"content": "路灯坏了"}))
    assert (heard.kind, heard.text, heard.media) == (Kind.VOICE, "路灯坏了", ())


@pytest.mark.parametrize("kind", ["image", "file", "video"])
def test_files(hear, kind):
    """Their address lives five minutes."""
    heard = hear(said(kind, **{kind: {"url": "https://p/1"}}))
    assert heard.media == (Media(Kind(kind), url="https://p/1"),)


def test_events(hear):
    """Opening the chat, a card, a thumb."""
    heard = hear(happened("enter_chat"))
    assert (heard.kind, heard.event, heard.at) == (Kind.ENTER, "enter_chat", datetime.fromtimestamp(1700000000, UTC))
    items = {"selected_item": [{"question_key": "q", "option_ids": {"option_id": ["a", "b"]}}]}
    heard = hear(happened("template_card_event", task_id="t", event_key="accept", card_type="x", selected_items=items))
    assert heard.card == CardClick("t", "accept", "", {"q": ("a", "b")})
    heard = hear(happened("feedback_event", id="FB", type=2, content="答非所问"))
    assert (heard.kind, heard.event, heard.receipt_id, heard.text) == (Kind.UNKNOWN, "feedback_event", "FB", "答非所问")
    assert hear(happened("moon_landing")).event == "moon_landing"
    assert hear(said("hologram")).event == "hologram"
    assert hear(said("stream", stream={"id": "S"})).kind is Kind.UNKNOWN


def test_the_key_is_the_message_id(hear):
    """The platform's own word for telling repeats apart."""
    first, other = hear(said("text", text={"content": "a"})), hear(said("text", text={"content": "b"}))
    assert first.key == other.key
    assert hear(said("text", msgid="CAIQ2")).key != first.key
    assert len(first.key) == 40


@pytest.mark.parametrize("message", [{"msgid": "1"}, {"msgtype": "text"}, {"msgtype": "text", "from": "zhang"}])
def test_a_message_from_nobody_is_malformed(hear, message):
    """There is nobody to answer."""
    with pytest.raises(Malformed):
        hear(message)


def test_a_message_is_answered_by_one_finished_stream(answer):
    """Plain text is only allowed to enter_chat."""
    told = answer(said("text", text={"content": "您好"}), "您好，请说")
    assert told["msgtype"] == "stream"
    assert (told["stream"]["finish"], told["stream"]["content"]) == (True, "您好，请说")
    assert 0 < len(told["stream"]["id"]) <= 32
    assert answer(happened("enter_chat"), "欢迎") == {"msgtype": "text", "text": {"content": "欢迎"}}


def test_a_long_answer_is_cut_at_its_limit(answer):
    """20,480 bytes, on a character's edge."""
    content = answer(said("text", text={"content": "x"}), "路" * 8_000)["stream"]["content"]
    assert len(content.encode()) in range(20_478, 20_481)


@pytest.mark.parametrize(
    "message", [happened("template_card_event", task_id="t"), happened("feedback_event"), said("stream")]
)
def test_what_cannot_be_answered_with_words_gets_silence(answer, message):
    """The words then go by response_url."""
    assert answer(message, "好") is None
    assert answer(said("text", text={"content": "x"}), "") is None
