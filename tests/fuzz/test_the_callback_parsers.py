"""Whatever is signed or unsigned, a parser of ours hears it, or calls it forged or malformed – and soon."""

import contextlib
import time

import pytest
from hypothesis import strategies as st

from bot.channels.base import Call
from bot.channels.customer_service import _translate
from bot.channels.envelope import read_json
from bot.errors import Forged, Malformed
from bot.message import Incoming
from tests.channels.platform import ACCOUNTS, APP, KF, NOW, OA, ROBOT, call_of, encrypted, query_of
from tests.fuzz.inputs import (
    as_json,
    cuts,
    inner_bodies,
    kf_messages,
    mutated,
    queries,
    robot_messages,
    some,
    xml_bodies,
)

HEARING = [OA, APP, ROBOT, KF]
SOON_S = 0.25  # of CPU, for one call of a few kilobytes; the platform waits five seconds for everything
INPUTS = 150  # for each channel, of each of the two kinds


def hear(channels, account, call):
    """Hear a call and return what came of it; anything but a word of ours is raised."""
    began = time.process_time()
    try:
        return channels[account.channel].hear(call, account, NOW)
    except (Forged, Malformed) as error:
        return error
    finally:
        assert time.process_time() - began < SOON_S, call


def well_formed(heard):
    """Whether what was heard can be stored: texts every database takes, a key, a moment."""
    words = [
        heard.key,
        heard.sender,
        heard.text,
        heard.event,
        heard.scene,
        heard.chat,
        *(m.media_id + m.url for m in heard.media),
    ]
    return (
        all(isinstance(each, str) and "\0" not in each and each.encode() is not None for each in words)
        and heard.at.tzinfo
    )


@pytest.mark.parametrize("account", HEARING, ids=lambda account: account.channel)
def test_whatever_the_platform_may_sign_is_heard_or_malformed(channels, account):
    likely = robot_messages.map(as_json) if account is ROBOT else xml_bodies
    for inner in some(likely | inner_bodies, INPUTS):
        heard = hear(channels, account, call_of(inner, account))
        assert not isinstance(heard, Forged), inner
        assert isinstance(heard, Malformed) or well_formed(heard), inner


@pytest.mark.parametrize("account", HEARING, ids=lambda account: account.channel)
def test_whatever_a_stranger_may_post_is_forged(channels, account):
    """Half of it is a good call, bent afterwards: only one whose signed part is whole may be heard."""
    good = call_of(
        b"<xml><MsgType>text</MsgType></xml>" if account is not ROBOT else as_json({"msgtype": "text"}), account
    )
    bent = st.builds(mutated, st.just(good.body), cuts)
    for query, body in some(st.tuples(queries | st.just(good.query), bent | inner_bodies), INPUTS):
        heard = hear(channels, account, Call(query, body))
        assert isinstance(heard, Forged) or (query == good.query and cipher_of(good.body) in body), (query, body)


def cipher_of(body):
    """Return the cipher text in a good call's body."""
    words = body.decode()
    return (words.split("CDATA[")[2].split("]]>")[0] if "CDATA" in words else words.split('"')[3]).encode()


def test_whatever_sync_msg_brings_is_one_message_or_nobodys():
    for message in some(kf_messages, INPUTS):
        began = time.process_time()
        heard = _translate(read_json(as_json(message)), KF)  # as the platform's answers are read
        assert time.process_time() - began < SOON_S, message
        assert heard is None or (isinstance(heard, Incoming) and well_formed(heard)), message


@pytest.mark.parametrize("account", HEARING, ids=lambda account: account.channel)
def test_whatever_is_asked_of_the_url_check_is_answered_or_forged(channels, account):
    for query in some(queries | st.builds(lambda q: q | query_of(encrypted(b"1", account), account), queries), INPUTS):
        began = time.process_time()
        with contextlib.suppress(Forged, Malformed):
            channels[account.channel].echo(Call(query), account, NOW)
        assert time.process_time() - began < SOON_S, query


def test_every_channel_that_hears_is_in_here():
    assert {account.channel for account in HEARING} == set(ACCOUNTS) - {"group_robot"}
