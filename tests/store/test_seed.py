"""The bench's years of history are rows the service can live with: the next message is heard, stored and answered."""

from bench.seed import seed
from bot.store.tables import heard, suggestion


async def test_a_house_with_a_history_hears_the_next_message(house, wang):
    settings = house.deps.settings
    counts = seed(settings.database_url, settings.secret_keys, 50, 20, 5, people=10)
    assert (counts["heard"], counts["suggestion"], counts["event"], counts["outgoing"]) == (50, 20, 60, 40)
    assert "编号" in await wang.says("建议 给1号楼装路灯")
    assert len(await house.rows(heard.select())) == 51
    assert len(await house.rows(suggestion.select())) == 21
