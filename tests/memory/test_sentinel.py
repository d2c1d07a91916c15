"""Behind three sentinels: the master dies, another takes over, and the service finds it by itself."""

import pytest

from bot.memory import Memory
from config import BadConfig
from tests.faults.conftest import until


async def test_when_the_master_dies_the_new_one_is_found_without_a_restart(trio):
    memory = Memory(trio.url)
    await memory.open()
    await memory.put("token", "kept", 60)
    assert await memory.get("token") == "kept"
    trio.kill()
    assert await memory.get("token") is None, "away for a moment: nobody waits for it"
    await until(trio.named_another)
    await until(memory.alive, within=10)
    assert await memory.get("token") == "kept", "the replica had it"
    assert await memory.lead("timetable", "me", 5)
    await memory.close()


@pytest.mark.parametrize(
    "url", ["redis+sentinel://", "redis+sentinel://a:26379", "redis+sentinel://a:x/lianxin", "redis+sentinel://:p@,/m"]
)
def test_an_address_that_is_none_is_refused_with_the_form_it_should_have(url):
    with pytest.raises(BadConfig, match="哨兵"):
        Memory(url)
