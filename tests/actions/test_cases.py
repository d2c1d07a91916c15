"""Of two who move a case they saw alike, the first wins and the second is told so."""

import pytest

from bot.actions import cases
from bot.errors import Refused
from bot.rules.lifecycle import Role


@pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
async def test_who_moves_a_case_as_it_was_before_another_moved_it_changes_nothing(house, wang, tian):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("我们楼电梯坏了一个月")
    (seen,) = await house.cases()
    clerk = cases.Actor(seen.voter_id, frozenset({Role.CLERK}))

    async def admit(db):
        return await cases.move(db, seen, clerk, "admit", house.clock.now())

    await house.deps.store.write(admit)
    with pytest.raises(Refused, match="changed_meanwhile") as refused:
        await house.deps.store.write(admit)
    assert refused.value.facts == {"number": "hepan-261207-1"}
    (case,) = await house.cases()
    assert (case.state, case.version) == ("admitted", seen.version + 1)
    assert [line.move for line in await house.history(case)] == ["submit", "admit"]
