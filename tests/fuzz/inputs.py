"""What strangers may send: calls, messages and forms, half right and half mad, as many as one asks for.

The counts are fixed, so that a run always means the same; `make fuzz` multiplies them (LIANXIN_FUZZ).
"""

import json
import os
from collections import Counter
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("LIANXIN_FUZZ", "1"))
TRIED = Counter()  # by test
SECONDS = "1796608800"  # 2026-12-07 10:00 in Shanghai, the stage's morning

ANY_SIGN = st.characters(exclude_categories=())  # halves of surrogate pairs too: JSON can carry them
ODD = (
    "", " ", "0", "-1", "1", "9" * 10, "9" * 40, "1e309", "nan", "-0.0", "٣", "²", "\0", "a\0b", "%", "%00", "%s%n", "{0}", "{a.b}",
    "{{7*7}}", "' OR 1=1 --", "<script>alert(1)</script>", "]]>", "&lt;", "\u202e", "\ufeff", "\x1b[31m", "\ud800",
    "../../etc/passwd", "\\", '"', "0001-01-01", "9999-12-31T23:59:59-12:00", "2026-02-30", "json", "xml", "x" * 5_000, "灯" * 3_000,
    "hepan-261207-1", "hepan", "hepan-1", "ludeng", "open", "null", "[]", "👨‍👩‍👧‍👦" * 40, "\r\nX: y", "e\u0301" * 200,
)  # fmt: skip
WORDS = (
    "建议 路灯坏了", "路灯坏了，请修一下", "进度", "撤回", "帮助", "取消", "人工", "1", "2", "1 满意", "不满意 没修好", "接待日", "预约", "我的代表",
    "我要说事", "评价", "保密", "补充 1 又坏了", "受理 1", "受理 1 张卫国", "交办 1 张卫国", "签收 1", "答复 1 A类 已修好", "退回 1 不是我的", "经过 1",
    "督办 1", "合并 1 2", "公开 1", "确认", "待办", "登记 李大爷 13812345678 楼道灯坏了", "签到", "接待开始", "接待结束", "更正 1 供水", "请假 12月10日",
    "改期 12月10日 12月11日", "答不上来", "改答 1 新的话", "同意", "我的资料", "删除我的资料", "着火了", "我不想活了", "谢谢", "什么时候接待",
)  # fmt: skip

odd = st.sampled_from(ODD) | st.text(max_size=30) | st.text(ANY_SIGN, max_size=12)
spoken = (
    st.sampled_from(WORDS)
    | st.lists(st.sampled_from([*WORDS, *ODD]), min_size=1, max_size=4).map(" ".join)
    | st.text(max_size=60)
)
values = st.recursive(
    odd | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd, inner, max_size=3),
    max_leaves=6,
)


def some(strategy, count):
    """Return so many examples (times LIANXIN_FUZZ), to be used inside a running loop; Hypothesis itself has none."""
    found = []

    @settings(
        max_examples=count * TIMES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example):
        found.append(example)

    collect()
    TRIED[os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0]] += len(found)
    return found


# ---- callbacks ------------------------------------------------------------------------------------------------------

NAMES = (
    "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey", "MediaId", "PicUrl", "Format",
    "Recognition", "Location_X", "Location_Y", "Label", "Title", "Description", "Url", "Latitude", "Longitude", "TaskId",
    "ResponseCode", "SelectedItems", "SelectedItem", "QuestionKey", "OptionIds", "OptionId", "Status", "MsgID", "Token", "OpenKfId",
    "AgentID", "List", "SubscribeMsgSentEvent", "SubscribeMsgPopupEvent", "ErrorStatus", "TemplateId", "ChangeType", "Encrypt", "x",
)  # fmt: skip
KINDS = (
    "text",
    "image",
    "voice",
    "video",
    "shortvideo",
    "file",
    "location",
    "link",
    "event",
    "mixed",
    "template_card",
    "TEXT",
    "x",
)
EVENTS = (
    "subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event",
    "subscribe_msg_popup_event", "template_card_event", "enter_agent", "kf_msg_or_event", "change_external_chat", "enter_chat", "x",
)  # fmt: skip
_SHAPES = (
    "{}",
    "<![CDATA[{}]]>",
    "<![CDATA[{}]]><![CDATA[{0}]]>",
    " \n{}\n",
    "<!-- {} -->",
    "<a>{}</a>",
    '<a b="{}"/>',
    "&#{};",
    "&{};",
)


def _element(name, inner, shape):
    words = inner.encode("utf-8", "replace").decode()
    return f"<{name}>{shape.replace('{0}', words).replace('{}', words, 1)}</{name}>"


_field = st.builds(_element, st.sampled_from(NAMES), odd | spoken | st.sampled_from(KINDS), st.sampled_from(_SHAPES))
_nested = st.builds(
    lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", st.sampled_from(NAMES), st.lists(_field, max_size=3)
)
_plain = "<ToUserName>gh</ToUserName><FromUserName>oFuzz</FromUserName><CreateTime>{at}</CreateTime><MsgType>{kind}</MsgType><Event>{event}</Event>"
_head = st.just("") | st.builds(
    lambda kind, event, at: _plain.format(kind=kind, event=event, at=at),
    st.sampled_from(KINDS), st.sampled_from(EVENTS), st.sampled_from([SECONDS, "", "-1", "9" * 30, "x", "1e9", "٣"]),
)  # fmt: skip
xml_bodies = st.builds(
    lambda root, head, fields: f"<{root}>{head}{''.join(fields)}</{root}>".encode("utf-8", "replace"),
    st.sampled_from(["xml", "xml", "xml", "a:b"]), _head, st.lists(_field | _nested, max_size=6),
)  # fmt: skip

