"""20,000 characters, emoji, marks that turn writing round, scripts: kept as typed, shown harmlessly."""

import time

import pytest

from bot.emulator import xml
from bot.emulator.postman import Letter
from tests.plugins.house import Actor

LONG = "路灯坏了没人修，晚上看不见。" * 1429
HARD = {
    "20,000 Chinese characters": LONG[:20_000],
    "20,000 emoji": "路灯坏了请修" + "💡" * 19_994,
    "emoji with joiners": "路灯坏了，请修👨‍👩‍👧‍👦🏳️‍🌈🇨🇳",
    "zero-width signs": "路\u200b灯\u200d坏\ufeff了，请修一下",
    "right to left": "路灯坏了，请修一下\u202e了修\u202c\u2067 שלום\u2069",
    "a script": "路灯坏了，请修一下<script>document.title='PWNED'</script><img src=x onerror=\"document.title='PWNED'\">",
    "the end of a CDATA": "路灯坏了，请修一下]]><MsgType>event</MsgType><![CDATA[",
    "an Encrypt tag": "路灯坏了，请修一下<Encrypt>AAAA</Encrypt>",
    "SQL": "路灯坏了，请修一下'; DROP TABLE suggestion; --",
    "a template": "路灯坏了，请修一下{number}{0.__class__}{{7*7}}%s",
    "lines and tabs": "路灯坏了，\n\t请修一下\r\n\n",
    "combining marks": "路灯坏了，请修一下Z̸̢͇a͡l҉g̷o",
}


@pytest.mark.parametrize("account", ["hexin", "gongzuo", "zhushou", "kefu"])
async def test_a_hard_text_is_kept_as_it_was_typed(house, account):
    for number, (what, text) in enumerate(HARD.items(), 1):
        if account in ("hexin", "gongzuo"):  # an XML parser reads \r\n as \n (XML 1.0 §2.11)
            text = text.replace("\r\n", "\n")  # noqa: PLW2901
        began = time.monotonic()
        assert f"编号 hepan-261207-{number}" in await Actor(house, account, f"somebody{number}").says(text), what
        assert time.monotonic() - began < 5, what
        assert (await house.cases())[-1].text == text, what
    await house.deliver()
    assert {row.state for row in await house.owed() if row.key.startswith("new:")} == {"sent"}


@pytest.mark.parametrize("mode", ["safe", "compatible"])
async def test_twenty_thousand_characters_fit_in_every_mode(house, mode):
    """In compatible mode the words stand in the body twice, once sealed."""
    twin = house.platform.world.account("hexin")
    twin.mode = mode
    house_account = house.deps.settings.accounts["official_account", "hexin"]
    assert house_account.mode == "safe"
    inner = xml.write(
        {"ToUserName": twin.original_id, "FromUserName": "oWang", "CreateTime": int(house.clock.now().timestamp()),
         "MsgType": "text", "Content": LONG[:20_000], "MsgId": 1}
    )  # fmt: skip
    happening = await house.platform.postman.post(Letter(twin, inner, "oWang", "text"))
    assert happening.statuses == [200]
    assert [case.text for case in await house.cases()] == [LONG[:20_000]]


async def test_a_text_of_nothing_is_heard_and_asked_about_but_is_no_case(house):
    for text in ("", " ", "\u200b\u200e\u202e", "\n\t"):
        assert "空的" in await Actor(house, "hexin", "oWang").says(text)
    assert await house.cases() == []
    assert [row.state for row in await house.heard()] == ["done"] * 4