_json_names = ("msgid", "msgtype", "from", "userid", "chattype", "chatid", "text", "content", "mixed", "msg_item", "image", "url", "quote", "event",
               "eventtype", "template_card_event", "selected_items", "selected_item", "option_ids", "option_id", "question_key", "create_time",
               "response_url", "feedback_event", "voice", "file", "origin", "external_userid", "send_time", "media_id", "event_type",
               "welcome_code", "scene", "scene_param", "fail_type", "fail_msgid", "location", "latitude", "longitude", "link", *NAMES)  # fmt: skip
_json_value = st.recursive(
    values | st.sampled_from(KINDS) | st.sampled_from(EVENTS) | spoken,
    lambda inner: st.dictionaries(st.sampled_from(_json_names), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=8,
)
robot_messages = st.builds(
    lambda head, more: head | more,
    st.sampled_from([{}, {"msgtype": "text", "from": {"userid": "fuzz"}, "msgid": "m"}, {"msgtype": "mixed", "from": {"userid": "f"}},
                     {"msgtype": "event", "from": {"userid": "f"}}, {"msgtype": "image", "from": {"userid": "f"}, "chattype": "group"}]),
    st.dictionaries(st.sampled_from(_json_names), _json_value, max_size=6),
)  # fmt: skip
kf_messages = st.builds(
    lambda head, more: head | more,
    st.sampled_from([{"msgid": "m", "origin": 3, "external_userid": "wm", "send_time": 1796608800, "msgtype": kind} for kind in KINDS]),
    st.dictionaries(st.sampled_from(_json_names), _json_value, max_size=5),
) | _json_value  # fmt: skip


def as_json(message):
    """Return JSON as other programs write it: now escaped, now not, surrogates as they come."""
    return json.dumps(message).encode()


def mutated(body, cuts):
    """Return the bytes with pieces taken out, doubled or overwritten."""
    for where, how, piece in cuts:
        at = where % (len(body) + 1)
        body = body[:at] + (piece if how else b"") + body[at + (0 if how == 1 else len(piece)) :]
    return body


cuts = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 2), st.binary(min_size=1, max_size=12) | st.sampled_from(
        [b"<xml>", b"]]>", b"<![CDATA[", b"\0", b"\xff\xfe", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"{", b"[" * 500, b'"'])),
    max_size=4,
)  # fmt: skip
inner_bodies = st.builds(
    mutated, xml_bodies | robot_messages.map(as_json) | _json_value.map(as_json), cuts
) | st.binary(max_size=200)

# ---- pages and interfaces -------------------------------------------------------------------------------------------

_PARTS = ("jurisdiction_id", "service_request_id", "service_code", "start_date", "end_date", "status", "station", "subject", "representative",
          "before", "api_key", "tab", "channel", "beyond", "q", "state", "mark", "category", "like", "case", "then", "code", "echostr", "x")  # fmt: skip
queries = st.dictionaries(st.sampled_from(_PARTS), odd, max_size=4)
fields = st.dictionaries(
    st.sampled_from((
        "service_code", "description", "address_string", "address_id", "lat", "long", "email", "device_id", "account_id", "first_name", "last_name",
        "phone", "media_url", "attribute[kind]", "api_key", "jurisdiction_id", "number", "ticket", "code", "csrf", "day", "slot", "booking", "seen",
        "name", "password", "then", "new", "again", "old", "words", "deed", "case", "to", "into", "reason", "text", "grade", "stage", "mode", "last",
        "lacks", "version", "assisting", "unit", "weight", "until", "consent", "everywhere", "subject", "kind",
    )),
    odd | spoken,
    max_size=10,
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from(("X-Api-Key", "Idempotency-Key", "Cookie", "X-Forwarded-For", "If-None-Match", "Content-Type", "Content-Encoding",
                     "Last-Event-ID", "Sec-Fetch-Site", "User-Agent", "Range", "Accept")),
    st.sampled_from(("", "x", "lianxin=\xff\xfe", "lianxin_voter=é; lianxin=x", "1.2.3.4, ::ffff:1.2.3.4", "application/json", "gzip", "deflate", "br",
                     'text/xml; charset="x"', "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=x",
                     "cross-site", "wxwork", "*", "\xe7\x81\xaf", "bytes=0-", "é" * 300)),
    max_size=2,
)  # fmt: skip


def in_address(words):
    """Return words as part of an address, with whatever stands in them percent-encoded."""
    from urllib.parse import quote

    return quote(words[:200], safe="", errors="surrogatepass") or "x"


def as_query(given):
    """Return a query; halves of surrogate pairs become bytes that are no UTF-8."""
    return urlencode({name: value[:1_500] for name, value in given.items()}, errors="surrogatepass")
